"""What learners try at the small exercises of lesson 11: starters, right and wrong answers; no judge is here."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "11-images-needed": Attempts(
        starter="def images_needed(ours, theirs):\n    ...\n",
        also_right=(
            """\
import math


def images_needed(ours, theirs):
    gain = [a - b for a, b in zip(ours, theirs)]
    mean = sum(gain) / len(gain)
    variance = sum((g - mean) ** 2 for g in gain) / (len(gain) - 1)
    n = 1
    while abs(mean) < 3 * math.sqrt(variance / n):
        n += 1
    return n
""",
            "import numpy as np\n\n\ndef images_needed(ours, theirs):\n"
            "    return int(np.ceil(9 * (ours - theirs).var() / (ours - theirs).mean() ** 2))\n",
        ),
        wrong=(
            Wrong(
                "two models apart",
                ("np.std(gain, ddof=1)", "np.sqrt(np.var(ours, ddof=1) + np.var(theirs, ddof=1))"),
                "a small gain",
                "the spread that counts is that of the differences",
            ),
            Wrong("no square", (") ** 2)", "))"), "two strangers", "grows with a square"),
            Wrong("one standard error", ("3 * np", "np"), "a small gain", "for one standard error"),
            Wrong("two standard errors", ("3 * np", "2 * np"), "a small gain", "for two standard errors"),
            Wrong(
                "the standard error at hand",
                ("np.std(gain, ddof=1)", "np.std(gain, ddof=1) / np.sqrt(len(gain))"),
                "a small gain",
                "their number has no part",
            ),
            Wrong("rounded down", ("math.ceil", "math.floor"), "a small gain", "less than an image away"),
            Wrong("no number", ("return math.ceil(", "return str("), "a small gain", "no finite number"),
        ),
    ),
    "11-flattery": Attempts(
        starter="def flattery(errors):\n    ...\n",
        also_right=(
            """\
import random


def flattery(errors):
    dice, total, n = random.Random(3), 0, errors.shape[1]
    for _ in range(1000):
        first = dice.sample(range(n), n // 2)
        second = [i for i in range(n) if i not in set(first)]
        winner = min(range(len(errors)), key=lambda row: errors[row, first].sum())
        total += errors[winner, second].mean() - errors[winner, first].mean()
    return total / 1000
""",
        ),
        wrong=(
            Wrong(
                "the other sign",
                ("second[winner] - first[winner]", "first[winner] - second[winner]"),
                "20 equal models",
                "sign",
            ),
            Wrong(
                "measured where it was chosen",
                ("second[winner] - first[winner]", "first[winner] - first.min()"),
                "20 equal models",
                "on which you then measure",
            ),
            Wrong(
                "the error itself",
                ("second[winner] - first[winner]", "second[winner]"),
                "20 equal models",
                "winner's error itself",
            ),
            Wrong(
                "the error that chose",
                ("second[winner] - first[winner]", "first[winner]"),
                "20 equal models",
                "on the images that choose",
            ),
            Wrong(
                "one split",
                ("errors[:, rng.permutation(errors.shape[1])]", "errors"),
                "one that is better",
                "1,000 random halves",
            ),
            Wrong("the loser", ("argmin", "argmax"), "20 equal models", "the highest error"),
            Wrong("no number", ("return np.mean(found)", "return found"), "20 equal models", "expected one number"),
        ),
    ),
}
