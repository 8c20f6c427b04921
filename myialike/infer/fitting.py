"""Python's numbers written into arrays of ints: what does not fit is NumPy's error, not a wrapped value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from myialike.infer.emit import cast, pointwise
from myialike.infer.heap import ListState
from myialike.infer.machine import Machine, array_type
from myialike.infer.ufuncs import raise_now
from myialike.infer.values import Num, Ref, Tup, Value, as_num
from myialike.ir.syntax import Lit
from myialike.ir.types import F64, I64, Array, DType

LONG = "Python int too large to convert to C long"


def check_fits(m: Machine, value: Value, dtype: DType, floats: bool = True) -> None:
    """Check that Python's numbers in `value`, a number or nested lists, fit a dtype; with `floats` its floats too."""
    if dtype.kind not in "iu":
        return
    value = m.use(value)
    num = as_num(value)
    if num is not None:
        _one(m, num, dtype, floats)
    elif isinstance(value, Tup):
        for item in value.items:
            check_fits(m, item, dtype, floats)
    elif isinstance(value, Ref) and isinstance(state := m.state(value.id), ListState):
        for item in state.items:
            check_fits(m, item, dtype, floats)


def _one(m: Machine, num: Num, dtype: DType, floats: bool) -> None:
    if num.kind != "python" or num.dtype not in (I64, F64) or (num.dtype == F64 and not floats):
        return
    if isinstance(num.atom, Lit):
        _known(m, num.atom.value, dtype)
    elif num.dtype == I64:
        _bounds(m, num, dtype)
    else:
        _float(m, num, dtype)


def _known(m: Machine, value: int | float, dtype: DType) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        error, what = (ValueError, "NaN") if math.isnan(value) else (OverflowError, "infinity")
        raise_now(m, error, f"cannot convert float {what} to integer")
    whole = int(value)
    if isinstance(value, float) and not -(2**63) <= whole < 2**63:
        raise_now(m, OverflowError, LONG)
    if not np.iinfo(dtype).min <= whole <= np.iinfo(dtype).max:
        raise_now(m, OverflowError, f"Python integer {whole} out of bounds for {dtype}")


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


def _float(m: Machine, num: Num, dtype: DType) -> None:
    for test, error, what in (("isnan", "ValueError", "NaN"), ("isinf", "OverflowError", "infinity")):
        ok = pointwise(m, "logical_not", pointwise(m, test, num.atom))
        m.check(ok, f"builtins.{error}", f"cannot convert float {what} to integer")
    near = pointwise(m, "lt", pointwise(m, "abs", num.atom), Lit(2.0**63, Array(F64)))
    m.check(near, "builtins.OverflowError", LONG)
    assert array_type(num.atom).dtype == F64
    _bounds(m, Num(cast(m, pointwise(m, "trunc", num.atom), I64), "python"), dtype)
