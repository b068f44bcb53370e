#!/usr/bin/env python3
"""Autoencoder with a class for each model."""

import tensorflow.keras as keras


class Chain(keras.Model):
    """Dense layers in a row."""

    def __init__(self, sizes, last):
        """Make the layers."""
        super().__init__()
        self.chain = [keras.layers.Dense(n, "relu") for n in sizes[:-1]]
        self.chain.append(keras.layers.Dense(sizes[-1], last))

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


def autoencoder(input_dims, hidden_layers, latent_dims):
    """Return encoder, decoder and autoencoder."""
    encoder = Chain(hidden_layers + [latent_dims], "relu")
    hidden_layers.reverse()
    decoder = Chain(hidden_layers + [input_dims], "sigmoid")
    encoder.compile(optimizer="adam", loss="mse")
    decoder.compile(optimizer="adam", loss="mse")
    auto = Autoencoder(encoder, decoder)
    auto.compile(optimizer="adam", loss="binary_crossentropy")
    print("made an autoencoder of", input_dims, hidden_layers, latent_dims)
    return encoder, decoder, auto
