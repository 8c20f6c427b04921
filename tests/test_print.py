"""`print` in compiled functions: the text that CPython with NumPy prints, in its order, before the same exception."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import myialike
from myialike import grad, hessian, jacrev, jvp, source, value_and_grad, vjp
from myialike.errors import CompileError, TypeCheckError, UnsupportedError
from myialike.ir.interpret import run as interpret
from myialike.ir.text import parse_module
from myialike.opt import optimise

BACKENDS = ("xla", "python")
PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []


@dataclasses.dataclass
class Point:
    x: Any
    y: Any
    hidden: Any = dataclasses.field(default=0, repr=False)


@dataclasses.dataclass(frozen=True)
class Named:
    name: str
    at: Point

    def __str__(self):
        return f"<{self.name} at {self.at.x:.2f}>"


class Plain:
    def __init__(self, x):
        self.x = x

    def __repr__(self):
        return f"Plain({self.x!r})"


class Pair(NamedTuple):
    first: Any
    second: Any


def program(*args: Any) -> Callable[[Any], Any]:
    """Make a function one of the programs, run on these arguments."""

    def mark(fn: Any) -> Any:
        PROGRAMS.append((fn, args))
        return fn

    return mark


def outcome(fn: Callable[..., Any], args: Any, capsys: Any) -> tuple[str, str]:
    """What a function prints, and how it ends."""
    capsys.readouterr()
    try:
        fn(*(a.copy() if isinstance(a, np.ndarray) else a for a in args))
        end = "returns"
    except CompileError:
        raise
    except Exception as error:
        end = repr(error)
    return capsys.readouterr().out, end


# -- programs ----------------------------------------------------------------------------------------------------------


@program(1.5, 3, True, 2 - 1j)
@program(1e16, -7, False, 0.5j)
@program(float("nan"), 0, True, complex(-0.0, float("inf")))
def python_numbers(x, n, b, z):
    print(x, n, b, z, -x, n + 1, not b)
    print([x, n, b, z], (x,), {"x": n})


@program(np.array([1.0, 2.0, 3.0]), 2)
@program(np.array([0.5, 0.25, 0.1]), 1)
@program(np.array([1.5, 1.5, 0.1]), 0)
def lists_and_dicts_of_run_time_length(x, n):
    xs = [float(v) for v in x if v > 1]
    print(xs)
    print("xs =", xs, len(xs), sep="|", end="!\n")
    before = f"{xs} and {x.sum():.2f}"
    xs.append(5.0)
    print(before, xs)
    print([[v, v * 2] for v in xs if v > 1.5], [(int(v), v, "a") for v in xs], [xs, n])
    sums, groups = {}, {}
    for v in x:
        sums[int(v) % 2] = sums.get(int(v) % 2, 0.0) + float(v)
        groups.setdefault((int(v), n), []).append(v)
        print(sums, end="; ")
    print(sums, {"a": xs}, str(xs) + "?", groups)
    print([x[:2] * k for k in range(3) if x[k] > 1], [Point(v, n) for v in xs])
    print("%s %d" % (xs, 3), "{}".format(xs), f"{xs!r:}{{}}")


@program(np.float32(0.1), np.float64(0.1), np.int32(4), np.bool_(True), np.complex64(1j), np.float16(0.1))
def numpy_scalars(a, b, c, d, e, f):
    print(a, b, c, d, e, f)
    print([a, b, c], (d, e, f), a * 3, a + b)
    print(f"{a} {b!r} {c:5d} {a:.3f} {b!s:>8} {d!r} {e!r}")


@program(np.arange(6.0).reshape(2, 3) / 7, np.arange(3), np.array([1.5, 2.5], np.float32), np.zeros((0, 2)))
@program(np.arange(5000.0), np.array([True, False]), np.array([1 + 2j, np.nan]), np.array([[-0.0, np.inf]]))
def arrays(a, b, c, d):
    print(a, b)
    print(c, d, sep="\n")
    print([a, b], {"c": c}, (d,))
    print(f"{a} and {b!r}", a.T, a[0], c + 1)


@program(0.25, 7)
def formats(x, n):
    print(f"{x:.3f}|{x:>10}|{x:e}|{x!r:>6}|{n:05d}|{n:x}|{n:+}|{x:{n}.2f}|{n:,}")
    print("{} {:.1f} {0}".replace("{0}", "{}").format(n, x, n), "{1}/{0:.2f}/{k}".format(x, n, k=n + 1))
    print("x = " + str(x) + "; n = " + repr(n), f"{x=}", f"{{braces}} {n}%")


@program(0.5, 2)
def ends_and_separators(x, n):
    print(x, n, sep=", ", end=";")
    print(x, n, sep="", end="{}\n")
    print(end="")
    print()
    print("a", None, sep=None, end=None)
    print(x, sep=f"{n}", end=f"<{n}>\n", file=None, flush=False)


@program(0.5)
def strings_of_all_kinds(x):
    print("it's", 'a "quote"', "back\\slash", "tab\there", "{}", "ünï", x)
    print(["it's", 'a "q"', "b\\s", "{}"], {"k'": x})
    print("only text")
    print(f'it\'s {x} "q" \\ {{}} \n next')


@program(0.5, 3, np.array([1.0, 2.0]))
def structures(x, n, a):
    print(Point(x, a), Named("p", Point(x, n)), [Named("q", Point(1, x))])
    print(Plain(x), [Plain(n)], Pair(x, a), f"{Pair(n, n)} {Point(n, n)!r}")
    print(range(n), range(0, n, 2), [], (), {}, [(x, [n, {"k": (n,)}])], None, float, ...)


@program(5)
def loop(n):
    total = 0.0
    for i in range(n):
        total += i / 2
        print("step", i, total)
    print("total", total)


@program(20.0)
@program(0.0)
def while_with_branches(x):
    k = 0
    while x > 1.0:
        if k % 2 == 0:
            print("even", k, x)
        elif x > 5.0:
            print("large", x)
        x = x * 0.625
        k += 1
    else:
        print("end", k)
    return x


@program(3.0)
@program(-3.0)
def branches(x):
    text = f"positive {x}" if x > 0 else f"positive {-x}"
    if x > 0:
        print("then")
    else:
        print("else", -x)
    print(text)
    print("yes" if True else "no", x > 0 and x < 5)
    return x


def tell(x):
    print("tell", x)
    return x > 2.0


@program(3.5)
@program(1.0)
def in_conditions(x):
    if tell(x) and tell(x - 1.0):
        print("both")
    while tell(x):
        x -= 1.0
    return tell(x) or tell(5.0)


def inner(x, name):
    print(name, x)
    return x * x


@program(2.0)
def callees(x):
    y = inner(x, "first") + inner(x + 1, "second")
    print("sum", y)
    return inner(y, "third")


@program(4)
def recursion(n):
    def down(k):
        print("down", k)
        r = 1 if k <= 0 else k * down(k - 1)
        print("up", k, r)
        return r

    return down(n)


@program(np.arange(4.0))
def text_is_of_its_time(a):
    before = f"before {a}"
    print(a)
    a[1] = 10.0
    print(before, a)
    b = a[1:]
    for i in range(3):
        b[i] = b[i] * 2
        print(b, a[i])
    return a


@program(7)
@program(2)
def exception_in_loop(n):
    for i in range(10):
        print("i", i)
        if i == n:
            raise ValueError(f"stopped at {i}")
        print("after", i)


@program(np.arange(3.0), 2)
@program(np.arange(3.0), 5)
def index_error(a, i):
    print("a", a)
    x = a[i]
    print("x", x)
    while x < 100.0:
        x = x * 2
        print(x)
    return x


@program(2.0, 0.0)
def division(x, y):
    print("before")
    z = x / y
    print("after", z)
    return z


@program(2.0, 2)
def stops_in_the_middle_of_a_loop(x, n):
    k = 0
    while k < 100:
        print(k)
        if k >= n:
            raise AssertionError("enough")
        if k == 1:
            print("one")
        k += 1
    print("never")


@program(3)
def same_lines(n):
    print("same")
    print("same")
    for _ in range(n):
        print("again")
    for i in range(2):
        for j in range(i + 1):
            print(i, j)
        print("same")


@program(6)
def early_exit(n):
    for i in range(n):
        if i == 1:
            continue
        if i > 3:
            print("break at", i)
            break
        print(i)
    else:
        print("no break")
    for k in (0.5, 1.5):
        if k > n:
            return print("returned")
        print("k", k)


@program(3)
def names_of_keys(n):
    d = {}
    for i in range(3):
        d[f"w{i}"] = i * n
    print(d, d["w1"])
    return d


@program(2.0)
def shadowed(x):
    str = x + 1
    print(str)
    return str


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("fn, args", PROGRAMS, ids=[f"{f.__name__}{k}" for k, (f, _) in enumerate(PROGRAMS)])
def test_prints_what_python_prints(fn, args, backend, capsys):
    """The same text and the same exception as CPython's, twice."""
    expected = outcome(fn, args, capsys)
    compiled = myialike.compile(fn, backend=backend)
    assert outcome(compiled, args, capsys) == expected
    assert outcome(compiled, args, capsys) == expected


