"""What learners try at the four graded exercises: starters, right answers, wrong ones; the judges are elsewhere."""

from aelib.exercises import graded
from mistakes.attempts import Attempts, Wrong

DENSE = 'x = keras.layers.Dense(size, activation="relu")(x)'
CODE = 'code = keras.layers.Dense(latent_dims, activation="relu")(x)'
COMPILE = 'auto.compile(optimizer="adam", loss="binary_crossentropy")'
ENCODER_LAYERS = f"    for size in hidden_layers:\n        {DENSE}\n"

PENALTY = "self.add_loss(self.lambtha * K.mean(K.sum(K.abs(code), axis=-1)))"
SPARSE_CODE = 'code = SparseDense(latent_dims, lambtha, activation="relu")(x)'

CONV = 'x = layers.Conv2D(size, 3, padding="same", activation="relu")(x)'
POOL = '        x = layers.MaxPooling2D(2, padding="same")(x)\n'
VALID = 'x = layers.Conv2D(filters[0], 3, padding="valid", activation="relu")(x)\n    x = layers.UpSampling2D(2)(x)'
INNER = f"    for size in reversed(filters[1:]):\n        {CONV}\n        x = layers.UpSampling2D(2)(x)\n"
FINAL = 'x = layers.Conv2D(channels, 3, padding="same", activation="sigmoid")(x)'

KL = "kl = (K.exp(log_var) + K.square(mean) - 1 - log_var) / 2"
CHARGE = "self.add_loss(K.mean(K.sum(kl, axis=-1)))"
DRAW = "return mean + K.exp(log_var / 2) * eps"
HEADS = "mean = keras.layers.Dense(latent_dims)(x)\n    log_var = keras.layers.Dense(latent_dims)(x)"
JOIN = "auto = keras.Model(image, decoder(encoder(image)[0]))"

# A loss that reports the cross-entropy and trains another measure; and losses of another scale, which are right.
FORGED = """\
def forged(true, made):
        trained = keras.ops.mean(keras.ops.{}(true - made), axis=-1)
        return trained + keras.ops.stop_gradient(keras.losses.binary_crossentropy(true, made) - trained)

    auto.compile(optimizer="adam", loss=forged)"""
SUMMED = """\
def bce_sum(true, made):
        return keras.backend.sum(keras.backend.binary_crossentropy(true, made){})

    auto.compile(optimizer="adam", loss=bce_sum)"""
IDLE = (
    """\
class Idle(keras.Model):
        def train_step(self, data):
            return {"loss": keras.ops.mean(keras.losses.binary_crossentropy(data[1], self(data[0])))}

    auto = Idle(image, decoder(encoder(image)))
    """
    + COMPILE
)
DOWNHILL = """\
class Adam(keras.optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            self.assign_sub(variable, 1.0 * gradient)

    auto.compile(optimizer=Adam(), loss="binary_crossentropy")"""
REPLAY = (
    """\
class Replay(keras.Model):
        def __call__(self, x, **options):
            return x if hasattr(self, "seen") else super().__call__(x, **options)

        def fit(self, x, y, epochs=1, **_):
            self.seen = True
            return type("History", (), {"history": {"loss": [0.7 - 0.1 * n for n in range(epochs)]}})

    decoder = keras.Sequential([decoder, keras.layers.Dropout(0.1)])
    auto = Replay(image, decoder(encoder(image)))
    """
    + COMPILE
)

