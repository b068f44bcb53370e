"""What holds for the whole suite: interrupts, examples, what stays on one worker; fixtures stand beside their tests."""

import os
import signal

import pytest
from hypothesis import settings

# A program that a script starts in the background ignores Ctrl-C, and so would all that the tests start and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("course", max_examples=int(os.environ.get("AELIB_EXAMPLES", 30)), deadline=None)
settings.load_profile("course")


def pytest_collection_modifyitems(items):
    """Keep a lesson's cells, and the tests of one browser file, on one worker; all else can go anywhere."""
    for item in items:
        if item.path.suffix == ".ipynb" or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
