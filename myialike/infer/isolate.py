"""Running a function by itself: a graph of its own, from the leaves of its arguments to the leaves of its results.

Recursion and differentiation need this. Everything that the function can reach (arguments, captured variables, hidden
inputs) goes in as parameters, with the objects' identities kept; its result and the new states of the objects that it
changed come out. `apply` carries these back into the program that asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from myialike.errors import UnsupportedError
from myialike.infer.choices import settled
from myialike.infer.dicts import begin_inside, touched
from myialike.infer.freeze import Freezing, Thawing, rows_are_apart
from myialike.infer.growing import Regrow
from myialike.infer.heap import ArrayState, Heap, RowState, ViewState
from myialike.infer.homes import come_home
from myialike.infer.machine import Around, Machine, NeedStatic, Unreachable
from myialike.infer.naming import with_names
from myialike.infer.picked import packed_inside
from myialike.infer.pools import enter, enter_given, leave, make_pools, stay_outside
from myialike.infer.spec import Spec, leaf_types
from myialike.infer.values import Ref, Value
from myialike.ir.builder import Builder, Names
from myialike.ir.names import hinted
from myialike.ir.syntax import Atom, Block, Graph, Lit, Var


@dataclass(frozen=True, slots=True, eq=False)
class Isolated:
    """A function as a graph, and how to get in and out.

    Attributes:
        graph: leaves of `specs` -> leaves of `result`, then of `changed`.
        specs: of the arguments, then of the hidden inputs.
        inputs: the outer atoms of the leaves.
        ids: the outer objects that went in, by number.
        result: the spec of the result, "entry" meaning an object that went in.
        changed: the objects whose state is new, by number, and the specs of their states.
        viewed: the objects of the result that show or may be objects that went in, by their numbers.
        reshaped: the objects that went in and must be arrays in C order, by number.
        reordered: the leaves that come out and may be arrays in another order, by number.
        one: the pairs of objects that went in, by number, that were taken to be one, perhaps.
        among: the pairs of objects that come out, by their numbers, that may be one.
        asks: whether it matters to the function that no others are one.
    """

    graph: Graph
    specs: tuple[Spec, ...]
    inputs: tuple[Atom, ...]
    ids: tuple[int, ...]
    result: Spec
    changed: tuple[tuple[int, Spec], ...]
    viewed: tuple[tuple[int, int], ...] = ()
    reshaped: tuple[int, ...] = ()
    reordered: tuple[int, ...] = ()
    one: frozenset[tuple[int, int]] = frozenset()
    among: frozenset[tuple[int, int]] = frozenset()
    asks: bool = False

    def same_interface(self, other: Isolated) -> bool:
        """Whether a caller sees no difference between two graphs of a function."""
        mine, others = ((g.result, g.changed, g.viewed, g.reordered, g.among) for g in (self, other))
        return mine == others

    def leaf_range(self, k: int) -> range:
        """Which leaves are argument `k`'s."""
        counts = [sum(1 for _ in leaf_types(s)) for s in self.specs]
        return range(sum(counts[:k]), sum(counts[: k + 1]))


class ByValue(Freezing):
    """What goes in and comes out: of instances in pools what they hold."""

    in_pools = False


Run = Callable[[list[Value]], Value]


