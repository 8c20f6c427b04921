"""Properties over the tables of NumPy's functions: any dtype, shape, axis and keyword, against NumPy itself.

One walk for each family: ufuncs (with `out`, `where`, `dtype`, `casting`), reductions and ufunc methods (with `axis`,
`keepdims`, `initial`, `where`), order and places, operators and casts, masks. Shapes have sizes 0 and 1 among them, and
operands broadcast. A program that NumPy runs gives the same, or is refused with a reason; one where NumPy raises is
refused or raises.
"""

from __future__ import annotations

import linecache
from typing import Any

import hypothesis.strategies as st
import numpy as np
from hypothesis import HealthCheck, given, settings

from myialike import compile
from myialike.errors import CompileError, CompilerBug, UnsupportedError
from myialike.infer.numpy_api.ufunc_calls import is_ufunc
from tests.test_numpy import attempt, copies, difference

DTYPES = ["bool", "int8", "uint8", "int16", "uint32", "int32", "int64", "uint64", "float16", "float32", "float64"]
DTYPES += ["complex64", "complex128"]
SHAPES = [(), (1,), (3,), (0,), (2, 3), (2, 1), (1, 3), (2, 0), (2, 1, 3)]
UFUNCS = sorted({n for n in dir(np) if is_ufunc(getattr(np, n)) and getattr(np, n).signature is None})
REDUCTIONS = [
    "sum",
    "prod",
    "max",
    "min",
    "mean",
    "var",
    "std",
    "all",
    "any",
    "ptp",
    "count_nonzero",
    "argmax",
    "argmin",
]
REDUCTIONS += ["nansum", "nanprod", "nanmean", "nanvar", "median", "average"]
BINARY = sorted({getattr(np, n).__name__ for n in UFUNCS if getattr(np, n).nin == 2 and getattr(np, n).nout == 1})
EXAMPLES = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
BACKENDS = st.sampled_from(["python"] * 5 + ["xla"])
ALONG = """
np.sort(a, axis={k})
np.argsort(a, axis={k}, kind='stable')
np.diff(a, axis={k})
np.flip(a, {k})
np.cumsum(a, axis={k})
np.cumprod(a, {k})
np.roll(a, 1, axis={k})
np.take(a, [0], axis={k})
np.repeat(a, 2, axis={k})
np.expand_dims(a, {k})
np.moveaxis(a, {k}, 0)
np.delete(a, 0, axis={k})
np.pad(a, 1, mode='edge')
np.pad(a, 2, mode='wrap')
np.unstack(a, axis={k})
np.nancumsum(a, {k})
np.take_along_axis(a, np.argsort(a, {k}, kind='stable'), {k})
np.apply_along_axis(np.sum, {k}, a)
np.quantile(a, 0.4, axis={k})
np.nanmedian(a, axis={k})
np.concatenate([a, a], axis={k})
np.unique(a).size
np.trapezoid(a, axis={k})
np.gradient(a, axis={k})
np.insert(a, 0, 1, axis={k})
np.add.reduceat(a, [0], axis={k})
np.unwrap(a, axis={k})
np.histogram(a, 3)
np.stack([a, a], {k})
"""
serial = iter(range(10**9))


def program(names: str, body: str) -> Any:
    """A function with a source."""
    title = f"<property {next(serial)}>"
    code = f"import numpy as np\ndef f({names}):\n    " + "\n    ".join(body.split("\n")) + "\n"
    linecache.cache[title] = (len(code), None, code.splitlines(keepends=True), title)
    namespace: dict[str, Any] = {"__name__": "tests.properties"}
    exec(__builtins__["compile"](code, title, "exec"), namespace)  # type: ignore[index]
    return namespace["f"]


def agree(names: str, body: str, arguments: dict[str, Any], backend: str) -> None:
    """The compiled program gives what NumPy gives, and changes its arguments as NumPy does."""
    function = program(names, body)
    ours, theirs = copies(arguments), copies(arguments)
    want, got = attempt(function, theirs), attempt(compile(function, backend=backend), ours)
    said = f"{body}\n  with {arguments}\n  "
    assert not isinstance(got, CompilerBug), f"{said}{got}"
    if isinstance(want, Exception):
        assert isinstance(got, (CompileError, type(want))), f"{said}gives {got!r}, but NumPy raises {want!r}"
        return
    if isinstance(got, UnsupportedError):
        return
    assert not isinstance(got, Exception), f"{said}raises {got!r}, but NumPy gives {want!r}"
    ulps = 64 if backend == "xla" else 8
    for mine, numpy in ((got, want), *((ours[k], theirs[k]) for k in arguments)):
        wrong = difference(mine, numpy, ulps, zeros=False)
        assert wrong is None, f"{said}{wrong}"


