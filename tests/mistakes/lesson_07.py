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
    "07-monte-carlo-kl": Attempts(
        starter="def monte_carlo_kl(draws, log_p, log_q):\n    ...\n",
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
            Wrong(
                "weighted", ("return r.mean()", "return (np.exp(log_p(draws)) * r).mean()"), "normal", "all weigh alike"
            ),
            Wrong(
                "weighted sum", ("return r.mean()", "return (np.exp(log_p(draws)) * r).sum()"), "normal", "and add up"
            ),
            Wrong(
                "weighted average",
                ("return r.mean()", "return np.average(r, weights=np.exp(log_p(draws)))"),
                "normal",
                "share of the densities",
            ),
            Wrong("sum", ("return r.mean()", "return r.sum()"), "normal", "expected an average"),
            Wrong("ratio", ("return r.mean()", "return np.exp(r).mean()"), "normal", "averages its logarithm"),
            Wrong(
                "log of the average", ("return r.mean()", "return np.log(np.exp(r).mean())"), "normal", "average of the"
            ),
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
            Wrong(
                "quotient", ("log_p(draws) - log_q", "log_p(draws) / log_q"), "normal", "difference of the logarithms"
            ),
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
                (
                    "np.sum(mean**2 + np.exp(log_var) - 1 - log_var, axis=1)",
                    "(mean**2 + np.exp(log_var) - 1 - log_var)",
                ),
                "shape",
                "pays for all of its numbers",
            ),
            Wrong(
                "nothing", "def kl_to_standard_normal(mean, log_var):\n    print(mean)\n", "shape", "You return None"
            ),
        ),
    ),
}
