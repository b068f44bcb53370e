"""Support package of the course: one module for each thing a lesson needs, and nothing is imported here."""
