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
from aelib.machine import sharing

DAY = 86_400


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A place for the progress, which is off under tests but for this."""
    monkeypatch.delenv("PYTEST_VERSION")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("AELIB_PROGRESS", str(tmp_path / "new" / "progress.json"))
    monkeypatch.setattr(ledger, "_said", set())
    return tmp_path / "new" / "progress.json"


def question(file, name):
    return json.loads(file.read_text())["question"][name]


def beside(file):
    return sorted(path.name for path in file.parent.iterdir())


def test_a_try_is_kept_in_a_small_file_with_a_version(file):
    ledger.record("question", "q", "right", now=1000.9)
    ledger.record("exercise", "draw", "wrong", now=1001)
    ledger.record("exercise", "draw", "right", now=1002)
    assert json.loads(file.read_text()) == {
        "version": 1,
        "question": {"q": {"tries": 1, "last": "right", "when": 1000, "box": 2, "due": 1000 + 3 * DAY}},
        "exercise": {"draw": {"tries": 2, "last": "right", "when": 1002}},
    }
    assert beside(file) == ["progress.json", "progress.json.lock"], "no half file is left"
    if os.name == "posix":
        assert file.stat().st_size < 500


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps others out of a user's folders by itself")
def test_a_folder_that_is_made_for_it_is_open_to_its_owner_alone(file):
    ledger.record("question", "q", "right")
    assert file.parent.stat().st_mode & 0o777 == 0o700
    file.parent.chmod(0o755)
    ledger.record("question", "q", "right")
    assert file.parent.stat().st_mode & 0o777 == 0o755, "what the user has set stays"


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


def test_a_question_that_was_answered_by_a_wrong_clock_comes_again_at_once(file):
    for ahead in (365 * DAY, 1e12):
        ledger.record("question", "q", "right", now=ahead)
        assert ledger.due(0) == ["q"] and ledger.due(ahead) == []
        ledger.record("question", "q", "right", now=0)
        assert ledger.due(2 * DAY) == [] and ledger.due(7 * DAY) == ["q"], "as if its time had come"
        ledger.reset()


def test_one_call_forgets_all(file):
    ledger.record("question", "q", "right", now=0)
    ledger.record("exercise", "draw", "right", now=0)
    ledger.reset()
    assert ledger.due() == [] and ledger.kept() == {"question": {}, "exercise": {}}
    assert json.loads(file.read_text()) == {"version": 1, "question": {}, "exercise": {}}


@pytest.mark.parametrize(
    "name, value",
    [("CI", "true"), ("CI", ""), ("PYTEST_VERSION", "9")]
    + [("AELIB_PROGRESS", value) for value in ("off", "OFF", "Off ", "'off'", "0", "no", "False", os.devnull)],
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


@pytest.mark.parametrize("value", [None, "", "on", "1"])
def test_without_a_place_it_lies_in_the_users_data_folder(file, monkeypatch, value):
    monkeypatch.delenv("AELIB_PROGRESS")
    if value is not None:
        monkeypatch.setenv("AELIB_PROGRESS", value)
    monkeypatch.setenv("XDG_DATA_HOME", str(file.parent))
    monkeypatch.setenv("HOME", str(file.parent))
    assert ledger.place().name == "progress.json"
    assert "aelib" in str(ledger.place()) and file.parent in ledger.place().parents or os.name == "nt"


@pytest.mark.skipif(os.name == "nt", reason="on Windows everybody has a home")
@pytest.mark.parametrize("value", ["", "~/progress.json", "~nobody-here/progress.json"])
def test_without_a_home_it_is_off_and_says_so_once(tmp_path, monkeypatch, capsys, file, value):
    import pwd

    def unknown(_):
        raise KeyError("no such user")

    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setenv("AELIB_PROGRESS", value)
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        ledger.record("question", "q", "right")
    assert ledger.due() == [] and "switched off" in str(aelib.progress())
    said = capsys.readouterr().out
    assert said.count("no folder is known") == 1 == said.count("Set the environment variable AELIB_PROGRESS")
    assert os.listdir(tmp_path) == [], "no folder named ~"


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


@pytest.mark.parametrize("obstacle", ["a file above", "a folder", "a pipe", "a loop", "a folder for the lock"])
def test_a_place_that_cannot_be_used_is_reported_once_and_no_error(file, capsys, obstacle):
    if obstacle == "a pipe" and not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    if obstacle == "a file above":
        file.parent.write_text("a file where a folder should be")
    else:
        file.parent.mkdir()
    if obstacle == "a folder":
        file.mkdir()
    elif obstacle == "a pipe":  # which nobody writes to: whoever reads it waits for ever
        os.mkfifo(file)
    elif obstacle == "a loop":
        file.symlink_to(file)
    elif obstacle == "a folder for the lock":
        file.with_name("progress.json.lock").mkdir()
        file.with_name("progress.json.locked").mkdir()
    for _ in range(3):
        ledger.record("question", "q", "right", now=0)
    if obstacle == "a folder for the lock":
        assert ledger.due(9e9) == ["q"] and ledger.kept()["question"]["q"]["tries"] == 3, "it waits in notes"
        assert "delete it" in capsys.readouterr().out
    else:
        assert ledger.due() == []
        said = capsys.readouterr().out
        assert said.count("\n") == said.count("can't be kept") == said.count("Set the environment variable") == 1
        assert str(file.parent) in said


def test_behind_links_there_is_one_file_with_one_lock_also_if_it_is_not_there_yet(file, monkeypatch):
    file.parent.mkdir()
    link = file.parent.parent / "link.json"
    link.symlink_to(file)
    monkeypatch.setenv("AELIB_PROGRESS", str(link))
    ledger.record("question", "q", "right")
    assert link.is_symlink() and question(file, "q")["tries"] == 1
    assert beside(file) == ["progress.json", "progress.json.lock"] and beside(link) == ["link.json", "new"]


def without_locks(*_):
    raise OSError(37, "No locks available")


def test_where_files_have_no_locks_it_says_so_and_keeps_all(file, capsys, monkeypatch):
    monkeypatch.setattr(sharing, "_switch", without_locks)
    for number in range(3):
        ledger.record("question", "q", "right", now=number)
    assert question(file, "q")["tries"] == 3 and beside(file) == ["progress.json", "progress.json.lock"]
    stand_in = file.with_name("progress.json.locked")
    stand_in.touch()  # a lesson was killed while it wrote
    ledger.record("question", "q", "wrong", now=3)
    ledger.record("exercise", "draw", "partly", now=4)
    assert question(file, "q")["tries"] == 3 and stand_in.exists()
    assert ledger.kept()["question"]["q"]["tries"] == 4 and ledger.kept()["exercise"]["draw"]["last"] == "partly"
    said = capsys.readouterr().out
    assert said.count("No locks available") == 1 and f"If {stand_in} is there when no lesson runs, delete it." in said
    stand_in.unlink()
    ledger.record("exercise", "draw", "right", now=5)
    assert question(file, "q")["last"] == "wrong" and beside(file) == ["progress.json", "progress.json.lock"]
    assert json.loads(file.read_text())["exercise"]["draw"] == {"tries": 2, "last": "right", "when": 5}


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", "[1, 2]", '[0, "quiz", "q", "right"]', '["0", "exercise", "e", "right"]']
)
def test_a_damaged_note_is_set_aside_and_named_and_the_others_count(file, capsys, damage):
    file.parent.mkdir()
    notes = [file.with_name(f"progress.json.note-{number:016x}") for number in range(2)]
    notes[0].write_text(damage)
    notes[1].write_text('[0, "question", "q", "wrong"]')
    assert ledger.due(9e9) == ["q"]
    ledger.record("question", "q", "right", now=1)
    assert question(file, "q")["tries"] == 2
    aside = notes[0].with_name(f"{notes[0].name}.damaged-1")
    assert aside.read_text() == damage and str(aside) in capsys.readouterr().out
    assert beside(file) == ["progress.json", "progress.json.lock", aside.name]


def test_what_was_forgotten_while_another_program_wrote_stays_forgotten(file):
    ledger.record("question", "old", "right")
    with sharing.held(file.with_name("progress.json.lock")):
        ledger.record("question", "q", "right", now=0)
        ledger.reset()
        ledger.record("question", "new", "right", now=time.time() + 1)
        assert list(ledger.kept()["question"]) == ["new"]
    ledger.record("exercise", "draw", "right")
    assert list(ledger.kept()["question"]) == ["new"] == list(json.loads(file.read_text())["question"])


def writer(program, file):
    """Start a program that writes to the file as a notebook's kernel would."""
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_VERSION")}
    return subprocess.Popen(
        [sys.executable, "-c", f"from aelib import ledger\n{program}"], env=environment | {"AELIB_PROGRESS": str(file)}
    )


