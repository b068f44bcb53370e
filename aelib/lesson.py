"""What a lesson's cells call: a quiet start, a look at the environment; no autoencoder is here."""

import gc
import logging
import os
import sys
import tempfile

from aelib import evidence
from aelib.machine import environment


@environment.marked()
def start(name=None, seed=0):
    """Import Keras without the log lines of its backend, and fix all random numbers.

    What TensorFlow writes to standard error at its start is dropped, unless something fails. NumPy, if it is not loaded
    yet, multiplies its matrices in one thread: for small ones several wait more than they work. On up to two processors
    TensorFlow does so, too. If the last start killed its process, Keras is first tried in another one.

    Args:
        name: The lesson's number, e.g. "01", by which its earlier runs are found; None for no lesson.
        seed: Whole number for `keras.utils.set_random_seed` and all else that is drawn, plus AELIB_SEED_SHIFT.

    Returns:
        That seed.

    Raises:
        ValueError: if the seed is no whole number from 0.
        RuntimeError: if Keras or its backend can't start or kills that other process, with the reason and what to type.
    """
    seed = evidence.begin(name, seed)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what its native code logs; what fails is raised all the same
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if (os.cpu_count() or 1) <= 2:
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    try:
        log = tempfile.TemporaryFile()
    except OSError:  # nothing can be written here, so what is said is lost
        log = open(os.devnull, "w+b")
    collecting = gc.isenabled()
    gc.disable()  # what TensorFlow's import makes stays; to look through it for garbage again and again takes a second
    sys.stderr.flush()
    stderr = os.dup(2)
    with log:
        os.dup2(log.fileno(), 2)
        reason = None
        try:
            import keras

            logging.getLogger("tensorflow").setLevel(logging.ERROR)  # no advice on retracing; its import sets another
            keras.utils.set_random_seed(seed)
            keras.ops.convert_to_numpy(keras.ops.ones(1) + 1)
        except Exception as error:
            reason = error
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            if collecting:
                gc.enable()
        if reason is not None:
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace"))
            words = f"Keras can't start ({type(reason).__name__}: {reason}). {environment.cure(reason)}"
            raise RuntimeError(words) from reason
    return seed


def check_environment():
    """Try all that the lessons need and print a line for each, with what to type where something is wrong.

    Then print with which versions all lessons last passed, and when.
    """
    attempts = {"Python": environment.python_problem, "packages": environment.packages_problem}
    problems = []
    for name, attempt in (attempts | {"Keras and its backend": _keras_problem, "images": _images_problem}).items():
        problems.append(attempt())
        print(f"{name}: {problems[-1] or 'ready'}")
    print("Mend the first of these and run the cell again." if any(problems) else "Everything is ready.")
    for sentence in environment.last_green():
        print(sentence)


def _keras_problem():
    """Return why Keras can't compute, as one sentence, or None."""
    if "keras" not in sys.modules and (reason := environment.death()):
        return reason
    try:
        start()
        import keras

        if float(keras.ops.sum(keras.ops.ones((2, 3)))) != 6:
            return f"the backend computes wrong sums. {environment.REPAIR}"
    except (RuntimeError, ValueError) as error:
        return str(error)
    return environment.settings_problem()


def _images_problem():
    """Return why the course's images can't be read, as one sentence, or None."""
    try:
        from aelib import data  # here, because NumPy comes with it, and `start` has settings for NumPy

        data.digits()
    except Exception as error:
        return f"{type(error).__name__}: {error}. {environment.shadow(error) or environment.REPAIR}"
    return None
