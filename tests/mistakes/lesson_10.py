"""What learners try at lesson 10: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "10-kl-price": Attempts(
        starter="def kl_price(mean, log_var):\n    ...\n",
        also_right=(
            """\
import keras
from aelib import factories

def kl_price(mean, log_var):
    return keras.ops.convert_to_numpy(factories.kl_divergence(mean, log_var))
""",
            """\
import numpy as np

def kl_price(mean, log_var):
    deviation = np.exp(log_var / 2)
    return sum(0.5 * (deviation**2 + mean**2 - 1).T - np.log(deviation).T)
""",
            """\
import numpy as np

def kl_price(mean, log_var):
    return mean.shape[1] * np.mean(0.5 * (np.exp(log_var) + mean**2 - 1 - log_var), axis=1)
""",
        ),
        wrong=(
            Wrong("the published bug", ("np.sum", "np.mean"), "four_numbers", "the longer the code"),
            Wrong("no half", ("0.5 * ", ""), "one_number", "twice the price"),
            Wrong(
                "turned sign",
                ("np.exp(log_var) + mean**2 - 1 - log_var", "1 + log_var - mean**2 - np.exp(log_var)"),
                "one_number",
                "never negative",
            ),
            Wrong("no minus one", (" - 1 -", " -"), "one_number", "must cost nothing"),
            Wrong(
                "log of the deviation",
                ("np.exp(log_var) + mean**2 - 1 - log_var", "np.exp(2 * log_var) + mean**2 - 1 - 2 * log_var"),
                "one_number",
                "logarithm of the deviation",
            ),
            Wrong("one number in all", (", axis=-1", ""), "one_number", "the shape ()"),
        ),
    ),
    "10-draw-z": Attempts(
        starter="def draw_z(mean, log_var, eps):\n    ...\n",
        also_right=(
            "import numpy as np\n\n\ndef draw_z(mean, log_var, eps):\n"
            "    return mean + np.sqrt(np.exp(log_var)) * eps\n",
            """\
import keras

def draw_z(mean, log_var, eps):
    return keras.ops.convert_to_numpy(keras.ops.exp(0.5 * log_var) * eps + mean)
""",
        ),
        wrong=(
            Wrong("the published bug", ("log_var / 2", "log_var"), "spread", "squared"),
            Wrong("no deviation", ("np.exp(log_var / 2) * eps", "eps"), "spread", "whatever log_var says"),
            Wrong("half outside", ("np.exp(log_var / 2)", "np.exp(log_var) / 2"), "spread", "Half of a variance"),
            Wrong("logarithm kept", ("np.exp(log_var / 2)", "log_var"), "spread", "not undone"),
            Wrong("root of the logarithm", ("np.exp(log_var / 2)", "np.sqrt(log_var)"), "spread", "is no deviation"),
            Wrong("small noise", ("np.exp(log", "0.1 * np.exp(log"), "spread", "ten times too small"),
            Wrong("no noise", (" + np.exp(log_var / 2) * eps", " + 0 * eps"), "spread", "that is the mean"),
            Wrong("own noise", ("* eps", "* np.random.default_rng().normal(size=mean.shape)"), "noise", "two codes"),
        ),
    ),
    "10-heads": Attempts(
        starter="def heads(hidden, kernel_mean, kernel_log_var):\n    ...\n",
        also_right=(
            """\
import numpy as np

def heads(hidden, kernel_mean, kernel_log_var):
    return [np.dot(hidden, kernel) for kernel in (kernel_mean, kernel_log_var)]
""",
            """\
import numpy as np

def heads(hidden, kernel_mean, kernel_log_var):
    both = hidden @ np.concatenate([kernel_mean, kernel_log_var], axis=1)
    return tuple(np.split(both, 2, axis=1))
