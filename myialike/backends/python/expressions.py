"""Operations as expressions in NumPy.

Every case gives, for operands of the operation's types, what `Op.evaluate` of its entry gives, to rounding; with one
freedom: where `Scalars` allows it, a scalar may be Python's. A result of rank 0 is a scalar, never an array of rank 0.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from myialike.backends.python.flow import Inlining
from myialike.backends.python.groups import is_scalar
from myialike.backends.python.memory import Memory
from myialike.backends.python.naming import Naming
from myialike.backends.python.scalars import NATIVE, Scalars, is_choice_of_floats
from myialike.backends.python.syntax import (
    call,
    choice,
    conjunction,
    constant,
    disjunction,
    dotted,
    infix,
    method,
    name,
    negation,
    shape,
    subscript,
)
from myialike.backends.python.tapes import safe_pops
from myialike.backends.python.vocabulary import (
    ACCUMULATIONS,
    COMPARE,
    FUNCTIONS,
    INFIX,
    PREFIX,
    REDUCTIONS,
    SPECIAL,
    TRANSFORMS,
    WRITTEN_OUT,
)
from myialike.errors import CompilerBug
from myialike.ir.syntax import Atom, Eqn, Graph, If, Lit, Prim, Var
from myialike.ir.types import DTYPES, F64, I64, Array, Dim, DType, SymDim

SMALL_INTS = frozenset(DTYPES[s] for s in ("i8", "i16", "i32", "u8", "u16", "u32"))
BF16 = DTYPES["bf16"]


@dataclass(slots=True)
class Extras:
    """What a module needs besides its functions.

    `names` are those of the helper functions; `imports` and (for one function) `dims` are what is used.
    """

    names: dict[str, str]
    imports: set[str] = field(default_factory=set)
    dims: dict[SymDim, str] = field(default_factory=dict)


class Expressions:
    """The expressions of one graph."""

    def __init__(
        self, graph: Graph, inlining: Inlining, naming: Naming, memory: Memory, scalars: Scalars, extras: Extras
    ) -> None:
        self.graph = graph
        self.safe_pops = safe_pops(graph)
        self.inlining = inlining
        self.naming = naming
        self.memory = memory
        self.scalars = scalars
        self.extras = extras

    def atom(self, atom: Atom) -> ast.expr:
        if isinstance(atom, Lit):
            return literal(atom)
        return self.value(self.inlining.maker[atom]) if atom in self.inlining.inlined else name(self.naming[atom])

    def value(self, eqn: Eqn) -> ast.expr:
        """The value of an equation with one result."""
        if isinstance(eqn, If):
            results = [self.handed(eqn.outputs[0], block.results[0]) for block in (eqn.then, eqn.orelse)]
            return choice(self.atom(eqn.pred), *results)
        assert isinstance(eqn, Prim)
        value = self.operation(eqn)
        if self.scalars.must_wrap_result(eqn):
            value = self.wrapped(value, dtype_of(eqn.outputs[0]))
        return method(value, "copy") if self.memory.is_copied("value", eqn.outputs[0]) else value

    def handed(self, out: Var, atom: Atom) -> ast.expr:
        """What structure hands to a variable."""
        value = self.atom(atom)
        if isinstance(atom, Lit) and self.scalars.must_wrap_literal(out):
            return self.wrapped(value, dtype_of(out))
        return value

    def wrapped(self, value: ast.expr, dtype: DType) -> ast.expr:
        """A Python scalar as a NumPy scalar."""
        return call(self.dtype(dtype), value)

    def dtype(self, dtype: DType) -> ast.expr:
        if dtype == BF16:
            self.extras.imports.add("ml_dtypes")
            return dotted("ml_dtypes.bfloat16")
        return dotted(f"np.{dtype.name}")

    def operands(self, eqn: Prim) -> list[ast.expr]:
        operands = [self.atom(a) for a in eqn.inputs]
        if self.scalars.must_wrap_operand(eqn):
            first = 1 if eqn.op == "select" else 0
            operands[first] = self.wrapped(operands[first], dtype_of(eqn.inputs[first]))
        return operands

    # Operations

    def operation(self, eqn: Prim) -> ast.expr:
        operands = self.operands(eqn)
        if is_scalar(eqn.outputs[0].type) and eqn.op.startswith("logical_"):
            return logic(eqn.op, operands)
        if eqn.op in INFIX and not (eqn.op == "matmul" and dtype_of(eqn.outputs[0]) == BF16):
            return infix(operands[0], INFIX[eqn.op], operands[1])
        if eqn.op in COMPARE:
            return ast.Compare(operands[0], [COMPARE[eqn.op]], [operands[1]])
        if eqn.op in PREFIX:
            return ast.UnaryOp(PREFIX[eqn.op], operands[0])
        if eqn.op in FUNCTIONS:
            return call(f"np.{FUNCTIONS[eqn.op]}", *operands)
        if eqn.op in SPECIAL:
            self.extras.imports.add("scipy.special")
            return call(SPECIAL[eqn.op], *operands)
        if eqn.op in WRITTEN_OUT:
            self.extras.imports.update(WRITTEN_OUT[eqn.op])
            return call(self.helper(eqn.op), *operands, **{k: constant(v) for k, v in eqn.attrs})
        if eqn.op == "jax.call":
            self.extras.imports.add("myialike.ops.foreign")
            return call("myialike.ops.foreign.call", constant(str(eqn.attr("function"))), *operands)
        if eqn.op in TRANSFORMS:
            return self.fourier(eqn, operands[0])
        if eqn.op in REDUCTIONS:
            return self.reduction(eqn, operands[0])
        if eqn.op in ACCUMULATIONS:
            return self.accumulation(eqn, operands[0])
        return self.structure(eqn, operands)

    def structure(self, eqn: Prim, operands: list[ast.expr]) -> ast.expr:
        match eqn.op:
            case "matmul":
                return self.matmul_bf16(operands)
            case "select":
                test, a, b = operands
                return choice(test, a, b) if is_scalar(eqn.outputs[0].type) else call("np.where", *operands)
            case "integer_pow":
                return infix(operands[0], ast.Pow(), constant(eqn.attr("n")))
            case "zmul":
                return self.zmul(eqn, operands)
            case "complex":
                return call(self.helper("to_complex"), *operands)
            case "cast":
                return self.cast(eqn, operands[0])
            case "stack_len":
                return call("len", operands[0])
            case "argmax" | "argmin":
                return call(f"np.{eqn.op}", operands[0], axis=constant(eqn.attr("axis")))
            case _:
                return self.layout(eqn, operands)

    def layout(self, eqn: Prim, operands: list[ast.expr]) -> ast.expr:
        match eqn.op:
            case "broadcast":
                return self.broadcast(eqn, operands[0])
            case "reshape":
                return self.reshape(eqn, operands[0])
            case "transpose":
                if eqn.attr("perm") == (1, 0):
                    return ast.Attribute(operands[0], "T", ast.Load())
                return call("np.transpose", operands[0], constant_tuple(eqn.attr("perm")))
            case "concatenate":
                return self.concatenation(eqn, operands)
            case "sort" | "argsort":
                last = array_type(eqn.inputs[0]).ndim - 1
                return call(f"np.{eqn.op}", operands[0], **axis(eqn.attr("axis"), last), kind=constant("stable"))
            case "arange":
                return self.arange(eqn)
            case "index":
                return self.index(eqn, operands)
            case _:
                raise CompilerBug(f"operation {eqn.op!r} has no form in Python", eqn.loc)

    def helper(self, helper: str) -> ast.expr:
        return name(self.extras.names[helper])

    def zmul(self, eqn: Prim, operands: list[ast.expr]) -> ast.expr:
        """A product that is 0 where the first factor is: of two floats, as a choice."""
        g, p = operands
        if not is_choice_of_floats(eqn) or not isinstance(g, ast.Name):
            return call(self.helper("zmul"), g, p)
        match p:
            case ast.BinOp(left=ast.Constant(value=1.0), op=ast.Div(), right=divisor):
                return ast.IfExp(g, infix(g, ast.Div(), divisor), constant(0.0))
        return ast.IfExp(g, infix(g, ast.Mult(), p), constant(0.0))

    def zdot(self, eqn: Prim, x: ast.expr) -> ast.expr | None:
        """The sum of a product that is 0 where its first factor is, of two vectors; or of what is that, negated."""
        match x:
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                sum = self.zdot(eqn, inner)
                return None if sum is None else ast.UnaryOp(ast.USub(), sum)
            case ast.Call(func=ast.Name(id=helper), args=[g, p]) if helper == self.extras.names["zmul"]:
                factors = self.factors(eqn.inputs[0])
                shapes = [array_type(a).shape for a in factors]
                is_dot = eqn.op == "reduce_sum" and len(shapes[0]) == 1 and shapes[0] == shapes[1]
                return call(self.helper("zdot"), g, p) if is_dot and dtype_of(eqn.outputs[0]) != BF16 else None
        return None

    def factors(self, atom: Atom) -> tuple[Atom, ...]:
        """The inputs of the `zmul` that an atom is, perhaps negated."""
        maker = self.inlining.maker[atom] if isinstance(atom, Var) else None
        assert isinstance(maker, Prim)
        return self.factors(maker.inputs[0]) if maker.op == "neg" else maker.inputs

    def matmul_bf16(self, operands: list[ast.expr]) -> ast.expr:
        """NumPy has no bfloat16 product: it is taken in f32."""
        a, b = (method(x, "astype", dotted("np.float32")) for x in operands)
        return method(infix(a, ast.MatMult(), b), "astype", self.dtype(BF16))

    def fourier(self, eqn: Prim, x: ast.expr) -> ast.expr:
        keywords = axis(eqn.attr("axis"), array_type(eqn.inputs[0]).ndim - 1)
        if TRANSFORMS[eqn.op] != "backward":
            keywords["norm"] = constant(TRANSFORMS[eqn.op])
        if eqn.op == "irfft" and eqn.attr("n") % 2:
            keywords["n"] = constant(eqn.attr("n"))
        return call(f"np.fft.{eqn.op}", x, **keywords)

    def reduction(self, eqn: Prim, x: ast.expr) -> ast.expr:
        """By the method: of a few elements, `np.sum` takes twice as long as `x.sum`."""
        if (dot := self.zdot(eqn, x)) is not None:
            return dot
        axes, rank = tuple(eqn.attr("axes")), array_type(eqn.inputs[0]).ndim
        keywords = {} if len(axes) == rank else {"axis": constant(axes[0]) if len(axes) == 1 else constant_tuple(axes)}
        if eqn.op in ("reduce_sum", "reduce_prod"):
            keywords |= self.kept_dtype(eqn)
        if rank == 0:
            return call(f"np.{REDUCTIONS[eqn.op]}", x, **keywords)
        return method(x, REDUCTIONS[eqn.op], **keywords)

    def accumulation(self, eqn: Prim, x: ast.expr) -> ast.expr:
        along = eqn.attr("axis")
        keywords = {"axis": constant(along)} if array_type(eqn.inputs[0]).ndim > 1 else {}
        if eqn.op in ("cumsum", "cumprod"):
            keywords |= self.kept_dtype(eqn)
        function = f"np.{ACCUMULATIONS[eqn.op]}"
        if not eqn.attr("reverse"):
            return call(function, x, **keywords)
        turn = (*[ast.Slice()] * along, ast.Slice(step=constant(-1)))
        return subscript(call(function, subscript(x, turn), **keywords), turn)

    def kept_dtype(self, eqn: Prim) -> dict[str, ast.expr]:
        """The argument that keeps NumPy from widening small ints."""
        dtype = dtype_of(eqn.outputs[0])
        return {"dtype": self.dtype(dtype)} if dtype in SMALL_INTS else {}

    def cast(self, eqn: Prim, x: ast.expr) -> ast.expr:
        source, target = dtype_of(eqn.inputs[0]), dtype_of(eqn.outputs[0])
        if source.kind == "c" and target.kind not in "cb":
            x = ast.Attribute(x, "real", ast.Load())
        literal = isinstance(x.operand if isinstance(x, ast.UnaryOp) else x, ast.Constant)  # all of a slice is this
        if is_scalar(eqn.outputs[0].type) or literal:
            return self.wrapped(x, target)
        return method(x, "astype", self.dtype(target))

    # Shapes

    def dim(self, dim: Dim) -> ast.expr:
        if isinstance(dim, int):
            return constant(dim)
        return name(self.extras.dims.setdefault(dim, f"size_of_{dim.name}"))

    def shape(self, dims: tuple[Dim, ...]) -> ast.expr:
        return shape([self.dim(d) for d in dims])

    def broadcast(self, eqn: Prim, x: ast.expr) -> ast.expr:
        source, dims = eqn.inputs[0], self.shape(eqn.attr("shape"))
        if not is_scalar(source.type):
            return call("np.broadcast_to", x, dims)
        dtype = dtype_of(source)
        filled = {"0.0": "np.zeros", "1.0": "np.ones"}.get(str(source)) if isinstance(source, Lit) else None
        if filled is not None:
            return call(filled, dims, **({} if dtype == F64 else {"dtype": self.dtype(dtype)}))
        is_clear = dtype in NATIVE or not self.scalars.is_weak(source)
        return call("np.full", dims, x, **({} if is_clear else {"dtype": self.dtype(dtype)}))

    def concatenation(self, eqn: Prim, operands: list[ast.expr]) -> ast.expr:
        """Arrays joined; of scalars, an array of them; a scalar among arrays is a list of one."""
        scalars = [is_scalar(a.type) for a in eqn.inputs]
        dtype = dtype_of(eqn.outputs[0])
        if all(scalars):
            keywords = {} if dtype in NATIVE else {"dtype": self.dtype(dtype)}
            return call("np.array", ast.List(operands, ast.Load()), **keywords)
        parts = [
            x if not single else ast.List([x if dtype in NATIVE else self.strong(a, x)], ast.Load())
            for a, x, single in zip(eqn.inputs, operands, scalars, strict=True)
        ]
        return call("np.concatenate", ast.List(parts, ast.Load()), **axis(eqn.attr("axis"), 0))

    def reshape(self, eqn: Prim, x: ast.expr) -> ast.expr:
        source, target = array_type(eqn.inputs[0]), array_type(eqn.outputs[0])
        if not target.shape:
            return subscript(x, [constant(0)] * source.ndim)
        if source.shape and 1 not in source.shape and [d for d in target.shape if d != 1] == list(source.shape):
            entries = [constant(None) if d == 1 else ast.Slice() for d in target.shape]
            while is_whole(entries[-1]) and len(entries) > 1:
                entries.pop()
            return subscript(x, entries)
        dims = self.shape(target.shape)
        return method(x, "reshape", dims) if source.shape else call("np.reshape", x, dims)

    def arange(self, eqn: Prim) -> ast.expr:
        start, stop, step = eqn.attr("start"), eqn.attr("stop"), eqn.attr("step")
        bounds = [self.dim(stop) if isinstance(stop, SymDim) else constant(stop)]
        if (start, step) != (0, 1):
            bounds.insert(0, constant(start))
        if step != 1:
            bounds.append(constant(step))
        has_float = any(isinstance(n, float) for n in (start, stop, step))
        dtype = DTYPES[eqn.attr("dtype")]
        return call(
            "np.arange", *bounds, **({} if dtype == (F64 if has_float else I64) else {"dtype": self.dtype(dtype)})
        )

    # Subscripts

    def index(self, eqn: Prim, operands: list[ast.expr]) -> ast.expr:
        x, spec = operands[0], eqn.attr("spec")
        if not spec:
            return x
        if is_scalar(eqn.inputs[0].type):
            return call("np.reshape", self.strong(eqn.inputs[0], x), self.shape(array_type(eqn.outputs[0]).shape))
        return subscript(x, self.entries(eqn, array_type(eqn.inputs[0]), operands[1:]))

    def strong(self, atom: Atom, value: ast.expr) -> ast.expr:
        """`value`, the expression of `atom`, made a NumPy scalar if it may be Python's."""
        return self.wrapped(value, dtype_of(atom)) if self.scalars.is_weak(atom) else value

    def entries(self, eqn: Prim, x: Array, operands: list[ast.expr]) -> list[ast.expr]:
        """What stands in the brackets; `operands` are the index operands."""
        rest, dims = iter(operands), iter(x.shape)
        entries = [self.entry(e, None if e[0] == "new" else next(dims), rest) for e in eqn.attr("spec")]
        while len(entries) > 1 and is_whole(entries[-1]):
            entries.pop()
        return entries

    def entry(self, entry: tuple[Any, ...], dim: Dim | None, operands: Iterator[ast.expr]) -> ast.expr:
        match entry:
            case ("int", k):
                return constant(k)
            case ("i",) | ("arr",):
                return next(operands)
            case ("new",):
                return constant(None)
            case ("back",):
                return ast.Slice(step=constant(-1))
            case ("range", _):
                start, stop = next(operands), next(operands)
                return ast.Slice(None if is_number(start, 0) else start, None if is_number(stop, dim) else stop)
            case ("dyn", size):
                start = next(operands)
                return ast.Slice(start, self.past(start, size))
            case ("slice", start, size, step):
                return self.static_slice(start, size, step, dim)
        raise TypeError(f"{entry!r} is no entry of an index spec")

    def past(self, start: ast.expr, size: Dim) -> ast.expr:
        """`start + size`, with the constants added up: `i + 2` for `i - 1 + 3`."""
        match start, size:
            case ast.Constant(value=int() as k), int():
                return constant(k + size)
            case ast.BinOp(left=base, op=ast.Add() | ast.Sub() as op, right=ast.Constant(value=int() as k)), int():
                offset = size + (k if isinstance(op, ast.Add) else -k)
                if offset == 0:
                    return base
                return infix(base, ast.Add() if offset > 0 else ast.Sub(), constant(abs(offset)))
        return infix(start, ast.Add(), self.dim(size))

    def static_slice(self, start: int, size: Dim, step: int, dim: Dim | None) -> ast.expr:
        if (start, size, step) == (0, dim, 1):
            return ast.Slice()
        if isinstance(size, SymDim):
            return ast.Slice(constant(start) if start else None, self.past(constant(start), size))
        if size == 0:
            return ast.Slice(constant(0), constant(0))
        stop = start + size * step
        ends = stop < 0 if step < 0 else isinstance(dim, int) and stop >= dim
        first = isinstance(dim, int) and start == dim - 1 if step < 0 else start == 0
        return ast.Slice(
            None if first else constant(start), None if ends else constant(stop), None if step == 1 else constant(step)
        )


