"""Subscripts of every value: lists, tuples, dicts, instances, strings, ranges; of arrays by `infer.array_indexing`."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike import library
from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer import picked, sized_index
from myialike.infer.arith import binary, constant, raise_key_error
from myialike.infer.array_indexing import read_array, write_array
from myialike.infer.dicts import key_of
from myialike.infer.emit import cast, pointwise
from myialike.infer.growing import (
    counting,
    grown,
    index_of,
    item_at,
    length_atom,
    open_item,
    open_list,
    opened_for_reading,
    part_of_list,
    replaced,
)
from myialike.infer.heap import DictState, GrownState, ListState
from myialike.infer.iteration import range_length
from myialike.infer.list_methods import remove_at, set_items
from myialike.infer.machine import Machine, array_type
from myialike.infer.overloading import method_of
from myialike.infer.ranges import slice_range, whole
from myialike.infer.sequences import children, is_iterator, keys, static_items
from myialike.infer.sized import from_list, is_sized, placed, split, store
from myialike.infer.strided import strided
from myialike.infer.ufuncs import raise_now
from myialike.infer.values import (
    NONE,
    Chosen,
    Const,
    Num,
    Range,
    Ref,
    Slice,
    Tup,
    Value,
    as_num,
    const_number,
    is_function,
    parts,
    same_const,
)
from myialike.ir.types import I64, static_shape
from myialike.library import SUBSCRIPTS


def get_item(m: Machine, base: Value, index: Value) -> Value:
    """`base[index]`."""
    index = with_places(m, base, opened(index))
    steps = strided(m, index) if m.is_array(base) else None
    if steps is not None:
        return get_item(m, get_item(m, base, steps[0]), steps[1])
    masked_part = picked.read_sized(m, base, index) if m.is_array(base) else None
    if masked_part is not None:
        return masked_part
    part = split(m, base, index) if m.is_array(base) else None
    if part is not None:
        return part
    if m.is_array(base) and sized_index.concerns(m, base, index):
        return sized_index.gather(m, base, index)
    number = as_num(base)
    if m.is_array(base) or (number is not None and number.kind == "numpy"):
        return read_array(m, base, index)
    if isinstance(base, Ref) and grown(m, base) is not None:
        return read_grown(m, base, index)
    if isinstance(base, Const) and id(base.value) in SUBSCRIPTS:
        return m.call(Const(SUBSCRIPTS[id(base.value)]), [index], ())
    names = keys(m, base)
    if names is not None:
        return read_dict(m, base, names, index)
    if isinstance(base, Const) and base.value is np.s_:
        return index
    if isinstance(base, Const) and (isinstance(index, Const) or of_typing(base.value)):
        return class_item(m, base, Const(m.known(index, "the argument of a type")))
    method = method_of(m, base, "__getitem__")
    if method is not None:
        return m.call(Const(method), [base, index], [])
    if isinstance(base, Const) and isinstance(base.value, (str, bytes)):
        return text_item(m, base, index)
    if isinstance(base, Range):
        return range_item(m, base, index)
    items = None if is_iterator(m, base) else static_items(m, base)
    if items is None:
        m.fail(TypeCheckError, f"{m.describe(base)} cannot be indexed")
    return read_items(m, base, items, index)


def read_grown(m: Machine, base: Ref, index: Value) -> Value:
    """An item or a slice of a list of run-time length."""
    state = grown(m, base)
    assert state is not None
    if isinstance(index, Slice):
        if needs_loop(m, index.step):
            return m.call(Const(library.sequences.strided), [base, index.start, index.stop, index.step], [])
        start, count, step = slice_range(m, index, length_atom(state))
        places = pointwise(m, "add", start, pointwise(m, "mul", counting(m, state), whole(step)))
        inside = pointwise(m, "minimum", pointwise(m, "maximum", places, whole(0)), whole(state.capacity - 1))
        return part_of_list(m, base, state, inside, const_number(count, "python"))
    num = as_num(index)
    if num is None or num.dtype.kind not in "iub":
        m.fail(TypeCheckError, f"indices of a list are ints or slices, not {m.describe(index)}")
    return item_at(m, base, index_of(m, state, index, "list index out of range"))


def text_item(m: Machine, base: Const, index: Value) -> Value:
    """A character or a part of a string."""
    ends = (index.start, index.stop, index.step) if isinstance(index, Slice) else (index,)
    known = [m.known(v, "the index of a string") for v in ends]
    place = slice(*known) if isinstance(index, Slice) else known[0]
    return constant(m, lambda: base.value[place], "[]", base, Const(place))


def range_item(m: Machine, base: Range, index: Value) -> Value:
    """An item of a range, which may have ends of run time; a part of one whose ends are known."""
    ends = (base.start, base.stop, base.step)
    if isinstance(index, Slice) or all(isinstance(v, Const) for v in (*ends, index)):
        known = range(*(m.known(v, "the ends of a range") for v in ends))
        if isinstance(index, Slice):
            part = known[slice(*(m.known(v, "a slice of a range") for v in (index.start, index.stop, index.step)))]
            return Range(Const(part.start), Const(part.stop), Const(part.step))
        wanted = Const(m.known(index, "an index"))
        return constant(m, lambda: known[wanted.value], "[]", Const(known), wanted)
    num, count = as_num(index), as_num(range_length(m, base))
    if num is None or count is None or num.dtype.kind not in "iub":
        m.fail(TypeCheckError, f"indices of a range are ints or slices, not {m.describe(index)}")
    at = cast(m, num.atom, I64)
    place = pointwise(m, "select", pointwise(m, "lt", at, whole(0)), pointwise(m, "add", at, count.atom), at)
    ok = pointwise(m, "logical_and", pointwise(m, "ge", place, whole(0)), pointwise(m, "lt", place, count.atom))
    m.check(ok, "builtins.IndexError", "range object index out of range")
    return binary(m, "+", base.start, binary(m, "*", Num(place, "python"), base.step))


def of_typing(value: Any) -> bool:
    """Whether a subscript of an object makes a type: `Union[int, float]`."""
    return isinstance(value, type) or type(value).__module__ == "typing"


def class_item(m: Machine, base: Const, index: Const) -> Value:
    return constant(m, lambda: base.value[index.value], "[]", base, index)


def read_items(m: Machine, base: Value, items: tuple[Value, ...], index: Value) -> Value:
    """An item or a slice of a sequence of known structure."""
    if isinstance(index, Slice):
        if isinstance(base, Ref) and (reachable := opened_for_slice(m, items, index)) is not None:
            return read_grown(m, reachable, index)
        parts = [m.known(p, "a slice of a sequence") for p in (index.start, index.stop, index.step)]
        chosen = items[slice(*parts)]
        return m.new_list(chosen) if isinstance(base, Ref) else Tup(chosen)
    if (num := as_num(index)) is not None and isinstance(index, Num) and num.dtype.kind in "iu":
        if not items:
            return raise_now(m, IndexError, f"{'list' if isinstance(base, Ref) else 'tuple'} index out of range")
        reachable = opened_for_reading(m, items) or opened_objects(m, base, items, index)
        state = None if reachable is None else grown(m, reachable)
        if reachable is not None and state is not None:
            message = f"{'list' if isinstance(base, Ref) else 'tuple'} index out of range"
            return item_at(m, reachable, index_of(m, state, index, message))
        if all(map(is_function, items)) and not m.whole_roots(num.atom):
            return chosen_function(m, base, items, num)
    k = m.known(index, "the index of a tuple or list", "make it a NumPy array, if its items are alike: np.array(xs)[i]")
    if not isinstance(k, (int, np.integer)):
        m.fail(TypeCheckError, f"indices of {m.describe(base)} are ints or slices, not {m.describe(index)}")
    if not -len(items) <= k < len(items):
        return raise_now(m, IndexError, f"{'list' if isinstance(base, Ref) else 'tuple'} index out of range")
    return items[k]


def chosen_function(m: Machine, base: Value, items: tuple[Value, ...], index: Num) -> Value:
    """The function at a run-time index among known ones."""
    count, at = whole(len(items)), cast(m, index.atom, I64)
    if index.low is None or index.low < 0:
        at = pointwise(m, "select", pointwise(m, "lt", at, whole(0)), pointwise(m, "add", at, count), at)
    inside = pointwise(m, "logical_and", pointwise(m, "le", whole(0), at), pointwise(m, "lt", at, count))
    m.check(inside, "builtins.IndexError", f"{'list' if isinstance(base, Ref) else 'tuple'} index out of range")
    found = items[-1]
    for k in reversed(range(len(items) - 1)):
        found = Chosen(Num(pointwise(m, "eq", at, whole(k)), "python"), items[k], found)
    return found


def opened_objects(m: Machine, base: Value, items: tuple[Value, ...], index: Num) -> Ref | None:
    """A list or tuple of objects as a list of run-time length, if the items are of one structure."""
    if isinstance(base, Ref) and isinstance(m.state(base.id), ListState):
        return base if open_list(m, base, index) else None
    ref = m.new_list(items)
    return ref if open_list(m, ref, index) else None


def opened_for_slice(m: Machine, items: tuple[Value, ...], index: Slice) -> Ref | None:
    """A list of numbers, to read a slice from whose ends only run time knows; None where they can be compiled in."""
    ends = [end.atom for end in (index.start, index.stop, index.step) if isinstance(end, Num)]
    if not ends or all(map(m.whole_roots, ends)):
        return None
    return opened_for_reading(m, items)


def read_dict(m: Machine, base: Value, names: tuple[Any, ...], index: Value) -> Value:
    key = key_of(m, base, index)
    for k, v in zip(names, children(m, base) or (), strict=True):
        if same_const(k, key) or k == key:
            return v
    return raise_key_error(m, key)


def opened(index: Value) -> Value:
    """A slice that came from outside as one with parts."""
    match index:
        case Const(value=slice() as known):
            return Slice(Const(known.start), Const(known.stop), Const(known.step))
        case Tup():
            return Tup(tuple(map(opened, index.items)), index.cls)
        case _:
            return index


def with_places(m: Machine, base: Value, index: Value) -> Value:
    """An index of an array in which lists of known bools are lists of the places where they are true.

    Lists and ranges of run-time length are arrays.
    """
    if not m.is_array(base):
        return index
    if isinstance(index, Tup):
        return Tup(tuple(with_places(m, base, v) for v in index.items), index.cls)
    if isinstance(index, Range):
        return m.call(Const(np.arange), parts(index), ())
    if grown(m, index) is not None:
        return from_list(m, index, "iu")  # an empty list is an index of ints
    state = m.heap.states[index.id] if isinstance(index, Ref) else None
    items = state.items if isinstance(state, ListState) else ()
    known = [v.value for v in items if isinstance(v, Const) and isinstance(v.value, bool)]
    if not items or len(known) < len(items) or len(items) not in sizes_of(m, base):
        return index
    return m.new_list([Const(k) for k, chosen in enumerate(known) if chosen])


def sizes_of(m: Machine, base: Value) -> tuple[int, ...]:
    """The sizes of an array, for which a list of bools may be a mask."""
    found = None if is_sized(m, base) else m.operand(base)
    return () if found is None else static_shape(array_type(found[0]))


def set_item(m: Machine, base: Value, index: Value, value: Value) -> None:
    """`base[index] = value`."""
    index = with_places(m, base, opened(index))
    if m.is_array(base) and isinstance(base, Ref):
        steps = strided(m, index) if m.kind(base.id) == "numpy" else None
        if steps is not None:
            set_item(m, get_item(m, base, steps[0]), steps[1], value)
            return
        if picked.write_sized(m, base, index, value):
            return
        if sized_index.concerns(m, base, index):
            sized_index.scatter(m, base, index, value)
            return
        part = split(m, base, index)
        if isinstance(part, Ref) and is_sized(m, part):
            store(m, part, value)
            return
        if part is not None or is_sized(m, base):
            write_item(m, base, index, value)
            return
        write_array(m, base, index, value)
        return
    state = m.state(base.id) if isinstance(base, Ref) else None
    if isinstance(state, GrownState) and isinstance(base, Ref):
        if isinstance(index, Slice):
            values = m.call(Const(list), [value], [])
            assert isinstance(values, Ref)
            set_slice(m, base, index, values)
            return
        if as_num(index) is None:
            m.fail(TypeCheckError, f"indices of a list are ints or slices, not {m.describe(index)}")
        replaced(m, base, index_of(m, state, index, "list assignment index out of range"), value)
        return
    if isinstance(state, DictState) and isinstance(base, Ref):
        found = dict(zip(state.keys, state.items, strict=True))
        found[key_of(m, base, index)] = value
        m.change(base.id, state, DictState(tuple(found), tuple(found.values())))
        return
    if isinstance(state, ListState) and isinstance(base, Ref):
        if not state.items and isinstance(index, Num) and index.dtype.kind in "iub":
            raise_now(m, IndexError, "list assignment index out of range")
        if (
            (as_num(index) is not None and open_item(m, base))
            or (isinstance(index, Num) and open_list(m, base, index))
            or (isinstance(index, Slice) and opened_for(m, base, index, value))
        ):
            set_item(m, base, index, value)
            return
        set_items(m, base, _list_set(m, list(state.items), index, value))
        return
    method = method_of(m, base, "__setitem__")
    if method is None:
        m.fail(TypeCheckError, f"{m.describe(base)} does not take item assignment")
    m.call(Const(method), [base, index, value], [])


def needs_loop(m: Machine, end: Value) -> bool:
    """Whether a bound or the step of a slice is a number of run time that cannot be compiled in."""
    return isinstance(end, Num) and not m.whole_roots(end.atom)


def opened_for(m: Machine, base: Ref, index: Slice, value: Value = NONE) -> bool:
    """Make a list one of run-time length for a slice of it that only run time knows, or that gets as many items.

    Whether that is done.
    """
    run_time = any(needs_loop(m, end) for end in (index.start, index.stop, index.step)) or grown(m, value) is not None
    return run_time and open_list(m, base)


def set_slice(m: Machine, base: Ref, index: Slice, values: Ref) -> None:
    """`base[index] = values` where `base` is of run-time length, and `values` a list of its own."""
    if isinstance(index.step, Const) and index.step.value in (None, 1):
        if m.state(values.id) == ListState(()):
            m.call(Const(library.sequences.cut), [base, index.start, index.stop], [])
            return
        m.call(Const(library.sequences.set_slice), [base, index.start, index.stop, values], [])
    else:
        m.call(Const(library.sequences.set_strided), [base, index.start, index.stop, index.step, values], [])


def write_item(m: Machine, base: Ref, index: Value, value: Value) -> None:
    """`base[index] = value` where `base` is of run-time size and the index leaves nothing of that."""
    found = placed(m, base, index)
    if found is None:
        m.need_static(Tup(m.state(base.id).items[1:]), "the size of this array")  # type: ignore[union-attr]
    set_item(m, found.room, found.index, value)


def _list_set(m: Machine, items: list[Value], index: Value, value: Value) -> list[Value]:
    if isinstance(index, Slice):
        parts = [m.known(p, "a slice of a list") for p in (index.start, index.stop, index.step)]
        new = static_items(m, value)
        if new is None:
            m.fail(TypeCheckError, f"{m.describe(value)} cannot be assigned to a slice of a list")
        try:
            items[slice(*parts)] = list(new)
        except ValueError as error:
            raise_now(m, ValueError, str(error))
        return items
    k = m.known(index, "the index of a list")
    if not -len(items) <= k < len(items):
        raise_now(m, IndexError, "list assignment index out of range")
    items[k] = value
    return items


def delete_item(m: Machine, base: Value, index: Value) -> None:
    """`del base[index]` of lists and dicts."""
    state = m.state(base.id) if isinstance(base, Ref) else None
    if isinstance(state, DictState) and isinstance(base, Ref):
        found = dict(zip(state.keys, state.items, strict=True))
        key = key_of(m, base, index)
        if key not in found:
            raise_key_error(m, key)
        del found[key]
        m.change(base.id, state, DictState(tuple(found), tuple(found.values())))
    elif isinstance(state, GrownState) and isinstance(base, Ref):
        if isinstance(index, Slice):
            if not isinstance(index.step, Const) or index.step.value not in (None, 1):
                text = "del of a slice with a step of a list of run-time length is not taken"
                m.fail(UnsupportedError, text, "keep the others: [x for k, x in enumerate(xs) if ...]")
            set_slice(m, base, index, m.new_list(()))
            return
        if as_num(index) is None:
            m.fail(TypeCheckError, f"indices of a list are ints or slices, not {m.describe(index)}")
        remove_at(m, base, state, index, "list assignment index out of range")
    elif isinstance(state, ListState) and isinstance(base, Ref):
        if isinstance(index, Slice) and opened_for(m, base, index):
            delete_item(m, base, index)
            return
        if isinstance(index, Num) and open_list(m, base, index):
            delete_item(m, base, index)
            return
        items = list(state.items)
        ends = (index.start, index.stop, index.step) if isinstance(index, Slice) else (index,)
        known = [m.known(v, "the index of a list") for v in ends]
        place = slice(*known) if isinstance(index, Slice) else known[0]
        if not isinstance(place, slice) and not (
            isinstance(place, (int, np.integer)) and -len(items) <= place < len(items)
        ):
            raise_now(m, IndexError, "list assignment index out of range")
        del items[place]
        set_items(m, base, items)
    elif (method := method_of(m, base, "__delitem__")) is not None:
        m.call(Const(method), [base, index], [])
    else:
        m.fail(TypeCheckError, f"items of {m.describe(base)} cannot be deleted")
