"""The four autoencoders of the course, each built by one function; training, data and plots are elsewhere.

Every factory returns `encoder, decoder, auto`: three Keras models that share their weights, where
`auto` is the decoder after the encoder, compiled and ready for `auto.fit(images, images)`. What `auto.save` has written
is loaded by `keras.saving.load_model` after `import aelib.factories`.
"""

import math
import numbers

import keras
from keras import layers, ops

LARGEST_SIZE = 2**20  # units of a layer or pixels of a side
MOST_LAYERS = 100
MOST_NUMBERS = 2**28  # weights of a model, or activations of a layer for one image: 1 GiB in float32
KEPT_AS = "import aelib.factories"  # Keras shows this name where a model file can't be loaded without it
PUBLISHED = {  # the arguments of the published runs on MNIST
    "vanilla": (784, [128, 64], 32),
    "sparse": (784, [128, 64], 32, 10e-6),
    "convolutional": ((28, 28, 1), [16, 8, 8], (4, 4, 8)),
    "variational": (784, [512], 2),
}


def vanilla(input_dims, hidden_layers, latent_dims):
    """Build an autoencoder of dense layers.

    Args:
        input_dims: Pixels of an image, e.g. 784.
        hidden_layers: List of the encoder's hidden sizes, e.g. [128, 64], or []; the decoder has them reversed.
        latent_dims: Numbers in a code, e.g. 32.

    Returns:
        `encoder`: images (n, input_dims) in [0, 1] -> codes (n, latent_dims), never negative.
        `decoder`: codes (n, latent_dims) -> images (n, input_dims) in (0, 1).
        `auto`: images -> reconstructions, compiled with Adam and binary cross-entropy, in nats per pixel.

    Raises:
        TypeError: if a size is not a whole number or `hidden_layers` is not a list or tuple.
        ValueError: if a size is not positive, or the whole is too large to build.

    Source: Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science 313, 2006
        (the deep autoencoder; there with other units).
    """
    sizes = _dense_sizes("vanilla", input_dims, hidden_layers, latent_dims)
    image, hidden = _hidden_layers(sizes)
    code = layers.Dense(sizes[-1], activation="relu", name="code")(hidden)
    encoder = keras.Model(image, code, name="encoder")
    return _joined(encoder, _dense_decoder(sizes))


def sparse(input_dims, hidden_layers, latent_dims, lambtha):
    """Build an autoencoder of dense layers whose codes are mostly zeros.

    Every image pays `lambtha` for each unit of its code: `auto`'s loss is the binary cross-entropy plus
    lambtha * mean over the batch of sum |code|. The penalty is on the activity, never on the weights, and does not
    depend on the batch size.

    Args:
        input_dims, hidden_layers, latent_dims: As in `vanilla`.
        lambtha: Strength of the penalty, from 0 to 1e6, e.g. 1e-5 (which is also written 10e-6).

    Returns:
        `encoder`, `decoder`, `auto`: As in `vanilla`.

    Raises:
        TypeError, ValueError: as in `vanilla`, and if `lambtha` is not a number, or out of range or not finite.

    Source: Ng, "Sparse autoencoder", CS294A lecture notes, 2011 (there with a KL penalty on the mean activity; the L1
        penalty here is that of the graded exercise).
    """
    sizes = _dense_sizes("sparse", input_dims, hidden_layers, latent_dims)
    image, hidden = _hidden_layers(sizes)
    code = SparseDense(sizes[-1], _strength(lambtha), activation="relu", name="code")(hidden)
    encoder = keras.Model(image, code, name="encoder")
    return _joined(encoder, _dense_decoder(sizes))


