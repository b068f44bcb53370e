"""An autoencoder as an hourglass, drawn to scale from the model itself; models are not read here, but in `layers`."""

import itertools
import math

import matplotlib.patches
import numpy as np

from aelib import data, plots
from aelib.drawings import layers, row

# All lengths are in inches, and the axis has them as its units, so that labels can be measured before they are placed.
WIDEST = 10.0
NARROWEST = 5.5
TALL = (1.7, 1.0)  # the tallest layer, and where there are many
PICTURE = 1.0  # side of an image, where there is no room for one as tall as the input
ARROW = 0.4  # room for one between parts
BAR = 0.13
DEEPEST = 0.3  # the block with the most channels
SLANT = (0.24, 0.16)  # how far a block's width is drawn to the right and up, as a share of it
ARRANGEMENTS = ((["below"], ("even", "close")), (["below", "above"], ("even", "aside")))
LINE = row.LINE
CELL = 0.5  # width of a number in the code, at least
DRAWS = 5000  # codes of one image, in which it is seen whether z is what its formula says
MOST_VALUES = 32
MOST_MAPS = 16
COLOURS = {
    "image": plots.INK,
    "encoder": plots.SERIES_COLOURS[0],
    "code": plots.SERIES_COLOURS[1],
    "decoder": plots.SERIES_COLOURS[2],
}


def network(encoder, decoder, image=None, auto=None):
    """Draw an autoencoder as an hourglass of its layers, with an image going in, its code, and what comes out.

    A dense layer is a bar, as high as the square root of its units, which is the side of a square image with as many
    pixels. A convolutional layer is a block, in height and width its pixels, in depth the square root of its channels.
    A layer that changes no shape, such as Dropout, is a line in the label of the one before. Where there are more
    layers than fit on a page, those in the middle of each half share a label.

    Args:
        encoder: Keras model, Functional or Sequential, a chain of layers from images to codes; or a variational one
            with the outputs [z, mean, log_var].
        decoder: Keras model, a chain of layers from codes to images.
        image: One image in [0, 1], as the encoder takes it or flat, e.g. x_test[0]; or None for the layers alone.
        auto: The model of both, or None. With it, a variational decoder is drawn at the tensor that it receives in
            `auto`, be it z, mean or log_var, and so is the reconstruction.

    Returns:
        A Figure, at most 10 inches wide.

    Raises:
        ValueError: if the layers are no chain, the decoder can't take the code, its output has not the image's shape,
            or the image does not fit.
    """
    first, heads = layers.encoder_steps(encoder)
    last = layers.decoder_steps(decoder)
    code = heads.z if heads else first[-1]
    taken = tuple(decoder.inputs[0].shape[1:])
    if taken != code.shape:
        raise ValueError(
            f"The encoder's code has the shape {layers.in_numbers(code.shape)} and the decoder takes "
            f"{layers.in_numbers(taken)}: expected the same. Pass the encoder and the decoder of one autoencoder."
        )
    if last[-1].shape != first[0].shape:
        raise ValueError(
            f"The decoder gives {layers.in_numbers(last[-1].shape)} and the encoder takes "
            f"{layers.in_numbers(first[0].shape)}: expected the image's shape. Change the decoder's last layer, or let "
            f"it end with keras.layers.Reshape({first[0].shape})."
        )
    pixels = None if image is None else _one(image, first[0].shape)
    if heads:
        heads = _observed(heads, encoder, pixels)
    fed = 0 if auto is None else layers.fed_by(auto, encoder, decoder)
    values = [] if pixels is None else _outputs(encoder, pixels)
    pictures = [] if pixels is None else [_picture(pixels), _picture(_outputs(decoder, values[fed])[0])]
    parts, width, unit = _arranged(first, heads, last, pictures)
    return _drawn(parts, width, unit, heads, fed, pictures, values)