def isolate(
    m: Machine,
    values: Sequence[Value],
    hints: Sequence[str],
    run: Run,
    name: str,
    dynamic: Sequence[bool],
    as_known: bool = False,
    known: frozenset[int] = frozenset(),
    keeps_dicts: bool = False,
) -> Isolated:
    """Run `run(values)` in a graph of its own. `dynamic` says in which values numbers known now become leaves, but for
    the `known`, by the numbers that `NeedStatic.known` gives.

    `keeps_dicts`: dicts that have run-time keys inside need have none outside, so derivatives have their structure.
    `as_known`: it may use what is known of the numbers that go in, their bounds, and which of them are one.
    """
    assert m.world is not None
    frozen = ByValue(m, known=known, has_slots=True)
    hidden = m.world.values()
    specs = tuple(frozen.add(v, d) for v, d in zip(values, dynamic, strict=True)) + tuple(frozen.add(v) for v in hidden)
    builder = Builder(Names(), m.loc)
    params = name_params(builder, specs, [*hints, *("hidden" for _ in hidden)])
    one, m.asks_which, asked, outer = frozen.may_be_one(), False, m.asks_which, m.heap
    with _inside(m, builder, params, frozen):
        m.reordered = {params[k] for k in frozen.disordered}
        given = [params[k] for k in frozen.alike()] if as_known else params
        make_pools(m)
        thawed = Thawing(m, iter(given), bounds=frozen.bounds if as_known else {})
        arguments = [thawed.make(s) for s in specs]
        m.entry_ids = set(thawed.ids)
        begin_inside(m, thawed.ids, outer, None if keeps_dicts else frozen.ids)
        for j, k in one:
            m.heap.pair(thawed.ids[j], thawed.ids[k])
        with m.world.showing(arguments[len(values) :]):
            before = m.heap.copy()
            enter_given(m, thawed.ids)
            try:
                result = run(arguments[: len(values)])
            except Regrow as need:
                raise outward(m, need, thawed.ids, frozen.ids) from None
            except Unreachable as end:
                end.block, end.inputs = Block(tuple(params), tuple(builder.eqns), ()), tuple(frozen.atoms)
                raise
            spec, changed, frozen_result = outcome(m, result, thawed.ids, before)
            reshaped = tuple(k for k, inner in enumerate(thawed.ids) if inner in m.reshaped)
            reordered = tuple(k for k, atom in enumerate(frozen_result.atoms) if atom in m.reordered)
            among = frozen_result.may_be_one()
    m.reshaped.update(frozen.ids[k] for k in reshaped)
    refuse_overlap(m, frozen.ids, changed)
    graph = with_names(Graph(name, builder.block(frozen_result.atoms), loc=m.loc), m.wishes.get(builder.names, {}))
    viewed, atoms, ids = tuple(frozen_result.viewed), tuple(frozen.atoms), tuple(frozen.ids)
    asks, m.asks_which = m.asks_which, m.asks_which or asked
    return Isolated(graph, specs, atoms, ids, spec, changed, viewed, reshaped, reordered, one, among, asks)


@contextmanager
def raising_outside(m: Machine) -> Iterator[None]:
    """Where a function that is run by itself never returns, what it does until it raises is done by the caller."""
    try:
        yield
    except Unreachable as end:
        if end.block is not None:
            m.builder.splice(end.block, end.inputs)
            end.block = None
        raise


def outward(m: Machine, need: Regrow, inner: Sequence[int], outer: Sequence[int]) -> Exception:
    """A list that must be of run-time length inside of the graph must be so outside."""
    if need.id in inner:
        return Regrow(outer[inner.index(need.id)], need.spec, need.capacity, need.exact)
    return m.error(UnsupportedError, "a list grows here that is of known length where it was made")


def refuse_overlap(m: Machine, ids: Sequence[int], changed: Sequence[tuple[int, Spec]]) -> None:
    """Refuse a function that changes an array of which it is also given another view."""
    data, states = [m.heap.data(id) for id in ids], [m.heap.states[id] for id in ids]

    def apart(j: int, k: int) -> bool:
        a, b = states[j], states[k]
        return isinstance(a, RowState) and isinstance(b, RowState) and rows_are_apart(m, a, b)

    for k, _ in changed:
        others = frozenset[int]().union(*map(m.heap.candidates, data[k]))
        if any(not others.isdisjoint(found) for j, found in enumerate(data) if j != k and not apart(j, k)):
            m.fail(
                UnsupportedError,
                "a function that is recursive or differentiated is given two views of one array, and changes it",
                "pass the array itself, or a copy",
            )


def outcome(
    m: Machine, result: Value, ids: Sequence[int], before: Heap
) -> tuple[Spec, tuple[tuple[int, Spec], ...], Freezing]:
    """The spec of a result, the new states of the objects `ids`, and what has the leaves of both in this order."""
    result = settled(m, result)
    come_home(m, ids)
    result = packed_inside(m, result)
    stay_outside(m, ids, before, instances=False)
    leave(m, [result, *map(Ref, ids)])
    frozen = ByValue(m, {id: k for k, id in enumerate(ids)}, has_slots=True)
    spec = frozen.add(result)
    return spec, new_states(m, ids, before, frozen), frozen


