"""The exercises of lesson 09b: a code that a score misjudges, and the rotation that labels undo; no model is here."""

import itertools

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import cause, numbers, short


def _twins(attempt):
    """Judge a code that says everything in single numbers and gets a score of 0."""
    found = {}
    for name, sizes in (("three_factors", (5, 5, 5)), ("two_factors", (6, 4)), ("four_factors", (3, 4, 2, 5))):
        factors = np.array(list(itertools.product(*map(range, sizes))))
        factors = np.random.default_rng(0).permutation(factors)
        given = factors.copy()
        value = attempt(given)
        found[name] = _judged_twins(value, factors, f"{len(sizes)} factors: ")
        if not np.array_equal(given, factors):
            found["input"] = (False, "Your function changes the factors themselves. Work on a copy.")
    return found, []


def _judged_twins(value, factors, task):
    """Return the verdict on one code, and what is not yet as wanted."""
    codes = numbers(value)
    if codes is None or codes.ndim != 2 or len(codes) != len(factors):
        got = short(value) if codes is None else f"the shape {codes.shape}"
        return False, f"{task}you return {got}: expected one row of numbers for each of the {len(factors)} images."
    if not np.isfinite(codes).all():
        return False, f"{task}your codes hold nan or infinity: expected finite numbers."
    for i, column in enumerate(codes.T, 1):
        if not any(_decides(factor, column) for factor in factors.T):
            return False, f"{task}dimension {i} changes with more than one factor. Each may follow only one."
    unread = [k for k, factor in enumerate(factors.T, 1) if not any(_decides(column, factor) for column in codes.T)]
    if unread:
        return False, f"{task}no single dimension says all about factor {unread[0]}."
    score = _gap(codes, factors)
    if score > 0.05:
        return False, f"{task}all is readable, and the score is {score:.2f}: expected 0. {_advice(codes, factors)}"
    return True, f"{task}every factor can be read from single dimensions, and the score is {abs(score):.2f}."


def _advice(codes, factors):
    """Return what keeps a readable code from a score of 0."""
    active = codes[:, codes.var(axis=0) > 0.01]
    twice = [all(sum(_decides(c, factor) for c in table.T) > 1 for factor in factors.T) for table in (codes, active)]
    if all(twice):
        return "Twenty equal bins merge some of your values."
    if any(twice):
        return "A dimension with a variance of at most 0.01 isn't active, and doesn't count."
    return "How many dimensions tell about the factor that still has a gap?"


def _decides(known, other):
    """Return whether two images with the same known number always have the same other number."""
    return all(np.ptp(other[known == value]) == 0 for value in np.unique(known))


def _gap(codes, factors):
    """Return the mutual information gap, from counts with 20 bins for each active dimension of the code."""
    gaps = []
    codes = codes[:, codes.var(axis=0) > 0.01]
    bins = [np.digitize(column, np.histogram_bin_edges(column, 20)[1:-1]) for column in codes.T]
    for factor in factors.T:
        told = sorted([0.0, 0.0, *(_shared(factor, column) for column in bins)])
        gaps.append((told[-1] - told[-2]) / _shared(factor, factor))
    return float(np.mean(gaps))


def _shared(first, second):
    """Return the mutual information of two columns of whole numbers, in nats."""
    joint = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(joint, (first, second), 1 / len(first))
    apart = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    return float(np.sum(joint[joint > 0] * np.log(joint[joint > 0] / apart[joint > 0])))


misjudged = Exercise(
    name="misjudged",
    key="09b-misjudged",
    objective="latent space",
    title="Exercise 1, a good code with a score of 0",
    hints=(
        "The gap of a factor is 0 if the best dimension and the second best tell equally much about it.",
        "Nothing forbids a code to say the same thing twice.",
        "np.hstack puts two tables of codes side by side.",
    ),
    answer="""\
import numpy as np


def misjudged(factors):
    return np.hstack([factors, factors])
""",
    judge=_twins,
)


