"""The capstone of lesson 10, a model judged by its properties, and the images that it is tried on; no text is here."""

import dataclasses
import functools
import math

import numpy as np

from aelib import data
from aelib.exercise import Exercise
from aelib.exercises.judging import numbers, short

MOST_NUMBERS = 1 / 4  # of a code, as a share of the image's
OF_THE_MEAN = 0.5  # the error may be at most this share of the mean image's
OF_PCA = 1.1  # and at most this many times PCA's with as many numbers
HONEST = 0.2  # a claim may be off by this share of the measured error
FEWEST_IMAGES = 200


def shapes(n, seed):
    """Return images of discs, squares and diamonds, drawn from five known factors.

    Args:
        n: Number of images.
        seed: Whole number; the same seed gives the same images.

    Returns:
        `images`: float32 in [0, 1], (n, 16, 16).
        `factors`: (n, 5): kind (0 disc, 1 square, 2 diamond), column and row of the centre in pixels, half
            width in pixels, brightness.
    """
    rng = np.random.default_rng(seed)
    kind, (column, row) = rng.integers(0, 3, n), rng.uniform(4, 11, (2, n))
    size, light = rng.uniform(2, 4, n), rng.uniform(0.5, 1, n)
    across = np.abs(np.arange(16)[None, None, :] - column[:, None, None])
    down = np.abs(np.arange(16)[None, :, None] - row[:, None, None])
    distance = np.where(
        (kind == 0)[:, None, None],
        np.hypot(across, down),
        np.where((kind == 1)[:, None, None], np.maximum(across, down), across + down),
    )
    images = light[:, None, None] * np.clip(size[:, None, None] - distance + 0.5, 0, 1)
    return images.astype(np.float32), np.stack([kind, column, row, size, light], axis=1)


def _project(attempt, images):
    """Judge an autoencoder by what it does to images that its author never saw."""
    problem = _unfit(images)
    if problem:
        return {"images": (False, problem)}, []
    images = np.asarray(images, np.float32)
    different = np.unique(images.reshape(len(images), -1), axis=0, return_index=True)[1]
    if len(different) < FEWEST_IMAGES:
        text = "Too many of the images are the same: the test images would be among the training images."
        return {"images": (False, text)}, []
    images = images[np.random.default_rng(7).permutation(np.sort(different))]
    cut = len(images) * 3 // 4
    train, test = images[:cut], images[cut:]
    got = attempt(train.copy())
    if not isinstance(got, (tuple, list)) or len(got) != 4:
        what = f"You return {short(got)}: expected four things, encoder, decoder, auto and the error that you claim."
        return {"returns": (False, what)}, []
    for name, model in zip(("encoder", "decoder", "autoencoder"), got):
        if not callable(getattr(model, "predict", model)):
            return {"returns": (False, f"Your {name} is {short(model)}: expected a model or a function.")}, []
    return _examined(*got, train, test)


def _unfit(images):
    """Return what is wrong with a learner's own images, as one sentence, or None."""
    known = isinstance(images, np.ndarray) and images.dtype.kind in "iu"  # 0 and 1 may be whole numbers here
    try:
        images = data.checked("images", images.astype(float) if known else images)
    except ValueError as error:
        return f"Your {error}"
    if images.ndim < 2 or not images[:1].size:
        return f"Your images have the shape {images.shape}: expected (n, height, width), with or without channels."
    if len(images) < FEWEST_IMAGES:
        return f"There are {len(images)} images: expected at least {FEWEST_IMAGES}, to train on and to test with."
    return None


