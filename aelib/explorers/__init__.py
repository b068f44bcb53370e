"""Explorers, figures that the reader moves: the question and the data of each; nothing is drawn or trained here.

Each public function asks one question and returns an `explorer.Explorer`, which a notebook shows. In the page the
function of the same name, `numbersKept` for `numbers_kept`, answers what the reader moves.

Images are floats in [0, 1], grey or in three colours: (n, height, width), (n, height, width, 1), (n, height, width, 3),
or (n, pixels), rows of square images. Where it says (n, pixels) below, any of these may come.
"""

import math

import numpy as np

from aelib import data, plots
from aelib.explorers.asking import ask_for_a_digit  # noqa: F401
from aelib.explorers.drawing import draw_a_digit  # noqa: F401
from aelib.explorers.explorer import Explorer, float16_letters, grey_letters, image_rows, pale_letters
from aelib.explorers.models import (
    MOST_POINTS,
    codes_of,
    digits,
    fitting,
    image_shape,
    is_variational,
    labelled,
    outputs_of,
)
from aelib.explorers.network import exported
from aelib.explorers.sampling import reparameterisation  # noqa: F401
from aelib.explorers.sizes import code_sizes  # noqa: F401
from aelib.explorers.sliding import sliding_window  # noqa: F401
from aelib.explorers.superposition import features  # noqa: F401
from aelib.explorers.tokens import swap_a_token  # noqa: F401
from aelib.explorers.turning import code_by_hand  # noqa: F401

SMALL_SIDE = 14  # pixels of an image that is shown beside a plane, at most
MOST_SMALL = 100  # of them, and as many numbers as grey ones have
NEIGHBOURS = 4
MOST_STEPS = 4  # pixels by which an image is moved
STATIC_EXAMPLES = 3  # in the figure of a page that runs no scripts


def numbers_kept(encoder, decoder, images, examples):
    """Explore how many numbers of the code a reconstruction needs, beside PCA with as many.

    The numbers of the code that vary most come first; those that are left out are set to their mean.

    Args:
        encoder, decoder: As the factories return them.
        images: Training images (n, pixels), which give the order, the means and the principal components.
        examples: Images to look at, (k, pixels), k at most 10.

    Raises:
        ValueError: if the images don't fit, or the page can't run the decoder.
    """
    from sklearn.decomposition import PCA

    shape = image_shape(encoder, decoder, images)
    images, examples = fitting(encoder, decoder, images=images, examples=examples)
    codes, shown = codes_of(encoder, images), codes_of(encoder, examples)
    mean, order = codes.mean(axis=0), np.argsort(-codes.var(axis=0), kind="stable")
    pca = PCA(min(codes.shape[1], *images.shape), random_state=0).fit(images)
    projected = {"kernel": float16_letters(pca.components_), "bias": float16_letters(pca.mean_), "activation": "linear"}
    rows = {"image": examples[:STATIC_EXAMPLES]}
    for kept in sorted({2, min(8, len(order)), len(order)}):
        rows[f"{kept} numbers"] = outputs_of(decoder, _kept(shown[:STATIC_EXAMPLES], mean, order[:kept]))
    return Explorer(
        "numbersKept",
        f"How many of the {len(order)} numbers does the decoder need until you recognise a digit, and who needs "
        "fewer, the autoencoder or PCA?",
        image_rows(rows, "Reconstructions from some numbers of the code", shape),
        {"decoder": exported(decoder), "pca": [projected]},
        {
            "shape": shape,
            "examples": grey_letters(examples),
            "codes": float16_letters(shown),
            "mean": float16_letters(mean),
            "order": order.tolist(),
            "components": float16_letters(pca.transform(examples)),
        },
    )


