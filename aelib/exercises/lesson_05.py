"""The two small exercises of lesson 05: a convolution, and a test for equivariance; the graded one is not here."""

import numpy as np

from aelib.exercise import Exercise, failure


def _tried(attempt, *given):
    """Return what a learner's function gives as an array of floats, and what is wrong with it in a sentence or None."""
    try:
        got = np.asarray(attempt(*given))
    except Exception as error:
        return None, failure(error, attempt)
    if got.dtype.kind not in "biuf":
        return None, f"You return something of type {got.dtype}: expected numbers."
    return got.astype(float), None


def _is(got, expected):
    """Return whether an array equals another, shape and values, to the digits that float32 has."""
    return got is not None and got.shape == np.shape(expected) and np.allclose(got, expected, rtol=1e-5, atol=1e-6)


# A convolution


def _slid(image, kernel):
    """Return the oracle's cross-correlation without padding."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijkl,kl->ij", windows, kernel)


def _convolved(attempt):
    """Judge a cross-correlation without padding."""
    rng = np.random.default_rng(0)
    found = {}
    for name, image, kernel in (
        ("one_pixel", np.eye(5)[2][:, np.newaxis] * np.eye(6)[3], rng.normal(size=(3, 3))),
        ("any_image", rng.normal(size=(6, 8)), rng.normal(size=(3, 3))),
        ("any_kernel", rng.normal(size=(9, 7)), rng.normal(size=(2, 4))),
    ):
        got, fault = _tried(attempt, image.copy(), kernel.copy())
        expected = _slid(image, kernel)
        sizes = f"For an image {image.shape} and a kernel {kernel.shape}"
        if _is(got, expected):
            found[name] = (True, f"{sizes} all {expected.size} numbers are right.")
        elif fault:
            found[name] = (False, f"{sizes}: {fault}")
        elif got.shape != expected.shape:
            found[name] = (False, f"{sizes} your result has the shape {got.shape}: {_shape(got, image, kernel)}")
        else:
            found[name] = (False, f"{sizes}: {_values(got, image, kernel)}")
    return found, []


def _shape(got, image, kernel):
    """Return what a wrong shape suggests."""
    height, width = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
    if got.shape == image.shape:
        return "that is padding same. Only places where the whole kernel lies on the image count."
    if got.shape == (image.shape[0] + kernel.shape[0] - 1, image.shape[1] + kernel.shape[1] - 1):
        return "you count the places where the kernel touches the image. It must lie on it as a whole."
    if got.shape == (width, height):
        return "rows and columns are swapped: the first index of an array is the row."
    if got.shape == (height - 1, width - 1):
        return "one place is missing each way. Count the places of a kernel of 3 on a row of 3 pixels."
    return "count the places where the whole kernel lies on the image, one below the other and side by side."


def _values(got, image, kernel):
    """Return what wrong values suggest."""
    expected = _slid(image, kernel)
    causes = {
        "your kernel is turned by 180 degrees. That is the convolution of mathematics; Keras does not turn it.": _slid(
            image, kernel[::-1, ::-1]
        ),
        "you take the average of the products: expected their sum.": expected / kernel.size,
        "sums below 0 are cut off. That is relu, an activation that comes after the convolution.": expected.clip(0),
        "you add up the pixels without the kernel's numbers.": _slid(image, np.ones_like(kernel)),
        "left and right of your kernel are swapped.": _slid(image, kernel[:, ::-1]),
        "above and below of your kernel are swapped.": _slid(image, kernel[::-1]),
        "the sums are cut to whole numbers: is your result an array of int?": np.trunc(expected),
    }
    if kernel.shape[0] == kernel.shape[1]:
        causes["rows and columns of your kernel are swapped."] = _slid(image, kernel.T)
    text = "the numbers differ. Multiply each pixel under the kernel by the kernel's number there, and add up."
    return next((cause for cause, values in causes.items() if _is(got, values)), text)


convolve = Exercise(
    name="convolve",
    key="05-convolve",
    objective="convolutional autoencoder",
    title="Exercise 1, a convolution by hand",
    hints=(
        "In how many rows can the upper left corner of the kernel lie, if the whole kernel must lie on the image?",
        "At the place (i, j) the kernel lies on image[i : i + kernel height, j : j + kernel width].",
        "The result has image height - kernel height + 1 rows. Fill it in two loops with np.sum(window * kernel).",
    ),
    answer=(
        """\
import numpy as np


def convolve(image, kernel):
    height, width = kernel.shape
    result = np.zeros((image.shape[0] - height + 1, image.shape[1] - width + 1))
    for i in range(result.shape[0]):
        for j in range(result.shape[1]):
            window = image[i : i + height, j : j + width]
            result[i, j] = np.sum(window * kernel)
    return result
"""
    ),
    judge=_convolved,
)


# A test for equivariance


def _pooled(image, tall, broad):
    """Return the largest number of each window of tall x broad pixels that touches the next."""
    height, width = image.shape
    return image.reshape(height // tall, tall, width // broad, broad).max(axis=(1, 3))


def _sheared(image):
    """Return an image whose columns are rolled down, each by its own number: no column's sum or maximum changes."""
    return np.stack([np.roll(column, j) for j, column in enumerate(image.T)], axis=1)


def _smoothed(image):
    """Return a convolution over the image as a ring, by Fourier transform, which rounds otherwise at each place."""
    kernel = np.zeros(image.shape)
    kernel[:3, :3] = np.arange(1, 10).reshape(3, 3) / 45
    return np.fft.ifft2(np.fft.fft2(image) * np.fft.fft2(kernel)).real


