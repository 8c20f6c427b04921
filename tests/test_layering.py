"""Imports go one way: the rule of docs/ARCHITECTURE.md, proved on the syntax trees of all modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "myialike"

# The parts of the package from the ground up; those of one row do not import each other.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("source",),
    ("errors",),
    ("ir",),
    ("ops",),
    ("library",),
    ("frontend", "infer", "ad", "batching", "opt", "backends", "jax_functions", "jax_linear"),
    ("pipeline",),
    ("outer",),
    ("variants",),
    ("api",),
    ("derivatives", "inspection"),
    ("checking", "annotated"),
    ("", "__main__"),  # "" is the package's own __init__.py
)
RANKS = {part: rank for rank, row in enumerate(LAYERS) for part in row}
JAX = ("jax", "jaxlib")
USERS_OF_JAX = (
    "myialike.backends.xla",
    "myialike.jax_functions",
    "myialike.jax_linear",
    "myialike.outer",
    "myialike.variants",
    "myialike.api",
)


@dataclass(frozen=True)
class Import:
    """One module that a module imports. `typing` is under `if TYPE_CHECKING`, so that it does not happen."""

    target: str
    line: int
    in_function: bool
    typing: bool


def sources() -> dict[str, str]:
    """The text of every module of the package, by its dotted name."""
    files = sorted((ROOT / PACKAGE).rglob("*.py"))
    return {".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): f.read_text() for f in files}


def imports_of(text: str, modules: set[str]) -> Iterator[Import]:
    """Every import in a module's text; `from a import b` imports `a.b` where that is one of `modules`, else `a`."""
    pending: list[tuple[ast.AST, bool, bool]] = [(ast.parse(text), False, False)]
    while pending:
        node, in_function, typing = pending.pop()
        for target in targets_of(node, modules):
            yield Import(target, getattr(node, "lineno", 0), in_function, typing)
        in_function = in_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        typing = typing or (isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"))
        pending.extend((child, in_function, typing) for child in ast.iter_child_nodes(node))


def targets_of(node: ast.AST, modules: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        origin = "." * node.level + (node.module or "")
        for alias in node.names:
            inner = f"{origin}.{alias.name}"
            yield inner if inner in modules else origin


def part_of(module: str) -> str:
    """The part of the package that a module belongs to: the first name after the package's."""
    return module.split(".")[1] if "." in module else ""


def is_in(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == p or module.startswith(p + ".") for p in packages)


def violations(texts: dict[str, str]) -> Iterator[str]:
    """A sentence for each import against the rule in a package of modules given by name and text."""
    graph: dict[str, set[str]] = {module: set() for module in texts}
    for module, text in texts.items():
        for found in imports_of(text, set(texts)):
            where = f"{module}:{found.line} imports {found.target}"
            yield from (f"{where}: {why}" for why in broken(module, found))
            if found.target in graph and not found.typing:
                graph[module].add(found.target)
    yield from cycles(graph)


def broken(module: str, found: Import) -> Iterator[str]:
    if found.in_function:
        yield "inside a function"
    if found.target.startswith("."):
        yield "by a relative name"
    if is_in(found.target, JAX) and not is_in(module, USERS_OF_JAX):
        yield "jax is for backends/xla and api"
    if is_in(found.target, (PACKAGE,)):
        yield from order(part_of(module), part_of(found.target))


def order(importer: str, imported: str) -> Iterator[str]:
    for part in (importer, imported):
        if part not in RANKS:
            yield f"{part} is not in the table of layers"
            return
    if importer != imported and RANKS[importer] == RANKS[imported]:
        yield f"{importer} and {imported} are siblings"
    if RANKS[importer] < RANKS[imported]:
        yield f"{imported} is above {importer}"


def cycles(graph: dict[str, set[str]]) -> Iterator[str]:
    """The modules that remain when those that import none of the remaining ones are taken away."""
    left = dict(graph)
    while ready := [m for m, targets in left.items() if not (targets - {m}) & left.keys()]:
        for module in ready:
            del left[module]
    if left:
        yield f"imports go in a circle among {', '.join(sorted(left))}"


def test_imports_go_one_way() -> None:
    """No module imports a layer above, a sibling, jax where it must not, inside a function, or in a circle."""
    assert list(violations(sources())) == []


BROKEN = [
    ({"ir.a": "import myialike.ops.b", "ops.b": ""}, "ops is above ir"),
    ({"ad.a": "from myialike.opt import b", "opt.b": ""}, "ad and opt are siblings"),
    ({"ad.a": "from myialike.backends import b", "backends.b": ""}, "ad and backends are siblings"),
    ({"ir.a": "from jax import numpy"}, "jax is for backends/xla and api"),
    ({"backends.python.a": "import jax.numpy as jnp"}, "jax is for backends/xla and api"),
    ({"ir.a": "def f():\n    import math"}, "inside a function"),
    ({"ir.a": "class A:\n    async def f(self):\n        from math import pi"}, "inside a function"),
    ({"ir.a": "from . import b", "ir.b": ""}, "by a relative name"),
    ({"new.a": "import myialike.ir.b", "ir.b": ""}, "new is not in the table of layers"),
    ({"ir.a": "from myialike.ir import b", "ir.b": "import myialike.ir.a"}, "imports go in a circle"),
    ({"ir.a": "try:\n    from myialike.api import b\nexcept ImportError: pass", "api.b": ""}, "api is above ir"),
    ({"ir.a": "if TYPE_CHECKING:\n    from myialike.api import b", "api.b": ""}, "api is above ir"),
]


@pytest.mark.parametrize(("texts", "message"), BROKEN)
def test_the_proof_sees_violations(texts: dict[str, str], message: str) -> None:
    """Each part of the rule, broken in a small package, is reported."""
    found = list(violations({f"{PACKAGE}.{name}": text for name, text in texts.items()}))
    assert any(message in v for v in found), found


ALLOWED = [
    {"ad.a": "from myialike.ir.b import f", "ir.b": "from myialike.source import Location", "source": ""},
    {"backends.xla.a": "import jax"},
    {"api": "import jax, myialike.pipeline", "pipeline": "import myialike.ad.a", "ad.a": ""},
    {"ir.a": "from myialike.ir.b import f", "ir.b": "if TYPE_CHECKING:\n    from myialike.ir.a import T"},
]


@pytest.mark.parametrize("texts", ALLOWED)
def test_the_proof_allows_what_is_right(texts: dict[str, str]) -> None:
    """Imports downwards, jax in its places, and an import for annotations only are no violations."""
    assert list(violations({f"{PACKAGE}.{name}": text for name, text in texts.items()})) == []


def test_the_table_of_layers_names_what_exists() -> None:
    """Every part of the package is in the table, so that nothing is left out of the rule."""
    assert {part_of(module) for module in sources()} <= RANKS.keys()
