"""The capstone, a model judged by its properties, and images that it is tried on; what it is used for is elsewhere."""

import base64
import dataclasses
import html
import io
import math

import numpy as np

from aelib import data, files, plots
from aelib.exercise import Exercise, Note
from aelib.exercises.judging import finite_number, numbers, short
from aelib.exercises.uses import (
    AHEAD,
    AT_MOST,
    USES,
    ahead,
    fits,
    guarded,
    in_digits,
    noisy,
    per_image,
    seeded,
    to_nearest,
)

FEWEST_IMAGES = 200
MOST_NUMBERS = 8  # of a code
FEWEST_PIXELS = 8  # of a side
OFF = 3.0  # standard errors by which an honest claim may be off ...
TOO_LOW, TOO_HIGH = 0.03, 0.25  # ... and these shares of the error beside them: a choice flatters, more images help
SHAKEN = ((1e-3, 0.01), (1e-2, 0.02), (3e-2, 0.1))  # shares of a code's spread, and of the images' variance at most
PARTS = ("encoder", "decoder", "claim", "invariant")


def shapes(n, seed, shape=(16, 16)):
    """Return images of discs, squares and diamonds, drawn from five known factors.

    Args:
        n: Number of images.
        seed: Whole number; the same seed gives the same images.
        shape: Of an image, (height, width) or (height, width, channels); each channel then has a brightness of its own.

    Returns:
        `images`: float32 in [0, 1], (n, *shape).
        `factors`: (n, 5): kind (0 disc, 1 square, 2 diamond), column and row of the centre in pixels, half
            width in pixels, brightness.
    """
    rng = np.random.default_rng(seed)
    high, wide, small = shape[0] / 16, shape[1] / 16, min(shape[:2]) / 16
    kind, (column, row) = rng.integers(0, 3, n), rng.uniform(4, 11, (2, n)) * np.array([[wide], [high]])
    size, light = small * rng.uniform(2, 4, n), rng.uniform(0.5, 1, n)
    across = np.abs(np.arange(shape[1])[None, None, :] - column[:, None, None])
    down = np.abs(np.arange(shape[0])[None, :, None] - row[:, None, None])
    distance = np.where(
        (kind == 0)[:, None, None],
        np.hypot(across, down),
        np.where((kind == 1)[:, None, None], np.maximum(across, down), across + down),
    )
    images = light[:, None, None] * np.clip(size[:, None, None] - distance + 0.5, 0, 1)
    if len(shape) == 3:
        images = images[..., None] * rng.uniform(0.4, 1, (n, 1, 1, shape[2]))
    return images.astype(np.float32), np.stack([kind, column, row, size, light], axis=1)


# The two rules that rest on standard errors


def split(images):
    """Return training, validation and test images: 1/2, 1/4 and 1/4 of them; from 1,000 on 3/5, 1/5 and 1/5."""
    share = 0.25 if len(images) < 1000 else 0.2
    held = min(round(share * len(images)), 2000)
    return np.split(images, [len(images) - 2 * held, len(images) - held])


def bounds(errors, validated):
    """Return the lowest and the highest honest claim for errors (n,) on test images, and those on validation images.

    A claim comes from validation images, so it errs as the test does: the variance of the difference is
    s^2 (1 / n_test + 1 / n_validation). Where few images are far harder than the others, s is luck itself, so the
    larger of both counts. Choosing by the same validation images flatters a little, and a last training
    with them makes the model better than it was claimed to be; both get a share of their own.
    """
    mean, spread = float(np.mean(errors)), max(float(np.std(x, ddof=1)) for x in (errors, validated))
    off = OFF * spread * math.sqrt(1 / len(errors) + 1 / len(validated))
    return max(mean - off - TOO_LOW * mean, 0.5 * mean), mean + off + TOO_HIGH * mean


# The judge


def _unfit(images):
    """Return what is wrong with a learner's own images, as one sentence, or None."""
    known = isinstance(images, np.ndarray) and images.dtype.kind in "iu" and images.size and images.max() <= 1
    try:
        images = data.checked("images", images.astype(float) if known else images)
    except ValueError as error:
        return f"Your {error}"
    wanted = "expected (n, height, width) or (n, height, width, channels)"
    if images.ndim not in (3, 4) or not images[:1].size:
        side = math.isqrt(images.shape[1]) if images.ndim == 2 else 0
        cure = f" Write images.reshape(-1, {side}, {side})." if side > 1 and side**2 == images.shape[1] else ""
        return f"Your images have the shape {images.shape}: {wanted}.{cure}"
    if min(images.shape[1:3]) < FEWEST_PIXELS or (images.ndim == 4 and images.shape[3] not in (1, 3)):
        return (
            f"Your images have the shape {images.shape}: {wanted}, sides from {FEWEST_PIXELS} pixels, 1 or 3 channels."
        )
    different = len(np.unique(images.reshape(len(images), -1), axis=0))
    if different < FEWEST_IMAGES:
        copies = "" if different == len(images) else f", and only {different} of them are different"
        return f"There are {len(images)} images{copies}: expected at least {FEWEST_IMAGES} different ones."
    return None


