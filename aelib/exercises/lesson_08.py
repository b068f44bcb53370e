"""The three small exercises of lesson 08: bound, draw and loss; the graded one is in `graded`, not here."""

import numpy as np

from aelib.exercise import Exercise, Wrong, numbers


def _cause(causes, values, otherwise):
    """Return the first sentence whose numbers are the learner's."""
    with np.errstate(all="ignore"):
        fits = (text for text, numbers in causes.items() if np.allclose(numbers, values, rtol=1e-5, atol=1e-7))
        return next(fits, otherwise)


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
        "That is the KL divergence alone.": (_kl(q, prior),),
        "The sign is turned: that is the loss, the negative ELBO.": -expected,
        "The KL divergence is taken the wrong way round: the average is over q.": np.sum(q * np.log(likelihood))
        - np.sum(prior * np.log(prior / np.where(some, q, 1.0))),
        "The first term is averaged over the prior: expected an average over q.": np.sum(prior * np.log(likelihood))
        - _kl(q, prior),
        "You take the logarithm of the average: expected the average of the logarithms.": np.log(np.sum(q * likelihood))
        - _kl(q, prior),
        "Your logarithm has base 2, so the unit is bits: expected nats.": expected / np.log(2),
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
    text = _cause(causes, value, "Write the two terms down apart: the average of ln p(x|z), and the KL divergence.")
    return f"{len(q)} codes: your function says {value:.4g}. {text}"


