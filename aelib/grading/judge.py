"""The examination of a learner's factory: asks, recomputes and judges each criterion; runs no learner's code itself.

An examination gets a function `ask(command, **arguments)` that answers as `aelib.grading.child` does, from
this process or from a child. It chooses inputs and weights itself, and believes only what it
recomputes from them in NumPy. What the models say of themselves is used to explain, not to judge.
"""

import re

import numpy as np

from aelib.grading import judge_layers, judge_sampling, judge_training, numpy_layers
from aelib.grading.child import Lost

NAMES = {
    "vanilla": ["input_dims", "hidden_layers", "latent_dims"],
    "sparse": ["input_dims", "hidden_layers", "latent_dims", "lambtha"],
    "convolutional": ["input_dims", "filters", "latent_dims"],
    "variational": ["input_dims", "hidden_layers", "latent_dims"],
}
SIZES = {  # first the textbook's, then others
    "vanilla": [[784, [128, 64], 32], [20, [11], 3], [36, [17, 13, 9], 5]],
    "sparse": [[784, [128, 64], 32], [20, [11], 3], [36, [17, 13, 9], 5]],
    "convolutional": [
        [(28, 28, 1), [16, 8, 4], (4, 4, 4)],
        [(12, 20, 3), [6, 5, 4], (2, 3, 4)],
        [(12, 12, 1), [6, 5, 4, 3], (1, 1, 3)],
    ],
    "variational": [[784, [512], 2], [20, [11], 3], [36, [17, 13, 9], 5]],
}
INTERFACE = ("loads", "signature", "returns", "encoder_io", "decoder_io", "auto_io")
ARCHITECTURE = ("encoder_layers", "decoder_layers", "activations", "composition")
OBJECTIVE = ("optimizer", "loss")
OWN = {
    "vanilla": (),
    "sparse": ("l1_activity", "l1_not_on_weights"),
    "convolutional": (),
    "variational": ("output_order", "reparameterisation", "kl", "kl_balance"),
}
BATCH = {"vanilla": 16, "sparse": 16, "convolutional": 8, "variational": 16}  # images a step
RIGHT = {
    "loads": "The function is there.",
    "signature": "It takes the arguments in the order of the task.",
    "returns": "It returns three models.",
    "encoder_io": "The encoder takes images and gives codes.",
    "decoder_io": "The decoder takes codes and gives images.",
    "auto_io": "The autoencoder takes images and gives images.",
    "encoder_layers": "The encoder's layers have the sizes of the task.",
    "decoder_layers": "The decoder's layers have the sizes of the task, reversed.",
    "activations": "Each layer has the activation of the task.",
    "composition": "The autoencoder is the decoder after the encoder, with shared weights.",
    "kernels": "All convolutions are 3x3.",
    "padding": "Only the second to last convolution of the decoder is without padding.",
    "pooling": "Each convolution of the encoder is followed by 2x2 max-pooling.",
    "upsampling": "Each convolution of the decoder but the last is followed by 2x2 upsampling.",
    "channels": "The last convolution gives as many channels as the image has.",
    "optimizer": "The weights move as Adam moves them.",
    "loss": "The loss is the binary cross-entropy of images and reconstructions.",
    "l1_activity": "The loss adds lambtha times the batch's mean sum of |code|.",
    "l1_not_on_weights": "No weight is penalised.",
    "output_order": "The encoder gives z, mean, log variance.",
    "reparameterisation": "z is mean + exp(log variance / 2) times fresh unit noise.",
    "kl": "The loss contains the KL divergence to N(0, I).",
    "kl_balance": "Both parts of the loss are sums, over pixels and over latent dimensions.",
    "trains": "It trains: the reconstruction improves.",
    "general": "Other sizes work, too.",
}
MEANINGS = [  # what a message of Keras means, in the order in which they are tried
    (
        r"KerasTensor|symbolic|out of scope|graph tensor|is not allowed in Graph",
        "A loss or an operation can't use a model's intermediate tensors directly. Put the computation, "
        "and self.add_loss for a penalty, into the call of a layer of your own.",
    ),
    (r"has no attribute 'add_loss'|add_loss", "In Keras 3 only a layer adds a loss: self.add_loss(...) in its call."),
    (
        r"has no attribute '(ops|random|saving)'",
        "This Keras 2 has no keras.ops and no keras.random: Keras 3 brought them.",
    ),
    (
        r"(backend|losses|metrics)\S* has no attribute",
        "Keras 3 has no such function: look in keras.ops and keras.losses.",
    ),
    (r"Cannot convert '\(?\d+\)?' to a shape|not iterable.*shape", "A shape is a tuple: (784,), not 784."),
    (
        r"expects \d+ (named )?input.* received \d+ input",
        "Give the decoder one of the encoder's outputs, not all of them.",
    ),
    (r"positional argument", "The function is called with the arguments of the task, by position."),
    (r"must compile|call `?(model\.)?compile", "The autoencoder has to be compiled before it is returned."),
    (r"incompatible|must have the same shape|Dimensions must be equal", "Two shapes don't fit: print the shapes."),
]


