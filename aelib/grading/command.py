"""The command `aelib grade`: its arguments, what it prints and what it writes; nothing is judged here."""

import collections
import contextlib
import os
import pathlib
import sys
import tempfile
import time

from aelib import files
from aelib.grading import cohort, naming, report, sandbox, submissions, variants
from aelib.machine import sharing

OUTPUTS = ("json", "csv", "gradescope")  # options that name a file to be written
STREAMS = ("/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/")  # no names of files
VERSIONS = {"2": (2,), "3": (3,), "both": (3, 2)}


def add_parser(commands):
    """Add the parser of `grade` to the commands of `aelib`."""
    parser = commands.add_parser(
        "grade",
        help="grade submissions of the four graded exercises",
        description="Grade submissions: files named 0-vanilla.py, 1-sparse.py, 2-convolutional.py, 3-variational.py, "
        "or folders and archives (.zip, .tar.gz) that hold them at any depth, one folder a learner. Exit code 0: all "
        "right, 1: something is not right or not graded, 2: the call can't be used.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, or a folder or archive of submissions")
    parser.add_argument("--json", default="grades.json", metavar="FILE", help="all records (default: grades.json)")
    parser.add_argument("--csv", metavar="FILE", help="a table, one line a task")
    parser.add_argument("--report", metavar="FOLDER", help="a page for each learner and one for the teacher, as HTML")
    parser.add_argument("--gradescope", metavar="FILE", help="one learner's results.json")
    parser.add_argument("--keras", choices=VERSIONS, default="3", help="the Keras to grade under (default: 3)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="submissions at a time on this machine")
    parser.add_argument(
        "--seconds", type=int, default=60, metavar="N", help="longest run of a submission (default: 60)"
    )
    parser.add_argument(
        "--variant",
        type=variants.numbered,
        default=variants.of_class(),
        metavar="N",
        help="the number of the class's variant, as in aelib course --for-class --variant N",
    )
    parser.add_argument(
        "--unsafe", action="store_true", help="run them also where this machine can't shut them in (no namespaces)"
    )
    parser.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler that you trust, which gets the work")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="believe the records in the JSON file, whoever wrote them, and grade the rest",
    )
    parser.set_defaults(work=grade, on_interrupt="What is graded is kept in {json}: repeat the call with --resume.")


def grade(options):
    """Grade, write, then print; return the exit code."""
    outputs = {name: path for name in OUTPUTS if (path := getattr(options, name)) is not None}
    _check({name: path for name, path in outputs.items() if name == "gradescope"}, options.paths)
    try:
        _check(outputs, options.paths)
        ours = [os.path.realpath(path) for path in outputs.values()]
        with _alone(options.json):
            found, ungraded, records, said = _graded(options, ours)
    except Exception as error:
        if options.gradescope is not None:  # the learner sees nothing else
            files.write(options.gradescope, cohort.as_refusal(str(error)))
        raise
    if options.gradescope is not None:
        files.write(options.gradescope, cohort.as_gradescope(records, ungraded))
    if options.csv is not None:
        text, path = cohort.as_csv(records, ungraded), pathlib.Path(options.csv)
        text = text.encode("utf-8", "backslashreplace")
        if path.is_file() and path.read_bytes() != text:  # there may be somebody's notes in it
            _set_aside(path, "was there", "earlier")
        files.write(path, text)
    if options.report is not None:
        said += report.write(options.report, records, options.exercises(options.variant), ungraded, found)
    try:
        _print(records, ungraded)
        for sentence in said:
            _say(sentence)
        if records and not options.dask:
            _say(f"Isolation of the submissions: {sandbox.isolation()}.")
        print(end="", flush=True)
    except BrokenPipeError:  # whoever read has left; the files hold everything
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return int(bool(ungraded) or any(record["points"] < record["of"] for record in cohort.best(records)))


