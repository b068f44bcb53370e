"""The family portrait: the same ten digits from PCA and the four models at equal bits; nothing is trained here."""

import bisect
import time

import numpy as np

from aelib import data, drawings, entropy_coding, weights
from aelib.reproducing.runs import RUNS

COMPONENTS = 64  # of PCA; at few bits most of them are rounded to 0, which costs next to nothing
FINEST = 4096  # steps in the range of the codes, where a step halved again saves no error that could be seen


def portrait(bits=64, seconds=None, download=False):
    """Round each model's codes until a test image costs that many bits, decode the bytes, and draw what comes back.

    Args:
        bits: What the code of an image may cost on average. It is counted by `entropy_coding.encode`, everything
            included but the decoder. A model that can't use so many gets the finest rounding.
        seconds: Dict of model -> seconds that its training took; one that is missing has none beside its row.
        download: Lets Keras fetch MNIST if AELIB_MNIST names no copy.

    Returns:
        The figure, and a list of dicts: "model", "numbers" in a code, "bits" of an image, "mse" on
        all test images and "mse_unrounded", without rounding.

    Raises:
        FileNotFoundError, ConnectionError, ValueError: from `data.mnist`, if there are no images.
    """
    (_, _), (x_test, y_test) = data.mnist(download=download)
    first = [np.flatnonzero(y_test == digit)[0] for digit in range(10)]
    order = np.concatenate([first, np.setdiff1d(np.arange(len(x_test)), first)])
    x_test = x_test[order]
    began = time.monotonic()
    coders = {"PCA": _pca(x_test, download)}
    seconds = {"PCA": time.monotonic() - began} | (seconds or {})
    coders |= {name: _model(name, x_test) for name in RUNS}
    rows, family = [], {}
    for name, (codes, decode) in coders.items():
        packed, step = _pack(codes, bits)
        decoded = decode(step * entropy_coding.decode(packed)).reshape(x_test.shape)
        cost, exact = 8 * len(packed) / len(codes), decode(codes).reshape(x_test.shape)
        rows.append({"model": name, "numbers": codes.shape[1], "bits": round(cost, 1)})
        errors = {"mse": decoded, "mse_unrounded": exact}
        rows[-1] |= {key: round(float(np.mean((each - x_test) ** 2)), 4) for key, each in errors.items()}
        family[name] = decoded, f"{cost:.0f} bits", seconds.get(name)
    return drawings.family_portrait(x_test, family), rows


def _pca(images, download):
    """Return the images' codes by PCA, of the training images, and a function that draws codes."""
    from sklearn.decomposition import PCA

    (x_train, _), _ = data.mnist(download=download)
    pca = PCA(min(COMPONENTS, *x_train.shape), svd_solver="covariance_eigh").fit(x_train)
    return pca.transform(images), lambda codes: pca.inverse_transform(codes).clip(0, 1)


def _model(name, images):
    """Return the images' codes by one of the trained models, a row each, and a function that draws codes."""
    encoder, decoder, _ = weights.pretrained(name)
    codes = encoder.predict(images.reshape(-1, *encoder.input_shape[1:]), batch_size=1000, verbose=0)
    codes = codes[1] if isinstance(codes, (list, tuple)) else codes  # of z, mean and log variance the mean

    def decode(rounded):
        return decoder.predict(rounded.reshape(codes.shape), batch_size=1000, verbose=0)

    return codes.reshape(len(codes), -1), decode


def _pack(codes, bits):
    """Return codes as bytes, rounded to the finest steps of a hundred that cost at most `bits` a row, and the step."""
    steps = np.ptp(codes, axis=0).max() / np.geomspace(1, FINEST, 100)

    def packed(i):
        return entropy_coding.encode(np.round(codes / steps[i]).astype(int))

    def too_dear(i):
        return 8 * len(packed(i)) > bits * len(codes)

    finest = max(0, bisect.bisect(range(len(steps)), False, key=too_dear) - 1)
    return packed(finest), steps[finest]
