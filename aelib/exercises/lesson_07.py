"""The three small exercises of lesson 07: a divergence in bits, a fit, a closed form; no model is used here."""

import math

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import cause, number, short


def _near(got, expected):
    """Return whether two floats agree to six digits; infinity agrees with itself."""
    return got == expected or math.isclose(got, expected, rel_tol=1e-5, abs_tol=1e-9)


# Bits


def _bits(attempt):
    """Judge the divergence between two sources of symbols."""
    rng = np.random.default_rng(0)
    found = {}
    for name, p, q in (
        ("by_hand", np.array([0.5, 0.3, 0.2]), np.array([0.25, 0.25, 0.5])),
        ("any_sources", rng.dirichlet(np.ones(7)), rng.dirichlet(np.ones(7))),
        ("equal_sources", np.array([0.2, 0.7, 0.1]), np.array([0.2, 0.7, 0.1])),
        ("a_symbol_that_never_comes", np.array([0.6, 0, 0.4, 0]), np.array([0.3, 0.2, 0.5, 0])),
        ("a_symbol_without_a_word", np.array([0.5, 0.3, 0.2]), np.array([0.6, 0.4, 0])),
    ):
        given = attempt(p.copy(), q.copy())
        got, expected = number(given), _relative_entropy(p, q)
        right = got is not None and _near(got, expected)
        text = f"{expected:.4g} bits per symbol." if right else _misjudged(p, q, got, given, expected)
        found[name] = (right, f"p = {_listed(p)}, q = {_listed(q)}: {text}")
    return found, []


def _relative_entropy(p, q):
    """Return the divergence in bits, one symbol at a time: the oracle of the check."""
    pairs = [(a, b) for a, b in zip(p.tolist(), q.tolist()) if a > 0]
    return math.inf if any(b == 0 for _, b in pairs) else sum(a * (math.log2(a) - math.log2(b)) for a, b in pairs)


def _listed(values):
    """Return probabilities as a learner would write them."""
    return "(" + ", ".join(f"{value:.3g}" for value in values) + ")"


def _misjudged(p, q, got, given, expected):
    """Return what a wrong divergence suggests."""
    if got is None:
        return f"you return {short(given, 60)}. Expected one number."
    if math.isnan(got):
        zero = "A source has a symbol with the probability 0: what do you do with 0 times a logarithm?"
        return (
            f"your result is not a number. {zero if np.any(p == 0) else 'Do you take the logarithm of a probability?'}"
        )
    if math.isinf(expected):
        return f"found {got:.4g}. The third symbol occurs, and q says that it never does. How long would its word be?"
    if math.isinf(got):
        return "found infinity. A symbol that never occurs costs nothing, however long its word is."
    with np.errstate(all="ignore"):
        ratio = np.log2(p / q)
        causes = {
            "Your logarithm is natural, so the unit is nats: expected bits.": expected * math.log(2),
            "Your logarithm has base 10: for bits it has base 2.": expected * math.log10(2),
            "Your sign is reversed: wrong words never save bits on average.": -expected,
            "That is the divergence in the other direction: here the symbols come from p.": _relative_entropy(q, p),
            "The symbols occur as often as p says: weight each by p, not by q.": float(np.sum(q * ratio)),
            "That is all that the wrong words cost: expected what they cost too much.": -float(np.sum(p * np.log2(q))),
            "That is what the right words cost: expected what the wrong ones cost on top.": -float(
                np.sum(p * np.log2(p))
            ),
            "You add up the differences of the lengths unweighted: a symbol counts as often as it occurs.": float(
                np.sum(ratio)
            ),
            "You take the average over the symbols: with its weights, it is a sum.": expected / len(p),
            "You add up sizes without their sign: where the wrong word is shorter, it saves bits.": float(
                np.sum(p * np.abs(ratio))
            ),
            "You take the mean of both directions: expected the one in which symbols come from p.": (
                expected + _relative_entropy(q, p)
            )
            / 2,
            "That is the sum of both directions: expected the one in which symbols come from p.": (
                expected + _relative_entropy(q, p)
            ),
            "You round the lengths to whole bits: an ideal word has exactly -log2 of the probability.": float(
                p @ np.ceil(-np.log2(q)) - p @ np.ceil(-np.log2(p))
            ),
            "You round the words for q to whole bits, and not those for p: an ideal word has exactly -log2 of the "
            "probability.": float(p @ np.ceil(-np.log2(q)) + np.sum(p * np.log2(p))),
            "You subtract the two entropies: the wrong words are paid at the frequencies of p.": float(
                np.sum(p * np.log2(p)) - np.sum(q * np.log2(q))
            ),
        }
        middle = (p + q) / 2
        causes["That is the Jensen-Shannon divergence, which asks the mixture of both: expected KL(p || q)."] = (
            _relative_entropy(p, middle) + _relative_entropy(q, middle)
        ) / 2
    if expected == 0:
        return f"found {got:.4g}. With the right words there is nothing to pay on top."
    near = "You are near: is the result rounded, or are the probabilities?" if abs(got / expected - 1) < 0.01 else ""
    return f"found {got:.4g}, expected another value. {cause(got, causes, near)}".rstrip()


