"""Arrays whose size along some axes is known only at run time: `A[i, :j]`, `np.array(xs)` of a list that grew.

Such an array is a part of an array of known shape, its *room*: along some axes the elements from `start` on, `size` of
them (`heap.SizedState`). It is a view: writing to it writes to the room. All arithmetic is done on the rooms, whatever
lies outside of the parts; where elements are combined with one another (sums, matrix products), and where results are
written back, what lies outside is masked. Operands that begin at different places are shifted to begin at 0.

Only what is in this package's tables (`numpy_api.run_time`) and here knows such arrays. Everything else asks for an
array's value (`Machine.array`), which asks for its size at compile time, and so is refused if that is not to be had.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.emit import broadcast, cast, pointwise
from myialike.infer.growing import grown, length_atom
from myialike.infer.heap import GrownState, ListState, SizedState, ViewState
from myialike.infer.items import buffers, with_room
from myialike.infer.machine import Machine, NeedStatic, array_type
from myialike.infer.ranges import slice_range, whole
from myialike.infer.symbolic import congruent, distance, makers
from myialike.infer.values import NONE, Const, Num, Ref, Slice, Tup, Value, as_num, const_number
from myialike.ir.builder import python_scalar
from myialike.ir.syntax import Atom, Lit, Prim, Var
from myialike.ir.types import I64, Array, static_shape

FULL = Slice(NONE, NONE, NONE)
BACKWARDS = Slice(NONE, NONE, Const(-1))
STORED = "could not broadcast input array of size {} into a part of size {}"

@dataclass(frozen=True, slots=True)
class Extent:
    """The part of an axis: `size` elements from `start` on."""

    start: Atom
    size: Atom


Extents = tuple[Extent | None, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the array `room`; an extent of None is the whole axis."""

    room: Ref
    extents: Extents

    def axes(self) -> list[int]:
        return [k for k, e in enumerate(self.extents) if e is not None]


# -- making and taking apart ----------------------------------------------------------------------------------------


def part_of(m: Machine, value: Value) -> Part | None:
    """An array of run-time size taken apart; None for anything else."""
    state = m.heap.states[value.id] if isinstance(value, Ref) else None
    if not isinstance(state, SizedState):
        return None
    room = Ref(state.base)
    extents: list[Extent | None] = [None] * len(shape_of(m, room))
    ends = [n.atom for n in map(as_num, state.items[1:]) if n is not None]
    for axis, start, size in zip(state.axes, ends[::2], ends[1::2], strict=True):
        extents[axis] = Extent(start, size)
    return Part(room, tuple(extents))


def is_sized(m: Machine, value: Value) -> bool:
    return isinstance(value, Ref) and isinstance(m.heap.states[value.id], SizedState)


def shape_of(m: Machine, room: Ref) -> tuple[int, ...]:
    return static_shape(array_type(m.array(room.id)))


def make(m: Machine, room: Value, extents: Extents, is_window: bool = False) -> Value:
    """The part of an array; a number, and an array of which all is known, as they are."""
    if not isinstance(room, Ref) or all(e is None for e in extents):
        return room
    if all(e is None or (isinstance(e.start, Lit) and isinstance(e.size, Lit)) for e in extents):
        return m.call(Const(operator.getitem), [room, Tup(tuple(map(_static_slice, extents)))], [])
    axes = tuple(k for k, e in enumerate(extents) if e is not None)
    found = [e for e in extents if e is not None]
    ends = [v for e in found for v in (const_number(e.start, "python"), number_of(m, e.size))]
    return Ref(m.heap.alloc(SizedState((room, *ends), axes, is_window)))


def _static_slice(extent: Extent | None) -> Slice:
    if extent is None:
        return FULL
    assert isinstance(extent.start, Lit) and isinstance(extent.size, Lit)
    return Slice(Const(extent.start.value), Const(extent.start.value + extent.size.value), NONE)


def number_of(m: Machine, size: Atom) -> Value:
    return Const(size.value) if isinstance(size, Lit) else Num(size, "python", 0, None)


