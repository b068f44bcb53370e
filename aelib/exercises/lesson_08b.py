"""The exercises of lesson 08b: an importance-weighted bound, a gradient with a baseline; no model is here."""

import itertools

import numpy as np
from scipy import special

from aelib.exercise import Exercise
from aelib.exercises.judging import cause, finite_number, same, short


def _bounds(attempt):
    """Judge the bound from groups of k draws, for weights near 1 and for weights that no float holds."""
    rng = np.random.default_rng(0)
    log_weights = rng.normal(-3, 2, 12)
    found, kept = {}, True
    for name, k, shift in (
        ("groups", 4, 0.0),
        ("one_draw", 1, 0.0),
        ("all_draws", 12, 0.0),
        ("far_below", 3, -1000.0),
        ("far_above", 3, 1000.0),
        ("far_apart", 4, np.repeat([0.0, -900.0, -1800.0], 4)),
    ):
        given = log_weights + shift
        got = attempt(given, k)
        kept = kept and np.array_equal(given, log_weights + shift)
        expected = np.mean(special.logsumexp((log_weights + shift).reshape(-1, k), axis=1) - np.log(k))
        value = finite_number(got)
        around = " and ".join(f"{-3 + at:g}" for at in np.unique(shift)[::-1])
        task = f"12 log weights around {around}, k = {k}: "
        if value is not None and abs(value - expected) < 1e-6 * abs(expected):
            found[name] = (True, f"{task}{expected:.4f} nats.")
        elif name.startswith("far") and value is None:
            largest = "each group's own largest" if name == "far_apart" else "the largest"
            why = f"exp of such a number is 0 or infinite. Subtract {largest} log weight before you take exp."
            found[name] = (False, f"{task}found {short(got)}. {why}")
        elif value is None:
            found[name] = (False, f"{task}found {short(got)}, expected one finite number, in nats.")
        else:
            found[name] = (False, f"{task}found {value:.4f}. {_ungrouped(log_weights + shift, k, value)}".strip())
    found["input"] = (kept, "The log weights are as they were." if kept else "Your function changes its argument.")
    return found, []


def _ungrouped(log_weights, k, value):
    """Return what a wrong bound suggests."""
    groups = log_weights.reshape(-1, k)
    sums = special.logsumexp(groups, axis=1)
    expected = np.mean(sums - np.log(k))
    whole = special.logsumexp(log_weights)
    with np.errstate(all="ignore"):
        causes = {
            "That averages the logarithms, which is the ELBO: within a group, average the weights first.": (
                log_weights.mean()
            ),
            "Within a group, the weights are added up: expected their average.": np.mean(sums),
            "That is the bound from all draws at once: k says how many draws share a logarithm.": (
                whole - np.log(len(log_weights))
            ),
            "You divide by the number of all draws: in a group there are k.": np.mean(sums) - np.log(len(log_weights)),
            "The groups' bounds are added up: expected their average.": np.sum(sums - np.log(k)),
            "That is the first group's bound: average over all groups.": sums[0] - np.log(k),
            "That is the average of each group's largest log weight.": groups.max(axis=1).mean(),
            "The groups are mixed up: the first k draws are one group, the next k another.": (
                np.mean(special.logsumexp(log_weights.reshape(k, -1), axis=0) - np.log(k))
            ),
            "The logarithm has base 2, so the unit is bits: expected nats.": expected / np.log(2),
            "The sign is turned: expected a bound on ln p(x), not a loss.": -expected,
            "The logarithm is missing: expected nats.": np.mean(np.exp(sums - np.log(k))),
        }
    return cause(np.asarray(value), causes, "Each group of k draws has one logarithm, of its average weight.")


importance_bound = Exercise(
    name="importance_bound",
    key="08b-importance-bound",
    objective="variational autoencoder",
    title="Exercise 1, a bound from k draws",
    hints=(
        "reshape(-1, k) makes a row of each group. What happens within a row, and what between rows?",
        "Within a row: the logarithm of the average weight. Between rows: the plain average.",
        "ln of the sum of exp(a) is m + ln of the sum of exp(a - m), for any m. Take the row's largest a for m.",
    ),
    answer="""\
import numpy as np

def importance_bound(log_weights, k):
    groups = log_weights.reshape(-1, k)
    largest = groups.max(axis=1, keepdims=True)
    averages = np.exp(groups - largest).mean(axis=1)
    return np.mean(largest[:, 0] + np.log(averages))
""",
    judge=_bounds,
)


