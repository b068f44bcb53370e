"""The explorers' data and arithmetic: what is exported and refused, and the page's numbers against Keras and SciPy."""

import base64
import html.parser
import json
import math
import re

import keras
import numpy as np
import pytest
import scipy.integrate
import scipy.ndimage
import scipy.signal
import scipy.stats
import sklearn.neighbors
from test_browser import CHROMIUM

from aelib import data, explorers, factories, files, training
from aelib.explorers import explorer, network

SIDE, PIXELS = 6, 36


def images(count, seed=0):
    """Blobs at random places, floats in [0, 1], (count, 36)."""
    places = np.random.default_rng(seed).uniform(1, 4, (count, 2, 1, 1))
    rows, columns = np.mgrid[:SIDE, :SIDE]
    blobs = np.exp(-((rows - places[:, 0]) ** 2 + (columns - places[:, 1]) ** 2) / 3)
    return blobs.reshape(count, PIXELS).astype("float32")


def built(factory, *arguments):
    keras.utils.set_random_seed(0)
    return getattr(factories, factory)(PIXELS, [12], *arguments)[:2]


def built_of(pixels, numbers):
    return factories.vanilla(pixels, [16], numbers)[:2]


def convolutional():
    """An autoencoder of convolutions for the small images."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2, padding="same"),
            layers.Conv2D(3, 3, padding="same", activation="relu"),
            layers.UpSampling2D(2),
            layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
        ]
    )


def conditional(size=3, pixels=PIXELS):
    """A decoder from codes and labels, with weights large enough for the digits to differ."""
    keras.utils.set_random_seed(0)
    code, label = keras.Input((size,)), keras.Input((10,))
    hidden = keras.layers.Dense(12, "relu")(keras.layers.Concatenate()([code, label]))
    return keras.Model([code, label], keras.layers.Dense(pixels, "sigmoid")(hidden), name="conditional")


def quantising(side=3, numbers=4, entries=5):
    """Encoder, codebook and decoder of a grid of tokens, the decoder as lesson 12 has it: tiles put in their places."""
    keras.utils.set_random_seed(0)
    layers, size = keras.layers, SIDE // side
    look = [layers.Reshape((SIDE, SIDE, 1)), layers.Conv2D(8, size, strides=size, activation="relu")]
    encoder = keras.Sequential([keras.Input((PIXELS,)), *look, layers.Dense(numbers)])
    drawing = [layers.Conv2D(6, 3, padding="same", activation="tanh"), layers.Dense(size**2)]
    tiles = [layers.Reshape((side, side, size, size)), layers.Permute((1, 3, 2, 4)), layers.Reshape((PIXELS,))]
    decoder = keras.Sequential([keras.Input((side, side, numbers)), *drawing, *tiles])
    vectors = encoder.predict(images(entries), verbose=0)[:, side // 2, side // 2]
    return encoder, 4 * vectors, decoder


LABELS = np.arange(400) % 10
LEARNED = [[0.3, -0.2, 0.1], [0.5, 0.2, -0.7], [0.1, 0, -0.25]]
HISTORY = {  # density -> arrows of three features that grow towards these
    density: np.linspace(0.5, 1, 7)[:, np.newaxis, np.newaxis] * np.array(ends)
    for density, ends in ((1.0, [[0, 1], [1, 0], [0.06, -0.04]]), (0.1, [[0, 1], [0.9, -0.5], [-0.9, -0.5]]))
}
START = r"aelib-explorer\" data-version="  # of an output in a notebook
VERSION_AND_KIND = re.escape(START) + r'\\"([0-9a-f]+).*?\\"kind\\":\\"(\w+)'


def one_of_each():
    """One explorer of each kind, from small models."""
    encoder, decoder = built("vanilla", 4)
    dense, sparse = built("vanilla", 8), built("sparse", 8, 1e-3)
    variational = built("variational", 2)
    models = {beta: built("variational", 2) for beta in (0.5, 4, 16)}
    keras.utils.set_random_seed(0)
    auto = factories.vanilla(PIXELS, [12], 8)[2]
    many, few = images(400), images(5, seed=1)
    return {
        "numbers_kept": explorers.numbers_kept(encoder, decoder, many, few),
        "latent_plane": explorers.latent_plane(encoder, decoder, many, LABELS),
        "latent_plane of two numbers": explorers.latent_plane(*built("vanilla", 2), many, LABELS),
        "latent_plane with a prior": explorers.latent_plane(*variational, many, LABELS),
        "path": explorers.path(encoder, decoder, few),
        "code_units": explorers.code_units({"dense": dense, "sparse": sparse}, many, few),
        "noise_levels": explorers.noise_levels(auto, few),
        "shifts": explorers.shifts({"dense": auto, "convolutional": convolutional()}, few),
        "two_gaussians": explorers.two_gaussians(),
        "betas": explorers.betas(models, many, LABELS, few),
        "code_sizes": explorers.code_sizes({2: built("vanilla", 2), 4: (encoder, decoder), 8: dense}, many, few),
        "sliding_window": explorers.sliding_window(few, LEARNED),
        "features": explorers.features(HISTORY),
        "draw_a_digit": explorers.draw_a_digit({"plain": built("vanilla", 2), "other": variational}, many, LABELS, few),
        "reparameterisation": explorers.reparameterisation(*variational, many, LABELS, few),
        "code_by_hand": explorers.code_by_hand(encoder, decoder, many, few),
        "ask_for_a_digit": explorers.ask_for_a_digit(conditional()),
        "swap_a_token": explorers.swap_a_token(*quantising(), many, few),
    }


@pytest.fixture(scope="module")
def made():
    return one_of_each()


def test_there_is_an_explorer_of_each_kind_that_the_script_draws(made):
    kinds = {one.data["kind"] for one in made.values()}
    lines = explorer.script().splitlines()
    assert kinds == {line.split("(")[0] for line in lines if line.endswith("(data, page) {")}


def test_the_explorers_in_the_lessons_were_written_with_this_script():
    pages = [path.read_text("utf-8") for path in sorted(files.course("notebooks").glob("*.ipynb"))]
    found = [written for page in pages for written in re.findall(VERSION_AND_KIND, page, re.DOTALL)]
    asked = sum(len(re.findall(r'^ *"explorers\.\w+\(', page, re.MULTILINE)) for page in pages)
    assert len(found) == sum(page.count(START) for page in pages) == asked >= 7
    assert [version for version, _ in found] == [explorer.version_of(explorer.script(kind)) for _, kind in found]


def test_an_explorer_carries_the_scripts_of_its_kind_and_none_of_another(made):
    for name, one in made.items():
        code, kind = explorer.script(one.data["kind"]), one.data["kind"]
        kinds = {line.split("(")[0] for line in code.splitlines() if line.endswith("(data, page) {")}
        assert kind in kinds and len(kinds) <= 3, name
        assert set(code.splitlines()) <= set(explorer.script().splitlines())


class Parts(html.parser.HTMLParser):
    """What a page without scripts shows: texts and pictures, and separately what lies in scripts."""

    def __init__(self, page):
        super().__init__()
        self.texts, self.pictures, self.scripts, self.inside = [], [], [], None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.inside = tag
        if tag == "img":
            self.pictures.append(dict(attributes))

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, text):
        (self.scripts if self.inside == "script" else self.texts).append(text)


def test_an_output_is_the_same_each_time_and_shows_question_figure_and_words_without_scripts(made):
    again = one_of_each()
    for name, one in made.items():
        bundle = one._repr_mimebundle_()
        assert bundle == again[name]._repr_mimebundle_(), name
        parts = Parts(bundle["text/html"])
        assert one.question in "".join(parts.texts) and "Run this cell to move it." in "".join(parts.texts)
        (picture,) = parts.pictures
        assert picture["src"].startswith("data:image/png;base64,") and len(picture["alt"]) > 20
        assert bundle["text/plain"] == f"{one.question}\n{picture['alt']}" and one.question.endswith("?")
        assert json.loads(parts.scripts[0]) == json.loads(json.dumps(one.data))
        assert "://" not in "".join(parts.scripts), "nothing is loaded from elsewhere"


def test_an_output_at_the_courses_sizes_adds_at_most_60_kb_and_600_kb_of_weights():
    keras.utils.set_random_seed(0)
    (many, labels), (few, _) = data.digits()
    few = few[:10]
    deep = factories.vanilla(784, [128, 64], 32)
    betas = {beta: factories.variational(784, [64], 2)[:2] for beta in (0.5, 1, 4, 16)}
    units = {label: factories.sparse(784, [64], 32, 1e-3)[:2] for label in ("dense", "sparse")}
    both = {
        "dense": factories.vanilla(784, [], 128)[2],
        "convolutional": factories.convolutional((28, 28, 1), [16, 8, 8], (4, 4, 8))[2],
    }
    largest = [
        explorers.numbers_kept(*deep[:2], many, few),
        explorers.latent_plane(*deep[:2], many, labels),
        explorers.path(*deep[:2], few),
        explorers.code_units(units, many, few),
        explorers.noise_levels(deep[2], few),
        explorers.shifts(both, few),
        explorers.betas(betas, many, labels, few),
        explorers.code_sizes({2: built_of(784, 2), 8: built_of(784, 8), 32: built_of(784, 32)}, many, few),
        explorers.sliding_window(few, LEARNED),
        explorers.features({1 / n: np.random.default_rng(n).normal(size=(900, 20, 2)) for n in (1, 2, 5, 10, 50)}),
    ]
    for one in largest:
        whole = len(json.dumps(one._repr_mimebundle_()))
        weights = len(json.dumps(one.data["models"]))
        assert weights <= 600_000 and whole - weights <= 60_000, (one.question, weights, whole - weights)


# What can be exported, and what is refused


def chain(*layers):
    model = keras.Sequential([keras.Input((4,)), *layers], name="made")
    return model


def dense(units, activation=None, **options):
    return keras.layers.Dense(units, activation=activation, **options)


def test_numbers_survive_the_packing_to_float16_and_back(script):
    numbers = np.random.default_rng(0).normal(size=(7, 5)) * 10.0 ** np.arange(-6, 1)[:, np.newaxis]
    found = script("rows => rows.map(row => [...row])", script.unpacked(explorer.float16_letters(numbers)))
    assert np.array_equal(np.float32(found), np.float32(np.float16(numbers)))
    every = np.arange(2**16, dtype="<u2").view("<f2")
    every = every[np.isfinite(every)]
    assert np.array_equal(np.float32(script.unpacked(explorer.float16_letters(every))), np.float32(every))
    greys = np.arange(256, dtype="float32")[np.newaxis] / 255
    assert np.allclose(script.unpacked(explorer.grey_letters(greys)), greys)


def branches():
    code = keras.Input((4,))
    hidden = dense(4, "relu")(code)
    return keras.Model(code, dense(3)(keras.layers.add([code, hidden])), name="made")


def crossed():
    code = keras.Input((4,))
    return keras.Model(code, [dense(4)(code), dense(4)(code)], name="made")


class Squares(keras.layers.Dense):
    def call(self, inputs):
        return super().call(inputs) ** 2


def with_weight(value):
    model = chain(dense(3))
    model.layers[0].kernel.assign(np.full((4, 3), value))
    return model


def over_images(*layers, shape=(6, 6, 2)):
    return keras.Sequential([keras.Input(shape), *layers], name="made")


def conv(size, padding="same", activation="relu", filters=3, **options):
    return keras.layers.Conv2D(filters, size, padding=padding, activation=activation, **options)


REFUSED = {
    "a convolution with strides": (lambda: over_images(conv(3, strides=2)), "type Conv2D .* unusual settings"),
    "a convolution with holes": (lambda: over_images(conv(3, dilation_rate=2)), "type Conv2D .* unusual settings"),
    "a convolution in groups": (lambda: over_images(conv(3, groups=1), conv(3, groups=3)), "type Conv2D .* unusual"),
    "an oblong convolution": (lambda: over_images(conv((3, 1))), "type Conv2D .* unusual settings"),
    "channels first": (lambda: over_images(keras.layers.UpSampling2D(2, data_format="channels_first")), "UpSampling2D"),
    "smooth upsampling": (lambda: over_images(keras.layers.UpSampling2D(2, interpolation="bilinear")), "UpSampling2D"),
    "pooling that overlaps": (lambda: over_images(keras.layers.MaxPooling2D(3, 2)), "type MaxPooling2D"),
    "average pooling": (lambda: over_images(keras.layers.AveragePooling2D(2)), "type AveragePooling2D"),
    "a transposed convolution": (lambda: over_images(keras.layers.Conv2DTranspose(3, 3)), "type Conv2DTranspose"),
    "channels that come first": (
        lambda: over_images(keras.layers.Flatten(data_format="channels_first"), shape=(6, 4, 2)),
        "gives something else|give something else",
    ),
    "dense layers over rows of rows": (lambda: over_images(dense(3), shape=(6, 2)), "don't follow one another"),
    "axes that change places": (lambda: over_images(keras.layers.Permute((2, 1, 3))), "type Permute"),
    "another activation": (lambda: chain(dense(3, "elu")), "type Dense with activation elu"),
    "another activation of a convolution": (
        lambda: over_images(conv(3, activation="elu")),
        "Conv2D with activation elu",
    ),
    "another layer": (lambda: chain(dense(3), keras.layers.BatchNormalization()), "type BatchNormalization"),
    "a sum of branches": (branches, "type Add"),
    "two outputs": (crossed, "not a chain"),
    "another kind of dense layer": (lambda: chain(Squares(3)), "gives something else|give something else"),
    "weights beyond float16": (lambda: with_weight(1e5), "not finite in float16"),
    "weights that are no numbers": (lambda: with_weight(np.nan), "not finite in float16"),
    "a model that is not built": (lambda: keras.Sequential([dense(3)], name="made"), "not built"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_model_that_the_page_cannot_run_is_refused_with_the_reason(what):
    make, reason = REFUSED[what]
    with pytest.raises(ValueError, match=reason) as error:
        network.exported(make())
    assert str(error.value).endswith(".") and "page" in str(error.value)


def test_models_inside_a_model_are_opened_and_a_layer_may_lack_a_bias():
    model = keras.Sequential([keras.Input((4,)), chain(dense(5, "relu", use_bias=False)), dense(2, "tanh")])
    assert [layer["activation"] for layer in network.exported(model)] == ["relu", "tanh"]
    assert [layer["kernel"]["shape"] for layer in network.exported(model)] == [(4, 5), (5, 2)]


def test_a_convolutional_autoencoder_is_exported_as_its_layers():
    layers = network.exported(factories.convolutional((12, 12, 2), [5, 4, 3], (2, 2, 3))[2])
    kinds = [(layer["kind"], layer["channels"], layer.get("padding")) for layer in layers]
    assert kinds[:4] == [("convolution", 2, "same"), ("pooling", 5, "same")] + [
        ("convolution", 5, "same"),
        ("pooling", 4, "same"),
    ]
    assert kinds[-3:] == [("convolution", 4, "valid"), ("upsampling", 5, None), ("convolution", 5, "same")]
    assert layers[2]["kernel"]["shape"] == (3 * 3 * 5, 4) and layers[-1]["bias"]["shape"] == (2,)


SIZES = [(sides, padding) for sides in ((6, 6), (7, 7), (8, 8), (5, 9), (10, 7)) for padding in ("same", "valid")]


def of_each_size(sides, padding):
    """Models of one layer over images with two channels: convolutions, pooling and upsampling."""
    layers = [conv(size, padding, "tanh", bias_initializer="random_normal") for size in (1, 2, 3, 4, 5)]
    layers += [keras.layers.MaxPooling2D(size, padding=padding) for size in (2, 3, 4)]
    layers += [keras.layers.UpSampling2D(size) for size in (2, 3)] + [dense(3, "tanh", bias_initializer="ones")]
    return [over_images(layer, shape=(*sides, 2)) for layer in layers]


@pytest.mark.parametrize("sides, padding", SIZES)
def test_the_check_in_numpy_agrees_with_keras_on_layers_of_each_size_and_padding(sides, padding):
    for model in of_each_size(sides, padding):
        (layer,) = network.exported(model)  # it refuses a model of which it computes something else
        assert (layer["height"], layer["channels"]) == (sides[0], 2), model.layers[0].name


def test_too_many_weights_for_a_notebook_are_refused_with_their_number():
    encoder, decoder = factories.vanilla(784, [400], 32)[:2]
    with pytest.raises(ValueError, match=r"327,584 weights: expected at most 225,000"):
        explorers.path(encoder, decoder, np.zeros((2, 784), "float32"))


MISFITS = {
    "another width": (
        lambda: images(3)[:, :30],
        r"shape \(3, 30\) don't fit: expected floats in \[0, 1\], \(n, 36\)",
    ),
    "none": (lambda: images(3)[:0], r"empty, of shape \(0, 36\)"),
    "too many": (lambda: images(11), r"examples are 11: expected 1 to 10. Write examples\[:10\]"),
    "whole numbers": (lambda: images(3).astype("uint8"), r'type uint8.*Write examples.astype\("float32"\)\.$'),
    "another range": (lambda: 255 * images(3), r"range from .* to 2.*expected floats in \[0, 1\]"),
    "no numbers": (lambda: np.full((3, 36), np.nan, "float32"), "108 values that are NaN"),
}


@pytest.mark.parametrize("what", MISFITS)
def test_images_that_do_not_fit_are_refused_in_the_users_words(what):
    make, reason = MISFITS[what]
    with pytest.raises(ValueError, match=reason):
        explorers.path(*built("vanilla", 4), make())


def test_models_that_do_not_fit_are_refused_in_the_users_words():
    encoder, decoder = built("vanilla", 4)
    with pytest.raises(ValueError, match=r"examples of shape \(2, 36\) don't fit.*\(n, 784\) or \(n, 28, 28, 1\)"):
        explorers.path(*factories.convolutional((28, 28, 1), [16, 8, 8], (4, 4, 8))[:2], images(2))
    with pytest.raises(ValueError, match=r"from images of shape \(35,\) to \(35,\).*as \(n, height, width\)"):
        explorers.path(*factories.vanilla(35, [8], 2)[:2], images(2)[:, :35])
    with pytest.raises(ValueError, match=r"from images of shape \(36,\) to \(16,\): expected \(height, width, 1\)"):
        explorers.path(encoder, factories.vanilla(16, [8], 4)[1], images(2))
    with pytest.raises(ValueError, match=r"codes of 4 numbers.*decoder takes 8"):
        explorers.path(encoder, built("vanilla", 8)[1], images(2))
    with pytest.raises(ValueError, match=r"beta=1 does not give \[z, mean, log_var\] of two numbers"):
        explorers.betas({1: (encoder, decoder)}, images(9), LABELS[:9], images(2))
    with pytest.raises(ValueError, match=r"from images of shape \(4, 4, 4\) to \(4, 4, 4\)"):
        explorers.shifts(
            {"four channels": over_images(conv(3), dense(4), shape=(4, 4, 4))}, np.zeros((2, 64), "float32")
        )
    with pytest.raises(ValueError, match=r"'encoder' goes from images of shape \(36,\) to \(4,\)"):
        explorers.shifts({"encoder": encoder}, images(2))
    with pytest.raises(
        ValueError,
        match=r"examples of shape \(2, 30\) don.t fit: expected floats.*\(n, 36\) or \(n, 6, 6, 1\) or \(n, 6, 6\)",
    ):
        explorers.shifts({"convolutional": convolutional()}, images(2)[:, :30])
    for explore in (explorers.code_units, explorers.shifts, explorers.betas):
        others = [images(9), LABELS[:9], images(2)] if explore == explorers.betas else [images(2)] * 2
        with pytest.raises(ValueError, match="models is empty: expected a dict with at least one label, such as {"):
            explore({}, *others[explore == explorers.shifts :])
        with pytest.raises(ValueError, match="models is of type list"):
            explore([encoder], *others[explore == explorers.shifts :])
    with pytest.raises(ValueError, match=r"labels of shape \(7,\).*expected \(9,\)"):
        explorers.latent_plane(encoder, decoder, images(9), LABELS[:7])


@pytest.mark.parametrize("shape", [(36,), (6, 6), (6, 6, 1)])
def test_a_single_image_is_refused_with_what_to_type(shape):
    image = images(1).reshape(shape)
    with pytest.raises(ValueError, match=rf"examples of shape .{re.escape(str(shape))[2:-2]}.* are a single image"):
        explorers.path(*built("vanilla", 4), image)
    with pytest.raises(
        ValueError, match=r"Of one image, write images\[:1\] instead of images\[0\], or examples\[None\]"
    ):
        explorers.noise_levels(convolutional(), image)
    assert explorers.path(*built("vanilla", 4), image[None]).data["shape"] == (6, 6, 1)


# Images of other sizes, and in colours


def of_shape(shape, count=40):
    return np.random.default_rng(0).random((count, *shape)).astype("float32")


def small(shape):
    """An encoder and a decoder, with convolutions in the middle, of images of any shape."""
    keras.utils.set_random_seed(0)
    layers, middle = keras.layers, (-(-shape[0] // 2), -(-shape[1] // 2), 2)
    encoder = keras.Sequential(
        [keras.Input(shape), conv(3, filters=2), layers.MaxPooling2D(2, padding="same"), layers.Flatten(), dense(6)]
    )
    last = [layers.UpSampling2D(2), conv(3, activation="sigmoid", filters=shape[2])]
    start = [keras.Input((6,)), dense(math.prod(middle), "relu"), layers.Reshape(middle)]
    return encoder, keras.Sequential(start + last)


@pytest.mark.parametrize("shape", [(6, 6, 1), (8, 8, 3), (6, 10, 1), (10, 4, 3)])
def test_each_question_takes_images_of_other_sizes_and_in_colours(shape):
    many, few, labels = of_shape(shape), of_shape(shape, 3), np.arange(40) % 10
    encoder, decoder = small(shape)
    auto = keras.Sequential([keras.Input(shape), conv(3), conv(3, activation="sigmoid", filters=shape[2])])
    pixels = math.prod(shape)
    variational = factories.variational(pixels, [8], 2)[:2]
    flat = factories.vanilla(pixels, [8], 4)[:2]
    of_models = [
        explorers.numbers_kept(encoder, decoder, many, few),
        explorers.numbers_kept(*flat, many, few),
        explorers.latent_plane(encoder, decoder, many, labels),
        explorers.path(encoder, decoder, few),
        explorers.code_units({"convolutional": (encoder, decoder), "dense": flat}, many, few),
        explorers.noise_levels(auto, few),
        explorers.shifts({"convolutional": auto, "dense": factories.vanilla(pixels, [8], 4)[2]}, few),
        explorers.betas({1: variational, 2: variational}, many, labels, few),
    ]
    for one in of_models:
        assert one.data["shape"] == shape, one.question
        assert "examples" not in one.data or one.data["examples"]["shape"] == (3, pixels), one.question
        if one.data["kind"] != "latentPlane":
            first = 9 if one.data["kind"] == "path" else 0  # of the way in the pixels
            drawn = one.figure.axes[0].images[first].get_array()
            assert np.allclose(np.squeeze(few[0]), drawn, atol=1e-3), "the figure shows the images"


def test_rows_of_pixels_are_taken_as_square_grey_or_in_three_colours():
    for pixels, shape in ((36, (6, 6, 1)), (108, (6, 6, 3))):
        models = factories.vanilla(pixels, [8], 4)[:2]
        assert explorers.path(*models, of_shape((pixels,), 2)).data["shape"] == shape


def test_colours_may_take_as_many_bytes_as_a_notebook_may_carry():
    encoder, decoder = factories.vanilla(3072, [16], 8)[:2]
    many = of_shape((32, 32, 3), 12)
    one = explorers.numbers_kept(encoder, decoder, many, many[:4])
    weights = len(json.dumps(one.data["models"]))
    assert weights <= 600_000 and len(json.dumps(one._repr_mimebundle_())) - weights <= 60_000
    with pytest.raises(ValueError, match=r"examples are 6: expected 1 to 4. Write examples\[:4\]"):
        explorers.numbers_kept(encoder, decoder, many, many[:6])


@pytest.mark.browser
@pytest.mark.parametrize("shape", [(8, 8, 3), (6, 10, 1)])
def test_the_page_decodes_and_paints_images_of_other_sizes_and_in_colours(script, shape):
    _, decoder = small(shape)
    codes = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")
    expected = network.to_numpy(decoder(codes))
    found = np.array(script(RUN, network.exported(decoder), codes.tolist()))
    assert np.abs(found.reshape(expected.shape) - expected).max() <= 1 / 255
    painted = """(values, shape) => {
        const canvas = document.createElement("canvas");
        explorers.paint(canvas, Float32Array.from(values), false, shape);
        return [canvas.height, canvas.width, [...canvas.getContext("2d").getImageData(0, 0, shape[1], shape[0]).data]];
    }"""
    height, width, pixels = script(painted, expected[0].ravel().tolist(), shape)
    pixels = np.reshape(pixels, (height, width, 4))
    assert (height, width) == shape[:2] and (pixels[..., 3] == 255).all()
    assert np.abs(pixels[..., :3] - 255 * expected[0]).max() <= 0.5


# The page's arithmetic


class Script:
    """The functions of the page's script, called in Chromium; arrays come back as lists."""

    def __init__(self, page):
        self.page = page

    def __call__(self, function, *given):
        return self.page.evaluate(f"given => ({function})(...given)", list(given))

    def unpacked(self, packed):
        back = "const list = x => x.map ? Array.from(x, list) : x"
        return self(f"packed => {{ {back}; return list(explorers.unpacked(packed)); }}", packed)


