"""What the layers of encoder and decoder compute, judged from weights and outputs; nothing is trained here."""

from aelib.grading import numpy_layers

TOO_MANY = ("Cropping", "ZeroPadding", "Resizing", "Dropout", "Noise", "Normalization")  # parts of the names
CONVOLUTIONS = ("kernels", "padding", "pooling", "upsampling", "channels")


def dense(judge, part, weights, names):
    """Judge the dense layers of the encoder or the decoder.

    Args:
        part: "encoder" or "decoder".
        weights: The part's arrays, in its own order, as they are now.
        names: Class names of the part's layers, as far as it tells them.

    Returns:
        `numpy_layers.Layers`, which compute what the part computes; None where that is not known.
    """
    name, hidden = f"{part}_layers", list(judge.arguments[1])
    sizes = [judge.arguments[0], *hidden, judge.arguments[2]]
    sizes = sizes if part == "encoder" else sizes[::-1]
    pairs, rest = numpy_layers.chain(weights, sizes[0], 2)
    judge.judged.add(name)
    heads = ()
    split = part == "encoder" and judge.task == "variational"
    if split:
        heads, pairs, rest = split_heads(judge, weights, pairs, rest)
        sizes = sizes[:-1]
    found = [sizes[0], *(weights[i].shape[-1] for i, _ in pairs)]
    if found != sizes or rest:
        turned = found[1:-1] == sizes[1:-1][::-1] != sizes[1:-1]
        hint = " The hidden layers come in the other order." if turned else ""
        end = " before the heads" if split else ""
        judge.wrong(
            name,
            f"The {part}'s dense layers{end} go {_arrows(found)}{_beside(weights, rest)}: "
            f"expected {_arrows(sizes)} for {judge.shown}.{hint}",
        )
    places = [*pairs, *rest, *((head.kernel, head.bias) for head in heads)]
    if any(j is None for _, j in places):
        judge.wrong(name, f"A dense layer of the {part} has no bias: expected the default, with one.")
        return None
    if len({i for pair in places for i in pair}) < len(weights):
        judge.wrong(name, f"The {part} has weights that belong to no dense layer{strange(names)}.")
        return None
    if rest or not (pairs or split):
        return None
    stages = [numpy_layers.Stage(weights[i], weights[j]) for i, j in pairs]
    if split:
        return compare_heads(judge, weights, names, numpy_layers.Layers(stages, pairs, heads)) if heads else None
    if part == "decoder":
        stages[-1] = stages[-1]._replace(activation="sigmoid")
    return compare(judge, part, names, numpy_layers.Layers(stages, pairs))


def split_heads(judge, weights, pairs, rest):
    """Tell the two heads of the variational encoder from its hidden layers.

    Returns:
        The heads, none if they are not found; and the pairs of the hidden layers and of the rest.
    """
    latent = judge.arguments[2]
    sizes = [judge.arguments[0], *(weights[i].shape[-1] for i, _ in pairs)]
    if pairs and sizes[-1] == 2 * latent and not rest:
        columns = slice(0, latent), slice(latent, 2 * latent)
        return tuple(numpy_layers.Head(*pairs[-1], half) for half in columns), pairs[:-1], rest
    if pairs and sizes[-1] == latent and [weights[i].shape for i, _ in rest] == [(sizes[-2], latent)]:
        return tuple(numpy_layers.Head(*pair, slice(0, latent)) for pair in (pairs[-1], *rest)), pairs[:-1], []
    if pairs and sizes[-1] == latent and not rest:
        judge.wrong(
            "encoder_layers",
            "Mean and log variance come from one and the same layer: expected a head of its own for each.",
        )
        return (), pairs[:-1], rest
    return (), pairs, rest


def strange(names):
    """Return, in brackets, the layers that a plain encoder or decoder does not have."""
    plain = {"InputLayer", "Dense", "Conv2D", "MaxPooling2D", "MaxPool2D", "UpSampling2D", "Activation", "ReLU"}
    found = sorted(set(names) - plain)
    return f" (layers found: {', '.join(found)})" if found else ""


