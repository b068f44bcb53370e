"""The explorers' data and arithmetic: what is exported and refused, and the page's numbers against Keras and SciPy."""

import html.parser
import json
import math
import re

import keras
import numpy as np
import pytest
import scipy.integrate
import scipy.ndimage
import scipy.stats
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


LABELS = np.arange(400) % 10
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
        "draw_a_digit": explorers.draw_a_digit({"plain": built("vanilla", 2), "other": variational}, many, LABELS, few),
        "reparameterisation": explorers.reparameterisation(*variational, many, LABELS, few),
        "code_by_hand": explorers.code_by_hand(encoder, decoder, many, few),
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
    assert len(found) == sum(page.count(START) for page in pages) >= 10
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
    "dense layers over channels": (lambda: over_images(dense(3)), "don't follow one another"),
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
    layers += [keras.layers.UpSampling2D(size) for size in (2, 3)]
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
        names = "unpacked, network, moved, ticks, normals, medianFiltered, divergence, mosaic, paint, mount"
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
