"""Reading the arguments of NumPy's functions: arrays, axes, shapes, dtypes, and what must be known at compile time."""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.heap import ListState
from myialike.infer.machine import Machine, array_type
from myialike.infer.sequences import gather
from myialike.infer.values import Const, Kind, Ref, Slice, Tup, Value
from myialike.ir.builder import python_scalar
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import SHORT_NAMES, Array, DType, static_shape

FALSE, TRUE = Const(False), Const(True)
UNSET = Const(inspect.signature(np.sum).parameters["where"].default)  # NumPy's own mark of an argument not given
FULL = Slice(Const(None), Const(None), Const(None))


def weak_array(m: Machine, value: Value, what: str) -> tuple[Atom, Kind]:
    """What NumPy makes of an operand; a Python number stays one (kind "python"), so that its dtype can give way."""
    found = gather(m, m.use(value))
    if found is None:
        hint = "give it numbers: there are no arrays of objects here; np.nan may stand for what is missing"
        m.fail(TypeCheckError, f"{what} takes an array, not {m.describe(value)}", hint)
    return found


def array_of(m: Machine, value: Value, what: str) -> tuple[Atom, Kind]:
    """`np.asarray(value)`: of a Python number an array of its own dtype."""
    atom, kind = weak_array(m, value, what)
    return atom, numpy_kind(kind)


def numpy_kind(kind: Kind) -> Kind:
    """The kind of what has a dtype of its own."""
    return "numpy" if kind == "python" else "jax" if kind == "weak" else kind


def shape_at(m: Machine, value: Value, what: str) -> tuple[int, ...]:
    """The shape of an array argument."""
    return static_shape(array_type(weak_array(m, value, what)[0]))


def is_none(value: Value) -> bool:
    return isinstance(value, Const) and value.value is None


def size_of(atom: Atom) -> int:
    return math.prod(static_shape(array_type(atom)))


def zero_of(dtype: DType) -> Lit:
    return number(dtype, 0)


def number(dtype: DType, value: Any) -> Lit:
    """A literal of a dtype."""
    return Lit(python_scalar(dtype, value), Array(dtype))


def known(m: Machine, value: Value, what: str) -> Any:
    """The compile-time object of an argument; of lists and tuples, a tuple."""
    value = m.use(value)
    if isinstance(value, Ref) and isinstance(state := m.state(value.id), ListState):
        value = Tup(state.items)
    if isinstance(value, Tup):
        return tuple(known(m, v, what) for v in value.items)
    return m.known(value, what)


def flag(m: Machine, value: Value, what: str) -> bool:
    return bool(m.known(value, what))


def integer(m: Machine, value: Value, what: str) -> int:
    """A compile-time int."""
    found = m.known(value, what)
    try:
        return operator.index(found)
    except TypeError:
        m.fail(TypeCheckError, f"{what} must be an int, not {m.describe(value)}")


def normal_axis(m: Machine, axis: Any, rank: int, what: str) -> int:
    """An axis as a non-negative int."""
    try:
        k = operator.index(axis)
    except TypeError:
        m.fail(TypeCheckError, f"{what}: an axis is an int, not {axis!r}")
    if not -rank <= k < rank:
        m.fail(ShapeError, f"{what}: axis {k} is out of bounds for an array of dimension {rank}")
    return k % rank


def axis_list(m: Machine, axis: Value, rank: int, what: str) -> tuple[int, ...]:
    """The axes of an argument that is an int or a sequence of ints, in its order."""
    given = known_ints(m, axis, "an axis")
    axes = tuple(normal_axis(m, a, rank, what) for a in (given if isinstance(given, tuple) else (given,)))
    if len(set(axes)) < len(axes):
        m.fail(ShapeError, f"{what}: an axis is named twice in {given}")
    return axes


def axes_of(m: Machine, axis: Value, rank: int, what: str) -> tuple[int, ...]:
    """Axes from an `axis` argument, ascending: None is all of them. A number has an axis 0 to reduce, NumPy says.

    It is an int or a tuple; of other sequences NumPy raises TypeError.
    """
    axis = m.use(axis)
    if is_none(axis):
        return tuple(range(rank))
    if isinstance(axis, Ref) and (not m.is_array(axis) or array_type(m.array(axis.id)).shape):
        text = f"{what}: an axis is an int or a tuple of ints, not {m.describe(axis)}"
        m.fail(TypeCheckError, text, "write a tuple")
    if rank == 0 and known(m, axis, "an axis") in (0, -1):
        return ()
    return tuple(sorted(axis_list(m, axis, rank, what)))


def axis_of(m: Machine, axis: Value, rank: int, what: str) -> int:
    return normal_axis(m, m.known(axis, "an axis"), rank, what)


def known_ints(m: Machine, value: Value, what: str) -> Any:
    """As `known`, of an argument for which NumPy takes an array too."""
    value = m.use(value)
    if not isinstance(value, Ref) or not m.is_array(value):
        return known(m, value, what)
    found = m.constants.value(m.builder.names, m.array(value.id))
    if found is None:
        m.need_static(value, what)
    return tuple(found.flat) if found.ndim == 1 else found


def shape_of(m: Machine, shape: Value) -> tuple[int, ...]:
    """A shape from an int or a sequence of ints; -1 passes."""
    given = known_ints(m, shape, "a shape")
    try:
        return tuple(operator.index(d) for d in (given if isinstance(given, tuple) else (given,)))
    except TypeError:
        m.fail(TypeCheckError, f"a shape is ints, not {given!r}")


def full_shape(m: Machine, shape: Value) -> tuple[int, ...]:
    """The shape of a new array."""
    dims = shape_of(m, shape)
    if min(dims, default=0) < 0:
        m.fail(ShapeError, f"negative dimensions are not allowed: {list(dims)}")
    return dims


def dtype_of(m: Machine, dtype: Value) -> DType | None:
    given = m.known(dtype, "a dtype")
    if given is None:
        return None
    try:
        found: DType = np.dtype(given)
    except TypeError:
        m.fail(TypeCheckError, f"{given!r} is not a dtype")
    if found not in SHORT_NAMES or np.dtype(found.name).char != found.char:  # `np.longlong` is another type than int64
        m.fail(UnsupportedError, f"dtype {found} is not taken", "use a bool, int, float or complex dtype")
    return found


def only(m: Machine, value: Value, taken: Sequence[Any], what: str) -> None:
    """Refuse an option that is not one of those taken."""
    given = m.known(value, what)
    if given not in taken:
        m.fail(UnsupportedError, f"{what}={given!r} is not taken", f"use {' or '.join(map(repr, taken))}")
