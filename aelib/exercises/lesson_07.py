"""The three small exercises of lesson 07: a divergence in bits, an estimate, a closed form; no model is used here."""

import math

import numpy as np

from aelib.exercise import Exercise, Wrong


def _number(value):
    """Return a learner's value as a float, or None if it is not one number; infinity and nan are numbers here."""
    try:
        value = np.asarray(value)
        return float(value) if value.ndim == 0 and value.dtype.kind in "iuf" else None
    except Exception:  # a list of arrays of different lengths, or a class of the learner's own
        return None


def _near(got, expected):
    """Return whether two floats agree to six digits; infinity agrees with itself."""
    return got == expected or math.isclose(got, expected, rel_tol=1e-5, abs_tol=1e-9)


def _cause(got, causes):
    """Return the sentence whose number is the one that was found, or nothing."""
    return next((text for text, value in causes.items() if math.isfinite(value) and _near(got, value)), "")


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
        got, expected = _number(given), _relative_entropy(p, q)
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
        return f"you return {_short(given)}. Expected one number."
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
    return f"found {got:.4g}, expected another value. {_cause(got, causes)}".rstrip()


def _short(value):
    """Return a learner's value in a few letters."""
    try:
        text = repr(value)
    except Exception:  # a class of the learner's own
        text = f"something of type {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


