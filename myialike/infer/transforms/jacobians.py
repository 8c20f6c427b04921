"""`jacrev`, `jacfwd` and `hessian`: for each floating leaf of the result, a block for each leaf of the arguments.

The structure is that of the result, in whose leaves the structures of the arguments stand. The dims of a block are
those of the result's leaf, then those of the argument's. A block is made row by row, in a loop: by reverse mode a row
for each element of the result, by forward mode a column for each element of the argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from myialike.errors import TypeCheckError
from myialike.infer.emit import broadcast
from myialike.infer.heap import DictState, ListState, ObjectState
from myialike.infer.isolate import apply
from myialike.infer.machine import Machine, array_type
from myialike.infer.spec import Spec, leaf_types, words
from myialike.infer.transforms.cuts import warn_of_cuts
from myialike.infer.transforms.isolating import Keywords, prepared
from myialike.infer.transforms.matching import pair
from myialike.infer.transforms.reverse import by_forward_mode, value_and_aux
from myialike.infer.transforms.wanted import Wanted, floating_results, run_wanted, structured
from myialike.infer.values import Const, Ref, Transform, Tup, Value, is_number
from myialike.ir.builder import python_scalar
from myialike.ir.op import TABLE
from myialike.ir.syntax import Atom, Graph, Lit, Prim, walk
from myialike.ir.types import I64, Array, is_float, static_shape
from myialike.ops.effects import silenced


def call_jacobian(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`jacrev` and `jacfwd`; with `has_aux`, the Jacobian of the first of a pair of results, and the second."""
    before = m.derivatives
    wanted = run_wanted(m, t, args, keywords)
    isolated, has_aux = wanted.isolated, t.option("has_aux")
    spec = value_and_aux(m, isolated, t.kind) if has_aux else isolated.result
    types = list(leaf_types(spec))
    _check_types(m, wanted, t, spec, types)
    graph = prepared(m, isolated)
    warn_of_cuts(m, graph, wanted.active)
    value: Value | None = None
    if has_aux or isolated.changed or has_effects(graph):
        value = apply(m, isolated, m.builder.splice(graph.body, isolated.inputs))
    graph = silenced(graph)  # it has printed once, and does not for every row
    nested = m.differentiating > 0 or m.derivatives > before + 1
    by_rows = t.kind == "jacrev" and not (nested and by_forward_mode(m, wanted))
    blocks = (_reverse_blocks if by_rows else _forward_blocks)(m, wanted, graph, types)

    def of_leaf(row: Sequence[Atom]) -> Value:
        by_leaf = dict(zip([k for k, a in enumerate(wanted.active) if a], row, strict=True))
        results = [_block_structure(m, p.spec, [by_leaf[i] for i in p.leaves]) for p in wanted.parts]
        return results[0] if wanted.one else Tup(tuple(results))

    def of_constant() -> Value:
        inputs = [p.type for p, a in zip(isolated.graph.params, wanted.active, strict=True) if a]
        return of_leaf([m.builder.full(i, python_scalar(i.dtype, 0)) for i in inputs if isinstance(i, Array)])

    jacobian = _with_values(m, spec, iter([of_leaf(row) for row in blocks]), of_constant)
    return Tup((jacobian, pair(value)[1])) if has_aux and value is not None else jacobian


def has_effects(graph: Graph) -> bool:
    """Whether a graph does something besides giving its results."""
    return any(isinstance(e, Prim) and TABLE[e.op].effect for e in walk(graph.body))


def _check_types(m: Machine, wanted: Wanted, t: Transform, spec: Spec, types: Sequence[Array]) -> None:
    """Refuse results without a derivative, and such as the option `holomorphic` does not allow."""
    name, holomorphic = wanted.isolated.graph.name, t.option("holomorphic")
    text = f"{t.kind} wants a function whose results are %s, and {name} returns {words(spec)}"
    if not all(map(is_float, types)) or _has_whole_numbers(spec):
        hint = "return arrays and floats, or convert with .astype(float)"
        m.fail(TypeCheckError, text % "floating-point", hint)
    if holomorphic and not all(i.dtype.kind == "c" for i in types):
        m.fail(TypeCheckError, text % "complex, as holomorphic=True says")
    if not holomorphic and t.kind == "jacrev" and any(i.dtype.kind == "c" for i in types):
        hint = "return real and imaginary parts, or pass holomorphic=True if the function is holomorphic"
        m.fail(TypeCheckError, text % "real", hint)


def _has_whole_numbers(spec: Spec) -> bool:
    """Whether an int or a bool that is known now is among results."""
    if spec[0] == "const":
        return is_number(spec[1].value) and np.asarray(spec[1].value).dtype.kind not in "fcV"
    return spec[0] in ("tuple", "list", "dict", "object") and any(map(_has_whole_numbers, spec[-1]))


def _with_values(m: Machine, spec: Spec, leaves: Iterator[Value], of_constant: Callable[[], Value]) -> Value:
    """The structure of `spec` with `leaves` in the place of its leaves."""
    match spec:
        case ("num" | "array", *_):
            return next(leaves)
        case ("const", key):
            return of_constant() if is_number(key.value) else Const(key.value)
        case ("tuple" | "list" | "dict" | "object", *_):
            items = tuple(_with_values(m, s, leaves, of_constant) for s in spec[-1])
        case _:
            m.fail(TypeCheckError, f"a function that returns {words(spec)} has no Jacobian")
    match spec:
        case ("tuple", cls, _):
            return Tup(items, cls)
        case ("list", _):
            return Ref(m.heap.alloc(ListState(items)))
        case ("dict", keys, _):
            return Ref(m.heap.alloc(DictState(tuple(k.value for k in keys), items)))
        case (_, cls, names, _):
            return Ref(m.heap.alloc(ObjectState(cls, names, items)))
    raise AssertionError(spec)


