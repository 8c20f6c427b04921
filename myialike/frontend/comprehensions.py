"""Comprehensions: loops that append to a list, or set items of a dict, with variables of their own.

    [f(x) for x in xs if p(x)]     v = []; for x in xs: if p(x): v.append(f(x))

A generator expression is taken as a list where a function consumes all of it at once, and nothing can see that its
items are not made one by one. What extends a list by one appends its items to it in a loop, as Python does. `any` and
`all` of one become a loop that stops at the item that decides, and a call on what was found; `next` of one a loop that
stops at its first item. A comprehension over a generator expression is the loops of both.
"""

from __future__ import annotations

import ast
import math
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable
from types import BuiltinFunctionType
from typing import Any

import numpy as np

from myialike.frontend.emitter import literal
from myialike.frontend.expressions import Expressions
from myialike.frontend.liveness import Liveness
from myialike.frontend.scopes import Comprehension, Variable
from myialike.ir.syntax import Atom

# Functions that consume their first argument, and how many other positional arguments they take; any keywords.
CONSUMERS: dict[Any, int] = {
    sum: 1, tuple: 0, list: 0, max: 0, min: 0, sorted: 0, dict: 0, set: 0, frozenset: 0,
    math.prod: 0, math.fsum: 0, np.fromiter: 1,
    deque: 1, Counter: 0, OrderedDict: 0,
}  # fmt: skip
QUIET = {abs, len, int, float, bool, round, divmod, pow}


