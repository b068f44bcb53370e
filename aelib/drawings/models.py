"""What a pair of models gives for images, points and codes, as NumPy arrays; nothing is drawn here."""

import math

import numpy as np

LARGEST_BATCH = 4096  # inputs that a model gets at once


def outputs(model, inputs):
    """Return what a Keras model gives for many inputs: an array, or of several outputs a list of arrays."""
    inputs = np.asarray(inputs, np.float32)
    parts = [model(inputs[i : i + LARGEST_BATCH]) for i in range(0, len(inputs), LARGEST_BATCH)]
    if isinstance(parts[0], (list, tuple)):
        return [np.concatenate([_to_numpy(part) for part in output]) for output in zip(*parts)]
    return np.concatenate([_to_numpy(part) for part in parts])


def codes(encoder, inputs):
    """Return the codes (n, latent dimensions) of images or points; of a variational encoder, the means."""
    found = outputs(encoder, inputs)
    return found[1] if is_variational(encoder) else found


def is_variational(encoder):
    """Return whether an encoder gives `[z, mean, log_var]`."""
    return isinstance(encoder.output_shape, list) and len(encoder.output_shape) == 3


def check_pair(encoder, decoder, latent_dims):
    """Raise ValueError in the user's terms unless the models are the two halves of an autoencoder of a size.

    Args:
        encoder, decoder: Keras models.
        latent_dims: Sizes of the latent space that can be drawn, e.g. (1, 2).
    """
    for name, model in (("encoder", encoder), ("decoder", decoder)):
        if not hasattr(model, "output_shape"):
            raise ValueError(
                f"{name} is of type {type(model).__name__}: expected a Keras model. For example "
                'encoder, decoder, auto = aelib.pretrained("variational")'
            )
    inside = encoder.output_shape[1] if is_variational(encoder) else encoder.output_shape
    if inside[1:] != decoder.input_shape[1:] or encoder.input_shape[1:] != decoder.output_shape[1:]:
        raise ValueError(
            f"The encoder goes from {encoder.input_shape[1:]} to {inside[1:]}, the decoder from "
            f"{decoder.input_shape[1:]} to {decoder.output_shape[1:]}: expected the two halves of one autoencoder."
        )
    if len(inside) != 2 or inside[1] not in latent_dims:
        wanted = " or ".join(map(str, latent_dims))
        raise ValueError(
            f"The codes have shape {inside[1:]}: expected {wanted} latent dimensions. Build for example "
            f"factories.variational(784, [512], {latent_dims[-1]})."
        )


def pictures(images):
    """Return images (n, pixels) of square pictures, (n, height, width) or (n, height, width, 1) as (n, height, width).

    Raises:
        ValueError: if they have another shape.
    """
    shape = np.shape(images)
    side = math.isqrt(shape[1]) if len(shape) == 2 else 0
    if len(shape) == 2 and side**2 == shape[1]:
        return np.reshape(images, (-1, side, side))
    if len(shape) == 3 or len(shape) == 4 and shape[3] == 1:
        return np.reshape(images, shape[:3])
    wanted = "expected (n, 784), (n, height, width) or (n, height, width, 1)"
    raise ValueError(f"images of shape {shape}: {wanted}. Of a single image, write images[None].")


def _to_numpy(tensor):
    """Return a tensor of any backend as an array."""
    import keras

    return keras.ops.convert_to_numpy(tensor)
