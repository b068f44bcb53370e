#!/usr/bin/env python3
"""A vanilla autoencoder: dense layers down to a code and back up again."""

import tensorflow.keras as keras


def autoencoder(input_dims, hidden_layers, latent_dims):
    """Build the three models.

    Args:
        input_dims: Pixels of an image.
        hidden_layers: List of the encoder's hidden sizes; the decoder has
            them reversed.
        latent_dims: Numbers in a code.

    Returns:
        encoder, decoder, auto: images to codes, codes to images, and both in
        a row.
    """
    image = keras.Input((input_dims,))
    x = image
    for size in hidden_layers:
        x = keras.layers.Dense(size, activation="relu")(x)
    code = keras.layers.Dense(latent_dims, activation="relu")(x)
    encoder = keras.Model(image, code)

    code = keras.Input((latent_dims,))
    x = code
    for size in reversed(hidden_layers):
        x = keras.layers.Dense(size, activation="relu")(x)
    reconstruction = keras.layers.Dense(input_dims, activation="sigmoid")(x)
    decoder = keras.Model(code, reconstruction)

    auto = keras.Model(image, decoder(encoder(image)))
    auto.compile(optimizer="adam", loss="binary_crossentropy")
    return encoder, decoder, auto
