"""What learners try at lesson 03: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "03-bottlenecks": Attempts(
        starter="def bottlenecks(sizes):\n    ...\n",
        also_right=(
            """\
def bottlenecks(sizes):
    places = []
    for i, (before, size, after) in enumerate(zip(sizes, sizes[1:], sizes[2:]), 1):
        if size < min(before, after):
            places.append(i)
    return places
""",
            """\
import numpy as np

def bottlenecks(sizes):
    steps = np.diff(sizes)
    return np.flatnonzero((steps[:-1] < 0) & (steps[1:] > 0)) + 1
""",
        ),
        wrong=(
            Wrong("sizes", ("return [i for", "return [sizes[i] for"), "one_bottleneck", "expected places"),
            Wrong("counted after the input", ("return [i for", "return [i - 1 for"), "one_bottleneck", "one too small"),
            Wrong(
                "not strictly",
                ("sizes[i - 1] > sizes[i] < sizes[i + 1]", "sizes[i - 1] >= sizes[i] <= sizes[i + 1]"),
                "equal_neighbours",
                "is not smaller than it",
            ),
            Wrong(
                "one neighbour",
                ("sizes[i - 1] > sizes[i] < sizes[i + 1]", "sizes[i] < sizes[i - 1] or sizes[i] < sizes[i + 1]"),
                "one_bottleneck",
                "one neighbour is not enough",
            ),
            Wrong("before only", (" < sizes[i + 1]]", "]"), "one_bottleneck", "one side of a layer only"),
            Wrong(
                "the smallest",
                "def bottlenecks(sizes):\n    return [sizes.index(min(sizes))]\n",
                "no_bottleneck",
                "neighbour on one side only",
            ),
            Wrong(
                "the middle", "def bottlenecks(sizes):\n    return [len(sizes) // 2]\n", "no_bottleneck", "the middle"
            ),
            Wrong(
                "the first only",
                "def bottlenecks(sizes):\n    for i in range(1, len(sizes) - 1):\n"
                "        if sizes[i - 1] > sizes[i] < sizes[i + 1]:\n            return [i]\n    return []\n",
                "two_bottlenecks",
                "There may be more",
            ),
            Wrong(
                "the ends, too",
                "def bottlenecks(sizes):\n    s = [9999, *sizes, 9999]\n"
                "    return [i for i in range(len(sizes)) if s[i] > s[i + 1] < s[i + 2]]\n",
                "no_bottleneck",
                "neighbour on one side only",
            ),
            Wrong(
                "nothing for none",
                ("sizes[i + 1]]", "sizes[i + 1]] or None"),
                "no_bottleneck",
                "empty where there is no bottleneck",
            ),
            Wrong("past the end", ("len(sizes) - 1", "len(sizes)"), "runs", "IndexError"),
            Wrong("from the input on", ("range(1, ", "range("), "any_sizes", "neighbour on one side only"),
        ),
    ),
    "03-pca-directions": Attempts(
        starter="def pca_directions(codes, kernel):\n    ...\n",
        also_right=(
            """\
from sklearn.decomposition import PCA

def pca_directions(codes, kernel):
    return PCA(len(kernel)).fit(codes @ kernel).components_
""",
            """\
import numpy as np

def pca_directions(codes, kernel):
    drawn = codes @ kernel
    _, vectors = np.linalg.eigh(drawn.T @ drawn)
    return -vectors[:, ::-1][:, : len(kernel)].T
""",
            """\
import numpy as np

def pca_directions(codes, kernel):
    q, r = np.linalg.qr(kernel.T)
    _, vectors = np.linalg.eigh(r @ codes.T @ codes @ r.T)
    return (q @ vectors[:, ::-1]).T
