"""The functions that take lists and arrays whose size is known only at run time, and how they do.

Elementwise functions work on the whole room of an array (`myialike.infer.sized`); reductions fill what lies outside of
the array with what changes nothing. Python's own functions loop (`myialike.library.sequences`).
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike import library
from myialike.errors import ShapeError, UnsupportedError
from myialike.infer.emit import cast, pointwise, truth
from myialike.infer.growing import FIRST_CAPACITY, grown, length, need, site_of, static_list
from myialike.infer.heap import GrownState, IteratorState, ListState
from myialike.infer.iteration import indexed
from myialike.infer.list_methods import copied
from myialike.infer.machine import Machine, array_type
from myialike.infer.picked import is_picked, packed, pick
from myialike.infer.ranges import whole
from myialike.infer.sized import (
    Extent,
    Part,
    align,
    dims,
    elementwise,
    filled,
    from_list,
    inside,
    is_sized,
    make,
    matmul,
    moved,
    operand_of,
    part_of,
    plain,
    specialisable,
    window,
)
from myialike.infer.values import (
    NONE,
    BuiltinMethod,
    Const,
    Mapped,
    Num,
    Range,
    Ref,
    Reversed,
    Tup,
    Value,
    Zipped,
    as_num,
)
from myialike.ir.syntax import Atom
from myialike.ir.types import F64, I64, static_shape

Keywords = Sequence[tuple[str, Value]]
Handler = Callable[[Machine, Any, Sequence[Value], Keywords], Value | None]


def is_run_time(m: Machine, value: Value) -> bool:
    """Whether a value has a size that is known only at run time."""
    if isinstance(value, Ref) and isinstance(state := m.state(value.id), IteratorState):
        return is_run_time(m, state.items[0])
    if is_picked(m, value):
        return True
    if isinstance(value, Ref):
        return is_sized(m, value) or grown(m, value) is not None
    if isinstance(value, (Zipped, Reversed, Mapped, Range)):
        parts = value.parts if isinstance(value, Zipped) else value.of if isinstance(value, Mapped) else ()
        parts = (value.of,) if isinstance(value, Reversed) else parts
        return any(isinstance(p, Ref) and is_run_time(m, p) for p in parts)
    return False


def run_time_call(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value | None:
    """A call of a function that takes arguments of run-time size; None where it does not, or there are none."""
    values = [m.use(a) for a in args]
    if _is_constructor(fn) and values:
        return constructed(m, fn, values, keywords)
    inner = [v for a in values for v in _inside(m, a)] if any(fn is f for f in OF_ITEMS) else []
    if not any(is_run_time(m, v) for v in [*values, *inner]):
        return None
    if any(is_picked(m, v) for v in values):
        if not any(fn is f for f in ITERATING):
            return None
        values = [packed(m, v) for v in values]
    elif takes_arrays(fn) and any(grown(m, v) is not None for v in values):
        values = [from_list(m, v) for v in values]
        if not any(is_run_time(m, v) for v in values):
            return m.call(Const(fn), values, keywords)
    handler = _lookup(fn)
    return None if handler is None else handler(m, fn, values, [(k, m.use(v)) for k, v in keywords])


def _is_constructor(fn: Any) -> bool:
    return any(fn is c for c in CONSTRUCTORS)


def takes_arrays(fn: Any) -> bool:
    """Whether a function makes arrays of the lists that it is given: most of NumPy's do."""
    of_numpy = isinstance(fn, np.ufunc) or (getattr(fn, "__module__", None) or "").partition(".")[0] == "numpy"
    return of_numpy and not any(fn is f for f in OF_ITEMS)


