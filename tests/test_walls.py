"""What a submission may see, read and change: what Python needs and its own folder, whichever way it is shut in."""

import os
import pathlib
import socket
import sys
import tempfile

import numpy as np
import pytest
from test_sandbox import GOOD, SECRET, TESTS, files, loaded, place, printed, processes, pytestmark, watched  # noqa: F401

from aelib.grading import sandbox


@pytest.fixture(scope="module")
def usual(place):  # noqa: F811
    before = processes(), files()
    with sandbox.ForkServer() as server:
        yield server
    assert (processes(), files()) == before


@pytest.fixture
def namespaces(usual):
    yield from watched(usual, "namespaces")


@pytest.fixture
def limits(usual):
    yield from watched(usual, "limits")


@pytest.fixture(params=["namespaces", "limits"])
def walled(request, usual):
    yield from watched(usual, request.param)


def tried(*attempts):
    """A submission that makes attempts and prints what comes of each on a line."""
    return "import ctypes, os, shutil, signal, socket, subprocess, sys\n" + "".join(
        f"try: print({attempt})\nexcept Exception as error: print(type(error).__name__)\n" for attempt in attempts
    )


PLAIN = """
open(FILE).read()
os.link(FILE, 'a')
shutil.copy(FILE, 'b')
os.listdir(FOLDER)
next(os.scandir(FOLDER))
(os.chdir(FOLDER), open('classmates').read())
os.open('classmates', 0, dir_fd=os.open(FOLDER, 0))
os.open(FILE[1:], 0, dir_fd=os.open('/usr/..', 0))
(os.symlink(FILE, 'c'), open('c').read())
mmap.mmap(os.open(FILE, 0), 1, prot=1)
os.getxattr(FILE, 'user.a')
__import__('readline').read_history_file(FILE)
os.rename(FILE, 'd')
os.replace(FILE, 'e')
os.replace('h', FILE)
shutil.move(FILE, 'f')
os.truncate(FILE, 0)
os.chmod(FILE, 0)
os.remove(FILE)
os.utime(FILE)
open(FILE, 'a')
os.open(FILE, os.O_RDWR)
os.mkdir(FOLDER + '/g')
os.mkfifo(FOLDER + '/j')
shutil.rmtree(FOLDER)
sqlite3.connect(FOLDER + '/i')
sqlite3.connect(':memory:').load_extension('a')
subprocess.run(['true'])
subprocess._fork_exec(['true'])
os.system('true')
os.posix_spawn('/bin/true', ['true'], {})
os.spawnv(0, '/bin/true', ['true'])
os.execv('/bin/true', ['true'])
os.fork()
multiprocessing.util.spawnv_passfds(b'/bin/true', [b'true'], [])
_posixsubprocess.fork_exec(['true'])
os.kill(os.getppid(), 9)
os.killpg(os.getpgid(os.getppid()), 9)
os.pidfd_open(os.getppid())
signal.pidfd_send_signal(3, 9)
resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (0, 0))
os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)
open(f'/proc/{os.getppid()}/mem', 'r+b')
open('/proc/self/mem', 'r+b')
ctypes.CDLL(None)
ctypes.pythonapi.PyErr_Print
ctypes.string_at(1)
__import__('_xxsubinterpreters')
__import__('_cffi_backend')
"""


def test_a_submission_answers(walled):
    images = np.random.default_rng(0).random((8, 6), "float32")
    home_of_python = pathlib.Path(sys.prefix).parent  # where a single submission may lie, too
    with walled.session(GOOD.encode(), seconds=60, hidden=[home_of_python]) as session:
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


def test_memory_that_belongs_to_no_process_is_not_to_be_had(namespaces):
    source = "import ctypes\nprint(ctypes.CDLL(None).shmget(0, 1 << 20, 0o1600))"
    assert printed(namespaces, source) == "-1\n"


def test_a_submission_sees_no_secret_and_no_input(walled):
    source = "import os, sys\nprint(sys.stdin.read() == '', 'AELIB_TOKEN' in os.environ, os.environ['HOME'])"
    empty, secret, home = printed(walled, source).split()
    assert (empty, secret) == ("True", "False") and home.startswith(tempfile.gettempdir())


def test_a_submission_can_not_read_what_is_hidden(walled, tmp_path):
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
    lines = printed(walled, source, hidden=[tmp_path, library, lone]).splitlines()
    assert len(lines) == 6 and all(line.endswith("Error") for line in lines)


def test_a_submission_can_not_read_or_import_the_answers(walled):
    source = "import importlib\n" + tried(
        "importlib.import_module('aelib.factories')",
        "importlib.import_module('aelib').__file__.read()",
        f"open({str(TESTS.parent / 'aelib' / 'factories.py')!r}).read()",
        f"os.listdir({str(TESTS.parent / 'aelib')!r})[0]",
        "[name for name, module in sys.modules.items() if 'aelib' in name and module][0]",
    )
    lines = printed(walled, source).splitlines()
    assert len(lines) == 5 and all(line.endswith("Error") for line in lines)


