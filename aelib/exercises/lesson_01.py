"""The three small exercises of lesson 01: sizes, loss and a published bug; the graded one is in `graded`, not here."""

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import Half, is_scalar


def _count(attempt):
    """Judge the number of weights in a chain of dense layers."""
    rng = np.random.default_rng(0)
    found = {}
    for name, sizes in (("one_layer", [784, 128]), ("three_layers", [784, 128, 64, 32])):
        expected = sum((a + 1) * b for a, b in zip(sizes, sizes[1:]))
        got = attempt(list(sizes))
        found[name] = (_same(got, expected), _counted(sizes, got, expected))
    sizes = [int(size) for size in rng.integers(2, 50, 5)]
    got, expected = attempt(list(sizes)), sum((a + 1) * b for a, b in zip(sizes, sizes[1:]))
    found["any_sizes"] = (_same(got, expected), _counted(sizes, got, expected))
    return found, []


def _same(got, expected):
    """Return whether a learner's number is the expected one."""
    return is_scalar(got) and bool(got == expected)


def _counted(sizes, got, expected):
    """Return what a wrong count suggests."""
    chain = " → ".join(map(str, sizes))
    if _same(got, expected):
        return f"{chain}: {expected:,} weights and biases."
    pairs = list(zip(sizes, sizes[1:]))
    causes = {
        sum(a * b for a, b in pairs): "Each unit also has a bias.",
        sum(a * b for a, b in pairs) + sum(sizes): "The input has no biases: only units of a layer do.",
        sum(a * (b + 1) for a, b in pairs): "Count a bias for each unit of the layer, not for each of its inputs.",
        sum((a + 1) * b for a, b in pairs[:1]): "Only the first layer was counted.",
        sum(a * b for a, b in pairs) + len(pairs): "A layer has a bias for each of its units, not one in all.",
    }
    number = f"{float(got):,.12g}" if is_scalar(got) else f"{got!r}"
    return f"{chain}: your function says {number}. " + causes.get(
        float(got) if is_scalar(got) else None, "Add up the layers."
    )


count_weights = Exercise(
    name="count_weights",
    key="01-count-weights",
    objective="autoencoder",
    title="Exercise 1, weights of a chain",
    hints=(
        "How many inputs does each unit of the second layer have?",
        "A layer from a to b numbers has a times b weights, and one bias for each of its b units.",
        "Go through neighbouring sizes, zip(sizes, sizes[1:]), and add up.",
    ),
    answer="def count_weights(sizes):\n    return sum(a * b + b for a, b in zip(sizes, sizes[1:]))\n",
    judge=_count,
)


def _loss(attempt):
    """Judge the cross-entropy of each image."""
    rng = np.random.default_rng(0)
    x, r = rng.random((5, 12)), rng.uniform(0.05, 0.95, (5, 12))
    expected = np.mean(-x * np.log(r) - (1 - x) * np.log(1 - r), axis=1)
    got = np.asarray(attempt(x.copy(), r.copy()))
    shape = f"For 5 images you return the shape {got.shape}: expected (5,), one number an image."
    found = {"shape": (got.shape == (5,), "One number an image." if got.shape == (5,) else shape)}
    value = np.mean(got) if got.dtype.kind == "f" else np.nan
    white = -x * np.log(r)
    causes = {
        "You add up the pixels: expected their average.": expected.sum() * 12 / 5,
        "You average over images, too, or your sign is turned: a cost is positive.": -expected.mean(),
        "Your logarithm has base 2, so the unit is bits: expected nats.": expected.mean() / np.log(2),
        "Only the white part, -x ln r, is there: a black pixel costs, too.": white.mean(),
        "x and r are exchanged: the logarithm is that of the reconstruction.": np.mean(
            -r * np.log(x) - (1 - r) * np.log(1 - x)
        ),
    }
    right = got.shape in ((5,), ()) and np.allclose(value, expected.mean(), rtol=1e-5)
    right = right and (got.shape != (5,) or np.allclose(got, expected, rtol=1e-5))
    text = next((cause for cause, number in causes.items() if np.isclose(value, number)), "The value is another one.")
    found["value"] = (right, "The average over the pixels, in nats." if right else f"Found {value:.4g}. {text}")
    if right:
        sharp = np.asarray(attempt(np.array([[0.0, 1.0, 0.0, 1.0]]), np.array([[0.0, 1.0, 1.0, 0.0]])))
        finite = bool(np.isfinite(sharp).all())
        found["black_and_white"] = (
            finite,
            "Pixels of exactly 0 and 1 give a finite cost."
            if finite
            else f"For r = 0 and r = 1 you return {sharp.ravel()[0]}: clip r before you take the logarithm.",
        )
    return found, []


cross_entropy = Exercise(
    name="cross_entropy",
    key="01-cross-entropy",
    objective="autoencoder",
    title="Exercise 2, the loss by hand",
    hints=(
        "The formula stands above the cell that measured each image.",
        "Average over the pixels of one image: axis=1.",
        "np.log(0) is minus infinity. Keep r between 1e-7 and 1 - 1e-7 with np.clip.",
    ),
    answer=(
        """\
import numpy as np


def cross_entropy(x, r):
    r = np.clip(r, 1e-7, 1 - 1e-7)
    return np.mean(-x * np.log(r) - (1 - x) * np.log(1 - r), axis=1)
"""
    ),
    judge=_loss,
)


def _redraw(attempt):
    """Judge the repair of the published program."""
    rng = np.random.default_rng(0)
    encoder, decoder = Half(rng.normal(size=(6, 6))), Half(rng.normal(size=(6, 6)))
    auto = Half(encoder.kernel @ decoder.kernel)
    images = rng.random((4, 6))
    got = attempt(encoder, decoder, auto, images.copy())
    codes, pictures = got if isinstance(got, (tuple, list, np.ndarray)) and len(got) == 2 else (None, None)
    if codes is None:
        return {"returns": (False, f"You return {type(got).__name__}: expected codes and pictures, two arrays.")}, []
    found = {"returns": (True, "Codes and pictures come back.")}
    right = np.shape(codes) == (4, 6) and np.allclose(codes, images @ encoder.kernel)
    found["codes"] = (right, "The codes are the encoder's." if right else "The codes are not encoder.predict(images).")
    expected = images @ auto.kernel
    good = np.shape(pictures) == (4, 6) and np.allclose(pictures, expected)
    text = "The pictures are not the decoder's for these codes."
    if np.shape(pictures) == (4, 6) and np.allclose(pictures, images @ encoder.kernel @ auto.kernel):
        text = "The codes went into the whole autoencoder, which takes them for images and encodes them again."
    elif np.shape(pictures) == (4, 6) and np.allclose(pictures, images @ decoder.kernel):
        text = "The decoder was given images: expected codes."
    found["pictures"] = (good, "The pictures are the decoder's." if good else text)
    if good and right:
        used = bool(decoder.seen)
        found["decoded_from_codes"] = (
            used,
            "The pictures were drawn from the codes."
            if used
            else "The pictures come from auto(images), not from the codes.",
        )
    return found, []


encode_and_redraw = Exercise(
    name="encode_and_redraw",
    key="01-encode-and-redraw",
    objective="autoencoder",
    title="Exercise 3, repair the bug",
    hints=(
        "Which of the three models takes a code?",
        "Encode once. Then give the codes to the decoder.",
    ),
    answer=(
        """\
def encode_and_redraw(encoder, decoder, autoencoder, images):
    codes = encoder.predict(images)
    pictures = decoder.predict(codes)
    return codes, pictures
"""
    ),
    judge=_redraw,
)