def constructed(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value | None:
    """`np.zeros(n)` and its kin for a size that comes from data; None where it is known, or can be compiled in."""
    shape = m.use(args[0])
    dims_given = list(shape.items) if isinstance(shape, Tup) else [shape]
    if not any(isinstance(d, Num) and not specialisable(m, d) for d in dims_given):
        return None
    if any(as_num(d) is None for d in dims_given):
        return None
    found = [(d, None) if isinstance(d, Const) else roomy(m, d, fn is np.arange) for d in dims_given]
    rooms, extents = [d for d, _ in found], tuple(e for _, e in found)
    whole_shape = rooms[0] if not isinstance(shape, Tup) else Tup(tuple(rooms))
    return make(m, m.call(Const(fn), [whole_shape, *args[1:]], keywords), extents)


def roomy(m: Machine, size: Value, clipped: bool) -> tuple[Value, Extent]:
    """Room for a size known only at run time, and the part of it; `clipped`: a negative size is none."""
    num = as_num(size)
    assert num is not None
    count, site = cast(m, num.atom, I64), site_of(m)
    if clipped:
        count = pointwise(m, "maximum", count, whole(0))
    else:
        ok = pointwise(m, "ge", count, whole(0))
        m.check(ok, "builtins.ValueError", "negative dimensions are not allowed")
    least = m.capacities.get(site, FIRST_CAPACITY)
    capacity = num.high if num.high is not None and 0 <= num.high <= LARGEST_BOUND else least
    if capacity != num.high:
        need(m, site, capacity, count)
    return Const(capacity), Extent(whole(0), count)


def _inside(m: Machine, value: Value) -> Sequence[Value]:
    """The items of a tuple or list of arrays, as `np.concatenate` takes it."""
    state = m.state(value.id) if isinstance(value, Ref) else None
    return value.items if isinstance(value, Tup) else state.items if isinstance(state, ListState) else ()


def _lookup(fn: Any) -> Handler | None:
    try:
        if fn in HANDLERS:
            return HANDLERS[fn]
    except TypeError:
        return None
    return on_rooms if isinstance(fn, np.ufunc) and fn.signature is None else None


# -- NumPy's functions ------------------------------------------------------------------------------------------------


def on_rooms(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """An elementwise function."""
    if any(k in ("out", "where") for k, _ in keywords):
        text = f"np.{fn.__name__} of an array of run-time size takes no out= and where="
        m.fail(UnsupportedError, text, "assign the result: y[:k] = ...")
    return elementwise(m, args, lambda plain: m.call(Const(fn), plain, keywords))


def where(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`np.where`; of a condition alone, and `np.nonzero`, the indices of a vector."""
    if len(args) > 1:
        return on_rooms(m, fn, args, keywords)
    part = one_array(m, args, fn)
    if len(part.extents) != 1 or part.extents[0] is None:
        m.fail(UnsupportedError, f"np.{fn.__name__} of {m.describe(args[0])} is not taken", "use a vector")
    flags = truth(m, m.array(part.room.id))
    places = m.emit("arange", start=0, stop=static_shape(array_type(flags))[0], step=1, dtype="i64")
    within = inside(m, part, [0])
    chosen = flags if within is None else pointwise(m, "logical_and", flags, within)
    return Tup((pick(m, pointwise(m, "sub", places, part.extents[0].start), chosen),))


def one_array(m: Machine, args: Sequence[Value], fn: Any) -> Part:
    array = from_list(m, args[0])
    part = part_of(m, array)
    if part is None and isinstance(array, Ref) and m.is_array(array):
        return Part(array, (None,) * array_type(m.array(array.id)).ndim)
    if part is None:
        if isinstance(args[0], Ref) and (state := grown(m, args[0])) is not None:
            m.known(length(state), "the length of this list")
        m.fail(UnsupportedError, f"np.{fn.__name__} of {m.describe(args[0])} is not taken")
    return part


def reduced_axes(m: Machine, part: Part, args: Sequence[Value], keywords: Keywords) -> tuple[int, ...]:
    """The axes that a reduction is over."""
    rank = len(part.extents)
    given = dict(keywords).get("axis", args[1] if len(args) > 1 else NONE)
    found = m.known(given, "an axis")
    if found is None:
        return tuple(range(rank))
    axes = found if isinstance(found, tuple) else (found,)
    if any(not -rank <= a < rank for a in axes):
        m.fail(ShapeError, f"axis {found} is out of bounds for an array of dimension {rank}")
    return tuple(a % rank for a in axes)


def rest(part: Part, axes: Sequence[int], keepdims: bool) -> tuple[Extent | None, ...]:
    """The extents of what a reduction leaves."""
    if keepdims:
        return tuple(None if k in axes else e for k, e in enumerate(part.extents))
    return tuple(e for k, e in enumerate(part.extents) if k not in axes)


def kept(m: Machine, keywords: Keywords) -> bool:
    return bool(m.known(dict(keywords).get("keepdims", Const(False)), "keepdims"))


def reduction(neutral: Callable[[np.dtype[Any]], Any], nonempty: str = "") -> Handler:
    """A reduction: `neutral` of a dtype is what changes nothing; `nonempty` is what NumPy says of no elements."""

    def reduce(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
        part = one_array(m, args, fn)
        axes = reduced_axes(m, part, args, keywords)
        extra = {k for k, _ in keywords} - {"axis", "keepdims", "dtype"}
        if extra:
            m.fail(UnsupportedError, f"{', '.join(sorted(extra))} is not taken for an array of run-time size")
        if nonempty:
            not_empty(m, part, axes, nonempty)
        room = filled(m, part, neutral(array_type(m.array(part.room.id)).dtype), axes)
        return make(m, m.call(Const(fn), [room, *args[1:]], keywords), rest(part, axes, kept(m, keywords)))

    return reduce


def not_empty(m: Machine, part: Part, axes: Sequence[int], text: str) -> None:
    for axis in axes:
        extent = part.extents[axis]
        if extent is not None:
            m.check(pointwise(m, "gt", extent.size, whole(0)), "builtins.ValueError", text)


def lowest(dtype: np.dtype[Any]) -> Any:
    return -np.inf if dtype.kind in "fc" else False if dtype.kind == "b" else int(np.iinfo(dtype).min)


def highest(dtype: np.dtype[Any]) -> Any:
    return np.inf if dtype.kind in "fc" else True if dtype.kind == "b" else int(np.iinfo(dtype).max)


def position(neutral: Callable[[np.dtype[Any]], Any]) -> Handler:
    """`argmax`, `argmin`: counted from the start of the part."""
    inner = reduction(neutral, "attempt to get an argmax of an empty sequence")

    def find(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value | None:
        part = one_array(m, args, fn)
        if len(part.extents) != 1:
            m.fail(UnsupportedError, f"np.{fn.__name__} of {m.describe(args[0])} is not taken", "loop over its rows")
        extent = part.extents[0]
        assert extent is not None
        room = begun(m, part, 0)  # so that an element that is what is filled in comes first
        return inner(m, fn, [make(m, room, (Extent(whole(0), extent.size),)), *args[1:]], keywords)

    return find


def begun(m: Machine, part: Part, axis: int) -> Ref:
    """The room moved so that the part begins at 0 along an axis."""
    extent = part.extents[axis]
    assert extent is not None
    atom = m.array(part.room.id)
    shape = static_shape(array_type(atom))
    return m.new_array(window(m, atom, axis, extent.start, shape[axis]), m.kind(part.room.id))


def mean(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`np.mean`: the sum, in a float dtype, by the number of elements."""
    part = one_array(m, args, fn)
    axes = reduced_axes(m, part, args, keywords)
    dtype = array_type(m.array(part.room.id)).dtype
    wanted = keywords if dtype.kind in "fc" else [*keywords, ("dtype", Const(F64))]
    total = m.call(Const(np.sum), args, wanted)
    count: Value = Const(1)
    sizes = dims(m, part)
    for axis in axes:
        count = m.call(Const(operator.mul), [count, sizes[axis]], [])
    num = as_num(count)
    assert num is not None
    real = dtype if dtype.kind == "f" else F64
    return m.call(Const(np.divide), [total, m.result(cast(m, num.atom, real), "numpy")], [])


def spread(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`np.var`, `np.std` over all elements."""
    if len(args) > 1 or keywords:
        m.fail(UnsupportedError, f"np.{fn.__name__} of an array of run-time size takes no options", "write it out")
    return m.call(Const(library.sequences.variance if fn is np.var else library.sequences.deviation), args, [])


def cumulative(neutral: int) -> Handler:
    """`np.cumsum`, `np.cumprod` of a vector."""

    def scan(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
        part = one_array(m, args, fn)
        if len(part.extents) > 1 and not (len(args) > 1 or dict(keywords).get("axis")):
            m.fail(UnsupportedError, f"np.{fn.__name__} of a flattened array of run-time size is not taken")
        return make(m, m.call(Const(fn), [filled(m, part, neutral), *args[1:]], keywords), part.extents)

    return scan


def ordered(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`np.sort` of a vector: what lies outside is moved to the end, as NaN is."""
    part = one_array(m, args, fn)
    extent = part.extents[0]
    if len(part.extents) != 1 or extent is None:
        m.fail(UnsupportedError, "np.sort of a matrix of run-time size is not taken", "sort its rows in a loop")
    dtype = array_type(m.array(part.room.id)).dtype
    last = np.nan if dtype.kind == "f" else highest(dtype)
    return make(m, m.call(Const(np.sort), [filled(m, part, last)], keywords), (Extent(whole(0), extent.size),))


def product(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`np.dot`, `np.inner`, `np.vdot` of vectors and matrices."""
    a, b = (from_list(m, v) for v in args[:2])
    for v in (a, b):
        if operand_of(m, v) is None:
            return on_rooms(m, np.multiply, [a, b], keywords)
    return matmul(m, a, b)


def outer(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`np.outer` of vectors."""
    found = [operand_of(m, from_list(m, v)) for v in args[:2]]
    operands = [o for o in found if o is not None]
    if len(operands) != 2 or any(len(o.shape) != 1 for o in operands):
        m.fail(UnsupportedError, "np.outer of these arrays of run-time size is not taken", "use two vectors")
    room = m.call(Const(np.outer), [plain(m, o) for o in operands], keywords)
    return make(m, room, (operands[0].extents[0], operands[1].extents[0]))


def norm(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`np.linalg.norm`: of a vector with zeros outside, which change nothing for any order above 0."""
    part = one_array(m, args, fn)
    order = m.known(dict(keywords).get("ord", args[1] if len(args) > 1 else NONE), "ord")
    if order is not None and not (len(part.extents) == 1 and order not in ("fro", "nuc") and order > 0):
        m.fail(UnsupportedError, f"np.linalg.norm with ord={order!r} of {m.describe(args[0])} is not taken")
    if set(dict(keywords)) - {"ord"} or len(args) > 2:
        m.fail(UnsupportedError, "np.linalg.norm of an array of run-time size takes no axis", "write it out")
    return m.call(Const(fn), [filled(m, part, 0), *args[1:]], keywords)


def concatenate(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`np.concatenate`, `np.append`, `np.hstack` of vectors, one after the other."""
    state = grown(m, args[0]) if fn is not np.append else None
    if state is not None:
        return rows_joined(m, fn, state, args, keywords)
    values = list(args) if fn is np.append else list(_inside(m, args[0]))
    if keywords or (fn is not np.append and len(args) > 1) or not values:
        m.fail(UnsupportedError, f"np.{fn.__name__} of arrays of run-time size takes no options")
    parts = []
    for value in values:
        is_number = as_num(value) is not None
        array = m.call(Const(np.atleast_1d), [value], []) if is_number else from_list(m, packed(m, value))
        o = operand_of(m, array)
        if o is None or len(o.shape) != 1:
            m.fail(UnsupportedError, f"np.{fn.__name__} of {m.describe(value)} is not taken here", "use vectors")
        parts.append(o)
    total = sum(o.shape[0] for o in parts)
    dtype = np.result_type(*(array_type(o.atom).dtype for o in parts))
    at: Atom = whole(0)
    out: Atom | None = None
    for o in parts:
        extent = o.extents[0] or Extent(whole(0), whole(o.shape[0]))
        here = window(m, o.atom, 0, extent.start, o.shape[0])
        placed = m.new_array(moved(m, cast(m, here, dtype), 0, at, total))
        mask = inside(m, Part(placed, (Extent(at, extent.size),)), [0])
        new = m.array(placed.id)
        out = new if out is None or mask is None else pointwise(m, "select", mask, new, out)
        at = pointwise(m, "add", at, extent.size)
    assert out is not None
    return make(m, m.new_array(out), (Extent(whole(0), at),))


def rows_joined(m: Machine, fn: Any, state: GrownState, args: Sequence[Value], keywords: Keywords) -> Value:
    """`np.concatenate` of a list of run-time length of arrays: along their first axis, which the list's joins."""
    part = part_of(m, from_list(m, args[0]))
    if keywords or len(args) > 1 or part is None or len(part.extents) < 2 or part.axes() != [0]:
        items = m.new_list(static_list(m, state))
        return m.call(Const(fn), [items, *args[1:]], keywords)
    atom = m.array(part.room.id)
    shape = static_shape(array_type(atom))
    room = m.new_array(m.emit("reshape", atom, shape=(shape[0] * shape[1], *shape[2:])), m.kind(part.room.id))
    extent = part.extents[0]
    assert extent is not None
    size = pointwise(m, "mul", extent.size, whole(shape[1]))
    return make(m, room, (Extent(whole(0), size), *part.extents[2:]))


def stacked(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`np.stack`, `np.vstack` of a list of run-time length of arrays of one shape."""
    state = grown(m, args[0])
    if state is None:
        return stacked_items(m, fn, _inside(m, args[0]), bool(keywords) or len(args) > 1)
    joint = fn is np.stack or (state.spec[0] == "array" and len(state.spec[2]) == 1)
    if not joint or keywords or len(args) > 1:
        return m.call(Const(fn), [m.new_list(static_list(m, state)), *args[1:]], keywords)
    return m.call(Const(np.array), args, [])


def stacked_items(m: Machine, fn: Any, items: Sequence[Value], options: bool) -> Value:
    """`np.stack` of arrays of which some have a run-time size."""
    found = [operand_of(m, from_list(m, packed(m, v))) for v in items]
    operands = [o for o in found if o is not None]
    if options or len(operands) < len(found) or (fn is np.vstack and any(len(o.shape) != 1 for o in operands)):
        text = f"np.{fn.__name__} of these arrays of run-time size is not taken"
        m.fail(UnsupportedError, text, "stack vectors, along the first axis")
    extents = align(m, operands, len(operands[0].shape))
    return make(m, m.call(Const(np.stack), [Tup(tuple(plain(m, o) for o in operands))], []), (None, *extents))


# -- Python's functions -------------------------------------------------------------------------------------------


def plainly(fn: Callable[..., Any]) -> Handler:
    """A function written in the subset, of one vector and without options."""

    def handler(m: Machine, of: Any, args: Sequence[Value], keywords: Keywords) -> Value:
        part = one_array(m, args, of)
        if len(args) > 1 or keywords or len(part.extents) != 1:
            m.fail(UnsupportedError, f"np.{of.__name__} of an array of run-time size takes one vector, and no options")
        return m.call(Const(fn), [from_list(m, args[0])], [])

    return handler


def looping(fn: Callable[..., Any]) -> Handler:
    """A function of Python as a loop."""
    return lambda m, _, args, keywords: m.call(Const(fn), args, keywords)


def extremum(fn: Callable[..., Any], with_default: Callable[..., Any]) -> Handler:
    """`max` or `min` of a sequence."""

    def handler(m: Machine, _: Any, args: Sequence[Value], keywords: Keywords) -> Value | None:
        if len(args) > 1:
            return None
        chosen = with_default if any(k == "default" for k, _ in keywords) else fn
        return m.call(Const(chosen), args, keywords)

    return handler


def py_len(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    part = part_of(m, args[0])
    if part is not None:
        return dims(m, part)[0]
    state = grown(m, args[0])
    if state is None:
        found = indexed(m, args[0])
        assert found is not None
        return found.length
    return length(state)


def py_list(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    state = grown(m, args[0])
    return copied(m, state) if state is not None else m.call(Const(library.sequences.listed), args, [])


def py_sorted(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`sorted` of a list."""
    given = {k: v for k, v in keywords if not (isinstance(v, Const) and v.value is None)}
    by = library.sequences.in_order_of if "key" in given else library.sequences.in_order
    return m.call(Const(by), [py_list(m, list, args, ()), *args[1:]], list(given.items()))


def reduce_call(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    name = library.sequences.reduced if len(args) == 3 else library.sequences.reduced_from_first
    return m.call(Const(name), args, [])


ITERATING = (len, list, sorted, sum, max, min, any, all, functools.reduce)  # functions of Python
OF_ITEMS = (np.concatenate, np.hstack, np.stack, np.vstack, np.array, np.asarray)  # functions of an array for each item
CONSTRUCTORS = (np.zeros, np.ones, np.empty, np.full, np.arange)
LARGEST_BOUND = 4096  # a size with a greater bound gets the room that it turns out to need
ELEMENTWISE = (
    np.clip, np.copy, np.round, np.around, np.nan_to_num, np.real, np.imag, np.zeros_like, np.ones_like,
    np.full_like, np.empty_like, np.array, np.asarray, np.ascontiguousarray, np.asanyarray, abs, np.sinc, np.isclose,
)  # fmt: skip
EMPTY = "zero-size array to reduction operation {} which has no identity"
HANDLERS: dict[Any, Handler] = {
    **dict.fromkeys(ELEMENTWISE, on_rooms),
    **dict.fromkeys((np.sum, np.count_nonzero), reduction(lambda d: 0)),
    **dict.fromkeys((np.where, np.nonzero), where),
    np.prod: reduction(lambda d: 1),
    np.any: reduction(lambda d: 0),
    np.all: reduction(lambda d: 1),
    **dict.fromkeys((np.max, np.amax), reduction(lowest, EMPTY.format("maximum"))),
    **dict.fromkeys((np.min, np.amin), reduction(highest, EMPTY.format("minimum"))),
    np.argmax: position(lowest),
    np.argmin: position(highest),
    np.mean: mean,
    np.var: spread,
    np.std: spread,
    np.cumsum: cumulative(0),
    np.cumprod: cumulative(1),
    np.sort: ordered,
    np.matmul: lambda m, fn, a, k: matmul(m, *a),
    operator.matmul: lambda m, fn, a, k: matmul(m, *a),
    **dict.fromkeys((np.dot, np.inner, np.vdot), product),
    np.outer: outer,
    np.linalg.norm: norm,
    **dict.fromkeys((np.concatenate, np.append, np.hstack), concatenate),
    **dict.fromkeys((np.stack, np.vstack), stacked),
    np.diff: plainly(library.sequences.difference),
    np.flip: plainly(library.sequences.flipped),
    np.median: plainly(library.sequences.median),
    np.trapezoid: plainly(library.sequences.trapezoid),
    len: py_len,
    list: py_list,
    sorted: py_sorted,
    sum: looping(library.sequences.total),
    max: extremum(library.sequences.largest, library.sequences.largest_or),
    min: extremum(library.sequences.smallest, library.sequences.smallest_or),
    any: looping(library.sequences.some),
    all: looping(library.sequences.every),
    functools.reduce: reduce_call,
}
METHODS: dict[str, Any] = {
    name: getattr(np, name)
    for name in ("sum", "prod", "any", "all", "max", "min", "argmax", "argmin", "mean", "var", "std", "cumsum",
                 "cumprod", "dot", "copy", "clip", "round")
}  # fmt: skip
ON_ROOM = ("astype", "conj", "conjugate")


def run_time_method(m: Machine, self: Value, name: str, args: Sequence[Value], keywords: Keywords) -> Value | None:
    """A method of an array of run-time size; None of anything else."""
    part = part_of(m, self)
    if part is None:
        return None
    if name in METHODS:
        return m.call(Const(METHODS[name]), [self, *args], keywords)
    if name in ON_ROOM:
        method = m.call(Const(getattr), [part.room, Const(name)], [])
        return make(m, m.call(method, args, keywords), part.extents)
    if name == "tolist" and len(part.extents) == 1:
        return m.call(Const(library.sequences.as_numbers), [self], [])
    if name == "fill":
        m.call(Const(operator.setitem), [self, Const(Ellipsis), args[0]], [])
        return NONE
    return None


def run_time_attribute(m: Machine, value: Value, name: str) -> Value | None:
    """An attribute of an array of run-time size; None of anything else, and where the room's will do."""
    part = part_of(m, value)
    if part is None:
        return None
    sizes = dims(m, part)
    if name == "shape":
        return Tup(tuple(sizes))
    if name == "size":
        return functools.reduce(lambda a, b: m.call(Const(operator.mul), [a, b], []), sizes)
    if name == "T":
        return make(m, m.call(Const(getattr), [part.room, Const("T")], []), part.extents[::-1])
    if name in ("dtype", "ndim", "itemsize"):
        return m.call(Const(getattr), [part.room, Const(name)], [])
    return BuiltinMethod(name, value) if name in METHODS or name in ON_ROOM or name in ("tolist", "fill") else None

