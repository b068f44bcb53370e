"""What learners and classes get of the course, and a certificate of what they did; nothing is graded here."""
