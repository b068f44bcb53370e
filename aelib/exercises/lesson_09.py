"""The three exercises of lesson 09: KL per dimension, beta from a log, active units; no graded one is here."""

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import cause, finite_number, numbers, short


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
        sentence = f"Means of 0 and deviations of 1 are the prior itself: you return {short(got, 80)}, expected zeros."
    found["collapsed"] = (free, sentence)
    return found, []


def _judged_kl(name, mean, deviation, given):
    """Return the verdict on one set of means and deviations."""
    task = f"{len(mean)} images, {mean.shape[1]} dimensions: "
    got, each = numbers(given), _price(mean, deviation)
    if got is None or got.shape != (mean.shape[1],):
        shape = f"the shape {got.shape}" if got is not None else short(given, 80)
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
    text = cause(got, causes, "Compare your formula with that of lesson 07.")
    return {name: (False, f"{task}the numbers are others. {text}")}


kl_per_dimension = Exercise(
    name="kl_per_dimension",
    key="09-kl-per-dimension",
    objective="Kullback-Leibler divergence",
    title="Exercise 1, what each number of a code costs",
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
    got = finite_number(given)
    if got is None:
        return False, f"You return {short(given, 80)}: expected one finite number."
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
    text = cause(got, causes, "Fit loss = a · reconstruction + b · KL + c, and compare b with a.")
    return False, f"You find {got:.4g}, and the log was made with another beta. {text}"


beta_from_log = Exercise(
    name="beta_from_log",
    key="09-beta-from-log",
    objective="variational autoencoder",
    title="Exercise 2, beta from a training log",
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
    got = finite_number(given)
    if got is None:
        length = (
            len(given) if isinstance(given, (list, tuple)) else np.size(given) if isinstance(given, np.ndarray) else 0
        )
        each = length == codes.shape[1]
        advice = "That is an answer for each unit: count." if each else "Expected a whole number."
        return False, f"{task}you return {short(given, 80)}. {advice}"
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
    return False, f"{task}you count {got:g}. {cause(got, causes, 'Look at the variance of each column.')}"


active_units = Exercise(
    name="active_units",
    key="09-active-units",
    objective="variational autoencoder",
    title="Exercise 3, active units",
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
)
