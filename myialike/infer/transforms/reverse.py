"""`grad`, `value_and_grad` and `vjp`: reverse mode.

A gradient has the structure of its argument; `grad` wants a scalar result, real unless `holomorphic` is set. The
gradient of a real function of a complex z = x + iy is df/dx - i df/dy, as in JAX.

Note [Derivatives of derivatives]. With respect to one real number, forward mode gives what reverse mode gives, as
cheaply and without a tape. A tape is what makes derivatives of derivatives large: each order takes the tapes of the
order before apart and makes its own. So `grad` with respect to one number is forward mode where it stands inside
another derivative or has one inside of it, and the number of equations grows slowly with the order. A first derivative
is always in reverse mode, and so is one through a function that has a reverse rule of its own only. Three and more, one
directly upon the other, are in Taylor mode (`towers`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from myialike.errors import TypeCheckError
from myialike.infer.isolate import Isolated, apply
from myialike.infer.machine import Machine
from myialike.infer.sequences import children
from myialike.infer.spec import Spec, leaf_types, words
from myialike.infer.transforms.cuts import warn_of_cuts
from myialike.infer.transforms.forward import push
from myialike.infer.transforms.isolating import Keywords, prepared
from myialike.infer.transforms.matching import matching, pair
from myialike.infer.transforms.wanted import Wanted, atoms_of, floating_results, run_primals, run_wanted
from myialike.infer.values import Pullback, Transform, Tup, Value
from myialike.ir.builder import python_scalar
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import Array, Type, is_float
from myialike.ops.effects import silenced
from myialike.ops.functions import is_reverse_only


def call_grad(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`grad` and `value_and_grad`."""
    has_aux, before = t.option("has_aux"), m.derivatives
    wanted = run_wanted(m, t, args, keywords)
    loss = scalar_result(m, wanted.isolated, t)
    if loss is not None and (m.differentiating > 0 or m.derivatives > before + 1) and by_forward_mode(m, wanted):
        value, _, bars = push(m, wanted, [one(wanted.isolated.graph.params[wanted.active.index(True)].type)])
        bars = bars[:1]
    else:
        value, bars = pull(m, wanted, [] if loss is None else [one(loss)], bounded(m, t))
    gradient = wanted.structured(m, bars)
    if t.kind == "value_and_grad":
        return Tup((value, gradient))
    return Tup((gradient, pair(value)[1])) if has_aux else gradient


def one(type: Type) -> Lit:
    """The number 1 as a scalar of this type."""
    assert isinstance(type, Array)
    return Lit(python_scalar(type.dtype, 1), type)


def is_one_real_number(wanted: Wanted) -> bool:
    """Whether the derivative is with respect to one real number."""
    chosen = [p.type for p, a in zip(wanted.isolated.graph.params, wanted.active, strict=True) if a]
    return len(chosen) == 1 and isinstance(chosen[0], Array) and not chosen[0].shape and chosen[0].dtype.kind != "c"


def by_forward_mode(m: Machine, wanted: Wanted) -> bool:
    """Whether forward mode serves where reverse mode was asked for. Note [Derivatives of derivatives]."""
    return is_one_real_number(wanted) and not is_reverse_only(prepared(m, wanted.isolated))


def scalar_result(m: Machine, isolated: Isolated, t: Transform) -> Array | None:
    """The type of the differentiated result, a scalar, which is the first leaf; None for a constant."""
    spec: Spec = isolated.result
    what, has_aux, holomorphic = t.kind, t.option("has_aux"), t.option("holomorphic")
    if has_aux:
        spec = value_and_aux(m, isolated, what)
    kind = "complex" if holomorphic else "real"
    if spec[0] == "const" and isinstance(spec[1].value, float | np.floating | (complex if holomorphic else float)):
        return None
    wanted = f"{what} wants a function that returns a {kind} scalar, and {isolated.graph.name} returns {words(spec)}"
    if spec[0] == "const":
        m.fail(TypeCheckError, wanted, "return a value computed from the differentiated argument")
    types = list(leaf_types(spec))
    if spec[0] not in ("num", "array") or types[0].shape or types[0].dtype.kind not in ("c" if holomorphic else "fV"):
        m.fail(TypeCheckError, wanted, _instead(spec, types, t))
    return types[0]


