"""What learners try at lesson 06: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "06-mask": Attempts(
        starter="def mask(images, share, rng):\n    ...\n",
        also_right=(
            "def mask(images, share, rng):\n    return images * (rng.random(images.shape) >= share)\n",
            """\
def mask(images, share, rng):
    spoilt = images.copy()
    spoilt[rng.random(images.shape) < share] = 0
    return spoilt
""",
            "def mask(images, share, rng):\n    return rng.binomial(1, 1 - share, images.shape) * images\n",
            """\
import numpy as np

def mask(images, share, rng):
    pixels = images.ravel().copy()
    pixels[rng.permutation(pixels.size)[: round(share * pixels.size)]] = 0
    return pixels.reshape(images.shape)
""",
        ),
        wrong=(
            Wrong(
                "turned round", ("np.where(hidden, 0, images)", "np.where(hidden, images, 0)"), "share", "You keep what"
            ),
            Wrong("share built in", ("< share", "< 0.2"), "share", "With share=0.7, 20%"),
            Wrong("one mask for all", ("images.shape)", "images.shape[1:])"), "each_pixel", "the same pixels"),
            Wrong(
                "whole images",
                (
                    "hidden = rng.random(images.shape) < share",
                    "hidden = rng.random((len(images),) + (1,) * (images.ndim - 1)) < share",
                ),
                "each_pixel",
                "hides whole images",
            ),
            Wrong(
                "changes the images",
                (
                    "    hidden = rng.random(images.shape) < share\n    return np.where(hidden, 0, images)",
                    "    images[rng.random(images.shape) < share] = 0\n    return images",
                ),
                "input",
                "changes the images",
            ),
            Wrong("own generator", ("rng.random", "np.random.default_rng(0).random"), "fresh", "the same pixels"),
            Wrong("no generator", ("rng.random", "np.random.default_rng().random"), "generator", "from `rng`"),
            Wrong("white", ("0, images)", "1, images)"), "values", "have become 1"),
            Wrong("grey", ("0, images)", "0.5, images)"), "values", "visible pixels as they were"),
            Wrong(
                "one stretch an image",
                """\
def mask(images, share, rng):
    spoilt = images.copy()
    for row in spoilt.reshape(len(images), -1):
        size = int(share * row.size)
        start = rng.integers(0, row.size - size + 1)
        row[start : start + size] = 0
    return spoilt
""",
                "each_pixel",
                "Beside a hidden pixel",
            ),
            Wrong(
                "places drawn twice",
                """\
def mask(images, share, rng):
    spoilt = images.copy()
    spoilt.flat[rng.integers(0, images.size, round(share * images.size))] = 0
    return spoilt
""",
                "share",
                "some come twice",
            ),
            Wrong("as in dropout", ("0, images)", "0, images / (1 - share))"), "values", "divided by 0.8"),
            Wrong(
                "noise added",
                ("np.where(hidden, 0, images)", "np.where(hidden, 0, images + 0.1 * rng.random(images.shape))"),
                "values",
                "visible pixels as they were",
            ),
            Wrong("the mask alone", ("np.where(hidden, 0, images)", "hidden"), "shape", "nothing that is an array"),
            Wrong("returns nothing", ("return np", "spoilt = np"), "shape", "nothing that is"),
            Wrong("fails", ("images.shape)", "images.size())"), "runs", "TypeError"),
        ),
    ),
    "06-threshold": Attempts(
        starter="def threshold(normal_errors, budget):\n    ...\n",
        also_right=(
            """\
def threshold(normal_errors, budget):
    allowed = round(budget * len(normal_errors))
    return sorted(normal_errors, reverse=True)[allowed]
""",
            """\
import numpy as np

def threshold(normal_errors, budget):
    return np.percentile(normal_errors, 100 * (1 - budget), method="higher")
""",
            """\
import numpy as np

def threshold(normal_errors, budget):
    for limit in np.sort(normal_errors):
        if np.mean(normal_errors > limit) <= budget:
            return limit
