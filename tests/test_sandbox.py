"""What strangers' submissions may do: they answer or are lost with a reason, and leave nothing behind."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np
import pytest

from aelib.grading import fork_server, sandbox, walls

TESTS = pathlib.Path(__file__).parent
SECRET = "a-secret-of-the-grader"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not walls.LINUX, reason="looks for processes in /proc"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]

GOOD = """
import tensorflow.keras as keras

def autoencoder(input_dims, hidden_layers, latent_dims):
    def dense(start, units, activation):
        inputs = outputs = keras.Input(shape=(start,))
        for count in units[:-1]:
            outputs = keras.layers.Dense(count, activation="relu")(outputs)
        return keras.Model(inputs, keras.layers.Dense(units[-1], activation=activation)(outputs))
    encoder = dense(input_dims, [*hidden_layers, latent_dims], "relu")
    decoder = dense(latent_dims, [*hidden_layers[::-1], input_dims], "sigmoid")
    inputs = keras.Input(shape=(input_dims,))
    auto = keras.Model(inputs, decoder(encoder(inputs)))
    auto.compile(optimizer="adam", loss="binary_crossentropy")
    return encoder, decoder, auto

print(keras.layers.Dense.__module__)
"""


def processes():
    """The processes that this one started, and those in the folder of a fork server, whoever their parent is now."""
    parents, found = {}, set()
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
            parents[int(folder.name)] = 0 if state == "Z" else int(parent)
            if f"HOME={tempfile.gettempdir()}/aelib-".encode() in (folder / "environ").read_bytes():
                found.add(int(folder.name))
        except OSError:
            pass  # it has just ended, or is somebody else's
    new = {os.getpid()}
    while new := {pid for pid, parent in parents.items() if parent in new}:
        found |= new
    return found - others


others = set()  # what earlier tests started and left running, such as multiprocessing's helper


def files():
    """What is in our temporary folders; `os.walk` passes over a folder that vanishes meanwhile."""
    walks = map(os.walk, pathlib.Path(tempfile.gettempdir()).glob("aelib-*"))
    return {pathlib.Path(top, name) for walk in walks for top, folders, names in walk for name in folders + names}


@pytest.fixture(scope="module", autouse=True)
def place(tmp_path_factory):
    """A temporary folder of our own, since others may run fork servers, too."""
    others.update(processes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("place")))
        patch.setenv("AELIB_TOKEN", SECRET)
        yield


# Makes a fork server light and bare. Light: a stand-in for TensorFlow, whose import takes seconds; `test_walls` and
# `test_hostile` have the real one. Bare: limits alone, neither Landlock nor refusals, which one can get round
# in C. Where there is something to hide, its namespaces fail. It has a session keyring, as after a login.
BARE = """import importlib.util, types
tensorflow, keras = types.ModuleType('tensorflow'), types.ModuleType('keras')
tensorflow.__spec__, tensorflow.keras, keras.Model = importlib.util.find_spec('tensorflow'), keras, None
sys.modules['tensorflow'], sys.modules['tensorflow.keras'] = tensorflow, keras
walls.fence = walls.refuse = lambda *_: None
root = walls.change_root
walls.change_root = lambda work, hidden: 1 / 0 if hidden else root(work, hidden)
walls.leave_keyring()
"""
BARE = sandbox.RUN.replace("; ", "\n").replace("{}", BARE + "{}")


@pytest.fixture(scope="module")
def bare(place):
    before = processes(), files()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "RUN", BARE)
        server = sandbox.ForkServer().__enter__()
    yield server
    server.__exit__()
    assert (processes(), files()) == before


@pytest.fixture(params=["namespaces", "limits"])
def server(request, bare):
    yield from watched(bare, request.param)


def watched(server, kind):
    """Give a server that isolates in one way; afterwards nothing is left, and the next submission works."""
    if kind == "namespaces" != sandbox.isolation():
        pytest.skip("this machine lets nobody make namespaces")
    server.namespaces = kind == "namespaces"
    yield server
    assert printed(server, "print('works')") == "works\n"
    assert all(parent_of(pid) == os.getpid() for pid in processes()), "nothing but fork servers"
    assert not [path.name for path in files() if path.name != "work"]


def parent_of(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[1])


def loaded(server, source, seconds=30, **options):
    """The answer to "load", or the reason why there is none, and the session."""
    with server.session(source.encode(), seconds=seconds, **options) as session:
        try:
            return session.ask("load", function="f"), session
        except sandbox.NoAnswer as gone:
            with pytest.raises(sandbox.NoAnswer) as again:
                session.ask("describe")
            assert str(again.value) == str(gone)
            return str(gone), session


def printed(server, source, **options):
    """What a submission prints that answers."""
    answer, session = loaded(server, source, **options)
    assert answer == {"found": False, "functions": []}
    return session.printed


def test_keras_2_is_keras_2():
    with sandbox.ForkServer(keras=2) as server:
        for namespaces in {server.namespaces, False}:
            server.namespaces = namespaces
            with server.session(GOOD.encode()) as session:
                session.ask("load", function="autoencoder")
                session.ask("build", arguments=[6, [4], 2])
                assert len(session.ask("fit", images=np.zeros((8, 6), "float32"))["losses"]) == 1
            assert session.printed.startswith("tf_keras.") and session.left == []


FAKE = "import os, time\n"
REASONS = {
    "ends": ("import os; os._exit(3)", "it ended the process (exit code 3)"),
    "interrupts itself": ("raise KeyboardInterrupt", "it ended the process (exit code 1)"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "it crashed (signal 11, segmentation fault)"),
    "kills its group": ("import ctypes; ctypes.CDLL(None).kill(0, 9)", "it crashed (signal 9, killed)"),
    "loops": ("while True: pass", "it was still running after 0.4 seconds"),
    "prints without end": ("while True: print('x' * 999_999)", "it printed more than 256 MiB"),
    "stops itself": ("import os; os.kill(os.getpid(), 19)", "it was still running after 0.4 seconds"),
    "drips": (
        FAKE + "os.write(3, b'%016d' % 9999)\nwhile True: os.write(3, b'x'); time.sleep(0.01)",
        "it was still running after 0.4 seconds",
    ),
    "writes everywhere": (
        FAKE + "for channel in range(256):\n try: os.write(channel, b'garbage' * 99)\n except OSError: pass",
        sandbox.NONSENSE,
    ),
    "answers a list": (FAKE + "os.write(3, b'%016d[1]' % 3)", sandbox.NONSENSE),
    "answers twice": (FAKE + "os.write(3, b'%016d{}' % 2 * 2)", sandbox.NONSENSE),
    "answers deeply": (FAKE + "os.write(3, b'%016d' % 99999 + b'[' * 99999)", sandbox.NONSENSE),
    "answers no array": (FAKE + """os.write(3, b'%016d{"array": "AAAA", "shape": [-7]}' % 30)""", sandbox.NONSENSE),
    "answers with one array again and again": (
        FAKE
        + """text = b'{"a": [' + b','.join([b'{"array":0,"shape":[65536]}'] * 400) + b']}'
