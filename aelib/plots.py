"""The course's charts: arrays in, Figure out; nothing is trained or loaded here, and no figure shows itself here.

One grey scale for all images: 0 is black and 1 is white. What all figures have in common is in `aelib.figures`.
"""

import math

import matplotlib.patches
import numpy as np

from aelib import figures

INK, DIGIT_COLOURS, SERIES_COLOURS = figures.INK, figures.DIGIT_COLOURS, figures.SERIES_COLOURS
SERIES_STYLES = ("-", "--", "-.", ":", (0, (5, 1)))  # five and six, so that thirty lines differ
Figure, figure, finished, look = figures.Figure, figures.figure, figures.finished, figures.look


@look
def image_rows(rows, title=None, captions=None):
    """Draw one row of images for each entry of `rows`, with its label on the left.

    Args:
        rows: Dict of label -> images, each (k, 784), (k, height, width) or (k, height, width, 1 or 3), with values in
            [0, 1]; values outside are drawn as the nearest of these.
        title: Text above the figure, or None.
        captions: A short text for each column, or None.

    Raises:
        ValueError: if there is nothing to draw, or the rows differ in length.
    """
    rows = {str(label): _images(images) for label, images in rows.items()}
    counts = {label: len(images) for label, images in rows.items()}
    if len(set(counts.values())) != 1 or 0 in counts.values():
        raise ValueError(f"rows hold {counts} images: expected the same number, at least one, in each row.")
    (columns,) = set(counts.values())
    captions = [] if captions is None else [str(caption) for caption in captions]
    if captions and len(captions) != columns:
        raise ValueError(f"{len(captions)} captions for {columns} columns: expected one for each.")
    tallest = max(images.shape[1] / max(images.shape[1:3]) for images in rows.values())
    pitch = 0.8 if columns < 9 else 0.7  # inches, of an image and its gap
    height = pitch * tallest * len(rows) + (0.4 if title else 0.1) + (0.3 if captions else 0.1)
    width = max(pitch * columns + 0.09 * max(map(len, rows)) + 0.3, 0.11 * len(title or ""))  # inches a letter, at most
    axis = figure((width, height)).subplots()
    for i, images in enumerate(rows.values()):  # all on one pair of axes: Matplotlib takes 20 ms to make a pair
        high, wide = 0.92 * np.array(images.shape[1:3]) / max(images.shape[1:3])
        top, bottom = i * tallest - high / 2, i * tallest + high / 2
        for j, image in enumerate(images):
            left, right = j - wide / 2, j + wide / 2
            axis.imshow(image, cmap="gray", vmin=0, vmax=1, extent=(left, right, bottom, top))
            axis.add_patch(matplotlib.patches.Rectangle((left, top), wide, high, fill=False, linewidth=0.8))
    axis.set(xlim=(-0.5, columns - 0.5), ylim=((len(rows) - 0.5) * tallest, -0.5 * tallest))
    axis.set_yticks(tallest * np.arange(len(rows)), rows)
    axis.set_xticks(range(len(captions)), captions)
    axis.tick_params(length=0, labeltop=True, labelbottom=False)
    axis.spines[:].set_visible(False)
    axis.set_anchor("NW")
    return finished(axis.figure, title, f"Images in rows of {columns}, from the top: {', '.join(rows)}.")


def learning_curves(history, ylabel, title=None):
    """Draw training and validation loss against the epoch.

    Args:
        history: Dict with `loss` and, if measured, `val_loss`: lists of floats, one an epoch.
        ylabel: Name and unit of the loss, e.g. "cross-entropy (nats per pixel)".
        title: Text above the figure, or None.

    Raises:
        ValueError: if there is no `loss`, or `val_loss` has another length.
    """
    history = getattr(history, "history", history)  # what a model's own fit returns
    if "loss" not in history:
        raise ValueError(f"history has {', '.join(map(repr, history))}: expected 'loss', as training.fit returns it.")
    series = {"training": history["loss"]}
    if "val_loss" in history:
        series["validation"] = history["val_loss"]
    return lines(range(1, len(history["loss"]) + 1), series, "epoch", ylabel, title)


