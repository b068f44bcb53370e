"""The four factories against NumPy, closed forms and the specification; runs on any backend of Keras."""

import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aelib import factories

DENSE = [(784, [128, 64], 32), (784, [512], 2), (12, [], 3), (20, [16, 12, 8], 4)]
CONVOLUTIONAL = [
    ((28, 28, 1), [16, 8, 8], (4, 4, 8)),
    ((12, 20, 3), [6, 5, 4], (2, 3, 4)),
    ((12, 12, 3), [7, 6, 5, 4], (1, 1, 4)),
]
CALLS = (
    [("vanilla", arguments) for arguments in DENSE]
    + [("sparse", (*arguments, 1e-3)) for arguments in DENSE]
    + [("variational", arguments) for arguments in DENSE]
    + [("convolutional", arguments) for arguments in CONVOLUTIONAL]
)


KINDS = ("Dense", "Conv2D", "MaxPooling2D", "UpSampling2D", "Sampling")


def build(name, arguments, seed=0):
    keras.utils.set_random_seed(seed)
    return getattr(factories, name)(*arguments)


def images(arguments, n=6, seed=0):
    shape = arguments[0] if isinstance(arguments[0], tuple) else arguments[:1]
    return np.random.default_rng(seed).random((n, *shape), dtype="float32")


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def outputs(model, x):
    """What a model gives, the quickest way: to trace takes TensorFlow long, single operations take JAX long."""
    if keras.backend.backend() != "tensorflow":
        return model.predict(x, verbose=0)
    found = model(x)
    return [numpy(part) for part in found] if isinstance(found, (list, tuple)) else numpy(found)


def describe(model):
    """The model's computing layers as (name, kind, units or filters, activation, padding)."""
    return [
        (
            layer.name,
            next(kind for kind in KINDS if kind in str(type(layer))),
            getattr(layer, "units", getattr(layer, "filters", None)),
            getattr(getattr(layer, "activation", None), "__name__", None),
            getattr(layer, "padding", None),
        )
        for layer in model.layers
        if not isinstance(layer, keras.layers.InputLayer)
    ]


# Shapes, layers and settings, as the specification has them


@pytest.mark.parametrize("name, arguments", CALLS)
def test_models_map_images_to_codes_and_back(name, arguments):
    encoder, decoder, auto = build(name, arguments)
    x = images(arguments)
    code = outputs(encoder, x)
    if name == "variational":
        assert [part.shape for part in code] == [(6, arguments[2])] * 3
        code = code[0]
    shape = arguments[2] if name == "convolutional" else arguments[2:3]
    assert code.shape == (6, *shape)
    if name != "variational":
        assert code.min() >= 0
    for model, inputs in ((decoder, code), (auto, x)):
        decoded = outputs(model, inputs)
        assert decoded.shape == x.shape and decoded.min() > 0 and decoded.max() < 1


@pytest.mark.parametrize("hidden", [[], [9], [9, 8, 7]])
def test_dense_layers_are_those_of_the_specification(hidden):
    encoder_hidden = [(f"hidden_{i}", "Dense", size, "relu", None) for i, size in enumerate(hidden, 1)]
    decoder_hidden = [(f"decoder_hidden_{i}", "Dense", size, "relu", None) for i, size in enumerate(hidden[::-1], 1)]
    last = [("reconstruction", "Dense", 12, "sigmoid", None)]
    for name, extra in (("vanilla", ()), ("sparse", (0.1,))):
        encoder, decoder, _ = build(name, (12, hidden, 3, *extra))
        assert describe(encoder) == [*encoder_hidden, ("code", "Dense", 3, "relu", None)]
        assert describe(decoder) == decoder_hidden + last
    encoder, decoder, _ = build("variational", (12, hidden, 3))
    heads = [(name, "Dense", 3, "linear", None) for name in ("mean", "log_var")]
    assert describe(encoder) == [*encoder_hidden, *heads, ("z", "Sampling", None, None, None)]
    assert describe(decoder) == decoder_hidden + last


