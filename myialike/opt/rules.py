"""The algebraic laws that the optimiser knows, as data.

A law says that the left side may be replaced by the right side. It must hold for every value of every dtype kind in
`kinds`: for NaN, infinities, both zeros and integers that wrap around. Both sides must have the same derivative as
well, since programs are simplified before they are differentiated. That is why some famous laws are not here:

    x + 0.0 = x         -0.0 + 0.0 is 0.0. The law for floats is x + -0.0 = x.
    0.0 - x = -x        0.0 - 0.0 is 0.0. The law for floats is -0.0 - x = -x.
    x * 0.0 = 0.0       NaN, infinities, signs. It holds for integers.
    x - x = 0.0         the same.
    z * 1 = z           for complex z: the product inf * 0 inside of it is NaN.
    (x + y) + z         rounding.
    maximum(x, -inf)    NaN would be fine, but the derivative where x is -inf differs.

`zmul(g, p)` is `g * p`, but zero where g is zero, whatever p is. Only rules of differentiation make it, and the sign of
that zero is not promised: a law that is marked `signed_zero=False` may change the sign of a zero.

The right side is one atom for each result, or a single operation: a law never makes a program larger. A law is applied
only where both sides have the same type, so `cast(x) = x` needs no condition. `kinds` are the dtype kinds
(`np.dtype.kind`, bfloat16 counted as "f") of the first input of the left side. The tests put values of every kind
through both sides.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from myialike.ir.syntax import Var
from myialike.ir.types import DTYPES, Array, DType, SymDim
from myialike.opt.pattern import Match

INTEGERS = "biu"


def _always(match: Match) -> bool:
    return True


def _nothing(match: Match) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Law:
    """`left = right` for the dtype kinds `kinds`, where `when` holds.

    Attributes:
        let: values for the attributes that the right side names and the left side does not.
        signed_zero: whether the law keeps the sign of zeros.
    """

    left: str
    right: str
    kinds: str = "biufc"
    when: Callable[[Match], bool] = _always
    let: Callable[[Match], dict[str, Any]] = _nothing
    signed_zero: bool = True


def _finite(hole: str) -> Callable[[Match], bool]:
    """The hole stands for a finite constant."""

    def when(match: Match) -> bool:
        literal = match.literal(match.atoms[hole])
        return literal is not None and not isinstance(literal.value, complex) and math.isfinite(literal.value)

    return when


def _nonzero(hole: str) -> Callable[[Match], bool]:
    """The hole stands for a constant that is not zero."""

    def when(match: Match) -> bool:
        literal = match.literal(match.atoms[hole])
        return literal is not None and literal.value != 0

    return when


def _is_bool(hole: str) -> Callable[[Match], bool]:
    return lambda match: match.array(hole).dtype.kind == "b"


def _is_scalar(hole: str) -> Callable[[Match], bool]:
    return lambda match: not match.array(hole).shape


def _made_by(hole: str, op: str) -> Callable[[Match], bool]:
    return lambda match: match.made_by(hole, op)


def _identity_perm(match: Match) -> bool:
    return bool(match.attrs["p"] == tuple(range(len(match.attrs["p"]))))


def _composed_perm(match: Match) -> dict[str, Any]:
    return {"r": tuple(match.attrs["p"][k] for k in match.attrs["q"])}


def _out_shape(match: Match) -> dict[str, Any]:
    assert isinstance(match.out, Array)
    return {"t": match.out.shape}


def _lossless(match: Match) -> bool:
    """Every value of x's dtype is a value of the dtype in between, and x is the same kind of number there."""
    return _embeds(match.array("x").dtype, DTYPES[match.attrs["d"]])


