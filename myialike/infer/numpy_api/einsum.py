"""`np.einsum`: sums of products over named axes.

Operands are met from left to right. Before each meeting, axes that no other operand and not the result has are summed
away; the two then meet in one matrix product, with the axes that both keep as its batch, those that end here as its
inner axis, and the rest as rows and columns.
"""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.emit import cast, join_kinds, pointwise, result_dtype, truth
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api.arguments import array_of
from myialike.infer.numpy_api.constructors import arange
from myialike.infer.sequences import static_items
from myialike.infer.values import Const, Kind, Ref, Value
from myialike.ir.syntax import Atom
from myialike.ir.types import BOOL, I64, static_shape


@dataclass(slots=True)
class Term:
    """An operand with the name of each of its axes."""

    atom: Atom
    labels: str

    def sizes(self) -> dict[str, int]:
        return dict(zip(self.labels, static_shape(array_type(self.atom)), strict=True))


def np_einsum(m: Machine, subscripts: Value, *operands: Value, optimize: Value = Const(False)) -> Value:
    if m.operand(subscripts) is not None:
        subscripts, operands = spelled(m, [subscripts, *operands])
    text = m.known(subscripts, "the subscripts of np.einsum")
    if not isinstance(text, str):
        m.fail(UnsupportedError, "np.einsum takes its subscripts as a string", 'write np.einsum("ij,jk->ik", a, b)')
    found = [array_of(m, v, "np.einsum") for v in operands]
    inputs, output = parse(m, text.replace(" ", ""), [array_type(a).ndim for a, _ in found])
    seen = view_of(m, inputs, output, operands)
    if seen is not None:
        return seen
    dtype = result_dtype(m, found)
    if dtype == BOOL:  # whether any product is true: how many are is not 0
        counted = [m.new_array(cast(m, a, I64), kind) for a, kind in found]
        atom, kind = array_of(m, np_einsum(m, Const(text), *counted), "np.einsum")
        return m.result(truth(m, atom), kind)
    terms = [diagonal(m, Term(cast(m, a, dtype), names)) for (a, _), names in zip(found, inputs, strict=True)]
    squeeze(m, terms)
    total = terms.pop(0)
    while terms:
        later = "".join(t.labels for t in terms[1:]) + output
        total = meet(m, total, terms.pop(0), later)
    return finish(m, total, output, join_kinds([k for _, k in found]))


def spelled(m: Machine, values: Sequence[Value]) -> tuple[Value, tuple[Value, ...]]:
    """Operands each with a list of numbers for its axes, and one for the result, with letters instead."""
    arrays, lists = list(values[::2]), list(values[1::2])
    output = arrays.pop() if len(arrays) > len(lists) else None

    def letters(value: Value) -> str:
        items = [m.known(v, "an axis of np.einsum") for v in static_items(m, m.use(value)) or ()]
        return "".join("..." if k is Ellipsis else string.ascii_letters[k] for k in items)

    text = ",".join(map(letters, lists)) + (f"->{letters(output)}" if output is not None else "")
    return Const(text), tuple(arrays)


def parse(m: Machine, text: str, ranks: Sequence[int]) -> tuple[list[str], str]:
    """The names of each operand's axes and of the result's; an ellipsis becomes names of its own."""
    left, arrow, right = text.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(ranks):
        m.fail(TypeCheckError, f"np.einsum: {len(inputs)} subscripts for {len(ranks)} operands")
    extra = [rank - len(t.replace("...", "")) for t, rank in zip(inputs, ranks, strict=True)]
    if any(n < 0 or (n and "..." not in t) for t, n in zip(inputs, extra, strict=True)):
        m.fail(
            ShapeError, f"np.einsum: the subscripts {text!r} do not fit operands of ranks {', '.join(map(str, ranks))}"
        )
    names = "0123456789"[: max([n for t, n in zip(inputs, extra, strict=True) if "..." in t], default=0)]
    inputs = [t.replace("...", names[len(names) - n :]) for t, n in zip(inputs, extra, strict=True)]
    joined = "".join(inputs)
    once = "".join(sorted(c for c in set(joined) if joined.count(c) == 1 and c in string.ascii_letters))
    output = right.replace("...", names) if arrow else names + once
    bad = set(joined + output) - set(string.ascii_letters + names) or {
        c for c in output if c not in joined or output.count(c) > 1
    }
    if bad:
        m.fail(
            TypeCheckError, f"np.einsum: the subscripts {text!r} are not valid at {', '.join(map(repr, sorted(bad)))}"
        )
    return inputs, output


