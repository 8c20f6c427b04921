"""The frontend against CPython: parsed functions, run by the reference interpreter, do what CPython does."""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
import itertools
import linecache
import os
import sys
import types
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import myialike.ops  # noqa: F401  # fills the table that the interpreter looks operations up in
from myialike.errors import CompileError, UnsupportedError
from myialike.frontend import parse
from myialike.frontend.refused import ROWS, refusal
from myialike.ir.interpret import run
from myialike.ir.op import TABLE
from myialike.ir.syntax import Closure, For, Graph, If, Module, Prim, While, blocks_of, walk
from myialike.ir.text import parse_graph, print_graph
from myialike.ir.verify import verify
from tests.frontend_corpus import CASES
from tests.sweep import functions_of

# ----------------------------------------------------------------------------------- running and comparing


def interpreted(fn: types.FunctionType, args: tuple[Any, ...]) -> Any:
    """`fn(*args)`, by the frontend and the interpreter."""
    bound = inspect.signature(fn).bind(*args)
    bound.apply_defaults()
    free = dict(zip(fn.__code__.co_freevars, (c.cell_contents for c in fn.__closure__ or ()), strict=True))
    (result,) = run(Module((parse(fn),)), *bound.arguments.values(), globals=fn.__globals__, free=free)
    return result


def outcome(call: Any, *args: Any) -> str:
    """What a call does, as text: its result, or the class of its error; and what it did to its arguments."""
    args = copy.deepcopy(args)
    try:
        result = repr(call(*args))
    except CompileError:
        raise
    except Exception as error:
        result = "NameError" if isinstance(error, NameError) else type(error).__name__
    return f"{result} with {args!r}"


def from_text(text: str, name: str = "f", **env: Any) -> Any:
    """The function `name` of a module with source `text`."""
    filename = f"<test_frontend {abs(hash(text))}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec"), env)
    return env[name]


def check_graph(graph: Graph) -> None:
    """Every parsed graph is verified IR and has a text that is parsed back."""
    verify(Module((graph,)), "parse")
    assert parse_graph(print_graph(graph)) == graph


def agrees(fn: types.FunctionType, *args: Any) -> None:
    check_graph(parse(fn))
    assert outcome(lambda *a: interpreted(fn, a), *args) == outcome(fn, *args)


CALLS = [(fn, args) for fn, calls in CASES for args in calls]


@pytest.mark.parametrize(("fn", "args"), CALLS, ids=[f"{fn.__name__}-{k}" for k, (fn, _) in enumerate(CALLS)])
def test_corpus(fn: types.FunctionType, args: tuple[Any, ...]) -> None:
    """A function of the corpus has the result, or the error, and the effects that CPython gives it."""
    agrees(fn, *args)


def test_corpus_size() -> None:
    """The corpus has not shrunk."""
    assert len({fn for fn, _ in CASES}) >= 80


# ----------------------------------------------------------------------------------- random programs

VARIABLES = ["a", "b", "c"]
ATOMS = st.sampled_from([*VARIABLES, *VARIABLES, "0", "1", "2", "n"])


@st.composite
def expressions(draw: st.DrawFn) -> str:
    left, right, third = draw(ATOMS), draw(ATOMS), draw(ATOMS)
    forms = [
        "{} + {}", "{} - {}", "{} * 2 % 7 + {}", "({} and {})", "({} or {})", "({} if {} else {})", "({} < {} < {})",
        "{}", "(c := {} + 1)", "sum(a + {} for a in range({} % 3))", "len([c for c in range({} % 4) if c != {}])",
        "any(b > {} for b in range(3))", "(lambda k={}: k + {})()", "note({})",
    ]  # fmt: skip
    return draw(st.sampled_from(forms)).format(left, right, third)


