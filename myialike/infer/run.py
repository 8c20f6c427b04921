"""Running dynamic IR on abstract values: one case for each form, one entry for each Python operation."""

from __future__ import annotations

import operator as operator_module
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import FunctionType
from typing import Any

from myialike.errors import CompilerBug, NameCheckError, TypeCheckError, UnsupportedError, meant
from myialike.infer.arith import binary, constant, operator, unary, update_in_place
from myialike.infer.attributes import get_attribute, set_attribute
from myialike.infer.choices import choice_in, each_choice, on_each, replaced
from myialike.infer.comparisons import both, comparable_items, compare, negate
from myialike.infer.contexts import enter, import_module
from myialike.infer.deques import changes_now
from myialike.infer.dict_places import keys_now, open_keys, opened_contents
from myialike.infer.dicts import as_table, in_it, is_queue, key_of, keys_beside, new_table
from myialike.infer.emit import pointwise, truth
from myialike.infer.growing import LISTS, grown, length
from myialike.infer.heap import CellState, DictState, GrownState, ListState, SizedState, State, Unknown
from myialike.infer.indexing import delete_item, get_item, set_item
from myialike.infer.items import buffers
from myialike.infer.iteration import Indexed, indexed, range_length, without_first
from myialike.infer.join import branch
from myialike.infer.list_methods import lengthened, set_items
from myialike.infer.loop_ends import FEW, AbsentChanges, TypeChanges
from myialike.infer.loops import ConditionChanges, WouldGrow, for_loop, while_loop
from myialike.infer.machine import Machine, NeedStatic, Unreachable, array_type
from myialike.infer.naming import note
from myialike.infer.opinion import FAULTS, judged
from myialike.infer.overloading import method_of
from myialike.infer.patterns import match_class, match_keys, match_mapping, match_sequence
from myialike.infer.printing import formatted, percent
from myialike.infer.raising import raise_exception, raise_with
from myialike.infer.ranges import whole
from myialike.infer.sequences import (
    asked,
    can_look_again,
    children,
    consumed,
    is_iterator,
    items_in_turn,
    keys,
    run_time_bounds,
)
from myialike.infer.stages import Stage, staged, through
from myialike.infer.unpacking import display, unpack
from myialike.infer.values import (
    NEVER,
    NONE,
    Bound,
    BuiltinMethod,
    Const,
    Fn,
    Maybe,
    Num,
    Range,
    Ref,
    Slice,
    Tup,
    Undef,
    Value,
    View,
    as_message,
    as_num,
    is_optional,
    joined,
    parts,
    string,
)
from myialike.ir.names import numberless
from myialike.ir.syntax import Atom, Block, Call, Closure, For, If, Lit, Prim, Var, While, free_vars
from myialike.ir.types import BOOL, Array
from myialike.ops.python import COLLECTORS
from myialike.source import names_in

Env = dict[Var, Value]
UNROLL_LIMIT = 4096
PEELED = 2  # turns that are written out before a loop, for the types that they give to what it carries


def run_block(m: Machine, block: Block, env: Env) -> list[Value]:
    """The values of a block's results; `env` gets the variables it defines."""
    before = m.eqn, m.named
    m.visited += len(block.eqns)
    try:
        for eqn in block.eqns:
            m.at = m.builder.loc = eqn.loc or m.builder.loc
            m.eqn, m.named = eqn, env
            outputs = run_eqn(m, eqn, env)
            note(m, eqn, outputs)
            env.update(zip(eqn.outputs, outputs, strict=True))
    finally:
        m.eqn, m.named = before
    return [look(env, a) for a in block.results]


def look(env: Mapping[Var, Value], atom: Atom) -> Value:
    return env[atom] if isinstance(atom, Var) else Const(atom.value)


def run_eqn(m: Machine, eqn: Any, env: Env) -> list[Value]:
    match eqn:
        case Prim():
            args = [look(env, a) for a in eqn.inputs]
            try:
                if m.chooses:
                    return each_choice(m, args, lambda args: PYTHON[eqn.op](m, eqn, args), eqn)
                return PYTHON[eqn.op](m, eqn, args)
            except FAULTS as error:
                judged(m, eqn, args, error)
                raise
        case If():
            return run_if(m, eqn, env)
        case While():
            return run_while(m, eqn, env)
        case For():
            return run_for(m, eqn, env)
        case Closure():
            captured = tuple((v, env[v]) for v in free_vars(eqn.graph.body))
            defaults = tuple(look(env, a) for a in eqn.defaults)
            return [Fn(eqn.graph, captured, defaults, m.frames[-1].owner)]
        case Call():
            raise CompilerBug("a call by name before inference", eqn.loc)
        case _:
            raise CompilerBug(f"unknown form {type(eqn).__name__}", m.loc)


