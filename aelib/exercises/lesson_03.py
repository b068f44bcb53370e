"""The two exercises of lesson 03: bottlenecks, the error of PCA; no graded one is here."""

import math

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import is_scalar, short


def _found_in(sizes):
    """Return the places of the bottlenecks in a chain, the oracle of the check."""
    return [i for i in range(1, len(sizes) - 1) if sizes[i] < min(_around(sizes, i))]


def _around(sizes, i):
    """Return the sizes before and after place i."""
    return sizes[i - 1], sizes[i + 1]


def _bottlenecks(attempt):
    """Judge the places of the bottlenecks."""
    rng = np.random.default_rng(0)
    chains = {
        "one_bottleneck": [784, 128, 32, 128, 784],
        "two_bottlenecks": [784, 128, 784, 64, 784],
        "no_bottleneck": [16, 64, 256, 64, 16],
        "equal_neighbours": [784, 64, 64, 784],
    }
    found = {name: _placed(attempt, sizes) for name, sizes in chains.items()}
    verdict = (True, "Eleven chains with other sizes are right, too.")
    others = [[int(size) for size in rng.integers(1, 6, length)] for length in (3, 4, 5, 6, 7, 8, 9, 5, 6, 7)]
    for sizes in (*others, [64, 128, 784]):  # a decoder alone: its input has no layer before it
        ok, sentence = _placed(attempt, sizes)
        verdict = verdict if ok else (False, sentence)
    found["any_sizes"] = verdict
    return found, []


def _placed(attempt, sizes):
    """Return whether an answer is right for one chain, and what a wrong one suggests."""
    given = attempt(list(sizes))
    got, expected, chain = _whole_numbers(given), _found_in(sizes), " → ".join(map(str, sizes))
    if got is None:
        return (
            False,
            f"{chain}: you return {short(given, 80)}. Expected a list of places, empty where there is no bottleneck.",
        )
    got = sorted(got)
    if got == expected:
        return True, f"{chain}: right."
    inner = range(1, len(sizes) - 1)
    causes = {
        "You return sizes: expected places, counted from 0 at the input.": [sizes[i] for i in expected],
        "Places are counted from 0 at the input: yours are one too small.": [i - 1 for i in expected],
        "Places are counted from 0 at the input: yours are one too large.": [i + 1 for i in expected],
        "You return the smallest layer of the chain. Compare each layer with its two neighbours.": [
            sizes.index(min(sizes))
        ],
        "You return the middle of the chain. Look at the sizes.": [len(sizes) // 2],
        "A layer as large as a neighbour is not smaller than it.": [
            i for i in inner if sizes[i] <= min(_around(sizes, i))
        ],
        "Smaller than one neighbour is not enough.": [i for i in inner if sizes[i] < max(_around(sizes, i))],
        "You look at one side of a layer only: compare it with the layer before and with the layer after.": [
            i for i in inner if sizes[i] < sizes[i - 1]
        ],
        "You found the first bottleneck. There may be more.": expected[:1],
    }
    cause = next((cause for cause, places in causes.items() if got == sorted(places)), "Go from layer to layer.")
    ends = [i for i in got if i in (0, len(sizes) - 1)]
    if ends and "sizes" not in cause:
        cause = "Input and output have a neighbour on one side only, so they are no bottlenecks."
    return False, f"{chain}: you return {short(got, 80)}. {cause}"


def _whole_numbers(value):
    """Return a learner's list, tuple, set or array of whole numbers as a list of int, or None if it is none."""
    if isinstance(value, np.ndarray) and value.ndim == 1:
        value = value.tolist()
    if not isinstance(value, (list, tuple, set)):
        return None
    whole = [
        isinstance(v, (int, float, np.number)) and not isinstance(v, bool) and float(v).is_integer() for v in value
    ]
    return [int(v) for v in value] if all(whole) else None


bottlenecks = Exercise(
    name="bottlenecks",
    key="03-bottlenecks",
    objective="bottleneck",
    title="Exercise 1, find the bottlenecks",
    hints=(
        "Read the definition again: smaller than the layer before it, and smaller than the layer after it.",
        "Which places have a layer before them and a layer after them? range(1, len(sizes) - 1).",
        "Keep place i if sizes[i] < sizes[i - 1] and sizes[i] < sizes[i + 1].",
    ),
    answer="""\
def bottlenecks(sizes):
    return [i for i in range(1, len(sizes) - 1) if sizes[i - 1] > sizes[i] < sizes[i + 1]]
""",
    judge=_bottlenecks,
)


def _least_error(attempt):
    """Judge the smallest mean squared error of a linear autoencoder."""
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(12, 12)) * 0.9 ** np.arange(12)[:, np.newaxis]
    images = rng.normal(size=(40, 12)) @ mixed + rng.uniform(3, 6, 12)
    few = rng.normal(size=(6, 9)) + 2
    found = {}
    for name, pictures, k in (("value", images, 3), ("other_sizes", few, 2), ("full_code", images, 12)):
        got = attempt(pictures.copy(), k)
        expected = _pca_error(pictures, k)
        close = _is_finite(got) and math.isclose(float(got), expected, rel_tol=1e-4, abs_tol=1e-6)
        found[name] = (close, _explained(pictures, k, got, expected))
    return found, []


