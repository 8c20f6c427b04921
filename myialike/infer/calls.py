"""Calls of functions written in Python: binding arguments, running the body in place, and recursion.

A function's body is run where it is called, on what is known there; so it is specialised for each call. Where a
function meets a call of itself with arguments of the same types, it becomes a graph of its own, which calls itself by
name: the first call is run again in a graph of its own, until the type of the result that its recursive calls are taken
to give is the type that it gives. In the first of these runs a recursive call does not return at all; other paths tell
the type.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any

from myialike.errors import CompileError, CompilerBug, TypeCheckError, UnsupportedError
from myialike.infer.annotations import check_parameters, check_result
from myialike.infer.dict_places import open_tables
from myialike.infer.freeze import Freezing
from myialike.infer.growing import grow, length_atom, set_length, with_length
from myialike.infer.heap import CellState, DictState, GrownState, Heap, ListState, ObjectState, State
from myialike.infer.isolate import ByValue, Isolated, apply, called_again, isolate, refuse_overlap
from myialike.infer.items import has_leaves, item_spec
from myialike.infer.machine import Frame, Machine, NeedStatic, Unreachable
from myialike.infer.origins import calls
from myialike.infer.run import run_block
from myialike.infer.shared import named, shared_call
from myialike.infer.signals import Signal
from myialike.infer.spec import Spec, has_rows
from myialike.infer.values import Const, Fn, Num, Ref, Tup, Value, as_num, is_number, parts
from myialike.infer.widen import Mismatch
from myialike.ir.builder import Builder
from myialike.ir.names import numberless
from myialike.ir.syntax import Graph, Var

MAX_INLINE_DEPTH = 60
FEW_CALLS = 8  # of a function by itself, one in the other, after which lists that get longer from call to call tell
MAX_ROUNDS = 20
HOLDERS = DictState, ObjectState, CellState  # what may hold lists


@dataclass(eq=False, slots=True)
class Active:
    """A running function: its graph, what it runs on, and, if it has become a graph of its own, that graph's name.

    `inline` says that its calls of itself are run in place, `repeats` that it is such a call, of which no more is known
    than of one around it: running its own calls in place as well would go on for ever.
    """

    graph: Graph
    values: list[Value]
    key: Spec
    mark: tuple[Builder, int, Heap]
    name: str | None = None
    known: Isolated | None = None
    called: bool = False
    inline: bool = False
    repeats: bool = False

    def key_in(self, m: Machine) -> Spec:
        """`key_of` its values, which are in the heap that it was called with; asked for only at a second call."""
        if not self.key:
            with m.inside(m.builder.child(), self.mark[2]):
                self.key = key_of(m, self.values)
        return self.key

    def known_in(self, m: Machine) -> tuple[Any, ...]:
        """`known_of` its values."""
        with m.inside(m.builder.child(), self.mark[2]):
            return known_of(m, self.values)


class Recursion(Signal):
    """A call with the same types as `active` has been met: `active` must become a graph of its own."""

    def __init__(self, active: Active) -> None:
        self.active = active


class Lengthens(Signal):
    """What `active` does makes lists longer that a call of itself gets as well: they are of run-time length before it.

    `specs` has the structure of their items. `is_early`: perhaps the calls would have come to an end.
    """

    def __init__(self, active: Active, specs: dict[int, Spec], is_early: bool = False) -> None:
        self.active, self.specs, self.is_early = active, specs, is_early


def call_python(m: Machine, fn: FunctionType, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]) -> Value:
    """Call a Python function by running its source."""
    graph = m.parse(fn)
    signature = _python_signature(fn)
    bound = bind(m, fn.__name__, signature, args, keywords)

    def default(name: str) -> Value:
        assert m.world is not None
        return m.world.read(m, ("default", id(fn), name), lambda: signature.parameters[name].default)

    values = complete(m, signature, bound, default)
    sizes = check_parameters(m, fn, signature, values)
    result = call_graph(m, graph, values, (), fn)
    check_result(m, fn, sizes, result)
    return result


def _python_signature(fn: FunctionType) -> inspect.Signature:
    signature = inspect.signature(fn, follow_wrapped=False)
    if not fn.__annotations__:
        return signature
    return inspect.Signature([p.replace(annotation=p.empty) for p in signature.parameters.values()])


def call_closure(m: Machine, fn: Fn, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]) -> Value:
    """Call a function that was made while the program runs."""
    empty = inspect.Parameter.empty
    kinds = inspect._ParameterKind.__members__
    signature = inspect.Signature(
        [
            inspect.Parameter(p.name, kinds[p.kind], default=empty if p.default is None else p.default)
            for p in fn.graph.signature
        ]
    )
    bound = bind(m, fn.graph.name, signature, args, keywords)

    def default(name: str) -> Value:
        return fn.defaults[int(signature.parameters[name].default)]

    return call_graph(m, fn.graph, complete(m, signature, bound, default), fn.captured, fn.owner)


def bind(
    m: Machine, name: str, signature: inspect.Signature, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]
) -> dict[str, Any]:
    try:
        return dict(signature.bind(*args, **dict(keywords)).arguments)
    except TypeError as error:
        m.fail(TypeCheckError, f"{name}() {misfit(str(error), signature, len(args))}", f"call it as {name}{signature}")


def misfit(text: str, signature: inspect.Signature, given: int) -> str:
    """What is wrong with the arguments of a call, from the words of `inspect`."""
    if text == "too many positional arguments":
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        count = sum(p.kind in kinds for p in signature.parameters.values())
        return f"takes {count} positional argument{'s' * (count != 1)}, and {given} are given"
    return text.replace("missing a required argument:", "is called without its argument").replace(
        "missing a required keyword-only argument:", "is called without its keyword argument"
    )


def complete(
    m: Machine, signature: inspect.Signature, bound: dict[str, Any], default: Any, of_library: bool = False
) -> list[Value]:
    """One value for each parameter, defaults and rests included.

    `of_library`: the keywords of a function of ours, which is at the place of the call, are no dict that begins there.
    """
    values: list[Value] = []
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            values.append(Tup(tuple(bound.get(name, ()))))
        elif parameter.kind is parameter.VAR_KEYWORD:
            rest = bound.get(name, {})
            names, items = tuple(rest), tuple(rest.values())
            values.append(Ref(m.heap.alloc(DictState(names, items))) if of_library else m.new_dict(names, items))
        else:
            values.append(bound[name] if name in bound else default(name))
    return values


def call_graph(
    m: Machine, graph: Graph, args: list[Value], captured: Sequence[tuple[Var, Value]], owner: FunctionType | None
) -> Value:
    """Run a dynamic graph on arguments, in place, or as a recursive call.

    Where lists were given a run-time length early, and the function is refused so, it may call itself more often.
    """
    early: tuple[Builder, int, Heap] | None = None
    while True:
        try:
            return _called(m, graph, args, captured, owner)
        except Lengthens as found:
            if found.active in m.active:
                raise
            m.rewind(found.active.mark)
            early = early or (found.active.mark if found.is_early else None)
            for id, spec in found.specs.items():
                _open(m, id, spec)
        except (CompileError, NeedStatic) as refused:
            if early is None or isinstance(refused, CompilerBug):
                raise
            m.rewind(early)
            early, m.is_patient = None, True


def _called(
    m: Machine, graph: Graph, args: list[Value], captured: Sequence[tuple[Var, Value]], owner: FunctionType | None
) -> Value:
    values = [*args, *(v for _, v in captured)]
    same = [a for a in m.active if a.graph is graph]
    if same:
        open_tables(m, values)
    key = key_of(m, values) if same else ()
    inline = bool(same) and same[-1].inline
    repeats = inline and any(a.inline and a.known_in(m) == known_of(m, values) for a in same)
    for active in reversed(same):
        if active.inline:
            break
        if active.key_in(m) == key:
            return recursive_call(m, active, values)
    if len(same) == FEW_CALLS and not m.is_patient and not _may_end(m, same, values):
        refuse_lengthening(m, same[0], values, is_early=True)
    if len(same) > MAX_INLINE_DEPTH:
        refuse_lengthening(m, same[0], values)
        error = m.error(
            UnsupportedError,
            f"{graph.name}() calls itself with arguments of ever new types or structures",
            "give the recursive call arguments of the same types",
        )
        raise NeedStatic(number_roots(m, same[0].values), error)

    def run(values: list[Value]) -> Value:
        pairs = zip((v for v, _ in captured), values[len(args) :], strict=True)
        return run_body(m, graph, values[: len(args)], list(pairs), owner)

    mark = m.mark()
    active = Active(graph, values, key, mark, inline=inline and not repeats, repeats=repeats)
    m.active.append(active)
    try:
        shared: Value | None = shared_call(m, graph, values, run)
        return run(values) if shared is None else shared
    except Recursion as found:
        if found.active is not active:
            raise
        m.rewind(mark)
        return run_recursive(m, active, run)
    finally:
        m.active.remove(active)


def run_recursive(m: Machine, active: Active, run: Callable[[list[Value]], Value]) -> Value:
    """Run a function that calls itself as a graph; where its structure depends on compile-time numbers, in place."""
    mark = m.mark()
    try:
        return run_as_graph(m, active, run)
    except NeedStatic as need:
        if active.repeats or not any(isinstance(v, Const) and is_number(v.value) for v in active.values):
            raise
        m.rewind(mark)
        active.name, active.known, active.inline = None, None, True
        try:
            return run(active.values)
        except NeedStatic as inner:
            raise (inner if inner.roots else need) from None


def number_roots(m: Machine, values: Sequence[Value]) -> frozenset[Var]:
    """The ints at the entry that decide how a function calls itself, as far as its arguments show it."""
    numbers = [n.atom for n in map(as_num, values) if n is not None and n.dtype.kind in "bi"]
    return frozenset[Var]().union(*map(m.roots, numbers))


def key_of(m: Machine, values: Sequence[Value]) -> Spec:
    """What must agree for two calls to be of one graph: structure and types, not the values of numbers."""
    frozen = Freezing(m, has_slots=True)
    return tuple(frozen.add(v, dynamic=True) for v in values)


def known_of(m: Machine, values: Sequence[Value]) -> tuple[Any, ...]:
    """What is known of the arguments of a call: structure, types, and numbers or their bounds."""
    frozen = Freezing(m, has_slots=True)
    return tuple(frozen.add(v) for v in values), frozen.bounds


def run_body(
    m: Machine, graph: Graph, args: Sequence[Value], captured: Sequence[tuple[Var, Value]], owner: FunctionType | None
) -> Value:
    env: dict[Var, Value] = dict(captured)
    env.update(zip(graph.params, args, strict=True))
    frame = Frame(graph, owner, m.loc)
    m.frames.append(frame)
    saved, before = (m.builder.loc, m.eqn, m.named), m.visited + m.sharing.saved
    try:
        (result,) = run_block(m, graph.body, env)
    finally:
        m.frames.pop()
        m.builder.loc, m.eqn, m.named = saved
    m.sharing.note(graph, m.visited + m.sharing.saved - before)
    m.sharing.check_visited(m.visited)
    return result


# -- recursion ------------------------------------------------------------------------------------------------------


def recursive_call(m: Machine, active: Active, values: list[Value]) -> Value:
    """A call of a function that is running with arguments of these types."""
    if active.name is None:
        raise Recursion(active)
    active.called = True
    if active.known is None:
        raise Unreachable
    assert m.world is not None
    frozen = Freezing(m, has_slots=True)
    specs = tuple(frozen.add(v, dynamic=True) for v in values) + tuple(frozen.add(v) for v in m.world.values())
    if specs != active.known.specs:
        error = m.error(
            UnsupportedError,
            f"{active.graph.name}() calls itself with objects of another structure than it was called with",
            "give the recursive call arguments of the same types",
        )
        raise NeedStatic(number_roots(m, active.values), error)
    known = active.known
    if known.asks and not frozen.may_be_one() <= known.one:
        text = f"{active.graph.name}() asks whether two objects are one, and calls itself with two that may be"
        m.fail(UnsupportedError, text, "compare a number that tells which they are")
    types = [r.type for r in known.graph.results]
    outputs = m.builder.call(active.name, frozen.atoms, types, ["r"] * len(types))
    refuse_overlap(m, frozen.ids, known.changed)
    return apply(m, replace(known, inputs=tuple(frozen.atoms), ids=tuple(frozen.ids)), outputs)


def _may_end(m: Machine, same: Sequence[Active], values: Sequence[Value]) -> bool:
    """Whether something that is known besides the lengths of lists may end calls of a function by itself.

    That is a number that is another one in each call, or that some of the calls are under no condition of run time.
    """
    numbers = [[v.value for v in vs if isinstance(v, Const) and is_number(v.value)] for vs in (same[-1].values, values)]
    blocks = [*(active.mark[0] for active in same), m.builder]
    return numbers[0] != numbers[1] or any(a is b for a, b in itertools.pairwise(blocks))


def refuse_lengthening(m: Machine, first: Active, values: Sequence[Value], is_early: bool = False) -> None:
    """Begin again if lists have become longer from call to call, and so the structures of the arguments did."""
    seen: set[int] = set()
    _lengthen(first, dict(_longer(m, first.mark[2], zip(first.values, values, strict=True), seen)), is_early)


def _longer(
    m: Machine, heap: Heap, pairs: Iterable[tuple[Value, Value]], seen: set[int]
) -> Iterator[tuple[int, Spec | None]]:
    """The lists of the first of each pair of values, which are in `heap`, that are longer in the second."""
    for before, now in pairs:
        if not isinstance(before, Ref) or not isinstance(now, Ref):
            yield from _longer(m, heap, zip(parts(before), parts(now), strict=False), seen)
        elif before.id in heap.states and before.id not in seen:
            seen.add(before.id)
            old, new = heap.states[before.id], m.heap.states[now.id]
            known = _known_length(new)
            if known is not None and known > (_known_length(old) or 0):
                with suppress(Mismatch):
                    yield before.id, item_spec(m, now.id)
            if isinstance(old, HOLDERS) and isinstance(new, HOLDERS):
                yield from _longer(m, heap, zip(old.items, new.items, strict=False), seen)


def _known_length(state: State) -> int | None:
    """How many items a list has, if that is known."""
    if isinstance(state, ListState):
        return len(state.items)
    count = state.items[0] if isinstance(state, GrownState) else None
    return count.value if isinstance(count, Const) else None


def _open(m: Machine, id: int, spec: Spec) -> None:
    """Make a list one of run-time length, of which that is not known, whatever it is here."""
    state = m.heap.states[id]
    if isinstance(state, ListState):
        state = grow(m, id, spec)
    assert isinstance(state, GrownState)
    count = Num(m.builder.op("reshape", length_atom(state), shape=()), "python", 0, None)
    if id in m.heap.owners:
        set_length(m, Ref(id), state, count)
    else:
        m.heap.states[id] = with_length(m, state, count)  # of the same value, so at home where it was


def _lengthen(active: Active, specs: Mapping[int, Spec | None], is_early: bool = False) -> None:
    """Begin again with lists of run-time length, where they can go into a graph of their own."""
    able = {id: s for id, s in specs.items() if s is not None and has_leaves(s) and not has_rows(s)}
    if able:
        raise Lengthens(active, able, is_early)


def run_as_graph(m: Machine, active: Active, run: Callable[[list[Value]], Value]) -> Value:
    """Run a recursive function in a graph of its own, until what its recursive calls give is what it gives.

    What has settled once is called by name where the same goes in. A function that takes other structures at other
    depths is several graphs, one in the other, and each round of one would run all those inside of it anew.
    """
    frozen, key = _what_goes_in(m, active)
    if (found := m.settled.get(key)) is not None:
        return called_again(m, found, frozen)
    active.name = named(m, active.graph)
    others = [(a, a.called) for a in m.active if a is not active]
    for other, _ in others:
        other.called = False
    try:
        result, graph = settled(m, active, run, active.name)
    except Exception:
        m.graphs.pop(active.name, None)  # whoever tries something else must not find a graph that was not inferred
        raise
    else:
        if not m.pools.specs and not any(other.called for other, _ in others):
            m.settled[key] = graph  # it calls no function around it, of which it could only know what is known by now
        return result
    finally:
        for other, was_called in others:
            other.called |= was_called


def _what_goes_in(m: Machine, active: Active) -> tuple[Freezing, Any]:
    """The arguments of a function that becomes a graph of its own, and all that this graph depends on."""
    assert m.world is not None
    frozen = ByValue(m, has_slots=True)
    specs = tuple(frozen.add(v, True) for v in active.values) + tuple(frozen.add(v) for v in m.world.values())
    sites = tuple(m.heap.sites.get(id) for id in frozen.ids)
    return frozen, (id(active.graph), specs, frozen.may_be_one(), tuple(frozen.disordered), sites)


def settled(
    m: Machine, active: Active, run: Callable[[list[Value]], Value], name: str
) -> tuple[Value, Isolated]:
    """The rounds of `run_as_graph`, into the graph `name`."""
    hints = [numberless(p.name) for p in active.graph.params]
    hints += ["captured"] * (len(active.values) - len(hints))
    for _ in range(MAX_ROUNDS):
        try:
            found = isolate(
                m,
                active.values,
                hints,
                lambda values: dynamic_result(m, run(values)),
                name,
                [True] * len(active.values),
            )
        except Unreachable:
            if not active.called:
                raise
            loc = active.graph.loc
            text = f"{active.graph.name}() does not return without calling itself: it has no base case"
            hint = "return something before the recursive call, under a condition"
            raise UnsupportedError(text, loc, hint, tuple(calls(m, loc))) from None
        ends = {found.ids[k]: spec for k, spec in found.changed if isinstance(m.heap.states[found.ids[k]], ListState)}
        longer = {id: spec[1] for id, spec in ends.items() if spec[0] == "grown"}
        _lengthen(active, longer)
        known, active.known = active.known, found
        m.graphs[name] = found.graph
        if known is not None and known.same_interface(found):
            types = [r.type for r in found.graph.results]
            outputs = m.builder.call(name, found.inputs, types, ["r"] * len(types))
            return apply(m, found, outputs), found
    m.fail(
        UnsupportedError,
        f"the type of what {active.graph.name}() returns does not settle",
        "return values of one type and structure",
    )


def dynamic_result(m: Machine, value: Value) -> Value:
    """A result with run-time numbers only, so that its type does not depend on the round."""
    num = as_num(value)
    if num is not None:
        return num
    if isinstance(value, Tup):
        return Tup(tuple(dynamic_result(m, v) for v in value.items), value.cls)
    return value
