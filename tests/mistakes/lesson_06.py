"""What learners try at lesson 06: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "06-mask": Attempts(
        starter="def mask(images, share, rng):\n    ...\n",
        also_right=(
            "def mask(images, share, rng):\n    return images * (rng.random(images.shape) >= share)\n",
            """\
def mask(images, share, rng):
    spoilt = images.copy()
    spoilt[rng.random(images.shape) < share] = 0
    return spoilt
""",
            "def mask(images, share, rng):\n    return rng.binomial(1, 1 - share, images.shape) * images\n",
            """\
import numpy as np

def mask(images, share, rng):
    pixels = images.ravel().copy()
    pixels[rng.permutation(pixels.size)[: round(share * pixels.size)]] = 0
    return pixels.reshape(images.shape)
""",
        ),
        wrong=(
            Wrong(
                "turned round", ("np.where(hidden, 0, images)", "np.where(hidden, images, 0)"), "share", "You keep what"
            ),
            Wrong("share built in", ("< share", "< 0.2"), "share", "With share=0.7, 20%"),
            Wrong("one mask for all", ("images.shape)", "images.shape[1:])"), "each_pixel", "the same pixels"),
            Wrong(
                "whole images",
                (
                    "hidden = rng.random(images.shape) < share",
                    "hidden = rng.random((len(images),) + (1,) * (images.ndim - 1)) < share",
                ),
                "each_pixel",
                "hides whole images",
            ),
            Wrong(
                "changes the images",
                (
                    "    hidden = rng.random(images.shape) < share\n    return np.where(hidden, 0, images)",
                    "    images[rng.random(images.shape) < share] = 0\n    return images",
                ),
                "input",
                "changes the images",
            ),
            Wrong("own generator", ("rng.random", "np.random.default_rng(0).random"), "fresh", "the same pixels"),
            Wrong("no generator", ("rng.random", "np.random.default_rng().random"), "generator", "from `rng`"),
            Wrong("white", ("0, images)", "1, images)"), "values", "have become 1"),
            Wrong("grey", ("0, images)", "0.5, images)"), "values", "visible pixels as they were"),
            Wrong(
                "one stretch an image",
                """\
def mask(images, share, rng):
    spoilt = images.copy()
    for row in spoilt.reshape(len(images), -1):
        size = int(share * row.size)
        start = rng.integers(0, row.size - size + 1)
        row[start : start + size] = 0
    return spoilt
""",
                "each_pixel",
                "Beside a hidden pixel",
            ),
            Wrong(
                "places drawn twice",
                """\
def mask(images, share, rng):
    spoilt = images.copy()
    spoilt.flat[rng.integers(0, images.size, round(share * images.size))] = 0
    return spoilt
""",
                "share",
                "some come twice",
            ),
            Wrong("as in dropout", ("0, images)", "0, images / (1 - share))"), "values", "divided by 0.8"),
            Wrong(
                "noise added",
                ("np.where(hidden, 0, images)", "np.where(hidden, 0, images + 0.1 * rng.random(images.shape))"),
                "values",
                "visible pixels as they were",
            ),
            Wrong("the mask alone", ("np.where(hidden, 0, images)", "hidden"), "shape", "nothing that is an array"),
            Wrong("returns nothing", ("return np", "spoilt = np"), "shape", "nothing that is"),
            Wrong("fails", ("images.shape)", "images.size())"), "runs", "TypeError"),
        ),
    ),
    "06-choose": Attempts(
        starter="def choose(filters, shot, again):\n    ...\n",
        also_right=(
            """\
import numpy as np

def choose(filters, shot, again):
    def error(name):
        return np.mean((filters[name](shot) - again) ** 2) + np.mean((filters[name](again) - shot) ** 2)
    return min(filters, key=error)
""",
            """\
import numpy as np

def choose(filters, shot, again):
    best = None
    for name, clean in filters.items():
        psnr = -10 * np.log10(np.mean((again - clean(shot)) ** 2))
        if best is None or psnr > best[0]:
            best = psnr, name
    return best[1]
