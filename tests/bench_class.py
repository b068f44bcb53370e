"""A benchmark, no test: a teacher's path from the course to a graded class of made-up learners, each step timed.

`python tests/bench_class.py [--learners N] [--variant N] [--jobs N]` types what teachers type. A third of the learners
answer the variant rightly, a third with one of the named mistakes, the others hand in the course's own answers, under
the variant's name or not. Every tenth leaves a file out. Four more hand in what the course can't keep back.
"""

import argparse
import collections
import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import test_class  # noqa: E402  the folder has to be on the path first
from mistakes import ATTEMPTS  # noqa: E402

from aelib.exercises import graded  # noqa: E402
from aelib.grading import naming, variants  # noqa: E402

ROOT = pathlib.Path(__file__).parent.parent
STYLES = [
    graded.SOLUTIONS,
    *(ROOT / "tests" / "submissions" / style for style in ("sequential", "subclassed", "lambdas")),
]
KINDS = ("right", "mistaken", "the course's own", "right", "mistaken", "under the new name")


def made_up(folder, learners, number):
    """Write the learners' files; return {(learner, task): kind}."""
    kinds = {}
    for place in range(learners):
        learner = folder / f"learner {place:02}"
        learner.mkdir(parents=True)
        kind = KINDS[place % len(KINDS)]
        for name, task in naming.FILES.items():
            own = (STYLES[place % len(STYLES)] / name).read_text("utf-8")
            if kind == "right":
                source = variants.worded(own, task, number)
            elif kind == "mistaken":
                named = [one for one in ATTEMPTS[graded.TASKS[task].key].wrong if not isinstance(one.change, str)]
                mistake = named[place % len(named)].source(graded.tasks()[task].answer)
                source = variants.worded(mistake, task, number)
            else:
                source = graded.tasks()[task].answer
                if kind == "under the new name":
                    source = source.replace("def autoencoder(", f"def {variants.variant(task, number).function}(")
            if place % 10 == 9 and task == "variational":
                continue  # not handed in
            (learner / name).write_text(source)
            (learner / name).chmod(0o755)
            kinds[learner.name, task] = kind
    variant, factories = variants.variant("vanilla", number), (ROOT / "aelib" / "factories.py").read_text("utf-8")
    wrapped = (
        f"def {variant.function}({', '.join(variant.names)}):\n    return vanilla({', '.join(ordered(variant))})\n"
    )
    borrowed = {
        "factories.py": factories,
        "factories.py and a new name": f"{factories}\n\n{variant.function} = vanilla\n",
        "factories.py and a translation": f"{factories}\n\n{wrapped}",
        "the package, imported": f"from aelib.factories import vanilla\n\n\n{wrapped}",
    }
    for kind, source in borrowed.items():
        (folder / kind).mkdir()
        (folder / kind / "0-vanilla.py").write_text(source)
        kinds[kind, "vanilla"] = kind
    return kinds


def ordered(variant):
    """Return the variant's arguments in the order of the course's own exercise."""
    return [variant.names[variant.order.index(place)] for place in range(len(variant.order))]


def timed(words, *command):
    """Run a command, print how long it took and the end of what it said; return its exit code."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "aelib", *map(str, command)], capture_output=True, text=True)
    print(f"{words}: {time.monotonic() - began:.1f} s, exit code {done.returncode}")
    if done.stderr:
        print(done.stderr[-2000:])
    return done.returncode


def main():
    """Walk the path and print what it took and what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=30)
    parser.add_argument("--variant", type=variants.numbered, default=7)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        made, number = folder / "class", options.variant
        timed("bundle for the class", "course", made, "--for-class", "--variant", number)
        found = {
            where: text
            for path in made.iterdir()
            for where, text in test_class.texts(path.name, path.read_bytes()).items()
        }
        answers = test_class.answers(None, number)
        longest = max(test_class.shared(answer, text) for answer in answers for text in found.values())
        size = sum(path.stat().st_size for path in made.iterdir()) / 2**20
        print(f"  {size:.1f} MiB, {len(found)} texts; most lines in a row that one shares with an answer: {longest}")
        kinds = made_up(folder / "in", options.learners, number)
        out = ["--json", folder / "grades.json", "--csv", folder / "grades.csv", "--report", folder / "pages"]
        how = ["--variant", number, "--jobs", options.jobs]
        timed(f"{len(kinds)} files of {options.learners} learners graded", "grade", folder / "in", *how, *out)
        points, faults = collections.defaultdict(list), collections.Counter()
        with open(folder / "grades.csv", encoding="utf-8-sig", newline="") as table:
            for row in csv.DictReader(table):
                kind = kinds[row["learner"], row["task"]]
                points[kind].append(int(row["points"]))
                if kind == "right" and row["points"] != row["of"]:
                    print(f"  a right answer lost points: {row['learner']}, {row['task']}: {row['first_fault']}")
                faults[row["first_fault"]] += kind != "right"
        for kind, values in points.items():
            print(f"  {kind}: {len(values)} files, points {dict(sorted(collections.Counter(values).items()))}")
        seconds = [one["seconds"] for one in json.loads((folder / "grades.json").read_text("utf-8"))["records"]]
        print(f"  seconds a file, from {min(seconds):.1f} to {max(seconds):.1f}")
        print(f"  the commonest first fault: {faults.most_common(1)[0][0]}")
        print(f"  pages: {len(list((folder / 'pages').glob('*.html')))}")
        timed("the same again, with --resume", "grade", folder / "in", *how, *out, "--resume")


if __name__ == "__main__":
    main()
