"""The three small exercises of lesson 02: a way through the codes, retrieval, random codes; no code is learned here."""

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import Half, numbers


def _numbers(value):
    """Return what a learner returned as an array of floats, where True counts as 1, or None if it is none."""
    return numbers(value, "fiub")


def _said(array, value):
    """Return what came back, in words."""
    return type(value).__name__ if array is None else f"the shape {array.shape}"


def _interpolated(attempt):
    """Judge the pictures on the way from one code to another."""
    rng = np.random.default_rng(2)
    encoder = Half(rng.normal(size=(9, 9)), lambda sums: np.maximum(sums, 0))
    decoder = Half(rng.normal(size=(9, 9)), lambda sums: 1 / (1 + np.exp(-sums)))
    first, last = rng.random((2, 9))
    value = attempt(encoder, decoder, first.copy(), last.copy(), 5)
    got = _numbers(value)
    if got is None or got.shape != (5, 9):
        text = f"For 5 steps and images of 9 pixels you return {_said(got, value)}: expected 5 pictures, (5, 9)."
        return {"shape": (False, text)}, []
    found = {"shape": (True, "One picture a step.")}
    share = np.linspace(0, 1, 5)[:, np.newaxis]
    a, b = encoder(first[np.newaxis]), encoder(last[np.newaxis])
    expected = decoder((1 - share) * a + share * b)
    ends = np.allclose(got[[0, -1]], expected[[0, -1]])
    text = "The first and the last picture are not the reconstructions of the two images."
    if np.allclose(got[[0, -1]], expected[[-1, 0]]):
        text = "The way goes from the last image to the first: turn it round."
    elif np.allclose(got[0], expected[0]):
        text = (
            "The first picture is right. The last is not the reconstruction of the last image: does the way get there?"
        )
    elif np.allclose(got[-1], expected[-1]):
        text = "The last picture is right, and the first is not the reconstruction of the first image."
    elif np.allclose(got[[0, -1]], [first, last]):
        text = "The way begins and ends with the images themselves: expected what the decoder makes of their codes."
    elif np.allclose(got, (1 - share) * a + share * b):
        text = "You return codes: expected the pictures that the decoder draws from them."
    elif np.allclose(got[[0, -1]], decoder(np.stack([first, last]))):
        text = "The decoder was given images: expected codes."
    found["ends"] = (ends, "The way begins and ends with the reconstructions of the two images." if ends else text)
    if not ends:
        return found, []
    middle = np.allclose(got, expected)
    text = "The ends are right, and the pictures between them are not decoded from evenly spaced codes."
    if np.allclose(got, (1 - share) * expected[0] + share * expected[-1]):
        text = (
            "This is a cross-fade of the two reconstructions: mix the codes, then decode, and not the other way round."
        )
    elif np.allclose(got, decoder(encoder((1 - share) * first + share * last))):
        text = "You mix the images and encode the mixture: expected a mixture of the two codes."
    found["in_the_code"] = (middle, "The way leads through the codes." if middle else text)
    if middle:
        share = np.linspace(0, 1, 12)[:, np.newaxis]
        again = _numbers(attempt(encoder, decoder, last.copy(), first.copy(), 12))
        right = (
            again is not None and again.shape == (12, 9) and np.allclose(again, decoder((1 - share) * b + share * a))
        )
        text = "With 5 steps your function is right, and with 12 steps between other images it is not."
        found["any_steps"] = (right, "It works for any number of steps." if right else text)
    return found, []


interpolate = Exercise(
    name="interpolate",
    key="02-interpolate",
    objective="latent space",
    title="Exercise 1, a way through the codes",
    hints=(
        "What do you mix, and what do you decode: images, codes or pictures?",
        "A model takes rows. np.stack([first, last]) makes two rows of two images.",
        "With a share t from 0 to 1, the code is (1 - t) * a + t * b. np.linspace(0, 1, steps) gives all shares, both "
        "ends included; as a column, [:, None], it multiplies each code.",
    ),
    answer=(
        """\
import numpy as np


def interpolate(encoder, decoder, first, last, steps):
    a, b = encoder.predict(np.stack([first, last]), verbose=0)
    t = np.linspace(0, 1, steps)[:, None]
    codes = (1 - t) * a + t * b
    return decoder.predict(codes, verbose=0)
"""
    ),
    judge=_interpolated,
)


