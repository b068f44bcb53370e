"""What learners try at lesson 07: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "07-kl-bits": Attempts(
        starter="def kl_bits(p, q):\n    ...\n",
        also_right=(
            """\
from scipy.stats import entropy

def kl_bits(p, q):
    return entropy(p, q, base=2)
""",
            """\
import math

def kl_bits(p, q):
    try:
        return sum(a * math.log2(a / b) for a, b in zip(p.tolist(), q.tolist()) if a)
    except ZeroDivisionError:
        return float("inf")
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
            """\
import numpy as np

def kl_bits(p, q):
    with np.errstate(all="ignore"):
        return np.nansum(np.where(p > 0, p * (np.log2(p) - np.log2(q)), 0))
""",
        ),
        wrong=(
            Wrong("nats", ("np.log2(p / q)", "np.log(p / q)"), "by_hand", "expected bits"),
            Wrong("base 10", ("np.log2(p / q)", "np.log10(p / q)"), "by_hand", "base 10"),
            Wrong("sign", ("p / q", "q / p"), "by_hand", "sign is reversed"),
            Wrong("other way", ("p * np.log2(p / q)", "q * np.log2(q / p)"), "by_hand", "other direction"),
            Wrong("weighted by q", ("p * np.log2(p / q)", "q * np.log2(p / q)"), "by_hand", "not by q"),
            Wrong("cross-entropy", ("p * np.log2(p / q)", "-p * np.log2(q)"), "by_hand", "too much"),
            Wrong("entropy", ("p * np.log2(p / q)", "-p * np.log2(p)"), "by_hand", "what the right words cost"),
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
                "sum of directions",
                ("np.sum(p * np.log2(p / q))", "np.sum((p - q) * np.log2(p / q))"),
                "by_hand",
                "the sum of both directions",
            ),
            Wrong(
                "whole words",
                ("np.sum(p * np.log2(p / q))", "p @ np.ceil(-np.log2(q)) - p @ np.ceil(-np.log2(p))"),
                "by_hand",
                "whole bits",
            ),
            Wrong(
                "one side in whole bits",
                ("np.sum(p * np.log2(p / q))", "p @ np.ceil(-np.log2(q)) + p @ np.log2(p)"),
                "any_sources",
                "and not those for p",
            ),
            Wrong("rounded", ("np.sum(p * np.log2(p / q))", "round(np.sum(p * np.log2(p / q)), 3)"), "by_hand", "near"),
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
            Wrong(
                "never infinite", ("return np.inf", "p, q = p[q > 0], q[q > 0]"), "a_symbol_without_a_word", "How long"
            ),
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
            Wrong(
                "each symbol", ("np.sum(p * np.log2(p / q))", "p * np.log2(p / q)"), "by_hand", "Expected one number"
            ),
            Wrong("misspelt", ("np.log2(p / q)", "log2(p / q)"), "runs", "NameError"),
        ),
    ),
    "07-forward-fit": Attempts(
        starter="def forward_fit(weights, means, stds):\n    ...\n",
        also_right=(
            """\
import math

def forward_fit(weights, means, stds):
    m = sum(w * a for w, a in zip(weights, means))
    second = sum(w * (s**2 + a**2) for w, a, s in zip(weights, means, stds))
    return [m, math.sqrt(second - m**2)]
""",
            """\
import numpy as np

def forward_fit(weights, means, stds):
    m = np.average(means, weights=weights)
    spread = np.average((means - m) ** 2, weights=weights) + np.average(stds**2, weights=weights)
    return np.array([m, spread**0.5])
""",
            """\
import math

def forward_fit(weights, means, stds):
    n = range(len(weights))
    between = sum(weights[i] * weights[j] * (means[i] - means[j]) ** 2 for i in n for j in range(i))
    return weights @ means, math.sqrt(weights @ stds**2 + between)
""",
        ),
        wrong=(
            Wrong("variance", ("np.sqrt(weights", "(weights"), "two_bumps", "expected its root"),
            Wrong(
                "average of the standard deviations",
                ("np.sqrt(weights @ (stds**2 + (means - mean) ** 2))", "weights @ stds"),
                "two_bumps",
                "You average the standard deviations",
            ),
            Wrong("within only", (" + (means - mean) ** 2", ""), "two_bumps", "from different bumps"),
            Wrong("between only", ("stds**2 + ", ""), "two_bumps", "within each bump"),
            Wrong("means unweighted", ("weights @ means", "means.mean()"), "two_bumps", "means without their weights"),
            Wrong("sum of means", ("weights @ means", "means.sum()"), "points", "add up the means"),
            Wrong(
                "largest bump",
                "import numpy as np\n\ndef forward_fit(weights, means, stds):\n    i = np.argmax(weights)\n"
                "    return means[i], stds[i]\n",
                "two_bumps",
                "a reverse fit may end there",
            ),
            Wrong(
                "precision",
                ("weights @ means", "weights @ (means / stds**2) / (weights @ (1 / stds**2))"),
                "two_bumps",
                "precision",
            ),
            Wrong(
                "distances unweighted",
                ("weights @ (stds**2 + (means - mean) ** 2)", "weights @ stds**2 + means.var()"),
                "two_bumps",
                "measured from the mean of q",
            ),
            Wrong(
                "half the range",
                ("weights @ (stds**2 + (means - mean) ** 2)", "weights @ stds**2 + np.ptp(means) ** 2 / 4"),
                "four_bumps",
                "half the range",
            ),
            Wrong(
                "by a search",
                "import numpy as np\nfrom scipy import optimize, stats\n\ndef forward_fit(weights, means, stds):\n"
                "    x = np.linspace((means - 8 * stds).min(), (means + 8 * stds).max(), 4001)\n"
                "    p = sum(w * stats.norm.pdf(x, m, s) for w, m, s in zip(weights, means, stds))\n"
                "    def price(v):\n"
                "        return -np.sum(p * stats.norm.logpdf(x, v[0], np.exp(v[1]))) * (x[1] - x[0])\n"
                '    found = optimize.minimize(price, [0, 0], method="Nelder-Mead").x\n'
                "    return found[0], np.exp(found[1])\n",
                "two_bumps",
                "You are near",
            ),
            Wrong("negative", ("return mean, np", "return mean, -np"), "two_bumps", "never negative"),
            Wrong(
                "no weights in the variance",
                ("weights @ (stds**2 + (means - mean) ** 2)", "np.mean(stds**2 + (means - mean) ** 2)"),
                "two_bumps",
                "missing from the variance",
            ),
            Wrong("about 0", ("(means - mean) ** 2", "means**2"), "points", "about the mean of q"),
            Wrong(
                "variances unweighted",
                ("weights @ (stds**2 + (means - mean) ** 2)", "np.mean(stds**2) + weights @ (means - mean) ** 2"),
                "two_bumps",
                "variances without their weights",
            ),
            Wrong(
                "a weighted sum",
                ("weights @ (stds**2 + (means - mean) ** 2)", "weights**2 @ stds**2"),
                "two_bumps",
                "a mixture is not a sum",
            ),
            Wrong(
                "standard deviations added",
                (
                    "np.sqrt(weights @ (stds**2 + (means - mean) ** 2))",
                    "np.sqrt(weights @ stds**2) + np.sqrt(weights @ (means - mean) ** 2)",
                ),
                "two_bumps",
                "what adds up is variances",
            ),
            Wrong(
                "changed places",
                (
                    "return mean, np.sqrt(weights @ (stds**2 + (means - mean) ** 2))",
                    "return np.sqrt(weights @ (stds**2 + (means - mean) ** 2)), mean",
                ),
                "two_bumps",
                "changed places",
            ),
            Wrong(
                "negative root",
                ("weights @ (stds**2 + (means - mean) ** 2)", "weights @ stds**2 - weights @ (means - mean) ** 2"),
                "two_bumps",
                "root of a negative number",
            ),
            Wrong(
                "by draws",
                "import numpy as np\n\ndef forward_fit(weights, means, stds):\n    rng = np.random.default_rng(0)\n"
                "    k = rng.choice(len(weights), 100_000, p=weights)\n    x = rng.normal(means[k], stds[k])\n"
                "    return weights @ means, x.std()\n",
                "two_bumps",
                "You are near",
            ),
            Wrong(
                "mean alone",
                ("mean, np.sqrt(weights @ (stds**2 + (means - mean) ** 2))", "mean"),
                "two_bumps",
                "expected two numbers",
            ),
            Wrong(
                "one bump at a time",
                ("weights @ (stds**2 +", "(stds**2 +"),
                "two_bumps",
                "expected two numbers",
            ),
            Wrong(
                "for two bumps only",
                "import numpy as np\n\ndef forward_fit(weights, means, stds):\n    w = weights[0]\n"
                "    mean = w * means[0] + (1 - w) * means[-1]\n    inside = w * stds[0]**2 + (1 - w) * stds[-1]**2\n"
                "    return mean, np.sqrt(inside + w * (1 - w) * (means[0] - means[-1]) ** 2)\n",
                "four_bumps",
                "The mean differs",
            ),
            Wrong("misspelt", ("np.sqrt(weights", "sqrt(weights"), "runs", "NameError"),
        ),
    ),
    "07-kl-to-standard-normal": Attempts(
        starter="def kl_to_standard_normal(mean, log_var):\n    ...\n",
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
            Wrong("averaged over the code", ("np.sum", "np.mean"), "value", "average over the latent dimensions"),
            Wrong("averaged over the images", (", axis=1)", ", axis=1) / len(mean)"), "value", "number of images"),
            Wrong("one of two sizes", (", axis=1)", ", axis=1) / len(mean)"), "other_sizes", "the price is a sum"),
            Wrong(
                "cross-entropy",
                ("np.exp(log_var) - 1 - log_var,", "np.exp(log_var) + np.log(2 * np.pi),"),
                "value",
                "subtract the entropy",
            ),
            Wrong("no half", ("0.5 * ", ""), "value", "twice as much"),
            Wrong("sign", ("0.5 * ", "-0.5 * "), "value", "sign is reversed"),
            Wrong("log of the deviation", ("np.exp(log_var)", "np.exp(2 * log_var)"), "value", "it is the variance"),
            Wrong(
                "deviation for variance",
                ("np.exp(log_var)", "np.exp(log_var / 2)"),
                "value",
                "is the standard deviation",
            ),
            Wrong("half the logarithm", ("- log_var,", "- log_var / 2,"), "value", "halved it twice"),
            Wrong("sign of the logarithm", ("- log_var,", "+ log_var,"), "value", "wrong sign"),
            Wrong("no logarithm", (" - log_var,", ","), "value", "is missing"),
            Wrong("mean not squared", ("mean**2", "mean"), "value", "as a square"),
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
            Wrong("sign of the mean", ("mean**2 +", "-(mean**2) +"), "value", "square of the mean has the wrong sign"),
            Wrong("whole logarithm", ("- 1 - log_var,", "- 1 - 2 * log_var,"), "value", "twice ln s"),
            Wrong(
                "by draws",
                "import numpy as np\nfrom scipy import stats\n\ndef kl_to_standard_normal(mean, log_var):\n"
                "    s = np.exp(log_var / 2)\n"
                "    z = mean + s * np.random.default_rng(0).normal(size=(100_000, *mean.shape))\n"
                "    return np.mean(stats.norm.logpdf(z, mean, s) - stats.norm.logpdf(z), axis=0).sum(axis=1)\n",
                "value",
                "You are near",
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
                "for the standard deviation",
            ),
            Wrong("variance given", ("- log_var,", "- np.log(log_var),"), "value", "is a logarithm already"),
            Wrong(
                "other way",
                ("mean**2 + np.exp(log_var) - 1 - log_var", "(mean**2 + 1) / np.exp(log_var) - 1 + log_var"),
                "value",
                "other direction",
            ),
            Wrong("over the images", ("axis=1", "axis=0"), "shape", "the last axis"),
            Wrong("one for all", (", axis=1)", ", axis=1).mean()"), "shape", "only the loss"),
            Wrong(
                "number by number",
                (
                    "np.sum(mean**2 + np.exp(log_var) - 1 - log_var, axis=1)",
                    "(mean**2 + np.exp(log_var) - 1 - log_var)",
                ),
                "shape",
                "pays for all of its latent dimensions",
            ),
            Wrong(
                "nothing", "def kl_to_standard_normal(mean, log_var):\n    print(mean)\n", "shape", "You return None"
            ),
        ),
    ),
}
