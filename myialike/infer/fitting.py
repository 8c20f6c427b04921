"""Numbers written into arrays of ints: what does not fit is NumPy's error, not a wrapped value.

Python's numbers are checked wherever they become ints of a dtype. NumPy's scalars are where they are set as elements,
`x[0] = v`, or are items of a list, and then only in arrays of signed ints; elsewhere they are cast as arrays are.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from myialike.infer.emit import cast, pointwise
from myialike.infer.heap import ListState
from myialike.infer.machine import Machine, array_type
from myialike.infer.ufuncs import raise_now
from myialike.infer.values import Num, Ref, Tup, Value, as_num
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import F64, I64, Array, DType

U64 = np.dtype(np.uint64)
LONG = "Python int too large to convert to C long"


def check_fits(m: Machine, value: Value, dtype: DType, floats: bool = True, is_set: bool = False) -> None:
    """Check that the numbers in `value`, a number or nested lists, fit a dtype; with `floats` floats too.

    `is_set`: the value is set as an element or as elements, so that a scalar of NumPy has to fit as well.
    """
    if dtype.kind not in "iu":
        return
    value = m.use(value)
    num = as_num(value)
    if num is not None:
        if num.kind == "python" or (is_set and num.kind == "numpy" and dtype.kind == "i"):
            _one(m, num, dtype, floats)
    elif isinstance(value, Tup):
        for item in value.items:
            check_fits(m, item, dtype, floats, is_set=True)
    elif isinstance(value, Ref) and isinstance(state := m.state(value.id), ListState):
        for item in state.items:
            check_fits(m, item, dtype, floats, is_set=True)


def check_flat(m: Machine, value: Value, dtype: DType) -> None:
    """Check that a number set as an element of `x.flat` fits: one error tells all."""
    num = as_num(m.use(value))
    if num is None or dtype.kind not in "iu" or num.dtype.kind not in "iuf":
        check_fits(m, value, dtype, is_set=True)
    elif num.kind == "python" or dtype.kind == "i":
        whole = pointwise(m, "trunc", cast(m, num.atom, F64)) if num.dtype.kind == "f" else num.atom
        fits = pointwise(m, "logical_and", *_within(m, whole, dtype))
        m.check(fits, "builtins.ValueError", "Error setting single item of array.")


def _within(m: Machine, whole: Atom, dtype: DType) -> tuple[Atom, Atom]:
    """Whether a number without fraction is at least the least of a dtype, and at most the greatest."""
    type, limits = array_type(whole), np.iinfo(dtype)
    if type.dtype.kind == "f":
        low, high = Lit(float(limits.min), type), Lit(float(int(limits.max) + 1), type)
        return pointwise(m, "ge", whole, low), pointwise(m, "lt", whole, high)
    own = np.iinfo(type.dtype)
    low, high = Lit(max(int(limits.min), int(own.min)), type), Lit(min(int(limits.max), int(own.max)), type)
    return pointwise(m, "ge", whole, low), pointwise(m, "le", whole, high)


def _one(m: Machine, num: Num, dtype: DType, floats: bool) -> None:
    kind = num.dtype.kind
    if kind not in "iuf" or (kind == "f" and not floats):
        return
    if isinstance(num.atom, Lit):
        _known(m, num.atom.value, dtype)
    elif kind == "f":
        _float(m, cast(m, num.atom, F64), dtype)
    else:
        _whole(m, num, dtype)


def _too_large(dtype: DType) -> int:
    """The first int that NumPy cannot even hold on the way to a dtype."""
    return 2**64 if dtype.kind == "u" and dtype.itemsize >= 4 else 2**63


def _known(m: Machine, value: int | float, dtype: DType) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        error, what = (ValueError, "NaN") if math.isnan(value) else (OverflowError, "infinity")
        raise_now(m, error, f"cannot convert float {what} to integer")
    whole = int(value)
    if not -(2**63) <= whole < _too_large(dtype):
        raise_now(m, OverflowError, LONG)
    if not np.iinfo(dtype).min <= whole <= np.iinfo(dtype).max:
        raise_now(m, OverflowError, f"Python integer {whole} out of bounds for {dtype}")


def _whole(m: Machine, num: Num, dtype: DType) -> None:
    limits = np.iinfo(num.dtype)
    low = limits.min if num.low is None else num.low
    high = limits.max if num.high is None else num.high
    if high >= 2**63:
        m.check(pointwise(m, "lt", num.atom, Lit(2**63, Array(num.dtype))), "builtins.OverflowError", LONG)
        high = 2**63 - 1
    _bounds(m, Num(cast(m, num.atom, I64), "python", low, high), dtype)


def _bounds(m: Machine, num: Num, dtype: DType) -> None:
    limits: Any = np.iinfo(dtype)
    low, high = limits.min, limits.max
    message = f"Python integer {{}} out of bounds for {dtype}"
    if low > -(2**63) and (num.low is None or num.low < low):
        above = pointwise(m, "ge", num.atom, Lit(low, Array(I64)))
        m.check(above, "builtins.OverflowError", message, [num.atom])
    if high < 2**63 - 1 and (num.high is None or num.high > high):
        below = pointwise(m, "le", num.atom, Lit(high, Array(I64)))
        m.check(below, "builtins.OverflowError", message, [num.atom])


def _float(m: Machine, atom: Atom, dtype: DType) -> None:
    for test, error, what in (("isnan", "ValueError", "NaN"), ("isinf", "OverflowError", "infinity")):
        ok = pointwise(m, "logical_not", pointwise(m, test, atom))
        m.check(ok, f"builtins.{error}", f"cannot convert float {what} to integer")
    whole, limit = pointwise(m, "trunc", atom), _too_large(dtype)
    above = pointwise(m, "ge", whole, Lit(-(2.0**63), Array(F64)))
    below = pointwise(m, "lt", whole, Lit(float(limit), Array(F64)))
    m.check(pointwise(m, "logical_and", above, below), "builtins.OverflowError", LONG)
    limits: Any = np.iinfo(dtype)
    at_least, at_most = _within(m, whole, dtype)
    message = f"Python integer {{}} out of bounds for {dtype}"
    if limits.min > -(2**63):
        m.check(at_least, "builtins.OverflowError", message, [cast(m, whole, I64)])
    if limits.max < limit - 1:
        shown = cast(m, whole, U64 if limit > 2**63 else I64)
        m.check(at_most, "builtins.OverflowError", message, [shown])
