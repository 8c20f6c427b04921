"""Running the function behind a transformation by itself, so that its graph can be differentiated.

Note [Shared arguments]. `f(x, x)` passes one array under two names, and `grad(f, argnums=0)(x, x)` asks for the
derivative with respect to the first name alone. So what is differentiated becomes an object of its own: an array, list,
... that is also reached by another way, through another argument, a captured variable or twice through one, is copied.
That is no difference to the function, unless it changes the object: then it is refused. Likewise the parts of the
result: an argument that is returned is a result of its own, with a derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from myialike.errors import UnsupportedError
from myialike.infer.heap import ArrayState, RowState, State, ViewState
from myialike.infer.isolate import Isolated, isolate, raising_outside
from myialike.infer.machine import Machine, NeedStatic, array_type
from myialike.infer.parameters import parameter_names
from myialike.infer.values import Ref, Value, name_of, parts, with_parts
from myialike.ir.syntax import Graph, Module

Keywords = Sequence[tuple[str, Value]]


def alone(
    m: Machine,
    fn: Value,
    args: Sequence[Value],
    keywords: Keywords,
    positions: Sequence[int],
    captured: bool = False,
) -> Isolated:
    """Run `fn(*args, **keywords)` by itself, to be differentiated with respect to the values at `positions`.

    The values that go in are the arguments, the keywords, then the function, then what is read from outside. A position
    counts through the arguments and keywords. `captured`: numbers that the function captures are leaves too.
    """
    n = len(args)
    names = [name for name, _ in keywords]
    assert m.world is not None
    hidden = m.world.values
    given = [*args, *(v for _, v in keywords)]
    separate = Separate(m, [*(v for k, v in enumerate(given) if k not in positions), fn, *hidden()])
    given = [separate.value(v) if k in positions else v for k, v in enumerate(given)]

    def run(values: list[Value]) -> Value:
        pairs = list(zip(names, values[n:-1], strict=True))
        result = m.use(m.call(values[-1], values[:n], pairs))
        return Separate(m, [*values, *hidden()]).value(result)

    hints = [*parameter_names(fn, n), *names, "captured"]
    dynamic = [k in positions for k in range(len(given))] + [captured]
    m.derivatives += 1
    m.differentiating += 1
    try:
        with raising_outside(m):
            isolated = knowing(
                lambda known: isolate(
                    m, [*given, fn], hints, run, name_of(fn), dynamic, known=known, keeps_dicts=True
                )
            )
    finally:
        m.differentiating -= 1
    m.sharing.check_size(isolated.graph.body)
    if any(isolated.ids[k] in separate.shared for k, _ in isolated.changed):
        m.fail(
            UnsupportedError,
            f"{name_of(fn)} changes an object that it is differentiated with respect to and that it also "
            "reaches by another name",
            "pass a copy",
        )
    return isolated


def knowing(isolated: Callable[[frozenset[int]], Isolated]) -> Isolated:
    """What `isolated` gives when it is told the leaves that must be known inside, and are known outside."""
    known: frozenset[int] = frozenset()
    while True:
        try:
            return isolated(known)
        except NeedStatic as need:
            if need.roots or need.known <= known:
                raise
            known |= need.known


class Separate:
    """Copies of the objects reached more than once; `shared` are they and their copies. Note [Shared arguments]."""

    def __init__(self, m: Machine, others: Sequence[Value]) -> None:
        self.m = m
        self.seen: set[int] = set()
        self.shared: set[int] = set()
        for value in others:
            self._visit(value)

    def _visit(self, value: Value) -> None:
        if not isinstance(value, Ref):
            for part in parts(value):
                self._visit(part)
        elif value.id not in self.seen:
            self.seen.add(value.id)
            state = self._state(value.id)
            if not isinstance(state, ArrayState | ViewState):
                for item in state.items:
                    self._visit(item)

    def _state(self, id: int) -> State:
        """What an object has; a row of a list is one by itself."""
        state = self.m.heap.states[id]
        return self.m.state(id) if isinstance(state, RowState) else state

    def value(self, value: Value) -> Value:
        """`value` where nothing of it was reached before; else made anew, with copies of what was."""
        if not isinstance(value, Ref):
            old = parts(value)
            new = tuple(self.value(v) for v in old)
            return value if all(a is b for a, b in zip(old, new, strict=True)) else with_parts(value, new)
        again, state = value.id in self.seen, self._state(value.id)
        self.seen.add(value.id)
        if isinstance(state, ArrayState | ViewState):
            return self._copy(value, ArrayState(self.m.array(value.id), self.m.kind(value.id))) if again else value
        items = tuple(self.value(v) for v in state.items)
        same = all(a is b for a, b in zip(state.items, items, strict=True))
        return value if same and not again else self._copy(value, replace(state, items=items))

    def _copy(self, value: Ref, state: State) -> Ref:
        copy = Ref(self.m.heap.alloc(state))
        self.shared |= {value.id, copy.id}
        return copy


def prepared(m: Machine, isolated: Isolated) -> Graph:
    """The graph of a function run by itself, without calls and optimised.

    Where the function calls itself, the graph of its calls has its name already.
    """
    graph = isolated.graph
    while graph.name in m.graphs:
        graph = replace(graph, name=f"{graph.name}_")
    module = Module((graph, *m.graphs.values())).reachable()
    _refuse_unfinished(m, {g.name for g in module.graphs})
    return m.services.prepare(module)


def _refuse_unfinished(m: Machine, names: set[str]) -> None:
    """A function that transforms its own recursive calls has no graph: their order grows with the depth.

    Where ints at the entry say how deep it goes, it is run in place for these: they are among those that go in here.
    """
    ints = frozenset(p for p in m.entry_params if array_type(p).dtype.kind in "biu" and not array_type(p).shape)
    for active in m.active:
        if active.name in names:
            name = active.graph.name
            text = f"{name}() differentiates, maps or computes again what calls {name}() itself"
            error = m.error(UnsupportedError, text, "let an int that the program is called with say how deep it goes")
            raise NeedStatic(ints, error)
