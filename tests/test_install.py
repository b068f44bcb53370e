"""The set-up, with its failures made on purpose: each ends in one sentence that says what to do."""

import ast
import os
import pathlib
import re
import shutil
import subprocess
import sys
import types

import pytest

from tools import install

ROOT = pathlib.Path(__file__).parent.parent
POSIX = os.name != "nt"
make = pytest.mark.skipif(not (POSIX and shutil.which("make")), reason="make is not installed, or its shell is another")
posix = pytest.mark.skipif(not POSIX, reason="the pretended Python is a shell script")


@pytest.mark.parametrize("version, words", [((3, 9, 18), "too old"), ((2, 7, 18), "too old"), ((3, 14, 0), "too new")])
def test_a_python_that_cannot_run_the_course_is_named_with_the_cure(version, words):
    sentence = install.python_problem(version)
    assert "{}.{}".format(*version) in sentence and words in sentence
    assert "3.11 to 3.13" in sentence and "make lab PYTHON=" in sentence


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 1), (3, 13, 9)])
def test_a_python_that_can_run_the_course_is_accepted(version):
    assert install.python_problem(version) is None


def test_the_supported_versions_are_those_of_pyproject():
    import tomllib

    stated = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    oldest, newest = install.SUPPORTED
    assert stated == f">={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1] + 1}"


@pytest.mark.parametrize(
    "output, words",
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError('<...>: Failed to establish a new connection: [Errno 101]')", "internet"),
        ("Temporary failure in name resolution\nERROR: No matching distribution found for six", "internet"),
        ("ERROR: No matching distribution found for tensorflow==2.21.0", "64-bit"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "cache purge"),
        ("Error: [Errno 30] Read-only file system: '/x/.venv'", "folder of your own"),
        ("Error: [Errno 13] Permission denied: '/x/.venv'", "folder of your own"),
        ("ensurepip is not available.", "python3-venv"),
        ("first\nERROR: something else\n\n", "ERROR: something else"),
        ("", "(nothing)"),
    ],
)
def test_each_failure_of_pip_has_its_sentence(output, words):
    sentence = install.cure(output)
    assert words in sentence and "\n" not in sentence


def project(tmp_path):
    """A copy of the files that the set-up reads, in a folder whose name has spaces and an umlaut."""
    folder = tmp_path / "my course ü"
    (folder / "tools").mkdir(parents=True)
    for name in ("tools/install.py", "pyproject.toml", "requirements.lock", "Makefile"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def setup(folder, *command, **environment):
    command = command or (sys.executable, "tools/install.py")
    return subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True)


def test_without_space_it_says_so_before_it_starts(monkeypatch, tmp_path):
    monkeypatch.setattr(install, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(install, "READY", str(tmp_path / ".venv" / "ready"))
    monkeypatch.setattr(install.shutil, "disk_usage", lambda path: types.SimpleNamespace(free=1.2e9))
    with pytest.raises(SystemExit) as caught:
        install.main()
    assert str(caught.value).startswith("Only 1.2 GB are free") and not (tmp_path / ".venv").exists()


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_an_environment_that_is_a_link_is_left_alone_with_all_that_it_leads_to(tmp_path):
    folder = project(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "thesis.txt").write_text("mine")
    (folder / ".venv").symlink_to(tmp_path / "elsewhere")
    done = setup(folder)
    assert (done.returncode, done.stderr) == (1, ".venv is a link: remove it and type the command again.\n")
    assert (tmp_path / "elsewhere" / "thesis.txt").read_text() == "mine"


NOWHERE = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_FIND_LINKS": "",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_NO_CACHE_DIR": "1",
    "PIP_RETRIES": "1",
}


def test_without_a_network_it_says_so_in_one_sentence_each_time(tmp_path):
    folder = project(tmp_path)
    for _ in range(2):
        done = setup(folder, **NOWHERE)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1 and "needs the internet" in done.stderr


@make
@pytest.mark.skipif(not shutil.which("python3"), reason="no python3 to disguise")
def test_make_with_an_old_python_says_one_sentence_and_makes_nothing(tmp_path):
    old = tmp_path / "old python"
    disguise = "import sys; sys.version_info = (3, 8, 10); __file__ = 'tools/install.py'; exec(open(__file__).read())"
    old.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{disguise}"\n')
    old.chmod(0o755)
    folder = project(tmp_path)
    done = setup(folder, "make", "lab", f"PYTHON={old}")
    assert done.returncode != 0 and "This is Python 3.8, too old" in done.stderr
    assert not (folder / ".venv").exists()


def ready(folder):
    """Mark a copy's environment as made, with a Python in it that only pretends to install."""
    bin_folder = folder / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    (bin_folder / "python").write_text(f'#!/bin/sh\n[ "$1" = -c ] && exec "{sys.executable}" "$@"\necho "$@"\n')
    (bin_folder / "python").chmod(0o755)
    program = """
import runpy
digest = runpy.run_path("tools/install.py")["digest"]
open(".venv/ready", "w").write(digest() + "\\n" + digest("requirements.lock", "pyproject.toml"))
"""
    subprocess.run([sys.executable, "-c", program], cwd=folder, check=True)


