"""An autoencoder as an hourglass, drawn to scale from the model itself; how models are read stands in `layers`."""

import dataclasses
import functools
import itertools
import math

import matplotlib.patches
import matplotlib.textpath
import numpy as np

from aelib import data, plots
from aelib.drawings import layers

# All lengths are in inches, and the axis has them as its units, so that labels can be measured before they are placed.
WIDEST = 10.0
NARROWEST = 5.0
TALLEST = 1.7  # of the tallest layer
LOWEST = 1.1  # the same, where there are many
PICTURE = 1.0  # side of an image, where there is no room for one as tall as the input
BAR = 0.13
DEEPEST = 0.3  # of the block with the most channels
SLANT = (0.3, 0.18)  # how far a block's depth is drawn to the right and up, as a share of its width
LETTER = 10  # points
LINE = 0.168
DRAWS = 2000  # codes of one image, in which a deviation that is wrong by a tenth is seen
CELL = 0.5  # width of a number
MOST_VALUES = 32
MOST_MAPS = 16
COLOURS = {
    "image": plots.INK,
    "encoder": plots.SERIES_COLOURS[0],
    "code": plots.SERIES_COLOURS[1],
    "decoder": plots.SERIES_COLOURS[2],
}


@dataclasses.dataclass
class _Part:
    """What stands at one place of the row: a picture, a layer, or several layers with one label."""

    role: str
    steps: list
    width: float
    lines: list  # its label
    gap: float = 0.16  # to the part before, at least
    above: list | None = None  # a second label, above it
    side: str = "below"  # where its label stands
    x: float = 0.0  # of its centre


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
    parts, unit = _arranged(first, heads, last, pictures)
    return _drawn(parts, unit, heads, fed, pictures, values)


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
    return [np.asarray(keras.ops.convert_to_numpy(output), np.float32)[0] for output in found]


def _observed(heads, encoder, pixels):
    """Return `heads` with what z really is: whether it is drawn, and as its formula says, seen in many drawn codes."""
    import keras

    pixels = np.full(encoder.inputs[0].shape[1:], 0.5, np.float32) if pixels is None else pixels
    outputs = encoder(np.repeat(pixels[None], DRAWS, axis=0), training=False)
    z, mean, log_var = (np.asarray(keras.ops.convert_to_numpy(output), np.float64) for output in outputs)
    if np.allclose(z, z[:1], atol=1e-6):
        return heads
    eps = (z - mean) / np.exp(log_var / 2)
    if abs(eps.mean()) > 0.1 or abs(eps.std() - 1) > 0.1 or not heads.sources == {"mean", "log_var"}:
        return heads._replace(noise="noise")
    return heads._replace(noise="eps", z=heads.z._replace(lines=["z = mean +", "exp(log_var / 2) * eps"]))


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
    """Return the parts of the row with their places, in the plainest arrangement that fits, and the size of a pixel."""
    steps = [*first, *((heads.mean, heads.log_var, heads.z) if heads else ()), *last]
    highest = max(layers.pixels(step.shape) for step in steps)
    deepest = max([1, *(step.shape[-1] for step in steps if len(step.shape) > 1)])
    ways = itertools.product((False, True), (TALLEST, LOWEST), (["below"], ["below", "above"]), (True, False))
    for merged, tall, sides, exact in ways:
        unit = tall / highest
        parts = _parts(first, heads, last, unit, deepest, merged)
        if pictures:
            high, wide = pictures[0].shape[:2]
            size = unit * high if exact and 0.8 <= unit * high else PICTURE
            parts[0].gap = 0.4
            parts.insert(0, _Part("picture", [], size * wide / high, ["image"]))
            parts.append(_Part("picture", [], size * wide / high, ["reconstruction"], 0.4))
        if _placed(parts, sides) <= WIDEST:
            break
    return parts, unit


