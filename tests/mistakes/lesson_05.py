"""What learners try at lesson 05: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "05-convolve": Attempts(
        starter="def convolve(image, kernel):\n    ...\n",
        also_right=(
            """\
import numpy as np

def convolve(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel).sum(axis=(2, 3))
""",
            """\
def convolve(image, kernel):
    rows, columns = len(image) - len(kernel) + 1, len(image[0]) - len(kernel[0]) + 1
    result = 0
    for a in range(len(kernel)):
        for b in range(len(kernel[0])):
            result = result + kernel[a][b] * image[a : a + rows, b : b + columns]
    return result.tolist()
""",
            """\
from scipy.signal import correlate2d

def convolve(image, kernel):
    return correlate2d(image, kernel, mode="valid")
""",
            """\
import numpy as np

def convolve(image, kernel):
    image, kernel = image.astype("float32"), kernel.astype("float32")
    rows, columns = np.subtract(image.shape, kernel.shape) + 1
    result = np.zeros((rows, columns), "float32")
    for i, j in np.ndindex(rows, columns):
        for m, n in np.ndindex(*kernel.shape):
            result[i, j] += image[i + m, j + n] * kernel[m, n]
    return result
""",
            """\
import keras

def convolve(image, kernel):
    return keras.ops.conv(image[None, :, :, None], kernel[:, :, None, None], padding="valid")[0, :, :, 0]
""",
        ),
        wrong=(
            Wrong(
                "the kernel turned",
                ("window * kernel", "window * kernel[::-1, ::-1]"),
                "one_pixel",
                "turned by 180 degrees",
            ),
            Wrong(
                "padding same",
                "from scipy.signal import correlate2d\n\n"
                "def convolve(image, kernel):\n    return correlate2d(image, kernel, mode='same')\n",
                "any_image",
                "that is padding same",
            ),
            Wrong(
                "one place too few",
                (
                    "(image.shape[0] - height + 1, image.shape[1] - width + 1)",
                    "(len(image) - height, len(image[0]) - width)",
                ),
                "any_image",
                "one place is missing",
            ),
            Wrong(
                "average of the products",
                ("np.sum(", "np.mean("),
                "any_image",
                "you take the average",
            ),
            Wrong(
                "relu, too",
                ("return result\n", "return np.maximum(result, 0)\n"),
                "any_image",
                "That is relu",
            ),
            Wrong(
                "kernel forgotten",
                ("window * kernel", "window"),
                "any_image",
                "without the kernel's numbers",
            ),
            Wrong(
                "kernel transposed",
                ("window * kernel", "window * kernel.T"),
                "any_image",
                "are swapped",
            ),
            Wrong(
                "only kernels of 3", ("height, width = kernel.shape", "height = width = 3"), "any_kernel", "ValueError"
            ),
            Wrong(
                "whole numbers",
                ("image.shape[1] - width + 1))", "image.shape[1] - width + 1), int)"),
                "any_image",
                "whole numbers",
            ),
            Wrong(
                "kernel mirrored",
                ("window * kernel", "window * kernel[:, ::-1]"),
                "any_image",
                "left and right",
            ),
            Wrong(
                "padding full",
                "from scipy.signal import correlate2d\n\n"
                "def convolve(image, kernel):\n    return correlate2d(image, kernel, mode='full')\n",
                "any_image",
                "touches the image",
            ),
            Wrong(
                "result transposed",
                ("return result\n", "return result.T\n"),
                "any_image",
                "first index of an array is the row",
            ),
            Wrong(
                "one number",
                ("return result\n", "return result.sum()\n"),
                "any_image",
                "shape ()",
            ),
            Wrong(
                "nothing",
                ("return result\n", "print(result)\n"),
                "one_pixel",
                "expected numbers",
            ),
        ),
    ),
    "05-moves-along": Attempts(
        starter="def moves_along(layer, image, pixels, cells):\n    ...\n",
        also_right=(
            """\
import numpy as np

def moves_along(layer, image, pixels, cells):
    back = np.roll(layer(np.roll(image, pixels, 1)), -cells, 1)
    return np.abs(back - layer(image)).max() < 1e-6
""",
            """\
import math

def moved(rows, steps):
    width = len(rows[0])
    return [[row[(column - steps) % width] for column in range(width)] for row in rows]

def moves_along(layer, image, pixels, cells):
    import numpy as np
    a, b = layer(np.array(moved(image, pixels))), moved(layer(image), cells)
    return all(math.isclose(x, y, abs_tol=1e-7) for one, other in zip(a, b) for x, y in zip(one, other))
""",
            """\
import numpy as np

def moves_along(layer, image, pixels, cells):
    before, after = layer(image), layer(np.roll(image, (0, pixels), axis=(0, 1)))
    distance = np.linalg.norm(np.roll(before, cells, axis=1) - after)
    return distance < 1e-5 * np.linalg.norm(before)