os.write(3, b'%016d' % (8 + len(text) + 4 * 65536) + len(text).to_bytes(8, 'big') + text)
while True: os.write(3, bytes(65536))""",
        sandbox.NONSENSE,
    ),
    "sends many short messages": (FAKE + "while True: os.write(3, b'%016d' % 0)", sandbox.NONSENSE),
    "has a name that is no text": (
        "import ctypes, os, time\nctypes.CDLL(None).prctl(15, bytes([255, 254]) + b') R 1 ', 0, 0, 0)\n"
        "time.sleep(0.4)\nos._exit(3)",
        "it ended the process (exit code 3)",
    ),
    "answers at length": (FAKE + "os.write(3, b'%016d' % (65 << 20))", "it sent more than 64 MiB"),
    "hangs up": (FAKE + "os.closerange(3, 256); time.sleep(60)", "it closed its connection to the grader"),
    "uses up its memory": (
        "import ctypes\nnew = ctypes.CDLL('libstdc++.so.6')._Znwm\nwhile True: new(ctypes.c_size_t(1 << 30))",
        "it used more than 4 GiB of memory",
    ),
}


@pytest.mark.parametrize("deed", REASONS)
def test_a_submission_is_lost_with_a_reason(server, deed):
    source, reason = REASONS[deed]
    answer, session = loaded(server, source, seconds=0.4 if "second" in reason else 30)
    assert answer == reason
    assert session.left == []
    assert session.cut_short == reason.startswith(("it was still", "it crashed", "it used"))


def test_the_helper_process_killed_as_it_is_asked_is_told_and_a_new_one_answers(monkeypatch):
    def broken(*_):
        raise BrokenPipeError

    with sandbox.ForkServer() as own:
        with monkeypatch.context() as patched:
            patched.setattr(sandbox, "send", broken)
            with pytest.raises(RuntimeError, match="The grader's own process was killed: repeat the call"):
                loaded(own, "def f(): pass")
        assert loaded(own, "def f(): pass")[0]["found"]


TOGETHER = "import ctypes, mmap, os, time\nfork = ctypes.PyDLL(None).fork\n"


def test_processes_are_counted(server):
    answer, session = loaded(server, TOGETHER + "for _ in range(40): fork() or time.sleep(60)\ntime.sleep(60)")
    assert answer == "it started more than 32 processes" and not session.cut_short
    assert all(parent_of(pid) == os.getpid() for pid in processes())


def test_processor_time_counts_for_all_processes_together(server):
    source = TOGETHER + "for _ in range(3):\n if not fork():\n  while True: pass\ntime.sleep(60)"
    with server.session(source.encode(), seconds=-4.5) as session:  # which leaves one second of processor time
        session._deadline += 60
        with pytest.raises(sandbox.NoAnswer, match="it used more than 1 seconds of processor time"):
            session.ask("load", function="f")
    assert not session.cut_short and max(session.left) >= "3 processes"


@pytest.mark.parametrize(
    "deed",
    [
        "for _ in range(3):\n if not fork():\n  hoard = b'x' * (350 << 20)\n  time.sleep(60)",
        "fork(), fork()\nhoard = mmap.mmap(-1, 300 << 20)\nfor _ in range(30): hoard.write(b'x' * (10 << 20))",
        "hoard = [os.memfd_create('') for _ in range(99)]\nfor file in hoard: os.write(file, b'x' * (15 << 20))",
    ],
    ids=["in three processes", "in shared memory", "in files without a name"],
)
def test_memory_counts_for_all_processes_together(server, deed, monkeypatch):
    monkeypatch.setattr(sandbox, "MEMORY", 1 << 30)
    answer, session = loaded(server, TOGETHER + deed + "\ntime.sleep(60)")
    assert answer == "it used more than 1 GiB of memory" and not session.cut_short
    assert session.peak > 1 << 30


def test_peak_memory_is_measured(server):
    peaks = []
    for size in (1, 300 << 20):
        answer, session = loaded(server, f"import time\nhoard = b'x' * {size}\ntime.sleep(0.4)")
        peaks.append(session.peak)
    assert 290 << 20 <= peaks[1] - peaks[0] < 400 << 20


def test_a_question_that_is_not_read_does_not_block(server):
    source = "import threading, time, os\nthreading.Timer(0.2, os.kill, [os.getpid(), 19]).start()"
    with server.session(source.encode(), seconds=2) as session:
        assert session.ask("load", function="f") == {"found": False, "functions": []}
        time.sleep(0.5)
        with pytest.raises(sandbox.NoAnswer, match="still running after 2 seconds"):
            session.ask("fit", images=np.zeros((1000, 784), "float32"))


def test_answers_to_no_question_are_no_answers(server):
    source = FAKE + "import threading\nthreading.Timer(0.2, os.write, [3, b'%016d{}' % 2]).start()"
    with server.session(source.encode()) as session:
        assert session.ask("load", function="f") == {"found": False, "functions": []}
        time.sleep(0.5)
        with pytest.raises(sandbox.NoAnswer, match="no answer"):
            session.ask("describe")


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("import sys; sys.exit(3)", "SystemExit"),
        ("import numpy as np; hoard = [np.empty(1 << 28, 'uint8') for _ in range(20)]", "MemoryError"),
        ("input()", "EOFError"),
        ("with open('big', 'wb') as file: file.write(bytes(17 << 20))", "OSError"),
        ("def f(:", "SyntaxError"),
    ],
)
def test_a_mistake_is_an_ordinary_answer(server, source, kind):
    answer, session = loaded(server, source)
    assert answer["error"]["type"] == kind and answer["error"]["line"] == 1


def test_output_is_counted_and_cut(server):
    answer, session = loaded(server, "for _ in range(500): print('\\xe9' * 50_000)")
    assert answer["found"] is False
    assert session.printed == "\xe9" * 2000
    assert session.printed_bytes == 500 * 100_001


FORK = "import ctypes, os, time\nfork = ctypes.PyDLL(None).fork\n"  # which Python can't refuse


def test_processes_that_a_submission_starts_are_ended(server, tmp_path):
    source = f"""
