"""Branches that are cheaper to compute than to choose between.

XLA's compile time grows with the square of the number of conditionals in a nest, so a chain of 500 `elif`s takes
minutes. A branch of a few operations on scalars, without effects, is computed in any case, and its results are
selected; in a chain the conditions are most of the work anyway. This is done to the program that runs, after
differentiation: what the branch not taken gives is not seen by anything.
"""

from __future__ import annotations

from myialike.ir.op import TABLE
from myialike.ir.syntax import Block, If, Prim
from myialike.ir.types import Array

CHEAP = 4  # operations in a branch
SLOW = frozenset(("pow", "mod", "fmod", "floordiv"))


def is_selected(eqn: If) -> bool:
    """Whether both branches are to be computed: one is cheap, and the other is, or goes on with such a choice."""
    if not all(isinstance(o.type, Array) and not o.type.shape for o in eqn.outputs):
        return False
    while True:
        cheap = [_is_cheap(b) for b in (eqn.then, eqn.orelse)]
        if all(cheap):
            return True
        if not any(cheap):
            return False
        rest = eqn.orelse if cheap[0] else eqn.then
        following = [e for e in rest.eqns if isinstance(e, If)]
        if len(following) != 1 or not _is_cheap(rest, following[0]):
            return False
        eqn = following[0]
        if not all(isinstance(o.type, Array) and not o.type.shape for o in eqn.outputs):
            return False


def _is_cheap(block: Block, besides: If | None = None) -> bool:
    """Whether a block has a few operations on scalars only, `besides` not counted."""
    eqns = [e for e in block.eqns if e is not besides]
    return len(eqns) <= CHEAP and all(isinstance(e, Prim) and _is_scalar(e) for e in eqns)


def _is_scalar(eqn: Prim) -> bool:
    plain = not TABLE[eqn.op].effect and eqn.op not in SLOW
    return plain and all(isinstance(v.type, Array) and not v.type.shape for v in (*eqn.inputs, *eqn.outputs))