def _embeds(small: DType, large: DType) -> bool:
    """Whether `large` holds every value of `small`. NumPy calls i64 -> f64 safe; it is not.

    >>> _embeds(np.dtype("i4"), np.dtype("f8")), _embeds(np.dtype("i8"), np.dtype("f8"))
    (True, False)
    """
    if small.kind in "iu" and large.kind in "fc":
        return small.itemsize * 8 <= np.finfo(large).nmant
    return small.kind in "biuf" and large.kind in "biuf" and np.can_cast(small, large, "safe")


def _no_repeats(match: Match) -> bool:
    """No element is written twice: the indices of an `arr` might repeat."""
    return all(entry[0] != "arr" for entry in match.attrs["s"])


def _only_step(match: Match) -> bool:
    """Nothing else needs the array that is written to again: else it and the new one could not be the same memory."""
    array = match.root.inputs[0]
    return _no_repeats(match) and isinstance(array, Var) and match.uses.get(array.name, 1) <= 1


def _whole(match: Match) -> bool:
    """Every axis is taken whole, in order."""
    whole = tuple(("slice", 0, dim, 1) for dim in match.array("x").shape)
    return match.attrs["s"] == whole and not any(isinstance(dim, SymDim) for dim in match.array("x").shape)


ARITHMETIC = (
    Law("add(x, -0.0)", "x", "iuf"),
    Law("sub(x, 0)", "x", "iufc"),
    Law("sub(-0.0, x)", "neg(x)", "if"),
    Law("sub(x, x)", "0", "iu"),
    Law("mul(x, 1)", "x", "iuf"),
    Law("mul(x, -1)", "neg(x)", "if"),
    Law("mul(x, 0)", "0", "iu"),
    Law("div(x, 1)", "x", "f"),
    Law("div(x, -1)", "neg(x)", "f"),
    Law("floordiv(x, 1)", "x", "iu"),
    Law("mod(x, 1)", "0", "iu"),
    Law("neg(neg(x))", "x", "ifc"),
    Law("add(x, neg(y))", "sub(x, y)", "ifc"),
    Law("sub(x, neg(y))", "add(x, y)", "ifc"),
    Law("mul(neg(x), neg(y))", "mul(x, y)", "if"),
    Law("div(neg(x), neg(y))", "div(x, y)", "f"),
    Law("abs(abs(x))", "abs(x)", "if"),
    Law("abs(neg(x))", "abs(x)", "if"),
    Law("maximum(x, x)", "x"),
    Law("minimum(x, x)", "x"),
    Law("pow(x, 1)", "x", "f"),
    Law("integer_pow(x, n=1)", "x", "if"),
    Law("integer_pow(x, n=0)", "1", "if"),
    Law("conj(conj(x))", "x", "c"),
    Law("real(complex(x, y))", "x", "c"),
    Law("imag(complex(x, y))", "y", "c"),
    Law("complex(real(x), imag(x))", "x", "f"),
    Law("stop_gradient(stop_gradient(x))", "stop_gradient(x)"),
)

ZERO_PRODUCTS = (
    Law("zmul(g, p)", "mul(g, p)", "f", when=_finite("p"), signed_zero=False),
    Law("zmul(g, p)", "mul(g, p)", "fc", when=_nonzero("g")),
    Law("zmul(0, p)", "0", "fc"),
    Law("zmul(-0.0, p)", "0", "f"),
)