elbo = Exercise(
    name="elbo",
    key="08-elbo",
    objective="variational autoencoder",
    title="Exercise 1, the bound",
    statement="A model has a few codes. Write a function that takes q, the prior and the likelihood p(x|z), three "
    "arrays with an entry for each code, and returns the ELBO in nats. An entry of q may be 0.",
    starter="def elbo(q, prior, likelihood):\n    ...\n",
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
    also_right=(
        """\
import math

def elbo(q, prior, likelihood):
    total = 0.0
    for a, b, c in zip(q, prior, likelihood):
        if a > 0:
            total += a * (math.log(b) + math.log(c) - math.log(a))
    return total
""",
        """\
import numpy as np
from scipy.special import xlogy

def elbo(q, prior, likelihood):
    return (xlogy(q, likelihood * prior) - xlogy(q, q)).sum()
""",
        """\
import numpy as np

def elbo(q, prior, likelihood):
    evidence = np.sum(prior * likelihood)
    posterior = prior * likelihood / evidence
    ratio = np.where(q > 0, q / posterior, 1.0)
    return np.log(evidence) - np.sum(q * np.log(ratio))
""",
        """\
import numpy as np

def elbo(q, prior, likelihood):
    q, prior, likelihood = (np.asarray(a, "float32") for a in (q, prior, likelihood))
    return np.sum(q * np.log(prior * likelihood / np.maximum(q, 1e-30)))
""",
    ),
    wrong=(
        Wrong("no KL", (" - kl", ""), "value", "The KL divergence is missing", ("posterior", "share_of_0")),
        Wrong("KL added", (" - kl", " + kl"), "value", "The KL divergence is added", ("posterior", "share_of_0")),
        Wrong(
            "KL turned round",
            ("np.sum(q * np.log(q / prior))", "np.sum(prior * np.log(prior / q))"),
            "value",
            "the wrong way round",
            ("posterior", "share_of_0"),
        ),
        Wrong(
            "averaged over the prior",
            ("np.sum(q * np.log(likelihood))", "np.sum(prior * np.log(likelihood))"),
            "value",
            "averaged over the prior",
            ("posterior", "share_of_0"),
        ),
        Wrong(
            "logarithm of the average",
            ("np.sum(q * np.log(likelihood))", "np.log(np.sum(q * likelihood))"),
            "value",
            "the logarithm of the average",
            ("posterior", "share_of_0"),
        ),
        Wrong(
            "ln p(x)",
            "import numpy as np\n\ndef elbo(q, prior, likelihood):\n    return np.log(np.sum(prior * likelihood))\n",
            "value",
            "That is ln p(x) itself",
            ("share_of_0",),
        ),
        Wrong(
            "bits",
            (
                "return np.sum(q * np.log(likelihood)) - kl",
                "return (np.sum(q * np.log(likelihood)) - kl) / np.log(2)",
            ),
            "value",
            "the unit is bits",
            ("posterior", "share_of_0"),
        ),
        Wrong(
            "sign of the loss",
            ("return np.sum(q * np.log(likelihood)) - kl", "return kl - np.sum(q * np.log(likelihood))"),
            "value",
            "that is the loss",
            ("posterior", "share_of_0"),
        ),
        Wrong("no ln q", ("np.log(q / prior)", "-np.log(prior)"), "value", "no ln q", ("posterior", "share_of_0")),
        Wrong(
            "likelihood without logarithm",
            ("np.sum(q * np.log(likelihood))", "np.sum(q * likelihood)"),
            "value",
            "without its logarithm",
            ("posterior", "share_of_0"),
        ),
        Wrong(
            "KL to the posterior",
            "import numpy as np\n\ndef elbo(q, prior, likelihood):\n"
            "    posterior = prior * likelihood / np.sum(prior * likelihood)\n    some = q > 0\n"
            "    kl = np.sum(q[some] * np.log(q[some] / posterior[some]))\n"
            "    return np.sum(q * np.log(likelihood)) - kl\n",
            "value",
            "that is the gap",
            ("posterior", "share_of_0"),
        ),
        Wrong(
            "not weighted by q",
            (
                "return np.sum(q * np.log(likelihood)) - kl",
                "return np.sum(np.log(likelihood)) - np.sum(np.log(q / prior))",
            ),
            "value",
            "expected an average over q",
            ("posterior", "share_of_0"),
        ),
        Wrong(
            "no prior", ("np.log(q / prior)", "np.log(q)"), "value", "The prior is missing", ("posterior", "share_of_0")
        ),
        Wrong(
            "mean for sum",
            (
                "return np.sum(q * np.log(likelihood)) - kl",
                "return np.mean(q * np.log(likelihood) - q * np.log(q / prior))",
            ),
            "value",
            "expected a sum",
            ("posterior", "share_of_0"),
        ),
        Wrong(
            "ln 0",
            "import numpy as np\n\ndef elbo(q, prior, likelihood):\n"
            "    return np.sum(q * np.log(likelihood)) - np.sum(q * np.log(q / prior))\n",
            "share_of_0",
            "A code with share 0 adds 0",
        ),
        Wrong(
            "a number for each code",
            ("return np.sum(q * np.log(likelihood)) - kl", "return q * np.log(likelihood) - kl"),
            "number",
            "expected one number",
        ),
        Wrong("nothing returned", ("return np.sum", "bound = np.sum"), "number", "no number"),
        Wrong(
            "text",
            ("np.sum(q * np.log(likelihood)) - kl", "str(np.sum(q * np.log(likelihood)) - kl)"),
            "number",
            "no number",
        ),
    ),
)