def test_convolutional_layers_are_those_of_the_specification():
    encoder, decoder, _ = build("convolutional", ((12, 12, 3), [7, 6, 5], (2, 2, 5)))
    assert describe(encoder) == [
        ("conv_1", "Conv2D", 7, "relu", "same"),
        ("pool_1", "MaxPooling2D", None, None, "same"),
        ("conv_2", "Conv2D", 6, "relu", "same"),
        ("pool_2", "MaxPooling2D", None, None, "same"),
        ("conv_3", "Conv2D", 5, "relu", "same"),
        ("code", "MaxPooling2D", None, None, "same"),
    ]
    assert describe(decoder) == [
        ("decoder_conv_1", "Conv2D", 5, "relu", "same"),
        ("upsample_1", "UpSampling2D", None, None, None),
        ("decoder_conv_2", "Conv2D", 6, "relu", "same"),
        ("upsample_2", "UpSampling2D", None, None, None),
        ("decoder_conv_3", "Conv2D", 7, "relu", "valid"),
        ("upsample_3", "UpSampling2D", None, None, None),
        ("reconstruction", "Conv2D", 3, "sigmoid", "same"),
    ]
    for layer in encoder.layers + decoder.layers:
        assert getattr(layer, "kernel_size", (3, 3)) == (3, 3)
        assert getattr(layer, "pool_size", (2, 2)) == tuple(getattr(layer, "size", (2, 2))) == (2, 2)


@pytest.mark.parametrize("name, arguments", CALLS)
def test_no_two_layers_with_weights_share_a_name(name, arguments):
    encoder, decoder, _ = build(name, arguments)
    names = [layer.name for layer in encoder.layers + decoder.layers if layer.weights]
    assert len(names) == len(set(names)) > 0


@pytest.mark.parametrize("name, arguments", CALLS)
def test_auto_is_compiled_with_adam_and_cross_entropy(name, arguments):
    _, _, auto = build(name, arguments)
    assert isinstance(auto.optimizer, keras.optimizers.Adam)
    assert float(auto.optimizer.learning_rate) == pytest.approx(0.001)
    auto.run_eagerly, x = keras.backend.backend() == "tensorflow", images(arguments)
    if name == "variational":
        keras.utils.set_random_seed(1)
        shown = auto.evaluate(x, x, verbose=0, return_dict=True)
        assert shown["loss"] == pytest.approx(shown["reconstruction"] + shown["kl"], rel=1e-5)
    else:
        y = numpy(auto(x)).astype("float64")
        entropy = -(x * np.log(y) + (1 - x) * np.log(1 - y)).mean()
        penalty = 1e-3 * numpy(auto.layers[1](x)).sum(axis=-1).mean() if name == "sparse" else 0
        assert auto.evaluate(x, x, verbose=0) == pytest.approx(entropy + penalty, rel=1e-4)


@pytest.mark.parametrize("name, arguments", [call for call in CALLS if call[0] != "variational"])
def test_auto_equals_decoder_of_encoder(name, arguments):
    encoder, decoder, auto = build(name, arguments)
    x = images(arguments)
    np.testing.assert_allclose(numpy(auto(x)), numpy(decoder(encoder(x))), atol=1e-6)


def with_constant_head(encoder, head, value):
    """Make a head of the variational encoder give one value for every image."""
    weights, bias = encoder.get_layer(head).get_weights()
    encoder.get_layer(head).set_weights([0 * weights, 0 * bias + value])


def test_variational_auto_decodes_z_and_not_the_mean_or_log_variance():
    encoder, decoder, auto = build("variational", (12, [9], 2))
    x = np.repeat(images((12,), n=1), 100, axis=0)
    with_constant_head(encoder, "log_var", -60)  # no noise: z is the mean
    np.testing.assert_allclose(numpy(auto(x)), numpy(decoder(encoder(x)[1])), atol=1e-5)
    assert numpy(auto(x)).std(axis=0).max() < 1e-4
    with_constant_head(encoder, "log_var", 1)
    assert numpy(auto(x)).std(axis=0).max() > 0.01


@pytest.mark.parametrize("name, arguments", CALLS)
def test_gradient_reaches_every_weight(name, arguments):
    _, _, auto = build(name, arguments, seed=3)
    before = [numpy(weight).copy() for weight in auto.trainable_weights]
    x = images(arguments, n=64)
    auto.run_eagerly = keras.backend.backend() == "tensorflow"  # which traces a step longer than it takes twelve
    auto.fit(x, x, epochs=3, batch_size=16, verbose=0)
    for weight, old in zip(auto.trainable_weights, before):
        assert np.abs(numpy(weight) - old).max() > 0, f"{weight.path} did not move"