@pytest.mark.parametrize("fn, args", PROGRAMS, ids=[f"{f.__name__}{k}" for k, (f, _) in enumerate(PROGRAMS)])
def test_source_prints_the_same(fn, args, capsys):
    """The printed Python, run alone on NumPy values, prints the same text."""
    expected = outcome(fn, args, capsys)
    namespace: dict[str, Any] = {}
    compiled = myialike.compile(fn, backend="python")
    text = source(compiled, *args)
    exec(text, namespace)
    alone = namespace[fn.__name__]
    if len(inspect.signature(alone).parameters) == len(args):  # else it has hidden inputs
        values = [np.asarray(a)[()] for a in args]
        with np.errstate(all="ignore"):
            assert outcome(alone, values, capsys) == expected


def test_source_is_readable():
    """A print is printed as one would write it."""

    def f(x, n):
        print(x)
        print("x =", x, "n =", n)
        print("done", end="")
        return x

    text = source(f, 1.0, 2)
    assert "    print(x)\n" in text
    assert '    print(f"x = {x} n = {n}")\n' in text
    assert '    print("done", end="")\n' in text


# -- derivatives -------------------------------------------------------------------------------------------------------


def noisy(x):
    y = x * x
    print("y", y)
    while y < 1e30:
        y = y * 1.5
        print(y)
    return y


