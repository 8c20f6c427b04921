"""Appending typed operations: explicit casts and broadcasts, constants folded on the way, shapes checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from myialike.errors import ShapeError
from myialike.infer.machine import Machine, array_type
from myialike.infer.values import Kind
from myialike.ir.builder import python_scalar
from myialike.ir.op import TABLE
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import BOOL, C128, F64, I64, SHORT_NAMES, Array, Dim, DType
from myialike.ops.define import kind_of


def cast(m: Machine, atom: Atom, dtype: DType) -> Atom:
    """`atom` in another dtype; a literal stays a literal."""
    type = array_type(atom)
    if type.dtype == dtype:
        return atom
    if isinstance(atom, Lit):
        return Lit(python_scalar(dtype, atom.value), Array(dtype))
    return m.emit("cast", atom, hint=atom.name, dtype=SHORT_NAMES[dtype])


def broadcast_shapes(m: Machine, shapes: Sequence[tuple[Dim, ...]], what: str) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(*(tuple(int(d) for d in s if isinstance(d, int)) for s in shapes))
    except ValueError:
        listed = " and ".join("[" + ",".join(map(str, s)) + "]" for s in shapes)
        m.fail(
            ShapeError,
            f"the operands of {what} have shapes {listed}, which do not broadcast",
            "make the last dimensions equal or 1, for example by indexing with None or by .T",
        )


def broadcast(m: Machine, atom: Atom, shape: Sequence[Dim]) -> Atom:
    """`atom` with the shape `shape`."""
    if array_type(atom).shape == tuple(shape):
        return atom
    return m.emit("broadcast", atom, hint=getattr(atom, "name", "v"), shape=tuple(shape))


def pointwise(m: Machine, op: str, *atoms: Atom, what: str = "", **attrs: Any) -> Atom:
    """Append a pointwise operation on broadcast operands of right dtypes, folding it when all are literals."""
    shape = broadcast_shapes(m, [array_type(a).shape for a in atoms], what or op)
    full = [a if isinstance(a, Lit) else broadcast(m, a, shape) for a in atoms]
    if all(isinstance(a, Lit) for a in full):
        return fold(m, op, full, attrs)
    return m.emit(op, *full, **attrs)


def fold(m: Machine, op: str, literals: Sequence[Atom], attrs: dict[str, Any]) -> Atom:
    """The literal that a pointwise operation on literals gives."""
    values = [array_type(a).dtype.type(a.value) for a in literals if isinstance(a, Lit)]
    (type,) = TABLE[op].type_rule(tuple(a.type for a in literals), attrs)
    assert isinstance(type, Array)
    with np.errstate(all="ignore"):
        return Lit(python_scalar(type.dtype, TABLE[op].evaluate(*values, **attrs)), type)


WEAK: dict[DType, type] = {I64: int, F64: float, C128: complex}


def weak(value: tuple[Atom, Kind]) -> type | DType:
    """What stands for an operand in NumPy's dtype resolution: a Python type where it has no dtype of its own."""
    atom, kind = value
    dtype = array_type(atom).dtype
    if (kind == "python" and dtype != BOOL) or (kind == "weak" and dtype in WEAK):
        return WEAK[dtype]
    return dtype


def join_kinds(kinds: Sequence[Kind]) -> Kind:
    """Of several operands; a weak array with Python numbers is weak."""
    if "jax" in kinds or ("weak" in kinds and "numpy" in kinds):
        return "jax"
    return "weak" if "weak" in kinds else "numpy"


def stands(operands: Sequence[tuple[Atom, Kind]]) -> tuple[type | DType, ...]:
    """What stands for each of several operands. Beside a jax array an int takes the dtype of a float, as jax has it."""
    found = tuple(map(weak, operands))
    inexact = any(isinstance(s, np.dtype) and kind_of(s) in "fc" for s in found)
    if not inexact or all(kind not in ("jax", "weak") for _, kind in operands):
        return found
    return tuple(int if isinstance(s, np.dtype) and s.kind in "iu" else s for s in found)


def result_dtype(m: Machine, operands: Sequence[tuple[Atom, Kind]]) -> DType:
    """NumPy's `result_type`, with Python numbers weak."""
    samples = [w(0) if isinstance(w, type) else w for w in stands(operands)]
    return np.result_type(*samples)


def truth(m: Machine, atom: Atom) -> Atom:
    """Whether each element is true: unequal to zero."""
    type = array_type(atom)
    if type.dtype == BOOL:
        return atom
    return pointwise(m, "ne", atom, Lit(python_scalar(type.dtype, 0), Array(type.dtype)))
