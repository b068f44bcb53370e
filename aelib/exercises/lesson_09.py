"""The two exercises of lesson 09, active units and beta from a training log; no graded one is here."""

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import cause, finite_number, short


def _units(attempt):
    """Judge the number of active units."""
    rng = np.random.default_rng(0)
    spread = rng.permutation(np.array([1.5, 0.6, 0.2, 0.004, 0.0005, 1e-6, 0.0]))
    away = np.where(spread == 0, 3.0, rng.choice([-2.0, 0.0, 0.5], 7))
    signs = np.where(np.arange(40) % 2, 1.0, -1.0)[:, np.newaxis]
    means = away + rng.permutation(signs) * np.sqrt(spread)
    rare = np.zeros((40, 9))
    rare[0] = (
        0,
        0,
        0.08,
        0.5,
        0.5,
        1,
        1,
        2.5,
        3,
    )  # one image alone moves a unit; 0.5 has the variance 0.006, 1 has 0.024
    found = {}
    for name, codes, threshold in (
        ("count", means, None),
        ("threshold", means, 0.7),
        ("all_collapsed", np.tile([0.5, -1.0, 0.0], (8, 1)), None),
        ("rare", rare, None),
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
        "The variance is the average over all images: how far the farthest lies doesn't tell it.": (
            np.sum((np.ptp(codes, axis=0) / 2) ** 2 > threshold)
        ),
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
    title="Exercise 1, active units",
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


def _log(attempt):
    """Judge the effective beta that a learner reads from a training log."""
    rng = np.random.default_rng(0)
    found = {}
    for name, scale, beta, constant in (
        ("weighted", 1.0, 3.92, 0.0),
        ("averaged_loss", 1 / 784, 784.0, 0.0),
        ("constant", 1 / 10, 0.5, 37.0),
        ("no_kl", 1.0, 0.0, 2.5),
        ("rewarded", 1.0, -0.5, 0.0),
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
        "The weight of KL is negative here, and so is beta: keep the sign.": abs(beta),
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
