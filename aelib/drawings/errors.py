"""Where the error of a reconstruction lies, and many models' reconstructions side by side; no model is run here."""

import matplotlib.patches
import numpy as np

from aelib import plots
from aelib.drawings import sheets, signed

MOST_IMAGES = 12


@plots.look
def error_maps(images, reconstructions):
    """Draw images, and below them each model's reconstructions with their signed errors and mean squared errors.

    An error is reconstruction minus image: orange where the reconstruction is too bright, blue where it is too dark,
    and nothing where it is right. All maps have one scale, drawn at the bottom. In colour images the error of a pixel
    is the mean over its channels.

    Args:
        images: Images in [0, 1], (k, 784) or (k, height, width[, channels]), at most 12, e.g. x_test[:8].
        reconstructions: Dict of label -> reconstructions of these images, in any of these shapes.

    Raises:
        ValueError: if there are too many images, or the shapes don't fit.
    """
    images, models = _few(images, reconstructions)
    maps = {label: _signed(decoded - images) for label, decoded in models.items()}
    full = signed.largest(*maps.values())
    figure, axis = sheets.sheet(["image", "error", *models], max(len(images), 2.5), 1 + 2.5 * len(models) + 0.8)
    sheets.row(axis, "image", 0, images)
    top, sentences = 1, []
    for label, decoded in models.items():
        sheets.row(axis, label, top, decoded)
        sheets.row(axis, "error", top + 1, [signed.see_through(error, full) for error in maps[label]])
        errors = [f"{error:.4f}" for error in _mse(images, decoded)]
        for x, error in enumerate(errors):
            axis.text(x, top + 1.65, error, ha="center", va="center", color=plots.INK)
        sheets.name(axis, "MSE", top + 1.65)
        sentences.append(f"{label}: mean squared errors {', '.join(errors)}.")
        top += 2.5
    width = min(max(len(images), 2.5), 4)
    signed.scale(axis, len(images) / 2 - 0.5, top - 0.35, width, -full, full, ("too dark", "too bright"))
    about = f"{len(images)} images, and below them reconstructions with maps of their signed errors, up to {full:.2f}."
    return plots.finished(figure, None, f"{about} {' '.join(sentences)}")


@plots.look
def mean_error_maps(images, reconstructions):
    """Draw where models err on many images: each pixel's mean error, and below it each pixel's mean squared error.

    The upper map shows what is too bright (orange) or too dark (blue) on average; errors that cancel are only in the
    lower one, whose mean is the model's mean squared error and is printed below it. Each row has one scale.

    Args:
        images: Images in [0, 1], (n, 784) or (n, height, width[, channels]).
        reconstructions: Dict of label -> reconstructions of these images, in any of these shapes.

    Raises:
        ValueError: if the shapes don't fit.
    """
    images, models = _compared(images, reconstructions)
    means = [_signed(np.mean(decoded - images, axis=0, keepdims=True))[0] for decoded in models.values()]
    squares = [_signed(np.mean((decoded - images) ** 2, axis=0, keepdims=True))[0] for decoded in models.values()]
    full, most = signed.largest(*means), signed.largest(*squares)
    step = max(2, 0.115 * max(len(line) for label in models for line in label.splitlines()))
    columns, width = step * (len(models) - 1) + 2, min(2 * len(models), 4)
    figure, axis = sheets.sheet(["mean squared"], columns + 0.4, 7)
    axis.set(xlim=(-1, columns - 1), ylim=(5.4, -1.6))
    sentences = []
    for i, (label, mean, square) in enumerate(zip(models, means, squares)):
        x = step * i
        axis.text(x, -1, label, ha="center", va="bottom", color=plots.INK)
        sheets.image(axis, x, 0, signed.see_through(mean, full), 2)
        sheets.image(axis, x, 3, signed.see_through(square, most, signed.MARK), 2)
        axis.text(x, 4.15, f"MSE {square.mean():.4f}", ha="center", va="center", color=plots.INK)
        about = f"mean errors from {mean.min():.3f} to {mean.max():.3f}, mean squared error {square.mean():.4f}"
        sentences.append(f"{label}: {about}.")
    sheets.name(axis, "mean error", 0, -1.1)
    sheets.name(axis, "mean squared\nerror", 3, -1.1)
    signed.scale(axis, columns / 2 - 1, 1.05, width, -full, full, ("too dark", "too bright"))
    signed.scale(axis, columns / 2 - 1, 4.5, width, 0, most, positive=signed.MARK)
    about = f"Maps of the mean error and the mean squared error of each pixel over {len(images)} images."
    return plots.finished(figure, None, f"{about} {' '.join(sentences)}")


