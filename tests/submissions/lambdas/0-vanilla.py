#!/usr/bin/env python3
"""Vanilla autoencoder, with functions made of functions."""

import tensorflow.keras as keras


def autoencoder(input_dims, hidden_layers, latent_dims):
    """Return φ: x → z, ψ: z → x' and ψ∘φ."""
    relu = keras.activations.relu
    φ, ψ = [keras.Input((input_dims,))], [keras.Input((latent_dims,))]
    for n in [*hidden_layers, latent_dims]:
        φ.append(keras.layers.Dense(n, activation=relu)(φ[-1]))
    for n in reversed(hidden_layers):
        ψ.append(keras.layers.Dense(n, activation=relu)(ψ[-1]))
    x = keras.layers.Dense(input_dims)(ψ[-1])
    x = keras.layers.Lambda(lambda ξ: keras.activations.sigmoid(ξ))(x)

    encoder = keras.Model(φ[0], φ[-1])
    decoder = keras.Model(ψ[0], x)
    auto = keras.Model(encoder.input, decoder(encoder.output))
    auto.compile("adam", "binary_crossentropy")
    return encoder, decoder, auto