SIMPLE = st.one_of(
    st.tuples(st.sampled_from(VARIABLES), st.sampled_from(["=", "+=", "-="]), expressions()).map(" ".join),
    expressions().map("note({})".format),
    expressions().map("note({})".format),
    st.tuples(ATOMS, ATOMS).map(lambda p: f"a, b = {p[0]}, {p[1]}"),
    st.sampled_from(["del a", "b = a", "fs.append(lambda: b)", "note(fs[-1]())", "c = bump()", "pass"]),
)
JUMPS = st.one_of(
    expressions().map("return {}".format), st.sampled_from(["raise ValueError(n)", "raise KeyError", "assert a"])
)


def indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


@st.composite
def bodies(draw: st.DrawFn, depth: int, loop: bool) -> list[str]:
    """The lines of a block; in a `loop` also with `break` and `continue`."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        lines += draw(statements(depth, loop))
    return lines


@st.composite
def statements(draw: st.DrawFn, depth: int, loop: bool) -> list[str]:
    jumps = st.one_of(JUMPS, st.sampled_from(["break", "continue"])) if loop else JUMPS
    kinds = ["simple", "simple", "jump", *(["if", "if", "while", "for", "for", "match", "with"] if depth else [])]
    kind = draw(st.sampled_from(kinds))
    if kind == "simple":
        return [draw(SIMPLE)]
    if kind == "jump":
        return [f"if {draw(expressions())}:", *indented([draw(jumps)])] if draw(st.booleans()) else [draw(jumps)]
    if kind == "match":
        return draw(matches(depth, loop))
    if kind == "with":
        return ["with np.errstate():", *indented(draw(bodies(depth - 1, loop)))]
    inside = loop or kind != "if"
    head = {
        "if": f"if {draw(expressions())}:",
        "while": f"while (fuel := fuel - 1) > 0 and {draw(expressions())}:"
        if draw(st.booleans())
        else f"while spend() and {draw(expressions())}:",
        "for": f"for {draw(st.sampled_from([*VARIABLES, 'i']))} in {draw(ITERABLES).format(draw(ATOMS))}:",
    }[kind]
    lines = [head, *indented(draw(bodies(depth - 1, inside)))]
    if kind == "if" and draw(st.booleans()):
        lines += [f"elif {draw(expressions())}:", *indented(draw(bodies(depth - 1, loop)))]
    if draw(st.booleans()):
        lines += ["else:", *indented(draw(bodies(depth - 1, loop)))]
    return lines


ITERABLES = st.sampled_from(["range({} % 4)", "range({} % 4)", "(note(b) + {0} for b in range({0} % 4) if b != a)"])
PATTERNS = st.sampled_from([
    "0", "1 | 2", "(a, 1)", "[a, *b] if note(b)", "(1 as a, b) | (a, 1 as b)", "int() as c", "n if n > 1",
    "b if (b := a)", "[a, _] if (a := a + 1) > 2", '{"k": a}', '{"k": 1, **c}', "_",
])  # fmt: skip


@st.composite
def matches(draw: st.DrawFn, depth: int, loop: bool) -> list[str]:
    """A `match` statement, on a number, a tuple or a dict."""
    subject = draw(st.sampled_from(["{}", "[{}, {}]", "dict(k={})"])).format(draw(ATOMS), draw(ATOMS))
    patterns = sorted(draw(st.lists(PATTERNS, min_size=1, max_size=3)), key=lambda p: p == "_")
    lines = [f"match {subject}:"]
    for pattern in dict.fromkeys(patterns):
        lines += indented([f"case {pattern}:", *indented(draw(bodies(depth - 1, loop)))])
    return lines


PRELUDE = """
def f(n, log):
    a = n; b = 1; fuel = 12; fs = []
    gas = [30]
    def note(x):
        log.append(x)
        return x
    def spend():
        gas[0] -= 1
        return gas[0] > 0
    def bump():
        {}
        a += 1
        return a
