"""One example of every figure that the course can draw, on a light and on a dark ground, to look at; no test.

`python tests/contact_sheet.py FOLDER [NAME ...]` writes NAME.png for all public functions of `plots` and `drawings`, or
for the named ones, and a page with all of them, their descriptions and their sizes, index.html. It ends with an error
if a function has no example here.
"""

import base64
import functools
import html
import inspect
import io
import pathlib
import sys

import numpy as np
import PIL.Image

import aelib
from aelib import data, drawings, plots

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


def manifold():
    """A bent sheet, and the autoencoder of one hidden layer a side that 100 epochs give."""
    import keras

    keras.utils.set_random_seed(0)
    flat = np.random.default_rng(0).uniform(-1, 1, (500, 2))
    points = np.column_stack([flat, 1.2 * flat[:, 0] ** 2]).astype("float32")
    encoder = keras.Sequential([keras.Input((3,)), keras.layers.Dense(32, "tanh"), keras.layers.Dense(2)])
    decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(32, "tanh"), keras.layers.Dense(3)])
    auto = keras.Sequential([encoder, decoder])
    auto.compile("adam", "mse")
    auto.fit(points, points, epochs=100, batch_size=50, verbose=0)
    return drawings.manifold(encoder, decoder, points)


def connections():
    import keras

    layers = keras.layers
    return drawings.connections(
        {
            "stride 2": layers.Conv2D(1, 3, strides=2, padding="same"),
            "pooling": layers.MaxPooling2D(2),
            "upsampling": layers.UpSampling2D(2),
            "transposed convolution": layers.Conv2DTranspose(1, 3, strides=2, padding="same"),
        },
        8,
    )


def reconstructions(count):
    """Return images (count, 28, 28, 1), and what each of three trained models makes of them."""
    images = digits()[0][:count]
    square = images.reshape(-1, 28, 28, 1)
    made = {name: model(name)[2].predict(images, verbose=0) for name in ("vanilla", "variational")}
    return square, made | {"convolutional": model("convolutional")[2].predict(square, verbose=0)}


def maps(draw, count):
    images, made = reconstructions(count)
    return draw(images, made)


def portrait():
    images, made = reconstructions(10)
    numbers = {"vanilla": "32 numbers", "variational": "2 numbers", "convolutional": "128 numbers"}
    return drawings.family_portrait(images, {name: (made[name], numbers[name], None) for name in made})


def network(name):
    encoder, decoder, auto = model(name)
    return drawings.network(encoder, decoder, digits()[0][0], auto)


def latent(draw):
    images, labels = digits()
    encoder, decoder, _ = model("variational")
    if draw is drawings.posteriors:
        return draw(encoder, decoder, images[:3])
    if draw is drawings.drawn_codes:
        return draw(encoder, decoder, images[:4], labels[:4], np.random.default_rng(0).normal(size=(4, 3, 2)))
    if draw is drawings.decoded_plane:
        return draw(encoder, decoder, images, labels)
    codes = encoder.predict(images, verbose=0)[1]
    if draw is drawings.mixtures:
        from sklearn.mixture import GaussianMixture

        return draw(codes, [GaussianMixture(k, random_state=0).fit(codes) for k in (1, 5)])
    return draw(codes, images, labels)


def two_fits():
    side = np.linspace(-4, 4, 81)
    first, second = (np.exp(-((side - m) ** 2) / 2) for m in (-1.5, 1.5))
    truth = first[:, None] * first + second[:, None] * second
    wide = np.exp(-((side[:, None] - side) ** 2) / 2 - (side[:, None] + side) ** 2 / 13)
    return drawings.densities(side, side, {"forward": wide, "reverse": second[:, None] * second}, truth)


def two_stages():
    """Two images, each with itself made small as its grid."""
    image, other = digits()[0][2:4]
    grids = (one.reshape(7, 4, 7, 4).mean(axis=(1, 3)) for one in (image, other))
    return drawings.two_stages(image, next(grids), image, next(grids), other)


SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
WORDS = {"a": "0", "b": "10", "c": "110", "d": "111"}
RATES = {"PCA": {f"{bits} bits": (bits, 40 / bits) for bits in (8, 16, 32)}, "ours": {"2 bits": (16, 1.6)}}
ANGLES = 2 * np.pi * np.arange(5) / 5
FEATURES = {"dense": np.eye(5, 2), "sparse": np.column_stack([np.cos(ANGLES), np.sin(ANGLES)])}
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
    **{
        f"drawings.network, {name}": functools.partial(network, name) for name in ("vanilla", "sparse", "convolutional")
    },
    "drawings.network": functools.partial(network, "variational"),
    "drawings.manifold": manifold,
    "drawings.decoded_plane": lambda: latent(drawings.decoded_plane),
    "drawings.latent_map": lambda: latent(drawings.latent_map),
    "drawings.mixtures": lambda: latent(drawings.mixtures),
    "drawings.densities": two_fits,
    "drawings.posteriors": lambda: latent(drawings.posteriors),
    "drawings.drawn_codes": lambda: latent(drawings.drawn_codes),
    "drawings.kl_per_dimension": lambda: drawings.kl_per_dimension(3 * (1 - 0.9 ** np.outer(STEPS, np.arange(4)))),
    "drawings.rate_distortion": lambda: drawings.rate_distortion(RATES, "rate (bits)", "distortion"),
    "drawings.prefix_code": lambda: drawings.prefix_code(WORDS, dict(zip(WORDS, (0.5, 0.3, 0.1, 0.1)))),
    "drawings.factor_scores": lambda: drawings.factor_scores(np.eye(3) * 0.8 + 0.1, ["x", "y", "size"]),
    "drawings.convolution_step": lambda: drawings.convolution_step(
        digits()[0][0].reshape(28, 28)[8:15, 8:15], SOBEL, 2, 3
    ),
    "drawings.connections": connections,
    "drawings.kernels": lambda: drawings.kernels(model("convolutional")[0].layers[1], digits()[0][0].reshape(28, 28)),
    "drawings.feature_arrows": lambda: drawings.feature_arrows(FEATURES),
    "drawings.straight_through": lambda: drawings.straight_through(
        [[0.2, 0.3], [1.1, 0.9], [1.4, 0.1], [0.3, 1.2]], [0.8, 0.6], [0.4, -0.3]
    ),
    "drawings.straight_through, numbers": lambda: drawings.straight_through([0, 1, 2, 3], 0.7, -1.4),
    "drawings.two_stages": two_stages,
    "drawings.error_maps": lambda: maps(drawings.error_maps, 5),
    "drawings.mean_error_maps": lambda: maps(drawings.mean_error_maps, 200),
    "drawings.family_portrait": portrait,
}


def functions():
    """Return the names of all functions that draw, e.g. plots.lines."""
    found = [name for name, value in vars(plots).items() if getattr(value, "__module__", None) == plots.__name__]
    names = {f"plots.{name}" for name in found if not name.startswith("_")}
    return names | {f"drawings.{name}" for name, value in vars(drawings).items() if inspect.isfunction(value)}


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