@plots.look
def family_portrait(images, models):
    """Draw the same images as they come back from each of many models, a row a model, with its error, code and time.

    Args:
        images: Images in [0, 1], (k, 784) or (k, height, width[, channels]). The first ten are drawn, e.g. one of each
            digit; the errors are those of all.
        models: Dict of label -> (reconstructions, code, seconds): the images in any of these shapes; what a code costs,
            in words, e.g. "32 numbers" or "294 bits"; and the seconds that training took, or None. The rows stand in
            this order, so begin with the simplest model.

    Raises:
        ValueError: if the shapes don't fit.
    """
    given = models if isinstance(models, dict) else {}
    if not given or not all(isinstance(row, (tuple, list)) and len(row) == 3 for row in given.values()):
        raise ValueError('models: expected a dict such as {"PCA": (reconstructions, "32 numbers", 0.2)}.')
    images, decoded = _compared(images, {label: row[0] for label, row in given.items()})
    errors = {label: np.mean(_mse(images, each)) for label, each in decoded.items()}
    all_images, images, decoded = len(images), images[:10], {label: each[:10] for label, each in decoded.items()}
    facts = {
        str(label): (f"{errors[str(label)]:.4f}", str(code), "" if seconds is None else _time(seconds))
        for label, (_, code, seconds) in given.items()
    }
    stops = len(images) - 0.3, len(images) + 1, len(images) + 2.8
    figure, axis = sheets.sheet(["image", *decoded], len(images) + 3.8, len(decoded) + 1)
    sheets.row(axis, "image", 0, images)
    for x, head in zip(stops, ("MSE", "code", "training")):
        axis.text(x, 0.35, head, ha="left", va="center", color=plots.INK, weight="bold")
    longest, sentences = max(errors.values()) or 1, []
    for i, (label, each) in enumerate(decoded.items(), 1):
        sheets.row(axis, label, i, each)
        for x, text in zip(stops, facts[label]):
            axis.text(x, i, text, ha="left", va="center", color=plots.INK)
        size = errors[label] / longest, 0.12
        axis.add_patch(matplotlib.patches.Rectangle((stops[0], i + 0.24), *size, color=signed.MARK))
        sentences.append(f"{label}: mean squared error {', '.join(filter(None, facts[label]))}.")
    errors_of = "" if all_images == len(images) else f" The errors are those of {all_images:,}."
    about = f"{len(images)} images as they come back from each model.{errors_of}"
    return plots.finished(figure, None, f"{about} {' '.join(sentences)}")


def _few(images, reconstructions):
    """Return images and reconstructions as `_compared` does, of at most `MOST_IMAGES` images."""
    images, models = _compared(images, reconstructions)
    if len(images) > MOST_IMAGES:
        raise ValueError(f"There are {len(images)} images: expected at most {MOST_IMAGES}. Write images[:8].")
    return images, models


def _compared(images, reconstructions):
    """Return images (n, height, width[, 3]), and a dict of reconstructions in the same shape."""
    images = sheets.pictures("images", images)
    if not isinstance(reconstructions, dict) or not reconstructions:
        raise ValueError('reconstructions: expected a dict of label -> images, for example {"PCA": decoded}.')
    models = {str(label): sheets.pictures(f"{label!r}", decoded) for label, decoded in reconstructions.items()}
    for label, decoded in models.items():
        if decoded.shape != images.shape:
            shapes = f"{decoded.shape}: expected {images.shape}, as the images"
            raise ValueError(f"Reconstructions {label!r} have shape {shapes}.")
    return images, models


def _mse(images, decoded):
    """Return each image's mean squared error, (n,)."""
    return np.mean((decoded - images) ** 2, axis=tuple(range(1, images.ndim)))


def _signed(errors):
    """Return errors as (n, height, width), the mean over the channels where there are any."""
    return errors.mean(axis=3) if errors.ndim == 4 else errors


def _time(seconds):
    """Return seconds in words, with two digits or more."""
    return f"{seconds:,.0f} s" if seconds >= 10 else f"{seconds:.2g} s"
