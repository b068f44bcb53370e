"""Files written whole or not at all, set aside when damaged, found in a checkout or a wheel; no format is known."""

import contextlib
import errno
import os
import pathlib
import secrets
import shutil
import time

PACKAGE = pathlib.Path(__file__).parent


def write(path, content):
    """Write a file in one step: whoever reads it finds the old content or the new one, never a part.

    The file keeps its mode. Behind a link, the file that it leads to is written; a device, such as the null device,
    is written as it is.

    Args:
        path: The file; folders that are missing are made.
        content: Bytes, or a text, which is written as UTF-8 with its line ends as they are.

    Raises:
        OSError: if it can't be written; the old content then stays.
    """
    path = pathlib.Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    content = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    new = path.with_name(f".aelib-{secrets.token_hex(8)}")  # a name that no other writer has
    try:
        with open(new, "xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            shutil.copymode(path, new)
        patiently(os.replace, new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def set_aside(path, why):
    """Rename a file that is in the way to a name that is free, e.g. `progress.json.damaged-1`; return its new path.

    Args:
        path: The file.
        why: One word for the new name, e.g. "damaged".

    Raises:
        OSError: if it can't be renamed, or is a folder or a device.
    """
    path, number = pathlib.Path(path), 1
    if not path.is_file():
        raise OSError(errno.EINVAL, "expected a file", str(path))
    while True:
        aside = path.with_name(f"{path.name}.{why}-{number}")
        try:
            open(aside, "x").close()  # so that nobody else takes the name
        except FileExistsError:
            number += 1
            continue
        try:
            patiently(os.replace, path, aside)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        return aside


def course(folder):
    """Return the path of a folder of the course, "notebooks" or "quizzes".

    In a checkout it stands beside this package; an installed package carries a copy inside.
    """
    inside = PACKAGE / folder
    return inside if inside.exists() else PACKAGE.parent / folder


def patiently(function, *arguments):
    """Call a function, and again for half a second if it is refused, as Windows does while others use the file."""
    for _ in range(50):
        with contextlib.suppress(PermissionError):
            return function(*arguments)
        time.sleep(0.01)
    return function(*arguments)
