"""The only writer of the lessons' evidence: runs a lesson eight times with other seeds; nothing is judged here.

`python -m tools.evidence [FILE ...]` runs the named lessons, or all that measure something this way, and writes
`aelib/evidence/01.json` and so on. The notebooks stay as they are.
"""

import ast
import collections
import datetime
import importlib.metadata
import json
import pathlib
import platform
import re
import sys
import tempfile
import time

from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from aelib import evidence, files
from tools import notebooks

PACKAGES = ("keras", "numpy", "scikit-learn", "tensorflow")


def code(book):
    """Return the sources of a lesson's code cells, without those that only check exercises or ask the quiz."""
    sources = [cell.source for cell in book.cells if cell.cell_type == "code"]
    return [source for source in sources if not evidence.NO_EXPERIMENT.search(source)]


def cells(book):
    """Return what identifies each code cell: {"digest", "defines"}, with the name of the function that it asks for."""
    found = []
    for source in code(book):
        body = ast.parse(source).body
        starters = [node.name for node in body if isinstance(node, ast.FunctionDef) and _unwritten(node)]
        found.append({"digest": evidence.digest(source), "defines": "|".join(starters)})
    return found


def uses_it(book):
    """Return whether a lesson measures something that evidence is kept of."""
    return bool(re.search(r"lesson\.start\(\"", "\n".join(code(book))))


def collect(path, runs=evidence.RUNS):
    """Run a lesson several times and return its evidence.

    Args:
        path: The notebook.
        runs: How often; the first run has the seeds that stand in the lesson.

    Returns:
        {"cells", "measured": {name: {"unit", "values"}}, "claims": {text: [whether it held]}, "versions", "date"}.

    Raises:
        ValueError: if two numbers or claims of a run have one name, or the runs measure different things.
        nbclient.exceptions.CellExecutionError: if a cell fails.
    """
    measured, claims = collections.defaultdict(lambda: {"unit": "", "values": []}), collections.defaultdict(list)
    for run in range(runs):
        book = notebooks.read(path)
        for entry in _run(book, path, run):
            if "claim" in entry:
                claims[entry["claim"]].append(entry["holds"])
            else:
                measured[entry["measured"]]["unit"] = entry["unit"]
                measured[entry["measured"]]["values"].append(entry["value"])
    counts = {name: len(entry["values"]) for name, entry in measured.items()}
    counts |= {text: len(held) for text, held in claims.items()}
    wrong = [name for name, count in counts.items() if count != runs]
    if wrong:
        raise ValueError(f"not measured once in each of {runs} runs: {', '.join(wrong)}")
    return {
        "cells": cells(book),
        "measured": measured,
        "claims": claims,
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES}
        | {"python": platform.python_version()},
        "date": datetime.date.today().isoformat(),
    }


def _run(book, path, run):
    """Run a lesson with its seeds shifted and return what it measured and claimed."""
    with tempfile.TemporaryDirectory() as folder:
        collected = pathlib.Path(folder, "collected")
        collected.touch()
        notebooks.run(book, path, AELIB_SEED_SHIFT=str(100 * run), AELIB_EVIDENCE=str(collected))
        return [json.loads(line) for line in collected.read_text("utf-8").splitlines()]


def _unwritten(function):
    """Return whether a function is a starter, whose body is left to the learner."""
    return any(isinstance(node, ast.Constant) and node.value is ... for node in ast.walk(function))


def main(arguments):
    """Write the evidence of the named lessons, or of all that have any; return 1 if any could not be written."""
    failed = False
    paths = [pathlib.Path(name) for name in arguments] or sorted(notebooks.FOLDER.glob("*.ipynb"))
    for path in [path for path in paths if uses_it(notebooks.read(path))]:
        began = time.monotonic()
        try:
            found = collect(path)
        except (CellExecutionError, CellTimeoutError, DeadKernelError, OSError, ValueError) as error:
            failed = True
            print(f"{path.name}: no evidence was written: {error}", flush=True)
            continue
        target = evidence.FOLDER / f"{notebooks.number(path)}.json"
        files.write(target, json.dumps(found, indent=1) + "\n")
        print(f"{path.name}: {time.monotonic() - began:.0f} s; claims that did not hold in all runs:", flush=True)
        unsure = {text: held for text, held in found["claims"].items() if not all(held)}
        print(
            "\n".join(f"  {sum(held)} of {len(held)}: {text}" for text, held in unsure.items()) or "  none", flush=True
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
