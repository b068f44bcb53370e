"""The learner's progress in one small file on this machine: outcomes and what to repeat; no question is asked here.

The file lies in the user's data folder, or where the environment variable AELIB_PROGRESS says;
AELIB_PROGRESS=off switches progress off. Under continuous integration and under tests it is off, too.
Two notebooks may write at once. Nothing here raises an exception because of the file: what can't be
kept is reported in a sentence, once.
"""

import contextlib
import html
import json
import os
import pathlib
import re
import textwrap
import time

import platformdirs

from aelib import exercises, quiz

DAY = 86_400
INTERVALS = (1, 3, 7, 21, 60)  # days until a question comes again, from the first box to the last
LESSONS = pathlib.Path(__file__).parent.parent / "notebooks"
OBJECTIVES = (
    *("the course", "autoencoder", "latent space", "bottleneck", "sparse autoencoder", "convolutional autoencoder"),
    *("Kullback-Leibler divergence", "generative model", "variational autoencoder"),
)
SHOWN = 5  # questions to repeat that the overview lists; the others follow when these are answered
OUTCOMES = ("right", "partly", "wrong")
STALE_SECONDS = 3  # a lock this old was left behind by a program that was killed
OFF = "Progress is switched off here: nothing is kept."
_said = set()


def record(kind, name, outcome, now=None):
    """Keep the outcome of a try.

    A question starts in the first box. When it is new or due, a right answer moves it to the next; any
    other answer moves it back to the first. A right answer before it is due moves nothing.

    Args:
        kind: "question" or "exercise".
        name: a question's id, e.g. "01-parts", or an exercise's key, e.g. "0-vanilla".
        outcome: "right", "partly" or "wrong".
        now: UTC seconds; the clock's if None.

    Raises:
        ValueError: if kind or outcome is another word.
    """
    if kind not in ("question", "exercise"):
        raise ValueError(f"kind={kind!r}: expected 'question' or 'exercise'.")
    if outcome not in OUTCOMES:
        raise ValueError(f"outcome={outcome!r}: expected 'right', 'partly' or 'wrong'.")
    now = time.time() if now is None else now

    def change(kept):
        before = kept[kind].get(name, {"tries": 0, "box": 0, "due": now})
        after = {"tries": before["tries"] + 1, "last": outcome, "when": int(now)}
        if kind == "question":
            box, due = max(before["box"], 1), before["due"]
            if outcome != "right":
                box, due = 1, now + DAY * INTERVALS[0]
            elif now >= due:
                box = min(box + 1, len(INTERVALS))
                due = now + DAY * INTERVALS[box - 1]
            after |= {"box": box, "due": int(due)}
        kept[kind][name] = after

    _update(change)


def due(now=None):
    """Return the questions to repeat now, as their ids, the longest overdue first."""
    now = time.time() if now is None else now
    questions = _kept()["question"]
    return sorted(
        (name for name, kept in questions.items() if kept["due"] <= now), key=lambda n: (questions[n]["due"], n)
    )


def summary():
    """Return what was reached so far.

    An objective is met when all its questions and its exercises were last right; one that has neither yet is open.

    Returns:
        A dictionary: "met" and "open", lists of objectives; "objectives", {objective: (last right, tried, all)},
        its questions and exercises; "questions" and "exercises", (last right, tried).
    """
    kept = _kept()
    parts = {objective: [] for objective in OBJECTIVES}
    for objective, names in quiz.objectives().items():
        parts.setdefault(objective, []).extend(kept["question"].get(name) for name in names)
    for exercise in exercises.every():
        parts.setdefault(exercise.objective, []).append(kept["exercise"].get(exercise.key))
    counts = {objective: (*_counted(entries), len(entries)) for objective, entries in parts.items()}
    met = [objective for objective, (right, _, of) in counts.items() if right == of > 0]
    found = {"met": met, "open": [objective for objective in counts if objective not in met], "objectives": counts}
    return found | {f"{kind}s": _counted(entries.values()) for kind, entries in kept.items()}


