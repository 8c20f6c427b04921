"""Keeping loops in place.

A loop that carries an array and reads and writes elements of it should cost the same per step whatever the array's
size. XLA writes in place only where it sees that nothing needs the old array any more. It fails to see that, and
copies the whole array at every step, in plain programs such as `v = x[j]; x[j] = v / 2; s += v`, for three reasons:

1. It fuses a cheap read into each of its consumers, so that the read is repeated, also after the write.
2. It fuses a write into the reads and writes that follow, which then need the array before the write.
3. It orders a read before a write only if the write's operands are computed from what was read.

So, within a loop, what is read from an array that the loop also writes, and is needed after the write too, is divided
by a one that XLA does not know to be one, an argument of the executable: a division is too expensive to be repeated.
(In a kernel an array is copied instead, by a call: see `fusion`; and a write that follows from all that was read is a
call.) And a write that does not follow from all that was read stands in the branch of a conditional, into which
nothing is fused, under a condition that is always true, unknown to XLA, and computed from what was read before.
Neither changes a value. A loop inside of the loop counts as a write of what it writes; it does not run before what was
read is there. What is computed from the array as a whole counts as read from it. Writes come as late as they can
(`scheduled`), so that everything that needs the array as it was comes before. Nanoseconds per step, jax 0.10 on a CPU,
arrays of 20,000 or 150x150 f64:

    v = x[j]; x[j] = v / 2; s += v                           6,700     8
    two writes, one read, two additions, checks             10,700    25
    adjoint of a Gauss-Seidel sweep: five additions          7,700    12
    pop, push, push                                         21,500    14

Only the branch for true of an XLA conditional writes in place. So an `If` whose else-branch writes is lowered with its
branches exchanged, and one in a loop of which both branches write as two conditionals in sequence, each with one branch
that passes on what the other made; for that `continued` says which arrays a branch goes on with.

The flag xla_cpu_copy_insertion_use_region_analysis has a similar effect. It is not used: with it, one in fifteen
random programs of nested loops gave wrong results (jax 0.10.2).

Arrays are the same here if they are of one family (`families`).
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import jax
import numpy as np
from jax import lax

from myialike.ir.families import READS, WRITES, Families, is_scalar
from myialike.ir.op import TABLE
from myialike.ir.syntax import (
    Atom,
    Block,
    Eqn,
    For,
    If,
    Lit,
    Module,
    Prim,
    Var,
    While,
    blocks_of,
    free_vars,
    inputs_of,
    names_of,
    walk,
)
from myialike.ir.types import Array, Stack

STACKS = frozenset({"pop", "stack_new", "stack_len"})
SMALLER = frozenset(  # operations that read an array as a whole, and whose results are better kept than made again
    """reduce_sum reduce_prod reduce_max reduce_min reduce_and reduce_or argmax argmin matmul cumsum cumprod cummax
    cummin sort argsort""".split()
)


def once(x: jax.Array, one: jax.Array) -> jax.Array:
    """x, by a computation that XLA takes for too expensive to be repeated; `one` is a scalar 1 unknown to it.

    It is not a quotient: XLA makes a / (x / one) to a * one / x, and x / one / a to x / (one * a).
    """
    if x.dtype.kind == "c":
        return lax.complex(once(lax.real(x), one), once(lax.imag(x), one))
    if x.dtype.kind == "b":
        return once(lax.convert_element_type(x, np.uint8), one) != 0
    factor = lax.convert_element_type(one, x.dtype)
    return lax.div(x, _ones(factor, x.shape)) * factor


def is_repeated(eqn: Prim) -> bool:
    """Whether XLA takes an operation for cheap that is not: it computes a sine again wherever that is broadcast to."""
    return eqn.op in ("sin", "cos") and isinstance(type := eqn.outputs[0].type, Array) and type.ndim > 0


def _ones(one: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Ones, of which XLA does not know that all are equal: else it divides once and multiplies, which is cheap."""
    if not shape:
        return one
    first = lax.broadcasted_iota(np.int32, shape, len(shape) - 1) < lax.convert_element_type(one, np.int32)
    return lax.select(first, lax.broadcast(one, shape), lax.broadcast(one * one, shape))


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


@dataclass(slots=True)
class Order:
    """What has to be done to keep loops in place.

    Attributes:
        accesses: the ids of the reads and writes of which the second need the first: guarded writes, and their reads;
            and those of loops that write what is read before them.
        following: the ids of those writes among them whose operands are computed from all that is read before.
        once: the ids of the equations whose result must not be computed again; of the sines and cosines of arrays too.
    """

    accesses: set[int] = field(default_factory=set)
    following: set[int] = field(default_factory=set)
    once: set[int] = field(default_factory=set)


