"""What the layers of encoder and decoder compute, judged from weights and outputs; nothing is trained here."""

from aelib.grading import numpy_layers

TOO_MANY = ("Cropping", "ZeroPadding", "Resizing", "Dropout", "Noise", "Normalization")  # parts of the names
CONVOLUTIONS = ("kernels", "padding", "pooling", "upsampling", "channels")


def dense(exam, part):
    """Judge the dense layers of the encoder or the decoder."""
    name, weights = f"{part}_layers", exam.weights[part]
    hidden = list(exam.arguments[1])
    heads = part == "encoder" and exam.task == "variational"
    sizes = [exam.arguments[0], *hidden, exam.arguments[2]]
    sizes = sizes if part == "encoder" else sizes[::-1]
    pairs, rest = numpy_layers.chain(weights, sizes[0], 2)
    found = [sizes[0], *(weights[i].shape[-1] for i, _ in pairs)]
    exam.judged.add(name)
    if heads:
        split_heads(exam, pairs, rest, found)
        pairs, rest, found = exam.pairs, exam.rest, exam.found
        sizes = sizes[:-1]
    if found != sizes or rest:
        extra = f", and beside them {', '.join(written(weights[i].shape) for i, _ in rest)}" if rest else ""
        turned = found[1:-1] == sizes[1:-1][::-1] != sizes[1:-1]
        hint = " The hidden layers come in the other order." if turned else ""
        end = " before the heads" if heads else ""
        exam.wrong(
            name,
            f"The {part}'s dense layers{end} go {_arrows(found)}{extra}: "
            f"expected {_arrows(sizes)} for {exam.shown}.{hint}",
        )
    if any(pair[1] is None for pair in [*pairs, *rest, *(exam.heads or [] if heads else [])]):
        exam.wrong(name, f"A dense layer of the {part} has no bias: expected the default, with one.")
        return
    used = {i for pair in pairs + rest + (exam.heads or [] if heads else []) for i in pair[:2]}
    if len(used - {None}) < len(weights):
        exam.wrong(name, f"The {part} has weights that belong to no dense layer{strange(exam, part)}.")
        return
    if rest or not (pairs or heads):
        return
    stages = [numpy_layers.Stage(weights[i], None if j is None else weights[j]) for i, j in pairs]
    if not heads:
        if part == "decoder":
            stages[-1] = stages[-1]._replace(activation="sigmoid")
        compare(exam, part, stages)
    elif exam.heads:
        compare_heads(exam, stages)


def split_heads(exam, pairs, rest, found):
    """Tell the two heads of the variational encoder from its hidden layers."""
    weights, latent = exam.weights["encoder"], exam.arguments[2]
    last = found[-2] if len(found) > 1 else None
    if pairs and found[-1] == 2 * latent and not rest:
        i, j = pairs[-1]
        exam.heads = [(i, j, slice(0, latent)), (i, j, slice(latent, 2 * latent))]
        pairs, found = pairs[:-1], found[:-1]
    elif pairs and found[-1] == latent and [weights[i].shape for i, _ in rest] == [(last, latent)]:
        exam.heads = [(*pairs[-1], slice(0, latent)), (*rest[0], slice(0, latent))]
        pairs, found, rest = pairs[:-1], found[:-1], []
    elif pairs and found[-1] == latent and not rest:
        exam.wrong(
            "encoder_layers",
            "Mean and log variance come from one and the same layer: expected a head of its own for each.",
        )
        pairs, found = pairs[:-1], found[:-1]
    exam.pairs, exam.rest, exam.found = pairs, rest, found


def strange(exam, part):
    """Return, in brackets, the layers that a plain encoder or decoder does not have."""
    plain = {"InputLayer", "Dense", "Conv2D", "MaxPooling2D", "MaxPool2D", "UpSampling2D", "Activation", "ReLU"}
    found = sorted(set(exam.layer_names(part)) - plain)
    return f" (layers found: {', '.join(found)})" if found else ""


