"""Images of any kind: accepted as they are, or refused with an expression that gives those images when it is typed."""

import array
import collections
import itertools
import re

import numpy as np
import pandas as pd
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aelib import data

GREY = np.random.default_rng(0).integers(0, 256, (5, 784))
GREY[:, :2] = 0, 255  # each image has black and white
ROWS = (GREY / 255).astype("float32")
IMAGES, LABELS, BYTES = ROWS.reshape(5, 28, 28), np.arange(5) + 3, GREY.astype("uint8")
PIXELS = {(784,): ROWS, (28, 28): IMAGES, (28, 28, 1): IMAGES[..., None]}
COLOURED = np.random.default_rng(1).random((5, 12, 20, 3), dtype="float32")


class OnADevice:
    """A tensor as PyTorch has it: no array before it is asked for one."""

    def __init__(self, array):
        self.array = array

    def __array__(self, *arguments, **settings):
        raise TypeError("can't convert a tensor on a device to NumPy")

    def detach(self):
        return self

    def cpu(self):
        return self

    def numpy(self):
        return self.array


class Dataset:
    """Parts that can be gone through again and again, and no array; `cardinality` -1 is TensorFlow's for no end."""

    def __init__(self, *parts):
        self.parts = parts

    def __iter__(self):
        return iter(self.parts)


class Endless(Dataset):
    def cardinality(self):
        return -1

    def take(self, count):
        return Dataset(*self.parts[:count])


class ByNumber(Dataset):
    """Keras's PyDataset: batches by their number, through which an iteration goes without end."""

    num_batches = property(lambda self: len(self.parts))

    def __iter__(self):
        return itertools.cycle(self.parts)

    def __getitem__(self, number):
        return self.parts[number]


def cure_of(name, images, shape=None):
    """The message about images, and its expression, if there is one."""
    with pytest.raises(ValueError) as caught:
        data.checked(name, images, shape)
    found = re.search(r"\. Write (.+)\.$", str(caught.value))
    return str(caught.value), found and found[1]


def typed(expression, images):
    return eval(expression, {"np": np, "data": data, "images": images})


RANGES = {
    "uint8": (BYTES, '.astype("float32") / 255'),
    "uint8 in a wide type": (GREY, '.astype("float32") / 255'),
    "uint16": ((GREY * 257).astype("uint16"), '.astype("float32") / 65535'),
    "uint16 that holds bytes": (GREY.astype("uint16"), '.astype("float32") / 255'),
    "uint32": ((GREY * 16843009).astype("uint32"), '.astype("float32") / 4294967295'),
    "int8": ((GREY - 128).astype("int8"), "np.interp(images, (-128, 127), (0, 1))"),
    "floats to 255": (GREY.astype("float64"), "images / 255"),
    "float16 to 255": (GREY.astype("float16"), "images / 255"),
    "per cent": (GREY / 2.55, "images / 100"),
    "a little above 1": (ROWS * np.float32(1.000001), "images / 1.00000"),
    "huge": (ROWS * np.float32(1e30), "images / 1e+30"),
    "-1 to 1": (ROWS * 2 - 1, "(images + 1) / 2"),
    "-1 to 0": (ROWS - 1, "np.interp(images, (-1, 0), (0, 1))"),
    "standardised": ((ROWS - 0.5) * 3, "np.interp(images, (-1.5, 1.5), (0, 1))"),
    "complex": (ROWS.astype(complex), "images.real"),
    "a spectrum": (ROWS * 1j, "np.abs(images)"),
    "objects": (ROWS.astype(object), 'images.astype("float32")'),
    "text": (BYTES.astype(str), 'images.astype("float32") / 255'),
}


@pytest.mark.parametrize("kind", RANGES)
@pytest.mark.parametrize("shape", [(784,), None])
def test_pixels_come_into_their_whole_range_in_their_order(kind, shape):
    images, words = RANGES[kind]
    message, cure = cure_of("images", images, shape)
    assert words in cure and "expected floats in [0, 1]" in message
    np.testing.assert_allclose(data.checked("images", typed(cure, images), shape), ROWS, atol=2e-3)


