"""What an exercise is, and how `check`, `hint` and `solution` answer in a notebook; no exercise is written here."""

import contextlib
import dataclasses
import dis
import html
import io
import os
import random
import sys
import traceback
import types
import warnings
from collections.abc import Callable

import numpy as np

from aelib import ledger

MARKS = {True: "✓", False: "✗", None: "–"}
COLOURS = {True: "#1a7f37", False: "#b3261e", None: "#6e6e6e"}


@dataclasses.dataclass
class Exercise:
    """One exercise, with all that belongs to it.

    Args:
        name: What the learner defines, e.g. "autoencoder".
        key: Under which its outcome is kept, e.g. "0-vanilla"; no other exercise of the course has it.
        objective: Which term it teaches, one of `ledger.OBJECTIVES`.
        title: Title of the report.
        hints: Sentences, from a nudge to nearly all; each call of `hint` shows one more.
        answer: Source text of a right answer, which `solution` shows; "" where it is kept back.
        judge: Function from what the learner defined to `{criterion: (ok, sentence)}` and a list of
            remarks. It may let an exception of the learner's code pass.
    """

    name: str
    key: str
    objective: str
    title: str
    hints: tuple[str, ...]
    answer: str
    judge: Callable
    shown: int = 0

    def check(self, attempt=...):
        """Say what is right and what is not yet, for what the learner defined, and keep the outcome; never raise.

        Args:
            attempt: The learner's function or value; `...` counts as not attempted.
        """
        if _untouched(attempt):
            return Report(self.title, {}, [])
        try:
            with _undisturbed():
                verdicts, remarks = self.judge(attempt)
        except KeyboardInterrupt:  # nothing was judged, so nothing is kept
            return Report(self.title, {"check": (False, "You stopped the check before it was done.")}, [])
        except BaseException as error:  # a learner's sys.exit must not end the kernel
            verdicts, remarks = {"runs": (False, failure(error, attempt))}, []
        report = Report(self.title, verdicts, remarks)
        partly = any(ok is True for ok, _ in verdicts.values())
        ledger.record("exercise", self.key, "right" if report.right else "partly" if partly else "wrong")
        return report

    def hint(self):
        """Show the next hint."""
        self.shown = min(self.shown + 1, len(self.hints))
        return Note(f"Hint {self.shown} of {len(self.hints)}", self.hints[self.shown - 1])

    def solution(self):
        """Show a right answer; there are others. Of a graded exercise, a class's package has none."""
        if not self.answer:
            return Note("No solution here", "Your teacher keeps it back. hint() goes nearly the whole way.")
        return Note("One solution", self.answer, code=True)


class Report:
    """What a check found: `attempted`, `right`, and `criteria`, {name: (ok, sentence)}; drawn as HTML and as text."""

    def __init__(self, title, criteria, remarks):
        self.title, self.criteria, self.remarks = title, criteria, remarks
        self.attempted = bool(criteria)
        self.right = self.attempted and all(ok is True for ok, _ in criteria.values())

    @property
    def outcome(self):
        """The outcome in words."""
        if not self.attempted:
            return "not attempted yet"
        if self.right:
            return "right"
        return f"not yet right ({sum(ok is True for ok, _ in self.criteria.values())} of {len(self.criteria)})"

    def rows(self):
        """Return [(names, ok, sentence)]; criteria that could not be judged for one reason share a row."""
        rows = []
        for name, (ok, sentence) in self.criteria.items():
            if ok is None and rows and rows[-1][1:] == (ok, sentence):
                rows[-1][0].append(name)
            else:
                rows.append(([name], ok, sentence))
        return rows

    def __str__(self):
        lines = [f"{self.title}: {self.outcome}"]
        for names, ok, sentence in self.rows():
            lines.append(f"  {MARKS[ok]} {', '.join(names)}" + ("" if ok else f": {sentence}"))
        lines += [f"  Remark: {remark}" for remark in self.remarks]
        if not self.attempted:
            lines.append("  Replace the dots by your answer, run its cell, and check again. hint() helps.")
        return "\n".join(lines)

    def __repr__(self):
        return str(self)

    def _repr_html_(self):
        colour = COLOURS[self.right if self.attempted else None]
        rows = []
        for names, ok, sentence in self.rows():
            style = f"{_CHIP};background:{COLOURS[ok]}"
            mark = f'<span role="img" style="{style}" aria-label="{_spoken(ok)}">{MARKS[ok]}</span>'
            text = f'<span style="opacity:.75">{html.escape(sentence)}</span>' if ok else html.escape(sentence)
            cells = (mark, f"<code>{html.escape(', '.join(names))}</code>", text)
            rows.append("<tr>" + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells) + "</tr>")
        table = f'<table style="border-collapse:collapse;margin:.4em 0 0">{"".join(rows)}</table>' if rows else ""
        notes = [f"<em>Remark:</em> {html.escape(remark)}" for remark in self.remarks]
        if not self.attempted:
            notes = ["Replace the dots by your answer, run its cell, and check again. <code>hint()</code> helps."]
        paragraphs = "".join(f'<p style="margin:.4em 0 0">{note}</p>' for note in notes)
        head = f"<strong>{html.escape(self.title)}: {html.escape(self.outcome)}</strong>"
        return f'<div style="{_BOX};border-left-color:{colour}">{head}{table}{paragraphs}</div>'


