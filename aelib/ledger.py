"""The ledger of the learner's progress: outcomes, and when a question comes again, in one file; nothing is shown here.

The file lies in the user's data folder, or where the environment variable AELIB_PROGRESS says; AELIB_PROGRESS=off
switches progress off. Under continuous integration and under tests it is off, too. Nothing here raises an exception
because of the file: what can't be kept is reported in a sentence, once. Any number of notebooks may write at once, and
nothing that `record` accepted is lost, whatever the clocks say, and whoever is stopped or killed: see
`aelib.machine.sharing`.
"""

import contextlib
import errno
import json
import os
import pathlib
import time

import platformdirs

from aelib import files
from aelib.machine import sharing

DAY = 86_400
INTERVALS = (1, 3, 7, 21, 60)  # days until a question comes again, from the first box to the last
OBJECTIVES = (  # what questions and exercises teach: each names one of these
    *("the course", "autoencoder", "latent space", "bottleneck", "sparse autoencoder", "convolutional autoencoder"),
    *("Kullback-Leibler divergence", "generative model", "variational autoencoder"),
)
OUTCOMES = ("right", "partly", "wrong")
OFF = ("off", "0", "no", "false", "none", os.devnull)  # values of AELIB_PROGRESS, as capital letters, too
REMEDY = "Set the environment variable AELIB_PROGRESS to the path of a file, or to off"
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
    outcome = [float(time.time() if now is None else now), kind, name, outcome]
    _after(_nothing(), [outcome])
    _keep(outcome)


def due(now=None):
    """Return the questions to repeat now, as their ids, the longest overdue first."""
    now = time.time() if now is None else now
    times = {name: entry["due"] for name, entry in kept()["question"].items()}
    return sorted((name for name in times if _is_due(times[name], now)), key=lambda name: (times[name], name))


def reset():
    """Forget all progress."""
    _keep([time.time()])


def place():
    """Return the path of the file where progress is kept, or None if it is off."""
    named = os.environ.get("AELIB_PROGRESS", "").strip(" '\"")  # which Windows takes for parts of it
    if named.lower() in OFF or "CI" in os.environ or "PYTEST_VERSION" in os.environ:  # nbval's kernels inherit the last
        return None
    try:
        if named.lower() in ("", "on", "1", "yes", "true"):
            named = os.path.join(platformdirs.user_data_dir("aelib"), "progress.json")
        return pathlib.Path(os.path.realpath(pathlib.Path(named).expanduser()))  # one lock, whatever links lead here
    except (OSError, RuntimeError):  # there is no HOME, nobody has the name after the ~, or this folder is deleted
        return _say(f"Your progress is not kept: no folder is known here for {named or '~'}. {REMEDY}.")


def kept():
    """Return what is kept, {"question": {name: entry}, "exercise": {name: entry}}; nothing if it can't be read."""
    file = place()
    try:
        if file is None:
            return _nothing()
        notes = _outcomes(sharing.waiting(file))  # before the file, as another program may take them into it now
        found = _read(file)
        if found is None:
            with sharing.lock(file, _say) as mine:
                found = (_read(file) or _start_anew(file)) if mine else _nothing()
        return _after(found, notes)
    except OSError as error:
        _say(f"Your progress can't be kept: {error}. {REMEDY}.")
        return _nothing()


def _say(sentence):
    """Print a sentence, unless one was printed that is the same up to its first colon."""
    if sentence.split(": ")[0] not in _said:
        _said.add(sentence.split(": ")[0])
        print(sentence)


def _keep(outcome):
    """Keep an outcome, [when, kind, name, outcome], or forget all, [when]."""
    file = place()
    if file is None:
        return

    def write(notes):
        found = _after(_read(file) or _start_anew(file), _outcomes(notes))
        files.write(file, json.dumps({"version": 1} | found, indent=1))

    try:
        file.parent.mkdir(0o700, parents=True, exist_ok=True)  # progress is nobody else's business
        sharing.change(file, json.dumps(outcome), write, _say)
    except OSError as error:
        _say(f"Your progress can't be kept: {error}. {REMEDY}.")


def _outcomes(notes):
    """Return the outcomes in some notes, {path: content}; set aside what is damaged."""
    found = []
    for path, note in notes.items():
        try:
            _after(_nothing(), [json.loads(note)])
            found.append(json.loads(note))
        except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
            with contextlib.suppress(OSError):  # another program did so
                _say(f"An outcome could not be read. Its damaged file is kept as {files.set_aside(path, 'damaged')}.")
    return found


def _after(entries, outcomes):
    """Return what is kept after some outcomes, from the earliest to the latest; for the arguments see `_keep`."""
    for now, *what in sorted(outcomes, key=lambda outcome: outcome[0]):
        when = int(now + 0)  # or an error, where that is no time
        if not what:
            entries = _nothing()
            continue
        kind, name, outcome = what
        if kind not in _FORMS:
            raise ValueError(f"kind={kind!r}: expected 'question' or 'exercise'.")
        if outcome not in OUTCOMES:
            raise ValueError(f"outcome={outcome!r}: expected 'right', 'partly' or 'wrong'.")
        before = entries[kind].get(name, {"tries": 0, "box": 0, "due": now})
        after = {"tries": before["tries"] + 1, "last": outcome, "when": when}
        if kind == "question":
            box, due = max(before["box"], 1), before["due"]
            if outcome != "right":
                box, due = 1, now + DAY * INTERVALS[0]
            elif _is_due(due, now):
                box = min(box + 1, len(INTERVALS))
                due = now + DAY * INTERVALS[box - 1]
            after |= {"box": box, "due": int(due)}
        entries[kind][name] = after
    return entries


def _is_due(when, now):
    """Return whether a time has come; one that is further away than any interval was set by a clock that was wrong."""
    return not now < when <= now + DAY * INTERVALS[-1]


def _nothing():
    """Return what is kept at the start."""
    return {kind: {} for kind in _FORMS}


def _read(file):
    """Return what a file keeps, or None if it is damaged; raise OSError if it has another form."""
    if file.exists() and not file.is_file():
        raise OSError(errno.EINVAL, "expected a file", str(file))
    try:
        found = json.loads(files.patiently(file.read_bytes))
        version = found.pop("version")
        if isinstance(version, int) and version > 1:
            raise OSError(f"{file} has version {version}, expected 1; update the course")
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
