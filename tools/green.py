"""The only writer of `aelib/machine/green.json`: when all lessons last passed, and with which versions.

`python -m tools.green` runs the cells of all lessons, with the packages that this Python has, and compares each output
with the saved one. If all agree, it notes the date and the versions. Of all notes it keeps two: of the newest versions,
and of the oldest that `pyproject.toml` still allows. Lesson 00 prints them.
"""

import datetime
import importlib.metadata
import json
import platform
import subprocess
import sys

import packaging.requirements
import packaging.version

from aelib import files
from aelib.machine import environment
from tools import notebooks

PACKAGES = ("tensorflow", "keras", "numpy")


def kept(notes, project):
    """Return the notes that stay: of the newest TensorFlow and Keras, and of the oldest that the project allows.

    Args:
        notes: Notes in the order in which they were made; of two with the same versions the later one counts.
        project: The table `project` of `pyproject.toml`.
    """
    found = {}
    wanted = [packaging.requirements.Requirement(line) for line in project["dependencies"]]
    for note in notes:
        if all(one.specifier.contains(note[one.name], prereleases=True) for one in wanted if one.name in PACKAGES):
            found[tuple(packaging.version.parse(note[name]) for name in ("tensorflow", "keras"))] = note
    ordered = [found[key] for key in sorted(found, reverse=True)]
    return ordered[:1] + ordered[1:][-1:]


def main():
    """Compare all lessons and note the versions if all pass; return pytest's exit code."""
    command = [sys.executable, "-m", "pytest", "--nbval", str(notebooks.FOLDER)]
    code = subprocess.run(command, cwd=notebooks.FOLDER.parent).returncode
    if code:
        return code
    note = {"date": datetime.date.today().isoformat(), "python": platform.python_version()}
    note |= {name: importlib.metadata.version(name) for name in PACKAGES}
    notes = json.loads(environment.GREEN.read_text("utf-8")) if environment.GREEN.exists() else []
    files.write(environment.GREEN, json.dumps(kept([*notes, note], notebooks.PROJECT), indent=1) + "\n")
    print("\n".join(environment.last_green()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
