"""The explorer of a code whose units are turned by hand: its question and data; what one unit draws is elsewhere."""

import numpy as np

from aelib.explorers.explorer import Explorer, float16_letters, grey_letters, image_rows
from aelib.explorers.models import codes_of, fitting, image_shape, outputs_of
from aelib.explorers.network import exported

MOST_UNITS = 8
STATIC_EXAMPLES = 3


def code_by_hand(encoder, decoder, images, examples):
    """Explore how the decoder's picture follows when you turn the units of a code, a slider for each.

    The sliders are of the 8 units that vary most over the images, or of all if there are fewer. Each goes from
    the smallest to the largest number that its unit has in the images and the examples.

    Args:
        encoder, decoder: As the factories return them, of dense layers.
        images: Images (n, pixels), which give the units that vary most and their ranges.
        examples: Images to start from, (k, pixels), k at most 10.

    Raises:
        ValueError: if the images don't fit, or the page can't run the decoder.
    """
    shape = image_shape(encoder, decoder, images)
    images, examples = fitting(encoder, decoder, images=images, examples=examples)
    codes = codes_of(encoder, examples)
    everywhere = np.concatenate([codes_of(encoder, images), codes])
    units = np.sort(np.argsort(-everywhere.var(axis=0), kind="stable")[:MOST_UNITS])
    low, high = everywhere.min(axis=0), everywhere.max(axis=0)
    high = np.where(high > low, high, low + 1)  # of a unit that is the same in all images
    shown = codes[:STATIC_EXAMPLES]
    rows = {"image": examples[:STATIC_EXAMPLES], "from its code": outputs_of(decoder, shown)}
    for unit in units[:2]:
        turned = shown.copy()
        turned[:, unit] = high[unit]
        rows[f"unit {unit + 1} at {high[unit]:.3g}"] = outputs_of(decoder, turned)
    return Explorer(
        "codeByHand",
        "How few units must you turn, and how far, to make another digit of this one?",
        image_rows(rows, "Reconstructions with one unit turned", shape),
        {"decoder": exported(decoder)},
        {
            "shape": shape,
            "examples": grey_letters(examples),
            "codes": float16_letters(codes),
            "units": units.tolist(),
            "low": [float(f"{value:.4g}") for value in low[units]],
            "high": [float(f"{value:.4g}") for value in high[units]],
        },
    )
