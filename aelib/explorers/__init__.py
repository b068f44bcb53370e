"""Explorers, figures that the reader moves: the question and the data of each; nothing is drawn or trained here.

Each public function but `exported` asks one question and returns an Explorer, which a notebook
shows. Its output carries the weights and explorers.js, which decodes and draws while the reader moves
something: in a running lesson, in a saved page, without a network. Where scripts don't run, a figure
takes its place.
"""

import base64
import hashlib
import html
import json
import math
import pathlib
import re

import numpy as np

from aelib import plots

SCRIPT = pathlib.Path(__file__).with_name("explorers.js")
MOST_WEIGHTS = 225_000  # of one explorer: 600 kB of a notebook
MOST_POINTS = 300  # of one scatter
MOST_EXAMPLES = 10
MOST_STEPS = 4  # pixels by which an image is moved
STATIC_EXAMPLES = 3  # in the figure
STATIC_PIXELS_PER_INCH = 64
STATIC_BYTES = 11_000


class Explorer:
    """What a notebook shows: a question, something to move, and a figure for pages that run no scripts.

    Args:
        kind: Name of the function in explorers.js that draws it.
        question: What the reader should find out by moving.
        figure: `plots.Figure` with a description in words.
        models: Dict of name -> layers as `exported` returns them.
        data: Dict of everything else that the page needs, ready for JSON.

    Raises:
        ValueError: if the models have too many weights for a notebook.
    """

    def __init__(self, kind, question, figure, models, data):
        weights = sum(
            math.prod(layer[part]["shape"]) for m in models.values() for layer in m for part in layer.keys() & _WEIGHTS
        )
        if weights > MOST_WEIGHTS:
            raise ValueError(
                f"The notebook would have to carry {weights:,} weights: expected at most {MOST_WEIGHTS:,}. Explore "
                "smaller models, or fewer."
            )
        self.question, self.figure = question, figure
        self.data = {"kind": kind, "question": question, "models": models} | data

    def __repr__(self):
        return f"{self.question}\n{self.figure.alt}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        script = re.sub(r"^ +|^//.*\n", "", SCRIPT.read_text("utf-8"), flags=re.MULTILINE)
        version = hashlib.sha256(script.encode()).hexdigest()[:12]
        for colours in (256, 64, 16):  # pictures of noise need most bytes, and fewest greys
            picture = self.figure.png(STATIC_PIXELS_PER_INCH, colours)
            if len(picture) <= STATIC_BYTES:
                break
        picture = base64.b64encode(picture).decode()
        page = (
            f'<div class="aelib-explorer" data-version="{version}">\n'
            f"<p><strong>{html.escape(self.question)}</strong></p>\n"
            f'<img alt="{html.escape(self.figure.alt)}" src="data:image/png;base64,{picture}">\n'
            "<p><em>Run this cell to move it.</em></p>\n"
            f'<script type="application/json">{json.dumps(self.data, separators=(",", ":"))}</script>\n'
            f'<script type="module">{script}mountAll("{version}");</script></div>'
        )
        return {"text/plain": repr(self), "text/html": page}


def exported(model):
    """Return a chain of layers as data for the page.

    Args:
        model: Built Keras model, such as a decoder: layers one after another. Models inside it are opened. Either
            all are dense, or they are convolutions with stride 1, max-pooling and upsampling of square images.
            The activations are linear, relu, sigmoid or tanh.

    Returns:
        A list with a dict for each layer. A dense one: "activation", "kernel" (inputs, units) and "bias" (units,),
        the numbers rounded to float16. A convolution has also "kind", "size", "channels" and "padding", and its
        kernel is (size * size * channels, filters). Pooling and upsampling: "kind", "size" and "channels", and
        pooling "padding".

    Raises:
        ValueError: if the page can't run the model, with the reason.
    """
    chain = [_layer(layer) for layer in _opened(model)]
    values = np.random.default_rng(0).random((8, *model.input_shape[1:]), dtype=np.float32)
    outputs = model(values)
    for layer in chain:
        if "kind" in layer:
            layer["channels"] = values.shape[-1]
        values = _passed(layer, values)
        if values is None:
            raise ValueError(f"{model.name} is not a chain: its layers don't follow one another. {_CURE}")
    if not hasattr(outputs, "shape") or not np.allclose(values, _plain(outputs), rtol=1 / 255, atol=1 / 255):
        raise ValueError(f"{model.name} is not a chain: its layers alone give something else. {_CURE}")
    return [{part: _packed(value) if part in _WEIGHTS else value for part, value in layer.items()} for layer in chain]