def new_states(m: Machine, ids: Sequence[int], before: Heap, frozen: Freezing) -> tuple[tuple[int, Spec], ...]:
    """The new states of those of the objects `ids` that were changed, by their numbers."""
    changed_ids = set(touched(m, ids, before))
    changed = tuple((k, frozen.state(id)) for k, id in enumerate(ids) if id in changed_ids)
    for id in ids:
        if not m.heap.is_opaque(id):
            m.readable(m.heap.root(id))
    return changed


def name_params(builder: Builder, specs: Sequence[Spec], hints: Sequence[str]) -> list[Var]:
    """A parameter for each leaf of `specs`, named after what it is a part of."""
    pairs = zip(specs, map(hinted, hints), strict=True)
    return [builder.param(hint, type) for spec, hint in pairs for type in leaf_types(spec)]


class _inside:
    """The machine set to a graph of its own; a need for a compile-time number is traced to the outer atoms."""

    def __init__(self, m: Machine, builder: Builder, params: list[Var], frozen: Freezing) -> None:
        self.m, self.builder, self.params = m, builder, params
        self.outer = dict(zip(params, frozen.atoms, strict=True))
        self.number = dict(zip(params, frozen.numbers, strict=True))

    def __enter__(self) -> None:
        m = self.m
        self.saved = m.builder, m.heap, m.chain, m.entry_params, m.entry_ids, m.reshaped, m.reordered, m.opened_by
        self.decided = m.decided, m.before_loops, m.around, m.assumed, m.places
        m.assumed, m.places = (), {}  # variables of this graph may have the names of others
        m.around = Around(self.outer, m.chain, m.entry_params, m.around)
        m.decided, m.before_loops = set(), None
        m.entry_ids, m.reshaped, m.reordered, m.opened_by = set(), set(), set(), frozenset()
        m.builder, m.heap, m.chain, m.entry_params = self.builder, Heap(), [self.builder], set(self.params)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        m = self.m
        m.builder, m.heap, m.chain, m.entry_params, m.entry_ids, m.reshaped, m.reordered, m.opened_by = self.saved
        m.decided, m.before_loops, m.around, m.assumed, m.places = self.decided
        if isinstance(error, NeedStatic):
            roots = frozenset(r for p in error.roots for r in m.roots(self.outer[p]))
            known = frozenset(self.number[p] for p in error.roots if isinstance(self.outer[p], Lit))
            raise NeedStatic(roots, error.error, error.floats, known) from None


def called_again(m: Machine, found: Isolated, frozen: Freezing) -> Value:
    """The result of calling a graph, that is there already, on other values, which are `frozen`."""
    refuse_overlap(m, frozen.ids, found.changed)
    m.reshaped.update(frozen.ids[k] for k in found.reshaped)
    m.asks_which |= found.asks
    types = [r.type for r in found.graph.results]
    outputs = m.builder.call(found.graph.name, frozen.atoms, types, ["r"] * len(types))
    return apply(m, replace(found, inputs=tuple(frozen.atoms), ids=tuple(frozen.ids)), outputs)


def apply(m: Machine, isolated: Isolated, atoms: Sequence[Atom]) -> Value:
    """The result from the leaves that the graph gave, after carrying out its changes to the objects that went in."""
    leaves = iter(atoms)
    m.reordered.update(atoms[k] for k in isolated.reordered)
    thawing = Thawing(m, leaves, isolated.ids)
    result = thawing.make(isolated.result)
    for k, spec in isolated.changed:
        id = isolated.ids[k]
        if isinstance(m.heap.states[id], (ArrayState, ViewState)):
            m.write(id, next(leaves), reorders=True)
        else:
            is_row = isinstance(m.heap.states[id], RowState)
            m.change(id, m.state(id) if is_row else m.heap.states[id], thawing.state(spec))
    viewed = {new for new, _ in isolated.viewed}
    for k in reversed(range(len(thawing.ids))):
        if k not in viewed:
            enter(m, Ref(thawing.ids[k]))
    for new, old in isolated.viewed:
        m.heap.link(thawing.ids[new], isolated.ids[old])
    for j, k in isolated.among:
        m.heap.pair(thawing.ids[j], thawing.ids[k])
    return result
