"""What learners try at lesson 00: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

SQUARED = "(images - redrawn) ** 2"

ATTEMPTS = {
    "00-squared-error": Attempts(
        starter="def squared_error(images, redrawn):\n    ...\n",
        also_right=(
            "def squared_error(images, redrawn):\n    return float(((redrawn - images) ** 2).sum() / images.size)\n",
            """\
def squared_error(images, redrawn):
    pairs = [pair for rows in zip(images, redrawn) for pair in zip(*rows)]
    return sum((a - b) * (a - b) for a, b in pairs) / len(pairs)
""",
        ),
        wrong=(
            Wrong("differences", (SQUARED, "images - redrawn"), "too_bright_and_too_dark", "cancel each other"),
            Wrong("sizes", (SQUARED, "abs(images - redrawn)"), "too_bright_and_too_dark", "count for more"),
            Wrong("a sum", ("np.mean(", "np.sum("), "one_wrong_pixel", "the sum over the pixels"),
            Wrong("the root", (f"np.mean({SQUARED})", f"np.mean({SQUARED}) ** 0.5"), "one_wrong_pixel", "the root"),
            Wrong(
                "squared too late",
                (f"np.mean({SQUARED})", "np.mean(images - redrawn) ** 2"),
                "one_wrong_pixel",
                "by then the differences have cancelled",
            ),
            Wrong("the largest", ("np.mean(", "np.max("), "too_bright_and_too_dark", "largest squared difference"),
            Wrong("a share", (SQUARED, "images != redrawn"), "too_bright_and_too_dark", "pixels that differ"),
            Wrong("one image", (SQUARED, "redrawn**2"), "perfect_copy", "the redrawn pixels are, squared"),
            Wrong("one each", ("** 2)", "** 2, axis=1)"), "perfect_copy", "one number for all images"),
            Wrong(
                "squares subtracted",
                (SQUARED, "redrawn**2 - images**2"),
                "too_bright_and_too_dark",
                "square the difference",
            ),
            Wrong("twice", ("return np", "return 2 * np"), "one_wrong_pixel", "one single pixel"),
            Wrong("no return", ("return np", "np"), "perfect_copy", "returns NoneType"),
            Wrong("no numpy", ("import numpy as np\n", ""), "runs", "NameError"),
        ),
    ),
}