@look
def lines(x, series, xlabel, ylabel, title=None):
    """Draw one line for each entry of `series`, told apart by colour and by dashes.

    Args:
        x: Positions (k,).
        series: Dict of label -> values (k,).
        xlabel, ylabel: Names and units of the axes.
        title: Text above the figure, or None.

    Raises:
        ValueError: if values are more or fewer than the positions.
    """
    for label, values in series.items():
        if len(values) != len(x):
            raise ValueError(f"{label!r} has {len(values)} values for {len(x)} positions: expected as many.")
    axis = figure((6.4, 3.6)).subplots()
    axis.grid(axis="y")
    axis.xaxis.get_major_locator().set_params(integer=np.asarray(x).dtype.kind in "iu")
    for i, (label, values) in enumerate(series.items()):
        colour, style = SERIES_COLOURS[i % len(SERIES_COLOURS)], SERIES_STYLES[i % len(SERIES_STYLES)]
        axis.plot(x, values, color=colour, linestyle=style, label=label)
    axis.set(xlabel=xlabel, ylabel=ylabel)
    legend = axis.legend()
    if len(series) > 4 or _crossed(axis, legend):
        legend.remove()
        axis.figure.legend(loc="outside right upper")
    return finished(axis.figure, title, f"Lines of {ylabel} against {xlabel}: {', '.join(map(str, series))}.")


def _crossed(axis, legend):
    """Return whether a line of an axis passes under its legend."""
    axis.figure.draw_without_rendering()
    box = legend.get_window_extent()
    return any(line.get_path().transformed(axis.transData).intersects_bbox(box, False) for line in axis.lines)


@look
def bars(values, ylabel, title=None, xlabel=None):
    """Draw one bar for each entry of `values`, with its value above it; long labels are broken after commas.

    Args:
        values: Dict of label -> number.
        ylabel: Name and unit of the values.
        title: Text above the figure, or None.
        xlabel: What the labels name, or None where that is plain.
    """
    axis = figure((min(8.0, 1.1 * len(values) + 2.0), 3.4)).subplots()
    names = [str(label) for label in values]
    names = [name.replace(", ", ",\n") if len(name) * len(names) > 80 else name for name in names]
    heights = axis.bar(names, list(values.values()), color=SERIES_COLOURS[0], width=0.6)
    axis.bar_label(heights, fmt="{:.3g}", padding=2)
    axis.margins(y=0.12)
    axis.set(xlabel=xlabel, ylabel=ylabel)
    return finished(axis.figure, title, f"Bars of {ylabel}: {', '.join(map(str, values))}.")


@look
def latent_scatter(codes, labels, title=None, xlabel="code, number 1", ylabel="code, number 2"):
    """Draw each code as a point in the colour of its digit, and each digit at its median, or as near as others let it.

    Args:
        codes: Points (n, 2).
        labels: Digits (n,), whole numbers from 0 to 9.
        title: Text above the figure, or None.
        xlabel, ylabel: Names of the axes.

    Raises:
        ValueError: if the codes are not points in the plane, or the labels no digits.
    """
    codes, labels = np.asarray(codes), np.asarray(labels)
    if codes.ndim != 2 or codes.shape[1] != 2 or labels.shape != codes.shape[:1]:
        raise ValueError(
            f"codes of shape {codes.shape} with labels of shape {labels.shape}: expected (n, 2) and (n,). "
            "Longer codes need PCA or t-SNE first."
        )
    if not set(np.unique(labels)) <= set(range(10)):
        raise ValueError(f"labels are {np.unique(labels)}: expected digits, whole numbers from 0 to 9.")
    labels = labels.astype(int)
    axis = figure((5.6, 5.0)).subplots()
    digits = np.unique(labels)
    inch = np.maximum(np.ptp(codes, axis=0), 1e-9) / (4.4, 4.0) if len(codes) else 1  # on each axis, in its unit
    medians = [np.median(codes[labels == digit], axis=0) / inch for digit in digits]
    for digit, place in zip(digits, _apart(medians, 0.21) * inch):
        points, colour = codes[labels == digit], DIGIT_COLOURS[digit]
        axis.scatter(*points.T, s=7, color=colour, linewidths=0)
        box = {"boxstyle": "circle,pad=0.2", "facecolor": "white", "edgecolor": colour, "linewidth": 1.5}
        axis.text(*place, str(digit), ha="center", va="center_baseline", weight="bold", color="black", bbox=box)
    axis.set(xlabel=xlabel, ylabel=ylabel)
    said = f"Scatter of {len(codes)} points, {ylabel} against {xlabel}, one colour a digit."
    return finished(axis.figure, title, said)


