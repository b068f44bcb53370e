"""The three small exercises of lesson 05: a convolution, the decoder's sizes and a move; the graded one is not here."""

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
    """Return whether an array is another, shape and values, to six digits."""
    return got is not None and got.shape == np.shape(expected) and np.allclose(got, expected, rtol=1e-6, atol=1e-9)


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
    text = "the numbers are other ones. Multiply each pixel under the kernel by the kernel's number there, and add up."
    return next((cause for cause, values in causes.items() if _is(got, values)), text)


convolve = Exercise(
    name="convolve",
    key="05-convolve",
    objective="convolutional autoencoder",
    title="Exercise 1, a convolution by hand",
    hints=(
        "In how many rows can the upper left corner of the kernel lie, if the whole kernel shall lie on the image?",
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


# The sizes that the decoder gives back


def _back(side, filters):
    """Return the oracle's side, layer by layer."""
    for _ in range(filters):
        side = side // 2 + side % 2
    for _ in range(filters - 1):
        side = 2 * side
    return 2 * (side - 2)


def _sized(attempt):
    """Judge the side that the specified decoder gives back."""
    found = {}
    for name, cases in (
        ("digits", [(28, 3)]),
        ("three_filters", [(side, 3) for side in range(4, 70)]),
        ("other_depths", [(side, filters) for filters in (2, 4, 5) for side in range(9, 70)]),
    ):
        found[name] = (True, f"{len(cases)} of {len(cases)} sizes are right.")
        for side, filters in cases:
            got, fault = _tried(attempt, side, filters)
            if not _is(got, _back(side, filters)):
                number = fault or f"your function says {_written(got)}. {_lost(got, side, filters)}"
                found[name] = (False, f"A side of {side} pixels and {filters} filters: {number}")
                break
    return found, []


def _written(got):
    """Return a learner's number as text."""
    return f"{float(got):g}" if got.ndim == 0 else f"an array of shape {got.shape}"


def _lost(got, side, filters):
    """Return what a wrong side suggests."""
    code = -(-side // 2**filters)
    down = side // 2**filters * 2 ** (filters - 1)
    causes = {
        side - 4: "That is so only where every halving comes out even. Pooling rounds up: 7 becomes 4.",
        (code - 2) * 2**filters: "The two pixels go missing before the last upsampling, and not at the code.",
        2 * (code * 2**filters - 2): "That is one upsampling too many: n filters go with n upsamplings in all.",
        side: "That is the side which went in. Follow it down to the code, and up again.",
        2 * (down - 2): "Pooling with padding same rounds up: 7 becomes 4.",
        code * 2**filters: "One convolution of the decoder has no padding.",
        code * 2**filters - 2: "Where do the two pixels go missing: before or after the last upsampling?",
        code * 2 ** (filters - 1) - 2: "An upsampling follows the convolution without padding, too.",
        2 * (-(-side // 8) * 4 - 2): "The number of filters must count. You seem to take three.",
    }
    text = "Write down the side after each layer, from the image to the code and back."
    return causes.get(float(got), text) if got.ndim == 0 else text


decoded_size = Exercise(
    name="decoded_size",
    key="05-decoded-size",
    objective="convolutional autoencoder",
    title="Exercise 2, the size that comes back",
    hints=(
        "Do it by hand for 28 and 3 first: 28, 14, 7, 4 on the way down.",
        "A pooling with padding same makes (side + 1) // 2 of a side, and an upsampling 2 * side.",
        "The convolution without padding takes 2 from the side. It stands before the last upsampling.",
    ),
    answer=(
        """\
def decoded_size(side, n_filters):
    for _ in range(n_filters):
        side = (side + 1) // 2
    for _ in range(n_filters - 1):
        side = 2 * side
    return 2 * (side - 2)
"""
    ),
    judge=_sized,
)


# A move


def _moved(image, right, down):
    """Return the oracle's move, pixel by pixel."""
    result = np.zeros_like(image)
    for i, j in np.ndindex(image.shape):
        if 0 <= i - down < image.shape[0] and 0 <= j - right < image.shape[1]:
            result[i, j] = image[i - down, j - right]
    return result


def _shifted(attempt):
    """Judge a move of an image that fills with black."""
    image = np.random.default_rng(0).uniform(0.1, 1, (5, 7))
    found = {}
    for name, right, down in (
        ("right", 2, 0),
        ("down", 0, 1),
        ("left_and_up", -3, -2),
        ("right_and_up", 1, -2),
        ("not_at_all", 0, 0),
        ("out_of_sight", 9, -8),
    ):
        given, expected = image.copy(), _moved(image, right, down)
        got, fault = _tried(attempt, given, right, down)
        if _is(got, expected):
            found[name] = (True, f"right={right}, down={down}: each pixel is where it should be.")
        else:
            text = fault or _astray(got, image, right, down)
            found[name] = (False, f"An image of 5 rows and 7 columns, right={right}, down={down}: {text}")
        if not np.array_equal(given, image):
            found["image_kept"] = (False, "Your function changes the image that it was given: move a copy.")
    found.setdefault("image_kept", (True, "The image that was given is left as it was."))
    return found, []


def _astray(got, image, right, down):
    """Return what a wrong picture suggests."""
    if got.shape != image.shape:
        return f"your picture has the shape {got.shape}: expected (5, 7), with black where nothing comes in."
    rows = np.clip(np.arange(5) - down, 0, 4)
    columns = np.clip(np.arange(7) - right, 0, 6)
    causes = {
        "what leaves on one side comes in on the other. It should be lost, and black come in.": np.roll(
            image, (down, right), (0, 1)
        ),
        "it went the other way.": _moved(image, -right, -down),
        "down and up are swapped: rows are counted from the top.": _moved(image, right, -down),
        "left and right are swapped: columns are counted from the left.": _moved(image, -right, down),
        "rows and columns are swapped: the first index of an array is the row.": _moved(image, down, right),
        "the pixels of the edge are repeated: expected black, 0.": image[np.ix_(rows, columns)],
        "nothing moved.": image,
    }
    text = "the pixels are elsewhere. Follow the pixel of row 2, column 3."
    expected = _moved(image, right, down)
    if np.array_equal(got[expected > 0], expected[expected > 0]):
        text = "the pixels are in place, but what comes in is not black: expected 0."
    elif np.array_equal(got, np.trunc(got)):
        text = "your picture holds whole numbers alone, and the greys are lost. Is it an array of int?"
    return next((cause for cause, picture in causes.items() if _is(got, picture)), text)


shift = Exercise(
    name="shift",
    key="05-shift",
    objective="convolutional autoencoder",
    title="Exercise 3, a picture moved",
    hints=(
        "Start from an image of zeros, and ask which part of the old image lands in which part of it.",
        "A frame of black around the image makes it easy: np.pad, and then cut out a window of the old size.",
        "With a frame as wide as the image itself, the window begins at row height - down and column width - right; a "
        "move by more than the whole side leaves nothing but black.",
    ),
    answer=(
        """\
import numpy as np


def shift(image, right, down):
    height, width = image.shape
    result = np.zeros_like(image)
    for row in range(height):
        for column in range(width):
            if 0 <= row + down < height and 0 <= column + right < width:
                result[row + down, column + right] = image[row, column]
    return result
"""
    ),
    judge=_shifted,
)
