"""From a Python function and the types of its arguments to a typed module: the entry of inference.

An attempt may find that it needs another hidden input, or an integer at compile time; then it begins again knowing so.
A `Specialised` has everything that a caller needs: which leaves to pass, which values to compare first, and what to
make of the leaves that come back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from myialike.errors import CompileError, CompilerBug, UnsupportedError, bug, deep_recursion
from myialike.infer import dicts, growing, row_writes, rows
from myialike.infer.choices import settled
from myialike.infer.describe import Description
from myialike.infer.dispatch import call, invoke
from myialike.infer.freeze import Thawing
from myialike.infer.heap import Pools, Site
from myialike.infer.isolate import name_params
from myialike.infer.machine import ONE_OF_TWO, Machine, NeedStatic, Services, Unreachable
from myialike.infer.naming import with_names
from myialike.infer.outside import Getter, Outside
from myialike.infer.parameters import parameter_names
from myialike.infer.picked import refuse_escapes
from myialike.infer.pools import PoolChanges, enter_given, make_pools
from myialike.infer.results import results
from myialike.infer.shared import Sharing, TooLarge
from myialike.infer.signals import Signal, Undecided
from myialike.infer.spec import Spec, check_result
from myialike.infer.values import NONE, Const, Value, name_of
from myialike.ir.builder import Builder, Names
from myialike.ir.syntax import Atom, Graph, Lit, Module, Var
from myialike.ir.types import I64, Array

MAX_ATTEMPTS = 200


@dataclass(frozen=True, slots=True)
class Specialised:
    """A function inferred for arguments of some types.

    Attributes:
        module: leaves of the arguments, then of the hidden inputs -> leaves of the result, of the pools, and of the
            changed objects.
        result: the spec of the result; "entry" means an object of the arguments or hidden inputs, by number.
        changed: the numbers of the objects that were changed, with the specs of their new states.
        pools: the specs of the pools that instances in the result or the changed objects are in.
        hidden: how to read the hidden inputs, and `hidden_specs` what they were.
        guards: how to read the other things outside, and what they were.
        static: the numbers and values of the leaves that are compiled in.
        contiguous: the numbers of the objects that must be arrays in C order.
        reordered: the numbers of the leaves that are arrays in an order of which nothing is known.
    """

    module: Module
    result: Spec
    changed: tuple[tuple[int, Spec], ...]
    pools: tuple[Spec, ...]
    hidden: tuple[Getter, ...]
    hidden_specs: tuple[Spec, ...]
    guards: tuple[tuple[Getter, Spec], ...]
    static: tuple[tuple[int, Any], ...]
    contiguous: tuple[int, ...]
    reordered: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be inferred: see `specialise`."""

    fn: Any
    args: Sequence[Spec]
    keywords: Sequence[tuple[str, Spec]]
    given: Description
    services: Services
    is_jax: Callable[[Any], str]
    static: frozenset[int]
    capacities: Mapping[str, int]


def specialise(
    fn: Any,
    args: Sequence[Spec],
    keywords: Sequence[tuple[str, Spec]],
    given: Description,
    services: Services,
    is_jax: Callable[[Any], str],
    static: frozenset[int] = frozenset(),
    capacities: Mapping[str, int] = MappingProxyType({}),
) -> Specialised:
    """Infer `fn` for arguments of these specs; `given` has the values of leaves that must be static.

    `capacities` is how much room lists of run-time length have, by the places where they begin. Where run time decides
    which instances of a class are changed, they are given pools (`myialike.infer.pools`); if they cannot have them, the
    program is refused as it was without. Dicts of which only run time knows a key are made so that it may
    (`myialike.infer.dicts`). Where results have copies of instances that the caller has or gets, they are
    given pools as well; if they cannot have them, it stays at the copies.
    """
    asked = _Asked(fn, args, keywords, given, services, is_jax, static, capacities)
    pools, refused, open_dicts, chooses = Pools(), None, frozenset[Site](), False
    found: Specialised | None = None
    while True:
        try:
            found = _with_pools(asked, pools, open_dicts, chooses)
            if not pools.more(pools.lost):
                return found
        except CompilerBug:
            raise
        except CompileError as error:
            refused = refused if refused is not None and (pools.are_refused or open_dicts or chooses) else error
            if not error.dicts <= open_dicts:
                open_dicts |= error.dicts
            elif not pools.more(pools.wanted | pools.lost):
                if found is not None:
                    return found
                if pools.are_choices_asked and not chooses:
                    chooses = True
                    continue
                if chooses and error.hint != ONE_OF_TWO:
                    raise  # what the program is refused for besides
                raise _explained(refused, error, open_dicts) from refused.__cause__


def _explained(refused: CompileError, last: CompileError, open_dicts: frozenset[Site]) -> CompileError:
    """The first error, with what the last one was where dicts had been made for run-time keys."""
    if refused is last or not refused.dicts & open_dicts:
        return refused
    why = f"as a dict of run-time keys it was refused: {last.message}"
    return type(refused)(refused.message, refused.loc, refused.hint, (*refused.notes, why))


