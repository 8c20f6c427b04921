"""The text form prints every graph, and what it prints is read back as the same graph."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myialike.ir.syntax import Block, Graph, Lit, Module, Prim
from myialike.ir.text import parse_graph, parse_module, parse_type, print_graph, print_module
from myialike.ir.types import DTYPES, DYNAMIC, Array, Stack, SymDim, scalar
from tests.strategies import CONSTANTS, DIMS, NAMES, PROGRAMS, dynamic_graphs, typed_graphs

ARCHITECTURE = Path(__file__).parents[1] / "docs" / "ARCHITECTURE.md"
EXAMPLES = ARCHITECTURE.read_text().split("## Text form")[1].split("\n## ")[0].split("```\n")[1::2]

COMPLEX = [complex(re, im) for re in (0.0, -0.0, 1.5, float("nan"), -float("inf")) for im in (0.0, -0.0, float("nan"))]
TYPES = ["f64", "bf16", "bool", "c128[2,3]", "u8[0]", "f64[n]", "f64[n<=100,3]", "dynamic"]
STACKS = ["stack(f64, 128)", "stack(f64[3], k0)", "stack(i64[n<=3,2], m<=9)"]


def of_results(*results: Lit) -> Graph:
    return Graph("f", Block((), (), results))


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_of_the_architecture(text: str) -> None:
    """The examples in ARCHITECTURE.md are printed exactly as they stand there."""
    assert print_module(parse_module(text)) == text


@PROGRAMS
@given(typed_graphs())
def test_round_trip_of_typed_graphs(graph: Graph) -> None:
    """A typed graph is read back from its text, and prints the same again."""
    again = parse_graph(print_graph(graph))
    assert again == graph
    assert print_graph(again) == print_graph(graph)


@PROGRAMS
@given(dynamic_graphs())
def test_round_trip_of_dynamic_graphs(graph: Graph) -> None:
    """So is a dynamic graph with closures, signatures, breakable loops, any constants and any names."""
    assert parse_graph(print_graph(graph)) == graph


@PROGRAMS
@given(st.lists(st.one_of(typed_graphs(depth=1), dynamic_graphs()), min_size=1, max_size=3))
def test_round_trip_of_modules(graphs: list[Graph]) -> None:
    """A module keeps its graphs in order."""
    module = Module(tuple(graphs))
    assert parse_module(print_module(module)) == module


@given(CONSTANTS)
def test_round_trip_of_constants(value: object) -> None:
    """A dynamic literal may be any constant; nan, infinities, signed zeros and types of numbers survive."""
    graph = of_results(Lit(value, DYNAMIC))
    assert parse_graph(print_graph(graph)) == graph


@pytest.mark.parametrize("value", COMPLEX)
def test_round_trip_of_complex_numbers(value: complex) -> None:
    """Complex literals keep the signs of their zeros, which Python's own literals do not."""
    graph = of_results(Lit(value, scalar("c128")))
    assert parse_graph(print_graph(graph)) == graph


@given(st.lists(DIMS, max_size=3).map(tuple), st.sampled_from(sorted(DTYPES)), DIMS)
def test_round_trip_of_types(shape: tuple[int | SymDim, ...], dtype: str, capacity: int | SymDim) -> None:
    """Every array and stack type is read back from its `str`."""
    array = Array(DTYPES[dtype], shape)
    assert parse_type(str(array)) == array
    assert parse_type(str(Stack(array, capacity))) == Stack(array, capacity)


@pytest.mark.parametrize("text", [*TYPES, *STACKS])
def test_types_print_as_written(text: str) -> None:
    """The short names of the grammar are what types print as."""
    assert str(parse_type(text)) == text


@given(NAMES)
def test_any_name(name: str) -> None:
    """Names of graphs, operations and attributes' values need not be identifiers."""
    prim = Prim(name, (), (), (("name", name),))
    graph = Graph(name, Block((), (prim,), ()))
    assert parse_graph(print_graph(graph)) == graph


def test_layout_means_nothing() -> None:
    """Line breaks, indentation and comments do not matter."""
    text = "graph f(x: f64) {\n  y: f64 = neg(x)\n  return y\n}\n"
    loose = "# a graph\ngraph f ( x : f64 )\n{ y:f64=neg( x ) # negated\n\n return y }"
    assert parse_graph(loose) == parse_graph(text)
    assert print_graph(parse_graph(loose)) == text


def test_a_value_without_a_literal_is_visible_and_not_read() -> None:
    """A dump may hold an object that has no text form; it prints, and the parser says where it stands."""
    text = print_graph(of_results(Lit(len, DYNAMIC)))
    assert "<<built-in function len>>:dynamic" in text
    with pytest.raises(ValueError, match="line 2: expected a word of the text form"):
        parse_graph(text)


ERRORS = [
    ("", "line 1: expected 'graph', got 'the end'"),
    ("graph f(x: f65) {", "line 1: expected a type, got 'f65'"),
    ("graph f(x: f64) {\n  y: f64 = mul(x, z)\n  return y }", "line 2: expected a variable defined before, got 'z'"),
    ("graph f() {\n\n  y: f64 = neg(1.0:f64\n  return", "line 4: expected ')', got 'return'"),
    ("graph f() {", "line 1: expected an equation or 'return', got 'the end'"),
    ("graph f() { return 1.0 }", "line 1: expected ':', got '}'"),
    ("graph f() { return ? }", "line 1: expected a word of the text form, got '? }'"),
    ("graph f() { neg(; 3=4) return }", "line 1: expected an attribute's name, got '3'"),
    ("graph f() { closure graph g() { return } () return }", "line 1: expected one variable for a closure"),
    ("graph f() { return } x", "line 1: expected the end, got 'x'"),
    ("graph f(s: stack(f64, 1.5)) { return }", "line 1: expected an integer, got '1.5'"),
    ("graph f() { return '\\x':dynamic }", "line 1: expected a string"),
    ("graph f() { x: f64 = if True:bool { yield 1.0:f64 } return x }", "line 1: expected 'else', got 'return'"),
    ("graph f() { if True:bool { yield x } else { x: f64 = g() yield } return }", "expected a variable defined before"),
]


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_errors_say_where_and_what(text: str, message: str) -> None:
    """What is not the text of a graph is a ValueError with the line, what was expected and what is there."""
    with pytest.raises(ValueError) as caught:
        parse_graph(text)
    assert message in str(caught.value)


@PROGRAMS
@given(st.one_of(typed_graphs(depth=1), dynamic_graphs()), st.data())
def test_damaged_text(graph: Graph, data: st.DataObject) -> None:
    """Text with a piece missing or doubled is read, or is a ValueError: never another exception."""
    text = print_graph(graph)
    start, stop = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    damaged = text[:start] + text[stop:] if data.draw(st.booleans()) else text[:stop] + text[start:]
    try:
        parse_module(damaged)
    except ValueError as error:
        assert str(error).startswith("line ")