kl_bits = Exercise(
    name="kl_bits",
    key="07-kl-bits",
    objective="Kullback-Leibler divergence",
    title="Exercise 1, bits too many",
    statement="Write a function that takes the probabilities p and q of the same symbols, two arrays, and returns the "
    "Kullback-Leibler divergence KL(p || q) in bits a symbol. A symbol that never comes costs nothing; one that comes "
    "although q says never costs infinity.",
    starter="def kl_bits(p, q):\n    ...\n",
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
    also_right=(
        """\
from scipy.stats import entropy

def kl_bits(p, q):
    return entropy(p, q, base=2)
""",
        """\
import math

def kl_bits(p, q):
    total = 0.0
    for a, b in zip(p, q):
        if a > 0 and b == 0:
            return math.inf
        if a > 0:
            total += a * math.log2(a / b)
    return total
""",
        """\
import numpy as np
from scipy.special import rel_entr

def kl_bits(p, q):
    return rel_entr(p, q).sum() / np.log(2)
""",
    ),
    wrong=(
        Wrong("nats", ("np.log2(p / q)", "np.log(p / q)"), "by_hand", "expected bits"),
        Wrong("base 10", ("np.log2(p / q)", "np.log10(p / q)"), "by_hand", "base 10"),
        Wrong("sign", ("p / q", "q / p"), "by_hand", "sign is turned"),
        Wrong("other way", ("p * np.log2(p / q)", "q * np.log2(q / p)"), "by_hand", "other way round"),
        Wrong("weighted by q", ("p * np.log2(p / q)", "q * np.log2(p / q)"), "by_hand", "not by q"),
        Wrong("cross-entropy", ("p * np.log2(p / q)", "-p * np.log2(q)"), "by_hand", "too much"),
        Wrong("entropy", ("p * np.log2(p / q)", "-p * np.log2(p)"), "by_hand", "what the right book costs"),
        Wrong("unweighted", ("p * np.log2(p / q)", "np.log2(p / q)"), "by_hand", "unweighted"),
        Wrong("average", ("np.sum", "np.mean"), "by_hand", "it is a sum"),
        Wrong("sizes", ("np.log2(p / q)", "np.abs(np.log2(p / q))"), "by_hand", "without their sign"),
        Wrong(
            "both directions",
            ("np.sum(p * np.log2(p / q))", "np.sum((p - q) * np.log2(p / q)) / 2"),
            "by_hand",
            "mean of both directions",
        ),
        Wrong(
            "two entropies",
            ("np.sum(p * np.log2(p / q))", "np.sum(p * np.log2(p)) - np.sum(q * np.log2(q))"),
            "any_sources",
            "subtract the two entropies",
        ),
        Wrong(
            "Jensen-Shannon",
            "from scipy.spatial.distance import jensenshannon\n\ndef kl_bits(p, q):\n"
            "    return jensenshannon(p, q, base=2) ** 2\n",
            "any_sources",
            "mixture of both",
        ),
        Wrong(
            "zeros kept",
            "import numpy as np\n\ndef kl_bits(p, q):\n    return np.sum(p * np.log2(p / q))\n",
            "a_symbol_that_never_comes",
            "not a number",
        ),
        Wrong("never infinite", ("return np.inf", "p, q = p[q > 0], q[q > 0]"), "a_symbol_without_a_word", "How long"),
        Wrong(
            "a small number added",
            "import numpy as np\n\ndef kl_bits(p, q):\n    return np.sum(p * np.log2((p + 1e-12) / (q + 1e-12)))\n",
            "a_symbol_without_a_word",
            "q says that it never does",
        ),
        Wrong(
            "infinite too soon",
            "import numpy as np\n\ndef kl_bits(p, q):\n    if np.any(q == 0):\n        return np.inf\n"
            "    return np.sum(p[p > 0] * np.log2(p[p > 0] / q[p > 0]))\n",
            "a_symbol_that_never_comes",
            "found infinity",
        ),
        Wrong("each symbol", ("np.sum(p * np.log2(p / q))", "p * np.log2(p / q)"), "by_hand", "Expected one number"),
        Wrong("misspelt", ("np.log2(p / q)", "log2(p / q)"), "runs", "NameError"),
    ),
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
            text = f"You return {_short(given)}: expected two numbers, the estimate and its standard error."
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
        values = [_number(value) for value in given]
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
    return f"found {got:.4g}, expected another value. {_cause(got, causes)}".rstrip()


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
        if cause := _cause(got, causes):
            break
    return f"found {got:.4g}, expected another value. {cause}".rstrip()


monte_carlo_kl = Exercise(
    name="monte_carlo_kl",
    key="07-monte-carlo-kl",
    objective="Kullback-Leibler divergence",
    title="Exercise 2, an estimate and its error",
    statement="Write a function that takes draws from p, an array (n,), and two functions that give the natural "
    "logarithm of the densities p and q at an array of points. It returns two numbers: an estimate of KL(p || q) in "
    "nats, and its standard error.",
    starter="def monte_carlo_kl(draws, log_p, log_q):\n    ...\n",
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
    also_right=(
        """\
import numpy as np
from scipy.stats import sem

def monte_carlo_kl(draws, log_p, log_q):
    r = log_p(draws) - log_q(draws)
    return np.array([r.mean(), sem(r)])
""",
        """\
import math
import statistics

def monte_carlo_kl(draws, log_p, log_q):
    r = [float(log_p(x) - log_q(x)) for x in draws]
    return [statistics.fmean(r), math.sqrt(statistics.variance(r) / len(r))]
""",
    ),
    wrong=(
        Wrong("sign", ("log_p(draws) - log_q(draws)", "log_q(draws) - log_p(draws)"), "normal", "sign is turned"),
        Wrong("weighted", ("return r.mean()", "return (np.exp(log_p(draws)) * r).mean()"), "normal", "all weigh alike"),
        Wrong("weighted sum", ("return r.mean()", "return (np.exp(log_p(draws)) * r).sum()"), "normal", "and add up"),
        Wrong(
            "weighted average",
            ("return r.mean()", "return np.average(r, weights=np.exp(log_p(draws)))"),
            "normal",
            "share of the densities",
        ),
        Wrong("sum", ("return r.mean()", "return r.sum()"), "normal", "expected an average"),
        Wrong("ratio", ("return r.mean()", "return np.exp(r).mean()"), "normal", "averages its logarithm"),
        Wrong("log of the average", ("return r.mean()", "return np.log(np.exp(r).mean())"), "normal", "average of the"),
        Wrong("bits", ("return r.mean()", "return r.mean() / np.log(2)"), "normal", "expected nats"),
        Wrong("sizes", ("return r.mean()", "return np.abs(r).mean()"), "normal", "drop the signs"),
        Wrong("only p", (" - log_q(draws)", ""), "normal", "part of p alone"),
        Wrong("cross-entropy", ("log_p(draws) - log_q", "-log_q"), "normal", "part of q alone"),
        Wrong("deviation", (" / np.sqrt(len(r))", ""), "normal_error", "deviation of the draws"),
        Wrong("no root", ("np.sqrt(len(r))", "len(r)"), "normal_error", "you divide by too much"),
        Wrong("variance", ("r.std() / np.sqrt(len(r))", "r.var()"), "normal_error", "variance of the draws"),
        Wrong(
            "variance of the average",
            ("r.std() / np.sqrt(len(r))", "r.var() / len(r)"),
            "normal_error",
            "variance of the average",
        ),
        Wrong("times the root", ("/ np.sqrt", "* np.sqrt"), "normal_error", "multiply by"),
        Wrong(
            "changed places",
            ("return r.mean(), r.std() / np.sqrt(len(r))", "return r.std() / np.sqrt(len(r)), r.mean()"),
            "normal",
            "estimate comes first",
        ),
        Wrong("two errors", ("r.std() / np", "2 * r.std() / np"), "normal_error", "two standard errors"),
        Wrong("an interval", ("r.std() / np", "1.96 * r.std() / np"), "normal_error", "half of an interval"),
        Wrong("error of the draws", ("r.std() / np", "draws.std() / np"), "normal_error", "something else"),
        Wrong("median", ("return r.mean()", "return np.median(r)"), "normal", "the median"),
        Wrong("quotient", ("log_p(draws) - log_q", "log_p(draws) / log_q"), "normal", "difference of the logarithms"),
        Wrong(
            "densities",
            ("log_p(draws) - log_q(draws)", "np.exp(log_p(draws)) - np.exp(log_q(draws))"),
            "normal",
            "subtract the densities",
        ),
        Wrong(
            "logarithms twice",
            ("log_p(draws) - log_q(draws)", "np.log(log_p(draws)) - np.log(log_q(draws))"),
            "normal",
            "logarithms already",
        ),
        Wrong("estimate only", (", r.std() / np.sqrt(len(r))", ""), "normal", "expected two numbers"),
        Wrong("no calls", ("log_p(draws) - log_q(draws)", "log_p - log_q"), "runs", "TypeError"),
    ),
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
        return f"You return {_short(given)}: {expected}", None
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
        cause = next((said for said, value in causes.items() if np.allclose(got, value, rtol=1e-5, atol=1e-6)), "")
    else:
        cause = "The shape is wrong, so the values can't be compared."
    return f"{text}, expected another value. {cause}".rstrip()


kl_to_standard_normal = Exercise(
    name="kl_to_standard_normal",
    key="07-kl-to-standard-normal",
    objective="Kullback-Leibler divergence",
    title="Exercise 3, the price of a code",
    statement="Write a function that takes the means and the natural logarithms of the variances of the codes of n "
    "images, two arrays (n, numbers), and returns for each image the divergence from N(mean, variance) to N(0, 1), "
    "added up over the numbers of its code, in nats: an array (n,).",
    starter="def kl_to_standard_normal(mean, log_var):\n    ...\n",
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
    also_right=(
        """\
import numpy as np

def kl_to_standard_normal(mean, log_var):
    deviation = np.exp(log_var / 2)
    return ((mean**2 + deviation**2 - 1) / 2 - np.log(deviation)).sum(axis=-1)
""",
        """\
import keras

def kl_to_standard_normal(mean, log_var):
    from aelib import factories
    return keras.ops.convert_to_numpy(factories.kl_divergence(mean, log_var))
""",
        """\
import math

def kl_to_standard_normal(mean, log_var):
    return [
        sum((m * m + math.exp(v) - 1 - v) / 2 for m, v in zip(means, log_vars))
        for means, log_vars in zip(mean, log_var)
    ]
""",
    ),
    wrong=(
        Wrong("averaged over the code", ("np.sum", "np.mean"), "value", "average over the numbers"),
        Wrong("no half", ("0.5 * ", ""), "value", "twice too much"),
        Wrong("sign", ("0.5 * ", "-0.5 * "), "value", "sign is turned"),
        Wrong("log of the deviation", ("np.exp(log_var)", "np.exp(2 * log_var)"), "value", "it is the variance"),
        Wrong("deviation for variance", ("np.exp(log_var)", "np.exp(log_var / 2)"), "value", "is the deviation"),
        Wrong("half the logarithm", ("- log_var,", "- log_var / 2,"), "value", "half as large"),
        Wrong("sign of the logarithm", ("- log_var,", "+ log_var,"), "value", "wrong sign"),
        Wrong("no logarithm", (" - log_var,", ","), "value", "is missing"),
        Wrong("mean not squared", ("mean**2", "mean"), "value", "mean is squared"),
        Wrong("no mean", ("mean**2 + ", ""), "value", "far from 0"),
        Wrong("no variance", ("np.exp(log_var) - 1", "-1"), "value", "variance itself"),
        Wrong("no exponential", ("np.exp(log_var)", "log_var"), "value", "where the variance belongs"),
        Wrong("no one", (" - 1 -", " -"), "standard_normal", "price must be 0"),
        Wrong(
            "one once",
            (
                "0.5 * np.sum(mean**2 + np.exp(log_var) - 1 - log_var, axis=1)",
                "0.5 * (np.sum(mean**2 + np.exp(log_var) - log_var, axis=1) - 1)",
            ),
            "value",
            "has its own",
        ),
        Wrong("bits", (", axis=1)", ", axis=1) / np.log(2)"), "value", "expected nats"),
        Wrong("sign of the one", ("- 1 - log_var,", "+ 1 - log_var,"), "standard_normal", "1 has the wrong sign"),
        Wrong(
            "half of one part",
            ("0.5 * np.sum(mean**2 +", "np.sum(0.5 * mean**2 +"),
            "value",
            "half belongs to all parts",
        ),
        Wrong(
            "deviation given",
            ("np.exp(log_var) - 1 - log_var,", "log_var**2 - 1 - np.log(log_var**2),"),
            "value",
            "for the deviation",
        ),
        Wrong("variance given", ("- log_var,", "- np.log(log_var),"), "value", "is a logarithm already"),
        Wrong(
            "other way",
            ("mean**2 + np.exp(log_var) - 1 - log_var", "(mean**2 + 1) / np.exp(log_var) - 1 + log_var"),
            "value",
            "other way round",
        ),
        Wrong("over the images", ("axis=1", "axis=0"), "shape", "the last axis"),
        Wrong("one for all", (", axis=1)", ", axis=1).mean()"), "shape", "only the loss"),
        Wrong(
            "number by number",
            ("np.sum(mean**2 + np.exp(log_var) - 1 - log_var, axis=1)", "(mean**2 + np.exp(log_var) - 1 - log_var)"),
            "shape",
            "pays for all of its numbers",
        ),
        Wrong("nothing", "def kl_to_standard_normal(mean, log_var):\n    print(mean)\n", "shape", "You return None"),
    ),
)
