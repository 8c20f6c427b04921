"""`grad`, `vjp`, `jvp` and their kin in a program: the function is run by itself, its graph differentiated and put in.

Gradients follow JAX: `argnums` is an int or a sequence, a gradient has the structure of its argument, `grad` wants a
real scalar result. An argument that is not floating has no derivative, which is an error that says which one.

Note [Shared arguments]. `f(x, x)` passes one array under two names, and `grad(f, argnums=0)(x, x)` asks for the
derivative with respect to the first name alone. So what is differentiated becomes an object of its own: an array, list,
... that is also reached by another way, through another argument, a captured variable or twice through one, is copied.
That is no difference to the function, unless it changes the object: then it is refused. Likewise the parts of the
result: an argument that is returned is a result of its own, with a derivative.

Note [Derivatives of derivatives]. With respect to one real number, forward mode gives what reverse mode gives, as
cheaply and without a tape. A tape is what makes derivatives of derivatives large: each order takes the tapes of the
order before apart and makes its own. So `grad` with respect to one number is forward mode where it stands inside
another derivative or has one inside of it, and the number of equations grows slowly with the order. A first derivative
is always in reverse mode.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.emit import broadcast, cast
from myialike.infer.heap import ArrayState, DictState, ListState, ObjectState, State, ViewState
from myialike.infer.isolate import Isolated, apply, isolate
from myialike.infer.machine import Machine, array_type
from myialike.infer.origins import user_name
from myialike.infer.sequences import children
from myialike.infer.spec import Spec, Thawing, leaf_paths, leaf_types, words
from myialike.infer.values import (
    Const,
    Pullback,
    Ref,
    Transform,
    Tup,
    Value,
    name_of,
    parameter_names,
    parts,
    with_parts,
)
from myialike.ir.builder import python_scalar
from myialike.ir.syntax import Atom, Graph, Lit, Module
from myialike.ir.types import I64, Array, Type, is_float, static_shape
from myialike.ops.effects import has_prints, silenced

Keywords = Sequence[tuple[str, Value]]


def alone(m: Machine, fn: Value, args: Sequence[Value], keywords: Keywords, numbers: Sequence[int]) -> Isolated:
    """Run `fn(*args, **keywords)` by itself, to be differentiated with respect to the arguments `numbers`.

    The values that go in are the arguments, the keywords, then the function.
    """
    n = len(args)
    names = [name for name, _ in keywords]
    assert m.world is not None
    hidden = m.world.values
    others = [v for k, v in enumerate(args) if k not in numbers]
    separate = _Separate(m, [*others, *(v for _, v in keywords), fn, *hidden()])
    args = [separate.value(v) if k in numbers else v for k, v in enumerate(args)]

    def run(values: list[Value]) -> Value:
        pairs = list(zip(names, values[n:-1], strict=True))
        result = m.use(m.call(values[-1], values[:n], pairs))
        return _Separate(m, [*values, *hidden()]).value(result)

    hints = [*parameter_names(fn, n), *names, "captured"]
    dynamic = [k in numbers for k in range(n)] + [False] * (len(keywords) + 1)
    m.derivatives += 1
    m.differentiating += 1
    try:
        isolated = isolate(m, [*args, *(v for _, v in keywords), fn], hints, run, name_of(fn), dynamic)
    finally:
        m.differentiating -= 1
    if any(isolated.ids[k] in separate.shared for k, _ in isolated.changed):
        m.fail(
            UnsupportedError,
            f"{name_of(fn)} changes an object that it is differentiated with respect to and that it also "
            "reaches by another name",
            "pass a copy",
        )
    return isolated


class _Separate:
    """Copies of the objects reached more than once; `shared` are they and their copies. Note [Shared arguments]."""

    def __init__(self, m: Machine, others: Sequence[Value]) -> None:
        self.m = m
        self.seen: set[int] = set()
        self.shared: set[int] = set()
        for value in others:
            self._visit(value)

    def _visit(self, value: Value) -> None:
        if not isinstance(value, Ref):
            for part in parts(value):
                self._visit(part)
        elif value.id not in self.seen:
            self.seen.add(value.id)
            state = self.m.heap.states[value.id]
            if not isinstance(state, ArrayState | ViewState):
                for item in state.items:
                    self._visit(item)

    def value(self, value: Value) -> Value:
        """`value` where nothing of it was reached before; else made anew, with copies of what was."""
        if not isinstance(value, Ref):
            old = parts(value)
            new = tuple(self.value(v) for v in old)
            return value if all(a is b for a, b in zip(old, new, strict=True)) else with_parts(value, new)
        again, state = value.id in self.seen, self.m.heap.states[value.id]
        self.seen.add(value.id)
        if isinstance(state, ArrayState | ViewState):
            return self._copy(value, ArrayState(self.m.array(value.id), self.m.kind(value.id))) if again else value
        items = tuple(self.value(v) for v in state.items)
        same = all(a is b for a, b in zip(state.items, items, strict=True))
        return value if same and not again else self._copy(value, replace(state, items=items))

    def _copy(self, value: Ref, state: State) -> Ref:
        copy = Ref(self.m.heap.alloc(state))
        self.shared |= {value.id, copy.id}
        return copy


def prepared(m: Machine, isolated: Isolated) -> Graph:
    """The graph of a function run by itself, without calls and optimised."""
    return m.services.prepare(Module((isolated.graph, *m.graphs.values())))


def argument_numbers(m: Machine, argnums: Any, count: int, name: str) -> tuple[int, ...]:
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for k in numbers:
        if not -count <= k < count:
            m.fail(
                TypeCheckError,
                f"argnums={argnums} asks for argument {k} (counted from 0) of {name}, which is called with "
                f"{count} positional argument{'s' * (count != 1)}",
                "pass the differentiated arguments by position",
            )
    return tuple(k % count for k in numbers)


def active_leaves(m: Machine, isolated: Isolated, numbers: Sequence[int], what: str) -> tuple[bool, ...]:
    """Which leaves are differentiated: those of the arguments `numbers`, all of which must be floating."""
    chosen = {leaf for k in numbers for leaf in isolated.leaf_range(k)}
    for leaf in sorted(chosen):
        if not is_float(isolated.graph.params[leaf].type):
            m.fail(
                TypeCheckError,
                f"{what} with respect to {leaf_name(isolated, leaf)}: only floating-point values have derivatives",
                "pass a float, or choose other arguments with argnums",
            )
    return tuple(leaf in chosen for leaf in range(len(isolated.graph.params)))


def leaf_name(isolated: Isolated, leaf: int) -> str:
    """What the user calls a leaf of an argument, and its type: `p['n'] of loss, which is int`."""
    k = next(k for k in range(len(isolated.specs)) if leaf in isolated.leaf_range(k))
    n = leaf - isolated.leaf_range(k).start
    path = list(leaf_paths(isolated.specs[k]))[n]
    name = user_name(isolated.graph.params[isolated.leaf_range(k).start])
    type = list(leaf_types(isolated.specs[k]))[n]
    kind = words(isolated.specs[k]) if not path else str(type)
    return f"{f'{name}{path}' if path else repr(name)} of {isolated.graph.name}, which is {kind}"


def floating_results(graph: Graph) -> list[int]:
    return [k for k, r in enumerate(graph.results) if is_float(r.type)]


# -- reverse mode ------------------------------------------------------------------------------------------------------


def call_grad(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`grad` and `value_and_grad`."""
    has_aux, what = t.option("has_aux"), t.kind
    numbers = argument_numbers(m, t.option("argnums"), len(args), name_of(t.fn))
    before = m.derivatives
    isolated = alone(m, t.fn, args, keywords, numbers)
    active = active_leaves(m, isolated, numbers, what)
    loss = scalar_result(m, isolated, has_aux, what)
    nested = m.differentiating > 0 or m.derivatives > before + 1
    if loss is not None and nested and is_one_real_number(isolated, active):
        value, bars = push(m, isolated, active, [one(isolated.graph.params[active.index(True)].type)])
        bars = bars[:1]
    else:
        value, bars = pull(m, isolated, active, [] if loss is None else [one(loss)])
    gradient = gradients(m, isolated, numbers, active, bars)
    if not isinstance(t.option("argnums"), int):
        gradient = [Tup(tuple(gradient))]
    if t.kind == "value_and_grad":
        return Tup((value, gradient[0]))
    if has_aux:
        assert isinstance(value, Tup)
        return Tup((gradient[0], value.items[1]))
    return gradient[0]