def _turns(attempt):
    """Judge the rotation that brings codes back to the factors."""
    rng = np.random.default_rng(0)
    found = {}
    for name, n, d, noise, flip in (
        ("exact", 40, 3, 0.0, False),
        ("noisy", 25, 3, 0.6, False),
        ("mirrored", 40, 3, 0.1, True),
        ("another_size", 60, 5, 0.3, False),
        ("one_more_than_dimensions", 5, 4, 0.2, False),
    ):
        factors = rng.normal(size=(n, d)) * np.linspace(1, 1.6, d)
        factors -= factors.mean(axis=0)
        turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
        turn[:, 0] *= np.sign(np.linalg.det(turn)) * (-1 if flip else 1)
        codes = factors @ turn + noise * rng.normal(size=(n, d))
        codes -= codes.mean(axis=0)
        found[name] = _judged_turn(attempt(codes.copy(), factors.copy()), codes, factors, flip)
    return found, []


def _judged_turn(value, codes, factors, flip):
    """Return the verdict on one matrix, and what a wrong one suggests."""
    n, d = codes.shape
    task = f"{n} images, {d} dimensions{', one of them mirrored' if flip else ''}: "
    got = numbers(value)
    if got is None or got.shape != (d, d) or not np.isfinite(got).all():
        shown = short(value) if got is None else f"the shape {got.shape}" if got.shape != (d, d) else "nan or infinity"
        return False, f"{task}you return {shown}: expected a matrix of shape {(d, d)} of finite numbers."
    left, _, right = np.linalg.svd(codes.T @ factors)
    best = left @ right
    missed = np.sum((codes @ got - factors) ** 2)
    least = np.sum((codes @ best - factors) ** 2)
    if not np.allclose(got.T @ got, np.eye(d), atol=1e-4):
        causes = {"That is the least-squares map, which also stretches.": np.linalg.lstsq(codes, factors)[0]}
        causes["That is the table of products, before anything makes it orthogonal."] = codes.T @ factors
        said = cause(got, causes, "Its columns have other lengths than 1, or aren't at right angles.")
        return False, f"{task}your matrix is not orthogonal. {said}"
    if missed <= least + 1e-6 * np.sum(factors**2):
        return True, f"{task}no orthogonal matrix comes closer to the factors."
    proper = left @ np.diag([*np.ones(d - 1), np.linalg.det(best)]) @ right
    u, _, vt = np.linalg.svd(np.linalg.lstsq(codes, factors)[0])
    causes = {
        "That is its transpose: it turns the factors into the codes.": best.T,
        "You forbid mirror images. Here one is wanted: a factor may have its sign turned.": proper,
        "That leaves the codes as they are.": np.eye(d),
        "You made the least-squares map orthogonal, and that isn't the closest orthogonal matrix.": u @ vt,
    }
    said = cause(got, causes, "Write out the squared distance: which part of it depends on the matrix?")
    return False, f"{task}squared distance {missed:.6g} where {least:.6g} is possible. {said}"


turn_back = Exercise(
    name="turn_back",
    key="09b-turn-back",
    objective="latent space",
    title="Exercise 2, turned back by a few labels",
    hints=(
        "An orthogonal R keeps lengths, so in the squared distance between codes @ R and factors only one term depends "
        "on R: minus twice the sum of the products (codes @ R) * factors.",
        "That sum is the trace of R.T @ M with M = codes.T @ factors. Take the singular value decomposition "
        "M = U @ diag(s) @ V.T: with which R are all the singular values added up?",
        "U, s, Vt = np.linalg.svd(codes.T @ factors). The best R is a product of two of the three.",
    ),
    answer="""\
import numpy as np


def turn_back(codes, factors):
    U, s, Vt = np.linalg.svd(codes.T @ factors)
    return U @ Vt
""",
    judge=_turns,
)
