"""Which cells of a layer's input each cell of its output depends on; numbers and weights are not drawn here."""

import random

import numpy as np
from matplotlib.patches import Rectangle

from aelib import plots
from aelib.drawings import signed

CELL = 0.27  # inches
DROP = 3.2  # cells from one row to the next
LETTER = 0.36  # cells that a letter takes
WIDEST = 33  # cells beside each other before the next drawing begins below
MOST_CELLS = 32  # of the input


@plots.look
def connections(layers, size):
    """Draw which cells of a layer's input each cell of its output depends on, in one row of pixels from top to bottom.

    The pictures are looked at from the side, so that a row of pixels is one cell. What is drawn is found by asking: a
    copy of the layer, whose weights are all 1, is given images that have ones in one row each, and where its output is
    not 0 there is a line. One cell of the output is picked out with all that it depends on: of those that depend on
    most, the one nearest to the middle. The numbers below count the cells at the top on which each cell of the output
    depends: for several layers their receptive field, for a transposed convolution the kernels that overlap there. The
    zeros that padding puts beside the input of a convolution are drawn hatched.

    Args:
        layers: Dict of label -> Keras layer, or list of layers of which each takes what the one before it gives, e.g.
            {"encoder": encoder.layers}; the drawings stand side by side. Layers of images (Conv2D, MaxPooling2D,
            UpSampling2D, Conv2DTranspose ...) or Dense, built or not; they stay as they are.
        size: Cells of the input, from 1 to 32, e.g. 7.

    Raises:
        TypeError: if there is something else than layers.
        ValueError: if the size is out of range, or a layer can't take it.

    Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016 (the arithmetic).
    """
    if not isinstance(layers, dict) or not layers:
        raise TypeError(f'layers={layers!r:.60}: expected a dict, for example {{"pooling": layers.MaxPooling2D(2)}}.')
    if isinstance(size, bool) or size not in range(1, MOST_CELLS + 1):
        raise ValueError(f"size={size!r}: expected a whole number of cells from 1 to {MOST_CELLS}, for example size=7.")
    chains = {label: chain if isinstance(chain, (list, tuple)) else [chain] for label, chain in layers.items()}
    chains = {str(label): _chain(chain, size) for label, chain in chains.items()}

    lines, left = [[]], 0
    for label, (rows, _, zeros) in chains.items():
        x = np.concatenate([*rows, *([place for place, _ in pairs] for pairs in zeros)])
        width = max(x.max() - x.min() + 1, LETTER * max(map(len, label.splitlines()), default=0))
        if left and left + width > WIDEST:
            lines, left = [*lines, []], 0
        lines[-1].append((label, left + (width - x.min() - x.max()) / 2, left + width))
        left += width + 2
    note = "below each cell: on how many\ncells at the top it depends"
    right = max(LETTER * 30, *(line[-1][2] for line in lines))
    places, top = {}, 0
    for line in lines:
        places |= {label: (x + (right - line[-1][2]) / 2, top) for label, x, _ in line}
        bottom = top + DROP * max(len(chains[label][1]) for label, *_ in line)
        top = bottom + 5.2
    figure = plots.figure((CELL * (right + 1), CELL * (bottom + 7.2)))
    axis = figure.subplots()
    axis.set(xlim=(-0.5, right + 0.5), ylim=(bottom + 3.7, -3.5), aspect="equal")
    axis.axis("off")
    sentences = []
    for label, place in places.items():
        counts = _draw(axis, *place, label, *chains[label])
        sentences.append(f"{label}: {_sizes(chains[label][0])}, cells that depend on {', '.join(map(str, counts))}.")
    axis.text(right / 2, bottom + 2.7, note, ha="center", va="center", color=plots.INK)
    figure.vector = True
    about = "Rows of cells, a layer's input above its output, and lines between those that depend on each other."
    return plots.finished(figure, None, f"{about} {' '.join(sentences)}")


def _chain(layers, size):
    """Return for layers one after another the places of the cells in each row, the links, and the zeros beside them."""
    import keras

    rows, links, zeros = [np.arange(float(size))], [], []
    for layer in layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        links.append(_links(layer, len(rows[-1])))
        zeros.append(_zeros(layer, rows[-1], links[-1].shape[1]))
        rows.append(_below(rows[-1], links[-1]))
    if not links:
        raise ValueError("there is a list without a layer: expected for example encoder.layers.")
    closest = min((row[1] - row[0] for row in rows if len(row) > 1), default=1)
    zeros = [[(place / closest, cell) for place, cell in pairs] for pairs in zeros]
    return [row / closest for row in rows], links, zeros


