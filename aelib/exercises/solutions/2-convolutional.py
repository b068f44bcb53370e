#!/usr/bin/env python3
"""A convolutional autoencoder: codes that keep the image's layout."""

import tensorflow.keras as keras


def autoencoder(input_dims, filters, latent_dims):
    """Build the three models.

    Args:
        input_dims: Shape of an image: (height, width, channels).
        filters: List of the encoder's filters; the decoder has them reversed.
        latent_dims: Shape of a code.

    Returns:
        encoder, decoder, auto: images to codes, codes to images, and both in
        a row.
    """
    layers = keras.layers
    image = keras.Input(input_dims)
    x = image
    for size in filters:
        x = layers.Conv2D(size, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(2, padding="same")(x)
    encoder = keras.Model(image, x)

    code = keras.Input(latent_dims)
    x = code
    for size in reversed(filters[1:]):
        x = layers.Conv2D(size, 3, padding="same", activation="relu")(x)
        x = layers.UpSampling2D(2)(x)
    # No padding here: this takes 16x16 to 14x14, so that 28x28 comes back.
    x = layers.Conv2D(filters[0], 3, padding="valid", activation="relu")(x)
    x = layers.UpSampling2D(2)(x)
    channels = input_dims[-1]
    x = layers.Conv2D(channels, 3, padding="same", activation="sigmoid")(x)
    decoder = keras.Model(code, x)

    auto = keras.Model(image, decoder(encoder(image)))
    auto.compile(optimizer="adam", loss="binary_crossentropy")
    return encoder, decoder, auto