@pytest.fixture(scope="module")
def script():
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_content("<p>")
        names = "unpacked, network, moved, ticks, normals, medianFiltered, divergence, mosaic, paint, convolved"
        page.add_script_tag(content=f"{explorer.script()}\nwindow.explorers = {{{names}}};", type="module")
        page.wait_for_function("window.explorers")
        yield Script(page)
        browser.close()


RUN = "(layers, codes) => { const run = explorers.network(layers); return codes.map(code => [...run(code)]); }"


@pytest.mark.browser
@pytest.mark.parametrize("latent_dims", [2, 32])
def test_the_pages_decoder_draws_what_keras_draws_within_one_grey_value(script, latent_dims):
    encoder, decoder, auto = factories.vanilla(PIXELS, [48, 24], latent_dims)
    training.fit(auto, images(2000), epochs=20, peak=2e-2)
    spread = float(encoder.predict(images(2000), verbose=0).std())
    codes = np.random.default_rng(1).normal(0, 2 * spread, (200, latent_dims)).astype("float32")
    found = np.array(script(RUN, network.exported(decoder), codes.tolist()))
    expected = decoder.predict(codes, verbose=0)
    assert expected.min() < 0.05 and expected.max() > 0.9, "a trained decoder, with all greys"
    assert np.abs(found - expected).max() <= 1 / 255


