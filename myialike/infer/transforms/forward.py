"""`jvp`, `linearize` and `hvp`: forward mode."""

from __future__ import annotations

from collections.abc import Sequence

from myialike.errors import TypeCheckError
from myialike.infer.heap import ListState
from myialike.infer.isolate import apply
from myialike.infer.machine import Machine
from myialike.infer.sequences import children
from myialike.infer.spec import Spec, leaf_types, words
from myialike.infer.transforms.cuts import warn_of_cuts
from myialike.infer.transforms.isolating import Keywords, prepared
from myialike.infer.transforms.matching import matching, pair, tangent_of
from myialike.infer.transforms.wanted import Wanted, atoms_of, floating_results, run_primals
from myialike.infer.values import Pushforward, Ref, Transform, Tup, Value
from myialike.ir.syntax import Atom, Graph
from myialike.ops.effects import silenced


def call_jvp(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`jvp(f, primals, tangents)`."""
    primals, tangents = primals_and_tangents(m, args, "jvp")
    wanted = run_primals(m, t.fn, primals, "jvp")
    value, leaves, dots = push(m, wanted, tangent_atoms(m, wanted, tangents))
    return with_tangent(m, wanted, value, leaves, dots, t.option("has_aux"))


def primals_and_tangents(m: Machine, args: Sequence[Value], what: str) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    primals, tangents = (_items(m, a) for a in args) if len(args) == 2 else (None, None)
    if primals is None or tangents is None or len(primals) != len(tangents):
        m.fail(TypeCheckError, f"{what} takes a tuple of primals and a tuple of as many tangents")
    return primals, tangents


def _items(m: Machine, value: Value) -> tuple[Value, ...] | None:
    """The items of a tuple or a list; None for anything else."""
    state = m.state(value.id) if isinstance(value, Ref) else None
    return children(m, value) if isinstance(value, Tup) or isinstance(state, ListState) else None


def tangent_atoms(m: Machine, wanted: Wanted, tangents: Sequence[Value]) -> list[Atom]:
    """The leaves of tangents that must have the structures of the differentiated arguments."""
    dots: list[Atom] = []
    for k, (part, tangent) in enumerate(zip(wanted.parts, tangents, strict=True)):
        dots += matching(m, part.spec, tangent, f"tangent {k}", list(leaf_types(part.spec)))
    return dots


def push(m: Machine, wanted: Wanted, dots: Sequence[Atom]) -> tuple[Value, Sequence[Atom], Sequence[Atom]]:
    """Put the function and its tangents in place: its result, the leaves of that, and their tangents."""
    isolated = wanted.isolated
    graph = prepared(m, isolated)
    warn_of_cuts(m, graph, wanted.active)
    forward = m.services.jvp(graph, wanted.active)
    atoms = m.builder.splice(forward.body, [*isolated.inputs, *dots])
    leaves, found = atoms[: len(graph.results)], atoms[len(graph.results) :]
    return apply(m, isolated, leaves), leaves, found


def with_tangent(
    m: Machine, wanted: Wanted, value: Value, leaves: Sequence[Atom], dots: Sequence[Atom], has_aux: bool
) -> Value:
    """`(value, tangent)`; of a function that returns `(value, aux)`, `(value, tangent, aux)`."""
    spec = wanted.isolated.result
    if not has_aux:
        return Tup((value, tangent_of(m, spec, dots, leaves)))
    if spec[0] != "tuple" or len(spec[2]) != 2:
        m.fail(TypeCheckError, f"has_aux wants a function that returns a pair (value, aux), not {words(spec)}")
    out, aux = pair(value)
    return Tup((out, tangent_of(m, spec[2][0], dots, leaves), aux))


# -- linearize ---------------------------------------------------------------------------------------------------------


def call_linearize(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`linearize(f, *primals)`: the result, and the function of tangents that is its derivative there."""
    wanted, has_aux = run_primals(m, t.fn, args, "linearize"), t.option("has_aux")
    graph = prepared(m, wanted.isolated)
    warn_of_cuts(m, graph, wanted.active)
    value = apply(m, wanted.isolated, m.builder.splice(graph.body, wanted.isolated.inputs))
    held = wanted.held(m)
    if has_aux:
        return Tup((pair(value)[0], Pushforward(wanted, True, held), pair(value)[1]))
    return Tup((value, Pushforward(wanted, False, held)))


def call_push(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """The tangent of the result at primals (the first argument, a tuple) for tangents (the others)."""
    primals = children(m, args[0])
    assert primals is not None
    wanted = run_primals(m, t.fn, primals, "linearize")
    warn_of_cuts(m, prepared(m, wanted.isolated), wanted.active)
    return call_pushforward(m, Pushforward(wanted, t.option("has_aux"), wanted.held(m)), args[1:])


def call_pushforward(m: Machine, p: Pushforward, args: Sequence[Value]) -> Value:
    """Apply the second result of `linearize` to a tangent for each primal."""
    wanted = p.wanted
    if len(args) != len(wanted.parts):
        count = len(wanted.parts)
        m.fail(TypeCheckError, f"a linearized function takes a tangent for each of {count} primals; got {len(args)}")
    dots = tangent_atoms(m, wanted, args)
    graph: Graph = silenced(prepared(m, wanted.isolated))  # it printed when the function was called
    forward = m.services.jvp(graph, wanted.active)
    atoms = m.builder.splice(forward.body, [*atoms_of(m, p.inputs), *dots])
    spec: Spec = wanted.isolated.result[2][0] if p.has_aux else wanted.isolated.result
    found = atoms[len(graph.results) : len(graph.results) + len(floating_results(graph))]
    return tangent_of(m, spec, found, atoms)


# -- Hessian-vector products -------------------------------------------------------------------------------------------


def call_hvp(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`hvp(f, primals, tangents)`: the Hessian of a scalar function times tangents, forward over reverse."""
    primals, _ = primals_and_tangents(m, args, "hvp")
    argnums = 0 if len(primals) == 1 else tuple(range(len(primals)))
    options = (("argnums", argnums), ("has_aux", False), ("holomorphic", False))
    inner = Transform("grad", t.fn, options)
    return pair(call_jvp(m, Transform("jvp", inner, (("has_aux", False),)), list(args), ()))[1]
