"""What a stranger may send: `unpacked` gives back what was packed, and refuses the rest before it converts anything."""

import json
import tracemalloc

import numpy as np
import pytest

from aelib.grading import child


def message(text, data=b""):
    """A message with a text of one's own."""
    text = text if isinstance(text, bytes) else text.encode()
    return bytearray(len(text).to_bytes(8, "big") + text + data)


def array(begin, *shape):
    return json.dumps({"array": begin, "shape": shape})


WRONG = {
    "sizes of 4,300 digits": message('{"array": 0, "shape": [' + ",".join(["9" * 4300] * 700) + "]}"),
    "sizes of 31 digits": message('{"array": 0, "shape": [' + ",".join(["9" * 31] * 1500) + "]}"),
    "one array 400 times": message("[" + ",".join([array(0, 1 << 16)] * 400) + "]", bytes(1 << 18)),
    "arrays that overlap": message(f"[{array(0, 4)}, {array(8, 4)}]", bytes(24)),
    "arrays in another order": message(f"[{array(8, 2)}, {array(0, 2)}]", bytes(16)),
    "an array beyond the end": message(array(0, 4), bytes(12)),
    "bytes of no array": message(array(0, 4), bytes(20)),
    "tiny arrays": message("[" + ",".join([array(0)] * 1_000_000) + "]"),
    "empty arrays": message("[" + ",".join([array(0, 0)] * 1500) + "]"),
    "an empty array that makes a large one": message(array(0, 0, 1 << 40)),
    "a negative size": message(array(0, -1, -4), bytes(16)),
    "many dimensions": message(array(0, *[1] * 33), bytes(4)),
    "a size that is no integer": message(array(0, 1.0), bytes(4)),
    "a shape that is no list": message('{"array": 0, "shape": 1}', bytes(4)),
    "deep lists": message("[" * 30_000 + "]" * 30_000),
    "lists deep enough to be read": message("[" * 300 + "]" * 300),
    "deep dictionaries": message('{"a": ' * 100 + "1" + "}" * 100),
    "deep tuples": message('{"tuple": [' * 100 + "]}" * 100),
    "a name twice": message('{"error": 1, "error": 2}'),
    "a long integer": message("9" * 5000),
    "a long fraction": message("0." + "1" * 5000),
    "a long text": message(json.dumps("backends " * 1000)),
    "a long name": message(json.dumps({"backends " * 1000: 1})),
    "a tuple of nothing": message('{"tuple": 5}'),
    "no text": message(b'{"\xff": 1}'),
    "no JSON": message("{"),
    "nothing": bytearray(),
    "a length and no text": bytearray(b"\xff" * 8),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_no_model_has_to_say_is_refused_and_takes_little_memory(what):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError):
            child.unpacked(WRONG[what])
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_what_is_packed_is_unpacked():
    rng = np.random.default_rng(0)
    shapes = [(), (0,), (3, 0, 2), (7,), (28, 28, 1), (2, 3, 4, 5)]
    said = {
        "outputs": [rng.normal(size=shape).astype("float32") for shape in shapes] * 100,
        "losses": [0.25, float("nan"), float("inf"), 1e300],  # training can end in these
        "arguments": [(28, 28, 1), [16, 8], None, True, "ε" * 2000],
        "changes": {"encoder": {"0": np.ones((2, 2), "float32")}},
    }
    found = child.unpacked(bytearray(child.packed(said)))
    np.testing.assert_equal(found, said)
    assert type(found["arguments"][0]) is tuple and found["outputs"][2].shape == (3, 0, 2)
