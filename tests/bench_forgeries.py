"""A benchmark, no test: how often forged answers pass the judge, and how far right ones are from failing.

`python tests/bench_forgeries.py [--runs N] [NAME ...]` writes a row a kind, as they stand in results/forgeries.md. The
models are built once and get new first weights, a fresh optimizer and another seed of the judge for each run.
"""

import argparse
import linecache
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mistakes import ATTEMPTS  # noqa: E402  the folder has to be on the path first
from mistakes import graded as attempts  # noqa: E402

from aelib.exercises import graded  # noqa: E402
from aelib.grading import child, judge, judge_training, numpy_losses, variants  # noqa: E402

SCALED = attempts.SUMMED.replace("keras.backend.sum(", "{} * keras.backend.mean(")
RIGHT = {  # name: (task, what replaces the call of compile)
    "the answer, vanilla": ("vanilla", attempts.COMPILE),
    "the answer, sparse": ("sparse", attempts.COMPILE),
    "the answer, convolutional": ("convolutional", attempts.COMPILE),
    "the answer, variational": ("variational", None),
    "cross-entropy times 0.001": ("vanilla", SCALED.format(0.001, "")),
    "Adam at a tenth of its rate": ("vanilla", attempts.COMPILE.replace('"adam"', "keras.optimizers.Adam(1e-4)")),
    "cross-entropy times 10,000": ("vanilla", SCALED.format(10000, "")),
    "cross-entropy summed over pixels": ("vanilla", attempts.SUMMED.format(", axis=1")),
    "cross-entropy summed over all, sparse": ("sparse", attempts.SUMMED.format("")),
    "cross-entropy summed over all, convolutional": ("convolutional", attempts.SUMMED.format("")),
}
TRAINED = [*list(RIGHT)[:6], "a deviation that nothing feels"]  # the rest is judged before any training
SQUARED = attempts.FORGED.format("square")
FORGED = {  # name: (task, replacement in the answer)
    "a deviation that nothing feels": ("variational", None),
    "half a divergence that nothing feels": ("variational", None),
    "a penalty that nothing feels": ("sparse", None),
    "trains the squared error": ("vanilla", None),
    "trains the squared error, sparse": ("sparse", (attempts.COMPILE, SQUARED)),
    "trains the squared error, convolutional": ("convolutional", (attempts.COMPILE, SQUARED)),
    "trains the absolute error": ("vanilla", (attempts.COMPILE, attempts.FORGED.format("abs"))),
    "trains the squared error, variational": (
        "variational",
        (
            "mean_over_pixels = keras.losses.binary_crossentropy(true, decoded)",
            "trained = keras.ops.mean(keras.ops.square(true - decoded), axis=-1)\n"
            "        mean_over_pixels = trained + keras.ops.stop_gradient(\n"
            "            keras.losses.binary_crossentropy(true, decoded) - trained)",
        ),
    ),
    "a mean that nothing feels": (
        "variational",
        (attempts.DRAW, attempts.DRAW.replace("mean", "keras.ops.stop_gradient(mean)")),
    ),
    "an Adam that goes straight downhill": ("vanilla", None),
    "steps that change nothing": ("vanilla", None),
}


def source_of(name):
    """Return the task of a kind and its source."""
    task, change = {**RIGHT, **FORGED}[name]
    exercise = graded.TASKS[task]
    if name in RIGHT:
        return task, exercise.answer.replace(attempts.COMPILE, change) if change else exercise.answer
    (change,) = [change] if change else [wrong.change for wrong in ATTEMPTS[exercise.key].wrong if wrong.name == name]
    assert exercise.answer.count(change[0]) == 1, name
    return task, exercise.answer.replace(*change)


def built(name):
    """Return a child with the models of a kind, the judge, and what it found before training."""
    task, source = source_of(name)
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    space = {}
    exec(compile(source, name, "exec"), space)
    learner = child.Child(space["autoencoder"])
    first = judge.Judge(task, learner.answer, np.random.default_rng(0), variants.SIZES[task], textbook=True)
    with first.until_stopped():
        return learner, first, first.find()
    raise SystemExit(f"{name}: {first.failed} {first.blocked}")


def fresh(learner, found, rng):
    """Give the optimizer no memory, and return first weights as Keras draws them."""
    for variable in learner.models["auto"].optimizer.variables:
        if "learning_rate" not in variable.path:
            variable.assign(0 * variable)
    initial = {part: [np.zeros(array.shape, "float32") for array in found.initial[part]] for part in judge.PARTS}
    for array in (array for arrays in initial.values() for array in arrays if array.ndim > 1):
        limit = np.sqrt(6 / sum(array.shape[-2:]) / np.prod(array.shape[:-2]))
        array[...] = rng.uniform(-limit, limit, array.shape)
    return initial


def main():
    """Print a row for each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[*RIGHT, *FORGED])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--why", action="store_true", help="say what failed")
    options = parser.parse_args()
    worst, falls, followed = [], [], numpy_losses.followed
    train, progress_of = judge_training.train, judge_training.judge_progress

    def kept(*arguments):
        rates, left = followed(*arguments)
        worst.append(max((over for over in left if over is not None), default=np.nan))
        return rates, left

    def noted(judge, progress, rate, settings):
        name = "binary cross-entropy"
        falls.append((progress.before[name] - progress.after[name]) / min(1, (rate or 1e-3) / 1e-3))
        progress_of(judge, progress, rate, settings)

    numpy_losses.followed, judge_training.judge_progress = kept, noted
    print("| kind | right in | unexplained: least, median, most | least fall of the cross-entropy |")
    print("|---|---|---|---|", flush=True)
    for name in options.names:
        learner, first, found = built(name)
        task, passed, failed = first.task, 0, set()
        worst.clear(), falls.clear()
        still = judge_training.Progress({"binary cross-entropy": 1}, {"binary cross-entropy": 0}, {}, [1, 0], True)
        still = still._replace(again=still.before)
        judge_training.train = train if name in TRAINED else lambda *_, still=still: still
        for run in range(options.runs):
            rng = np.random.default_rng([run, 1])
            tried = judge.Judge(task, learner.answer, rng, variants.SIZES[task], textbook=True)
            tried.arguments = first.arguments
            tried.judged |= {"output_order", "reparameterisation"}
            with tried.until_stopped():
                initial = fresh(learner, found, rng)
                judge_training.training(tried, found.network, initial, found.optimizer, found.settings)
            verdicts, names = tried.verdicts(), {*judge.OBJECTIVE, *judge.OWN[task], "trains"}
            passed += all(verdicts[criterion].ok for criterion in names)
            failed |= {f"{criterion}: {verdicts[criterion].text}" for criterion in names if not verdicts[criterion].ok}
        seen = ", ".join(f"{value:.2g}" for value in (min(worst), np.median(worst), max(worst))) if worst else "–"
        fall = f"{min(falls):.2g}" if name in TRAINED else "–"
        print(f"| {name} | {passed} of {options.runs} | {seen} | {fall} |", flush=True)
        if options.why:
            print(*sorted(failed)[:4], sep="\n", flush=True)


if __name__ == "__main__":
    main()