def reset():
    """Forget all progress."""
    if _file() is not None:
        _update(lambda kept: [entries.clear() for entries in kept.values()])


def show(now=None):
    """Return an overview that a notebook shows: the objectives, and what to repeat and to try again."""
    if _file() is None:
        return Overview(None, [], [])
    questions = {
        question["id"]: (name, f"question {number}: {_brief(question['question'])}")
        for name in quiz.names()
        for number, question in enumerate(quiz.read(name), 1)
    }
    kept = _kept()["exercise"]
    again = [task.title for task in exercises.every() if kept.get(task.key, {"last": "right"})["last"] != "right"]
    return Overview(summary(), [questions[name] for name in due(now) if name in questions], again)


class Overview:
    """What `show` returns: the progress as HTML and as text.

    `found` is a summary, or None if progress is off; `repeat` holds each question to repeat now, as its quiz's name
    and its own words; `again` holds the titles of the exercises that were last not right.
    """

    def __init__(self, found, repeat, again):
        self.found, self.repeat, self.again = found, repeat, again

    def __repr__(self):
        if self.found is None:
            return OFF
        counts = self.found["objectives"]
        lines = [self._title()] + [f"  {objective}: {_reached(*counts[objective])}" for objective in counts]
        lines.append("To repeat now:" if self.repeat else "Nothing to repeat now.")
        lines += [f"  {_lesson(name)[0]}, {words}" for name, words in self.repeat[:SHOWN]]
        lines += [f"  {more}" for more in self._more()]
        lines += ["Try again:", *(f"  {title}" for title in self.again)] if self.again else []
        return "\n".join(lines)

    def _repr_html_(self):
        if self.found is None:
            return f"<p>{OFF}</p>"
        rows = "".join(_row(objective, *of) for objective, of in self.found["objectives"].items())
        heads = "".join(f"<th scope='col' style='{_CELL}'>{words}</th>" for words in ("Objective", "Right so far"))
        repeat = [f"{_link(*_lesson(name))}, {html.escape(words)}" for name, words in self.repeat[:SHOWN]]
        lists = _list("To repeat now:" if repeat else "Nothing to repeat now.", repeat + self._more())
        lists += _list("Try again:", map(html.escape, self.again)) if self.again else ""
        return (
            f"<div style='max-width:56em'><table style='border-collapse:collapse;margin:0'><caption style='{_CELL};"
            f"color:inherit;font-weight:bold'>{self._title()}</caption><thead><tr>{heads}</tr></thead>"
            f"<tbody>{rows}</tbody></table>{lists}</div>"
        )

    def _more(self):
        """Return how many questions to repeat are not listed, as a list of one line or none."""
        return [f"and {len(self.repeat) - SHOWN} more"] if len(self.repeat) > SHOWN else []

    def _title(self):
        """Return the overview in one sentence."""
        return f"Objectives met: {len(self.found['met'])} of {len(self.found['objectives'])}."


_CELL = "text-align:left;padding:.15em 1.5em .15em 0"
_FILL = "var(--jp-content-link-color,currentColor)"  # readable in JupyterLab's light and dark theme


def _brief(text):
    """Return the start of a quiz's text, without the signs around code and formulas."""
    return textwrap.shorten(re.sub("[`$]", "", text), 72, placeholder=" …")


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
    file = next((path.name for path in LESSONS.glob(f"{name}_*.ipynb")), None)
    return (f"Lesson {name}" if file else f"Quiz {name}"), file


def _link(words, file):
    """Return words that lead to a file beside the notebook that shows them."""
    style = "text-decoration:underline"  # a link must differ from its line by more than its colour
    return f"<a href='{html.escape(file)}' style='{style}'>{html.escape(words)}</a>" if file else html.escape(words)


def _file():
    """Return where progress is kept, or None if it is off."""
    place = os.environ.get("AELIB_PROGRESS", "")
    if place == "off" or "CI" in os.environ or "PYTEST_VERSION" in os.environ:  # nbval's kernels inherit the last
        return None
    return (
        pathlib.Path(os.path.expanduser(place))
        if place
        else pathlib.Path(platformdirs.user_data_dir("aelib")) / "progress.json"
    )


