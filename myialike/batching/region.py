"""One block of the batched program in the making: what its variables have become, and which elements are active.

Where a block is masked (`myialike.batching.mapped`), `active` is the mask of the elements that the original program
would run it for. There is at least one whenever the block runs. The others compute along, on whatever values they
have: their results are not used, so all that matters is that they do no harm. Hence three rules: an index or an
exponent of an inactive element is 0, a `check` of one passes, and a loop does not turn for one.

Note [Kept values]. At its end a masked block gives the inactive elements back what they had: `select(active, new,
old)`. For an array in which a loop writes one element per turn that would be a copy of the whole in each turn. So
where there is a mask, `index_set` and `index_add` write for inactive elements what is there already, and what they
give *keeps* the array they wrote to: it equals that array wherever an element is not active. If what a block yields
keeps the value to be selected from, no select is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from myialike.batching.stacks import Plan
from myialike.errors import CompilerBug
from myialike.ir.builder import Builder
from myialike.ir.syntax import Atom, Block, Lit, Var
from myialike.ir.types import I64, Array, Stack, Type


@dataclass(frozen=True, slots=True)
class Batch:
    """What is the same throughout: how many elements there are, and what is mapped."""

    size: int
    plan: Plan

    def type(self, type: Type) -> Type:
        """The type of a mapped value: `type` with a first axis of the batch's size."""
        if isinstance(type, Stack):
            return Stack(self.array(type.elem), type.capacity)
        if isinstance(type, Array):
            return self.array(type)
        raise CompilerBug(f"batching met a value of type {type}")

    def array(self, type: Array) -> Array:
        return Array(type.dtype, (self.size, *type.shape))


class Region:
    """The equations of one block, batched.

    `env` says what each variable of the original has become: of a mapped one the values of all elements, of another
    its value.
    """

    def __init__(self, batch: Batch, builder: Builder, env: dict[Var, Atom], active: Atom | None = None) -> None:
        self.batch = batch
        self.builder = builder
        self.env = env
        self.active = active
        self._kept: dict[Atom, Atom] = {}

    def inside(self) -> Region:
        """A region for a block inside of this one, that runs for the same elements."""
        return self.masked(self.active)

    def masked(self, active: Atom | None = None) -> Region:
        """A region for a block inside of this one, that runs for the elements in `active`, which may be set later."""
        return Region(self.batch, self.builder.child(), dict(self.env), active)

    # values

    def is_mapped(self, atom: Atom) -> bool:
        return atom in self.batch.plan.mapped

    def __getitem__(self, atom: Atom) -> Atom:
        """What `atom` of the original has become."""
        return self.env[atom] if isinstance(atom, Var) else atom

    def lift(self, atom: Atom) -> Atom:
        """The values of all elements, also of an atom that is the same for all."""
        return self[atom] if self.is_mapped(atom) else self.repeat(self[atom])

    def repeat(self, atom: Atom) -> Atom:
        """One value for each element."""
        if not isinstance(atom.type, Array):
            raise CompilerBug(f"{atom} of type {atom.type} cannot be repeated", self.builder.loc)
        return self.builder.op("broadcast", atom, shape=(self.batch.size, *atom.type.shape))

    def as_for(self, target: Var, atom: Atom) -> Atom:
        """The value of `atom` in the form that `target`, which it flows into, has: with the batch's axis or without."""
        return self.lift(atom) if self.is_mapped(target) else self[atom]

    def param(self, var: Var) -> Var:
        """A parameter of the block for `var` of the original."""
        type = self.batch.type(var.type) if self.is_mapped(var) else var.type
        param = self.builder.param(var.name, type)
        self.env[var] = param
        return param

    # masks

    def any(self, mask: Atom) -> Atom:
        return self.builder.op("reduce_or", mask, hint="any", axes=(0,))

    def both(self, mask: Atom | None, other: Atom) -> Atom:
        """The conjunction of two masks, of which None is the one of all elements."""
        return other if mask is None else self.builder.op("logical_and", mask, other, hint="active")

    def where(self, mask: Atom, a: Atom, b: Atom) -> Atom:
        """For each element the value of `a` where `mask` holds, else that of `b`, which may be a literal."""
        if a == b:
            return a
        return self.builder.op("select", self.along(mask, a.type), a, b)

    def along(self, mask: Atom, type: Type) -> Atom:
        """A mask of the elements in the shape of a batched type."""
        if not isinstance(type, Array):
            raise CompilerBug(f"there is no select between stacks: {type}", self.builder.loc)
        if type.ndim == 1:
            return mask
        column = self.builder.op("reshape", mask, shape=(self.batch.size, *(1,) * (type.ndim - 1)))
        return self.builder.op("broadcast", column, shape=type.shape)

    def tame(self, atom: Atom) -> Atom:
        """Values of all elements, 0 for those that are not active."""
        if self.active is None or not isinstance(atom.type, Array):
            return atom
        return self.where(self.active, atom, Lit(0, Array(atom.type.dtype)))

    # kept values

    def keep(self, new: Atom, old: Atom) -> None:
        """Note that `new` equals `old` for all elements that are not active."""
        self._kept[new] = self.kept(old)

    def kept(self, atom: Atom) -> Atom:
        """The oldest value known to which `atom` is equal for all elements that are not active."""
        return self._kept.get(atom, atom)

    def or_old(self, new: Atom, old: Atom) -> Atom:
        """`new` for the active elements, `old` for the others."""
        if self.active is None or self.kept(new) == self.kept(old):
            return new
        return self.where(self.active, new, old)


Sweep = Callable[[Region, Block], None]  # appends the equations of a block, batched


def index_literal(value: int) -> Lit:
    return Lit(value, Array(I64))


def lifted(region: Region, targets: Sequence[Var], atoms: Sequence[Atom]) -> tuple[Atom, ...]:
    """The atoms that flow into `targets`, each in the form of its target."""
    return tuple(region.as_for(t, a) for t, a in zip(targets, atoms, strict=True))
