"""A cohort graded by one command: what is found, kept, resumed, printed and written, on this machine and on Dask."""

import contextlib
import csv
import doctest
import io
import itertools
import json
import os
import pathlib
import re
import runpy
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
from nbclient import NotebookClient

from aelib import __main__ as command
from aelib import files
from aelib.grading import Verdict, cohort, judge, submissions, variants

ROOT = pathlib.Path(__file__).parent.parent
SOLUTIONS = ROOT / "aelib" / "exercises" / "solutions"
ADAPTERS = ROOT / "tests" / "adapters"
SUBMISSIONS = ROOT / "tests" / "submissions"


@pytest.fixture
def class_folder(tmp_path):
    """Two learners: one with all four files, all right, and one with a single file that is not right."""
    folder = tmp_path / "class_folder"
    shutil.copytree(SOLUTIONS, folder / "group a" / "ada")
    (folder / "bob").mkdir()
    (folder / "bob" / "0-vanilla.py").write_text("def autoencoder(a, b, c): pass\n")
    return folder


class NoServer:
    """A fork server that starts nothing."""

    def __init__(self, keras):
        self.keras = keras

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.fixture
def judged(monkeypatch):
    """A judge that takes no time: right if the file has a shebang; notes what was judged."""
    calls = []

    def judge_at_once(server, source, task, seconds=60, hidden=(), variant=None):
        calls.append((task, source))
        ok = source.startswith(b"#!")
        verdicts = {name: Verdict(ok, f"=SUM({name})\x1b[31m") for name in judge.criteria(task)}
        return {"criteria": verdicts, "remarks": [], "printed": "", "left": [], "seconds": 0.1}

    monkeypatch.setattr(cohort, "judged", judge_at_once)
    monkeypatch.setattr(cohort.sandbox, "ForkServer", NoServer)
    monkeypatch.setattr(cohort.sandbox, "isolation", lambda: "namespaces")
    return calls


