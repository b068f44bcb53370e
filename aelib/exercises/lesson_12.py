"""The exercises of lesson 12, the straight-through step, perplexity and bits for PCA; no codebook is trained here."""

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import cause, finite_number, numbers, short


def _straight_through(attempt):
    """Judge the straight-through step by its values and by the gradients that pass through it."""
    rng = np.random.default_rng(0)
    book = np.array([(3.0, 0.0), (0.5, 0.5), (-1.0, 1.0), (0.0, -2.0)], "float32")
    z = rng.normal(size=(40, 2)).astype("float32")
    weights = rng.uniform(0.5, 2, size=z.shape).astype("float32") * np.where(np.arange(2), 1, -1).astype("float32")
    squared = ((z[:, np.newaxis] - book) ** 2).sum(axis=2)
    values, to_z, to_book = _passed(attempt, z, book, weights)
    got = numbers(values)
    if got is None or got.shape != z.shape:
        what = f"an array of shape {got.shape}" if got is not None else short(values)
        return {"values": (False, f"You return {what}: expected a vector for each row of z, the shape {z.shape}.")}, []
    causes = {
        "That is z itself. The values have to be the entries, and the slope that of z: which part is held constant?": z,
        "You take the entry that is farthest away.": book[squared.argmax(axis=1)],
        "You take the entry with the largest scalar product. A long entry wins that, whether it is near or not.": (
            book[(z @ book.T).argmax(axis=1)]
        ),
        "These are sums of z and the entries: what has to be taken away again?": z + book[squared.argmin(axis=1)],
    }
    good = np.allclose(got, book[squared.argmin(axis=1)], atol=1e-5)
    text = cause(got, causes, "Expected for each row of z the entry at the smallest Euclidean distance.")
    found = {"values": (good, "The nearest entries." if good else text)}
    found["gradient"] = _judged_gradient(to_z, weights)
    kept = np.allclose(to_book, 0, atol=1e-4)
    text = "The loss of the decoder pulls at the codebook, too: hold the entries constant, z alone gets this gradient."
    found["codebook"] = (kept, "The codebook gets no gradient from the decoder." if kept else text)
    return found, []


def _judged_gradient(got, expected):
    """Return the verdict on the gradient with respect to z."""
    if np.allclose(got, expected, atol=1e-3):
        return True, "As if the step weren't there."
    if np.allclose(got, 0, atol=1e-4):
        return False, "No gradient reaches z: to the encoder it looks as if nothing it does matters."
    ratio = got / expected
    if np.allclose(ratio, ratio[0, 0], rtol=1e-2):
        return False, f"The gradient of z is {ratio[0, 0]:.3g} times the one that arrived: expected it unchanged."
    return False, "The gradient of z differs from the one that arrived: expected it unchanged, number by number."


def _passed(attempt, z, book, weights):
    """Return what a step gives, and the gradients of the sum of `weights` times it, on any of Keras's backends.

    They are read off one step of gradient descent with a rate of 1.
    """
    import keras
    from keras import layers, ops

    class Probe(layers.Layer):
        def __init__(self):
            super().__init__()
            self.z = self.add_weight(shape=z.shape, initializer="zeros")
            self.book = self.add_weight(shape=book.shape, initializer="zeros")

        def compute_output_spec(self, x):  # so that Keras tries the step on no placeholder
            return keras.KerasTensor(x.shape, x.dtype)

        def call(self, x):
            given = attempt(ops.convert_to_tensor(self.z) + 0, ops.convert_to_tensor(self.book) + 0)
            passed = ops.sum(ops.cast(ops.convert_to_tensor(given), "float32") * ops.convert_to_tensor(weights))
            return x + passed + 0 * (ops.sum(self.z) + ops.sum(self.book))  # so that neither is without a gradient

    probe = Probe()
    model = keras.Sequential([probe])
    model.compile(keras.optimizers.SGD(1.0), loss=lambda _, got: ops.mean(got), run_eagerly=True)
    probe.z.assign(z)
    probe.book.assign(book)
    plain = attempt(ops.convert_to_tensor(z), ops.convert_to_tensor(book))
    try:
        values = None if plain is None else ops.convert_to_numpy(plain)
    except Exception:  # nothing that Keras knows
        values = None
    if values is None:
        return plain, z * 0, book * 0
    if np.shape(values) == z.shape:
        model.train_on_batch(np.zeros((1, 1), "float32"), np.zeros((1, 1), "float32"))
    return values, z - ops.convert_to_numpy(probe.z), book - ops.convert_to_numpy(probe.book)


