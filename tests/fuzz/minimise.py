"""A failing program made smaller on its syntax tree, after hypothesis has made its choices simpler.

Hypothesis shrinks what was drawn: it cannot put the inner part of an expression in the place of the whole, or take away
a statement that later ones refer to. Each step here takes something away, and is kept if the program still fails in
the same way.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Iterator
from dataclasses import replace

from tests.fuzz.check import Failure, check
from tests.fuzz.engines import ENGINES
from tests.fuzz.programs import Program

ATTEMPTS = 1000


NONSENSE = (NameError, TypeError, AttributeError)


def is_nonsense(raised: type | None) -> bool:
    return raised is not None and issubclass(raised, NONSENSE)


def failure_of(program: Program, engine: str) -> Failure | None:
    """How a program fails, if it does; also for one that is no program any more."""
    try:
        check(program, (engine,))
    except Failure as failure:
        return failure
    except Exception:
        return None
    return None


def minimise(failure: Failure) -> Failure:
    """A smaller program that fails in the same way, if it is the engine's run of it that fails."""
    if failure.engine not in ENGINES:
        return failure
    whole = replace(failure.program, functions=ast.unparse(ast.parse(failure.program.functions)))
    best = failure_of(whole, failure.engine) or failure
    left, again = ATTEMPTS, True
    while again and left > 0:
        again, position = False, 0
        while (candidate := next(itertools.islice(candidates(best.program), position, None), None)) and left > 0:
            left -= 1
            now = failure_of(candidate, failure.engine)
            if (
                now
                and now.signature == failure.signature
                and (now.raised is best.raised or not is_nonsense(now.raised))
            ):
                best, again = now, True  # and go on from here: what is before has been tried
            else:
                position += 1
    return best


def candidates(program: Program) -> Iterator[Program]:
    """Programs with something less, the largest parts first."""
    for tree in smaller_trees(ast.parse(program.functions)):
        try:
            text = ast.unparse(ast.fix_missing_locations(tree))
        except Exception:
            continue
        if len(text) < len(program.functions):
            yield replace(program, functions=text)


def smaller_trees(tree: ast.Module) -> Iterator[ast.Module]:
    nodes = list(ast.walk(tree))
    for number, node in enumerate(nodes):
        for field, value in ast.iter_fields(node):
            if isinstance(value, list):
                for k in range(len(value)):
                    for new in shorter(value, k):
                        yield changed(tree, number, field, new)
            elif isinstance(value, ast.expr):
                for inner in [*parts(value), *([ast.Name("a")] if isinstance(value, ast.Constant) else [])]:
                    yield changed(tree, number, field, inner)


def shorter(items: list[ast.AST], k: int) -> Iterator[list[ast.AST]]:
    """A list of nodes without one, or with what is inside of it instead."""
    before, item, after = items[:k], items[k], items[k + 1 :]
    if isinstance(item, ast.stmt):
        yield [*before, *after] or [ast.Pass()]
        for field in ("body", "orelse"):
            inner = getattr(item, field, [])
            if inner and not isinstance(item, ast.FunctionDef):
                yield [*before, *inner, *after]
        for case in getattr(item, "cases", []):
            yield [*before, *case.body, *after]
    elif isinstance(item, ast.expr):
        yield [*before, *after]
        for inner in parts(item):
            yield [*before, inner, *after]
    else:
        yield [*before, *after]


def parts(node: ast.expr) -> Iterator[ast.expr]:
    """The expressions directly inside of one, and the simplest ones."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child
    if not isinstance(node, ast.Constant | ast.Name):
        yield from (ast.Constant(1), ast.Constant(1.0), ast.Constant(True))


def changed(tree: ast.Module, number: int, field: str, value: object) -> ast.Module:
    """A copy of a tree with a field of the `number`-th node replaced."""
    other = copy.deepcopy(tree)
    for k, node in enumerate(ast.walk(other)):
        if k == number:
            setattr(node, field, copy.deepcopy(value))
            break
    return other
