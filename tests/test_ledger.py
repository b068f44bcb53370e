"""The ledger: what is kept, when a question comes again, and that no kill, rival or damage loses it."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

import aelib
from aelib import ledger

DAY = 86_400


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A place for the progress, which is off under tests but for this."""
    monkeypatch.delenv("PYTEST_VERSION")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("AELIB_PROGRESS", str(tmp_path / "new" / "progress.json"))
    monkeypatch.setattr(ledger, "STALE_SECONDS", 0.3)
    monkeypatch.setattr(ledger, "_said", set())
    return tmp_path / "new" / "progress.json"


def question(file, name):
    return json.loads(file.read_text())["question"][name]


def test_a_try_is_kept_in_a_small_file_with_a_version(file):
    ledger.record("question", "q", "right", now=1000.9)
    ledger.record("exercise", "draw", "wrong", now=1001)
    ledger.record("exercise", "draw", "right", now=1002)
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
        ledger.record("question", "q", outcome, now=day * DAY)
        kept = question(file, "q")
        assert (kept["box"], kept["due"] / DAY, kept["tries"], kept["last"]) == (box, due, tries, outcome)
        assert ledger.due(due * DAY - 1) == [] and ledger.due(due * DAY) == ["q"]


def test_the_longest_overdue_comes_first(file):
    for name, outcome, day in [("c", "right", 0), ("a", "wrong", 1), ("b", "wrong", 0), ("d", "right", 3)]:
        ledger.record("question", name, outcome, now=day * DAY)
    assert ledger.due(3 * DAY) == ["b", "a", "c"]
    assert ledger.due() == ["b", "a", "c", "d"], "the clock's time"


def test_one_call_forgets_all(file):
    ledger.record("question", "q", "right", now=0)
    ledger.record("exercise", "draw", "right", now=0)
    ledger.reset()
    assert ledger.due() == [] and ledger.kept() == {"question": {}, "exercise": {}}
    assert json.loads(file.read_text()) == {"version": 1, "question": {}, "exercise": {}}


@pytest.mark.parametrize(
    "name, value", [("CI", "true"), ("CI", ""), ("PYTEST_VERSION", "9"), ("AELIB_PROGRESS", "off")]
)
def test_nothing_is_read_or_written_where_it_is_off(file, monkeypatch, name, value):
    file.parent.mkdir()
    file.write_text("damaged")
    monkeypatch.setenv(name, value)
    monkeypatch.chdir(file.parent)
    ledger.record("question", "q", "right")
    ledger.reset()
    assert ledger.due() == [] and ledger.kept() == {"question": {}, "exercise": {}}
    assert str(aelib.progress()) == "Progress is switched off here: nothing is kept." in aelib.progress()._repr_html_()
    assert file.read_text() == "damaged" and len(list(file.parent.iterdir())) == 1


def test_it_is_off_in_the_kernels_that_nbval_starts():
    assert ledger.place() is None, "pytest's environment, which nbval's kernels inherit"


def test_without_a_place_it_lies_in_the_users_data_folder(file, monkeypatch):
    monkeypatch.delenv("AELIB_PROGRESS")
    monkeypatch.setenv("XDG_DATA_HOME", str(file.parent))
    monkeypatch.setenv("HOME", str(file.parent))
    assert ledger.place().name == "progress.json"
    assert "aelib" in str(ledger.place()) and file.parent in ledger.place().parents or os.name == "nt"


@pytest.mark.parametrize("arguments", [("quiz", "q", "right"), ("question", "q", "good")])
def test_another_word_is_refused(file, arguments):
    with pytest.raises(ValueError, match="expected 'question' or 'exercise'|expected 'right', 'partly' or 'wrong'"):
        ledger.record(*arguments)


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
    assert ledger.due() == []
    ledger.record("question", "q", "right", now=0)
    aside = file.with_name("progress.json.damaged-2")
    assert aside.read_bytes() == damage and question(file, "q")["tries"] == 1
    said = capsys.readouterr()
    assert said.out.count("starts anew") == 1 and str(aside) in said.out and said.err == ""


def test_a_newer_versions_file_is_left_alone(file, capsys):
    file.parent.mkdir()
    file.write_text('{"version": 2, "new": 1}')
    ledger.record("question", "q", "right")
    assert ledger.due() == [] and file.read_text() == '{"version": 2, "new": 1}'
    assert "update the course" in capsys.readouterr().out


def test_a_place_that_cannot_be_written_is_reported_and_no_error(file, capsys):
    file.parent.write_text("a file where a folder should be")
    for _ in range(3):
        ledger.record("question", "q", "right")
    assert ledger.due() == []
    assert capsys.readouterr().out.count("can't be kept") == 1


def test_a_lock_that_was_left_behind_delays_and_a_fresh_one_is_respected(file, capsys):
    file.parent.mkdir()
    lock = file.with_name("progress.json.lock")
    lock.write_text("killed")
    os.utime(lock, (0, 0))
    ledger.record("question", "q", "right")
    assert question(file, "q")["tries"] == 1 and not lock.exists()
    lock.write_text("another notebook")
    os.utime(lock, (time.time() + 60, time.time() + 60))
    ledger.record("question", "q", "right")
    assert question(file, "q")["tries"] == 1 and lock.read_text() == "another notebook"
    assert "delete it if no lesson is running" in capsys.readouterr().out


def writer(program, file):
    """Start a program that writes to the file as a notebook's kernel would."""
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_VERSION")}
    return subprocess.Popen(
        [sys.executable, "-c", f"from aelib import ledger\n{program}"], env=environment | {"AELIB_PROGRESS": str(file)}
    )


def test_two_notebooks_at_once_lose_nothing(file):
    program = "for i in range(100):\n    ledger.record('question', f'q{i % 10}', 'right')"
    programs = [writer(program.replace("f'q", f"f'{name}"), file) for name in "qqr"]
    assert [program.wait(60) for program in programs] == [0, 0, 0]
    kept = json.loads(file.read_text())["question"]
    assert {name: entry["tries"] for name, entry in kept.items()} == {
        **{f"q{i}": 20 for i in range(10)},
        **{f"r{i}": 10 for i in range(10)},
    }


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_writer_killed_at_any_moment_leaves_a_whole_file(file, capsys):
    program = (
        "ledger.STALE_SECONDS = 0.3\ni = 0\nwhile True:\n    ledger.record('question', f'q{i}', 'right')\n    i += 1"
    )
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
    ledger.record("question", "after", "right")
    assert question(file, "after")["tries"] == 1 and question(file, "q0")["tries"] >= 1
    assert "damaged" not in capsys.readouterr().out
