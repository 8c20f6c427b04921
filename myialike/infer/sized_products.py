"""Products of arrays of run-time size: `@`, `np.dot`, `np.outer`, `np.einsum`, `np.tensordot`.

All are sums over axes that have a name in common, so that they are brought to one form: the axes of one name are made
to lie alike, what lies outside is 0 where it is summed over, and the rooms are multiplied by `np.einsum` or `@`.
"""

from __future__ import annotations

import operator
import string
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike.errors import ShapeError, UnsupportedError
from myialike.infer.machine import Machine
from myialike.infer.sequences import static_items
from myialike.infer.sized import Extent, Extents, Operand, Part, align_axis, filled, from_list, make, operand_of, plain
from myialike.infer.sized_joining import array_of
from myialike.infer.sized_shapes import ravel
from myialike.infer.values import Const, Ref, Tup, Value, as_num

MATMUL = (
    "matmul: Input operand 1 has a mismatch in its core dimension 0, "
    "with gufunc signature (n?,k),(k,m?)->(n?,m?) (size {} is different from {})"
)
EINSUM = "operands could not be broadcast together: an axis of einsum has sizes {} and {}"
TENSORDOT = "shape-mismatch for sum: sizes {} and {}"


def operands_of(m: Machine, values: Sequence[Value], what: str) -> list[Operand]:
    found = [operand_of(m, from_list(m, v)) for v in values]
    operands = [o for o in found if o is not None]
    if len(operands) < len(found):
        m.fail(UnsupportedError, f"{what} of numbers and arrays of run-time size is not taken", "use *")
    return operands


def contracted(
    m: Machine, operands: Sequence[Operand], names: Sequence[str], out: str, message: str, ones: bool = True
) -> Extents:
    """Make operands fit a sum over the axes whose names are not in `out`; the extents of the result.

    `ones`: a known size of 1 along an axis that is summed over is like any other.
    """
    found: dict[str, Extent | None] = {}
    for name in dict.fromkeys("".join(names)):
        places = [(o, k) for o, axes in zip(operands, names, strict=True) for k, a in enumerate(axes) if a == name]
        found[name] = align_axis(m, places, message, ones and name not in out)
        if found[name] is not None and name not in out:
            for o, axis in places:
                zeros_outside(m, o, axis, found[name])
    return tuple(found[name] for name in out)


def zeros_outside(m: Machine, o: Operand, axis: int, extent: Extent | None) -> None:
    if o.shape[axis] == 1 and o.extents[axis] is None:
        return
    lone: Extents = tuple(extent if n == axis else None for n in range(len(o.shape)))
    room = plain(m, o)
    assert isinstance(room, Ref)
    o.atom = m.array(filled(m, Part(room, lone), 0).id)


def matmul(m: Machine, a: Value, b: Value) -> Value:
    """`a @ b`."""
    x, y = operands_of(m, [a, b], "a matrix product")
    rank = max(len(x.shape), len(y.shape))
    batch = string.ascii_lowercase[: max(rank - 2, 0)]
    left = batch[len(batch) - max(len(x.shape) - 2, 0) :] + ("XK" if len(x.shape) > 1 else "K")
    right = batch[len(batch) - max(len(y.shape) - 2, 0) :] + ("KY" if len(y.shape) > 1 else "K")
    j, k = len(x.shape) - 1, max(len(y.shape) - 2, 0)
    if x.extents[j] is None and y.extents[k] is None and x.shape[j] != y.shape[k]:
        m.fail(ShapeError, f"a matrix product of sizes {x.shape[j]} and {y.shape[k]} does not fit")
    out = batch + "X" * (len(x.shape) > 1) + "Y" * (len(y.shape) > 1)
    extents = contracted(m, [x, y], [left, right], out, MATMUL)
    return make(m, m.call(Const(operator.matmul), [plain(m, x), plain(m, y)], []), extents)


def dot(m: Machine, a: Value, b: Value) -> Value:
    """`np.dot`: numbers multiply; above rank 2 the last axis of a goes with the last but one of b."""
    if as_num(a) is not None or as_num(b) is not None:
        return m.call(Const(np.multiply), [a, b], [])
    x, y = operands_of(m, [a, b], "np.dot")
    if len(x.shape) <= 2 and len(y.shape) <= 2:
        return matmul(m, a, b)
    axes = (len(x.shape) - 1, max(len(y.shape) - 2, 0))
    return tensordot(m, a, b, Tup((Const(axes[0]), Const(axes[1]))))


