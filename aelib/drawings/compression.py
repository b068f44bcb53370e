"""Drawings of what is paid for a code and what is got for it; codes are made, and bits counted, elsewhere."""

import itertools

import matplotlib.patches
import numpy as np

from aelib import plots
from aelib.drawings import lettering

MARKERS = "osD^vPX"
COLUMNS = (0, 2)  # the left edges of the probabilities' blocks and of the words', each 1 wide


@plots.look
def rate_distortion(methods, xlabel="rate (nats per image)", ylabel="distortion (nats per image)", bound=None):
    """Draw methods as series of points in the plane of rate and distortion, where lower left is better.

    Labels have the colour of their method.

    Args:
        methods: Dict of name -> dict of label -> (rate, distortion), e.g.
            {"beta-VAE": {"β = 1": (25.1, 79.2), "β = 4": (12.3, 101.5)}, "PCA": {"8": (30.0, 110.0)}}.
        xlabel, ylabel: Names and units of the axes.
        bound: Points (k, 2) of the lower bound's line, (rate, distortion) each, below which nothing can lie; or None.

    Raises:
        ValueError: if there is no point, or one is no pair of finite numbers.

    Source: Alemi et al., "Fixing a broken ELBO", ICML 2018, figure 1.
    """
    if not methods or not all(isinstance(marked, dict) for marked in methods.values()):
        raise ValueError(f'methods is {methods!r}: expected for example {{"PCA": {{"8": (30.0, 110.0)}}}}.')
    drawn = {str(name): _pairs(name, list(marked.values())) for name, marked in methods.items()}
    points = np.concatenate(list(drawn.values()))
    room = 0.14 * np.where(np.ptp(points, axis=0) > 0, np.ptp(points, axis=0), np.abs(points).max() or 1)
    (left, low), (right, high) = points.min(axis=0) - room, points.max(axis=0) + room
    figure = plots.figure((6.8, 4.6))
    axis = figure.subplots()
    axis.set(xlim=(left, right), ylim=(low, high))
    series = zip(
        drawn.items(),
        itertools.cycle(plots.SERIES_COLOURS),
        itertools.cycle(plots.SERIES_STYLES),
        itertools.cycle(MARKERS),
    )
    for (name, pairs), colour, style, marker in series:
        axis.plot(*pairs.T, color=colour, linestyle=style, marker=marker, markersize=6, linewidth=1.6, label=name)
    lines = list(drawn.values())
    if bound is not None:
        bound = _pairs("bound", bound)
        bound = bound[np.argsort(bound[:, 0])]
        lines.append(bound)
        axis.plot(*bound.T, color=plots.INK, linewidth=1.4, label="lower bound")
        style = {"facecolor": "none", "hatch": "//", "linewidth": 0}
        axis.fill_between(*bound.T, min(low, bound[:, 1].min()), **style)
    axis.set(xlabel=xlabel, ylabel=ylabel)
    figure.legend(loc="outside upper center", ncols=4)
    better = np.array([(0.98, 0.97), (0.9, 0.86)])  # as shares of the axes
    arrow = {"arrowstyle": "->", "color": plots.INK, "linewidth": 1.6}
    axis.annotate("", better[1], better[0], "axes fraction", "axes fraction", arrowprops=arrow)
    axis.text(0.92, 0.95, "better", ha="right", va="center", transform=axis.transAxes)
    lines.append((left, low) + np.array([(0.8, 0.95), *better]) * (right - left, high - low))
    labels = {}  # one text for all that a method has at one place
    for marked, colour in zip(methods.values(), itertools.cycle(plots.SERIES_COLOURS)):
        for label, pair in marked.items():
            labels.setdefault((colour, *map(float, pair)), []).append(str(label))
    places, texts = np.array([key[1:] for key in labels]), [", ".join(group) for group in labels.values()]
    lettering.label_points(axis, places, texts, lines, [key[0] for key in labels])
    figure.vector = True
    said = [
        f"{name}: {', '.join(f'{label} at ({rate:.3g}, {cost:.3g})' for label, (rate, cost) in marked.items())}"
        for name, marked in methods.items()
    ]
    if bound is not None:
        said.append(
            f"A lower bound from ({bound[0, 0]:.3g}, {bound[0, 1]:.3g}) to ({bound[-1, 0]:.3g}, {bound[-1, 1]:.3g})"
        )
    return plots.finished(figure, None, f"{ylabel} against {xlabel}; lower left is better. {'. '.join(said)}.")