def _links(layer, size):
    """Return which cells of a layer's output depend on which of its input, (size, cells), by asking a copy of it."""
    import keras

    if not isinstance(layer, keras.layers.Layer):
        raise TypeError(f"{layer!r:.60} is not a layer: expected one of Keras, for example layers.MaxPooling2D(2).")
    plain = {"activation": "linear", "use_bias": False, "filters": 1, "groups": 1, "data_format": "channels_last"}
    plain |= {"dtype": "float32", "kernel_regularizer": None, "kernel_constraint": None, "activity_regularizer": None}
    probes = np.eye(size, dtype="float32")
    if not isinstance(layer, keras.layers.Dense):
        probes = np.repeat(probes[:, :, None, None], 64, axis=2)  # so wide that every kernel fits
    state = random.getstate()  # from which Keras draws the seeds of layers
    try:
        copy = type(layer).from_config({key: plain.get(key, value) for key, value in layer.get_config().items()})
        copy.build(probes.shape)
        copy.set_weights([np.ones(weight.shape) for weight in copy.get_weights()])
        answers, silence = (keras.ops.convert_to_numpy(copy(given)) for given in (probes, 0 * probes))
        cells = answers.shape[1] if answers.ndim == probes.ndim else 0
        links = (answers != silence).reshape(size, cells, -1).any(axis=2)
    except Exception:  # Keras has many for images that are too small and for other kinds of layers
        links = np.zeros((size, 0))
    finally:
        random.setstate(state)
    if not 1 <= links.shape[1] <= 2 * MOST_CELLS:
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r} makes no row of 1 to {2 * MOST_CELLS} cells of {size}: expected a "
            "layer that takes images, or Dense; choose a larger size if a window does not fit."
        )
    return links


def _zeros(layer, row, cells):
    """Return the zeros that a convolution reads beside its input, as pairs (place, cell of the output)."""
    import keras

    kinds = keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D
    if not isinstance(layer, kinds) or layer.padding != "same":
        return []
    stride, apart, taps, size = layer.strides[0], layer.dilation_rate[0], layer.kernel_size[0], len(row)
    before = max((cells - 1) * stride + (taps - 1) * apart + 1 - size, 0) // 2
    read = [(cell * stride + tap * apart - before, cell) for cell in range(cells) for tap in range(taps)]
    step = row[1] - row[0] if size > 1 else 1
    return [(row[0] + step * place, cell) for place, cell in read if not 0 <= place < size]


def _below(row, links):
    """Return the places of the output's cells, each below the middle of the cells that it depends on.

    Where more cells come out than go in, each cell of the input stands above the middle of those that it reaches.
    """
    step = row[1] - row[0] if len(row) > 1 else 1
    grows = links.shape[1] > len(links)
    wide = links.T if grows else links  # (more, fewer)
    last = len(wide) - 1 - wide[::-1].argmax(axis=0)
    stride = np.diff(last).max(initial=0) or 1
    counts = wide.sum(axis=0)
    middles = np.arange(len(wide)) @ wide / np.maximum(counts, 1)
    shift = np.median((middles - stride * np.arange(wide.shape[1]))[counts == counts.max()])
    cells = np.arange(links.shape[1])
    if stride == 1 and (counts == len(wide)).all():  # each with each: in the middle
        return row.mean() + step * (cells - cells.mean())
    return row[0] + step * ((cells - shift) / stride if grows else cells * stride + shift)


def _sizes(rows):
    """Return the rows' numbers of cells in words."""
    return " → ".join(str(len(row)) for row in rows)


def _draw(axis, x, y, label, rows, links, zeros):
    """Draw layers one after another, and return on how many cells at the top each cell of the output depends."""
    depends = np.linalg.multi_dot([np.eye(len(rows[0])), *links, np.eye(len(rows[-1]))]) > 0
    counts = depends.sum(axis=0)
    middle = len(counts) // 2
    chosen = min(np.flatnonzero(counts == counts.max()), key=lambda cell: abs(cell - middle))
    marked = [np.arange(len(counts)) == chosen]
    for link in links[::-1]:
        marked.insert(0, (link & marked[0]).any(axis=1))
    for i, (link, pairs) in enumerate(zip(links, zeros)):
        above, below = y + DROP * i + 0.42, y + DROP * (i + 1) - 0.42
        ends = [(rows[i][a], b, marked[i + 1][b], "-") for a, b in np.argwhere(link)]
        for start, b, bold, dashes in ends + [(place, b, marked[i + 1][b], ":") for place, b in pairs]:
            colour, width = (signed.MARK, 2) if bold else (plots.INK, 0.8)
            line = {"color": colour, "linewidth": width, "linestyle": dashes, "zorder": 2 if bold else 1}
            axis.plot([x + start, x + rows[i + 1][b]], [above, below], **line)
        for place in {place for place, _ in pairs}:
            _cell(axis, x + place, above - 0.42, "none", hatch="////", hatch_linewidth=0.6)
    for i, (row, bold) in enumerate(zip(rows, marked)):
        for place, filled in zip(row, bold):
            _cell(axis, x + place, y + DROP * i, signed.MARK if filled else "none")
    middle = x + (rows[0][0] + rows[0][-1]) / 2
    axis.text(middle, y - 1, f"{label}\n{_sizes(rows)}", ha="center", va="bottom", color=plots.INK)
    for place, count in zip(rows[-1], counts):
        axis.text(x + place, y + DROP * len(links) + 0.65, count, ha="center", va="top", color=plots.INK)
    return counts


def _cell(axis, x, y, colour, **style):
    """Draw one cell around its place."""
    axis.add_patch(Rectangle((x - 0.42, y - 0.42), 0.84, 0.84, facecolor=colour, edgecolor=plots.INK, **style))