def convolutional(input_dims, filters, latent_dims):
    """Build an autoencoder of 3x3 convolutions.

    The encoder halves the sides once for each entry of `filters`. The decoder doubles them as often, and its second
    to last convolution has no padding, which takes 2 pixels from each side. So with n filters a side of s pixels comes
    back as 2 * (ceil(s / 2^n) * 2^(n-1) - 2), which is s only for n >= 3 and s = 2^n * k - 4.

    Args:
        input_dims: Shape of an image (height, width, channels), e.g. (28, 28, 1).
        filters: List of the encoder's filters, at least three, e.g. [16, 8, 8]; the decoder has them reversed.
        latent_dims: Shape of a code, which is (ceil(height / 2^n), ceil(width / 2^n), filters[-1]), e.g. (4, 4, 8).

    Returns:
        `encoder`: images (n, height, width, channels) in [0, 1] -> codes (n, *latent_dims), never negative.
        `decoder`: codes (n, *latent_dims) -> images (n, height, width, channels) in (0, 1).
        `auto`: images -> reconstructions, compiled with Adam and binary cross-entropy, in nats per pixel and channel.

    Raises:
        TypeError: if a size is not a whole number, or an argument not a list or tuple of them.
        ValueError: if a size is not positive, the decoder can't come back to the size of the image, `latent_dims` is
            not the code's shape, or the whole is too large to build.

    Source: Masci et al., "Stacked convolutional auto-encoders", ICANN 2011 (pooling); the geometry is that of the
        graded exercise.
    """
    height, width, channels = _image_shape(input_dims)
    filters = _sizes("filters", filters, "[16, 8, 8]")
    code_shape = _code_shape((height, width), filters, latent_dims)
    _affordable("convolutional", [channels, *filters, *reversed(filters), channels], 9, height * width)

    order = {"data_format": "channels_last"}  # the specification's, whatever Keras is configured for
    image = keras.Input((height, width, channels), name="image")
    x = image
    for i, size in enumerate(filters, 1):
        x = layers.Conv2D(size, 3, padding="same", activation="relu", name=f"conv_{i}", **order)(x)
        name = "code" if i == len(filters) else f"pool_{i}"
        x = layers.MaxPooling2D(2, padding="same", name=name, **order)(x)
    encoder = keras.Model(image, x, name="encoder")

    code = keras.Input(code_shape, name="code")
    x = code
    for i, size in enumerate(reversed(filters), 1):
        padding = "valid" if i == len(filters) else "same"
        x = layers.Conv2D(size, 3, padding=padding, activation="relu", name=f"decoder_conv_{i}", **order)(x)
        x = layers.UpSampling2D(2, name=f"upsample_{i}", **order)(x)
    x = layers.Conv2D(channels, 3, padding="same", activation="sigmoid", name="reconstruction", **order)(x)
    return _joined(encoder, keras.Model(code, x, name="decoder"))


def variational(input_dims, hidden_layers, latent_dims):
    """Build a variational autoencoder of dense layers.

    For each image the encoder gives a normal distribution over codes and draws a code z from it. The loss is the
    negative evidence lower bound in nats per image: the binary cross-entropy summed over the pixels, plus the KL
    divergence to N(0, I) summed over the latent dimensions, both averaged over the batch. Before training it is near
    input_dims * ln 2. As z is drawn anew at each call, so is the loss of `auto.evaluate`. The history shows `loss` and
    its two parts, `reconstruction` and `kl`.

    Args:
        input_dims, hidden_layers: As in `vanilla`.
        latent_dims: Dimensions of the latent space, e.g. 2.

    Returns:
        `encoder`: images (n, input_dims) in [0, 1] -> `[z, mean, log_var]`, each (n, latent_dims): a drawn code, and
            the mean and the natural logarithm of the variance of the distribution that it was drawn from.
        `decoder`: codes (n, latent_dims) -> images (n, input_dims) in (0, 1).
        `auto`: images -> reconstructions from z, compiled with Adam.

    Raises:
        TypeError, ValueError: as in `vanilla`.

    Source: Kingma and Welling, "Auto-encoding variational Bayes", ICLR 2014, equation 10.
    """
    sizes = _dense_sizes("variational", input_dims, hidden_layers, latent_dims)
    image, hidden = _hidden_layers(sizes)
    mean = layers.Dense(sizes[-1], name="mean")(hidden)
    log_var = layers.Dense(sizes[-1], name="log_var")(hidden)
    z = Sampling(name="z")([mean, log_var])
    encoder = keras.Model(image, [z, mean, log_var], name="encoder")
    decoder = _dense_decoder(sizes)
    auto = VariationalAutoencoder(image, decoder(encoder(image)[0]), name="autoencoder")
    auto.compile(optimizer="adam", loss=reconstruction, metrics=[reconstruction])
    return encoder, decoder, auto


def kl_divergence(mean, log_var):
    """Return the KL divergence from N(mean, exp(log_var)) to N(0, I), (n,), in nats.

    Args:
        mean: Means (n, latent_dims).
        log_var: Natural logarithms of the variances (n, latent_dims).

    Source: Kingma and Welling, 2014, appendix B (there with the opposite sign).
    """
    mean, log_var = ops.convert_to_tensor(mean), ops.convert_to_tensor(log_var)
    return 0.5 * ops.sum(ops.exp(log_var) + ops.square(mean) - 1.0 - log_var, axis=-1)


