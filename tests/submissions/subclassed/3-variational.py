#!/usr/bin/env python3
"""Variational autoencoder with a class for each model."""

import tensorflow.keras as keras


class Divergence(keras.layers.Layer):
    """Hands on what it gets, and adds the divergence to the loss."""

    def call(self, mean, log_var):
        """Add the mean over the batch of the sum over the dimensions."""
        square = keras.ops.square(mean)
        variance = keras.ops.exp(log_var)
        kl = keras.ops.sum(variance + square - log_var - 1, axis=-1) / 2
        self.add_loss(keras.ops.mean(kl))
        return mean, log_var


class Encoder(keras.Model):
    """Dense layers, two heads and a drawn code."""

    def __init__(self, sizes, latent_dims):
        """Make the layers."""
        super().__init__()
        self.chain = [keras.layers.Dense(n, "relu") for n in sizes]
        self.mean = keras.layers.Dense(latent_dims)
        self.log_var = keras.layers.Dense(latent_dims)
        self.divergence = Divergence()
        self.seed = keras.random.SeedGenerator()

    def call(self, x):
        """Return code, mean and logarithm of the variance."""
        for layer in self.chain:
            x = layer(x)
        mean, log_var = self.divergence(self.mean(x), self.log_var(x))
        shape = keras.ops.shape(mean)
        noise = keras.random.normal(shape, seed=self.seed)
        return [mean + keras.ops.exp(log_var / 2) * noise, mean, log_var]


class Decoder(keras.Model):
    """Dense layers in a row."""

    def __init__(self, sizes):
        """Make the layers."""
        super().__init__()
        self.chain = [keras.layers.Dense(n, "relu") for n in sizes[:-1]]
        self.chain.append(keras.layers.Dense(sizes[-1], "sigmoid"))

    def call(self, x):
        """Apply the layers."""
        for layer in self.chain:
            x = layer(x)
        return x


class Autoencoder(keras.Model):
    """The decoder after the encoder."""

    def __init__(self, encoder, decoder):
        """Keep the two models."""
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def call(self, x):
        """Draw a code and decode it."""
        code, _, _ = self.encoder(x)
        return self.decoder(code)


def cross_entropy(image, decoded):
    """Sum the binary cross-entropy over the pixels."""
    decoded = keras.ops.clip(decoded, 1e-7, 1 - 1e-7)
    white = image * keras.ops.log(decoded)
    black = (1 - image) * keras.ops.log(1 - decoded)
    return -keras.ops.sum(white + black, axis=-1)


def autoencoder(input_dims, hidden_layers, latent_dims):
    """Return encoder, decoder and autoencoder."""
    encoder = Encoder(list(hidden_layers), latent_dims)
    hidden_layers.reverse()
    hidden_layers += [input_dims]
    decoder = Decoder(hidden_layers)
    encoder.compile(optimizer="adam", loss="mse")
    decoder.compile(optimizer="adam", loss="mse")
    auto = Autoencoder(encoder, decoder)
    auto.compile(optimizer="adam", loss=cross_entropy)
    print("made a variational autoencoder")
    encoder.summary()
    return encoder, decoder, auto