def _block_structure(m: Machine, spec: Spec, blocks: Sequence[Atom]) -> Value:
    """Blocks in the structure of an argument; every leaf is an array of the block's own shape."""
    return structured(m, _leaf_arrays(spec, iter(blocks)), blocks)


def _leaf_arrays(spec: Spec, blocks: Any) -> Spec:
    if spec[0] in ("num", "array"):
        type, kind = array_type(next(blocks)), spec[-1]
        if not type.shape and spec[0] == "num":
            return spec
        return ("array", str(Array(type.dtype)), type.shape, "numpy" if kind == "python" else kind)
    if spec[0] in ("tuple", "list", "dict", "object"):
        return (*spec[:-1], tuple(_leaf_arrays(s, blocks) for s in spec[-1]))
    return spec


def _basis(m: Machine, type: Array, i: Atom) -> Atom:
    """The i-th unit of the space of `type`, i counting its elements in order."""
    if not type.shape:
        return Lit(python_scalar(type.dtype, 1), type)
    shape = static_shape(type)
    n = _count(shape)
    flat = m.emit(
        "index_set",
        m.builder.full(Array(type.dtype, (n,)), 0),
        Lit(python_scalar(type.dtype, 1), Array(type.dtype)),
        i,
        spec=(("i",),),
    )
    return m.emit("reshape", flat, shape=shape)


def _count(shape: tuple[int, ...]) -> int:
    n = 1
    for d in shape:
        n *= d
    return n


def _rows(m: Machine, space: Array, outs: Sequence[Array], row: Callable[[Atom], Sequence[Atom]]) -> list[Atom]:
    """For every unit i of `space`, `row(i)`, which gives one value for each of `outs`: stacked along a first axis."""
    if not space.shape:
        return [
            m.emit("reshape", a, shape=(1, *t.shape)) if t.shape else broadcast(m, a, (1,))
            for a, t in zip(row(Lit(0, Array(I64))), outs, strict=True)
        ]
    n = _count(static_shape(space))
    body = m.builder.child()
    with m.inside(body, m.heap):
        i = body.param("i", Array(I64))
        rows = [body.param("rows", Array(t.dtype, (n, *t.shape))) for t in outs]
        values = row(i)
        new = [
            m.emit("index_set", r, v, i, spec=(("i",), *(("slice", 0, d, 1) for d in static_shape(t))))
            for r, v, t in zip(rows, values, outs, strict=True)
        ]
    zeros = [m.builder.full(Array(t.dtype, (n, *t.shape)), python_scalar(t.dtype, 0)) for t in outs]
    return list(m.builder.for_([Lit(k, Array(I64)) for k in (0, n, 1)], zeros, body.block(new)))


Blocks = list[list[Atom]]  # for each leaf of the result, one for each active leaf of the arguments


def _reverse_blocks(m: Machine, wanted: Wanted, graph: Graph, outs: Sequence[Array]) -> Blocks:
    types = [p.type for p, a in zip(graph.params, wanted.active, strict=True) if a]
    inputs = [t for t in types if isinstance(t, Array)]
    blocks: Blocks = []
    for k, out in enumerate(outs):
        backward = m.services.vjp(graph, wanted.active, tuple(j == k for j in range(len(floating_results(graph)))))

        def row(i: Atom, backward: Graph = backward, out: Array = out) -> Sequence[Atom]:
            atoms = m.builder.splice(backward.body, [*wanted.isolated.inputs, _basis(m, out, i)])
            return atoms[len(graph.results) :]

        rows = _rows(m, out, inputs, row)
        blocks.append([m.emit("reshape", b, shape=(*out.shape, *t.shape)) for b, t in zip(rows, inputs, strict=True)])
    return blocks


def _forward_blocks(m: Machine, wanted: Wanted, graph: Graph, outs: Sequence[Array]) -> Blocks:
    forward = m.services.jvp(graph, wanted.active)
    chosen = [p.type for p, a in zip(graph.params, wanted.active, strict=True) if a]
    types = [t for t in chosen if isinstance(t, Array)]
    blocks: Blocks = [[] for _ in outs]
    for k, type in enumerate(types):

        def row(i: Atom, k: int = k) -> Sequence[Atom]:
            dots = [
                _basis(m, t, i) if j == k else m.builder.full(t, python_scalar(t.dtype, 0)) for j, t in enumerate(types)
            ]
            atoms = m.builder.splice(forward.body, [*wanted.isolated.inputs, *dots])
            return atoms[len(graph.results) : len(graph.results) + len(outs)]

        n = len(type.shape)
        for column, out, rows in zip(blocks, outs, _rows(m, type, outs, row), strict=True):
            first = m.emit("reshape", rows, shape=(*type.shape, *out.shape))
            perm = (*range(n, n + out.ndim), *range(n))
            column.append(m.emit("transpose", first, perm=perm) if perm else first)
    return blocks


def call_hessian(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`hessian`: forward over reverse."""
    inner = Transform("jacrev", t.fn, t.options)
    return call_jacobian(m, Transform("jacfwd", inner, t.options), args, keywords)
