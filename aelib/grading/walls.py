"""What shuts a submission's process in: namespaces, Landlock, limits, refusals; no process is started or ended here.

Namespaces are walls. Landlock, a part of newer Linux kernels, is a fence: no file outside, no program, no signal to
others. What Python refuses stops plain tricks only, and not somebody who knows Python well.
"""

import contextlib
import ctypes
import importlib
import importlib.util
import os
import platform
import re
import struct
import sys

PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
ROOT = os.path.dirname(PACKAGE)
LINUX = sys.platform == "linux"
TASKS = 512  # processes and threads of a submission; TensorFlow starts some dozens
STORED = 64 << 20  # bytes in a submission's folder

# What Python needs of a system besides its own folders.
SYSTEM = {
    *("/bin", "/lib", "/lib32", "/lib64", "/usr", "/nix/store", "/gnu/store", "/etc/alternatives", "/etc/ld.so.cache"),
    *("/etc/localtime", "/sys/devices/system", "/dev/full", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero"),
    *(() if LINUX else ("/System", "/Library")),
}
# What Python tells of before it happens (audit events), and refuses without namespaces: to read what is not visible,
# to change what is not the submission's own, to signal others, and the rest altogether.
READS = {"open", "os.getxattr", "os.listdir", "os.listxattr", "os.scandir"}
WRITES = {"os.chflags", "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.removexattr", "os.rename"}
WRITES |= {"os.rmdir", "os.setxattr", "os.symlink", "os.truncate", "os.utime", "sqlite3.connect"}
SIGNALS = {"os.kill", "os.killpg"}
REFUSED = {
    *("ctypes.addressof", "ctypes.call_function", "ctypes.cdata", "ctypes.dlopen", "ctypes.dlsym", "ctypes.string_at"),
    *("ctypes.dlsym/handle", "ctypes.memoryview_at", "ctypes.PyObj_FromPtr", "ctypes.wstring_at"),
    *("cpython.PyInterpreterState_New", "sqlite3.enable_load_extension", "sqlite3.load_extension", "sys.remote_exec"),
    *("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.system", "pty.spawn"),
    *("resource.prlimit", "subprocess.Popen", "socket.bind", "socket.connect", "socket.getaddrinfo", "socket.sendto"),
    *("socket.gethostbyaddr", "socket.gethostbyname", "socket.getnameinfo", "socket.sendmsg", "syslog.syslog"),
}
MODULES = {"_cffi_backend", "_dbm", "_gdbm", "readline", "_xxsubinterpreters", "_interpreters", "_testcapi"}
# What Python doesn't tell of: these functions are taken away.
SILENT = {"fork_exec", "pidfd_open", "pidfd_send_signal", "chroot", "mkfifo", "mknod", "setns", "unshare"}
SILENT |= {"sched_setaffinity", "sched_setparam", "sched_setscheduler", "setpriority"}
HOLDERS = ("_posixsubprocess", "_signal", "multiprocessing.util", "os", "posix", "signal", "subprocess")


def visible():
    """Return the files and folders that a submission may read: what Python needs, with links and without."""
    packages = os.path.dirname(os.path.dirname(importlib.util.find_spec("tensorflow").origin))
    paths = {path for path in sys.path if not os.path.exists(os.path.join(path, "aelib"))}  # no copy of the course
    paths |= SYSTEM | {sys.prefix, sys.base_prefix, packages}
    paths = {*paths, *map(os.path.realpath, paths)} - {"", "/"}
    return sorted(filter(os.path.lexists, paths), key=len)


def _answers():
    """Return the folders where the course's own answers stand: this package, and other copies that Python may see."""
    copies = [os.path.join(os.path.realpath(path), "aelib") for path in visible()]
    return [PACKAGE, *filter(os.path.isdir, copies)]


def system(name, *arguments):
    """Call a function of the C library and return what it returns; raise OSError if it fails."""
    arguments = [os.fsencode(value) if isinstance(value, str) else value for value in arguments]
    returned = getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments)
    if returned < 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")
    return returned


def prctl(option, value):
    """Set an attribute of this process, on a Linux."""
    if LINUX:
        system("prctl", option, value, 0, 0, 0)


def only(*channels):
    """Close all file descriptors but these, which are 3 or more and become 0, 1, 2 and so on."""
    for number, channel in enumerate(channels):
        os.dup2(channel, number)
    os.closerange(len(channels), 256)


