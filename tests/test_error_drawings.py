"""Drawings of errors, of many models side by side and of features, read back from Matplotlib's objects beside NumPy."""

import matplotlib.colors
import matplotlib.patches
import numpy as np
import pytest

from aelib import drawings, plots
from aelib.drawings import signed

RNG = np.random.default_rng(0)
IMAGES = RNG.random((3, 784))
DECODED = {"PCA": np.clip(IMAGES + 0.1 * RNG.normal(size=IMAGES.shape), 0, 1), "mean": np.full((3, 784), 0.5)}
SHAPES = {"rows": (784,), "images": (28, 28), "channel": (28, 28, 1)}


def texts(figure):
    return [text.get_text() for axis in figure.axes for text in axis.texts]


def maps(figure, shape=(28, 28)):
    """The signed maps of a figure, from the top and from the left, as colours (height, width, 4)."""
    found = [image for image in figure.axes[0].images if image.get_array().shape == (*shape, 4)]
    return [image.get_array() for image in sorted(found, key=lambda image: image.get_extent()[3])]


def is_colour(colours, name):
    return (np.abs(colours[..., :3] - matplotlib.colors.to_rgb(name)) < 1e-6).all(axis=-1)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_pixel_has_the_colour_of_its_error_and_equal_errors_look_equal(shape):
    images, decoded = (array.reshape(3, *SHAPES[shape]) for array in (IMAGES, DECODED["PCA"]))
    figure = drawings.error_maps(images, {"PCA": decoded, "mean": DECODED["mean"]})
    errors = np.concatenate([DECODED[label] - IMAGES for label in DECODED]).reshape(6, 28, 28)
    drawn = np.array(maps(figure))
    assert np.array_equal(is_colour(drawn, signed.POSITIVE), errors > 0)
    assert np.array_equal(is_colour(drawn, signed.NEGATIVE), errors <= 0)
    order = np.argsort(np.abs(errors).ravel())
    assert (np.diff(drawn[..., 3].ravel()[order]) >= -1e-9).all(), "a larger error is never paler, in any map"
    assert drawn[..., 3].max() == pytest.approx(1)


def test_no_error_is_transparent_and_the_scale_shows_both_signs():
    figure = drawings.error_maps(IMAGES, {"same": IMAGES})
    assert not np.array(maps(figure))[..., 3].any()
    figure = drawings.error_maps(IMAGES, {"mean": DECODED["mean"]})
    (scale,) = maps(figure, (1, 256))
    assert is_colour(scale[0, :128], signed.NEGATIVE).all() and is_colour(scale[0, 128:], signed.POSITIVE).all()
    most = f"{np.abs(IMAGES - 0.5).max():.2g}"
    assert {f"−{most}\ntoo dark", "0", f"{most}\ntoo bright"} <= set(texts(figure))


def test_mean_squared_errors_stand_below_and_in_the_words():
    figure = drawings.error_maps(IMAGES, DECODED)
    for decoded in DECODED.values():
        for image, other in zip(IMAGES, decoded):
            assert f"{np.square(image - other).mean():.4f}" in texts(figure)
            assert f"{np.square(image - other).mean():.4f}" in figure.alt
    assert {"image", "PCA", "mean", "error", "MSE"} <= set(texts(figure))


def test_colour_images_stay_as_they_are_and_err_in_the_mean_of_their_channels():
    images = RNG.random((2, 6, 4, 3))
    figure = drawings.error_maps(images, {"dark": images * [1, 1, 0.4]})
    assert sum(image.get_array().shape == (6, 4, 3) for image in figure.axes[0].images) == 4
    assert is_colour(np.array(maps(figure, (6, 4))), signed.NEGATIVE).all()


def test_the_mean_error_lets_errors_cancel_and_the_squared_error_does_not():
    """Errors of +0.2 and -0.2 in the left half, always +0.1 in the right."""
    error = np.tile([[0.2] * 14 + [0.1] * 14, [-0.2] * 14 + [0.1] * 14], (2, 28)).reshape(4, 28, 28)
    images = np.full((4, 28, 28), 0.5)
    figure = drawings.mean_error_maps(images, {"model": images + error, "other": images})
    mean, nothing, square, _ = maps(figure)
    assert not nothing[..., 3].any()
    assert mean[:, :14, 3].max() < 1e-6 and mean[:, 14:, 3].min() == pytest.approx(1)
    assert is_colour(mean[:, 14:], signed.POSITIVE).all()
    assert square[:, :14, 3].min() == pytest.approx(1) and 0 < square[:, 14:, 3].max() < 0.5
    assert f"MSE {(0.04 + 0.01) / 2:.4f}" in texts(figure) and "MSE 0.0000" in texts(figure)


def test_a_family_portrait_has_rows_with_error_code_and_time():
    family = {
        "PCA": (DECODED["PCA"], "32 numbers", 0.21),
        "grey": (DECODED["mean"].reshape(3, 28, 28), "nothing", None),
    }
    figure = drawings.family_portrait(IMAGES, family)
    rows = {text.get_text(): text.get_position()[1] for text in figure.axes[0].texts}
    mse = {label: np.square(decoded - IMAGES).mean() for label, decoded in DECODED.items()}
    assert rows["PCA"] == rows[f"{mse['PCA']:.4f}"] == rows["32 numbers"] == rows["0.21 s"]
    assert rows["grey"] == rows[f"{mse['mean']:.4f}"] == rows["nothing"] == rows[""]
    bars = [patch.get_width() for patch in figure.axes[0].patches if patch.get_fill()]
    assert bars[0] / bars[1] == pytest.approx(mse["PCA"] / mse["mean"])
    pictures = [image.get_array() for image in figure.axes[0].images]
    assert np.allclose(pictures, np.concatenate([IMAGES, *DECODED.values()]).reshape(9, 28, 28))
    assert "0.21 s" in figure.alt and "nothing" in figure.alt


