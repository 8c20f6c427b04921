"""A recursive graph cut at its calls: basic blocks, and what is live between them.

A basic block is a run of equations and one exit:

    Jump(target, moves)                  go on at another block, after the moves  variable := atom, all at once
    Branch(pred, then, orelse)           go on at one of two blocks
    Invoke(callee, inputs, outputs, to)  call; its results are the variables `outputs` when block `to` is entered
    Return(results)

`cut` takes apart only the Ifs and loops that have a call in them, anywhere, conditions included:

    y = if p { t = call f(x)             0: branch p ? 1 : 3
               yield t } else {          1: invoke f(x) -> t, go on at 2
               yield x }                 2: jump 4 with y := t
    return y                             3: jump 4 with y := x
                                         4: return y

All others stay equations. A `For` becomes a counter and a comparison. Since names are unique within a graph, a variable
has one definition, or, where a jump assigns it, one for each jump to its block.

Liveness is the textbook's backward dataflow problem (Aho, Lam, Sethi, Ullman, section 9.2.5): a block is entered with
the variables that it, or what comes after it, reads before they are defined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from myialike.ir.builder import Builder, Names
from myialike.ir.syntax import Atom, Block, Call, Eqn, For, Graph, If, Lit, Var, While, blocks_of, free_vars


@dataclass(frozen=True, slots=True)
class Jump:
    target: int
    moves: tuple[tuple[Var, Atom], ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    pred: Atom
    then: int
    orelse: int


@dataclass(frozen=True, slots=True)
class Invoke:
    callee: str
    inputs: tuple[Atom, ...]
    outputs: tuple[Var, ...]
    to: int


@dataclass(frozen=True, slots=True)
class Return:
    results: tuple[Atom, ...]


Exit = Jump | Branch | Invoke | Return


@dataclass(slots=True)
class BasicBlock:
    """`live` are the variables that are defined before and read here or later, in order of their definition."""

    eqns: list[Eqn] = field(default_factory=list)
    exit: Exit = Return(())
    live: tuple[Var, ...] = ()


def reads(exit: Exit) -> tuple[Atom, ...]:
    """The atoms that an exit reads."""
    match exit:
        case Jump():
            return tuple(atom for _, atom in exit.moves)
        case Branch():
            return (exit.pred,)
        case Invoke():
            return exit.inputs
        case Return():
            return exit.results
        case _:
            assert_never(exit)


def successors(exit: Exit) -> tuple[int, ...]:
    """The blocks of the same graph that may run next."""
    match exit:
        case Jump():
            return (exit.target,)
        case Branch():
            return (exit.then, exit.orelse)
        case Invoke():
            return (exit.to,)
        case Return():
            return ()
        case _:
            assert_never(exit)


def assigned(exit: Exit) -> tuple[Var, ...]:
    """The variables that an exit gives a value on the way to its successor."""
    match exit:
        case Jump():
            return tuple(var for var, _ in exit.moves)
        case Invoke():
            return exit.outputs
        case Branch() | Return():
            return ()
        case _:
            assert_never(exit)


def has_call(block: Block) -> bool:
    """Whether a call is anywhere in a block."""
    return any(isinstance(e, Call) or any(map(has_call, blocks_of(e))) for e in block.eqns)


def cut(graph: Graph, names: Names) -> list[BasicBlock]:
    """The basic blocks of a graph, the first one its entry, with their live variables."""
    cutter = _Cutter(names)
    last = cutter.run(graph.body.eqns, cutter.new())
    cutter.blocks[last].exit = Return(graph.results)
    find_live(cutter.blocks, graph)
    return cutter.blocks


class _Cutter:
    """Each method continues in a block that is open, given by its number, and gives the one that is open after."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.blocks: list[BasicBlock] = []

    def new(self) -> int:
        self.blocks.append(BasicBlock())
        return len(self.blocks) - 1

    def run(self, eqns: Sequence[Eqn], at: int) -> int:
        for eqn in eqns:
            at = self.eqn(eqn, at)
        return at

    def eqn(self, eqn: Eqn, at: int) -> int:
        if isinstance(eqn, Call):
            after = self.new()
            self.blocks[at].exit = Invoke(eqn.callee, eqn.inputs, eqn.outputs, after)
            return after
        if any(map(has_call, blocks_of(eqn))):
            match eqn:
                case If():
                    return self.if_(eqn, at)
                case While():
                    return self.while_(eqn, at)
                case For():
                    return self.for_(eqn, at)
        self.blocks[at].eqns.append(eqn)
        return at

    def if_(self, eqn: If, at: int) -> int:
        then, orelse, after = self.new(), self.new(), self.new()
        self.blocks[at].exit = Branch(eqn.pred, then, orelse)
        for start, branch in ((then, eqn.then), (orelse, eqn.orelse)):
            self.jump(self.run(branch.eqns, start), after, eqn.outputs, branch.results)
        return after

    def while_(self, eqn: While, at: int) -> int:
        head, body, after = self.new(), self.new(), self.new()
        self.jump(at, head, eqn.cond.params, eqn.init)
        test = self.run(eqn.cond.eqns, head)
        self.branch(test, eqn.cond.results[0], body, after)
        self.enter(body, eqn.body.params, eqn.cond.params)
        self.jump(self.run(eqn.body.eqns, self.follow(body)), head, eqn.cond.params, eqn.body.results)
        self.enter(after, eqn.outputs, eqn.cond.params)
        return self.follow(after)

    def for_(self, eqn: For, at: int) -> int:
        start, stop, step = eqn.over
        head, body, after = self.new(), self.new(), self.new()
        params = eqn.body.params
        self.jump(at, head, params, (start, *eqn.init))
        builder = Builder(self.names, eqn.loc)
        self.branch(head, more(builder, params[0], stop, step), body, after)
        self.blocks[head].eqns += builder.eqns
        last = self.run(eqn.body.eqns, body)
        builder = Builder(self.names, eqn.loc)
        following = builder.op("add", params[0], step, hint=params[0].name)
        self.blocks[last].eqns += builder.eqns
        self.jump(last, head, params, (following, *eqn.body.results))
        self.enter(after, eqn.outputs, params[1:])
        return self.follow(after)

    def jump(self, at: int, target: int, variables: Sequence[Var], atoms: Sequence[Atom]) -> None:
        self.blocks[at].exit = Jump(target, tuple(zip(variables, atoms, strict=True)))

    def branch(self, at: int, pred: Atom, then: int, orelse: int) -> None:
        self.blocks[at].exit = Branch(pred, then, orelse)

    def enter(self, at: int, variables: Sequence[Var], atoms: Sequence[Atom]) -> None:
        """Give a block, which is otherwise empty, to the assignment of variables on the way to the next new one."""
        self.jump(at, self.new(), variables, atoms)

    def follow(self, at: int) -> int:
        return successors(self.blocks[at].exit)[0]


