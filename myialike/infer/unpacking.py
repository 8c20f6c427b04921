"""Unpacking: the targets of an assignment, and what stands after a star."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from myialike.errors import TypeCheckError
from myialike.infer.emit import pointwise
from myialike.infer.growing import grown, length
from myialike.infer.indexing import get_item
from myialike.infer.machine import Machine
from myialike.infer.sequences import required_items
from myialike.infer.values import NONE, Const, Slice, Value, as_num
from myialike.ir.syntax import Lit


def unpack(m: Machine, value: Value, before: int, after: int, star: bool) -> list[Value]:
    """The targets of `a, *b, c = value`."""
    state = grown(m, m.use(value))
    if state is not None:
        return unpack_grown(m, value, length(state), before, after, star)
    items = required_items(m, value, "unpacking")
    wanted = before + after
    if len(items) < wanted or (len(items) > wanted and not star):
        least = "at least " if star else ""
        m.fail(TypeCheckError, f"{len(items)} values cannot be unpacked into {least}{wanted} targets")
    if not star:
        return list(items)
    stop = len(items) - after
    return [*items[:before], m.new_list(items[before:stop]), *items[stop:]]


def unpack_grown(m: Machine, value: Value, count: Value, before: int, after: int, star: bool) -> list[Value]:
    """The targets of `a, *b, c = value` where `value` is a list of run-time length."""
    number, wanted = as_num(count), before + after
    assert number is not None
    least = "at least " if star else ""
    enough = pointwise(m, "ge", number.atom, Lit(wanted, number.atom.type))
    text = f"not enough values to unpack (expected {least}{wanted}, got {{}})"
    m.check(enough, "builtins.ValueError", text, [number.atom])
    if not star:
        right = pointwise(m, "eq", number.atom, Lit(wanted, number.atom.type))
        m.check(right, "builtins.ValueError", f"too many values to unpack (expected {wanted})")
    first, last = ([get_item(m, value, Const(k)) for k in ks] for ks in (range(before), range(-after, 0)))
    rest = Slice(Const(before), Const(-after or None), NONE)
    return [*first, *([get_item(m, value, rest)] if star else []), *last]


def display(
    m: Machine, args: Sequence[Value], starred: Sequence[int], kept: Callable[[Value], bool] = lambda value: False
) -> tuple[Value, ...]:
    """The items of a tuple or list display, or of the arguments of a call, where some may be `kept` as they are."""
    items: list[Value] = []
    for k, value in enumerate(args):
        if k not in starred:
            items.append(value if kept(value) else m.use(value))
            continue
        items += required_items(m, value, "unpacking with *")
    return tuple(items)
