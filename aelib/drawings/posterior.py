"""Drawings of a variational autoencoder's distributions over codes; maps of codes are in `latent`, not here."""

import matplotlib.lines
import matplotlib.patches
import numpy as np

from aelib import data, plots
from aelib.drawings import lettering, models

MASSES = (0.5, 0.9)  # shares of a distribution's probability that the contours hold
WIDE = 4.5  # the prior has practically all of its mass from -WIDE to WIDE
STEPS = 101  # of a grid, along each latent dimension
LEAST = 1e-7  # a pixel's probability stays as far from 0 and 1, as in Keras
ACTIVE = 0.01  # nats


@plots.look
def posteriors(encoder, decoder, images):
    """Draw for each image the true posterior p(z|x) as contours, and over it the encoder's q(z|x) as ellipses.

    The inner contour holds 50 % of the probability and the outer one 90 %, of both alike. p(z|x) is computed on a grid:
    p(x|z) p(z), with pixels that are Bernoulli and the prior N(0, I), divided by its sum. Each panel shows the part of
    the latent space in which the two lie.

    Args:
        encoder: Model from images (n, 784) to `[z, mean, log_var]` of two latent dimensions.
        decoder: Model from codes (n, 2) to images (n, 784) in (0, 1).
        images: One to six images in [0, 1], (n, 784), e.g. x_test[:4].

    Raises:
        ValueError: if the models are no such pair, or the images don't fit.

    Source: Cremer et al., "Inference suboptimality in variational autoencoders", ICML 2018.
    """
    models.check_pair(encoder, decoder, (2,))
    if not models.is_variational(encoder):
        raise ValueError(
            "The encoder gives one code and no distribution: expected [z, mean, log_var]. Build it with "
            "factories.variational(784, [512], 2)."
        )
    images = data.checked("images", images, encoder.input_shape[1:])
    if len(images) > 6:
        raise ValueError(f"images are {len(images)}: expected one to six. Write images[:4].")
    _, means, log_vars = models.outputs(encoder, images)
    stds = np.exp(0.5 * log_vars)
    pictures = models.pictures(images)
    everywhere = _grid(
        np.minimum(-WIDE, (means - 4 * stds).min(axis=0)), np.maximum(WIDE, (means + 4 * stds).max(axis=0))
    )
    joints = log_joint(decoder, images, everywhere.reshape(-1, 2)).reshape(len(images), STEPS, STEPS)
    columns = len(images)
    figure = plots.figure((max(2.5 * columns, 4.6) + 0.4, 4.0))
    panels = figure.subplots(2, columns, squeeze=False, gridspec_kw={"height_ratios": (1, 3)})
    p_colour, q_colour = plots.SERIES_COLOURS[:2]
    said = []
    for j, (image, mean, std) in enumerate(zip(pictures, means, stds)):
        above, axis = panels[:, j]
        above.imshow(image, cmap="gray", vmin=0, vmax=1)
        above.set(xticks=[], yticks=[])
        above.spines[:].set_visible(True)
        grid, posterior = _zoomed(decoder, images[j], everywhere, joints[j], mean, std)
        levels = mass_levels(posterior, MASSES)
        x, y = grid[0, :, 0], grid[:, 0, 1]
        for level in levels:  # the inner region is filled twice
            axis.contourf(x, y, posterior, [level, np.inf], colors=[p_colour], alpha=0.25)
        axis.contour(x, y, posterior, levels[::-1], colors=[p_colour], linewidths=1.4)
        for mass in MASSES:
            width, height = 2 * std * np.sqrt(-2 * np.log1p(-mass))
            style = {"fill": False, "edgecolor": q_colour, "linewidth": 2, "linestyle": "--"}
            axis.add_patch(matplotlib.patches.Ellipse(mean, width, height, **style))
        axis.set(xlabel="latent dimension 1", ylabel="latent dimension 2" if j == 0 else None)
        axis.set(xlim=x[[0, -1]], ylim=y[[0, -1]], box_aspect=1)
        axis.locator_params(nbins=4)
        weights = posterior / posterior.sum()
        centre = (weights[..., None] * grid).sum(axis=(0, 1))
        said.append(
            f"{j + 1}: p(z|x) around ({centre[0]:.2f}, {centre[1]:.2f}), q(z|x) around ({mean[0]:.2f}, {mean[1]:.2f})"
        )
    handles = [
        matplotlib.patches.Patch(
            facecolor=(p_colour, 0.25),
            edgecolor=p_colour,
            linewidth=1.4,
            label="true posterior p(z|x), 50 and 90 % of its mass",
        ),
        matplotlib.lines.Line2D(
            [], [], color=q_colour, linewidth=2, linestyle="--", label="encoder's q(z|x), the same"
        ),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=1 if columns < 3 else 2)
    figure.vector = True
    return plots.finished(
        figure,
        None,
        f"The true posterior and the encoder's, contours of 50 and 90 % of their mass. Image {'; image '.join(said)}.",
    )