@plots.look
def prefix_code(words, probabilities):
    """Draw the words of a prefix code as blocks of height 2^-length that tile [0, 1], beside the probabilities' blocks.

    A word is the place of its block: read as a binary fraction, it is the block's upper end. Where both blocks of a
    symbol have the same height, its word has the ideal length -log2 p. What the words leave over is hatched.

    Args:
        words: Dict of symbol -> word of 0 and 1, e.g. {"a": "0", "b": "10", "c": "11"}. No word begins another one.
        probabilities: Dict of symbol -> probability; they add up to 1.

    Raises:
        ValueError: if a word is none or begins another one, or the probabilities don't fit.

    Source: Kraft, "A device for quantizing, grouping, and coding amplitude-modulated pulses", 1949 (the inequality);
        Cover and Thomas, "Elements of information theory", 2006, theorem 5.2.1 and its proof (the blocks).
    """
    words = {str(symbol): word for symbol, word in words.items()}
    chances = {str(symbol): float(chance) for symbol, chance in probabilities.items()}
    for symbol, word in words.items():
        if not isinstance(word, str) or not word or set(word) - set("01"):
            raise ValueError(f'The word of {symbol!r} is {word!r}: expected a string of 0 and 1, for example "10".')
    if not words or words.keys() != chances.keys():
        raise ValueError(
            f"words are of {list(words)}, probabilities of {list(chances)}: expected the same symbols in both."
        )
    if min(chances.values()) < 0 or not np.isclose(sum(chances.values()), 1):
        raise ValueError(
            f"probabilities add up to {sum(chances.values()):.6g}, the least is {min(chances.values()):.3g}: expected "
            "numbers from 0 to 1 that add up to 1. Divide counts by their sum."
        )
    order = sorted(words, key=words.get)  # a word comes directly before the words that it begins
    for symbol, following in zip(order, order[1:]):
        if words[following].startswith(words[symbol]):
            raise ValueError(
                f"The word {words[symbol]} of {symbol!r} begins {words[following]} of {following!r}, so nobody knows "
                "where it ends: expected a prefix code. Give one of them another word."
            )
    heights = np.array([(chances[symbol], 2.0 ** -len(words[symbol])) for symbol in order])
    tops = np.stack([np.cumsum(heights[:, 0]) - heights[:, 0], [_fraction(words[symbol]) for symbol in order]], axis=1)
    figure = plots.figure((6.4, max(4.2, 0.24 * len(order) + 1.2)))
    axis = figure.subplots()
    edge = {"edgecolor": plots.INK, "linewidth": 0.8}
    for j, colour in zip(range(len(order)), itertools.cycle(plots.SERIES_COLOURS)):
        for x, top, height in zip(COLUMNS, tops[j], heights[j]):
            axis.add_patch(matplotlib.patches.Rectangle((x, top), 1, height, facecolor=colour, **edge))
        upper, lower = tops[j], tops[j] + heights[j]
        corners = [
            (COLUMNS[0] + 1, upper[0]),
            (COLUMNS[1], upper[1]),
            (COLUMNS[1], lower[1]),
            (COLUMNS[0] + 1, lower[0]),
        ]
        axis.add_patch(matplotlib.patches.Polygon(corners, facecolor=colour, edgecolor="none", alpha=0.3))
    ends = [*tops[1:, 1], 1.0]
    for end, following in zip(tops[:, 1] + heights[:, 1], ends):
        if following > end:
            free = matplotlib.patches.Rectangle(
                (COLUMNS[1], end), 1, following - end, facecolor="none", hatch="///", **edge
            )
            axis.add_patch(free)
    middles = tops + heights / 2
    gap = 0.2 / (figure.get_figheight() - 0.9)  # 0.2 inches, a line of text
    names = [f"{symbol}   {chances[symbol]:.3g}" for symbol in order]
    for texts, column, x, ha in (
        (names, 0, -0.16, "right"),
        ([words[symbol] for symbol in order], 1, COLUMNS[1] + 1.16, "left"),
    ):
        near = COLUMNS[column] + column
        for text, middle, place in zip(
            texts, middles[:, column], lettering.spread(middles[:, column], gap, gap / 2, 1 - gap / 2)
        ):
            axis.plot([near, x - 0.03 * np.sign(x)], [middle, place], color=plots.INK, linewidth=0.8)
            family = "monospace" if column else None
            axis.text(x, place, text, ha=ha, va="center", family=family)
    entropy = -sum(chance * np.log2(chance) for chance in chances.values() if chance)
    mean = sum(chances[symbol] * len(words[symbol]) for symbol in order)
    for x, text in zip(COLUMNS, ("probability p", "$2^{-\\mathrm{length}}$")):
        axis.text(x + 0.5, -0.02, text, ha="center", va="bottom")
    below = f"entropy {entropy:.3g} bits, mean length {mean:.3g} bits per symbol"
    axis.text((COLUMNS[1] + 1) / 2, 1.03, below, ha="center", va="top")
    axis.set(xlim=(-0.9, COLUMNS[1] + 2), ylim=(1.1, -0.08))
    axis.set_axis_off()
    figure.vector = True
    left = 1 - heights[:, 1].sum()
    listed = ", ".join(f"{symbol} with probability {chances[symbol]:.3g} has {words[symbol]}" for symbol in order)
    said = f"Words of a prefix code as blocks beside the probabilities: {listed}. {below.capitalize()}"
    return plots.finished(figure, None, f"{said}. The words leave {left:.3g} of the unit interval unused.")


def _fraction(word):
    """Return a word of 0 and 1 read as the digits of a binary fraction: 0.5 for "10"."""
    return int(word, 2) / 2 ** len(word)


def _pairs(name, pairs):
    """Return pairs of rate and distortion as an array (k, 2), or raise in the user's terms."""
    try:
        found = np.asarray(pairs, float)
    except (TypeError, ValueError):
        found = np.empty(0)
    if found.ndim != 2 or found.shape[1] != 2 or not len(found) or not np.isfinite(found).all():
        raise ValueError(f"{name!r} has {pairs!r}: expected pairs (rate, distortion) of finite numbers, at least one.")
    return found
