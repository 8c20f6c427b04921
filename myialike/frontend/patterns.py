"""Patterns of `match`: conditions that also find what the names in the pattern are to be bound to.

    case Point(x, y=0): ...       found = py.match_class(subject, Point; count=1, names=('y',))
                                  p = if found is not None { x, y = found; yield y == 0, x } else { yield False, never }

Each name has a variable of the compiler's own, which holds what was found; the name itself is bound when the whole
pattern has fitted: before the guard, and, so that it is surely bound there, in the body. The operations `py.match_*` do
what CPython's instructions of these names do: what is a sequence or a mapping is for them to know, and no name of the
program can stand in their way.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from myialike.frontend.comprehensions import Comprehensions
from myialike.frontend.emitter import literal
from myialike.frontend.scopes import Variable, captured_name
from myialike.frontend.tree import Matches
from myialike.ir.syntax import Atom, Lit

Captures = dict[str | None, Variable]


class Patterns(Comprehensions):
    """Compiles patterns."""

    def matches(self, test: Matches) -> Atom:
        """Whether the subject fits; then the variables of `test.captures` hold the values for the names."""
        captures: Captures = {captured_name(node): held for node, held in test.captures}
        fits = self.fits(test.pattern, self.here.env[test.subject], captures)
        guard = test.guard
        if guard is None:
            return fits

        def guarded() -> Atom:
            for pattern, held in test.captures:
                self.bind(pattern, self.here.env[held])
            return self.test(guard)

        return self._all([lambda: fits, guarded], guard)

    def bind_matched(self, test: Matches) -> None:
        """Bind the names where the pattern has fitted, except those that the guard may have bound since."""
        rebound = self.live.bound_in(test.guard) if test.guard else []
        for pattern, held in test.captures:
            variable = self.scopes.variable(pattern)
            if test.guard is None or (variable not in rebound and not (variable and variable.boxed)):
                self.bind(pattern, self.here.env[held])

    def fits(self, node: ast.pattern, subject: Atom, captures: Captures) -> Atom:
        match node:
            case ast.MatchValue():
                return self._same(subject, self.expr(node.value), "==", node)
            case ast.MatchSingleton():
                return self._same(subject, literal(node.value), "is", node)
            case ast.MatchAs() | ast.MatchStar():
                return self._as(node, subject, captures)
            case ast.MatchOr():
                return self._any(node.patterns, subject, captures, node)
            case ast.MatchSequence():
                return self._sequence(node, subject, captures)
            case ast.MatchMapping():
                return self._mapping(node, subject, captures)
            case ast.MatchClass():
                return self._class(node, subject, captures)
            case _:
                raise self.refused(node, node)

    def _same(self, subject: Atom, value: Atom, op: str, node: ast.AST) -> Atom:
        return self.prim("py.truth", (self.prim("py.compare", (subject, value), node, "t", op=op),), node, "t")

    def _as(self, node: ast.MatchAs | ast.MatchStar, subject: Atom, captures: Captures) -> Atom:
        """A name, `_`, a pattern with a name, or a starred name."""
        inner = node.pattern if isinstance(node, ast.MatchAs) else None
        fits = self.fits(inner, subject, captures) if inner else literal(True)
        if node.name is not None:
            self.here.env[captures[node.name]] = subject
        return fits

    # -- several patterns ------------------------------------------------------------------------------------------

    def _all(self, tests: Sequence[Callable[[], Atom]], node: ast.AST) -> Atom:
        """Whether all tests hold; they end at the first that does not."""
        first = tests[0]() if tests else literal(True)
        if len(tests) < 2:
            return first
        if isinstance(first, Lit):
            return self._all(tests[1:], node) if first.value else first
        return self.branch(first, lambda: self._all(tests[1:], node), lambda: literal(False), node, "t")

    def _any(self, patterns: Sequence[ast.pattern], subject: Atom, captures: Captures, node: ast.AST) -> Atom:
        first = self.fits(patterns[0], subject, captures)
        if len(patterns) == 1 or isinstance(first, Lit):
            return first
        return self.branch(
            first, lambda: literal(True), lambda: self._any(patterns[1:], subject, captures, node), node, "t"
        )

    def _parts(self, patterns: Sequence[ast.pattern], values: Atom, captures: Captures, node: ast.AST) -> Atom:
        """Whether the items of a sequence, as many as there are patterns, fit them."""
        if all(isinstance(p, ast.MatchAs | ast.MatchStar) and _is_wild(p) for p in patterns):
            return literal(True)
        star = next((k for k, p in enumerate(patterns) if isinstance(p, ast.MatchStar)), None)
        before, after = (len(patterns), 0) if star is None else (star, len(patterns) - star - 1)
        hints = [captured_name(p) or "item" for p in patterns]
        parts = self.prims("py.unpack", (values,), node, hints, before=before, after=after, star=star is not None)
        tests = [self._fits_later(p, part, captures) for p, part in zip(patterns, parts, strict=True)]
        return self._all(tests, node)

    def _fits_later(self, pattern: ast.pattern, subject: Atom, captures: Captures) -> Callable[[], Atom]:
        return lambda: self.fits(pattern, subject, captures)

    # -- sequences, mappings, classes --------------------------------------------------------------------------------

    def _sequence(self, node: ast.MatchSequence, subject: Atom, captures: Captures) -> Atom:
        star = any(isinstance(p, ast.MatchStar) for p in node.patterns)
        count = len(node.patterns) - star
        fits = self.prim("py.match_sequence", (subject,), node, "t", count=count, star=star)
        return self._all([lambda: fits, lambda: self._parts(node.patterns, subject, captures, node)], node)

    def _mapping(self, node: ast.MatchMapping, subject: Atom, captures: Captures) -> Atom:
        fits = self.prim("py.match_mapping", (subject,), node, "t", count=len(node.keys))
        return self._all([lambda: fits, lambda: self._items(node, subject, captures)], node)

    def _items(self, node: ast.MatchMapping, subject: Atom, captures: Captures) -> Atom:
        """Whether a mapping has the keys, and its items fit."""
        keys = self.exprs(node.keys)
        values = self.prim("py.match_keys", (subject, *keys), node, "values")

        def rest() -> Atom:
            if node.rest is not None:
                left = self.prim("py.dict", (literal(None), subject), node, node.rest, starred=(0,))
                for key in keys:
                    self.effect("py.delitem", (left, key), node)
                self.here.env[captures[node.rest]] = left
            return literal(True)

        found = self._same(values, literal(None), "is not", node)
        return self._all([lambda: found, lambda: self._parts(node.patterns, values, captures, node), rest], node)

    def _class(self, node: ast.MatchClass, subject: Atom, captures: Captures) -> Atom:
        cls, names = self.expr(node.cls), tuple(node.kwd_attrs)
        values = self.prim("py.match_class", (subject, cls), node, "values", count=len(node.patterns), names=names)
        found = self._same(values, literal(None), "is not", node)
        patterns = [*node.patterns, *node.kwd_patterns]
        return self._all([lambda: found, lambda: self._parts(patterns, values, captures, node)], node)


def _is_wild(pattern: ast.MatchAs | ast.MatchStar) -> bool:
    return pattern.name is None and getattr(pattern, "pattern", None) is None