def _one(image, shape):
    """Return an image of the given shape from any array of as many numbers, or raise in the user's terms."""
    found = np.asarray(image)
    if found.size != math.prod(shape):
        raise ValueError(
            f"image has the shape {found.shape}: expected one image of shape {shape}, as the encoder takes it. Write "
            "for example x_test[0]."
        )
    return data.checked("image", found.reshape(shape) if found.shape != shape else found).astype(np.float32)


def _outputs(model, values):
    """Return a model's outputs for one image or code, as NumPy arrays without the batch."""
    import keras

    found = model(np.asarray(values, np.float32)[None], training=False)
    found = found if isinstance(found, (list, tuple)) else [found]
    found = [np.asarray(keras.ops.convert_to_numpy(output), np.float32)[0] for output in found]
    if not all(np.isfinite(output).all() for output in found):
        raise ValueError(f"{model.name} gives numbers that are not finite for this image: look at its weights first.")
    return found


def _observed(heads, encoder, pixels):
    """Return `heads` with what z really is: whether it is drawn, and as its formula says, seen in many drawn codes."""
    import keras

    pixels = np.full(encoder.inputs[0].shape[1:], 0.5, np.float32) if pixels is None else pixels
    outputs = encoder(np.repeat(pixels[None], DRAWS, axis=0), training=False)
    z, mean, log_var = (np.asarray(keras.ops.convert_to_numpy(output), np.float64) for output in outputs)
    if np.allclose(z, z[:1], atol=1e-6):
        return heads
    eps = (z - mean) / np.exp(log_var / 2)
    usual = np.abs(eps.mean(axis=0)).max() < 0.08 and np.abs(eps.std(axis=0) - 1).max() < 0.06  # six deviations
    if heads.sources != {"mean", "log_var"} or not usual:
        return heads._replace(noise="noise")
    return heads._replace(noise="eps", z=heads.z._replace(lines=["code", "z = mean +", "exp(log_var / 2) * eps"]))