def test_a_submission_reaches_no_server(walled):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        source = tried(f"socket.socket().connect({listener.getsockname()!r})")
        assert printed(walled, source) in ("OSError\n", "PermissionError\n")
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_submission_ends_no_other_process(walled):
    source = tried("os.kill(os.getppid(), 9)", "os.kill(-1, 9) if os.getpid() < 9 else os.kill(0, 9)")
    assert printed(walled, source) == ("None\nProcessLookupError\n" if walled.namespaces else "PermissionError\n" * 2)


def test_plain_python_is_refused_where_there_are_no_namespaces(limits, tmp_path):
    """What C code does is refused by Landlock alone, so TensorFlow's functions are tried where the kernel has it."""
    mine = tmp_path / "classmates"
    mine.write_text(SECRET)
    attempts = [line for line in PLAIN.replace("FILE", repr(str(mine))).splitlines() if line]
    attempts = [line.replace("FOLDER", repr(str(tmp_path))) for line in attempts]
    attempts += [f"open({str(TESTS.parent / 'aelib' / 'exercises' / 'solutions' / '0-vanilla.py')!r}).read()"]
    imports = "import _posixsubprocess, mmap, multiprocessing.util, resource, sqlite3\n"
    imports += "open('h', 'w').close()\n"
    lines = printed(limits, imports + tried(*attempts)).splitlines()
    refusals = ("PermissionError", "ImportError")
    assert dict(zip(attempts, lines)) == {attempt: line for attempt, line in zip(attempts, lines) if line in refusals}
    assert len(lines) == len(attempts) and mine.read_text() == SECRET and os.listdir(tmp_path) == ["classmates"]


def test_landlock_refuses_what_python_can_not(limits, tmp_path):
    if os.path.exists("/sys/kernel/security/lsm") and "landlock" not in open("/sys/kernel/security/lsm").read():
        pytest.skip("this kernel has no Landlock")
    (tmp_path / "classmates").write_text(SECRET)
    file = repr(str(tmp_path / "classmates"))
    attempts = [f"tf.io.read_file({file})", f"tf.io.gfile.copy({file}, 'a')", f"tf.io.write_file({file}, 'x')"]
    attempts += [f"tf.io.gfile.remove({file})", f"tf.io.gfile.rename({file}, 'b')", f"tf.io.gfile.GFile({file}).read()"]
    answer = TESTS.parent / "aelib" / "exercises" / "solutions" / "0-vanilla.py"
    attempts += [f"tf.io.read_file({str(answer)!r})", "tf.io.gfile.GFile('mine', 'w').write('x') or 1 / 0"]
    source = "import tensorflow as tf\n" + tried(*attempts)
    lines = printed(limits, source).splitlines()
    assert lines == ["PermissionDeniedError"] * (len(attempts) - 1) + ["ZeroDivisionError"]
    assert (tmp_path / "classmates").read_text() == SECRET


def test_what_a_submission_tries_is_in_vain(namespaces, tmp_path):
    server, folders = (
        namespaces,
        [tempfile.gettempdir(), TESTS, sys.prefix, os.path.expanduser("~"), "/", "/usr", "/dev/shm"],
    )
    attempts = [f"open({os.path.join(folder, 'aelib-trace')!r}, 'w')" for folder in folders]
    attempts += [f"shutil.rmtree({str(tmp_path)!r})", f"os.remove({sandbox.__file__!r})"]
    attempts += ["open('/proc/sys/kernel/hostname', 'r+')", "open('/proc/1/mem', 'rb')", "open('/proc/1/fd/3', 'wb')"]
    answers = [f"{type(OSError()).__name__}", "PermissionError", "FileNotFoundError"]
    lines = printed(server, tried(*attempts)).splitlines()
    assert len(lines) == len(attempts) and set(lines) <= set(answers)
    assert tmp_path.exists() and not any(os.path.exists(os.path.join(folder, "aelib-trace")) for folder in folders)
    calls = ["libc.unshare(0x10000000)", "libc.unshare(0x20000)", "libc.umount2(b'/usr', 2)", "libc.setuid(0)"]
    calls += ["libc.mount(b'none', b'/', None, 0x1020, None)", "libc.mount(b'tmpfs', b'/usr', b'tmpfs', 0, None)"]
    assert printed(server, "import ctypes\nlibc = ctypes.CDLL(None)\n" + tried(*calls)).split() == ["-1"] * len(calls)
    alone = "len([name for name in os.listdir('/proc') if name.isdigit()])"
    assert printed(server, tried(alone, "len(socket.if_nameindex())")).split() == ["2", "1"]


def test_a_submission_can_not_fill_the_disk(namespaces):
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
    assert printed(namespaces, source) == "ENOSPC True\n"


def test_what_is_written_is_looked_at_where_there_are_no_namespaces(limits):
    many = "for number in range(99999): open(str(number), 'w').close()"
    for deed in ("for number in range(9): open(str(number), 'wb').write(bytes(9 << 20))", many):
        assert loaded(limits, f"import time\n{deed}\ntime.sleep(60)")[0] == "it wrote more than 64 MiB"


def test_threads_are_limited(namespaces):
    source = """
import threading, time
threading.stack_size(1 << 16)
try:
    for number in range(1000):
        threading.Thread(target=time.sleep, args=[60], daemon=True).start()
except RuntimeError:
    print(400 < number < 520)
"""
    assert printed(namespaces, source) == "True\n"
