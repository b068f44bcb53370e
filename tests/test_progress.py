"""The learner's progress: what is kept, when a question comes again, and that no kill, rival or damage loses it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree

import pytest
import test_quizzes
from test_quiz import PROBE

from aelib import exercise, exercises, progress, quiz

DAY = 86_400


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A place for the progress, which is off under tests but for this."""
    monkeypatch.delenv("PYTEST_VERSION")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("AELIB_PROGRESS", str(tmp_path / "new" / "progress.json"))
    monkeypatch.setattr(progress, "STALE_SECONDS", 0.3)
    monkeypatch.setattr(progress, "_said", set())
    return tmp_path / "new" / "progress.json"


@pytest.fixture
def probe(tmp_path, monkeypatch):
    """Four objectives: a, with two questions and an exercise; b, with a question; c, with an exercise; d, empty yet."""
    monkeypatch.setattr(quiz, "FOLDER", tmp_path)
    monkeypatch.setattr(progress, "OBJECTIVES", ("a", "b", "c", "d"))
    objectives = [{"objective": "a"}, {"objective": "a"}, {"objective": "b"}]
    questions = [question | objective for question, objective in zip(PROBE[:3], objectives, strict=True)]
    (tmp_path / "probe.json").write_text(json.dumps(questions), "utf-8")
    tasks = [
        exercise.Exercise("act", key, objective, title, "", "", (), "", None)
        for key, objective, title in (("draw", "a", "Draw <it>"), ("weigh", "c", "Weigh it"))
    ]
    monkeypatch.setattr(exercises, "every", lambda: tasks)


def question(file, name):
    return json.loads(file.read_text())["question"][name]


def test_a_try_is_kept_in_a_small_file_with_a_version(file):
    progress.record("question", "q", "right", now=1000.9)
    progress.record("exercise", "draw", "wrong", now=1001)
    progress.record("exercise", "draw", "right", now=1002)
    assert json.loads(file.read_text()) == {
        "version": 1,
        "question": {"q": {"tries": 1, "last": "right", "when": 1000, "box": 2, "due": 1000 + 3 * DAY}},
        "exercise": {"draw": {"tries": 2, "last": "right", "when": 1002}},
    }
    assert [path.name for path in file.parent.iterdir()] == ["progress.json"], "no lock and no half file is left"
    if os.name == "posix":
        assert file.stat().st_size < 500


SCHEDULE = [  # day, outcome, box and day when it is due after it
    (0, "wrong", 1, 1),
    (0.1, "right", 1, 1),  # too early: the explanation was just read
    (1, "right", 2, 4),
    (2, "right", 2, 4),
    (4, "right", 3, 11),
    (12, "right", 4, 33),
    (33, "right", 5, 93),
    (93, "right", 5, 153),
    (100, "partly", 1, 101),
    (101, "right", 2, 104),
    (101.5, "wrong", 1, 102.5),
]


def test_questions_come_again_as_leitners_boxes_say(file):
    for tries, (day, outcome, box, due) in enumerate(SCHEDULE, 1):
        progress.record("question", "q", outcome, now=day * DAY)
        kept = question(file, "q")
        assert (kept["box"], kept["due"] / DAY, kept["tries"], kept["last"]) == (box, due, tries, outcome)
        assert progress.due(due * DAY - 1) == [] and progress.due(due * DAY) == ["q"]


def test_the_longest_overdue_comes_first(file):
    for name, outcome, day in [("c", "right", 0), ("a", "wrong", 1), ("b", "wrong", 0), ("d", "right", 3)]:
        progress.record("question", name, outcome, now=day * DAY)
    assert progress.due(3 * DAY) == ["b", "a", "c"]
    assert progress.due() == ["b", "a", "c", "d"], "the clock's time"


def test_the_objectives_are_the_courses():
    assert len(progress.OBJECTIVES) == 9 and set(progress.OBJECTIVES) == test_quizzes.OBJECTIVES


