"""Random programs of the IR, for property tests of any stage.

`typed_graphs()` draws graphs of typed IR that verify and that run: straight-line code, branches, and loops that end
after at most three rounds, over f64, i64 and bool scalars, small arrays, and stacks. Every operation is total, so that
there are no errors at run time; f64 values at most double in a step, so that they stay finite. `arguments(graph)` draws
values for its params. `dynamic_graphs()` draws graphs as the frontend makes them, for reading and not for running.
`@PROGRAMS` goes on tests that draw programs.

Types are given here by hand and not by the type rules of the table: one is the test of the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from myialike.ir.builder import Builder, Names
from myialike.ir.syntax import Atom, Block, Closure, For, Graph, If, Lit, Parameter, Prim, Var, While
from myialike.ir.types import BOOL, DYNAMIC, F64, I64, Array, Stack, SymDim, Type

PROGRAMS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

Draw = Callable[[st.SearchStrategy[Any]], Any]

SHAPES: tuple[tuple[int, ...], ...] = ((), (3,), (2, 3))
ARRAYS = [Array(dtype, shape) for shape in SHAPES for dtype in (F64, F64, I64, BOOL)]
CAPACITY = 128  # more than a random program pushes
MAX_ROUNDS = 3

FLOATS = st.sampled_from([0.0, 1.0, -0.5, 0.25, 2.0, -1.5])
INTS = st.integers(-2, 3)
SCALARS: dict[str, st.SearchStrategy[Any]] = {"f": FLOATS, "i": INTS, "b": st.booleans()}

UNARY = {"f": ["neg", "sin", "cos", "tanh", "abs", "arctan"], "i": ["neg", "abs"], "b": ["logical_not"]}
BINARY = {
    "f": ["add", "sub", "mul", "maximum", "minimum", "hypot"],
    "i": ["add", "sub", "maximum", "minimum"],
    "b": ["logical_and", "logical_or", "logical_xor"],
}
COMPARE = ["lt", "le", "gt", "ge", "eq", "ne"]
NUMBERS = st.sampled_from([F64, I64])


class _Program:
    """A random program in the making; `draw` is hypothesis's."""

    def __init__(self, draw: Draw, max_eqns: int) -> None:
        self.draw = draw
        self.max_eqns = max_eqns

    # atoms

    def literal(self, type: Array) -> Lit:
        return Lit(self.draw(SCALARS[type.dtype.kind]), Array(type.dtype))

    def atom(self, b: Builder, scope: list[Var], type: Type) -> Atom:
        """A variable in sight, a literal, or a value made for the purpose, of `type`."""
        known = [v for v in scope if v.type == type]
        if known and self.draw(st.integers(0, 3)):
            return self.draw(st.sampled_from(known))
        if isinstance(type, Stack):
            dtype = {F64: "f64", I64: "i64", BOOL: "bool"}[type.elem.dtype]
            attrs = {"dtype": dtype, "shape": type.elem.shape, "capacity": type.capacity}
            return self.prim(b, scope, "stack_new", (), type, **attrs)
        assert isinstance(type, Array)
        if not type.shape:
            return self.literal(type)
        return self.prim(b, scope, "broadcast", (self.literal(type),), type, shape=type.shape)

    def prim(self, b: Builder, scope: list[Var], op: str, inputs: tuple[Atom, ...], type: Type, **attrs: Any) -> Var:
        out = b.var(self.draw(st.sampled_from("abcxyz")), type)
        b.append(Prim(op, inputs, (out,), tuple(sorted(attrs.items()))))
        scope.append(out)
        return out

    # equations

    def eqn(self, b: Builder, scope: list[Var], depth: int) -> None:
        forms = [self.simple] * 4 + [self.stack] + [self.if_, self.for_, self.while_] * (depth > 0)
        self.draw(st.sampled_from(forms))(b, scope, depth)

    def simple(self, b: Builder, scope: list[Var], depth: int) -> None:
        type = self.draw(st.sampled_from(ARRAYS))
        forms = [self.unary, self.binary, self.binary, self.select, self.cast]
        forms += [self.compare] * (type.dtype == BOOL) + [self.reduce] * (not type.shape)
        forms += [self.index, self.index_set] if type.ndim < 2 else [self.transpose, self.broadcast]
        self.draw(st.sampled_from(forms))(b, scope, type)

    def unary(self, b: Builder, scope: list[Var], type: Array) -> None:
        op = self.draw(st.sampled_from(UNARY[type.dtype.kind]))
        self.prim(b, scope, op, (self.atom(b, scope, type),), type)

    def operand(self, b: Builder, scope: list[Var], type: Array) -> Atom:
        """An operand of a pointwise operation: it may be a scalar literal."""
        return self.atom(b, scope, type) if self.draw(st.integers(0, 3)) else self.literal(type)

    def binary(self, b: Builder, scope: list[Var], type: Array) -> None:
        op = self.draw(st.sampled_from(BINARY[type.dtype.kind]))
        x, y = self.atom(b, scope, type), self.operand(b, scope, type)
        if op == "mul" and isinstance(y, Var):
            y = self.prim(b, scope, "tanh", (y,), type)
        self.prim(b, scope, op, (x, y), type)

    def compare(self, b: Builder, scope: list[Var], type: Array) -> None:
        numbers = Array(self.draw(NUMBERS), type.shape)
        inputs = (self.operand(b, scope, numbers), self.atom(b, scope, numbers))
        self.prim(b, scope, self.draw(st.sampled_from(COMPARE)), inputs, type)

    def select(self, b: Builder, scope: list[Var], type: Array) -> None:
        pred = self.atom(b, scope, Array(BOOL, type.shape))
        self.prim(b, scope, "select", (pred, self.atom(b, scope, type), self.operand(b, scope, type)), type)

    def cast(self, b: Builder, scope: list[Var], type: Array) -> None:
        source, name = {F64: (I64, "f64"), I64: (BOOL, "i64"), BOOL: (I64, "bool")}[type.dtype]
        self.prim(b, scope, "cast", (self.atom(b, scope, Array(source, type.shape)),), type, dtype=name)

    def reduce(self, b: Builder, scope: list[Var], type: Array) -> None:
        op = {"f": "reduce_sum", "i": "reduce_max", "b": "reduce_or"}[type.dtype.kind]
        axes, shape = self.draw(st.sampled_from([((0,), (3,)), ((0, 1), (2, 3))]))
        self.prim(b, scope, op, (self.atom(b, scope, Array(type.dtype, shape)),), type, axes=axes)

    def index(self, b: Builder, scope: list[Var], type: Array) -> None:
        x, at, spec = self.place(b, scope, type)
        self.prim(b, scope, "index", (x, *at), type, spec=spec)

    def index_set(self, b: Builder, scope: list[Var], type: Array) -> None:
        x, at, spec = self.place(b, scope, type)
        op = "index_set" if type.dtype == BOOL else self.draw(st.sampled_from(["index_set", "index_add"]))
        self.prim(b, scope, op, (x, self.atom(b, scope, type), *at), x.type, spec=spec)

    def place(self, b: Builder, scope: list[Var], type: Array) -> tuple[Atom, tuple[Atom, ...], tuple[Any, ...]]:
        """An array with one axis more than `type`, the operands that select along its first, and the spec."""
        size = 2 if type.shape else 3
        x = self.atom(b, scope, Array(type.dtype, (size, *type.shape)))
        rest = tuple(("slice", 0, n, 1) for n in type.shape)
        at = self.draw(st.integers(0, size - 1))
        if self.draw(st.booleans()):
            return x, (), (("int", at), *rest)
        return x, (Lit(at, Array(I64)),), (("i",), *rest)

    def transpose(self, b: Builder, scope: list[Var], type: Array) -> None:
        x = self.atom(b, scope, type)
        turned = self.prim(b, scope, "transpose", (x,), Array(type.dtype, type.shape[::-1]), perm=(1, 0))
        self.prim(b, scope, "reshape", (turned,), type, shape=type.shape)

    def broadcast(self, b: Builder, scope: list[Var], type: Array) -> None:
        row = self.atom(b, scope, Array(type.dtype, type.shape[1:]))
        self.prim(b, scope, "broadcast", (row,), type, shape=type.shape)

    def stack(self, b: Builder, scope: list[Var], depth: int) -> None:
        known = [v.type for v in scope if isinstance(v.type, Stack)]
        type = self.draw(st.sampled_from(known or [Stack(a, CAPACITY) for a in ARRAYS]))
        s = self.atom(b, scope, type)
        if self.draw(st.integers(0, 2)):
            self.prim(b, scope, "push", (s, self.atom(b, scope, type.elem)), type)
        elif self.draw(st.integers(0, 3)):
            outputs = (b.var("s", type), b.var("v", type.elem))
            b.append(Prim("pop", (s,), outputs))
            scope.extend(outputs)
        else:
            self.prim(b, scope, "stack_len", (s,), Array(I64))

    # structure

    def carried(self, b: Builder, scope: list[Var]) -> tuple[Atom, ...]:
        types = [v.type for v in scope] or ARRAYS
        return tuple(
            self.atom(b, scope, t) for t in self.draw(st.lists(st.sampled_from(types), min_size=1, max_size=3))
        )

    def fill(self, b: Builder, scope: list[Var], types: list[Type], depth: int) -> tuple[Atom, ...]:
        """Random equations into `b`, and atoms of `types` after them."""
        for _ in range(self.draw(st.integers(0, self.max_eqns))):
            self.eqn(b, scope, depth)
        return tuple(self.atom(b, scope, t) for t in types)

    def if_(self, b: Builder, scope: list[Var], depth: int) -> None:
        pred = self.atom(b, scope, Array(BOOL))
        types = [a.type for a in self.carried(b, scope)]
        branches: list[Block] = []
        for _ in range(2):
            inner = b.child()
            branches.append(inner.block(self.fill(inner, list(scope), types, depth - 1)))
        outputs = tuple(b.var("r", t) for t in types)
        b.append(If(pred, branches[0], branches[1], outputs))
        scope.extend(outputs)

    def for_(self, b: Builder, scope: list[Var], depth: int) -> None:
        init = self.carried(b, scope)
        body = b.child()
        params = [body.param("i", Array(I64)), *(body.param("w", a.type) for a in init)]
        block = body.block(self.fill(body, scope + params, [a.type for a in init], depth - 1))
        start, step = self.draw(INTS), self.draw(st.sampled_from([1, 2, -1]))
        stop = start + step * self.draw(st.integers(-1, MAX_ROUNDS))
        outputs = tuple(b.var("w", a.type) for a in init)
        b.append(For(tuple(Lit(n, Array(I64)) for n in (start, stop, step)), init, block, outputs))
        scope.extend(outputs)

    def while_(self, b: Builder, scope: list[Var], depth: int) -> None:
        """A loop that counts in its first carry, and may end earlier."""
        init = (Lit(0, Array(I64)), *self.carried(b, scope))
        cond, body = b.child(), b.child()
        seen, carry = ([x.param("w", a.type) for a in init] for x in (cond, body))
        rounds = Lit(self.draw(st.integers(0, MAX_ROUNDS)), Array(I64))
        below = self.prim(cond, [], "lt", (seen[0], rounds), Array(BOOL))
        early = self.atom(cond, scope + seen, Array(BOOL)) if self.draw(st.booleans()) else Lit(True, Array(BOOL))
        both = self.prim(cond, [], "logical_and", (below, early), Array(BOOL))
        count = self.prim(body, [], "add", (carry[0], Lit(1, Array(I64))), Array(I64))
        results = self.fill(body, scope + carry, [a.type for a in init[1:]], depth - 1)
        outputs = tuple(b.var("w", a.type) for a in init)
        b.append(While(init, cond.block((both,)), body.block((count, *results)), outputs))
        scope.extend(outputs)


