"""The certificate: it has what the progress file says, needs nothing else, and says what it is worth."""

import html
import json
import os
import re
import xml.etree.ElementTree

import pytest

from aelib import __main__ as command
from aelib import exercises, ledger, quiz
from aelib.classroom import certificate
from aelib.exercises import graded
from aelib.grading import variants

DAY = 86_400
NOON = 1_790_000_000  # 21 September 2026, 13:33 UTC


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The path of the progress file: progress is on, but for this off under tests."""
    monkeypatch.delenv("PYTEST_VERSION")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("AELIB_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.setattr(ledger, "_said", set())
    monkeypatch.chdir(tmp_path)
    return tmp_path / "progress.json"


def page(file="certificate.html"):
    """What stands on a certificate: its text, and its rows as lists of cells."""
    with open(file, encoding="utf-8") as stream:
        source = stream.read()
    tree = re.sub(r"<!DOCTYPE html>|<(meta|br)\b[^>]*>", "", source)
    tree = xml.etree.ElementTree.fromstring(tree)
    rows = [["".join(cell.itertext()) for cell in row] for row in tree.iter("tr")]
    return source, " ".join("".join(tree.find("body").itertext()).split()), rows


def lesson_00(when=NOON):
    for question in quiz.read("00"):
        ledger.record("question", question["id"], "right", when)
    ledger.record("exercise", "00-squared-error", "right", when + DAY)


def test_each_exercise_and_question_of_the_course_belongs_to_one_lesson():
    lessons = certificate._lessons()
    keys = [key for lesson in lessons for key in lesson["exercises"]]
    questions = [key for lesson in lessons for key in lesson["questions"]]
    assert sorted(keys) == sorted(exercise.key for exercise in exercises.every())
    assert sorted(questions) == sorted(one["id"] for name in quiz.names() for one in quiz.read(name))
    assert lessons[0]["title"] == "Start here" and "1-sparse" in lessons[5]["exercises"]


def test_what_was_last_right_stands_there_with_its_day_and_nothing_else(kept, capsys):
    lesson_00()
    ledger.record("exercise", "0-vanilla", "right", NOON)
    ledger.record("exercise", "1-sparse", "right", NOON)
    ledger.record("exercise", "1-sparse", "partly", NOON + DAY)
    ledger.record("question", "01-floor", "wrong", NOON)
    ledger.record("exercise", "of-an-older-course", "right", NOON)
    assert command.main(["certificate", "--name", "  Ada   Lovelace "]) == 0
    _, text, rows = page()
    assert "Ada Lovelace 1 of 19 lessons complete, 2 of 48 exercises and 7 of 164 quiz questions right." in text
    assert ["00 · Start here", "1 of 1", "7 of 7", "yes", "22 September 2026"] in rows
    assert ["01 · What is an autoencoder?", "1 of 3", "0 of 8", "–", "21 September 2026"] in rows
    assert ["Graded exercise 0, vanilla autoencoder", "21 September 2026"] in rows
    assert len(rows) == 5, "two heads and three rows: what was only tried does not stand there"
    said = capsys.readouterr().out
    assert "The certificate is in certificate.html" in said and "2 of 48 exercises and 7 of 164 questions" in said


def test_it_says_what_it_is_worth_and_needs_nothing_else(kept):
    lesson_00()
    command.main(["certificate", "--name", "Ada"])
    source, text, _ = page()
    assert "a record, and no proof" in text and "aelib grade" in text and "variant" not in text
    assert not re.search(r"https?:|src=|<script|url\(|@import", source)


def test_in_a_classs_package_the_number_of_the_variant_stands_there(kept, tmp_path, monkeypatch):
    (tmp_path / "class.json").write_text('{"variant": 7}')
    monkeypatch.setattr(variants, "CLASS", tmp_path / "class.json")
    ledger.record("exercise", graded.vanilla.key, "right", NOON)
    command.main(["certificate", "--name", "Ada"])
    assert "Graded exercises, variant 7" in page()[1]


@pytest.mark.parametrize(
    "name", ["Žofie Øster", "李小龍", "محمد", "علی‌رضا", "O'Neil & <b>Söhne</b>", "x" * 80, "{{ 7 * 7 }}"]
)
def test_a_name_stands_there_as_it_was_typed(kept, name):
    lesson_00()
    assert command.main(["certificate", "mine.html", "--name", name]) == 0
    source, text, _ = page("mine.html")
    assert name in text and f"<title>{html.escape(name)} ·".replace("&#x27;", "&#39;") in source


@pytest.mark.parametrize("name", ["", "   ", "a\u202eb", "a\x1b[31mb", "a\0b", "\udcff", "x" * 81])
def test_a_name_that_cannot_stand_there_is_refused(kept, capsys, name):
    lesson_00()
    assert command.main(["certificate", "--name", name]) == 2
    said = capsys.readouterr().err
    assert "expected your name, 1 to 80 characters" in said and said.isascii() and "\x1b" not in said
    assert not os.path.exists("certificate.html")


@pytest.mark.parametrize(
    "content", [None, b"{", b"", b"[]", b'{"version": 2}', b'{"version": 1, "question": 3}', b"\xff\0"]
)
def test_without_anything_passed_nothing_is_written(kept, capsys, content):
    if content is not None:
        kept.write_bytes(content)
    assert command.main(["certificate", "--name", "Ada"]) == 2
    assert "Nothing is passed yet: in " in capsys.readouterr().err and not os.path.exists("certificate.html")


def test_where_progress_is_off_it_says_how_to_switch_it_on(kept, monkeypatch, capsys):
    monkeypatch.setenv("AELIB_PROGRESS", "off")
    assert command.main(["certificate", "--name", "Ada"]) == 2
    assert "Set AELIB_PROGRESS to the path of your progress file" in capsys.readouterr().err


def test_a_clock_that_was_far_off_is_no_error(kept):
    lesson_00()
    found = json.loads(kept.read_text())
    found["exercise"]["00-squared-error"]["when"] = 10**15
    found["question"][quiz.read("00")[0]["id"]]["when"] = -(10**15)
    kept.write_text(json.dumps(found))
    assert command.main(["certificate", "--name", "Ada"]) == 0
    assert ["00 · Start here", "1 of 1", "7 of 7", "yes", "21 September 2026"] in page()[2]


def test_an_earlier_certificate_is_written_over_and_no_other_file(kept, capsys):
    lesson_00()
    assert command.main(["certificate", "--name", "Ada"]) == command.main(["certificate", "--name", "Grace"]) == 0
    assert "Grace" in page()[1] and "Ada" not in page()[1]
    for name, content in {"notes.html": b"<p>mine", "empty.html": b"", "odd.html": b"\xff\xfe"}.items():
        with open(name, "wb") as stream:
            stream.write(content)
        assert command.main(["certificate", name, "--name", "Ada"]) == 2
        assert f"{name} is there already, and no earlier certificate" in capsys.readouterr().err
        with open(name, "rb") as stream:
            assert stream.read() == content


@pytest.mark.parametrize("file", [".", "link.html", "progress.json/below.html", "progress.json"])
def test_where_it_cannot_be_written_one_sentence_says_so(kept, capsys, file):
    lesson_00()
    os.symlink("a disk that is not here/x/y.html", "link.html")
    before = kept.read_bytes()
    assert command.main(["certificate", file, "--name", "Ada"]) == 2
    said = capsys.readouterr().err
    assert file in said and "type the name of another file" in said and said.count("\n") == 1
    assert kept.read_bytes() == before
