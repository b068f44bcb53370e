"""A second opinion in NumPy: what a chain of dense layers or convolutions computes; no Keras and no verdict is here.

`forward` computes a chain of stages from given weights, `Network` the encoder and the decoder made of two chains.
`explained` asks it the other way round: which small change of the expected chain gives the numbers that somebody's
model gave?
"""

import itertools
import math
from typing import NamedTuple

import numpy as np

SEARCHED = 2000  # kernels that are tried in search of the longest order; one of a right answer is found after ten
WORK = 5e9  # multiplications in search of what explains a model; in a right answer's size 600 changes take 3.4e9


class Stage(NamedTuple):
    """One layer with weights and what follows it.

    `kernel` is (inputs, units) or (height, width, channels, filters); `bias` is (units,) or None.
    `after` is "" or, for a convolution, "pool" (2x2, largest, padded to even sides), "pool valid",
    "average", "up" (each pixel doubled in both directions) or "up first" (doubled before it).
    """

    kernel: np.ndarray
    bias: np.ndarray | None
    activation: str = "relu"
    padding: str = "same"
    after: str = ""


class Head(NamedTuple):
    """One of two heads of a variational encoder: the places of its kernel and bias, and the columns of them it has."""

    kernel: int
    bias: int | None
    columns: slice
    activation: str = "linear"

    def outputs(self, weights, inputs):
        """Return what the head gives (n, units) for weights of the encoder and inputs (n, ...)."""
        bias = 0 if self.bias is None else weights[self.bias][self.columns]
        return ACTIVATIONS[self.activation](inputs @ weights[self.kernel][:, self.columns] + bias)


class Layers(NamedTuple):
    """The layers of an encoder or a decoder, as they were found.

    `pairs` are the places (kernel, bias or None) of each stage's weights in the order of the model. A variational
    encoder has two `heads` after its stages. `noisy`: in training the model gives something else than afterwards.
    """

    stages: list
    pairs: list
    heads: tuple = ()
    noisy: bool = False

    def outputs(self, weights, inputs):
        """Return what each stage gives for weights in the order of the model and inputs (n, ...), in float64."""
        stages = [
            stage._replace(kernel=weights[i], bias=None if j is None else weights[j])
            for stage, (i, j) in zip(self.stages, self.pairs)
        ]
        return forward(stages, inputs)


class Network(NamedTuple):
    """Encoder and decoder as they were found, with `weights`, {"encoder": [array], "decoder": [array]}."""

    encoder: Layers
    decoder: Layers
    weights: dict

    def encode(self, images):
        """Return the codes of images; of a variational encoder [mean, log variance], or what its heads are."""
        weights = self.weights["encoder"]
        hidden = [np.asarray(images, "float64"), *self.encoder.outputs(weights, images)][-1]
        return [head.outputs(weights, hidden) for head in self.encoder.heads] or hidden

    def decode(self, codes):
        """Return the reconstructions of codes."""
        return self.decoder.outputs(self.weights["decoder"], codes)[-1]


def _softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _sigmoid(x):
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def _elu(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


ACTIVATIONS = {
    "relu": lambda x: np.maximum(x, 0),
    "linear": lambda x: x,
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "elu": _elu,
    "selu": lambda x: 1.05070098 * np.where(x > 0, x, 1.67326324 * np.expm1(np.minimum(x, 0))),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "leaky relu (0.3)": lambda x: np.where(x > 0, x, 0.3 * x),
    "softplus": lambda x: np.logaddexp(x, 0),
    "gelu": lambda x: 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))),
    "silu": lambda x: x * _sigmoid(x),
    "softmax": _softmax,
}


def chain(weights, start, dimensions):
    """Put kernels and biases in the order in which they follow each other.

    Args:
        weights: The arrays of a model, in any order in which a bias comes after its kernel.
        start: Inputs or channels that the first kernel takes.
        dimensions: 2 for dense layers, 4 for convolutions.

    Returns:
        [(index of the kernel, index of its bias or None)], from first to last. Kernels that don't
        fit into the chain follow it in their own order, as the second list. Among many kernels of many sizes
        it is the longest chain that `SEARCHED` attempts find.
    """
    kernels = [i for i, array in enumerate(weights) if np.ndim(array) == dimensions]
    order = _path(weights, kernels, start, iter(range(SEARCHED)))
    free = {i for i, array in enumerate(weights) if np.ndim(array) == 1}
    pairs = {}
    for i in kernels:
        fitting = [
            j for j in sorted(free, key=lambda j: (j < i, abs(j - i))) if len(weights[j]) == weights[i].shape[-1]
        ]
        pairs[i] = fitting[0] if fitting else None
        free -= set(fitting[:1])
    return [(i, pairs[i]) for i in order], [(i, pairs[i]) for i in kernels if i not in order]


