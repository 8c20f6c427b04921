"""What the compiler does not take: one row for each refusal, and the error made of it.

A row says what the construct is, why it is refused, and what to write instead. Rows are found by the class of the
syntax node, or by name where only some uses of a node are refused. A node class without a row that no part of the
frontend handles (from a Python newer than this table) is refused as well, in general words.

>>> print(row_of(ast.Set()).what)
a set display
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from myialike.errors import UnsupportedError
from myialike.source import Location


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    why: str
    instead: str


_NO_HANDLERS = "a handler may start after any operation, and compiled operations do not stop one by one"
_NO_SUSPENSION = "a compiled function runs from its start to its end"
_FRAMES = "it looks at the frame of its caller, and a compiled function has none"
_OUTSIDE = "the compiled function would have to change a variable outside of it"

ROWS: dict[type[ast.AST] | str, Row] = {
    ast.Try: Row("a try statement", _NO_HANDLERS, "test for the condition with `if` before, or catch in the caller"),
    ast.TryStar: Row("a try statement with `except*`", _NO_HANDLERS, "catch the exception group in the caller"),
    ast.Yield: Row("a generator", _NO_SUSPENSION, "append to a list and return the list"),
    ast.YieldFrom: Row("a generator", _NO_SUSPENSION, "extend a list and return the list"),
    ast.Await: Row("an await expression", _NO_SUSPENSION, "await in the caller, and pass the value"),
    ast.AsyncFunctionDef: Row("an async function", _NO_SUSPENSION, "a plain `def`; await in the caller"),
    "async comprehension": Row("an async comprehension", _NO_SUSPENSION, "collect the items in the caller"),
    ast.Global: Row("assignment to a global variable", _OUTSIDE, "return the new value, and assign it in the caller"),
    "nonlocal": Row(
        "assignment to a variable of the enclosing function",
        _OUTSIDE,
        "return the new value, or compile the enclosing function",
    ),
    ast.ClassDef: Row(
        "a class inside a function", "every call would make a new class", "define the class at the top of the module"
    ),
    "relative import": Row(
        "a relative import here", "the module of the function is in no package", "the full name of the module"
    ),
    ast.Set: Row(
        "a set display", "the order of a set's items is not defined", "a tuple, or a dict with the items as keys"
    ),
    ast.SetComp: Row(
        "a set comprehension",
        "the order of a set's items is not defined",
        "a list comprehension, or a dict comprehension with the items as keys",
    ),
    ast.GeneratorExp: Row(
        "a generator expression here",
        "its items are made while others consume them",
        "a list comprehension: put it in `[...]`",
    ),
    "type parameters": Row(
        "a generic function inside a function",
        "type parameters are made at run time",
        "leave the type parameters out, or move the function to the top of the module",
    ),
    "del attribute": Row(
        "del of an attribute", "the attributes of a value are fixed when a function is compiled", "assign None to it"
    ),
    "bare raise": Row(
        "raise without an exception",
        "there is no handler here whose exception it could raise again",
        "`raise SomeError(...)`",
    ),
    "super()": Row("super() without arguments", _FRAMES, "`super(Class, self)`, or call `Class.method(self, ...)`"),
    "locals()": Row("locals()", _FRAMES, "a dict of the variables that are needed"),
    "globals()": Row("globals()", _FRAMES, "the names of the global variables that are needed"),
    "vars()": Row("vars() without arguments", _FRAMES, "a dict of the variables that are needed"),
    "dir()": Row("dir() without arguments", _FRAMES, "a list of the names that are needed"),
    "eval()": Row("eval", _FRAMES, "the expression itself"),
    "exec()": Row("exec", _FRAMES, "the statements themselves"),
    "breakpoint()": Row("breakpoint", _FRAMES, "`source(f, *args)`, whose result can be stepped through"),
    "too deep": Row(
        "a function with so deeply nested code",
        "the compiler's own recursion reached Python's limit",
        "split it into several functions",
    ),
    "no source": Row(
        "a function without source",
        "the compiler reads the text of a function",
        "define it in a file, a notebook, or text that is registered in linecache",
    ),
    "not a function": Row(
        "something that is not a Python function",
        "the compiler reads the text of a function",
        "a function made with `def` or `lambda`",
    ),
    "changed source": Row(
        "a function whose text has changed", "the file is not the one the function was loaded from", "reload the module"
    ),
    "same line": Row(
        "one of several lambdas on a line",
        "this Python keeps no columns, so they cannot be told apart",
        "write each lambda on a line of its own, or use `def`",
    ),
}

READS_FRAME = {
    "super": False,
    "vars": False,
    "dir": False,
    "locals": True,
    "globals": True,
    "eval": True,
    "exec": True,
    "breakpoint": True,
}
"""Builtins that read their caller's frame; True: whatever the arguments, False: without arguments only."""


def row_of(key: ast.AST | str) -> Row:
    """The row of a syntax node, or of a name; a general row where there is none."""
    if isinstance(key, str):
        return ROWS[key]
    unknown = Row(f"the syntax `{type(key).__name__}`", "the compiler does not know it", "simpler syntax for the same")
    return ROWS.get(type(key), unknown)


def refusal(key: ast.AST | str, loc: Location | None, subject: str = "") -> UnsupportedError:
    """The error for a node, or a row's name, at `loc`; `subject` is the name of the thing refused, where it has one."""
    row = row_of(key)
    about = f" ({subject})" if subject else ""
    return UnsupportedError(f"{row.what}{about} is not supported: {row.why}", loc, row.instead)
