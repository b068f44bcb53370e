"""Judges a learner's factory: asks questions, recomputes, and says what holds; runs no learner's code itself.

The judge has a function `ask(command, **arguments)` that answers as `aelib.grading.child` does, from this process or
from a child. It chooses inputs and weights itself, and believes only what it recomputes from them in NumPy. What the
models say of themselves is used to explain, not to judge. Each step returns what the next needs:

    load          the function and its arguments
    find          the models, their shapes, layers (`judge_layers`), composition (`judge_sampling`)   -> Found
    training      steps (`judge_steps`), loss (`judge_loss`), optimizer, progress, at the first size  -> formula
    same_formula  the loss (`judge_loss`), at other sizes, after another `find`
"""

import contextlib
from typing import NamedTuple

import numpy as np

from aelib.grading import (
    Verdict,
    judge_errors,
    judge_layers,
    judge_loss,
    judge_sampling,
    judge_training,
    numpy_layers,
    variants,
)
from aelib.grading.child import NoAnswer
from aelib.grading.variants import NAMES

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
UNFIT = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)  # made-up data
PARTS = ("encoder", "decoder")
MOST_ARRAYS, MOST_WEIGHTS = 40, 4_000_000  # of a part that is looked at; in a right answer 10 and 404,000 at most
LARGEST_KERNEL, MOST_CHANNELS = 11, 512  # of a convolution that is looked at; in a right answer 3 and 16 at most


class Found(NamedTuple):
    """What the judge knows of the learner's models before they are trained.

    Attributes:
        network: `numpy_layers.Network` that computes what they compute; None where that is not known.
        initial: {"encoder": [array], "decoder": [array]}, the weights that they came with.
        optimizer: Class names of the optimizer and its parents, empty without one; None if the models don't tell.
        settings: {name: number}, what the models say of the optimizer's settings.
    """

    network: numpy_layers.Network | None
    initial: dict
    optimizer: list | None
    settings: dict


class _Stop(Exception):
    """Nothing more can be judged."""


def criteria(task):
    """Return the names of the criteria of a task, in the order of a report."""
    convolutions = judge_layers.CONVOLUTIONS if task == "convolutional" else ()
    return (*INTERFACE, *ARCHITECTURE, *convolutions, *OBJECTIVE, *OWN[task], "trains", "general")


