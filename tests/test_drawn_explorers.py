"""The explorers of a drawn digit, draws of eps, a code turned by hand, a digit asked for, tokens: data, arithmetic."""

import base64
import json
import re
import shutil
import subprocess

import keras
import numpy as np
import pytest
import scipy.ndimage
from test_explorers import LABELS, PIXELS, SIDE, built, conditional, images, quantising

from aelib import data, explorers, factories, training
from aelib.explorers import drawing, explorer, network

NODE = shutil.which("node")


def page(function, *given):
    """Return what a function of the page's script gives, as plain lists and numbers."""
    if NODE is None:
        pytest.skip("Node.js is not installed")
    listed = "(_, value) => (ArrayBuffer.isView(value) ? [...value] : value)"
    call = f"({function})(...{json.dumps(given)})"
    program = f"{explorer.script()}\nconsole.log(JSON.stringify({call}, {listed}))"
    done = subprocess.run([NODE, "-"], input=program, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def unpacked(packed):
    """The numbers of `float16_letters`."""
    return np.frombuffer(base64.b64decode(packed["letters"]), "<f2").astype("float32").reshape(packed["shape"])


def like_mnist(strokes, side=28):
    return np.array(page("likeMnist", strokes, side)).reshape(side, side)


SEVEN = [[[0.3, 0.25], [0.7, 0.22], [0.45, 0.8]]]
FIVE = [[[0.65, 0.2], [0.4, 0.22], [0.38, 0.45], [0.6, 0.5], [0.62, 0.7], [0.36, 0.76]], [[0.7, 0.2], [0.6, 0.2]]]
WIDE = [[[0.1, 0.5], [0.9, 0.45], [0.8, 0.6], [0.2, 0.6]]]
DRAWINGS = {"seven": SEVEN, "five": FIVE, "wide": WIDE}


# From strokes to an image


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_stroke_is_as_wide_as_the_pen_with_soft_edges(name):
    strokes = 28 * np.array(DRAWINGS[name][0])
    found = np.array(page("inked", [strokes.tolist()], 28, 1.25)).reshape(28, 28)
    share = np.linspace(0, 1, 3001)[:, np.newaxis]
    along = np.concatenate([(1 - share) * start + share * end for start, end in zip(strokes, strokes[1:])])
    rows, columns = np.mgrid[:28, :28] + 0.5
    distance = np.hypot(rows[..., np.newaxis] - along[:, 1], columns[..., np.newaxis] - along[:, 0]).min(axis=2)
    assert np.abs(found - np.clip(1.25 + 0.5 - distance, 0, 1)).max() < 0.01
    assert found.max() == 1 and 0.1 < ((found > 0) & (found < 1)).sum() / (found > 0).sum() < 0.7


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_fills_20_pixels_in_its_proportions_and_its_centre_of_mass_is_the_images(name):
    image = like_mnist(DRAWINGS[name])
    assert np.allclose(scipy.ndimage.center_of_mass(image), 13.5, atol=0.1)
    rows, columns = np.flatnonzero(image.max(axis=1) > 0.5), np.flatnonzero(image.max(axis=0) > 0.5)
    sides = np.array([np.ptp(columns), np.ptp(rows)]) + 1
    assert 19 <= sides.max() <= 21
    points = np.concatenate([np.array(stroke) for stroke in DRAWINGS[name]])
    pen = 2.5
    extent = np.ptp(points, axis=0)
    assert np.allclose(sides, (20 - pen) * extent / extent.max() + pen, atol=1.1)


def test_mnists_own_images_are_so():
    (many, _), _ = data.digits(flat=False)
    many = many[:500, ..., 0]
    centres = np.array([scipy.ndimage.center_of_mass(image) for image in many])
    assert np.abs(centres - 13.5).mean() < 0.5, "their centre of mass is moved by whole pixels"
    longest = [max(np.ptp(np.nonzero(image), axis=1) + 1) for image in many]
    assert np.median(longest) == 20 and np.mean(np.array(longest) == 20) > 0.9
    drawn = np.mean([like_mnist(strokes).mean() for strokes in (SEVEN, FIVE)])
    assert np.quantile(many.mean(axis=(1, 2)), 0.1) < drawn < np.quantile(many.mean(axis=(1, 2)), 0.9), "as much ink"


def test_it_does_not_matter_where_and_how_large_somebody_draws():
    small = [[[0.1 + 0.4 * x, 0.5 + 0.4 * y] for x, y in stroke] for stroke in FIVE]
    assert np.abs(like_mnist(small) - like_mnist(FIVE)).max() < 1e-4


def test_nothing_is_cut_off_and_odd_drawings_are_images():
    assert like_mnist([]).max() == 0
    dot = like_mnist([[[0.2, 0.9]]])
    assert 3 < dot.sum() < 12 and np.allclose(scipy.ndimage.center_of_mass(dot), 13.5, atol=0.05)
    corner = [[[0.1, 0.1 + 0.004 * i], [0.3, 0.1 + 0.004 * i]] for i in range(50)] + [[[0.1, 0.1], [0.9, 0.9]]]
    image = like_mnist(corner)
    assert max(image[0].max(), image[-1].max(), image[:, 0].max(), image[:, -1].max()) < 0.6
    assert like_mnist(FIVE, 6).shape == (6, 6)


# Losses


def test_the_pages_cross_entropy_and_kl_are_the_factories():
    rng = np.random.default_rng(0)
    image, rebuilt = rng.random((2, 50)).astype("float32")
    rebuilt[:2] = 0.001, 0.999
    expected = float(factories.reconstruction(image[np.newaxis], rebuilt[np.newaxis])[0])
    assert page("crossEntropy", image.tolist(), rebuilt.tolist()) == pytest.approx(expected, rel=1e-4)
    assert page("crossEntropy", [1, 0], [0, 1]) == pytest.approx(2 * np.log(1e7), rel=1e-3), "never infinite"
    mean, log_var = rng.normal(size=(2, 3)).tolist()
    expected = float(factories.kl_divergence([mean], [log_var])[0])
    assert page("priorDivergence", mean, log_var) == pytest.approx(expected, rel=1e-5)
    assert page("priorDivergence", [0, 0], [0, 0]) == 0


JUDGE = """(models, label, images, eps) => {
    const [hidden, code, logVar, decode] = ["hidden", "code", "log_var", "decoder"].map(part =>
        network(models[`${label}, ${part}`] ?? []));
    const model = { hidden, code, decode, logVar: models[`${label}, log_var`] && logVar };
    return images.map(image => judged(model, Float32Array.from(image), unpacked(eps)));
}"""


def drawn_models():
    return {"plain": built("vanilla", 2), "variational": built("variational", 2)}


@pytest.fixture(scope="module")
def drawn():
    return explorers.draw_a_digit(drawn_models(), images(400), LABELS, images(5, seed=1))


@pytest.mark.parametrize("label", ["plain", "variational"])
def test_the_page_finds_the_codes_reconstructions_and_losses_that_keras_finds(drawn, label):
    encoder, decoder = drawn_models()[label]
    given = images(20, seed=2)
    given[:10] = np.float32(np.random.default_rng(0).random((10, PIXELS)))
    found = page(JUDGE, drawn.data["models"], label, given.tolist(), drawn.data["eps"])
    codes = encoder.predict(given, verbose=0)
    mean = codes if label == "plain" else codes[1]
    assert np.allclose([one["mean"] for one in found], mean, atol=5e-3)
    assert np.allclose([one["rebuilt"] for one in found], decoder.predict(mean, verbose=0), atol=1 / 255)
    expected = drawing.losses_of(encoder, decoder, given, unpacked(drawn.data["eps"]))
    assert np.allclose([one["loss"] for one in found], expected, atol=0.05)
    if label == "variational":
        assert np.allclose([one["std"] for one in found], np.exp(codes[2] / 2), atol=5e-3)
        assert np.allclose([one["kl"] for one in found], factories.kl_divergence(codes[1], codes[2]), atol=0.01)


@pytest.mark.parametrize("label", ["plain", "variational"])
def test_a_loss_is_what_keras_evaluates(label):
    encoder, decoder = drawn_models()[label]
    given = images(50)
    eps = np.random.default_rng(0).normal(size=(drawing.DRAWS, 2))
    found = drawing.losses_of(encoder, decoder, given, np.concatenate([eps, -eps]))
    runs = 1 if label == "plain" else 400
    everything = np.tile(given, (runs, 1))
    codes = encoder(everything)  # for each image as many z as there are runs
    drawn = codes if label == "plain" else codes[0]
    cost = np.asarray(factories.reconstruction(everything, decoder(drawn))).reshape(runs, 50)
    expected = cost.mean(axis=0)
    if label == "variational":
        expected += np.asarray(factories.kl_divergence(codes[1], codes[2]))[:50]
    error = 0 if label == "plain" else cost.std(axis=0).max() / 2
    assert np.abs(found - expected).max() <= 1e-3 + error and found.std() > 0.01


def test_what_is_usual_are_the_losses_of_the_images_in_order(drawn):
    for model, (encoder, decoder) in zip(drawn.data["measured"], drawn_models().values()):
        usual = np.array(model["usual"])
        losses = drawing.losses_of(encoder, decoder, images(400), unpacked(drawn.data["eps"]))
        assert (np.diff(usual) >= 0).all()
        for loss in np.linspace(losses.min(), losses.max(), 50):
            assert abs((usual < loss).mean() - (losses < loss).mean()) < 0.05


# What fits, and what is refused


def test_two_models_with_64_hidden_units_fit_as_the_docstring_says_and_with_71_they_do_not():
    (many, labels), (few, _) = data.digits()
    keras.utils.set_random_seed(0)
    for hidden in (64, 70, 71):
        made = {kind: getattr(factories, kind)(784, [hidden], 2) for kind in ("vanilla", "variational")}
        for *_, auto in made.values():  # what untrained models draw is noise, which takes more bytes
            training.fit(auto, many, epochs=1)
        models = {kind: (encoder, decoder) for kind, (encoder, decoder, _) in made.items()}
        weights = sum(model.count_params() for pair in models.values() for model in pair)
        if hidden == 71:
            with pytest.raises(ValueError, match=f"{weights:,} weights: expected at most 225,000"):
                explorers.draw_a_digit(models, many[:400], labels[:400], few[:10])
            continue
        one = explorers.draw_a_digit(models, many[:400], labels[:400], few[:10])
        assert hidden == 70 or weights == 203_174 and f"{weights:,}" in explorers.draw_a_digit.__doc__
        whole, parts = len(json.dumps(one._repr_mimebundle_())), len(json.dumps(one.data["models"]))
        print(hidden, parts, whole - parts)
        assert parts <= 600_000 and whole - parts <= 60_000, (hidden, parts, whole - parts)
    others = [
        explorers.reparameterisation(*factories.variational(784, [64], 2)[:2], many, labels, few[:10]),
        explorers.code_by_hand(*factories.vanilla(784, [64], 32)[:2], many, few[:10]),
        explorers.swap_a_token(*quantising_digits(), many[:500], few[:10]),
    ]
    for one in others:
        whole, parts = len(json.dumps(one._repr_mimebundle_())), len(json.dumps(one.data["models"]))
        assert whole - parts <= 60_000, (one.question, whole - parts)


def quantising_digits():
    """Encoder, codebook and decoder at lesson 12's sizes, not trained."""
    layers = keras.layers
    look = [layers.Reshape((28, 28, 1)), layers.Conv2D(32, 4, strides=4), layers.Conv2D(8, 3, padding="same")]
    tiles = [layers.Reshape((7, 7, 4, 4)), layers.Permute((1, 3, 2, 4)), layers.Reshape((784,))]
    drawing = [layers.Conv2D(32, 3, padding="same", activation="relu") for _ in range(2)]
    encoder = keras.Sequential([keras.Input((784,)), *look])
    decoder = keras.Sequential([keras.Input((7, 7, 8)), *drawing, layers.Dense(16), *tiles])
    return encoder, np.random.default_rng(0).normal(size=(64, 8)), decoder


def two_ways():
    """A variational encoder whose mean and log_var come from different hidden layers."""
    image, layers = keras.Input((PIXELS,)), keras.layers
    mean, log_var = (layers.Dense(2)(layers.Dense(8, "relu")(image)) for _ in range(2))
    return keras.Model(image, [mean, mean, log_var], name="encoder")


def refused(label="plain", models=None, many=None, labels=LABELS, few=None):
    models = drawn_models()[label] if models is None else models
    many, few = images(400) if many is None else many, images(5) if few is None else few
    return explorers.draw_a_digit({label: models}, many, labels, few)


REFUSED = {
    "no model": (
        lambda: explorers.draw_a_digit({}, images(400), LABELS, images(5)),
        r"models is empty: expected one or two, e\.g\..* after training",
    ),
    "longer codes": (
        lambda: refused(models=built("vanilla", 4)),
        r"'plain' has codes of shape \(4,\), and the plane shows two",
    ),
    "oblong images": (
        lambda: refused(many=images(400).reshape(-1, 4, 9)),
        r"'plain' takes images of shape \(4, 9, 1\): a drawing is square",
    ),
    "other labels": (lambda: refused(labels=LABELS[:7]), r"labels of shape \(7,\).*expected \(400,\)"),
    "too many examples": (lambda: refused(few=images(11)), r"examples are 11"),
    "two hidden parts": (
        lambda: refused(models=(two_ways(), built("variational", 2)[1])),
        "encoder computes the mean and log_var by different hidden layers",
    ),
    "draws from no distribution": (
        lambda: explorers.reparameterisation(*built("vanilla", 2), images(400), LABELS, images(5)),
        r"does not give \[z, mean, log_var\] of two numbers",
    ),
    "draws of longer codes": (
        lambda: explorers.reparameterisation(*built("variational", 3), images(400), LABELS, images(5)),
        r"does not give \[z, mean, log_var\] of two numbers",
    ),
    "draws with other labels": (
        lambda: explorers.reparameterisation(*built("variational", 2), images(400), LABELS[:3], images(5)),
        r"labels of shape \(3,\)",
    ),
    "a code of another model": (
        lambda: explorers.code_by_hand(built("vanilla", 4)[0], built("vanilla", 8)[1], images(400), images(5)),
        "codes of 4 numbers.*decoder takes 8",
    ),
    "tokens without a grid": (
        lambda: swapping(encoder=built("vanilla", 36)[0]),
        r"makes \(None, 36\) of images of 6 x 6.*on a grid, \(n, rows, columns, d\)",
    ),
    "squares that don't divide the image": (lambda: swapping(encoder=over(5)), "rows and columns that divide"),
    "a codebook of other vectors": (
        lambda: swapping(book=np.ones((5, 3))),
        r"book is of shape \(5, 3\): expected finite numbers \(K, 4\), from 2 to 64",
    ),
    "a codebook of one entry": (lambda: swapping(book=np.ones((1, 4))), r"book is of shape \(1, 4\)"),
    "a codebook of too many": (lambda: swapping(book=np.ones((65, 4))), r"book is of shape \(65, 4\)"),
    "a codebook that diverged": (lambda: swapping(book=np.full((5, 4), np.nan)), "expected finite numbers"),
    "a layer instead of its codebook": (
        lambda: swapping(book=keras.layers.Dense(4)),
        r"book is of type Dense.*codebook\.get_weights\(\)\[0\]",
    ),
    "a decoder of another grid": (
        lambda: swapping(decoder=quantising(2)[2]),
        r"codes of shape \(3, 3, 4\), and the decoder takes shape \(2, 2, 4\)",
    ),
    "a decoder that uses a layer twice": (lambda: swapping(decoder=repeating()), "decoder is not a chain"),
    "a digit of a decoder without labels": (
        lambda: explorers.ask_for_a_digit(built("vanilla", 4)[1]),
        r"The decoder takes .*expected \[codes \(n, k\), labels \(n, 10\)\].*Build it as",
    ),
    "a digit from too long a code": (
        lambda: explorers.ask_for_a_digit(conditional(13)),
        "13 numbers: expected 1 to 12",
    ),
    "a digit of two models": (lambda: explorers.ask_for_a_digit((1, 2)), "The decoder takes None .*Build it as"),
    "images that are not square": (lambda: explorers.ask_for_a_digit(conditional(2, 35)), "square images"),
    "the label before the code": (lambda: explorers.ask_for_a_digit(swapped()), "not .code, label. joined"),
}


def swapping(encoder=None, book=None, decoder=None):
    """An explorer of tokens in which a part was replaced."""
    parts = zip(quantising(), (encoder, book, decoder))
    return explorers.swap_a_token(*(own if other is None else other for own, other in parts), images(40), images(5))


def over(side):
    """An encoder onto a grid of that many squares a side, each a number too small for the image or too large."""
    layers = [keras.layers.Reshape((SIDE, SIDE, 1)), keras.layers.Conv2D(4, SIDE + 1 - side)]
    return keras.Sequential([keras.Input((PIXELS,)), *layers])


def repeating():
    """A decoder one layer of which is used twice."""
    grid, layer = keras.Input((3, 3, 4)), keras.layers.Dense(4, "tanh")
    return keras.Model(grid, keras.layers.Reshape((PIXELS,))(layer(layer(grid))), name="decoder")


def swapped():
    """A decoder that joins label and code the other way round."""
    code, label = keras.Input((3,)), keras.Input((10,))
    hidden = keras.layers.Dense(12, "relu")(keras.layers.Concatenate()([label, code]))
    return keras.Model([code, label], keras.layers.Dense(PIXELS, "sigmoid")(hidden))


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_fit_is_refused_in_the_users_words(what):
    make, reason = REFUSED[what]
    with pytest.raises(ValueError, match=reason) as error:
        make()
    assert str(error.value).endswith(".")


# Draws of eps, and a code turned by hand


def test_the_draws_start_from_what_the_encoder_gives():
    encoder, decoder = built("variational", 2)
    one = explorers.reparameterisation(encoder, decoder, images(400), LABELS, images(5))
    _, mean, log_var = encoder.predict(images(5), verbose=0)
    assert np.allclose(unpacked(one.data["means"]), mean, rtol=1e-3, atol=1e-4)
    assert np.allclose(unpacked(one.data["log_vars"]), log_var, rtol=1e-3, atol=1e-4)
    assert np.abs(unpacked(one.data["points"])).max() <= one.data["reach"] and len(one.data["labels"]) == 300
    assert [label for label in ("image", "from the mean", "1 times", "3 times") if label not in one.figure.alt] == []


def test_an_ellipse_is_where_a_normal_distribution_falls_off_evenly():
    points = np.array(page("ellipse", [1, -2], [0.5, 3], 2))
    assert np.allclose((((points - [1, -2]) / [0.5, 3]) ** 2).sum(axis=1), 4)
    assert len(np.unique(points[:-1], axis=0)) == 72


def fixed(codes):
    """An encoder and a decoder for which the code of the image i is codes[i]: images have one white pixel."""
    count, numbers = codes.shape
    assert count <= PIXELS
    encoder = keras.Sequential([keras.Input((PIXELS,)), keras.layers.Dense(numbers)])
    kernel = np.zeros((PIXELS, numbers), "float32")
    kernel[:count] = codes
    encoder.layers[0].set_weights([kernel, np.zeros(numbers)])
    decoder = keras.Sequential([keras.Input((numbers,)), keras.layers.Dense(PIXELS, "sigmoid")])
    return encoder, decoder, np.eye(PIXELS, dtype="float32")[:count]


def test_the_units_that_vary_most_can_be_turned_over_all_that_they_are_in_the_images():
    spread = np.array([3, 0.1, 5, 1, 0.2, 9, 7, 2, 0.3, 4, 8])
    codes = np.float32(np.random.default_rng(0).uniform(-1, 2, (30, 11)) * spread)
    encoder, decoder, given = fixed(codes)
    one = explorers.code_by_hand(encoder, decoder, given[:25], given[25:])
    assert one.data["units"] == [0, 2, 3, 5, 6, 7, 9, 10]
    assert np.allclose(one.data["low"], codes.min(axis=0)[one.data["units"]], rtol=1e-3)
    assert np.allclose(one.data["high"], codes.max(axis=0)[one.data["units"]], rtol=1e-3)
    assert np.allclose(unpacked(one.data["codes"]), codes[25:], rtol=1e-3)


def test_codes_that_never_vary_have_sliders_all_the_same():
    encoder, decoder, given = fixed(np.ones((9, 3), "float32"))
    one = explorers.code_by_hand(encoder, decoder, given[:4], given[4:])
    assert one.data["units"] == [0, 1, 2] and one.data["low"] == [1, 1, 1] and one.data["high"] == [2, 2, 2]


def test_variational_codes_are_turned_from_their_means():
    encoder, decoder = built("variational", 3)
    one = explorers.code_by_hand(encoder, decoder, images(40), images(5))
    assert np.allclose(unpacked(one.data["codes"]), encoder.predict(images(5), verbose=0)[1], rtol=1e-2, atol=1e-3)
    assert re.search(r"image, from its code, unit \d at", one.figure.alt)


def test_the_page_draws_each_digit_from_the_same_code_as_keras_does():
    decoder = conditional()
    one = explorers.ask_for_a_digit(decoder)
    code = unpacked(one.data["draws"])[4]
    labels = np.eye(10, dtype="float32")
    expected = decoder.predict([np.tile(code, (10, 1)), labels], verbose=0)
    inputs = np.concatenate([np.tile(code, (10, 1)), labels], axis=1).tolist()
    found = page(
        "(layers, rows) => { const decode = network(layers); return rows.map(row => decode(Float32Array.from(row))); }",
        one.data["models"]["decoder"],
        inputs,
    )
    assert np.allclose(found, expected, atol=1e-2) and np.ptp(expected, axis=0).max() > 0.1, "the label matters"
    mosaic = page("(images, side) => inFives(images.map(image => Float32Array.from(image)), side)", found, SIDE)
    tiles = np.reshape(mosaic, (2, SIDE, 5, SIDE)).swapaxes(1, 2).reshape(10, PIXELS)
    assert np.allclose(tiles, found, atol=1e-6)
    assert np.abs(unpacked(one.data["draws"])).max() <= 3 and one.data["shape"] == (SIDE, SIDE, 1)
    assert "draw 3" in one.figure.alt


# Tokens that are swapped

DRAWN = """(layers, order, grids) => {
    const decode = network(layers);
    return grids.map(vectors => {
        const values = decode(Float32Array.from(vectors));
        return order.map(from => values[from]);
    });
}"""


def brightest(decoder, vectors):
    """What Keras draws, cut as the page cuts it."""
    return np.clip(decoder.predict(vectors, verbose=0), 0, 1)


def test_the_page_draws_from_any_tokens_what_keras_draws():
    encoder, book, decoder = quantising()
    one = explorers.swap_a_token(encoder, book, decoder, images(400), images(5, seed=1))
    packed = unpacked(one.data["book"])
    grids = packed[np.random.default_rng(0).integers(5, size=(20, 3, 3))]
    found = page(DRAWN, one.data["models"]["decoder"], one.data["order"], grids.reshape(20, -1).tolist())
    expected = decoder.predict(grids, verbose=0)
    assert np.allclose(found, expected, atol=5e-3) and np.ptp(expected, axis=0).min() > 0.05, "tokens matter"
    assert sorted(one.data["order"]) == list(range(PIXELS)) and one.data["order"] != sorted(one.data["order"])


@pytest.mark.parametrize("axes", [(1, 3, 2, 4), (2, 1, 4, 3), (3, 4, 1, 2)])
def test_where_a_decoder_puts_its_numbers_at_the_end_is_found_out(axes):
    layers = [keras.layers.Dense(4), keras.layers.Reshape((3, 3, 2, 2)), keras.layers.Permute(axes)]
    decoder = keras.Sequential([keras.Input((3, 3, 2)), *layers, keras.layers.Flatten()])
    chain, order = network.exported_with_order(decoder)
    grids = np.random.default_rng(0).normal(size=(7, 3, 3, 2)).astype("float32")
    found = page(DRAWN, chain, order.tolist(), grids.reshape(7, -1).tolist())
    assert np.allclose(found, decoder.predict(grids, verbose=0), atol=5e-3)


def test_entries_are_numbered_by_their_use_and_tokens_are_the_nearest_ones():
    encoder, book, decoder = quantising()
    many, few = images(400), images(5, seed=1)
    one = explorers.swap_a_token(encoder, book, decoder, many, few)
    packed, shares = unpacked(one.data["book"]), np.array(one.data["shares"])
    assert {*map(tuple, packed)} == {*map(tuple, np.float32(np.float16(book)))} and len(packed) == 5
    assert (np.diff(shares) <= 0).all() and shares.sum() == pytest.approx(1, abs=1e-3)

    def nearest(given):
        vectors = encoder.predict(given, verbose=0).reshape(-1, 9, 1, 4)
        return np.linalg.norm(vectors - packed, axis=-1).argmin(axis=-1)

    counts = np.bincount(nearest(many).ravel(), minlength=5)
    assert np.allclose(shares, counts / 3600, atol=1e-4) and len(set(counts)) > 2
    assert one.data["tokens"] == nearest(few).tolist()


def test_an_entrys_picture_is_the_mean_of_what_is_drawn_around_its_places():
    encoder, book, decoder = quantising()
    book = np.concatenate([book, np.full((1, 4), 100)])  # too far away to be used
    many = images(30)
    one = explorers.swap_a_token(encoder, book, decoder, many, images(5))
    packed = unpacked(one.data["book"])
    vectors = encoder.predict(many, verbose=0)
    tokens = np.linalg.norm(vectors[..., np.newaxis, :] - packed, axis=-1).argmin(axis=-1)
    drawn = np.pad(brightest(decoder, packed[tokens]).reshape(-1, 6, 6), ((0, 0), (1, 1), (1, 1)))
    found = np.array(page("packed => unpacked(packed).flatMap(row => [...row])", one.data["pictures"])).reshape(6, 4, 4)
    for entry in range(5):
        places = np.argwhere(tokens == entry)
        pieces = [drawn[i, 2 * y : 2 * y + 4, 2 * x : 2 * x + 4] for i, y, x in places]
        expected = np.mean(pieces, axis=0) if pieces else np.full((4, 4), 0.5)
        assert np.abs(found[entry] - expected).max() <= 0.5 / 15 + 1e-3, entry
    assert one.data["shares"][5] == 0 and np.abs(found[5] - 0.5).max() <= 0.5 / 15 + 1e-3


def test_a_small_picture_becomes_large_by_repeating_its_pixels():
    small = np.random.default_rng(0).random((2, 3, 2)).astype("float32")
    found = page("(values, ...sides) => resized(values, ...sides)", small.ravel().tolist(), [2, 3, 2], [6, 12, 2])
    assert np.allclose(np.reshape(found, (6, 12, 2)), small.repeat(3, axis=0).repeat(4, axis=1))


def test_what_changes_is_counted_in_squares_from_the_nearest_swapped_one():
    before, after = np.random.default_rng(0).random((2, 6, 8, 3)).astype("float32")
    swaps = [1, 10]  # of 3 x 4 squares, each of 2 x 2 pixels
    lists = [before.ravel().tolist(), after.ravel().tolist(), [6, 8, 3], [3, 4], swaps]
    found = page("(...given) => reach(...given)", *lists)
    rows, columns = np.mgrid[:6, :8] // 2
    away = np.min([np.maximum(abs(rows - k // 4), abs(columns - k % 4)) for k in swaps], axis=0)
    assert [one["away"] for one in found] == away.ravel().tolist()
    assert np.allclose([one["size"] for one in found], np.abs(after - before).max(axis=2).ravel(), atol=1e-6)


def test_the_figure_swaps_a_token_for_another_one():
    one = explorers.swap_a_token(*quantising(), images(400), images(5, seed=1))
    pictures = [image.get_array() for image in one.figure.axes[0].images]
    image, before, after, change = (pictures[3 * i : 3 * i + 3] for i in range(4))
    assert all(np.allclose(c, abs(a - b)) for a, b, c in zip(before, after, change))
    assert sum(np.max(c) > 0.01 for c in change) >= 2
    assert [label for label in ("from its tokens", "one token swapped", "change") if label not in one.figure.alt] == []
