#!/usr/bin/env python3
"""Convolutional autoencoder, with functions made of functions."""

import tensorflow.keras as keras


def autoencoder(input_dims, filters, latent_dims):
    """Return φ: x → z, ψ: z → x' and ψ∘φ."""
    pool = keras.layers.MaxPooling2D(pool_size=2, padding="same")
    double = keras.layers.UpSampling2D(size=2)
    σ = keras.layers.Activation("sigmoid")

    x = keras.Input(shape=input_dims)
    φ = x
    for n in filters:
        φ = keras.layers.Conv2D(n, (3, 3), (1, 1), "same")(φ)
        φ = pool(keras.layers.ReLU()(φ))
    encoder = keras.Model(x, φ)

    z = keras.Input(shape=latent_dims)
    ψ = z
    for i in range(len(filters), -1, -1):
        n = filters[i - 1] if i else input_dims[-1]
        padding = "valid" if i == 1 else "same"
        ψ = keras.layers.Conv2D(n, (3, 3), (1, 1), padding)(ψ)
        ψ = double(keras.layers.ReLU()(ψ)) if i else σ(ψ)
    decoder = keras.Model(z, ψ)

    auto = keras.Model(x, decoder(encoder(x)))
    auto.compile("adam", "binary_crossentropy")
    return encoder, decoder, auto
