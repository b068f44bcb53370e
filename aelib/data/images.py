"""Images that a caller brings: whether they are what models take, and what to write if not; no image is made here."""

import collections.abc
import contextlib
import io
import math

import numpy as np


def checked(name, images, shape=None):
    """Return images as an array of floats in [0, 1], or raise with an expression that makes them so.

    Args:
        name: What the caller calls them, in the message and in the expression.
        images: What came, of any type.
        shape: Shape of one image, in which None stands for any size; or None for any shape.

    Raises:
        ValueError: if they are anything else. The expression was tried, but for an iterator's, which has one try.
    """
    problem = _problem(name, images, shape)
    if problem is None:
        return np.asarray(images)
    if (cure := _cure(name, images, shape)) is not None:
        advice = f"Write {cure}."
    elif problem.startswith("of shape"):
        advice = "Take other images, or build the model for these."
    else:
        advice = f"For example data.digits({'flat=False' if shape == (28, 28, 1) else ''})[0][0] is an array of images."
    wanted = "" if shape is None else f", ({', '.join(map(str, ('n', *shape)))})"
    raise ValueError(f"{name} {problem}: expected floats in [0, 1]{wanted}. {advice}")


def _problem(name, images, shape):
    """Return what is wrong with images, as the words after their name, or None."""
    try:
        array = np.asarray(images)
    except Exception:  # lists of unequal lengths, and tensors that hold no numbers or hold them elsewhere
        array = np.array(None)
    if array.dtype.kind not in "biuf" or not array.ndim:
        return f"are of type {array.dtype if array.ndim else type(images).__name__}, and no array of numbers"
    if shape is not None and not (array.size and _is_like(array.shape[1:], shape)):
        return f"of shape {array.shape} don't fit" if array.size else f"are empty, of shape {array.shape}"
    low, high = (array.min(), array.max()) if array.size else (0, 1)
    if array.dtype.kind != "f":
        return f"are of type {array.dtype}, from {low} to {high}"
    if 0 <= low and high <= 1:
        return None
    if (odd := ~np.isfinite(array)).any():
        first = ", ".join(map(str, np.unravel_index(odd.argmax(), odd.shape)))
        return f"hold {odd.sum():,} values that are NaN or infinite, first at {name}[{first}]"
    return f"range from {_short(low)} to {_short(high)}"


def _is_like(found, shape):
    """Return whether one image has the expected shape, where None stands for any size."""
    return len(found) == len(shape) and all(size in (None, other) for size, other in zip(shape, found))


def _cure(name, images, shape):
    """Return the shortest expression that gives what was expected, found by trying one step after another, or None."""
    if isinstance(images, io.IOBase):
        return None
    if isinstance(images, collections.abc.Iterator) and not hasattr(images, "num_batches"):
        if isinstance(images, (zip, enumerate)):  # the images come first in pairs, but for their numbers
            part = f"x[{int(isinstance(images, enumerate))}]"
        else:
            part = "x[0] if isinstance(x, tuple) else x"
        if shape and None in shape:
            return f"np.stack([{part} for x in {name}])"
        return f"np.vstack([np.reshape({part}, {(-1, *(shape or (784,)))}) for x in {name}])"
    ways, tried = collections.deque([(name, images)]), set()
    if not (isinstance(images, collections.abc.Collection) or hasattr(images, "__array__")):
        with contextlib.suppress(Exception):  # a dataset: two equal parts tell whether each is an image or a batch
            ways = collections.deque([(_all_parts(name, images), [next(iter(images))] * 2)])
    while ways:
        text, found = ways.popleft()
        with contextlib.suppress(Exception):  # a stranger's object may fail at anything that it is asked
            for step in _steps(found, shape):
                try:
                    mended = eval(step.replace("{}", "_"), {"np": np, "_": found})  # our own words, as they are typed
                except Exception:  # it can't be done
                    continue
                longer = step.replace("{}", text)
                if _problem(name, mended, shape) is None:
                    return longer
                kind = str(getattr(mended, "dtype", longer)), getattr(mended, "shape", None)
                if kind not in tried and len(tried) < 50:
                    tried.add(kind)
                    ways.append((longer, mended))
    return None


def _all_parts(name, dataset):
    """Return an expression for the parts of a dataset, of TensorFlow, PyTorch or Keras, as a list."""
    if hasattr(dataset, "num_batches"):
        return f"[{name}[i] for i in range({name}.num_batches)]"
    endless = hasattr(dataset, "cardinality") and int(dataset.cardinality()) == -1
    return f"list({name}.take(1000))" if endless else f"list({name})"


