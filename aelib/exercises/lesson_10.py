"""The three exercises of lesson 10: two invariants, a program to repair; its exhibits are in `museum`, not here."""

import functools

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import short

# What the two invariants share


def _told_apart(ask, right, wrong):
    """Judge an invariant on programs whose outcome is known.

    Args:
        ask: Function from a program to what the learner's invariant says of it.
        right: {criterion: (program, what it is)}, of which the invariant must say True.
        wrong: {criterion: (program, advice)}, of which it must say False.

    Returns:
        What a judge returns.
    """
    said = {}
    for name, (program, _) in (right | wrong).items():
        got = ask(program)
        said[name] = _truth(got)
        if said[name] is None:
            return {"returns": (False, f"You return {short(got)}: expected True or False.")}, []
    found = {}
    for name, (_, what) in right.items():
        text = f"A right program, {what}: " + ("you say True." if said[name] else "you say False, a false alarm.")
        found[name] = (said[name], text)
    for name, (_, advice) in wrong.items():
        text = f"This program is wrong, and you say True. {advice}" if said[name] else "A wrong program: you say False."
        found[name] = (not said[name], text)
    same = len(set(said.values())) == 1
    return found, ["Your function says the same of every program that it was shown."] * same


def _truth(value):
    """Return a learner's True or False, also from an array or a tensor without axes, or None if it is neither."""
    try:
        values = np.asarray(value)
    except Exception:  # a class of the learner's own
        return None
    return bool(values) if values.dtype == bool and values.ndim == 0 else None


# Prices


def _each(mean, log_var):
    """Return the KL divergence to N(0, 1) of each latent dimension, in nats."""
    mean, log_var = np.asarray(mean, float), np.asarray(log_var, float)
    return 0.5 * (np.exp(log_var) + mean**2 - 1 - log_var)


def _single_precision(mean, log_var):
    mean, log_var = np.asarray(mean, "float32"), np.asarray(log_var, "float32")
    sums = (terms.sum(axis=-1) for terms in (np.exp(log_var), mean**2, -log_var))
    return (sum(sums) - np.float32(mean.shape[-1])) / 2


def _in_bits(mean, log_var):
    return np.sum([price / np.log(2) for price in np.moveaxis(_each(mean, log_var), -1, 0)], axis=0)


def _to_a_wide_prior(mean, log_var):
    mean, log_var = np.asarray(mean, float), np.asarray(log_var, float)
    return np.sum(np.log(2) - log_var / 2 + (np.exp(log_var) + mean**2) / 8 - 0.5, axis=-1)


def _one_subtracted_once(mean, log_var):
    mean, log_var = np.asarray(mean, float), np.asarray(log_var, float)
    return 0.5 * (np.sum(np.exp(log_var) + mean**2 - log_var, axis=-1) - 1)


PRICES = {
    "numpy": (lambda mean, log_var: _each(mean, log_var).sum(axis=-1), "a sum in NumPy"),
    "float32": (_single_precision, "a sum in float32, which rounds after seven digits"),
    "bits": (_in_bits, "whose unit is bits"),
    "wide_prior": (_to_a_wide_prior, "whose prior has the standard deviation 2"),
    "free_bits": (
        lambda mean, log_var: np.maximum(_each(mean, log_var), 0.25).sum(axis=-1),
        "which charges at least 0.25 nats for each dimension",
    ),
}
WRONG_PRICES = {
    "program_B": (lambda mean, log_var: _each(mean, log_var).mean(axis=-1), "Which codes do you ask it about?"),
    "second_bug": (_one_subtracted_once, "Its error doesn't grow with the code. What do you compare with what?"),
    "third_bug": (
        lambda mean, log_var: _each(mean, log_var)[..., :2].sum(axis=-1),
        "Have you asked it about codes of three numbers or more?",
    ),
    "fourth_bug": (
        lambda mean, log_var: _each(mean, log_var).sum(axis=-1) / np.sqrt(np.shape(mean)[-1]),
        "Which codes do you ask it about?",
    ),
}