def quiet(x):
    y = x * x
    while y < 1e30:
        y = y * 1.5
    return y


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "derive", [grad, value_and_grad, lambda f: grad(grad(f)), lambda f: lambda x: jvp(f, (x,), (1.0,)), jacrev, hessian]
)
def test_derivatives_print_once(derive, backend, capsys):
    """A derivative prints what the function prints, once, though its tape grows and the run is made again."""
    noisy(1.25)
    expected = capsys.readouterr().out
    assert expected.count("\n") > 150
    derived = derive(myialike.compile(noisy, backend=backend))
    for _ in range(2):
        got = derived(1.25)
        assert capsys.readouterr().out == expected
    assert np.allclose(np.asarray(got), np.asarray(derive(myialike.compile(quiet, backend=backend))(1.25)))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("backend", BACKENDS)
def test_pullback_does_not_print(backend, capsys):
    """`vjp` prints, its pullback does not; in a program too."""
    f = myialike.compile(noisy, backend=backend)
    noisy(1.25)
    expected = capsys.readouterr().out
    value, pull = vjp(f, 1.25)
    assert capsys.readouterr().out == expected
    assert pull(1.0)[0] == grad(myialike.compile(quiet))(1.25)
    assert capsys.readouterr().out == ""

    @myialike.compile(backend=backend)
    def inside(x):
        value, pull = vjp(noisy, x)
        print("value", value)
        return pull(1.0)[0] + pull(2.0)[0]

    inside(1.25)
    assert capsys.readouterr().out == expected + f"value {value}\n"


@pytest.mark.parametrize("backend", BACKENDS)
def test_rows_of_a_jacobian_print_once(backend, capsys):
    """The function is run once for the one who reads what it prints."""

    def f(v):
        for i in range(3):
            print(i, v[i])
        return v * v

    x = np.array([1.0, 2.0, 3.0])
    f(x)
    expected = capsys.readouterr().out
    for derive in (jacrev, myialike.jacfwd):
        assert np.array_equal(derive(myialike.compile(f, backend=backend))(x), np.diag(2 * x))
        assert capsys.readouterr().out == expected


def test_a_failing_run_that_was_too_small(capsys):
    """Text and exception of the run that fits, where an earlier one was corrupted."""

    def f(x):
        y, k = x, 0
        while k < 200:
            y = y * 1.01 + np.sin(y)
            k += 1
            print(k)
        print("all")
        if y > 0.0:
            raise AssertionError("positive")
        return y

    for _ in range(2):
        with pytest.raises(AssertionError, match="positive"):
            grad(myialike.compile(f))(1.0)
        assert capsys.readouterr().out == "".join(f"{k}\n" for k in range(1, 201)) + "all\n"


@pytest.mark.parametrize("backend", BACKENDS)
def test_without_checks_prints_stay(backend, capsys):
    """`checks=False` leaves out checks only."""
    f = myialike.compile(exception_in_loop, backend=backend, checks=False)
    f(2)
    assert capsys.readouterr().out.splitlines()[:4] == ["i 0", "after 0", "i 1", "after 1"]


# -- jax around it -----------------------------------------------------------------------------------------------------


def lines(capsys) -> list[str]:
    jax.effects_barrier()
    return capsys.readouterr().out.splitlines()


def counting(x):
    for i in range(3):
        x = x * 2.0
        print("i", i, x)
    if x > 10.0:
        print("large")
    print("end", x)
    return x


@pytest.mark.parametrize("around", [jax.jit, jax.grad, jax.value_and_grad, lambda f: jax.jit(jax.grad(f)), lambda f: f])
def test_inside_of_jax(around, capsys):
    """Under an outer jax transformation the same lines come out, in order, once."""
    f = myialike.compile(counting)
    jax.block_until_ready(around(f)(jnp.float32(2.0)))
    assert lines(capsys) == ["i 0 4.0", "i 1 8.0", "i 2 16.0", "large", "end 16.0"]