def leave_keyring():
    """Join a new session keyring: the kernel keeps the old one for all that a session starts, one after another."""
    number = {"x86_64": 250, "aarch64": 219}.get(platform.machine())
    if LINUX and number:
        with contextlib.suppress(OSError):  # where nobody may use keyrings, as in most containers
            system("syscall", number, 1, None)  # keyctl with KEYCTL_JOIN_SESSION_KEYRING


def limit(seconds, memory, namespaces):
    """Set the limits that the operating system keeps for each process of a submission."""
    import resource

    tasks = 0
    if LINUX and not namespaces:  # where all of the user's are counted, and neighbours must not miss theirs
        with open("/proc/loadavg") as file:
            tasks = int(file.read().split()[3].split("/")[1]) + 4 * TASKS
    limits = {"AS": 2 * memory, "DATA": memory, "FSIZE": 16 << 20, "CORE": 0}  # TensorFlow reserves much, and uses less
    limits |= {"CPU": int(processor(seconds)) + 1, "NPROC": tasks + TASKS, "MSGQUEUE": 0}
    for name, most in limits.items():
        with contextlib.suppress(AttributeError, OSError, ValueError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


def processor(seconds):
    """Return the seconds of processor time that a submission may use in so many seconds."""
    return 2 * seconds + 10


# Namespaces


def enter_namespaces():
    """Enter new namespaces for users, mounts, network and messages; the next fork is the first of new processes."""
    user, group = os.getuid(), os.getgid()
    system("unshare", 0x10000000 | 0x20000 | 0x40000000 | 0x8000000 | 0x20000000)  # CLONE_NEW- USER, NS, NET, IPC, PID
    for name, text in {"setgroups": "deny", "uid_map": f"65534 {user} 1", "gid_map": f"65534 {group} 1"}.items():
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def change_root(work, hidden):
    """Move into a tree of what Python needs, read-only but for a work folder, and give up all rights to change it."""
    bind, tmpfs = 0x1000 | 0x4000, 0x2 | 0x4  # MS_BIND, MS_REC; MS_NOSUID, MS_NODEV
    system("mount", "none", "/", None, 0x4000 | 0x40000, None)  # MS_REC, MS_PRIVATE: nobody else sees what follows
    system("mount", "tmpfs", work, "tmpfs", tmpfs, b"mode=755")
    for path in visible():
        place = work + path
        if os.path.lexists(place):
            continue
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if os.path.islink(path):
            os.symlink(os.readlink(path), place)
        else:
            if os.path.isdir(path):
                os.mkdir(place)
            else:
                os.close(os.open(place, os.O_CREAT))
            system("mount", path, place, None, bind, None)
    for place in [work + path for path in [*_answers(), *hidden]]:
        if os.path.isdir(place):
            system("mount", "tmpfs", place, "tmpfs", tmpfs, None)
        elif os.path.exists(place):
            system("mount", "/dev/null", place, None, bind, None)
    os.makedirs(work + work, exist_ok=True)
    os.mkdir(work + "/proc")
    system("mount", "proc", work + "/proc", "proc", tmpfs | 0x8, None)  # MS_NOEXEC
    limits = {"user/max_user_namespaces": 0}  # inside this one
    if tuple(map(int, re.findall(r"\d+", os.uname().release)[:2])) >= (6, 14):  # before, it was the whole machine's
        limits["kernel/pid_max"] = TASKS  # for root, whom no other limit binds
    for name, most in limits.items():
        _set(work, name, most)
    with contextlib.suppress(OSError):  # memory that belongs to no process; before Linux 5.19 only root may say so
        _set(work, "kernel/shmall", 0)
    attributes = struct.pack("4Q", 0x1 | 0x2, 0, 0, 0)  # MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID
    system("syscall", 442, -100, work, 0x8000, attributes, len(attributes))  # mount_setattr with AT_RECURSIVE
    system("mount", "tmpfs", work + work, "tmpfs", tmpfs, f"mode=700,size={STORED},nr_inodes=4096")
    os.chdir(work)
    system("pivot_root", ".", ".")
    system("umount2", ".", 2)  # MNT_DETACH: the old tree, which came to lie on the new one
    os.chdir("/")
    system("capset", struct.pack("Ii", 0x20080522, 0), bytes(24))
    prctl(4, 0)  # PR_SET_DUMPABLE: no other process can look into this one


def _set(root, name, value):
    """Set a limit of the kernel for the namespaces that this process is in."""
    with open(f"{root}/proc/sys/{name}", "w") as file:
        file.write(str(value))


def try_out(work):
    """Exit without an error if a process can be shut in."""
    if os.fork():  # the child has one thread, as enter_namespaces needs it
        sys.exit(os.wait()[1] != 0)
    enter_namespaces()
    if os.fork():
        os._exit(os.wait()[1] != 0)
    change_root(work, [])
    os._exit(0)


# Without namespaces


def fence(work, hidden):
    """Have Landlock keep this process, C code included, to reading what Python needs and writing to its folder.

    It takes Linux 5.13 for files, 6.7 for connections (TCP), 6.12 for signals.
    """
    try:
        version = system("syscall", 444, None, 0, 1)  # landlock_create_ruleset
    except OSError:
        return  # there is no Landlock
    everything = (1 << 13 + (version > 1) + (version > 2)) - 1 | (version > 4) << 15
    execute, write, read, look = 1, 2, 4, 8
    handled = struct.pack("3Q", everything, 3 * (version > 3), 3 * (version > 5))
    handled = handled[: 8 * (1 + (version > 3) + (version > 5))]
    own = f"/proc/{os.getpid()}"  # TensorFlow looks into cmdline
    rules = [(work, everything & ~execute), (own, read | look)]
    hidden = tuple(os.path.join(path, "") for path in [*_answers(), *hidden])
    for path in visible():
        rules += [(path, look)] * os.path.isdir(path)
        rules += [(part, read | write * part.startswith("/dev/")) for part in _without(path, hidden)]
    ruleset = system("syscall", 444, handled, len(handled), 0)
    for path, rights in rules:
        with contextlib.suppress(OSError):  # what can't be opened can't be read, either
            place = os.open(path, os.O_PATH)
            system("syscall", 445, ruleset, 1, struct.pack("=Qi", rights, place), 0)  # landlock_add_rule
            if path != own:  # which stays open, since the kernel forgets what nobody has open in /proc
                os.close(place)
    prctl(38, 1)
    system("syscall", 446, ruleset, 0)  # landlock_restrict_self
    os.close(ruleset)


def _without(path, hidden):
    """Return a path, or the parts of a folder that are left without what is hidden in it."""
    path, inner = os.path.realpath(path), os.path.join(os.path.realpath(path), "")
    if inner.startswith(hidden):
        return []
    if not any(name.startswith(inner) for name in hidden):
        return [path]
    return [part for name in os.listdir(path) for part in _without(inner + name, hidden)]


def refuse(work, hidden):
    """Have Python refuse some of what namespaces make impossible; C code can still do it."""
    work = os.path.join(work, "")
    seen = tuple(os.path.join(os.path.realpath(path), "") for path in visible())
    hidden = tuple(os.path.join(path, "") for path in [*_answers(), *hidden])
    devices = tuple(path for path in seen if path.startswith("/dev/"))
    changes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def hook(event, arguments):
        if event in REFUSED or event in SIGNALS and arguments[0] != os.getpid():
            raise PermissionError(f"a submission may not use {event}")
        if event == "import" and (
            arguments[0] in MODULES or arguments[1] and os.path.realpath(arguments[1]).startswith(work)
        ):
            raise ImportError(f"a submission may not import {arguments[0]}")
        if event in READS or event in WRITES:
            writes = event in WRITES or event == "open" and isinstance(arguments[2], int) and arguments[2] & changes
            for path in arguments[: 1 + (event in ("os.link", "os.rename", "os.symlink"))]:
                if isinstance(path, int):
                    continue
                real = os.path.join(os.path.realpath(os.fsdecode(path or ".")), "")
                if writes and not real.startswith((work, *devices)):
                    raise PermissionError(f"a submission may not write to {real[:-1]}")
                if not real.startswith((work, *seen)) or real.startswith(hidden):
                    raise PermissionError(f"a submission may not read {real[:-1]}")

    def refused(*_, **__):
        raise PermissionError("a submission may not use this function")

    for module in map(importlib.import_module, HOLDERS):
        for name in {name for name, value in vars(module).items() if getattr(value, "__name__", "") in SILENT}:
            setattr(module, name, refused)
    sys.addaudithook(hook)
