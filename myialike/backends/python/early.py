"""Bounds of slices, moved up to where they can be known first: a region is a part only of what comes after its bounds.

    y = mul(u, x)                          k = maximum(n, 0)
    k = maximum(n, 0)                ->    y = mul(u, x)
    z = select(lt(arange(9), k), y, u)     z = select(lt(arange(9), k), y, u)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeGuard

from myialike.backends.python.regions import Regions, variables
from myialike.ir.syntax import Block, Closure, Eqn, For, Graph, If, Prim, Var, While

SIMPLE = frozenset("add sub minimum maximum select lt le gt ge eq ne".split())


def early(graph: Graph, regions: Regions) -> Graph:
    """`graph` with the bounds of its masks as early as their blocks allow."""
    makers = regions.ints.makers | regions.ints.tests
    wanted: set[Var] = set()
    pending = [v for region in regions.masks.values() for v in variables(region)]
    while pending:
        var = pending.pop()
        eqn = makers.get(var)
        if var not in wanted and eqn is not None and eqn.op in SIMPLE:
            wanted.add(var)
            pending.extend(a for a in eqn.inputs if isinstance(a, Var))
    return replace(graph, body=_block(graph.body, wanted)) if wanted else graph


def _block(block: Block, wanted: set[Var]) -> Block:
    bounds = [e for e in block.eqns if _is_wanted(e, wanted)]
    unknown = {out for eqn in block.eqns for out in eqn.outputs}
    eqns: list[Eqn] = list(_known(bounds, unknown))
    for eqn in block.eqns:
        if not _is_wanted(eqn, wanted):
            eqns.append(_inner(eqn, wanted))
            unknown.difference_update(eqn.outputs)
            eqns.extend(_known(bounds, unknown))
    return Block(block.params, tuple(eqns), block.results)


def _known(bounds: list[Prim], unknown: set[Var]) -> Iterator[Prim]:
    """The bounds whose operands are known now; they are taken from the list, in order, and become known."""
    for eqn in tuple(bounds):
        if unknown.isdisjoint(a for a in eqn.inputs if isinstance(a, Var)):
            bounds.remove(eqn)
            unknown.difference_update(eqn.outputs)
            yield eqn


def _is_wanted(eqn: Eqn, wanted: set[Var]) -> TypeGuard[Prim]:
    return isinstance(eqn, Prim) and bool(eqn.outputs) and eqn.outputs[0] in wanted


def _inner(eqn: Eqn, wanted: set[Var]) -> Eqn:
    match eqn:
        case If():
            return replace(eqn, then=_block(eqn.then, wanted), orelse=_block(eqn.orelse, wanted))
        case While():
            return replace(eqn, cond=_block(eqn.cond, wanted), body=_block(eqn.body, wanted))
        case For():
            return replace(eqn, body=_block(eqn.body, wanted))
        case Closure():
            raise TypeError("typed programs have no closures")
        case _:
            return eqn
