"""What a lesson measures beside the same lesson's earlier runs, and the files that keep those; no lesson is run here.

A lesson's file, such as `01.json`, holds what the lesson printed in several whole runs, each with seeds of its own.
`python -m tools.evidence` is its only writer.
"""

import functools
import hashlib
import json
import math
import operator
import os
import pathlib
import re
import statistics
import sys

FOLDER = pathlib.Path(__file__).parent
RUNS = 8
STUDENT = 5.408  # the 99.95 % quantile of Student's distribution with RUNS - 1 degrees of freedom
FAR = 2  # as many times the distance to which 99.9 % of runs come: one in 78,000 does
NO_EXPERIMENT = re.compile(r"^\s*(\w+\.)?(quiz|progress)\(|\.(check|hint|solution)\(")  # cells that change no number
_lesson = {"name": None}
tell_once = functools.cache(print)  # the same text once a process


def begin(name, seed=0):
    """Say which lesson runs, and return the seed that its random numbers start from.

    Args:
        name: The lesson's number, e.g. "01", or None for the one that runs already, if any.
        seed: Whole number. The environment variable AELIB_SEED_SHIFT is added to it: so a whole lesson runs with other
            weights, orders, noise and draws.

    Raises:
        ValueError: if that is no whole number from 0 to 4294967295.
    """
    _lesson["name"] = name or _lesson["name"]
    shift = os.environ.get("AELIB_SEED_SHIFT", "").strip() or "0"
    try:
        shifted = operator.index(seed) + int(shift)
    except (TypeError, ValueError):
        shifted = -1
    if not 0 <= shifted < 2**32:
        beside = "" if shift == "0" else f" with AELIB_SEED_SHIFT={shift!r}"
        cure = "Write for example seed=0" + (", and unset AELIB_SEED_SHIFT" if beside else "")
        raise ValueError(f"seed={seed!r}{beside}: expected a whole number from 0 to {2**32 - 1}. {cure}.")
    return shifted


def measured(name, value, unit=""):
    """Print a number that was measured here, and what it was in the lesson's earlier runs.

    The number is rounded where the runs begin to differ. A number that no such run would give in a thousand gets a
    sentence that says so; the lessons' comparison lets that pass, which happens on another machine, but not a number
    far outside.

    Args:
        name: What was measured, e.g. "validation loss"; each of a lesson's numbers has a name of its own.
        value: The number.
        unit: Its unit, e.g. "nats per pixel"; "" for none.

    Raises:
        TypeError: if the value is not one number.
    """
    shown, runs, note = _beside(name, value, unit)
    unit = f" {unit}" if unit else ""
    print(f"{name}: {shown}{unit} ({runs})")
    if note:
        print(f"  {note}")


def table(title, rows):
    """Print numbers that were measured here as a table, each with its least and its most in the earlier runs.

    Args:
        title: What the table holds, e.g. "mean cosine"; each of a lesson's tables has a title of its own.
        rows: Dict of a row's name -> dict of a column's name -> number; all rows have the same columns.

    Raises:
        TypeError: if a value is not one number.
    """
    lines, notes, counts = [[title, *map(str, next(iter(rows.values())))]], [], set()
    for row, numbers in rows.items():
        lines.append([str(row)])
        for column, value in numbers.items():
            name = f"{title}, {row}, {column}"
            shown, runs, note = _beside(name, value)
            count, between = runs.split(": ") if ": " in runs else (runs, "")
            counts.add(count)
            short = between if "-" in between else between.replace(" to ", "-")  # no dash beside a minus
            lines[-1].append(f"{shown} ({short})" if between else shown)
            notes += [f"{name}: {note}"] if note else []
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    print("\n".join([f"(in brackets: {', '.join(sorted(counts))})", *notes]))


def claim(text, holds):
    """Print whether a claim holds here, and in how many of the lesson's earlier runs it held.

    Args:
        text: The claim, e.g. "PCA is closer than the autoencoder"; each of a lesson's claims has a text of its own.
        holds: Whether it holds here.

    Raises:
        TypeError: if that is not one yes or no.
    """
    holds = _single(bool, text, holds)
    _record({"claim": text, "holds": holds})
    runs = _kept()["claims"].get(text, [])
    beside = f"yes in {sum(runs)} of {len(runs)} runs" if runs else "no earlier runs"
    print(f"{text}: {'yes' if holds else 'no'} ({beside})")
    if runs and holds not in runs:
        print(f"  All other runs say {'no' if holds else 'yes'}. {_reason()}")


def expected(runs):
    """Return the range in which one more run lies with a probability of 99.9 %, if runs are normally distributed.

    Args:
        runs: The eight numbers of the runs.

    Returns:
        (least, most): mean ± t·s·sqrt(1 + 1/8), or ± a thousandth of the mean if that is more and not all are whole
        numbers, as another machine and other versions round otherwise.

    Source: Hahn and Meeker, "Statistical Intervals" (1991), section 4.7.
    """
    mean, spread = statistics.fmean(runs), statistics.stdev(runs)
    rounding = 0 if all(float(number).is_integer() for number in runs) else 1e-3 * abs(mean)
    reach = max(STUDENT * spread * math.sqrt(1 + 1 / len(runs)), rounding)
    return mean - reach, mean + reach


