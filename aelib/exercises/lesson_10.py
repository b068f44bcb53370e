"""The exercises of lesson 10: ten published bugs to repair; the capstone is in `capstone`, and no text is here."""

import math

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import Tensor, cause, numbers, same, short

# What the judges share


def _compared(got, expected, causes, good):
    """Return (ok, sentence) on a learner's numbers; `causes` is {sentence: what that mistake would give}."""
    values, expected = numbers(got), np.asarray(expected, float)
    wanted = f"an array of shape {expected.shape}" if expected.ndim else "one number"
    if values is None:
        return False, f"You return {short(got)}: expected {wanted}."
    if values.shape != expected.shape:
        return False, f"You return the shape {values.shape}: expected {wanted}."
    if np.allclose(values, expected, rtol=1e-5, atol=1e-9):
        return True, good
    place = np.argmin(np.isclose(values.ravel(), expected.ravel(), rtol=1e-5, atol=1e-9))
    text = f"Found {values.ravel()[place]:.4g} where {expected.ravel()[place]:.4g} was expected."
    return False, cause(values, causes, text)


def _same_rows(some, others):
    """Return whether two arrays hold the same rows, in whatever order, up to the rounding of float32."""
    sorts = (rows[np.lexsort(rows.T)] for rows in (some, others) if rows.shape == others.shape)
    return some.shape == others.shape and np.allclose(*sorts, atol=1e-6)


class _Recorder:
    """A stand-in for a model: a fixed rule, which notes what it was fitted on."""

    def __init__(self, rule=None):
        self.rule, self.fitted = rule, []

    def fit(self, x=None, y=None, *args, X=None, **kwargs):  # Keras says x, scikit-learn X
        self.fitted.append((np.array(X if x is None else x), None if y is None else np.array(y)))
        return self

    def __call__(self, x, **_):
        made = self.rule(np.asarray(x, float))
        return [part.view(Tensor) for part in made] if isinstance(made, list) else made.view(Tensor)

    predict = __call__


# Exhibit 1: the KL divergence, averaged over the code


def _kl(mean, log_var):
    """Return the KL divergence to N(0, 1) of each number of the code, in nats."""
    return 0.5 * (np.exp(log_var) + mean**2 - 1 - log_var)


def _priced(attempt):
    """Judge the KL divergence of codes of one and of four numbers."""
    rng, found = np.random.default_rng(0), {}
    for name, size in (("one_number", 1), ("four_numbers", 4)):
        mean, log_var = rng.normal(size=(5, size)), rng.normal(-1, 0.7, (5, size))
        each = _kl(mean, log_var)
        causes = {
            f"That is the average over the {size} numbers: the longer the code, the less a number costs.": each.mean(1),
            "That is twice the price: the formula begins with a half.": 2 * each.sum(1),
            "The sign is turned: a KL divergence is never negative.": -each.sum(1),
            "You take log_var for the logarithm of the deviation.": _kl(mean, 2 * log_var).sum(1),
            "A code with mean 0 and variance 1 must cost nothing: something is missing.": (each + 0.5).sum(1),
        }
        if size == 1:
            del causes[next(iter(causes))]
        found[name] = _compared(attempt(mean.copy(), log_var.copy()), each.sum(1), causes, f"{size} at a time: right.")
    return found, []


kl_price = Exercise(
    name="kl_price",
    key="10-kl-price",
    objective="Kullback-Leibler divergence",
    title="Exhibit 1, a price that shrinks",
    hints=(
        "The numbers of a code are independent. Do the nats of independent numbers add up, or do they average?",
        "Replace np.mean by np.sum, over the same axis.",
    ),
    answer=(
        """\
import numpy as np


def kl_price(mean, log_var):
    return np.sum(0.5 * (np.exp(log_var) + mean**2 - 1 - log_var), axis=-1)
"""
    ),
    judge=_priced,
)


# Exhibit 2: the variance taken for the deviation


