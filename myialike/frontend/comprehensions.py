"""Comprehensions: loops that append to a list, or set items of a dict, with variables of their own.

    [f(x) for x in xs if p(x)]     v = []; for x in xs: if p(x): v.append(f(x))

A generator expression is taken where a builtin consumes all of it at once, as a list; and by `any` and `all`, which
become a loop that stops at the item that decides, and a call on what they found.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from myialike.frontend.emitter import literal
from myialike.frontend.expressions import Expressions
from myialike.frontend.liveness import Liveness
from myialike.frontend.scopes import Comprehension, Variable
from myialike.ir.syntax import Atom, Var

CONSUMERS = frozenset({"sum", "tuple", "list", "max", "min", "sorted", "dict", "join"})


class Comprehensions(Expressions):
    """Compiles comprehensions."""

    live: Liveness

    def bind(self, target: ast.expr, value: Atom) -> None:
        raise NotImplementedError

    def comprehension(self, node: ast.ListComp | ast.DictComp, hint: str) -> Atom:
        if isinstance(node, ast.ListComp):
            return self.list_of(node, node.elt, hint)
        result = self.prim("py.dict", (), node, hint, starred=())

        def item() -> None:
            self.effect("py.setitem", (result, self.expr(node.key), self.expr(node.value)), node)

        self.loops(node, item)
        return result

    def list_of(self, node: ast.ListComp | ast.GeneratorExp, element: ast.expr, hint: str) -> Atom:
        result = self.prim("py.list", (), node, hint, starred=())

        def append() -> None:
            value = self.expr(element)
            method = self.prim("py.getattr", (result,), element, "append", name="append")
            self.call(method, (value,), element)

        self.loops(node, append)
        return result

    def consumed(self, name: str, function: ast.expr, node: ast.GeneratorExp) -> Atom | None:
        """`function(node)`, for a builtin of that name that consumes a generator at once; None for others."""
        if name in CONSUMERS:
            callee = self.expr(function)
            return self.call(callee, (self.list_of(node, node.elt, "v"),), node, name)
        if name in ("any", "all"):
            callee = self.expr(function)
            return self.call(callee, (self.decided(node, name == "any"),), node, name)
        return None

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

    # -- the loops -------------------------------------------------------------------------------------------------

    def loops(self, node: Comprehension, item: Callable[[], None], go_on: Variable | None = None) -> None:
        """Append the loops of a comprehension around `item`; they end when `go_on` is false."""
        for generator in node.generators:
            if generator.is_async:
                raise self.refused("async comprehension", generator.iter)
        over = self.expr(node.generators[0].iter)
        own = self.scopes.of[node].variables.values()
        for variable in own:
            if variable.boxed:
                self.make_cell(variable, node)
        flags = () if go_on is None else (go_on,)
        self._loop(node, 0, over, (*flags, *dict.fromkeys(self.live.bound_in(node))), item, go_on is not None)
        for variable in own:
            self.here.env.pop(variable, None)

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

        def turn(element: Var) -> None:
            self.bind(generator.target, element)
            self._filtered(generator.ifs, inner)

        def inner() -> None:
            if k + 1 == len(node.generators):
                item()
            else:
                self._loop(node, k + 1, self.expr(node.generators[k + 1].iter), carries, item, breakable)

        name = generator.target.id if isinstance(generator.target, ast.Name) else "item"
        self.each(over, carries, turn, generator.iter, name, breakable)

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
