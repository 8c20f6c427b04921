"""Dead code elimination: only what the results or the effects need is kept.

Mark and sweep. A *cell* is anything that is kept or dropped as one: an equation of an operation, an output of an If
with what both branches yield for it, or a *carry* of a loop: its initial value, its parameter in each block, its
result and its output. The roots are the results of the graph and the effects; whatever a marked cell reads is marked,
and so is the If or loop that it stands in, with its predicate, condition or range. So a group of carries that only
feed each other is never marked, and the whole takes time linear in the size of the program.

    i: i64, s: f64, t: f64 = while (0, x, x) (i, s, t) {..} do (i, s, t) {.. yield i2, s2, t2}
    return s                                     where t2 is made of t and s: the third carry goes

A call may have effects and stays. A loop without effects whose outputs are not needed goes, even if it would never
end: to run forever is no effect here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, assert_never

from myialike.errors import CompilerBug
from myialike.ir.syntax import Atom, Block, Call, Closure, Eqn, For, Graph, If, Prim, Var, While
from myialike.opt.rewriter import is_pure

T = TypeVar("T")


def prune(graph: Graph) -> Graph:
    """Drop equations, outputs of branches and carries of loops that nothing needs."""
    marks = _Marks()
    marks.define_block(graph.body, None)
    marks.need(graph.results)
    marks.spread()
    return Graph(graph.name, marks.sweep_block(graph.body, graph.results), graph.signature, graph.loc)


@dataclass(eq=False, slots=True)
class _Cell:
    """What is kept or dropped as one. `reads` are the atoms it needs; `inside` is the cell of the If or loop around."""

    reads: tuple[Atom, ...]
    inside: _Cell | None
    marked: bool = False


@dataclass(slots=True)
class _Marks:
    """The cells of a graph, and which of them are needed.

    `of` has the cell of every variable but the graph's parameters; `whole` the cell of each If and loop itself, by
    the identity of the equation.
    """

    of: dict[str, _Cell] = field(default_factory=dict)
    whole: dict[int, _Cell] = field(default_factory=dict)
    work: list[_Cell] = field(default_factory=list)

    # Define.

    def define_block(self, block: Block, inside: _Cell | None) -> None:
        for eqn in block.eqns:
            self.define(eqn, inside)

    def define(self, eqn: Eqn, inside: _Cell | None) -> None:
        match eqn:
            case Prim():
                self.leaf(eqn, inside, root=not is_pure(eqn))
            case Call():
                self.leaf(eqn, inside, root=True)
            case If():
                cell = self.structure(eqn, _Cell((eqn.pred,), inside))
                for output, a, b in zip(eqn.outputs, eqn.then.results, eqn.orelse.results, strict=True):
                    self.of[output.name] = _Cell((a, b), cell)
                self.define_block(eqn.then, cell)
                self.define_block(eqn.orelse, cell)
            case While():
                cell = self.structure(eqn, _Cell(eqn.cond.results, inside))
                self.carries(eqn.init, (eqn.cond.params, eqn.body.params, eqn.outputs), eqn.body.results, cell)
                self.define_block(eqn.cond, cell)
                self.define_block(eqn.body, cell)
            case For():
                cell = self.structure(eqn, _Cell(eqn.over, inside))
                self.of[eqn.body.params[0].name] = cell
                self.carries(eqn.init, (eqn.body.params[1:], eqn.outputs), eqn.body.results, cell)
                self.define_block(eqn.body, cell)
            case Closure():
                raise CompilerBug("a closure has reached the optimiser", eqn.loc)
            case _:
                assert_never(eqn)

    def leaf(self, eqn: Prim | Call, inside: _Cell | None, root: bool) -> None:
        cell = self.whole[id(eqn)] = _Cell(eqn.inputs, inside)
        self.of.update((o.name, cell) for o in eqn.outputs)
        if root:
            self.mark(cell)

    def structure(self, eqn: Eqn, cell: _Cell) -> _Cell:
        self.whole[id(eqn)] = cell
        return cell

    def carries(
        self, init: Sequence[Atom], variables: Sequence[Sequence[Var]], results: Sequence[Atom], loop: _Cell
    ) -> None:
        for k, (first, result) in enumerate(zip(init, results, strict=True)):
            cell = _Cell((first, result), loop)
            self.of.update((names[k].name, cell) for names in variables)

    # Mark.

    def mark(self, cell: _Cell) -> None:
        if not cell.marked:
            cell.marked = True
            self.work.append(cell)

    def need(self, atoms: Sequence[Atom]) -> None:
        for atom in atoms:
            if isinstance(atom, Var) and atom.name in self.of:
                self.mark(self.of[atom.name])

    def spread(self) -> None:
        while self.work:
            cell = self.work.pop()
            self.need(cell.reads)
            if cell.inside is not None:
                self.mark(cell.inside)

    # Sweep.

    def sweep_block(self, block: Block, results: tuple[Atom, ...], params: tuple[Var, ...] | None = None) -> Block:
        eqns = tuple(self.sweep(e) for e in block.eqns if self.whole[id(e)].marked)
        return Block(block.params if params is None else params, eqns, results)

    def sweep(self, eqn: Eqn) -> Eqn:
        match eqn:
            case Prim() | Call():
                return eqn
            case If():
                live = tuple(self.live(eqn.outputs))
                then = self.sweep_block(eqn.then, pick(live, eqn.then.results))
                orelse = self.sweep_block(eqn.orelse, pick(live, eqn.orelse.results))
                return If(eqn.pred, then, orelse, pick(live, eqn.outputs), eqn.loc)
            case While():
                live = tuple(self.live(eqn.outputs))
                cond = self.sweep_block(eqn.cond, eqn.cond.results, pick(live, eqn.cond.params))
                body = self.sweep_block(eqn.body, pick(live, eqn.body.results), pick(live, eqn.body.params))
                return While(pick(live, eqn.init), cond, body, pick(live, eqn.outputs), eqn.loc)
            case For():
                live = tuple(self.live(eqn.outputs))
                params = eqn.body.params[:1] + pick(live, eqn.body.params[1:])
                body = self.sweep_block(eqn.body, pick(live, eqn.body.results), params)
                return For(eqn.over, pick(live, eqn.init), body, pick(live, eqn.outputs), eqn.breakable, eqn.loc)
            case Closure():
                raise CompilerBug("a closure has reached the optimiser", eqn.loc)
            case _:
                assert_never(eqn)

    def live(self, outputs: Sequence[Var]) -> Iterator[int]:
        """The positions of the outputs that are needed."""
        return (k for k, o in enumerate(outputs) if self.of[o.name].marked)


def pick(positions: Sequence[int], items: Sequence[T]) -> tuple[T, ...]:
    return tuple(items[k] for k in positions)
