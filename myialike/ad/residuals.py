"""What the backward sweep of a block reads of its forward sweep: saved, or computed again.

The backward sweep is made first, against the variables of the forward sweep; those that it reads and that are gone
by the time it runs are the residuals. A residual is computed again, not saved, if cheap operations lead to it from
other residuals and from values that are still there: variables of outer blocks, the index of the loop, literals.
Every operation is repeated at most once, and only pointwise ones and views are cheap, so this costs less than the
forward sweep did.

Reading an element `x[i]` is cheap too, but makes `x` a residual if it is not one: pushing an array instead of an
element. So it is repeated only where `x` is saved anyway, or is never saved because it is a variable of the graph's
own block.

What this does not do: look for the smallest set of values from which all residuals follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from myialike.ir.builder import Builder
from myialike.ir.syntax import Atom, Eqn, Prim, Var

CHEAP = frozenset(
    """abs ad.hold add arange bit_and bit_or bit_xor broadcast cast ceil complex conj copysign div eq floor
    floordiv ge gt imag index integer_pow invert isfinite isinf isnan le logical_and logical_not logical_or
    logical_xor lt maximum minimum mod mul ne neg real reshape select shift_left shift_right sign signbit
    stop_gradient sub transpose trunc zmul""".split()
)


VIEWS = ("broadcast", "reshape", "transpose")


@dataclass(frozen=True, slots=True)
class Plan:
    """`saved` are the residuals to save; `again` the equations, in order, that give the others."""

    saved: tuple[Var, ...]
    again: tuple[Prim, ...]


def plan(
    residuals: Sequence[Var],
    eqns: Sequence[Eqn],
    is_free: Callable[[Var], bool],
    is_permanent: Callable[[Var], bool],
) -> Plan:
    """Divide the `residuals` of a block with the forward equations `eqns`."""
    sources = dict.fromkeys(smallest(r, eqns) for r in residuals)
    wanted = {s for s in sources if not is_free(s)}
    makers: dict[Var, Prim] = {}  # of the values that follow from residuals made before them and from free values

    def available(maker: Prim, atom: Atom) -> bool:
        if not isinstance(atom, Var) or atom in wanted:
            return True
        if maker.op == "index" and atom is maker.inputs[0]:
            return is_permanent(atom)
        return is_free(atom) or atom in makers

    for eqn in eqns:
        if isinstance(eqn, Prim) and eqn.op in CHEAP and all(available(eqn, a) for a in eqn.inputs):
            makers.update((out, eqn) for out in eqn.outputs)
    needed, again = {r for r in residuals if r in makers}, list[Prim]()
    for eqn in reversed(eqns):
        if isinstance(eqn, Prim) and not needed.isdisjoint(eqn.outputs):
            again.append(eqn)
            needed.update(a for a in eqn.inputs if isinstance(a, Var) and a in makers)
    return Plan(tuple(s for s in sources if s in wanted and s not in makers), tuple(reversed(again)))


def smallest(residual: Var, eqns: Sequence[Eqn]) -> Var:
    """What a residual is a broadcast or reshape of, which is as good to save and may be smaller."""
    for eqn in reversed(eqns):
        if isinstance(eqn, Prim) and eqn.outputs == (residual,) and eqn.op in VIEWS:
            (source,) = eqn.inputs
            if isinstance(source, Var):
                residual = source
    return residual


def repeat(builder: Builder, again: Sequence[Prim], env: dict[Var, Atom]) -> None:
    """Append the equations of a plan, under fresh names that `env` is extended by."""
    for eqn in again:
        outputs = tuple(builder.var(o.name, o.type) for o in eqn.outputs)
        inputs = tuple(env.get(a, a) if isinstance(a, Var) else a for a in eqn.inputs)
        builder.append(Prim(eqn.op, inputs, outputs, eqn.attrs, eqn.loc))
        env.update(zip(eqn.outputs, outputs, strict=True))
