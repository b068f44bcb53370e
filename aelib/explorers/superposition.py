"""The explorer of features that share two dimensions, as arrows over training; nothing is trained here."""

import numpy as np

from aelib import plots
from aelib.explorers.explorer import Explorer, float16_letters

MOST_NUMBERS = 6_000  # of all arrows at all steps
STATIC_FEATURES = 6


def features(history):
    """Explore how the features of a toy model find their directions during training, at several sparsities.

    The model squeezes many features into two dimensions, x -> relu(W'W x + b), and an arrow is a column of W: what the
    model has learned about a feature. A feature whose arrow stays shorter than 0.1 is marked as dead: not represented.

    Args:
        history: Dict of density -> array (steps, features, 2), the arrows at the start and after each step that was
            noted, equally many for each density. The density is the share of inputs that are not 0. Of more than
            6,000 numbers in all, steps at equal distances are shown, the first and the last among them.

    Raises:
        ValueError: if the arrays have other shapes, or are not finite, or there are too many features.

    Source: Elhage et al., "Toy models of superposition", Transformer Circuits Thread, 2022.
    """
    arrays = _checked(history)
    shape = next(iter(arrays.values())).shape
    most = MOST_NUMBERS // (len(arrays) * shape[1] * 2)
    steps = np.unique(np.linspace(0, shape[0] - 1, min(shape[0], most)).round().astype(int))
    last = list(arrays)[-1]
    lengths = np.linalg.norm(arrays[last], axis=2)[steps]
    longest = np.sort(np.argsort(-lengths[-1], kind="stable")[:STATIC_FEATURES])
    drawn = {f"feature {i + 1}": lengths[:, i] for i in longest}
    return Explorer(
        "features",
        "As features get rarer, how many of them find a place in two dimensions, and how do they arrange themselves?",
        plots.lines(steps, drawn, "step", "length of the arrow", f"Lengths of arrows, density {last:g}"),
        {},
        {
            "steps": steps.tolist(),
            "reach": round(
                1.15 * max(float(np.linalg.norm(array, axis=2).max()) for array in arrays.values()) + 0.05, 2
            ),
            "runs": [
                {"density": f"{density:g}", "arrows": float16_letters(array[steps].reshape(len(steps), -1))}
                for density, array in arrays.items()
            ],
        },
    )


def _checked(history):
    """Return the arrays of a history, or raise in the user's terms."""
    expected = "expected a dict of density -> array (steps, features, 2), e.g. {1.0: dense, 0.1: sparse}"
    if not isinstance(history, dict) or not history:
        raise ValueError(f"history is {type(history).__name__}: {expected}, with at least one entry.")
    arrays = {density: np.asarray(array) for density, array in history.items()}
    for density, array in arrays.items():
        if array.ndim != 3 or array.shape[2] != 2 or 0 in array.shape:
            raise ValueError(f"history[{density!r}] is of shape {array.shape}: {expected}.")
        if array.dtype.kind not in "iuf" or not np.abs(array).max() < 65504:
            raise ValueError(f"history[{density!r}] has values that are not finite in float16: {expected}.")
    shapes = {array.shape for array in arrays.values()}
    if len(shapes) > 1:
        raise ValueError(
            f"history has arrays of shapes {sorted(shapes)}: expected the same steps and features in each."
        )
    if (count := sum(array[:2].size for array in arrays.values())) > MOST_NUMBERS:
        raise ValueError(
            f"history has {count:,} numbers in its first two steps: expected at most {MOST_NUMBERS:,}. Take fewer "
            "features, array[:, :20]."
        )
    return arrays
