"""What learners try at lesson 13: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

SUM = "np.sum(away @ np.linalg.inv(covariance) * away, axis=1)"
APART = "np.interp(between, *ours) - np.interp(between, *rival)"

ATTEMPTS = {
    "13-mahalanobis": Attempts(
        starter="def mahalanobis(train, rows, ridge):\n    ...\n",
        also_right=(
            """\
import numpy as np

def mahalanobis(train, rows, ridge):
    mean = train.mean(axis=0)
    covariance = (train - mean).T @ (train - mean) / (len(train) - 1)
    values, vectors = np.linalg.eigh(covariance)
    return np.linalg.norm((rows - mean) @ vectors / np.sqrt(values + ridge), axis=1)
""",
            """\
import numpy as np
from scipy.spatial.distance import mahalanobis as between

def mahalanobis(train, rows, ridge):
    inverse = np.linalg.inv(np.cov(train.T) + ridge * np.eye(train.shape[1]))
    return [between(row, train.mean(axis=0), inverse) for row in rows]
""",
        ),
        wrong=(
            Wrong("squared", (f"np.sqrt({SUM})", SUM), "distances", "the squared distance"),
            Wrong("Euclidean", (SUM, "np.sum(away**2, axis=1)"), "distances", "the Euclidean distance"),
            Wrong("Euclidean, scales", (SUM, "np.sum(away**2, axis=1)"), "scales", "the Euclidean distance"),
            Wrong(
                "variances only",
                (SUM, "np.sum(away**2 / np.diag(covariance), axis=1)"),
                "distances",
                "vary together",
            ),
            Wrong("not inverted", ("np.linalg.inv(covariance)", "covariance"), "distances", "expected its inverse"),
            Wrong("no ridge", (" + ridge * np.eye(train.shape[1])", ""), "ridge", "leave the ridge out"),
            Wrong("ridge everywhere", (" * np.eye(train.shape[1])", ""), "ridge", "the diagonal only"),
            Wrong("divided by n", ("rowvar=False", "rowvar=False, bias=True"), "distances", "expected one less"),
            Wrong("not centred", ("rows - train.mean(axis=0)", "rows"), "distances", "mean away first"),
            Wrong("own mean", ("rows - train.mean", "rows - rows.mean"), "distances", "the training rows alone"),
            Wrong(
                "the last row forgotten",
                (f"np.sqrt({SUM})", f"np.append(np.sqrt({SUM})[:-1], 0)"),
                "distances",
                "distance 6 is 0, expected another",
            ),
            Wrong(
                "all pairs",
                (f"np.sqrt({SUM})", "np.sqrt(np.abs(away @ np.linalg.inv(covariance) @ away.T))"),
                "distances",
                "a row with itself",
            ),
            Wrong(
                "one number", (f"np.sqrt({SUM})", f"np.sqrt({SUM}).mean()"), "distances", "One distance for each row"
            ),
            Wrong(
                "in place",
                ("    away = rows - train.mean(axis=0)\n", "    rows -= train.mean(axis=0)\n    away = rows\n"),
                "input",
                "copy it",
            ),
            Wrong("returns nothing", ("return np.sqrt", "value = np.sqrt"), "distances", "don't return numbers"),
            Wrong("words", (f"np.sqrt({SUM})", "'far'"), "distances", "don't return numbers"),
            Wrong("columns as rows", ("rowvar=False", "rowvar=True"), "runs", "ValueError"),
        ),
    ),
    "13-hide-letters": Attempts(
        starter="def hide_letters(words, share, seed):\n    ...\n",
        also_right=(
            """\
import numpy as np

def hide_letters(words, share, seed):
    hidden, rng = words.copy(), np.random.default_rng(seed)
    for row in hidden:
        for i, letter in enumerate(row):
            if 1 <= letter <= 26 and rng.random() < share:
                row[i] = 28
    return hidden
""",
            """\
import numpy as np

def hide_letters(words, share, seed):
    places = np.argwhere((words != 0) & (words != 27))
    dice = np.random.default_rng(seed).binomial(1, share, len(places))
    hidden = np.array(words)
    hidden[tuple(places[dice == 1].T)] = 28
    return hidden
