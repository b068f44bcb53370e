"""Submissions that attack the grader: none earns a point it did not work for, none stops a run, none leaves a trace."""

import os
import pathlib
import re
import tempfile
import time

import pytest

from aelib.grading import cohort, sandbox

pytestmark = pytest.mark.slow
SOLUTIONS = pathlib.Path(cohort.__file__).parent.parent / "exercises" / "solutions"
RIGHT = (SOLUTIONS / "0-vanilla.py").read_text("utf-8")
DAEMON = str(pathlib.Path(tempfile.gettempdir()) / "aelib-daemon-was-here")
SHAPES = """
import numpy as np
import tensorflow.keras as keras

def autoencoder(input_dims, hidden_layers, latent_dims):
    image, code = keras.Input((input_dims,)), keras.Input((latent_dims,))
    encoder = keras.Model(image, keras.layers.Dense(latent_dims)(image))
    decoder = keras.Model(code, keras.layers.Dense(input_dims)(code))
    auto = keras.Model(image, decoder(encoder(image)))
    auto.compile("sgd", "mse")
    return encoder, decoder, auto
"""
PATCH = (
    SHAPES
    + """
import sys
frame = sys._getframe()
while frame:
    self = frame.f_locals.get("self")
    if type(self).__name__ == "Child":
        encoder, decoder = {}
        float32 = lambda arrays: [np.asarray(array, "float32") for array in arrays]
        type(self)._weights = lambda *_, **__: {{"encoder": float32(encoder), "decoder": float32(decoder)}}
        type(self)._assign = lambda *_, **__: {{}}
    frame = frame.f_back
"""
)
WORTH = {"loads", "signature", "returns", "encoder_io", "decoder_io", "auto_io", "composition", "trains"}  # SHAPES' own

