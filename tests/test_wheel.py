"""The built wheel: what it carries, and the course used from it where no checkout is known."""

import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SETTINGS = "share/jupyter/lab/settings/overrides.d/aelib.json"


def build(folder, kind="wheel"):
    """Build a "wheel" or a "wheel:editable" of the checkout without the network; return its path."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build(tmp_path_factory.mktemp("wheel"))


def carried(wheel):
    """The files in a wheel, {name: bytes}, without what describes the wheel itself."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}


@pytest.mark.skipif(not (shutil.which("git") and (ROOT / ".git").exists()), reason="not a git checkout")
def test_a_wheel_carries_the_library_the_lessons_and_the_quizzes_and_nothing_else(wheel):
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "aelib"]
    own = set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"))
    expected = {name: ROOT / name for name in own - {"", "aelib/jupyterlab.json"} if (ROOT / name).exists()}
    expected |= {f"aelib/notebooks/{path.name}": path for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    expected |= {f"aelib/quizzes/{path.name}": path for path in (ROOT / "quizzes").glob("*.json")}
    data = f"aelib-{PROJECT['version']}.data/data/{SETTINGS}"
    expected[data] = ROOT / "aelib" / "jupyterlab.json"
    assert carried(wheel) == {name: path.read_bytes() for name, path in expected.items()}


def test_an_editable_install_copies_nothing_that_could_grow_stale(tmp_path):
    files = carried(build(tmp_path, "wheel:editable"))
    assert files.pop("_aelib.pth").decode() == str(ROOT)
    assert [name.partition(".data/data/")[2] for name in files] == [SETTINGS]


class Learner:
    """Someone who has the wheel in an environment of their own, `prefix`, and works in an empty `folder`."""

    def __init__(self, folder, wheel):
        self.prefix, self.folder = folder / "environment", folder / "my course ü"
        self.folder.mkdir(parents=True)
        venv.create(self.prefix, symlinks=os.name != "nt")
        self.programs = self.prefix / ("Scripts" if os.name == "nt" else "bin")
        command = [sys.executable, "-m", "pip", "--python", self.programs / "python", "install", "--quiet"]
        options = ["--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check"]
        subprocess.run([*command, *options, wheel], check=True)
        (installed,) = self.prefix.rglob("aelib/__init__.py")
        # The 3 GB of dependencies are borrowed from the environment that runs this test. A folder that a .pth file
        # names comes last, and the .pth files in it, of which one leads to the checkout, are not read.
        borrowed = pathlib.Path(importlib.util.find_spec("keras").origin).parent.parent
        (installed.parent.parent / "borrowed.pth").write_text(f"{borrowed}\n")
        strange = ("PYTHON", "AELIB", "PYTEST", "VIRTUAL_ENV", "CI")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
        self.environment |= {"AELIB_PROGRESS": str(folder / "progress.json"), "TF_CPP_MIN_LOG_LEVEL": "3"}

    def types(self, program, *arguments):
        """Run a program of the environment in the folder; return what it printed."""
        done = subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def learner(wheel, tmp_path_factory):
    return Learner(tmp_path_factory.mktemp("a b ü"), wheel)


USE = """
import json, sys
import aelib
from aelib import data, explorers
from aelib.exercises import lesson_01
from aelib.machine import environment
from aelib.quiz import quiz

def best_picture(images):
    return images.mean(axis=0)

found = {"quiz": repr(quiz("01")), "check": repr(lesson_01.best_picture.check(best_picture))}
found["progress"], found["repair"] = repr(aelib.progress()), environment.REPAIR
encoder, decoder, auto = aelib.pretrained("vanilla")
(x_train, _), (x_test, _) = data.digits()
found["error"] = float(((auto.predict(x_test, verbose=0) - x_test) ** 2).mean())
found["explorer"] = explorers.numbers_kept(encoder, decoder, x_train, x_test[:10])._repr_mimebundle_()["text/html"]
found["origins"] = sorted({m.__file__ for name, m in sys.modules.items() if name.split(".")[0] == "aelib"})
found["path"] = sys.path
print(json.dumps(found))
"""


@pytest.mark.slow
def test_quiz_exercise_progress_explorer_and_trained_model_work_from_the_wheel_alone(learner):
    found = json.loads(learner.types("python", "-c", USE).splitlines()[-1])
    assert len(found["origins"]) > 10 and all(path.startswith(str(learner.prefix)) for path in found["origins"])
    assert str(ROOT) not in found["path"]
    first = json.loads((ROOT / "quizzes" / "01.json").read_text("utf-8"))[0]
    assert first["question"].split("`")[0].split("$")[0].strip() in found["quiz"]
    assert "✓" in found["check"] and "✗" not in found["check"]
    assert "autoencoder: 1 of " in found["progress"]
    assert "%pip" in found["repair"] and "make" not in found["repair"], "there is no folder of the course"
    assert found["error"] < 0.02  # an average image errs by 0.067
    assert "<script" in found["explorer"]


@pytest.mark.slow
def test_the_graded_exercises_are_graded_from_the_wheel(learner):
    shutil.copy(ROOT / "aelib" / "exercises" / "solutions" / "0-vanilla.py", learner.folder)
    said = learner.types("aelib", "grade", "0-vanilla.py")
    (record,) = json.loads((learner.folder / "grades.json").read_text("utf-8"))["records"]
    assert record["points"] == record["of"] > 0 and f"vanilla: {record['of']} of {record['of']}" in said


@pytest.mark.slow
def test_the_lessons_arrive_in_a_folder_and_lesson_00_prints_there_what_it_prints_here(learner):
    said = learner.types("aelib", "course", "lessons of ü")
    assert " -m jupyterlab 'lessons of ü/00_start_here.ipynb'" in said or os.name == "nt"
    folder = learner.folder / "lessons of ü"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")
    }
    options = ["--nbval", "--nbval-current-env", "-q", "-p", "no:cacheprovider"]
    options.append(f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval.cfg'}")
    said = learner.types("python", "-m", "pytest", *options, "lessons of ü/00_start_here.ipynb")
    assert re.search(r"\b1\d passed", said)
