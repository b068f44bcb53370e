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
}
