"""Gradients without tapes of unknown length: the same as with them, whatever the length and the room."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from myialike import compile, grad
from myialike.ad import revolving
from myialike.ad.reverse import bounded_vjp, vjp
from myialike.ir.interpret import run
from myialike.ir.syntax import Module, Prim, walk
from myialike.ir.text import parse_graph
from myialike.ir.types import SymDim
from myialike.ir.verify import verify

FOR = """graph f(x: f64, w: f64[3], n: i64) {
    s: f64, a: f64[3], k: i64 = for 3:i64, n, 2:i64 init (x, w, 0:i64) (i: i64, s_1: f64, a_1: f64[3], k_1: i64) {
        r: i64 = mod(i, 3:i64)
        e: f64 = index(a_1, r; spec=(('i',),))
        t: f64 = sin(s_1)
        f: f64 = cast(i; dtype='f64')
        g: f64 = mul(e, f)
        u: f64 = add(t, g)
        v: f64 = mul(u, 0.3:f64)
        s_2: f64 = mul(v, x)
        a_2: f64[3] = index_set(a_1, s_2, r; spec=(('i',),))
        k_2: i64 = add(k_1, i)
        yield s_2, a_2, k_2
    }
    z: f64 = reduce_sum(a; axes=(0,))
    y: f64 = mul(z, s)
    return y, k
}"""
WHILE = """graph f(x: f64, w: f64[3], n: i64) {
    s: f64, k: i64 = while (x, 0:i64) (s_1: f64, k_1: i64) {
        p: bool = lt(k_1, n)
        yield p
    } do (s_2: f64, k_2: i64) {
        m: i64 = mod(k_2, 3:i64)
        e: f64 = index(w, m; spec=(('i',),))
        q: f64 = for 0:i64, m, 1:i64 init (s_2) (j: i64, q_1: f64) {
            q_2: f64 = cos(q_1)
            q_3: f64 = mul(q_2, e)
            yield q_3
        }
        b: bool = lt(q, 0.2:f64)
        s_3: f64 = if b {
            s_4: f64 = add(q, x)
            yield s_4
        } else {
            s_5: f64 = mul(q, 0.9:f64)
            yield s_5
        }
        k_3: i64 = add(k_2, 1:i64)
        yield s_3, k_3
    }
    return s, k
}"""


@pytest.mark.parametrize("text", [FOR, WHILE], ids=["for", "while"])
@pytest.mark.parametrize(("most", "chunk"), [(1, 1), (3, 2), (128, 256)])
def test_as_with_a_tape(text: str, most: int, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """For every length, with one checkpoint or many; the derivative of the derivative, too."""
    monkeypatch.setattr(revolving, "MOST", most)
    monkeypatch.setattr(revolving, "LEAST", 1)
    monkeypatch.setattr(revolving, "CHUNK", chunk)
    graph, active = parse_graph(text), (True, True, False)
    taped, bounded = vjp(graph, active), bounded_vjp(graph, active)
    second = (*active, True)
    pairs = [(taped, bounded), (vjp(taped, second), bounded_vjp(bounded, second))]
    w = np.array([0.4, 0.7, -0.2])
    for order, (one, other) in enumerate(pairs):
        verify(Module((other,)), "ad")
        assert not any(is_open(e) for e in walk(other.body))
        more = (1.0,) if order == 0 else (1.0, 0.7, 0.2, np.array([0.3, -0.5, 0.9]))
        for n in [*range(10), 24] if order == 0 else [0, 1, 7]:
            got, want = (run(Module((g,)), 0.6, w, np.int64(n), *more) for g in (other, one))
            for a, b in zip(got, want, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14, err_msg=f"order {order}, n = {n}")


def is_open(eqn: Any) -> bool:
    """Whether a stack has a capacity that the run decides."""
    return isinstance(eqn, Prim) and eqn.op == "stack_new" and isinstance(dict(eqn.attrs)["capacity"], str | SymDim)


def falling(x, least):
    steps = 0
    while x > least:
        x = x - 0.001 * np.sin(x) * x
        steps += 1
    return x * steps


def test_no_host_is_needed() -> None:
    """The gradient of a loop of thousands of iterations is XLA code inside of `jax.jit`, without a callback."""
    with jax.enable_x64(True):
        slope = grad(compile(falling))
        assert "callback" not in str(jax.make_jaxpr(slope)(2.0, 0.5))
        for x in (0.4, 0.51, 2.0):
            np.testing.assert_allclose(jax.jit(slope)(jnp.asarray(x), 0.5), slope(x, 0.5), rtol=1e-11)


def leaving(x, n):
    s = x[0]
    for i in range(n):
        if s > 3.0:
            break
        if i % 3 == 1:
            continue
        s = s * 1.1 + x[i % 3] ** 2 * 0.1
    else:
        s = s * 2.0
    return s * x[1]


@pytest.mark.parametrize("n", [4, 40])
def test_second_order_through_a_loop_that_is_left(n: int) -> None:
    """Reverse over reverse mode inside of `jax.jit`, where the flag that leaves the loop is carried too."""
    second = grad(lambda x: np.sum(grad(leaving)(x, n)))
    x = np.array([0.3, 0.7, 1.1])
    with jax.enable_x64(True):
        np.testing.assert_allclose(jax.jit(second)(jnp.asarray(x)), second(x), rtol=1e-11)