# -- control flow -----------------------------------------------------------------------------------------------------


def as_bool(m: Machine, value: Value) -> bool | Atom:
    """A condition: True or False where it is known, else a bool atom."""
    value = m.use(value)
    if isinstance(value, Const):
        return bool(value.value)
    assert isinstance(value, Num)
    return value.atom


def run_if(m: Machine, eqn: If, env: Env) -> list[Value]:
    pred = as_bool(m, look(env, eqn.pred))
    if isinstance(pred, bool):
        return run_block(m, eqn.then if pred else eqn.orelse, dict(env))
    hints = [numberless(o.name) for o in eqn.outputs]
    return branch(
        m, pred, lambda: run_block(m, eqn.then, dict(env)), lambda: run_block(m, eqn.orelse, dict(env)), hints
    )


def bound_block(m: Machine, block: Block, env: Env, values: Sequence[Value]) -> list[Value]:
    return run_block(m, block, {**env, **dict(zip(block.params, values, strict=True))})


def run_while(m: Machine, eqn: While, env: Env) -> list[Value]:
    entry = [look(env, a) for a in eqn.init]
    first = trial_condition(m, eqn, env, entry)
    if first is False:
        bound_block(m, eqn.cond, env, entry)  # it may do something besides
        return entry
    mark = m.mark()
    try:
        return structured_while(m, eqn, env, entry, first is True, may_grow=first is None)
    except WouldGrow as need:
        m.rewind(mark)
        return grown_while(m, eqn, env, entry, need)
    except NeedStatic as need:
        m.rewind(mark)
        if isinstance(need, TypeChanges) and first is True:
            found = peeled_while(m, eqn, env, entry)
            if found is not None:
                return found
            m.rewind(mark)
        if isinstance(need, AbsentChanges):
            structured = partial(structured_while, m, eqn, env, entry, first is True, may_grow=first is None)
            return optional_loop(m, partial(unrolled_while, m, eqn, env, entry, need), structured)
        return unrolled_while(m, eqn, env, entry, need)


def optional_loop(
    m: Machine, unrolled: Callable[[int], list[Value]], structured: Callable[[], list[Value]]
) -> list[Value]:
    """A loop some turns of which make a variable None, or something else than that.

    Few turns are written out, if they are known: then it is known too where the variable is None. Else the loop carries
    a flag with the variable.
    """
    mark = m.mark()
    for attempt in (partial(unrolled, FEW), partial(carrying_absence, m, structured)):
        try:
            return attempt()
        except NeedStatic:
            m.rewind(mark)
    return unrolled(UNROLL_LIMIT)


def carrying_absence(m: Machine, structured: Callable[[], list[Value]]) -> list[Value]:
    before, m.absent_in_loops = m.absent_in_loops, True
    try:
        return structured()
    finally:
        m.absent_in_loops = before


def peeled_while(m: Machine, eqn: While, env: Env, values: list[Value]) -> list[Value] | None:
    """A loop that runs at least once, its first turns written out, in which types change; None if they go on to.

    The condition is run with each of these turns, for what it does besides.
    """
    for _ in range(PEELED):
        bound_block(m, eqn.cond, env, values)
        values = bound_block(m, eqn.body, env, values)
        first = trial_condition(m, eqn, env, values)
        if first is False:
            bound_block(m, eqn.cond, env, values)
            return values
        mark = m.mark()
        try:
            return structured_while(m, eqn, env, values, first is True, may_grow=first is None)
        except NeedStatic:
            m.rewind(mark)
        if first is None:
            return None
    return None


def grown_while(m: Machine, eqn: While, env: Env, entry: list[Value], need: NeedStatic) -> list[Value]:
    """A loop that makes a list longer: its few turns written out if they are known, else a list of run-time length."""
    mark = m.mark()
    try:
        return unrolled_while(m, eqn, env, entry, need, FEW)
    except NeedStatic:
        m.rewind(mark)
        return structured_while(m, eqn, env, entry, True)


