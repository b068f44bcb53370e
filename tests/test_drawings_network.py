"""The hourglass, read back from the figure's artists: layers, heights, arrows and numbers are those of the model."""

import itertools
import os

import keras
import matplotlib.backends.backend_agg
import matplotlib.patches
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aelib import drawings, factories

L = keras.layers
EXAMPLES = int(os.environ.get("AELIB_EXAMPLES", 30))


def artists(figure):
    """The artists of a figure that have a name: {gid: artist}."""
    return {artist.get_gid(): artist for artist in figure.axes[0].get_children() if artist.get_gid()}


def label(figure, name, side=None):
    """The lines of a layer's label."""
    sides = [side] if side else ["below", "above"]
    found = [artists(figure).get(f"label-{side}-{name}") for side in sides]
    return next(text for text in found if text is not None).get_text().split("\n")


def heights(figure):
    """The height of each layer, in inches: {layer: height}."""
    return {
        gid.removeprefix("layer-"): artist.get_height()
        for gid, artist in artists(figure).items()
        if gid.startswith("layer-")
    }


def chain(shape, *layers):
    """A Sequential model."""
    return keras.Sequential([keras.Input(shape), *layers])


def variational(sample, units=2, inputs=4):
    """An encoder of [z, mean, log_var] in which `sample` makes z of the other two, and a decoder."""
    image = keras.Input((inputs,))
    mean, log_var = L.Dense(units, name="mean")(image), L.Dense(units, name="log_var")(image)
    log_var.bias = None
    encoder = keras.Model(image, [sample(mean, log_var), mean, log_var])
    return encoder, chain((units,), L.Dense(inputs, name="out"))


def legible(figure):
    """Nothing that is written touches anything else that is written, a layer or a picture, or leaves the figure."""
    assert figure.get_size_inches()[0] <= 10 + 1e-6
    renderer = matplotlib.backends.backend_agg.FigureCanvasAgg(figure).get_renderer()
    named = artists(figure)
    texts = [text for text in figure.axes[0].texts if text.get_text() and not text.get_gid().startswith("value")]
    boxes = {text.get_gid(): text.get_window_extent(renderer) for text in texts}
    page = figure.bbox
    for box in boxes.values():
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1
    solid = {
        gid: named[gid].get_window_extent(renderer) for gid in named if gid.startswith(("layer", "picture", "cell"))
    }
    for one, other in itertools.combinations(boxes, 2):
        assert not boxes[one].overlaps(boxes[other]), (one, other)
    for one, other in itertools.product(boxes, solid):
        assert not boxes[one].overlaps(solid[other]), (one, other)
    for gid, cell in named.items():
        if gid.startswith("value"):
            inside, outside = cell.get_window_extent(renderer), solid[gid.replace("value", "cell")]
            assert outside.x0 <= inside.x0 and inside.x1 <= outside.x1


def test_layers_are_named_with_units_activation_and_shape_in_the_models_order():
    encoder, decoder, _ = factories.vanilla(36, [20, 12], 5)
    figure = drawings.network(encoder, decoder)
    assert label(figure, "image") == ["input", "(n, 36)"]
    assert label(figure, "hidden_1") == ["Dense 20", "relu", "(n, 20)"]
    assert label(figure, "code") == ["code", "Dense 5", "relu", "(n, 5)"]
    assert label(figure, "reconstruction") == ["Dense 36", "sigmoid", "(n, 36)"]
    named = artists(figure)
    bars = {name: named[f"layer-{name}"].get_x() for name in heights(figure)}
    order = ["image", "hidden_1", "hidden_2", "code", "decoder_hidden_1", "decoder_hidden_2", "reconstruction"]
    assert sorted(bars, key=bars.get) == order
    assert named["encoder"].get_text() == "encoder" and named["decoder"].get_text() == "decoder"
    assert bars["image"] < named["encoder"].get_position()[0] < bars["code"]
    assert bars["code"] < named["decoder"].get_position()[0] < bars["reconstruction"] + 0.2
    legible(figure)


def test_a_bar_is_as_high_as_the_root_of_its_units_and_the_figure_says_so():
    figure = drawings.network(*factories.vanilla(784, [100, 25], 1)[:2])
    found = heights(figure)
    unit = found["image"] / 28
    assert found["hidden_1"] == pytest.approx(10 * unit)
    assert found["hidden_2"] == pytest.approx(5 * unit)
    assert found["code"] == pytest.approx(unit)
    assert "square root of its units" in artists(figure)["note"].get_text()


