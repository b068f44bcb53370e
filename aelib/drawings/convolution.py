"""One step of a convolution with all its numbers; the cells that whole layers connect are drawn elsewhere."""

import numpy as np
from matplotlib.patches import Polygon, Rectangle

from aelib import plots
from aelib.drawings import signed

CELL = 0.5  # inches, of a cell with a number in it
LARGEST_IMAGE, LARGEST_KERNEL = 8, 5  # beyond, the numbers could not be read


@plots.look
def convolution_step(image, kernel, row, column, padding="valid"):
    """Draw one step of a convolution with all its numbers: the window, the kernel, and the sum of the products.

    The kernel is laid on the image as it is, not turned, as Keras does it; mathematics calls that a cross-correlation.
    The sum is computed from the exact numbers, of which two digits after the point are printed.

    Args:
        image: Grey values in [0, 1], (height, width), sides from 1 to 8, e.g. x_test[0].reshape(28, 28)[8:15, 8:15].
        kernel: Weights (k, l), sides from 1 to 5.
        row, column: Which number of the result is computed, from 0.
        padding: "valid", the window stays on the image, or "same", zeros are put around it (drawn hatched) so that the
            result is as large as the image.

    Raises:
        ValueError: if an argument has another shape or range.

    Source: Goodfellow, Bengio and Courville, "Deep Learning", 2016, equation 9.6 (there with a further index).
    """
    image, kernel = _sheet("image", image, LARGEST_IMAGE), _sheet("kernel", kernel, LARGEST_KERNEL)
    if image.min() < 0 or image.max() > 1:
        values = f"values from {image.min():.3g} to {image.max():.3g}"
        raise ValueError(f"image has {values}: expected grey values in [0, 1].")
    if padding not in ("valid", "same"):
        raise ValueError(f'padding={padding!r}: expected "valid" or "same".')
    spare = np.array(kernel.shape) - 1
    before = spare // 2 if padding == "same" else 0 * spare
    after = spare - before if padding == "same" else before
    padded = np.pad(image, list(zip(before, after)))
    if (np.array(padded.shape) < kernel.shape).any():
        raise ValueError(
            f"a kernel of {_sides(kernel)} does not fit on an image of {_sides(image)}: choose a smaller kernel, or "
            'padding="same".'
        )
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    result = np.sum(windows * kernel, axis=(2, 3))
    if row not in range(result.shape[0]) or column not in range(result.shape[1]):
        raise ValueError(
            f"row={row}, column={column} is not in the result, which is {_sides(result)}: choose row from 0 to "
            f"{result.shape[0] - 1} and column from 0 to {result.shape[1] - 1}."
        )

    (high, wide), (tall, broad) = padded.shape, kernel.shape
    middle, gap = high / 2, 1.5
    kernel_left = wide + gap
    result_left = kernel_left + broad + gap
    kernel_top, result_top = middle - tall / 2, middle - result.shape[0] / 2
    width, sum_top = result_left + result.shape[1], high + 0.5
    columns = max(width, 2.75 * broad + 0.6)
    figure = plots.figure((CELL * (columns + 0.4), CELL * (sum_top + 0.7 * tall + 2.5)))
    axis = figure.subplots()
    axis.set(xlim=(-0.2, columns + 0.2), ylim=(sum_top + 0.7 * tall + 0.8, -1.7), aspect="equal")
    axis.axis("off")

    _beam(axis, column + broad, row, row + tall, kernel_left, kernel_top, kernel_top + tall)
    target = result_left + column, result_top + row
    _beam(axis, kernel_left + broad, kernel_top, kernel_top + tall, *target, target[1] + 1)
    for (y, x), value in np.ndenumerate(padded):
        inside = before[0] <= y < high - after[0] and before[1] <= x < wide - after[1]
        if inside:
            _cell(axis, x, y, str(value), "white" if value < 0.46 else "black", signed.number(value))
        else:
            _cell(axis, x, y, "none", plots.INK, "0", hatch="//", hatch_linewidth=0.5)
    _numbers(axis, kernel, kernel_left, kernel_top)
    _numbers(axis, result, result_left, result_top)
    _mark(axis, column, row, broad, tall)
    _mark(axis, kernel_left, kernel_top, broad, tall)
    _mark(axis, *target, 1, 1)
    around = ", and zeros" if padding == "same" else ""
    for head, x, y in (
        (f"image\n{_sides(image)}{around}", wide / 2, 0),
        (f"kernel\n{_sides(kernel)}", kernel_left + broad / 2, kernel_top),
        (f"result\n{_sides(result)}", result_left + result.shape[1] / 2, result_top),
    ):
        axis.text(x, y - 0.35, head, ha="center", va="bottom", color=plots.INK)
    window, total = windows[row, column], signed.number(result[row, column])
    start = (columns - 2.75 * broad) / 2
    for (y, x), value in np.ndenumerate(window):
        plus = "" if x == y == 0 else "+ "
        weight = signed.number(kernel[y, x])
        weight = f"({weight})" if weight.startswith("−") else weight
        text = f"{plus}{signed.number(value)} · {weight}"
        place = start + 2.75 * (x + 1) - 0.2, sum_top + 0.7 * (y + 0.5)
        axis.text(*place, text, ha="right", va="center", color=plots.INK)
    place = columns / 2, sum_top + 0.7 * tall + 0.45
    axis.text(*place, f"= {total}", ha="center", va="center", color=signed.MARK, weight="bold")
    about = "with zeros around it, hatched" if padding == "same" else "without padding"
    description = (
        f"One step of a convolution: an image of {_sides(image)} grey values {about}, a kernel of {_sides(kernel)}, "
        f"and the result of {_sides(result)}. The number in row {row}, column {column} of the result is {total}, the "
        f"sum of {kernel.size} products."
    )
    figure.vector = True
    return plots.finished(figure, None, description)


