"""What learners try at lesson 09: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "09-kl-per-dimension": Attempts(
        starter="def kl_per_dimension(mean, deviation):\n    ...\n",
        also_right=(
            """\
import numpy as np

def kl_per_dimension(mean, deviation):
    log_var = 2 * np.log(deviation)
    return -0.5 * np.mean(1 + log_var - mean**2 - np.exp(log_var), axis=0)
""",
            """\
import math

def kl_per_dimension(mean, deviation):
    totals = [0.0] * len(mean[0])
    for ms, ss in zip(mean, deviation):
        for i, (m, s) in enumerate(zip(ms, ss)):
            totals[i] += 0.5 * (m * m + s * s - 1) - math.log(s)
    return [total / len(mean) for total in totals]
""",
        ),
        wrong=(
            Wrong("sum over images", ("each.mean(axis=0)", "each.sum(axis=0)"), "value", "expected their average"),
            Wrong("one an image", ("each.mean(axis=0)", "each.sum(axis=1)"), "value", "one number an image"),
            Wrong("one number", ("each.mean(axis=0)", "each.mean()"), "value", "one number in all"),
            Wrong("no average", ("return each.mean(axis=0)", "return each"), "value", "average over the images"),
            Wrong("no half", (" / 2", ""), "value", "twice too high"),
            Wrong("turned sign", ("return each", "return -each"), "value", "never negative"),
            Wrong(
                "variance",
                ("deviation**2 - 1 - np.log(deviation**2)", "deviation - 1 - np.log(deviation)"),
                "value",
                "for the variance",
            ),
            Wrong(
                "log variance",
                ("deviation**2 - 1 - np.log(deviation**2)", "np.exp(deviation) - 1 - deviation"),
                "value",
                "for the log variance",
            ),
            Wrong(
                "log of the deviation", ("np.log(deviation**2)", "np.log(deviation)"), "value", "not of the deviation"
            ),
            Wrong("mean not squared", ("mean**2", "mean"), "value", "enters squared"),
            Wrong(
                "wrong way round",
                (
                    "mean**2 + deviation**2 - 1 - np.log(deviation**2)",
                    "(1 + mean**2) / deviation**2 - 1 + 2 * np.log(deviation)",
                ),
                "value",
                "the wrong way round",
            ),
            Wrong("no 1", ("deviation**2 - 1", "deviation**2"), "value", "The 1 is missing"),
            Wrong("logarithm twice", ("- np.log(deviation**2)", "- np.log(deviation**4)"), "value", "counts twice"),
            Wrong("logarithm alone halved", ("- np.log(deviation**2)) / 2", "- np.log(deviation))"), "value", "is not"),
            Wrong("a row", ("axis=0", "axis=0, keepdims=True"), "value", "Leave keepdims out"),
            Wrong("plus the logarithm", ("- np.log", "+ np.log"), "value", "logarithm is turned"),
            Wrong("no means", ("mean**2 + ", ""), "value", "means are missing"),
            Wrong("bits", ("np.log(", "np.log2("), "value", "base 2"),
            Wrong(
                "over dimensions, too",
                ("each.mean(axis=0)", "each.mean(axis=0) / mean.shape[1]"),
                "value",
                "number of dimensions",
            ),
            Wrong("text", ("return each.mean(axis=0)", "return str(each)"), "value", "expected 3 numbers"),
            Wrong("fails", ("mean**2", "means**2"), "runs", "NameError"),
        ),
    ),
    "09-beta-from-log": Attempts(
        starter="def beta_from_log(losses, reconstructions, kls):\n    ...\n",
        also_right=(
            """\
import numpy as np

def beta_from_log(losses, reconstructions, kls):
    steps = np.array([np.diff(reconstructions), np.diff(kls)]).T
    a, b = np.linalg.lstsq(steps, np.diff(losses))[0]
    return b / a
""",
            """\
from sklearn.linear_model import LinearRegression

def beta_from_log(losses, reconstructions, kls):
    line = LinearRegression().fit(list(zip(reconstructions, kls)), losses)
    return line.coef_[1] / line.coef_[0]
