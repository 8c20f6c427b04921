"""Lists and dicts that paths choose, where they are written: `target = left if x > p else right; target.append(x)`.

After an `if` a name that is bound to different objects means a new one that may be either, and a write leaves open
which has changed (`myialike.infer.heap`). Where a program is refused for that, inference begins again with such a name
being one of the two, by the condition (`values.Either`), and each operation on it a branch: `left.append(x)` on one
path, `right.append(x)` on the other. Nothing may be the same as anything else then. A program that is taken without is
not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from myialike.infer.join import branch
from myialike.infer.machine import Machine
from myialike.infer.values import Const, Either, Fn, Tup, Value, as_num, parts, with_parts
from myialike.ir.names import numberless
from myialike.ir.syntax import Prim


def each_choice(
    m: Machine, args: Sequence[Value], run: Callable[[list[Value]], list[Value]], eqn: Prim
) -> list[Value]:
    """The results of an operation, which is a branch for each operand that is one of two objects."""
    for k, value in enumerate(args):
        either = choice_in(value)
        if either is None:
            continue
        if eqn.op == "py.bound":
            return [value]
        if eqn.op == "py.tuple" and not eqn.attr("starred"):
            return [Tup(tuple(v if choice_in(v) is not None else m.use(v) for v in args))]
        if eqn.op in ("py.cell", "py.cell_set"):
            return run(list(args))
        hints = [numberless(o.name) for o in eqn.outputs]
        given = list(args)

        def chosen(new: Value, k: int = k, value: Value = value, given: list[Value] = given) -> list[Value]:
            return each_choice(m, [*given[:k], replaced(value, new), *given[k + 1 :]], run, eqn)

        return on_each(m, either, chosen, hints)
    return run(list(args))


def on_each(m: Machine, either: Either, run: Callable[[Value], list[Value]], hints: Sequence[str]) -> list[Value]:
    """What `run` gives for the one of the two objects that is meant."""
    if isinstance(either.pred, Const):
        return run(either.then if either.pred.value else either.orelse)
    num = as_num(either.pred)
    assert num is not None
    return branch(m, num.atom, lambda: run(either.then), lambda: run(either.orelse), hints)


def choice_in(value: Value) -> Either | None:
    """The first of the objects in an operand that is one of two, those that functions capture aside."""
    if isinstance(value, Either):
        return value
    inside = () if isinstance(value, Fn) else parts(value)
    return next((found for v in inside if (found := choice_in(v)) is not None), None)


def replaced(value: Value, new: Value) -> Value:
    """A value with `new` in the place of the first choice in it."""
    if isinstance(value, Either):
        return new
    inside = list(parts(value))
    for k, v in enumerate(inside):
        if choice_in(v) is not None:
            inside[k] = replaced(v, new)
            break
    return with_parts(value, tuple(inside))


def settled(m: Machine, value: Value) -> Value:
    """A result with one object in the place of each choice: nothing is written to it any more."""
    if isinstance(value, Either):
        before, m.chooses = m.chooses, False
        try:
            (found,) = on_each(m, value, lambda v: [settled(m, v)], ["result"])
        finally:
            m.chooses = before
        return found
    return with_parts(value, tuple(settled(m, v) for v in value.items)) if isinstance(value, Tup) else value
