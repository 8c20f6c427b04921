"""What the backend knows about a module before it lowers it: its checks, its open capacities, and what each block does.

XLA has neither exceptions nor memory that grows. A program that may raise, that prints, or that pops a stack of
unknown capacity, is therefore run with some *machine state* beside its values (see `machine`). A loop or branch
carries only the parts of the state that it can change; `Plan.effects` says which.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from myialike.backends.xla.inplace import ifs_to_split, order_of
from myialike.backends.xla.kernels import kernels_of
from myialike.backends.xla.selecting import is_selected
from myialike.errors import CompilerBug
from myialike.ir.syntax import Atom, Block, Call, Eqn, If, Lit, Module, Prim, blocks_of, walk
from myialike.ir.types import Array, Stack, SymDim, static_shape
from myialike.ops.effects import has_prints, is_left_out

# Parts of the machine state: for checks, for prints. The other parts are named by capacities, see `popped`.
ERROR = "error"
PRINTED = "printed"

# What holds the payload of a failed check: numbers one by one, and vectors for the elements of arrays.
Column = Literal["ints", "floats", "int_row", "float_row"]
COLUMNS: tuple[Column, ...] = ("ints", "floats", "int_row", "float_row")


def popped(capacity: str) -> str:
    """The part of the machine state that knows the greatest length at which stacks of `capacity` were popped."""
    return f"popped {capacity}"


def named_capacity(stack: object) -> str | None:
    """The name of the capacity that the backend chooses for a stack type, or None."""
    if isinstance(stack, Stack) and isinstance(stack.capacity, SymDim):
        return stack.capacity.name
    return None


@dataclass(frozen=True, slots=True)
class Site:
    """One `check` of the module: `number` counts from 1, and 0 is no error.

    `slots` has, for each payload value, the slots that hold it when the check fails: indices into the ints if the
    value is a bool or int, else into the floats; none for a literal. Those of an array are indices into two vectors of
    ints and floats that are there for arrays.
    """

    number: int
    eqn: Prim
    slots: tuple[Sequence[int], ...]


class Plan:
    """The facts about one module. `checks=False` leaves out every check."""

    def __init__(self, module: Module, checks: bool) -> None:
        self.module = module
        self.capacities = tuple(sorted(_capacities(module)))
        eqns = [e for g in module.graphs for e in walk(g.body) if isinstance(e, Prim) and e.op == "check"]
        kept = [e for e in eqns if not is_left_out(e, checks)]
        self.sites = [Site(k, e, _slots(e.inputs[1:])) for k, e in enumerate(kept, start=1)]
        self.has_prints = any(has_prints(g) for g in module.graphs)
        self.order = order_of(module)
        self.split_ifs = ifs_to_split(module)
        self.kernels = kernels_of(module)
        self._site_of = {id(s.eqn): s for s in self.sites}
        self._effects: dict[int, frozenset[str]] = {}
        self._selected: dict[int, bool] = {}
        self._open_calls: list[str] = []

    @cached_property
    def slot_counts(self) -> Mapping[Column, int]:
        """How many slots of each kind the payload of any one check needs."""
        counts = {column: 0 for column in COLUMNS}
        for site in self.sites:
            for atom, slots in zip(site.eqn.inputs[1:], site.slots, strict=True):
                if slots:
                    counts[column_of(atom)] = max(counts[column_of(atom)], slots[-1] + 1)
        return counts

    def site(self, eqn: Prim) -> Site | None:
        """The site of a check, or None where checks are left out."""
        return self._site_of.get(id(eqn))

    def is_selected(self, eqn: If) -> bool:
        """Whether both branches are computed, and their results selected: see `selecting`."""
        if id(eqn) not in self._selected:
            self._selected[id(eqn)] = is_selected(eqn)
        return self._selected[id(eqn)]

    def effects(self, *blocks: Block) -> frozenset[str]:
        """The parts of the machine state that running `blocks` may change."""
        found: frozenset[str] = frozenset()
        for block in blocks:
            if id(block) not in self._effects:
                self._effects[id(block)] = frozenset(p for e in block.eqns for p in self._effects_of(e))
            found |= self._effects[id(block)]
        return found

    def _effects_of(self, eqn: Eqn) -> Iterable[str]:
        match eqn:
            case Prim(op="check"):
                return (ERROR,) if id(eqn) in self._site_of else ()
            case Prim(op="print"):
                return (PRINTED,)
            case Prim(op="pop"):
                name = named_capacity(eqn.inputs[0].type)
                return () if name is None else (popped(name),)
            case Call():
                return self._effects_of_call(eqn)
            case _:
                return self.effects(*blocks_of(eqn))

    def _effects_of_call(self, eqn: Call) -> frozenset[str]:
        if eqn.callee in self._open_calls:
            raise CompilerBug(f"the backend was given recursion: {eqn.callee} calls itself", eqn.loc)
        self._open_calls.append(eqn.callee)
        found = self.effects(self.module.graph(eqn.callee).body)
        self._open_calls.pop()
        return found


def _capacities(module: Module) -> set[str]:
    names = (named_capacity(o.type) for g in module.graphs for e in walk(g.body) for o in e.outputs)
    return {name for name in names if name is not None}


def _slots(payload: tuple[Atom, ...]) -> tuple[Sequence[int], ...]:
    taken = dict.fromkeys(COLUMNS, 0)
    found: list[Sequence[int]] = []
    for atom in payload:
        if isinstance(atom, Lit):
            found.append(())
            continue
        column, type = column_of(atom), payload_type(atom)
        start, size = taken[column], math.prod(static_shape(type)) * (2 if type.dtype.kind == "c" else 1)
        found.append(range(start, start + size))
        taken[column] = start + size
    return tuple(found)


def column_of(atom: Atom) -> Column:
    """Where a value of a payload is kept."""
    type = payload_type(atom)
    is_int = type.dtype.kind in "biu"
    if type.shape:
        return "int_row" if is_int else "float_row"
    return "ints" if is_int else "floats"


def payload_type(atom: Atom) -> Array:
    if not isinstance(atom.type, Array):
        raise CompilerBug(f"the payload of a check is no array: {atom.type}")
    return atom.type
