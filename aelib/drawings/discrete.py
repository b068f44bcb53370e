"""Diagrams of codes on a grid: the straight-through step with its numbers, a generator in two stages; no model runs."""

import numpy as np
from matplotlib.patches import Polygon, Rectangle

from aelib import plots
from aelib.drawings import lettering, signed

MOST_ENTRIES = 12  # of a codebook: each has a label
ARROW = {"arrowstyle": "-|>,head_length=0.5,head_width=0.25", "shrinkA": 0, "shrinkB": 0, "linewidth": 2}
THERE, BACK = plots.SERIES_COLOURS[:2]
SIDE = 0.95  # inches, of an image or grid in the diagram of two stages
COLUMNS = (0.6, 1.95, 3.15, 4.35, 5.7)  # inches, the middles of what stands there
UPPER, LOWER = 3.6, 1.85  # inches, the middles of both rows
KINDS = (
    ("the grid holds", "the second network", "for example"),
    ("tokens", "predicts the next token", "VQ-VAE, DALL·E"),
    ("vectors, KL weighted by about 10⁻⁶", "removes noise", "latent diffusion"),
)


@plots.look
def straight_through(book, z, gradient):
    """Draw the straight-through step for one vector: forwards to the nearest entry, backwards the gradient copied.

    Forwards the encoder's vector z is replaced by q, the nearest entry of the codebook; all vectors on the pale ground
    are replaced by the same one, so the true slope there is 0. Backwards the gradient of the loss with respect to q is
    handed to z, number by number. Its arrows show the direction, not the length.

    Args:
        book: The codebook's entries, (K, 2), or (K, 1) or (K,) for a line of numbers; K from 2 to 12.
        z: What the encoder gives, (2,), or one number.
        gradient: That of the loss with respect to what the decoder gets, as many numbers as z has, not all 0.

    Raises:
        ValueError: if the shapes don't fit each other, or numbers are not finite.

    Source: Bengio, Léonard and Courville, "Estimating or propagating gradients through stochastic neurons for
        conditional computation", 2013; van den Oord, Vinyals and Kavukcuoglu, "Neural discrete representation
        learning", 2017, section 3.2.
    """
    book, z, gradient = _step(book, z, gradient)
    flat = book.shape[1] == 1
    k = int(np.argmin(((book - z) ** 2).sum(axis=1)))
    places, start = (np.pad(points, ((0, 0), (0, 2 - book.shape[1]))) for points in (book, z[np.newaxis]))
    start, target = start[0], places[k]
    along = np.pad(gradient, (0, 2 - len(gradient))) / np.linalg.norm(gradient)
    points = np.vstack([places, start])
    reach = 0.5 * max(np.ptp(points, axis=0).max(), 1e-9)
    arrow, below = 0.6 * reach * along, np.array([0, -0.3 * reach * flat])  # on a line, arrows stand below each other
    tails = target + below, start + 2 * below
    around = np.vstack([points, *tails, *(tail + arrow for tail in tails)])
    low, high = around.min(axis=0) - 0.4 * reach, around.max(axis=0) + 0.4 * reach
    figure = plots.figure((6.4, 1.4 + 2.9 * min((high - low)[1] / (high - low)[0], 1.2)))
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    words = [_numbers(vector) for vector in (z, book[k], gradient)]
    heads = (
        f"forwards\nz = {words[0]}\nq = {words[1]}",
        f"backwards\ngradient at q: {words[2]}\ncopied to z: {words[2]}",
    )
    for axis, head in zip(axes, heads):
        axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
        axis.set_xlabel("number" if flat else "first number")
        axis.set_title(head, color=plots.INK, size="medium")
        axis.add_patch(Polygon(_cell(places, k, low, high), facecolor=THERE, alpha=0.13, linewidth=0))
        axis.plot(*places.T, "s", color=plots.INK, markersize=7)
        axis.plot(*target, "s", color=BACK, markersize=9)
        axis.plot(*start, "o", color=THERE, markersize=9)
        if flat:
            axis.axhline(0, color=plots.INK, linewidth=0.6, zorder=0)
            axis.set_yticks([])
            axis.spines.left.set_visible(False)
    axes[0].set_ylabel("" if flat else "second number", color=plots.INK)
    axes[0].annotate("", target, start, arrowprops={**ARROW, "color": THERE})
    for tail, place in zip(tails, (target, start)):
        axes[1].annotate("", tail + arrow, tail, arrowprops={**ARROW, "color": BACK})
        axes[1].plot(*zip(place, tail), ":", color=BACK, linewidth=1)
    bent = {"arrowstyle": "->", "linestyle": "--", "connectionstyle": "arc3,rad=0.35", "shrinkA": 7, "shrinkB": 7}
    axes[1].annotate("", tails[1], tails[0], arrowprops={**bent, "color": plots.INK, "linewidth": 1.4})
    clear = [np.array([start, target])], [np.array([tail, tail + arrow]) for tail in tails]
    texts = [f"q = entry {i + 1}" if i == k else "" if flat else f"entry {i + 1}" for i in range(len(book))]
    for axis, lines in zip(axes, clear):
        lettering.label_points(axis, points, [*texts, "z"], [*lines, clear[0][0]], [plots.INK] * len(points))
    figure.vector = True
    description = (
        f"The straight-through step. Forwards the encoder's z = {words[0]} is replaced by the nearest of {len(book)} "
        f"entries, q = entry {k + 1} = {words[1]}. Backwards the gradient {words[2]} arrives at q and is copied to z "
        "unchanged, as the same arrow at both places; the entry gets none. On the pale ground every z gives the same q."
    )
    return plots.finished(figure, None, description)