def test_convolutional_keeps_its_order_of_axes_whatever_keras_is_configured_for():
    keras.config.set_image_data_format("channels_first")
    try:
        encoder, _, auto = build("convolutional", ((28, 28, 1), [4, 3, 2], (4, 4, 2)))
    finally:
        keras.config.set_image_data_format("channels_last")
    assert encoder.output_shape == (None, 4, 4, 2) and auto.output_shape == (None, 28, 28, 1)


# The sparse penalty


@pytest.mark.parametrize("batch", [1, 10, 256])
@pytest.mark.parametrize("lambtha", [10e-6, 0.5])
def test_l1_penalty_is_lambtha_times_the_mean_sum_of_activities_whatever_the_batch(batch, lambtha):
    encoder, _, auto = build("sparse", (20, [16], 8, lambtha))
    x = images((20,), n=batch)
    expected = lambtha * np.abs(numpy(encoder(x))).sum() / batch
    auto(x)
    assert float(sum(auto.losses)) == pytest.approx(expected, rel=1e-5)
    y = numpy(auto(x)).astype("float64")
    entropy = -(x * np.log(y) + (1 - x) * np.log(1 - y)).mean()
    assert auto.test_on_batch(x, x) == pytest.approx(entropy + expected, rel=1e-4)


# The variational loss


def test_kl_divergence_equals_the_closed_form_and_a_monte_carlo_estimate():
    random = np.random.default_rng(0)
    mean, log_var = random.normal(size=(4, 3)), random.normal(size=(4, 3))
    kl = numpy(factories.kl_divergence(mean.astype("float32"), log_var.astype("float32")))
    std = np.exp(log_var / 2)
    closed = (np.log(1 / std) + (std**2 + mean**2) / 2 - 0.5).sum(axis=1)
    np.testing.assert_allclose(kl, closed, rtol=1e-5)
    z = mean + std * random.normal(size=(400_000, 4, 3))
    log_ratio = (-np.log(std) - ((z - mean) / std) ** 2 / 2 + z**2 / 2).sum(axis=2)
    standard_error = log_ratio.std(axis=0) / len(z) ** 0.5
    assert (np.abs(log_ratio.mean(axis=0) - kl) < 4 * standard_error).all()


def test_z_has_the_stated_mean_and_standard_deviation_and_fresh_noise():
    encoder, _, _ = build("variational", (12, [9], 2), seed=5)
    with_constant_head(encoder, "mean", 0.7)
    with_constant_head(encoder, "log_var", -1.2)
    x = images((12,), n=50_000)
    z, mean, log_var = (numpy(part) for part in encoder(x))
    assert mean == pytest.approx(0.7) and log_var == pytest.approx(-1.2)
    np.testing.assert_allclose(z.mean(axis=0), 0.7, atol=0.015)
    np.testing.assert_allclose(z.std(axis=0), np.exp(-0.6), atol=0.01)
    assert abs(np.corrcoef(z.T)[0, 1]) < 0.02
    for again in (numpy(encoder(x)[0]), encoder.predict(x, batch_size=5000, verbose=0)[0]):
        assert abs(np.corrcoef(again[:, 0], z[:, 0])[0, 1]) < 0.02


def test_variational_loss_is_nats_per_image_and_starts_near_784_ln_2():
    encoder, decoder, auto = build("variational", (784, [512], 2))
    x = (images((784,), n=500) > 0.8).astype("float32") * 0.9
    shown = auto.evaluate(x, x, verbose=0, return_dict=True)
    assert shown["loss"] == pytest.approx(784 * np.log(2), rel=0.02)
    _, mean, log_var = (numpy(part).astype("float64") for part in encoder(x))
    kl = 0.5 * (np.exp(log_var) + mean**2 - 1 - log_var).sum(axis=1).mean()
    assert shown["kl"] == pytest.approx(kl, rel=1e-3)


def test_reconstruction_is_cross_entropy_summed_over_pixels():
    random = np.random.default_rng(1)
    x, y = random.random((5, 30), dtype="float32"), random.uniform(0.01, 0.99, (5, 30)).astype("float32")
    expected = -(x * np.log(y) + (1 - x) * np.log(1 - y)).sum(axis=1)
    np.testing.assert_allclose(numpy(factories.reconstruction(x, y)), expected, rtol=1e-4)