""",
            "def heads(hidden, kernel_mean, kernel_log_var):\n"
            "    return __import__('numpy').stack([hidden @ kernel_mean, hidden @ kernel_log_var])\n",
        ),
        wrong=(
            Wrong(
                "the published bug",
                "import numpy as np\n\n\ndef heads(hidden, kernel_mean, kernel_log_var):\n"
                "    return np.maximum(hidden @ kernel_mean, 0), np.maximum(hidden @ kernel_log_var, 0)\n",
                "log_var",
                "no deviation can be below 1",
            ),
            Wrong(
                "relu on the mean",
                (
                    "return hidden @ kernel_mean",
                    "return (hidden @ kernel_mean) * (hidden @ kernel_mean > 0)",
                ),
                "mean",
                "can't be negative",
            ),
            Wrong(
                "softplus",
                (
                    "hidden @ kernel_mean, hidden @ kernel_log_var",
                    "hidden @ kernel_mean, __import__('numpy').log1p(__import__('numpy').exp(hidden @ kernel_log_var))",
                ),
                "log_var",
                "Every number is above 0",
            ),
            Wrong(
                "exchanged",
                ("hidden @ kernel_mean, hidden @ kernel_log_var", "hidden @ kernel_log_var, hidden @ kernel_mean"),
                "mean",
                "exchanged",
            ),
            Wrong("mean only", (", hidden @ kernel_log_var", ""), "returns", "two arrays"),
            Wrong(
                "no negative one", ("hidden @ kernel_log_var", "-abs(hidden @ kernel_log_var)"), "log_var", "Found -"
            ),
        ),
    ),
    "10-sparsity-price": Attempts(
        starter="def sparsity_price(codes, kernel, strength):\n    ...\n",
        also_right=(
            """\
import numpy as np

def sparsity_price(codes, kernel, strength):
    return strength * np.abs(codes).sum() / len(codes)
""",
            """\
def sparsity_price(codes, kernel, strength):
    return strength * sum(abs(number) for code in codes for number in code) / len(codes)
""",
        ),
        wrong=(
            Wrong(
                "the published bug",
                ("np.mean(np.sum(np.abs(codes), axis=1))", "np.sum(np.abs(kernel))"),
                "zero_codes",
                "still pays",
            ),
            Wrong("sum over the batch", ("np.mean", "np.sum"), "batch_of_5", "grows with the batch"),
            Wrong(
                "mean over the numbers",
                ("np.mean(np.sum(np.abs(codes), axis=1))", "np.mean(np.abs(codes))"),
                "one_image",
                "average over the numbers",
            ),
            Wrong("squares", ("np.abs(codes)", "codes**2"), "one_image", "of the squares"),
            Wrong("no distance", ("np.abs(codes)", "codes"), "one_image", "distance from 0"),
            Wrong("no strength", ("strength * ", ""), "one_image", "strength is missing"),
        ),
    ),
    "10-train-denoiser": Attempts(
        starter="def train_denoiser(model, clean, noisy):\n    ...\n",
        also_right=(
            "def train_denoiser(model, clean, noisy):\n    model.fit(x=noisy, y=clean)\n    return model\n",
            "def train_denoiser(model, clean, noisy):\n    return model.fit(noisy, clean)\n",
            "def train_denoiser(model, clean, noisy):\n    return model.fit(X=noisy, y=clean)\n",
            """\
import numpy as np

def train_denoiser(model, clean, noisy):
    order = np.random.default_rng(0).permutation(len(clean))
    model.fit(noisy[order].astype("float32"), clean[order].astype("float32"))
    return model
""",
        ),
        wrong=(
            Wrong("the published bug", ("(noisy, clean)\n", "(noisy, noisy)\n"), "target", "is the noisy images"),
            Wrong("never saw noise", ("(noisy, clean)\n", "(clean, clean)\n"), "input", "is the clean images"),
            Wrong("exchanged", ("(noisy, clean)\n", "(clean, noisy)\n"), "input", "is the clean images"),
            Wrong("no target", ("(noisy, clean)\n", "(noisy)\n"), "target", "is nothing"),
            Wrong("noise as target", ("(noisy, clean)\n", "(noisy, noisy - clean)\n"), "target", "is the noise"),
            Wrong("pairs lost", ("(noisy, clean)\n", "(noisy, clean[::-1])\n"), "target", "of another image"),
            Wrong("not fitted", ("    model.fit(noisy, clean)\n", ""), "fitted", "0 times"),
            Wrong("nothing returned", ("    return model\n", ""), "returns", "expected the fitted model"),
        ),
    ),
    "10-new-images": Attempts(
        starter="def new_images(encoder, decoder, images, n, latent_dims, seed):\n    ...\n",
        also_right=(
            """\