def _drawn(attempt):
    """Judge the draw of a code: its centre, its spread, and that it uses the noise it was given."""
    rng = np.random.default_rng(0)
    mean, log_var = rng.normal(size=(2, 6, 3))
    eps = rng.uniform(0.5, 2, (6, 3)) * rng.choice([-1, 1], (6, 3))
    spread = np.exp(log_var / 2)
    causes = {
        "The variance of your z is exp(log_var) squared, and the loss charges for exp(log_var).": np.exp(log_var),
        "The deviation is 1 whatever log_var says.": np.ones((6, 3)),
        "Half of a variance is no deviation.": np.exp(log_var) / 2,
        "The logarithm was not undone: a deviation can't be log_var itself.": log_var,
        "The square root of a logarithm is no deviation, and for negative numbers it is none at all.": np.sqrt(
            np.where(log_var > 0, log_var, np.nan)
        ),
        "The noise is ten times too small: eps has deviation 1 already.": 0.1 * spread,
        "Without a part of eps nothing is drawn: that is the mean.": np.zeros((6, 3)),
        "The sign of log_var is turned.": 1 / spread,
    }
    with np.errstate(invalid="ignore"):
        first, second = (numbers(attempt(mean.copy(), log_var.copy(), eps.copy())) for _ in range(2))
    if first is not None and second is not None and first.shape == second.shape == eps.shape:
        if not np.allclose(first, second, equal_nan=True):
            return {"noise": (False, "Two calls with the same eps give two codes: use the eps that you are given.")}, []
    causes = {text: mean + factor * eps for text, factor in causes.items()}
    found = {"noise": (True, "The noise is the one that was given.")}
    zero = np.zeros_like(eps)
    found["centre"] = _compared(attempt(mean.copy(), log_var.copy(), zero), mean, {}, "Without noise it is the mean.")
    found["spread"] = _compared(first, mean + spread * eps, causes, "The variance is exp(log_var).")
    return found, []


draw_z = Exercise(
    name="draw_z",
    key="10-draw-z",
    objective="variational autoencoder",
    title="Exhibit 2, too much noise or too little",
    hints=(
        "exp(log_var) is a variance. By what must noise of variance 1 be multiplied to have this variance?",
        "The deviation is the square root of the variance: np.exp(log_var / 2).",
    ),
    answer="import numpy as np\n\n\ndef draw_z(mean, log_var, eps):\n    return mean + np.exp(log_var / 2) * eps\n",
    judge=_drawn,
)


# Exhibit 3: relu on the heads


def _headed(attempt):
    """Judge the two heads of an encoder."""
    rng = np.random.default_rng(0)
    hidden = np.maximum(rng.normal(size=(7, 5)), 0)
    kernels = rng.normal(size=(2, 5, 3))
    got = attempt(hidden.copy(), kernels[0].copy(), kernels[1].copy())
    got = list(got) if isinstance(got, np.ndarray) else got
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        return {"returns": (False, f"You return {short(got)}: expected mean and log_var, two arrays.")}, []
    found = {}
    for name, value, kernel, other in (("mean", got[0], *kernels), ("log_var", got[1], *kernels[::-1])):
        line = hidden @ kernel
        limit = "the mean can't be negative" if name == "mean" else "no deviation can be below 1"
        causes = {
            f"No number is below 0, so {limit}.": np.maximum(line, 0),
            f"Every number is above 0, so {limit}.": np.log1p(np.exp(line)),
            "That is the variance: its logarithm was expected.": np.exp(line),
            "The two heads are exchanged.": hidden @ other,
            "The numbers can't leave the range of a sigmoid.": 1 / (1 + np.exp(-line)),
            "The numbers can't leave the range of a tanh.": np.tanh(line),
        }
        found[name] = _compared(value, line, causes, "It can take any value.")
    return found, []


heads = Exercise(
    name="heads",
    key="10-heads",
    objective="variational autoencoder",
    title="Exhibit 3, a deviation that can't be small",
    hints=(
        "Which values may a mean take, and which a logarithm of a variance?",
        "Both may be any number, so both layers are linear: hidden @ kernel, and nothing after it.",
    ),
    answer=(
        "def heads(hidden, kernel_mean, kernel_log_var):\n    return hidden @ kernel_mean, hidden @ kernel_log_var\n"
    ),
    judge=_headed,
)


# Exhibit 4: L1 on the weights


def _sparsity(attempt):
    """Judge the price of a code that should be sparse."""
    rng = np.random.default_rng(0)
    kernel, codes = rng.normal(size=(6, 4)), rng.normal(size=(5, 4))
    black, one = np.zeros((5, 4)), codes[:1]
    total = np.abs(kernel).sum()
    text = "An image whose code is 0 everywhere still pays: the price is on something else than the code."
    found = {
        "zero_codes": _compared(attempt(black.copy(), kernel.copy(), 0.5), 0, {text: 0.5 * total}, "They are free.")
    }
    causes = {
        "Codes can be anything, the price stays the same: it is on the weights.": 0.5 * total,
        "That is the average over the numbers of the code: expected what the image pays in all.": 0.5
        * np.abs(one).mean(),
        "That is the price of the squares: it makes numbers small and not 0.": 0.5 * (one**2).sum(),
        "Negative numbers bring money back: what counts is the distance from 0.": 0.5 * one.sum(),
        "The strength is missing.": np.abs(one).sum(),
    }
    found["one_image"] = _compared(attempt(one.copy(), kernel.copy(), 0.5), 0.5 * np.abs(one).sum(), causes, "Right.")
    causes = {"The price grows with the batch: twice the images, twice the penalty.": 0.5 * np.abs(codes).sum()}
    expected = 0.5 * np.abs(codes).sum() / 5
    found["batch_of_5"] = _compared(attempt(codes.copy(), kernel.copy(), 0.5), expected, causes, "Per image.")
    return found, []


