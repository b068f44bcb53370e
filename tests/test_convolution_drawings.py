"""Drawings of convolutions, layers and kernels, read back from Matplotlib's objects beside SciPy, NumPy and Keras."""

import itertools
import random

import keras
import matplotlib.colors
import matplotlib.patches
import numpy as np
import pytest
import scipy.signal
from keras import layers

from aelib import drawings
from aelib.drawings import signed

RNG = np.random.default_rng(0)
IMAGE, KERNEL = RNG.random((5, 6)), RNG.normal(size=(3, 2))


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def number(text):
    return float(text.replace("−", "-"))


def rectangles(figure):
    return [patch for patch in figure.axes[0].patches if isinstance(patch, matplotlib.patches.Rectangle)]


def cells(figure):
    """Each cell with a number in it: {(x, y) of its corner: (face colour, hatch, number)}."""
    numbers = {text.get_position(): text.get_text() for text in figure.axes[0].texts}
    found = {}
    for patch in rectangles(figure):
        if patch.get_width() == patch.get_height() == 1 and patch.get_fill():
            x, y = patch.get_xy()
            found[x, y] = patch.get_facecolor(), patch.get_hatch(), number(numbers[x + 0.5, y + 0.52])
    return found


@pytest.mark.parametrize("row, column", [*itertools.product((0, 2), (0, 4))])
def test_every_number_of_the_result_is_scipys_correlation(row, column):
    figure = drawings.convolution_step(IMAGE, KERNEL, row, column)
    result = scipy.signal.correlate2d(IMAGE, KERNEL, "valid")
    right = sorted((y, x, value) for (x, y), (_, _, value) in cells(figure).items() if x > 6 + 1.5 + 2)
    assert np.allclose([value for *_, value in right], result.ravel(), atol=0.0051)
    total = number(texts(figure)[-1].removeprefix("= "))
    assert total == pytest.approx(result[row, column], abs=0.0051)


def test_the_products_are_those_of_the_window_and_sum_to_the_result():
    figure = drawings.convolution_step(IMAGE, KERNEL, 1, 3)
    terms = [text.removeprefix("+ ").split(" · ") for text in texts(figure) if " · " in text]
    pixels, weights = np.array([[number(part.strip("()")) for part in term] for term in terms]).T
    assert np.allclose(pixels, IMAGE[1:4, 3:5].ravel(), atol=0.0051)
    assert np.allclose(weights, KERNEL.ravel(), atol=0.0051)
    assert f"= {np.sum(IMAGE[1:4, 3:5] * KERNEL):.2f}".replace("-", "−") in texts(figure)


def test_zeros_of_padding_are_hatched_and_lie_where_keras_puts_them():
    layer = layers.Conv2D(1, (3, 2), padding="same", use_bias=False)
    layer.build((None, 5, 6, 1))
    layer.set_weights([KERNEL[:, :, None, None]])
    expected = keras.ops.convert_to_numpy(layer(np.float32(IMAGE)[None, :, :, None]))[0, :, :, 0]
    figure = drawings.convolution_step(IMAGE, KERNEL, 4, 5, padding="same")
    found = cells(figure)
    hatched = {place for place, (_, hatch, value) in found.items() if hatch and value == 0}
    assert hatched == {(x, y) for x in range(7) for y in range(7) if y in (0, 6) or x == 6}
    right = sorted((y, x, value) for (x, y), (_, _, value) in found.items() if x > 7 + 1.5 + 2)
    assert np.allclose([value for *_, value in right], expected.ravel(), atol=0.0051)


def test_frames_are_around_the_window_the_kernel_and_the_one_number():
    figure = drawings.convolution_step(IMAGE, KERNEL, 2, 4)
    frames = [patch for patch in rectangles(figure) if not patch.get_fill()]
    assert [(frame.get_width(), frame.get_height()) for frame in frames] == [(2, 3), (2, 3), (1, 1)]
    assert frames[0].get_xy() == (4, 2)
    result = [place for place in cells(figure) if place[0] > 6 + 1.5 + 2]
    corner = min(result)
    assert frames[2].get_xy() == (corner[0] + 4, corner[1] + 2)


def test_numbers_read_on_their_cells():
    figure = drawings.convolution_step(np.linspace(0, 1, 49).reshape(7, 7), KERNEL, 0, 0)
    inks = {text.get_position(): text.get_color() for text in figure.axes[0].texts}
    for (x, y), (colour, hatch, _) in cells(figure).items():
        assert not hatch
        assert contrast(inks[x + 0.5, y + 0.52], colour) > 4.5