def test_a_block_is_as_high_as_its_pixels_and_has_windows_and_strides_in_its_label():
    encoder, decoder, _ = factories.convolutional((28, 28, 1), [16, 8, 8], (4, 4, 8))
    figure = drawings.network(encoder, decoder, np.zeros(784))
    found = heights(figure)
    sides = {"image": 28, "conv_1": 28, "pool_1": 14, "conv_2": 14, "pool_2": 7, "conv_3": 7, "code": 4}
    sides |= {"decoder_conv_1": 4, "upsample_1": 8, "decoder_conv_2": 8, "upsample_2": 16, "decoder_conv_3": 14}
    sides |= {"upsample_3": 28, "reconstruction": 28}
    assert {name: found[name] / found["code"] * 4 for name in found} == pytest.approx(sides)
    assert label(figure, "conv_1") == ["Conv2D 16", "3 x 3, relu", "stride 1", "(n, 28, 28, 16)"]
    assert label(figure, "code") == ["code", "MaxPooling2D", "2 x 2", "(n, 4, 4, 8)"]
    assert label(figure, "upsample_1") == ["UpSampling2D", "2 x 2", "(n, 8, 8, 8)"]
    named = artists(figure)
    deep = {name: named[f"layer-{name}"].get_width() for name in ("image", "conv_2", "conv_1")}
    assert deep["conv_1"] / deep["image"] == pytest.approx(4) and deep["conv_1"] / deep["conv_2"] == pytest.approx(
        2**0.5
    )
    assert len([gid for gid in named if gid.startswith("picture-code")]) == 8
    legible(figure)


def test_the_image_its_code_and_its_reconstruction_are_those_that_the_weights_give():
    random = np.random.default_rng(0)
    inward, outward, image = random.normal(size=(16, 3)), random.normal(size=(3, 16)), random.random(16)
    encoder = chain((16,), L.Dense(3, use_bias=False, name="in"))
    decoder = chain((3,), L.Dense(16, use_bias=False, activation="sigmoid", name="out"))
    encoder.set_weights([inward])
    decoder.set_weights([outward])
    figure = drawings.network(encoder, decoder, image)
    named, code = artists(figure), image @ inward
    np.testing.assert_allclose(named["picture-image"].get_array(), image.reshape(4, 4), rtol=1e-5)
    expected = 1 / (1 + np.exp(-code @ outward))
    np.testing.assert_allclose(named["picture-reconstruction"].get_array(), expected.reshape(4, 4), rtol=1e-4)
    assert [float(named[f"value-0-{i}"].get_text()) for i in range(3)] == pytest.approx(code, abs=0.0051)
    greys = [named[f"cell-0-{i}"].get_facecolor()[0] for i in range(3)]
    assert greys == pytest.approx((code - code.min()) / np.ptp(code), abs=1e-4)
    assert {"arrow-image-encoder", "arrow-code-decoder", "arrow-decoder-reconstruction"} <= named.keys()
    assert named["picture-image"].get_interpolation() == "nearest"
    assert ", ".join(named[f"value-0-{i}"].get_text() for i in range(3)) in figure.alt


@pytest.mark.parametrize("numbers, valued", [(1, True), (32, True), (33, False), (300, False)])
def test_up_to_32_numbers_of_a_code_are_written_and_longer_ones_are_a_strip(numbers, valued):
    models = chain((9,), L.Dense(numbers)), chain((numbers,), L.Dense(9))
    figure = drawings.network(*models, np.linspace(0, 1, 9))
    named = artists(figure)
    assert len([gid for gid in named if gid.startswith("value")]) == numbers * valued
    strips = [named[gid].get_array() for gid in named if gid.startswith("picture-code")]
    assert sum(strip.size for strip in strips) == numbers * (not valued)
    assert f"{numbers} number" in named["code-title"].get_text()
    legible(figure)


def test_a_colour_image_goes_in_flat_or_not_and_is_shown_in_colour():
    image = np.random.default_rng(0).random((8, 8, 3))
    models = chain((8, 8, 3), L.Flatten(), L.Dense(6)), chain((6,), L.Dense(192), L.Reshape((8, 8, 3)))
    for given_image in (image, image.ravel(), image[None]):
        shown = artists(drawings.network(*models, given_image))["picture-image"].get_array()
        np.testing.assert_allclose(shown, image, rtol=1e-5)