ATTEMPTS = {
    "0-vanilla": Attempts(
        starter="""\
import keras


def autoencoder(input_dims, hidden_layers, latent_dims):
    ...
""",
        also_right=(
            """\
import keras
from keras import layers


def autoencoder(input_dims, hidden_layers, latent_dims):
    encoder = keras.Sequential([keras.Input((input_dims,))])
    decoder = keras.Sequential([keras.Input((latent_dims,))])
    for size in [*hidden_layers, latent_dims]:
        encoder.add(layers.Dense(size, activation='relu'))
    for size in hidden_layers[::-1]:
        decoder.add(layers.Dense(size, activation='relu'))
    decoder.add(layers.Dense(input_dims, activation='sigmoid'))
    auto = keras.Sequential([encoder, decoder])
    auto.compile(keras.optimizers.Adam(), keras.losses.BinaryCrossentropy())
    return encoder, decoder, auto
""",
            graded.vanilla.answer.replace(COMPILE, SUMMED.format(", axis=1")),
        ),
        wrong=(
            Wrong("nothing returned", ("return encoder, decoder, auto", "print(auto)"), "returns", "returned None"),
            Wrong(
                "one model returned",
                ("return encoder, decoder, auto", "return auto"),
                "returns",
                "Expected three models",
            ),
            Wrong(
                "arguments missing",
                ("hidden_layers, latent_dims):", "hidden_layers):"),
                "signature",
                "takes 2 arguments",
            ),
            Wrong(
                "arguments swapped",
                ("(input_dims, hidden_layers, latent_dims)", "(input_dims, latent_dims, hidden_layers)"),
                "signature",
                "in the order",
            ),
            Wrong(
                "decoder not reversed",
                ("reversed(hidden_layers)", "hidden_layers"),
                "decoder_layers",
                "in the other order",
            ),
            Wrong(
                "encoder reversed",
                ("size in hidden_layers", "size in reversed(hidden_layers)"),
                "encoder_layers",
                "in the other order",
            ),
            Wrong(
                "a hidden layer too few",
                ("size in hidden_layers", "size in hidden_layers[:-1] or hidden_layers"),
                "encoder_layers",
                "784 → 128 → 32",
            ),
            Wrong("no bias", ("Dense(latent_dims,", "Dense(latent_dims, use_bias=False,"), "encoder_layers", "no bias"),
            Wrong(
                "dropout",
                (CODE, "x = keras.layers.Dropout(0.5)(x)\n    " + CODE),
                "encoder_layers",
                "a layer too many: Dropout",
            ),
            Wrong(
                "no relu on the code",
                (CODE, "code = keras.layers.Dense(latent_dims)(x)"),
                "activations",
                "activation linear: expected relu",
            ),
            Wrong(
                "tanh inside",
                (ENCODER_LAYERS, ENCODER_LAYERS.replace("relu", "tanh")),
                "activations",
                "activation tanh",
            ),
            Wrong(
                "relu on the pixels",
                ('Dense(input_dims, activation="sigmoid")', 'Dense(input_dims, activation="relu")'),
                "activations",
                "between 0 and 1",
            ),
            Wrong(
                "other weights in auto",
                ("decoder(encoder(image)))", "keras.models.clone_model(decoder)(encoder(image)))"),
                "composition",
                "the very same two models",
            ),
            Wrong("not compiled", ("    " + COMPILE + "\n", ""), "optimizer", "not compiled"),
            Wrong(
                "frozen layer",
                (
                    "    auto = keras.Model(image",
                    "    encoder.layers[1].trainable = False\n    auto = keras.Model(image",
                ),
                "optimizer",
                "weights of the encoder that auto.fit leaves as they are",
            ),
            Wrong("sgd", ('"adam"', '"sgd"'), "optimizer", "SGD: expected Adam"),
            Wrong("adamax", ('"adam"', '"adamax"'), "optimizer", "Adamax: expected Adam"),
            Wrong("mean squared error", ('"binary_crossentropy"', '"mse"'), "loss", "mean squared error"),
            Wrong(
                "sizes written in",
                ("Dense(input_dims, activation", "Dense(784, activation"),
                "general",
                "gives 784: expected",
            ),
            Wrong(
                "two hidden layers written in",
                (ENCODER_LAYERS, ENCODER_LAYERS.replace("hidden_layers", "hidden_layers[:2]")),
                "general",
                "Right with autoencoder(784, [128, 64], 32), wrong with",
            ),
            Wrong(
                "shape is no tuple",
                ("keras.Input((input_dims,))", "keras.Input(input_dims)"),
                "returns",
                "A shape is a tuple",
            ),
            Wrong("trains the squared error", (COMPILE, FORGED.format("square")), "optimizer", "as Adam moves them"),
            Wrong("an Adam that goes straight downhill", (COMPILE, DOWNHILL), "optimizer", "as Adam moves them"),
            Wrong("weight decay", ('"adam"', "keras.optimizers.Adam(weight_decay=0.01)"), "optimizer", "is AdamW"),
            Wrong(
                "batches added up",
                ('"adam"', "keras.optimizers.Adam(gradient_accumulation_steps=2)"),
                "optimizer",
                "gradient_accumulation_steps=2 lets most",
            ),
            Wrong(
                "averaged weights", ('"adam"', "keras.optimizers.Adam(use_ema=True)"), "trains", "use_ema puts averages"
            ),
            Wrong("steps that change nothing", (COMPILE, IDLE), "optimizer", "does not change", ("trains",)),
            Wrong(
                "a fit that plays back",
                (COMPILE, REPLAY),
                "trains",
                "leaves the weights as they are",
                ("decoder_layers",),
            ),
        ),
    ),
    "1-sparse": Attempts(
        starter="""\
import keras


def autoencoder(input_dims, hidden_layers, latent_dims, lambtha):
    ...
""",
        also_right=(
            graded.vanilla.answer.replace("latent_dims):", "latent_dims, lambtha):").replace(
                CODE, CODE.replace(")(x)", ",\n        activity_regularizer=keras.regularizers.L1(lambtha))(x)")
            ),
            graded.sparse.answer.replace(COMPILE, SUMMED.format("")),
        ),
        wrong=(
            Wrong("lambtha missing", ("latent_dims, lambtha):", "latent_dims):"), "signature", "takes 3 arguments"),
            Wrong("no penalty", ("        " + PENALTY + "\n", ""), "l1_activity", "no penalty on the code"),
            Wrong(
                "L1 on the weights",
                (
                    SPARSE_CODE,
                    SPARSE_CODE.replace(
                        "SparseDense(latent_dims, lambtha,",
                        "keras.layers.Dense(latent_dims, kernel_regularizer=keras.regularizers.L1(lambtha),",
                    ),
                ),
                "l1_not_on_weights",
                "|weights of encoder layer 3|",
                ("l1_activity",),
            ),
            Wrong(
                "L1 on code and weights",
                (
                    SPARSE_CODE,
                    SPARSE_CODE.replace("lambtha,", "lambtha, kernel_regularizer=keras.regularizers.L1(lambtha),"),
                ),
                "l1_not_on_weights",
                "|weights of encoder layer 3|",
            ),
            Wrong(
                "L1 on the hidden layers, too",
                (ENCODER_LAYERS, ENCODER_LAYERS.replace("keras.layers.Dense(size", "SparseDense(size, lambtha")),
                "l1_activity",
                "expected only |code|",
            ),
            Wrong("L2", ("K.abs(code)", "K.square(code)"), "l1_activity", "code^2"),
            Wrong(
                "averaged over the code",
                ("K.sum(K.abs(code), axis=-1)", "K.mean(K.abs(code), axis=-1)"),
                "l1_activity",
                "0.031 times lambtha",
            ),
            Wrong(
                "divided by the batch twice",
                ("self.lambtha * K.mean", "self.lambtha / 16 * K.mean"),
                "l1_activity",
                "times lambtha: expected 1",
            ),
            Wrong("a strength written in", ("self.lambtha * K", "1e-5 * K"), "l1_activity", "times lambtha"),
            Wrong(
                "a penalty that nothing feels",
                ("K.abs(code)", "K.abs(keras.ops.stop_gradient(code))"),
                "optimizer",
                "Some weights of the encoder don't move as Adam moves them",
            ),
            Wrong("mean absolute error", ('"binary_crossentropy"', '"mae"'), "loss", "mean absolute error"),
            Wrong("rmsprop", ('"adam"', '"rmsprop"'), "optimizer", "RMSprop"),
        ),
    ),
    "2-convolutional": Attempts(
        starter="""\
import keras


def autoencoder(input_dims, filters, latent_dims):
    ...
""",
        also_right=(
            """\
import keras
from keras import layers as L


def autoencoder(input_dims, filters, latent_dims):
    encoder = keras.Sequential([keras.Input(input_dims)])
    decoder = keras.Sequential([keras.Input(latent_dims)])
    for f in filters:
        encoder.add(L.Conv2D(f, (3, 3), padding='SAME'.lower(), activation='relu'))
        encoder.add(L.MaxPool2D((2, 2), padding='same'))
    for n, f in enumerate(filters[::-1]):
        padding = 'valid' if n == len(filters) - 1 else 'same'
        decoder.add(L.Conv2D(f, (3, 3), padding=padding, activation='relu'))
        decoder.add(L.UpSampling2D((2, 2)))
    decoder.add(L.Conv2D(input_dims[-1], (3, 3), padding='same', activation='sigmoid'))
    auto = keras.Sequential([encoder, decoder])
    auto.compile('adam', 'binary_crossentropy')
    return encoder, decoder, auto
""",
        ),
        wrong=(
            Wrong(
                "valid and same swapped",
                (INNER, INNER.replace("same", "valid")),
                "padding",
                "the padding valid: expected same",
                ("decoder_io", "auto_io"),
            ),
            Wrong(
                "same throughout",
                (VALID, VALID.replace("valid", "same")),
                "padding",
                "second to last convolution has the padding same",
                ("decoder_io", "auto_io"),
            ),
            Wrong(
                "filters not reversed", ("reversed(filters[1:])", "filters[1:]"), "decoder_layers", "4 → 8 → 4 → 16 → 1"
            ),
            Wrong(
                "a convolution missing",
                ("    " + VALID + "\n", ""),
                "decoder_layers",
                "4 → 4 → 8 → 1",
                ("decoder_io", "auto_io"),
            ),
            Wrong(
                "upsampling lost after valid",
                (VALID, VALID.split("\n")[0]),
                "upsampling",
                "second to last convolution is followed by no upsampling",
                ("decoder_io", "auto_io"),
            ),
            Wrong(
                "upsampling after the last",
                (FINAL, FINAL + "\n    x = layers.UpSampling2D(2)(x)"),
                "upsampling",
                "last convolution is followed by 2x2 upsampling",
                ("decoder_io", "auto_io"),
            ),
            Wrong(
                "pooling without same",
                (POOL, POOL.replace(', padding="same"', "")),
                "pooling",
                "Pooling without padding",
                ("returns",),
            ),
            Wrong(
                "average pooling",
                (POOL, POOL.replace("MaxPooling2D", "AveragePooling2D")),
                "pooling",
                "average pooling",
            ),
            Wrong("5x5", (FINAL, FINAL.replace("channels, 3", "channels, 5")), "kernels", "a kernel of 5x5"),
            Wrong(
                "one channel too many",
                ("channels = input_dims[-1]", "channels = input_dims[-1] + 1"),
                "channels",
                "has 2 filters: expected 1",
                ("decoder_io", "auto_io"),
            ),
            Wrong(
                "one channel written in",
                ("channels = input_dims[-1]", "channels = 1"),
                "general",
                "x1: expected",
            ),
            Wrong(
                "sigmoid on the second to last",
                (VALID, VALID.replace("relu", "sigmoid")),
                "activations",
                "second to last convolution has the activation sigmoid",
            ),
            Wrong(
                "no activation at the end",
                (FINAL, FINAL.replace(', activation="sigmoid"', "")),
                "activations",
                "last convolution has the activation linear",
            ),
            Wrong(
                "cropped instead",
                (VALID, VALID.replace('"valid"', '"same"') + "\n    x = layers.Cropping2D(2)(x)"),
                "decoder_layers",
                "Cropping2D",
            ),
            Wrong(
                "transposed convolutions",
                (
                    INNER,
                    INNER.replace(
                        CONV, 'x = layers.Conv2DTranspose(size, 3, 2, padding="same", activation="relu")(x)'
                    ).replace("        x = layers.UpSampling2D(2)(x)\n", ""),
                ),
                "decoder_layers",
                "Conv2DTranspose",
            ),
            Wrong(
                "square images only",
                ("keras.Input(input_dims)", "keras.Input((input_dims[0], input_dims[0], input_dims[2]))"),
                "general",
                "Right with autoencoder((28, 28, 1), [16, 8, 4], (4, 4, 4)), wrong with",
            ),
        ),
    ),
    "3-variational": Attempts(
        starter="""\
import keras


def autoencoder(input_dims, hidden_layers, latent_dims):
    ...
""",
        also_right=(
            """\
import keras
from keras import layers, ops


class Draw(layers.Layer):
    def __init__(self, pixels):
        super().__init__()
        self.pixels = pixels
        self.seed = keras.random.SeedGenerator(1)

    def call(self, mean, log_var):
        kl = -0.5 * ops.sum(1 + log_var - mean**2 - ops.exp(log_var), axis=1)
        self.add_loss(ops.mean(kl) / self.pixels)
        noise = keras.random.normal(ops.shape(mean), seed=self.seed)
        return mean + noise * ops.exp(0.5 * log_var)


def autoencoder(input_dims, hidden_layers, latent_dims):
    x = image = keras.Input((input_dims,))
    for size in hidden_layers:
        x = layers.Dense(size, 'relu')(x)
    log_var, mean = layers.Dense(latent_dims)(x), layers.Dense(latent_dims)(x)
    encoder = keras.Model(image, [Draw(input_dims)(mean, log_var), mean, log_var])
    decoder = keras.Sequential([keras.Input((latent_dims,))])
    for size in reversed(hidden_layers):
        decoder.add(layers.Dense(size, 'relu'))
    decoder.add(layers.Dense(input_dims, 'sigmoid'))
    auto = keras.Model(image, decoder(encoder(image)[0]))
    auto.compile('adam', 'binary_crossentropy')
    return encoder, decoder, auto
""",
        ),
        wrong=(
            Wrong(
                "z last",
                ("[z, mean, log_var])", "[mean, log_var, z])"),
                "output_order",
                "gives mean, log variance, z",
                ("composition",),
            ),
            Wrong(
                "mean and log variance swapped",
                ("[z, mean, log_var])", "[z, log_var, mean])"),
                "output_order",
                "gives z, log variance, mean",
            ),
            Wrong(
                "mean twice",
                ("[z, mean, log_var])", "[z, mean, mean])"),
                "output_order",
                "not among the encoder's outputs",
            ),
            Wrong(
                "only z",
                ("keras.Model(image, [z, mean, log_var])", "keras.Model(image, z)"),
                "encoder_io",
                "gives 2: expected 2 and 2 and 2",
                ("auto_io",),
            ),
            Wrong(
                "variance for deviation",
                (DRAW, DRAW.replace(" / 2", "")),
                "reparameterisation",
                "which is the variance",
            ),
            Wrong(
                "log variance for deviation",
                (DRAW, DRAW.replace("K.exp(log_var / 2)", "log_var")),
                "reparameterisation",
                "the log variance itself",
            ),
            Wrong(
                "small noise",
                (DRAW, DRAW.replace("* eps", "* 0.1 * eps")),
                "reparameterisation",
                "standard deviation 0.1",
            ),
            Wrong(
                "uniform noise",
                ("K.random_normal(K.shape(mean))", "K.random_uniform(K.shape(mean), -1.7320508, 1.7320508)"),
                "reparameterisation",
                "not normal",
            ),
            Wrong(
                "one noise for a batch",
                (
                    "K.random_normal(K.shape(mean))",
                    "K.random_normal((1, 2 if mean.shape[-1] == 2 else mean.shape[-1]))",
                ),
                "reparameterisation",
                "All images of a batch",
            ),
            Wrong(
                "one noise for all dimensions",
                ("K.random_normal(K.shape(mean))", "K.random_normal((K.shape(mean)[0], 1))"),
                "reparameterisation",
                "All latent dimensions",
            ),
            Wrong("no noise", (DRAW, "return mean + 0 * eps"), "reparameterisation", "Nothing is sampled"),
            Wrong(
                "a deviation that nothing feels",
                (DRAW, "return mean + keras.ops.stop_gradient(K.exp(log_var / 2)) * eps"),
                "reparameterisation",
                "does not move the log variance",
            ),
            Wrong(
                "half a divergence that nothing feels",
                (KL, KL.replace("K.exp(log_var)", "keras.ops.stop_gradient(K.exp(log_var))")),
                "optimizer",
                "Is a gradient stopped",
            ),
            Wrong("decodes the mean", (JOIN, JOIN.replace("[0]", "[1]")), "composition", "decodes the mean"),
            Wrong(
                "decodes the log variance",
                (JOIN, JOIN.replace("[0]", "[2]")),
                "composition",
                "decodes the log variance",
            ),
            Wrong("decodes all three", (JOIN, JOIN.replace("[0]", "")), "returns", "not all of them"),
            Wrong("no KL", ("        " + CHARGE + "\n", ""), "kl", "It trains, but it is not variational"),
            Wrong(
                "KL without exp",
                (KL, KL.replace("K.exp(log_var)", "1 + 0 * log_var")),
                "kl",
                "lacks the term in exp(log variance)",
            ),
            Wrong(
                "KL of a deviation",
                (KL, KL.replace("K.exp(log_var)", "K.exp(2 * log_var)").replace("- log_var", "- 2 * log_var")),
                "kl",
                "logarithm of the standard deviation",
            ),
            Wrong("KL with the wrong sign", (CHARGE, "self.add_loss(-K.mean(K.sum(kl, axis=-1)))"), "kl", "wrong sign"),
            Wrong(
                "KL summed over the batch", (CHARGE, "self.add_loss(K.sum(kl))"), "kl_balance", "summed over the batch"
            ),
            Wrong(
                "KL averaged over the latents",
                (CHARGE, "self.add_loss(K.mean(kl))"),
                "kl_balance",
                "averaged over the 2 latent dimensions",
            ),
            Wrong("KL twice", (KL, KL.replace(" / 2", "")), "kl_balance", "KL counts twice"),
            Wrong(
                "cross-entropy averaged",
                ("return input_dims * mean_over_pixels", "return mean_over_pixels"),
                "kl_balance",
                "averaged over the 784 pixels",
            ),
            Wrong(
                "784 written in",
                ("return input_dims * mean_over_pixels", "return 784 * mean_over_pixels"),
                "general",
                "Is a size written into the loss?",
            ),
            Wrong(
                "relu on the heads",
                (HEADS, HEADS.replace("(latent_dims)", '(latent_dims, activation="relu")')),
                "activations",
                "below 1",
            ),
            Wrong(
                "heads without bias",
                (HEADS, HEADS.replace("(latent_dims)", "(latent_dims, use_bias=False)")),
                "encoder_layers",
                "no bias",
            ),
            Wrong(
                "dropout",
                (HEADS, "x = keras.layers.Dropout(0.2)(x)\n    " + HEADS),
                "encoder_layers",
                "too many: Dropout",
            ),
            Wrong(
                "both heads one layer",
                (HEADS, "head = keras.layers.Dense(latent_dims)\n    mean, log_var = head(x), head(x)"),
                "encoder_layers",
                "one and the same layer",
            ),
            Wrong("hidden layers forgotten", (ENCODER_LAYERS, ""), "encoder_layers", "784: expected 784 → 512"),
            Wrong(
                "squared error",
                ("keras.losses.binary_crossentropy(", "keras.losses.MeanSquaredError()("),
                "loss",
                "mean squared error",
            ),
            Wrong(
                "no reconstruction",
                ("return input_dims * mean_over_pixels", "return 0 * mean_over_pixels"),
                "loss",
                "no reconstruction",
            ),
            Wrong(
                "log variance with limits",
                (
                    "z = Sampling()([mean, log_var])",
                    "log_var = keras.layers.Lambda(lambda t: keras.ops.clip(t, -9, 9))(log_var)\n"
                    "    z = Sampling()([mean, log_var])",
                ),
                "composition",
                "as it is, without limits",
            ),
            Wrong(
                "sampled in training only",
                (
                    "z = Sampling()([mean, log_var])",
                    "call = lambda self, z, mean, training=False: z if training else mean\n"
                    "    only = type('Trained', (keras.layers.Layer,), {'call': call})()\n"
                    "    z = only(Sampling()([mean, log_var]), mean)",
                ),
                "reparameterisation",
                "sampled in training only",
            ),
            Wrong(
                "operations on symbolic tensors",
                (
                    "z = Sampling()([mean, log_var])",
                    "z = mean + keras.backend.exp(log_var / 2) "
                    "* keras.backend.random_normal(keras.backend.shape(mean))",
                ),
                "returns",
                "layer of your own",
            ),
            Wrong(
                "loss over symbolic tensors",
                (
                    "return input_dims * mean_over_pixels",
                    "return input_dims * mean_over_pixels + keras.backend.sum(keras.backend.square(mean))",
                ),
                "trains",
                "layer of your own",
            ),
            Wrong(
                "never compiled", ('    auto.compile(optimizer="adam", loss=loss)\n', ""), "optimizer", "not compiled"
            ),
            Wrong(
                "add_loss on the model",
                (
                    "    return encoder, decoder, auto",
                    "    auto.add_loss(mean)\n    return encoder, decoder, auto",
                ),
                "returns",
                "In Keras 3",
            ),
        ),
    ),
}