@pytest.mark.browser
def test_the_page_knows_each_activation_that_can_be_exported(script):
    codes = np.random.default_rng(2).normal(size=(20, 4)).astype("float32")
    for activation in network.ACTIVATIONS:
        model = chain(dense(9, activation), dense(5, activation, bias_initializer="random_normal"))
        found = np.array(script(RUN, network.exported(model), codes.tolist()))
        assert np.abs(found - model.predict(codes, verbose=0)).max() <= 5e-3, activation


@pytest.mark.browser
def test_the_pages_convolutional_autoencoder_draws_what_keras_draws_within_one_grey_value(script):
    _, _, auto = factories.convolutional((12, 12, 1), [8, 6, 5], (2, 2, 5))
    rows, columns = np.mgrid[:12, :12]
    places = np.random.default_rng(0).uniform(2, 9, (500, 2, 1, 1))
    blobs = np.exp(-((rows - places[:, 0]) ** 2 + (columns - places[:, 1]) ** 2) / 6)[..., np.newaxis]
    training.fit(auto, blobs, epochs=5, peak=2e-2)
    found = np.array(script(RUN, network.exported(auto), blobs[:50].reshape(50, -1).tolist()))
    expected = auto.predict(blobs[:50], verbose=0).reshape(50, -1)
    assert expected.max() - expected.min() > 0.3, "a trained autoencoder"
    assert np.abs(found - expected).max() <= 1 / 255


