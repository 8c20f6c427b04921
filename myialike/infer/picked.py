"""Boolean masks: `x[m]`, whose number of elements is known only at run time.

It is not made at once. What stands for it is an instance of `library.picked.Picked`: all rows that could be picked, and
the mask that says which are. Functions element by element work on all rows; reductions leave out those that are not
picked. Where nothing but the array itself will do, it is an array of run-time size (`packed`, see `infer.sized`). The
class is written in the subset itself; here is what it needs of inference: making one, subscripts with masks, and which
of NumPy's functions it stands for.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from myialike.errors import ShapeError, UnsupportedError
from myialike.infer.emit import pointwise, truth
from myialike.infer.heap import DictState, ListState, ObjectState
from myialike.infer.machine import Machine, array_type
from myialike.infer.ranges import whole
from myialike.infer.sized import Extent, Part, align_axis, inside, is_sized, make, operand_of, part_of
from myialike.infer.values import NONE, Const, Kind, Ref, Slice, Tup, Value, as_num
from myialike.ir.syntax import Atom, Prim, Var
from myialike.ir.types import BOOL, Array, static_shape
from myialike.library import picked
from myialike.library.picked import Picked
from myialike.source import segment, short

SIZE = "the number of elements that a boolean mask picks is known only at run time"
INSTEAD = "use np.where(mask, x, 0), or reduce it: x[mask].sum(), .mean(), .max()"
MOST = 200  # equations compared to see that two masks are one

# Functions that work element by element: what they give of all rows is right for those that are picked.
LIFTED = (
    "where", "clip", "round", "around", "real", "imag", "angle", "astype", "nan_to_num", "isclose", "sinc", "fix",
    "isposinf", "isneginf", "iscomplex", "isreal", "interp", "digitize", "polyval", "i0", "isin", "select",
)  # fmt: skip
# Of these only one argument is taken element by element: its place and its name.
ELEMENTS = {"interp": (0, "x"), "digitize": (0, "x"), "isin": (0, "element"), "polyval": (1, "x")}
AS_METHODS = {"amax": "max", "amin": "min", "concat": "concatenate", "sort": "ordered"}
REDUCED = {np.add: "sum", np.multiply: "prod", np.maximum: "max", np.minimum: "min"}


def is_picked(m: Machine, value: Value) -> bool:
    return isinstance(value, Ref) and isinstance(s := m.heap.states[value.id], ObjectState) and s.cls is Picked


def pick(m: Machine, rows: Atom, mask: Atom, kind: Kind = "numpy") -> Value:
    """The rows of an array that a mask of one dimension picks."""
    return picking(m, m.new_array(rows, kind), mask)


def picking(m: Machine, rows: Ref, mask: Atom) -> Value:
    """The rows of the array `rows` that a mask picks; what is written to them is written there."""
    items = (rows, m.new_array(mask), Const(m.loc))
    return Ref(m.heap.alloc(ObjectState(Picked, ("values", "mask", "origin"), items)))


def packed(m: Machine, value: Value) -> Value:
    """What a mask has picked as an array of run-time size: those rows first, in order. Other values as they are."""
    if not is_picked(m, value):
        return value
    found, mask = m.operand(part(m, value, "values")), mask_atom(m, value)
    assert found is not None
    rows, kind = found
    last = m.emit("cast", m.emit("logical_not", mask), dtype="i8")
    order = m.emit("argsort", last, axis=0)
    rest = static_shape(array_type(rows))[1:]
    spec = (("arr",), *(("slice", 0, d, 1) for d in rest))
    room = m.new_array(m.emit("index", rows, order, spec=spec), kind)
    size = m.emit("reduce_sum", m.emit("cast", mask, dtype="i64"), axes=(0,))
    return make(m, room, (Extent(whole(0), size), *(None,) * len(rest)))


def packed_inside(m: Machine, value: Value, known: dict[int, Value] | None = None) -> Value:
    """A result with all that masks have picked in it as arrays; `known`: those made, since one object stays one."""
    known = {} if known is None else known
    if isinstance(value, Tup):
        return Tup(tuple(packed_inside(m, v, known) for v in value.items), value.cls)
    if not isinstance(value, Ref):
        return value
    state = m.heap.states[value.id]
    if isinstance(state, (ListState, DictState)):
        items = tuple(packed_inside(m, v, known) for v in state.items)
        if items != state.items:
            m.heap.states[value.id] = replace(state, items=items)
    if value.id not in known:
        known[value.id] = packed(m, value)
    return known[value.id]


def part(m: Machine, value: Value, name: str) -> Value:
    assert isinstance(value, Ref)
    state = m.state(value.id)
    assert isinstance(state, ObjectState)
    return state.items[state.names.index(name)]


def mask_atom(m: Machine, value: Value) -> Atom:
    found = m.operand(part(m, value, "mask"))
    assert found is not None
    return found[0]


def refuse_escapes(spec: Any, name: str) -> None:
    """Refuse `x[m]` in a result of the function `name`, or in what it changes."""
    if not isinstance(spec, tuple):
        return
    for item in spec:
        refuse_escapes(item, name)
    if not (len(spec) == 4 and spec[0] == "object" and spec[1] is Picked):
        return
    origin = spec[3][2]
    loc = origin[1].value if origin[0] == "const" else None
    text = f"{short(segment(loc))}: " if loc is not None else ""
    raise UnsupportedError(f"{name}() returns {text}{SIZE}", loc, INSTEAD)


# -- subscripts --------------------------------------------------------------------------------------------------------


def is_mask(m: Machine, value: Value) -> bool:
    """Whether a part of an index is an array of bools."""
    if isinstance(value, Ref) and m.is_array(value) and not is_sized(m, value):
        return array_type(m.array(value.id)).dtype == BOOL and bool(array_type(m.array(value.id)).shape)
    return False


@dataclass(frozen=True, slots=True)
class Masked:
    """`base[..., mask, ...]` as a mask of the first axes of `array`; what it picks is axis `place` of the result."""

    array: Value
    mask: Ref
    place: int


def split(m: Machine, base: Ref, index: Value) -> Masked | None:
    """An index with a mask in it: the ints and slices beside it are applied first."""
    if is_mask(m, index):
        assert isinstance(index, Ref)
        return Masked(base, index, 0)
    if not isinstance(index, Tup) or not any(is_mask(m, v) for v in index.items):
        return None
    parts = list(index.items)
    k = next(k for k, v in enumerate(parts) if is_mask(m, v))
    mask = parts[k]
    assert isinstance(mask, Ref)
    rank = array_type(m.array(mask.id)).ndim
    if not all(isinstance(v, Slice) or _is_int(v) or _is_ellipsis(v) for v in parts[:k] + parts[k + 1 :]):
        text = "a boolean mask beside index arrays, or None, is not taken"
        m.fail(UnsupportedError, text, "index in two steps")
    parts[k : k + 1] = [FULL] * rank
    missing = array_type(m.array(base.id)).ndim - sum(1 for v in parts if not _is_ellipsis(v))
    dots = next((n for n, v in enumerate(parts) if _is_ellipsis(v)), None)
    if dots is not None:
        parts[dots : dots + 1] = [FULL] * missing
        k = k if dots > k else k + missing - 1
    array = base if parts == [FULL] * rank else m.call(Const(picked.item), [base, Tup((*parts, Const(...)))], ())
    before = sum(1 for v in parts[:k] if isinstance(v, Slice))
    if before:
        axes = [Tup(tuple(map(Const, range(first, first + rank)))) for first in (before, 0)]
        array = m.call(Const(np.moveaxis), [array, *axes], ())
    return Masked(array, mask, _place(parts, k, rank))


FULL = Slice(Const(None), Const(None), Const(None))


def _place(parts: Sequence[Value], k: int, rank: int) -> int:
    """Which axis of the result a mask's is: the first one, if an int is beside it that does not lie next to it."""
    chosen = [n for n, v in enumerate(parts) if not isinstance(v, Slice) or k <= n < k + rank]
    adjacent = chosen == list(range(chosen[0], chosen[-1] + 1))
    return sum(1 for v in parts[: chosen[0]] if isinstance(v, Slice)) if adjacent else 0