adds_up = Exercise(
    name="adds_up",
    key="10-adds-up",
    objective="Kullback-Leibler divergence",
    title="Exercise 1, an invariant for prices",
    hints=(
        "Independent messages: what do four cost, if you know what each of them costs alone?",
        "Draw a few codes of four numbers with random means and log variances. Ask for the price of whole codes, and "
        "of each column by itself, mean[:, [i]] and log_var[:, [i]].",
        "Compare the price of the whole with the sum over the columns by np.allclose, which allows for rounding.",
    ),
    answer="""\
import numpy as np


def adds_up(price):
    mean, log_var = np.random.default_rng(0).normal(size=(2, 5, 4))
    whole = price(mean, log_var)
    parts = sum(price(mean[:, [i]], log_var[:, [i]]) for i in range(4))
    return np.allclose(whole, parts, rtol=1e-4)
""",
    judge=lambda attempt: _told_apart(attempt, PRICES, WRONG_PRICES),
)


# Models


@functools.cache
def _models():
    """Return ({criterion: (right model, what it is)}, {criterion: (wrong model, advice)}), all for 12 pixels."""
    import keras
    from keras import layers, ops

    class By(layers.Layer):
        """A layer of one formula, whose output has the shape of its input."""

        def __init__(self, formula):
            super().__init__()
            self.formula = formula

        def call(self, x):
            return self.formula(x)

        def compute_output_shape(self, shape):
            return shape

    def rounded(x):
        return x * ops.where(ops.equal(ops.shape(x)[0], 1), 1 + 5e-7, 1.0)

    def shared_out(x):
        return x / ops.sqrt(ops.cast(ops.shape(x)[0], x.dtype))

    def model(*steps):
        image = keras.Input((12,))
        x = layers.Dense(8)(image)
        for step in steps:
            x = step(x)
        built = keras.Model(image, layers.Dense(12)(x))
        rng = np.random.default_rng(0)
        shapes = [weight.shape for weight in built.get_weights()]
        built.set_weights([rng.normal(size=s) if len(s) > 1 else rng.uniform(0.5, 1.5, s) for s in shapes])
        return built

    right = {
        "dense": (model(layers.ReLU()), "two dense layers"),
        "layer_norm": (model(layers.LayerNormalization()), "whose layer is normalised image by image"),
        "batch_norm": (
            model(layers.BatchNormalization()),
            "whose BatchNormalization uses the averages that it kept from training",
        ),
        "dropout": (model(layers.Dropout(0.5)), "whose Dropout rests when nothing is trained"),
        "rounding": (model(By(rounded)), "which rounds single images a little differently, as fast libraries do"),
    }
    wrong = {
        "program_C": (
            model(By(lambda x: (x - ops.mean(x, axis=0)) / (ops.std(x, axis=0) + 1e-3)), layers.ReLU()),
            "How do the batches differ that you hand in?",
        ),
        "second_bug": (model(By(lambda x: ops.softmax(x, axis=0))), "How do the batches differ that you hand in?"),
        "third_bug": (
            model(By(lambda x: 0.9 * x + 0.1 * ops.roll(x, 1, axis=0))),
            "Do the images beside an image change, or only their number?",
        ),
        "fourth_bug": (model(By(shared_out)), "Does the number of images change, or only their order?"),
    }
    return right, wrong


def _isolated(attempt):
    """Judge an invariant that says whether a model treats each image by itself."""
    images = np.random.default_rng(1).random((24, 12)).astype("float32")
    return _told_apart(lambda model: attempt(model, images.copy()), *_models())


each_alone = Exercise(
    name="each_alone",
    key="10-each-alone",
    objective="autoencoder",
    title="Exercise 2, an invariant for models",
    hints=(
        "What can you change around an image without touching the image itself?",
        "Ask for the outputs of all images at once, and of each image alone: model.predict(images[[i]], verbose=0), or "
        "predict with batch_size=1.",
        "Compare both by np.allclose with a tolerance such as atol=1e-4: rounding may differ, and a bug moves more.",
    ),
    answer="""\
import numpy as np


def each_alone(model, images):
    together = model.predict(images, batch_size=len(images), verbose=0)
    alone = model.predict(images, batch_size=1, verbose=0)
    return np.allclose(together, alone, atol=1e-4)
""",
    judge=_isolated,
)


# A program to repair


