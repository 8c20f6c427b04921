"""Branches of a batch.

If the predicate is the same for all elements, the `If` stays one. If it is not, each side that has anything to do
runs if there is an element for it, on the whole batch, and gives its results to those elements:

    y = if p { .. a } else { .. b }     =>     t = any(p)        y1 = if t { .. a } else { zeros }
                                               e = any(not p)    y  = if e { .. where(p, y1, b) } else { y1 }

So a side that no element takes does not run, and where all take the same one nothing is selected. A side that only
yields what there is already is no `If`, and comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from myialike.batching.mapped import differing, is_masked
from myialike.batching.region import Region, Sweep, lifted
from myialike.errors import CompilerBug
from myialike.ir.syntax import Atom, Block, If, Var
from myialike.ir.types import Array


def batch_if(region: Region, eqn: If, sweep: Sweep) -> None:
    """Append `eqn` on a batch."""
    if is_masked(eqn, region.batch.plan.mapped):
        _by_mask(region, eqn, sweep)
    else:
        _uniform(region, eqn, sweep)


def _uniform(region: Region, eqn: If, sweep: Sweep) -> None:
    sides, kept = [], []
    for block in (eqn.then, eqn.orelse):
        inner = region.inside()
        sweep(inner, block)
        results = lifted(inner, eqn.outputs, block.results)
        sides.append(inner.builder.block(results))
        kept.append([inner.kept(r) for r in results])
    outs = region.builder.if_(region[eqn.pred], sides[0], sides[1], [o.name for o in eqn.outputs])
    for out, atom, a, b in zip(eqn.outputs, outs, *kept, strict=True):
        region.env[out] = atom
        if a == b:
            region.keep(atom, a)


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of an `If`: the elements for which it holds, and what it yields for the outputs in question."""

    mask: Atom
    block: Block
    results: tuple[Atom, ...]


def _by_mask(region: Region, eqn: If, sweep: Sweep) -> None:
    which = differing(eqn)
    outputs = [eqn.outputs[k] for k in which]
    pred = region[eqn.pred]
    masks = (pred, region.builder.op("logical_not", pred, hint="other"))
    blocks = (eqn.then, eqn.orelse)
    sides = [_Side(m, b, tuple(b.results[k] for k in which)) for m, b in zip(masks, blocks, strict=True)]
    sides.sort(key=lambda side: bool(side.block.eqns))
    merged: Sequence[Atom] | None = None
    for side in sides:
        merged = _merge(region, side, outputs, merged, sweep)
    region.env.update(zip(outputs, merged or (), strict=True))
    for k, out in enumerate(eqn.outputs):
        if k not in which:
            region.env[out] = region[eqn.then.results[k]]


def _merge(
    region: Region, side: _Side, outputs: Sequence[Var], before: Sequence[Atom] | None, sweep: Sweep
) -> Sequence[Atom]:
    """The values of `before`, with those of `side` for the elements that take it; all are its own if there are none."""
    if not side.block.eqns:
        values = lifted(region, outputs, side.results)
        if before is None:
            return values
        return [region.where(side.mask, v, b) for v, b in zip(values, before, strict=True)]
    active = region.both(region.active, side.mask)
    inner = region.masked(active)
    sweep(inner, side.block)
    values = lifted(inner, outputs, side.results)
    if before is None:
        otherwise = tuple(_zeros(region, v) for v in values)
    else:
        otherwise = tuple(before)
        values = tuple(inner.or_old(v, b) for v, b in zip(values, otherwise, strict=True))
    sides = inner.builder.block(values), Block((), (), otherwise)
    outs = region.builder.if_(region.any(active), *sides, [o.name for o in outputs])
    for out, old in zip(outs, before or (), strict=before is not None):
        region.keep(out, old)
    return outs


def _zeros(region: Region, like: Atom) -> Atom:
    if not isinstance(like.type, Array):
        raise CompilerBug(f"a branch that not all elements take yields {like} of type {like.type}", region.builder.loc)
    return region.builder.full(like.type, 0)