def _prepared(images):
    """Return different images, turned upside down and shuffled: who knew the original ones is found out."""
    images = np.asarray(images, np.float32)
    different = np.unique(images.reshape(len(images), -1), axis=0, return_index=True)[1]
    return images[seeded(7).permutation(np.sort(different))][:, ::-1, ::-1]


def _asked(model, values):
    """Return what a Keras model, an object that predicts, or a function gives, as floats, or None."""
    predict = getattr(model, "predict", None)
    if predict is None:
        return numbers(model(values.copy()))
    return numbers(predict(values.copy(), verbose=0) if hasattr(model, "layers") else predict(values.copy()))


def _handed_in(got):
    """Return the name of the use, or what is wrong with what a learner's function returned."""
    wanted = 'expected a dict with "encoder", "decoder", "claim", "invariant" and one of "sample", "denoise", "score".'
    if not isinstance(got, dict):
        return None, f"You return {short(got)}: {wanted}"
    uses = [name for name in USES if name in got]
    missing = [name for name in PARTS if name not in got]
    if missing or len(uses) != 1:
        return None, f"You return {', '.join(map(str, got)) or 'nothing'}: {wanted}"
    for name in ("encoder", "decoder", "invariant", *uses):
        if not callable(getattr(got[name], "predict", got[name])):
            return None, f"Your {name} is {short(got[name])}: expected a model or a function."
    return uses[0], None


def _described(encoder, test):
    """Return codes and the verdict on them; no codes where there is nothing to go on with."""
    codes = _asked(encoder, test)
    if codes is None or codes.ndim < 2 or len(codes) != len(test) or not codes.size or not np.isfinite(codes).all():
        fine = codes is not None and codes.size and np.isfinite(codes).all()
        what = f"the shape {codes.shape}" if fine else "no numbers, or some that are not finite"
        wanted = f"expected one code per image, for example the shape ({len(test)}, 8)."
        text = f"For {len(test)} images the encoder gives {what}: {wanted} (Of a variational encoder hand in the mean.)"
        return None, (False, text)
    size = math.prod(codes.shape[1:])
    small = size <= MOST_NUMBERS
    text = f"A code has {size} numbers: expected at most {MOST_NUMBERS}."
    return codes, (small, f"{size} numbers for {test[0].size} values." if small else text)


def _steady(decoder, codes, decoded, known):
    """Return whether a code describes: near it everything means nearly the same, and half way to another no copy."""
    for step, most in SHAKEN:
        moves = seeded(0).choice([-step, step], codes.shape) * codes.std(axis=0)
        shaken = _asked(decoder, (codes + moves).astype(np.float32))
        good = fits(shaken, decoded.shape)
        if not good or np.mean((shaken - decoded) ** 2) > most * np.mean(known[: len(codes)].var(axis=0)):
            text = f"When the codes change by {100 * step:g} % of their spread, other pictures come out: "
            text += "such a code is a key, and the description lies elsewhere, or several numbers are packed into one."
            return False, text
    between = _asked(decoder, ((codes + codes[::-1]) / 2)[:20].astype(np.float32))
    if fits(between, (len(between), *known.shape[1:])) and np.mean(to_nearest(between, known) < 1e-7) > 0.5:
        text = "Half way between two codes comes, to the last pixel, an image that your program has seen: the decoder "
        return False, text + "has kept the images, and the code is a key to them."
    return True, "Nearly the same code, nearly the same picture."


def _alone(encoder, decoder, test, rebuilt):
    """Return whether an image's reconstruction is the same without the others, and in another order."""

    def auto(images):
        codes = _asked(encoder, images)
        return None if codes is None else _asked(decoder, codes.astype(np.float32))

    alone = [auto(test[i : i + 1]) for i in range(3)]
    backwards = auto(test[::-1])
    good = all(fits(one, (1, *test.shape[1:])) for one in alone) and fits(backwards, test.shape)
    good = good and all(np.allclose(one[0], rebuilt[i], atol=1e-3) for i, one in enumerate(alone))
    good = good and np.allclose(backwards[::-1], rebuilt, atol=1e-3)
    text = "An image comes back otherwise when it comes alone or in another order: it must not depend on its neighbours"
    text += ", nor on chance."
    return bool(good), "Each image for itself." if good else text


