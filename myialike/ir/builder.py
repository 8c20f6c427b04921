"""Making IR: a source of fresh names, a builder of blocks, and atoms with arithmetic.

A `Builder` collects the equations of one block. Blocks inside it are made by builders from `child()`, which share
its names. A builder that is dropped leaves no trace, so a pass may try a loop body several times.

>>> from myialike.ir.types import scalar
>>> b = Builder(Names())
>>> x = b.param("x", scalar("f64"))
>>> y = (b.expr(x) * b.expr(x) + 1.0).atom
>>> [e.op for e in b.block((y,)).eqns]
['mul', 'add']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from myialike.ir.names import numberless
from myialike.ir.op import TABLE
from myialike.ir.syntax import Atom, Attrs, Block, Call, Eqn, For, Graph, If, Lit, Prim, Var, While, names_of
from myialike.ir.types import Array, DType, Type
from myialike.source import Location


class Names:
    """Fresh names: the name asked for if it is free, else with the first free suffix: x, x_1, x_2."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)
        self._next: dict[str, int] = {}

    def fresh(self, hint: str) -> str:
        stem = numberless(hint) or "v"
        name, k = stem, self._next.get(stem, 0)
        while name in self.taken:
            k += 1
            name = f"{stem}_{k}"
        self._next[stem] = k
        self.taken.add(name)
        return name


