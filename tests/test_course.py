"""`aelib course`: the lessons arrive whole, no learner's work is lost, and each sentence can be typed as it stands."""

import argparse
import contextlib
import io
import os
import re
import shlex
import subprocess
import sys

import pytest

from aelib import __main__ as command
from aelib import course, files

LESSONS = {path.name: path.read_bytes() for path in files.course("notebooks").glob("*.ipynb")}
FIRST, SECOND = sorted(LESSONS)[:2]


@pytest.fixture(autouse=True)
def at_home(monkeypatch):
    """Not on a JupyterHub, wherever the tests run."""
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)


def call(folder):
    """Do what `aelib course FOLDER` does."""
    return course.copy_lessons(argparse.Namespace(folder=str(folder)))


def found(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def typed(said, command):
    """The last argument of the one line that says to have this Python do it, as a terminal would read it."""
    (line,) = [line for line in said.splitlines() if f" -m {command} " in line]
    words = [word.strip('"') for word in shlex.split(line.split("type: ")[1], posix=os.name != "nt")]
    assert words[0] == sys.executable
    return words[-1]


def test_all_lessons_are_written_with_their_outputs_and_the_next_command_names_the_first(tmp_path, capsys):
    folder = tmp_path / "my course ü" / "lessons"
    assert call(folder) == 0
    assert found(folder) == LESSONS and {FIRST, "03b_compression_in_real_bits.ipynb"} < set(LESSONS)
    said = capsys.readouterr().out
    assert "written to" in said and f": {len(LESSONS)}; there already: 0." in said
    assert typed(said, "jupyterlab") == str(folder / "00_start_here.ipynb")


def test_on_a_jupyterhub_no_second_jupyterlab_is_advised(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    call(tmp_path)
    assert capsys.readouterr().out.endswith(f"To begin, open {tmp_path / FIRST} in JupyterLab.\n")


def test_no_lesson_needs_a_file_that_is_not_written():
    for name, content in LESSONS.items():
        text = content.decode()
        links = re.findall(r"\]\(([\w./-]+\.\w+)\)", text) + re.findall(
            r"(?:src|href)=[\\\"']+(?!data:|#)([^\\\"']+)", text
        )
        assert set(links) <= set(LESSONS), name
        assert not re.search(r"\b(?:open|read_text|read_bytes|np\.load)\([\\\"']", text), name
    assert "](01_what_is_an_autoencoder.ipynb)" in LESSONS[FIRST].decode(), "the test itself can tell"


def test_a_second_call_touches_nothing(tmp_path, capsys):
    call(tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    capsys.readouterr()
    assert call(tmp_path) == 0
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    said = capsys.readouterr().out
    assert f": 0; there already: {len(LESSONS)}." in said and "Kept" not in said


def test_a_learners_work_is_kept_and_named_and_what_to_type_brings_the_new_lesson(tmp_path, capsys):
    call(tmp_path)
    (tmp_path / FIRST).write_text("my work")
    (tmp_path / SECOND).unlink()
    (tmp_path / "notes.txt").write_text("mine, too")
    capsys.readouterr()
    assert call(tmp_path) == 0
    assert found(tmp_path) == LESSONS | {FIRST: b"my work", "notes.txt": b"mine, too"}
    said = capsys.readouterr().out
    (kept,) = [line for line in said.splitlines() if line.startswith("Kept")]
    assert FIRST in kept and SECOND not in kept and f": 1; there already: {len(LESSONS) - 2}." in said
    fresh = typed(said, "aelib course")
    assert call(fresh) == 0 and found(tmp_path / "new") == LESSONS
    assert (tmp_path / FIRST).read_text() == "my work"


def test_a_call_that_was_cut_off_is_finished_by_the_next(tmp_path, monkeypatch, capsys):
    write = files.write

    def full(path, content):
        if path.name == SECOND:
            raise OSError(28, "No space left on device", str(path))
        write(path, content)

    monkeypatch.setattr(files, "write", full)
    with pytest.raises(ValueError, match="No space left on device"):
        call(tmp_path)
    assert found(tmp_path) == {FIRST: LESSONS[FIRST]}
    monkeypatch.setattr(files, "write", write)
    assert call(tmp_path) == 0 and found(tmp_path) == LESSONS
    assert f": {len(LESSONS) - 1}; there already: 1." in capsys.readouterr().out


@pytest.mark.parametrize("obstacle", ["a file", "a file above", "a folder for a lesson"])
def test_what_is_in_the_way_is_named_in_one_sentence_and_stays(tmp_path, capsys, obstacle):
    folder = tmp_path / "course"
    if obstacle == "a folder for a lesson":
        (folder / FIRST).mkdir(parents=True)
    else:
        folder.write_text("not a folder")
    asked = folder / "below" if obstacle == "a file above" else folder
    with pytest.raises(ValueError) as caught:
        call(asked)
    assert str(asked) in str(caught.value) and "Name another folder." in str(caught.value)
    assert "\n" not in str(caught.value) and capsys.readouterr().out == ""
    assert (folder / FIRST).is_dir() if folder.is_dir() else folder.read_text() == "not a folder"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc can't be written, also not by root")
def test_a_folder_that_cannot_be_written_is_named_in_one_sentence():
    with pytest.raises(ValueError, match=r"can't be written to /proc/course \(.+\)\. Name another folder\."):
        call("/proc/course")


def test_a_link_that_leads_nowhere_now_is_kept_and_named(tmp_path, capsys):
    (tmp_path / FIRST).symlink_to(tmp_path / "a disk that is not here" / "work.ipynb")
    assert call(tmp_path) == 0
    assert (tmp_path / FIRST).is_symlink() and not (tmp_path / FIRST).exists()
    assert f"may hold your work: {FIRST}." in capsys.readouterr().out


def test_a_folder_that_looks_like_an_option_is_typed_as_a_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call("-x") == 0
    assert typed(capsys.readouterr().out, "jupyterlab") == os.path.join(os.curdir, "-x", FIRST)


def test_without_lessons_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "course", lambda folder: tmp_path / "none")
    with pytest.raises(ValueError, match="lessons are not here: install aelib again"):
        call(tmp_path)


def test_what_the_command_cannot_do_is_one_sentence_and_exit_code_2(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert command.main(["course", str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err.startswith("aelib course: The lessons can't be written to")


@pytest.mark.parametrize("folder", ["", "  ", "~nobody-here/course"])
def test_a_name_that_is_none_is_refused_before_anything_is_written(tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="names no folder. Name one, e.g. my-course") as caught:
        call(folder)
    assert repr(folder) in str(caught.value) and os.listdir(tmp_path) == []


@pytest.mark.parametrize("folder, written", [("~", "home"), ("~/course", "home/course"), ("~course", None), (".", "")])
def test_a_tilde_that_no_terminal_has_read_is_the_home_folder(tmp_path, monkeypatch, capsys, folder, written):
    (tmp_path / "home").mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert command.main(["course", folder]) == (0 if written is not None else 2)
    assert written is None or found(tmp_path / written) == LESSONS
    assert "~" not in "".join(os.listdir(tmp_path))
    if written and written != "home":
        assert typed(capsys.readouterr().out, "jupyterlab") == str(tmp_path / written / FIRST)


# The command as typed, in one folder after the other


def terminal(folder, *arguments, **environment):
    """What `python ARGUMENTS` ends with in a folder, where it finds this project."""
    environment = {**os.environ, "PYTHONPATH": str(files.PACKAGE.parent), **environment}
    return subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True)


def test_no_learners_file_is_run_that_is_named_like_a_module(tmp_path):
    harmless = {"argparse", "json", "keras", "numpy", "os", "re", "typing", "pathlib", "sitecustomize", "tensorflow"}
    first = {"aelib", "contextlib", "types"}  # what Python itself looks for before any line of this project is run
    for name in harmless:
        (tmp_path / f"{name}.py").write_text(f"open('{name} was run', 'w')")
    assert b"not named as a task is" in terminal(tmp_path, "-m", "aelib", "grade", ".").stdout
    for name in first:
        (tmp_path / f"{name}.py").write_text(f"open('{name} was run', 'w')")
    told = terminal(tmp_path, "-P", "-m", "aelib", "--help")
    assert told.returncode == 0 and b"python -P -m aelib" in told.stdout
    script = "import sys; from aelib.__main__ import main; sys.exit(main())"  # as the installed command has it
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "aelib").write_text(script)
    assert terminal(tmp_path, "bin/aelib", "course", "new").returncode == 0
    assert [name for name in os.listdir(tmp_path) if name.endswith("was run")] == []


def test_in_a_notebook_it_works_too(tmp_path):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert command.main(["course", str(tmp_path)]) == 0
    assert f": {len(LESSONS)}; there already: 0." in said.getvalue() and found(tmp_path) == LESSONS


def test_letters_that_the_terminal_lacks_are_no_error(tmp_path):
    done = terminal(tmp_path, "-m", "aelib", "course", "\u00fc", PYTHONIOENCODING="ascii")
    assert done.returncode == 0 and done.stderr == b""
    assert f"Lessons written to ?: {len(LESSONS)};".encode() in done.stdout
    assert found(tmp_path / "\u00fc") == LESSONS


@pytest.mark.skipif(os.name == "nt", reason="a pipe of Unix")
@pytest.mark.parametrize("arguments, unbuffered", [(["--help"], ""), (["course", "new"], ""), (["course", "new"], "1")])
def test_a_reader_that_has_left_ends_it_quietly(tmp_path, arguments, unbuffered):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as nobody:
        environment = {**os.environ, "PYTHONPATH": str(files.PACKAGE.parent), "PYTHONUNBUFFERED": unbuffered}
        command = [sys.executable, "-m", "aelib", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, stdout=nobody, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(os.name == "nt", reason="a shell closes it as `>&-` does")
def test_a_call_without_an_output_works_and_ends_without_a_traceback(tmp_path):
    command = f"{shlex.quote(sys.executable)} -m aelib course {shlex.quote(str(tmp_path / 'mine'))} >&-"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "") and any((tmp_path / "mine").iterdir())
