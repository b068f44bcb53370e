"""What an exception in a learner's code means, told in sentences; nothing is asked and nothing judged here."""

import re

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
MAIN = 'Put what tries the function out behind `if __name__ == "__main__":`, or leave it out.'
ALONE = [  # what an exception means where the file is run: alone, in an empty folder, without a network or an input
    (r"ModuleNotFoundError.*No module named", "Nothing else may be imported than import tensorflow.keras as keras."),
    (r"URL fetch failure|name resolution|URLError|Connection|Network is unreach", f"There is no network here. {MAIN}"),
    (r"FileNotFoundError|No such file", f"The file is run in an empty folder. {MAIN}"),
    (r"EOFError", f"Nobody is there to answer an input(). {MAIN}"),
    (r"SystemExit|KeyboardInterrupt", f"The file must not end Python. {MAIN}"),
    (r"null bytes|\(unicode error\)|encoding problem|Non-UTF-8", "Save the file as plain UTF-8."),
]


def told(error, command, shown, model=None):
    """Return what an exception in the learner's code means, in sentences.

    Args:
        error: {"type", "message", "line", "text"}, as `aelib.grading.child` tells it.
        command: The question that it answers.
        shown: The call of the learner's function as a person writes it.
        model: Name of the model that was called, if one was.
    """
    kind, message, text = (str(error.get(name) or "")[:2000] for name in ("type", "message", "text"))
    what = {
        "load": "Running the file",
        "signature": "Reading the function's arguments",
        "build": f"The call {shown}",
        "fit": "auto.fit(images, images)",
        "steps": "auto.fit(images, images)",
    }.get(command, f"{model or 'the model'}(inputs)")
    line = f" in line {error['line']}" if error.get("line") else ""
    line += f", `{text}`" if line and text else ""
    lines = [each.strip() for each in readable(message, "\n").splitlines() if each.strip()] or [""]
    wrapped = [each[len(kind) + 2 :] for each in lines if each.startswith(f"{kind}: ")]  # inside Keras 2's own text
    lines = wrapped or [each for each in lines if not each.startswith("Exception encountered")] or lines
    first = lines[0][:160].rstrip(".")
    known = f"{message} {text}"
    alone = ALONE if command == "load" else []
    meanings = [meaning for pattern, meaning in alone if re.search(pattern, f"{kind}: {message}", re.S)]
    meanings += [meaning for pattern, meaning in MEANINGS if re.search(pattern, known, re.S)]
    meaning = next(iter(meanings), "")
    return f"{what} ended in {kind}{line}{': ' if first else ''}{first}. {meaning}".strip()


def readable(text, kept=""):
    """Return a text, which may quote a learner's, without the characters that steer a terminal, and not too long."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(text)[:2000])
    return "".join(c if c.isprintable() or c in kept else " " for c in text)
