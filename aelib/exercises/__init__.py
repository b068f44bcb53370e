"""The exercises of the lessons, one module a lesson; how a check works is in `exercise`, not here."""
