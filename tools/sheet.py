"""The teacher's sheet, a printable page a lesson: timings and named wrong answers, read from the lessons and the tests.

`python -m tools.sheet [FILE]` writes it, as `dist/sheet.html` if no file is named. Nothing in it is typed: the minutes
follow the formula of CONTRIBUTING.md, part by part; the wrong answers are those of `tests/mistakes`, and beside each
stands what the exercise's check says to it, which is asked while the page is made, in half a minute. Checks that train
models take minutes for all wrong answers, so of theirs the page has the words that the tests demand.
"""

import contextlib
import html
import importlib
import io
import os
import pathlib
import re
import sys

from aelib import files, quiz
from aelib.evidence import NO_EXPERIMENT
from aelib.exercises import graded
from tools import evidence, notebooks, site

TESTS = pathlib.Path(__file__).parent.parent / "tests"
FILE = pathlib.Path("dist") / "sheet.html"
TITLE = "Autoencoders, hands on: the teacher's sheet"
HARD = {*(f"graded.{task}" for task in graded.TASKS), "capstone.project"}  # exercises of 15 minutes, and others of 7
SLOW = {*(task.key for task in graded.TASKS.values()), "10-capstone", "10-each-alone", "10-three-bugs"}  # they train
STYLE = """\
@page { size: A4; margin: 14mm; }
html { font: 15px/1.45 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; color: #1c2128; background: #fff; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { break-before: page; border-top: 1px solid #b9c2cb; padding-top: 1.2rem; margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin: .6rem 0 1.2rem; }
th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #dde2e7; }
thead th, caption { color: #535c66; text-align: left; }
tbody th { font-weight: 400; }
tr { break-inside: avoid; }
.number { text-align: right; white-space: nowrap; }
code { font: .9em ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
@media print { html { font-size: 9.5pt; } body { margin: 0; max-width: none; } }
"""


def main(arguments):
    """Write the sheet; return the exit code."""
    file = pathlib.Path(arguments[0]) if arguments else FILE
    os.environ["AELIB_PROGRESS"] = "off"  # these answers are nobody's
    files.write(file, page())
    print(f"The sheet is in {file}: open it in a browser, and print it from there.")
    return 0


def page():
    """Return the text of the page."""
    lessons = [site.Lesson(path) for path in sorted(notebooks.FOLDER.glob("[0-9]*.ipynb"))]
    parts = "".join(map(_lesson, lessons))
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{TITLE}</title>\n'
        f"<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{TITLE}</h1>\n"
        "<p>Minutes are computed: a minute for 200 words and for each cell, 0.7 for a prediction, 7 for an exercise, "
        "15 for a graded one, 0.8 for a question. A wrong answer's name is the one by which the tests know it.</p>\n"
        f"{parts}</body>\n</html>\n"
    )


def timed(lesson):
    """Return a lesson's parts, from one heading to the next, as (heading, minutes, what is in it).

    Args:
        lesson: A `site.Lesson`.

    Returns:
        A list of (heading, minutes, {"cells", "predictions", "exercises", "questions"}), in the lesson's order.
    """
    parts, known = [], set()
    defines = iter(evidence.cells(lesson.book))
    for cell in lesson.book.cells:
        if cell.cell_type == "code":
            heading, pieces, counts = parts[-1]
            new = {found[0] for found in re.finditer(r"^\w+\.\w+(?=\.check\()", cell.source, re.M)} - known
            known |= new
            if not NO_EXPERIMENT.search(cell.source):
                counts["cells"] += not next(defines)["defines"]
            counts["exercises"] += len(new)
            pieces.append(sum(15 if name in HARD else 7 for name in new))
            if cell.source == f'quiz("{lesson.number}")':
                counts["questions"] = len(quiz.read(lesson.number))
            continue
        for text in filter(None, re.split(r"(?m)^(?=##? )", cell.source)):
            if text.startswith(("# ", "## ")) or not parts:
                counts = dict.fromkeys(("cells", "predictions", "exercises", "questions"), 0)
                parts.append((text.partition("\n")[0].lstrip("# "), [], counts))
            parts[-1][1].append(len(text.split()) / 200)
            parts[-1][2]["predictions"] += text.count("> **Predict:**")
    return [
        (heading, sum(pieces) + counts["cells"] + 0.7 * counts["predictions"] + 0.8 * counts["questions"], counts)
        for heading, pieces, counts in parts
    ]


def told(task, mistake):
    """Return what an exercise's check says to a wrong answer, or the tests' words if it trains models."""
    if task.key in SLOW:
        return f"… {mistake.message} …"
    space = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(mistake.source(task.answer), "cell", "exec"), space)
        return task.check(space[task.name]).criteria[mistake.criterion][1]


def _lesson(lesson):
    """Return a lesson's part of the page."""
    text = "\n".join(cell.source for cell in lesson.book.cells)
    before = re.search(r"\*About .*?Before this: (.*?)\.", text, re.S)[1].replace("\n", " ")
    rows = [
        [heading, f"{minutes:.1f}", *(count or "" for count in counts.values())]
        for heading, minutes, counts in timed(lesson)
    ]
    made = f"<h2>{html.escape(f'{lesson.number} · {lesson.title}')}</h2>\n"
    made += f"<p>{lesson.minutes} minutes. Before it: {html.escape(before)}.</p>\n"
    made += _table("Timings", ["Part", "Minutes", "Cells", "Predictions", "Exercises", "Questions"], rows, 1)
    for name in dict.fromkeys(re.findall(r"^(\w+\.\w+)\.check\(", text, re.M)):
        made += _exercise(name)
    return made


def _exercise(name):
    """Return the table of an exercise's named wrong answers."""
    room, _, variable = name.partition(".")
    task = getattr(importlib.import_module(f"aelib.exercises.{room}"), variable)
    rows = [[mistake.name, mistake.criterion, told(task, mistake)] for mistake in _attempts()[task.key].wrong]
    title = f"{task.title}: {len(task.hints)} hints, {15 if name in HARD else 7} minutes"
    return _table(title, ["Wrong answer", "Criterion", "What the learner is told"], rows)


def _attempts():
    """Return what learners try, by the exercise's key."""
    if str(TESTS) not in sys.path:
        sys.path.insert(0, str(TESTS))
    from mistakes import ATTEMPTS

    return ATTEMPTS


def _table(title, heads, rows, first=99):
    """Return a table as HTML; its columns hold numbers from `first` on."""
    kinds = [' class="number"' if place >= first else "" for place in range(len(heads))]
    made = "".join(f'<th scope="col"{kind}>{head}</th>' for kind, head in zip(kinds, heads))
    made = f"<table>\n<caption>{html.escape(title)}</caption>\n<thead><tr>{made}</tr></thead>\n<tbody>\n"
    for name, *cells in rows:
        row = "".join(f"<td{kind}>{html.escape(str(cell))}</td>" for kind, cell in zip(kinds[1:], cells))
        made += f'<tr><th scope="row">{html.escape(name)}</th>{row}</tr>\n'
    return f"{made}</tbody>\n</table>\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