def _precision(codes, labels, k, left_out=True, farthest=False, power=2):
    """Return the share of right labels among each code's k nearest, by going through all of them."""
    shares = []
    for i, code in enumerate(codes):
        others = [(j, other) for j, other in enumerate(codes) if j != i or not left_out]
        distances = [(float(np.sum(np.abs(code - other) ** power)), j) for j, other in others]
        nearest = sorted(distances, reverse=farthest)[:k]
        shares.append(sum(labels[j] == labels[i] for _, j in nearest) / k)
    return float(np.mean(shares))


def _retrieved(attempt):
    """Judge the precision of retrieval."""
    rng = np.random.default_rng(1)
    labels = rng.permutation(np.repeat([2, 5, 7], [24, 16, 10]))
    codes = labels[:, np.newaxis] * [0.6, 0, 0.2] + rng.normal(size=(50, 3))
    value = attempt(codes.copy(), labels.copy(), 4)
    got = _numbers(value)
    if got is None or got.size != 1:
        text = f"You return {_said(got, value)}: expected one number, the average over all images."
        return {"one_number": (False, text)}, []
    found = {"one_number": (True, "One number for all images.")}
    got, expected = float(got.ravel()[0]), _precision(codes, labels, 4)
    right = bool(np.isclose(got, expected))
    causes = {
        "Each image counts itself as a neighbour, at distance 0: leave it out.": _precision(codes, labels, 4, False),
        "You take one neighbour too few.": _precision(codes, labels, 3) * 3 / 4,
        "You take 3 neighbours: expected 4.": _precision(codes, labels, 3),
        "You take 5 neighbours: expected 4.": _precision(codes, labels, 5),
        "These are the farthest images: expected the nearest.": _precision(codes, labels, 4, farthest=True),
        "You add up the differences of the numbers: a straight line needs their squares.": _precision(
            codes, labels, 4, power=1
        ),
        "This is a percentage: expected a share from 0 to 1.": 100 * expected,
        "This is how many of the neighbours are right: expected the share of them.": 4 * expected,
        "This is a sum over the images: expected their average.": 50 * expected,
        "This is the share of wrong neighbours: expected that of right ones.": 1 - expected,
    }
    text = next(
        (cause for cause, number in causes.items() if np.isclose(got, number)), "Check each step on three codes."
    )
    text = f"Found {got:.4g}. {text}"
    found["value"] = (right, "The share of neighbours with the image's own label." if right else text)
    if not right:
        return found, []
    other = rng.normal(size=(30, 2)) + (names := rng.integers(0, 4, 30))[:, np.newaxis]
    right = all(np.isclose(_one(attempt(other.copy(), names.copy(), k)), _precision(other, names, k)) for k in (1, 7))
    text = "Right for 4 neighbours, and wrong for 1 or 7 among other codes."
    found["any_k"] = (right, "It works for any k." if right else text)
    if right:
        twins = np.concatenate([other, other])  # all have a twin, so that an odd k parts no equal distances
        named = np.concatenate([names, (names + rng.integers(0, 2, 30)) % 4])
        right = bool(np.isclose(_one(attempt(twins, named, 3)), _precision(twins, named, 3)))
        text = (
            "Wrong when two images have the same code. Then an image is not always the first of its own neighbours, "
            "and its twin is a neighbour like any other: leave an image out by its number, not by its distance."
        )
        found["twins"] = (right, "Images with the same code are neighbours, too." if right else text)
    return found, []


def _one(value):
    """Return a learner's number, or one that is never right."""
    array = _numbers(value)
    return float(array.ravel()[0]) if array is not None and array.size == 1 else np.nan


precision_at_k = Exercise(
    name="precision_at_k",
    key="02-precision-at-k",
    objective="latent space",
    title="Exercise 3, precision at k",
    hints=(
        "How near is an image to itself? Is that a neighbour you want?",
        "All distances at once: ((codes[:, None] - codes[None]) ** 2).sum(axis=2) is a table of n rows and n columns.",
        "np.fill_diagonal(distances, np.inf) puts each image far from itself; np.argsort(distances, axis=1)[:, :k] "
        "are the places of the nearest.",
    ),
    answer=(
        """\
import numpy as np


def precision_at_k(codes, labels, k):
    distances = ((codes[:, None] - codes[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argsort(distances, axis=1)[:, :k]
    return np.mean(labels[nearest] == labels[:, None])
"""
    ),
    judge=_retrieved,
)