""",
        ),
        wrong=(
            Wrong("the kernel", "def pca_directions(codes, kernel):\n    return kernel\n", "value", "kernel itself"),
            Wrong(
                "the kernel, scaled",
                "import numpy as np\n\ndef pca_directions(codes, kernel):\n"
                "    return kernel / np.linalg.norm(kernel, axis=1, keepdims=True)\n",
                "value",
                "aren't at right angles",
            ),
            Wrong(
                "Gram and Schmidt",
                "import numpy as np\n\ndef pca_directions(codes, kernel):\n    return np.linalg.qr(kernel.T)[0].T\n",
                "value",
                "The subspace is right",
            ),
            Wrong("the kernel's own", ("codes @ kernel", "kernel"), "value", "The subspace is right"),
            Wrong("the codes' own", ("codes @ kernel", "codes"), "value", "in the space of codes"),
            Wrong("all rows", ("[: len(kernel)]", ""), "value", "Only the first k directions"),
            Wrong("swapped", ("[: len(kernel)]", "[: len(kernel)].T"), "value", "Rows and columns are swapped"),
            Wrong(
                "ascending",
                "import numpy as np\n\ndef pca_directions(codes, kernel):\n    drawn = codes @ kernel\n"
                "    return np.linalg.eigh(drawn.T @ drawn)[1][:, -len(kernel) :].T\n",
                "value",
                "in reversed order",
            ),
            Wrong(
                "the last ones",
                ("[: len(kernel)]", "[-len(kernel) :]"),
                "value",
                "reach out of what the decoder can draw",
            ),
            Wrong(
                "with their sizes",
                "import numpy as np\n\ndef pca_directions(codes, kernel):\n"
                "    _, s, v = np.linalg.svd(codes @ kernel, full_matrices=False)\n"
                "    return (s[:, None] * v)[: len(kernel)]\n",
                "value",
                "don't have length 1",
            ),
            Wrong(
                "unsorted",
                ("[: len(kernel)]", "[np.roll(np.arange(len(kernel)), 1)]"),
                "value",
                "in another order",
            ),
            Wrong(
                "reconstructions",
                ("np.linalg.svd(codes @ kernel, full_matrices=False)[2][: len(kernel)]", "codes @ kernel"),
                "value",
                "Those are the reconstructions",
            ),
            Wrong("transposed product", ("codes @ kernel", "kernel @ codes"), "runs", "ValueError"),
        ),
    ),
    "03-numbers-needed": Attempts(
        starter="def numbers_needed(images, error):\n    ...\n",
        also_right=(
            """\
import numpy as np
from sklearn.decomposition import PCA

def numbers_needed(images, error):
    for k in range(images.shape[1] + 1):
        pca = PCA(min(k, len(images))).fit(images)
        drawn = pca.inverse_transform(pca.transform(images)) if k else images.mean(axis=0)
        if np.mean((images - drawn) ** 2) <= error:
            return k
""",
            """\
import numpy as np

def numbers_needed(images, error):
    values = np.linalg.eigvalsh(np.cov(images, rowvar=False, bias=True)) / images.shape[1]
    return np.sum(np.cumsum(values) > error)
""",
        ),
        wrong=(
            Wrong("not centred", ("images - images.mean(axis=0)", "images"), "value", "centre the images"),
            Wrong("one mean", ("images.mean(axis=0)", "images.mean()"), "value", "each pixel has its own"),
            Wrong("each image's mean", ("axis=0", "axis=1, keepdims=True"), "value", "take away the average image"),
            Wrong("sum", ("** 2 / images.size", "** 2"), "value", "a sum over all images"),
            Wrong("per image", ("images.size", "len(images)"), "value", "over the pixels, too"),
            Wrong("per pixel", ("images.size", "images.shape[1]"), "value", "over the images, too"),
            Wrong("not squared", (" ** 2 / images", " / images"), "value", "squares of the singular values"),
            Wrong("one less", ("images.size", "((len(images) - 1) * images.shape[1])"), "value", "by one image less"),
            Wrong(
                "share",
                ("    k = 0", "    worth = worth / worth.sum()\n    k = 0"),
                "value",
                "share of the variance",
            ),
            Wrong("from one", ("k = 0", "k = 1"), "value", "It can be 0"),
            Wrong("one too many", ("return k", "return k + 1"), "value", "one number more"),
            Wrong("one too few", ("return k", "return k - 1"), "value", "one number too few"),
            Wrong(
                "the smallest kept",
                "import numpy as np\n\n\ndef numbers_needed(images, error):\n"
                "    values = np.linalg.eigvalsh(np.cov(images.T, bias=True)) / images.shape[1]\n"
                "    return next(k for k in range(len(values) + 1) if values[k:].sum() <= error)\n",
                "value",
                "keep the largest",
            ),
            Wrong(
                "eigenvalues squared",
                "import numpy as np\n\n\ndef numbers_needed(images, error):\n"
                "    values = np.linalg.eigvalsh(np.cov(images.T, bias=True))[::-1] ** 2 / images.shape[1]\n"
                "    return next(k for k in range(len(values) + 1) if values[k:].sum() <= error)\n",
                "value",
                "are squares already",
            ),
            Wrong("what can go", ("return k", "return len(worth) - k"), "value", "how many numbers can go"),
            Wrong("root", ("worth[k:].sum()", "worth[k:].sum() ** 0.5"), "value", "root of the mean squared error"),
            Wrong("the error", ("return k", "return worth[k:]"), "value", "Expected one whole number"),
        ),
    ),
}
