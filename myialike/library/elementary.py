"""Functions element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.decided import decided
from myialike.library.primitive import primitive
from myialike.library.refusal import refuse

op_sinc, op_complex = primitive("sinc"), primitive("complex")


def sinc(x: Any) -> Any:
    """sin(pi x) / (pi x), and 1 at 0."""
    x = np.asarray(x)
    if x.dtype.kind in "biu":
        x = x.astype(float)
    return op_sinc(np.pi * x, n=0)


def heaviside(x1: Any, x2: Any) -> Any:
    dtype = np.arctan2(x1, x2).dtype
    x, h = np.asarray(x1).astype(dtype), np.asarray(x2).astype(dtype)
    return np.where(x < 0, 0, np.where(x > 0, 1, np.where(x == 0, h, x)))[()]


def nan_to_num(x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    if not copy:
        return _nan_to_num_within(x, nan, posinf, neginf)
    x = np.array(x)
    if x.dtype.kind in "biu":
        return x[()] if x.ndim == 0 else x
    if x.dtype.kind == "c":
        return op_complex(*[nan_to_num(part, True, nan, posinf, neginf) for part in (x.real, x.imag)])
    largest = float(np.finfo(x.dtype).max)
    x = np.where(np.isnan(x), np.asarray(nan).astype(x.dtype), x)
    x = np.where(x == np.inf, np.asarray(largest if posinf is None else posinf).astype(x.dtype), x)
    x = np.where(x == -np.inf, np.asarray(-largest if neginf is None else neginf).astype(x.dtype), x)
    return x[()] if x.ndim == 0 else x


def _nan_to_num_within(x: Any, nan: Any, posinf: Any, neginf: Any) -> Any:
    if not isinstance(x, np.ndarray):
        refuse("np.nan_to_num with copy=False of what is no array")
    x[...] = nan_to_num(x, True, nan, posinf, neginf)
    return x


def isclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: Any = False) -> Any:
    x, y = a, b
    if not isinstance(x, (int, float, complex)) or isinstance(x, np.generic):
        x = np.asarray(x)
    if isinstance(y, (int, float, complex)) and not isinstance(y, np.generic):
        y = float(y) if isinstance(y, int) else y
    else:
        y = np.asarray(y)
        y = y.astype(np.result_type(y, 1.0))
    result = np.less_equal(abs(np.subtract(x, y)), atol + rtol * abs(y)) & np.isfinite(y) | np.equal(x, y)
    if equal_nan:
        result = result | (np.isnan(x) & np.isnan(y))
    return result


def allclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: Any = False) -> Any:
    return bool(np.all(np.isclose(a, b, rtol, atol, equal_nan)))


def fix(x: Any) -> Any:
    return np.trunc(x)


def isposinf(x: Any) -> Any:
    return np.isinf(x) & ~np.signbit(x)


def isneginf(x: Any) -> Any:
    return np.isinf(x) & np.signbit(x)


def iscomplex(x: Any) -> Any:
    return np.asarray(x).imag != 0


def isreal(x: Any) -> Any:
    return np.imag(x) == 0


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """Linear interpolation between points of ascending xp; at a point, the slope is that on its right."""
    x, xp, fp = np.asarray(x).astype(float), np.asarray(xp).astype(float), np.asarray(fp)
    if fp.dtype.kind == "c":
        refuse("np.interp of complex values")
    fp = fp.astype(float)
    if xp.ndim != 1 or fp.ndim != 1:
        raise ValueError("object too deep for desired array")
    if period is not None:
        if period == 0:
            raise ValueError("period must be a non-zero value")
        period, left, right = abs(period), None, None
        x, xp = x % period, xp % period
        order = np.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = np.concatenate((xp[-1:] - period, xp, xp[0:1] + period))
        fp = np.concatenate((fp[-1:], fp, fp[0:1]))
    if len(xp) == 0:
        raise ValueError("array of sample points is empty")
    if len(xp) != len(fp):
        raise ValueError("fp and xp are not of the same length.")
    if len(xp) == 1:
        inside = np.where(np.isnan(x), x, fp[0])
    else:
        k = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
        slope = (fp[k + 1] - fp[k]) / (xp[k + 1] - xp[k])
        inside = np.where(x == xp[-1], fp[-1], slope * (x - xp[k]) + fp[k])
    low = np.where(x < xp[0], fp[0] if left is None else left, inside)
    return np.where(x > xp[-1], fp[-1] if right is None else right, low)[()]


def isin(
    element: Any, test_elements: Any, assume_unique: Any = False, invert: Any = False, *, kind: Any = None
) -> Any:
    """By comparing all pairs."""
    if kind not in (None, "sort", "table"):
        raise ValueError(f"Invalid kind: '{kind}'. Please use None, 'sort' or 'table'.")
    element, others = np.asarray(element), np.ravel(test_elements)
    found = np.asarray(np.any(np.equal(element[..., None], others), axis=-1))
    return np.asarray(~found) if invert else found


def real_if_close(a: Any, tol: Any = 100) -> Any:
    """Real numbers if all imaginary parts are close to 0."""
    a = np.asarray(a)
    if a.dtype.kind != "c":
        return a
    limit = tol * np.finfo(a.real.dtype).eps if tol > 1 else tol
    return a if decided(~np.all(np.absolute(a.imag) < limit), "np.real_if_close") else a.real