@keras.saving.register_keras_serializable(KEPT_AS)
def reconstruction(image, decoded):
    """Return the binary cross-entropy of (n, pixels) images, summed over the pixels: (n,), nats per image."""
    pixels = ops.cast(ops.shape(decoded)[-1], decoded.dtype)
    return pixels * keras.losses.binary_crossentropy(image, decoded)


@keras.saving.register_keras_serializable(KEPT_AS)
class SparseDense(layers.Dense):
    """A dense layer whose output costs `lambtha` * mean over the batch of sum |output|.

    Keras's own activity regulariser is not used because its scale depends on the version: up to 3.13.2 Keras summed
    the penalty over the batch, from 3.14.0 on it divides by the batch size (keras-team/keras#22018).
    """

    def __init__(self, units, lambtha, **kwargs):
        super().__init__(units, **kwargs)
        self.lambtha = lambtha

    def call(self, inputs, training=None):
        code = super().call(inputs, training=training)
        self.add_loss(self.lambtha * ops.mean(ops.sum(ops.abs(_exact(code)), axis=-1)))
        return code

    def get_config(self):
        return {**super().get_config(), "lambtha": self.lambtha}


@keras.saving.register_keras_serializable(KEPT_AS)
class Sampling(layers.Layer):
    """Draw z from N(mean, exp(log_var)) with fresh noise, and charge the batch's mean KL divergence to N(0, I)."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.noise = keras.random.SeedGenerator()

    def call(self, inputs):
        mean, log_var = inputs
        self.add_loss(ops.mean(kl_divergence(_exact(mean), _exact(log_var))))
        eps = keras.random.normal(ops.shape(mean), dtype=mean.dtype, seed=self.noise)
        return mean + ops.exp(0.5 * log_var) * eps


@keras.saving.register_keras_serializable(KEPT_AS)
class VariationalAutoencoder(keras.Model):
    """A model whose history shows the losses that its layers add, here the KL divergence, as `kl`."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.kl = keras.metrics.Mean(name="kl")

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        self.kl.update_state(sum(self.losses), sample_weight=ops.shape(y_pred)[0])
        return super().compute_loss(x, y, y_pred, sample_weight, training)


for kind in (reconstruction, SparseDense, Sampling, VariationalAutoencoder):
    keras.saving.get_custom_objects()[f"aelib>{kind.__name__}"] = kind  # their names in earlier files


def _exact(tensor):
    """Return a tensor in Keras's usual precision, in which losses are added, also from layers of mixed_float16."""
    return ops.cast(tensor, keras.config.floatx())


def _hidden_layers(sizes):
    """Return the input (n, sizes[0]) and the output of the encoder's hidden layers."""
    image = x = keras.Input((sizes[0],), name="image")
    for i, size in enumerate(sizes[1:-1], 1):
        x = layers.Dense(size, activation="relu", name=f"hidden_{i}")(x)
    return image, x


def _dense_decoder(sizes):
    """Return the model that goes from codes (n, sizes[-1]) back through the reversed sizes.

    Its layers have names of their own: on PyTorch, Keras keeps a model's weights by name, and of two with the same
    name it forgets to reset the gradient of one.
    """
    code = x = keras.Input((sizes[-1],), name="code")
    for i, size in enumerate(sizes[-2:0:-1], 1):
        x = layers.Dense(size, activation="relu", name=f"decoder_hidden_{i}")(x)
    x = layers.Dense(sizes[0], activation="sigmoid", name="reconstruction")(x)
    return keras.Model(code, x, name="decoder")


def _joined(encoder, decoder):
    """Return `encoder, decoder, auto`, with `auto` compiled for per-pixel cross-entropy."""
    auto = keras.Model(encoder.input, decoder(encoder(encoder.input)), name="autoencoder")
    auto.compile(optimizer="adam", loss="binary_crossentropy")
    return encoder, decoder, auto


def _size(name, value, example):
    """Return `value` as an int from 1 to `LARGEST_SIZE`, or raise in the user's terms."""
    wanted = f"expected a whole number from 1 to {LARGEST_SIZE}, for example {example}."
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name}={_shown(value)} is not a whole number: {wanted}")
    if not 1 <= value <= LARGEST_SIZE:
        raise ValueError(f"{name}={_shown(value)} is out of range: {wanted}")
    return int(value)


