"""What strangers' submissions may do: they answer or are lost with a reason, and leave nothing behind."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

import numpy as np
import pytest

from aelib.grading import sandbox

TESTS = pathlib.Path(__file__).parent
SECRET = "a-secret-of-the-grader"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sandbox.LINUX, reason="looks for processes in /proc"),
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
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
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
    return {path for folder in pathlib.Path(tempfile.gettempdir()).glob("aelib-*") for path in folder.rglob("*")}


@pytest.fixture(scope="module", autouse=True)
def place(tmp_path_factory):
    """A temporary folder of our own, since others may run fork servers, too."""
    others.update(processes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("place")))
        patch.setenv("AELIB_TOKEN", SECRET)
        yield


@pytest.fixture(scope="module", params=["namespaces", "limits only"])
def server(request, place):
    if request.param == "namespaces" != sandbox.isolation():
        pytest.skip("this machine lets nobody make namespaces")
    before = processes(), files()
    with sandbox.ForkServer(keras=3, namespaces=request.param == "namespaces") as server:
        yield server
    assert (processes(), files()) == before


@pytest.fixture(autouse=True)
def nothing_is_left_and_the_next_submission_works(request):
    yield
    if "server" in request.fixturenames:
        with request.getfixturevalue("server").session(GOOD.encode()) as session:
            assert session.ask("load", function="autoencoder")["found"]
        assert len(processes()) == 1, "the fork server"
        assert [path.name for path in files()] in ([], ["work"])


def works(server):
    with server.session(GOOD.encode(), seconds=60) as session:
        assert session.ask("load", function="autoencoder") == {"found": True, "functions": ["autoencoder"]}
        assert session.ask("build", arguments=[6, [4], 2])["kinds"] == ["Functional"] * 3
    assert session.left == []


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


def tried(*attempts):
    """A submission that makes attempts and prints what comes of each on a line."""
    return "import ctypes, os, shutil, socket, subprocess, sys\nlibc = ctypes.CDLL(None)\n" + "".join(
        f"try: print({attempt})\nexcept Exception as error: print(type(error).__name__)\n" for attempt in attempts
    )


def test_a_submission_answers(server):
    images = np.random.default_rng(0).random((8, 6), "float32")
    with server.session(GOOD.encode(), seconds=60) as session:
        assert session.ask("load", function="autoencoder")["found"]
        assert session.ask("build", arguments=[6, [64], 32])["models"] == [True] * 3
        (outputs,) = session.ask("call", model="auto", inputs=images)["outputs"]
        assert outputs.shape == (8, 6) and outputs.dtype == "float32" and 0 < outputs.min() < outputs.max() < 1
        (loss,) = session.ask("fit", images=images, epochs=1)["losses"]
        clipped = outputs.astype("float64")
        assert loss == pytest.approx(-np.mean(images * np.log(clipped) + (1 - images) * np.log(1 - clipped)), rel=1e-4)
    assert session.printed.startswith("keras.src.layers")  # Keras 3
    assert session.printed_bytes == len(session.printed) and session.left == []
    with pytest.raises(sandbox.NoAnswer, match="the session is over"):
        session.ask("describe")


@pytest.mark.parametrize("namespaces", [True, False])
def test_keras_2_is_keras_2(namespaces):
    if namespaces and sandbox.isolation() != "namespaces":
        pytest.skip("this machine lets nobody make namespaces")
    with sandbox.ForkServer(keras=2, namespaces=namespaces) as server:
        works(server)
        with server.session(GOOD.encode()) as session:
            session.ask("load", function="autoencoder")
            session.ask("build", arguments=[6, [4], 2])
            assert len(session.ask("fit", images=np.zeros((8, 6), "float32"))["losses"]) == 1
        assert session.printed.startswith("tf_keras.")


FAKE = "import os, time\n"
REASONS = {
    "ends": ("import os; os._exit(3)", "it ended the process (exit code 3)"),
    "interrupts itself": ("raise KeyboardInterrupt", "it ended the process (exit code 1)"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "it crashed (signal 11, segmentation fault)"),
    "kills its group": ("import ctypes; ctypes.CDLL(None).kill(0, 9)", "it crashed (signal 9, killed)"),
    "loops": ("while True: pass", "it was still running after 1 second"),
    "prints without end": ("while True: print('x' * 99999)", "it was still running after 1 second"),
    "stops itself": ("import os; os.kill(os.getpid(), 19)", "it was still running after 1 second"),
    "drips": (
        FAKE + "os.write(3, b'%016d' % 9999)\nwhile True: os.write(3, b'x'); time.sleep(0.01)",
        "it was still running after 1 second",
    ),
    "writes everywhere": (
        FAKE + "for channel in range(256):\n try: os.write(channel, b'garbage' * 99)\n except OSError: pass",
        sandbox.NONSENSE,
    ),
    "answers a list": (FAKE + "os.write(3, b'%016d[1]' % 3)", sandbox.NONSENSE),
    "answers twice": (FAKE + "os.write(3, b'%016d{}' % 2 * 2)", sandbox.NONSENSE),
    "answers deeply": (FAKE + "os.write(3, b'%016d' % 99999 + b'[' * 99999)", sandbox.NONSENSE),
    "answers no array": (FAKE + """os.write(3, b'%016d{"array": "AAAA", "shape": [-7]}' % 30)""", sandbox.NONSENSE),
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
    answer, session = loaded(server, source, seconds=1 if "second" in reason else 30)
    assert answer == reason
    assert session.left == []


def test_a_question_that_is_not_read_does_not_block(server):
    source = "import threading, time, os\nthreading.Timer(0.5, os.kill, [os.getpid(), 19]).start()"
    with server.session(source.encode(), seconds=3) as session:
        assert session.ask("load", function="f") == {"found": False, "functions": []}
        time.sleep(1)
        with pytest.raises(sandbox.NoAnswer, match="still running after 3 seconds"):
            session.ask("fit", images=np.zeros((1000, 784), "float32"))


def test_answers_to_no_question_are_no_answers(server):
    source = FAKE + "import threading\nthreading.Timer(0.5, os.write, [3, b'%016d{}' % 2]).start()"
    with server.session(source.encode()) as session:
        assert session.ask("load", function="f") == {"found": False, "functions": []}
        time.sleep(1)
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
for number in range(200):
    if not fork():
        if number % 2:
            os.setsid()
        if number % 50 == 0 and fork():
            os._exit(0)  # its child is nobody's
        for _ in range(1200):
            time.sleep(0.05)
            if os.path.exists({str(tmp_path / "go")!r}):
                open({str(tmp_path / "late")!r}, "w")
        os._exit(0)
"""
    answer, session = loaded(server, FORK + source)
    assert answer == {"found": False, "functions": []}
    assert session.left == ["200 processes it had started were ended"]
    assert len(processes()) == 1
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


