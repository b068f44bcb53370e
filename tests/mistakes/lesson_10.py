"""What learners try at lesson 10's exercises: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

SHARED = ("normal(ops.shape(mean), seed", "normal((mean.shape[-1],), seed")
CUT = (
    "mean = layers.Dense(latent_dims)(hidden)\n    log_var = layers.Dense(latent_dims)(hidden)",
    'mean = layers.Dense(latent_dims, activation="relu")(hidden)\n'
    '    log_var = layers.Dense(latent_dims, activation="relu")(hidden)',
)
AVERAGED = ("loss=factories.reconstruction", 'loss="binary_crossentropy"')


def repaired_but(*changes):
    """Return the repaired program with some of its bugs put back."""
    from aelib.exercises import lesson_10

    source = lesson_10.repaired.answer
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


ATTEMPTS = {
    "10-adds-up": Attempts(
        starter="def adds_up(price):\n    ...\n",
        also_right=(
            """\
import numpy as np

def adds_up(price):
    one = price(np.array([[0.7]]), np.array([[-1.2]]))
    four = price(np.full((1, 4), 0.7), np.full((1, 4), -1.2))
    return np.isclose(four, 4 * one).all()
""",
            """\
import numpy as np

def adds_up(price):
    rng = np.random.default_rng(1)
    mean, log_var = rng.normal(size=(2, 100, 6))
    left, right = price(mean[:, :3], log_var[:, :3]), price(mean[:, 3:], log_var[:, 3:])
    return float(np.abs(price(mean, log_var) - left - right).max()) < 1e-3
""",
        ),
        wrong=(
            Wrong("always a bug", "def adds_up(price):\n    return False\n", "numpy", "a false alarm"),
            Wrong("always fine", "def adds_up(price):\n    return True\n", "program_B", "you say True"),
            Wrong(
                "two numbers are all it tries",
                """\
import numpy as np

def adds_up(price):
    mean, log_var = np.random.default_rng(0).normal(size=(2, 5, 2))
    first, second = price(mean[:, :1], log_var[:, :1]), price(mean[:, 1:], log_var[:, 1:])
    return np.allclose(price(mean, log_var), first + second, rtol=1e-4)
""",
                "third_bug",
                "three numbers or more",
            ),
            Wrong(
                "no rounding allowed",
                ("np.allclose(whole, parts, rtol=1e-4)", "np.array_equal(whole, parts)"),
                "float32",
                "seven digits",
            ),
            Wrong(
                "an oracle in nats",
                """\
import numpy as np

def adds_up(price):
    mean, log_var = np.random.default_rng(0).normal(size=(2, 5, 4))
    known = np.sum(0.5 * (np.exp(log_var) + mean**2 - 1 - log_var), axis=-1)
    return np.allclose(price(mean, log_var), known, rtol=1e-4)
""",
                "bits",
                "whose unit is bits",
            ),
            Wrong(
                "the prior is free",
                """\
import numpy as np

def adds_up(price):
    zero = np.zeros((1, 4))
    return np.allclose(price(zero, zero), 4 * price(zero[:, :1], zero[:, :1]))
""",
                "program_B",
                "you say True",
            ),
            Wrong(
                "more numbers cost more",
                """\
import numpy as np

def adds_up(price):
    mean, log_var = np.full((1, 4), 0.7), np.full((1, 4), -1.2)
    return bool(price(mean, log_var)[0] > price(mean[:, :1], log_var[:, :1])[0] + 1e-6)
""",
                "second_bug",
                "What do you compare",
            ),
            Wrong(
                "never negative",
                """\
import numpy as np

def adds_up(price):
    mean, log_var = np.random.default_rng(0).normal(size=(2, 5, 4))
    return bool((price(mean, log_var) >= 0).all())
