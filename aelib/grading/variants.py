"""The variants of the graded exercises, a class's own names, order and sizes drawn by a number; nothing is judged here.

A variant asks for the same models under another name, with other names of the arguments in another order, and shows and
tries them at other sizes. Number 7 is the same everywhere and always. Without a number it is the course's own exercise.
"""

import argparse
import hashlib
import itertools
import json
import pathlib
import re
from typing import NamedTuple

NAMES = {
    "vanilla": ["input_dims", "hidden_layers", "latent_dims"],
    "sparse": ["input_dims", "hidden_layers", "latent_dims", "lambtha"],
    "convolutional": ["input_dims", "filters", "latent_dims"],
    "variational": ["input_dims", "hidden_layers", "latent_dims"],
}
SIZES = {  # the task's, with filters that all differ so that a reversal shows
    "vanilla": [784, [128, 64], 32],
    "sparse": [784, [128, 64], 32],
    "convolutional": [(28, 28, 1), [16, 8, 4], (4, 4, 4)],
    "variational": [784, [512], 2],
}
FUNCTION = "autoencoder"
CLASS = pathlib.Path(__file__).with_name("class.json")  # in the package that a class gets: {"variant": its number}

# What a variant draws from. Names are about as long as the course's own, so that no line of an answer grows too long.
FUNCTIONS = ("build_models", "make_models", "hourglass", "make_trio", "new_networks", "three_models", "assemble")
ARGUMENTS = {  # {task, or "" for the others: {the course's name: names}}
    "": {
        "input_dims": ("pixels", "n_pixels", "image_dims", "data_dims", "in_dims", "data_size"),
        "hidden_layers": ("widths", "layer_sizes", "hidden", "hidden_sizes", "hidden_dims", "dense_sizes"),
        "latent_dims": ("code_size", "code_dims", "bottleneck", "latent_size", "code_length", "latent"),
    },
    "convolutional": {
        "input_dims": ("shape", "in_shape", "data_shape", "image_shape", "image_dims", "data_dims"),
        "filters": ("widths", "maps", "depths", "counts"),
        "latent_dims": ("code_shape", "code_dims", "bottleneck", "latent", "code_grid"),
    },
}
FIRST, SECOND, CODE = (144, 136, 120, 112, 104, 96), (80, 72, 56, 48), (40, 36, 28, 24, 20)  # units of dense layers
WIDE, SPACE = (544, 528, 496, 480, 448, 400), (3, 4, 5)  # units, and dimensions of a latent space
MAPS = (20, 18, 14, 12), (10, 9, 7, 6), (5, 4, 3)  # of convolutions


class Variant(NamedTuple):
    """What is asked for in one task.

    Attributes:
        number: Of the variant; None for the course's own exercise.
        function: The factory's name.
        names: Names of its arguments, in the order of the call.
        order: Which arguments of the course's own exercise these are, as places there.
        sizes: Arguments for a first try, in the order of the course's own exercise.
    """

    number: int | None
    function: str
    names: list
    order: tuple
    sizes: list

    def call(self, arguments):
        """Return a call as it is typed; the arguments come in the order of the course's own exercise."""
        return f"{self.function}({', '.join(map(str, self.ordered(arguments)))})"

    def ordered(self, arguments):
        """Return arguments, which come in the order of the course's own exercise, in the order of the call."""
        return [arguments[place] for place in self.order]


def variant(task, number=None):
    """Return a `Variant` of a task; None is the number of the course's own exercise."""
    own = NAMES[task]
    if number is None:
        return Variant(None, FUNCTION, own, tuple(range(len(own))), SIZES[task])
    pools = ARGUMENTS.get(task, ARGUMENTS[""])
    names = [_drawn(pools[name], number, task, name) if name in pools else name for name in own]
    order = _drawn(list(itertools.permutations(range(len(own))))[1:], number, task, "order")  # the first is the own one
    sizes = [_drawn(pool, number, task, str(place)) for place, pool in enumerate((FIRST, SECOND, CODE))]
    arguments = [784, sizes[:2], sizes[2]]
    if task == "convolutional":
        filters = [_drawn(pool, number, task, str(place)) for place, pool in enumerate(MAPS)]
        arguments = [(28, 28, 1), filters, (4, 4, filters[-1])]
    elif task == "variational":
        arguments = [784, [_drawn(WIDE, number, task, "0")], _drawn(SPACE, number, task, "1")]
    function = _drawn(FUNCTIONS, number, task, "function")
    return Variant(number, function, [names[place] for place in order], order, arguments)


def worded(text, task, number):
    """Return a text on the course's own exercise, a hint or an answer, say, in the words of a variant."""
    if number is None:
        return text
    own, new = variant(task), variant(task, number)
    text = text.replace(f"{FUNCTION}({', '.join(own.names)})", f"{new.function}({', '.join(new.names)})")
    text = re.sub(rf"\b{FUNCTION}(?=\()|(?<=check\(){FUNCTION}(?=\))", new.function, text)
    names = dict(zip(new.ordered(own.names), new.names))
    words = r"\b\w+\b(?!=[^=])"  # and no keywords, as in Conv2D(filters=8)
    return re.sub(words, lambda found: names.get(found[0], found[0]), text)


def of_class():
    """Return the number of the variant of the class that got this package; None if it has none."""
    return json.loads(CLASS.read_text("utf-8"))["variant"] if CLASS.exists() else None


def numbered(text):
    """Return the number of a variant that somebody typed, or raise what `argparse` shows as an error of the call."""
    if not re.fullmatch("0*[1-9][0-9]{0,5}", text, re.A):
        wanted = "expected a whole number from 1 to 999999, e.g. 7, the same for the whole class"
        raise argparse.ArgumentTypeError(f"{text!r} is no number of a variant: {wanted}.")
    return int(text)


def _drawn(pool, number, *what):
    """Return one of a pool, drawn by the variant's number and what it is for, the same with every Python."""
    digest = hashlib.sha256("/".join([str(number), *what]).encode()).digest()
    return pool[int.from_bytes(digest[:8], "big") % len(pool)]