def test_an_objective_is_met_when_questions_and_exercise_were_last_right(file, probe):
    found = progress.summary()
    assert (found["met"], found["open"]) == ([], ["a", "b", "c", "d"])
    assert (found["questions"], found["exercises"]) == ((0, 0), (0, 0))
    for name in ("parts", "target", "loss"):
        progress.record("question", name, "right", now=0)
    found = progress.summary()
    assert (found["met"], found["open"], found["questions"]) == (["b"], ["a", "c", "d"], (3, 3))
    progress.record("exercise", "draw", "right", now=0)
    assert progress.summary()["met"] == ["a", "b"]
    progress.record("question", "target", "partly", now=0)
    progress.record("exercise", "weigh", "right", now=0)
    found = progress.summary()
    assert (found["met"], found["open"]) == (["b", "c"], ["a", "d"])
    assert (found["questions"], found["exercises"]) == ((2, 3), (2, 2))
    assert found["objectives"] == {"a": (2, 3, 3), "b": (1, 1, 1), "c": (1, 1, 1), "d": (0, 0, 0)}


def test_the_overview_says_what_is_met_and_what_to_do_next_in_text_and_as_a_page(file, probe):
    for name, outcome in (("target", "wrong"), ("removed", "wrong"), ("loss", "right")):
        progress.record("question", name, outcome, now=0)
    progress.record("exercise", "draw", "partly", now=0)
    questions = json.loads((quiz.FOLDER / "probe.json").read_text("utf-8"))
    questions[1]["question"] = r"Which `target` $x^2 < \frac{y}{2}$ has the training?"
    (quiz.FOLDER / "probe.json").write_text(json.dumps(questions), "utf-8")
    shown = progress.show(DAY)
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


def test_a_long_list_is_cut_and_a_question_of_a_lesson_leads_there(file):
    for number, question in enumerate(quiz.read("01")[:8]):
        progress.record("question", question["id"], "wrong", now=number)
    shown = progress.show(2 * DAY)
    text = str(shown).split("To repeat now:\n")[1].splitlines()
    assert len(text) == 6 and text[5] == "  and 3 more" and max(map(len, text)) < 110
    assert text[1].startswith("  Lesson 01, question 2: What is the latent space")
    link = xml.etree.ElementTree.fromstring(shown._repr_html_()).find(".//li/a")
    assert link.text == "Lesson 01" and (progress.LESSONS / link.get("href")).exists()
    assert "Nothing to repeat now." in str(progress.show(0)) and "Nothing to repeat" in progress.show(0)._repr_html_()


def test_one_call_forgets_all(file, probe):
    progress.record("question", "q", "right", now=0)
    progress.reset()
    assert progress.due() == [] and progress.summary()["questions"] == (0, 0)


@pytest.mark.parametrize(
    "name, value", [("CI", "true"), ("CI", ""), ("PYTEST_VERSION", "9"), ("AELIB_PROGRESS", "off")]
)
def test_nothing_is_read_or_written_where_it_is_off(file, monkeypatch, name, value):
    file.parent.mkdir()
    file.write_text("damaged")
    monkeypatch.setenv(name, value)
    monkeypatch.chdir(file.parent)
    progress.record("question", "q", "right")
    progress.reset()
    assert progress.due() == [] and progress.summary()["met"] == []
    assert str(progress.show()) == "Progress is switched off here: nothing is kept." in progress.show()._repr_html_()
    assert file.read_text() == "damaged" and len(list(file.parent.iterdir())) == 1


def test_it_is_off_in_the_kernels_that_nbval_starts():
    assert progress._file() is None, "pytest's environment, which nbval's kernels inherit"


def test_without_a_place_it_lies_in_the_users_data_folder(file, monkeypatch):
    monkeypatch.delenv("AELIB_PROGRESS")
    monkeypatch.setenv("XDG_DATA_HOME", str(file.parent))
    monkeypatch.setenv("HOME", str(file.parent))
    assert progress._file().name == "progress.json"
    assert "aelib" in str(progress._file()) and file.parent in progress._file().parents or os.name == "nt"


@pytest.mark.parametrize("arguments", [("quiz", "q", "right"), ("question", "q", "good")])
def test_another_word_is_refused(file, arguments):
    with pytest.raises(ValueError, match="expected 'question' or 'exercise'|expected 'right', 'partly' or 'wrong'"):
        progress.record(*arguments)


