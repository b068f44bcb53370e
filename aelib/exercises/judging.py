"""What judges of several lessons share: reading a learner's result, naming its cause, stand-ins; no judge is here."""

import numpy as np


def numbers(value, kinds="fiu"):
    """Return a learner's result as an array of floats, or None if it holds no numbers.

    Args:
        value: What the learner's code gave.
        kinds: NumPy's letters for the types that count as numbers: floats and whole numbers; "b" adds truth values.
    """
    try:
        values = np.asarray(value)
        return values.astype(float) if values.dtype.kind in kinds else None
    except Exception:  # a list of arrays of different lengths, or a class of the learner's own
        return None


def number(value):
    """Return a learner's single number as a float, or None if it is none; nan and infinity are numbers."""
    values = numbers(value)
    return float(values) if values is not None and values.ndim == 0 else None


def finite_number(value):
    """Return a learner's single finite number as a float, or None if it is none."""
    got = number(value)
    return got if got is not None and np.isfinite(got) else None


def is_scalar(value):
    """Return whether a learner's result has the type of one number: Python's, NumPy's or an array without axes."""
    return isinstance(value, (int, float, np.number)) or (isinstance(value, np.ndarray) and value.ndim == 0)


def short(value, most=40):
    """Return a learner's value in at most so many characters."""
    try:
        text = repr(value)
    except Exception:  # a class of the learner's own
        text = f"a {type(value).__name__}"
    return text if len(text) <= most else f"{text[: most - 3]}..."


def same(got, expected):
    """Return whether a learner's numbers have the expected shape and, to five digits, the expected values."""
    expected = np.asarray(expected, float)
    fits = got is not None and np.shape(got) == expected.shape
    return fits and np.allclose(got, expected, rtol=1e-5, atol=1e-7, equal_nan=True)  # float32 is enough


def cause(got, causes, otherwise=""):
    """Return the first sentence whose numbers are the learner's; `causes` is {sentence: what that mistake gives}."""
    with np.errstate(all="ignore"):
        return next((sentence for sentence, values in causes.items() if same(got, values)), otherwise)


class Tensor(np.ndarray):
    """An array that also has the method `numpy`, as what a model returns."""

    def numpy(self):
        return np.asarray(self)


class Half:
    """A stand-in for an encoder or a decoder: one layer without biases, which notes the shapes that it was given.

    Args:
        kernel: Its weights, (numbers that come in, numbers that go out).
        activation: Function of the sums; None leaves them as they are.
    """

    def __init__(self, kernel, activation=None):
        self.kernel, self.activation = kernel, activation
        self.seen = []

    def __call__(self, x, **_):
        inputs = np.asarray(x, dtype=float)
        self.seen.append(inputs.shape)
        if inputs.ndim != 2 or inputs.shape[1] != len(self.kernel):
            raise ValueError(f"this model takes rows of {len(self.kernel)} numbers and got the shape {inputs.shape}")
        sums = inputs @ self.kernel
        return (sums if self.activation is None else self.activation(sums)).view(Tensor)

    predict = predict_on_batch = __call__
