"""`x.at[i].set(v)` of a jax array: the class of `x.at`, in a compiled program.

What is computed is one call of jax, so an index that is out of bounds does what it does there: reads are clamped,
writes are dropped.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def updated(array: Any, index: Any, method: str, *args: Any, **options: Any) -> Any:
    """`array.at[index].method(*args, **options)`, where an index that is a mask goes with a number."""
    if getattr(index, "dtype", None) != np.dtype(bool) or method == "get":
        return getattr(array.at[index], method)(*args, **options)
    xp = array.__array_namespace__()
    if index.shape != array.shape[: index.ndim] or xp.ndim(args[0]):
        raise NotImplementedError("an array at the places of a mask, whose number is known only at run time")
    mask = xp.reshape(index, index.shape + (1,) * (array.ndim - index.ndim))
    return xp.where(mask, getattr(array.at[...], method)(*args, **options), array)


updated.__myialike__ = lambda: ("jax", updated, ())  # type: ignore[attr-defined]  # jax traces it


class At:
    """`array.at`."""

    def __init__(self: Any, array: Any) -> None:
        self.array = array

    def __getitem__(self: Any, index: Any) -> Any:
        return Place(self.array, index)


class Place:
    """`array.at[index]`."""

    def __init__(self: Any, array: Any, index: Any) -> None:
        self.array = array
        self.index = index

    def get(self: Any, **options: Any) -> Any:
        return updated(self.array, self.index, "get", **options)

    def set(self: Any, values: Any, **options: Any) -> Any:
        return updated(self.array, self.index, "set", values, **options)

    def add(self: Any, values: Any, **options: Any) -> Any:
        return updated(self.array, self.index, "add", values, **options)

    def subtract(self: Any, values: Any, **options: Any) -> Any:
        return updated(self.array, self.index, "subtract", values, **options)

    def multiply(self: Any, values: Any, **options: Any) -> Any:
        return updated(self.array, self.index, "multiply", values, **options)

    def mul(self: Any, values: Any, **options: Any) -> Any:
        return updated(self.array, self.index, "mul", values, **options)

    def divide(self: Any, values: Any, **options: Any) -> Any:
        return updated(self.array, self.index, "divide", values, **options)

    def power(self: Any, values: Any, **options: Any) -> Any:
        return updated(self.array, self.index, "power", values, **options)

    def min(self: Any, values: Any, **options: Any) -> Any:
        return updated(self.array, self.index, "min", values, **options)

    def max(self: Any, values: Any, **options: Any) -> Any:
        return updated(self.array, self.index, "max", values, **options)