def _instead(spec: Spec, types: Sequence[Array], t: Transform) -> str:
    """What to write instead of a function whose result is no scalar."""
    if spec[0] == "tuple" and not t.option("has_aux"):
        return "return the value alone, or (value, aux) with has_aux=True"
    if spec[0] in ("num", "array") and types[0].dtype.kind == "c" and not types[0].shape:
        return "return its real part, or pass holomorphic=True if the function is holomorphic"
    return "sum the result, or use jacrev or jacfwd"


def value_and_aux(m: Machine, isolated: Isolated, what: str) -> Spec:
    """The spec of the value of a function that returns a pair (value, aux)."""
    spec = isolated.result
    if spec[0] != "tuple" or len(spec[2]) != 2:
        m.fail(
            TypeCheckError,
            f"{what} with has_aux wants a function that returns a pair (value, aux), and "
            f"{isolated.graph.name} returns {words(spec)}",
        )
    value: Spec = spec[2][0]
    return value


def bounded(m: Machine, t: Transform) -> bool:
    """Whether the memory of loops is to be bounded, as the option `memory` says."""
    memory = dict(t.options).get("memory")
    if memory not in (None, "sqrt"):
        m.fail(TypeCheckError, f"memory={memory!r} is neither None nor 'sqrt'")
    return memory == "sqrt"


def pull(m: Machine, wanted: Wanted, seeds: Sequence[Atom], bound: bool = False) -> tuple[Value, list[Atom]]:
    """Put the function and its backward sweep in place; `seeds` are cotangents of the first floating results.

    `bound`: loops are computed again in segments, for memory that grows as the square root of their length.
    """
    isolated = wanted.isolated
    graph = prepared(m, isolated)
    warn_of_cuts(m, graph, wanted.active)
    if bound:
        graph = m.services.segmented(graph, wanted.active)
    floating = floating_results(graph)
    seeded = tuple(k < len(seeds) for k in range(len(floating)))
    backward = m.services.vjp(graph, wanted.active, seeded)
    atoms = m.builder.splice(backward.body, [*isolated.inputs, *seeds])
    value = apply(m, isolated, atoms[: len(graph.results)])
    return value, list(atoms[len(graph.results) :])


def call_vjp(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`vjp(f, *primals)`: the result, and a function that pulls cotangents of it back."""
    wanted, has_aux = run_primals(m, t.fn, args, "vjp"), t.option("has_aux")
    if has_aux:
        value_and_aux(m, wanted.isolated, "vjp")
    graph = prepared(m, wanted.isolated)
    warn_of_cuts(m, graph, wanted.active)
    value = apply(m, wanted.isolated, m.builder.splice(graph.body, wanted.isolated.inputs))
    held = wanted.held(m)
    if has_aux:
        return Tup((pair(value)[0], Pullback(wanted, True, held), pair(value)[1]))
    return Tup((value, Pullback(wanted, False, held)))


def call_pull(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """The cotangents of primals (the first argument, a tuple) for a cotangent of the result (the second)."""
    primals = children(m, args[0])
    assert primals is not None
    wanted = run_primals(m, t.fn, primals, "vjp")
    warn_of_cuts(m, prepared(m, wanted.isolated), wanted.active)
    return call_pullback(m, Pullback(wanted, t.option("has_aux"), wanted.held(m)), args[1:])


def call_pullback(m: Machine, p: Pullback, args: Sequence[Value]) -> Value:
    """Apply the second result of `vjp` to a cotangent with the structure of the first."""
    if len(args) != 1:
        m.fail(TypeCheckError, f"a pullback takes one argument, the cotangent of the result; got {len(args)}")
    isolated = p.wanted.isolated
    spec = isolated.result[2][0] if p.has_aux else isolated.result
    seeds = matching(m, spec, args[0], "the cotangent", [t for t in leaf_types(spec) if is_float(t)])
    graph = silenced(prepared(m, isolated))  # it printed when the function was called
    seeded = tuple(k < len(seeds) for k in range(len(floating_results(graph))))
    backward = m.services.vjp(graph, p.wanted.active, seeded)
    atoms = m.builder.splice(backward.body, [*atoms_of(m, p.inputs), *seeds])
    return p.wanted.structured(m, atoms[len(graph.results) :])
