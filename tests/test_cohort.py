"""A cohort graded by one command: what is found, kept, resumed, printed and written, on this machine and on Dask."""

import csv
import doctest
import io
import json
import os
import pathlib
import runpy
import shutil
import signal
import subprocess
import sys
import time

import pytest
from nbclient import NotebookClient

from aelib import __main__ as command
from aelib import files
from aelib.grading import Verdict, cohort, judge

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


@pytest.fixture
def judged(monkeypatch):
    """A judge that takes no time: right if the file has a shebang; notes what was judged."""
    calls = []

    def judge_at_once(server, source, task, seconds=60, hidden=()):
        calls.append((task, source))
        ok = source.startswith(b"#!")
        verdicts = {name: Verdict(ok, f"=SUM({name})\x1b[31m") for name in judge.criteria(task)}
        return {"criteria": verdicts, "remarks": [], "printed": "", "left": [], "seconds": 0.1}

    class ForkServer:
        def __init__(self, keras):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(cohort, "judged", judge_at_once)
    monkeypatch.setattr(cohort.sandbox, "ForkServer", ForkServer)
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
    found = cohort.find([class_folder])
    assert [(s.learner, s.task) for s in found] == [
        ("bob", "vanilla"),
        *(("group a/ada", task) for task in judge.NAMES),
    ]
    (single,) = cohort.find([class_folder / "bob" / "0-vanilla.py"])
    assert single == ("bob", "vanilla", class_folder / "bob" / "0-vanilla.py")
    assert {s.learner for s in cohort.find([class_folder / "bob"])} == {"bob"}


@pytest.mark.parametrize(
    "name, words", [("nowhere", "does not exist"), ("empty", "no submission"), ("x.py", "not named")]
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


def test_a_link_to_somebody_elses_file_is_no_submission(class_folder, tmp_path):
    (class_folder / "bob" / "0-vanilla.py").unlink()
    (class_folder / "bob" / "0-vanilla.py").symlink_to(class_folder / "group a" / "ada" / "0-vanilla.py")
    (bob, *_) = cohort.find([class_folder])
    assert bob.learner == "bob" and b"autoencoder" not in cohort._source(bob.path)
    assert all(ok is None and "it is a link" in text for ok, text in cohort.file_style.criteria(bob.path).values())


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
    assert set(kept) == {"version", "records", "judged"} and kept["version"] == cohort.VERSION
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
        assert f"grades.json is damaged; it is now grades.json.damaged-{number}." in capsys.readouterr().err
        assert json.loads(kept.read_text())["records"]


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
    rows = list(csv.DictReader(io.StringIO((tmp_path / "grades.csv").read_text())))
    assert [row["task"] for row in rows] == ["vanilla", *judge.NAMES]
    assert (
        rows[0]["learner"] == "'=cmd()" and rows[0]["first_fault"].startswith("'=SUM") and rows[0]["loads"] == "False"
    )
    assert rows[1]["points"] == "6" and rows[1]["kl"] == "" and rows[4]["kl"] == "True"


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
    monkeypatch.setattr(cohort.sandbox, "ForkServer", ForkServer)
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
        if kept.exists() and len(json.loads(kept.read_text())["judged"]) >= 2:
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
    yield cohort._servers
    while cohort._servers:
        cohort._servers.popitem()[1].__exit__()


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


@pytest.mark.slow
def test_a_dask_cluster_does_the_work_even_when_a_worker_dies(tmp_path):
    distributed = pytest.importorskip("distributed")
    for number in range(5):
        (tmp_path / str(number)).mkdir()
        source = f"import time\ntime.sleep({number / 2})\ndef f{number}(): pass\n"
        (tmp_path / str(number) / "0-vanilla.py").write_text(source)
    shutil.copy(SOLUTIONS / "0-vanilla.py", tmp_path / "4")
    submissions = cohort.find([tmp_path])
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        steps, workers = [], [worker.pid for worker in cluster.workers.values()]

        def done(number, total, record):
            if not steps:
                os.kill(workers[0], signal.SIGKILL)
            steps.append((number, total))

        records = cohort.grade(submissions, dask=cluster.scheduler_address, done=done)
    assert steps == [(number, 5) for number in range(1, 6)]
    assert [record["points"] for record in records] == [0, 0, 0, 0, 6]
    texts = [record["criteria"]["loads"].text for record in records]
    assert all(f"(functions found: f{number})" in text for number, text in enumerate(texts[:4]))
