"""Stacks and prints in a batch: the equations that are run for one element after the other because of them.

A stack of a batch is a stack of batched values: one length for all elements. That is exact as long as all elements
push and pop together, in branches and loops that are the same for all; and in a masked form
(`myialike.batching.mapped`) for the stacks that live inside of it, where elements that are not active push values
that nobody reads. But a stack that a masked form yields or carries would need a length for each element: a tape,
say, of a loop that each element leaves after its own number of turns. There is no select between stacks of different
lengths.

So the versions of such a stack, its *family*, are found, and the equations from the first to the last that touch it,
its *span*, are run for one element after the other, as they are. Before and behind the span the program stays
batched.

    s = stack_new()                                    for e in range(size):
    y, n, s2 = while .. { .. push(s_1, r) .. }             s = stack_new()
    ...                                          =>        y, n, s2 = while ..
    x_bar, _ = for 0, n, 1 .. { .. pop(s_3) .. }           ...
                                                           x_bar, _ = for ..

The equations from the first to the last that print are such a span too: each element prints all that it prints before
the next one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from myialike.batching.mapped import carry_params, differing, is_invariant, is_masked, spread
from myialike.ir.syntax import Atom, Block, Eqn, For, Graph, If, Prim, Var, While, blocks_of, inputs_of, walk
from myialike.ir.types import Stack

Family = frozenset[Var]


@dataclass(frozen=True, slots=True)
class Span:
    """Equations of one block that are run element by element: at position `first`, in place of those at `positions`."""

    first: int
    positions: frozenset[int]
    eqns: tuple[Eqn, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is mapped, and the spans of each block, by the block's identity: blocks compare by value."""

    mapped: frozenset[Var]
    spans: Mapping[int, tuple[Span, ...]]

    def span_at(self, block: Block, position: int) -> Span | None:
        """The span that the equation at `position` belongs to, if any."""
        return next((s for s in self.spans.get(id(block), ()) if position in s.positions), None)


def plan(graph: Graph, params: Iterable[Var]) -> Plan:
    """What is mapped if `params` are, and what is run element by element.

    A family that crosses the border of another one's span is run with it, and the values that a span yields are
    mapped, which may make more forms masked: so this is repeated until nothing is added.
    """
    families = list(families_of(graph.body))
    mapped, uneven = set(params), set[Family]()
    while True:
        before = len(mapped), len(uneven)
        spread(graph, mapped, families)
        uneven.update(f for f in families if not f.isdisjoint(_selected(graph, mapped)))
        spans = _spans(graph.body, uneven)
        for block, found in spans.values():
            for span in found:
                uneven.update(f for f in families if _crosses(f, block, span))
                mapped.update(o for e in span.eqns for o in e.outputs if not isinstance(o.type, Stack))
        if before == (len(mapped), len(uneven)):
            return Plan(frozenset(mapped), {key: found for key, (_, found) in spans.items()})


def families_of(block: Block) -> Iterator[Family]:
    """The sets of variables that are versions of one stack, or may be."""
    leader: dict[Var, set[Var]] = {}
    for eqn in walk(block):
        for atoms in _versions(eqn):
            joined = set[Var]().union(*(leader.get(v, {v}) for v in atoms))
            leader.update((v, joined) for v in joined)
    done = set[int]()
    for family in leader.values():
        if id(family) not in done:
            done.add(id(family))
            yield frozenset(family)


def _versions(eqn: Eqn) -> Iterator[list[Var]]:
    """Groups of stack variables that `eqn` makes versions of one another."""
    groups: list[Sequence[Atom]] = []
    match eqn:
        case Prim(op="stack_new"):
            groups = [eqn.outputs]
        case Prim(op="push" | "pop"):
            groups = [(eqn.inputs[0], eqn.outputs[0])]
        case If():
            groups = list(zip(eqn.then.results, eqn.orelse.results, eqn.outputs, strict=True))
        case While():
            carried = (eqn.init, eqn.cond.params, eqn.body.params, eqn.body.results, eqn.outputs)
            groups = list(zip(*carried, strict=True))
        case For():
            groups = list(zip(eqn.init, carry_params(eqn), eqn.body.results, eqn.outputs, strict=True))
    for group in groups:
        if isinstance(group[0].type, Stack):
            yield [a for a in group if isinstance(a, Var)]


