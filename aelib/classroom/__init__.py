"""What a class gets and what its learners show: the bundle of lessons, the certificate; nothing is graded here."""
