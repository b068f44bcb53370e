#!/usr/bin/env python3
"""Sparse autoencoder with a class for each model."""

import tensorflow.keras as keras


class Encoder(keras.Model):
    """Dense layers in a row, with a price on the last one's output."""

    def __init__(self, sizes, lambtha):
        """Make the layers."""
        super().__init__()
        self.lambtha = lambtha
        self.chain = [keras.layers.Dense(n, "relu") for n in sizes]

    def call(self, x):
        """Apply the layers and charge the price."""
        for layer in self.chain:
            x = layer(x)
        prices = keras.ops.sum(keras.ops.absolute(x), axis=1)
        self.add_loss(self.lambtha * keras.ops.mean(prices))
        return x


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
        """Encode and decode."""
        return self.decoder(self.encoder(x))


def autoencoder(input_dims, hidden_layers, latent_dims, lambtha):
    """Return encoder, decoder and autoencoder."""
    encoder = Encoder(hidden_layers + [latent_dims], lambtha)
    hidden_layers.reverse()
    hidden_layers.append(input_dims)
    decoder = Decoder(hidden_layers)
    encoder.compile(optimizer="adam", loss="mse")
    decoder.compile(optimizer="adam", loss="mse")
    auto = Autoencoder(encoder, decoder)
    auto.compile(optimizer="adam", loss="binary_crossentropy")
    auto.build((None, input_dims))
    auto.summary()
    return encoder, decoder, auto
