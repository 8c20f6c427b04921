"""What the program written so far says of two numbers known only at run time: equal, or a known int apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from myialike.infer.machine import Machine
from myialike.ir.syntax import Atom, Eqn, Lit, Prim, Var
from myialike.ir.types import I64, Array

MAX_DEPTH = 12


def makers(m: Machine) -> dict[Var, Eqn]:
    """The equations of the open blocks, by what they give."""
    return {out: eqn for builder in m.chain for eqn in builder.eqns for out in eqn.outputs}


def linear(m: Machine, atom: Atom) -> tuple[Var | None, int]:
    """`atom` as a variable plus a known int, seen through additions; no variable: it is the int."""
    offset = 0
    known = makers(m)
    while True:
        if isinstance(atom, Lit):
            return None, offset + int(atom.value)
        eqn = known.get(atom)
        if not isinstance(eqn, Prim) or eqn.op not in ("add", "sub"):
            return atom, offset
        a, b = eqn.inputs
        if isinstance(b, Lit):
            offset += int(b.value) if eqn.op == "add" else -int(b.value)
            atom = a
        elif isinstance(a, Lit) and eqn.op == "add":
            offset += int(a.value)
            atom = b
        else:
            return atom, offset


def distance(m: Machine, a: Atom, b: Atom) -> int | None:
    """b - a, if that is a known int, as of `2 * i` and `2 * (i + 1)`; None otherwise, and for two literals."""
    (x, p), (y, q) = linear(m, a), linear(m, b)
    if x is None or y is None:
        return None
    if x == y:
        return q - p
    terms, rest = total(m, [(b, 1), (a, -1)])
    return None if terms else rest


def total(m: Machine, scaled: Iterable[tuple[Atom, int]]) -> tuple[list[tuple[Var, int]], int]:
    """A sum of atoms times ints, as a sum of multiples of variables, no two of which are alike, and a known int."""
    known, found = makers(m), _Sum([], 0)
    for atom, times in scaled:
        _gather(known, atom, times, found, MAX_DEPTH)
    return [(var, times) for var, times in found.terms if times], found.rest


@dataclass(slots=True)
class _Sum:
    """The sum of multiples of variables, no two of which are alike, and a known int."""

    terms: list[tuple[Var, int]]
    rest: int


def _gather(known: dict[Var, Eqn], atom: Atom, times: int, found: _Sum, depth: int) -> None:
    """Add `times * atom`, seen through sums and multiples of ints of 64 bits."""
    if isinstance(atom, Lit):
        found.rest += times * int(atom.value)
        return
    match known.get(atom) if atom.type == Array(I64) and depth else None:
        case Prim(op="add" | "sub" as op, inputs=(x, y)):
            _gather(known, x, times, found, depth - 1)
            _gather(known, y, times if op == "add" else -times, found, depth - 1)
        case Prim(op="mul", inputs=(Lit(value=value), x)) | Prim(op="mul", inputs=(x, Lit(value=value))):
            _gather(known, x, times * int(value), found, depth - 1)
        case Prim(op="neg", inputs=(x,)):
            _gather(known, x, -times, found, depth - 1)
        case _:
            same = (k for k, (v, _) in enumerate(found.terms) if _alike(known, v, atom, MAX_DEPTH))
            k = next(same, len(found.terms))
            before = found.terms[k][1] if k < len(found.terms) else 0
            found.terms[k : k + 1] = [(atom, before + times)]


def congruent(m: Machine, a: Atom, b: Atom) -> bool:
    """Whether two numbers are computed alike from the same variables, and so are equal."""
    return a == b or _alike(makers(m), a, b, MAX_DEPTH)


def _alike(known: dict[Var, Eqn], a: Atom, b: Atom, depth: int) -> bool:
    if a == b:
        return True
    if isinstance(a, Lit) or isinstance(b, Lit) or depth == 0:
        return False
    x, y = known.get(a), known.get(b)
    if not isinstance(x, Prim) or not isinstance(y, Prim) or (x.op, x.attrs) != (y.op, y.attrs):
        return False
    if len(x.outputs) != 1 or len(x.inputs) != len(y.inputs):
        return False
    return all(_alike(known, p, q, depth - 1) for p, q in zip(x.inputs, y.inputs, strict=True))


def apart(m: Machine, a: Atom, b: Atom) -> bool:
    """Whether two indices are known to be different."""
    (x, p), (y, q) = linear(m, a), linear(m, b)
    return x == y and p != q
