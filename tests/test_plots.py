"""Figures, read back from Matplotlib's own objects: what is drawn, on which scale, with which names."""

import base64
import io
import itertools
import re
import xml.etree.ElementTree

import matplotlib.colors
import numpy as np
import PIL.Image
import pytest

from aelib import figures, plots

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
    assert not figures.plt.get_fignums(), "an open figure would be drawn a second time at the end of the cell"
    data, metadata = figure._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG") and len(data["image/png"]) < 150_000
    title = figure.get_suptitle()
    assert data["text/plain"] == metadata["image/png"]["alt"]
    assert data["text/plain"].startswith(title + ". ") and len(data["text/plain"]) > len(title) + 20
    assert FIGURES[name]()._repr_mimebundle_()[0]["image/png"] == data["image/png"]


def test_a_palette_keeps_the_greys_the_digits_colours_and_the_transparent_ground():
    greys = np.round(255 * np.random.default_rng(0).random((1, 16, 16))) / 255
    figure, full = plots.image_rows({"": greys}), io.BytesIO()
    figure.savefig(full, format="png", dpi=2 * figures.PIXELS_PER_INCH)
    small = picture(figure.png())
    assert small.mode == "P" and len(figure.png()) < len(full.getvalue())
    for ground in ("white", "#111111"):
        error = on(ground, small) - on(ground, picture(full.getvalue()))
        assert np.abs(error).max() <= 19 and np.abs(error).mean() < 1  # 19: half a step of the 8 of a transparent edge
    opaque = np.asarray(small.convert("RGBA"))[..., 3] == 255
    assert np.abs(on("white", small) - on("white", picture(full.getvalue())))[opaque].max() <= 2
    points = np.random.default_rng(0).normal(size=(500, 2))
    found = on("white", picture(plots.latent_scatter(points, np.arange(500) % 10).png())).reshape(-1, 3)
    for colour in plots.DIGIT_COLOURS:
        exact = 255 * np.array(matplotlib.colors.to_rgb(colour))
        assert (np.abs(found - exact).max(axis=1) <= 2.1).sum() > 20, colour


def test_a_picture_in_many_hues_keeps_them_nearly():
    hues = np.random.default_rng(0).random((1, 100, 100, 3))
    figure, full = plots.image_rows({"": hues}), io.BytesIO()
    figure.savefig(full, format="png", dpi=2 * figures.PIXELS_PER_INCH)
    error = on("white", picture(figure.png())) - on("white", picture(full.getvalue()))
    assert np.abs(error).mean() < 16


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_a_transparent_ground_and_reads_on_white_and_on_black(name):
    small = picture(FIGURES[name]().png()).convert("RGBA")
    pixels = np.asarray(small)
    assert pixels[0, 0, 3] == pixels[-1, 0, 3] == pixels[-1, -1, 3] == 0
    assert (pixels[..., 3] == 0).mean() > 0.1
    solid = pixels[pixels[..., 3] == 255][:, :3] / 255
    ink = np.abs(solid - matplotlib.colors.to_rgb(plots.INK)).max(axis=1) < 0.02
    assert ink.sum() > 100, "letters, axes and outlines are in ink"


def test_a_png_has_two_pixels_for_each_of_the_page_where_its_width_is_kept():
    figure = FIGURES["lines"]()
    data, metadata = figure._repr_mimebundle_()
    assert metadata["image/png"]["width"] == 704 and picture(data["image/png"]).width == 1408


def test_a_heavy_picture_has_one_pixel_for_each_of_the_page():
    figure = plots.plane(np.random.default_rng(0).random((400, 784)), (-3, 3))
    assert len(figure.png()) > figures.MOST_BYTES
    data, metadata = figure._repr_mimebundle_()
    assert picture(data["image/png"]).width == metadata["image/png"]["width"]


def test_a_learners_own_figures_keep_their_look():
    before = dict(matplotlib.rcParams)
    for draw in FIGURES.values():
        draw().png()
    assert dict(matplotlib.rcParams) == before


