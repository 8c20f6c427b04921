"""What the user calls a value. Operations do not know the name that their result is about to get.

    w = x * y + 1.0          v: f64 = mul(x, y); w: f64 = add(v, 1.0)

So names are noted when values are bound to them, and given when the graph is done: the first name that a nameless value
was bound to in the user's own text is its name. What the library makes inside of itself stays nameless, and so do
arrays full of a number: they are shared by all who ask for one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from myialike.infer.heap import ArrayState, ViewState
from myialike.infer.machine import Machine
from myialike.infer.values import Num, Ref, Value
from myialike.ir.builder import Builder, Names
from myialike.ir.names import numberless
from myialike.ir.syntax import Atom, Eqn, Graph, Lit, Prim, Var
from myialike.ir.types import Type

NAMELESS = frozenset({"v", "result"})
LATELY = 8  # equations: what is bound to a name has been made just before


def note(m: Machine, eqn: Eqn, outputs: Sequence[Value]) -> None:
    """Note what an equation of the user's text calls its results; conditions have names of the frontend's."""
    if eqn.loc is None or (isinstance(eqn, Prim) and eqn.op == "py.truth"):
        return
    wishes = m.wishes.setdefault(m.builder.names, {})
    for var, value in zip(eqn.outputs, outputs, strict=True):
        atom = _atom(m, value)
        if not isinstance(atom, Var) or numberless(var.name) in NAMELESS or numberless(atom.name) not in NAMELESS:
            continue
        if not _is_full(m, atom):
            wishes.setdefault(atom.name, numberless(var.name))


def _is_full(m: Machine, var: Var) -> bool:
    """Whether an array was just made that is full of a number."""
    made = next((e for e in reversed(m.builder.eqns[-LATELY:]) if var in e.outputs), None)
    return isinstance(made, Prim) and made.op == "broadcast" and isinstance(made.inputs[0], Lit)


def _atom(m: Machine, value: Value) -> Atom | None:
    if isinstance(value, Num):
        return value.atom
    state = m.heap.states.get(value.id) if isinstance(value, Ref) else None
    match state:
        case ArrayState():
            return state.atom
        case ViewState():
            return state.seen
    return None


def with_names(graph: Graph, wishes: Mapping[str, str]) -> Graph:
    """The graph with the names that were wished for."""
    if not wishes:
        return graph
    builder = _Renaming(Names(p.name for p in graph.params), wishes)
    builder.params = list(graph.params)
    results = builder.splice(graph.body, graph.params)
    return replace(graph, body=builder.block(results))


class _Renaming(Builder):
    """A builder of a copy, which asks for other names."""

    def __init__(self, names: Names, wishes: Mapping[str, str]) -> None:
        super().__init__(names)
        self.wishes = wishes

    def child(self) -> Builder:
        return _Renaming(self.names, self.wishes)

    def var(self, hint: str, type: Type) -> Var:
        return super().var(self.wishes.get(hint, hint), type)