def superfluous(exam, part):
    """Note layers that have no place in a part, even if they change nothing here."""
    extra = {name for name in exam.layer_names(part) if any(word in name for word in TOO_MANY)}
    if extra:
        exam.wrong(f"{part}_layers", f"The {part} has a layer too many: {', '.join(sorted(extra))}.")


def compare(exam, part, stages):
    """Judge a part by what it gives for its weights."""
    superfluous(exam, part)
    inputs = exam.images(4) if part == "encoder" else exam.codes(4)
    made = exam.outputs(part, inputs, f"{part}_io")
    if not made:
        return
    found = {"activations"} | (set(CONVOLUTIONS) if exam.task == "convolutional" else set())
    exam.judged |= found
    changes = numpy_layers.explained(stages, inputs, made[0])
    if changes is None:
        exam.unexplained |= found
        exam.wrong(
            f"{part}_layers",
            f"What the {part} gives is not what its layers give in the order of the task{strange(exam, part)}.",
        )
        return
    for number, field, value in changes:
        changed(exam, part, stages, number, field, value)
    for number, field, value in changes:
        stages[number] = stages[number]._replace(**{field: value})
    exam.stages[part] = stages
    again = exam.outputs(part, inputs, f"{part}_io", training=True)
    if again and not numpy_layers.agree(again[0], made[0]):
        exam.noisy = True
        exam.wrong(
            f"{part}_layers", f"The {part} gives something else in training than afterwards{strange(exam, part)}."
        )


def changed(exam, part, stages, number, field, value):
    """Note one difference between a part's layers and the expected ones."""
    convolutional = stages[0].kernel.ndim == 4
    kind = "convolution" if convolutional else "dense layer"
    place = f"The {part}'s {_ordinal(number, len(stages))} {kind}"
    expected = getattr(stages[number], field)
    if field == "activation":
        text = f"{place} has the activation {value}: expected {expected}."
        last = number == len(stages) - 1
        if part == "encoder" and exam.task == "variational":
            last = False
        exam.wrong("activations", text + (" Pixels lie between 0 and 1." if part == "decoder" and last else ""))
    elif field == "padding":
        exam.wrong("padding", f"{place} has the padding {value}: expected {expected}.")
    elif part == "encoder":
        found = {"": "no pooling", "average": "average pooling", "pool valid": "pooling without padding"}[value]
        exam.wrong("pooling", f"{place} is followed by {found}: expected 2x2 max-pooling with padding same.")
    else:
        found = {"": "no upsampling", "up": "2x2 upsampling", "up first": "nothing, and comes after an upsampling"}
        wanted = {"": "nothing", "up": "2x2 upsampling"}[expected]
        hint = " The convolution without padding is followed by one, too." if value == "" and number else ""
        exam.wrong("upsampling", f"{place} is followed by {found[value]}: expected {wanted}.{hint}")


def compare_heads(exam, stages):
    """Judge the hidden layers and the heads of the variational encoder by what they give."""
    images = exam.images(4)
    made = exam.outputs("encoder", images, "encoder_io")
    if not made:
        return
    superfluous(exam, "encoder")
    exam.judged.add("activations")
    weights = exam.weights["encoder"]
    for inner in numpy_layers.ACTIVATIONS:
        changed = [stage._replace(activation=inner) for stage in stages]
        hidden = numpy_layers.forward(changed, images)[-1] if changed else images
        sums = [hidden @ weights[i][:, part] + (0 if j is None else weights[j][part]) for i, j, part in exam.heads]
        found = {}
        for k, output in enumerate(made):
            for h, head in enumerate(sums):
                for name in sorted(numpy_layers.ACTIVATIONS, key=lambda name: name != "linear"):
                    if numpy_layers.agree(output, numpy_layers.ACTIVATIONS[name](head)):
                        found.setdefault(h, (k, name))
        if len(found) == 2 or (found and inner == "relu"):
            break
    else:
        text = "What the encoder gives is not what its dense layers give in the order of the task"
        exam.wrong("encoder_layers", f"{text}{strange(exam, 'encoder')}.")
        exam.heads = None
        return
    if inner != "relu" and stages:
        exam.wrong("activations", f"The encoder's hidden layers have the activation {inner}: expected relu.")
    for _, name in found.values():
        if name == "relu":
            exam.wrong(
                "activations",
                "A head of the encoder has the activation relu, so a mean could never be negative, or a standard "
                "deviation never be below 1: expected none.",
            )
        elif name != "linear":
            exam.wrong("activations", f"A head of the encoder has the activation {name}: expected none.")
    again = exam.outputs("encoder", images, "encoder_io", training=True)
    if again and len(again) == len(made) and any(not numpy_layers.agree(again[k], made[k]) for k, _ in found.values()):
        exam.noisy = True
        text = "Mean or log variance are others in training than afterwards"
        exam.wrong("encoder_layers", f"{text}{strange(exam, 'encoder')}.")
    exam.stages["encoder"] = changed
    exam.head_activations = [found.get(h, (0, "linear"))[1] for h in (0, 1)]


