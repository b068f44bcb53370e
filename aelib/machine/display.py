"""Shows how far a long run is, in a notebook's page or a terminal's line, and leaves nothing; no run is known here."""

import pathlib
import sys


def line():
    """Return `show(text, share)`, with the share that is done, from 0 to 1, and `close()`, which takes it away."""
    ipython = sys.modules.get("IPython")
    in_notebook = ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None
    return _notebook_box() if in_notebook else _terminal_line()


def text(epoch, epochs, loss, left):
    """Return one line on how far a run is; `left` is in seconds, `loss` a number or None."""
    minutes, seconds = divmod(round(left), 60)
    time_left = f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
    loss = "" if loss is None else f"loss {float(loss):.4g}, "
    return f"Training: epoch {epoch} of {epochs}, {loss}{time_left} left"


def _terminal_line():
    """Return the two for a line on standard error; they do nothing where that is no terminal."""
    if not sys.stderr.isatty():
        return (lambda text, share: None), (lambda: None)

    def write(text):
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    return (lambda text, share: write(f"[{'#' * round(20 * share):20}] {text}")), (lambda: write(""))


def _notebook_box():
    """Return the two for a box over the page, which is no output of the cell, so never saved."""
    import anywidget
    import traitlets

    class Box(anywidget.AnyWidget):
        _esm = pathlib.Path(__file__).with_name("display.js").read_text("utf-8")
        text = traitlets.Unicode("").tag(sync=True)
        share = traitlets.Float(0.0).tag(sync=True)

    box = Box()

    def show(text, share):
        with box.hold_sync():
            box.text, box.share = text, share

    return show, box.close
