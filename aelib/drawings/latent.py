"""Drawings of codes and of what latent dimensions mean; distributions over codes are in `posterior`, not here."""

import textwrap

import matplotlib.colors
import matplotlib.patches
import numpy as np

from aelib import data, plots
from aelib.drawings import lettering, models

SIDE = 18  # images along each side of the decoded plane
MIDDLE = (0.005, 0.995)  # the share of the codes that a plane shows, along each dimension
THUMBNAIL = 1 / 15  # side of a picture in a map, as a share of the map's
MOST_THUMBNAILS = 50
CANDIDATES = 200  # points of each digit that may get a thumbnail
LONGEST_WAY = 3.0  # from a point to the middle of its thumbnail, in thumbnails
DEVIATIONS = 2  # from a Gaussian's mean to its ellipse
DISC = 0.05  # around a digit's number, as a share of a plane's side
SCORE_COLOURS = matplotlib.colors.LinearSegmentedColormap.from_list("score", ["#f4f5fb", "#7f9bd6", "#1d2f6f"])


@plots.look
def decoded_plane(encoder, decoder, images, labels):
    """Draw what the decoder makes of each place in a plane of codes, and beside it where the codes of images lie.

    Both panels have the same axes, which hold the middle 99 % of the codes along each dimension. For a variational
    encoder circles show the prior N(0, I), at one, two and three standard deviations.

    Args:
        encoder: Model from images (n, 784) to codes (n, 2), or to `[z, mean, log_var]`, of which it takes the mean.
        decoder: Model from codes (n, 2) to images (n, 784).
        images: Images in [0, 1], (n, 784), e.g. x_test.
        labels: Their digits (n,), whole numbers from 0 to 9.

    Raises:
        ValueError: if the models are no such pair, or the images or labels don't fit.

    Source: Kingma and Welling, "Auto-encoding variational Bayes", ICLR 2014, figure 4 (there on the prior's quantiles).
    """
    models.check_pair(encoder, decoder, (2,))
    images = data.checked("images", images, encoder.input_shape[1:])
    labels = _digits(labels, len(images))
    codes = models.codes(encoder, images)
    low, high = _range(codes)
    half = (high - low) / (2 * SIDE)
    x, y = np.linspace(low + half, high - half, SIDE).T
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    decoded = models.pictures(models.outputs(decoder, grid))
    height, width = decoded.shape[1:]
    rows = decoded.reshape(SIDE, SIDE, height, width)[::-1]  # the first row is the lowest
    mosaic = rows.transpose(0, 2, 1, 3).reshape(SIDE * height, SIDE * width)
    figure = plots.figure((8.2, 4.35))
    left, right = figure.subplots(1, 2, sharey=True)
    extent = (low[0], high[0], low[1], high[1])
    left.imshow(mosaic, cmap="gray", vmin=0, vmax=1, extent=extent, aspect="auto", interpolation="none")
    for digit, place in zip(np.unique(labels), lettering.medians(codes, labels, DISC * (high - low))):
        points = codes[labels == digit]
        right.scatter(*points.T, s=8, color=plots.DIGIT_COLOURS[digit], linewidths=0, rasterized=True)
        lettering.write_digit(right, place, digit)
    if models.is_variational(encoder):
        for radius in (1, 2, 3):
            right.add_patch(matplotlib.patches.Circle((0, 0), radius, fill=False, edgecolor=plots.INK, linewidth=0.8))
    for axis in (left, right):
        axis.set(xlabel="latent dimension 1", ylabel="latent dimension 2" if axis is left else None)
        axis.set(xlim=extent[:2], ylim=extent[2:], box_aspect=1)
        axis.spines[["top", "right"]].set_visible(True)
    said = f"from {low[0]:.2g} to {high[0]:.2g} in the first and from {low[1]:.2g} to {high[1]:.2g} in the second"
    return plots.finished(
        figure,
        None,
        f"The plane of two latent dimensions, {said}. Left, {SIDE} x {SIDE} images decoded from it; right, the codes "
        f"of {len(codes)} images, one colour a digit: {', '.join(map(str, np.unique(labels)))}.",
    )