sparsity_price = Exercise(
    name="sparsity_price",
    key="10-sparsity-price",
    objective="sparse autoencoder",
    title="Exhibit 4, a price on the wrong thing",
    hints=(
        "What should be 0 for most images: the weights, or the numbers of the code?",
        "Sum np.abs(codes) over axis 1, then take the mean. `kernel` is not needed.",
    ),
    answer=(
        """\
import numpy as np


def sparsity_price(codes, kernel, strength):
    return strength * np.mean(np.sum(np.abs(codes), axis=1))
"""
    ),
    judge=_sparsity,
)


# Exhibit 5: a denoiser that is paid for noise


def _denoised(attempt):
    """Judge what a denoiser is fitted on."""
    rng = np.random.default_rng(0)
    clean, noise = rng.random((6, 4)), rng.normal(size=(6, 4))
    noisy, model = clean + noise, _Recorder(lambda x: x)
    back = attempt(model, clean.copy(), noisy.copy())
    if len(model.fitted) != 1:
        return {"fitted": (False, f"The model was fitted {len(model.fitted)} times: expected once.")}, []
    x, y = model.fitted[0]
    names = {"the clean images": clean, "the noisy images": noisy, "the noise": noise}

    def named(value):
        if value is None:
            return "nothing"
        return next((name for name, rows in names.items() if _same_rows(value, rows)), "neither of the two arrays")

    found = {"input": (named(x) == "the noisy images", f"The input of the fit is {named(x)}.")}
    found["target"] = (named(y) == "the clean images", f"The target of the fit is {named(y)}.")
    if found["input"][0] and found["target"][0] and not _same_rows(np.hstack([x, y]), np.hstack([noisy, clean])):
        found["target"] = (False, "The target of a noisy image is the clean one of another image.")
    text = "The fitted model comes back." if back is model else f"You return {short(back)}: expected the fitted model."
    found["returns"] = (back is model, text)
    return found, []


train_denoiser = Exercise(
    name="train_denoiser",
    key="10-train-denoiser",
    objective="autoencoder",
    title="Exhibit 5, a denoiser that is paid for noise",
    hints=(
        "What will the model be given when it is used, and what should come out?",
        "model.fit(noisy, clean), then return model.",
    ),
    answer="def train_denoiser(model, clean, noisy):\n    model.fit(noisy, clean)\n    return model\n",
    judge=_denoised,
)


# Exhibit 6: reconstructions shown as samples


def _sampled(attempt):
    """Judge new images: drawn from the prior, by the seed, and from nothing else."""
    rng = np.random.default_rng(0)
    n, size, pixels = 2000, 3, 4
    into, out = rng.normal(size=(pixels, size)), rng.normal(size=(size, pixels))
    encoder = _Recorder(lambda x: [x @ into, x @ into, -1 + 0 * (x @ into)])
    decoder = _Recorder(lambda z: z @ out)
    images, others = rng.random((2, n, pixels))

    def drawn(shown, seed):
        return numbers(attempt(encoder, decoder, shown.copy(), n, size, seed))

    first = drawn(images, 5)
    if first is None or first.shape != (n, pixels):
        shape = "no array" if first is None else f"the shape {first.shape}"
        return {"count": (False, f"You return {shape}: expected {n} decoded images, shape {(n, pixels)}.")}, []
    found = {"count": (True, "As many images as were asked for.")}
    if not np.allclose(first, drawn(images, 5)):
        return found | {"seed": (False, "Two calls with the same seed give different pictures: use the seed.")}, []
    same = np.allclose(first, drawn(others, 5))
    text = "Other images were handed in, with the same seed, and other pictures came out: these are no new images."
    found["independent"] = (same, "They owe nothing to the images." if same else text)
    if not same:
        return found, []
    z = first @ np.linalg.pinv(out)
    found["prior"] = _from_prior(z)
    other = drawn(images, 6)
    text = "Another seed gives the same pictures."
    found["seed"] = (not np.allclose(first, other), text if np.allclose(first, other) else "Another seed, others.")
    return found, []


