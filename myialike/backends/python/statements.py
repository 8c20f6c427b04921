"""Equations as statements: one function of the page.

Where results are assigned at the end of a block, all are read before any is written, as if at once. Most such
assignments say nothing (both sides are one variable); the others are put in an order in which nothing is overwritten
that is still to be read, or, in a circle, become one: `a, b = b, a`.
"""

from __future__ import annotations

import ast
import itertools
import pkgutil
from collections.abc import Iterator, Sequence
from string import Formatter
from typing import Any, assert_never

from myialike.backends.python.bundles import bundled
from myialike.backends.python.expressions import (
    Expressions,
    array_type,
    dtype_of,
    is_int_condition,
)
from myialike.backends.python.groups import is_mutable, is_scalar
from myialike.backends.python.overlaps import must_copy
from myialike.backends.python.page import Markers, quotation
from myialike.backends.python.scalars import NATIVE
from myialike.backends.python.syntax import (
    added,
    assign,
    assign_all,
    call,
    constant,
    dotted,
    infix,
    is_same,
    method,
    name,
    names_in,
    negation,
    subscript,
)
from myialike.backends.python.vocabulary import STACKING
from myialike.errors import CompilerBug
from myialike.ir.syntax import Atom, Block, Call, Closure, Eqn, For, Graph, If, Lit, Prim, Var, While
from myialike.ir.types import Array, Stack
from myialike.ops.effects import Wording, fields_of, kinds_of
from myialike.source import Location

TAPING = STACKING | {"stack_new"}
Payload = Sequence[tuple[Atom, str]]  # values of a check, and what they are in the program
PYTHON_TYPES = {"b": "bool", "i": "int", "u": "int", "f": "float", "c": "complex"}


