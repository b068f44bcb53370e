"""The three exercises of lesson 06: masking noise, a threshold, precision and recall; no model is trained here."""

import statistics

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import finite_number, numbers


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


def _threshold(attempt):
    """Judge a threshold for a budget of false alarms."""
    rng = np.random.default_rng(0)
    found = {}
    for name, n, budget in (("five_percent", 400, 0.05), ("one_percent", 1000, 0.01), ("a_fifth", 200, 0.2)):
        errors = rng.permutation(rng.lognormal(-4, 0.8, n))
        given = errors.copy()
        value = finite_number(attempt(given, budget))
        if value is None:
            return {
                "number": (False, "You don't return one finite number: expected a threshold, in units of error.")
            }, []
        alarms, most = int(np.sum(errors > value)), round(budget * n)
        good = most - 1 <= alarms <= most
        text = f"{n} normal images, budget {budget:g}: {alarms} of them lie above your threshold, expected {most}."
        found[name] = (good, text if good else f"{text} {_misplaced(errors, budget, value)}".strip())
        if name == "five_percent" and not np.array_equal(given, errors):
            found["input"] = (False, "Your function changes the order of the errors themselves. Sort a copy.")
    return found, []


def _misplaced(errors, budget, value):
    """Return what a wrong threshold suggests."""
    mean, deviation = errors.mean(), errors.std()
    exact = statistics.NormalDist().inv_cdf(1 - budget)
    causes = {
        "That leaves the budget below the threshold: expected it above.": (
            *(np.quantile(errors, budget), np.sort(errors)[int(budget * len(errors))]),
        ),
        "You leave half of the budget for small errors: only large ones raise an alarm.": (
            np.quantile(errors, 1 - budget / 2),
        ),
        "np.percentile counts from 0 to 100, np.quantile from 0 to 1.": (
            *(np.percentile(errors, 1 - budget), np.percentile(errors, budget)),
        ),
        "That is a mean plus a multiple of the deviation, which keeps a budget only if errors are normal.": (
            *(mean + times * deviation for times in (1, 1.28, 1.6, 1.64, 1.645, 1.65, 1.96, 2, 2.33, 3, exact)),
        ),
        "That is the largest error: it raises no false alarm, and finds less than the budget would allow.": (
            errors.max(),
        ),
        "That is a share of the largest error. The budget is a share of the images.": (
            *((1 - budget) * errors.max(), budget * errors.max()),
        ),
        "That is the budget itself: expected an error.": (budget, 1 - budget),
        "The errors come in any order: sort them before you count.": (
            *(errors[min(int((1 - budget) * len(errors)) + step, len(errors) - 1)] for step in (-1, 0)),
        ),
    }
    return next((cause for cause, values in causes.items() if np.isclose(values, value, rtol=1e-6).any()), "")


threshold = Exercise(
    name="threshold",
    key="06-threshold",
    objective="autoencoder",
    title="Exercise 2, a threshold for a budget",
    hints=(
        "Sort the errors in your mind. At which place does the line go?",
        "With a budget of 0.05, 95 in 100 of the normal errors lie below the threshold.",
        "np.quantile(errors, q) gives the number below which the share q of the errors lies.",
    ),
    answer=(
        """\
import numpy as np

def threshold(normal_errors, budget):
    return np.quantile(normal_errors, 1 - budget)
"""
    ),
    judge=_threshold,
)


def _rates(attempt):
    """Judge precision and recall."""
    rng = np.random.default_rng(0)
    found = {}
    for name, chance, hit, false in (("rare", 0.05, 0.7, 0.1), ("common", 0.7, 0.4, 0.2)):
        anomalies = rng.random(500) < chance
        alarms = rng.random(500) < np.where(anomalies, hit, false)
        given = alarms.copy(), anomalies.copy()
        values = attempt(*given)
        try:
            precision, recall = (finite_number(value) for value in values)
        except (TypeError, ValueError):
            precision = recall = None
        if precision is None or recall is None:
            return {"pair": (False, "You don't return two numbers: expected (precision, recall).")}, []
        if not (np.array_equal(given[0], alarms) and np.array_equal(given[1], anomalies)):
            return {"input": (False, "Your function changes the arrays that it was given.")}, []
        hits, both = np.sum(alarms & anomalies), (precision, recall)
        right = hits / alarms.sum(), hits / anomalies.sum()
        swapped = np.allclose(both, right[::-1])
        about = f"{anomalies.sum()} anomalies of 500, {alarms.sum()} alarms, {hits} of them right: you say"
        for which, value, number in zip(("precision", "recall"), both, right):
            good = bool(np.isclose(value, number, rtol=1e-6))
            cause = "The two have changed places." if swapped else _meant(which, value, alarms, anomalies)
            found[f"{which}_{name}"] = (good, f"{about} {which} {value:.4g}." + ("" if good else f" {cause}"))
    return found, []


