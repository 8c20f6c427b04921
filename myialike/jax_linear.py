"""A linear function for jax, given together with its transpose.

    outs = linear_call(push, pull, residuals, xs, types)    push(residuals, xs), which is linear in xs, of these types

Forward mode of jax evaluates `push`, reverse mode `pull(residuals, bars)`, its transpose; neither is traced where it is
not needed. Both are functions of lists of arrays that jax can trace, map and differentiate, the residuals too, so
derivatives of higher order follow. (`jax.custom_derivatives.linear_call` is such a thing too, but has no rule for
`jax.vmap`, and traces both.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

Arrays = Sequence[Any]
Linear = Callable[[Arrays, Arrays], Arrays]

array_of: Callable[[Any], Any] = ad.instantiate_zeros  # a tangent as an array, if it is a symbolic zero too
linear_p: Any = Primitive("myialike_linear")
linear_p.multiple_results = True


def type_of(x: Any) -> Any:
    """The shape and dtype of an array, as jax has them."""
    return jax.core.ShapedArray(jax.numpy.shape(x), jax.numpy.result_type(x))


def linear_call(push: Linear, pull: Linear, residuals: Arrays, xs: Arrays, types: Sequence[Any]) -> list[Any]:
    """`push(residuals, xs)`, whose transpose in xs is `pull`; its results have the `types`."""
    back = tuple(map(type_of, xs))
    return _bind(push, pull, residuals, xs, tuple(types), back)


def _bind(push: Linear, pull: Linear, residuals: Arrays, xs: Arrays, types: Any, back: Any) -> list[Any]:
    options = {"push": push, "pull": pull, "count": len(residuals), "types": types, "back": back}
    found: list[Any] = linear_p.bind(*residuals, *xs, **options)
    return found


def _evaluated(*args: Any, push: Linear, count: int, **_: Any) -> list[Any]:
    return list(push(args[:count], args[count:]))


def _is_zero(tangent: Any) -> bool:
    return type(tangent) is ad.Zero or tangent.dtype == jax.dtypes.float0


def _tangents(primals: Arrays, tangents: Arrays, *, push: Linear, pull: Linear, count: int, **types: Any) -> Any:
    """The value, and its tangents: those of the residuals through the derivative of `push`."""
    residuals = primals[:count]
    value = _bind(push, pull, residuals, primals[count:], **types)
    moving = [k for k, t in enumerate(tangents) if not _is_zero(t)]
    if all(k >= count for k in moving):
        return value, _bind(push, pull, residuals, [array_of(t) for t in tangents[count:]], **types)

    def of_moving(*values: Any) -> list[Any]:
        args = list(primals)
        for k, v in zip(moving, values, strict=True):
            args[k] = v
        return list(push(args[:count], args[count:]))

    dots = jax.jvp(of_moving, [primals[k] for k in moving], [tangents[k] for k in moving])[1]
    return value, dots


def _transposed(bars: Arrays, *args: Any, push: Linear, pull: Linear, count: int, types: Any, back: Any) -> list[Any]:
    found = _bind(pull, push, args[:count], [array_of(b) for b in bars], back, types)
    pairs = zip(args[count:], found, strict=True)
    return [None] * count + [bar if isinstance(x, ad.UndefinedPrimal) else None for x, bar in pairs]


def _mapped(
    args: Arrays, dims: Sequence[Any], *, push: Linear, pull: Linear, count: int, types: Any, back: Any
) -> tuple[Any, Any]:
    """All of the linear arguments are mapped, so that the transpose has nothing to sum over the elements."""
    size = next(a.shape[d] for a, d in zip(args, dims, strict=True) if d is not None)
    residuals = [a if d is None else jax.numpy.moveaxis(a, d, 0) for a, d in zip(args[:count], dims, strict=False)]
    axes = [None if d is None else 0 for d in dims[:count]]
    pairs = zip(args[count:], dims[count:], strict=True)
    xs = [jax.numpy.broadcast_to(x, (size, *x.shape)) if d is None else jax.numpy.moveaxis(x, d, 0) for x, d in pairs]

    def each(fn: Linear) -> Linear:
        def run(residuals: Arrays, xs: Arrays) -> Arrays:
            found: Arrays = jax.vmap(fn, (axes, 0), 0, axis_size=size)(list(residuals), list(xs))
            return found

        return run

    wide, wide_back = (tuple(jax.core.ShapedArray((size, *t.shape), t.dtype) for t in ts) for ts in (types, back))
    return _bind(each(push), each(pull), residuals, xs, wide, wide_back), [0] * len(types)


linear_p.def_impl(_evaluated)
linear_p.def_abstract_eval(lambda *args, types, **_: list(types))
ad.primitive_jvps[linear_p] = _tangents
ad.primitive_transposes[linear_p] = _transposed
batching.primitive_batchers[linear_p] = _mapped
mlir.register_lowering(linear_p, mlir.lower_fun(_evaluated, multiple_results=True))