def convolutions(exam, part):
    """Judge the convolutions of the encoder or the decoder."""
    name, weights = f"{part}_layers", exam.weights[part]
    channels = exam.arguments[0][-1]
    filters = list(exam.arguments[1])
    wanted = [channels, *filters] if part == "encoder" else [filters[-1], *filters[::-1], channels]
    pairs, rest = numpy_layers.chain(weights, wanted[0], 4)
    found = [wanted[0], *(weights[i].shape[-1] for i, _ in pairs)]
    exam.judged.add(name)
    if part == "decoder":
        exam.judged.add("channels")
        last_only = found[:-1] == wanted[:-1] and found[-1] != channels
        if last_only and not rest:
            exam.wrong(
                "channels",
                f"The decoder's last convolution has {found[-1]} filters: expected {channels}, one a channel.",
            )
    else:
        last_only = False
    transposed = [name for name in exam.layer_names(part) if "Transpose" in name]
    if transposed:
        exam.wrong(name, f"The {part} has a {transposed[0]}: expected Conv2D, and UpSampling2D after it.")
        return
    if (found != wanted and not last_only) or rest:
        extra = f", and beside them {', '.join(written(weights[i].shape) for i, _ in rest)}" if rest else ""
        hint = " The filters are not reversed." if part == "decoder" and found[1:-1] == filters else ""
        exam.wrong(
            name,
            f"The {part}'s convolutions go {_arrows(found)}{extra}: expected {_arrows(wanted)} for {exam.shown}.{hint}",
        )
    exam.judged.add("kernels")
    for number, (i, _) in enumerate(pairs):
        if weights[i].shape[:2] != (3, 3):
            place = f"The {part}'s {_ordinal(number, len(pairs))} convolution"
            exam.wrong("kernels", f"{place} has a kernel of {weights[i].shape[0]}x{weights[i].shape[1]}: expected 3x3.")
    if any(j is None for _, j in pairs):
        exam.wrong(name, f"A convolution of the {part} has no bias: expected the default, with one.")
        return
    if len({i for pair in pairs + rest for i in pair} - {None}) < len(weights):
        exam.wrong(name, f"The {part} has weights that belong to no convolution{strange(exam, part)}.")
        return
    if not pairs or rest or len(found) != len(wanted):
        return
    stages = [numpy_layers.Stage(weights[i], None if j is None else weights[j], after="pool") for i, j in pairs]
    if part == "decoder":
        stages = [stage._replace(after="up") for stage in stages]
        stages[-1] = stages[-1]._replace(after="", activation="sigmoid")
        if len(stages) > 1:
            stages[-2] = stages[-2]._replace(padding="valid")
    compare(exam, part, stages)


def written(shape):
    """Return a shape as a person writes it: 784, or 28x28x1."""
    return "x".join(str(size) for size in shape) or "a number"


def _arrows(sizes):
    """Return sizes joined by arrows."""
    return " → ".join(map(str, sizes))


def _ordinal(number, count):
    """Return which one of some layers is meant."""
    if number == count - 1:
        return "last"
    if number == count - 2 and count > 2:
        return "second to last"
    return ("first", "second", "third")[number] if number < 3 else f"{number + 1}th"
