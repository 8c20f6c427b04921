"""Undoing writes: what the backward sweep of a loop reads of an array that the loop writes.

    c = for start, stop, step init (c0) (i, c_1) { r = index(c_1, p);  ..r..;  c_2 = index_set(c_1, v, q);  yield c_2 }

A body that reads rows or elements of the array needs what it read again in the backward sweep. If that were saved, the
tape would take all that the loop reads: n numbers at every step of an LU decomposition, which writes one. Instead the
forward loop saves what each write overwrites, and the backward loop, which begins with the array as it was at the end,
puts it back. So the array goes through all its versions in reverse, and is read again:

    forward    old = index(c_1, q);  c_2 = index_set(c_1, v, q);  s_2 = push(s_1, old)
    backward   s_1, old = pop(s_2);  c_1 = index_set(c_2, old, q);  r = index(c_1, p);  ..

Whatever v is, `index_set(index_set(c, v, q), index(c, q), q)` is c, also where q repeats a place, and to the last bit,
which subtracting what was added would not be. So the undo of an `index_add` is the same.

Which versions of an array follow from later ones (`_back`): from the result of a write what was written to; from the
results of an `If` what both of its branches restore; from the results of a loop its initial carry, if its body takes
all that it carries (one array, or several that change places) from its results back to its parameters (`closed`). The
backward loop carries what is restored beside the cotangents; a backward `If` yields it. The last version is the array
at the root of the graph, which is in scope there, or one that the loop around restores, or has to save at each turn.

This is chosen where it is cheaper (`cheapest`). In Tapenade's terms: the array is in the snapshot of the reversed loop
and its reads are recomputed. (Hascoet, Naumann and Pascual, To be recorded analysis in reverse-mode automatic
differentiation, 2005.) What a body makes of an array otherwise than by writing elements, as in `c = where(m, c, 0)`,
ends the chain of versions; such an array is saved as any other value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from myialike.ad.blocks import Loop, carry_params, trip_count
from myialike.ir.syntax import Atom, Block, Eqn, For, Graph, If, Prim, Var, While, blocks_of, names_of, walk
from myialike.ir.types import Array

WRITES = frozenset({"index_set", "index_add"})
MOST_TRIALS = 8
GUESS = 16  # turns of a loop, where the number is not known
ACCESS = 64  # bytes that take the time of a push, a pop or a write

Undo = frozenset[Var]  # the versions of arrays that are restored


def cheapest(graph: Graph, derive: Callable[[Undo], Graph]) -> Graph:
    """The one of the derivatives of `graph` that undoes the writes of those arrays for which this costs less."""
    best, undo = derive(frozenset()), Undo()
    least, sources = _cost(best.body), _sources(best.body)
    for unit in units(graph, sources)[:MOST_TRIALS] if sources else ():
        if unit <= undo:
            continue
        other = derive(undo | unit)
        cost = _cost(other.body)
        if cost < least:
            best, least, undo = other, cost, undo | unit
    return best


def _cost(block: Block, turns: int = 0) -> int:
    """What the pushes, pops and writes in the loops of a block cost, in bytes."""
    total = 0
    for eqn in block.eqns:
        match eqn:
            case Prim() if eqn.op in WRITES or eqn.op == "push":
                total += turns * (_bytes(eqn.inputs[1]) + ACCESS)
            case Prim() if eqn.op == "pop":
                total += turns * (_bytes(eqn.outputs[1]) + ACCESS)
            case While() | For():
                count = trip_count(eqn)
                more = max(turns, 1) * (GUESS if count is None else count)
                total += sum(_cost(inner, more) for inner in blocks_of(eqn))
            case _:
                total += sum(_cost(inner, turns) for inner in blocks_of(eqn))
    return total


def _bytes(atom: Atom) -> int:
    assert isinstance(atom.type, Array)
    return math.prod(d if isinstance(d, int) else GUESS for d in atom.type.shape) * atom.type.dtype.itemsize


def _sources(block: Block) -> set[Var]:
    """The variables that what is pushed in a block follows from, back to the parameters of the loops around it."""
    eqns = list(walk(block))
    makers = {out: (k, eqn) for eqn in eqns for k, out in enumerate(eqn.outputs)}
    todo = [eqn.inputs[1] for eqn in eqns if isinstance(eqn, Prim) and eqn.op == "push"]
    found = set[Var]()
    while todo:
        atom = todo.pop()
        if not isinstance(atom, Var) or atom in found:
            continue
        found.add(atom)
        match makers.get(atom):
            case _, Prim() as eqn:
                todo += eqn.inputs
            case k, If() as eqn:
                todo += [eqn.then.results[k], eqn.orelse.results[k]]
            case _:
                pass
    return found


def units(graph: Graph, wanted: set[Var]) -> list[Undo]:
    """What can be undone by itself: all versions of an array in a loop, or of several that change places.

    Only those of which there are versions in `wanted`.
    """
    found: dict[Undo, None] = {}
    for loop in _loops(graph.body):
        for k in range(len(loop.init)):
            versions = frozenset(_versions(loop, positions)) if (positions := _orbit(loop, k)) else Undo()
            if not versions.isdisjoint(wanted):
                found[versions] = None
    return list(found)


def _loops(block: Block) -> Iterator[Loop]:
    """The loops of a block, outer before inner."""
    for eqn in block.eqns:
        if isinstance(eqn, While | For):
            yield eqn
        for inner in blocks_of(eqn):
            yield from _loops(inner)


def _orbit(loop: Loop, k: int) -> list[int]:
    """The fewest positions of the carry, `k` among them, that the body takes from results back to parameters."""
    params, found = carry_params(loop), {k}
    type = params[k].type
    if not isinstance(type, Array) or not type.shape or loop.body.results[k] == params[k]:
        return []
    while True:
        restored = _body(loop, found)
        reached = {j for j, p in enumerate(params) if p in restored}
        if found <= reached:
            return sorted(found)
        if reached <= found:
            return []
        found |= reached


def closed(loop: Loop, positions: Iterable[int]) -> list[int]:
    """The most of `positions` in the carry that the body takes from results back to parameters."""
    params, found, before = carry_params(loop), set(positions), set[int]()
    while found != before:
        before, restored = found, _body(loop, found)
        found = {j for j in found if params[j] in restored}
    return sorted(found)


def _body(loop: Loop, positions: Iterable[int]) -> set[Var]:
    """What the backward loop restores within an iteration from the results of the body at `positions`."""
    results = [loop.body.results[k] for k in positions]
    return _back(loop.body.eqns, {r for r in results if isinstance(r, Var)})


def _versions(loop: Loop, positions: Sequence[int]) -> set[Var]:
    """All that is restored within a loop, and its results."""
    return _body(loop, positions) | {loop.outputs[k] for k in positions}


def _back(eqns: Sequence[Eqn], last: set[Var]) -> set[Var]:
    """The variables that follow from `last` by undoing `eqns`, and `last`; with those in inner blocks on the way."""
    found = set(last)
    for eqn in reversed(eqns):
        if found.isdisjoint(eqn.outputs):
            continue
        match eqn:
            case Prim() if eqn.op in WRITES:
                found.update(a for a in eqn.inputs[:1] if isinstance(a, Var))
            case If():
                found |= _through_branches(eqn, [k for k, o in enumerate(eqn.outputs) if o in found])
            case While() | For():
                kept = closed(eqn, [k for k, o in enumerate(eqn.outputs) if o in found])
                found |= _versions(eqn, kept)
                found.update(a for k in kept if isinstance(a := eqn.init[k], Var))
            case _:
                pass
    return found


def _through_branches(eqn: If, positions: Sequence[int]) -> set[Var]:
    """What the backward `If` restores from its results at `positions`: what both branches do, and what is inside."""
    sides = []
    for block in (eqn.then, eqn.orelse):
        results = [block.results[k] for k in positions]
        sides.append(_back(block.eqns, {r for r in results if isinstance(r, Var)}))
    inside = {*names_of(eqn.then), *names_of(eqn.orelse)}
    return (sides[0] & sides[1]) | {v for v in sides[0] | sides[1] if v.name in inside}