ON = 0.3  # the probability of a 1, of which the judge differentiates the logit
VALUES = np.array([2.0, 7.0])  # f(0) and f(1)
EXACT = ON * (1 - ON) * (VALUES[1] - VALUES[0])


def _baseline(attempt):
    """Judge an estimate of a gradient by all sets of draws of a coin, each with its probability."""
    rng = np.random.default_rng(0)
    value, score = rng.normal(5, 2, 6), rng.normal(0, 1, 6)
    given = value.copy(), score.copy()
    plain, lifted = attempt(*given), attempt(value + 1000, score.copy())
    for got in (plain, lifted):
        if finite_number(got) is None:
            return {"number": (False, f"For 6 draws you return {short(got)}: expected one finite number.")}, []
    still = abs(float(plain) - float(lifted)) < 1e-6
    text = "f and f + 1000 have one gradient, and get one estimate."
    if not still:
        text = f"f gets {float(plain):.4g}, and f + 1000 gets {float(lifted):.4g}: the constant is not taken away."
    found = {"constant": (still, text)}
    for n in (3, 2, 4):
        estimates, shares, rivals = [], [], []
        for z in map(list, itertools.product((0, 1), repeat=n)):
            got = finite_number(attempt(VALUES[z], np.array(z) - ON))
            if got is None:
                text = (
                    f"For the values {VALUES[z].tolist()} you return no finite number. Do you divide by a spread of 0?"
                )
                return found | {"on_average": (False, text)}, []
            estimates.append(got)
            shares.append(np.prod(np.where(z, ON, 1 - ON)))
            rivals.append(np.cov(VALUES[z], z)[0, 1])
        average = float(np.dot(shares, estimates))
        if "on_average" not in found or found["on_average"][0]:
            found["on_average"] = _unbiased(n, average)
    spread, least = (np.dot(shares, (np.array(e) - np.dot(shares, e)) ** 2) for e in (estimates, rivals))
    frugal = bool(spread <= 1.1 * least)
    text = "It varies as little as with the average of all other draws."
    if not frugal:
        text = (
            f"Right on average, but with 4 draws its variance is {spread / least:.1f} times what it needs to be. Let "
            "each baseline be the average of *all* other draws."
        )
    found["every_draw"] = (frugal, text)
    kept = np.array_equal(given[0], value) and np.array_equal(given[1], score)
    found["input"] = (kept, "The arrays are as they were." if kept else "Your function changes its arguments.")
    return found, []


def _unbiased(n, average):
    """Return whether the average over all sets of n draws is the gradient, and if not, what it suggests."""
    if same(average, EXACT):
        return True, "Over all possible draws of a coin, the average is the exact gradient."
    causes = {
        "Each draw takes part in its own baseline, which takes a share of 1/n away.": EXACT * (n - 1) / n,
        "The draws are added up: expected their average.": EXACT * n,
        "Divide once, by the number of draws.": EXACT / n,
        "Divide by n or by n - 1, not by both.": EXACT / (n - 1),
        "The sign is turned.": -EXACT,
        "That is 0: a value minus itself, or a baseline that takes everything away.": 0.0,
    }
    said = cause(np.asarray(average), causes, "A baseline must not depend on the draw whose score it multiplies.")
    return False, f"With {n} draws of a coin the average is {average:.4g}, the gradient {EXACT:.4g}. {said}"


gradient_estimate = Exercise(
    name="gradient_estimate",
    key="08b-baseline",
    objective="variational autoencoder",
    title="Exercise 2, a baseline that changes nothing on average",
    hints=(
        "A draw's score averages to 0. Times a number that doesn't depend on this draw, it still does.",
        "Which average of values may you subtract from the value of draw i? One that knows nothing of draw i.",
        "The other draws' average is (value.sum() - value) / (n - 1), an array with a baseline for each draw.",
    ),
    answer="""\
def gradient_estimate(value, score):
    others = (value.sum() - value) / (len(value) - 1)
    return ((value - others) * score).mean()
""",
    judge=_baseline,
)