def grade_in(folder, *arguments):
    """The command's exit code, with the folder as the place where it writes."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        return command.main(["grade", *map(str, arguments)])
    finally:
        os.chdir(before)


# What is found


def test_submissions_are_found_at_any_depth_and_belong_to_the_folder_that_holds_them(class_folder):
    found = submissions.find([class_folder])[0]
    assert [(s.learner, s.task) for s in found] == [
        ("bob", "vanilla"),
        *(("group a/ada", task) for task in judge.NAMES),
    ]
    (single,) = submissions.find([class_folder / "bob" / "0-vanilla.py"])[0]
    assert single[:3] == ("bob", "vanilla", class_folder / "bob" / "0-vanilla.py")
    assert {s.learner for s in submissions.find([class_folder / "bob"])[0]} == {"bob"}


@pytest.mark.parametrize(
    "name, words",
    [("nowhere", "does not exist"), ("empty", "no submission"), ("x.py", "not named"), ("", "names nothing")],
)
def test_a_path_without_a_submission_is_an_unusable_call(tmp_path, name, words, capsys, judged):
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.py").write_text("")
    assert grade_in(tmp_path, name) == 2
    said = capsys.readouterr().err
    assert words in said and "expected" in said and "Traceback" not in said
    assert not (tmp_path / "grades.json").exists()


@pytest.mark.parametrize("arguments", [[], ["grade"], ["grade", ".", "--keras", "4"], ["grade", ".", "--jobs", "many"]])
def test_a_call_with_wrong_options_ends_with_2(arguments):
    with pytest.raises(SystemExit) as left:
        command.main(arguments)
    assert left.value.code == 2


# What is kept and written


def test_the_exit_code_says_whether_all_is_right(class_folder, judged, tmp_path):
    assert grade_in(tmp_path, class_folder) == 1
    assert grade_in(tmp_path, class_folder / "group a") == 0
    assert grade_in(tmp_path, class_folder, "--jobs", 0) == 2


def test_six_points_a_task_under_three_heads_and_each_criterion_counts_once():
    for task in judge.NAMES:
        points = cohort.points(task)
        assert len(points) == 6 and {head for head, _ in points} == {"requirement", "code", "efficiency"}
        needed = [name for names in points.values() for name in names]
        assert sorted(needed) == sorted((*judge.criteria(task), *cohort.FORM))


def test_the_json_file_holds_every_record_and_each_state_is_written_whole(class_folder, judged, tmp_path, monkeypatch):
    seen = []
    write = files.write

    def watched(path, text):
        write(path, text)
        seen.append(json.loads(pathlib.Path(path).read_text()))

    monkeypatch.setattr(files, "write", watched)
    grade_in(tmp_path, class_folder)
    kept = json.loads((tmp_path / "grades.json").read_text())
    assert set(kept) == {"version", "records", "not_graded", "judged"} and kept["version"] == cohort.VERSION
    assert [(r["learner"], r["task"], r["points"]) for r in kept["records"]][0] == ("bob", "vanilla", 0)
    assert [r["points"] for r in kept["records"][1:]] == [6] * 4
    assert kept["records"][0]["criteria"]["loads"] == {"ok": False, "text": "=SUM(loads)\x1b[31m"}
    assert len(seen) >= 5 and [len(s["judged"]) for s in seen][-1] == 5
    assert sorted(os.listdir(tmp_path)) == ["class_folder", "grades.json"]


def test_a_run_that_was_stopped_goes_on_where_it_was(class_folder, judged, tmp_path, monkeypatch, capsys):
    fake = cohort.judged

    def stops(server, source, task, *rest):
        if task == "convolutional":
            raise KeyboardInterrupt
        return fake(server, source, task, *rest)

    monkeypatch.setattr(cohort, "judged", stops)
    assert grade_in(tmp_path, class_folder) == 130
    assert "--resume" in capsys.readouterr().err
    done = len(json.loads((tmp_path / "grades.json").read_text())["judged"])
    assert 0 < done < 5
    monkeypatch.setattr(cohort, "judged", fake)
    judged.clear()
    assert grade_in(tmp_path, class_folder, "--resume") == 1
    assert len(judged) == 5 - done
    assert grade_in(tmp_path, class_folder, "--resume") == 1 and len(judged) == 5 - done, "nothing is judged twice"
    (class_folder / "bob" / "0-vanilla.py").write_text("#!changed\n")
    grade_in(tmp_path, class_folder, "--resume")
    assert len(judged) == 6 - done, "a changed file is judged again"


def test_an_earlier_or_damaged_file_is_set_aside_and_named(class_folder, judged, tmp_path, capsys):
    kept = tmp_path / "grades.json"
    kept.write_text("precious")
    grade_in(tmp_path, class_folder)
    assert "grades.json was there; it is now grades.json.earlier-1." in capsys.readouterr().err
    assert (tmp_path / "grades.json.earlier-1").read_text() == "precious"
    damages = ("{", "[]", "{}", '{"version": %d, "judged": 3}', '{"version": %d, "judged": {"a": 1}}', "\x00")
    for number, damage in enumerate(damages, 1):
        kept.write_text(damage.replace("%d", str(cohort.VERSION)))
        grade_in(tmp_path, class_folder, "--resume")
        assert re.search(rf"json is damaged.*; it is now grades.json.damaged-{number}\.\n", capsys.readouterr().err)
        assert json.loads(kept.read_text())["records"]


NAME = f"{cohort.VERSION}-vanilla-3-{'a' * 64}"
KEPT = {
    "criteria": {name: {"ok": True, "text": ""} for name in judge.criteria("vanilla")},
    "remarks": [],
    "printed": "",
}
KEPT |= {"left": [], "seconds": 1.5}


def records(name=NAME, **change):
    """The text of a JSON file with one record."""
    return json.dumps({"version": cohort.VERSION, "judged": {name: {**KEPT, **change}}})


@pytest.mark.parametrize(
    "text",
    [
        *(
            records(**{field: value})
            for field in KEPT
            for value in (None, "1", [1], {"loads": 1})
            if (field, value) != ("printed", "1")
        ),
        *(records().replace(f'"{field}"', '"other"') for field in KEPT),
        records(criteria={**KEPT["criteria"], "loads": {"ok": 1, "text": ""}}),
        records(criteria={**KEPT["criteria"], "more": {"ok": True, "text": ""}}),
        *(records(seconds=value) for value in (True, -1, 10**4000, float("nan"), float("inf"))),
        *(
            records(name=name)
            for name in ("", "3-vanilla", NAME.upper(), NAME + "\n", NAME.replace("vanilla", "other"))
        ),
        records().replace('"left"', '"printed": "", "left"'),
        records(more=[]),
        records(more=0).replace('"more": 0', f'"more": {"[" * 600}{"]" * 600}'),
        "[" * 100_000,
        "9" * 5000,
        "",
        "null",
    ],
)
def test_a_record_that_this_grader_could_not_have_written_is_damaged(tmp_path, text):
    (tmp_path / "grades.json").write_text(text)
    known, (said, why) = cohort.load(tmp_path / "grades.json")
    assert known == {} and said.startswith("is damaged") and why == "damaged"


def test_a_whole_record_is_believed_also_behind_a_byte_order_mark_and_the_report_says_so(
    class_folder, judged, tmp_path, capsys
):
    (tmp_path / "grades.json").write_text("\ufeff" + records(more=0.5), "utf-8")
    known, earlier = cohort.load(tmp_path / "grades.json")
    assert known[NAME]["criteria"]["loads"] == (True, "") and not earlier
    grade_in(tmp_path, class_folder / "bob", "--resume")
    assert "believed" not in capsys.readouterr().out
    grade_in(tmp_path, class_folder, "--resume")
    assert "Not judged again, but believed as written in grades.json: 1 of them.\n" in capsys.readouterr().out


def test_earlier_records_stay_where_they_are_until_something_is_judged(class_folder, judged, tmp_path, monkeypatch):
    (tmp_path / "grades.json").write_text("precious")

    def fails(*_):
        raise RuntimeError("Keras 3 can't be started")

    monkeypatch.setattr(cohort, "judged", fails)
    assert grade_in(tmp_path, class_folder) == 2 and grade_in(tmp_path, "nowhere") == 2
    assert [path.name for path in tmp_path.glob("grades*")] == ["grades.json"]
    assert (tmp_path / "grades.json").read_text() == "precious"


def test_a_record_is_kept_also_where_ctrl_c_comes_while_it_is_written(class_folder, judged, tmp_path, monkeypatch):
    write, written = files.write, []

    def interrupted(path, text):
        written.append(path)
        if len(written) == 2:
            raise KeyboardInterrupt
        write(path, text)

    monkeypatch.setattr(files, "write", interrupted)
    assert grade_in(tmp_path, class_folder) == 130
    assert len(json.loads((tmp_path / "grades.json").read_text())["judged"]) == 2


def test_a_file_of_an_older_version_is_set_aside_and_its_records_do_not_count(class_folder, judged, tmp_path, capsys):
    grade_in(tmp_path, class_folder)
    kept = tmp_path / "grades.json"
    old = json.loads(kept.read_text())
    kept.write_text(json.dumps({**old, "version": 1}))
    judged.clear()
    assert grade_in(tmp_path, class_folder, "--resume") == 1 and len(judged) == 5
    assert "grades.json is of another version; it is now grades.json.outdated-1." in capsys.readouterr().err
    assert json.loads((tmp_path / "grades.json.outdated-1").read_text())["version"] == 1


def test_the_csv_has_a_line_a_task_and_no_formula(class_folder, judged, tmp_path):
    (class_folder / "bob").rename(class_folder / "=cmd()")
    grade_in(tmp_path, class_folder, "--csv", "grades.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "grades.csv").read_text("utf-8-sig"))))
    assert [row["task"] for row in rows] == ["vanilla", *judge.NAMES]
    assert (
        rows[0]["learner"] == "'=cmd()" and rows[0]["first_fault"].startswith("'=SUM") and rows[0]["loads"] == "False"
    )
    assert rows[1]["points"] == "6" and rows[1]["kl"] == "" and rows[4]["kl"] == "True"


def test_a_csv_file_that_is_there_is_set_aside_unless_it_says_the_same(class_folder, judged, tmp_path, capsys):
    (tmp_path / "grades.csv").write_text("somebody's notes")
    for _ in range(2):
        grade_in(tmp_path, class_folder, "--csv", "grades.csv")
    assert (tmp_path / "grades.csv.earlier-1").read_text() == "somebody's notes"
    assert not (tmp_path / "grades.csv.earlier-2").exists()
    assert "grades.csv was there; it is now grades.csv.earlier-1." in capsys.readouterr().err


def test_the_csv_names_what_could_not_be_judged_where_nothing_else_costs_a_point(judged, tmp_path):
    book = {"cells": [{"cell_type": "code", "source": "#!\ndef autoencoder(a, b, c): pass"}]}
    (tmp_path / "0-vanilla.ipynb").write_text(json.dumps(book))
    record = cohort.grade(submissions.find([tmp_path / "0-vanilla.ipynb"])[0])[0]
    record["criteria"] = {n: v._replace(ok=True if v.ok is False else v.ok) for n, v in record["criteria"].items()}
    (row,) = csv.DictReader(io.StringIO(cohort.as_csv([record])[1:]))
    assert "hand in 0-vanilla.py" in row["first_fault"]


def test_no_text_in_the_csv_is_a_formula_and_numbers_and_letters_stay_as_they_are():
    for before, sign in itertools.product(["", " ", *"\t\r\n\u00a0\u200b\ufeff"], "=+-@\uff1d\uff0b\uff0d\uff20"):
        again = "'" if before in ("\t", "\r", "\n") else ""
        assert cohort._cell(f"{before}{sign}1+1") == f"'{before}{again}{sign}1+1"
        assert cohort._cell(f"a;{sign}1") == f"a;'{sign}1"
    assert cohort._cell("a\n=1;=2;\t@3; -4") == "a\n'=1;'=2;\t'@3;' -4"
    plain = ["Zo\u00eb -1", "a=b", "a; b", "", 3, -0.5, True]
    assert [cohort._cell(value) for value in plain] == plain


def test_what_is_found_and_not_graded_is_in_the_table_the_json_and_the_csv_and_the_exit_code_is_1(
    class_folder, judged, tmp_path, capsys
):
    shutil.rmtree(class_folder / "bob")
    assert grade_in(tmp_path, class_folder) == 0
    (class_folder / "Zo\u00eb").mkdir()
    (class_folder / "Zo\u00eb" / "-thesis.rar").write_bytes(b"")
    capsys.readouterr()
    assert grade_in(tmp_path, class_folder, "--csv", "grades.csv") == 1
    said = capsys.readouterr().out
    sentence = (
        f"{class_folder}/Zo\u00eb/-thesis.rar can't be opened here: hand in the files themselves, or a .zip of them."
    )
    assert f"✗ not graded: {sentence}" in said and re.search(r"\nZo\u00eb +0 +0 +0 +0 +0 +1\n", said)
    kept = json.loads((tmp_path / "grades.json").read_text())
    assert [(one["learner"], one["text"]) for one in kept["not_graded"]] == [("Zo\u00eb", sentence)]
    raw = (tmp_path / "grades.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbflearner,") and "\r\nZo\u00eb,,,0,".encode() in raw and sentence.encode() in raw


def test_gradescope_always_gets_a_result(class_folder, judged, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "rar").mkdir()
    (tmp_path / "rar" / "0-vanilla.rar").write_bytes(b"")
    calls = {
        "empty": "holds no submission",
        "nowhere": "does not exist",
        "class_folder": "Expected all files in one folder",
    }
    for path, words in {**calls, "rar": "can't be opened here"}.items():
        assert grade_in(tmp_path, path, "--gradescope", "results.json") == (1 if path == "rar" else 2)
        results = json.loads((tmp_path / "results.json").read_text())
        assert results["score"] == 0 and words in results["output"]
        (tmp_path / "results.json").unlink()
    assert grade_in(class_folder / "bob", ".", "--resume", "--gradescope", tmp_path / "results.json") == 2
    assert "--resume believes grades.json" in (tmp_path / "results.json").read_text()


def test_gradescope_keeps_the_points_where_another_file_cannot_be_written(class_folder, judged, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cohort, "as_csv", full)
    ada = class_folder / "group a" / "ada"
    assert grade_in(tmp_path, ada, "--gradescope", "results.json", "--csv", "grades.csv") == 2
    assert json.loads((tmp_path / "results.json").read_text())["score"] > 0


def test_gradescope_hears_of_what_nobody_foresaw(class_folder, judged, tmp_path, monkeypatch):
    monkeypatch.setattr(cohort, "grade", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        grade_in(tmp_path, class_folder / "bob", "--gradescope", "results.json")
    assert "division by zero" in json.loads((tmp_path / "results.json").read_text())["output"]


def test_a_second_call_with_the_same_file_is_refused_and_takes_nothing_away(
    class_folder, judged, tmp_path, monkeypatch, capsys
):
    at_once, codes = cohort.judged, []

    def meanwhile(*arguments):
        if not codes:
            codes.append(grade_in(tmp_path, class_folder / "bob"))
        return at_once(*arguments)

    monkeypatch.setattr(cohort, "judged", meanwhile)
    assert grade_in(tmp_path, class_folder / "group a") == 0 and codes == [2]
    assert "Another call is writing" in capsys.readouterr().err
    assert len(json.loads((tmp_path / "grades.json").read_text())["records"]) == 4
    assert sorted(os.listdir(tmp_path)) == ["class_folder", "grades.json"]
    assert grade_in(tmp_path, class_folder / "bob") == 1


def test_at_the_top_of_a_cohort_or_beside_ones_own_file_grades_are_written_and_never_taken_for_handed_in(
    class_folder, judged, tmp_path
):
    for folder in (class_folder, class_folder / "bob"):
        for _ in range(3):
            assert grade_in(folder, ".", "--csv", "table.csv") == grade_in(
                folder, ".", "--json", tmp_path / "elsewhere.json"
            )
            known = json.loads((folder / "grades.json").read_text())
            told = str(known["not_graded"])
            assert "bob" in str(known["records"]) and "grades.json" not in told and "table.csv" not in told
        (folder / "table.csv").unlink()
        for path in folder.glob("grades.json*"):
            path.unlink()
    assert grade_in(class_folder, ".", "--resume") == 1 and grade_in(class_folder, ".", "--csv", "0-vanilla.py") == 2


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--csv", "-"], "no file that stays"),
        (["--csv", "/dev/stdout"], "no file that stays"),
        (["--csv", "/dev/full"], "no ordinary file"),
        (["--csv", ""], "is a folder"),
        (["--json", "class_folder"], "is a folder"),
        (["--csv", "class_folder/bob/0-vanilla.py"], "among the submissions"),
        (["--csv", "class_folder/0_vanilla (1).py"], "among the submissions"),
        (["--json", "class_folder/bob/grades.json"], "among the submissions"),
        (["--json", "class_folder/bob/grades.json", "--resume"], "authors could have written it"),
        (["--csv", "link.csv"], "among the submissions"),
        (["--csv", "./grades.json"], "is the file of --json, too"),
        (["--json", "a", "--csv", "new/../a"], "is the file of --json, too"),
        (["--gradescope", "pipe"], "no ordinary file"),
        (["--csv", "file/grades.csv"], "can't be written"),
        (["--csv", "x" * 300], "can't be written"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_judged(
    class_folder, judged, tmp_path, arguments, words, capsys
):
    (tmp_path / "file").write_text("kept")
    (tmp_path / "link.csv").symlink_to(class_folder / "bob" / "0-vanilla.py")
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.rglob("*"))
    assert grade_in(tmp_path, class_folder, *arguments) == 2
    said = capsys.readouterr().err
    assert words in said and f"type {arguments[-2] if '--resume' not in arguments else '--json'} and" in said
    assert not judged and sorted(tmp_path.rglob("*")) == before and (tmp_path / "file").read_text() == "kept"


def test_the_null_device_and_new_folders_may_be_named(class_folder, judged, tmp_path):
    assert grade_in(tmp_path, class_folder, "--json", os.devnull, "--csv", "a/b/grades.csv") == 1
    assert "bob" in (tmp_path / "a" / "b" / "grades.csv").read_text()


def test_files_are_whole_when_the_reader_of_the_table_leaves_or_knows_ascii_only(
    class_folder, judged, tmp_path, monkeypatch
):
    class Left(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            raise BrokenPipeError

        def fileno(self):
            return os.open(os.devnull, os.O_WRONLY)

    plain = io.BytesIO()
    for stream in (io.TextIOWrapper(io.BufferedWriter(Left(), 64)), io.TextIOWrapper(plain, "ascii")):
        monkeypatch.setattr("sys.stdout", stream)
        assert grade_in(tmp_path, class_folder, "--csv", "grades.csv", "--json", f"{stream.encoding}.json") == 1
        assert (tmp_path / "grades.csv").read_text("utf-8-sig").count("\n") == 6
        (tmp_path / "grades.csv").unlink()
    assert b"\\u2717 loads" in plain.getvalue() and len(list(tmp_path.glob("*.json"))) == 2


def test_the_form_is_that_of_the_file_before_it_ran(class_folder, judged, tmp_path, monkeypatch):
    fake, path = cohort.judged, class_folder / "group a" / "ada" / "0-vanilla.py"

    def changing(*rest):
        path.write_bytes(b"")
        return fake(*rest)

    monkeypatch.setattr(cohort, "judged", changing)
    (record,) = cohort.grade(submissions.find([path])[0])
    assert record["points"] == 6 and not path.read_bytes()


def test_a_notebook_earns_all_but_the_form_and_hears_what_to_hand_in(judged, tmp_path):
    cells = [{"cell_type": "code", "source": "#!python\ndef autoencoder(a, b, c): pass"}]
    (tmp_path / "0-vanilla.ipynb").write_text(json.dumps({"cells": cells}))
    (record,) = cohort.grade(submissions.find([tmp_path / "0-vanilla.ipynb"])[0])
    assert {name for name in cohort.FORM if record["criteria"][name].ok is None} == {*cohort.FORM}
    assert record["criteria"]["shebang"].text.endswith("hand in 0-vanilla.py.") and "notebook" in record["remarks"][0]
    assert record["earned"]["code: form"] == 0


def test_gradescope_gets_one_learners_points_and_reasons(class_folder, judged, tmp_path, capsys):
    assert grade_in(tmp_path, class_folder, "--gradescope", "results.json") == 2
    assert "one learner" in capsys.readouterr().err
    assert grade_in(tmp_path, class_folder / "bob", "--gradescope", "results.json") == 1
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["score"] == 0 and len(results["tests"]) == 6
    test = results["tests"][0]
    assert set(test) == {"name", "score", "max_score", "status", "output"} and test["status"] == "failed"
    assert test["name"] == "vanilla, requirement: interface" and "loads: " in test["output"]


def test_two_versions_of_keras_are_told_apart_and_the_better_one_counts(
    class_folder, judged, tmp_path, capsys, monkeypatch
):
    fake = cohort.judged

    def by_version(server, source, *rest):
        record = fake(server, source, *rest)
        ok = server.keras == 2
        return {**record, "criteria": dict.fromkeys(record["criteria"], Verdict(ok, "Gone in Keras 3."))}

    class ForkServer:
        def __init__(self, keras):
            self.keras = keras

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(cohort, "judged", by_version)
    monkeypatch.setattr(cohort.sandbox, "ForkServer", NoServer)
    assert grade_in(tmp_path, class_folder / "group a", "--keras", "both") == 0
    said = capsys.readouterr().out
    assert "vanilla: 1 of 6 (Keras 3), 6 of 6 (Keras 2)" in said
    assert "Right in Keras 2 and broken in Keras 3." in said and "✗ loads, Keras 3: Gone in Keras 3." in said


def test_what_a_learner_sent_reaches_the_terminal_without_control_characters(class_folder, judged, tmp_path, capsys):
    grade_in(tmp_path, class_folder)
    assert "\x1b" not in capsys.readouterr().out


# For real


@pytest.mark.slow
def test_a_cohort_is_graded_for_real_under_both_versions_of_keras(tmp_path, class_folder):
    (class_folder / "eve").mkdir()
    shutil.copy(SUBMISSIONS / "keras2" / "3-variational.py", class_folder / "eve")
    arguments = [sys.executable, "-m", "aelib", "grade", str(class_folder), "--unsafe"]
    done = subprocess.run([*arguments, "--keras", "both", "--jobs", "2"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    kept = json.loads((tmp_path / "grades.json").read_text())["records"]
    points = {(r["learner"], r["task"], r["keras"]): r["points"] for r in kept}
    for task in judge.NAMES:
        assert points["group a/ada", task, 3] == points["group a/ada", task, 2] == 6, done.stdout
    assert points["bob", "vanilla", 3] == 0
    assert points["eve", "variational", 2] == 6 and points["eve", "variational", 3] < 6, done.stdout
    assert "Right in Keras 2 and broken in Keras 3." in done.stdout
    for record in kept:
        assert set(record["criteria"]) == {*judge.criteria(record["task"]), *cohort.FORM}


# A script's background jobs are deaf to Ctrl-C, and so are the programs that they start: this one listens.
LISTENING = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
LISTENING += "from aelib.__main__ import main; sys.exit(main())"


@pytest.mark.slow
def test_ctrl_c_stops_a_real_run_and_keeps_what_is_graded(tmp_path):
    for number, source in enumerate(["a = 1", "a = 2", "while True: pass", "a = 4"]):
        (tmp_path / "class_folder" / str(number)).mkdir(parents=True)
        (tmp_path / "class_folder" / str(number) / "0-vanilla.py").write_text(source)
    arguments = [sys.executable, "-c", LISTENING, "grade", "class_folder", "--unsafe"]
    running = subprocess.Popen(arguments, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    kept = tmp_path / "grades.json"
    for _ in range(3000):
        time.sleep(0.02)
        with contextlib.suppress(OSError, ValueError):  # at first the command only tries the file's name
            if len(json.loads(kept.read_text())["judged"]) >= 2:
                break
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 130 and "--resume" in said and "Traceback" not in said
    first = json.loads(kept.read_text())["judged"]
    assert len(first) == 2
    arguments = [sys.executable, "-m", "aelib", "grade", "class_folder", "--unsafe", "--resume", "--seconds", "1"]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True)
    then = json.loads(kept.read_text())["judged"]
    assert done.returncode == 1 and len(then) == 4 and "still running after 1 second" in done.stdout
    assert {name: then[name] for name in first} == first, "the first two were not judged again"


@pytest.fixture(scope="module")
def own_servers():
    """The fork servers that this process keeps while the module's tests last."""
    yield
    while servers := vars(cohort._own).get("servers"):
        servers.popitem()[1].__exit__()


