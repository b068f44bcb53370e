#!/usr/bin/env python3
"""Convolutional autoencoder, made of sequential models."""

import tensorflow.keras as keras


def convolution(filters, padding, activation="relu"):
    """Create a 3x3 convolution."""
    return keras.layers.Conv2D(
        filters=filters,
        kernel_size=(3, 3),
        padding=padding,
        activation=activation,
    )


def autoencoder(input_dims, filters, latent_dims):
    """Create the encoder, the decoder and the autoencoder."""
    encoder = keras.Sequential(name="encoder")
    encoder.add(keras.Input(shape=input_dims))
    for number in filters:
        encoder.add(convolution(number, "SAME"))
        encoder.add(keras.layers.MaxPool2D((2, 2), padding="same"))

    decoder = keras.Sequential(name="decoder")
    decoder.add(keras.Input(shape=latent_dims))
    for number in filters[:0:-1]:
        decoder.add(convolution(number, "SAME"))
        decoder.add(keras.layers.UpSampling2D((2, 2)))
    decoder.add(convolution(filters[0], "VALID"))
    decoder.add(keras.layers.UpSampling2D((2, 2)))
    decoder.add(convolution(input_dims[2], "SAME", "sigmoid"))

    auto = keras.Sequential([encoder, decoder], name="auto")
    auto.compile(
        optimizer=keras.optimizers.Adam(),
        loss=keras.losses.BinaryCrossentropy(),
    )
    return encoder, decoder, auto
