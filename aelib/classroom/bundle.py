"""The bundle that a teacher hands out, lessons and a package without the graded answers; nothing is graded here.

What is kept back are the answers as they would be handed in: the files in `exercises/solutions`, and with them what
`solution()` shows and the likeness table compares with. The factories stay, since the lessons run them, and so does all
that the lessons teach: whoever reads these can write an answer, and a variant has them write it in other words.
"""

import base64
import hashlib
import importlib.metadata
import io
import json
import os
import pathlib
import re
import secrets
import shutil
import zipfile

from aelib import files
from aelib.grading import naming, variants

KINDS = {".html", ".js", ".json", ".md", ".npz", ".py"}  # of files that the package is made of
SOLUTIONS = pathlib.PurePosixPath("exercises/solutions")
CHECK = "graded-check"  # the cell that checks a lesson's graded exercise; before it its starter, and what is asked
SETTINGS = "share/jupyter/lab/settings/overrides.d/aelib.json"
SCHOOLS = (
    " that some schools grade, with these names and this order of arguments",
    " that are graded",
)  # and a variant's
README = """\
Autoencoders, hands on: the lessons of your class{of}

You need Python 3.11, 3.12 or 3.13, and 4 GB of disk. Once, with the internet, type in this folder:

    python3 -m venv .venv
    .venv/bin/python -m pip install ./{wheel} jupyterlab

and from then on, offline:

    .venv/bin/python -m jupyterlab 00_start_here.ipynb

On Windows it is py -3.12 -m venv .venv, and .venv\\Scripts\\python in place of .venv/bin/python.

Four exercises are to be handed in. The lessons say what is asked for, and check answers there:

{tasks}

.venv/bin/aelib grade 0-vanilla.py judges a file as your teacher's grader will, its form included;
add --unsafe on Windows and macOS, where it can't shut in a program, and grade no file but your own there.
.venv/bin/aelib certificate --name "Your Name" writes a page of what you have done, from your progress on this computer.
"""


def hand_out(folder, number=None):
    """Write a class's bundle into a new folder, whole or not at all; print what is in it and what to type next.

    Args:
        folder: The path of the folder, which must not be there yet.
        number: Of the variant of the graded exercises; None for the course's own.

    Raises:
        ValueError: if the folder is there or can't be written, or the course can't be handed out from here.
    """
    if os.path.lexists(folder):
        raise ValueError(f"{folder} is there already: a class's bundle gets a folder of its own. Name another folder.")
    parts = contents(number)
    new = pathlib.Path(os.path.abspath(folder)).with_name(f".aelib-{secrets.token_hex(8)}")
    try:
        for name, content in parts.items():
            files.write(new / name, content)
        files.patiently(os.rename, new, folder)
    except OSError as error:
        raise ValueError(f"The bundle can't be written to {folder} ({error.strerror}). Name another folder.") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    (wheel,) = [name for name in parts if name.endswith(".whl")]
    print(f"Bundle written to {folder}: {len(parts) - 2} lessons, README.txt for your learners, and {wheel},")
    print("the package without the answers of the four graded exercises. Hand out the folder, or a .zip of it.")
    variant = f" --variant {number}" if number is not None else ""
    print(f"To grade what comes back, type: aelib grade SUBMISSIONS{variant} --csv grades.csv --report PAGES")


def contents(number=None):
    """Return the files of a bundle, {name: bytes}, always the same for the same course; for the arguments see above."""
    lessons = {path.name: path.read_bytes() for path in sorted(files.course("notebooks").glob("[0-9]*.ipynb"))}
    if not lessons:
        raise ValueError("The course's lessons are not here: install aelib again.")
    if variants.CLASS.exists():
        raise ValueError(
            "This is a package for a class, without the graded answers. Type it where the course itself is."
        )
    if number is not None:
        lessons = {name: _varied(name, content, number) for name, content in lessons.items()}
    wheel, content = _wheel(lessons, number)
    asked = {file: variants.variant(task, number) for file, task in naming.FILES.items()}
    tasks = "\n".join(
        f"    {file:19} {one.function}({', '.join(one.names)}), e.g. {_example(one)}" for file, one in asked.items()
    )
    of = f" (variant {number} of the graded exercises)" if number is not None else ""
    return lessons | {wheel: content, "README.txt": README.format(of=of, wheel=wheel, tasks=tasks).encode()}


