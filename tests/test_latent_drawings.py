"""Drawings of the latent space, of posteriors and of what codes cost, read back from Matplotlib's own objects."""

import keras
import matplotlib.patches
import matplotlib.pyplot as plt
import matplotlib.transforms
import numpy as np
import pytest
import scipy.optimize
import scipy.spatial
import scipy.stats
from mpl_toolkits.mplot3d import proj3d
from mpl_toolkits.mplot3d.art3d import Line3DCollection, Poly3DCollection
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from aelib import drawings, plots
from aelib.drawings import compression, latent, lettering, models, posterior, surfaces

RANDOM = np.random.default_rng(0)
SHEET = RANDOM.normal(size=(60, 3)) * [3, 2, 0.4] + [1, 2, 3]
PIXELS = RANDOM.random((40, 4), dtype=np.float32)
DIGITS = np.arange(40) % 4
CODES = RANDOM.normal(size=(400, 2)) @ [[3, 1], [0, 0.5]] + np.repeat([[0, 0], [9, -4]], 200, axis=0)
RATES = {
    "VAE": {"β = 0.5": (28, 72), "β = 1": (20, 80), "β = 4": (7, 120), "β = 10": (1, 190)},
    "PCA": {"2": (6, 160), "4": (11, 140), "16": (27, 101)},
}
WORDS = {"e": "0", "t": "10", "a": "110", "z": "1110"}
CHANCES = {"e": 0.4, "t": 0.3, "a": 0.2, "z": 0.1}
KL = np.outer(np.linspace(0, 1, 12), [2.5, 0.003, 2.45, 1, 0.001])


def dense(kernel, bias=None, activation=None):
    """A model of one dense layer with these weights."""
    kernel = np.asarray(kernel, np.float32)
    bias = np.zeros(kernel.shape[1], np.float32) if bias is None else np.asarray(bias, np.float32)
    model = keras.Sequential([keras.Input((len(kernel),)), keras.layers.Dense(kernel.shape[1], activation)])
    model.set_weights([kernel, bias])
    return model


def linear_pair(points, dims):
    """The encoder and the decoder that PCA is, as Keras models."""
    pca = PCA(dims).fit(points)
    return dense(pca.components_.T, -pca.components_ @ pca.mean_), dense(pca.components_, pca.mean_), pca


def variational(mean_kernel, mean_bias, log_var):
    """An encoder with a linear mean, the same variances for all images, and codes z that are far from the mean."""
    image = keras.Input((len(mean_kernel),))
    mean = dense(mean_kernel, mean_bias)(image)
    spread = dense(np.zeros_like(mean_kernel), log_var)(image)
    return keras.Model(image, [mean + 100.0, mean, spread])


TAKE_TWO = np.eye(4, 2)  # four pixels to the first two
GIVE_TWO = np.eye(2, 4)
SIGMOID = dense([[2.0, -1.0, 0.5, 3.0], [0.5, 2.0, -2.0, 1.0]], [0.1, -0.2, 0.3, 0.0], "sigmoid")
AROUND = variational(TAKE_TWO, [-0.5, 0.2], [-1.0, -2.0])
EPS = np.random.default_rng(5).normal(size=(3, 4, 2))
ACROSS, UP = np.linspace(-6, 6, 121), np.linspace(-4, 4, 81)
PLANE = np.stack(np.meshgrid(ACROSS, UP), axis=-1)
WIDE, NARROW = (
    scipy.stats.multivariate_normal(mean, covariance).pdf(PLANE)
    for mean, covariance in (((0.5, 0), [[2, 0.5], [0.5, 1]]), ((-2, 1), [[0.2, 0], [0, 0.1]]))
)
FIGURES = {
    "manifold": lambda: drawings.manifold(*linear_pair(SHEET, 2)[:2], SHEET),
    "curve": lambda: drawings.manifold(*linear_pair(SHEET, 1)[:2], SHEET),
    "decoded_plane": lambda: drawings.decoded_plane(dense(TAKE_TWO), SIGMOID, PIXELS, DIGITS),
    "latent_map": lambda: drawings.latent_map(PIXELS[:, :2], PIXELS, DIGITS),
    "mixtures": lambda: drawings.mixtures(CODES, [GaussianMixture(k, random_state=0).fit(CODES) for k in (1, 3)]),
    "factor_scores": lambda: drawings.factor_scores([[0.91, 0.02], [0.0, 1.0], [0.5, 0.3]], ["shape", "orientation"]),
    "posteriors": lambda: drawings.posteriors(AROUND, SIGMOID, PIXELS[:3]),
    "two_posteriors": lambda: drawings.posteriors(AROUND, SIGMOID, PIXELS[:2]),
    "one_posterior": lambda: drawings.posteriors(AROUND, SIGMOID, PIXELS[:1]),
    "drawn_codes": lambda: drawings.drawn_codes(AROUND, SIGMOID, PIXELS[:3], DIGITS[:3], EPS),
    "densities": lambda: drawings.densities(ACROSS, UP, {"wide": WIDE, "narrow": NARROW}, truth=WIDE),
    "density_of_points": lambda: drawings.densities(ACROSS, UP, {"noise 0.5": NARROW}, points=CODES, names=("p", "")),
    "kl_per_dimension": lambda: drawings.kl_per_dimension(KL),
    "rate_distortion": lambda: drawings.rate_distortion(RATES, bound=[(0, 90), (40, 50)]),
    "one_rate": lambda: drawings.rate_distortion({"PCA": {"8": (30.0, 110.0)}}),
    "prefix_code": lambda: drawings.prefix_code(WORDS, CHANCES),
    "straight_through": lambda: drawings.straight_through([[0, 0], [1, 1], [2, 0]], [0.8, 0.6], [0.4, -0.3]),
    "straight_through on a line": lambda: drawings.straight_through([0, 1, 2], 0.7, -1.4),
    "two_stages": lambda: drawings.two_stages(*np.random.default_rng(0).random((5, 7, 7))),
}


