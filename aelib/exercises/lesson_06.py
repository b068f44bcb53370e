"""The exercises of lesson 06: masking noise, a filter chosen blindly, the best denoiser; no model is trained here."""

import numpy as np
from scipy import ndimage, special

from aelib.exercise import Exercise
from aelib.exercises.judging import cause, numbers, same, short


def _mask(attempt):
    """Judge masking noise."""
    images = np.random.default_rng(0).uniform(0.1, 1, (200, 100))
    first, again, twin = (np.random.default_rng(seed) for seed in (1, 2, 2))
    given = images.copy()
    spoilt = _pixels(attempt(given, 0.2, first))
    if spoilt is None or spoilt.shape != images.shape:
        what = "nothing that is an array of numbers" if spoilt is None else f"an array of shape {spoilt.shape}"
        return {"shape": (False, f"For images of shape {images.shape} you return {what}: expected images.")}, []
    hidden = spoilt == 0
    kept = np.array_equal(spoilt[~hidden], images[~hidden])
    found = {
        "shape": (True, "As many pixels as before."),
        "input": (np.array_equal(given, images), "Your function changes the images that it was given. Make new ones."),
        "values": (kept, _changed(spoilt, images, hidden)),
        "share": _shares(attempt, images, hidden.mean()),
        "each_pixel": _each(hidden),
    }
    if not hidden.any():
        unjudged = (None, "Judged when some pixels are 0.")
        found |= dict.fromkeys(("each_pixel", "fresh", "generator"), unjudged)
        return {name: (ok, "As it should be." if ok else text) for name, (ok, text) in found.items()}, []
    other = _pixels(attempt(images.copy(), 0.2, first))
    fresh = other is not None and not np.array_equal(other == 0, hidden)
    found["fresh"] = (fresh, "Two calls hide the same pixels: expected other ones each time. Who draws the numbers?")
    pair = [_pixels(attempt(images.copy(), 0.2, rng)) for rng in (again, twin)]
    same = all(spoilt is not None for spoilt in pair) and np.array_equal(*pair)
    found["generator"] = (
        same,
        "Two generators with the same seed hide different pixels in your function. Draw all numbers from `rng`.",
    )
    if not fresh:
        found["generator"] = (None, "Judged when two calls hide different pixels.")
    square = images[:20].reshape(20, 10, 10, 1)
    shaped = _pixels(attempt(square.copy(), 0.2, first))
    good = shaped is not None and shaped.shape == square.shape
    found["any_shape"] = (
        good,
        "Images of shape (20, 10, 10, 1) come back wrong. The mask needs the images' own shape.",
    )
    return {name: (ok, "As it should be." if ok else text) for name, (ok, text) in found.items()}, []


def _pixels(value):
    """Return a learner's images as an array of floats, or None if they hold anything but finite numbers."""
    pixels = numbers(value)
    return pixels if pixels is not None and np.isfinite(pixels).all() else None


def _changed(spoilt, images, hidden):
    """Return what is wrong with the pixels that are not 0."""
    if np.allclose(spoilt[~hidden], images[~hidden] / 0.8):
        return "The visible pixels are divided by 0.8, as dropout does: expected them unchanged."
    if np.any(spoilt == 1):
        return "Some pixels have become 1: masking noise only sets pixels to 0."
    return "Pixels that are not 0 have changed: expected the visible pixels as they were."


def _shares(attempt, images, found):
    """Judge how many pixels are hidden, at three shares."""
    for share in (0.2, 0.7, 0.0, 1.0):
        if share != 0.2:
            spoilt = _pixels(attempt(images.copy(), share, np.random.default_rng(3)))
            found = np.nan if spoilt is None else np.mean(spoilt == 0)
        if not abs(found - share) <= 0.02 * (0 < share < 1):
            text = f"With share={share:g}, {found:.0%} of the pixels are 0: expected {share:.0%}."
            if share == 0.2 and abs(found - 0.8) < 0.02:
                text += " You keep what should be hidden, and the other way round."
            if abs(found - (1 - np.exp(-share))) < 0.02:
                text += " If you draw places, some come twice: decide for each pixel instead."
            return False, text
    return True, ""


def _each(hidden):
    """Judge that each pixel has its own chance."""
    images, places = hidden.mean(axis=1), hidden.mean(axis=0)
    if np.isin(images, (0, 1)).mean() > 0.5:
        return False, "Your function hides whole images: expected a decision for each pixel."
    if np.isin(places, (0, 1)).mean() > 0.5:
        return False, "All images lose the same pixels: expected a decision for each pixel of each image."
    usual, after = hidden.mean(), hidden[:, 1:][hidden[:, :-1]].mean()
    if after > usual + 0.1:
        return False, f"Beside a hidden pixel, {after:.0%} are hidden, too: expected no more than elsewhere."
    even = bool(max(abs(images - usual).max(), abs(places - usual).max()) < 0.3)
    return even, "The hidden pixels are not spread evenly."