@make
@pytest.mark.parametrize(
    "target, command",
    [
        ("lab", "-m jupyterlab notebooks/00_start_here.ipynb --no-browser --port=8899"),
        ("test", "-m pytest --nbval -n 2"),
        ("notebooks", "-m tools.notebooks"),
        ("setup", ""),
    ],
)
def test_a_second_start_goes_straight_to_the_command(tmp_path, target, command):
    folder = project(tmp_path)
    ready(folder)
    done = setup(folder, "make", "-s", target, f"PYTHON={sys.executable}", "LAB_ARGS=--no-browser --port=8899")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, command, "")


@make
@pytest.mark.parametrize("home", ["writable", "missing", "a file"])
def test_what_jupyter_keeps_in_a_home_folder_goes_beside_the_course_where_that_cannot_be_written(tmp_path, home):
    folder = project(tmp_path)
    ready(folder)
    (folder / ".venv" / "bin" / "python").write_text('#!/bin/sh\n[ "$1" = -c ] && echo 3 12 || echo "$HOME"\n')
    (tmp_path / "writable").mkdir()
    (tmp_path / "a file").touch()
    done = setup(folder, "make", "-s", "lab", f"PYTHON={sys.executable}", HOME=str(tmp_path / home))
    assert done.stdout.strip() == str(tmp_path / home if home == "writable" else folder / ".home")


@posix
def test_a_changed_lock_is_installed_in_place_and_a_failure_is_taken_up_again(tmp_path):
    folder = project(tmp_path)
    ready(folder)
    python = folder / ".venv" / "bin" / "python"
    pretended = python.read_text()
    lock = (folder / "requirements.lock").read_bytes()
    (folder / "requirements.lock").write_bytes(lock + b"# changed")
    python.write_text(pretended.replace("echo", "false"))
    assert "The set-up failed" in setup(folder).stderr
    python.write_text(pretended)
    for content in (lock, lock, lock + b"# changed"):
        (folder / "requirements.lock").write_bytes(content)
        done = setup(folder)
        assert (done.returncode, done.stderr) == (0, "") and "Setting up" not in done.stdout
    assert python.read_text() == pretended, "a working environment is never thrown away"


@posix
@pytest.mark.parametrize("change", ["moved", "old Python inside", "no Python inside"])
def test_an_environment_that_cannot_work_is_made_anew(tmp_path, change):
    folder = project(tmp_path)
    ready(folder)
    python = folder / ".venv" / "bin" / "python"
    if change == "moved":
        folder = folder.rename(tmp_path / "after")
    elif change == "old Python inside":
        python.write_text("#!/bin/sh\necho 3 9\n")
    else:
        python.unlink()
    (folder / "venv.py").write_text("raise SystemExit('asked for an environment')")  # in place of Python's own
    done = setup(folder)
    assert "Setting up the course in .venv" in done.stdout and "asked for an environment" in done.stderr


def test_the_script_parses_under_old_pythons():
    program = (ROOT / "tools" / "install.py").read_text("utf-8")
    ast.parse(program, feature_version=(3, 6))
    assert not re.search(r"^ *print\(|\bf['\"]|nonlocal|\basync\b", program, re.M), "Python 2.7 could not read it"


@make
def test_help_lists_every_target():
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert targets == set(re.findall(r"^make ([a-z]+)", done.stdout, re.M)) > {"setup", "lab", "test", "notebooks"}


@pytest.mark.parametrize("name, folders", [("lab", {"aelib", "quizzes", "notebooks"}), ("grader", {"aelib"})])
def test_a_container_is_made_from_what_there_is_by_the_set_up_and_runs_nothing_as_root(name, folders, tmp_path):
    lines = (ROOT / "docker" / f"{name}.Dockerfile").read_text("utf-8").splitlines()
    words = [line.split() for line in lines if line and not line.startswith("#")]
    (python,) = [tuple(map(int, re.findall(r"\d+", word[1]))) for word in words if word[0] == "FROM"]
    assert install.python_problem(python) is None
    assert [word[1] for word in words if word[0] == "USER"] not in ([], ["root"])
    setup_line = words.index(["RUN", "python", "tools/install.py"])
    for number, word in enumerate(words):
        if word[0] == "COPY":
            sources = [part for part in word[1:-1] if not part.startswith("--")]
            assert all((ROOT / source).exists() for source in sources)
            for source in sources if number < setup_line else []:
                target = tmp_path / (word[-1] if word[-1] != "./" else "") / pathlib.Path(source).name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, target)
            folders = folders - set(sources if number > setup_line else [])
    assert folders == set(), "what is run comes after the set-up, which stays when it changes"
    command = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel:editable",
        "--directory",
        tmp_path / "out",
    ]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)  # the set-up's last step finds what it needs