def _drawn(attempt):
    """Judge random codes from a normal distribution with the codes' mean and covariance."""
    rng = np.random.default_rng(0)
    cloud = rng.normal(size=(400, 3)) @ [[2, 1.2, 0], [0, 1, -0.6], [0, 0, 0.5]] + [4, 1, 7]
    cloud[:, 0] += np.where(rng.random(400) < 0.5, -5, 5)  # two heaps, which a normal distribution does not have
    n = 20_000
    value = attempt(cloud.copy(), n, 0)
    got = _numbers(value)
    if got is None or got.shape != (n, 3):
        text = f"For {n:,} codes of 3 numbers you return {_said(got, value)}: expected ({n}, 3), one row a code."
        return {"shape": (False, text)}, []
    found = {"shape": (True, "One row a code.")}
    mean, cov = cloud.mean(axis=0), np.cov(cloud.T)
    deviations = np.sqrt(np.diag(cov))
    if not np.isfinite(got).all():
        return found | {"mean": (False, "Some of the numbers are not finite.")}, []
    right = np.all(np.abs(got.mean(axis=0) - mean) < 5 * deviations / n**0.5)
    text = f"Their means are {_listed(got.mean(axis=0))}: expected about {_listed(mean)}, those of the codes."
    found["mean"] = (bool(right), "Each number has the codes' mean." if right else text)
    spread = np.sqrt(np.diag(np.cov(got.T)))
    right = np.all(np.abs(spread / deviations - 1) < 0.04)
    text = f"Their standard deviations are {_listed(spread)}: expected about {_listed(deviations)}, those of the codes."
    if np.allclose(spread, deviations**2, rtol=0.04):
        text += " You have used a variance where a standard deviation belongs."
    elif np.allclose(spread**2, deviations, rtol=0.04):
        text += " You have taken one square root too many."
    found["spread"] = (bool(right), "Each number has the codes' standard deviation." if right else text)
    if right:
        pairs = np.triu_indices(3, 1)
        theirs, ours = np.corrcoef(got.T)[pairs], np.corrcoef(cloud.T)[pairs]
        together = np.all(np.abs(theirs - ours) < 0.04)
        text = f"The correlations between the numbers are {_listed(theirs)}: expected about {_listed(ours)}."
        if np.all(np.abs(theirs) < 0.04):
            text += " You draw each number on its own."
        found["together"] = (bool(together), "The numbers depend on each other as in the codes." if together else text)
        z = (got - got.mean(axis=0)) / spread
        copies = len(np.unique(got.round(9), axis=0)) < 0.99 * n
        text = "Many of your codes are equal to each other: are they copies of codes that exist?"
        if not copies:
            text = "The numbers are not normally distributed: means and covariances agree, and the form does not."
        normal = not copies and bool(np.all(np.abs(np.mean(z**4, axis=0) - 3) < 0.3))
        found["normal"] = (normal, "The numbers are normally distributed." if normal else text)
        same = (
            _numbers(attempt(cloud.copy(), 7, 5)),
            _numbers(attempt(cloud.copy(), 7, 5)),
            _numbers(attempt(cloud.copy(), 7, 6)),
        )
        shaped = all(array is not None and array.shape == (7, 3) for array in same)
        seeded = shaped and np.array_equal(same[0], same[1]) and not np.allclose(same[0], same[2])
        text = "For 7 codes the shape is another one."
        if shaped:
            text = (
                "Two seeds give the same codes." if np.array_equal(same[0], same[1]) else "One seed gives two results."
            )
        found["seed"] = (seeded, "The seed decides the codes." if seeded else text)
    return found, []


def _listed(values):
    """Return a few numbers in words."""
    return ", ".join(f"{value:.2f}" for value in values)


draw_codes = Exercise(
    name="draw_codes",
    key="02-draw-codes",
    objective="generative model",
    title="Exercise 2, numbers that depend on each other",
    hints=(
        "The numbers of a code depend on each other. Which statistic says how, for each pair of them?",
        "np.random.default_rng(seed) gives a generator. Look at the list of its methods for a normal distribution of "
        "several numbers.",
        "rng.multivariate_normal takes the mean, the covariance and n. np.cov wants a row for each number of the code: "
        "give it codes.T.",
    ),
    answer=(
        """\
import numpy as np


def draw_codes(codes, n, seed):
    rng = np.random.default_rng(seed)
    mean, covariance = codes.mean(axis=0), np.cov(codes.T)
    return rng.multivariate_normal(mean, covariance, n)
"""
    ),
    judge=_drawn,
)