@pytest.mark.browser
@pytest.mark.parametrize("sides, padding", SIZES)
def test_the_page_knows_convolutions_pooling_and_upsampling_of_each_size_and_padding(script, sides, padding):
    values = np.random.default_rng(3).normal(size=(5, *sides, 2)).astype("float32")
    for model in of_each_size(sides, padding):
        found = np.array(script(RUN, network.exported(model), values.reshape(5, -1).tolist()))
        expected = network.to_numpy(model(values)).reshape(5, -1)
        assert np.abs(found - expected).max() <= 5e-3, model.layers[0].name


@pytest.mark.browser
def test_the_page_moves_an_image_and_fills_with_black(script):
    move = "(image, ...by) => [...explorers.moved(image, ...by)]"
    for shape in ((6, 6, 1), (5, 8, 3)):
        image = np.random.default_rng(0).random(shape).astype("float32")
        for right in (-4, -1, 0, 3):
            for down in (-2, 0, 4):
                found = script(move, image.ravel().tolist(), right, down, shape)
                expected = scipy.ndimage.shift(image, (down, right, 0), order=0, mode="constant")
                assert np.array_equal(np.float32(found).reshape(shape), expected)
        expected = scipy.ndimage.shift(image, (0, 2, 0), order=0).ravel()
        assert np.array_equal(explorers._moved(image.reshape(1, -1), 2, shape)[0], expected)