def latent_plane(encoder, decoder, images, labels):
    """Explore what the decoder draws at each point of the latent plane, and which images lie near each other.

    Codes of two numbers are drawn as they are, longer ones by their first two principal components. For a
    variational encoder the points are the means, and circles show the prior N(0, I). The image whose code is under
    the pointer is shown, small, beside those whose codes are nearest by the Euclidean distance of the whole codes.

    Args:
        encoder, decoder: As the factories return them.
        images: Images (n, pixels); the first 300 are drawn as points, and the first 100 can be looked at, fewer if
            they are in colours.
        labels: Their digits, whole numbers from 0 to 9, (n,).

    Raises:
        ValueError: if the images or labels don't fit, or the page can't run the decoder.
    """
    shape = image_shape(encoder, decoder, images)
    (images,) = fitting(encoder, decoder, images=images)
    labels = digits(labels, images)[:MOST_POINTS].tolist()
    codes = codes_of(encoder, images[:MOST_POINTS])
    mean, axes, names = np.zeros(codes.shape[1]), np.eye(2), ["latent dimension 1", "latent dimension 2"]
    if min(codes.shape) < 2:
        raise ValueError(f"codes of shape {codes.shape} span no plane: expected two numbers and two images at least.")
    if codes.shape[1] != 2:
        from sklearn.decomposition import PCA

        pca = PCA(2, random_state=0).fit(codes)
        mean, axes, names = pca.mean_, pca.components_, ["codes, component 1", "codes, component 2"]
    points = (codes - mean) @ axes.T
    prior = is_variational(encoder)
    reach = max(np.abs(points).max(), 3 if prior else 0)
    figure = plots.latent_scatter(points, labels, "Codes of images", *names)
    small, small_shape = _small(images[:MOST_POINTS], shape)
    small = small[: min(MOST_SMALL, MOST_SMALL * SMALL_SIDE**2 // small.shape[1])]
    return Explorer(
        "latentPlane",
        "Drag the point, or move the sliders. Where do clear digits turn into smudges"
        + (", and is it inside the circles that the prior knows?" if prior else ", and what lies between two digits?"),
        figure,
        {"decoder": exported(decoder)},
        {
            "shape": shape,
            "points": float16_letters(points),
            "labels": labels,
            "shown": pale_letters(small),
            "shownShape": small_shape,
            "nearest": _nearest(codes[: len(small)]).tolist(),
            "colours": plots.DIGIT_COLOURS,
            "names": names,
            "origin": float16_letters(mean),
            "axes": float16_letters(axes),
            "centre": (-mean @ axes.T).tolist() if prior else None,
            "reach": _rounded_up(reach),
        },
    )


def path(encoder, decoder, examples):
    """Explore the way from one image to another, in the code and in the pixels.

    Args:
        encoder, decoder: As the factories return them.
        examples: Images to choose from, (k, pixels), k at most 10.

    Raises:
        ValueError: if the images don't fit, or the page can't run the decoder.
    """
    shape = image_shape(encoder, decoder, examples)
    (examples,) = fitting(encoder, decoder, examples=examples)
    codes = codes_of(encoder, examples)
    steps = np.linspace(0, 1, 9)[:, np.newaxis]
    rows = {
        "in the code": outputs_of(decoder, (1 - steps) * codes[0] + steps * codes[-1]),
        "in the pixels": (1 - steps) * examples[0] + steps * examples[-1],
    }
    return Explorer(
        "path",
        "Half way between two images: which of the two ways draws a digit that somebody could have written?",
        image_rows(rows, "From one image to another", shape),
        {"decoder": exported(decoder)},
        {"shape": shape, "examples": grey_letters(examples), "codes": float16_letters(codes)},
    )


def code_units(models, images, examples):
    """Explore what each unit of a code draws, and how many units a reconstruction needs.

    What a unit draws is the reconstruction with the unit at its usual strength, its mean over the images
    where it is active, minus the reconstruction with the unit at 0.

    Args:
        models: Dict of label -> (encoder, decoder), at most two as a rule, e.g. dense and sparse.
        images: Training images (n, pixels), which give each unit's share of activity and strength.
        examples: Images to look at, (k, pixels), k at most 10.

    Raises:
        ValueError: if the images don't fit, or the page can't run a decoder.
    """
    rows, decoders, units = {}, {}, []
    for label, (encoder, decoder) in labelled(models, '{"dense": (encoder, decoder)}'):
        shape = image_shape(encoder, decoder, images)
        fitted, given = fitting(encoder, decoder, images=images, examples=examples)
        rows.setdefault("image", given[:STATIC_EXAMPLES])
        everywhere, shown = codes_of(encoder, fitted), codes_of(encoder, given)
        active = everywhere > 0
        strength = (everywhere * active).sum(axis=0) / np.maximum(active.sum(axis=0), 1)
        decoders[label] = exported(decoder)
        units.append(
            {
                "label": label,
                "codes": float16_letters(shown),
                "strength": float16_letters(strength),
                "active": np.round(active.mean(axis=0).astype(float), 4).tolist(),
            }
        )
        largest = np.argsort(-np.abs(shown), axis=1, kind="stable")[:, 4:]
        few = shown.copy()
        np.put_along_axis(few, largest, 0, axis=1)
        rows[f"{label}, 4 units"] = outputs_of(decoder, few[:STATIC_EXAMPLES])
    return Explorer(
        "codeUnits",
        "Can you say in words what a unit draws, and how few units are enough for the digit?",
        image_rows(rows, "Reconstructions from the 4 largest units of each code", shape),
        decoders,
        {"shape": shape, "examples": grey_letters(given), "units": units},
    )


def noise_levels(auto, examples, std=0.4):
    """Explore how a denoising autoencoder and a median filter clean more and more noise.

    Args:
        auto: Autoencoder trained to remove noise: images -> images.
        examples: Clean images, (k, pixels), k at most 10.
        std: Standard deviation of the normal noise at the start, in pixel values, from 0 to 1.

    Raises:
        ValueError: if the images don't fit, or the page can't run the model.
    """
    shape = image_shape(auto, auto, examples)
    (examples,) = fitting(auto, auto, examples=examples)
    shown = examples[:STATIC_EXAMPLES]
    noisy = data.gaussian_noise(shown, std, seed=0)
    rows = {"clean": shown, "noisy": noisy, "denoised": outputs_of(auto, noisy)}
    return Explorer(
        "noiseLevels",
        "From which noise on does the network beat a median filter, and when does it begin to make digits up?",
        image_rows(rows, f"Noise of standard deviation {std:g}", shape),
        {"auto": exported(auto)},
        {"shape": shape, "examples": grey_letters(examples), "std": std},
    )


def shifts(models, examples):
    """Explore what a move of the image by some pixels does to its reconstructions.

    Args:
        models: Dict of label -> autoencoder, images -> images, e.g. one of dense layers and one of convolutions.
        examples: Images to look at, (k, pixels), k at most 10.

    Raises:
        ValueError: if the images don't fit, or the page can't run a model.
    """
    exports, rows = {}, {}
    for label, auto in labelled(models, '{"dense": auto}'):
        if auto.output_shape != auto.input_shape:
            raise ValueError(
                f"{label!r} goes from images of shape {tuple(auto.input_shape[1:])} to {tuple(auto.output_shape[1:])}: "
                "expected an autoencoder, e.g. factories.convolutional((28, 28, 1), [16, 8, 8], (4, 4, 8))[2]."
            )
        shape = image_shape(auto, auto, examples)
        (given,) = fitting(auto, auto, examples=examples)
        moved = _moved(given[:STATIC_EXAMPLES], MOST_STEPS, shape)
        rows |= {"image": given[:STATIC_EXAMPLES], f"{MOST_STEPS} to the right": moved}
        exports[label] = exported(auto)
        rows[label] = outputs_of(auto, moved)
    return Explorer(
        "shifts",
        "How far, and which way, can you move a digit before a model draws something else?",
        image_rows(rows, "Reconstructions of moved images", shape),
        exports,
        {"shape": shape, "examples": grey_letters(given), "most": MOST_STEPS},
    )


def two_gaussians():
    """Explore the KL divergence between two normal distributions, both ways, in nats.

    Source: Bishop, "Pattern Recognition and Machine Learning", 2006, section 1.6.1; the closed form for
        normal distributions is his exercise 1.30.
    """
    x = np.linspace(-6, 6, 241)
    densities = {
        "P, mean -1, deviation 1": np.exp(-((x + 1) ** 2) / 2) / math.sqrt(2 * math.pi),
        "Q, mean 1, deviation 2": np.exp(-((x - 1) ** 2) / 8) / math.sqrt(8 * math.pi),
    }
    return Explorer(
        "twoGaussians",
        "Find two distributions for which one divergence is more than ten times the other. What do they look like?",
        plots.lines(x, densities, "x", "density", "Two normal distributions"),
        {},
        {},
    )


def betas(models, images, labels, examples):
    """Explore what beta does to the codes, the reconstructions and the plane of a variational autoencoder.

    Args:
        models: Dict of beta -> (encoder, decoder); variational, with codes of two numbers.
        images: Images (n, pixels); the first 300 are drawn as points, and all are measured.
        labels: Their digits, whole numbers from 0 to 9, (n,).
        examples: Images to look at, (k, pixels), k at most 10.

    Raises:
        ValueError: if the models are not variational with two numbers, the images or labels don't fit, or
            the page can't run a decoder.
    """
    decoders, measured, rows, reach = {}, [], {}, 3.0
    for beta, (encoder, decoder) in sorted(labelled(models, "{1: (encoder, decoder)}")):
        if not is_variational(encoder) or encoder.output_shape[1][1:] != (2,):
            raise ValueError(
                f"The encoder for beta={beta:g} does not give [z, mean, log_var] of two numbers each: expected "
                "variational encoders such as factories.variational(784, [64], 2)[0]."
            )
        shape = image_shape(encoder, decoder, images)
        fitted, given = fitting(encoder, decoder, images=images, examples=examples)
        rows.setdefault("image", given[:STATIC_EXAMPLES])
        _, mean, log_var = outputs_of(encoder, fitted)
        rebuilt = np.clip(outputs_of(decoder, mean), 1e-7, 1 - 1e-7)
        cross_entropy = -(fitted * np.log(rebuilt) + (1 - fitted) * np.log(1 - rebuilt)).sum(axis=1).mean()
        kl = 0.5 * (mean**2 + np.exp(log_var) - 1 - log_var).sum(axis=1).mean()
        shown = codes_of(encoder, given)
        reach = max(reach, np.abs(mean[:MOST_POINTS]).max())
        rows[f"beta {beta:g}"] = outputs_of(decoder, shown[:STATIC_EXAMPLES])
        decoders[f"{beta:g}"] = exported(decoder)
        measured.append(
            {
                "beta": f"{beta:g}",
                "points": float16_letters(mean[:MOST_POINTS]),
                "codes": float16_letters(shown),
                "crossEntropy": round(float(cross_entropy), 1),
                "kl": round(float(kl), 2),
            }
        )
    return Explorer(
        "betas",
        "As beta grows, what gets lost first, and what happens to the cloud of codes?",
        image_rows(rows, "Reconstructions at several beta", shape),
        decoders,
        {
            "shape": shape,
            "examples": grey_letters(given),
            "labels": digits(labels, fitted)[:MOST_POINTS].tolist(),
            "colours": plots.DIGIT_COLOURS,
            "names": ["latent dimension 1", "latent dimension 2"],
            "centre": [0, 0],
            "reach": _rounded_up(reach),
            "measured": measured,
        },
    )


def _small(images, shape):
    """Return images (n, pixels) made small by means over squares of pixels, and the shape of one, at most 14 x 14."""
    height, width, channels = shape
    size = -(-max(height, width) // SMALL_SIDE)
    rows, columns = -(-height // size), -(-width // size)
    edges = ((0, 0), (0, rows * size - height), (0, columns * size - width), (0, 0))
    padded = np.pad(images.reshape(-1, *shape), edges, mode="edge")
    small = padded.reshape(-1, rows, size, columns, size, channels).mean(axis=(2, 4))
    return small.reshape(len(small), -1), (rows, columns, channels)


def _nearest(codes):
    """Return for each code (n, numbers) its own number and those of the nearest others, (n, 5 or n)."""
    far = ((codes[:, np.newaxis] - codes) ** 2).sum(axis=2)
    np.fill_diagonal(far, -1)
    return np.argsort(far, axis=1, kind="stable")[:, : NEIGHBOURS + 1]


def _kept(codes, mean, which):
    """Return codes in which all numbers but some are set to their mean."""
    few = np.tile(mean, (len(codes), 1))
    few[:, which] = codes[:, which]
    return few


def _moved(images, steps, shape):
    """Return images (n, pixels) moved to the right by some pixels; `shape` is (height, width, channels)."""
    moved = np.zeros((len(images), *shape), np.float32)
    moved[:, :, steps:] = images.reshape(-1, *shape)[:, :, : shape[1] - steps]
    return moved.reshape(len(images), -1)


def _rounded_up(reach):
    """Return the range of an axis: the next number of the form k / 2 times a power of ten."""
    if not reach > 0:  # all codes are 0
        return 1.0
    unit = 10.0 ** math.floor(math.log10(reach)) / 2
    return math.ceil(reach / unit) * unit