def dims(m: Machine, part: Part) -> list[Value]:
    """The shape of the part."""
    known = shape_of(m, part.room)
    return [
        Const(d) if e is None else Num(e.size, "python", 0, d) if not isinstance(e.size, Lit) else Const(e.size.value)
        for d, e in zip(known, part.extents, strict=True)
    ]


def of_list(m: Machine, state: GrownState, emptied: str = "f") -> Value | None:
    """`np.array(xs)` of a list of run-time length; None where its items are no numbers or arrays.

    Where it turns out empty, NumPy knows the type of vectors whose dtype is of the kinds `emptied`.
    """
    spec, known = state.spec, []
    while spec[0] == "grown" and spec[-1][0][0] == "const":
        known.append(spec[-1][0][1].value)
        spec = spec[1]
    if known and spec[0] not in ("num", "array"):
        return None
    if spec[0] not in ("num", "array") and not (
        spec[0] in ("tuple", "list") and spec[-1] and all(s[0] == "num" and s == spec[-1][0] for s in spec[-1])
    ):
        return None
    rows = [m.array(id) for id in buffers(state)]
    if spec[0] in ("tuple", "list"):
        columns = [m.emit("reshape", r, shape=(state.capacity, 1)) for r in rows]
        atom: Atom = columns[0] if len(columns) == 1 else m.emit("concatenate", *columns, axis=1)
    else:
        atom = rows[0]
        for axis, count in enumerate(known, 1):
            atom = with_room(m, atom, count, axis)
    room = m.new_array(atom, spec[-1] if spec[-1] in ("jax", "weak") else "numpy")
    count = length_atom(state)
    if not isinstance(count, Lit) and (array_type(atom).ndim > 1 or array_type(atom).dtype.kind not in emptied):
        text = "the list that an array is made of is empty: its type is not known then in compiled code"
        m.check(pointwise(m, "gt", count, whole(0)), "builtins.ValueError", text)
    rest: Extents = (None,) * (array_type(atom).ndim - 1)
    return make(m, room, (Extent(whole(0), count), *rest))


def from_list(m: Machine, value: Value, emptied: str = "f") -> Value:
    """A list of run-time length as an array of run-time size; anything else as it is."""
    state = grown(m, value)
    return value if state is None else of_list(m, state, emptied) or value


# -- masks ------------------------------------------------------------------------------------------------------------


def inside(m: Machine, part: Part, axes: Sequence[int]) -> Atom | None:
    """Which elements of the room are in the part, as far as `axes` say; None: all."""
    shape = shape_of(m, part.room)
    found: Atom | None = None
    for axis in axes:
        extent = part.extents[axis]
        if extent is None:
            continue
        k = m.emit("arange", start=0, stop=shape[axis], step=1, dtype="i64")
        end = end_of(m, extent)
        bounds = [] if isinstance(end, Lit) and end.value >= shape[axis] else [pointwise(m, "lt", k, end)]
        if not (isinstance(extent.start, Lit) and extent.start.value == 0):
            bounds.append(pointwise(m, "ge", k, extent.start))
        if not bounds:
            continue
        ok = bounds[0] if len(bounds) == 1 else pointwise(m, "logical_and", *bounds)
        wide = tuple(shape[axis] if j == axis else 1 for j in range(len(shape)))
        ok = broadcast(m, m.emit("reshape", ok, shape=wide) if len(shape) > 1 else ok, shape)
        found = ok if found is None else pointwise(m, "logical_and", found, ok)
    return found


def end_of(m: Machine, extent: Extent) -> Atom:
    """The index after the last."""
    if isinstance(extent.start, Lit) and extent.start.value == 0:
        return extent.size
    maker = makers(m).get(extent.size) if isinstance(extent.size, Var) else None
    if isinstance(maker, Prim) and maker.op == "sub" and congruent(m, maker.inputs[1], extent.start):
        return maker.inputs[0]
    return pointwise(m, "add", extent.start, extent.size)


