"""The overview of the learner's progress: what is met and what to do next, as text and HTML; nothing is kept here."""

import html
import re
import textwrap

from aelib import exercises, files, ledger, quiz

LESSONS = files.course("notebooks")
SHOWN = 5  # questions to repeat that the overview lists; the others follow when these are answered
OFF = "Progress is switched off here: nothing is kept."


def progress(now=None):
    """Return an overview that a notebook shows: the objectives, and what to repeat and to try again.

    Args:
        now: UTC seconds; the clock's if None.
    """
    if ledger.place() is None:
        return Overview(None, [], [])
    read = _questions()
    brief = {q["id"]: textwrap.shorten(re.sub("[`$]", "", q["question"]), 72, placeholder=" …") for _, _, q in read}
    places = {question["id"]: (name, f"question {number}: {brief[question['id']]}") for name, number, question in read}
    tried = ledger.kept()["exercise"]
    again = [task.title for task in exercises.every() if tried.get(task.key, {"last": "right"})["last"] != "right"]
    return Overview(_summary(read), [places[name] for name in ledger.due(now) if name in places], again)


def summary():
    """Return what was reached so far.

    An objective is met when all its questions and its exercises were last right; one that has neither yet is open.

    Returns:
        A dictionary: "met" and "open", lists of objectives; "objectives", {objective: (last right, tried, all)},
        its questions and exercises; "questions" and "exercises", (last right, tried).
    """
    return _summary(_questions())


def _questions():
    """Return each question of the quizzes as its quiz's name, its number and itself; name a file that has none."""
    found = []
    for name in quiz.names():
        try:
            found += [(name, number, question) for number, question in enumerate(quiz.read(name), 1)]
        except ValueError as error:
            print(f"Without the quiz {name!r}: {error}")
    return found


def _summary(questions):
    """Return what was reached so far in these questions and all exercises."""
    kept = ledger.kept()
    parts = {objective: [] for objective in ledger.OBJECTIVES}
    for _, _, question in questions:
        parts.setdefault(question["objective"], []).append(kept["question"].get(question["id"]))
    for exercise in exercises.every():
        parts.setdefault(exercise.objective, []).append(kept["exercise"].get(exercise.key))
    counts = {objective: (*_counted(entries), len(entries)) for objective, entries in parts.items()}
    met = [objective for objective, (right, _, of) in counts.items() if right == of > 0]
    found = {"met": met, "open": [objective for objective in counts if objective not in met], "objectives": counts}
    return found | {f"{kind}s": _counted(entries.values()) for kind, entries in kept.items()}


class Overview:
    """What `progress` returns: the progress as HTML and as text.

    `found` is a summary, or None if progress is off; `repeat` holds each question to repeat now, as its quiz's name
    and its own words; `again` holds the titles of the exercises that were last not right.
    """

    def __init__(self, found, repeat, again):
        self.found, self.repeat, self.again = found, repeat[:SHOWN], again
        self.more = [f"and {len(repeat) - SHOWN} more"] if len(repeat) > SHOWN else []

    def __repr__(self):
        if self.found is None:
            return OFF
        counts = self.found["objectives"]
        lines = [self._title()] + [f"  {objective}: {_reached(*counts[objective])}" for objective in counts]
        lines.append("To repeat now:" if self.repeat else "Nothing to repeat now.")
        lines += [f"  {_lesson(name)[0]}, {words}" for name, words in self.repeat]
        lines += [f"  {more}" for more in self.more]
        lines += ["Try again:", *(f"  {title}" for title in self.again)] if self.again else []
        return "\n".join(lines)

    def _repr_html_(self):
        if self.found is None:
            return f"<p>{OFF}</p>"
        rows = "".join(_row(objective, *of) for objective, of in self.found["objectives"].items())
        heads = "".join(f"<th scope='col' style='{_CELL}'>{words}</th>" for words in ("Objective", "Right so far"))
        repeat = [f"{_link(*_lesson(name))}, {html.escape(words)}" for name, words in self.repeat]
        lists = _list("To repeat now:" if repeat else "Nothing to repeat now.", repeat + self.more)
        lists += _list("Try again:", map(html.escape, self.again)) if self.again else ""
        return (
            f"<div style='max-width:56em'><table style='border-collapse:collapse;margin:0'><caption style='{_CELL};"
            f"color:inherit;font-weight:bold'>{self._title()}</caption><thead><tr>{heads}</tr></thead>"
            f"<tbody>{rows}</tbody></table>{lists}</div>"
        )

    def _title(self):
        """Return the overview in one sentence."""
        return f"Objectives met: {len(self.found['met'])} of {len(self.found['objectives'])}."


_CELL = "text-align:left;padding:.15em 1.5em .15em 0"
_FILL = "var(--jp-content-link-color,currentColor)"  # readable in JupyterLab's light and dark theme


def _counted(entries):
    """Return how many of some entries were last right, and how many were tried; None was not."""
    tried = [entry for entry in entries if entry is not None]
    return sum(entry["last"] == "right" for entry in tried), len(tried)


def _reached(right, tried, of):
    """Return how far an objective is reached, in words."""
    if not of:
        return "not written yet"
    return "met" if right == of else f"{right} of {of}" if tried else "not begun"


def _row(objective, right, tried, of):
    """Return an objective's row: its name, a bar, and the same in words."""
    bar = (
        "<span aria-hidden='true' style='display:inline-block;vertical-align:middle;width:10em;height:.7em;"
        f"margin-right:.8em;border:1px solid;border-radius:3px'><span style='display:block;height:100%;"
        f"width:{100 * right // max(of, 1)}%;background:{_FILL}'></span></span>"
    )
    head = f"<th scope='row' style='{_CELL};font-weight:normal'>{html.escape(objective)}</th>"
    return f"<tr>{head}<td style='{_CELL}'>{bar}{_reached(right, tried, of)}</td></tr>"


def _list(title, items):
    """Return a title and the list below it, if it has any items."""
    points = "".join(f"<li>{item}</li>" for item in items)
    return f"<p style='margin:.6em 0 0'>{title}</p>" + (f"<ul style='margin:0'>{points}</ul>" if points else "")


def _lesson(name):
    """Return where a quiz stands, in words, and its notebook's file, or None if it belongs to no lesson."""
    file = next((path.name for path in LESSONS.glob("*.ipynb") if path.name.startswith(f"{name}_")), None)
    return (f"Lesson {name}" if file else f"Quiz {name}"), file


def _link(words, file):
    """Return words that lead to a file beside the notebook that shows them."""
    style = "text-decoration:underline"  # a link must differ from its line by more than its colour
    return f"<a href='{html.escape(file)}' style='{style}'>{html.escape(words)}</a>" if file else html.escape(words)