""",
                "fourth_bug",
                "you say True",
            ),
            Wrong(
                "reads the text",
                "def adds_up(price):\n    return 'mean' not in price.__code__.co_names\n",
                "second_bug",
                "you say True",
            ),
            Wrong(
                "says it for each code",
                ("np.allclose(whole, parts, rtol=1e-4)", "np.isclose(whole, parts, rtol=1e-4)"),
                "returns",
                "expected True or False",
            ),
        ),
    ),
    "10-each-alone": Attempts(
        starter="def each_alone(model, images):\n    ...\n",
        also_right=(
            """\
import numpy as np

def each_alone(model, images):
    together = np.asarray(model(images))
    alone = np.concatenate([np.asarray(model(images[[i]])) for i in range(len(images))])
    return bool(np.abs(together - alone).max() < 1e-3)
""",
            """\
import numpy as np

def each_alone(model, images):
    whole = model.predict_on_batch(images)
    return all(np.allclose(whole[i : i + 1], model.predict_on_batch(images[i : i + 1]), atol=1e-4) for i in range(5))
""",
            """\
import numpy as np

def each_alone(model, images):
    few = np.concatenate([images[:1], images[7:9]])
    return np.allclose(model.predict(images, verbose=0)[[0, 7, 8]], model.predict(few, verbose=0), rtol=1e-3)
""",
        ),
        wrong=(
            Wrong("always a bug", "def each_alone(model, images):\n    return False\n", "dense", "a false alarm"),
            Wrong("always fine", "def each_alone(model, images):\n    return True\n", "program_C", "you say True"),
            Wrong(
                "no rounding allowed",
                ("np.allclose(together, alone, atol=1e-4)", "np.array_equal(together, alone)"),
                "rounding",
                "a false alarm",
            ),
            Wrong("far too tolerant", ("atol=1e-4", "atol=1000"), "program_C", "you say True"),
            Wrong("only two calls alike", ("batch_size=1,", "batch_size=len(images),"), "program_C", "you say True"),
            Wrong(
                "only another order",
                """\
import numpy as np

def each_alone(model, images):
    turned = model.predict(images[::-1], batch_size=len(images), verbose=0)[::-1]
    return np.allclose(model.predict(images, batch_size=len(images), verbose=0), turned, atol=1e-4)
""",
                "fourth_bug",
                "only their order",
            ),
            Wrong(
                "only copies of one image",
                """\
import numpy as np

def each_alone(model, images):
    one = images[:1]
    many = model.predict(np.repeat(one, 20, axis=0), verbose=0)
    return np.allclose(many, model.predict(one, verbose=0), atol=1e-4)
""",
                "third_bug",
                "or only their number",
            ),
            Wrong(
                "looks for a layer by name",
                "def each_alone(model, images):\n"
                "    return not any('Batch' in type(layer).__name__ for layer in model.layers)\n",
                "batch_norm",
                "a false alarm",
            ),
            Wrong(
                "in training",
                """\
import numpy as np

def each_alone(model, images):
    alone = np.concatenate([np.asarray(model(images[[i]], training=True)) for i in range(len(images))])
    return np.allclose(np.asarray(model(images, training=True)), alone, atol=1e-4)
