"""What holds for the whole suite: interrupts, examples, what stays on one worker; fixtures stand beside their tests."""

import os
import re
import signal

import pytest
from hypothesis import settings

# A program that a script starts in the background ignores Ctrl-C, and so would all that the tests start and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("course", max_examples=int(os.environ.get("AELIB_EXAMPLES", 30)), deadline=None)
settings.load_profile("course")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give each test to whichever worker is free, but keep together the cells of a lesson and what shares a JupyterLab.

    xdist starts with what has most parts, so with the lessons, and both workers end at nearly the same time.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition("::")[0]
            return file if re.search(r"\.ipynb$|/test_(browser|accessibility)", file) else nodeid

    return ByFile(config, log)
