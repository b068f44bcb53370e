"""Where the labels of drawings find room, and their colours; what they label is drawn elsewhere."""

import matplotlib.colors
import numpy as np
import scipy.optimize

from aelib import plots

SIDES = ((1, 1), (-1, -1), (1, -1), (-1, 1), (1, 0), (-1, 0), (0, 1), (0, -1))  # of a point, the best first


def black_or_white(colour):
    """Return the colour of text that reads on a colour: the contrast is at least 4.5:1.

    Source: Web Content Accessibility Guidelines 2.2, relative luminance and contrast ratio.
    """
    red, green, blue = np.array(matplotlib.colors.to_rgb(colour))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    luminance = np.dot([0.2126, 0.7152, 0.0722], linear)
    return "black" if luminance + 0.05 > 0.05**0.5 * 1.05**0.5 else "white"


def write_digit(axis, place, digit):
    """Write a digit in a disc of its colour."""
    colour = plots.DIGIT_COLOURS[digit]
    disc = {"boxstyle": "circle,pad=0.25", "facecolor": colour, "edgecolor": "none"}
    style = {"ha": "center", "va": "center", "weight": "bold", "color": black_or_white(colour), "bbox": disc}
    axis.text(*place, str(digit), zorder=5, **style)


def medians(points, labels, distance):
    """Return the median (k, 2) of each label's points, in the labels' order, pushed apart where two would overlap.

    Args:
        points: Points (n, 2).
        labels: Labels (n,).
        distance: How far apart two medians shall be at least, (2,): along each axis.
    """
    found = np.array([np.median(points[labels == label], axis=0) for label in np.unique(labels)]) / distance
    for _ in range(100):
        for i in range(len(found)):
            for j in range(i):
                way = found[i] - found[j]
                length = np.linalg.norm(way)
                if length < 1:
                    push = (1 - length) / 2 * (way / length if length else np.array([1, 0]))
                    found[i], found[j] = found[i] + push, found[j] - push
    return found * distance


def spread(positions, gap, low=-np.inf, high=np.inf):
    """Return the positions (n,) of labels moved as little as possible, in sum of squares, to be `gap` apart.

    Args:
        positions: Where the labels would best stand.
        gap: Least distance of two labels.
        low, high: Where the first and the last label stand at the outmost, if there is room.
    """
    positions = np.asarray(positions, float)
    order = np.argsort(positions, kind="stable")
    steps = gap * np.arange(len(positions))
    moved = scipy.optimize.isotonic_regression(positions[order] - steps).x
    found = np.empty(len(positions))
    found[order] = np.clip(moved, low, max(low, high - steps[-1])) + steps
    return found


def label_points(axis, points, texts, lines, colours):
    """Write a text beside each point, on the side where it covers least of the lines and of the other texts.

    Args:
        axis: An axis whose limits are final.
        points: Points (n, 2), in data coordinates.
        texts: n texts.
        lines: Lines to keep clear of, each (k, 2), in data coordinates.
        colours: n colours, of the texts.
    """
    axis.figure.draw_without_rendering()  # which lays the figure out
    steps = np.linspace(0, 1, 50)[:, None]
    pieces = [start + steps * (end - start) for line in lines for start, end in zip(line, line[1:])]
    covered = axis.transData.transform(np.concatenate(pieces)) if pieces else np.empty((0, 2))
    marks = axis.transData.transform(points)
    frame, boxes = axis.get_window_extent(), []
    for point, text, colour in zip(points, texts, colours):
        label = axis.annotate(text, point, (0, 0), textcoords="offset points", color=colour, in_layout=False)
        costs = []
        for side in SIDES:
            _set_beside(label, *side)
            box = label.get_window_extent().padded(1)
            inside = frame.x0 <= box.x0 and frame.y0 <= box.y0 and box.x1 <= frame.x1 and box.y1 <= frame.y1
            others = 10 * box.padded(5).count_contains(marks) + 50 * box.count_overlaps(boxes)
            costs.append(box.count_contains(covered) + others + 100 * (not inside))
        _set_beside(label, *SIDES[int(np.argmin(costs))])
        boxes.append(label.get_window_extent().padded(1))


def _set_beside(label, x, y):
    """Move a text to a side of its point: x and y are -1, 0 or 1."""
    label.set_position((6 * x, 6 * y))
    label.set(ha={-1: "right", 0: "center", 1: "left"}[x], va={-1: "top", 0: "center", 1: "bottom"}[y])
