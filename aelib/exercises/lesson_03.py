"""The exercises of lesson 03: bottlenecks, what a linear code needs, PCA from an autoencoder; not bits, as in 03b."""

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import cause, finite_number, numbers, short


def _found_in(sizes):
    """Return the places of the bottlenecks in a chain, the oracle of the check."""
    return [i for i in range(1, len(sizes) - 1) if sizes[i] < min(_around(sizes, i))]


def _around(sizes, i):
    """Return the sizes before and after place i."""
    return sizes[i - 1], sizes[i + 1]


def _bottlenecks(attempt):
    """Judge the places of the bottlenecks."""
    rng = np.random.default_rng(0)
    chains = {
        "one_bottleneck": [784, 128, 32, 128, 784],
        "two_bottlenecks": [784, 128, 784, 64, 784],
        "no_bottleneck": [16, 64, 256, 64, 16],
        "equal_neighbours": [784, 64, 64, 784],
    }
    found = {name: _placed(attempt, sizes) for name, sizes in chains.items()}
    verdict = (True, "Eleven chains with other sizes are right, too.")
    others = [[int(size) for size in rng.integers(1, 6, length)] for length in (3, 4, 5, 6, 7, 8, 9, 5, 6, 7)]
    for sizes in (*others, [64, 128, 784]):  # a decoder alone: its input has no layer before it
        ok, sentence = _placed(attempt, sizes)
        verdict = verdict if ok else (False, sentence)
    found["any_sizes"] = verdict
    return found, []


