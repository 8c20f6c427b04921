"""Deques: lists that a loop must not find changed, and whose items are moved at once.

`library.deques.Deque` is written in the subset, around a list. Loops over a deque, and iterators, go through that list;
which deques have it, `Heap.queues` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from myialike.errors import TypeCheckError
from myialike.infer.comparisons import compare, either, negate
from myialike.infer.dicts import refuse_change
from myialike.infer.emit import cast, pointwise
from myialike.infer.growing import counting, grown, length, length_atom, open_list
from myialike.infer.heap import ListState, ObjectState
from myialike.infer.list_methods import rearrange, set_items
from myialike.infer.machine import Machine
from myialike.infer.ranges import whole
from myialike.infer.values import NONE, Const, Ref, Value, as_num
from myialike.ir.syntax import Atom
from myialike.ir.types import I64
from myialike.library import deques


@dataclass(frozen=True, slots=True)
class Changes:
    """How often a deque had been changed when a turn of a loop over it begins."""

    id: int
    count: Value
    is_first: bool  # whether it is asked for an item before another sequence may end the loop

    def check(self, m: Machine, going: Value) -> None:
        """Raise what Python does if the turn has changed it, and another item, or the end, is asked for."""
        now = changes(m, self.id)
        if now == self.count:
            return
        if not self.is_first:
            refuse_change(m, "deque")
        fine = m.operand(either(m, negate(m, going), compare(m, "==", now, self.count)))
        assert fine is not None
        m.check(fine[0], "builtins.RuntimeError", "deque mutated during iteration")


def changes(m: Machine, id: int) -> Value:
    """How often a deque has been changed."""
    state = m.state(id)
    assert isinstance(state, ObjectState)
    return state.items[state.names.index("_changes")]


def changes_now(m: Machine, asked: Iterable[tuple[int, bool]]) -> list[Changes]:
    """What has been changed so far of the deques of which a loop goes through the lists `asked`."""
    found: dict[int, bool] = {}
    for id, is_first in asked:
        for queue in m.heap.queues(id):
            found.setdefault(queue, is_first)
    return [Changes(queue, changes(m, queue), is_first) for queue, is_first in found.items()]


def rotate(m: Machine, items: Value, n: Value) -> Value:
    """`library.deques.rotate`: each item of a list goes n places to the right, the last ones to the beginning."""
    num = as_num(n)
    if num is None or num.dtype.kind not in "biu":
        m.fail(TypeCheckError, f"rotate() takes an int, not {m.describe(n)}")
    assert isinstance(items, Ref)
    state = m.state(items.id)
    if isinstance(state, ListState):
        size = len(state.items)
        if size < 2:
            return NONE
        if isinstance(n, Const) or not open_list(m, items, num):
            first = -m.known(n, "by how many places a deque is rotated") % size
            set_items(m, items, (*state.items[first:], *state.items[:first]))
            return NONE
    now = grown(m, items)
    assert now is not None
    count: Atom = length_atom(now)
    count = pointwise(m, "maximum", count, whole(1))
    by = pointwise(m, "mod", cast(m, num.atom, I64), count)
    places = pointwise(m, "mod", pointwise(m, "sub", counting(m, now), by), count)
    rearrange(m, items, now, places, length(now))
    return NONE


def limit(m: Machine, maxlen: Value) -> Value:
    """`library.deques.limit`."""
    return Const(deques.Limit(m.known(maxlen, "the maxlen of a deque")))


DEQUES: dict[Any, Callable[..., Value]] = {deques.rotate: rotate, deques.limit: limit}
