"""What is computed once in a kernel, although XLA would compute it again for each of its uses.

XLA fuses a cheap operation on arrays into all operations that use its result, and so repeats it for each. In a chain

    y1 = a1 * x + b1;  y2 = a2 * y1 + b2;  ...            each yk used twice, as in every backward sweep

the work of k steps becomes k^2: the gradient of a loop over thirty such statements took 11 times the time of its value,
over a hundred and fifty 56 times; now 4 and 7 (jax 0.10; gradients by jax: 34 and 142 times). XLA never repeats what it
takes for expensive: a division, a sine. So where more than a few cheap operations lead to a value, from values that are
computed once, and it is used twice, it is made by a call that XLA may not look into.

    def kept(c): return c * 2.0 + 1.0     # as a call: a buffer of its own
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
from jax.experimental.xla_metadata import set_xla_metadata

from myialike.backends.xla.inplace import names_used
from myialike.backends.xla.lowerings import LOWERINGS
from myialike.ir.syntax import Atom, Block, Prim, Var, blocks_of
from myialike.ir.types import Array

REPEATED = 8  # operations that may be done again for each use of a value
CHEAP = frozenset(
    """abs add bit_and bit_or bit_xor broadcast cast ceil complex concatenate conj copysign eq floor ge gt imag index
    invert isfinite isinf isnan le logical_and logical_not logical_or logical_xor lt maximum minimum mul ne neg real
    reshape select shift_left shift_right sign signbit sub transpose trunc zmul""".split()
)


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


def kept(eqn: Prim, inputs: list[jax.Array]) -> tuple[jax.Array, ...]:
    """The result of an operation, by a call that stays one."""
    result = _call(eqn.op, eqn.attrs, eqn.outputs[0].type)(*inputs)
    return (set_xla_metadata(result, inlineable="false"),)  # type: ignore[no-untyped-call]


@lru_cache(maxsize=1024)
def _call(op: str, attrs: tuple[tuple[str, Any], ...], out: Array) -> Callable[..., jax.Array]:
    return jax.jit(lambda *inputs: LOWERINGS[op](out, *inputs, **dict(attrs)))


def by_call(x: jax.Array) -> jax.Array:
    """x, copied by a call that stays one, so that it is computed once."""
    copied: jax.Array = set_xla_metadata(_same(x), inlineable="false")  # type: ignore[no-untyped-call]
    return copied


@jax.jit
def _same(x: jax.Array) -> jax.Array:
    return x
