"""Shapes of arrays of run-time size: `reshape`, `ravel`, `transpose` and their kin.

What only moves axes, or adds and drops axes of size 1, is a view of the room, with the extents of its axes moved along.
Other reshapes copy: an array is counted out in the order of its elements, those that lie in it one after the other
first. NumPy may give a view there, so that a later change of one of the two makes the other unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from myialike.errors import ShapeError, UnsupportedError
from myialike.infer.emit import cast, pointwise
from myialike.infer.machine import Machine, array_type
from myialike.infer.ranges import whole
from myialike.infer.sized import (
    Extent,
    Part,
    from_list,
    known_equal,
    make,
    part_of,
    resized,
    shape_of,
    window,
)
from myialike.infer.symbolic import congruent
from myialike.infer.values import Const, Tup, Value, as_num
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import I64, static_shape

PRIMES = (2, 3, 5, 7, 11, 13)


def moving(m: Machine, fn: Callable[..., Any], args: Sequence[Value], keywords: Sequence[tuple[str, Value]]) -> Value:
    """`np.transpose`, `np.expand_dims`, ...: which axis of the room became which is seen on an array of prime sizes."""
    part = whole_part(m, args[0])
    shape = shape_of(m, part.room)
    if len(shape) > len(PRIMES):
        m.fail(UnsupportedError, f"np.{fn.__name__} of an array of run-time size and rank {len(shape)} is not taken")
    rest = [m.known(v, "an axis") for v in args[1:]]
    named = {k: m.known(v, k) for k, v in keywords}
    sizes = [1 if d == 1 and e is None else p for d, e, p in zip(shape, part.extents, PRIMES, strict=False)]
    try:
        moved = fn(np.empty(sizes, np.int8), *rest, **named)
    except (ValueError, TypeError) as error:
        m.fail(ShapeError, f"np.{fn.__name__} of {m.describe(args[0])}: {error}")
    if fn is np.squeeze and not (rest or named):
        m.fail(UnsupportedError, "np.squeeze of an array of run-time size needs its axis", "give axis=")
    result = m.call(Const(fn), [part.room, *args[1:]], keywords)
    if result == part.room:
        return args[0]
    return make(m, result, tuple(None if d == 1 else part.extents[PRIMES.index(d)] for d in moved.shape))


def whole_part(m: Machine, value: Value) -> Part:
    part = part_of(m, from_list(m, value))
    assert part is not None
    return part


def started(m: Machine, part: Part) -> Part:
    """The part in a room in which it begins at 0 along all axes."""
    atom = m.array(part.room.id)
    extents: list[Extent | None] = []
    for axis, extent in enumerate(part.extents):
        if extent is not None:
            atom = window(m, atom, axis, extent.start, static_shape(array_type(atom))[axis])
        extents.append(None if extent is None else Extent(whole(0), extent.size))
    room = part.room if atom == m.array(part.room.id) else m.new_array(atom, m.kind(part.room.id))
    return Part(room, tuple(extents))


# -- reshape -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Goal:
    """A shape that is asked for: sizes; `open` is the axis that is -1, `text` how NumPy writes it."""

    sizes: tuple[Atom, ...]
    open: int | None
    text: str


def reshape(m: Machine, array: Value, shape: Value) -> Value:
    """`np.reshape(array, shape)` of an array of run-time size, or to a shape with one."""
    part = whole_part(m, array)
    goal = goal_of(m, shape)
    return as_view(m, part, goal) or copied(m, part, goal)


def goal_of(m: Machine, shape: Value) -> Goal:
    given = list(shape.items) if isinstance(shape, Tup) else None
    if given is None:
        number = as_num(shape)
        known = [shape] if number is not None else m.known(shape, "a shape")
        given = [d if number is not None else Const(d) for d in known]
    sizes: list[Atom] = []
    for value in given:
        num = as_num(m.use(value))
        if num is None or num.dtype.kind not in "iu":
            m.fail(ShapeError, f"np.reshape takes a shape of ints, not {m.describe(value)}")
        sizes.append(cast(m, num.atom, I64))
    unknown = [k for k, s in enumerate(sizes) if isinstance(s, Lit) and s.value == -1]
    if len(unknown) > 1:
        m.fail(ShapeError, "can only specify one unknown dimension")
    names = ["newaxis" if k in unknown else str(s.value) if isinstance(s, Lit) else "{}" for k, s in enumerate(sizes)]
    shown = names[1:] if unknown == [0] and len(names) > 1 else names  # as NumPy writes it
    text = f"({','.join(shown)}{',' * (len(names) == 1)})"
    return Goal(tuple(sizes), unknown[0] if unknown else None, text)


def as_view(m: Machine, part: Part, goal: Goal) -> Value | None:
    """Only axes of size 1 come or go."""
    shape = shape_of(m, part.room)
    kept = [k for k, (d, e) in enumerate(zip(shape, part.extents, strict=True)) if d != 1 or e is not None]
    wanted = [k for k, s in enumerate(goal.sizes) if not (isinstance(s, Lit) and s.value == 1)]
    if len(kept) != len(wanted) or any(not _fits(m, part, a, goal, g) for a, g in zip(kept, wanted, strict=True)):
        return None
    dims, extents = [1] * len(goal.sizes), [None] * len(goal.sizes)  # type: list[int], list[Extent | None]
    for a, g in zip(kept, wanted, strict=True):
        dims[g], extents[g] = shape[a], part.extents[a]
    room = m.call(Const(np.reshape), [part.room, Tup(tuple(map(Const, dims)))], [])
    return make(m, room, tuple(extents))


def _fits(m: Machine, part: Part, axis: int, goal: Goal, at: int) -> bool:
    extent = part.extents[axis]
    if at == goal.open:
        return True
    size = whole(shape_of(m, part.room)[axis]) if extent is None else extent.size
    return known_equal(m, size, goal.sizes[at])


def copied(m: Machine, part: Part, goal: Goal) -> Value:
    """Count the elements out, and then into the new shape."""
    flat, total = counted(m, started(m, part))
    sizes = _completed(m, goal, total)
    varying = [k for k, s in enumerate(sizes) if not isinstance(s, Lit)]
    if len(varying) > 1:
        m.fail(UnsupportedError, "np.reshape to more than one size of run time is not taken", "give the others as ints")
    known = math.prod(s.value for s in sizes if isinstance(s, Lit))
    length = static_shape(array_type(flat))[0]
    shape = tuple(s.value if isinstance(s, Lit) else -(-length // max(known, 1)) for s in sizes)
    if not varying or varying == [0]:
        atom = m.emit("reshape", resized(m, flat, 0, math.prod(shape)), shape=shape)
    else:
        atom = m.emit("index", flat, _places(m, shape, sizes, length), spec=(("arr",),))
    new = m.new_array(atom, m.kind(part.room.id))
    m.heap.link(new.id, part.room.id)
    return make(m, new, tuple(None if isinstance(s, Lit) else Extent(whole(0), s) for s in sizes))


def counted(m: Machine, part: Part) -> tuple[Atom, Atom]:
    """The elements of a part that begins at 0, in order, in a vector with room for more; and how many there are."""
    atom = m.array(part.room.id)
    shape = static_shape(array_type(atom))
    sizes = [whole(d) if e is None else e.size for d, e in zip(shape, part.extents, strict=True)]
    total: Atom = whole(1)
    for size in sizes:
        total = pointwise(m, "mul", total, size)
    length = math.prod(shape)
    flat = m.emit("reshape", atom, shape=(length,))
    if all(e is None for e in part.extents[1:]) or not length:
        return flat, total
    place: Atom = whole(0)
    rest: Atom = m.emit("arange", start=0, stop=length, step=1, dtype="i64")
    stride = 1
    for dim, size in zip(reversed(shape), reversed(sizes), strict=True):
        at_least_one = pointwise(m, "maximum", size, whole(1))
        digit = pointwise(m, "mod", rest, at_least_one)
        place = pointwise(m, "add", place, pointwise(m, "mul", digit, whole(stride)))
        rest, stride = pointwise(m, "floordiv", rest, at_least_one), stride * dim
    return m.emit("index", flat, pointwise(m, "minimum", place, whole(length - 1)), spec=(("arr",),)), total


def _completed(m: Machine, goal: Goal, total: Atom) -> list[Atom]:
    """The sizes with -1 worked out; an error at run time if they do not fit."""
    rest: Atom = whole(1)
    for k, size in enumerate(goal.sizes):
        rest = rest if k == goal.open else pointwise(m, "mul", rest, size)
    sizes = list(goal.sizes)
    found = rest
    if goal.open is not None:
        sizes[goal.open] = pointwise(m, "floordiv", total, pointwise(m, "maximum", rest, whole(1)))
        found = pointwise(m, "mul", rest, sizes[goal.open])
    if not congruent(m, found, total):
        message = "cannot reshape array of size {} into shape " + goal.text
        shown = [s for s in goal.sizes if not isinstance(s, Lit)]
        m.check(pointwise(m, "eq", found, total), "builtins.ValueError", message, [total, *shown])
    return sizes


def _places(m: Machine, shape: tuple[int, ...], sizes: Sequence[Atom], length: int) -> Atom:
    """Which of the elements in order is where in an array of `sizes` that lies in a room of `shape`."""
    place: Atom = whole(0)
    stride: Atom = whole(1)
    for axis in reversed(range(len(shape))):
        k = m.emit("arange", start=0, stop=shape[axis], step=1, dtype="i64")
        wide = tuple(shape[axis] if j == axis else 1 for j in range(len(shape)))
        digit = m.emit("reshape", k, shape=wide) if len(shape) > 1 else k
        place = pointwise(m, "add", place, pointwise(m, "mul", digit, stride))
        stride = pointwise(m, "mul", stride, sizes[axis])
    return pointwise(m, "minimum", place, whole(max(length - 1, 0)))


def ravel(m: Machine, array: Value, order: Value = Const("C")) -> Value:
    if m.known(order, "order") not in ("C", "K", "A"):
        m.fail(UnsupportedError, "np.ravel of an array of run-time size in another order than C is not taken")
    return reshape(m, array, Const(-1))


def flatten(m: Machine, array: Value, order: Value = Const("C")) -> Value:
    return m.call(Const(np.copy), [ravel(m, array, order)], [])


def np_reshape(m: Machine, a: Value, shape: Value, order: Value = Const("C")) -> Value:
    if m.known(order, "order") != "C":
        m.fail(UnsupportedError, "np.reshape of an array of run-time size in another order than C is not taken")
    return reshape(m, a, shape)


def method_reshape(m: Machine, a: Value, *shape: Value, order: Value = Const("C")) -> Value:
    return np_reshape(m, a, shape[0] if len(shape) == 1 else Tup(shape), order)


def method_transpose(m: Machine, a: Value, *axes: Value) -> Value:
    given = [] if not axes else [axes[0] if len(axes) == 1 else Tup(axes)]
    return moving(m, np.transpose, [a, *given], ())


MOVING = (
    np.transpose, np.permute_dims, np.swapaxes, np.moveaxis, np.rollaxis, np.expand_dims, np.squeeze, np.atleast_1d,
    np.atleast_2d, np.atleast_3d, np.matrix_transpose,
)  # fmt: skip
SHAPES: dict[Any, Callable[..., Value]] = {np.reshape: np_reshape, np.ravel: ravel}
