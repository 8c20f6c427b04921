"""What the backward sweep of a block reads of its forward sweep: saved, or computed again.

The backward sweep is made first, against the variables of the forward sweep; those that it reads and that are gone
by the time it runs are the residuals. A residual is computed again, not saved, if cheap operations lead to it from
other values that are saved, and from values that are still there: variables of outer blocks, the index of the loop,
literals. Every operation is repeated at most once, so this costs less than the forward sweep did.

Which values are saved is a minimum cut of the graph of these operations, from the values that cannot be computed again
(the carry of the loop, results of expensive operations, of branches and of inner loops) to the residuals. The cost of
cutting at a value is that of saving it: its bytes, and those that a push and a pop take the time of. So a loop body
with a small carry and much arithmetic saves the carry. Reading an element `x[i]` is cheap too, but done again only
where the array `x` is small, saved anyway, or there without being saved: as a variable of the graph's own block, or
because the backward sweep restores it (`myialike.ad.undo`). That it does at one place of the sweep; what is needed
before cannot be read from it, and what is read, is read there, before the array is restored further.

An equation of the backward sweep that reads no cotangent, as the comparison of a minimum's operands or `cos(x)` for
`sin(x)`, may as well be done by the forward sweep. It is where that saves less: of a minimum, which operand is chosen,
two bytes for each element, and not the operands. So these equations, which are done once wherever they stand, belong
to the graph that is cut, whatever they cost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from myialike.ad.blocks import live, substitute
from myialike.ad.region import Region
from myialike.ir.builder import Builder
from myialike.ir.op import TABLE
from myialike.ir.syntax import Atom, Block, Eqn, Lit, Prim, Var, free_vars
from myialike.ir.types import Array, Stack

CHEAP = frozenset(
    """abs ad.hold add arange bit_and bit_or bit_xor broadcast cast ceil complex concatenate conj copysign div eq floor
    floordiv ge gt imag index integer_pow invert isfinite isinf isnan le logical_and logical_not logical_or logical_xor
    lt maximum minimum mod mul ne neg real reshape select shift_left shift_right sign signbit sqrt stop_gradient sub
    transpose trunc zmul""".split()
)
CHEAP_IF_SMALL = frozenset(
    """exp exp2 expm1 log log2 log10 log1p sin cos tan tanh arctan pow hypot matmul reduce_max reduce_min
    reduce_sum""".split()
)
SMALL = 8  # elements of an operand
FEW = 4  # elements of an array that costs about as much to save as one of them
PUSH = 64  # bytes that take the time of a push and a pop
MOST = 2**24  # all larger arrays cost the same
UNSAVED = 2**26  # the cost of what cannot be saved


@dataclass(frozen=True, slots=True)
class Plan:
    """`saved` are the values to save; `again` the equations, in order, that give the residuals that are not.

    Each stands with the position in the backward sweep from which on it can be done. `ahead` are the equations of the
    backward sweep that the forward sweep does, `left` what is still to be done by the backward sweep.
    """

    saved: tuple[Var, ...]
    again: tuple[tuple[int, Prim], ...]
    ahead: tuple[Prim, ...]
    left: frozenset[Var]


class Backward:
    """The backward sweep of a block as it was made: it reads variables of the forward sweep.

    Attributes:
        residuals: what it reads that the forward sweep could give it, with the position of the first reader.
        there: the variables that it restores (`myialike.ad.undo`), with the position from which on they are there.
        primal: the positions of the equations that read no cotangent, and could be done by the forward sweep.
    """

    def __init__(self, region: Region, results: Sequence[Atom]) -> None:
        self.builder = region.builder
        restored = {new: old for old, new in region.restored.items()}
        made = {o for eqn in self.builder.eqns for o in eqn.outputs if o in restored}
        self.env: dict[Var, Atom] = {old: new for new, old in restored.items() if new not in made}
        self.there = dict.fromkeys(self.env, 0)
        eqns = []
        for eqn in self.builder.eqns:
            eqns.append(substitute(eqn, self.env))
            self.env.update((restored[o], o) for o in eqn.outputs if o in made)
        self.results = tuple(self.env.get(r, r) if isinstance(r, Var) else r for r in results)
        self.eqns = live(eqns, (*self.results, *(inner.rest for inner, _ in region.slots)))
        self.residuals: dict[Var, int] = {}
        self.primal: dict[int, Prim] = {}
        known = set[Var]()  # what the primal equations give
        for k, eqn in enumerate(self.eqns):
            if isinstance(eqn, Prim) and restored.keys().isdisjoint(eqn.inputs) and _is_primal(eqn, known, region):
                self.primal[k] = eqn
                known.update(eqn.outputs)
            else:
                self._read(free_vars(Block((), (eqn,), ())), k, known, region)
            self.there.update((restored[o], k + 1) for o in eqn.outputs if o in made)
        self._read(self.results, len(self.eqns), known, region)

    def _read(self, atoms: Sequence[Atom], position: int, known: set[Var], region: Region) -> None:
        for atom in atoms:
            if isinstance(atom, Var) and (atom in known or (atom in region.local and not region.is_free(atom))):
                self.residuals.setdefault(atom, position)

    def completed(self, chosen: Plan, env: dict[Var, Atom]) -> Block:
        """The sweep, in which what is done again stands as early as it can: before its array is restored further.

        `env` has the counterparts of the values that are saved, and of others that are there from the beginning.
        """
        out = self.builder.child()
        for k in range(len(self.eqns) + 1):
            repeat(out, [eqn for at, eqn in chosen.again if at == k], env)
            for eqn in self.eqns[k : k + 1]:
                if k in self.primal and chosen.left.isdisjoint(eqn.outputs):
                    continue
                out.append(substitute(eqn, env))
        return Block((), tuple(out.eqns), tuple(env.get(r, r) if isinstance(r, Var) else r for r in self.results))


def plan(region: Region, backward: Backward, eqns: Sequence[Eqn], in_loop: bool) -> Plan:
    """Divide what gives the residuals of a block with the forward equations `eqns` into saved and computed again.

    Only local variables can be saved. Where nothing is pushed, not in a loop, saving costs less than most functions.
    """
    residuals, there, local = backward.residuals, backward.there, region.local
    primal = {eqn.outputs[0]: k for k, eqn in backward.primal.items()}
    needed = residuals | primal  # the position at which a value has to be there, at the latest

    def is_elsewhere(atom: Var) -> bool:
        """Whether the blocks around this one see to it that a value is there: it is theirs, and costs little."""
        return region.is_free(atom) or (atom not in local and atom not in primal and _size(atom) <= FEW)

    def is_restored(eqn: Prim, atom: Atom) -> bool:
        """Whether the backward sweep has restored the array `atom` in time for `eqn` to be done again."""
        return isinstance(atom, Var) and atom in there and there[atom] <= needed.get(eqn.outputs[0], len(eqns))

    def can_be_there(eqn: Prim, atom: Atom) -> bool:
        if not isinstance(atom, Var) or is_restored(eqn, atom):
            return True
        if eqn.op == "index" and atom is eqn.inputs[0] and _size(atom) > max(FEW, _size(eqn.outputs[0])):
            return region.is_permanent(atom) or atom in residuals
        return is_elsewhere(atom) or atom in local

    def can_be_done(eqn: Prim) -> bool:
        """Whether the backward sweep can do an equation, because it does so anyway, or because it costs little."""
        return not primal.keys().isdisjoint(eqn.outputs) or (
            is_repeatable(eqn, in_loop) and all(can_be_there(eqn, a) for a in eqn.inputs)
        )

    def sources(var: Var) -> list[Var]:
        """What has to be there for `var` to be computed again."""
        eqn = makers[var]
        if var in primal:
            read = [a for a in eqn.inputs if isinstance(a, Var)]
            return [a for a in read if a in primal or (a in local and not is_elsewhere(a))]
        kept = [a for a in eqn.inputs if isinstance(a, Var) and not is_elsewhere(a) and not is_restored(eqn, a)]
        return [a for a in kept if not (eqn.op == "index" and a is eqn.inputs[0] and region.is_permanent(a))]

    makers: dict[Var, Prim] = {}
    every = [eqn for eqn in (*eqns, *backward.primal.values()) if isinstance(eqn, Prim)]
    for eqn in reversed(every):
        if can_be_done(eqn):
            makers[eqn.outputs[0]] = eqn
            for atom in eqn.inputs:
                if isinstance(atom, Var) and eqn.outputs[0] in needed:
                    needed[atom] = min(needed.get(atom, len(backward.eqns)), needed[eqn.outputs[0]])

    order = _reached(list(residuals), makers, sources)
    saved = _minimum_cut(list(residuals), order, makers, sources)
    wanted, again = set(residuals) - saved, list[Prim]()
    for eqn in reversed(every):
        if not wanted.isdisjoint(eqn.outputs):
            again.append(eqn)
            wanted.update(a for a in sources(eqn.outputs[0]) if a not in saved)
    left = wanted & primal.keys()
    return Plan(
        tuple(v for v in order if v in saved),
        _placed([e for e in reversed(again) if e.outputs[0] not in left], backward, is_restored),
        _ahead(saved, backward),
        frozenset(left),
    )


def _ahead(saved: set[Var], backward: Backward) -> tuple[Prim, ...]:
    """The equations of the backward sweep that give those of the saved values that the forward sweep does not have.

    What else they give has names of its own, for the backward sweep may need it too.
    """
    wanted, found = set[Atom](saved), list[Prim]()
    for eqn in reversed(backward.primal.values()):
        if not wanted.isdisjoint(eqn.outputs):
            found.append(eqn)
            wanted.update(eqn.inputs)
    done, env = backward.builder.child(), dict[Var, Atom]()
    for eqn in reversed(found):
        if eqn.outputs[0] in saved:
            done.append(substitute(eqn, env))
        else:
            repeat(done, [eqn], env)
    return tuple(e for e in done.eqns if isinstance(e, Prim))


def extended(forward: Sequence[Eqn], ahead: Sequence[Prim]) -> tuple[Eqn, ...]:
    """The equations of the forward sweep, with those that it does ahead of the backward sweep as early as they can be.

    So that they read an array before it is overwritten.
    """
    eqns = list(forward)
    for eqn in ahead:
        after = [k for k, other in enumerate(eqns, 1) if not set(other.outputs).isdisjoint(eqn.inputs)]
        eqns.insert(max(after, default=0), eqn)
    return tuple(eqns)


def _placed(
    eqns: Iterable[Prim], backward: Backward, is_restored: Callable[[Prim, Atom], bool]
) -> tuple[tuple[int, Prim], ...]:
    """Equations on restored arrays, each with the position from which on what it reads is there."""
    placed, ready = list[tuple[int, Prim]](), dict[Atom, int]()
    for eqn in eqns:
        of_arrays = {a: backward.there[a] for a in eqn.inputs if isinstance(a, Var) and is_restored(eqn, a)}
        position = max([0, *of_arrays.values(), *(ready[a] for a in eqn.inputs if a in ready)])
        ready[eqn.outputs[0]] = position
        inputs = tuple(backward.env[a] if isinstance(a, Var) and a in of_arrays else a for a in eqn.inputs)
        placed.append((position, Prim(eqn.op, inputs, eqn.outputs, eqn.attrs, eqn.loc)))
    return tuple(placed)


def _is_primal(eqn: Prim, known: Collection[Atom], region: Region) -> bool:
    """Whether an equation of the backward sweep reads variables of the forward sweep only, and `known` ones."""
    if "." in eqn.op or TABLE[eqn.op].effect or len(eqn.outputs) != 1 or not isinstance(eqn.outputs[0].type, Array):
        return False
    return all(isinstance(a, Lit) or a in known or region.is_primal(a) for a in eqn.inputs)


def is_repeatable(eqn: Prim, in_loop: bool) -> bool:
    """Whether an operation is cheap enough to be done twice."""
    if len(eqn.outputs) != 1:
        return False
    return eqn.op in CHEAP or (in_loop and eqn.op in CHEAP_IF_SMALL and all(_size(a) <= SMALL for a in eqn.inputs))


def _size(atom: Atom) -> int:
    return math.prod(d if isinstance(d, int) else 1 for d in atom.type.shape) if isinstance(atom.type, Array) else 0


def _cost(var: Var) -> int:
    """What it costs to save a value."""
    if isinstance(var.type, Stack):
        return UNSAVED
    assert isinstance(var.type, Array)
    return min(_size(var) * var.type.dtype.itemsize + PUSH, MOST)


def _reached(residuals: Sequence[Var], makers: dict[Var, Prim], sources: Callable[[Var], list[Var]]) -> list[Var]:
    """The residuals and all that they could be computed from."""
    found, todo = dict.fromkeys(residuals), list(residuals)
    while todo:
        var = todo.pop()
        for source in sources(var) if var in makers else ():
            if source not in found:
                found[source] = None
                todo.append(source)
    return list(found)


def _minimum_cut(
    residuals: Sequence[Var], order: Sequence[Var], makers: dict[Var, Prim], sources: Callable[[Var], list[Var]]
) -> set[Var]:
    """The cheapest set of values from which all residuals follow: Ford and Fulkerson, Flows in Networks, 1962.

    Value k is an edge from node 2k to node 2k + 1 with its cost as capacity; what it is computed from leads to it.
    """
    if not order:
        return set()
    number = {v: k for k, v in enumerate(order)}
    start, end, endless = 2 * len(order), 2 * len(order) + 1, 2**31 - 1
    edges = [(2 * k, 2 * k + 1, _cost(v)) for v, k in number.items()]
    for v, k in number.items():
        if v in makers:
            edges += [(2 * number[s] + 1, 2 * k, endless) for s in dict.fromkeys(sources(v))]
        else:
            edges.append((start, 2 * k, endless))
    edges += [(2 * number[r] + 1, end, endless) for r in dict.fromkeys(residuals)]
    rows, columns, capacities = (np.array(c, np.int32) for c in zip(*edges, strict=True))
    graph = csr_array((capacities, (rows, columns)), shape=(end + 1, end + 1))
    left = csr_array(graph - maximum_flow(graph, start, end).flow)
    seen, todo = {start}, [start]
    while todo:
        node = todo.pop()
        for k in range(left.indptr[node], left.indptr[node + 1]):
            after = int(left.indices[k])
            if left.data[k] > 0 and after not in seen:
                seen.add(after)
                todo.append(after)
    return {v for v, k in number.items() if 2 * k in seen and 2 * k + 1 not in seen}


def repeat(builder: Builder, again: Sequence[Prim], env: dict[Var, Atom]) -> None:
    """Append the equations of a plan, under fresh names that `env` is extended by."""
    for eqn in again:
        outputs = tuple(builder.var(o.name, o.type) for o in eqn.outputs)
        inputs = tuple(env.get(a, a) if isinstance(a, Var) else a for a in eqn.inputs)
        builder.append(Prim(eqn.op, inputs, outputs, eqn.attrs, eqn.loc))
        env.update(zip(eqn.outputs, outputs, strict=True))
