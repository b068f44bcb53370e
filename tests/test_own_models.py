"""Models that learners build or compile by themselves: trained like the course's, or refused before the first epoch."""

import keras
import numpy as np
import pytest

from aelib import factories, training

IMAGES = np.random.default_rng(0).random((150, 12), dtype="float32")
on_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the others trace nothing")


def own(given, compiled=True, **settings):
    """A learner's model of the functional kind: what it gives for a batch of images, as `given` computes it."""
    image = keras.Input((12,))
    auto = keras.Model(image, given(image), name="mine")
    if compiled:
        auto.compile(**({"optimizer": "adam", "loss": "mse"} | settings))
    return auto


class Subclass(keras.Model):
    """A learner's model of the kind that knows its shapes only while it is called."""

    def __init__(self, size=12, given=lambda images: images):
        super().__init__(name="mine")
        self.layer, self.given = keras.layers.Dense(size), given
        self.compile("adam", "mse")

    def call(self, images):
        return self.given(self.layer(images))


def two_inputs():
    images = [keras.Input((12,)) for _ in range(2)]
    auto = keras.Model(images, keras.layers.Add()(images), name="mine")
    auto.compile("adam", "mse")
    return auto


def of_keras_2():
    return type("Functional", (), {"__module__": "tf_keras.src.engine.functional", "name": "mine"})()


@pytest.mark.parametrize(
    "make, error, words",
    [
        (of_keras_2, TypeError, "mine is a model of Keras 2: expected one of Keras 3. Unset TF_USE_LEGACY_KERAS"),
        (lambda: own(keras.layers.Dense(12), compiled=False), TypeError, "mine is not compiled.*auto.compile"),
        (two_inputs, ValueError, "mine has 2 inputs: expected one of each.*its own method fit"),
        (lambda: own(lambda x: [x * 2, x * 3]), ValueError, "mine has 2 outputs: expected one of each"),
        (lambda: own(lambda x: {"a": x * 2, "b": x * 3}), ValueError, "mine has 2 outputs: expected one of each"),
        (lambda: own(keras.layers.Dense(3)), ValueError, r"mine turns images of shape \(12,\) into \(3,\)"),
        (lambda: Subclass(3), ValueError, r"mine turns images of shape \(12,\) into \(3,\)"),
        (lambda: Subclass(given=lambda x: (x, x)), ValueError, "mine has 2 outputs: expected one of each"),
        (lambda: Subclass(given=lambda x: x["a"]), ValueError, r"mine fails on images of shape \(12,\)"),
        (lambda: own(lambda x: x * 2, loss=None), ValueError, "The loss of mine fails: write auto.compile"),
        (lambda: own(lambda x: x * 2, loss="sparse_categorical_crossentropy"), ValueError, "The loss of mine fails"),
    ],
)
def test_a_model_that_is_no_autoencoder_is_refused_before_the_first_epoch(make, error, words):
    with pytest.raises(error, match=words):
        training.fit(make(), IMAGES, epochs=1)


@pytest.mark.parametrize("called", [False, True])
@pytest.mark.parametrize("make", [Subclass, lambda: keras.Sequential([keras.layers.Dense(12)])])
def test_a_model_that_knows_its_shapes_only_when_called_is_trained(make, called):
    auto = make()
    auto.compile("adam", "mse", run_eagerly=keras.backend.backend() == "tensorflow")
    if called:
        auto(IMAGES[:2])
    losses = training.fit(auto, IMAGES, IMAGES[:9], epochs=3)["val_loss"]
    assert losses == sorted(losses, reverse=True)


class Stubborn(keras.optimizers.SGD):
    def get_config(self):
        raise NotImplementedError("no settings are kept")


def test_an_optimizer_that_cannot_be_built_anew_is_refused_with_what_to_write():
    auto = own(keras.layers.Dense(12), optimizer=Stubborn())
    with pytest.raises(ValueError, match=r"peak=0.01.*Stubborn can't.*no settings are kept.*write peak=None"):
        training.fit(auto, IMAGES, epochs=1, peak=0.01)
    assert type(auto.optimizer) is Stubborn


@on_tensorflow
@pytest.mark.parametrize(
    "settings",
    [
        {"steps_per_execution": 4},
        {"steps_per_execution": "auto"},
        {
            "run_eagerly": True,
            "optimizer": lambda: keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 5)),
        },
    ],
)
def test_a_model_with_settings_of_its_own_is_trained_and_keeps_them(settings, monkeypatch):
    if settings.get("run_eagerly"):  # which a long run doesn't compile
        monkeypatch.setattr(training, "LONG", 5)
    auto = own(keras.layers.Dense(12), **settings | {"optimizer": settings.get("optimizer", keras.optimizers.Adam)()})
    usual = auto.optimizer, auto.steps_per_execution, auto.run_eagerly, auto.jit_compile
    losses = training.fit(auto, IMAGES, epochs=2, batch_size=50, peak=0.05)["loss"]
    assert losses[1] < losses[0]
    assert (auto.optimizer, auto.steps_per_execution, auto.run_eagerly, auto.jit_compile) == usual


def in_precision(policy, name, sizes):
    """The autoencoder of a factory under one of Keras's policies, whose steps are not traced."""
    keras.config.set_dtype_policy(policy)
    try:
        keras.utils.set_random_seed(0)
        auto = getattr(factories, name)(*sizes)[2]
    finally:
        keras.config.set_dtype_policy("float32")
    auto.run_eagerly = True
    return auto


@on_tensorflow
@pytest.mark.parametrize("name, sizes", [("sparse", (12, [9], 3, 1e-3)), ("variational", (12, [9], 3))])
def test_in_mixed_float16_a_schedule_trains_as_in_float32_and_can_be_taken_up_again(name, sizes, monkeypatch, tmp_path):
    histories, rates, settings = [], [], {"epochs": 2, "batch_size": 75, "peak": 0.02}

    class Rates(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            rates.append(float(self.model.optimizer.learning_rate))

    for policy in ("float32", "mixed_float16", "mixed_float16"):
        auto = in_precision(policy, name, sizes)
        usual, keras_fit = auto.optimizer, auto.fit
        monkeypatch.setattr(
            auto, "fit", lambda *a, f=keras_fit, callbacks, **k: f(*a, callbacks=[*callbacks, Rates()], **k)
        )
        histories.append(training.fit(auto, IMAGES, checkpoint=tmp_path / f"{policy}.npz", **settings))
        assert auto.optimizer is usual
    assert hasattr(usual, "inner_optimizer") and rates[:4] == rates[4:] and max(rates) > 0.019
    assert histories[2] == histories[1]
    for part, values in histories[0].items():
        assert histories[1][part] == pytest.approx(values, rel=0.02), part
