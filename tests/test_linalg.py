"""Linear algebra, Fourier transforms and special functions give what NumPy and SciPy give, and have derivatives.

Every line of `numpy_table_linalg.py` is run on random arguments of several dtypes, on matrices of sizes 3, 1 and 0 and
on batches of them, on both backends. Derivatives are compared with differences, in two orders.
"""

from __future__ import annotations

import ast
import builtins
import itertools
import linecache
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.special

from myialike import check, compile, grad, jvp, source, vmap
from myialike.errors import CompileError, CompilerBug, ShapeError, UnsupportedError
from tests.fuzz.engines import ENGINES
from tests.numpy_table_linalg import COMPLEX, FOURIER, LINALG, SMOOTH, SPECIAL
from tests.test_numpy import attempt, copies, difference

NAMES = "ASRWLbBcfxyu"


@dataclass(frozen=True)
class Row:
    """A line of the table; `tags` are the signs before it."""

    tags: str
    text: str
    names: tuple[str, ...]
    function: Callable[..., Any]

    def __str__(self) -> str:
        return self.text

    @property
    def seed(self) -> int:
        """Of the row itself: a new row changes nothing for the others."""
        return zlib.crc32(self.text.encode())


def rows_of(table: str, title: str) -> list[Row]:
    """The lines of a table as functions that have a source."""
    lines = [line.strip() for line in table.strip("\n").splitlines()]
    split = [(line[: len(line) - len(text)], text) for line in lines for text in [line.lstrip("~^=! ")]]
    names = [free_names(text) for _, text in split]
    code = "import numpy as np\nimport scipy.linalg\nimport scipy.special\n"
    code += "".join(f"def f{k}({', '.join(names[k])}): return {text}\n" for k, (_, text) in enumerate(split))
    linecache.cache[title] = (len(code), None, code.splitlines(keepends=True), title)
    namespace: dict[str, Any] = {"__name__": "tests.numpy_table_linalg"}
    exec(builtins.compile(code, title, "exec"), namespace)
    return [Row(tags, text, names[k], namespace[f"f{k}"]) for k, (tags, text) in enumerate(split)]


def free_names(text: str) -> tuple[str, ...]:
    found = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    return tuple(sorted(found & set(NAMES)))


class Draw:
    """Random arguments of one dtype, one size of matrices and one shape of batches."""

    def __init__(self, seed: int, dtype: Any = np.float64, n: int = 3, batch: tuple[int, ...] = ()) -> None:
        self.rng, self.dtype, self.n, self.batch = np.random.default_rng(seed), np.dtype(dtype), n, batch

    def values(self, *shape: int) -> np.ndarray:
        x = self.rng.normal(size=shape)
        if self.dtype.kind == "c":
            x = x + 1j * self.rng.normal(size=shape)
        return np.asarray(np.round(2 * x) if self.dtype.kind in "biu" else x)

    def argument(self, name: str) -> np.ndarray:
        n = self.n
        match name:
            case "A":
                found = self.values(*self.batch, n, n) + 4 * np.eye(n)
            case "S":
                half = self.values(*self.batch, n, n)
                found = half @ np.conj(np.swapaxes(half, -1, -2)) + (1 + np.arange(n)) * np.eye(n)
            case "L":
                found = np.tril(self.values(n, n)) + 4 * np.eye(n)
            case "R":
                found = self.values(*self.batch, n + 2, n)
            case "W":
                found = self.values(*self.batch, n, n + 1)
            case "b":
                found = self.values(n)
            case "B":
                found = self.values(*self.batch, n, 2)
            case "c":
                found = self.values(n + 2)
            case "f":
                found = self.values(*self.batch, n + 2)
            case "u":
                found = self.rng.uniform(0.05, 0.95, (*self.batch, 3))
            case _:
                found = self.rng.uniform(0.3, 3.0, (*self.batch, 3))
        return found.astype(self.dtype)

    def draw(self, names: Sequence[str]) -> dict[str, Any]:
        return {name: self.argument(name) for name in names}


