"""The straight-through step and the two stages of a generator, read back from Matplotlib's objects beside Keras."""

import keras
import matplotlib.colors
import matplotlib.patches
import numpy as np
import pytest

from aelib import drawings, plots
from aelib.drawings import discrete

BOOK = np.array([[0.2, 0.3], [1.1, 0.9], [1.4, 0.1], [0.3, 1.2]])
STEPS = {  # codebook, encoder's vector, gradient
    "plane": (BOOK, np.array([0.8, 0.6]), np.array([0.4, -0.3])),
    "another entry": (BOOK, np.array([1.2, 0.2]), np.array([-1, 20])),
    "line": (np.array([0.0, 1, 2, 3]), 0.7, -1.4),
    "column": (np.array([[-5.0], [-1], [2]]), np.array([-2.0]), np.array([0.001])),
    "two alike": (np.array([[0.0, 0], [1, 1], [1, 1]]), np.array([2.0, 2]), np.array([1.0, 0])),
}


def arrows(axis, colour):
    """The arrows of a colour, each as (from, to)."""
    notes = [note for note in axis.texts if getattr(note, "arrow_patch", None) is not None]
    rgba = matplotlib.colors.to_rgba(colour)
    return [np.array([note.get_position(), note.xy]) for note in notes if note.arrow_patch.get_edgecolor() == rgba]


def nearest(book, z):
    """The number of the nearest entry, one after the other."""
    return min(range(len(book)), key=lambda i: (float(np.sum((np.atleast_1d(book[i]) - z) ** 2)), i))


@pytest.mark.parametrize("name", STEPS)
def test_forwards_an_arrow_goes_from_z_to_the_nearest_entry(name):
    book, z, gradient = STEPS[name]
    figure = drawings.straight_through(book, z, gradient)
    ((start, end),) = arrows(figure.axes[0], discrete.THERE)
    size = np.size(z)
    k = nearest(book, z)
    assert np.array_equal(start[:size], np.atleast_1d(z)) and np.array_equal(end[:size], np.atleast_1d(book[k]))
    assert f"q = entry {k + 1}" in [text.get_text() for text in figure.axes[0].texts]
    assert f"q = entry {k + 1} = " in figure.alt


@pytest.mark.parametrize("name", STEPS)
def test_backwards_the_same_arrow_stands_at_the_entry_and_at_z_along_the_gradient_that_keras_passes_on(name):
    book, z, gradient = STEPS[name]
    figure = drawings.straight_through(book, z, gradient)
    vectors, q = np.atleast_1d(np.float32(z)), np.atleast_1d(np.float32(book[nearest(book, z)]))
    import tensorflow as tf

    given = tf.constant(vectors)
    with tf.GradientTape() as tape:
        tape.watch(given)
        handed = given + keras.ops.stop_gradient(q - given)
        loss = keras.ops.sum(handed * np.atleast_1d(np.float32(gradient)))
    arrived = tape.gradient(loss, given).numpy()
    at_entry, at_z = arrows(figure.axes[1], discrete.BACK)
    assert np.allclose(at_entry[1] - at_entry[0], at_z[1] - at_z[0])
    along = (at_z[1] - at_z[0])[: len(arrived)]
    assert np.allclose(along / np.linalg.norm(along), arrived / np.linalg.norm(arrived), atol=1e-6)
    assert np.isclose(at_z[0][0], vectors[0]) and np.isclose(at_entry[0][0], q[0])
    if len(arrived) == 2:
        assert np.allclose(at_z[0], vectors) and np.allclose(at_entry[0], q)
    ((copied_from, copied_to),) = arrows(figure.axes[1], plots.INK)
    assert np.array_equal(copied_from, at_entry[0]) and np.array_equal(copied_to, at_z[0])


def test_the_numbers_above_are_those_of_the_arguments():
    forwards, backwards = drawings.straight_through(*STEPS["plane"]).axes
    assert forwards.get_title() == "forwards\nz = (0.80, 0.60)\nq = (1.10, 0.90)"
    assert backwards.get_title() == "backwards\ngradient at q: (0.40, −0.30)\ncopied to z: (0.40, −0.30)"
    forwards, backwards = drawings.straight_through(*STEPS["line"]).axes
    assert forwards.get_title() == "forwards\nz = 0.70\nq = 1" and "copied to z: −1.40" in backwards.get_title()


@pytest.mark.parametrize("name", STEPS)
def test_the_pale_ground_is_where_every_vector_gets_the_same_entry(name):
    book, z, gradient = STEPS[name]
    axis = drawings.straight_through(book, z, gradient).axes[0]
    (ground,) = (patch for patch in axis.patches if isinstance(patch, matplotlib.patches.Polygon))
    low, high = np.transpose([axis.get_xlim(), axis.get_ylim()])
    points = np.random.default_rng(0).uniform(low, high, (500, 2))
    inside = ground.get_path().contains_points(points)
    k, own = nearest(book, z), points if np.ndim(book) == 2 and np.shape(book)[1] == 2 else points[:, :1]
    entries = np.reshape(book, (len(book), -1))
    far = np.linalg.norm(own[:, np.newaxis] - entries, axis=2)
    clear = np.abs(np.diff(np.sort(np.unique(far.round(9), axis=1), axis=1)[:, :2], axis=1))[:, 0] > 1e-3 * np.ptp(far)
    assert np.array_equal(inside[clear], (far[:, k] <= far.min(axis=1))[clear]) and 0 < inside.mean() < 1