def test_variational_history_shows_the_loss_and_its_two_parts():
    _, _, auto = build("variational", (12, [9], 2))
    x = images((12,), n=50)  # batches of 16, 16, 16 and 2: the mean must be over images, not over batches
    history = auto.fit(x, x, validation_data=(x, x), epochs=2, batch_size=16, verbose=0).history
    assert set(history) == {"loss", "reconstruction", "kl", "val_loss", "val_reconstruction", "val_kl"}
    for prefix in ("", "val_"):
        parts = np.add(history[prefix + "reconstruction"], history[prefix + "kl"])
        np.testing.assert_allclose(history[prefix + "loss"], parts, rtol=1e-5)


# Saving, and the published programs


def test_models_survive_a_keras_file_in_a_fresh_process_without_unsafe_mode(tmp_path):
    built = {}
    for name, arguments in (CALLS[0], CALLS[5], CALLS[9], CALLS[12]):
        built[name] = *build(name, arguments), images(arguments)
        for model, file in zip(built[name], ("encoder", "decoder", "auto")):
            model.save(tmp_path / f"{name}-{file}.keras")
        np.save(tmp_path / f"{name}-x.npy", built[name][-1])
    program = """
import keras, numpy as np, sys
for name in ("sparse", "variational"):
    try:
        keras.saving.load_model(f"{name}-auto.keras")
        sys.exit("It can be loaded without the import.")
    except TypeError as error:
        assert "import aelib.factories" in str(error), error
import aelib.factories
for name in sys.argv[1:]:
    x = np.load(f"{name}-x.npy")
    load = keras.saving.load_model
    encoder, decoder, auto = (load(f"{name}-{file}.keras", safe_mode=True) for file in ("encoder", "decoder", "auto"))
    code = encoder(x)
    code = code[1] if name == "variational" else code
    np.save(f"{name}-y.npy", keras.ops.convert_to_numpy(decoder(code)))
    auto(x)
    np.save(f"{name}-penalty.npy", [keras.ops.convert_to_numpy(loss) for loss in auto.losses])
    auto.fit(x, x, epochs=1, verbose=0)
"""
    subprocess.run([sys.executable, "-c", program, *built], cwd=tmp_path, check=True)
    assert set(built) == {"vanilla", "sparse", "variational", "convolutional"}
    for name, (encoder, decoder, auto, x) in built.items():
        code = encoder(x)[1] if name == "variational" else encoder(x)
        np.testing.assert_allclose(np.load(tmp_path / f"{name}-y.npy"), numpy(decoder(code)), atol=1e-6, err_msg=name)
        auto(x)
        penalty = [numpy(loss) for loss in auto.losses]
        assert len(penalty) == (name in ("sparse", "variational")) and all(loss > 0 for loss in penalty)
        np.testing.assert_allclose(np.load(tmp_path / f"{name}-penalty.npy"), penalty, rtol=1e-4, err_msg=name)


@pytest.mark.parametrize("name, arguments", [CALLS[7], CALLS[11]])
def test_an_earlier_keras_file_is_loaded(name, arguments, tmp_path):
    auto, x = build(name, arguments)[2], images(arguments)
    auto.save(tmp_path / "new.keras")
    with zipfile.ZipFile(tmp_path / "new.keras") as new, zipfile.ZipFile(tmp_path / "old.keras", "w") as old:
        for part in new.namelist():  # where the classes were registered as aelib>SparseDense and so on
            old.writestr(part, new.read(part).replace(b"import aelib.factories>", b"aelib>"))
    loaded = keras.saving.load_model(tmp_path / "old.keras")
    assert all(np.array_equal(*pair) for pair in zip(loaded.get_weights(), auto.get_weights()))
    assert numpy(loaded(x)).shape == x.shape and len(loaded.losses) == 1


@pytest.mark.parametrize("name, arguments", [CALLS[0], CALLS[4], CALLS[12]])
def test_published_program_of_the_first_three_exercises_runs(name, arguments):
    x_train, x_test = images(arguments, n=300), images(arguments, n=40, seed=1)
    encoder, decoder, auto = build(name, arguments)
    auto.fit(x_train, x_train, epochs=1, batch_size=256, shuffle=True, validation_data=(x_test, x_test), verbose=0)
    encoded = encoder.predict(x_test[:10], verbose=0)
    assert np.isfinite(np.mean(encoded))
    assert decoder.predict(encoded, verbose=0).shape == x_test[:10].shape