_EDGE = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
_SLOPE = 1 + 0.002 * np.arange(32)
_FAINT = 0.001 * (-1.0) ** np.indices((28, 32)).sum(axis=0)  # each row and each column adds up to 0
_LAYERS = {  # criterion: (what it is, image (28, 32) -> map, cases of (pixels, cells, whether it moves along), a clue)
    "convolution": (
        "a convolution, padding valid",
        lambda image: _slid(image, _EDGE),
        [(1, 1, True), (5, 5, True), (5, 4, False)],
        "There are two ways to a map of the moved image. Do you take both, and compare them?",
    ),
    "rounding": (
        "a convolution that is computed by Fourier transform",
        _smoothed,
        [(3, 3, True)],
        "The two maps agree to fifteen digits, but not in the last one.",
    ),
    "pooling": (
        "max-pooling of 4 x 4",
        lambda image: _pooled(image, 4, 4),
        [(4, 1, True), (8, 2, True), (1, 0, False), (4, 0, False), (2, 1, False)],
        "A map has fewer cells than the image has pixels. By how many cells did you move it?",
    ),
    "sideways": (
        "max-pooling of 1 row x 2 columns",
        lambda image: _pooled(image, 1, 2),
        [(2, 1, True), (6, 3, True), (1, 1, False)],
        "To the right: which axis of an array is that?",
    ),
    "places": (
        "a layer whose weights grow from left to right",
        lambda image: image * _SLOPE,
        [(1, 1, False), (4, 4, False), (0, 0, True)],
        "Its map is in the right place, but holds other numbers.",
    ),
    "falling": (
        "a layer whose weights fall from left to right",
        lambda image: image * (2 - _SLOPE),
        [(1, 1, False), (2, 2, False), (0, 0, True)],
        "A map that is smaller everywhere differs, too: both signs of a difference count.",
    ),
    "signs": (
        "a layer that changes the sign in every second column",
        lambda image: image * (-1.0) ** np.arange(32),
        [(1, 1, False), (2, 2, True), (3, 3, False)],
        "The sizes of the numbers agree, but not their signs.",
    ),
    "rows_apart": (
        "a layer that adds a number of its own to each row",
        lambda image: image + 0.01 * np.arange(28)[:, np.newaxis],
        [(1, 1, True), (7, 7, True)],
        "It treats all columns alike, so it moves along to the right. Along which axis do you roll?",
    ),
    "biases": (
        "a layer with a small bias of its own at each place",
        lambda image: image + _FAINT,
        [(1, 1, False), (3, 3, False), (0, 0, True)],
        "The maps differ by 0.002 in every cell. Computers round to more digits than that.",
    ),
    "rows": (
        "a layer that moves each column down, the further right the more",
        _sheared,
        [(1, 1, False), (4, 4, False), (0, 0, True)],
        "Each column of the map holds the right numbers, but in other rows.",
    ),
    "transposed": (
        "a transposition, which swaps rows and columns",
        lambda image: image.T,
        [(3, 3, False), (3, 0, False), (0, 0, True)],
        "The image moves to the right, and its map downwards.",
    ),
    "mirror": (
        "a mirror",
        lambda image: image[:, ::-1],
        [(3, 3, False), (3, -3, True)],
        "The same numbers are there, in another place.",
    ),
    "whole_image": (
        "the largest pixel of the whole image, as a map of one cell",
        lambda image: _pooled(image, 28, 32),
        [(5, 0, True), (2, 1, True)],
        "A map of one cell is the same however it is rolled.",
    ),
}


def _tested(attempt):
    """Judge a test for equivariance by layers of which it is known."""
    rng = np.random.default_rng(0)
    found = {}
    for name, (what, layer, cases, clue) in _LAYERS.items():
        image = np.pad(rng.uniform(0.1, 1, (12, 12)), ((8, 8), (10, 10)))
        found[name] = (True, f"For {what}, {len(cases)} of {len(cases)} answers are right.")
        for pixels, cells, expected in cases:
            fault = _answered(attempt, layer, image.copy(), pixels, cells, expected)
            if fault:
                found[name] = (False, f"The layer is {what}, pixels={pixels}, cells={cells}: {fault} {clue}")
                break
    return found, []


def _answered(attempt, layer, image, pixels, cells, expected):
    """Return what is wrong with a learner's answer for one layer and one move, or None."""
    try:
        got = attempt(layer, image, pixels, cells)
    except Exception as error:
        return failure(error, attempt)
    if np.asarray(got).dtype != bool or np.size(got) != 1:
        kind = f"an array of {np.size(got)} values" if np.size(got) != 1 else f"something of type {type(got).__name__}"
        return f"you return {kind}: expected one True or False."
    return None if bool(got) is expected else f"you return {bool(got)}, expected {expected}."


moves_along = Exercise(
    name="moves_along",
    key="05-moves-along",
    objective="convolutional autoencoder",
    title="Exercise 2, a test for equivariance",
    hints=(
        "Equivariant means: first moving and then applying the layer gives the same as the other order.",
        "One of the two maps is layer(np.roll(image, pixels, axis=1)). Which one should it equal?",
        "Move the map of the unmoved image by cells, and compare with np.allclose, because computers round.",
    ),
    answer=(
        """\
import numpy as np


def moves_along(layer, image, pixels, cells):
    moved_first = layer(np.roll(image, pixels, axis=1))
    moved_last = np.roll(layer(image), cells, axis=1)
    return np.allclose(moved_first, moved_last)
"""
    ),
    judge=_tested,
)