""",
        ),
        wrong=(
            Wrong(
                "the sign of the difference forgotten",
                "import numpy as np\n\n\ndef moves_along(layer, image, pixels, cells):\n"
                "    a = layer(np.roll(image, pixels, axis=1))\n"
                "    b = np.roll(layer(image), cells, axis=1)\n"
                "    return a.shape == b.shape and bool(np.all(a <= b + 1e-9))\n",
                "falling",
                "you return True",
            ),
            Wrong(
                "sizes alone",
                "import numpy as np\n\n\ndef moves_along(layer, image, pixels, cells):\n"
                "    a = layer(np.roll(image, pixels, axis=1))\n"
                "    b = np.roll(layer(image), cells, axis=1)\n"
                "    return a.shape == b.shape and np.allclose(abs(a), abs(b))\n",
                "signs",
                "not their signs",
            ),
            Wrong(
                "rolled without an axis",
                "import numpy as np\n\n\ndef moves_along(layer, image, pixels, cells):\n"
                "    return np.allclose(layer(np.roll(image, pixels)), np.roll(layer(image), cells))\n",
                "rows_apart",
                "Along which axis do you roll",
            ),
            Wrong("exactly equal", ("np.allclose", "np.array_equal"), "rounding", "not in the last one"),
            Wrong("invariance", ("np.roll(layer(image), cells, axis=1)", "layer(image)"), "convolution", "two ways"),
            Wrong(
                "image not moved", ("layer(np.roll(image, pixels, axis=1))", "layer(image)"), "convolution", "two ways"
            ),
            Wrong(
                "moved by pixels",
                ("np.roll(layer(image), cells", "np.roll(layer(image), pixels"),
                "pooling",
                "how many",
            ),
            Wrong("image moved by cells", ("np.roll(image, pixels", "np.roll(image, cells"), "pooling", "how many"),
            Wrong(
                "moved down",
                "import numpy as np\n\n"
                "def moves_along(layer, image, pixels, cells):\n"
                "    return np.allclose(layer(np.roll(image, pixels, axis=0)), np.roll(layer(image), cells, axis=0))\n",
                "sideways",
                "which axis",
            ),
            Wrong("the other way", ("np.roll(image, pixels", "np.roll(image, -pixels"), "convolution", "two ways"),
            Wrong(
                "shapes alone",
                ("np.allclose(moved_first, moved_last)", "moved_first.shape == moved_last.shape"),
                "places",
                "other numbers",
            ),
            Wrong(
                "sums alone",
                ("np.allclose(moved_first, moved_last)", "bool(np.isclose(moved_first.sum(), moved_last.sum()))"),
                "mirror",
                "in another place",
            ),
            Wrong(
                "a wide tolerance",
                ("np.allclose(moved_first, moved_last)", "np.allclose(moved_first, moved_last, atol=2)"),
                "places",
                "other numbers",
            ),
            Wrong(
                "a tolerance of a few hundredths",
                ("np.allclose(moved_first, moved_last)", "np.allclose(moved_first, moved_last, atol=0.03)"),
                "biases",
                "more digits than that",
            ),
            Wrong(
                "a tolerance of one per cent",
                ("np.allclose(moved_first, moved_last)", "np.allclose(moved_first, moved_last, rtol=0.01)"),
                "places",
                "other numbers",
            ),
            Wrong(
                "a distance of one per cent",
                (
                    "np.allclose(moved_first, moved_last)",
                    "bool(np.linalg.norm(moved_first - moved_last) < 0.01 * np.linalg.norm(moved_last))",
                ),
                "biases",
                "more digits than that",
            ),
            Wrong(
                "sums of columns",
                ("np.allclose(moved_first, moved_last)", "np.allclose(moved_first.sum(0), moved_last.sum(0))"),
                "rows",
                "in other rows",
            ),
            Wrong(
                "maxima of columns",
                ("np.allclose(moved_first, moved_last)", "np.allclose(moved_first.max(0), moved_last.max(0))"),
                "rows",
                "in other rows",
            ),
            Wrong(
                "columns sorted",
                (
                    "np.allclose(moved_first, moved_last)",
                    "np.allclose(np.sort(moved_first, axis=0), np.sort(moved_last, axis=0))",
                ),
                "rows",
                "in other rows",
            ),
            Wrong(
                "sums of rows and of columns",
                (
                    "np.allclose(moved_first, moved_last)",
                    "all(np.allclose(moved_first.sum(axis), moved_last.sum(axis)) for axis in (0, 1))",
                ),
                "biases",
                "more digits than that",
            ),
            Wrong(
                "numbers alone, sorted",
                (
                    "np.allclose(moved_first, moved_last)",
                    "np.allclose(np.sort(moved_first, axis=None), np.sort(moved_last, axis=None))",
                ),
                "transposed",
                "downwards",
            ),
            Wrong(
                "where the largest number lies",
                (
                    "np.allclose(moved_first, moved_last)",
                    "bool(np.argmax(moved_first) == np.argmax(moved_last))",
                ),
                "biases",
                "more digits than that",
            ),
            Wrong(
                "one row alone",
                ("np.allclose(moved_first, moved_last)", "np.allclose(moved_first[0], moved_last[0])"),
                "places",
                "other numbers",
            ),
            Wrong(
                "cell by cell",
                ("np.allclose(moved_first, moved_last)", "np.isclose(moved_first, moved_last)"),
                "convolution",
                "an array of 780 values: expected one True or False",
            ),
            Wrong(
                "the difference",
                ("np.allclose(moved_first, moved_last)", "float(np.abs(moved_first - moved_last).max())"),
                "convolution",
                "of type float: expected one True or False",
            ),
            Wrong(
                "never moves along",
                ("np.allclose(moved_first, moved_last)", "False"),
                "whole_image",
                "A map of one cell is the same",
            ),
            Wrong("a layer that is an array", ("np.roll(layer(image)", "np.roll(layer[0]"), "convolution", "TypeError"),
        ),
    ),
}