def test_three_notebooks_at_once_lose_nothing_with_clocks_apart_and_a_slow_disk(file):
    clock = "import time, os\nreal = time.time\ntime.time = lambda: real() + {}\n"
    slow = "fsync = os.fsync\nos.fsync = lambda of: (time.sleep(0.1), fsync(of))\n"
    record = "for i in range({}):\n    ledger.record('question', f'{}{{i % 10}}', 'right')"
    programs = [
        clock.format(0) + record.format(100, "a"),
        clock.format(10) + record.format(100, "b"),
        clock.format("(-1e6 if real() % 0.1 < 0.05 else 1e6)") + slow + record.format(10, "a"),  # it jumps, too
    ]
    programs = [writer(program, file) for program in programs]
    assert [program.wait(60) for program in programs] == [0, 0, 0]
    tries = {name: entry["tries"] for name, entry in json.loads(file.read_text())["question"].items()}
    assert tries == {f"a{i}": 11 for i in range(10)} | {f"b{i}": 10 for i in range(10)}
    assert beside(file) == ["progress.json", "progress.json.lock"]


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no SIGSTOP here")
def test_nobody_waits_for_a_writer_that_is_stopped_and_its_outcome_and_all_others_are_kept(file):
    stop = "import os, signal\nfsync = os.fsync\n"
    stop += "os.fsync = lambda of: (os.kill(os.getpid(), signal.SIGSTOP), fsync(of))\n"
    stopped = writer(stop + "ledger.record('question', 'stopped', 'right')", file)
    os.waitpid(stopped.pid, os.WUNTRACED)
    for number in range(20):
        ledger.record("question", f"q{number % 2}", "wrong")
    assert not file.exists() and [ledger.kept()["question"][f"q{n}"]["tries"] for n in (0, 1)] == [10, 10]
    for _ in range(2):  # it stops again when it takes in what the others left
        os.kill(stopped.pid, signal.SIGCONT)
        os.waitpid(stopped.pid, os.WUNTRACED)
    tries = {name: entry["tries"] for name, entry in json.loads(file.read_text())["question"].items()}
    assert tries == {"stopped": 1, "q0": 10, "q1": 10} and beside(file) == ["progress.json", "progress.json.lock"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_writer_killed_at_any_moment_leaves_a_whole_file(file, capsys):
    program = "i = 0\nwhile True:\n    ledger.record('question', f'q{i}', 'right')\n    i += 1"
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


@pytest.mark.parametrize("note", ['["abc"]', "[null]", "[[1]]", "[NaN]"])
def test_a_note_whose_time_is_no_number_is_set_aside_and_costs_no_other_outcome(file, note):
    file.parent.mkdir()
    file.with_name(f"{file.name}.note-0123456789abcdef").write_text(note)
    ledger.record("question", "01-parts", "right")
    assert list(ledger.kept()["question"]) == ["01-parts"]
    assert f"{file.name}.note-0123456789abcdef.damaged-1" in beside(file)


def test_a_place_without_a_name_is_told_and_not_a_traceback(file, monkeypatch, capsys):
    monkeypatch.setenv("AELIB_PROGRESS", os.path.abspath(os.sep))
    monkeypatch.setattr(ledger, "_said", set())
    ledger.record("question", "01-parts", "right")
    ledger.reset()
    assert capsys.readouterr().out.count("Your progress can't be kept") == 1