""",
                "dropout",
                "a false alarm",
            ),
            Wrong(
                "a number",
                ("np.allclose(together, alone, atol=1e-4)", "np.abs(together - alone).max()"),
                "returns",
                "expected True or False",
            ),
        ),
    ),
    "10-three-bugs": Attempts(
        starter="def repaired(pixels, units, latent_dims):\n    ...\n",
        also_right=(
            "from aelib import factories\n\n\ndef repaired(pixels, units, latent_dims):\n"
            "    return factories.variational(pixels, [units], latent_dims)\n",
            repaired_but(
                ("loss=factories.reconstruction", "loss=lambda x, r: pixels * keras.losses.binary_crossentropy(x, r)"),
                ("ops.exp(log_var / 2) * eps", "ops.sqrt(ops.exp(log_var)) * eps"),
                ("normal(ops.shape(mean), seed", "normal((ops.shape(mean)[0], mean.shape[1]), seed"),
            ),
            repaired_but(
                (
                    "log_var = layers.Dense(latent_dims)",
                    'log_var = layers.Dense(latent_dims, kernel_initializer="zeros")',
                )
            ),
        ),
        wrong=(
            Wrong("as it was", repaired_but(SHARED, CUT, AVERAGED), "bugs", "All three bugs are left"),
            Wrong("only the heads are left", repaired_but(CUT), "bugs", "One of the three bugs is left"),
            Wrong("only the noise is left", repaired_but(SHARED), "bugs", "One of the three bugs is left"),
            Wrong("only the loss is left", repaired_but(AVERAGED), "bugs", "One of the three bugs is left"),
            Wrong("heads and noise are left", repaired_but(CUT, SHARED), "bugs", "Two of the three bugs are left"),
            Wrong("heads and loss are left", repaired_but(CUT, AVERAGED), "bugs", "Two of the three bugs are left"),
            Wrong("noise and loss are left", repaired_but(SHARED, AVERAGED), "bugs", "Two of the three bugs are left"),
            Wrong(
                "one head repaired",
                (
                    "log_var = layers.Dense(latent_dims)(hidden)",
                    'log_var = layers.Dense(latent_dims, activation="relu")(hidden)',
                ),
                "bugs",
                "One of the three",
            ),
            Wrong(
                "a softplus for the relu",
                (
                    "log_var = layers.Dense(latent_dims)(hidden)",
                    'log_var = layers.Dense(latent_dims, activation="softplus")(hidden)',
                ),
                "bugs",
                "One of the three",
            ),
            Wrong(
                "the relu turned round",
                (
                    "log_var = layers.Dense(latent_dims)(hidden)",
                    'log_var = -layers.Dense(latent_dims, activation="relu")(hidden)',
                ),
                "bugs",
                "One of the three",
            ),
            Wrong(
                "one head for both",
                ("log_var = layers.Dense(latent_dims)(hidden)", "log_var = mean"),
                "all_else",
                "the same numbers",
            ),
            Wrong(
                "uniform noise",
                (
                    "keras.random.normal(ops.shape(mean), seed",
                    "keras.random.uniform(ops.shape(mean), -(3**0.5), 3**0.5, seed",
                ),
                "all_else",
                "a normal distribution",
            ),
            Wrong(
                "a new bug in the draw",
                ("ops.exp(log_var / 2) * eps", "ops.exp(log_var) * eps"),
                "all_else",
                "mean and log_var promise",
            ),
            Wrong(
                "a number for the seed", ("seed=self.noise", "seed=7"), "all_else", "Every batch gets the same noise"
            ),
            Wrong(
                "noise by image alone",
                ("normal(ops.shape(mean), seed", "normal((ops.shape(mean)[0], 1), seed"),
                "all_else",
                "share their noise",
            ),
            Wrong("nothing drawn", ("ops.exp(log_var / 2) * eps", "0 * eps"), "all_else", "nothing is drawn"),
            Wrong(
                "the mean is decoded",
                ("decoder(encoder(image)[0])", "decoder(encoder(image)[1])"),
                "all_else",
                "doesn't decode the z",
            ),
            Wrong("KL forgotten", ("        self.add_loss(ops.mean(kl))\n", ""), "all_else", "the loss is"),
            Wrong("KL averaged", ("ops.sum(ops.exp", "ops.mean(ops.exp"), "all_else", "the loss is"),
            Wrong(
                "nats per pixel",
                repaired_but(AVERAGED, ("ops.mean(kl)", "ops.mean(kl) / 20")),
                "all_else",
                "nats per pixel",
            ),
            Wrong(
                "z alone",
                repaired_but(
                    ("[OwnNoise()(mean, log_var), mean, log_var]", "OwnNoise()(mean, log_var)"),
                    ("encoder(image)[0]", "encoder(image)"),
                ),
                "returns",
                "expected [z, mean, log_var]",
            ),
            Wrong(
                "two models",
                ("return encoder, decoder, auto", "return encoder, decoder"),
                "returns",
                "expected encoder",
            ),
        ),
    ),
}