@st.composite
def arrays(draw: Any, shape: tuple[int, ...] | None = None, dtypes: list[str] = DTYPES) -> Any:
    """An array of small values, NaN and infinity among the floats."""
    dtype = np.dtype(draw(st.sampled_from(dtypes)))
    shape = draw(st.sampled_from(SHAPES)) if shape is None else shape
    low = 0 if dtype.kind in "bu" else -3
    items = draw(st.lists(st.integers(low, 4), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    found = np.array(items, "float64").reshape(shape)
    if dtype.kind in "fc":
        found = found * draw(st.sampled_from([1.0, 0.37, 1.5]))
    if dtype.kind == "f" and found.size and draw(st.integers(0, 4)) == 0:
        found.flat[0] = draw(st.sampled_from([np.nan, np.inf, -np.inf, -0.0]))
    return found.astype(dtype)


@st.composite
def pair(draw: Any) -> Any:
    """Two operands that broadcast; the second may be a Python number or a NumPy scalar."""
    shape = draw(st.sampled_from(SHAPES))
    a = draw(arrays(shape))
    thin = tuple(1 if draw(st.integers(0, 3)) == 0 else d for d in shape)
    b = draw(arrays(thin[draw(st.integers(0, len(thin))) :]))
    kind = draw(st.integers(0, 5))
    return a, draw(st.sampled_from([2, -1, 0, 1.5, True, 300, 1j])) if kind == 0 else b[()] if kind == 1 else b


@EXAMPLES
@given(backend=BACKENDS, name=st.sampled_from(UFUNCS), both=pair(), data=st.data())
def test_ufuncs(backend: str, name: str, both: Any, data: Any) -> None:
    """Any ufunc, with any of its keywords."""
    fn, (x, y) = getattr(np, name), both
    operands = "x" if fn.nin == 1 else "x, y"
    options, arguments = [], {"x": x, "y": y}
    if data.draw(st.integers(0, 3)) == 0:
        options.append(f"dtype={data.draw(st.sampled_from(DTYPES))!r}")
    if data.draw(st.integers(0, 4)) == 0:
        options.append(f"casting={data.draw(st.sampled_from(['no', 'safe', 'same_kind', 'unsafe']))!r}")
    if data.draw(st.booleans()) and fn.nout == 1:
        shape = np.broadcast_shapes(np.shape(x), np.shape(y)) if fn.nin == 2 else np.shape(x)
        arguments["o"] = data.draw(arrays(shape))
        options.append("out=o")
        if data.draw(st.booleans()):
            arguments["m"] = data.draw(arrays(shape, ["bool"]))
            options.append("where=m")
    agree("x, y, o=None, m=None", f"return np.{name}({', '.join([operands, *options])})", arguments, backend)


@EXAMPLES
@given(backend=BACKENDS, name=st.sampled_from(REDUCTIONS), a=arrays(), data=st.data())
def test_reductions(backend: str, name: str, a: Any, data: Any) -> None:
    """Any reduction over any axes, with its keywords."""
    options = keywords(data, a, name in ("argmax", "argmin"))
    arguments = {"a": a}
    if name in ("sum", "prod", "max", "min") and data.draw(st.booleans()):
        options.append(f"initial={data.draw(st.sampled_from(['1', '2.5', '-1', 'np.float32(3)', '0']))}")
    if name in ("sum", "prod", "max", "min", "mean", "var", "std", "all", "any", "nansum") and data.draw(st.booleans()):
        arguments["m"] = data.draw(arrays(a.shape, ["bool"]))
        options.append("where=m")
    if name in ("var", "std", "nanvar") and data.draw(st.booleans()):
        options.append(data.draw(st.sampled_from(["ddof=1", "correction=1"])))
    agree("a, m=None", f"return np.{name}({', '.join(['a', *options])})", arguments, backend)


def keywords(data: Any, a: np.ndarray, one: bool) -> list[str]:
    options = []
    if data.draw(st.booleans()):
        axes = list(range(-a.ndim, a.ndim)) or [0]
        axis = data.draw(st.sampled_from([None, *axes] + ([] if one else [(), (0, -1), (0,)])))
        options.append(f"axis={axis!r}")
    if data.draw(st.integers(0, 2)) == 0:
        options.append("keepdims=True")
    return options


@EXAMPLES
@given(backend=BACKENDS, name=st.sampled_from(BINARY), a=arrays(), data=st.data())
def test_ufunc_methods(backend: str, name: str, a: Any, data: Any) -> None:
    """`reduce`, `accumulate`, `reduceat`, `outer`, `at` of any binary ufunc."""
    method = data.draw(st.sampled_from(["reduce", "accumulate", "reduceat", "outer", "at"]))
    options, arguments, body = [], {"a": a}, ""
    if method == "reduce":
        options = keywords(data, a, False)
        if data.draw(st.integers(0, 2)) == 0:
            options.append("initial=1")
    elif method == "accumulate":
        options = [f"axis={data.draw(st.sampled_from([0, -1]))}"]
    elif method == "reduceat":
        options = [str(data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=4)))]
    elif method == "outer":
        arguments["b"] = data.draw(arrays())
        options = ["b"]
    else:
        options = [str(data.draw(st.lists(st.integers(-1, 1), min_size=1, max_size=3))), "2"]
        body = "\nreturn a"
    call = f"np.{name}.{method}({', '.join(['a', *options])})"
    agree("a, b=None", (call if body else f"return {call}") + body, arguments, backend)