def filled(m: Machine, part: Part, value: bool | int | float, axes: Sequence[int] | None = None) -> Ref:
    """The room, with `value` in place of what is not in the part along `axes`."""
    atom = m.array(part.room.id)
    mask = inside(m, part, range(len(part.extents)) if axes is None else axes)
    if mask is None:
        return part.room
    fill = Lit(python_scalar(array_type(atom).dtype, value), Array(array_type(atom).dtype))
    return m.new_array(pointwise(m, "select", mask, atom, fill), m.kind(part.room.id))


# -- placing ----------------------------------------------------------------------------------------------------------


def window(m: Machine, atom: Atom, axis: int, start: Atom, size: int) -> Atom:
    """`size` elements along an axis from `start` on; zeros beyond the end of the array."""
    type = array_type(atom)
    shape = static_shape(type)
    if isinstance(start, Lit) and start.value == 0 and size <= shape[axis]:
        return atom if size == shape[axis] else along(m, atom, axis, ("slice", 0, size, 1))
    pad = (*shape[:axis], size, *shape[axis + 1 :])
    longer = m.emit("concatenate", atom, m.builder.full(Array(type.dtype, pad), _zero(type)), axis=axis)
    return along(m, longer, axis, ("dyn", size), start)


def along(m: Machine, atom: Atom, axis: int, entry: tuple[object, ...], *operands: Atom) -> Atom:
    shape = static_shape(array_type(atom))
    spec = tuple(entry if k == axis else ("slice", 0, d, 1) for k, d in enumerate(shape))
    return m.emit("index", atom, *operands, spec=spec)


def _zero(type: Array) -> bool | int:
    return False if type.dtype.kind == "b" else 0


def moved(m: Machine, atom: Atom, axis: int, to: Atom, size: int) -> Atom:
    """What begins at 0 along an axis, beginning at `to` in an array of `size` there."""
    if isinstance(to, Lit) and to.value == 0:
        return resized(m, atom, axis, size)
    type = array_type(atom)
    shape = static_shape(type)
    atom = resized(m, atom, axis, size)
    pad = m.builder.full(Array(type.dtype, (*shape[:axis], size, *shape[axis + 1 :])), _zero(type))
    return along(
        m,
        m.emit("concatenate", pad, atom, axis=axis),
        axis,
        ("dyn", size),
        pointwise(m, "sub", whole(size), to),
    )


def resized(m: Machine, atom: Atom, axis: int, size: int) -> Atom:
    """An array cut, or extended with zeros, to `size` along an axis."""
    type = array_type(atom)
    shape = static_shape(type)
    if shape[axis] >= size:
        return window(m, atom, axis, whole(0), size)
    pad = (*shape[:axis], size - shape[axis], *shape[axis + 1 :])
    return m.emit("concatenate", atom, m.builder.full(Array(type.dtype, pad), _zero(type)), axis=axis)


# -- operands that fit each other -----------------------------------------------------------------------------------


@dataclass(slots=True)
class Operand:
    """An operand in the making: its atom, kind and extents."""

    atom: Atom
    value: Value
    extents: list[Extent | None]

    @property
    def shape(self) -> tuple[int, ...]:
        return static_shape(array_type(self.atom))


def operand_of(m: Machine, value: Value) -> Operand | None:
    """An operand of an elementwise operation; None for what is no array."""
    part = part_of(m, value)
    if part is not None:
        return Operand(m.array(part.room.id), part.room, list(part.extents))
    found = m.operand(value)
    if found is None or not array_type(found[0]).shape:
        return None
    return Operand(found[0], value, [None] * array_type(found[0]).ndim)


def align(m: Machine, operands: Sequence[Operand], rank: int) -> Extents:
    """Make the parts of all operands lie alike along each axis of the result, whose extents are given back."""
    return tuple(align_axis(m, [(o, len(o.shape) - rank + k) for o in operands]) for k in range(rank))