SINGLES = [(np.float64, 3, ()), (np.float32, 2, ()), (np.complex128, 3, ()), (np.int64, 3, ()), (np.float64, 1, ())]
BATCHES = [(np.float64, 0, ()), (np.float64, 2, (2,)), (np.complex64, 2, (1, 2)), (np.float32, 1, (2,))]
BATCHES += [(np.bool_, 2, ())]
REAL_DRAWS = [(np.float64, 3, ()), (np.float32, 3, (2,)), (np.int64, 3, ()), (np.float64, 3, (0,))]
LINALG_ROWS, FOURIER_ROWS, SPECIAL_ROWS = (
    rows_of(table, f"<{title} table>") for table, title in ((LINALG, "linalg"), (FOURIER, "fft"), (SPECIAL, "special"))
)
ROWS = [*LINALG_ROWS, *FOURIER_ROWS, *SPECIAL_ROWS]


def turned(items: list[Any], by: int) -> list[Any]:
    k = by % len(items)
    return items[k:] + items[:k]


def draws_of(row: Row) -> list[dict[str, Any]]:
    """Arguments that a row is for; a row without arguments has one draw, of none."""
    seed = row.seed
    if row in SPECIAL_ROWS:
        chosen = REAL_DRAWS
    else:
        chosen = SINGLES if "~" in row.tags else turned(SINGLES, seed)[:2] + turned(BATCHES, seed)[:2]
    kinds = "c" if "^" in row.tags else "f" if "=" in row.tags else "biufc"
    found = [Draw(seed, *d).draw(row.names) for d in chosen if np.dtype(d[0]).kind in kinds]
    return found if row.names else found[:1]


def complaint(row: Row, want: Any, got: Any, ulps: int, is_empty: bool) -> str | None:
    """What is wrong with an outcome."""
    if isinstance(got, CompilerBug):
        return f"internal error: {got}"
    if "!" in row.tags:
        return None if isinstance(got, UnsupportedError) else f"{got!r}, but the table says it is refused"
    if isinstance(want, Exception):
        refused = isinstance(got, CompileError)
        return None if refused or type(got) is type(want) else f"{got!r}, but NumPy raises {want!r}"
    if isinstance(got, CompileError) and is_empty:
        return None  # of which versions of NumPy differ
    if isinstance(got, Exception):
        return f"raises {got!r}, but NumPy gives {want!r}"
    return difference(got, want, ulps, zeros=False)


@pytest.mark.parametrize("rows", [LINALG_ROWS, FOURIER_ROWS, SPECIAL_ROWS], ids=["linalg", "fft", "special"])
def test_what_numpy_gives(rows: list[Row]) -> None:
    """Every line gives NumPy's values, dtypes, shapes and kinds of result, or raises what NumPy raises."""
    wrong, right = [], 0
    for row in rows:
        compiled = compile(row.function, backend="python")
        for arguments in draws_of(row):
            want, got = attempt(row.function, copies(arguments)), attempt(compiled, copies(arguments))
            found = complaint(row, want, got, 256, any(a.size == 0 for a in arguments.values()))
            right += found is None and not isinstance(want, Exception)
            if found is not None:
                wrong.append(f"{row}  with {describe(arguments)}:\n    {found}")
    assert not wrong, f"{len(wrong)} outcomes:\n" + "\n".join(wrong)
    assert right > 1.8 * len(rows)


