"""When all lessons last passed: noted only if every cell agrees, with the versions that ran, and read by lesson 00."""

import datetime
import importlib.metadata
import json
import platform

import nbformat
import pytest

from aelib.machine import environment
from tools import green, notebooks

PROJECT = {"dependencies": ["keras>=3.10", "tensorflow>=2.19", "numpy>=2.0", "pillow>=10.1"]}


def note(tensorflow, date="2026-11-30", keras="3.11.0"):
    return {"date": date, "python": "3.12.4", "tensorflow": tensorflow, "keras": keras, "numpy": "2.1.0"}


@pytest.mark.parametrize(
    "made, stay",
    [
        (["2.19.0"], ["2.19.0"]),
        (["2.19.0", "2.21.0"], ["2.21.0", "2.19.0"]),
        (["2.21.0", "2.9.0", "2.19.0", "2.20.0"], ["2.21.0", "2.19.0"]),
        (["2.100.0", "2.20.0", "2.19.1"], ["2.100.0", "2.19.1"]),
        (["2.18.0"], []),
    ],
)
def test_the_newest_and_the_oldest_versions_stay_that_the_project_allows(made, stay):
    assert [one["tensorflow"] for one in green.kept(list(map(note, made)), PROJECT)] == stay


def test_a_later_note_replaces_one_with_the_same_versions_and_no_other():
    notes = [note("2.21.0", "2026-11-01"), note("2.21.0", "2026-11-02"), note("2.21.0", "2026-11-03", "3.12.0")]
    assert [one["date"] for one in green.kept(notes, PROJECT)] == ["2026-11-03", "2026-11-02"]


@pytest.mark.slow
@pytest.mark.parametrize("printed", ["2\n", "3\n"])
def test_a_note_is_made_if_every_lesson_prints_what_it_should_and_else_none(tmp_path, monkeypatch, printed, capfd):
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "--nbval-current-env"\n')
    folder, file = tmp_path / "notebooks", tmp_path / "green.json"
    folder.mkdir()
    for name, text in (("00_a.ipynb", "2\n"), ("01_b.ipynb", printed)):
        output = nbformat.v4.new_output("stream", name="stdout", text=text)
        cell = nbformat.v4.new_code_cell("print(1 + 1)", execution_count=1, outputs=[output])
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / name)
    monkeypatch.setattr(notebooks, "FOLDER", folder)
    monkeypatch.setattr(environment, "GREEN", file)
    assert green.main() == int(printed != "2\n")
    assert file.exists() == (printed == "2\n")
    if file.exists():
        found = {name: importlib.metadata.version(name) for name in ("tensorflow", "keras", "numpy")}
        found |= {"date": datetime.date.today().isoformat(), "python": platform.python_version()}
        assert json.loads(file.read_text("utf-8")) == [found]
        assert f"All lessons last passed on {found['date']}, with Python" in capfd.readouterr().out


def test_the_notes_of_the_course_are_of_versions_that_it_allows():
    if not environment.GREEN.exists():
        pytest.skip("all lessons have not been noted to pass yet: make green")
    notes = json.loads(environment.GREEN.read_text("utf-8"))
    assert notes and green.kept(notes, notebooks.PROJECT) == notes
