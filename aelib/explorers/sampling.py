"""The explorer of draws from a variational encoder's distribution: its question and data; nothing is trained here."""

import numpy as np

from aelib import plots
from aelib.explorers.explorer import Explorer, float16_letters, grey_letters, image_rows
from aelib.explorers.models import MOST_POINTS, digits, fitting, image_shape, is_variational, outputs_of
from aelib.explorers.network import exported

STATIC_EXAMPLES = 3
STATIC_SCALES = (0, 1, 3)


def reparameterisation(encoder, decoder, images, labels, examples):
    """Explore z = mean + standard deviation * eps: eps is drawn again and again, and the deviation can be scaled.

    The draws are the same each time. The losses are in nats per image: the cross-entropy averaged over the first 20
    draws of eps, and the KL divergence to N(0, I), both with the scaled standard deviation.

    Args:
        encoder, decoder: A variational model as the factories return it, of dense layers, with codes of two numbers.
        images: Images (n, pixels); the first 300 are drawn as points.
        labels: Their digits, whole numbers from 0 to 9, (n,).
        examples: Images to look at, (k, pixels), k at most 10.

    Raises:
        ValueError: if the model is not variational with two numbers, the images or labels don't fit, or the page
            can't run the decoder.

    Source: Kingma and Welling, "Auto-encoding variational Bayes", ICLR 2014, section 2.4.
    """
    if not is_variational(encoder) or encoder.output_shape[1][1:] != (2,):
        raise ValueError(
            "The encoder does not give [z, mean, log_var] of two numbers each: expected a variational encoder such as "
            "factories.variational(784, [64], 2)[0]."
        )
    shape = image_shape(encoder, decoder, images)
    images, examples = fitting(encoder, decoder, images=images, examples=examples)
    labels = digits(labels, images)[:MOST_POINTS].tolist()
    points = outputs_of(encoder, images[:MOST_POINTS])[1]
    _, means, log_vars = outputs_of(encoder, examples)
    rows = {"image": examples[:STATIC_EXAMPLES]}
    eps = np.random.default_rng(0).normal(size=(STATIC_EXAMPLES, 2))[: len(examples)]
    for scale in STATIC_SCALES:
        z = means[:STATIC_EXAMPLES] + scale * np.exp(log_vars[:STATIC_EXAMPLES] / 2) * eps
        rows[f"{scale} times" if scale else "from the mean"] = outputs_of(decoder, z)
    return Explorer(
        "reparameterisation",
        "What if the encoder were surer, or less sure? At which standard deviation do cross-entropy and KL together "
        "cost least?",
        image_rows(rows, "One draw with the standard deviation scaled", shape),
        {"decoder": exported(decoder)},
        {
            "shape": shape,
            "examples": grey_letters(examples),
            "means": float16_letters(means),
            "log_vars": float16_letters(log_vars),
            "points": float16_letters(points),
            "labels": labels,
            "colours": plots.DIGIT_COLOURS,
            "names": ["latent dimension 1", "latent dimension 2"],
            "reach": float(max(3.5, np.ceil(2 * np.abs(points).max()) / 2)),
        },
    )