def describe(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{k}: {v.dtype}{list(v.shape)}" for k, v in arguments.items())


def precision(arguments: dict[str, Any], want: Any) -> int:
    """How many units in the last place XLA may be off; of f64 results that are computed in f32, those of f32."""
    narrow = any(a.dtype in (np.float32, np.complex64) for a in arguments.values())
    wide = getattr(want, "dtype", None) in (np.float64, np.complex128)
    return 2**36 if narrow and wide else 2**12


PER_BATCH = 5  # of 30, XLA compiles for twice as long in all


def is_taken(row: Row, arguments: dict[str, Any]) -> bool:
    """Whether neither NumPy nor the compiler refuses a draw, as they may where something is empty: see `complaint`."""
    if all(a.size for a in arguments.values()):
        return True
    ours, theirs = attempt(partial(check, row.function), arguments), attempt(row.function, copies(arguments))
    is_refused = isinstance(ours, CompileError) and not isinstance(ours, CompilerBug)
    return not is_refused and not isinstance(theirs, Exception)


@pytest.mark.parametrize("start", range(0, len(ROWS), PER_BATCH))
def test_what_numpy_gives_on_xla(start: int) -> None:
    """The same through XLA, many lines in one program; sums of f32 may be taken in another order."""
    chosen = []
    for row in ROWS[start : start + PER_BATCH]:
        if "!" not in row.tags and row.names:
            arguments = next(d for d in turned(draws_of(row), row.seed) if is_taken(row, d))
            want = attempt(row.function, copies(arguments))
            chosen += [] if isinstance(want, Exception) else [(row, arguments, want)]
    functions = tuple(row.function for row, _, _ in chosen)

    def batch(*arguments):
        return tuple(f(**named) for f, named in zip(functions, arguments))  # noqa: B905

    got = compile(batch, backend="xla")(*(copies(named) for _, named, _ in chosen))
    wrong = [
        f"{row}  with {describe(named)}:\n    {found}"
        for (row, named, want), result in zip(chosen, got, strict=True)
        if (found := difference(result, want, precision(named, want), zeros=False))
    ]
    assert not wrong, f"{len(wrong)} of {len(chosen)} lines:\n" + "\n".join(wrong)


# ------------------------------------------------------------------------------------------------ derivatives


def parts(value):
    """The arrays of a result."""
    return value if isinstance(value, tuple) else (value,)


def loss_of(row: Row):
    """A real number made of all that a row gives, with unequal weights."""
    function = row.function

    def loss(*arguments):
        total = 0.0
        for k, p in enumerate(parts(function(*arguments))):
            flat = np.ravel(p)
            if flat.dtype.kind in "fc":
                weights = np.cos(1.0 + k + np.arange(len(flat)))
                total = total + np.sum(weights * np.real(flat)) + np.sum(np.sin(weights) * np.imag(flat))
        return total

    return loss


def along(loss, count: int):
    """The derivative of the gradient along directions: the gradient of the sum of products."""

    def slope(*both):
        arguments, directions = both[:count], both[count:]
        total = 0.0
        for g, d in zip(grad(loss, tuple(range(count)))(*arguments), directions):  # noqa: B905
            total = total + np.sum(np.real(g * d))
        return total

    return slope


SMOOTH_ROWS, COMPLEX_ROWS = rows_of(SMOOTH, "<smooth table>"), rows_of(COMPLEX, "<complex table>")


def setup(row: Row, dtype: Any) -> tuple[list[Any], list[Any]]:
    """Arguments and directions."""
    draw = Draw(5, dtype)
    arguments = [draw.argument(name) for name in row.names]
    return arguments, [draw.values(*a.shape).astype(dtype) * 0.5 for a in arguments]


def quotient(function: Callable[..., Any], arguments: list[Any], directions: list[Any], h: float = 1e-5) -> Any:
    """Central differences along a direction, by Richardson's extrapolation."""

    def plain(step: float) -> Any:
        ahead, behind = ([a + s * d for a, d in zip(arguments, directions, strict=True)] for s in (step, -step))
        return (function(*ahead) - function(*behind)) / (2 * step)

    return (4 * plain(h) - plain(2 * h)) / 3


def check_row(row: Row, dtype: Any) -> None:
    """First and second derivatives, reverse and forward over reverse, are those of differences."""
    arguments, directions = setup(row, dtype)
    count, loss = len(arguments), loss_of(row)
    slope = along(loss, count)
    first = compile(slope, backend="python")(*arguments, *directions)
    np.testing.assert_allclose(first, quotient(loss, arguments, directions), rtol=1e-6, atol=1e-7)
    moved = quotient(lambda *a: compile(slope, backend="python")(*a, *directions), arguments, directions)
    twice = grad(compile(slope, backend="python"), tuple(range(count)))(*arguments, *directions)
    second = sum(np.sum(np.real(g * d)) for g, d in zip(twice, directions, strict=True))
    np.testing.assert_allclose(second, moved, rtol=1e-5, atol=1e-6)
    tangents = (*directions, *(np.zeros_like(d) for d in directions))
    _, forward = jvp(compile(slope, backend="python"), (*arguments, *directions), tangents)
    np.testing.assert_allclose(forward, second, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("row", SMOOTH_ROWS, ids=str)
def test_derivatives(row: Row) -> None:
    check_row(row, np.float64)


@pytest.mark.parametrize("row", COMPLEX_ROWS, ids=str)
def test_derivatives_of_complex_matrices(row: Row) -> None:
    check_row(row, np.complex128)


SOME = [(row, np.float64) for k in (0, 4, 8, 13) for row in SMOOTH_ROWS[k::18]]
SOME += [(row, np.complex128) for k in (1, 3) for row in COMPLEX_ROWS[k::5]]


@pytest.mark.parametrize("row, dtype", SOME, ids=lambda v: getattr(v, "__name__", str(v)))
def test_derivatives_on_xla(row: Row, dtype: Any) -> None:
    """Gradients of gradients are those of the Python backend; of some rows, for the rules are the same."""
    arguments, directions = setup(row, dtype)
    gradient = grad(along(loss_of(row), len(row.names)))
    want, got = (ENGINES[b](gradient)(*arguments, *directions) for b in ("python", "xla"))  # inferred once for both
    np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-8)


# ------------------------------------------------------------------------------------------------- exceptions

BACKENDS = ("python", "xla")
SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])