def one(type: Type) -> Lit:
    """The number 1 as a scalar of this type."""
    assert isinstance(type, Array)
    return Lit(python_scalar(type.dtype, 1), type)


def is_one_real_number(isolated: Isolated, active: Sequence[bool]) -> bool:
    """Whether the derivative is with respect to one real number. Note [Derivatives of derivatives]."""
    chosen = [p.type for p, a in zip(isolated.graph.params, active, strict=True) if a]
    return len(chosen) == 1 and isinstance(chosen[0], Array) and not chosen[0].shape and chosen[0].dtype.kind != "c"


def scalar_result(m: Machine, isolated: Isolated, has_aux: bool, what: str) -> Array | None:
    """The type of the differentiated result, a real scalar, which is the first leaf; None for a constant."""
    spec: Spec = isolated.result
    if has_aux:
        if spec[0] != "tuple" or len(spec[2]) != 2:
            m.fail(
                TypeCheckError,
                f"{what} with has_aux wants a function that returns a pair (value, aux), and "
                f"{isolated.graph.name} returns {words(spec)}",
            )
        spec = spec[2][0]
    if spec[0] == "const" and isinstance(spec[1].value, float | np.floating):
        return None
    wanted = f"{what} wants a function that returns a real scalar, and {isolated.graph.name} returns {words(spec)}"
    if spec[0] == "const":
        m.fail(TypeCheckError, wanted, "return a value computed from the differentiated argument")
    types = list(leaf_types(spec))
    if spec[0] not in ("num", "array") or types[0].shape or types[0].dtype.kind not in "fV":
        pair = spec[0] == "tuple" and not has_aux
        m.fail(
            TypeCheckError,
            wanted,
            "return the value alone, or (value, aux) with has_aux=True"
            if pair
            else "sum the result, or use jacrev or jacfwd",
        )
    return types[0]


