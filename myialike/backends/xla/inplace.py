"""Keeping loops in place.

A loop that carries an array and reads and writes elements of it should cost the same per step whatever the array's
size. XLA writes in place only where it sees that nothing needs the old array any more. It fails to see that, and
copies the whole array at every step, in plain programs such as `v = x[j]; x[j] = v / 2; s += v`, for three reasons:

1. It fuses a cheap read into each of its consumers, so that the read is repeated, also after the write.
2. It fuses a write into the reads and writes that follow, which then need the array before the write.
3. It orders a read before a write only if the write's operands are computed from what was read.

So, within a loop, what is read from an array that the loop also writes is divided by a one that XLA does not know to
be one, an argument of the executable: a division is too expensive to be repeated. And a write stands in the branch of
a conditional, into which nothing is fused, under a condition that is always true, unknown to XLA, and computed from
what was read before. Neither changes a value. Nanoseconds per step, jax 0.10 on a CPU, arrays of 20,000 or 150x150
f64:

    v = x[j]; x[j] = v / 2; s += v                           6,700     8
    two writes, one read, two additions, checks             10,700    25
    adjoint of a Gauss-Seidel sweep: five additions          7,700    12
    pop, push, push                                         21,500    14

Only the branch for true of an XLA conditional writes in place. So an `If` whose else-branch writes is lowered with its
branches exchanged, and one in a loop of which both branches write as two conditionals in sequence, each with one branch
that passes on what the other made; for that `continued` says which arrays a branch goes on with.

The flag xla_cpu_copy_insertion_use_region_analysis has a similar effect. It is not used: with it, one in fifteen
random programs of nested loops gave wrong results (jax 0.10.2).

Arrays are the same here if one may be made from the other in place: by a write, around a loop, through a branch.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import jax
import numpy as np
from jax import lax

from myialike.ir.syntax import Atom, Block, Eqn, For, If, Lit, Module, Prim, Var, While, blocks_of, names_of, walk
from myialike.ir.types import Array

READS = frozenset({"index", "pop"})
WRITES = frozenset({"index_set", "index_add", "push"})


def once(x: jax.Array, one: jax.Array) -> jax.Array:
    """x, by a computation that XLA takes for too expensive to be repeated; `one` is a scalar 1 unknown to it."""
    if x.dtype.kind == "c":
        return lax.complex(once(lax.real(x), one), once(lax.imag(x), one))
    if x.dtype.kind == "b":
        return once(lax.convert_element_type(x, np.uint8), one) != 0
    return lax.div(x, lax.broadcast(lax.convert_element_type(one, x.dtype), x.shape))


def after(reads: Sequence[jax.Array], one: jax.Array) -> jax.Array:
    """True, by a computation that needs all of `reads`."""
    done = one == 1
    for read in reads:
        if read.size:
            done |= lax.index_in_dim(lax.reshape(read, (read.size,)), 0, keepdims=False) == 0
    return done


def writes(block: Block) -> bool:
    """Whether a block or a block inside it writes an array or a stack."""
    return any(isinstance(e, Prim) and e.op in WRITES for e in walk(block))


def accesses_to_order(module: Module) -> frozenset[int]:
    """The ids of the reads and writes to which this is done: those of arrays that their innermost loop writes.

    A write that is the only access to its array in the loop is in place anyway.
    """
    found: set[int] = set()
    for graph in module.graphs:
        flow = _Flow()
        flow.block(graph.body, ())
        found |= flow.accesses_to_order()
    return frozenset(found)


def ifs_to_split(module: Module) -> frozenset[int]:
    """The ids of the `If`s in loops of which both branches write."""
    loops = (e for g in module.graphs for e in walk(g.body) if isinstance(e, While | For))
    inner = (e for loop in loops for block in blocks_of(loop) for e in walk(block))
    return frozenset(id(e) for e in inner if isinstance(e, If) and writes(e.then) and writes(e.orelse))


def continued(block: Block) -> list[Var | None]:
    """For each result of a branch, the variable around the branch that it is a later version of, or None."""
    before = dict(_versions(block))
    inside = set(names_of(block))
    found: list[Var | None] = []
    for atom in block.results:
        while isinstance(atom, Var) and atom.name in before:
            atom = before[atom.name]
        is_new = isinstance(atom, Lit) or atom.name in inside or atom in found or _is_scalar(atom)
        found.append(None if is_new or not isinstance(atom, Var) else atom)
    return found


def _versions(block: Block) -> Iterator[tuple[str, Atom]]:
    """Each array or stack that an equation of the block makes in place, with the one that it is made from."""
    for eqn in block.eqns:
        match eqn:
            case Prim() if eqn.op in WRITES or eqn.op == "pop":
                yield eqn.outputs[0].name, eqn.inputs[0]
            case While() | For():
                yield from zip((o.name for o in eqn.outputs), eqn.init, strict=True)
            case If():
                yield from _versions(eqn.then)
                yield from zip((o.name for o in eqn.outputs), eqn.then.results, strict=True)
            case _:
                pass


def _is_scalar(atom: Atom) -> bool:
    return isinstance(atom.type, Array) and not atom.type.shape


class _Flow:
    """One graph's arrays: the sets of those that are the same, and the loops that read and write them."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._written: dict[int, set[str]] = defaultdict(set)  # by loop
        self._accesses: list[tuple[Prim, int]] = []  # with their innermost loop

    def accesses_to_order(self) -> set[int]:
        written = {loop: {self._find(name) for name in names} for loop, names in self._written.items()}
        arrays = [(loop, self._find(str(eqn.inputs[0]))) for eqn, loop in self._accesses]
        count = Counter(arrays)
        return {
            id(eqn)
            for (eqn, loop), (_, array) in zip(self._accesses, arrays, strict=True)
            if array in written.get(loop, ()) and count[loop, array] > 1
        }

    def block(self, block: Block, loops: tuple[int, ...]) -> None:
        for eqn in block.eqns:
            self._eqn(eqn, loops)
            inside = (*loops, id(eqn)) if isinstance(eqn, While | For) else loops
            for inner in blocks_of(eqn):
                self.block(inner, inside)

    def _eqn(self, eqn: Eqn, loops: tuple[int, ...]) -> None:
        match eqn:
            case Prim() if eqn.op in READS | WRITES:
                self._access(eqn, loops)
            case If():
                self._unite(eqn.outputs, eqn.then.results)
                self._unite(eqn.outputs, eqn.orelse.results)
            case While():
                for others in (eqn.init, eqn.cond.params, eqn.body.params, eqn.body.results):
                    self._unite(eqn.outputs, others)
            case For():
                for others in (eqn.init, eqn.body.params[1:], eqn.body.results):
                    self._unite(eqn.outputs, others)
            case _:
                pass

    def _access(self, eqn: Prim, loops: tuple[int, ...]) -> None:
        if eqn.op != "index":
            self._unite(eqn.outputs[:1], eqn.inputs[:1])
        if eqn.op in WRITES:
            for loop in loops:
                self._written[loop].add(eqn.outputs[0].name)
        if loops:
            self._accesses.append((eqn, loops[-1]))

    def _unite(self, some: Sequence[Atom], others: Sequence[Atom]) -> None:
        for a, b in zip(some, others, strict=True):
            if isinstance(a, Var) and isinstance(b, Var) and not _is_scalar(a):
                self._parent[self._find(a.name)] = self._find(b.name)

    def _find(self, name: str) -> str:
        while (parent := self._parent.get(name, name)) != name:
            name = parent
        return name