@plots.look
def drawn_codes(encoder, decoder, images, labels, eps):
    """Draw images, the distributions over codes that the encoder gives for them, and what draws from these decode to.

    On the left the images, in the middle the plane of codes with an ellipse two standard deviations around each mean
    and a dot for each draw z = mean + exp(log_var / 2) * eps, on the right a row of decoded draws for each image. Grey
    circles show the prior N(0, I), at one, two and three standard deviations. The rows are in the order of the means'
    heights, so that few arrows cross.

    Args:
        encoder: Model from images (n, 784) to `[z, mean, log_var]` of two latent dimensions.
        decoder: Model from codes (n, 2) to images (n, 784).
        images: One to five images in [0, 1], (n, 784), e.g. x_test[:4].
        labels: Their digits (n,), which choose the colours.
        eps: Noise (n, draws, 2), at most six draws of each image.

    Raises:
        ValueError: if the models are no such pair, or images, labels or noise don't fit.

    Source: Kingma and Welling, "Auto-encoding variational Bayes", ICLR 2014, section 2.4.
    """
    models.check_pair(encoder, decoder, (2,))
    if not models.is_variational(encoder):
        raise ValueError("The encoder gives one code and no distribution: expected [z, mean, log_var].")
    images, eps = data.checked("images", images, encoder.input_shape[1:]), np.asarray(eps, float)
    rows = len(images)
    if not (1 <= rows <= 5 and np.shape(labels) == (rows,) and eps.ndim == 3):
        raise ValueError(
            f"{rows} images, labels of shape {np.shape(labels)}, eps of shape {eps.shape}: expected one to five "
            "images, a label of each, and eps of shape (images, draws, 2)."
        )
    if eps.shape[::2] != (rows, 2) or not 1 <= eps.shape[1] <= 6:
        raise ValueError(f"eps of shape {eps.shape}: expected ({rows}, draws, 2) with one to six draws.")
    order = np.argsort(-models.codes(encoder, images)[:, 1])
    images, labels, eps = images[order], np.asarray(labels)[order], eps[order]
    _, means, log_vars = models.outputs(encoder, images)
    stds = np.exp(0.5 * log_vars)
    z = means[:, None] + stds[:, None] * eps
    decoded = models.pictures(models.outputs(decoder, z.reshape(-1, 2))).reshape(*eps.shape[:2], *_sides(images))
    reach = max(3.3, 1.1 * np.abs(z).max())
    figure = plots.figure((9.6, 4.5))
    left, plane, right = figure.subplots(1, 3, width_ratios=(1, 4.2, eps.shape[1]))
    for radius in (1, 2, 3):
        plane.add_patch(matplotlib.patches.Circle((0, 0), radius, fill=False, edgecolor=plots.INK, linewidth=0.8))
        plane.annotate(str(radius), (0, -radius), ha="center", va="bottom")
    colours = [plots.DIGIT_COLOURS[int(label)] for label in labels]
    for i, (mean, std, colour) in enumerate(zip(means, stds, colours)):
        ellipse = {"facecolor": (colour, 0.3), "edgecolor": colour, "linewidth": 1.8}
        plane.add_patch(matplotlib.patches.Ellipse(mean, *(4 * std), **ellipse))
        plane.plot(*z[i].T, ".", color=colour, markersize=4)
        _framed(left, models.pictures(images[i : i + 1]), i, colour)
        _framed(right, decoded[i], i, colour)
        for start, end in (((left, (0.5, i)), (plane, mean)), ((plane, mean), (right, (-0.55, i)))):
            ends = {"axesA": start[0], "coordsA": "data", "axesB": end[0], "coordsB": "data"}
            way = {"arrowstyle": "-|>", "color": colour, "linewidth": 1, "shrinkA": 4, "shrinkB": 6, "alpha": 0.8}
            figure.add_artist(matplotlib.patches.ConnectionPatch(start[1], end[1], **ends, **way))
    for axis, columns, title in ((left, 1, "images x\n(n, 784)"), (right, eps.shape[1], "decoded draws\n(n, 784)")):
        axis.set(xlim=(-0.55, columns - 0.45), ylim=(rows - 0.45, -0.55), xticks=[], yticks=[], title=title)
        axis.spines[:].set_visible(False)
        axis.set_aspect("equal")
    plane.set(xlim=(-reach, reach), ylim=(-reach, reach), box_aspect=1, xticks=[], yticks=[])
    plane.set_xlabel("latent dimensions: 1 across, 2 up")
    plane.spines[:].set_visible(False)
    plane.set_title("mean and log_var (n, 2) give an ellipse;\neps (n, 2) chooses z (n, 2) in it")
    said = "; ".join(
        f"{label}: mean ({mean[0]:.2f}, {mean[1]:.2f}), standard deviations {std[0]:.2f} and {std[1]:.2f}"
        for label, mean, std in zip(labels, means, stds)
    )
    return plots.finished(
        figure,
        None,
        f"Images, the distributions over codes that the encoder gives for them, and {eps.shape[1]} decoded draws from "
        f"each. {said}.",
    )


