"""`x[m]` of a boolean mask, in a program where the number of elements cannot be a size.

A `Picked` is all the rows that could be picked, and the mask of those that are. Its methods give what NumPy's give of
the rows that are picked. `values` is shared where NumPy gives a view.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.refusal import refuse


def same_mask(a: Any, b: Any) -> bool:
    """Whether two masks are one; a compiled program sees that by how they are computed."""
    return bool(np.array_equal(a, b))


def rows_of(array: Any, mask: Any) -> Any:
    """The rows of an array that a mask chooses among, and the mask in one dimension."""
    return np.reshape(array, (mask.size, *array.shape[mask.ndim :])), np.ravel(mask)


def needs_size(value: Any) -> Any:
    raise NotImplementedError("the number of elements that a boolean mask picks is known only at run time")


def is_picked(value: Any) -> bool:
    return type(value) is Picked


def is_sized(value: Any) -> bool:
    """Whether a value is an array of run-time size; outside of compiled code no array is."""
    return False


def packed(value: Any) -> Any:
    """What is picked as an array. A change of one of the two is not seen in the other."""
    return value.values[value.mask]


def spread(value: Any, mask: Any) -> Any:
    """Rows of which the k-th of `value` is where the k-th true element of the mask is."""
    count = int(np.sum(mask))
    if len(value) not in (1, count):
        raise ValueError(MISFIT.format(len(value), count))
    return value[np.clip(np.cumsum(mask) - 1, 0, len(value) - 1)]


MISFIT = (
    "NumPy boolean array indexing assignment cannot assign {} input values "
    "to the {} output values where the mask is true"
)


def chosen(values: Any, mask: Any) -> Any:
    """The rows of `values` where `mask` is true."""
    return Picked(values, mask)


class Picked:
    """The rows of `values`, an array of shape (n, ...), where `mask`, of shape (n,), is true."""

    __array_priority__ = 1.0  # NumPy leaves operators to its methods

    def __init__(self: Any, values: Any, mask: Any, origin: Any = None) -> None:
        self.values = values
        self.mask = mask
        self.origin = origin

    # what it is

    @property
    def dtype(self: Any) -> Any:
        return self.values.dtype

    @property
    def ndim(self: Any) -> Any:
        return self.values.ndim

    @property
    def shape(self: Any) -> Any:
        return (int(np.sum(self.mask)), *self.values.shape[1:])

    @property
    def size(self: Any) -> Any:
        size = int(np.sum(self.mask))
        for d in self.values.shape[1:]:
            size = size * d
        return size

    @property
    def T(self: Any) -> Any:
        return self if self.values.ndim == 1 else packed(self).T

    @property
    def real(self: Any) -> Any:
        return np.real(self)

    @property
    def imag(self: Any) -> Any:
        return np.imag(self)

    def __len__(self: Any) -> Any:
        return int(np.sum(self.mask))

    def __bool__(self: Any) -> Any:
        return needs_size(self)

    def __iter__(self: Any) -> Any:
        return needs_size(self)

    def _wide(self: Any) -> Any:
        """The mask in as many dimensions as the values."""
        return np.reshape(self.mask, (len(self.mask),) + (1,) * (self.values.ndim - 1))

    def _rows(self: Any, axis: Any) -> Any:
        """Whether a reduction over `axis` goes over the rows."""
        if axis is None:
            return True
        axes = axis if isinstance(axis, tuple) else (axis,)
        return any([k % self.values.ndim == 0 for k in axes])

    def _filled(self: Any, value: Any) -> Any:
        return np.where(self._wide(), self.values, np.asarray(value).astype(self.values.dtype))

    def _among(self: Any) -> Any:
        """The place of each row among those that are picked."""
        return np.cumsum(self.mask) - 1

    # reductions

    def _reduce(self: Any, function: Any, axis: Any, keywords: Any) -> Any:
        if self._rows(axis):
            return function(self.values, axis=axis, where=self._wide(), **keywords)
        return Picked(function(self.values, axis=axis, **keywords), self.mask, self.origin)

    def sum(self: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
        return self._reduce(np.sum, axis, {"dtype": dtype, "keepdims": keepdims})

    def prod(self: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
        return self._reduce(np.prod, axis, {"dtype": dtype, "keepdims": keepdims})

    def mean(self: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
        return self._reduce(np.mean, axis, {"dtype": dtype, "keepdims": keepdims})

    def var(self: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, *, keepdims: Any = False) -> Any:
        return self._reduce(np.var, axis, {"dtype": dtype, "ddof": ddof, "keepdims": keepdims})

    def std(self: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, *, keepdims: Any = False) -> Any:
        return self._reduce(np.std, axis, {"dtype": dtype, "ddof": ddof, "keepdims": keepdims})

    def all(self: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
        return self._reduce(np.all, axis, {"keepdims": keepdims})

    def any(self: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
        return self._reduce(np.any, axis, {"keepdims": keepdims})

    def max(self: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
        return self._extreme(np.max, np.any, axis, keepdims)

    def min(self: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
        return self._extreme(np.min, np.all, axis, keepdims)

    def _extreme(self: Any, function: Any, of_bools: Any, axis: Any, keepdims: Any) -> Any:
        kind = self.values.dtype.kind
        if not self._rows(axis):
            return Picked(function(self.values, axis=axis, keepdims=keepdims), self.mask, self.origin)
        if kind == "c":
            refuse("the maximum or minimum of complex numbers picked by a mask")
        if not np.any(self.mask) or (axis is None and self.values.size == 0):
            name = "maximum" if of_bools is np.any else "minimum"
            raise ValueError("zero-size array to reduction operation " + name + " which has no identity")
        if kind == "b":
            return of_bools(self.values, axis=axis, keepdims=keepdims, where=self._wide())
        if kind == "f":
            least = -np.inf if of_bools is np.any else np.inf
        else:
            least = _least(self.values.dtype) if of_bools is np.any else _greatest(self.values.dtype)
        return function(self.values, axis=axis, keepdims=keepdims, where=self._wide(), initial=least)

    def ptp(self: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
        return np.subtract(self.max(axis, keepdims=keepdims), self.min(axis, keepdims=keepdims))

    def argmax(self: Any, axis: Any = None) -> Any:
        if self.values.ndim != 1:
            return np.argmax(packed(self), axis)
        self._nonempty("argmax")
        return self._position(self.max(axis))

    def argmin(self: Any, axis: Any = None) -> Any:
        if self.values.ndim != 1:
            return np.argmin(packed(self), axis)
        self._nonempty("argmin")
        return self._position(self.min(axis))

    def _nonempty(self: Any, name: Any) -> None:
        if not np.any(self.mask):
            raise ValueError("attempt to get " + name + " of an empty sequence")

    def _position(self: Any, value: Any) -> Any:
        hit = self.mask & ((self.values == value) | (self.values != self.values))
        return self._among()[np.argmax(hit)]

    def count_nonzero(self: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
        return (self != 0).sum(axis, keepdims=keepdims)

    def median(self: Any, axis: Any = None) -> Any:
        if self.values.ndim != 1 or self.values.dtype.kind == "c":
            return np.median(packed(self), axis)
        ordered, n = self.ordered().values, int(np.sum(self.mask))
        if self.values.dtype.kind in "biu":
            ordered = ordered.astype(float)
        middle = (ordered[max((n - 1) // 2, 0)] + ordered[min(n // 2, len(ordered) - 1)]) / np.asarray(2, ordered.dtype)
        bad = np.any(self != self) if n > 0 else True
        return np.where(bad, np.asarray(np.nan, ordered.dtype), middle)[()]

    def norm(self: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
        if self.values.ndim != 1 or ord not in (None, 1, 2) or keepdims:
            return np.linalg.norm(packed(self), ord, axis, keepdims)
        return np.linalg.norm(self._filled(0), ord)

    def dot(self: Any, other: Any) -> Any:
        return self @ other

    def vdot(self: Any, other: Any) -> Any:
        return np.conj(self) @ other

    def inner(self: Any, other: Any) -> Any:
        return self @ other if self.values.ndim == 1 else np.inner(packed(self), other)

    def average(self: Any, axis: Any = None, weights: Any = None) -> Any:
        if weights is None:
            return self.mean(axis)
        if axis not in (None, 0) or self.values.ndim != 1:
            refuse("np.average along an axis of what a mask picks")
        kinds = (np.float64,) if self.values.dtype.kind in "biu" else ()
        weighted = self.astype(np.result_type(self.values.dtype, weights.dtype, *kinds)) * weights
        total = weights.sum(dtype=weighted.dtype)
        if total == 0:
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        return weighted.sum() / total

    # of one dimension again

    def cumsum(self: Any, axis: Any = None, dtype: Any = None) -> Any:
        if self.values.ndim != 1:
            return np.cumsum(packed(self), axis, dtype)
        return Picked(np.cumsum(self._filled(0), axis=0, dtype=dtype), self.mask, self.origin)

    def cumprod(self: Any, axis: Any = None, dtype: Any = None) -> Any:
        if self.values.ndim != 1:
            return np.cumprod(packed(self), axis, dtype)
        return Picked(np.cumprod(self._filled(1), axis=0, dtype=dtype), self.mask, self.origin)

    def sort(self: Any, axis: Any = -1) -> None:
        """The method, which sorts in place."""
        if self.values.ndim != 1:
            refuse("the method sort of a matrix that a mask picks")
        place = np.clip(self._among(), 0, len(self.mask))
        assign(self.values, self.mask, Picked(self.ordered().values[place], self.mask))

    def ordered(self: Any, axis: Any = -1) -> Any:
        """`np.sort`: the picked rows come first, since nothing is sorted after what the others are filled with."""
        if self.values.ndim != 1:
            return np.sort(packed(self), axis)
        kind = self.values.dtype.kind
        if kind in "iu":
            last = _greatest(self.values.dtype)
        else:
            last = True if kind == "b" else np.nan
        if kind == "c":
            refuse("np.sort of complex numbers picked by a mask")
        ordered = np.sort(self._filled(last))
        return Picked(ordered, np.arange(len(ordered)) < np.sum(self.mask), self.origin)

    def unique(self: Any) -> Any:
        first = self.ordered()
        new = np.concatenate((np.ones(min(1, len(first.mask)), bool), first.values[1:] != first.values[:-1]))
        return Picked(first.values, first.mask & new, self.origin)

    def copy(self: Any) -> Any:
        return Picked(self.values.copy(), self.mask, self.origin)

    def ravel(self: Any) -> Any:
        return Picked(self.values, self.mask, self.origin) if self.values.ndim == 1 else np.ravel(packed(self))

    def flatten(self: Any) -> Any:
        return self.copy() if self.values.ndim == 1 else np.ravel(packed(self)).copy()

    def astype(self: Any, dtype: Any) -> Any:
        return Picked(self.values.astype(dtype), self.mask, self.origin)

    def conj(self: Any) -> Any:
        return np.conj(self) if self.values.dtype.kind == "c" else self

    def conjugate(self: Any) -> Any:
        return self.conj()

    def round(self: Any, decimals: Any = 0) -> Any:
        return Picked(np.round(self.values, decimals), self.mask, self.origin)

    def clip(self: Any, min: Any = None, max: Any = None) -> Any:
        return np.clip(self, min, max)

    def nonzero(self: Any) -> Any:
        if self.values.ndim != 1:
            return np.nonzero(packed(self))
        return (Picked(self._among(), self.mask & (self.values != 0), self.origin),)

    def fill(self: Any, value: Any) -> None:
        assign(self.values, self.mask, value)

    # items

    def __getitem__(self: Any, index: Any) -> Any:
        if is_picked(index):
            return self._of_picked(index)
        if isinstance(index, slice):
            return self._part(index)
        if isinstance(index, tuple):
            if _is_whole(index[0]) and all([k is None or _is_basic(k) for k in index]):
                return Picked(self.values[index], self.mask, self.origin)
            return packed(self)[index]
        if index is None or is_sized(index):
            return packed(self)[index]
        return self.values[self._row(index)] if np.ndim(index) == 0 else self.values[self._rows_at(index)]

    def _row(self: Any, index: Any) -> Any:
        """Where the picked row number `index` is."""
        n = int(np.sum(self.mask))
        if index >= n or index < -n:
            raise IndexError(f"index {index} is out of bounds for axis 0 with size {n}")
        place = index + n if index < 0 else index
        return np.argmax(self.mask & (self._among() == place))

    def _rows_at(self: Any, index: Any) -> Any:
        """Where the picked rows are whose numbers are in an array of known size."""
        n, places = int(np.sum(self.mask)), np.asarray(index)
        wrong = np.ravel((places < -n) | (places >= n))
        if np.any(wrong):
            bad = np.ravel(places)[np.argmax(wrong)]
            raise IndexError(f"index {int(bad)} is out of bounds for axis 0 with size {n}")
        return np.argsort(~self.mask, kind="stable")[np.where(places < 0, places + n, places)]

    def _of_picked(self: Any, index: Any) -> Any:
        if index.values.dtype.kind != "b" or not same_mask(index.mask, self.mask):
            return packed(self)[packed(index)]
        rank, rest, n = index.values.ndim, self.values.shape, len(self.mask)
        if rank == 1:
            return Picked(self.values.copy(), self.mask & index.values, self.origin)
        for d in rest[1:rank]:
            n = n * d
        mask = np.reshape(index._wide_mask(), (n,))
        return Picked(np.reshape(self.values, (n, *rest[rank:])).copy(), mask, self.origin)

    def _wide_mask(self: Any) -> Any:
        """Of bools: which are true, among those that are picked."""
        return self._wide() & self.values

    def _part(self: Any, index: Any) -> Any:
        if _is_whole(index):
            return Picked(self.values, self.mask, self.origin)
        step = 1 if index.step is None else index.step
        if step == -1 and index.start is None and index.stop is None:
            return Picked(self.values[::-1], self.mask[::-1], self.origin)
        if step < 1:
            return packed(self)[index]
        n, place = np.sum(self.mask), self._among()
        start = 0 if index.start is None else index.start
        low = np.maximum(start + n, 0) if start < 0 else start
        chosen = self.mask & (place >= low) & ((place - low) % step == 0)
        if index.stop is not None:
            chosen = chosen & (place < (index.stop + n if index.stop < 0 else index.stop))
        return Picked(self.values, chosen, self.origin)

    def __setitem__(self: Any, index: Any, value: Any) -> None:
        if is_picked(index):
            if index.values.dtype.kind != "b" or not same_mask(index.mask, self.mask):
                needs_size(self)
            assign(self.values, index._wide_mask(), value)
        elif index is ...:
            assign(self.values, self.mask, value)
        elif isinstance(index, slice) and (is_picked(value) or np.ndim(value) == 0 or _is_whole(index)):
            part = self[index]
            if not is_picked(part):
                needs_size(self)
            assign(self.values, part.mask, value)
        elif isinstance(index, tuple) and _is_whole(index[0]) and all([_is_basic(k) for k in index]):
            assign(self.values[index], self.mask, value)
        elif isinstance(index, tuple) and all([_is_basic(k) for k in index]) and np.ndim(index[0]) == 0:
            self.values[(self._row(index[0]), *index[1:])] = value
        elif isinstance(index, (slice, tuple)) or index is None or is_sized(index):
            needs_size(self)
        elif np.ndim(index) == 0:
            self.values[self._row(index)] = value
        else:
            self.values[self._rows_at(index)] = value

    # operators

    def __matmul__(self: Any, other: Any) -> Any:
        if not is_picked(other):
            if self.values.ndim == 1 or is_sized(other) or np.ndim(other) > 2:
                return packed(self) @ other
            return Picked(self.values @ other, self.mask, self.origin)
        if self.values.ndim != 1 or other.values.ndim != 1 or not same_mask(self.mask, other.mask):
            return packed(self) @ packed(other)
        return self._filled(0) @ other._filled(0)

    def __rmatmul__(self: Any, other: Any) -> Any:
        return other @ packed(self)

    def __neg__(self: Any) -> Any:
        return np.negative(self)

    def __pos__(self: Any) -> Any:
        return np.positive(self)

    def __abs__(self: Any) -> Any:
        return np.absolute(self)

    def __invert__(self: Any) -> Any:
        return np.invert(self)

    def __add__(self: Any, other: Any) -> Any:
        return np.add(self, other)

    def __radd__(self: Any, other: Any) -> Any:
        return np.add(other, self)

    def __sub__(self: Any, other: Any) -> Any:
        return np.subtract(self, other)

    def __rsub__(self: Any, other: Any) -> Any:
        return np.subtract(other, self)

    def __mul__(self: Any, other: Any) -> Any:
        return np.multiply(self, other)

    def __rmul__(self: Any, other: Any) -> Any:
        return np.multiply(other, self)

    def __truediv__(self: Any, other: Any) -> Any:
        return np.true_divide(self, other)

    def __rtruediv__(self: Any, other: Any) -> Any:
        return np.true_divide(other, self)

    def __floordiv__(self: Any, other: Any) -> Any:
        return np.floor_divide(self, other)

    def __rfloordiv__(self: Any, other: Any) -> Any:
        return np.floor_divide(other, self)

    def __mod__(self: Any, other: Any) -> Any:
        return np.remainder(self, other)

    def __rmod__(self: Any, other: Any) -> Any:
        return np.remainder(other, self)

    def __pow__(self: Any, other: Any) -> Any:
        return _power(self, other)

    def __rpow__(self: Any, other: Any) -> Any:
        return _power(other, self)

    def __and__(self: Any, other: Any) -> Any:
        return np.bitwise_and(self, other)

    def __rand__(self: Any, other: Any) -> Any:
        return np.bitwise_and(other, self)

    def __or__(self: Any, other: Any) -> Any:
        return np.bitwise_or(self, other)

    def __ror__(self: Any, other: Any) -> Any:
        return np.bitwise_or(other, self)

    def __xor__(self: Any, other: Any) -> Any:
        return np.bitwise_xor(self, other)

    def __rxor__(self: Any, other: Any) -> Any:
        return np.bitwise_xor(other, self)

    def __lshift__(self: Any, other: Any) -> Any:
        return np.left_shift(self, other)

    def __rshift__(self: Any, other: Any) -> Any:
        return np.right_shift(self, other)

    def __eq__(self: Any, other: Any) -> Any:
        return np.equal(self, other)

    def __ne__(self: Any, other: Any) -> Any:
        return np.not_equal(self, other)

    def __lt__(self: Any, other: Any) -> Any:
        return np.less(self, other)

    def __le__(self: Any, other: Any) -> Any:
        return np.less_equal(self, other)

    def __gt__(self: Any, other: Any) -> Any:
        return np.greater(self, other)

    def __ge__(self: Any, other: Any) -> Any:
        return np.greater_equal(self, other)

    def _update(self: Any, new: Any) -> Any:
        """`p op= other`: the rows change in place."""
        if not is_picked(new):
            if not np.can_cast(new.dtype, self.values.dtype, "same_kind"):
                refuse("an operation in place whose result does not fit the dtype of what a mask picks")
            assign(self.values, self.mask, new)
            return self
        if not np.can_cast(new.values.dtype, self.values.dtype, "same_kind"):
            refuse("an operation in place whose result does not fit the dtype of what a mask picks")
        self.values[...] = np.where(self._wide(), new.values.astype(self.values.dtype), self.values)
        return self

    def __iadd__(self: Any, other: Any) -> Any:
        return self._update(self + other)

    def __isub__(self: Any, other: Any) -> Any:
        return self._update(self - other)

    def __imul__(self: Any, other: Any) -> Any:
        return self._update(self * other)

    def __itruediv__(self: Any, other: Any) -> Any:
        return self._update(self / other)

    def __ifloordiv__(self: Any, other: Any) -> Any:
        return self._update(self // other)

    def __imod__(self: Any, other: Any) -> Any:
        return self._update(self % other)

    def __ipow__(self: Any, other: Any) -> Any:
        return self._update(self**other)

    def __iand__(self: Any, other: Any) -> Any:
        return self._update(self & other)

    def __ior__(self: Any, other: Any) -> Any:
        return self._update(self | other)

    def __ixor__(self: Any, other: Any) -> Any:
        return self._update(self ^ other)

    __hash__ = None  # type: ignore[assignment]


def _is_whole(index: Any) -> bool:
    return isinstance(index, slice) and index.start is None and index.stop is None and index.step is None


def _is_basic(index: Any) -> bool:
    """Whether a part of an index is an int or a slice."""
    return isinstance(index, slice) or (index is not None and index is not ... and np.ndim(index) == 0)


def _greatest(dtype: Any) -> Any:
    """The greatest int of a dtype; all bits are set in that of an unsigned one."""
    return np.invert(np.zeros((), dtype)) if dtype.kind == "u" else np.iinfo(dtype).max


def _least(dtype: Any) -> Any:
    return 0 if dtype.kind == "u" else np.iinfo(dtype).min


def _power(base: Any, exponent: Any) -> Any:
    """Ints have no negative powers; rows that are not picked are not asked."""
    if is_picked(exponent) and exponent.values.dtype.kind == "i":
        exponent = Picked(exponent._filled(1), exponent.mask, exponent.origin)
    return np.power(base, exponent)


# -- subscripts of arrays ------------------------------------------------------------------------------------------


def item(array: Any, index: Any) -> Any:
    return array[index]


def assign(array: Any, mask: Any, value: Any) -> None:
    """`array[mask] = value`."""
    rows, flat = rows_of(array, mask)
    wide = np.reshape(mask, mask.shape + (1,) * (array.ndim - mask.ndim))
    if is_picked(value) and not same_mask(value.mask, flat):
        value = packed(value)
    if is_picked(value):
        new = np.reshape(np.broadcast_to(value.values, rows.shape), array.shape)
    elif is_sized(value):
        if value.ndim != array.ndim - mask.ndim + 1:
            refuse("writing these values of run-time size through a mask")
        new = np.reshape(np.broadcast_to(spread(value, flat), rows.shape), array.shape)
    else:
        new = np.asarray(value)
        if new.ndim == array.ndim - mask.ndim + 1 and new.shape[0] != 1:
            if np.sum(flat) != new.shape[0]:
                raise ValueError(MISFIT.format(new.shape[0], int(np.sum(flat))))
            if new.shape[0] > 0:
                place = np.clip(np.cumsum(flat) - 1, 0, new.shape[0] - 1)
                new = np.reshape(np.broadcast_to(new[place], rows.shape), array.shape)
            else:
                new = array
        elif new.ndim > array.ndim - mask.ndim:
            new = new[0]
    if new.dtype.kind == "c" and array.dtype.kind != "c":
        refuse("writing complex numbers into an array of real ones")
    array[...] = np.where(wide, new.astype(array.dtype), array)


def assign_at(array: Any, mask: Any, value: Any, place: Any) -> None:
    """`assign`, of a value in which the rows are axis `place`."""
    if place and (is_picked(value) or np.ndim(value) > 0):
        value = packed(value) if is_picked(value) else value if is_sized(value) else np.asarray(value)
        value = value[(None,) * (array.ndim - mask.ndim + 1 - value.ndim) + (...,)]
        value = np.moveaxis(value, place, 0)
    assign(array, mask, value)


def gather(array: Any, index: Any) -> Any:
    """`array[index]`, in which there are ints that a mask has picked."""
    parts = index if isinstance(index, tuple) else (index,)
    first = next_picked(parts)
    places = [_places(p, first, array.shape[k]) for k, p in enumerate(parts)]
    return Picked(array[tuple(places)], first.mask, first.origin)


def next_picked(parts: Any) -> Any:
    found = [p for p in parts if is_picked(p)]
    return found[0]


def _places(part: Any, first: Any, size: Any) -> Any:
    if not is_picked(part):
        if isinstance(part, slice) or part is None or part is ... or np.ndim(part) != 0:
            needs_size(first)
        return part
    if not same_mask(part.mask, first.mask) or part.values.ndim != 1 or part.values.dtype.kind not in "iu" or size == 0:
        needs_size(first)
    return part._filled(0)


def scatter(array: Any, index: Any, value: Any) -> None:
    """`array[index] = value`, in which there are ints that a mask has picked: one after the other."""
    parts = index if isinstance(index, tuple) else (index,)
    first = next_picked(parts)
    places = [_places(p, first, array.shape[k]) for k, p in enumerate(parts)]
    if is_picked(value):
        if not same_mask(value.mask, first.mask):
            needs_size(value)
        values = value.values
    else:
        values = np.asarray(value)
        if values.ndim > array.ndim - len(parts):
            needs_size(first)
        values = np.broadcast_to(values, (len(first.mask), *values.shape))
    for k in range(len(first.mask)):
        if first.mask[k]:
            array[tuple([p if np.ndim(p) == 0 else p[k] for p in places])] = values[k]