def _placed(attempt, sizes):
    """Return whether an answer is right for one chain, and what a wrong one suggests."""
    given = attempt(list(sizes))
    got, expected, chain = _whole_numbers(given), _found_in(sizes), " → ".join(map(str, sizes))
    if got is None:
        return (
            False,
            f"{chain}: you return {short(given, 80)}. Expected a list of places, empty where there is no bottleneck.",
        )
    got = sorted(got)
    if got == expected:
        return True, f"{chain}: right."
    inner = range(1, len(sizes) - 1)
    causes = {
        "You return sizes: expected places, counted from 0 at the input.": [sizes[i] for i in expected],
        "Places are counted from 0 at the input: yours are one too small.": [i - 1 for i in expected],
        "Places are counted from 0 at the input: yours are one too large.": [i + 1 for i in expected],
        "You return the smallest layer of the chain. Compare each layer with its two neighbours.": [
            sizes.index(min(sizes))
        ],
        "You return the middle of the chain. Look at the sizes.": [len(sizes) // 2],
        "A layer as large as a neighbour is not smaller than it.": [
            i for i in inner if sizes[i] <= min(_around(sizes, i))
        ],
        "Smaller than one neighbour is not enough.": [i for i in inner if sizes[i] < max(_around(sizes, i))],
        "You look at one side of a layer only: compare it with the layer before and with the layer after.": [
            i for i in inner if sizes[i] < sizes[i - 1]
        ],
        "You found the first bottleneck. There may be more.": expected[:1],
    }
    cause = next((cause for cause, places in causes.items() if got == sorted(places)), "Go from layer to layer.")
    ends = [i for i in got if i in (0, len(sizes) - 1)]
    if ends and "sizes" not in cause:
        cause = "Input and output have a neighbour on one side only, so they are no bottlenecks."
    return False, f"{chain}: you return {short(got, 80)}. {cause}"


def _whole_numbers(value):
    """Return a learner's list, tuple, set or array of whole numbers as a list of int, or None if it is none."""
    if isinstance(value, np.ndarray) and value.ndim == 1:
        value = value.tolist()
    if not isinstance(value, (list, tuple, set)):
        return None
    whole = [
        isinstance(v, (int, float, np.number)) and not isinstance(v, bool) and float(v).is_integer() for v in value
    ]
    return [int(v) for v in value] if all(whole) else None


bottlenecks = Exercise(
    name="bottlenecks",
    key="03-bottlenecks",
    objective="bottleneck",
    title="Exercise 1, find the bottlenecks",
    hints=(
        "Read the definition again: smaller than the layer before it, and smaller than the layer after it.",
        "Which places have a layer before them and a layer after them? range(1, len(sizes) - 1).",
        "Keep place i if sizes[i] < sizes[i - 1] and sizes[i] < sizes[i + 1].",
    ),
    answer="""\
def bottlenecks(sizes):
    return [i for i in range(1, len(sizes) - 1) if sizes[i - 1] > sizes[i] < sizes[i + 1]]
""",
    judge=_bottlenecks,
)


def _directions(attempt):
    """Judge PCA's directions, found from a linear autoencoder's codes and kernel."""
    rng = np.random.default_rng(0)
    found = {}
    for name, (n, pixels, k) in (("value", (60, 12, 3)), ("other_sizes", (25, 30, 5)), ("one_dimension", (20, 9, 1))):
        codes, kernel, expected = _trained(rng, n, pixels, k)
        found[name] = _directed(attempt(codes.copy(), kernel.copy()), codes, kernel, expected)
    return found, []


def _trained(rng, n, pixels, k):
    """Return codes and kernel of a linear autoencoder at its best, mixed at random, and PCA's directions.

    Returns:
        (codes (n, k), kernel (k, pixels), directions (k, pixels)): codes @ kernel has the directions by construction.
    """
    draws = rng.normal(size=(n, k))
    spread = np.linalg.qr(draws - draws.mean(axis=0))[0] * 5 * 0.7 ** np.arange(k)
    directions = np.linalg.qr(rng.normal(size=(pixels, k)))[0].T
    mixed = rng.normal(size=(k, k)) + 2 * np.eye(k)[::-1]
    return spread @ mixed, np.linalg.solve(mixed, directions), directions


def _directed(given, codes, kernel, expected):
    """Return whether directions are PCA's up to their signs, and what wrong ones suggest."""
    k, pixels = kernel.shape
    task, got = f"codes {codes.shape}, kernel {kernel.shape}: ", numbers(given)
    if got is None or got.shape != (k, pixels):
        shape = short(given, 80) if got is None else f"an array of shape {got.shape}"
        cause = "Expected one direction in each row, with as many numbers as there are pixels."
        if got is not None and got.shape == (pixels, k):
            cause = "Rows and columns are swapped."
        elif got is not None and got.ndim == 2 and got.shape == (k, k):
            cause = "Those are directions in the space of codes. PCA's are pictures, with one number per pixel."
        elif got is not None and got.shape == (len(codes), pixels) and np.allclose(got, codes @ kernel):
            cause = "Those are the reconstructions. In which directions do they vary most?"
        elif got is not None and got.ndim == 2 and got.shape[1] == pixels and len(got) > k:
            cause = "Only the first k directions are meant: codes of k numbers can't vary in more."
        return False, f"{task}you return {shape}, expected shape {kernel.shape}. {cause}"
    if not np.all(np.isfinite(got)):
        return False, f"{task}some of your numbers are not finite."
    if _up_to_signs(got, expected):
        return True, f"{task}PCA's directions, in PCA's order."
    angles = got @ got.T
    if _up_to_signs(got, kernel):
        cause = "That is the kernel itself. Its rows are mixtures of PCA's directions."
    elif not np.allclose(np.diag(angles), 1, atol=1e-3):
        cause = "Your rows don't have length 1."
    elif not np.allclose(angles, np.eye(k), atol=1e-3):
        cause = "Your rows aren't at right angles to each other."
    elif not np.allclose(got @ expected.T @ expected, got, atol=1e-3):
        cause = "Your rows reach out of what the decoder can draw: each must be a mixture of the kernel's rows."
    elif _up_to_signs(got[::-1], expected):
        cause = "The directions are right, in reversed order: the one that explains most comes first."
    elif np.allclose(np.abs(got @ expected.T).max(axis=1), 1, atol=1e-3):
        cause = "The directions are right, in another order: sort them by how much variance they explain."
    else:
        cause = (
            "The subspace is right, but these are not its directions of largest variance. "
            "The kernel alone doesn't say how far the reconstructions spread: the codes do."
        )
    return False, f"{task}{cause}"


def _up_to_signs(got, expected):
    """Return whether each row is that row of the expected, or its negative."""
    signs = np.where(np.sum(got * expected, axis=1, keepdims=True) < 0, -1, 1)
    return np.allclose(signs * got, expected, atol=1e-3)


pca_directions = Exercise(
    name="pca_directions",
    key="03-pca-directions",
    objective="bottleneck",
    title="Exercise 3, PCA from an autoencoder",
    hints=(
        "PCA asks in which directions something varies most. The images are gone, but their reconstructions aren't: "
        "what gives them?",
        "codes @ kernel are the centred reconstructions. At its best, the network has kept the first k directions of "
        "PCA, and these reconstructions vary in no others.",
        "Run PCA on the reconstructions: the rows of the last array of np.linalg.svd(codes @ kernel, "
        "full_matrices=False) come in order. How many of them are needed?",
    ),
    answer="""\
import numpy as np


def pca_directions(codes, kernel):
    return np.linalg.svd(codes @ kernel, full_matrices=False)[2][: len(kernel)]
""",
    judge=_directions,
)


def _fewest(attempt):
    """Judge how many numbers a linear code needs for a given error."""
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(8, 8)) * 0.9 ** np.arange(8)[:, np.newaxis]
    images = rng.normal(size=(30, 8)) @ mixed + rng.uniform(3, 6, 8)
    few = rng.normal(size=(6, 9)) + 2
    return {name: _counted(attempt, pictures) for name, pictures in (("value", images), ("few_images", few))}, []