UNFIT = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)  # made-up data
MOST_ARRAYS, LARGEST_KERNEL = 40, 11  # of a model whose layers are looked at


class _Stop(Exception):
    """Nothing more can be judged."""


def criteria(task):
    """Return the names of the criteria of a task, in the order of a report."""
    convolutions = judge_layers.CONVOLUTIONS if task == "convolutional" else ()
    return (*INTERFACE, *ARCHITECTURE, *convolutions, *OBJECTIVE, *OWN[task], "trains", "general")


def examine(task, ask, seed=None, function=None):
    """Examine a factory.

    Args:
        task: "vanilla", "sparse", "convolutional" or "variational".
        ask: Function `ask(command, **arguments)` that answers as `child.Patient.answer`.
        seed: Fixes the inputs and weights that are tried; None draws them anew.
        function: Name of the function to load from a file first; None if the factory is there.

    Returns:
        `{criterion: (ok, sentence)}` with ok True, False or None (could not be judged), and a
        list of remarks. When `ask` raises `Lost`, what was not judged by then could not be.
    """
    rng = np.random.default_rng(seed)
    first = _Examination(task, ask, rng, SIZES[task][0])
    first.run(function)
    if first.failed or set(criteria(task)) - first.judged != {"general"}:
        return first.verdicts(), first.remarks
    first.judged.add("general")
    for arguments in SIZES[task][1:]:
        other = _Examination(task, ask, rng, arguments, first)
        other.run_short()
        stopped = [f"{other.blocked.capitalize()}."] if other.blocked else []
        for text in [*(text for texts in other.failed.values() for text in texts), *stopped][:1]:
            first.wrong("general", f"Right with {first.shown}, wrong with {other.shown}: {text}")
    return first.verdicts(), first.remarks