PIXELS, UNITS, LATENT_DIMS = 20, 64, 3
COUNTED = {1: "One of the three bugs is left.", 2: "Two of the three bugs are left.", 3: "All three bugs are left."}
REPAIRED = (
    "None of the three bugs is left. (A cross-entropy averaged over 784 pixels, beside a KL that is summed, is an "
    "effective beta of 784: lesson 09 shows what becomes of such a code.)"
)


def _repaired(attempt):
    """Judge a variational autoencoder by what its models do: count the three bugs, and name what else is wrong."""
    built = attempt(PIXELS, UNITS, LATENT_DIMS)
    if not isinstance(built, (tuple, list)) or len(built) != 3:
        return {"returns": (False, f"You return {short(built)}: expected encoder, decoder, auto.")}, []
    encoder, decoder, auto = built
    images = np.random.default_rng(0).random((200, PIXELS)).astype("float32")
    parts = encoder.predict(images, verbose=0)
    if not isinstance(parts, (tuple, list)) or [np.shape(part) for part in parts] != 3 * [(200, LATENT_DIMS)]:
        shapes = [np.shape(part) for part in parts] if isinstance(parts, (tuple, list)) else np.shape(parts)
        return {"returns": (False, f"Your encoder gives {short(shapes)}: expected [z, mean, log_var].")}, []
    _, mean, log_var = parts
    cut, one = _heads_are_cut(encoder)
    bugs, others = [cut], ["mean and log_var are the same numbers: each needs a layer of its own."] * one
    noise, other = _noise(encoder, images[:1])
    bugs, others = bugs + [noise], others + other
    other = _joined(encoder, decoder, auto, images, noise)
    loss, wrong_loss = _loss(decoder, auto, images, mean, log_var)
    bugs, others = bugs + [loss], others + other + wrong_loss
    left = sum(bugs)
    return {
        "bugs": (left == 0, COUNTED.get(left, REPAIRED)),
        "all_else": (not others, others[0] if others else "Nothing else was found."),
    }, []


def _heads_are_cut(encoder):
    """Return whether a head can't leave one side of 0, or not go far, and whether both heads are one.

    Random weights are tried, since fresh ones may be 0: a head that can take any value does so with them.
    """
    kept, rng = encoder.get_weights(), np.random.default_rng(3)
    encoder.set_weights([rng.normal(size=w.shape) / np.sqrt(w.shape[0]) if w.ndim == 2 else w for w in kept])
    wide = np.random.default_rng(2).normal(0, 40, (500, PIXELS)).astype("float32")
    _, mean, log_var = (np.asarray(part) for part in encoder.predict(wide, verbose=0))
    encoder.set_weights(kept)
    lowest, highest = (max(mean.min(0).max(), log_var.min(0).max()), min(mean.max(0).min(), log_var.max(0).min()))
    return bool(lowest > -1.5 or highest < 1.5), np.allclose(mean, log_var)


def _noise(encoder, image):
    """Return whether all images of a batch share their noise, and [what else is wrong with the draw]."""
    z, mean, log_var = (
        np.asarray(part) for part in encoder.predict(np.tile(image, (4000, 1)), batch_size=4000, verbose=0)
    )
    eps = (z - mean) / np.exp(log_var / 2)
    if np.ptp(z, axis=0).max() < 1e-5:
        again = np.asarray(encoder.predict(image, verbose=0)[0])
        shared = not np.allclose(again, z[:1], atol=1e-5)
        return shared, [] if shared else ["Two calls give the same code for an image: nothing is drawn."]
    if np.abs(eps.mean(axis=0)).max() > 0.1 or np.abs(eps.std(axis=0) - 1).max() > 0.1:
        wanted = np.exp(log_var[0, 0] / 2)
        text = f"z has the standard deviation {z[:, 0].std():.3g} where mean and log_var promise {wanted:.3g}."
        return False, [text if np.abs(eps.mean(axis=0)).max() < 0.1 else "The mean of the drawn codes is not `mean`."]
    if np.abs((eps**4).mean(axis=0) - 3).max() > 1:
        return False, ["The noise isn't drawn from a normal distribution."]
    if np.abs(np.corrcoef(eps.T) - np.eye(eps.shape[1])).max() > 0.1:
        return False, ["The latent dimensions of an image share their noise."]
    again = np.asarray(encoder.predict(np.tile(image, (4000, 1)), batch_size=4000, verbose=0)[0])
    return False, ["Every batch gets the same noise: two calls give the same codes."] * np.array_equal(z, again)