@st.composite
def typed_graphs(draw: Draw, *, depth: int = 2, max_eqns: int = 4, params: tuple[Type, ...] | None = None) -> Graph:
    """A graph of typed IR. Structure is nested at most `depth` deep, a block has about `max_eqns` equations.

    Without `params` there are one to three, of random array types. At least one result is an f64 array.
    """
    b = Builder(Names())
    types = params if params is not None else draw(st.lists(st.sampled_from(ARRAYS), min_size=1, max_size=3))
    scope = [b.param("p", t) for t in types]
    program = _Program(draw, max_eqns)
    for _ in range(draw(st.integers(1, 2 * max_eqns))):
        program.eqn(b, scope, depth)
    results = draw(st.lists(st.sampled_from(scope), max_size=3))
    return b.graph("f", (program.atom(b, scope, Array(F64, draw(st.sampled_from(SHAPES)))), *results))


@st.composite
def arguments(draw: Draw, graph: Graph) -> tuple[Any, ...]:
    """NumPy values for the params of a graph whose params are arrays."""

    def value(type: Type) -> Any:
        assert isinstance(type, Array)
        count = int(np.prod(type.shape, dtype=int))
        items = draw(st.lists(SCALARS[type.dtype.kind], min_size=count, max_size=count))
        return np.array(items, dtype=type.dtype).reshape(type.shape)[()]

    return tuple(value(p.type) for p in graph.params)