def view_of(m: Machine, inputs: Sequence[str], output: str, operands: Sequence[Value]) -> Value | None:
    """One operand with its axes only put in another order, or its diagonal, is a view of it."""
    only = operands[0]
    if len(inputs) != 1 or not isinstance(only, Ref) or not m.is_array(only) or not output:
        return None
    (names,) = inputs
    if sorted(names) == sorted(output):
        return (
            only
            if names == output and len(names) < 2
            else m.view(only, "transpose", perm=tuple(map(names.index, output)))
        )
    if set(names) == set(output) and len(names) == 2:
        n, k = static_shape(array_type(m.array(only.id)))
        if n != k:
            m.fail(ShapeError, f"np.einsum: the diagonal of a matrix of shape [{n},{k}]")
        place = arange(m, 0, n)
        return m.view(only, "index", (place, place), spec=(("arr",), ("arr",)))
    return None


def diagonal(m: Machine, term: Term) -> Term:
    """A name that an operand has twice stands for its diagonal."""
    for name in dict.fromkeys(term.labels):
        while term.labels.count(name) > 1:
            i, j = [k for k, c in enumerate(term.labels) if c == name][:2]
            shape = static_shape(array_type(term.atom))
            if shape[i] != shape[j]:
                m.fail(ShapeError, f"np.einsum: axis {name!r} has the sizes {shape[i]} and {shape[j]} in one operand")
            rest = [k for k in range(len(shape)) if k not in (i, j)]
            moved = m.emit("transpose", term.atom, perm=(*rest, i, j)) if rest else term.atom
            place = arange(m, 0, shape[i])
            spec = (*(("slice", 0, shape[k], 1) for k in rest), ("arr",), ("arr",))
            atom = m.emit("index", moved, place, place, spec=spec)
            term = Term(atom, "".join(term.labels[k] for k in rest) + name)
    return term


def squeeze(m: Machine, terms: list[Term]) -> None:
    """Check the sizes of each name; an axis of size 1 that is longer in another operand is dropped."""
    sizes: dict[str, int] = {}
    for term in terms:
        for name, n in term.sizes().items():
            if n != 1 and sizes.get(name, 1) not in (1, n):
                m.fail(ShapeError, f"np.einsum: axis {name!r} has the sizes {sizes[name]} and {n}")
            sizes[name] = n if sizes.get(name, 1) == 1 else sizes[name]
    for k, term in enumerate(terms):
        kept = {name: n for name, n in term.sizes().items() if n == sizes[name]}
        if len(kept) < len(term.labels):
            terms[k] = Term(m.emit("reshape", term.atom, shape=tuple(kept.values())), "".join(kept))


def summed(m: Machine, term: Term, kept: str) -> Term:
    """Without the axes that are not kept."""
    axes = tuple(k for k, name in enumerate(term.labels) if name not in kept)
    if not axes:
        return term
    return Term(m.emit("reduce_sum", term.atom, axes=axes), "".join(c for c in term.labels if c in kept))


def meet(m: Machine, a: Term, b: Term, later: str) -> Term:
    """The product of two operands, with the axes that nothing needs later summed."""
    a, b = summed(m, a, b.labels + later), summed(m, b, a.labels + later)
    sizes = a.sizes() | b.sizes()
    batch = [c for c in a.labels if c in b.labels and c in later]
    inner = [c for c in a.labels if c in b.labels and c not in later]
    rows, cols = [c for c in a.labels if c not in b.labels], [c for c in b.labels if c not in a.labels]
    labels = "".join([*batch, *rows, *cols])
    shape = tuple(sizes[c] for c in labels)
    if not inner:
        left = lined_up(m, a, labels, sizes)
        return Term(pointwise(m, "mul", left, lined_up(m, b, labels, sizes)), labels)
    lead = tuple(sizes[c] for c in batch)
    first = grouped(m, a, [*batch, *rows, *inner], (*lead, span(sizes, rows), span(sizes, inner)))
    second = grouped(m, b, [*batch, *inner, *cols], (*lead, span(sizes, inner), span(sizes, cols)))
    return Term(m.emit("reshape", m.emit("matmul", first, second), shape=shape), labels)


def span(sizes: dict[str, int], names: Sequence[str]) -> int:
    return math.prod(sizes[c] for c in names)


def grouped(m: Machine, term: Term, order: Sequence[str], shape: tuple[int, ...]) -> Atom:
    perm = tuple(term.labels.index(c) for c in order)
    moved = m.emit("transpose", term.atom, perm=perm) if perm != tuple(range(len(perm))) else term.atom
    return m.emit("reshape", moved, shape=shape)


def lined_up(m: Machine, term: Term, labels: str, sizes: dict[str, int]) -> Atom:
    """An operand with its axes in the order of `labels`, and axes of length 1 for those it does not have."""
    shape = tuple(sizes[c] if c in term.labels else 1 for c in labels)
    if not term.labels:
        return term.atom
    return grouped(m, term, [c for c in labels if c in term.labels], shape)


def finish(m: Machine, total: Term, output: str, kind: Kind) -> Value:
    total = summed(m, total, output)
    perm = tuple(total.labels.index(c) for c in output)
    atom = m.emit("transpose", total.atom, perm=perm) if perm != tuple(range(len(perm))) else total.atom
    return m.result(atom, kind)


EINSUM: dict[Any, Callable[..., Value]] = {np.einsum: np_einsum}