@pytest.mark.parametrize("kind", ["uint8", "bool", "int64"])
def test_a_mask_of_0_and_1_is_not_divided(kind):
    mask = (GREY > 99).astype(kind)
    message, cure = cure_of("images", mask)
    assert cure == 'images.astype("float32")' and kind in message
    assert np.array_equal(typed(cure, mask), mask)


@pytest.mark.parametrize("top", [15, 16, 1000, 4095])
@pytest.mark.parametrize("kind", ["uint8", "uint16", "int64", "float32"])
def test_a_type_with_room_for_more_leaves_no_image_nearly_black(top, kind):
    if top < 256 or kind != "uint8":
        images = np.round(ROWS * top).astype(kind)
        assert typed(cure_of("images", images)[1], images).max() == 1


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_any_range_is_brought_into_0_1_and_keeps_its_order(low, width):
    images = low + width * ROWS[:1].astype("float64")
    try:
        data.checked("images", images)
    except ValueError as error:
        mended = typed(re.search(r"Write (.+)\.$", str(error))[1], images)
        assert data.checked("images", mended).max() >= 0.4
        assert (np.diff(mended[0][np.argsort(ROWS[0], kind="stable")]) >= 0).all()


@pytest.mark.parametrize("top", [1, 255])
def test_nan_and_infinity_are_counted_and_the_first_is_named(top):
    images = ROWS * top
    images[1, 7], images[2, 3], images[4, 0] = np.nan, np.inf, -np.inf
    message, cure = cure_of("images", images, (784,))
    assert "hold 3 values that are NaN or infinite, first at images[1, 7]" in message
    mended, expected = data.checked("images", typed(cure, images)), ROWS.copy()
    expected[1, 7], expected[2, 3], expected[4, 0] = 0, 1, 0
    np.testing.assert_allclose(mended, expected, atol=1e-6)