def _selected(graph: Graph, mapped: set[Var]) -> set[Var]:
    """The stacks that a masked form would have to choose between for each element."""
    found: set[Var] = set()
    for eqn in walk(graph.body):
        if isinstance(eqn, If) and is_masked(eqn, mapped):
            found.update(eqn.outputs[k] for k in differing(eqn))
        elif isinstance(eqn, While | For) and is_masked(eqn, mapped):
            found.update(o for k, o in enumerate(eqn.outputs) if not is_invariant(eqn, k))
    return {v for v in found if isinstance(v.type, Stack)}


def _spans(root: Block, uneven: Iterable[Family]) -> dict[int, tuple[Block, tuple[Span, ...]]]:
    """The spans of the families, in the blocks where these are at home, and that of the prints."""
    homes: dict[int, tuple[Block, list[Family]]] = {id(root): (root, [])}
    for family in uneven:
        block = _home(root, family)
        homes.setdefault(id(block), (block, []))[1].append(family)
    spans = {}
    for key, (block, families) in homes.items():
        ranges = [_range(block, f) for f in families]
        if block is root:
            ranges.append(_extent([k for k, eqn in enumerate(root.eqns) if _prints(eqn)]))
        read = frozenset[Var]().union(*families)
        spans[key] = block, tuple(_merged(block, read, [r for r in ranges if r is not None]))
    return spans


def _prints(eqn: Eqn) -> bool:
    if isinstance(eqn, Prim):
        return eqn.op == "print"
    return any(_prints(e) for b in blocks_of(eqn) for e in b.eqns)


def _home(block: Block, family: Family) -> Block:
    """The outermost block that defines a version, within `block`."""
    own = {*block.params, *(o for eqn in block.eqns for o in eqn.outputs)}
    inner = [b for eqn in block.eqns for b in blocks_of(eqn) if not family.isdisjoint(_variables(b))]
    return block if not inner or not family.isdisjoint(own) else _home(inner[0], family)


def _merged(block: Block, stacks: Family, ranges: Sequence[tuple[int, int]]) -> Iterator[Span]:
    """The equations in `ranges` of `block`, overlapping ones together, and those that make the `stacks` they read."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1]:
            first, last = joined[-1][0], max(last, joined.pop()[1])
        joined.append((first, last))
    for first, last in joined:
        inside = block.eqns[first : last + 1]
        read = stacks & set[Var]().union(*map(_touched, inside))
        new = [k for k, eqn in enumerate(block.eqns[:first]) if _makes(eqn, read)]
        positions = frozenset((*new, *range(first, last + 1)))
        yield Span(first, positions, (*(block.eqns[k] for k in new), *inside))


def _range(block: Block, family: Family) -> tuple[int, int] | None:
    """The first and the last equation that touch `family`; those that make an empty stack can wait for the first."""
    touching = [k for k, e in enumerate(block.eqns) if not _makes(e, family) and not family.isdisjoint(_touched(e))]
    return _extent(touching)


def _extent(positions: Sequence[int]) -> tuple[int, int] | None:
    return (positions[0], positions[-1]) if positions else None


def _crosses(family: Family, block: Block, span: Span) -> bool:
    """Whether versions of `family` are inside of the span and outside of it."""
    if family.isdisjoint(set[Var]().union(*map(_touched, span.eqns))):
        return False
    others = [eqn for k, eqn in enumerate(block.eqns) if k not in span.positions]
    outside = {*block.results}.union(*map(_touched, others))
    made = {o for eqn in span.eqns for o in _variables_of(eqn)}
    return not family <= made or not family.isdisjoint(outside)


def _makes(eqn: Eqn, family: Family) -> bool:
    return isinstance(eqn, Prim) and eqn.op == "stack_new" and eqn.outputs[0] in family


def _touched(eqn: Eqn) -> set[Var]:
    """The variables that an equation reads or defines, those of its blocks included."""
    read = {a for a in inputs_of(eqn) if isinstance(a, Var)}
    return read.union(eqn.outputs, *map(_variables, blocks_of(eqn)))


def _variables(block: Block) -> set[Var]:
    results = {r for r in block.results if isinstance(r, Var)}
    return results.union(block.params, *map(_touched, block.eqns))


def _variables_of(eqn: Eqn) -> set[Var]:
    """The variables that an equation defines, also inside of its blocks."""
    inner = (o for b in blocks_of(eqn) for o in _defined(b))
    return {*eqn.outputs, *inner}


def _defined(block: Block) -> Iterator[Var]:
    yield from block.params
    for eqn in block.eqns:
        yield from _variables_of(eqn)
