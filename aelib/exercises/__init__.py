"""The exercises, one module a lesson, one for the capstone, and how to list them; checking is not here."""

import importlib
import pkgutil

from aelib import exercise


def every():
    """Return all exercises of the course, in the order of their modules."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return [value for module in modules for value in vars(module).values() if isinstance(value, exercise.Exercise)]