def _from_prior(z):
    """Return whether codes look like draws from N(0, I), and what else they look like."""
    mean, spread = np.abs(z.mean(axis=0)).max(), z.std(axis=0)
    if spread.max() < 1e-6:
        return False, "All pictures come from one code."
    if mean > 0.12:
        return False, f"The codes have a mean of {mean:.2g}, and the prior's is 0."
    if np.abs(spread - 1).max() > 0.1:
        return False, f"The codes have deviations of {', '.join(f'{s:.2g}' for s in spread)}, and the prior's is 1."
    if np.abs(np.corrcoef(z.T) - np.eye(z.shape[1])).max() > 0.12:
        return False, "The numbers of a code depend on each other, and the prior's don't."
    inside = np.mean(np.abs(z) < 1)
    if abs(inside - 0.6827) > 0.04:
        return False, f"{inside:.0%} of the numbers lie between -1 and 1: of normal ones it would be 68%."
    return True, "The codes are drawn from N(0, I)."


new_images = Exercise(
    name="new_images",
    key="10-new-images",
    objective="generative model",
    title="Exhibit 6, samples that are none",
    hints=(
        "Where does a code come from when there is no image?",
        "z = np.random.default_rng(seed).normal(size=(n, latent_dims)), and then decoder.predict(z).",
    ),
    answer=(
        """\
import numpy as np


def new_images(encoder, decoder, images, n, latent_dims, seed):
    z = np.random.default_rng(seed).normal(size=(n, latent_dims))
    return decoder.predict(z, verbose=0)
"""
    ),
    judge=_sampled,
)


# Exhibit 7: a grid that ends at infinity


def _gridded(attempt):
    """Judge the codes along one axis of a latent grid."""
    found = {}
    for k in (15, 4):
        z = numbers(attempt(k))
        if z is None or z.shape != (k,):
            what = "no array of numbers" if z is None else f"the shape {z.shape}"
            return {"count": (False, f"For k = {k} you return {what}: expected ({k},).")}, []
        found.setdefault("count", (True, "k codes."))
        lost = int(np.sum(~np.isfinite(z)))
        text = f"Of {k} codes {lost} are infinite or undefined." if lost else "All codes are finite."
        if not found.get("finite", (True,))[0]:
            continue
        found["finite"] = (lost == 0, text)
        if lost:
            continue
        share = np.array([0.5 + 0.5 * math.erf(value / 2**0.5) for value in z])
        steps = np.diff(share)
        even = bool(steps.min() > 0 and steps.max() - steps.min() < 1e-3)
        spread = (
            f"Between neighbours lie from {steps.min():.3f} to {steps.max():.3f} of all codes: expected equal shares."
            if steps.min() > 0
            else "The codes don't increase from one to the next."
        )
        found["equal_shares"] = (even, "Equal shares between neighbours." if even else spread)
        reach, middle = np.abs(z).max(), abs(share[0] + share[-1] - 1)
        near = bool(reach < 4 and middle < 1e-3 and abs(share[-1] - share[0]) > 0.499)
        text = f"The outermost codes are {z[0]:.3g} and {z[-1]:.3g}: expected the same distance on both sides, below 4"
        text += ", and at least half of the prior between them."
        found["reach"] = (near, "Where codes can be." if near else text)
        if not (even and near):
            break
    return found, []


latent_grid = Exercise(
    name="latent_grid",
    key="10-latent-grid",
    objective="latent space",
    title="Exhibit 7, a grid that ends at infinity",
    hints=(
        "norm.ppf turns probabilities into codes. For which two probabilities is the code infinite?",
        "Cut the range from 0 to 1 into k equal parts, and take the middle of each: (np.arange(k) + 0.5) / k.",
    ),
    answer=(
        """\
import numpy as np
from scipy.stats import norm


def latent_grid(k):
    return norm.ppf((np.arange(k) + 0.5) / k)
"""
    ),
    judge=_gridded,
)


# Exhibit 8: the normal ones counted as found


def _alarmed(attempt):
    """Judge the precision of alarms."""
    rng = np.random.default_rng(0)
    anomalies = rng.random(200) < 0.1
    alarms = np.where(rng.random(200) < 0.8, anomalies, ~anomalies)
    found = {}
    trials = {
        "some_alarms": (alarms, np.mean(anomalies[alarms])),
        "always_rings": (np.ones(200, bool), np.mean(anomalies)),
        "never_rings": (np.zeros(200, bool), 0.0),
    }
    for name, (rang, expected) in trials.items():
        hits, quiet = np.sum(rang & anomalies), np.sum(~rang & ~anomalies)
        causes = {
            "That is the share of the quiet images that are normal: the normal ones are counted as found.": quiet
            / max(np.sum(~rang), 1),
            "That is the share of the anomalies that were found, the recall.": hits / anomalies.sum(),
            "That is the share of all images that were judged rightly, the accuracy.": (hits + quiet) / 200,
            "That is a count: expected a share.": hits,
            "That is the share of the alarms that are false.": np.sum(rang & ~anomalies) / max(rang.sum(), 1),
            "With no alarm at all there is nothing to divide by: return 0 there.": np.nan,
        }
        found[name] = _compared(attempt(rang.copy(), anomalies.copy()), expected, causes, f"{expected:.3f}.")
    return found, []


