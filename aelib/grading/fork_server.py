"""Runs as the fork server, which starts, watches and ends submissions; how one is shut in stands elsewhere (`walls`).

The fork server is a process that has imported TensorFlow. It forks a supervisor for each submission, which forks the
child. Four times a second it looks at what all processes of the submission use together, and ends them if it is too
much. The grader, `sandbox`, talks to it and to the child in messages with their length before them.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time

from aelib.grading import child, walls

HEADER = 16  # a message begins with its length in so many digits
PROCESSES = 32  # that a submission may start; threads are limited by `walls`
POLL = 0.25  # seconds between two looks at what a submission uses


def framed(message):
    """Return a message with its length before it."""
    return b"%0*d" % (HEADER, len(message)) + message


def send(channel, message):
    """Send a message to a process that is trusted to read it."""
    channel.sendall(framed(message))


def received(channel):
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


def remove(folder):
    """Remove a folder, also one that somebody made hard to remove."""
    script = 'rm -rf "$0" || { chmod -R u+rwx "$0"; rm -rf "$0"; }'
    subprocess.run(["sh", "-c", script, folder], stderr=subprocess.DEVNULL)


def run(work):
    """Import Keras, then start and end a child for each submission, until the grader hangs up."""
    import resource

    import tensorflow.keras as keras

    _ = keras.Model  # which loads the rest; an operation would start threads, and no thread survives a fork
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    walls.prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: a process that loses its parent becomes the fork server's
    gc.freeze()
    control, grader = socket.socket(fileno=0), os.getppid()
    try:
        send(control, json.dumps(walls.visible()).encode())
        while True:
            request = _order(control, grader)
            channels = socket.recv_fds(control, 1, 2)[1]
            remove(work)
            os.mkdir(work, 0o700)
            report = _one_session(control, grader, {**request, "work": work}, channels)
            send(control, json.dumps(report).encode())
    finally:
        _clear()
        remove(os.path.dirname(work))


def _order(control, grader):
    """Return the grader's next order; exit when the grader is gone."""
    while os.getppid() == grader:
        if select.select([control], [], [], 1)[0]:
            order = received(control)
            if order is None:
                break
            return json.loads(order)
    raise SystemExit


def _one_session(control, grader, request, channels):
    """Start a child and watch it until it dies or must end.

    Returns:
        {"told": what its supervisor told, None for nothing, "excess": what it used too much of, None for nothing,
        "left": how many processes there were beside it, "peak": the most bytes that it was seen to use}.
    """
    watched, pipe = os.pipe()
    if not os.fork():
        _supervise(request, *channels, pipe)
    for channel in (*channels, pipe):
        os.close(channel)
    peak, excess, ready = 0, None, []
    while not (ready or excess):
        ready = select.select([control, watched], [], [], POLL)[0]
        used, excess = _use(request)
        peak = max(peak, used)
        if os.getppid() != grader:
            raise SystemExit
    grace = _order(control, grader) if control in ready else None
    died = select.select([watched], [], [], grace or 0)[0]
    told = os.read(watched, 4096).decode(errors="replace") if died else None
    os.close(watched)
    own = 0 if told == "" else 1 + request["namespaces"] + (told is None)
    left = max(0, _clear() - own)
    remove(request["work"])
    if grace is None:
        _order(control, grader)
    return {"told": told, "excess": excess, "left": left, "peak": peak}


def _use(request):
    """Return how many bytes a submission uses, and what it uses too much of, in words, or None.

    Pages that its processes share, and those that they have from the fork server, count in parts.
    """
    found = _descendants()
    most = request["memory"]
    if len(found) > 3:  # more than the child and those that guard it: they get what others leave
        for pid in found:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, pid, 19)
    if len(found) - 3 > PROCESSES:
        return 0, f"it started more than {PROCESSES} processes"
    memory = sum(_share(pid, bytes_) for pid, (_, bytes_, _) in found.items()) + _nameless(found)
    if memory > most:
        return memory, f"it used more than {most / 2**30:g} GiB of memory"
    if sum(seconds for *_, seconds in found.values()) > walls.processor(request["seconds"]):
        return memory, f"it used more than {walls.processor(request['seconds']):g} seconds of processor time"
    if not request["namespaces"] and _stored(request["work"]) > walls.STORED:
        return memory, f"it wrote more than {walls.STORED >> 20} MiB"
    return memory, None


