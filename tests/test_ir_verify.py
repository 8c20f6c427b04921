"""The verifier accepts well-formed programs of each stage, and has a test that breaks each of its invariants."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

import myialike.ops  # noqa: F401  # fills the table
from myialike.errors import CompilerBug
from myialike.ir.op import TABLE
from myialike.ir.syntax import Block, Call, Closure, Graph, If, Lit, Module, Parameter, Prim, Var
from myialike.ir.text import parse_graph, parse_module
from myialike.ir.types import DYNAMIC, Array, Type, scalar
from myialike.ir.verify import POINTWISE, STAGE_FORMS, verify
from myialike.source import Location
from tests.strategies import PROGRAMS, typed_graphs
from tests.test_ir_text import EXAMPLES

F64, I64, BOOL = scalar("f64"), scalar("i64"), scalar("bool")
X = Var("x", F64)
TYPED_STAGES = [stage for stage in STAGE_FORMS if stage != "parse"]


def notes(module: Module, stage: str = "infer") -> tuple[str, ...]:
    """What the verifier says is wrong."""
    try:
        verify(module, stage)
    except CompilerBug as bug:
        assert f"after stage {stage!r}" in bug.message
        return bug.notes
    return ()


def body(text: str, params: str = "x: f64, n: i64, c: bool, xs: f64[3]") -> str:
    return f"graph f({params}) {{ {text} return }}"


@PROGRAMS
@given(typed_graphs())
def test_random_programs_are_well_formed(graph: Graph) -> None:
    """Random typed graphs verify after every stage after inference: their types are those of the type rules."""
    for stage in TYPED_STAGES:
        verify(Module((graph,)), stage)


def test_the_examples_are_well_formed() -> None:
    """The examples of ARCHITECTURE.md are programs, of the stages that they are said to be of."""
    typed, dynamic = EXAMPLES
    verify(parse_module(typed + "graph g(x: f64) { return x }"), "infer")
    verify(parse_module(dynamic), "parse")


# ---- each invariant broken. Where the text form cannot say it, the graph is made by hand.

BROKEN_TYPED = {
    "two variables of one name": (
        body("y: f64 = neg(x) if c { y: f64 = neg(x) yield } else { yield }"),
        "two variables have the name y",
    ),
    "a param shadows": (
        body("for 0:i64, n, 1:i64 init () (x: i64) { yield }"),
        "two variables have the name x",
    ),
    "two graphs of one name": (body("") + body(""), "two graphs have the name f"),
    "an unknown operation": (body("y: f64 = nag(x)"), "`y: f64 = nag(x)`: there is no operation nag"),
    "a wrong output type": (
        body("y: i64 = neg(x)"),
        "`y: i64 = neg(x)`: the outputs: (i64), but the type rule's results: (f64)",
    ),
    "too few outputs": (body("neg(x)"), "the outputs: (), but the type rule's results: (f64)"),
    "inputs that do not fit": (body("y: f64 = add(x, n)"), "its type rule on (f64, i64) says: TypeError"),
    "a missing attribute": (body("y: f64 = cast(n)"), "its type rule on (i64) says: KeyError('dtype')"),
    "unsorted attributes": (
        body("y: i64[3] = arange(; stop=3, start=0, step=1, dtype='i64')"),
        "its attributes are not sorted by name: stop, start, step, dtype",
    ),
    "an attribute twice": (
        body("y: f64 = cast(n; dtype='f64', dtype='f64')"),
        "its attributes are not sorted by name: dtype, dtype",
    ),
    "a scalar variable among arrays": (
        body("ys: f64[3] = mul(xs, x)"),
        "`ys: f64[3] = mul(xs, x)`: x is a scalar among arrays, and not a literal",
    ),
    "a scalar variable selects arrays": (
        body("ys: f64[3] = select(c, xs, 0.0:f64)"),
        "c is a scalar among arrays, and not a literal",
    ),
    "a pred that is no bool": (
        body("if n { yield } else { yield }"),
        "`if n`: the pred: (i64), but a condition: (bool)",
    ),
    "a pred that is an array": (
        body("if p { yield } else { yield }", "p: bool[2]"),
        "the pred: (bool[2]), but a condition: (bool)",
    ),
    "a branch with another type": (
        body("y: f64 = if c { yield x } else { yield n }"),
        "the results of the else branch: (i64), but the outputs: (f64)",
    ),
    "a branch with too few results": (
        body("y: f64 = if c { yield } else { yield x }"),
        "the results of the then branch: (), but the outputs: (f64)",
    ),
    "a while without condition": (
        body("while () () { yield } do () { yield }"),
        "the results of the condition: (), but a condition: (bool)",
    ),
    "a while condition that is no bool": (
        body("while () () { yield n } do () { yield }"),
        "the results of the condition: (i64), but a condition: (bool)",
    ),
    "params of a while condition": (
        body("w: f64 = while (x) () { yield c } do (v: f64) { yield v }"),
        "the params of the condition: (), but init: (f64)",
    ),
    "params of a while body": (
        body("w: f64 = while (x) (u: f64) { yield c } do (v: i64) { yield x }"),
        "the params of the body: (i64), but init: (f64)",
    ),
    "results of a while body": (
        body("w: f64 = while (x) (u: f64) { yield c } do (v: f64) { yield n }"),
        "the results of the body: (i64), but init: (f64)",
    ),
    "outputs of a while": (
        body("w: i64 = while (x) (u: f64) { yield c } do (v: f64) { yield v }"),
        "the outputs: (i64), but init: (f64)",
    ),
    "a for over one atom": (
        body("for n init () (i: i64) { yield }"),
        "the loop goes over: (i64), but a loop: (i64, i64, i64)",
    ),
    "a for over floats": (
        body("for 0:i64, x, 1:i64 init () (i: i64) { yield }"),
        "the loop goes over: (i64, f64, i64), but a loop: (i64, i64, i64)",
    ),
    "a for without index": (
        body("for 0:i64, n, 1:i64 init () () { yield }"),
        "the params of the body: (), but index and init: (i64)",
    ),
    "params of a for": (
        body("w: f64 = for 0:i64, n, 1:i64 init (x) (i: i64, v: bool) { yield x }"),
        "the params of the body: (i64, bool), but index and init: (i64, f64)",
    ),
    "results of a for": (
        body("w: f64 = for 0:i64, n, 1:i64 init (x) (i: i64, v: f64) { yield i }"),
        "the results of the body: (i64), but init: (f64)",
    ),
    "outputs of a for": (
        body("for 0:i64, n, 1:i64 init (x) (i: i64, v: f64) { yield v }"),
        "the outputs: (), but init: (f64)",
    ),
    "a breakable for": (
        body("w: bool = for 0:i64, n, 1:i64 init (c) breakable (i: i64, v: bool) { yield v }"),
        "a breakable loop does not exist after inference",
    ),
    "a call of nobody": (body("y: f64 = call g(x)"), "`y: f64 = call g(x)`: the module has no graph g"),
    "inputs of a call": (
        body("y: f64 = call g(n)") + "graph g(x: f64) { return x }",
        "the inputs: (i64), but the params of g: (f64)",
    ),
    "outputs of a call": (
        body("y: i64 = call g(x)") + "graph g(x: f64) { return x }",
        "the outputs: (i64), but the results of g: (f64)",
    ),
    "a literal of an array type": (body("ys: f64[3] = neg(1.0:f64[3])"), "the literal 1.0 is of type f64[3], not a"),
    "a literal of another kind": (body("y: f64 = neg(1:f64)"), "the literal 1:f64 must hold a Python float"),
    "a literal that is a bool": (body("y: i64 = neg(True:i64)"), "the literal True:i64 must hold a Python int"),
    "a literal out of range": (body("y: i8 = neg(128:i8)"), "the literal 128 does not fit i8"),
    "a dynamic variable": (body("y: dynamic = neg(x)"), "y is of type dynamic after inference"),
    "a dynamic param": ("graph f(x: dynamic) { return }", "x is of type dynamic after inference"),
    "a Python operation": (body("y: f64 = py.unary(x; op='-')"), "operation py.unary does not exist after inference"),
    "a closure": (
        "graph f() { k: dynamic = closure graph g() { return } () return }",
        "a Closure does not exist at this stage",
    ),
    "a signature": ("graph f(x: f64 as x) { return }", "there is a signature after inference"),
}


@pytest.mark.parametrize("name", BROKEN_TYPED)
def test_broken_after_inference(name: str) -> None:
    """A typed program that breaks one invariant is a bug of the stage, with a note that says which."""
    text, message = BROKEN_TYPED[name]
    found = notes(parse_module(text))
    assert any(message in note for note in found), found


BROKEN_DYNAMIC = {
    "a typed param": ("graph f(x: f64) { return x }", "x is of type f64 before inference"),
    "a typed literal": ("graph f() { return 1.0:f64 }", "1.0 is of type f64 before inference"),
    "a typed operation": (
        "graph f(x: dynamic) { y: dynamic = stop_gradient(x) return y }",
        "operation stop_gradient does not exist before inference",
    ),
    "a call": ("graph f(x: dynamic) { y: dynamic = call f(x) return y }", "a Call does not exist at this stage"),
    "no result": ("graph f() { return }", "a Python function has one result, f has 0"),
    "no result of a closure": (
        "graph f() { k: dynamic = closure graph g() { return } () return k }",
        "a Python function has one result, g has 0",
    ),
    "a signature that is too short": (
        "graph f(x: dynamic as x, y: dynamic) { return y }",
        "2 params, but 1 parameters in the signature",
    ),
    "a default that is not there": (
        "graph f() { k: dynamic = closure graph g(x: dynamic as x=1) { return x } (0:dynamic) return k }",
        "parameter x has default number 1 of 1",
    ),
    "a for over a range": (
        "graph f(n: dynamic) { for 0:dynamic, n, 1:dynamic init () (i: dynamic) { yield } return n }",
        "the loop goes over: (dynamic, dynamic, dynamic), but a loop: (dynamic)",
    ),
    "a breakable loop without flag": (
        "graph f(xs: dynamic) { for xs init () breakable (x: dynamic) { yield } return xs }",
        "a breakable loop carries no flag",
    ),
    "a condition with two results": (
        "graph f(x: dynamic) { while () () { yield x, x } do () { yield } return x }",
        "the results of the condition: (dynamic, dynamic), but a condition: (dynamic)",
    ),
}


@pytest.mark.parametrize("name", BROKEN_DYNAMIC)
def test_broken_before_inference(name: str) -> None:
    """So is a dynamic program that breaks one."""
    text, message = BROKEN_DYNAMIC[name]
    found = notes(parse_module(text), "parse")
    assert any(message in note for note in found), found


def graph_of(*eqns: Prim | If | Closure | Call, results: tuple[Var, ...] = ()) -> Module:
    return Module((Graph("f", Block((X,), eqns, results)),))


def neg(x: Var, out: str = "y") -> Prim:
    return Prim("neg", (x,), (Var(out, F64),))


INNER = If(Lit(True, BOOL), Block((), (neg(X),), ()), Block((), (), ()), ())
OF_OUTSIDE = parse_graph("graph g(y: f64) { return y }")

BROKEN_BY_HAND = {
    "no graph": (Module(()), "the module has no graph"),
    "used before": (graph_of(neg(Var("z", F64)), neg(X, "z")), "graph f: z is used where it is not defined"),
    "used by itself": (graph_of(neg(Var("y", F64))), "y is used where it is not defined"),
    "a result of nowhere": (graph_of(results=(Var("z", F64),)), "z is used where it is not defined"),
    "used outside its block": (graph_of(INNER, results=(Var("y", F64),)), "y is used where it is not defined"),
    "used in the other branch": (
        graph_of(replace(INNER, orelse=Block((), (neg(Var("y", F64), "z"),), ()))),
        "y is used where it is not defined",
    ),
    "used in another graph": (
        Module((*graph_of(neg(X)).graphs, Graph("g", Block((), (), (Var("y", F64),))))),
        "graph g: y is used where it is not defined",
    ),
    "used with another type": (graph_of(results=(Var("x", I64),)), "x is used as i64, but defined as f64"),
    "a branch with params": (
        graph_of(replace(INNER, then=Block((Var("p", F64),), (), ()))),
        "the then branch has params",
    ),
    "an attribute with an identity": (
        graph_of(Prim("broadcast", (X,), (Var("y", Array(F64.dtype, (3,))),), (("shape", [3]),))),
        "its attribute shape is not hashable",
    ),
}


@pytest.mark.parametrize("name", BROKEN_BY_HAND)
def test_broken_by_hand(name: str) -> None:
    """The invariants of scope, which the parser would not let pass."""
    module, message = BROKEN_BY_HAND[name]
    found = notes(module)
    assert any(message in note for note in found), found


def test_an_unknown_kind_of_parameter() -> None:
    """A signature's kinds are those of `inspect.Parameter`."""
    x = Var("x", DYNAMIC)
    graph = Graph("f", Block((x,), (), (x,)), (Parameter("x", "OPTIONAL"),))
    assert notes(Module((graph,)), "parse") == ("graph f: parameter x is of the unknown kind 'OPTIONAL'",)