def _with_pools(asked: _Asked, pools: Pools, open_dicts: frozenset[Site], chooses: bool) -> Specialised:
    """Attempts until one needs nothing that was not known when it began."""
    outside, sharing, static = Outside(asked.is_jax), Sharing(), asked.static
    tracks, tells, counts = False, True, False
    for _ in range(MAX_ATTEMPTS):
        m = _machine(asked.services)
        m.sharing, m.world, m.capacities, m.pools = sharing.again(), outside, asked.capacities, pools
        m.tracks, m.tells, m.counts, m.open_dicts, m.chooses = tracks, tells, counts, open_dicts, chooses
        try:
            with deep_recursion():
                if counts:
                    m.heap.count_turns(Lit(0, Array(I64)))
                found = _attempt(m, asked, outside, static)
            if not outside.incomplete:
                return found
        except TooLarge as large:
            sharing = large.sharing
        except PoolChanges:
            pass
        except Undecided as undecided:
            tracks, tells, counts = True, tells and not undecided.shows, counts or undecided.turns
        except _NeedLeaves as need:
            if outside.incomplete:
                continue
            more = need.numbers - static
            if not more or not all(need.floats or is_whole(need.leaves[k]) for k in more):
                raise need.error from None
            static |= more
        except Exception:
            if not outside.incomplete:
                raise
    raise UnsupportedError("inference does not come to an end: each attempt needs another outside value", None)


def is_whole(leaf: Any) -> bool:
    """Whether a function may be compiled anew for each value of a leaf."""
    return isinstance(leaf, (bool, int, np.integer, np.bool_))


class _NeedLeaves(Signal):
    """The numbers of leaves that must be known at compile time, all leaves, and what to say if that cannot be."""

    def __init__(self, numbers: frozenset[int], leaves: Sequence[Any], need: NeedStatic) -> None:
        self.numbers, self.leaves, self.error, self.floats = numbers, leaves, need.error, need.floats


def _attempt(m: Machine, asked: _Asked, outside: Outside, static: frozenset[int]) -> Specialised:
    args, keywords, described = asked.args, asked.keywords, asked.given.fork()
    hidden = outside.describe_into(described)
    specs = [*args, *(s for _, s in keywords), *hidden]
    builder = m.builder = Builder(Names())
    m.chain = [builder]
    make_pools(m)
    callee = Const(asked.fn)
    hints = [*parameter_names(callee, len(args)), *(k for k, _ in keywords), *(_name_hint(k) for k in outside.hidden)]
    params = name_params(builder, specs, hints)
    m.entry_params = set(params)
    m.reordered = {params[k] for k in described.reordered}
    m.entry_name = name_of(callee)
    atoms: list[Atom] = [_constant(p, described.leaves[k]) if k in static else p for k, p in enumerate(params)]
    numbers = {p: k for k, p in enumerate(params)}
    thawed = Thawing(m, iter(atoms))
    values = [thawed.make(s) for s in specs]
    count, named = len(args), len(args) + len(keywords)
    outside.begin(iter(values[named:]))
    pairs = [(k, v) for (k, _), v in zip(keywords, values[count:named], strict=True)]
    m.entry_ids = set(thawed.ids)
    dicts.begin_given(m, thawed.ids)
    before = m.heap.copy()
    try:
        enter_given(m, thawed.ids)
        result = _run(m, callee, values[:count], pairs)
        spec, changed, pools, leaves = results(m, result, thawed.ids, before)
        refuse_escapes((spec, changed), m.entry_name)
        check_result(spec, m.entry_name)
    except NeedStatic as need:
        raise _NeedLeaves(frozenset(numbers[r] for r in need.roots), described.leaves, need) from None
    except (CompileError, TooLarge, Undecided, PoolChanges, Warning):
        raise
    except Exception as error:
        raise bug(error, m.at) from error
    entry = with_names(Graph(m.entry_name, builder.block(leaves), loc=m.loc), m.wishes.get(builder.names, {}))
    m.sharing.check_size(entry.body)
    module = Module((entry, *m.graphs.values())).reachable()
    return Specialised(
        module,
        spec,
        changed,
        pools,
        tuple(outside.hidden.values()),
        hidden,
        tuple(outside.guards.values()),
        tuple((k, described.leaves[k]) for k in sorted(static)),
        tuple(k for k, _ in changed if thawed.ids[k] in m.reshaped),
        tuple(described.reordered),
    )


def _machine(services: Services) -> Machine:
    """A machine that calls what is above it."""
    m = Machine(services)
    m.call = lambda f, a, k: call(m, f, a, k)
    m.invoke = lambda h, n, a, k: invoke(m, h, n, a, k)
    m.begin_dict = lambda ref: dicts.begin(m, ref, m.loc)
    m.look_again = lambda id: growing.look_again(m, id)
    m.row = lambda state: rows.state_of(m, state)
    m.change_row = lambda id, old, new: row_writes.change(m, id, old, new)
    return m


def _run(m: Machine, callee: Value, args: list[Value], keywords: list[tuple[str, Value]]) -> Value:
    try:
        return m.use(settled(m, m.call(callee, args, keywords)))
    except Unreachable:
        return NONE


def _constant(param: Var, value: Any) -> Lit:
    return Lit(value.item() if hasattr(value, "item") else value, param.type)


def _name_hint(key: tuple[Any, ...]) -> str:
    return key[2] if len(key) > 2 and isinstance(key[2], str) else "captured"
