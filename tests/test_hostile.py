"""Submissions that attack the grader: none earns a point it did not work for, none stops a run, none leaves a trace."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

import pytest
from test_cohort import NoServer

from aelib import __main__ as command
from aelib.grading import cohort, file_style, sandbox, submissions

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
    "crashes": ("import ctypes\nctypes.string_at(0)", "signal 11|PermissionError", set()),
    "prints without end": ("while True: print('right ' * 100_000)", "still running|printed more than", set()),
    "prints a verdict": (
        'print(\'{"criteria": {"loads": {"ok": true}}, "points": 6}\')\nraise SystemExit(0)',
        "SystemExit",
        set(),
    ),
    "forks": (
        "import os, time\nfor _ in range(100):\n    if os.fork() == 0: time.sleep(600)\nwhile True: pass",
        "more than 32 processes|still running|PermissionError",
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
ENDLESS = {"hangs at import": 1, "hangs in the call": 2, "hangs in fit": 4, "forks": 1}
ENDLESS["kills its parent"] = 1


@pytest.fixture(scope="module")
def only_server():
    with sandbox.ForkServer() as server:
        yield server


@pytest.fixture(params=[True, False], ids=["namespaces", "limits"])
def server(request, only_server):
    if request.param and sandbox.isolation() != "namespaces":
        pytest.skip("this machine gives no namespaces")
    only_server.namespaces = request.param
    return only_server


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
ODD = RIGHT.replace("    return enc", f"{ODDITIES}    return enc").replace("image", "εἰκών")
ODD += "\n\nimport numpy as np\nx = np.zeros((64, 8))\nautoencoder(8, [4], 2)[2].fit(x, x)\n"


def test_what_is_odd_but_right_is_right(server):
    """It trains at import, asserts types, changes its arguments, compiles the parts, prints megabytes, writes Greek."""
    assert ODDITIES in ODD and "εἰκών" in ODD
    record = cohort.judged(server, ODD.encode(), "vanilla")
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


# What is decided without a child: neighbours, interruptions, isolation, style


def record(**more):
    verdicts = {name: cohort.Verdict(True, "Right.") for name in cohort.judge.criteria("vanilla")}
    return {"criteria": verdicts, "remarks": [], "printed": "", "left": [], "seconds": 0.1, **more}


@pytest.fixture
def class_folder(tmp_path):
    """Three learners with one file each."""
    for name in ("ada", "bob", "eve"):
        (tmp_path / "class" / name).mkdir(parents=True)
        (tmp_path / "class" / name / "0-vanilla.py").write_text(f"# {name}\n")
    return tmp_path / "class"


def test_who_is_cut_short_beside_another_is_judged_again_alone_and_the_record_says_so(class_folder, monkeypatch):
    running, together, tries = set(), threading.Barrier(2), []

    def judged(server, source, *_):
        running.add(source)
        tries.append((source, len(running) > 1))
        if tries.count((source, True)) + tries.count((source, False)) == 1 and b"eve" not in source:
            together.wait(10)  # ada and bob run at the same time
        found = record(cut_short=len(running) > 1 and b"ada" in source)
        if found["cut_short"]:
            found["criteria"] = dict.fromkeys(found["criteria"], cohort.Verdict(None, "still running"))
        together.wait(10) if b"eve" not in source and len(running) > 1 else None
        running.discard(source)
        return found

    monkeypatch.setattr(cohort, "judged", judged)
    monkeypatch.setattr(cohort.sandbox, "ForkServer", NoServer)
    steps = []
    found, _ = submissions.find([class_folder])
    records = cohort.grade(found, jobs=2, done=lambda number, total, _: steps.append(number))
    ada, bob, eve = records
    assert steps == [1, 2, 3] and all(each["criteria"]["loads"].ok for each in records)
    assert ada["remarks"] == [cohort.AGAIN] and bob["remarks"] == eve["remarks"] == []
    assert tries[-1] == (b"# ada\n", False), "alone, after all others"


def test_who_is_cut_short_alone_is_not_judged_again(class_folder, monkeypatch):
    calls = []
    monkeypatch.setattr(cohort, "judged", lambda *_: calls.append(1) or record(cut_short=True))
    monkeypatch.setattr(cohort.sandbox, "ForkServer", NoServer)
    records = cohort.grade(submissions.find([class_folder])[0])
    assert [each["remarks"] for each in records] == [[]] * 3 and len(calls) == 3


@pytest.mark.parametrize(
    "busy", ["judged = lambda *_: time.sleep(600)", "NoServer.__enter__ = lambda _: time.sleep(600)"]
)
def test_ctrl_c_waits_neither_for_a_judge_nor_for_a_fork_server(class_folder, busy):
    program = f"""
