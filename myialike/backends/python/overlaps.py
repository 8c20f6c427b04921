"""Writes of a part of an array to another part of it.

    a[:, k] = a[r].copy()

NumPy copies the right side first where the two overlap, but not where the left side has one axis: then it writes an
element before it reads it, if the two step differently. In the IR what is read is what was there, so the text copies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from myialike.backends.python.memory import is_view
from myialike.backends.python.naming import Naming
from myialike.ir.syntax import Eqn, Prim, Var
from myialike.ir.types import Array


def must_copy(eqn: Prim, maker: Mapping[Var, Eqn], naming: Naming) -> bool:
    """Whether the value of the write `eqn` is to be copied: a view of the same array, that may step differently."""
    target, value = eqn.inputs[:2]
    if not isinstance(value.type, Array) or value.type.ndim != 1:
        return False
    steps: list[Prim] = []
    while isinstance(value, Var) and isinstance(made := maker.get(value), Prim) and is_view(made):
        steps.append(made)
        value = made.inputs[0]
    if not steps or not naming.are_one(target, value):
        return False
    lanes = {_lane(made) for made in (eqn, *steps)}
    return len(steps) > 1 or None in lanes or len(lanes) > 1


def _lane(eqn: Prim) -> tuple[int, int] | None:
    """The one axis of the array that is left by an index into it, and the step along it; None if there are others."""
    spec: tuple[tuple[Any, ...], ...] = eqn.attr("spec") if eqn.op in ("index", "index_set") else ()
    lanes = [(axis, entry) for axis, entry in enumerate(spec) if entry[0] not in ("int", "i")]
    if len(lanes) != 1:
        return None
    axis, entry = lanes[0]
    return (axis, entry[3]) if entry[0] == "slice" else (axis, 1) if entry[0] in ("dyn", "range") else None