@contextlib.contextmanager
def _alone(path):
    """Keep other calls from writing the JSON file as long as a `with` statement lasts, or raise ValueError if one is.

    The lock is gone afterwards, so whoever gets one looks whether it is still the file of that name.
    """
    path = os.path.realpath(path)
    lock = pathlib.Path(f"{path}.lock")
    with contextlib.ExitStack() as stack:
        held = taken = None
        if path != os.path.realpath(os.devnull):
            with contextlib.suppress(OSError):  # of a disk without locks
                held = stack.enter_context(sharing.held(lock))
                taken = not (held and lock.exists() and os.path.samestat(os.fstat(held.fileno()), os.stat(lock)))
        if taken:
            raise ValueError(
                f"Another call is writing {naming.as_text(path)}, and each would write over the other's grades: wait "
                "until it has ended, or type --json and the name of another file."
            )
        try:
            yield
        finally:
            if held:
                lock.unlink(missing_ok=True)


def _graded(options, ours):
    """Grade, and write the JSON file; return what was found and is not graded, the records, and what was believed."""
    if options.jobs < 1 or options.seconds < 1:
        raise ValueError("--jobs and --seconds are whole numbers from 1.")
    found, ungraded = submissions.find(options.paths, ours)
    folders = {os.path.realpath(one.folder) for one in found}
    if options.resume and os.path.dirname(os.path.realpath(options.json)) in folders:
        raise ValueError(
            f"--resume believes {naming.as_text(options.json)}, which lies beside a submission, whose author could "
            "have written it: type --json and the name of a file elsewhere, or leave --resume out."
        )
    learners = sorted({submission.learner for submission in found})
    if options.gradescope is not None and len(learners) > 1:
        raise ValueError(
            f"--gradescope takes one learner's submission: found {len(learners)} ({', '.join(learners[:5])}). "
            "Expected all files in one folder."
        )
    if found and not options.unsafe and not options.dask:
        sandbox.require_namespaces()
    if options.report is not None:
        report.prepare(options.report, options.paths, found)
    known, earlier = cohort.load(options.json, options.resume)
    versions = VERSIONS[options.keras]
    keys = [cohort.key(one.data, one.task, keras, options.variant) for one in found for keras in versions]
    believed = sum(key in known for key in keys)
    before = len(known)
    began = time.monotonic()
    records = []

    def save():
        nonlocal earlier
        if earlier:
            said, earlier = earlier, ()
            _set_aside(pathlib.Path(options.json), *said)
        files.write(options.json, cohort.as_json(records, known, ungraded))

    def done(number, total, record):
        save()
        left = (time.monotonic() - began) / number * (total - number)
        if sys.stderr and sys.stderr.isatty():
            _tell(f"\r{number} of {total} judged, about {left:.0f} s left " + "\n" * (number == total))

    how = {"jobs": options.jobs, "seconds": options.seconds, "dask": options.dask, "variant": options.variant}
    try:
        records += cohort.grade(found, versions, known=known, done=done, **how)
    except KeyboardInterrupt:
        if len(known) > before:
            save()
        raise
    save()
    said = [] if options.variant is None else [f"Graded as the class's variant {options.variant}."]
    if believed:
        said.append(f"Not judged again, but believed as written in {naming.as_text(options.json)}: {believed} of them.")
    return found, ungraded, records, said


def _set_aside(path, said, why):
    """Give a file that is in the way another name, and tell that."""
    _tell(f"{path.name} {said}; it is now {files.set_aside(path, why).name}.\n")


def _tell(text):
    """Print a text to the standard error stream, if anybody listens."""
    with contextlib.suppress(OSError):
        print(text, end="", file=sys.stderr, flush=True)