""",
            """\
def beta_from_log(losses, reconstructions, kls):
    (l1, l2), (r1, r2), (k1, k2) = [(v[1] - v[0], v[2] - v[0]) for v in (losses, reconstructions, kls)]
    return (r1 * l2 - r2 * l1) / (l1 * k2 - l2 * k1)
""",
        ),
        wrong=(
            Wrong("weight of KL", ("b / a", "b"), "averaged_loss", "the weight of KL alone"),
            Wrong("weight of the reconstruction", ("b / a", "a"), "weighted", "of the reconstruction alone"),
            Wrong("upside down", ("b / a", "a / b"), "weighted", "wrong way round"),
            Wrong("no constant", ("np.ones_like(kls)", "np.zeros_like(kls)"), "constant", "may contain a constant"),
            Wrong(
                "what is left", ("b / a", "((losses - reconstructions) / kls).mean()"), "averaged_loss", "has weight 1"
            ),
            Wrong("last epoch", ("b / a", "((losses - reconstructions) / kls)[-1]"), "averaged_loss", "use one epoch"),
            Wrong(
                "two epochs",
                ("b / a", "(losses[-1] - losses[0] - reconstructions[-1] + reconstructions[0]) / (kls[-1] - kls[0])"),
                "averaged_loss",
                "the last epoch with the first",
            ),
            Wrong("share of the weights", ("b / a", "b / (a + b)"), "weighted", "expected their ratio"),
            Wrong("KL alone", ("b / a", "np.polyfit(kls, losses, 1)[0]"), "weighted", "against KL alone"),
            Wrong("the parts", ("b / a", "(kls / reconstructions).mean()"), "weighted", "the loss itself decides"),
            Wrong(
                "single lines",
                ("b / a", "np.polyfit(kls, losses, 1)[0] / np.polyfit(reconstructions, losses, 1)[0]"),
                "weighted",
                "both parts at once",
            ),
            Wrong("all three", ("return b / a", "return a, b, c"), "weighted", "expected one finite number"),
            Wrong("always one", ("b / a", "1.0"), "weighted", "another beta"),
            Wrong("fails", ("b / a", "beta"), "runs", "NameError"),
        ),
    ),
    "09-active-units": Attempts(
        starter="def active_units(means, threshold=0.01):\n    ...\n",
        also_right=(
            """\
def active_units(means, threshold=0.01):
    count = 0
    for column in means.T:
        centre = sum(column) / len(column)
        count += sum((v - centre) ** 2 for v in column) / len(column) > threshold
    return int(count)
""",
            """\
import numpy as np

def active_units(means, threshold=0.01):
    covariance = np.cov(means, rowvar=False)
    return np.count_nonzero(np.diag(covariance) > threshold)
""",
        ),
        wrong=(
            Wrong("each unit", ("np.sum(", "np.asarray("), "count", "for each unit: count"),
            Wrong("inactive", (" > threshold", " <= threshold"), "count", "the inactive ones"),
            Wrong("share", ("np.sum", "np.mean"), "count", "That is a share"),
            Wrong("deviation", ("var", "std"), "count", "meant for the variance"),
            Wrong("images", ("axis=0", "axis=1"), "count", "You count images"),
            Wrong("place", ("means.var(axis=0)", "abs(means.mean(axis=0))"), "all_collapsed", "ask how much it varies"),
            Wrong(
                "squares", ("means.var(axis=0)", "(means**2).mean(axis=0)"), "all_collapsed", "ask how much it varies"
            ),
            Wrong("threshold ignored", ("> threshold", "> 0.01"), "threshold", "whatever the threshold is"),
            Wrong("any movement", ("> threshold", "> 0"), "count", "below the threshold"),
            Wrong("all numbers at once", ("means.var(axis=0)", "means.var()"), "count", "Look at the variance"),
            Wrong("which ones", ("np.sum(", "np.flatnonzero("), "count", "Expected a whole number"),
            Wrong("no default", ("threshold=0.01", "threshold"), "runs", "TypeError"),
        ),
    ),
}