def numbers_kept(encoder, decoder, images, examples):
    """Explore how many numbers of the code a reconstruction needs, beside PCA with as many.

    The numbers of the code that vary most come first; those that are left out are set to their mean.

    Args:
        encoder, decoder: As the factories return them, of dense layers.
        images: Training images (n, pixels), which give the order, the means and the principal components.
        examples: Images to look at, (k, pixels), k at most 10.

    Raises:
        ValueError: if the images don't fit, or the page can't run the decoder.
    """
    from sklearn.decomposition import PCA

    images, examples = _fitting(encoder, decoder, images=images, examples=examples)
    codes, shown = _codes(encoder, images), _codes(encoder, examples)
    mean, order = codes.mean(axis=0), np.argsort(-codes.var(axis=0), kind="stable")
    pca = PCA(min(codes.shape[1], *images.shape), random_state=0).fit(images)
    projected = {"kernel": _packed(pca.components_), "bias": _packed(pca.mean_), "activation": "linear"}
    rows = {"image": examples[:STATIC_EXAMPLES]}
    for kept in sorted({2, min(8, len(order)), len(order)}):
        rows[f"{kept} numbers"] = _run(decoder, _kept(shown[:STATIC_EXAMPLES], mean, order[:kept]))
    return Explorer(
        "numbersKept",
        f"How many of the {len(order)} numbers does the decoder need until you recognise a digit, and who needs "
        "fewer, the autoencoder or PCA?",
        _image_rows(rows, "Reconstructions from some numbers of the code"),
        {"decoder": exported(decoder), "pca": [projected]},
        {
            "examples": _pixels(examples),
            "codes": _packed(shown),
            "mean": _packed(mean),
            "order": order.tolist(),
            "components": _packed(pca.transform(examples)),
        },
    )


def latent_plane(encoder, decoder, images, labels):
    """Explore what the decoder draws at each point of the latent plane.

    Codes of two numbers are drawn as they are, longer ones by their first two principal components. For a
    variational encoder the points are the means, and circles show the prior N(0, I).

    Args:
        encoder, decoder: As the factories return them, of dense layers.
        images: Images (n, pixels); the first 300 are drawn as points.
        labels: Their digits, whole numbers from 0 to 9, (n,).

    Raises:
        ValueError: if the images or labels don't fit, or the page can't run the decoder.
    """
    (images,) = _fitting(encoder, decoder, images=images)
    labels = _labelled(labels, images)
    codes = _codes(encoder, images[:MOST_POINTS])
    mean, axes, names = np.zeros(codes.shape[1]), np.eye(2), ["code, number 1", "code, number 2"]
    if codes.shape[1] != 2:
        from sklearn.decomposition import PCA

        pca = PCA(2, random_state=0).fit(codes)
        mean, axes, names = pca.mean_, pca.components_, ["codes, component 1", "codes, component 2"]
    points = (codes - mean) @ axes.T
    prior = _is_variational(encoder)
    reach = max(np.abs(points).max(), 3 if prior else 0)
    figure = plots.latent_scatter(points, labels, "Codes of images", *names)
    return Explorer(
        "latentPlane",
        "Drag the point, or move the sliders. Where do clear digits turn into smudges"
        + (", and is it inside the circles that the prior knows?" if prior else ", and what lies between two digits?"),
        figure,
        {"decoder": exported(decoder)},
        {
            "points": _packed(points),
            "labels": labels,
            "colours": plots.DIGIT_COLOURS,
            "names": names,
            "origin": _packed(mean),
            "axes": _packed(axes),
            "centre": (-mean @ axes.T).tolist() if prior else None,
            "reach": _rounded_up(reach),
        },
    )


