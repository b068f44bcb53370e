"""A Keras model as the chain of its layers, in words, and what feeds it; nothing is drawn or computed here."""

import math
import re
import typing

WINDOWS = ("kernel_size", "pool_size", "size")
SHAPES = "a chain of layers, one after another, or an encoder that gives [z, mean, log_var]"


class Step(typing.NamedTuple):
    """A layer in words: its name, what it is in lines (of which long ones are broken), and its output's shape."""

    name: str
    lines: list
    shape: tuple


class Heads(typing.NamedTuple):
    """The end of a variational encoder: three steps, which of "mean" and "log_var" z is computed from, its noise."""

    z: Step
    mean: Step
    log_var: Step
    sources: set
    noise: str = ""  # "eps", or "noise" if it is drawn otherwise


def encoder_steps(encoder):
    """Return the steps of an encoder, its input first, and its `Heads`, or None if its one output is the code."""
    outputs = _ends(encoder, "encoder")
    if len(outputs) not in (1, 3):
        raise ValueError(
            f"encoder has {len(outputs)} outputs: expected one, the code, or three, [z, mean, log_var]. Build it "
            "again, for example with keras.Model(image, [z, mean, log_var])."
        )
    first = Step("image", ["input"], _fixed(encoder.inputs[0], "encoder"))
    if len(outputs) == 1:
        steps = _steps(_path(outputs[0], "encoder"), [first])
        if len(steps) < 2:
            raise ValueError("encoder has no layer that changes its input's shape: expected one that gives the code.")
        return steps, None
    z, mean, log_var = outputs
    shapes = [_fixed(output, "encoder") for output in outputs]
    if len(set(shapes)) > 1:
        raise ValueError(
            f"encoder's outputs have the shapes {', '.join(map(in_numbers, shapes))}: expected one shape for z, mean "
            "and log_var."
        )
    paths = [_path(output, "encoder") for output in (mean, log_var)]
    shared = 0
    while shared < min(map(len, paths)) and paths[0][shared] == paths[1][shared]:
        shared += 1
    tails = [_steps(path[shared:], []) for path in paths]
    if [len(tail) for tail in tails] != [1, 1]:
        raise ValueError(
            f"encoder has {len(tails[0])} layers for the mean and {len(tails[1])} for the log variance after the "
            "layers that both share: expected one each. Give its outputs in the order [z, mean, log_var]."
        )
    operation = _origin(z)[0]
    drawn = Step(operation.name, ["code", "z", _split(type(operation).__name__)], _fixed(z, "encoder"))
    sources = {name for name, tensor in (("mean", mean), ("log_var", log_var)) if _descends(z, _origin(tensor)[0])}
    return _steps(paths[0][:shared], [first]), Heads(drawn, tails[0][0], tails[1][0], sources)


def decoder_steps(decoder):
    """Return the steps of a decoder, without its input."""
    outputs = _ends(decoder, "decoder")
    if len(outputs) != 1:
        raise ValueError(f"decoder has {len(outputs)} outputs: expected one, the reconstruction.")
    steps = _steps(_path(outputs[0], "decoder"), [])
    if not steps:
        raise ValueError("decoder has no layers: expected those that lead from a code to an image.")
    return steps


def fed_by(auto, encoder, decoder):
    """Return which of the encoder's outputs the decoder receives in `auto`, 0, 1 or 2."""
    wanted = "expected the model in which the decoder follows the encoder. Pass the three that a factory returned."
    if not getattr(auto, "outputs", None):
        raise ValueError(f"auto is of type {type(auto).__name__} and not built as a graph of layers: {wanted}")
    own = {
        name: [model, *getattr(model, "operations", model.layers)]
        for name, model in (("encoder", encoder), ("decoder", decoder))
    }
    tensor, entered = auto.outputs[0], False
    while True:
        operation, inputs, index = _origin(tensor)
        if operation is encoder and entered:
            return index
        if entered and any(operation is one for one in own["encoder"]):
            histories = [_origin(output)[::2] for output in encoder.outputs]
            if (operation, index) in histories:
                return histories.index((operation, index))
        inside = any(operation is one for one in own["decoder"])
        if len(inputs) != 1:
            raise ValueError(f"auto does not lead from the encoder's output to the decoder's input: {wanted}")
        entered = entered or inside
        (tensor,) = inputs


def in_numbers(shape):
    """Return a shape as code writes it, with n for the batch, e.g. "(n, 28, 28, 1)"."""
    return f"({', '.join(map(str, ('n', *shape)))})"