def vector(name):
    figure = FIGURES[name]()
    figure.vector = True
    return figure


@pytest.mark.parametrize("name", FIGURES)
def test_a_vector_figure_is_an_svg_with_its_description_and_the_same_bytes(name):
    data, metadata = vector(name)._repr_mimebundle_()
    alt, width, source = re.fullmatch(
        r'<img alt="([^"<>]+)" width="(\d+)" src="data:image/svg\+xml;base64,([^"]+)">', data["text/html"]
    ).groups()
    assert alt == data["text/plain"] == metadata["image/png"]["alt"]
    assert data["image/png"].startswith(b"\x89PNG"), "for readers that show no HTML"
    assert vector(name)._repr_mimebundle_()[0] == data
    svg = base64.b64decode(source)
    root, space = xml.etree.ElementTree.fromstring(svg), "{http://www.w3.org/2000/svg}"
    inches = float(root.get("width").removesuffix("pt")) / 72
    assert inches * figures.PIXELS_PER_INCH == pytest.approx(int(width), abs=1)
    assert not list(root.iter(f"{space}text")), "the page needs no font"
    assert not re.search(rb"\d\d:\d\d:\d\d", svg)


def test_a_description_with_quotes_stays_one_attribute():
    figure = plots.lines([1, 2], {'a "b" <c>': [1, 2]}, "x", "y")
    figure.vector = True
    assert 'alt="Lines of y against x: a &quot;b&quot; &lt;c&gt;."' in figure._repr_mimebundle_()[0]["text/html"]


def on(ground, image):
    """A picture's pixels before a ground."""
    image = image.convert("RGBA")
    return np.asarray(PIL.Image.alpha_composite(PIL.Image.new("RGBA", image.size, ground), image), float)[..., :3]


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
    pixels = np.asarray(picture(figure.png()).convert("RGBA").convert("L"), int)
    (axis,) = figure.axes

    def corners(image):
        left, right, bottom, top = image.get_extent()
        return axis.transData.transform([(left, top), (right, bottom)]) * 2 * figures.PIXELS_PER_INCH / figure.dpi

    (x, y), (x1, y1) = corners(axis.get_images()[1])
    assert (x1 - x) / (y - y1) == pytest.approx(2, rel=0.01)
    column, row = round(x), len(pixels) - round(y)
    assert pixels[row, column] < 128 and pixels[row + 5, column + 5] == 255 and pixels[row + 30, column + 30] == 0
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


def test_names_of_digits_stay_at_their_medians_and_give_way_to_each_other():
    codes = np.random.default_rng(0).normal(size=(1000, 2)) * (3, 0.1)
    labels = np.arange(1000) % 10
    crowded = plots.latent_scatter(codes, labels)
    crowded.draw_without_rendering()
    (axis,) = crowded.axes
    places = axis.transData.transform([text.get_position() for text in axis.texts])
    discs = [text.get_bbox_patch().get_window_extent() for text in axis.texts]
    least = min(np.linalg.norm(a - b) for a, b in itertools.combinations(places, 2))
    assert least > 0.95 * max(disc.width for disc in discs), "no name hides another"
    far = np.stack([labels, labels % 3], axis=1) + codes / 100
    (axis,) = plots.latent_scatter(far, labels).axes
    for digit, text in enumerate(axis.texts):
        np.testing.assert_allclose(text.get_position(), np.median(far[labels == digit], axis=0), atol=0.02)
    assert len(plots.latent_scatter(np.zeros((3, 2)), [1, 1, 2]).axes[0].texts) == 2


def test_whole_numbers_have_whole_ticks():
    history = {"loss": [3, 2, 1.5, 1.4, 1.3]}
    (axis,) = plots.learning_curves(history, "loss").axes
    assert all(tick == round(tick) for tick in axis.get_xticks())
    (axis,) = plots.lines([0.5, 1.0], {"a": [1, 2]}, "x", "y").axes
    assert any(tick != round(tick) for tick in axis.get_xticks())