def _examined(encoder, decoder, auto, claim, train, test):
    """Return verdicts and remarks on three models and a claim."""
    found, pixels = {}, math.prod(test.shape[1:])
    codes = _asked(encoder, test)
    if isinstance(codes, (list, tuple)):
        text = f"The encoder returns {len(codes)} things: hand in one that returns the code alone, e.g. the mean."
        return {"code": (False, text)}, []
    codes, rebuilt = numbers(codes), numbers(_asked(auto, test))
    if codes is None or codes.ndim < 2 or len(codes) != len(test) or not codes.size or not np.isfinite(codes).all():
        fine = codes is not None and codes.size and np.isfinite(codes).all()
        what = f"the shape {codes.shape}" if fine else "no numbers, or some that are not finite"
        wanted = f"expected one code an image, for example the shape ({len(test)}, 8)."
        return {"code": (False, f"For {len(test)} images the encoder gives {what}: {wanted}")}, []
    size = math.prod(codes.shape[1:])
    small = size <= MOST_NUMBERS * pixels
    text = f"A code has {size} numbers and an image {pixels}: expected at most a quarter as many."
    found["code"] = (small, f"{size} numbers for {pixels} pixels." if small else text)
    if rebuilt is None or rebuilt.shape != test.shape or not np.isfinite(rebuilt).all():
        fine = rebuilt is not None and np.isfinite(rebuilt).all()
        what = f"the shape {rebuilt.shape}" if fine else "no numbers, or some that are not finite"
        return found | {"auto": (False, f"auto gives {what}: expected images of shape {test.shape}.")}, []
    others = 0.7 * test[::-1]
    _asked(encoder, others)  # a decoder that draws what was encoded last, and not its code, now gives itself away
    decoded = numbers(_asked(decoder, codes.astype(np.float32)))
    fits = decoded is not None and decoded.shape == test.shape and np.allclose(decoded, rebuilt, atol=1e-3)
    text = "decoder(encoder(x)) is not auto(x): the three models don't belong together, something is drawn by chance, "
    text += "or the decoder uses more than the code that it gets."
    found["auto"] = (fits, "auto is the decoder after the encoder." if fits else text)
    drawn = decoded if decoded is not None and decoded.shape == test.shape else rebuilt
    found["steady"] = _steady(decoder, codes, drawn, np.concatenate([test, others]))
    found["each_alone"] = _alone(auto, test, rebuilt)
    return _measured(found, claim, rebuilt, size, train, test)


def _asked(model, values):
    """Return what a model gives: a Keras model, an object that predicts, or a function."""
    return getattr(model, "predict", model)(values.copy())


def _steady(decoder, codes, decoded, encoded):
    """Return whether a code describes: a thousandth off it means nearly the same, and half way to another no copy."""
    flips = np.random.default_rng(0).choice([-1e-3, 1e-3], codes.shape)
    shaken = numbers(_asked(decoder, (codes + flips * codes.std(axis=0)).astype(np.float32)))
    good = shaken is not None and shaken.shape == decoded.shape
    good = good and np.mean((shaken - decoded) ** 2) <= 0.01 * np.mean(encoded[: len(codes)].var(axis=0))
    if not good:
        text = "When the codes change by a thousandth of their spread, other pictures come out: such a code is a key, "
        return False, text + "and the description lies elsewhere."
    between = numbers(_asked(decoder, ((codes + codes[::-1]) / 2)[:10].astype(np.float32)))
    axes = tuple(range(1, encoded.ndim))
    if between is not None and between.shape[1:] == encoded.shape[1:]:
        if np.mean([np.abs(encoded - one).max(axis=axes).min() < 1e-6 for one in between]) > 0.5:
            text = "Half way between two codes comes, to the last pixel, an image that was encoded: the decoder has "
            return False, text + "kept the images, and the code is a key to them."
    return True, "Nearly the same code, nearly the same picture."


def _alone(auto, test, rebuilt):
    """Return whether an image's reconstruction is the same without the others, and in another order."""
    alone = [numbers(_asked(auto, test[i : i + 1])) for i in range(3)]
    backwards = numbers(_asked(auto, test[::-1]))
    good = all(one is not None and one.shape[:1] == (1,) for one in alone)
    good = good and all(np.allclose(one[0], rebuilt[i], atol=1e-3) for i, one in enumerate(alone))
    good = good and backwards is not None and np.allclose(backwards[::-1], rebuilt, atol=1e-3)
    text = "An image comes back otherwise when it comes alone or in another order: it must not depend on its neighbours"
    text += ", nor on chance."
    return bool(good), "Each image for itself." if good else text