def test_a_submission_sees_no_secret_and_no_input(server):
    source = "import os, sys\nprint(sys.stdin.read() == '', 'AELIB_TOKEN' in os.environ, os.environ['HOME'])"
    empty, secret, home = printed(server, source).split()
    assert (empty, secret) == ("True", "False") and home.startswith(tempfile.gettempdir())


def test_a_submission_can_not_read_what_is_hidden(server, tmp_path):
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "link").symlink_to(tmp_path / "secret.txt")
    library = pathlib.Path(os.__file__).parent / "json"  # which namespaces don't leave out by themselves
    lone = pathlib.Path(os.__file__).parent / "this.py"
    assert lone.read_text() and (library / "tool.py").exists()
    source = tried(
        f"open({str(tmp_path / 'secret.txt')!r}).read()",
        f"open({str(tmp_path / 'open' / 'link')!r}).read()",
        f"os.listdir({str(tmp_path)!r})",
        f"subprocess.check_output(['cat', {str(tmp_path / 'secret.txt')!r}], stderr=-3)",
        f"open({str(library / 'tool.py')!r}).read()",
        f"open({str(lone)!r}).read() or 'EmptyError'",
    )
    lines = printed(server, source, hidden=[tmp_path, library, lone]).splitlines()
    assert len(lines) == 6 and all(line.endswith("Error") for line in lines)


def test_a_submission_can_not_read_or_import_the_answers(server):
    source = "import importlib\n" + tried(
        "importlib.import_module('aelib.factories')",
        "importlib.import_module('aelib').__file__.read()",
        f"open({str(TESTS.parent / 'aelib' / 'factories.py')!r}).read()",
        f"os.listdir({str(TESTS.parent / 'aelib')!r})[0]",
        "[name for name, module in sys.modules.items() if 'aelib' in name and module][0]",
    )
    lines = printed(server, source).splitlines()
    assert len(lines) == 5 and all(line.endswith("Error") for line in lines)


def test_a_submission_reaches_no_server(server):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        source = tried(f"socket.socket().connect({listener.getsockname()!r})")
        assert printed(server, source) in ("OSError\n", "PermissionError\n")
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_submission_ends_no_other_process(server):
    source = tried("os.kill(os.getppid(), 9)", "os.kill(-1, 9) if os.getpid() < 9 else os.kill(0, 9)")
    assert printed(server, source) == ("None\nProcessLookupError\n" if server.namespaces else "PermissionError\n" * 2)


