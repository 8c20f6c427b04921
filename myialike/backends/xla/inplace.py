"""Keeping loops in place: which reads XLA must be kept from repeating.

A loop that carries an array and writes an element of it per step should cost the same per step whatever the array's
size. XLA writes in place if nothing needs the old array after the write. But it likes to fuse a cheap read into each
of its consumers, and a repeat of the read `x[j]` that is wanted after `x[j] = v` needs the old array: then every step
copies all of x. Two measures together prevent that; neither helps alone (jax 0.10, CPU, microseconds per step):

    array of 20,000 f64; v = x[j]; x[j] = v / 2; s += v                 12.8
    copy insertion with analysis of live ranges (`COMPILER_OPTIONS`)     0.004
    the same with two reads, and checks                                  9.3
    both measures                                                        0.007

The second is to divide what is read by a one that XLA does not know to be one (an argument of the executable): a
division is too expensive to be repeated. It changes no value. It is done to reads whose innermost loop also writes
the array, and to no others, since it keeps a slice from being fused with what is computed from it.

Arrays are the same here if one may be made from the other in place: by writing, by going around a loop, through a
branch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import jax
import numpy as np
from jax import lax

from myialike.ir.syntax import Atom, Block, Eqn, For, If, Module, Prim, Var, While, blocks_of
from myialike.ir.types import Array

COMPILER_OPTIONS = {"xla_cpu_copy_insertion_use_region_analysis": True}

_READS = frozenset({"index", "pop"})
_WRITES = frozenset({"index_set", "index_add", "push"})


def unrepeatable(x: jax.Array, one: jax.Array) -> jax.Array:
    """x, by a computation that XLA takes for expensive; `one` is a scalar 1 unknown to it."""
    if x.dtype.kind == "c":
        return lax.complex(unrepeatable(lax.real(x), one), unrepeatable(lax.imag(x), one))
    if x.dtype.kind == "b":
        return unrepeatable(lax.convert_element_type(x, np.uint8), one) != 0
    return x / lax.convert_element_type(one, x.dtype) if x.dtype.kind not in "iu" else _int_quotient(x, one)


def _int_quotient(x: jax.Array, one: jax.Array) -> jax.Array:
    return lax.div(x, lax.broadcast(lax.convert_element_type(one, x.dtype), x.shape))


def reads_to_guard(module: Module) -> frozenset[int]:
    """The ids of the `index` and `pop` equations whose innermost loop writes the array that they read."""
    found: set[int] = set()
    for graph in module.graphs:
        flow = _Flow()
        flow.block(graph.body, ())
        found |= flow.reads_to_guard()
    return frozenset(found)


class _Flow:
    """One graph's arrays: the sets of those that are the same, and the loops that read and write them."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._writes: dict[int, set[str]] = defaultdict(set)  # by loop
        self._reads: list[tuple[Prim, int]] = []  # with their innermost loop

    def reads_to_guard(self) -> set[int]:
        written = {loop: {self._find(name) for name in names} for loop, names in self._writes.items()}
        return {id(eqn) for eqn, loop in self._reads if self._find(str(eqn.inputs[0])) in written.get(loop, ())}

    def block(self, block: Block, loops: tuple[int, ...]) -> None:
        for eqn in block.eqns:
            self._eqn(eqn, loops)
            inside = (*loops, id(eqn)) if isinstance(eqn, While | For) else loops
            for inner in blocks_of(eqn):
                self.block(inner, inside)

    def _eqn(self, eqn: Eqn, loops: tuple[int, ...]) -> None:
        match eqn:
            case Prim() if eqn.op in _WRITES:
                self._unite(eqn.outputs, eqn.inputs[:1])
                for loop in loops:
                    self._writes[loop].add(eqn.outputs[0].name)
            case Prim() if eqn.op in _READS:
                if eqn.op == "pop":
                    self._unite(eqn.outputs[:1], eqn.inputs)
                if loops:
                    self._reads.append((eqn, loops[-1]))
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

    def _unite(self, some: Sequence[Atom], others: Sequence[Atom]) -> None:
        for a, b in zip(some, others, strict=False):
            if isinstance(a, Var) and isinstance(b, Var) and not (isinstance(a.type, Array) and not a.type.shape):
                self._parent[self._find(a.name)] = self._find(b.name)

    def _find(self, name: str) -> str:
        while (parent := self._parent.get(name, name)) != name:
            name = parent
        return name
