"""Archives and notebooks opened in memory and within bounds; nothing is written to the disk, run or judged here."""

import ast
import gzip
import io
import json
import re
import stat
import symtable
import tarfile
import warnings
import zipfile

from aelib.grading import variants

ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar")
MEMBERS = 10_000  # files and folders of one archive
LISTED = 50_000  # files and folders of one archive, together with those of the archives in it
INDEX = 8 << 20  # bytes of a .zip's table of contents
UNPACKED = 256 << 20  # bytes unpacked of one archive, together with the archives in it
NOTEBOOK = 32 << 20  # bytes of a notebook; its pictures are most of it
MAGICS = 200  # lines of a cell that only IPython understands
WHOLE = {"capture", "prun", "time", "timeit"}  # cell magics that run the rest of their cell as Python
WRITES = re.compile(  # a cell that writes a file, or adds to it
    r"\s*%%(?:writefile|file)(?P<more>[ \t]+(?:-a|--append))?[ \t]+(?P<name>\S+)[ \t]*\r?\n(?P<text>.*)", re.S
)
FUNCTIONS = {variants.FUNCTION, *variants.FUNCTIONS}  # whatever the variant


class Refused(ValueError):
    """Something can't be read; the message says why and what to do, as the rest of a sentence about it."""


def members(name, stream, budget):
    """Return what an archive holds.

    Args:
        name: The archive's name, which ends as one of `ARCHIVES` does.
        stream: Its bytes, open for reading.
        budget: A list of two numbers: the bytes that may still be unpacked, and the files and folders that may still be
            listed. This and reading take from them.

    Returns:
        A list of (parts of the name, mode or None, why it can't be read or "", function that reads it); the function
        takes the largest number of bytes, and is None for a folder.

    Raises:
        Refused: if the archive can't be read.
    """
    return _guarded(lambda: list((_zipped if name.lower().endswith(".zip") else _tarred)(name, stream, budget)))


def _guarded(work):
    """Return what a function returns that reads a stranger's bytes; raise Refused if it can't."""
    try:
        return work()
    except Refused:
        raise
    except Exception as error:  # a stranger's bytes can cause any
        raise Refused(f"is damaged ({type(error).__name__}: {str(error)[:100]}): pack it again, as a .zip") from error


class _Bounded(io.BufferedIOBase):
    """A stream that refuses to be read in greater pieces than a table of contents may take, until it is `trusted`."""

    def __init__(self, stream):
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable
        self.trusted = False
        self._stream = stream

    def read(self, size=-1):
        if size > INDEX and not self.trusted:
            raise Refused(f"has a table of contents of more than {INDEX >> 20} MiB: hand in the graded files alone")
        return self._stream.read(size)


def _zipped(name, stream, budget):
    """Yield what a .zip holds."""
    bounded = _Bounded(stream)
    archive = zipfile.ZipFile(bounded)
    bounded.trusted = True
    entries = archive.infolist()
    _few(len(entries), len(entries), budget)
    for entry in entries:
        title = entry.filename
        if not entry.flag_bits & 0x800:  # the name isn't said to be UTF-8, and often is
            try:
                title = title.encode("cp437").decode("utf-8")
            except UnicodeError:
                pass
        mode = entry.external_attr >> 16 if entry.create_system == 3 else 0
        kind = stat.S_IFMT(mode)
        parts, why = _parts(title)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            why = f"{'is a link' if kind == stat.S_IFLNK else 'is no ordinary file'}: pack the file itself"
        elif entry.flag_bits & 1:
            why = "is encrypted: pack it without a password"
        elif entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            why = "is packed in an unusual way: pack it as an ordinary .zip"

        def read(most, entry=entry):
            with archive.open(entry) as file:
                return _limited(file, most, budget)

        folder = title.endswith(("/", "\\")) or kind == stat.S_IFDIR
        yield parts, mode & 0o777 if mode else None, why, None if folder else read


def _tarred(name, stream, budget):
    """Yield what a .tar or .tar.gz holds."""
    packed = stream if name.lower().endswith(".tar") else gzip.GzipFile(fileobj=stream)
    archive = tarfile.open(fileobj=io.BytesIO(_limited(packed, budget[0], budget)), mode="r:")
    for number, entry in enumerate(archive, 1):
        _few(number, 1, budget)
        parts, why = _parts(entry.name)
        if not (entry.isreg() or entry.isdir()):
            why = f"{'is a link' if entry.issym() or entry.islnk() else 'is no ordinary file'}: pack the file itself"

        def read(most, entry=entry):
            return _limited(archive.extractfile(entry), most, [most])  # which was unpacked with the whole

        yield parts, entry.mode & 0o777, why, None if entry.isdir() else read


def _few(number, more, budget):
    """Raise Refused if an archive holds too much; else take what more was found in it from the budget."""
    if number > MEMBERS:
        raise Refused(f"holds more than {MEMBERS:,} files and folders: hand in the graded files alone")
    if more > budget[1]:
        raise Refused(f"holds more than the {LISTED:,} things that are listed of archives in archives: hand in fewer")
    budget[1] -= more


