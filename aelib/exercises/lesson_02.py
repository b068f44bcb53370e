"""The three small exercises of lesson 02: a walk, retrieval, and codes rewritten; no code is learned here."""

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
    title="Exercise 1, a walk",
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
    title="Exercise 2, precision at k",
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


def _rewritten(attempt):
    """Judge the two layers of an autoencoder with other codes and the same pictures."""
    rng = np.random.default_rng(4)
    kernel, bias, decoder_kernel = rng.normal(size=(6, 3)), rng.normal(size=3), rng.normal(size=(3, 5))
    matrix = rng.normal(size=(3, 3)) + 2 * np.eye(3)
    given = [array.copy() for array in (kernel, bias, decoder_kernel, matrix)]
    value = attempt(*given)
    parts = [_numbers(part) for part in value] if isinstance(value, (tuple, list)) and len(value) == 3 else []
    if [None if part is None else part.shape for part in parts] != [(6, 3), (3,), (3, 5)]:
        said = " and ".join(_said(*pair) for pair in zip(parts, value)) if parts else type(value).__name__
        text = f"You return {said}: expected three arrays of the shapes (6, 3), (3,) and (3, 5), those that came in."
        return {"shapes": (False, text)}, []
    found = {"shapes": (True, "Three arrays of the shapes that came in.")}
    if any(not np.array_equal(*pair) for pair in zip(given, (kernel, bias, decoder_kernel, matrix))):
        text = "Your function changes the arrays that it was given: return new ones, or the old model is lost."
        return found | {"untouched": (False, text)}, []
    hidden = rng.normal(size=(20, 6))
    old = hidden @ kernel + bias
    new = hidden @ parts[0] + parts[1]
    codes = bool(np.allclose(new, old @ matrix, rtol=1e-4, atol=1e-5))
    text = "The codes are not those of before times the matrix."
    if np.allclose(new, old):
        text = "The codes are still those of before: expected each of them times the matrix."
    elif np.allclose(parts[0], kernel @ matrix, rtol=1e-4):
        text = "The kernel is right, and the codes are not. What else is added to each code, and is it multiplied, too?"
    elif np.allclose(new, old @ matrix.T):
        text = "The codes are multiplied by the transposed matrix: expected rows times the matrix, z @ A."
    elif np.allclose(new, old @ np.linalg.inv(matrix)):
        text = "The codes are multiplied by the inverse of the matrix. That belongs to the other layer."
    found["codes"] = (codes, "Each code is the old one times the matrix." if codes else text)
    if codes:
        pictures = bool(np.allclose(new @ parts[2], old @ decoder_kernel, rtol=1e-4, atol=1e-4))
        text = "The decoder's first layer gets other sums than before, so it draws other pictures."
        if np.allclose(parts[2], decoder_kernel):
            text = "The decoder is the old one, and the codes are new: it has to undo the matrix before anything else."
        elif np.allclose(parts[2], matrix @ decoder_kernel):
            text = "The decoder multiplies by the matrix once more: expected that it undoes it."
        elif np.allclose(parts[2], matrix.T @ decoder_kernel):
            text = "A transposed matrix undoes rotations and reflections only. This one also stretches."
        elif np.allclose(parts[2], (1 / matrix) @ decoder_kernel):
            text = "One divided by each entry of a matrix is not its inverse."
        found["pictures"] = (pictures, "The decoder's sums are those of before." if pictures else text)
    return found, []


same_pictures = Exercise(
    name="same_pictures",
    key="02-same-pictures",
    objective="latent space",
    title="Exercise 3, same pictures, other codes",
    hints=(
        "Write the old code as hidden @ kernel + bias, multiply the whole of it by the matrix, and expand.",
        "The decoder's first layer computed z @ decoder_kernel. It now receives z @ matrix. What must stand between "
        "them so that the old sums come out?",
        "np.linalg.inv(matrix) undoes the matrix: z @ matrix @ np.linalg.inv(matrix) is z.",
    ),
    answer=(
        """\
import numpy as np


def same_pictures(kernel, bias, decoder_kernel, matrix):
    return kernel @ matrix, bias @ matrix, np.linalg.inv(matrix) @ decoder_kernel
"""
    ),
    judge=_rewritten,
)
