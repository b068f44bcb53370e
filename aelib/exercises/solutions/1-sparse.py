#!/usr/bin/env python3
"""A sparse autoencoder: an image pays for each unit of its code."""

import tensorflow.keras as keras


class SparseDense(keras.layers.Dense):
    """A dense layer with an L1 penalty on its output.

    The layer charges the penalty itself. `activity_regularizer` would, too,
    but it sums over the batch in some versions of Keras and takes the mean
    in others.
    """

    def __init__(self, units, lambtha, **kwargs):
        """Remember the strength of the penalty."""
        super().__init__(units, **kwargs)
        self.lambtha = lambtha

    def call(self, inputs):
        """Charge lambtha * mean over the batch of sum |code|."""
        # On Keras 3 these functions work in `call` alone, not on an Input.
        K = keras.backend
        code = super().call(inputs)
        self.add_loss(self.lambtha * K.mean(K.sum(K.abs(code), axis=-1)))
        return code


def autoencoder(input_dims, hidden_layers, latent_dims, lambtha):
    """Build the three models.

    Args:
        input_dims: Pixels of an image.
        hidden_layers: List of the encoder's hidden sizes; the decoder has
            them reversed.
        latent_dims: Numbers in a code.
        lambtha: Strength of the L1 penalty on the code.

    Returns:
        encoder, decoder, auto: images to codes, codes to images, and both in
        a row.
    """
    image = keras.Input((input_dims,))
    x = image
    for size in hidden_layers:
        x = keras.layers.Dense(size, activation="relu")(x)
    code = SparseDense(latent_dims, lambtha, activation="relu")(x)
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
