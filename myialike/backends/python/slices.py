"""Masks made slices: what is computed of whole rows only to be masked is computed of the part that counts.

XLA has no arrays whose size is known only at run time, so inference writes `a[i, :j] @ x[:j]` as a product of two
whole rows, zero from j on. That is what all other passes see, and what they keep right: every array has a size, every
operation is total. Here, where the text is made, the size comes back:

    m = lt(arange(n), j)
    p = select(m, index(a, i), 0)              p = index(a, i; :j)
    q = select(m, x, 0)                   ->   q = index(x; :j)
    y = matmul(p, q)                           y = matmul(p, q)

It is a question of need, not of patterns. A sum of what is zero outside of a region needs its operand in that region
only; so does adding it to an array, which becomes a write to a slice, and a choice by the mask of the region. What is
needed in a region only is computed there, which asks for its operands there. The rest is computed whole, and sliced
where a part of it is needed. Note [Run-time sizes] in docs/ARCHITECTURE.md.

The result is for the printer only. An entry `("range", size)` of an index spec takes two operands, the bounds of a
slice of an axis of that size; `("back",)` is `::-1`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from myialike.backends.python.affine import Affine
from myialike.backends.python.early import early
from myialike.backends.python.needs import Entry, Filled, Needs, Parts, Plan, Read, View, Write, whole_entries
from myialike.backends.python.regions import WHOLE, Region, Regions, shape_of
from myialike.backends.python.tidy import without_dead
from myialike.ir.builder import Names, attrs_of, python_scalar
from myialike.ir.syntax import Atom, Block, Call, Closure, Eqn, For, Graph, If, Lit, Prim, Var, While, names_of
from myialike.ir.types import I64, Array, Dim, SymDim
from myialike.source import Location

INT = Array(I64)


def sliced(graph: Graph) -> Graph:
    """`graph` with slices of run-time size where there were masks."""
    regions = Regions(graph)
    if not regions.masks:
        return graph
    graph = early(graph, regions)
    needs = Needs(graph, regions)
    return replace(graph, body=without_dead(_Slicing(graph, needs).block(graph.body))) if needs.plans else graph


class _Slicing:
    """The equations written anew. `parts` and `bounds` are those made in the block being written and around it."""

    def __init__(self, graph: Graph, needs: Needs) -> None:
        self.needs = needs
        self.ints = needs.regions.ints
        self.names = Names(names_of(graph.body))
        self.env: dict[Var, Atom] = {}
        self.parts: dict[tuple[Var, Region], Atom] = {}
        self.bounds: dict[tuple[Affine, Affine | None], Atom] = {}
        self.eqns: list[Eqn] = []
        self.loc: Location | None = None

    def block(self, block: Block) -> Block:
        around, parts, bounds = self.eqns, dict(self.parts), dict(self.bounds)
        self.eqns = []
        for eqn in block.eqns:
            self.loc = eqn.loc
            self.eqn(eqn)
        made = Block(block.params, tuple(self.eqns), self.all(block.results))
        self.eqns, self.parts, self.bounds = around, parts, bounds
        return made

    def eqn(self, eqn: Eqn) -> None:
        match eqn:
            case Prim():
                if not self.needs.is_dead(eqn):
                    self.prim(eqn, self.needs.plans.get(eqn.outputs[0]) if eqn.outputs else None)
            case Call():
                self.eqns.append(replace(eqn, inputs=self.all(eqn.inputs)))
            case If():
                pred, then, orelse = self.look(eqn.pred), self.block(eqn.then), self.block(eqn.orelse)
                self.eqns.append(replace(eqn, pred=pred, then=then, orelse=orelse))
            case While():
                init, cond, body = self.all(eqn.init), self.block(eqn.cond), self.block(eqn.body)
                self.eqns.append(replace(eqn, init=init, cond=cond, body=body))
            case For():
                over, init, body = self.all(eqn.over), self.all(eqn.init), self.block(eqn.body)
                self.eqns.append(replace(eqn, over=over, init=init, body=body))
            case Closure():
                raise TypeError("typed programs have no closures")

    def prim(self, eqn: Prim, plan: Plan | None) -> None:
        match plan:
            case None:
                self.eqns.append(replace(eqn, inputs=self.all(eqn.inputs)))
            case Parts() | View():
                out = eqn.outputs[0]
                self.env[out] = self.computed(eqn, plan, Var(out.name, self.typed(out)))
            case Read(source, entries, flips):
                out = eqn.outputs[0]
                made = self.index(source, entries, self.typed(out), "v" if flips else out.name)
                self.env[out] = self.reversed(made, flips)
            case Write(op, target, value, region, entries, flips):
                given = self.reversed(self.part(value, region), flips)
                self.write(op, self.look(target), given, entries, eqn.outputs[0])
            case Filled(inner, region, fill, entries):
                type = eqn.outputs[0].type
                assert isinstance(type, Array)
                given = self.computed(eqn, inner, Var(self.names.fresh("v"), self.sized(type, region)))
                full = Var(self.names.fresh("v"), type)
                shape = attrs_of({"shape": type.shape})
                number = Lit(python_scalar(type.dtype, fill), Array(type.dtype))
                self.eqns.append(Prim("broadcast", (number,), (full,), shape, eqn.loc))
                self.write("index_set", full, given, entries, eqn.outputs[0])

    def computed(self, eqn: Prim, plan: Parts | View, out: Var) -> Atom:
        """What a part of the result of an equation is."""
        if isinstance(plan, View):
            return self.reversed(self.part(plan.source, plan.region), plan.flips)
        inputs = tuple(map(self.part, eqn.inputs, plan.regions))
        op = eqn.op
        if op == "zmul" and isinstance(inputs[0], Lit) and inputs[0].value != 0:
            op = "mul"
        if op == "mul" and isinstance(inputs[0], Lit) and inputs[0].value == 1 and inputs[1].type == out.type:
            return inputs[1]
        self.eqns.append(replace(eqn, op=op, inputs=inputs, outputs=(out,)))
        return out

    def write(self, op: str, target: Atom, value: Atom, entries: Sequence[Entry], out: Var) -> None:
        spec, operands = self.spec(entries)
        self.eqns.append(Prim(op, (target, value, *operands), (out,), attrs_of({"spec": spec}), self.loc))

    def look(self, atom: Atom) -> Atom:
        return self.env.get(atom, atom) if isinstance(atom, Var) else atom

    def all(self, atoms: Sequence[Atom]) -> tuple[Atom, ...]:
        return tuple(map(self.look, atoms))

    def typed(self, var: Var) -> Array:
        """The type of what is computed of a variable."""
        assert isinstance(var.type, Array)
        return self.sized(var.type, self.needs.computed.get(var, WHOLE))

    def sized(self, type: Array, region: Region) -> Array:
        """The type of a region of an array; its sizes are known by name only."""
        shape: list[Dim] = list(type.shape)
        for axis, extent in region:
            shape[axis] = SymDim(str(extent.stop - extent.start))
        return Array(type.dtype, tuple(shape))

    def part(self, atom: Atom, region: Region) -> Atom:
        """A region of an array, computed alone or sliced."""
        if not isinstance(atom, Var) or not region or not shape_of(atom):
            return self.look(atom)
        if self.needs.computed.get(atom, WHOLE) == region:
            return self.look(atom)
        if (atom, region) not in self.parts:
            extents = dict(region)
            entries: list[Entry] = []
            for axis, entry in enumerate(whole_entries(atom), -len(shape_of(atom))):
                e = extents.get(axis)
                entries.append(entry if e is None else (("range", shape_of(atom)[axis]), (e.start, e.stop)))
            assert isinstance(atom.type, Array)
            self.parts[atom, region] = self.index(atom, entries, self.sized(atom.type, region), "v")
        return self.parts[atom, region]

    def index(self, source: Atom, entries: Sequence[Entry], type: Array, name: str) -> Var:
        made = Var(self.names.fresh(name) if name == "v" else name, type)
        spec, operands = self.spec(entries)
        self.eqns.append(Prim("index", (self.look(source), *operands), (made,), attrs_of({"spec": spec}), self.loc))
        return made

    def reversed(self, atom: Atom, flips: frozenset[int]) -> Atom:
        if not flips or not isinstance(atom.type, Array) or not atom.type.shape:
            return atom
        rank = len(atom.type.shape)
        entries = [(("back",), ()) if k - rank in flips else e for k, e in enumerate(whole_entries(atom))]
        return self.index(atom, entries, atom.type, "v")

    def spec(self, entries: Sequence[Entry]) -> tuple[tuple[object, ...], tuple[Atom, ...]]:
        operands: list[Atom] = []
        for entry, given in entries:
            match given:
                case (Affine() as start, Affine() as stop):
                    size = entry[1]
                    asked = self.ints.asked(start, stop, size)
                    operands += [self.bound(b, a) for b, a in zip((start, stop), asked, strict=True)]
                case _:
                    operands += [self.look(o) for o in given if not isinstance(o, Affine)]
        return tuple(entry for entry, _ in entries), tuple(operands)

    # Bounds

    def bound(self, value: Affine, asked: Affine | None) -> Atom:
        """A bound of a slice as the user asked for it; else never negative, which would count from the end."""
        if (value, asked) not in self.bounds:
            made = self.sum(asked or value)
            is_right = asked is not None or self.ints.is_natural(value)
            self.bounds[value, asked] = made if is_right else self.int("maximum", made, Lit(0, INT))
        return self.bounds[value, asked]

    def sum(self, value: Affine) -> Atom:
        """`k - 1`; `100 - k`, where nothing is added but the number."""
        terms = [(v, f) for v, f in value.terms if f > 0]
        made: Atom | None = None
        for var, factor in terms:
            for _ in range(factor):
                made = var if made is None else self.int("add", made, var)
        const = value.const
        if made is None:
            made, const = Lit(const, INT), 0
        for var, factor in value.terms:
            for _ in range(-factor):
                made = self.int("sub", made, var)
        if const:
            made = self.int("add" if const > 0 else "sub", made, Lit(abs(const), INT))
        return made

    def int(self, op: str, a: Atom, b: Atom) -> Var:
        out = Var(self.names.fresh("v"), INT)
        self.eqns.append(Prim(op, (a, b), (out,), (), self.loc))
        return out
