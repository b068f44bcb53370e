"""What learners try at lesson 08: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "08-elbo": Attempts(
        starter="def elbo(q, prior, likelihood):\n    ...\n",
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
            Wrong("no KL", (" - kl", ""), "value", "The KL divergence is missing"),
            Wrong("KL added", (" - kl", " + kl"), "value", "The KL divergence is added"),
            Wrong(
                "KL turned round",
                ("np.sum(q * np.log(q / prior))", "np.sum(prior * np.log(prior / q))"),
                "value",
                "the wrong way round",
            ),
            Wrong(
                "averaged over the prior",
                ("np.sum(q * np.log(likelihood))", "np.sum(prior * np.log(likelihood))"),
                "value",
                "averaged over the prior",
            ),
            Wrong(
                "logarithm of the average",
                ("np.sum(q * np.log(likelihood))", "np.log(np.sum(q * likelihood))"),
                "value",
                "the logarithm of the average",
            ),
            Wrong(
                "ln p(x)",
                "import numpy as np\n\ndef elbo(q, prior, likelihood):\n"
                "    return np.log(np.sum(prior * likelihood))\n",
                "value",
                "That is ln p(x) itself",
            ),
            Wrong(
                "bits",
                (
                    "return np.sum(q * np.log(likelihood)) - kl",
                    "return (np.sum(q * np.log(likelihood)) - kl) / np.log(2)",
                ),
                "value",
                "the unit is bits",
            ),
            Wrong(
                "sign of the loss",
                ("return np.sum(q * np.log(likelihood)) - kl", "return kl - np.sum(q * np.log(likelihood))"),
                "value",
                "that is the loss",
            ),
            Wrong("no ln q", ("np.log(q / prior)", "-np.log(prior)"), "value", "no ln q"),
            Wrong(
                "likelihood without logarithm",
                ("np.sum(q * np.log(likelihood))", "np.sum(q * likelihood)"),
                "value",
                "without its logarithm",
            ),
            Wrong(
                "KL to the posterior",
                "import numpy as np\n\ndef elbo(q, prior, likelihood):\n"
                "    posterior = prior * likelihood / np.sum(prior * likelihood)\n    some = q > 0\n"
                "    kl = np.sum(q[some] * np.log(q[some] / posterior[some]))\n"
                "    return np.sum(q * np.log(likelihood)) - kl\n",
                "value",
                "that is the gap",
            ),
            Wrong(
                "not weighted by q",
                (
                    "return np.sum(q * np.log(likelihood)) - kl",
                    "return np.sum(np.log(likelihood)) - np.sum(np.log(q / prior))",
                ),
                "value",
                "expected an average over q",
            ),
            Wrong(
                "no prior",
                ("np.log(q / prior)", "np.log(q)"),
                "value",
                "The prior is missing",
            ),
            Wrong(
                "mean for sum",
                (
                    "return np.sum(q * np.log(likelihood)) - kl",
                    "return np.mean(q * np.log(likelihood) - q * np.log(q / prior))",
                ),
                "value",
                "expected a sum",
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
    ),
    "08-sample": Attempts(
        starter="def sample(mean, log_var, eps):\n    ...\n",
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
                "root of the size",
                ("np.exp(log_var / 2)", "np.sqrt(np.abs(log_var))"),
                "value",
                "exp comes first, then",
            ),
            Wrong("added", ("np.exp(log_var / 2) * eps", "np.exp(log_var / 2) + eps"), "without_noise", "else"),
            Wrong("nothing drawn", (" + np.exp(log_var / 2) * eps", " + 0 * eps"), "value", "Nothing is drawn"),
            Wrong("unit noise", ("np.exp(log_var / 2) * eps", "eps"), "value", "not used"),
            Wrong("small noise", ("* eps", "* eps * 0.1"), "value", "ten times too small"),
            Wrong("eps forgotten", (" * eps", ""), "without_noise", "With eps = 0"),
            Wrong("minus", ("mean +", "mean -"), "value", "sign of eps is turned"),
            Wrong(
                "mean multiplied",
                ("mean + np.exp(log_var / 2) * eps", "(mean + eps) * np.exp(log_var / 2)"),
                "without_noise",
                "something else",
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
                "import numpy as np\n\ndef sample(mean, log_var, eps):\n    eps *= np.exp(log_var / 2)\n"
                "    eps += mean\n    return eps\n",
                "input",
                "changes its arguments",
            ),
            Wrong("nothing returned", ("return mean", "z = mean"), "shape", "no numbers"),
        ),
    ),
    "08-loss-per-image": Attempts(
        starter="def loss_per_image(x, r, mean, log_var):\n    ...\n",
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
                "no 1",
                ("mean**2 - 1 - log_var", "mean**2 - log_var"),
                "reconstruction",
                "the KL must be 0: yours adds 1.5",
            ),
            Wrong(
                "sign of the ELBO", ("return cross", "return -cross"), "reconstruction", "a loss is the negative ELBO"
            ),
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
                "one number in all",
                ("cross_entropy + kl", "np.mean(cross_entropy + kl)"),
                "shape",
                "one number an image",
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
    ),
}
