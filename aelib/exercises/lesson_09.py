"""The three exercises of lesson 09: KL per dimension, beta from a log, active units; no graded one is here."""

import numpy as np

from aelib.exercise import Exercise, Wrong, numbers


def _number(value):
    """Return a learner's single number as a float, or None if it is none; True is none."""
    array = numbers(value)
    return float(array) if array is not None and array.ndim == 0 and np.isfinite(array) else None


def _short(value):
    """Return a learner's value as text of a bearable length."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _cause(got, causes, otherwise):
    """Return the first sentence whose number, or whose array, is what the learner got."""
    for sentence, value in causes.items():
        if np.shape(value) == np.shape(got) and np.allclose(got, value, rtol=1e-5, atol=1e-9):
            return sentence
    return otherwise


def _price(mean, deviation):
    """Return the KL divergence of each normal distribution to N(0, 1), one at a time: the oracle of the check."""
    pairs = zip(mean.ravel().tolist(), deviation.ravel().tolist())
    each = [m * m / 2 + s * s / 2 - 0.5 - float(np.log(s)) for m, s in pairs]
    return np.array(each).reshape(mean.shape)


def _kl(attempt):
    """Judge the KL divergence of each dimension, averaged over the images."""
    rng = np.random.default_rng(0)
    found = {}
    for name, (images, latents) in (("value", (7, 3)), ("other_sizes", (4, 5))):
        mean, deviation = rng.normal(0, 1.5, (images, latents)), rng.uniform(0.1, 2.5, (images, latents))
        found |= _judged_kl(name, mean, deviation, attempt(mean.copy(), deviation.copy()))
    got = numbers(attempt(np.zeros((6, 2)), np.ones((6, 2))))
    free = got is not None and got.shape == (2,) and np.allclose(got, 0, atol=1e-6)
    sentence = "A code that says nothing costs nothing."
    if not free:
        sentence = f"Means of 0 and deviations of 1 are the prior itself: you return {_short(got)}, expected zeros."
    found["collapsed"] = (free, sentence)
    return found, []


def _judged_kl(name, mean, deviation, given):
    """Return the verdict on one set of means and deviations."""
    task = f"{len(mean)} images, {mean.shape[1]} dimensions: "
    got, each = numbers(given), _price(mean, deviation)
    if got is None or got.shape != (mean.shape[1],):
        shape = f"the shape {got.shape}" if got is not None else _short(given)
        advice = {
            (): "That is one number in all.",
            (len(mean),): "That is one number an image.",
            mean.shape: "That is one number for each image and dimension: average over the images.",
            (1, mean.shape[1]): "Leave keepdims out: the numbers stand in a row of their own.",
        }.get(None if got is None else got.shape, "")
        return {name: (False, f"{task}you return {shape}, expected {mean.shape[1]} numbers. {advice}".rstrip())}
    if np.allclose(got, each.mean(axis=0), rtol=1e-5):
        return {name: (True, f"{task}right, in nats.")}
    square, variance = mean**2, deviation**2
    causes = {
        "You add up the images: expected their average.": each.sum(axis=0),
        "Each price is twice too high: look at the factor in front of the formula.": 2 * each.mean(axis=0),
        "Your sign is turned: a KL divergence is never negative.": -each.mean(axis=0),
        "You took the deviation for the variance.": (square + deviation - 1 - np.log(deviation)).mean(axis=0) / 2,
        "You took the deviation for the log variance.": (square + np.exp(deviation) - 1 - deviation).mean(axis=0) / 2,
        "The logarithm is that of the variance, not of the deviation.": (
            (square + variance - 1 - np.log(deviation)).mean(axis=0) / 2
        ),
        "The mean enters squared.": (mean + variance - 1 - np.log(variance)).mean(axis=0) / 2,
        "The sign of the logarithm is turned.": (square + variance - 1 + np.log(variance)).mean(axis=0) / 2,
        "The means are missing: a code away from 0 costs, too.": (variance - 1 - np.log(variance)).mean(axis=0) / 2,
        "Your logarithm has base 2, so this part is in bits: expected nats.": (
            (square + variance - 1 - np.log2(variance)).mean(axis=0) / 2
        ),
        "You average first and take the price then: each image pays its own price.": _price(
            mean.mean(axis=0), deviation.mean(axis=0)
        ),
        "You divide by the number of dimensions, too.": each.mean(axis=0) / mean.shape[1],
        "The divergence is taken the wrong way round, from N(0, 1) to the encoder's answer.": (
            (1 + square) / variance - 1 + np.log(variance)
        ).mean(axis=0)
        / 2,
        "The 1 is missing: N(0, 1) itself would cost something.": (square + variance - np.log(variance)).mean(axis=0)
        / 2,
        "The logarithm counts twice: it is halved like the rest.": (
            (square + variance - 1).mean(axis=0) / 2 - np.log(variance).mean(axis=0)
        ),
        "The logarithm is halved and the rest is not.": (
            (square + variance - 1).mean(axis=0) - np.log(variance).mean(axis=0) / 2
        ),
    }
    cause = _cause(got, causes, "Compare your formula with that of lesson 07.")
    return {name: (False, f"{task}the numbers are others. {cause}")}


kl_per_dimension = Exercise(
    name="kl_per_dimension",
    key="09-kl-per-dimension",
    objective="Kullback-Leibler divergence",
    title="Exercise 1, what each number of a code costs",
    statement="Write a function that takes means and standard deviations, both (images, dimensions), and returns the "
    "KL divergence to N(0, 1) of each dimension, averaged over the images, (dimensions,), in nats.",
    starter="def kl_per_dimension(mean, deviation):\n    ...\n",
    hints=(
        "Lesson 07 has the closed form for one normal distribution. It is written with the mean and the deviation.",
        "For one image and one dimension: half of mean² + deviation² - 1 - ln(deviation²).",
        "Compute the whole array at once, then average over the images with mean(axis=0).",
    ),
    answer="""\
