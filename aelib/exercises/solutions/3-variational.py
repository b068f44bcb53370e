#!/usr/bin/env python3
"""A variational autoencoder: codes drawn from a normal distribution."""

import tensorflow.keras as keras


class Sampling(keras.layers.Layer):
    """Draw a code, and charge the KL divergence to N(0, I) for it."""

    def call(self, inputs):
        """Return z = mean + exp(log_var / 2) * eps, with eps ~ N(0, I)."""
        # On Keras 3 these functions work in `call` alone, not on an Input.
        K = keras.backend
        mean, log_var = inputs
        kl = (K.exp(log_var) + K.square(mean) - 1 - log_var) / 2
        self.add_loss(K.mean(K.sum(kl, axis=-1)))
        eps = K.random_normal(K.shape(mean))
        return mean + K.exp(log_var / 2) * eps


def autoencoder(input_dims, hidden_layers, latent_dims):
    """Build the three models.

    Args:
        input_dims: Pixels of an image.
        hidden_layers: List of the encoder's hidden sizes; the decoder has
            them reversed.
        latent_dims: Dimensions of the latent space.

    Returns:
        encoder, decoder, auto: images to [z, mean, log_var], codes to
        images, and images to the reconstructions from z.
    """
    image = keras.Input((input_dims,))
    x = image
    for size in hidden_layers:
        x = keras.layers.Dense(size, activation="relu")(x)
    mean = keras.layers.Dense(latent_dims)(x)
    log_var = keras.layers.Dense(latent_dims)(x)
    z = Sampling()([mean, log_var])
    encoder = keras.Model(image, [z, mean, log_var])

    code = keras.Input((latent_dims,))
    x = code
    for size in reversed(hidden_layers):
        x = keras.layers.Dense(size, activation="relu")(x)
    reconstruction = keras.layers.Dense(input_dims, activation="sigmoid")(x)
    decoder = keras.Model(code, reconstruction)

    def loss(true, decoded):
        """Sum the cross-entropy over the pixels: Keras takes their mean."""
        mean_over_pixels = keras.losses.binary_crossentropy(true, decoded)
        return input_dims * mean_over_pixels

    auto = keras.Model(image, decoder(encoder(image)[0]))
    auto.compile(optimizer="adam", loss=loss)
    return encoder, decoder, auto
