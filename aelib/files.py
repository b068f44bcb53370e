"""Files written whole or not at all, set aside when damaged, found in a checkout or a wheel; no format is known."""

import os
import pathlib
import secrets

PACKAGE = pathlib.Path(__file__).parent


def write(path, content):
    """Write a file in one step: whoever reads it finds the old content or the new one, never a part.

    Args:
        path: The file; folders that are missing are made.
        content: Bytes, or a text, which is written as UTF-8 with its line ends as they are.

    Raises:
        OSError: if it can't be written; the old content then stays.
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")  # a name that no other writer has
    content = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        with open(new, "xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def set_aside(path, why):
    """Rename a file that is in the way to a name that is free, e.g. `progress.json.damaged-1`; return its new path.

    Args:
        path: The file.
        why: One word for the new name, e.g. "damaged".

    Raises:
        OSError: if it can't be renamed.
    """
    path, number = pathlib.Path(path), 1
    while (aside := path.with_name(f"{path.name}.{why}-{number}")).exists():
        number += 1
    return path.rename(aside)


def course(folder):
    """Return the path of a folder of the course, "notebooks" or "quizzes".

    In a checkout it stands beside this package; an installed package carries a copy inside.
    """
    inside = PACKAGE / folder
    return inside if inside.exists() else PACKAGE.parent / folder
