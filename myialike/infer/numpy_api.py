"""NumPy's functions, as compositions of the typed operations.

Each function here has the parameters of the NumPy function of its name, as far as they are taken, so Python binds the
arguments; a keyword that is not taken is refused. `FUNCTIONS` maps NumPy's objects to them, `METHODS` the names of array methods.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.arith import binary, compare, matmul, operand, ufunc
from myialike.infer.emit import broadcast, broadcast_shapes, cast, join_kinds, pointwise, result_dtype, truth
from myialike.infer.indexing import get_item
from myialike.infer.machine import Machine, array_type
from myialike.infer.sequences import expand, gather, static_items
from myialike.infer.sequences import stack as stack_atoms
from myialike.infer.values import NONE, Const, Kind, Num, Ref, Slice, Tup, Value, is_number
from myialike.ir.builder import python_scalar
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import BOOL, F64, I64, SHORT_NAMES, Array, DType, static_shape

FALSE, TRUE = Const(False), Const(True)


# -- arguments ------------------------------------------------------------------------------------------------------


def array_of(m: Machine, value: Value, what: str) -> tuple[Atom, Kind]:
    found = gather(m, m.use(value))
    if found is None:
        m.fail(TypeCheckError, f"{what} takes an array, not {m.describe(value)}")
    return found


def axes_of(m: Machine, axis: Value, rank: int, what: str) -> tuple[int, ...]:
    """Axes from an `axis` argument: None is all of them; negative ones count from the end."""
    known = m.known(axis, "an axis")
    if known is None:
        return tuple(range(rank))
    axes = known if isinstance(known, tuple) else (known,)
    for a in axes:
        if not -rank <= a < rank:
            m.fail(ShapeError, f"{what}: axis {a} is out of bounds for an array of dimension {rank}")
    return tuple(sorted(a % rank for a in axes))


def axis_of(m: Machine, axis: Value, rank: int, what: str) -> int:
    return axes_of(m, axis, rank, what)[0]


def shape_of(m: Machine, shape: Value) -> tuple[int, ...]:
    known = m.known(shape if not isinstance(shape, Ref) else Tup(static_items(m, shape) or ()), "a shape")
    dims = known if isinstance(known, tuple) else (known,)
    if not all(isinstance(d, (int, np.integer)) for d in dims):
        m.fail(TypeCheckError, f"a shape is ints, not {known!r}")
    return tuple(int(d) for d in dims)


def dtype_of(m: Machine, dtype: Value) -> DType | None:
    known = m.known(dtype, "a dtype")
    if known is None:
        return None
    try:
        found: DType = np.dtype(known)
    except TypeError:
        m.fail(TypeCheckError, f"{known!r} is not a dtype")
    if found not in SHORT_NAMES:
        m.fail(UnsupportedError, f"dtype {found} is not taken", "use a bool, int, float or complex dtype")
    return found


def flag(m: Machine, value: Value, what: str) -> bool:
    return bool(m.known(value, what))


# -- reductions ----------------------------------------------------------------------------------------------------


def reduce_with(op: str, identity_needed: bool = False) -> Callable[..., Value]:
    """A reduction over axes; sums and products of small ints and bools are done in the platform's int."""

    def reduction(m: Machine, a: Value, axis: Value = NONE, dtype: Value = NONE, keepdims: Value = FALSE) -> Value:
        atom, kind = array_of(m, a, op)
        atom = accumulating(m, op, atom, dtype_of(m, dtype))
        return reduced(m, op, atom, kind, axis, flag(m, keepdims, "keepdims"), identity_needed)

    return reduction


def accumulating(m: Machine, op: str, atom: Atom, dtype: DType | None) -> Atom:
    found = array_type(atom).dtype
    if op in ("reduce_and", "reduce_or"):
        return truth(m, atom)
    if dtype is None and op in ("reduce_sum", "reduce_prod", "cumsum", "cumprod") and found.kind in "bui":
        dtype = np.dtype(np.uint64) if found.kind == "u" else I64
    return atom if dtype is None else cast(m, atom, dtype)


def reduced(m: Machine, op: str, atom: Atom, kind: Kind, axis: Value, keepdims: bool, nonempty: bool = False) -> Value:
    shape = static_shape(array_type(atom))
    axes = axes_of(m, axis, len(shape), op)
    if nonempty and any(shape[a] == 0 for a in axes):
        m.fail(ShapeError, f"{op.removeprefix('reduce_')} of an empty array has no value")
    return m.result(reduce_atom(m, op, atom, axes, keepdims), "numpy" if kind == "python" else kind)


def reduce_atom(m: Machine, op: str, atom: Atom, axes: Sequence[int], keepdims: bool = False) -> Atom:
    shape = static_shape(array_type(atom))
    if array_type(atom).dtype == BOOL:
        op = {"reduce_max": "reduce_or", "reduce_min": "reduce_and"}.get(op, op)
    out = m.emit(op, atom, axes=tuple(axes)) if axes else atom
    if keepdims and shape:
        return expand(m, out, tuple(1 if k in axes else d for k, d in enumerate(shape)))
    return out


def np_mean(m: Machine, a: Value, axis: Value = NONE, dtype: Value = NONE, keepdims: Value = FALSE) -> Value:
    atom, kind = array_of(m, a, "np.mean")
    chosen = dtype_of(m, dtype) or (F64 if array_type(atom).dtype.kind in "biu" else array_type(atom).dtype)
    atom = cast(m, atom, chosen)
    axes = axes_of(m, axis, array_type(atom).ndim, "np.mean")
    total = reduce_atom(m, "reduce_sum", atom, axes, flag(m, keepdims, "keepdims"))
    return m.result(pointwise(m, "div", total, count_literal(atom, axes, 0)), "numpy" if kind == "python" else kind)


def count_literal(atom: Atom, axes: Sequence[int], ddof: int) -> Atom:
    type = array_type(atom)
    n = int(np.prod([static_shape(type)[a] for a in axes], dtype=int)) - ddof
    return Lit(python_scalar(type.dtype, max(n, 0)), Array(type.dtype))


