"""Images and maps in rows on one pair of axes, with names on the left; what they show is nothing to this file."""

import matplotlib.patches
import numpy as np

from aelib import plots

INCHES = 0.76  # from one image to the next
SIDE = 0.92  # of an image, in parts of that


def pictures(name, images):
    """Return images as floats (n, height, width) or (n, height, width, 3), or raise in the user's terms."""
    images = np.asarray(images, float)
    if images.ndim == 2 and images.shape[1] == 784:
        images = images.reshape(-1, 28, 28)
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if not images.size or images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[-1] != 3):
        wanted = "(n, 784), (n, height, width), or (n, height, width, channels) with 1 or 3 channels"
        raise ValueError(f"{name} of shape {images.shape}: expected {wanted}; of one image, write image[None].")
    if not np.isfinite(images).all():
        raise ValueError(f"{name}: some pixels are not finite; did the training diverge? Look at its loss.")
    return images


def sheet(labels, columns, rows, inches=INCHES):
    """Return a figure and its axis, on which images stand at whole numbers, with room for labels on the left."""
    letters = max((len(line) for label in labels for line in label.splitlines()), default=0)
    figure = plots.figure((inches * columns + 0.085 * letters + 0.35, inches * rows))
    axis = figure.subplots()
    axis.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    axis.axis("off")
    return figure, axis


def row(axis, label, y, images):
    """Draw a row of images with its name on the left."""
    for x, values in enumerate(images):
        image(axis, x, y, values)
    name(axis, label, y)


def image(axis, x, y, values, side=1):
    """Draw one image around its place, in at most `side` columns, with an outline."""
    high, wide = side * SIDE * np.array(values.shape[:2]) / max(values.shape[:2])
    limits = axis.get_xlim(), axis.get_ylim()
    extent = (x - wide / 2, x + wide / 2, y + high / 2, y - high / 2)
    axis.imshow(np.clip(values, 0, 1), cmap="gray", vmin=0, vmax=1, extent=extent)
    axis.set(xlim=limits[0], ylim=limits[1])
    outline = {"fill": False, "edgecolor": plots.INK, "linewidth": 0.8}
    axis.add_patch(matplotlib.patches.Rectangle((extent[0], extent[3]), wide, high, **outline))


def name(axis, text, y, x=-0.6):
    """Write a row's name on the left of it."""
    axis.text(x, y, text, ha="right", va="center", color=plots.INK)