# ---- stages

WITH_CALL = "graph f(x: f64) { y: f64 = call g(x) return y } graph g(x_1: f64) { return x_1 }"
RECURSIVE = "graph f(x: f64) { y: f64 = call f(x) return y }"


@pytest.mark.parametrize(
    ("text", "stage", "allowed"),
    [
        (WITH_CALL, "infer", True),
        (WITH_CALL, "loops", False),
        (WITH_CALL, "ad", False),
        (WITH_CALL, "optimise", True),
        (RECURSIVE, "infer", True),
        (RECURSIVE, "optimise", False),
    ],
)
def test_stages_of_calls(text: str, stage: str, allowed: bool) -> None:
    """Calls are gone after recursion became loops; the optimiser keeps them where there are several graphs."""
    found = notes(parse_module(text), stage)
    assert any("a Call does not exist at this stage" in note for note in found) == (not allowed)


def test_an_unknown_stage() -> None:
    """A stage that is not in the table is a mistake of the caller."""
    with pytest.raises(KeyError):
        verify(graph_of(), "never")


# ---- the report


def test_all_violations_are_reported_with_their_places() -> None:
    """There is a note for each violation, with the place of its equation; the error stands at the first place."""
    loc = Location("program.py", 3, 4, 3, 9)
    first, second = replace(neg(Var("a", F64)), loc=loc), neg(Var("b", F64), "z")
    with pytest.raises(CompilerBug) as caught:
        verify(graph_of(first, second), "ad")
    bug = caught.value
    assert bug.message == "after stage 'ad' the program breaks invariants of the IR: 2 violations"
    assert bug.notes == (
        "graph f: a is used where it is not defined (program.py:3:5)",
        "graph f: b is used where it is not defined",
    )
    assert (bug.kind, bug.lineno) == ("bug", 3)


# ---- the list of pointwise operations


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("dtype", ["f64", "i64", "bool"])
def test_the_list_of_pointwise_operations(dtype: str, count: int) -> None:
    """An operation whose type rule lets a scalar stand beside arrays is in the verifier's list."""
    preds = (BOOL,) * (count - 2)
    one, many = scalar(dtype), Array(scalar(dtype).dtype, (7,))
    mixed = [(*preds, one, many), (*preds, many, one)]
    for name in TABLE:
        if not name.startswith("py.") and any(accepts_pointwise(name, types) for types in mixed):
            assert name in POINTWISE
    assert TABLE.keys() >= POINTWISE


def accepts_pointwise(name: str, types: tuple[Type, ...]) -> bool:
    """Whether operation `name` takes operands of `types` and gives an array."""
    try:
        results = TABLE[name].type_rule(types, {})
    except Exception:
        return False
    return [r.shape for r in results if isinstance(r, Array)] == [(7,)]
