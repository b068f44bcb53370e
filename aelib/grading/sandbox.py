"""Runs a stranger's submission in a child process and passes questions to it; nothing is judged here.

A session lasts from the child's start to its end. The child is a fork of `fork_server`, shut in by `walls`: where
Linux allows it, it sees no network, no other process, and of the disk only what Python needs, which it can't change.
Elsewhere there are limits and refusals, which are no sandbox. Whatever it sends is bounded before it is read.
"""

import contextlib
import functools
import importlib.util
import json
import os
import re
import selectors
import signal
import site
import socket
import subprocess
import sys
import tempfile
import time

from aelib.grading import child, walls
from aelib.grading.child import NoAnswer
from aelib.grading.fork_server import HEADER, framed, received, remove, send

MEMORY = 4 << 30  # bytes that all processes of a submission may use together
MESSAGE = 64 << 20  # bytes of the longest answer
PRINTED = 256 << 20  # bytes that a submission may print
SHOWN = 2000  # characters of a submission's output that are kept
TIMEOUT = 10  # seconds that the fork server gets to end a child
NONSENSE = "it sent something that is no answer"
SERVER_ENDED = "it ended the grader's helper process"
UNSAFE = """this machine lets nobody make namespaces, and limits are no sandbox: submissions could read and change your
files. If you trust all who wrote them, or if this is a container that may break, add --unsafe. If not, grade in a
container, from the folder that holds .venv and the submissions (podman takes the same words):
docker run --rm --network none --memory 8g --pids-limit 1024 -v "$PWD":"$PWD" -w "$PWD" IMAGE \\
  .venv/bin/python -m aelib grade SUBMISSIONS --unsafe
IMAGE is one with the Python that .venv was made with, such as python:3.12-slim."""
RUN = "import sys; sys.path[:0] = sys.argv[1:2]; from aelib.grading import fork_server, walls; del sys.path[0]; "
RUN += "{}(*sys.argv[2:])"


class ForkServer:
    """A process that has imported Keras and forks a child for each submission, one at a time.

    Args:
        keras: 3, or 2 for the package `tf_keras`: what `import tensorflow.keras` gives a submission.
        namespaces: Whether namespaces shut a submission in; None: where `isolation` finds that they can.

    Raises:
        ValueError: if there is no such Keras.
        RuntimeError: on entering, if the process can't be started on this machine.
    """

    def __init__(self, keras=3, namespaces=None):
        if keras not in (2, 3):
            raise ValueError(f"keras={keras!r}: there are Keras 3 and Keras 2, so give 3 or 2.")
        self.keras = keras
        self.namespaces = namespaces
        self._process = None
        self._control = None
        self._open = self._busy = False

    def __enter__(self):
        if os.name == "nt":
            raise RuntimeError("Windows can't keep submissions apart. Type wsl, and run this in the Linux that opens.")
        if self.keras == 2 and importlib.util.find_spec("tf_keras") is None:
            raise RuntimeError("Keras 2 is missing. Type: pip install tf_keras")
        if self.namespaces is None:
            self.namespaces = isolation() == "namespaces"
        self._open = True
        self._start()
        return self

    def __exit__(self, *_):
        self._open = False
        self._stop()

    def session(self, source, seconds=60, hidden=()):
        """Return a `Session`, whose `with` statement starts and ends the child.

        Args:
            source: The submission's file, as bytes.
            seconds: How long the whole session may last.
            hidden: Files and folders that the submission must not read, where it could.
        """
        return Session(self, source, seconds, [os.path.realpath(path) for path in hidden])

    def _start(self):
        """Start the process and wait until it has imported Keras."""
        self._home = os.path.realpath(tempfile.mkdtemp(prefix="aelib-"))
        work = os.path.join(self._home, "work")
        os.mkdir(work)
        plain = re.compile(r"PATH|LD_LIBRARY_PATH|LANG|LC_\w+")
        kept = {name: text for name, text in os.environ.items() if plain.fullmatch(name)}
        kept |= {"PYTHONUSERBASE": site.getuserbase()} if site.ENABLE_USER_SITE else {}
        kept |= {"TF_USE_LEGACY_KERAS": "1"} if self.keras == 2 else {"KERAS_BACKEND": "tensorflow"}
        kept |= {"HOME": work, "TMPDIR": work, "KERAS_HOME": work, "TF_CPP_MIN_LOG_LEVEL": "3"}
        kept |= {"CUDA_VISIBLE_DEVICES": "", "TF_NUM_INTEROP_THREADS": "2", "TF_NUM_INTRAOP_THREADS": "2"}
        kept |= {f"{name}_NUM_THREADS": "1" for name in ("MKL", "OMP", "OPENBLAS")}  # no thread before a fork
        run = [sys.executable, "-P", "-u", "-c", RUN.format("fork_server.run")]
        self._visible, (self._control, theirs) = None, socket.socketpair()
        with tempfile.TemporaryFile() as said:
            try:
                with theirs:
                    self._process = subprocess.Popen(
                        [*run, walls.ROOT, work],
                        **{"stdin": theirs, "stdout": said, "stderr": said, "cwd": work, "env": kept},
                        start_new_session=True,
                    )
                visible = received(self._control)
                if visible is None:
                    said.seek(0)
                    lines = said.read().decode(errors="replace").splitlines()[-3:]
                    raise RuntimeError(
                        f"Keras {self.keras} can't be started: {' '.join(line.strip() for line in lines)} "
                        'To see all of it, type: python -c "import tensorflow.keras"'
                    )
                self._visible = json.loads(visible)
                self._control.settimeout(TIMEOUT)
            except BaseException:
                self._stop()
                raise

    def _stop(self):
        """End the process and all that it started, and remove its folder, also while another thread starts it."""
        process, self._process = self._process, None
        if self._control is None:
            return
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)  # at which the process ends what it started, and itself
        self._control.close()
        if process is not None:
            try:
                process.wait(TIMEOUT if self._visible else 0)  # before it is ready, it would not notice
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _sweep(self._home)
        remove(self._home)

    def _begin(self, request, channels):
        """Have the process fork a child, which gets the channels; a new process if the last was killed."""
        if self._busy or not self._open:
            raise RuntimeError("A fork server takes one submission at a time, inside its own with statement.")
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._start()
        readable = tuple(os.path.join(path, "") for path in self._visible)
        request["hidden"] = [path for path in request["hidden"] if path.startswith(readable)]  # no other name is told
        try:
            send(self._control, json.dumps(request).encode())
            socket.send_fds(self._control, [b"+"], channels)
        except BaseException as error:  # such as Ctrl-C, after which it might wait for the rest
            self._stop()
            if isinstance(error, ConnectionError):
                raise RuntimeError("The grader's own process was killed: repeat the call.") from error
            raise
        self._busy = True

    def _finish(self, grace):
        """Have the process end the child after some seconds of grace; return its report, None if it is gone."""
        self._busy = False
        try:
            send(self._control, json.dumps(grace).encode())
            return json.loads(received(self._control))
        except BaseException as error:
            self._stop()
            if not isinstance(error, (OSError, TypeError)):
                raise


