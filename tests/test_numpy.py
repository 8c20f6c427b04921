"""NumPy is the oracle: every line of `numpy_table.py` gives what NumPy gives, in value, dtype, shape and kind.

The arguments are drawn at random, of all dtypes and of shapes that broadcast, are empty or have rank 0; Python
numbers and NumPy scalars are among them, so that promotion is tested with both. Where NumPy raises, the program must
be refused, or raise the same. Floats may differ by a few ulps. The XLA half compiles many lines at once.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import math
import re
import warnings
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from myialike import compile, grad, library
from myialike.errors import CompileError, CompilerBug, UnsupportedError
from myialike.infer.numpy_api import AS_FUNCTIONS, METHODS
from myialike.infer.numpy_api import FUNCTIONS as WRITTEN
from myialike.infer.ufuncs import UFUNCS
from myialike.library.picked import Picked
from tests.numpy_keywords import KEYWORDS, SCALARS
from tests.numpy_library_table import LIBRARY
from tests.numpy_masks import MASKS
from tests.numpy_table import DERIVATIVES, FUNCTIONS, GUARDED, INDEXING

DTYPES = [np.float64] * 4 + [np.float32] * 3 + [np.int64] * 3
DTYPES += [np.int32, np.bool_, np.bool_, np.complex128, np.float16, np.uint8, np.complex64]
SHAPES = [(), (1,), (3,), (2, 3), (2, 3), (0,), (2, 1), (1, 3), (2, 0), (4,), (2, 1, 3)]
VARIABLES = frozenset("xyzavwutATsqrijn")
SIGNS = re.compile(
    r"@|dot|einsum|vecmat|matvec|inner|outer|norm|kron|cross|conv|corr|poly|matrix|multi_dot|clip|quantile"
)  # the sign of a zero is left open


@dataclass(frozen=True)
class Row:
    """A line of the table, the names of its arguments, and the function that it is; `tag` is " ", "~" or "!"."""

    tag: str
    text: str
    names: tuple[str, ...]
    function: Callable[..., Any]

    def __str__(self) -> str:
        return self.text

    @property
    def seed(self) -> int:
        """Of the row itself: a new row changes nothing for the others."""
        return zlib.crc32(self.text.encode())


def rows_of(table: str, title: str, names: Sequence[str] | None = None) -> list[Row]:
    """The lines of a table as functions that have a source."""
    lines = [(line[:2].strip(), line[2:]) if names is None else ("", line) for line in table.strip("\n").splitlines()]
    source, arguments = ["import math", "import numpy as np"], []
    for k, (_, text) in enumerate(lines):
        found = tuple(sorted(names)) if names is not None else free_names(text)
        body = text.split("; ") if "return" in text else [f"return {text}"]
        source += [f"def f{k}({', '.join(found)}):", *(f"    {line}" for line in body)]
        arguments.append(found)
    code = "\n".join(source) + "\n"
    linecache.cache[title] = (len(code), None, code.splitlines(keepends=True), title)
    namespace: dict[str, Any] = {"__name__": "tests.numpy_table"}
    exec(builtins.compile(code, title, "exec"), namespace)
    return [Row(tag, text, arguments[k], namespace[f"f{k}"]) for k, (tag, text) in enumerate(lines)]


def free_names(text: str) -> tuple[str, ...]:
    tree = ast.parse(text.replace("; ", "\n"))
    bound = {a.arg for n in ast.walk(tree) if isinstance(n, ast.Lambda) for a in n.args.args}
    loaded = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return tuple(sorted((loaded & VARIABLES) - bound - stored))


class Arguments:
    """Random arguments for the names of a row."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def pick(self, items: Sequence[Any]) -> Any:
        return items[self.rng.integers(len(items))]

    def values(self, dtype: Any, shape: tuple[int, ...]) -> np.ndarray:
        kind = np.dtype(dtype).kind
        if kind == "b":
            return np.asarray(self.rng.random(shape) < 0.5)
        if kind in "iu":
            return np.asarray(self.rng.integers(-3 if kind == "i" else 0, 4, shape)).astype(dtype)
        x = np.asarray(self.rng.normal(size=shape) * 2)
        x = np.where(self.rng.random(shape) < 0.2, np.round(x / 2), x)
        return np.asarray(x + 1j * self.rng.normal(size=shape) if kind == "c" else x).astype(dtype)

    def operand(self, shape: tuple[int, ...]) -> Any:
        match self.rng.integers(12):
            case 0:
                return self.pick([2.5, -1.5, 0.0, float(np.round(self.rng.normal(), 2))])
            case 1:
                return int(self.rng.integers(-3, 4))
            case 2:
                return self.pick([True, False, 1.5 - 0.5j])
            case 3:
                return np.dtype(dtype := self.pick(DTYPES)).type(self.values(dtype, ()))
        return self.values(self.pick(DTYPES), shape)

    def draw(self, names: Sequence[str]) -> dict[str, Any]:
        base, m, n = self.pick(SHAPES), self.pick([2, 3, 4]), self.pick([1, 2, 3, 4])
        shapes = {"v": (n,), "w": (n,), "u": (3,), "t": (3,), "A": (m, n), "T": (2, m, n)}
        found: dict[str, Any] = {}
        for name in names:
            if name in "xyz":
                dims = tuple(1 if self.rng.random() < 0.2 else d for d in base)
                drop = self.rng.integers(len(dims) + 1) if self.rng.random() < 0.3 else 0
                found[name] = self.operand(dims[drop:] if self.rng.random() < 0.95 else (5,))
            elif name == "a":
                found[name] = self.values(self.pick(DTYPES), self.pick([s for s in SHAPES if s]))
            elif name in shapes:
                found[name] = self.values(self.pick(DTYPES), shapes[name])
            else:
                found[name] = self.number(name, n)
        return found

    def number(self, name: str, n: int) -> Any:
        if name == "n":
            return self.rng.integers(0, 4, n)
        if name in "ij":
            return int(self.rng.integers(-5 if name == "i" else 1, 6))
        return {
            "s": float(np.round(self.rng.normal() * 2, 3)),
            "q": float(self.rng.uniform(-0.99, 0.99)),
            "r": float(abs(self.rng.normal()) + 0.1),
        }[name]