""".strip()


@settings(deadline=None, max_examples=int(os.environ.get("FRONTEND_EXAMPLES", "60")),
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip
@given(lines=bodies(3, False), shared=st.booleans(), n=st.integers(0, 5))
@example(lines=["while spend():", "    if a:", "        return 1", "    break", "return 2"], shared=False, n=1)
def test_random_programs(lines: list[str], shared: bool, n: int) -> None:
    """Any nest of branches, loops and jumps does what CPython does, to the order of its effects."""
    prelude = PRELUDE.format("nonlocal a" if shared else "a = 3")
    agrees(from_text("\n".join([prelude, *indented(lines)]) + "\n", np=np), n, [])


def test_every_kind_of_nesting() -> None:
    """Two nested loops, with every pair of jumps in every pair of places, do what CPython does."""
    jumps = ["pass", "break", "continue", "return x"]
    for outer, inner, tail, orelse in itertools.product(jumps, jumps, jumps[:3], jumps[:1] + jumps[2:]):
        text = f"""
def f(n, m):
    x = 0
    for i in range(n):
        x += 1
        if i == 2:
            {outer}
        k = 0
        while k < m:
            k += 1
            x += 10
            if k == i:
                if x % 3:
                    {inner}
                x += 100
            x += 1000
        else:
            x += 5
            if x % 2:
                {orelse}
            x += 3
        x += 10000
        if i == 1:
            {tail}
    else:
        x += 7
    return -x
""".lstrip()
        fn = from_text(text)
        for args in ((4, 3), (2, 1), (0, 2)):
            agrees(fn, *args)


# ----------------------------------------------------------------------------------- the shape of the graph


def graph_of(text: str) -> Graph:
    return parse(from_text(text))


def ops_of(graph: Graph) -> list[str]:
    return [e.op for e in walk(graph.body) if isinstance(e, Prim)]


def test_golden() -> None:
    """The text of a small function: names are the user's, the rest after an early return is the other branch."""
    graph = graph_of("""
def f(x, n=3):
    if x < 0:
        return x
    total = 0.0
    for i in range(n):
        square = i * i
        total += square
    return total
""")
    assert print_graph(graph) == GOLDEN


GOLDEN = """\
graph f(x: dynamic as x, n: dynamic as n=0) {
  t: dynamic = py.compare(x, 0:dynamic; op='<')
  t_1: dynamic = py.truth(t)
  result: dynamic = if t_1 {
    yield x
  } else {
    range: dynamic = py.global(; name='range')
    v: dynamic = py.call(range, n; keywords=(), starred=())
    total_2: dynamic = for v init (0.0:dynamic) (i: dynamic, total: dynamic) {
      square: dynamic = py.binary(i, i; op='*')
      total_1: dynamic = py.inplace(total, square; op='+')
      yield total_1
    }
    yield total_2
  }
  return result
}
"""


def test_no_flags_where_branches_do() -> None:
    """Early returns need no flags: no variable `returned`, and no loop."""
    graph = graph_of("""
def f(x):
    if x == 1:
        return 1
    if x == 2:
        y = 5
        return y
    if x == 3:
        raise ValueError
    return x
""")
    assert "returned" not in print_graph(graph)


def test_carries_are_few() -> None:
    """Temporaries of a loop body are not carried."""
    graph = graph_of("""
def f(xs):
    best = 0
    for x in xs:
        a = x + 1
        b = a * a
        if b > best:
            c = b
            best = c
    return best
""")
    (loop,) = (e for e in walk(graph.body) if isinstance(e, For))
    assert [p.name for p in loop.body.params] == ["x", "best"]


def test_breakable_loops_carry_the_flag_first() -> None:
    """The first carry of a breakable loop starts as True, and a loop without jumps is not breakable."""
    graph = graph_of("""
def f(xs):
    for x in xs:
        if x:
            break
    for y in xs:
        if y:
            continue
        xs.append(y)
""")
    first, second = (e for e in walk(graph.body) if isinstance(e, For))
    assert first.breakable and first.init[0].value is True  # type: ignore[union-attr]
    assert not second.breakable and not second.init