precision_of = Exercise(
    name="precision_of",
    key="10-precision-of",
    objective="autoencoder",
    title="Exhibit 8, the wrong positives",
    hints=(
        "What is the alarm for? These are the positives.",
        "Count the images that are both an alarm and an anomaly, and divide by the number of alarms.",
    ),
    answer=(
        """\
def precision_of(alarms, anomalies):
    return (alarms & anomalies).sum() / max(alarms.sum(), 1)
"""
    ),
    judge=_alarmed,
)


# Exhibit 9: tested on what it was trained on


def _reported(attempt):
    """Judge on which images a model is fitted, and on which its loss is measured."""
    rng = np.random.default_rng(0)
    x_train, x_test = rng.random((8, 3)), rng.random((4, 3))
    fitted, measured, token = [], [], object()

    def fit(images):
        fitted.append(np.array(images))
        return token

    def loss(model, images):
        if model is not token:
            raise ValueError("loss was not given the model that fit returned")
        measured.append(np.array(images))
        return float(np.sum(images))

    value = attempt(fit, loss, x_train.copy(), x_test.copy())
    sets = {
        "the training images": x_train,
        "the test images": x_test,
        "the training and the test images": np.concatenate([x_train, x_test]),
    }

    def named(images):
        known = (name for name, rows in sets.items() if _same_rows(images, rows))
        return next(known, f"{len(images)} rows that are neither the training nor the test images")

    back = next((images for images in measured if same(numbers(value), np.sum(images))), (measured or [None])[-1])
    if len(fitted) != 1 or not measured:
        text = f"fit was called {len(fitted)} times and loss {len(measured)} times: expected once each."
        return {"calls": (False, text)}, []
    found = {"fitted_on": (named(fitted[0]) == "the training images", f"The model is fitted on {named(fitted[0])}.")}
    found["measured_on"] = (named(back) == "the test images", f"The loss is measured on {named(back)}.")
    found["returns"] = _compared(value, np.sum(back), {}, "The loss comes back.")
    return found, []


fit_and_report = Exercise(
    name="fit_and_report",
    key="10-fit-and-report",
    objective="autoencoder",
    title="Exhibit 9, tested on what it was trained on",
    hints=(
        "A held-out loss is measured on images that had no part in the training.",
        "Fit on x_train alone, and return the loss on x_test.",
    ),
    answer=(
        """\
def fit_and_report(fit, loss, x_train, x_test):
    model = fit(x_train)
    return loss(model, x_test)
"""
    ),
    judge=_reported,
)


# Exhibit 10: divided by the wrong count


def _averaged(attempt):
    """Judge the average loss of an epoch, with batches of equal and of different sizes."""
    rng, found = np.random.default_rng(0), {}
    for name, sizes in (("equal_batches", [20, 20, 20]), ("last_one_smaller", [16, 16, 16, 5]), ("single", [1, 1])):
        losses, sizes = rng.uniform(0.01, 0.1, len(sizes)), np.array(sizes)
        total = float(losses @ sizes)
        causes = {
            "You add up over images and divide by the number of batches.": total / len(sizes),
            "Each batch counts the same here, the small one too.": losses.mean(),
            "That is the sum over the images: expected the average.": total,
            "That is the loss of the last batch alone.": losses[-1],
            "You divide twice by the number of images in a batch.": losses.sum() / sizes.sum(),
        }
        found[name] = _compared(attempt(losses.tolist(), sizes.tolist()), total / sizes.sum(), causes, "Right.")
    return found, []


epoch_loss = Exercise(
    name="epoch_loss",
    key="10-epoch-loss",
    objective="autoencoder",
    title="Exhibit 10, divided by the wrong count",
    hints=(
        "A batch's average times its size is the sum over its images. How many images are there in all?",
        "Add up loss times size over the batches, and divide by sum(sizes).",
    ),
    answer=(
        """\
def epoch_loss(losses, sizes):
    return sum(loss * size for loss, size in zip(losses, sizes)) / sum(sizes)
"""
    ),
    judge=_averaged,
)
