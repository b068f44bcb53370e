"""The four graded exercises: hints, answers and which judge examines them; nothing is judged here.

The answers are the files in `solutions`, which are also what a learner could hand in.
"""

import pathlib

from aelib.exercise import Exercise
from aelib.grading import child, judge

SOLUTIONS = pathlib.Path(__file__).with_name("solutions")


def _judge(task):
    """Return the function that judges a learner's factory in the learner's own process."""

    def judged(attempt):
        return judge.judge(task, child.Child(attempt).answer, seed=0)

    return judged


def _answer(name):
    """Return the text of a solution."""
    return (SOLUTIONS / name).read_text("utf-8")


vanilla = Exercise(
    name="autoencoder",
    key="0-vanilla",
    objective="autoencoder",
    title="Graded exercise 0, vanilla autoencoder",
    hints=(
        "You wrote these three models in the section 'Two functions', with numbers in place of the arguments.",
        "Begin with keras.Input((input_dims,)) and loop over hidden_layers. keras.Model(first, last) makes a model.",
        "For the decoder begin with a new keras.Input((latent_dims,)) and loop over reversed(hidden_layers).",
        "The autoencoder calls the two models you have: keras.Model(image, decoder(encoder(image))). Compile it.",
    ),
    answer=_answer("0-vanilla.py"),
    judge=_judge("vanilla"),
)

sparse = Exercise(
    name="autoencoder",
    key="1-sparse",
    objective="sparse autoencoder",
    title="Graded exercise 1, sparse autoencoder",
    hints=(
        "Begin with your vanilla autoencoder. One layer changes.",
        "A layer has several regularisers: one for its kernel, one for its bias, one for what it gives.",
        "activity_regularizer=keras.regularizers.L1(lambtha), on the layer of the code alone.",
    ),
    answer=_answer("1-sparse.py"),
    judge=_judge("sparse"),
)

convolutional = Exercise(
    name="autoencoder",
    key="2-convolutional",
    objective="convolutional autoencoder",
    title="Graded exercise 2, convolutional autoencoder",
    hints=(
        "Write down the sides after each layer: 28, 14, 7, 4 on the way down. Which ones on the way up?",
        "4, 8, 16 and then 14 and 28: the convolution without padding takes two pixels off.",
        "The convolution with padding valid is followed by an upsampling, too. Only the very last one is not.",
    ),
    answer=_answer("2-convolutional.py"),
    judge=_judge("convolutional"),
)

variational = Exercise(
    name="autoencoder",
    key="3-variational",
    objective="variational autoencoder",
    title="Graded exercise 3, variational autoencoder",
    hints=(
        "The noise and the KL divergence both need mean and log_var. A layer of your own can take both.",
        "In the layer's call: self.add_loss(...) for the KL divergence, and return z.",
        "Keras averages the cross-entropy over the pixels. To sum it, multiply by their number.",
        "KL of one image: half the sum over the dimensions of exp(log_var) + mean^2 - 1 - log_var.",
    ),
    answer=_answer("3-variational.py"),
    judge=_judge("variational"),
)

TASKS = {"vanilla": vanilla, "sparse": sparse, "convolutional": convolutional, "variational": variational}