# As SVG these are too large for a notebook.
MOSTLY_PIXELS = {"manifold", "curve", "decoded_plane", "latent_map", "mixtures", "drawn_codes"}


@pytest.fixture(scope="module", params=FIGURES)
def figure(request):
    made = FIGURES[request.param]()
    made.draw_without_rendering()
    assert made.vector == (request.param not in MOSTLY_PIXELS)
    return made


def test_a_drawing_is_vector_unless_it_is_mostly_pixels_transparent_closed_and_described(figure):
    assert not plt.get_fignums()
    assert len(figure.alt) > 60 and figure.alt.endswith(".")
    assert figure.get_facecolor()[3] == 0 and all(axis.get_facecolor()[3] == 0 for axis in figure.axes)


def test_nothing_is_cut_off_and_no_text_is_smaller_than_a_tick_label(figure):
    page = figure.get_tightbbox()  # in inches, of all but the labels that leave the layout alone
    assert page.x0 >= -0.01 and page.y0 >= -0.01
    assert page.x1 <= figure.get_figwidth() + 0.01 and page.y1 <= figure.get_figheight() + 0.01
    for text in (text for axis in figure.axes for text in axis.texts):
        box = text.get_window_extent()
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 and figure.bbox.y0 <= box.y0, text.get_text()
    sizes = [text.get_fontsize() for text in figure.findobj(matplotlib.text.Text) if text.get_text().strip()]
    assert min(sizes) >= 9


# The manifold


def corners(surface):
    """All corners (k, 3) of a surface's faces."""
    return surface._faces[~surface._invalid_vertices]


@pytest.mark.parametrize("dims", [1, 2])
def test_of_a_linear_autoencoder_both_halves_are_the_principal_components(dims):
    encoder, decoder, pca = linear_pair(SHEET, dims)
    figure = drawings.manifold(encoder, decoder, SHEET)
    rebuilt = pca.inverse_transform(pca.transform(SHEET))
    error = f"{np.mean((SHEET - rebuilt) ** 2):.2g}"
    assert figure.alt.count(f"mean squared error {error}") == 2
    for axis in figure.axes:
        assert axis.get_title().endswith(f"mean squared error {error}")
        (ways,) = (found for found in axis.collections if type(found) is Line3DCollection)
        np.testing.assert_allclose(ways._segments3d, np.stack([SHEET, rebuilt], axis=1), atol=1e-5)
        surface = [found for found in axis.collections if isinstance(found, Poly3DCollection)]
        drawn = np.array(axis.lines[0].get_data_3d()).T if dims == 1 else corners(*surface)
        away = drawn - pca.inverse_transform(pca.transform(drawn))
        assert np.abs(away).max() < 1e-4


def test_the_surface_is_the_decoders_and_covers_the_hull_of_the_codes():
    codes = RANDOM.normal(size=(50, 2))
    cells = surfaces._cells(codes)
    area = sum(scipy.spatial.ConvexHull(cell).volume for cell in cells)
    assert area == pytest.approx(scipy.spatial.ConvexHull(codes).volume, rel=1e-6)
    bent = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(3)])
    encoder = dense(np.eye(3, 2))
    figure = drawings.manifold(encoder, bent, SHEET)
    (surface,) = (found for found in figure.axes[1].collections if isinstance(found, Poly3DCollection))
    grid = np.concatenate(surfaces._cells(SHEET[:, :2].astype(np.float32))).astype(np.float32)
    np.testing.assert_allclose(corners(surface), keras.ops.convert_to_numpy(bent(grid)), atol=1e-5)