kl_bits = Exercise(
    name="kl_bits",
    key="07-kl-bits",
    objective="Kullback-Leibler divergence",
    title="Exercise 1, bits too many",
    hints=(
        "For each symbol, by how many bits is its word for q longer than its word for p?",
        "That difference is log2(p / q). Weight it by how often the symbol occurs, and add up.",
        "Leave out the symbols with p = 0 before you take logarithms: p[p > 0] and q[p > 0]. What is left with q = 0 "
        "gives infinity by itself, or return np.inf.",
    ),
    answer="""\
import numpy as np


def kl_bits(p, q):
    comes = p > 0
    p, q = p[comes], q[comes]
    if np.any(q == 0):
        return np.inf
    return np.sum(p * np.log2(p / q))
""",
    judge=_bits,
)


# The forward fit


MIXTURES = {  # criterion: the weights, means and standard deviations of a mixture
    "two_bumps": ([0.6, 0.4], [-2.0, 2.0], [0.6, 0.8]),
    "one_bump": ([1.0], [1.5], [0.7]),
    "same_means": ([0.3, 0.7], [2.0, 2.0], [0.5, 2.0]),
    "points": ([0.25, 0.75], [1.0, 5.0], [1e-4, 1e-4]),
    "four_bumps": ([0.1, 0.2, 0.3, 0.4], [3.0, -1.0, 0.5, 7.0], [1.2, 0.4, 2.5, 0.9]),
}


def _forward(attempt):
    """Judge the Gaussian that is nearest to a mixture by the forward divergence."""
    found = {}
    for name, mixture in MIXTURES.items():
        arrays = [np.array(values) for values in mixture]
        given = attempt(*(values.copy() for values in arrays))
        pair = _pair(given)
        if pair is None:
            text = f"You return {short(given, 60)}: expected two numbers, the mean and the standard deviation of q."
            found[name] = (False, text)
            continue
        mean, std = _matched(*mixture)
        case = ", ".join(f"{part} = {_listed(values)}" for part, values in zip(("weights", "means", "stds"), arrays))
        right = _near(pair[0], mean) and _near(pair[1], std)
        text = f"mean {mean:.4g}, standard deviation {std:.4g}." if right else _strayed(pair, *arrays)
        found[name] = (right, f"{case}: {text}")
    return found, []


def _matched(weights, means, stds):
    """Return mean and standard deviation of a mixture, from its moments, one Gaussian at a time: the oracle."""
    mean = math.fsum(w * m for w, m in zip(weights, means))
    return mean, math.sqrt(math.fsum(w * (s * s + (m - mean) ** 2) for w, m, s in zip(weights, means, stds)))


def _pair(given):
    """Return the two floats that a learner returned, or None."""
    try:
        values = [number(value) for value in given]
    except Exception:  # no sequence, or a class of the learner's own
        return None
    return values if len(values) == 2 and None not in values else None


NEAR = "You are near: a search or draws come close, and the derivatives give the number itself."


def _strayed(pair, weights, means, stds):
    """Return what a wrong fit suggests."""
    mean, std = _matched(weights, means, stds)
    text = f"found mean {pair[0]:.4g} and standard deviation {pair[1]:.4g}."
    if not all(map(math.isfinite, pair)):
        return f"{text} Expected finite numbers. Do you take the root of a negative number?"
    if _near(pair[0], std) and _near(pair[1], mean):
        return f"{text} The two have changed places: the mean comes first."
    if not _near(pair[0], mean):
        causes = {
            "You average the means without their weights.": float(np.mean(means)),
            "That is the bump with the largest weight: a reverse fit may end there, the forward fit must cover all "
            "bumps.": float(means[np.argmax(weights)]),
            "You add up the means without their weights.": float(np.sum(means)),
            "You weight each mean by its bump's precision, too: the weights alone say how often p draws there.": float(
                np.sum(weights * means / stds**2) / np.sum(weights / stds**2)
            ),
        }
        near = NEAR if abs(pair[0] - mean) < 0.02 * std else ""
        return f"{text} The mean differs. {cause(pair[0], causes, near)}".rstrip()
    if _near(pair[1], -std):
        return f"{text} The size of the standard deviation is right, but it is never negative."
    inside, between = float(weights @ stds**2), float(weights @ (means - mean) ** 2)
    causes = {
        "That is the variance: expected its root.": std**2,
        "You average the standard deviations. What adds up is variances, and the distances between the bumps count, "
        "too.": float(weights @ stds),
        "Draws of p also differ because they come from different bumps.": math.sqrt(inside),
        "Draws of p also differ within each bump.": math.sqrt(between),
        "Do the distances of the means have their weights? Average their squares, measured from the mean of q, with "
        "the weights.": math.sqrt(inside + float(np.var(means))),
        "You take half the range of the means: average their squared distances from the mean of q, with the "
        "weights.": math.sqrt(inside + float(np.ptp(means) / 2) ** 2),
        "Your variance is about 0: expected the one about the mean of q.": math.sqrt(
            inside + float(weights @ means**2)
        ),
        "The weights are missing from the variance, where they belong as much as in the mean.": math.sqrt(
            float(np.mean(stds**2 + (means - mean) ** 2))
        ),
        "You average the variances without their weights.": math.sqrt(float(np.mean(stds**2)) + between),
        "You square the weights: that is the variance of a weighted sum, and a mixture is not a sum.": math.sqrt(
            float(weights**2 @ stds**2)
        ),
        "You add up standard deviations: what adds up is variances.": math.sqrt(inside) + math.sqrt(between),
    }
    near = NEAR if abs(pair[1] - std) < 0.02 * std else ""
    return f"{text} The standard deviation differs. {cause(pair[1], causes, near)}".rstrip()