def align_axis(
    m: Machine, places: Sequence[tuple[Operand, int]], message: str = "", ones: bool = False
) -> Extent | None:
    """Make the parts of operands lie alike along an axis; their sizes must be equal if `message` says what is wrong.

    `ones`: known sizes of 1 too, which else are left as they are.
    """
    here = [(o, k) for o, k in places if k >= 0 and (ones or o.extents[k] is not None or o.shape[k] != 1)]
    parts = [(o, k, e) for o, k in here if (e := o.extents[k]) is not None]
    if not parts:
        return None
    fixed = sorted({o.shape[k] for o, k in here if o.extents[k] is None})
    if len(fixed) > 1:
        m.fail(ShapeError, f"operands of sizes {fixed} do not broadcast")
    first = parts[0][2]
    sizes = [*(e.size for _, _, e in parts), *map(whole, fixed)]
    if not message and not all(known_equal(m, first.size, size) for size in sizes[1:]):
        return _broadcast_axis(m, [o for o, _ in places], parts, sizes, fixed)
    for size in sizes[1:]:
        same_size(m, size, first.size, message)
    rooms = {o.shape[k] for o, k, _ in parts}
    if not fixed and len(rooms) == 1 and all(congruent(m, first.start, e.start) for _, _, e in parts):
        return first
    for o, k, extent in parts:
        o.atom = resized(m, window(m, o.atom, k, extent.start, o.shape[k]), k, min((*rooms, *fixed)))
        o.extents[k] = None if fixed else extent
    return None if fixed else Extent(whole(0), first.size)


def _broadcast_axis(
    m: Machine,
    operands: Sequence[Operand],
    parts: Sequence[tuple[Operand, int, Extent]],
    sizes: Sequence[Atom],
    fixed: Sequence[int],
) -> Extent | None:
    """Parts whose sizes may differ: one of size 1 has its element everywhere, as NumPy has it; others must be equal."""
    one, total = whole(1), sizes[0]
    shapes = " ".join(shape_text(o) for o in operands)
    listed = [e.size for o in operands for e in o.extents if e is not None]
    for size in sizes[1:]:
        single = pointwise(m, "logical_or", pointwise(m, "eq", total, one), pointwise(m, "eq", size, one))
        ok = pointwise(m, "logical_or", pointwise(m, "eq", total, size), single)
        text = f"operands could not be broadcast together with shapes {shapes} "
        m.check(ok, "builtins.ValueError", text, listed)
        total = pointwise(m, "select", pointwise(m, "eq", total, one), size, total)
    bound = fixed[0] if fixed else max(o.shape[k] for o, k, _ in parts)
    for o, k, extent in parts:
        own = window(m, o.atom, k, extent.start, o.shape[k])
        wide = resized(m, own, k, bound)
        if o.shape[k] > 0:
            everywhere = broadcast(m, along(m, own, k, ("slice", 0, 1, 1)), static_shape(array_type(wide)))
            wide = pointwise(m, "select", pointwise(m, "eq", extent.size, one), everywhere, wide)
        o.atom, o.extents[k] = wide, None if fixed else extent
    return None if fixed else Extent(whole(0), total)


def known_equal(m: Machine, a: Atom, b: Atom) -> bool:
    """Whether two sizes are equal, as far as the program shows it."""
    return congruent(m, a, b) or distance(m, a, b) == 0


def same_size(m: Machine, a: Atom, b: Atom, message: str) -> None:
    """Check that two sizes are equal, unless that is known."""
    if not known_equal(m, a, b):
        m.check(pointwise(m, "eq", a, b), "builtins.ValueError", message, [a, b])


def shape_text(o: Operand) -> str:
    """A shape as Python writes it, with a field for each size of run time."""
    inner = ",".join("{}" if e is not None else str(d) for d, e in zip(o.shape, o.extents, strict=True))
    return f"({inner},)" if len(o.shape) == 1 else f"({inner})"


def plain(m: Machine, o: Operand) -> Ref:
    """The whole room of an operand, as an array."""
    kind = m.kind(o.value.id) if isinstance(o.value, Ref) else "numpy"
    return m.new_array(o.atom, kind)


