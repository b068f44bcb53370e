"""The exercises of lesson 06b: a threshold for a budget of false alarms, precision at any share; no model is here."""

import fractions
import statistics

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import cause, finite_number, short


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
    title="Exercise 1, a threshold for a budget",
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


DETECTORS = {
    "balanced": ("0.8", "0.1", "0.5"),
    "one_in_ten": ("0.6", "0.05", "0.1"),
    "one_in_a_thousand": ("0.9", "0.02", "0.001"),
    "mostly_anomalies": ("0.3", "0.25", "0.9"),
    "no_false_alarm": ("0.4", "0", "0.01"),
    "nothing_found": ("0", "0.05", "0.02"),
    "as_good_as_chance": ("0.37", "0.37", "0.03"),
    "no_anomalies": ("0.7", "0.05", "0"),
}


def _precision(attempt):
    """Judge the precision that follows from recall, false alarm rate and base rate."""
    found = {}
    for name, rates in DETECTORS.items():
        got = attempt(*map(float, rates))
        expected = _counted(*map(fractions.Fraction, rates))
        number = finite_number(got)
        close = number is not None and abs(number - expected) <= 1e-9
        found[name] = (close, _imprecise(*map(float, rates), got, number, expected))
    return found, []


def _counted(recall, false_alarms, share):
    """Return the precision by counting alarms among so many images that all counts are whole: the oracle."""
    images = 10**9
    right = [recall * share * images, false_alarms * (images - share * images)]
    assert all(count.denominator == 1 for count in right)
    return float(right[0] / sum(right))


def _imprecise(recall, false_alarms, share, got, number, expected):
    """Return what a wrong precision suggests."""
    task = f"recall {recall:g}, false alarm rate {false_alarms:g}, share {share:g}: "
    if number is None:
        return f"{task}you return {short(got)}. Expected one finite number."
    if abs(number - expected) <= 1e-9:
        return f"{task}{expected:.4g}."
    right, false = recall * share, false_alarms * (1 - share)
    with np.errstate(all="ignore"):
        causes = {
            "That would be right if anomalies and normal images were equally many.": (
                np.divide(recall, recall + false_alarms)
            ),
            "That is the share of all images that raise a right alarm. Divide it by the share that raises any.": right,
            "That is the share of all images that raise an alarm.": right + false,
            "You count false alarms as a share of all images. Which images can raise a false alarm?": (
                np.divide(right, right + false_alarms)
            ),
            "Only some of the anomalies raise an alarm: how many?": np.divide(share, share + false),
            "That is the share of the alarms that are false.": np.divide(false, right + false),
            "That is the precision with the normal images as the positive class.": np.divide(
                (1 - false_alarms) * (1 - share), (1 - false_alarms) * (1 - share) + (1 - recall) * share
            ),
            "Share and 1 - share have changed places.": np.divide(
                recall * (1 - share), recall * (1 - share) + false_alarms * share
            ),
            "The false alarm rate is a share of the normal images, not of the alarms.": 1 - false_alarms,
            "That is right alarms for each false one, the odds: divide by all alarms.": np.divide(right, false),
            "That is in per cent: expected a number from 0 to 1.": 100 * expected,
            "That is the recall, which doesn't change with the share.": recall,
        }
        said = cause(np.asarray(number), causes)
    return f"{task}found {short(got)}, expected another number. {said}".rstrip()


precision = Exercise(
    name="precision",
    key="06b-precision",
    objective="autoencoder",
    title="Exercise 2, precision at any base rate",
    hints=(
        "Take 100,000 images with a share of 0.01. How many are anomalies, and how many of those raise an alarm? How "
        "many normal images do?",
        "Of all images, recall * share raise a right alarm. Which images are left, and which share of them raises one?",
        "right = recall * share; false = false_alarms * (1 - share). Precision is right alarms divided by all alarms.",
    ),
    answer="""\
def precision(recall, false_alarms, share):
    right = recall * share
    false = false_alarms * (1 - share)
    return right / (right + false)
""",
    judge=_precision,
)
