"""The one small exercise of lesson 00, on which check, hint and solution are tried; nothing on networks is here."""

import numpy as np

from aelib.exercise import Exercise

SETS = {  # images, a row each
    "black_and_white": np.array([[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0]]),
    "grey": np.array([[0.0, 0.2, 0.4, 0.9], [1 / 255, 0.3, 0.7, 1.0], [0.0, 0.6, 0.8, 0.4]]),
    "all_white": np.ones((3, 5)),
}


def _black(attempt):
    """Judge the share of black pixels."""
    found = {}
    for criterion, images in SETS.items():
        black, of = np.count_nonzero(images == 0), images.size
        got = attempt(images.copy())
        number = np.ndim(got) == 0 and np.asarray(got).dtype.kind in "fi"
        right = number and bool(np.isclose(got, black / of))
        counted = f"{black} of {of} pixels are exactly 0"
        found[criterion] = (right, f"{counted}." if right else f"{counted}, and {_said(images, got, number)}")
    return found, []


def _said(images, got, number):
    """Return what a wrong share suggests."""
    if not number:
        what = f"the shape {np.shape(got)}" if isinstance(got, np.ndarray) else f"{type(got).__name__}"
        return f"your function returns {what}: expected one number for all images together."
    shares = {
        "A share lies between 0 and 1, and this is how many there are.": np.sum(images == 0),
        "A share lies between 0 and 1, and this is in percent.": 100 * np.mean(images == 0),
        "A pixel of 0.3 is dark, not black.": np.mean(images < 0.5),
        "A pixel of 1/255 is nearly black, not black.": np.mean(images < 0.01),
        "This is the share of the white pixels.": np.mean(images == 1),
        "This is the share of the pixels that are not black.": np.mean(images != 0),
        "This is the share of the images with a black pixel.": np.mean((images == 0).any(axis=1)),
        "This is the average pixel.": np.mean(images),
    }
    text = next((text for text, share in shares.items() if np.isclose(got, share)), "Which pixels did it count?")
    return f"your function says {float(got):.4g}. {text}"


share_black = Exercise(
    name="share_black",
    key="00-share-black",
    objective="the course",
    title="Exercise 1, black pixels",
    hints=(
        "Which comparison is true for a pixel of 0 and false for one of 0.01?",
        "NumPy compares all pixels at once and gives True or False for each. True counts as 1, False as 0.",
        "The average of numbers that are 0 or 1 is the share of the ones: np.mean.",
    ),
    answer="import numpy as np\n\n\ndef share_black(images):\n    return np.mean(images == 0)\n",
    judge=_black,
)
