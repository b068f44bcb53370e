"""What the capstone's models are used for: a test of each use, and broken programs; no project is judged here."""

import math

import numpy as np

from aelib.exercises.judging import numbers, short

AHEAD = 3.0  # standard errors that a paired difference must be above 0: by luck alone 1 in 700 is
AT_MOST = 0.97  # share of the other's error
NOISE = 0.5  # standard deviation of what denoisers and scores are tried with


def seeded(*seeds):
    """Return a generator of the judge's own draws."""
    return np.random.default_rng([11, *seeds])


def fits(got, shape):
    """Return whether a result has a shape and holds finite numbers."""
    return got is not None and got.shape == shape and bool(np.isfinite(got).all())


def in_digits(error):
    """Return an error in three digits; what only rounding leaves is 0."""
    return "0" if abs(error) < 1e-7 else f"{error:.3g}"


def per_image(images, others):
    """Return mean squared errors (n,), one per image."""
    return np.mean((np.asarray(images, float) - others) ** 2, axis=tuple(range(1, np.ndim(images))))


def to_nearest(images, others):
    """Return the mean squared distance of each image to the nearest of others."""
    a, b = (np.reshape(x, (len(x), -1)).astype(np.float64) for x in (images, others))
    far = (a**2).sum(axis=1)[:, None] - 2 * a @ b.T + (b**2).sum(axis=1)
    return np.maximum(far.min(axis=1), 0) / a.shape[1]


def ahead(ours, theirs):
    """Return whether errors (n,) are below others, of the same images, by more than luck; the difference; its error."""
    gain = np.asarray(theirs, float) - np.asarray(ours, float)
    gain[np.abs(gain) < 1e-6 * np.mean(theirs)] = 0  # what rounding makes of no difference
    mean, error = float(gain.mean()), float(gain.std(ddof=1) / math.sqrt(len(gain)))
    return bool(mean > AHEAD * error and np.mean(ours) <= AT_MOST * np.mean(theirs)), mean, error


def noisy(images):
    """Return images with noise, in [0, 1]."""
    return np.clip(images + seeded(0).normal(0, NOISE, images.shape), 0, 1).astype(np.float32)


def _sampled(sample, train, validation, test):
    """Return whether a learner's samples are images, different, near the real ones and no copies, mirrored or not."""
    first, again, other = (numbers(sample(64, seed=seed)) for seed in (1, 1, 2))
    if not all(fits(got, (64, *train.shape[1:])) for got in (first, again, other)):
        return False, f"sample(64, seed=1) gives no 64 finite images of shape {train.shape[1:]}."
    if first.min() < -1e-3 or first.max() > 1 + 1e-3:
        return False, f"Your samples range from {first.min():.3g} to {first.max():.3g}: expected [0, 1]."
    if not np.allclose(first, again, atol=1e-3) or np.allclose(first, other, atol=1e-3):
        return False, "The same seed must draw the same images, and another seed others."
    if first.var(axis=0).mean() < 0.05 * train.var(axis=0).mean():
        return False, "Your samples hardly differ from each other."
    usual, near = np.median(to_nearest(test, train)), np.median(to_nearest(first, train))
    given = np.concatenate([train, validation])
    mirrored = (given, given[:, ::-1], given[:, :, ::-1], given[:, ::-1, ::-1])
    if np.median(np.min([to_nearest(first, images) for images in mirrored], axis=0)) < 0.02 * usual:
        text = "Half of your samples are training or validation images, or nearly, perhaps mirrored: "
        return False, text + "those exist already."
    if near > 3 * usual:
        return False, "Your samples are further from all training images than new images are: draw them and look."
    return True, "64 images that are no copies, near the real ones."


def _blended(spoilt, train):
    """Return the best blend of noisy images with the mean image: one weight for all, fitted on training images."""
    dirty, clean, mean = (noisy(train) - noisy(train).mean(axis=0)), train - train.mean(axis=0), train.mean(axis=0)
    weight = np.sum(dirty * clean) / np.sum(dirty**2)
    return np.clip(mean + weight * (spoilt - noisy(train).mean(axis=0)), 0, 1)


