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
    "03-eckart-young": Attempts(
        starter="def eckart_young(images, k):\n    ...\n",
        also_right=(
            """\
import numpy as np
from sklearn.decomposition import PCA

def eckart_young(images, k):
    pca = PCA(k).fit(images)
    return np.mean((images - pca.inverse_transform(pca.transform(images))) ** 2)
""",
            """\
import numpy as np

def eckart_young(images, k):
    n, pixels = images.shape
    values = np.linalg.eigvalsh(np.cov(images, rowvar=False))
    return values[: pixels - k].sum() * (n - 1) / n / pixels
""",
        ),
        wrong=(
            Wrong("not centred", ("images - images.mean(axis=0)", "images"), "value", "centre the images"),
            Wrong("one mean", ("images.mean(axis=0)", "images.mean()"), "value", "each pixel has its own"),
            Wrong("each image's mean", ("axis=0", "axis=1, keepdims=True"), "value", "take away the average image"),
            Wrong("sum", (" / images.size", ""), "value", "expected the mean"),
            Wrong("per image", ("images.size", "len(images)"), "value", "over the pixels, too"),
            Wrong("not squared", ("s[k:] ** 2", "s[k:]"), "value", "squares of the singular values"),
            Wrong("kept", ("s[k:]", "s[:k]"), "value", "what they leave"),
            Wrong("share", ("images.size", "np.sum(s**2)"), "value", "share of the variance"),
            Wrong("one less", ("images.size", "((len(images) - 1) * images.shape[1])"), "value", "one image less"),
            Wrong(
                "explained variance",
                "from sklearn.decomposition import PCA\n\n\ndef eckart_young(images, k):\n"
                "    return PCA().fit(images).explained_variance_[k:].sum()\n",
                "value",
                "not by the pixels",
            ),
            Wrong("one direction more", ("s[k:]", "s[k + 1 :]"), "value", "one direction more"),
            Wrong(
                "next only", ("np.sum(s[k:] ** 2)", "s[min(k, len(s) - 1)] ** 2"), "value", "only the next direction"
            ),
            Wrong(
                "root",
                ("np.sum(s[k:] ** 2) / images.size", "np.sqrt(np.sum(s[k:] ** 2) / images.size)"),
                "value",
                "root",
            ),
            Wrong("all values", ("np.sum(s[k:] ** 2)", "s[k:] ** 2"), "value", "Expected one number"),
            Wrong(
                "text",
                ("return np.sum(s[k:] ** 2) / images.size", "return f'{np.sum(s[k:] ** 2)}'"),
                "value",
                "one number",
            ),
        ),
    ),
}
