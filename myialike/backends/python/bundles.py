"""Tapes that are written and read together are one tape of tuples.

    y_tape.append(y)                              y = y_tape.pop()
    w_tape.append(w)                              w = w_tape.pop()

    tape.append((y, w))                           y, w = tape.pop()

A list is a tape if its name stands nowhere but where it is made, and in lines like these. Lists that are made in one
block, and whose lines stand side by side wherever they stand, are of one length at any time, so one list serves.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from myialike.backends.python.syntax import assign, method, name
from myialike.ir.builder import Names

UNUSED = "_"


@dataclass(frozen=True, slots=True)
class Line:
    """A line about one tape: `kind` is "made", "append" or "pop".

    `value` is what is appended, or, for a pop that may be of an empty tape, what is taken instead; `target` is the name
    that gets what is popped, perhaps a copy of it.
    """

    kind: str
    tape: str
    value: ast.expr | None = None
    target: str = UNUSED
    is_copied: bool = False

    @property
    def mentions(self) -> int:
        return 2 if self.kind == "pop" and self.value is not None else 1


def line_of(statement: ast.stmt) -> Line | None:
    match statement:
        case ast.Assign(targets=[ast.Name(id=tape)], value=ast.List(elts=[])):
            return Line("made", tape)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=tape), attr="append"), args=[value])):
            return Line("append", tape, value)
        case ast.Assign(targets=[ast.Name(id=target)], value=value):
            return _pop(value, target)
        case ast.Expr(value=value):
            return _pop(value, UNUSED)
    return None


def _pop(value: ast.expr, target: str) -> Line | None:
    match value:
        case ast.Call(func=ast.Attribute(value=inner, attr="copy"), args=[]):
            found = _pop(inner, target)
            return None if found is None else Line("pop", found.tape, found.value, target, True)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=tape), attr="pop"), args=[]):
            return Line("pop", tape, None, target)
        case ast.IfExp(test=ast.Name(id=tape), body=popped, orelse=instead):
            found = _pop(popped, target)
            return Line("pop", tape, instead, target) if found is not None and found.tape == tape else None
    return None


Run = tuple[ast.stmt, ...]  # lines of one kind, side by side


def bundled(function: ast.FunctionDef) -> ast.FunctionDef:
    """The function with tapes made one where that is the same."""
    runs = list(_runs(function.body))
    mentions = Counter(n.id for n in ast.walk(function) if isinstance(n, ast.Name))
    names = Names(mentions)
    names.taken.update(arg.arg for arg in function.args.args)
    groups = _groups(runs, mentions)
    bundle = {tape: bundle for group in groups for bundle in [names.fresh("tape")] for tape in group}
    if bundle:
        function.body = _block(function.body, bundle)
    return function


def _groups(runs: Sequence[Run], mentions: Counter[str]) -> list[tuple[str, ...]]:
    """Tapes that belong together: each in the same runs, once in each, and nowhere else."""
    places: dict[str, list[int]] = {}
    counted: Counter[str] = Counter()
    for k, run in enumerate(runs):
        for line in filter(None, map(line_of, run)):
            places.setdefault(line.tape, []).append(k)
            counted[line.tape] += line.mentions
    together: dict[tuple[int, ...], list[str]] = {}
    for tape, where in places.items():
        kinds = [line.kind for k in where for line in map(line_of, runs[k]) if line is not None and line.tape == tape]
        is_tape = counted[tape] == mentions[tape] and kinds.count("made") == 1
        if is_tape and len(set(where)) == len(where) > 1:
            together.setdefault(tuple(where), []).append(tape)
    return [tuple(tapes) for tapes in together.values() if len(tapes) > 1]


def _runs(body: Sequence[ast.stmt]) -> Iterator[Run]:
    """The runs of a block and of those inside; all that is made in a block is one run, wherever in it."""
    made = tuple(s for s in body if (line := line_of(s)) is not None and line.kind == "made")
    if made:
        yield made
    yield from (run for run in _split(body) if (line := line_of(run[0])) is not None and line.kind != "made")
    for statement in body:
        for inner in _blocks(statement):
            yield from _runs(inner)


def _split(body: Sequence[ast.stmt]) -> Iterator[Run]:
    """A block as its runs of lines of one kind, and single statements."""
    run: list[ast.stmt] = []
    kind = ""
    for statement in body:
        line = line_of(statement)
        if run and (line is None or line.kind != kind):
            yield tuple(run)
            run = []
        kind = line.kind if line is not None else ""
        run.append(statement)
        if line is None:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse"):
        inner = getattr(statement, field, None)
        if isinstance(inner, list):
            yield inner


def _block(body: Sequence[ast.stmt], bundle: dict[str, str]) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    made: set[str] = set()
    for run in _split(body):
        done: set[str] = set()
        for statement in run:
            line = line_of(statement)
            if line is None or line.tape not in bundle:
                found.append(_inner(statement, bundle))
            elif line.kind == "made":
                found += [] if bundle[line.tape] in made else [assign(bundle[line.tape], ast.List([], ast.Load()))]
                made.add(bundle[line.tape])
            elif bundle[line.tape] not in done:
                done.add(bundle[line.tape])
                lines = [x for x in map(line_of, run) if x is not None and bundle.get(x.tape) == bundle[line.tape]]
                found += _together(bundle[line.tape], lines)
    return found


def _inner(statement: ast.stmt, bundle: dict[str, str]) -> ast.stmt:
    for field in ("body", "orelse"):
        inner = getattr(statement, field, None)
        if isinstance(inner, list):
            setattr(statement, field, _block(inner, bundle))
    return statement


def _together(tape: str, lines: Sequence[Line]) -> Iterator[ast.stmt]:
    """One line for several."""
    values = [line.value for line in lines if line.value is not None]
    if lines[0].kind == "append":
        yield ast.Expr(method(name(tape), "append", ast.Tuple(values, ast.Load())))
        return
    popped: ast.expr = method(name(tape), "pop")
    if len(values) == len(lines):  # else one is known not to be empty, and so none is
        popped = ast.IfExp(name(tape), popped, ast.Tuple(values, ast.Load()))
    targets: list[ast.expr] = [ast.Name(line.target, ast.Store()) for line in lines]
    yield ast.Assign([ast.Tuple(targets, ast.Store())], popped, lineno=0)
    yield from (assign(line.target, method(name(line.target), "copy")) for line in lines if line.is_copied)