def _parts(title):
    """Return the parts of the name of something in an archive, and what is wrong with a name that leads out of it."""
    parts = tuple(part for part in title.replace("\\", "/").split("/") if part not in ("", "."))
    if title.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", title) or ".." in parts:
        return (title,), "has a name that leads out of the archive: pack it again, in its own folder"
    return parts, ""


def _limited(file, most, budget):
    """Return the bytes of a file that is not too big."""
    data = file.read(min(most, budget[0]) + 1)
    if len(data) > budget[0]:
        raise Refused(
            f"takes the archive beyond the {UNPACKED >> 20} MiB that are unpacked: hand in the graded files alone"
        )
    if len(data) > most:
        raise Refused(f"has more than {most:,} bytes: hand in the program alone")
    budget[0] -= len(data)
    return data


def read(reader, most):
    """Return the bytes that the function of one of the `members` reads, or raise Refused."""
    return _guarded(lambda: reader(most))


# Notebooks


def programs(data):
    """Return the programs in a notebook.

    Args:
        data: The bytes of an .ipynb file.

    Returns:
        {name: source}: what cells write with `%%writefile NAME`; or, if no cell does, under the name "" the function
        `autoencoder`, or that of a variant, with the imports, functions, classes and values that it needs from other
        cells.

    Raises:
        Refused: if there is no such function, or the notebook or a cell can't be read.
    """
    try:
        book = json.loads(data.decode("utf-8-sig"))
        cells = book["cells"] if "cells" in book else [cell for sheet in book["worksheets"] for cell in sheet["cells"]]
        sources = ["".join(cell.get("source", cell.get("input"))) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Refused("is damaged: open it in Jupyter, and save it again") from error
    found = {}
    for source in sources:
        if match := WRITES.match(source):
            name = match["name"].strip("\"'")
            text = match["text"] if match["text"].endswith("\n") else match["text"] + "\n"
            found[name] = found.get(name, "") + text if match["more"] else text
    if found:
        return {name: _encoded(text) for name, text in found.items()}
    return {"": _encoded("\n\n\n".join(_needed(sources)) + "\n")}


def _encoded(source):
    """Return a text as bytes; what is no character becomes an escape."""
    return source.encode("utf-8", "backslashreplace")


def _needed(sources):
    """Return the statements that the function needs, or all functions if there is none of its name, in their order."""
    statements, broken = [], ""
    for number, source in enumerate(sources, 1):
        try:
            statements += _statements(source)
        except ValueError as error:
            broken = f"; Python can't read its code cell {number} ({error})"
    functions = {name for _, function, binds, _ in statements if function for name in binds}
    wanted = FUNCTIONS & {name for _, _, binds, _ in statements for name in binds} or functions
    if not wanted:
        raise Refused(f"defines no function {variants.FUNCTION}{broken}: hand in a file, as the task says")
    taken, wanted = set(), wanted | {"*"}
    while more := {at for at, (_, _, binds, _) in enumerate(statements) if at not in taken and binds & wanted}:
        taken |= more
        wanted = wanted.union(*(statements[at][3] for at in more))
    return [statements[at][0] for at in sorted(taken)]


def _statements(source):
    """Return (text, whether it is a function, names that it binds, and that it reads) for each statement of a cell."""
    source = "\n".join(source.splitlines())
    if magic := re.match(r"\s*%%(\w+).*", source):
        if magic[1] not in WHOLE:
            return []
        source = source[magic.end() :]
    found = []
    source, tree = _python(source)
    for node in tree.body:
        text = ast.get_source_segment(source, node)
        if decorators := getattr(node, "decorator_list", []):
            text = "\n".join(source.split("\n")[decorators[0].lineno - 1 : node.end_lineno])
        table = symtable.symtable(text, "cell", "exec")
        own = table.get_symbols()
        binds = {symbol.get_name() for symbol in own if symbol.is_assigned() or symbol.is_imported()}
        binds |= {"*"} if isinstance(node, ast.ImportFrom) and node.names[0].name == "*" else set()
        reads = {symbol.get_name() for symbol in own if symbol.is_referenced()}
        scopes = table.get_children()
        for scope in scopes:  # which grows
            reads |= {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global()}
            scopes += scope.get_children()
        found.append((text, isinstance(node, ast.FunctionDef), binds, reads))
    return found


def _python(source):
    """Return a cell's text with `pass` for the lines that only IPython understands, and its syntax tree."""
    for _ in range(MAGICS):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(source)
                symtable.symtable(source, "cell", "exec")  # finds errors that the tree does not show
                return source, tree
        except SyntaxError as error:
            lines = source.split("\n")
            at = min(error.lineno or 1, len(lines)) - 1
            if not re.match(r"\s*[%!?]|\s*[\w., ]+=\s*[%!]|.*\?\s*$", lines[at]):
                raise ValueError(f"line {at + 1}: {error.msg}") from error
            indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
            while lines[at].endswith("\\") and at + 1 < len(lines):
                del lines[at]
            lines[at] = f"{indent}pass"
            source = "\n".join(lines)
        except (MemoryError, RecursionError, ValueError) as error:
            raise ValueError(f"{type(error).__name__}") from error
    raise ValueError(f"more than {MAGICS} magics")
