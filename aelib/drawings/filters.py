"""The weights of convolutional layers as pictures, and where they answer to an image; steps and sizes are elsewhere."""

import numpy as np
from matplotlib.patches import Rectangle

from aelib import plots
from aelib.drawings import sheets, signed

IN_A_ROW = 8
MOST_FILTERS, MOST_CHANNELS = 32, 32
CLEARLY = 0.4  # negative: this part of the largest weight


@plots.look
def kernels(layer, image=None):
    """Draw the kernels of a convolutional layer, orange where a weight is positive and blue where it is negative.

    With one channel the kernels stand in rows of eight, and a weight that is clearly negative has a dash in it. With
    more channels each column is a filter and each row a channel that it sees. With an image, each kernel has below it
    the image with a frame around the place where the layer's output for that filter is largest, and its feature map:
    all of that output, in the same colours. Each filter has a scale of its own: the number below a picture is its
    largest absolute value.

    Args:
        layer: A built Conv2D layer of at most 32 filters, e.g. encoder.get_layer("conv_1").
        image: None; or, for a layer that sees one channel, a grey image in [0, 1], (784,), (height, width) or
            (height, width, 1).

    Raises:
        TypeError: if the layer is no Conv2D.
        ValueError: if it is not built or has too many kernels, or can't take the image.
    """
    weights = _weights(layer)
    tall, broad, channels, filters = weights.shape
    span = f"from {weights.min():.2f} to {weights.max():.2f}".replace("-", "−")
    about = f"{filters} kernels of {tall} × {broad} weights {span} of layer {layer.name}"
    if image is not None:
        return _answers(layer, weights, _image(image, layer), about)
    if channels > 1:
        return _columns(weights, f"{about}, a column each, and in a row those for one of {channels} channels.")
    columns, rows = min(filters, IN_A_ROW), -(-filters // IN_A_ROW)
    figure, axis = sheets.sheet([], max(columns, 4), 1.75 * rows + 1)
    for number in range(filters):
        x, y = number % IN_A_ROW, 0.3 + 1.75 * (number // IN_A_ROW)
        _kernel(axis, x, y, weights[:, :, 0, number], number)
    _legend(axis, columns, 1.75 * rows + 0.15)
    return plots.finished(figure, None, f"{about}.")


def _columns(weights, about):
    """Draw the kernels of filters that see several channels."""
    channels, filters = weights.shape[2:]
    figure, axis = sheets.sheet(["channel 00"], max(filters, 7), channels + 3.6, 0.42)
    for number in range(filters):
        full = signed.largest(weights[..., number])
        axis.text(number, -0.15, number + 1, ha="center", va="bottom", color=plots.INK)
        axis.text(number, channels + 0.05, _short(full), ha="center", va="top", color=plots.INK)
        for channel in range(channels):
            sheets.image(axis, number, channel + 0.4, signed.see_through(weights[:, :, channel, number], full))
    for channel in range(channels):
        sheets.name(axis, f"channel {channel + 1}", channel + 0.4)
    _legend(axis, filters, channels + 1.8)
    return plots.finished(figure, None, about)


def _answers(layer, weights, image, about):
    """Draw each kernel, where in the image its answer is largest, and its feature map."""
    import keras

    maps = keras.ops.convert_to_numpy(layer(np.float32(image)[None, :, :, None]))[0].transpose(2, 0, 1)
    columns, blocks = min(len(maps), IN_A_ROW), -(-len(maps) // IN_A_ROW)
    figure, axis = sheets.sheet(["feature map"], max(columns, 4), 4.2 * blocks + 0.8)
    places = []
    for number, answer in enumerate(maps):
        x, y = number % IN_A_ROW, 0.3 + 4.2 * (number // IN_A_ROW)
        _kernel(axis, x, y, weights[:, :, 0, number], number)
        sheets.image(axis, x, y + 1.35, image)
        sheets.image(axis, x, y + 2.35, signed.see_through(answer, signed.largest(answer)))
        axis.text(x, y + 2.85, _short(np.abs(answer).max()), ha="center", va="top", color=plots.INK)
        if answer.max() > answer.min():
            row, column = np.unravel_index(answer.argmax(), answer.shape)
            _frame(axis, x, y + 1.35, image, _window(layer, image, row, column))
            places.append(f"{number + 1} {answer.max():.2f} in row {row}, column {column}")
        if x == 0:
            for step, text in ((0, "kernel"), (1.35, "image"), (2.35, "feature map")):
                sheets.name(axis, text, y + step)
    _legend(axis, columns, 4.2 * blocks - 0.1)
    found = "; ".join(places) or "none, as each map has one value"
    return plots.finished(figure, None, f"{about}, on an image. Largest answers: {found}.")


def _legend(axis, columns, top):
    """Draw the scale of all pictures."""
    middle = columns / 2 - 0.5
    signed.scale(axis, middle, top, min(max(columns, 3.5), 4), -1, 1, ("negative", "positive"))
    note = "in parts of the number below each picture"
    axis.text(middle, top - 0.12, note, ha="center", va="bottom", color=plots.INK)


def _weights(layer):
    """Return a layer's kernels (height, width, channels, filters), or raise in the user's terms."""
    import keras

    if not isinstance(layer, keras.layers.Conv2D):
        wanted = 'expected for example encoder.get_layer("conv_1")'
        raise TypeError(f"{layer!r:.60} is no Conv2D layer: {wanted}.")
    if not layer.built:
        cure = "build it, for example layer.build((None, 28, 28, 1))"
        raise ValueError(f"Layer {layer.name!r} has no weights yet: {cure}.")
    weights = keras.ops.convert_to_numpy(layer.kernel)
    if weights.shape[3] > MOST_FILTERS or weights.shape[2] > MOST_CHANNELS:
        raise ValueError(
            f"Layer {layer.name!r} has {weights.shape[3]} filters for {weights.shape[2]} channels: expected at most "
            f"{MOST_FILTERS} for {MOST_CHANNELS}, more can't be told apart."
        )
    return weights


def _image(image, layer):
    """Return a grey image (height, width), or raise in the user's terms."""
    image, channels = np.asarray(image, float), layer.kernel.shape[2]
    image = image.reshape(28, 28) if image.shape == (784,) else image
    image = image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image
    if channels != 1 or image.ndim != 2 or image.shape[1] == 784 or min(image.shape) < max(_reach(layer)):
        raise ValueError(
            f"image of shape {image.shape} for kernels of {layer.kernel.shape[:2]} on {channels} channels: expected "
            "one grey image, (784,) or (height, width), that is no smaller than the kernels, and a layer that sees one "
            "channel."
        )
    return image


def _reach(layer):
    """Return the sides of a layer's window."""
    return [(kernel - 1) * apart + 1 for kernel, apart in zip(layer.kernel_size, layer.dilation_rate)]


def _window(layer, image, row, column):
    """Return top, left, bottom and right of the pixels from which one number of a layer's output is made."""
    edges = []
    for place, size, reach, stride in zip((row, column), image.shape, _reach(layer), layer.strides):
        spare = max((-(-size // stride) - 1) * stride + reach - size, 0) if layer.padding == "same" else 0
        first = place * stride - spare // 2
        edges.append((first, first + reach))
    return edges[0][0], edges[1][0], edges[0][1], edges[1][1]


def _frame(axis, x, y, image, window):
    """Draw a frame around a window of pixels in an image that stands at (x, y)."""
    pixel = sheets.SIDE / max(image.shape)
    top, left, bottom, right = window
    corner = x + (left - image.shape[1] / 2) * pixel, y + (top - image.shape[0] / 2) * pixel
    style = {"fill": False, "edgecolor": signed.MARK, "linewidth": 1.8}
    axis.add_patch(Rectangle(corner, (right - left) * pixel, (bottom - top) * pixel, **style))


def _kernel(axis, x, y, weights, number):
    """Draw one kernel with its number above, a dash in each weight that is clearly negative, and the largest below."""
    full = signed.largest(weights)
    sheets.image(axis, x, y, signed.see_through(weights, full))
    axis.text(x, y - 0.52, number + 1, ha="center", va="bottom", color=plots.INK)
    axis.text(x, y + 0.5, _short(full), ha="center", va="top", color=plots.INK)
    cell = sheets.SIDE / max(weights.shape)
    for row, column in np.argwhere(weights < -CLEARLY * full):
        middle = x + (column + 0.5 - weights.shape[1] / 2) * cell
        height = y + (row + 0.5 - weights.shape[0] / 2) * cell
        axis.plot([middle - cell / 5, middle + cell / 5], [height, height], color="black", linewidth=1.2)


def _short(value):
    """Return a number in at most five signs."""
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"
