"""The thin layer over `fit`: same numbers as Keras, clear refusals, progress and interrupts; runs on any backend."""

import io
import signal
import threading
import types

import keras
import numpy as np
import pytest

from aelib import factories, training

IMAGES = np.random.default_rng(0).random((150, 12), dtype="float32")


def model(name="vanilla"):
    keras.utils.set_random_seed(0)
    return getattr(factories, name)(12, [9], 3)[2]


def test_fit_is_keras_fit_with_a_seed_and_gives_plain_lists():
    history = training.fit(model(), IMAGES, IMAGES[:30], epochs=3, batch_size=32, seed=7)
    auto = model()
    keras.utils.set_random_seed(7)
    expected = auto.fit(
        IMAGES, IMAGES, validation_data=(IMAGES[:30], IMAGES[:30]), epochs=3, batch_size=32, verbose=0
    ).history
    assert type(history) is dict and set(history) == {"loss", "val_loss"}
    for name, values in history.items():
        assert type(values) is list and [type(value) for value in values] == [float] * 3
        assert values == pytest.approx(expected[name], rel=1e-6)


def test_the_same_seed_gives_the_same_history_and_another_seed_another():
    first, again, other = (training.fit(model("variational"), IMAGES, epochs=2, seed=seed) for seed in (1, 1, 2))
    assert set(first) == {"loss", "reconstruction", "kl"}
    assert first["loss"] == pytest.approx(again["loss"], rel=1e-6)
    assert first["loss"] != pytest.approx(other["loss"], rel=1e-6)


@pytest.mark.parametrize(
    "change, error, words",
    [
        ({"images": IMAGES[:, :10]}, ValueError, ["images of shape (150, 10)", "(n, 12)."]),
        ({"images": IMAGES.reshape(-1, 3, 4)}, ValueError, ["shape (150, 3, 4)", "reshape(-1, 12)"]),
        ({"images": IMAGES[:0]}, ValueError, ["shape (0, 12)"]),
        ({"images": IMAGES > 0.5}, ValueError, ["bool", 'astype("float32").']),
        ({"images": IMAGES.astype(str)}, ValueError, ["<U", "floats in [0, 1]"]),
        ({"seed": -1}, ValueError, ["seed=-1", "from 0"]),
        ({"images": IMAGES * 255}, ValueError, ["floats in [0, 1]", "/ 255"]),
        ({"images": (IMAGES * 255).astype("uint8")}, ValueError, ["uint8", "/ 255"]),
        ({"images": np.where(IMAGES > 0.5, np.nan, IMAGES)}, ValueError, ["floats in [0, 1]"]),
        ({"validation": IMAGES - 1}, ValueError, ["validation", "floats in [0, 1]"]),
        ({"epochs": 0}, ValueError, ["epochs=0", "from 1"]),
        ({"epochs": 2.5}, ValueError, ["epochs=2.5"]),
        ({"batch_size": True}, ValueError, ["batch_size=True"]),
        ({"auto": factories.vanilla(12, [], 2)[0]}, TypeError, ["encoder", "auto"]),
        ({"auto": "auto"}, TypeError, ["str", "auto"]),
    ],
)
def test_bad_input_is_refused_before_the_first_epoch(change, error, words):
    arguments = {"auto": model(), "images": IMAGES, "epochs": 1} | change
    with pytest.raises(error) as caught:
        training.fit(**arguments)
    for word in words:
        assert word in str(caught.value)


def test_only_images_of_the_right_size_are_told_to_reshape():
    with pytest.raises(ValueError) as caught:
        training.fit(model(), IMAGES[:, :10], epochs=1)
    assert "reshape" not in str(caught.value), "it would mix the pixels of different images"


class Interrupt(keras.callbacks.Callback):
    """Sends this process an interrupt in the middle of the second epoch."""

    steps = 0

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.steps == 7:
            signal.raise_signal(signal.SIGINT)


def test_an_interrupt_ends_the_run_after_the_batch_and_keeps_the_model_usable(monkeypatch, capsys):
    auto, interrupt = model(), Interrupt()
    keras_fit = auto.fit
    monkeypatch.setattr(auto, "fit", lambda *a, callbacks, **k: keras_fit(*a, callbacks=[*callbacks, interrupt], **k))
    before = signal.getsignal(signal.SIGINT)
    history = training.fit(auto, IMAGES, epochs=500, batch_size=32)
    assert signal.getsignal(signal.SIGINT) is before
    assert interrupt.steps <= 8 and len(history["loss"]) == 2
    assert "keeps what it has learned" in capsys.readouterr().out
    assert np.isfinite(auto.predict(IMAGES, verbose=0)).all()
    interrupt.steps = 100
    assert len(training.fit(auto, IMAGES, epochs=3)["loss"]) == 3


def test_an_interrupt_before_the_first_batch_is_not_lost(monkeypatch):
    auto = model()
    keras_fit = auto.fit

    def interrupted(*arguments, **settings):
        signal.raise_signal(signal.SIGINT)
        return keras_fit(*arguments, **settings)

    monkeypatch.setattr(auto, "fit", interrupted)
    assert len(training.fit(auto, IMAGES, epochs=500)["loss"]) == 1


def test_a_second_interrupt_stops_at_once_and_clears_the_display(monkeypatch):
    auto, hidden = model(), []
    monkeypatch.setattr(training, "QUIET_SECONDS", 0)
    monkeypatch.setattr(training, "_terminal_line", lambda: (lambda text, share: None, lambda: hidden.append(True)))

    class Impatient(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            for _ in range(2 * (batch > 0)):
                signal.raise_signal(signal.SIGINT)

    keras_fit = auto.fit
    monkeypatch.setattr(auto, "fit", lambda *a, callbacks, **k: keras_fit(*a, callbacks=[*callbacks, Impatient()], **k))
    with pytest.raises(KeyboardInterrupt):
        training.fit(auto, IMAGES, epochs=5, batch_size=50)
    assert hidden == [True] and signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_fit_works_outside_the_main_thread():
    histories = []
    thread = threading.Thread(target=lambda: histories.append(training.fit(model(), IMAGES, epochs=1)))
    thread.start()
    thread.join()
    assert len(histories[0]["loss"]) == 1


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_long_run_shows_its_progress_in_a_terminal_and_clears_it(monkeypatch):
    monkeypatch.setattr(training, "QUIET_SECONDS", 0)
    monkeypatch.setattr(training.sys, "stderr", Terminal())
    clock = iter(range(10_000))
    monkeypatch.setattr(training, "time", types.SimpleNamespace(monotonic=lambda: next(clock)))
    training.fit(model(), IMAGES, epochs=4, batch_size=50)
    shown = training.sys.stderr.getvalue()
    assert "Training: epoch 1 of 4, loss 0." in shown and "] Training: epoch 4 of 4" in shown
    assert "9 s left" in shown, "12 steps of a second each, 3 of them done"
    assert shown.endswith("\r\033[K")


def test_a_short_run_and_a_run_without_a_terminal_print_nothing(monkeypatch, capsys):
    training.fit(model(), IMAGES, epochs=2)
    monkeypatch.setattr(training, "QUIET_SECONDS", 0)
    training.fit(model(), IMAGES, epochs=2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "left, words", [(0.2, "0 s left"), (59.4, "59 s left"), (59.9, "1 min 00 s left"), (3671, "61 min 11 s left")]
)
def test_time_left_reads_in_minutes_and_seconds(left, words):
    assert training.progress_text(2, 30, 0.12345, left) == f"Training: epoch 2 of 30, loss 0.1235, {words}"