def copies(arguments: dict[str, Any]) -> dict[str, Any]:
    return {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in arguments.items()}


def attempt(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """The result, or the exception."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function(**arguments)
        except Exception as error:
            return error


def difference(got: Any, want: Any, ulps: int, zeros: bool = True) -> str | None:
    """How a result differs from NumPy's: None if it does not."""
    if type(got) is not type(want):
        return f"{got!r} is {type(got).__name__}, not {type(want).__name__} as {want!r}"
    if isinstance(want, (tuple, list)):
        found = [difference(g, w, ulps, zeros) for g, w in zip(got, want, strict=False)]
        return f"{len(got)} parts, not {len(want)}" if len(got) != len(want) else next((f for f in found if f), None)
    if isinstance(want, (np.ndarray, np.generic)) and (got.dtype, got.shape) != (want.dtype, want.shape):
        return f"{got.dtype}{got.shape}, not {want.dtype}{want.shape}"
    if not isinstance(want, (np.ndarray, np.generic, int, float, complex)):
        return None if got == want else f"{got!r}, not {want!r}"
    return unequal(np.asarray(got), np.asarray(want), ulps, zeros)


def unequal(got: np.ndarray, want: np.ndarray, ulps: int, zeros: bool) -> str | None:
    if want.dtype.kind not in "fc":
        return None if np.array_equal(got, want) else f"{got!r}, not {want!r}"
    eps, scale = float(np.finfo(want.dtype).eps), float(np.max(np.abs(want[np.isfinite(want)]), initial=1))
    with np.errstate(all="ignore"):
        near = np.allclose(got, want, rtol=ulps * eps, atol=ulps / 2 * eps * scale, equal_nan=True)
    if not near:
        return f"{got!r}, not {want!r}"
    zero = (want == 0) & (got == 0)
    if zeros and want.dtype.kind == "f" and not np.array_equal(np.signbit(got[zero]), np.signbit(want[zero])):
        return f"{got!r}, not {want!r}, by the sign of a zero"
    return None


def complaint(row: Row, want: Any, got: Any) -> str | None:
    """What is wrong with an outcome."""
    if isinstance(got, CompilerBug):
        return f"internal error: {got}"
    if row.tag == "!":
        return None if isinstance(got, Exception) else f"{got!r}, but the table says it is refused"
    if isinstance(want, Exception):
        same = type(got) is type(want) and str(got).split("\n")[0] == str(want)
        return None if same or isinstance(got, CompileError) else f"{got!r}, but NumPy raises {want!r}"
    if isinstance(got, Exception):
        return (
            None
            if isinstance(got, UnsupportedError) and row.tag == "~"
            else f"raises {got!r}, but NumPy gives {want!r}"
        )
    return difference(got, want, 8, not SIGNS.search(row.text))


def show(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{k} = {v!r}" for k, v in arguments.items())


TABLES = {
    "numpy": FUNCTIONS,
    "indexing": INDEXING,
    "keywords": KEYWORDS,
    "scalars": SCALARS,
    "masks": MASKS,
    "library": LIBRARY,
}
ROWS = [row for title, table in TABLES.items() for row in rows_of(table, f"<{title} table>")]


@pytest.mark.parametrize("seed", range(2))
def test_what_numpy_gives(seed: int) -> None:
    """Every line gives what NumPy gives on random arguments, and changes its arguments as NumPy does."""
    wrong = []
    for row in ROWS:
        compiled, draw = compile(row.function, backend="python"), Arguments(row.seed + seed)
        for _ in range(3 if row.names else 1):
            arguments = draw.draw(row.names)
            ours, theirs = copies(arguments), copies(arguments)
            want, got = attempt(row.function, theirs), attempt(compiled, ours)
            found = complaint(row, want, got)
            if found is None and not isinstance(got, Exception):
                found = next((f for name in row.names if (f := difference(ours[name], theirs[name], 8))), None)
            if found is not None:
                wrong.append(f"{row}  with {show(arguments)}:\n    {found}")
    assert not wrong, f"{len(wrong)} of {len(ROWS)} lines:\n" + "\n".join(wrong)


PER_BATCH = 40


@pytest.mark.parametrize("start", range(0, len(ROWS), PER_BATCH))
def test_what_numpy_gives_on_xla(start: int) -> None:
    """The same through XLA, many lines in one program."""
    chosen: list[tuple[Row, dict[str, Any], Any]] = []
    for row in ROWS[start : start + PER_BATCH]:
        found = succeeding(row, Arguments(row.seed)) if row.tag != "!" and row.names else None
        if found is not None:
            chosen.append((row, *found))
    functions = tuple(row.function for row, _, _ in chosen)

    def batch(*arguments):
        return tuple(f(**named) for f, named in zip(functions, arguments))  # noqa: B905

    got = compile(batch, backend="xla", checks=False)(*(copies(named) for _, named, _ in chosen))
    wrong = [
        f"{row}  with {show(named)}:\n    {found}"
        for (row, named, want), result in zip(chosen, got, strict=True)
        if (found := difference(result, want, 256, zeros=False))
    ]
    assert not wrong, f"{len(wrong)} of {len(chosen)} lines:\n" + "\n".join(wrong)


def succeeding(row: Row, draw: Arguments) -> tuple[dict[str, Any], Any] | None:
    """Arguments on which the line runs, and NumPy's result; half floats are not compared on XLA."""
    for _ in range(10):
        arguments = draw.draw(row.names)
        if any(getattr(v, "dtype", None) == np.float16 for v in arguments.values()):
            continue
        want = attempt(row.function, copies(arguments))
        if not isinstance(want, Exception) and not isinstance(
            attempt(compile(row.function, backend="python"), copies(arguments)), Exception
        ):
            return arguments, want
    return None


SLOPES = rows_of(DERIVATIVES, "<derivatives table>", "xy")


@pytest.mark.parametrize("row", SLOPES, ids=str)
def test_derivatives(row: Row) -> None:
    """Gradients with respect to both arguments agree with central differences."""
    rng = np.random.default_rng(7)
    x, y = rng.uniform(0.3, 2.9, (2, 2, 3))
    result = attempt(row.function, {"x": x, "y": y})
    assert not isinstance(result, Exception), result
    weights, function = rng.normal(size=np.shape(result)), row.function

    def loss(x, y):
        return np.sum(weights * function(x, y))

    found = grad(compile(loss, backend="python"), (0, 1))(x, y)
    for k, gradient in enumerate(found):
        np.testing.assert_allclose(gradient, slope(loss, [x, y], k), rtol=2e-6, atol=2e-7)


def slope(loss: Callable[..., Any], arguments: list[np.ndarray], k: int) -> np.ndarray:
    """Central differences with respect to one argument."""
    out, step = np.zeros_like(arguments[k]), 1e-6
    for place in np.ndindex(out.shape):
        moved = [[a.copy() for a in arguments] for _ in range(2)]
        moved[0][k][place] += step
        moved[1][k][place] -= step
        out[place] = (loss(*moved[0]) - loss(*moved[1])) / (2 * step)
    return out


@pytest.mark.parametrize("row", rows_of(GUARDED, "<guarded table>", "x"), ids=str)
def test_no_nan_from_a_branch_not_taken(row: Row) -> None:
    """At 0 the gradient is finite, in first and second order."""
    function = row.function

    def loss(x):
        return np.sum(function(x))

    def curvature(x):
        return np.sum(np.sin(grad(loss)(x)))

    at = np.array([0.0, 0.0])
    assert np.all(np.isfinite(grad(compile(loss, backend="python"))(at)))
    assert np.all(np.isfinite(grad(compile(curvature, backend="python"))(at)))


def alike(got: Any, want: Any) -> bool:
    """Whether two results are close, item by item; None stands for anything."""
    if isinstance(want, (tuple, list)):
        return len(got) == len(want) and all(alike(g, w) for g, w in zip(got, want, strict=True))
    return want is None or bool(np.allclose(got, want, equal_nan=True))


def test_the_library_is_ordinary_python() -> None:
    """Run as it stands, every function of the library gives what NumPy's gives where the table calls it."""
    tried = set()
    for row in ROWS:
        called = re.fullmatch(r"((?:np|np\.linalg|math)\.\w+)(\(.*\))", row.text)
        namespace = {"np": np, "math": math, "FUNCTIONS": library.FUNCTIONS}
        if called is None or row.tag == "!" or eval(called[1], namespace) not in library.FUNCTIONS:
            continue
        ours = eval(f"lambda {', '.join(row.names)}: FUNCTIONS[{called[1]}]{called[2]}", namespace)
        for _ in range(5):
            arguments = Arguments(row.seed).draw(row.names)
            want, got = attempt(row.function, arguments), attempt(ours, arguments)
            parts = got if isinstance(got, tuple) else (got,)
            if any(isinstance(g, NotImplementedError | Picked) for g in parts) or isinstance(want, Exception):
                continue
            assert not isinstance(got, Exception), (row.text, got)
            assert alike(got, want), row.text
            tried.add(called[1])
    assert len(tried) >= 35, tried


def test_how_much_of_numpy_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """The number of NumPy's functions, and of array methods; the table refuses none that is counted here."""
    functions = {getattr(f, "__qualname__", str(f)) for f in (*UFUNCS, *WRITTEN, *library.FUNCTIONS)}
    taken = len({id(f) for f in (*UFUNCS, *WRITTEN, *library.FUNCTIONS)})
    with capsys.disabled():
        print(
            f"\n{taken} functions of NumPy and math, {len(METHODS) + len(AS_FUNCTIONS)} array methods; "
            f"{sum(r.tag != '!' for r in ROWS)} programs of {len(ROWS)} taken, {len(SLOPES)} differentiated"
        )
    assert len(functions) > 150