def elementwise(m: Machine, args: Sequence[Value], run: Callable[[list[Value]], Value]) -> Value:
    """An elementwise function on arrays of run-time size: `run` on their rooms."""
    args = [_array_like(m, from_list(m, a)) for a in args]
    found = [operand_of(m, a) for a in args]
    operands = [o for o in found if o is not None]
    rank = max(len(o.shape) for o in operands)
    extents = align(m, operands, rank)
    stands = {k: plain(m, o) for k, o in enumerate(found) if o is not None}
    before = {s.id: m.heap.states[s.id] for s in stands.values()}
    result = run([stands.get(k, a) for k, a in enumerate(args)])
    if any(m.heap.states[id] != state for id, state in before.items()):
        text = "this function writes into an array of run-time size, which is not taken"
        m.fail(UnsupportedError, text, "assign the result: y[:k] = ...")
    for k, stand in stands.items():
        own = args[k]
        if isinstance(result, Ref) and m.heap.root(result.id) == stand.id and isinstance(own, Ref):
            m.heap.link(stand.id, own.id)  # the function gives its operand: a write to one is not in the other
    if any(extents) and not (isinstance(result, Ref) and len(shape_of(m, result)) == rank):
        m.fail(UnsupportedError, "this function of an array of run-time size is not taken", "write it as a loop")
    return make(m, result, extents)


def _array_like(m: Machine, value: Value) -> Value:
    """A tuple or a list as an array, as NumPy's functions take it."""
    state = m.heap.states[value.id] if isinstance(value, Ref) else None
    return m.call(Const(np.asarray), [value], []) if isinstance(value, Tup) or isinstance(state, ListState) else value


# -- subscripts --------------------------------------------------------------------------------------------------------


def split(m: Machine, value: Value, index: Value) -> Value | None:
    """`value[index]` where the size of the result is known only at run time, or value's is; else None.

    The result is a view. It is None also where the size can be compiled in: it comes from ints at the entry.
    """
    found = placed(m, value, index)
    if found is None or not found.is_sized:
        return None
    room = found.room if found.is_whole() else m.call(Const(operator.getitem), [found.room, found.index], [])
    return make(m, room, found.extents, found.is_window)


@dataclass(frozen=True, slots=True)
class Place:
    """An index of an array as an index of its room, and the extents of what it picks from there.

    `is_sized`: some size is known only at run time; `is_window`: every such size is known unless it is cut off.
    """

    room: Ref
    index: Value
    extents: Extents
    is_sized: bool
    is_window: bool

    def is_whole(self) -> bool:
        """Whether all of the room is picked, as it is."""
        assert isinstance(self.index, Tup)
        return all(v == FULL for v in self.index.items)


def placed(m: Machine, value: Value, index: Value) -> Place | None:
    """Where an index of an array lies in its room; None where there is an index array."""
    part = part_of(m, value)
    if part is None:
        if not isinstance(value, Ref):
            return None
        part = Part(value, (None,) * len(shape_of(m, value)))
    places = per_axis(m, index, len(part.extents))
    if places is None:
        return None
    inner: list[Value] = []
    extents: list[Extent | None] = []
    axis = 0
    sized, windows = False, True
    for place in places:
        if isinstance(place, Const) and place.value is None:
            inner.append(place)
            extents.append(None)
            continue
        if isinstance(place, Slice):
            chosen, extent = sliced(m, part, axis, place)
            inner.append(chosen)
            extents.append(extent)
            sized = sized or extent is not None
            windows = windows and (extent is None or (chosen not in (FULL, BACKWARDS) and is_unit(place.step)))
        else:
            inner.append(item_place(m, part, axis, place))
            sized = sized or part.extents[axis] is not None
        axis += 1
    return Place(part.room, Tup(tuple(inner)), tuple(extents), sized, windows)