mask = Exercise(
    name="mask",
    key="06-mask",
    objective="autoencoder",
    title="Exercise 1, masking noise",
    hints=(
        "You need one random decision for each pixel of each image: as many numbers as the images have.",
        "rng.random(images.shape) gives numbers from 0 to 1. Which share of them lies below 0.2?",
        "np.where(condition, 0, images) makes a new array: 0 where the condition holds, and the images elsewhere.",
    ),
    answer=(
        """\
import numpy as np

def mask(images, share, rng):
    hidden = rng.random(images.shape) < share
    return np.where(hidden, 0, images)
"""
    ),
    judge=_mask,
)


# A filter, chosen without clean images


def _blurred(width):
    """Return a filter that averages windows of width x width pixels."""
    return lambda images: ndimage.uniform_filter(images, (0, width, width), mode="wrap")


def _grey(images):
    """Return each image's mean in place of all its pixels."""
    return np.broadcast_to(images.mean(axis=(1, 2), keepdims=True), images.shape).copy()


def _left(images):
    """Return the images as they are."""
    return images.copy()


def _scenes():
    """Return cases: {criterion: (what it shows, clean images (n, 24, 24), std of the noise, {name: filter})}."""
    rows, columns = np.indices((24, 24)) / 24
    phases = np.arange(6)[:, np.newaxis, np.newaxis]
    waves = 0.5 + 0.4 * np.sin(2 * np.pi * (rows + columns) + phases)
    board = np.broadcast_to(np.indices((24, 24)).sum(axis=0) % 2, (6, 24, 24)).astype(float)
    stripes = 0.5 + 0.5 * np.sign(np.sin(2 * np.pi * 3 * rows + 0.1) + 0 * phases)
    four = {"none": _left, "3 x 3": _blurred(3), "7 x 7": _blurred(7), "grey": _grey}
    return {
        "smooth": ("a smooth scene under strong noise", waves, 0.4, four),
        "fine": ("a chessboard of single pixels", board, 0.3, dict(reversed(four.items()))),
        "stripes": (
            "stripes of four pixels",
            stripes,
            0.5,
            {"a": _grey, "b": _blurred(9), "c": _blurred(3), "d": _left},
        ),
    }


def _chosen(attempt):
    """Judge the choice of a filter by two noisy shots of the same scene."""
    rng = np.random.default_rng(0)
    found, untouched = {}, True
    for criterion, (what, clean, std, filters) in _scenes().items():
        shot, again = (clean + std * rng.standard_normal(clean.shape) for _ in range(2))
        given = shot.copy(), again.copy()
        name = attempt(dict(filters), *given)
        untouched = untouched and np.array_equal(given[0], shot) and np.array_equal(given[1], again)
        if not (isinstance(name, str) and name in filters):
            names = ", ".join(map(repr, filters))
            found[criterion] = (False, f"You return {short(name)}: expected the name of a filter, one of {names}.")
            continue
        errors = {key: np.mean((filter(shot) - clean) ** 2) for key, filter in filters.items()}
        best = min(errors, key=errors.get)
        text = f"For {what} you choose {name!r}, whose error against the clean scene is {errors[name]:.3f}"
        if name == best:
            found[criterion] = (True, f"{text}: no other is smaller.")
        else:
            found[criterion] = (
                False,
                f"{text}; another has {errors[best]:.3f}. {_reasoned(name, filters, shot, again)}",
            )
    found["input"] = (
        untouched,
        "The shots stay as they were." if untouched else "You change the shots: work on copies.",
    )
    return found, []


def _reasoned(name, filters, shot, again):
    """Return which wrong comparison leads to a choice."""
    causes = {
        "What you compare with holds noise that went into the filter: leaving that in looks perfect.": lambda f: (
            f(shot),
            shot,
        ),
        "Your comparison rewards agreement: two grey images agree, whatever the scene is.": lambda f: (
            f(shot),
            f(again),
        ),
    }
    for sentence, pair in causes.items():
        errors = {key: np.mean(np.subtract(*pair(filter)) ** 2) for key, filter in filters.items()}
        if name == min(errors, key=errors.get):
            return sentence
    errors = {key: np.mean((filter(shot) - again) ** 2) for key, filter in filters.items()}
    if name == max(errors, key=errors.get):
        return "It is the worst: is the error largest where it should be smallest?"
    return "Which image holds the scene, and none of the noise that went into the filter?"


choose = Exercise(
    name="choose",
    key="06-choose",
    objective="autoencoder",
    title="Exercise 2, a filter chosen without clean images",
    hints=(
        "Write the noise of the second shot as e. What is the expected square of (filtered first shot - scene - e)?",
        "Multiply it out: the middle term vanishes if e is independent of the first shot and has the mean 0.",
        "What remains is the error that you want plus the variance of e, which is the same for all filters.",
    ),
    answer=(
        """\
import numpy as np


def choose(filters, shot, again):
    errors = {name: np.mean((clean(shot) - again) ** 2) for name, clean in filters.items()}
    return min(errors, key=errors.get)
"""
    ),
    judge=_chosen,
)


