"""The child, which holds a learner's models and answers the judge's questions in plain data; nothing is judged here.

A question is a command, one of `COMMANDS`, with arguments; an answer is a dictionary of numbers, strings, lists
and arrays. A learner's mistake is an answer, too: `{"error": {"type", "message", "line", "text"}}`.
"""

import contextlib
import copy
import importlib
import inspect
import json
import math
import operator
import traceback

import numpy as np

COMMANDS = ("load", "signature", "build", "call", "describe", "weights", "assign", "fit", "steps")
MODELS = ("encoder", "decoder", "auto")
SETTINGS = ("beta_1", "beta_2", "epsilon", "amsgrad", "weight_decay", "clipnorm", "global_clipnorm", "clipvalue")
SETTINGS += ("use_ema", "gradient_accumulation_steps")

# What a message may hold at most; of the models of this course, none comes near.
LONGEST_TEXT = 1 << 16  # bytes of JSON, the arrays not counted
LONGEST_STRING = 4096  # characters
LONGEST_NUMBER = 32  # digits
MOST_ARRAYS = 1000
MOST_SIZES = 32  # dimensions of an array
DEEPEST = 20  # lists in lists; a dictionary is two


class NoAnswer(Exception):
    """The child does not answer any more; the message says why, in the past tense."""