def superfluous(judge, part, names):
    """Note layers that have no place in a part, even if they change nothing here."""
    extra = {name for name in names if any(word in name for word in TOO_MANY)}
    if extra:
        judge.wrong(f"{part}_layers", f"The {part} has a layer too many: {', '.join(sorted(extra))}.")


def compare(judge, part, names, layers):
    """Judge a part by what it gives for its weights; return the layers that compute it, or None."""
    superfluous(judge, part, names)
    inputs = judge.images(4) if part == "encoder" else judge.codes(4)
    made = judge.outputs(part, inputs, f"{part}_io")
    if not made:
        return None
    looked_at = {"activations"} | (set(CONVOLUTIONS) if judge.task == "convolutional" else set())
    judge.judged |= looked_at
    changes = numpy_layers.explained(layers.stages, inputs, made[0])
    if changes is None:
        judge.left_open |= looked_at
        judge.wrong(
            f"{part}_layers",
            f"What the {part} gives is not what its layers give in the order of the task{strange(names)}.",
        )
        return None
    stages = list(layers.stages)
    for number, field, value in changes:
        changed(judge, part, layers.stages, number, field, value)
        stages[number] = stages[number]._replace(**{field: value})
    again = judge.outputs(part, inputs, f"{part}_io", training=True)
    noisy = bool(again) and not numpy_layers.agree(again[0], made[0])
    if noisy:
        judge.wrong(f"{part}_layers", f"The {part} gives something else in training than afterwards{strange(names)}.")
    return layers._replace(stages=stages, noisy=noisy)


def changed(judge, part, stages, number, field, value):
    """Note one difference between a part's layers and the expected ones."""
    convolutional = stages[0].kernel.ndim == 4
    kind = "convolution" if convolutional else "dense layer"
    place = f"The {part}'s {_ordinal(number, len(stages))} {kind}"
    expected = getattr(stages[number], field)
    if field == "activation":
        text = f"{place} has the activation {value}: expected {expected}."
        pixels = part == "decoder" and number == len(stages) - 1
        judge.wrong("activations", text + (" Pixels lie between 0 and 1." if pixels else ""))
    elif field == "padding":
        judge.wrong("padding", f"{place} has the padding {value}: expected {expected}.")
    elif part == "encoder":
        found = {"": "no pooling", "average": "average pooling", "pool valid": "pooling without padding"}[value]
        judge.wrong("pooling", f"{place} is followed by {found}: expected 2x2 max-pooling with padding same.")
    else:
        found = {"": "no upsampling", "up": "2x2 upsampling", "up first": "nothing, and comes after an upsampling"}
        wanted = {"": "nothing", "up": "2x2 upsampling"}[expected]
        hint = " The convolution without padding is followed by one, too." if value == "" and number else ""
        judge.wrong("upsampling", f"{place} is followed by {found[value]}: expected {wanted}.{hint}")


def compare_heads(judge, weights, names, layers):
    """Judge hidden layers and heads of the variational encoder by what they give; return the layers, or None."""
    images = judge.images(4)
    made = judge.outputs("encoder", images, "encoder_io")
    if not made:
        return None
    superfluous(judge, "encoder", names)
    judge.judged.add("activations")
    for inner in numpy_layers.ACTIVATIONS:
        tried = layers._replace(stages=[stage._replace(activation=inner) for stage in layers.stages])
        hidden = [images, *tried.outputs(weights, images)][-1]
        found = {}  # head: (output, activation)
        for k, output in enumerate(made):
            for h, head in enumerate(layers.heads):
                for name in sorted(numpy_layers.ACTIVATIONS, key=lambda name: name != "linear"):
                    if numpy_layers.agree(output, head._replace(activation=name).outputs(weights, hidden)):
                        found.setdefault(h, (k, name))
        if len(found) == 2 or (found and inner == "relu"):
            break
    else:
        text = "What the encoder gives is not what its dense layers give in the order of the task"
        judge.wrong("encoder_layers", f"{text}{strange(names)}.")
        return None
    if inner != "relu" and layers.stages:
        judge.wrong("activations", f"The encoder's hidden layers have the activation {inner}: expected relu.")
    for _, name in found.values():
        if name == "relu":
            judge.wrong(
                "activations",
                "A head of the encoder has the activation relu, so a mean could never be negative, or a standard "
                "deviation never be below 1: expected none.",
            )
        elif name != "linear":
            judge.wrong("activations", f"A head of the encoder has the activation {name}: expected none.")
    again = judge.outputs("encoder", images, "encoder_io", training=True)
    noisy = bool(again) and len(again) == len(made)
    noisy = noisy and any(all(not numpy_layers.agree(one, made[k]) for one in again) for k, _ in found.values())
    if noisy:
        text = "Mean or log variance are others in training than afterwards"
        judge.wrong("encoder_layers", f"{text}{strange(names)}.")
    activations = [found.get(h, (0, "linear"))[1] for h in (0, 1)]
    heads = tuple(head._replace(activation=name) for head, name in zip(layers.heads, activations))
    return tried._replace(heads=heads, noisy=noisy)


