"""`taylor` and `nth_derivative`: derivatives of a function of one real number, of many orders at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

from myialike.errors import TypeCheckError
from myialike.infer.emit import cast, pointwise
from myialike.infer.isolate import apply
from myialike.infer.machine import Machine
from myialike.infer.spec import leaf_types
from myialike.infer.transforms.cuts import warn_of_cuts
from myialike.infer.transforms.isolating import Keywords, prepared
from myialike.infer.transforms.matching import tangent_of
from myialike.infer.transforms.reverse import is_one_real_number, one
from myialike.infer.transforms.wanted import Wanted, run_wanted
from myialike.infer.values import Transform, Tup, Value
from myialike.ir.builder import python_scalar
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import Array, is_float

FIRST = (("argnums", 0), ("has_aux", False), ("holomorphic", False))


def call_taylor(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`taylor(f, x, order)`: the value and the coefficients 1 to order, each with the structure of the result."""
    order = _whole(m, t, "order")
    if not order:
        return Tup((m.use(m.call(t.fn, args, keywords)),))
    wanted, value, leaves, parts = _expanded(m, t, args, keywords, order)
    rest = [tangent_of(m, wanted.isolated.result, [p[k] for p in parts], leaves) for k in range(order)]
    return Tup((value, *rest))


def call_nth_derivative(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`nth_derivative(f, n)` at its first argument."""
    n = _whole(m, t, "n")
    if not n:
        return m.use(m.call(t.fn, args, keywords))
    wanted, _, leaves, parts = _expanded(m, t, args, keywords, n)
    return tangent_of(m, wanted.isolated.result, [times(m, p[-1], math.factorial(n)) for p in parts], leaves)


def times(m: Machine, atom: Atom, factor: int) -> Atom:
    """A multiple of a floating atom."""
    assert isinstance(atom.type, Array)
    dtype = atom.type.dtype
    return pointwise(m, "mul", atom, cast(m, Lit(python_scalar(dtype, factor), Array(dtype)), dtype))


def _whole(m: Machine, t: Transform, name: str) -> int:
    n = t.option(name)
    if isinstance(n, bool) or not isinstance(n, int) or n < 0:
        m.fail(TypeCheckError, f"{t.kind} takes an int {name} >= 0, known at compile time, not {n!r}")
    return n


def _expanded(
    m: Machine, t: Transform, args: list[Value], keywords: Keywords, order: int
) -> tuple[Wanted, Value, Sequence[Atom], list[list[Atom]]]:
    """The function put in place: its value, the leaves of that, and for each floating one the coefficients."""
    wanted = run_wanted(m, Transform(t.kind, t.fn, FIRST), args, keywords)
    if not is_one_real_number(wanted):
        name = wanted.isolated.graph.name
        text = f"{t.kind} is with respect to one real number, and the first argument of {name} is not one"
        hint = "for a direction in an array: taylor(lambda t: f(x + t * direction), 0.0, order)"
        m.fail(TypeCheckError, text, hint)
    return (wanted, *expanded(m, wanted, order))


def expanded(m: Machine, wanted: Wanted, order: int) -> tuple[Value, Sequence[Atom], list[list[Atom]]]:
    """Of a function of one real number that has been run the value, its leaves, and the coefficients of the floats."""
    isolated = wanted.isolated
    graph = prepared(m, isolated)
    warn_of_cuts(m, graph, wanted.active)
    series = m.services.taylor(graph, wanted.active, order)
    seed = one(graph.params[wanted.active.index(True)].type)
    atoms = m.builder.splice(series.body, [*isolated.inputs, seed])
    leaves = atoms[: len(graph.results)]
    value = apply(m, isolated, leaves)
    found, count = atoms[len(graph.results) :], sum(map(is_float, leaf_types(isolated.result)))
    return value, leaves, [list(found[k * order : (k + 1) * order]) for k in range(count)]
