"""Reverse mode: a forward sweep that computes, and a backward sweep that takes cotangents to the parameters.

    vjp : (a -> b)  ->  ((a, b_bar) -> (b, a_bar))            a_bar = Df(a)^T b_bar

Both sweeps are in one graph, made of the forms that the graph is made of, so the result can be differentiated
again. The forward sweep is the graph itself; the backward sweep goes through its equations in reverse. Where it
reads a variable of the forward sweep, that variable is in scope, unless it is inside a block: `branches` and
`loops` say how an `If` and a loop hand values from one sweep to the other, `residuals` chooses which, and `region`
keeps the cotangents of one block. The function `vjp` has an example.

The method is that of Tapenade and Enzyme: store all by default, analyse activity, update cotangents in place; but
on a functional program, where a stack is a value and the adjoint of `push` is `pop`, so that tapes are
differentiated as all else is. (Hascoet and Pascual, The Tapenade automatic differentiation tool, 2013; Moses and
Churavy, Instead of rewriting foreign code for machine learning, automatically synthesize fast gradients, 2020.)

What is computed again instead of stored, on request, is in `checkpoint`, `segments` and `revolving`.
"""

from __future__ import annotations

from typing import assert_never

from myialike.ad.activity import active_vars, chosen
from myialike.ad.blocks import bar_name, live, no_calls
from myialike.ad.branches import reverse_if
from myialike.ad.checkpoint import pull_checkpoint
from myialike.ad.custom import closed, opened
from myialike.ad.loops import reverse_loop
from myialike.ad.reading import overwritten_last
from myialike.ad.region import Region, Root, limits
from myialike.ad.revolving import revolving
from myialike.ad.rules import pull_back
from myialike.ad.undo import cheapest
from myialike.ad.zeros import stack_attrs, zero
from myialike.errors import CompilerBug
from myialike.ir.builder import Builder, attrs_of, names_in
from myialike.ir.syntax import Block, Call, Closure, Eqn, For, Graph, If, Prim, Var, While
from myialike.ir.types import Stack, is_float
from myialike.ops.functions import CHECKPOINT


def vjp(
    graph: Graph,
    active: tuple[bool, ...],
    seeded: tuple[bool, ...] | None = None,
    begun: tuple[bool, ...] | None = None,
    bounded: bool = False,
) -> Graph:
    """The vector-Jacobian product of `graph` with respect to the parameters marked in `active`.

    (params, cotangents of the floating results) -> (results, cotangents of the active params), with

        param_bar = sum over floating results of  (d result / d param)^T  result_bar

    >>> from myialike.ir.text import parse_graph, print_graph
    >>> f = parse_graph("graph f(x: f64) { y: f64 = sin(x) z: f64 = mul(y, x) return z }")
    >>> print(print_graph(vjp(f, (True,))).strip())
    graph f_vjp(x: f64, z_bar: f64) {
      y: f64 = sin(x)
      z: f64 = mul(y, x)
      x_bar: f64 = mul(z_bar, y)
      y_bar: f64 = mul(z_bar, x)
      v_2: f64 = cos(x)
      x_bar_1: f64 = mul(y_bar, v_2)
      x_bar_2: f64 = add(x_bar, x_bar_1)
      return z, x_bar_2
    }

    `seeded` says for each floating result whether it has a cotangent; those that have none are zero and are not
    parameters. None: all have one. `begun` marks active params whose cotangents so far are given, as the last
    parameters; what the graph contributes is added to them. A cotangent has the type of its value; that of a
    complex value is the plain transpose, without conjugation. `bounded`: a tape has room for as many iterations as
    there may be, not for as many as there are. Raises UnsupportedError where a result depends on an active parameter
    through an operation without a rule.
    """
    graph = overwritten_last(opened(graph, active, reverse=True))
    found = active_vars(graph, active)
    return cheapest(graph, lambda undo: _vjp(graph, active, found, seeded, begun, undo, bounded))


def _vjp(
    graph: Graph,
    active: tuple[bool, ...],
    found: frozenset[Var],
    seeded: tuple[bool, ...] | None,
    begun: tuple[bool, ...] | None,
    undo: frozenset[Var],
    bounded: bool,
) -> Graph:
    """As `vjp`, of an opened graph with the active variables `found`; the arrays in `undo` are restored."""
    root = Root(graph, Builder(names_in(graph)), found, undo, limits(graph.body) if bounded else {})
    builder = root.builder
    bar_params = []
    floating = [r for r in graph.results if is_float(r.type)]
    for result, has_bar in zip(floating, seeded or (True,) * len(floating), strict=True):
        if has_bar:
            bar_params.append(builder.var(bar_name(result), result.type))
            root.add(result, bar_params[-1])
    given = {p: builder.var(bar_name(p), p.type) for p, b in zip(graph.params, begun or (), strict=False) if b}
    for param, bar in given.items():
        root.add(param, bar)
    forward = sweep(graph.body, root)
    bars = [(p, root.take(p) or given.get(p)) for p in chosen(graph, active)]
    results = [zero(builder, p.type) if bar is None else bar for p, bar in bars]
    eqns = (*_new_stacks(root), *forward, *live(builder.eqns, results))
    body = Block((*graph.params, *bar_params, *given.values()), eqns, (*graph.results, *results))
    return closed(Graph(f"{graph.name}_vjp", body, loc=graph.loc))


def bounded_vjp(
    graph: Graph,
    active: tuple[bool, ...],
    seeded: tuple[bool, ...] | None = None,
    begun: tuple[bool, ...] | None = None,
) -> Graph:
    """As `vjp`, with checkpoints in the place of tapes of unknown length (`myialike.ad.revolving`)."""
    return vjp(revolving(graph, active, bounded_vjp), active, seeded, begun, bounded=True)


def sweep(block: Block, region: Region) -> tuple[Eqn, ...]:
    """Emit the backward sweep of `block` into `region`, and return the equations of its forward sweep."""
    forward: list[Eqn] = []
    region.restore(block.eqns)
    for k, eqn in reversed(list(enumerate(block.eqns))):
        with region.builder.at(eqn.loc):
            new = [_reverse(eqn, region)]
        if isinstance(eqn, Prim):
            new += [region.overwritten[o] for o in eqn.outputs if o in region.overwritten]
        else:
            region.restore(block.eqns[:k])
        forward += new
        region.local.update(o for e in new for o in e.outputs)
    return tuple(reversed(forward))


def _reverse(eqn: Eqn, region: Region) -> Eqn:
    """Emit the adjoint of one equation, and return the equation of the forward sweep that takes its place."""
    match eqn:
        case Prim() if eqn.op in CHECKPOINT:
            pull_checkpoint(eqn, [region.take(o) for o in eqn.outputs], region, vjp)
            return eqn
        case Prim():
            pull_back(eqn, [region.take(o) for o in eqn.outputs], region)
            return eqn
        case If():
            return reverse_if(eqn, region, sweep)
        case While() | For():
            return reverse_loop(eqn, region, sweep)
        case Call() | Closure():
            raise no_calls(eqn)
        case _:
            assert_never(eqn)


def _new_stacks(root: Root) -> list[Eqn]:
    """The equations that create the stacks of the tape, empty."""
    eqns: list[Eqn] = []
    for slot in root.stacks:
        if not isinstance(slot.before.type, Stack):
            raise CompilerBug("a slot of the tape is not a stack")
        eqns.append(Prim("stack_new", (), (slot.before,), attrs_of(dict(stack_attrs(slot.before.type)))))
    return eqns