forward_fit = Exercise(
    name="forward_fit",
    key="07-forward-fit",
    objective="Kullback-Leibler divergence",
    title="Exercise 2, the forward fit without a search",
    hints=(
        "Only the average of -ln q(x) over draws from p depends on q. Write ln q(x) for a Gaussian with mean m and "
        "standard deviation s.",
        "What is left is ln s plus the average of (x - m)^2 / (2 s^2) over p. Set its derivative with respect to m to "
        "0, and then the one with respect to s. Which two properties of p come out?",
        "q has the mean and the variance of p itself. To get the variance of a mixture, average (x - m)^2 within each "
        "bump first: its variance, plus the squared distance of its mean from m.",
    ),
    answer="""\
import numpy as np


def forward_fit(weights, means, stds):
    mean = weights @ means
    return mean, np.sqrt(weights @ (stds**2 + (means - mean) ** 2))
""",
    judge=_forward,
)


# The closed form


def _price(mean, log_var):
    """Return the divergence to the standard normal distribution, one latent dimension at a time: the oracle."""
    rows = zip(mean.tolist(), log_var.tolist())
    return np.array([sum((m * m + math.exp(v) - 1 - v) / 2 for m, v in zip(*row)) for row in rows])


def _closed(attempt):
    """Judge the price of codes in nats."""
    rng = np.random.default_rng(0)
    found = {}
    given = (rng.normal(0, 1.5, (4, 3)), rng.normal(-1, 1, (4, 3)))
    shape, got = _priced(attempt, *given)
    found["shape"] = (shape is None, shape or "One number per image.")
    cases = {
        "value": given,
        "standard_normal": (np.zeros((3, 2)), np.zeros((3, 2))),
        "other_sizes": (rng.normal(0, 1, (5, 5)), rng.normal(-1, 1, (5, 5))),
    }
    for name, (mean, log_var) in cases.items():
        if name != "value":
            shape, got = _priced(attempt, mean, log_var)
        expected = _price(mean, log_var)
        right = shape is None and np.allclose(got, expected, rtol=1e-5, atol=1e-6)
        case = f"{len(mean)} images, {mean.shape[1]} latent dimensions: "
        text = f"the first costs {expected[0]:.4g} nats." if right else _overpriced(mean, log_var, got)
        found[name] = (right, case + text)
    return found, []


def _priced(attempt, mean, log_var):
    """Return what is wrong with the shape of a learner's prices, or None, and the prices as floats, or None."""
    given = attempt(mean.copy(), log_var.copy())
    try:
        got = np.asarray(given)
    except Exception:  # a list of arrays of different lengths
        got = np.asarray(None)
    expected = f"expected ({len(mean)},), one number per image."
    if got.dtype.kind not in "iuf":
        return f"You return {short(given, 60)}: {expected}", None
    got = got.astype(float)
    if got.shape == (len(mean),):
        return None, got
    hint = ""
    if got.shape == mean.shape:
        hint = " These are the prices of single dimensions: an image pays for all of its latent dimensions."
    elif got.shape == mean.shape[1:]:
        hint = " You added up over the images: add up over the latent dimensions, the last axis."
    elif got.ndim == 0:
        hint = " One number for all images: only the loss takes their average, later."
    elif got.shape == (len(mean), 1):
        hint = " An axis of length 1 is left over."
    return f"For {len(mean)} images you return the shape {got.shape}: {expected}{hint}", got


