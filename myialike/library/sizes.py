"""Functions whose result's size is known only at run time: what they give can be reduced, but not returned.

Their results are rows that a mask picks (`myialike.library.picked`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.picked import chosen, is_picked, is_sized, packed
from myialike.library.quantiles import checked
from myialike.library.refusal import refuse


def nonzero(a: Any) -> Any:
    a = np.asarray(a)
    if a.ndim == 0:
        raise ValueError(
            "Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead. If the context "
            "of this error is of the form `arr[nonzero(cond)]`, just use `arr[cond]`."
        )
    places = np.indices(a.shape).reshape((a.ndim, a.size))
    mask = np.ravel(a != 0)
    return tuple([chosen(places[k], mask) for k in range(a.ndim)])


def flatnonzero(a: Any) -> Any:
    mask = np.ravel(a) != 0
    return _where(np.arange(len(mask)), mask)


def _where(values: Any, mask: Any) -> Any:
    """`chosen`, of rows of which there may be a run-time number."""
    return values[mask] if is_sized(values) else chosen(values, mask)


def argwhere(a: Any) -> Any:
    a = np.asarray(a)
    if a.ndim == 0:
        refuse("np.argwhere of a number")
    return chosen(np.indices(a.shape).reshape((a.ndim, a.size)).T, np.ravel(a != 0))


def extract(condition: Any, arr: Any) -> Any:
    mask, values = np.ravel(condition) != 0, np.ravel(arr)
    if len(mask) != len(values):
        refuse("np.extract with a condition of another size")
    return chosen(values, mask)


def compress(condition: Any, a: Any, axis: Any = None) -> Any:
    """With a list of known bools the size is known."""
    a = np.ravel(a) if axis is None else np.asarray(a)
    where = 0 if axis is None else checked(axis, a.ndim)
    if isinstance(condition, (list, tuple)):
        return np.take(a, np.array([k for k in range(len(condition)) if condition[k]], int), where)
    mask = np.asarray(condition)
    if mask.ndim != 1:
        raise ValueError("condition must be a 1-d array")
    if len(mask) > a.shape[where]:
        refuse("np.compress with more conditions than elements")
    if where == 0:
        return chosen(a[: len(mask)], mask != 0)
    return np.moveaxis(packed(chosen(np.moveaxis(a, where, 0)[: len(mask)], mask != 0)), 0, where)


def _distinct(ar: Any) -> Any:
    """The elements in order, where each begins, and where they were."""
    flat = np.ravel(ar)
    order = np.argsort(flat, kind="stable")
    ordered = flat[order]
    differ = ordered[1:] != ordered[:-1]
    return ordered, np.concatenate((np.ones(min(1, len(flat)), bool), differ)), order


def unique(
    ar: Any,
    return_index: Any = False,
    return_inverse: Any = False,
    return_counts: Any = False,
    axis: Any = None,
    *,
    equal_nan: Any = True,
    sorted: Any = True,
) -> Any:
    if not sorted:
        refuse("np.unique with sorted=False, whose order NumPy leaves open,")
    if is_picked(ar):
        if not (return_index or return_inverse or return_counts) and ar.ndim == 1:
            return ar.unique()
        ar = packed(ar)
    ar = np.asarray(ar)
    if axis is not None and ar.ndim != 1:
        return _unique_rows(ar, axis % ar.ndim, return_index, return_inverse, return_counts)
    values, new, order = _distinct(ar)
    if equal_nan and ar.dtype.kind in "fc":
        nan = np.isnan(values)
        new = new & ~np.concatenate((np.zeros(min(1, len(nan)), bool), nan[1:] & nan[:-1]))
    group = np.cumsum(new) - 1
    found = [_where(values, new)]
    if return_index:
        found.append(_where(order, new))
    if return_inverse:
        inverse = np.zeros(len(values), int)
        inverse[order] = group
        found.append(inverse if ar.ndim == 1 else inverse.reshape(ar.shape))
    if return_counts:
        counts = np.zeros(len(values), int)
        np.add.at(counts, group, 1)
        found.append(_where(counts[group], new))
    return found[0] if len(found) == 1 else tuple(found)


def _unique_rows(ar: Any, axis: Any, return_index: Any, return_inverse: Any, return_counts: Any) -> Any:
    """`np.unique` along an axis: rows are ordered by their first elements, then the second, ..."""
    rows = np.moveaxis(ar, axis, 0)
    flat = rows.reshape((rows.shape[0], -1)) if rows.size else np.zeros((rows.shape[0], 1), ar.dtype)
    if ar.dtype.kind == "c":
        refuse("np.unique of complex numbers along an axis")
    order = np.lexsort([flat[:, k] for k in reversed(range(flat.shape[1]))])
    ordered = flat[order]
    differ = np.any(ordered[1:] != ordered[:-1], axis=1)
    new = np.concatenate((np.ones(min(1, len(flat)), bool), differ))
    group = np.cumsum(new) - 1
    found = [np.moveaxis(packed(chosen(rows[order], new)), 0, axis) if axis else chosen(rows[order], new)]
    if return_index:
        found.append(chosen(order, new))
    if return_inverse:
        inverse = np.zeros(len(order), int)
        inverse[order] = group
        found.append(inverse)
    if return_counts:
        counts = np.zeros(len(order), int)
        np.add.at(counts, group, 1)
        found.append(chosen(counts[group], new))
    return found[0] if len(found) == 1 else tuple(found)


def intersect1d(ar1: Any, ar2: Any, assume_unique: Any = False, return_indices: Any = False) -> Any:
    dtype = np.result_type(np.asarray(ar1), np.asarray(ar2))
    if assume_unique:
        both = np.concatenate((ar1, ar2), axis=None)
        order = np.argsort(both, kind="stable")
        both = both[order]
        twice = both[1:] == both[:-1]
        found = chosen(both[:-1], twice)
        return (found, chosen(order[:-1], twice), chosen(order[1:] - np.size(ar1), twice)) if return_indices else found
    values, new, first = _distinct(ar1)
    shared = new & np.isin(values, ar2)
    found = chosen(values.astype(dtype), shared)
    if not return_indices:
        return found
    others, new, second = _distinct(ar2)
    return found, chosen(first, shared), chosen(second, new & np.isin(others, ar1))


def union1d(ar1: Any, ar2: Any) -> Any:
    return unique(np.concatenate((ar1, ar2), axis=None))


def setdiff1d(ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
    if assume_unique:
        flat = np.ravel(ar1)
        return chosen(flat, ~np.isin(flat, ar2))
    values, new, _ = _distinct(ar1)
    if values.dtype.kind in "fc":
        nan = np.isnan(values)
        new = new & ~np.concatenate((np.zeros(min(1, len(nan)), bool), nan[1:] & nan[:-1]))
    return chosen(values, new & ~np.isin(values, ar2))


def setxor1d(ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
    if assume_unique:
        both = np.sort(np.concatenate((ar1, ar2), axis=None))
        if both.size == 0:
            return both
        end = np.ones(1, bool)
        flag = np.concatenate((end, both[1:] != both[:-1], end))
        return chosen(both, flag[1:] & flag[:-1])
    (first, new1, _), (second, new2, _) = _distinct(ar1), _distinct(ar2)
    both = np.concatenate((first, second))
    mask = np.concatenate((new1 & ~np.isin(first, ar2), new2 & ~np.isin(second, ar1)))
    order = np.argsort(both, kind="stable")
    return chosen(both[order], mask[order])


def trim_zeros(filt: Any, trim: Any = "fb", axis: Any = None) -> Any:
    """Of a list a list."""
    if isinstance(filt, (list, tuple)) and axis in (None, 0, -1):
        return _trimmed(filt, "f" in trim or "F" in trim, "b" in trim or "B" in trim)
    filt = np.asarray(filt)
    if axis is not None:
        checked(axis, filt.ndim)
    if filt.ndim != 1:
        refuse("np.trim_zeros of an array that is not a vector")
    kept, place = filt != 0, np.arange(len(filt))
    mask = np.ones(len(filt), bool)
    if "f" in trim or "F" in trim:
        mask = mask & (np.cumsum(kept) > 0)
    if "b" in trim or "B" in trim:
        mask = mask & (np.cumsum(kept[::-1])[::-1] > 0)
    return chosen(filt, mask & (place >= 0))


def _trimmed(items: Any, front: Any, back: Any) -> Any:
    first, last = 0, len(items)
    while front and first < last and items[first] == 0:
        first = first + 1
    while back and first < last and items[last - 1] == 0:
        last = last - 1
    return items[first:last]


# -- inserting and deleting -------------------------------------------------------------------------------------------


def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    a = np.ravel(arr) if axis is None else np.asarray(arr)
    where = 0 if axis is None else checked(axis, a.ndim)
    n = a.shape[where]
    if isinstance(obj, slice):
        gone = list(range(n))[obj]
        return np.take(a, np.array([k for k in range(n) if k not in gone], int), where)
    if isinstance(obj, bool):
        raise ValueError(
            f"boolean array argument obj to delete must be one dimensional and match the axis length of {n}"
        )
    if isinstance(obj, (list, tuple)) and len(obj) > 0 and all([isinstance(k, bool) for k in obj]):
        if len(obj) != n:
            raise ValueError(
                f"boolean array argument obj to delete must be one dimensional and match the axis length of {n}"
            )
        return np.compress([not k for k in obj], a, where)
    if isinstance(obj, (list, tuple)):
        gone = [_inside(k, n, where) for k in obj]
        return np.take(a, np.array([k for k in range(n) if k not in gone], int), where)
    if np.ndim(obj) != 0:
        refuse("np.delete at places known only at run time")
    place, rest = _inside(obj, n, where), np.arange(n - 1)
    return np.take(a, rest + (rest >= place), where)


def _inside(k: Any, n: Any, axis: Any) -> Any:
    if k < -n or k >= n:
        raise IndexError(f"index {k} is out of bounds for axis {axis} with size {n}")
    return k + n if k < 0 else k


def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """Before a place what was before it, then `values`; the places may be known only at run time."""
    a = np.ravel(arr) if axis is None else np.asarray(arr)
    where = 0 if axis is None else checked(axis, a.ndim)
    n = a.shape[where]
    new = np.array(values, dtype=a.dtype, ndmin=a.ndim)
    if isinstance(obj, (slice, list, tuple)) or np.ndim(obj) != 0:
        places = _places(obj, n)
        if len(places) != 1:
            return _insert_each(a, places, new, where)
        obj = places[0]
    else:
        new = np.moveaxis(new, 0, where)
    if obj < -n or obj > n:
        raise IndexError(f"index {obj} is out of bounds for axis {where} with size {n}")
    place = obj + n if obj < 0 else obj
    count = new.shape[where]
    both = _end_to_end(a, new, count, where)
    k = np.arange(n + count)
    source = np.where(k < place, k, np.where(k < place + count, n + k - place, k - count))
    return np.take(both, source, where)


def _places(obj: Any, n: Any) -> Any:
    """Where to insert, as a vector of ints."""
    if isinstance(obj, slice):
        return np.array(list(range(n))[obj], int)
    places = np.asarray(obj)
    if places.dtype == bool:
        if places.ndim != 1 or len(places) != n:
            raise ValueError(
                f"boolean array argument obj to insert must be one dimensional and match the axis length of {n}"
            )
        return np.flatnonzero(places)
    if places.ndim > 1:
        raise ValueError("index array argument obj to insert must be one dimensional or scalar")
    return places.astype(int) if places.size == 0 else places


def _end_to_end(a: Any, new: Any, count: Any, where: Any) -> Any:
    shape = tuple(count if k == where else a.shape[k] for k in range(a.ndim))
    return np.concatenate((a, np.broadcast_to(new, shape)), axis=where)


def _insert_each(a: Any, places: Any, new: Any, where: Any) -> Any:
    """One value before each place; those before one place stay in their order."""
    n, count = a.shape[where], len(places)
    places = np.where(places < 0, places + n, places)
    order = np.argsort(places, kind="stable")
    target = np.zeros(count, int)
    target[order] = places[order] + np.arange(count)
    old = np.ones(n + count, bool)
    old[target] = False
    source = np.cumsum(old) - 1
    source[target] = n + np.arange(count)
    return np.take(_end_to_end(a, new, count, where), source, where)
