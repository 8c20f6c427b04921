"""The text form of IR: printed for people, parsed back for tests.

    module ::= graph+
    graph  ::= "graph" name "(" [param ("," param)*] ")" block("return")
    param  ::= var [ "as" [kind] name ["=" int] ]          the Python signature, before inference only
    kind   ::= "positional" | "keyword" | "*" | "**"       positional-only, keyword-only, *args, **kwargs
    block  ::= "{" eqn* word [atoms] "}"                   the word is "return" for a graph, "yield" inside it
    eqn    ::= [ var ("," var)* "=" ] form
    form   ::= op "(" [atoms] [";" attrs] ")"
             | "if" atom block "else" block
             | "while" "(" [atoms] ")" "(" [vars] ")" block "do" "(" [vars] ")" block
             | "for" atoms "init" "(" [atoms] ")" ["breakable"] "(" vars ")" block
             | "call" name "(" [atoms] ")"
             | "closure" graph "(" [atoms] ")"
    var    ::= name ":" type
    atom   ::= name | value ":" type
    attrs  ::= name "=" value ("," name "=" value)*
    value  ::= Python number, string, bytes or tuple | nan | inf | None | True | False | Ellipsis | dim
    name   ::= an identifier, dotted ones also, or a Python string if it is not one, or could be read as something else

`parse_module(print_module(m)) == m` for every module whose variables are defined before they are used; locations do
not take part. Lines and spaces separate words and mean nothing else; `#` starts a comment. A value without a literal
form is printed as `<...>`, to be seen in a dump, and is not parsed.

>>> graph = parse_graph("graph f(x: f64) { y: f64 = mul(x, 2.0:f64) return y }")
>>> print(print_graph(graph), end="")
graph f(x: f64) {
  y: f64 = mul(x, 2.0:f64)
  return y
}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, assert_never

from myialike.ir.parser import KIND_MARKS, NAME, RESERVED, parse_graph, parse_module, parse_type
from myialike.ir.syntax import (
    Atom,
    Attrs,
    Block,
    Call,
    Closure,
    Eqn,
    For,
    Graph,
    If,
    Module,
    Parameter,
    Prim,
    Var,
    While,
)
from myialike.ir.types import SymDim

__all__ = ["headline", "parse_graph", "parse_module", "parse_type", "print_graph", "print_module"]


def print_module(module: Module) -> str:
    """The text of a module, its graphs separated by empty lines."""
    return "\n".join(print_graph(g) for g in module.graphs)


def print_graph(graph: Graph) -> str:
    """The text of a graph, ending in a newline."""
    return "\n".join(_graph_lines(graph)) + "\n"


def headline(eqn: Eqn) -> str:
    """The first line of an equation's text, for messages."""
    return next(iter(_eqn_lines(eqn))).removesuffix(" {")


def _graph_lines(graph: Graph) -> Iterator[str]:
    signature = (*graph.signature, *[None] * (len(graph.params) - len(graph.signature)))
    params = ", ".join(_var(v) + _signature(p) for v, p in zip(graph.params, signature, strict=False))
    yield f"graph {_name(graph.name)}({params}) {{"
    yield from _block_lines(graph.body, "return")
    yield "}"


def _block_lines(block: Block, word: str) -> Iterator[str]:
    for eqn in block.eqns:
        for line in _eqn_lines(eqn):
            yield "  " + line
    yield f"  {word} {_atoms(block.results)}".rstrip()


def _eqn_lines(eqn: Eqn) -> Iterator[str]:
    head = f"{_vars(eqn.outputs)} = " if eqn.outputs else ""
    match eqn:
        case Prim():
            yield f"{head}{_name(eqn.op)}({_atoms(eqn.inputs)}{_attrs(eqn.attrs)})"
        case If():
            yield f"{head}if {_atom(eqn.pred)} {{"
            yield from _block_lines(eqn.then, "yield")
            yield "} else {"
            yield from _block_lines(eqn.orelse, "yield")
            yield "}"
        case While():
            yield f"{head}while ({_atoms(eqn.init)}) ({_vars(eqn.cond.params)}) {{"
            yield from _block_lines(eqn.cond, "yield")
            yield f"}} do ({_vars(eqn.body.params)}) {{"
            yield from _block_lines(eqn.body, "yield")
            yield "}"
        case For():
            breakable = " breakable" if eqn.breakable else ""
            params = _vars(eqn.body.params)
            yield f"{head}for {_atoms(eqn.over)} init ({_atoms(eqn.init)}){breakable} ({params}) {{"
            yield from _block_lines(eqn.body, "yield")
            yield "}"
        case Call():
            yield f"{head}call {_name(eqn.callee)}({_atoms(eqn.inputs)})"
        case Closure():
            first, *middle, last = _graph_lines(eqn.graph)
            yield f"{head}closure {first}"
            yield from middle
            yield f"{last} ({_atoms(eqn.defaults)})"
        case _:
            assert_never(eqn)


@lru_cache(maxsize=4096)
def _name(name: str) -> str:
    return name if re.fullmatch(NAME, name) and name not in RESERVED else repr(name)


def _var(var: Var) -> str:
    return f"{_name(var.name)}: {var.type}"


def _vars(variables: Iterable[Var]) -> str:
    return ", ".join(map(_var, variables))


def _signature(parameter: Parameter | None) -> str:
    if parameter is None:
        return ""
    default = "" if parameter.default is None else f"={parameter.default}"
    return f" as {KIND_MARKS.get(parameter.kind, '? ')}{_name(parameter.name)}{default}"


def _atom(atom: Atom) -> str:
    return _name(atom.name) if isinstance(atom, Var) else f"{_value(atom.value)}:{atom.type}"


def _atoms(atoms: Iterable[Atom]) -> str:
    return ", ".join(map(_atom, atoms))


def _attrs(attrs: Attrs) -> str:
    return "; " + ", ".join(f"{name}={_value(value)}" for name, value in attrs) if attrs else ""


def _value(value: Any) -> str:
    if type(value) is tuple:
        return "(" + ", ".join(map(_value, value)) + (",)" if len(value) == 1 else ")")
    if type(value) in (bool, int, float, complex, str, bytes, type(None), type(...)):
        return repr(value)
    if isinstance(value, str):  # a name that knows what it names
        return repr(str(value))
    return str(value) if isinstance(value, SymDim) else f"<{value!r}>"