def _parts(first, heads, last, unit, deepest, merged):
    """Return the layers as parts of the row; if `merged`, those in the middle of each half are one part."""

    def part(role, steps, *lines, **options):
        """Return one part for one step or for several."""
        depths = [DEEPEST * math.sqrt(step.shape[-1] / deepest) for step in steps if len(step.shape) > 1]
        slants = [SLANT[0] * unit * step.shape[1] for step in steps if len(step.shape) > 2]
        width = max(BAR, max(depths, default=0) + max(slants, default=0))
        if len(steps) > 1 and role != "code":
            width = min(1.5, 0.1 * len(steps))
            lines = [
                f"{len(steps)} layers",
                layers.in_numbers(steps[0].shape),
                f"to {layers.in_numbers(steps[-1].shape)}",
            ]
        return _Part(role, steps, width, [*lines, *_label(steps[0])] if len(steps) == 1 else list(lines), **options)

    def half(role, steps):
        """Return the parts of one half."""
        middle = [steps[1:-1]] if merged and len(steps) > 3 else [[step] for step in steps[1:-1]]
        return [part(role, some) for some in [steps[:1], *middle, steps[1:][-1:]] if some]

    before = first[1:] if heads else first[1:-1]
    found = [part("image", first[:1]), *half("encoder", before)]
    if heads:
        fork = part("code", [heads.mean, heads.log_var], "log_var", *_label(heads.log_var), gap=0.5)
        fork.above = ["mean", *_label(heads.mean)]
        meeting = part("code", [heads.z], gap=0.7)
        if heads.noise:
            names = ["eps, drawn", "from N(0, 1)"] if heads.noise == "eps" else ["noise"]
            meeting.above = [*names, layers.in_numbers(heads.z.shape)]
        found += [fork, meeting]
    else:
        found.append(part("code", first[-1:], "code"))
    after = half("decoder", last)
    after[0].gap = 0.45
    return found + after


def _label(step):
    """Return a step's label, line by line."""
    return [*step.lines, layers.in_numbers(step.shape)]


def _placed(parts, sides):
    """Place the parts from left to right, their labels on `sides` by turns, none touching another; return the width."""
    ends = {"below": 0.05, "above": 0.05}  # where the next label on a side may begin
    edge = 0.05
    for i, part in enumerate(parts):
        part.side = sides[i % len(sides)] if part.above is None else "below"
        labels = {part.side: part.lines} | ({"above": part.above} if part.above else {})
        half = {side: max(map(_width, lines)) / 2 for side, lines in labels.items()}
        part.x = max(edge + part.gap + part.width / 2, *(ends[side] + half[side] for side in labels))
        edge = part.x + part.width / 2
        ends |= {side: part.x + half[side] + 0.12 for side in labels}
    return max(edge, *ends.values()) + 0.05


@functools.lru_cache(4096)
def _width(line):
    """Return the width of a line of text."""
    if not line.strip():
        return 0.0
    found = matplotlib.textpath.TextPath((0, 0), line, size=LETTER, usetex=False)
    return 1.03 * found.get_extents().width / 72 + 0.02


def _drawn(parts, unit, heads, fed, pictures, values):
    """Return the figure of parts that have their places."""
    steps = [step for part in parts for step in part.steps]
    ends = [part.x - max(part.width, *map(_width, part.lines)) / 2 for part in parts]
    ends += [part.x + max(part.width, *map(_width, part.lines)) / 2 for part in parts]
    width = max(NARROWEST, max(ends) - min(ends) + 0.2)
    for part in parts:
        part.x += (width - max(ends) - min(ends)) / 2
    slot = unit * layers.pixels(heads.mean.shape) / 2 if heads else 0
    spread = max(0.5, slot + 0.15) if heads else 0
    tall = max(unit * layers.pixels(step.shape) + _slant(step.shape, unit)[1] for step in steps) / 2
    top, bottom = max(tall, spread + 0.65 * bool(heads)), max(tall, spread + slot)
    above = [part.above or part.lines for part in parts if part.above or part.side == "above"]
    below = [part.lines for part in parts if part.side == "below"]
    roof = top + 0.15 + LINE * max(map(len, above), default=0)
    floor = -bottom - 0.15 - LINE * max(map(len, below), default=0)
    strip = _strip(heads, values, width) if values else None
    notes = _wrapped(_note(steps, unit, heads, fed), width - 0.2)
    low = floor - 0.25 - LINE * len(notes)
    if strip:
        low -= 0.2 + LINE * len(strip[0]) + 0.08 + strip[2]
    figure = plots.figure((width, roof + 0.42 - low))
    figure.set_layout_engine("none")  # every place is known
    axis = figure.add_axes((0, 0, 1, 1))
    _funnel(axis, parts, unit)
    for part in parts:
        if part.role == "picture":
            size = part.width / pictures[0].shape[1] * pictures[0].shape[0]
            shown = pictures[0] if part is parts[0] else pictures[1]
            _image(axis, shown, part.x - part.width / 2, -size / 2, part.width, size, part.lines[0])
            reach = size / 2
        else:
            reach = _layers(axis, part, unit, spread)
        _labels(axis, part, reach, spread, top, bottom)
    _arrows(axis, parts, unit, heads, fed, spread)
    coded = max(i for i, part in enumerate(parts) if part.role == "code")
    inside = [part for part in parts if part.role != "picture"]
    _brace(axis, inside[0], parts[coded], roof, "encoder")
    _brace(axis, parts[coded + 1], inside[-1], roof, "decoder")
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