def _draw(attempt):
    """Judge the code that is drawn with given noise."""
    rng = np.random.default_rng(0)
    found, kept = {}, True
    for shape in ((5, 3), (4, 1)):
        mean, log_var, eps = rng.normal(0, 2, shape), rng.uniform(-3, 2, shape), rng.normal(0, 1, shape)
        given = mean.copy(), log_var.copy(), eps.copy()
        value, again = numbers(attempt(*given)), numbers(attempt(mean.copy(), log_var.copy(), eps.copy()))
        kept = kept and all(np.array_equal(a, b) for a, b in zip(given, (mean, log_var, eps)))
        if value is None or value.shape != shape:
            what = "no numbers" if value is None else f"the shape {value.shape}"
            return {"shape": (False, f"For arrays of shape {shape} you return {what}: expected {shape}.")}, []
        if again is None or not np.array_equal(value, again, equal_nan=True):
            text = "Two calls with the same eps give two results: use the noise that is given, and draw none."
            return {"repeats": (False, text)}, []
        centre = numbers(attempt(mean.copy(), log_var.copy(), np.zeros(shape)))
        still = centre is not None and centre.shape == shape and np.allclose(centre, mean, rtol=1e-5, atol=1e-6)
        text = "Without noise the code is the mean."
        if not still:
            text = "With eps = 0 nothing is drawn, and z must be the mean: yours is something else."
        found["without_noise"] = (found.get("without_noise", (True,))[0] and bool(still), text)
        good = bool(np.allclose(value, mean + np.exp(log_var / 2) * eps, rtol=1e-5, atol=1e-6))
        if found.get("value", (True,))[0]:
            text = "z lies eps deviations from the mean."
            found["value"] = (good, text if good else _drawn(mean, log_var, eps, value))
    found["input"] = (kept, "The three arrays are as they were." if kept else "Your function changes its arguments.")
    return found, []


def _drawn(mean, log_var, eps, value):
    """Return what wrong codes suggest."""
    if np.isnan(value).any():
        return "Some codes are nan. A log variance is often negative, and then it has no square root."
    causes = {
        "The noise is multiplied by the variance: expected the deviation, its square root.": mean
        + np.exp(log_var) * eps,
        "The noise is multiplied by the log variance itself, which may be negative: a deviation can't be.": mean
        + log_var * eps,
        "The noise is multiplied by half the log variance: that is the logarithm of the deviation.": mean
        + log_var / 2 * eps,
        "The noise is multiplied by the square of the variance.": mean + np.exp(2 * log_var) * eps,
        "The noise is divided by the deviation: expected a product.": mean + np.exp(-log_var / 2) * eps,
        "The noise is divided by the variance.": mean + np.exp(-log_var) * eps,
        "The noise is multiplied by half the variance: the deviation is its square root.": mean
        + np.exp(log_var) / 2 * eps,
        "You take the root of the log variance: exp comes first, then the root.": mean + np.sqrt(np.abs(log_var)) * eps,
        "The deviation is added to the noise: expected a product.": mean + np.exp(log_var / 2) + eps,
        "That is the mean. Nothing is drawn.": mean,
        "The log variance is not used: the noise always has deviation 1.": mean + eps,
        "eps is not used: every draw lies one deviation above the mean.": mean + np.exp(log_var / 2),
        "The noise is ten times too small.": mean + 0.1 * np.exp(log_var / 2) * eps,
        "The sign of eps is turned. The distribution is the same, but for a given eps the code is another one.": mean
        - np.exp(log_var / 2) * eps,
        "The mean is multiplied by the deviation, too.": (mean + eps) * np.exp(log_var / 2),
        "Only the noise is there: the mean is missing.": np.exp(log_var / 2) * eps,
        "The mean and the log variance are exchanged.": log_var + np.exp(mean / 2) * eps,
    }
    text = _cause(causes, value, "What is the standard deviation, if log_var is the logarithm of the variance?")
    at = np.unravel_index(np.argmax(np.abs(value - mean - np.exp(log_var / 2) * eps)), value.shape)
    given = f"mean {mean[at]:.3g}, log variance {log_var[at]:.3g}, eps {eps[at]:.3g}"
    return f"{given}: your function says {value[at]:.3g}. {text}"


