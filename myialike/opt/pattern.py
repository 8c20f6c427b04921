"""Terms: the two sides of a rewrite law, as text, and matching them against equations.

    side ::= term | term, term ...           several terms on the right: an operation with several results
    term ::= name                            a hole: any atom; the same name twice: the same atom
           | number | True | False           a literal, or an array that is known to be full of it
           | op(term, ...; attr=value, ...)  an operation. An attribute that is not mentioned may be anything
           | *name                           a hole for all remaining inputs
    attr value ::= name | constant           a hole for the attribute's value

They are written in Python's syntax (`mul(x, 1)`, `reshape(reshape(x), shape=t)`) and parsed by `ast`. A number is
converted to the dtype it stands beside, and -0.0 is not 0.0: `add(x, -0.0)` matches `x + 0` for integers and
`x + -0.0` for floats. Operations that commute are matched in both orders.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import repeat
from typing import Any, assert_never

from myialike.ir.builder import attrs_of, python_scalar
from myialike.ir.op import TABLE
from myialike.ir.syntax import Atom, Attrs, Lit, Prim, Var
from myialike.ir.types import Array, Type

COMMUTATIVE = frozenset(
    ("add", "mul", "logical_and", "logical_or", "logical_xor", "bit_and", "bit_or", "bit_xor", "eq", "ne")
)


@dataclass(frozen=True, slots=True)
class Hole:
    name: str


@dataclass(frozen=True, slots=True)
class Rest:
    name: str


@dataclass(frozen=True, slots=True)
class Const:
    value: Any


@dataclass(frozen=True, slots=True)
class App:
    op: str
    args: tuple[Term, ...]
    attrs: tuple[tuple[str, Hole | Const], ...] = ()


Term = Hole | Rest | Const | App


@cache
def parse(text: str) -> tuple[Term, ...]:
    """The terms of one side of a law.

    >>> parse("mul(x, 1)")
    (App(op='mul', args=(Hole(name='x'), Const(value=1)), attrs=()),)
    """
    tree = ast.parse(text, mode="eval").body
    return tuple(_term(e) for e in tree.elts) if isinstance(tree, ast.Tuple) else (_term(tree),)


def _term(tree: ast.expr) -> Term:
    match tree:
        case ast.Name(id=name):
            return Hole(name)
        case ast.Starred(value=ast.Name(id=name)):
            return Rest(name)
        case ast.Call(func=ast.Name(id=op), args=args, keywords=keywords):
            return App(op, tuple(map(_term, args)), tuple((str(k.arg), _attr(k.value)) for k in keywords))
        case _:
            return Const(ast.literal_eval(tree))


def _attr(tree: ast.expr) -> Hole | Const:
    term = _term(tree)
    assert isinstance(term, Hole | Const), ast.unparse(tree)
    return term


@dataclass(slots=True)
class Match:
    """What the holes of a law stand for, and what the law's conditions may ask.

    Attributes:
        root: the equation that is to be rewritten.
        defs: the operation that defines a variable, where it has one output.
        literal: the literal that an atom is full of, or None.
        uses: how often a variable is used.
        atoms, rests, attrs: the holes.
    """

    root: Prim
    defs: dict[str, Prim]
    literal: Callable[[Atom], Lit | None]
    uses: Mapping[str, int] = field(default_factory=dict)
    atoms: dict[str, Atom] = field(default_factory=dict)
    rests: dict[str, tuple[Atom, ...]] = field(default_factory=dict)
    attrs: dict[str, Any] = field(default_factory=dict)

    @property
    def out(self) -> Type:
        return self.root.outputs[0].type

    def array(self, hole: str) -> Array:
        """The type of a hole that stands for an array."""
        type = self.atoms[hole].type
        assert isinstance(type, Array)
        return type

    def made_by(self, hole: str, op: str) -> bool:
        """Whether a hole stands for a result of operation `op`."""
        atom = self.atoms[hole]
        return isinstance(atom, Var) and atom.name in self.defs and self.defs[atom.name].op == op


def match_eqn(app: App, match: Match) -> bool:
    """Whether the root of `match` has the form of `app`; fills the holes."""
    return _match_app(app, match.root, match)


def _match_app(app: App, eqn: Prim, match: Match) -> bool:
    if app.attrs and not all(_match_attr(term, dict(eqn.attrs)[name], match) for name, term in app.attrs):
        return False
    if app.op not in COMMUTATIVE:
        return _match_all(app.args, eqn.inputs, match)
    before = dict(match.atoms)
    if _match_all(app.args, eqn.inputs, match):
        return True
    match.atoms = before
    return _match_all(app.args, eqn.inputs[::-1], match)


def _match_attr(term: Hole | Const, value: Any, match: Match) -> bool:
    if isinstance(term, Const):
        return bool(term.value == value)
    return bool(match.attrs.setdefault(term.name, value) == value)


def _match_all(terms: tuple[Term, ...], atoms: tuple[Atom, ...], match: Match) -> bool:
    if terms and isinstance(terms[-1], Rest):
        fixed, rest = len(terms) - 1, terms[-1]
        tail = atoms[fixed:]
        return match.rests.setdefault(rest.name, tail) == tail and _match_all(terms[:fixed], atoms[:fixed], match)
    return len(terms) == len(atoms) and all(map(_match, terms, atoms, repeat(match)))


def _match(term: Term, atom: Atom, match: Match) -> bool:
    match term:
        case Hole():
            return match.atoms.setdefault(term.name, atom) == atom
        case Const():
            literal = match.literal(atom)
            return literal is not None and _equal(literal, term.value)
        case App():
            eqn = match.defs.get(atom.name) if isinstance(atom, Var) else None
            return eqn is not None and eqn.op == term.op and _match_app(term, eqn, match)
        case Rest():
            raise TypeError(f"*{term.name} must be the last input")
        case _:
            assert_never(term)


def _equal(literal: Lit, value: Any) -> bool:
    return bool(literal.value == value) and literal == constant(value, literal.type)


def constant(value: Any, type: Type) -> Lit:
    """The rank-0 literal `value` of the dtype of `type`."""
    assert isinstance(type, Array)
    return Lit(python_scalar(type.dtype, value), Array(type.dtype))


def build(term: Term, output: Var, match: Match, let: dict[str, Any]) -> Atom | Prim | None:
    """The right side of a law: an atom, or an equation that defines `output`; None where the types do not fit."""
    match term:
        case Hole():
            atom = match.atoms[term.name]
            return atom if atom.type == output.type else None
        case Const():
            return _filled(constant(term.value, output.type), output, match)
        case App():
            attrs = {name: _attr_value(value, match, let) for name, value in term.attrs}
            return _applied(term, attrs, output, match)
        case Rest():
            raise TypeError(f"*{term.name} cannot stand alone")
        case _:
            assert_never(term)


def _filled(literal: Lit, output: Var, match: Match) -> Atom | Prim:
    assert isinstance(output.type, Array)
    if not output.type.shape:
        return literal
    return Prim("broadcast", (literal,), (output,), attrs_of({"shape": output.type.shape}), match.root.loc)


def _attr_value(term: Hole | Const, match: Match, let: dict[str, Any]) -> Any:
    if isinstance(term, Const):
        return term.value
    return let[term.name] if term.name in let else match.attrs[term.name]


def _applied(app: App, attrs: dict[str, Any], output: Var, match: Match) -> Prim | None:
    inputs = tuple(atom for term in app.args for atom in _inputs(term, match))
    types = result_types(app.op, inputs, attrs)
    if types != (output.type,):
        return None
    return Prim(app.op, inputs, (output,), attrs_of(attrs), match.root.loc)


def _inputs(term: Term, match: Match) -> tuple[Atom, ...]:
    if isinstance(term, Rest):
        return match.rests[term.name]
    if isinstance(term, Const):
        return (constant(term.value, match.root.inputs[0].type),)
    assert isinstance(term, Hole), "the right side of a law has at most one operation"
    return (match.atoms[term.name],)


def result_types(op: str, inputs: tuple[Atom, ...], attrs: dict[str, Any] | Attrs) -> tuple[Type, ...] | None:
    """The types of an operation's results, or None where it does not take the inputs."""
    try:
        return TABLE[op].type_rule(tuple(a.type for a in inputs), dict(attrs))
    except TypeError:
        return None
