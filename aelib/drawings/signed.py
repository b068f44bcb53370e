"""Signed numbers as colours that read on white and on a dark page alike; no figure is made here.

Orange is positive and blue is negative, which colour-blind readers tell apart. Colour is never alone: numbers, names
beside the scale or the pictures above say the sign, too.
"""

import matplotlib.colors
import matplotlib.patches
import numpy as np

from aelib import plots

POSITIVE, NEGATIVE, ZERO = "#e06c00", "#2f7fd6", "#8a8a8a"  # contrast 3.3 at least on white and on #111
MARK = "#cc33aa"  # frames around what the reader should look at
NUMBERED = matplotlib.colors.LinearSegmentedColormap.from_list("numbered", [NEGATIVE, ZERO, POSITIVE])


def largest(*arrays):
    """Return the largest absolute value of all arrays, or 1 where all is zero."""
    return float(max(np.abs(array).max(initial=0) for array in arrays)) or 1.0


def see_through(values, full, positive=POSITIVE):
    """Return values (height, width) as colours (height, width, 4): zero is transparent, and `full` is opaque.

    In between the colour grows a little faster than the value, since on a dark page faint colours would be lost.
    """
    values = np.asarray(values, float)[..., None]
    colours = np.where(values > 0, matplotlib.colors.to_rgba(positive), matplotlib.colors.to_rgba(NEGATIVE))
    return np.concatenate([colours[..., :3], np.clip(np.abs(values) / full, 0, 1) ** 0.75], axis=-1)


def behind_numbers(values, full):
    """Return values (height, width) as opaque colours (height, width, 4) on which black text reads; zero is grey."""
    return NUMBERED(0.5 + 0.5 * np.clip(np.asarray(values, float) / full, -1, 1))


def number(value):
    """Return a number below 10 with two digits after the point, a larger or a whole one with fewer, to fit a cell."""
    digits = 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0
    value = round(float(value), digits) + 0.0  # which makes 0 of -0
    return f"{value:.{0 if value == int(value) else digits}f}".replace("-", "−")


def scale(axis, middle, top, width, low, high, names=None, positive=POSITIVE):
    """Draw the scale from `low`, negative or 0, to `high` into an axis whose y points down.

    Args:
        axis: The axis.
        middle, top, width: Where the scale stands, in the axis's units.
        low, high: Its ends; the larger one has the full colour.
        names: What the two ends mean, or None.
        positive: Colour of positive numbers.
    """
    left, full = middle - width / 2, max(-low, high)
    extent = (left, left + width, top + 0.2, top)
    colours = see_through(np.linspace(low, high, 256)[None], full, positive)
    axis.imshow(colours, extent=extent, clip_on=False)
    outline = {"fill": False, "edgecolor": plots.INK, "linewidth": 0.8, "clip_on": False}
    axis.add_patch(matplotlib.patches.Rectangle((left, top), width, 0.2, **outline))
    texts = {value: f"{value:.2g}".replace("-", "−") for value in (low, 0, high)}
    for value, name in zip((low, high), names or ()):
        texts[value] += f"\n{name}"
    for value, text in texts.items():
        axis.text(left + width * (value - low) / (high - low), top + 0.3, text, ha="center", va="top", color=plots.INK)