class Function:
    """The statements of one graph."""

    def __init__(self, graph: Graph, says: Expressions, markers: Markers, functions: dict[str, str]) -> None:
        self.graph = graph
        self.says = says
        self.naming, self.memory, self.inlining = says.naming, says.memory, says.inlining
        self.markers = markers
        self.functions = functions
        self.loops: list[tuple[str, int] | None] = []  # the places of those that are being written

    def definition(self) -> ast.stmt:
        """The whole function."""
        params = [ast.arg(self.naming[p]) for p in self.graph.params]
        self.says.extras.dims.clear()
        body = [*self.copied_params(), *self.block(self.graph.body), *self.result()]
        function = ast.FunctionDef(
            name=self.functions[self.graph.name],
            args=ast.arguments(posonlyargs=[], args=params, kwonlyargs=[], kw_defaults=[], defaults=[]),
            body=[ast.Expr(ast.Constant(self.docstring())), *self.sizes(), *body],
            decorator_list=[],
            lineno=0,
        )
        return bundled(function)

    def docstring(self) -> str:
        params = ", ".join(f"{self.naming[p]}: {p.type}" for p in self.graph.params)
        return f"({params}) -> {', '.join(str(r.type) for r in self.graph.results) or 'None'}"

    def sizes(self) -> Iterator[ast.stmt]:
        """The sizes that are known by name, read off the parameters."""
        for dim, variable in self.says.extras.dims.items():
            arrays = [p for p in self.graph.params if isinstance(p.type, Array) and dim in p.type.shape]
            if not arrays:
                raise CompilerBug(f"no parameter has the size {dim}", self.graph.loc)
            at = array_type(arrays[0]).shape.index(dim)
            yield assign(variable, subscript(dotted(f"{self.naming[arrays[0]]}.shape"), [constant(at)]))

    def copied_params(self) -> Iterator[ast.stmt]:
        for param in self.graph.params:
            if self.memory.is_copied("param", param):
                yield assign(self.naming[param], method(name(self.naming[param]), "copy"))

    def result(self) -> list[ast.stmt]:
        values = [self.says.atom(a) for a in self.graph.results]
        if not values:
            return []
        return [ast.Return(values[0] if len(values) == 1 else ast.Tuple(values, ast.Load()))]

    # Blocks

    def block(self, block: Block) -> list[ast.stmt]:
        return [s for eqn in block.eqns if not self.inlining.is_silent(eqn) for s in self.marked(eqn)]

    def marked(self, eqn: Eqn) -> list[ast.stmt]:
        """The statements of an equation, and before them, or before the loop itself, a marker of its place."""
        before = self.handed(eqn, "init") if isinstance(eqn, While | For) else []
        statements = self.statements(eqn)
        mark = [self.markers.mark(eqn.loc)] if statements and eqn.loc is not None and not self.is_ours(eqn) else []
        return [*before, *mark, *statements]

    def is_ours(self, eqn: Eqn) -> bool:
        """Whether an equation is about a tape or about the loop around it, of which the user has said nothing here."""
        if not isinstance(eqn, Prim) or eqn.loc is None:
            return False
        return eqn.op in TAPING or (bool(self.loops) and self.loops[-1] == (eqn.loc.filename, eqn.loc.lineno))

    def statements(self, eqn: Eqn) -> list[ast.stmt]:
        match eqn:
            case Prim():
                return self.prim(eqn)
            case If():
                return self.if_(eqn)
            case While() | For():
                self.loops.append((eqn.loc.filename, eqn.loc.lineno) if eqn.loc is not None else None)
                loop = self.while_(eqn) if isinstance(eqn, While) else self.for_(eqn)
                self.loops.pop()
                return [loop]
            case Call():
                return self.call(eqn)
            case Closure():
                raise CompilerBug("a closure is left for the Python backend", eqn.loc)
            case _:
                assert_never(eqn)

    # Structure

    def if_(self, eqn: If) -> list[ast.stmt]:
        if self.inlining.is_conditional(eqn):
            return self.bind(eqn.outputs[0], self.says.value(eqn), eqn.loc)
        test = self.says.atom(eqn.pred)
        then = [*self.block(eqn.then), *self.handed(eqn, "then")]
        orelse = [*self.block(eqn.orelse), *self.handed(eqn, "else")]
        if then:
            return [ast.If(test, then, self.elif_(orelse))]
        return [ast.If(self.negated(eqn.pred), orelse, [])] if orelse else []

    def elif_(self, orelse: list[ast.stmt]) -> list[ast.stmt]:
        """An else branch that is nothing but another `if` loses its marker, to be an `elif`."""
        return orelse[1:] if len(orelse) == 2 and isinstance(orelse[1], ast.If) else orelse

    def while_(self, eqn: While) -> ast.stmt:
        test, before = eqn.cond.results[0], self.block(eqn.cond)
        body = [*self.block(eqn.body), *self.handed(eqn, "back")]
        if not before:
            return ast.While(self.says.atom(test), body or [ast.Pass()], [])
        leave = ast.If(self.negated(test), [ast.Break()], [])
        return ast.While(constant(True), [*before, leave, *body], [])

    def for_(self, eqn: For) -> ast.stmt:
        index = eqn.body.params[0]
        target = self.naming[index] if self.naming.flow.uses.get(index) else "_"
        body = [*self.block(eqn.body), *self.handed(eqn, "back")] or [ast.Pass()]
        return ast.For(ast.Name(target, ast.Store()), self.range(eqn.over), body, [], lineno=0)

    def range(self, over: tuple[Atom, ...]) -> ast.expr:
        start, _, step = over
        bounds = [self.says.atom(a) for a in over]
        if isinstance(step, Lit) and step.value == 1:
            bounds.pop()
            if isinstance(start, Lit) and start.value == 0:
                bounds.pop(0)
        return call("range", *bounds)

    def negated(self, test: Atom) -> ast.expr:
        return negation(self.says.atom(test), is_int_condition(test, self.inlining))

    def call(self, eqn: Call) -> list[ast.stmt]:
        return self.bind_all(eqn.outputs, call(self.functions[eqn.callee], *map(self.says.atom, eqn.inputs)))

    def bind_all(self, outputs: Sequence[Var], value: ast.expr) -> list[ast.stmt]:
        """`a, b = value`, and copies of those that are written to."""
        names = [self.naming[o] for o in outputs]
        copies = [
            assign(self.naming[o], method(name(self.naming[o]), "copy"))
            for o in outputs
            if self.memory.is_copied("value", o)
        ]
        if len(names) == 1:
            return [assign(names[0], value), *copies]
        targets = ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store())
        return [ast.Assign([targets], value, lineno=0), *copies] if names else [ast.Expr(value)]

    # Assignments

    def handed(self, eqn: If | While | For, kind: str) -> list[ast.stmt]:
        """What an `If` or a loop assigns at one of its places."""
        pairs: list[tuple[str, ast.expr]] = []
        for out, atom in zip(eqn.outputs, _handed_atoms(eqn, kind), strict=True):
            if not self.naming.are_one(out, atom):
                pairs.append((self.naming[out], self.handed_value(kind, out, atom)))
        return list(in_order(pairs))

    def handed_value(self, kind: str, out: Var, atom: Atom) -> ast.expr:
        value = self.says.handed(out, atom)
        return method(value, "copy") if self.memory.is_copied(kind, out) else value

    def bind(self, out: Var, value: ast.expr, loc: Location | None) -> list[ast.stmt]:
        """`out = value`; `out += ...` for a scalar, unless the user wrote it out."""
        target = self.naming[out]
        match value:
            case ast.BinOp(left=ast.Name(id=first), op=op, right=right) if first == target and is_scalar(out.type):
                if loc is None or not _says(quotation(loc), f"{target} = {target} "):
                    return [ast.AugAssign(ast.Name(target, ast.Store()), op, right)]
            case ast.Name(id=same) if same == target:
                return []
        return [assign(target, value)]

    # Operations

    def prim(self, eqn: Prim) -> list[ast.stmt]:
        match eqn.op:
            case "check":
                return self.check(eqn)
            case "print":
                return [self.print(eqn)]
            case "stack_new":
                return [assign(self.naming[eqn.outputs[0]], ast.List([], ast.Load()))]
            case "index_set" | "index_add" if is_mutable(eqn.outputs[0].type):
                return [*self.own(eqn), self.write(eqn)]
            case "index_set" | "index_add":
                return self.bind(eqn.outputs[0], self.written_scalar(eqn), eqn.loc)
            case "push":
                return [*self.own(eqn), self.push(eqn)]
            case "pop":
                return [*self.own(eqn), self.pop(eqn)]
            case _ if len(eqn.outputs) > 1:
                return self.bind_all(eqn.outputs, self.says.operation(eqn))
            case _:
                return self.bind(eqn.outputs[0], self.says.value(eqn), eqn.loc)

    def own(self, eqn: Prim) -> list[ast.stmt]:
        """The copy that an update is done to, where it cannot be done in place."""
        if self.memory.is_in_place(eqn):
            return []
        return [assign(self.naming[eqn.outputs[0]], method(self.says.atom(eqn.inputs[0]), "copy"))]

    def write(self, eqn: Prim) -> ast.stmt:
        x, value, *at = eqn.inputs
        target = name(self.naming[eqn.outputs[0]])
        entries = self.says.entries(eqn, array_type(x), [self.says.atom(a) for a in at])
        place = subscript(target, entries)
        given = self.says.atom(value)
        if eqn.op == "index_set":
            if must_copy(eqn, self.inlining.maker, self.naming):
                given = method(given, "copy")
            return self.updated(place, given, eqn.loc) or ast.Assign([place], given, lineno=0)
        if any(entry[0] == "arr" for entry in eqn.attr("spec")):
            index = entries[0] if len(entries) == 1 else ast.Tuple([_as_object(e) for e in entries], ast.Load())
            return ast.Expr(call("np.add.at", target, _as_object(index), given))
        return added(place, given)

    def updated(self, place: ast.expr, value: ast.expr, loc: Location | None) -> ast.stmt | None:
        """`place op= x` for a value `place op x`, unless the user wrote it out."""
        match value:
            case ast.BinOp(left=left, op=op, right=right) if is_same(left, place) and not isinstance(op, ast.MatMult):
                assert isinstance(place, ast.Subscript)
                text = ast.unparse(place)
                if loc is None or not _says(quotation(loc), f"{text} = {text}"):
                    return ast.AugAssign(place, op, right)
        return None

    def written_scalar(self, eqn: Prim) -> ast.expr:
        """Rank 0 has one element: all of it is written."""
        x, value = (self.says.atom(a) for a in eqn.inputs[:2])
        if rank := array_type(eqn.inputs[1]).ndim:
            value = subscript(value, [constant(0)] * rank)
        return value if eqn.op == "index_set" else infix(self.says.strong(eqn.inputs[0], x), ast.Add(), value)

    def push(self, eqn: Prim) -> ast.stmt:
        stack, value = self.naming[eqn.outputs[0]], self.says.atom(eqn.inputs[1])
        if self.memory.is_copied("push", eqn.outputs[0]):
            value = method(value, "copy")
        return ast.Expr(method(name(stack), "append", value))

    def pop(self, eqn: Prim) -> ast.stmt:
        rest, out = eqn.outputs
        stack = name(self.naming[rest])
        value = method(stack, "pop")
        if rest not in self.says.safe_pops:
            value = ast.IfExp(stack, value, self.zero(rest))
        if self.memory.is_copied("value", out):
            value = method(value, "copy")
        return assign(self.naming[out], value) if self.naming.flow.uses.get(out) else ast.Expr(value)

    def zero(self, stack: Var) -> ast.expr:
        """What popping an empty stack gives."""
        assert isinstance(stack.type, Stack)
        elem = stack.type.elem
        if not elem.shape:
            value = constant(elem.dtype.type(0).item())
            return value if elem.dtype in NATIVE else self.says.wrapped(value, elem.dtype)
        keywords = {} if elem.dtype.name == "float64" else {"dtype": self.says.dtype(elem.dtype)}
        return call("np.zeros", self.says.shape(elem.shape), **keywords)

    def check(self, eqn: Prim) -> list[ast.stmt]:
        message = eqn.attr("message")
        error = self.error(eqn)
        payload = list(zip(eqn.inputs[1:], kinds_of(eqn), strict=True))
        raised = error if message is None and not payload else call(error, *self.arguments(message, payload))
        return [ast.If(self.negated(eqn.inputs[0]), [ast.Raise(raised)], [])]

    def arguments(self, message: Wording, payload: Payload) -> list[ast.expr]:
        """What a failed check gives its exception: the message, or the payload itself, or several of both."""
        if isinstance(message, str):
            return [self.formatted(message, payload)]
        return self.worded((None,) * len(payload) if message is None else message, iter(payload))

    def formatted(self, message: str, payload: Payload) -> ast.expr:
        """A format string with payload values in its fields."""
        fields = zip(payload, _conversions(message), strict=True)
        return self.message(message, [self.shown(*value, conversion) for value, conversion in fields])

    def worded(self, wording: tuple[Any, ...], payload: Iterator[tuple[Atom, str]]) -> list[ast.expr]:
        """The arguments that a tuple as a message stands for (`ops.effects`)."""
        found: list[ast.expr] = []
        for entry in wording:
            if isinstance(entry, tuple):
                found.append(ast.Tuple(self.worded(entry, payload)))
            elif isinstance(entry, str):
                found.append(self.formatted(entry, list(itertools.islice(payload, fields_of(entry)))))
            else:
                found.append(self.given(*next(payload)))
        return found

    def given(self, atom: Atom, kind: str) -> ast.expr:
        """A payload value that is itself an argument of an exception."""
        value, dtype = self.shown(atom, kind, "r"), dtype_of(atom)
        if kind != "python" or isinstance(atom, Lit) or dtype not in NATIVE:
            return value
        return call({"b": "bool", "i": "int", "f": "float", "c": "complex"}[dtype.kind], value)

    def error(self, eqn: Prim) -> ast.expr:
        path = eqn.attr("error")
        try:
            kind = pkgutil.resolve_name(path)
        except (ImportError, AttributeError, ValueError) as e:
            raise CompilerBug(f"a check names an exception that cannot be imported: {path!r}", eqn.loc) from e
        if kind.__module__ == "builtins":
            return name(kind.__qualname__)
        self.says.extras.imports.add(kind.__module__)
        return dotted(f"{kind.__module__}.{kind.__qualname__}")

    def message(self, message: str, payload: Sequence[ast.expr]) -> ast.expr:
        """A format string with its values, as an f-string."""
        parts: list[ast.expr] = []
        values = iter(payload)
        for text, field, spec, conversion in Formatter().parse(message):
            if text:
                parts.append(ast.Constant(text))
            if field is not None:
                form = ast.JoinedStr([ast.Constant(spec)]) if spec else None
                parts.append(ast.FormattedValue(next(values), ord(conversion) if conversion else -1, form))
        if all(isinstance(p, ast.Constant) for p in parts):
            return ast.Constant("".join(str(p.value) for p in parts if isinstance(p, ast.Constant)))
        return ast.JoinedStr(parts)

    def shown(self, atom: Atom, kind: str, conversion: str | None) -> ast.expr:
        """A payload value as what it is in the program, which is how it is to be formatted."""
        if kind != "python":
            return self.printed(atom, kind, conversion)
        value, dtype = self.says.atom(atom), dtype_of(atom)
        return value if isinstance(atom, Lit) or dtype in NATIVE else call(PYTHON_TYPES.get(dtype.kind, "float"), value)

    def print(self, eqn: Prim) -> ast.stmt:
        template, kinds = eqn.attr("template"), eqn.attr("kinds")
        values = [self.printed(*pair) for pair in zip(eqn.inputs, kinds, _conversions(template), strict=True)]
        text, end = (template[:-1], {}) if template.endswith("\n") else (template, {"end": constant("")})
        if text in ("{}", "{!s}"):
            return ast.Expr(call("print", values[0], **end))
        return ast.Expr(call("print", *([self.message(text, values)] if text else []), **end))

    def printed(self, atom: Atom, kind: str, conversion: str | None) -> ast.expr:
        """A value as the Python object whose text is wanted; NumPy's scalars of Python's dtypes have the same `str`."""
        value, dtype = self.says.atom(atom), dtype_of(atom)
        if kind == "array":
            return value if array_type(atom).shape else call("np.array", value, dtype=self.says.dtype(dtype))
        is_plain = dtype in NATIVE and conversion not in ("r", "a")
        if kind == "python" or is_plain or not self.says.scalars.is_weak(atom):
            return value
        return self.says.wrapped(value, dtype)


