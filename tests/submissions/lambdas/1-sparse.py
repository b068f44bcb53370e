#!/usr/bin/env python3
"""Sparse autoencoder, with functions made of functions."""

import tensorflow.keras as keras


def autoencoder(input_dims, hidden_layers, latent_dims, lambtha):
    """Return φ: x → z, ψ: z → x' and ψ∘φ, with a price of λ |z|."""
    λ = keras.regularizers.l1(lambtha)
    φ, ψ = [keras.Input((input_dims,))], [keras.Input((latent_dims,))]
    for n in hidden_layers:
        φ.append(keras.layers.Dense(n, activation="relu")(φ[-1]))
    z = keras.layers.Dense(
        latent_dims,
        activation="relu",
        activity_regularizer=λ,
    )(φ[-1])
    for n in hidden_layers[::-1]:
        ψ.append(keras.layers.Dense(n, activation="relu")(ψ[-1]))
    x = keras.layers.Dense(input_dims, activation="sigmoid")(ψ[-1])

    encoder = keras.Model(φ[0], z)
    decoder = keras.Model(ψ[0], x)
    auto = keras.Model(φ[0], decoder(encoder(φ[0])))
    auto.compile("adam", "binary_crossentropy")
    return encoder, decoder, auto