@pytest.mark.parametrize(
    ("body", "cells"),
    [
        ("x = 1\n    return lambda: x", 0),
        ("x = 1\n    x += 1\n    return lambda: x", 0),
        ("for x in n: pass\n    return lambda: x", 0),
        ("x = 1\n    g = lambda: x\n    x = 2\n    return g", 1),
        ("for x in n: g = lambda: x\n    return g", 1),
        ("def g(): return g\n    return g", 1),
        ("def g():\n        nonlocal n\n        n = 1\n    return g", 1),
        ("return [lambda: i for i in n]", 1),
        ("return [i for i in n if n]", 0),
        ("def g(m):\n        return lambda: m\n    for _ in n: g(1)", 0),
        ("for _ in n:\n        def g(m):\n            return lambda: m", 0),
    ],
)
def test_cells(body: str, cells: int) -> None:
    """A captured variable lives in a cell only if the inner function could see it change."""
    assert ops_of(graph_of(f"def f(n):\n    {body}\n")).count("py.cell") == cells


LONG = [
    "".join(f"    if n == {k}: return x * {k}\n" for k in range(500)),
    "    if n < 0: return x\n" + "".join(f"    elif n == {k}: return x * {k}\n" for k in range(500)),
    "    match n:\n" + "".join(f"        case {k}: return x * {k}\n" for k in range(500)),
    "    for i in range(n):\n" + "".join(f"        if i == {k}: {['break', 'continue'][k % 2]}\n" for k in range(200)),
]


@pytest.mark.parametrize("body", LONG, ids=["if", "elif", "match", "loop"])
def test_long_runs_of_jumps(body: str) -> None:
    """Hundreds of early returns in a row are not nested inside each other."""
    fn = from_text(f"def f(x, n):\n{body}    return -x\n")
    graph = parse(fn)
    verify(Module((graph,)), "parse")
    assert [interpreted(fn, (2, n)) for n in (0, 1, 31, 499, 500)] == [fn(2, n) for n in (0, 1, 31, 499, 500)]


def test_nothing_is_compiled_twice() -> None:
    """The size of the graph is linear in the program, with twenty branches in a row that may return."""
    steps = "".join(f"    if n > {k}:\n        if n > {k + 1}: return {k}\n        n = h(n)\n" for k in range(20))
    for loop in ("", "    while n:\n"):
        text = steps if not loop else loop + "\n".join(indented(steps.splitlines()))
        graph = graph_of(f"def f(n, h):\n{text}\n")
        assert ops_of(graph).count("py.call") == 20


def test_deep_loops_are_fast() -> None:
    """Liveness is found in time linear in the program, however deep its loops are nested."""
    heads = [f"{'    ' * k}for i{k} in x:\n{'    ' * (k + 1)}y = y + i{k}" for k in range(1, 21)]
    graph = graph_of("def f(x, y):\n" + "\n".join(heads) + "\n    return y\n")
    assert ops_of(graph).count("py.binary") == 20


def test_signature_and_defaults() -> None:
    """The signature says how params are filled, and defaults are numbered from left to right."""
    graph = graph_of("def f(a, /, b, c=1, *d, e, g=2, **h): return a")
    assert [(p.name, p.kind, p.default) for p in graph.signature] == [
        ("a", "POSITIONAL_ONLY", None),
        ("b", "POSITIONAL_OR_KEYWORD", None),
        ("c", "POSITIONAL_OR_KEYWORD", 0),
        ("d", "VAR_POSITIONAL", None),
        ("e", "KEYWORD_ONLY", None),
        ("g", "KEYWORD_ONLY", 1),
        ("h", "VAR_KEYWORD", None),
    ]


def test_locations() -> None:
    """Every equation has the place of its syntax in the user's file."""
    text = "\n\nclass C:\n    def method(self, x):\n        y = x + 1\n        return [z * y for z in x]\n"
    graph = parse(from_text(text, "C").method)
    lines = text.splitlines()
    for eqn in walk(graph.body):
        assert eqn.loc is not None and eqn.loc.function == "C.method"
        assert eqn.loc.filename.startswith("<test_frontend")
    add = next(e for e in walk(graph.body) if isinstance(e, Prim) and e.op == "py.binary")
    assert add.loc is not None
    assert lines[add.loc.lineno - 1][add.loc.col_offset : add.loc.end_col_offset] == "x + 1"