def _denoised(denoise, train, validation, test):
    """Return whether a learner's denoiser beats doing nothing, painting the mean image and blending with it."""
    spoilt = noisy(test)
    got = numbers(denoise(spoilt.copy()))
    if not fits(got, test.shape):
        return False, f"For {len(test)} noisy images denoise gives no {len(test)} finite images of the same shape."
    ours, before = per_image(got, test), per_image(spoilt, test)
    mean = per_image(np.broadcast_to(train.mean(axis=0), test.shape), test)
    blend = per_image(_blended(spoilt, train), test)
    rivals = {"doing nothing": before, "the mean image": mean, "the best blend with the mean image": blend}
    for name, theirs in rivals.items():
        if not ahead(ours, theirs)[0]:
            left = f"your denoiser leaves {in_digits(ours.mean())}, and {name} {in_digits(theirs.mean())}"
            return False, f"Noise of {NOISE}: {left}."
    return True, f"Noise of {NOISE}: an error of {in_digits(before.mean())} before, {in_digits(ours.mean())} after."


def _scored(score, train, validation, test):
    """Return whether a learner's scores are higher for images with noise, and for those with their pixels shuffled.

    Noise alone makes most images brighter, too; shuffled pixels leave the brightness as it is.
    """
    shuffled = seeded(1).permuted(test.reshape(len(test), -1), axis=1).reshape(test.shape)
    usual, *strange = (numbers(score(x.copy())) for x in (test, noisy(test), shuffled))
    if not all(fits(got, (len(test),)) for got in (usual, *strange)):
        return False, f"For {len(test)} images score gives no {len(test)} finite numbers."
    shares = [float(np.mean(scores > usual)) for scores in strange]
    text = f"An image scores higher with noise on it in {100 * shares[0]:.0f} % of the cases, and with its pixels "
    text += f"shuffled in {100 * shares[1]:.0f} %"
    good = shares[0] >= 0.9 and shares[1] >= 0.75
    return good, f"{text}." if good else f"{text}: expected at least 90 % and 75 %."


def _samplers(right, train):
    """Return a right sampler that differs from the learner's, and broken ones, each under what it does."""
    return {
        "is another's": lambda n, seed: np.asarray(right(n, seed=seed + 1))[::-1],
        "hands out training images": lambda n, seed: train[seeded(seed).integers(len(train), size=n)],
        "draws one image and repeats it": lambda n, seed: np.repeat(np.asarray(right(1, seed=seed)), n, axis=0),
        "ignores the seed": lambda n, seed: right(n, seed=5),
        "draws snow": lambda n, seed: seeded(seed).uniform(size=(n, *train.shape[1:])).astype(np.float32),
    }


def _denoisers(right, train):
    """Return a right denoiser that differs from the learner's, and broken ones, each under what it does."""
    mean = train.mean(axis=0)[None]
    return {
        "is another's": lambda images: 0.98 * np.asarray(right(images)) + 0.02 * images,
        "gives back what it gets": lambda images: images,
        "paints the mean image every time": lambda images: np.repeat(mean, len(images), axis=0),
        "gives each image its neighbour's answer": lambda images: np.roll(right(images), 1, axis=0),
        "gives the negative of what it gets": lambda images: 1 - images,
    }


def _scores(right, train):
    """Return right scores that differ from the learner's, and broken ones, each under what it does."""

    big = 2 * float(np.abs(np.asarray(right(noisy(train)))).max())

    def among_others(images):
        scores = np.asarray(right(images))
        return (scores - scores.mean()) / (scores.std() + 1e-9)

    return {
        "is another's": lambda images: np.asarray(right(images), float) - big,
        "gives all images one score": lambda images: np.ones(len(images)),
        "scores usual images highest": lambda images: big - np.asarray(right(images), float),
        "compares each image with the others in its batch": among_others,
    }


USES = {"sample": (_sampled, _samplers), "denoise": (_denoised, _denoisers), "score": (_scored, _scores)}


def guarded(invariant, right, name, train):
    """Return whether an invariant holds for right programs and for none of the broken ones, as verdict and sentence."""
    (_, another), *broken = USES[name][1](right, train).items()
    answers = {}
    for kind, program in (("yours", right), ("another right program", another), *broken):
        try:
            answers[kind] = invariant(program)
        except AssertionError:  # some write an invariant as a test does
            answers[kind] = False
        if not isinstance(answers[kind], (bool, np.bool_)):
            return False, f"Your invariant returns {short(answers[kind])}: expected True or False."
    for kind in ("yours", "another right program"):
        if not answers[kind]:
            return False, f"Your invariant refuses {kind}: it asks for more than must be true."
    missed = [f"one {fault}" for fault, _ in broken if answers[fault]]
    if missed:
        programs = "1 broken program satisfies" if len(missed) == 1 else f"{len(missed)} broken programs satisfy"
        return False, f"{programs} your invariant: {'; '.join(missed)}."
    return True, f"It holds for right programs, and for none of {len(broken)} broken ones."
