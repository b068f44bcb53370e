"""The explorer of codes of several sizes beside PCA; the page gets the reconstructions made here, and no weights."""

import math

import numpy as np

from aelib.explorers.explorer import Explorer, grey_letters, image_rows
from aelib.explorers.models import codes_of, fitting, image_shape, outputs_of

STATIC_EXAMPLES = 5
EXPECTED = "expected a dict of size -> (encoder, decoder), e.g. {2: models[2][:2], 8: models[8][:2]}"


def code_sizes(models, images, examples):
    """Explore how many numbers a code needs, beside PCA with as many, and the bits that they take.

    A number of a code takes 32 bits (float32), and one of an image 8. PCA's reconstructions are clipped to [0, 1].
    The errors are mean squared errors over `examples`, in squared pixel values.

    Args:
        models: Dict of size -> (encoder, decoder), as the factories return them, with codes of that many numbers.
        images: Training images (n, pixels), of which PCA is fitted.
        examples: Images to look at, (k, pixels), k at most 10.

    Raises:
        ValueError: if a model has another size, the images don't fit, or PCA needs more of them.
    """
    from sklearn.decomposition import PCA

    if not isinstance(models, dict) or not models:
        raise ValueError(f"models are {type(models).__name__} with {np.size(models)} entries: {EXPECTED}.")
    for size, (encoder, decoder) in models.items():
        shape = image_shape(encoder, decoder, images)
        fitted, given = fitting(encoder, decoder, images=images, examples=examples)
        numbers = math.prod(decoder.input_shape[1:])
        if numbers != size:
            raise ValueError(f"models[{size!r}] has codes of {numbers} numbers: {EXPECTED}.")
        if min(size, fitted.shape[1]) > len(fitted):
            raise ValueError(
                f"PCA with {size} numbers needs at least {size} images, and images are {len(fitted)}. Give more "
                "training images, e.g. data.digits()[0][0]."
            )
    pca = PCA(min(max(models), *fitted.shape), random_state=0).fit(fitted)
    components, centred = pca.components_, given - pca.mean_
    made, measured, rows = {}, [], {"image": given[:STATIC_EXAMPLES]}
    for size, (encoder, decoder) in sorted(models.items()):
        axes = components[:size]
        rebuilt = {
            "autoencoder": outputs_of(decoder, codes_of(encoder, given)),
            "PCA": pca.mean_ + centred @ axes.T @ axes,
        }
        rebuilt = {name: np.clip(values, 0, 1) for name, values in rebuilt.items()}
        made |= {f"{name}, {size}": [{"images": grey_letters(values)}] for name, values in rebuilt.items()}
        errors = {name: round(float(((values - given) ** 2).mean()), 5) for name, values in rebuilt.items()}
        measured.append({"size": size, "errors": errors})
        if size in (min(models), max(models)):
            rows |= {f"{name}, {size}": values[:STATIC_EXAMPLES] for name, values in rebuilt.items()}
    return Explorer(
        "codeSizes",
        "From how many numbers on do you recognise every digit, and from how many is PCA as good?",
        image_rows(rows, "Reconstructions from codes of several sizes", shape),
        made,
        {"shape": shape, "examples": grey_letters(given), "measured": measured},
    )
