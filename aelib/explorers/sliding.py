"""The explorer of a convolution's window: its question, kernels and checks; the window itself is not moved here."""

import math

import numpy as np

from aelib import plots
from aelib.explorers.explorer import Explorer, grey_letters
from aelib.explorers.models import checked, shape_of

KERNELS = {  # 3 x 3; the first two are Sobel's
    "vertical edges": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "horizontal edges": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "blur": [[1 / 9] * 3] * 3,
}
LONGEST = 64  # pixels of a side


def sliding_window(examples, learned=None):
    """Explore how a window of 3 x 3 pixels, moved over an image, gives a convolution's output number by number.

    Each number is the sum of nine products, pixel times weight; the kernel is not turned around, as in Keras. With a
    padding of p zeros on each side and a stride s, n pixels give (n + 2 p - 3) / s + 1 numbers, rounded down. In
    Keras, padding="same" with stride 1 is a padding of 1, and padding="valid" one of 0.

    Args:
        examples: Grey images to look at, (k, pixels) or (k, height, width[, 1]), k at most 10, from 3 x 3 to 64 x 64.
        learned: A kernel (3, 3) that a model has learned, e.g. encoder.get_weights()[0][:, :, 0, 0], or None.

    Raises:
        ValueError: if the images are not grey, or too small or large, or the kernel is not 3 x 3.
    """
    examples, shape = _grey(examples)
    kernels = dict(KERNELS)
    if learned is not None:
        kernels["learned"] = _kernel(learned)
    image = examples[0].reshape(shape[:2])
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
    maps = {name: np.einsum("rcij,ij->rc", windows, kernel) for name, kernel in kernels.items()}
    panels = {"image": image[1:-1, 1:-1]} | {name: _spread(values) for name, values in maps.items()}
    figure = plots.image_rows(
        {"": np.stack(list(panels.values()))}, "What kernels make of an image, 0 as middle grey", captions=panels
    )
    return Explorer(
        "slidingWindow",
        "Where on the digit are the output's largest and smallest numbers, and can you say why from the sum?",
        figure,
        {},
        {
            "shape": shape,
            "examples": grey_letters(examples),
            "kernels": [{"name": name, "kernel": np.ravel(kernel).tolist()} for name, kernel in kernels.items()],
        },
    )


def _grey(examples):
    """Return grey images as float32 (k, pixels) and their shape (height, width, 1), or raise in the user's terms."""
    came = shape_of(examples)
    side = math.isqrt(came[1]) if len(came) == 2 else 0
    shape = (side, side, 1) if side else (*came[1:], 1)[:3]
    if len(came) not in (2, 3, 4) or shape[2:] != (1,) or math.prod(shape) != math.prod(came[1:]):
        raise ValueError(
            f"examples of shape {came} are no grey images: expected (k, height, width), (k, height, width, 1), or "
            "rows of square images, e.g. (k, 784). Of one image, write images[:1] instead of images[0]; of images in "
            "colours, images.mean(axis=3)."
        )
    if not 3 <= min(shape[:2]) <= max(shape[:2]) <= LONGEST:
        raise ValueError(
            f"examples are of {shape[0]} x {shape[1]} pixels: expected from 3 x 3 to {LONGEST} x {LONGEST}. Write "
            f"examples[:, :{LONGEST}, :{LONGEST}]."
        )
    return checked("examples", examples, shape), shape


def _kernel(learned):
    """Return a kernel as lists of three rows, or raise in the user's terms."""
    kernel = np.asarray(learned)
    if kernel.shape != (3, 3) or not np.isfinite(kernel).all():
        more = kernel.ndim == 4 and kernel.shape[:2] == (3, 3)
        raise ValueError(
            f"learned of shape {kernel.shape}: expected a kernel (3, 3) of finite numbers. "
            + ("Write learned[:, :, 0, 0]." if more else "Take one from a convolution of 3 x 3 pixels.")
        )
    return np.round(kernel.astype(float), 4).tolist()


def _spread(values):
    """Return numbers as greys, 0 in the middle and the largest size at black or white."""
    return 0.5 + values / (2 * max(np.abs(values).max(), 1e-6))