def _sizes(name, values, example):
    """Return a list or tuple of sizes as a list of ints, or raise in the user's terms."""
    if not isinstance(values, (list, tuple)):
        kind = "tuple" if example.startswith("(") else "list"
        raise TypeError(f"{name}={_shown(values)} is not a {kind}: write for example {name}={example}.")
    if len(values) > MOST_LAYERS:
        raise ValueError(f"{name} has {len(values)} entries: expected at most {MOST_LAYERS}, for example {example}.")
    return [_size(f"{name}[{i}]", value, f"{name}={example}") for i, value in enumerate(values)]


def _dense_sizes(factory, input_dims, hidden_layers, latent_dims):
    """Return [input_dims, *hidden_layers, latent_dims], checked."""
    sizes = [
        _size("input_dims", input_dims, "input_dims=784"),
        *_sizes("hidden_layers", hidden_layers, "[128, 64]"),
        _size("latent_dims", latent_dims, "latent_dims=32"),
    ]
    _affordable(factory, sizes + sizes[-2::-1])
    return sizes


def _affordable(factory, widths, weights_per_pair=1, positions=1):
    """Refuse a chain of layers whose weights or activations would not fit an ordinary machine."""
    weights = sum(weights_per_pair * a * b + b for a, b in zip(widths, widths[1:]))
    activations = positions * max(widths)
    for count, what in ((weights, "weights"), (activations, "activations in a layer")):
        if count > MOST_NUMBERS:
            raise ValueError(
                f"{factory} with these sizes has {count:,} {what}: expected at most {MOST_NUMBERS:,} (1 GiB). "
                "Choose smaller sizes."
            )


def _strength(lambtha):
    """Return `lambtha` as a float, or raise in the user's terms."""
    wanted = "expected a finite number from 0 to 1e6, for example lambtha=1e-5."
    if isinstance(lambtha, bool) or not isinstance(lambtha, numbers.Real):
        raise TypeError(f"lambtha={_shown(lambtha)} is not a number: {wanted}")
    if not 0 <= lambtha <= 1e6:
        raise ValueError(f"lambtha={_shown(lambtha)} is out of range: {wanted}")
    return float(lambtha)


def _image_shape(input_dims):
    """Return (height, width, channels), checked."""
    shape = _sizes("input_dims", input_dims, "(28, 28, 1)")
    if len(shape) != 3:
        wanted = "expected (height, width, channels), for example input_dims=(28, 28, 1)."
        raise ValueError(f"input_dims={tuple(shape)} has {len(shape)} entries: {wanted}")
    return shape


def _code_shape(sides, filters, latent_dims):
    """Return the shape of a code, or raise when the geometry or `latent_dims` does not work out."""
    n = len(filters)
    if n < 3:
        raise ValueError(
            f"filters={filters} has {n} entries: expected at least 3, because the convolution without padding takes "
            "away more than 1 or 2 upsamplings give back. Write for example filters=[16, 8, 8]."
        )
    decoded = [2 * (math.ceil(side / 2**n) * 2 ** (n - 1) - 2) for side in sides]
    if decoded != list(sides):
        examples = ", ".join(str(2**n * k - 4) for k in range(1, 6) if 2**n * k - 4 <= LARGEST_SIZE)
        cure = f"Sides that work with {n} filters: {examples} ..." if examples else "Use fewer filters."
        raise ValueError(
            f"input_dims of {sides[0]} x {sides[1]} pixels with {n} filters decodes to "
            f"{decoded[0]} x {decoded[1]}, expected the size of the image. {cure}"
        )
    expected = (*(math.ceil(side / 2**n) for side in sides), filters[-1])
    given = tuple(_sizes("latent_dims", latent_dims, str(expected)))
    if given != expected:
        raise ValueError(
            f"latent_dims={given} is not the shape of the code: expected {expected} for {sides[0]} x {sides[1]} pixels "
            f"and filters={filters}. Write latent_dims={expected}."
        )
    return expected


def _shown(value):
    """Return `repr(value)`, shortened to fit a message."""
    try:
        text = repr(value)
    except Exception:  # a whole number of over 4,300 digits, or a user's own class
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 60 else text[:57] + "..."
