"""The exercises as values: starter, right and wrong answers each get the outcome and the sentence they should."""

import os
import sys

import numpy as np
import pytest

from aelib.exercises import exercise, lesson_01

SMALL = {task.name: task for task in lesson_01.EXERCISES}


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
        for mistake in task.wrong
    ],
)


@small
def test_an_untouched_starter_is_not_attempted(task):
    report = task.check(defined(task, task.starter))
    assert not report.attempted and not report.right and "not attempted yet" in str(report)
    assert "not attempted yet" in report._repr_html_()
    assert not task.check().attempted


@small
def test_every_right_answer_is_right(task):
    for source in (task.answer, *task.also_right):
        report = task.check(defined(task, source))
        assert report.right, f"{source}\n{report}"
    assert len(task.also_right) >= 1


@wrong
def test_a_wrong_answer_gets_its_message(task, mistake):
    report = task.check(defined(task, mistake.source(task.answer)))
    assert report.attempted and not report.right
    ok, sentence = report.criteria[mistake.criterion]
    assert ok is False and mistake.message in sentence, str(report)


@small
def test_hints_come_one_at_a_time_and_the_solution_is_a_right_answer(task):
    task.shown = 0
    shown = [task.hint() for _ in range(len(task.hints) + 1)]
    assert [note.text for note in shown] == [*task.hints, task.hints[-1]]
    assert repr(shown[0]).startswith(f"Hint 1 of {len(task.hints)}\n")
    task.shown = 0
    assert task.check(defined(task, task.solution().text)).right
    assert not any(hint in str(task.check(defined(task, task.starter))) for hint in task.hints)


def test_a_wrong_answer_whose_change_does_not_apply_is_refused():
    with pytest.raises(ValueError, match="stands 2 times"):
        exercise.Wrong("twice", ("a", "b"), "x", "y").source("a a")


# Whatever a learner's code does, the notebook goes on


def judged(action):
    """The report on an exercise whose judge calls what the learner defined."""
    task = exercise.Exercise("act", "Act", "", "", (), "", lambda attempt: ({"done": (attempt() == 1, "Done.")}, []))
    return task.check(action)


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


def test_a_learners_text_is_escaped_in_the_page_and_the_twin_says_the_same():
    def shout():
        raise ValueError("<script>alert(1)</script>")

    report = judged(shout)
    assert "<script>" not in report._repr_html_() and "&lt;script&gt;" in report._repr_html_()
    assert "ValueError" in str(report) and "ValueError" in report._repr_html_()


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
