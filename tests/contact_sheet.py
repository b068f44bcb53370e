"""One example of every figure that the course can draw, on a light and on a dark ground, to look at; no test.

`python tests/contact_sheet.py FOLDER [NAME ...]` writes NAME.png for all public functions of `plots` and `drawings`, or
for the named ones, and a page with all of them, their descriptions and their sizes, index.html. It ends with an error
if a function has no example here.
"""

import base64
import functools
import html
import importlib.util
import inspect
import io
import pathlib
import sys

import numpy as np
import PIL.Image

import aelib
from aelib import data, plots

GROUNDS = {"light": "#ffffff", "dark": "#111111"}


@functools.cache
def digits():
    """Return the test images and their labels."""
    return data.digits()[1]


@functools.cache
def model(name):
    """Return a trained `encoder, decoder, auto`."""
    return aelib.pretrained(name)


def rows():
    images = digits()[0][:10]
    decoded = model("vanilla")[2].predict(images, verbose=0)
    return plots.image_rows({"image": images, "reconstruction": decoded}, "Ten images", captions=range(10))


def plane():
    grid = np.linspace(-2, 2, 25)
    codes = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    return plots.plane(model("variational")[1].predict(codes, verbose=0), (-2, 2), "25 x 25 codes, decoded")


def scatter():
    images, labels = digits()
    codes = model("variational")[0].predict(images, verbose=0)
    return plots.latent_scatter((codes[0] if isinstance(codes, (list, tuple)) else codes)[:, :2], labels, "1,000 codes")


HISTORY = {"loss": [0.26, 0.17, 0.14, 0.12, 0.11], "val_loss": [0.19, 0.15, 0.13, 0.125, 0.12]}
STEPS = np.arange(1, 21)
EXAMPLES = {
    "plots.image_rows": rows,
    "plots.learning_curves": lambda: plots.learning_curves(HISTORY, "cross-entropy (nats per pixel)", "Learning"),
    "plots.lines": lambda: plots.lines(
        STEPS, {f"{k} latent dimensions": 60 / (STEPS + k) for k in (2, 4, 8, 16, 32, 64)}, "epoch", "loss (nats)"
    ),
    "plots.bars": lambda: plots.bars(dict(enumerate(np.bincount(digits()[1]))), "test images", "Ten digits", "digit"),
    "plots.latent_scatter": scatter,
    "plots.plane": plane,
}


def functions():
    """Return the names of all functions that draw, e.g. plots.lines."""
    found = [name for name, value in vars(plots).items() if getattr(value, "__module__", None) == plots.__name__]
    names = {f"plots.{name}" for name in found if not name.startswith("_")}
    if importlib.util.find_spec("aelib.drawings"):
        drawings = importlib.import_module("aelib.drawings")
        names |= {f"drawings.{name}" for name, value in vars(drawings).items() if inspect.isfunction(value)}
    return names


def beside(figure):
    """Return a figure's picture on all grounds, one beside the other."""
    picture = PIL.Image.open(io.BytesIO(figure.png())).convert("RGBA")
    sheet = PIL.Image.new("RGB", (picture.width * len(GROUNDS), picture.height))
    for i, ground in enumerate(GROUNDS.values()):
        under = PIL.Image.new("RGBA", picture.size, ground)
        sheet.paste(PIL.Image.alpha_composite(under, picture).convert("RGB"), (i * picture.width, 0))
    return sheet


def section(name, figure):
    """Return a figure's part of the page, as a notebook would show it on each ground."""
    shown, _ = figure._repr_mimebundle_()
    width = round(figure.get_figwidth() * plots.figures.PIXELS_PER_INCH)
    picture = base64.b64encode(shown["image/png"]).decode()
    picture = f'<img width="{width}" alt="" src="data:image/png;base64,{picture}">'
    if figure.vector:
        picture = shown["text/html"]
    cells = "".join(f'<td style="background:{ground}; padding:1em">{picture}</td>' for ground in GROUNDS.values())
    size = sum(len(part) for kind, part in shown.items() if kind == "text/html") + len(shown["image/png"]) * 4 // 3
    said = f"<p>{html.escape(figure.alt)}</p><p>{size / 1000:.0f} kB of a notebook</p>"
    return f"<h2>{name}</h2><table><tr>{cells}</tr></table>{said}"


def main(folder, *names):
    """Draw the named examples, or all, into the folder."""
    if missing := sorted(functions() - EXAMPLES.keys()):
        sys.exit(f"No example of {', '.join(missing)}: add one to EXAMPLES in {pathlib.Path(__file__).name}.")
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    sections = []
    for name in names or EXAMPLES:
        figure = EXAMPLES[name]()
        beside(figure).save(folder / f"{name}.png")
        sections.append(section(name, figure))
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>All figures</title>{"".join(sections)}</html>'
    (folder / "index.html").write_text(page, "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:] or sys.exit(__doc__))
