"""Functions of the module `math` that are written in terms of others."""

from __future__ import annotations

from typing import Any


def gcd(*integers: Any) -> Any:
    """Euclid's algorithm."""
    result = 0
    for value in integers:
        b = abs(value)
        while b:
            result, b = b, result % b
    return result


def lcm(*integers: Any) -> Any:
    result = 1
    for value in integers:
        a, b = result, abs(value)
        while b:
            a, b = b, a % b
        result = 0 if value == 0 or result == 0 else result // a * abs(value)
    return result


def prod(iterable: Any, *, start: Any = 1) -> Any:
    result = start
    for value in iterable:
        result = result * value
    return result


def isclose(a: Any, b: Any, *, rel_tol: Any = 1e-09, abs_tol: Any = 0.0) -> Any:
    if rel_tol < 0 or abs_tol < 0:
        raise ValueError("tolerances must be non-negative")
    if a == b:
        return True
    if abs(a) == float("inf") or abs(b) == float("inf"):
        return False
    return bool(abs(a - b) <= max(rel_tol * max(abs(a), abs(b)), float(abs_tol)))