def _steps(images, shape):
    """Yield expressions that may mend images, which stand in them as `{}`; what can't be computed does no harm."""
    array = isinstance(images, np.ndarray)
    if array and images.dtype.kind in "biuf":
        misfit = shape is not None and not _is_like(images.shape[1:], shape)
        yield from _shape_steps(images, shape) if misfit else _range_steps(images)
    elif array and images.dtype.kind == "c":
        yield "np.abs({})" if images.imag.any() else "{}.real"
    elif array and images.dtype.names:
        yield from (f"{{}}[{key!r}]" for key in images.dtype.names)
    elif isinstance(images, collections.abc.Mapping):
        yield from (f"{{}}[{key!r}]" for key in images)
        yield from ["np.stack(list({}.values()))"] * (len(images) > 1)  # a name for each image
    elif isinstance(images, (list, tuple)):
        yield from _list_steps(images, shape) if images else ()
    elif not isinstance(images, (str, bytes)):
        yield from ("np.asarray({})", '{}.astype("float32")', "{}.detach().cpu().numpy()", "{}.toarray()")
        if hasattr(images, "__iter__"):  # a variable of JAX has none, and gives its last image again and again
            yield "list({})"


def _list_steps(images, shape):
    """Yield what may make one array of a list: of images or of batches, alone or with their labels."""
    first, parts = images[0], "{}"
    if isinstance(first, (list, tuple, dict)) and first:
        key = next(iter(first)) if isinstance(first, dict) else 0
        if hasattr(first[key], "shape"):
            first, parts = first[key], f"[x[{key!r}] for x in {{}}]"
    pixels = math.prod(shape) if shape and None not in shape else 784
    batches = math.prod(getattr(first, "shape", ())[1:]) in (pixels, 784)
    ways = ["np.concatenate", "np.stack"] if batches else ["np.stack", "np.concatenate"]
    if isinstance(images, tuple) or not (batches or shape):
        ways.remove("np.concatenate")  # it would join training and test images, or images of unequal heights
    yield from (f"{way}({parts})" for way in ways)
    pictures = (np.shape(x) if hasattr(x, "__array_interface__") else getattr(x, "shape", ()) for x in images)
    ((size, count),) = collections.Counter(map(tuple, pictures)).most_common(1)  # NumPy's, Pillow's, tensors
    if count > 1:
        yield f"np.stack([x for x in {{}} if np.shape(x) == {size}])"
    yield "{}[0]"


def _shape_steps(images, shape):
    """Yield what may bring images to the shape (n, *shape) and leaves the pixels of each image together."""
    found, one, pixels = images.shape, images.shape[1:], None if None in shape else math.prod(shape)
    yield from ("{}[None]", "{}[..., None]")
    yield from ("np.moveaxis({}, 1, -1)", "np.swapaxes({}, 1, 2)")
    if len(found) < 3 or found[-1] not in (3, 4):  # else these are colours
        yield "np.moveaxis({}, -1, 0)"
    sides, wanted = ([size for size in sizes if size != 1] for sizes in (one, shape))
    in_a_row = len(found) == 1 and pixels and found[0] % pixels == 0
    if in_a_row or math.prod(one) == pixels and (sides == wanted or min(len(sides), len(wanted)) < 2):
        yield f"{{}}.reshape{(-1, *shape)}"
    if one[-1:] in ((3,), (4,)):  # colours
        yield "{}[..., :3].mean(axis=-1, keepdims=True)"
    for column, others in ((0, "1:"), (-1, ":-1")):  # a table with the labels beside the pixels
        if len(one) == 1 and one[0] - 1 == pixels and {0} < {0, *np.unique(images[:, column])} <= set(range(10)):
            yield f"{{}}[:, {others}]"


def _range_steps(images):
    """Yield what may bring all pixels into [0, 1], in their order and over the whole range."""
    finite = images[np.isfinite(images)]
    if not finite.size:
        return
    low, high = finite.min(), finite.max()
    if finite.size < images.size:
        black, white = (0, 1) if 0 <= low and high <= 1 else (_short(low), _short(high))
        yield f"np.nan_to_num({{}}, nan={black}, posinf={white}, neginf={black})"
    elif low < 0:
        if -1 <= low < -0.9 and 0.9 < high <= 1:
            yield "({} + 1) / 2"
        yield f"np.interp({{}}, ({_short(low)}, {_short(high)}), (0, 1))"
    else:
        whole = images.dtype.kind != "f" or (images.dtype.itemsize < 4 and float(high) > 255)  # 65535 is infinite there
        full = next((top for top in (1, 255, 65535, 2**32 - 1) if float(high) <= top), high)
        if float(high) < full * (0.1 if images.dtype.kind == "u" else 0.5):
            full = high  # a type that has room for more
        yield "{}" + '.astype("float32")' * whole + f" / {_short(full)}" * bool(full > 1)
        yield f"np.interp({{}}, (0, {_short(high)}), (0, 1))"


def _short(number):
    """Return the shortest text of a number that is read as the same number."""
    return str(number).removesuffix(".0")
