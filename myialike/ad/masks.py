"""Masked values: those whose cotangent may be zero only because something downstream does not look at them.

Note [Masked values]. `np.where(x > 0, x * np.log(x), 0.)` has a finite gradient at x = 0, though the branch not taken
computes 0 * -inf: its cotangent is zero, and zero times an infinite partial must stay zero. That is what `zmul(g, p)`
is for. Two facts decide where it is used instead of `mul`:

- Some operations have infinite or NaN partials at finite operands: `sqrt` at 0, division by 0. Their rules say that
  they are `singular` (`myialike.ir.op`), and they are multiplied by `zmul` always, in forward mode too, where a zero
  tangent stays zero. Only a division that a check precedes, as in Python's arithmetic, is known to be tame.
- The partial of any other, `exp` say, is infinite or NaN only where the value is, or overflows. If that value reaches
  the result, so does the infinity, and there is nothing to protect. If it does not, an operation on its way has masked
  it. So in reverse mode the operations on whose results a masking one follows are multiplied by `zmul`, and no others.

What masks: a choice between values (`select`, extrema), a product that is defined to be zero, and, for arrays, reading
or overwriting a part of them. An array result masks itself, for cotangents of it may be zero in places, as in a
Jacobian's rows. A scalar that is written into an array which is then read in part is not counted: loops over elements
do nothing else, and it takes an overflow in an element that nobody reads.

In forward mode tangents pass through the masks themselves, where they are dropped as the values are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from myialike.ad.blocks import carry_params, no_calls
from myialike.ir.syntax import Atom, Block, Call, Closure, Eqn, For, Graph, If, Lit, Prim, Var, While, blocks_of
from myialike.ir.types import Array, Stack


@dataclass(frozen=True, slots=True)
class Masks:
    """Which variables are `masked`, and which results of divisions are `tame`."""

    masked: frozenset[Var]
    tame: frozenset[Var]


CHOICES: dict[str, tuple[int, ...]] = {  # the inputs that are masked
    "select": (1, 2), "maximum": (0, 1), "minimum": (0, 1), "fmax": (0, 1), "fmin": (0, 1), "reduce_max": (0,),
    "reduce_min": (0,), "cummax": (0,), "cummin": (0,), "zmul": (1,),
}  # fmt: skip
PARTS: dict[str, tuple[int, ...]] = {"index": (0,), "index_set": (0,)}


def masked_vars(graph: Graph, active: frozenset[Var]) -> frozenset[Var]:
    """The active variables of `graph` that are masked on their way to a result, those in inner blocks included."""
    chosen = _Flow(active, CHOICES, lambda var: True)
    chosen.block(graph.body)
    partly = _Flow(active, PARTS, _is_array)
    partly.mark(graph.results)
    partly.block(graph.body)
    return frozenset(chosen.found | partly.found)


def _is_array(var: Var) -> bool:
    type = var.type.elem if isinstance(var.type, Stack) else var.type
    return isinstance(type, Array) and type.shape != ()


def tame_divisions(graph: Graph) -> frozenset[Var]:
    """The results of divisions by a variable that was checked not to be zero, in the same block or one around it."""
    found: set[Var] = set()
    _tame(graph.body, frozenset(), found)
    return frozenset(found)


def _tame(block: Block, nonzero: frozenset[Var], found: set[Var]) -> None:
    tests: dict[Atom, Var] = {}
    for eqn in block.eqns:
        match eqn:
            case Prim(op="ne", inputs=(Var() as x, Lit(value=value)), outputs=(out,)) if value == 0:
                tests[out] = x
            case Prim(op="check", inputs=(ok, *_)) if ok in tests:
                nonzero |= {tests[ok]}
            case Prim(op="div", inputs=(_, y), outputs=(out,)) if y in nonzero:
                found.add(out)
        for inner in blocks_of(eqn):
            _tame(inner, nonzero, found)


class _Flow:
    """Variables from which a path leads to an input of `sources`, through variables that `admits`."""

    def __init__(
        self, active: frozenset[Var], sources: dict[str, tuple[int, ...]], admits: Callable[[Var], bool]
    ) -> None:
        self.active, self.sources, self.admits = active, sources, admits
        self.found: set[Var] = set()

    def mark(self, atoms: Iterable[Atom]) -> None:
        self.found.update(a for a in atoms if isinstance(a, Var) and a in self.active and self.admits(a))

    def follow(self, outputs: Sequence[Var], results: Sequence[Atom]) -> None:
        """Mark the results that become marked outputs."""
        self.mark(r for o, r in zip(outputs, results, strict=True) if o in self.found)

    def block(self, block: Block) -> None:
        for eqn in reversed(block.eqns):
            self.eqn(eqn)

    def eqn(self, eqn: Eqn) -> None:
        match eqn:
            case Prim():
                hit = not self.found.isdisjoint(eqn.outputs)
                self.mark(eqn.inputs if hit else (eqn.inputs[k] for k in self.sources.get(eqn.op, ())))
            case If():
                for branch in (eqn.then, eqn.orelse):
                    self.follow(eqn.outputs, branch.results)
                    self.block(branch)
            case While() | For():
                params, count = carry_params(eqn), -1
                self.follow(eqn.outputs, eqn.body.results)
                while count != len(self.found):
                    count = len(self.found)
                    self.block(eqn.body)
                    self.follow(params, eqn.body.results)
                self.follow(params, eqn.init)
                self.follow(eqn.outputs, eqn.init)
            case Call() | Closure():
                raise no_calls(eqn)
            case _:
                assert_never(eqn)