def _description(encoder, decoder, train, validation, test):
    """Return codes, reconstructions, or None where there are none to go on with, and verdicts on both halves."""
    codes, verdict = _described(encoder, test)
    verdicts = {"code": verdict}
    if codes is None:
        return None, None, verdicts
    rebuilt = _asked(decoder, codes.astype(np.float32))
    if not fits(rebuilt, test.shape):
        fine = rebuilt is not None and np.isfinite(rebuilt).all()
        what = f"the shape {rebuilt.shape}" if fine else "no numbers, or some that are not finite"
        return None, None, verdicts | {"decoder": (False, f"The decoder gives {what}: expected {test.shape}.")}
    others = 0.7 * test[::-1]
    _asked(encoder, others)  # a decoder that draws what was encoded last, and not its code, now gives itself away
    again = _asked(decoder, codes.astype(np.float32))
    text = "The same codes give other images later: your decoder uses more than the code that it gets, or chance."
    same = fits(again, test.shape) and np.allclose(again, rebuilt, atol=1e-3)
    verdicts["decoder"] = (bool(same), "It draws from the code alone." if same else text)
    verdicts["steady"] = _steady(decoder, codes, rebuilt, np.concatenate([test, others, train, validation]))
    verdicts["each_alone"] = _alone(encoder, decoder, test, rebuilt)
    return codes, rebuilt, verdicts


def _pca(size, train, validation, test):
    """Return PCA's reconstructions, clipped to [0, 1]: fitted on the training images, or with those for validation.

    The better of the two counts, so that it is no advantage to have used the validation images, too.
    """
    from sklearn.decomposition import PCA

    def rebuilt(images):
        pca = PCA(min(size, len(images) - 1, images[0].size), random_state=0).fit(images.reshape(len(images), -1))
        codes = pca.transform(test.reshape(len(test), -1))
        return np.clip(pca.inverse_transform(codes), 0, 1).reshape(test.shape)

    return min((rebuilt(train), rebuilt(np.concatenate([train, validation]))), key=lambda x: np.mean((x - test) ** 2))


def _with_error(errors):
    """Return a mean and its standard error as text."""
    return f"{in_digits(errors.mean())} ± {errors.std(ddof=1) / math.sqrt(len(errors)):.1g}"


def _honest(claim, errors, validated, trained):
    """Return the verdict on a claim.

    Args:
        claim: What a learner claims.
        errors: Errors (n,) on images that the learner never saw.
        validated: Errors on the validation images.
        trained: Mean errors on images that were trained on.
    """
    value, mean = finite_number(claim), in_digits(float(np.mean(errors)))
    if value is None:
        return False, f"You claim {short(claim)}: expected one number, a mean squared error per value."
    low, high = bounds(errors, validated)
    text = f"You claim {in_digits(value)}. On images that you never saw it is {mean}: "
    text += f"an honest claim lies between {in_digits(low)} and {in_digits(high)}."
    if any(_is(value, error) for error in trained) and not _is(value, float(np.mean(validated))):
        return False, f"{text} Yours is the error on your training images."
    good = low <= value <= high
    return good, text if good else f"{text} On which images did you measure?"


def _unseen(errors, upright):
    """Return whether the hidden images are new to a model, from its errors on them as they come and as they were.

    They come upside down, as those that the learner's function gets. So a model that knows the hidden images better
    the right way up has met them there, or others that stood upright. Whoever turns what he keeps isn't found out.
    """
    known = ahead(upright, errors)[0]
    text = f"the hidden images have an error of {in_digits(errors.mean())} as all images come to your function, and of "
    text += f"{in_digits(upright.mean())} the other way up"
    if known:
        text = f"{text[0].upper()}{text[1:]}. Either your models met these very images outside of `train`, or they "
        return False, text + "learned from others that stood upright. Turn those upside down, too."
    return True, "Nothing shows that your models have met the hidden images."


def _is(value, error):
    """Return whether a claim is an error, as exact as it was given; in six digits or more it is not rounded."""
    digits = len(f"{value:.12g}".split("e")[0].replace(".", "").replace("-", "").lstrip("0"))
    return abs(value - error) <= 1e-5 * error or digits < 6 and value == float(f"{error:.{max(digits, 1)}g}")