def test_points_under_a_lid_are_behind_it_and_points_above_or_beside_it_are_not():
    lid = [np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], float)]
    points = np.array([(0, 0, -0.1), (0.5, -0.5, -0.01), (0, 0, 0.1), (3, 0, -0.1), (0, -3, -0.1)])
    assert surfaces._are_behind(points, lid).tolist() == [True, True, False, False, False]
    wall = [np.array([(-1, 0, -1), (1, 0, -1), (1, 0, 1), (-1, 0, 1)], float)]  # the reader stands at negative y
    assert surfaces._are_behind(np.array([(0, 0.1, 0), (0, -0.1, 0)]), wall).tolist() == [True, False]


# The decoded plane


@pytest.mark.parametrize(
    "encoder", [dense(TAKE_TWO), variational(TAKE_TWO, [0, 0], [0, 0])], ids=["plain", "variational"]
)
def test_each_place_of_the_decoded_plane_shows_what_the_decoder_makes_of_it(encoder):
    figure = drawings.decoded_plane(encoder, dense(GIVE_TWO), PIXELS, DIGITS)
    left, right = figure.axes
    (image,) = left.get_images()
    assert image.get_clim() == (0, 1) and image.get_cmap().name == "gray" and image.origin == "upper"
    mosaic, (x0, x1, y0, y1) = np.asarray(image.get_array()), image.get_extent()
    side = latent.SIDE
    x = x0 + (np.arange(side) + 0.5) * (x1 - x0) / side
    y = y1 - (np.arange(side) + 0.5) * (y1 - y0) / side  # from the top
    np.testing.assert_allclose(mosaic[::2, ::2], np.tile(x, (side, 1)), atol=1e-5)  # the first pixel of each image
    np.testing.assert_allclose(mosaic[::2, 1::2], np.tile(y[:, None], side), atol=1e-5)
    for axis in (left, right):
        assert axis.get_xlim() == (x0, x1) and axis.get_ylim() == (y0, y1)
    points = np.concatenate([found.get_offsets() for found in right.collections])
    np.testing.assert_allclose(points, np.concatenate([PIXELS[DIGITS == digit, :2] for digit in range(4)]), atol=1e-6)
    assert [text.get_text() for text in right.texts] == list("0123")
    prior = [1, 2, 3] if isinstance(encoder.output_shape, list) else []
    assert [circle.radius for circle in right.patches] == prior and not left.patches


def test_a_plane_of_codes_that_are_all_the_same_is_still_drawn():
    drawings.decoded_plane(dense(np.zeros((4, 2))), SIGMOID, PIXELS, DIGITS).draw_without_rendering()


# The mixtures


def test_an_ellipse_lies_two_standard_deviations_from_its_mean_and_holds_as_much_as_it_says():
    fitted = [GaussianMixture(k, random_state=0).fit(CODES) for k in (1, 2)]
    figure = drawings.mixtures(CODES, fitted)
    assert [axis.get_title() for axis in figure.axes] == ["1 Gaussian", "2 Gaussians"]
    for axis, mixture in zip(figure.axes, fitted):
        assert len(axis.patches) == len(mixture.means_)
        for ellipse, mean, covariance in zip(axis.patches, mixture.means_, mixture.covariances_):
            edge = axis.transData.inverted().transform(ellipse.get_verts()) - mean
            far = np.sqrt(np.einsum("ni,ij,nj->n", edge, np.linalg.inv(covariance), edge))
            np.testing.assert_allclose(far, latent.DEVIATIONS, rtol=3e-3)  # drawn by cubic curves
    assert round(100 * scipy.stats.chi2(2).cdf(latent.DEVIATIONS**2)) == 86
    assert "86 %" in drawings.mixtures.__doc__


@pytest.mark.parametrize(
    "codes, fitted, words",
    [
        (PIXELS, [], r"codes of shape \(40, 4\): expected finite numbers"),
        (CODES, [], "0 mixtures: expected one to four"),
        (CODES, [GaussianMixture(2)], r"covariances of shape \(\): expected"),
        (CODES, [GaussianMixture(2, random_state=0).fit(PIXELS)], r"covariances of shape \(2, 4, 4\): expected"),
    ],
)
def test_what_is_no_mixture_in_the_plane_is_named(codes, fitted, words):
    with pytest.raises(ValueError, match=words):
        drawings.mixtures(codes, fitted)


# The map


