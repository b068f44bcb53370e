"""The command `aelib grade`: its arguments, what it prints and what it writes; nothing is judged here."""

import collections
import sys
import time

from aelib import files
from aelib.grading import cohort, sandbox

VERSIONS = {"2": (2,), "3": (3,), "both": (3, 2)}


def add_parser(commands):
    """Add the parser of `grade` to the commands of `aelib`."""
    parser = commands.add_parser(
        "grade",
        help="grade submissions of the four graded exercises",
        description="Grade submissions: files named 0-vanilla.py, 1-sparse.py, 2-convolutional.py, 3-variational.py, "
        "or folders that hold them at any depth, one folder a learner. Exit code 0: all right, 1: something is not "
        "right, 2: the call can't be used.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, or a folder of submissions")
    parser.add_argument("--json", default="grades.json", metavar="FILE", help="all records (default: grades.json)")
    parser.add_argument("--csv", metavar="FILE", help="a table, one line a task")
    parser.add_argument("--gradescope", metavar="FILE", help="one learner's results.json")
    parser.add_argument("--keras", choices=VERSIONS, default="3", help="the Keras to grade under (default: 3)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="submissions at a time on this machine")
    parser.add_argument(
        "--seconds", type=int, default=60, metavar="N", help="longest run of a submission (default: 60)"
    )
    parser.add_argument(
        "--unsafe", action="store_true", help="run them also where this machine can't shut them in (no namespaces)"
    )
    parser.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler that gets the work")
    parser.add_argument("--resume", action="store_true", help="keep what an earlier call has graded into the JSON file")
    parser.set_defaults(work=grade, on_interrupt="What is graded is kept in {json}: repeat the call with --resume.")


def grade(options):
    """Grade, print and write; return the exit code."""
    if options.jobs < 1 or options.seconds < 1:
        raise ValueError("--jobs and --seconds are whole numbers from 1.")
    submissions = cohort.find(options.paths)
    if options.gradescope and len({submission.learner for submission in submissions}) != 1:
        raise ValueError("--gradescope takes one learner's submission.")
    if not options.unsafe and not options.dask:
        sandbox.require_namespaces()
    known, said = cohort.load(options.json, options.resume)
    if said:
        print(said, file=sys.stderr)
    began = time.monotonic()
    records = []

    def save():
        files.write(options.json, cohort.as_json(records, known))

    def done(number, total, record):
        save()
        left = (time.monotonic() - began) / number * (total - number)
        if sys.stderr.isatty():
            print(f"\r{number} of {total} judged, about {left:.0f} s left ", end="", file=sys.stderr, flush=True)

    how = {"jobs": options.jobs, "seconds": options.seconds, "dask": options.dask}
    save()
    records += cohort.grade(submissions, VERSIONS[options.keras], known=known, done=done, **how)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    _print(records)
    if not options.dask:
        print(f"Isolation of the submissions: {sandbox.isolation()}.")
    save()
    for path, text in ((options.csv, cohort.as_csv), (options.gradescope, cohort.as_gradescope)):
        if path:
            files.write(path, text(records))
    return int(any(record["points"] < record["of"] for record in cohort.best(records)))


def _print(records):
    """Print the faults of each submission and the table of points."""
    learners = collections.defaultdict(dict)
    for record in records:
        learners[record["learner"]].setdefault(record["task"], {})[record["keras"]] = record
    for learner, tasks in learners.items():
        _say(learner)
        for task, versions in tasks.items():
            found = ", ".join(
                f"{record['points']} of {record['of']} (Keras {keras})" for keras, record in versions.items()
            )
            _say(f"  {task}: {found}")
            for line in _faults(versions):
                _say(f"    {line}")
    tasks = list(cohort.FILES.values())
    width = max(map(len, learners), default=0)
    _say()
    _say("  ".join(["learner".ljust(width), *tasks, "points"]))
    for learner, tasks_done in learners.items():
        best = [max((record["points"] for record in tasks_done.get(task, {}).values()), default=0) for task in tasks]
        cells = [str(value).rjust(len(task)) for value, task in zip(best, tasks)]
        _say("  ".join([learner.ljust(width), *cells, str(sum(best)).rjust(6)]))


def _say(text=""):
    """Print a line, which may quote a learner's text, without the characters that steer a terminal."""
    print("".join(character if character.isprintable() else " " for character in text))


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
    if len(versions) == 2:
        sound = {keras: _behaves(record) for keras, record in versions.items()}
        if sound[2] != sound[3]:
            good, bad = (2, 3) if sound[2] else (3, 2)
            lines.append(f"  Right in Keras {good} and broken in Keras {bad}.")
    unjudged = {v.text for criteria in verdicts for v in criteria.values() if v.ok is None}
    lines += [f"– {text}" for text in sorted(unjudged)]
    for record in versions.values():
        lines += [f"  Remark: {text}" for text in record["remarks"] + record["left"]]
    return list(dict.fromkeys(lines))


def _behaves(record):
    """Return whether all that is judged by running it is right."""
    return all(verdict.ok is True for name, verdict in record["criteria"].items() if name not in cohort.FORM)
