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
    "05-decoded-size": Attempts(
        starter="def decoded_size(side, n_filters):\n    ...\n",
        also_right=(
            """\
import math

def decoded_size(side, n_filters):
    return 2 * (math.ceil(side / 2**n_filters) * 2 ** (n_filters - 1) - 2)
""",
            """\
import numpy as np

def decoded_size(side, n):
    return np.ceil(side / 2**n) * 2**n - 4
""",
        ),
        wrong=(
            Wrong(
                "rounds down",
                ("(side + 1) // 2", "side // 2"),
                "digits",
                "rounds up",
            ),
            Wrong(
                "padding forgotten",
                ("2 * (side - 2)", "2 * side"),
                "digits",
                "has no padding",
            ),
            Wrong(
                "taken off at the end",
                ("2 * (side - 2)", "2 * side - 2"),
                "digits",
                "before or after",
            ),
            Wrong(
                "last upsampling forgotten",
                ("2 * (side - 2)", "side - 2"),
                "digits",
                "upsampling follows",
            ),
            Wrong(
                "takes for granted that it works",
                "def decoded_size(side, n_filters):\n    return side\n",
                "three_filters",
                "which went in",
            ),
            Wrong(
                "not rounded",
                ("(side + 1) // 2", "side / 2"),
                "digits",
                "comes out even",
            ),
            Wrong(
                "one upsampling too many",
                ("range(n_filters - 1)", "range(0, n_filters)"),
                "digits",
                "too many",
            ),
            Wrong(
                "taken off at the code",
                "def decoded_size(side, n):\n    return (-(-side // 2**n) - 2) * 2**n\n",
                "digits",
                "not at the code",
            ),
            Wrong(
                "always three filters",
                "def decoded_size(side, n_filters):\n    return 2 * (-(-side // 8) * 4 - 2)\n",
                "other_depths",
                "seem to take three",
            ),
            Wrong(
                "no padding anywhere",
                ("side = 2 * side", "side = 2 * (side - 2)"),
                "digits",
                "Write down the side",
            ),
            Wrong(
                "no number",
                ("return 2 * (side - 2)", "return"),
                "digits",
                "expected numbers",
            ),
            Wrong(
                "three numbers",
                ("return 2 * (side - 2)", "return [2 * (side - 2)] * 3"),
                "digits",
                "array of shape (3,)",
            ),
        ),
    ),
    "05-shift": Attempts(
        starter="def shift(image, right, down):\n    ...\n",
        also_right=(
            """\
import numpy as np

def shift(image, right, down):
    height, width = image.shape
    right, down = np.clip(right, -width, width), np.clip(down, -height, height)
    framed = np.pad(image, ((height, height), (width, width)))
    return framed[height - down : 2 * height - down, width - right : 2 * width - right]
""",
            """\
from scipy import ndimage

def shift(image, right, down):
    return ndimage.shift(image, (down, right), order=0)
""",
            """\
import numpy as np

def shift(image, right, down):
    return np.eye(len(image), k=-down) @ image @ np.eye(len(image[0]), k=right)
""",
            """\
import numpy as np

def shift(image, right, down):
    moved = np.roll(image, (down, right), axis=(0, 1))
    moved[: max(down, 0)] = 0
    moved[:, : max(right, 0)] = 0
    if down < 0:
        moved[down:] = 0
    if right < 0:
        moved[:, right:] = 0
    return moved
""",
        ),
        wrong=(
            Wrong(
                "np.roll",
                "import numpy as np\n\n"
                "def shift(image, right, down):\n    return np.roll(image, (down, right), axis=(0, 1))\n",
                "right",
                "comes in on the other",
            ),
            Wrong(
                "the other way",
                (
                    "    height, width = image.shape\n",
                    "    height, width = image.shape\n    right, down = -right, -down\n",
                ),
                "right",
                "the other way",
            ),
            Wrong(
                "up for down",
                ("    height, width = image.shape\n", "    height, width = image.shape\n    down = -down\n"),
                "right_and_up",
                "counted from the top",
            ),
            Wrong(
                "rows and columns swapped",
                (
                    "    height, width = image.shape\n",
                    "    height, width = image.shape\n    right, down = down, right\n",
                ),
                "right",
                "first index of an array is the row",
            ),
            Wrong(
                "cut instead of filled",
                "def shift(image, right, down):\n"
                "    height, width = image.shape\n"
                "    return image[max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)]\n",
                "right",
                "your picture has the shape (5, 5)",
            ),
            Wrong(
                "negative indices wrap round",
                (
                    "if 0 <= row + down < height and 0 <= column + right < width",
                    "if row + down < height and column + right < width",
                ),
                "left_and_up",
                "comes in on the other",
            ),
            Wrong(
                "edge repeated",
                "import numpy as np\n\n"
                "def shift(image, right, down):\n"
                "    rows = np.clip(np.arange(image.shape[0]) - down, 0, image.shape[0] - 1)\n"
                "    columns = np.clip(np.arange(image.shape[1]) - right, 0, image.shape[1] - 1)\n"
                "    return image[np.ix_(rows, columns)]\n",
                "right",
                "edge are repeated",
            ),
            Wrong(
                "white comes in",
                ("np.zeros_like(image)", "np.ones_like(image)"),
                "right",
                "not black",
            ),
            Wrong(
                "whole numbers",
                ("np.zeros_like(image)", "np.zeros(image.shape, int)"),
                "right",
                "greys are lost",
            ),
            Wrong(
                "a frame that is too narrow",
                "import numpy as np\n\n"
                "def shift(image, right, down):\n"
                "    height, width = image.shape\n"
                "    framed = np.pad(image, 4)\n"
                "    return framed[4 - down : 4 - down + height, 4 - right : 4 - right + width]\n",
                "out_of_sight",
                "your picture has the shape",
            ),
            Wrong(
                "fails at 0",
                "import numpy as np\n\n"
                "def shift(image, right, down):\n"
                "    result = np.zeros_like(image)\n"
                "    result[down:, right:] = image[:-down, :-right]\n"
                "    return result\n",
                "not_at_all",
                "ValueError",
            ),
            Wrong(
                "moves in place",
                ("    return result\n", "    image[:] = result\n    return image\n"),
                "image_kept",
                "move a copy",
            ),
        ),
    ),
}