class Child:
    """A learner's factory and the three models that it returned last.

    Args:
        factory: The learner's function; None until `load` has found it in a file.
        path: The learner's file, whose lines are quoted when something fails; None in a notebook.
    """

    def __init__(self, factory=None, path=None):
        self.factory = factory
        self.path = path
        self.models = {}
        self.functions = {}

    def answer(self, command, **arguments):
        """Return the answer to a question, also when the learner's code fails or tries to leave."""
        try:
            return (
                getattr(self, f"_{command}")(**arguments)
                if command in COMMANDS
                else {"error": _error(ValueError(command))}
            )
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit is a learner's mistake as well
            return {"error": self._told(error)}

    def _load(self, function):
        """Run the learner's file, decoded as Python decodes it, and find the function in it."""
        with open(self.path, "rb") as file:
            source = file.read()
        space = {"__name__": "submission", "__file__": self.path}
        exec(compile(source, self.path, "exec"), space)
        self.factory = space.get(function)
        self.functions = {
            str(name): value
            for name, value in space.items()
            if inspect.isfunction(value) and value.__module__ == "submission" and not name.startswith("_")
        }
        return {"found": callable(self.factory), "functions": sorted(self.functions)[:20]}

    def _signature(self, function=None):
        """Return the names of the factory's arguments, and how many it takes by position: at least, at most.

        From then on a function of the file, if one is named, is the factory.
        """
        self.factory = self.factory if function is None else self.functions[function]
        parameters = inspect.signature(self.factory).parameters.values()
        placed = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        most = 99 if any(p.kind is p.VAR_POSITIONAL for p in parameters) else len(placed)
        return {"names": [p.name for p in placed], "least": sum(p.default is p.empty for p in placed), "most": most}

    def _build(self, arguments):
        """Call the factory with its own copy of the arguments, and say what came back."""
        self.models = {}
        returned = self.factory(*copy.deepcopy(arguments))
        kinds = [type(value).__name__ for value in returned] if isinstance(returned, (tuple, list)) else None
        if kinds is not None and len(kinds) == 3:
            self.models = dict(zip(MODELS, returned))
        usable = [all(hasattr(model, name) for name in ("get_weights", "fit")) for model in self.models.values()]
        return {"type": type(returned).__name__, "kinds": kinds, "models": usable}

    def _call(self, model, inputs, training=False, copies=1):
        """Return what a model makes of inputs, each repeated some times, as a list of arrays."""
        made = self.models[model](np.repeat(inputs, copies, axis=0), training=training)
        made = list(made.values()) if isinstance(made, dict) else made
        return {"outputs": [_array(value) for value in (made if isinstance(made, (list, tuple)) else [made])]}

    def _describe(self):
        """Return class names of the models' layers and of the optimizer and its parents, and the optimizer's settings.

        These explain what is found, and where they say how the weights should move, the weights have to agree.
        """
        optimizer = getattr(self.models["auto"], "optimizer", None)
        settings = {}
        for name in SETTINGS:
            with contextlib.suppress(Exception):  # None, or there is no such setting
                settings[name] = float(_array(getattr(optimizer, name)))
        return {
            "layers": {name: _layers(model) for name, model in self.models.items()},
            "optimizer": [] if optimizer is None else [kind.__name__ for kind in type(optimizer).__mro__],
            "settings": settings,
        }

    def _weights(self, models=("encoder", "decoder")):
        """Return the models' weights, in the models' own order."""
        return {name: [_array(value) for value in self.models[name].get_weights()] for name in models}

    def _assign(self, changes):
        """Replace some of the models' weights: {model: {index: array}}, in the order of `weights`."""
        for name, values in changes.items():
            weights = self.models[name].weights
            for index, value in values.items():
                weights[int(index)].assign(np.array(value))  # a copy: PyTorch would train in the one it is given
        return {}

    def _fit(self, images, epochs=1, batch_size=None, eager=False):
        """Train the autoencoder on the images in their order, and return the loss of each epoch.

        `eager` takes one step on all images, without compiling it first if it can.
        """
        auto = self.models["auto"]
        if eager and _one_by_one(auto):
            auto.run_eagerly = not _on_jax(auto)  # which would compile each operation by itself
            auto.reset_metrics()
            return {"losses": [float(_array(_total(auto.train_on_batch(images, images, return_dict=True))))]}
        size = batch_size or len(images)
        with contextlib.suppress(Exception):  # a built optimizer spares TensorFlow a second tracing of the first step
            auto.optimizer.build(auto.trainable_variables)
        history = auto.fit(images, images, epochs=epochs, batch_size=size, shuffle=False, verbose=0).history
        return {"losses": [float(_array(value)) for value in _total(history)]}

    def _steps(self, images, states):
        """Train on one batch from each state, {model: {index: array}}; return the losses and the weights afterwards.

        All are steps of one call of `fit`, which takes longer than a step, where a callback can come between them.
        """
        auto, losses, weights = self.models["auto"], [], []
        size = len(images) // len(states)
        library = importlib.import_module(_library(auto))

        def begin(batch, logs=None):
            auto.reset_metrics()
            self._assign(states[len(losses)])

        def end(batch, logs=None):
            losses.append(float(_array(_total(logs))))
            weights.append(self._weights())

        if _one_by_one(auto) and not _on_jax(auto):  # where the weights are elsewhere during a fit
            with contextlib.suppress(Exception):
                auto.optimizer.build(auto.trainable_variables)
            follow = library.callbacks.LambdaCallback(on_train_batch_begin=begin, on_train_batch_end=end)
            auto.fit(images, images, batch_size=size, shuffle=False, verbose=0, callbacks=[follow])
        for number in range(len(losses), len(states)):
            self._assign(states[number])
            batch = images[number * size : (number + 1) * size]
            losses += self._fit(batch, batch_size=size)["losses"]
            weights.append(self._weights())
        return {"losses": losses, "weights": weights}

    def _told(self, error):
        """Return an exception as plain data, with the last line of the learner's own code that it passed."""
        frames = traceback.extract_tb(error.__traceback__)
        if isinstance(error, SyntaxError):
            line, text = error.lineno, error.text
        else:
            file = self.path or getattr(getattr(self.factory, "__code__", None), "co_filename", None)
            own = [frame for frame in frames if frame.filename == file]
            line, text = (own[-1].lineno, own[-1].line) if own else (None, None)
        return _error(error, line, (text or "").strip())


def packed(value):
    """Return a question or an answer as bytes: JSON with its length before it, and after it the arrays as float32."""
    arrays = []
    text = json.dumps(_plain(value, arrays)).encode()
    return b"".join([len(text).to_bytes(8, "big"), text, *(array.tobytes() for array in arrays)])