sample = Exercise(
    name="sample",
    key="08-sample",
    objective="variational autoencoder",
    title="Exercise 2, a code from its noise",
    statement="Write a function that takes mean, log_var and eps, three arrays of one shape, and returns the codes z "
    "of that shape. eps was drawn from N(0, 1), and z must follow the normal distribution with this mean and this "
    "log variance.",
    starter="def sample(mean, log_var, eps):\n    ...\n",
    hints=(
        "eps says how many standard deviations z lies from the mean.",
        "log_var is the logarithm of the variance, and the standard deviation is the variance's square root.",
        "The square root of exp(v) is exp(v / 2).",
    ),
    answer=(
        """\
import numpy as np

def sample(mean, log_var, eps):
    return mean + np.exp(log_var / 2) * eps
"""
    ),
    judge=_draw,
    also_right=(
        "import numpy as np\n\ndef sample(mean, log_var, eps):\n    return np.sqrt(np.exp(log_var)) * eps + mean\n",
        """\
import math

def sample(mean, log_var, eps):
    rows = []
    for means, logs, noises in zip(mean, log_var, eps):
        rows.append([m + math.exp(0.5 * v) * e for m, v, e in zip(means, logs, noises)])
    return rows
""",
        """\
import keras

def sample(mean, log_var, eps):
    mean, log_var, eps = [keras.ops.convert_to_tensor(a, dtype="float64") for a in (mean, log_var, eps)]
    return mean + keras.ops.exp(0.5 * log_var) * eps
""",
        """\
import numpy as np

def sample(mean, log_var, eps):
    variance = np.exp(np.asarray(log_var, "float32"))
    return (mean + variance**0.5 * eps).astype("float32")
""",
    ),
    wrong=(
        Wrong("variance for deviation", ("log_var / 2", "log_var"), "value", "multiplied by the variance"),
        Wrong("log variance for deviation", ("np.exp(log_var / 2)", "log_var"), "value", "the log variance itself"),
        Wrong("no exp", ("np.exp(log_var / 2)", "log_var / 2"), "value", "half the log variance"),
        Wrong("root of the logarithm", ("np.exp(log_var / 2)", "np.sqrt(log_var)"), "value", "has no square root"),
        Wrong("turned exponent", ("log_var / 2", "-log_var / 2"), "value", "divided by the deviation"),
        Wrong("squared", ("log_var / 2", "log_var * 2"), "value", "the square of the variance"),
        Wrong("half the variance", ("np.exp(log_var / 2)", "np.exp(log_var) / 2"), "value", "half the variance"),
        Wrong(
            "root of the size", ("np.exp(log_var / 2)", "np.sqrt(np.abs(log_var))"), "value", "exp comes first, then"
        ),
        Wrong("added", ("np.exp(log_var / 2) * eps", "np.exp(log_var / 2) + eps"), "without_noise", "else", ("value",)),
        Wrong("nothing drawn", (" + np.exp(log_var / 2) * eps", " + 0 * eps"), "value", "Nothing is drawn"),
        Wrong("unit noise", ("np.exp(log_var / 2) * eps", "eps"), "value", "not used"),
        Wrong("small noise", ("* eps", "* eps * 0.1"), "value", "ten times too small"),
        Wrong("eps forgotten", (" * eps", ""), "without_noise", "With eps = 0", ("value",)),
        Wrong("minus", ("mean +", "mean -"), "value", "sign of eps is turned"),
        Wrong(
            "mean multiplied",
            ("mean + np.exp(log_var / 2) * eps", "(mean + eps) * np.exp(log_var / 2)"),
            "without_noise",
            "something else",
            ("value",),
        ),
        Wrong(
            "noise of its own",
            ("* eps", "* np.random.normal(size=mean.shape)"),
            "repeats",
            "use the noise that is given",
        ),
        Wrong(
            "one number in all",
            ("return mean + np.exp(log_var / 2) * eps", "return np.mean(mean + np.exp(log_var / 2) * eps)"),
            "shape",
            "expected (5, 3)",
        ),
        Wrong(
            "in place",
            "import numpy as np\n\ndef sample(mean, log_var, eps):\n    eps *= np.exp(log_var / 2)\n    eps += mean\n"
            "    return eps\n",
            "input",
            "changes its arguments",
        ),
        Wrong("nothing returned", ("return mean", "z = mean"), "shape", "no numbers"),
    ),
)


