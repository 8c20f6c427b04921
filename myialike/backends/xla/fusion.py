"""What is computed once in a kernel, although XLA would compute it again for each of its uses.

XLA fuses a cheap operation on arrays into all operations that use its result, and so repeats it for each. In a chain

    y1 = a1 * x + b1;  y2 = a2 * y1 + b2;  ...            each yk used twice, as in every backward sweep

the work of k steps becomes k^2: the gradient of a loop over thirty such statements took 11 times the time of its value,
over a hundred and fifty 56 times; now 4 and 7 (jax 0.10; gradients by jax: 34 and 142 times). XLA never repeats what it
takes for expensive: a division, a sine. So where more than a few cheap operations lead to a value, from values that are
computed once, and it is used twice, it is passed through a call that XLA may not look into, and so has a buffer.

A write that is to follow what is read (`inplace`) is such a call too. The cheap operations that make the value which it
writes are done again inside of it: else that value would be a buffer, to be filled and copied from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
from jax.experimental.xla_metadata import set_xla_metadata

from myialike.backends.xla.inplace import names_used
from myialike.ir.syntax import Atom, Block, Prim, Var, blocks_of
from myialike.ir.types import Array

REPEATED = 8  # operations that may be done again for each use of a value
CHEAP = frozenset(
    """abs add bit_and bit_or bit_xor broadcast cast ceil complex concatenate conj copysign eq floor ge gt imag index
    invert isfinite isinf isnan le logical_and logical_not logical_or logical_xor lt maximum minimum mul ne neg real
    reshape select shift_left shift_right sign signbit sub transpose trunc zmul""".split()
)


Recipe = Callable[[Mapping[str, jax.Array]], jax.Array]


def kept_values(block: Block) -> frozenset[int]:
    """The ids of the equations of a block, and of the blocks inside of it, whose results are to be computed once."""
    uses = Counter(name for eqn in block.eqns for name in names_used(eqn))
    uses.update(r.name for r in block.results if isinstance(r, Var))
    costs: dict[str, int] = {}
    found: set[int] = set()
    for eqn in block.eqns:
        for inner in blocks_of(eqn):
            found |= kept_values(inner)
        if not isinstance(eqn, Prim) or eqn.op not in CHEAP or not _is_array(eqn.outputs[0]):
            continue
        (out,) = eqn.outputs
        costs[out.name] = 1 + sum(costs.get(a.name, 0) for a in {*eqn.inputs} if isinstance(a, Var))
        if uses[out.name] > 1 and costs[out.name] > REPEATED:
            costs[out.name] = 0
            found.add(id(eqn))
    return frozenset(found)


def _is_array(atom: Atom) -> bool:
    return isinstance(atom.type, Array) and atom.type.ndim > 0


class Recipes:
    """How the values of a block are made by cheap operations: `lower` gives the result of one for its operands."""

    def __init__(self, lower: Callable[[Prim, Sequence[jax.Array]], jax.Array]) -> None:
        self._lower = lower
        self._made: dict[str, tuple[Prim, Sequence[jax.Array]]] = {}

    def note(self, eqn: Prim, inputs: Sequence[jax.Array]) -> None:
        """Note an operation, if it is one that may be done again."""
        if eqn.op in CHEAP - {"index"} and _is_array(eqn.outputs[0]):
            self._made[eqn.outputs[0].name] = eqn, inputs

    def of(self, atom: Atom, value: jax.Array) -> tuple[Recipe, dict[str, jax.Array]]:
        """A function that makes a value, by `REPEATED` operations at most, from those that it is then given by name."""
        left, sources = [REPEATED], dict[str, jax.Array]()
        return self._recipe(atom, value, left, sources), sources

    def _recipe(self, atom: Atom, value: jax.Array, left: list[int], sources: dict[str, jax.Array]) -> Recipe:
        if not isinstance(atom, Var):
            return lambda given: value
        if atom.name not in self._made or not left[0]:
            sources[atom.name] = value
            return lambda given: given[atom.name]
        left[0] -= 1
        eqn, inputs = self._made[atom.name]
        parts = [self._recipe(a, x, left, sources) for a, x in zip(eqn.inputs, inputs, strict=True)]
        return lambda given: self._lower(eqn, [part(given) for part in parts])


def by_call(function: Callable[..., Any], *operands: Any) -> Any:
    """What `function` gives, computed by a call that stays one: once, and fused with nothing around it."""
    return jax.tree.map(_staying, jax.jit(function)(*operands))


def _staying(x: jax.Array) -> jax.Array:
    """A result of a call, which is marked not to be inlined."""
    marked: jax.Array = set_xla_metadata(x, inlineable="false")  # type: ignore[no-untyped-call]
    return marked


def same(x: jax.Array) -> jax.Array:
    return x
