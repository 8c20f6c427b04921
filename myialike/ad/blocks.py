"""What differentiation asks of blocks: which variables they define, renaming, and removing dead equations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from myialike.errors import CompilerBug
from myialike.ir.names import numberless
from myialike.ir.syntax import (
    Atom,
    Block,
    Call,
    Closure,
    Eqn,
    For,
    If,
    Lit,
    Prim,
    Var,
    While,
    blocks_of,
    free_vars,
    inputs_of,
)

Loop = While | For


def dot_name(atom: Atom) -> str:
    """The name asked for a tangent: `x_dot` for x, x_1, x_2, which are versions of one variable of the user."""
    return _stem(atom) + "_dot"


def bar_name(atom: Atom) -> str:
    """The name asked for a cotangent, `x_bar`."""
    return _stem(atom) + "_bar"


def _stem(atom: Atom) -> str:
    return numberless(atom.name) if isinstance(atom, Var) else "out"


def carry_params(loop: Loop) -> tuple[Var, ...]:
    """The parameters of a loop's body that stand for its carry: all but the index."""
    return loop.body.params if isinstance(loop, While) else loop.body.params[1:]


def index_params(loop: Loop) -> tuple[Var, ...]:
    """The index of a `For`, nothing for a `While`."""
    return () if isinstance(loop, While) else loop.body.params[:1]


def trip_count(loop: Loop) -> int | None:
    """The number of iterations where it is known: a `For` over literals, and no step of 0, an error to come."""
    if not isinstance(loop, For):
        return None
    values = [a.value for a in loop.over if isinstance(a, Lit)]
    return len(range(*values)) if len(values) == 3 and values[2] != 0 else None


def defined(eqns: Iterable[Eqn]) -> set[Var]:
    """The variables that `eqns` define, those inside their blocks not counted."""
    return {out for eqn in eqns for out in eqn.outputs}


def used(eqn: Eqn) -> set[Var]:
    """The variables that an equation reads from outside itself, also those that its blocks read."""
    read = {a for a in inputs_of(eqn) if isinstance(a, Var)}
    return read.union(*(free_vars(block) for block in blocks_of(eqn)))


def live(eqns: Sequence[Eqn], results: Iterable[Atom]) -> tuple[Eqn, ...]:
    """The equations without effects that `results` depend on.

    A loop stays or goes as a whole. No equation of a backward sweep has an effect, so none is kept for that.
    """
    needed = {r for r in results if isinstance(r, Var)}
    kept: list[Eqn] = []
    for eqn in reversed(eqns):
        if not needed.isdisjoint(eqn.outputs):
            kept.append(eqn)
            needed |= used(eqn)
    return tuple(reversed(kept))


def substitute(eqn: Eqn, env: Mapping[Var, Atom]) -> Eqn:
    """`eqn` with the variables it reads replaced by those of `env`, inside its blocks too; it defines what it did."""
    match eqn:
        case Prim():
            return replace(eqn, inputs=_look(eqn.inputs, env))
        case If():
            (pred,) = _look((eqn.pred,), env)
            return replace(eqn, pred=pred, then=_inside(eqn.then, env), orelse=_inside(eqn.orelse, env))
        case While():
            return replace(eqn, init=_look(eqn.init, env), cond=_inside(eqn.cond, env), body=_inside(eqn.body, env))
        case For():
            return replace(eqn, over=_look(eqn.over, env), init=_look(eqn.init, env), body=_inside(eqn.body, env))
        case Call() | Closure():
            raise no_calls(eqn)
        case _:
            assert_never(eqn)


def _inside(block: Block, env: Mapping[Var, Atom]) -> Block:
    eqns = tuple(substitute(eqn, env) for eqn in block.eqns)
    return Block(block.params, eqns, _look(block.results, env))


def _look(atoms: tuple[Atom, ...], env: Mapping[Var, Atom]) -> tuple[Atom, ...]:
    return tuple(env.get(a, a) if isinstance(a, Var) else a for a in atoms)


def no_calls(eqn: Call | Closure) -> CompilerBug:
    """The error for the forms that are gone before differentiation."""
    return CompilerBug(f"differentiation met a {type(eqn).__name__}; recursion is turned into loops before", eqn.loc)
