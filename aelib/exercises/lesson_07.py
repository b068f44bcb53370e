"""The three small exercises of lesson 07: a divergence in bits, an estimate, a closed form; no model is used here."""

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
        text = f"{expected:.4g} bits a symbol." if right else _misjudged(p, q, got, given, expected)
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
        return f"found {got:.4g}. The third symbol comes, and q says that it never does. How long would its word be?"
    if math.isinf(got):
        return "found infinity. A symbol that never comes costs nothing, however long its word is."
    with np.errstate(all="ignore"):
        ratio = np.log2(p / q)
        causes = {
            "Your logarithm is natural, so the unit is nats: expected bits.": expected * math.log(2),
            "Your logarithm has base 10: for bits it has base 2.": expected * math.log10(2),
            "Your sign is turned: a wrong book never saves bits on average.": -expected,
            "That is the divergence the other way round: here the symbols come from p.": _relative_entropy(q, p),
            "The symbols come as often as p says: weight each by p, not by q.": float(np.sum(q * ratio)),
            "That is all that the wrong book costs: expected what it costs too much.": -float(np.sum(p * np.log2(q))),
            "That is what the right book costs: expected what the wrong one costs on top.": -float(
                np.sum(p * np.log2(p))
            ),
            "You add up the differences of the lengths unweighted: a symbol counts as often as it comes.": float(
                np.sum(ratio)
            ),
            "You take the average over the symbols: with its weights, it is a sum.": expected / len(p),
            "You add up sizes without their sign: where the wrong book's word is shorter, it saves.": float(
                np.sum(p * np.abs(ratio))
            ),
            "You take the mean of both directions: expected the one in which symbols come from p.": (
                expected + _relative_entropy(q, p)
            )
            / 2,
            "You subtract the two entropies: the wrong book is paid at the frequencies of p.": float(
                np.sum(p * np.log2(p)) - np.sum(q * np.log2(q))
            ),
        }
        middle = (p + q) / 2
        causes["That is the Jensen-Shannon divergence, which asks the mixture of both: expected KL(p || q)."] = (
            _relative_entropy(p, middle) + _relative_entropy(q, middle)
        ) / 2
    if expected == 0:
        return f"found {got:.4g}. Whoever has the right book pays nothing on top."
    return f"found {got:.4g}, expected another value. {cause(got, causes)}".rstrip()