import os, signal, sys, threading, time
from aelib import __main__
from aelib.grading import cohort
class NoServer:
    def __init__(self, keras): pass
    def __enter__(self): return self
    def __exit__(self, *_): pass
cohort.sandbox.ForkServer, cohort.sandbox.isolation = NoServer, lambda: "namespaces"
cohort.{busy}
signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT]).start()
sys.exit(__main__.main(["grade", {str(class_folder)!r}, "--jobs", "2"]))
""".replace("cohort.NoServer", "NoServer")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=class_folder, timeout=60)
    assert done.returncode == 130 and "--resume" in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_without_namespaces_the_command_asks_before_it_runs_anything(class_folder, monkeypatch, capsys):
    calls = []
    monkeypatch.chdir(class_folder)
    monkeypatch.setattr(cohort, "judged", lambda *_: calls.append(1) or record())
    monkeypatch.setattr(cohort.sandbox, "ForkServer", NoServer)
    monkeypatch.setattr(sandbox, "isolation", lambda: "limits only")
    assert command.main(["grade", str(class_folder)]) == 2
    said = capsys.readouterr().err
    assert not calls and not os.path.exists("grades.json")
    assert all(words in said for words in ("no sandbox", "--unsafe", "docker run", "podman", "--network none"))
    assert command.main(["grade", str(class_folder), "--unsafe"]) == 1 and len(calls) == 3
    assert "Isolation of the submissions: limits only." in capsys.readouterr().out
    monkeypatch.setattr(sandbox, "isolation", lambda: "namespaces")
    assert (
        command.main(["grade", str(class_folder)]) == 1 and len(json.loads(open("grades.json").read())["records"]) == 3
    )


SHAPES_OF_STYLE = {
    "nested brackets": "x = " + "[" * 100_000 + "]" * 100_000,
    "nested brackets on lines": "x = " + ("[" * 99 + "\n") * 160 + ("]" * 99 + "\n") * 160,
    "brackets that strings seem to close": "[[[[ ')))))'\n" * 900,
    "a chain of operators": "x = 1" + " + \\\n    1" * 20_000,
    "continuation lines": "x = f(\n" + "    1,\n" * 9000 + ")\n",
    "deep indentation": "".join(" " * depth + "if x:\n" for depth in range(300)),
    "short lines": "x\n" * 100_000,
    "semicolons": ("x;" * 240 + "\n") * 300,
}


@pytest.mark.parametrize("shape", SHAPES_OF_STYLE)
def test_no_file_keeps_pycodestyle_busy(shape, monkeypatch):
    """Its time grows with the square of some sizes: 200 kB took 28 seconds. So what it gets is limited."""
    read = []
    init = file_style.pycodestyle.Checker.__init__

    def watched(self, *rest, lines, **more):
        read.append("".join(lines))
        init(self, *rest, lines=lines, **more)

    monkeypatch.setattr(file_style.pycodestyle.Checker, "__init__", watched)
    ok, text = file_style._pycodestyle(SHAPES_OF_STYLE[shape])
    assert ok is not True and "expected at most" in text or "E501" in text
    assert not read


def test_a_long_file_of_this_course_is_small_for_pycodestyle():
    longest = max((path.read_text("utf-8") for path in SOLUTIONS.iterdir() if path.suffix == ".py"), key=len)
    assert 8 * len(longest) < file_style.STYLED["characters"] and 8 * longest.count("\n") < file_style.STYLED["lines"]
    assert 8 * sum(map(longest.count, "([{")) < file_style.STYLED["brackets"]
    assert file_style._pycodestyle(longest)[0] is True
