"""A file that several programs change at once, with a lock and notes beside it; what it holds is not known here.

Whoever has the lock changes the file. The others don't wait: each leaves its change as a note, a file of its own, and
whoever has the lock takes in all notes, and looks again when it has given the lock back. So a change that was accepted
is never lost, however slow the disk is, whatever the clocks say, which are not read, and whoever is stopped or killed;
a program that is killed just after it wrote the file may leave a note that counts twice.

The lock is the operating system's, of a file that stays, e.g. `progress.json.lock`: it is given back when its holder
ends, however it ends. Several machines can change the file if its disk shares their locks, as NFSv4 does. Where there
are no locks, a file that is there only meanwhile, e.g. `progress.json.locked`, stands for one. If its holder is killed
it stays, and what follows waits in notes until somebody deletes it.
"""

import contextlib
import errno
import re
import secrets

from aelib import files

try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

    fcntl = None


def change(file, note, write, say):
    """Change a file: at once if no other program does, else by a note that one will take in.

    Args:
        file: The file's path; folders that are missing are made.
        note: The change, as a text.
        write: Function of {path: text of a note} that changes the file by all of them.
        say: Function that tells a sentence.

    Raises:
        OSError: if nothing can be written.
    """
    if not file.name:
        raise OSError(errno.EISDIR, "expected a file", str(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    mine = {file.with_name(f"{file.name}.note-{secrets.token_hex(8)}"): note}
    while mine or waiting(file):
        with lock(file, say) as ours:
            if ours:
                notes = waiting(file) | mine  # only now, when no other program takes them in
                write(notes)
                for path in notes:
                    files.patiently(path.unlink, True)  # if it is there
            elif mine:
                files.write(*mine.popitem())
            else:
                return  # whoever has the lock looks again
        mine = {}


def waiting(file):
    """Return the notes that wait beside a file, {path: text}."""
    notes = {}
    for path in file.parent.iterdir() if file.parent.is_dir() else ():
        if re.fullmatch(re.escape(file.name) + r"\.note-[0-9a-f]{16}", path.name):
            with contextlib.suppress(FileNotFoundError):  # it was taken in meanwhile
                notes[path] = files.patiently(path.read_text, "utf-8", "replace")
    return notes


@contextlib.contextmanager
def lock(file, say):
    """Hold the lock of a file, or what stands for it, for a `with` statement, which gets whether it was to be had.

    Args:
        file: The file's path.
        say: Function that tells a sentence.
    """
    with contextlib.ExitStack() as stack:
        try:
            mine = stack.enter_context(held(file.with_name(f"{file.name}.lock"))) is not None
        except OSError as error:
            stand_in, mine = file.with_name(f"{file.name}.locked"), False
            with contextlib.suppress(FileExistsError):
                open(stand_in, "x").close()
                stack.callback(stand_in.unlink, missing_ok=True)
                mine = True
            say(f"There are no locks for {file} ({error}). If {stand_in} is there when no lesson runs, delete it.")
        yield mine


@contextlib.contextmanager
def held(path):
    """Hold the lock of a file for a `with` statement, which gets the open file, or None if another one holds it.

    Args:
        path: A file that is there for its lock, made if it is missing, and never replaced.

    Raises:
        OSError: if it can't be opened, or there are no locks.
    """
    with open(path, "a+b", buffering=0) as file:
        mine = file
        try:
            _switch(file, True)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                raise
            mine = None
        try:
            yield mine
        finally:
            if mine:
                _switch(file, False)  # not left to closing: a child that was forked meanwhile has the file open, too


def _switch(file, on):
    """Take or give back the lock of an open file, at once or with an OSError."""
    if fcntl:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB if on else fcntl.LOCK_UN)
    else:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK if on else msvcrt.LK_UNLCK, 1)
