"""The functions that take lists and arrays whose size is known only at run time, and how they do.

Elementwise functions work on the whole room of an array (`myialike.infer.sized`); reductions fill what lies outside of
the array with what changes nothing. Python's own functions loop (`myialike.library.sequences`).
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike import library
from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.dicts import by_lookup, contents, is_queue
from myialike.infer.emit import cast, pointwise, truth
from myialike.infer.growing import (
    FIRST_CAPACITY,
    grown,
    length,
    need,
    opened_for_reading,
    part_of_list,
    site_of,
)
from myialike.infer.heap import IteratorState, ListState
from myialike.infer.items import buffers, only_numbers
from myialike.infer.iteration import indexed
from myialike.infer.list_methods import copied
from myialike.infer.machine import Machine, array_type
from myialike.infer.picked import is_picked, packed, pick
from myialike.infer.ranges import is_absent, whole
from myialike.infer.sequences import is_iterator, static_items
from myialike.infer.sized import (
    Extent,
    dims,
    elementwise,
    from_list,
    inside,
    is_sized,
    make,
    part_of,
    specialisable,
)
from myialike.infer.sized_joining import JOINING, array, inner_values, rank_of
from myialike.infer.sized_products import PRODUCTS
from myialike.infer.sized_reductions import REDUCTIONS, one_array, sort_in_place
from myialike.infer.sized_shapes import MOVING, SHAPES, flatten, method_reshape, method_transpose, moving
from myialike.infer.values import (
    NONE,
    BuiltinMethod,
    Const,
    Filtered,
    Mapped,
    Num,
    Range,
    Ref,
    Reversed,
    Tup,
    Value,
    Zipped,
    as_num,
    is_optional,
    parts,
)
from myialike.ir.types import F64, I64, static_shape
from myialike.library import run_time_arrays

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
    if isinstance(value, (Zipped, Reversed, Mapped)):
        return any(is_run_time(m, p) for p in parts(value))
    return isinstance(value, Filtered)


def is_counted(m: Machine, value: Value) -> bool:
    """Whether the items are as many as a range has, or a zip or map of it, which is long or has bounds of run time."""
    if isinstance(value, Ref) and isinstance(state := m.state(value.id), IteratorState):
        return is_counted(m, state.items[0])
    if isinstance(value, Range):
        data = any(isinstance(v, Num) and not specialisable(m, v) for v in parts(value))
        return data or (all(isinstance(v, Const) for v in parts(value)) and static_items(m, value) is None)
    return isinstance(value, (Zipped, Reversed, Mapped)) and any(is_counted(m, v) for v in parts(value))


def run_time_call(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value | None:
    """A call of a function that takes arguments of run-time size; None where it does not, or there are none."""
    values = [a if is_optional(a) else m.use(a) for a in args]
    if of_numpy(fn) and any(isinstance(v, Range) or is_queue(m, v) for v in values):
        items = [m.call(Const(list), [v], []) if isinstance(v, Range) or is_queue(m, v) else v for v in values]
        return m.call(Const(fn), items, keywords)
    if _is_constructor(fn) and values:
        return constructed(m, fn, values, keywords)
    inner = [v for a in values for v in inner_values(m, a)] if any(fn is f for f in OF_ITEMS) else []
    loops = any(fn is f for f in ITERATING)
    if loops and any(contents(m, v) is not v for v in values):
        named = [(k, by_lookup(m, values[0], v) if k == "key" else v) for k, v in keywords]
        return m.call(Const(fn), [contents(m, v) for v in values], named)
    counted = loops and fn is not len and any(is_counted(m, v) for v in values)
    if not counted and not any(is_run_time(m, v) for v in [*values, *inner]):
        return None
    if any(is_picked(m, v) for v in values):
        if not loops:
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
    return of_numpy(fn) and not any(fn is f for f in OF_ITEMS)


def of_numpy(fn: Any) -> bool:
    return isinstance(fn, np.ufunc) or (getattr(fn, "__module__", None) or "").partition(".")[0] == "numpy"


def constructed(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value | None:
    """`np.zeros(n)` and its kin for a size that comes from data; None where it is known, or can be compiled in."""
    if fn is np.arange and (len(args) + len(keywords) > 1 or _is_float(args[0])):
        return counted(m, args, keywords)
    if fn in (np.linspace, np.eye, np.identity):
        known = run_time_arrays.linspace if fn is np.linspace else run_time_arrays.eye
        sizes = [*args[2:3], *(v for k, v in keywords if k == "num")] if fn is np.linspace else args[:2]
        data = any(isinstance(v, Num) and not specialisable(m, v) for v in map(m.use, sizes))
        return m.call(Const(known), args, keywords) if data else None
    shape = m.use(args[0])
    if isinstance(shape, Ref) and isinstance(state := m.state(shape.id), ListState):
        shape = Tup(state.items)
    dims_given = list(shape.items) if isinstance(shape, Tup) else [shape]
    if not any(isinstance(d, Num) and not specialisable(m, d) for d in dims_given):
        return None
    if any((n := as_num(d)) is None or n.dtype.kind not in "iu" for d in dims_given):
        return None
    found = [(d, None) if isinstance(d, Const) else roomy(m, d, fn is np.arange) for d in dims_given]
    rooms, extents = [d for d, _ in found], tuple(e for _, e in found)
    whole_shape = rooms[0] if not isinstance(shape, Tup) else Tup(tuple(rooms))
    return make(m, m.call(Const(fn), [whole_shape, *args[1:]], keywords), extents)


def counted(m: Machine, args: Sequence[Value], keywords: Keywords) -> Value | None:
    """`np.arange(start, stop, step)` of numbers of run time."""
    numbers = [as_num(m.use(v)) for v in args]
    if not any(isinstance(v, Num) and not specialisable(m, v) for v in map(m.use, args)):
        return None
    if keywords or any(n is None or (n.dtype.kind not in "iu" and n.dtype != F64) for n in numbers):
        return None
    return m.call(Const(run_time_arrays.arange), args, [])


def _is_float(value: Value) -> bool:
    num = as_num(value)
    return num is not None and num.dtype == F64


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


def as_array(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`np.array`, `np.asarray` of an array, or of several."""
    if grown(m, args[0]) is not None:
        return on_rooms(m, fn, args, keywords)
    if is_sized(m, args[0]):
        least = m.known(dict(keywords).get("ndmin", Const(0)), "ndmin")
        named = [(k, v) for k, v in keywords if k != "ndmin"]
        found = on_rooms(m, fn, args, named) if fn is np.array or len(args) > 1 or named else args[0]
        new = [Const(None)] * max(least - rank_of(m, found), 0)
        return m.call(Const(operator.getitem), [found, Tup((*new, Const(...)))], []) if new else found
    stacked = taking(array)(m, fn, args, keywords)
    assert stacked is not None
    return stacked