def _varied(name, content, number):
    """Return a lesson's file with its graded exercise, if it has one, in the words of a variant."""
    book = json.loads(content)
    places = {cell.get("id"): place for place, cell in enumerate(book["cells"])}
    if CHECK not in places:
        return content
    asked, starter, check = book["cells"][places[CHECK] - 2 : places[CHECK] + 1]
    (task,) = re.findall(r"graded\.(\w+)\.check\(", "".join(check["source"]))
    for cell in (starter, check):
        cell["source"] = variants.worded("".join(cell["source"]), task, number).splitlines(keepends=True)
    before, heading, text = "".join(asked["source"]).partition("## Graded exercise")
    text = re.sub(r"`[^`]+`", lambda found: variants.worded(found[0], task, number), text).replace(*SCHOOLS)
    variant = variants.variant(task, number)
    text += (
        f"\n\n**Your class has variant {number} of this exercise**: the function's name, the arguments' names and their"
    )
    text += f" order are its own, and so are the sizes of the first try, `{_example(variant)}`."
    asked["source"] = (before + heading + text).splitlines(keepends=True)
    return (json.dumps(book, indent=1, ensure_ascii=False) + "\n").encode()


def _example(variant):
    """Return a call of a variant's function at its own sizes."""
    return variant.call([*variant.sizes, 1e-5][: len(variant.names)])


def _wheel(lessons, number):
    """Return the name and the bytes of the class's package."""
    try:
        made = importlib.metadata.distribution("aelib")
    except importlib.metadata.PackageNotFoundError as error:
        raise ValueError("aelib is not installed in this Python, which has to know its version: make setup.") from error
    version = f"{made.version.partition('+')[0]}+class" + (f".{number}" if number is not None else "")
    parts = {f"aelib/{name}": path.read_bytes() for name, path in _package().items()}
    parts |= {f"aelib/notebooks/{name}": content for name, content in lessons.items()}
    parts |= {f"aelib/quizzes/{path.name}": path.read_bytes() for path in files.course("quizzes").glob("*.json")}
    parts[f"aelib/grading/{variants.CLASS.name}"] = json.dumps({"variant": number}).encode()
    if settings := _settings():
        parts[f"aelib-{version}.data/data/{SETTINGS}"] = settings
    about = f"aelib-{version}.dist-info"
    described = re.sub(r"(?m)^Version: .*", f"Version: {version}", made.read_text("METADATA"), count=1)
    parts[f"{about}/METADATA"] = described.encode()
    parts[f"{about}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: aelib\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    parts[f"{about}/entry_points.txt"] = made.read_text("entry_points.txt").encode()
    parts[f"{about}/RECORD"] = _record(parts, f"{about}/RECORD").encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in parts:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr, entry.compress_type = 0o100644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, parts[name])
    return f"aelib-{version}-py3-none-any.whl", packed.getvalue()


def _package():
    """Return the package's files without the graded answers, {name: path}, and without what `_wheel` adds."""
    found = {}
    for path in sorted(files.PACKAGE.rglob("*")):
        name = pathlib.PurePosixPath(path.relative_to(files.PACKAGE).as_posix())
        left_out = SOLUTIONS in name.parents or name.parts[0] in ("notebooks", "quizzes", "jupyterlab.json")
        hidden = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
        if path.is_file() and path.suffix in KINDS and not left_out and not hidden:
            found[str(name)] = path
    return found


def _settings():
    """Return JupyterLab's settings of the course, from a checkout or from where the package was installed, or None."""
    made = importlib.metadata.distribution("aelib")
    installed = [made.locate_file(file) for file in made.files or () if file.as_posix().endswith(SETTINGS)]
    places = [files.PACKAGE / "jupyterlab.json", *map(pathlib.Path, installed)]
    return next((place.read_bytes() for place in places if place.is_file()), None)


def _record(parts, own):
    """Return a wheel's list of its files, with their hashes and sizes."""
    lines = []
    for name, content in parts.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        lines.append(f'"{name}",sha256={digest},{len(content)}')
    return "\n".join([*lines, f'"{own}",,', ""])
