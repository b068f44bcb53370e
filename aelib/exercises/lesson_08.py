"""The small exercise of lesson 08, the bound; the graded one is in `graded`, not here."""

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import cause, numbers


def _kl(q, p):
    """Return the KL divergence between two discrete distributions in nats; 0 ln 0 is 0."""
    some = q > 0
    return float(np.sum(q[some] * np.log(q[some] / p[some])))


def _bound(attempt):
    """Judge the ELBO of a model with a few codes, by ln p(x) minus the KL divergence to the posterior."""
    rng = np.random.default_rng(0)
    trials, found = [], {}
    for codes in (3, 5):
        prior, q = rng.dirichlet(np.full(codes, 3.0), 2)
        trials.append(("value", q, prior, rng.uniform(0.02, 0.6, codes)))
    prior, likelihood = trials[1][2], trials[1][3]
    trials.append(("posterior", prior * likelihood / np.sum(prior * likelihood), prior, likelihood))
    trials.append(("share_of_0", np.array([0.25, 0.0, 0.6, 0.0, 0.15]), prior, likelihood))
    kept = True
    for name, q, prior, likelihood in trials:
        evidence = np.log(np.sum(prior * likelihood))
        gap = _kl(q, prior * likelihood / np.sum(prior * likelihood))
        given = q.copy(), prior.copy(), likelihood.copy()
        value = numbers(attempt(*given))
        kept = kept and all(np.array_equal(a, b) for a, b in zip(given, (q, prior, likelihood)))
        if value is None or value.ndim:
            what = "no number" if value is None else f"an array of shape {value.shape}"
            return {"number": (False, f"You return {what}: expected one number, the sum over the codes.")}, []
        if found.get(name, (True,))[0]:
            good = bool(np.isclose(value, evidence - gap, rtol=1e-5))  # float32 is enough
            right = f"ELBO {evidence - gap:.4f} + KL to the posterior {gap:.4f} = ln p(x) {evidence:.4f}."
            found[name] = (good, right if good else _bounded(q, prior, likelihood, float(value)))
    found["input"] = (kept, "The three arrays are as they were." if kept else "Your function changes its arguments.")
    return found, []


def _bounded(q, prior, likelihood, value):
    """Return what a wrong ELBO suggests."""
    if np.isnan(value):
        return (
            "The result is nan. A code with share 0 adds 0, but the computer takes 0 times ln 0 for nan: leave it out."
        )
    if np.isinf(value):
        return "The result is infinite. Look at what the logarithms get when a share is 0."
    expected = float(np.sum(q * np.log(likelihood))) - _kl(q, prior)
    evidence = float(np.sum(prior * likelihood))
    some = q > 0
    entropy = -float(np.sum(q[some] * np.log(q[some])))
    causes = {
        "That is ln p(x) itself. The bound depends on q.": np.log(evidence),
        "That is p(x): expected a bound on its logarithm, and one that depends on q.": evidence,
        "That is the first term alone. The KL divergence is missing.": np.sum(q * np.log(likelihood)),
        "The KL divergence is added: it is a price, so it lowers the bound.": expected + 2 * _kl(q, prior),
        "That is the KL divergence alone.": _kl(q, prior),
        "The sign is turned: that is the loss, the negative ELBO.": -expected,
        "The KL divergence is taken the wrong way round: the average is over q.": np.sum(q * np.log(likelihood))
        - np.sum(prior * np.log(prior / np.where(some, q, 1.0))),
        "The first term is averaged over the prior: expected an average over q.": np.sum(prior * np.log(likelihood))
        - _kl(q, prior),
        "You take the logarithm of the average: expected the average of the logarithms.": np.log(np.sum(q * likelihood))
        - _kl(q, prior),
        "Your logarithm has base 2, so the unit is bits: expected nats.": expected / np.log(2),
        "Your logarithm has base 10: expected nats, from np.log.": expected / np.log(10),
        "What q itself costs is missing: there is no ln q in it.": np.sum(q * np.log(prior * likelihood)),
        "The likelihood stands there without its logarithm.": np.sum(q * likelihood) - _kl(q, prior),
        "You subtract the KL divergence to the posterior: that is the gap. The ELBO has the one to the prior.": (
            np.sum(q * np.log(likelihood)) - _kl(q, prior * likelihood / evidence)
        ),
        "The logarithms are added up, each alike: expected an average over q.": np.sum(
            np.log(prior[some] * likelihood[some] / q[some])
        ),
        "The prior is missing.": np.sum(q * np.log(likelihood)) + entropy,
        "You average over the codes, each alike: expected a sum, weighted by q.": expected / len(q),
        "That is how far the bound lies below ln p(x): expected the bound.": np.log(evidence) - expected,
    }
    text = cause(value, causes, "Write the two terms down apart: the average of ln p(x|z), and the KL divergence.")
    return f"{len(q)} codes: your function says {value:.4g}. {text}"


elbo = Exercise(
    name="elbo",
    key="08-elbo",
    objective="variational autoencoder",
    title="Exercise 1, the bound",
    hints=(
        "The last line of the derivation has two terms. Both are averages over q.",
        "The average of ln p(x|z) over q is a sum over the codes: np.sum(q * np.log(likelihood)).",
        "From it goes the KL divergence, np.sum(q * np.log(q / prior)). A code with q = 0 adds 0 to both sums: "
        "keep the others, some = q > 0, before you take logarithms.",
    ),
    answer=(
        """\
import numpy as np

def elbo(q, prior, likelihood):
    some = q > 0
    q, prior, likelihood = q[some], prior[some], likelihood[some]
    kl = np.sum(q * np.log(q / prior))
    return np.sum(q * np.log(likelihood)) - kl
"""
    ),
    judge=_bound,
)
