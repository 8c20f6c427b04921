"""From a function object to the syntax of its definition.

The file of the function is parsed as a whole, so that lines and columns are the user's own. A definition is found by
its first line, which the function's code remembers (for a decorated function the line of the first decorator) and by
its name. Several lambdas may start on one line: the right one is the smallest whose body contains the columns of the
code's instructions (PEP 657).

Inside a class, names such as `__x` mean `_Class__x`; they are replaced here, once.
"""

from __future__ import annotations

import ast
import copy
import linecache
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from myialike.frontend.refused import refusal
from myialike.source import Location

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Span = tuple[int, int, int, int]  # first line, last line, first column, column after the last


@dataclass(frozen=True, slots=True)
class Definition:
    """The syntax of a function, and the file it is in."""

    node: Function
    filename: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    node: Function
    owner: str  # the class around the definition, or ""


def definition(fn: types.FunctionType) -> Definition:
    """The definition of `fn`; UnsupportedError where there is none to be found."""
    if not isinstance(fn, types.FunctionType):
        raise refusal("not a function", None, repr(fn))
    filename, text = _text(fn)
    candidates = _index(filename, text).get(fn.__code__.co_firstlineno, ()) if text else ()
    found = _choose(fn.__code__, [c for c in candidates if _name(c.node) == fn.__code__.co_name], filename)
    if found is None:
        raise refusal("changed source" if text else "no source", start(fn), fn.__qualname__)
    return Definition(_mangled(found), filename)


def start(fn: types.FunctionType) -> Location:
    """The first line of a function, as its code has it."""
    line = fn.__code__.co_firstlineno
    return Location(_filename(fn), line, 0, line, 0, fn.__qualname__)


def _filename(fn: types.FunctionType) -> str:
    """The file of a function; modules frozen into the interpreter say where their text is."""
    filename = fn.__code__.co_filename
    frozen = fn.__globals__.get("__file__") if filename.startswith("<frozen ") else None
    return frozen if isinstance(frozen, str) else filename


def _text(fn: types.FunctionType) -> tuple[str, str]:
    """The file of a function and all of its text, empty where it cannot be read."""
    filename = _filename(fn)
    linecache.checkcache(filename)
    return filename, "".join(linecache.getlines(filename, fn.__globals__))


@lru_cache(maxsize=64)
def _index(filename: str, text: str) -> dict[int, tuple[_Candidate, ...]]:
    """All functions of a file by their first lines; empty if the text is not Python."""
    try:
        tree = ast.parse(text, filename)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    index: dict[int, tuple[_Candidate, ...]] = {}
    for found in _functions(tree, ""):
        decorators = getattr(found.node, "decorator_list", [])
        line = decorators[0].lineno if decorators else found.node.lineno
        index[line] = (*index.get(line, ()), found)
    return index


def _functions(node: ast.AST, owner: str) -> Iterator[_Candidate]:
    pending = [(node, owner)]
    while pending:
        node, owner = pending.pop()
        if isinstance(node, Function):
            yield _Candidate(node, owner)
        inner = node.name if isinstance(node, ast.ClassDef) else owner
        pending.extend((child, inner) for child in ast.iter_child_nodes(node))


def _name(node: Function) -> str:
    return "<lambda>" if isinstance(node, ast.Lambda) else node.name


def _choose(code: types.CodeType, candidates: list[_Candidate], filename: str) -> _Candidate | None:
    """The candidate that `code` was compiled from."""
    candidates = [c for c in candidates if parameter_names(c.node) == _parameters_of(code, c.owner)]
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    hull = _hull(code)
    if hull is None:
        line = code.co_firstlineno
        raise refusal("same line", Location(filename, line, 0, line, 0))
    around = [c for c in candidates if _contains(_body_span(c.node), hull)]
    return min(around, key=lambda c: _size(_body_span(c.node)), default=None)


def parameter_names(node: Function) -> tuple[str, ...]:
    """The names of a function's parameters in the order of its code's variables: `*args` and `**kwargs` last."""
    a = node.args
    stars = [star for star in (a.vararg, a.kwarg) if star]
    return tuple(arg.arg for arg in (*a.posonlyargs, *a.args, *a.kwonlyargs, *stars))


def _parameters_of(code: types.CodeType, owner: str) -> tuple[str, ...]:
    stars = bool(code.co_flags & 0x04) + bool(code.co_flags & 0x08)
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + stars]
    prefix = "_" + owner.lstrip("_")
    return tuple(n.removeprefix(prefix) if n.startswith(prefix + "__") else n for n in names)


def _hull(code: types.CodeType) -> Span | None:
    """The smallest span around all instructions, None where this Python keeps no columns."""
    spans = [
        (line, end, col, end_col)
        for line, end, col, end_col in code.co_positions()
        if line is not None and end is not None and col is not None and end_col is not None
        if (line, col) != (end, end_col)
    ]
    if not spans:
        return None
    line, col = min((s[0], s[2]) for s in spans)
    end, end_col = max((s[1], s[3]) for s in spans)
    return line, end, col, end_col


def _body_span(node: Function) -> Span:
    body: Any = node.body if isinstance(node, ast.Lambda) else node
    return body.lineno, body.end_lineno, body.col_offset, body.end_col_offset


def _contains(outer: Span, inner: Span) -> bool:
    starts = (outer[0], outer[2]) <= (inner[0], inner[2])
    return starts and (inner[1], inner[3]) <= (outer[1], outer[3])


def _size(span: Span) -> tuple[int, int]:
    return span[1] - span[0], span[3] - span[2]


def _mangled(found: _Candidate) -> Function:
    """The definition, copied if private names have to be replaced."""
    if not found.owner or not any(name.startswith("__") for name in _names_in(found.node)):
        return found.node
    mangled: Function = _Mangler(found.owner).visit(copy.deepcopy(found.node))
    return mangled


def _names_in(node: ast.AST) -> Iterator[str]:
    """All names in the syntax, and all texts."""
    for inner in ast.walk(node):
        for _, value in ast.iter_fields(inner):
            yield from (v for v in (value if isinstance(value, list) else (value,)) if isinstance(v, str))


class _Mangler(ast.NodeTransformer):
    """Replace private names by what they mean inside class `owner`."""

    def __init__(self, owner: str) -> None:
        self.prefix = "_" + owner.lstrip("_") if owner.strip("_") else ""

    def mangled(self, name: Any) -> Any:
        if not isinstance(name, str) or not name.startswith("__") or name.endswith("__") or "." in name:
            return name
        return self.prefix + name

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for field in ("id", "attr", "arg", "name", "asname", "rest"):
            if hasattr(node, field):
                setattr(node, field, self.mangled(getattr(node, field)))
        if isinstance(node, ast.Global | ast.Nonlocal):
            node.names = [self.mangled(name) for name in node.names]
        if isinstance(node, ast.MatchClass):
            node.kwd_attrs = [self.mangled(name) for name in node.kwd_attrs]
        return super().generic_visit(node)