def test_plane_puts_the_first_code_number_to_the_right_and_the_second_upwards():
    images = np.zeros((9, 2, 4))
    images[1] = 0.25  # first number one step up
    images[3] = 0.5  # second number one step up
    (axis,) = plots.plane(images, (-3, 3)).axes
    (mosaic,) = axis.get_images()
    pixels = np.asarray(mosaic.get_array())
    assert pixels.shape == (6, 12)
    assert (pixels[4:, 4:8] == 0.25).all() and (pixels[2:4, :4] == 0.5).all() and pixels.sum() == 8 * 0.75
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
        (lambda: plots.image_rows({"a": IMAGES}, captions=range(5)), "5 captions for 4 columns"),
        (lambda: plots.lines([1, 2, 3], {"a": [1, 2]}, "x", "y"), "'a' has 2 values for 3 positions"),
        (lambda: plots.learning_curves({"loss": [1, 2], "val_loss": [1]}, "y"), "'validation' has 1 values for 2"),
        (lambda: plots.learning_curves({"val_loss": [1]}, "y"), "history has 'val_loss': expected 'loss'"),
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
# Ottosson's Oklab, 2020, in which CSS Color 4 takes 0.02 for a difference that can just be noticed.
TO_CONES = [[0.412221, 0.536333, 0.051446], [0.211903, 0.680700, 0.107397], [0.088302, 0.281719, 0.629979]]
TO_OKLAB = [[0.210454, 0.793618, -0.004072], [1.977998, -2.428592, 0.450594], [0.025904, 0.782772, -0.808676]]