""",
        ),
        wrong=(
            Wrong(
                "the shot itself",
                ("clean(shot) - again", "clean(shot) - shot"),
                "smooth",
                "noise that went into the filter",
            ),
            Wrong(
                "agreement", ("clean(shot) - again", "clean(shot) - clean(again)"), "smooth", "two grey images agree"
            ),
            Wrong("the average", ("- again)", "- (shot + again) / 2)"), "smooth", "noise that went into the filter"),
            Wrong(
                "filters the average",
                ("clean(shot)", "clean((shot + again) / 2)"),
                "smooth",
                "noise that went into the filter",
            ),
            Wrong("the worst", ("min(", "max("), "stripes", "It is the worst"),
            Wrong(
                "the filter", ("min(errors, key=errors.get)", "filters[min(errors, key=errors.get)]"), "smooth", "name"
            ),
            Wrong("always one", ("min(errors, key=errors.get)", "list(filters)[1]"), "smooth", "Which image holds"),
            Wrong("changes the shot", ("    return", "    shot -= again\n    return"), "input", "You change the shots"),
            Wrong("returns nothing", ("return min", "best = min"), "smooth", "expected the name"),
            Wrong("fails", ("np.mean", "np.means"), "runs", "AttributeError"),
        ),
    ),
    "06-ideal": Attempts(
        starter="def ideal(noisy, clean, sigma):\n    ...\n",
        also_right=(
            """\
import numpy as np
from scipy import special

def ideal(noisy, clean, sigma):
    squares = ((noisy[:, None, :] - clean[None]) ** 2).sum(-1)
    return special.softmax(-squares / 2 / sigma**2, axis=1) @ clean
""",
            """\
import numpy as np

def ideal(noisy, clean, sigma):
    result = []
    for x in noisy:
        squares = [np.sum((x - y) ** 2) for y in clean]
        weights = [np.exp((min(squares) - square) / (2 * sigma**2)) for square in squares]
        result.append(np.average(clean, axis=0, weights=weights))
    return result
""",
            """\
import numpy as np

def ideal(noisy, clean, sigma):
    sums = noisy @ clean.T / sigma**2 - np.sum(clean**2, axis=1) / (2 * sigma**2)
    weights = np.exp(sums - sums.max(axis=1)[:, None])
    return noisy + (weights @ clean / weights.sum(axis=1)[:, None] - noisy)
""",
        ),
        wrong=(
            Wrong(
                "underflow",
                ("np.exp(logarithms - logarithms.max(axis=1, keepdims=True))", "np.exp(logarithms)"),
                "images",
                "Subtract the largest logarithm",
            ),
            Wrong(
                "nearest",
                ("    logarithms =", "    return clean[squares.argmin(axis=1)]\n    logarithms ="),
                "plane",
                "nearest",
            ),
            Wrong("mean of all", ("weights = np.exp(", "weights = np.exp(0 * "), "plane", "mean of all clean points"),
            Wrong("no 2", ("(2 * sigma**2)", "sigma**2"), "plane", "lacks the 2"),
            Wrong("sigma not squared", ("sigma**2", "sigma"), "plane", "expected its square"),
            Wrong("distance not squared", ("-squares /", "-np.sqrt(squares) /"), "plane", "holds the distance"),
            Wrong("turned sign", ("-squares", "squares"), "plane", "the sign is turned"),
            Wrong(
                "one axis over", ("weights.sum(axis=1, keepdims=True)", "weights.sum()"), "plane", "Weigh each clean"
            ),
            Wrong(
                "not normalised",
                (
                    "    weights = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))\n"
                    "    return weights @ clean / weights.sum(axis=1, keepdims=True)",
                    "    return np.exp(logarithms) @ clean",
                ),
                "plane",
                "don't add up to 1",
            ),
            Wrong(
                "over the noisy points",
                (
                    "    weights = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))\n"
                    "    return weights @ clean / weights.sum(axis=1, keepdims=True)",
                    "    weights = np.exp(logarithms)\n    return weights / weights.sum(axis=0) @ clean",
                ),
                "plane",
                "over the noisy points",
            ),
            Wrong(
                "the score",
                (
                    "weights.sum(axis=1, keepdims=True)\n",
                    "weights.sum(axis=1, keepdims=True) / sigma**2 - noisy / sigma**2\n",
                ),
                "plane",
                "That is the score",
            ),
            Wrong(
                "the way",
                ("weights.sum(axis=1, keepdims=True)\n", "weights.sum(axis=1, keepdims=True) - noisy\n"),
                "plane",
                "add the noisy point",
            ),
            Wrong("the weights", ("return weights @ clean /", "return weights /"), "plane", "expected (7, 2)"),
            Wrong("changes the points", ("    return", "    noisy -= 1\n    return"), "input", "change the points"),
            Wrong("returns nothing", ("return weights", "best = weights"), "plane", "no numbers"),
            Wrong("fails", ("np.exp", "np.expo"), "runs", "AttributeError"),
        ),
    ),
}
