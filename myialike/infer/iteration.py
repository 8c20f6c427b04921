"""What a loop can run over without knowing its length: ranges, arrays, and zips of them, reached by a counter."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

from myialike.infer.arith import binary
from myialike.infer.emit import pointwise
from myialike.infer.growing import grown, item_at, length, open_list
from myialike.infer.heap import ListState
from myialike.infer.machine import Machine, array_type
from myialike.infer.picked import is_picked, packed
from myialike.infer.ranges import whole
from myialike.infer.sequences import has_end, row
from myialike.infer.sized import dims, part_of
from myialike.infer.values import (
    Const,
    Counter,
    Filtered,
    Mapped,
    Num,
    Range,
    Ref,
    Rest,
    Reversed,
    Tup,
    Value,
    Zipped,
    as_num,
    parts,
)
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import static_shape

UNBOUNDED = 2**62


@dataclass(frozen=True, slots=True)
class Indexed:
    """A sequence reached by a counter.

    `over` are start, stop and step of the loop, whose index `item_at` turns into the item; `item` takes the count of
    turns; `lists` are the lists of run-time length that it goes through, `asked` what
    `sequences.asked` gives.
    """

    length: Value
    over: tuple[Atom, Atom, Atom]
    item: Callable[[Machine, Atom], Value]
    item_at: Callable[[Machine, Atom], Value]
    lists: tuple[int, ...] = ()
    asked: tuple[tuple[int, bool], ...] = ()
    may_be_written_out: bool = True

    def short(self, limit: int) -> bool:
        """Whether it is known to have at most `limit` items, and its turns may be written out."""
        return self.may_be_written_out and isinstance(self.length, Const) and self.length.value <= limit

    def ran(self) -> bool:
        """Whether it is known to have an item."""
        if isinstance(self.length, Const):
            return bool(self.length.value > 0)
        return isinstance(self.length, Num) and self.length.low is not None and self.length.low > 0


def without_first(m: Machine, sequence: Indexed) -> Indexed | None:
    """A sequence without its first item; None where its length is not known, or is that of lists that may change."""
    if not isinstance(sequence.length, Const) or sequence.lists:
        return None
    start, stop, step = sequence.over
    if not isinstance(start, Lit) or not isinstance(step, Lit):
        return None

    def item(m: Machine, k: Atom) -> Value:
        return sequence.item(m, whole(k.value + 1) if isinstance(k, Lit) else pointwise(m, "add", k, whole(1)))

    over = (whole(start.value + step.value), stop, step)
    return Indexed(Const(sequence.length.value - 1), over, item, sequence.item_at)


def indexed(m: Machine, value: Value) -> Indexed | None:
    """`value` as something reached by a counter, None where its structure must be known."""
    match value:
        case Range():
            return _range(m, value)
        case Const(value=range() as known):
            return _range(m, Range(Const(known.start), Const(known.stop), Const(known.step)))
        case Ref() if is_picked(m, value):
            return indexed(m, packed(m, value))
        case Ref() if (part := part_of(m, value)) is not None:
            array = value
            return _counted(dims(m, part)[0], lambda m, k: get(m, array, k))
        case Mapped() if any(is_run_time(m, p) for p in value.of):
            return _mapped(m, value)
        case Ref() if (state := grown(m, value)) is not None:
            grown_list = value
            return _counted(length(state), lambda m, k: item_at(m, grown_list, k), (value.id,))
        case Ref() if m.is_array(value):
            return _array(m, value)
        case Zipped():
            return _zip(m, value)
        case Counter():
            counter = value
            return _counted(Const(UNBOUNDED), lambda m, k: binary(m, "+", counter.start, Num(k, "python", 0, None)))
        case Reversed():
            return _reversed(m, value)
        case Rest():
            return _rest(m, value)
        case _:
            return None


def _counted(length: Value, item: Callable[[Machine, Atom], Value], lists: tuple[int, ...] = ()) -> Indexed:
    num = as_num(length)
    assert num is not None
    return Indexed(length, (whole(0), num.atom, whole(1)), item, item, lists)


def _range(m: Machine, value: Range) -> Indexed:
    bounds = [as_num(v) for v in (value.start, value.stop, value.step)]
    start, stop, step = (b for b in bounds if b is not None)
    length = range_length(m, value)

    def item(m: Machine, k: Atom) -> Value:
        """In the range as `k` is below its length: nothing overflows on the way."""
        if isinstance(k, Lit):
            return binary(m, "+", value.start, binary(m, "*", Num(k, "python", 0, None), value.step))
        offset = k if step.atom == whole(1) else pointwise(m, "mul", k, step.atom)
        at = offset if start.atom == whole(0) else pointwise(m, "add", start.atom, offset)
        return Num(at, "python", *index_bounds(start, stop, step))

    def item_at(m: Machine, index: Atom) -> Value:
        return Num(index, "python", *index_bounds(start, stop, step))

    return Indexed(length, (start.atom, stop.atom, step.atom), item, item_at)


def index_bounds(start: Num, stop: Num, step: Num) -> tuple[int | None, int | None]:
    """Bounds of the index of a range with a known step."""
    ends = [n.atom.value if isinstance(n.atom, Lit) else None for n in (start, stop, step)]
    low = [ends[0] if ends[0] is not None else start.low, ends[1] if ends[1] is not None else stop.low]
    high = [ends[0] if ends[0] is not None else start.high, ends[1] if ends[1] is not None else stop.high]
    if ends[2] is None:
        return None, None
    if ends[2] > 0:
        return low[0], None if high[1] is None else high[1] - 1
    return None if low[1] is None else low[1] + 1, high[0]


def range_length(m: Machine, value: Range) -> Value:
    """`len(range(...))`; a step of zero is an error as in Python."""
    known = [p.value for p in parts(value) if isinstance(p, Const)]
    if len(known) == 3:
        return Const(len(range(*known)))
    start, stop, step = (p.atom for p in map(as_num, parts(value)) if p is not None)
    m.check(pointwise(m, "ne", step, whole(0)), "builtins.ValueError", "range() arg 3 must not be zero")
    toward = pointwise(m, "select", pointwise(m, "gt", step, whole(0)), whole(-1), whole(1))
    span = pointwise(m, "add", pointwise(m, "add", pointwise(m, "sub", stop, start), step), toward)
    count = pointwise(m, "floordiv", span, step)
    return Num(pointwise(m, "maximum", count, whole(0)), "python", 0, None)


def _array(m: Machine, value: Ref) -> Indexed | None:
    shape = array_type(m.array(value.id)).shape
    if not shape:
        return None
    rest = static_shape(array_type(m.array(value.id)))[1:]
    spec = (("i",), *(("slice", 0, n, 1) for n in rest))

    def item(m: Machine, k: Atom) -> Value:
        if isinstance(k, Lit):
            return row(m, value, k.value)
        if rest:
            return m.view(value, "index", [k], spec=spec)
        return m.result(m.emit("index", m.array(value.id), k, spec=spec), m.kind(value.id))

    return _counted(Const(int(static_shape(array_type(m.array(value.id)))[0])), item)


def get(m: Machine, array: Value, k: Atom) -> Value:
    """`array[k]` for an index that is in range."""
    return m.call(Const(operator.getitem), [array, Num(k, "python", 0, None)], [])


def is_run_time(m: Machine, value: Value) -> bool:
    """Whether a sequence has a length that is known only at run time."""
    if isinstance(value, Range):
        return any(isinstance(v, Num) for v in parts(value))
    if isinstance(value, Filtered):
        return True
    if isinstance(value, (Zipped, Reversed, Rest, Mapped)):
        return any(is_run_time(m, v) for v in parts(value))
    return isinstance(value, Ref) and (grown(m, value) is not None or part_of(m, value) is not None)


def _mapped(m: Machine, value: Mapped) -> Indexed | None:
    inner = _zip(m, Zipped(value.of))
    if inner is None:
        return None

    def item(m: Machine, k: Atom) -> Value:
        row = inner.item(m, k)
        assert isinstance(row, Tup)
        return m.call(value.fn, row.items, [])

    return _counted(inner.length, item, inner.lists)


def _zip(m: Machine, value: Zipped) -> Indexed | None:
    if any(is_run_time(m, p) for p in value.parts):
        for part in value.parts:
            if isinstance(part, Ref) and isinstance(m.state(part.id), ListState):
                open_list(m, part)
    found = [indexed(m, p) for p in value.parts]
    columns = [p for p in found if p is not None]
    if len(columns) < len(found) or not columns:
        return None
    length = columns[0].length
    for p in columns[1:]:
        length = shorter(m, length, p.length)
    lists = tuple(id for p in columns for id in p.lists)
    return _counted(length, lambda m, k: Tup(tuple(p.item(m, k) for p in columns)), lists)


def shorter(m: Machine, a: Value, b: Value) -> Value:
    if isinstance(a, Const) and isinstance(b, Const):
        return Const(min(a.value, b.value))
    for x, y in ((a, b), (b, a)):
        if isinstance(x, Const) and x.value >= UNBOUNDED:
            return y
    first, second = as_num(a), as_num(b)
    assert first is not None and second is not None
    return Num(pointwise(m, "minimum", first.atom, second.atom), "python", 0, None)


def _rest(m: Machine, value: Rest) -> Indexed | None:
    of = indexed(m, value.of)
    if of is None or has_end(value.of):
        return None

    def item(m: Machine, k: Atom) -> Value:
        at = as_num(binary(m, "+", Num(k, "python", 0, None), Const(value.start)))
        assert at is not None
        return of.item(m, at.atom)

    left = binary(m, "-", of.length, Const(value.start))
    return _counted(m.call(Const(max), [left, Const(0)], []), item, of.lists)


def _reversed(m: Machine, value: Reversed) -> Indexed | None:
    of = indexed(m, value.of)
    if of is None:
        return None

    def item(m: Machine, k: Atom) -> Value:
        last = binary(m, "-", of.length, Const(1))
        at = as_num(binary(m, "-", last, Num(k, "python")))
        assert at is not None
        return of.item(m, at.atom)

    return _counted(of.length, item, of.lists)
