"""Products of vectors, matrices and tensors."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.emit import cast
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api.arguments import FALSE, array_of, dtype_of, flag, is_none, known, normal_axis, shape_at
from myialike.infer.numpy_api.shapes import np_expand_dims, np_ravel, permuted, reshape
from myialike.infer.ufuncs import matmul, ufunc
from myialike.infer.values import NONE, Const, Value
from myialike.ir.types import static_shape


def strong(m: Machine, value: Value, what: str) -> Value:
    """An operand as an array."""
    return value if m.is_array(value) else m.new_array(*array_of(m, value, what))


def np_matmul(m: Machine, x1: Value, x2: Value) -> Value:
    return matmul(m, strong(m, x1, "np.matmul"), strong(m, x2, "np.matmul"), "np.matmul")


def summed(m: Machine, a: Value, b: Value, what: str) -> Value:
    """A matrix product as `np.dot` adds it up: of bfloat16 in that dtype, where `@` gives float32."""
    short = [array_type(array_of(m, v, what)[0]).dtype.kind == "V" for v in (a, b)]
    if any(short) and not all(short):
        m.fail(UnsupportedError, f"{what} of bfloat16 and another dtype is not taken", "cast one of them, or use @")
    found = matmul(m, a, b, what)
    if not any(short):
        return found
    atom, kind = array_of(m, found, what)
    return m.result(cast(m, atom, array_type(array_of(m, a, what)[0]).dtype), kind)


def np_dot(m: Machine, a: Value, b: Value) -> Value:
    a, b = strong(m, a, "np.dot"), strong(m, b, "np.dot")
    s, t = shape_at(m, a, "np.dot"), shape_at(m, b, "np.dot")
    if not s or not t:
        return ufunc(m, np.multiply, [a, b])
    if len(s) <= 2 and len(t) <= 2:
        return summed(m, a, b, "np.dot")
    return contracted(m, a, b, (len(s) - 1,), (max(len(t) - 2, 0),), "np.dot")


def np_vdot(m: Machine, a: Value, b: Value) -> Value:
    first = np_ravel(m, strong(m, a, "np.vdot"))
    if array_type(array_of(m, first, "np.vdot")[0]).dtype.kind == "c":
        first = ufunc(m, np.conjugate, [first])
    return summed(m, first, np_ravel(m, strong(m, b, "np.vdot")), "np.vdot")


def np_inner(m: Machine, a: Value, b: Value) -> Value:
    a, b = strong(m, a, "np.inner"), strong(m, b, "np.inner")
    s, t = shape_at(m, a, "np.inner"), shape_at(m, b, "np.inner")
    if not s or not t:
        return ufunc(m, np.multiply, [a, b])
    return contracted(m, a, b, (len(s) - 1,), (len(t) - 1,), "np.inner")


def np_outer(m: Machine, a: Value, b: Value) -> Value:
    columns = np_expand_dims(m, np_ravel(m, strong(m, a, "np.outer")), Const(1))
    return ufunc(m, np.multiply, [columns, np_expand_dims(m, np_ravel(m, strong(m, b, "np.outer")), Const(0))])


def linalg_outer(m: Machine, x1: Value, x2: Value) -> Value:
    ranks = [len(shape_at(m, v, "np.linalg.outer")) for v in (x1, x2)]
    if ranks != [1, 1]:
        text = f"Input arrays must be one-dimensional, but they are x1.ndim={ranks[0]} and x2.ndim={ranks[1]}."
        m.fail(ShapeError, text, "use np.outer, which makes vectors of them")
    return np_outer(m, x1, x2)


def np_vecdot(m: Machine, x1: Value, x2: Value) -> Value:
    a, b = strong(m, x1, "np.vecdot"), strong(m, x2, "np.vecdot")
    s, t = shape_at(m, a, "np.vecdot"), shape_at(m, b, "np.vecdot")
    if not s or not t or s[-1] != t[-1]:
        m.fail(ShapeError, f"np.vecdot: the last dimensions of {list(s)} and {list(t)} differ")
    rows = np_expand_dims(m, ufunc(m, np.conjugate, [a]) if is_complex(m, a) else a, Const(-2))
    return last_dropped(m, last_dropped(m, matmul(m, rows, np_expand_dims(m, b, Const(-1)), "np.vecdot")))


def linalg_vecdot(m: Machine, x1: Value, x2: Value, *, axis: Value = Const(-1)) -> Value:
    return np_vecdot(m, *(m.call(Const(np.moveaxis), [x, axis, Const(-1)], []) for x in (x1, x2)))


def np_matvec(m: Machine, x1: Value, x2: Value) -> Value:
    a, b = strong(m, x1, "np.matvec"), strong(m, x2, "np.matvec")
    if len(shape_at(m, a, "np.matvec")) < 2 or not shape_at(m, b, "np.matvec"):
        m.fail(ShapeError, "np.matvec takes matrices and vectors")
    return last_dropped(m, matmul(m, a, np_expand_dims(m, b, Const(-1)), "np.matvec"))


def np_vecmat(m: Machine, x1: Value, x2: Value) -> Value:
    a, b = strong(m, x1, "np.vecmat"), strong(m, x2, "np.vecmat")
    if not shape_at(m, a, "np.vecmat") or len(shape_at(m, b, "np.vecmat")) < 2:
        m.fail(ShapeError, "np.vecmat takes vectors and matrices")
    row = np_expand_dims(m, ufunc(m, np.conjugate, [a]) if is_complex(m, a) else a, Const(-2))
    found, _ = array_of(m, matmul(m, row, b, "np.vecmat"), "np.vecmat")
    shape = static_shape(array_type(found))
    return m.result(m.emit("reshape", found, shape=(*shape[:-2], shape[-1])), "numpy")


def is_complex(m: Machine, a: Value) -> bool:
    return array_type(array_of(m, a, "a product")[0]).dtype.kind == "c"


def last_dropped(m: Machine, a: Value) -> Value:
    """Without the last axis, which has length 1."""
    atom, kind = array_of(m, a, "matmul")
    return m.result(m.emit("reshape", atom, shape=static_shape(array_type(atom))[:-1]), kind)


def np_tensordot(m: Machine, a: Value, b: Value, axes: Value = Const(2)) -> Value:
    a, b = strong(m, a, "np.tensordot"), strong(m, b, "np.tensordot")
    s, t = shape_at(m, a, "np.tensordot"), shape_at(m, b, "np.tensordot")
    given = known(m, axes, "axes")
    if isinstance(given, tuple):
        if len(given) != 2:
            m.fail(TypeCheckError, "np.tensordot: axes is an int or two sequences of ints")
        left, right = (
            tuple(normal_axis(m, k, n, "np.tensordot") for k in (p if isinstance(p, tuple) else (p,)))
            for p, n in zip(given, (len(s), len(t)), strict=True)
        )
    else:
        if given > min(len(s), len(t)) or given < 0:
            m.fail(ShapeError, f"np.tensordot: {given} axes of arrays of rank {len(s)} and {len(t)}")
        left, right = tuple(range(len(s) - given, len(s))), tuple(range(given))
    atom, kind = array_of(m, contracted(m, a, b, left, right, "np.tensordot"), "np.tensordot")
    return m.new_array(atom, kind)


def contracted(m: Machine, a: Value, b: Value, left: tuple[int, ...], right: tuple[int, ...], what: str) -> Value:
    """The sum of products over pairs of axes, by one matrix product: the free axes of a, then those of b."""
    s, t = shape_at(m, a, what), shape_at(m, b, what)
    if [s[k] for k in left] != [t[k] for k in right]:
        m.fail(
            ShapeError,
            f"{what}: axes {left} of an array of shape {list(s)} do not match axes {right} of one of {list(t)}",
        )
    rows, cols = [k for k in range(len(s)) if k not in left], [k for k in range(len(t)) if k not in right]
    inner = math.prod(s[k] for k in left)
    wide = math.prod(s[k] for k in rows), math.prod(t[k] for k in cols)
    first = reshape(m, permuted(m, a, (*rows, *left), len(s)), (wide[0], inner))
    second = reshape(m, permuted(m, b, (*right, *cols), len(t)), (inner, wide[1]))
    atom, kind = array_of(m, summed(m, first, second, what), what)
    return m.result(m.emit("reshape", atom, shape=(*(s[k] for k in rows), *(t[k] for k in cols))), kind)


def with_axes(plain: Callable[..., Value], what: str, ranks: tuple[int, int, int]) -> Callable[..., Value]:
    """A product of the last axes, `ranks` of them of each operand and of the result, with the keywords of ufuncs."""

    def product(
        m: Machine,
        x1: Value,
        x2: Value,
        *,
        axes: Value = NONE,
        axis: Value = NONE,
        keepdims: Value = FALSE,
        casting: Value = Const("same_kind"),
        dtype: Value = NONE,
    ) -> Value:
        operands = [strong(m, x, what) for x in (x1, x2)]
        if not is_none(dtype) or known(m, casting, "casting") != "same_kind":
            operands = cast_to(m, operands, dtype, known(m, casting, "casting"), what)
        places = places_of(m, axes, axis, ranks, what)
        keep = flag(m, keepdims, "keepdims")
        if keep and ranks != (1, 1, 0):
            m.fail(TypeCheckError, f"{what} does not support keepdims", "leave it out")
        if places is not None:
            operands = [moved_axes(m, x, p, ends(r)) for x, p, r in zip(operands, places, ranks, strict=False)]
        found = plain(m, *operands)
        if keep:
            return np_expand_dims(m, strong(m, found, what), Const(-1 if places is None else places[0][0]))
        return found if places is None or not ranks[2] else moved_axes(m, found, ends(ranks[2]), places[2])

    return product


def cast_to(m: Machine, operands: list[Value], dtype: Value, casting: str, what: str) -> list[Value]:
    """The operands in the dtype of the product, where NumPy's rule allows it."""
    atoms = [array_of(m, x, what)[0] for x in operands]
    have = [array_type(a).dtype for a in atoms]
    want = dtype_of(m, dtype) or np.result_type(*have)
    for found in have:
        if not np.can_cast(found, want, casting):  # type: ignore[arg-type]
            text = f"Cannot cast ufunc '{what[3:]}' input from {found!r} to {want!r} with casting rule '{casting}'"
            m.fail(TypeCheckError, text, "cast the operands first, or pass casting='unsafe'")
        if found.kind == "c" and want.kind != "c":
            m.fail(UnsupportedError, f"{what}: {found} as {want} drops the imaginary part", "write x.real")
    return [m.new_array(cast(m, a, want)) for a in atoms]