# ---- before inference

NAMES = st.one_of(st.sampled_from(["x", "xs", "call", "init", "graph", "keyword", "é"]), st.text(max_size=3))
DIMS = st.one_of(st.integers(0, 9), st.builds(SymDim, st.just("n"), st.one_of(st.none(), st.integers(0, 9))))


def constants(nan: bool) -> st.SearchStrategy[Any]:
    """Any constant of Python, and tuples of them; `nan`: NaN too, which is unequal to itself."""
    numbers = st.floats(allow_nan=nan) | st.complex_numbers(allow_nan=nan)
    leaves = st.none() | st.booleans() | st.integers() | numbers | st.text() | st.binary() | st.just(...)
    return st.recursive(leaves, lambda x: st.lists(x, max_size=3).map(tuple), max_leaves=4)


CONSTANTS = constants(nan=True)
ATTRIBUTES = st.dictionaries(st.sampled_from(["op", "name", "starred"]), constants(nan=False) | DIMS, max_size=2)
KINDS = ["POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD", "KEYWORD_ONLY", "VAR_POSITIONAL", "VAR_KEYWORD"]


class _Dynamic:
    """A random graph of dynamic IR. Its operations are made up where the text form does not care."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw

    def var(self, b: Builder) -> Var:
        return b.var(self.draw(NAMES), DYNAMIC)

    def params(self, b: Builder, minimum: int = 0) -> None:
        for name in self.draw(st.lists(NAMES, min_size=minimum, max_size=3)):
            b.param(name, DYNAMIC)

    def atom(self, scope: list[Var]) -> Atom:
        if scope and self.draw(st.booleans()):
            return self.draw(st.sampled_from(scope))
        return Lit(self.draw(CONSTANTS), DYNAMIC)

    def atoms(self, scope: list[Var], count: int | None = None) -> tuple[Atom, ...]:
        count = self.draw(st.integers(0, 3)) if count is None else count
        return tuple(self.atom(scope) for _ in range(count))

    def block(self, b: Builder, scope: list[Var], depth: int, results: int) -> Block:
        scope = scope + b.params
        for _ in range(self.draw(st.integers(0, 3))):
            form = self.draw(
                st.sampled_from([self.prim] + [self.if_, self.while_, self.for_, self.closure] * (depth > 0))
            )
            form(b, scope, depth - 1)
        return b.block(self.atoms(scope, results))

    def prim(self, b: Builder, scope: list[Var], depth: int) -> None:
        op = self.draw(st.sampled_from(["py.binary", "py.call", "py.tuple"]))
        inputs = self.atoms(scope)
        outputs = tuple(self.var(b) for _ in range(self.draw(st.integers(0, 2))))
        b.append(Prim(op, inputs, outputs, tuple(sorted(self.draw(ATTRIBUTES).items()))))
        scope.extend(outputs)

    def if_(self, b: Builder, scope: list[Var], depth: int) -> None:
        outputs = tuple(self.var(b) for _ in range(self.draw(st.integers(0, 2))))
        pred = self.atom(scope)
        branches = [self.block(b.child(), scope, depth, len(outputs)) for _ in range(2)]
        b.append(If(pred, branches[0], branches[1], outputs))
        scope.extend(outputs)

    def while_(self, b: Builder, scope: list[Var], depth: int) -> None:
        init = self.atoms(scope)
        cond, body = b.child(), b.child()
        for _ in init:
            cond.param("w", DYNAMIC), body.param("w", DYNAMIC)
        blocks = self.block(cond, scope, depth, 1), self.block(body, scope, depth, len(init))
        outputs = tuple(self.var(b) for _ in init)
        b.append(While(init, *blocks, outputs))
        scope.extend(outputs)

    def for_(self, b: Builder, scope: list[Var], depth: int) -> None:
        over, init = self.atoms(scope, 1), self.atoms(scope)
        body = b.child()
        for hint in ["i", *("w" for _ in init)]:
            body.param(hint, DYNAMIC)
        block = self.block(body, scope, depth, len(init))
        outputs = tuple(self.var(b) for _ in init)
        b.append(For(over, init, block, outputs, breakable=bool(init) and self.draw(st.booleans())))
        scope.extend(outputs)

    def closure(self, b: Builder, scope: list[Var], depth: int) -> None:
        defaults = self.atoms(scope)
        graph = self.graph(b.child(), scope, depth, len(defaults))
        b.append(Closure(graph, defaults, self.var(b)))
        scope.extend(b.eqns[-1].outputs)

    def graph(self, b: Builder, scope: list[Var], depth: int, defaults: int) -> Graph:
        self.params(b)
        signature = tuple(self.parameter(defaults) for _ in b.params)
        return Graph(self.draw(NAMES), self.block(b, scope, depth, 1), signature)

    def parameter(self, defaults: int) -> Parameter:
        default = self.draw(st.one_of(st.none(), st.integers(0, defaults - 1))) if defaults else None
        return Parameter(self.draw(NAMES), self.draw(st.sampled_from(KINDS)), default)


@st.composite
def dynamic_graphs(draw: Draw) -> Graph:
    """A graph of dynamic IR: names, scopes, forms and signatures are well-formed, operations and orders are any."""
    return _Dynamic(draw).graph(Builder(Names()), [], 2, 2)