def per_axis(m: Machine, index: Value, rank: int) -> list[Value] | None:
    """The parts of an index, one for each axis, and None for new ones; None where there is an index array."""
    parts = [m.use(p) for p in index.items] if isinstance(index, Tup) else [m.use(index)]
    used = sum(1 for p in parts if not (isinstance(p, Const) and (p.value is None or p.value is Ellipsis)))
    found: list[Value] = []
    for p in parts:
        if isinstance(p, Const) and p.value is Ellipsis:
            found += [FULL] * (rank - used)
        elif isinstance(p, Slice) or (isinstance(p, Const) and p.value is None) or is_index(p):
            found.append(p)
        else:
            return None
    missing = rank - sum(1 for p in found if not (isinstance(p, Const) and p.value is None))
    return None if missing < 0 else found + [FULL] * missing


def is_index(value: Value) -> bool:
    num = as_num(value)
    return num is not None and num.dtype.kind in "iu"


def item_place(m: Machine, part: Part, axis: int, place: Value) -> Value:
    """An index of the part as one of the room."""
    extent = part.extents[axis]
    if extent is None:
        return place
    num = as_num(place)
    assert num is not None
    at = cast(m, num.atom, I64)
    if isinstance(at, Lit):
        num = Num(at, "python", at.value, at.value)
    if num.low is None or num.low < 0:
        at = pointwise(m, "select", pointwise(m, "lt", at, whole(0)), pointwise(m, "add", at, extent.size), at)
    ok = pointwise(m, "logical_and", pointwise(m, "le", whole(0), at), pointwise(m, "lt", at, extent.size))
    text = f"index {{}} is out of bounds for axis {axis} with size {{}}"
    m.check(ok, "builtins.IndexError", text, [cast(m, num.atom, I64), extent.size])
    if not (isinstance(extent.start, Lit) and extent.start.value == 0):
        at = pointwise(m, "add", extent.start, at)
    bound = shape_of(m, part.room)[axis]
    return Num(at, "python", 0, bound - 1) if not isinstance(at, Lit) else Const(at.value)


def sliced(m: Machine, part: Part, axis: int, place: Slice) -> tuple[Value, Extent | None]:
    """A slice of an axis of the part: a slice of the room, and the part of that."""
    bound, extent = shape_of(m, part.room)[axis], part.extents[axis]
    bounds = (place.start, place.stop, place.step)
    if extent is None and all(isinstance(b, Const) for b in bounds):
        return place, None
    if extent is None and (length := window_length(m, place, bound)) is not None:
        return windowed(m, place, bound, length)
    if extent is None and all(isinstance(b, Const) or specialisable(m, b) for b in bounds):
        return place, None
    if extent is not None and all(isinstance(b, Const) and b.value is None for b in bounds):
        return FULL, extent
    size = whole(bound) if extent is None else extent.size
    start, count, step = slice_range(m, place, size)
    if extent is None and step > 1 and isinstance(start, Lit):
        return Slice(Const(start.value), NONE, Const(step)), Extent(whole(0), count)
    if abs(step) != 1:
        text = "a slice of run-time size with a step is not taken"
        error = m.error(UnsupportedError, text, "index with an array, or write a loop")
        raise NeedStatic(frozenset[Var]().union(*(m.roots(n.atom) for b in bounds if (n := as_num(b)))), error)
    if step < 0:
        start = pointwise(m, "add", pointwise(m, "sub", start, count), whole(1))
    if extent is not None and not (isinstance(extent.start, Lit) and extent.start.value == 0):
        start = pointwise(m, "add", extent.start, start)
    if step > 0:
        return FULL, Extent(start, count)
    flipped = pointwise(m, "sub", pointwise(m, "sub", whole(bound), start), count)
    return BACKWARDS, Extent(flipped, count)


def is_unit(step: Value) -> bool:
    return isinstance(step, Const) and step.value in (None, 1)


def window_length(m: Machine, place: Slice, bound: int) -> int | None:
    """The length n of a slice `x[i : i + n]`, None for other slices."""
    start, stop = as_num(place.start), as_num(place.stop)
    if start is None or stop is None or not is_unit(place.step):
        return None
    length = distance(m, start.atom, stop.atom)
    return length if length is not None and 0 <= length <= bound else None