def test_a_family_portrait_draws_ten_images_and_measures_all():
    images = np.zeros((20, 784))
    decoded = np.concatenate([images[:10], images[10:] + 0.2])
    figure = drawings.family_portrait(images, {"late": (decoded, "nothing", None)})
    assert "0.0200" in [text.get_text() for text in figure.axes[0].texts]  # half of the images, 0.2 squared
    assert len(figure.axes[0].images) == 2 * 10 and not np.any(figure.axes[0].images[-1].get_array())
    assert "The errors are those of 20." in figure.alt


@pytest.mark.parametrize(
    "draw, arguments, message",
    [
        (drawings.error_maps, (np.zeros((13, 784)), {"a": np.zeros((13, 784))}), "13 images.*at most 12"),
        (drawings.error_maps, (IMAGES, {"PCA": IMAGES[:2]}), r"'PCA'.*\(2, 28, 28\).*\(3, 28, 28\)"),
        (drawings.error_maps, (IMAGES, IMAGES), "dict"),
        (drawings.error_maps, (IMAGES[0], {"a": IMAGES[0]}), r"\(784,\).*image\[None\]"),
        (drawings.error_maps, (IMAGES, {"a": IMAGES * np.nan}), "'a'.*not finite"),
        (drawings.mean_error_maps, (IMAGES, {}), "dict"),
        (drawings.mean_error_maps, (np.zeros((2, 4, 4, 2)), {"a": IMAGES}), "1 or 3 channels"),
        (drawings.family_portrait, (IMAGES, {"PCA": IMAGES}), "expected a dict such as"),
        (drawings.feature_arrows, ({"a": np.ones((5, 3))},), r"\(5, 3\)"),
        (drawings.feature_arrows, ({},), "at least one panel"),
        (drawings.feature_arrows, ({"a": [[np.nan, 1]]},), "finite"),
        (drawings.feature_arrows, ({"a": np.ones((5, 2))}, ["x"]), "1 entries for 5 features"),
    ],
)
def test_what_can_not_be_drawn_is_refused(draw, arguments, message):
    with pytest.raises(ValueError, match=message):
        draw(*arguments)


ANGLES = np.linspace(0, 2 * np.pi, 5, endpoint=False)
PENTAGON = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
TWO = np.array([[1.1, 0], [0, -0.9], [0.01, 0.02], [0, 0], [-0.1, 0.1]])


def arrows(axis):
    """The tips of a panel's arrows, in the order in which they were drawn."""
    return [note.xy for note in axis.texts if not note.get_text()]


def test_arrows_end_where_the_features_do_on_equal_axes():
    figure = drawings.feature_arrows({"rare": PENTAGON, "common": TWO})
    rare, common = figure.axes
    assert rare.get_xlim() == common.get_xlim() == rare.get_ylim() == common.get_ylim()
    assert sorted(map(tuple, arrows(rare))) == sorted(map(tuple, PENTAGON))
    assert sorted(map(tuple, arrows(common))) == sorted(map(tuple, TWO[:2]))
    for axis in figure.axes:
        (circle,) = (patch for patch in axis.patches if isinstance(patch, matplotlib.patches.Circle))
        assert circle.get_radius() == 1 and tuple(circle.center) == (0, 0)


def test_features_without_an_arrow_are_open_circles_and_named():
    figure = drawings.feature_arrows({"rare": PENTAGON, "common": TWO}, ["ear", "nose", "paw", "tail", "fur"])
    rare, common = figure.axes
    assert rare.get_title() == "rare\nnone is lost" and common.get_title() == "common\nlost: paw, tail, fur"
    circles = [line for line in common.lines if line.get_marker() == "o"]
    assert sorted(tuple(np.ravel(line.get_data())) for line in circles) == sorted(map(tuple, TWO[2:]))
    assert all(line.get_markerfacecolor() == "none" for line in circles)
    assert "lost: paw, tail, fur" in figure.alt and "ear 1.10" in figure.alt


def test_each_label_is_nearest_to_the_tip_of_its_own_arrow():
    directions = np.concatenate([PENTAGON, 0.5 * PENTAGON[:2]])
    (axis,) = drawings.feature_arrows({"": directions}).axes
    labels = {text.get_text(): text.get_position() for text in axis.texts if text.get_text()}
    assert list(labels) == list("1234567")
    for i, place in enumerate(labels.values()):
        assert np.linalg.norm(directions - place, axis=1).argmin() == i


def test_a_feature_keeps_its_colour_from_panel_to_panel():
    figure = drawings.feature_arrows({"one": PENTAGON, "other": PENTAGON[::-1]})
    for axis, directions in zip(figure.axes, (PENTAGON, PENTAGON[::-1])):
        colours = {tuple(note.xy): note.arrow_patch.get_facecolor() for note in axis.texts if not note.get_text()}
        expected = [matplotlib.colors.to_rgba(colour) for colour in plots.SERIES_COLOURS[:5]]
        assert [colours[tuple(direction)] for direction in directions] == expected