def trial_condition(m: Machine, eqn: While, env: Env, entry: list[Value]) -> bool | None:
    """What the condition is when the loop starts, where that is known."""
    try:
        with m.inside(m.builder.child(), m.heap.copy()):
            found = as_bool(m, bound_block(m, eqn.cond, env, entry)[0])
    except Unreachable:
        found = as_bool(m, bound_block(m, eqn.cond, env, entry)[0])
    return found if isinstance(found, bool) else None


def structured_while(
    m: Machine, eqn: While, env: Env, entry: list[Value], ran: bool, may_grow: bool = True
) -> list[Value]:
    def cond(values: list[Value]) -> Atom:
        found = as_bool(m, bound_block(m, eqn.cond, env, values)[0])
        return Lit(found, Array(BOOL)) if isinstance(found, bool) else found

    hints = [numberless(p.name) for p in eqn.body.params]
    mark = m.mark()
    try:
        return while_loop(m, entry, hints, cond, lambda values: bound_block(m, eqn.body, env, values), ran, may_grow)
    except ConditionChanges:
        m.rewind(mark)
        return turned_while(m, eqn, env, entry, hints, may_grow)


def turned_while(
    m: Machine, eqn: While, env: Env, entry: list[Value], hints: Sequence[str], may_grow: bool
) -> list[Value]:
    """A loop whose condition does something besides: run once before the loop, and at the end of each turn."""

    def test(values: list[Value]) -> Value:
        return m.use(bound_block(m, eqn.cond, env, values)[0])

    def body(values: list[Value]) -> list[Value]:
        results = bound_block(m, eqn.body, env, values[1:])
        return [test(results), *results]

    going = test(entry)
    if isinstance(going, Const) and not going.value:
        return entry
    ran = isinstance(going, Const)
    return while_loop(m, [going, *entry], ["going", *hints], lambda values: _atom(values[0]), body, ran, may_grow)[1:]


def unrolled_while(
    m: Machine, eqn: While, env: Env, values: list[Value], need: NeedStatic, limit: int = UNROLL_LIMIT
) -> list[Value]:
    """The loop with its turns written out, where the condition of every turn is known."""
    for _ in range(limit):
        going = as_bool(m, bound_block(m, eqn.cond, env, values)[0])
        if going is False:
            return values
        if not isinstance(going, bool):
            raise wanting(m, need, [going])
        values = bound_block(m, eqn.body, env, values)
    raise need


def wanting(m: Machine, need: NeedStatic, deciding: Sequence[Atom]) -> NeedStatic:
    """The need of a loop's body. Where nothing but the count of turns can meet it, what decides that is asked for.

    A type error is not put off so: with other numbers the program would still have it.
    """
    if need.roots or isinstance(need.error, TypeCheckError):
        return need
    return NeedStatic(frozenset[Var]().union(*(m.roots(a) for a in deciding)), need.error)


@dataclass(frozen=True, slots=True)
class Each:
    """A `for` loop: what is done in each turn, and to its item before."""

    eqn: For
    env: Env
    stages: Sequence[Stage]

    def turn(self, m: Machine, item: Value, values: Sequence[Value]) -> list[Value]:
        """The body, run on an item; a turn whose item is not kept does nothing."""
        hints = [numberless(p.name) for p in self.eqn.body.params[1:]]

        def run(item: Value) -> list[Value]:
            return bound_block(m, self.eqn.body, self.env, [item, *values])

        return through(m, self.stages, item, run, lambda: list(values), hints)


def run_for(m: Machine, eqn: For, env: Env) -> list[Value]:
    over = look(env, eqn.over[0])
    if m.chooses and (either := choice_in(over)) is not None:
        hints = [numberless(o.name) for o in eqn.outputs]
        name = eqn.over[0]
        assert isinstance(name, Var)
        return on_each(m, either, lambda v: run_for(m, eqn, {**env, name: replaced(over, v)}), hints)
    iterator = m.use(over)
    takes = is_iterator(m, iterator)
    over, stages = staged(m, opened_contents(m, consumed(m, iterator), iterator))
    each = Each(eqn, env, stages)
    if isinstance(iterator, Ref) and takes and eqn.breakable:
        m.heap.unknown[iterator.id] = Unknown(m.loc, "how far this iterator has come depends on run-time values")
    entry = [look(env, a) for a in eqn.init]
    sequence = indexed(m, over)
    if sequence is None:
        return unrolled_for(m, each, over, entry, None)
    if open_keys(m, sequence.lists):
        sequence = replace(sequence, may_be_written_out=False)
    sequence = replace(sequence, asked=tuple(asked(over)))
    if isinstance(sequence.length, Const) and sequence.length.value == 0:
        return entry
    mark = m.mark()
    structured = partial(breakable_for if eqn.breakable else structured_for, m, each, sequence, entry)
    try:
        return structured()
    except NeedStatic as need:
        m.rewind(mark)
        if isinstance(need, TypeChanges):
            found = peeled_for(m, each, sequence, entry)
            if found is not None:
                return found
            m.rewind(mark)
        unrolled = partial(unrolled_for, m, each, over, entry, wanting(m, need, sequence.over))
        return optional_loop(m, unrolled, structured) if isinstance(need, AbsentChanges) else unrolled()


