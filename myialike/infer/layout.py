"""How arrays lie in memory, as far as the meaning of a program depends on it: whether a reshape is a view or a copy.

NumPy reshapes without copying where the strides allow it, and writing to the result then writes to the original.
Strides are counted in elements. An array that is computed from a transposed one may keep that one's order; its strides
are not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Strides = tuple[int, ...]
Spec = tuple[tuple[Any, ...], ...]


def contiguous(shape: Sequence[int]) -> Strides:
    """The strides of an array in C order.

    >>> contiguous((2, 3, 4))
    (12, 4, 1)
    """
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def is_falling(strides: Strides, shape: Sequence[int]) -> bool:
    """Whether NumPy gives what it computes from such an array, element by element, in C order.

    >>> is_falling((6, 2), (2, 3)), is_falling((-3, 1), (2, 3)), is_falling((1, 2), (2, 3)), is_falling((1, 9), (3, 1))
    (True, True, False, True)
    """
    steps = [abs(step) for step, size in zip(strides, shape, strict=True) if size != 1]
    return steps == sorted(steps, reverse=True)


def viewed(strides: Strides, shape: Sequence[int], op: str, attrs: dict[str, Any]) -> Strides | None:
    """The strides of a view of an array of these strides; None where there is no such view."""
    if op == "transpose":
        return tuple(strides[k] for k in attrs["perm"])
    if op == "reshape":
        return reshaped(strides, shape, attrs["shape"])
    if op in ("real", "imag"):
        return tuple(2 * step for step in strides)
    found, axis = [], 0
    for entry in attrs["spec"]:
        if entry[0] == "new":
            found.append(0)
            continue
        if entry[0] in ("slice", "dyn"):
            found.append(strides[axis] * (entry[3] if entry[0] == "slice" else 1))
        axis += 1
    return tuple(found)


def composed(first: Spec, second: Spec) -> Spec | None:
    """The one index that an index into an index is, where both have known ints and slices alone; else None.

    >>> composed((("slice", 1, 4, 2), ("int", 0)), (("slice", 3, 2, -1),)), composed((("i",),), ())
    ((('slice', 7, 2, -2), ('int', 0)), None)
    """
    if any(entry[0] not in ("int", "slice") for entry in (*first, *second)):
        return None
    rest = iter(second)
    found: list[tuple[Any, ...]] = []
    for entry in first:
        if entry[0] == "int":
            found.append(entry)
            continue
        _, start, _, step = entry
        match next(rest):
            case ("int", k):
                found.append(("int", start + k * step))
            case (_, k, count, by):
                found.append(("slice", start + k * step, count, by * step))
    return tuple(found)


def reshaped(strides: Strides, old: Sequence[int], new: Sequence[int]) -> Strides | None:
    """The strides of a reshape without copying, None if it has to copy.

    >>> reshaped((3, 1), (2, 3), (6,)), reshaped((1, 2), (3, 2), (6,)), reshaped((1, 2), (3, 2), (3, 1, 2))
    ((1,), None, (1, 2, 2))
    """
    if 0 in old:
        return contiguous(new)
    runs = _runs(strides, old)
    found: list[int] = [0] * len(new)
    k = len(new)
    for size, step in reversed(runs):
        while size > 1 and k > 0:
            k -= 1
            if size % new[k]:
                return None
            found[k] = step
            step, size = step * new[k], size // new[k]
        if size > 1:
            return None
    while k > 0:
        k -= 1
        found[k] = found[k + 1] if k + 1 < len(new) else 1
    return tuple(found)


def _runs(strides: Strides, shape: Sequence[int]) -> list[tuple[int, int]]:
    """The dims of an array merged where they lie one after the other: size and step of each run."""
    runs: list[tuple[int, int]] = []
    for size, step in zip(shape, strides, strict=True):
        if size == 1:
            continue
        if runs and runs[-1][1] == size * step:
            runs[-1] = runs[-1][0] * size, step
        else:
            runs.append((size, step))
    return runs
