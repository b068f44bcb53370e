"""What learners try at lesson 08b: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "08b-importance-bound": Attempts(
        starter="def importance_bound(log_weights, k):\n    ...\n",
        also_right=(
            """\
import numpy as np
from scipy.special import logsumexp

def importance_bound(log_weights, k):
    return np.mean(logsumexp(log_weights.reshape(-1, k), axis=1)) - np.log(k)
""",
            """\
import math

def importance_bound(log_weights, k):
    bounds = []
    for first in range(0, len(log_weights), k):
        group = log_weights[first : first + k]
        top = max(group)
        bounds.append(top + math.log(sum(math.exp(a - top) for a in group) / k))
    return sum(bounds) / len(bounds)
""",
            """\
import numpy as np

def importance_bound(log_weights, k):
    return np.mean(np.logaddexp.reduce(np.reshape(log_weights, (-1, k)), axis=1) - np.log(k))
""",
        ),
        wrong=(
            Wrong(
                "not stable",
                (
                    "    largest = groups.max(axis=1, keepdims=True)\n"
                    "    averages = np.exp(groups - largest).mean(axis=1)\n"
                    "    return np.mean(largest[:, 0] + np.log(averages))",
                    "    with np.errstate(all='ignore'):\n        return np.mean(np.log(np.exp(groups).mean(axis=1)))",
                ),
                "far_below",
                "Subtract the largest",
            ),
            Wrong(
                "one largest for all groups",
                (
                    "    largest = groups.max(axis=1, keepdims=True)\n"
                    "    averages = np.exp(groups - largest).mean(axis=1)\n"
                    "    return np.mean(largest[:, 0] + np.log(averages))",
                    "    largest = groups.max()\n    with np.errstate(all='ignore'):\n"
                    "        return largest + np.mean(np.log(np.exp(groups - largest).mean(axis=1)))",
                ),
                "far_apart",
                "each group's own largest",
            ),
            Wrong(
                "clipped",
                (
                    "    largest = groups.max(axis=1, keepdims=True)\n"
                    "    averages = np.exp(groups - largest).mean(axis=1)\n"
                    "    return np.mean(largest[:, 0] + np.log(averages))",
                    "    return np.mean(np.log(np.exp(groups).mean(axis=1) + 1e-30))",
                ),
                "far_below",
                "found -69",
            ),
            Wrong(
                "one logarithm for all",
                ("log_weights.reshape(-1, k)", "log_weights.reshape(1, -1)"),
                "groups",
                "all draws at once",
            ),
            Wrong(
                "the ELBO",
                ("return np.mean(largest[:, 0] + np.log(averages))", "return log_weights.mean()"),
                "groups",
                "which is the ELBO",
            ),
            Wrong("a sum of weights", (".mean(axis=1)", ".sum(axis=1)"), "groups", "expected their average"),
            Wrong("a sum of groups", ("return np.mean(", "return np.sum("), "groups", "bounds are added up"),
            Wrong(
                "divided by all",
                (".mean(axis=1)", ".sum(axis=1) / len(log_weights)"),
                "groups",
                "in a group there are k",
            ),
            Wrong("the largest alone", (" + np.log(averages))", " + 0 * averages)"), "groups", "each group's largest"),
            Wrong(
                "groups mixed up",
                ("log_weights.reshape(-1, k)", "log_weights.reshape(k, -1).T"),
                "groups",
                "the next k another",
            ),
            Wrong(
                "the first group",
                ("return np.mean(largest[:, 0] + np.log(averages))", "return largest[0, 0] + np.log(averages[0])"),
                "groups",
                "first group's",
            ),
            Wrong("bits", ("np.log(averages))", "np.log(averages)) / np.log(2)"), "groups", "base 2"),
            Wrong("a loss", ("return np.mean", "return -np.mean"), "groups", "sign is turned"),
            Wrong(
                "no logarithm",
                ("np.mean(largest[:, 0] + np.log(averages))", "np.mean(np.exp(largest[:, 0]) * averages)"),
                "groups",
                "logarithm is missing",
            ),
            Wrong(
                "a bound for each group",
                ("np.mean(largest[:, 0] + np.log(averages))", "largest[:, 0] + np.log(averages)"),
                "groups",
                "one finite number",
            ),
            Wrong(
                "changes its argument",
                ("    largest =", "    log_weights -= 1\n    largest ="),
                "input",
                "changes its argument",
            ),
            Wrong("fails", ("np.log(averages)", "np.ln(averages)"), "runs", "AttributeError"),
        ),
    ),
    "08b-baseline": Attempts(
        starter="def gradient_estimate(value, score):\n    ...\n",
        also_right=(
            """\
import numpy as np

def gradient_estimate(value, score):
    return np.cov(value, score)[0, 1]
""",
            """\
def gradient_estimate(value, score):
    n = len(value)
    return ((value - value.mean()) * score).sum() / (n - 1)
""",
            """\
import numpy as np

def gradient_estimate(value, score):
    total = 0
    for i in range(len(value)):
        total += (value[i] - np.delete(value, i).mean()) * score[i]
    return total / len(value)
""",
        ),
        wrong=(
            Wrong(
                "no baseline", ("(value - others) * score", "value * score"), "constant", "constant is not taken away"
            ),
            Wrong(
                "the average of all",
                ("(value - others)", "(value - value.mean())"),
                "on_average",
                "part in its own baseline",
            ),
            Wrong(
                "the scores' average taken away",
                ("(value - others) * score", "value * (score - score.mean())"),
                "on_average",
                "part in its own baseline",
            ),
            Wrong("added up", (".mean()", ".sum()"), "on_average", "expected their average"),
            Wrong("divided twice", (".mean()", ".mean() / len(value)"), "on_average", "Divide once"),
            Wrong("turned", ("(value - others)", "(others - value)"), "on_average", "sign is turned"),
            Wrong("own value", ("(value - others)", "(value - value)"), "on_average", "minus itself"),
            Wrong(
                "standardised",
                ("(value - others)", "(value - others) / value.std()"),
                "on_average",
                "a spread of 0",
            ),
            Wrong(
                "standardised, made safe",
                ("(value - others)", "(value - others) / (value.std() + 1e-8)"),
                "on_average",
                "must not depend on the draw",
            ),
            Wrong(
                "two draws alone",
                "def gradient_estimate(value, score):\n    return (value[0] - value[1]) * (score[0] - score[1]) / 2\n",
                "every_draw",
                "what it needs to be",
            ),
            Wrong(
                "the neighbour's value",
                "import numpy as np\n\ndef gradient_estimate(value, score):\n"
                "    return ((value - np.roll(value, 1)) * score).mean()\n",
                "every_draw",
                "all* other draws",
            ),
            Wrong(
                "a value two places on",
                "import numpy as np\n\ndef gradient_estimate(value, score):\n"
                "    return ((value - np.roll(value, 2)) * score).mean()\n",
                "on_average",
                "With 2 draws",
            ),
            Wrong("a gradient for each", (".mean()", ""), "number", "one finite number"),
            Wrong(
                "changes its argument",
                ("    return", "    score *= 2\n    return 0.5 *"),
                "input",
                "changes its arguments",
            ),
            Wrong("fails", ("len(value)", "value.size()"), "runs", "TypeError"),
        ),
    ),
}