def peeled_for(m: Machine, each: Each, sequence: Indexed, values: list[Value]) -> list[Value] | None:
    """A loop of known length with its first turns written out, in which types change; None if they go on to.

    What a turn gives has the type that Python gives it, and so has what the rest gives, which is a loop.
    """
    for _ in range(PEELED):
        rest = without_first(m, sequence)
        if rest is None or (each.eqn.breakable and as_bool(m, values[0]) is not True):
            return None
        values = each.turn(m, sequence.item(m, whole(0)), values)
        sequence = rest
        if isinstance(sequence.length, Const) and sequence.length.value == 0:
            return values
        mark = m.mark()
        try:
            return (breakable_for if each.eqn.breakable else structured_for)(m, each, sequence, values)
        except NeedStatic:
            m.rewind(mark)
    return None


def structured_for(m: Machine, each: Each, sequence: Indexed, entry: list[Value]) -> list[Value]:
    def body(index: Var, values: list[Value]) -> list[Value]:
        return one_turn(m, sequence, lambda: each.turn(m, sequence.item_at(m, index), values))

    hints = [numberless(p.name) for p in each.eqn.body.params[1:]]
    name = index_name(each, "i")
    return for_loop(m, sequence.over, entry, hints, body, sequence.ran(), not sequence.short(FEW), name)


def index_name(each: Each, otherwise: str) -> str:
    """The user's name of the index, which is that of the item where the loop is over a range."""
    name = numberless(each.eqn.body.params[0].name)
    return name if isinstance(look(each.env, each.eqn.over[0]), Range) and name != "_" else otherwise


def one_turn(
    m: Machine,
    sequence: Indexed,
    run: Callable[[], list[Value]],
    going: Callable[[list[Value]], Value] = lambda _: Const(True),
) -> list[Value]:
    """A turn of a loop, which must leave the lengths of the lists that it loops over, and the keys of the dicts."""
    names = {id: keys_beside(m, id) for id in sequence.lists}
    of_dicts = keys_now(m, names, sequence.asked)
    of_deques = changes_now(m, (*sequence.asked, *((id, True) for id in names)))
    others = [id for id, keys in names.items() if keys is None and not any(m.heap.queues(id))]
    before = [length(state) for state in map(m.state, others) if isinstance(state, GrownState)]
    results = run()
    checks = [known.check for known in of_dicts] + [known.check for known in of_deques]
    for check in checks:
        check(m, going(results))
    after = [length(state) for state in map(m.state, others) if isinstance(state, GrownState)]
    if before != after:
        m.fail(
            UnsupportedError,
            "a list of run-time length is looped over and made longer or shorter in the loop",
            "loop with `while` and an index, or over a copy: `for x in list(xs)`",
        )
    return results


def breakable_for(m: Machine, each: Each, sequence: Indexed, entry: list[Value]) -> list[Value]:
    """A loop that may stop early: a `while` over a counter, which ends when the first of the carry is false."""
    length = as_num(sequence.length)
    assert length is not None

    def cond(values: list[Value]) -> Atom:
        more = pointwise(m, "lt", _atom(values[0]), length.atom)
        going = as_bool(m, values[1])
        if isinstance(going, bool):
            return more if going else Lit(False, Array(BOOL))
        return pointwise(m, "logical_and", going, more)

    def body(values: list[Value]) -> list[Value]:
        counter = values[0]
        turn = partial(each.turn, m, sequence.item(m, _atom(counter)), values[1:])
        results = one_turn(m, sequence, turn, lambda results: results[0])
        return [binary(m, "+", counter, Const(1)), *results]

    hints = [index_name(each, "k"), *(numberless(p.name) for p in each.eqn.body.params[1:])]
    going = as_bool(m, entry[0])
    ran = sequence.ran() and going is True
    return while_loop(m, [Const(0), *entry], hints, cond, body, ran, not sequence.short(FEW))[1:]