def test_z_mean_log_variance_and_noise_meet_as_the_formula_says():
    encoder, decoder, auto = factories.variational(16, [9], 2)
    figure = drawings.network(encoder, decoder, np.linspace(0, 1, 16), auto)
    named = artists(figure)
    arrows = {gid for gid in named if gid.startswith("arrow-")} - {
        "arrow-image-encoder",
        "arrow-decoder-reconstruction",
    }
    expected = {"arrow-encoder-mean", "arrow-encoder-log_var", "arrow-mean-z", "arrow-log_var-z", "arrow-eps-z"}
    assert arrows == expected | {"arrow-z-decoder"}
    assert label(figure, "z", "below") == ["code", "z = mean +", "exp(log_var / 2) * eps", "(n, 2)"]
    assert label(figure, "z", "above") == ["eps, drawn", "from N(0, 1)", "(n, 2)"]
    assert label(figure, "mean", "above") == ["mean", "Dense 2", "linear", "(n, 2)"]
    assert label(figure, "mean", "below") == ["log_var", "Dense 2", "linear", "(n, 2)"]
    rows = ["mean", "log_var", "eps", "z"]
    assert [named[f"code-{name}"].get_text() for name in rows] == rows
    for j in range(2):
        mean, log_var, eps, z = (float(named[f"value-{i}-{j}"].get_text()) for i in range(4))
        assert z == pytest.approx(mean + np.exp(log_var / 2) * eps, abs=0.05)
    assert "wiring" not in named and "The decoder receives z." in figure.alt
    legible(figure)


AUTOS = {
    "a call of both": lambda e, d, k: keras.Model(e.input, d(e(e.input)[k])),
    "the encoder's own tensor": lambda e, d, k: keras.Model(e.input, d(e.outputs[k])),
    "noise between": lambda e, d, k: keras.Model(e.input, d(L.GaussianNoise(0.1)(e(e.input)[k]))),
    "another input": lambda e, d, k: keras.Model(i := keras.Input((16,)), L.Rescaling(1.0)(d(e(i)[k]))),
}


@pytest.mark.parametrize("k, name", list(enumerate(["z", "mean", "log_var"])))
@pytest.mark.parametrize("way", AUTOS)
def test_the_decoder_is_drawn_at_the_tensor_that_it_receives_in_auto(way, k, name):
    encoder, decoder, _ = factories.variational(16, [9], 2)
    image = np.linspace(0, 1, 16)
    figure = drawings.network(encoder, decoder, image, AUTOS[way](encoder, decoder, k))
    named = artists(figure)
    assert [gid for gid in named if gid.endswith("-decoder")] == [f"arrow-{name}-decoder"]
    assert (f"the decoder receives {name}" in named["wiring"].get_text()) if k else "wiring" not in named
    assert f"The decoder receives {name}" in figure.alt
    if k:  # z is drawn anew each time
        right = decoder(encoder(image[None].astype("float32"))[k])
        shown = named["picture-reconstruction"].get_array()
        np.testing.assert_allclose(shown.ravel(), keras.ops.convert_to_numpy(right)[0], rtol=1e-4)
    legible(figure)


def test_without_auto_the_decoder_is_drawn_at_z():
    assert "arrow-z-decoder" in artists(drawings.network(*factories.variational(16, [], 2)[:2]))


@keras.saving.register_keras_serializable("test")
class Draw(L.Layer):
    """z = mean + exp(power * log_var) * noise."""

    def __init__(self, power, **kwargs):
        super().__init__(name="z", **kwargs)
        self.power, self.seed = power, keras.random.SeedGenerator(0)

    def call(self, inputs):
        mean, log_var = inputs
        noise = keras.random.normal(keras.ops.shape(mean), seed=self.seed)
        return mean + keras.ops.exp(self.power * log_var) * noise


def test_the_formula_stands_only_where_drawn_codes_are_as_it_says():
    for power, right in ((0.5, True), (1.0, False)):
        encoder, decoder = variational(lambda mean, log_var, power=power: Draw(power)([mean, log_var]))
        encoder.set_weights([np.ones((4, 2)), np.zeros(2), np.ones((4, 2)), np.zeros(2)])
        figure = drawings.network(encoder, decoder)
        assert ("z = mean +" in label(figure, "z", "below")) == right
        assert (label(figure, "z", "above")[0] == "eps, drawn") == right
        assert ("eps" in figure.alt) == right


def test_a_code_of_blocks_and_one_larger_than_the_image_are_drawn_as_well():
    image = keras.Input((8, 8, 1))
    mean, log_var = (L.Conv2D(3, 3, strides=2, padding="same", name=name)(image) for name in ("mean", "log_var"))
    encoder = keras.Model(image, [Draw(0.5)([mean, log_var]), mean, log_var])
    figure = drawings.network(encoder, chain((4, 4, 3), L.UpSampling2D(2), L.Conv2D(1, 3, padding="same")), np.ones(64))
    found = heights(figure)
    assert found["mean"] == found["log_var"] == found["z"] == pytest.approx(found["image"] / 2)
    legible(figure)
    figure = drawings.network(*factories.variational(1, [], 900)[:2])
    assert heights(figure)["mean"] == pytest.approx(30 * heights(figure)["image"])
    legible(figure)


