"""The three small exercises of lesson 08: bound, draw and loss; the graded one is in `graded`, not here."""

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
    text = cause(value, causes, "What is the standard deviation, if log_var is the logarithm of the variance?")
    at = np.unravel_index(np.argmax(np.abs(value - mean - np.exp(log_var / 2) * eps)), value.shape)
    given = f"mean {mean[at]:.3g}, log variance {log_var[at]:.3g}, eps {eps[at]:.3g}"
    return f"{given}: your function says {value[at]:.3g}. {text}"


sample = Exercise(
    name="sample",
    key="08-sample",
    objective="variational autoencoder",
    title="Exercise 2, a code from its noise",
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
    return f"Without KL, image 1 costs {value[0]:.4g}. {cause(value, causes, otherwise)}"


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
    text = cause(value, causes, "Compare with the closed form of lesson 07.")
    return f"For image 1 the KL adds {value[0]:.4g}. {text}"


loss_per_image = Exercise(
    name="loss_per_image",
    key="08-loss-per-image",
    objective="variational autoencoder",
    title="Exercise 3, the loss of each image",
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
)