GRID = np.arange(49).reshape(7, 7)
IMAGES = np.random.default_rng(0).random((3, 784))


def test_two_stages_show_the_given_images_and_paint_both_grids_on_one_scale():
    figure = drawings.two_stages(
        IMAGES[0], GRID, IMAGES[1].reshape(28, 28), 2 * GRID - 10, IMAGES[2].reshape(28, 28, 1)
    )
    image, grid, rebuilt, new_grid, new_image = (drawn.get_array() for drawn in figure.axes[0].images)
    for drawn, given in zip((image, rebuilt, new_image), IMAGES):
        assert np.allclose(drawn, given.reshape(28, 28))
    assert np.allclose(grid, (GRID + 10) / 96) and np.allclose(new_grid, 2 * GRID / 96)
    names = {text.get_text() for text in figure.axes[0].texts}
    assert {"encoder", "decoder", "the same\ndecoder", "second\nnetwork", "grid", "new grid", "new image"} <= names
    assert "from noise or from the tokens so far" in figure.alt and "latent diffusion" in figure.alt


def test_a_grid_of_one_value_is_black():
    figure = drawings.two_stages(IMAGES[0], np.ones((2, 3)), IMAGES[1], np.ones((2, 3)), IMAGES[2])
    assert not figure.axes[0].images[1].get_array().any()


def test_the_networks_of_two_stages_stand_between_what_they_join_and_touch_nothing():
    figure = drawings.two_stages(IMAGES[0], GRID, IMAGES[1], GRID, IMAGES[2])
    axis = figure.axes[0]
    boxes = [np.reshape(drawn.get_extent(), (2, 2)) for drawn in axis.images]
    blocks = [patch.get_xy() for patch in axis.patches if isinstance(patch, matplotlib.patches.Polygon)]
    boxes += [np.transpose([block.min(axis=0), block.max(axis=0)]) for block in blocks]
    assert len(boxes) == 9 and figure.get_figwidth() * plots.figures.PIXELS_PER_INCH <= 700
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            assert (one[:, 0] >= other[:, 1]).any() or (other[:, 0] >= one[:, 1]).any()


REFUSED = {
    "longer vectors": (drawings.straight_through, (np.ones((4, 8)), np.ones(8), np.ones(8)), r"book\[:, :2\]"),
    "another gradient": (drawings.straight_through, (BOOK, [0.1, 0.2], 1.0), r"gradient of shape \(\)"),
    "one entry": (drawings.straight_through, (BOOK[:1], [0.1, 0.2], [1, 1]), "1 entries: expected 2 to 12"),
    "many entries": (drawings.straight_through, (np.ones((13, 2)), [0.1, 0.2], [1, 1]), r"Write book\[:12\]"),
    "no gradient": (drawings.straight_through, (BOOK, [0.1, 0.2], [0, 0]), "a gradient that is not 0"),
    "no numbers": (drawings.straight_through, (BOOK, [np.nan, 0.2], [1, 0]), "finite numbers"),
    "many grids": (
        drawings.two_stages,
        (IMAGES[0], GRID[np.newaxis], IMAGES[1], GRID, IMAGES[2]),
        r"shapes \(1, 7, 7\) and \(7, 7\).*Write tokens\[0\]",
    ),
    "a diverged grid": (
        drawings.two_stages,
        (IMAGES[0], np.full((7, 7), np.nan), IMAGES[1], GRID, IMAGES[2]),
        "finite",
    ),
    "a diverged image": (drawings.two_stages, (IMAGES[0], GRID, IMAGES[1] * np.nan, GRID, IMAGES[2]), "rebuilt: some"),
    "many rows": (drawings.two_stages, (IMAGES, GRID, IMAGES[1], GRID, IMAGES[2]), r"image of shape \(3, 784\)"),
    "many images": (
        drawings.two_stages,
        (IMAGES[0], GRID, IMAGES[1], GRID, IMAGES.reshape(3, 28, 28)),
        r"new_image of shape \(3, 28, 28\): expected one image.*write images\[0\]",
    ),
    "a short row": (drawings.two_stages, (IMAGES[0, :700], GRID, IMAGES[1], GRID, IMAGES[2]), r"shape \(700,\)"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_can_not_be_drawn_is_refused(what):
    draw, arguments, message = REFUSED[what]
    with pytest.raises(ValueError, match=message):
        draw(*arguments)
