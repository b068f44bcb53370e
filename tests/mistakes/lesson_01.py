"""What learners try at lesson 01: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

COMPARED = "np.allclose(pictures, auto.predict(images), atol=1e-5)"

ATTEMPTS = {
    "01-test-for-the-bug": Attempts(
        starter="def is_right(redraw, encoder, decoder, auto, images):\n    ...\n",
        also_right=(
            """\
import numpy as np

def is_right(redraw, encoder, decoder, auto, images):
    return np.allclose(redraw(encoder, decoder, auto, images), auto.predict_on_batch(images), atol=1e-5)
""",
            """\
def is_right(redraw, encoder, decoder, auto, images):
    right = decoder.predict(encoder.predict(images, verbose=0), verbose=0)
    return bool(abs(redraw(encoder, decoder, auto, images) - right).max() < 1e-4)
""",
            """\
import numpy as np

def is_right(redraw, encoder, decoder, auto, images):
    pictures, wanted = redraw(encoder, decoder, auto, images), np.asarray(auto(images))
    return pictures.shape == wanted.shape and np.mean((pictures - wanted) ** 2) < 1e-8
""",
        ),
        wrong=(
            Wrong(
                "the last image alone",
                "import numpy as np\n\n\ndef is_right(redraw, encoder, decoder, auto, images):\n"
                "    return np.allclose(redraw(encoder, decoder, auto, images)[-1], auto.predict(images)[-1])\n",
                "middle_wrong",
                "one picture in the middle",
            ),
            Wrong(
                "a pixel of each",
                "import numpy as np\n\n\ndef is_right(redraw, encoder, decoder, auto, images):\n"
                "    return np.allclose(redraw(encoder, decoder, auto, images)[:, 0], auto.predict(images)[:, 0])\n",
                "pixel_wrong",
                "spoils one pixel",
            ),
            Wrong("shapes only", (COMPARED, "pictures.shape == images.shape"), "encoded_twice", "whatever the model"),
            Wrong(
                "range only",
                (COMPARED, "bool(pictures.min() >= 0 and pictures.max() <= 1)"),
                "encoded_twice",
                "Your test says True",
            ),
            Wrong("close to the images", ("auto.predict(images), atol=1e-5", "images, atol=0.1"), "right", "are poor"),
            Wrong("good pictures", (COMPARED, "bool(((pictures - images) ** 2).mean() < 0.05)"), "never_coded", "True"),
            Wrong("exactly equal", (COMPARED, "(pictures == auto.predict(images)).all()"), "rounding", "last digits"),
            Wrong(
                "on average",
                (
                    "np.allclose(pictures, auto.predict(images)",
                    "np.allclose(pictures.mean(), auto.predict(images).mean()",
                ),
                "mixed_up",
                "another order",
            ),
            Wrong(
                "first image only",
                ("np.allclose(pictures, auto.predict(images)", "np.allclose(pictures[0], auto.predict(images)[0]"),
                "first_only",
                "again and again",
            ),
            Wrong(
                "last image left out",
                ("np.allclose(pictures, auto.predict(images)", "np.allclose(pictures[:-1], auto.predict(images)[:-1]"),
                "last_wrong",
                "the last image alone",
            ),
            Wrong(
                "each picture's mean",
                (
                    "np.allclose(pictures, auto.predict(images)",
                    "np.allclose(pictures.mean(1), auto.predict(images).mean(1)",
                ),
                "turned",
                "upside down",
            ),
            Wrong("too lenient", ("atol=1e-5", "atol=0.1"), "pale", "one per cent"),
            Wrong(
                "the bug itself", ("auto.predict(images)", "auto.predict(encoder.predict(images))"), "right", "False"
            ),
            Wrong("a number", ("return np", "return 0.0 + np"), "right", "expected True or False"),
            Wrong("no return", ("return np", "np"), "right", "expected True or False"),
            Wrong("no program", ("redraw(encoder", "rewrite(encoder"), "runs", "NameError"),
        ),
    ),
    "01-best-picture": Attempts(
        starter="def best_picture(images):\n    ...\n",
        also_right=(
            """\
def best_picture(images):
    return [sum(pixel) / len(pixel) for pixel in zip(*images)]
""",
            """\
import numpy as np

def best_picture(images):
    r = np.full(images.shape[1], 0.5)
    for _ in range(60):
        slope = ((r - images) / (r * (1 - r))).mean(axis=0)
        r = np.clip(r - slope * r * (1 - r) * 0.5, 1e-9, 1 - 1e-9)
    return r
""",
        ),
        wrong=(
            Wrong(
                "median",
                ("return images.mean(axis=0)", "import numpy as np\n    return np.median(images, axis=0)"),
                "grey",
                "sure where the images disagree",
            ),
            Wrong("majority", ("images.mean(axis=0)", "images.mean(axis=0).round()"), "black_and_white", "disagree"),
            Wrong(
                "one grey for all",
                ("images.mean(axis=0)", "0 * images[0] + images.mean()"),
                "black_and_white",
                "its own",
            ),
            Wrong("a coin", ("images.mean(axis=0)", "0 * images[0] + 0.5"), "grey", "the coin's"),
            Wrong("an image of the set", ("images.mean(axis=0)", "images[1]"), "grey", "one of the images"),
            Wrong("white", ("images.mean(", "images.max("), "grey", "any image has some white"),
            Wrong("black", ("images.mean(", "images.min("), "grey", "darkest"),
            Wrong("paler", ("images.mean(axis=0)", "0.9 * images.mean(axis=0)"), "grey", "is possible"),
            Wrong("a picture for each", ("images.mean(axis=0)", "images"), "black_and_white", "expected one picture"),
            Wrong("one number an image", ("axis=0", "axis=1"), "grey", "expected one picture"),
            Wrong("a sum", ("images.mean(", "images.sum("), "black_and_white", "not in [0, 1]"),
            Wrong("no return", ("return images", "images"), "black_and_white", "no numbers"),
        ),
    ),
}