class _Examination:
    """The examination at one size: what was found so far, and what can't be judged because of it."""

    def __init__(self, task, ask, rng, arguments, first=None):
        self.task, self.ask, self.rng, self.first = task, ask, rng, first
        strength = (5e-4, 1e-3) if first is None else (0.01, 0.05)  # weaker where it trains
        self.arguments = [*arguments, round(float(rng.uniform(*strength)), 7)] if task == "sparse" else arguments
        self.shown = f"autoencoder({', '.join(map(str, self.arguments))})"
        self.pixels, self.code = ((self.arguments[0],), (self.arguments[2],))
        if task == "convolutional":
            self.pixels, self.code = self.arguments[0], self.arguments[2]
        self.batch = BATCH[task] if first is None else int(rng.integers(5, 12))
        self.failed, self.judged, self.remarks = {}, set(), []
        self.blocked = ""
        self.stages = {}
        self.heads = self.head_activations = None
        self.formula = None
        self.roles = None
        self.eager = False
        self.noisy = False
        self.unexplained = set()

    def wrong(self, name, *texts):
        """Note that a criterion is violated."""
        self.judged.add(name)
        known = self.failed.setdefault(name, [])
        known += [text for text in map(_readable, texts) if text not in known]

    def verdicts(self):
        """Return {criterion: (ok, sentence)}."""
        found = {}
        reason = self.blocked or f"{', '.join(self.failed) or 'what stands before it'} must be right first"
        for name in criteria(self.task):
            if name in self.failed:
                found[name] = (False, " ".join(self.failed[name][:3]))
            elif name in self.judged:
                found[name] = (True, RIGHT[name])
            else:
                found[name] = (None, f"Could not be judged: {reason}.")
        return found

    def stop(self, why):
        """End the examination at this size; what was not judged yet stays open for the reason `why`."""
        self.blocked = why
        raise _Stop

    def answered(self, name, command, **arguments):
        """Ask; on an error answer note it as a violation of the criterion `name` and return None."""
        answer = self.ask(command, **arguments)
        if "error" not in answer:
            return answer
        self.wrong(name, self.told(answer["error"], command, arguments))
        return None

    def told(self, error, command, arguments):
        """Return what an exception in the learner's code means, in sentences."""
        kind, message, text = (str(error.get(name) or "")[:2000] for name in ("type", "message", "text"))
        what = {
            "load": "Running the file",
            "signature": "Reading the function's arguments",
            "build": f"The call {self.shown}",
            "fit": "auto.fit(images, images)",
        }.get(command, f"{arguments.get('model', 'the model')}(inputs)")
        line = f" in line {error['line']}" if error.get("line") else ""
        line += f", `{text}`" if line and text else ""
        lines = [each.strip() for each in _readable(message, "\n").splitlines() if each.strip()] or [""]
        wrapped = [each[len(kind) + 2 :] for each in lines if each.startswith(f"{kind}: ")]  # inside Keras 2's own text
        lines = wrapped or [each for each in lines if not each.startswith("Exception encountered")] or lines
        first = lines[0][:160].rstrip(".")
        known = f"{message} {text}"
        meaning = next((text for pattern, text in MEANINGS if re.search(pattern, known, re.S)), "")
        return f"{what} ended in {kind}{line}{': ' if first else ''}{first}. {meaning}".strip()

    def run(self, function=None):
        """Examine all at this size."""
        self.go(lambda: self.load(function), lambda: judge_training.training(self))

    def run_short(self):
        """Examine what can differ between sizes."""
        small = self.task != "convolutional" or len(self.arguments[1]) == 3
        self.go(lambda: None, lambda: small and not self.failed and judge_training.same_formula(self))

    def go(self, first, last):
        """Take the steps of an examination until one of them says that nothing more can be judged."""
        try:
            first()
            self.build()
            self.interface()
            self.architecture()
            judge_sampling.composition(self)
            last()
        except _Stop:
            pass
        except UNFIT as error:
            self.blocked = f"the answers of the models don't fit together ({type(error).__name__})"
            if self.first:
                self.wrong("returns", f"{self.blocked.capitalize()}.")
        except Lost as lost:
            self.blocked = str(lost)
            if self.first:
                self.wrong("returns", f"{str(lost).capitalize()}.")

    def load(self, function):
        """Load the file, if there is one, and look at the function's arguments."""
        if function is not None:
            answer = self.answered("loads", "load", function=function)
            if answer is None:
                self.stop("the file can't be run")
            if not answer.get("found"):
                there = ", ".join(map(str, answer.get("functions", []))) or "none"
                self.wrong("loads", f"The file has no function `{function}` (functions found: {there}).")
                self.stop(f"there is no function `{function}`")
        self.judged.add("loads")
        names = NAMES[self.task]
        answer = self.answered("signature", "signature")
        if answer is None:
            self.stop("the function can't be called")
        found = [str(name) for name in answer.get("names", [])]
        wanted = f"expected autoencoder({', '.join(names)})"
        if not answer.get("least", 0) <= len(names) <= answer.get("most", 0):
            self.wrong("signature", f"The function takes {len(found)} arguments ({', '.join(found)}): {wanted}.")
            self.stop("the function doesn't take the arguments of the task")
        self.judged.add("signature")
        if found != names and sorted(found) == sorted(names):
            self.wrong("signature", f"The arguments come in the order {', '.join(found)}: {wanted}.")
            self.stop("the function takes its arguments in another order")
        elif found[: len(names)] != names:
            called = _readable(", ".join(found))
            self.remarks.append(f"The arguments are called {called}: {wanted}. They were passed by position.")

    def build(self):
        """Call the factory."""
        answer = self.answered("returns", "build", arguments=self.arguments)
        if answer is None:
            if self.task == "convolutional" and self.first is None:
                self.unpadded()
            self.stop("the function doesn't return")
        if not answer.get("kinds") or len(answer["kinds"]) != 3:
            what = {"NoneType": "None. Is there a return?"}.get(answer.get("type"), f"{answer.get('type')}.")
            if answer.get("kinds") is not None:
                what = f"{len(answer['kinds'])} values ({', '.join(map(str, answer['kinds']))})."
            self.wrong("returns", f"Expected three models (encoder, decoder, auto); the function returned {what}")
            self.stop("the function doesn't return three models")
        if not all(answer.get("models", [])) or len(answer.get("models", [])) != 3:
            kinds = ", ".join(map(str, answer["kinds"]))
            self.wrong("returns", f"Expected three Keras models; the function returned {kinds}.")
            self.stop("what the function returns are not three Keras models")
        self.judged.add("returns")

    def unpadded(self):
        """See whether the models can be built for the smaller code that pooling without padding gives."""
        shape, filters, code = self.arguments
        if "error" not in self.ask("build", arguments=[shape, filters, (3, 3, code[-1])]):
            self.wrong("pooling", "Pooling without padding: 7x7 becomes 3x3, and with padding same it becomes 4x4.")

    def images(self, count):
        """Return random images (count, ...)."""
        return self.rng.random((count, *self.pixels), "float32")

    def codes(self, count):
        """Return random codes (count, ...), never negative where they come from a relu."""
        codes = self.rng.normal(size=(count, *self.code)).astype("float32")
        return codes if self.task == "variational" else np.abs(codes)

    def interface(self):
        """Try the shapes that go in and come out."""
        wanted = {
            "encoder": (self.images(3), [self.code] * (3 if self.task == "variational" else 1)),
            "decoder": (self.codes(3), [self.pixels]),
            "auto": (self.images(3), [self.pixels]),
        }
        for model, (inputs, shapes) in wanted.items():
            name = f"{model}_io"
            answer = self.answered(name, "call", model=model, inputs=inputs)
            if answer is None:
                continue
            self.judged.add(name)
            found = [np.shape(value)[1:] for value in answer.get("outputs", [])]
            if found != shapes:
                got, expected = (
                    " and ".join(map(judge_layers.written, sizes)) or "nothing" for sizes in (found, shapes)
                )
                given = judge_layers.written(inputs.shape[1:])
                self.wrong(name, f"{model}({given}) gives {got}: expected {expected}.")
        if "encoder_io" in self.failed and "decoder_io" in self.failed:
            self.stop("neither encoder nor decoder can be called as expected")

    def architecture(self):
        """Find out what the layers compute, from their weights and from what they give."""
        answer = self.ask("weights")
        if "error" in answer:
            self.wrong("returns", self.told(answer["error"], "weights", {}))
            self.stop("the weights can't be read")
        self.natural = {name: [np.asarray(a) for a in answer[name]] for name in ("encoder", "decoder")}
        for name, arrays in self.natural.items():
            if len(arrays) > MOST_ARRAYS or any(max(a.shape[:2]) > LARGEST_KERNEL for a in arrays if a.ndim == 4):
                self.wrong(f"{name}_layers", f"The {name} has more or larger weights than any layers of the task.")
                self.stop(f"the {name}'s weights are far from those of the task")
        described = self.ask("describe")
        self.described = {} if "error" in described else described
        self.weights = {name: [self.random(a) for a in arrays] for name, arrays in self.natural.items()}
        self.assign({name: dict(enumerate(arrays)) for name, arrays in self.weights.items()})
        for part in ("encoder", "decoder"):
            if f"{part}_io" in self.failed and self.task != "convolutional":
                continue
            (judge_layers.convolutions if self.task == "convolutional" else judge_layers.dense)(self, part)
        self.judged -= self.unexplained - set(self.failed)

    def layer_names(self, part):
        """Return the class names of a part's layers, as far as it tells them."""
        return [str(name) for name in self.described.get("layers", {}).get(part, [])]

    def random(self, array):
        """Return random weights like these: kernels keep the scale of what they pass on."""
        scale = np.sqrt(2 / np.prod(array.shape[:-1])) if array.ndim > 1 else 0.1
        return (scale * self.rng.normal(size=array.shape)).astype("float32")

    def assign(self, changes):
        """Set weights in the learner's models."""
        answer = self.ask("assign", changes=changes)
        if "error" in answer:
            self.wrong("composition", self.told(answer["error"], "assign", {"model": "set_weights"}))
            self.stop("the weights can't be set")

    def outputs(self, model, inputs, name, **options):
        """Return what a model gives, or None after noting the failure under the criterion `name`."""
        answer = self.answered(name, "call", model=model, inputs=inputs, **options)
        return None if answer is None else [np.asarray(value, "float64") for value in answer.get("outputs", [])]

    def encode(self, images):
        """Return the codes, or for the variational encoder [mean, log_var], in NumPy."""
        if self.task != "variational":
            return numpy_layers.forward(self.stages["encoder"], images)[-1]
        stages = self.stages["encoder"]
        hidden = numpy_layers.forward(stages, images)[-1] if stages else np.asarray(images, "float64")
        weights = self.weights["encoder"]
        found = []
        for h in self.roles:
            i, j, part = self.heads[h]
            head = hidden @ weights[i][:, part] + (0 if j is None else weights[j][part])
            found.append(numpy_layers.ACTIVATIONS[self.head_activations[h]](head))
        return found

    def decode(self, codes):
        """Return the reconstructions of codes, in NumPy."""
        return numpy_layers.forward(self.stages["decoder"], codes)[-1]

    def set_head(self, role, bias, scale=0.0):
        """Give one head (0 mean, 1 log variance) a bias and a random kernel of some scale."""
        i, j, part = self.heads[self.roles[role]]
        weights = self.weights["encoder"]
        kernel, biases = weights[i].copy(), weights[j].copy()
        kernel[:, part] = scale * self.rng.normal(size=kernel[:, part].shape) / np.sqrt(len(kernel))
        biases[part] = bias
        self.put("encoder", {i: kernel, j: biases})

    def put(self, part, changes):
        """Set some weights, here and in the learner's models."""
        for i, array in changes.items():
            self.weights[part][i] = np.asarray(array, "float32")
        self.assign({part: {i: self.weights[part][i] for i in changes}})
        self.restage(part)

    def order(self, part):
        """Return [(kernel, bias)], the indices of the weights of the stages of a part."""
        dimensions = 4 if self.task == "convolutional" else 2
        start = {"encoder": self.pixels[-1], "decoder": self.code[-1]}[part]
        pairs, _ = numpy_layers.chain(self.weights[part], start, dimensions)
        return pairs[: len(self.stages.get(part, []))]

    def fit(self, images, name="trains", **options):
        """Return the losses of training on images, or None after noting the failure."""
        answer = self.answered(name, "fit", images=images, batch_size=self.batch, eager=self.eager, **options)
        if answer is None:
            return None
        losses = np.asarray(answer.get("losses", [np.nan]), "float64")
        if not np.isfinite(losses).all():
            self.wrong(name, f"The loss is {losses[-1]:g} after the first steps: expected a finite number.")
            return None
        return losses

    def read(self):
        """Take over the weights that the learner's models have now."""
        answer = self.ask("weights")
        if "error" in answer or [np.shape(a) for part in ("encoder", "decoder") for a in answer[part]] != [
            np.shape(a) for part in ("encoder", "decoder") for a in self.weights[part]
        ]:
            self.stop("the weights can't be read after training")
        for part in ("encoder", "decoder"):
            self.weights[part] = [np.asarray(a, "float32") for a in answer[part]]
            self.restage(part)

    def restage(self, part):
        """Bring the stages of a part, if they are known, in line with its weights."""
        if part in self.stages:
            weights = self.weights[part]
            self.stages[part] = [
                stage._replace(kernel=weights[i], bias=None if j is None else weights[j])
                for stage, (i, j) in zip(self.stages[part], self.order(part))
            ]


def _readable(text, kept=""):
    """Return a text, which may quote a learner's, without the characters that steer a terminal, and not too long."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(text)[:2000])
    return "".join(c if c.isprintable() or c in kept else " " for c in text)
