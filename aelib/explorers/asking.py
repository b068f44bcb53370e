"""The explorer of a decoder that is asked for a digit: its question and data; no model is built or trained here."""

import math

import numpy as np

from aelib.explorers.explorer import Explorer, float16_letters, image_rows
from aelib.explorers.network import exported, to_numpy

DIGITS = 10
MOST_NUMBERS = 12  # of a code, a slider for each
DRAWS = 30
STATIC_DRAWS = 3


def ask_for_a_digit(decoder):
    """Explore what a conditional decoder draws: a digit is asked for, and each number of the code has a slider.

    Beside the drawing stand all ten digits from the same code, so that the reader sees what the label decides and what
    the code does. The codes that the page draws from N(0, I) are the same each time.

    Args:
        decoder: Keras model from `[codes (n, k), labels (n, 10)]`, k from 1 to 12 and the labels one-hot, to square
            grey images (n, pixels). It joins the two in this order and goes on with dense layers, one after another.

    Raises:
        ValueError: if the decoder is no such model.

    Source: Sohn, Lee and Yan, "Learning structured output representation using deep conditional generative models",
        NeurIPS 2015.
    """
    size, side = _sizes(decoder)
    draws = np.random.default_rng(0).normal(size=(DRAWS, size)).clip(-3, 3)
    labels = np.eye(DIGITS, dtype="float32")
    rows = {"all numbers 0": _drawn(decoder, np.zeros(size), labels)}
    rows |= {f"draw {i + 1}": _drawn(decoder, draws[i], labels) for i in range(STATIC_DRAWS)}
    return Explorer(
        "askForADigit",
        "Which codes let every digit come out as it was asked for, and which ones draw a digit of their own?",
        image_rows(rows, "The digits from 0 to 9, four times from one code", (side, side, 1)),
        {"decoder": exported(_chain(decoder, size, labels))},
        {"shape": (side, side, 1), "draws": float16_letters(draws)},
    )


def _sizes(decoder):
    """Return how many numbers a code has and how many pixels a side has, or raise in the user's terms."""
    given, made = (getattr(decoder, side, None) for side in ("input_shape", "output_shape"))
    pairs = isinstance(given, (list, tuple)) and len(given) == 2 and all(isinstance(one, tuple) for one in given)
    sizes = [one[1:] for one in given] if pairs else []
    pixels = made[1] if isinstance(made, tuple) and len(made) == 2 else 0
    side = math.isqrt(pixels or 0)
    if len(sizes) != 2 or sizes[1] != (DIGITS,) or len(sizes[0]) != 1 or side**2 != pixels or not pixels:
        raise ValueError(
            f"The decoder takes {given} and gives {made}: expected [codes (n, k), labels (n, 10)] and square images "
            "(n, pixels). Build it as keras.Model([code, label], image)."
        )
    if not sizes[0][0] or sizes[0][0] > MOST_NUMBERS:
        raise ValueError(f"The codes have {sizes[0][0]} numbers: expected 1 to {MOST_NUMBERS}, a slider for each.")
    return sizes[0][0], side


def _chain(decoder, size, labels):
    """Return the decoder's dense layers as a chain that takes code and label in one row, or raise."""
    import keras

    layers = [layer for layer in decoder.layers if isinstance(layer, keras.layers.Dense)]
    codes = np.random.default_rng(1).normal(size=(DIGITS, size)).astype("float32")
    try:
        chain = keras.Sequential([keras.Input((size + DIGITS,)), *layers], name=decoder.name)
        apart = to_numpy(chain(np.concatenate([codes, labels], axis=1))) - to_numpy(decoder([codes, labels]))
    except ValueError:
        apart = np.ones(1)
    if np.abs(apart).max() > 1 / 255:
        raise ValueError(
            f"{decoder.name} is not [code, label] joined, and dense layers after it. "
            "Build it from Concatenate()([code, label]), then Dense layers, none of them in a model of its own."
        )
    return chain


def _drawn(decoder, code, labels):
    """Return what the decoder draws from one code for each label, (10, pixels)."""
    return to_numpy(decoder([np.tile(np.float32(code), (len(labels), 1)), labels]))
