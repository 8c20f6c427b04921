"""Tapes whose memory is kept from one call to the next.

A tape may be large. To allocate it, to have the operating system provide it, page by page, and to fill it with zeros
takes longer than to write and to read it: two thirds of the time of a gradient whose tape has 33 MB. So the buffers of
large stacks are arguments of the compiled function, which are donated: XLA writes into their memory, and gives it back
with the results. Between two calls they are in a pool here. What they contain does not matter: nothing is popped of a
stack but what was pushed, and zeros where it is empty.

A call takes buffers out of the pool, or new ones if there are none, as of calls in several threads. Where a callback of
the host may fail while XLA runs, and so spoil what it gives back, nothing is kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp

from myialike.backends.xla.hosted import HOST, MATRIX_FUNCTIONS
from myialike.backends.xla.inplace import versions
from myialike.ir.syntax import Module, Prim, Var, walk
from myialike.ir.types import DType, Stack, SymDim, static_shape

LEAST = 2**16  # bytes of a buffer: a smaller one costs more as an argument than it costs to make
MOST = 2**28  # bytes of all buffers of an executable, which are not free between calls
CALLBACKS = frozenset(HOST) | frozenset(MATRIX_FUNCTIONS) | {"print", "jax.call"}


@dataclass(frozen=True, slots=True)
class Tape:
    """A stack that a module creates with `eqn`, and the variable of its entry that is the last version of it."""

    eqn: Prim
    last: str
    shape: tuple[int, ...]
    dtype: DType

    @property
    def bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class WithTapes:
    """A compiled function `(*leading, buffers, *arguments) -> (results, buffers)`, and the buffers that wait for it."""

    function: Callable[..., Any]
    leading: tuple[Any, ...]
    tapes: tuple[Tape, ...]
    pool: list[tuple[jax.Array, ...]] = field(default_factory=list)

    def __call__(self, *arguments: Any) -> Any:
        try:
            buffers = self.pool.pop()
        except IndexError:
            buffers = tuple(jnp.zeros(tape.shape, tape.dtype) for tape in self.tapes)
        results, buffers = self.function(*self.leading, buffers, *arguments)
        self.pool.append(buffers)
        return results


def tapes_of(module: Module, capacities: Mapping[str, int]) -> tuple[Tape, ...]:
    """The stacks of a module of which the memory is to be kept."""
    eqns = [eqn for graph in module.graphs for eqn in walk(graph.body)]
    if any(isinstance(eqn, Prim) and eqn.op in CALLBACKS for eqn in eqns):
        return ()
    found, total = list[Tape](), 0
    for eqn in module.entry.body.eqns:
        if isinstance(eqn, Prim) and eqn.op == "stack_new":
            tape = _tape(eqn, module, capacities)
            if tape.bytes >= LEAST and total + tape.bytes <= MOST:
                total += tape.bytes
                found.append(tape)
    return tuple(found)


def _tape(eqn: Prim, module: Module, capacities: Mapping[str, int]) -> Tape:
    type = eqn.outputs[0].type
    assert isinstance(type, Stack)
    size = capacities[type.capacity.name] if isinstance(type.capacity, SymDim) else type.capacity
    assert isinstance(size, int)
    last = eqn.outputs[0].name
    for later, earlier in versions(module.entry.body):
        if isinstance(earlier, Var) and earlier.name == last:
            last = later
    return Tape(eqn, last, (max(size, 1), *static_shape(type.elem)), type.elem.dtype)