def test_a_code_without_noise_has_no_arrow_from_noise_nor_from_what_it_is_not_made_of():
    encoder, decoder = variational(lambda mean, log_var: L.Rescaling(1.0, name="z")(mean))
    named = artists(drawings.network(encoder, decoder, np.zeros(4)))
    assert "arrow-mean-z" in named and not {"arrow-log_var-z", "arrow-eps-z", "eps"} & named.keys()


class Strange(L.Layer):
    """A learner's own layer, with attributes that mean something else."""

    units, size, strides, rate = "many", {"a": 1}, None, "fast"

    def call(self, inputs):
        return keras.ops.concatenate([inputs, inputs], axis=-1)


ODD = {
    "flatten": chain((4, 4), L.Flatten(), L.Dense(3)),
    "activation": chain((16,), L.Dense(3), L.Activation("relu"), L.LeakyReLU(), L.Dropout(0.2)),
    "noise first": chain((16,), L.GaussianNoise(0.3), L.Dense(3)),
    "normalised": chain((4, 4, 1), L.Conv2D(2, 3, strides=(2, 1)), L.BatchNormalization(), L.Flatten(), L.Dense(3)),
    "pooled": chain((4, 4, 1), L.SeparableConv2D(3, 3, strides=2), L.GlobalAveragePooling2D()),
    "one dimension": chain((16, 1), L.Conv1D(2, 3, strides=2), L.MaxPooling1D(), L.Flatten(), L.Dense(3)),
    "recurrent": chain((4, 4), L.LSTM(5, return_sequences=True), L.LSTM(3)),
    "three dimensions": chain((4, 2, 2, 1), L.Conv3D(2, 2), L.Flatten(), L.Dense(3)),
    "lambda": chain((16,), L.Lambda(lambda x: x[:, :3], output_shape=(3,))),
    "own": chain((16,), Strange(), Strange(name="x" * 60), L.Dense(3, activation=lambda x: x)),
    "nested": chain((16,), chain((16,), L.Dense(8), L.Dense(6)), L.Dense(3)),
    "operation": keras.Model(i := keras.Input((16,)), L.Dense(3)(keras.ops.sqrt(i * 2))),
    "penalised": chain((16,), L.Dense(3, activity_regularizer="l2")),
    "mixed": chain((4, 4, 1), L.ZeroPadding2D(1), L.Cropping2D(1), L.Permute((2, 1, 3)), L.Flatten(), L.Dense(3)),
}


@pytest.mark.parametrize("name", ODD)
def test_any_chain_of_layers_is_drawn(name):
    encoder = ODD[name]
    shape = encoder.input_shape[1:]
    decoder = chain((3,), L.Dropout(0.1), L.Dense(16), L.Reshape(shape))
    for image in (None, np.linspace(0, 1, 16)):
        figure = drawings.network(encoder, decoder, image)
        legible(figure)


def test_a_layer_that_changes_no_shape_is_a_line_in_the_label_before_and_one_that_does_is_a_bar():
    encoder, decoder = ODD["activation"], chain((3,), L.Dense(16, name="out"), L.Reshape((16,)), L.Reshape((4, 4)))
    with pytest.raises(ValueError, match=r"Reshape\(\(16,\)\)"):
        drawings.network(encoder, decoder)
    figure = drawings.network(encoder, chain((3,), L.Dense(16, name="out")))
    assert label(figure, encoder.layers[0].name) == [
        *("code", "Dense 3", "linear", "+ relu", "+ LeakyReLU", "+ Dropout 0.2", "(n, 3)")
    ]
    assert len(heights(figure)) == 3
    figure = drawings.network(ODD["flatten"], chain((3,), L.Dense(16), L.Reshape((4, 4), name="square")))
    assert label(figure, "square") == ["Reshape", "(n, 4, 4)"]


def test_many_layers_share_labels_and_all_are_drawn_to_scale():
    sizes = list(range(300, 60, -12))
    figure = drawings.network(*factories.vanilla(400, sizes, 4)[:2], np.zeros(400))
    found = heights(figure)
    assert len(found) == 2 * len(sizes) + 3
    for i, size in enumerate(sizes, 1):
        assert found[f"hidden_{i}"] / found["image"] == pytest.approx(np.sqrt(size / 400))
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert f"{len(sizes) - 2} layers\n(n, {sizes[1]})\nto (n, {sizes[-2]})" in texts
    legible(figure)
    assert len(figure.alt) < 1000


