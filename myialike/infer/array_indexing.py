"""Subscripts of arrays: NumPy's basic and integer indexing.

An index becomes a `spec` with one entry for each axis (`docs/ARCHITECTURE.md`) and run-time operands. Negative
indices are wrapped and every index is checked here, unless bounds prove it: the typed IR has only indices that are in
range.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer import picked
from myialike.infer.emit import broadcast, cast, pointwise, truth
from myialike.infer.fitting import check_fits, check_flat
from myialike.infer.heap import ViewState
from myialike.infer.machine import Machine, array_type
from myialike.infer.overlaps import depends_on_order
from myialike.infer.ranges import check_range
from myialike.infer.sequences import as_array
from myialike.infer.symbolic import distance
from myialike.infer.ufuncs import raise_now
from myialike.infer.values import (
    Const,
    Num,
    Ref,
    Slice,
    Tup,
    Value,
    as_num,
)
from myialike.ir.op import TABLE
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import BOOL, I64, Array, static_shape

Entry = tuple[Any, ...]


@dataclass(slots=True)
class Plan:
    """The spec of an index in the making: entries, operands, and the axis it has come to."""

    shape: tuple[int, ...]
    entries: list[Entry] = field(default_factory=list)
    operands: list[Atom] = field(default_factory=list)
    axis: int = 0

    @property
    def size(self) -> int:
        return self.shape[self.axis]


def read_array(m: Machine, base: Value, index: Value) -> Value:
    chosen = picked.read(m, base, index)
    if chosen is not None:
        return chosen
    mask = mask_of(m, index)
    if mask is not None:
        m.fail(
            UnsupportedError,
            "the number of elements that a boolean mask picks is known only at run time",
            "use np.where(mask, x, 0) and reduce that",
        )
    found = m.operand(base)
    assert found is not None
    atom, kind = found
    plan = plan_index(m, atom, index)
    spec = tuple(plan.entries)
    if isinstance(base, Ref) and not any(e[0] == "arr" for e in spec):
        shape = indexed_type(atom, plan.operands, spec).shape
        if (shape or has_ellipsis(index)) and not is_flat(m, base):
            return m.view(base, "index", plan.operands, spec=spec)
    if not isinstance(base, Ref) and has_ellipsis(index):
        return m.new_array(m.emit("index", atom, *plan.operands, spec=spec))
    result = m.result(m.emit("index", atom, *plan.operands, spec=spec), kind)
    by_arrays = [entry[0] == "arr" for entry in spec]
    if isinstance(result, Ref) and by_arrays != sorted(by_arrays, reverse=True):
        m.reorder(result.id)
    return result


def is_flat(m: Machine, base: Ref) -> bool:
    """Whether an array is `x.flat`, of which a subscript is a copy."""
    state = m.heap.states[base.id]
    return isinstance(state, ViewState) and state.is_flat


def has_ellipsis(index: Value) -> bool:
    return any(_is(v, Ellipsis) for v in (index.items if isinstance(index, Tup) else (index,)))


def _is(value: Value, what: Any) -> bool:
    return isinstance(value, Const) and value.value is what


def indexed_type(atom: Atom, operands: Sequence[Atom], spec: tuple[Entry, ...]) -> Array:
    (type,) = TABLE["index"].type_rule((atom.type, *(o.type for o in operands)), {"spec": spec})
    assert isinstance(type, Array)
    return type


def mask_of(m: Machine, index: Value) -> Atom | None:
    """A boolean array used as the whole index."""
    if isinstance(index, Ref) and m.is_array(index):
        atom = m.array(index.id)
        return atom if array_type(atom).dtype == BOOL else None
    return None


def write_array(m: Machine, base: Ref, index: Value, value: Value) -> None:
    old = m.array(base.id)
    type = array_type(old)
    mask = mask_of(m, index)
    _check_fits(m, base, index, value, type)
    if (mask is None or as_num(value) is None) and picked.write(m, base, index, value):
        return
    new = new_value(m, value, type)
    if mask is not None:
        m.write(base.id, masked(m, old, mask, new))
        return
    plan = plan_index(m, old, index)
    spec = tuple(plan.entries)
    if isinstance(value, Ref) and depends_on_order(m, base.id, spec, plan.operands, value.id):
        m.fail(
            UnsupportedError,
            "the two sides are parts of one array that overlap, in steps of different size; NumPy copies these element "
            "by element, and what it gives depends on which it writes before it reads them",
            "write the right side as (...).copy(), if it is meant as it was before",
        )
    target = indexed_type(old, plan.operands, spec)
    if not target.shape and array_type(new).shape and not has_ellipsis(index):
        if type.dtype != BOOL or math.prod(static_shape(array_type(new))) != 1:
            m.fail(ShapeError, f"a value of type {new.type} cannot be written to one element", "write a number")
        new = m.emit("reshape", new, shape=())  # bool(x), which an array of one element has
    new = fitted(m, new, static_shape(target))
    whole = len(spec) == type.ndim and all(e == ("slice", 0, n, 1) for e, n in zip(spec, type.shape, strict=True))
    m.write(base.id, new if whole else m.emit("index_set", old, new, *plan.operands, spec=spec))


def _check_fits(m: Machine, base: Ref, index: Value, value: Value, type: Array) -> None:
    """Check that a number fits an array of ints; a scalar of NumPy is cast where an index array says where it goes."""
    parts = [m.use(v) for v in (index.items if isinstance(index, Tup) else (index,))]
    is_basic = all(isinstance(v, (Slice, Const)) or as_num(v) is not None for v in parts)
    if not is_flat(m, base):
        check_fits(m, value, type.dtype, is_set=is_basic)
    elif is_basic and not isinstance(parts[0], Slice):
        check_flat(m, value, type.dtype)
    else:
        check_fits(m, value, type.dtype)


def add_at(m: Machine, base: Ref, index: Value, new: Atom) -> None:
    """`np.add.at(base, index, new)`: repeated indices add up."""
    old = m.array(base.id)
    if mask_of(m, index) is not None:
        m.fail(UnsupportedError, "np.add.at with a boolean mask is not taken", "add np.where(mask, v, 0)")
    plan = plan_index(m, old, index)
    spec = tuple(plan.entries)
    target = indexed_type(old, plan.operands, spec)
    m.write(base.id, m.emit("index_add", old, fitted(m, new, static_shape(target)), *plan.operands, spec=spec))


def new_value(m: Machine, value: Value, type: Array) -> Atom:
    """What is written into an array: cast to its dtype, as NumPy does."""
    new = as_array(m, value)
    if new is None:
        m.fail(TypeCheckError, f"an array of type {type} cannot hold {m.describe(value)}")
    if array_type(new).dtype.kind == "c" and type.dtype.kind not in "cb":
        m.fail(
            UnsupportedError,
            f"writing {new.type} into an array of type {type} would drop the imaginary part",
            "write x.real",
        )
    return truth(m, new) if type.dtype == BOOL else cast(m, new, type.dtype)


def fitted(m: Machine, new: Atom, shape: tuple[int, ...]) -> Atom:
    """`new` broadcast to the shape it is written to; leading dims of 1 may be dropped."""
    found = static_shape(array_type(new))
    extra = len(found) - len(shape)
    if extra > 0 and all(d == 1 for d in found[:extra]):
        new, found = m.emit("reshape", new, shape=found[extra:]), found[extra:]
    try:
        fits = np.broadcast_shapes(found, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        m.fail(
            ShapeError,
            f"a value of shape {list(found)} does not fit the assigned part of shape {list(shape)}",
            "make the right side broadcast to the left",
        )
    if not shape:
        return new
    return broadcast(m, new, shape)


def masked(m: Machine, old: Atom, mask: Atom, new: Atom) -> Atom:
    """`x[mask] = v` for a scalar v."""
    shape, want = array_type(mask).shape, array_type(old).shape
    if shape != want[: len(shape)]:
        m.fail(ShapeError, f"a mask of type {mask.type} does not fit an array of type {old.type}")
    if array_type(new).shape:
        m.fail(UnsupportedError, "only a scalar can be written through a boolean mask", "use np.where(mask, v, x)")
    wide = m.emit("reshape", mask, shape=(*shape, *(1,) * (len(want) - len(shape)))) if len(shape) < len(want) else mask
    return pointwise(m, "select", broadcast(m, wide, want), new, old)


def plan_index(m: Machine, atom: Atom, index: Value) -> Plan:
    """The spec and operands of an index into `atom`."""
    parts = list(index.items) if isinstance(index, Tup) else [index]
    shape = static_shape(array_type(atom))
    plan = Plan(shape)
    used = sum(1 for p in parts if not (_is(p, None) or _is(p, Ellipsis)))
    if used > len(shape):
        return _too_many(m, len(shape), used)
    for part in parts:
        part = m.use(part)
        if _is(part, Ellipsis):
            _fill(plan, len(shape) - used)
        else:
            add_part(m, plan, part)
    _fill(plan, len(shape) - plan.axis)
    if any(e[0] == "arr" for e in plan.entries):
        _all_arrays(m, plan)
    return plan


def _too_many(m: Machine, rank: int, used: int) -> Plan:
    text = f"too many indices for array: array is {rank}-dimensional, but {used} were indexed"
    m.fail(TypeCheckError, text, "drop an index, or check the array's shape")


def _fill(plan: Plan, count: int) -> None:
    for _ in range(count):
        plan.entries.append(("slice", 0, plan.size, 1))
        plan.axis += 1


def add_part(m: Machine, plan: Plan, part: Value) -> None:
    """One part of an index: None, an int, a slice, or an array of ints."""
    if _is(part, None):
        plan.entries.append(("new",))
        return
    if isinstance(part, Slice):
        add_slice(m, plan, part)
    elif (num := as_num(part)) is not None and num.dtype.kind in "iu":
        add_int(m, plan, num)
    else:
        add_array(m, plan, part)
    plan.axis += 1


def out_of_bounds(plan: Plan) -> str:
    return f"index {{}} is out of bounds for axis {plan.axis} with size {plan.size}"


def add_int(m: Machine, plan: Plan, num: Num) -> None:
    n = plan.size
    if isinstance(num.atom, Lit):
        k = num.atom.value
        if not -n <= k < n:
            raise_now(m, IndexError, out_of_bounds(plan).format(k))
        plan.entries.append(("int", k % n))
        return
    plan.entries.append(("i",))
    plan.operands.append(in_range(m, plan, cast(m, num.atom, I64), num.low, num.high))


def in_range(m: Machine, plan: Plan, atom: Atom, low: int | None, high: int | None) -> Atom:
    """An index checked and wrapped, as far as its bounds do not prove it to be in range."""
    return wrapped(m, atom, plan.axis, plan.size, low, high)


def wrapped(m: Machine, atom: Atom, axis: int, n: int, low: int | None = None, high: int | None = None) -> Atom:
    """Ints of i64 as non-negative indices of an axis of size n; one that is out of range is an IndexError."""
    above = pointwise(m, "ge", atom, Lit(-n, Array(I64))) if low is None or low < -n else None
    below = pointwise(m, "lt", atom, Lit(n, Array(I64))) if high is None or high >= n else None
    ok = above if below is None else below if above is None else pointwise(m, "logical_and", above, below)
    if ok is not None:
        check_range(m, ok, atom, f"index {{}} is out of bounds for axis {axis} with size {n}")
    if low is not None and low >= 0:
        return atom
    negative = pointwise(m, "lt", atom, Lit(0, Array(I64)))
    return pointwise(m, "select", negative, pointwise(m, "add", atom, Lit(n, Array(I64))), atom)


def add_slice(m: Machine, plan: Plan, part: Slice) -> None:
    bounds = [part.start, part.stop, part.step]
    if all(isinstance(b, Const) for b in bounds):
        known = [b.value for b in bounds if isinstance(b, Const)]
        chosen = range(*slice(*known).indices(plan.size))
        start = chosen[0] if len(chosen) else 0
        plan.entries.append(("slice", start, len(chosen), chosen.step))
        return
    add_window(m, plan, part)


def add_window(m: Machine, plan: Plan, part: Slice) -> None:
    """A slice `x[i : i + n]` with a run-time start and a known length."""
    start, stop = as_num(part.start), as_num(part.stop)
    step_one = _is(part.step, None) or _is(part.step, 1) or (isinstance(part.step, Const) and part.step.value == 1)
    if start is not None and stop is not None and step_one:
        length = distance(m, start.atom, stop.atom)
        if length is not None and 0 <= length <= plan.size:
            _window(m, plan, start, length)
            return
    for b in (part.start, part.stop, part.step):
        if not isinstance(b, Const):
            m.need_static(b, "the size of this slice")


def _window(m: Machine, plan: Plan, start: Num, size: int) -> None:
    """`size` elements from `start` on. Counted from the end the slice must end before the end, as `x[-3:-1]` does."""
    n = plan.size
    at = cast(m, start.atom, I64)
    if start.low is None or start.low < 0 or start.high is None or start.high > n - size:
        inside = between(m, at, 0, n - size)
        ok = (
            inside
            if start.low is not None and start.low >= 0
            else pointwise(m, "logical_or", inside, between(m, at, -n, -size - 1))
        )
        m.check(
            ok,
            "builtins.IndexError",
            f"the slice from {{}} of length {size} is not inside of axis {plan.axis} with size {n}",
            [at],
        )
    if start.low is None or start.low < 0:
        negative = pointwise(m, "lt", at, Lit(0, Array(I64)))
        at = pointwise(m, "select", negative, pointwise(m, "add", at, Lit(n, Array(I64))), at)
    plan.entries.append(("dyn", size))
    plan.operands.append(at)


def between(m: Machine, atom: Atom, low: int, high: int) -> Atom:
    return pointwise(
        m,
        "logical_and",
        pointwise(m, "ge", atom, Lit(low, Array(I64))),
        pointwise(m, "le", atom, Lit(high, Array(I64))),
    )


def add_array(m: Machine, plan: Plan, part: Value) -> None:
    atom = as_array(m, part)
    if atom is not None and 0 in array_type(atom).shape and not m.is_array(part):
        atom = cast(m, atom, I64)  # an empty list
    if atom is None or array_type(atom).dtype.kind not in "iub":
        m.fail(
            TypeCheckError,
            f"an array cannot be indexed by {m.describe(part)}",
            "use ints, slices, None, ... or int arrays",
        )
    if array_type(atom).dtype == BOOL:
        m.fail(UnsupportedError, "a boolean mask beside other indices is not taken", "use np.where")
    plan.entries.append(("arr",))
    plan.operands.append(in_range(m, plan, cast(m, atom, I64), None, None))


def _all_arrays(m: Machine, plan: Plan) -> None:
    """Beside an index array an int is an index array too: its axes are placed with the others'."""
    operands = iter(plan.operands)
    entries: list[Entry] = []
    new: list[Atom] = []
    for entry in plan.entries:
        if entry[0] == "int":
            new.append(Lit(entry[1], Array(I64)))
        elif entry[0] in ("i", "arr"):
            new.append(next(operands))
        elif entry[0] == "dyn":
            m.fail(
                UnsupportedError,
                "a slice with a run-time start beside an index array is not taken",
                "index in two steps",
            )
        entries.append(("arr",) if entry[0] in ("int", "i") else entry)
    plan.entries, plan.operands = entries, new
