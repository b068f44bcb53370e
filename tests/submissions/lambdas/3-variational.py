#!/usr/bin/env python3
"""Variational autoencoder, with functions made of functions."""

import tensorflow.keras as keras


class VAE(keras.Model):
    """A model that computes its own loss."""

    φ = None

    def compute_loss(
        self,
        x=None,
        y=None,
        y_pred=None,
        sample_weight=None,
        training=True,
    ):
        """Return the negative evidence lower bound of the batch."""
        _, μ, log_σ2 = self.φ(x)
        σ2 = keras.ops.exp(log_σ2)
        kl = keras.ops.sum(0.5 * (μ**2 + σ2 - 1 - log_σ2), axis=-1)
        H = keras.losses.binary_crossentropy(y, y_pred) * x.shape[-1]
        return keras.ops.mean(H + kl)

    def train_step(self, data):
        """Learn from a batch, and report its loss in bits, too."""
        logs = super().train_step(data)
        return {**logs, "bits": logs["loss"] / 0.6931472}


def autoencoder(input_dims, hidden_layers, latent_dims):
    """Return φ: x → [z, μ, log σ²], ψ: z → x' and ψ∘φ."""
    x = h = keras.Input((input_dims,))
    for n in hidden_layers:
        h = keras.layers.Dense(n, activation="relu")(h)
    μ = keras.layers.Dense(latent_dims)(h)
    log_σ2 = keras.layers.Dense(latent_dims)(h)
    σ = keras.layers.Lambda(lambda ξ: keras.ops.exp(ξ / 2))(log_σ2)
    ε = keras.layers.Lambda(
        lambda ξ: keras.random.normal(keras.ops.shape(ξ)),
        output_shape=(latent_dims,),
    )(μ)
    z = keras.layers.Add()([μ, keras.layers.Multiply()([σ, ε])])
    encoder = keras.Model(x, [z, μ, log_σ2])

    ζ = h = keras.Input((latent_dims,))
    for n in hidden_layers[::-1]:
        h = keras.layers.Dense(n, activation="relu")(h)
    h = keras.layers.Dense(input_dims, activation="sigmoid")(h)
    decoder = keras.Model(ζ, h)

    auto = VAE(x, decoder(encoder(x)[0]))
    auto.φ = encoder
    auto.compile(optimizer=keras.optimizers.Adam())
    return encoder, decoder, auto
