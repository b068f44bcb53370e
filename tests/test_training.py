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
    auto, expected = model(), {"loss": [], "val_loss": []}
    one = keras.ops.convert_to_tensor(IMAGES[:1])
    auto.compute_loss(one, one, one)  # or Keras draws an order more, to build the loss
    keras.utils.set_random_seed(7)  # what the other backends shuffle by
    for epoch in (1, 2, 3):
        images, shuffle = IMAGES, True
        if keras.backend.backend() == "tensorflow":
            images, shuffle = IMAGES[np.random.default_rng([7, epoch]).permutation(150)], False
        settings = {"batch_size": 32, "shuffle": shuffle, "verbose": 0, "validation_data": (IMAGES[:30], IMAGES[:30])}
        for name, (value,) in auto.fit(images, images, **settings).history.items():
            expected[name].append(value)
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
        ({"images": (IMAGES, IMAGES)}, ValueError, ["images of shape (2, 150, 12)", "Write images[0]."]),
        ({"images": factories.vanilla(12, [], 2)[0]}, ValueError, ["images are of type Functional"]),
        ({"images": keras.KerasTensor((None, 12))}, ValueError, ["images are of type KerasTensor"]),
        ({"images": keras.Variable(255 * IMAGES)}, ValueError, ["Write np.asarray(images) / 255."]),
        ({"validation": (IMAGES, IMAGES)}, ValueError, ["validation", "Write validation[0]."]),
        ({"seed": -1}, ValueError, ["seed=-1", "from 0"]),
        ({"images": IMAGES * 255}, ValueError, ["floats in [0, 1]", "Write images / 255."]),
        ({"images": (IMAGES * 255).astype("uint8")}, ValueError, ["uint8", "/ 255"]),
        ({"images": np.where(IMAGES > 0.5, np.nan, IMAGES)}, ValueError, ["floats in [0, 1]"]),
        ({"validation": IMAGES - 1}, ValueError, ["validation", "floats in [0, 1]"]),
        ({"epochs": 0}, ValueError, ["epochs=0", "from 1"]),
        ({"epochs": 2.5}, ValueError, ["epochs=2.5"]),
        ({"batch_size": True}, ValueError, ["batch_size=True"]),
        ({"peak": True}, ValueError, ["peak=True"]),
        ({"peak": 0}, ValueError, ["peak=0", "peak=5e-3"]),
        ({"peak": "high"}, ValueError, ["peak='high'"]),
        ({"peak": float("nan")}, ValueError, ["peak=nan"]),
        ({"auto": factories.vanilla(12, [], 2)[0]}, TypeError, ["encoder", "auto"]),
        ({"auto": "auto"}, TypeError, ["str", "auto"]),
        ({"auto": IMAGES}, TypeError, ["ndarray is no Keras model", "first a model, then images"]),
        ({"auto": factories.vanilla(12, [], 2)}, TypeError, ["tuple is no Keras model", "Write auto[2]."]),
    ],
)
def test_bad_input_is_refused_before_the_first_epoch(change, error, words):
    arguments = {"auto": model(), "images": IMAGES, "epochs": 1} | change
    with pytest.raises(error) as caught:
        training.fit(**arguments)
    for word in words:
        assert word in str(caught.value)


def watched(auto, monkeypatch, callback):
    """Let another callback take part when `training.fit` trains the model."""
    fit = auto.fit
    monkeypatch.setattr(auto, "fit", lambda *a, callbacks, **k: fit(*a, callbacks=[*callbacks, callback], **k))
    return auto


# Long runs

on_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the other backends compile anyway")


