"""What a notebook shows of an explorer: the page with its data and script, and numbers in letters; no question is here.

The output carries the weights and the script, which decodes and draws while the reader moves something: in a running
lesson, in a saved page, without a network. Where scripts don't run, a figure takes its place.
"""

import base64
import hashlib
import html
import json
import math
import pathlib
import re

import numpy as np

from aelib import plots

SHARED = ("style", "network", "page", "questions")  # the scripts that each explorer needs
OWN = (  # those of some kinds
    *("reconstructions", "planes", "corruptions", "gaussians", "sizes", "sliding", "superposition"),
    *("drawing", "sampling", "turning", "asking", "tokens"),
)
SOMETIMES = {"latent": {"drawing", "sampling", "turning", "asking", "tokens"}}  # what some of those need
SCRIPTS = [pathlib.Path(__file__).with_name(f"{name}.js") for name in (*SHARED, *SOMETIMES, *OWN)]
PARTS = {"kernel", "bias", "images"}  # of a layer, or of what stands in its place
MOST_WEIGHTS = 225_000  # of one explorer: 600 kB of a notebook
STATIC_PIXELS_PER_INCH = 64  # of the figure
STATIC_BYTES = 11_000


class Explorer:
    """What a notebook shows: a question, something to move, and a figure for pages that run no scripts.

    Args:
        kind: Name of the function in one of the scripts that draws it.
        question: What the reader should find out by moving.
        figure: `plots.Figure` with a description in words.
        models: Dict of name -> layers as `network.exported` returns them. Where a model's reconstructions stand in
            its place: [{"images": letters}].
        data: Dict of everything else that the page needs, ready for JSON.

    Raises:
        ValueError: if the models have too many weights for a notebook.
    """

    def __init__(self, kind, question, figure, models, data):
        layers = [layer for chain in models.values() for layer in chain]
        weights = sum(math.prod(layer[part]["shape"]) for layer in layers for part in layer.keys() & PARTS)
        if weights > MOST_WEIGHTS:
            raise ValueError(
                f"The notebook would have to carry {weights:,} weights: expected at most {MOST_WEIGHTS:,}. Explore "
                "smaller models, or fewer."
            )
        self.question, self.figure = question, figure
        self.data = {"kind": kind, "question": question, "models": models} | data

    def __repr__(self):
        return f"{self.question}\n{self.figure.alt}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        code = script(self.data["kind"])
        version = version_of(code)
        for colours in (256, 64, 16):  # pictures of noise need most bytes, and fewest greys
            picture = self.figure.png(STATIC_PIXELS_PER_INCH, colours)
            if len(picture) <= STATIC_BYTES:
                break
        picture = base64.b64encode(picture).decode()
        page = (
            f'<div class="aelib-explorer" data-version="{version}">\n'
            f"<p><strong>{html.escape(self.question)}</strong></p>\n"
            f'<img alt="{html.escape(self.figure.alt)}" src="data:image/png;base64,{picture}">\n'
            "<p><em>Run this cell to move it.</em></p>\n"
            f'<script type="application/json">{json.dumps(self.data, separators=(",", ":"))}</script>\n'
            f'<script type="module">{code}mountAll("{version}");</script></div>'
        )
        return {"text/plain": repr(self), "text/html": page}


def script(kind=None):
    """Return what the page runs, without comments and the indents of lines: for one kind of explorer, or for all."""
    texts = {path.stem: path.read_text("utf-8") for path in SCRIPTS}
    own = {name for name in OWN if kind is None or f"\n  {kind}(data, page) {{\n" in texts[name]}
    own |= {name for name, users in SOMETIMES.items() if users & own}
    needed = [text for name, text in texts.items() if name in SHARED or name in own]
    return re.sub(r"^ +|^//.*\n", "", "".join(needed), flags=re.MULTILINE)


def version_of(code):
    """Return the name by which a script finds the explorers that were written with it."""
    return hashlib.sha256(code.encode()).hexdigest()[:12]


def image_rows(rows, title, shape=None):
    """Return `plots.image_rows` of rows of images (k, pixels).

    Args:
        rows: Dict of label -> images, floats; what is outside of [0, 1] is drawn black or white.
        title: Text above the figure.
        shape: That of an image, (height, width, channels); None: square and grey.
    """
    side = math.isqrt(next(iter(rows.values())).shape[1])
    shape = (side, side, 1) if shape is None else shape
    rows = {label: np.clip(np.reshape(images, (-1, *shape)), 0, 1) for label, images in rows.items()}
    figure = plots.image_rows({label: images.mean(axis=3) for label, images in rows.items()}, title)
    if shape[2] == 3:
        for drawn, image in zip(figure.axes[0].images, np.concatenate(list(rows.values()))):
            drawn.set_data(image)
    return figure


def float16_letters(array):
    """Return numbers rounded to float16, in letters for the page."""
    return _letters("f2", np.asarray(array, "<f2"))


def grey_letters(images):
    """Return images, floats in [0, 1], rounded to 256 grey values, in letters for the page."""
    return _letters("u1", np.round(255 * images).astype("u1"))


def pale_letters(images):
    """Return images, floats in [0, 1], rounded to 16 grey values, two in a byte, in letters for the page."""
    greys = np.round(15 * images).astype("u1").ravel()
    pairs = np.append(greys, np.zeros(len(greys) % 2, "u1")).reshape(-1, 2)
    return _letters("u4", 16 * pairs[:, 0] + pairs[:, 1], images.shape)


def _letters(type, array, shape=None):
    letters = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"type": type, "shape": array.shape if shape is None else shape, "letters": letters}