def _is_ellipsis(value: Value) -> bool:
    return isinstance(value, Const) and value.value is Ellipsis


def _is_int(value: Value) -> bool:
    num = as_num(value)
    return num is not None and num.dtype.kind in "iu"


def read(m: Machine, base: Value, index: Value) -> Value | None:
    """`base[index]` where a mask, or what a mask has picked, is in the index; None where neither is."""
    if not isinstance(base, Ref):
        return None
    if _picks_in(m, index):
        if _simple(m, base, index):
            return m.call(Const(picked.gather), [base, index], ())
        return m.call(Const(operator.getitem), [base, packed_inside(m, index)], ())
    found = split(m, base, index)
    if found is None:
        return None
    rows, flat = _rows(m, found.array, found.mask)
    chosen = pick(m, rows, flat, m.kind(base.id))
    if not found.place:
        return chosen
    return m.call(Const(np.moveaxis), [packed(m, chosen), Const(0), Const(found.place)], ())


def _rows(m: Machine, array: Value, mask: Value) -> tuple[Atom, Atom]:
    """The rows that a mask chooses among, and the mask in one dimension."""
    assert isinstance(array, Ref) and isinstance(mask, Ref)
    atom, flags = m.array(array.id), m.array(mask.id)
    shape, over = static_shape(array_type(atom)), static_shape(array_type(flags))
    if shape[: len(over)] != over:
        m.fail(ShapeError, f"a mask of type {flags.type} does not fit an array of type {atom.type}")
    n = math.prod(over)
    if len(over) == 1:
        return atom, flags
    rows = m.emit("reshape", atom, shape=(n, *shape[len(over) :]))
    return rows, m.emit("reshape", flags, shape=(n,))