def _overpriced(mean, log_var, got):
    """Return what wrong prices suggest."""
    if got is None:
        return "no numbers to judge."
    numbers = mean.shape[1]
    expected = _price(mean, log_var)
    text = f"found {got.flat[0]:.4g}" if got.size else "found nothing"
    if np.isnan(got).any():
        return f"{text}. `log_var` is a logarithm already, and may be negative: you can't take its logarithm again."

    def half(*parts):
        return sum(parts).sum(axis=1) / 2

    square, variance = mean**2, np.exp(log_var)
    averaged = "You average over the latent dimensions: a code pays for each of them."
    if numbers == len(mean):  # which of the two was it?
        averaged = "You divide by the number of latent dimensions or of images: the price is a sum."
    causes = {
        averaged: expected / numbers,
        "You divide by the number of images: only the loss takes their average, later.": expected / len(mean),
        "That is twice as much: check the factor before the sum.": 2 * expected,
        "Your sign is reversed: a divergence is never negative.": -expected,
        "You take exp(log_var) for the standard deviation and square it: it is the variance.": half(
            square, variance**2, -1, -log_var
        ),
        "E[z^2] contains the variance, and exp(log_var / 2) is the standard deviation.": half(
            square, np.sqrt(variance), -1, -log_var
        ),
        "Half of the logarithm of the variance is that of the standard deviation: have you halved it twice?": half(
            square, variance, -1, -log_var / 2
        ),
        "The logarithm has the wrong sign: a narrow code is expensive.": half(square, variance, -1, log_var),
        "The logarithm of the variance is missing.": half(square, variance, -1),
        "Where does the mean enter? It does so as a square.": half(mean, variance, -1, -log_var),
        "The mean is missing: a code far from 0 is expensive.": half(variance, -1, -log_var),
        "The variance itself is missing, beside its logarithm.": half(square, -1, -log_var),
        "The square of the mean has the wrong sign: a code far from 0 is expensive.": half(
            -square, variance, -1, -log_var
        ),
        "Is the logarithm halved, too? `log_var` is twice ln s.": half(square, variance, -1, -2 * log_var),
        "Your unit is bits: expected nats.": expected / math.log(2),
        "That is the cross-entropy with the prior: subtract the entropy of q.": half(
            square, variance, math.log(2 * math.pi)
        ),
        "You take `log_var` for the standard deviation: it is the logarithm of the variance.": half(
            square, log_var**2, -1, -np.log(np.maximum(log_var**2, 1e-300))
        ),
        "The 1 has the wrong sign: at mean 0 and variance 1 the price must be 0.": half(square, variance, 1, -log_var),
        "The factor one half belongs to all parts, not to one.": (square / 2 + variance - 1 - log_var).sum(axis=1),
        "`log_var` stands where the variance belongs.": half(square, log_var, -1, -log_var),
        "Nothing is subtracted: at mean 0 and variance 1 the price must be 0.": half(square, variance, -log_var),
        "The 1 is subtracted once per image: each latent dimension has its own.": half(square, variance, -log_var)
        - 1 / 2,
        "That is the divergence in the other direction, from the standard normal distribution to the code's.": half(
            square / variance, 1 / variance, -1, log_var
        ),
    }
    if numbers == len(mean):
        causes["You added up over the images: add up over the latent dimensions, the last axis."] = (
            square + variance - 1 - log_var
        ).sum(axis=0) / 2
    if got.shape == expected.shape:
        hint = next((said for said, value in causes.items() if np.allclose(got, value, rtol=1e-5, atol=1e-6)), "")
        if not hint and np.allclose(got, expected, rtol=0.02, atol=0.02):
            hint = "You are near: draws come close, and the averages over q give the number itself."
    else:
        hint = "The shape is wrong, so the values can't be compared."
    return f"{text}, expected another value. {hint}".rstrip()


kl_to_standard_normal = Exercise(
    name="kl_to_standard_normal",
    key="07-kl-to-standard-normal",
    objective="Kullback-Leibler divergence",
    title="Exercise 3, the price of a code",
    hints=(
        "For one dimension, ln q(z) is -ln(2 pi) / 2 - ln s - (z - m)^2 / (2 s^2). What is its average over q? Do the "
        "same with ln p(z) = -ln(2 pi) / 2 - z^2 / 2.",
        "The averages are -ln(2 pi) / 2 - ln s - 1 / 2 and -ln(2 pi) / 2 - (m^2 + s^2) / 2. Subtract the second from "
        "the first. With the log variance, s^2 is exp(log_var), and ln s is log_var / 2.",
        "Add up over the latent dimensions, .sum(axis=1), so that one number per image is left.",
    ),
    answer="""\
import numpy as np


def kl_to_standard_normal(mean, log_var):
    return 0.5 * np.sum(mean**2 + np.exp(log_var) - 1 - log_var, axis=1)
""",
    judge=_closed,
)
