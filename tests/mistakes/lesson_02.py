"""What learners try at lesson 02: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "02-interpolate": Attempts(
        starter="def interpolate(encoder, decoder, first, last, steps):\n    ...\n",
        also_right=(
            """\
import numpy as np

def interpolate(encoder, decoder, first, last, steps):
    a = encoder(first.reshape(1, -1))
    b = encoder(last.reshape(1, -1))
    return np.concatenate([decoder(a + i / (steps - 1) * (b - a)) for i in range(steps)])
""",
            """\
import numpy as np

def interpolate(encoder, decoder, first, last, steps):
    codes = encoder.predict(np.array([first, last]))
    return decoder.predict(np.linspace(codes[0], codes[1], steps))
""",
        ),
        wrong=(
            Wrong(
                "pixels mixed",
                "import numpy as np\n\n\ndef interpolate(encoder, decoder, first, last, steps):\n"
                "    t = np.linspace(0, 1, steps)[:, None]\n    return (1 - t) * first + t * last\n",
                "ends",
                "with the images themselves",
            ),
            Wrong(
                "reconstructions mixed",
                (
                    "    codes = (1 - t) * a + t * b\n    return decoder.predict(codes, verbose=0)",
                    "    a, b = decoder.predict(np.stack([a, b]))\n    return (1 - t) * a + t * b",
                ),
                "in_the_code",
                "mix the codes, then decode",
            ),
            Wrong(
                "images mixed, then encoded",
                (
                    "codes = (1 - t) * a + t * b\n",
                    "codes = encoder.predict((1 - t) * first + t * last)\n",
                ),
                "in_the_code",
                "encode the mixture",
            ),
            Wrong("codes returned", ("decoder.predict(codes, verbose=0)", "codes"), "ends", "You return codes"),
            Wrong("backwards", ("(1 - t) * a + t * b", "t * a + (1 - t) * b"), "ends", "turn it round"),
            Wrong("never arrives", ("steps)[", "steps, endpoint=False)["), "ends", "does the way get there?"),
            Wrong("adds the whole code", ("(1 - t) * a + t * b", "a + t * b"), "ends", "does the way get there?"),
            Wrong("one step too many", ("0, 1, steps)", "0, 1, steps + 1)"), "shape", "(6, 9)"),
            Wrong("ends left out", ("0, 1, steps)[:", "0, 1, steps + 2)[1:-1"), "ends", "not the reconstructions"),
            Wrong("uneven steps", ("steps)[:, None]", "steps)[:, None] ** 2"), "in_the_code", "evenly spaced"),
            Wrong("five steps always", ("0, 1, steps)", "0, 1, 5)"), "any_steps", "with 12 steps"),
            Wrong(
                "images decoded",
                ("a, b = encoder.predict(np.stack([first, last]), verbose=0)", "a, b = first, last"),
                "ends",
                "was given images",
            ),
            Wrong("no rows", ("np.stack([first, last])", "first"), "runs", "takes rows of 9 numbers"),
            Wrong("nothing", "def interpolate(*_):\n    return 'pictures'\n", "shape", "you return str"),
        ),
    ),
    "02-precision-at-k": Attempts(
        starter="def precision_at_k(codes, labels, k):\n    ...\n",
        also_right=(
            """\
from sklearn.neighbors import NearestNeighbors

def precision_at_k(codes, labels, k):
    nearest = NearestNeighbors(n_neighbors=k).fit(codes).kneighbors(return_distance=False)
    return (labels[nearest].T == labels).mean()
""",
            """\
import numpy as np

def precision_at_k(codes, labels, k):
    shares = []
    for i in range(len(codes)):
        others = np.delete(np.arange(len(codes)), i)
        near = others[np.linalg.norm(codes[others] - codes[i], axis=1).argsort()[:k]]
        shares.append(sum(labels[near] == labels[i]) / k)
    return sum(shares) / len(shares)
""",
            """\
import numpy as np

def precision_at_k(codes, labels, k):
    squares = (codes ** 2).sum(1)
    distances = squares + squares[:, None] - 2 * codes @ codes.T + np.diag([1e9] * len(codes))
    nearest = np.argpartition(distances, k - 1)[:, :k]
    return float((labels[nearest] == labels[:, None]).sum() / nearest.size)