def order_of(module: Module) -> Order:
    """What has to be done in each loop to the arrays that it reads and writes.

    A write that is the only access to its array in the loop is in place anyway.
    """
    order = Order()
    for graph in module.graphs:
        flow = _Flow()
        flow.block(graph.body, ())
        flow.decide(order)
        order.once.update(id(eqn) for eqn in walk(graph.body) if isinstance(eqn, Prim) and is_repeated(eqn))
    return order


# -- the order of equations ------------------------------------------------------------------------------------------


def scheduled(eqns: Sequence[Eqn]) -> list[Eqn]:
    """The equations of a block with writes, loops and effects as late as they can be, in their order."""
    makers = {out.name: k for k, eqn in enumerate(eqns) for out in eqn.outputs}
    chain = [k for k, eqn in enumerate(eqns) if not is_pure(eqn)]
    if not any(is_write(eqns[k]) for k in chain):
        return list(eqns)
    waiting = [len({makers[n] for n in names_used(eqn) if n in makers}) for eqn in eqns]
    users: dict[int, set[int]] = defaultdict(set)
    for k, eqn in enumerate(eqns):
        for name in names_used(eqn):
            if name in makers:
                users[makers[name]].add(k)
    ready = [k for k, eqn in enumerate(eqns) if waiting[k] == 0 and is_pure(eqn)]
    heapq.heapify(ready)
    done: list[Eqn] = []
    for link in [*chain, None]:
        while ready:
            _finish(heapq.heappop(ready), eqns, users, waiting, ready, done)
        if link is not None:
            assert waiting[link] == 0
            _finish(link, eqns, users, waiting, ready, done)
    assert len(done) == len(eqns)
    return done


def _finish(
    k: int, eqns: Sequence[Eqn], users: dict[int, set[int]], waiting: list[int], ready: list[int], done: list[Eqn]
) -> None:
    done.append(eqns[k])
    for user in users[k]:
        waiting[user] -= 1
        if waiting[user] == 0 and is_pure(eqns[user]):
            heapq.heappush(ready, user)


def is_pure(eqn: Eqn) -> bool:
    """Whether an equation can be moved: an operation without effects that writes nothing."""
    return isinstance(eqn, Prim) and eqn.op not in WRITES | STACKS and not TABLE[eqn.op].effect


def is_write(eqn: Eqn) -> bool:
    return isinstance(eqn, Prim) and eqn.op in WRITES


def names_used(eqn: Eqn) -> set[str]:
    """The variables that an equation reads, inside its blocks too."""
    return {a.name for a in inputs_of(eqn) if isinstance(a, Var)} | {
        v.name for block in blocks_of(eqn) for v in free_vars(block)
    }


class _Dependences:
    """Which equations of a block need which."""

    def __init__(self, block: Block) -> None:
        self.eqns = scheduled(block.eqns)
        self.results = {r.name for r in block.results if isinstance(r, Var)}
        self.users: dict[str, list[int]] = defaultdict(list)
        makers = {out.name: k for k, eqn in enumerate(self.eqns) for out in eqn.outputs}
        self.before: list[set[int]] = []  # what each needs, itself among it
        for k, eqn in enumerate(self.eqns):
            names = names_used(eqn)
            for name in names:
                self.users[name].append(k)
            self.before.append({k}.union(*(self.before[makers[n]] for n in names if n in makers)))

    def write(self, w: int, order: Order) -> None:
        """Decide about the write `w`: what is read of its array, and whether it must be made to wait for that."""
        eqn = self.eqns[w]
        array = str(eqn.inputs[0])  # type: ignore[union-attr]
        waits = any(self.users[out.name] for out in eqn.outputs)
        if self._reads(array, w, order) or waits:
            order.accesses.add(id(eqn))
            if all(k in self.before[w] for k in self.users[array]):
                order.following.add(id(eqn))

    def loop(self, w: int, array: str, order: Order) -> None:
        """Decide about the loop `w` that writes to an array, as about a write; it is not fused with what follows."""
        if self._reads(array, w, order):
            order.accesses.add(id(self.eqns[w]))

    def _reads(self, array: str, w: int, order: Order) -> bool:
        """Note what must be computed once of the reads of an array; whether the write `w` has to be made to wait."""
        readers = [k for k in self.users[array] if k != w]
        return any([self._read(k, w, self.before[w], order) for k in readers])

    def _read(self, reader: int, w: int, ancestors: set[int], order: Order) -> bool:
        """Note what must be computed once of a read; whether the write has to be made to wait for it."""
        todo, seen, waits = [reader], {reader}, False
        while todo:
            k = todo.pop()
            eqn = self.eqns[k]
            waits |= k not in ancestors or id(eqn) in order.once
            if not is_pure(eqn):
                continue
            later = [u for out in eqn.outputs for u in self.users[out.name] if u != w and u not in ancestors]
            escapes = any(out.name in self.results for out in eqn.outputs)
            escapes |= any(w in self.before[u] or not is_pure(self.eqns[u]) for u in later)
            assert isinstance(eqn, Prim)
            if eqn.op in SMALLER and (later or escapes):
                order.once.add(id(eqn))
                waits = True
            elif escapes:
                order.once.add(id(self.eqns[reader]))
                waits = True
            elif eqn.op not in SMALLER:
                every = [u for out in eqn.outputs for u in self.users[out.name] if u not in seen and u != w]
                seen.update(every)
                todo += every
        return waits


