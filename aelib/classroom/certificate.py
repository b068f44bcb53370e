"""The certificate, a page on what the progress file of this computer says was done; nothing is proven here."""

import datetime
import importlib
import importlib.metadata
import json
import os
import pathlib
import platform
import re

import jinja2

from aelib import files, ledger, quiz
from aelib.exercises import graded
from aelib.grading import variants

MARK = '<meta name="generator" content="aelib certificate">'  # of a file that a later call may write over
LONGEST = 80  # characters of a name
JOINS = "\u200c\u200d"  # which join letters of some scripts, or keep them apart
FILE = "certificate.html"


def add_parser(commands):
    """Add `certificate` to the commands of `aelib`."""
    parser = commands.add_parser(
        "certificate",
        help="write a page on what you have done, from your progress on this computer",
        description="Write one page, which opens offline and prints well: the lessons, exercises and quizzes that your "
        "progress on this computer says you have got right, and when. It is your own record, and no proof.",
    )
    parser.add_argument("file", nargs="?", default=FILE, metavar="FILE", help=f"the page (default: {FILE})")
    parser.add_argument("--name", required=True, help='your name, as it is to stand there, e.g. --name "Ada Lovelace"')
    parser.set_defaults(work=write, on_interrupt="Nothing was written.")


def write(options):
    """Write the certificate; print where it is and what to do with it; return the exit code, 0.

    Args:
        options: The parsed arguments, with the attributes `name` and `file`.

    Raises:
        ValueError: if the name can't stand there, nothing was passed yet, or the file can't be written.
    """
    name = _name(options.name)
    file = pathlib.Path(os.path.expanduser(options.file))
    _free(file)
    found = passed()
    page = _page(name, found)
    try:
        files.write(file, page)
    except OSError as error:
        raise ValueError(f"{file} can't be written ({error.strerror}): type the name of another file.") from error
    print(f"The certificate is in {file}: open it in a browser, and print it from there, also into a .pdf.")
    print(
        f"On it: {found['exercises'][0]} of {found['exercises'][1]} exercises and {found['questions'][0]} of ", end=""
    )
    print(f"{found['questions'][1]} questions. It is your own record, and no proof, and says so.")
    return 0


def passed():
    """Return what the progress file says, as the page shows it.

    Returns:
        {"lessons": rows {"number", "title", "exercises" and "questions" (right, all), "last" (a date), "whole"} of
        lessons in which something was right; "graded": rows {"title", "date"} of graded exercises that were; and in all
        "whole", "exercises", "questions" (right, all)}.

    Raises:
        ValueError: if no progress is kept, or nothing in it was last right.
    """
    place = ledger.place()
    if place is None:
        raise ValueError(
            "No progress is kept here: AELIB_PROGRESS switches it off, or a test runs. So there is nothing to certify. "
            "Set AELIB_PROGRESS to the path of your progress file, or unset it."
        )
    kept = ledger.kept()
    rows, days = [], {"exercises": [], "questions": []}
    for lesson in _lessons():
        right = {
            "exercises": [_right(kept["exercise"].get(key)) for key in lesson["exercises"]],
            "questions": [_right(kept["question"].get(key)) for key in lesson["questions"]],
        }
        rows.append(_row(lesson["number"], lesson["title"], **right))
        days = {kind: days[kind] + right[kind] for kind in days}
    if not any(row["last"] for row in rows):
        raise ValueError(
            f"Nothing is passed yet: in {place} no exercise and no question is kept that was last right. Do an "
            "exercise or a quiz of a lesson on this computer, then type it again."
        )
    dates = {exercise.title: _right(kept["exercise"].get(exercise.key)) for exercise in graded.TASKS.values()}
    return {kind: _counted(days[kind]) for kind in days} | {
        "lessons": [row for row in rows if row["last"]],
        "whole": sum(row["whole"] for row in rows),
        "of": len(rows),
        "graded": [{"title": title, "date": date} for title, date in dates.items() if date],
    }


def _row(number, title, exercises, questions):
    """Return a lesson's row, of the dates on which its parts were last right, None where they were not."""
    days = exercises + questions
    right = [day for day in days if day]
    row = {"number": number, "title": title, "exercises": _counted(exercises), "questions": _counted(questions)}
    return row | {"last": max(right, default=None), "whole": len(right) == len(days) > 0}


def _counted(days):
    """Return how many parts were right, of how many."""
    return sum(day is not None for day in days), len(days)


def _right(entry):
    """Return the date, UTC, of what was last right, or None."""
    if entry is None or entry["last"] != "right":
        return None
    try:
        return datetime.datetime.fromtimestamp(entry["when"], datetime.UTC).date()
    except (OverflowError, OSError, ValueError):  # of a clock that was far off
        return datetime.date.min


def _lessons():
    """Return for each lesson, in their order, number and title, and the keys of what it asks."""
    found = []
    for path in sorted(files.course("notebooks").glob("[0-9]*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        title = "".join(cells[0]["source"]).partition("\n")[0].partition(" · ")[2]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        checked = dict.fromkeys(re.findall(r"^(\w+)\.(\w+)\.check\(", code, re.M))
        asked = [getattr(importlib.import_module(f"aelib.exercises.{room}"), name) for room, name in checked]
        quizzes = dict.fromkeys(re.findall(r"^quiz\(\"(\w+)\"\)", code, re.M))
        questions = [question["id"] for name in quizzes for question in quiz.read(name)]
        number = path.name.partition("_")[0]
        keys = [exercise.key for exercise in asked]
        found.append({"number": number, "title": title, "exercises": keys, "questions": questions})
    return found


def _name(text):
    """Return a name as it stands on the page, or raise ValueError."""
    name = " ".join(text.split())
    if not name or len(name) > LONGEST or not all(letter.isprintable() or letter in JOINS for letter in name):
        wanted = f'expected your name, 1 to {LONGEST} characters that can be printed, e.g. --name "Ada Lovelace"'
        raise ValueError(f"--name {ascii(text[:LONGEST])}: {wanted}.")
    return name


def _free(file):
    """Raise ValueError if something else than an earlier certificate is in the way."""
    if not os.path.lexists(file):
        return
    try:
        ours = MARK in file.read_text("utf-8")[:1000]
    except (OSError, ValueError):
        ours = False
    if not ours:
        raise ValueError(f"{file} is there already, and no earlier certificate: type the name of another file.")


def _page(name, found):
    """Return the text of the page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(pathlib.Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["day"] = _day
    about = {"today": datetime.datetime.now(datetime.UTC).date(), "python": platform.python_version()}
    for package in ("aelib", "keras"):
        try:
            about[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            about[package] = "of unknown version"
    template = environment.get_template("certificate.html")
    return template.render(found, name=name, mark=MARK, variant=variants.of_class(), **about)


def _day(date):
    """Return a date as it is read everywhere, e.g. 30 November 2026."""
    return f"{date.day} {date:%B} {date.year}" if date > datetime.date.min else "on an unknown day"