def test_published_program_of_the_variational_exercise_runs():
    x_train, x_test = images((784,), n=300), images((784,), n=40, seed=1)
    encoder, decoder, auto = build("variational", (784, [512], 2))
    auto.fit(x_train, x_train, epochs=1, batch_size=256, shuffle=True, validation_data=(x_test, x_test), verbose=0)
    encoded, mu, log_sig = encoder.predict(x_test[:10], verbose=0)
    assert encoded.shape == mu.shape == np.exp(log_sig / 2).shape == (10, 2)
    assert decoder.predict(encoded, verbose=0).shape == (10, 784)
    l1 = np.linspace(-3, 3, 25)
    plane = np.stack(np.meshgrid(l1, l1, sparse=False, indexing="ij"), axis=-1)
    assert decoder.predict(plane.reshape((-1, 2)), batch_size=125, verbose=0).shape == (625, 784)


# Bad input


@pytest.mark.parametrize(
    "name, arguments, error, words",
    [
        ("vanilla", (0, [8], 2), ValueError, ["input_dims=0", "from 1", "input_dims=784"]),
        ("vanilla", (784, [8, -3], 2), ValueError, ["hidden_layers[1]=-3", "from 1"]),
        ("vanilla", (784, [8], 2.5), TypeError, ["latent_dims=2.5", "whole number", "latent_dims=32"]),
        ("vanilla", (784, [8], True), TypeError, ["latent_dims=True", "whole number"]),
        ("vanilla", ("784", [8], 2), TypeError, ["input_dims='784'", "whole number"]),
        ("vanilla", (784, None, 2), TypeError, ["hidden_layers=None", "[128, 64]"]),
        ("vanilla", (784, 128, 2), TypeError, ["hidden_layers=128", "not a list", "[128, 64]"]),
        ("vanilla", (784, [8], None), TypeError, ["latent_dims=None", "latent_dims=32"]),
        ("vanilla", (784, [10**6, 10**6], 2), ValueError, ["weights", "smaller"]),
        ("convolutional", ((4092, 4092, 1), [999] * 3, (512, 512, 999)), ValueError, ["activations", "smaller"]),
        ("convolutional", ((28.0, 28, 1), [8] * 3, (4, 4, 8)), TypeError, ["input_dims[0]=28.0", "=(28, 28, 1)"]),
        ("convolutional", ((28, 28, 1), [8] * 3, (4.0, 4, 8)), TypeError, ["latent_dims[0]=4.0", "=(4, 4, 8)"]),
        ("vanilla", (784, [8] * 101, 2), ValueError, ["101 entries", "at most 100"]),
        ("vanilla", (10**5000, [8], 2), ValueError, ["input_dims", "from 1"]),
        ("variational", (784, [512], (2,)), TypeError, ["latent_dims=(2,)", "whole number"]),
        ("sparse", (784, [8], 2, -1e-5), ValueError, ["lambtha=-1e-05", "from 0", "lambtha=1e-5"]),
        ("sparse", (784, [8], 2, float("nan")), ValueError, ["lambtha=nan", "finite"]),
        ("sparse", (784, [8], 2, float("inf")), ValueError, ["lambtha=inf", "finite"]),
        ("sparse", (784, [8], 2, "1e-5"), TypeError, ["lambtha='1e-5'", "number"]),
        ("sparse", (784, [8], 2, None), TypeError, ["lambtha=None", "number"]),
        ("convolutional", ((28, 28, 1), [], (4, 4, 8)), ValueError, ["filters=[]", "at least 3", "[16, 8, 8]"]),
        ("convolutional", ((28, 28, 1), [16, 8], (7, 7, 8)), ValueError, ["2 entries", "at least 3"]),
        ("convolutional", ((32, 32, 1), [16, 8, 8], (4, 4, 8)), ValueError, ["32 x 32", "28 x 28", "4, 12, 20, 28"]),
        ("convolutional", ((28, 30, 3), [16, 8, 8], (4, 4, 8)), ValueError, ["28 x 30", "28 x 28"]),
        ("convolutional", ((28, 28), [16, 8, 8], (4, 4, 8)), ValueError, ["input_dims=(28, 28)", "(28, 28, 1)"]),
        ("convolutional", (784, [16, 8, 8], (4, 4, 8)), TypeError, ["input_dims=784", "not a tuple", "(28, 28, 1)"]),
        ("convolutional", ((28, 28, 1), [16, 8, 8], (4, 4, 16)), ValueError, ["latent_dims=(4, 4, 16)", "(4, 4, 8)"]),
        ("convolutional", ((28, 28, 1), [16, 8, 8], 128), TypeError, ["latent_dims=128", "(4, 4, 8)"]),
    ],
)
def test_bad_input_is_refused_with_what_came_what_was_expected_and_what_works(name, arguments, error, words):
    with pytest.raises(error) as caught:
        getattr(factories, name)(*arguments)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("n", [3, 4, 5])