def test_ctrl_c_while_the_command_starts_is_no_traceback():
    early = (
        "import runpy, sys\nclass Early:\n    def find_spec(self, name, *_):\n        if name == 'aelib.classroom':\n"
    )
    early += "            raise KeyboardInterrupt\nsys.meta_path.insert(0, Early())\n"
    early += "runpy.run_module('aelib', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", early], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.slow
def test_otter_and_nbgrader_get_an_exception_or_silence(tmp_path, capfd, own_servers):
    shutil.copy(SOLUTIONS / "0-vanilla.py", tmp_path)
    cohort.require(tmp_path / "0-vanilla.py")
    cohort.require(tmp_path / "0-vanilla.py", "loads", "trains")
    wrong = tmp_path / "wrong" / "0-vanilla.py"
    wrong.parent.mkdir()
    wrong.write_text((SOLUTIONS / "0-vanilla.py").read_text().replace('"adam"', '"sgd"'))
    cohort.require(wrong, "loads", "activations")
    with pytest.raises(AssertionError, match="optimizer: The optimizer is SGD"):
        cohort.require(wrong, "optimizer")
    with pytest.raises(AssertionError, match="executable"):
        cohort.require(wrong)
    with pytest.raises(ValueError, match="expected loads, signature"):
        cohort.require(wrong, "beauty")
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_otter_and_nbgrader_ask_for_the_variant_of_a_class(tmp_path, own_servers, monkeypatch):
    own, interface = (SOLUTIONS / "0-vanilla.py").read_text(), "requirement: interface"
    shutil.copy(SOLUTIONS / "0-vanilla.py", tmp_path)
    with pytest.raises(AssertionError, match=variants.variant("vanilla", 7).function):
        cohort.require_point(tmp_path / "0-vanilla.py", interface, variant=7)
    translated = tmp_path / "seven" / "0-vanilla.py"
    translated.parent.mkdir()
    translated.write_text(variants.worded(own, "vanilla", 7))
    cohort.require_point(translated, interface, variant=7)
    with pytest.raises(AssertionError, match="autoencoder"):
        cohort.require_point(translated, interface)
    for wrong in ("7", 0, -1, True, 7.0):
        with pytest.raises(ValueError, match="is no number of a variant: expected a whole number from 1"):
            cohort.require_point(translated, interface, variant=wrong)
    monkeypatch.setattr(variants, "of_class", lambda: 7)  # as in the package that a class gets
    cohort.require_point(translated, interface)


