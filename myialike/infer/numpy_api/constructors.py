"""Making arrays: constants, ranges, copies, diagonals and triangles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.array_indexing import fitted
from myialike.infer.emit import broadcast, cast, pointwise, result_dtype, truth
from myialike.infer.fitting import check_fits
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api.arguments import (
    TRUE,
    array_of,
    axis_of,
    dtype_of,
    flag,
    full_shape,
    integer,
    is_none,
    known,
    number,
    shape_at,
    size_of,
    weak_array,
    zero_of,
)
from myialike.infer.numpy_api.reductions import np_sum
from myialike.infer.numpy_api.shapes import as_view, np_ravel, permuted
from myialike.infer.sequences import expand
from myialike.infer.sized import is_sized
from myialike.infer.values import NONE, Const, Num, Ref, Tup, Value
from myialike.ir.syntax import Atom
from myialike.ir.types import BOOL, F64, I64, SHORT_NAMES, Array, DType, static_shape
from myialike.library import grids, places

FLOAT = Const(float)


def filled(value: int) -> Callable[..., Value]:
    """`zeros`, `ones`, `empty`."""

    def function(m: Machine, shape: Value, dtype: Value = FLOAT) -> Value:
        return m.new_array(broadcast(m, number(dtype_of(m, dtype) or F64, value), full_shape(m, shape)))

    return function


def filled_like(value: int) -> Callable[..., Value]:
    """`zeros_like`, `ones_like`, `empty_like`."""

    def function(m: Machine, a: Value, dtype: Value = NONE, *, shape: Value = NONE) -> Value:
        atom, kind = array_of(m, a, "np.zeros_like")
        dims = static_shape(array_type(atom)) if is_none(shape) else full_shape(m, shape)
        return m.new_array(broadcast(m, number(dtype_of(m, dtype) or array_type(atom).dtype, value), dims), kind)

    return function


def np_full(m: Machine, shape: Value, fill_value: Value, dtype: Value = NONE) -> Value:
    atom, _ = array_of(m, fill_value, "np.full")
    chosen = dtype_of(m, dtype) or array_type(atom).dtype
    check_fits(m, fill_value, chosen, floats=False)
    return m.new_array(fitted(m, converted(m, atom, chosen), full_shape(m, shape)))


def np_full_like(m: Machine, a: Value, fill_value: Value, dtype: Value = NONE, *, shape: Value = NONE) -> Value:
    like, kind = array_of(m, a, "np.full_like")
    atom, _ = array_of(m, fill_value, "np.full_like")
    dims = static_shape(array_type(like)) if is_none(shape) else full_shape(m, shape)
    chosen = dtype_of(m, dtype) or array_type(like).dtype
    check_fits(m, fill_value, chosen, floats=False)
    return m.new_array(fitted(m, converted(m, atom, chosen), dims), kind)


def converted(m: Machine, atom: Atom, dtype: DType) -> Atom:
    """`atom.astype(dtype)`."""
    if array_type(atom).dtype.kind == "c" and dtype.kind not in "cb":
        m.fail(UnsupportedError, f"{atom.type} as {dtype} drops the imaginary part", "write x.real")
    return truth(m, atom) if dtype == BOOL else cast(m, atom, dtype)


def np_array(m: Machine, object: Value, dtype: Value = NONE, *, copy: Value = TRUE, ndmin: Value = Const(0)) -> Value:
    atom, _ = array_of(m, object, "np.array")
    if m.known(copy, "copy") is not True and m.is_array(object):
        found = np_asarray(m, object, dtype)
        rank = integer(m, ndmin, "ndmin")
        if m.known(copy, "copy") is None or found == object:
            old = shape_at(m, found, "np.array")
            return as_view(m, found, "reshape", shape=(1,) * (rank - len(old)) + old) if rank > len(old) else found
    if m.known(copy, "copy") is False and not is_none(object):
        text = "Unable to avoid copy while creating an array as requested."
        m.fail(TypeCheckError, text, "leave out copy=False, or write np.asarray")
    chosen, rank = dtype_of(m, dtype), array_type(atom).ndim
    if chosen is not None:
        check_fits(m, object, chosen)
    made = atom if chosen is None else converted(m, atom, chosen)
    extra = integer(m, ndmin, "ndmin") - rank
    return m.new_array(expand(m, made, (1,) * extra + static_shape(array_type(made))) if extra > 0 else made)


def np_asarray(m: Machine, a: Value, dtype: Value = NONE, *, copy: Value = NONE) -> Value:
    """The array itself where it is one of that dtype already."""
    chosen = dtype_of(m, dtype)
    if m.known(copy, "copy") is True:
        return np_array(m, a, dtype)
    if isinstance(a, Ref) and m.is_array(a) and (chosen is None or chosen == array_type(m.array(a.id)).dtype):
        return a
    if m.known(copy, "copy") is False:
        m.fail(TypeCheckError, "Unable to avoid copy while creating an array as requested.", "leave out copy=False")
    return np_array(m, a, dtype)


def np_ascontiguousarray(m: Machine, a: Value, dtype: Value = NONE) -> Value:
    made = np_asarray(m, a, dtype)
    return made if shape_at(m, made, "np.ascontiguousarray") else np_ravel(m, made)


def np_copy(m: Machine, a: Value) -> Value:
    return m.new_array(*array_of(m, a, "np.copy"))


def method_copy(m: Machine, a: Value) -> Value:
    return np_copy(m, a) if isinstance(a, Ref) else a


def astype(m: Machine, a: Value, dtype: Value, *, copy: Value = TRUE) -> Value:
    atom, kind = array_of(m, a, "astype")
    chosen = dtype_of(m, dtype) or F64
    if isinstance(a, Ref) and not m.known(copy, "copy") and chosen == array_type(atom).dtype:
        return a
    out = converted(m, atom, chosen)
    return m.new_array(out, "jax" if kind == "weak" else kind) if isinstance(a, Ref) else m.result(out, kind)


# -- ranges ------------------------------------------------------------------------------------------------------------


def np_arange(m: Machine, start: Value, stop: Value = NONE, step: Value = Const(1), dtype: Value = NONE) -> Value:
    given = [known(m, v, "an argument of np.arange") for v in (start, stop, step)]
    if given[1] is None:
        given = [0, given[0], given[2]]
    if given[2] == 0:
        m.fail(TypeCheckError, "np.arange: the step must not be zero")
    sample = np.arange(*given, dtype=dtype_of(m, dtype))
    if sample.dtype not in SHORT_NAMES:
        m.fail(UnsupportedError, f"dtype {sample.dtype} is not taken", "use a bool, int, float or complex dtype")
    first = sample[0].item() if len(sample) else 0
    delta = sample[1].item() - first if len(sample) > 1 else 1
    if sample.dtype.kind in "iu":
        return m.new_array(arange(m, first, len(sample), delta, sample.dtype))
    if sample.dtype.kind not in "f":
        m.fail(UnsupportedError, f"np.arange of dtype {sample.dtype} is not taken", "use ints or floats")
    scaled = pointwise(m, "mul", cast(m, arange(m, 0, len(sample)), sample.dtype), number(sample.dtype, delta))
    return m.new_array(pointwise(m, "add", scaled, number(sample.dtype, first)))


def arange(m: Machine, first: int, count: int, step: int = 1, dtype: DType = I64) -> Atom:
    return m.emit("arange", start=first, stop=first + step * count, step=step, dtype=SHORT_NAMES[dtype])


def np_linspace(
    m: Machine,
    start: Value,
    stop: Value,
    num: Value = Const(50),
    endpoint: Value = TRUE,
    retstep: Value = Const(False),
    dtype: Value = NONE,
    axis: Value = Const(0),
) -> Value:
    n, chosen = integer(m, num, "the number of points of np.linspace"), dtype_of(m, dtype)
    if n < 0:
        m.fail(ShapeError, f"the number of points {n} must be non-negative")
    parts = max(n - 1 if flag(m, endpoint, "endpoint") else n, 0)
    pairs = [weak_array(m, v, "np.linspace") for v in (start, stop)]
    ends = [a for a, _ in pairs]
    if any(array_type(e).shape for e in ends):
        if flag(m, retstep, "retstep"):
            m.fail(UnsupportedError, "np.linspace between arrays with retstep is not taken", "compute the step")
        return m.call(Const(grids.linspace), [start, stop, num, endpoint, dtype, axis], ())
    common = result_dtype(m, pairs)
    work: DType = F64 if common.kind in "biu" else common
    lo, hi = (cast(m, e, work) for e in ends)
    span = pointwise(m, "sub", hi, lo)
    count = cast(m, arange(m, 0, n), work)
    step = pointwise(m, "div", span, number(work, parts)) if parts else None
    out = pointwise(m, "add", pointwise(m, "mul", count, span if step is None else step), lo)
    if flag(m, endpoint, "endpoint") and n > 1:
        out = m.emit("index_set", out, hi, spec=(("int", n - 1),))
    if chosen is not None and chosen.kind in "iu":
        out = pointwise(m, "floor", out)
    made = m.new_array(out if chosen is None else converted(m, out, chosen))
    if not flag(m, retstep, "retstep"):
        return made
    return Tup((made, m.result(step if step is not None else number(work, float("nan")), "numpy")))


def np_indices(m: Machine, dimensions: Value, dtype: Value = Const(int)) -> Value:
    dims, chosen = full_shape(m, dimensions), dtype_of(m, dtype) or I64
    if not dims:
        return m.new_array(broadcast(m, zero_of(chosen), (0,)))
    out = [
        broadcast(m, expand(m, arange(m, 0, n, 1, I64), (1, *_thin(dims, k))), (1, *dims)) for k, n in enumerate(dims)
    ]
    joined = m.emit("concatenate", *out, axis=0) if len(out) > 1 else out[0]
    return m.new_array(cast(m, joined, chosen))


def _thin(dims: tuple[int, ...], k: int) -> tuple[int, ...]:
    return tuple(n if j == k else 1 for j, n in enumerate(dims))


def np_ix_(m: Machine, *args: Value) -> Value:
    if any(is_sized(m, a) for a in args):
        return m.call(Const(places.open_mesh), args, [])
    out: list[Value] = []
    for k, a in enumerate(args):
        atom, kind = array_of(m, a, "np.ix_")
        if array_type(atom).ndim != 1:
            m.fail(UnsupportedError, f"np.ix_ of {atom.type} is not taken", "give vectors of ints")
        if array_type(atom).dtype == BOOL:
            return m.call(Const(places.open_mesh), args, [])
        out.append(m.new_array(expand(m, atom, _thin((size_of(atom),) * len(args), k)), kind))
    return Tup(tuple(out))


# -- diagonals and triangles ---------------------------------------------------------------------------------------


def np_eye(m: Machine, N: Value, M: Value = NONE, k: Value = Const(0), dtype: Value = FLOAT) -> Value:
    rows = integer(m, N, "a shape")
    cols = rows if is_none(M) else integer(m, M, "a shape")
    return m.new_array(converted(m, diagonal_mask(m, rows, cols, integer(m, k, "k"), "eq"), dtype_of(m, dtype) or F64))


def np_identity(m: Machine, n: Value, dtype: Value = FLOAT) -> Value:
    return np_eye(m, n, dtype=dtype)


def np_tri(m: Machine, N: Value, M: Value = NONE, k: Value = Const(0), dtype: Value = FLOAT) -> Value:
    rows = integer(m, N, "a shape")
    cols = rows if is_none(M) else integer(m, M, "a shape")
    return m.new_array(converted(m, diagonal_mask(m, rows, cols, integer(m, k, "k"), "le"), dtype_of(m, dtype) or F64))


def diagonal_mask(m: Machine, rows: int, cols: int, k: int, relation: str) -> Atom:
    """Whether `column - row` stands in a relation to k, for every place of a matrix."""
    return pointwise(m, relation, arange(m, -k, cols), expand(m, arange(m, 0, rows), (rows, 1)))


def triangle(relation: str, what: str) -> Callable[..., Value]:
    """`tril`, `triu`."""

    def function(m: Machine, array: Value, k: Value = Const(0)) -> Value:
        atom, kind = array_of(m, array, what)
        shape = static_shape(array_type(atom))
        if len(shape) < 2:
            m.fail(UnsupportedError, f"{what} of {atom.type} is not taken", "give a matrix")
        mask = diagonal_mask(m, shape[-2], shape[-1], integer(m, k, "k"), relation)
        return m.new_array(
            pointwise(m, "select", broadcast(m, mask, shape), atom, zero_of(array_type(atom).dtype)), kind
        )

    return function


def diagonal_places(m: Machine, n: int, off: int) -> tuple[Atom, Atom]:
    """Rows and columns of the n elements of a diagonal."""
    return arange(m, max(-off, 0), n), arange(m, max(off, 0), n)


def np_diag(m: Machine, v: Value, k: Value = Const(0)) -> Value:
    atom, kind = array_of(m, v, "np.diag")
    shape, off = static_shape(array_type(atom)), integer(m, k, "k")
    if len(shape) == 2:
        return np_diagonal(m, v, k)
    if len(shape) != 1:
        m.fail(ShapeError, f"np.diag takes a vector or a matrix, not {atom.type}")
    n = shape[0] + abs(off)
    zeros = m.builder.full(Array(array_type(atom).dtype, (n, n)), zero_of(array_type(atom).dtype).value)
    places = diagonal_places(m, shape[0], off)
    return m.new_array(m.emit("index_set", zeros, atom, *places, spec=(("arr",), ("arr",))), kind)


def np_diagflat(m: Machine, v: Value, k: Value = Const(0)) -> Value:
    return np_diag(m, np_ravel(m, v), k)


def np_diagonal(
    m: Machine, a: Value, offset: Value = Const(0), axis1: Value = Const(0), axis2: Value = Const(1)
) -> Value:
    atom, kind = array_of(m, a, "np.diagonal")
    rank = array_type(atom).ndim
    if rank < 2:
        m.fail(ShapeError, f"a diagonal needs an array of rank 2 or more, not {atom.type}")
    i, j = axis_of(m, axis1, rank, "np.diagonal"), axis_of(m, axis2, rank, "np.diagonal")
    if i == j:
        m.fail(ShapeError, "np.diagonal: axis1 and axis2 cannot be the same")
    rest = tuple(k for k in range(rank) if k not in (i, j))
    atom, _ = array_of(m, permuted(m, m.new_array(atom, kind), (*rest, i, j), rank), "np.diagonal")
    *others, rows, cols = static_shape(array_type(atom))
    off = integer(m, offset, "offset")
    n = max(min(rows + min(off, 0), cols - max(off, 0)), 0)
    if not n:
        return m.new_array(broadcast(m, zero_of(array_type(atom).dtype), (*others, 0)), kind)
    spec = (*(("slice", 0, d, 1) for d in others), ("arr",), ("arr",))
    return m.new_read_only(a, m.emit("index", atom, *diagonal_places(m, n, off), spec=spec), kind)


def np_trace(
    m: Machine,
    a: Value,
    offset: Value = Const(0),
    axis1: Value = Const(0),
    axis2: Value = Const(1),
    dtype: Value = NONE,
) -> Value:
    return np_sum(m, np_diagonal(m, a, offset, axis1, axis2), Const(-1), dtype)


def last_two(fn: Callable[..., Value]) -> Callable[..., Value]:
    """`np.linalg.trace`, `np.linalg.diagonal`: of the last two axes."""
    return lambda m, x, *, offset=Const(0): fn(m, x, offset, Const(-2), Const(-1))


# -- conversions -------------------------------------------------------------------------------------------------------


def python_number(m: Machine, atom: Atom) -> Value:
    """A number as the Python number that `item()` gives."""
    dtype = {"b": BOOL, "i": I64, "u": I64, "c": np.dtype(complex)}.get(array_type(atom).dtype.kind, F64)
    return Num(cast(m, atom, dtype), "python")


def fill(m: Machine, a: Value, value: Value) -> Value:
    if not isinstance(a, Ref):
        m.fail(UnsupportedError, "the method fill() of a number changes nothing, and is not taken", "leave it out")
    type = array_type(m.array(a.id))
    atom, _ = array_of(m, value, "fill")
    if size_of(atom) != 1:
        m.fail(ShapeError, f"fill() takes a number, not {atom.type}")
    check_fits(m, value, type.dtype, is_set=True)
    m.write(a.id, broadcast(m, converted(m, atom, type.dtype), type.shape))
    return NONE


CONSTRUCTORS: dict[Any, Callable[..., Value]] = {
    np.zeros: filled(0),
    np.ones: filled(1),
    np.empty: filled(0),
    np.ndarray: filled(0),
    np.zeros_like: filled_like(0),
    np.ones_like: filled_like(1),
    np.empty_like: filled_like(0),
    np.full: np_full,
    np.full_like: np_full_like,
    np.array: np_array,
    np.asarray: np_asarray,
    np.asanyarray: np_asarray,
    np.copy: np_copy,
    np.arange: np_arange,
    np.astype: lambda m, x, dtype, *, copy=TRUE: astype(m, x, dtype, copy=copy),
    np.ascontiguousarray: np_ascontiguousarray,
    np.linspace: np_linspace,
    np.indices: np_indices,
    np.ix_: np_ix_,
    np.eye: np_eye,
    np.identity: np_identity,
    np.tri: np_tri,
    np.tril: triangle("le", "np.tril"),
    np.triu: triangle("ge", "np.triu"),
    np.diag: np_diag,
    np.diagflat: np_diagflat,
    np.diagonal: np_diagonal,
    np.trace: np_trace,
    np.linalg.trace: last_two(np_trace),
    np.linalg.diagonal: last_two(np_diagonal),
}
