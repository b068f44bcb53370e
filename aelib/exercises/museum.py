"""The programs that lesson 10 hands over, some right and some wrong, as models to be looked at; no judge is here."""

import numpy as np


def program(name, *, size=32, strength=0.0):
    """Build one of the museum's programs, untrained and compiled, for images (n, 784) in [0, 1].

    Args:
        name: "A" or "B", variational autoencoders; "C" or "C repaired", which normalise a layer; "D", a sparse one.
        size: Latent dimensions.
        strength: Of the penalty of D.

    Returns:
        `encoder, decoder, auto`: Keras models that share their weights. The encoder of A and B gives
        `[z, mean, log_var]`.
    """
    return _sparse(size, strength) if name == "D" else _PROGRAMS[name](size)


def samples(name, encoder, decoder, images, n, seed):
    """Return what program A or B shows as its n samples, (n, 784)."""
    return _SAMPLES[name](encoder, decoder, images, n, seed)


# What is wrong with them: read on when you have found it


def _summed(size):
    """A: a variational autoencoder without a mistake."""
    from keras import ops

    return _variational(size, lambda kl: ops.sum(kl, axis=-1))


def _averaged(size):
    """B: the KL divergence is averaged over the latent dimensions, not summed."""
    from keras import ops

    return _variational(size, lambda kl: ops.mean(kl, axis=-1))


def _variational(size, price):
    """Return a variational autoencoder that charges `price` of each image's (n, size) KL divergences."""
    import keras
    from keras import layers, ops

    from aelib import factories

    class Draw(layers.Layer):
        def __init__(self):
            super().__init__()
            self.noise = keras.random.SeedGenerator()

        def call(self, mean, log_var):
            self.add_loss(ops.mean(price(0.5 * (ops.exp(log_var) + mean**2 - 1 - log_var))))
            return mean + ops.exp(log_var / 2) * keras.random.normal(ops.shape(mean), seed=self.noise)

    image = keras.Input((784,))
    hidden = layers.Dense(128, activation="relu")(image)
    mean, log_var = layers.Dense(size)(hidden), layers.Dense(size)(hidden)
    encoder = keras.Model(image, [Draw()(mean, log_var), mean, log_var], name="encoder")
    decoder = _decoder(size)
    auto = factories.VariationalAutoencoder(image, decoder(encoder(image)[0]))
    auto.compile(keras.optimizers.Adam(0.003), loss=factories.reconstruction)
    return encoder, decoder, auto


def _decoder(size):
    """Return a decoder with one hidden layer, from codes (n, size)."""
    import keras

    code = keras.Input((size,))
    hidden = keras.layers.Dense(128, activation="relu")(code)
    return keras.Model(code, keras.layers.Dense(784, activation="sigmoid")(hidden), name="decoder")


def _drawn(encoder, decoder, images, n, seed):
    """A: codes from the prior."""
    z = np.random.default_rng(seed).standard_normal((n, decoder.input_shape[1]))
    return decoder.predict(z, verbose=0)


def _decoded(encoder, decoder, images, n, seed):
    """B: mean codes of images, decoded, so these are reconstructions."""
    chosen = images[np.random.default_rng(seed).permutation(len(images))[:n]]
    return decoder.predict(encoder.predict(chosen, verbose=0)[1], verbose=0)


def _by_the_batch(size):
    """C: a layer is normalised by the mean and the standard deviation of the batch at hand."""
    from keras import ops

    return _normalised(size, lambda x: (x - ops.mean(x, axis=0)) / (ops.std(x, axis=0) + 1e-3))


def _by_what_was_seen(size):
    """C repaired: a layer that keeps averages from training, and uses them afterwards."""
    from keras import layers

    return _normalised(size, layers.BatchNormalization(momentum=0.9))


def _normalised(size, norm):
    """Return an autoencoder with `norm` before its encoder's relu."""
    import keras

    image = keras.Input((784,))
    hidden = keras.layers.ReLU()(norm(keras.layers.Dense(128)(image)))
    encoder, decoder = keras.Model(image, keras.layers.Dense(size)(hidden), name="encoder"), _decoder(size)
    auto = keras.Model(image, decoder(encoder(image)))
    auto.compile(keras.optimizers.Adam(0.003), loss="binary_crossentropy")
    return encoder, decoder, auto


def _sparse(size, strength):
    """D: the L1 penalty is on the weights of the code's layer, not on the code."""
    import keras

    image = keras.Input((784,))
    hidden = keras.layers.Dense(128, activation="relu")(image)
    penalty = keras.regularizers.L1(float(strength))
    code = keras.layers.Dense(size, activation="relu", kernel_regularizer=penalty)(hidden)
    encoder, decoder = keras.Model(image, code, name="encoder"), _decoder(size)
    auto = keras.Model(image, decoder(encoder(image)))
    auto.compile("adam", loss="binary_crossentropy")
    return encoder, decoder, auto


_PROGRAMS = {"A": _summed, "B": _averaged, "C": _by_the_batch, "C repaired": _by_what_was_seen}
_SAMPLES = {"A": _drawn, "B": _decoded}
