"""Figures, read back from Matplotlib's own objects: what is drawn, on which scale, with which names."""

import io
import itertools

import matplotlib.colors
import numpy as np
import PIL.Image
import pytest

from aelib import plots

IMAGES = np.random.default_rng(0).random((4, 784), dtype="float32")
FIGURES = {
    "image_rows": lambda: plots.image_rows({"image": IMAGES, "noisy": 3 * IMAGES - 1}, "Rows", captions=range(4)),
    "learning_curves": lambda: plots.learning_curves({"loss": [3, 2], "val_loss": [3, 2.5]}, "loss (nats)", "Curves"),
    "lines": lambda: plots.lines([1, 2], {"a": [1, 2], "b": [2, 1]}, "x (pixels)", "y (nats)", "Lines"),
    "bars": lambda: plots.bars({"a": 1.25, "b": 2}, "loss (nats)", "Bars"),
    "latent_scatter": lambda: plots.latent_scatter(IMAGES[:, :2], [0, 1, 1, 9], "Scatter"),
    "plane": lambda: plots.plane(IMAGES, (-3, 3), "Plane"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_shows_itself_once_with_a_description_and_the_same_bytes(name):
    figure = FIGURES[name]()
    assert not plots.plt.get_fignums(), "an open figure would be drawn a second time at the end of the cell"
    data, metadata = figure._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG") and len(data["image/png"]) < 150_000
    title = figure.get_suptitle()
    assert data["text/plain"] == metadata["image/png"]["alt"]
    assert data["text/plain"].startswith(title + ". ") and len(data["text/plain"]) > len(title) + 20
    assert FIGURES[name]()._repr_mimebundle_()[0]["image/png"] == data["image/png"]


def test_a_palette_keeps_the_greys_and_the_digits_colours():
    greys = np.round(255 * np.random.default_rng(0).random((1, 16, 16))) / 255
    figure, full = plots.image_rows({"": greys}), io.BytesIO()
    figure.savefig(full, format="png", dpi=plots.PIXELS_PER_INCH)
    small = picture(figure.png())
    assert small.mode == "P" and len(figure.png()) < len(full.getvalue())
    error = np.asarray(small.convert("RGB"), int) - np.asarray(picture(full.getvalue()).convert("RGB"), int)
    assert np.abs(error).max() <= 2
    points = np.random.default_rng(0).normal(size=(500, 2))
    scatter = plots.latent_scatter(points, np.arange(500) % 10)
    found = np.asarray(picture(scatter.png()).convert("RGB"), int).reshape(-1, 3)
    for colour in plots.DIGIT_COLOURS:
        exact = 255 * np.array(matplotlib.colors.to_rgb(colour))
        assert (np.abs(found - exact).max(axis=1) <= 2).sum() > 20, colour


def picture(png):
    return PIL.Image.open(io.BytesIO(png))


@pytest.mark.parametrize("name", ["learning_curves", "lines", "bars", "latent_scatter", "plane"])
def test_axes_are_named(name):
    (axis,) = FIGURES[name]().axes
    assert axis.get_ylabel()
    assert axis.get_xlabel() or name == "bars"  # a bar's name stands below it


def test_all_panels_share_one_grey_scale():
    for figure in (FIGURES["image_rows"](), FIGURES["plane"](), plots.image_rows({"dark": 0.1 * IMAGES})):
        for axis in figure.axes:
            assert axis.get_images()
            for image in axis.get_images():
                assert image.get_clim() == (0, 1) and image.get_cmap().name == "gray"


@pytest.mark.parametrize("title", ["One image", "What the decoder makes of one code, from number to number"])
def test_the_title_over_one_column_of_images_is_not_cut_off(title):
    figure = plots.image_rows({"image": IMAGES[:1]}, title)
    figure.canvas.draw()
    box = figure._suptitle.get_window_extent()
    assert 0 <= box.x0 and box.x1 <= figure.bbox.x1


@pytest.mark.parametrize("shape", [(4, 784), (4, 28, 28), (4, 28, 28, 1)])
def test_image_rows_draws_each_image_unchanged_with_its_label(shape):
    figure = plots.image_rows({"image": IMAGES.reshape(shape), "other": 1 - IMAGES}, captions=np.arange(4))
    (axis,) = figure.axes
    drawn = [np.asarray(image.get_array()) for image in axis.get_images()]
    np.testing.assert_array_equal(drawn, np.concatenate([IMAGES, 1 - IMAGES]).reshape(-1, 28, 28))
    assert {tick.get_text(): tick.get_position()[1] for tick in axis.get_yticklabels()} == {"image": 0, "other": 1}
    assert [(tick.get_text(), tick.get_position()[0]) for tick in axis.get_xticklabels()] == list(zip("0123", range(4)))


def test_image_rows_keeps_each_image_upright_in_its_place_and_its_proportions():
    images = np.zeros((2, 10, 20))
    images[1, 0, 0] = 1  # in the upper left corner of the second image
    figure = plots.image_rows({"wide": images, "square": IMAGES[:2]})
    pixels = np.asarray(picture(figure.png()).convert("L"), int)
    (axis,) = figure.axes

    def corners(image):
        left, right, bottom, top = image.get_extent()
        return axis.transData.transform([(left, top), (right, bottom)]) * plots.PIXELS_PER_INCH / figure.dpi

    (x, y), (x1, y1) = corners(axis.get_images()[1])
    assert (x1 - x) / (y - y1) == pytest.approx(2, rel=0.01)
    column, row = round(x), len(pixels) - round(y)
    assert pixels[row, column] < 128 and pixels[row + 2, column + 2] == 255 and pixels[row + 12, column + 12] == 0
    (x, y), (x1, y1) = corners(axis.get_images()[2])
    assert (x1 - x) == pytest.approx(y - y1, rel=0.01)


def test_learning_curves_start_at_epoch_one():
    (axis,) = plots.learning_curves({"loss": [3, 2, 1], "val_loss": [3, 3, 3]}, "loss").axes
    training, validation = axis.get_lines()
    np.testing.assert_array_equal(training.get_xydata(), [[1, 3], [2, 2], [3, 1]])
    assert (training.get_label(), validation.get_label()) == ("training", "validation")
    assert len(plots.learning_curves({"loss": [1]}, "loss").axes[0].get_lines()) == 1


def test_latent_scatter_gives_each_digit_its_colour_and_name():
    codes = np.arange(20.0).reshape(10, 2)
    (axis,) = plots.latent_scatter(codes, np.arange(10)).axes
    assert [text.get_text() for text in axis.texts] == [str(digit) for digit in range(10)]
    for digit, points in enumerate(axis.collections):
        np.testing.assert_array_equal(points.get_offsets(), codes[digit : digit + 1])
        assert matplotlib.colors.to_hex(points.get_facecolor()[0]) == plots.DIGIT_COLOURS[digit].lower()


def test_plane_puts_the_first_code_number_to_the_right_and_the_second_upwards():
    images = np.zeros((9, 2, 3))
    images[1] = 0.25  # first number one step up
    images[3] = 0.5  # second number one step up
    (axis,) = plots.plane(images, (-3, 3)).axes
    (mosaic,) = axis.get_images()
    pixels = np.asarray(mosaic.get_array())
    assert pixels.shape == (6, 9)
    assert (pixels[4:, 3:6] == 0.25).all() and (pixels[2:4, :3] == 0.5).all() and pixels.sum() == 6 * 0.75
    left, right, bottom, top = mosaic.get_extent()
    np.testing.assert_allclose([left + 1.5, right - 1.5, bottom + 1.5, top - 1.5], [-3, 3, -3, 3])


@pytest.mark.parametrize(
    "draw, words",
    [
        (lambda: plots.image_rows({}), "expected"),
        (lambda: plots.image_rows({"a": IMAGES, "b": IMAGES[:2]}), "'b': 2"),
        (lambda: plots.image_rows({"a": IMAGES[0]}), "shape (784,)"),
        (lambda: plots.latent_scatter(IMAGES, np.zeros(4)), "shape (4, 784)"),
        (lambda: plots.latent_scatter(IMAGES[:, :2], [0, 1, 2, 10]), "labels are"),
        (lambda: plots.latent_scatter(IMAGES[:, :2], [0, 1, 2, -1]), "labels are"),
        (lambda: plots.plane(IMAGES[:3], (-1, 1)), "3 images"),
    ],
)
def test_wrong_arrays_are_refused(draw, words):
    with pytest.raises(ValueError) as caught:
        draw()
    assert words in str(caught.value)


# Colour blindness as linear maps of linear RGB (Machado, Oliveira and Fernandes, 2009, severity 1.0).
COLOUR_BLIND = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "none": np.eye(3).tolist(),
}
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]  # sRGB, IEC 61966-2-1