def test_geometry_accepts_the_sides_that_halving_and_doubling_step_by_step_gives_back_and_no_others(n):
    accepted = []
    for side in range(1, 130):
        code = side
        for _ in range(n):
            code = (code + 1) // 2  # pooling with padding
        decoded = code
        for _ in range(n - 1):
            decoded *= 2  # upsampling
        decoded = 2 * (decoded - 2)  # the convolution without padding, and the last upsampling
        try:
            assert factories._code_shape((side, side), [2] * n, (code, code, 2)) == (code, code, 2)
            accepted.append(side)
            assert decoded == side
        except ValueError as error:
            assert decoded != side and f"decodes to {decoded} x {decoded}" in str(error)
    assert accepted == list(range(2**n - 4, 130, 2**n))


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-2, 40),
    st.floats(),
    st.text(max_size=3),
    st.fractions(),
    st.complex_numbers(),
    st.sampled_from([np.arange(3), np.int64(5), np.float32(2), {}, {3}, object()]),
)
anything = st.one_of(
    scalars,
    st.lists(scalars, max_size=4),
    st.lists(st.integers(-2, 40), max_size=4),
    st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 4)),
)
sizes = st.one_of(st.integers(1, 24), st.integers(1, 24).map(np.int64))
dense = st.tuples(sizes, st.lists(sizes, max_size=4), sizes, st.floats(0, 1e6))


@st.composite
def convolutional(draw):
    n = draw(st.integers(3, 4))
    height, width = (draw(st.integers(1, 3)) * 2**n - 4 for _ in range(2))
    filters = draw(st.lists(st.integers(1, 5), min_size=n, max_size=n))
    code = (-(-height // 2**n), -(-width // 2**n), filters[-1])
    return (height, width, draw(st.integers(1, 3))), filters, draw(st.sampled_from([tuple, list]))(code)


def perhaps_spoiled(arguments):
    """The arguments as they are, or with one of them replaced by anything at all."""
    places = st.tuples(arguments, st.integers(0, 5), anything)
    return places.map(lambda drawn: tuple(drawn[2] if i == drawn[1] else a for i, a in enumerate(drawn[0])))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["vanilla", "sparse", "variational"]), perhaps_spoiled(dense))
def test_any_dense_arguments_give_three_working_models_or_our_own_error(name, arguments):
    works_or_explains(name, arguments if name == "sparse" else arguments[:3])


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(perhaps_spoiled(convolutional()))
def test_any_convolutional_arguments_give_three_working_models_or_our_own_error(arguments):
    works_or_explains("convolutional", arguments)


def works_or_explains(name, arguments):
    try:
        encoder, decoder, auto = getattr(factories, name)(*arguments)
    except (TypeError, ValueError) as error:
        raised_in = error.__traceback__
        while raised_in.tb_next:
            raised_in = raised_in.tb_next
        assert raised_in.tb_frame.f_code.co_filename == factories.__file__, f"not our own error: {error!r}"
        assert "expected" in str(error) or "write for example" in str(error)
        return
    shape = arguments[0] if name == "convolutional" else arguments[:1]
    x = np.full((2, *shape), 0.5, dtype="float32")
    code = encoder(x)
    assert numpy(decoder(code[0] if name == "variational" else code)).shape == x.shape
    assert np.isfinite(auto.test_on_batch(x, x)).all()