def unpacked(message):
    """Return what `packed` made bytes of; sizes and counts are looked at first, since a stranger may have sent it.

    Raises:
        ValueError: if the bytes are no such thing, or more than any model of this course has to say.
    """
    start = 8 + int.from_bytes(message[:8], "big")
    if start > min(len(message), LONGEST_TEXT):
        raise ValueError(f"expected at most {LONGEST_TEXT} bytes of JSON")
    end, arrays = start, 0  # the arrays lie one after another, and each is named once

    def entry(pairs):
        nonlocal end, arrays
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a name stands twice")
        if set(found) == {"array", "shape"}:
            begin, *shape = [operator.index(number) for number in [found["array"], *found["shape"]]]
            arrays += 1
            if begin != end - start or arrays > MOST_ARRAYS or len(shape) > MOST_SIZES:
                raise ValueError("arrays overlap, or are too many")
            if min(shape, default=0) < 0 or math.prod(max(1, size) for size in shape) > len(message):
                raise ValueError("an array has impossible sizes")  # an empty one, too
            array = np.frombuffer(message, "float32", math.prod(shape), end).reshape(shape)
            end += array.nbytes
            return array
        return tuple(found["tuple"]) if set(found) == {"tuple"} else found

    try:
        text = message[8:start].decode()
        value = json.loads(text, object_pairs_hook=entry, parse_int=_short(int), parse_float=_short(float))
        _look_through(value)
    except (TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"not plain data: {error}") from error
    if end != len(message):
        raise ValueError("there are bytes that belong to no array")
    return value


def _short(kind):
    """Return a function that makes a number of a text, which must not be longer than a number is."""

    def number(text):
        if len(text) > LONGEST_NUMBER:
            raise ValueError("a number is too long")
        return kind(text)

    return number


def _look_through(value, depth=0):
    """Raise ValueError where a text is too long, or lists or dictionaries are nested too deeply."""
    if depth > DEEPEST or isinstance(value, str) and len(value) > LONGEST_STRING:
        raise ValueError("a text is too long, or something is nested too deeply")
    for inner in value.items() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
        _look_through(inner, depth + 1)


def _plain(value, arrays):
    """Return a value made of what JSON knows; its arrays are added to the list, and it holds where they begin."""
    if isinstance(value, dict):
        return {str(name): _plain(entry, arrays) for name, entry in value.items()}
    if isinstance(value, tuple):
        return {"tuple": [_plain(entry, arrays) for entry in value]}
    if isinstance(value, list):
        return [_plain(entry, arrays) for entry in value]
    if isinstance(value, np.ndarray):
        begin = sum(array.nbytes for array in arrays)
        arrays.append(np.ascontiguousarray(value, "float32"))
        return {"array": begin, "shape": list(value.shape)}
    return value


def _array(value):
    """Return a tensor of any backend as a float32 array."""
    if hasattr(value, "detach"):  # PyTorch's tensors leave their graph first
        value = value.detach().cpu()
    return np.array(value, "float32")  # a copy: PyTorch goes on writing into the one it gave


def _layers(model):
    """Return the class names of a model's layers, those of inner models included, in order."""
    found = []
    for layer in getattr(model, "layers", []):
        inner = getattr(layer, "layers", None)
        found += _layers(layer) if isinstance(inner, (list, tuple)) and inner else [type(layer).__name__]
    return found


def _one_by_one(model):
    """Return whether a model's `fit` takes one step at a time, as it does unless it was compiled otherwise."""
    steps = getattr(model, "_steps_per_execution", None) or getattr(model, "steps_per_execution", 1)
    return _array(steps) == 1


def _library(model):
    """Return the name of the package that makes a model what it is: "keras", or "tf_keras" for Keras 2."""
    roots = [kind.__module__.partition(".")[0] for kind in type(model).__mro__]
    return next((root for root in roots if root in ("keras", "tf_keras")), "keras")


def _on_jax(model):
    """Return whether a model computes on JAX; Keras 2 knows no other than TensorFlow."""
    return getattr(importlib.import_module(_library(model)).backend, "backend", str)() == "jax"


def _total(history):
    """Return the losses in what fit or train_on_batch reports, also where a train_step gives the total another name."""
    names = ["loss", *(name for name in history if "total" in name and name.endswith("loss"))]
    for name in names:
        if name in history:
            return history[name]
    raise ValueError(f"auto.fit reports no 'loss' (found: {', '.join(map(str, history)) or 'nothing'})")


def _error(error, line=None, text=""):
    """Return an exception as plain data."""
    try:
        message = str(error)[:2000]
    except BaseException:
        message = "the exception can't be printed"
    return {"type": type(error).__name__, "message": message, "line": line, "text": str(text)[:200]}