def convolutions(judge, part, weights, names):
    """Judge the convolutions of the encoder or the decoder; arguments and result as of `dense`."""
    name, channels = f"{part}_layers", judge.arguments[0][-1]
    filters = list(judge.arguments[1])
    wanted = [channels, *filters] if part == "encoder" else [filters[-1], *filters[::-1], channels]
    pairs, rest = numpy_layers.chain(weights, wanted[0], 4)
    found = [wanted[0], *(weights[i].shape[-1] for i, _ in pairs)]
    judge.judged.add(name)
    if part == "decoder":
        judge.judged.add("channels")
        last_only = found[:-1] == wanted[:-1] and found[-1] != channels
        if last_only and not rest:
            judge.wrong(
                "channels",
                f"The decoder's last convolution has {found[-1]} filters: expected {channels}, one a channel.",
            )
    else:
        last_only = False
    transposed = [kind for kind in names if "Transpose" in kind]
    if transposed:
        judge.wrong(name, f"The {part} has a {transposed[0]}: expected Conv2D, and UpSampling2D after it.")
        return None
    if (found != wanted and not last_only) or rest:
        hint = " The filters are not reversed." if part == "decoder" and found[1:-1] == filters else ""
        judge.wrong(
            name,
            f"The {part}'s convolutions go {_arrows(found)}{_beside(weights, rest)}: "
            f"expected {_arrows(wanted)} for {judge.shown}.{hint}",
        )
    judge.judged.add("kernels")
    for number, (i, _) in enumerate(pairs):
        size = weights[i].shape[:2]
        if size != (3, 3):
            place = f"The {part}'s {_ordinal(number, len(pairs))} convolution"
            judge.wrong("kernels", f"{place} has a kernel of {written(size)}: expected 3x3.")
    if any(j is None for _, j in pairs):
        judge.wrong(name, f"A convolution of the {part} has no bias: expected the default, with one.")
        return None
    if len({i for pair in pairs + rest for i in pair} - {None}) < len(weights):
        judge.wrong(name, f"The {part} has weights that belong to no convolution{strange(names)}.")
        return None
    if not pairs or rest or len(found) != len(wanted):
        return None
    stages = [numpy_layers.Stage(weights[i], weights[j], after="pool") for i, j in pairs]
    if part == "decoder":
        stages = [stage._replace(after="up") for stage in stages]
        stages[-1] = stages[-1]._replace(after="", activation="sigmoid")
        if len(stages) > 1:
            stages[-2] = stages[-2]._replace(padding="valid")
    return compare(judge, part, names, numpy_layers.Layers(stages, pairs))


def written(shape):
    """Return a shape as a person writes it: 784, or 28x28x1."""
    return "x".join(str(size) for size in shape) or "a number"


def _arrows(sizes):
    """Return sizes joined by arrows."""
    return " → ".join(map(str, sizes))


def _beside(weights, rest):
    """Return the kernels that are no part of the chain, as the end of a sentence's clause."""
    return f", and beside them {', '.join(written(weights[i].shape) for i, _ in rest)}" if rest else ""


def _ordinal(number, count):
    """Return which one of some layers is meant."""
    if number == count - 1:
        return "last"
    if number == count - 2 and count > 2:
        return "second to last"
    return ("first", "second", "third")[number] if number < 3 else f"{number + 1}th"
