"""The explorers of a drawn digit, of draws of eps, of a code turned by hand, of a digit asked for: data, arithmetic."""

import base64
import json
import re
import shutil
import subprocess

import keras
import numpy as np
import pytest
import scipy.ndimage
from test_explorers import LABELS, PIXELS, SIDE, built, conditional, images

from aelib import data, explorers, factories, training
from aelib.explorers import drawing, explorer

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
    ]
    for one in others:
        whole, parts = len(json.dumps(one._repr_mimebundle_())), len(json.dumps(one.data["models"]))
        assert whole - parts <= 60_000, (one.question, whole - parts)


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
