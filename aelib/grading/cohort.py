"""The grades of a cohort: finds submissions, has each judged, keeps records; what is right is not decided here."""

import collections
import concurrent.futures
import contextlib
import csv
import hashlib
import io
import json
import pathlib
import queue
import secrets
import time

from aelib import files
from aelib.grading import Verdict, file_style, judge, sandbox

FILES = {
    "0-vanilla.py": "vanilla",
    "1-sparse.py": "sparse",
    "2-convolutional.py": "convolutional",
    "3-variational.py": "variational",
}
FORM = file_style.MODE + file_style.TEXT
VERSION = 3  # of the records; raised when a record of an older version would be judged otherwise today

Submission = collections.namedtuple("Submission", "learner task path")


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


def find(paths):
    """Return the submissions in files and folders, one for each file named as the tasks are.

    Args:
        paths: Files, or folders in which to look at any depth. The learner is the folder that
            holds the files, as seen from the folder that was named.

    Raises:
        ValueError: if a path does not exist, or holds no submission.
    """
    found = []
    for path in map(pathlib.Path, paths):
        if path.is_file() and path.name in FILES:
            found.append(Submission(path.resolve().parent.name, FILES[path.name], path))
        elif path.is_dir():
            files = sorted(file for file in path.rglob("*.py") if file.name in FILES and file.is_file())
            for file in files:
                inside = file.parent.relative_to(path).as_posix()
                found.append(Submission(path.resolve().name if inside == "." else inside, FILES[file.name], file))
            if not files:
                raise ValueError(f"{path} holds no submission: expected files named {', '.join(FILES)}, at any depth.")
        elif path.exists():
            raise ValueError(f"{path} is not named as a task is: expected one of {', '.join(FILES)}.")
        else:
            raise ValueError(f"{path} does not exist: expected files or folders of submissions.")
    return found


def judged(server, source, task, seconds=60, hidden=(), seed=None):
    """Judge one submission in a child; return its record without form and points.

    Args:
        server: A `sandbox.ForkServer`.
        source: The file's bytes.
        task: One of the four tasks.
        seconds: How long the submission may run.
        hidden: Folders that it must not read.
        seed: Of an earlier record, to repeat its verdict; None draws one that no submission can know.

    Returns:
        {"criteria": {name: Verdict}, "remarks", "seed", "printed", "left", "seconds"}, all but the verdicts plain data.
    """
    began, seed = time.monotonic(), secrets.randbits(64) if seed is None else seed
    with server.session(source, seconds=seconds, hidden=hidden) as session:
        verdicts, remarks = judge.judge(task, session.ask, seed=seed, function="autoencoder")
    return {
        "criteria": verdicts,
        "remarks": remarks,
        "seed": seed,
        "printed": session.printed,
        "left": list(session.left),
        "seconds": round(time.monotonic() - began, 2),
    }


def completed(submission, keras, record):
    """Return a record with whose it is, the form of its file, and its points."""
    criteria = {**record["criteria"], **file_style.criteria(submission.path)}
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
        "file": str(submission.path),
        "keras": keras,
        **record,
        "criteria": criteria,
        "points": sum(earned.values()),
        "of": len(earned),
        "heads": dict(heads),
        "earned": earned,
    }


def key(source, task, keras):
    """Return what identifies a submission as it is judged: the same key, the same verdicts."""
    return f"{VERSION}-{task}-{keras}-{hashlib.sha256(source).hexdigest()}"


def grade(submissions, versions=(3,), jobs=1, seconds=60, known=None, done=lambda *_: None, dask=None):
    """Grade submissions.

    Args:
        submissions: As `find` returns them.
        versions: Versions of Keras to grade under: 2, 3 or both.
        jobs: Children at a time on this machine.
        seconds: How long one submission may run.
        known: {key: record} of what need not be judged again; new records are added to it.
        done: Called after each submission with (number done, number in all, the record).
        dask: Address of a Dask scheduler that gets the work instead.

    Returns:
        The completed records, in the order of the submissions, for each version.
    """
    known = {} if known is None else known
    hidden = sorted({str(submission.path.resolve().parent) for submission in submissions})
    work = {}
    sources = {}
    for submission in submissions:
        sources[submission.path] = _source(submission.path)
        for keras in versions:
            name = key(sources[submission.path], submission.task, keras)
            if name not in known:
                work[name] = (sources[submission.path], submission.task, keras, seconds, hidden)
    with _on_dask(dask, work) if dask else _here(jobs, work) as results:
        for number, (name, record) in enumerate(results, 1):
            known[name] = record
            done(number, len(work), record)
    return [
        completed(submission, keras, known[key(sources[submission.path], submission.task, keras)])
        for submission in submissions
        for keras in versions
    ]


def _source(path):
    """Return the bytes of a submission, or of a program that says why it can't be read."""
    try:
        return file_style.read(path)[0]
    except (OSError, ValueError) as error:
        return f"raise OSError({getattr(error, 'strerror', None) or str(error)!r})\n".encode()


@contextlib.contextmanager
def _here(jobs, work):
    """Give an iterator over (key, record) of work that is done on this machine, `jobs` at a time."""
    free = queue.SimpleQueue()  # {keras: fork server}, one dictionary a job
    with contextlib.ExitStack() as stack:
        for _ in range(min(jobs, max(len(work), 1))):
            free.put({})

        def one(name, source, task, keras, seconds, hidden):
            servers = free.get()
            try:
                if keras not in servers:
                    servers[keras] = stack.enter_context(sandbox.ForkServer(keras=keras))
                return name, judged(servers[keras], source, task, seconds, hidden)
            finally:
                free.put(servers)

        pool = concurrent.futures.ThreadPoolExecutor(jobs)
        futures = [pool.submit(one, name, *rest) for name, rest in work.items()]
        try:
            yield (future.result() for future in concurrent.futures.as_completed(futures))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # what still runs ends with its fork server