@plots.look
def latent_map(codes, images, labels, xlabel="latent dimension 1", ylabel="latent dimension 2"):
    """Draw codes as points in the colours of their digits, and some of their images in the free places near them.

    No image covers another one or a digit's number, which stands at the median of its points. A thin line joins each
    image and its point. Where the points leave no room there are fewer images.

    Args:
        codes: Points (n, 2): the codes, or what PCA or t-SNE makes of longer ones.
        images: Their images in [0, 1], (n, 784), (n, height, width) or (n, height, width, 1).
        labels: Their digits (n,), whole numbers from 0 to 9.
        xlabel, ylabel: Names of the axes.

    Raises:
        ValueError: if the codes are no points in the plane, or the images or labels don't fit them.
    """
    codes = np.asarray(codes)
    if codes.ndim != 2 or codes.shape[1] != 2 or not len(codes) or not np.isfinite(codes).all():
        raise ValueError(
            f"codes of shape {codes.shape}: expected finite numbers (n, 2). Of longer codes, write codes[:, :2] for "
            "the first two latent dimensions, or sklearn.manifold.TSNE(random_state=0).fit_transform(codes)."
        )
    images = models.pictures(data.checked("images", images))
    if len(images) != len(codes):
        raise ValueError(f"{len(images)} images for {len(codes)} codes: expected the images of these codes.")
    labels = _digits(labels, len(codes))
    low, high = codes.min(axis=0), codes.max(axis=0)
    room = np.where(high > low, 0.07 * (high - low), 1)  # images may lie around the points, too
    low, high = low - room, high + room
    numbers = lettering.medians(codes, labels, DISC * (high - low))
    places, shown = _places(*((points - low) / (high - low) for points in (codes, numbers)), labels)
    figure = plots.figure((6.8, 6.6))
    axis = figure.subplots()
    for digit, place in zip(np.unique(labels), numbers):
        points = codes[labels == digit]
        axis.scatter(*points.T, s=8, color=plots.DIGIT_COLOURS[digit], linewidths=0, rasterized=True, zorder=1)
        lettering.write_digit(axis, place, digit)
    half = THUMBNAIL / 2 * (high - low)
    for place, i in zip(low + places * (high - low), shown):
        colour = plots.DIGIT_COLOURS[labels[i]]
        axis.plot(*zip(place, codes[i]), color=colour, linewidth=0.9, zorder=2)
        axis.plot(*codes[i], "o", color=colour, markersize=4.5, zorder=2)
        (left, bottom), (right, top) = place - half, place + half
        extent = (left, right, bottom, top)
        axis.imshow(images[i], cmap="gray", vmin=0, vmax=1, extent=extent, aspect="auto", zorder=3)
        frame = {"fill": False, "edgecolor": colour, "linewidth": 1.2, "zorder": 4}
        axis.add_patch(matplotlib.patches.Rectangle((left, bottom), *(2 * half), **frame))
    axis.set(xlabel=xlabel, ylabel=ylabel)
    axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), box_aspect=1)
    return plots.finished(
        figure,
        None,
        f"Map of {len(codes)} codes, {ylabel} against {xlabel}, one colour a digit: "
        f"{', '.join(map(str, np.unique(labels)))}. {len(shown)} of their images stand beside their points.",
    )