def other_sizes(task, rng):
    """Return arguments of two other sizes, drawn so that nobody knows them: the second has more layers."""
    if task == "convolutional":  # sides 2^n * k - 4, which n poolings and n upsamplings give back
        units = rng.permutation(np.arange(3, 10))
        (height, width), several, any_number = rng.permutation([12, 20]), rng.integers(2, 4), rng.integers(1, 4)
        three, four = [int(unit) for unit in units[:3]], [int(unit) for unit in units[3:]]
        code = (-(-int(height) // 8), -(-int(width) // 8), three[-1])
        return [
            [(int(height), int(width), int(several)), three, code],
            [(12, 12, int(any_number)), four, (1, 1, four[-1])],
        ]
    pixels, hidden, latent = (rng.permutation(np.arange(*ends)).tolist() for ends in ((25, 45), (9, 24), (3, 8)))
    return [[pixels[0], hidden[:1], latent[0]], [pixels[1], hidden[1:4], latent[1]]]


def judge(task, ask, seed=None, function=None, variant=None):
    """Judge a factory.

    Args:
        task: "vanilla", "sparse", "convolutional" or "variational".
        ask: Function `ask(command, **arguments)` that answers as `child.Child.answer`.
        seed: Fixes the inputs, weights and other sizes that are tried; None draws them anew.
        function: Name of the function to load from a file first; None if the factory is there.
        variant: Number of the class's variant of the task; None for the course's own.

    Returns:
        {criterion: `Verdict`} and a list of remarks. When `ask` raises `NoAnswer`, what was not judged by then
        could not be.
    """
    rng = np.random.default_rng(seed)
    first, others = Judge(task, ask, rng, variants.variant(task, variant).sizes, True, variant), []
    with first.until_stopped():
        first.load(function)
        formula = judge_training.training(first, *first.find())
    # Other sizes are tried where all else is right, but for the function's name.
    if [name for name, verdict in first.verdicts().items() if not verdict.ok and name != "loads"] != ["general"]:
        return first.verdicts(), first.remarks
    first.judged.add("general")
    for arguments in other_sizes(task, rng):
        other = Judge(task, ask, rng, arguments, variant=variant)
        others.append(other.shown)
        with other.until_stopped():
            network = other.find().network
            if not other.failed and (task != "convolutional" or len(arguments[1]) == 3):
                judge_loss.same_formula(other, network, first, formula)
        stopped = [f"{other.blocked.capitalize()}."] if other.blocked else []
        for text in [*(text for texts in other.failed.values() for text in texts), *stopped][:1]:
            first.wrong("general", f"Right with {first.shown}, wrong with {other.shown}: {text}")
    verdicts = first.verdicts()
    if verdicts["general"].ok:
        verdicts["general"] = Verdict(True, f"{RIGHT['general'][:-1]}: {', '.join(others)}.")
    return verdicts, first.remarks


class Judge:
    """Judges at one size: has the function that asks, the random numbers, the arguments, and the findings so far.

    The findings are `failed`, {criterion: sentences}; `judged`, the criteria that were looked at; `left_open`, those
    that can't be judged whatever was looked at; `remarks`; and `blocked`, why nothing more can be judged.
    """

    def __init__(self, task, ask, rng, arguments, textbook=False, variant=None):
        self.task, self.ask, self.rng, self.textbook = task, ask, rng, textbook
        self.variant = variants.variant(task, variant)
        strength = (5e-4, 1e-3) if textbook else (0.01, 0.05)  # weaker where it trains
        self.arguments = [*arguments, round(float(rng.uniform(*strength)), 7)] if task == "sparse" else arguments
        self.shown = self.variant.call(self.arguments)
        self.pixels, self.code = ((self.arguments[0],), (self.arguments[2],))
        if task == "convolutional":
            self.pixels, self.code = self.arguments[0], self.arguments[2]
        self.batch = BATCH[task] if textbook else int(rng.integers(5, 12))
        self.failed, self.judged, self.left_open, self.remarks = {}, set(), set(), []
        self.blocked = ""

    # Findings

    def wrong(self, name, *texts):
        """Note that a criterion is violated."""
        self.judged.add(name)
        known = self.failed.setdefault(name, [])
        known += [text for text in map(judge_errors.readable, texts) if text not in known]

    def verdicts(self):
        """Return {criterion: Verdict}."""
        found = {}
        before = ", ".join(name for name in self.failed if name != "loads")
        reason = self.blocked or f"{before or 'what stands before it'} must be right first"
        for name in criteria(self.task):
            if name in self.failed:
                found[name] = Verdict(False, " ".join(self.failed[name][:3]))
            elif name in self.judged - self.left_open:
                found[name] = Verdict(True, RIGHT[name])
            else:
                found[name] = Verdict(None, f"Could not be judged: {reason}.")
        return found

    def stop(self, why):
        """Judge nothing more at this size; what was not judged yet stays open for the reason `why`."""
        self.blocked = why
        raise _Stop

    @contextlib.contextmanager
    def until_stopped(self):
        """Take the steps of the `with` statement until one of them says that nothing more can be judged."""
        try:
            yield
            return
        except _Stop:
            return
        except UNFIT as error:
            self.blocked = f"the answers of the models don't fit together ({type(error).__name__})"
        except NoAnswer as error:
            self.blocked = str(error)
        if not self.textbook:
            self.wrong("returns", f"{self.blocked.capitalize()}.")

    # Questions

    def answered(self, name, command, **arguments):
        """Ask; on an error answer note it as a violation of the criterion `name` and return None."""
        answer = self.ask(command, **arguments)
        if "error" not in answer:
            return answer
        self.wrong(name, judge_errors.told(answer["error"], command, self.shown, arguments.get("model")))
        return None

    def outputs(self, model, inputs, name, **options):
        """Return what a model gives, or None after noting the failure under the criterion `name`."""
        answer = self.answered(name, "call", model=model, inputs=inputs, **options)
        return None if answer is None else [np.asarray(value, "float64") for value in answer.get("outputs", [])]

    def fit(self, images, **options):
        """Return the losses of training on images, or None after noting the failure."""
        answer = self.answered("trains", "fit", images=images, batch_size=self.batch, **options)
        return None if answer is None else self.finite(answer.get("losses", [np.nan]))

    def finite(self, losses):
        """Return losses as an array, or None after noting that they are no finite numbers."""
        losses = np.asarray(losses, "float64")
        if np.isfinite(losses).all():
            return losses
        self.wrong("trains", f"The loss is {losses[-1]:g} after the first steps: expected a finite number.")
        return None

    def images(self, count):
        """Return random images (count, ...)."""
        return self.rng.random((count, *self.pixels), "float32")

    def codes(self, count):
        """Return random codes (count, ...), never negative where they come from a relu."""
        codes = self.rng.normal(size=(count, *self.code)).astype("float32")
        return codes if self.task == "variational" else np.abs(codes)

    def random(self, array):
        """Return random weights like these: kernels keep the scale of what they pass on."""
        scale = np.sqrt(2 / np.prod(array.shape[:-1])) if array.ndim > 1 else 0.1
        return (scale * self.rng.normal(size=array.shape)).astype("float32")

    # Weights

    def assign(self, changes):
        """Set weights in the learner's models."""
        answer = self.ask("assign", changes=changes)
        if "error" in answer:
            self.wrong("composition", judge_errors.told(answer["error"], "assign", self.shown, "set_weights"))
            self.stop("the weights can't be set")

    def put(self, weights, changes):
        """Set some weights, {part: {place: array}}, in the learner's models and in `weights`, which has theirs."""
        for part, arrays in changes.items():
            for i, array in arrays.items():
                weights[part][i] = np.asarray(array, "float32")
        self.assign({part: {i: weights[part][i] for i in arrays} for part, arrays in changes.items()})

    def set_head(self, weights, head, bias, scale=0.0):
        """Give a head of the encoder a bias and a random kernel of some scale."""
        self.put(weights, {"encoder": self.headed(weights, head, bias, scale)})

    def headed(self, weights, head, bias, scale):
        """Return {place: array} of a head's kernel and bias when it has a bias and a random kernel of some scale."""
        kernel, biases = weights["encoder"][head.kernel].copy(), weights["encoder"][head.bias].copy()
        kernel[:, head.columns] = scale * self.rng.normal(size=kernel[:, head.columns].shape) / np.sqrt(len(kernel))
        biases[head.columns] = bias
        return {head.kernel: kernel, head.bias: biases}

    def read(self, weights):
        """Return the weights that the learner's models have now, of the same shapes as `weights`."""
        answer = self.ask("weights")
        return self.same_shapes(weights, {} if "error" in answer else answer)

    def same_shapes(self, weights, found):
        """Return weights as float32 if they have the shapes of `weights`; judge nothing more if not."""
        shapes = [[np.shape(a) for a in each.get(part, ())] for each in (weights, found) for part in PARTS]
        if shapes[:2] != shapes[2:]:
            self.stop("the weights can't be read after training")
        return {part: [np.asarray(a, "float32") for a in found[part]] for part in PARTS}

    # Steps

    def load(self, function):
        """Load the file, if there is one, and look at the function's arguments."""
        if function is not None:
            answer = self.answered("loads", "load", function=function)
            if answer is None:
                self.stop("the file can't be run")
            if not answer.get("found"):
                self.meant(function, [str(name) for name in answer.get("functions", [])][:20])
        self.judged.add("loads")
        names = self.variant.names
        answer = self.answered("signature", "signature")
        if answer is None:
            self.stop("the function can't be called")
        found = [str(name) for name in answer.get("names", [])]
        wanted = f"expected {self.variant.function}({', '.join(names)})"
        if self.variant.number is not None and found[: len(names)] == NAMES[self.task]:
            said = f"The arguments are {', '.join(found)}, in the order of the course's own exercise: your class has"
            self.wrong("signature", f"{said} variant {self.variant.number}, {wanted}.")
            self.stop("the function answers the course's own exercise, and not the variant of your class")
        if not answer.get("least", 0) <= len(names) <= answer.get("most", 0):
            self.wrong("signature", f"The function takes {len(found)} arguments ({', '.join(found)}): {wanted}.")
            self.stop("the function doesn't take the arguments of the task")
        self.judged.add("signature")
        if found != names and sorted(found) == sorted(names):
            self.wrong("signature", f"The arguments come in the order {', '.join(found)}: {wanted}.")
            self.stop("the function takes its arguments in another order")
        elif found[: len(names)] != names:
            called = f"are called {judge_errors.readable(', '.join(found))}" if found else "have no names"
            self.remarks.append(f"The arguments {called}: {wanted}. They were passed by position.")

    def meant(self, function, there):
        """Take the function that must be meant, though its name is another, for the factory; stop if none must."""
        found = f"The file has no function `{function}` (functions found: {', '.join(there) or 'none'})"
        count, fitting = len(NAMES[self.task]), []
        for name in there:
            answer = self.ask("signature", function=name)
            if "error" not in answer and answer.get("least", 0) <= count <= answer.get("most", 0):
                fitting.append(name)
        (chosen,) = there if len(there) == 1 else fitting if len(fitting) == 1 else [None]
        if chosen is None:
            self.wrong("loads", f"{found}{', and it is not clear which one is meant' if there else ''}.")
            self.stop(f"there is no function `{function}`")
        if self.variant.number is not None and chosen == variants.FUNCTION:
            instead = f"That is the course's own exercise: your class has variant {self.variant.number}."
        else:
            instead = f"`{chosen}` is judged in its place: call it `{function}`."
        self.wrong("loads", f"{found}. {instead}")
        self.ask("signature", function=chosen)

    def find(self):
        """Build the models and find out what they compute; return it as `Found`."""
        self.build()
        self.interface()
        initial = self.initial()
        described = self.ask("describe")
        described = {} if "error" in described else described
        weights = {part: list(arrays) for part, arrays in initial.items()}
        self.put(weights, {part: dict(enumerate(map(self.random, arrays))) for part, arrays in weights.items()})
        look = judge_layers.convolutions if self.task == "convolutional" else judge_layers.dense
        layers = dict.fromkeys(PARTS)
        for part in PARTS:
            if f"{part}_io" not in self.failed or self.task == "convolutional":
                names = [str(name) for name in described.get("layers", {}).get(part, [])]
                layers[part] = look(self, part, weights[part], names)
        network = judge_sampling.composition(self, *layers.values(), weights)
        optimizer = [str(name) for name in described.get("optimizer") or []] if described else None
        settings = {name: float(value) for name, value in dict(described.get("settings", {})).items()}
        return Found(network, initial, optimizer, settings)

    def build(self):
        """Call the factory."""
        answer = self.answered("returns", "build", arguments=self.variant.ordered(self.arguments))
        if answer is None:
            if self.task == "convolutional" and self.textbook:
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
        smaller = self.variant.ordered([shape, filters, (3, 3, code[-1])])
        if "error" not in self.ask("build", arguments=smaller):
            self.wrong("pooling", "Pooling without padding: 7x7 becomes 3x3, and with padding same it becomes 4x4.")

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

    def expected(self, part):
        """Return how many numbers the weights of a right encoder or decoder hold."""
        sizes = [np.prod(self.pixels), *self.arguments[1], np.prod(self.code)]
        pairs, taps = [*zip(sizes, sizes[1:])], 1
        if self.task == "convolutional":
            channels, filters, taps = self.pixels[-1], self.arguments[1], 9
            pairs = [*zip([channels, *filters], filters)]
            if part == "decoder":
                pairs = [(filters[-1], filters[-1]), *((b, a) for a, b in reversed(pairs))]
        elif part == "decoder":
            pairs = [(b, a) for a, b in pairs]
        elif self.task == "variational":
            pairs.append(pairs[-1])
        return int(sum(taps * a * b + b for a, b in pairs))

    def initial(self):
        """Return the weights that the models came with."""
        answer = self.ask("weights")
        if "error" in answer:
            self.wrong("returns", judge_errors.told(answer["error"], "weights", self.shown))
            self.stop("the weights can't be read")
        initial = {part: [np.asarray(a) for a in answer[part]] for part in PARTS}
        for part, arrays in initial.items():
            held, most = sum(a.size for a in arrays), min(MOST_WEIGHTS, 100 * self.expected(part) + 100_000)
            large = [a.shape for a in arrays if a.ndim == 4]
            large = [s for s in large if max(s[:2]) > LARGEST_KERNEL or max(s[2:]) > MOST_CHANNELS]
            if len(arrays) > MOST_ARRAYS or held > most or large:
                found = f"{len(arrays)} arrays of weights with {held:,} numbers"
                found += f", among them one of {judge_layers.written(large[0])}" if large else ""
                text = f"The {part} has {found}: expected {self.expected(part):,} numbers for {self.shown}."
                self.wrong(f"{part}_layers", f"{text} No more is looked at.")
                self.stop(f"the {part}'s weights are far from those of the task")
        return initial
