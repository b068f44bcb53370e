"""What a question is given, models and images: that they fit each other, and the models' codes; no page is here."""

import math

import numpy as np

from aelib import data
from aelib.explorers.network import CURE, to_numpy

MOST_EXAMPLES = 10
MOST_NUMBERS = 12_288  # of all examples together: as many as four images of 32 x 32 pixels have in three colours
MOST_POINTS = 300  # of one scatter


def labelled(models, example):
    """Return the pairs of a dict of label -> models, or raise in the user's terms if it is none or empty."""
    if not isinstance(models, dict) or not models:
        came = "is empty" if isinstance(models, dict) else f"is of type {type(models).__name__}"
        raise ValueError(f"models {came}: expected a dict with at least one label, such as {example}.")
    return models.items()


def outputs_of(model, values):
    """Return what a model gives for many images or codes, (n, numbers), as NumPy arrays (n, numbers)."""
    found = model(np.reshape(np.asarray(values, np.float32), (-1, *model.input_shape[1:])))
    if isinstance(found, (list, tuple)):
        return [to_numpy(output).reshape(len(output), -1) for output in found]
    return to_numpy(found).reshape(len(found), -1)


def is_variational(encoder):
    """Return whether an encoder gives [z, mean, log_var]."""
    return isinstance(encoder.output_shape, list) and len(encoder.output_shape) == 3


def codes_of(encoder, images):
    """Return the codes of images, (n, numbers); of a variational encoder, the means."""
    found = outputs_of(encoder, images)
    return found[1] if is_variational(encoder) else found


def image_shape(encoder, decoder, images):
    """Return the shape (height, width, channels) of the images that models take and give, or raise in the user's terms.

    Models of rows of pixels don't tell it; then the images do, or they are square, of one channel or of three.
    """
    shape, back = tuple(encoder.input_shape[1:]), tuple(decoder.output_shape[1:])
    given = (*shape_of(images)[1:], 1)[:3]
    if len(shape) == 3 and shape[2] in (1, 3) and None not in shape:
        found = shape
    elif len(shape) == 1 and len(given) == 3 and given[2] in (1, 3) and math.prod(given) == shape[0]:
        found = given
    else:
        sizes = [(math.isqrt(shape[0] // channels), channels) for channels in (1, 3)] if len(shape) == 1 else []
        found = next(((side, side, c) for side, c in sizes if side**2 * c == shape[0]), None)
    if found is None or None in back or math.prod(back) != math.prod(found):
        raise ValueError(
            f"The models go from images of shape {shape} to {back}: expected (height, width, 1) or (height, width, 3) "
            "at both ends, or rows of as many pixels as a square has, e.g. (784,). For rows of other images, give the "
            f"images themselves as (n, height, width) or (n, height, width, 3). {CURE}"
        )
    return found


def fitting(encoder, decoder, **sets):
    """Return sets of images as float32 arrays (n, pixels) that fit the models, or raise in the user's terms."""
    shape = image_shape(encoder, decoder, next(iter(sets.values())))
    code = encoder.output_shape[1] if is_variational(encoder) else encoder.output_shape
    if isinstance(code, list) or math.prod(code[1:]) != math.prod(decoder.input_shape[1:]):
        raise ValueError(
            f"The encoder gives codes of {_numbers(code)}, and the decoder takes {_numbers(decoder.input_shape)}: "
            "expected the encoder and the decoder of one autoencoder."
        )
    return [checked(name, images, shape) for name, images in sets.items()]


def _numbers(shape):
    """Return in words what a code of a shape with its batch has, or a list of such shapes."""
    if isinstance(shape, list):
        return f"{len(shape)} outputs"
    return f"{shape[1]} numbers" if len(shape) == 2 else f"shape {tuple(shape[1:])}"


def checked(name, images, shape):
    """Return images of a shape (height, width, channels) as float32, (n, pixels), or raise in the user's terms.

    They may also come as rows of pixels (n, height * width * channels), or grey ones as (n, height, width).
    """
    pixels, came = math.prod(shape), shape_of(images)
    forms = [(pixels,), shape] + [shape[:2]] * (shape[2] == 1)
    if came in forms and came[1:] not in forms:
        raise ValueError(
            f"{name} of shape {came} are a single image: expected several, {_shapes(forms)}. Of one image, write "
            f"images[:1] instead of images[0], or {name}[None]."
        )
    if len(came) > 1 and math.prod(came) and came[1:] not in forms and math.prod(came[1:]) != pixels:
        raise ValueError(
            f"{name} of shape {came} don't fit: expected floats in [0, 1], {_shapes(forms)}. Take other images, or "
            "build the model for these."
        )
    images = data.checked(name, images, came[1:] if came[1:] in forms else (pixels,))
    most = max(1, min(MOST_EXAMPLES, MOST_NUMBERS // pixels))
    if name == "examples" and len(images) > most:
        raise ValueError(f"examples are {len(images)}: expected 1 to {most}. Write examples[:{most}].")
    return images.astype(np.float32).reshape(len(images), pixels)


def shape_of(images):
    """Return the shape of what came as images, or () if it has none."""
    try:
        return np.shape(images)
    except ValueError:  # lists of unequal lengths
        return ()


def _shapes(forms):
    """Return shapes of an image in words, as shapes of many images."""
    return " or ".join(f"({', '.join(map(str, ('n', *form)))})" for form in forms)


def digits(labels, images):
    """Return the labels of images as an array of whole numbers from 0 to 9, (n,), or raise in the user's terms."""
    labels = np.asarray(labels)
    if labels.shape != (len(images),) or not set(np.unique(labels)) <= set(range(10)):
        raise ValueError(
            f"labels of shape {labels.shape}: expected ({len(images)},), the images' digits, whole numbers from 0 to 9."
        )
    return labels.astype(int)