@plots.look
def factor_scores(scores, factors):
    """Draw a table of how much each latent dimension tells about each factor, darker the more, with the numbers in it.

    Args:
        scores: Numbers in [0, 1], (latent dimensions, factors), e.g. squared correlations or shares of importance.
        factors: Names of the factors.

    Raises:
        ValueError: if the scores are no such table, or not as many names as columns.

    Source: Eastwood and Williams, "A framework for the quantitative evaluation of disentangled representations", ICLR
        2018 (there as squares of different size).
    """
    scores, factors = np.asarray(scores, float), [str(factor) for factor in factors]
    if scores.ndim != 2 or not scores.size or scores.shape[1] != len(factors):
        raise ValueError(
            f"scores of shape {scores.shape} with {len(factors)} factors: expected (latent dimensions, factors). "
            "If the factors are the rows, write scores.T."
        )
    if not (scores.min() >= 0 and scores.max() <= 1):  # nan is not
        raise ValueError(f"scores range from {scores.min():.3g} to {scores.max():.3g}: expected 0 to 1.")
    names = [textwrap.fill(factor, 12) for factor in factors]
    wide = max(0.62, 0.09 * max(len(line) for name in names for line in name.split("\n")) + 0.1)
    figure = plots.figure((wide * len(factors) + 0.8, max(1.6, 0.42 * len(scores) + 0.9)))
    axis = figure.subplots()
    for (row, column), score in np.ndenumerate(scores):
        colour = SCORE_COLOURS(score)
        box = matplotlib.patches.Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour, edgecolor=plots.INK)
        axis.add_patch(box)
        axis.text(column, row, f"{score:.2f}", color=lettering.black_or_white(colour), ha="center", va="center")
    axis.set_ylabel("latent dimension")
    axis.set(xlim=(-0.5, len(factors) - 0.5), ylim=(len(scores) - 0.5, -0.5))
    axis.set_xticks(range(len(factors)), names)
    axis.set_yticks(range(len(scores)), range(1, len(scores) + 1))
    axis.tick_params(length=0, labeltop=True, labelbottom=False)
    axis.spines[:].set_visible(False)
    figure.vector = True
    size = f"{len(scores)} latent dimensions for {len(factors)} factors"
    best = [
        f"{factor}: {i + 1} with {scores[i, j]:.2f}"
        for j, (factor, i) in enumerate(zip(factors, scores.argmax(axis=0)))
    ]
    return plots.finished(
        figure,
        None,
        f"Scores of {size}. The highest of each: {', '.join(best)}.",
    )


@plots.look
def mixtures(codes, fitted):
    """Draw codes as points, once for each mixture of Gaussians, with an ellipse around the middle of each Gaussian.

    An ellipse holds 86 % of its Gaussian's probability (a distance of two standard deviations in every direction), and
    a cross marks the mean. All panels have the same axes, which hold all ellipses and the middle 99 % of the codes.

    Args:
        codes: Points (n, 2): the codes that the mixtures were fitted to.
        fitted: One to four fitted models of scikit-learn's `GaussianMixture` with covariance_type="full".

    Raises:
        ValueError: if the codes are no points in the plane, or a mixture is not fitted to such points.
    """
    codes = np.asarray(codes)
    if codes.ndim != 2 or codes.shape[1] != 2 or not len(codes) or not np.isfinite(codes).all():
        raise ValueError(f"codes of shape {codes.shape}: expected finite numbers (n, 2). Write codes[:, :2].")
    if not 1 <= len(fitted) <= 4:
        raise ValueError(f"{len(fitted)} mixtures: expected one to four. Write for example [one, five].")
    for mixture in fitted:
        shape = np.shape(getattr(mixture, "covariances_", None))
        if len(shape) != 3 or shape[1:] != (2, 2):
            raise ValueError(
                f"{mixture} has covariances of shape {shape}: expected (Gaussians, 2, 2). Write for example "
                "sklearn.mixture.GaussianMixture(5, random_state=0).fit(codes)."
            )
    low, high = _range(codes)
    for mixture in fitted:
        reach = 1.05 * DEVIATIONS * np.sqrt(np.diagonal(mixture.covariances_, axis1=1, axis2=2))
        low, high = (
            np.minimum(low, np.min(mixture.means_ - reach, 0)),
            np.maximum(high, np.max(mixture.means_ + reach, 0)),
        )
    figure = plots.figure((4.8 * len(fitted), 5.3))
    panels = figure.subplots(1, len(fitted), sharey=True, squeeze=False)[0]
    points, around = plots.SERIES_COLOURS[:2]
    said = []
    for axis, mixture in zip(panels, fitted):
        axis.scatter(*codes.T, s=5, color=points, alpha=0.5, linewidths=0, rasterized=True)
        for mean, covariance in zip(mixture.means_, mixture.covariances_):
            variances, ways = np.linalg.eigh(covariance)
            turn = np.degrees(np.arctan2(*ways[::-1, 1]))
            size = 2 * DEVIATIONS * np.sqrt(variances[::-1])
            style = {"fill": False, "edgecolor": around, "linewidth": 2.2}
            axis.add_patch(matplotlib.patches.Ellipse(mean, *size, angle=turn, **style))
            axis.plot(*mean, "x", color=around, markersize=8, markeredgewidth=2.2)
        count = len(mixture.means_)
        said.append("1 Gaussian" if count == 1 else f"{count} Gaussians")
        axis.set_title(said[-1])
        axis.set(xlabel="latent dimension 1", ylabel="latent dimension 2" if axis is panels[0] else None)
        axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), box_aspect=1)
    return plots.finished(
        figure,
        None,
        f"{len(codes)} codes in the plane of two latent dimensions, with an ellipse around the middle of each Gaussian "
        f"that was fitted to them: {', '.join(said)}.",
    )