import numpy as np


def kl_per_dimension(mean, deviation):
    each = (mean**2 + deviation**2 - 1 - np.log(deviation**2)) / 2
    return each.mean(axis=0)
""",
    judge=_kl,
    also_right=(
        """\
import numpy as np

def kl_per_dimension(mean, deviation):
    log_var = 2 * np.log(deviation)
    return -0.5 * np.mean(1 + log_var - mean**2 - np.exp(log_var), axis=0)
""",
        """\
import math

def kl_per_dimension(mean, deviation):
    totals = [0.0] * len(mean[0])
    for ms, ss in zip(mean, deviation):
        for i, (m, s) in enumerate(zip(ms, ss)):
            totals[i] += 0.5 * (m * m + s * s - 1) - math.log(s)
    return [total / len(mean) for total in totals]
""",
    ),
    wrong=(
        Wrong("sum over images", ("each.mean(axis=0)", "each.sum(axis=0)"), "value", "expected their average"),
        Wrong("one an image", ("each.mean(axis=0)", "each.sum(axis=1)"), "value", "one number an image"),
        Wrong("one number", ("each.mean(axis=0)", "each.mean()"), "value", "one number in all"),
        Wrong("no average", ("return each.mean(axis=0)", "return each"), "value", "average over the images"),
        Wrong("no half", (" / 2", ""), "value", "twice too high"),
        Wrong("turned sign", ("return each", "return -each"), "value", "never negative"),
        Wrong(
            "variance",
            ("deviation**2 - 1 - np.log(deviation**2)", "deviation - 1 - np.log(deviation)"),
            "value",
            "for the variance",
        ),
        Wrong(
            "log variance",
            ("deviation**2 - 1 - np.log(deviation**2)", "np.exp(deviation) - 1 - deviation"),
            "value",
            "for the log variance",
        ),
        Wrong("log of the deviation", ("np.log(deviation**2)", "np.log(deviation)"), "value", "not of the deviation"),
        Wrong("mean not squared", ("mean**2", "mean"), "value", "enters squared"),
        Wrong(
            "wrong way round",
            (
                "mean**2 + deviation**2 - 1 - np.log(deviation**2)",
                "(1 + mean**2) / deviation**2 - 1 + 2 * np.log(deviation)",
            ),
            "value",
            "the wrong way round",
        ),
        Wrong("no 1", ("deviation**2 - 1", "deviation**2"), "value", "The 1 is missing"),
        Wrong("logarithm twice", ("- np.log(deviation**2)", "- np.log(deviation**4)"), "value", "counts twice"),
        Wrong("logarithm alone halved", ("- np.log(deviation**2)) / 2", "- np.log(deviation))"), "value", "is not"),
        Wrong("a row", ("axis=0", "axis=0, keepdims=True"), "value", "Leave keepdims out"),
        Wrong("plus the logarithm", ("- np.log", "+ np.log"), "value", "logarithm is turned"),
        Wrong("no means", ("mean**2 + ", ""), "value", "means are missing"),
        Wrong("bits", ("np.log(", "np.log2("), "value", "base 2"),
        Wrong(
            "over dimensions, too",
            ("each.mean(axis=0)", "each.mean(axis=0) / mean.shape[1]"),
            "value",
            "number of dimensions",
        ),
        Wrong("text", ("return each.mean(axis=0)", "return str(each)"), "value", "expected 3 numbers"),
        Wrong("fails", ("mean**2", "means**2"), "runs", "NameError"),
    ),
)


def _log(attempt):
    """Judge the effective beta that a learner reads from a training log."""
    rng = np.random.default_rng(0)
    found = {}
    for name, scale, beta, constant in (
        ("weighted", 1.0, 3.92, 0.0),
        ("averaged_loss", 1 / 784, 784.0, 0.0),
        ("constant", 1 / 10, 0.5, 37.0),
        ("no_kl", 1.0, 0.0, 2.5),
        ("any_log", *rng.uniform((0.5, 0.1, 5), (3, 8, 20)).tolist()),
    ):
        epochs = np.arange(1, 13)
        parts = 150 + 120 / epochs + rng.uniform(0, 9, 12), 7 - 5 / epochs + rng.uniform(0, 2, 12)
        losses = scale * (parts[0] + beta * parts[1]) + constant
        given = attempt(losses.copy(), *(part.copy() for part in parts))
        found[name] = _judged_beta(losses, *parts, beta, scale, given)
    return found, []


def _judged_beta(losses, reconstructions, kls, beta, scale, given):
    """Return the verdict on one log, and what a wrong number suggests."""
    got = _number(given)
    if got is None:
        return False, f"You return {_short(given)}: expected one finite number."
    if np.isclose(got, beta, rtol=1e-4, atol=1e-6):
        return True, f"A log made with beta {beta:.4g}: right."
    columns = np.stack([reconstructions, kls], axis=1)
    a, b = np.linalg.lstsq(columns, losses)[0]
    rest = (losses - reconstructions) / kls
    causes = {
        "That is the weight of KL alone. Compare it with the weight of the reconstruction.": scale * beta,
        "That is the weight of the reconstruction alone.": scale,
        "You divide the wrong way round.": 1 / beta if beta else np.inf,
        "Your line goes through the origin: the loss may contain a constant.": b / a,
        "You assume that the reconstruction has weight 1 and that there is no constant.": rest.mean(),
        "You assume that the reconstruction has weight 1 and that there is no constant, and use one epoch.": rest[-1],
        "You compare the last epoch with the first, and assume that the reconstruction has weight 1.": (
            (losses[-1] - losses[0] - reconstructions[-1] + reconstructions[0]) / (kls[-1] - kls[0])
        ),
        "That is the share of KL in the sum of both weights: expected their ratio.": beta / (1 + beta),
        "You fit the loss against KL alone, while the reconstruction changes, too.": np.polyfit(kls, losses, 1)[0],
        "You compare the two parts with each other: the loss itself decides.": (kls / reconstructions).mean(),
        "You compare the two slopes of single lines: fit both parts at once.": (
            np.polyfit(kls, losses, 1)[0] / np.polyfit(reconstructions, losses, 1)[0]
        ),
    }
    cause = _cause(got, causes, "Fit loss = a · reconstruction + b · KL + c, and compare b with a.")
    return False, f"You find {got:.4g}, and the log was made with another beta. {cause}"


beta_from_log = Exercise(
    name="beta_from_log",
    key="09-beta-from-log",
    objective="variational autoencoder",
    title="Exercise 2, beta from a training log",
    statement="Write a function that takes a training log, three arrays with a number for each epoch: the loss as it "
    "was printed, the reconstruction and the KL divergence in nats per image. The loss is a · reconstruction + b · KL "
    "+ c, and nobody tells you a, b and c. Return the effective beta.",
    starter="def beta_from_log(losses, reconstructions, kls):\n    ...\n",
    hints=(
        "How much does the loss rise for a nat of KL, and how much for a nat of reconstruction?",
        "Three unknown numbers: np.linalg.lstsq finds them from a matrix with three columns, one of them all ones.",
        "columns = np.stack([reconstructions, kls, np.ones_like(kls)], axis=1); a, b, c = np.linalg.lstsq(columns, "
        "losses)[0]. Which ratio is beta?",
    ),
    answer="""\
