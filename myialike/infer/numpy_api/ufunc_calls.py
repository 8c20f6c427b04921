"""Calls of ufuncs: `np.add(x, y, out=z, where=m, dtype=..., casting=...)`.

A ufunc is one typed operation (`infer.ufuncs.UFUNCS`), or a composition of them (`COMPOSED`), or a function of the
library (`library.UFUNCS`); the last two are given operands in the dtypes that NumPy's loop works in. What `out` and
`where` mean is the same for all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike import library
from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.emit import broadcast, broadcast_shapes, cast, join_kinds, pointwise, truth
from myialike.infer.library_calls import call_library
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api.arguments import TRUE, array_of, dtype_of, is_none, number
from myialike.infer.numpy_api.binding import allow
from myialike.infer.ufuncs import UFUNCS, converted, operand, power, resolve, ufunc_atom
from myialike.infer.values import NONE, Const, Ref, Tup, Value
from myialike.ir.syntax import Atom
from myialike.ir.types import BOOL, F64, Array, DType

Keywords = Sequence[tuple[str, Value]]
TAKEN = ("out", "where", "casting", "dtype", "order", "subok")


def is_ufunc(fn: Any) -> bool:
    """Whether `fn` is a ufunc that is taken."""
    return isinstance(fn, np.ufunc) and (fn in UFUNCS or fn in COMPOSED or fn in library.UFUNCS)


def call_ufunc(m: Machine, fn: np.ufunc, args: Sequence[Value], keywords: Keywords) -> Value:
    """`fn(*args, **keywords)`."""
    what, options = f"np.{fn.__name__}", dict(keywords)
    for name in options:
        if name not in TAKEN:
            m.fail(UnsupportedError, f"{what} with the argument {name!r} is not supported yet", "leave it out")
    if not fn.nin <= len(args) <= fn.nin + fn.nout or ("out" in options and len(args) > fn.nin):
        s = "s" * (fn.nin > 1)
        m.fail(TypeCheckError, f"{what} takes {fn.nin} argument{s}, and {len(args)} are given")
    operands = [m.use(a) for a in args[: fn.nin]]
    if fn in (np.equal, np.not_equal) and not options and len(args) == 2 and sum(map(is_none, operands)) == 1:
        other = next(a for a in operands if not is_none(a))
        shape = array_type(array_of(m, other, what)[0]).shape
        return m.result(m.builder.full(Array(BOOL, shape), fn is np.not_equal), "numpy")
    outs = outputs(m, fn, m.use(options.get("out", NONE)), args[fn.nin :], what)
    where, casting = m.use(options.get("where", TRUE)), m.known(options.get("casting", Const("same_kind")), "casting")
    mask = mask_of(m, where, what)
    if mask is not None and fn is np.power:
        operands[1] = call_ufunc(m, np.multiply, [operands[1], m.new_array(mask)], ())  # x ** -1 of ints is an error
    results = evaluate(m, fn, operands, what, dtype_of(m, options.get("dtype", NONE)), casting)
    found = [finished(m, r, o, mask, casting, what) for r, o in zip(results, outs, strict=True)]
    return found[0] if fn.nout == 1 else Tup(tuple(found))


def outputs(m: Machine, fn: np.ufunc, out: Value, positional: Sequence[Value], what: str) -> list[Value]:
    """The `out` of each result, None where it has none."""
    given: list[Value] = list(positional) if positional else list(out.items) if isinstance(out, Tup) else [out]
    if len(given) == 1 and is_none(given[0]):
        given = [NONE] * fn.nout
    if isinstance(out, Tup) and len(given) != fn.nout:
        m.fail(TypeCheckError, f"{what}: out is a tuple of {fn.nout}, not of {len(given)}")
    return [m.use(v) for v in (*given, *(NONE,) * (fn.nout - len(given)))]


def mask_of(m: Machine, where: Value, what: str) -> Atom | None:
    """The mask of `where=`; None where it is True."""
    if isinstance(where, Const) and (where.value is True or where.value is np.True_):
        return None
    atom, _ = array_of(m, where, what)
    if array_type(atom).dtype.kind not in "biu":
        m.fail(TypeCheckError, f"{what}: where is an array of bools, not {atom.type}")
    return truth(m, atom)


def evaluate(
    m: Machine, fn: np.ufunc, args: Sequence[Value], what: str, dtype: DType | None, casting: str
) -> tuple[Value, ...]:
    """The results of a ufunc."""
    operands = [operand(m, a, what) for a in args]
    kind = join_kinds([k for _, k in operands])
    if fn in UFUNCS:
        return (m.result(ufunc_atom(m, fn, operands, what, dtype, casting), kind),)
    inputs, out = resolve(m, fn, operands, what, dtype, casting)
    atoms = [converted(m, o, d, out) for o, d in zip(operands, inputs, strict=True)]
    if fn in COMPOSED:
        return tuple(m.result(a, kind) for a in COMPOSED[fn](m, *atoms))
    written = call_library(m, library.UFUNCS[fn], what, [m.result(a, kind) for a in atoms], ())
    return written.items if isinstance(written, Tup) else (written,)


def finished(m: Machine, result: Value, out: Value, mask: Atom | None, casting: str, what: str) -> Value:
    """A result as the call gives it: written into `out`, where the mask is true."""
    found = m.operand(result)
    assert found is not None
    if is_none(out):
        if mask is not None:
            text = f"{what} with where= and without out= leaves elements undefined"
            m.fail(UnsupportedError, text, "pass out=, or use np.where(mask, ..., x)")
        return result
    if isinstance(out, Const) and out.value is ...:
        return m.new_array(*found) if not array_type(found[0]).shape else result
    if not isinstance(out, Ref) or not m.is_array(out):
        m.fail(TypeCheckError, f"{what}: out is an array, not {m.describe(out)}", "make it with np.empty(shape, dtype)")
    old, new = m.array(out.id), found[0]
    want = array_type(old)
    shapes = [array_type(new).shape, *(() if mask is None else (array_type(mask).shape,))]
    shape = broadcast_shapes(m, [*shapes, want.shape], what)
    if shape != want.shape:
        m.fail(ShapeError, f"{what}: the result is of shape {list(shape)}, which does not fit out of type {want}")
    allow(m, array_type(new).dtype, want.dtype, what, casting)
    new = broadcast(m, cast(m, new, want.dtype), shape)
    m.write(out.id, new if mask is None else m.emit("select", broadcast(m, mask, shape), new, old))
    return out


# -- compositions, on operands of the loop's dtypes ------------------------------------------------------------------


def _square(m: Machine, x: Atom) -> tuple[Atom, ...]:
    return (pointwise(m, "mul", x, x),)


def _reciprocal(m: Machine, x: Atom) -> tuple[Atom, ...]:
    """1 / x; of ints the quotient of floats, cut: 0 but for 1 and -1, and what the machine makes of infinity."""
    dtype = array_type(x).dtype
    if dtype.kind in "iu":
        return (cast(m, pointwise(m, "div", number(F64, 1), cast(m, x, F64)), dtype),)
    found = pointwise(m, "div", number(dtype, 1), x)
    if dtype.kind != "c":
        return (found,)
    unknown = number(dtype, complex(math.nan, math.nan))  # where 1 / 0j has an infinite part
    return (pointwise(m, "select", pointwise(m, "eq", x, number(dtype, 0)), unknown, found),)


def _scaled(factor: float) -> Callable[..., tuple[Atom, ...]]:
    return lambda m, x: (pointwise(m, "mul", x, number(array_type(x).dtype, factor)),)


def _divmod(m: Machine, a: Atom, b: Atom) -> tuple[Atom, ...]:
    return pointwise(m, "floordiv", a, b), pointwise(m, "mod", a, b)


def _modf(m: Machine, x: Atom) -> tuple[Atom, ...]:
    """The fraction and the whole part, both with the sign of x; of infinity 0 and infinity."""
    whole = pointwise(m, "trunc", x)
    zero = number(array_type(x).dtype, 0)
    rest = pointwise(m, "select", pointwise(m, "isinf", x), zero, pointwise(m, "sub", x, whole))
    return pointwise(m, "copysign", rest, x), whole


def _float_power(m: Machine, a: Atom, b: Atom) -> tuple[Atom, ...]:
    return (power(m, a, b, "np.float_power"),)


def _logaddexp2(m: Machine, a: Atom, b: Atom) -> tuple[Atom, ...]:
    """log2(2**a + 2**b), by natural logarithms."""
    scale = number(array_type(a).dtype, math.log(2))
    total = pointwise(m, "logaddexp", pointwise(m, "mul", a, scale), pointwise(m, "mul", b, scale))
    return (pointwise(m, "div", total, scale),)


COMPOSED: dict[np.ufunc, Callable[..., tuple[Atom, ...]]] = {
    np.square: _square,
    np.reciprocal: _reciprocal,
    np.divmod: _divmod,
    np.modf: _modf,
    np.positive: lambda m, x: (x,),
    np.float_power: _float_power,
    np.logaddexp2: _logaddexp2,
    **{fn: _scaled(math.pi / 180) for fn in (np.deg2rad, np.radians)},
    **{fn: _scaled(180 / math.pi) for fn in (np.rad2deg, np.degrees)},
}