def _atom(value: Value) -> Atom:
    num = as_num(value)
    assert num is not None
    return num.atom


def unrolled_for(
    m: Machine,
    each: Each,
    over: Value,
    entry: list[Value],
    need: NeedStatic | None,
    limit: int = UNROLL_LIMIT,
) -> list[Value]:
    """The loop with its turns written out: over structure, and where a turn needs its index at compile time."""
    try:
        items = items_in_turn(m, over)
    except NeedStatic as length:
        length.error.dicts |= frozenset() if need is None else need.error.dicts
        raise need if need is not None and not length.roots else length from None
    if items is None or len(items) > limit:
        if need is not None:
            raise need
        for bound in run_time_bounds(over):
            m.known(bound, "the number of turns of this loop")
        m.fail(
            TypeCheckError,
            f"{m.describe(over)} cannot be iterated",
            "loop over a range, an array, a tuple, a list or a dict",
        )
    return turns(m, each, over, items, entry)


def maybe_turns(
    m: Machine, each: Each, going: Atom, over: Value, items: Sequence[Value], values: list[Value], k: int
) -> list[Value]:
    """The turns that are left where only run time tells whether the loop has been left."""
    hints = [numberless(o.name) for o in each.eqn.outputs]
    head = [Const(True), *values[1:]]
    return branch(m, going, lambda: turns(m, each, over, items, head, k), lambda: values, hints)


def turns(
    m: Machine, each: Each, over: Value, items: Sequence[Value], values: list[Value], k: int = 0
) -> list[Value]:
    """The turns from number `k` on. What a turn changes in a list that is gone through, the next ones see."""
    before = states_in(m, over)
    while k < len(items):
        if each.eqn.breakable:
            going = as_bool(m, values[0])
            if going is False:
                return values
            if going is not True:
                return maybe_turns(m, each, going, over, items, values, k)
        of_deques = changes_now(m, asked(over))
        values = each.turn(m, items[k], values)
        for known in of_deques:
            known.check(m, values[0] if each.eqn.breakable else Const(True))
        k += 1
        if (now := states_in(m, over)) != before:
            items, before = present_items(m, over, len(items)), now
    return values


def states_in(m: Machine, over: Value) -> list[State | Unknown]:
    """The states of the lists, dicts and vectors that a loop goes through; rows of other arrays are views."""
    if m.is_array(over) and isinstance(over, Ref):
        root = m.heap.root(over.id)
        return [m.heap.unknown.get(root, m.heap.states[root])] if is_vector(m, over) else []
    if isinstance(over, Ref):
        state = m.state(over.id)
        rows = buffers(state) if isinstance(state, GrownState) else ()
        inside = [m.heap.unknown.get(row, m.heap.states[row]) for row in map(m.heap.root, rows)]
        return [state, *inside] if isinstance(state, (ListState, GrownState, DictState)) else []
    return [state for part in parts(over) for state in states_in(m, part)]


def is_vector(m: Machine, array: Ref) -> bool:
    """Whether the items of an array are numbers, which are read when a turn begins."""
    if array.id in m.heap.unknown or m.heap.root(array.id) in m.heap.unknown:
        return True
    state = m.heap.states[array.id]
    return array_type(m.array(state.base if isinstance(state, SizedState) else array.id)).ndim == 1


def present_items(m: Machine, over: Value, count: int) -> Sequence[Value]:
    """The items of a list or vector that has changed while a loop goes through it."""
    items = items_in_turn(m, over) if can_look_again(m, over) else None
    is_list = isinstance(over, Ref) and isinstance(m.state(over.id), ListState)
    if items is None or len(items) > UNROLL_LIMIT or (len(items) != count and not is_list):
        m.fail(
            UnsupportedError,
            f"{m.describe(over)} changes while a loop goes through it",
            "loop over a copy: list(...)",
        )
    return items


# -- Python operations -------------------------------------------------------------------------------------------------