def _digits(labels, n):
    """Return labels as whole numbers, or raise in the user's terms."""
    labels = np.asarray(labels)
    if labels.shape != (n,) or not set(np.unique(labels)) <= set(range(10)):
        raise ValueError(
            f"labels of shape {labels.shape}: expected ({n},), the images' digits, whole numbers from 0 to 9."
        )
    return labels.astype(int)


def _range(codes):
    """Return the lowest and the highest place (2,) of the middle of the codes, never the same."""
    low, high = np.quantile(codes, MIDDLE, axis=0)
    room = np.where(high > low, 0.03 * (high - low), 1)
    return low - room, high + room


def _places(points, numbers, labels):
    """Return the middles of thumbnails (k, 2) and the indices (k,) of the points that they belong to.

    The digits choose in turn. Each takes the place with the shortest way to one of its points, where covering points
    counts as a longer way, as long as there is one that keeps clear of everything chosen before.

    Args:
        points: Points (n, 2) in the unit square.
        numbers: Where the digits' numbers stand, (k, 2).
        labels: Their digits (n,).
    """
    middles = np.arange(THUMBNAIL / 2, 1 - THUMBNAIL / 2 + 1e-9, THUMBNAIL / 2)
    places = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
    covered = np.array([(np.abs(points - place).max(axis=1) < 0.55 * THUMBNAIL).sum() for place in places])
    crowded = covered / (0.2 * len(points) * THUMBNAIL**2)
    free = ~_near(places, numbers, 0.95 * THUMBNAIL)
    candidates, costs = [], []
    for digit in np.unique(labels):
        mine = np.flatnonzero(labels == digit)
        clear = mine[~_near(points[mine], numbers, DISC / 2)]  # of the numbers, which cover points
        mine = clear[:: len(clear) // CANDIDATES + 1] if len(clear) else mine[:1]
        apart = np.abs(places[:, None] - points[mine])
        cost = np.linalg.norm(apart, axis=2) / THUMBNAIL + crowded[:, None]
        cost[(cost > LONGEST_WAY) | (apart.max(axis=2) < 0.6 * THUMBNAIL)] = np.inf  # it would cover its own point
        candidates.append(mine)
        costs.append(cost)
    chosen, shown, ways = [], [], []
    for _ in range(MOST_THUMBNAILS):
        for mine, cost in zip(candidates, costs):
            cost[~free] = np.inf
            while np.isfinite(cost.min()) and len(chosen) < MOST_THUMBNAILS:
                place, i = np.unravel_index(cost.argmin(), cost.shape)
                way = points[mine[i]] + np.linspace(0, 1, 40)[:, None] * (places[place] - points[mine[i]])
                if chosen and (_near(way, chosen, 0.55 * THUMBNAIL).any() or _near(way, ways, 0.12 * THUMBNAIL).any()):
                    cost[place, i] = np.inf  # its line would meet another thumbnail or line
                    continue
                chosen.append(places[place])
                shown.append(mine[i])
                ways.extend(way)
                free &= ~_near(places, chosen[-1:], 1.12 * THUMBNAIL) & ~_near(places, way, 0.6 * THUMBNAIL)
                cost[:, _near(points[mine], points[mine[[i]]], 1.5 * THUMBNAIL)] = np.inf
                break
    return np.reshape(chosen, (-1, 2)), np.array(shown, int)


def _near(places, others, distance):
    """Return which places (n, 2) are, along both axes, nearer than a distance to one of the others (k, 2)."""
    return (np.abs(places[:, None] - np.asarray(others)).max(axis=2) < distance).any(axis=1)
