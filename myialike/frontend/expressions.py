"""Expressions: one method for each kind, each giving the atom that holds the value.

Operands are evaluated in Python's order, once. `and`, `or`, conditional expressions and chained comparisons are
branches. In a condition (`test`) their operands are tested one by one, as CPython does, and no operand is kept:

    if a and b: ...        p = if truth(a) { yield truth(b) } else { yield False }

`hint` is the name the value is going to have, where it is assigned to a variable.
"""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from myialike.frontend.emitter import Emitter, literal
from myialike.frontend.refused import READS_FRAME
from myialike.frontend.scopes import Free, Global, Variable
from myialike.ir.syntax import Atom

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
    ast.USub: "-", ast.UAdd: "+", ast.Invert: "~", ast.Not: "not",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip


class Expressions(Emitter):
    """Compiles expressions into the block being written."""

    space: Mapping[str, Any]

    def lambda_(self, node: ast.Lambda, hint: str) -> Atom:
        raise NotImplementedError

    def comprehension(self, node: ast.ListComp | ast.DictComp, hint: str) -> Atom:
        raise NotImplementedError

    def list_of(self, node: ast.ListComp | ast.GeneratorExp, element: ast.expr, hint: str) -> Atom:
        raise NotImplementedError

    def appended(self, target: Atom, items: ast.GeneratorExp, node: ast.AST) -> Atom:
        raise NotImplementedError

    def consumed(self, node: ast.Call, items: ast.GeneratorExp, hint: str) -> Atom | None:
        raise NotImplementedError

    def expr(self, node: ast.expr, hint: str = "v") -> Atom:
        """The value of an expression."""
        match node:
            case ast.Constant():
                return literal(node.value)
            case ast.Name():
                return self.name(node)
            case ast.BinOp():
                operands = self.expr(node.left), self.expr(node.right)
                return self.prim("py.binary", operands, node, hint, op=OPERATORS[type(node.op)])
            case ast.UnaryOp():
                return self.unary(node, hint)
            case ast.Compare():
                return self.compare(node, hint)
            case ast.BoolOp():
                return self.bool_op(node, node.values, hint)
            case ast.IfExp():
                then, orelse = node.body, node.orelse
                return self.branch(
                    self.test(node.test), lambda: self.expr(then, hint), lambda: self.expr(orelse, hint), node, hint
                )
            case ast.Call():
                return self.call_expr(node, hint)
            case ast.Attribute():
                return self.prim("py.getattr", (self.expr(node.value),), node, node.attr, name=node.attr)
            case ast.Subscript():
                return self.prim("py.getitem", (self.expr(node.value), self.expr(node.slice)), node, hint)
            case ast.Slice():
                parts = tuple(self.expr(p) if p else literal(None) for p in (node.lower, node.upper, node.step))
                return self.prim("py.slice", parts, node, "slice")
            case ast.Tuple() | ast.List():
                return self.display(node, hint)
            case ast.Dict():
                return self.dict_display(node, hint)
            case ast.ListComp() | ast.DictComp():
                return self.comprehension(node, hint)
            case ast.JoinedStr():
                return self.joined(node, hint)
            case ast.NamedExpr():
                return self.walrus(node)
            case ast.Lambda():
                return self.lambda_(node, hint)
            case _:
                raise self.refused(node, node)

    def exprs(self, nodes: Sequence[ast.expr]) -> tuple[Atom, ...]:
        """The values of expressions, starred ones without their star."""
        return tuple(self.spread(n.value) if isinstance(n, ast.Starred) else self.expr(n) for n in nodes)

    def spread(self, node: ast.expr) -> Atom:
        """What stands after a star; it is unpacked before anything else happens."""
        return self.list_of(node, node.elt, "v") if isinstance(node, ast.GeneratorExp) else self.expr(node)

    # -- names -----------------------------------------------------------------------------------------------------

    def name(self, node: ast.Name) -> Atom:
        symbol = self.scopes.symbols[node]
        match symbol:
            case Variable():
                return self.read(symbol, node)
            case Free():
                return self.prim("py.free", (), node, node.id, name=node.id)
            case Global():
                return self.prim("py.global", (), node, node.id, name=node.id)

    def walrus(self, node: ast.NamedExpr) -> Atom:
        value = self.expr(node.value, node.target.id)
        self.write(self.local(node.target), value, node)
        return value

    # -- operators -------------------------------------------------------------------------------------------------

    def unary(self, node: ast.UnaryOp, hint: str) -> Atom:
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            if type(node.operand.value) in (int, float, complex):
                return literal(-node.operand.value)  # type: ignore[operator]  # a number
        return self.prim("py.unary", (self.expr(node.operand),), node, hint, op=OPERATORS[type(node.op)])

    def compare_one(self, op: ast.cmpop, left: Atom, right: Atom, node: ast.AST, hint: str) -> Atom:
        return self.prim("py.compare", (left, right), node, hint, op=OPERATORS[type(op)])

    def compare(self, node: ast.Compare, hint: str) -> Atom:
        return self._chain(node, self.expr(node.left), 0, lambda value: value, lambda value: value, hint)

    def _chain(
        self,
        node: ast.Compare,
        left: Atom,
        k: int,
        last: Callable[[Atom], Atom],
        failed: Callable[[Atom], Atom],
        hint: str,
    ) -> Atom:
        """`left op_k operand_k op_(k+1) ...`: the result of the first comparison that is false, else of the last.

        `last` and `failed` turn the results of the comparisons into that of the whole.
        """
        right = self.expr(node.comparators[k])
        result = self.compare_one(node.ops[k], left, right, node, hint)
        if k + 1 == len(node.ops):
            return last(result)
        proceed = self.prim("py.truth", (result,), node, "t")
        return self.branch(
            proceed,
            lambda: self._chain(node, right, k + 1, last, failed, hint),
            lambda: failed(result),
            node,
            hint,
        )

    def bool_op(self, node: ast.BoolOp, values: Sequence[ast.expr], hint: str) -> Atom:
        """The first operand that decides, else the last."""
        first = self.expr(values[0], hint)
        if len(values) == 1:
            return first
        decided = self.prim("py.truth", (first,), values[0], "t")
        rest: Callable[[], Atom] = lambda: self.bool_op(node, values[1:], hint)
        keep: Callable[[], Atom] = lambda: first
        then, orelse = (rest, keep) if isinstance(node.op, ast.And) else (keep, rest)
        return self.branch(decided, then, orelse, node, hint)

    # -- conditions ------------------------------------------------------------------------------------------------

    def test(self, node: ast.expr) -> Atom:
        """The truth of an expression, as a condition takes it."""
        match node:
            case ast.Constant():
                return literal(bool(node.value))
            case ast.BoolOp():
                return self._test_all(node, node.values)
            case ast.UnaryOp(op=ast.Not(), operand=operand) if _of_several(operand):
                return self.branch(self.test(operand), lambda: literal(False), lambda: literal(True), node, "t")
            case ast.Compare() if len(node.ops) > 1:
                return self._chain(
                    node,
                    self.expr(node.left),
                    0,
                    lambda value: self.prim("py.truth", (value,), node, "t"),
                    lambda _: literal(False),
                    "t",
                )
            case _:
                return self.prim("py.truth", (self.expr(node, "t"),), node, "t")

    def _test_all(self, node: ast.BoolOp, values: Sequence[ast.expr]) -> Atom:
        first = self.test(values[0])
        if len(values) == 1:
            return first
        rest: Callable[[], Atom] = lambda: self._test_all(node, values[1:])
        if isinstance(node.op, ast.And):
            return self.branch(first, rest, lambda: literal(False), node, "t")
        return self.branch(first, lambda: literal(True), rest, node, "t")

    # -- displays and text -----------------------------------------------------------------------------------------

    def display(self, node: ast.Tuple | ast.List, hint: str) -> Atom:
        op = "py.tuple" if isinstance(node, ast.Tuple) else "py.list"
        return self.prim(op, self.exprs(node.elts), node, hint, starred=stars(node.elts))

    def dict_display(self, node: ast.Dict, hint: str) -> Atom:
        merged = tuple(k for k, key in enumerate(node.keys) if key is None)
        pairs: list[Atom] = []
        for key, value in zip(node.keys, node.values, strict=True):
            pairs += (self.expr(key) if key else literal(None), self.expr(value))
        return self.prim("py.dict", pairs, node, hint, starred=merged)

    def joined(self, node: ast.JoinedStr, hint: str) -> Atom:
        """An f-string. Where a part can have effects, each is made text before the next is evaluated."""
        at_once = not any(isinstance(n, ast.Call | ast.NamedExpr | ast.comprehension) for n in ast.walk(node))
        parts: list[Atom] = []
        specs: list[tuple[str, str] | None] = []
        for value in node.values:
            part, spec = self.formatted(value) if isinstance(value, ast.FormattedValue) else (self.expr(value), None)
            if spec is not None and not at_once:
                part, spec = self.prim("py.format", (part,), value, "text", specs=(spec,)), None
            parts.append(part)
            specs.append(spec)
        return self.prim("py.format", parts, node, hint, specs=tuple(specs))

    def formatted(self, node: ast.FormattedValue) -> tuple[Atom, tuple[str, str] | None]:
        """One part in braces: its value and how it is formatted, or its text and None."""
        value = self.expr(node.value)
        conversion = chr(node.conversion) if node.conversion >= 0 else ""
        spec = node.format_spec
        if spec is None:
            return value, (conversion, "")
        assert isinstance(spec, ast.JoinedStr)
        texts = [part.value for part in spec.values if isinstance(part, ast.Constant)]
        if len(texts) == len(spec.values):
            return value, (conversion, "".join(str(text) for text in texts))
        # A computed format: format(x, spec) is "{:{}}".format(x, spec).
        template = literal("{" + (f"!{conversion}" if conversion else "") + ":{}}")
        method = self.prim("py.getattr", (template,), node, "format", name="format")
        return self.call(method, (value, self.expr(spec)), node, "text"), None

    # -- calls -----------------------------------------------------------------------------------------------------

    def call_expr(self, node: ast.Call, hint: str) -> Atom:
        self._check_frame(node)
        if node.args and isinstance(node.args[0], ast.GeneratorExp):
            special = self.consumed(node, node.args[0], hint)
            if special is not None:
                return special
        function = self.expr(node.func)
        positional = self.exprs(node.args)
        named = tuple(self.expr(k.value, k.arg or "v") for k in node.keywords)
        keywords = tuple(k.arg for k in node.keywords)
        inputs = (function, *positional, *named)
        return self.prim("py.call", inputs, node, hint, keywords=keywords, starred=stars(node.args))

    def is_builtin(self, node: ast.expr) -> bool:
        """Whether an expression names a builtin, by what the program says."""
        symbol = self.scopes.symbols.get(node)
        return isinstance(symbol, Global) and hasattr(builtins, symbol.name) and symbol.name not in self.space

    def known(self, node: ast.expr) -> Any:
        """The function of a module, or the builtin, that an expression names; None for others."""
        match node:
            case ast.Name() if self.is_builtin(node):
                return getattr(builtins, node.id)
            case ast.Name() if isinstance(self.scopes.symbols.get(node), Global):
                return self.space.get(node.id)
            case ast.Attribute():
                owner = self.known(node.value)
                return getattr(owner, node.attr, None) if isinstance(owner, types.ModuleType) else None
            case _:
                return None

    def _check_frame(self, node: ast.Call) -> None:
        """Refuse calls of builtins that read the frame of their caller."""
        if isinstance(node.func, ast.Name) and node.func.id in READS_FRAME and self.is_builtin(node.func):
            if READS_FRAME[node.func.id] or not (node.args or node.keywords):
                raise self.refused(f"{node.func.id}()", node)


def _of_several(node: ast.expr) -> bool:
    """Whether a condition consists of several, each with a truth of its own."""
    match node:
        case ast.UnaryOp(op=ast.Not()):
            return _of_several(node.operand)
        case ast.Compare():
            return len(node.ops) > 1
        case _:
            return isinstance(node, ast.BoolOp)


def stars(nodes: Sequence[ast.expr]) -> tuple[int, ...]:
    """The positions of the starred ones."""
    return tuple(k for k, node in enumerate(nodes) if isinstance(node, ast.Starred))