def _check(outputs, paths):
    """Raise ValueError if a file can't be written, or would be written over a submission, among them, or twice.

    Args:
        outputs: {option: path}.
        paths: Where the submissions are.
    """
    null = os.path.realpath(os.devnull)
    real = {option: os.path.realpath(path) for option, path in outputs.items() if os.path.realpath(path) != null}
    taken = {}
    for option, place in real.items():
        full = os.path.abspath(outputs[option])
        said, cure = f"--{option} {naming.as_text(outputs[option])}", f"type --{option} and the name of a file"
        if outputs[option] == "-" or full.startswith(STREAMS):
            raise ValueError(f"{said} is no file that stays: expected one, so {cure}.")
        if os.path.isdir(place):
            raise ValueError(f"{said} is a folder: {cure} in it.")
        if os.path.exists(place) and not os.path.isfile(place):
            raise ValueError(f"{said} is no ordinary file: {cure}.")
        for root in map(os.path.realpath, paths):
            below = place.startswith(os.path.join(root, ""))  # at its top a file of ours may lie
            if place == root or below and (os.path.dirname(place) != root or submissions.is_handed_in(place)):
                raise ValueError(
                    f"{said} would lie among the submissions, whose authors could have written it themselves: {cure} "
                    f"outside of {naming.as_text(root)}."
                )
        if taken.setdefault(place, option) != option:
            raise ValueError(f"{said} is the file of --{taken[place]}, too: {cure} of its own.")
    for option, place in real.items():
        try:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            if not os.path.exists(place):
                open(place, "xb").close()  # tries the name
                os.unlink(place)
            tempfile.TemporaryFile(dir=os.path.dirname(place)).close()  # tries the folder
        except OSError as error:
            raise ValueError(
                f"--{option} {naming.as_text(outputs[option])} can't be written ({error.strerror}): "
                f"type --{option} and the name of a file in a folder of yours."
            ) from error


def _print(records, ungraded):
    """Print the faults of each submission, what is not graded, and the table of points."""
    learners = collections.defaultdict(dict)
    left = collections.defaultdict(list)
    for record in records:
        learners[record["learner"]].setdefault(record["task"], {})[record["keras"]] = record
    for one in ungraded:
        left[one.learner].append(one.text)
        if one.learner:
            learners[one.learner].update()
    for learner, tasks in learners.items():
        _say(learner)
        for task, versions in tasks.items():
            found = ", ".join(
                f"{record['points']} of {record['of']} (Keras {keras})" for keras, record in versions.items()
            )
            _say(f"  {task}: {found}")
            for line in _faults(versions):
                _say(f"    {line}")
        for text in left[learner]:
            _say(f"  ✗ not graded: {text}")
    for text in left[""]:
        _say(f"✗ not graded: {text}")
    tasks = list(cohort.FILES.values())
    width = max(map(len, map(_short, learners)), default=0)
    _say()
    _say("  ".join(["learner".ljust(width), *tasks, "points", *["not graded"] * bool(ungraded)]))
    for learner, tasks_done in learners.items():
        best = [max((record["points"] for record in tasks_done.get(task, {}).values()), default=0) for task in tasks]
        cells = [str(value).rjust(len(task)) for value, task in zip(best, tasks)]
        more = [str(len(left[learner]) or "").rjust(len("not graded"))] * bool(ungraded)
        _say("  ".join([_short(learner).ljust(width), *cells, str(sum(best)).rjust(6), *more]).rstrip())


def _short(learner):
    """Return a learner's name as it fits into a table."""
    return learner if len(learner) <= 60 else f"{learner[:20]}...{learner[-37:]}"


def _say(text=""):
    """Print a line, which may quote a learner's text, in characters that the terminal has and that don't steer it."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    plain = "".join(character if character.isprintable() else " " for character in text)
    print(plain.encode(encoding, "backslashreplace").decode(encoding))


def _faults(versions):
    """Return the lines that say what is not right in one task, and where the two versions of Keras differ."""
    lines = []
    verdicts = [record["criteria"] for record in versions.values()]
    for name in verdicts[0]:
        said = {keras: record["criteria"][name] for keras, record in versions.items()}
        texts = {verdict.text for verdict in said.values() if verdict.ok is False}
        if len(texts) == 1 and all(verdict.ok is False for verdict in said.values()):
            lines.append(f"✗ {name}: {texts.pop()}")
            continue
        for keras, verdict in said.items():
            if verdict.ok is False:
                lines.append(f"✗ {name}{f', Keras {keras}' if len(said) > 1 else ''}: {verdict.text}")
    if sentence := cohort.differs(versions):
        lines.append(f"  {sentence}")
    unjudged = {v.text for criteria in verdicts for v in criteria.values() if v.ok is None}
    lines += [f"– {text}" for text in sorted(unjudged)]
    for record in versions.values():
        lines += [f"  Remark: {text}" for text in record["remarks"] + record["left"]]
    return list(dict.fromkeys(lines))