def inner(m: Machine, a: Value, b: Value) -> Value:
    if as_num(a) is not None or as_num(b) is not None:
        return m.call(Const(np.multiply), [a, b], [])
    return tensordot(m, a, b, Tup((Const(-1), Const(-1))))


def vdot(m: Machine, a: Value, b: Value) -> Value:
    lines = [ravel(m, v) for v in (array_of(m, a), array_of(m, b))]
    return matmul(m, m.call(Const(np.conj), [lines[0]], []), lines[1])


def outer(m: Machine, a: Value, b: Value) -> Value:
    lines = [flat(m, array_of(m, v)) for v in (a, b)]
    x, y = operands_of(m, lines, "np.outer")
    return make(m, m.call(Const(np.outer), [plain(m, x), plain(m, y)], []), (x.extents[0], y.extents[0]))


def flat(m: Machine, value: Value) -> Value:
    return m.call(Const(np.ravel), [value], [])


def tensordot(m: Machine, a: Value, b: Value, axes: Value = Const(2)) -> Value:
    x, y = operands_of(m, [a, b], "np.tensordot")
    given = listed(m, axes)
    i, j = len(x.shape), len(y.shape)
    pairs = (range(i - given, i), range(given)) if isinstance(given, int) else given
    first, second = (
        [p % n for p in (v if isinstance(v, (tuple, range)) else (v,))] for v, n in zip(pairs, (i, j), strict=True)
    )
    if len(first) != len(second):
        m.fail(ShapeError, "np.tensordot: as many axes of the one as of the other are summed over")
    left, right = list(string.ascii_lowercase[:i]), list(string.ascii_uppercase[:j])
    for p, q in zip(first, second, strict=True):
        right[q] = left[p]
    out = "".join(c for k, c in enumerate(left) if k not in first)
    out += "".join(c for k, c in enumerate(right) if k not in second)
    return summed(m, [x, y], ["".join(left), "".join(right)], out, TENSORDOT)


def listed(m: Machine, value: Value) -> Any:
    """Axes, or lists of them."""
    items = static_items(m, m.use(value))
    return m.known(value, "the axes of np.tensordot") if items is None else tuple(listed(m, v) for v in items)


def summed(
    m: Machine, operands: Sequence[Operand], names: Sequence[str], out: str, message: str, ones: bool = True
) -> Value:
    extents = contracted(m, operands, names, out, message, ones)
    spec = f"{','.join(names)}->{out}"
    return make(m, m.call(Const(np.einsum), [Const(spec), *(plain(m, o) for o in operands)], []), extents)


def einsum(m: Machine, subscripts: Value, *values: Value, optimize: Value = Const(False)) -> Value:
    text = m.known(subscripts, "the subscripts of np.einsum")
    operands = operands_of(m, values, "np.einsum")
    if not isinstance(text, str) or "." in text:
        m.fail(UnsupportedError, "np.einsum of arrays of run-time size takes named axes only", "name all axes")
    inputs, arrow, out = text.replace(" ", "").partition("->")
    names = inputs.split(",")
    if len(names) != len(operands) or any(len(n) != len(o.shape) for n, o in zip(names, operands, strict=False)):
        m.fail(ShapeError, f"np.einsum: the subscripts {text!r} do not fit the operands")
    if not arrow:
        out = "".join(sorted(c for c in set(inputs) - {","} if inputs.count(c) == 1))
    if any(len(set(n)) < len(n) for n in names):
        m.fail(UnsupportedError, "np.einsum of diagonals of arrays of run-time size is not taken", "index them first")
    return summed(m, operands, names, out, EINSUM, ones=False)


PRODUCTS: dict[Any, Callable[..., Value]] = {
    np.matmul: matmul,
    operator.matmul: matmul,
    np.dot: dot,
    np.inner: inner,
    np.vdot: vdot,
    np.outer: outer,
    np.tensordot: tensordot,
    np.einsum: einsum,
}
