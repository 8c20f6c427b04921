"""Text to IR: recursive descent, one method for each line of the grammar at the top of `myialike.ir.text`."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from myialike.ir.syntax import (
    Atom,
    Block,
    Call,
    Closure,
    Eqn,
    For,
    Graph,
    If,
    Lit,
    Module,
    Parameter,
    Prim,
    Var,
    While,
)
from myialike.ir.types import DTYPES, DYNAMIC, Array, Dim, Stack, SymDim, Type

T = TypeVar("T")

KIND_MARKS = {
    "POSITIONAL_OR_KEYWORD": "",
    "POSITIONAL_ONLY": "positional ",
    "KEYWORD_ONLY": "keyword ",
    "VAR_POSITIONAL": "*",
    "VAR_KEYWORD": "**",
}
KINDS = {mark.strip(): kind for kind, mark in KIND_MARKS.items()}
CONSTANTS: dict[str, Any] = {"None": None, "True": True, "False": False, "Ellipsis": ...}
RESERVED = {*CONSTANTS, "nan", "inf", "nanj", "infj", "if", "else", "while", "for", "yield", "return"}

_NUM = r"(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|nan|inf)"
NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_KINDS = {
    "complex": rf"\([+-]?{_NUM}[+-]{_NUM}j\) | [+-]?{_NUM}j(?!\w)",
    "number": rf"[+-]?{_NUM}(?!\w)",
    "string": r"""[bB]?(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")""",
    "name": NAME,
    "mark": r"<=|\*\*|[-(){}\[\],:;=*]",
}
_ALL = " | ".join(_KINDS.values())
_WORD = re.compile(rf"(?:[ \t\r\n]++ | \#[^\n]*+)*+ ({_ALL} | [^ \t\r\n]+)", re.VERBOSE)  # last: what is no word
_KIND = re.compile(" | ".join(f"(?P<{kind}>{words})" for kind, words in _KINDS.items()), re.VERBOSE)
_INTEGER = re.compile(r"[+-]?\d+")
_SCALARS = {name: Array(dtype) for name, dtype in DTYPES.items()}
END = ""  # the word after the last one


def parse_module(text: str) -> Module:
    """The module that `text` describes. Raises ValueError with the line and what was expected there."""
    parser = _Parser(text)
    graphs = [parser.graph({})]
    while not parser.at_end():
        graphs.append(parser.graph({}))
    return Module(tuple(graphs))


def parse_graph(text: str) -> Graph:
    """The one graph that `text` describes. Raises ValueError with the line and what was expected there."""
    parser = _Parser(text)
    return parser.finish(parser.graph({}))


def parse_type(text: str) -> Type:
    """The type that `text` describes, as in `"f64[2,n<=100]"`. Raises ValueError with what was expected."""
    parser = _Parser(text)
    return parser.finish(parser.type())


@lru_cache(maxsize=4096)
def _kind(word: str) -> str:
    """Which kind of word it is: a key of `_KINDS`, "end", or "" if it is no word of the text form."""
    found = _KIND.fullmatch(word)
    return "end" if word == END else (found and found.lastgroup) or ""


def _line(text: str, pos: int) -> int:
    return text.count("\n", 0, pos) + 1


Scope = dict[str, Var]