import numpy as np


def beta_from_log(losses, reconstructions, kls):
    columns = np.stack([reconstructions, kls, np.ones_like(kls)], axis=1)
    a, b, c = np.linalg.lstsq(columns, losses)[0]
    return b / a
""",
    judge=_log,
    also_right=(
        """\
import numpy as np

def beta_from_log(losses, reconstructions, kls):
    steps = np.array([np.diff(reconstructions), np.diff(kls)]).T
    a, b = np.linalg.lstsq(steps, np.diff(losses))[0]
    return b / a
""",
        """\
from sklearn.linear_model import LinearRegression

def beta_from_log(losses, reconstructions, kls):
    line = LinearRegression().fit(list(zip(reconstructions, kls)), losses)
    return line.coef_[1] / line.coef_[0]
""",
        """\
def beta_from_log(losses, reconstructions, kls):
    (l1, l2), (r1, r2), (k1, k2) = [(v[1] - v[0], v[2] - v[0]) for v in (losses, reconstructions, kls)]
    return (r1 * l2 - r2 * l1) / (l1 * k2 - l2 * k1)
""",
    ),
    wrong=(
        Wrong("weight of KL", ("b / a", "b"), "averaged_loss", "the weight of KL alone"),
        Wrong("weight of the reconstruction", ("b / a", "a"), "weighted", "of the reconstruction alone"),
        Wrong("upside down", ("b / a", "a / b"), "weighted", "wrong way round"),
        Wrong("no constant", ("np.ones_like(kls)", "np.zeros_like(kls)"), "constant", "may contain a constant"),
        Wrong("what is left", ("b / a", "((losses - reconstructions) / kls).mean()"), "averaged_loss", "has weight 1"),
        Wrong("last epoch", ("b / a", "((losses - reconstructions) / kls)[-1]"), "averaged_loss", "use one epoch"),
        Wrong(
            "two epochs",
            ("b / a", "(losses[-1] - losses[0] - reconstructions[-1] + reconstructions[0]) / (kls[-1] - kls[0])"),
            "averaged_loss",
            "the last epoch with the first",
        ),
        Wrong("share of the weights", ("b / a", "b / (a + b)"), "weighted", "expected their ratio"),
        Wrong("KL alone", ("b / a", "np.polyfit(kls, losses, 1)[0]"), "weighted", "against KL alone"),
        Wrong("the parts", ("b / a", "(kls / reconstructions).mean()"), "weighted", "the loss itself decides"),
        Wrong(
            "single lines",
            ("b / a", "np.polyfit(kls, losses, 1)[0] / np.polyfit(reconstructions, losses, 1)[0]"),
            "weighted",
            "both parts at once",
        ),
        Wrong("all three", ("return b / a", "return a, b, c"), "weighted", "expected one finite number"),
        Wrong("always one", ("b / a", "1.0"), "weighted", "another beta"),
        Wrong("fails", ("b / a", "beta"), "runs", "NameError"),
    ),
)


def _units(attempt):
    """Judge the number of active units."""
    rng = np.random.default_rng(0)
    spread = rng.permutation(np.array([1.5, 0.6, 0.2, 0.004, 0.0005, 1e-6, 0.0]))
    away = np.where(spread == 0, 3.0, rng.choice([-2.0, 0.0, 0.5], 7))
    signs = np.where(np.arange(40) % 2, 1.0, -1.0)[:, np.newaxis]
    means = away + rng.permutation(signs) * np.sqrt(spread)
    found = {}
    for name, codes, threshold in (
        ("count", means, None),
        ("threshold", means, 0.7),
        ("all_collapsed", np.tile([0.5, -1.0, 0.0], (8, 1)), None),
        ("many", rng.normal(size=(50, 9)) * np.repeat([2.0, 0.01], [7, 2]), None),
    ):
        given = attempt(codes.copy()) if threshold is None else attempt(codes.copy(), threshold)
        found[name] = _judged_count(codes, 0.01 if threshold is None else threshold, given)
    return found, []


def _judged_count(codes, threshold, given):
    """Return the verdict on one set of means, and what a wrong count suggests."""
    columns = codes.T.tolist()
    centres = [sum(column) / len(column) for column in columns]
    spread = [sum((v - c) ** 2 for v in column) / len(column) for column, c in zip(columns, centres)]
    expected = sum(value > threshold for value in spread)
    task = f"{codes.shape[1]} units, threshold {threshold:g}: "
    got = _number(given)
    if got is None:
        length = (
            len(given) if isinstance(given, (list, tuple)) else np.size(given) if isinstance(given, np.ndarray) else 0
        )
        each = length == codes.shape[1]
        advice = "That is an answer for each unit: count." if each else "Expected a whole number."
        return False, f"{task}you return {_short(given)}. {advice}"
    if got == expected:
        return True, f"{task}{expected} active."
    causes = {
        "You count the inactive ones.": codes.shape[1] - expected,
        "That is a share: expected the number.": expected / codes.shape[1],
        "You compare the deviation with the threshold: it is meant for the variance.": np.sum(codes.std(0) > threshold),
        "You count images: the variance is taken over the images, for each unit.": np.sum(codes.var(1) > threshold),
        "A unit whose mean is far from 0 and the same for all images tells nothing: ask how much it varies.": (
            np.sum(np.abs(codes.mean(0)) > threshold)
        ),
        "The square of a mean that never moves is no variance: take the average away first.": (
            np.sum((codes**2).mean(0) > threshold)
        ),
        "You use 0.01, whatever the threshold is.": np.sum(codes.var(0) > 0.01),
        "A unit that moves a little may still be below the threshold.": np.sum(codes.var(0) > 1e-12),
    }
    return False, f"{task}you count {got:g}. {_cause(got, causes, 'Look at the variance of each column.')}"


active_units = Exercise(
    name="active_units",
    key="09-active-units",
    objective="variational autoencoder",
    title="Exercise 3, active units",
    statement="Write a function that takes the means of the codes, (images, units), and returns how many units are "
    "active: those whose mean has a variance over the images above the threshold.",
    starter="def active_units(means, threshold=0.01):\n    ...\n",
    hints=(
        "A unit is a column of means. Which function of NumPy tells how much the numbers of a column vary?",
        "means.var(axis=0) has one number for each unit.",
        "Compare it with the threshold, and count what is true with np.sum.",
    ),
    answer="""\
