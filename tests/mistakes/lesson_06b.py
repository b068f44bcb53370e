"""What learners try at lesson 06b: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
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
    "06b-precision": Attempts(
        starter="def precision(recall, false_alarms, share):\n    ...\n",
        also_right=(
            """\
def precision(recall, false_alarms, share):
    if recall * share == 0:
        return 0
    return 1 / (1 + false_alarms / recall * (1 - share) / share)
""",
            """\
def precision(recall, false_alarms, share):
    images = 1_000_000
    anomalies = share * images
    hits, misses = recall * anomalies, false_alarms * (images - anomalies)
    return hits / (hits + misses)
""",
            """\
from sklearn.metrics import precision_score

def precision(recall, false_alarms, share):
    kinds = [recall * share, (1 - recall) * share, false_alarms * (1 - share), (1 - false_alarms) * (1 - share)]
    return precision_score([1, 1, 0, 0], [1, 0, 1, 0], sample_weight=kinds)
""",
        ),
        wrong=(
            Wrong(
                "equally many",
                "def precision(recall, false_alarms, share):\n    return recall / (recall + false_alarms)\n",
                "one_in_ten",
                "equally many",
            ),
            Wrong("not divided", ("right / (right + false)", "right"), "one_in_ten", "raise a right alarm"),
            Wrong("all alarms", ("right / (right + false)", "right + false"), "one_in_ten", "raise an alarm"),
            Wrong("of all images", ("false_alarms * (1 - share)", "false_alarms"), "one_in_ten", "Which images can"),
            Wrong("all are found", ("recall * share", "share"), "one_in_ten", "Only some of the anomalies"),
            Wrong("false ones", ("return right /", "return false /"), "one_in_ten", "that are false"),
            Wrong(
                "normal is positive",
                (
                    "    right",
                    "    recall, false_alarms, share = 1 - false_alarms, 1 - recall, 1 - share\n    right",
                ),
                "one_in_ten",
                "as the positive class",
            ),
            Wrong("shares swapped", ("    right", "    share = 1 - share\n    right"), "one_in_ten", "changed places"),
            Wrong("one minus", ("right / (right + false)", "1 - false_alarms"), "one_in_ten", "not of the alarms"),
            Wrong("odds", ("right / (right + false)", "right / false if false else 1"), "one_in_ten", "the odds"),
            Wrong("per cent", ("return right", "return 100 * right"), "one_in_ten", "in per cent"),
            Wrong(
                "the recall", ("return right / (right + false)", "return recall"), "one_in_ten", "That is the recall"
            ),
            Wrong(
                "rounded",
                ("right / (right + false)", "round(right / (right + false), 3)"),
                "one_in_a_thousand",
                "expected another number",
            ),
            Wrong("a pair", ("return right / (right + false)", "return right, false"), "balanced", "one finite number"),
            Wrong("returns nothing", ("return right", "value = right"), "balanced", "one finite number"),
            Wrong("fails", ("(right + false)", "(right + wrong)"), "runs", "NameError"),
        ),
    ),
}
