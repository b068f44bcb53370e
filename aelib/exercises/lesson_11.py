"""The exercises of lesson 11: how many images a comparison needs, how a choice flatters; the capstone is elsewhere."""

import math

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import finite_number, short

# Enough images


def _pairs():
    """Return {case: (errors of one model, errors of the other)}."""
    rng = np.random.default_rng(0)
    hard = rng.gamma(2, 0.01, 60)
    return {
        "a small gain": (hard + rng.normal(-0.001, 0.003, 60), hard),
        "ours is worse": (hard[:30] * 1.2 + rng.normal(0, 0.004, 30), hard[:30]),
        "two strangers": (rng.gamma(3, 0.01, 50), rng.gamma(3, 0.013, 50)),
    }


def _enough(attempt):
    """Judge the number of images that a difference of three standard errors takes."""
    found = {}
    for name, (ours, theirs) in _pairs().items():
        got = finite_number(attempt(ours.copy(), theirs.copy()))
        if got is None:
            found[name] = (False, "You return no finite number: expected a number of images.")
            continue
        gain = theirs - ours
        spreads = np.std(gain, ddof=1), np.std(gain)
        right = got in [math.ceil((3 * spread / gain.mean()) ** 2) for spread in spreads]
        found[name] = (
            right,
            f"{len(gain)} images at hand, {got:g} needed." if right else _not_enough(got, ours, theirs),
        )
    return found, []


def _not_enough(got, ours, theirs):
    """Return what a wrong number of images suggests."""
    gain = theirs - ours
    d, s = abs(gain.mean()), gain.std(ddof=1)
    apart = math.sqrt(np.var(ours, ddof=1) + np.var(theirs, ddof=1))
    causes = {
        "Each model seems to have images of its own: the spread that counts is that of the differences.": (
            3 * apart / d
        )
        ** 2,
        "The standard error falls with the root of the number of images, so the number grows with a square.": 3 * s / d,
        "That is enough for one standard error.": (s / d) ** 2,
        "That is enough for two standard errors.": (2 * s / d) ** 2,
        "The spread is that of the images at hand; their number has no part in the answer.": (
            3 * s / math.sqrt(len(gain)) / d
        )
        ** 2,
    }
    text = f"Found {got:g}, expected another number."
    for sentence, value in causes.items():
        if math.floor(value) <= got <= math.ceil(value):
            return f"{text} {sentence}"
    if abs(got - (3 * s / d) ** 2) < 1:
        return (
            f"{text} You are less than an image away: a number of images is whole, and one fewer would not be enough."
        )
    return text


images_needed = Exercise(
    name="images_needed",
    key="11-images-needed",
    objective="autoencoder",
    title="Exercise 1, enough images",
    hints=(
        "One image gives one difference, theirs - ours. What are the mean and the spread of these?",
        "With n images the standard error is s / sqrt(n). For which n is three times that as large as the mean?",
        "Solve 3 s / sqrt(n) = |d| for n, and round up: math.ceil.",
    ),
    answer="""\
import math
import numpy as np


def images_needed(ours, theirs):
    gain = theirs - ours
    return math.ceil((3 * np.std(gain, ddof=1) / np.mean(gain)) ** 2)
""",
    judge=_enough,
)


# The winner's claim


def _contests():
    """Return {case: errors (models, images)}."""
    rng = np.random.default_rng(1)
    return {
        "20 equal models": rng.gamma(2, 0.02, (20, 60)),
        "one that is better": rng.gamma(2, 0.02, (8, 60)) - 0.02 * (np.arange(8) == 5)[:, None],
        "2 models, 200 images": rng.gamma(2, 0.02, (2, 200)),
    }


def _halved(errors, splits, seed):
    """Return two means of each split's winner, on the images that chose it and on the others, and its loser's."""
    rng, half, found = np.random.default_rng(seed), errors.shape[1] // 2, []
    for _ in range(splits):
        order = rng.permutation(errors.shape[1])
        chosen, others = errors[:, order[:half]].mean(axis=1), errors[:, order[half:]].mean(axis=1)
        best, worst = chosen.argmin(), chosen.argmax()
        found.append((chosen[best], others[best], chosen[worst], others[worst]))
    return np.array(found)


def _flattered(attempt):
    """Judge by how much the winner's error is lower on the images that chose it."""
    found = {}
    for name, errors in _contests().items():
        given = attempt(errors.copy())
        got = finite_number(given)
        if got is None:
            found[name] = (False, f"You return {short(given)}: expected one number.")
            continue
        pairs = _halved(errors, 2000, seed=2)
        differences = pairs[:, 1] - pairs[:, 0]
        expected, off = differences.mean(), 6 * differences.std() / math.sqrt(700)
        right = bool(abs(got - expected) <= off)
        found[name] = (right, f"{got:.3g}." if right else _misjudged(got, expected, off, errors))
    return found, []


def _misjudged(got, expected, off, errors):
    """Return what a wrong flattery suggests."""
    text = f"Found {got:.3g}, expected about {expected:.3g}."
    gap = _halved(errors, 300, seed=3)
    causes = {
        "Your sign is reversed: the images that choose the winner show it too good.": -expected,
        "You take the model with the highest error.": (gap[:, 3] - gap[:, 2]).mean(),
        "You choose on the images on which you then measure.": 0.0,
        "That is the winner's error itself: expected the difference of its two errors.": gap[:, 1].mean(),
        "That is the error on the images that choose: expected how much higher it is on the others.": gap[:, 0].mean(),
    }
    for sentence, value in causes.items():
        if abs(got - value) <= 0.05 * abs(value) + 1e-9:
            return f"{text} {sentence}"
    return f"{text} Take 1,000 random halves, and let the lower mean win on the first half."


flattery = Exercise(
    name="flattery",
    key="11-flattery",
    objective="autoencoder",
    title="Exercise 2, the winner's claim",
    hints=(
        "One split: shuffle the columns, and take the means of the models over the first half and over the second.",
        "argmin of the first means names the winner. Where is its mean higher, and by how much?",
        "Repeat with 1,000 shuffles, rng.permutation(errors.shape[1]), and average the differences.",
    ),
    answer="""\
import numpy as np


def flattery(errors):
    rng, half, found = np.random.default_rng(0), errors.shape[1] // 2, []
    for _ in range(1000):
        mixed = errors[:, rng.permutation(errors.shape[1])]
        first, second = mixed[:, :half].mean(axis=1), mixed[:, half:].mean(axis=1)
        winner = first.argmin()
        found.append(second[winner] - first[winner])
    return np.mean(found)
""",
    judge=_flattered,
)
