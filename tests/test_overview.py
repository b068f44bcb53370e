"""The overview: which objectives are met, what is due again, and how both are shown as text and as a page."""

import json
import re
import types
import xml.etree.ElementTree

import pytest
import test_quizzes
from test_quiz import PROBE

import aelib
from aelib import exercises, ledger, overview, quiz

DAY = 86_400


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Progress is on, but for this off under tests."""
    monkeypatch.delenv("PYTEST_VERSION")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("AELIB_PROGRESS", str(tmp_path / "new" / "progress.json"))


@pytest.fixture
def probe(tmp_path, monkeypatch):
    """Four objectives: a, with two questions and an exercise; b, with a question; c, with an exercise; d, empty yet."""
    monkeypatch.setattr(quiz, "FOLDER", tmp_path)
    monkeypatch.setattr(ledger, "OBJECTIVES", ("a", "b", "c", "d"))
    objectives = [{"objective": "a"}, {"objective": "a"}, {"objective": "b"}]
    questions = [question | objective for question, objective in zip(PROBE[:3], objectives, strict=True)]
    (tmp_path / "probe.json").write_text(json.dumps(questions), "utf-8")
    draw = types.SimpleNamespace(key="draw", objective="a", title="Draw <it>")
    weigh = types.SimpleNamespace(key="weigh", objective="c", title="Weigh it")
    monkeypatch.setattr(exercises, "every", lambda: [draw, weigh])


def test_the_objectives_are_the_courses():
    assert len(ledger.OBJECTIVES) == 9 and set(ledger.OBJECTIVES) == test_quizzes.OBJECTIVES


def test_an_objective_is_met_when_questions_and_exercise_were_last_right(kept, probe):
    found = overview.summary()
    assert (found["met"], found["open"]) == ([], ["a", "b", "c", "d"])
    assert (found["questions"], found["exercises"]) == ((0, 0), (0, 0))
    for name in ("parts", "target", "loss"):
        ledger.record("question", name, "right", now=0)
    found = overview.summary()
    assert (found["met"], found["open"], found["questions"]) == (["b"], ["a", "c", "d"], (3, 3))
    ledger.record("exercise", "draw", "right", now=0)
    assert overview.summary()["met"] == ["a", "b"]
    ledger.record("question", "target", "partly", now=0)
    ledger.record("exercise", "weigh", "right", now=0)
    found = overview.summary()
    assert (found["met"], found["open"]) == (["b", "c"], ["a", "d"])
    assert (found["questions"], found["exercises"]) == ((2, 3), (2, 2))
    assert found["objectives"] == {"a": (2, 3, 3), "b": (1, 1, 1), "c": (1, 1, 1), "d": (0, 0, 0)}


def test_the_overview_says_what_is_met_and_what_to_do_next_in_text_and_as_a_page(kept, probe):
    for name, outcome in (("target", "wrong"), ("removed", "wrong"), ("loss", "right")):
        ledger.record("question", name, outcome, now=0)
    ledger.record("exercise", "draw", "partly", now=0)
    questions = json.loads((quiz.FOLDER / "probe.json").read_text("utf-8"))
    questions[1]["question"] = r"Which `target` $x^2 < \frac{y}{2}$ has the training?"
    (quiz.FOLDER / "probe.json").write_text(json.dumps(questions), "utf-8")
    shown = aelib.progress(DAY)
    repeat = r"Quiz probe, question 2: Which target x^2 < \frac{y}{2} has the training?"
    assert str(shown).splitlines() == [
        "Objectives met: 1 of 4.",
        *("  a: 0 of 3", "  b: met", "  c: not begun", "  d: not written yet"),
        *("To repeat now:", f"  {repeat}", "Try again:", "  Draw <it>"),
    ]
    page = xml.etree.ElementTree.fromstring(shown._repr_html_())
    assert page.findtext(".//caption") == "Objectives met: 1 of 4."
    assert [head.get("scope") for head in page.iter("th")] == ["col", "col", *["row"] * 4]
    rows = [(row.findtext("th"), "".join(row.find("td").itertext())) for row in page.findall(".//tbody/tr")]
    assert [": ".join(row) for row in rows] == ["a: 0 of 3", "b: met", "c: not begun", "d: not written yet"]
    bars = [row.find("td/span") for row in page.findall(".//tbody/tr")]
    assert all(bar.get("aria-hidden") == "true" for bar in bars), "the words beside it say the same"
    assert [re.search(r"width:(\d+)%", bar[0].get("style"))[1] for bar in bars] == ["0", "100", "0", "0"]
    assert [item.text for item in page.iter("li")] == [repeat, "Draw <it>"]
    assert "#" not in shown._repr_html_(), "the page's own colours, light or dark"


def test_files_that_are_no_quiz_are_named_and_the_others_count(kept, probe, capsys):
    strange = {
        "damaged": "[",
        "settings": '{"id": "x"}',
        "numbers": "[1]",
        "foreign": '[{"id": "loss", "question": 3}]',
    }
    for name, content in strange.items():
        (quiz.FOLDER / f"{name}.json").write_text(content)
    (quiz.FOLDER / "empty.json").write_text("[]")
    for name in ("parts", "loss"):
        ledger.record("question", name, "right", now=0)
    shown = aelib.progress(10 * DAY)
    assert str(shown).splitlines()[1:3] == ["  a: 1 of 3", "  b: met"] and len(shown.repeat) == 2
    said = capsys.readouterr().out.splitlines()
    assert sorted(line.split(": ")[0] for line in said) == [f"Without the quiz {name!r}" for name in sorted(strange)]
    assert all("python -m tools.quizzes" in line for line in said)
    assert overview.summary()["questions"] == (2, 2)


def test_a_long_list_is_cut_and_a_question_of_a_lesson_leads_there(kept):
    for number, question in enumerate(quiz.read("01")[:8]):
        ledger.record("question", question["id"], "wrong", now=number)
    shown = aelib.progress(2 * DAY)
    text = str(shown).split("To repeat now:\n")[1].splitlines()
    assert len(text) == 6 and text[5] == "  and 3 more" and max(map(len, text)) < 110
    assert text[1].startswith("  Lesson 01, question 2: An encoder is the chain 784")
    link = xml.etree.ElementTree.fromstring(shown._repr_html_()).find(".//li/a")
    assert link.text == "Lesson 01" and (overview.LESSONS / link.get("href")).exists()
    assert "Nothing to repeat now." in str(aelib.progress(0)) and "Nothing to repeat" in aelib.progress(0)._repr_html_()