def truth_value(m: Machine, value: Value) -> Value:
    """`bool(value)`."""
    value = m.narrowed(value)
    if isinstance(value, Maybe) and value.for_none:
        return both(m, Num(value.defined, "python"), truth_value(m, value.value))
    value = m.use(value)
    if isinstance(value, View) and as_table(m, value.of) is not None:
        value = value.of
    if isinstance(value, Const):
        return constant(m, lambda: bool(value.value), "bool", value)
    if isinstance(value, Num):
        return Num(truth(m, value.atom), "python")
    list_of = grown(m, value)
    if list_of is not None:
        return m.call(Const(operator_module.gt), [length(list_of), Const(0)], [])
    method = method_of(m, value, "__bool__") or method_of(m, value, "__len__")
    if method is not None:
        return truth_value(m, m.call(Const(method), [value], []))
    found = comparable_items(m, value)
    if found is not None:
        return Const(bool(found[1]))
    if m.is_array(value):
        return _truth_of_array(m, value)
    if isinstance(value, Range):
        return truth_value(m, range_length(m, value))
    if isinstance(value, View):
        return Const(bool(children(m, value.of)))
    return Const(True)


def _truth_of_array(m: Machine, value: Value) -> Value:
    found = m.operand(value)
    assert found is not None
    if any(d != 1 for d in array_type(found[0]).shape):
        m.fail(
            TypeCheckError, f"the truth value of an array of type {found[0].type} is ambiguous", "use .any() or .all()"
        )
    return Num(truth(m, m.emit("reshape", found[0], shape=()) if array_type(found[0]).shape else found[0]), "python")


def truth_not(m: Machine, value: Value) -> Value:
    return negate(m, truth_value(m, value))


def read_global(m: Machine, name: str) -> Value:
    owner = m.frames[-1].owner
    assert owner is not None and m.world is not None
    space = owner.__globals__
    if name in space:
        return m.world.read(m, ("global", id(space), name), lambda: space[name])
    builtins = space["__builtins__"]
    table = builtins if isinstance(builtins, dict) else vars(builtins)
    if name not in table:
        graph = m.frames[-1].graph
        known = {*space, *table, *(names_in(graph.loc) if graph.loc else ())} - {name}
        m.fail(
            NameCheckError, f"name {name!r} is not defined", meant(name, known, "define or import it before the call")
        )
    return Const(table[name])


def read_free(m: Machine, name: str) -> Value:
    owner = m.frames[-1].owner
    assert owner is not None and m.world is not None
    cell = (owner.__closure__ or ())[owner.__code__.co_freevars.index(name)]
    if cell == types.CellType():
        m.fail(
            NameCheckError, f"variable {name!r} is not bound when it is read here", f"assign {name!r} before the call"
        )
    return m.world.read(m, ("free", id(cell)), lambda: cell.cell_contents)


def make_list(m: Machine, args: Sequence[Value], starred: Sequence[int]) -> Value:
    """`[x, *xs]`, where xs may be of run-time length."""
    mark = m.mark()
    try:
        return m.new_list(display(m, args, starred))
    except NeedStatic as need:
        if need.may_be_met:
            raise
        m.rewind(mark)
    made = m.new_list(())
    for k, value in enumerate(args):
        m.call(BuiltinMethod("extend" if k in starred else "append", made), [m.use(value)], [])
    return made