def read_sized(m: Machine, base: Value, index: Value) -> Value | None:
    """`base[mask]` where one of the two has a run-time size; None where the index is no such mask."""
    if not _is_sized_mask(m, base, index):
        return None
    if _rank_of(m, index) > 1:
        base, index = (m.call(Const(np.ravel), [v], []) for v in (base, index))
    rows, chosen, _ = masked_rows(m, base, index)
    return pick(m, rows, chosen)


def masked_rows(m: Machine, base: Value, index: Value) -> tuple[Atom, Atom, Extent | None]:
    """The rows of an array that lie where a mask's elements do, which of them it chooses, and their extent."""
    flags, rows = operand_of(m, index), operand_of(m, base)
    assert flags is not None and rows is not None
    if len(flags.shape) != 1 or any(rows.extents[1:]):
        text = f"a mask of type {m.describe(index)} of an array of type {m.describe(base)} is not taken"
        m.fail(UnsupportedError, text, "loop over its rows")
    extent = align_axis(m, [(flags, 0), (rows, 0)], UNFIT, ones=True)
    chosen = truth(m, flags.atom)
    within = None if extent is None else inside(m, Part(m.new_array(chosen), (extent,)), [0])
    return rows.atom, chosen if within is None else m.emit("logical_and", chosen, within), extent


UNFIT = "boolean index did not match indexed array along axis 0; the sizes are {} and {}"


def write_sized(m: Machine, base: Ref, index: Value, value: Value) -> bool:
    """`base[mask] = value` where one of the two has a run-time size: a number, or what the same mask has picked."""
    if not _is_sized_mask(m, base, index):
        return False
    if is_picked(m, value) and _rank_of(m, index) == 1:
        _, chosen, extent = masked_rows(m, base, index)
        rest = array_type(mask_rows := m.operand(part(m, value, "values"))[0]).ndim - 1  # type: ignore[index]
        if same(m, mask_atom(m, value), chosen):
            value = make(m, m.new_array(mask_rows), (extent, *(None,) * rest))
    if as_num(value) is None and not is_sized(m, value):
        text = "only a number can be written through this mask of run-time size"
        m.fail(UnsupportedError, text, "use np.where(mask, v, x)")
    new = (Const(None),) * (_rank_of(m, base) - _rank_of(m, index))
    wide = m.call(Const(operator.getitem), [index, Tup((Const(Ellipsis), *new))], [])
    m.call(Const(operator.setitem), [base, Const(Ellipsis), m.call(Const(np.where), [wide, value, base], [])], [])
    return True