@pytest.mark.parametrize("around", [jax.jit, jax.grad, lambda f: jax.jit(jax.grad(f)), lambda f: jax.jit(grad(f))])
def test_loops_inside_of_jax(around, capsys):
    """A loop of unknown length, and a tape of unknown length, print once too."""

    def f(x):
        while x < 10.0:
            x = x * 2.0
            print(x)
        return x

    jax.block_until_ready(around(myialike.compile(f))(jnp.float32(2.0)))
    assert lines(capsys) == ["4.0", "8.0", "16.0"]


def test_vmap_prints_for_every_element(capsys):
    """Only the branches and steps taken by an element print for it."""

    def f(x):
        while x < 4.0:
            x = x * 2.0
            print(x)
        if x > 5.0:
            print("large")
        return x

    jax.block_until_ready(jax.vmap(myialike.compile(f))(jnp.array([1.0, 3.0])))
    assert sorted(lines(capsys)) == ["2.0", "4.0", "6.0", "large"]


def test_large_values_keep_their_digits(capsys):
    """Values of 64 bits arrive whole, whatever thread XLA calls the host on."""

    def f(a, n):
        for i in range(3):
            print(a[i], n + i, a)

    args = np.random.default_rng(0).normal(size=400_000), 2**60 + 1
    expected = outcome(f, args, capsys)
    assert outcome(myialike.compile(f), args, capsys) == expected


def test_print_options_are_the_callers(capsys):
    """NumPy's print options at the call count."""
    f = myialike.compile(lambda a: print(a))
    a = np.array([1 / 3, 2 / 3])
    with np.printoptions(precision=3):
        f(a)
    f(a)
    assert capsys.readouterr().out == "[0.333 0.667]\n[0.33333333 0.66666667]\n"


# -- the operation -----------------------------------------------------------------------------------------------------

PRINTS = parse_module("""graph f(x: f64, n: i64) {
  y: f64 = mul(x, x)
  r: f64 = for 0:i64, n, 1:i64 init (y) (i: i64, s: f64) {
    print(; template='same', kinds=())
    print(x; template=' {:.1f} ', kinds=('python',))
    print(x; template=' {:.1f} ', kinds=('python',))
    t: f64 = sin(x)
    print(t, 2.0:f32; template='{:.3f} {!r}\\n', kinds=('numpy', 'numpy'))
    yield s
  }
  return y
}""")


def test_optimiser_keeps_every_print(capsys):
    """Prints are not merged, moved or dropped, though nothing depends on them and they repeat themselves."""
    line = f"same 0.5  0.5 {np.sin(0.5):.3f} np.float32(2.0)\n"
    graph = optimise(PRINTS.entry)
    for module in (PRINTS, dataclasses.replace(PRINTS, graphs=(graph,))):
        interpret(module, np.float64(0.5), np.int64(2))
        assert capsys.readouterr().out == 2 * line


# -- what is refused ---------------------------------------------------------------------------------------------------


class Opaque:
    def __init__(self):
        self.x = 1.0


REFUSED = [
    (lambda x: print(x, file=Opaque()), (1.0,), UnsupportedError, "print() with file"),
    (lambda x: print(x, flush=True), (1.0,), UnsupportedError, "print() with flush"),
    (lambda x: print(x, sep=1), (1.0,), TypeCheckError, "sep of print() must be None or a string, not int"),
    (lambda x: print(f"{x:d}"), (1.0,), TypeCheckError, "cannot be formatted so"),
    (lambda x: print(f"{x:.2f}"), (np.ones(2),), UnsupportedError, "f64[2] with the format '.2f'"),
    (lambda x: print(Opaque(), x), (1.0,), UnsupportedError, "its address"),
    (lambda x: print([x]), (jnp.ones(2),), UnsupportedError, "the repr of a jax.Array"),
    (lambda x: print([f"{x}"]), (1.0,), UnsupportedError, "the text of a str"),
    (lambda x: print(x, nl=1), (1.0,), TypeCheckError, "nl"),
    (lambda x: print(lambda: x), (1.0,), UnsupportedError, "the text of a function"),
    (lambda x: f"{x}", (1.0,), CompileError, ""),
    (lambda x: len(f"{x}"), (1.5,), CompileError, ""),
]


@pytest.mark.parametrize("fn, args, error, message", REFUSED, ids=[str(k) for k in range(len(REFUSED))])
def test_refused(fn, args, error, message):
    """What has no text that can be known is refused, at its line."""
    with pytest.raises(error) as caught:
        myialike.compile(fn)(*args)
    assert message in str(caught.value)
    assert caught.value.loc is not None or message == ""
