"""The exercise of lesson 04b, on superposition: the share of zeros; no model is built here."""

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import numbers


def _share(attempt):
    """Judge the share of zeros among the live units."""
    rng = np.random.default_rng(0)
    plain = rng.uniform(0.5, 2, (9, 7)) * (rng.random((9, 7)) < 0.4)
    plain[0], plain[1] = rng.uniform(0.5, 2, 7), 0.0  # an image that uses all units, and one that uses none
    with_dead = np.insert(plain, [2, 2, 5], 0.0, axis=1)
    faint = np.where(plain > 0, plain, 0.0)
    faint[2:5] = np.where(faint[2:5] > 0, faint[2:5] * 1e-4, 0.0)
    signed = plain.copy()
    signed[:, :3] *= -1
    late = np.insert(plain[1:], 3, 1.5, axis=1)  # no image uses all units, the first none, and one unit never changes
    trials = {
        **{"all_live": plain, "dead_units": with_dead, "small_numbers": faint, "negative_numbers": signed},
        "a_constant_unit": late,
    }
    found = {}
    for name, codes in trials.items():
        live = (codes != 0).any(axis=0)
        expected = np.mean(codes[:, live] == 0)
        given = codes.copy()
        value = numbers(attempt(given))
        if value is None or value.ndim:
            what = "no number" if value is None else f"an array of shape {value.shape}"
            return {"number": (False, f"You return {what}: expected one number for all images and units.")}, []
        good = bool(np.isclose(value, expected, rtol=1e-6))
        found[name] = (good, f"{expected:.4g}." if good else _counted(codes, live, float(value), expected))
        if name == "all_live" and not np.array_equal(given, codes):
            found["input"] = (False, "Your function changes the codes.")
    return found, []


def _counted(codes, live, value, expected):
    """Return what a wrong share suggests."""
    zero, rows = codes == 0, (codes != 0).any(axis=1)
    causes = {
        "That is the share of dead units: expected the share of zeros among the others.": (np.mean(~live),),
        "That is the share of the numbers that are not 0.": (1 - expected, np.mean(~zero)),
        "Dead units are counted, too. Leave them out first.": (zero.mean(),),
        "That is a count: expected a share, from 0 to 1.": (zero.sum(), zero[:, live].sum()),
        "That is in per cent: expected a share, from 0 to 1.": (100 * expected, 100 * zero.mean()),
        "That is a mean of the code, which says nothing about zeros.": (
            *(codes.mean(), codes[:, live].mean(), np.abs(codes).mean(), np.abs(codes[:, live]).mean()),
        ),
        "You left out images that use no unit: expected to leave out units that no image uses.": (zero[rows].mean(),),
        "A negative number is no zero, and a unit that gives negative numbers is alive.": (
            *(np.mean(codes <= 0), np.mean(codes[:, live] <= 0)),
            np.mean(codes[:, (codes > 0).any(axis=0)] <= 0) if (codes > 0).any() else 0.0,
            np.mean(codes[:, (codes > 0).any(axis=0)] == 0) if (codes > 0).any() else 0.0,
            np.mean(codes[:, codes.sum(axis=0) > 0] == 0) if (codes.sum(axis=0) > 0).any() else 0.0,
        ),
        "Numbers that are small and not 0 are counted as zeros.": (
            *(np.mean(np.abs(codes[:, live]) < limit) for limit in (1e-3, 1e-2, 1e-1)),
            *(np.mean(codes[:, (np.abs(codes) > limit).any(axis=0)] < limit) for limit in (1e-3, 1e-2, 1e-1)),
        ),
        "Divide by the numbers of the live units alone.": (zero[:, live].sum() / codes.size,),
        "That is rounded: expected the share itself.": [round(expected, digits) for digits in (1, 2, 3, 4)],
    }
    fits = (cause for cause, values in causes.items() if np.isclose(values, value, rtol=1e-9).any())
    text = next(fits, "Which numbers do you count, and by how many do you divide?")
    dead = np.sum(~live)
    return f"{len(codes)} images, {codes.shape[1]} units, {dead} of them dead: your function says {value:.4g}. {text}"


share_of_zeros = Exercise(
    name="share_of_zeros",
    key="04-share-of-zeros",
    objective="sparse autoencoder",
    title="Exercise 1, share of zeros",
    hints=(
        "Find the live units first: a unit is a column.",
        "(codes != 0).any(axis=0) says for each column whether it holds a number that is not 0.",
        "Keep the live columns, codes[:, live], and take the mean of their comparison with 0.",
    ),
    answer=(
        """\
import numpy as np

def share_of_zeros(codes):
    live = (codes != 0).any(axis=0)
    return np.mean(codes[:, live] == 0)
"""
    ),
    judge=_share,
)