class Comprehensions(Expressions):
    """Compiles comprehensions."""

    live: Liveness

    def bind(self, target: ast.AST, value: Atom) -> None:
        raise NotImplementedError

    def comprehension(self, node: ast.ListComp | ast.DictComp, hint: str) -> Atom:
        if isinstance(node, ast.ListComp):
            return self.list_of(node, node.elt, hint)
        result = self.prim("py.dict", (), node, hint, starred=())

        def item() -> None:
            self.effect("py.setitem", (result, self.expr(node.key), self.expr(node.value)), node)

        self.loops(node, item)
        return result

    def list_of(
        self, node: ast.ListComp | ast.GeneratorExp, element: ast.expr, hint: str, over: Atom | None = None
    ) -> Atom:
        """The list of a comprehension; `over` is what it goes through, if that is evaluated already."""
        result = self.prim("py.list", (), node, hint, starred=())
        self.loops(node, self._append_to(result, element), over=over)
        return result

    def consumed(self, node: ast.Call, items: ast.GeneratorExp, hint: str) -> Atom | None:
        """A call of a function that consumes the generator expression `items`, its first argument; None for others.

        What the generator goes through is evaluated in its place among the arguments, its items after all of them.
        """
        function = self.known(node.func)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "extend" and not (node.args[1:] or node.keywords):
            self.appended(self.expr(node.func.value), items, node)
            return literal(None)
        if (function is any or function is all) and len(node.args) == 1 and not node.keywords:
            return self.call(self.expr(node.func), (self.decided(items, function is any),), node, hint)
        if function is next and len(node.args) <= 2 and not node.keywords:
            return self.first_item(node, items, hint)
        if not self._consumes(node, function):
            return None
        callee = self.expr(node.func)
        if isinstance(node.func, ast.Call):
            callee = self.prim("py.collector", (callee,), items, "cls")
        over = self.first(items)
        others, named = self.exprs(node.args[1:]), tuple(self.expr(k.value) for k in node.keywords)
        inputs = (callee, self.list_of(items, items.elt, "v", over), *others, *named)
        return self.prim("py.call", inputs, node, hint, keywords=tuple(k.arg for k in node.keywords), starred=())

    def appended(self, target: Atom, items: ast.GeneratorExp, node: ast.AST) -> Atom:
        """The list `target`, to which the items of a generator expression are appended, each when it is made."""
        result = self.prim("py.appends", (target,), node)
        self.loops(items, self._append_to(result, items.elt))
        return result

    def _append_to(self, result: Atom, element: ast.expr) -> Callable[[], None]:
        def append() -> None:
            value = self.expr(element)
            method = self.prim("py.getattr", (result,), element, "append", name="append")
            self.call(method, (value,), element)

        return append

    def _consumes(self, node: ast.Call, function: Any) -> bool:
        """Whether a call takes all items of its first argument before anything else happens that could be seen."""
        if any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
            return False
        match node.func:
            case ast.Attribute(value=ast.Constant(value=str()), attr="join"):
                return len(node.args) == 1
            case ast.Call(func=kind, args=[_], keywords=[]) if self.known(kind) is type:
                return len(node.args) == 1 and not node.keywords
            case _ if isinstance(function, type | BuiltinFunctionType) and function in CONSUMERS:
                keys = [k.value for k in node.keywords if k.arg == "key"]
                waits = function is sorted or all(self._is_quiet(key, node.args[0]) for key in keys)
                whole = all(k.arg != "count" for k in node.keywords)
                return waits and whole and len(node.args) - 1 <= CONSUMERS[function]
            case _:
                return False

    def _is_quiet(self, key: ast.expr, items: ast.expr) -> bool:
        """Whether a function that is called between the items of a generator neither notices nor is noticed there."""
        if not isinstance(key, ast.Lambda):
            return self._is_of_numbers(key) or isinstance(key, ast.Constant)
        own = {a.arg for a in ast.walk(key.args) if isinstance(a, ast.arg)}
        names = [n for n in ast.walk(key.body) if isinstance(n, ast.Name) and not self._is_of_numbers(n)]
        closed = all(n.id in own for n in names)
        return self._does_nothing(key.body) and (closed or self._does_nothing(items))

    def _does_nothing(self, node: ast.expr) -> bool:
        """Whether an expression calls nothing that could change anything."""
        inside = list(ast.walk(node))
        calls = [n.func for n in inside if isinstance(n, ast.Call)]
        return all(map(self._is_of_numbers, calls)) and not any(isinstance(n, ast.NamedExpr) for n in inside)

    def _is_of_numbers(self, fn: ast.expr) -> bool:
        """Whether a function is one of Python's for numbers, or `len`."""
        function = self.known(fn)
        return isinstance(function, Hashable) and (function in QUIET or getattr(function, "__module__", "") == "math")

    def decided(self, node: ast.GeneratorExp, wanted: bool) -> Atom:
        """A tuple of one bool: whether any item is true (if `wanted`), or whether all are."""
        go_on = self.live.scope.flag("go_on")
        self.write(go_on, literal(True), node)

        def look() -> None:
            found = self.test(node.elt)
            self.write(go_on, self.prim("py.unary", (found,), node, "t", op="not") if wanted else found, node)

        self.loops(node, look, go_on)
        end = self.here.env.pop(go_on)
        found = self.prim("py.unary", (end,), node, "t", op="not") if wanted else end
        return self.prim("py.tuple", (found,), node, "found", starred=())

    def first_item(self, node: ast.Call, items: ast.GeneratorExp, hint: str) -> Atom:
        """`next` of a generator expression that nothing else has: of its items only the first is made."""
        over = self.first(items)
        go_on, found = self.live.scope.flag("go_on"), self.live.scope.flag(hint)
        for default in node.args[1:]:
            self.write(found, self.expr(default), node)
        self.write(go_on, literal(True), node)

        def take() -> None:
            self.write(found, self.expr(items.elt), node)
            self.write(go_on, literal(False), node)

        self.loops(items, take, go_on, over, (found,))
        if len(node.args) < 2:
            with self.arm() as nothing:
                error = self.prim("py.import", (), node, "error", module="builtins", name="StopIteration")
                self.effect("py.raise", (error,), node)
                nothing.end = "raised"
            with self.arm() as something:
                pass
            self.merge(self.here.env[go_on], nothing, something, node, None)
        value = self.value(found, node)
        for variable in (go_on, found):
            self.here.env.pop(variable, None)
        return value

    # -- the loops -------------------------------------------------------------------------------------------------

    def loops(
        self,
        node: Comprehension,
        item: Callable[[], None],
        go_on: Variable | None = None,
        over: Atom | None = None,
        changed: tuple[Variable, ...] = (),
    ) -> None:
        """Append the loops of a comprehension around `item`, which writes `changed`; they end when `go_on` is false."""
        flags = () if go_on is None else (go_on,)
        carries = (*flags, *changed, *dict.fromkeys(self.live.bound_in(node)))
        self._around(node, self.first(node) if over is None else over, carries, item, go_on is not None)

    def first(self, node: Comprehension) -> Atom:
        """What the outermost loop of a comprehension goes through: the one part that is evaluated at once."""
        for generator in node.generators:
            if generator.is_async:
                raise self.refused("async comprehension", generator.iter)
        over = node.generators[0].iter
        return self.first(over) if isinstance(over, ast.GeneratorExp) else self.expr(over)

    def _around(
        self, node: Comprehension, over: Atom, carries: tuple[Variable, ...], item: Callable[[], None], breakable: bool
    ) -> None:
        """The loops of one comprehension, with its variables."""
        self.make_cells(node)
        self._loop(node, 0, over, carries, item, breakable)
        for variable in self.scopes.of[node].variables.values():
            self.here.env.pop(variable, None)

    def make_cells(self, node: Comprehension) -> None:
        """Make a cell for each boxed variable of a comprehension."""
        for variable in self.scopes.of[node].variables.values():
            if variable.boxed:
                self.make_cell(variable, node)

    def _loop(
        self,
        node: Comprehension,
        k: int,
        over: Atom,
        carries: tuple[Variable, ...],
        item: Callable[[], None],
        breakable: bool,
    ) -> None:
        generator = node.generators[k]

        def inner() -> None:
            if k + 1 == len(node.generators):
                item()
            else:
                following = node.generators[k + 1].iter
                start = self.first(following) if isinstance(following, ast.GeneratorExp) else self.expr(following)
                self._loop(node, k + 1, start, carries, item, breakable)

        def turn(element: Atom) -> None:
            self.bind(generator.target, element)
            self._filtered(generator.ifs, inner)

        source = generator.iter
        if isinstance(source, ast.GeneratorExp):
            self._around(source, over, carries, lambda: turn(self.expr(source.elt)), breakable)
        else:
            name = generator.target.id if isinstance(generator.target, ast.Name) else "item"
            self.each(over, carries, turn, source, name, breakable)

    def _filtered(self, ifs: list[ast.expr], inner: Callable[[], None]) -> None:
        if not ifs:
            inner()
            return
        pred = self.test(ifs[0])
        with self.arm() as yes:
            self._filtered(ifs[1:], inner)
        with self.arm() as no:
            pass
        self.merge(pred, yes, no, ifs[0], None)
