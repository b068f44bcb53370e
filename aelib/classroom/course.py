"""The lessons copied into a folder of the learner's own, not over their work; no lesson is written or run here."""

import os
import pathlib
import shlex
import sys

from aelib import files
from aelib.classroom import bundle
from aelib.grading import variants


def add_parser(commands):
    """Add `course` to the commands of `aelib`."""
    parser = commands.add_parser(
        "course",
        help="write the lessons into a folder of your own",
        description="Write the lessons, with their outputs, into a folder. A lesson that is there already stays, as it "
        "may hold your work.",
    )
    parser.add_argument("folder", metavar="FOLDER", help="where the lessons go; it is made if it is missing")
    parser.add_argument(
        "--for-class",
        action="store_true",
        help="for teachers: a new folder to hand out, with the package and without the answers of the graded exercises",
    )
    parser.add_argument(
        "--variant",
        type=variants.numbered,
        metavar="N",
        help="with --for-class: the graded exercises under other names, in other sizes, drawn by this number",
    )
    parser.set_defaults(work=write, on_interrupt="Lessons that are in {folder} by now stay there: repeat the call.")


def write(options):
    """Write what was asked for, a learner's lessons or a class's bundle; return the exit code, 0."""
    if not options.for_class and options.variant is not None:
        raise ValueError("--variant belongs to a class's bundle: type --for-class, too, or leave --variant out.")
    if not options.for_class:
        return copy_lessons(options)
    bundle.hand_out(_folder(options), options.variant)
    return 0


def copy_lessons(options):
    """Write the lessons, with their outputs, into a folder; print what was done and what to type next.

    A lesson that is there already stays, also where it differs from the course's: it may hold a
    learner's work. Lessons need nothing beside them but each other, for their links.

    Args:
        options: The parsed arguments, with the attribute `folder`.

    Returns:
        The exit code, 0.

    Raises:
        ValueError: if the folder can't hold them, as one sentence; what is written by then stays.
    """
    folder = _folder(options)
    lessons = sorted(files.course("notebooks").glob("*.ipynb"))
    if not lessons:
        raise ValueError("The course's lessons are not here: install aelib again.")
    written, kept = [], []
    try:
        for lesson in lessons:
            content, there = lesson.read_bytes(), folder / lesson.name
            if not os.path.lexists(there):
                files.write(there, content)
                written.append(lesson.name)
            elif not there.exists() or there.read_bytes() != content:  # a link that leads nowhere now may do so later
                kept.append(lesson.name)
    except OSError as error:
        reason = f"{error.strerror}: {error.filename or folder}"
        raise ValueError(f"The lessons can't be written to {folder} ({reason}). Name another folder.") from error
    same = len(lessons) - len(written) - len(kept)
    print(f"Lessons written to {folder}: {len(written)}; there already: {same}.")
    if kept:
        print(
            f"Kept, because they differ from the course's and may hold your work: {', '.join(kept)}. "
            f"To get the course's, too, type: {_typed(sys.executable)} -m aelib course {_typed(folder / 'new')}"
        )
    first = folder / lessons[0].name
    if "JUPYTERHUB_USER" in os.environ:  # where JupyterLab runs already
        print(f"To begin, open {first} in JupyterLab.")
    else:
        print(f"To begin, type: {_typed(sys.executable)} -m jupyterlab {_typed(first)}")
    return 0


def _folder(options):
    """Return the folder that was named, or raise ValueError if none was."""
    folder = pathlib.Path(os.path.expanduser(options.folder))  # a terminal leaves a ~ in quotes, and Windows any
    if not options.folder.strip() or str(folder).startswith("~"):
        raise ValueError(f"{options.folder!r} names no folder. Name one, e.g. my-course, or the one you are in: a dot.")
    return folder


def _typed(path):
    """Return a path as it is typed in a terminal."""
    path = os.path.join(os.curdir, path) if str(path).startswith("-") else str(path)
    return f'"{path}"' if os.name == "nt" else shlex.quote(path)