def _share(pid, otherwise):
    """Return the bytes of a process where a page that n processes share counts as 1/n, otherwise what is given."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith(b"Pss:"))
    except (OSError, StopIteration):
        return otherwise


def _nameless(pids):
    """Return the bytes of files that have no name any more, or never had one: they count as memory, which most take."""
    sizes = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    if os.readlink(f"/proc/{pid}/fd/{name}").endswith(" (deleted)"):
                        file = os.stat(f"/proc/{pid}/fd/{name}")
                        sizes[file.st_dev, file.st_ino] = 512 * file.st_blocks
    return sum(sizes.values())


def _stored(folder):
    """Return how many bytes a folder takes; it stops counting at the limit, of which each file takes a little."""
    total, folders = 0, [folder]
    while folders and total <= walls.STORED:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                total += 4096 + 512 * entry.stat(follow_symlinks=False).st_blocks
                folders += [entry.path] * entry.is_dir(follow_symlinks=False)
                if total > walls.STORED:
                    break
    return total


def _clear():
    """End and reap all that this process started, directly or not; return how many were running."""
    found = {}
    while fresh := {pid: state for pid, (state, *_) in _descendants().items() if pid not in found}:
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
    """Return {pid: (state, bytes, seconds of processor time)} of what this process started, directly or not.

    The seconds are those of a process and of its children that have ended.
    """
    if walls.LINUX:
        listed = {}
        page, tick = os.sysconf("SC_PAGESIZE"), os.sysconf("SC_CLK_TCK")
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()  # from the third on: the name can hold anything
                seconds = sum(map(int, fields[11:15])) / tick
                listed[int(name)] = int(fields[1]), (fields[0].decode(), int(fields[21]) * page, seconds)
    else:
        ps = ["ps", "-axo", "pid=,ppid=,stat=,rss=,time=,ucomm="]
        rows = [line.split(None, 5) for line in subprocess.run(ps, capture_output=True, text=True).stdout.splitlines()]
        listed = {
            int(pid): (int(parent), (state[0], int(memory) << 10, _seconds(clock)))
            for pid, parent, state, memory, clock, name in rows
            if name.strip() != "ps"
        }
    found, parents = {}, {os.getpid()}
    while parents:
        parents = {pid for pid, (parent, _) in listed.items() if parent in parents}
        found |= {pid: listed[pid][1] for pid in parents}
    return found


def _seconds(clock):
    """Return the seconds that ps writes as 2-03:04:05.67 or a part of it."""
    days, _, hours = clock.rpartition("-")
    total = 0
    for part in hours.split(":"):
        total = 60 * total + float(part)
    return total + 86400 * int(days or 0)


# What follows runs in forks of the fork server and never returns.


def _supervise(request, channel, output, pipe):
    """Start the child and tell its end; in namespaces as the first process, with which all end."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        walls.leave_keyring()
        if request["namespaces"]:
            walls.enter_namespaces()
            if os.fork():
                walls.only(null, null, null)
                walls.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: end with the parent
                os.wait()
                os._exit(0)
            walls.change_root(request["work"], request["hidden"])
        pid = os.fork()
        if not pid:
            try:
                walls.only(null, output, output, channel)
                _answer_questions(**request)
            finally:
                os._exit(1)
        walls.only(null, null, null, pipe)
        pipe = 3
        walls.prctl(1, signal.SIGKILL)
        died = None
        while died != pid:
            died, status = os.wait()
        os.write(pipe, b"%d" % os.waitstatus_to_exitcode(status))
        signal.pause()
    except BaseException as error:
        os.write(pipe, f"failed with {error!r}".encode())
    finally:
        os._exit(1)


def _answer_questions(work, namespaces, seconds, memory, hidden):
    """Run the submission and answer questions until there are no more."""
    os.setsid()
    walls.prctl(1, signal.SIGKILL)
    walls.prctl(38, 1)  # PR_SET_NO_NEW_PRIVS
    walls.prctl(4, 1)  # PR_SET_DUMPABLE: the fork server may see how much memory this process uses
    walls.limit(seconds, memory, namespaces)
    os.chdir(work)
    channel = socket.socket(fileno=3)
    path = os.path.join(work, "submission.py")
    with open(path, "wb") as file:
        file.write(received(channel))
    if not namespaces:
        if walls.LINUX:
            walls.fence(work, hidden)
        walls.refuse(work, hidden)
    hidden.clear()  # in the frames below, too, which an exception could show
    for name in [name for name in sys.modules if name.partition(".")[0] == "aelib"]:
        del sys.modules[name]
    sys.modules["aelib"] = None  # which can't be imported
    submission = child.Child(path=path)
    while (question := received(channel)) is not None:
        question = child.unpacked(question)
        send(channel, child.packed(submission.answer(question["command"], **question["arguments"])))
    os._exit(0)
