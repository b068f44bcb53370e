"""The two small exercises of lesson 01, a test for a bug and a best answer; the graded one is in `graded`, not here."""

import numpy as np

from aelib import data
from aelib.exercise import Exercise
from aelib.exercises.judging import Half, number, numbers


def _right(encoder, decoder, auto, images):
    """Encode, then decode."""
    return decoder.predict(encoder.predict(images))


def _rounded(encoder, decoder, auto, images):
    """Do the same in another order of sums, so that the last digits differ."""
    return _right(encoder, decoder, auto, images) * (1 + 2e-7)


def _encoded_twice(encoder, decoder, auto, images):
    """Hand the codes to the whole autoencoder."""
    return auto.predict(encoder.predict(images))


def _images_decoded(encoder, decoder, auto, images):
    """Hand the images to the decoder."""
    return decoder.predict(images)


def _never_coded(encoder, decoder, auto, images):
    """Return the images themselves."""
    return images.copy()


def _mixed_up(encoder, decoder, auto, images):
    """Draw the right pictures and return them in another order."""
    return _right(encoder, decoder, auto, images)[::-1]


def _first_only(encoder, decoder, auto, images):
    """Draw the first picture and repeat it."""
    return np.repeat(_right(encoder, decoder, auto, images)[:1], len(images), axis=0)


def _last_wrong(encoder, decoder, auto, images):
    """Draw the right pictures, but for the last one, which is encoded twice."""
    return np.concatenate(
        [_right(encoder, decoder, auto, images)[:-1], _encoded_twice(encoder, decoder, auto, images)[-1:]]
    )


def _middle_wrong(encoder, decoder, auto, images):
    """Draw the right pictures, but for one in the middle."""
    pictures = _right(encoder, decoder, auto, images)
    pictures[1] = pictures[2]
    return pictures


def _pixel_wrong(encoder, decoder, auto, images):
    """Draw the right pictures, but for one pixel of one."""
    pictures = _right(encoder, decoder, auto, images)
    pictures[2, 3] = 1 - pictures[2, 3]
    return pictures


def _turned(encoder, decoder, auto, images):
    """Draw the right pictures and return their pixels in another order."""
    return _right(encoder, decoder, auto, images)[:, ::-1]


def _pale(encoder, decoder, auto, images):
    """Draw the right pictures, one per cent too dark."""
    return 0.99 * _right(encoder, decoder, auto, images)


PROGRAMS = {  # criterion: (program, whether it is right, what it does)
    "right": (_right, True, "This program encodes the images and decodes the codes."),
    "rounding": (_rounded, True, "This program is right, and its pixels differ from yours in the seventh digit."),
    "encoded_twice": (_encoded_twice, False, "This program hands its codes to the whole autoencoder."),
    "images_decoded": (_images_decoded, False, "This program hands the images to the decoder and never encodes."),
    "never_coded": (_never_coded, False, "This program returns the images themselves: perfect, and never coded."),
    "mixed_up": (_mixed_up, False, "This program returns the right pictures in another order."),
    "first_only": (_first_only, False, "This program draws only the first image's code, again and again."),
    "last_wrong": (_last_wrong, False, "This program makes the mistake for the last image alone."),
    "middle_wrong": (_middle_wrong, False, "This program draws one picture in the middle from another's code."),
    "pixel_wrong": (_pixel_wrong, False, "This program spoils one pixel of one picture."),
    "turned": (_turned, False, "This program returns each picture upside down."),
    "pale": (_pale, False, "This program's pictures are one per cent too dark, much more than sums are rounded."),
}


def _test(attempt):
    """Judge a test by the programs that it accepts and refuses."""
    rng = np.random.default_rng(0)
    encoder = Half(rng.normal(size=(6, 6)), np.tanh)
    decoder = Half(rng.normal(size=(6, 6)), lambda sums: 1 / (1 + np.exp(-sums)))
    auto = _Chain(encoder, decoder)
    images = rng.random((4, 6))
    found = {}
    for criterion, (program, right, what) in PROGRAMS.items():
        got = attempt(program, encoder, decoder, auto, images.copy())
        if np.ndim(got) or np.asarray(got).dtype != bool:
            return {criterion: (False, f"You return {type(got).__name__}: expected True or False.")}, []
        hint = "What is known about right pictures, whatever the model?" if not right else "How exact can sums be?"
        hint = "Its pictures are poor, because this model is untrained; is the program wrong?" if right else hint
        hint = "Two right programs may differ in the last digits." if program is _rounded else hint
        said = f"{what} Your test says {bool(got)}"
        found[criterion] = (bool(got) == right, f"{said}." if bool(got) == right else f"{said}. {hint}")
    return found, []


