"""Training, a thin layer over Keras's `fit`: checks, a seed, progress, a gentle interrupt; no model is built here."""

import contextlib
import math
import numbers
import signal
import sys
import threading
import time

import keras
import numpy as np

QUIET_SECONDS = 3.0  # a run shows its progress after this long, if it has as long to go


def fit(auto, images, validation=None, epochs=30, batch_size=64, seed=0):
    """Train a compiled autoencoder to give back its input, and return the losses.

    A long run shows its progress and the time left, in JupyterLab and in a terminal, and
    leaves no output. An interrupt (the stop button, or Ctrl-C) ends the run after the current
    batch; the model keeps what it has learned. A second interrupt stops at once.

    Args:
        auto: Compiled Keras model whose output has the shape of its input.
        images: Floats in [0, 1], (n, *the shape of an image).
        validation: Images to measure the loss on after each epoch, or None. They are not
            trained on.
        epochs: Passes through the images.
        batch_size: Images a step.
        seed: Whole number; fixes the order of the images and the noise. The weights were drawn
            when the model was built.

    Returns:
        The history, a dict of lists with a float for each epoch: `loss`, with validation also
        `val_loss`, and the metrics that the model was compiled with.

    Raises:
        TypeError, ValueError: if the model is not compiled, the images don't fit it or are not
            floats in [0, 1], or a number is not positive and whole.
    """
    if not (getattr(auto, "compiled", False) and auto.built):
        raise TypeError(
            f"{getattr(auto, 'name', type(auto).__name__)} is not a compiled and built model: expected the third "
            "model that a factory returns, auto."
        )
    for name, value, lowest in (("epochs", epochs, 1), ("batch_size", batch_size, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or not lowest <= value < 2**32:
            raise ValueError(
                f"{name}={value!r} is out of range: expected a whole number from {lowest}, such as {name}=30."
            )
    images = _checked("images", images, auto)
    if validation is not None:
        validation = _checked("validation", validation, auto)

    keras.utils.set_random_seed(seed)
    steps = epochs * -(-len(images) // batch_size)
    progress = Progress(epochs, steps)
    with _gentle_interrupt(progress), contextlib.closing(progress):
        history = auto.fit(
            images,
            images,
            validation_data=None if validation is None else (validation, validation),
            epochs=epochs,
            batch_size=batch_size,
            shuffle=True,
            verbose=0,
            callbacks=[progress],
        )
    return {name: [float(value) for value in values] for name, values in history.history.items()}


class Progress(keras.callbacks.Callback):
    """Show epoch, loss and time left of a long run: in JupyterLab in a box over the page, in a terminal in one line.

    Setting `stopped` ends the run after the current batch.
    """

    def __init__(self, epochs, steps):
        super().__init__()
        self.epochs, self.steps = epochs, steps
        self.epoch = self.step = 0
        self.show = self.hide = None
        self.stopped = False

    def on_train_begin(self, logs=None):
        self.start = self.shown = time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        if self.stopped:
            self.model.stop_training = True
        self.step += 1
        now = time.monotonic()
        elapsed = now - self.start
        left = elapsed / self.step * (self.steps - self.step)
        if self.show is None:
            if elapsed < QUIET_SECONDS or left < QUIET_SECONDS:
                return
            self.show, self.hide = _notebook_box() if _in_notebook() else _terminal_line()
        if now - self.shown > 0.25:
            self.shown = now
            self.show(progress_text(self.epoch, self.epochs, (logs or {}).get("loss"), left), self.step / self.steps)

    def close(self):
        """Take the display away, however the run ended."""
        if self.hide is not None:
            self.hide()
            self.show = self.hide = None


def progress_text(epoch, epochs, loss, left):
    """Return one line on how far a run is; `left` is in seconds, `loss` a number or None."""
    minutes, seconds = divmod(round(left), 60)
    time_left = f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
    loss = "" if loss is None else f"loss {float(loss):.4g}, "
    return f"Training: epoch {epoch} of {epochs}, {loss}{time_left} left"


def _in_notebook():
    """Return whether this runs in a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None


def _terminal_line():
    """Return `show(text, share), close()` for a line on standard error; for nothing where that is no terminal."""
    if not sys.stderr.isatty():
        return (lambda text, share: None), (lambda: None)

    def show(text, share):
        sys.stderr.write(f"\r\033[K[{'#' * round(20 * share):20}] {text}")
        sys.stderr.flush()

    def close():
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()

    return show, close


def _notebook_box():
    """Return `show(text, share), close()` for a box over the page: no output of the cell, so never saved."""
    import anywidget
    import traitlets

    class Box(anywidget.AnyWidget):
        _esm = """
        function initialize({ model }) {
          const box = document.createElement("div"), bar = document.createElement("div");
          const text = document.createElement("div");
          box.setAttribute("role", "progressbar");
          box.className = "aelib-progress";
          box.style.cssText = "position:fixed; right:1.5em; bottom:2.5em; z-index:1000; width:24em; padding:.7em 1em;" +
            "border:1px solid var(--jp-border-color1, #bbb); border-radius:4px; font-size:13px;" +
            "color:var(--jp-ui-font-color1, #222); background:var(--jp-layout-color1, #fff)";
          bar.style.cssText = "height:4px; margin-top:.5em; background:var(--jp-brand-color1, #1976d2)";
          box.append(text, bar);
          document.body.append(box);
          let silence;
          const draw = () => {
            const percent = Math.round(100 * model.get("share"));
            box.style.display = "block";
            text.textContent = model.get("text");
            bar.style.width = percent + "%";
            box.setAttribute("aria-label", model.get("text"));
            box.setAttribute("aria-valuenow", percent);
            clearTimeout(silence);
            silence = setTimeout(() => { box.style.display = "none"; }, 60000);  // the kernel may be gone
          };
          model.on("change", draw);
          draw();
          return () => { clearTimeout(silence); box.remove(); };
        }
        export default { initialize };
        """
        text = traitlets.Unicode("").tag(sync=True)
        share = traitlets.Float(0.0).tag(sync=True)

    box = Box()

    def show(text, share):
        with box.hold_sync():
            box.text, box.share = text, share

    return show, box.close


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


def _checked(name, images, auto):
    """Return the images as an array that fits the model, or raise in the user's terms."""
    images = np.asarray(images)
    expected = tuple(auto.input_shape[1:])
    if images.shape[1:] != expected or not len(images):
        shape = ", ".join(map(str, expected))
        same_size = len(images) and math.prod(images.shape[1:]) == math.prod(expected)
        cure = f" Write {name}.reshape(-1, {shape})." if same_size else ""
        raise ValueError(f"{name} of shape {images.shape} don't fit the model: expected (n, {shape}).{cure}")
    found = f"are of type {images.dtype}"
    if images.dtype.kind == "f":
        if images.min() >= 0 and images.max() <= 1:
            return images
        found = f"range from {images.min():g} to {images.max():g}"
    cure = f'.astype("float32"){"" if images.dtype.kind == "b" else " / 255"}'
    raise ValueError(f"{name} {found}: expected floats in [0, 1]. Write for example {name}{cure}.")
