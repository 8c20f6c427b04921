"""Reading and writing parts of arrays: `index`, `index_set`, `index_add`.

`spec` has one entry for each axis of x in order, and for new axes:

    ("int", k)                     element k                           the axis vanishes
    ("i",)                         the element an int operand names    the axis vanishes
    ("slice", start, size, step)   static, start the first element     the axis has length size
    ("dyn", size)                  `size` from an int operand on       the axis has length size
    ("new",)                       no axis of x                        an axis of length 1
    ("arr",)                       the elements an int array names     NumPy's placement

The operands stand in the order of their entries. Several arrays broadcast against each other; their axes come where
the first stands if all are neighbours in `spec`, else first. Example: `x[i, ::2]` of f64[3,4] is
`index(x, i; spec=(("i",), ("slice", 0, 2, 2)))`.

The adjoint of a read adds to what was read, in place: `accumulate` is one `index_add`. The adjoint of a write reads
what was written, and clears it. Where an array of indices repeats one, the last write wins and the losers' cotangents
are zero: every element writes its own number, and those that read it back have won.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Linear
from myialike.ir.types import I64, Array, Dim, SymDim, Type, size
from myialike.ops.define import arrays, check_kind, define, full, same_dtype, where

Spec = tuple[tuple[Any, ...], ...]
WITH_OPERAND = ("i", "dyn", "arr")


def operand_count(spec: Spec) -> int:
    """How many index operands go with `spec`."""
    return sum(entry[0] in WITH_OPERAND for entry in spec)


def numpy_index(spec: Spec, operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """The tuple to index a NumPy array with; `operands` are NumPy integers."""
    rest = iter(operands)
    return tuple(_numpy_entry(entry, rest) for entry in spec)


def _numpy_entry(entry: tuple[Any, ...], operands: Iterator[Any]) -> Any:
    match entry:
        case ("int", k):
            return k
        case ("i",):
            return int(next(operands))
        case ("slice", start, count, step):
            stop = start + count * step
            return slice(start, stop if stop >= 0 else None, step) if count else slice(0, 0)
        case ("dyn", count):
            start = int(next(operands))
            return slice(start, start + count)
        case ("new",):
            return None
        case ("arr",):
            return np.asarray(next(operands))
    raise TypeError(f"{entry!r} is no entry of an index spec")


# ------------------------------------------------------------------------------------------------- type rules


def indexed_shape(name: str, x: Array, spec: Spec, operands: tuple[Array, ...]) -> tuple[Dim, ...]:
    """The shape of `x[...]`; raises TypeError where the index does not fit x."""
    entries = sum(entry[0] != "new" for entry in spec)
    if entries != x.ndim:
        raise TypeError(f"{name}: the index has {entries} entries for the {x.ndim} axes of {x}")
    if operand_count(spec) != len(operands):
        raise TypeError(f"{name} takes {operand_count(spec)} index operands here, not {len(operands)}")
    if any(e[0] == "arr" for e in spec) and any(e[0] in ("int", "i", "dyn") for e in spec):
        raise TypeError(f"{name}: index arrays do not mix with single indices or dynamic slices")
    _check_entries(name, x, spec, operands)
    return _placed(spec, tuple(o for o, e in zip(operands, _operand_entries(spec), strict=True) if e[0] == "arr"))


def _operand_entries(spec: Spec) -> list[tuple[Any, ...]]:
    return [entry for entry in spec if entry[0] in WITH_OPERAND]


def _check_entries(name: str, x: Array, spec: Spec, operands: tuple[Array, ...]) -> None:
    for operand, entry in zip(operands, _operand_entries(spec), strict=True):
        check_kind(f"{name}'s index", operand, "iu")
        if operand.ndim and entry[0] != "arr":
            raise TypeError(f"{name} takes a scalar for the index entry {entry}, not {operand}")
    dims = iter(x.shape)
    for entry in spec:
        if entry[0] != "new" and not _in_range(entry, next(dims)):
            raise TypeError(f"{name}: the index entry {entry} is out of range of {x}")


def _in_range(entry: tuple[Any, ...], dim: Dim) -> bool:
    """Whether a static entry stays within an axis; of a symbolic one only its whole is known to."""
    match entry:
        case ("int", k):
            return isinstance(dim, SymDim) or bool(0 <= k < dim)
        case ("slice", start, count, step):
            if isinstance(dim, SymDim) or isinstance(count, SymDim):
                return isinstance(dim, int) or isinstance(count, int) or (start, count, step) == (0, dim, 1)
            return bool(count == 0 or (count > 0 and 0 <= start < dim and 0 <= start + (count - 1) * step < dim))
        case ("dyn", count):
            return isinstance(dim, SymDim) or isinstance(count, SymDim) or 0 <= count <= dim
    return True


def _placed(spec: Spec, index_arrays: tuple[Array, ...]) -> tuple[Dim, ...]:
    """Lengths in the order of `spec`, with the common shape of the index arrays where NumPy puts it."""
    lengths: list[tuple[Dim, ...]] = [_length(entry) for entry in spec]
    at = [k for k, entry in enumerate(spec) if entry[0] == "arr"]
    if not at:
        return _flat(lengths)
    common = _broadcast_shapes([a.shape for a in index_arrays])
    if at[-1] - at[0] + 1 != len(at):
        return common + _flat(lengths)
    return _flat(lengths[: at[0]]) + common + _flat(lengths[at[0] :])


def _length(entry: tuple[Any, ...]) -> tuple[Dim, ...]:
    match entry:
        case ("slice", _, count, _) | ("dyn", count):
            return (count,)
        case ("new",):
            return (1,)
    return ()


def _flat(lengths: list[tuple[Dim, ...]]) -> tuple[Dim, ...]:
    return tuple(d for dims in lengths for d in dims)


def _broadcast_shapes(shapes: list[tuple[Dim, ...]]) -> tuple[Dim, ...]:
    rank = max(len(s) for s in shapes)
    padded: list[tuple[Dim, ...]] = [(1,) * (rank - len(s)) + s for s in shapes]
    common = []
    for dims in zip(*padded, strict=True):
        sizes = {d for d in dims if d != 1}
        if len(sizes) > 1:
            raise TypeError(f"index arrays of shapes {', '.join(map(str, shapes))} do not broadcast")
        common.append(sizes.pop() if sizes else 1)
    return tuple(common)


def _index_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    x, *operands = arrays("index", types)
    return (Array(x.dtype, indexed_shape("index", x, attrs["spec"], tuple(operands))),)


def _write_type(name: str, types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    if len(types) < 2:
        raise TypeError(f"{name} takes an array and a value, not {len(types)} operands")
    x, v, *operands = arrays(name, types)
    check_kind(name, x, "iufc" if name == "index_add" else "biufc")
    same_dtype(name, (x, v))
    shape = indexed_shape(name, x, attrs["spec"], tuple(operands))
    if v.shape != shape:
        raise TypeError(f"{name} writes a value of shape {Array(x.dtype, shape)} here, not {v}")
    return (x,)


# ------------------------------------------------------------------------------------------------- evaluation


def _index(x: Any, *operands: Any, spec: Spec) -> Any:
    return np.asarray(x)[numpy_index(spec, operands)]


def _index_set(x: Any, v: Any, *operands: Any, spec: Spec) -> Any:
    out = np.array(x)
    out[numpy_index(spec, operands)] = v
    return out


def _index_add(x: Any, v: Any, *operands: Any, spec: Spec) -> Any:
    out, at = np.array(x), numpy_index(spec, operands)
    if any(entry[0] == "arr" for entry in spec):
        np.add.at(out, at, v)
    else:
        out[at] += v
    return out


# ------------------------------------------------------------------------------------------------ derivatives


def _index_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    return _index_accumulate(full(g, inputs[0].shape, 0.0), g, inputs, attrs, i)


def _index_accumulate(acc: Expr, g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    return acc.op("index_add", g, *inputs[1:], spec=attrs["spec"])


def _set_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    _, v, *operands = inputs
    spec = attrs["spec"]
    if i == 0:
        return g.op("index_set", full(g, v.shape, 0.0), *operands, spec=spec)
    read = g.op("index", *operands, spec=spec)
    if not _may_repeat(tuple(operands), spec):
        return read
    return where(_has_won(g, v, tuple(operands), spec), read, 0.0)


def _may_repeat(operands: tuple[Expr, ...], spec: Spec) -> bool:
    """Whether two elements of the value can be for one place: only if an index array has several elements."""
    return any(
        e[0] == "arr" and any(d != 1 for d in o.shape) for o, e in zip(operands, _operand_entries(spec), strict=True)
    )


def _has_won(g: Expr, v: Expr, operands: tuple[Expr, ...], spec: Spec) -> Expr:
    """Which elements of v are the last that were written to their place."""
    numbers = Expr(g.builder, g.builder.op("arange", start=0, stop=size(v.type), step=1, dtype="i64"))
    numbers = numbers.op("reshape", shape=v.shape)
    written = full(g, g.shape, 0, I64).op("index_set", numbers, *operands, spec=spec)
    return written.op("index", *operands, spec=spec).op("eq", numbers)


def _add_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    return g if i == 0 else g.op("index", *inputs[2:], spec=attrs["spec"])


define("index", _index_type, _index, Linear(_index_transpose, (0,), _index_accumulate))
define(
    "index_set",
    lambda types, attrs: _write_type("index_set", types, attrs),
    _index_set,
    Linear(_set_transpose, (0, 1)),
)
define(
    "index_add",
    lambda types, attrs: _write_type("index_add", types, attrs),
    _index_add,
    Linear(_add_transpose, (0, 1)),
    kinds="iufc",
)
