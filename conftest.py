"""What holds for the whole suite: interrupts, home, examples, workers; fixtures stand beside their tests."""

import os
import signal
import tempfile

import pytest

try:
    import hypothesis
except ModuleNotFoundError:  # where only the lessons are compared
    hypothesis = None

# A program that a script starts in the background ignores Ctrl-C, and so would all that the tests start and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Jupyter's kernels want a home where they can write.
if not os.access(os.path.expanduser("~"), os.W_OK):
    HOME = tempfile.TemporaryDirectory(prefix="aelib-home-")
    os.environ["HOME"] = HOME.name

if hypothesis:
    examples = int(os.environ.get("AELIB_EXAMPLES", 30))
    hypothesis.settings.register_profile("course", max_examples=examples, deadline=None)
    hypothesis.settings.load_profile("course")

APART = ("test_factories.py", "test_judge.py", "test_training.py")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep each file on one worker, where its tests share what is costly, but for long files whose tests share little.

    xdist begins with what has most parts, so single tests come last, and all workers end at nearly the same time.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition("::")[0]
            return nodeid if file.removeprefix("tests/") in APART else file

    return ByFile(config, log)
