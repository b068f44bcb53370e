"""What holds for the whole suite: interrupts, examples, what stays on one worker; fixtures stand beside their tests."""

import os
import signal

import pytest
from hypothesis import settings

# A program that a script starts in the background ignores Ctrl-C, and so would all that the tests start and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

APART = ("test_cohort.py", "test_factories.py", "test_judge.py", "test_training.py")

settings.register_profile("course", max_examples=int(os.environ.get("AELIB_EXAMPLES", 30)), deadline=None)
settings.load_profile("course")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep each file on one worker, where its tests share what is costly, but for files whose tests share nothing.

    xdist begins with what has most parts, so single tests come last, and both workers end at nearly the same time.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition("::")[0]
            return nodeid if file.removeprefix("tests/") in APART else file

    return ByFile(config, log)
