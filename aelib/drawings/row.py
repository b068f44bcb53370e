"""Where the parts of a drawing and their labels stand in a row so that none touch, in inches; nothing is drawn here."""

import dataclasses
import functools

import matplotlib.textpath

LETTER, FAMILY = 10, "DejaVu Sans"  # points; the font that comes with Matplotlib
LINE = 0.168  # from one line of text to the next
APART = 0.12  # between labels
MARGIN = 0.1


@dataclasses.dataclass
class Label:
    """Lines of text, below or above what they belong to."""

    lines: list
    side: str = "below"
    x: float = 0.0  # of its middle

    @property
    def width(self):
        """How wide its longest line is."""
        return max(map(text_width, self.lines))


@dataclasses.dataclass
class Part:
    """What stands at one place of the row: a picture, a layer, or several layers with one label."""

    role: str
    steps: list
    width: float
    labels: list  # one, whose side is chosen here, or two
    gap: float = 0.12  # to the part before, at least
    x: float = 0.0  # of its middle


def place(parts, sides, way, widest):
    """Give parts and labels their places, and return the row's width.

    A layer's only label stands on one of the `sides`, by turns; that of a picture below it.

    Args:
        parts: List of `Part`, from left to right; `x` and their labels' `x` and `side` are set.
        sides: ["below"], or ["below", "above"].
        way: "even": the parts stand as far apart, evenly, as labels at their middles need. "close": each pair stands as
            far apart as its labels need. "aside": the parts fill the page evenly, and labels move aside.
        widest: The width of the page.

    Returns:
        The width, or None if it would be wider than the page.
    """
    for i, part in enumerate(parts):
        if len(part.labels) == 1 and part.steps:
            part.labels[0].side = sides[i % len(sides)]
    if not {"even": _evenly, "close": _closely, "aside": _aside}[way](parts, widest - 2 * MARGIN):
        return None
    boxes = [(part.x, part.width) for part in parts] + [(one.x, one.width) for part in parts for one in part.labels]
    left, right = min(x - wide / 2 for x, wide in boxes), max(x + wide / 2 for x, wide in boxes)
    move(parts, MARGIN - left)
    width = right - left + 2 * MARGIN
    return width if width <= widest + 1e-9 else None


def move(parts, far):
    """Move parts and labels to the right."""
    for part in parts:
        part.x += far
        for label in part.labels:
            label.x += far


@functools.lru_cache(4096)
def text_width(line):
    """Return the width of a line of text, with a little to spare."""
    if not line.strip():
        return 0.0
    path = matplotlib.textpath.TextPath((0, 0), line, size=LETTER, prop={"family": FAMILY})
    return 1.03 * path.get_extents().width / 72 + 0.02


def wrapped(text, width):
    """Return a text in lines of at most this width."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if text_width(longer) <= width or not lines[-1] else [*lines, word]
    return lines


def _rows(parts):
    """Return the labels of each side, from left to right."""
    labels = [label for part in parts for label in part.labels]
    return [[label for label in labels if label.side == side] for side in ("below", "above")]


def _spaced(parts, extra):
    """Place the parts `extra` farther apart than they need to be, and return where the last one ends."""
    end = -parts[0].gap - extra
    for part in parts:
        part.x = end + part.gap + extra + part.width / 2
        end = part.x + part.width / 2
        for label in part.labels:
            label.x = part.x
    return end


def _evenly(parts, page):
    """Place the parts with as little extra room between all of them as labels at their middles need."""
    for extra in (0.02 * i for i in range(100)):
        if _spaced(parts, extra) > page:
            return False
        pairs = [pair for row in _rows(parts) for pair in zip(row, row[1:])]
        if all(b.x - a.x >= (a.width + b.width) / 2 + APART for a, b in pairs):
            return True
    return False


def _closely(parts, page):
    """Place each part as near to the one before as both and their labels allow."""
    ends, end = {}, 0.0
    for part in parts:
        room = [ends[label.side] + APART + label.width / 2 for label in part.labels if label.side in ends]
        part.x = max([end + part.gap + part.width / 2, *room])
        end = part.x + part.width / 2
        for label in part.labels:
            label.x = part.x
            ends[label.side] = part.x + label.width / 2
    return end - parts[0].x < page


def _aside(parts, page):
    """Let the parts fill the page, and move labels aside, each as little from the left as from the right."""
    spare = page - _spaced(parts, 0)
    if spare < 0 or any(sum(label.width + APART for label in row) - APART > page for row in _rows(parts)):
        return False
    _spaced(parts, spare / max(len(parts) - 1, 1))
    for row in _rows(parts):
        places = []
        for order, sign in ((row, 1), (row[::-1], -1)):  # from the left, in mirror image from the right
            wanted, found = [label.x if sign > 0 else page - label.x for label in order], []
            for i, label in enumerate(order):
                least = found[-1] + (order[i - 1].width + label.width) / 2 + APART if i else label.width / 2
                found.append(max(wanted[i], least))
            most = page
            for i in range(len(order) - 1, -1, -1):
                found[i] = min(found[i], most - order[i].width / 2)
                most = found[i] - order[i].width / 2 - APART
            places.append(found if sign > 0 else [page - x for x in found[::-1]])
        for label, left, right in zip(row, *places):
            label.x = (left + right) / 2
    return True