def solve(a, b):
    return np.linalg.solve(a, b)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "function",
    [
        lambda a: np.linalg.solve(a, np.ones(2)),
        lambda a: np.linalg.inv(np.stack([np.eye(2), a])),
        lambda a: np.linalg.cholesky(-a),
        lambda a: np.linalg.svd(a * np.nan),
        lambda a: np.linalg.eigvals(a * np.nan + 0j),
        lambda a: scipy.linalg.solve_triangular(a - np.diag(np.diagonal(a)), a),
        lambda a: scipy.linalg.solve_triangular(a * 0, a),
        lambda a: scipy.linalg.inv(a / 0.0),
    ],
)
def test_matrices_that_have_no_result(function: Callable[..., Any], backend: str) -> None:
    """The exception is NumPy's, with its message."""
    with np.errstate(all="ignore"), pytest.raises(Exception) as wanted:
        function(SINGULAR)
    with pytest.raises(type(wanted.value)) as caught:
        compile(function, backend=backend)(SINGULAR)
    assert str(caught.value) == str(wanted.value)


SQUARE = [np.linalg.inv, np.linalg.det, np.linalg.eigh, np.linalg.cholesky, scipy.linalg.expm]


@pytest.mark.parametrize("function", SQUARE)
def test_a_matrix_that_is_not_square(function: Callable[..., Any]) -> None:
    """It is found before anything runs, at the user's line."""

    def program(a):
        return function(a)

    message = r"^(np|scipy)\.linalg\.\w+: Last 2 dimensions of the array must be square"
    with pytest.raises(ShapeError, match=message) as caught:
        compile(program)(np.ones((2, 3)))
    assert "return function(a)" in str(caught.value)


def test_what_has_no_derivative() -> None:
    """Vectors that are not unique, and parameters without a formula, are refused at compile time."""

    def complete(a):
        return np.sum(np.linalg.svd(a).Vh)

    def values(a):
        return np.sum(np.linalg.svd(a).S)

    def order(a):
        return scipy.special.gammainc(a, 2.0)

    a = np.arange(6.0).reshape(2, 3) ** 2
    with pytest.raises(UnsupportedError, match="svd_complete has no derivative rule"):
        grad(complete)(a)
    assert grad(values)(a).shape == (2, 3)
    with pytest.raises(UnsupportedError, match="gammainc has no derivative rule with respect to its first argument"):
        grad(order)(1.5)


def test_equal_eigenvalues() -> None:
    """The values have a derivative where they are equal; the vectors show that they have none."""
    one = np.eye(3)
    np.testing.assert_allclose(grad(lambda a: np.sum(np.exp(np.linalg.eigvalsh(a))))(one), np.e * one, atol=1e-12)
    assert not np.all(np.isfinite(grad(lambda a: np.linalg.eigh(a)[1][0, 1])(one)))


def test_bessel_functions_at_zero() -> None:
    """The third derivative of I_1 at 0 is 3/8, and the second of I_0 is 1/2."""
    for backend in BACKENDS:
        i1, i0 = (compile(f, backend=backend) for f in (lambda x: scipy.special.i1(x), lambda x: scipy.special.i0(x)))
        assert grad(grad(grad(i1)))(0.0) == pytest.approx(0.375, abs=1e-12)
        assert grad(grad(i0))(0.0) == pytest.approx(0.5, abs=1e-12)


def test_no_nan_where_x_log_y_is_zero() -> None:
    assert grad(lambda x: scipy.special.xlogy(x, x))(1.0) == 1.0
    assert grad(lambda y: scipy.special.xlogy(0.0, y))(0.0) == 0.0


# ---------------------------------------------------------------------------------------------------- batches

