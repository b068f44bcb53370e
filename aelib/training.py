"""Training, a thin layer over Keras's `fit`: checks, speed, schedule, progress, checkpoints; no model is built here."""

import contextlib
import io
import json
import numbers
import os
import pathlib
import re
import signal
import threading
import time
import zlib

import keras
import numpy as np

from aelib import data, files
from aelib.machine import display

QUIET_SECONDS = 3.0  # a run shows its progress after this long, if it has as long to go
WARM_UP = 0.3  # share of the steps in which the learning rate rises to its peak
BETA_2 = 0.99  # Adam's memory of squared gradients while the rate follows a schedule; its own is 0.999, too long for it
SEVERAL = 200  # from so many steps on a run takes ten at a time: fewer round trips
LONG = 3000  # from so many steps on it is also compiled by XLA, which takes seconds first


def fit(auto, images, validation=None, epochs=30, batch_size=64, seed=0, peak=None, checkpoint=None):
    """Train a compiled autoencoder to give back its input, and return the losses.

    A long run shows its progress and the time left, in JupyterLab and in a terminal, and leaves no output. An interrupt
    (the stop button, or Ctrl-C) ends the run after the current batch, of a long run after the current ten; the model
    keeps what it has learned. A second interrupt stops at once.

    Args:
        auto: Compiled Keras model whose output has the shape of its input.
        images: Floats in [0, 1], (n, *the shape of an image).
        validation: Images to measure the loss on after each epoch, or None. They are not trained on.
        epochs: Passes through the images.
        batch_size: Images a step.
        seed: Whole number; fixes the order of the images. The weights were drawn, and the noise of a variational model
            was seeded, when the model was built.
        peak: Highest learning rate, e.g. 5e-3: the rate rises to it in the first three tenths of the steps and then
            falls to 0 as half a cosine, and Adam's beta_2 is 0.99; the optimizer's own settings and state come back
            afterwards. Or None, for the optimizer's own rate.
        checkpoint: Path of a file that keeps the state of the run after each epoch. If the file is there, the run goes
            on from it. It stays when the run is done, so that nothing is lost before you have kept the result: remove
            it then. Or None.

    Returns:
        The history, a dict of lists with a float for each epoch: `loss`, with validation also `val_loss`, and the
        metrics that the model was compiled with.

    Raises:
        TypeError, ValueError: if the model is no compiled autoencoder, the images don't fit it or are not floats in
            [0, 1], with what to write instead; if a number is out of range, or the checkpoint belongs to another run.

    Source: Loshchilov and Hutter, "SGDR: Stochastic gradient descent with warm restarts", ICLR 2017, equation 5
        (the cosine); Goyal et al., "Accurate, large minibatch SGD", 2017, section 2.2 (the warm-up).
    """
    shape = _image_shape(auto)
    for name, value, lowest in (("epochs", epochs, 1), ("batch_size", batch_size, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or not lowest <= value < 2**32:
            wanted = f"expected a whole number from {lowest} to {2**32 - 1:,}, such as {name}=30."
            raise ValueError(f"{name}={value!r} is out of range: {wanted}")
    images = data.checked("images", images, shape)
    if validation is not None:
        validation = data.checked("validation", validation, shape or images.shape[1:])
    _tried(auto, shape, images[:1])
    if peak is not None and (isinstance(peak, bool) or not (isinstance(peak, numbers.Real) and 0 < peak <= 1)):
        raise ValueError(f"peak={peak!r} is out of range: expected a number above 0 and up to 1, such as peak=5e-3.")
    if not (checkpoint is None or isinstance(checkpoint, (str, os.PathLike)) and str(checkpoint)):
        raise TypeError(f"checkpoint={checkpoint!r} is no path: expected for example checkpoint='run.npz'.")
    epochs, batch_size, seed, peak = int(epochs), int(batch_size), int(seed), peak and float(peak)  # NumPy's, too

    steps = -(-len(images) // batch_size)
    tensorflow = keras.backend.backend() == "tensorflow"
    several = tensorflow and (epochs * steps >= SEVERAL or auto.steps_per_execution in (10, "auto"))
    long = tensorflow and epochs * steps >= LONG and not auto.run_eagerly
    with contextlib.ExitStack() as stack:
        if several:
            stack.enter_context(_ten_at_a_time(auto, compiled=long))
        if peak is not None:
            stack.enter_context(_schedule(auto, peak, epochs * steps))
        if not auto.optimizer.built:  # one that scales losses would make some variables anew
            auto.optimizer.build(auto.trainable_variables)  # or TensorFlow traces the step twice, to make them
        if tensorflow:
            one = keras.ops.convert_to_tensor(images[:1], keras.config.floatx())
            auto.compute_metrics(one, one, one)  # makes the variables of the metrics, for the same reason
            auto.reset_metrics()
        settings = {"images": len(images), "epochs": epochs, "batch_size": batch_size, "seed": seed, "peak": peak}
        if checkpoint is not None:  # runs of the same sizes, too, are told apart
            if not process()[0]:  # of several processes the first one writes, and each has images of its own
                settings["pixels"] = zlib.crc32(np.ascontiguousarray(images, "float32").reshape(-1))
            with contextlib.suppress(Exception):  # a class of the user's own need not give its settings
                text = re.sub(r'_\d+"|"value": "[^"]*"', '"', auto.to_json())  # but what each session has anew
                settings["model"] = zlib.crc32(text.encode())
        keep = checkpoint and Checkpoint(auto, pathlib.Path(os.path.expanduser(checkpoint)), settings)
        done = 0 if keep is None else keep.restore()
        progress = Progress(epochs, steps, done)
        stack.enter_context(_gentle_interrupt(progress))
        stack.enter_context(contextlib.closing(progress))
        if tensorflow:

            def order():
                return np.random.default_rng([seed, progress.epoch]).permutation(len(images))

            fed = {"x": _batches(images, batch_size, order), "shuffle": False}  # they are shuffled already
            fed["validation_data"] = None if validation is None else _batches(validation, batch_size)
        else:
            keras.utils.set_random_seed((seed + 1_000_003 * done) % 2**32)
            fed = {"x": images, "y": images, "batch_size": batch_size, "shuffle": True}
            fed["validation_data"] = None if validation is None else (validation, validation)
            fed["validation_batch_size"] = batch_size
        callbacks = [progress] if keep is None else [progress, keep]
        history = auto.fit(**fed, initial_epoch=done, epochs=epochs, verbose=0, callbacks=callbacks).history
    history = history if keep is None else keep.history
    return {name: [float(value) for value in values] for name, values in history.items()}


@contextlib.contextmanager
def _ten_at_a_time(auto, compiled):
    """While the block runs, let TensorFlow take ten steps at a time, if wanted compiled by XLA.

    A model with convolutions is not: on processors XLA's are slower than TensorFlow's own. A model that was
    compiled with `steps_per_execution=10` keeps its traced step from one run to the next.
    """
    usual = auto.steps_per_execution, auto.jit_compile
    compiled = compiled and not any(len(weight.shape) == 4 for weight in auto.trainable_variables)
    wanted = 10, compiled or auto.jit_compile
    if wanted == usual:
        yield
        return
    auto.steps_per_execution, auto.jit_compile = wanted
    auto.train_function = auto.test_function = None
    try:
        yield
    finally:
        auto.steps_per_execution, auto.jit_compile = usual
        auto.train_function = auto.test_function = None


def _batches(images, batch_size, order=None):
    """Return pairs (images, images) for TensorFlow, in batches; `order()` gives each epoch's order, or they keep one.

    Keras gathers a batch's images and its targets apart, in threads that take the processors from the training, and
    lets TensorFlow tune them, for which an epoch may wait at its end. Here one thread gathers them once. Nor does the
    order need `keras.utils.set_random_seed`, after which TensorFlow prepares all its functions anew: 0.3 s a run.
    """
    import tensorflow as tf

    with tf.device("cpu"):
        everything = tf.constant(np.asarray(images, keras.config.floatx()))

    def chosen(_):
        return tf.ensure_shape(tf.numpy_function(order, [], tf.int64), (len(images),))

    def pair(numbers):
        batch = tf.gather(everything, numbers)
        return batch, batch

    options = tf.data.Options()
    options.threading.private_threadpool_size = 1
    options.autotune.enabled = False
    numbers = tf.data.Dataset.range(len(images))
    if order is not None:
        numbers = tf.data.Dataset.range(1).map(chosen).unbatch()
    return numbers.batch(batch_size).map(pair).with_options(options)


@contextlib.contextmanager
def _schedule(auto, peak, steps):
    """While the block runs, train with a new optimizer of the same kind, whose rate rises to `peak` and falls to 0.

    With Adam's own beta_2 a rate that rises fast is followed by squared gradients that are out of date.
    """
    warm = max(round(WARM_UP * steps), 1)
    rate = keras.optimizers.schedules.CosineDecay(0.0, max(steps - warm, 1), warmup_target=peak, warmup_steps=warm)
    usual = auto.optimizer
    try:
        auto.optimizer = _anew(usual, rate)
    except Exception as error:
        why = f"{type(usual).__name__} can't be built anew from its settings ({error})"
        raise ValueError(f"peak={peak!r} needs a new optimizer of the same kind, and {why}: write peak=None.") from None
    auto.train_function = None  # the compiled step holds the usual optimizer
    try:
        yield
    finally:
        auto.optimizer, auto.train_function = usual, None


def _anew(optimizer, rate):
    """Return a new optimizer with the same settings and another rate; one that scales losses wraps a new one."""
    config = optimizer.get_config()
    if hasattr(optimizer, "inner_optimizer"):  # the policy mixed_float16 has wrapped the user's own
        return type(optimizer)(**config | {"inner_optimizer": _anew(optimizer.inner_optimizer, rate)})
    config |= {"learning_rate": rate} | ({"beta_2": BETA_2} if "beta_2" in config else {})
    return type(optimizer).from_config(config)


def process():
    """Return this process's number, from 0, and how many train together, from the variables that Keras reads."""
    prefix = "KERAS_DISTRIBUTION_"
    return int(os.environ.get(f"{prefix}PROCESS_ID", 0)), int(os.environ.get(f"{prefix}NUM_PROCESSES", 1))


class Checkpoint(keras.callbacks.Callback):
    """Keep the state of a run after each epoch: one file, which takes the place of the one before in one step.

    `keras.callbacks.BackupAndRestore` writes two files one after the other, and a run that is killed between
    them goes on from a state that never was. Of several processes the first one writes, and all read.
    """

    def __init__(self, auto, path, settings):
        super().__init__()
        self.auto, self.path, self.settings = auto, path, settings
        self.history, self.told = {}, False

    def restore(self):
        """Bring back what the file keeps, if it is there; return how many epochs are done."""
        if not self.path.exists():
            return 0
        if not self.auto.optimizer.built:
            self.auto.optimizer.build(self.auto.trainable_variables)
        variables, cure = self._variables(), "Move it away to start anew."
        try:
            with np.load(self.path) as kept:
                arrays = [kept[f"variable_{i}"] for i in range(len(kept.files) - 1)]
                about = json.loads(str(kept["about"]))
            done = len(about["history"]["loss"])
            same = all(about["settings"].get(name, value) == value for name, value in self.settings.items())
        except Exception as error:
            raise ValueError(f"{self.path} is no checkpoint ({error}). {cure}") from None
        if [array.shape for array in arrays] != [tuple(variable.shape) for variable in variables]:
            raise ValueError(f"{self.path} belongs to a run of another model. {cure}")
        if not same:
            both = f"{about['settings']}, and this one has {self.settings}"
            raise ValueError(f"{self.path} belongs to a run with {both}. {cure}")
        for variable, array in zip(variables, arrays):
            variable.assign(array)
        self.history = about["history"]
        return done

    def on_epoch_end(self, epoch, logs=None):
        for name, value in logs.items():
            self.history.setdefault(name, []).append(float(value))
        if self.model.stop_training or process()[0]:
            return  # in the middle of an epoch, or another process keeps the file
        arrays = {f"variable_{i}": keras.ops.convert_to_numpy(v) for i, v in enumerate(self._variables())}
        content = io.BytesIO()
        np.savez(content, about=json.dumps({"settings": self.settings, "history": self.history}), **arrays)
        try:
            files.write(self.path, content.getvalue())
        except OSError as error:
            if not self.told:
                print(f"The run can't be kept in {self.path} ({error}). It goes on, but can't be taken up again.")
            self.told = True

    def _variables(self):
        """Return all that changes in a run: weights, the state of the noise, and the optimizer's."""
        return [*self.auto.variables, *self.auto.optimizer.variables]


class Progress(keras.callbacks.Callback):
    """Show epoch, loss and time left of a long run: in JupyterLab in a box over the page, in a terminal in one line.

    `epochs` of `steps` batches each, `done` of them before this run. Setting `stopped` ends the run after the
    current batch.
    """

    def __init__(self, epochs, steps, done=0):
        super().__init__()
        self.epochs, self.steps, self.done = epochs, steps, done
        self.epoch, self.step, self.stopped = done, done * steps, False
        self.show = self.hide = None

    def on_train_begin(self, logs=None):
        self.start = self.shown = time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        if self.stopped:
            self.model.stop_training = True
        self.step = (self.epoch - 1) * self.steps + batch + 1
        now = time.monotonic()
        elapsed = now - self.start
        of = self.epochs * self.steps
        left = elapsed / (self.step - self.done * self.steps) * (of - self.step)
        if self.show is None:
            if elapsed < QUIET_SECONDS or left < QUIET_SECONDS:
                return
            self.show, self.hide = display.line()
        if now - self.shown > 0.25:
            self.shown = now
            self.show(display.text(self.epoch, self.epochs, (logs or {}).get("loss"), left), self.step / of)

    def close(self):
        """Take the display away, however the run ended."""
        if self.hide is not None:
            self.hide()
            self.show = self.hide = None


@contextlib.contextmanager
def _gentle_interrupt(progress):
    """While the block runs, let the first interrupt end the training after the current batch."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread receives interrupts
        return
    previous = signal.getsignal(signal.SIGINT)

    def stop(signum, frame):
        signal.signal(signal.SIGINT, previous)
        progress.stopped = True
        print("Stopped. The model keeps what it has learned so far.")

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def _image_shape(auto):
    """Return the shape of a model's images, None where only a call can tell, or raise in the user's terms."""
    name, wanted = getattr(auto, "name", type(auto).__name__), "expected first a model, then images"
    if any(kind.__module__.partition(".")[0] == "tf_keras" for kind in type(auto).__mro__):
        cure = "Unset TF_USE_LEGACY_KERAS, start Python anew, and build it from the layers of 'import keras'"
        raise TypeError(f"{name} is a model of Keras 2: expected one of Keras 3. {cure}.")
    if not isinstance(auto, keras.Model):
        cure = "Write auto[2]" if isinstance(auto, tuple) else "A factory returns encoder, decoder, auto: give auto"
        raise TypeError(f"{name} is no Keras model: {wanted}. {cure}.")
    if not auto.compiled:
        cure = 'Give the third model that a factory returns, auto, or write auto.compile("adam", "binary_crossentropy")'
        raise TypeError(f"{name} is not compiled: {wanted}. {cure}.")
    try:
        ends = auto.input_shape, auto.output_shape
    except AttributeError:  # of a subclass, or not built yet
        return None
    _same_ends(name, *ends)
    return ends[0][1:]


def _tried(auto, shape, image):
    """Raise in the user's terms if the loss, or a model whose shape is unknown, can't take an image."""
    output, image = image, keras.ops.convert_to_tensor(image, keras.config.floatx())
    usual = (type(auto).train_step, type(auto).compute_loss) == (keras.Model.train_step, keras.Model.compute_loss)
    failing = f"{auto.name} fails on images of shape {tuple(image.shape[1:])}"
    try:
        if shape is None:
            output = auto(image)
        if usual and not auto.losses:  # what layers add may stem from a traced step
            failing = f'The loss of {auto.name} fails: write auto.compile("adam", "binary_crossentropy")'
            auto.compute_loss(image, image, image)
    except Exception as error:  # shown with its cause, for the fault may be in the user's own `call`
        reason = str(error).partition("\n")[0]
        raise ValueError(f"{failing} ({type(error).__name__}: {reason}).") from error
    _same_ends(auto.name, tuple(image.shape), tuple(output.shape) if hasattr(output, "shape") else list(output))


def _same_ends(name, taken, given):
    """Refuse a model that does not turn one batch of images into one of the same shape."""
    cure = "To train it towards something else, call its own method fit."
    for kind, shape in (("inputs", taken), ("outputs", given)):
        if isinstance(shape, (list, dict)):
            raise ValueError(f"{name} has {len(shape)} {kind}: expected one of each, as an autoencoder has. {cure}")
    if len(taken) != len(given) or any(a != b for a, b in zip(taken, given) if None not in (a, b)):
        wanted = "expected an autoencoder, whose output has the shape of its input"
        raise ValueError(f"{name} turns images of shape {taken[1:]} into {given[1:]}: {wanted}. {cure}")
