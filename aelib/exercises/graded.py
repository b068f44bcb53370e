"""The four graded exercises: hints, answers and which judge examines them; nothing is judged here.

The answers are the files in `solutions`, which are also what a learner could hand in. A package that a teacher has made
for a class lacks them, and asks for the class's variant, if there is one.
"""

import pathlib

from aelib.exercise import Exercise
from aelib.grading import child, judge, variants

SOLUTIONS = pathlib.Path(__file__).with_name("solutions")


def tasks(number=None):
    """Return {task: `Exercise`} of a class's variant; None is the number of the course's own exercises."""
    return {task: _exercise(place, task, number) for place, task in enumerate(_HINTS)}


def _exercise(place, task, number):
    """Return a task as an exercise, in the words of a variant."""

    def judged(attempt):
        return judge.judge(task, child.Child(attempt).answer, seed=0, variant=number)

    file = SOLUTIONS / f"{place}-{task}.py"
    answer = file.read_text("utf-8") if file.exists() else ""
    return Exercise(
        name=variants.variant(task, number).function,
        key=f"{place}-{task}",
        objective=_OBJECTIVES[task],
        title=f"Graded exercise {place}, {task} autoencoder",
        hints=tuple(variants.worded(hint, task, number) for hint in _HINTS[task]),
        answer=variants.worded(answer, task, number),
        judge=judged,
    )


_OBJECTIVES = {
    "vanilla": "autoencoder",
    "sparse": "sparse autoencoder",
    "convolutional": "convolutional autoencoder",
    "variational": "variational autoencoder",
}
_HINTS = {
    "vanilla": (
        "You wrote these three models in the section 'Two functions', with numbers in place of the arguments.",
        "Begin with keras.Input((input_dims,)) and loop over hidden_layers. keras.Model(first, last) makes a model.",
        "For the decoder begin with a new keras.Input((latent_dims,)) and loop over reversed(hidden_layers).",
        "The autoencoder calls the two models you have: keras.Model(image, decoder(encoder(image))). Compile it.",
    ),
    "sparse": (
        "Begin with your vanilla autoencoder. One layer changes.",
        "A layer has several regularisers: one for its kernel, one for its bias, one for what it gives.",
        "activity_regularizer=keras.regularizers.L1(lambtha), on the layer of the code alone.",
    ),
    "convolutional": (
        "Write down the sides after each layer: 28, 14, 7, 4 on the way down. Which ones on the way up?",
        "4, 8, 16 and then 14 and 28: the convolution without padding takes two pixels off.",
        "The convolution with padding valid is followed by an upsampling, too. Only the very last one is not.",
    ),
    "variational": (
        "The noise and the KL divergence both need mean and log_var. A layer of your own can take both.",
        "In the layer's call: self.add_loss(...) for the KL divergence, and return z.",
        "Keras averages the cross-entropy over the pixels. To sum it, multiply by their number.",
        "KL of one image: half the sum over the dimensions of exp(log_var) + mean^2 - 1 - log_var.",
    ),
}

TASKS = tasks(variants.of_class())
vanilla, sparse, convolutional, variational = TASKS.values()
