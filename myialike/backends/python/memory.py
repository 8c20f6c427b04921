"""Who else can see a write: where an array or list must be copied so that writes in place are right.

An update whose result has the name of its input is done in place: `x[i] = v`. That is right if nothing that is still
needed shares memory with `x`. The variables that one object passes through without a copy are a web; a web that is
written to must own its object:

* What comes in from outside is copied, unless it is a new object: a parameter, a view (`a[1:]`), another variable, a
  value from a list. In a loop, that is one copy before the loop and none inside.
* What goes out (views of the object, other variables bound to it, lists it is appended to) is copied if it, or what it
  goes to in turn, is still needed after some write of the web.

Scalars are immutable, so they take no part.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from myialike.backends.python.flow import BRANCH, LOOP, READ, Flow, Point, may_follow
from myialike.backends.python.groups import Partition, is_mutable, same_value
from myialike.backends.python.naming import Naming
from myialike.backends.python.vocabulary import UPDATES, VIEWS
from myialike.ir.syntax import Atom, Call, Eqn, For, Graph, If, Prim, Var, While, walk
from myialike.ir.types import Stack


@dataclass(frozen=True, slots=True)
class OnStack:
    """The values on a list, and on all lists that share values with it; `stack` stands for those."""

    stack: Var


Holder = Var | OnStack


@dataclass(frozen=True, slots=True)
class Handover:
    """A place in the text where `target` gets hold of an object that `source` holds.

    `kind` is "value" where an equation makes `target`; "push"; or the assignment of a result: "init" and "back" of a
    loop, "then" and "else" of an `If`. `at` is the output that names the place, `point` is where it is in the text.
    """

    kind: str
    at: Var
    source: Holder
    target: Holder
    point: Point


class Memory:
    """The copies that a graph needs."""

    def __init__(self, graph: Graph, flow: Flow, naming: Naming) -> None:
        self.flow = flow
        self.naming = naming
        self.same: Partition[Var] = Partition()
        self.stacks: Partition[Var] = Partition()
        self.webs: Partition[Var] = Partition()
        self.writes: dict[Var, list[Point]] = {}
        self.carries = {carry for eqn in walk(graph.body) for carry, _ in same_value(eqn)}
        self._copied: set[tuple[str, Var]] = set()
        eqns = [e for e in walk(graph.body) if all(o in flow.defs for o in e.outputs)]
        for eqn in eqns:
            self._join(eqn)
        self.handovers = [h for eqn in eqns for h in self._handovers(eqn)]
        self.received = {self._web(h.target) for h in self.handovers} | {self._web(p) for p in graph.params}
        for eqn in eqns:
            self._note_write(eqn)
        self._own_what_comes_in(graph)
        self._copy_what_goes_out()

    def is_copied(self, kind: str, at: Var) -> bool:
        """Whether the text has to copy at the handover of that kind; "param" is the start of the function."""
        return (kind, at) in self._copied

    def is_in_place(self, eqn: Eqn) -> bool:
        """Whether an update is done to the object itself."""
        is_update = isinstance(eqn, Prim) and eqn.op in UPDATES and is_mutable(eqn.outputs[0].type)
        return is_update and self.naming.are_one(_first(eqn), eqn.outputs[0])

    # Webs

    def _join(self, eqn: Eqn) -> None:
        for a, b in same_value(eqn):
            self.same.merge(b, a)
            self.webs.merge(b, a)
        for _, _, source, target in _assignments(eqn):
            if self.naming.are_one(source, target) and isinstance(source, Var):
                self.webs.merge(source, target)
        if self.is_in_place(eqn):
            first = _first(eqn)
            assert isinstance(first, Var)
            self.webs.merge(first, eqn.outputs[0])
        self._join_stacks(eqn)

    def _join_stacks(self, eqn: Eqn) -> None:
        pairs = [(source, target) for _, _, source, target in _assignments(eqn)]
        pairs += list(same_value(eqn))
        if isinstance(eqn, Prim | Call):
            stacks = [a for a in (*eqn.inputs, *eqn.outputs) if isinstance(a.type, Stack)]
            pairs += [(a, b) for a, b in pairwise(stacks) if isinstance(b, Var)]
        for a, b in pairs:
            if isinstance(a, Var) and isinstance(a.type, Stack):
                self.stacks.merge(a, b)

    def _note_write(self, eqn: Eqn) -> None:
        if self.is_in_place(eqn):
            web = self.webs.find(eqn.outputs[0])
            self.writes.setdefault(web, []).append(self.flow.defs[eqn.outputs[0]])

    # Handovers

    def _handovers(self, eqn: Eqn) -> Iterator[Handover]:
        for kind, at, source, target in _assignments(eqn):
            if isinstance(source, Var) and is_mutable(source.type) and not self._is_new(source):
                yield Handover(kind, at, source, target, self._end(eqn, kind, at))
        match eqn:
            case Prim(op="push"):
                if isinstance(value := eqn.inputs[1], Var) and is_mutable(value.type):
                    yield Handover("push", eqn.outputs[0], value, self._on(eqn.outputs[0]), self._after(eqn))
            case Prim(op="pop"):
                if is_mutable(eqn.outputs[1].type):
                    yield Handover(
                        "value", eqn.outputs[1], self._on(eqn.outputs[0]), eqn.outputs[1], self._after(eqn)
                    )
            case Prim():
                if is_view(eqn) and isinstance(source := eqn.inputs[0], Var):
                    yield Handover("value", eqn.outputs[0], source, eqn.outputs[0], self._after(eqn))
            case Call():
                yield from self._through_call(eqn)

    def _after(self, eqn: Prim | Call) -> Point:
        return self.flow.defs[eqn.outputs[0]]

    def _end(self, eqn: Eqn, kind: str, at: Var) -> Point:
        """Where structure assigns: before a loop, or at the end of a block inside of the equation."""
        here = self.flow.defs[at][:-1]
        if kind == "init":
            return (*here, READ)
        inside = (BRANCH, int(kind == "else")) if isinstance(eqn, If) else (LOOP, int(isinstance(eqn, While)))
        return (*here, *inside, sys.maxsize, READ)

    def _is_new(self, var: Var) -> bool:
        """Whether `var` is the object of an expression that makes a new one where it stands."""
        maker = self.flow.inlining.maker.get(var)
        return var in self.flow.inlining.inlined and isinstance(maker, Prim) and not is_view(maker)

    def _through_call(self, eqn: Call) -> Iterator[Handover]:
        """A function may return anything that it was given, and what is on lists that it was given."""
        given: list[Holder] = [a for a in eqn.inputs if isinstance(a, Var) and is_mutable(a.type)]
        given += [self._on(a) for a in eqn.inputs if isinstance(a, Var) and isinstance(a.type, Stack)]
        for out in eqn.outputs:
            if is_mutable(out.type):
                yield from (Handover("value", out, source, out, self._after(eqn)) for source in given)
            if isinstance(out.type, Stack):
                yield from (Handover("value", out, source, self._on(out), self._after(eqn)) for source in given)

    def _on(self, stack: Var) -> OnStack:
        return OnStack(self.stacks.find(stack))

    # Copies

    def _web(self, holder: Holder) -> Holder:
        return self.webs.find(holder) if isinstance(holder, Var) else holder

    def _is_written(self, holder: Holder) -> bool:
        web = self._web(holder)
        return isinstance(web, Var) and web in self.writes

    def _own_what_comes_in(self, graph: Graph) -> None:
        self._copied.update(("param", p) for p in graph.params if is_mutable(p.type) and self._is_written(p))
        for h in self.handovers:
            if self._is_written_after(h.target, h.point) and not self._is_renaming(h) and not self._is_given_up(h):
                self._copied.add((h.kind, h.at))

    def _is_given_up(self, h: Handover) -> bool:
        """Whether an object that was made for the source alone is needed nowhere but at the target from here on."""
        web = self._web(h.source)
        if not isinstance(web, Var) or h.kind in ("value", "push") or web in self.received:
            return False
        others = [o for o in self.handovers if self._web(o.source) == web and o != h]
        if any(o.point == h.point for o in others):  # two variables are to have it
            return False
        held = any(self._is_live(v, h.point) for v in self.webs.members(web))
        return not held and not any(self._is_seen_after([h.point], o.target, web) for o in others)

    def _is_written_after(self, holder: Holder, point: Point) -> bool:
        web = self._web(holder)
        return isinstance(web, Var) and any(may_follow(point, write) for write in self.writes.get(web, ()))

    def _is_renaming(self, h: Handover) -> bool:
        """Whether nothing happens in the text: both are one variable already."""
        is_assignment = h.kind not in ("value", "push")
        return is_assignment and isinstance(h.source, Var) and self.naming.are_one(h.source, h.at)

    def _copy_what_goes_out(self) -> None:
        for h in self.handovers:
            web = self._web(h.source)
            leaves = self._is_written(h.source) and self._web(h.target) != web and (h.kind, h.at) not in self._copied
            if leaves and isinstance(web, Var) and self._is_seen_after(self._writes_after(h, web), h.target, web):
                self._copied.add((h.kind, h.at))

    def _writes_after(self, h: Handover, web: Var) -> list[Point]:
        """The writes that may be to the object that is handed over: in a later round only if a loop carries it on."""
        is_carried = not self.carries.isdisjoint(self.webs.members(web))
        return [w for w in self.writes[web] if may_follow(h.point, w) and (is_carried or h.point < w)]

    def _is_seen_after(self, writes: list[Point], first: Holder, web: Var) -> bool:
        """Whether `first`, or a holder that it hands the object on to, is needed after one of the writes."""
        seen: set[Holder] = set()
        pending: list[Holder] = [first]
        while pending:
            holder = self._canonical(pending.pop())
            if holder in seen or self._web(holder) == web:
                continue
            seen.add(holder)
            if any(self._is_live(holder, write) for write in writes):
                return True
            pending.extend(self._receivers(holder))
        return False

    def _receivers(self, holder: Holder) -> Iterator[Holder]:
        for h in self.handovers:
            if self._canonical(h.source) == holder and (h.kind, h.at) not in self._copied:
                yield h.target

    def _canonical(self, holder: Holder) -> Holder:
        return self.same.find(holder) if isinstance(holder, Var) else OnStack(self.stacks.find(holder.stack))

    def _is_live(self, holder: Holder, point: Point) -> bool:
        partition, var = (self.same, holder) if isinstance(holder, Var) else (self.stacks, holder.stack)
        return any(self.flow.is_live(v, point) for v in partition.members(var))


def is_view(eqn: Prim) -> bool:
    """Whether the printed expression may give the operand's own memory."""
    if eqn.op not in VIEWS or not is_mutable(eqn.outputs[0].type) or not is_mutable(eqn.inputs[0].type):
        return False
    return eqn.op != "index" or all(entry[0] != "arr" for entry in eqn.attr("spec"))


def _first(eqn: Eqn) -> Atom:
    assert isinstance(eqn, Prim)
    return eqn.inputs[0]


def _assignments(eqn: Eqn) -> Iterator[tuple[str, Var, Atom, Var]]:
    """(kind, place, from, to) of what structure assigns."""
    match eqn:
        case If():
            for out, a, b in zip(eqn.outputs, eqn.then.results, eqn.orelse.results, strict=True):
                yield "then", out, a, out
                yield "else", out, b, out
        case While() | For():
            for out, start, again in zip(eqn.outputs, eqn.init, eqn.body.results, strict=True):
                yield "init", out, start, out
                yield "back", out, again, out
