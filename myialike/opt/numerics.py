"""`check_numerics`: a program that raises at the first value that is not finite.

Behind every operation that can make a NaN or an infinity of finite operands stands a check that it has not. It names
the user's line, the variable, and for each loop around it the index of a `for`, or which iteration of a `while` it is:

    FloatingPointError: y is not finite at model.py:12 (`np.log(s)`), in iteration 3 of the loop at line 10

In a derivative the names are those of tangents and cotangents, `y_dot` and `y_bar`, at the line they belong to. The
loop of a backward sweep takes the iterations in reverse order; its index is that of the forward `for`, but the
iterations of a `while` are counted from the last.

Two kinds of value are none of the check's business: those made of what was not finite already, an infinite argument or
constant; and those that only a choice reads (`np.where(x > 0, np.log(x), 0)`), for what is chosen is checked itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from myialike.ir.builder import Builder, Names, names_in
from myialike.ir.names import numberless, spoken
from myialike.ir.op import TABLE
from myialike.ir.syntax import Atom, Block, Eqn, For, Graph, If, Lit, Module, Prim, Var, While, blocks_of, inputs_of
from myialike.ir.types import I64, Array, is_float, scalar
from myialike.source import Location, segment, short

HARMLESS = frozenset(  # of finite operands the results are finite
    """abs broadcast ceil concatenate conj complex copysign cummax cummin floor fmax fmin imag index index_set maximum
    minimum neg pop push real reduce_max reduce_min reshape rint select sign sin cos tanh arctan sort stack_new
    stop_gradient transpose trunc""".split()
)
UNNAMED = {"v": "a value", "v_bar": "a cotangent", "v_dot": "a tangent"}
Ignored = dict[Var, tuple[Atom, ...]]
CHOICES: dict[str, tuple[int, ...]] = {"select": (1, 2), "zmul": (1,)}  # operands that may not count


def with_checks(module: Module) -> Module:
    """The module with a check behind every operation that can make a value that is not finite."""
    return Module(tuple(_checked(g) for g in module.graphs))


def _checked(graph: Graph) -> Graph:
    names = names_in(graph)
    return replace(graph, body=_Checking(names, _ignored(graph)).block(graph.body, {}, ()))


@dataclass(frozen=True, slots=True)
class _Loop:
    """A loop around an equation: where it is, the number of its present iteration, and what that number is."""

    loc: Location | None
    number: Atom
    count: str


class _Checking:
    def __init__(self, names: Names, ignored: Ignored) -> None:
        self.names, self.ignored = names, ignored

    def block(self, block: Block, finite: dict[Var, Atom], loops: tuple[_Loop, ...]) -> Block:
        """The block with its checks; `finite` says for variables whether they are, as far as that is computed."""
        builder, finite = Builder(self.names), dict(finite)
        for eqn in block.eqns:
            with builder.at(eqn.loc):
                self.eqn(builder, eqn, finite, loops)
        return Block(block.params, tuple(builder.eqns), block.results)

    def eqn(self, builder: Builder, eqn: Eqn, finite: dict[Var, Atom], loops: tuple[_Loop, ...]) -> None:
        match eqn:
            case Prim():
                builder.append(eqn)
                harmless = eqn.op in HARMLESS and self.ignored.keys().isdisjoint(eqn.inputs)
                if not harmless and not TABLE[eqn.op].effect:
                    self.check(builder, eqn, finite, loops)
            case If():
                then, orelse = (self.block(b, finite, loops) for b in (eqn.then, eqn.orelse))
                builder.append(replace(eqn, then=then, orelse=orelse))
            case For():
                around = (_Loop(eqn.loc, eqn.body.params[0], "at index"), *loops)
                builder.append(replace(eqn, body=self.block(eqn.body, finite, around)))
            case While():
                builder.append(self.counting(builder, eqn, finite, loops))
            case _:
                builder.append(eqn)

    def counting(self, builder: Builder, eqn: While, finite: dict[Var, Atom], loops: tuple[_Loop, ...]) -> While:
        """A `While` that counts its iterations."""
        count, after, unused, last = (builder.var("iteration", scalar(I64)) for _ in range(4))
        body = self.block(eqn.body, finite, (_Loop(eqn.loc, count, "in iteration"), *loops))
        step = Prim("add", (count, Lit(1, scalar(I64))), (after,), loc=eqn.loc)
        body = Block((*body.params, count), (*body.eqns, step), (*body.results, after))
        cond = Block((*eqn.cond.params, unused), eqn.cond.eqns, eqn.cond.results)
        return While((*eqn.init, Lit(0, scalar(I64))), cond, body, (*eqn.outputs, last), eqn.loc)

    def check(self, builder: Builder, eqn: Prim, finite: dict[Var, Atom], loops: tuple[_Loop, ...]) -> None:
        """Append the checks of the outputs, unless an operand was not finite before."""
        sources = tuple(dict.fromkeys(s for a in eqn.inputs for s in _sources(self.ignored, a)))
        if any(isinstance(a, Lit) and not _is_finite(a) for a in sources):
            return
        for out in eqn.outputs:
            if out in self.ignored or not self.can_tell(out):
                continue
            ok = self.is_finite(builder, out, finite)
            for atom in sources:
                if self.can_tell(atom):
                    before = builder.op("logical_not", self.is_finite(builder, atom, finite))
                    ok = builder.op("logical_or", ok, before)
            numbers = [loop.number for loop in loops]
            message = _message(out, eqn.loc, loops)
            builder.prim("check", (ok, *numbers), error="builtins.FloatingPointError", message=message)

    def can_tell(self, atom: Atom) -> bool:
        """Whether an atom is a variable that may be finite or not."""
        return isinstance(atom, Var) and isinstance(atom.type, Array) and is_float(atom.type)

    def is_finite(self, builder: Builder, var: Atom, finite: dict[Var, Atom]) -> Atom:
        """Whether all elements of a variable are finite, computed once in each block."""
        assert isinstance(var, Var) and isinstance(var.type, Array)
        if var not in finite:
            each = builder.op("isfinite", var, hint="finite")
            axes = tuple(range(var.type.ndim))
            finite[var] = builder.op("reduce_and", each, hint="finite", axes=axes) if axes else each
        return finite[var]


def _is_finite(literal: Lit) -> bool:
    value = literal.value
    return math.isfinite(abs(value)) if isinstance(value, int | float | complex) else True


def _message(var: Var, loc: Location | None, loops: Sequence[_Loop]) -> str:
    """The text of a failed check, with a field for the iteration of each loop."""
    name = spoken(numberless(var.name))
    what = UNNAMED.get(name, name)
    code = "" if loc is None else short(segment(loc))
    place = "" if loc is None else f" at {Path(loc.filename).name}:{loc.lineno}" + (f" (`{code}`)" if code else "")
    head = f"{what} is not finite{place}".replace("{", "{{").replace("}", "}}")
    around = [f"{loop.count} {{}} of the loop{_at(loop.loc)}" for loop in loops]
    return ", ".join([head, *around])


def _at(loc: Location | None) -> str:
    return "" if loc is None else f" at line {loc.lineno}"


def _sources(ignored: Ignored, atom: Atom) -> tuple[Atom, ...]:
    """What an atom is made of that is not ignored."""
    return ignored.get(atom, (atom,)) if isinstance(atom, Var) else (atom,)


def _ignored(graph: Graph) -> Ignored:
    """The variables that only choices read, directly or through others whose results only choices read.

    Those that are what they are made of, an infinite constant say, are not among them.
    """
    seen: set[Var] = set()
    _read(graph.body, seen)
    seen.update(r for r in graph.results if isinstance(r, Var))
    ignored: dict[Var, tuple[Atom, ...]] = {}
    for eqn in _all(graph.body):
        if isinstance(eqn, Prim) and (eqn.op not in HARMLESS or not ignored.keys().isdisjoint(eqn.inputs)):
            sources = tuple(s for a in eqn.inputs for s in _sources(ignored, a))
            ignored.update((o, sources) for o in eqn.outputs if o not in seen)
    return ignored


def _all(block: Block) -> Sequence[Eqn]:
    return [e for eqn in block.eqns for e in (eqn, *(i for b in blocks_of(eqn) for i in _all(b)))]


def _read(block: Block, seen: set[Var]) -> None:
    """Add what the block reads otherwise than to choose from it; results are read."""
    seen.update(r for r in block.results if isinstance(r, Var))
    for eqn in reversed(block.eqns):
        for inner in blocks_of(eqn):
            _read(inner, seen)
        if isinstance(eqn, Prim) and not TABLE[eqn.op].effect:
            if eqn.outputs and seen.isdisjoint(eqn.outputs):
                continue
            skipped = CHOICES.get(eqn.op, ())
            seen.update(a for k, a in enumerate(eqn.inputs) if isinstance(a, Var) and k not in skipped)
        else:
            seen.update(a for a in inputs_of(eqn) if isinstance(a, Var))
