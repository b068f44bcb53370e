"""A lesson's own tools: a quiet start, numbers that are checked, and the look at the environment."""

import functools
import importlib.metadata
import os
import subprocess
import sys

import pytest

from aelib import lesson


def run(program, **environment):
    return subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **environment}, capture_output=True, text=True
    )


# Numbers


@pytest.mark.parametrize("value", [0.1149, 0.1131, 0.114])
def test_a_number_within_its_tolerance_prints_the_reference(value, capsys):
    lesson.measured("loss: {} nats per pixel", value, "0.1140", within=0.001)
    assert capsys.readouterr().out == "loss: 0.1140 nats per pixel\n"


@pytest.mark.parametrize("value", [0.1155, 0.1125, float("nan"), float("inf")])
def test_a_number_outside_its_tolerance_raises_with_the_real_one(value, capsys):
    with pytest.raises(ValueError) as caught:
        lesson.measured("loss: {} nats per pixel", value, "0.114", within=0.001)
    assert f"loss: {value:.6g} nats per pixel" in str(caught.value) and "0.114" in str(caught.value)
    assert capsys.readouterr().out == ""


# A quiet start


START = """
from aelib import lesson
lesson.start(3)
import keras
print(float(keras.random.normal(())), float(keras.layers.Dense(1)(keras.ops.ones((1, 1)))[0, 0]))
"""


@functools.cache
def started():
    """A process that starts as a lesson does, says in how many threads it multiplies, and trains."""
    notebook = 'import sys; sys.ps1 = "In: "'  # there TensorFlow chooses another level and place for its advice
    training = """
import numpy as np, scipy.linalg, threadpoolctl
print({pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"})
from aelib import factories, training
for _ in range(8):  # TensorFlow gives advice on retracing after some models
    auto = factories.vanilla(12, [8], 2)[2]
    training.fit(auto, np.ones((9, 12)), epochs=1)
    auto.predict(np.ones((9, 12)), verbose=0)
auto = factories.convolutional((28, 28, 1), [4, 3, 2], (4, 4, 2))[2]
training.fit(auto, np.ones((9, 28, 28, 1)), epochs=1)
auto.predict(np.ones((9, 28, 28, 1)), verbose=0)
"""
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    program = [sys.executable, "-c", notebook + START + training]
    return subprocess.run(program, env=environment, capture_output=True, text=True)


def test_start_and_training_after_it_are_silent():
    done = started()
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 2)


def test_start_makes_reruns_equal():
    again = run(START)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.splitlines() == started().stdout.splitlines()[:1] != []


def test_after_start_numpy_and_scipy_multiply_in_one_thread():
    assert started().stdout.splitlines()[1] in ("{1}", "set()"), "or NumPy brings no OpenBLAS here"


@pytest.mark.parametrize("processors, asked, threads", [(2, None, "1"), (1, None, "1"), (8, None, None), (2, "2", "2")])
def test_on_two_processors_tensorflow_multiplies_in_one_thread_unless_asked_otherwise(processors, asked, threads):
    program = f"""
import os, sys, types
from aelib import lesson
os.environ.pop("TF_NUM_INTRAOP_THREADS", None)
os.environ.update({{"TF_NUM_INTRAOP_THREADS": "{asked}"}} if {asked} else {{}})
os.cpu_count = lambda: {processors}
sys.modules["keras"] = types.SimpleNamespace(  # a small stand-in
    utils=types.SimpleNamespace(set_random_seed=lambda seed: None),
    ops=types.SimpleNamespace(ones=lambda n: 1, convert_to_numpy=lambda x: x),
)
lesson.start()
print(os.environ.get("TF_NUM_INTRAOP_THREADS"))
"""
    assert run(program).stdout == f"{threads}\n"


@pytest.mark.parametrize("before", ["enable", "disable"])
@pytest.mark.parametrize("backend", ["keras", "broken"])
def test_start_leaves_the_garbage_collection_as_it_was(before, backend):
    program = f"""
import gc, sys, types
sys.modules["keras"] = types.SimpleNamespace(  # a small stand-in, which notes what it sees
    utils=types.SimpleNamespace(set_random_seed=lambda seed: seen.append(gc.isenabled())),
    ops=types.SimpleNamespace(ones=lambda n: 1, convert_to_numpy=lambda x: x),
) if "{backend}" == "keras" else None
seen = []
from aelib import lesson
gc.{before}()
try:
    lesson.start()
except RuntimeError as error:
    seen.append(type(error).__name__)
print(seen, gc.isenabled())
"""
    assert run(program).stdout == f"{[False] if backend == 'keras' else ['RuntimeError']} {before == 'enable'}\n"


def test_an_error_at_the_start_still_surfaces_with_what_was_written():
    program = """
import os, sys, types
class Broken:
    def find_spec(self, name, path=None, target=None):
        if name == "keras":
            os.write(2, b"the backend's last words")
            raise ImportError("broken on purpose")
sys.meta_path.insert(0, Broken())
from aelib import lesson
lesson.start()
"""
    done = run(program)
    assert done.returncode == 1
    assert "the backend's last words" in done.stderr and "broken on purpose" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("RuntimeError: Keras can't start (ImportError: broken on purpose).")
    assert "make setup" in done.stderr.splitlines()[-1]


# The environment


def check(capsys):
    lesson.check_environment()
    return capsys.readouterr().out.splitlines()


def test_a_sound_environment_is_ready(capsys):
    lines = check(capsys)
    assert lines[-1] == "Everything is ready." and all(line.endswith("ready") for line in lines[:-1])


@pytest.mark.parametrize("found, words", [(None, "ipywidgets is missing"), ("7.0", "ipywidgets 7.0")])
def test_a_missing_or_old_package_is_named_with_what_to_type(found, words, monkeypatch, capsys):
    version = importlib.metadata.version

    def other(name):
        if name == "ipywidgets":
            if found is None:
                raise importlib.metadata.PackageNotFoundError(name)
            return found
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", other)
    lines = check(capsys)
    assert words in lines[1] and "ipywidgets>=" in lines[1] and "make setup" in lines[1]
    assert lines[-1].startswith("Mend the first")


def test_an_old_python_is_named(monkeypatch, capsys):
    monkeypatch.setattr(lesson.sys, "version_info", (3, 9, 18))
    assert "this is 3.9.18" in check(capsys)[0]


def test_unreadable_images_are_named(monkeypatch, capsys):
    from aelib import data

    def fail():
        raise OSError("the package's file is gone")

    monkeypatch.setattr(data, "digits", fail)
    lines = check(capsys)
    assert lines[3].startswith("images: OSError: the package's file is gone") and "make setup" in lines[3]


def test_a_wrong_backend_is_named():
    done = run("from aelib import lesson; lesson.check_environment()", KERAS_BACKEND="nonsense")
    assert done.returncode == 0 and "nonsense" in done.stdout and "KERAS_BACKEND" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Mend the first")