def _say(sentence):
    """Print a sentence, once."""
    if sentence not in _said:
        _said.add(sentence)
        print(sentence)


def _kept():
    """Return what is kept, {"question": {name: entry}, "exercise": {name: entry}}; nothing if it can't be read."""
    file = _file()
    if file is None:
        return {"question": {}, "exercise": {}}
    try:
        kept = _read(file)
        if kept is None:
            with _locked(file):
                kept = _read(file) or _set_aside(file)
        return kept
    except (OSError, TimeoutError, _Newer) as error:
        _say(f"Your progress can't be read: {error}.")
        return {"question": {}, "exercise": {}}


def _update(change):
    """Read, change and write what is kept, while no other notebook does."""
    file = _file()
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with _locked(file):
            kept = _read(file) or _set_aside(file)
            change(kept)
            new = file.with_name(f"{file.name}.new")
            with open(new, "w", encoding="utf-8") as stream:
                json.dump({"version": 1} | kept, stream, indent=1)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(new, file)
    except (OSError, TimeoutError, _Newer) as error:
        _say(f"Your progress can't be kept: {error}.")


class _Newer(Exception):
    """The file was written by a newer version of this course."""


def _read(file):
    """Return what a file keeps, or None if it is damaged; raise _Newer if its version is not ours."""
    try:
        kept = json.loads(file.read_bytes())
        version = kept.pop("version")
        if isinstance(version, int) and version > 1:
            raise _Newer(f"{file} has version {version}, expected 1; update the course, or set AELIB_PROGRESS=off")
        entries = {"tries": int, "last": str, "when": int}
        for kind, more in (("question", {"box": int, "due": int}), ("exercise", {})):
            for entry in kept[kind].values():
                if {key: type(value) for key, value in entry.items()} != entries | more or entry[
                    "last"
                ] not in OUTCOMES:
                    return None
        return kept if version == 1 and set(kept) == {"question", "exercise"} else None
    except FileNotFoundError:
        return {"question": {}, "exercise": {}}
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return None


def _set_aside(file):
    """Rename a damaged file, say so, and return empty progress; the caller holds the lock."""
    number = 1
    while file.with_name(f"{file.name}.damaged-{number}").exists():
        number += 1
    aside = file.with_name(f"{file.name}.damaged-{number}")
    os.replace(file, aside)
    _say(f"Your progress could not be read, and starts anew. The damaged file is kept as {aside}.")
    return {"question": {}, "exercise": {}}


@contextlib.contextmanager
def _locked(file):
    """Hold the lock file beside a file; raise TimeoutError if another program holds it for too long."""
    lock = file.with_name(f"{file.name}.lock")
    mine = f"{os.getpid()} {os.urandom(8).hex()}"
    end = time.monotonic() + 3 * STALE_SECONDS
    while True:
        try:
            with open(lock, "x") as stream:
                stream.write(mine)
            break
        except (FileExistsError, PermissionError) as error:
            if isinstance(error, PermissionError) and os.name != "nt":  # Windows says so while a lock is removed
                raise
            if time.monotonic() > end:
                raise TimeoutError(f"{lock} is in the way; delete it if no lesson is running") from error
        _break_if_stale(lock)
        time.sleep(0.005)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if lock.read_text() == mine:
                lock.unlink()


def _break_if_stale(lock):
    """Take away a lock that was left behind; put it back if another program renewed it meanwhile."""
    with contextlib.suppress(OSError):
        seen = lock.stat()
        if time.time() - seen.st_mtime > STALE_SECONDS:
            aside = lock.with_name(f"{lock.name}-{os.getpid()}")
            os.rename(lock, aside)
            if (aside.stat().st_ino, aside.stat().st_mtime_ns) != (seen.st_ino, seen.st_mtime_ns):
                os.rename(aside, lock)
            else:
                aside.unlink()
