"""Print how much sooner `training.fit` reaches what plain `fit` reaches, and what share of the machine both use.

`python tests/bench_training.py [MODEL ...]` takes an hour for all four models; it needs AELIB_MNIST. Each run has a
process of its own, so that compiling counts, and the two kinds take turns: plain, ours, plain, ours.

How many epochs of ours stand beside 50 plain ones is chosen without the test images, and so is the sparse model's peak:
`--choose` trains on 50,000 of the training images and measures on the other 10,000, from two seeds, and prints a line
of JSON for each run.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

from aelib import lesson

PAIRS = 2
SEEDS = 0, 1  # the rest is for `--choose`
PEAKS = {"vanilla": [1.5e-2], "sparse": [5e-3, 1e-2, 1.5e-2, 2e-2], "convolutional": [5e-3], "variational": [1e-2]}
EPOCHS = 12  # for the choice of a peak
FULL = """
import json, sys
from aelib import lesson
lesson.start()
from aelib.reproducing import runs
name, epochs, plain, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "plain", sys.argv[4]
print(json.dumps(runs.train(name, 0, epochs, folder, plain=plain)))
"""
SPLIT = """
import dataclasses, json, sys, tempfile
from aelib import lesson
lesson.start()
from aelib import data
from aelib.reproducing import runs
name, seed, epochs, peak, plain = sys.argv[1], *map(json.loads, sys.argv[2:6])
mnist = data.mnist
def split(flat=True, download=False):
    (x, y), _ = mnist(flat=flat)
    return (x[:50_000], y[:50_000]), (x[50_000:], y[50_000:])
data.mnist = split
runs.RUNS[name] = dataclasses.replace(runs.RUNS[name], peak=peak)
with tempfile.TemporaryDirectory() as folder:
    record = runs.train(name, seed, epochs, folder, plain=plain)
record["validation_loss"] = record.pop("test_loss")
print(json.dumps(record))
"""
SHORT = """
import json, sys, time
from aelib import lesson
lesson.start()
import keras
from aelib import data, factories, training
name, epochs, plain = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "plain"
(x, _), _ = data.digits(flat=name != "convolutional")
auto = getattr(factories, name)(*factories.PUBLISHED[name])[2]
began = time.monotonic()
if plain:
    loss = auto.fit(x, x, epochs=epochs, batch_size=64, verbose=0).history["loss"][-1]
else:
    loss = training.fit(auto, x, epochs=epochs, batch_size=64)["loss"][-1]