straight_through = Exercise(
    name="straight_through",
    key="12-straight-through",
    objective="autoencoder",
    title="Exercise 1, the straight-through step",
    hints=(
        "First the nearest entry: the squared distances of all rows to all entries, their smallest, and ops.take.",
        "`ops.stop_gradient(x)` has the value of x and counts as a constant. Which sum has the value of the entry, and "
        "the slope of z?",
        "The entry is z plus a difference. Hold one of the two constant.",
    ),
    answer="""\
from keras import ops


def straight_through(z, book):
    squared = ops.sum((ops.expand_dims(z, 1) - book) ** 2, axis=-1)
    chosen = ops.take(book, ops.argmin(squared, axis=-1), axis=0)
    return z + ops.stop_gradient(chosen - z)
""",
    judge=_straight_through,
)


def _perplexity(attempt):
    """Judge the perplexity of how often each entry of a codebook is used."""
    rng = np.random.default_rng(0)
    found = {}
    for name, counts in (
        ("even", np.full(8, 25)),
        ("uneven", np.array([70, 10, 10, 5, 5])),
        ("unused", np.array([0, 40, 0, 40, 0, 20, 0, 0])),
        ("one_entry", np.array([0, 0, 300, 0])),
        ("many", rng.integers(0, 90, 64) * (rng.random(64) < 0.7)),
    ):
        with np.errstate(all="ignore"):
            found[name] = _judged_perplexity(counts, attempt(counts.copy()))
    return found, []


def _judged_perplexity(counts, given):
    """Return the verdict on one histogram, and what a wrong number suggests."""
    shares = counts[counts > 0] / counts.sum()
    nats = -np.sum(shares * np.log(shares))
    expected = np.exp(nats)
    task = f"{len(counts)} entries, {np.sum(counts > 0)} of them in use: "
    values = numbers(given)
    if values is not None and values.size and np.isnan(values).all() and (counts == 0).any():
        return False, f"{task}you return nan. The logarithm of 0 is minus infinity: what should an unused entry add?"
    got = finite_number(given)
    if got is None:
        return False, f"{task}you return {short(given)}. Expected one finite number."
    if np.isclose(got, expected, rtol=1e-4, atol=1e-6):
        return True, f"{task}{expected:.4g}."
    everywhere = (counts + 1) / (counts + 1).sum()
    causes = {
        "That is the entropy in nats: one step is missing.": nats,
        "That is the entropy in bits: one step is missing.": nats / np.log(2),
        "Base and logarithm don't match: nats belong to e, bits to 2.": 2**nats,
        "Bits belong to 2, nats to e.": np.exp(nats / np.log(2)),
        "The sign of the entropy is the wrong way round.": np.exp(-nats),
        "That is the number of entries in use, however rarely.": np.sum(counts > 0),
        "That is the size of the codebook.": len(counts),
        "You added something to each count: here an unused entry is to count as unused.": (
            np.exp(-np.sum(everywhere * np.log(everywhere)))
        ),
        "That is 1 over the sum of squared shares: another count of this kind, but no perplexity.": (
            1 / np.sum(shares**2)
        ),
        "You average over the entries: expected a sum, weighted by the shares.": np.exp(nats / len(counts)),
    }
    text = cause(got, causes, "Turn counts into shares, take their entropy, and undo the logarithm.")
    return False, f"{task}you return {got:.4g}. {text}"


