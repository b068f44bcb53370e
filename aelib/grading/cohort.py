"""The grades of a cohort: has each submission judged and keeps the records; what is right is not decided here."""

import collections
import contextlib
import csv
import hashlib
import io
import json
import pathlib
import queue
import re
import secrets
import threading
import time
import unicodedata

from aelib import files
from aelib.grading import Verdict, file_style, judge, likeness, naming, sandbox, submissions, variants

FILES = naming.FILES
FORM = file_style.MODE + file_style.TEXT
VERSION = 3  # of the records; raised when a record of an older version would be judged otherwise today
KEY = re.compile(rf"{VERSION}-({'|'.join(FILES.values())})-[23]-[0-9a-f]{{64}}")
BORROWED = 12  # lines from which on a remark says that a file holds the course's factories
AGAIN = "It was cut short beside another submission, so it was judged again alone."


def points(task):
    """Return {(head, name of the point): its criteria}: six points a task; all criteria of a point must hold."""
    own = judge.OWN[task]
    convolutions = judge.judge_layers.CONVOLUTIONS if task == "convolutional" else ()
    return {
        ("requirement", "interface"): judge.INTERFACE,
        ("requirement", "architecture"): (*judge.ARCHITECTURE, *convolutions),
        ("requirement", "objective"): (*judge.OBJECTIVE, *own),
        ("requirement", "general"): ("general",),
        ("code", "form"): FORM,
        ("efficiency", "trains"): ("trains",),
    }


def judged(server, source, task, seconds=60, hidden=(), variant=None, seed=None):
    """Judge one submission in a child; return its record without form and points.

    Args:
        server: A `sandbox.ForkServer`.
        source: The file's bytes.
        task: One of the four tasks.
        seconds: How long the submission may run.
        hidden: Folders that it must not read.
        variant: Number of the class's variant; None for the course's own exercise.
        seed: Of an earlier record, to repeat its verdict; None draws one that no submission can know.

    Returns:
        {"criteria": {name: Verdict}, "remarks", "variant", "seed", "printed", "left", "seconds", "memory"
        (the most, in GiB), "cut_short"}, all but the verdicts plain data.
    """
    began, seed = time.monotonic(), secrets.randbits(64) if seed is None else seed
    with server.session(source, seconds=seconds, hidden=hidden) as session:
        function = variants.variant(task, variant).function
        verdicts, remarks = judge.judge(task, session.ask, seed=seed, function=function, variant=variant)
    return {
        "criteria": verdicts,
        "remarks": remarks,
        "variant": variant,
        "seed": seed,
        "printed": session.printed,
        "left": list(session.left),
        "seconds": round(time.monotonic() - began, 2),
        "memory": round(session.peak / 2**30, 2),
        "cut_short": session.cut_short,
    }


def completed(submission, keras, record):
    """Return a record with whose it is, the form of its file, and its points."""
    criteria = {**record["criteria"], **_form(submission)}
    earned = {
        f"{head}: {name}": int(all(criteria[criterion].ok is True for criterion in needed))
        for (head, name), needed in points(submission.task).items()
    }
    heads = collections.Counter()
    for name, point in earned.items():
        heads[name.split(":")[0]] += point
    return {
        "learner": submission.learner,
        "task": submission.task,
        "file": naming.as_text(submission.path),
        "keras": keras,
        **record,
        "remarks": [*submission.remarks, *_borrowed(submission.data), *record["remarks"]],
        "criteria": criteria,
        "points": sum(earned.values()),
        "of": len(earned),
        "heads": dict(heads),
        "earned": earned,
    }


def _borrowed(source):
    """Return a remark where most of a file stands in the course's own factories, which are no answers to hand in."""
    there, of = likeness.borrowed(source, (files.PACKAGE / "factories.py").read_text("utf-8"))
    if there < BORROWED or there < of / 2:
        return []
    return [f"Of {of} lines that tell something, {there} stand in the course's own aelib/factories.py, too."]


def _form(submission):
    """Return the verdicts on the form of a submission, from the bytes and the mode that were read before it ran."""
    if not submission.notebook:
        return file_style.judged(submission.data, submission.mode, submission.path.name)
    expected = naming.NAMES[submission.task]
    return file_style.not_judged(
        f"A notebook has no first line, mode or style of a file, so this could not be judged: hand in {expected}."
    )


def key(source, task, keras, variant=None):
    """Return what identifies a submission as it is judged: the same key, the same verdicts."""
    asked = b"" if variant is None else f"variant {variant}\0".encode()
    return f"{VERSION}-{task}-{keras}-{hashlib.sha256(asked + source).hexdigest()}"