def path(encoder, decoder, examples):
    """Explore the way from one image to another, in the code and in the pixels.

    Args:
        encoder, decoder: As the factories return them, of dense layers.
        examples: Images to choose from, (k, pixels), k at most 10.

    Raises:
        ValueError: if the images don't fit, or the page can't run the decoder.
    """
    (examples,) = _fitting(encoder, decoder, examples=examples)
    codes = _codes(encoder, examples)
    steps = np.linspace(0, 1, 9)[:, np.newaxis]
    rows = {
        "in the code": _run(decoder, (1 - steps) * codes[0] + steps * codes[-1]),
        "in the pixels": (1 - steps) * examples[0] + steps * examples[-1],
    }
    return Explorer(
        "path",
        "Half way between two images: which of the two ways draws a digit that somebody could have written?",
        _image_rows(rows, "From one image to another"),
        {"decoder": exported(decoder)},
        {"examples": _pixels(examples), "codes": _packed(codes)},
    )


def code_units(models, images, examples):
    """Explore what each unit of a code draws, and how many units a reconstruction needs.

    What a unit draws is the reconstruction with the unit at its usual strength, its mean over the images
    where it is active, minus the reconstruction with the unit at 0.

    Args:
        models: Dict of label -> (encoder, decoder), at most two as a rule, e.g. dense and sparse.
        images: Training images (n, pixels), which give each unit's share of activity and strength.
        examples: Images to look at, (k, pixels), k at most 10.

    Raises:
        ValueError: if the images don't fit, or the page can't run a decoder.
    """
    rows, decoders, units = {"image": examples[:STATIC_EXAMPLES]}, {}, []
    for label, (encoder, decoder) in models.items():
        images, examples = _fitting(encoder, decoder, images=images, examples=examples)
        everywhere, shown = _codes(encoder, images), _codes(encoder, examples)
        active = everywhere > 0
        strength = (everywhere * active).sum(axis=0) / np.maximum(active.sum(axis=0), 1)
        decoders[label] = exported(decoder)
        units.append(
            {
                "label": label,
                "codes": _packed(shown),
                "strength": _packed(strength),
                "active": np.round(active.mean(axis=0).astype(float), 4).tolist(),
            }
        )
        largest = np.argsort(-np.abs(shown), axis=1, kind="stable")[:, 4:]
        few = shown.copy()
        np.put_along_axis(few, largest, 0, axis=1)
        rows[f"{label}, 4 units"] = _run(decoder, few[:STATIC_EXAMPLES])
    return Explorer(
        "codeUnits",
        "Can you say in words what a unit draws, and how few units are enough for the digit?",
        _image_rows(rows, "Reconstructions from the 4 largest units of each code"),
        decoders,
        {"examples": _pixels(examples), "units": units},
    )


def noise_levels(auto, examples, std=0.4):
    """Explore how a denoising autoencoder and a median filter clean more and more noise.

    Args:
        auto: Autoencoder of dense layers, trained to remove noise: images -> images.
        examples: Clean images, (k, pixels), k at most 10.
        std: Standard deviation of the normal noise at the start, in pixel values, from 0 to 1.

    Raises:
        ValueError: if the images don't fit, or the page can't run the model.
    """
    from aelib import data

    (examples,) = _fitting(auto, auto, examples=examples)
    shown = examples[:STATIC_EXAMPLES]
    noisy = data.gaussian_noise(shown, std, seed=0)
    rows = {"clean": shown, "noisy": noisy, "denoised": _run(auto, noisy)}
    return Explorer(
        "noiseLevels",
        "From which noise on does the network beat a median filter, and when does it begin to make digits up?",
        _image_rows(rows, f"Noise of standard deviation {std:g}"),
        {"auto": exported(auto)},
        {"examples": _pixels(examples), "std": std},
    )