Places = list[tuple[int, ...]]


def places_of(m: Machine, axes: Value, axis: Value, ranks: tuple[int, int, int], what: str) -> Places | None:
    """Where the axes of the product are in the operands and in the result; None for the last ones."""
    if not is_none(axis):
        if ranks != (1, 1, 0):
            m.fail(TypeCheckError, f"{what} does not take axis, having more than one", "give axes")
        return [(known(m, axis, "axis"),)] * 2
    if is_none(axes):
        return None
    places = [p if isinstance(p, tuple) else (p,) for p in known(m, axes, "axes")]
    if not len(ranks) - (ranks[2] == 0) <= len(places) <= len(ranks):
        m.fail(TypeCheckError, f"{what}: axes is a list of the axes of each operand and of the result")
    for place, rank in zip(places, ranks, strict=False):
        if len(place) != rank:
            m.fail(TypeCheckError, f"{what}: axes has {list(place)} where it takes {rank} of them")
    return places


def ends(rank: int) -> tuple[int, ...]:
    return tuple(range(-rank, 0))


def moved_axes(m: Machine, x: Value, source: tuple[int, ...], target: tuple[int, ...]) -> Value:
    return m.call(Const(np.moveaxis), [x, Const(source), Const(target)], [])


PRODUCTS: dict[Any, Callable[..., Value]] = {
    np.dot: np_dot,
    np.vdot: np_vdot,
    np.inner: np_inner,
    np.outer: np_outer,
    np.linalg.outer: linalg_outer,
    np.matmul: with_axes(np_matmul, "np.matmul", (2, 2, 2)),
    np.linalg.matmul: np_matmul,
    np.tensordot: np_tensordot,
    np.linalg.tensordot: np_tensordot,
    np.vecdot: with_axes(np_vecdot, "np.vecdot", (1, 1, 0)),
    np.linalg.vecdot: linalg_vecdot,
    np.matvec: with_axes(np_matvec, "np.matvec", (2, 1, 1)),
    np.vecmat: with_axes(np_vecmat, "np.vecmat", (1, 2, 1)),
}