def _loss(attempt):
    """Judge the negative ELBO of each image: the cross-entropy alone first, then what the KL divergence adds."""
    rng = np.random.default_rng(0)
    x, r = rng.random((5, 12)), rng.uniform(0.05, 0.95, (5, 12))
    mean, log_var = rng.normal(0, 1.5, (5, 3)), rng.uniform(-3, 1, (5, 3))
    zero = np.zeros((5, 3))
    cross_entropy = -np.sum(x * np.log(r) + (1 - x) * np.log(1 - r), axis=1)
    given = x.copy(), r.copy(), mean.copy(), log_var.copy()
    total, plain = numbers(attempt(*given)), numbers(attempt(x.copy(), r.copy(), zero.copy(), zero.copy()))
    for got in (total, plain):
        if got is None or got.shape != (5,):
            what = "no numbers" if got is None else f"the shape {got.shape}"
            return {"shape": (False, f"For 5 images you return {what}: expected (5,), one number an image.")}, []
    good = bool(np.allclose(plain, cross_entropy, rtol=1e-5))
    found = {"shape": (True, "One number an image.")}
    right = "Summed over the pixels, in nats."
    found["reconstruction"] = (good, right if good else _rebuilt(x, r, cross_entropy, plain))
    kl = 0.5 * np.sum(np.exp(log_var) + mean**2 - 1 - log_var, axis=1)
    same = bool(np.allclose(total - plain, kl, rtol=1e-4))
    right = "Summed over the latent dimensions, in nats."
    found["kl"] = (same, right if same else _charged(mean, log_var, kl, total - plain))
    if good:
        ends = np.array([[0.0, 1.0, 0.0, 1.0]])
        sharp = numbers(attempt(ends, 1 - ends, np.zeros((1, 2)), np.zeros((1, 2))))
        finite = sharp is not None and bool(np.isfinite(sharp).all())
        text = "For r = 0 and r = 1 the loss is not finite: keep r a little away from both before you take logarithms."
        found["black_and_white"] = (finite, "Finite for r = 0 and r = 1." if finite else text)
    kept = all(np.array_equal(a, b) for a, b in zip(given, (x, r, mean, log_var)))
    found["input"] = (kept, "The arrays are as they were." if kept else "Your function changes its arguments.")
    return found, []


def _rebuilt(x, r, expected, value):
    """Return what a wrong loss suggests where the KL divergence is 0."""
    causes = {
        "The cross-entropy is averaged over the 12 pixels: the KL would then weigh 12 times too much.": expected / 12,
        "The sign of the cross-entropy is turned: a loss is the negative ELBO.": -expected,
        "The logarithm has base 2, so the unit is bits: expected nats.": expected / np.log(2),
        "Only the white part, -x ln r, is there: a black pixel costs, too.": -np.sum(x * np.log(r), axis=1),
        "That is a squared error: expected the cross-entropy.": np.sum((x - r) ** 2, axis=1),
        "That is a mean squared error: expected the cross-entropy, summed.": np.mean((x - r) ** 2, axis=1),
        "There is no reconstruction in it.": np.zeros(5),
        "Image and reconstruction are exchanged.": -np.sum(r * np.log(x) + (1 - r) * np.log(1 - x), axis=1),
        "The cross-entropy of the whole batch is in each number.": np.full(5, expected.sum()),
        "The cross-entropy is averaged over the images: expected one of each image.": np.full(5, expected.mean()),
    }
    shift = value - expected
    otherwise = "Compare with the cross-entropy of lesson 01."
    if np.allclose(shift, shift[0]) and abs(shift[0]) > 1e-6:
        otherwise = f"For mean 0 and log variance 0 the KL must be 0: yours adds {shift[0]:.3g}."
    return f"Without KL, image 1 costs {value[0]:.4g}. {_cause(causes, value, otherwise)}"


