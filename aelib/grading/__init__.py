"""Checks and grades of the four graded exercises; one module for each step, and nothing is imported here."""
