"""The exercises as values: starter, right and wrong answers each get the outcome and the sentence they should."""

import json
import os
import re
import sys

import numpy as np
import pytest
from mistakes import ATTEMPTS
from mistakes.attempts import Wrong

from aelib import exercise, exercises, ledger
from aelib.exercises import capstone, graded, judging

SMALL = {task.name: task for task in exercises.every() if task.key not in [t.key for t in graded.TASKS.values()]}


def defined(task, source):
    """What a notebook's cell with this source defines under the exercise's name."""
    space = {}
    exec(compile(source, "cell", "exec"), space)
    return space[task.name]


small = pytest.mark.parametrize("task", SMALL.values(), ids=SMALL)
wrong = pytest.mark.parametrize(
    "task, mistake",
    [
        pytest.param(task, mistake, id=f"{task.name}-{mistake.name}")
        for task in SMALL.values()
        for mistake in ATTEMPTS[task.key].wrong
    ],
)


@small
def test_an_untouched_starter_is_not_attempted(task):
    report = task.check(defined(task, ATTEMPTS[task.key].starter))
    assert not report.attempted and not report.right and "not attempted yet" in str(report)
    assert "not attempted yet" in report._repr_html_()
    assert not task.check().attempted


@small
def test_every_right_answer_is_right(task):
    also_right = ATTEMPTS[task.key].also_right
    for source in (task.answer, *also_right):
        report = task.check(defined(task, source))
        assert report.right, f"{source}\n{report}"
    assert len(also_right) >= 1


@wrong
def test_a_wrong_answer_gets_its_message(task, mistake):
    report = task.check(defined(task, mistake.source(task.answer)))
    assert report.attempted and not report.right
    ok, sentence = report.criteria[mistake.criterion]
    assert ok is False and mistake.message in sentence, str(report)


@small
def test_hints_come_one_at_a_time_and_the_solution_is_the_answer(task):
    task.shown = 0
    shown = [task.hint() for _ in range(len(task.hints) + 1)]
    assert [note.text for note in shown] == [*task.hints, task.hints[-1]]
    assert repr(shown[0]).startswith(f"Hint 1 of {len(task.hints)}\n")
    task.shown = 0
    assert task.solution().text == task.answer and repr(task.solution()) == f"One solution\n{task.answer}"
    report = str(task.check(defined(task, ATTEMPTS[task.key].starter)))
    assert not any(hint in report for hint in task.hints)


def test_a_wrong_answer_whose_change_does_not_apply_is_refused():
    with pytest.raises(ValueError, match="stands 2 times"):
        Wrong("twice", ("a", "b"), "x", "y").source("a a")


def test_all_exercises_are_found_and_have_keys_of_their_own_and_known_objectives():
    tasks = exercises.every()
    assert {task.name for task in tasks} >= {"is_right", "best_picture", "squared_error"}
    assert [task for task in graded.TASKS.values() if task not in tasks] == []
    assert len({task.key for task in tasks}) == len({task.title for task in tasks}) == len(tasks)
    assert {task.key for task in tasks} == set(ATTEMPTS), "each exercise has a starter and mistakes in tests/mistakes"
    assert {task.objective for task in tasks} <= set(ledger.OBJECTIVES)


