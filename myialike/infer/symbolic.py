"""What the program written so far says of two numbers known only at run time: equal, or a known int apart."""

from __future__ import annotations

from myialike.infer.machine import Machine
from myialike.ir.syntax import Atom, Eqn, Lit, Prim, Var

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
