#!/usr/bin/env python3
"""Sparse autoencoder, made of sequential models."""

import tensorflow.keras as keras


def autoencoder(input_dims, hidden_layers, latent_dims, lambtha):
    """Create the encoder, the decoder and the autoencoder."""
    Dense = keras.layers.Dense

    encoder = keras.Sequential(name="encoder")
    encoder.add(keras.Input(shape=(input_dims,)))
    for units in hidden_layers:
        encoder.add(Dense(units, activation="relu"))
    encoder.add(Dense(latent_dims, activation="relu"))
    encoder.add(keras.layers.ActivityRegularization(l1=lambtha))

    decoder = keras.Sequential(name="decoder")
    decoder.add(keras.Input(shape=(latent_dims,)))
    for units in hidden_layers[::-1]:
        decoder.add(Dense(units, activation="relu"))
    decoder.add(Dense(input_dims, activation="sigmoid"))

    auto = keras.Sequential([encoder, decoder], name="auto")
    auto.compile(
        optimizer=keras.optimizers.Adam(),
        loss=keras.losses.BinaryCrossentropy(),
    )
    return encoder, decoder, auto
