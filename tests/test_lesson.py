"""A lesson's own tools: a quiet start, and the look at the environment."""

import functools
import importlib.metadata
import json
import os
import subprocess
import sys

import pytest

from aelib import lesson
from aelib.machine import environment, sharing


def run(program, **environment):
    return subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **environment}, capture_output=True, text=True
    )


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


def test_start_works_where_no_temporary_file_can_be_written():
    program = """
import sys, tempfile, types
sys.modules["keras"] = types.SimpleNamespace(  # a small stand-in
    utils=types.SimpleNamespace(set_random_seed=lambda seed: None),
    ops=types.SimpleNamespace(ones=lambda n: 1, convert_to_numpy=lambda x: x),
)
from aelib import lesson
def refused(*_, **__):
    raise FileNotFoundError("No usable temporary directory found")
tempfile.TemporaryFile = refused
print(lesson.start(seed=3))
"""
    assert run(program).stdout == "3\n"


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


# A start that kills its process


@pytest.fixture
def fake(tmp_path):
    """Start lessons with another Keras, which is a few lines of text; return what comes out."""
    (tmp_path / "keras.py").write_text("")
    path = {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    sound = "import types\nutils = types.SimpleNamespace(set_random_seed=lambda seed: None)\n"
    sound += "ops = types.SimpleNamespace(ones=lambda n: 1, convert_to_numpy=lambda x: x)\n"

    def start(keras, call="start()", **cache):
        (tmp_path / "keras.py").write_text(keras + "\n" + sound)
        return run(f"from aelib import lesson; lesson.{call}; print('done')", **path, **cache)

    return start


KILL = "import os, signal; os.kill(os.getpid(), signal.SIG{})"


@pytest.mark.skipif(sys.platform != "linux", reason="the mark's place and the signals are Linux's")
@pytest.mark.parametrize(
    "keras, name, words",
    [(KILL.format("ILL"), "SIGILL", "processor"), (KILL.format("KILL"), "SIGKILL", "memory")]
    + [("import os; os._exit(3)", "exit code 3", "make setup")],
)
def test_after_a_start_that_killed_its_process_the_next_says_what_kills_it_and_what_to_type(
    fake, tmp_path, keras, name, words
):
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert fake(keras, **cache).returncode not in (0, 1)
    told = fake(keras, **cache)
    assert told.returncode == 1 and told.stderr.splitlines()[-1].startswith("RuntimeError: Keras can't start")
    assert f"({name})" in told.stderr and words in told.stderr.splitlines()[-1]
    if name != "exit code 3":
        again = fake("", **cache)
        assert (again.returncode, again.stderr) == (0, "") and again.stdout.endswith("done\n"), (
            "as soon as it is mended"
        )
        assert ("Illegal instruction" in again.stdout) == (name == "SIGILL"), "what is known of the last start"
        assert os.path.getsize(tmp_path / "cache" / "aelib" / "start") == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the signals are Linux's")
def test_the_look_at_the_environment_tells_what_kills_keras_at_once_and_goes_on(fake):
    done = fake(KILL.format("SEGV"), "check_environment()")
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == "done"
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("Keras and its backend:")]
    assert "SIGSEGV" in line and "make setup" in line and "images: ready" in done.stdout
    assert "Segmentation fault" in done.stderr, "what the process said itself"


@pytest.fixture
def mark(tmp_path, monkeypatch):
    """The file of the mark, in a process that has not imported Keras and in which each trial is counted."""
    trials = []
    monkeypatch.setattr(environment, "death", lambda: trials.append(1))
    monkeypatch.setattr(environment.platformdirs, "user_cache_dir", lambda name: str(tmp_path / name))
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    (tmp_path / "aelib").mkdir()
    return tmp_path / "aelib" / "start", trials


def test_a_mark_is_there_only_meanwhile_and_no_error_or_second_start_makes_it_an_accusation(mark, capsys):
    file, trials = mark
    for error in (None, RuntimeError, KeyboardInterrupt):
        try:
            with environment.marked():
                assert file.read_text() == "start\n"
                with environment.marked():
                    assert file.read_text() == "start\n", "another lesson starts at the same time"
                if error:
                    raise error
        except (RuntimeError, KeyboardInterrupt):
            pass
        assert file.read_text() == "" and trials == []
    file.write_text("start\n")  # the kernel was shut down in the middle
    with environment.marked():
        assert trials == [1], "so Keras is tried, and works"
    with environment.marked():
        assert trials == [1]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("reason", [OSError(28, "No space left"), OSError(37, "No locks available"), RuntimeError()])
def test_where_no_mark_can_be_left_a_start_goes_on(mark, monkeypatch, reason):
    def fail(*_):
        raise reason

    monkeypatch.setattr(sharing, "_switch", fail)
    with environment.marked():
        pass
    assert mark[1] == []


# The environment


def check(capsys):
    lesson.check_environment()
    return capsys.readouterr().out.splitlines()


def test_a_sound_environment_is_ready(capsys):
    lesson.start()
    lines = check(capsys)
    assert lines[4] == "Everything is ready." and all(line.endswith("ready") for line in lines[:4])


