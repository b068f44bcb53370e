"""A Keras model as data for the page, or the reason why the page can't run it; no image and no question is here."""

import math

import numpy as np

from aelib.explorers.explorer import float16_letters
from aelib.grading import numpy_layers

ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh")  # those that network.js knows
CURE = (
    "The page runs chains of dense layers, convolutions with stride 1, max-pooling, upsampling, Flatten and Reshape, "
    "with the activations linear, relu, sigmoid and tanh; explore such a model."
)


def exported(model):
    """Return a chain of layers as data for the page.

    Args:
        model: Built Keras model, such as a decoder: layers one after another. Models inside it are opened. The layers
            are dense ones, convolutions with stride 1, max-pooling and upsampling, and between them those that give
            numbers another shape. The activations are linear, relu, sigmoid or tanh.

    Returns:
        A list with a dict for each layer that computes. A dense one: "activation", "kernel" (inputs, units) and "bias"
        (units,), the numbers rounded to float16. A convolution has also "kind", "size", "padding", and "height" and
        "channels" of what it gets, and its kernel is (size * size * channels, filters). A dense layer over channels is
        such a convolution, of size 1. Pooling and upsampling: "kind", "size", "height" and "channels", and pooling
        "padding".

    Raises:
        ValueError: if the page can't run the model, with the reason.
    """
    chain = [_layer(layer) for layer in _opened(model)]
    values = np.random.default_rng(0).random((8, *model.input_shape[1:]), dtype=np.float32)
    outputs = model(values)
    for layer in chain:
        if "kind" not in layer and values.ndim == 4:  # a dense layer over channels is a convolution of one pixel
            layer |= {"kind": "convolution", "size": 1, "padding": "same"}
        if "size" in layer:
            layer |= {"height": values.shape[1], "channels": values.shape[-1]}
        values = _passed(layer, values)
        if values is None:
            raise ValueError(f"{model.name} is not a chain: its layers don't follow one another. {CURE}")
    if not hasattr(outputs, "shape") or not np.allclose(values, to_numpy(outputs), rtol=1 / 255, atol=1 / 255):
        raise ValueError(f"{model.name} is not a chain: its layers alone give something else. {CURE}")
    return [
        {part: float16_letters(value) if isinstance(value, np.ndarray) else value for part, value in layer.items()}
        for layer in chain
        if layer.get("kind") != "shape"
    ]


def exported_with_order(model):
    """Return a chain of layers that may end by moving numbers, such as Permute after Reshape, as data for the page.

    Args:
        model: Built Keras model as for `exported`, after whose layers Permute, Reshape and Flatten may stand.

    Returns:
        Layers as from `exported`, and the order (numbers,): what the model gives at place i, as one row, is what these
        layers give at place order[i].

    Raises:
        ValueError: if the page can't run the model, with the reason.
    """
    import keras

    layers, moves = list(_opened(model)), []
    while layers and isinstance(layers[-1], (keras.layers.Flatten, keras.layers.Permute, keras.layers.Reshape)):
        moves.insert(0, layers.pop())
    head = keras.Sequential([keras.Input(model.input_shape[1:]), *layers], name=model.name)
    chain, places = exported(head), np.arange(math.prod(head.output_shape[1:]), dtype=np.float32)
    codes = np.random.default_rng(0).random((8, *model.input_shape[1:]), dtype=np.float32)
    made, moved = to_numpy(model(codes)).reshape(8, -1), places.reshape(1, *head.output_shape[1:])
    for layer in moves:
        moved = layer(moved)
    order = to_numpy(moved).ravel().astype(int)
    if not np.allclose(to_numpy(head(codes)).reshape(8, -1)[:, order], made, rtol=1 / 255, atol=1 / 255):
        raise ValueError(f"{model.name} is not a chain: its layers alone give something else. {CURE}")
    return chain, order


def to_numpy(tensor):
    """Return a tensor of any backend as a NumPy array of float32."""
    import keras

    return np.asarray(keras.ops.convert_to_numpy(tensor), np.float32)


def _opened(model):
    """Yield the layers of a model and of the models inside it, without the inputs."""
    import keras

    if not model.built:
        raise ValueError(f"{model.name} is not built yet: call it on images once. {CURE}")
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _opened(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer


def _layer(layer):
    """Return a layer as `exported` does, but with arrays of float32, or raise if the page can't run it."""
    import keras

    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    kind, size, usual = None, (1,), activation in ACTIVATIONS
    if isinstance(layer, (keras.layers.Flatten, keras.layers.Reshape)):
        return {"kind": "shape", "shape": tuple(layer.output.shape[1:])}
    if isinstance(layer, keras.layers.Conv2D):
        kind, size = "convolution", layer.kernel_size
        usual = usual and {layer.strides, layer.dilation_rate, (layer.groups, 1)} == {(1, 1)}
    elif isinstance(layer, keras.layers.MaxPooling2D):
        kind, size, usual = "pooling", layer.pool_size, layer.strides == layer.pool_size
    elif isinstance(layer, keras.layers.UpSampling2D):
        kind, size, usual = "upsampling", layer.size, layer.interpolation == "nearest"
    elif not isinstance(layer, keras.layers.Dense):
        usual = False
    if not usual or len(set(size)) > 1 or (kind and layer.data_format != "channels_last"):
        what = f" with activation {activation}" if hasattr(layer, "activation") else ""
        what += " and unusual settings" if kind and activation in ACTIVATIONS else ""
        raise ValueError(f"Layer {layer.name!r} is of type {type(layer).__name__}{what}. {CURE}")
    found = {"kind": kind, "size": size[0]} if kind else {}
    if kind in ("convolution", "pooling"):
        found["padding"] = layer.padding
    if kind in ("pooling", "upsampling"):
        return found
    kernel = to_numpy(layer.kernel).reshape(-1, layer.kernel.shape[-1])
    bias = to_numpy(layer.bias) if layer.use_bias else np.zeros(kernel.shape[1], np.float32)
    if not max(np.abs(kernel).max(), np.abs(bias).max()) < 65504:
        raise ValueError(f"Layer {layer.name!r} has weights that are not finite in float16, so the page can't run it.")
    return found | {"activation": activation, "kernel": kernel, "bias": bias}


def _passed(layer, values):
    """Return what a layer as from `_layer` makes of codes (n, numbers) or images, or None if it takes no such thing."""
    kind, size = layer.get("kind"), layer.get("size")
    if kind == "shape":
        return values.reshape(len(values), *layer["shape"])
    if values.ndim != (4 if kind else 2):
        return None
    if kind == "upsampling":
        return values.repeat(size, axis=1).repeat(size, axis=2)
    if kind == "pooling":
        return numpy_layers.pool(values, size, layer["padding"])
    kernel, bias = (np.float32(np.float16(layer[part])) for part in ("kernel", "bias"))
    if len(kernel) != values.shape[-1] * (size**2 if kind else 1):
        return None
    if kind:
        kernel = kernel.reshape(size, size, -1, kernel.shape[-1])
        values = numpy_layers.convolve(values, kernel, layer["padding"])
    else:
        values = values @ kernel
    return numpy_layers.ACTIVATIONS[layer["activation"]](values + bias)
