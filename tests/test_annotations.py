"""Annotations that tell shapes: checked at calls as jaxtyping checks them, and enough to check a file without any."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import jaxtyping as jt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myialike import check, compile, grad, vmap
from myialike.__main__ import main
from myialike.errors import ShapeError, TypeCheckError

A = np.ndarray
N = jt.Float[A, "n"]


# -- beside jaxtyping --------------------------------------------------------------------------------------------------

WORDS = ["a", "b", "2", "3", "_", "_a", "#a", "#b", "a+1", "2*b", "a*b-1", "size=2"]
RESTS = ["*s", "...", "*_s"]
KINDS = [jt.Float, jt.Int, jt.Num, jt.Shaped, jt.Float32, jt.Bool, jt.Inexact, jt.UInt8, jt.Complex]
DTYPES = [np.float64, np.float32, np.int64, np.bool_, np.uint8, np.complex128]


@st.composite
def dimensions(draw: st.DrawFn) -> str:
    """The words of an annotation, at most one of them for any number of sizes."""
    words = draw(st.lists(st.sampled_from(WORDS), max_size=3))
    if draw(st.integers(0, 3)) == 0:
        words.insert(draw(st.integers(0, len(words))), draw(st.sampled_from(RESTS)))
    return " ".join(words)


ARRAYS = st.builds(np.ones, st.lists(st.integers(0, 3), max_size=3).map(tuple), st.sampled_from(DTYPES))


def three(x, y, z):
    return 0.0


def annotated(hints: dict[str, Any]) -> Any:
    """The function `three` with annotations."""
    made = types.FunctionType(three.__code__, three.__globals__, "three")
    made.__annotations__ = hints
    return made


def jaxtyping_takes(hints: dict[str, Any], arrays: tuple[np.ndarray, ...]) -> bool | None:
    """Whether jaxtyping takes the arrays, None where it cannot say."""
    with jt.jaxtyped("context"):
        try:
            return all([isinstance(v, h) for h, v in zip(hints.values(), arrays, strict=True)])
        except jt.AnnotationError:  # a size is computed of one that is not known yet
            return None


@given(
    st.tuples(*[st.tuples(st.sampled_from(KINDS), dimensions())] * 3),
    st.tuples(ARRAYS, ARRAYS, ARRAYS),
)
@settings(max_examples=400, deadline=None)
def test_what_jaxtyping_takes(words: Any, arrays: Any) -> None:
    """A call is refused if and only if jaxtyping refuses one of its arguments."""
    hints = {name: kind[A, dims] for name, (kind, dims) in zip("xyz", words, strict=True)}
    expected = jaxtyping_takes(hints, arrays)
    if expected is None:
        return
    try:
        check(annotated(hints), *arrays)
        taken = True
    except TypeCheckError:
        taken = False
    assert taken == expected


# -- calls -------------------------------------------------------------------------------------------------------------


def predict(W: jt.Float[A, "out inp"], x: jt.Float[A, "inp"]) -> jt.Float[A, "out"]:
    return np.tanh(W @ x)


def with_a_wrong_result(W: jt.Float[A, "out inp"], x: jt.Float[A, "inp"]) -> jt.Float[A, "inp"]:
    return np.tanh(W @ x)


def caller(W, xs):
    total = 0.0
    for x in xs:
        total += predict(W, x).sum()
    return total


def structures(p: jt.Float[A, "n n"] | None, q: list[N], r: tuple[jt.Int[A, "2"], N], s: dict[str, N], *t: N):
    return sum(v.sum() for v in q) + r[1].sum() + s["k"].sum() + sum(v.sum() for v in t)


def number(x: jt.Float[A, ""], n: jt.Int[A, ""]) -> jt.Float[A, ""]:
    return x * n


@compile
@jt.jaxtyped(typechecker=None)
def decorated(W: jt.Float[A, "out inp"], x: jt.Float[A, "inp"]) -> jt.Float[A, "out"]:
    return W @ x


def part(x: N, k: int) -> jt.Float[A, "m"]:
    return x[:k] * 2.0


one, two = np.ones, np.ones((2,), np.int64)
TAKEN = [
    (predict, (one((2, 3)), one(3))),
    (with_a_wrong_result, (one((3, 3)), one(3))),
    (caller, (one((2, 3)), one((5, 3)))),
    (structures, (None, [one(3)], (two, one(3)), {"k": one(3)}, one(3), one(3))),
    (structures, (one((3, 3)), [one(3)], (two, one(3)), {"k": one(3)})),
    (number, (2.0, 3)),
    (number, (np.float64(2.0), np.int64(3))),
    (part, (one(4), 2)),
    (decorated, (one((2, 3)), one(3))),
]
REFUSED = [
    (predict, (one((2, 3)), one(4)), ShapeError, "x.*inp is 3 .from 'W'"),
    (predict, (one((2, 3)), one(3, np.int64)), TypeCheckError, r"'x' of predict is i64\[3\]"),
    (predict, (one((2, 3)), [1.0, 2.0, 3.0]), TypeCheckError, r"\[float, float, float\]"),
    (with_a_wrong_result, (one((2, 3)), one(3)), ShapeError, "the result of with_a_wrong_result is"),
    (caller, (one((2, 3)), one((5, 4))), ShapeError, "total \\+= predict"),
    (structures, (one((3, 3)), [one(3), one(4)], (two, one(3)), {"k": one(3)}), ShapeError, "argument 'q'"),
    (structures, (one((3, 3)), [one(3)], (one(2), one(3)), {"k": one(3)}), TypeCheckError, "argument 'r'"),
    (structures, (one((3, 3)), [one(3)], (two, one(3)), {"k": one(4)}), ShapeError, "argument 's'"),
    (structures, (one((3, 3)), [one(3)], (two, one(3)), {"k": one(3)}, one(3), one(2)), ShapeError, "argument 't'"),
    (structures, (one((3, 2)), [one(3)], (two, one(3)), {"k": one(3)}), ShapeError, "argument 'p'"),
    (number, (2.0, 3.0), TypeCheckError, "argument 'n'"),
    (decorated, (one((2, 3)), one(4)), ShapeError, "argument 'x' of decorated"),
]


@pytest.mark.parametrize(("fn", "args"), TAKEN)
def test_a_call_that_is_as_annotated(fn: Any, args: Any) -> None:
    """It gives what the function gives."""
    np.testing.assert_allclose(compile(fn)(*args), getattr(fn, "fn", fn)(*args), rtol=1e-14)


@pytest.mark.parametrize(("fn", "args", "kind", "text"), REFUSED)
def test_a_call_that_is_not(fn: Any, args: Any, kind: Any, text: str) -> None:
    """It is refused before it runs, also where Python would run it."""
    with pytest.raises(kind, match=text):
        compile(fn)(*args)


def test_derivatives_and_batches() -> None:
    """What is transformed is checked for one element, and a gradient has the arguments of its function."""
    assert vmap(predict, (None, 0))(one((2, 3)), one((7, 3))).shape == (7, 2)
    with pytest.raises(ShapeError, match="argument 'x' of predict"):
        vmap(predict, (None, 0))(one((2, 3)), one((7, 4)))
    with pytest.raises(ShapeError, match="argument 'x' of predict"):
        grad(lambda W, x: predict(W, x).sum())(one((2, 3)), one(4))


def test_annotations_that_do_not_exist() -> None:
    """A name for type checkers only leaves the other annotations to be read."""

    def f(x: jt.Float[A, "n"], y: Missing) -> None:  # type: ignore[name-defined]  # noqa: F821
        return None

    assert compile(f)(one(2), 1.0) is None


# -- files -------------------------------------------------------------------------------------------------------------

FILE = '''
from dataclasses import dataclass
from typing import NamedTuple
import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as A
from myialike import compile, grad
from helper import imported

@dataclass
class Layer:
    W: Float[A, "out inp"]
    b: Float[A, "out"]

class Point(NamedTuple):
    x: float
    y: float

@compile
def layer(p: Layer, x: Float[A, "batch inp"]) -> Float[A, "batch out"]:
    return np.tanh(x @ p.W.T + p.b)

@compile
def wrong(p: Layer, x: Float[A, "batch inp"]):
    return x @ p.W

@compile
def two_sizes(a: Float[A, "n"], b: Float[A, "m"]):
    return a + b

@compile
def padded(a: Float[A, "n"], n: int, b: Float[A, "n+1"], *rest, c=2.0):
    return np.concatenate([np.zeros(n) + a, b]), c

@compile
def point(p: Point, k: "int", flag: bool = False):
    return (p.x * k, p.y)

@compile
def some(a: Float[A, "*batch n"], b: Float[A, "... _ #n"] | None, c: Int[A, ""]):
    return a.sum(axis=-1), c

@compile
def unknown(a, b: float):
    return a + b

def loss(p: Layer, x: Float[A, "batch inp"]):
    return np.sum(layer(p, x) ** 2)

slope = grad(loss)
plain = loss
'''
HELPER = "from myialike import compile\n@compile\ndef imported(x: float): return x\n"


def test_a_file_is_checked_without_calls(tmp_path: Path) -> None:
    """Each compiled function of the file is typed, refused or skipped; sizes are shown by name."""
    file = tmp_path / "some_layers.py"
    file.write_text(FILE)
    (tmp_path / "helper.py").write_text(HELPER)
    run = subprocess.run(
        [sys.executable, "-m", "myialike", "check", str(file)], capture_output=True, text=True, check=False
    )
    heads = [line for line in run.stdout.splitlines() if line.startswith(("ok", "error", "skipped"))]
    assert (run.returncode, run.stderr) == (1, "")
    assert [line.partition(":")[2].partition(" ")[2] for line in heads] == [
        "layer(p: Layer, x: f64[batch,inp]) -> f64[batch,out]",
        "wrong: @ of f64[batch,inp] and f64[out,inp]: the last dimension of the first, inp, "
        "is not the second to last of the second, out",
        "two_sizes: the operands of + have shapes [n] and [m], which do not broadcast",
        "padded(a: f64[n], n: int, b: f64[n+1]) -> (f64[23], float)",
        "point(p: Point, k: int, flag: bool) -> (float, float)",
        "some(a: f64[*batch,n], b: f64[_1,_2,n], c: i64[]) -> (f64[*batch], i64[])",
        "unknown: of which type a is, nothing tells",
        "slope(p: Layer, x: f64[batch,inp]) -> Layer",
    ]
    assert "    return x @ p.W" in run.stdout and "a is f64[n], an argument of two_sizes" in run.stdout


def test_the_exit_status_of_what_is_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is 0 where no function is refused."""
    file = tmp_path / "right_functions.py"
    file.write_text(HELPER)
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().out == "ok      right_functions.py:2 imported(x: float) -> float\n"




def test_the_command_without_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """It says how it is used."""
    with pytest.raises(SystemExit):
        main([])
    assert "check" in capsys.readouterr().err