# name: (source, what the verdict says, criteria that may be right: it has earned them, or lost nothing yet)
HOSTILE = {
    "hangs at import": ("while True: pass", "still running", set()),
    "hangs in the call": (
        "def autoencoder(a, b, c):\n    while True: pass",
        "still running",
        {"loads", "signature"},
    ),
    "hangs in fit": (
        RIGHT.replace(
            "    return enc", "    def slow(*_, **__):\n        while True: pass\n    auto.fit = slow\n    return enc"
        ),
        "still running",
        WORTH | {"encoder_layers", "decoder_layers", "activations"} - {"trains"},
    ),
    "leaves": ("import sys\nsys.exit(0)", "SystemExit", set()),
    "leaves at once": ("import os\nos._exit(0)", "ended", set()),
    "crashes": ("import ctypes\nctypes.string_at(0)", "signal 11", set()),
    "prints without end": ("while True: print('right ' * 100_000)", "still running", set()),
    "prints a verdict": (
        'print(\'{"criteria": {"loads": {"ok": true}}, "points": 6}\')\nraise SystemExit(0)',
        "SystemExit",
        set(),
    ),
    "forks": (
        "import os, time\nfor _ in range(100):\n    if os.fork() == 0: time.sleep(600)\nwhile True: pass",
        "still running|PermissionError",
        set(),
    ),
    "fills the disk": (
        "f = open('big', 'wb')\nwhile True: f.write(b'x' * 2**20); f.flush()",
        "OSError",
        set(),
    ),
    "eats memory": ("x = []\nwhile True: x.append(bytes(2**28))", "MemoryError", set()),
    "leaves a daemon": (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(1)\n"
        f"        open({DAEMON!r}, 'w').write('x')\n    os._exit(0)\n",
        "no function|PermissionError",
        set(),
    ),
    "kills its parent": ("import os, signal\nos.kill(os.getppid(), 9)\nos.kill(-1, 9)\nwhile True: pass", "", set()),
    "asks for the reference": ("from aelib.factories import vanilla as autoencoder", "Error", set()),
    "reads the solution": (f"exec(open({str(SOLUTIONS / '0-vanilla.py')!r}).read())", "Error", set()),
    "patches numpy": (
        SHAPES + "\nnp.allclose = np.array_equal = lambda *_, **__: True\nnp.abs = lambda x: 0 * np.asarray(x)\n"
        "np.ndarray.__doc__ = ''\n",
        "",
        WORTH,
    ),
    "patches unittest and keras": (
        SHAPES + "\nimport unittest\nunittest.TestCase.assertEqual = lambda *_: None\n"
        "class H:\n    history = {'loss': [0.1, 0.01]}\nkeras.Model.fit = lambda *_, **__: H\n",
        "",
        WORTH - {"trains"},
    ),
    "is equal to everything": (
        "class Yes:\n    def __eq__(self, other): return True\n    def __bool__(self): return True\n"
        "    def __getattr__(self, name): return Yes()\n    def __call__(self, *_, **__): return Yes()\n"
        "    def __len__(self): return 3\n    def __iter__(self): return iter([Yes(), Yes(), Yes()])\n"
        "    def __float__(self): return 0.0\n    def __hash__(self): return 0\n"
        "def autoencoder(a, b, c): return Yes(), Yes(), Yes()",
        "",
        {"loads", "signature", "returns"},
    ),
    "walks the frames for the child": (
        SHAPES + "\nimport sys\nframe = sys._getframe()\nwhile frame:\n    self = frame.f_locals.get('self')\n"
        "    if type(self).__name__ == 'Child':\n"
        "        Fake = type(self)\n"
        "        Fake._fit = lambda *_, **__: {'losses': [0.5, 0.1]}\n"
        "        Fake._describe = lambda *_: {'layers': {}, 'optimizer': 'Adam', 'learning_rate': 0.001}\n"
        "        Fake._call = lambda self, model, inputs, **_: {'outputs': [np.zeros((len(inputs), "
        "{'encoder': 32}.get(model, 784)), 'float32')]}\n"
        "    frame = frame.f_back\n",
        "",
        WORTH - {"trains"},
    ),
    "sends nonsense": (
        SHAPES + "\nimport sys\nframe = sys._getframe()\nwhile frame:\n    self = frame.f_locals.get('self')\n"
        "    if type(self).__name__ == 'Child':\n"
        "        type(self).answer = lambda *_, **__: {'outputs': 'x', 'weights': 7, 'losses': None,"
        "  'kinds': [1, 2, 3], 'models': [1, 1, 1], 'encoder': 3, 'names': 5, 'found': True}\n"
        "    frame = frame.f_back\n",
        "",
        {"loads"},
    ),
    "writes to every descriptor": (
        "import os\nfor n in range(3, 256):\n    try: os.write(n, b'\\x00\\x00\\x00\\x10{\"found\": true}xxx')\n"
        "    except OSError: pass\ndef autoencoder(a, b, c): pass",
        "",
        {"loads"},
    ),
    "emulates the models and learns nothing": (
        """
import numpy as np

class Chain:
    def __init__(self, sizes, last):
        rng = np.random.default_rng(0)
        self.w = [a for i, o in zip(sizes, sizes[1:]) for a in (rng.normal(size=(i, o)) * (2 / i) ** 0.5, np.zeros(o))]
        self.last, self.optimizer, self.layers = last, None, []
    def get_weights(self): return [w.astype("float32") for w in self.w]
    def set_weights(self, w): self.w = [np.array(a, "float64") for a in w]
    def __call__(self, x, training=False):
        for n in range(0, len(self.w), 2):
            x = x @ self.w[n] + self.w[n + 1]
            x = np.maximum(x, 0) if n < len(self.w) - 2 or self.last == "relu" else 1 / (1 + np.exp(-x))
        return x
    def fit(self, *_, **__): raise NotImplementedError

class Adam:
    learning_rate = 0.001

class Both:
    def __init__(self, e, d):
        self.e, self.d, self.layers, self.optimizer = e, d, [e, d], Adam()
    def __call__(self, x, training=False): return self.d(self.e(x))
    def get_weights(self): return self.e.get_weights() + self.d.get_weights()
    def set_weights(self, w): pass
    def fit(self, x, y, epochs=1, **_):
        r = np.clip(self(x), 1e-7, 1 - 1e-7)
        loss = float(np.mean(-x * np.log(r) - (1 - x) * np.log(1 - r)))
        return type("H", (), {"history": {"loss": [loss / (n + 1) for n in range(epochs)]}})

def autoencoder(a, b, c):
    e, d = Chain([a, *b, c], "relu"), Chain([c, *b[::-1], a], "sigmoid")
    return e, d, Both(e, d)
""",
        "",
        WORTH - {"trains"} | {"encoder_layers", "decoder_layers", "activations", "loss"},
    ),
    "asks for a long thought": (
        PATCH.format("[np.zeros((250, 250, 1, 1))] * 30, [np.zeros((9, 9, 4, 4))]"),
        "",
        {"loads"} | WORTH,
    ),
    "sends a chain without end": (
        PATCH.format("[np.zeros((1, 1))] * 2000, [np.zeros((784, 1))] * 15"),
        "",
        {"loads"} | WORTH,
    ),
    "sends a chain that does not fit": (
        PATCH.format("[np.zeros((784, 1)), *[np.zeros((1, 1))] * 30, np.zeros((5, 5))], [np.zeros((32, 3))]"),
        "",
        {"loads"} | WORTH,
    ),
    "tells a long story": ("raise ValueError('expects 1 input' * 2_000_000)", "ValueError", set()),
    "raises what can't be printed": (
        "class E(Exception):\n    def __str__(self): raise self\nraise E",
        "E in line",
        set(),
    ),
    "gives weights without end": (
        SHAPES.replace(
            "    return enc",
            "    encoder.get_weights = lambda: [np.zeros((20000, 2000), 'float32')]\n    return enc",
        ),
        "",
        WORTH,
    ),
}

