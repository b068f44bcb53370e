#!/usr/bin/env python3
"""Convolutional autoencoder."""

import tensorflow.keras as keras


def autoencoder(input_dims, filters, latent_dims):
    """Creates a convolutional autoencoder.

    input_dims: tuple of integers with the dimensions of the input
    filters: list with the filters of the encoder's convolutions
    latent_dims: tuple of integers with the dimensions of the latent space
    Returns: encoder, decoder, auto
    """
    conv = {"kernel_size": (3, 3), "activation": "relu"}
    input_img = keras.layers.Input(shape=input_dims)
    encoded = input_img
    for nb in filters:
        encoded = keras.layers.Conv2D(nb, padding="same", **conv)(encoded)
        encoded = keras.layers.MaxPooling2D(2, padding="same")(encoded)
    encoder = keras.models.Model(inputs=input_img, outputs=encoded)

    input_dec = keras.layers.Input(shape=latent_dims)
    decoded = input_dec
    for i in range(len(filters) - 1, 0, -1):
        nb = filters[i]
        decoded = keras.layers.Conv2D(nb, padding="same", **conv)(decoded)
        decoded = keras.layers.UpSampling2D((2, 2))(decoded)
    nb = filters[0]
    decoded = keras.layers.Conv2D(nb, padding="valid", **conv)(decoded)
    decoded = keras.layers.UpSampling2D((2, 2))(decoded)
    conv["activation"] = "sigmoid"
    nb = input_dims[-1]
    output = keras.layers.Conv2D(nb, padding="same", **conv)(decoded)
    decoder = keras.models.Model(inputs=input_dec, outputs=output)

    output = decoder(encoder(input_img))
    auto = keras.models.Model(inputs=input_img, outputs=output)
    auto.compile(optimizer="Adam", loss="binary_crossentropy")
    return encoder, decoder, auto