_servers = {}  # of a Dask worker or a notebook's kernel, one for each Keras; they end with it


def judged_by_own_server(source, task, keras, seconds, hidden):
    """Judge one submission in a child of this process, whose fork server is started once and stays."""
    if keras not in _servers:
        _servers[keras] = sandbox.ForkServer(keras=keras).__enter__()
    return judged(_servers[keras], source, task, seconds, hidden)


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
    """Return what earlier calls kept in a file, and a sentence if the file was set aside.

    Args:
        path: The JSON file.
        resume: Whether its records count; if not, it is set aside.

    Returns:
        {key: record}, empty if there is no such file, or if it is damaged or of another version; and the sentence,
        empty if the file stays where it is.
    """
    path = pathlib.Path(path)
    if not path.exists():
        return {}, ""
    what, why = "was there", "earlier"
    if resume:
        try:
            kept = json.loads(path.read_text("utf-8"))
            what, why = "is of another version", "outdated"
            if kept["version"] == VERSION:
                return {name: _loaded(name, record) for name, record in kept["judged"].items()}, ""
        except (ValueError, LookupError, TypeError, AttributeError):
            what, why = "is damaged", "damaged"
    return {}, f"{path.name} {what}; it is now {files.set_aside(path, why).name}."


def _loaded(name, record):
    """Return a record with verdicts for what JSON made of them."""
    criteria = {criterion: Verdict(**verdict) for criterion, verdict in record["criteria"].items()}
    if set(criteria) != {*judge.criteria(name.split("-")[1])}:
        raise ValueError("a record is not complete")
    return {**record, "criteria": criteria}


def as_json(records, known):
    """Return the text of the JSON file: what is graded, and the records that a later call need not make again."""
    records = [_plain(record) for record in records]
    known = {name: _plain(record) for name, record in known.items()}
    return json.dumps({"version": VERSION, "records": records, "judged": known}, indent=1) + "\n"


def _plain(record):
    """Return a record as JSON has it."""
    return {**record, "criteria": {name: verdict._asdict() for name, verdict in record["criteria"].items()}}


def as_csv(records):
    """Return the records as CSV, one line a task; a text that a spreadsheet would take for a formula gets a quote."""
    names = list(dict.fromkeys(name for task in FILES.values() for name in (*judge.criteria(task), *FORM)))
    heads = ("requirement", "code", "efficiency")
    rows = [["learner", "task", "keras", "points", "of", *heads, *names, "first_fault"]]
    for record in records:
        verdicts = [record["criteria"].get(name, Verdict("", "")).ok for name in names]
        faults = [verdict.text for verdict in record["criteria"].values() if verdict.ok is False]
        row = [record["learner"], record["task"], record["keras"], record["points"], record["of"]]
        row += [*(record["heads"][head] for head in heads), *("" if ok is None else ok for ok in verdicts), *faults[:1]]
        rows.append(
            [
                f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
                for cell in row
            ]
        )
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def as_gradescope(records):
    """Return the text of Gradescope's results.json for one learner; of two versions of Keras, the better one counts.

    Raises:
        ValueError: if the records are of several learners.
    """
    learners = sorted({record["learner"] for record in records})
    if len(learners) != 1:
        raise ValueError(
            f"--gradescope takes one learner's submission: found {len(learners)} ({', '.join(learners[:5])})."
        )
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
    return json.dumps({"score": total, "tests": tests, "output": f"{total} of {len(tests)} points"}, indent=1) + "\n"


def best(records):
    """Return for each learner and task the record with more points, where two versions of Keras were tried."""
    chosen = {}
    for record in records:
        place = record["learner"], record["task"], record["file"]
        if place not in chosen or record["points"] > chosen[place]["points"]:
            chosen[place] = record
    return list(chosen.values())


_required = {}  # {key: record} of what this process has judged so far


def require(path, *criteria):
    """Grade one file in a child process and raise where something is not right; say nothing otherwise.

    `require_point` does the same for otter's and nbgrader's tests, a point at a time.

    Args:
        path: A file named as the tasks are, e.g. "0-vanilla.py".
        criteria: Names of the criteria that must hold; none for all.

    Raises:
        AssertionError: with a sentence for each criterion that does not hold.
        ValueError: if the file does not exist or a criterion has no such name.
    """
    (submission,) = find([path])
    source = _source(submission.path)
    name = key(source, submission.task, 3)
    if name not in _required:
        _required[name] = judged_by_own_server(source, submission.task, 3, 60, [])
    found = completed(submission, 3, _required[name])["criteria"]
    unknown = sorted(set(criteria) - set(found))
    if unknown:
        raise ValueError(f"{', '.join(unknown)} is no criterion of {submission.task}: expected {', '.join(found)}.")
    faults = [f"{name}: {found[name].text}" for name in criteria or found if found[name].ok is not True]
    if faults:
        raise AssertionError("\n".join(faults))


def require_point(path, point):
    """Grade one file as `require` does, and raise where one of its six points is not earned.

    Args:
        path: A file named as the tasks are.
        point: One of `points`, as in "requirement: interface".

    Raises:
        AssertionError, ValueError: as `require`.
    """
    (submission,) = find([path])
    needed = {f"{head}: {name}": names for (head, name), names in points(submission.task).items()}
    if point not in needed:
        raise ValueError(f"{point!r} is no point: expected one of {', '.join(needed)}.")
    require(path, *needed[point])