def test_only_known_operations() -> None:
    """The corpus uses operations of the table only, with the number of results that their rules give."""
    for fn, _ in CASES:
        for eqn in walk(parse(fn).body):
            if isinstance(eqn, Prim):
                types_in = tuple(a.type for a in eqn.inputs)
                assert len(TABLE[eqn.op].type_rule(types_in, dict(eqn.attrs))) == len(eqn.outputs)
            else:
                assert isinstance(eqn, If | While | For | Closure) and blocks_of(eqn)


def test_assert_is_dropped_without_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -O` compiles no assert statement, and neither do we."""
    monkeypatch.setattr("myialike.frontend.statements.DEBUG", False)
    assert ops_of(graph_of("def f(x):\n    assert x\n")) == []


# ----------------------------------------------------------------------------------- refusals

# Name of the row, the function, and the text that the error points at.
REFUSED: list[tuple[str, str, str]] = [
    ("Try", "def f(x):\n    try:\n        x()\n    except E:\n        pass", "try:"),
    ("TryStar", "def f(x):\n    try:\n        x()\n    except* E:\n        pass", "try:"),
    ("Yield", "def f(x):\n    yield x", "yield x"),
    ("YieldFrom", "def f(x):\n    yield from x", "yield from x"),
    ("AsyncFunctionDef", "async def f(x):\n    return x", "async def f(x):"),
    ("AsyncFunctionDef", "def f(x):\n    async def g(): pass", "async def g(): pass"),
    ("Global", "def f(x):\n    global y\n    y = x", "global y"),
    ("nonlocal", "def h():\n  y = 0\n  def f(x):\n    nonlocal y\n    y = x\n  return f\nf = h()", "nonlocal y"),
    ("ClassDef", "def f(x):\n    class C:\n        pass", "class C:"),
    ("Set", "def f(x):\n    return {x, 1}", "{x, 1}"),
    ("SetComp", "def f(x):\n    return {y for y in x}", "{y for y in x}"),
    ("GeneratorExp", "def f(x):\n    return g(y for y in x)", "(y for y in x)"),
    ("GeneratorExp", "sum = 1\ndef f(x):\n    return sum(y for y in x)", "(y for y in x)"),
    ("GeneratorExp", "def f(x):\n    return (y for y in x)", "(y for y in x)"),
    ("GeneratorExp", "def f(x):\n    return max((y for y in x), key=x.pop)", "(y for y in x)"),
    ("GeneratorExp", "def f(x):\n    a, b = (y for y in x)", "(y for y in x)"),
    ("GeneratorExp", "def f(x):\n    return list(zip((y for y in x), x))", "(y for y in x)"),
    ("GeneratorExp", "def f(x):\n    for y in (z for w in x for z in w): break", "(z for w in x for z in w)"),
    ("relative import", "def f(x):\n    from . import y", "from . import y"),
    ("del attribute", "def f(x):\n    del x.a", "x.a"),
    ("bare raise", "def f(x):\n    raise", "raise"),
    ("super()", "def f(x):\n    return super().f(x)", "super()"),
    ("locals()", "def f(x):\n    return locals()", "locals()"),
    ("globals()", "def f(x):\n    return globals()", "globals()"),
    ("vars()", "def f(x):\n    return vars()", "vars()"),
    ("dir()", "def f(x):\n    return dir()", "dir()"),
    ("eval()", "def f(x):\n    return eval('x')", "eval('x')"),
    ("exec()", "def f(x):\n    exec('x = 1')", "exec('x = 1')"),
    ("breakpoint()", "def f(x):\n    breakpoint()", "breakpoint()"),
    ("Await", "def f(x):\n    return list(await y for y in x)", "await y"),
    ("async comprehension", "def f(x):\n    return list(y async for y in x)", "x)"),
    ("too deep", "def f(x):\n    return " + " + ".join(["x"] * 900), "def f(x):"),
]
def refusal_in(fn: types.FunctionType) -> UnsupportedError:
    """The refusal of a function: of the whole of it, or where the program would be refused when it gets there."""
    try:
        graph = parse(fn)
    except UnsupportedError as error:
        return error
    check_graph(graph)
    eqn = next(e for e in walk(graph.body) if isinstance(e, Prim) and e.op == "py.refuse")
    return UnsupportedError(eqn.attr("message"), eqn.loc, eqn.attr("instead"))


@pytest.mark.parametrize(("row", "text", "pointed"), REFUSED, ids=[r[0] for r in REFUSED])
def test_refusals(row: str, text: str, pointed: str) -> None:
    """What is refused is refused with the text of its row, at its own place."""
    error, expected = refusal_in(from_text(text + "\n")), ROWS[row if row in ROWS else getattr(ast, row)]
    assert error.message.startswith(expected.what) and error.message.endswith(expected.why)
    assert error.hint == expected.instead and error.kind == "limitation"
    assert error.lineno is not None and error.col_offset is not None
    assert text.splitlines()[error.lineno - 1][error.col_offset :].startswith(pointed)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_type_parameters() -> None:
    """A generic function is taken; one inside a function is refused."""
    agrees(from_text("def f[T](x: T) -> T:\n    return x\n"), 1)
    inner = from_text("def f(x):\n    def g[T](y: T): return y\n    return g(x)\n")
    assert "generic function inside" in refusal_in(inner).message


def test_unknown_syntax_is_refused() -> None:
    """A node class that no part of the frontend knows is refused in general words."""
    assert "the syntax `TypeIgnore` is not supported" in refusal(ast.TypeIgnore(1, ""), None).message


@pytest.mark.parametrize("thing", [len, int, print.__call__, 3, object()])
def test_things_that_are_no_python_functions(thing: Any) -> None:
    """Builtins, classes and other objects are refused."""
    with pytest.raises(UnsupportedError, match="not a Python function"):
        parse(thing)


def test_without_source() -> None:
    """Text that is in no file and not in linecache cannot be read."""
    env: dict[str, Any] = {}
    exec(compile("def f(x):\n    return x", "<nowhere>", "exec"), env)
    with pytest.raises(UnsupportedError, match="a function without source") as caught:
        parse(env["f"])
    assert "linecache" in caught.value.hint


def test_changed_source() -> None:
    """A file that no longer has the function is noticed."""
    fn = from_text("def f(x):\n    return x\n")
    text = "def g(x):\n    return x\n"
    linecache.cache[fn.__code__.co_filename] = (len(text), None, text.splitlines(True), fn.__code__.co_filename)
    with pytest.raises(UnsupportedError, match="text has changed"):
        parse(fn)


def without_columns(fn: types.FunctionType) -> types.FunctionType:
    """A function as Python makes it under `-X no_debug_ranges`: its code says lines, and no columns."""
    units, table = len(fn.__code__.co_code) // 2, b""
    while units > 0:
        table += bytes([0x80 | 13 << 3 | min(units, 8) - 1, 0])  # 13: no columns, and 0 lines further
        units -= 8
    return types.FunctionType(fn.__code__.replace(co_linetable=table), fn.__globals__)


def test_same_line() -> None:
    """Lambdas on one line cannot be told apart without columns."""
    fns = from_text("fs = lambda x: x + 1, lambda x: x * 2\n", "fs")
    assert [interpreted(fn, (5,)) for fn in fns] == [6, 10]
    with pytest.raises(UnsupportedError, match="one of several lambdas on a line is not supported") as caught:
        parse(without_columns(fns[0]))
    assert caught.value.lineno == 1 and "use `def`" in caught.value.hint


TESTED_ABOVE = {
    "type parameters": test_type_parameters,
    "no source": test_without_source,
    "not a function": test_things_that_are_no_python_functions,
    "changed source": test_changed_source,
    "same line": test_same_line,
}  # where it takes more than a text to meet the refusal


def test_every_row_is_tested() -> None:
    """There is a program above for each row of the table."""
    names = {key if isinstance(key, str) else key.__name__ for key in ROWS}
    assert names == {row for row, _, _ in REFUSED} | set(TESTED_ABOVE)


# ----------------------------------------------------------------------------------- finding the definition


def test_lambdas_on_one_line() -> None:
    """Each of several lambdas on a line is found, nested ones too."""
    fs = [lambda x: x + 1, lambda x: x * 2, lambda x: lambda x: x - 1, lambda y, x=3: x]
    assert [interpreted(f, (5,)) for f in fs[:2]] == [6, 10]
    assert interpreted(fs[2](0), (5,)) == 4
    assert interpreted(fs[3], (1,)) == 3


def test_lambda_over_several_lines() -> None:
    """A lambda inside a call that spans lines."""
    fs = list(
        map(
            lambda k: (
                lambda x: x + k  # fmt: skip
            ),
            [1, 2],
        )
    )
    assert [interpreted(f, (5,)) for f in fs] == [6, 7]


def test_columns_are_bytes() -> None:
    """Columns count bytes, as those of `ast` do, also after letters beyond ASCII."""
    graph = graph_of("def f(é):\n    return 'é', é + 1\n")
    add = next(e for e in walk(graph.body) if isinstance(e, Prim) and e.op == "py.binary")
    assert add.loc is not None and add.loc.col_offset == len("    return 'é', ".encode())


# ----------------------------------------------------------------------------------- libraries; all of them: make sweep

MODULES = [
    "ast", "calendar", "colorsys", "copy", "csv", "dataclasses", "difflib", "fractions", "functools",
    "heapq", "inspect", "posixpath", "random", "statistics", "string", "textwrap", "tokenize", "typing",
]  # fmt: skip


MORE_MODULES = [
    "abc", "argparse", "base64", "bisect", "cmd", "codecs", "collections", "configparser", "contextlib", "datetime",
    "decimal", "dis", "email.message", "enum", "fileinput", "filecmp", "gettext", "glob", "gzip", "html.parser",
    "http.client", "ipaddress", "json.decoder", "linecache", "locale", "logging", "mailbox", "numbers", "optparse",
    "os", "pathlib", "pickle", "pickletools", "platform", "plistlib", "pprint", "profile", "queue", "re", "reprlib",
    "sched", "selectors", "shlex", "shutil", "smtplib", "subprocess", "tarfile", "tempfile", "threading", "traceback",
    "types", "unittest.case", "unittest.mock", "urllib.parse", "uuid", "weakref", "xml.dom.minidom", "zipfile",
    "numpy", "numpy.lib._function_base_impl", "numpy.linalg._linalg", "numpy.ma.core", "numpy.polynomial.polynomial",
    "jax.numpy", "scipy.optimize._optimize", "scipy.signal._signaltools", "scipy.special._orthogonal",
]  # fmt: skip


@pytest.mark.parametrize("name", MORE_MODULES)
def test_libraries(name: str) -> None:
    """Every function of the module gives verified IR, or a refusal with a place and a way out."""
    for function in functions_of(pytest.importorskip(name)):
        try:
            graph = parse(function)
        except UnsupportedError as error:
            assert error.loc is not None and error.hint
        else:
            verify(Module((graph,)), "parse")


@pytest.mark.parametrize("name", MODULES)
def test_standard_library(name: str) -> None:
    """Every function of the module gives verified IR, or a refusal with a place and a way out."""
    parsed = 0
    for function in functions_of(importlib.import_module(name)):
        try:
            graph = parse(function)
        except UnsupportedError as error:
            assert error.loc is not None and error.hint
        else:
            check_graph(graph)
            parsed += 1
    assert parsed