def _meant(which, value, alarms, anomalies):
    """Return what a wrong precision or recall suggests."""
    hits, quiet = np.sum(alarms & anomalies), ~alarms & ~anomalies
    of_alarms, of_anomalies = "divide the hits by the number of alarms", "divide the hits by the number of anomalies"
    cure = of_alarms if which == "precision" else of_anomalies
    right = hits / max(alarms.sum() if which == "precision" else anomalies.sum(), 1)
    causes = {
        "That counts the normal images as the positive class: expected the anomalies.": (
            *(quiet.sum() / max(np.sum(~alarms), 1), quiet.sum() / max(np.sum(~anomalies), 1)),
        ),
        f"That is the accuracy, which a detector without any alarm gets high, too. Instead, {cure}.": (
            np.mean(alarms == anomalies),
        ),
        f"That is the share of false alarms among the normal images. Instead, {cure}.": (
            np.sum(alarms & ~anomalies) / max(np.sum(~anomalies), 1),
        ),
        f"That is the share of false alarms among the alarms. Instead, {cure}.": (
            np.sum(alarms & ~anomalies) / max(alarms.sum(), 1),
        ),
        f"You divide by the number of all images. Instead, {cure}.": (hits / len(alarms),),
        "That is a count: expected a share.": (hits,),
        "That is in per cent: expected a number from 0 to 1.": (
            *(100 * hits / max(alarms.sum(), 1), 100 * hits / max(anomalies.sum(), 1)),
        ),
        "That is an average over both classes: expected the anomalies alone.": (*_averages(which, alarms, anomalies),),
        "You count every image on which alarm and anomaly agree, the quiet normal ones, too.": (
            *(np.sum(alarms == anomalies) / max(count, 1) for count in (alarms.sum(), anomalies.sum())),
        ),
        "You count every image with an alarm or an anomaly: a hit is both.": (
            *(np.sum(alarms | anomalies) / max(count, 1) for count in (alarms.sum(), anomalies.sum())),
        ),
        "You round: expected the number as it is.": (*(np.round(right, digits) for digits in (1, 2, 3, 4)),),
        "That compares how many, not which: an alarm counts only if it is right.": (
            *(alarms.sum() / max(anomalies.sum(), 1), anomalies.sum() / max(alarms.sum(), 1)),
        ),
    }
    fits = (cause for cause, values in causes.items() if np.isclose(values, value, rtol=1e-6).any())
    return next(fits, f"Count the hits, alarms that are anomalies; then {cure}.")


def _averages(which, alarms, anomalies):
    """Return the averages over both classes that scikit-learn offers, plain and weighted by the classes' sizes."""
    sides = [(alarms, anomalies), (~alarms, ~anomalies)]
    chosen = [alarm if which == "precision" else anomaly for alarm, anomaly in sides]
    rates = [np.sum(alarm & anomaly) / max(of.sum(), 1) for (alarm, anomaly), of in zip(sides, chosen)]
    return np.mean(rates), np.average(rates, weights=[anomaly.sum() for _, anomaly in sides])


precision_and_recall = Exercise(
    name="precision_and_recall",
    key="06-precision-recall",
    objective="autoencoder",
    title="Exercise 3, precision and recall",
    hints=(
        "Count the hits: images with an alarm that are anomalies. Both numbers begin with them.",
        "Precision asks: of the alarms, how many were right? Recall asks: of the anomalies, how many were found?",
        "hits = np.sum(alarms & anomalies); then divide by alarms.sum() and by anomalies.sum().",
    ),
    answer=(
        """\
import numpy as np

def precision_and_recall(alarms, anomalies):
    hits = np.sum(alarms & anomalies)
    return hits / alarms.sum(), hits / anomalies.sum()
"""
    ),
    judge=_rates,
)
