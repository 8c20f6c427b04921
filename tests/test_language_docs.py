"""docs/language.md: every row's example is run by CPython and compiled, and is what the row says."""

from __future__ import annotations

import ast
import copy
import importlib.util
import inspect
import itertools
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from myialike import compile
from myialike.errors import CompileError, CompilerBug
from tests.fuzz.outcomes import difference, leaves, outcome

PAGE = Path(__file__).parents[1] / "docs" / "language.md"
RTOL = 1e-12
INPUTS: dict[str, Any] = {
    "x": 1.5, "y": -2.25, "w": 0.5, "n": 3, "k": 2, "j": -7, "flag": True, "z": 1 + 2j,
    "a": np.array([3.0, 1.0, 2.0]), "A": np.arange(6.0).reshape(2, 3),
    "xs": [3.0, 1.0, 2.0], "ys": [1.0, -4.0, 2.0], "ns": [3, 1, 2], "t": (1.0, 2, 3.5), "d": {"a": 1.0, "b": 2.0},
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A row of a table: what it is about, an example, and what becomes of it."""

    section: str
    what: str
    example: str
    says: str

    @property
    def name(self) -> str:
        return re.sub(r"\W+", "_", f"{self.section}_{self.what}").strip("_").lower()


def rows() -> Iterator[Row]:
    section = ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        cells = [c.strip().replace(r"\|", "|") for c in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 3 and re.fullmatch(r"`+ ?.+`+", cells[1]):
            yield Row(section, cells[0], cells[1].strip("`").strip(), cells[2])


ROWS = list(rows())


def written(row: Row, number: int) -> str:
    """The function of a row: the names of the inputs that its example reads are parameters, its value is the last."""
    lines = [line[1:] if line.startswith(" ") else line for line in row.example.split("↵")]
    tree = ast.parse("\n".join(line.rstrip() for line in lines))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if isinstance(tree.body[-1], ast.Expr) and not isinstance(tree.body[-1].value, ast.Yield):
        tree.body[-1] = ast.Return(tree.body[-1].value)
    body = textwrap.indent(ast.unparse(ast.fix_missing_locations(tree)), "    ")
    return f"def row_{number}({', '.join(p for p in INPUTS if p in names)}):\n{body}\n"


def module_of(path: Path) -> ModuleType:
    """The rows as functions of a module of their own, after the definitions that the page gives."""
    definitions = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[0]
    path.write_text("\n".join([definitions, *itertools.starmap(written, zip(ROWS, itertools.count()))]))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # where the classes of exceptions are found
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    made = module_of(tmp_path_factory.mktemp("language") / "language_rows.py")
    yield made
    del sys.modules["language_rows"]


def agree(fn: Callable[..., Any], other: Callable[..., Any]) -> bool:
    """Whether two functions do the same to the inputs of their names."""
    args = tuple(INPUTS[name] for name in inspect.signature(fn).parameters)
    expected, found = outcome(fn, copy.deepcopy(args)), outcome(other, copy.deepcopy(args))
    return not difference(expected, found, leaves(args, {}), RTOL)


def test_page_has_rows() -> None:
    """The tables are read: a row that is not of the form that is tested would be no promise."""
    assert len(ROWS) > 120
    assert len({row.name for row in ROWS}) == len(ROWS)
    kinds = {row.says.partition(":")[0] for row in ROWS}
    assert kinds == {"as Python", "refused", "differs"}, kinds


RUNS = [(k, "xla" if k % 4 == 0 else "python") for k in range(len(ROWS))]


@pytest.mark.parametrize(("number", "backend"), RUNS, ids=lambda v: ROWS[v].name if isinstance(v, int) else v)
def test_row(number: int, backend: str, module: ModuleType) -> None:
    """An example does what CPython does, or is refused in the words of the row, or differs as the row tells."""
    row, fn = ROWS[number], getattr(module, f"row_{number}")
    run = compile(fn, backend=backend)
    kind, _, words = row.says.partition(": ")
    if kind == "refused":
        with pytest.raises(CompileError) as caught:
            run(*copy.deepcopy([INPUTS[name] for name in inspect.signature(fn).parameters]))
        assert not isinstance(caught.value, CompilerBug)
        assert caught.value.lineno is not None
        assert words in caught.value.message
        return
    assert agree(fn, run) is (kind == "as Python")