@look
def plane(images, extent, title=None, xlabel="code, number 1", ylabel="code, number 2"):
    """Draw the images decoded from a square grid of codes as one mosaic.

    Args:
        images: Decoded images (k * k, 784) or (k * k, height, width[, 1 or 3]), row by row from the bottom left of the
            plane, so that the first number of the code grows fastest.
        extent: The grid's range on both axes, (lowest, highest).
        title: Text above the figure, or None.
        xlabel, ylabel: Names of the axes.

    Raises:
        ValueError: if the images don't fill a square.
    """
    images = _images(images)
    side = round(len(images) ** 0.5)
    if not side or side * side != len(images):
        raise ValueError(f"{len(images)} images don't fill a square: expected for example 25 * 25 = 625.")
    mosaic = np.hstack(np.hstack(images.reshape(side, side, *images.shape[1:])[::-1]))
    half = (extent[1] - extent[0]) / (2 * max(side - 1, 1))
    low, high = extent[0] - half, extent[1] + half
    zoom = max(1, 1400 // max(mosaic.shape[:2]))  # a whole number, for sharp pixels in a small file
    inches = zoom * np.array(mosaic.shape[1::-1]) / (2 * figures.PIXELS_PER_INCH)
    drawn = figure(inches + (0.9, 0.95 if title else 0.65))
    drawn.set_layout_engine("none")
    size = drawn.get_size_inches()
    axis = drawn.add_axes((*(0.75, 0.55) / size, *inches / size))
    axis.imshow(mosaic, cmap="gray", vmin=0, vmax=1, extent=(low, high, low, high), aspect="auto")
    axis.set(xlabel=xlabel, ylabel=ylabel)
    return finished(drawn, title, f"{side} x {side} images decoded from a grid of codes, {extent[0]} to {extent[1]}.")


def _apart(places, least):
    """Return places (k, 2), moved as little as they need so that each is at least that far from all others."""
    angles = np.arange(len(places))
    places = np.reshape(places, (-1, 2)) + 1e-3 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for _ in range(100):
        gaps = places[:, None] - places
        lengths = np.linalg.norm(gaps, axis=-1, keepdims=True) + np.eye(len(places))[..., None] * 1e9
        places = places + (gaps / lengths * np.clip(1.02 * least - lengths, 0, None)).sum(axis=1) / 2
    return places


def _images(images):
    """Return images in any of the accepted shapes as (n, height, width) or (n, height, width, 3)."""
    images = np.asarray(images)
    if images.ndim == 2 and images.shape[1] == 784:
        return images.reshape(-1, 28, 28)
    if images.ndim == 4 and images.shape[-1] in (1, 3):
        return images[..., 0] if images.shape[-1] == 1 else np.clip(images, 0, 1)
    if images.ndim == 3 and (images.shape[-1] not in (1, 3) or images.shape[1] == 3):  # kernels are 3 x 3
        return images
    wanted = "expected (n, 784), (n, height, width) or (n, height, width, 1 or 3)"
    side = math.isqrt(images.shape[1]) if images.ndim == 2 else 0
    if side > 1 and side * side == images.shape[1] != len(images):
        cure = f"Write images.reshape(-1, {side}, {side})"
    else:
        cure = "Of a single image, write images[None], or x[:1] where you took x[0]"
    raise ValueError(f"images of shape {images.shape}: {wanted}. {cure}.")
