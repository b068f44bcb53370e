"""What learners try at lesson 09: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
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
            Wrong(
                "mean deviation squared",
                ("means.var(axis=0)", "abs(means - means.mean(axis=0)).mean(axis=0) ** 2"),
                "rare",
                "Look at the variance",
            ),
            Wrong(
                "half range", ("means.var(axis=0)", "(np.ptp(means, axis=0) / 2) ** 2"), "rare", "the average over all"
            ),
            Wrong(
                "farthest image",
                ("means.var(axis=0)", "(abs(means - means.mean(axis=0)).max(axis=0)) ** 2"),
                "rare",
                "the average over all",
            ),
            Wrong("which ones", ("np.sum(", "np.flatnonzero("), "count", "Expected a whole number"),
            Wrong("no default", ("threshold=0.01", "threshold"), "runs", "TypeError"),
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
            Wrong("no sign", ("b / a", "abs(b / a)"), "rewarded", "keep the sign"),
            Wrong("fails", ("b / a", "beta"), "runs", "NameError"),
        ),
    ),
}