@pytest.mark.browser
def test_the_pages_kl_divergence_is_the_integral(script):
    for mean, deviation, other_mean, other_deviation in ((-1, 1, 1, 2), (0, 0.4, 3, 0.5), (2, 4, 2, 0.4)):
        p, q = scipy.stats.norm(mean, deviation), scipy.stats.norm(other_mean, other_deviation)
        reach = mean - 12 * deviation, mean + 12 * deviation
        x = np.linspace(*reach, 100_001)
        expected = scipy.integrate.simpson(p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), x=x)
        found = script("(...of) => explorers.divergence(...of)", mean, deviation, other_mean, other_deviation)
        assert math.isclose(found, expected, rel_tol=1e-6)


@pytest.mark.browser
def test_the_pages_median_filter_is_scipys(script):
    median = "(values, shape) => [...explorers.medianFiltered(Float32Array.from(values), shape)]"
    for shape in ((28, 28, 1), (6, 9, 3)):
        image = np.random.default_rng(0).random(shape).astype("float32")
        found = script(median, image.ravel().tolist(), shape)
        expected = scipy.ndimage.median_filter(image, (3, 3, 1), mode="nearest")
        assert np.array_equal(np.float32(found).reshape(shape), expected)


@pytest.mark.browser
def test_the_pages_noise_is_standard_normal_and_the_same_each_time(script):
    draw = "(count, seed) => [...explorers.normals(count, seed)]"
    noise = np.array(script(draw, 20_000, 1))
    assert script(draw, 20_000, 1) == noise.tolist() != script(draw, 20_000, 2)
    assert scipy.stats.kstest(noise, "norm").pvalue > 0.01
    assert abs(np.corrcoef(noise[1:], noise[:-1])[0, 1]) < 0.02


@pytest.mark.browser
def test_the_mosaic_grows_to_the_right_and_upwards(script):
    corner = "code => Float32Array.from([code[0], code[1], 0, 0])"
    mosaic = np.array(script(f"count => [...explorers.mosaic({corner}, count, [2, 2, 1])]", 3)).reshape(6, 6)
    assert np.array_equal(mosaic[::2, ::2], [[-2, 0, 2]] * 3)
    assert np.array_equal(mosaic[::2, 1::2], [[2] * 3, [0] * 3, [-2] * 3])
    colours = "code => Float32Array.from([code[0], code[1], 5, 0, 0, 0])"
    mosaic = np.array(script(f"count => [...explorers.mosaic({colours}, count, [1, 2, 3])]", 2)).reshape(2, 4, 3)
    assert np.array_equal(mosaic[:, ::2], [[[-2, 2, 5], [2, 2, 5]], [[-2, -2, 5], [2, -2, 5]]])


