"""The state of compiling one function: the block being written, and the value each variable has at this point.

`env` gives each variable that is bound here its atom; a boxed variable has its cell for as long as it exists. A
variable that is missing is not bound. A variable in `unsure` may hold `py.undef`: it was bound on some paths only.
Reading it is an operation of its own, `py.bound`, so that the error is raised at the reading place even where the value
is only handed on.

Blocks are written in arms: `with self.arm() as arm` writes into a new block, starting from the variables of here;
`merge` makes an `If` of two arms, with the variables that differ between them as results.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from myialike.errors import UnsupportedError
from myialike.frontend.refused import refusal
from myialike.frontend.scopes import Scopes, Variable
from myialike.ir.builder import Builder, Names, attrs_of
from myialike.ir.syntax import Atom, Block, For, If, Lit, Prim, Var, While
from myialike.ir.types import DYNAMIC
from myialike.source import Location

Env = dict[Variable, Atom]


@dataclass(frozen=True, slots=True)
class Place:
    """The text being compiled: its file, and the qualified name of the function."""

    filename: str
    function: str

    def of(self, node: ast.AST) -> Location:
        line = getattr(node, "lineno", 1)
        column = getattr(node, "col_offset", 0)
        end = getattr(node, "end_lineno", None) or line
        end_column = getattr(node, "end_col_offset", None) or column
        return Location(self.filename, line, column, end, end_column, self.function)


@dataclass(slots=True)
class Arm:
    """A block being written, and how it ends.

    After it has raised nobody reads a variable any more. After it has left a loop or the function, only the
    compiler's own flags and the variables `needed` are read.
    """

    builder: Builder
    env: Env
    unsure: set[Variable]
    end: Literal["open", "left", "raised"] = "open"
    needed: frozenset[Variable] = frozenset()
    values: tuple[Atom, ...] = ()

    def wants(self, variable: Variable) -> bool:
        """Whether anybody can read a variable after the end of this block."""
        return self.end == "open" or (self.end == "left" and (variable.internal or variable in self.needed))


def literal(value: Any) -> Lit:
    return Lit(value, DYNAMIC)


class Emitter:
    """Writes equations and keeps track of variables."""

    def __init__(self, place: Place, scopes: Scopes, names: Names, env: Env, unsure: set[Variable]) -> None:
        self.place = place
        self.scopes = scopes
        self.names = names
        self.here = Arm(Builder(names), dict(env), set(unsure))

    # -- operations ------------------------------------------------------------------------------------------------

    def prims(
        self, op: str, inputs: Sequence[Atom], node: ast.AST, hints: Sequence[str], /, **attrs: Any
    ) -> tuple[Var, ...]:
        """Append an operation with as many results as there are hints for their names."""
        outputs = tuple(Var(self.names.fresh(h), DYNAMIC) for h in hints)
        self.here.builder.append(Prim(op, tuple(inputs), outputs, attrs_of(attrs), self.place.of(node)))
        return outputs

    def prim(self, op: str, inputs: Sequence[Atom], node: ast.AST, hint: str = "v", /, **attrs: Any) -> Var:
        (out,) = self.prims(op, inputs, node, (hint,), **attrs)
        return out

    def effect(self, op: str, inputs: Sequence[Atom], node: ast.AST, /, **attrs: Any) -> None:
        self.prims(op, inputs, node, (), **attrs)

    def call(self, function: Atom, args: Sequence[Atom], node: ast.AST, hint: str = "v") -> Var:
        return self.prim("py.call", (function, *args), node, hint, keywords=(), starred=())

    def refused(self, key: ast.AST | str, node: ast.AST, subject: str = "") -> UnsupportedError:
        return refusal(key, self.place.of(node), subject)

    def local(self, node: ast.AST) -> Variable:
        """The variable that a naming node binds: one of this function's, else it is refused."""
        variable = self.scopes.variable(node)
        if variable is None:
            statement, name = self.scopes.outside[node]
            raise self.refused("nonlocal" if isinstance(statement, ast.Nonlocal) else statement, statement, name)
        return variable

    # -- variables -------------------------------------------------------------------------------------------------

    def read(self, variable: Variable, node: ast.AST) -> Atom:
        """The value of a variable; an operation that raises where it may not be bound."""
        env, hint = self.here.env, variable.hint
        attrs = {"name": variable.name, "free": node in self.scopes.captured}
        if variable.boxed:
            return self.prim("py.cell_get", (env[variable],), node, hint, **attrs)
        unsure = variable not in env or variable in self.here.unsure
        value = self.value(variable, node)
        if not unsure:
            return value
        self.here.unsure.discard(variable)
        return self.prim("py.bound", (value,), node, hint, **attrs)

    def value(self, variable: Variable, node: ast.AST) -> Atom:
        """What an unboxed variable holds here, bound or not."""
        if variable in self.here.env:
            return self.here.env[variable]
        if variable.internal:
            return self.prim("py.never", (), node, variable.hint)
        return self.prim("py.undef", (), node, variable.hint, name=variable.name)

    def write(self, variable: Variable, value: Atom, node: ast.AST) -> None:
        if variable.boxed:
            self.effect("py.cell_set", (self.here.env[variable], value), node)
        else:
            self.here.env[variable] = value
            self.here.unsure.discard(variable)

    def unbind(self, variable: Variable, node: ast.AST) -> None:
        """`del` of a variable; raises where it is not bound."""
        self.read(variable, node)
        if variable.boxed:
            nothing = self.prim("py.undef", (), node, variable.hint, name=variable.name)
            self.effect("py.cell_set", (self.here.env[variable], nothing), node)
        else:
            self.here.env.pop(variable, None)

    def make_cell(self, variable: Variable, node: ast.AST, value: Atom | None = None) -> None:
        inputs = () if value is None else (value,)
        self.here.env[variable] = self.prim("py.cell", inputs, node, f"{variable.hint}_cell")

    # -- branches --------------------------------------------------------------------------------------------------

    @contextmanager
    def arm(self) -> Iterator[Arm]:
        """Write into a new block, which starts with the variables of here."""
        before = self.here
        self.here = Arm(Builder(self.names), dict(before.env), set(before.unsure))
        try:
            yield self.here
        finally:
            self.here = before

    def branch(
        self,
        pred: Atom,
        then: Callable[[], Atom],
        orelse: Callable[[], Atom],
        node: ast.AST,
        hint: str = "v",
    ) -> Atom:
        """An expression with two ways to get its value, of which one is taken."""
        with self.arm() as yes:
            yes.values = (then(),)
        with self.arm() as no:
            no.values = (orelse(),)
        (out,) = self.merge(pred, yes, no, node, None, (hint,))
        return out

    def merge(
        self,
        pred: Atom,
        yes: Arm,
        no: Arm,
        node: ast.AST,
        live: Collection[Variable] | None,
        hints: Sequence[str] = (),
    ) -> tuple[Atom, ...]:
        """Append `If(pred, yes, no)`; of the variables that differ, those in `live` (None: all) get the results.

        Returns the results for `values` of the arms, one for each of `hints`.
        """
        yes_env, no_env = (self._as_seen(arm, other) for arm, other in ((yes, no), (no, yes)))
        both = dict.fromkeys((*yes_env, *no_env))
        differ = [v for v in both if yes_env.get(v) != no_env.get(v) and (live is None or v in live)]
        self._end(yes, differ, node)
        self._end(no, differ, node)
        outputs: tuple[Var, ...] = ()
        if yes.builder.eqns or no.builder.eqns or differ or hints:
            outputs = tuple(Var(self.names.fresh(h), DYNAMIC) for h in (*hints, *(v.hint for v in differ)))
            blocks = yes.builder.block(yes.values), no.builder.block(no.values)
            self.here.builder.append(If(pred, *blocks, outputs, self.place.of(node)))
        kept = {v: a for v, a in yes_env.items() if no_env.get(v) == a}
        self.here.env = kept | dict(zip(differ, outputs[len(hints) :], strict=True))
        self.here.unsure = self._unsure_after(yes, no) & set(self.here.env)
        self.here.end = next(end for end in ("open", "left", "raised") if end in (yes.end, no.end))
        self.here.needed = yes.needed | no.needed
        return outputs[: len(hints)]

    def _as_seen(self, arm: Arm, other: Arm) -> Env:
        """The variables at the end of an arm; those nobody can read differ where the other arm does something."""
        unread = {v: a for v, a in self.here.env.items() if v in other.env and not arm.wants(v)}
        return unread | {v: a for v, a in arm.env.items() if arm.wants(v)}

    def _unsure_after(self, yes: Arm, no: Arm) -> set[Variable]:
        """The variables that are not surely bound at the end of both arms."""
        return {
            v
            for arm in (yes, no)
            for v in {*yes.env, *no.env, *arm.unsure}
            if arm.wants(v) and (v not in arm.env or v in arm.unsure)
        }

    def _end(self, arm: Arm, differ: Sequence[Variable], node: ast.AST) -> None:
        """Give an arm its results: the values of the variables that differ, after its own."""
        before, self.here = self.here, arm
        arm.values += tuple(
            self.value(v, node) if arm.wants(v) else self.prim("py.never", (), node, v.hint) for v in differ
        )
        self.here = before

    # -- loops -----------------------------------------------------------------------------------------------------

    def each(
        self,
        over: Atom,
        carries: Sequence[Variable],
        turn: Callable[[Var], None],
        node: ast.AST,
        element: str,
        breakable: bool = False,
    ) -> None:
        """Append a `For`: `turn` writes its body, given the element."""
        init = self._init(carries, node)
        with self.arm() as body:
            item = body.builder.param(element, DYNAMIC)
            self._enter(body, carries)
            turn(item)
            self._end(body, carries, node)
        outputs = self._outputs(carries)
        block = body.builder.block(body.values)
        self.here.builder.append(For((over,), init, block, outputs, breakable, self.place.of(node)))
        self._exit(carries, outputs)

    def repeat(
        self,
        carries: Sequence[Variable],
        test: Callable[[], Atom],
        turn: Callable[[], None],
        node: ast.AST,
    ) -> None:
        """Append a `While`: `test` writes its condition and gives it, `turn` writes its body."""
        init = self._init(carries, node)
        with self.arm() as cond:
            self._enter(cond, carries)
            cond.values = (test(),)
        with self.arm() as body:
            self._enter(body, carries)
            turn()
            self._end(body, carries, node)
        outputs = self._outputs(carries)
        blocks: tuple[Block, Block] = cond.builder.block(cond.values), body.builder.block(body.values)
        self.here.builder.append(While(init, *blocks, outputs, self.place.of(node)))
        self._exit(carries, outputs)

    def _init(self, carries: Sequence[Variable], node: ast.AST) -> tuple[Atom, ...]:
        self.here.unsure.update(v for v in carries if v not in self.here.env or v.deleted)
        return tuple(self.value(v, node) for v in carries)

    def _enter(self, arm: Arm, carries: Sequence[Variable]) -> None:
        arm.env.update((v, arm.builder.param(v.hint, DYNAMIC)) for v in carries)

    def _outputs(self, carries: Sequence[Variable]) -> tuple[Var, ...]:
        return tuple(Var(self.names.fresh(v.hint), DYNAMIC) for v in carries)

    def _exit(self, carries: Sequence[Variable], outputs: Sequence[Var]) -> None:
        self.here.env.update(zip(carries, outputs, strict=True))
