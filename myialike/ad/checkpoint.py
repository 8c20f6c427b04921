"""Computing again instead of storing: calls of `ad.checkpoint`, in both modes.

    y = ad.checkpoint(x; f)         backward:    x_bar = ad.checkpoint(x, y_bar; f_back)

`f_back` is the derivative of f with its forward sweep, so what the backward sweep needs of f is computed when it runs,
from the inputs, which alone are saved. It is again such a function, so the same holds of its own derivative.

The work of the forward sweep is done twice. (Griewank, Achieving logarithmic growth of temporal and spatial complexity
in reverse automatic differentiation, 1992.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from myialike.ad.activity import active_inputs
from myialike.ad.blocks import bar_name, dot_name, live
from myialike.ad.region import Region
from myialike.ad.zeros import or_zero
from myialike.ir.builder import Builder, attrs_of
from myialike.ir.syntax import Atom, Block, Graph, Prim, Var
from myialike.ir.types import Array
from myialike.ops.functions import Function, Rules, floating, rules_of

Vjp = Callable[[Graph, tuple[bool, ...], tuple[bool, ...], tuple[bool, ...]], Graph]
Jvp = Callable[[Graph, tuple[bool, ...]], Graph]


def pull_checkpoint(eqn: Prim, bars: Sequence[Atom | None], region: Region, vjp: Vjp) -> None:
    """Add what a call contributes to the cotangents of its inputs.

    The cotangent so far of an array goes in and comes out, so that within f_back, too, it is updated in place.
    """
    wanted = active_inputs(eqn, region.active)
    given = [bars[k] for k in floating([o.type for o in eqn.outputs])]
    if not wanted or all(bar is None for bar in given):
        return
    begun = _begun(eqn, wanted, region)
    body = rules_of(eqn.attr("function")).body
    positions = range(len(eqn.inputs))
    seeded = tuple(bar is not None for bar in given)
    back = vjp(body, tuple(k in wanted for k in positions), seeded, tuple(k in begun for k in positions))
    found = back.results[len(body.results) :]
    block = Block(back.params, live(back.body.eqns, found), found)
    inputs = [*eqn.inputs, *(bar for bar in given if bar is not None)]
    rules = Rules(Graph(back.name, block, loc=back.loc), (), again=len(inputs))
    function = Function.new(f"{body.name}_back", rules)
    hints = [bar_name(eqn.inputs[k]) for k in wanted]
    in_bars = region.builder.prim("ad.checkpoint", [*inputs, *begun.values()], hints, function=function)
    for k, in_bar in zip(wanted, in_bars, strict=True):
        var = eqn.inputs[k]
        if k in begun and isinstance(var, Var):
            region.replace(var, in_bar)
        else:
            region.add(var, in_bar)


def _begun(eqn: Prim, wanted: Sequence[int], region: Region) -> dict[int, Atom]:
    """The cotangents so far of the inputs that are arrays, by position; of one that is passed twice, once."""
    found: dict[int, Atom] = {}
    for k in wanted:
        var = eqn.inputs[k]
        if isinstance(var, Var) and isinstance(var.type, Array) and var.type.shape and var not in eqn.inputs[:k]:
            bar = region.current(var)
            if bar is not None:
                found[k] = bar
    return found


def push_checkpoint(
    builder: Builder, eqn: Prim, dots: Sequence[Atom | None], active: frozenset[Var], jvp: Jvp
) -> list[Atom | None]:
    """Append a call that gives the tangents too, in the place of `eqn`, and return them."""
    moving = active_inputs(eqn, active)
    if not moving or active.isdisjoint(eqn.outputs):
        builder.append(eqn)
        return [None] * len(eqn.outputs)
    rules = rules_of(eqn.attr("function"))
    forward = jvp(rules.body, tuple(k in moving for k in range(len(eqn.inputs))))
    function = Function.new(f"{rules.body.name}_dot", Rules(forward, (), again=rules.again))
    which = floating([o.type for o in eqn.outputs])
    out_dots = [builder.var(dot_name(eqn.outputs[k]), eqn.outputs[k].type) for k in which]
    inputs = (*eqn.inputs, *(or_zero(builder, dots[k], eqn.inputs[k]) for k in moving))
    attrs = attrs_of({"function": function})
    builder.append(Prim(eqn.op, inputs, (*eqn.outputs, *out_dots), attrs, eqn.loc))
    found = dict(zip(which, out_dots, strict=True))
    return [found.get(k) for k in range(len(eqn.outputs))]