import numpy as np


def active_units(means, threshold=0.01):
    return np.sum(means.var(axis=0) > threshold)
""",
    judge=_units,
    also_right=(
        """\
def active_units(means, threshold=0.01):
    count = 0
    for column in means.T:
        centre = sum(column) / len(column)
        count += sum((v - centre) ** 2 for v in column) / len(column) > threshold
    return int(count)
""",
        """\
import numpy as np

def active_units(means, threshold=0.01):
    covariance = np.cov(means, rowvar=False)
    return np.count_nonzero(np.diag(covariance) > threshold)
""",
    ),
    wrong=(
        Wrong("each unit", ("np.sum(", "np.asarray("), "count", "for each unit: count"),
        Wrong("inactive", (" > threshold", " <= threshold"), "count", "the inactive ones"),
        Wrong("share", ("np.sum", "np.mean"), "count", "That is a share"),
        Wrong("deviation", ("var", "std"), "count", "meant for the variance"),
        Wrong("images", ("axis=0", "axis=1"), "count", "You count images"),
        Wrong("place", ("means.var(axis=0)", "abs(means.mean(axis=0))"), "all_collapsed", "ask how much it varies"),
        Wrong("squares", ("means.var(axis=0)", "(means**2).mean(axis=0)"), "all_collapsed", "ask how much it varies"),
        Wrong("threshold ignored", ("> threshold", "> 0.01"), "threshold", "whatever the threshold is"),
        Wrong("any movement", ("> threshold", "> 0"), "count", "below the threshold"),
        Wrong("all numbers at once", ("means.var(axis=0)", "means.var()"), "count", "Look at the variance"),
        Wrong("which ones", ("np.sum(", "np.flatnonzero("), "count", "Expected a whole number"),
        Wrong("no default", ("threshold=0.01", "threshold"), "runs", "TypeError"),
    ),
)