print(json.dumps({"seconds": time.monotonic() - began, "test_loss": loss}))
"""


def measured(program, *arguments):
    """Run a program in a process of its own and return what it prints last, as JSON."""
    call = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def split(name, seed, epochs, peak, plain=False):
    """Train on one part of the training images, print a line of JSON, and return the loss on the other part."""
    record = measured(SPLIT, name, seed, epochs, peak, json.dumps(plain))
    kept = ("model", "seed", "epochs", "batch_size", "peak", "plain", "loss", "validation_loss", "versions")
    print(json.dumps({key: record[key] for key in kept}), flush=True)
    return record["validation_loss"]


def choose(name):
    """Train with each peak; then plainly, and search the fewest epochs of ours that are as good from both seeds."""
    from aelib.reproducing import runs

    losses = {peak: [split(name, seed, EPOCHS, peak) for seed in SEEDS] for peak in PEAKS[name]}
    peak = min(losses, key=lambda peak: sum(losses[peak]))
    plain = [split(name, seed, 50, runs.RUNS[name].peak, plain=True) for seed in SEEDS]

    def as_good(epochs):
        return all([split(name, seed, epochs, peak) <= loss for seed, loss in zip(SEEDS, plain)])

    epochs = runs.RUNS[name].equal_epochs
    if as_good(epochs):
        while as_good(epochs - 1):
            epochs -= 1
    else:
        while not as_good(epochs := epochs + 1):
            pass
    print(json.dumps({"chosen": name, "peak": peak, "equal_epochs": epochs}), flush=True)


def compared(title, plain, ours):
    """Take turns between two runs; print medians, spread and the ratio of the seconds."""
    found = {"plain": [], "ours": []}
    for _ in range(PAIRS):
        found["plain"].append(plain())
        found["ours"].append(ours())
    cells = []
    for kind, records in found.items():
        seconds = [record["seconds"] for record in records]
        loss = statistics.fmean(record["test_loss"] for record in records)
        cells.append(
            f"{kind} {statistics.median(seconds):.1f} s ({min(seconds):.1f} to {max(seconds):.1f}), loss {loss:.5g}"
        )
    ratios = [a["seconds"] / b["seconds"] for a, b in zip(*found.values())]
    ratio = f"{statistics.median(ratios):.1f} times ({min(ratios):.1f} to {max(ratios):.1f})"
    print(f"{title}: {'; '.join(cells)}; {ratio}", flush=True)
    return found


def limits():
    """Return what this machine computes and moves at best: float32 operations and bytes a second."""
    import keras

    matrix = keras.ops.ones((2048, 2048))
    rates = []
    for _ in range(6):
        began = time.monotonic()
        keras.ops.convert_to_numpy(keras.ops.matmul(matrix, matrix))[0, 0]
        rates.append(2 * 2048**3 / (time.monotonic() - began))
    source, moved = np.ones(2**26, np.float32), []
    target = np.zeros_like(source)
    for _ in range(4):
        began = time.monotonic()
        np.copyto(target, source)
        moved.append(2 * source.nbytes / (time.monotonic() - began))
    return max(rates), max(moved)


def operations(auto):
    """Return the multiplications and additions that one image costs a training: forward once, backward twice."""
    total = 0
    for layer in auto._flatten_layers(include_self=False):
        if (kernel := getattr(layer, "kernel", None)) is not None:
            places = np.prod(layer.output.shape[1:-1]) if len(kernel.shape) == 4 else 1
            total += 3 * 2 * np.prod(kernel.shape) * places
    return int(total)


def traffic(auto, batch_size):
    """Return the bytes that one step of Adam moves at least, if nothing stays in a cache.

    Each weight counts ten times: it is read forwards, backwards and by Adam, and its gradient and two moments are
    read and written. Each number of an image or of a layer's output counts five times, with its gradient.
    """
    import keras

    layers = [layer for layer in auto._flatten_layers() if not isinstance(layer, keras.Model)]
    outputs = sum(int(np.prod(output.shape[1:])) for layer in layers for output in keras.tree.flatten(layer.output))
    return 4 * (10 * auto.count_params() + 5 * batch_size * outputs)


def main(names):
    lesson.start()
    from aelib import factories
    from aelib.reproducing import runs

    if names[:1] == ["--choose"]:
        for name in names[1:] or runs.RUNS:
            choose(name)
        return
    fastest, widest = limits()
    print(f"This machine: {fastest / 1e9:.0f} GFLOP/s in a matrix product, {widest / 1e9:.1f} GB/s in a copy.")
    for name in names or runs.RUNS:
        published = runs.RUNS[name]

        def full(plain, name=name, published=published):
            with tempfile.TemporaryDirectory() as folder:
                epochs = 50 if plain else published.equal_epochs
                return measured(FULL, name, epochs, "plain" if plain else "ours", folder)

        found = compared(f"{name}, to the loss of 50 plain epochs", lambda: full(True), lambda: full(False))
        auto = getattr(factories, name)(*factories.PUBLISHED[name])[2]
        needed = operations(auto) * 60_000
        for kind, epochs, batch_size in (("plain", 50, 256), ("ours", published.equal_epochs, published.batch_size)):
            seconds = statistics.median(record["seconds"] for record in found[kind]) / epochs
            moved = traffic(auto, batch_size) * 60_000 / batch_size
            arithmetic, memory = (100 * share / seconds for share in (needed / fastest, moved / widest))
            shares = f"{arithmetic:.0f} % of the limit of arithmetic, {memory:.0f} % of that of memory"
            print(f"  {kind}: {seconds:.2f} s an epoch, {shares}")
        for epochs in (5, 50):  # the second is long enough to be compiled

            def short(kind, name=name, epochs=epochs):
                return measured(SHORT, name, epochs, kind)

            compared(f"{name}, {epochs} epochs of a lesson", lambda: short("plain"), lambda: short("ours"))


if __name__ == "__main__":
    main(sys.argv[1:])