def _rank_of(m: Machine, value: Value) -> int:
    found = part_of(m, value)
    return len(found.extents) if found is not None else array_type(m.operand(value)[0]).ndim  # type: ignore[index]


def _is_sized_mask(m: Machine, base: Value, index: Value) -> bool:
    """Whether an index is a mask, and it or the array has a run-time size."""
    mask = part_of(m, index)
    if mask is not None:
        return array_type(m.array(mask.room.id)).dtype == BOOL and isinstance(base, Ref)
    return is_sized(m, base) and is_mask(m, index)


def write(m: Machine, base: Ref, index: Value, value: Value) -> bool:
    """`base[index] = value` where a mask, or what a mask has picked, is in the index or is the value."""
    if _picks_in(m, index):
        if _simple(m, base, index, value) and (is_picked(m, value) or as_num(value) is not None):
            m.call(Const(picked.scatter), [base, index, value], ())
        else:
            m.call(Const(operator.setitem), [base, packed_inside(m, index), packed(m, value)], ())
        return True
    found = split(m, base, index)
    if found is None:
        if is_picked(m, value):
            m.call(Const(operator.setitem), [base, index, packed(m, value)], ())
            return True
        return False
    m.call(Const(picked.assign_at), [found.array, found.mask, value, Const(found.place)], ())
    return True


def _simple(m: Machine, base: Value, index: Value, value: Value = NONE) -> bool:
    """Whether an index is of ints, and of vectors of ints that one mask has picked, and picked `value` too."""
    parts = index.items if isinstance(index, Tup) else (index,)
    picks = [v for v in parts if is_picked(m, v)]
    masks = [mask_atom(m, v) for v in (*picks, value) if is_picked(m, v)]
    return (
        not is_sized(m, base)
        and all(is_picked(m, v) or _is_int(v) for v in parts)
        and all(_rank(m, v) == 1 for v in picks)
        and all(same(m, masks[0], other) for other in masks)
    )


def _picks_in(m: Machine, index: Value) -> bool:
    return any(is_picked(m, v) for v in (index.items if isinstance(index, Tup) else (index,)))


# -- functions ---------------------------------------------------------------------------------------------------------


def call(m: Machine, fn: Any, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]) -> Value | None:
    """NumPy's function `fn` of what a mask has picked; None where nothing is."""
    if not any(is_picked(m, v) for v in (*args, *(v for _, v in keywords))):
        return None
    name = fn.__name__
    if isinstance(fn, np.ufunc) and fn.signature is None:
        return lifted(m, fn, args, keywords)
    if isinstance(getattr(fn, "__self__", None), np.ufunc):
        name = REDUCED.get(fn.__self__, name) if name == "reduce" else "ufunc method"
        keywords = keywords if len(args) > 1 or "axis" in dict(keywords) else [*keywords, ("axis", Const(0))]
    if name == "where" and len(args) == 1:
        name = "nonzero"
    if name in LIFTED:
        picks = [k for k, v in (*enumerate(args), *keywords) if is_picked(m, v)]
        if any(k not in ELEMENTS.get(name, picks) for k in picks):
            return on_packed(m, fn, args, keywords)
        return lifted(m, fn, args, keywords)
    if name == "unique" and (keywords or len(args) > 1):
        return on_packed(m, fn, args, keywords)
    method = getattr(Picked, AS_METHODS.get(name, name), None)
    if isinstance(method, property) and is_picked(m, args[0]):
        return m.call(Const(getattr), [args[0], Const(name)], ())
    if method is None or not args or not is_picked(m, args[0]):
        return on_packed(m, fn, args, keywords)
    return m.call(Const(method), args, keywords)


