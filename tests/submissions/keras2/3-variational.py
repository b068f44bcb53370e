#!/usr/bin/env python3
"""Variational autoencoder."""

import tensorflow.keras as keras


def sampling(args):
    """Draws a code by the reparameterization trick."""
    mean, log_var = args
    batch = keras.backend.shape(mean)[0]
    dim = keras.backend.int_shape(mean)[1]
    epsilon = keras.backend.random_normal(shape=(batch, dim))
    return mean + keras.backend.exp(0.5 * log_var) * epsilon


def autoencoder(input_dims, hidden_layers, latent_dims):
    """Creates a variational autoencoder.

    input_dims: integer with the dimensions of the input
    hidden_layers: list with the nodes of the encoder's hidden layers
    latent_dims: integer with the dimensions of the latent space
    Returns: encoder, decoder, auto
    """
    input_img = keras.layers.Input(shape=(input_dims,))
    encoded = input_img
    for nodes in hidden_layers:
        encoded = keras.layers.Dense(nodes, activation="relu")(encoded)
    mean = keras.layers.Dense(latent_dims)(encoded)
    log_var = keras.layers.Dense(latent_dims)(encoded)
    z = keras.layers.Lambda(sampling)([mean, log_var])
    latent = [z, mean, log_var]
    encoder = keras.models.Model(inputs=input_img, outputs=latent)

    input_dec = keras.layers.Input(shape=(latent_dims,))
    decoded = input_dec
    for i in range(len(hidden_layers) - 1, -1, -1):
        nodes = hidden_layers[i]
        decoded = keras.layers.Dense(nodes, activation="relu")(decoded)
    output = keras.layers.Dense(input_dims, activation="sigmoid")(decoded)
    decoder = keras.models.Model(inputs=input_dec, outputs=output)

    z, mean, log_var = encoder(input_img)
    output = decoder(z)
    auto = keras.models.Model(inputs=input_img, outputs=output)

    reconstruction = keras.losses.binary_crossentropy(input_img, output)
    reconstruction *= input_dims
    kl = 1 + log_var - keras.backend.square(mean) - keras.backend.exp(log_var)
    kl = -0.5 * keras.backend.sum(kl, axis=-1)
    auto.add_loss(keras.backend.mean(reconstruction + kl))
    auto.compile(optimizer="Adam")
    return encoder, decoder, auto