def lab(colour, kind):
    """A colour in CIE L*a*b*, as seen with a kind of colour blindness."""
    rgb = np.array(matplotlib.colors.to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    x, y, z = TO_XYZ @ np.clip(COLOUR_BLIND[kind] @ linear, 0, 1) / [0.9505, 1, 1.089]
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("kind", COLOUR_BLIND)
@pytest.mark.parametrize("colours", [plots.DIGIT_COLOURS, plots.SERIES_COLOURS])
def test_colours_differ_for_colour_blind_readers_and_from_white_paper(kind, colours):
    seen = [lab(colour, kind) for colour in (*colours, "white")]
    distances = [np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)]
    assert min(distances) > 12, "2.3 is a difference that can just be noticed"


def test_labels_may_be_numbers():
    images = np.zeros((2, 784))
    assert plots.image_rows({0: images, 1: images}).alt.endswith("from the top: 0, 1.")
    assert plots.lines([1, 2], {0.5: [1, 2]}, "x", "y").alt.endswith(": 0.5.")


def test_a_single_image_gets_what_to_write_and_a_history_may_be_keras_own():
    with pytest.raises(ValueError, match=r"write images\[None\]"):
        plots.image_rows({"a": np.zeros(784)})

    class History:
        history = {"loss": [2.0, 1.0]}

    assert plots.learning_curves(History(), "loss").alt == plots.learning_curves(History.history, "loss").alt