def _sheet(name, values, side):
    """Return `values` as floats (height, width), or raise in the user's terms."""
    values = np.asarray(values, float)
    if values.ndim != 2 or not values.size or max(values.shape) > side or not np.isfinite(values).all():
        cure = "Cut a part out, for example image.reshape(28, 28)[8:15, 8:15]." if name == "image" else ""
        raise ValueError(
            f"{name} of shape {values.shape}: expected finite numbers (height, width) with sides from 1 to {side}, "
            f"as all are printed. {cure}".rstrip()
        )
    return values


def _sides(values):
    """Return the sides of an array in words, e.g. 3 × 3."""
    return " × ".join(map(str, values.shape))


def _cell(axis, x, y, colour, ink, text, **style):
    """Draw one cell with a number in it."""
    axis.add_patch(Rectangle((x, y), 1, 1, facecolor=colour, edgecolor=plots.INK, linewidth=0.6, **style))
    axis.text(x + 0.5, y + 0.52, text, ha="center", va="center", color=ink)


def _numbers(axis, values, left, top):
    """Draw a grid of signed numbers."""
    colours = signed.behind_numbers(values, signed.largest(values))
    for (y, x), value in np.ndenumerate(values):
        _cell(axis, left + x, top + y, colours[y, x], "black", signed.number(value))


def _mark(axis, left, top, width, height):
    """Draw a thick frame around cells."""
    axis.add_patch(Rectangle((left, top), width, height, fill=False, edgecolor=signed.MARK, linewidth=2.4, zorder=3))


def _beam(axis, x, top, bottom, to_x, to_top, to_bottom):
    """Draw a pale band from one frame to another, behind the cells."""
    corners = (x, top), (to_x, to_top), (to_x, to_bottom), (x, bottom)
    axis.add_patch(Polygon(corners, facecolor=signed.MARK, alpha=0.18, linewidth=0, zorder=0.5))
    for a, b in (corners[:2], corners[2:]):
        axis.plot(*zip(a, b), color=signed.MARK, linewidth=1, zorder=0.6)
