"""The explorer of a digit that the reader draws: its question, data and losses; what draws it is not here."""

import math

import numpy as np

from aelib import plots
from aelib.explorers.explorer import Explorer, float16_letters, grey_letters, image_rows
from aelib.explorers.models import MOST_POINTS, codes_of, digits, fitting, image_shape, is_variational, outputs_of
from aelib.explorers.network import exported

DRAWS = 4  # of eps for a loss, and as many with the other sign
STATIC_EXAMPLES = 2


def draw_a_digit(models, images, labels, examples):
    """Explore what models make of a digit that you draw, and how unusual they find it.

    A drawing becomes an image the way those of MNIST did: scaled with its proportions into 20 x 20 pixels, with soft
    edges, and moved until its centre of mass is the centre of 28 x 28 pixels. That is done anew whenever the pen moves.
    The loss of an image is the cross-entropy of its reconstruction; for a variational model it is the negative ELBO,
    estimated with 8 draws of z. Both are in nats per image, and the page says for what share of `images` it is lower.

    Args:
        models: Dict of label -> (encoder, decoder) of dense layers, with codes of two numbers; plain or variational.
            All together may have 225,000 weights: factories.vanilla(784, [64], 2) and factories.variational(784,
            [64], 2) have 203,174, and with more than 70 hidden units two models are too large.
        images: Real images that the models were not trained on (n, pixels); the first 300 are drawn as points.
        labels: Their digits, whole numbers from 0 to 9, (n,).
        examples: Images that can be taken instead of a drawing, (k, pixels), k at most 10.

    Raises:
        ValueError: if there is no model, the codes have other than two numbers, the images or labels don't fit, or
            the page can't run the models.

    Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE
        86, 1998 (how the images were made); Kingma and Welling, "Auto-encoding variational Bayes", ICLR 2014,
        equation 10 (the ELBO).
    """
    if not models:
        raise ValueError(
            'models is empty: expected one or two, e.g. {"plain": factories.vanilla(784, [64], 2)[:2]} after training.'
        )
    eps = np.random.default_rng(0).normal(size=(DRAWS, 2))
    eps = np.float32(np.float16(np.concatenate([eps, -eps])))
    chains, measured, rows = {}, [], {}
    for label, (encoder, decoder) in models.items():
        shape = image_shape(encoder, decoder, images)
        if shape[0] != shape[1] or shape[2] != 1:
            raise ValueError(
                f"{label!r} takes images of shape {shape}: a drawing is square and grey, e.g. (28, 28, 1)."
            )
        if math.prod(decoder.input_shape[1:]) != 2:
            raise ValueError(
                f"{label!r} has codes of shape {tuple(decoder.input_shape[1:])}, and the plane shows two numbers: "
                "expected for example factories.variational(784, [64], 2)[:2]."
            )
        fitted, given = fitting(encoder, decoder, images=images, examples=examples)
        codes = codes_of(encoder, fitted)
        chains |= {f"{label}, {part}": chain for part, chain in _parts(encoder, decoder).items()}
        losses = losses_of(encoder, decoder, fitted, eps)
        measured.append(
            {
                "label": label,
                "variational": is_variational(encoder),
                "points": float16_letters(codes[:MOST_POINTS]),
                "range": _range(codes[:MOST_POINTS], is_variational(encoder)),
                "usual": np.quantile(losses, np.linspace(0, 1, 101)).round(2).tolist(),
            }
        )
        rows.setdefault("image", given[:STATIC_EXAMPLES])
        rows[label] = outputs_of(decoder, codes_of(encoder, given[:STATIC_EXAMPLES]))
    return Explorer(
        "drawADigit",
        "Draw a digit. Where does it land among the codes of real ones, and how unlike a digit must it become before "
        "the loss gives it away?",
        image_rows(rows, "Images and their reconstructions", shape),
        chains,
        {
            "shape": shape,
            "examples": grey_letters(given),
            "labels": digits(labels, fitted)[:MOST_POINTS].tolist(),
            "colours": plots.DIGIT_COLOURS,
            "names": ["latent dimension 1", "latent dimension 2"],
            "eps": float16_letters(eps),
            "measured": measured,
        },
    )


def losses_of(encoder, decoder, images, eps):
    """Return the loss of each image in nats, (n,): cross-entropy, or negative ELBO averaged over eps (k, 2)."""
    if not is_variational(encoder):
        return _cross_entropy(images, outputs_of(decoder, outputs_of(encoder, images)))
    _, mean, log_var = outputs_of(encoder, images)
    drawn = [_cross_entropy(images, outputs_of(decoder, mean + np.exp(log_var / 2) * own)) for own in eps]
    return np.mean(drawn, axis=0) + 0.5 * (mean**2 + np.exp(log_var) - 1 - log_var).sum(axis=1)


def _cross_entropy(images, rebuilt):
    """Return the binary cross-entropy of images (n, pixels) in nats per image, (n,)."""
    rebuilt = np.clip(rebuilt.astype(float), 1e-7, 1 - 1e-7)
    return -(images * np.log(rebuilt) + (1 - images) * np.log(1 - rebuilt)).sum(axis=1)


def _parts(encoder, decoder):
    """Return the models' layers in parts: what comes before the code, the code or its mean, log_var, the decoder."""
    import keras

    if not is_variational(encoder):
        return {"code": exported(encoder), "decoder": exported(decoder)}
    mean, log_var = (exported(keras.Model(encoder.input, output)) for output in encoder.outputs[1:])
    if mean[:-1] != log_var[:-1]:
        raise ValueError(
            f"{encoder.name} computes the mean and log_var by different hidden layers: expected the same, as in "
            "factories.variational(784, [64], 2)[0]."
        )
    return {"hidden": mean[:-1], "code": mean[-1:], "log_var": log_var[-1:], "decoder": exported(decoder)}


def _range(points, variational):
    """Return what a plot of points (n, 2) shows, [left, right, low, high]."""
    if variational:
        reach = float(max(3.5, np.ceil(2 * np.abs(points).max()) / 2))
        return [-reach, reach, -reach, reach]
    low, high = points.min(axis=0), points.max(axis=0)
    margin = np.maximum(0.08 * (high - low), 1e-3)
    return [round(float(end), 3) for pair in zip(low - margin, high + margin) for end in pair]