# What a check keeps


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A function that tells what is kept of the exercise `act`: progress is on, but for this off under tests."""
    file = tmp_path / "progress.json"
    monkeypatch.delenv("PYTEST_VERSION")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("AELIB_PROGRESS", str(file))
    monkeypatch.setattr(ledger, "_said", set())
    return lambda: json.loads(file.read_text())["exercise"]["00-act"] if file.exists() else None


@pytest.mark.parametrize(
    "verdicts, outcome",
    [
        ([True, True], "right"),
        ([True, False], "partly"),
        ([True, None], "partly"),
        ([False, False], "wrong"),
        ([None, False], "wrong"),
        (ZeroDivisionError, "wrong"),
        (SystemExit, "wrong"),
    ],
)
def test_a_check_keeps_its_outcome_under_the_exercises_key(kept, capsys, verdicts, outcome):
    def judge(attempt):
        if isinstance(verdicts, list):
            return {str(i): (ok, "Said.") for i, ok in enumerate(verdicts)}, []
        raise verdicts

    acting(judge).check(1)
    acting(judge).check(1)
    assert (kept()["last"], kept()["tries"]) == (outcome, 2) and capsys.readouterr() == ("", "")


def test_an_untouched_starter_and_a_stopped_check_keep_nothing(kept):
    def stop(attempt):
        raise KeyboardInterrupt

    assert not acting(stop).check().attempted and not acting(stop).check(lambda: None).attempted
    assert "You stopped the check" in str(acting(stop).check(1))
    assert kept() is None


def test_a_check_answers_where_nothing_can_be_kept(kept, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("where a folder should be")
    monkeypatch.setenv("AELIB_PROGRESS", str(tmp_path / "file" / "progress.json"))
    assert acting(lambda attempt: ({"done": (True, "Done.")}, [])).check(1).right
    said = capsys.readouterr().out
    assert said.startswith("Your progress can't be kept") and said.count("\n") == 1


# Whatever a learner's code does, the notebook goes on


def judged(action):
    """The report on an exercise whose judge calls what the learner defined."""
    return acting(lambda attempt: ({"done": (attempt() == 1, "Done.")}, [])).check(action)


def acting(judge):
    """An exercise that judges as it is told."""
    return exercise.Exercise("act", "00-act", "the course", "Act", (), "", judge)


def prints_and_leaves():
    print("a" * 100_000)
    sys.stderr.write("b")
    os.chdir("/")
    np.random.seed(1)
    sys.setrecursionlimit(50_000)
    raise SystemExit(3)


def asks():
    return input("?")


def overflows():
    return overflows()


def debugs():
    import pdb

    pdb.set_trace()
    return 1


def interrupted():
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "action, words",
    [
        (prints_and_leaves, "SystemExit in line"),
        (asks, "EOFError"),
        (overflows, "RecursionError"),
        (debugs, "BdbQuit"),
        (interrupted, "You stopped the check"),
        (lambda: 1 / 0, "ZeroDivisionError"),
        (7, "TypeError"),
        ("text", "TypeError"),
    ],
)
def test_nothing_a_learner_does_breaks_the_notebook(action, words, capsys):
    before = (
        os.getcwd(),
        sys.stdin,
        sys.stdout,
        sys.gettrace(),
        sys.getrecursionlimit(),
        np.random.get_state()[1].tolist(),
    )
    report = judged(action)
    assert not report.right and words in str(report)
    after = (
        os.getcwd(),
        sys.stdin,
        sys.stdout,
        sys.gettrace(),
        sys.getrecursionlimit(),
        np.random.get_state()[1].tolist(),
    )
    assert after == before and capsys.readouterr() == ("", "")


def test_a_right_answer_is_right_in_a_folder_that_was_deleted(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert judged(lambda: 1).right


def test_a_learners_text_is_escaped_in_the_page_and_the_twin_says_the_same():
    def shout():
        raise ValueError("<script>alert(1)</script>")

    report = judged(shout)
    assert "<script>" not in report._repr_html_() and "&lt;script&gt;" in report._repr_html_()
    assert "ValueError" in str(report) and "ValueError" in report._repr_html_()


def test_an_exception_that_cannot_say_what_it_is_is_named():
    class Mute(Exception):
        def __str__(self):
            raise ValueError

    def fails():
        raise Mute

    assert "Your code ended in Mute" in str(judged(fails))


def test_a_report_is_shown_as_text_and_as_a_page():
    from IPython.core.formatters import DisplayFormatter

    data, _ = DisplayFormatter().format(judged(lambda: 1))
    assert data["text/plain"] == "Act: right\n  ✓ done" and 'aria-label="right"' in data["text/html"]


@pytest.mark.parametrize("source", ["def f(a): ...", "def f(a):\n    '''Say.'''\n    ...", "def f(a):\n    pass"])
def test_a_function_of_dots_is_untouched(source):
    space = {}
    exec(source, space)
    assert exercise._untouched(space["f"]) and exercise._untouched(...)


@pytest.mark.parametrize("source", ["def f(a): return a", "def f(a): return 0", "def f(a): raise KeyError", "f = 3"])
def test_other_functions_are_attempts(source):
    space = {}
    exec(source, space)
    assert not exercise._untouched(space["f"])


# What judges share


@pytest.mark.parametrize(
    "value, number, finite, scalar",
    [
        (2, 2.0, 2.0, True),
        (np.float32(0.5), 0.5, 0.5, True),
        (np.array(3), 3.0, 3.0, True),
        (np.inf, np.inf, None, True),
        (True, None, None, True),  # Python counts it as an int
        (10**400, None, None, True),  # no float is as large
        ([2], None, None, False),
        ("2", None, None, False),
        (None, None, None, False),
    ],
)
def test_one_number_is_told_from_what_only_looks_like_one(value, number, finite, scalar):
    assert (judging.number(value), judging.finite_number(value)) == (number, finite)
    assert judging.is_scalar(value) is scalar


def test_the_cause_is_the_first_whose_shape_and_values_are_the_learners():
    causes = {"a sum": 6.0, "a row": [1, 2, 3], "the same row": [1, 2, 3], "undefined": np.nan}
    got = [judging.cause(judging.numbers(value), causes, "none") for value in (6, (1, 2, 3.00001), [6, 6, 6], np.nan)]
    assert got == ["a sum", "a row", "none", "undefined"]


def test_a_stand_in_is_called_as_a_model_of_keras_is():
    half = judging.Half(np.array([[1.0, -2.0]]), np.abs)
    assert half([[3.0]]).numpy().tolist() == half.predict([[3.0]], verbose=0).tolist() == [[3.0, 6.0]]
    assert half.seen == [(1, 1), (1, 1)]
    with pytest.raises(ValueError, match=r"takes rows of 1 numbers and got the shape \(1,\)"):
        half([3.0])


# The capstone's images


def test_the_shapes_show_their_factors():
    images, factors = capstone.shapes(50, seed=3)
    _, column, row, _, light = factors.T
    place, mass = np.arange(16), images.sum(axis=(1, 2))
    assert images.sum(axis=1) @ place / mass == pytest.approx(column, abs=0.1)
    assert images.sum(axis=2) @ place / mass == pytest.approx(row, abs=0.1)
    assert images.max(axis=(1, 2)) == pytest.approx(light, abs=1e-6)
    assert np.array_equal(images, capstone.shapes(50, seed=3)[0]) and images.dtype == np.float32


def flat_world():
    """Images of 8 x 8 pixels that three numbers describe, up to some noise."""
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(1200, 3)) @ rng.uniform(size=(3, 64)) + 0.1 * rng.uniform(size=(1200, 64))
    return (images / images.max()).reshape(1200, 8, 8)


def test_the_shapes_come_in_any_size_and_in_colour():
    images, _ = capstone.shapes(20, seed=3, shape=(24, 32, 3))
    assert images.shape == (20, 24, 32, 3) and 0 <= images.min() < images.max() <= 1
    assert (images.max(axis=(1, 2)).std(axis=1) > 0).all(), "each channel has a brightness of its own"


def correction():
    """A project that beats PCA where images form something curved."""
    return defined(capstone.project, ATTEMPTS["10-capstone"].also_right[0])


def by_pca():
    (mistake,) = [wrong for wrong in ATTEMPTS["10-capstone"].wrong if wrong.name == "PCA alone"]
    return defined(capstone.project, mistake.source(capstone.project.answer))


def test_where_pca_wins_on_ones_own_images_the_courses_shapes_decide_and_the_report_says_so():
    """Images on a plane: nothing can beat PCA there, and that must not fail an honest project, nor pass PCA."""
    mine = capstone.project_on(flat_world()[:300])
    report = mine.check(correction())
    assert report.right, str(report)
    assert "On the course's shapes" in report.criteria["beats_pca"][1] and "PCA isn't beaten" in str(report)
    report = mine.check(by_pca())
    failed = [name for name, (ok, _) in report.criteria.items() if not ok]
    assert failed == ["beats_pca"] and "On the course's shapes" in report.criteria["beats_pca"][1]


def test_the_courses_shapes_are_no_way_around_the_rules():
    """Where PCA wins on one's own images, the second models are asked what the first ones were asked."""
    calls = []

    def build(train, validation):
        got, last = by_pca()(train, validation), [train]
        calls.append(len(train))
        if len(calls) > 1:
            got["encoder"] = lambda x: last.insert(0, x) or np.zeros((len(x), 1))
            got["decoder"] = lambda codes: np.resize(last[0], (len(codes), *train.shape[1:]))
        return got

    good, sentence = capstone.project_on(flat_world()[:300]).check(build).criteria["beats_pca"]
    assert len(calls) == 2 and not good and "your decoder uses more than the code" in sentence