SHAPES = {  # what came, the model's shape, the images that are meant, and a part of the expression
    "flat": (IMAGES, (784,), ROWS, "images.reshape(-1, 784)"),
    "not flat": (ROWS, (28, 28, 1), IMAGES[..., None], "images.reshape(-1, 28, 28, 1)"),
    "no channels": (IMAGES, (28, 28, 1), IMAGES[..., None], "images[..., None]"),
    "any size": (IMAGES, (None, None, 1), IMAGES[..., None], "images[..., None]"),
    "a channel too many": (IMAGES[..., None], (28, 28), IMAGES, "images.reshape(-1, 28, 28)"),
    "channels first": (IMAGES[:, None], (28, 28, 1), IMAGES[..., None], "np.moveaxis(images, 1, -1)"),
    "colours first": (np.moveaxis(COLOURED, -1, 1), (12, 20, 3), COLOURED, "np.moveaxis(images, 1, -1)"),
    "images last": (np.moveaxis(COLOURED, 0, -1), (12, 20, 3), COLOURED, "np.moveaxis(images, -1, 0)"),
    "images last, no channels": (np.moveaxis(IMAGES, 0, -1), (28, 28, 1), IMAGES[..., None], "np.moveaxis(images, -1"),
    "images last, for rows": (np.moveaxis(IMAGES, 0, -1), (784,), ROWS, "np.moveaxis(images, -1, 0).reshape(-1, 784)"),
    "columns": (ROWS.T, (784,), ROWS, "np.moveaxis(images, -1, 0)"),
    "width before height": (np.swapaxes(COLOURED, 1, 2), (12, 20, 3), COLOURED, "np.swapaxes(images, 1, 2)"),
    "all axes turned": (COLOURED.T, (12, 20, 3), COLOURED, "np.moveaxis"),
    "one row": (ROWS[0], (784,), ROWS[:1], "images[None]"),
    "one image": (IMAGES[0], (28, 28), IMAGES[:1], "images[None]"),
    "one image for rows": (IMAGES[0], (784,), ROWS[:1], "images[None].reshape(-1, 784)"),
    "one image without channels": (IMAGES[0], (28, 28, 1), IMAGES[:1, ..., None], "images[None][..., None]"),
    "one image, colours first": (np.moveaxis(COLOURED[0], -1, 0), (12, 20, 3), COLOURED[:1], "images[None]"),
    "one after the other": (ROWS.ravel(), (784,), ROWS, "images.reshape(-1, 784)"),
    "grey in colours": (np.repeat(IMAGES[..., None], 3, -1), (28, 28, 1), IMAGES[..., None], ".mean(axis=-1"),
    "bytes in the wrong shape": (BYTES.reshape(5, 1, 28, 28), (28, 28, 1), IMAGES[..., None], ".astype("),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_axes_are_moved_and_the_pixels_of_an_image_stay_together(kind):
    images, shape, meant, words = SHAPES[kind]
    message, cure = cure_of("images", images, shape)
    assert f"images of shape {images.shape} don't fit" in message and words in cure
    np.testing.assert_allclose(data.checked("images", typed(cure, images), shape), meant, atol=1e-6)


@pytest.mark.parametrize(
    "images, shape",
    [
        (ROWS[:, :100], (784,)),
        (COLOURED, (28, 28, 1)),
        (COLOURED.reshape(5, 20, 36), (12, 20, 3)),  # as many pixels, in other rows
        (ROWS.reshape(10, 392), (784,)),
    ],
)
def test_no_expression_mixes_the_pixels_of_images_that_are_of_another_size(images, shape):
    message, cure = cure_of("images", images, shape)
    assert cure is None and message.endswith("Take other images, or build the model for these.")


PAIRS = [(BYTES[:3].reshape(3, 28, 28), LABELS[:3]), (BYTES[3:].reshape(2, 28, 28), LABELS[3:])]
THINGS = {  # anything but an array
    "list": list(BYTES),
    "nested lists": BYTES.reshape(5, 28, 28).tolist(),
    "tuple of images": tuple(BYTES),
    "images and labels": (BYTES, LABELS),
    "images and labels in a list": [BYTES, LABELS],
    "images and targets": (ROWS, ROWS),
    "what digits returns": ((ROWS, LABELS), (ROWS[:2], LABELS[:2])),
    "what Keras returns": ((BYTES.reshape(5, 28, 28), LABELS), (BYTES[:2].reshape(2, 28, 28), LABELS[:2])),
    "batches": [ROWS[:3], ROWS[3:]],
    "batches in a dataset": Dataset(ROWS[:3], ROWS[3:]),
    "images in a dataset": Dataset(*BYTES),
    "images with labels in a dataset": Dataset(*zip(BYTES.reshape(5, 28, 28, 1), LABELS)),
    "batches with labels in a dataset": Dataset(*PAIRS),
    "batches of a loader": Dataset(*map(list, PAIRS)),
    "records of a dataset": Dataset(*({"image": image, "label": 1} for image in BYTES)),
    "a dataset without end": Endless(*PAIRS),
    "a dataset by numbers": ByNumber(*PAIRS),
    "list with labels": list(zip(IMAGES, LABELS)),
    "list of records": [{"image": image, "label": 1} for image in IMAGES],
    "archive": {"x_train": BYTES.reshape(5, 28, 28), "y_train": LABELS},
    "table": pd.DataFrame(BYTES),
    "table with labels first": pd.DataFrame(np.column_stack([LABELS, BYTES])),
    "table with labels last": pd.DataFrame(np.column_stack([BYTES, LABELS])),
    "table of objects": pd.DataFrame(ROWS).astype(object),
    "column of images": pd.Series(list(BYTES)),
    "array of arrays": np.array([*IMAGES, None], dtype=object)[:5],
    "bytes": array.array("B", BYTES.tobytes()),
    "tensor on a device": OnADevice(BYTES.reshape(5, 1, 28, 28)),
    "values": dict(enumerate(IMAGES)).values(),
    "deque": collections.deque(IMAGES),
    "unequal lengths": [*ROWS, ROWS[0, :9]],
}


@pytest.mark.parametrize("kind", THINGS)
@pytest.mark.parametrize("shape", PIXELS)
def test_what_holds_images_is_accepted_or_answered_with_the_way_to_them(kind, shape):
    images = THINGS[kind]
    try:
        found = data.checked("images", images, shape)
    except ValueError as error:
        assert "expected floats in [0, 1], (n, " in str(error)
        found = data.checked("images", typed(re.search(r"\. Write (.+)\.$", str(error))[1], images), shape)
    np.testing.assert_allclose(found, PIXELS[shape], atol=1e-6)


@pytest.mark.parametrize("kind", [kind for kind in THINGS if kind != "images and targets"])
def test_corruptions_answer_in_the_same_way(kind):
    images = THINGS[kind]
    try:
        found = data.masking(images, 0, seed=0)
    except ValueError as error:
        found = data.masking(typed(re.search(r"\. Write (.+)\.$", str(error))[1], images), 0, seed=0)
    if "table with" not in kind:  # there the labels are pixels like others
        np.testing.assert_allclose(found.ravel(), ROWS.ravel(), atol=1e-6)


@pytest.mark.parametrize("parts", [ROWS, [ROWS[:3], ROWS[3:]], IMAGES])
def test_what_can_be_gone_through_once_is_left_whole_for_the_expression(parts):
    images = (part for part in parts)
    np.testing.assert_array_equal(typed(cure_of("images", images, (784,))[1], images), ROWS)
    images = iter(IMAGES[..., None])
    assert typed(cure_of("images", images, (None, None, 1))[1], images).shape == (5, 28, 28, 1)


@pytest.mark.parametrize(
    "images", [None, "digits.npz", b"", 5, len, object(), {}, set(), [None], ["a"], [[]], ROWS[:0]]
)
@pytest.mark.parametrize("shape", [(784,), (28, 28, 1)])
def test_what_holds_no_images_is_named_and_real_ones_are_shown(images, shape):
    message, cure = cure_of("images", images, shape)
    example = re.search(r"For example (.+) is an array of images\.$", message)[1]
    assert cure is None and example == f"data.digits({'flat=False' if shape == (28, 28, 1) else ''})[0][0]"


class Hostile:
    """Something that fails whatever it is asked."""

    def __getattr__(self, name):
        raise RuntimeError("no")

    __iter__ = __len__ = __array__ = __getattr__


@pytest.mark.parametrize("around", [lambda thing: thing, lambda thing: [thing], lambda thing: {"images": thing}])
@pytest.mark.parametrize("shape", [(784,), None])
def test_a_thing_that_fails_at_whatever_it_is_asked_is_refused_by_its_name(around, shape):
    message, cure = cure_of("images", around(Hostile()), shape)
    assert re.match("images are of type (Hostile|list|dict|object), and no array of numbers", message) and cure is None


def test_good_images_come_back_as_they_are_and_in_no_copy():
    assert data.checked("images", ROWS, (784,)) is ROWS
    assert data.checked("images", ROWS.astype("float64")).dtype == np.float64
    assert data.checked("images", IMAGES[..., None], (None, None, 1)).shape == (5, 28, 28, 1)


@pytest.mark.parametrize(
    "make, count",
    [
        (lambda x: ((image, 3) for image in x), 6),
        (lambda x: zip(x, range(6)), 6),
        (lambda x: enumerate(x), 6),
        (lambda x: {f"{i}.png": image for i, image in enumerate(x)}, 6),
        (lambda x: np.array([(image, 3) for image in x], [("image", "u1", (784,)), ("label", "u1")]), 6),
        (lambda x: [PIL.Image.fromarray(image.reshape(28, 28)) for image in x] + [PIL.Image.new("L", (9, 9))], 6),
        (lambda x: PIL.Image.fromarray(x[0].reshape(28, 28)).convert("RGB"), 1),
        (lambda x: x.astype("float16") * 255, 6),
    ],
)
def test_a_cure_leaves_no_image_out_and_takes_no_colour_for_an_image(make, count):
    pixels = np.random.default_rng(0).integers(1, 256, (6, 784), dtype=np.uint8)
    images = make(pixels)
    with pytest.raises(ValueError) as caught:
        data.checked("images", images, (784,))
    cure = re.search(r"Write (.*)\.$", str(caught.value))[1]
    mended = eval(cure, {"np": np, "images": images})
    assert mended.shape == (count, 784)
    assert np.abs(mended / mended.max() - pixels[:count] / pixels[:count].max()).max() < 0.1


def test_an_open_file_gets_no_cure_that_cannot_work(tmp_path):
    (tmp_path / "images").write_text("no images")
    with open(tmp_path / "images") as file, pytest.raises(ValueError, match=r"For example data\.digits"):
        data.checked("images", file, (784,))
