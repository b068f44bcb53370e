"""The sheet: its minutes add up to the lessons', and beside each named wrong answer stands what is said to it."""

import re
import xml.etree.ElementTree

import pytest
import test_notebooks
from mistakes import ATTEMPTS

from aelib import exercises
from tools import notebooks, sheet, site

LESSONS = [site.Lesson(path) for path in sorted(notebooks.FOLDER.glob("[0-9]*.ipynb"))]


def tables(page):
    """The page's tables, {caption: rows as lists of cells}, without their heads."""
    tree = xml.etree.ElementTree.fromstring(re.sub(r"<!DOCTYPE html>|<meta\b[^>]*>", "", page))
    assert len(list(tree.iter("h2"))) == len(LESSONS)
    return [
        (
            "".join(table.find("caption").itertext()),
            [["".join(cell.itertext()) for cell in row] for row in table.find("tbody")],
        )
        for table in tree.iter("table")
    ]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.number)
def test_the_parts_take_what_the_lesson_takes_and_each_has_a_heading(lesson):
    parts = sheet.timed(lesson)
    assert sum(minutes for _, minutes, _ in parts) == pytest.approx(test_notebooks.minutes(lesson.path), abs=0.02)
    counts = {kind: sum(counts[kind] for *_, counts in parts) for kind in parts[0][2]}
    assert counts["predictions"] == test_notebooks.predictions(lesson.book)
    assert counts["exercises"] == len(test_notebooks.checks(lesson.book))
    assert all(heading for heading, *_ in parts) and parts[-1][0] == "Quiz" and parts[-1][2]["questions"] > 0


def test_each_named_wrong_answer_stands_there_with_what_is_said_to_it(monkeypatch):
    monkeypatch.setattr(sheet, "told", lambda task, mistake: f"told <{mistake.message}>")
    found = tables(sheet.page())
    assert [caption for caption, _ in found].count("Timings") == len(LESSONS)
    for task in exercises.every():
        (rows,) = [rows for caption, rows in found if caption.startswith(f"{task.title}: ")]
        assert [row[0] for row in rows] == [mistake.name for mistake in ATTEMPTS[task.key].wrong]
        assert rows[0][1:] == [ATTEMPTS[task.key].wrong[0].criterion, f"told <{ATTEMPTS[task.key].wrong[0].message}>"]


def test_what_is_said_is_the_checks_own_sentence():
    (task,) = [task for task in exercises.every() if task.key == "03-entropy-bits"]
    mistake = ATTEMPTS[task.key].wrong[0]
    sentence = sheet.told(task, mistake)
    assert mistake.message in sentence and sentence.endswith(".") and len(sentence) > len(mistake.message)