def linear(colour):
    rgb = np.array(matplotlib.colors.to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def oklab(colour, kind):
    """A colour in Oklab, as seen with a kind of colour blindness."""
    return TO_OKLAB @ np.cbrt(TO_CONES @ np.clip(COLOUR_BLIND[kind] @ linear(colour), 0, 1))


def contrast(one, other):
    """WCAG 2's contrast of two colours, from 1 to 21."""
    low, high = sorted(linear(colour) @ [0.2126, 0.7152, 0.0722] + 0.05 for colour in (one, other))
    return high / low


@pytest.mark.parametrize("ground", ["white", "#111111"])
def test_ink_and_colours_read_on_white_and_on_black(ground):
    assert contrast(plots.INK, ground) > 4
    for colour in (*plots.DIGIT_COLOURS, *plots.SERIES_COLOURS):
        assert contrast(colour, ground) > 3, colour


@pytest.mark.parametrize("kind, least", [("none", 0.135), *((kind, 0.07) for kind in list(COLOUR_BLIND)[:3])])
@pytest.mark.parametrize("colours", [plots.DIGIT_COLOURS, plots.SERIES_COLOURS])
def test_colours_differ_also_for_colour_blind_readers(kind, least, colours):
    seen = [oklab(colour, kind) for colour in colours]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > least


@pytest.mark.parametrize("kind", COLOUR_BLIND)
def test_digits_that_are_often_taken_for_each_other_differ_most(kind):
    seen = [oklab(colour, kind) for colour in plots.DIGIT_COLOURS]
    for a, b in [(4, 9), (3, 5), (5, 8), (7, 9), (3, 8)]:
        assert np.linalg.norm(seen[a] - seen[b]) > 0.11, (a, b)


def test_labels_may_be_numbers():
    images = np.zeros((2, 784))
    assert plots.image_rows({0: images, 1: images}).alt.endswith("from the top: 0, 1.")
    assert plots.lines([1, 2], {0.5: [1, 2]}, "x", "y").alt.endswith(": 0.5.")


@pytest.mark.parametrize("shape", [(784,), (28, 28), (28, 28, 1), (12, 20), (12, 20, 3), (64, 64)])
@pytest.mark.parametrize("draw", [lambda images: plots.image_rows({"a": images}), lambda x: plots.plane(x, (0, 1))])
def test_a_single_image_gets_what_to_write(shape, draw):
    images = np.random.default_rng(0).random((4, *shape))
    with pytest.raises(ValueError, match=r"write images\[None\], or x\[:1\] where you took x\[0\]"):
        draw(images[0])
    for batch in (images[0][None], images[:1]):
        (drawn,) = draw(batch).axes[0].get_images()
        pixels = np.asarray(drawn.get_array())
        np.testing.assert_allclose(pixels.ravel(), images[0].ravel())


def test_flat_images_of_another_size_get_their_shape():
    images = np.random.default_rng(0).random((5, 64))
    with pytest.raises(ValueError, match=r"Write images.reshape\(-1, 8, 8\)\."):
        plots.image_rows({"a": images})
    assert plots.image_rows({"a": images.reshape(-1, 8, 8)})


def test_colours_are_drawn_as_they_are_and_kept_in_range():
    images = np.random.default_rng(0).random((2, 12, 20, 3))
    (axis,) = plots.image_rows({"colour": 1.5 * images, "grey": images.mean(axis=-1)}).axes
    colour, grey = axis.get_images()[0], axis.get_images()[2]
    np.testing.assert_allclose(colour.get_array(), np.clip(1.5 * images[0], 0, 1))
    np.testing.assert_allclose(grey.get_array(), images[0].mean(axis=-1))
    left, right, bottom, top = colour.get_extent()
    assert (right - left) / (bottom - top) == pytest.approx(20 / 12)


def test_plane_draws_colours_and_sharp_pixels():
    images = np.zeros((4, 2, 3, 3))
    images[1, ..., 0], images[2, ..., 2], images[3, ..., 1] = 1, 1, 1  # red right of the origin, blue above it
    figure = plots.plane(images, (0, 1))
    (mosaic,) = figure.axes[0].get_images()
    np.testing.assert_array_equal(np.asarray(mosaic.get_array())[[3, 0], [5, 0]], [[1, 0, 0], [0, 0, 1]])
    pixels = np.asarray(picture(figure.png()).convert("RGBA"))
    area = (pixels == (0, 255, 0, 255)).all(axis=-1).sum() / 6
    assert area**0.5 == round(area**0.5) > 100, "each pixel of an image is a square of whole pixels"


def test_many_lines_have_their_names_beside_them_and_few_within():
    draw = lambda count: plots.lines([1, 2], {f"line {i}": [i, i] for i in range(count)}, "x", "y")  # noqa: E731
    few, many = draw(4), draw(5)
    assert few.axes[0].get_legend() and not few.legends
    (legend,) = many.legends
    many.draw_without_rendering()
    assert legend.get_window_extent().x0 > many.axes[0].get_window_extent().x1


def test_no_line_passes_under_a_legend():
    teeth = {f"step {step}": [place % step for place in range(40)] for step in (2, 3, 5)}
    figure = plots.lines(range(40), teeth, "x", "y")
    assert figure.legends and not figure.axes[0].get_legend()


def test_long_names_of_bars_do_not_meet():
    names = [
        f"{way}, {how}"
        for how in ("as trained", "trained on", "trained on, with more inputs")
        for way in ("L1", "TopK")
    ]
    figure = plots.bars(dict.fromkeys(names, 1.0), "MSE")
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in zip(boxes, boxes[1:]))


def test_a_history_may_be_keras_own():
    class History:
        history = {"loss": [2.0, 1.0]}

    assert plots.learning_curves(History(), "loss").alt == plots.learning_curves(History.history, "loss").alt


def test_small_squares_such_as_kernels_are_images_in_grey():
    figure = plots.image_rows({"kernel": np.arange(72).reshape(8, 3, 3) / 72})
    shown = [np.asarray(picture.get_array()) for picture in figure.axes[0].get_images()]
    assert [picture.shape for picture in shown] == [(3, 3)] * 8
    assert np.allclose(shown[7], np.arange(63, 72).reshape(3, 3) / 72)
