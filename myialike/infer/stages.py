"""What becomes of an item between a sequence and the body of a loop: what `map`, `filter` and `enumerate` do to it.

    for v in filter(f, map(g, xs)): body        for x in xs: v = g(x); if f(v): body

They are called in the turn of their item, as in Python, so all that they and the body change is seen where Python sees
it, and whether `filter` keeps an item may be known only at run time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from myialike.infer.arith import binary
from myialike.infer.dicts import contents
from myialike.infer.heap import CellState
from myialike.infer.join import branch
from myialike.infer.machine import Machine
from myialike.infer.sequences import endless, is_made_in_turn
from myialike.infer.values import Const, Counter, Filtered, Mapped, Tup, Value, Zipped, as_num
from myialike.ir.syntax import Atom


@dataclass(frozen=True, slots=True)
class Map:
    """`fn` of the item; of the items of a tuple, if it goes over several sequences."""

    fn: Value
    is_of_several: bool


@dataclass(frozen=True, slots=True)
class Filter:
    fn: Value


@dataclass(frozen=True, slots=True)
class Count:
    """`enumerate`: the item with the number of it, which is in a cell."""

    cell: int


Stage = Map | Filter | Count


def staged(m: Machine, over: Value) -> tuple[Value, tuple[Stage, ...]]:
    """What a loop over a sequence goes through, and what is done to its items, in order."""
    match over:
        case Filtered():
            of, stages = staged(m, over.of)
            return of, (*stages, Filter(over.fn))
        case Mapped(of=(one,)) if not endless(over):
            of, stages = staged(m, one)
            return of, (*stages, Map(over.fn, False))
        case Mapped() if not endless(over):
            return Zipped(over.of), (Map(over.fn, True),)
        case Zipped(parts=(Counter() as numbers, one)) if is_made_in_turn(one):
            of, stages = staged(m, one)
            return of, (*stages, Count(m.heap.alloc(CellState((numbers.start,)))))
        case _:
            return contents(m, over), ()


def through(
    m: Machine,
    stages: Sequence[Stage],
    item: Value,
    run: Callable[[Value], list[Value]],
    skip: Callable[[], list[Value]],
    hints: Sequence[str],
) -> list[Value]:
    """A turn: `run` it with what comes of an item, or `skip` it."""
    if not stages:
        return run(item)
    first, rest = stages[0], stages[1:]
    match first:
        case Map():
            args = item.items if first.is_of_several and isinstance(item, Tup) else [item]
            return through(m, rest, m.call(first.fn, args, []), run, skip, hints)
        case Count():
            state = m.state(first.cell)
            assert isinstance(state, CellState)
            (number,) = state.items
            m.heap.set(first.cell, CellState((binary(m, "+", number, Const(1)),)), m.loc)
            return through(m, rest, Tup((number, item)), run, skip, hints)
    keeps = is_kept(m, first.fn, item)
    if isinstance(keeps, bool):
        return through(m, rest, item, run, skip, hints) if keeps else skip()
    return branch(m, keeps, lambda: through(m, rest, item, run, skip, hints), skip, hints)


def is_kept(m: Machine, fn: Value, item: Value) -> bool | Atom:
    """Whether `filter` keeps an item."""
    by_itself = isinstance(fn, Const) and fn.value in (None, bool)
    found = m.call(Const(bool), [item if by_itself else m.call(fn, [item], [])], [])
    if isinstance(found, Const):
        return bool(found.value)
    num = as_num(found)
    assert num is not None
    return num.atom