for number in range(24):
    child = fork()
    if not child:
        if number % 2:
            os.setsid()
        if number % 8 == 0 and fork():
            os._exit(0)  # its child is nobody's
        for _ in range(1200):
            time.sleep(0.05)
            if os.path.exists({str(tmp_path / "go")!r}):
                open({str(tmp_path / "late")!r}, "w")
        os._exit(0)
    if number % 8 == 0:
        os.waitpid(child, 0)  # until it has left
"""
    answer, session = loaded(server, FORK + source)
    assert answer == {"found": False, "functions": []}
    assert session.left == ["24 processes it had started were ended"]
    assert all(parent_of(pid) == os.getpid() for pid in processes())
    (tmp_path / "go").touch()
    time.sleep(0.5)
    assert not (tmp_path / "late").exists()


def test_processes_end_with_a_submission_that_dies(server):
    source = FORK + "if not fork():\n os.setsid()\n time.sleep(60)\nos._exit(4)"
    answer, session = loaded(server, source)
    assert answer == "it ended the process (exit code 4)"
    assert session.left == ["1 process it had started was ended"]


def test_a_folder_that_is_hard_to_remove_is_removed(server):
    source = """
import os
os.mkdir("locked"); open("locked/file", "w").close(); os.chmod("locked", 0)
for _ in range(1500):
    os.mkdir("deep"); os.chdir("deep")