@pytest.mark.browser
def test_ticks_are_round_and_within_the_axis(script):
    assert script("(...of) => explorers.ticks(...of)", -30, 30) == [-20, 0, 20]
    assert script("(...of) => explorers.ticks(...of)", 0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert script("(...of) => explorers.ticks(...of)", -0.3, 0.3) == [-0.2, 0, 0.2]


@pytest.mark.parametrize("numbers", [2, 4])
def test_a_plane_of_an_encoder_whose_codes_are_all_0_is_drawn(numbers):
    encoder, decoder, _ = factories.vanilla(784, [8], numbers)
    encoder.get_layer("code").set_weights([np.zeros((8, numbers)), -np.ones(numbers)])
    explorer = explorers.latent_plane(encoder, decoder, np.full((20, 784), 0.5, np.float32), np.arange(20) % 10)
    assert explorer.data["reach"] == 1


def test_codes_that_span_no_plane_are_named():
    encoder, decoder, _ = factories.vanilla(784, [8], 1)
    with pytest.raises(ValueError, match="span no plane"):
        explorers.latent_plane(encoder, decoder, np.full((20, 784), 0.5, np.float32), np.arange(20) % 10)


# The page's controls


class Shown:
    """Explorers in Chromium, each in a plain page of its own: the pointer of a page knows its first document."""

    def __init__(self, browser):
        self.browser, self.page, self.errors = browser, browser.new_page(), []

    def __call__(self, one, width=1000, dark=False):
        """Show one explorer and return its form."""
        ground = "--jp-content-font-color1:#fff;--jp-layout-color0:#111;background:#111" if dark else ""
        self.page.close()
        self.page = self.browser.new_page(viewport={"width": width, "height": 800})
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        html = one._repr_mimebundle_()["text/html"]
        self.page.set_content(f"<body style='margin:0;{ground}'>{html}</body>")
        form = self.page.locator(".aelib-explorer form")
        form.wait_for(timeout=10_000)
        return form


@pytest.fixture(scope="module")
def shown(script):
    shown = Shown(script.page.context.browser)
    yield shown
    shown.page.close()
    assert shown.errors == []


def pictures(form):
    """All that an explorer draws, as data URLs in one text."""
    return form.evaluate("node => [...node.querySelectorAll('figure canvas')].map(c => c.toDataURL()).join()")


def state(form):
    """What stands in the controls, and what is drawn and said."""
    controls = form.evaluate(
        "node => [...node.querySelectorAll('input')].map(it => `${it.value} ${it.checked}`).join()"
    )
    return controls, pictures(form), form.locator("[role=status]").inner_text()


@pytest.mark.browser
def test_the_button_leads_back_to_the_start_from_wherever_the_controls_are(made, shown):
    for name, one in made.items():
        form = shown(one)
        before = state(form)
        for slider in form.locator("input[type=range]").all():
            slider.evaluate("it => { it.value = it.value === it.max ? it.min : it.max; it.oninput(); }")
        for choice in form.locator("fieldset").all():
            choice.locator("label").last.click()
            choice.locator("label").nth(1).click()
        assert state(form)[0] != before[0], name
        form.get_by_role("button", name="Back to the start").click()
        assert state(form) == before, name


@pytest.mark.browser
def test_a_typed_number_moves_its_slider_and_the_slider_writes_into_the_field(made, shown):
    form = shown(made["two_gaussians"])
    field, slider = form.get_by_label("P, mean, typed"), form.get_by_role("slider", name="P, mean", exact=True)
    before = pictures(form)
    field.fill("2,5")  # as some people write it
    assert slider.input_value() == "2.5" and pictures(form) != before
    field.press("Enter")
    assert field.input_value() == "2.5"
    slider.press("ArrowRight")
    assert field.input_value() == "2.6"
    form = shown(made["betas"])
    field = form.get_by_label("beta, typed")
    field.fill("16")  # the beta, not the slider's number
    assert "beta 16:" in form.locator("[role=status]").inner_text()


BAD = {
    "abc": "no number",
    "": "nothing",
    "4.1": "too large",
    "-40": "too small",
    "0.123": "between two steps",
    "1e999": "∞",
}


@pytest.mark.browser
@pytest.mark.parametrize("text", BAD)
def test_a_typed_text_that_is_no_number_within_the_limits_is_answered_and_changes_nothing(made, shown, text):
    form = shown(made["two_gaussians"])
    field, alert = form.get_by_label("P, mean, typed"), form.get_by_role("alert")
    before = pictures(form)
    field.fill("0.3")
    field.fill(text)
    field.press("Enter")
    assert alert.inner_text() == f"P, mean: “{text}” was typed. Type a number from -4 to 4 in steps of 0.1."
    assert field.get_attribute("aria-invalid") == "true" and field.input_value() == text
    assert form.get_by_role("slider", name="P, mean", exact=True).input_value() == "0.3", "the last that was right"
    field.fill("-1.0")
    assert alert.inner_text() == "" and field.get_attribute("aria-invalid") == "false" and pictures(form) == before
    field.fill("wrong")
    field.press("Tab")
    assert alert.inner_text() != ""
    form.get_by_role("button", name="Back to the start").click()
    assert alert.inner_text() == "" and field.input_value() == "-1.0"


@pytest.mark.browser
def test_what_can_be_typed_is_told_in_the_numbers_that_the_reader_sees(made, shown):
    form = shown(made["betas"])
    form.get_by_label("beta, typed").fill("3")
    form.get_by_label("beta, typed").press("Enter")
    assert form.get_by_role("alert").inner_text() == "beta: “3” was typed. Type one of 0.5, 4, 16."


@pytest.mark.browser
def test_pictures_are_224_pixels_wide_and_plots_stand_beside_them_when_there_is_room_and_below_when_not(made, shown):
    for name, one in made.items():
        for width in (1300, 360):
            form = shown(one, width)
            boxes = [canvas.bounding_box() for canvas in form.locator(".aelib-explorer-picture").all()]
            least = 224 if width > 1000 else 150
            assert all(box["width"] >= least for box in boxes), (name, width, [box["width"] for box in boxes])
            assert form.page.evaluate("() => document.documentElement.scrollWidth") <= width, (name, width)
            plots = [canvas.bounding_box() for canvas in form.locator(".aelib-explorer-plot").all()]
            columns = name in ("draw_a_digit", "reparameterisation", "code_by_hand")  # a plot above its pictures
            if boxes and plots and not columns:
                beside = any(
                    box["y"] < plot["y"] + plot["height"] and plot["y"] < box["y"] + box["height"]
                    for box in boxes
                    for plot in plots
                )
                assert beside == (width > 1000), (name, width)


@pytest.mark.browser
def test_all_letters_are_at_least_16_pixels_high(made, shown):
    sizes = """node => [...node.querySelectorAll('*')].filter(it => it.textContent.trim() && it.tagName !== 'STYLE')
        .map(it => parseFloat(getComputedStyle(it).fontSize))"""
    for name, one in made.items():
        assert min(shown(one).evaluate(sizes)) >= 16, name
    fonts = re.findall(r"(\d+)px system-ui", explorer.script())
    assert fonts and all(int(size) >= 16 for size in fonts), "of the plots"


def contrast(colour, ground):
    """The contrast of two colours "#rrggbb" by WCAG 2.1."""

    def luminance(text):
        parts = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted([luminance(colour), luminance(ground)])
    return (high + 0.05) / (low + 0.05)


def test_the_colours_of_plots_can_be_seen_in_both_themes():
    colours = re.findall(r'(INK|FIRST|SECOND) = "(#[0-9a-f]{6})"', explorer.script())
    assert len(colours) == 3
    for name, colour in colours:
        assert min(contrast(colour, ground) for ground in ("#ffffff", "#111111")) >= 4, name


@pytest.mark.browser
def test_plots_have_no_ground_so_that_they_fit_both_themes(made, shown):
    form = shown(made["two_gaussians"], dark=True)
    clear = """it => [...it.getContext("2d").getImageData(0, 0, it.width, it.height).data]
        .filter((value, i) => i % 4 === 3 && !value)"""
    for plot in form.locator(".aelib-explorer-plot").all():
        share = plot.evaluate(f"it => ({clear})(it).length / it.width / it.height")
        assert share > 0.8


# The plane's neighbours


def test_the_nearest_neighbours_are_those_of_the_whole_codes():
    codes = np.random.default_rng(0).normal(size=(60, 8)).astype("float32")
    codes[7] = codes[3]  # of two equal codes each comes first in its own row
    expected = sklearn.neighbors.NearestNeighbors(n_neighbors=5).fit(codes).kneighbors(codes)[0]
    found = explorers._nearest(codes)
    assert np.array_equal(found[:, 0], np.arange(60))
    far = np.linalg.norm(codes[found] - codes[:, np.newaxis], axis=2)
    assert np.allclose(far, expected, atol=1e-5)
    assert explorers._nearest(codes[:3]).shape == (3, 3)


@pytest.mark.parametrize(
    "shape, small", [((28, 28, 1), (14, 14, 1)), ((32, 32, 3), (11, 11, 3)), ((6, 10, 1), (6, 10, 1))]
)
def test_small_images_have_at_most_14_pixels_a_side_and_the_same_mean(shape, small):
    many = of_shape(shape, 3)
    found, found_shape = explorers._small(many.reshape(3, -1), shape)
    assert found_shape == small and found.shape == (3, math.prod(small))
    if shape[0] % small[0] == 0:
        assert np.allclose(found.reshape(3, -1, small[2]).mean(axis=1), many.mean(axis=(1, 2)), atol=1e-6)
    first = many[0, : -(-shape[0] // small[0]), : -(-shape[1] // small[1])].mean(axis=(0, 1))
    assert np.allclose(found.reshape(3, *small)[0, 0, 0], first, atol=1e-6)


@pytest.mark.browser
def test_sixteen_greys_survive_the_packing_of_two_in_a_byte(script):
    for shape in ((2, 8), (3, 5)):
        greys = np.random.default_rng(0).integers(0, 16, shape) / 15
        rows = np.array(script.unpacked(explorer.pale_letters(greys)))
        assert rows.shape == shape and np.allclose(rows, greys)


@pytest.mark.browser
@pytest.mark.parametrize("name", ["latent_plane", "latent_plane with a prior"])
def test_the_image_under_the_pointer_is_shown_beside_its_neighbours(made, shown, script, name):
    sync_api = pytest.importorskip("playwright.sync_api")
    one = made[name]
    form = shown(one)
    plot, strip = form.locator(".aelib-explorer-plot"), form.locator(".aelib-explorer-picture").last
    points = np.array(script.unpacked(one.data["points"]))
    images = np.array(script.unpacked(one.data["shown"]))
    assert len(images) == 100
    reach, box, start = one.data["reach"], plot.bounding_box(), strip.get_attribute("aria-label")
    lonely = np.linalg.norm(points[:100, np.newaxis] - points[:100], axis=2) + 1e9 * np.eye(100)
    read = "it => [...it.getContext('2d').getImageData(0, 0, it.width, it.height).data].filter((v, i) => i % 4 === 0)"
    seen = set()
    for chosen in np.argsort(-lonely.min(axis=1))[:3]:
        share = (points[chosen] + reach) / (2 * reach)
        x, y = box["x"] + 74 + share[0] * (440 - 74 - 16), box["y"] + 12 + (1 - share[1]) * (416 - 54 - 12)
        shown.page.mouse.move(x + 2, y - 1)
        label = strip.get_attribute("aria-label")
        others = one.data["nearest"][chosen][1:]
        assert label.startswith(f"a {LABELS[chosen]} ") and label.endswith(", ".join(str(LABELS[i]) for i in others))
        pixels = np.array(strip.evaluate(read)).reshape(SIDE, 5 * SIDE + 1)
        assert np.abs(pixels[:, :SIDE] - 255 * images[chosen].reshape(SIDE, SIDE)).max() <= 1
        assert np.abs(pixels[:, SIDE + 1 : 2 * SIDE + 1] - 255 * images[others[0]].reshape(SIDE, SIDE)).max() <= 1
        seen.add(label)
    assert len(seen) > 1
    sliders = [slider.input_value() for slider in form.locator("input[type=range]").all()]
    assert sliders == ["0", "0"], "looking moves nothing"
    shown.page.mouse.move(5, 5)
    sync_api.expect(strip).to_have_attribute("aria-label", start)  # Chromium may tell later that the pointer has left


# Codes of several sizes


def grey(letters):
    """What grey_letters packed, without the page."""
    return np.frombuffer(base64.b64decode(letters["letters"]), "u1").reshape(letters["shape"]) / 255


def test_each_size_has_the_reconstructions_of_its_model_and_of_as_many_principal_components():
    many, few = images(400), images(5, seed=1)
    models = {size: built("vanilla", size) for size in (8, 2)}
    one = explorers.code_sizes(models, many, few)
    assert [row["size"] for row in one.data["measured"]] == [2, 8]
    mean = many.mean(axis=0)
    axes = np.linalg.svd(many - mean, full_matrices=False)[2]
    for row in one.data["measured"]:
        size, errors = row["size"], row["errors"]
        encoder, decoder = models[size]
        expected = {
            "autoencoder": network.to_numpy(decoder(encoder(few))),
            "PCA": np.clip(mean + (few - mean) @ axes[:size].T @ axes[:size], 0, 1),
        }
        for name, values in expected.items():
            found = grey(one.data["models"][f"{name}, {size}"][0]["images"])
            assert np.abs(found - values).max() <= 0.51 / 255, (name, size)
            assert math.isclose(errors[name], ((values - few) ** 2).mean(), abs_tol=1e-5)


@pytest.mark.browser
def test_the_page_shows_the_rows_of_a_size_with_their_errors_and_its_bits(made, shown):
    one = made["code_sizes"]
    form = shown(one)
    seen = set()
    for row, times in zip(one.data["measured"], ("4.5 times as many", "2.3 times as many", "1.1 times as many")):
        form.get_by_label("Numbers of the code, typed").fill(f"{row['size']}")
        captions = form.locator("figcaption").all_inner_texts()
        for caption, name in zip(captions[1:], ("autoencoder", "PCA")):
            assert caption == f"{name}, {row['size']} numbers: mean squared error {row['errors'][name]:.4f}"
        bits = f"A code of {row['size']} numbers of 32 bits takes {32 * row['size']} bits"
        said = form.locator("[role=status]").inner_text()
        assert said == f"{bits}, and an image of 36 numbers of 8 bits 288: {times}."
        read = (
            "it => [...it.getContext('2d').getImageData(0, 0, it.width, it.height).data].filter((v, i) => i % 4 === 0)"
        )
        pixels = np.array(form.locator("figure canvas").nth(1).evaluate(read)).reshape(SIDE, 5, SIDE)
        expected = grey(one.data["models"][f"autoencoder, {row['size']}"][0]["images"]).reshape(5, SIDE, SIDE)
        assert np.abs(pixels.transpose(1, 0, 2) - 255 * expected).max() <= 1
        seen.add(pictures(form))
    assert len(seen) == 3


def test_models_of_another_size_and_too_few_images_are_refused():
    with pytest.raises(ValueError, match=r"models\[16\] has codes of 4 numbers: expected a dict of size"):
        explorers.code_sizes({16: built("vanilla", 4)}, images(20), images(2))
    with pytest.raises(ValueError, match=r"PCA with 8 numbers needs at least 8 images, and images are 5"):
        explorers.code_sizes({8: built("vanilla", 8)}, images(5), images(2))
    for nothing in ({}, [built("vanilla", 4)]):
        with pytest.raises(ValueError, match=r"expected a dict of size -> \(encoder, decoder\)"):
            explorers.code_sizes(nothing, images(20), images(2))


# The sliding window


@pytest.mark.browser
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_the_pages_convolution_is_scipys_correlation(script, stride, padding):
    convolve = """(image, ...of) => {
        const { values, shape } = explorers.convolved(Float32Array.from(image), ...of);
        return [[...values], shape];
    }"""
    for shape in ((28, 28), (5, 9), (3, 3)):
        generator = np.random.default_rng(0)
        image, kernel = generator.random(shape).astype("float32"), generator.normal(size=(3, 3))
        values, found = script(convolve, image.ravel().tolist(), shape, kernel.ravel().tolist(), stride, padding)
        expected = scipy.signal.correlate2d(np.pad(image, padding), kernel, "valid")[::stride, ::stride]
        assert found == list(expected.shape) == [(side + 2 * padding - 3) // stride + 1 for side in shape]
        assert np.allclose(np.reshape(values, found), expected, atol=1e-5)


@pytest.mark.browser
def test_the_sum_that_is_written_out_is_the_output_where_the_window_stands(made, shown):
    one = made["sliding_window"]
    form = shown(one)
    image = grey(one.data["examples"])[0].reshape(SIDE, SIDE)
    for name in ("vertical edges", "learned"):
        form.get_by_label(name).check()
        kernel = {"vertical edges": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], "learned": LEARNED}[name]
        for row, column in ((1, 1), (2, 4)):
            form.get_by_label("Row of the output, typed").fill(f"{row}")
            form.get_by_label("Column of the output, typed").fill(f"{column}")
            said = form.locator("[role=status]").inner_text().replace("−", "-")
            sum, result = re.match(rf"Row {row}, column {column}: (.*) = (\S+)\. The output has 4 × 4", said).groups()
            terms = [[float(part.strip("()")) for part in term.split(" × ")] for term in sum.split(" + ")]
            pixels = image[row - 1 : row + 2, column - 1 : column + 2]
            assert np.allclose([pixel for pixel, _ in terms], pixels.ravel(), atol=0.006)
            assert np.allclose([weight for _, weight in terms], np.ravel(kernel), atol=0.006)
            assert abs(float(result) - (pixels * kernel).sum()) <= 0.006


@pytest.mark.browser
def test_the_window_is_dragged_over_the_image_and_moved_by_arrow_keys_within_the_output(made, shown):
    sync_api = pytest.importorskip("playwright.sync_api")
    form = shown(made["sliding_window"])
    place = [form.get_by_role("slider", name=f"{name} of the output", exact=True) for name in ("Row", "Column")]
    box, unit = form.locator("figure canvas").first.bounding_box(), 280 / SIDE
    mouse = shown.page.mouse
    mouse.move(box["x"] + 1.5 * unit, box["y"] + 3.5 * unit)
    mouse.down()
    assert [slider.input_value() for slider in place] == ["3", "1"]
    mouse.move(box["x"] + 2.6 * unit, box["y"] + 1.4 * unit)
    assert [slider.input_value() for slider in place] == ["1", "2"]
    mouse.move(box["x"] + 290, box["y"] + 290)
    for slider in place:  # Chromium may tell later that the pointer has left
        sync_api.expect(slider).to_have_value("4")
    mouse.up()
    for key, expected in (("ArrowUp", ["3", "4"]), ("ArrowLeft", ["3", "3"]), ("ArrowDown", ["4", "3"])):
        shown.page.keyboard.press(key)
        assert [slider.input_value() for slider in place] == expected
    form.get_by_label("Stride, typed").fill("2")
    assert [slider.get_attribute("max") for slider in place] == ["2", "2"]
    assert [slider.input_value() for slider in place] == ["2", "2"], "the window stays within the output"
    form.get_by_label("Padding, typed").fill("2")
    assert [slider.get_attribute("max") for slider in place] == ["4", "4"]
    field = form.get_by_label("Row of the output, typed")
    field.fill("5")
    field.press("Enter")
    assert form.get_by_role("alert").inner_text().endswith("Type a number from 1 to 4 in steps of 1.")


@pytest.mark.browser
def test_the_output_grows_with_the_window_number_by_number(made, shown):
    form = shown(made["sliding_window"])
    inside = """it => [0, 1, 2, 3].map(row => [0, 1, 2, 3].map(column => {
        const unit = it.width / 4, context = it.getContext('2d');
        const { data } = context.getImageData(unit * column + 8, unit * row + 8, unit - 16, unit - 16);
        return data.filter((value, i) => i % 4 === 3).every(value => value === 255);
    }))"""
    for row, column in ((1, 1), (2, 3), (4, 4)):
        form.get_by_label("Row of the output, typed").fill(f"{row}")
        form.get_by_label("Column of the output, typed").fill(f"{column}")
        found = np.array(form.locator("figure canvas").nth(1).evaluate(inside))
        assert np.array_equal(found.ravel(), np.arange(16) <= 4 * (row - 1) + column - 1)


@pytest.mark.browser
def test_a_typed_weight_makes_a_kernel_of_ones_own(made, shown):
    form = shown(made["sliding_window"])
    before = state(form)
    form.get_by_label("Kernel, row 2, column 3, typed").fill("0,5")
    assert form.get_by_label("your own").is_checked()
    written = [
        form.get_by_label(f"Kernel, row {i}, column {j}, typed").input_value() for i in (1, 2, 3) for j in (1, 2, 3)
    ]
    assert written == ["−1", "0", "1", "−2", "0", "0,5", "−1", "0", "1"], (
        "that of the vertical edges with one weight changed"
    )
    assert pictures(form) != before[1]
    form.get_by_label("Kernel, row 1, column 1, typed").fill("x")
    form.get_by_label("Kernel, row 1, column 1, typed").press("Enter")
    expected = "Kernel, row 1, column 1: “x” was typed. Type a number from -100 to 100."
    assert form.get_by_role("alert").inner_text() == expected
    form.get_by_role("button", name="Back to the start").click()
    assert state(form) == before


NO_WINDOW = {
    "one image": (
        lambda: images(1)[0],
        r"of shape \(36,\) are no grey images.*write images\[:1\] instead of images\[0\]",
    ),
    "colours": (lambda: of_shape((6, 6, 3), 2), r"of shape \(2, 6, 6, 3\) are no grey images.*images.mean\(axis=3\)"),
    "rows of no square": (lambda: images(2)[:, :30], r"of shape \(2, 30\) are no grey images"),
    "too small": (lambda: of_shape((2, 9), 2), r"of 2 x 9 pixels: expected from 3 x 3 to 64 x 64"),
    "too large": (lambda: of_shape((65, 9), 1), r"of 65 x 9 pixels.*Write examples\[:, :64, :64\]"),
    "too many": (lambda: images(11), r"examples are 11: expected 1 to 10"),
    "another range": (lambda: 255 * images(3), r"expected floats in \[0, 1\]"),
}


@pytest.mark.parametrize("what", NO_WINDOW)
def test_images_over_which_no_window_slides_are_refused(what):
    make, reason = NO_WINDOW[what]
    with pytest.raises(ValueError, match=reason):
        explorers.sliding_window(make())


def test_a_kernel_of_another_shape_is_refused_with_what_to_type():
    with pytest.raises(ValueError, match=r"learned of shape \(3, 3, 1, 16\).*Write learned\[:, :, 0, 0\]"):
        explorers.sliding_window(images(2), np.zeros((3, 3, 1, 16)))
    with pytest.raises(ValueError, match=r"learned of shape \(5, 5\): expected a kernel \(3, 3\)"):
        explorers.sliding_window(images(2), np.zeros((5, 5)))
    with pytest.raises(ValueError, match=r"finite numbers"):
        explorers.sliding_window(images(2), np.full((3, 3), np.nan))
    names = [kernel["name"] for kernel in explorers.sliding_window(of_shape((9, 7), 1)).data["kernels"]]
    assert names == ["vertical edges", "horizontal edges", "blur"]


# Features


def test_the_arrows_are_those_of_steps_at_equal_distances_with_the_first_and_the_last(script):
    array = np.random.default_rng(0).normal(size=(1001, 10, 2)).astype("float32")
    one = explorers.features({1.0: array, 0.5: array / 2})
    steps = np.array(one.data["steps"])
    assert steps[0] == 0 and steps[-1] == 1000 and 145 < len(steps) <= 150 and np.ptp(np.diff(steps)) <= 1
    for run, expected in zip(one.data["runs"], (array, array / 2)):
        found = np.array(script.unpacked(run["arrows"])).reshape(-1, 10, 2)
        assert np.array_equal(np.float32(found), np.float32(np.float16(expected[steps])))
    assert one.data["reach"] > np.linalg.norm(array, axis=2).max()


@pytest.mark.browser
def test_the_page_draws_an_arrow_to_each_features_place_and_marks_the_dead(made, shown):
    one = made["features"]
    form = shown(one)
    said = form.locator("[role=status]")
    assert said.inner_text() == "Density 1, step 6: 2 of 3 features have an arrow of 0.1 or longer; dead are 3."
    coloured = """(it, [x, y]) => [...it.getContext('2d').getImageData(2 * x - 3, 2 * y - 3, 6, 6).data]"""
    first = re.search(r'FIRST = "#(\w{6})"', explorer.script())[1]
    first = [int(first[i : i + 2], 16) for i in (0, 2, 4)]

    def is_drawn(x, y):
        reach = one.data["reach"]
        place = [74 + (x + reach) / (2 * reach) * (480 - 90), 12 + (reach - y) / (2 * reach) * (456 - 66)]
        pixels = np.reshape(form.locator("figure canvas").evaluate(coloured, place), (-1, 4))
        return (np.abs(pixels[:, :3] - first).max(axis=1) <= 2).any()

    for density, step in (("1", 6), ("0.1", 6), ("0.1", 0)):
        form.get_by_label("Density, typed").fill(density)
        form.get_by_label("Step, typed").fill(f"{step}")
        for x, y in HISTORY[float(density)][step]:
            alive = math.hypot(x, y) >= 0.1
            assert is_drawn(0.97 * x, 0.97 * y) == alive and is_drawn(0.6 * x, 0.6 * y) == alive
        assert not is_drawn(-0.7, 0.7) and not is_drawn(0.3, 1)
    assert said.inner_text() == "Density 0.1, step 0: 3 of 3 features have an arrow of 0.1 or longer; none is dead."


NO_HISTORY = {
    "no dict": (lambda: np.zeros((5, 3, 2)), r"history is ndarray: expected a dict of density -> array"),
    "nothing": (dict, r"history is dict: expected a dict.*with at least one entry"),
    "other dimensions": (lambda: {1.0: np.zeros((5, 2, 3))}, r"history\[1.0\] is of shape \(5, 2, 3\): expected"),
    "no numbers": (lambda: {1.0: np.full((5, 3, 2), np.nan)}, r"history\[1.0\] has values that are not finite"),
    "unequal": (lambda: {1.0: np.zeros((5, 3, 2)), 0.1: np.zeros((6, 3, 2))}, r"expected the same steps and features"),
    "too many": (lambda: {1.0: np.zeros((5, 3000, 2))}, r"12,000 numbers.*expected at most 6,000.*Take fewer features"),
}


@pytest.mark.parametrize("what", NO_HISTORY)
def test_a_history_that_holds_no_arrows_is_refused(what):
    make, reason = NO_HISTORY[what]
    with pytest.raises(ValueError, match=reason):
        explorers.features(make())