@pytest.mark.slow
def test_the_worked_examples_for_otter_and_nbgrader_give_the_points(tmp_path, monkeypatch, own_servers):
    monkeypatch.chdir(tmp_path)
    right = (SOLUTIONS / "0-vanilla.py").read_text()
    pathlib.Path("0-vanilla.py").write_text(right.replace('"adam"', '"sgd"'))
    pathlib.Path("0-vanilla.py").chmod(0o755)
    cases = runpy.run_path(ADAPTERS / "otter_vanilla.py")["test"]["suites"][0]["cases"]
    failed = []
    for number, case in enumerate(cases):
        test = doctest.DocTestParser().get_doctest(case["code"], {}, str(number), None, None)
        failed.append(doctest.DocTestRunner(verbose=False).run(test, out=lambda text: None).failed)
    assert failed == [0, 0, 1, 1, 0, 0] and sum(case["points"] for case in cases) == 6
    book = runpy.run_path(ADAPTERS / "nbgrader_vanilla.py")["notebook"]()
    book.cells[0].source = "%%writefile 0-vanilla.py\n" + right
    NotebookClient(book, resources={"metadata": {"path": str(tmp_path)}}, allow_errors=True).execute()
    graded_cells = [cell for cell in book.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert [cell.metadata["nbgrader"]["points"] for cell in graded_cells] == [1] * 6
    assert [cell.outputs for cell in graded_cells] == [[]] * 6


def test_each_thread_of_a_worker_has_a_server_of_its_own_which_it_keeps(judged, monkeypatch):
    used, both = [], threading.Barrier(2)

    def noting(server, *_):
        both.wait(10)  # both threads are at it at the same time
        used.append((threading.get_ident(), server))

    monkeypatch.setattr(cohort, "judged", noting)

    def works():
        for source in (b"1", b"2"):
            cohort.judged_by_own_server(source, "vanilla", 3, 60, [])

    threads = [threading.Thread(target=works) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(used) == 4 and len(set(used)) == 2 and len({server for _, server in used}) == 2


@pytest.mark.slow
def test_a_dask_cluster_does_the_work_even_when_a_worker_dies(tmp_path):
    distributed = pytest.importorskip("distributed")
    for number in range(5):
        (tmp_path / str(number)).mkdir()
        source = f"import time\ntime.sleep({number / 2})\ndef f{number}(): pass\n"
        (tmp_path / str(number) / "0-vanilla.py").write_text(source)
    shutil.copy(SOLUTIONS / "0-vanilla.py", tmp_path / "4")
    found = submissions.find([tmp_path])[0]
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        steps, workers = [], [worker.pid for worker in cluster.workers.values()]

        def done(number, total, record):
            if not steps:
                os.kill(workers[0], signal.SIGKILL)
            steps.append((number, total))

        records = cohort.grade(found, dask=cluster.scheduler_address, done=done)
    assert steps == [(number, 5) for number in range(1, 6)]
    assert [record["points"] for record in records] == [0, 0, 0, 0, 6]
    texts = [record["criteria"]["loads"].text for record in records]
    assert all(f"(functions found: f{number})" in text for number, text in enumerate(texts[:4]))
