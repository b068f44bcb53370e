"""The course's figures: arrays in, Figure out; nothing is trained or loaded here.

Every figure carries a description in words, its alternative text. One colour a digit, safe for
colour-blind readers, and one grey scale for all panels: 0 is black and 1 is white.
"""

import io
import sys

import matplotlib.figure
import matplotlib.patches
import matplotlib.pyplot as plt
import numpy as np
import PIL.Image

# Paul Tol's "muted" scheme, technical note SRON/EPS/TN/09-002, issue 3.2, 2021; its pale grey gives way to
# a dark one, which thin marks on white need. Index: the digit.
DIGIT_COLOURS = (
    *("#332288", "#88CCEE", "#117733", "#DDCC77", "#CC6677"),
    *("#AA4499", "#44AA99", "#882255", "#999933", "#222222"),
)
SERIES_COLOURS = ("#332288", "#CC6677", "#117733", "#AA4499", "#999933", "#88CCEE")
SERIES_STYLES = ("-", "--", "-.", ":", (0, (5, 1)))  # five and six, so that thirty lines differ
PIXELS_PER_INCH = 110
INK = "#7b7b7b"  # text, axes and outlines, on white pages and dark ones


class Figure(matplotlib.figure.Figure):
    """A Matplotlib figure that shows itself in a notebook as a picture with `alt`, its description in words."""

    alt = ""

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/png": self.png(), "text/plain": self.alt}, {"image/png": {"alt": self.alt}}

    def png(self, dpi=PIXELS_PER_INCH, colours=256):
        """Return the bytes of a PNG with a palette, half as large as one without."""
        full, small = io.BytesIO(), io.BytesIO()
        self.savefig(full, format="png", dpi=dpi)
        palette = PIL.Image.open(full).convert("RGB").quantize(colours, dither=PIL.Image.Dither.NONE)
        palette.save(small, "png", optimize=True)
        return small.getvalue()


if (ipython := sys.modules.get("IPython")) and (shell := ipython.get_ipython()):
    # Matplotlib registers its own PNG for all figures in a notebook, which would go before `_repr_mimebundle_`.
    shell.display_formatter.formatters["image/png"].for_type(Figure, Figure.png)


def image_rows(rows, title=None, captions=None):
    """Draw one row of images for each entry of `rows`, with its label on the left.

    Args:
        rows: Dict of label -> images, each (k, 784), (k, height, width) or (k, height, width, 1), with values in
            [0, 1]; values outside are drawn black or white.
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
    width = max(0.8 * columns + 1.4, 0.11 * len(title or ""))  # a title needs up to 0.11 inches a letter
    figure, axis = _figure((width, 0.85 * len(rows) + (0.4 if title else 0.1)))
    for i, images in enumerate(rows.values()):  # all on one pair of axes: Matplotlib takes 20 ms to make a pair
        high, wide = 0.92 * np.array(images.shape[1:]) / max(images.shape[1:])
        top, bottom = i - high / 2, i + high / 2
        for j, image in enumerate(images):
            left, right = j - wide / 2, j + wide / 2
            axis.imshow(image, cmap="gray", vmin=0, vmax=1, extent=(left, right, bottom, top))
            axis.add_patch(matplotlib.patches.Rectangle((left, top), wide, high, fill=False, linewidth=0.8))
    axis.set(xlim=(-0.5, columns - 0.5), ylim=(len(rows) - 0.5, -0.5))
    axis.set_yticks(range(len(rows)), rows)
    captions = [] if captions is None else [str(caption) for caption in captions]
    axis.set_xticks(range(len(captions)), captions)
    axis.tick_params(length=0, labeltop=True, labelbottom=False)
    axis.spines[:].set_visible(False)
    return finished(figure, title, f"Images in rows of {columns}, from the top: {', '.join(rows)}.")


def learning_curves(history, ylabel, title=None):
    """Draw training and validation loss against the epoch.

    Args:
        history: Dict with `loss` and, if measured, `val_loss`: lists of floats, one an epoch.
        ylabel: Name and unit of the loss, e.g. "cross-entropy (nats per pixel)".
        title: Text above the figure, or None.
    """
    history = getattr(history, "history", history)  # what a model's own fit returns
    series = {"training": history["loss"]}
    if "val_loss" in history:
        series["validation"] = history["val_loss"]
    return lines(range(1, len(history["loss"]) + 1), series, "epoch", ylabel, title)


def lines(x, series, xlabel, ylabel, title=None):
    """Draw one line for each entry of `series`, told apart by colour and by dashes.

    Args:
        x: Positions (k,).
        series: Dict of label -> values (k,).
        xlabel, ylabel: Names and units of the axes.
        title: Text above the figure, or None.
    """
    figure, axis = _figure((6.4, 3.6))
    for i, (label, values) in enumerate(series.items()):
        colour, style = SERIES_COLOURS[i % len(SERIES_COLOURS)], SERIES_STYLES[i % len(SERIES_STYLES)]
        axis.plot(x, values, color=colour, linestyle=style, label=label)
    _label(axis, xlabel, ylabel)
    axis.legend(frameon=False)
    return finished(figure, title, f"Lines of {ylabel} against {xlabel}: {', '.join(map(str, series))}.")


def bars(values, ylabel, title=None, xlabel=None):
    """Draw one bar for each entry of `values`, with its value above it.

    Args:
        values: Dict of label -> number.
        ylabel: Name and unit of the values.
        title: Text above the figure, or None.
        xlabel: What the labels name, or None where that is plain.
    """
    figure, axis = _figure((min(8.0, 1.1 * len(values) + 2.0), 3.4))
    drawn = axis.bar([str(label) for label in values], list(values.values()), color=SERIES_COLOURS[0], width=0.6)
    axis.bar_label(drawn, fmt="{:.3g}", padding=2)
    axis.margins(y=0.12)
    _label(axis, xlabel, ylabel)
    return finished(figure, title, f"Bars of {ylabel}: {', '.join(map(str, values))}.")


def latent_scatter(codes, labels, title=None, xlabel="code, number 1", ylabel="code, number 2"):
    """Draw each code as a point in the colour of its digit, and each digit's name at its median.

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
    figure, axis = _figure((5.6, 5.0))
    for digit in np.unique(labels):
        points, colour = codes[labels == digit], DIGIT_COLOURS[digit]
        axis.scatter(*points.T, s=7, color=colour, linewidths=0)
        box = {"boxstyle": "circle,pad=0.2", "facecolor": "white", "edgecolor": colour, "alpha": 0.9}
        style = {"ha": "center", "va": "center", "weight": "bold", "color": "black", "bbox": box}
        axis.text(*np.median(points, axis=0), str(digit), **style)
    _label(axis, xlabel, ylabel)
    return finished(figure, title, f"Scatter of {len(codes)} points, {ylabel} against {xlabel}, one colour a digit.")