import keras

def new_images(encoder, decoder, images, n, latent_dims, seed):
    return decoder(keras.random.normal((n, latent_dims), seed=seed)).numpy()
""",
            """\
import numpy as np

def new_images(encoder, decoder, images, n, latent_dims, seed):
    np.random.seed(seed)
    return decoder.predict(np.random.randn(n, latent_dims))
""",
        ),
        wrong=(
            Wrong(
                "the published bug",
                ("np.random.default_rng(seed).normal(size=(n, latent_dims))", "encoder.predict(images[:n])[0]"),
                "independent",
                "these are no new images",
            ),
            Wrong("uniform", ("normal(size", "uniform(-(3**0.5), 3**0.5, size"), "prior", "between -1 and 1"),
            Wrong("a small cube", ("normal(size", "random(size"), "prior", "a mean of"),
            Wrong("timid noise", ("normal(size", "normal(0, 0.1, size"), "prior", "deviations of"),
            Wrong("no seed", ("default_rng(seed)", "default_rng()"), "seed", "use the seed"),
            Wrong("one seed", ("default_rng(seed)", "default_rng(0)"), "seed", "the same pictures"),
            Wrong(
                "one number", ("size=(n, latent_dims))", "size=(n, 1)) + np.zeros(latent_dims)"), "prior", "depend on"
            ),
            Wrong("codes", ("return decoder.predict(z, verbose=0)", "return z"), "count", "(2000, 4)"),
        ),
    ),
    "10-latent-grid": Attempts(
        starter="def latent_grid(k):\n    ...\n",
        also_right=(
            """\
import numpy as np
from scipy.stats import norm

def latent_grid(k):
    return norm.ppf(np.linspace(0, 1, k + 2)[1:-1])
""",
            """\
import numpy as np
from scipy.stats import norm

def latent_grid(k):
    return norm.ppf(np.linspace(0.05, 0.95, k))
""",
            """\
from statistics import NormalDist

def latent_grid(k):
    return [NormalDist().inv_cdf((i + 1) / (k + 1)) for i in range(k)]
""",
        ),
        wrong=(
            Wrong(
                "the published bug", ("(np.arange(k) + 0.5) / k", "np.linspace(0, 1, k)"), "finite", "2 are infinite"
            ),
            Wrong(
                "infinity cut away",
                ("norm.ppf((np.arange(k) + 0.5) / k)", "norm.ppf(np.linspace(0, 1, k))[1:-1]"),
                "count",
                "the shape (13,)",
            ),
            Wrong(
                "infinity made large",
                ("norm.ppf((np.arange(k) + 0.5) / k)", "np.nan_to_num(norm.ppf(np.linspace(0, 1, k)))"),
                "reach",
                "below 4",
            ),
            Wrong(
                "nearly infinity",
                ("(np.arange(k) + 0.5) / k", "np.linspace(1e-9, 1 - 1e-9, k)"),
                "reach",
                "The outermost codes",
            ),
            Wrong(
                "equal steps",
                ("norm.ppf((np.arange(k) + 0.5) / k)", "np.linspace(-3, 3, k)"),
                "equal_shares",
                "expected equal shares",
            ),
            Wrong("half a step off", ("np.arange(k) + 0.5", "np.arange(k) + 0.1"), "reach", "on both sides"),
            Wrong("turned round", ("return norm", "return -norm"), "equal_shares", "don't increase"),
            Wrong(
                "too narrow", ("(np.arange(k) + 0.5) / k", "np.linspace(0.45, 0.55, k)"), "reach", "half of the prior"
            ),
        ),
    ),
    "10-precision-of": Attempts(
        starter="def precision_of(alarms, anomalies):\n    ...\n",
        also_right=(
            """\
from sklearn.metrics import precision_score

def precision_of(alarms, anomalies):
    return precision_score(anomalies, alarms, zero_division=0)