""",
        ),
        wrong=(
            Wrong("counts itself", ("    np.fill_diagonal(distances, np.inf)\n", ""), "value", "counts itself"),
            Wrong(
                "skips the first",
                (
                    "    np.fill_diagonal(distances, np.inf)\n    nearest = np.argsort(distances, axis=1)[:, :k]",
                    "    nearest = np.argsort(distances, axis=1)[:, 1:k + 1]",
                ),
                "twins",
                "its twin is a neighbour like any other",
            ),
            Wrong(
                "leaves out distance 0",
                ("np.fill_diagonal(distances, np.inf)", "distances[distances == 0] = np.inf"),
                "twins",
                "not by its distance",
            ),
            Wrong("k minus one", ("[:, :k]", "[:, :k - 1]"), "value", "3 neighbours"),
            Wrong(
                "itself out of k",
                (
                    "    np.fill_diagonal(distances, np.inf)\n    nearest = np.argsort(distances, axis=1)[:, :k]\n"
                    "    return np.mean(labels[nearest] == labels[:, None])",
                    "    nearest = np.argsort(distances, axis=1)[:, 1:k]\n"
                    "    return np.sum(labels[nearest] == labels[:, None]) / (k * len(codes))",
                ),
                "value",
                "one neighbour too few",
            ),
            Wrong(
                "farthest",
                ("np.inf)\n    nearest = np.argsort(distances", "-np.inf)\n    nearest = np.argsort(-distances"),
                "value",
                "the farthest",
            ),
            Wrong("percent", ("return np.mean(", "return 100 * np.mean("), "value", "percentage"),
            Wrong(
                "sum",
                ("np.mean(labels[nearest] == labels[:, None])", "np.sum(labels[nearest] == labels[:, None]) / k"),
                "value",
                "sum over the images",
            ),
            Wrong("wrong ones", ("== labels[:", "!= labels[:"), "value", "share of wrong neighbours"),
            Wrong("one an image", ("labels[:, None])\n", "labels[:, None], axis=1)\n"), "one_number", "(50,)"),
            Wrong(
                "majority vote",
                (
                    "return np.mean(labels[nearest] == labels[:, None])",
                    "return np.mean((labels[nearest] == labels[:, None]).mean(axis=1) > 0.5)",
                ),
                "value",
                "Check each step",
            ),
            Wrong(
                "angles",
                ("((codes[:, None] - codes[None]) ** 2).sum(axis=2)", "-codes @ codes.T"),
                "value",
                "Check each",
            ),
            Wrong(
                "along the axes",
                ("((codes[:, None] - codes[None]) ** 2).sum(axis=2)", "abs(codes[:, None] - codes[None]).sum(axis=2)"),
                "value",
                "needs their squares",
            ),
            Wrong("ten always", ("[:, :k]", "[:, :4]"), "any_k", "wrong for 1 or 7"),
            Wrong("nothing", "def precision_at_k(*_):\n    return [[1], [2, 3]]\n", "one_number", "list"),
        ),
    ),
    "02-same-pictures": Attempts(
        starter="def same_pictures(kernel, bias, decoder_kernel, matrix):\n    ...\n",
        also_right=(
            """\
import numpy as np

def same_pictures(kernel, bias, decoder_kernel, matrix):
    return [np.dot(kernel, matrix), np.dot(bias, matrix), np.linalg.solve(matrix, decoder_kernel)]
""",
            """\
import numpy as np

def same_pictures(kernel, bias, decoder_kernel, matrix):
    both = np.vstack([kernel, bias]) @ matrix
    return both[:-1], both[-1], np.linalg.pinv(matrix) @ decoder_kernel
""",
            """\
import keras

def same_pictures(kernel, bias, decoder_kernel, matrix):
    ops = keras.ops
    back = ops.convert_to_numpy(ops.inv(matrix.astype("float32")))
    return kernel @ matrix, bias @ matrix, back @ decoder_kernel
""",
        ),
        wrong=(
            Wrong("bias forgotten", ("bias @ matrix", "bias"), "codes", "What else is added"),
            Wrong(
                "nothing changed", ("kernel @ matrix, bias @ matrix", "kernel, bias"), "codes", "still those of before"
            ),
            Wrong(
                "transposed",
                ("kernel @ matrix, bias @ matrix", "kernel @ matrix.T, bias @ matrix.T"),
                "codes",
                "transposed matrix",
            ),
            Wrong(
                "inverse in the encoder",
                (
                    "kernel @ matrix, bias @ matrix, np.linalg.inv(matrix)",
                    "kernel @ np.linalg.inv(matrix), bias @ np.linalg.inv(matrix), matrix",
                ),
                "codes",
                "belongs to the other layer",
            ),
            Wrong("entry by entry", ("kernel @ matrix", "kernel * matrix.sum(axis=0)"), "codes", "times the matrix"),
            Wrong(
                "decoder left", ("np.linalg.inv(matrix) @ decoder_kernel", "decoder_kernel"), "pictures", "has to undo"
            ),
            Wrong("twice", ("np.linalg.inv(matrix)", "matrix"), "pictures", "once more"),
            Wrong("transposed decoder", ("np.linalg.inv(matrix)", "matrix.T"), "pictures", "rotations and reflections"),
            Wrong("one by each entry", ("np.linalg.inv(matrix)", "(1 / matrix)"), "pictures", "not its inverse"),
            Wrong("inverse transposed", ("inv(matrix)", "inv(matrix.T)"), "pictures", "other sums"),
            Wrong(
                "changed in place",
                ("    return kernel @ matrix,", "    kernel[:] = kernel @ matrix\n    return kernel,"),
                "untouched",
                "changes the arrays",
            ),
            Wrong("two arrays", (", np.linalg.inv(matrix) @ decoder_kernel", ""), "shapes", "tuple"),
            Wrong("bias as a row", ("bias @ matrix", "(bias @ matrix)[None]"), "shapes", "(1, 3)"),
            Wrong("nothing", "def same_pictures(*_):\n    return 'arrays'\n", "shapes", "str"),
        ),
    ),
}
