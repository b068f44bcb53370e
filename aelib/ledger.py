"""The ledger of the learner's progress: outcomes, and when a question comes again, in one file; nothing is shown here.

The file lies in the user's data folder, or where the environment variable AELIB_PROGRESS says; AELIB_PROGRESS=off
switches progress off. Under continuous integration and under tests it is off, too. Two notebooks may write at once.
Nothing here raises an exception because of the file: what can't be kept is reported in a sentence, once.
"""

import contextlib
import json
import os
import pathlib
import time

import platformdirs

from aelib import files

DAY = 86_400
INTERVALS = (1, 3, 7, 21, 60)  # days until a question comes again, from the first box to the last
OBJECTIVES = (  # what questions and exercises teach: each names one of these
    *("the course", "autoencoder", "latent space", "bottleneck", "sparse autoencoder", "convolutional autoencoder"),
    *("Kullback-Leibler divergence", "generative model", "variational autoencoder"),
)
OUTCOMES = ("right", "partly", "wrong")
STALE_SECONDS = 3  # a lock this old was left behind by a program that was killed
_ENTRY = {"tries": int, "last": str, "when": int}
_FORMS = {"question": _ENTRY | {"box": int, "due": int}, "exercise": _ENTRY}  # what the file keeps of each
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
    if kind not in _FORMS:
        raise ValueError(f"kind={kind!r}: expected 'question' or 'exercise'.")
    if outcome not in OUTCOMES:
        raise ValueError(f"outcome={outcome!r}: expected 'right', 'partly' or 'wrong'.")
    now = time.time() if now is None else now

    def change(entries):
        before = entries[kind].get(name, {"tries": 0, "box": 0, "due": now})
        after = {"tries": before["tries"] + 1, "last": outcome, "when": int(now)}
        if kind == "question":
            box, due = max(before["box"], 1), before["due"]
            if outcome != "right":
                box, due = 1, now + DAY * INTERVALS[0]
            elif now >= due:
                box = min(box + 1, len(INTERVALS))
                due = now + DAY * INTERVALS[box - 1]
            after |= {"box": box, "due": int(due)}
        entries[kind][name] = after

    _update(change)


def due(now=None):
    """Return the questions to repeat now, as their ids, the longest overdue first."""
    now = time.time() if now is None else now
    times = {name: entry["due"] for name, entry in kept()["question"].items()}
    return sorted((name for name in times if times[name] <= now), key=lambda name: (times[name], name))


def reset():
    """Forget all progress."""
    _update(lambda entries: [of_kind.clear() for of_kind in entries.values()])


def place():
    """Return the path of the file where progress is kept, or None if it is off."""
    named = os.environ.get("AELIB_PROGRESS", "")
    if named == "off" or "CI" in os.environ or "PYTEST_VERSION" in os.environ:  # nbval's kernels inherit the last
        return None
    return pathlib.Path(os.path.expanduser(named) or os.path.join(platformdirs.user_data_dir("aelib"), "progress.json"))


def kept():
    """Return what is kept, {"question": {name: entry}, "exercise": {name: entry}}; nothing if it can't be read."""
    file = place()
    try:
        if file is None:
            return _nothing()
        found = _read(file)
        if found is None:
            with _locked(file):
                found = _read(file) or _start_anew(file)
        return found
    except (OSError, TimeoutError, _Newer) as error:
        _say(f"Your progress can't be read: {error}.")
        return _nothing()


def _say(sentence):
    """Print a sentence, once."""
    if sentence not in _said:
        _said.add(sentence)
        print(sentence)


def _update(change):
    """Read, change and write what is kept, while no other notebook does."""
    file = place()
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with _locked(file):
            found = _read(file) or _start_anew(file)
            change(found)
            files.write(file, json.dumps({"version": 1} | found, indent=1))
    except (OSError, TimeoutError, _Newer) as error:
        _say(f"Your progress can't be kept: {error}.")


class _Newer(Exception):
    """The file was written by a newer version of this course."""


def _nothing():
    """Return what is kept at the start."""
    return {kind: {} for kind in _FORMS}


def _read(file):
    """Return what a file keeps, or None if it is damaged; raise _Newer if its version is not ours."""
    try:
        found = json.loads(file.read_bytes())
        version = found.pop("version")
        if isinstance(version, int) and version > 1:
            raise _Newer(f"{file} has version {version}, expected 1; update the course, or set AELIB_PROGRESS=off")
        for kind, form in _FORMS.items():
            for entry in found[kind].values():
                if {key: type(value) for key, value in entry.items()} != form or entry["last"] not in OUTCOMES:
                    return None
        return found if version == 1 and set(found) == set(_FORMS) else None
    except FileNotFoundError:
        return _nothing()
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return None


def _start_anew(file):
    """Set a damaged file aside, say so, and return empty progress; the caller holds the lock."""
    aside = files.set_aside(file, "damaged")
    _say(f"Your progress could not be read, and starts anew. The damaged file is kept as {aside}.")
    return _nothing()


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