def _charged(mean, log_var, expected, value):
    """Return what a wrong KL divergence suggests."""
    variance = np.exp(log_var)
    causes = {
        "The KL is averaged over the 3 latent dimensions: expected their sum.": expected / 3,
        "The KL counts twice: mind the half in front.": 2 * expected,
        "The KL counts half: the half stands in front once.": expected / 2,
        "The KL is not in it: this is an autoencoder's loss.": np.zeros(5),
        "The KL is subtracted: it is a price, and the loss adds it.": -expected,
        "You take log_var for the logarithm of the deviation: it is that of the variance.": 0.5
        * np.sum(variance**2 + mean**2 - 1 - 2 * log_var, axis=1),
        "The variance stands there squared: it is exp(log_var).": 0.5
        * np.sum(variance**2 + mean**2 - 1 - log_var, axis=1),
        "The variance is missing: log_var has to pass through exp.": 0.5 * np.sum(mean**2 - log_var, axis=1),
        "The variance is missing: expected exp(log_var) where log_var stands.": 0.5 * np.sum(mean**2, axis=1),
        "The logarithm is missing: widths near 0 would cost nothing.": 0.5 * np.sum(variance + mean**2 - 1, axis=1),
        "The sign of log_var is turned.": 0.5 * np.sum(variance + mean**2 - 1 + log_var, axis=1),
        "The mean is not squared.": 0.5 * np.sum(variance + mean - 1 - log_var, axis=1),
        "The mean is missing.": 0.5 * np.sum(variance - 1 - log_var, axis=1),
        "Mean and log variance are exchanged.": 0.5 * np.sum(np.exp(mean) + log_var**2 - 1 - mean, axis=1),
        "The KL is taken the wrong way round, from the prior to the image's distribution.": 0.5
        * np.sum((1 + mean**2) / variance - 1 + log_var, axis=1),
        "The KL of the whole batch is in each number.": np.full(5, expected.sum()),
        "The KL is averaged over the images: expected one of each image.": np.full(5, expected.mean()),
        "The KL is divided by the 12 pixels, and the cross-entropy is not.": expected / 12,
    }
    text = _cause(causes, value, "Compare with the closed form of lesson 07.")
    return f"For image 1 the KL adds {value[0]:.4g}. {text}"


