"""A benchmark, no test: grades 100 made-up submissions in one run, prints wall time, memory and seconds a task.

`python tests/bench_grade.py [--jobs N]`. The submissions are right answers in several styles,
the named mistakes of the exercises, and hostile ones.
"""

import argparse
import collections
import pathlib
import statistics
import sys
import tempfile
import threading
import time

import psutil

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import test_hostile  # noqa: E402  the folder has to be on the path first
from mistakes import ATTEMPTS  # noqa: E402

from aelib.exercises import graded  # noqa: E402
from aelib.grading import cohort, judge, submissions  # noqa: E402

SUBMISSIONS = pathlib.Path(__file__).parent / "submissions"
LEARNERS = 25


def made_up(folder):
    """Write 25 learners with four files each; return what kind each file is."""
    kinds = {}
    hostile = list(test_hostile.HOSTILE.items())
    right = [graded.SOLUTIONS, *(SUBMISSIONS / style for style in ("sequential", "subclassed", "lambdas"))]
    mistakes = {task: list(ATTEMPTS[exercise.key].wrong) for task, exercise in graded.TASKS.items()}
    for number in range(LEARNERS):
        learner = folder / f"learner {number:02}"
        learner.mkdir()
        for place, (name, task) in enumerate(cohort.FILES.items()):
            turn = (number + place) % 5
            if turn < 2:
                source, kind = (right[number % len(right)] / name).read_text("utf-8"), "right"
            elif turn < 4:
                mistake = mistakes[task][number % len(mistakes[task])]
                source, kind = mistake.source(graded.TASKS[task].answer), "mistaken"
            else:
                source, kind = hostile[number % len(hostile)][1][0], "hostile"
            (learner / name).write_text(source)
            (learner / name).chmod(0o755)
            kinds[learner.name, task] = kind
    return kinds


def watch(peak, stop):
    """Note the largest memory of this process and all below it, in bytes."""
    while not stop.wait(0.2):
        total = 0
        for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
            try:
                memory = process.memory_full_info()
                total += getattr(memory, "pss", memory.rss)  # shared pages are counted once
            except psutil.Error:
                pass
        peak[0] = max(peak[0], total)


def main():
    """Grade the cohort and print the measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kinds = made_up(pathlib.Path(folder))
        found = submissions.find([folder])[0]
        peak, stop = [0], threading.Event()
        watcher = threading.Thread(target=watch, args=(peak, stop))
        watcher.start()
        began = time.monotonic()
        records = cohort.grade(found, jobs=options.jobs, seconds=options.seconds)
        wall = time.monotonic() - began
        stop.set()
        watcher.join()
    seconds = collections.defaultdict(list)
    points = collections.defaultdict(list)
    complete = 0
    for record in records:
        kind = kinds[record["learner"], record["task"]]
        seconds[kind, record["task"]].append(record["seconds"])
        points[kind].append(record["points"])
        complete += set(record["criteria"]) == {*judge.criteria(record["task"]), *cohort.FORM}
    print(f"{len(records)} submissions, {complete} reports complete, {options.jobs} at a time")
    print(f"wall time {wall:.0f} s, {wall / len(records):.2f} s a task; peak memory {peak[0] / 2**30:.2f} GiB")
    for (kind, task), values in sorted(seconds.items()):
        median, most = statistics.median(values), max(values)
        print(f"  {kind:9} {task:14} {len(values):3} tasks, median {median:5.2f} s, longest {most:5.2f} s")
    for kind, values in points.items():
        print(f"  {kind}: points from {min(values)} to {max(values)} of 6")


if __name__ == "__main__":
    main()