def luminance(colour):
    channels = np.array(matplotlib.colors.to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


def contrast(one, other):
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["POSITIVE", "NEGATIVE", "ZERO", "MARK"])
def test_colours_of_signs_and_frames_read_on_white_and_on_a_dark_page(name):
    assert contrast(getattr(signed, name), "white") >= 3
    assert contrast(getattr(signed, name), "#111111") >= 3


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((np.zeros((28, 28)), KERNEL, 0, 0), r"\(28, 28\).*Cut a part out"),
        ((np.zeros(5), KERNEL, 0, 0), r"\(5,\)"),
        ((IMAGE, np.zeros((6, 6)), 0, 0), r"kernel of shape \(6, 6\)"),
        ((IMAGE - 1, KERNEL, 0, 0), r"\[0, 1\]"),
        ((IMAGE, KERNEL, 3, 0), "row from 0 to 2"),
        ((IMAGE, KERNEL, 0, 0.5), "column from 0 to 4"),
        ((IMAGE, KERNEL, 0, 0, "full"), '"valid" or "same"'),
        ((IMAGE[:2], KERNEL, 0, 0), "does not fit"),
    ],
)
def test_arguments_that_can_not_be_drawn_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        drawings.convolution_step(*arguments)


def drawn_links(figure):
    """The lines of a drawing of one layer: {(from, to)}, counted from the left, without those of zeros."""
    axis = figure.axes[0]
    centres = [(patch.get_x() + 0.42, patch.get_y() + 0.42, patch.get_hatch()) for patch in axis.patches]
    top = sorted(x for x, y, hatch in centres if y == min(y for _, y, _ in centres) and not hatch)
    bottom = sorted(x for x, y, _ in centres if y == max(y for _, y, _ in centres))
    place = {round(x, 6): i for i, x in enumerate(top)}, {round(x, 6): i for i, x in enumerate(bottom)}
    lines = [line for line in axis.lines if line.get_linestyle() == "-"]
    return {tuple(where[round(x, 6)] for where, x in zip(place, line.get_xdata())) for line in lines}


