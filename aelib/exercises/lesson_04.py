"""The two small exercises of lesson 04: threshold and batch size; the graded one is in `graded`, not here."""

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import numbers, short


def _threshold(attempt):
    """Judge the z that costs least."""
    rng = np.random.default_rng(0)
    found, given = {}, []
    for strength in (0.5, 1.25):
        a = np.concatenate([rng.uniform(-3, 3, 60), [0, strength, -strength, 3, -3]]).reshape(5, 13)
        before = a.copy()
        given.append((a, strength, numbers(attempt(a, strength)), before))
    shape = next((values.shape if values is not None else None for _, _, values, _ in given), None)
    if any(values is None for _, _, values, _ in given):
        return {"shape": (False, "You return no numbers: expected an array of the shape of `a`.")}, []
    good = all(values.shape == a.shape for a, _, values, _ in given)
    text = f"For `a` of shape (5, 13) you return the shape {shape}: expected (5, 13)."
    found["shape"] = (good, "One number for each number of `a`." if good else text)
    if not good:
        return found, []
    kept = all(np.array_equal(a, before) for a, _, _, before in given)
    parts = {
        "small": ("where |a| is at most the strength", lambda a, s: np.abs(a) <= s),
        "large": ("where a is above the strength", lambda a, s: a > s),
        "negative": ("where a is below minus the strength", lambda a, s: a < -s),
    }
    for name, (where, chosen) in parts.items():
        found[name] = (True, f"Right {where}.")
        for _, strength, values, a in given:
            inside = chosen(a, strength)
            best = np.sign(a) * np.maximum(np.abs(a) - strength, 0)
            wrong = inside & ~np.isclose(values, best, rtol=1e-6, atol=0 if name == "small" else 1e-6)
            if wrong.any():
                found[name] = (False, _thresholded(a[wrong][0], strength, values[wrong][0]))
                break
    found["input"] = (kept, "`a` is as it was." if kept else "Your function changes the array `a` itself.")
    return found, []


def _thresholded(a, strength, value):
    """Return what a wrong z suggests."""
    causes = {
        "That is `a` unchanged, as if there were no penalty.": a,
        "What is left lies on the other side of 0: the penalty can't push past 0.": np.sign(a) * (abs(a) - strength),
        "You take away half the strength: mind the 2 under the squared error.": np.sign(a) * (abs(a) - strength / 2),
        "That is the answer to a squared penalty, which shrinks in proportion.": a / (1 + strength),
        "That is what the penalty takes away: expected what it leaves.": np.clip(a, -strength, strength),
        "The size is right and the sign is lost.": max(abs(a) - strength, 0),
        "A negative `a` is treated as if it were small: think of its distance from 0.": 0.0,
        "You take away 0.5, as in the figure: the strength may be another number.": np.sign(a) * max(abs(a) - 0.5, 0),
    }
    if abs(a) <= strength:
        del causes["The size is right and the sign is lost."]
        del causes["A negative `a` is treated as if it were small: think of its distance from 0."]
    elif a > 0:
        del causes["A negative `a` is treated as if it were small: think of its distance from 0."]
    text = "Look at the figure again."
    if abs(value) > abs(a):
        text = "That is further from 0 than `a`: the penalty pulls towards 0."
    elif abs(value - np.sign(a) * max(abs(a) - strength, 0)) < 0.01:
        text = "That is near, and expected is the number itself: no search is needed."
    text = next((cause for cause, number in causes.items() if np.isclose(value, number)), text)
    return f"a = {a:.4g} with strength {strength:g}: your function says {value:.4g}. {text}"


soft_threshold = Exercise(
    name="soft_threshold",
    key="04-soft-threshold",
    objective="sparse autoencoder",
    title="Exercise 1, soft threshold",
    hints=(
        "The figure has three parts: a flat one and two slanted ones. Where does each begin?",
        "On the slanted parts the distance from 0 is |a| - strength. What is it where that would be negative?",
        "The sign is that of a: np.sign(a). The distance is np.maximum(np.abs(a) - strength, 0). Multiply them.",
    ),
    answer=(
        """\
import numpy as np

def soft_threshold(a, strength):
    return np.sign(a) * np.maximum(np.abs(a) - strength, 0)
"""
    ),
    judge=_threshold,
)