def _counted(attempt, images):
    """Judge the counts for errors around what each number of directions leaves."""
    n, pixels = images.shape
    left = [_pca_error(images, k) for k in range(min(n - 1, pixels))]
    errors = [share * error for error in left for share in (1.001, 0.999, 1.05)] + [3 * left[0]]
    returned = [attempt(images.copy(), error) for error in errors]
    got = [finite_number(one) for one in returned]
    task = f"{n} images of {pixels} pixels"
    if None in got:
        return False, f"{task}: you return {short(returned[got.index(None)], 80)}. Expected one whole number."
    expected = [_least(left, error) for error in errors]
    wrong = next((i for i, pair in enumerate(zip(got, expected)) if pair[0] != pair[1]), None)
    if wrong is None:
        return True, f"{task}, {len(errors)} errors: right."
    sentence = f"{task}, error {errors[wrong]:.4g}: you return {got[wrong]:g}, expected another number."
    return False, f"{sentence} {cause(got, _mistaken(images, errors, expected))}".rstrip()


def _least(left, error):
    """Return the first k whose error, `left[k]`, is small enough; after the last of them nothing is left."""
    return next((k for k, remains in enumerate(left) if remains <= error), len(left))


def _pca_error(images, k):
    """Return what the k best directions leave, from the eigenvalues of the covariance: the oracle of the check."""
    values = np.linalg.eigvalsh(np.cov(images.T, bias=True))[::-1]
    return float(values[k:].sum() / images.shape[1])


def _mistaken(images, errors, expected):
    """Return {sentence: the counts that this mistake gives}."""
    n, pixels = images.shape

    def squares(table):
        values = np.linalg.svd(table, compute_uv=False) ** 2
        return np.append(values, np.zeros(pixels - len(values)))

    def counts(worth):
        left = [worth[k:].sum() for k in range(pixels)]
        return [_least(left, error) for error in errors]

    s2 = squares(images - images.mean(axis=0))
    formulas = {
        "A linear autoencoder has biases, so it can take the average image away first: centre the images.": (
            squares(images) / images.size
        ),
        "You took away one average for all pixels: each pixel has its own.": (
            squares(images - images.mean()) / images.size
        ),
        "You took away each image's own mean: take away the average image.": (
            squares(images - images.mean(axis=1, keepdims=True)) / images.size
        ),
        "You compare with a sum over all images and pixels: the error is a mean.": s2,
        "You divide by the images only: the mean is over the pixels, too.": s2 / n,
        "You divide by the pixels only: the mean is over the images, too.": s2 / pixels,
        "The squared error needs the squares of the singular values.": np.sqrt(s2) / images.size,
        "The eigenvalues of the covariance matrix are squares already.": (s2 / n) ** 2 / pixels,
        "The covariance matrix has divided by the images already: only the pixels are left.": s2 / n / images.size,
        "You compare with a share of the variance, not with an error.": s2 / s2.sum(),
        "You divide by one image less, as np.cov does: a mean takes all.": s2 / ((n - 1) * pixels),
        "You keep the smallest first (np.linalg.eigvalsh begins with them): keep the largest.": s2[::-1] / images.size,
    }
    causes = {sentence: counts(worth) for sentence, worth in formulas.items()}
    roots = [_least([_pca_error(images, k) ** 0.5 for k in range(pixels)], error) for error in errors]
    causes["You compare with the root of the mean squared error."] = roots
    causes["It can be 0: then the average image alone is near enough."] = [max(k, 1) for k in expected]
    causes["That is one number more than it takes."] = [k + 1 for k in expected]
    causes["That is one number too few: the error is still above."] = [k - 1 for k in expected]
    causes["That is how many numbers can go, not how many must stay."] = [pixels - k for k in expected]
    return causes


numbers_needed = Exercise(
    name="numbers_needed",
    key="03-numbers-needed",
    objective="bottleneck",
    title="Exercise 2, how many numbers for a linear code",
    hints=(
        "One list of singular values tells what k numbers leave, for every k. Which k do you try first?",
        "Centre the images. Then np.linalg.svd(centred, compute_uv=False) ** 2 / images.size is what each direction is "
        "worth, largest first. (Or np.linalg.eigvalsh of the covariance matrix, over the pixels: smallest first.)",
        "With k numbers the sum of worth[k:] is left. Begin with k = 0, and count up while that is larger than error.",
    ),
    answer="""\
import numpy as np


def numbers_needed(images, error):
    centred = images - images.mean(axis=0)
    worth = np.linalg.svd(centred, compute_uv=False) ** 2 / images.size
    k = 0
    while worth[k:].sum() > error:
        k += 1
    return k
""",
    judge=_fewest,
)