VMAPPED = ["linalg.solve(A, b)", "linalg.eigh(S)", "linalg.qr(R)", "linalg.svd(R, False)", "linalg.slogdet(A)"]
VMAPPED += ["linalg.pinv(W)", "linalg.cholesky(S)", "fft.rfft(R, axis=0)", "fft.irfft(W, 5)", "fft.fftn(A)"]

@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("text", VMAPPED)
def test_vmap(text: str, backend: str) -> None:
    """A batch gives what its elements give one by one."""
    (row,) = rows_of(f"  np.{text}", "<vmapped>")
    elements = [[Draw(k).argument(name) for name in row.names] for k in range(4)]
    stacked = [np.stack(column) for column in zip(*elements, strict=True)]
    got = compile(vmap(row.function), backend=backend)(*stacked)
    want = [parts(row.function(*e)) for e in elements]
    for k, p in enumerate(parts(got)):
        np.testing.assert_allclose(p, np.stack([w[k] for w in want]), rtol=1e-10, atol=1e-12)


def guarded(a):
    if abs(np.linalg.det(a)) < 1e-9:
        return np.zeros(2)
    return np.linalg.solve(a, np.ones(2))


@pytest.mark.parametrize("backend", BACKENDS)
def test_vmap_of_a_branch_not_taken(backend: str) -> None:
    """An element that the solve is not for raises nothing."""
    batch = np.stack([SINGULAR, np.eye(2)])
    np.testing.assert_array_equal(compile(vmap(guarded), backend=backend)(batch), [[0, 0], [1, 1]])


def gauss_newton(x, steps):
    for _ in range(steps):
        jacobian = np.stack([np.cos(x), -np.sin(x), x])
        residual = np.stack([np.sin(x), np.cos(x), 0.5 * x * x]).sum(axis=1) - 1.0
        x = x - np.linalg.lstsq(jacobian, residual)[0]
    return np.sum(x)


@pytest.mark.parametrize("backend", BACKENDS)
def test_in_a_loop(backend: str) -> None:
    """Decompositions in a loop of unknown length are differentiated."""
    x, d = np.array([0.3, 0.9]), np.array([1.0, -0.5])
    found = grad(compile(gauss_newton, backend=backend))(x, 4)
    np.testing.assert_allclose(np.sum(found * d), quotient(lambda x: gauss_newton(x, 4), [x], [d]), rtol=1e-5)


def test_the_printed_gradient_runs_alone() -> None:
    """Functions that the printed program needs are part of it."""
    a, b = Draw(0).argument("A"), Draw(1).argument("b")
    loss = lambda a, b: np.sum(np.linalg.solve(a, b) * scipy.special.i1(b))  # noqa: E731
    namespace: dict[str, Any] = {}
    text = source(grad(loss), a, b)
    exec(text, namespace)
    (name,) = [n for n in namespace if n.startswith("grad_")]
    np.testing.assert_allclose(namespace[name](a, b), grad(loss)(a, b), rtol=1e-12)