def pull(m: Machine, isolated: Isolated, active: tuple[bool, ...], seeds: Sequence[Atom]) -> tuple[Value, list[Atom]]:
    """Put the function and its backward sweep in place; `seeds` are cotangents of the first floating results."""
    graph = prepared(m, isolated)
    floating = floating_results(graph)
    seeded = tuple(k < len(seeds) for k in range(len(floating)))
    backward = m.services.vjp(graph, active, seeded)
    atoms = m.builder.splice(backward.body, [*isolated.inputs, *seeds])
    value = apply(m, isolated, atoms[: len(graph.results)])
    return value, list(atoms[len(graph.results) :])


def gradients(
    m: Machine, isolated: Isolated, numbers: Sequence[int], active: Sequence[bool], bars: Sequence[Atom]
) -> list[Value]:
    """The cotangents of the arguments `numbers`, in their structures."""
    by_leaf = dict(zip([k for k, a in enumerate(active) if a], bars, strict=True))
    return [structured(m, isolated.specs[k], [by_leaf[i] for i in isolated.leaf_range(k)]) for k in numbers]


def structured(m: Machine, spec: Spec, atoms: Sequence[Atom]) -> Value:
    return Thawing(m, iter(atoms)).make(spec)


def call_vjp(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`vjp(f, *primals)`: the result, and a function that pulls cotangents of it back."""
    isolated = alone(m, t.fn, args, keywords, range(len(args)))
    active_leaves(m, isolated, range(len(args)), "vjp")
    graph = prepared(m, isolated)
    atoms = m.builder.splice(graph.body, isolated.inputs)
    value = apply(m, isolated, atoms)
    if t.option("has_aux"):
        assert isinstance(value, Tup)
        return Tup((value.items[0], Pullback(isolated, len(args), True), value.items[1]))
    return Tup((value, Pullback(isolated, len(args), False)))


def call_pull(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """The cotangents of primals (the first argument, a tuple) for a cotangent of the result (the second)."""
    primals = children(m, args[0])
    assert primals is not None
    isolated = alone(m, t.fn, primals, (), range(len(primals)))
    return call_pullback(m, Pullback(isolated, len(primals), t.option("has_aux")), args[1:])


def call_pullback(m: Machine, p: Pullback, args: Sequence[Value]) -> Value:
    """Apply the second result of `vjp` to a cotangent with the structure of the first."""
    if len(args) != 1:
        m.fail(TypeCheckError, f"a pullback takes one argument, the cotangent of the result; got {len(args)}")
    isolated = p.isolated
    spec = isolated.result[2][0] if p.has_aux else isolated.result
    types = [t for t in leaf_types(spec) if is_float(t)]
    seeds = matching(m, spec, args[0], "the cotangent", types)
    active = active_leaves(m, isolated, range(p.count), "vjp")
    graph = silenced(prepared(m, isolated))  # it printed when the function was called
    seeded = tuple(k < len(seeds) for k in range(len(floating_results(graph))))
    backward = m.services.vjp(graph, active, seeded)
    atoms = m.builder.splice(backward.body, [*isolated.inputs, *seeds])
    bars = atoms[len(graph.results) :]
    return Tup(tuple(gradients(m, isolated, range(p.count), active, bars)))


def matching(m: Machine, spec: Spec, value: Value, what: str, types: Sequence[Array]) -> list[Atom]:
    """The leaves of `value`, which must have the structure of `spec` and the given floating types."""
    atoms: list[Atom] = []
    _match(m, spec, value, what, atoms)
    if len(atoms) != len(types):
        m.fail(TypeCheckError, f"{what} has {len(atoms)} floating parts, and {len(types)} are wanted")
    for atom, type in zip(atoms, types, strict=True):
        if array_type(atom).shape != type.shape:
            m.fail(TypeCheckError, f"{what} has a part of type {atom.type} where {type} is wanted")
    return [cast(m, a, t.dtype) for a, t in zip(atoms, types, strict=True)]


def _match(m: Machine, spec: Spec, value: Value, what: str, atoms: list[Atom]) -> None:
    if spec[0] in ("num", "array"):
        found = m.operand(value)
        if found is None:
            m.fail(TypeCheckError, f"{what} has {m.describe(value)} where {next(leaf_types(spec))} is wanted")
        if is_float(next(leaf_types(spec))):
            atoms.append(found[0])
        return
    if spec[0] in ("tuple", "list", "dict", "object"):
        items = children(m, value)
        if items is None or len(items) != len(spec[-1]):
            m.fail(TypeCheckError, f"{what} does not have the structure of what it belongs to")
        for s, v in zip(spec[-1], items, strict=True):
            _match(m, s, v, what, atoms)


# -- forward mode ------------------------------------------------------------------------------------------------------


def call_jvp(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`jvp(f, primals, tangents)`."""
    primals, tangents = (children(m, a) for a in args[:2])
    if primals is None or tangents is None or len(primals) != len(tangents):
        m.fail(TypeCheckError, "jvp takes a tuple of primals and a tuple of as many tangents")
    isolated = alone(m, t.fn, primals, (), range(len(primals)))
    active = active_leaves(m, isolated, range(len(primals)), "jvp")
    dots: list[Atom] = []
    for k, tangent in enumerate(tangents):
        dots += matching(m, isolated.specs[k], tangent, f"tangent {k}", list(leaf_types(isolated.specs[k])))
    value, out_dots = push(m, isolated, active, dots)
    return Tup((value, tangent_of(m, isolated.result, out_dots)))


def push(m: Machine, isolated: Isolated, active: tuple[bool, ...], dots: Sequence[Atom]) -> tuple[Value, list[Atom]]:
    graph = prepared(m, isolated)
    forward = m.services.jvp(graph, active)
    atoms = m.builder.splice(forward.body, [*isolated.inputs, *dots])
    return apply(m, isolated, atoms[: len(graph.results)]), list(atoms[len(graph.results) :])


def tangent_of(m: Machine, spec: Spec, dots: Sequence[Atom]) -> Value:
    """The tangent of a result: its structure, with zeros for what is not floating."""
    found = iter(dots)
    leaves = [next(found) if is_float(t) else m.builder.full(t, python_scalar(t.dtype, 0)) for t in leaf_types(spec)]
    return structured(m, _without_consts(spec), leaves)


def _without_consts(spec: Spec) -> Spec:
    """A compile-time number among results has the tangent zero."""
    if spec[0] == "const" and isinstance(spec[1].value, (float, complex)):
        return ("const", type(spec[1])(type(spec[1].value)(0)))
    if spec[0] in ("tuple", "list", "dict", "object"):
        return (*spec[:-1], tuple(_without_consts(s) for s in spec[-1]))
    return spec


# -- Jacobians ---------------------------------------------------------------------------------------------------------


def call_jacobian(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`jacrev` and `jacfwd`: for each floating leaf of the result, a block for each leaf of the arguments.

    The structure is that of the result, in whose leaves the structures of the arguments stand. The dims of a block are
    those of the result's leaf, then those of the argument's.
    """
    numbers = argument_numbers(m, t.option("argnums"), len(args), name_of(t.fn))
    isolated = alone(m, t.fn, args, keywords, numbers)
    active = active_leaves(m, isolated, numbers, t.kind)
    graph = prepared(m, isolated)
    types = list(leaf_types(isolated.result))
    if t.option("has_aux") or not all(map(is_float, types)):
        m.fail(
            TypeCheckError,
            f"{t.kind} wants a function whose results are floating-point, and {isolated.graph.name} returns "
            f"{words(isolated.result)}",
            "return arrays and floats, or convert with .astype(float)",
        )
    if has_prints(graph):  # once, not for every row
        m.builder.splice(graph.body, isolated.inputs)
        graph = silenced(graph)
    make = _reverse_blocks if t.kind == "jacrev" else _forward_blocks
    blocks = make(m, isolated, graph, active, types)
    wanted = [k for k, a in enumerate(active) if a]

    def of_leaf(row: Sequence[Atom]) -> Value:
        by_leaf = dict(zip(wanted, row, strict=True))
        results = [
            _block_structure(m, isolated.specs[k], [by_leaf[i] for i in isolated.leaf_range(k)]) for k in numbers
        ]
        return results[0] if isinstance(t.option("argnums"), int) else Tup(tuple(results))

    def of_constant() -> Value:
        inputs = [isolated.graph.params[k].type for k in wanted]
        return of_leaf([m.builder.full(i, python_scalar(i.dtype, 0)) for i in inputs if isinstance(i, Array)])

    return _with_values(m, isolated.result, iter([of_leaf(row) for row in blocks]), of_constant)


def _with_values(m: Machine, spec: Spec, leaves: Iterator[Value], of_constant: Callable[[], Value]) -> Value:
    """The structure of `spec` with `leaves` in the place of its leaves."""
    match spec:
        case ("num" | "array", *_):
            return next(leaves)
        case ("const", key):
            return of_constant() if isinstance(key.value, float | np.floating) else Const(key.value)
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


def _reverse_blocks(
    m: Machine, isolated: Isolated, graph: Graph, active: tuple[bool, ...], outs: Sequence[Array]
) -> Blocks:
    types = [p.type for p, a in zip(graph.params, active, strict=True) if a]
    inputs = [t for t in types if isinstance(t, Array)]
    blocks: Blocks = []
    for k, out in enumerate(outs):
        backward = m.services.vjp(graph, active, tuple(j == k for j in range(len(floating_results(graph)))))

        def row(i: Atom, backward: Graph = backward, out: Array = out) -> Sequence[Atom]:
            atoms = m.builder.splice(backward.body, [*isolated.inputs, _basis(m, out, i)])
            return atoms[len(graph.results) :]

        rows = _rows(m, out, inputs, row)
        blocks.append([m.emit("reshape", b, shape=(*out.shape, *t.shape)) for b, t in zip(rows, inputs, strict=True)])
    return blocks


def _forward_blocks(
    m: Machine, isolated: Isolated, graph: Graph, active: tuple[bool, ...], outs: Sequence[Array]
) -> Blocks:
    forward = m.services.jvp(graph, active)
    wanted = [p.type for p, a in zip(graph.params, active, strict=True) if a]
    types = [t for t in wanted if isinstance(t, Array)]
    blocks: Blocks = [[] for _ in outs]
    for k, type in enumerate(types):

        def row(i: Atom, k: int = k) -> Sequence[Atom]:
            dots = [
                _basis(m, t, i) if j == k else m.builder.full(t, python_scalar(t.dtype, 0)) for j, t in enumerate(types)
            ]
            atoms = m.builder.splice(forward.body, [*isolated.inputs, *dots])
            return atoms[len(graph.results) : len(graph.results) + len(outs)]

        n = len(type.shape)
        for column, out, rows in zip(blocks, outs, _rows(m, type, outs, row), strict=True):
            first = m.emit("reshape", rows, shape=(*type.shape, *out.shape))
            perm = (*range(n, n + out.ndim), *range(n))
            column.append(m.emit("transpose", first, perm=perm) if perm else first)
    return blocks


def call_hessian(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`hessian`: forward over reverse."""
    options = (("argnums", t.option("argnums")), ("has_aux", False))
    inner = Transform("grad", t.fn, options)
    return call_jacobian(m, Transform("jacfwd", inner, options), args, keywords)


def call_plain(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`compile` of a function inside a compiled function changes nothing."""
    return m.call(t.fn, args, keywords)


TRANSFORMS: dict[str, Callable[[Machine, Transform, list[Value], Keywords], Value]] = {
    "compile": call_plain,
    "grad": call_grad,
    "value_and_grad": call_grad,
    "vjp": call_vjp,
    "pull": call_pull,
    "jvp": call_jvp,
    "jacrev": call_jacobian,
    "jacfwd": call_jacobian,
    "hessian": call_hessian,
}
