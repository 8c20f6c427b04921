"""What calls functions for parts of arrays, counts places, or is subscripted: `vectorize`, `ndindex`, `mgrid[...]`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.infer.emit import truth
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api.arguments import array_of, full_shape, known
from myialike.infer.numpy_api.binding import Bound, finish
from myialike.infer.numpy_api.constructors import np_asarray, np_ascontiguousarray
from myialike.infer.sequences import children
from myialike.infer.values import NONE, Const, Fn, Mapped, Partial, Range, Tup, Value
from myialike.ir.types import static_shape
from myialike.library import lifting, places


def np_vectorize(m: Machine, pyfunc: Value, otypes: Value = NONE, doc: Value = NONE, cache: Value = NONE) -> Value:
    """`np.vectorize(f)`: a function that calls f for each element."""
    given = known(m, otypes, "otypes")
    return Partial(Const(lifting.vectorized), (pyfunc, NONE if given is None else Tup(tuple(map(Const, given)))), ())


def call_vectorize(m: Machine, fn: Any, args: list[Value], keywords: list[tuple[str, Value]]) -> Value:
    """Call an object of `np.vectorize` that is made outside."""
    otypes = NONE if fn.otypes is None else Tup(tuple(map(Const, fn.otypes)))
    if fn.excluded or fn.signature is not None:
        return m.call(Const(np.frompyfunc), args, keywords)  # refused
    return m.call(Const(lifting.vectorized), [Const(fn.pyfunc), otypes, *args], keywords)


def np_ndindex(m: Machine, *shape: Value) -> Value:
    """The places of an array of a shape, in C order."""
    dims = full_shape(m, shape[0] if len(shape) == 1 else Tup(shape))
    found = Tup(tuple(map(Const, dims)))
    return Mapped(Partial(Const(places.unflatten), (found,), ()), (Range(Const(0), Const(math.prod(dims)), Const(1)),))


def np_ndenumerate(m: Machine, arr: Value) -> Value:
    array = np_asarray(m, arr)
    dims = static_shape(array_type(array_of(m, array, "np.ndenumerate")[0]))
    part = Partial(Const(places.element), (array, Tup(tuple(map(Const, dims)))), ())
    return Mapped(part, (Range(Const(0), Const(math.prod(dims)), Const(1)),))


def np_asfortranarray(m: Machine, a: Value, dtype: Value = NONE) -> Value:
    """The array in another order in memory: its values are the same."""
    return finish(m, np.asfortranarray, "np.asfortranarray", Bound(order="F"), np_ascontiguousarray(m, a, dtype))


def np_asarray_chkfinite(m: Machine, a: Value, dtype: Value = NONE) -> Value:
    array = np_asarray(m, a, dtype)
    atom, _ = array_of(m, array, "np.asarray_chkfinite")
    if array_type(atom).dtype.kind in "fc":
        flags = m.emit("isfinite", atom)
        rank = array_type(flags).ndim
        every = m.emit("reduce_and", flags, axes=tuple(range(rank))) if rank else flags
        m.check(truth(m, every), "builtins.ValueError", "array must not contain infs or NaNs")
    return array


def np_min_scalar_type(m: Machine, a: Value) -> Value:
    """Of an array its dtype; of a number that is known the smallest that holds it."""
    found = m.operand(a)
    if found is not None and array_type(found[0]).shape:
        return Const(array_type(found[0]).dtype)
    return Const(np.min_scalar_type(known(m, a, "the argument of np.min_scalar_type")))


def np_common_type(m: Machine, *arrays: Value) -> Value:
    return Const(np.common_type(*(np.empty(0, array_type(array_of(m, a, "np.common_type")[0]).dtype) for a in arrays)))


def np_iterable(m: Machine, y: Value) -> Value:
    y = m.use(y)
    if m.is_array(y):
        return Const(bool(array_type(array_of(m, y, "np.iterable")[0]).shape))
    if isinstance(y, Const):
        return Const(np.iterable(y.value))
    return Const(children(m, y) is not None and not isinstance(y, Fn))


ITERATING: dict[Any, Callable[..., Value]] = {
    np.vectorize: np_vectorize,
    np.ndindex: np_ndindex,
    np.ndenumerate: np_ndenumerate,
    np.asfortranarray: np_asfortranarray,
    np.asarray_chkfinite: np_asarray_chkfinite,
    np.min_scalar_type: np_min_scalar_type,
    np.common_type: np_common_type,
    np.iterable: np_iterable,
}
