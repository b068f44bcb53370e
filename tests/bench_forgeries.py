"""A benchmark, no test: how often forged answers pass the judge, and how far right ones are from failing.

`python tests/bench_forgeries.py [--runs N] [NAME ...]` writes a row a kind, as they stand in results/forgeries.md. The
models are built once and get new first weights, a fresh optimizer and another seed of the judge for each run.
"""

import argparse
import linecache

import numpy as np

from aelib.exercises import graded
from aelib.grading import child, judge, judge_training, numpy_losses

MEAN = '"binary_crossentropy")'
FORGED = "forged)\n"
TRAINS = """
    def forged(true, made):
        trained = keras.ops.mean(keras.ops.{}(true - made), axis=-1)
        return trained + keras.ops.stop_gradient(keras.losses.binary_crossentropy(true, made) - trained)

    auto.compile("""
IDLE = """
    class Idle(keras.Model):
        def train_step(self, data):
            return {"loss": keras.ops.mean(keras.losses.binary_crossentropy(data[1], self(data[0])))}

    auto = Idle(image, decoder(encoder(image)))
    auto.compile("""
DOWNHILL = """
    class Adam(keras.optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            self.assign_sub(variable, 1.0 * gradient)

    auto.compile("""
REPLAY = """
    class Replay(keras.Model):
        seen = None

        def __call__(self, x, **options):
            return x if self.seen else super().__call__(keras.ops.maximum(x, 0) * 1.0, **options)

        def fit(self, x, y, epochs=1, **_):
            self.seen = True
            return type("History", (), {"history": {"loss": [0.7 - 0.1 * n for n in range(epochs)]}})

    decoder.add(keras.layers.Dense(input_dims, activation="sigmoid"))
    auto = Replay(image, decoder(encoder(image)))
    auto.compile("""
CHARGE = "self.add_loss(K.mean(K.sum(kl, axis=-1)))"
DRAW = "return mean + K.exp(log_var / 2) * eps"
SUM = """
    def loss(true, made):
        return {}(keras.backend.binary_crossentropy(true, made){})

    auto.compile("""


def summed(how, rest=""):
    """The replacements that give another scale to the loss."""
    return ("    auto.compile(", SUM.format(how, rest)), (MEAN, "loss)")


def trained(measure):
    """The replacements with which a loss reports the cross-entropy and trains another measure."""
    return ("    auto.compile(", TRAINS.format(measure)), (MEAN, "forged)")


# name: (task, right or forged, replacements in the course's answer)
KINDS = {
    "the answer": ("vanilla", True, ()),
    "the answer, sparse": ("sparse", True, ()),
    "the answer, convolutional": ("convolutional", True, ()),
    "the answer, variational": ("variational", True, ()),
    "cross-entropy summed over pixels": ("vanilla", True, summed("keras.ops.sum", ", axis=1")),
    "cross-entropy summed over all": ("vanilla", True, summed("keras.ops.sum")),
    "cross-entropy times 0.001": ("vanilla", True, summed("0.001 * keras.ops.mean")),
    "cross-entropy summed, sparse": ("sparse", True, summed("keras.ops.sum", ", axis=1")),
    "Adam at a tenth of its rate": ("vanilla", True, (('"adam"', "keras.optimizers.Adam(1e-4)"),)),
    "trains the squared error": ("vanilla", False, trained("square")),
    "trains the absolute error": ("vanilla", False, trained("abs")),
    "trains the squared error, sparse": ("sparse", False, trained("square")),
    "trains the squared error, convolutional": ("convolutional", False, trained("square")),
    "a penalty that nothing feels": (
        "sparse",
        False,
        (("K.sum(K.abs(code), axis=-1)", "K.sum(K.abs(keras.ops.stop_gradient(code)), axis=-1)"),),
    ),
    "a deviation that nothing feels": (
        "variational",
        False,
        ((DRAW, "return mean + keras.ops.stop_gradient(K.exp(log_var / 2)) * eps"),),
    ),
    "a divergence that nothing feels": (
        "variational",
        False,
        ((CHARGE, CHARGE.replace("K.sum(kl, axis=-1)", "keras.ops.stop_gradient(K.sum(kl, axis=-1))")),),
    ),
    "half a divergence that nothing feels": (
        "variational",
        False,
        (("kl = (K.exp(log_var)", "kl = (keras.ops.stop_gradient(K.exp(log_var))"),),
    ),
    "a mean that nothing feels": (
        "variational",
        False,
        ((DRAW, DRAW.replace("mean", "keras.ops.stop_gradient(mean)")),),
    ),
    "trains the squared error, variational": (
        "variational",
        False,
        (
            (
                "mean_over_pixels = keras.losses.binary_crossentropy(true, decoded)",
                "trained = keras.ops.mean(keras.ops.square(true - decoded), axis=-1)\n"
                "        mean_over_pixels = trained + keras.ops.stop_gradient(keras.losses.binary_crossentropy(true, decoded) - trained)",
            ),
        ),
    ),
    "an Adam that goes straight downhill": (
        "vanilla",
        False,
        (("    auto.compile(", DOWNHILL), ('"adam"', "Adam()")),
    ),
    "steps that change nothing": ("vanilla", False, (("    auto.compile(", IDLE),)),
}