@dataclasses.dataclass
class Project(Exercise):
    """The capstone on certain images, and the page of its last check.

    Args:
        images: The images, or a function that makes them.
        found: What the last check measured, for the page.
    """

    images: object = None
    found: dict | None = None

    def __post_init__(self):
        self.judge = self._judge

    def check(self, attempt=...):
        """As any exercise does; and forget the last page."""
        self.found = None
        return super().check(attempt)

    def _judge(self, build):
        """Judge an autoencoder by what it does to images that its author never saw."""
        self.found = None
        images = self.images() if callable(self.images) else self.images
        problem = _unfit(images)
        if problem:
            return {"images": (False, problem)}, []
        train, validation, test = split(_prepared(images))
        got = build(train.copy(), validation.copy())
        use, problem = _handed_in(got)
        if problem:
            return {"returns": (False, problem)}, []
        encoder, decoder = got["encoder"], got["decoder"]
        codes, rebuilt, verdicts = _description(encoder, decoder, train, validation, test)
        if codes is None:
            return verdicts, []
        errors = per_image(test, rebuilt)
        verdicts["unseen"] = _unseen(errors, self._error(encoder, decoder, test[:, ::-1, ::-1]))
        trained = [self._error(encoder, decoder, x).mean() for x in (train, np.concatenate([train, validation]))]
        verdicts["honest"] = _honest(got["claim"], errors, self._error(encoder, decoder, validation), trained)
        by_pca = _pca(math.prod(codes.shape[1:]), train, validation, test)
        verdicts["beats_pca"], remarks = self._compared(build, errors, by_pca, test)
        verdicts[use] = USES[use][0](got[use], train, validation, test)
        verdicts["invariant"] = guarded(got["invariant"], got[use], use, train)
        self._keep(got, use if verdicts[use][0] else None, (train, validation, test), rebuilt, by_pca, codes)
        return verdicts, remarks

    def _error(self, encoder, decoder, images):
        """Return the errors on other images, or infinity."""
        rebuilt = _asked(decoder, _asked(encoder, images).astype(np.float32))
        return per_image(images, rebuilt) if fits(rebuilt, images.shape) else np.full(len(images), math.inf)

    def _compared(self, build, errors, by_pca, test):
        """Return the verdict beside PCA, if need be on the course's shapes, and remarks."""
        theirs = per_image(test, by_pca)
        won, gain, error = ahead(errors, theirs)
        text = f"PCA has {in_digits(theirs.mean())} and you {in_digits(errors.mean())}, "
        text += f"a gain of {gain:.2g} with a standard error of {error:.1g}."
        if won:
            return (True, text), []
        if callable(self.images):
            return (False, f"{text} Expected {AHEAD:g} standard errors and {100 * (1 - AT_MOST):.0f} % at least."), []
        train, validation, unseen = split(_prepared(shapes(2000, seed=2027, shape=test.shape[1:])[0]))
        got = build(train.copy(), validation.copy())
        codes, rebuilt, verdicts = _description(got["encoder"], got["decoder"], train, validation, unseen)
        remark = f"On your images PCA isn't beaten: {text} Say so on your page."
        failed = [sentence for good, sentence in verdicts.values() if not good]
        if failed:
            return (False, f"On the course's shapes, in your size: {failed[0]}"), [remark]
        size = math.prod(codes.shape[1:])
        ours, theirs = (per_image(unseen, x) for x in (rebuilt, _pca(size, train, validation, unseen)))
        both = f"PCA has {in_digits(theirs.mean())} and you {in_digits(ours.mean())}"
        text = f"On the course's shapes, in your size, {both}."
        return (ahead(ours, theirs)[0], text), [remark]

    def _keep(self, got, use, parts, rebuilt, by_pca, codes):
        """Keep what the page shows: eight images the right way up, and the numbers; of a use only if it works."""
        train, validation, test = parts
        size, shown = math.prod(codes.shape[1:]), slice(8)
        rows = {
            "held out": test[shown],
            f"yours, {size} numbers": rebuilt[shown],
            f"PCA, {size} numbers": by_pca[shown],
        }
        if use == "sample":
            rows["your samples"] = got[use](8, seed=1)
        elif use == "denoise":
            rows |= {"noisy": noisy(test)[shown], "denoised": got[use](noisy(test))[shown]}
        elif use == "score":
            rows["highest scores"] = test[np.argsort(-np.asarray(got[use](test), float), kind="stable")[shown]]
        ours, theirs = per_image(test, rebuilt), per_image(test, by_pca)
        _, gain, error = ahead(ours, theirs)
        numbers_of = len(train), len(validation), len(test)
        self.found = {
            "rows": {name: np.clip(numbers(images), 0, 1)[:, ::-1, ::-1] for name, images in rows.items()},
            "numbers": {
                "images for training, validation, test": ", ".join(map(str, numbers_of)),
                "numbers in a code": f"{size} for {test[0].size} values",
                "claimed error": in_digits(finite_number(got["claim"]) or 0),
                "error, held out": _with_error(ours),
                "PCA's error, held out": _with_error(theirs),
                "PCA minus yours, paired": f"{gain:.2g} ± {error:.1g}",
                "used to": use or "nothing yet",
            },
        }

    def page(self, path=None):
        """Show what the last check measured, as a figure and a table, and write it as a page on request.

        Args:
            path: A file to write, e.g. "my_project.html", or None.
        """
        if self.found is None:
            return Note("No page yet", "Write your function, and run its check. Then this shows what it measured.")
        figure = plots.image_rows(self.found["rows"], "Images that the check held back")
        found = self.found["numbers"]
        for name, value in found.items():
            print(f"{name}: {value}")
        if path is not None:
            picture = io.BytesIO()
            figure.savefig(picture, format="png", dpi=150)
            rows = "".join(f"<tr><th>{html.escape(n)}</th><td>{html.escape(v)}</td></tr>" for n, v in found.items())
            text = _PAGE.format(picture=base64.b64encode(picture.getvalue()).decode(), rows=rows)
            files.write(path, text)
        return figure


_PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>My autoencoder</title>
<style>body {{ font: 16px sans-serif; max-width: 50em; margin: 2em auto; background: #fff; color: #111 }}
img {{ max-width: 100% }} th {{ text-align: left; padding-right: 1.5em; font-weight: normal }}</style>
<h1>My autoencoder</h1>
<img alt="Rows of images: held out, rebuilt by the model, rebuilt by PCA" src="data:image/png;base64,{picture}">
<table>{rows}</table>
<p>Each error is a mean squared error per value, with its standard error. Judged on images that the check held back.</p>
</html>
"""


def project_on(images):
    """Return the capstone with images of your own, e.g. `project_on(photos).check(build)`.

    Args:
        images: Floats in [0, 1], (n, height, width) or (n, height, width, 1 or 3), at least 200 different ones.
    """
    return dataclasses.replace(project, images=images, found=None)


project = Project(
    name="build",
    key="10-capstone",
    objective="autoencoder",
    title="Capstone, an autoencoder and an honest claim",
    hints=(
        "Begin with PCA as two functions, and a dict that holds them. It can't beat itself, but the check's other "
        "lines then tell you whether the rest is in order.",
        "A layer Flatten in the encoder and a layer Reshape in the decoder take care of the shape; convolutions of "
        "grey images want Reshape((*shape, 1)). Hidden layers on both sides, no activation on the code, a sigmoid at "
        "the end. If you lose to PCA, draw both curves of the loss: did you stop too early, or too late?",
        "Measure your claim on the validation images, with the models that you return. If your training error is far "
        "below it, train shorter or shrink the network.",
        "An invariant takes a program and tries it: once on images where you know what must come out, and once on few "
        "of them in another order. Ask what each broken program would answer.",
    ),
    answer=(
        """\
import keras
import numpy as np
from aelib import training
from keras import layers


def build(train, validation):
    keras.utils.set_random_seed(0)
    shape = train.shape[1:]
    into = [layers.Flatten(), layers.Dense(128, "gelu"), layers.Dense(64, "gelu"), layers.Dense(6)]
    out = [layers.Dense(64, "gelu"), layers.Dense(128, "gelu"), layers.Dense(train[0].size, "sigmoid")]
    encoder = keras.Sequential([keras.Input(shape), *into])
    decoder = keras.Sequential([keras.Input((6,)), *out, layers.Reshape(shape)])
    auto = keras.Sequential([encoder, decoder])
    auto.compile(optimizer="adam", loss="mse")
    training.fit(auto, train, epochs=60, batch_size=32, peak=4e-3)

    def score(images):
        rebuilt = auto.predict(images, verbose=0)
        return np.mean((images - rebuilt) ** 2, axis=tuple(range(1, images.ndim)))

    flat = validation.reshape(len(validation), -1)
    shuffled = np.random.default_rng(0).permuted(flat, axis=1).reshape(validation.shape)

    def invariant(score):
        usual = score(validation)
        alone = [score(validation[i : i + 1])[0] for i in range(5)]
        return bool(np.mean(score(shuffled) > usual) > 0.9 and np.allclose(alone, usual[:5], rtol=1e-3))

    parts = {"encoder": encoder, "decoder": decoder, "score": score, "invariant": invariant}
    return parts | {"claim": score(validation).mean()}
"""
    ),
    judge=None,
    images=lambda: shapes(2000, seed=2026)[0],
)
