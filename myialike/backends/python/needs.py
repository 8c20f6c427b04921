"""Which part of each array is needed, and how its equation is written for that: the analysis of `slices`.

The walk goes backwards, so that all readers of a value have said what they need when its own equation is met. Two needs
that differ make a whole. A region is a part only of what is computed where its bounds are known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from myialike.backends.python.affine import Affine
from myialike.backends.python.flow import READ, Flow, Inlining, Point, precedes
from myialike.backends.python.groups import Groups
from myialike.backends.python.regions import WHOLE, Extent, Region, Regions, shape_of, variables
from myialike.backends.python.vocabulary import BROADCASTING
from myialike.ir.op import TABLE
from myialike.ir.syntax import Atom, Block, Graph, Prim, Var, blocks_of, inputs_of
from myialike.ir.types import Array

POINTWISE = BROADCASTING | {"cast", "integer_pow"}
Entry = tuple[tuple[Any, ...], tuple[Atom | Affine, ...]]  # of an index spec, with its operands


@dataclass(frozen=True, slots=True)
class Parts:
    """The operation on these parts of its inputs."""

    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class View:
    """No operation: a part of an array, reversed along some axes."""

    source: Atom
    region: Region
    flips: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Read:
    """An index of an array, and reversals of the axes of the result."""

    source: Atom
    entries: tuple[Entry, ...]
    flips: frozenset[int]


@dataclass(frozen=True, slots=True)
class Write:
    """A write or an addition of a part of a value, reversed along some axes, to a part of an array."""

    op: str
    target: Atom
    value: Atom
    region: Region
    entries: tuple[Entry, ...]
    flips: frozenset[int]


@dataclass(frozen=True, slots=True)
class Filled:
    """An array full of a number but for a region, which is computed alone."""

    inner: Parts | View
    region: Region
    fill: Any
    entries: tuple[Entry, ...]


Plan = Parts | View | Read | Write | Filled


def whole_entries(atom: Atom) -> tuple[Entry, ...]:
    return tuple((("slice", 0, dim, 1), ()) for dim in shape_of(atom))


def entries_of(eqn: Prim) -> Iterator[Entry]:
    """The entries of the index spec of an operation, with their operands."""
    operands = iter(eqn.inputs[1 if eqn.op == "index" else 2 :])
    for entry in eqn.attr("spec"):
        yield entry, (next(operands),) if entry[0] in ("i", "dyn", "arr") else ()


def projected(region: Region, atom: Atom, result: Atom) -> Region:
    """The region of an operand that is broadcast to the result."""
    ours, theirs = shape_of(atom), shape_of(result)
    return tuple((k, e) for k, e in region if -k <= len(ours) and ours[k] == theirs[k])


class Needs:
    """What is needed of each variable of a graph.

    Attributes:
        plans: how the equations are written that are not written as they are, by their first output.
        shaped: variables that a number must not be read for.
        computed: the regions in which variables are computed that are not computed whole.
    """

    def __init__(self, graph: Graph, regions: Regions) -> None:
        self.plans: dict[Var, Plan] = {}
        self.computed: dict[Var, Region] = {}
        self.regions = regions
        self.groups = Groups(graph)
        self.defs: dict[Var, Point] = Flow(graph, Inlining.of(graph)).defs
        self.need: dict[Var, Region] = {}
        self.shaped: set[Var] = set()
        self.block(graph.body)

    def is_dead(self, eqn: Prim) -> bool:
        return not TABLE[eqn.op].effect and self.need.keys().isdisjoint(eqn.outputs)

    def block(self, block: Block) -> None:
        self.demand_whole(block.results)
        for eqn in reversed(block.eqns):
            if isinstance(eqn, Prim):
                self.prim(eqn)
                continue
            self.demand_whole(inputs_of(eqn))
            for inner in reversed(blocks_of(eqn)):
                self.block(inner)

    def demand(self, atom: Atom, region: Region) -> None:
        if isinstance(atom, Var) and shape_of(atom):
            self.need[atom] = region if self.need.get(atom, region) == region else WHOLE

    def demand_whole(self, atoms: Sequence[Atom]) -> None:
        for atom in atoms:
            self.demand(atom, WHOLE)
            if isinstance(atom, Var):
                self.need.setdefault(atom, WHOLE)

    def prim(self, eqn: Prim) -> None:
        if self.is_dead(eqn):
            return
        region = self.need.get(eqn.outputs[0], WHOLE) if len(eqn.outputs) == 1 else WHOLE
        plan = self.partly(eqn, region) if region and self.knows(eqn, region) else None
        if plan is not None:
            self.computed[eqn.outputs[0]] = region
        elif len(eqn.outputs) == 1:
            plan = self.wholly(eqn)
        if plan is None:
            self.demand_whole(eqn.inputs)
        else:
            self.plans[eqn.outputs[0]] = plan
            self.demand_of(plan, eqn)

    def demand_of(self, plan: Plan, eqn: Prim) -> None:
        match plan:
            case Parts(regions):
                for atom, region in zip(eqn.inputs, regions, strict=True):
                    self.demand_part(atom, region)
                if eqn.op not in POINTWISE or eqn.outputs[0] in self.shaped:
                    self.shaped.update(a for a in eqn.inputs if isinstance(a, Var))
            case View(source, region, _):
                self.demand_part(source, region)
                if eqn.outputs[0] in self.shaped and isinstance(source, Var):
                    self.shaped.add(source)
            case Read(source, entries, _):
                self.demand_whole([source, *operands_of(entries)])
            case Filled(inner, _, _, entries):
                self.demand_of(inner, eqn)
                self.demand_whole(list(operands_of(entries)))
            case Write(_, target, value, region, entries, _):
                self.demand_part(value, region)
                self.demand_whole([target, *operands_of(entries)])

    def demand_part(self, atom: Atom, region: Region) -> None:
        if shape_of(atom):
            self.demand(atom, region)
            self.demand_whole(list(variables(region)))
        else:
            self.demand_whole([atom])

    def knows(self, eqn: Prim, region: Region) -> bool:
        """Whether the bounds of a region are known where an equation stands."""
        here = (*self.defs[eqn.outputs[0]][:-1], READ)
        return all(precedes(self.defs[v], here) for v in variables(region))

    # What is needed in a region only

    def partly(self, eqn: Prim, region: Region) -> Plan | None:
        """How to compute the region of the result of `eqn`; None where there is no way but to compute all."""
        view = self.view(eqn.outputs[0], region)
        if view.source != eqn.outputs[0]:
            return view
        out = eqn.outputs[0]
        match eqn.op:
            case "index":
                return self.read(eqn, region)
            case "reshape":
                return self.reshaped(eqn, region)
            case "broadcast" if self.stands_for(eqn.inputs[0], out) or shape_of(eqn.inputs[0]):
                return View(eqn.inputs[0], projected(region, eqn.inputs[0], out)) if out not in self.shaped else None
            case "transpose":
                perm, rank = eqn.attr("perm"), len(shape_of(out))
                return Parts((tuple(sorted((perm[k + rank] - rank, e) for k, e in region)),))
            case "matmul":
                return self.product(eqn, dict(region))
            case op if op in POINTWISE:
                return Parts(tuple(projected(region, a, out) for a in eqn.inputs))
        return None

    def view(self, atom: Atom, region: Region) -> View:
        """The array that holds the region of `atom`, as far back as it can be followed."""
        found = View(atom, region)
        while (source := self.source(found, found.source == atom)) is not None:
            found = source
        return found

    def source(self, view: View, here: bool) -> View | None:
        """One step back. Unless it is `here`, a read of what is written to may not be moved."""
        atom, region = view.source, view.region
        eqn = self.regions.maker(atom)
        if eqn is None:
            return None
        match eqn.op, eqn.inputs:
            case "select", (p, x, _) if self.picks_all(p, atom, region) and self.stands_for(x, atom):
                found: View | None = View(x, region, view.flips)
            case "index_add", (x, value, *_) if self.regions.is_zeros(x) and self.regions.support(atom) == region:
                inner = self.regions.support(value)
                found = None if inner is None else View(value, inner, view.flips)
            case "index", (x, *_):
                found = self.through_slices(eqn, view)
            case "concatenate", _:
                found = self.piece(eqn, view)
            case _:
                return None
        if found is None or not (here or not self.groups.is_updated(found.source)):
            return None
        return found

    def picks_all(self, mask: Atom, atom: Atom, region: Region) -> bool:
        """Whether the mask of a choice holds everywhere in a region of the result."""
        picked = self.regions.mask(mask, atom)
        return picked is not None and set(picked) <= set(region)

    def stands_for(self, atom: Atom, result: Atom) -> bool:
        """Whether an atom, perhaps a number, may be read for one that it is broadcast to."""
        return shape_of(atom) == shape_of(result) or (not shape_of(atom) and result not in self.shaped)

    def through_slices(self, eqn: Prim, view: View) -> View | None:
        composed = self.composed(eqn.inputs[0], list(entries_of(eqn)), view.region, len(shape_of(view.source)))
        if composed is None or len(composed[0]) != len(shape_of(eqn.inputs[0])):
            return None
        entries, flips = composed
        region: list[tuple[int, Extent]] = []
        for axis, ((kind, *rest), bounds) in enumerate(entries, -len(entries)):
            if kind == "range":
                start, stop = bounds
                assert isinstance(start, Affine) and isinstance(stop, Affine)
                region.append((axis, Extent(start, stop)))
            elif (kind, *rest) != ("slice", 0, shape_of(eqn.inputs[0])[axis], 1):
                return None
        return View(eqn.inputs[0], tuple(region), view.flips ^ flips)

    def piece(self, eqn: Prim, view: View) -> View | None:
        """The one of the joined arrays that the region lies in."""
        along = eqn.attr("axis") - len(shape_of(view.source))
        extent = dict(view.region).get(along)
        offset = 0
        for atom in eqn.inputs:
            size = shape_of(atom)[along] if shape_of(atom) else 1
            if extent is None or not isinstance(size, int):
                return None
            if shape_of(atom) and self.regions.fits(extent.moved(-offset), size):
                region = tuple((k, e.moved(-offset) if k == along else e) for k, e in view.region)
                return View(atom, region, view.flips)
            offset += size
        return None

    def read(self, eqn: Prim, region: Region) -> Read | None:
        composed = self.composed(eqn.inputs[0], list(entries_of(eqn)), region, len(shape_of(eqn.outputs[0])))
        return None if composed is None else Read(eqn.inputs[0], *composed)

    def reshaped(self, eqn: Prim, region: Region) -> Read | None:
        """A reshape that only adds axes, as an index."""
        (x,), out = eqn.inputs, shape_of(eqn.outputs[0])
        if 1 in shape_of(x) or [d for d in out if d != 1] != list(shape_of(x)):
            return None
        entries: list[Entry] = [(("new",) if d == 1 else ("slice", 0, d, 1), ()) for d in out]
        composed = self.composed(x, entries, region, len(out))
        return None if composed is None else Read(x, *composed)

    def composed(
        self, source: Atom, entries: Sequence[Entry], region: Region, rank: int
    ) -> tuple[tuple[Entry, ...], frozenset[int]] | None:
        """An index, and then the region of its result: an index, and the axes of its result to be reversed."""
        extents, axis, sizes = dict(region), -rank, iter(shape_of(source))
        found: list[Entry] = []
        flips: set[int] = set()
        for entry, operands in entries:
            size = None if entry[0] == "new" else next(sizes, None)
            extent = extents.get(axis) if entry[0] not in ("int", "i") else None
            if entry[0] == "arr":
                return None
            if extent is None:
                found.append((entry, operands))
            elif entry == ("slice", 0, size, 1):
                found.append((("range", size), (extent.start, extent.stop)))
            elif (moved := self.within(entry, operands, extent)) is not None:
                found.append((("range", None), (moved.start, moved.stop)))
                flips.update([axis] if entry[0] == "slice" and entry[3] < 0 else [])
            else:
                return None
            axis += entry[0] not in ("int", "i")
        return tuple(found), frozenset(flips)

    def within(self, entry: tuple[Any, ...], operands: tuple[Atom | Affine, ...], extent: Extent) -> Extent | None:
        """The elements of an axis that an extent of a slice of it picks; None where the slice may be exceeded."""
        match entry:
            case ("slice", start, size, 1) if self.regions.fits(extent, size):
                return extent.moved(start)
            case ("slice", start, size, -1) if self.regions.fits(extent, size):
                return extent.mirrored(start)
            case ("dyn", size) if self.regions.fits(extent, size):
                (start,) = operands
                return extent.moved(start if isinstance(start, Affine) else self.regions.ints.affine(start))
        return None

    # What is needed whole, of operands that are not

    def wholly(self, eqn: Prim) -> Plan | None:
        out = eqn.outputs[0]
        match eqn.op, eqn.inputs:
            case "matmul", _:
                return self.product(eqn, {})
            case ("index_add" | "index_set"), (target, value, *_):
                return self.written(eqn, target, value)
            case "select", (p, x, y) if (region := self.regions.mask(p, out)) and self.is_updated(y, x, out):
                return Write("index_set", y, x, projected(region, x, out), self.ranges(out, region), frozenset())
            case "add", (x, y):
                return self.added(out, x, y) or self.added(out, y, x)
            case ("zmul" | "mul" | "select"), _:
                return self.filled(eqn)
            case op, (x,) if op in REDUCTIONS:
                fill = REDUCTIONS[op](x.type)
                region = self.regions.support(x, fill)
                axes = {k - len(shape_of(x)) for k in eqn.attr("axes")}
                return Parts((region,)) if region and {k for k, _ in region} <= axes else None
        return None

    def product(self, eqn: Prim, wanted: dict[int, Extent]) -> Plan | None:
        """A matrix product, for some rows and columns of it, along what of the summed axis is not zero."""
        a, b = eqn.inputs
        if len(shape_of(a)) > 2 or len(shape_of(b)) > 2:
            return None
        j, k = -1, -min(2, len(shape_of(b)))
        left: dict[int, Extent] = {}
        right: dict[int, Extent] = {}
        summed = dict(self.regions.support(a) or WHOLE).get(j)
        if summed is not None and summed == dict(self.regions.support(b) or WHOLE).get(k):
            left[j] = right[k] = summed
        rows = -2 if len(shape_of(b)) == 2 else -1
        if len(shape_of(a)) == 2 and rows in wanted:
            left[-2] = wanted[rows]
        if len(shape_of(b)) == 2 and -1 in wanted:
            right[-1] = wanted[-1]
        return Parts((tuple(sorted(left.items())), tuple(sorted(right.items())))) if left or right else None

    def written(self, eqn: Prim, target: Atom, value: Atom) -> Write | None:
        """A write of a part: an addition of what is zero elsewhere; or what is elsewhere is written as it was."""
        region = inner = self.regions.support(value) if eqn.op == "index_add" else None
        maker = self.regions.maker(value)
        if eqn.op == "index_set" and maker is not None and maker.op == "select":
            p, new, old = maker.inputs
            before = self.regions.maker(old)
            if before is not None and before.op == "index" and list(entries_of(before)) == list(entries_of(eqn)):
                if before.inputs[0] == target:
                    region = self.regions.mask(p, value)
                    inner, value = projected(region or WHOLE, new, value), new
        if not region or inner is None or not self.knows(eqn, region):
            return None
        rank = sum(entry[0] not in ("int", "i") for entry in eqn.attr("spec"))
        composed = self.composed(target, list(entries_of(eqn)), region, rank)
        if composed is None:
            return None
        return Write(eqn.op, target, value, inner, *composed)

    def added(self, out: Var, target: Atom, value: Atom) -> Write | None:
        region = self.regions.support(value)
        if not region or shape_of(target) != shape_of(out) or not isinstance(target, Var):
            return None
        return Write("index_add", target, value, projected(region, value, out), self.ranges(out, region), frozenset())

    def filled(self, eqn: Prim) -> Filled | None:
        """Of what is known outside of a region, and is work to compute inside, the region alone."""
        out = eqn.outputs[0]
        if out not in self.regions.supports:
            return None
        region, fill = self.regions.supports[out]
        inner: Plan | None = Parts(tuple(projected(region, a, out) for a in eqn.inputs))
        if eqn.op == "select":
            maker = self.regions.maker(eqn.inputs[1])
            is_work = maker is not None and maker.op in POINTWISE and maker.outputs[0] not in self.need
            inner = View(eqn.inputs[1], projected(region, eqn.inputs[1], out)) if is_work else None
        if not isinstance(inner, Parts | View) or not self.knows(eqn, region):
            return None
        return Filled(inner, region, fill, self.ranges(out, region))

    def ranges(self, out: Var, region: Region) -> tuple[Entry, ...]:
        composed = self.composed(out, whole_entries(out), region, len(shape_of(out)))
        assert composed is not None
        return composed[0]

    def is_updated(self, old: Atom, new: Atom, out: Var) -> bool:
        """Whether a choice is better written as an update: in place, or of what is costly to compute."""
        if not isinstance(old, Var) or shape_of(old) != shape_of(out):
            return False
        is_last_use = old not in self.need and self.defs[old][:-2] == self.defs[out][:-2]
        return is_last_use or self.regions.maker(new) is not None


def operands_of(entries: Sequence[Entry]) -> Iterator[Atom]:
    for _, operands in entries:
        for operand in operands:
            yield from operand.variables if isinstance(operand, Affine) else (operand,)


def _extreme(type: Array, sign: int) -> Any:
    """What loses against every other number in a maximum (sign -1) or a minimum (1)."""
    match type.dtype.kind:
        case "b":
            return sign > 0
        case "i" | "u":
            info = np.iinfo(type.dtype)
            return int(info.max if sign > 0 else info.min)
    return sign * math.inf


REDUCTIONS: dict[str, Any] = {
    "reduce_sum": lambda type: 0,
    "reduce_prod": lambda type: 1,
    "reduce_max": lambda type: _extreme(type, -1),
    "reduce_min": lambda type: _extreme(type, 1),
    "reduce_and": lambda type: True,
    "reduce_or": lambda type: False,
}