def windowed(m: Machine, place: Slice, bound: int, length: int) -> tuple[Value, Extent | None]:
    """A slice `x[i : i + n]`: as it is where it is known to be inside of the axis, else what of it is inside."""
    first = as_num(place.start)
    assert first is not None
    if first.low is not None and first.low >= 0 and first.high is not None and first.high <= bound - length:
        return place, None
    start, count, _ = slice_range(m, place, whole(bound))
    begin = pointwise(m, "minimum", start, whole(bound - length))
    end = Num(pointwise(m, "add", begin, whole(length)), "python", length, bound)
    room = Slice(Num(begin, "python", 0, bound - length), end, NONE)
    return room, Extent(pointwise(m, "sub", start, begin), count)


def specialisable(m: Machine, value: Value) -> bool:
    """Whether a number comes from ints at the entry alone."""
    num = as_num(value)
    return num is not None and bool(m.whole_roots(num.atom))


def store(m: Machine, target: Ref, value: Value) -> None:
    """`target[...] = value` of an array of run-time size: what lies outside of the part stays."""
    part = part_of(m, target)
    assert part is not None
    if is_same(m, part, part_of(m, value)):
        return
    old = m.array(part.room.id)
    shape = static_shape(array_type(old))
    value = from_list(m, value)
    source = operand_of(m, value)
    if source is None:
        found = m.operand(value) or m.operand(m.call(_asarray(), [value], []))
        if found is None:
            m.fail(TypeCheckError, f"an array of type {old.type} cannot hold {m.describe(value)}")
        new = broadcast(m, cast(m, found[0], array_type(old).dtype), shape) if not array_type(found[0]).shape else None
        if new is None:
            return store(m, target, m.new_array(found[0]))
    else:
        new = _placed(m, source, part, shape)
        new = cast(m, new, array_type(old).dtype)
    mask = inside(m, part, range(len(shape)))
    m.write(part.room.id, new if mask is None else pointwise(m, "select", mask, new, old))


def is_same(m: Machine, a: Part, b: Part | None) -> bool:
    """Whether two parts show the same elements of one array, as in `a[i:] += v`, which ends in `a[i:] = a[i:]`."""
    if b is None or m.heap.root(a.room.id) != m.heap.root(b.room.id) or m.array(a.room.id) != m.array(b.room.id):
        return False
    x, y = m.heap.states[a.room.id], m.heap.states[b.room.id]
    if a.room.id != b.room.id and not (isinstance(x, ViewState) and isinstance(y, ViewState) and x.step == y.step):
        return False
    pairs = [(p, q) for p, q in zip(a.extents, b.extents, strict=True) if p is not None and q is not None]
    return len(pairs) == len(a.axes()) == len(b.axes()) and all(
        congruent(m, p.start, q.start) and congruent(m, p.size, q.size) for p, q in pairs
    )


def _asarray() -> Const:
    return Const(np.asarray)


def _placed(m: Machine, source: Operand, part: Part, shape: tuple[int, ...]) -> Atom:
    """A value where the part lies in its room."""
    extra = len(source.shape) - len(shape)
    if extra > 0:
        m.fail(ShapeError, f"a value of rank {len(source.shape)} does not fit a part of rank {len(shape)}")
    for k in range(len(source.shape)):
        axis = k - extra
        target, own = part.extents[axis], source.extents[k]
        if own is None and source.shape[k] == 1:
            continue
        size = whole(shape[axis]) if target is None else target.size
        given = own.size if own is not None else whole(source.shape[k])
        text = "could not broadcast input array from shape ({},) into shape ({},)"
        same_size(m, given, size, text if len(source.shape) == len(shape) == 1 else STORED)
        if own is not None and target is not None and source.shape[k] == shape[axis]:
            if congruent(m, own.start, target.start):
                continue
        if own is not None:
            source.atom = window(m, source.atom, k, own.start, source.shape[k])
        source.atom = moved(m, source.atom, k, whole(0) if target is None else target.start, shape[axis])
    return broadcast(m, source.atom, shape)
