"""The one small exercise of lesson 00, on which check, hint and solution are tried; no network is here."""

import numpy as np

from aelib.exercise import Exercise

PAIRS = {  # images and what was redrawn, a row each
    "perfect_copy": (np.array([[0.0, 0.25, 1.0], [0.5, 0.0, 0.75]]),) * 2,
    "one_wrong_pixel": (np.zeros((2, 4)), np.array([[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]])),
    "too_bright_and_too_dark": (
        np.array([[0.5, 0.5, 0.25], [0.5, 0.5, 0.75]]),
        np.array([[0.875, 0.125, 0.5], [0.125, 0.875, 0.5]]),
    ),
}


def _error(attempt):
    """Judge the mean squared error."""
    found = {}
    for criterion, (images, redrawn) in PAIRS.items():
        expected = np.mean((images - redrawn) ** 2)
        got = attempt(images.copy(), redrawn.copy())
        number = np.ndim(got) == 0 and np.asarray(got).dtype.kind in "fi"
        right = number and bool(np.isclose(got, expected))
        found[criterion] = (
            right,
            f"{expected:.3g}, as it should be." if right else _said(images, redrawn, got, number),
        )
    return found, []


def _said(images, redrawn, got, number):
    """Return what a wrong error suggests."""
    if not number:
        what = f"the shape {np.shape(got)}" if isinstance(got, np.ndarray) else f"{type(got).__name__}"
        return f"your function returns {what}: expected one number for all images together."
    apart = images - redrawn
    errors = {
        "Pixels that are too bright and pixels that are too dark cancel each other.": np.mean(apart),
        "Nothing cancels, but a large difference should count for more than two small ones.": np.mean(np.abs(apart)),
        "This is the sum over the pixels: expected their average.": np.sum(apart**2),
        "This is the root of it.": np.sqrt(np.mean(apart**2)),
        "You square the average, and by then the differences have cancelled.": np.mean(apart) ** 2,
        "This is the largest squared difference.": np.max(apart**2),
        "This is the share of the pixels that differ.": np.mean(apart != 0),
        "You subtract squares: square the difference.": np.mean(redrawn**2) - np.mean(images**2),
        "This is what the redrawn pixels are, squared.": np.mean(redrawn**2),
    }
    same = (text for text, error in errors.items() if np.isclose(got, error) or np.isclose(got, -error))
    return f"your function says {float(got):.4g}. {next(same, 'What does it say of one single pixel?')}"


squared_error = Exercise(
    name="squared_error",
    key="00-squared-error",
    objective="the course",
    title="Exercise 1, how far apart",
    hints=(
        "How can a difference count the same, whether the pixel is too bright or too dark?",
        "A square is never negative, and images - redrawn takes all differences at once.",
        "Square each difference first, and take the average of the squares last: np.mean.",
    ),
    answer=(
        "import numpy as np\n\n\ndef squared_error(images, redrawn):\n    return np.mean((images - redrawn) ** 2)\n"
    ),
    judge=_error,
)