def test_the_look_at_the_environment_says_with_which_versions_and_when_all_lessons_last_passed(
    monkeypatch, tmp_path, capsys
):
    note = {"date": "2026-11-30", "python": "3.12.4", "tensorflow": "2.19.0", "keras": "3.10.0", "numpy": "2.0.2"}
    (tmp_path / "green.json").write_text(json.dumps([note, {**note, "date": "2026-11-28"}]))
    monkeypatch.setattr(environment, "GREEN", tmp_path / "green.json")
    assert check(capsys)[5:] == [
        f"All lessons last passed on {date}, with Python 3.12.4, TensorFlow 2.19.0, Keras 3.10.0 and NumPy 2.0.2."
        for date in ("2026-11-30", "2026-11-28")
    ]


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
    assert lines[4].startswith("Mend the first")


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


SETTINGS = [  # KERAS_BACKEND, keras.json, what is said of each, and what not
    ("nonsense", None, ["variable KERAS_BACKEND", "'nonsense'", "tensorflow, jax or torch", "unset"], ["keras.json"]),
    ("nonsense", {"backend": "theano"}, ["variable KERAS_BACKEND", "'nonsense'"], ["theano", "keras.json"]),
    ("jax", {}, ["variable KERAS_BACKEND", "'%pip install jax'"], ["keras.json"]),
    (None, {"backend": "theano"}, ["keras.json", "backend 'theano'", "delete it"], ["KERAS_BACKEND"]),
    ("", {"backend": "torch"}, ["keras.json", "backend 'torch'", "'%pip install torch'"], ["variable"]),
    (None, {"floatx": "float99"}, ["keras.json", "floatx 'float99'", "delete it"], ["KERAS_BACKEND", "pip install"]),
    (None, [], ["keras.json can't be used", "delete it"], ["KERAS_BACKEND"]),
    (None, b"\xff{", ["keras.json can't be used", "delete it"], ["KERAS_BACKEND"]),
    (None, environment.DEFAULTS, ["make setup"], ["keras.json", "KERAS_BACKEND"]),
    (None, None, ["make setup"], ["keras.json", "KERAS_BACKEND"]),
]


@pytest.mark.parametrize("place", ["KERAS_HOME", "HOME"])
@pytest.mark.parametrize("backend, settings, said, not_said", SETTINGS)
def test_the_cure_names_who_asks_for_a_backend_that_is_not_there(
    tmp_path, monkeypatch, place, backend, settings, said, not_said
):
    for name in ("KERAS_BACKEND", "KERAS_HOME"):
        monkeypatch.delenv(name, raising=False)
    if backend is not None:
        monkeypatch.setenv("KERAS_BACKEND", backend)
    monkeypatch.setenv(place, str(tmp_path))
    file = tmp_path / "keras.json" if place == "KERAS_HOME" else tmp_path / ".keras" / "keras.json"
    file.parent.mkdir(exist_ok=True)
    if settings is not None:
        file.write_bytes(settings if isinstance(settings, bytes) else json.dumps(settings).encode())
    cure = environment.cure(ImportError())
    assert all(words in cure for words in said) and not [words for words in not_said if words in cure]
    assert ("keras.json" in cure) == (str(file) in cure) and "make setup" in cure


def test_where_the_memory_is_used_up_nothing_else_is_blamed():
    assert environment.cure(MemoryError()) == environment.MEMORY


def test_a_wrong_backend_is_named():
    done = run("from aelib import lesson; lesson.check_environment()", KERAS_BACKEND="nonsense")
    assert done.returncode == 0 and "nonsense" in done.stdout and "KERAS_BACKEND" in done.stdout
    assert done.stdout.splitlines()[4].startswith("Mend the first")


@pytest.mark.parametrize("name, text", [("keras", "x = 1"), ("tensorflow", "x = 1"), ("keras", "def")])
def test_a_file_that_stands_in_a_modules_place_is_named_with_what_to_do(name, text, tmp_path):
    (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "code.py").write_text("x = 1")  # which nobody imports
    path = os.pathsep.join(path for path in sys.path if path)
    program = "import sys; sys.path.insert(0, ''); from aelib import lesson; lesson.start()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path, "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    words = done.stderr.splitlines()[-1]
    assert words.startswith("RuntimeError: Keras can't start") and f"{name}.py has the name of a module" in words
    assert "rename it" in words and "make setup" not in words and "code.py" not in words


def test_a_setting_that_changes_the_lessons_is_named_though_keras_works(monkeypatch, capsys):
    lesson.start()
    import keras

    monkeypatch.setattr(keras.config, "floatx", lambda: "float16")
    (line,) = [line for line in check(capsys) if line.startswith("Keras and its backend:")]
    assert "floatx 'float16'" in line and "keras.json" in line and "delete it" in line


def test_a_course_that_is_not_installed_is_told_and_not_a_traceback(monkeypatch, capsys):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata.Distribution, "from_name", missing)
    lines = check(capsys)
    assert "the course is not installed" in lines[0] and "make setup" in lines[0] and "make setup" in lines[1]
