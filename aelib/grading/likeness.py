"""How alike files are once names, comments and layout are set aside; whether somebody copied is not decided here."""

import ast
import collections
import warnings
from typing import NamedTuple

import numpy as np
import scipy.sparse

NEAR = 0.8  # from here on two files count as alike: one line changed leaves about 0.9, another way to write it 0.1
SHORTEST, LONGEST = 80, 4_000  # words of a file that is compared: a starter has 15, answers have 160 to 700
LARGEST = 50_000  # bytes of such a file: a long answer has 4,000
PIECE = 5  # words in a row that are compared as one
TELLING = 20  # characters of a line from which on it tells something


class Likeness(NamedTuple):
    """How alike the files of one task are.

    Attributes:
        compared: How many files were compared.
        shapes: How many different ones there are among them, names, comments and layout aside.
        commonest: How many files have the commonest shape.
        given: How many more have the shape of an answer that the course itself gives.
        short: How many more are too short to tell anything, such as a starter.
        unread: How many more can't be read as Python, or are too long.
        alike: [(owners, how, share, known)], the most alike first: how is "to the byte", "shape" or "near", share is
            that of their pieces which two shapes have in common, and known that which one has in common with an answer
            of the course.
    """

    compared: int
    shapes: int
    commonest: int
    given: int
    short: int
    unread: int
    alike: list


def compare(handed_in, given=()):
    """Compare files of several owners.

    Two files count as alike if their shapes are the same or share `NEAR` of their pieces, and if they are more like
    each other than either is like an answer that the course gives: from that one all may have learned.

    Args:
        handed_in: [(owner, bytes of the file)]; an owner may have several.
        given: Texts of the answers that the course gives.
    """
    answers = {words(text.encode()) for text in given}
    shapes, sources, counts = {}, {}, {"given": 0, "short": 0, "unread": 0}
    for owner, source in handed_in:
        try:
            shape = words(source)
        except ValueError:
            counts["unread"] += 1
            continue
        if shape in answers:
            counts["given"] += 1
        elif len(shape) < SHORTEST:
            counts["short"] += 1
        else:
            shapes.setdefault(shape, []).append(owner)
            sources.setdefault(shape, set()).add(source)
    sizes = [len(owners) for owners in shapes.values()]
    known, near = _compared(shapes, answers)
    alike = [
        (owners, "shape" if len(sources[shape]) > 1 else "to the byte", 1.0, known[place])
        for place, (shape, owners) in enumerate(shapes.items())
    ]
    alike = [(sorted(set(owners)), *how) for owners, *how in alike + near if len(set(owners)) > 1]
    alike.sort(key=lambda row: (["to the byte", "shape", "near"].index(row[1]), -row[2], row[0]))
    return Likeness(sum(sizes), len(shapes), max(sizes, default=0), **counts, alike=alike)


def borrowed(source, text):
    """Return how many lines of a file stand in a text of the course, too, and how many there are.

    Comments, and lines that are too short to tell anything, are left out.

    Args:
        source: The file's bytes.
        text: The text of the course.
    """
    known, found = (
        [line for line in map(str.strip, lines) if len(line) >= TELLING and not line.startswith("#")]
        for lines in (text.splitlines(), source.decode("utf-8", "replace").splitlines())
    )
    known = set(known)
    return sum(line in known for line in found), len(found)


def _compared(shapes, answers):
    """Return how much of each shape is in an answer, and the rows of each two shapes that are near.

    The share is the number of pieces that both have, divided by the number that at least one has.

    Source: Broder, "On the resemblance and containment of documents", 1997.
    """
    if not shapes:
        return [], []
    pieces = [_pieces(shape) for shape in (*shapes, *answers)]
    columns = {}
    places = [columns.setdefault(piece, len(columns)) for found in pieces for piece in found]
    rows = np.repeat(np.arange(len(pieces)), [len(found) for found in pieces])
    table = scipy.sparse.csr_array((np.ones(len(places), "int32"), (rows, places)))
    common = (table @ table.T).toarray()
    sizes = common.diagonal()
    share = common / (sizes[:, None] + sizes - common)
    count, owners = len(shapes), list(shapes.values())
    known = share[:count, count:].max(axis=1, initial=0)
    both, share = np.maximum.outer(known, known), share[:count, :count]
    near = np.argwhere(np.triu((share >= NEAR) & (share > both), 1))
    return known.tolist(), [([*owners[i], *owners[j]], "near", float(share[i, j]), float(both[i, j])) for i, j in near]


def _pieces(shape):
    """Return all `PIECE` words in a row, each with how often it has come before, as numbers that stand for them."""
    seen = collections.Counter()
    pieces = []
    for start in range(len(shape) - PIECE + 1):
        piece = shape[start : start + PIECE]
        pieces.append(hash((piece, seen[piece])))
        seen[piece] += 1
    return pieces


def words(source):
    """Return a program as a tuple of words: its syntax tree without docstrings and annotations, its own names numbered.

    Args:
        source: The file's bytes.

    Raises:
        ValueError: if it is no Python, or too long.
    """
    tree = _tree(source)
    own, called = _own(tree)
    numbers, found, left = {}, [], [tree]
    while left:
        node = left.pop()
        if len(found) > LONGEST:
            raise ValueError(f"more than {LONGEST:,} words: expected an answer, which has fewer than 1,000")
        if not isinstance(node, ast.AST):
            found.append(repr(node))
            continue
        found.append(type(node).__name__)
        for field, value in reversed(list(ast.iter_fields(node))):
            if field in SILENT or value is None:
                continue
            for part in reversed(value) if isinstance(value, list) else [value]:
                if _is_name(node, field) and (not isinstance(node, ast.keyword) or id(node) in called):
                    kind = "attr" if field == "attr" else "name"
                    part = numbers.setdefault((kind, part), len(numbers)) if (kind, part) in own else part
                if not _says_nothing(part):
                    left.append(part)
    return tuple(found)


NAMES = ("id", "arg", "attr", "name", "asname", "names")  # fields that hold a name
SILENT = (
    "annotation",
    "returns",
    "type_comment",
    "type_ignores",
    "ctx",
    "kind",
    "simple",
)  # fields that change nothing


def _tree(source):
    """Return the syntax tree of a file's bytes, or raise ValueError."""
    if len(source) > LARGEST:
        raise ValueError(f"more than {LARGEST:,} bytes: expected an answer, which has about 3,000")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(f"no Python: {error}") from error


def _is_name(node, field):
    """Return whether a field of a node holds a name that the program may have chosen; what it imports, it has not."""
    return field in NAMES and not (isinstance(node, ast.alias) and field == "name")


def _says_nothing(node):
    """Return whether a statement does nothing: a docstring, dots or `pass`."""
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _own(tree):
    """Return the names that a program chooses itself, {(kind, name)}, and the ids of keywords with such names."""
    own, called = set(), set()
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            own.add(("name", node.id))
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            own.add(("attr", node.attr))
        elif isinstance(node, ast.arg):
            own.add(("name", node.arg))
        elif isinstance(node, ast.alias):
            own.add(("name", node.asname or node.name))
        elif isinstance(getattr(node, "name", None), str):  # a definition
            own.add(("name", node.name))
            methods = node.body if isinstance(node, ast.ClassDef) else []
            own |= {("attr", method.name) for method in methods if isinstance(method, ast.FunctionDef)}
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and ("name", node.func.id) in own:
            called |= {id(keyword) for keyword in node.keywords}
    return own, called