"""
    assert printed(server, source) == ""


def test_a_submission_finds_no_classmates_name(server, tmp_path):
    source = """
import gc, os, re, sys, traceback
name = re.compile("zebr[a]-of-the-class")  # which does not match itself
try:
    1 / 0
except ZeroDivisionError as error:
    frame, frames = error.__traceback__.tb_frame, []
    while frame:
        frames.append(frame.f_locals)
        frame = frame.f_back
kept = [each for each in gc.get_objects() if type(each) in (dict, list)]
print(len(frames), bool(name.search(repr(frames) + repr(kept))))
inside = {line for place in ("environ", "cmdline") for line in open(f"/proc/self/{place}", errors="replace")}
print(bool(name.search(repr(inside) + repr([os.readlink(f"/proc/self/fd/{fd}") for fd in (0, 1, 2, 3)]))))
found, bytes_ = 0, re.compile(b"zebr[a]-of-the-class")
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb") as memory:
    for line in maps:
        if " rw-p " in line:
            start, end = (int(place, 16) for place in line.split()[0].split("-"))
            try:
                memory.seek(start)
                found += len(bytes_.findall(memory.read(end - start)))
            except OSError:
                pass
print(found)
"""
    (tmp_path / "zebra-of-the-class").mkdir()
    lines = printed(server, source, hidden=[tmp_path / "zebra-of-the-class"]).splitlines()
    assert int(lines[0].split()[0]) > 5 and lines[0].endswith("False") and lines[1:] == ["False", "0"]


def test_nothing_is_passed_on_to_the_next_submission(server):
    source = """
import ctypes, os
libc = ctypes.CDLL(None)
keyctl = {"x86_64": 250, "aarch64": 219}[os.uname().machine]
add_key = {"x86_64": 248, "aarch64": 217}[os.uname().machine]
print(libc.syscall(keyctl, 10, -3, b"user", b"from-a-classmate", 0) >= 0, len(os.listdir(".")), sorted(os.environ))
libc.syscall(add_key, b"user", b"from-a-classmate", b"answer", 6, -3)
print(libc.syscall(keyctl, 10, -3, b"user", b"from-a-classmate", 0) >= 0)
open("from-a-classmate", "w").close()
os.environ["FROM_A_CLASSMATE"] = "answer"
"""
    first, second = (printed(server, source).splitlines() for _ in range(2))
    assert first == second and first[0].startswith("False 1 [")
    if first[1] == "False":
        pytest.skip("nobody may use keyrings here")


@pytest.mark.parametrize("victim", ["supervisor", "fork server"])
def test_a_fork_server_that_a_submission_ends_is_started_anew(bare, victim, monkeypatch):
    server, bare.namespaces = bare, False
    monkeypatch.setattr(sandbox, "RUN", BARE)
    source = f"""