class _Chain:
    """A stand-in for an autoencoder: the decoder after the encoder."""

    def __init__(self, encoder, decoder):
        self.halves = encoder, decoder

    def __call__(self, images, **_):
        encoder, decoder = self.halves
        return decoder(encoder(images))

    predict = predict_on_batch = __call__


is_right = Exercise(
    name="is_right",
    key="01-test-for-the-bug",
    objective="autoencoder",
    title="Exercise 1, a test for the bug",
    hints=(
        "Run the program first: pictures = redraw(encoder, decoder, auto, images). What must be true of them?",
        "A model can be poor while the program is right, so don't compare with the images. With what then?",
        "The autoencoder is the decoder after the encoder, so auto.predict(images) is what the pictures must equal.",
        "Computers round, so == is too strict: np.allclose(first, second, atol=1e-5) allows for it.",
    ),
    answer=(
        """\
import numpy as np


def is_right(redraw, encoder, decoder, auto, images):
    pictures = redraw(encoder, decoder, auto, images)
    return np.allclose(pictures, auto.predict(images), atol=1e-5)
"""
    ),
    judge=_test,
)


def _cost(images, picture):
    """Return the cross-entropy of one picture as the answer to each of some images, in nats per pixel."""
    picture = np.clip(picture, 1e-7, 1 - 1e-7)
    return np.mean(-images * np.log(picture) - (1 - images) * np.log(1 - picture))


def _best(attempt):
    """Judge the one picture that costs least."""
    rng = np.random.default_rng(0)
    few = np.array([[0.0, 0, 0, 1], [0, 0, 1, 1], [0, 0, 1, 1], [0, 1, 1, 1]])
    grey = rng.random((7, 5)) ** 3
    found = {}
    for criterion, images in (("black_and_white", few), ("grey", grey)):
        got = numbers(attempt(images.copy()))
        if got is None or got.shape != images.shape[1:]:
            what = "no numbers" if got is None else f"the shape {got.shape}"
            wanted = f"expected one picture, {images.shape[1:]}"
            found[criterion] = (False, f"For images {images.shape} you return {what}: {wanted}.")
            return found, []
        if not np.all((got >= 0) & (got <= 1)):
            found[criterion] = (
                False,
                f"Your picture has pixels from {got.min():.3g} to {got.max():.3g}, not in [0, 1].",
            )
            return found, []
        ours, least = _cost(images, got), _cost(images, images.mean(axis=0))
        right = bool(np.allclose(got, images.mean(axis=0), atol=1e-3))
        sentence = f"Your picture costs {ours:.3f} nats per pixel"
        found[criterion] = (right, f"{sentence}, the least there is." if right else _why(images, got, sentence, least))
    if all(ok for ok, _ in found.values()):
        (x_train, _), _ = data.digits()
        digits = numbers(attempt(x_train.copy()))
        right = digits is not None and np.allclose(digits, x_train.mean(axis=0), atol=1e-3)
        said = f"On the course's training images it costs {number(_cost(x_train, digits)):.3f} nats per pixel"
        found["digits"] = (right, f"{said}, against {np.log(2):.3f} for a coin.")
    return found, []


def _why(images, got, sentence, least):
    """Return what a picture that costs too much suggests."""
    causes = {
        "It is sure where the images disagree, and being sure and wrong is what costs most.": np.median(images, axis=0),
        "It gives all pixels one value. Each pixel may have its own.": np.full(images.shape[1], images.mean()),
        "It is sure where the images disagree: that costs most. ": np.round(images.mean(axis=0)),
        "It knows nothing of these images: it is the coin's.": np.full(images.shape[1], 0.5),
        "It is white wherever any image has some white.": images.max(axis=0),
        "It is as dark as the darkest image at each pixel.": images.min(axis=0),
    }
    member = (np.abs(images - got).max(axis=1) < 1e-6).any()
    text = next((text for text, picture in causes.items() if np.allclose(got, picture)), "")
    text = text or (
        "It is one of the images, so it is sure where others disagree." if member else "Move one pixel at a time."
    )
    return f"{sentence}, and {least:.3f} is possible. {text.strip()}"


best_picture = Exercise(
    name="best_picture",
    key="01-best-picture",
    objective="autoencoder",
    title="Exercise 2, one picture for all",
    hints=(
        "The pixels don't interfere. Think of one that is white in one image of four and black in three.",
        "For that pixel the cost is (-ln r - 3 ln(1 - r)) / 4. Where is its derivative 0?",
        "At r = 1/4. In general the best r is the average of the pixel over the images: along axis 0.",
    ),
    answer="def best_picture(images):\n    return images.mean(axis=0)\n",
    judge=_best,
)