""",
        ),
        wrong=(
            Wrong(
                "the other side",
                ("1 - budget", "budget"),
                "five_percent",
                "below the threshold",
            ),
            Wrong(
                "per cent",
                ("np.quantile(", "np.percentile("),
                "five_percent",
                "from 0 to 100",
            ),
            Wrong(
                "mean and deviation",
                ("np.quantile(normal_errors, 1 - budget)", "np.mean(normal_errors) + np.std(normal_errors)"),
                "five_percent",
                "only if errors are normal",
            ),
            Wrong(
                "a normal quantile",
                ("np.quantile(normal_errors, 1 - budget)", "np.mean(normal_errors) + 1.645 * np.std(normal_errors)"),
                "one_percent",
                "only if errors are normal",
            ),
            Wrong(
                "the normal quantile of the budget",
                (
                    "import numpy as np\n\ndef threshold(normal_errors, budget):\n"
                    "    return np.quantile(normal_errors, 1 - budget)",
                    "import statistics\n\ndef threshold(normal_errors, budget):\n"
                    "    belief = statistics.NormalDist(normal_errors.mean(), normal_errors.std())\n"
                    "    return belief.inv_cdf(1 - budget)",
                ),
                "one_percent",
                "only if errors are normal",
            ),
            Wrong("both sides", ("1 - budget", "1 - budget / 2"), "five_percent", "half of the budget"),
            Wrong(
                "sorted from the small end",
                (
                    "np.quantile(normal_errors, 1 - budget)",
                    "np.sort(normal_errors)[int(budget * len(normal_errors))]",
                ),
                "five_percent",
                "below the threshold",
            ),
            Wrong(
                "the largest",
                ("np.quantile(normal_errors, 1 - budget)", "np.max(normal_errors)"),
                "five_percent",
                "raises no false alarm",
            ),
            Wrong(
                "share of the largest",
                ("np.quantile(normal_errors, 1 - budget)", "(1 - budget) * np.max(normal_errors)"),
                "five_percent",
                "a share of the images",
            ),
            Wrong(
                "not sorted",
                (
                    "np.quantile(normal_errors, 1 - budget)",
                    "normal_errors[int((1 - budget) * len(normal_errors))]",
                ),
                "five_percent",
                "sort them",
            ),
            Wrong("budget built in", ("1 - budget", "0.95"), "one_percent", "expected 10"),
            Wrong(
                "sorts in place",
                (
                    "    return np.quantile(normal_errors, 1 - budget)",
                    "    normal_errors.sort()\n    return np.quantile(normal_errors, 1 - budget)",
                ),
                "input",
                "Sort a copy",
            ),
            Wrong(
                "the alarms",
                (
                    "return np.quantile(normal_errors, 1 - budget)",
                    "return normal_errors > np.quantile(normal_errors, 0.95)",
                ),
                "number",
                "one finite number",
            ),
            Wrong("fails", ("np.quantile", "np.quantil"), "runs", "AttributeError"),
        ),
    ),
    "06-precision-recall": Attempts(
        starter="def precision_and_recall(alarms, anomalies):\n    ...\n",
        also_right=(
            """\
def precision_and_recall(alarms, anomalies):
    return anomalies[alarms].mean(), alarms[anomalies].mean()
""",
            """\
from sklearn.metrics import precision_score, recall_score

def precision_and_recall(alarms, anomalies):
    return precision_score(anomalies, alarms), recall_score(anomalies, alarms)
""",
            """\
def precision_and_recall(alarms, anomalies):
    pairs = list(zip(alarms, anomalies))
    right = sum(1 for alarm, anomaly in pairs if alarm and anomaly)
    false = sum(1 for alarm, anomaly in pairs if alarm and not anomaly)
    missed = sum(1 for alarm, anomaly in pairs if anomaly and not alarm)
    return [right / (right + false), right / (right + missed)]
""",
            """\
import keras

def precision_and_recall(alarms, anomalies):
    precision, recall = keras.metrics.Precision(), keras.metrics.Recall()
    precision.update_state(anomalies, alarms)
    recall.update_state(anomalies, alarms)
    return float(precision.result()), float(recall.result())
""",
        ),
        wrong=(
            Wrong(
                "changed places",
                ("hits / alarms.sum(), hits / anomalies.sum()", "hits / anomalies.sum(), hits / alarms.sum()"),
                "precision_rare",
                "changed places",
            ),
            Wrong(
                "normal is positive",
                (
                    "    hits = np.sum(alarms & anomalies)",
                    "    alarms, anomalies = ~alarms, ~anomalies\n    hits = np.sum(alarms & anomalies)",
                ),
                "precision_rare",
                "as the positive class",
            ),
            Wrong(
                "accuracy",
                ("hits / alarms.sum(),", "np.mean(alarms == anomalies),"),
                "precision_rare",
                "the accuracy",
            ),
            Wrong(
                "false alarms of the normal",
                ("hits / alarms.sum(),", "np.mean(alarms[~anomalies]),"),
                "precision_rare",
                "among the normal images",
            ),
            Wrong(
                "false alarms of the alarms",
                ("hits / alarms.sum(),", "np.mean(~anomalies[alarms]),"),
                "precision_rare",
                "among the alarms",
            ),
            Wrong(
                "divided by all",
                ("hits / anomalies.sum()", "hits / len(anomalies)"),
                "recall_rare",
                "all images",
            ),
            Wrong(
                "how many, not which",
                ("hits / anomalies.sum()", "alarms.sum() / anomalies.sum()"),
                "recall_rare",
                "not which",
            ),
            Wrong(
                "per cent",
                ("return hits / alarms.sum(), hits", "return 100 * hits / alarms.sum(), 100 * hits"),
                "precision_rare",
                "in per cent",
            ),
            Wrong(
                "average of both classes",
                "from sklearn.metrics import precision_score, recall_score\n\n"
                "def precision_and_recall(alarms, anomalies):\n"
                "    given = anomalies, alarms\n"
                "    return precision_score(*given, average='macro'), recall_score(*given, average='macro')\n",
                "precision_rare",
                "over both classes",
            ),
            Wrong("agreements", ("alarms & anomalies", "alarms == anomalies"), "recall_rare", "quiet normal ones"),
            Wrong("either", ("alarms & anomalies", "alarms | anomalies"), "recall_rare", "a hit is both"),
            Wrong(
                "rounded",
                ("hits / alarms.sum(),", "round(hits / alarms.sum(), 2),"),
                "precision_rare",
                "You round",
            ),
            Wrong("one number", (", hits / anomalies.sum()", ""), "pair", "two numbers"),
            Wrong("returns nothing", ("return hits", "rates = hits"), "pair", "two numbers"),
            Wrong("fails", ("hits / alarms.sum()", "hits / alarms.total()"), "runs", "AttributeError"),
        ),
    ),
}