def logic(op: str, operands: list[ast.expr]) -> ast.expr:
    """Logic on scalars: operands are pure, so that not to evaluate one makes no difference."""
    match op:
        case "logical_not":
            return negation(operands[0])
        case "logical_and":
            return conjunction(*operands)
        case "logical_or":
            return disjunction(*operands)
        case _:
            return ast.BinOp(operands[0], ast.BitXor(), operands[1])


def literal(lit: Lit) -> ast.expr:
    """A literal, in f32 and f16 with as few digits as say it."""
    value = lit.value
    if isinstance(value, float) and dtype_of(lit) in (np.float32, np.float16) and np.isfinite(value):
        value = float(str(dtype_of(lit).type(value)))
    return constant(value)


def is_number(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value == value


def is_whole(entry: ast.expr) -> bool:
    return isinstance(entry, ast.Slice) and entry.lower is entry.upper is entry.step is None


def constant_tuple(values: tuple[int, ...]) -> ast.expr:
    return ast.Tuple([constant(v) for v in values], ast.Load())


def axis(value: int, default: int) -> dict[str, ast.expr]:
    return {} if value == default else {"axis": constant(value)}


def array_type(atom: Atom) -> Array:
    assert isinstance(atom.type, Array)
    return atom.type


def dtype_of(atom: Atom) -> DType:
    return array_type(atom).dtype


def is_int_comparison(eqn: Eqn | None) -> bool:
    """Whether the equation compares ints, for which there is no NaN."""
    return isinstance(eqn, Prim) and eqn.op in COMPARE and dtype_of(eqn.inputs[0]).kind in "iub"


def is_int_condition(atom: Atom, inlining: Inlining) -> bool:
    return isinstance(atom, Var) and is_int_comparison(inlining.maker.get(atom))