# Seconds for attacks without end: until the time limit nothing more happens to them, once they are where they go.
ENDLESS = {"hangs at import": 1, "hangs in the call": 4, "hangs in fit": 8, "prints without end": 1, "forks": 1}
ENDLESS["kills its parent"] = 1


@pytest.fixture(scope="module", params=[True, False], ids=["namespaces", "limits"])
def server(request):
    if request.param and sandbox.isolation() != "namespaces":
        pytest.skip("this machine gives no namespaces")
    with sandbox.ForkServer(namespaces=request.param) as server:
        yield server


def traces():
    """What a submission could leave behind: files in the folder for temporary files."""
    return {name for name in os.listdir(tempfile.gettempdir()) if name.startswith("aelib-daemon")}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_attack_earns_nothing_and_stops_nothing(server, name):
    source, words, worth = HOSTILE[name]
    record = cohort.judged(server, source.encode(), "vanilla", seconds=ENDLESS.get(name, 8))
    assert record["seconds"] < 20
    right = {criterion for criterion, verdict in record["criteria"].items() if verdict.ok}
    assert right <= worth, record["criteria"]
    assert re.search(words, str(record["criteria"])), record["criteria"]
    earned = {name for (_, name), needed in cohort.points("vanilla").items() if right.issuperset(needed)}
    assert not earned & {"objective", "general"}
    assert not traces()


ODDITIES = """
    assert type(input_dims) is int and type(hidden_layers) is list
    hidden_layers.clear()
    encoder.compile("adam", "mse")
    print("x" * 5_000_000)
    auto.summary()
"""
ODD = {
    "trains at import": RIGHT + "\n\nimport numpy as np\nx = np.zeros((64, 8))\nautoencoder(8, [4], 2)[2].fit(x, x)\n",
    "asserts types, changes its arguments, compiles the parts, prints megabytes, has Greek names": (
        RIGHT.replace("    return enc", f"{ODDITIES}    return enc").replace("image", "εἰκών")
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_but_right_is_right(server, name):
    assert ODD[name] != RIGHT
    record = cohort.judged(server, ODD[name].encode(), "vanilla")
    assert all(verdict.ok for verdict in record["criteria"].values()), record


def test_a_debugger_finds_nobody_to_talk_to(server):
    source = RIGHT.replace("    return enc", "    import pdb\n    pdb.set_trace()\n    return enc")
    record = cohort.judged(server, source.encode(), "vanilla")
    assert "BdbQuit" in record["criteria"]["returns"].text, record


def test_after_all_attacks_an_honest_submission_is_right_and_no_process_is_left(server):
    record = cohort.judged(server, RIGHT.encode(), "vanilla")
    assert all(verdict.ok for verdict in record["criteria"].values()), record
    assert record["left"] == []
    time.sleep(1.2)
    assert not traces()


def test_there_are_at_least_fifteen_attacks():
    assert len(HOSTILE) >= 15
