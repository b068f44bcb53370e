"""How the suite runs anywhere and over several workers; fixtures and claims are not here but in the tests' own files."""

import signal

import pytest

# A program that a script starts in the background ignores Ctrl-C, and so would all that the tests start and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Keep a lesson's cells, and the tests of one browser file, on one worker; whatever else there is can go anywhere."""
    for item in items:
        if item.path.suffix == ".ipynb" or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
