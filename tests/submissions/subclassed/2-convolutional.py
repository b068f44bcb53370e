#!/usr/bin/env python3
"""Convolutional autoencoder with a class for each model."""

import tensorflow.keras as keras


class Encoder(keras.Model):
    """Convolutions, each with a pooling after it."""

    def __init__(self, filters):
        """Make the layers."""
        super().__init__()
        self.convolutions = []
        for n in filters:
            layer = keras.layers.Conv2D(n, 3, padding="same")
            self.convolutions.append(layer)
        self.pool = keras.layers.MaxPooling2D(padding="same")

    def call(self, x):
        """Apply the layers; one pooling layer serves all."""
        for convolution in self.convolutions:
            x = self.pool(keras.activations.relu(convolution(x)))
        return x


class Decoder(keras.Model):
    """Convolutions, each but the last with an upsampling after it."""

    def __init__(self, filters, channels):
        """Make the layers."""
        super().__init__()
        self.convolutions = []
        for n in filters:
            layer = keras.layers.Conv2D(n, 3, padding="same")
            self.convolutions.append(layer)
        self.convolutions[-1].padding = "valid"
        self.double = keras.layers.UpSampling2D()
        self.last = keras.layers.Conv2D(channels, 3, padding="same")

    def call(self, x):
        """Apply the layers."""
        for convolution in self.convolutions:
            x = self.double(keras.activations.relu(convolution(x)))
        return keras.activations.sigmoid(self.last(x))


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


def autoencoder(input_dims, filters, latent_dims):
    """Return encoder, decoder and autoencoder."""
    encoder = Encoder(list(filters))
    filters.reverse()
    decoder = Decoder(list(filters), input_dims[-1])
    encoder.compile(optimizer="adam", loss="mse")
    decoder.compile(optimizer="adam", loss="mse")
    auto = Autoencoder(encoder, decoder)
    auto.compile(optimizer="adam", loss="binary_crossentropy")
    auto.summary()
    print("code:", latent_dims)
    return encoder, decoder, auto