def _measured(found, claim, rebuilt, size, train, test):
    """Return the verdicts with those on the error: against the mean image, against PCA, and against the claim."""
    from sklearn.decomposition import PCA

    flat, tested = train.reshape(len(train), -1), test.reshape(len(test), -1)
    error = float(np.mean((test - rebuilt) ** 2))
    by_mean = float(np.mean((tested - flat.mean(axis=0)) ** 2))
    pca = PCA(min(size, *flat.shape), random_state=0).fit(flat)
    by_pca = float(np.mean((tested - pca.inverse_transform(pca.transform(tested))) ** 2))
    ours, mean, theirs = _shown(error), _shown(by_mean), _shown(by_pca)
    better = error <= OF_THE_MEAN * by_mean
    text = f"The error is {ours}, and the mean image, drawn for everything, has {mean}: expected at most half of it."
    found["beats_the_mean"] = (better, f"{ours} against {mean}." if better else text)
    level = error <= OF_PCA * by_pca + 1e-6
    text = f"PCA with {size} numbers has {theirs}, and you {ours}: PCA is an autoencoder, too. Do no worse."
    found["level_with_pca"] = (level, f"{ours} against {theirs}." if level else text)
    value = numbers(claim)
    if value is None or value.ndim or not np.isfinite(value):
        found["honest"] = (False, f"You claim {short(claim)}: expected one number, a mean squared error per pixel.")
    else:
        off = abs(float(value) - error) <= HONEST * error + 1e-6
        said = _shown(float(value))
        text = f"You claim {said}. On images that you never saw it is {ours}. On which images did you measure?"
        found["honest"] = (off, f"You claimed {said}, and it is {ours}." if off else text)
    return found, [
        f"Mean squared error per pixel, held out: {ours}; mean image {mean}; PCA with {size} numbers {theirs}."
    ]


def _shown(error):
    """Return an error in three digits; what only rounding leaves is 0."""
    return "0" if abs(error) < 1e-7 else f"{error:.3g}"


def project_on(images):
    """Return the capstone with images of your own, e.g. `project_on(images).check(capstone)`.

    Args:
        images: Floats in [0, 1], (n, height, width), (n, height, width, channels) or (n, pixels), at least 200
            different ones.
    """
    return dataclasses.replace(project, judge=functools.partial(_project, images=images))


project = Exercise(
    name="capstone",
    key="10-capstone",
    objective="autoencoder",
    title="Capstone, an autoencoder and an honest claim",
    hints=(
        "Begin with the shortest thing that can pass: PCA as two functions. Then see whether a network does better.",
        "Keep some of the images out of the training, and measure the error that you claim on these.",
        "keras.layers.Flatten and Reshape, or a reshape in two small functions, join images (n, height, width) to a "
        "factory that takes rows of pixels.",
    ),
    answer=(
        """\
import keras
import numpy as np
from aelib import factories, training


def capstone(train):
    keras.utils.set_random_seed(0)
    rows = train.reshape(len(train), -1)
    fitted, kept = rows[:-300], rows[-300:]
    into, out, both = factories.vanilla(rows.shape[1], [128, 64], 8)
    training.fit(both, fitted, epochs=30, batch_size=32, peak=5e-3)
    error = np.mean((kept - both.predict(kept, verbose=0)) ** 2)

    def encoder(x):
        return into.predict(x.reshape(len(x), -1), verbose=0)

    def decoder(codes):
        return out.predict(codes, verbose=0).reshape(-1, *train.shape[1:])

    def auto(x):
        return decoder(encoder(x))

    return encoder, decoder, auto, error
"""
    ),
    judge=lambda attempt: _project(attempt, shapes(2000, seed=2026)[0]),
)