def _ends(model, name):
    """Return the outputs of a built model with one input, or raise in the user's terms."""
    try:
        inputs, outputs = model.inputs, model.outputs
    except (AttributeError, ValueError):  # a Sequential model without its shapes
        inputs, outputs = None, None
    if not inputs or not outputs:
        raise ValueError(
            f"{name} is of type {type(model).__name__} and not yet a graph of layers: expected a Functional or a built "
            "Sequential model. Let it begin with keras.Input((784,))."
        )
    if len(inputs) != 1:
        raise ValueError(f"{name} has {len(inputs)} inputs: expected {SHAPES}.")
    return list(outputs)


def _origin(tensor):
    """Return the operation that gave a tensor, the tensors that went in, and which of its outputs it is."""
    operation, node, index = tensor._keras_history
    return operation, operation._inbound_nodes[node].arguments.keras_tensors, index


def _path(tensor, name):
    """Return the layers that lead to a tensor, [(operation, shape of its output)], models inside opened."""
    found = []
    while True:
        operation, inputs, index = _origin(tensor)
        if not inputs:
            return found[::-1]
        if len(inputs) > 1:
            raise ValueError(f"{name}'s layer {operation.name!r} has {len(inputs)} inputs: expected {SHAPES}.")
        if getattr(operation, "outputs", None) and hasattr(operation, "layers"):
            found += _path(operation.outputs[index], name)[::-1]
        else:
            found.append((operation, _fixed(tensor, name)))
        (tensor,) = inputs


def _descends(tensor, ancestor):
    """Return whether an operation stands among those that lead to a tensor."""
    waiting, seen = [tensor], set()
    while waiting:
        operation, inputs, _ = _origin(waiting.pop())
        if operation is ancestor:
            return True
        if id(operation) not in seen:
            seen.add(id(operation))
            waiting += inputs
    return False


def _fixed(tensor, name):
    """Return a tensor's shape without the batch, or raise if a size is open."""
    shape = tuple(tensor.shape[1:])
    if None in shape or not shape:
        raise ValueError(
            f"{name} has a layer of shape {in_numbers(shape)}: expected sizes that are fixed. Build it with "
            "keras.Input((28, 28, 1)), for example."
        )
    return shape


def _steps(path, steps):
    """Return `steps` and the layers of a path, where one that changes no shape is a line more of the one before."""
    for operation, shape in path:
        sized = any(hasattr(operation, size) for size in ("units", "filters", "kernel_size", "pool_size"))
        if steps and not sized and steps[-1].shape == shape:
            (first, *more) = _words(operation)
            steps[-1].lines.extend([f"+ {first}", *more])
        else:
            steps.append(Step(operation.name, _words(operation), shape))
    return steps


def _words(layer):
    """Return what a layer is, in lines, e.g. ["Conv2D 16", "3 x 3, relu", "stride 1"]."""
    kind = type(layer).__name__
    units = getattr(layer, "units", getattr(layer, "filters", None))
    activation = getattr(layer, "activation", None)
    name = getattr(activation, "__name__", type(activation).__name__).strip("<>") if activation is not None else ""
    if kind == "Activation":
        return [name]
    lines = [_split("Dense" if kind == "SparseDense" else kind)]
    if isinstance(units, int):
        lines[-1] += f" {units}"
    for size in ("rate", "stddev"):
        if isinstance(getattr(layer, size, None), (int, float)):
            lines[-1] += f" {getattr(layer, size):g}"
    window = next((_sides(getattr(layer, size, None)) for size in WINDOWS if hasattr(layer, size)), "")
    if window or name:
        lines.append(", ".join(part for part in (window, name) if part))
    if hasattr(layer, "kernel_size") and (stride := _sides(getattr(layer, "strides", None))):
        first, *others = stride.split(" x ")
        lines.append(f"stride {stride if set(others) - {first} else first}")
    if getattr(layer, "lambtha", None):
        lines.append("+ L1 penalty")
    elif regularizer := getattr(layer, "activity_regularizer", None):
        lines.append(f"+ {type(regularizer).__name__} penalty"[:20])
    return lines


def _sides(size):
    """Return the sides of a window as "3 x 3", or "" if they are no whole numbers."""
    sides = size if isinstance(size, (list, tuple)) else (size,)
    return " x ".join(map(str, sides)) if all(isinstance(side, int) for side in sides) else ""


def _split(name, most=18):
    """Return a class's name with a new line after at most `most` letters, before a capital where it can be."""
    lines = [""]
    for part in re.findall(r"[A-Z]*[^A-Z]+|[A-Z]+", name):
        for piece in (part[i : i + most] for i in range(0, len(part), most)):
            if len(lines[-1]) + len(piece) > most:
                lines.append("")
            lines[-1] += piece
    return "\n".join(line for line in lines if line)


def pixels(shape):
    """Return the height of a layer's output in pixels: of a block its first side, of n units the root of n."""
    return math.sqrt(shape[0]) if len(shape) == 1 else float(shape[0])