class Note:
    """A hint or a solution, drawn as HTML and as text."""

    def __init__(self, title, text, code=False):
        self.title, self.text, self.code = title, text, code

    def __repr__(self):
        return f"{self.title}\n{self.text}"

    def _repr_html_(self):
        text = html.escape(self.text)
        body = f'<pre style="margin:.4em 0 0">{text}</pre>' if self.code else f'<p style="margin:.4em 0 0">{text}</p>'
        return f'<div style="{_BOX};border-left-color:#0550ae"><strong>{html.escape(self.title)}</strong>{body}</div>'


_CHIP = "color:#fff;font-weight:bold;border-radius:3px;padding:0 .35em"
_BOX = "border-left:4px solid;padding:.4em .8em;margin:.3em 0;max-width:56em"
_CELL = "text-align:left;vertical-align:top;padding:.1em .8em .1em 0;white-space:normal"


def failure(error, attempt):
    """Return an exception of the learner's code in a sentence, with the learner's line."""
    code = getattr(attempt, "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if code and frame.filename == code.co_filename]
    line = f" in line {own[-1].lineno}, `{own[-1].line.strip()}`" if own and own[-1].line else ""
    try:
        said = str(error)
    except Exception:  # a class of the learner's own
        said = ""
    message = next((text.strip() for text in said.splitlines() if text.strip()), "")[:200]
    return f"Your code ended in {type(error).__name__}{line}{': ' + message.rstrip('.') if message else ''}."


def _spoken(ok):
    """Return a mark in words, for those who listen to the page."""
    return {True: "right", False: "not yet right", None: "not judged"}[ok]


def _untouched(attempt):
    """Return whether an answer is the dots of the starter, or a function that does nothing and returns None."""
    if attempt is ...:
        return True
    if not isinstance(attempt, types.FunctionType):
        return False
    steps = [step for step in dis.get_instructions(attempt) if step.opname not in ("RESUME", "NOP")]
    returns = {"LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}
    return all(step.opname in returns and step.argval is None for step in steps)


@contextlib.contextmanager
def _undisturbed():
    """Run a learner's code so that what it prints, reads or changes does not reach the notebook."""
    states, place = (random.getstate(), np.random.get_state()), None
    with contextlib.suppress(OSError):  # this folder was deleted
        place = os.getcwd()
    kept = sys.stdin, sys.gettrace(), sys.getrecursionlimit()
    sys.stdin = io.StringIO()
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.settrace(kept[1])
        sys.stdin = kept[0]
        sys.setrecursionlimit(kept[2])
        random.setstate(states[0])
        np.random.set_state(states[1])
        if place is not None:
            with contextlib.suppress(OSError):
                os.chdir(place)