def on_packed(m: Machine, fn: Any, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]) -> Value:
    """A function of what masks have picked, as arrays of run-time size; what it writes to them goes back."""
    stands = {v: packed(m, v) for v in (*args, *(v for _, v in keywords)) if isinstance(v, Ref) and is_picked(m, v)}
    owners = {v: m.heap.root(array.id) for v, array in stands.items() if isinstance(array, Ref)}
    before = {v: m.heap.states[id] for v, id in owners.items()}

    def stand(value: Value) -> Value:
        return stands.get(value, value) if isinstance(value, Ref) else value

    result = m.call(Const(fn), [stand(v) for v in args], [(k, stand(v)) for k, v in keywords])
    for value, id in owners.items():
        if m.heap.states[id] != before[value]:
            m.call(Const(operator.setitem), [value, Const(Ellipsis), stands[value]], ())
    for value, id in owners.items():
        if isinstance(rows := part(m, value, "values"), Ref):
            for shown in m.heap.candidates(id):  # `fn` may give a part of the array: a write to one is not in the other
                m.heap.link(shown, rows.id)
    return next((value for value, array in stands.items() if array == result), result)


def refuse(m: Machine, value: Value) -> None:
    """Refuse a use of `x[m]` that needs its size."""
    loc = m.known(part(m, value, "origin"), "a place") if is_picked(m, value) else None
    text = f" ({short(segment(loc))})" if loc is not None and loc != m.loc else ""
    m.fail(UnsupportedError, SIZE + text, INSTEAD)


def lifted(m: Machine, fn: Any, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]) -> Value:
    """A function element by element, of all rows."""
    picks = [v for v in (*args, *(v for _, v in keywords)) if is_picked(m, v)]
    mask, rank = mask_atom(m, picks[0]), _rank(m, picks[0])
    for other in picks[1:]:
        if not same(m, mask, mask_atom(m, other)) or _rank(m, other) != rank:
            return on_packed(m, fn, args, keywords)
    if any(k in ("out", "where") for k, _ in keywords):
        refuse(m, picks[0])

    if any(not is_picked(m, v) and _has_rows(m, v, rank) for v in args):
        return on_packed(m, fn, args, keywords)

    def full(value: Value) -> Value:
        if is_picked(m, value):
            return part(m, value, "values")
        found = m.operand(value)
        if found is None or isinstance(value, (Const, Tup)):
            return value
        shape = array_type(found[0]).shape
        if len(shape) > rank or (len(shape) == rank and shape[0] != 1):
            refuse(m, picks[0])
        return value

    result = m.call(Const(fn), [full(v) for v in args], [(k, full(v)) for k, v in keywords])
    return next((v for v in picks if part(m, v, "values") == result), None) or wrapped(m, result, mask)


def _has_rows(m: Machine, value: Value, rank: int) -> bool:
    """Whether an operand beside what is picked has an axis of rows of its own."""
    if is_sized(m, value):
        return True
    found = m.operand(value) if not isinstance(value, (Const, Tup)) else None
    shape = array_type(found[0]).shape if found is not None else ()
    return len(shape) > rank or (len(shape) == rank and rank > 0 and shape[0] != 1)


def _rank(m: Machine, value: Value) -> int:
    found = m.operand(part(m, value, "values"))
    assert found is not None
    return array_type(found[0]).ndim


def wrapped(m: Machine, result: Value, mask: Atom) -> Value:
    """Rows as what the mask picks of them."""
    if isinstance(result, Tup):
        return Tup(tuple(wrapped(m, v, mask) for v in result.items))
    found = m.operand(result)
    assert found is not None
    rows = result if isinstance(result, Ref) else m.new_array(found[0])
    return picking(m, rows, mask)  # `np.real` of real numbers gives an array that is its operand's


# -- called by the library -----------------------------------------------------------------------------------------