loss_per_image = Exercise(
    name="loss_per_image",
    key="08-loss-per-image",
    objective="variational autoencoder",
    title="Exercise 3, the loss of each image",
    statement="Write a function that takes images x and reconstructions r, both (n, pixels), and mean and log_var, "
    "both (n, latent dimensions), and returns the negative ELBO of each image, (n,), in nats per image. Pixels of "
    "exactly 0 and 1 must not break it.",
    starter="def loss_per_image(x, r, mean, log_var):\n    ...\n",
    hints=(
        "Two terms, each a sum over axis 1: the first over the pixels, the second over the latent dimensions.",
        "The first is the cross-entropy of lesson 01, with a sum where the average was. Clip r, as there.",
        "The second is half the sum of exp(log_var) + mean² - 1 - log_var.",
    ),
    answer=(
        """\
import numpy as np

def loss_per_image(x, r, mean, log_var):
    r = np.clip(r, 1e-7, 1 - 1e-7)
    cross_entropy = -np.sum(x * np.log(r) + (1 - x) * np.log(1 - r), axis=1)
    kl = 0.5 * np.sum(np.exp(log_var) + mean**2 - 1 - log_var, axis=1)
    return cross_entropy + kl
"""
    ),
    judge=_loss,
    also_right=(
        """\
import keras
import numpy as np

def loss_per_image(x, r, mean, log_var):
    per_pixel = keras.ops.convert_to_numpy(keras.losses.binary_crossentropy(x, r))
    return x.shape[1] * per_pixel - 0.5 * np.sum(1 + log_var - np.square(mean) - np.exp(log_var), axis=-1)
""",
        """\
import math

def loss_per_image(x, r, mean, log_var):
    losses = []
    for image, redrawn, centre, logs in zip(x, r, mean, log_var):
        loss = 0.0
        for a, b in zip(image, redrawn):
            b = min(max(b, 1e-7), 1 - 1e-7)
            loss -= a * math.log(b) + (1 - a) * math.log(1 - b)
        for m, v in zip(centre, logs):
            loss += (math.exp(v) + m * m - 1 - v) / 2
        losses.append(loss)
    return losses
""",
        """\
import numpy as np
from scipy.special import xlog1py, xlogy

def loss_per_image(x, r, mean, log_var):
    tiny = 1e-7
    r = tiny + (1 - 2 * tiny) * r
    deviation = np.exp(log_var / 2)
    kl = (deviation**2 + mean**2 - 1) / 2 - np.log(deviation)
    return -(xlogy(x, r) + xlog1py(1 - x, -r)).sum(1) + kl.sum(1)
""",
    ),
    wrong=(
        Wrong("cross-entropy averaged", ("-np.sum(x", "-np.mean(x"), "reconstruction", "12 times too much"),
        Wrong("KL averaged", ("0.5 * np.sum", "0.5 * np.mean"), "kl", "averaged over the 3"),
        Wrong("KL twice", ("0.5 * np.sum", "np.sum"), "kl", "counts twice"),
        Wrong("KL half", ("0.5 * np.sum", "0.25 * np.sum"), "kl", "counts half"),
        Wrong("variance squared", ("np.exp(log_var) +", "np.exp(log_var) ** 2 +"), "kl", "stands there squared"),
        Wrong("no KL", ("cross_entropy + kl", "cross_entropy"), "kl", "an autoencoder's loss"),
        Wrong("KL subtracted", ("cross_entropy + kl", "cross_entropy - kl"), "kl", "is subtracted"),
        Wrong(
            "logarithm of the deviation",
            ("np.exp(log_var) + mean**2 - 1 - log_var", "np.exp(2 * log_var) + mean**2 - 1 - 2 * log_var"),
            "kl",
            "logarithm of the deviation",
        ),
        Wrong("no exp", ("np.exp(log_var) + mean**2 - 1", "log_var + mean**2 - 0"), "kl", "expected exp(log_var)"),
        Wrong("sign inside", ("1 - log_var", "1 + log_var"), "kl", "sign of log_var is turned"),
        Wrong("no logarithm", ("1 - log_var", "1"), "kl", "widths near 0"),
        Wrong("mean not squared", ("mean**2", "mean"), "kl", "not squared"),
        Wrong(
            "no 1", ("mean**2 - 1 - log_var", "mean**2 - log_var"), "reconstruction", "the KL must be 0: yours adds 1.5"
        ),
        Wrong("sign of the ELBO", ("return cross", "return -cross"), "reconstruction", "a loss is the negative ELBO"),
        Wrong("white only", (" + (1 - x) * np.log(1 - r)", ""), "reconstruction", "a black pixel costs"),
        Wrong(
            "squared error",
            ("-np.sum(x * np.log(r) + (1 - x) * np.log(1 - r), axis=1)", "np.sum((x - r) ** 2, axis=1)"),
            "reconstruction",
            "squared error",
        ),
        Wrong(
            "bits",
            ("x * np.log(r) + (1 - x) * np.log(1 - r)", "x * np.log2(r) + (1 - x) * np.log2(1 - r)"),
            "reconstruction",
            "bits",
        ),
        Wrong(
            "one number in all", ("cross_entropy + kl", "np.mean(cross_entropy + kl)"), "shape", "one number an image"
        ),
        Wrong(
            "wrong axis",
            "import numpy as np\n\ndef loss_per_image(x, r, mean, log_var):\n"
            "    return -np.sum(x * np.log(r) + (1 - x) * np.log(1 - r), axis=0)\n",
            "shape",
            "(12,)",
        ),
        Wrong("no clipping", ("    r = np.clip(r, 1e-7, 1 - 1e-7)\n", ""), "black_and_white", "a little away"),
        Wrong("nothing returned", ("return cross", "loss = cross"), "shape", "no numbers"),
    ),
)