@EXAMPLES
@given(backend=BACKENDS, a=arrays(dtypes=[d for d in DTYPES if d != "bool"]), data=st.data())
def test_masks(backend: str, a: Any, data: Any) -> None:
    """What a mask picks, through elementwise operations to a reduction, and written back."""
    a = a if a.ndim else a.reshape(1)
    rank = data.draw(st.integers(1, a.ndim))
    arguments = {"a": a, "m": data.draw(arrays(a.shape[:rank], ["bool"]))}
    step = data.draw(
        st.sampled_from(["p", "p * 2", "p + p", "-p", "np.abs(p)", "p ** 2", "p[1:]", "p[::-1]", "p[p > 0]"])
    )
    end = data.draw(
        st.sampled_from(["p.sum()", "p.prod()", "p.mean()", "len(p)", "p.size", "p.max()", "p.min()", "p.any()"])
    )
    write = data.draw(st.sampled_from(["", "\na[m] = 1", "\na[m] += 1", "\na[m] = a[m] * 2", "\na[m] *= 2"]))
    agree("a, m", f"p = a[m]\np = {step}\nr = {end}{write}\nreturn r, a", arguments, backend)


@EXAMPLES
@given(backend=BACKENDS, a=arrays(), data=st.data())
def test_order_and_places(backend: str, a: Any, data: Any) -> None:
    """Sorting, searching, shifting, differences and padding, along any axis."""
    axis = data.draw(st.sampled_from([*range(-a.ndim, a.ndim)] or [0]))
    template = data.draw(st.sampled_from(ALONG.strip().splitlines()))
    agree("a", f"return {template.format(k=axis)}", {"a": a}, backend)


@EXAMPLES
@given(backend=BACKENDS, both=pair(), data=st.data())
def test_operators_and_casts(backend: str, both: Any, data: Any) -> None:
    """Promotion of arrays, NumPy scalars and Python numbers, wraparound, in-place operators, casts and writes."""
    op = data.draw(st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "&", "|", "^", "<", "==", ">="]))
    dtype = data.draw(st.sampled_from(DTYPES))
    body = data.draw(
        st.sampled_from(
            [
                f"return x {op} y",
                f"return y {op} x",
                f"x {op if op not in ('<', '==', '>=') else '+'}= y\nreturn x",
                f"return np.asarray(y).astype({dtype!r})",
                "x[...] = y\nreturn x",
                f"return np.{dtype if dtype != 'bool' else 'bool_'}(y)",
                f"return np.array(y, dtype={dtype!r})",
                "return np.where(x > 0, x, y)",
                "return np.result_type(x, y), np.maximum(x, y)",
                f"return np.full(2, 3, {dtype!r}) {op} y",
            ]
        )
    )
    agree("x, y", body, {"x": both[0], "y": both[1]}, backend)
