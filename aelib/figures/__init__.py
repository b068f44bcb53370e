"""What every figure has: its ink and colours, words for who can't see it, and how a page shows it; nothing is plotted.

The ground is transparent, and the ink reads on white pages and on dark ones.
"""

import base64
import html
import io
import sys

import matplotlib.figure
import matplotlib.pyplot as plt
import numpy as np
import PIL.Image

INK = "#7b7b7b"  # text, axes, outlines: 4.2:1 on white, 4.4:1 on JupyterLab's dark #111
# Each at least 3:1 on both grounds, and as far apart as that allows, also for colour-blind readers: a search in Oklab,
# whose colours at a distance of 0.02 can just be told apart, left 0.07 at least. Index: the digit.
DIGIT_COLOURS = (
    *("#bd6ed8", "#ff259f", "#8305ff", "#e86f03", "#a9278f"),
    *("#0060cd", "#23a63d", "#08720c", "#cd112b", "#0097ff"),
)
SERIES_COLOURS = ("#0093fe", "#dc7c10", "#a713b6", "#097810", "#df0018", "#fe07dc")
PIXELS_PER_INCH = 110  # of a notebook's page; a PNG has two for each, which projectors and zooming readers need
MOST_BYTES = 150_000  # of a PNG in a notebook; a larger one has one pixel for each of the page
LOOK = {
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
    **dict.fromkeys(("grid.color", "hatch.color", "patch.edgecolor"), INK),
    **{"figure.facecolor": "none", "axes.facecolor": "none", "axes.spines.top": False, "axes.spines.right": False},
    **{"font.family": "DejaVu Sans", "font.size": 10, "axes.titlesize": 10, "figure.titlesize": 11},
    **{"xtick.labelsize": 9, "ytick.labelsize": 9, "legend.fontsize": 9, "legend.frameon": False},
    **{"axes.linewidth": 0.8, "lines.linewidth": 1.8, "grid.alpha": 0.3, "grid.linewidth": 0.6},
    **{"svg.hashsalt": "aelib", "svg.fonttype": "path"},
}
look = matplotlib.rc_context(LOOK)  # decorates the functions that draw, so that a learner's own figures keep their look


class Figure(matplotlib.figure.Figure):
    """A Matplotlib figure that shows itself in a notebook as a picture with `alt`, its description in words.

    If `vector` is set, a page shows an SVG, sharp at any size; the PNG beside it is for readers that show no HTML.
    """

    alt, vector = "", False

    @look
    def draw(self, renderer):
        super().draw(renderer)

    def _repr_mimebundle_(self, include=None, exclude=None):
        width = round(self.get_figwidth() * PIXELS_PER_INCH)
        picture = b"" if self.vector else self.png()
        if not picture or len(picture) > MOST_BYTES:
            picture = self.png(PIXELS_PER_INCH)
        data = {"image/png": picture, "text/plain": self.alt}
        if self.vector:  # JupyterLab shows image/svg+xml without words, and only where the notebook is trusted
            source = f"data:image/svg+xml;base64,{base64.b64encode(self.svg()).decode()}"
            data["text/html"] = f'<img alt="{html.escape(self.alt)}" width="{width}" src="{source}">'
        return data, {"image/png": {"alt": self.alt, "width": width}}

    @look
    def svg(self):
        """Return the bytes of an SVG with its text as outlines, so that all pages show it alike."""
        file = io.BytesIO()
        self.savefig(file, format="svg", dpi=2 * PIXELS_PER_INCH, metadata={"Creator": None, "Date": None})
        return file.getvalue()

    def png(self, dpi=2 * PIXELS_PER_INCH, colours=256):
        """Return the bytes of a PNG with a palette: its most frequent colours, after some rounding."""
        full, small = io.BytesIO(), io.BytesIO()
        self.savefig(full, format="png", dpi=dpi)
        picture, levels = PIL.Image.open(full), max(colours // 4, 8) - 1
        levels = np.array([levels, levels, levels, min(levels, 7)])
        pixels = np.round(np.round(np.asarray(picture) / 255 * levels) / levels * 255).astype("uint8")
        found, where, counts = np.unique(pixels.view("<u4"), return_inverse=True, return_counts=True)
        if len(found) > 5000:  # many hues, among which the most frequent ones are few
            palette = picture.quantize(colours, PIL.Image.Quantize.FASTOCTREE)
        else:
            found = found.view("uint8").reshape(-1, 4).astype("float32")
            kept = found[np.argsort(-counts, kind="stable")[:colours]]
            nearest = ((kept**2).sum(axis=1) - 2 * found @ kept.T).argmin(axis=1).astype("uint8")
            palette = PIL.Image.fromarray(nearest[where.reshape(pixels.shape[:2])])
            palette.putpalette(kept.astype("uint8").tobytes(), "RGBA")
        palette.save(small, "png", optimize=True)
        return small.getvalue()


if (ipython := sys.modules.get("IPython")) and (shell := ipython.get_ipython()):
    # Matplotlib registers its own PNG for all figures in a notebook, which would go before `_repr_mimebundle_`.
    shell.display_formatter.formatters["image/png"].for_type(Figure, lambda figure: None)


@look
def figure(size):
    """Return an empty Figure of a size in inches, (width, height), that only its return value shows."""
    empty = plt.figure(FigureClass=Figure, figsize=size, layout="constrained")
    plt.close(empty)
    return empty


@look
def finished(figure, title, description):
    """Return the figure with its title, or None, and with its description in words."""
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    figure.alt = f"{title}. {description}" if title else description
    return figure