def make_dict(m: Machine, args: Sequence[Value], starred: Sequence[int]) -> Value:
    if args and (m.loc in m.open_dicts or any(as_table(m, m.use(args[2 * k + 1])) is not None for k in starred)):
        return make_table(m, args, starred)
    found: dict[Any, Value] = {}
    for k in range(len(args) // 2):
        key, value = args[2 * k], m.use(args[2 * k + 1])
        if k in starred:
            value = in_it(m, value)
            names = keys(m, value)
            if names is None:
                m.fail(TypeCheckError, f"{m.describe(value)} cannot be unpacked with **")
            found.update(zip(names, children(m, value) or (), strict=True))
        else:
            found[key_of(m, None, key)] = value
    return m.new_dict(tuple(found), tuple(found.values()))


def make_table(m: Machine, args: Sequence[Value], starred: Sequence[int]) -> Value:
    """A display of a dict of run-time keys."""
    new = new_table(m)
    for k in range(len(args) // 2):
        if k in starred:
            m.call(m.call(Const(getattr), [new, Const("update")], []), [m.use(args[2 * k + 1])], [])
        else:
            m.call(Const(operator_module.setitem), [new, args[2 * k], m.use(args[2 * k + 1])], [])
    return new


def call(m: Machine, eqn: Prim, args: list[Value]) -> Value:
    names, starred = eqn.attr("keywords"), eqn.attr("starred")
    fn, rest = m.use(args[0]), args[1:]
    count = len(rest) - len(names)
    read = m.narrowed if is_written_in_python(fn) else m.use
    positional = display(m, [read(v) if is_optional(v) else v for v in rest[:count]], starred, kept=is_optional)
    keywords: list[tuple[str, Value]] = []
    for name, value in zip(names, rest[count:], strict=True):
        if name is not None:
            keywords.append((name, read(value) if is_optional(value) else m.use(value)))
            continue
        value = in_it(m, m.use(value))
        found = keys(m, value)
        if found is None:
            m.fail(TypeCheckError, f"{m.describe(value)} cannot be unpacked with **")
        keywords += zip(found, children(m, value) or (), strict=True)
    return m.call(fn, positional, keywords)


def is_written_in_python(fn: Value) -> bool:
    """Whether a function is run as a program: it may get what may be None."""
    inner = fn.fn if isinstance(fn, Bound) else fn
    return isinstance(inner, Fn) or (isinstance(inner, Const) and isinstance(inner.value, FunctionType))


def format_string(m: Machine, args: Sequence[Value], specs: Sequence[Any]) -> Value:
    """An f-string: of compile-time values a string, else a message."""
    pairs = zip(args, specs, strict=True)
    return string(joined([formatted(m, m.use(v), *(spec if spec is not None else ("", ""))) for v, spec in pairs]))


def cell_get(m: Machine, cell: Value, name: str, free: bool) -> Value:
    """The value of the variable `name`, which is in a cell; `free`: of a function around this one."""
    assert isinstance(cell, Ref)
    state = m.state(cell.id)
    assert isinstance(state, CellState)
    (value,) = state.items
    return read_variable(m, value, name, free)


def read_variable(m: Machine, value: Value, name: str, free: bool) -> Value:
    """The value of a variable, which must be bound; it may be None."""
    if is_optional(value):
        return m.narrowed(value)
    if isinstance(value, (Undef, Maybe)):
        value = replace(value, name=name)
    return m.use(value, free)


def collector(m: Machine, cls: Value) -> Value:
    """A class that a generator expression is given to; it is made a list before."""
    if not isinstance(cls, Const) or cls.value not in COLLECTORS:
        text = f"a generator expression for {m.describe(cls)} is not supported: its items are made one by one"
        m.fail(UnsupportedError, text, "a list comprehension: put it in `[...]`")
    return cls


def appends(m: Machine, target: Value) -> Value:
    """What a generator expression extends: its items are appended one by one."""
    is_list = isinstance(target, Ref) and isinstance(m.state(target.id), LISTS)
    if not is_list and not is_queue(m, target):
        text = f"a generator expression that extends {m.describe(target)} is not supported"
        m.fail(UnsupportedError, f"{text}: its items are made one by one", "a list comprehension: put it in `[...]`")
    return target


def cell_set(m: Machine, cell: Value, value: Value) -> None:
    assert isinstance(cell, Ref)
    m.put(cell.id, CellState((value,)))


def operate(m: Machine, op: str, a: Value, b: Value) -> Value:
    """`a op b`; of a string and `%` its formatting."""
    template = as_message(m.use(a)) if op == "%" else None
    return operator(m, op, a, b) if template is None else percent(m, template, m.use(b))


def inplace(m: Machine, op: str, a: Value, b: Value) -> Value:
    """`a op= b`: arrays and lists change in place, everything else is a new value."""
    a = m.use(a)
    if m.is_array(a) and isinstance(a, Ref) and m.kind(a.id) == "numpy":
        return update_in_place(m, op, a, m.use(b))
    if grown(m, a) is not None and isinstance(a, Ref) and op == "+":
        m.call(BuiltinMethod("extend", a), [b], [])
        return a
    if isinstance(a, Ref) and isinstance(m.state(a.id), ListState) and not _is_numpy(m, b):
        if op == "+":
            lengthened(m, a, lambda: display(m, [b], [0]), m.use(b))
            return a
        repeated = m.state(new.id) if op == "*" and isinstance(new := operator(m, op, a, b), Ref) else None
        if isinstance(repeated, ListState):
            set_items(m, a, repeated.items)
            return a
    if keys(m, a) is not None and op == "|":
        m.call(BuiltinMethod("update", a), [m.use(b)], [])
        return a
    names = {
        "+": "iadd",
        "-": "isub",
        "*": "imul",
        "/": "itruediv",
        "//": "ifloordiv",
        "%": "imod",
        "**": "ipow",
        "@": "imatmul",
        "<<": "ilshift",
        ">>": "irshift",
        "&": "iand",
        "|": "ior",
        "^": "ixor",
    }
    method = method_of(m, a, f"__{names[op]}__")
    if method is not None:
        return m.call(Const(method), [a, m.use(b)], [])
    return operator(m, op, a, b)


def _is_numpy(m: Machine, value: Value) -> bool:
    """Whether an operand makes an operator NumPy's."""
    found = m.operand(value)
    return found is not None and found[1] != "python"


Handler = Callable[[Machine, Prim, list[Value]], list[Value]]


def _one(fn: Callable[..., Value]) -> Handler:
    return lambda m, eqn, args: [fn(m, *args)]


def _effect(fn: Callable[..., Any]) -> Handler:
    def handler(m: Machine, eqn: Prim, args: list[Value]) -> list[Value]:
        fn(m, *args)
        return [NONE] * len(eqn.outputs)

    return handler


PYTHON: dict[str, Handler] = {
    "py.global": lambda m, e, a: [read_global(m, e.attr("name"))],
    "py.free": lambda m, e, a: [read_free(m, e.attr("name"))],
    "py.binary": lambda m, e, a: [operate(m, e.attr("op"), *a)],
    "py.inplace": lambda m, e, a: [inplace(m, e.attr("op"), *a)],
    "py.unary": lambda m, e, a: [truth_not(m, *a) if e.attr("op") == "not" else unary(m, e.attr("op"), *a)],
    "py.truth": _one(truth_value),
    "py.compare": lambda m, e, a: [compare(m, e.attr("op"), *a)],
    "py.getattr": lambda m, e, a: [get_attribute(m, m.use(a[0]), e.attr("name"))],
    "py.setattr": lambda m, e, a: _effect(lambda m, x, v: set_attribute(m, m.use(x), e.attr("name"), m.use(v)))(
        m, e, a
    ),
    "py.getitem": lambda m, e, a: [get_item(m, m.use(a[0]), m.use(a[1]))],
    "py.setitem": _effect(lambda m, x, i, v: set_item(m, m.use(x), m.use(i), m.use(v))),
    "py.delitem": _effect(lambda m, x, i: delete_item(m, m.use(x), m.use(i))),
    "py.slice": lambda m, e, a: [Slice(*(m.use(v) for v in a))],
    "py.tuple": lambda m, e, a: [Tup(display(m, a, e.attr("starred")))],
    "py.list": lambda m, e, a: [make_list(m, a, e.attr("starred"))],
    "py.dict": lambda m, e, a: [make_dict(m, a, e.attr("starred"))],
    "py.call": lambda m, e, a: [call(m, e, a)],
    "py.unpack": lambda m, e, a: unpack(m, a[0], e.attr("before"), e.attr("after"), e.attr("star")),
    "py.format": lambda m, e, a: [format_string(m, a, e.attr("specs"))],
    "py.cell": lambda m, e, a: [Ref(m.heap.alloc(CellState(tuple(a)) if a else CellState()))],
    "py.cell_get": lambda m, e, a: [cell_get(m, a[0], e.attr("name"), e.attr("free"))],
    "py.cell_set": _effect(cell_set),
    "py.appends": lambda m, e, a: [appends(m, m.use(a[0]))],
    "py.collector": lambda m, e, a: [collector(m, m.use(a[0]))],
    "py.bound": lambda m, e, a: [m.narrowed(a[0]) if is_optional(a[0]) else m.use(a[0], e.attr("free"))],
    "py.undef": lambda m, e, a: [Undef(e.attr("name"))],
    "py.never": lambda m, e, a: [NEVER],
    "py.match_sequence": lambda m, e, a: [match_sequence(m, m.use(a[0]), e.attr("count"), e.attr("star"))],
    "py.match_mapping": lambda m, e, a: [match_mapping(m, m.use(a[0]), e.attr("count"))],
    "py.match_keys": lambda m, e, a: [match_keys(m, m.use(a[0]), a[1:])],
    "py.match_class": lambda m, e, a: [match_class(m, m.use(a[0]), m.use(a[1]), e.attr("count"), e.attr("names"))],
    "py.import": lambda m, e, a: [import_module(m, e.attr("module"), e.attr("name"))],
    "py.with": lambda m, e, a: [enter(m, m.use(a[0]))],
    "py.raise": _one(raise_exception),
    "py.refuse": lambda m, e, a: m.fail(UnsupportedError, e.attr("message"), e.attr("instead")),
    "py.raise_assert": lambda m, e, a: [raise_with(m, AssertionError, a)],
}
