#!/usr/bin/env python3
"""Sparse autoencoder."""

import tensorflow.keras as keras


def autoencoder(input_dims, hidden_layers, latent_dims, lambtha):
    """Creates a sparse autoencoder.

    input_dims: integer with the dimensions of the input
    hidden_layers: list with the nodes of the encoder's hidden layers
    latent_dims: integer with the dimensions of the latent space
    lambtha: regularization parameter of the L1 penalty on the code
    Returns: encoder, decoder, auto
    """
    reg = keras.regularizers.L1(lambtha)
    input_img = keras.layers.Input(shape=(input_dims,))
    encoded = input_img
    for nodes in hidden_layers:
        encoded = keras.layers.Dense(nodes, activation="relu")(encoded)
    latent = keras.layers.Dense(
        latent_dims,
        activation="relu",
        activity_regularizer=reg,
    )(encoded)
    encoder = keras.models.Model(inputs=input_img, outputs=latent)

    input_dec = keras.layers.Input(shape=(latent_dims,))
    decoded = input_dec
    for i in range(len(hidden_layers) - 1, -1, -1):
        nodes = hidden_layers[i]
        decoded = keras.layers.Dense(nodes, activation="relu")(decoded)
    output = keras.layers.Dense(input_dims, activation="sigmoid")(decoded)
    decoder = keras.models.Model(inputs=input_dec, outputs=output)

    output = decoder(encoder(input_img))
    auto = keras.models.Model(inputs=input_img, outputs=output)
    auto.compile(optimizer="Adam", loss="binary_crossentropy")
    return encoder, decoder, auto
