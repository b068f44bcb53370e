"""Runs a stranger's submission in a child process and passes questions to it; nothing is judged here.

A fork server is a process that has imported TensorFlow and forks one child for each submission; a session lasts from
the child's start to its end. Where Linux allows it, a child sees no network, no other process, and of the disk only
what Python needs, which it can't change. Elsewhere there are limits and refusals: they stop mistakes and plain tricks,
not somebody who knows them.
"""

import contextlib
import ctypes
import functools
import gc
import importlib.util
import json
import os
import re
import select
import selectors
import signal
import site
import socket
import struct
import subprocess
import sys
import tempfile
import time

from aelib.grading import child
from aelib.grading.child import NoAnswer

PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
ROOT = os.path.dirname(PACKAGE)
LINUX = sys.platform == "linux"
MEMORY = 4 << 30  # bytes that a submission may allocate
MESSAGE = 64 << 20  # bytes of the longest answer
HEADER = 16  # a message begins with its length in so many digits
PROCESSES = 512  # threads count, too, and TensorFlow starts some dozens
SHOWN = 2000  # characters of a submission's output that are kept
TIMEOUT = 10  # seconds that the fork server gets to end a child
NONSENSE = "it sent something that is no answer"
SERVER_ENDED = "it ended the grader's helper process"
RUN = "import sys; sys.path[:0] = sys.argv[1:2]; from aelib.grading import sandbox; del sys.path[0]; "
RUN += "sandbox._{}(*sys.argv[2:])"

