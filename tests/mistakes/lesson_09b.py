"""What learners try at lesson 09b: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "09b-misjudged": Attempts(
        starter="def misjudged(factors):\n    ...\n",
        also_right=(
            """\
import numpy as np

def misjudged(factors):
    return np.repeat(factors, 3, axis=1)
""",
            """\
import numpy as np

def misjudged(factors):
    return np.concatenate([factors, -2.0 * factors, 0 * factors], axis=1)
""",
            """\
def misjudged(factors):
    return [[*row, *(5 - value for value in row)] for row in factors.tolist()]
""",
        ),
        wrong=(
            Wrong("once", ("np.hstack([factors, factors])", "factors"), "three_factors", "the score is 1.00"),
            Wrong(
                "one of them twice",
                ("np.hstack([factors, factors])", "np.hstack([factors, factors[:, :1]])"),
                "three_factors",
                "still has a gap",
            ),
            Wrong(
                "rotated",
                (
                    "np.hstack([factors, factors])",
                    "factors @ np.linalg.qr(np.random.default_rng(0).normal(size=(factors.shape[1],) * 2))[0]",
                ),
                "three_factors",
                "more than one factor",
            ),
            Wrong("nothing", ("[factors, factors]", "[0 * factors]"), "three_factors", "no single dimension"),
            Wrong(
                "halves",
                ("[factors, factors]", "[factors // 2, factors % 2]"),
                "three_factors",
                "says all about factor 1",
            ),
            Wrong("shrunk", ("[factors, factors]", "[factors, 0.01 * factors]"), "three_factors", "isn't active"),
            Wrong("squared", ("[factors, factors]", "[factors, factors**2]"), "two_factors", "bins merge"),
            Wrong("stacked below", ("hstack", "vstack"), "three_factors", "expected one row"),
            Wrong("three only", ("[factors, factors]", "[factors, factors[:, :3]]"), "four_factors", "still has a gap"),
            Wrong("not finite", ("[factors, factors]", "[factors, factors / 0]"), "three_factors", "nan or infinity"),
            Wrong(
                "in place",
                ("    return", "    factors *= 2\n    return"),
                "input",
                "Work on a copy",
            ),
            Wrong("returns nothing", ("return np", "codes = np"), "three_factors", "expected one row"),
            Wrong("fails", ("np.hstack", "np.hstak"), "runs", "AttributeError"),
        ),
    ),
    "09b-turn-back": Attempts(
        starter="def turn_back(codes, factors):\n    ...\n",
        also_right=(
            """\
from scipy.linalg import orthogonal_procrustes

def turn_back(codes, factors):
    return orthogonal_procrustes(codes, factors)[0]
""",
            """\
from scipy.linalg import polar

def turn_back(codes, factors):
    return polar(codes.T @ factors)[0]
""",
        ),
        wrong=(
            Wrong("transposed", ("U @ Vt", "(U @ Vt).T"), "exact", "its transpose"),
            Wrong("factors and codes swapped", ("codes.T @ factors", "factors.T @ codes"), "exact", "its transpose"),
            Wrong(
                "least squares",
                ("U @ Vt", "np.linalg.lstsq(codes, factors)[0]"),
                "noisy",
                "also stretches",
            ),
            Wrong(
                "least squares made orthogonal",
                ("np.linalg.svd(codes.T @ factors)", "np.linalg.svd(np.linalg.lstsq(codes, factors)[0])"),
                "noisy",
                "made the least-squares map orthogonal",
            ),
            Wrong("products", ("U @ Vt", "codes.T @ factors"), "exact", "before anything makes it orthogonal"),
            Wrong("stretched", ("U @ Vt", "U @ np.diag(s / s[0]) @ Vt"), "exact", "not orthogonal"),
            Wrong(
                "no mirror",
                (
                    "return U @ Vt",
                    "U[:, -1] *= np.linalg.det(U @ Vt)\n    return U @ Vt",
                ),
                "mirrored",
                "forbid mirror images",
            ),
            Wrong("V not transposed", ("U @ Vt", "U @ Vt.T"), "exact", "Write out the squared distance"),
            Wrong("left as they are", ("U @ Vt", "np.eye(len(s))"), "exact", "leaves the codes"),
            Wrong("three only", ("return U @ Vt", "return (U @ Vt)[:3, :3]"), "another_size", "expected a matrix"),
            Wrong("the turned codes", ("return U @ Vt", "return codes @ U @ Vt"), "exact", "expected a matrix"),
            Wrong("fails", ("U @ Vt", "U @ V"), "runs", "NameError"),
        ),
    ),
}
