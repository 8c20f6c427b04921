"""Where things are in the user's text, and how an excerpt of it looks.

A `Location` is attached to every equation of the IR by the frontend and survives every pass, so that any later
stage can point at the user's own line:

    newton.py:7:11
      7 |     y = 0.5 * (y + x / y)
                             ^^^^^
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

QUOTED = 60  # characters of a line that a note quotes


@dataclass(frozen=True, slots=True)
class Location:
    """A span of the user's source: lines count from 1, columns from 0, as in `ast`."""

    filename: str
    lineno: int
    col_offset: int
    end_lineno: int
    end_col_offset: int
    function: str = ""

    def __str__(self) -> str:
        return f"{self.filename}:{self.lineno}:{self.col_offset + 1}"


def line_of(loc: Location) -> str:
    """The text of the first line of `loc`, without its newline; empty where the source cannot be read."""
    return linecache.getline(loc.filename, loc.lineno).rstrip("\n")


def segment(loc: Location) -> str:
    """The text that `loc` spans, on one line; empty where the source cannot be read."""
    lines = [linecache.getline(loc.filename, n).encode() for n in range(loc.lineno, loc.end_lineno + 1)]
    if not all(lines):
        return ""
    lines[-1] = lines[-1][: loc.end_col_offset]
    lines[0] = lines[0][loc.col_offset :]
    return " ".join(line.decode(errors="replace").strip() for line in lines)


def short(text: str) -> str:
    """`text` as far as an error quotes it."""
    return text if len(text) <= QUOTED else text[: QUOTED - 3].rstrip() + "..."


def excerpt(loc: Location) -> str:
    """The line of `loc` with a caret under each of its columns."""
    text = line_of(loc)
    if not text.strip():
        return ""
    # ast counts columns in UTF-8 bytes; a caret is placed by character.
    encoded = text.encode()
    start = len(encoded[: loc.col_offset].decode(errors="replace"))
    stop = len(text)
    if loc.end_lineno == loc.lineno:
        stop = len(encoded[: loc.end_col_offset].decode(errors="replace"))
    number = str(loc.lineno)
    margin = " " * (len(number) + 4) + " "
    lead = "".join(c if c == "\t" else " " for c in text[:start])
    return f"  {number} | {text}\n{margin}{lead}{'^' * max(1, stop - start)}"


Span = tuple[int, int, int | None, int | None]


@lru_cache(maxsize=16)
def _nodes(text: str) -> Mapping[Span, Sequence[ast.AST]]:
    """The nodes of the syntax tree of a file, by the first and last line and column; outer before inner."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    found: dict[Span, list[ast.AST]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias | ast.pattern | ast.excepthandler):
            place = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
            found.setdefault(place, []).append(node)
    return found


def nodes_at(loc: Location) -> Sequence[ast.AST]:
    """The nodes of the syntax tree that span `loc`, outer before inner."""
    nodes = _nodes("".join(linecache.getlines(loc.filename)))
    return nodes.get((loc.lineno, loc.col_offset, loc.end_lineno, loc.end_col_offset), ())


def operand_texts(loc: Location) -> tuple[str, ...]:
    """The texts of the operands of the operation at `loc`, in the order of evaluation; empty where it is not found.

    For `h = f(x.T, n + 1)`, with `loc` around the call: `f`, `x.T`, `n + 1`.
    """
    found = next(filter(None, map(_operands, nodes_at(loc))), [])
    return tuple(segment(_place(loc.filename, n)) for n in found)


def assigned_lines(loc: Location, name: str) -> list[int]:
    """The lines of the function at `loc` that assign the variable `name`."""
    inside = (n for outer in nodes_at(loc) for n in ast.walk(outer))
    stores = (n for n in inside if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store))
    return sorted({n.lineno for n in stores})


def returned_lines(loc: Location) -> list[int]:
    """The lines of the `return` statements in the function at `loc`."""
    return sorted({n.lineno for outer in nodes_at(loc) for n in ast.walk(outer) if isinstance(n, ast.Return)})


def names_in(loc: Location) -> set[str]:
    """The names of the variables and parameters in the text at `loc`."""
    inside = [n for outer in nodes_at(loc) for n in ast.walk(outer)]
    return {n.id for n in inside if isinstance(n, ast.Name)} | {n.arg for n in inside if isinstance(n, ast.arg)}


def _place(filename: str, node: ast.expr) -> Location:
    end, column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return Location(filename, node.lineno, node.col_offset, end, column)


def _operands(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.BinOp():
            return [node.left, node.right]
        case ast.Compare(comparators=[right]):
            return [node.left, right]
        case ast.AugAssign():
            return [node.target, node.value]
        case ast.Call():
            return [node.func, *node.args, *(k.value for k in node.keywords)]
        case ast.Subscript():
            return [node.value, node.slice]
        case ast.Tuple() | ast.List():
            return node.elts
        case ast.For():
            return [node.iter]
        case ast.Attribute():
            return [node.value]
        case ast.UnaryOp():
            return [node.operand]
        case _:
            return []