def np_var(m: Machine, a: Value, axis: Value = NONE, dtype: Value = NONE, ddof: Value = Const(0),
           keepdims: Value = FALSE) -> Value:
    atom, kind = array_of(m, a, "np.var")
    chosen = dtype_of(m, dtype) or (F64 if array_type(atom).dtype.kind in "biu" else array_type(atom).dtype)
    return m.result(variance(m, cast(m, atom, chosen), axis, m.known(ddof, "ddof"), flag(m, keepdims, "keepdims")),
                    "numpy" if kind == "python" else kind)


def variance(m: Machine, atom: Atom, axis: Value, ddof: int, keepdims: bool) -> Atom:
    axes = axes_of(m, axis, array_type(atom).ndim, "np.var")
    mean = pointwise(m, "div", reduce_atom(m, "reduce_sum", atom, axes, True), count_literal(atom, axes, 0))
    off = pointwise(m, "sub", atom, mean)
    if array_type(off).dtype.kind == "c":
        off = m.emit("real", pointwise(m, "mul", off, m.emit("conj", off)))
    else:
        off = pointwise(m, "mul", off, off)
    return pointwise(m, "div", reduce_atom(m, "reduce_sum", off, axes, keepdims), count_literal(off, axes, ddof))


def np_std(m: Machine, a: Value, axis: Value = NONE, dtype: Value = NONE, ddof: Value = Const(0),
           keepdims: Value = FALSE) -> Value:
    return ufunc(m, np.sqrt, [np_var(m, a, axis, dtype, ddof, keepdims)])


def arg_reduce(op: str) -> Callable[..., Value]:
    def reduction(m: Machine, a: Value, axis: Value = NONE, keepdims: Value = FALSE) -> Value:
        atom, kind = array_of(m, a, op)
        flat = m.known(axis, "an axis") is None
        if flat:
            atom = m.emit("reshape", atom, shape=(size_of(atom),))
        where = 0 if flat else axis_of(m, axis, array_type(atom).ndim, op)
        if static_shape(array_type(atom))[where] == 0:
            m.fail(ShapeError, f"{op} of an empty array has no value")
        if array_type(atom).dtype == BOOL:
            atom = cast(m, atom, np.dtype(np.int8))
        return m.result(m.emit(op, atom, axis=where), "numpy" if kind == "python" else kind)

    return reduction


def size_of(atom: Atom) -> int:
    return int(np.prod(static_shape(array_type(atom)), dtype=int))


def cumulative(op: str) -> Callable[..., Value]:
    def scan(m: Machine, a: Value, axis: Value = NONE, dtype: Value = NONE) -> Value:
        atom, kind = array_of(m, a, op)
        atom = accumulating(m, op, atom, dtype_of(m, dtype))
        if m.known(axis, "an axis") is None:
            atom, axis = m.emit("reshape", atom, shape=(size_of(atom),)), Const(0)
        where = axis_of(m, axis, array_type(atom).ndim, op)
        return m.result(m.emit(op, atom, axis=where, reverse=False), "numpy" if kind == "python" else kind)

    return scan


def np_ptp(m: Machine, a: Value, axis: Value = NONE, keepdims: Value = FALSE) -> Value:
    high, low = (reduce_with(op, True)(m, a, axis, NONE, keepdims) for op in ("reduce_max", "reduce_min"))
    return binary(m, "-", high, low)


def np_average(m: Machine, a: Value, axis: Value = NONE, weights: Value = NONE) -> Value:
    if isinstance(weights, Const) and weights.value is None:
        return np_mean(m, a, axis)
    total = np_sum(m, ufunc(m, np.multiply, [a, weights]), axis)
    return ufunc(m, np.true_divide, [total, np_sum(m, weights, axis)])


def np_count_nonzero(m: Machine, a: Value, axis: Value = NONE, keepdims: Value = FALSE) -> Value:
    atom, kind = array_of(m, a, "np.count_nonzero")
    return reduced(m, "reduce_sum", cast(m, truth(m, atom), I64), kind, axis, flag(m, keepdims, "keepdims"))


np_sum = reduce_with("reduce_sum")


# -- shapes ------------------------------------------------------------------------------------------------------------


def as_view(m: Machine, a: Value, op: str, **attrs: Any) -> Value:
    """A reshaping of an array: a view of it where it is one."""
    a = m.use(a)
    if isinstance(a, Ref) and m.is_array(a):
        return m.view(a, op, **attrs)
    atom, kind = array_of(m, a, op)
    return m.new_array(m.emit(op, atom, **attrs), kind)


