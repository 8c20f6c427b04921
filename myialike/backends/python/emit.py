"""Typed IR to readable Python: the derivative is a program that one can read, run alone, and step through.

    graph newton(x: f64, tol: f64) {...}        def newton(x, tol):
                                                    \"\"\"(x: f64, tol: f64) -> f64\"\"\"
                                                    y = x
                                                    while np.abs(y * y - x) > tol:
                                                        y = 0.5 * (y + x / y)
                                                    return y

The way there, one module for each question:

    tidy          what does NumPy do by itself and need not be said?
    slices        where is a mask but a slice of run-time size? (regions, needs, affine)
    inline        what is part of an expression, what has a name?
    flow, naming  which values share a name?
    memory        which writes can be done in place, and what must be copied?
    tapes         which pops cannot meet an empty stack?
    scalars       where may Python's numbers stand for NumPy's?
    expressions, statements, page       how is it written?
    bundles       which tapes are one?

A value that is computed before a write it depends on is never moved past it, so every answer is safe on its own; the
order of the questions only decides how good the text is.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator, Sequence

from myialike.backends.python.expressions import Expressions, Extras
from myialike.backends.python.flow import Flow, Inlining
from myialike.backends.python.inline import inline
from myialike.backends.python.memory import Memory
from myialike.backends.python.naming import Naming, identifier
from myialike.backends.python.page import Markers, Page, page_of
from myialike.backends.python.scalars import Scalars
from myialike.backends.python.slices import sliced
from myialike.backends.python.statements import Function
from myialike.backends.python.tidy import tidy
from myialike.ir.builder import Names
from myialike.ir.syntax import Graph, Module, Var
from myialike.ops import hosted, lapack, matrix_equations, quotients, selection
from myialike.ops.special import bessel_i, bessel_ie

HELPERS = {
    "zmul": '''
def zmul(g, p):
    """g * p, but 0 wherever g is 0. Where p is infinite or NaN there, so that the product is NaN, it is mended."""
    product = g * p
    square = np.vdot(product, product)
    if square == square:
        return product
    return np.where(g == 0, 0, product)[()]
''',
    "zdot": '''
def zdot(g, p):
    """The sum of g * p, two vectors, but nothing for what is 0 in g. If no product is NaN, there is nothing to mend."""
    product = g @ p
    return product if product == product else np.sum(np.where(g == 0, 0, g * p))
''',
    "to_complex": '''
def to_complex(re, im):
    """The complex numbers of these parts."""
    z = np.empty(np.broadcast_shapes(np.shape(re), np.shape(im)), np.result_type(re, im, np.complex64))
    z.real, z.imag = re, im
    return z[()]
''',
    **{
        function.__name__: inspect.getsource(function)
        for function in (
            *lapack.FUNCTIONS,
            *matrix_equations.FUNCTIONS,
            *selection.FUNCTIONS,
            *hosted.FUNCTIONS,
            *quotients.FUNCTIONS,
            bessel_i,
            bessel_ie,
        )
    },
}


def emit(module: Module, name: str | None = None, arg_names: Sequence[str] | None = None) -> str:
    """Python source of a typed module: a function for each graph, the entry last.

    `name` and `arg_names` are those of the entry's function; by default the graph's and its params' own.
    """
    return emit_page(module, name, arg_names).text


def emit_page(
    module: Module, name: str | None = None, arg_names: Sequence[str] | None = None, checks: bool = True
) -> Page:
    """As `emit`, with the places in the user's source that its lines come from; without `checks`, none raise."""
    functions = function_names(module, name)
    free = Names(functions.values())
    extras, markers = Extras({helper: free.fresh(helper) for helper in HELPERS}), Markers()
    definitions: list[ast.stmt] = []
    for graph in (*module.graphs[1:], module.entry):
        is_entry = graph is module.entry
        names = arg_names if is_entry and arg_names is not None else [identifier(p.name) for p in graph.params]
        says = plan(sliced(tidy(graph, checks)), names, free.taken, is_entry, extras)
        definitions.append(Function(says.graph, says, markers, functions).definition())
    body = [*_helpers(extras, definitions), *definitions]
    return page_of(ast.Module([*_imports(extras, body), *body], []), markers)


def function_names(module: Module, name: str | None) -> dict[str, str]:
    """The name of each graph's function."""
    names = Names()
    entry = name if name is not None else identifier(module.entry.name)
    names.taken.add(entry)
    return {g.name: names.fresh(identifier(g.name)) for g in module.graphs[1:]} | {module.entry.name: entry}


def plan(graph: Graph, arg_names: Sequence[str], taken: Iterable[str], trusted: bool, extras: Extras) -> Expressions:
    """All that is decided about a graph before it is written."""
    sunk: set[Var] = set()
    while True:
        inlining = inline(graph, sunk)
        flow = Flow(graph, inlining)
        naming = Naming(graph, flow, arg_names, taken)
        if naming.sinkable <= sunk:
            break
        sunk |= naming.sinkable
    return _expressions(graph, inlining, flow, naming, Scalars(graph, trusted), extras)


def _expressions(
    graph: Graph, inlining: Inlining, flow: Flow, naming: Naming, scalars: Scalars, extras: Extras
) -> Expressions:
    return Expressions(graph, inlining, naming, Memory(graph, flow, naming), scalars, extras)


def _imports(extras: Extras, body: list[ast.stmt]) -> Iterator[ast.stmt]:
    if any(isinstance(node, ast.Name) and node.id == "np" for s in body for node in ast.walk(s)):
        yield ast.Import([ast.alias("numpy", "np")])
    yield from (ast.Import([ast.alias(m)]) for m in sorted(extras.imports))


def _helpers(extras: Extras, definitions: list[ast.stmt]) -> Iterator[ast.stmt]:
    called = {node.id for d in definitions for node in ast.walk(d) if isinstance(node, ast.Name)}
    for helper, text in HELPERS.items():
        if extras.names[helper] in called:
            (definition,) = ast.parse(text).body
            assert isinstance(definition, ast.FunctionDef)
            definition.name, definition.returns = extras.names[helper], None
            for arg in definition.args.args:
                arg.annotation = None
            yield definition