def rounded(value, runs):
    """Return a number as text, with its last digit where the runs begin to differ, and at most four that count."""
    if all(float(number).is_integer() for number in [*runs, value]):
        return f"{value:.0f}"
    largest, spread = max(map(abs, runs)), statistics.stdev(runs)
    digits = 3 - math.floor(math.log10(largest)) if largest else 0
    if spread > 1e-6 * largest:
        digits = min(digits, math.ceil(-math.log10(spread)))
    else:
        digits -= 1
    text = f"{value:.{max(digits, 0)}f}"
    return text if float(text) else text.removeprefix("-")


def _beside(name, value, unit=""):
    """Record a number, and return it as text, its earlier runs as text, and what is unexpected about it, or None."""
    value = _single(float, name, value)
    _record({"measured": name, "value": value, "unit": unit})
    runs = _kept()["measured"].get(name, {}).get("values", [])
    if not runs:
        return f"{value:.3g}", "no earlier runs", None
    low, high, least, most = (rounded(number, runs) for number in (min(runs), max(runs), *expected(runs)))
    between = f"{len(runs)} runs: {low}" + (f" to {high}" if low != high else "")
    middle, reach = sum(expected(runs)) / 2, (expected(runs)[1] - expected(runs)[0]) / 2
    where = "outside" if abs(value - middle) < FAR * reach else "far outside"
    note = f"This is {where} of what the runs let expect, {least} to {most}. {_reason()}"
    if not statistics.stdev(runs):
        note = f"All other runs gave {low}. {_reason()}"
    note = None if expected(runs)[0] <= value <= expected(runs)[1] else note
    return rounded(value, runs), between, note


def _single(kind, name, value):
    """Return a value as one number of a kind, also from an array or tensor that holds one, or raise."""
    try:
        return kind(value.reshape(()) if getattr(value, "size", None) == 1 and hasattr(value, "reshape") else value)
    except (TypeError, ValueError, OverflowError):
        shape = f" of shape {tuple(value.shape)}" if hasattr(value, "shape") else ""
        wanted = "one number, such as np.mean(losses)" if kind is float else "True or False, such as np.all(a < b)"
        raise TypeError(f"{name}: a value of type {type(value).__name__}{shape}: expected {wanted}.") from None


def digest(source):
    """Return what identifies a cell's code, whatever its comments at the ends of lines and its empty lines are."""
    lines = [re.sub(r"\s+#[^'\"]*$", "", line).rstrip() for line in source.splitlines()]
    return hashlib.sha256("\n".join(line for line in lines if line).encode()).hexdigest()[:12]


def _record(entry):
    """Add a line to the file that collects a run, where `python -m tools.evidence` asks for one."""
    collected = os.environ.get("AELIB_EVIDENCE")
    if collected:
        with open(collected, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def _kept():
    """Return what the lesson's earlier runs gave; nothing if there are none, or their file is damaged."""
    path, nothing = FOLDER / f"{_lesson['name']}.json", {"measured": {}, "claims": {}, "cells": []}
    try:
        found = json.loads(path.read_text("utf-8"))
        for entry in found["measured"].values():
            if len(entry["values"]) < 2 or not all(map(math.isfinite, entry["values"])):
                raise ValueError("it has no runs")
        if {type(holds) for runs in found["claims"].values() for holds in runs} <= {bool}:
            if all({"digest", "defines"} <= set(cell) for cell in found["cells"]):
                return found
        raise ValueError("it has another form")
    except FileNotFoundError:
        return nothing
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        tell_once(f"The lesson's earlier runs, {path}, can't be read ({error}), so its numbers stand alone.")
        return nothing


def _reason():
    """Return a sentence on whether the learner's own code can be the reason."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    sources = shell.history_manager.input_hist_raw[1:] if shell else []
    if not sources:
        return "The reason can be other code, another version, or a rare draw."
    cells = {cell["digest"]: cell["defines"] for cell in _kept()["cells"]}
    own = re.compile(rf"^def ({'|'.join(filter(None, cells.values())) or '-'})\(", re.MULTILINE)
    ran = [digest(source) for source in sources]
    strange = [s for s, name in zip(sources, ran) if not (name in cells or NO_EXPERIMENT.search(s) or own.search(s))]
    order = list(cells)
    last = max((order.index(name) for name in ran if name in cells), default=0)
    left_out = [name for name in order[:last] if name not in ran and not cells[name]]
    if strange or left_out:
        return "A cell that you changed, added or left out can be the reason: then this is your own result."
    return "You changed no cell, so the reason is another: a cell that ran twice, another version, a rare draw."