def log_joint(decoder, images, z):
    """Return ln p(x|z) + ln p(z) of each image x and each code z, (images, codes), in nats.

    Args:
        decoder: Model from codes to the pixels' probabilities (n, pixels).
        images: Images in [0, 1], (images, pixels) or (images, height, width, 1).
        z: Codes (codes, latent dimensions).
    """
    pixels = np.clip(models.outputs(decoder, z).astype(float).reshape(len(z), -1), LEAST, 1 - LEAST)
    images = images.reshape(len(images), -1)
    likelihood = images @ np.log(pixels).T + (1 - images) @ np.log(1 - pixels).T
    return likelihood - 0.5 * np.sum(z**2 + np.log(2 * np.pi), axis=1)


def mass_levels(density, masses):
    """Return for each mass the level above which a density on a grid holds that share of its sum.

    Args:
        density: Numbers from 0 on, any shape, on cells of one size.
        masses: Shares from 0 to 1.
    """
    sorted_down = np.sort(density, axis=None)[::-1]
    held = np.cumsum(sorted_down) / sorted_down.sum()
    return [float(sorted_down[min(np.searchsorted(held, mass), len(held) - 1)]) for mass in masses]


@plots.look
def kl_per_dimension(kl):
    """Draw the KL divergence of each latent dimension over the epochs, with the active ones named at their ends.

    A dimension is called active if its KL divergence ends above 0.01 nats; the others are drawn thin.

    Args:
        kl: KL divergence from q(z|x) to the prior in nats per image, mean over images, (epochs, latent dimensions).

    Raises:
        ValueError: if it is no such table, or negative.

    Source: Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders", ICLR 2016 (active units; there by the
        variance of the mean, above 0.01).
    """
    kl = np.asarray(kl, float)
    if kl.ndim != 2 or not kl.size or not np.isfinite(kl).all():
        raise ValueError(f"kl of shape {kl.shape}: expected finite numbers (epochs, latent dimensions).")
    if kl.min() < -1e-6:
        raise ValueError(f"kl has {kl.min():.3g} in it: expected 0 or more, as a KL divergence is never negative.")
    epochs = np.arange(1, len(kl) + 1)
    ends = kl[-1]
    active = np.flatnonzero(ends > ACTIVE)
    rest = kl.shape[1] - len(active)
    names = [f"dimension {i + 1}: {ends[i]:.2f}" for i in active] + [f"{rest} inactive"] * bool(rest)
    colours = [plots.SERIES_COLOURS[j % len(plots.SERIES_COLOURS)] for j in range(len(active))] + [plots.INK]
    figure = plots.figure((6.8, max(3.6, 0.2 * len(names) + 0.9)))
    axis = figure.subplots()
    axis.plot(epochs, kl[:, ends <= ACTIVE], color=plots.INK, linewidth=0.9)
    for j, i in enumerate(active):
        style = plots.SERIES_STYLES[j % len(plots.SERIES_STYLES)]
        axis.plot(epochs, kl[:, i], color=colours[j], linestyle=style, linewidth=1.8)
    axis.set(xlabel="epoch", ylabel="KL (nats per image)")
    axis.locator_params(axis="x", integer=True)
    top = 1.04 * max(kl.max(), ACTIVE)
    span = max(len(kl) - 1, 1)
    axis.set(xlim=(1 - 0.02 * span, 1 + 1.02 * span), ylim=(-0.04 * top, top))
    heights = [*ends[active], *([ends[ends <= ACTIVE].mean()] if rest else [])]
    gap = 0.19 / (figure.get_figheight() - 0.7) * 1.04 * top  # 0.19 inches, a line of text
    style = {"xycoords": "data", "textcoords": ("axes fraction", "data"), "va": "center"}
    for name, height, place, colour in zip(names, heights, lettering.spread(heights, gap, -0.02 * top, top), colours):
        line = {"arrowstyle": "-", "color": colour, "linewidth": 0.9, "shrinkA": 1, "shrinkB": 1, "relpos": (0, 0.5)}
        axis.annotate(name, (epochs[-1], height), xytext=(1.06, place), arrowprops=line, **style)
    figure.vector = True
    said = "; ".join(names)
    return plots.finished(
        figure,
        None,
        f"KL divergence of {kl.shape[1]} latent dimensions over {len(kl)} epochs, at the end in nats: {said}.",
    )