def np_reshape(m: Machine, a: Value, *shape: Value, order: Value = Const("C")) -> Value:
    if m.known(order, "order") != "C":
        m.fail(UnsupportedError, "only the order 'C' is taken")
    wanted = shape_of(m, shape[0] if len(shape) == 1 else Tup(shape))
    n = size_of(array_of(m, a, "np.reshape")[0])
    if wanted.count(-1) == 1:
        rest = int(np.prod([d for d in wanted if d != -1], dtype=int))
        wanted = tuple(n // rest if d == -1 and rest else d for d in wanted)
    if int(np.prod(wanted, dtype=int)) != n or min(wanted, default=0) < 0:
        m.fail(ShapeError, f"an array of {n} elements cannot be reshaped to {list(wanted)}")
    return as_view(m, a, "reshape", shape=wanted)


def np_ravel(m: Machine, a: Value) -> Value:
    return as_view(m, a, "reshape", shape=(size_of(array_of(m, a, "np.ravel")[0]),))


def flatten(m: Machine, a: Value) -> Value:
    return np_copy(m, np_ravel(m, a))


def np_transpose(m: Machine, a: Value, *axes: Value) -> Value:
    rank = array_type(array_of(m, a, "np.transpose")[0]).ndim
    given: Value = NONE if not axes else axes[0] if len(axes) == 1 else Tup(axes)
    known = m.known(given, "axes")
    perm = tuple(range(rank))[::-1] if known is None else tuple(int(k) % rank for k in known)
    if sorted(perm) != list(range(rank)):
        m.fail(ShapeError, f"axes {known} are not a permutation of the {rank} axes of the array")
    return as_view(m, a, "transpose", perm=perm) if rank > 1 else a


def np_swapaxes(m: Machine, a: Value, axis1: Value, axis2: Value) -> Value:
    rank = array_type(array_of(m, a, "np.swapaxes")[0]).ndim
    i, j = axis_of(m, axis1, rank, "np.swapaxes"), axis_of(m, axis2, rank, "np.swapaxes")
    perm = list(range(rank))
    perm[i], perm[j] = j, i
    return as_view(m, a, "transpose", perm=tuple(perm))


def np_moveaxis(m: Machine, a: Value, source: Value, destination: Value) -> Value:
    rank = array_type(array_of(m, a, "np.moveaxis")[0]).ndim
    pairs = [m.known(v, "axes") for v in (source, destination)]
    src, dst = ([k % rank for k in (p if isinstance(p, tuple) else (p,))] for p in pairs)
    perm = [k for k in range(rank) if k not in src]
    for d, s in sorted(zip(dst, src, strict=True)):
        perm.insert(d, s)
    return as_view(m, a, "transpose", perm=tuple(perm))


def np_expand_dims(m: Machine, a: Value, axis: Value) -> Value:
    shape = list(static_shape(array_type(array_of(m, a, "np.expand_dims")[0])))
    known = m.known(axis, "an axis")
    axes = known if isinstance(known, tuple) else (known,)
    rank = len(shape) + len(axes)
    for k in sorted(k % rank for k in axes):
        shape.insert(k, 1)
    return as_view(m, a, "reshape", shape=tuple(shape))


def np_squeeze(m: Machine, a: Value, axis: Value = NONE) -> Value:
    shape = static_shape(array_type(array_of(m, a, "np.squeeze")[0]))
    axes = axes_of(m, axis, len(shape), "np.squeeze")
    if m.known(axis, "an axis") is not None and any(shape[k] != 1 for k in axes):
        m.fail(ShapeError, f"np.squeeze: the chosen axes of shape {list(shape)} are not all 1")
    return as_view(m, a, "reshape", shape=tuple(d for k, d in enumerate(shape) if k not in axes or d != 1))


def np_broadcast_to(m: Machine, a: Value, shape: Value) -> Value:
    atom, kind = array_of(m, a, "np.broadcast_to")
    wanted = shape_of(m, shape)
    if broadcast_shapes(m, [array_type(atom).shape, wanted], "np.broadcast_to") != wanted:
        m.fail(ShapeError, f"{atom.type} cannot be broadcast to {list(wanted)}")
    return m.new_array(broadcast(m, atom, wanted), "numpy" if kind == "python" else kind)


def atleast(rank: int) -> Callable[..., Value]:
    def function(m: Machine, a: Value) -> Value:
        shape = static_shape(array_type(array_of(m, a, "np.atleast")[0]))
        if len(shape) >= rank:
            return a
        wide = (1,) * (rank - len(shape)) + shape if len(shape) < 2 else (*shape, 1)
        if rank == 3 and len(shape) == 1:
            wide = (1, *shape, 1)
        return as_view(m, a, "reshape", shape=wide)

    return function


def parts_of(m: Machine, arrays: Value, what: str) -> list[tuple[Atom, Kind]]:
    items = static_items(m, m.use(arrays))
    if not items:
        m.fail(TypeCheckError, f"{what} takes a sequence of arrays, not {m.describe(arrays)}")
    return [array_of(m, v, what) for v in items]


def np_concatenate(m: Machine, arrays: Value, axis: Value = Const(0)) -> Value:
    found = parts_of(m, arrays, "np.concatenate")
    if m.known(axis, "an axis") is None:
        found, axis = [(m.emit("reshape", a, shape=(size_of(a),)), k) for a, k in found], Const(0)
    return concatenated(m, found, axis, "np.concatenate")


def concatenated(m: Machine, found: Sequence[tuple[Atom, Kind]], axis: Value, what: str) -> Value:
    ranks = {array_type(a).ndim for a, _ in found}
    if len(ranks) > 1 or ranks == {0}:
        m.fail(ShapeError, f"{what} of arrays of types {', '.join(str(a.type) for a, _ in found)}", "give all the same rank above 0")
    where = axis_of(m, axis, ranks.pop(), what)
    others = {tuple(d for k, d in enumerate(array_type(a).shape) if k != where) for a, _ in found}
    if len(others) > 1:
        m.fail(ShapeError, f"{what} of arrays of types {', '.join(str(a.type) for a, _ in found)} along axis {where}",
               "all other dimensions must be equal")
    dtype = result_dtype(m, found)
    atoms = [cast(m, a, dtype) for a, _ in found]
    return m.new_array(atoms[0] if len(atoms) == 1 else m.emit("concatenate", *atoms, axis=where),
                       join_kinds([k for _, k in found]))


def np_stack(m: Machine, arrays: Value, axis: Value = Const(0)) -> Value:
    found = parts_of(m, arrays, "np.stack")
    where = axis_of(m, axis, array_type(found[0][0]).ndim + 1, "np.stack")
    return m.new_array(stack_atoms(m, found, where), join_kinds([k for _, k in found]))


def stacker(rank: int, axis: int) -> Callable[..., Value]:
    """`hstack`, `vstack`, `column_stack`."""

    def function(m: Machine, tup: Value) -> Value:
        found = parts_of(m, tup, "np.stack")
        wide = [(_raised(m, a, rank, axis), k) for a, k in found]
        first = array_type(wide[0][0]).ndim
        return concatenated(m, wide, Const(0 if rank == 1 and first == 1 else axis), "np.stack")

    return function


def _raised(m: Machine, atom: Atom, rank: int, axis: int) -> Atom:
    shape = static_shape(array_type(atom))
    if len(shape) >= rank:
        return atom
    if rank == 1:
        return expand(m, atom, (1,))
    n = shape[0] if shape else 1
    return expand(m, atom, (1, n) if axis == 0 else (n, 1))


def np_split(m: Machine, a: Value, indices_or_sections: Value, axis: Value = Const(0)) -> Value:
    shape = static_shape(array_type(array_of(m, a, "np.split")[0]))
    where = axis_of(m, axis, len(shape), "np.split")
    given = indices_or_sections
    known = m.known(Tup(static_items(m, given) or ()) if isinstance(given, Ref) else given, "where to split")
    n = shape[where]
    if isinstance(known, int):
        if n % known:
            m.fail(ShapeError, f"np.split: an axis of size {n} does not divide into {known} equal parts")
        cuts = [k * (n // known) for k in range(known + 1)]
    else:
        cuts = [0, *known, n]
    full = Slice(NONE, NONE, NONE)
    pieces = [get_item(m, a, Tup((*(full,) * where, Slice(Const(i), Const(j), NONE))))
              for i, j in zip(cuts[:-1], cuts[1:], strict=True)]
    return m.new_list(pieces)


def np_flip(m: Machine, a: Value, axis: Value = NONE) -> Value:
    rank = array_type(array_of(m, a, "np.flip")[0]).ndim
    axes = axes_of(m, axis, rank, "np.flip")
    full, back = Slice(NONE, NONE, NONE), Slice(NONE, NONE, Const(-1))
    return get_item(m, a, Tup(tuple(back if k in axes else full for k in range(rank))))


def np_roll(m: Machine, a: Value, shift: Value, axis: Value = NONE) -> Value:
    atom, kind = array_of(m, a, "np.roll")
    shape = static_shape(array_type(atom))
    by, where = m.known(shift, "the shift of np.roll"), m.known(axis, "an axis")
    if where is None:
        flat = np_roll(m, m.new_array(m.emit("reshape", atom, shape=(size_of(atom),)), kind), Const(by), Const(0))
        return np_reshape(m, flat, Tup(tuple(map(Const, shape))))
    pairs = zip(by, where, strict=True) if isinstance(where, tuple) and isinstance(by, tuple) else [(by, where)]
    for k, w in pairs:
        n = shape[w % len(shape)]
        if n and k % n:
            full = (Slice(NONE, NONE, NONE),) * (w % len(shape))
            cut = Const(n - k % n)
            halves = [get_item(m, a, Tup((*full, Slice(i, j, NONE)))) for i, j in ((cut, NONE), (NONE, cut))]
            a = np_concatenate(m, Tup(tuple(halves)), Const(w))
    return np_copy(m, a)


def np_repeat(m: Machine, a: Value, repeats: Value, axis: Value = NONE) -> Value:
    atom, kind = array_of(m, a, "np.repeat")
    n = m.known(repeats, "repeats")
    if not isinstance(n, int):
        m.fail(UnsupportedError, "np.repeat with an array of counts is not taken", "give one int")
    if m.known(axis, "an axis") is None:
        atom, axis = m.emit("reshape", atom, shape=(size_of(atom),)), Const(0)
    shape = static_shape(array_type(atom))
    k = axis_of(m, axis, len(shape), "np.repeat")
    wide = expand(m, atom, (*shape[: k + 1], 1, *shape[k + 1 :]))
    wide = broadcast(m, wide, (*shape[: k + 1], n, *shape[k + 1 :]))
    out = m.emit("reshape", wide, shape=(*shape[:k], shape[k] * n, *shape[k + 1 :]))
    return m.new_array(out, "numpy" if kind == "python" else kind)


def np_tile(m: Machine, a: Value, reps: Value) -> Value:
    atom, kind = array_of(m, a, "np.tile")
    counts = shape_of(m, reps)
    shape = static_shape(array_type(atom))
    rank = max(len(counts), len(shape))
    counts, shape = (1,) * (rank - len(counts)) + counts, (1,) * (rank - len(shape)) + shape
    wide = expand(m, atom, tuple(d for s in shape for d in (1, s)))
    wide = broadcast(m, wide, tuple(d for c, s in zip(counts, shape, strict=True) for d in (c, s)))
    out = m.emit("reshape", wide, shape=tuple(c * s for c, s in zip(counts, shape, strict=True)))
    return m.new_array(out, "numpy" if kind == "python" else kind)


# -- making arrays ---------------------------------------------------------------------------------------------------------


def full_array(m: Machine, shape: tuple[int, ...], dtype: DType, value: Atom, kind: Kind = "numpy") -> Value:
    return m.new_array(broadcast(m, cast(m, value, dtype), shape), kind)


def filled(number: int) -> Callable[..., Value]:
    """`zeros`, `ones`, `empty`."""

    def function(m: Machine, shape: Value, dtype: Value = Const(float)) -> Value:
        chosen = dtype_of(m, dtype) or F64
        return full_array(m, shape_of(m, shape), chosen, Lit(python_scalar(chosen, number), Array(chosen)))

    return function


def filled_like(number: int) -> Callable[..., Value]:
    def function(m: Machine, a: Value, dtype: Value = NONE, shape: Value = NONE) -> Value:
        atom, kind = array_of(m, a, "np.zeros_like")
        chosen = dtype_of(m, dtype) or array_type(atom).dtype
        dims = static_shape(array_type(atom)) if m.known(shape, "a shape") is None else shape_of(m, shape)
        return full_array(m, dims, chosen, Lit(python_scalar(chosen, number), Array(chosen)), "numpy" if kind == "python" else kind)

    return function


def np_full(m: Machine, shape: Value, fill_value: Value, dtype: Value = NONE) -> Value:
    atom, _ = array_of(m, fill_value, "np.full")
    return full_array(m, shape_of(m, shape), dtype_of(m, dtype) or array_type(atom).dtype, atom)


def np_full_like(m: Machine, a: Value, fill_value: Value, dtype: Value = NONE) -> Value:
    like, kind = array_of(m, a, "np.full_like")
    atom, _ = array_of(m, fill_value, "np.full_like")
    return full_array(m, static_shape(array_type(like)), dtype_of(m, dtype) or array_type(like).dtype, atom,
                      "numpy" if kind == "python" else kind)


def np_array(m: Machine, a: Value, dtype: Value = NONE, copy: Value = TRUE) -> Value:
    atom, kind = array_of(m, a, "np.array")
    chosen = dtype_of(m, dtype)
    return m.new_array(atom if chosen is None else cast(m, atom, chosen), "numpy")


def np_asarray(m: Machine, a: Value, dtype: Value = NONE) -> Value:
    """The array itself where it is one of that dtype already."""
    chosen = dtype_of(m, dtype)
    if m.is_array(a) and isinstance(a, Ref) and chosen in (None, array_type(m.array(a.id)).dtype):
        return a
    return np_array(m, a, dtype)


def np_copy(m: Machine, a: Value) -> Value:
    atom, kind = array_of(m, a, "np.copy")
    return m.new_array(atom, kind if kind == "jax" else "numpy")


def method_copy(m: Machine, a: Value) -> Value:
    return np_copy(m, a) if isinstance(a, Ref) else a


def np_arange(m: Machine, start: Value, stop: Value = NONE, step: Value = Const(1), dtype: Value = NONE) -> Value:
    known = [m.known(v, "an argument of np.arange") for v in (start, stop, step)]
    if known[1] is None:
        known = [0, known[0], known[2]]
    sample = np.arange(*known, dtype=dtype_of(m, dtype))
    first = known[0] if len(sample) == 0 else sample[0].item()
    delta = sample[1].item() - first if len(sample) > 1 else 1
    if sample.dtype.kind in "iu":
        return m.new_array(m.emit("arange", start=first, stop=first + delta * len(sample), step=delta, dtype=SHORT_NAMES[sample.dtype]))
    count = m.emit("arange", start=0, stop=len(sample), step=1, dtype="i64")
    return m.new_array(affine(m, count, first, delta, sample.dtype))


def affine(m: Machine, count: Atom, first: float, delta: float, dtype: DType) -> Atom:
    """`first + delta * count`."""
    scaled = pointwise(m, "mul", cast(m, count, dtype), Lit(python_scalar(dtype, delta), Array(dtype)))
    return pointwise(m, "add", scaled, Lit(python_scalar(dtype, first), Array(dtype)))


def np_linspace(m: Machine, start: Value, stop: Value, num: Value = Const(50), endpoint: Value = TRUE, dtype: Value = NONE) -> Value:
    n = m.known(num, "the number of points of np.linspace")
    div = max(n - 1 if flag(m, endpoint, "endpoint") else n, 1)
    lo, hi = (cast(m, array_of(m, v, "np.linspace")[0], F64) for v in (start, stop))
    count = cast(m, m.emit("arange", start=0, stop=n, step=1, dtype="i64"), F64)
    step = pointwise(m, "div", pointwise(m, "sub", hi, lo), Lit(float(div), Array(F64)))
    out = pointwise(m, "add", pointwise(m, "mul", count, step), lo)
    if flag(m, endpoint, "endpoint") and n > 1:
        out = m.emit("index_set", out, hi, spec=(("int", n - 1),))
    return m.new_array(cast(m, out, dtype_of(m, dtype) or F64))


def np_eye(m: Machine, N: Value, M: Value = NONE, k: Value = Const(0), dtype: Value = Const(float)) -> Value:
    rows = m.known(N, "a shape")
    cols = rows if m.known(M, "a shape") is None else m.known(M, "a shape")
    return m.new_array(cast(m, diagonal_mask(m, rows, cols, m.known(k, "k"), "eq"), dtype_of(m, dtype) or F64))


def diagonal_mask(m: Machine, rows: int, cols: int, k: int, relation: str) -> Atom:
    """Whether `column - row` stands in a relation to k, for every place of a matrix."""
    i = expand(m, m.emit("arange", start=0, stop=rows, step=1, dtype="i64"), (rows, 1))
    j = m.emit("arange", start=-k, stop=cols - k, step=1, dtype="i64")
    return pointwise(m, relation, j, i)


def triangle(relation: str) -> Callable[..., Value]:
    """`tril`, `triu`."""

    def function(m: Machine, a: Value, k: Value = Const(0)) -> Value:
        atom, kind = array_of(m, a, "np.tril")
        type = array_type(atom)
        shape = static_shape(type)
        mask = diagonal_mask(m, shape[-2], shape[-1], m.known(k, "k"), relation)
        zero = Lit(python_scalar(type.dtype, 0), Array(type.dtype))
        return m.new_array(pointwise(m, "select", broadcast(m, mask, shape), atom, zero), kind)

    return function


def np_diag(m: Machine, v: Value, k: Value = Const(0)) -> Value:
    atom, kind = array_of(m, v, "np.diag")
    shape, off = static_shape(array_type(atom)), m.known(k, "k")
    if len(shape) == 2:
        return np_diagonal(m, v, k)
    n = shape[0] + abs(off)
    zeros = m.builder.full(Array(array_type(atom).dtype, (n, n)), python_scalar(array_type(atom).dtype, 0))
    rows = m.emit("arange", start=max(-off, 0), stop=max(-off, 0) + shape[0], step=1, dtype="i64")
    cols = m.emit("arange", start=max(off, 0), stop=max(off, 0) + shape[0], step=1, dtype="i64")
    return m.new_array(m.emit("index_set", zeros, atom, rows, cols, spec=(("arr",), ("arr",))), kind)


def np_diagonal(m: Machine, a: Value, offset: Value = Const(0)) -> Value:
    atom, kind = array_of(m, a, "np.diagonal")
    rows, cols = static_shape(array_type(atom))
    off = m.known(offset, "offset")
    n = max(min(rows + min(off, 0), cols - max(off, 0)), 0)
    i = m.emit("arange", start=max(-off, 0), stop=max(-off, 0) + n, step=1, dtype="i64")
    j = m.emit("arange", start=max(off, 0), stop=max(off, 0) + n, step=1, dtype="i64")
    return m.new_array(m.emit("index", atom, i, j, spec=(("arr",), ("arr",))), kind)


def np_trace(m: Machine, a: Value, offset: Value = Const(0)) -> Value:
    return np_sum(m, np_diagonal(m, a, offset))


# -- choice, products, order ------------------------------------------------------------------------------------------


def np_where(m: Machine, condition: Value, x: Value | None = None, y: Value | None = None) -> Value:
    if x is None or y is None:
        m.fail(UnsupportedError, "np.where with one argument gives an array of run-time size", "use the three-argument form")
    pred, kind = array_of(m, condition, "np.where")
    pairs = [array_of(m, v, "np.where") for v in (x, y)]
    dtype = result_dtype(m, pairs)
    atoms = [truth(m, pred), *(cast(m, a, dtype) for a, _ in pairs)]
    shape = broadcast_shapes(m, [array_type(a).shape for a in atoms], "np.where")
    full = [broadcast(m, atoms[0], shape), *(a if isinstance(a, Lit) else broadcast(m, a, shape) for a in atoms[1:])]
    out = m.emit("select", *full) if not all(isinstance(a, Lit) for a in full) else pointwise(m, "select", *full)
    kinds = [k for _, k in pairs] + [kind]
    return m.new_array(out, "jax" if "jax" in kinds else "numpy")


def np_clip(m: Machine, a: Value, a_min: Value = NONE, a_max: Value = NONE) -> Value:
    if not (isinstance(a_min, Const) and a_min.value is None):
        a = ufunc(m, np.maximum, [a, a_min])
    if not (isinstance(a_max, Const) and a_max.value is None):
        a = ufunc(m, np.minimum, [a, a_max])
    return a


def np_dot(m: Machine, a: Value, b: Value) -> Value:
    operands = [operand(m, v, "np.dot") for v in (a, b)]
    ranks = [array_type(x).ndim for x, _ in operands]
    if 0 in ranks:
        return ufunc(m, np.multiply, [a, b])
    if ranks[1] > 2 or (ranks[0] > 2 and ranks[1] != 2):
        m.fail(UnsupportedError, "np.dot of arrays of rank above 2 is not taken", "use @ or np.tensordot")
    if ranks[0] > 2:
        shape = static_shape(array_type(operands[0][0]))
        rows = int(np.prod(shape[:-1], dtype=int))
        flat = matmul(m, np_reshape(m, a, Tup((Const(rows), Const(shape[-1])))), b, "np.dot")
        return np_reshape(m, flat, Tup((*(Const(d) for d in shape[:-1]), Const(-1))))
    return matmul(m, a, b, "np.dot")


def np_vdot(m: Machine, a: Value, b: Value) -> Value:
    return matmul(m, ufunc(m, np.conjugate, [np_ravel(m, a)]), np_ravel(m, b), "np.vdot")


def np_inner(m: Machine, a: Value, b: Value) -> Value:
    ranks = [array_type(array_of(m, v, "np.inner")[0]).ndim for v in (a, b)]
    return np_dot(m, a, b if ranks[1] < 2 or 0 in ranks else np_transpose(m, b))


def np_outer(m: Machine, a: Value, b: Value) -> Value:
    return ufunc(m, np.multiply, [np_expand_dims(m, np_ravel(m, a), Const(1)), np_expand_dims(m, np_ravel(m, b), Const(0))])


def np_tensordot(m: Machine, a: Value, b: Value, axes: Value = Const(2)) -> Value:
    (x, kx), (y, ky) = (array_of(m, v, "np.tensordot") for v in (a, b))
    s, t = static_shape(array_type(x)), static_shape(array_type(y))
    given = axes if not isinstance(axes, Ref) else Tup(static_items(m, axes) or ())
    if isinstance(given, Tup):
        given = Tup(tuple(Tup(static_items(m, v) or ()) if isinstance(v, Ref) else v for v in given.items))
    known = m.known(given, "axes")
    if isinstance(known, int):
        left, right = tuple(range(len(s) - known, len(s))), tuple(range(known))
    else:
        left, right = (tuple(int(k) % n for k in (p if isinstance(p, tuple) else (p,)))
                       for p, n in zip(known, (len(s), len(t)), strict=True))
    if [s[k] for k in left] != [t[k] for k in right]:
        m.fail(ShapeError, f"np.tensordot: axes {left} of {x.type} do not match axes {right} of {y.type}")
    free_l, free_r = [k for k in range(len(s)) if k not in left], [k for k in range(len(t)) if k not in right]
    inner = int(np.prod([s[k] for k in left], dtype=int))
    mat_a = np_reshape(m, np_transpose(m, a, Tup(tuple(map(Const, [*free_l, *left])))), Tup((Const(-1 if inner else 0), Const(inner))))
    mat_b = np_reshape(m, np_transpose(m, b, Tup(tuple(map(Const, [*right, *free_r])))), Tup((Const(inner), Const(-1 if inner else 0))))
    out = Tup(tuple(Const(d) for d in [*(s[k] for k in free_l), *(t[k] for k in free_r)]))
    product = matmul(m, mat_a, mat_b, "np.tensordot")
    return np_reshape(m, product, out) if out.items else get_item(m, product, Tup((Const(0), Const(0))))


def np_norm(m: Machine, x: Value, ord: Value = NONE, axis: Value = NONE, keepdims: Value = FALSE) -> Value:
    """`np.linalg.norm`: the 2-norm of vectors, the Frobenius norm of matrices, and the vector norms 1 and inf."""
    order = m.known(ord, "ord")
    rank = array_type(array_of(m, x, "np.linalg.norm")[0]).ndim
    vector = rank == 1 or isinstance(m.known(axis, "an axis"), int)
    size = ufunc(m, np.absolute, [x])
    if order in (None, 2) and (vector or order is None) or (order == "fro" and not vector):
        square = ufunc(m, np.multiply, [size, size])
        if array_type(array_of(m, square, "norm")[0]).dtype.kind in "iu":
            square = astype(m, square, Const(float))
        return ufunc(m, np.sqrt, [np_sum(m, square, axis, NONE, keepdims)])
    if vector and order == 1:
        return np_sum(m, size, axis, NONE, keepdims)
    if vector and order == np.inf:
        return reduce_with("reduce_max", True)(m, size, axis, NONE, keepdims)
    m.fail(UnsupportedError, f"np.linalg.norm with ord={order!r} is not taken here", "use ord None, 1, 2, inf of vectors or 'fro'")


def np_sort(m: Machine, a: Value, axis: Value = Const(-1)) -> Value:
    atom, kind = array_of(m, a, "np.sort")
    return m.new_array(m.emit("sort", atom, axis=axis_of(m, axis, array_type(atom).ndim, "np.sort")), kind)


def np_argsort(m: Machine, a: Value, axis: Value = Const(-1)) -> Value:
    atom, kind = array_of(m, a, "np.argsort")
    return m.new_array(m.emit("argsort", atom, axis=axis_of(m, axis, array_type(atom).ndim, "np.argsort")), kind)


def np_diff(m: Machine, a: Value, n: Value = Const(1), axis: Value = Const(-1)) -> Value:
    rank = array_type(array_of(m, a, "np.diff")[0]).ndim
    full = (Slice(NONE, NONE, NONE),) * axis_of(m, axis, rank, "np.diff")
    for _ in range(m.known(n, "n")):
        later = get_item(m, a, Tup((*full, Slice(Const(1), NONE, NONE))))
        earlier = get_item(m, a, Tup((*full, Slice(NONE, Const(-1), NONE))))
        a = ufunc(m, np.subtract, [later, earlier])
    return a


def np_take(m: Machine, a: Value, indices: Value, axis: Value = NONE) -> Value:
    if m.known(axis, "an axis") is None:
        return get_item(m, np_ravel(m, a), indices)
    rank = array_type(array_of(m, a, "np.take")[0]).ndim
    full = (Slice(NONE, NONE, NONE),) * axis_of(m, axis, rank, "np.take")
    return get_item(m, a, Tup((*full, indices)))


def np_isclose(m: Machine, a: Value, b: Value, rtol: Value = Const(1e-5), atol: Value = Const(1e-8)) -> Value:
    near = binary(m, "+", atol, binary(m, "*", rtol, ufunc(m, np.absolute, [b])))
    close = compare(m, "<=", ufunc(m, np.absolute, [ufunc(m, np.subtract, [a, b])]), near)
    finite = ufunc(m, np.logical_and, [close, ufunc(m, np.isfinite, [b])])
    return ufunc(m, np.logical_or, [finite, ufunc(m, np.equal, [a, b])])


def np_allclose(m: Machine, a: Value, b: Value, rtol: Value = Const(1e-5), atol: Value = Const(1e-8)) -> Value:
    found = m.operand(reduce_with("reduce_and")(m, np_isclose(m, a, b, rtol, atol)))
    assert found is not None
    return Num(found[0], "python")


def np_array_equal(m: Machine, a: Value, b: Value) -> Value:
    x, y = (array_of(m, v, "np.array_equal")[0] for v in (a, b))
    if array_type(x).shape != array_type(y).shape:
        return FALSE
    found = m.operand(reduce_with("reduce_and")(m, ufunc(m, np.equal, [a, b])))
    assert found is not None
    return Num(found[0], "python")


def astype(m: Machine, a: Value, dtype: Value, copy: Value = TRUE) -> Value:
    atom, kind = array_of(m, a, "astype")
    chosen = dtype_of(m, dtype) or F64
    if array_type(atom).dtype.kind == "c" and chosen.kind not in "cb":
        m.fail(TypeCheckError, f"astype of {atom.type} to {chosen} drops the imaginary part", "write x.real")
    out = truth(m, atom) if chosen == BOOL else cast(m, atom, chosen)
    return m.new_array(out, kind) if isinstance(a, Ref) else m.result(out, "numpy" if kind == "python" else kind)


def np_shape(m: Machine, a: Value) -> Value:
    return Tup(tuple(Const(d) for d in array_type(array_of(m, a, "np.shape")[0]).shape))


def np_ndim(m: Machine, a: Value) -> Value:
    return Const(array_type(array_of(m, a, "np.ndim")[0]).ndim)


def np_size(m: Machine, a: Value, axis: Value = NONE) -> Value:
    shape = static_shape(array_type(array_of(m, a, "np.size")[0]))
    known = m.known(axis, "an axis")
    return Const(int(np.prod(shape, dtype=int)) if known is None else shape[known])


def item(m: Machine, a: Value, *index: Value) -> Value:
    """`a.item()`: a Python number."""
    atom, _ = array_of(m, a, "item")
    if index:
        atom, _ = array_of(m, get_item(m, a, index[0] if len(index) == 1 else Tup(index)), "item")
    if size_of(atom) != 1:
        m.fail(TypeCheckError, f"item() of an array of type {atom.type}: only an array of one element is a number")
    return python_number(m, m.emit("reshape", atom, shape=()) if array_type(atom).shape else atom)


def python_number(m: Machine, atom: Atom) -> Value:
    dtype = {"b": BOOL, "i": I64, "u": I64, "c": np.dtype(complex)}.get(array_type(atom).dtype.kind, F64)
    return Num(cast(m, atom, dtype), "python")


def fill(m: Machine, a: Value, value: Value) -> Value:
    assert isinstance(a, Ref)
    type = array_type(m.array(a.id))
    atom, _ = array_of(m, value, "fill")
    m.write(a.id, broadcast(m, cast(m, atom, type.dtype), type.shape))
    return NONE


def np_real(m: Machine, a: Value) -> Value:
    atom, kind = array_of(m, a, "np.real")
    return a if array_type(atom).dtype.kind != "c" else m.result(m.emit("real", atom), kind)


def np_imag(m: Machine, a: Value) -> Value:
    atom, kind = array_of(m, a, "np.imag")
    if array_type(atom).dtype.kind == "c":
        return m.result(m.emit("imag", atom), kind)
    return ufunc(m, np.multiply, [a, Const(0)])


def np_square(m: Machine, a: Value) -> Value:
    return ufunc(m, np.multiply, [a, a])


def np_reciprocal(m: Machine, a: Value) -> Value:
    return ufunc(m, np.true_divide, [Const(1), a])


def scaled(factor: float) -> Callable[..., Value]:
    """`deg2rad`, `rad2deg`."""
    return lambda m, a: ufunc(m, np.multiply, [a, Const(factor)])


def np_heaviside(m: Machine, x: Value, h: Value) -> Value:
    step = np_where(m, compare(m, "==", x, Const(0)), h, np_where(m, compare(m, ">", x, Const(0)), Const(1.0), Const(0.0)))
    return np_where(m, ufunc(m, np.isnan, [x]), x, step)


def np_divmod(m: Machine, a: Value, b: Value) -> Value:
    return Tup((ufunc(m, np.floor_divide, [a, b]), ufunc(m, np.remainder, [a, b])))


def np_sinc(m: Machine, x: Value) -> Value:
    y = ufunc(m, np.multiply, [x, Const(float(np.pi))])
    safe = np_where(m, compare(m, "==", y, Const(0)), Const(1.0), y)
    return np_where(m, compare(m, "==", y, Const(0)), Const(1.0), ufunc(m, np.true_divide, [ufunc(m, np.sin, [safe]), safe]))


def np_nan_to_num(m: Machine, x: Value, nan: Value = Const(0.0)) -> Value:
    atom, _ = array_of(m, x, "np.nan_to_num")
    info = np.finfo(array_type(atom).dtype)
    x = np_where(m, ufunc(m, np.isnan, [x]), nan, x)
    return np_clip(m, x, Const(float(info.min)), Const(float(info.max)))


def np_meshgrid(m: Machine, *xi: Value, indexing: Value = Const("xy")) -> Value:
    order = list(range(len(xi)))
    if m.known(indexing, "indexing") == "xy" and len(xi) > 1:
        order[:2] = [1, 0]
    sizes = [size_of(array_of(m, x, "np.meshgrid")[0]) for x in xi]
    shape = tuple(Const(sizes[k]) for k in order)
    out = []
    for k, x in enumerate(xi):
        dims = tuple(Const(sizes[k] if order[j] == k else 1) for j in range(len(xi)))
        out.append(np_broadcast_to(m, np_reshape(m, x, Tup(dims)), Tup(shape)))
    return Tup(tuple(out))


def np_cross(m: Machine, a: Value, b: Value) -> Value:
    """`np.cross` of vectors of length 3 along the last axis."""
    x, y = ([get_item(m, v, Tup((Const(...), Const(k)))) for k in range(3)] for v in (a, b))

    def minor(i: int, j: int) -> Value:
        return binary(m, "-", ufunc(m, np.multiply, [x[i], y[j]]), ufunc(m, np.multiply, [x[j], y[i]]))

    return np_stack(m, Tup((minor(1, 2), minor(2, 0), minor(0, 1))), Const(-1))


def np_isscalar(m: Machine, a: Value) -> Value:
    return Const(isinstance(a, Num) or (isinstance(a, Const) and (is_number(a.value) or isinstance(a.value, str))))


REDUCTIONS: dict[Any, Callable[..., Value]] = {
    np.sum: np_sum, np.prod: reduce_with("reduce_prod"), np.max: reduce_with("reduce_max", True),
    np.min: reduce_with("reduce_min", True), np.all: reduce_with("reduce_and"), np.any: reduce_with("reduce_or"),
    np.mean: np_mean, np.var: np_var, np.std: np_std, np.argmax: arg_reduce("argmax"), np.argmin: arg_reduce("argmin"),
    np.cumsum: cumulative("cumsum"), np.cumprod: cumulative("cumprod"), np.ptp: np_ptp, np.average: np_average,
    np.count_nonzero: np_count_nonzero,
}
SHAPES: dict[Any, Callable[..., Value]] = {
    np.reshape: np_reshape, np.ravel: np_ravel, np.transpose: np_transpose, np.swapaxes: np_swapaxes,
    np.moveaxis: np_moveaxis, np.expand_dims: np_expand_dims, np.squeeze: np_squeeze, np.broadcast_to: np_broadcast_to,
    np.atleast_1d: atleast(1), np.atleast_2d: atleast(2), np.atleast_3d: atleast(3), np.concatenate: np_concatenate,
    np.stack: np_stack, np.hstack: stacker(1, 1), np.vstack: stacker(2, 0), np.column_stack: stacker(2, 1),
    np.split: np_split, np.flip: np_flip, np.roll: np_roll, np.repeat: np_repeat, np.tile: np_tile, np.shape: np_shape,
    np.ndim: np_ndim, np.size: np_size, np.fliplr: lambda m, a: np_flip(m, a, Const(1)),
    np.flipud: lambda m, a: np_flip(m, a, Const(0)), np.take: np_take, np.diff: np_diff, np.meshgrid: np_meshgrid,
    np.linalg.matrix_transpose: lambda m, a: np_swapaxes(m, a, Const(-1), Const(-2)),
}
CONSTRUCTORS: dict[Any, Callable[..., Value]] = {
    np.zeros: filled(0), np.ones: filled(1), np.empty: filled(0), np.zeros_like: filled_like(0),
    np.ones_like: filled_like(1), np.empty_like: filled_like(0), np.full: np_full, np.full_like: np_full_like,
    np.array: np_array, np.asarray: np_asarray, np.copy: np_copy, np.arange: np_arange, np.linspace: np_linspace,
    np.eye: np_eye, np.identity: lambda m, n, dtype=Const(float): np_eye(m, n, dtype=dtype), np.tril: triangle("le"),
    np.triu: triangle("ge"), np.diag: np_diag, np.diagonal: np_diagonal, np.ascontiguousarray: np_asarray,
}
OTHERS: dict[Any, Callable[..., Value]] = {
    np.where: np_where, np.clip: np_clip, np.dot: np_dot, np.vdot: np_vdot, np.inner: np_inner, np.outer: np_outer,
    np.matmul: matmul, np.tensordot: np_tensordot, np.linalg.norm: np_norm, np.sort: np_sort, np.argsort: np_argsort,
    np.trace: np_trace, np.isclose: np_isclose, np.allclose: np_allclose, np.array_equal: np_array_equal,
    np.real: np_real, np.imag: np_imag, np.square: np_square, np.reciprocal: np_reciprocal, np.heaviside: np_heaviside,
    np.deg2rad: scaled(float(np.pi / 180)), np.rad2deg: scaled(float(180 / np.pi)), np.divmod: np_divmod,
    np.radians: scaled(float(np.pi / 180)), np.degrees: scaled(float(180 / np.pi)), np.sinc: np_sinc,
    np.nan_to_num: np_nan_to_num, np.cross: np_cross, np.isscalar: np_isscalar,
    np.positive: lambda m, a: ufunc(m, np.multiply, [a, Const(1)]),
}
FUNCTIONS: dict[Any, Callable[..., Value]] = {**REDUCTIONS, **SHAPES, **CONSTRUCTORS, **OTHERS}
METHODS: dict[str, Callable[..., Value]] = {
    **{name: REDUCTIONS[getattr(np, name)] for name in (
        "sum", "prod", "max", "min", "all", "any", "mean", "var", "std", "argmax", "argmin", "cumsum", "cumprod")},
    **{name: FUNCTIONS[getattr(np, name)] for name in (
        "reshape", "ravel", "transpose", "swapaxes", "squeeze", "take", "repeat", "clip", "dot", "diagonal", "trace", "argsort")},
    "astype": astype, "copy": method_copy, "flatten": flatten, "item": item, "fill": fill,
    "conj": lambda m, a: ufunc(m, np.conjugate, [a]), "conjugate": lambda m, a: ufunc(m, np.conjugate, [a]),
}