def _path(weights, left, start, attempts):
    """Return the longest order of the kernels in `left` in which each takes what the one before gives."""
    best = []
    seen = set()  # of equal shapes one is tried
    for n, i in enumerate(left):
        if weights[i].shape[-2] == start and weights[i].shape not in seen and next(attempts, None) is not None:
            seen.add(weights[i].shape)
            order = [i, *_path(weights, left[:n] + left[n + 1 :], weights[i].shape[-1], attempts)]
            if len(order) == len(left):
                return order
            best = max(best, order, key=len)
    return best


def forward(stages, inputs):
    """Return what each stage gives for inputs (n, ...), in float64."""
    outputs = []
    x = np.asarray(inputs, "float64")
    for stage in stages:
        x = _stage(stage, x)[-1]
        outputs.append(x)
    return outputs


def backward(stages, inputs, slopes):
    """Return the slopes of a loss, the other way round.

    Args:
        stages: A chain of stages.
        inputs: What the first of them gets (n, ...).
        slopes: Those of the loss by each number that the last of them gives.

    Returns:
        The slopes by the inputs; and [(slopes by the kernel, slopes by the bias)] of each stage.
    """
    steps = []
    for stage in stages:
        steps.append(_stage(stage, steps[-1][-1] if steps else np.asarray(inputs, "float64")))
    found = []
    for stage, (taken, before, active, given) in zip(reversed(stages), reversed(steps)):
        slopes = _unpooled(stage, active, given, slopes)
        slopes = _inactive(stage.activation, before, slopes)
        bias = slopes.sum(axis=tuple(range(slopes.ndim - 1)))
        if stage.kernel.ndim == 2:
            kernel, slopes = taken.T @ slopes, slopes @ stage.kernel.T
        else:
            kernel, slopes = _convolved_back(taken, stage, slopes)
        if stage.after == "up first":
            slopes = _halved(slopes)
        found.append((kernel, bias))
    return slopes, found[::-1]


def _stage(stage, x):
    """Return what one stage convolves or multiplies, what its activation gets and gives, and what the stage gives."""
    if stage.kernel.ndim == 2:
        before = x @ stage.kernel
    else:
        x = _doubled(x) if stage.after == "up first" else x
        before = convolve(x, stage.kernel, stage.padding)
    before = before if stage.bias is None else before + stage.bias
    active = given = ACTIVATIONS[stage.activation](before)
    if stage.after == "up":
        given = _doubled(active)
    elif stage.after not in ("", "up first"):
        given = pool(active, 2, "valid" if stage.after == "pool valid" else "same", average=stage.after == "average")
    return x, before, active, given


def _doubled(x):
    """Return images with each pixel doubled in both directions."""
    return x.repeat(2, axis=1).repeat(2, axis=2)


def _halved(x):
    """Return the sums over squares of 2x2 pixels."""
    return x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2]


def _unpooled(stage, active, given, slopes):
    """Return the slopes before pooling or upsampling for those after it."""
    if stage.after == "up":
        return _halved(slopes)
    if stage.after in ("", "up first"):
        return slopes
    height, width = (min(2 * size, side) for size, side in zip(given.shape[1:3], active.shape[1:3]))
    found = np.zeros_like(active)
    spread = _doubled(slopes)[:, :height, :width]
    if stage.after == "average":
        found[:, :height, :width] = spread / _doubled(_halved(_even(np.ones_like(active))))[:, :height, :width]
    else:
        found[:, :height, :width] = spread * (active[:, :height, :width] == _doubled(given)[:, :height, :width])
    return found


def _even(x):
    """Return images with zeros at the ends of odd sides."""
    return np.pad(x, [(0, 0), (0, x.shape[1] % 2), (0, x.shape[2] % 2), (0, 0)])


def _inactive(name, before, slopes):
    """Return the slopes by what an activation gets for those by what it gives."""
    function = ACTIVATIONS[name]
    if name == "softmax":  # the one whose numbers depend on each other
        made = function(before)
        return made * (slopes - (slopes * made).sum(axis=-1, keepdims=True))
    width = 1e-5
    return slopes * (function(before + width) - function(before - width)) / (2 * width)