""",
        ),
        wrong=(
            Wrong("hides everything", ("is_letter & chosen", "chosen"), "marks", "the mark before a word"),
            Wrong("hides the end", ("(words > 0) & (words < 27)", "words < 27"), "marks", "where a word ends"),
            Wrong("hides the start", ("(words > 0) & (words < 27)", "words > 0"), "marks", "the mark before a word"),
            Wrong("keeps the share", ("< share", ">= share"), "share", "You keep that share"),
            Wrong("a fixed share", ("< share", "< 0.3"), "share", "doesn't depend on the share"),
            Wrong("zeros", ("28, words", "0, words"), "unknown", "expected 28"),
            Wrong("start in its place", ("28, words", "27, words"), "unknown", "expected 28"),
            Wrong(
                "random letters",
                ("28, words", "np.random.default_rng(0).integers(1, 27, words.shape), words"),
                "unknown",
                "expected 28",
            ),
            Wrong("whole words", ("random(words.shape)", "random((len(words), 1))"), "each_letter", "whole words"),
            Wrong("whole columns", ("random(words.shape)", "random(words.shape[1])"), "each_letter", "the same places"),
            Wrong(
                "a fixed number",
                """\
import numpy as np

def hide_letters(words, share, seed):
    rng, hidden = np.random.default_rng(seed), words.copy()
    for row in hidden:
        places = np.flatnonzero((row > 0) & (row < 27))
        row[rng.choice(places, round(share * len(places)), replace=False)] = 28
    return hidden
""",
                "each_letter",
                "nearly the same number",
            ),
            Wrong("no seed", ("default_rng(seed)", "default_rng()"), "seed", "The same seed"),
            Wrong("one seed", ("default_rng(seed)", "default_rng(0)"), "seed", "another seed others"),
            Wrong(
                "in place",
                (
                    "    return np.where(is_letter & chosen, 28, words)",
                    "    words[is_letter & chosen] = 28\n    return words",
                ),
                "input",
                "which are the target",
            ),
            Wrong(
                "the same number each time",
                (
                    "    return np.where(is_letter & chosen, 28, words)",
                    "    result, places = words.copy(), np.argwhere(is_letter)\n"
                    "    rng = np.random.default_rng(seed)\n"
                    "    taken = rng.choice(len(places), round(share * len(places)), replace=False)\n"
                    "    result[tuple(places[taken].T)] = 28\n"
                    "    return result",
                ),
                "each_letter",
                "the same number of letters",
            ),
            Wrong("nothing hidden", ("np.where(is_letter & chosen, 28, words)", "words.copy()"), "share", "hide 0.00"),
            Wrong("returns nothing", ("return np.where", "value = np.where"), "shape", "no array of numbers"),
            Wrong(
                "nothing for a share of 0",
                ("    is_letter", "    if not share:\n        return None\n    is_letter"),
                "shape",
                "no array of numbers",
            ),
            Wrong("a flat list", ("28, words)", "28, words).ravel()"), "shape", "an array of shape (7200,)"),
            Wrong("fails", ("np.where", "np.were"), "runs", "AttributeError"),
        ),
    ),
    "13-gain": Attempts(
        starter="def gain(rates, qualities, rival_rates, rival_qualities):\n    ...\n",
        also_right=(
            """\
import numpy as np

def gain(rates, qualities, rival_rates, rival_qualities):
    low = max(min(rates), min(rival_rates))
    high = min(max(rates), max(rival_rates))
    if high <= low:
        return None
    areas = []
    for x, y in ((rates, qualities), (rival_rates, rival_qualities)):
        x, y = np.array(sorted(zip(x, y))).T
        knots = np.unique([low, high, *x[(x > low) & (x < high)]])
        areas.append(np.trapezoid(np.interp(knots, x, y), knots))
    return (areas[0] - areas[1]) / (high - low)
""",
            """\
from scipy.interpolate import interp1d
import numpy as np

def gain(rates, qualities, rival_rates, rival_qualities):
    start, stop = max(min(rates), min(rival_rates)), min(max(rates), max(rival_rates))
    if start < stop:
        x = start + (stop - start) * (np.arange(5000) + 0.5) / 5000
        return float(np.mean(interp1d(rates, qualities)(x) - interp1d(rival_rates, rival_qualities)(x)))
""",
            """\
import numpy as np

def gain(rates, qualities, rival_rates, rival_qualities):
    ours, rival = (np.array(sorted(zip(*p))) for p in ((rates, qualities), (rival_rates, rival_qualities)))
    low, high = max(ours[0, 0], rival[0, 0]), min(ours[-1, 0], rival[-1, 0])
    x = np.linspace(low, high)
    return np.mean(np.interp(x, *ours.T) - np.interp(x, *rival.T)) if low < high else None