def grade(submissions, versions=(3,), jobs=1, seconds=60, known=None, done=lambda *_: None, dask=None, variant=None):
    """Grade submissions.

    Args:
        submissions: As `find` returns them.
        versions: Versions of Keras to grade under: 2, 3 or both.
        jobs: Children at a time on this machine.
        seconds: How long one submission may run.
        known: {key: record} of what need not be judged again; new records are added to it.
        done: Called after each submission with (number done, number in all, the record).
        dask: Address of a Dask scheduler that gets the work instead.
        variant: Number of the class's variant; None for the course's own exercises.

    Returns:
        The completed records, in the order of the submissions, for each version.
    """
    known = {} if known is None else known
    hidden = sorted({submission.folder for submission in submissions})
    work = {}
    for submission in submissions:
        for keras in versions:
            name = key(submission.data, submission.task, keras, variant)
            if name not in known:
                work[name] = (submission.data, submission.task, keras, seconds, hidden, variant)
    with _on_dask(dask, work) if dask else _here(jobs, work) as results:
        for number, (name, record) in enumerate(results, 1):
            known[name] = record
            done(number, len(work), record)
    return [
        completed(submission, keras, known[key(submission.data, submission.task, keras, variant)])
        for submission in submissions
        for keras in versions
    ]


@contextlib.contextmanager
def _here(jobs, work):
    """Give an iterator over (key, record) of work that is done on this machine, `jobs` at a time.

    Who was cut short beside others is judged again alone, after all others: a neighbour may have been the reason.
    """
    waiting, ready = queue.SimpleQueue(), queue.SimpleQueue()  # (key, what `judged` needs); (key, record or error)
    with contextlib.ExitStack() as stack:

        def worker():
            servers = {}  # {keras: fork server}
            for name, (source, task, keras, *how) in iter(waiting.get, None):
                try:
                    if keras not in servers:
                        server = sandbox.ForkServer(keras=keras)
                        stack.callback(server.__exit__)  # also if it is still being started then
                        servers[keras] = server.__enter__()
                    ready.put((name, judged(servers[keras], source, task, *how)))
                except BaseException as error:
                    ready.put((name, error))

        def done(names):
            for name in names:
                waiting.put((name, work[name]))
            for _ in names:
                name, record = ready.get()
                if isinstance(record, BaseException):
                    raise record
                yield name, record

        def results():
            again = []
            for name, record in done(list(work)):
                if jobs > 1 and record.get("cut_short"):
                    again.append(name)
                else:
                    yield name, record
            for name in again:
                ((name, record),) = done([name])
                yield name, {**record, "remarks": [*record["remarks"], AGAIN]}

        for _ in range(min(jobs, len(work))):  # daemons: whoever presses Ctrl-C does not wait for them
            threading.Thread(target=worker, daemon=True).start()
        try:
            yield results()
        finally:
            with contextlib.suppress(queue.Empty):
                while True:
                    waiting.get_nowait()
            for _ in range(jobs):
                waiting.put(None)  # which ends a worker


_own = threading.local()  # .servers of a thread of a Dask worker or of a notebook's kernel: {keras: fork server}


def judged_by_own_server(source, task, keras, seconds, hidden, variant=None):
    """Judge one submission in a child of this thread, whose fork server is started once, and ends with the thread."""
    servers = _own.__dict__.setdefault("servers", {})
    if keras not in servers:
        servers[keras] = sandbox.ForkServer(keras=keras).__enter__()
    return judged(servers[keras], source, task, seconds, hidden, variant)


@contextlib.contextmanager
def _on_dask(address, work):
    """Give an iterator over (key, record) of work that a Dask cluster does; for a dead worker another takes over."""
    try:
        import distributed
    except ImportError:
        raise ValueError("--dask needs the package distributed: type: pip install distributed") from None
    with distributed.Client(address, timeout=20, set_as_default=False) as client:
        futures = [client.submit(judged_by_own_server, *rest, key=name, retries=3) for name, rest in work.items()]
        finished = distributed.as_completed(futures, loop=client.loop)
        yield ((future.key, future.result()) for future in finished)


# Files