def same_mask(m: Machine, a: Value, b: Value) -> Value:
    """`library.picked.same_mask`: whether two masks are one, as far as it is known."""
    first, second = (m.operand(v) for v in (a, b))
    assert first is not None and second is not None
    return Const(same(m, first[0], second[0]))


def rows_of(m: Machine, array: Value, mask: Value) -> Value:
    """`library.picked.rows_of`: the rows that a mask chooses among, and the mask in one dimension."""
    rows, flat = _rows(m, array, mask)
    return Tup((m.new_array(rows), m.new_array(truth(m, flat))))


def chosen(m: Machine, values: Value, mask: Value) -> Value:
    """`library.picked.chosen`: rows with the place of the call."""
    rows, flags = m.operand(values), m.operand(mask)
    assert rows is not None and flags is not None
    return pick(m, rows[0], truth(m, flags[0]))


def packed_view(m: Machine, value: Value) -> Value:
    """`library.picked.packed`: a change of the rows or of the array makes the other unknown."""
    array, rows = packed(m, value), part(m, value, "values")
    found = part_of(m, array)
    if found is not None and isinstance(rows, Ref):
        m.heap.link(found.room.id, rows.id)
    return array


def spread(m: Machine, value: Value, mask: Value) -> Value:
    """`library.picked.spread`: rows of run-time number where a mask is true."""
    source, flags = part_of(m, value), m.operand(mask)
    assert source is not None and source.extents[0] is not None and flags is not None
    flat, size = truth(m, flags[0]), source.extents[0].size
    count = m.emit("reduce_sum", m.emit("cast", flat, dtype="i64"), axes=(0,))
    ok = pointwise(m, "logical_or", pointwise(m, "eq", size, count), pointwise(m, "eq", size, whole(1)))
    m.check(ok, "builtins.ValueError", picked.MISFIT, [size, count])
    among = pointwise(m, "sub", m.emit("cumsum", m.emit("cast", flat, dtype="i64"), axis=0, reverse=False), whole(1))
    room = m.array(source.room.id)
    shape = static_shape(array_type(room))
    if not shape[0]:
        rows = static_shape(array_type(flat))[0]
        return m.new_array(m.builder.full(Array(array_type(room).dtype, (rows, *shape[1:])), 0))
    last = pointwise(m, "maximum", pointwise(m, "sub", size, whole(1)), whole(0))
    place = pointwise(m, "maximum", pointwise(m, "minimum", among, last), whole(0))
    place = pointwise(m, "add", place, source.extents[0].start)
    place = pointwise(m, "minimum", place, whole(shape[0] - 1))
    spec = (("arr",), *(("slice", 0, d, 1) for d in shape[1:]))
    return make(m, m.new_array(m.emit("index", room, place, spec=spec)), (None, *source.extents[1:]))


def needs_size(m: Machine, value: Value) -> Value:
    """`library.picked.needs_size`."""
    refuse(m, value)
    raise AssertionError


def same(m: Machine, a: Atom, b: Atom) -> bool:
    """Whether two atoms are computed from the same atoms in the same way."""
    makers = {o: e for builder in m.chain for e in builder.eqns for o in e.outputs}
    pairs, seen = [(a, b)], 0
    while pairs and seen < MOST:
        x, y = pairs.pop()
        seen += 1
        if x == y:
            continue
        first, second = (makers.get(v) if isinstance(v, Var) else None for v in (x, y))
        if not isinstance(first, Prim) or not isinstance(second, Prim) or len(first.outputs) != 1:
            return False
        if (first.op, first.attrs, len(first.inputs)) != (second.op, second.attrs, len(second.inputs)):
            return False
        pairs += zip(first.inputs, second.inputs, strict=True)
    return not pairs


PICKED: dict[Any, Callable[..., Value]] = {
    picked.same_mask: same_mask,
    picked.rows_of: rows_of,
    picked.needs_size: needs_size,
    picked.chosen: chosen,
    picked.packed: packed_view,
    picked.spread: spread,
    picked.is_picked: lambda m, value: Const(is_picked(m, value)),
    picked.is_sized: lambda m, value: Const(is_sized(m, value)),
}