GOOD = {"tries": 1, "last": "right", "when": 0, "box": 2, "due": 0}
DAMAGED = [
    b"",
    b"{",
    b"\xff\xfe\x00",
    b"[]",
    b"null",
    b'{"version": 1}',
    json.dumps({"version": "one", "question": {}, "exercise": {}}).encode(),
    json.dumps({"version": 1, "question": {"q": 3}, "exercise": {}}).encode(),
    json.dumps({"version": 1, "question": {"q": GOOD | {"box": "2"}}, "exercise": {}}).encode(),
    json.dumps({"version": 1, "question": {"q": GOOD | {"last": "good"}}, "exercise": {}}).encode(),
    json.dumps({"version": 1, "question": {}, "exercise": {"e": GOOD}}).encode(),
]


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_set_aside_and_reported_once(file, capsys, damage):
    file.parent.mkdir()
    (file.parent / "progress.json.damaged-1").write_text("older")
    file.write_bytes(damage)
    assert progress.due() == []
    progress.record("question", "q", "right", now=0)
    aside = file.with_name("progress.json.damaged-2")
    assert aside.read_bytes() == damage and question(file, "q")["tries"] == 1
    said = capsys.readouterr()
    assert said.out.count("starts anew") == 1 and str(aside) in said.out and said.err == ""


def test_a_newer_versions_file_is_left_alone(file, capsys):
    file.parent.mkdir()
    file.write_text('{"version": 2, "new": 1}')
    progress.record("question", "q", "right")
    assert progress.due() == [] and file.read_text() == '{"version": 2, "new": 1}'
    assert "update the course" in capsys.readouterr().out


def test_a_place_that_cannot_be_written_is_reported_and_no_error(file, capsys):
    file.parent.write_text("a file where a folder should be")
    for _ in range(3):
        progress.record("question", "q", "right")
    assert progress.due() == []
    assert capsys.readouterr().out.count("can't be kept") == 1


def test_a_lock_that_was_left_behind_delays_and_a_fresh_one_is_respected(file, capsys):
    file.parent.mkdir()
    lock = file.with_name("progress.json.lock")
    lock.write_text("killed")
    os.utime(lock, (0, 0))
    progress.record("question", "q", "right")
    assert question(file, "q")["tries"] == 1 and not lock.exists()
    lock.write_text("another notebook")
    os.utime(lock, (time.time() + 60, time.time() + 60))
    progress.record("question", "q", "right")
    assert question(file, "q")["tries"] == 1 and lock.read_text() == "another notebook"
    assert "delete it if no lesson is running" in capsys.readouterr().out


def writer(program, file):
    """Start a program that writes to the file as a notebook's kernel would."""
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_VERSION")}
    program = f"from aelib import progress\nprogress.STALE_SECONDS = 0.3\n{program}"
    return subprocess.Popen([sys.executable, "-c", program], env=environment | {"AELIB_PROGRESS": str(file)})


def test_two_notebooks_at_once_lose_nothing(file):
    program = "for i in range(100):\n    progress.record('question', f'q{i % 10}', 'right')"
    programs = [writer(program.replace("f'q", f"f'{name}"), file) for name in "qqr"]
    assert [program.wait(60) for program in programs] == [0, 0, 0]
    kept = json.loads(file.read_text())["question"]
    assert {name: entry["tries"] for name, entry in kept.items()} == {
        **{f"q{i}": 20 for i in range(10)},
        **{f"r{i}": 10 for i in range(10)},
    }


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_writer_killed_at_any_moment_leaves_a_whole_file(file, capsys):
    program = "i = 0\nwhile True:\n    progress.record('question', f'q{i}', 'right')\n    i += 1"
    written = 0
    for round in range(8):
        killed = writer(program, file)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:  # until it writes
            if (
                file.exists()
                and len(json.loads(file.read_text())["question"]) > 0
                and file.stat().st_mtime_ns > written
            ):
                break
        time.sleep(0.007 * round)
        killed.kill()
        killed.wait()
        written = file.stat().st_mtime_ns
        assert json.loads(file.read_text())["version"] == 1
    progress.record("question", "after", "right")
    assert question(file, "after")["tries"] == 1 and question(file, "q0")["tries"] >= 1
    assert "damaged" not in capsys.readouterr().out