""",
        ),
        wrong=(
            Wrong("sign", (APART, "np.interp(between, *rival) - np.interp(between, *ours)"), "same_rates", "is turned"),
            Wrong(
                "averages",
                (f"np.mean({APART})", "np.mean(qualities) - np.mean(rival_qualities)"),
                "other_rates",
                "the averages of all points",
            ),
            Wrong(
                "point by point",
                (f"np.mean({APART})", "np.mean([a - b for a, b in zip(qualities, rival_qualities)])"),
                "other_rates",
                "subtracts point from point",
            ),
            Wrong(
                "all rates",
                "import numpy as np\n\ndef gain(rates, qualities, rival_rates, rival_qualities):\n"
                "    ours, rival = (np.array(sorted(zip(*p))).T for p in "
                "((rates, qualities), (rival_rates, rival_qualities)))\n"
                "    x = np.linspace(min(rates + rival_rates), max(rates + rival_rates), 5001)\n"
                "    return np.mean(np.interp(x, *ours) - np.interp(x, *rival))\n",
                "other_rates",
                "repeats the last value",
            ),
            Wrong(
                "guesses beyond",
                ("    if low >= high:\n        return None\n", ""),
                "no_overlap",
                "no stretch in common",
            ),
            Wrong("touching rates", ("if low >= high:", "if low > high:"), "one_rate", "no stretch in common"),
            Wrong(
                "looks at one side",
                ("if low >= high:", "if max(rates) <= min(rival_rates):"),
                "rival_below",
                "no stretch in common",
            ),
            Wrong(
                "each list sorted",
                (
                    "sorted(zip(rival_rates, rival_qualities))",
                    "list(zip(sorted(rival_rates), sorted(rival_qualities)))",
                ),
                "any_order",
                "another number",
            ),
            Wrong(
                "at its own points",
                ("np.linspace(low, high, 2001)", "ours[0][(ours[0] >= low) & (ours[0] <= high)]"),
                "other_rates",
                "the first codec's points",
            ),
            Wrong(
                "at the rival's points",
                ("np.linspace(low, high, 2001)", "rival[0][(rival[0] >= low) & (rival[0] <= high)]"),
                "other_rates",
                "the rival's points",
            ),
            Wrong(
                "not sorted",
                (
                    "    ours = np.array(sorted(zip(rates, qualities))).T\n"
                    "    rival = np.array(sorted(zip(rival_rates, rival_qualities))).T\n"
                    "    low, high = max(ours[0][0], rival[0][0]), min(ours[0][-1], rival[0][-1])\n",
                    "    ours, rival = (rates, qualities), (rival_rates, rival_qualities)\n"
                    "    low, high = max(min(rates), min(rival_rates)), min(max(rates), max(rival_rates))\n",
                ),
                "any_order",
                "sort the points first",
            ),
            Wrong(
                "the integral",
                (f"return np.mean({APART})", f"return np.mean({APART}) * (high - low)"),
                "same_rates",
                "divide it by their range",
            ),
            Wrong("the largest", (f"np.mean({APART})", f"np.max({APART})"), "other_rates", "the largest difference"),
            Wrong(
                "rates for qualities",
                "import numpy as np\n\ndef gain(rates, qualities, rival_rates, rival_qualities):\n"
                "    ours, rival = (np.array(sorted(zip(*p))).T for p in "
                "((qualities, rates), (rival_qualities, rival_rates)))\n"
                "    low, high = max(ours[0][0], rival[0][0]), min(ours[0][-1], rival[0][-1])\n"
                "    x = np.linspace(low, high, 5001)\n"
                "    return np.mean(np.interp(x, *ours) - np.interp(x, *rival))\n",
                "other_rates",
                "a difference in rate",
            ),
            Wrong("a curve", (f"np.mean({APART})", APART), "same_rates", "Expected one number"),
            Wrong("nan", (f"np.mean({APART})", "float('nan')"), "same_rates", "a finite number"),
            Wrong("returns nothing", ("return np.mean", "value = np.mean"), "same_rates", "Expected one number"),
            Wrong("rounded", (f"np.mean({APART})", f"np.round(np.mean({APART}))"), "same_rates", "another number"),
            Wrong("fails", ("sorted(zip(rates, qualities))", "sorted(zip(rates))"), "runs", "TypeError"),
        ),
    ),
}