def boxes(axis):
    """The thumbnails' (left, bottom, right, top), and where they are in the axis."""
    extents = np.array([image.get_extent() for image in axis.get_images()]).reshape(-1, 4)
    return extents[:, [0, 2, 1, 3]]


@pytest.mark.parametrize("n, scale", [(600, (1, 1)), (60, (1, 50)), (1, (1, 1))])
def test_thumbnails_keep_clear_of_each_other_and_lines_lead_from_their_own_codes(n, scale):
    codes, labels = np.random.default_rng(n).normal(size=(n, 2)) * scale, np.arange(n) % 10
    images = np.linspace(0, 1, n)[:, None] * np.ones(4)  # each image has a grey of its own
    figure = drawings.latent_map(codes, images, labels)
    (axis,) = figure.axes
    found = boxes(axis)
    assert len(found) >= min(n, 10)
    for i, (left, bottom, right, top) in enumerate(found):
        for other in found[:i]:
            assert right <= other[0] or other[2] <= left or top <= other[1] or other[3] <= bottom
    (x0, x1), (y0, y1) = axis.get_xlim(), axis.get_ylim()
    assert (found >= np.array([x0, y0, x0, y0]) - 1e-9).all() and (found <= np.array([x1, y1, x1, y1]) + 1e-9).all()
    lines = [line.get_xydata() for line in axis.lines if len(line.get_xydata()) == 2]
    frames = [patch for patch in axis.patches if isinstance(patch, matplotlib.patches.Rectangle)]
    assert len(lines) == len(found) == len(frames)
    for mine, (line, box, image, frame) in enumerate(zip(lines, found, axis.get_images(), frames)):
        np.testing.assert_allclose(line[0], [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
        i = np.linalg.norm(codes - line[1], axis=1).argmin()
        np.testing.assert_array_equal(image.get_array(), images[i].reshape(2, 2))
        assert matplotlib.colors.to_hex(frame.get_edgecolor()) == plots.DIGIT_COLOURS[labels[i]]
        along = line[0] + np.linspace(0, 1, 200)[:, None] * (line[1] - line[0])
        for other in np.delete(found, mine, axis=0):
            assert not ((along > other[:2]) & (along < other[2:])).all(axis=1).any()
    figure.draw_without_rendering()
    discs = [text.get_bbox_patch().get_window_extent() for text in axis.texts]
    assert len(discs) == len(np.unique(labels))
    for box in found:
        thumbnail = matplotlib.transforms.Bbox(axis.transData.transform(box.reshape(2, 2)))
        assert thumbnail.count_overlaps(discs) == 0
    for i, disc in enumerate(discs):
        assert disc.shrunk(0.7, 0.7).count_overlaps([other.shrunk(0.7, 0.7) for other in discs[:i]]) == 0


# Codes and factors


def contrast(one, other):
    """The contrast ratio of the Web Content Accessibility Guidelines."""

    def luminance(colour):
        channels = np.array(matplotlib.colors.to_rgb(colour))
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_each_score_stands_in_its_cell_with_contrast_and_darker_means_more():
    scores = np.linspace(0, 1, 12).reshape(4, 3)
    (axis,) = drawings.factor_scores(scores, ["shape", "scale", "x"]).axes
    greys = []
    for cell, text, (place, score) in zip(axis.patches, axis.texts, np.ndenumerate(scores)):
        assert text.get_text() == f"{score:.2f}" and text.get_position() == place[::-1]
        assert cell.get_bbox().contains(*text.get_position())
        assert contrast(cell.get_facecolor()[:3], text.get_color()) >= 4.5
        greys.append(contrast(cell.get_facecolor()[:3], "black"))
    assert greys == sorted(greys, reverse=True)
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["shape", "scale", "x"]
    assert [tick.get_text() for tick in axis.get_yticklabels()] == list("1234")


def test_black_or_white_reads_on_every_colour():
    for colour in np.random.default_rng(0).random((200, 3)):
        assert contrast(colour, lettering.black_or_white(colour)) >= 4.5


# Posteriors


def test_the_joint_is_the_sum_over_pixels_and_the_prior():
    z = np.random.default_rng(1).normal(size=(5, 2))
    kernel, bias = (np.asarray(weight, float) for weight in SIGMOID.get_weights())
    found = posterior.log_joint(SIGMOID, PIXELS[:3], z)
    for i, image in enumerate(PIXELS[:3]):
        for j, code in enumerate(z):
            expected = scipy.stats.multivariate_normal(np.zeros(2)).logpdf(code)
            for pixel, logit in zip(image, code @ kernel + bias):
                p = 1 / (1 + np.exp(-logit))
                expected += pixel * np.log(p) + (1 - pixel) * np.log(1 - p)
            assert found[i, j] == pytest.approx(expected, abs=1e-4)


def test_the_levels_are_those_of_a_normal_distribution_in_closed_form():
    steps = np.linspace(-6, 6, 401)
    density = np.exp(-(steps[:, None] ** 2 + steps**2) / 2) / (2 * np.pi)
    levels = posterior.mass_levels(density, (0.5, 0.9))  # above a level lies 1 - 2 pi level of it
    np.testing.assert_allclose(levels, [0.5 / (2 * np.pi), 0.1 / (2 * np.pi)], rtol=0.01)


def regions(axis):
    """The paths of the outer and the inner contour, and the ellipses of q, the inner one first."""
    lines = [found for found in axis.collections if not found.filled]
    return lines[0].get_paths(), [patch for patch in axis.patches if isinstance(patch, matplotlib.patches.Ellipse)]


def test_codes_are_drawn_with_the_noise_given_within_ellipses_of_two_standard_deviations_and_decoded():
    figure = drawings.drawn_codes(AROUND, SIGMOID, PIXELS[:3], DIGITS[:3], EPS)
    left, plane, right = figure.axes
    std = np.exp([-0.5, -1.0])
    ellipses = [patch for patch in plane.patches if type(patch) is matplotlib.patches.Ellipse]
    order = np.argsort(-(PIXELS[:3, 1] + 0.2))  # the highest mean comes first
    for row, (i, ellipse) in enumerate(zip(order, ellipses)):
        mean = PIXELS[i, :2] + [-0.5, 0.2]
        np.testing.assert_allclose(ellipse.center, mean, atol=1e-5)
        np.testing.assert_allclose([ellipse.width, ellipse.height], 4 * std, rtol=1e-5)
        z = mean + std * EPS[i]
        np.testing.assert_allclose(np.transpose(plane.lines[row].get_data()), z, atol=1e-5)
        decoded = models.pictures(SIGMOID.predict(z, verbose=0))
        shown = [picture.get_array() for picture in right.images[4 * row : 4 * row + 4]]
        np.testing.assert_allclose(shown, decoded, atol=1e-5)
        np.testing.assert_allclose(left.images[row].get_array(), models.pictures(PIXELS[[i]])[0])
    assert [type(patch) for patch in plane.patches].count(matplotlib.patches.Circle) == 3


@pytest.mark.parametrize(
    "images, labels, eps, words",
    [
        (PIXELS[:6], DIGITS[:6], np.zeros((6, 2, 2)), "one to five"),
        (PIXELS[:2], DIGITS[:3], np.zeros((2, 2, 2)), "a label of each"),
        (PIXELS[:2], DIGITS[:2], np.zeros((2, 2)), "eps of shape"),
        (PIXELS[:2], DIGITS[:2], np.zeros((2, 2, 3)), r"expected \(2, draws, 2\)"),
        (PIXELS[:2], DIGITS[:2], np.zeros((2, 7, 2)), "one to six draws"),
    ],
)
def test_codes_are_drawn_only_for_images_with_labels_and_noise(images, labels, eps, words):
    with pytest.raises(ValueError, match=words):
        drawings.drawn_codes(AROUND, SIGMOID, images, labels, eps)


def test_the_contours_hold_the_shares_that_weighted_samples_have():
    figure = drawings.posteriors(AROUND, SIGMOID, PIXELS[:2])
    samples = np.random.default_rng(2).normal(size=(40_000, 2))  # from the prior, weighted by the likelihood
    kernel, bias = SIGMOID.get_weights()
    logits = samples @ kernel + bias
    for image, axis in zip(PIXELS, figure.axes[2:]):
        weights = np.exp((image * logits - np.logaddexp(0, logits)).sum(axis=1))
        (outer, inner), ellipses = regions(axis)
        for path, share in ((outer, 0.9), (inner, 0.5)):
            inside = path.contains_points(samples)
            assert weights[inside].sum() / weights.sum() == pytest.approx(share, abs=0.02)
        mean, std = image[:2] + [-0.5, 0.2], np.exp([-0.5, -1.0])
        drawn = mean + std * np.random.default_rng(3).normal(size=(40_000, 2))
        for ellipse, share in zip(ellipses, (0.5, 0.9)):
            (width, height), centre = (ellipse.width, ellipse.height), np.array(ellipse.center)
            np.testing.assert_allclose(centre, mean, atol=1e-5)
            inside = (((drawn - centre) / [width / 2, height / 2]) ** 2).sum(axis=1) <= 1
            assert inside.mean() == pytest.approx(share, abs=0.01)


def test_a_posterior_narrower_than_the_grid_is_found():
    decoder = dense([[300.0, 0, 300, 0], [0, 300, 0, 300]], [-90, 210, -90, 210], "sigmoid")
    half = np.full((1, 4), 0.5, np.float32)  # so the code is (0.3, -0.7), give or take a hundredth
    figure = drawings.posteriors(variational(TAKE_TWO, [-0.2, -1.2], [-9.0, -9.0]), decoder, half)
    (outer, _), _ = regions(figure.axes[1])
    box = outer.get_extents()
    np.testing.assert_allclose([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2], [0.3, -0.7], atol=1e-3)
    assert box.width < 0.05 and box.height < 0.05


# KL


def test_active_dimensions_are_named_beside_the_ends_of_their_lines():
    figure = drawings.kl_per_dimension(KL)
    (axis,) = figure.axes
    drawn = sorted((line.get_ydata() for line in axis.lines), key=lambda values: values[-1])
    np.testing.assert_array_equal(drawn, KL[:, np.argsort(KL[-1])].T)
    names = {text.get_text(): text for text in axis.texts}
    assert list(names) == ["dimension 1: 2.50", "dimension 3: 2.45", "dimension 4: 1.00", "2 inactive"]
    assert [text.xy[1] for text in axis.texts][:3] == [2.5, 2.45, 1.0]
    figure.draw_without_rendering()
    extents = [text.get_window_extent() for text in axis.texts]
    for i, extent in enumerate(extents):
        assert extent.shrunk(1, 0.9).count_overlaps([other.shrunk(1, 0.9) for other in extents[:i]]) == 0
    heights = [extent.y0 for extent in extents]
    assert heights == sorted(heights, reverse=True)


def test_labels_that_have_room_stay_and_others_move_as_little_as_possible():
    np.testing.assert_array_equal(lettering.spread([3.0, 1.0, 2.0], 1.0), [3, 1, 2])
    np.testing.assert_allclose(lettering.spread([0.0, 0.0], 1.0), [-0.5, 0.5])
    np.testing.assert_allclose(lettering.spread([0.0, 0.1, 5.0], 1.0, low=0), [0, 1, 5])
    wished = np.random.default_rng(0).random(6)
    found = lettering.spread(wished, 0.3)
    order = np.argsort(wished)
    apart = {"type": "ineq", "fun": lambda x: np.diff(x[order]) - 0.3}
    best = scipy.optimize.minimize(lambda x: ((x - wished) ** 2).sum(), wished, constraints=apart, method="SLSQP")
    np.testing.assert_allclose(found, best.x, atol=1e-3)


# Rate and distortion


def test_rates_and_distortions_stand_where_they_belong_with_their_labels_apart():
    figure = FIGURES["rate_distortion"]()
    (axis,) = figure.axes
    vae, pca, bound = axis.lines
    np.testing.assert_array_equal(vae.get_xydata(), list(RATES["VAE"].values()))
    np.testing.assert_array_equal(pca.get_xydata(), list(RATES["PCA"].values()))
    np.testing.assert_array_equal(bound.get_xydata(), [(0, 90), (40, 50)])
    assert vae.get_marker() != pca.get_marker() and vae.get_linestyle() != pca.get_linestyle()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["VAE", "PCA", "lower bound"]
    figure.draw_without_rendering()
    labels = {text.get_text(): text for text in axis.texts if text.get_text() not in ("", "better")}
    for points in RATES.values():
        for name, point in points.items():
            text = labels[name]
            assert text.xy == point or tuple(text.xy) == point
            box, (x, y) = text.get_window_extent(), axis.transData.transform(point)
            assert max(box.x0 - x, x - box.x1, box.y0 - y, y - box.y1) < 15, "a label stands beside its point"
            assert not box.contains(x, y)
    extents = [text.get_window_extent() for text in labels.values()]
    assert all(extent.count_overlaps(extents) == 1 for extent in extents)
    (arrow,) = (text for text in axis.texts if text.get_text() == "")
    assert arrow.xy[0] < arrow.xyann[0] and arrow.xy[1] < arrow.xyann[1], "the arrow points to the lower left"
    assert "β = 4 at (7, 120)" in figure.alt


def test_a_place_has_one_label_a_method_in_the_methods_colour():
    figure = drawings.rate_distortion({"A": {"1": (2, 3), "2": (2, 3), "3": (5, 1)}, "B": {"1": (4, 2)}})
    (axis,) = figure.axes
    labels = [text for text in axis.texts if text.get_text() not in ("", "better")]
    assert [text.get_text() for text in labels] == ["1, 2", "3", "1"]
    assert [text.get_color() for text in labels] == [axis.lines[i].get_color() for i in (0, 0, 1)]


# Prefix codes


def test_the_words_blocks_tile_the_interval_to_scale_in_the_order_of_their_fractions():
    figure = drawings.prefix_code(WORDS, CHANCES)
    (axis,) = figure.axes
    blocks = [patch for patch in axis.patches if isinstance(patch, matplotlib.patches.Rectangle)]
    left, right = blocks[0:8:2], blocks[1:8:2]
    np.testing.assert_allclose([block.get_height() for block in left], [0.4, 0.3, 0.2, 0.1])
    np.testing.assert_allclose([block.get_y() for block in left], [0, 0.4, 0.7, 0.9])
    np.testing.assert_allclose([block.get_height() for block in right], [1 / 2, 1 / 4, 1 / 8, 1 / 16])
    np.testing.assert_allclose([block.get_y() for block in right], [0, 1 / 2, 3 / 4, 7 / 8])
    (unused,) = blocks[8:]
    assert (unused.get_y(), unused.get_height(), unused.get_hatch()) == (15 / 16, 1 / 16, "///")
    written = [text.get_text() for text in axis.texts]
    assert [text for text in written if not set(text) - set("01")] == list(WORDS.values())
    entropy = scipy.stats.entropy(list(CHANCES.values()), base=2)
    assert f"entropy {entropy:.3g} bits, mean length {0.4 + 0.6 + 0.6 + 0.4:.3g} bits per symbol" in written
    assert "The words leave 0.0625 of the unit interval unused." in figure.alt


def test_a_gap_in_the_middle_of_the_words_is_hatched_and_a_complete_code_has_none():
    (axis,) = drawings.prefix_code({"a": "00", "b": "11"}, {"a": 0.5, "b": 0.5}).axes
    gaps = [(patch.get_y(), patch.get_height()) for patch in axis.patches if patch.get_hatch()]
    assert gaps == [(0.25, 0.5)]
    (axis,) = drawings.prefix_code({"a": "0", "b": "10", "c": "11"}, {"a": 0.5, "b": 0.25, "c": 0.25}).axes
    assert not [patch for patch in axis.patches if patch.get_hatch()]


# Densities over the plane


def test_contours_of_a_gaussian_are_the_ellipses_that_hold_half_and_nine_tenths_of_it():
    figure = drawings.densities(ACROSS, UP, {"wide": WIDE, "narrow": NARROW}, truth=WIDE)
    assert [axis.get_title() for axis in figure.axes] == ["wide", "narrow"]
    for axis, mean, covariance in zip(figure.axes, ((0.5, 0), (-2, 1)), ([[2, 0.5], [0.5, 1]], [[0.2, 0], [0, 0.1]])):
        lines = axis.collections[-1]
        for path, mass in zip(lines.get_paths(), (0.9, 0.5)):
            edge = path.vertices - mean
            far = np.einsum("ni,ij,nj->n", edge, np.linalg.inv(covariance), edge)
            np.testing.assert_allclose(scipy.stats.chi2(2).cdf(far).mean(), mass, atol=0.02)
        filled = axis.collections[:-1]
        assert len(filled) == 2, "the truth's two regions lie beneath"
        assert axis.get_xlim() == (-6, 6) and axis.get_ylim() == (-4, 4)
    assert "wide, around (0.50, 0.00); narrow, around (-2.00, 1.00). Filled beneath each: p." in figure.alt
    points = drawings.densities(ACROSS, UP, {"q": WIDE}, points=CODES[:7])
    np.testing.assert_array_equal(points.axes[0].lines[0].get_xydata(), CODES[:7])
    assert points.alt.endswith("With 7 points.") and "Filled" not in points.alt
    legends = [[text.get_text() for text in drawn.legends[0].get_texts()] for drawn in (figure, points)]
    assert [words[-1] for words in legends] == ["p, the same", "points"]


# What is refused


@pytest.mark.parametrize(
    "wrong, part",
    [
        (lambda: drawings.manifold(*linear_pair(SHEET, 2)[:2], SHEET[:, :2]), "expected finite numbers (n, 3)"),
        (lambda: drawings.manifold(*linear_pair(SHEET, 3)[:2], SHEET), "expected 1 or 2 latent dimensions"),
        (lambda: drawings.manifold(dense(TAKE_TWO), SIGMOID, SHEET), "expected points in space"),
        (lambda: drawings.manifold(dense(np.zeros((3, 2))), dense(np.eye(2, 3)), SHEET), "don't fill 2 dimensions"),
        (lambda: drawings.decoded_plane(dense(TAKE_TWO), dense(np.eye(3, 4)), PIXELS, DIGITS), "two halves of one"),
        (lambda: drawings.decoded_plane("variational", SIGMOID, PIXELS, DIGITS), "expected a Keras model"),
        (lambda: drawings.decoded_plane(dense(TAKE_TWO), SIGMOID, 2 * PIXELS, DIGITS), "expected floats in [0, 1]"),
        (lambda: drawings.decoded_plane(dense(TAKE_TWO), SIGMOID, PIXELS, DIGITS[1:]), "expected (40,)"),
        (lambda: drawings.latent_map(PIXELS, PIXELS, DIGITS), "write codes[:, :2]"),
        (lambda: drawings.latent_map(PIXELS[:, :2], PIXELS[1:], DIGITS), "39 images for 40 codes"),
        (lambda: drawings.latent_map(PIXELS[:, :2], PIXELS, DIGITS + 7), "whole numbers from 0 to 9"),
        (lambda: drawings.factor_scores(np.ones((2, 3)), ["shape", "scale"]), "write scores.T"),
        (lambda: drawings.factor_scores([[np.nan]], ["shape"]), "expected 0 to 1"),
        (lambda: drawings.posteriors(dense(TAKE_TWO), SIGMOID, PIXELS[:1]), "expected [z, mean, log_var]"),
        (lambda: drawings.posteriors(AROUND, SIGMOID, PIXELS), "Write images[:4]"),
        (lambda: drawings.densities(ACROSS, UP, {}), "0 fits: expected one to 5"),
        (lambda: drawings.densities(ACROSS, UP, {"a": WIDE.T}), "(rows, columns) = (81, 121)"),
        (lambda: drawings.densities(ACROSS, UP, {"a": np.log(WIDE)}), "Of a logarithm, np.exp"),
        (lambda: drawings.densities(ACROSS, UP, {"a": 0 * WIDE}), "or none above"),
        (lambda: drawings.densities(ACROSS, UP, {"a": WIDE}, truth=WIDE[1:]), "'p' has shape (80, 121)"),
        (lambda: drawings.densities(ACROSS, UP, {"a": WIDE}, points=SHEET), "Write points[:, :2]"),
        (lambda: drawings.kl_per_dimension(KL[0]), "expected finite numbers (epochs, latent dimensions)"),
        (lambda: drawings.kl_per_dimension(-KL), "never negative"),
        (lambda: drawings.rate_distortion({}), "expected for example"),
        (lambda: drawings.rate_distortion({"PCA": [(1, 2)]}), "expected for example"),
        (lambda: drawings.rate_distortion({"PCA": {"8": (1, np.nan)}}), "expected pairs (rate, distortion)"),
        (lambda: drawings.rate_distortion(RATES, bound=[1, 2]), "expected pairs (rate, distortion)"),
        (
            lambda: drawings.prefix_code({"a": "1", "b": "10"}, {"a": 0.5, "b": 0.5}),
            "The word 1 of 'a' begins 10 of 'b'",
        ),
        (lambda: drawings.prefix_code({"a": "1", "b": "1"}, {"a": 0.5, "b": 0.5}), "expected a prefix code"),
        (lambda: drawings.prefix_code({"a": 1, "b": "0"}, {"a": 0.5, "b": 0.5}), "expected a string of 0 and 1"),
        (lambda: drawings.prefix_code({"a": "1", "b": "0"}, {"a": 0.5, "b": 0.6}), "add up to 1.1"),
        (lambda: drawings.prefix_code({"a": "1", "b": "0"}, {"a": 1.0}), "the same symbols in both"),
    ],
)
def test_what_can_not_be_drawn_is_refused_with_what_was_expected(wrong, part):
    with pytest.raises(ValueError) as error:
        wrong()
    assert part in str(error.value)


def test_the_largest_word_is_read_as_a_binary_fraction():
    assert [compression._fraction(word) for word in ("0", "1", "101")] == [0, 0.5, 0.625]


@pytest.mark.parametrize("stretch", [(1, 1, 1), (5, 1, 1), (1, 1, 0.1)])
def test_all_points_of_a_cloud_lie_within_its_panel(stretch):
    turn, along = RANDOM.uniform(-0.4, 3.5, 300), RANDOM.uniform(0.1, 0.9, 300)
    points = np.stack([np.cos(turn), along, np.sin(turn)], axis=1) * stretch
    figure = drawings.manifold(*linear_pair(points, 2)[:2], points)
    figure.draw_without_rendering()
    for axis in figure.axes:
        across, up, _ = proj3d.proj_transform(*points.T, axis.get_proj())
        places = axis.transData.transform(np.stack([across, up], axis=1))
        panel = axis.get_window_extent()
        inside = (places > panel.min) & (places < panel.max)
        assert inside.all() and np.ptp(places / panel.size, axis=0).max() > 0.6, "and they fill it"
