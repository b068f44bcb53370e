"""The weights that come with the course, of the four models at full size: kept, checked and loaded, not trained here.

They lie in the folder `trained`, as float16 in NumPy's archive format, with a file `about.json` that says how each
was trained, what it loses by the rounding, and the checksum of its archive. `aelib reproduce --install` writes both.
"""

import hashlib
import io
import json

import keras
import numpy as np

from aelib import factories, files

FOLDER = files.PACKAGE / "trained"
CURE = "In a clone type 'git checkout aelib/trained'; else install aelib again, or train it: aelib reproduce --install"


def pretrained(name):
    """Return a model as it was trained on all 60,000 training images of MNIST; no network, some tenths of a second.

    The images of `data.digits` are among those that it was trained on, its test images, too.

    Args:
        name: "vanilla", "sparse", "convolutional" or "variational".

    Returns:
        `encoder, decoder, auto`: as the factory of that name returns them, built with the
            arguments in `factories.PUBLISHED`.

    Raises:
        ValueError: if there is no such model, or its file is missing or damaged, with what to type.
    """
    if not isinstance(name, str) or name not in factories.PUBLISHED:
        raise ValueError(f"There is no model {name!r}. The models are {', '.join(map(repr, factories.PUBLISHED))}.")
    path = FOLDER / f"{name}.npz"
    try:
        content = path.read_bytes()
        expected = about()[name]["sha256"]
    except (OSError, ValueError, KeyError, TypeError):  # TypeError: about.json holds something else
        what = f"The weights {path.name}, or what about.json says of them, are missing or damaged."
        raise ValueError(f"{what} {CURE} --models {name}") from None
    if hashlib.sha256(content).hexdigest() != expected:
        raise ValueError(f"The weights {path.name} are damaged: their checksum is another. {CURE} --models {name}")
    encoder, decoder, auto = getattr(factories, name)(*factories.PUBLISHED[name])
    with np.load(io.BytesIO(content)) as arrays:
        for i, variable in enumerate(auto.trainable_variables):
            variable.assign(arrays[f"weight_{i}"].astype(np.float32))
    return encoder, decoder, auto


def about():
    """Return how each model was trained and measured: {name: {"epochs", "seed", "test_loss", ...}}."""
    return json.loads((FOLDER / "about.json").read_text("utf-8"))


def install(name, auto, measure, facts):
    """Round a trained model's weights to float16, measure it, and keep both in the package.

    Args:
        name: Key of `factories.PUBLISHED`.
        auto: The trained model; it has the rounded weights afterwards.
        measure: Function of no arguments that gives the loss on the test images of MNIST.
        facts: Dict of settings and results that `about.json` shall keep.
    """
    before = measure()
    weights = [np.float16(keras.ops.convert_to_numpy(variable)) for variable in auto.trainable_variables]
    for variable, weight in zip(auto.trainable_variables, weights):
        variable.assign(np.float32(weight))
    content = io.BytesIO()
    np.savez_compressed(content, **{f"weight_{i}": weight for i, weight in enumerate(weights)})
    try:
        kept = dict(about())
    except (OSError, ValueError, TypeError):  # missing or damaged, which this call is to mend
        kept = {}
    kept[name] = facts | {
        "test_loss": before,
        "test_loss_float16": measure(),
        "sha256": hashlib.sha256(content.getvalue()).hexdigest(),
    }
    files.write(FOLDER / f"{name}.npz", content.getvalue())
    files.write(FOLDER / "about.json", f"{json.dumps(kept, indent=1)}\n")