def _step(book, z, gradient):
    """Return codebook (K, d), vector and gradient (d,) as floats, d 1 or 2, or raise in the user's terms."""
    book, z, gradient = (np.asarray(values, float) for values in (book, z, gradient))
    came = f"book of shape {book.shape}, z of shape {z.shape} and gradient of shape {gradient.shape}"
    book, z, gradient = book[:, np.newaxis] if book.ndim == 1 else book, np.atleast_1d(z), np.atleast_1d(gradient)
    if book.ndim != 2 or book.shape[1] not in (1, 2) or {z.shape, gradient.shape} != {book.shape[1:]}:
        raise ValueError(
            f"{came}: expected (K, 2), (2,) and (2,), or (K,) and two single numbers. Of longer vectors, take two of "
            "their numbers, e.g. book[:, :2], z[:2] and gradient[:2]."
        )
    if not 2 <= len(book) <= MOST_ENTRIES:
        raise ValueError(f"book has {len(book)} entries: expected 2 to {MOST_ENTRIES}. Write book[:{MOST_ENTRIES}].")
    if not all(np.isfinite(values).all() for values in (book, z, gradient)) or not gradient.any():
        raise ValueError(f"{came}: expected finite numbers, and a gradient that is not 0 everywhere.")
    return book, z, gradient


def _cell(places, k, low, high):
    """Return the corners (n, 2) of the part of a rectangle whose points are nearest to places[k] of all places."""
    corners = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
    for other in np.delete(places, k, axis=0):
        if (other == places[k]).all():
            continue
        ahead = (corners - (other + places[k]) / 2) @ (places[k] - other)  # 0 half way, more on this side
        found = []
        for i, (corner, side) in enumerate(zip(corners, ahead)):
            if ahead[i - 1] * side < 0:
                found.append(corners[i - 1] + ahead[i - 1] / (ahead[i - 1] - side) * (corner - corners[i - 1]))
            if side >= 0:
                found.append(corner)
        corners = np.array(found)
    return corners


def _numbers(vector):
    """Return a vector in words: one number as it is, two in brackets."""
    texts = [signed.number(value) for value in vector]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