def ifs_to_split(module: Module) -> frozenset[int]:
    """The ids of the `If`s in loops of which both branches write."""
    loops = (e for g in module.graphs for e in walk(g.body) if isinstance(e, While | For))
    inner = (e for loop in loops for block in blocks_of(loop) for e in walk(block))
    return frozenset(id(e) for e in inner if isinstance(e, If) and writes(e.then) and writes(e.orelse))


def continued(block: Block) -> list[Var | None]:
    """For each result of a branch, the variable around the branch that it is a later version of, or None."""
    before = dict(versions(block))
    inside = set(names_of(block))
    found: list[Var | None] = []
    for atom in block.results:
        while isinstance(atom, Var) and atom.name in before:
            atom = before[atom.name]
        is_new = isinstance(atom, Lit) or atom.name in inside or atom in found or is_scalar(atom)
        found.append(None if is_new or not isinstance(atom, Var) else atom)
    return found


def versions(block: Block) -> Iterator[tuple[str, Atom]]:
    """Each array or stack that an equation of the block makes in place, with the one that it is made from."""
    for eqn in block.eqns:
        match eqn:
            case Prim() if eqn.op in WRITES or eqn.op == "pop":
                yield eqn.outputs[0].name, eqn.inputs[0]
            case While() | For():
                yield from zip((o.name for o in eqn.outputs), eqn.init, strict=True)
            case If():
                yield from versions(eqn.then)
                yield from zip((o.name for o in eqn.outputs), eqn.then.results, strict=True)
            case _:
                pass


@dataclass(frozen=True, slots=True)
class _Access:
    eqn: Prim
    loop: int
    block: Block


class _Flow:
    """One graph's arrays: the sets of those that are the same, and the loops that read and write them."""

    def __init__(self) -> None:
        self._families = Families()
        self._written: dict[int, set[str]] = defaultdict(set)  # by loop
        self._accesses: list[_Access] = []  # with their innermost loop, and the block they are in

    def decide(self, order: Order) -> None:
        written = {loop: {self._families.find(name) for name in names} for loop, names in self._written.items()}
        groups: dict[tuple[int, str], list[_Access]] = defaultdict(list)
        for access in self._accesses:
            array = self._families.find(str(access.eqn.inputs[0]))
            if array in written.get(access.loop, ()):
                groups[access.loop, array].append(access)
        known: dict[int, _Dependences] = {}
        for (_, array), group in groups.items():
            blocks = {id(a.block): a.block for a in group}
            if len(blocks) == 1 and not any(isinstance(a.eqn.inputs[0].type, Stack) for a in group):
                (block,) = blocks.values()
                found = known.setdefault(id(block), _Dependences(block))
                for k, eqn in enumerate(found.eqns):
                    if is_write(eqn) and any(a.eqn is eqn for a in group):
                        found.write(k, order)
                    elif isinstance(eqn, While | For) and array in written.get(id(eqn), ()):
                        for version in self._named(array, eqn.init):
                            found.loop(k, version, order)
            elif len(group) > 1:
                order.accesses.update(id(a.eqn) for a in group)
                order.once.update(id(a.eqn) for a in group if a.eqn.op in READS)

    def _named(self, array: str, atoms: Sequence[Atom]) -> list[str]:
        """The names of those of `atoms` that are the array."""
        names = [a.name for a in atoms if isinstance(a, Var) and not is_scalar(a)]
        return [name for name in names if self._families.find(name) == array]

    def block(self, block: Block, loops: tuple[int, ...]) -> None:
        for eqn in block.eqns:
            self._families.note(eqn)
            if isinstance(eqn, Prim) and eqn.op in READS | WRITES:
                self._access(eqn, loops, block)
            inside = (*loops, id(eqn)) if isinstance(eqn, While | For) else loops
            for inner in blocks_of(eqn):
                self.block(inner, inside)

    def _access(self, eqn: Prim, loops: tuple[int, ...], block: Block) -> None:
        if eqn.op in WRITES:
            for loop in loops:
                self._written[loop].add(eqn.outputs[0].name)
        if loops:
            self._accesses.append(_Access(eqn, loops[-1], block))