def _pca_error(images, k):
    """Return what the k best directions leave, from the eigenvalues of the covariance: the oracle of the check."""
    values = np.linalg.eigvalsh(np.cov(images.T, bias=True))[::-1]
    return float(values[k:].sum() / images.shape[1])


def _explained(images, k, got, expected):
    """Return what a wrong error suggests."""
    n, pixels = images.shape
    task = f"{n} images of {pixels} pixels, k = {k}: "
    if not _is_finite(got):
        return f"{task}you return {short(got, 80)}. Expected one number."
    if math.isclose(float(got), expected, rel_tol=1e-4, abs_tol=1e-6):
        return f"{task}{expected:.4g}."
    centred = images - images.mean(axis=0)
    s, raw = (np.linalg.svd(a, compute_uv=False) for a in (centred, images))
    s, raw = (np.append(values, np.zeros(pixels)) for values in (s, raw))
    shift = images - images.mean()
    causes = {
        "A linear autoencoder has biases, so it can take the average image away first: centre the images.": (
            np.sum(raw[k:] ** 2) / images.size
        ),
        "You took away one average for all pixels: each pixel has its own.": (
            np.sum(np.linalg.svd(shift, compute_uv=False)[k:] ** 2) / images.size
        ),
        "That is a sum over all images and pixels: expected the mean.": np.sum(s[k:] ** 2),
        "You took away each image's own mean: take away the average image.": (
            np.sum(np.linalg.svd(images - images.mean(axis=1, keepdims=True), compute_uv=False)[k:] ** 2) / images.size
        ),
        "You divide by the images only: the mean is over the pixels, too.": np.sum(s[k:] ** 2) / n,
        "You divide by the pixels only: the mean is over the images, too.": np.sum(s[k:] ** 2) / pixels,
        "The squared error needs the squares of the singular values.": np.sum(s[k:]) / images.size,
        "You added up what the k directions keep: expected what they leave.": np.sum(s[:k] ** 2) / images.size,
        "That is the share of the variance, not the error.": np.sum(s[k:] ** 2) / np.sum(s**2),
        "You divide by one image less. A mean divides by all of them.": np.sum(s[k:] ** 2) / ((n - 1) * pixels),
        "You divide by one image less, and not by the pixels: a mean divides by all images and all pixels.": (
            np.sum(s[k:] ** 2) / (n - 1)
        ),
        "That is the error with one direction more: the first k are kept, from 0 to k - 1.": (
            np.sum(s[k + 1 :] ** 2) / images.size
        ),
        "You left only the next direction out: all others are lost, too.": s[k] ** 2 / images.size,
        "That is the root of the mean squared error.": math.sqrt(max(expected, 0)),
    }
    cause = next((cause for cause, value in causes.items() if math.isclose(float(got), value, rel_tol=1e-4)), "")
    return f"{task}found {float(got):.4g}, expected another value. {cause}".rstrip()


def _is_finite(value):
    """Return whether a learner's value is one finite number."""
    try:
        return is_scalar(value) and not isinstance(value, bool) and math.isfinite(value)
    except (OverflowError, TypeError, ValueError):  # a huge, complex or written number
        return False


eckart_young = Exercise(
    name="eckart_young",
    key="03-eckart-young",
    objective="bottleneck",
    title="Exercise 2, the error that no linear autoencoder beats",
    hints=(
        "The formula stands above. It needs the singular values of the centred images: what does centred mean?",
        "np.linalg.svd(centred, compute_uv=False) gives the singular values, largest first.",
        "Drop the first k, square the others, add them up, and divide by images.size.",
    ),
    answer="""\
import numpy as np


def eckart_young(images, k):
    centred = images - images.mean(axis=0)
    s = np.linalg.svd(centred, compute_uv=False)
    return np.sum(s[k:] ** 2) / images.size
""",
    judge=_least_error,
)
