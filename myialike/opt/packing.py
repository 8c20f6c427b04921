"""Tapes of bools that are written and read together are one tape of bytes, a bit for each.

    a_tape = push(a_tape, a)                  tape = push(tape, a | b << 1)
    b_tape = push(b_tape, b)
    ...
    b_tape, b = pop(b_tape)                   tape, byte = pop(tape)
    a_tape, a = pop(a_tape)                   a, b = (byte & 1) != 0, (byte & 2) != 0

What a loop over arrays saves of a minimum, say, is which operand is the lesser, and whether both are: two bools. A bool
takes a byte of memory, and a pass over the array to write it, so that saving two of them costs more than computing the
minimum. Stacks are packed if their values are bools of one shape, and each has a push or a pop wherever the others have
one: in the same *runs*. A run is a stretch of a block without inner blocks in which stacks are only pushed to, or only
popped. A byte is pushed where the last of its bits is, and popped where the first is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from myialike.errors import CompilerBug
from myialike.ir.builder import Builder, attrs_of, names_in
from myialike.ir.families import Families
from myialike.ir.syntax import Atom, Block, Call, Closure, Eqn, For, Graph, If, Lit, Module, Prim, Var, While, blocks_of
from myialike.ir.types import BOOL, DTYPES, Array, Dim, Stack
from myialike.opt.dce import prune

BITS = 8
BYTE = DTYPES["u8"]


def packed(module: Module) -> Module:
    """The module with bools packed."""
    return Module(tuple(map(_packed, module.graphs)))


def _packed(graph: Graph) -> Graph:
    uses = _Uses()
    uses.others((*graph.params, *graph.results))
    uses.block(graph.body)
    groups = list(uses.groups())
    if not groups:
        return graph
    return prune(Graph(graph.name, _Packing(graph, uses, groups).block(graph.body), graph.signature, graph.loc))


@dataclass(frozen=True, slots=True)
class _Use:
    """The push or pop that a family has in a run."""

    run: int
    op: str


@dataclass(slots=True)
class _Uses:
    """Where the families of stacks of a graph are used, and those of which something else is done."""

    families: Families = field(default_factory=Families)
    types: dict[str, Stack] = field(default_factory=dict)  # by variable
    found: list[tuple[str, _Use]] = field(default_factory=list)  # with the variable
    other: set[str] = field(default_factory=set)  # variables
    runs: int = 0

    def others(self, atoms: Sequence[Atom]) -> None:
        self.other.update(a.name for a in atoms if isinstance(a, Var))

    def block(self, block: Block) -> None:
        self.runs += 1
        kind = None
        for eqn in block.eqns:
            self.families.note(eqn)
            match eqn:
                case Prim(op="push" | "pop" as op, inputs=(Var(type=Stack() as type) as stack, *_)):
                    self.runs += op != kind and kind is not None
                    kind = op
                    self.types[stack.name] = type
                    self.found.append((stack.name, _Use(self.runs, op)))
                case Prim(op="stack_new", outputs=(Var(type=Stack() as type) as stack,)):
                    self.types[stack.name] = type
                case Prim(inputs=atoms) | Call(inputs=atoms):
                    self.others(atoms)
                case _:
                    self.runs, kind = self.runs + 1, None
                    for inner in blocks_of(eqn):
                        self.block(inner)
                    self.runs += 1

    def groups(self) -> Iterator[tuple[str, ...]]:
        """The families that are to be packed, by those that stand for them: two to eight at a time."""
        uses: dict[str, list[_Use]] = defaultdict(list)
        for name, use in self.found:
            uses[self.families.find(name)].append(use)
        types = {self.families.find(name): type for name, type in self.types.items()}
        other = {self.families.find(name) for name in self.other}
        together: dict[tuple[object, ...], list[str]] = defaultdict(list)
        for family, where in uses.items():
            type = types[family]
            if type.elem.dtype == BOOL and family not in other and len({u.run for u in where}) == len(where):
                together[type, *((u.run, u.op) for u in where)].append(family)
        for families in together.values():
            for k in range(0, len(families) - 1, BITS):
                if len(families[k : k + BITS]) > 1:
                    yield tuple(families[k : k + BITS])


class _Packing:
    """The rewriting of one graph. The first family of a group becomes that of the bytes, the others lose their uses."""

    def __init__(self, graph: Graph, uses: _Uses, groups: Sequence[tuple[str, ...]]) -> None:
        self.families = uses.families
        self.names = names_in(graph)
        self.group_of = {family: group for group in groups for family in group}
        self.env: dict[str, Atom] = {}
        self.pushed: dict[tuple[str, ...], dict[str, Prim]] = {}  # of the run, until all are there
        self.popped: dict[tuple[str, ...], tuple[Var, set[str]]] = {}  # the byte of the run, and who waits for a bit

    def block(self, block: Block) -> Block:
        inner = Builder(self.names)
        for place, eqn in enumerate(block.eqns):
            with inner.at(eqn.loc):
                self.eqn(eqn, inner, block.eqns[place:])
        return Block(self.vars(block.params), tuple(inner.eqns), self.read(block.results))

    def eqn(self, eqn: Eqn, builder: Builder, rest: Sequence[Eqn]) -> None:
        """Append what becomes of `eqn`; it is the first of `rest`."""
        match eqn:
            case Prim(op="push") if group := self.group(eqn.inputs[0]):
                self.push(eqn, group, builder)
            case Prim(op="pop") if group := self.group(eqn.inputs[0]):
                self.pop(eqn, group, builder, rest)
            case Prim(op="stack_new") if self.is_leader(eqn.outputs[0]):
                attrs = attrs_of(dict(eqn.attrs) | {"dtype": "u8"})
                builder.append(Prim(eqn.op, (), self.vars(eqn.outputs), attrs, eqn.loc))
            case Prim():
                builder.append(replace(eqn, inputs=self.read(eqn.inputs)))
            case Call():
                builder.append(replace(eqn, inputs=self.read(eqn.inputs)))
            case If():
                then, orelse = self.block(eqn.then), self.block(eqn.orelse)
                builder.append(If(self.look(eqn.pred), then, orelse, self.vars(eqn.outputs), eqn.loc))
            case While():
                init, cond, body = self.read(eqn.init), self.block(eqn.cond), self.block(eqn.body)
                builder.append(While(init, cond, body, self.vars(eqn.outputs), eqn.loc))
            case For():
                over, init, body = self.read(eqn.over), self.read(eqn.init), self.block(eqn.body)
                builder.append(For(over, init, body, self.vars(eqn.outputs), eqn.breakable, eqn.loc))
            case Closure():
                raise CompilerBug("a closure has reached the optimiser", eqn.loc)
            case _:
                assert_never(eqn)

    def push(self, eqn: Prim, group: tuple[str, ...], builder: Builder) -> None:
        """Push the byte, if `eqn` has the last of its bits."""
        family = self.family(eqn.inputs[0])
        pushed = self.pushed.setdefault(group, {})
        pushed[family] = eqn
        if family != group[0]:
            self.env[eqn.outputs[0].name] = self.look(eqn.inputs[0])
        if len(pushed) == len(group):
            del self.pushed[group]
            leader = pushed[group[0]]
            byte = _byte(builder, [self.look(pushed[f].inputs[1]) for f in group])
            stack = self.look(leader.inputs[0])
            builder.append(Prim("push", (stack, byte), self.vars(leader.outputs), leader.attrs, leader.loc))

    def pop(self, eqn: Prim, group: tuple[str, ...], builder: Builder, rest: Sequence[Eqn]) -> None:
        """Take a bit of the byte, which is popped first if `eqn` is the first of its bits."""
        family = self.family(eqn.inputs[0])
        if group not in self.popped:
            pops = (e for e in rest if isinstance(e, Prim) and e.op == "pop")
            leader = next(e for e in pops if self.family(e.inputs[0]) == group[0])
            stack = self.look(leader.inputs[0])
            byte = builder.var("bits", Array(BYTE, _shape(eqn.outputs[1])))
            outputs = (*self.vars(leader.outputs[:1]), byte)
            builder.append(Prim("pop", (stack,), outputs, leader.attrs, leader.loc))
            self.popped[group] = byte, set(group)
        byte, waiting = self.popped[group]
        if family != group[0]:
            self.env[eqn.outputs[0].name] = self.look(eqn.inputs[0])
        bit = builder.op("bit_and", byte, Lit(1 << group.index(family), Array(BYTE)), hint="bit")
        builder.append(Prim("ne", (bit, Lit(0, Array(BYTE))), eqn.outputs[1:], (), eqn.loc))
        waiting.remove(family)
        if not waiting:
            del self.popped[group]

    def family(self, atom: Atom) -> str:
        assert isinstance(atom, Var)
        return self.families.find(atom.name)

    def group(self, atom: Atom) -> tuple[str, ...] | None:
        return self.group_of.get(self.family(atom))

    def is_leader(self, atom: Atom) -> bool:
        group = self.group(atom)
        return group is not None and group[0] == self.family(atom)

    def look(self, atom: Atom) -> Atom:
        """What stands for an atom now."""
        if not isinstance(atom, Var):
            return atom
        found = self.env.get(atom.name, atom)
        return self.retyped(found) if isinstance(found, Var) else found

    def read(self, atoms: Sequence[Atom]) -> tuple[Atom, ...]:
        return tuple(map(self.look, atoms))

    def vars(self, variables: Sequence[Var]) -> tuple[Var, ...]:
        return tuple(map(self.retyped, variables))

    def retyped(self, var: Var) -> Var:
        """A variable, as a stack of bytes if it is the one of its group."""
        if not isinstance(var.type, Stack) or not self.is_leader(var):
            return var
        return Var(var.name, Stack(Array(BYTE, var.type.elem.shape), var.type.capacity))


def _shape(var: Var) -> tuple[Dim, ...]:
    assert isinstance(var.type, Array)
    return var.type.shape


def _byte(builder: Builder, bools: Sequence[Atom]) -> Atom:
    """The byte with these bits, the first the lowest."""
    byte: Atom | None = None
    for k, atom in enumerate(bools):
        bit = builder.op("cast", atom, dtype="u8", hint="bit")
        if k:
            bit = builder.op("shift_left", bit, Lit(k, Array(BYTE)), hint="bit")
        byte = bit if byte is None else builder.op("bit_or", byte, bit, hint="bits")
    assert byte is not None
    return byte