def more(builder: Builder, index: Atom, stop: Atom, step: Atom) -> Atom:
    """Whether a `For` with this step goes on at this index."""
    if isinstance(step, Lit):
        return builder.op("lt" if step.value > 0 else "gt", index, stop, hint="more")
    up, down = builder.op("lt", index, stop), builder.op("gt", index, stop)
    forwards = builder.op("gt", step, Lit(0, step.type))
    return builder.op("select", forwards, up, down, hint="more")


def find_live(blocks: list[BasicBlock], graph: Graph) -> None:
    """Set `live` of all blocks."""
    order = {v.name: k for k, v in enumerate(_definitions(blocks, graph))}
    read = [free_vars(Block((), tuple(b.eqns), ())) for b in blocks]
    live: list[set[Var]] = [set() for _ in blocks]
    changed = True
    while changed:
        changed = False
        for k in reversed(range(len(blocks))):
            found = _live_before(blocks[k], read[k], live)
            changed = changed or found != live[k]
            live[k] = found
    for block, found in zip(blocks, live, strict=True):
        block.live = tuple(sorted(found, key=lambda v: order[v.name]))


def _live_before(block: BasicBlock, read: Sequence[Var], live: list[set[Var]]) -> set[Var]:
    after: set[Var] = set().union(*(live[k] for k in successors(block.exit)))
    needed = after - set(assigned(block.exit)) | {a for a in _needed(block.exit, after) if isinstance(a, Var)}
    return needed - {o for e in block.eqns for o in e.outputs} | set(read)


def _needed(exit: Exit, after: set[Var]) -> Sequence[Atom]:
    """What an exit reads of what is read later: a move to a variable that nobody reads does not count."""
    if isinstance(exit, Jump):
        return [atom for var, atom in exit.moves if var in after]
    return reads(exit)


def _definitions(blocks: list[BasicBlock], graph: Graph) -> list[Var]:
    """The variables that can be live between blocks, each once, in an order that is the same in every run."""
    found = dict.fromkeys(graph.params)
    for block in blocks:
        found.update(dict.fromkeys(o for e in block.eqns for o in e.outputs))
        found.update(dict.fromkeys(assigned(block.exit)))
    return list(found)
