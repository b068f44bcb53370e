"""The form of a handed-in file, judged from its text and mode alone; no file is run and no behaviour judged here."""

import ast
import io
import os
import shlex
import stat
import tokenize
import warnings

import pycodestyle

from aelib.grading import Verdict

SHEBANG = "#!/usr/bin/env python3"
IMPORT = "import tensorflow.keras as keras"
LARGEST_FILE = 2**20  # bytes; a file of this course has about 3,000
LONGEST_LINE = 500  # characters; pycodestyle's time grows with the square of a line's length
STYLED = {"characters": 2**15, "lines": 2000, "brackets": 2000}  # its time grows with the square of these, too
MODE = ("shebang", "newline", "executable")  # can be judged whatever the bytes mean
TEXT = ("pycodestyle", "docstrings", "imports")  # need a text
IMPORTERS = {"__import__", "__builtins__", "exec", "eval"}  # names that reach a module without an import statement


def criteria(path):
    """Judge the form of a handed-in file.

    Args:
        path: The file, e.g. "0-vanilla.py".

    Returns:
        {criterion: Verdict} of six: "shebang", "newline", "executable", "pycodestyle", "docstrings" and "imports".
        The text says what was found, what was expected and on which line.
    """
    try:
        data, mode = read(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return not_judged(f"The file can't be read ({reason}): expected a Python file.")
    return judged(data, mode, os.path.basename(os.fsdecode(path)))


def judged(data, mode, name):
    """Judge the form of a file that was read; return what `criteria` returns.

    Args:
        data: The file's bytes.
        mode: Its mode, or None if nobody knows it.
        name: Its name, without folders.
    """
    return {name: Verdict(ok, text) for name, (ok, text) in _judged(data, mode, name).items()}


def not_judged(text):
    """Return what `criteria` returns where none of the six can be judged, for the same reason."""
    return {name: Verdict(None, text) for name in MODE + TEXT}


def _judged(data, mode, name):
    """Return {criterion: (ok, text)} of a file."""
    found = {"shebang": _shebang(data), "newline": _newline(data), "executable": _executable(name, mode)}
    try:
        text = _text(data)
    except ValueError as error:
        return {**found, **{name: (None, str(error)) for name in TEXT}}
    found["pycodestyle"] = _pycodestyle(text)
    try:
        tree = _tree(text)
    except ValueError as error:
        return {**found, **{name: (None, str(error)) for name in TEXT[1:]}}
    return {**found, "docstrings": _docstrings(tree), "imports": _imports(tree)}


def read(path, most=LARGEST_FILE):
    """Return the bytes and the mode of an ordinary file of no more than so many bytes.

    Raises:
        OSError, ValueError: if there is no such file; a link is none, since it could lead to somebody else's.
    """
    mode = os.lstat(path).st_mode
    if not stat.S_ISREG(mode):
        kinds = {stat.S_IFDIR: "it is a folder", stat.S_IFLNK: "it is a link"}
        raise ValueError(kinds.get(stat.S_IFMT(mode), "it is no ordinary file"))
    with open(path, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it has more than {most:,} bytes")
    return data, mode


def _text(data):
    """Return the bytes as Python reads them, with \\n at the ends of lines, or raise ValueError in the learner's terms.

    Source: PEP 263, for the comment that names another encoding than UTF-8.
    """
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    encoding, trouble = "utf-8-sig", ""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(lines).readline)
    except SyntaxError as error:
        trouble = str(error.msg)
    try:
        text = lines.decode(encoding)
        place, what = lines.find(b"\0"), "a NUL byte, which Python refuses"
    except UnicodeDecodeError as error:
        encoding = "UTF-8" if encoding.startswith("utf-8") else encoding
        place, what = error.start, f"the byte 0x{lines[error.start]:02x}, which is not {encoding}"
    except (LookupError, UnicodeError) as error:
        place, what, trouble = -1, "", str(error)
    if place >= 0:
        line = lines.count(b"\n", 0, place) + 1
        raise ValueError(f"Line {line} holds {what}, so the text could not be judged: save the file as plain UTF-8.")
    if trouble:
        raise ValueError(
            f"A comment in line 1 or 2 names an encoding that Python can't use ({_shown(trouble)}), so the text could "
            "not be judged: delete that comment, and save the file as plain UTF-8."
        )
    return io.StringIO(text, newline=None).read()


def _tree(text):
    """Return the syntax tree of a text, or raise ValueError in the learner's terms."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's remarks on escapes like "\d" are no syntax errors
            return ast.parse(text)
    except SyntaxError as error:
        raise ValueError(
            f"Python can't read line {error.lineno or 1} ({_shown(error.msg)}), so this could not be judged: "
            "mend that line first."
        ) from error
    except (MemoryError, RecursionError, ValueError) as error:
        raise ValueError(
            f"Python can't read the file because it is nested too deeply ({type(error).__name__}), so this could not "
            "be judged: use shorter expressions."
        ) from error


def _shebang(data):
    """Judge the first line."""
    line = data.split(b"\n", 1)[0]
    expected = f"expected exactly {SHEBANG}"
    if line == SHEBANG.encode():
        return True, f"Line 1 is {SHEBANG}."
    if not data:
        return False, f"The file is empty, so it has no line 1: {expected}."
    if line.startswith(b"\xef\xbb\xbf"):
        return False, f"Line 1 begins with a byte order mark: {expected}, so save the file as UTF-8 without the mark."
    if line.startswith(SHEBANG.encode() + b"\r"):
        return False, (
            "Line 1 ends the Windows way, so the system looks for a program named python3\\r: "
            f"{expected}, so save the file with line ends LF (\\n)."
        )
    return False, f"Line 1 is {_shown(repr(line.decode('utf-8', 'replace')))}: {expected}."


def _newline(data):
    """Judge the last byte."""
    if data.endswith(b"\n"):
        return True, "The last line ends with a newline."
    line = data.count(b"\n") + 1
    return False, f"Line {line}, the last, does not end with a newline: expected one, so press Enter at its end."


def _executable(name, mode):
    """Judge the mode."""
    command = f"chmod u+x {shlex.quote(_shown(name))}"
    if mode is None:
        return None, (
            "The archive does not say who may execute the file, so this could not be judged: pack it on Linux or "
            f"macOS, after you have typed {command}"
        )
    if os.name == "nt":
        return None, f"Windows has no executable bit, so this could not be judged: on Linux or macOS type {command}"
    if mode & stat.S_IXUSR:
        return True, "The file's owner may execute it."
    return False, f"The file's owner may not execute it (mode {mode & 0o777:o}): expected mode 755, so type {command}"


class _Complaints(pycodestyle.BaseReport):
    """Keeps pycodestyle's complaints in `found` instead of printing them."""

    def __init__(self, options):
        super().__init__(options)
        self.found = []

    def error(self, line_number, offset, text, check):
        code = super().error(line_number, offset, text, check)
        if code:
            self.found.append((line_number, offset, f"line {line_number}: {_shown(text)}"))
        return code


def _pycodestyle(text):
    """Judge the style of a text by pycodestyle's default settings, whatever the user's own settings are."""
    lines = io.StringIO(text).readlines()
    sizes = {"characters": len(text), "lines": len(lines), "brackets": sum(map(text.count, "([{"))}
    for name, most in STYLED.items():
        if sizes[name] > most:
            return None, f"The file has {sizes[name]:,} {name}: expected at most {most:,}, so use fewer to be judged."
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            length = len(line.rstrip("\n"))
            return False, f"pycodestyle complains: line {number}: E501 line too long ({length} > 79 characters)."
    parser = pycodestyle.get_parser(prog="aelib")  # settings are looked up under the program's name
    style = pycodestyle.StyleGuide(reporter=_Complaints, parser=parser)
    checker = pycodestyle.Checker(lines=lines, options=style.options)
    try:
        checker.check_all()
    except Exception as error:  # pycodestyle 2.15 fails on some texts that are no Python, such as a lone "r"
        return None, f"pycodestyle itself fails on this text ({type(error).__name__}): mend the first wrong line."
    complaints = [complaint for *_, complaint in sorted(checker.report.found)]
    if not complaints:
        return True, "pycodestyle has no complaints."
    return False, f"pycodestyle complains, expected no complaints: {_listed(complaints)}."


def _docstrings(tree):
    """Judge whether the module and every class and function have a docstring."""
    wanted, missing = 0, []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            wanted += 1
            if not (ast.get_docstring(node, clean=False) or "").strip():
                line = getattr(node, "lineno", 1)
                kind = "class" if isinstance(node, ast.ClassDef) else "function"
                what = f"the {kind} {_shown(node.name)}" if hasattr(node, "name") else "the module"
                missing.append((line, f"line {line}: {what}"))
    if not missing:
        return True, f"Docstrings wanted: {wanted}; found: {wanted}."
    places = [place for _, place in sorted(missing)]
    return False, f"No docstring, expected one as the first statement: {_listed(places)}."


def _imports(tree):
    """Judge whether the one import allowed is there, and no other."""
    right, wrong = [], []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            statement = ast.unparse(node)
            (right if statement == IMPORT else wrong).append((node.lineno, f"line {node.lineno}: {_shown(statement)}"))
        elif isinstance(node, ast.Name) and node.id in IMPORTERS:
            wrong.append((node.lineno, f"line {node.lineno}: {node.id}"))
    if wrong:
        places = [place for _, place in sorted(wrong)]
        return False, f"Imports other than the one expected, {IMPORT}: {_listed(places)}."
    if not right:
        return False, f"Nothing is imported: expected the line {IMPORT}"
    return True, f"Line {min(right)[0]} has the one import allowed."


def _listed(faults):
    """Return the first three faults and how many there are beside."""
    more = [f"and {len(faults) - 3} more"] if len(faults) > 3 else []
    return "; ".join(faults[:3] + more)


def _shown(text):
    """Return a text on one line, shortened to fit a sentence."""
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= 80 else text[:77] + "..."