def test_a_project_works_in_colour():
    report = capstone.project_on(capstone.shapes(300, seed=1, shape=(12, 10, 3))[0]).check(correction())
    assert report.right, str(report)


def test_images_are_split_by_their_number_and_turned_so_that_nobody_knows_the_hidden_ones():
    parts = {n: [len(part) for part in capstone.split(np.zeros(n))] for n in (200, 500, 1000, 4000, 30_000)}
    assert parts == {
        200: [100, 50, 50],
        500: [250, 125, 125],
        1000: [600, 200, 200],
        4000: [2400, 800, 800],
        30_000: [26_000, 2000, 2000],
    }
    images = capstone.shapes(250, seed=2)[0]
    prepared = capstone._prepared(images)
    assert {image.tobytes() for image in prepared} == {image[::-1, ::-1].tobytes() for image in images}


def test_an_honest_claim_passes_and_a_difference_of_luck_does_not():
    """With normal errors: three standard errors for the claim, three for a paired gain."""
    rng = np.random.default_rng(0)
    honest, lucky = 0, 0
    for _ in range(2000):
        validation, tested = rng.normal(1, 0.3, 50), rng.normal(1, 0.3, 50)
        low, high = capstone.bounds(tested, validation)
        honest += low <= validation.mean() <= high
        lucky += capstone.ahead(tested, tested + rng.normal(0, 0.1, 50))[0]
    assert honest >= 0.99 * 2000 and lucky <= 0.01 * 2000