def _layers(axis, part, unit, spread):
    """Draw the bars or the block of a part, and return how far it reaches up and down."""
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
        axis.add_patch(matplotlib.patches.Rectangle((left, base), wide, high, gid=f"layer-{step.name}", **style))
        if right:
            lid = [(left, base + high), (left + right, base + high + up), (left + wide + right, base + high + up)]
            side = [(left + wide, base), (left + wide + right, base + up), (left + wide + right, base + high + up)]
            for corners, alpha in ((lid, 0.2), (side, 0.3)):
                face = [*corners, (left + wide, base + high)]
                axis.add_patch(matplotlib.patches.Polygon(face, **style | {"facecolor": (colour, alpha)}))
        reach = max(reach, abs(y) + (high + up) / 2)
    return reach


def _funnel(axis, parts, unit):
    """Shade what lies between neighbouring bars, which gives the hourglass its outline."""
    for left, right in zip(parts, parts[1:]):
        steps = [*left.steps[-1:], *right.steps[:1]]
        alone = max(len(left.steps), len(right.steps)) == 1
        if len(steps) == 2 and alone and all(len(step.shape) == 1 for step in steps):
            (a, b), (x, y) = [unit * layers.pixels(step.shape) / 2 for step in steps], (left.x, right.x)
            x, y = x + left.width / 2, y - right.width / 2
            role = left.role if left.role == "decoder" else right.role
            role = "encoder" if role == "code" else role
            corners = [(x, a), (y, b), (y, -b), (x, -a)]
            axis.add_patch(matplotlib.patches.Polygon(corners, facecolor=(COLOURS[role], 0.15), linewidth=0))


def _labels(axis, part, reach, spread, top, bottom):
    """Write a part's label or labels, with a thin line to what they belong to."""
    for side, lines in {part.side: part.lines, **({"above": part.above} if part.above else {})}.items():
        sign, edge = (1, top) if side == "above" else (-1, bottom)
        if part.above and side == "above" and len(part.steps) == 1:
            reach = spread + 0.6
        if edge - reach > 0.12:
            line = dict(color=plots.INK, linewidth=0.6, linestyle=(0, (1, 2)))
            axis.plot([part.x] * 2, [sign * (reach + 0.04), sign * (edge + 0.02)], **line)
        height = LINE * len(lines) if side == "above" else 0
        name = part.steps[0].name if part.steps else part.lines[0]
        _text(axis, part.x, sign * (edge + 0.08) + height, lines, f"label-{side}-{name}")


def _text(axis, x, y, lines, gid, **style):
    """Write lines of text, centred at x, from y downwards."""
    style = {"ha": "center", "va": "top", "size": LETTER, "color": plots.INK, "linespacing": 1.15} | style
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
        middle, reach = spread + 0.42, unit * layers.pixels(heads.z.shape) / 2
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


def _note(steps, unit, heads, fed):
    """Return what the figure says of its scale, and of a decoder that does not receive z."""
    said = []
    if fed:
        name = ("mean", "log_var")[fed - 1]
        said.append(f"In auto, the decoder receives {name} (dashed). z goes nowhere.")
    if any(len(step.shape) == 1 for step in steps):
        said.append("Height of a bar: the square root of its units, to scale.")
    if any(len(step.shape) > 1 for step in steps):
        said.append("Blocks: height and width in pixels, depth the square root of the channels, to scale.")
    return " ".join(said)