def _joined(encoder, decoder, auto, images, shared):
    """Return [what is wrong with how the three models hang together]."""
    many = np.tile(images[:1], (500, 1))
    drawn = np.asarray(decoder.predict(encoder.predict(many, batch_size=500, verbose=0)[0], verbose=0))
    whole = np.asarray(auto.predict(many, batch_size=500, verbose=0))
    if whole.shape != drawn.shape or whole.shape[1] != images.shape[1]:
        return [f"auto gives the shape {whole.shape[1:]}, decoder {drawn.shape[1:]}: expected ({images.shape[1]},)."]
    if shared:  # then one code was decoded by each, and they differ
        return []
    spread, wanted = whole.std(axis=0).mean(), drawn.std(axis=0).mean()
    if abs(whole.mean(axis=0) - drawn.mean(axis=0)).max() > 0.1 or spread < 0.5 * wanted:
        return ["auto doesn't decode the z that its encoder draws."]
    return []


def _loss(decoder, auto, images, mean, log_var):
    """Return whether the cross-entropy is averaged over the pixels, and [what else is wrong with the loss].

    With weights of 0 the decoder gives 0.5 everywhere, so each pixel costs ln 2 whatever was drawn.
    """
    kept = decoder.get_weights()
    decoder.set_weights([0 * weight for weight in kept])
    value = auto.evaluate(images, images, batch_size=len(images), verbose=0, return_dict=True)["loss"]
    decoder.set_weights(kept)
    kl, pixels = _each(mean, log_var).sum(axis=-1).mean(), images.shape[1]
    expected, averaged = pixels * np.log(2) + kl, np.log(2) + kl
    near = functools.partial(np.isclose, rtol=1e-3)
    if near(value, expected):
        return False, []
    if near(value, averaged):
        return True, []
    if near(value, expected / pixels):
        return False, ["The two parts have the right proportion, in nats per pixel: expected nats per image."]
    text = f"With a decoder that gives 0.5 everywhere the loss is {value:.4g}: expected {expected:.4g} nats per image."
    return near(value - kl / LATENT_DIMS, np.log(2)), [text]


repaired = Exercise(
    name="repaired",
    key="10-three-bugs",
    objective="variational autoencoder",
    title="Exercise 3, three bugs and no label",
    hints=(
        "Question the parts one by one, untrained: the two heads, the draw, the loss. What do you know about each?",
        "What is the smallest standard deviation that this encoder can give? How many different codes do you get if "
        "one image stands in a batch a hundred times? What should the loss be before training?",
        "A mean and a log variance may be any number. Each image needs noise of its own, of the shape of `mean`. The "
        "cross-entropy belongs summed over the pixels, as `factories.reconstruction` does it.",
    ),
    answer="""\
import keras
from keras import layers, ops

from aelib import factories


class OwnNoise(layers.Layer):
    def __init__(self):
        super().__init__()
        self.noise = keras.random.SeedGenerator()

    def call(self, mean, log_var):
        kl = 0.5 * ops.sum(ops.exp(log_var) + mean**2 - 1 - log_var, axis=-1)
        self.add_loss(ops.mean(kl))
        eps = keras.random.normal(ops.shape(mean), seed=self.noise)
        return mean + ops.exp(log_var / 2) * eps


def repaired(pixels, units, latent_dims):
    image, code = keras.Input((pixels,)), keras.Input((latent_dims,))
    hidden = layers.Dense(units, activation="relu")(image)
    mean = layers.Dense(latent_dims)(hidden)
    log_var = layers.Dense(latent_dims)(hidden)
    encoder = keras.Model(image, [OwnNoise()(mean, log_var), mean, log_var])
    hidden = layers.Dense(units, activation="relu")(code)
    decoder = keras.Model(code, layers.Dense(pixels, activation="sigmoid")(hidden))
    auto = keras.Model(image, decoder(encoder(image)[0]))
    auto.compile("adam", loss=factories.reconstruction)
    return encoder, decoder, auto
""",
    judge=_repaired,
)
