"""What learners try at lesson 01: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "01-count-weights": Attempts(
        starter="def count_weights(sizes):\n    ...\n",
        also_right=(
            """\
def count_weights(sizes):
    total = 0
    for i in range(1, len(sizes)):
        total += (sizes[i - 1] + 1) * sizes[i]
    return total
""",
            """\
import numpy as np

def count_weights(sizes):
    s = np.array(sizes)
    return ((s[:-1] + 1) * s[1:]).sum()
""",
        ),
        wrong=(
            Wrong("no biases", ("a * b + b", "a * b"), "one_layer", "Each unit also has a bias."),
            Wrong("bias for each input", ("a * b + b", "a * b + a"), "one_layer", "not for each of its inputs"),
            Wrong("one bias a layer", ("a * b + b", "a * b + 1"), "one_layer", "not one in all"),
            Wrong(
                "biases for the image",
                ("sum(a * b + b for", "sum(sizes) + sum(a * b for"),
                "one_layer",
                "has no biases",
            ),
            Wrong("first layer only", ("zip(sizes, sizes[1:])", "[sizes[:2]]"), "three_layers", "Only the first layer"),
            Wrong("returns text", ("return sum", "return '%d' % sum"), "one_layer", "your function says '"),
            Wrong("leaves", "def count_weights(sizes):\n    raise SystemExit\n", "runs", "SystemExit"),
            Wrong("fails", ("a * b + b for", "a * bias for"), "runs", "NameError"),
        ),
    ),
    "01-cross-entropy": Attempts(
        starter="def cross_entropy(x, r):\n    ...\n",
        also_right=(
            """\
import keras

def cross_entropy(x, r):
    return keras.ops.convert_to_numpy(keras.losses.binary_crossentropy(x, r))
""",
            """\
import math

def cross_entropy(x, r):
    costs = []
    for image, redrawn in zip(x, r):
        cost = 0
        for a, b in zip(image, redrawn):
            b = min(max(b, 1e-7), 1 - 1e-7)
            cost -= a * math.log(b) + (1 - a) * math.log(1 - b)
        costs.append(cost / len(image))
    return costs
""",
        ),
        wrong=(
            Wrong("sum over pixels", ("np.mean(", "np.sum("), "value", "expected their average"),
            Wrong("one number in all", (", axis=1", ""), "shape", "one number an image"),
            Wrong("wrong axis", ("axis=1", "axis=0"), "shape", "(12,)"),
            Wrong("turned sign", ("return np.mean", "return -np.mean"), "value", "sign is turned"),
            Wrong("white only", (" - (1 - x) * np.log(1 - r)", ""), "value", "a black pixel costs"),
            Wrong(
                "bits",
                ("-x * np.log(r) - (1 - x) * np.log(1 - r)", "-x * np.log2(r) - (1 - x) * np.log2(1 - r)"),
                "value",
                "bits",
            ),
            Wrong("exchanged", ("def cross_entropy(x, r):\n", "def cross_entropy(r, x):\n"), "value", "are exchanged"),
            Wrong(
                "squared error", ("-x * np.log(r) - (1 - x) * np.log(1 - r)", "(x - r) ** 2"), "value", "another one"
            ),
            Wrong("no clipping", ("    r = np.clip(r, 1e-7, 1 - 1e-7)\n", ""), "black_and_white", "clip r"),
        ),
    ),
    "01-encode-and-redraw": Attempts(
        starter="def encode_and_redraw(encoder, decoder, autoencoder, images):\n    ...\n",
        also_right=(
            """\
def encode_and_redraw(encoder, decoder, autoencoder, images):
    codes = encoder(images).numpy()
    return codes, decoder(codes).numpy()
""",
            """\
def encode_and_redraw(e, d, _, images):
    return (codes := e.predict(images, verbose=0)), d.predict(codes, verbose=0)
""",
        ),
        wrong=(
            Wrong(
                "the published bug",
                ("decoder.predict(codes)", "autoencoder.predict(codes)"),
                "pictures",
                "encodes them again",
            ),
            Wrong(
                "no codes",
                ("decoder.predict(codes)", "autoencoder.predict(images)"),
                "decoded_from_codes",
                "not from the codes",
            ),
            Wrong(
                "images decoded", ("decoder.predict(codes)", "decoder.predict(images)"), "pictures", "was given images"
            ),
            Wrong("codes lost", ("return codes, pictures", "return pictures"), "returns", "two arrays"),
            Wrong(
                "wrong codes",
                ("encoder.predict(images)\n    p", "decoder.predict(images)\n    p"),
                "codes",
                "not encoder.predict",
            ),
        ),
    ),
}