def shifts(models, examples):
    """Explore what a move of the image by some pixels does to its reconstructions.

    Args:
        models: Dict of label -> autoencoder, images -> images, e.g. one of dense layers and one of convolutions.
        examples: Images to look at, (k, pixels), k at most 10.

    Raises:
        ValueError: if the images don't fit, or the page can't run a model.
    """
    exports, rows = {}, {}
    for label, auto in models.items():
        shape, pixels = auto.input_shape[1:], math.prod(auto.input_shape[1:])
        side = math.isqrt(pixels)
        if auto.output_shape != auto.input_shape or side**2 != pixels or shape not in ((pixels,), (side, side, 1)):
            raise ValueError(
                f"{label!r} goes from images of shape {shape} to {tuple(auto.output_shape[1:])}: expected an "
                "autoencoder of square images, e.g. factories.convolutional((28, 28, 1), [16, 8, 8], (4, 4, 8))[2]."
            )
        examples = _checked("examples", examples, pixels)
        moved = _moved(examples[:STATIC_EXAMPLES], MOST_STEPS)
        rows |= {"image": examples[:STATIC_EXAMPLES], f"{MOST_STEPS} to the right": moved}
        exports[label] = exported(auto)
        rows[label] = _run(auto, moved.reshape(-1, *shape)).reshape(-1, pixels)
    return Explorer(
        "shifts",
        "How far, and which way, can you move a digit before a model draws something else?",
        _image_rows(rows, "Reconstructions of moved images"),
        exports,
        {"examples": _pixels(examples), "most": MOST_STEPS},
    )


def two_gaussians():
    """Explore the KL divergence between two normal distributions, both ways, in nats.

    Source: Bishop, "Pattern Recognition and Machine Learning", 2006, section 1.6.1; the closed form for
        normal distributions is his exercise 1.30.
    """
    x = np.linspace(-6, 6, 241)
    densities = {
        "P, mean -1, deviation 1": np.exp(-((x + 1) ** 2) / 2) / math.sqrt(2 * math.pi),
        "Q, mean 1, deviation 2": np.exp(-((x - 1) ** 2) / 8) / math.sqrt(8 * math.pi),
    }
    return Explorer(
        "twoGaussians",
        "Find two distributions for which one divergence is more than ten times the other. What do they look like?",
        plots.lines(x, densities, "x", "density", "Two normal distributions"),
        {},
        {},
    )


def betas(models, images, labels, examples):
    """Explore what beta does to the codes, the reconstructions and the plane of a variational autoencoder.

    Args:
        models: Dict of beta -> (encoder, decoder); variational, with codes of two numbers, dense layers.
        images: Images (n, pixels); the first 300 are drawn as points, and all are measured.
        labels: Their digits, whole numbers from 0 to 9, (n,).
        examples: Images to look at, (k, pixels), k at most 10.

    Raises:
        ValueError: if the models are not variational with two numbers, the images or labels don't fit, or
            the page can't run a decoder.
    """
    labels, reach = _labelled(labels, images), 3.0
    decoders, measured, rows = {}, [], {"image": examples[:STATIC_EXAMPLES]}
    for beta, (encoder, decoder) in sorted(models.items()):
        if not _is_variational(encoder) or encoder.output_shape[1][1:] != (2,):
            raise ValueError(
                f"The encoder for beta={beta:g} does not give [z, mean, log_var] of two numbers each: expected "
                "variational encoders such as factories.variational(784, [64], 2)[0]."
            )
        images, examples = _fitting(encoder, decoder, images=images, examples=examples)
        _, mean, log_var = _run(encoder, images)
        rebuilt = np.clip(_run(decoder, mean), 1e-7, 1 - 1e-7)
        cross_entropy = -(images * np.log(rebuilt) + (1 - images) * np.log(1 - rebuilt)).sum(axis=1).mean()
        kl = 0.5 * (mean**2 + np.exp(log_var) - 1 - log_var).sum(axis=1).mean()
        shown = _codes(encoder, examples)
        reach = max(reach, np.abs(mean[:MOST_POINTS]).max())
        rows[f"beta {beta:g}"] = _run(decoder, shown[:STATIC_EXAMPLES])
        decoders[f"{beta:g}"] = exported(decoder)
        measured.append(
            {
                "beta": f"{beta:g}",
                "points": _packed(mean[:MOST_POINTS]),
                "codes": _packed(shown),
                "crossEntropy": round(float(cross_entropy), 1),
                "kl": round(float(kl), 2),
            }
        )
    return Explorer(
        "betas",
        "As beta grows, what gets lost first, and what happens to the cloud of codes?",
        _image_rows(rows, "Reconstructions at several beta"),
        decoders,
        {
            "examples": _pixels(examples),
            "labels": labels,
            "colours": plots.DIGIT_COLOURS,
            "names": ["code, number 1", "code, number 2"],
            "centre": [0, 0],
            "reach": _rounded_up(reach),
            "measured": measured,
        },
    )