def minor_sum(a: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The gradient of a determinant, by minors, and the derivative of it in the direction `weights`."""
    n = len(a)
    gradient, slope = np.zeros((2, n, n))
    for i, j in np.ndindex(n, n):
        rest = np.delete(np.delete(a, i, 0), j, 1)
        gradient[i, j] = (-1) ** (i + j) * np.linalg.det(rest)
        moved = np.delete(np.delete(weights, i, 0), j, 1)
        for k, l in np.ndindex(n - 1, n - 1):
            minor = np.linalg.det(np.delete(np.delete(rest, k, 0), l, 1))
            slope[i, j] += (-1) ** (i + j + k + l) * minor * moved[k, l]
    return np.stack([gradient, slope])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("det", [np.linalg.det, scipy.linalg.det])
def test_determinants_of_singular_matrices(det: Callable[..., Any], backend: str) -> None:
    """The gradient of a determinant and its derivative are polynomials: right at matrices of every rank."""

    def along(a, weights):
        return np.sum(weights * grad(lambda x: det(x))(a))

    compiled = compile(lambda a, w: (grad(lambda x: det(x))(a), grad(along)(a, w)), backend=backend)
    for rank, dtype in itertools.product(range(5), (np.float64, np.float32)):
        rng = np.random.default_rng((rank, np.dtype(dtype).itemsize))
        weights = rng.normal(size=(4, 4))
        a = (rng.integers(-3, 4, (4, rank)) @ rng.integers(-3, 4, (rank, 4))).astype(dtype)
        found, want = compiled(a, weights), minor_sum(a.astype(float), weights)
        message = f"{np.dtype(dtype)} of rank {rank}"
        np.testing.assert_allclose(found, want, rtol=1e-4, atol=2e3 * np.finfo(dtype).eps, err_msg=message)


@pytest.mark.parametrize("backend", BACKENDS)
def test_third_derivatives_of_determinants(backend: str) -> None:
    """Of three rows at once, which is the determinant of a matrix with other rows; and of a batch."""
    a, (p, q, r) = np.random.default_rng(0).normal(size=(3, 3)), np.eye(3) * [1.5, -2.0, 3.0]
    move = lambda s, t, u: np.linalg.det(a + np.stack([s * p, t * q, u * r]))  # noqa: E731
    along = compile(grad(lambda s: grad(lambda t: grad(lambda u: move(s, t, u))(0.0))(0.0)), backend=backend)
    np.testing.assert_allclose(along(0.0), np.linalg.det(np.stack([p, q, r])), rtol=1e-12)
    for last in (0.0, 1e-14, 1e-6):  # the formula has an inverse: not a number at all where that is all error
        a = np.random.default_rng(1).normal(size=(3, 3)) @ np.diag([1.0, 0.5, last]) @ np.diag([1.0, 2.0, 1.0]).T
        assert np.isnan(along(0.0))
    batch = np.stack([np.outer([1.0, 2.0], [3.0, 1.0]), np.zeros((2, 2)), np.eye(2)])
    found = compile(vmap(grad(lambda a: np.linalg.det(a))), backend=backend)(batch)
    np.testing.assert_allclose(found, [[[2, -6], [-1, 3]], np.zeros((2, 2)), np.eye(2)], atol=1e-14)


# At points where the formula is 0 / 0, or another one is taken: the derivatives of orders 1 to 4 there.
REMOVABLE = {
    "np.sinc": (lambda x: np.sinc(x / np.pi), 0.0, (0, -1 / 3, 0, 1 / 5)),
    "exprel": (lambda x: scipy.special.exprel(x), 0.0, (1 / 2, 1 / 3, 1 / 4, 1 / 5)),
    "boxcox": (lambda p: scipy.special.boxcox(np.e, p), 0.0, (1 / 2, 1 / 3, 1 / 4, 1 / 5)),
    "boxcox1p": (lambda p: scipy.special.boxcox1p(np.e - 1, p), 0.0, (1 / 2, 1 / 3, 1 / 4, 1 / 5)),
    "pseudo_huber": (lambda r: scipy.special.pseudo_huber(1.0, r), 0.0, (0, 1, 0, -3)),
    "np.i0": (lambda x: np.i0(x), 0.0, (0, 1 / 2, 0, 3 / 8)),
    "spence": (lambda x: scipy.special.spence(x), 1.0, (-1, 1 / 2, -2 / 3, 3 / 2)),
    "sici": (lambda x: scipy.special.sici(x)[0], 0.0, (1, 0, -1 / 3, 0)),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", REMOVABLE)
def test_removable_singularities(name: str, backend: str) -> None:
    """A function that is smooth has the derivatives of all orders, also where its formula has none."""
    function, at, want = REMOVABLE[name]
    found = []
    for _ in want:
        function = grad(function)
        found.append(function)
    got = compile(lambda x: [f(x) for f in found], backend=backend)(at)
    np.testing.assert_allclose(got, want, atol=1e-14)


@pytest.mark.parametrize("backend", BACKENDS)
def test_eigenvalues_are_real_where_all_are(backend: str) -> None:
    """One program is compiled for each outcome, and used again; two outcomes in one call at one place are refused."""
    f = compile(lambda a: np.linalg.eigvals(a), backend=backend)
    symmetric, turning = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[0.0, -1.0], [1.0, 0.0]])
    for a in (symmetric, turning, symmetric, turning):
        found = f(a)
        assert found.dtype == np.linalg.eigvals(a).dtype
        np.testing.assert_allclose(np.sort(found), np.sort(np.linalg.eigvals(a)), atol=1e-15)
    assert [len(v) for v in f._variants.values()] == [2]
    with pytest.raises(UnsupportedError, match="at another time, within one call"):
        compile(lambda xs: [np.linalg.eigvals(a) for a in xs], backend=backend)([symmetric, turning])