# What Python needs of a Linux besides its own folders.
SYSTEM = {
    *("/bin", "/lib", "/lib32", "/lib64", "/usr", "/nix/store", "/gnu/store", "/etc/alternatives", "/etc/ld.so.cache"),
    *("/etc/localtime", "/sys/devices/system", "/dev/full", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero"),
}
# What Python refuses without namespaces: to read what is hidden, to signal others, and the rest altogether.
READS = ("open", "os.listdir", "os.scandir")
SIGNALS = ("os.kill", "os.killpg")
REFUSED = (
    *("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendmsg", "socket.sendto"),
    *("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "pty.spawn", "subprocess.Popen"),
)


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
        self._open = self._busy = False

    def __enter__(self):
        if os.name == "nt":
            raise RuntimeError("Windows can't keep submissions apart. Type wsl, and run this in the Linux that opens.")
        if self.keras == 2 and importlib.util.find_spec("tf_keras") is None:
            raise RuntimeError("Keras 2 is missing. Type: pip install tf_keras")
        if self.namespaces is None:
            self.namespaces = isolation() == "namespaces"
        self._start()
        self._open = True
        return self

    def __exit__(self, *_):
        self._open = False
        self._stop()

    def session(self, source, seconds=60, hidden=()):
        """Return a `Session`, whose `with` statement starts and ends the child.

        Args:
            source: The submission's file, as bytes.
            seconds: How long the whole session may last.
            hidden: Files and folders that the submission must not read.
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
        command = [sys.executable, "-P", "-u", "-c", RUN.format("fork_children"), ROOT, work, "yes" * self.namespaces]
        self._control, theirs = socket.socketpair()
        with tempfile.TemporaryFile() as said:
            try:
                with theirs:
                    self._process = subprocess.Popen(
                        command, stdin=theirs, stdout=said, stderr=said, cwd=work, env=kept, start_new_session=True
                    )
                if _next(self._control) is None:
                    said.seek(0)
                    lines = said.read().decode(errors="replace").splitlines()[-3:]
                    raise RuntimeError(
                        f"Keras {self.keras} can't be started: {' '.join(line.strip() for line in lines)} "
                        'To see all of it, type: python -c "import tensorflow.keras"'
                    )
                self._control.settimeout(TIMEOUT)
            except BaseException:
                self._stop()
                raise

    def _stop(self):
        """End the process and all that it started, and remove its folder."""
        self._control.close()  # at which the process ends what it started, and itself
        if self._process is not None:
            try:
                self._process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
            _sweep(self._home)
        _remove(self._home)

    def _begin(self, request, channels):
        """Have the process fork a child, which gets the channels; a new process if the last was killed."""
        if self._busy or not self._open:
            raise RuntimeError("A fork server takes one submission at a time, inside its own with statement.")
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._start()
        self._busy = True
        _send(self._control, json.dumps(request).encode())
        socket.send_fds(self._control, [b"+"], channels)

    def _finish(self, grace):
        """Have the process end the child after some seconds of grace; return its report, None if it is gone."""
        self._busy = False
        try:
            _send(self._control, json.dumps(grace).encode())
            return json.loads(_next(self._control))
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
    """

    def __init__(self, server, source, seconds, hidden):
        self.printed = ""
        self.printed_bytes = 0
        self.left = []
        self._server, self._seconds, self._hidden = server, seconds, hidden
        self._unsent = _framed(source)
        self._first = self._last = b""
        self._over = "it has not been started"

    def __enter__(self):
        self._channel, theirs = socket.socketpair()
        self._output, written = os.pipe()
        try:
            request = {"seconds": self._seconds, "hidden": self._hidden}
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
        question = self._unsent + _framed(child.packed({"command": command, "arguments": arguments}))
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
                raise NoAnswer(self._end(f"it was still running after {seconds}"))
            self._selector.modify(self._channel, selectors.EVENT_READ | selectors.EVENT_WRITE * bool(question))
            ready = {key.fileobj: events for key, events in self._selector.select(left)}
            if self._output in ready and not self._drain():
                self._selector.unregister(self._output)
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
            return self._over
        told, left = report
        if left:
            processes = "1 process it had started was" if left == 1 else f"{left} processes it had started were"
            self.left.append(f"{processes} ended")
        if told and told.startswith("failed") and self._server.namespaces:  # without them, anybody could have said so
            raise RuntimeError(f"A submission's process can't be set up here: it {told}")
        self._over = reason or _death(told, self._last)
        return self._over


@functools.cache
def isolation():
    """Return "namespaces" where this machine lets a fork server shut its children in, "limits only" elsewhere."""
    with tempfile.TemporaryDirectory(prefix="aelib-") as work:
        command = [sys.executable, "-P", "-c", RUN.format("try_out"), ROOT, work]
        tried = LINUX and subprocess.run(command, capture_output=True).returncode == 0
    return "namespaces" if tried else "limits only"


def _try_out(work):
    """Exit without an error if a process can be shut in."""
    if os.fork():  # the child has one thread, as _enter_namespaces needs it
        sys.exit(os.wait()[1] != 0)
    _enter_namespaces()
    if os.fork():
        os._exit(os.wait()[1] != 0)
    _change_root(work, [])
    os._exit(0)


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


def _framed(message):
    """Return a message with its length before it."""
    return b"%0*d" % (HEADER, len(message)) + message


def _send(channel, message):
    """Send a message to a process that is trusted to read it."""
    channel.sendall(_framed(message))


def _next(channel):
    """Return the next message of a process that is trusted, or None after the last."""
    message, size = bytearray(), HEADER
    while len(message) < size:
        chunk = channel.recv(size - len(message))
        if not chunk:
            return None
        message += chunk
        if len(message) == size == HEADER:
            size += int(message)
    return message[HEADER:]


def _remove(folder):
    """Remove a folder, also one that somebody made hard to remove."""
    script = 'rm -rf "$0" || { chmod -R u+rwx "$0"; rm -rf "$0"; }'
    subprocess.run(["sh", "-c", script, folder], stderr=subprocess.DEVNULL)


def _sweep(home):
    """End what a fork server left because something killed it: whatever has its folder in its environment."""
    for name in os.listdir("/proc") if LINUX else []:
        with contextlib.suppress(OSError, ValueError), open(f"/proc/{name}/environ", "rb") as file:
            if f"HOME={home}/".encode() in file.read():
                os.kill(int(name), signal.SIGKILL)


# What follows runs in the fork server.


def _fork_children(work, namespaces=""):
    """Import Keras, then start and end a child for each submission, until the grader hangs up."""
    import resource

    import tensorflow.keras as keras

    _ = keras.Model  # which loads the rest; an operation would start threads, and no thread survives a fork
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    _prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: a process that loses its parent becomes the fork server's
    gc.freeze()
    control, grader = socket.socket(fileno=0), os.getppid()
    try:
        _send(control, b"ready")
        while True:
            request = _order(control, grader)
            channels = socket.recv_fds(control, 1, 2)[1]
            _remove(work)
            os.mkdir(work, 0o700)
            report = _one_session(control, grader, {**request, "work": work, "namespaces": namespaces}, channels)
            _send(control, json.dumps(report).encode())
    finally:
        _clear()
        _remove(os.path.dirname(work))


def _order(control, grader, *watched):
    """Return the grader's next order, or None if something watched speaks first; exit when the grader is gone."""
    while os.getppid() == grader:
        ready = select.select([control, *watched], [], [], 1)[0]
        if control in ready:
            order = _next(control)
            if order is None:
                break
            return json.loads(order)
        if ready:
            return None
    raise SystemExit


def _one_session(control, grader, request, channels):
    """Start a child, wait until it dies or must end; return what its supervisor told and what was left."""
    watched, pipe = os.pipe()
    if not os.fork():
        _supervise(request, *channels, pipe)
    for channel in (*channels, pipe):
        os.close(channel)
    grace = _order(control, grader, watched)
    died = select.select([watched], [], [], grace or 0)[0]
    told = os.read(watched, 4096).decode(errors="replace") if died else None
    os.close(watched)
    own = 0 if told == "" else 1 + bool(request["namespaces"]) + (told is None)
    left = max(0, _clear() - own)
    _remove(request["work"])
    if grace is None:
        _order(control, grader)
    return told, left


def _clear():
    """End and reap all that this process started, directly or not; return how many were running."""
    found = {}
    while fresh := {pid: state for pid, state in _descendants().items() if pid not in found}:
        found |= fresh
        for pid in fresh:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGSTOP)  # so that it starts no others
    while True:
        for pid in _descendants():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
            time.sleep(0.002)
            continue
        return sum(state not in "ZX" for state in found.values())


def _descendants():
    """Return the state of each process that this one started, directly or not."""
    if LINUX:
        listed = {}
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
                listed[int(name)] = int(parent), state
    else:
        ps = subprocess.run(["ps", "-axo", "pid=,ppid=,stat=,ucomm="], capture_output=True, text=True).stdout
        rows = [line.split(None, 3) for line in ps.splitlines()]
        listed = {int(pid): (int(parent), state[0]) for pid, parent, state, name in rows if name.strip() != "ps"}
    found, parents = {}, {os.getpid()}
    while parents:
        parents = {pid for pid, (parent, _) in listed.items() if parent in parents}
        found |= {pid: listed[pid][1] for pid in parents}
    return found


# What follows runs in forks of the fork server and never returns.


def _supervise(request, channel, output, pipe):
    """Start the child and tell its end; in namespaces as the first process, with which all end."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        if request["namespaces"]:
            _enter_namespaces()
            if os.fork():
                _only(null, null, null)
                _prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: end with the parent
                os.wait()
                os._exit(0)
            _change_root(request["work"], request["hidden"])
        pid = os.fork()
        if not pid:
            try:
                _only(null, output, output, channel)
                _answer_questions(**request)
            finally:
                os._exit(1)
        _only(null, null, null, pipe)
        pipe = 3
        _prctl(1, signal.SIGKILL)
        died = None
        while died != pid:
            died, status = os.wait()
        os.write(pipe, b"%d" % os.waitstatus_to_exitcode(status))
        signal.pause()
    except BaseException as error:
        os.write(pipe, f"failed with {error!r}".encode())
    finally:
        os._exit(1)


def _answer_questions(work, namespaces, seconds, hidden):
    """Run the submission and answer questions until there are no more."""
    import resource

    os.setsid()
    _prctl(1, signal.SIGKILL)
    _prctl(38, 1)  # PR_SET_NO_NEW_PRIVS
    tasks = 0
    if LINUX and not namespaces:  # where all of the user's are counted
        with open("/proc/loadavg") as file:
            tasks = int(file.read().split()[3].split("/")[1])
    limits = {"AS": 2 * MEMORY, "DATA": MEMORY, "FSIZE": 16 << 20, "CORE": 0}  # TensorFlow reserves much, and uses less
    limits |= {"CPU": int(2 * seconds) + 10, "NPROC": tasks + PROCESSES}
    for name, limit in limits.items():
        with contextlib.suppress(AttributeError, OSError, ValueError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limit, limit))
    os.chdir(work)
    for name in [name for name in sys.modules if name.partition(".")[0] == "aelib"]:
        del sys.modules[name]
    sys.modules["aelib"] = None  # which can't be imported
    channel = socket.socket(fileno=3)
    path = os.path.join(work, "submission.py")
    with open(path, "wb") as file:
        file.write(_next(channel))
    if not namespaces:
        _refuse(hidden)
    submission = child.Child(path=path)
    while (question := _next(channel)) is not None:
        question = child.unpacked(question)
        _send(channel, child.packed(submission.answer(question["command"], **question["arguments"])))
    os._exit(0)


def _refuse(hidden):
    """Have Python refuse some of what namespaces make impossible; C code can still do it."""
    hidden = tuple(os.path.join(path, "") for path in [PACKAGE, *hidden])

    def hook(event, arguments):
        if event in REFUSED or event in SIGNALS and arguments[0] != os.getpid():
            raise PermissionError(f"a submission may not use {event}")
        if event in READS and not isinstance(arguments[0], int):
            path = os.path.realpath(os.fsdecode(arguments[0] or "."))
            if os.path.join(path, "").startswith(hidden):
                raise PermissionError(f"a submission may not read {path}")

    sys.addaudithook(hook)


def _only(*channels):
    """Close all file descriptors but these, which are 3 or more and become 0, 1, 2 and so on."""
    for number, channel in enumerate(channels):
        os.dup2(channel, number)
    os.closerange(len(channels), 256)


def _system(name, *arguments):
    """Call a function of the C library; raise OSError if it fails."""
    arguments = [os.fsencode(value) if isinstance(value, str) else value for value in arguments]
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


def _prctl(option, value):
    """Set an attribute of this process, on a Linux."""
    if LINUX:
        _system("prctl", option, value, 0, 0, 0)


def _enter_namespaces():
    """Enter new namespaces for users, mounts, network and messages; the next fork is the first of new processes."""
    user, group = os.getuid(), os.getgid()
    _system("unshare", 0x10000000 | 0x20000 | 0x40000000 | 0x8000000 | 0x20000000)  # CLONE_NEW- USER, NS, NET, IPC, PID
    for name, text in {"setgroups": "deny", "uid_map": f"65534 {user} 1", "gid_map": f"65534 {group} 1"}.items():
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _change_root(work, hidden):
    """Move into a tree of what Python needs, read-only but for a work folder, and give up all rights to change it."""
    bind, tmpfs = 0x1000 | 0x4000, 0x2 | 0x4  # MS_BIND, MS_REC; MS_NOSUID, MS_NODEV
    _system("mount", "none", "/", None, 0x4000 | 0x40000, None)  # MS_REC, MS_PRIVATE: nobody else sees what follows
    _system("mount", "tmpfs", work, "tmpfs", tmpfs, b"mode=755")
    packages = os.path.dirname(os.path.dirname(importlib.util.find_spec("tensorflow").origin))
    paths = SYSTEM | {*sys.path, sys.prefix, sys.base_prefix} - {ROOT} | {packages}
    for path in sorted({*paths, *map(os.path.realpath, paths)} - {"", "/"}, key=len):
        place = work + path
        if os.path.lexists(place) or not os.path.lexists(path):
            continue
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if os.path.islink(path):
            os.symlink(os.readlink(path), place)
        else:
            if os.path.isdir(path):
                os.mkdir(place)
            else:
                os.close(os.open(place, os.O_CREAT))
            _system("mount", path, place, None, bind, None)
    for place in [work + path for path in [PACKAGE, *hidden]]:
        if os.path.isdir(place):
            _system("mount", "tmpfs", place, "tmpfs", tmpfs, None)
        elif os.path.exists(place):
            _system("mount", "/dev/null", place, None, bind, None)
    os.makedirs(work + work, exist_ok=True)
    os.mkdir(work + "/proc")
    _system("mount", "proc", work + "/proc", "proc", tmpfs | 0x8, None)  # MS_NOEXEC
    limits = {"user/max_user_namespaces": 0}  # inside this one
    if tuple(map(int, re.findall(r"\d+", os.uname().release)[:2])) >= (6, 14):  # before, it was the whole machine's
        limits["kernel/pid_max"] = PROCESSES  # for root, whom no other limit binds
    for name, limit in limits.items():
        with open(f"{work}/proc/sys/{name}", "w") as file:
            file.write(str(limit))
    attributes = struct.pack("4Q", 0x1 | 0x2, 0, 0, 0)  # MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID
    _system("syscall", 442, -100, work, 0x8000, attributes, len(attributes))  # mount_setattr with AT_RECURSIVE
    _system("mount", "tmpfs", work + work, "tmpfs", tmpfs, b"mode=700,size=64m,nr_inodes=4096")
    os.chdir(work)
    _system("pivot_root", ".", ".")
    _system("umount2", ".", 2)  # MNT_DETACH: the old tree, which came to lie on the new one
    os.chdir("/")
    _system("capset", struct.pack("Ii", 0x20080522, 0), bytes(24))
    _prctl(4, 0)  # PR_SET_DUMPABLE: no other process can look into this one