""",
            """\
def precision_of(alarms, anomalies):
    return anomalies[alarms].mean() if alarms.any() else 0
""",
        ),
        wrong=(
            Wrong(
                "the published bug",
                (
                    "(alarms & anomalies).sum() / max(alarms.sum(), 1)",
                    "(~alarms & ~anomalies).sum() / max((~alarms).sum(), 1)",
                ),
                "some_alarms",
                "the normal ones are counted",
            ),
            Wrong("recall", ("max(alarms", "max(anomalies"), "some_alarms", "the recall"),
            Wrong(
                "accuracy",
                ("(alarms & anomalies).sum() / max(alarms.sum(), 1)", "(alarms == anomalies).mean()"),
                "some_alarms",
                "the accuracy",
            ),
            Wrong("no alarm", ("max(alarms.sum(), 1)", "alarms.sum()"), "never_rings", "nothing to divide by"),
            Wrong("a count", (" / max(alarms.sum(), 1)", ""), "some_alarms", "a count"),
            Wrong("false alarms", ("& anomalies", "& ~anomalies"), "some_alarms", "that are false"),
        ),
    ),
    "10-fit-and-report": Attempts(
        starter="def fit_and_report(fit, loss, x_train, x_test):\n    ...\n",
        also_right=(
            "def fit_and_report(fit, loss, x_train, x_test):\n    return loss(fit(x_train), x_test)\n",
            """\
def fit_and_report(fit, loss, x_train, x_test):
    model = fit(x_train)
    held_out = loss(model, x_test)
    print("for comparison, in training:", loss(model, x_train))
    return held_out
""",
            """\
import numpy as np

def fit_and_report(fit, loss, x_train, x_test):
    model = fit(np.random.default_rng(0).permutation(x_train))
    return loss(model, x_test)
""",
        ),
        wrong=(
            Wrong(
                "the published bug",
                "import numpy as np\n\n\ndef fit_and_report(fit, loss, x_train, x_test):\n"
                "    images = np.concatenate([x_train, x_test])\n    return loss(fit(images), images)\n",
                "fitted_on",
                "the training and the test images",
            ),
            Wrong(
                "fitted on all",
                "import numpy as np\n\n\ndef fit_and_report(fit, loss, x_train, x_test):\n"
                "    return loss(fit(np.concatenate([x_train, x_test])), x_test)\n",
                "fitted_on",
                "the training and the test images",
            ),
            Wrong("training loss", ("(model, x_test)", "(model, x_train)"), "measured_on", "the training images"),
            Wrong("fitted on the test", ("fit(x_train)", "fit(x_test)"), "fitted_on", "fitted on the test images"),
            Wrong("never measured", ("loss(model, x_test)", "model"), "calls", "loss 0 times"),
            Wrong("half of it", ("loss(model, x_test)", "loss(model, x_test[::2])"), "measured_on", "neither"),
        ),
    ),
    "10-epoch-loss": Attempts(
        starter="def epoch_loss(losses, sizes):\n    ...\n",
        also_right=(
            "import numpy as np\n\ndef epoch_loss(losses, sizes):\n    return np.average(losses, weights=sizes)\n",
            "import numpy as np\n\ndef epoch_loss(losses, sizes):\n    return np.repeat(losses, sizes).mean()\n",
        ),
        wrong=(
            Wrong(
                "the published bug",
                ("/ sum(sizes)", "/ len(sizes)"),
                "equal_batches",
                "divide by the number of batches",
            ),
            Wrong(
                "batches count the same",
                ("sum(loss * size for loss, size in zip(losses, sizes)) / sum(sizes)", "sum(losses) / len(losses)"),
                "last_one_smaller",
                "the small one too",
            ),
            Wrong("a sum", (" / sum(sizes)", ""), "equal_batches", "expected the average"),
            Wrong(
                "the last batch",
                ("sum(loss * size for loss, size in zip(losses, sizes)) / sum(sizes)", "losses[-1]"),
                "equal_batches",
                "last batch alone",
            ),
            Wrong("divided twice", ("loss * size for", "loss for"), "equal_batches", "divide twice"),
        ),
    ),
}