class Session:
    """A submission's time in a child; `ForkServer.session` makes it.

    Attributes, complete when the session is over:
        printed: The first 2,000 characters that the submission wrote to its standard output and error.
        printed_bytes: How much it wrote in all.
        left: Sentences about what had to be cleared away.
        peak: The most bytes that its processes were seen to use.
        cut_short: Whether it ran out of time or was killed, which what runs beside it could have caused as well.
    """

    def __init__(self, server, source, seconds, hidden):
        self.printed = ""
        self.printed_bytes = 0
        self.left = []
        self.peak = 0
        self.cut_short = False
        self._server, self._seconds, self._hidden = server, seconds, hidden
        self._unsent = framed(source)
        self._first = self._last = b""
        self._over = "it has not been started"

    def __enter__(self):
        self._channel, theirs = socket.socketpair()
        self._output, written = os.pipe()
        try:
            request = {"namespaces": self._server.namespaces, "seconds": self._seconds, "memory": MEMORY}
            request["hidden"] = self._hidden
            self._server._begin(request, [theirs.fileno(), written])
        finally:
            theirs.close()
            os.close(written)
        self._deadline = time.monotonic() + self._seconds
        self._over = None
        self._channel.setblocking(False)
        os.set_blocking(self._output, False)
        self._selector = selectors.DefaultSelector()
        for source in (self._channel, self._output, self._server._control):
            self._selector.register(source, selectors.EVENT_READ)
        return self

    def __exit__(self, *_):
        if not self._over:
            self._end("the session is over")

    def ask(self, command, **arguments):
        """Put a question to the submission's `aelib.grading.child.Child` and return its answer.

        Args:
            command: One of `aelib.grading.child.COMMANDS`.
            **arguments: What the command takes.

        Returns:
            A dictionary of plain data. The submission could have made up any of it.

        Raises:
            NoAnswer: if no answer came, to this question or to one before it.
        """
        if self._over:
            raise NoAnswer(self._over)
        question = self._unsent + framed(child.packed({"command": command, "arguments": arguments}))
        self._unsent = b""
        message = self._exchange(memoryview(question))
        try:
            answer = child.unpacked(message)
        except Exception:  # a stranger's bytes can cause any
            answer = None
        if not isinstance(answer, dict):
            raise NoAnswer(self._end(NONSENSE))
        return answer

    def _exchange(self, question):
        """Send a question and return the message that comes back; raise NoAnswer if none does."""
        message = bytearray()
        while True:
            left = self._deadline - time.monotonic()
            if left <= 0:
                seconds = f"{self._seconds:g} second" + "s" * (self._seconds != 1)
                self.cut_short = True
                raise NoAnswer(self._end(f"it was still running after {seconds}"))
            self._selector.modify(self._channel, selectors.EVENT_READ | selectors.EVENT_WRITE * bool(question))
            ready = {key.fileobj: events for key, events in self._selector.select(left)}
            if self._output in ready and not self._drain():
                self._selector.unregister(self._output)
            if self.printed_bytes > PRINTED:
                raise NoAnswer(self._end(f"it printed more than {PRINTED >> 20} MiB"))
            if self._server._control in ready:
                raise NoAnswer(self._end())  # the fork server has nothing to say, so it is gone
            try:
                if ready.get(self._channel, 0) & selectors.EVENT_READ:
                    chunk = self._channel.recv(1 << 18)
                    if not chunk:
                        raise NoAnswer(self._end())
                    message += chunk
                    size = int(message[:HEADER]) if message[:HEADER].isdigit() else -1
                    if size > MESSAGE:
                        raise NoAnswer(self._end(f"it sent more than {MESSAGE >> 20} MiB"))
                    if question or size < 0 or len(message) > HEADER + size:  # too early, no message, or two
                        raise NoAnswer(self._end(NONSENSE))
                    if len(message) == HEADER + size:
                        return message[HEADER:]
                elif ready.get(self._channel, 0):
                    question = question[self._channel.send(question) :]
            except ConnectionError:
                raise NoAnswer(self._end()) from None

    def _drain(self):
        """Count what the submission wrote and keep both ends of it; return whether there was any."""
        try:
            chunk = os.read(self._output, 1 << 18)
        except BlockingIOError:
            return False
        self.printed_bytes += len(chunk)
        self._first += chunk[: 4 * SHOWN - len(self._first)]  # a character takes up to 4 bytes
        self._last = (self._last + chunk)[-SHOWN:]
        return bool(chunk)

    def _end(self, reason=None):
        """End the submission's processes; return the reason, by default what it died of."""
        self._over = reason or SERVER_ENDED
        report = self._server._finish(grace=0 if reason else 2)
        for _ in range(64):  # the rest in the pipe, to which nobody should be writing any more
            if not self._drain():
                break
        self._selector.close()
        self._channel.close()
        os.close(self._output)
        self.printed = self._first.decode(errors="replace")[:SHOWN]
        if report is None:
            self.left.append("the grader's helper process was ended")
            self.cut_short = True
            return self._over
        self.peak = report["peak"]
        told, left = report["told"], report["left"]
        if left:
            processes = "1 process it had started was" if left == 1 else f"{left} processes it had started were"
            self.left.append(f"{processes} ended")
        if told and told.startswith("failed") and self._server.namespaces:  # without them, anybody could have said so
            raise RuntimeError(f"A submission's process can't be set up here: it {told}")
        self.cut_short |= not report["excess"] and bool(re.match("-", told or ""))
        self._over = report["excess"] or reason or _death(told, self._last)
        return self._over