_CURE = (
    "The page runs chains of dense layers, and chains of convolutions with stride 1, max-pooling and upsampling, with "
    "the activations linear, relu, sigmoid and tanh; explore such a model."
)
_WEIGHTS = {"kernel", "bias"}  # the parts of an exported layer that are arrays
_ACTIVATE = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: 0.5 + 0.5 * np.tanh(0.5 * x),
    "tanh": np.tanh,
}


def _opened(model):
    """Yield the layers of a model and of the models inside it, without the inputs."""
    import keras

    if not model.built:
        raise ValueError(f"{model.name} is not built yet: call it on images once. {_CURE}")
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _opened(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer


def _layer(layer):
    """Return a layer as `exported` does, but with plain arrays, or raise if the page can't run it."""
    import keras

    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    kind, size, usual = None, (1,), activation in _ACTIVATE
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
        what += " and unusual settings" if kind and activation in _ACTIVATE else ""
        raise ValueError(f"Layer {layer.name!r} is of type {type(layer).__name__}{what}. {_CURE}")
    found = {"kind": kind, "size": size[0]} if kind else {}
    if kind in ("convolution", "pooling"):
        found["padding"] = layer.padding
    if kind in ("pooling", "upsampling"):
        return found
    kernel = _plain(layer.kernel).reshape(-1, layer.kernel.shape[-1])
    bias = _plain(layer.bias) if layer.use_bias else np.zeros(kernel.shape[1], np.float32)
    if not max(np.abs(kernel).max(), np.abs(bias).max()) < 65504:
        raise ValueError(f"Layer {layer.name!r} has weights that are not finite in float16, so the page can't run it.")
    return found | {"activation": activation, "kernel": kernel, "bias": bias}


def _passed(layer, values):
    """Return what a layer as from `_layer` makes of (n, numbers) or (n, side, side, channels), or None if it can't."""
    kind, size = layer.get("kind"), layer.get("size")
    if values.ndim != (4 if kind else 2) or values.shape[1] != values.shape[-2 if kind else 1]:
        return None
    if kind == "upsampling":
        return values.repeat(size, axis=1).repeat(size, axis=2)
    if kind:
        step = size if kind == "pooling" else 1
        if layer["padding"] == "same":
            missing = max((math.ceil(values.shape[1] / step) - 1) * step + size - values.shape[1], 0)
            edge = (missing // 2, missing - missing // 2)
            outside = -np.inf if kind == "pooling" else 0
            values = np.pad(values, ((0, 0), edge, edge, (0, 0)), constant_values=outside)
        windows = np.lib.stride_tricks.sliding_window_view(values, (size, size), axis=(1, 2))[:, ::step, ::step]
        if kind == "pooling":
            return windows.max(axis=(-2, -1))
        values = np.moveaxis(windows, 3, -1).reshape(*windows.shape[:3], -1)
    kernel, bias = np.float32(np.float16(layer["kernel"])), np.float32(np.float16(layer["bias"]))
    return _ACTIVATE[layer["activation"]](values @ kernel + bias) if values.shape[-1] == len(kernel) else None


def _plain(tensor):
    """Return a tensor of any backend as a NumPy array of float32."""
    import keras

    return np.asarray(keras.ops.convert_to_numpy(tensor), np.float32)


def _run(model, values):
    """Return what a model gives for many images or codes, as NumPy arrays."""
    outputs = model(np.asarray(values, np.float32))
    return [_plain(output) for output in outputs] if isinstance(outputs, (list, tuple)) else _plain(outputs)


def _is_variational(encoder):
    """Return whether an encoder gives [z, mean, log_var]."""
    return isinstance(encoder.output_shape, list) and len(encoder.output_shape) == 3


def _codes(encoder, images):
    """Return the codes of images, (n, numbers); of a variational encoder, the means."""
    codes = _run(encoder, images)
    return codes[1] if _is_variational(encoder) else codes


def _kept(codes, mean, which):
    """Return codes in which all numbers but some are set to their mean."""
    few = np.tile(mean, (len(codes), 1))
    few[:, which] = codes[:, which]
    return few


def _fitting(encoder, decoder, **sets):
    """Return sets of images as float32 arrays that fit the models, or raise in the user's terms."""
    pixels = encoder.input_shape[1:]
    code = encoder.output_shape[1] if _is_variational(encoder) else encoder.output_shape
    if len(pixels) != 1 or tuple(decoder.output_shape[1:]) != pixels or math.isqrt(pixels[0]) ** 2 != pixels[0]:
        raise ValueError(
            f"The models go from images of shape {tuple(pixels)} to {tuple(decoder.output_shape[1:])}: expected rows "
            f"of as many pixels as a square has, e.g. 784, at both ends. {_CURE}"
        )
    if tuple(code[1:]) != tuple(decoder.input_shape[1:]):
        raise ValueError(
            f"The encoder gives codes of {code[-1]} numbers, and the decoder takes {decoder.input_shape[-1]}: expected "
            "the encoder and the decoder of one autoencoder."
        )
    return [_checked(name, images, pixels[0]) for name, images in sets.items()]


def _checked(name, images, pixels):
    """Return images as float32, (n, pixels), or raise in the user's terms."""
    images = np.asarray(images)
    most = MOST_EXAMPLES if name == "examples" else len(images)
    if images.shape[1:] != (pixels,) or not 0 < len(images) <= most or images.dtype.kind != "f":
        many = f"1 to {MOST_EXAMPLES}" if name == "examples" else "n"
        raise ValueError(f"{name} of shape {images.shape} and type {images.dtype}: expected floats ({many}, {pixels}).")
    if not (images.min() >= 0 and images.max() <= 1):
        raise ValueError(f"{name} range from {images.min():g} to {images.max():g}: expected floats in [0, 1].")
    return images.astype(np.float32)


def _moved(images, steps):
    """Return square images (n, pixels) moved to the right by some pixels; what comes in is black."""
    side = math.isqrt(images.shape[1])
    moved = np.zeros((len(images), side, side), np.float32)
    moved[:, :, steps:] = images.reshape(-1, side, side)[:, :, : side - steps]
    return moved.reshape(len(images), -1)


def _image_rows(rows, title):
    """Return `plots.image_rows` of rows of square images."""
    side = math.isqrt(next(iter(rows.values())).shape[1])
    return plots.image_rows({label: np.reshape(images, (-1, side, side)) for label, images in rows.items()}, title)


def _labelled(labels, images):
    """Return the digits of the images that a scatter shows, as a list, or raise in the user's terms."""
    labels = np.asarray(labels)
    if labels.shape != (len(images),) or not set(np.unique(labels)) <= set(range(10)):
        raise ValueError(
            f"labels of shape {labels.shape}: expected ({len(images)},), the images' digits, whole numbers from 0 to 9."
        )
    return labels[:MOST_POINTS].astype(int).tolist()


def _packed(array):
    """Return numbers rounded to float16, in letters for the page."""
    array = np.asarray(array, "<f2")
    return {"type": "f2", "shape": array.shape, "letters": base64.b64encode(array.tobytes()).decode()}


def _pixels(images):
    """Return images rounded to 256 grey values, in letters for the page."""
    array = np.round(255 * images).astype("u1")
    return {"type": "u1", "shape": array.shape, "letters": base64.b64encode(array.tobytes()).decode()}


def _rounded_up(reach):
    """Return the range of an axis: the next number of the form k / 2 times a power of ten."""
    unit = 10.0 ** math.floor(math.log10(reach)) / 2
    return math.ceil(reach / unit) * unit
