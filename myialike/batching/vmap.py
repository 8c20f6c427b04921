"""Batching: a program for one element becomes a program for many, made of the same forms.

    vmap : (a, c -> b)  ->  (a[n], c -> b[n])            b[k] = f(a[k], c)

The equations are gone through once. Those that do not depend on a mapped parameter stay as they are (`mapped`); an
operation on mapped values works along a new first axis (`rules`, `indexing`). A branch or a loop that is the same
for all elements stays one; where the elements go different ways it runs for as long, and only if, one of them does,
under a mask of those that do (`branches`, `loops`, `region`). What no mask can do, stacks whose length differs
between the elements, is run element by element (`stacks`, `serial`). The result is ordinary IR, so it can be batched
and differentiated again.

It means what running the program for each element means, with these remarks. A `check` fails if it fails for some
element; where several fail at different places, the first place in program order raises, for the first of its
elements. Sums over many elements may be added in another order. For no elements (size 0) what is not mapped is still
run.

The masks are those of ISPC (Pharr and Mark, ispc: A SPMD compiler for high-performance CPU programming, 2012); the
treatment of axes is that of JAX's vmap.
"""

from __future__ import annotations

from typing import assert_never

from myialike.batching.branches import batch_if
from myialike.batching.functions import batch_function, is_function
from myialike.batching.loops import batch_loop
from myialike.batching.mapped import no_calls
from myialike.batching.region import Batch, Region
from myialike.batching.rules import batch_prim
from myialike.batching.serial import one_by_one
from myialike.batching.stacks import Span, plan
from myialike.errors import UnsupportedError
from myialike.ir.builder import Builder, Names
from myialike.ir.syntax import Block, Call, Closure, Eqn, For, Graph, If, Prim, Var, While, free_vars


def vmap(graph: Graph, mapped: tuple[bool, ...], size: int) -> tuple[Graph, tuple[bool, ...]]:
    """`graph` for `size` elements at once, and for each result whether it is mapped.

    The parameters marked in `mapped` get a first axis of `size`, and so do the mapped results: those that depend on
    such a parameter. The others stay as they are.

    >>> from myialike.ir.text import parse_graph, print_graph
    >>> f = parse_graph("graph f(x: f64[3], y: f64) { z: f64 = sin(y) s: f64 = reduce_sum(x; axes=(0,)) "
    ...                 "w: f64 = mul(s, z) return w, z }")
    >>> batched, result_mapped = vmap(f, (True, False), 5)
    >>> print(print_graph(batched).strip())
    graph f_vmap(x: f64[5,3], y: f64) {
      z: f64 = sin(y)
      s: f64[5] = reduce_sum(x; axes=(1,))
      v: f64[5] = broadcast(z; shape=(5,))
      w: f64[5] = mul(s, v)
      return w, z
    }
    >>> result_mapped
    (True, False)

    Raises:
        UnsupportedError: a stack would need a different length for each element, and is a parameter or a result.
        CompilerBug: the graph has forms that are gone by then.
    """
    chosen = [p for p, m in zip(graph.params, mapped, strict=True) if m]
    batch = Batch(size, plan(graph, chosen))
    region = Region(batch, Builder(Names()), {})
    for param, is_mapped in zip(graph.params, mapped, strict=True):
        if region.is_mapped(param) and not is_mapped:
            raise UnsupportedError(f"vmap: what is appended to {param.name} differs between the elements", graph.loc)
        region.param(param)
    sweep(region, graph.body)
    results = tuple(region[r] for r in graph.results)
    batched = region.builder.graph(f"{graph.name}_vmap", results, graph.loc)
    return batched, tuple(region.is_mapped(r) for r in graph.results)


def sweep(region: Region, block: Block) -> None:
    """Append the equations of `block`, batched."""
    for position, eqn in enumerate(block.eqns):
        span = region.batch.plan.span_at(block, position)
        with region.builder.at(eqn.loc):
            if span is None:
                _eqn(region, eqn)
            elif position == span.first:
                one_by_one(region, span.eqns, _wanted(block, span))


def _eqn(region: Region, eqn: Eqn) -> None:
    match eqn:
        case Prim() if is_function(region, eqn):
            batch_function(region, eqn, vmap)
        case Prim():
            batch_prim(region, eqn)
        case If():
            batch_if(region, eqn, sweep)
        case While() | For():
            batch_loop(region, eqn, sweep)
        case Call() | Closure():
            raise no_calls(eqn)
        case _:
            assert_never(eqn)


def _wanted(block: Block, span: Span) -> list[Var]:
    """The variables that a span defines and that are read behind it."""
    rest = tuple(e for k, e in enumerate(block.eqns) if k not in span.positions)
    defined = {o for eqn in span.eqns for o in eqn.outputs}
    return [v for v in free_vars(Block((), rest, block.results)) if v in defined]