@functools.cache
def isolation():
    """Return "namespaces" where this machine lets a fork server shut its children in, "limits only" elsewhere."""
    with tempfile.TemporaryDirectory(prefix="aelib-") as work:
        command = [sys.executable, "-P", "-c", RUN.format("walls.try_out"), walls.ROOT, work]
        tried = walls.LINUX and subprocess.run(command, capture_output=True).returncode == 0
    return "namespaces" if tried else "limits only"


def require_namespaces():
    """Raise RuntimeError, which says what to type, where submissions would have to run with limits only."""
    if os.name != "nt" and isolation() != "namespaces":
        raise RuntimeError(UNSAFE)


def _death(told, last):
    """Return what a submission died of, from what its supervisor told of it and the end of what it wrote."""
    if told is None:
        return "it closed its connection to the grader"
    if not re.fullmatch(r"-?\d{1,3}", told):
        return SERVER_ENDED
    code = int(told)
    if code >= 0:
        return f"it ended the process (exit code {code})"
    if re.search(rb"bad_alloc|out of memory|MemoryError", last, re.IGNORECASE):
        return f"it used more than {MEMORY >> 30} GiB of memory"
    name = signal.strsignal(-code) if -code in signal.valid_signals() else "unknown"
    return f"it crashed (signal {-code}, {name.lower()})"


def _sweep(home):
    """End what a fork server left because something killed it: whatever has its folder in its environment."""
    for name in os.listdir("/proc") if walls.LINUX else []:
        with contextlib.suppress(OSError, ValueError), open(f"/proc/{name}/environ", "rb") as file:
            if f"HOME={home}/".encode() in file.read():
                os.kill(int(name), signal.SIGKILL)