WINDOWS = {  # from what a guide to the arithmetic says: the cells that each cell of the output sees, of 7
    "valid": (layers.Conv2D(4, 3, activation="relu"), [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [4, 5, 6]]),
    "same, stride 2": (layers.Conv2D(4, 3, 2, padding="same"), [[0, 1], [1, 2, 3], [3, 4, 5], [5, 6]]),
    "dilated": (layers.Conv2D(1, 3, dilation_rate=2), [[0, 2, 4], [1, 3, 5], [2, 4, 6]]),
    "pooling": (layers.MaxPooling2D(2), [[0, 1], [2, 3], [4, 5]]),
    "pooling, same": (layers.MaxPooling2D(2, padding="same"), [[0, 1], [2, 3], [4, 5], [6]]),
    "upsampling": (layers.UpSampling2D(2), [[i // 2] for i in range(14)]),
    "transposed": (
        layers.Conv2DTranspose(2, 3, 2),
        [[i for i in range(7) if 0 <= out - 2 * i < 3] for out in range(15)],
    ),
    "dense": (layers.Dense(3), [[*range(7)]] * 3),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_lines_join_the_cells_that_depend_on_each_other_and_counts_stand_below(name):
    layer, windows = WINDOWS[name]
    figure = drawings.connections({name: layer}, 7)
    assert drawn_links(figure) == {(given, out) for out, window in enumerate(windows) for given in window}
    counts = [number(text) for text in texts(figure) if text.isdigit()]
    assert counts == [len(window) for window in windows]
    assert f"{name}\n7 → {len(windows)}" in texts(figure)
    assert f"7 → {len(windows)}, cells that depend on {', '.join(str(len(w)) for w in windows)}." in figure.alt


@pytest.mark.parametrize("size, stride, taps", [(7, 1, 3), (7, 2, 3), (8, 2, 3), (8, 3, 4), (6, 1, 5), (2, 1, 5)])
def test_hatched_cells_are_the_zeros_that_same_adds(size, stride, taps):
    """NumPy's own convolution of an image with zeros around it gives what Keras gives, with just so many zeros."""
    layer = layers.Conv2D(1, taps, stride, padding="same", use_bias=False)
    figure = drawings.connections({"same": layer}, size)
    hatched = [patch.get_x() for patch in figure.axes[0].patches if patch.get_hatch()]
    first = min(patch.get_x() for patch in figure.axes[0].patches if not patch.get_hatch() and patch.get_y() < 0)
    before = sum(x < first for x in hatched)
    signal = RNG.random((1, size, size, 1)).astype("float32")
    expected = keras.ops.convert_to_numpy(layer(signal))[0, ..., 0]
    padded = np.pad(signal[0, ..., 0], ((before, len(hatched) - before),) * 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (taps, taps))[::stride, ::stride]
    kernel = keras.ops.convert_to_numpy(layer.kernel)[..., 0, 0]
    assert np.allclose(np.sum(windows * kernel, axis=(2, 3)), expected, atol=1e-5)


def test_the_receptive_field_of_layers_one_after_another():
    same = {"padding": "same"}
    encoder = keras.Sequential([keras.Input((20, 20, 1)), layers.Conv2D(2, 3, **same), layers.MaxPooling2D(2)])
    encoder.add(layers.Conv2D(3, 3, **same))
    figure = drawings.connections({"encoder": encoder.layers}, 20)
    assert "encoder\n20 → 20 → 10 → 10" in texts(figure)
    counts = [number(text) for text in texts(figure) if text.isdigit()]
    assert counts == [5, 7, *[8] * 6, 7, 5]  # 3 pooled cells of 2, and one more on both sides
    marked = matplotlib.colors.to_rgba(signed.MARK)
    filled = [patch.get_y() for patch in figure.axes[0].patches if patch.get_facecolor() == marked]
    assert [filled.count(y) for y in sorted(set(filled))] == [8, 6, 3, 1]


def test_cells_stand_apart_and_every_drawing_in_a_place_of_its_own():
    chain = [layers.MaxPooling2D(2), layers.UpSampling2D(2), layers.Conv2D(1, 3), layers.Conv2DTranspose(1, 4, 2)]
    figure = drawings.connections({"a": chain, "b": layers.Dense(9), "c": layers.Conv2D(1, 5, padding="same")}, 13)
    centres = np.array([(patch.get_x(), patch.get_y()) for patch in figure.axes[0].patches])
    apart = np.abs(centres[:, None] - centres[None]).max(axis=2) + 9 * np.eye(len(centres))
    assert apart.min() > 0.99


def test_asking_a_layer_changes_neither_it_nor_the_random_numbers():
    layer = layers.Conv2D(2, 3)
    layer.build((None, 9, 9, 4))
    before, chain = layer.get_weights(), [layer, layers.Dropout(0.5)]
    random.seed(0)
    expected = random.random()
    random.seed(0)
    drawings.connections({"layer": chain}, 9)
    assert random.random() == expected
    assert all(np.array_equal(a, b) for a, b in zip(before, layer.get_weights()))


@pytest.mark.parametrize(
    "given, size, kind, message",
    [
        (layers.Conv2D(1, 3), 7, TypeError, "dict"),
        ({"a": "Conv2D"}, 7, TypeError, "not a layer"),
        ({"a": layers.Conv2D(1, 3)}, 40, ValueError, "from 1 to 32"),
        ({"a": layers.Conv2D(1, 3)}, 7.5, ValueError, "from 1 to 32"),
        ({"a": layers.Conv2D(1, 9)}, 7, ValueError, "larger size"),
        ({"a": layers.Flatten()}, 7, ValueError, "expected a layer that takes images"),
        ({"a": layers.GlobalAveragePooling2D()}, 7, ValueError, "expected a layer"),
        ({"a": []}, 7, ValueError, "without a layer"),
    ],
)
def test_what_is_no_layer_of_images_is_refused(given, size, kind, message):
    with pytest.raises(kind, match=message):
        drawings.connections(given, size)


def layer_of(weights, **options):
    layer = layers.Conv2D(weights.shape[3], weights.shape[:2], use_bias=False, **options)
    layer.build((None, 9, 9, weights.shape[2]))
    layer.set_weights([weights])
    return layer


def test_each_kernel_is_drawn_in_the_colours_of_its_signs_on_its_own_scale():
    weights = RNG.normal(size=(3, 2, 1, 10))
    figure = drawings.kernels(layer_of(weights))
    pictures = [image for image in figure.axes[0].images if image.get_array().shape[:2] == (3, 2)]
    assert len(pictures) == 10
    for number_, picture in enumerate(pictures):
        kernel = weights[:, :, 0, number_]
        colours = picture.get_array()
        orange = (colours[..., :3] == matplotlib.colors.to_rgb(signed.POSITIVE)).all(axis=2)
        assert np.array_equal(orange, kernel > 0)
        assert np.unravel_index(colours[..., 3].argmax(), kernel.shape) == np.unravel_index(
            np.abs(kernel).argmax(), kernel.shape
        )
        assert colours[..., 3].max() == pytest.approx(1)
        assert f"{np.abs(kernel).max():.2g}" in texts(figure)
    dashes = sum((kernel < -0.4 * np.abs(kernel).max()).sum() for kernel in weights[:, :, 0].transpose(2, 0, 1))
    assert len(figure.axes[0].lines) == dashes


def test_kernels_of_several_channels_stand_in_columns():
    weights = RNG.normal(size=(3, 3, 4, 5))
    figure = drawings.kernels(layer_of(weights))
    pictures = [image for image in figure.axes[0].images if image.get_array().shape[:2] == (3, 3)]
    places = {tuple(np.round(image.get_extent()[::3], 2)): image.get_array()[..., 3] for image in pictures}
    lefts, tops = sorted({x for x, _ in places}), sorted({y for _, y in places})
    assert (len(lefts), len(tops)) == (5, 4)
    strengths = [places[lefts[4], top].max() for top in tops]
    assert np.argmax(strengths) == np.abs(weights[..., 4]).max(axis=(0, 1)).argmax()


@pytest.mark.parametrize("padding, strides", [("valid", 1), ("same", 1), ("same", 2), ("valid", 3)])
def test_the_frame_lies_where_the_kernel_answers_most(padding, strides):
    """An image that is black but for a copy of the kernel itself has its largest answer there."""
    kernel = np.array([[0.2, 1, 0.4], [0.9, 0.1, 0.8], [0.3, 0.7, 0.5]])
    top = 3  # where the strides from either start come by: 3 is a multiple of 3, and 2 * 2 - 1 = 3
    top = {("same", 2): 4}.get((padding, strides), top)
    image = np.zeros((12, 12))
    image[top : top + 3, top : top + 3] = kernel
    layer = layer_of(kernel[:, :, None, None], padding=padding, strides=strides)
    figure = drawings.kernels(layer, image)
    (frame,) = [patch for patch in figure.axes[0].patches if patch.get_linewidth() > 1]
    picture = next(image for image in figure.axes[0].images if image.get_array().shape == (12, 12))
    left, right, bottom, upper = picture.get_extent()
    pixel = (right - left) / 12
    assert (frame.get_x() - left) / pixel == pytest.approx(top)
    assert (frame.get_y() - upper) / pixel == pytest.approx(top)
    assert frame.get_width() == pytest.approx(3 * pixel) and frame.get_height() == pytest.approx(3 * pixel)


def test_a_filter_that_answers_nowhere_has_no_frame_and_a_zero():
    layer = layer_of(-np.ones((3, 3, 1, 1)), activation="relu")
    figure = drawings.kernels(layer, np.ones(784))
    assert not [patch for patch in figure.axes[0].patches if patch.get_linewidth() > 1]
    assert "0" in texts(figure) and "none" in figure.alt


@pytest.mark.parametrize(
    "layer, image, kind, message",
    [
        (layers.Dense(3), None, TypeError, "no Conv2D"),
        (layers.Conv2D(3, 3), None, ValueError, "build it"),
        (layer_of(np.ones((3, 3, 1, 40))), None, ValueError, "40 filters"),
        (layer_of(np.ones((3, 3, 2, 4))), np.ones((9, 9)), ValueError, "2 channels"),
        (layer_of(np.ones((3, 3, 1, 4))), np.ones((5, 784)), ValueError, "expected one grey image"),
        (layer_of(np.ones((3, 3, 1, 4))), np.ones((2, 2)), ValueError, "no smaller than the kernels"),
    ],
)
def test_what_has_no_kernels_to_draw_is_refused(layer, image, kind, message):
    with pytest.raises(kind, match=message):
        drawings.kernels(layer, image)


def test_every_drawing_says_in_words_what_it_shows():
    for figure in (
        drawings.convolution_step(IMAGE, KERNEL, 0, 0),
        drawings.connections({"a": layers.MaxPooling2D(2)}, 6),
        drawings.kernels(layer_of(np.ones((3, 3, 1, 2)))),
    ):
        assert len(figure.alt) > 40 and not figure.get_suptitle()
        assert figure.get_facecolor()[3] == 0