def _convolved_back(taken, stage, slopes):
    """Return the slopes by a convolution's kernel and by its inputs."""
    height, width = stage.kernel.shape[:2]
    edges = [(0, 0), (height - 1, height - 1), (width - 1, width - 1), (0, 0)]
    turned = stage.kernel[::-1, ::-1].transpose(0, 1, 3, 2)
    by_taken = convolve(np.pad(slopes, edges), turned, "valid")
    if stage.padding == "same":
        before = [(size - 1) // 2 for size in (height, width)]
        by_taken = by_taken[:, before[0] : before[0] + taken.shape[1], before[1] : before[1] + taken.shape[2]]
        taken = np.pad(taken, [(0, 0), *((pad, size - 1 - pad) for pad, size in zip(before, (height, width))), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(taken, slopes.shape[1:3], axis=(1, 2))
    return np.einsum("nhwcij,nijf->hwcf", windows, slopes, optimize=True), by_taken


def convolve(x, kernel, padding):
    """Return the convolution (Keras's: a correlation) of images (n, height, width, channels), stride 1."""
    height, width = kernel.shape[:2]
    if padding == "same":
        before = [(size - 1) // 2 for size in (height, width)]
        after = [size - 1 - pad for size, pad in zip((height, width), before)]
        x = np.pad(x, [(0, 0), *zip(before, after), (0, 0)])
    n, rows, columns, channels = len(x), x.shape[1] - height + 1, x.shape[2] - width + 1, x.shape[3]
    windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(1, 2))
    windows = windows.transpose(0, 1, 2, 4, 5, 3).reshape(n * rows * columns, height * width * channels)
    return (windows @ kernel.reshape(-1, kernel.shape[-1])).reshape(n, rows, columns, -1)


def pool(x, size, padding, average=False):
    """Return images (n, height, width, channels) pooled over squares side by side: the largest or the mean of each."""
    if padding == "same":
        missing = [-side % size for side in x.shape[1:3]]
        edges = [(pixels // 2, pixels - pixels // 2) for pixels in missing]
        x = np.pad(x, [(0, 0), *edges, (0, 0)], constant_values=-np.inf)
    n, height, width, channels = len(x), x.shape[1] // size, x.shape[2] // size, x.shape[3]
    x = x[:, : height * size, : width * size].reshape(n, height, size, width, size, channels)
    if average:
        return np.where(np.isfinite(x), x, 0).sum(axis=(2, 4)) / np.isfinite(x).sum(axis=(2, 4))
    return x.max(axis=(2, 4))


def shape(stages, sides):
    """Return the sides of what convolutional stages give for images of the given sides; None if they vanish."""
    for stage in stages:
        if stage.after == "up first":
            sides = [2 * side for side in sides]
        if stage.padding == "valid":
            sides = [side - size + 1 for side, size in zip(sides, stage.kernel.shape)]
        if stage.after == "up":
            sides = [2 * side for side in sides]
        elif stage.after == "pool valid":
            sides = [side // 2 for side in sides]
        elif stage.after not in ("", "up first"):
            sides = [-(-side // 2) for side in sides]
        if min(sides) < 1:
            return None
    return tuple(sides)


def agree(found, expected):
    """Return whether two arrays are the same to float32's precision after some layers."""
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape or not np.isfinite(found).all():
        return False
    return bool(np.abs(found - expected).max(initial=0) <= 1e-5 + 2e-4 * np.abs(expected).max(initial=0))


def explained(stages, inputs, found):
    """Return the fewest changes of the stages that make them give what was found.

    Returns:
        [(number of the stage, field, its value)], empty when nothing needs to change; None when no
        three changes, nor one and the same change in all stages, explain it, or not with `WORK`.
    """
    sides = max(np.prod(np.shape(array)[1:3]) for array in (inputs, found)) if stages[0].kernel.ndim == 4 else 1
    cost = len(inputs) * sides * sum(stage.kernel.size for stage in stages)
    for changes in itertools.islice(_candidates(stages), max(1, int(WORK / cost))):
        changed = list(stages)
        for i, field, value in changes:
            changed[i] = changed[i]._replace(**{field: value})
        if stages[0].kernel.ndim == 4:
            if shape(changed, np.shape(inputs)[1:3]) != np.shape(found)[1:3]:
                continue
        if agree(found, forward(changed, inputs)[-1]):
            return changes
    return None


def _candidates(stages):
    """Yield lists of changes: none, other activations, one change for all stages, one, two or three changes."""
    yield []
    last = len(stages) - 1
    names = list(ACTIVATIONS)
    for inner, outer in itertools.product(names, names):
        changes = [(i, "activation", inner) for i in range(last)] + [(last, "activation", outer)]
        yield [change for change in changes if stages[change[0]].activation != change[2]]
    activations = [(i, "activation", name) for i in range(last + 1) for name in names if name != stages[i].activation]
    structure = []
    if stages[0].kernel.ndim == 4:
        for i, stage in enumerate(stages):
            structure.append((i, "padding", "valid" if stage.padding == "same" else "same"))
            kinds = ("", "pool", "pool valid", "average") if "pool" in stages[0].after else ("", "up", "up first")
            structure += [(i, "after", kind) for kind in kinds if kind != stage.after]
    for field, value in dict.fromkeys(change[1:] for change in structure):
        yield [(i, field, value) for i, name, kind in structure if (name, kind) == (field, value)]
    yield from ([change] for change in structure + activations)
    few = [change for change in activations if change[2] in ("linear", "sigmoid", "relu")]
    for pair in itertools.combinations(structure + few, 2):
        if pair[0][:2] != pair[1][:2]:
            yield list(pair)
    for triple in itertools.combinations(structure, 3):
        if len({change[:2] for change in triple}) == 3:
            yield list(triple)