def of_types(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """A function that looks at dtypes and ranks only."""
    parts = [part_of(m, a) for a in args]
    return m.call(Const(fn), [a if p is None else p.room for a, p in zip(args, parts, strict=True)], keywords)


def np_shape(m: Machine, a: Value) -> Value:
    return m.call(Const(getattr), [a, Const("shape")], [])


def np_size(m: Machine, a: Value, axis: Value = NONE) -> Value:
    if is_absent(axis):
        return m.call(Const(getattr), [a, Const("size")], [])
    return m.call(Const(operator.getitem), [np_shape(m, a), axis], [])


def where(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`np.where`; of a condition alone, and `np.nonzero`, the indices of a vector."""
    if len(args) > 1:
        return on_rooms(m, fn, args, keywords)
    part = one_array(m, args[0], fn.__name__)
    if len(part.extents) != 1 or part.extents[0] is None:
        m.fail(UnsupportedError, f"np.{fn.__name__} of {m.describe(args[0])} is not taken", "use a vector")
    flags = truth(m, m.array(part.room.id))
    places = m.emit("arange", start=0, stop=static_shape(array_type(flags))[0], step=1, dtype="i64")
    within = inside(m, part, [0])
    chosen = flags if within is None else pointwise(m, "logical_and", flags, within)
    return Tup((pick(m, pointwise(m, "sub", places, part.extents[0].start), chosen),))


# -- Python's functions -------------------------------------------------------------------------------------------


def taking(function: Callable[..., Value]) -> Handler:
    """A function of the values that NumPy's takes; `out=None` is left out where it has no place for it."""
    signature = inspect.signature(function)
    parameters = signature.parameters
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())

    def handler(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
        given = {k: v for k, v in keywords if open_ended or k in parameters or not is_absent(v)}
        try:
            signature.bind(m, *args, **given)
        except TypeError as error:
            text = f"np.{fn.__name__} of an array of run-time size does not take these arguments: {error}"
            m.fail(UnsupportedError, text, "its plain form, or a loop")
        return function(m, *args, **given)

    return handler


def written(function: Callable[..., Any]) -> Handler:
    """A function of the library."""

    def handler(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
        args = [from_list(m, packed(m, a)) for a in args]
        return m.call(Const(function), args, keywords)

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
        is_lazy = isinstance(args[0], (Zipped, Reversed, Mapped)) or is_iterator(m, args[0])
        return m.call(Const(chosen), [py_list(m, list, args, ())] if is_lazy else args, keywords)

    return handler


def py_len(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    part = part_of(m, args[0])
    if part is not None:
        return dims(m, part)[0]
    state = grown(m, args[0])
    if is_iterator(m, args[0]):
        m.fail(TypeCheckError, "an iterator has no length", "make a list of it")
    if state is None:
        found = indexed(m, args[0])
        assert found is not None
        return found.length
    return length(state)


def py_list(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    xs, state = args[0], grown(m, args[0])
    if state is not None and isinstance(xs, Ref):
        return copied(m, xs, state)
    return m.call(Const(library.sequences.listed), args, [])


def py_sorted(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`sorted` of a list."""
    given = {k: v for k, v in keywords if not (isinstance(v, Const) and v.value is None)}
    xs, state = args[0], grown(m, args[0])
    if "key" in given and state is not None and isinstance(xs, Ref) and not only_numbers(state.spec):
        found = m.call(Const(library.sequences.order_of), [xs], list(given.items()))
        if grown(m, found) is None:  # the length of the list is known
            opened = opened_for_reading(m, static_items(m, found) or ())
            if opened is None:
                return copied(m, xs, state)  # it is empty
            found = opened
        order = grown(m, found)
        assert order is not None
        return part_of_list(m, xs, state, m.array(buffers(order)[0]), length(order))
    by = library.sequences.in_order_of if "key" in given else library.sequences.in_order
    return m.call(Const(by), [py_list(m, list, args, ()), *args[1:]], list(given.items()))


def reduce_call(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    if len(args) == 3:
        return m.call(Const(library.sequences.reduced), args, [])
    items = py_list(m, list, args[1:2], ()) if is_iterator(m, args[1]) else args[1]
    return m.call(Const(library.sequences.reduced_from_first), [args[0], items], [])


def select(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`np.select`, whose arrays are the items of its lists."""
    return m.call(Const(run_time_arrays.select), args, keywords)


def outer(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`np.add.outer(a, b)`: the ufunc of a with new axes behind, and b."""
    a, b = (from_list(m, v) for v in args)
    part = part_of(m, b)
    rank = rank_of(m, b) if part is None else len(part.extents)
    wide = m.call(Const(operator.getitem), [a, Tup((Const(...), *[NONE] * rank))], [])
    return m.call(Const(fn.__self__), [wide, b], keywords)


ITERATING = (len, list, sorted, sum, max, min, any, all, functools.reduce)  # functions of Python
OF_ITEMS = (*JOINING, np.array, np.asarray, np.asanyarray, np.select)  # functions of an array for each item
CONSTRUCTORS = (np.zeros, np.ones, np.empty, np.ndarray, np.full, np.arange, np.linspace, np.eye, np.identity)
LARGEST_BOUND = 4096  # a size with a greater bound gets the room that it turns out to need
ELEMENTWISE = (
    np.clip, np.copy, np.round, np.around, np.nan_to_num, np.real, np.imag, np.zeros_like, np.ones_like,
    np.full_like, np.empty_like, np.ascontiguousarray, abs, np.sinc, np.isclose,
)  # fmt: skip
WRITTEN = {
    getattr(np, name): getattr(run_time_arrays, name)
    for name in (
        "median ptp take take_along_axis roll repeat tile flip diagonal diag trace tril triu convolve correlate "
        "polyval meshgrid extract compress array_equal vander"
    ).split()
} | {np.var: run_time_arrays.variance, np.std: run_time_arrays.deviation, np.linalg.norm: run_time_arrays.norm}
HANDLERS: dict[Any, Handler] = {
    **dict.fromkeys(ELEMENTWISE, on_rooms),
    **dict.fromkeys((np.array, np.asarray, np.asanyarray), as_array),
    **dict.fromkeys((np.where, np.nonzero), where),
    **dict.fromkeys((np.ndim, np.result_type, np.can_cast, np.iscomplexobj, np.isrealobj, np.isscalar), of_types),
    np.shape: taking(np_shape),
    np.size: taking(np_size),
    **{fn: taking(function) for fn, function in (REDUCTIONS | JOINING | PRODUCTS | SHAPES).items()},
    **{fn: written(function) for fn, function in WRITTEN.items()},
    np.select: select,
    **{u.outer: outer for u in (np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum, np.power)},
    **dict.fromkeys(MOVING, lambda m, fn, a, k: moving(m, fn, a, k)),
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
                 "cumprod", "dot", "copy", "clip", "round", "ravel", "swapaxes", "squeeze", "repeat", "argsort",
                 "take", "nonzero", "searchsorted", "diagonal", "trace")
}  # fmt: skip
OWN: dict[str, Callable[..., Value]] = {
    "reshape": method_reshape, "transpose": method_transpose, "flatten": flatten, "sort": sort_in_place,
}  # fmt: skip
ON_ROOM = ("astype", "conj", "conjugate")


def run_time_method(m: Machine, self: Value, name: str, args: Sequence[Value], keywords: Keywords) -> Value | None:
    """A method of an array of run-time size; None of anything else."""
    part = part_of(m, self)
    if part is None:
        return None
    if name in METHODS:
        return m.call(Const(METHODS[name]), [self, *args], keywords)
    if name in OWN:
        return taking(OWN[name])(m, getattr(np.ndarray, name), [self, *args], keywords)
    if name in ON_ROOM:
        method = m.call(Const(getattr), [part.room, Const(name)], [])
        found = m.call(method, args, keywords)
        return self if found == part.room else make(m, found, part.extents)
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
    known = name in METHODS or name in OWN or name in ON_ROOM or name in ("tolist", "fill")
    return BuiltinMethod(name, value) if known else None