def _picture(pixels):
    """Return an image as it is shown, (height, width) or (height, width, 3): flat ones as squares, if they are any."""
    for channels in (1, 3):
        side = math.isqrt(pixels.size // channels)
        if pixels.ndim == 1 and side * side * channels == pixels.size:
            pixels = pixels.reshape(side, side, channels)
    if pixels.ndim != 3:
        return pixels.reshape(len(pixels), -1)
    return np.clip(pixels if pixels.shape[-1] == 3 else pixels.mean(axis=-1), 0, 1)


def _arranged(first, heads, last, pictures):
    """Return the parts of the row in their places, in the plainest arrangement that fits, its width, and a pixel's."""
    steps = [*first, *((heads.mean, heads.log_var, heads.z) if heads else ()), *last]
    highest = max(layers.pixels(step.shape) for step in steps)
    deepest = max([1, *(step.shape[-1] for step in steps if len(step.shape) > 1)])
    longer = "encoder" if len(first) > len(last) + 1 else "decoder"
    halves = ((), (longer,), ("encoder", "decoder"))
    for merged, tall, (sides, ways), exact in itertools.product(halves, TALL, ARRANGEMENTS, (True, False)):
        unit = tall / highest
        parts = _parts(first, heads, last, unit, deepest, merged)
        if pictures:
            high, wide = pictures[0].shape[:2]
            size = unit * high if exact and 0.8 <= unit * high else PICTURE
            parts[0].gap = ARROW
            for place, word in ((0, "image"), (len(parts) + 1, "reconstruction")):
                parts.insert(place, row.Part("picture", [], size * wide / high, [row.Label([word])], ARROW))
        for way in ways:
            if (width := row.place(parts, sides, way, WIDEST)) is not None:
                return parts, width, unit
    raise ValueError(f"The models have {len(steps)} layers: expected as many as can be drawn on one page, e.g. 50.")


def _parts(first, heads, last, unit, deepest, merged):
    """Return the layers as parts of the row; those in the middle of the `merged` halves are one part each."""

    def part(role, steps, *lines, gap=0.12):
        """Return one part for one step or for several."""
        depths = [DEEPEST * math.sqrt(step.shape[-1] / deepest) for step in steps if len(step.shape) > 1]
        width = max([BAR, *(depth + _slant(step.shape, unit)[0] for depth, step in zip(depths, steps))])
        if len(steps) == 1:
            lines = [*lines, *_label(steps[0])]
        else:
            width, ends = min(1.5, 0.1 * len(steps)), [layers.in_numbers(steps[i].shape) for i in (0, -1)]
            lines = [f"{len(steps)} layers", ends[0], f"to {ends[1]}"]
        return row.Part(role, steps, width, [row.Label(lines)], gap)

    def half(role, steps):
        """Return the parts of one half."""
        middle = [steps[1:-1]] if role in merged and len(steps) > 3 else [[step] for step in steps[1:-1]]
        return [part(role, some) for some in [steps[:1], *middle, steps[1:][-1:]] if some]

    found = [part("image", first[:1]), *half("encoder", first[1:] if heads else first[1:-1])]
    if heads:
        fork, meeting = part("code", [heads.log_var], "log_var", gap=0.5), part("code", [heads.z], gap=0.7)
        fork.steps = [heads.mean, heads.log_var]
        fork.labels.append(row.Label(["mean", *_label(heads.mean)], "above"))
        if heads.noise:
            names = ["eps, drawn", "from N(0, 1)"] if heads.noise == "eps" else ["noise"]
            meeting.labels.append(row.Label([*names, layers.in_numbers(heads.z.shape)], "above"))
        found += [fork, meeting]
    else:
        found.append(part("code", first[-1:], "code"))
    after = half("decoder", last)
    after[0].gap = ARROW
    return found + after


def _label(step):
    """Return a step's label, line by line."""
    return "\n".join([*step.lines, layers.in_numbers(step.shape)]).split("\n")


def _drawn(parts, width, unit, heads, fed, pictures, values):
    """Return the figure of parts that have their places."""
    if width < NARROWEST:
        row.move(parts, (NARROWEST - width) / 2)
        width = NARROWEST
    steps = [step for part in parts for step in part.steps]
    slot = (unit * layers.pixels(heads.z.shape) + _slant(heads.z.shape, unit)[1]) / 2 if heads else 0
    spread = max(0.5, slot + 0.15) if heads else 0
    tall = max(unit * layers.pixels(step.shape) + _slant(step.shape, unit)[1] for step in steps) / 2
    edges = {"above": max(tall, spread + (max(0.65, slot) if heads else 0)), "below": max(tall, spread + slot)}
    moved = any(abs(label.x - part.x) > 0.02 for part in parts for label in part.labels)
    band = 0.3 if moved else 0.08  # in which lines lead aside to the labels
    ends = dict(edges)
    for label in (label for part in parts for label in part.labels):
        ends[label.side] = max(ends[label.side], edges[label.side] + band + LINE * len(label.lines))
    roof, floor = ends["above"] + 0.07, -ends["below"] - 0.07
    wiring = row.wrapped(_wiring(fed), width - 0.2) if fed else []
    strip = _strip(heads, values, width) if values else None
    notes = [line for said in _notes(steps) for line in row.wrapped(said, width - 0.2)]
    low = floor - 0.25 - LINE * len(notes)
    if wiring:
        low -= 0.15 + LINE * len(wiring)
    if strip:
        low -= 0.2 + LINE * len(strip[0]) + 0.08 + strip[2]

    figure = plots.figure((width, roof + 0.42 - low))
    figure.set_layout_engine("none")  # every place is known
    axis = figure.add_axes((0, 0, 1, 1))
    _funnel(axis, parts, unit, fed)
    for part in parts:
        if part.role == "picture":
            size = part.width / pictures[0].shape[1] * pictures[0].shape[0]
            shown = pictures[part is not parts[0]]
            _image(axis, shown, part.x - part.width / 2, -size / 2, part.width, size, part.labels[0].lines[0])
            reach = size / 2
        else:
            reach = _layers(axis, part, unit, spread, unused=fed and part.steps == [heads.z])
        for label in part.labels:
            name = part.steps[0].name if part.steps else label.lines[0]
            if label.side == "above" and len(part.labels) == 2 and len(part.steps) == 1:
                reach = spread + 0.6  # the label of the noise
            _labelled(axis, part, label, reach, edges[label.side], band, name)
    _arrows(axis, parts, unit, heads, fed, spread)
    coded = max(i for i, part in enumerate(parts) if part.role == "code")
    inside = [part for part in parts if part.role != "picture"]
    _brace(axis, inside[0], parts[coded], roof, "encoder")
    _brace(axis, parts[coded + 1], inside[-1], roof, "decoder")
    if wiring:
        _text(axis, width / 2, floor - 0.15, wiring, "wiring", weight="bold")
        floor -= 0.15 + LINE * len(wiring)
    if strip:
        floor = _code(axis, strip, width / 2, floor - 0.2)
    _text(axis, width / 2, floor - 0.17, notes, "note")
    axis.set(xlim=(0, width), ylim=(low, roof + 0.42))
    axis.axis("off")
    figure.vector = True
    return plots.finished(figure, None, _sentence(parts, heads, fed, values))


def _slant(shape, unit):
    """Return how far a block's depth is drawn to the right and up."""
    across = unit * shape[1] if len(shape) > 2 else 0
    return SLANT[0] * across, SLANT[1] * across


def _layers(axis, part, unit, spread, unused):
    """Draw the bars or the block of a part, empty if `unused`, and return how far it reaches up and down."""
    colour, reach = COLOURS[part.role], 0
    several = len(part.steps) > 1
    forked = several and part.role == "code"
    for i, step in enumerate(part.steps):
        (right, up), high = _slant(step.shape, unit), unit * layers.pixels(step.shape)
        x = part.x
        wide = part.width - right
        if several and not forked:
            pitch = part.width / len(part.steps)
            x, wide, right, up = x + (i - (len(part.steps) - 1) / 2) * pitch, 0.5 * pitch, 0, 0
        y = (spread, -spread)[i] if forked else 0
        left, base = x - (wide + right) / 2, y - (high + up) / 2
        style = {"facecolor": (colour, 0.45), "edgecolor": colour, "linewidth": 1, "joinstyle": "round"}
        style |= {"facecolor": "none", "linestyle": ":"} if unused else {}
        axis.add_patch(matplotlib.patches.Rectangle((left, base), wide, high, gid=f"layer-{step.name}", **style))
        if right:
            lid = [(left, base + high), (left + right, base + high + up), (left + wide + right, base + high + up)]
            side = [(left + wide, base), (left + wide + right, base + up), (left + wide + right, base + high + up)]
            for corners, alpha in ((lid, 0.2), (side, 0.3)):
                face = [*corners, (left + wide, base + high)]
                axis.add_patch(matplotlib.patches.Polygon(face, **style | {"facecolor": (colour, alpha)}))
        reach = max(reach, abs(y) + (high + up) / 2)
    return reach


def _funnel(axis, parts, unit, fed):
    """Shade what lies between neighbouring bars, which gives the hourglass its outline."""
    for left, right in zip(parts, parts[1:]):
        forked = any(part.role == "code" and len(part.steps) == 2 for part in (left, right))
        steps = [*left.steps[-1:], *right.steps[:1]]
        cut = fed and left.role == "code"  # what the decoder does not receive
        if len(steps) < 2 or forked or cut or any(len(step.shape) > 1 for step in steps):
            continue
        (a, b), x = [unit * layers.pixels(step.shape) / 2 for step in steps], left.x + left.width / 2
        y = right.x - right.width / 2
        colour = COLOURS["decoder" if right.role == "decoder" else "encoder"]
        corners = [(x, a), (y, b), (y, -b), (x, -a)]
        axis.add_patch(matplotlib.patches.Polygon(corners, facecolor=(colour, 0.15), linewidth=0))


def _labelled(axis, part, label, reach, edge, band, name):
    """Write a label, with a thin line to what it belongs to, `reach` from the middle, where all parts end at `edge`."""
    sign = 1 if label.side == "above" else -1
    if edge - reach > 0.12 or abs(label.x - part.x) > 0.02:
        x, y = [part.x, part.x, label.x], [reach + 0.04, max(edge, reach) + 0.04, edge + band - 0.02]
        style = {"color": plots.INK, "linewidth": 0.7, "linestyle": (0, (1, 2)), "gid": f"lead-{label.side}-{name}"}
        axis.plot(x, [sign * one for one in y], **style)
    height = LINE * len(label.lines) if sign > 0 else 0
    _text(axis, label.x, sign * (edge + band) + height, label.lines, f"label-{label.side}-{name}")


def _text(axis, x, y, lines, gid, **style):
    """Write lines of text, centred at x, from y downwards."""
    style = {
        "ha": "center",
        "va": "top",
        "size": row.LETTER,
        "family": row.FAMILY,
        "color": plots.INK,
        "linespacing": 1.15,
    } | style
    if lines:
        axis.text(x, y, "\n".join(lines), gid=gid, **style)


def _image(axis, pixels, left, base, wide, high, gid):
    """Draw an image with a thin outline."""
    extent = (left, left + wide, base, base + high)
    style = {"cmap": "gray", "vmin": 0, "vmax": 1, "interpolation": "nearest", "aspect": "auto"}
    axis.imshow(pixels, extent=extent, gid=f"picture-{gid}", **style)
    axis.add_patch(matplotlib.patches.Rectangle((left, base), wide, high, fill=False, color=plots.INK, linewidth=0.8))


def _brace(axis, first, last, y, word):
    """Name a half of the model above it."""
    left, right = first.x - first.width / 2 - 0.03, last.x + last.width / 2 + 0.03
    colour = COLOURS[word]
    axis.plot([left, left, right, right], [y + 0.04, y + 0.1, y + 0.1, y + 0.04], color=colour, linewidth=1.4)
    _text(axis, (left + right) / 2, y + 0.33, [word], word, weight="bold")


def _arrows(axis, parts, unit, heads, fed, spread):
    """Draw what goes where: between the pictures and the layers, and from the code to the decoder."""

    def arrow(name, start, end, **style):
        """Draw one arrow."""
        style = {"arrowstyle": "-|>", "mutation_scale": 11, "shrinkA": 0, "shrinkB": 0, "linewidth": 1.3} | style
        axis.add_patch(matplotlib.patches.FancyArrowPatch(start, end, gid=f"arrow-{name}", color=plots.INK, **style))

    def side(part, way, room=0.05):
        """Return where an arrow leaves or reaches a part."""
        return part.x + way * (part.width / 2 + room)

    coded = max(i for i, part in enumerate(parts) if part.role == "code")
    code, after = parts[coded], parts[coded + 1]
    if parts[0].role == "picture":
        arrow("image-encoder", (side(parts[0], 1), 0), (side(parts[1], -1), 0))
        arrow("decoder-reconstruction", (side(parts[-2], 1), 0), (side(parts[-1], -1), 0))
    if heads is None:
        arrow("code-decoder", (side(code, 1), 0), (side(after, -1), 0))
        return
    before, fork = parts[coded - 2], parts[coded - 1]
    small = unit * layers.pixels(before.steps[-1].shape) / 2
    for name, way in (("mean", 1), ("log_var", -1)):
        start = way * min(spread, 0.6 * small)
        arrow(f"encoder-{name}", (side(before, 1), start), (side(fork, -1), way * spread))
        if name in heads.sources:
            arrow(f"{name}-z", (side(fork, 1), way * spread), (side(code, -1), way * 0.06))
    if heads.noise:
        middle = spread + 0.42
        reach = (unit * layers.pixels(heads.z.shape) + _slant(heads.z.shape, unit)[1]) / 2
        arrow("eps-z", (code.x, middle - 0.2), (code.x, reach + 0.05))
        axis.add_patch(matplotlib.patches.Circle((code.x, middle), 0.18, gid="eps", fill=False, color=plots.INK))
        x = np.linspace(-0.13, 0.13, 41)
        axis.plot(code.x + x, middle - 0.09 + 0.17 * np.exp(-((x / 0.05) ** 2) / 2), color=plots.INK, linewidth=1.2)
    name, y = (("z", 0), ("mean", spread), ("log_var", -spread))[fed]
    start = side(code if fed == 0 else fork, 1)
    room = unit * layers.pixels(after.steps[0].shape) / 2
    target = max(-0.8 * room, min(0.8 * room, y))
    wrong = {} if fed == 0 else {"linestyle": (0, (4, 1.5)), "linewidth": 2.2}
    arrow(f"{name}-decoder", (start, y), (side(after, -1), target), **wrong)


def _wiring(fed):
    """Return what the figure says of a decoder that does not receive z."""
    return f"In auto, the decoder receives {('z', 'mean', 'log_var')[fed]} (dashed arrow), and z goes nowhere."


def _notes(steps):
    """Return what the figure says of its scale."""
    said = []
    if any(len(step.shape) == 1 for step in steps):
        said.append("Height of a bar: the square root of its units, to scale.")
    if any(len(step.shape) > 1 for step in steps):
        said.append("Blocks: height and width in pixels, depth the square root of the channels, to scale.")
    return said


def _strip(heads, values, width):
    """Return how an image's code is shown: its title, its numbers as {label: row} or as maps, and its height."""
    code = values[0]
    if heads and code.size <= 8:
        z, mean, log_var = (value.ravel() for value in values)
        rows = {"mean": mean, "log_var": log_var, "z": z}
        if heads.noise == "eps":
            rows = {"mean": mean, "log_var": log_var, "eps": (z - mean) / np.exp(log_var / 2), "z": z}
        return row.wrapped("this image's code, a point in the latent space", width - 0.2), rows, 0.24 * len(rows)
    title = (
        f"{'z, drawn for this image' if heads else 'this image' + chr(39) + 's code'}, a point in the latent space: "
    )
    low, high = _written([code.min(), code.max()])
    title += f"{code.size} number{'s' * (code.size > 1)}, from {low} (black) to {high} (white)"
    if code.ndim == 3:
        maps = list(np.moveaxis(code, -1, 0)[:MOST_MAPS])
        if len(maps) < code.shape[-1]:
            title += f"; the first {len(maps)} of {code.shape[-1]} channels"
        size = min(
            0.55 * min(1, len(code) / code.shape[1]), ((width - 0.3) / len(maps) - 0.08) * len(code) / code.shape[1]
        )
        return row.wrapped(title, width - 0.2), maps, size
    if code.size <= MOST_VALUES:
        most = max(1, int((width - 0.2) / _cell(code)))
        columns = math.ceil(code.size / math.ceil(code.size / most))
        rows = {i: code.ravel()[i : i + columns] for i in range(0, code.size, columns)}
        return row.wrapped(title, width - 0.2), rows, 0.24 * len(rows)
    columns = min(code.size, max(64, math.ceil(math.sqrt(8 * code.size))))
    rows = [code.ravel()[i : i + columns] for i in range(0, code.size, columns)]
    return row.wrapped(title, width - 0.2), rows, min(0.13, (width - 0.3) / columns) * len(rows)


def _written(numbers):
    """Return numbers as text, all with as many decimals."""
    largest = np.abs(numbers).max()
    return [
        f"{number:.2f}".replace("-0.00", "0.00") if 0.05 <= largest < 1000 or not largest else f"{number:.2g}"
        for number in numbers
    ]


def _cell(numbers):
    """Return the width of a cell for any of these numbers."""
    return max(CELL, *(row.text_width(text) + 0.1 for text in _written(numbers.ravel())))


def _code(axis, strip, x, y):
    """Draw what `_strip` gives, centred at x, from y downwards, and return where it ends."""
    title, shown, height = strip
    _text(axis, x, y, title, "code-title")
    y -= LINE * len(title) + 0.08
    if isinstance(shown, dict):
        numbers = np.concatenate(list(shown.values()))
        cell, low, span, texts = _cell(numbers), numbers.min(), np.ptp(numbers) or 1, iter(_written(numbers))
        left = x - cell * max(map(len, shown.values())) / 2
        for i, (label, values) in enumerate(shown.items()):
            middle, named = y - 0.24 * (i + 0.5), isinstance(label, str)
            if named:  # numbers of several kinds have no common scale of grey
                _text(axis, left - 0.08, middle, [label], f"code-{label}", ha="right", va="center_baseline")
            for j, (number, text) in enumerate(zip(values, texts)):
                grey = (number - low) / span
                box = matplotlib.patches.Rectangle((left + j * cell, middle - 0.12), cell, 0.24, linewidth=0.8)
                box.set(facecolor="none" if named else str(grey), edgecolor=plots.INK, gid=f"cell-{i}-{j}")
                axis.add_patch(box)
                ink = plots.INK if named else "white" if grey < 0.45 else "black"
                place = (left + (j + 0.5) * cell, middle)
                _text(axis, *place, [text], f"value-{i}-{j}", color=ink, va="center_baseline")
        return y - height
    low, high = min(part.min() for part in shown), max(part.max() for part in shown)
    if shown[0].ndim == 1:
        cell = height / len(shown)
        left = x - cell * len(shown[0]) / 2
        for i, part in enumerate(shown):
            grey, base = (part[None] - low) / ((high - low) or 1), y - cell * (i + 1)
            _image(axis, grey, left, base, cell * len(part), cell, f"code-{i}")
        return y - height
    wide = [height * part.shape[1] / part.shape[0] for part in shown]
    left = x - (sum(wide) + 0.08 * (len(wide) - 1)) / 2
    for i, part in enumerate(shown):
        _image(axis, (part - low) / ((high - low) or 1), left, y - height, wide[i], height, f"code-{i}")
        left += wide[i] + 0.08
    return y - height


def _sentence(parts, heads, fed, values):
    """Return the alternative text."""

    def words(step):
        """Return a layer as part of a sentence."""
        lines = [line.replace("\n", "") for line in step.lines if line != "code"]
        return f"{', '.join(lines)} {layers.in_numbers(step.shape)}"

    said = {"image": [], "encoder": [], "code": [], "decoder": []}
    for part in parts:
        if part.steps:
            several = len(part.steps) > 1 and part.role != "code"
            said[part.role].append(" ".join(part.labels[0].lines) if several else words(part.steps[0]))
    text = f"Hourglass of layers. Encoder: {' -> '.join(said['image'] + said['encoder'])}"
    if heads is None:
        text += f" -> code: {said['code'][0]}"
    else:
        noise = {"eps": " and eps drawn from N(0, 1)", "noise": " and noise"}.get(heads.noise, "")
        sources = [name for name in ("mean", "log_var") if name in heads.sources] or ["neither mean nor log_var"]
        text += f" -> mean: {words(heads.mean)} and log_var: {words(heads.log_var)}. Code, from {' and '.join(sources)}"
        text += f"{noise}: {' '.join(heads.z.lines[1:]).replace(chr(10), '')} {layers.in_numbers(heads.z.shape)}. "
        text += f"The decoder receives {('z', 'mean', 'log_var')[fed]}{', and z goes nowhere' if fed else ''}"
    text += f". Decoder: {' -> '.join(said['decoder'])}."
    if values and values[0].size <= MOST_VALUES:
        text += f" The code of the image that goes in: {', '.join(_written(values[0].ravel()))}."
    return text