def residual():
    image = keras.Input((16,))
    x = L.Dense(16)(image)
    return keras.Model(image, L.Dense(3)(L.Add(name="sum")([x, image])))


def two_layers_for_the_mean():
    image = keras.Input((16,))
    mean, log_var = L.Dense(3)(L.Dense(5)(image)), L.Dense(3)(image)
    return keras.Model(image, [Draw(0.5)([mean, log_var]), mean, log_var])


class Subclass(keras.Model):
    """A model without a graph."""

    def call(self, inputs):
        return inputs


GOOD = chain((16,), L.Dense(3)), chain((3,), L.Dense(16))
TROUBLES = {
    "code": ((GOOD[0], chain((4,), L.Dense(16))), r"\(n, 3\) and the decoder takes \(n, 4\)"),
    "pixels": ((GOOD[0], chain((3,), L.Dense(25))), r"gives \(n, 25\) and the encoder takes \(n, 16\)"),
    "branches": ((residual(), GOOD[1]), "encoder's layer 'sum' has 2 inputs"),
    "two for the mean": ((two_layers_for_the_mean(), GOOD[1]), "2 layers for the mean and 1 for the log variance"),
    "two outputs": ((keras.Model(i := keras.Input((16,)), [i, L.Dense(3)(i)]), GOOD[1]), "2 outputs"),
    "two images": ((*GOOD, np.zeros((2, 16))), r"image has the shape \(2, 16\): expected one image"),
    "range": ((*GOOD, np.full(16, 3.0)), r"floats in \[0, 1\]"),
    "no graph": ((Subclass(), GOOD[1]), "type Subclass and not yet a graph"),
    "not built": ((keras.Sequential([L.Dense(3)]), GOOD[1]), "not yet a graph"),
    "no model": (("encoder", GOOD[1]), "type str"),
    "open sizes": ((chain((None, None, 1), L.Conv2D(1, 3)), GOOD[1]), r"shape \(n, None, None, 1\)"),
    "auto of others": ((*GOOD, None, keras.Model(i := keras.Input((16,)), L.Dense(16)(i))), "does not lead from"),
    "auto without a graph": ((*GOOD, None, Subclass()), "auto is of type Subclass"),
    "not finite": ((chain((16,), L.Dense(3, kernel_initializer=lambda *a, **k: np.full((16, 3), np.nan)))), "finite"),
}
TROUBLES["not finite"] = ((TROUBLES["not finite"][0], GOOD[1], np.ones(16)), "not finite")


@pytest.mark.parametrize("name", TROUBLES)
def test_what_cannot_be_drawn_is_told_in_a_sentence(name):
    arguments, sentence = TROUBLES[name]
    with pytest.raises(ValueError, match=sentence) as told:
        drawings.network(*arguments)
    assert "expected" in str(told.value) or "look at" in str(told.value)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.integers(1, 40),
    st.lists(st.integers(1, 3000), max_size=9),
    st.integers(1, 300),
    st.booleans(),
    st.booleans(),
)
def test_of_any_sizes_heights_grow_with_the_units_and_all_text_can_be_read(side, hidden, code, with_image, noisy):
    build = factories.variational if noisy else factories.vanilla
    encoder, decoder, _ = build(side**2, hidden, code)
    figure = drawings.network(encoder, decoder, np.full(side**2, 0.5) if with_image else None)
    units = {"image": side**2, "reconstruction": side**2, **{f"hidden_{i}": u for i, u in enumerate(hidden, 1)}}
    units |= {f"decoder_hidden_{i}": u for i, u in enumerate(reversed(hidden), 1)}
    units |= dict.fromkeys(["z", "mean", "log_var"] if noisy else ["code"], code)
    found = heights(figure)
    assert found.keys() == units.keys()
    for one, other in itertools.combinations(units, 2):
        assert np.sign(found[one] - found[other]) * (units[one] != units[other]) == np.sign(units[one] - units[other])
    legible(figure)


def test_the_figure_is_one_that_pages_of_any_colour_show():
    figure = drawings.network(*GOOD, np.linspace(0, 1, 16))
    assert figure.get_facecolor()[3] == 0 and figure.vector
    assert all(
        patch.get_gid() is None or isinstance(patch, matplotlib.patches.Patch) for patch in figure.axes[0].patches
    )
    assert figure.alt.startswith(
        "Hourglass of layers. Encoder: input (n, 16) -> code: Dense 3, linear (n, 3). Decoder: "
    )
    sizes = {text.get_fontsize() for text in figure.axes[0].texts}
    assert min(sizes) >= 10