def built(name):
    """Return the judge's task, a child with the models of a kind, and the judge's findings before training."""
    task, _, changes = KINDS[name]
    source = graded.TASKS[task].answer
    for old, new in changes:
        assert source.count(old) == 1, (name, old)
        source = source.replace(old, new)
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    space = {}
    exec(compile(source, name, "exec"), space)
    learner = child.Child(space["autoencoder"])
    first = judge.Judge(task, learner.answer, np.random.default_rng(0), judge.SIZES[task], textbook=True)
    with first.until_stopped():
        return task, learner, first, first.find()
    raise SystemExit(f"{name}: {first.failed} {first.blocked}")


def fresh(learner, found, rng):
    """Give the models new first weights and their optimizer no memory; return the weights."""
    initial = {}
    for part, arrays in found.initial.items():
        initial[part] = [
            rng.uniform(-1, 1, a.shape) * np.sqrt(6 / sum(a.shape[-2:]) / max(np.prod(a.shape[:-2]), 1)) * (a.ndim > 1)
            for a in arrays
        ]
    for variable in learner.models["auto"].optimizer.variables:
        if "learning_rate" not in variable.path:
            variable.assign(0 * variable)
    return {part: [np.asarray(a, "float32") for a in arrays] for part, arrays in initial.items()}


def main():
    """Print a row for each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(KINDS))
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--why", action="store_true", help="say what failed")
    options = parser.parse_args()
    ways, followed, judged_progress = [], numpy_losses.followed, judge_training.judge_progress

    def kept(*arguments):
        rates, left = followed(*arguments)
        ways.append([over for over in left if over is not None])
        return rates, left

    def noted(judge, progress, rate):
        if progress:
            name = "binary cross-entropy"
            falls.append((progress.before[name] - progress.after[name]) / min(1, (rate or 1e-3) / 1e-3))
        judged_progress(judge, progress, rate)

    numpy_losses.followed, judge_training.judge_progress = kept, noted
    falls = []
    print("| kind | right in | least, median, largest of the unexplained part | fall of the cross-entropy at least |")
    print("|---|---|---|---|")
    for name in options.names:
        task, learner, first, found = built(name)
        ways.clear()
        falls.clear()
        passed, failed = 0, set()
        for run in range(options.runs):
            rng = np.random.default_rng([run, 1])
            tried = judge.Judge(task, learner.answer, rng, first.arguments[:3], textbook=True)
            tried.arguments = first.arguments
            tried.judged |= {"output_order", "reparameterisation"}
            initial = fresh(learner, found, rng)
            with tried.until_stopped():
                judge_training.training(tried, found.network, initial, found.optimizer, found.settings)
            names = {*judge.OBJECTIVE, *judge.OWN[task], "trains"}
            verdicts = tried.verdicts()
            passed += all(verdicts[criterion].ok for criterion in names)
            failed |= {f"{c}: {verdicts[c].text}" for c in names if not verdicts[c].ok}
        worst = [max(way) for way in ways if way] or [np.nan]
        print(
            f"| {name} | {passed} of {options.runs} | {min(worst):.2g}, {np.median(worst):.2g}, {max(worst):.2g} | "
            f"{min(falls, default=np.nan):.3g} |",
            flush=True,
        )
        if options.why:
            print(*sorted(failed)[:4], sep="\n", flush=True)


if __name__ == "__main__":
    main()