def _grid(low, high, steps=STEPS):
    """Return a grid of codes (steps, steps, 2); the first latent dimension grows along the second axis."""
    return np.stack(np.meshgrid(*np.linspace(low, high, steps).T), axis=-1)


def _zoomed(decoder, image, grid, joint, mean, std):
    """Return a square grid of codes around the posterior of an image and q, and the posterior's density on it.

    Args:
        grid, joint: A grid of codes that holds all, and ln p(x, z) on it.
        mean, std: Of q, (2,) each.
    """
    reach = std * np.sqrt(-2 * np.log1p(-MASSES[-1]))
    for steps in (STEPS // 2, STEPS // 2, STEPS):  # each time closer, as the posterior may be narrower than a cell
        density = np.exp(joint - joint.max())
        (level,) = mass_levels(density, [0.995])
        inside = grid[density >= level]
        cell = grid[1, 1] - grid[0, 0]
        low, high = (
            np.minimum(inside.min(axis=0) - cell, mean - reach),
            np.maximum(inside.max(axis=0) + cell, mean + reach),
        )
        half = 0.56 * (high - low).max()
        grid = _grid((low + high) / 2 - half, (low + high) / 2 + half, steps)
        joint = log_joint(decoder, image[None], grid.reshape(-1, 2)).reshape(steps, steps)
    density = np.exp(joint - joint.max())
    return grid, density / (density.sum() * np.prod(grid[1, 1] - grid[0, 0]))


def _sides(images):
    """Return height and width of the pictures that images are."""
    return models.pictures(images[:1]).shape[1:]


def _framed(axis, pictures, row, colour):
    """Draw pictures (k, height, width) side by side in a row of an axis, each in a frame of a colour."""
    for column, picture in enumerate(pictures):
        extent = (column - 0.45, column + 0.45, row + 0.45, row - 0.45)
        axis.imshow(picture, cmap="gray", vmin=0, vmax=1, extent=extent)
        frame = {"fill": False, "edgecolor": colour, "linewidth": 1.4}
        axis.add_patch(matplotlib.patches.Rectangle((column - 0.45, row - 0.45), 0.9, 0.9, **frame))