class _Parser:
    """Recursive descent, one method for each line of the grammar. A scope maps names to the variables in sight."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.words: list[str] = _WORD.findall(text)
        self.pos = 0
        if not all(map(_kind, set(self.words))):
            self.pos = list(map(_kind, self.words)).index("")
            start = self.start()
            got = text[start : start + 20]
            raise ValueError(f"line {_line(text, start)}: expected a word of the text form, got {got!r}")
        self.words.append(END)

    # words

    def start(self) -> int:
        """Where the next word begins in the text."""
        starts = (found.start(1) for found in _WORD.finditer(self.source))
        return next(itertools.islice(starts, self.pos, None), len(self.source))

    def fail(self, expected: str) -> ValueError:
        got = self.words[self.pos] or "the end"
        return ValueError(f"line {_line(self.source, self.start())}: expected {expected}, got {got!r}")

    def at_end(self) -> bool:
        return self.words[self.pos] == END

    def finish(self, parsed: T) -> T:
        if not self.at_end():
            raise self.fail("the end")
        return parsed

    def kind(self) -> str:
        """The kind of the next word."""
        return _kind(self.words[self.pos])

    def sees(self, word: str) -> bool:
        """Whether the next word, which is no quoted name, is `word`."""
        return self.words[self.pos] == word

    def ahead(self) -> str:
        """The word after the next one."""
        return self.words[min(self.pos + 1, len(self.words) - 1)]

    def next(self) -> str:
        word = self.words[self.pos]
        self.pos += 1
        return word

    def skip(self, word: str) -> bool:
        """Pass over `word` if it is next; say whether it was."""
        found = self.words[self.pos] == word
        self.pos += found
        return found

    def expect(self, word: str) -> None:
        if self.words[self.pos] != word:
            raise self.fail(repr(word))
        self.pos += 1

    def name(self, what: str = "a name") -> str:
        word = self.words[self.pos]
        kind = _kind(word)
        if kind == "name" and word not in RESERVED:
            return self.next()
        if kind == "string" and word[0] in "'\"":
            return str(self.string())
        raise self.fail(what)

    def string(self) -> str | bytes:
        try:
            value = ast.literal_eval(self.words[self.pos])
        except SyntaxError:
            raise self.fail("a string") from None
        self.pos += 1
        return value  # type: ignore[no-any-return]  # the word is a string's

    def integer(self) -> int:
        word = self.words[self.pos]
        if word.startswith("+") or not _INTEGER.fullmatch(word):
            raise self.fail("an integer")
        return int(self.next())

    def separated(self, item: Callable[[], T]) -> tuple[T, ...]:
        """One item or more, with commas between."""
        items = [item()]
        while self.words[self.pos] == ",":
            self.pos += 1
            items.append(item())
        return tuple(items)

    def parenthesized(self, item: Callable[[], T]) -> tuple[T, ...]:
        self.expect("(")
        items = () if self.sees(")") else self.separated(item)
        self.expect(")")
        return items

    # types

    def type(self) -> Type:
        if self.skip("dynamic"):
            return DYNAMIC
        if not self.skip("stack"):
            return self.array()
        self.expect("(")
        elem = self.array()
        self.expect(",")
        capacity = self.dim()
        self.expect(")")
        return Stack(elem, capacity)

    def array(self) -> Array:
        if self.words[self.pos] not in DTYPES:
            raise self.fail("a type")
        scalar = _SCALARS[self.next()]
        if not self.skip("["):
            return scalar
        shape = self.separated(self.dim)
        self.expect("]")
        return Array(scalar.dtype, shape)

    def dim(self) -> Dim:
        if self.kind() == "number":
            return self.integer()
        name = self.name("a dim")
        return SymDim(name, self.integer() if self.skip("<=") else None)

    # values and atoms

    def value(self) -> Any:
        if self.words[self.pos] in CONSTANTS:
            return CONSTANTS[self.next()]
        if self.skip("("):
            return self.tuple_rest()
        match self.kind():
            case "number" | "complex":
                return _number(self.next())
            case "string":
                return self.string()
            case "name":
                return self.dim()
        raise self.fail("a value")

    def tuple_rest(self) -> tuple[Any, ...]:
        items = []
        while not self.skip(")"):
            items.append(self.value())
            if not self.sees(")"):
                self.expect(",")
        return tuple(items)

    def is_variable(self) -> bool:
        """Whether the next word names a variable: a string does if no type follows it."""
        kind = self.kind()
        if kind == "string":
            return self.ahead() != ":"
        return kind == "name" and self.words[self.pos] not in CONSTANTS

    def atom(self, scope: Scope) -> Atom:
        word = self.words[self.pos]
        if word in scope and word not in RESERVED and _kind(word) == "name":
            self.pos += 1
            return scope[word]
        if self.is_variable():
            start = self.pos
            name = self.name("an atom")
            if name not in scope:
                self.pos = start
                raise self.fail("a variable defined before")
            return scope[name]
        value = self.value()
        self.expect(":")
        return Lit(value, self.type())

    def atoms(self, scope: Scope) -> tuple[Atom, ...]:
        return self.parenthesized(lambda: self.atom(scope))

    def var(self) -> Var:
        name = self.name("a variable")
        self.expect(":")
        return Var(name, self.type())

    # graphs, blocks, equations

    def graph(self, scope: Scope) -> Graph:
        self.expect("graph")
        name = self.name("the graph's name")
        params = self.parenthesized(self.param)
        variables = tuple(var for var, _ in params)
        signature = tuple(parameter for _, parameter in params if parameter is not None)
        return Graph(name, self.block(variables, scope, "return"), signature)

    def param(self) -> tuple[Var, Parameter | None]:
        var = self.var()
        if not self.skip("as"):
            return var, None
        mark = self.next() if self.sees_kind() else ""
        name = self.name()
        return var, Parameter(name, KINDS[mark], self.integer() if self.skip("=") else None)

    def sees_kind(self) -> bool:
        word = self.words[self.pos]
        return word in KINDS and (_kind(word) == "mark" or _kind(self.ahead()) in ("name", "string"))

    def block(self, params: tuple[Var, ...], outer: Scope, word: str = "yield") -> Block:
        scope = outer | {p.name: p for p in params}
        self.expect("{")
        eqns = []
        while not self.skip(word):
            eqns.append(self.eqn(scope, word))
            scope.update((o.name, o) for o in eqns[-1].outputs)
        results = () if self.sees("}") else self.separated(lambda: self.atom(scope))
        self.expect("}")
        return Block(params, tuple(eqns), results)

    def eqn(self, scope: Scope, word: str) -> Eqn:
        outputs: tuple[Var, ...] = ()
        if self.ahead() == ":":
            outputs = self.separated(self.var)
            self.expect("=")
        match self.words[self.pos]:
            case "if":
                return self.if_(outputs, scope)
            case "while":
                return self.while_(outputs, scope)
            case "for":
                return self.for_(outputs, scope)
            case "call" if self.ahead() != "(":
                return self.call(outputs, scope)
            case "closure" if self.ahead() == "graph":
                return self.closure(outputs, scope)
        return self.prim(outputs, scope, word)

    def prim(self, outputs: tuple[Var, ...], scope: Scope, word: str) -> Prim:
        op = self.name(f"an equation or {word!r}" if not outputs else "an operation")
        self.expect("(")
        inputs = () if self.sees(")") or self.sees(";") else self.separated(lambda: self.atom(scope))
        attrs = self.separated(self.attr) if self.skip(";") else ()
        self.expect(")")
        return Prim(op, inputs, outputs, attrs)

    def attr(self) -> tuple[str, Any]:
        name = self.name("an attribute's name")
        self.expect("=")
        return name, self.value()

    def if_(self, outputs: tuple[Var, ...], scope: Scope) -> If:
        self.expect("if")
        pred = self.atom(scope)
        then = self.block((), scope)
        self.expect("else")
        return If(pred, then, self.block((), scope), outputs)

    def while_(self, outputs: tuple[Var, ...], scope: Scope) -> While:
        self.expect("while")
        init = self.atoms(scope)
        cond = self.block(self.parenthesized(self.var), scope)
        self.expect("do")
        return While(init, cond, self.block(self.parenthesized(self.var), scope), outputs)

    def for_(self, outputs: tuple[Var, ...], scope: Scope) -> For:
        self.expect("for")
        over = self.separated(lambda: self.atom(scope))
        self.expect("init")
        init = self.atoms(scope)
        breakable = self.skip("breakable")
        return For(over, init, self.block(self.parenthesized(self.var), scope), outputs, breakable)

    def call(self, outputs: tuple[Var, ...], scope: Scope) -> Call:
        self.expect("call")
        return Call(self.name("the called graph's name"), self.atoms(scope), outputs)

    def closure(self, outputs: tuple[Var, ...], scope: Scope) -> Closure:
        if len(outputs) != 1:
            raise self.fail("one variable for a closure")
        self.expect("closure")
        graph = self.graph(scope)
        return Closure(graph, self.atoms(scope), outputs[0])


def _number(word: str) -> int | float | complex:
    if _kind(word) == "complex":
        return complex(word)
    return int(word) if _INTEGER.fullmatch(word) else float(word)