@plots.look
def two_stages(image, grid, rebuilt, new_grid, new_image):
    """Draw how an image generator works in two stages, with real images and grids in it.

    First an autoencoder learns to turn images into small grids and back, and is frozen. Then a second network learns
    which grids there are, and makes new ones, which the same decoder turns into images.

    Args:
        image, rebuilt, new_image: An image, what the decoder makes of its grid, and what it makes of a new grid; each
            (784,), (height, width), or (height, width, 1 or 3), in [0, 1].
        grid, new_grid: The image's grid and a new one, (rows, columns): tokens, or one number of each vector. They are
            painted from black, the least of both, to white.

    Raises:
        ValueError: if images or grids have other shapes.

    Source: van den Oord, Vinyals and Kavukcuoglu, "Neural discrete representation learning", 2017; Rombach, Blattmann,
        Lorenz, Esser and Ommer, "High-resolution image synthesis with latent diffusion models", 2022.
    """
    named = {"image": image, "rebuilt": rebuilt, "new_image": new_image}
    image, rebuilt, new_image = (_single(name, one) for name, one in named.items())
    grid, new_grid = _grids(grid, new_grid)
    figure = plots.figure((6.3, 4.5))
    axis = figure.subplots()
    axis.set(xlim=(0, 6.3), ylim=(0, 4.5), aspect="equal")
    axis.axis("off")
    first, second, third, fourth, last = COLUMNS
    for x, y, values, name in (
        (first, UPPER, image, "image"),
        (third, UPPER, grid, "grid"),
        (last, UPPER, rebuilt, "reconstruction"),
        (third, LOWER, new_grid, "new grid"),
        (last, LOWER, new_image, "new image"),
    ):
        _picture(axis, x, y, values, name)
    _block(axis, second, UPPER, "encoder", THERE, (0.95, 0.5))
    _block(axis, fourth, UPPER, "decoder", THERE, (0.5, 0.95))
    _block(axis, fourth, LOWER, "the same\ndecoder", THERE, (0.5, 0.95))
    _block(axis, second, LOWER, "second\nnetwork", BACK, (0.7, 0.7))
    axis.text(first, LOWER, "noise, or\nthe tokens\nso far", ha="center", va="center", color=plots.INK)
    half, wide = SIDE / 2 + 0.04, 0.44
    for y, ends in (
        (UPPER, ((first + half, second - wide), (second + wide, third - half))),
        (UPPER, ((third + half, fourth - wide), (fourth + wide, last - half))),
        (LOWER, ((first + half, second - wide), (second + wide, third - half))),
        (LOWER, ((third + half, fourth - wide), (fourth + wide, last - half))),
    ):
        for start, end in ends:
            axis.annotate("", (end, y), (start, y), arrowprops={**ARROW, "color": plots.INK, "linewidth": 1.2})
    learns = {**ARROW, "color": BACK, "linestyle": "--", "linewidth": 1.4}
    axis.annotate("", (second, LOWER + 0.4), (third - 0.3, UPPER - SIDE / 2 - 0.24), arrowprops=learns)
    axis.text(0.1, UPPER + 0.72, "1. Trained first, then frozen", color=THERE, weight="bold", va="center")
    axis.text(0.1, LOWER + 0.72, "2. Trained on grids", color=BACK, weight="bold", va="center")
    for line, texts in enumerate(KINDS):
        for x, text in zip((0.1, 2.85, 4.85), texts):
            axis.text(x, 0.68 - 0.25 * line, text, color=plots.INK, weight="normal" if line else "bold", va="center")
    figure.vector = True
    kinds = "; ".join(f"{holds}: the second network {does} ({example})" for holds, does, example in KINDS[1:])
    description = (
        "A generator in two stages. First an encoder turns an image into a small grid and a decoder turns the grid "
        "into a reconstruction; both are then frozen. Second, another network learns from such grids which ones there "
        "are, and makes a new grid from noise or from the tokens so far; the same decoder turns it into a new image. "
        f"What the grid holds: {kinds}."
    )
    return plots.finished(figure, None, description)


def _single(name, image):
    """Return one image as floats (height, width) or (height, width, 3), or raise in the user's terms."""
    image = np.asarray(image, float)
    came = image.shape
    image = image.reshape(28, 28) if came == (784,) else image[..., 0] if came[2:] == (1,) else image
    if not image.size or image.ndim not in (2, 3) or image.shape[2:] not in ((), (3,)) or image.shape[1] == 784:
        raise ValueError(
            f"{name} of shape {came}: expected one image, (784,), (height, width), or (height, width, 1 or 3). Of "
            "several, write images[0]."
        )
    if not np.isfinite(image).all():
        raise ValueError(f"{name}: some pixels are not finite; did the training diverge? Look at its loss.")
    return image


def _grids(*grids):
    """Return grids as floats from 0, the least of all, to 1, or raise in the user's terms."""
    grids = [np.asarray(grid, float) for grid in grids]
    if any(grid.ndim != 2 or not grid.size or not np.isfinite(grid).all() for grid in grids):
        shapes = " and ".join(str(grid.shape) for grid in grids)
        raise ValueError(
            f"grid and new_grid of shapes {shapes}: expected finite numbers (rows, columns) of one image. Write "
            "tokens[0], or of vectors one number, vectors[0, :, :, 0]."
        )
    least, most = (end([end(grid) for grid in grids]) for end in (np.min, np.max))
    return [(grid - least) / (most - least or 1) for grid in grids]


def _picture(axis, x, y, values, name):
    """Draw an image or a grid around its place, with its name below."""
    high, wide = SIDE * np.array(values.shape[:2]) / max(values.shape[:2])
    extent = (x - wide / 2, x + wide / 2, y - high / 2, y + high / 2)
    axis.imshow(np.clip(values, 0, 1), cmap="gray", vmin=0, vmax=1, extent=extent)
    axis.set(xlim=(0, 6.3), ylim=(0, 4.5))
    axis.add_patch(Rectangle((extent[0], extent[2]), wide, high, fill=False, edgecolor=plots.INK, linewidth=0.8))
    axis.text(x, y - SIDE / 2 - 0.05, name, ha="center", va="top", color=plots.INK)


def _block(axis, x, y, name, colour, heights):
    """Draw a network as a block, as high on the left and on the right as `heights` say, with its name in it."""
    left, right = x - 0.42, x + 0.42
    corners = [(left, y - heights[0] / 2), (left, y + heights[0] / 2), (right, y + heights[1] / 2)]
    corners.append((right, y - heights[1] / 2))
    axis.add_patch(Polygon(corners, facecolor="none", edgecolor=colour, linewidth=1.8))
    axis.text(x, y, name, ha="center", va="center", color=plots.INK)
