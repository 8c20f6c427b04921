"""Text to IR: recursive descent, one method for each line of the grammar at the top of `myialike.ir.text`."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

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
_TOKEN = re.compile(
    rf"""(?P<gap>(?:[ \t\r\n]+ | \#[^\n]*)+)
       | (?P<complex>\([+-]?{_NUM}[+-]{_NUM}j\) | [+-]?{_NUM}j(?!\w))
       | (?P<number>[+-]?{_NUM}(?!\w))
       | (?P<string>[bB]?(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"))
       | (?P<name>{NAME})
       | (?P<mark><=|\*\*|[-(){{}}\[\],:;=*])
       | (?P<wrong>.)""",
    re.VERBOSE,
)


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


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind == "wrong":
            line, word = _line(text, found.start()), text[found.start() : found.start() + 20]
            raise ValueError(f"line {line}: expected a word of the text form, got {word!r}")
        if kind != "gap":
            yield _Token(kind, found.group(), found.start())
    yield _Token("end", "the end", len(text))


def _line(text: str, pos: int) -> int:
    return text.count("\n", 0, pos) + 1


Scope = dict[str, Var]


class _Parser:
    """Recursive descent, one method for each line of the grammar. A scope maps names to the variables in sight."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.tokens = list(_tokens(text))
        self.pos = 0

    # words

    def fail(self, expected: str) -> ValueError:
        token = self.tokens[self.pos]
        return ValueError(f"line {_line(self.source, token.start)}: expected {expected}, got {token.text!r}")

    def at_end(self) -> bool:
        return self.tokens[self.pos].kind == "end"

    def finish(self, parsed: T) -> T:
        if not self.at_end():
            raise self.fail("the end")
        return parsed

    def sees(self, *words: str) -> bool:
        """Whether the next words, none of them a quoted name, are `words`."""
        ahead = self.tokens[self.pos : self.pos + len(words)]
        return [t.text for t in ahead] == [*words]

    def ahead(self) -> _Token:
        """The word after the next one."""
        return self.tokens[min(self.pos + 1, len(self.tokens) - 1)]

    def next(self) -> _Token:
        token = self.tokens[self.pos]
        self.pos += 1
        return token

    def skip(self, word: str) -> bool:
        """Pass over `word` if it is next; say whether it was."""
        found = self.tokens[self.pos].text == word
        self.pos += found
        return found

    def expect(self, word: str) -> None:
        if not self.skip(word):
            raise self.fail(repr(word))

    def name(self, what: str = "a name") -> str:
        token = self.tokens[self.pos]
        if token.kind == "name" and token.text not in RESERVED:
            return self.next().text
        if token.kind == "string" and token.text[0] in "'\"":
            return str(self.string())
        raise self.fail(what)

    def string(self) -> str | bytes:
        try:
            value = ast.literal_eval(self.tokens[self.pos].text)
        except SyntaxError:
            raise self.fail("a string") from None
        self.pos += 1
        return value  # type: ignore[no-any-return]  # the token is a string's

    def integer(self) -> int:
        token = self.tokens[self.pos]
        if token.kind != "number" or not re.fullmatch(r"-?\d+", token.text):
            raise self.fail("an integer")
        return int(self.next().text)

    def separated(self, item: Callable[[], T]) -> tuple[T, ...]:
        """One item or more, with commas between."""
        items = [item()]
        while self.skip(","):
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
        if self.tokens[self.pos].text not in DTYPES:
            raise self.fail("a type")
        dtype = DTYPES[self.next().text]
        if not self.skip("["):
            return Array(dtype)
        shape = self.separated(self.dim)
        self.expect("]")
        return Array(dtype, shape)

    def dim(self) -> Dim:
        if self.tokens[self.pos].kind == "number":
            return self.integer()
        name = self.name("a dim")
        return SymDim(name, self.integer() if self.skip("<=") else None)

    # values and atoms

    def value(self) -> Any:
        token = self.tokens[self.pos]
        if token.text in CONSTANTS:
            return CONSTANTS[self.next().text]
        if self.skip("("):
            return self.tuple_rest()
        match token.kind:
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
        token = self.tokens[self.pos]
        if token.kind == "string":
            return self.ahead().text != ":"
        return token.kind == "name" and token.text not in CONSTANTS

    def atom(self, scope: Scope) -> Atom:
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
        mark = self.next().text if self.sees_kind() else ""
        name = self.name()
        return var, Parameter(name, KINDS[mark], self.integer() if self.skip("=") else None)

    def sees_kind(self) -> bool:
        token = self.tokens[self.pos]
        return token.text in KINDS and (token.kind == "mark" or self.ahead().kind in ("name", "string"))

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
        if self.ahead().text == ":":
            outputs = self.separated(self.var)
            self.expect("=")
        for start, form in (("if", self.if_), ("while", self.while_), ("for", self.for_)):
            if self.skip(start):
                return form(outputs, scope)
        if self.sees("call") and self.ahead().text != "(":
            return self.call(outputs, scope)
        if self.sees("closure", "graph"):
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
        pred = self.atom(scope)
        then = self.block((), scope)
        self.expect("else")
        return If(pred, then, self.block((), scope), outputs)

    def while_(self, outputs: tuple[Var, ...], scope: Scope) -> While:
        init = self.atoms(scope)
        cond = self.block(self.parenthesized(self.var), scope)
        self.expect("do")
        return While(init, cond, self.block(self.parenthesized(self.var), scope), outputs)

    def for_(self, outputs: tuple[Var, ...], scope: Scope) -> For:
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


def _number(token: _Token) -> int | float | complex:
    if token.kind == "complex":
        return complex(token.text)
    return int(token.text) if re.fullmatch(r"[+-]?\d+", token.text) else float(token.text)