def load(path, resume=True):
    """Return what earlier calls kept in a file, and why the file has to make room, if it has to.

    Args:
        path: The JSON file.
        resume: Whether its records count. They are believed as they stand there.

    Returns:
        {key: record}, empty if there is no such file, or if it is damaged or of another version; and (what is said of
        it, one word for its new name), or nothing if it may be overwritten.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        return {}, ()
    if not resume:
        return {}, ("was there", "earlier")
    try:
        kept = json.loads(path.read_text("utf-8-sig"), object_pairs_hook=_once)
        if kept["version"] != VERSION:
            return {}, ("is of another version", "outdated")
        return {name: _loaded(name, record) for name, record in kept["judged"].items()}, ()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        why = f" ({error})" if isinstance(error, _Damaged) else ""
        return {}, (f"is damaged{why}", "damaged")


class _Damaged(ValueError):
    """A record can't be believed; the message says why."""


def _once(pairs):
    """Return a dictionary of what JSON has as an object, each name of which may be there once."""
    if len(dict(pairs)) < len(pairs):
        raise _Damaged("a name is there twice")
    return dict(pairs)


def _loaded(name, record):
    """Return a record with verdicts for what JSON made of them, if it is one that `judged` could have made."""
    match = KEY.fullmatch(name)
    if not match:
        raise _Damaged(f"{name[:80]!r} is the name of no record")

    def texts(value):
        return type(value) is list and all(type(text) is str for text in value)

    def seconds(value):
        return type(value) in (int, float) and 0 <= value < 1e9

    def verdicts(value):
        sound = ((v["ok"] is None or type(v["ok"]) is bool) and type(v["text"]) is str for v in value.values())
        return set(value) == {*judge.criteria(match[1])} and all(sound)

    def plain(value):
        return value is None or type(value) in (bool, int, float, str)

    fields = {"criteria": verdicts, "remarks": texts, "printed": lambda value: type(value) is str, "left": texts}
    fields |= {"seconds": seconds}
    for field in [*fields, *(set(record) - set(fields) if type(record) is dict else ())]:
        try:
            right = fields.get(field, plain)(record[field])
        except (LookupError, TypeError, AttributeError):
            right = False
        if not right:
            raise _Damaged(f"{field[:40]!r} of the record {name[:24]}... is missing or of the wrong kind")
    criteria = {criterion: Verdict(verdict["ok"], verdict["text"]) for criterion, verdict in record["criteria"].items()}
    return {**record, "criteria": criteria}


def as_json(records, known, ungraded=()):
    """Return the text of the JSON file: what is graded, what is not, and the records that need not be made again."""
    records = [_plain(record) for record in records]
    known = {name: _plain(record) for name, record in known.items()}
    rest = [
        {"learner": one.learner, "task": one.task, "file": naming.as_text(one.path), "text": one.text}
        for one in ungraded
    ]
    return json.dumps({"version": VERSION, "records": records, "not_graded": rest, "judged": known}, indent=1) + "\n"


def _plain(record):
    """Return a record as JSON has it."""
    return {**record, "criteria": {name: verdict._asdict() for name, verdict in record["criteria"].items()}}


def as_csv(records, ungraded=()):
    """Return the records as CSV, one line a task, and one for each thing that is not graded; Excel opens it.

    A text that a spreadsheet would take for a formula gets a quote before it.
    """
    names = list(dict.fromkeys(name for task in FILES.values() for name in (*judge.criteria(task), *FORM)))
    heads = ("requirement", "code", "efficiency")
    rows = [["learner", "task", "keras", "points", "of", *heads, *names, "first_fault", "file"]]
    for record in records:
        verdicts = [record["criteria"].get(name, Verdict("", "")).ok for name in names]
        faults = [v.text for ok in (False, None) for v in record["criteria"].values() if v.ok is ok]
        row = [record["learner"], record["task"], record["keras"], record["points"], record["of"]]
        row += [*(record["heads"][head] for head in heads), *("" if ok is None else ok for ok in verdicts)]
        rows.append([*row, *(faults or [""])[:1], record["file"]])
    blank = [""] * (len(heads) + len(names))
    for one in ungraded:
        rows.append([one.learner, one.task, "", 0, "", *blank, f"not graded: {one.text}", naming.as_text(one.path)])
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return "\ufeff" + text.getvalue()  # the mark by which Excel knows UTF-8


def _cell(value):
    """Return what a cell of the CSV file holds, with a quote before what could be a formula.

    So could what follows a semicolon or a new line, in countries where Excel takes these for the ends of cells.
    """
    if not isinstance(value, str):
        return value
    text = "".join(f"'{part}" if _first(part) in "=+-@" else part for part in re.split(r"([;\t\r\n])", value))
    return f"'{text}" if value[:1] in ("\t", "\r", "\n") else text


def _first(text):
    """Return the first character that a spreadsheet sees of a text, or a space."""
    seen = (character for character in unicodedata.normalize("NFKC", text) if character.isprintable())
    return "".join(seen).strip()[:1] or " "


