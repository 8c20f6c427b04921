"""Which values differ between the elements of a batch.

A variable is *mapped* if it depends on a mapped parameter: the batched program holds its values for all elements, along
a new first axis. Every other value is the same for all elements, and is computed once.

An `If` with a mapped predicate, and a loop whose condition or range is mapped, are *masked*: in them each element
goes its own way. What a masked form yields is mapped, whatever it is made of, since it matters how often and whether
an element was there. But within its blocks nothing is mapped for that reason alone. A block runs only while there
are elements for which it runs, the *active* ones, and a carry that begins equal and is updated equally is equal for
all of those: the counter of a loop that each element leaves after its own number of turns stays one number.

All this is one least fixed point. The set may be too large, never too small.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import assert_never

from myialike.errors import CompilerBug
from myialike.ir.syntax import Atom, Block, Call, Closure, Eqn, For, Graph, If, Prim, Var, While

Loop = While | For


def spread(graph: Graph, mapped: set[Var], groups: Iterable[frozenset[Var]]) -> None:
    """Extend `mapped` by all variables of `graph` that depend on it.

    `groups` are sets of variables of which all are mapped if one is: the versions of a stack.
    """
    size = -1
    while size != len(mapped):
        size = len(mapped)
        _block(graph.body, mapped)
        for group in groups:
            if not group.isdisjoint(mapped):
                mapped |= group


def is_masked(eqn: If | Loop, mapped: Collection[Atom]) -> bool:
    """Whether the elements of the batch go different ways through `eqn`."""
    match eqn:
        case If():
            return eqn.pred in mapped
        case While():
            return eqn.cond.results[0] in mapped
        case For():
            return any(a in mapped for a in eqn.over)
        case _:
            assert_never(eqn)


def carry_params(loop: Loop) -> tuple[Var, ...]:
    """The parameters of a loop's body that stand for its carry: all but the index."""
    return loop.body.params if isinstance(loop, While) else loop.body.params[1:]


def is_invariant(loop: Loop, k: int) -> bool:
    """Whether every turn hands on the k-th carry as it is."""
    return loop.body.results[k] == carry_params(loop)[k]


def differing(eqn: If) -> list[int]:
    """The positions of the outputs that the two branches do not take from the same variable outside of both."""
    return [k for k, (a, b) in enumerate(zip(eqn.then.results, eqn.orelse.results, strict=True)) if a != b]


def no_calls(eqn: Call | Closure) -> CompilerBug:
    """The error for the forms that are gone before batching."""
    return CompilerBug(f"batching met a {type(eqn).__name__}; recursion is turned into loops before", eqn.loc)


def _block(block: Block, mapped: set[Var]) -> None:
    for eqn in block.eqns:
        _eqn(eqn, mapped)


def _eqn(eqn: Eqn, mapped: set[Var]) -> None:
    match eqn:
        case Prim():
            if eqn.op != "stack_len" and any(a in mapped for a in eqn.inputs):
                mapped.update(eqn.outputs)
        case If():
            _block(eqn.then, mapped)
            _block(eqn.orelse, mapped)
            for branch in (eqn.then, eqn.orelse):
                _flow(branch.results, eqn.outputs, mapped)
            if is_masked(eqn, mapped):
                mapped.update(eqn.outputs[k] for k in differing(eqn))
        case While() | For():
            _loop(eqn, mapped)
        case Call() | Closure():
            raise no_calls(eqn)
        case _:
            assert_never(eqn)


def _loop(loop: Loop, mapped: set[Var]) -> None:
    """One round; carries that a turn makes mapped are found in the next."""
    params = carry_params(loop)
    if isinstance(loop, For):
        start, _, step = loop.over
        _flow((start, step), (loop.body.params[0],) * 2, mapped)
    _flow(loop.init, params, mapped)
    _block(loop.body, mapped)
    _flow(loop.body.results, params, mapped)
    if isinstance(loop, While):
        _flow(params, loop.cond.params, mapped)
        _block(loop.cond, mapped)
    _flow(params, loop.outputs, mapped)
    if is_masked(loop, mapped):
        mapped.update(o for k, o in enumerate(loop.outputs) if not is_invariant(loop, k))


def _flow(sources: Sequence[Atom], targets: Sequence[Var], mapped: set[Var]) -> None:
    mapped.update(t for s, t in zip(sources, targets, strict=True) if s in mapped)