def _wrapped(text, width):
    """Return a text in lines of at most this width."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if _width(longer) <= width else [*lines, word]
    return lines


def _strip(heads, values, width):
    """Return how an image's code is shown: its title, its numbers as {label: row} or as maps, and its height."""
    code = values[0]
    count = f"{code.size} number" + "s" * (code.size > 1)
    if heads and code.size <= 8:
        z, mean, log_var = (value.ravel() for value in values)
        rows = {"mean": mean, "log_var": log_var, "z": z}
        if heads.noise == "eps":
            rows = {"mean": mean, "log_var": log_var, "eps": (z - mean) / np.exp(log_var / 2), "z": z}
        return ["this image's code, a point in the latent space, as it was drawn this time"], rows, 0.24 * len(rows)
    title = (
        f"{'z, drawn for this image' if heads else 'this image' + chr(39) + 's code'}, a point in the latent space: "
    )
    title += f"{count}, from {code.min():.2f} (black) to {code.max():.2f} (white)"
    if code.ndim == 3:
        maps = list(np.moveaxis(code, -1, 0)[:MOST_MAPS])
        if len(maps) < code.shape[-1]:
            title += f"; {len(maps)} of its {code.shape[-1]} channels"
        return _wrapped(title, width - 0.2), maps, min(0.55, (width - 0.3) / len(maps) - 0.08)
    if code.size <= MOST_VALUES:
        columns = next(n for n in (16, 8) if n * CELL <= width - 0.2)
        rows = {i: code.ravel()[i : i + columns] for i in range(0, code.size, columns)}
        return _wrapped(title, width - 0.2), rows, 0.24 * len(rows)
    columns = min(code.size, max(64, math.ceil(math.sqrt(8 * code.size))))
    cells = np.full((math.ceil(code.size / columns), columns), np.nan)
    cells.flat[: code.size] = code.ravel()
    return _wrapped(title, width - 0.2), [cells], min(0.13, (width - 0.3) / columns) * len(cells)


def _code(axis, strip, x, y):
    """Draw what `_strip` gives, centred at x, from y downwards, and return where it ends."""
    title, shown, height = strip
    _text(axis, x, y, title, "code-title")
    y -= LINE * len(title) + 0.08
    if isinstance(shown, dict):
        numbers = np.concatenate(list(shown.values()))
        low, span = numbers.min(), np.ptp(numbers) or 1
        for i, (label, row) in enumerate(shown.items()):
            left, base = x - CELL * max(map(len, shown.values())) / 2, y - 0.24 * (i + 1)
            if isinstance(label, str):
                _text(axis, left - 0.08, base + 0.2, [label], f"code-{label}", ha="right")
            for j, number in enumerate(row):
                grey = (number - low) / span
                box = matplotlib.patches.Rectangle((left + j * CELL, base), CELL, 0.24, linewidth=0.8)
                box.set(facecolor=str(grey), edgecolor=plots.INK, gid=f"code-cell-{i}-{j}")
                axis.add_patch(box)
                ink = "white" if grey < 0.45 else "black"
                place = (left + (j + 0.5) * CELL, base + 0.2)
                _text(axis, *place, [f"{number:.2f}"], f"code-value-{i}-{j}", color=ink)
        return y - height
    low, high = np.nanmin(shown), np.nanmax(shown)
    wide = [height * part.shape[1] / part.shape[0] for part in shown]
    left = x - (sum(wide) + 0.08 * (len(wide) - 1)) / 2
    for i, part in enumerate(shown):
        _image(axis, (part - low) / ((high - low) or 1), left, y - height, wide[i], height, f"code-{i}")
        left += wide[i] + 0.08
    return y - height


def _sentence(parts, heads, fed, values):
    """Return the alternative text."""
    said = {"encoder": [], "decoder": []}
    for part in parts:
        for step in part.steps:
            words = f"{', '.join(step.lines)} {layers.in_numbers(step.shape)}"
            if part.role != "code":
                said["decoder" if part.role == "decoder" else "encoder"].append(words)
            elif heads is None:
                said["encoder"].append(f"code: {words}")
    text = f"Hourglass of layers. Encoder: {' -> '.join(said['encoder'])}"
    if heads:
        mean, log_var, z = heads.mean, heads.log_var, heads.z
        text += " -> " + " and ".join(
            f"{name}: {', '.join(step.lines)} {layers.in_numbers(step.shape)}"
            for name, step in (("mean", mean), ("log_var", log_var))
        )
        noise = {"eps": " with eps drawn from N(0, 1)", "noise": " with noise"}.get(heads.noise, "")
        text += f". Code: {' '.join(z.lines)} {layers.in_numbers(z.shape)}, from "
        text += f"{' and '.join(sorted(heads.sources, reverse=True)) or 'neither mean nor log_var'}{noise}"
        text += f". The decoder receives {('z', 'mean', 'log_var')[fed]}" + "; z goes nowhere" * (fed > 0)
    text += f". Decoder: {' -> '.join(said['decoder'])}."
    if values and values[0].size <= MOST_VALUES:
        text += f" The code of the image that goes in: {', '.join(f'{number:.2f}' for number in values[0].ravel())}."
    return text