class Builder:
    """The equations of one block in the making. `loc` is given to the equations that do not bring their own."""

    def __init__(self, names: Names, loc: Location | None = None) -> None:
        self.names = names
        self.loc = loc
        self.params: list[Var] = []
        self.eqns: list[Eqn] = []

    def child(self) -> Builder:
        """A builder for a block inside this one."""
        return Builder(self.names, self.loc)

    @contextmanager
    def at(self, loc: Location | None) -> Iterator[None]:
        """Equations made inside carry `loc`, unless it is None."""
        before = self.loc
        self.loc = loc or before
        try:
            yield
        finally:
            self.loc = before

    def var(self, hint: str, type: Type) -> Var:
        """A fresh variable, not yet defined by anything."""
        return Var(self.names.fresh(hint), type)

    def param(self, hint: str, type: Type) -> Var:
        """A fresh variable, the next parameter of the block."""
        self.params.append(self.var(hint, type))
        return self.params[-1]

    def append(self, eqn: Eqn) -> None:
        self.eqns.append(eqn)

    def prim(self, op: str, inputs: Sequence[Atom], hints: Sequence[str] = (), **attrs: Any) -> tuple[Var, ...]:
        """Append `op(inputs; attrs)`; the result types come from the op's type rule, which may raise TypeError."""
        types = TABLE[op].type_rule(tuple(a.type for a in inputs), attrs)
        outputs = tuple(self.var(hints[k] if k < len(hints) else "v", t) for k, t in enumerate(types))
        self.append(Prim(op, tuple(inputs), outputs, attrs_of(attrs), self.loc))
        return outputs

    def op(self, op: str, *inputs: Atom, hint: str = "v", **attrs: Any) -> Var:
        """Append an operation with one result and return the result."""
        (out,) = self.prim(op, inputs, (hint,), **attrs)
        return out

    def if_(self, pred: Atom, then: Block, orelse: Block, hints: Sequence[str]) -> tuple[Var, ...]:
        outputs = tuple(self.var(h, a.type) for h, a in zip(hints, then.results, strict=True))
        self.append(If(pred, then, orelse, outputs, self.loc))
        return outputs

    def while_(self, init: Sequence[Atom], cond: Block, body: Block) -> tuple[Var, ...]:
        outputs = tuple(self.var(p.name, p.type) for p in body.params)
        self.append(While(tuple(init), cond, body, outputs, self.loc))
        return outputs

    def for_(self, over: Sequence[Atom], init: Sequence[Atom], body: Block) -> tuple[Var, ...]:
        """`body.params` are the index, then the carry."""
        outputs = tuple(self.var(p.name, p.type) for p in body.params[1:])
        self.append(For(tuple(over), tuple(init), body, outputs, loc=self.loc))
        return outputs

    def call(self, callee: str, inputs: Sequence[Atom], types: Sequence[Type], hints: Sequence[str]) -> tuple[Var, ...]:
        outputs = tuple(self.var(h, t) for h, t in zip(hints, types, strict=True))
        self.append(Call(callee, tuple(inputs), outputs, self.loc))
        return outputs

    def expr(self, atom: Atom) -> Expr:
        return Expr(self, atom)

    def full(self, type: Array, value: bool | int | float | complex, hint: str = "v") -> Atom:
        """An array of `type` with every element `value`; a literal where the type is a scalar."""
        lit = Lit(python_scalar(type.dtype, value), Array(type.dtype))
        return lit if not type.shape else self.op("broadcast", lit, hint=hint, shape=type.shape)

    def block(self, results: Sequence[Atom]) -> Block:
        return Block(tuple(self.params), tuple(self.eqns), tuple(results))

    def graph(self, name: str, results: Sequence[Atom], loc: Location | None = None) -> Graph:
        return Graph(name, self.block(results), loc=loc)

    def splice(self, block: Block, arguments: Sequence[Atom]) -> tuple[Atom, ...]:
        """Append a copy of `block` with its parameters replaced by `arguments`; return the copies of its results."""
        env = dict(zip(block.params, arguments, strict=True))
        self._copy(block.eqns, env)
        return tuple(_look(env, r) for r in block.results)

    def _copy(self, eqns: Sequence[Eqn], env: dict[Var, Atom]) -> None:
        for eqn in eqns:
            self.append(self._renamed(eqn, env))

    def _renamed(self, eqn: Eqn, env: dict[Var, Atom]) -> Eqn:
        def ins(atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
            return tuple(_look(env, a) for a in atoms)

        def outs(outputs: tuple[Var, ...]) -> tuple[Var, ...]:
            fresh = tuple(self.var(o.name, o.type) for o in outputs)
            env.update(zip(outputs, fresh, strict=True))
            return fresh

        match eqn:
            case Prim():
                inputs = ins(eqn.inputs)
                return Prim(eqn.op, inputs, outs(eqn.outputs), eqn.attrs, eqn.loc)
            case Call():
                inputs = ins(eqn.inputs)
                return Call(eqn.callee, inputs, outs(eqn.outputs), eqn.loc)
            case If():
                pred = _look(env, eqn.pred)
                then, orelse = self._renamed_block(eqn.then, env), self._renamed_block(eqn.orelse, env)
                return If(pred, then, orelse, outs(eqn.outputs), eqn.loc)
            case While():
                init = ins(eqn.init)
                cond, body = self._renamed_block(eqn.cond, env), self._renamed_block(eqn.body, env)
                return While(init, cond, body, outs(eqn.outputs), eqn.loc)
            case For():
                over, init = ins(eqn.over), ins(eqn.init)
                body = self._renamed_block(eqn.body, env)
                return For(over, init, body, outs(eqn.outputs), eqn.breakable, eqn.loc)
            case _:
                raise TypeError("a closure cannot be spliced: inference has removed them by then")

    def _renamed_block(self, block: Block, env: dict[Var, Atom]) -> Block:
        env = dict(env)
        inner = self.child()
        env.update((p, inner.param(p.name, p.type)) for p in block.params)
        inner._copy(block.eqns, env)
        return inner.block(tuple(_look(env, r) for r in block.results))


def _look(env: dict[Var, Atom], atom: Atom) -> Atom:
    return env.get(atom, atom) if isinstance(atom, Var) else atom


def attrs_of(attrs: dict[str, Any]) -> Attrs:
    return tuple(sorted(attrs.items()))


def names_in(*graphs: Graph) -> Names:
    """A source of names that occur in none of `graphs`."""
    return Names(name for g in graphs for name in names_of(g.body))


def python_scalar(dtype: DType, value: Any) -> Any:
    """`value` as the Python scalar that a literal of `dtype` holds."""
    kind = {"b": bool, "i": int, "u": int, "c": complex}.get(dtype.kind, float)
    return kind(np.asarray(value).astype(dtype).item())


class Expr:
    """An atom with arithmetic: what derivative rules are written on.

    Python scalars in arithmetic become literals of the other operand's dtype. Operands have equal types otherwise.
    """

    __slots__ = ("atom", "builder")

    def __init__(self, builder: Builder, atom: Atom) -> None:
        self.builder = builder
        self.atom = atom

    @property
    def type(self) -> Array:
        assert isinstance(self.atom.type, Array)
        return self.atom.type

    @property
    def shape(self) -> tuple[Any, ...]:
        return self.type.shape

    @property
    def dtype(self) -> DType:
        return self.type.dtype

    def op(self, name: str, *others: Expr | complex, **attrs: Any) -> Expr:
        """The one result of operation `name` on this expression and `others`."""
        atoms = [self.atom] + [self.lift(o).atom for o in others]
        return Expr(self.builder, self.builder.op(name, *atoms, **attrs))

    def lift(self, value: Expr | complex) -> Expr:
        """`value` itself, or a Python scalar as a literal of this expression's dtype."""
        if isinstance(value, Expr):
            return value
        return Expr(self.builder, Lit(python_scalar(self.dtype, value), Array(self.dtype)))

    def full_like(self, value: complex) -> Expr:
        return Expr(self.builder, self.builder.full(self.type, value))

    def __add__(self, other: Expr | complex) -> Expr:
        return self.op("add", other)

    def __radd__(self, other: complex) -> Expr:
        return self.lift(other).op("add", self)

    def __sub__(self, other: Expr | complex) -> Expr:
        return self.op("sub", other)

    def __rsub__(self, other: complex) -> Expr:
        return self.lift(other).op("sub", self)

    def __mul__(self, other: Expr | complex) -> Expr:
        return self.op("mul", other)

    def __rmul__(self, other: complex) -> Expr:
        return self.lift(other).op("mul", self)

    def __truediv__(self, other: Expr | complex) -> Expr:
        return self.op("div", other)

    def __rtruediv__(self, other: complex) -> Expr:
        return self.lift(other).op("div", self)

    def __pow__(self, other: Expr | complex) -> Expr:
        return self.op("pow", other)

    def __neg__(self) -> Expr:
        return self.op("neg")