def parent_of(pid):
    return int(open(f"/proc/{{pid}}/stat").read().rpartition(")")[2].split()[1])
if not fork():
    time.sleep(60)
    os._exit(0)
victim = os.getppid() if {victim == "supervisor"} else parent_of(os.getppid())
if b"fork_server" in open(f"/proc/{{victim}}/cmdline", "rb").read():
    ctypes.CDLL(None).kill(victim, 9)
time.sleep(60)
"""
    answer, session = loaded(server, FORK + source)
    assert answer == "it ended the grader's helper process"
    assert len(session.left) == 1
    assert printed(server, "print('works')") == "works\n"


def test_a_process_that_can_not_be_set_up_is_no_fault_of_the_submission(server):
    if not server.namespaces:
        pytest.skip("without them, anybody could say so")
    with pytest.raises(RuntimeError, match="can't be set up here: it failed with ZeroDivisionError"):
        loaded(server, "", hidden=[pathlib.Path(os.__file__).parent / "json"])


def test_a_fork_server_takes_one_submission_at_a_time(server):
    with server.session(b"") as session:
        with pytest.raises(RuntimeError, match="one submission at a time"):
            server.session(b"").__enter__()
        assert session.ask("load", function="f")["found"] is False


@pytest.mark.parametrize(("way", "when"), [("SIGINT", "running"), ("SIGKILL", "running"), ("SIGINT", "starting")])
def test_a_grader_that_is_interrupted_leaves_nothing(way, when):
    run = BARE if when == "running" else BARE.replace("root =", "__import__('time').sleep(600)\nroot =")
    program = f"""
import signal
from aelib.grading import sandbox
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a script's background jobs have to ask for
sandbox.RUN = {run!r}
server = sandbox.ForkServer(namespaces={sandbox.isolation() == "namespaces"})
print("starting", flush=True)
with server, server.session(b"print(1)\\nwhile True: pass") as session:
    print("running", flush=True)
    session.ask("load", function="f")
"""
    before = processes(), files()
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"TMPDIR": tempfile.gettempdir()},
    ) as grader:
        while grader.stdout.readline() != f"{when}\n".encode():
            pass
        time.sleep(0.3)
        assert len(processes() - before[0]) > 1
        grader.send_signal(getattr(signal, way))
        grader.wait(15)
    limit = time.monotonic() + 20
    while (processes(), files()) != before and time.monotonic() < limit:
        time.sleep(0.05)
    assert (processes(), files()) == before


def test_what_is_missing_is_said(monkeypatch):
    with pytest.raises(ValueError, match="keras=4.*give 3 or 2"):
        sandbox.ForkServer(keras=4)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "tf_keras", None)
        with pytest.raises(RuntimeError, match="Type: pip install tf_keras"):
            sandbox.ForkServer(keras=2).__enter__()
    with monkeypatch.context() as patch:
        patch.setattr(walls, "LINUX", False)
        assert sandbox.isolation.__wrapped__() == "limits only"
    before = files()
    monkeypatch.setattr(sandbox, "RUN", "import sys; sys.exit('no such library')")
    assert sandbox.isolation.__wrapped__() == "limits only"
    with pytest.raises(RuntimeError, match="Keras 3 can't be started: no such library To see all of it, type: python"):
        sandbox.ForkServer(namespaces=False).__enter__()
    assert files() == before


def test_what_ps_and_proc_say_is_read():
    assert fork_server._seconds("0:00.25") == 0.25 and fork_server._seconds("2-03:04:05") == 183845
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        seen = [(0, 0)]
        while seen[-1][1] < 0.2:  # seconds of processor time
            seen.append(fork_server._descendants()[busy.pid][1:])
        busy.kill()
    assert 1 << 20 < seen[-1][0] < 1 << 30
