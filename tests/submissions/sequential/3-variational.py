#!/usr/bin/env python3
"""Variational autoencoder, made of sequential models where possible."""

import tensorflow.keras as keras


class Bottleneck(keras.layers.Layer):
    """The two heads, and the code that is drawn from them."""

    def __init__(self, units):
        """Create the heads."""
        super().__init__()
        self.log_var = keras.layers.Dense(units)
        self.mean = keras.layers.Dense(units)

    def build(self, input_shape):
        """Create the weights of the heads."""
        self.log_var.build(input_shape)
        self.mean.build(input_shape)

    def call(self, inputs):
        """Draw the code and add the divergence to the losses."""
        log_var, mean = self.log_var(inputs), self.mean(inputs)
        terms = 1 + log_var - mean**2 - keras.ops.exp(log_var)
        divergence = -0.5 * keras.ops.sum(terms, axis=1)
        self.add_loss(keras.ops.mean(divergence))
        deviation = keras.ops.sqrt(keras.ops.exp(log_var))
        noise = keras.random.normal(keras.ops.shape(mean))
        return [mean + deviation * noise, mean, log_var]


def autoencoder(input_dims, hidden_layers, latent_dims):
    """Create the encoder, the decoder and the autoencoder."""
    Dense = keras.layers.Dense

    inputs = keras.Input(shape=(input_dims,))
    hidden = inputs
    for units in hidden_layers:
        hidden = Dense(units, activation="relu")(hidden)
    outputs = Bottleneck(latent_dims)(hidden)
    encoder = keras.Model(inputs=inputs, outputs=outputs, name="encoder")

    decoder = keras.Sequential(name="decoder")
    decoder.add(keras.Input(shape=(latent_dims,)))
    for units in hidden_layers[::-1]:
        decoder.add(Dense(units, activation="relu"))
    decoder.add(Dense(input_dims, activation="sigmoid"))

    cross_entropy = keras.losses.BinaryCrossentropy()

    def loss(y_true, y_pred):
        """Scale the mean over the pixels up to their sum."""
        return cross_entropy(y_true, y_pred) * input_dims

    outputs = decoder(encoder(inputs)[0])
    auto = keras.Model(inputs=inputs, outputs=outputs, name="auto")
    auto.compile(optimizer=keras.optimizers.Adam(), loss=loss)
    return encoder, decoder, auto