@on_tensorflow
@pytest.mark.parametrize("name, compiled", [("vanilla", True), ("variational", True), ("convolutional", False)])
def test_a_long_run_takes_ten_compiled_steps_at_a_time_and_learns_as_much(name, compiled, monkeypatch):
    sizes = {"convolutional": ((12, 12, 1), [4, 3, 2], (2, 2, 2))}.get(name, (12, [9], 3))
    images = np.random.default_rng(1).random(
        (150, 12, 12, 1) if name == "convolutional" else (150, 12), dtype="float32"
    )
    used, counted, histories = [], [], []

    class Settings(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            used.append((self.model.steps_per_execution, self.model.jit_compile))
            counted.append(int(self.model.optimizer.iterations))

    for least in (46, 1):  # of 45 steps
        monkeypatch.setattr(training, "LONG", least)
        monkeypatch.setattr(training, "SEVERAL", least)
        keras.utils.set_random_seed(0)
        auto = getattr(factories, name)(*sizes)[2]
        usual = auto.steps_per_execution, auto.jit_compile
        settings = {"epochs": 3, "batch_size": 10, "peak": 0.01}
        histories.append(training.fit(watched(auto, monkeypatch, Settings()), images, images[:35], **settings))
        assert (auto.steps_per_execution, auto.jit_compile) == usual
        assert np.isfinite(auto.predict(images, verbose=0)).all()
    assert used[:3] == [usual] * 3 and used[3:] == [(10, compiled)] * 3
    assert counted[3:] == counted[:3] == [15, 30, 45]
    for kind in ("loss", "val_loss"):  # the order of the images, and with it of the noise, is another one
        assert histories[1][kind] == pytest.approx(histories[0][kind], rel=0.02), kind


@on_tensorflow
def test_a_run_of_several_hundred_steps_takes_ten_at_a_time_and_learns_as_much(monkeypatch):
    images, histories, used = np.random.default_rng(1).random((150, 12), dtype="float32"), [], []

    class Settings(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            used.append((self.model.steps_per_execution, self.model.jit_compile))

    for several in (46, 45):  # of 45 steps
        monkeypatch.setattr(training, "SEVERAL", several)
        keras.utils.set_random_seed(0)
        auto = factories.variational(12, [9], 3)[2]
        usual = auto.steps_per_execution, auto.jit_compile
        watched(auto, monkeypatch, Settings())
        histories.append(training.fit(auto, images, images[:35], epochs=3, batch_size=10))
        assert (auto.steps_per_execution, auto.jit_compile) == usual
    assert used == [usual] * 3 + [(10, usual[1])] * 3
    for kind in ("loss", "val_loss"):  # the order of the images, and with it of the noise, is another one
        assert histories[1][kind] == pytest.approx(histories[0][kind], rel=0.02), kind


@on_tensorflow
@pytest.mark.parametrize("factory", [factories.vanilla, factories.variational])
@pytest.mark.parametrize("epochs, peak", [(1, None), (20, None), (20, 0.01)])
def test_the_step_is_traced_once(factory, epochs, peak, monkeypatch):
    auto, traced = factory(12, [9], 3)[2], []
    step = auto.train_step
    monkeypatch.setattr(auto, "train_step", lambda data: traced.append(True) or step(data))
    training.fit(auto, IMAGES[:100], epochs=epochs, batch_size=10, peak=peak)
    assert len(traced) == 1


@on_tensorflow
def test_a_model_compiled_for_ten_steps_at_a_time_is_traced_once_for_several_runs(monkeypatch):
    auto, traced = model(), []
    auto.compile("adam", "mse", steps_per_execution=10)
    step = auto.train_step
    monkeypatch.setattr(auto, "train_step", lambda data: traced.append(True) or step(data))
    losses = [training.fit(auto, IMAGES[:100], epochs=epochs, batch_size=10)["loss"][-1] for epochs in (1, 1, 20)]
    assert len(traced) == 1 and auto.steps_per_execution == 10
    assert losses == sorted(losses, reverse=True) and int(auto.optimizer.iterations) == 220


@on_tensorflow
def test_the_same_seed_gives_the_same_losses_however_many_steps_are_taken_at_a_time():
    images = np.random.default_rng(1).random((400, 12), dtype="float32")
    for epochs in (2, 20):  # 20 steps, and as many as SEVERAL
        histories = []
        for _ in range(2):
            keras.utils.set_random_seed(0)
            auto = factories.variational(12, [9], 3)[2]
            histories.append(training.fit(auto, images, images[:35], epochs=epochs, batch_size=40))
        for kind in ("loss", "val_loss"):
            assert histories[1][kind] == pytest.approx(histories[0][kind], rel=1e-6), (epochs, kind)


@on_tensorflow
def test_a_run_leaves_the_numbers_that_others_draw_alone():
    losses = []
    for seed in (3, 4):
        auto = model()
        keras.utils.set_random_seed(seed)
        drawn = np.random.random(), float(keras.random.uniform(()))
        keras.utils.set_random_seed(seed)
        losses.append(training.fit(auto, IMAGES, epochs=2)["loss"])
        assert (np.random.random(), float(keras.random.uniform(()))) == drawn
    assert losses[0] == losses[1], "nor do their seeds change the run"


@on_tensorflow
def test_validation_images_are_measured_in_their_order_and_all_of_them():
    images = np.arange(50, dtype="float32")[:, None] / 50
    pairs = [(x.numpy(), y.numpy()) for x, y in training._batches(images.astype("float64"), 8)]
    assert all(np.array_equal(x, y) and x.dtype == y.dtype == "float32" for x, y in pairs), "as Keras itself feeds it"
    assert np.array_equal(np.concatenate([x for x, _ in pairs]), images)


@on_tensorflow
def test_a_run_of_many_steps_shows_each_image_once_an_epoch_in_another_order_each_time():
    images = np.arange(50, dtype="float32")[:, None] / 50
    orders = iter([np.random.default_rng(seed).permutation(50) for seed in (0, 1)])
    batches = training._batches(images, 8, lambda: next(orders))
    seen = []
    for _ in range(2):
        pairs = [(x.numpy(), y.numpy()) for x, y in batches]
        assert all(np.array_equal(x, y) for x, y in pairs) and [len(x) for x, _ in pairs] == 6 * [8] + [2]
        seen.append(np.concatenate([x for x, _ in pairs]))
    assert all(np.array_equal(np.sort(order, axis=0), images) for order in seen)
    assert not np.array_equal(*seen) and not np.array_equal(seen[0], images)


# The schedule


def test_a_schedule_rises_to_its_peak_and_falls_to_nothing_as_half_a_cosine(monkeypatch):
    rates = []

    class Rates(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            rates.append(float(self.model.optimizer.learning_rate))

    auto = watched(model(), monkeypatch, Rates())
    training.fit(auto, IMAGES, epochs=10, batch_size=25, peak=0.02)  # 60 steps, of which 18 warm up
    step = np.arange(60)
    expected = np.where(step < 18, 0.02 * step / 18, 0.01 * (1 + np.cos(np.pi * (step - 18) / 42)))
    assert rates == pytest.approx(expected, rel=1e-5, abs=1e-9)


def test_after_a_schedule_the_model_trains_on_with_its_own_optimizer():
    auto = model()
    optimizer = auto.optimizer
    first = training.fit(auto, IMAGES, epochs=2, peak=0.01)["loss"]
    assert auto.optimizer is optimizer and int(optimizer.iterations) == 0
    assert training.fit(auto, IMAGES, epochs=5, batch_size=25)["loss"][-1] < first[-1] - 1e-4
    assert int(optimizer.iterations) == 30


# Checkpoints


class Killed(Exception):
    pass


class Killer(keras.callbacks.Callback):
    """Ends the run as suddenly as an exception can, in the middle of an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.doomed, self.now = epoch, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.now == self.doomed and batch == 1:
            raise Killed


RUN = {"epochs": 8, "batch_size": 25, "peak": 0.02, "seed": 3}


@pytest.mark.parametrize("name", ["vanilla", "variational"])
def test_a_run_that_was_cut_off_goes_on_from_its_last_whole_epoch(name, tmp_path, monkeypatch):
    whole = training.fit(model(name), IMAGES, **RUN)
    file = tmp_path / "new folder" / "run.npz"
    with pytest.raises(Killed):
        training.fit(watched(model(name), monkeypatch, Killer(5)), IMAGES, checkpoint=file, **RUN)
    assert [path.name for path in file.parent.iterdir()] == ["run.npz"]
    epochs = []

    class Epochs(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            epochs.append((epoch, int(self.model.optimizer.iterations)))

    history = training.fit(watched(model(name), monkeypatch, Epochs()), IMAGES, checkpoint=file, **RUN)
    assert epochs == [(5, 30), (6, 36), (7, 42)], "epochs 0 to 4, of 6 steps each, are not done again"
    assert set(history) == set(whole) and len(history["loss"]) == 8
    assert history["loss"][:5] == pytest.approx(whole["loss"][:5], rel=1e-5)
    within = 1e-5 if keras.backend.backend() == "tensorflow" else 0.02  # the others shuffle the rest in another order
    assert history["loss"] == pytest.approx(whole["loss"], rel=within), "as if nothing had happened"


def test_a_run_that_is_done_is_there_until_its_checkpoint_is_removed(tmp_path, monkeypatch):
    file, auto, again = tmp_path / "run.npz", model(), model()
    history = training.fit(auto, IMAGES, checkpoint=file, **RUN)
    assert training.fit(watched(again, monkeypatch, Killer(0)), IMAGES, checkpoint=file, **RUN) == history
    for one, other in zip(auto.get_weights(), again.get_weights()):
        assert np.array_equal(one, other)


def test_all_that_changes_in_a_run_is_in_its_checkpoint(tmp_path, monkeypatch):
    file = tmp_path / "run.npz"
    auto = watched(model("variational"), monkeypatch, Killer(5))
    with pytest.raises(Killed):
        training.fit(auto, IMAGES, checkpoint=file, **RUN)
    again = model("variational")
    with training._schedule(again, RUN["peak"], 48), np.load(file) as kept:
        keep = training.Checkpoint(again, file, {"images": 150} | RUN)
        assert keep.restore() == 5
        again.fit(IMAGES[:25], IMAGES[:25], verbose=0)  # one step: moments, iterations and noise take part
        keep.restore()
        assert len(kept.files) == 1 + len(again.variables) + len(again.optimizer.variables)
        for i, variable in enumerate([*again.variables, *again.optimizer.variables]):
            assert np.array_equal(kept[f"variable_{i}"], keras.ops.convert_to_numpy(variable)), variable.path


@pytest.mark.parametrize(
    "spoil, words",
    [
        (lambda file: file.write_bytes(file.read_bytes()[:500]), "is no checkpoint"),
        (lambda file: file.write_bytes(b""), "is no checkpoint"),
        (lambda file: np.savez(file, about="{}"), "is no checkpoint"),
        (lambda file: np.savez(file, about='{"settings": 1, "history": {"loss": []}}'), "is no checkpoint"),
    ],
)
def test_a_damaged_checkpoint_is_named_and_left_alone(spoil, words, tmp_path, monkeypatch):
    file = tmp_path / "run.npz"
    with pytest.raises(Killed):
        training.fit(watched(model(), monkeypatch, Killer(1)), IMAGES, checkpoint=file, **RUN)
    spoil(file)
    before = file.read_bytes()
    with pytest.raises(ValueError, match=f"run.npz.*{words}.*Move it away"):
        training.fit(model(), IMAGES, checkpoint=file, **RUN)
    assert file.read_bytes() == before


def test_a_checkpoint_of_another_run_is_refused_with_both_settings(tmp_path, monkeypatch):
    file = tmp_path / "run.npz"
    with pytest.raises(Killed):
        training.fit(watched(model(), monkeypatch, Killer(1)), IMAGES, checkpoint=file, **RUN)
    with pytest.raises(ValueError, match="'epochs': 8.*'epochs': 9.*Move it away"):
        training.fit(model(), IMAGES, checkpoint=file, **(RUN | {"epochs": 9}))
    with pytest.raises(ValueError, match="another model"):
        training.fit(model("variational"), IMAGES, checkpoint=file, **RUN)


@pytest.mark.parametrize("change", ["images", "lambtha", "loss"])
def test_a_checkpoint_is_not_taken_for_another_experiment_of_the_same_sizes(change, tmp_path):
    file, run = tmp_path / "run.npz", {"epochs": 1}

    def sparse(lambtha, loss="binary_crossentropy"):
        auto = factories.sparse(12, [8], 3, lambtha)[2]
        auto.compile("adam", loss)
        return auto

    history = training.fit(sparse(0), IMAGES, checkpoint=file, **run)
    assert training.fit(sparse(0), IMAGES, checkpoint=file, **run) == history
    images = 1 - IMAGES if change == "images" else IMAGES
    auto = sparse(int(change == "lambtha"), "mse" if change == "loss" else "binary_crossentropy")
    with pytest.raises(ValueError, match="belongs to a run with.*Move it away"):
        training.fit(auto, images, checkpoint=file, **run)


def test_settings_may_be_numbers_of_numpy_and_the_path_may_begin_at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    settings = {"epochs": np.int64(1), "seed": np.uint8(3), "batch_size": np.int32(50), "peak": np.float32(1e-3)}
    history = training.fit(model(), IMAGES, checkpoint="~/run.npz", **settings)
    assert training.fit(model(), IMAGES, checkpoint=tmp_path / "run.npz", **settings) == history
    for checkpoint in ("", 5, True):
        with pytest.raises(TypeError, match="is no path.*checkpoint='run.npz'"):
            training.fit(model(), IMAGES, checkpoint=checkpoint)


def test_a_folder_that_cannot_be_written_costs_the_checkpoint_and_not_the_run(tmp_path, capsys):
    (tmp_path / "file").write_text("no folder")
    history = training.fit(model(), IMAGES, checkpoint=tmp_path / "file" / "run.npz", **RUN)
    assert len(history["loss"]) == 8
    said = capsys.readouterr().out
    assert said.count("can't be kept in") == 1 and "It goes on" in said


# Interrupts and progress


class Interrupt(keras.callbacks.Callback):
    """Sends this process an interrupt in the middle of the second epoch."""

    steps = 0

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.steps == 7:
            signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def heard():
    """Let this process hear interrupts, which a script that started it in the background may have switched off."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_ends_the_run_after_the_batch_and_keeps_the_model_usable(monkeypatch, capsys):
    auto, interrupt = model(), Interrupt()
    keras_fit = auto.fit
    monkeypatch.setattr(auto, "fit", lambda *a, callbacks, **k: keras_fit(*a, callbacks=[*callbacks, interrupt], **k))
    before = signal.getsignal(signal.SIGINT)
    history = training.fit(auto, IMAGES, epochs=30, batch_size=32)
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
    monkeypatch.setattr(
        training.display, "_terminal_line", lambda: (lambda text, share: None, lambda: hidden.append(True))
    )

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
    monkeypatch.setattr(training.display.sys, "stderr", Terminal())
    clock = iter(range(10_000))
    monkeypatch.setattr(training, "time", types.SimpleNamespace(monotonic=lambda: next(clock)))
    training.fit(model(), IMAGES, epochs=4, batch_size=50)
    shown = training.display.sys.stderr.getvalue()
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
    assert training.display.text(2, 30, 0.12345, left) == f"Training: epoch 2 of 30, loss 0.1235, {words}"