kl_bits = Exercise(
    name="kl_bits",
    key="07-kl-bits",
    objective="Kullback-Leibler divergence",
    title="Exercise 1, bits too many",
    hints=(
        "For each symbol, how many bits is its word in the wrong book longer than in the right one?",
        "That difference is log2(p / q). Weight it by how often the symbol comes, and add up.",
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


# The estimate


def _estimated(attempt):
    """Judge an estimate from draws, and its standard error."""
    rng = np.random.default_rng(0)

    def normal(m, s):
        return lambda x: -((x - m) ** 2) / (2 * s * s) - math.log(s * math.sqrt(2 * math.pi))

    def waiting(rate):
        return lambda x: math.log(rate) - rate * x

    found = {}
    for name, draws, log_p, log_q in (
        ("normal", rng.normal(0.5, 0.7, 200), normal(0.5, 0.7), normal(-0.3, 1.2)),
        ("waiting_times", rng.exponential(1 / 2, 80), waiting(2.0), waiting(0.8)),
    ):
        given = attempt(draws.copy(), log_p, log_q)
        ratio = log_p(draws) - log_q(draws)
        pair = _pair(given)
        if pair is None:
            text = f"You return {short(given, 60)}: expected two numbers, the estimate and its standard error."
            found[name], found[f"{name}_error"] = (False, text), (None, text)
            continue
        expected = sum(ratio.tolist()) / len(ratio)
        near = _near(pair[0], expected)
        errors = [math.sqrt(sum((r - expected) ** 2 for r in ratio.tolist()) / n / len(ratio)) for n in _both(ratio)]
        swapped = _near(pair[1], expected) and any(_near(pair[0], error) for error in errors)
        turned = "The two have changed places: the estimate comes first." if swapped else ""
        text = turned or _strayed(pair[0], log_p(draws), log_q(draws))
        found[name] = (near, f"{len(draws)} draws: {text}")
        near = any(_near(pair[1], error) for error in errors)
        text = f"{errors[0]:.4g} nats." if near else turned or _erred(pair[1], ratio, draws)
        found[f"{name}_error"] = (near, f"{len(draws)} draws, standard error: {text}")
    return found, []


def _both(ratio):
    """Return the two numbers by which a variance may be divided."""
    return len(ratio) - 1, len(ratio)


def _pair(given):
    """Return the two floats that a learner returned, or None."""
    try:
        values = [number(value) for value in given]
    except Exception:  # no sequence, or a class of the learner's own
        return None
    return values if len(values) == 2 and None not in values else None


def _strayed(got, log_p, log_q):
    """Return what a wrong estimate suggests."""
    ratio = log_p - log_q
    expected = float(ratio.mean())
    if _near(got, expected):
        return f"{expected:.4g} nats."
    if math.isnan(got):
        return "your result is not a number. `log_p` and `log_q` give logarithms already, and these may be negative."
    p, q = np.exp(log_p), np.exp(log_q)
    causes = {
        "Your sign is turned: the draws come from p, so p gives them the higher density on average.": -expected,
        "You weight each draw by its density. Draws come as often as p says already: all weigh alike.": float(
            np.mean(p * ratio)
        ),
        "You weight each draw by its density, and add up. Draws come as often as p says already.": float(
            np.sum(p * ratio)
        ),
        "You weight each draw by its share of the densities. Draws come as often as p says already.": float(
            np.sum(p * ratio) / np.sum(p)
        ),
        "That is a sum: expected an average over the draws.": float(ratio.sum()),
        "You average the ratio of the densities: the divergence averages its logarithm.": float(np.mean(p / q)),
        "You took the logarithm of the average ratio: expected the average of the logarithm.": math.log(np.mean(p / q)),
        "Your unit is bits: expected nats.": expected / math.log(2),
        "The logarithm of a ratio is the difference of the logarithms: you divide one by the other.": float(
            np.mean(log_p / log_q)
        ),
        "You subtract the densities: expected their logarithms.": float(np.mean(p - q)),
        "That is the median: the divergence is an average.": float(np.median(ratio)),
        "You drop the signs: where q gives a draw the higher density, it counts as negative.": float(
            np.mean(np.abs(ratio))
        ),
        "That is the part of p alone: subtract what q says of the same draws.": float(log_p.mean()),
        "That is the cross-entropy, the part of q alone: what would the right code cost?": -float(log_q.mean()),
    }
    return f"found {got:.4g}, expected another value. {cause(got, causes)}".rstrip()


def _erred(got, ratio, draws):
    """Return what a wrong standard error suggests."""
    n = len(ratio)
    for ddof in (0, 1):
        deviation = float(np.std(ratio, ddof=ddof))
        causes = {
            "That is two standard errors, half of an interval of 95 %: expected one.": 2 * deviation / math.sqrt(n),
            "That is 1.96 standard errors, half of an interval of 95 %: expected one.": 1.96 * deviation / math.sqrt(n),
            "That is the error of the average draw: you average something else.": (
                float(np.std(draws, ddof=ddof)) / math.sqrt(n)
            ),
            "That is the deviation of the draws: their average strays less, the more of them there are.": deviation,
            "Four times as many draws halve the error: you divide by too much.": deviation / n,
            "That is the variance of the draws.": deviation**2,
            "That is the variance of the average: the error has the unit of the estimate.": deviation**2 / n,
            "You multiply by what you should divide by.": deviation * math.sqrt(n),
        }
        if text := cause(got, causes):
            break
    return f"found {got:.4g}, expected another value. {text}".rstrip()


monte_carlo_kl = Exercise(
    name="monte_carlo_kl",
    key="07-monte-carlo-kl",
    objective="Kullback-Leibler divergence",
    title="Exercise 2, an estimate and its error",
    hints=(
        "The divergence is the average of a number that each point has. Which number, and average over which points?",
        "Compute r = log_p(draws) - log_q(draws), one number a draw. Its average is the estimate: the draws come as "
        "often as p says, so they need no weights.",
        "The average of n draws strays by the deviation of one draw, divided by the root of n. "
        "That is r.std() / np.sqrt(len(r)).",
    ),
    answer="""\
import numpy as np


def monte_carlo_kl(draws, log_p, log_q):
    r = log_p(draws) - log_q(draws)
    return r.mean(), r.std() / np.sqrt(len(r))
""",
    judge=_estimated,
)


# The closed form


def _price(mean, log_var):
    """Return the divergence from the standard normal distribution, one number of a code at a time: the oracle."""
    rows = zip(mean.tolist(), log_var.tolist())
    return np.array([sum((m * m + math.exp(v) - 1 - v) / 2 for m, v in zip(*row)) for row in rows])


def _closed(attempt):
    """Judge the price of codes in nats."""
    rng = np.random.default_rng(0)
    found = {}
    given = (rng.normal(0, 1.5, (4, 3)), rng.normal(-1, 1, (4, 3)))
    shape, got = _priced(attempt, *given)
    found["shape"] = (shape is None, shape or "One number an image.")
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
        case = f"{len(mean)} images, codes of {mean.shape[1]} numbers: "
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
    expected = f"expected ({len(mean)},), one number an image."
    if got.dtype.kind not in "iuf":
        return f"You return {short(given, 60)}: {expected}", None
    got = got.astype(float)
    if got.shape == (len(mean),):
        return None, got
    hint = ""
    if got.shape == mean.shape:
        hint = " These are the numbers of a code one by one: an image pays for all of its numbers."
    elif got.shape == mean.shape[1:]:
        hint = " You went through the images: go through the numbers of a code, the last axis."
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
        return f"{text}. `log_var` is a logarithm already, and may be negative: no logarithm of it can be taken."

    def half(*parts):
        return sum(parts).sum(axis=1) / 2

    square, variance = mean**2, np.exp(log_var)
    causes = {
        "You average over the numbers of a code: it pays for each of them.": expected / numbers,
        "That is twice too much: mind the factor before the sum.": 2 * expected,
        "Your sign is turned: this is the negative, as in the ELBO.": -expected,
        "You take exp(log_var) for the deviation and square it: it is the variance.": half(
            square, variance**2, -1, -log_var
        ),
        "The formula has the variance, and exp(log_var / 2) is the deviation.": half(
            square, np.sqrt(variance), -1, -log_var
        ),
        "Take the logarithm of the variance, not of the deviation, which is half as large.": half(
            square, variance, -1, -log_var / 2
        ),
        "The logarithm has the wrong sign: a narrow code is expensive.": half(square, variance, -1, log_var),
        "The logarithm of the variance is missing.": half(square, variance, -1),
        "The mean is squared in the formula.": half(mean, variance, -1, -log_var),
        "The mean is missing: a code far from 0 is expensive.": half(variance, -1, -log_var),
        "The variance itself is missing, beside its logarithm.": half(square, -1, -log_var),
        "Your unit is bits: expected nats.": expected / math.log(2),
        "You take `log_var` for the deviation: it is the logarithm of the variance.": half(
            square, log_var**2, -1, -np.log(np.maximum(log_var**2, 1e-300))
        ),
        "The 1 has the wrong sign: at mean 0 and variance 1 the price must be 0.": half(square, variance, 1, -log_var),
        "The half belongs to all parts, not to one.": (square / 2 + variance - 1 - log_var).sum(axis=1),
        "`log_var` stands where the variance belongs.": half(square, log_var, -1, -log_var),
        "Nothing is taken away: at mean 0 and variance 1 the price must be 0.": half(square, variance, -log_var),
        "The 1 is taken away once an image: each number of the code has its own.": half(square, variance, -log_var)
        - 1 / 2,
        "That is the divergence the other way round, from the standard normal distribution to the code's.": half(
            square / variance, 1 / variance, -1, log_var
        ),
    }
    if numbers == len(mean):
        causes["You went through the images: go through the numbers of a code, the last axis."] = (
            square + variance - 1 - log_var
        ).sum(axis=0) / 2
    if got.shape == expected.shape:
        hint = next((said for said, value in causes.items() if np.allclose(got, value, rtol=1e-5, atol=1e-6)), "")
    else:
        hint = "The shape is wrong, so the values can't be compared."
    return f"{text}, expected another value. {hint}".rstrip()


kl_to_standard_normal = Exercise(
    name="kl_to_standard_normal",
    key="07-kl-to-standard-normal",
    objective="Kullback-Leibler divergence",
    title="Exercise 3, the price of a code",
    hints=(
        "Write the closed form for one number with the variance: which part of it is exp(log_var), and which is "
        "log_var itself?",
        "For one number: (mean ** 2 + np.exp(log_var) - 1 - log_var) / 2.",
        "Add up over the last axis, .sum(axis=1), so that one number an image is left.",
    ),
    answer="""\
import numpy as np


def kl_to_standard_normal(mean, log_var):
    return 0.5 * np.sum(mean**2 + np.exp(log_var) - 1 - log_var, axis=1)
""",
    judge=_closed,
)
