"""What a question is given, models and images: that they fit each other, and the models' codes; no page is here."""

import math

import numpy as np

from aelib import data
from aelib.explorers.network import CURE, to_numpy

MOST_EXAMPLES = 10


def outputs_of(model, values):
    """Return what a model gives for many images or codes, as NumPy arrays."""
    found = model(np.asarray(values, np.float32))
    return [to_numpy(output) for output in found] if isinstance(found, (list, tuple)) else to_numpy(found)


def is_variational(encoder):
    """Return whether an encoder gives [z, mean, log_var]."""
    return isinstance(encoder.output_shape, list) and len(encoder.output_shape) == 3


def codes_of(encoder, images):
    """Return the codes of images, (n, numbers); of a variational encoder, the means."""
    found = outputs_of(encoder, images)
    return found[1] if is_variational(encoder) else found


def fitting(encoder, decoder, **sets):
    """Return sets of images as float32 arrays that fit the models, or raise in the user's terms."""
    pixels = encoder.input_shape[1:]
    code = encoder.output_shape[1] if is_variational(encoder) else encoder.output_shape
    if len(pixels) != 1 or tuple(decoder.output_shape[1:]) != pixels or math.isqrt(pixels[0]) ** 2 != pixels[0]:
        raise ValueError(
            f"The models go from images of shape {tuple(pixels)} to {tuple(decoder.output_shape[1:])}: expected rows "
            f"of as many pixels as a square has, e.g. 784, at both ends. {CURE}"
        )
    if tuple(code[1:]) != tuple(decoder.input_shape[1:]):
        raise ValueError(
            f"The encoder gives codes of {code[-1]} numbers, and the decoder takes {decoder.input_shape[-1]}: expected "
            "the encoder and the decoder of one autoencoder."
        )
    return [checked(name, images, pixels[0]) for name, images in sets.items()]


def checked(name, images, pixels):
    """Return images as float32, (n, pixels), or raise in the user's terms."""
    images = data.checked(name, images, (pixels,))
    if name == "examples" and len(images) > MOST_EXAMPLES:
        raise ValueError(
            f"examples are {len(images)}: expected 1 to {MOST_EXAMPLES}. Write examples[:{MOST_EXAMPLES}]."
        )
    return images.astype(np.float32)


def digits(labels, images):
    """Return the labels of images as an array of whole numbers from 0 to 9, (n,), or raise in the user's terms."""
    labels = np.asarray(labels)
    if labels.shape != (len(images),) or not set(np.unique(labels)) <= set(range(10)):
        raise ValueError(
            f"labels of shape {labels.shape}: expected ({len(images)},), the images' digits, whole numbers from 0 to 9."
        )
    return labels.astype(int)