def as_gradescope(records, ungraded=()):
    """Return the text of Gradescope's results.json for one learner; of two versions of Keras, the better one counts."""
    tests = []
    for record in best(records):
        for (head, name), needed in points(record["task"]).items():
            faults = [
                f"{criterion}: {record['criteria'][criterion].text}"
                for criterion in needed
                if record["criteria"][criterion].ok is not True
            ]
            score = record["earned"][f"{head}: {name}"]
            tests.append(
                {
                    "name": f"{record['task']}, {head}: {name}",
                    "score": score,
                    "max_score": 1,
                    "status": "passed" if score else "failed",
                    "output": "\n".join(faults) or "All criteria hold.",
                }
            )
    total = sum(test["score"] for test in tests)
    said = [f"{total} of {len(tests)} points", *(f"Not graded: {one.text}" for one in ungraded)]
    said += [f"Remark: {text}" for record in best(records) for text in record["remarks"]]
    return json.dumps({"score": total, "tests": tests, "output": "\n".join(dict.fromkeys(said))}, indent=1) + "\n"


def as_refusal(text):
    """Return the text of Gradescope's results.json where nothing was graded, with the sentence that says why."""
    return json.dumps({"score": 0, "tests": [], "output": f"0 points. Nothing was graded: {text}"}, indent=1) + "\n"


def sound(record):
    """Return whether all is right but perhaps the form of the file."""
    return all(verdict.ok is True for name, verdict in record["criteria"].items() if name not in FORM)


def differs(versions):
    """Return the sentence that says in which version of Keras alone a file is right, if there is one.

    Args:
        versions: {Keras's version, 2 or 3: the file's record under it}.
    """
    good, bad = ([keras for keras in versions if sound(versions[keras]) is right] for right in (True, False))
    return f"Right in Keras {good[0]} and broken in Keras {bad[0]}." if good and bad else ""


def best(records):
    """Return for each learner and task the record with more points, where two versions of Keras were tried."""
    chosen = {}
    for record in records:
        place = record["learner"], record["task"], record["file"]
        if place not in chosen or record["points"] > chosen[place]["points"]:
            chosen[place] = record
    return list(chosen.values())


_required = {}  # {key: record} of what this process has judged so far


def require(path, *criteria, variant=None):
    """Grade one file in a child process and raise where something is not right; say nothing otherwise.

    `require_point` does the same for otter's and nbgrader's tests, a point at a time.

    Args:
        path: A file named as the tasks are, e.g. "0-vanilla.py".
        criteria: Names of the criteria that must hold; none for all.
        variant: Number of the class's variant; None for that of the class that got this package, or the course's own.

    Raises:
        AssertionError: with a sentence for each criterion that does not hold.
        ValueError: if the file does not exist, a criterion has no such name or a variant no such number.
    """
    if variant is not None and not (type(variant) is int and 1 <= variant <= 999_999):
        raise ValueError(f"{variant!r} is no number of a variant: expected a whole number from 1 to 999999, e.g. 7.")
    submission, number = _only(path), variants.of_class() if variant is None else variant
    name = key(submission.data, submission.task, 3, number)
    if name not in _required:
        _required[name] = judged_by_own_server(submission.data, submission.task, 3, 60, [], number)
    found = completed(submission, 3, _required[name])["criteria"]
    unknown = sorted(set(criteria) - set(found))
    if unknown:
        raise ValueError(f"{', '.join(unknown)} is no criterion of {submission.task}: expected {', '.join(found)}.")
    faults = [f"{name}: {found[name].text}" for name in criteria or found if found[name].ok is not True]
    if faults:
        raise AssertionError("\n".join(faults))


def _only(path):
    """Return the one submission in a file, or raise ValueError."""
    found, ungraded = submissions.find([path])
    if len(found) != 1:
        raise ValueError(
            " ".join(one.text for one in ungraded) or f"{path} holds {len(found)} submissions: expected one."
        )
    return found[0]


def require_point(path, point, variant=None):
    """Grade one file as `require` does, and raise where one of its six points is not earned.

    Args:
        path: A file named as the tasks are.
        point: One of `points`, as in "requirement: interface".
        variant: As in `require`.

    Raises:
        AssertionError, ValueError: as `require`.
    """
    submission = _only(path)
    needed = {f"{head}: {name}": names for (head, name), names in points(submission.task).items()}
    if point not in needed:
        raise ValueError(f"{point!r} is no point: expected one of {', '.join(needed)}.")
    require(path, *needed[point], variant=variant)