# The best denoiser of known points


def _weights(noisy, clean, scale):
    """Return how probable each clean point is behind each noisy one, (n, m), for exp(-squared distance * scale)."""
    squares = np.sum((noisy[:, np.newaxis] - clean) ** 2, axis=-1)
    return special.softmax(-squares * scale, axis=1)


def _cases():
    """Return cases: {criterion: (what it tries, noisy (n, d), clean (m, d), sigma)}."""
    rng = np.random.default_rng(0)
    many = rng.uniform(size=(12, 784))
    return {
        "one_number": ("numbers on a line", np.array([[-0.5], [0.2], [2.0]]), np.array([[0.0], [1.0], [1.6]]), 0.6),
        "plane": ("points in the plane", rng.normal(size=(7, 2)), rng.normal(size=(5, 2)), 0.8),
        "narrow": ("weak noise", rng.normal(size=(6, 3)), rng.normal(size=(4, 3)), 0.3),
        "twice": ("a clean point that stands in two rows", np.array([[0.4]]), np.array([[0.0], [0.0], [1.0]]), 1.0),
        "images": ("images of 784 pixels", many[:4] + 0.3 * rng.standard_normal((4, 784)), many, 0.2),
    }


def _denoised(attempt):
    """Judge the mean of the clean points that can be behind a noisy one."""
    found, untouched = {}, True
    for criterion, (what, noisy, clean, sigma) in _cases().items():
        given = noisy.copy(), clean.copy()
        got = numbers(attempt(*given, sigma))
        untouched = untouched and np.array_equal(given[0], noisy) and np.array_equal(given[1], clean)
        expected = _weights(noisy, clean, 1 / (2 * sigma**2)) @ clean
        if same(got, expected):
            found[criterion] = (True, f"For {what} each result is the mean of what can be behind.")
        elif got is None or got.shape != noisy.shape:
            shape = "no numbers" if got is None else f"the shape {got.shape}"
            found[criterion] = (False, f"For {what} you return {shape}: expected {noisy.shape}, as the noisy points.")
        else:
            found[criterion] = (False, f"For {what} the values differ. {_mistaken(got, noisy, clean, sigma)}")
    found["input"] = (
        untouched,
        "The points stay as they were." if untouched else "You change the points: make new ones.",
    )
    return found, []


def _mistaken(got, noisy, clean, sigma):
    """Return what wrong values suggest."""
    if not np.isfinite(got).all():
        return "Some are not finite: far away, all weights round to 0. Subtract the largest logarithm."
    squares = np.sum((noisy[:, np.newaxis] - clean) ** 2, axis=-1)
    right = _weights(noisy, clean, 1 / (2 * sigma**2))
    bells = np.exp(-squares / (2 * sigma**2))
    causes = {
        "You return the nearest clean point: the others can be behind, too.": clean[squares.argmin(axis=1)],
        "You return the mean of all clean points: nearer ones are more probable.": np.tile(
            clean.mean(0), (len(noisy), 1)
        ),
        "The exponent lacks the 2 of the normal density, 2 sigma squared.": _weights(noisy, clean, 1 / sigma**2)
        @ clean,
        "The exponent holds sigma: expected its square.": _weights(noisy, clean, 1 / (2 * sigma)) @ clean,
        "The exponent holds the variance's square.": _weights(noisy, clean, 1 / (2 * sigma**4)) @ clean,
        "The exponent holds the distance: expected its square.": special.softmax(
            -np.sqrt(squares) / (2 * sigma**2), axis=1
        )
        @ clean,
        "The weights grow with the distance: the sign is turned.": _weights(noisy, clean, -1 / (2 * sigma**2)) @ clean,
        "The weights of a noisy point don't add up to 1.": bells @ clean,
        "Your weights add up to 1 over the noisy points: expected over the clean ones.": special.softmax(
            -squares / (2 * sigma**2), axis=0
        )
        @ clean,
        "That is the score: expected the point itself.": (right @ clean - noisy) / sigma**2,
        "That is the way to the result: add the noisy point.": right @ clean - noisy,
    }
    return cause(got, causes, "Weigh each clean point by how probable it is behind the noisy one, then average.")


ideal = Exercise(
    name="ideal",
    key="06-ideal",
    objective="autoencoder",
    title="Exercise 3, the best denoiser there is",
    hints=(
        "The best answer to a noisy point is E[y | x]: a mean of the clean points. Which weights does Bayes give?",
        "All clean points are equally likely, so a weight is the normal density of the noise that would be needed.",
        "Of a density with 784 dimensions nothing is left but 0. Subtract each row's largest logarithm before np.exp.",
    ),
    answer=(
        """\
import numpy as np


def ideal(noisy, clean, sigma):
    squares = np.sum((noisy[:, np.newaxis] - clean) ** 2, axis=-1)
    logarithms = -squares / (2 * sigma**2)
    weights = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))
    return weights @ clean / weights.sum(axis=1, keepdims=True)
"""
    ),
    judge=_denoised,
)