def test_what_a_submission_tries_is_in_vain(server, tmp_path):
    if not server.namespaces:
        pytest.skip("only namespaces prevent it")
    places = [tempfile.gettempdir(), TESTS, sys.prefix, os.path.expanduser("~"), "/", "/usr", "/dev/shm"]
    attempts = [f"open({os.path.join(place, 'aelib-trace')!r}, 'w')" for place in places]
    attempts += [f"shutil.rmtree({str(tmp_path)!r})", f"os.remove({sandbox.__file__!r})"]
    attempts += ["open('/proc/sys/kernel/hostname', 'r+')", "open('/proc/1/mem', 'rb')", "open('/proc/1/fd/3', 'wb')"]
    answers = [f"{type(OSError()).__name__}", "PermissionError", "FileNotFoundError"]
    lines = printed(server, tried(*attempts)).splitlines()
    assert len(lines) == len(attempts) and set(lines) <= set(answers)
    assert tmp_path.exists() and not [place for place in places if os.path.exists(os.path.join(place, "aelib-trace"))]
    calls = ["libc.unshare(0x10000000)", "libc.unshare(0x20000)", "libc.umount2(b'/usr', 2)", "libc.setuid(0)"]
    calls += ["libc.mount(b'none', b'/', None, 0x1020, None)", "libc.mount(b'tmpfs', b'/usr', b'tmpfs', 0, None)"]
    assert printed(server, tried(*calls)).split() == ["-1"] * len(calls)
    alone = "len([name for name in os.listdir('/proc') if name.isdigit()])"
    assert printed(server, tried(alone, "len(socket.if_nameindex())")).split() == ["2", "1"]


def test_a_submission_can_not_fill_the_disk(server):
    if not server.namespaces:
        pytest.skip("only namespaces prevent it")
    source = """
import errno
size = 0
try:
    for number in range(100):
        with open(str(number), "wb") as file:
            size += file.write(bytes(1 << 22))
except OSError as error:
    print(errno.errorcode[error.errno], 56 <= size >> 20 <= 64)
"""
    assert printed(server, source) == "ENOSPC True\n"


def test_a_fork_bomb_is_limited(server):
    if not server.namespaces:
        assert printed(server, tried("os.fork()")) == "PermissionError\n"
        return
    source = """
import threading, time
threading.stack_size(1 << 16)
try:
    for number in range(1000):
        threading.Thread(target=time.sleep, args=[60], daemon=True).start()
except RuntimeError:
    print(400 < number < 520)
"""
    assert printed(server, source) == "True\n"


@pytest.mark.parametrize("victim", ["supervisor", "fork server"])
def test_a_fork_server_that_a_submission_ends_is_started_anew(server, victim):
    if server.namespaces:
        pytest.skip("namespaces prevent it")
    source = f"""
def parent_of(pid):
    return int(open(f"/proc/{{pid}}/stat").read().rpartition(")")[2].split()[1])
if not fork():
    time.sleep(60)
    os._exit(0)
victim = os.getppid() if {victim == "supervisor"} else parent_of(os.getppid())
if b"sandbox" in open(f"/proc/{{victim}}/cmdline", "rb").read():
    ctypes.CDLL(None).kill(victim, 9)
time.sleep(60)
"""
    answer, session = loaded(server, FORK + source)
    assert answer == "it ended the grader's helper process"
    assert len(session.left) == 1
    works(server)


def test_a_process_that_can_not_be_set_up_is_no_fault_of_the_submission(monkeypatch):
    monkeypatch.setattr(
        sandbox, "RUN", sandbox.RUN.replace("sandbox._{}", "sandbox._enter_namespaces = None; sandbox._{}")
    )
    with sandbox.ForkServer(namespaces=True) as server:
        with pytest.raises(RuntimeError, match="can't be set up here: it failed with TypeError"):
            loaded(server, "")


def test_a_fork_server_takes_one_submission_at_a_time(server):
    with server.session(b"") as session:
        with pytest.raises(RuntimeError, match="one submission at a time"):
            server.session(b"").__enter__()
        assert session.ask("load", function="f")["found"] is False


@pytest.mark.parametrize("way", ["SIGINT", "SIGKILL"])
def test_a_grader_that_is_interrupted_leaves_nothing(way):
    program = """
import signal
from aelib.grading import sandbox
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a script's background jobs have to ask for
with sandbox.ForkServer() as server, server.session(b"print(1)\\nwhile True: pass") as session:
    print("begun", flush=True)
    session.ask("load", function="f")
"""
    before = processes(), files()
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"TMPDIR": tempfile.gettempdir()},
    ) as grader:
        assert grader.stdout.readline() == b"begun\n"
        time.sleep(0.3)
        assert len(processes() - before[0]) > 2
        grader.send_signal(getattr(signal, way))
        grader.wait(15)
    limit = time.monotonic() + 10
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
        patch.setattr(sandbox, "LINUX", False)
        assert sandbox.isolation.__wrapped__() == "limits only"
    before = files()
    monkeypatch.setattr(sandbox, "RUN", "import sys; sys.exit('no such library')")
    assert sandbox.isolation.__wrapped__() == "limits only"
    with pytest.raises(RuntimeError, match="Keras 3 can't be started: no such library To see all of it, type: python"):
        sandbox.ForkServer(namespaces=False).__enter__()
    assert files() == before