def test_a_difference_of_rounding_is_no_gain_and_is_told_as_none():
    theirs = np.random.default_rng(0).uniform(0.01, 0.02, 50)
    assert capstone.ahead(theirs.astype("float32"), theirs) == (False, 0, 0)
    _, gain, _ = capstone.ahead(0.999 * theirs, theirs)
    assert gain == pytest.approx(0.001 * theirs.mean())


def test_an_honest_claim_passes_more_often_where_the_validation_images_show_the_spread_too():
    """Where a twentieth of the images is ten times as hard, 50 images often hold none, and show too small a spread."""
    rng, passed = np.random.default_rng(0), np.zeros(2)
    for _ in range(2000):
        validation, tested = (rng.gamma(2, 1, 50) * np.where(rng.random(50) < 0.05, 10, 1) for _ in range(2))
        for i, spread in enumerate((tested, validation)):
            low, high = capstone.bounds(tested, spread)
            passed[i] += low <= validation.mean() <= high
    assert passed[0] < passed[1]


def test_a_page_shows_what_the_last_check_measured(tmp_path, capsys):
    mine = capstone.project_on(flat_world()[:240])
    assert "No page yet" in repr(mine.page())
    mine.check(correction())
    figure = mine.page(tmp_path / "page.html")
    said, page = capsys.readouterr().out, (tmp_path / "page.html").read_text("utf-8")
    assert "120, 60, 60" in said and "PCA minus yours, paired" in said and figure.axes
    assert page.count("<tr>") == len(said.splitlines()) == len(mine.found["numbers"])
    assert "data:image/png;base64,iVBOR" in page and not re.search(r"(?:src|href)=.?(?:http|/)", page)
    assert np.array_equal(
        mine.found["rows"]["held out"][0], capstone.split(capstone._prepared(mine.images))[2][0, ::-1, ::-1]
    )
    assert capstone.project.found is not mine.found


@pytest.mark.parametrize(
    "images, words",
    [
        ("cats", "no array of numbers"),
        (flat_world()[:150], "There are 150 images: expected at least 200"),
        (255 * flat_world(), r"range from .* to 255: expected floats in \[0, 1\]. Write images / 255"),
        (np.where(flat_world() > 0.9, np.nan, flat_world()), r"are NaN or infinite, first at images\[\d"),
        (np.tile(flat_world()[:100], (3, 1, 1)), "only 100 of them are different"),
        (flat_world().reshape(-1, 64), r"Write images.reshape\(-1, 8, 8\)"),
        (flat_world().reshape(-1, 4, 4, 4), "sides from 8 pixels, 1 or 3 channels"),
    ],
)
def test_images_that_cannot_be_used_are_told_before_anything_is_trained(images, words):
    report = capstone.project_on(images).check(lambda train, validation: 1 / 0)
    assert not report.right and re.search(words, str(report))


@pytest.mark.parametrize(
    "claim, trained, chosen, words",
    [
        (0.0213712, 0.0213712, 0.0225, "error on your training images"),
        (0.0214, 0.0213712, 0.0225, "error on your training images"),  # rounded
        (0.021, 0.0213712, 0.0212, "an honest claim lies between"),  # in two digits both are the same
        (0.0225, 0.0213712, 0.0225, "an honest claim lies between"),
        (0.012, 0.015, 0.0225, "On which images did you measure?"),
        ("small", 0.015, 0.0225, "expected one number"),
    ],
)
def test_a_claim_is_told_from_the_training_error_also_where_both_are_near(claim, trained, chosen, words):
    tested = np.random.default_rng(0).gamma(4, 0.0056, 200)
    good, sentence = capstone._honest(claim, tested, tested * (chosen / tested.mean()), [trained])
    assert good == (words == "an honest claim lies between") and words in sentence, sentence