def plane(images, extent, title=None, xlabel="code, number 1", ylabel="code, number 2"):
    """Draw the images decoded from a square grid of codes as one mosaic.

    Args:
        images: Decoded images (k * k, 784) or (k * k, height, width[, 1]), row by row from the bottom left of the
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
    height, width = images.shape[1:]
    grid = images.reshape(side, side, height, width)[::-1]
    mosaic = grid.transpose(0, 2, 1, 3).reshape(side * height, side * width)
    half = (extent[1] - extent[0]) / (2 * max(side - 1, 1))
    low, high = extent[0] - half, extent[1] + half
    figure, axis = _figure((6.0, 6.0))
    axis.imshow(mosaic, cmap="gray", vmin=0, vmax=1, extent=(low, high, low, high))
    axis.set(xlabel=xlabel, ylabel=ylabel)
    return finished(figure, title, f"{side} x {side} images decoded from a grid of codes, {extent[0]} to {extent[1]}.")


def figure(size):
    """Return an empty, transparent Figure of (width, height) inches, which only its return value shows."""
    drawn = plt.figure(FigureClass=Figure, figsize=size, layout="constrained", facecolor="none")
    plt.close(drawn)
    return drawn


def _figure(size):
    """Return a Figure that only its return value shows, and its axis."""
    figure = plt.figure(FigureClass=Figure, figsize=size, layout="constrained")
    plt.close(figure)
    return figure, figure.subplots()


def finished(figure, title, description):
    """Return the figure with its title and its description in words."""
    if title:
        figure.suptitle(title)
    figure.alt = f"{title}. {description}" if title else description
    return figure


def _label(axis, xlabel, ylabel):
    """Name the axes and take away the frame's upper and right lines."""
    axis.set(xlabel=xlabel, ylabel=ylabel)
    axis.spines[["top", "right"]].set_visible(False)


def _images(images):
    """Return images in any of the accepted shapes as (n, height, width)."""
    images = np.asarray(images)
    if images.ndim == 2 and images.shape[1] == 784:
        return images.reshape(-1, 28, 28)
    if images.ndim == 4 and images.shape[-1] == 1:
        return images[..., 0]
    if images.ndim == 3:
        return images
    wanted = "(n, 784), (n, height, width) or (n, height, width, 1); of a single image, write images[None]"
    raise ValueError(f"images of shape {images.shape}: expected {wanted}.")