class _Penalty:
    """A penalty with a fixed rule, which notes the shapes that it was called with."""

    def __init__(self, rule):
        self.rule = rule
        self.shapes = []

    def __call__(self, codes):
        codes = np.asarray(codes, dtype=float)
        self.shapes.append(codes.shape)
        with np.errstate(all="ignore"):
            return float(self.rule(codes, np.float64(len(codes))))


PENALTIES = {  # criterion: (the penalty's rule, whether it depends on the batch size, the rule in words)
    "mean_over_images": (lambda z, n: np.abs(z).sum() / n, False, "the mean over the images of sum |code|"),
    "sum_over_batch": (lambda z, n: np.abs(z).sum(), True, "the sum of |code| over the whole batch"),
    "rounding": (
        lambda z, n: np.abs(z).sum() / n * (1 + 2e-7 * np.log2(n + 1)),
        False,
        "the mean over the images of sum |code|, rounded to seven digits",
    ),
    "squared_mean": (
        lambda z, n: (z.mean(axis=0) ** 2).sum(),
        False,
        "the sum over the units of the squared mean over the images",
    ),
    "weak_penalty": (lambda z, n: 1e-6 * np.abs(z).sum(), True, "1e-6 times the sum of |code| over the batch"),
    "fixed_divisor": (lambda z, n: (z**2).sum() / 256, True, "the sum of code² over the batch, divided by 256"),
    "nearly_right": (
        lambda z, n: np.abs(z).sum() / (n - 1),
        True,
        "the sum of |code| over a batch of n images, divided by n - 1",
    ),
    "guarded_divisor": (
        lambda z, n: np.abs(z).sum() / (n + 0.01),
        True,
        "the sum of |code| over a batch of n images, divided by n + 0.01",
    ),
    "tiny_penalty": (lambda z, n: 1e-10 * np.abs(z).sum(), True, "1e-10 times the sum of |code| over the batch"),
}


def _batch(attempt):
    """Judge a test that finds out whether a penalty depends on the batch size."""
    rng = np.random.default_rng(0)
    found = {}
    for name, (rule, depends, words) in PENALTIES.items():
        codes = rng.uniform(0.1, 2, (8, 5)) * rng.uniform(0.5, 1.5, (8, 1))
        penalty, given = _Penalty(rule), codes.copy()
        said = attempt(penalty, given)
        if isinstance(said, np.ndarray) and said.ndim == 0:
            said = said.item()
        if not isinstance(said, (bool, np.bool_)):
            return {"returns": (False, f"You return {short(said)}: expected True or False.")}, []
        good = bool(said) == depends
        yes = "It depends on the batch size" if depends else "It does not depend on the batch size"
        text = f"The penalty is {words}. {yes}, and your test says {bool(said)}. {_tested(penalty.shapes, depends)}"
        found[name] = (good, f"{words}: {said}." if good else text)
        if not np.array_equal(given, codes):
            found["input"] = (False, "Your test changes the codes themselves.")
    return found, []


def _tested(shapes, depends):
    """Return what the batches that a learner's test tried suggest."""
    sizes = {shape[0] for shape in shapes if shape}
    if any(len(shape) != 2 or shape[1] != 5 for shape in shapes):
        return "You changed the number of units: expected to change the number of images alone."
    if len(shapes) < 2:
        return f"It called the penalty {'once' if shapes else 'not once'}: expected two batches to compare."
    if len(sizes) < 2:
        return f"All the batches it tried have {shapes[0][0]} images: expected different sizes."
    if depends:
        return (
            "A change in the fourth digit counts. Is your tolerance small enough, and measured against the penalty's "
            "own size? (np.isclose lets any difference up to 1e-8 pass, too, unless you write atol=0.)"
        )
    return "Do both batches hold the same images, and do you allow for rounding?"


depends_on_batch_size = Exercise(
    name="depends_on_batch_size",
    key="04-batch-size",
    objective="sparse autoencoder",
    title="Exercise 2, a test of the batch size",
    hints=(
        "Other images have another penalty. How do you get a larger batch that holds no other images?",
        "Let each image come twice: np.concatenate([codes, codes]).",
        "np.isclose with rtol=1e-5 and atol=0 compares penalties relative to their size. Turn its result round by not.",
    ),
    answer=(
        """\
import numpy as np

def depends_on_batch_size(penalty, codes):
    twice = np.concatenate([codes, codes])
    return not np.isclose(penalty(codes), penalty(twice), rtol=1e-5, atol=0)
"""
    ),
    judge=_batch,
)