perplexity = Exercise(
    name="perplexity",
    key="12-perplexity",
    objective="bottleneck",
    title="Exercise 2, perplexity",
    hints=(
        "Lesson 03b has the entropy. What has to be done to it, so that eight entries used equally often give 8?",
        "Turn counts into shares. An entry that was never used adds nothing, but its logarithm is infinite.",
        "Keep the shares above 0, then np.exp of minus the sum of p · np.log(p).",
    ),
    answer="""\
import numpy as np


def perplexity(counts):
    shares = counts[counts > 0] / counts.sum()
    return np.exp(-np.sum(shares * np.log(shares)))
""",
    judge=_perplexity,
)


def _allocated(attempt):
    """Judge how bits are shared among numbers of different variance."""
    rng = np.random.default_rng(0)
    found = {}
    for name, variances, bits in (
        ("steep", np.array([16.0, 4.0, 1.0, 0.25]), 6),
        ("flat", np.full(5, 2.0), 10),
        ("few_bits", np.array([3.0, 9.0, 1.0, 2.0]), 2),
        ("no_bits", np.array([2.0, 1.0]), 0),
        ("any", rng.uniform(0.01, 1, 30) ** 3, 98),
    ):
        found[name] = _judged_bits(variances, bits, attempt(variances.copy(), bits))
    return found, []


def shared_out(variances, bits):
    """Return how many bits each number gets, so that the sum of variances / 4**bits is as small as it can be.

    Args:
        variances: Those of the numbers, (k,), none below 0.
        bits: How many bits there are for all of them together.

    Source: Cover and Thomas, "Elements of information theory" (2006), section 10.3.3, for bits that needn't be whole.
    """
    given = np.zeros(len(variances), int)
    for _ in range(bits):
        given[np.argmax(variances / 4.0**given)] += 1
    return given


def _judged_bits(variances, bits, given):
    """Return the verdict on one allocation, and what a wrong one suggests."""
    task = f"{len(variances)} numbers, {bits} bits: "
    got = numbers(given)
    if got is None or got.shape != variances.shape:
        return False, f"{task}you return {short(given)}. Expected a whole number of bits for each of the numbers."
    if not np.isfinite(got).all() or (got != np.round(got)).any() or (got < 0).any():
        return False, f"{task}you return {short(given)}. Expected whole numbers, none of them below 0."
    if got.sum() != bits:
        return False, f"{task}you give away {got.sum():.0f}. Expected all of them, and no more."
    best = shared_out(variances, bits)
    left, least = np.sum(variances / 4.0**got), np.sum(variances / 4.0**best)
    if left <= least * (1 + 1e-9):
        return True, f"{task}the error left is {least:.4g}."
    halved = np.zeros(len(variances), int)
    for _ in range(bits):
        halved[np.argmax(variances / 2.0**halved)] += 1
    even = np.full(len(variances), bits // len(variances)) + (np.arange(len(variances)) < bits % len(variances))
    causes = {
        "You give to all alike: a number that hardly varies gets as much as the first.": even,
        "All bits go to the number that varies most. After some bits another one has more error left.": (
            bits * (np.arange(len(variances)) == variances.argmax())
        ),
        "You halve the error by each bit: a bit halves the step, and the error is squared.": halved,
        "You give most to the number that varies least.": shared_out(-variances, bits),
    }
    text = cause(got, causes, "Take one bit from one number and give it to another: does the error fall?")
    return False, f"{task}you leave an error of {left:.4g}, and {least:.4g} is possible. {text}"


allocate_bits = Exercise(
    name="allocate_bits",
    key="12-allocate-bits",
    objective="bottleneck",
    title="Exercise 3, a fair rival",
    hints=(
        "You have one bit. Which number do you give it to, and what error does that number have afterwards?",
        "Then you have a second bit, and the same question, with the errors as they are now.",
        "A loop over the bits: np.argmax of variances / 4.0**given finds the number whose turn it is.",
    ),
    answer="""\
import numpy as np


def allocate_bits(variances, bits):
    given = np.zeros(len(variances), int)
    for _ in range(bits):
        given[np.argmax(variances / 4.0**given)] += 1
    return given
""",
    judge=_allocated,
)
