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
import time

import platformdirs

from aelib import quiz

DAY = 86_400
INTERVALS = (1, 3, 7, 21, 60)  # days until a question comes again, from the first box to the last
EXERCISES = {}  # objective: names of its exercises, as they are recorded
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
        name: a question's id, e.g. "01-parts", or an exercise's name.
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

    An objective is met when all its questions and its exercises were last right.

    Returns:
        A dictionary: "met" and "open", lists of objectives; "questions" and "exercises", (last right, tried).
    """
    kept = _kept()
    right = {kind: {name for name, entry in kept[kind].items() if entry["last"] == "right"} for kind in kept}
    met, still_open = [], []
    for objective, questions in quiz.objectives().items():
        exercises = set(EXERCISES.get(objective, ()))
        reached = right["question"].issuperset(questions) and right["exercise"] >= exercises
        (met if reached else still_open).append(objective)
    counts = {f"{kind}s": (len(right[kind]), len(kept[kind])) for kind in kept}
    return {"met": met, "open": still_open} | counts


def reset():
    """Forget all progress."""
    if _file() is not None:
        _update(lambda kept: [entries.clear() for entries in kept.values()])


def show(now=None):
    """Return an overview that a notebook shows: the objectives met, and what to repeat next."""
    return Overview(None, []) if _file() is None else Overview(summary(), due(now))


class Overview:
    """What `show` returns: the progress as HTML and as text; `found` is a summary, or None if progress is off."""

    def __init__(self, found, repeat):
        self.found, self.repeat = found, repeat

    def lines(self):
        """Return the overview as sentences."""
        if self.found is None:
            return [OFF]
        met, still_open = self.found["met"], self.found["open"]
        lines = [f"Objectives met: {len(met)} of {len(met) + len(still_open)}."]
        lines += [f"Met: {', '.join(met)}."] if met else []
        lines += [f"Open: {', '.join(still_open)}."] if still_open else []
        for kind in ("questions", "exercises"):
            lines.append("{} last right: {} of {} tried.".format(kind.capitalize(), *self.found[kind]))
        lines.append(f"To repeat now: {', '.join(self.repeat)}." if self.repeat else "Nothing to repeat now.")
        return lines

    def __repr__(self):
        return "\n".join(self.lines())

    def _repr_html_(self):
        lines = "".join(f"<p style='margin:.2em 0'>{html.escape(line)}</p>" for line in self.lines())
        if self.found is None:
            return lines
        met, of = len(self.found["met"]), len(self.found["met"]) + len(self.found["open"])
        share = f"{100 * met / max(of, 1):.0f}"
        bar = (
            f"<div role='img' aria-label='{met} of {of} objectives met' style='max-width:24em;border:1px solid #8a8a8a;"
            f"border-radius:3px'><div style='height:.8em;width:{share}%;background:#2e8b57'></div></div>"
        )
        return f"<div style='max-width:56em'>{bar}{lines}</div>"


def _file():
    """Return where progress is kept, or None if it is off."""
    place = os.environ.get("AELIB_PROGRESS", "")
    if place == "off" or "CI" in os.environ or "PYTEST_VERSION" in os.environ:  # nbval's kernels inherit the last
        return None
    return (
        pathlib.Path(place).expanduser()
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