LOGIC = (
    Law("logical_not(logical_not(p))", "p", "b"),
    Law("logical_not(eq(x, y))", "ne(x, y)", "b"),
    Law("logical_not(ne(x, y))", "eq(x, y)", "b"),
    Law("logical_and(p, True)", "p", "b"),
    Law("logical_and(p, False)", "False", "b"),
    Law("logical_and(p, p)", "p", "b"),
    Law("logical_and(p, logical_not(p))", "False", "b"),
    Law("logical_or(p, False)", "p", "b"),
    Law("logical_or(p, True)", "True", "b"),
    Law("logical_or(p, p)", "p", "b"),
    Law("logical_or(p, logical_not(p))", "True", "b"),
    Law("logical_xor(p, False)", "p", "b"),
    Law("logical_xor(p, True)", "logical_not(p)", "b"),
    Law("eq(p, True)", "p", "b"),
    Law("eq(p, False)", "logical_not(p)", "b"),
    Law("ne(p, False)", "p", "b"),
    Law("ne(p, True)", "logical_not(p)", "b"),
    Law("ne(cast(p), 0)", "p", "iufc", when=_is_bool("p")),
    Law("eq(cast(p), 0)", "logical_not(p)", "iufc", when=_is_bool("p")),
    Law("eq(x, x)", "True", INTEGERS),
    Law("ne(x, x)", "False", INTEGERS),
    Law("le(x, x)", "True", INTEGERS),
    Law("ge(x, x)", "True", INTEGERS),
    Law("lt(x, x)", "False", INTEGERS),
    Law("gt(x, x)", "False", INTEGERS),
)

CHOICES = (
    Law("select(p, x, x)", "x"),
    Law("select(True, x, y)", "x"),
    Law("select(False, x, y)", "y"),
    Law("select(p, True, False)", "p"),
    Law("select(p, False, True)", "logical_not(p)"),
    Law("select(logical_not(p), x, y)", "select(p, y, x)"),
    Law("select(p, select(p, x, y), z)", "select(p, x, z)"),
    Law("select(p, x, select(p, y, z))", "select(p, x, z)"),
    Law("add(select(p, 0, x), select(p, y, 0))", "select(p, y, x)", "iuf", signed_zero=False),
    Law("add(select(p, y, 0), select(p, 0, x))", "select(p, y, x)", "iuf", signed_zero=False),
)

STRUCTURE = (
    Law("cast(x)", "x"),
    Law("cast(cast(x, dtype=d), dtype=e)", "cast(x, dtype=e)", when=_lossless),
    Law("broadcast(x)", "x"),
    Law("broadcast(broadcast(x), shape=t)", "broadcast(x, shape=t)"),
    Law("reshape(x)", "x"),
    Law("reshape(reshape(x), shape=t)", "reshape(x, shape=t)"),
    Law("reshape(x, shape=t)", "broadcast(x, shape=t)", when=_is_scalar("x")),
    Law("reshape(broadcast(x), shape=t)", "broadcast(x, shape=t)", when=_is_scalar("x")),
    Law("transpose(x, perm=p)", "x", when=_identity_perm),
    Law("transpose(transpose(x, perm=p), perm=q)", "transpose(x, perm=r)", let=_composed_perm),
    Law("transpose(broadcast(x))", "broadcast(x, shape=t)", when=_is_scalar("x"), let=_out_shape),
    Law("concatenate(x)", "x"),
    Law("reduce_sum(x, axes=())", "x"),
    Law("index(x, spec=s)", "x", when=_whole),
    Law("index(broadcast(x), *i)", "broadcast(x, shape=t)", when=_is_scalar("x"), let=_out_shape),
    Law("index(index_set(x, v, *i, spec=s), *i, spec=s)", "v", when=_no_repeats),
    Law("index_set(x, v, spec=s)", "v", when=_whole),
    Law("index_set(x, index(x, *i, spec=s), *i, spec=s)", "x", when=_no_repeats),
    Law("index_set(index_set(x, v, *i, spec=s), w, *i, spec=s)", "index_set(x, w, *i, spec=s)", when=_only_step),
    Law(
        "index_add(index_set(x, 0, *i, spec=s), v, *i, spec=s)",
        "index_set(x, v, *i, spec=s)",
        "iufc",
        when=_only_step,
        signed_zero=False,
    ),
)

STACKS = (
    Law("pop(push(s, v))", "s, v"),
    Law("pop(s)", "s, 0", when=_made_by("s", "stack_new")),
)

LAWS: tuple[Law, ...] = ARITHMETIC + ZERO_PRODUCTS + LOGIC + CHOICES + STRUCTURE + STACKS
