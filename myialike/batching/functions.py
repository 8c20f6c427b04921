"""Functions with a derivative of their own, on a batch: a function whose body and rules are batched.

All inputs are taken as mapped, and all outputs are. Where elements may be inactive and the function can raise, it is
called for one element after the other.
"""

from __future__ import annotations

from collections.abc import Callable

from myialike.batching.region import Region
from myialike.batching.serial import one_by_one
from myialike.ir.builder import Builder, names_in
from myialike.ir.syntax import Graph, Prim
from myialike.ir.types import Array, Type
from myialike.ops.functions import CHECKPOINT, CUSTOM, Function, Rules, rules_of

Vmap = Callable[[Graph, tuple[bool, ...], int], tuple[Graph, tuple[bool, ...]]]


def is_function(region: Region, prim: Prim) -> bool:
    """Whether `prim` is to be batched by `batch_function`."""
    return prim.op in CUSTOM | CHECKPOINT and any(region.is_mapped(a) for a in prim.inputs)


def batch_function(region: Region, prim: Prim, vmap: Vmap) -> None:
    """Append the call of a function that depends on a mapped value, for all elements."""
    if region.active is not None and prim.op.endswith("_effect"):
        one_by_one(region, (prim,), prim.outputs)
        return
    function = batched(prim.attr("function"), region.batch.size, vmap)
    inputs = [region.lift(a) for a in prim.inputs]
    outs = region.builder.prim(prim.op, inputs, [o.name for o in prim.outputs], function=function)
    region.env.update(zip(prim.outputs, outs, strict=True))


def batched(name: str, size: int, vmap: Vmap) -> Function:
    """The function for `size` elements at once, made once."""
    rules = rules_of(name)
    rules.batched = rules.batched if rules.batched is not None else {}
    if size in rules.batched:
        return rules.batched[size]
    made = Rules(_mapped(rules.body, size, vmap), rules.moving, again=rules.again, implied=rules.implied)
    function = Function.new(f"{rules.body.name}_vmap", made)
    rules.batched[size] = function  # before its rules are batched: they may call it
    made.push, made.keep, made.pull = (
        None if g is None else _mapped(g, size, vmap) for g in (rules.push, rules.keep, rules.pull)
    )
    return function


def _mapped(graph: Graph, size: int, vmap: Vmap) -> Graph:
    """`graph` for `size` elements, all of whose parameters and results are mapped."""
    found, mapped = vmap(graph, (True,) * len(graph.params), size)
    builder = Builder(names_in(found))
    builder.eqns = list(found.body.eqns)
    results = [
        r if m else builder.op("broadcast", r, shape=(size, *_shape(r.type)))
        for r, m in zip(found.results, mapped, strict=True)
    ]
    builder.params = list(found.params)
    return builder.graph(found.name, results, found.loc)


def _shape(type: Type) -> tuple[object, ...]:
    assert isinstance(type, Array)
    return type.shape