def in_order(pairs: list[tuple[str, ast.expr]]) -> Iterator[ast.stmt]:
    """Assignments that have the effect of doing all at once."""
    pending = [(target, value) for target, value in pairs if not is_same(value, name(target))]
    while pending:
        free = [k for k, (target, _) in enumerate(pending) if not _is_read(target, pending, k)]
        if not free:
            yield assign_all([t for t, _ in pending], [v for _, v in pending])
            return
        yield assign(*pending.pop(free[0]))


def _says(quote: str, start: str) -> bool:
    """Whether a line of the user's begins like this, but for its spaces."""
    return quote.replace(" ", "").startswith(start.replace(" ", ""))


def _conversions(template: str) -> list[str | None]:
    """The conversion of each field."""
    return [conversion for _, field, _, conversion in Formatter().parse(template) if field is not None]


def _is_read(target: str, pending: list[tuple[str, ast.expr]], but: int) -> bool:
    return any(k != but and target in names_in(value) for k, (_, value) in enumerate(pending))


def _as_object(entry: ast.expr) -> ast.expr:
    """A slice outside of brackets."""
    if not isinstance(entry, ast.Slice):
        return entry
    bounds = [b or constant(None) for b in (entry.lower, entry.upper, entry.step)]
    return call("slice", *(bounds if entry.step else bounds[:2]))


def _handed_atoms(eqn: If | While | For, kind: str) -> tuple[Atom, ...]:
    match eqn:
        case If():
            return eqn.then.results if kind == "then" else eqn.orelse.results
        case While() | For():
            return eqn.init if kind == "init" else eqn.body.results
        case _:
            assert_never(eqn)
