"""Calls of jax inside of compiled functions: types, values and derivatives are jax's own, on both backends."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax, random

import myialike
from myialike import (
    check,
    compile,
    errors,
    grad,
    hessian,
    jacfwd,
    jax_function,
    jvp,
    show,
    taylor,
    value_and_grad,
    vmap,
)
from myialike.ir.op import TABLE as OPERATIONS
from myialike.ir.parser import parse_module
from myialike.ir.text import print_module
from myialike.ir.types import Array
from myialike.ops import foreign

BACKENDS = ("xla", "python")
X = np.linspace(-1.2, 1.5, 6)
M = np.arange(12.0).reshape(3, 4) / 7 - 0.6
S = np.array([[2.0, 0.5, 0.1], [0.5, 3.0, 0.2], [0.1, 0.2, 1.5]])
F32 = M.astype(np.float32)
INTS = np.array([3, 1, 2, 0, 1])
IMAGE = np.arange(48.0).reshape(4, 4, 3)
KEY = np.array([0, 7], np.uint32)
BATCH = np.arange(24.0).reshape(2, 3, 4) / 10

Row = tuple[Callable[..., Any], tuple[Any, ...]]


def double(x):
    return 2.0 * x


def step(carry, x):
    return 0.5 * carry + x, carry * x


# Each function means to Python, under `jax.enable_x64`, what it means compiled.
ROWS: dict[str, Row] = {
    "sin": (lambda x: jnp.sin(x), (X,)),
    "of a float": (lambda x: jnp.sin(x), (0.5,)),
    "of an int": (lambda n: jnp.sqrt(n), (4,)),
    "of float32": (lambda x: jnp.exp(x), (F32,)),
    "float32 and a float": (lambda x, s: jnp.multiply(x, s), (F32, 2.5)),
    "float32 and a NumPy scalar": (lambda x, s: jnp.multiply(x, s), (F32, np.float64(2.5))),
    "float32 and an int array": (lambda x, n: jnp.add(x, n), (F32, np.arange(4))),
    "bool": (lambda x: jnp.greater(x, 0), (X,)),
    "dot": (lambda a, b: jnp.dot(a, b), (M, M.T.copy())),
    "matmul of a view": (lambda a: jnp.matmul(a, a.T), (M,)),
    "tensordot": (lambda a, b: jnp.tensordot(a, b, axes=((1,), (1,))), (M, M)),
    "einsum": (lambda a, b: jnp.einsum("ij,kj->ik", a, b), (M, M)),
    "sum": (lambda x: jnp.sum(x, axis=1, keepdims=True), (M,)),
    "mean of float32": (lambda x: jnp.mean(x, axis=(0, 1)), (F32,)),
    "var": (lambda x: jnp.var(x, ddof=1), (M,)),
    "max": (lambda x: jnp.max(x, axis=-1, initial=0.0), (M,)),
    "argmax": (lambda x: jnp.argmax(x, axis=0), (M,)),
    "cumsum": (lambda x: jnp.cumsum(x, axis=1), (M,)),
    "sort": (lambda x: jnp.sort(x, descending=True), (INTS,)),
    "where": (lambda x: jnp.where(x > 0, x, 0.1 * x), (X,)),
    "where of a comparison by jax": (lambda x: jnp.where(jnp.less(x, 0), jnp.exp(x), x), (X,)),
    "clip": (lambda x: jnp.clip(x, -0.5, 0.5), (F32,)),
    "reshape": (lambda x: jnp.reshape(x, (2, -1)), (M,)),
    "transpose": (lambda x: jnp.transpose(x, (1, 0)), (M,)),
    "concatenate": (lambda x: jnp.concatenate([x, x[:1]], axis=0), (M,)),
    "stack": (lambda x: jnp.stack((x[0], x[1], x[2]), axis=1), (M,)),
    "split": (lambda x: jnp.split(x, 2, axis=1), (M,)),
    "zeros": (lambda: jnp.zeros((2, 3)), ()),
    "ones of a dtype": (lambda: jnp.ones(3, dtype=jnp.int32), ()),
    "zeros_like": (lambda x: jnp.zeros_like(x), (F32,)),
    "arange": (lambda: jnp.arange(5), ()),
    "arange of an argument": (lambda n: jnp.arange(n), (4,)),
    "linspace": (lambda a: jnp.linspace(a, 1.0, 5), (0.25,)),
    "eye": (lambda: jnp.eye(3, k=1), ()),
    "full of an argument": (lambda v: jnp.full((2, 2), v), (np.float32(1.5),)),
    "asarray": (lambda x: jnp.asarray(x, dtype=jnp.float32), (X,)),
    "array of numbers": (lambda a, b: jnp.array([a, b, 1.0]), (0.5, 2.0)),
    "astype": (lambda x: jnp.astype(x, jnp.int32), (X,)),
    "float32 as a function": (lambda x: jnp.float32(x), (0.1,)),
    "take": (lambda x, k: jnp.take(x, k, axis=0), (M, 1)),
    "take_along_axis": (lambda x: jnp.take_along_axis(x, jnp.argsort(x, axis=1), axis=1), (M,)),
    "searchsorted": (lambda x, v: jnp.searchsorted(x, v), (X, 0.3)),
    "interp": (lambda v, x: jnp.interp(v, x, x**2), (0.3, X)),
    "outer": (lambda x: jnp.outer(x, x), (X,)),
    "pad": (lambda x: jnp.pad(x, ((1, 0), (0, 2)), mode="edge"), (M,)),
    "roll": (lambda x: jnp.roll(x, 2, axis=1), (M,)),
    "meshgrid": (lambda x: jnp.meshgrid(x, x[:2]), (X,)),
    "complex": (lambda x: jnp.abs(jnp.exp(1j * x)), (X,)),
    "fft": (lambda x: jnp.fft.fft(x), (X,)),
    "vectorize of a module's function": (lambda x: jnp.vectorize(double)(x), (X,)),
    "ndim": (lambda x: jnp.ones(3) * jnp.ndim(x), (M,)),
    "norm": (lambda x: jnp.linalg.norm(x, axis=1), (M,)),
    "solve": (lambda a, b: jnp.linalg.solve(a, b), (S, X[:3].copy())),
    "cholesky": (lambda a: jnp.linalg.cholesky(a), (S,)),
    "slogdet": (lambda a: jnp.linalg.slogdet(a)[1], (S,)),
    "singular values": (lambda a: jnp.linalg.svd(a, compute_uv=False), (M,)),
    "eigh": (lambda a: jnp.linalg.eigh(a)[0], (S,)),
    "ufunc reduce": (lambda x: jnp.add.reduce(x, axis=1), (M,)),
    "relu": (lambda x: jax.nn.relu(x), (X,)),
    "gelu": (lambda x: jax.nn.gelu(x), (F32,)),
    "silu": (lambda x: jax.nn.silu(x), (X,)),
    "softplus": (lambda x: jax.nn.softplus(x), (X,)),
    "sigmoid": (lambda x: jax.nn.sigmoid(x), (F32,)),
    "softmax": (lambda x: jax.nn.softmax(x, axis=0), (M,)),
    "log_softmax": (lambda x: jax.nn.log_softmax(x), (M,)),
    "logsumexp": (lambda x: jax.nn.logsumexp(x, axis=1), (M,)),
    "one_hot": (lambda k: jax.nn.one_hot(k, 4), (INTS,)),
    "standardize": (lambda x: jax.nn.standardize(x), (M,)),
    "attention": (lambda q: jax.nn.dot_product_attention(q, q, q), (BATCH.reshape(2, 3, 2, 2),)),
    "lax.dot": (lambda a, b: lax.dot(a, b), (M, M.T.copy())),
    "lax.conv": (
        lambda x, w: lax.conv_general_dilated(x, w, (1,), "SAME"),
        (BATCH, np.arange(18.0).reshape(2, 3, 3) / 9),
    ),
    "lax.dynamic_slice": (lambda x, k: lax.dynamic_slice(x, (k, 0), (2, 2)), (M, 1)),
    "lax.dynamic_update_slice": (lambda x, k: lax.dynamic_update_slice(x, x[:1, :2], (k, 1)), (M, 2)),
    "lax.top_k": (lambda x: lax.top_k(x, 2), (X,)),
    "lax.rsqrt": (lambda x: lax.rsqrt(x), (np.abs(X),)),
    "lax.select": (lambda x: lax.select(x > 0, x, -x), (X,)),
    "lax.stop_gradient": (lambda x: lax.stop_gradient(x) * x, (X,)),
    "lax.scan of a module's function": (lambda x: lax.scan(step, 0.0, x), (X,)),
    "lax.fori_loop": (lambda x: lax.fori_loop(0, 3, jax_body, x), (X,)),
    "lax.cond": (lambda x: lax.cond(x[0] > 0, jnp.sin, jnp.cos, x), (X,)),
    "lax.map": (lambda x: lax.map(jnp.sum, x), (M,)),
    "PRNGKey": (lambda seed: random.PRNGKey(seed), (3,)),
    "split of a key": (lambda key: random.split(key, 3), (KEY,)),
    "normal": (lambda key: random.normal(key, (2, 3)), (KEY,)),
    "uniform in float32": (lambda key: random.uniform(key, (4,), jnp.float32, minval=-1.0), (KEY,)),
    "permutation": (lambda key: random.permutation(key, 5), (KEY,)),
    "categorical": (lambda key, x: random.categorical(key, x), (KEY, X)),
    "bernoulli": (lambda key, p: random.bernoulli(key, p, (4,)), (KEY, 0.3)),
    "fold_in": (lambda key, k: random.fold_in(key, k), (KEY, 5)),
    "scipy.special": (lambda x: jax.scipy.special.gammaln(x), (np.abs(X),)),
    "scipy.stats": (lambda x: jax.scipy.stats.norm.logpdf(x, 0.5), (X,)),
    "scipy.linalg": (lambda a: jax.scipy.linalg.expm(a), (S,)),
    "scipy.signal": (lambda x: jax.scipy.signal.convolve(x, x), (X,)),
    "image.resize": (lambda x: jax.image.resize(x, (2, 8, 3), "bilinear"), (IMAGE,)),
}


def jax_body(k, x):
    return jnp.cos(x) + k


def on_device(value: Any) -> Any:
    """An array as a jax array, a number as it is."""
    return jnp.asarray(value) if isinstance(value, np.ndarray) else value


def leaves(value: Any) -> list[Any]:
    return jax.tree.leaves(value)


def same(got: Any, wanted: Any) -> None:
    """The same structure, dtypes and shapes, jax arrays; values to rounding."""
    assert jax.tree.structure(got) == jax.tree.structure(wanted)
    for g, w in zip(leaves(got), leaves(wanted), strict=True):
        assert isinstance(g, jax.Array) and isinstance(w, jax.Array)
        assert (g.dtype, g.shape) == (w.dtype, w.shape)
        tolerance = 1e-5 if w.dtype in (np.float32, np.complex64) else 1e-12
        np.testing.assert_allclose(np.asarray(g), np.asarray(w), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ROWS)
def test_a_function_of_jax_gives_what_jax_gives(name: str, backend: str) -> None:
    """With 64 bits, whatever the user's configuration is, which is left alone."""
    function, args = ROWS[name]
    with jax.enable_x64(True):
        wanted = function(*map(on_device, args))
    same(compile(function, backend=backend)(*args), wanted)
    assert jnp.zeros(1).dtype == np.float32


# -- dtypes of results in arithmetic ----------------------------------------------------------------------------------

HALVES = jnp.arange(3, dtype=np.float32) / 2
FLAT = {
    "where": lambda x: jnp.where(x > 0.5, 1.0, 0.0) * x,
    "arithmetic of weak ones": lambda x: (jnp.where(x > 0.5, 1.0, 0.0) * 2.0 + 1) * x,
    "an element": lambda x: jnp.full(3, 2.0)[0] * x,
    "a view": lambda x: -jnp.full((3, 1), 2.0).T * x,
    "rank 0": lambda x: x / jnp.sqrt(2.0),
    "ints": lambda x: (jnp.full(3, 2) * 3) * x,
    "a quotient of ints": lambda x: (jnp.full(3, 2) / 3) * x,
    "a sum is not": lambda x: jnp.full(3, 2.0).sum() * x,
    "a cast is not": lambda x: jnp.full(3, 2.0).astype(jnp.float64) * x,
    "an array of numbers is not": lambda x: jnp.array([1.0, 2.0, 3.0]) * x,
    "beside NumPy": lambda x: jnp.full(3, 2.0) * np.float64(2.0) * x,
    "float16": lambda x: jnp.full(3, 2.0) * x.astype(jnp.float16),
    "complex": lambda x: jnp.full(3, 2j) * x,
    "an int array and floats": lambda x: jnp.arange(3) * x,
    "an int array and a float": lambda x: jnp.arange(3, dtype=jnp.int8) * 0.5,
    "a comparison": lambda x: (jnp.full(3, 0.2) < x) * x,
    "a path": lambda x: (jnp.sqrt(2.0) if x[1] > 0 else 1.0) * x,
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", FLAT)
def test_a_result_made_of_python_numbers_alone_gives_way_as_they_do(name: str, backend: str) -> None:
    """jax's weak types, and its rule that ints do not widen floats, hold in the operators of compiled code."""
    with jax.enable_x64(True):
        wanted = FLAT[name](HALVES)
    same(compile(FLAT[name], backend=backend)(HALVES), wanted)


def summed(x):
    total = 0.0
    for _ in range(3):
        total = total + jnp.sqrt(2.0)
    return total * x


def test_a_loop_keeps_a_weak_type() -> None:
    """The entry is a Python number, and each turn gives a weak array."""
    with jax.enable_x64(True):
        same(compile(summed)(HALVES), summed(HALVES))


# -- derivatives ------------------------------------------------------------------------------------------------------


class Linear:
    """A layer as equinox has them: its parameters are data, its call is a function of jax."""

    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias

    def __call__(self, x):
        return jnp.dot(self.weight, x) + self.bias


class Mlp:
    def __init__(self, layers, activation):
        self.layers, self.activation = layers, activation

    def __call__(self, x):
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)


jax.tree_util.register_pytree_node(Linear, lambda n: ((n.weight, n.bias), None), lambda _, c: Linear(*c))
jax.tree_util.register_pytree_node(Mlp, lambda n: ((n.layers,), n.activation), lambda a, c: Mlp(*c, a))


@jax.tree_util.register_dataclass
@dataclasses.dataclass
class State:
    h: Any
    count: Any


def unrolled(model, state, xs):
    for x in xs:
        state = State(model(state.h + x), state.count + 1)
    return jnp.sum(state.h**2) * state.count


def settled(x):
    while jnp.linalg.norm(x) > 0.5:
        x = jax.nn.softplus(x) * 0.5 - 0.2
    return jnp.sum(x * x)


def settled_by_numpy(x):
    while np.linalg.norm(x) > 0.5:
        x = np.log1p(np.exp(x)) * 0.5 - 0.2
    return np.sum(x * x)


RNG = np.random.default_rng(0)
MODEL = Mlp([Linear(RNG.normal(size=(3, 3)), np.zeros(3)), Linear(RNG.normal(size=(3, 3)), np.ones(3))], jax.nn.tanh)
START = State(np.full(3, 0.1), 0.0)
XS = RNG.normal(size=(4, 3))


@pytest.mark.parametrize("backend", BACKENDS)
def test_layers_in_a_loop(backend: str) -> None:
    """Parameters in callable instances and states in dataclasses; gradients in their structure, to order 2."""
    fn = compile(unrolled, backend=backend)
    with jax.enable_x64(True):
        wanted, bars = jax.value_and_grad(unrolled)(MODEL, START, XS)
        second = jax.hessian(unrolled, 2)(MODEL, START, XS)
    assert float(fn(MODEL, START, XS)) == pytest.approx(float(wanted), rel=1e-13)
    got = grad(fn)(MODEL, START, XS)
    assert type(got) is Mlp and type(got.layers[0]) is Linear
    for g, w in zip(leaves(got.layers), leaves(bars.layers), strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(hessian(fn, argnums=2)(MODEL, START, XS), second, rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(jacfwd(grad(fn, 2), 2)(MODEL, START, XS), second, rtol=1e-10, atol=1e-11)
    once_more = grad(lambda xs: np.sum(grad(fn, 2)(MODEL, START, xs)[0]))(XS)
    np.testing.assert_allclose(once_more, np.asarray(second)[0].sum(0), rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_loop_of_unknown_length(backend: str) -> None:
    """Functions of jax decide how long a loop runs, and are differentiated through it."""
    x = np.array([3.0, 2.0])
    assert float(compile(settled, backend=backend)(x)) == pytest.approx(settled_by_numpy(x), rel=1e-13)
    slope, by_numpy = (grad(compile(f, backend=backend))(x) for f in (settled, settled_by_numpy))
    np.testing.assert_allclose(slope, by_numpy, rtol=1e-12)


class Drop:
    """A layer as equinox has them, whose numbers are a part of the program."""

    def __init__(self, p, inference):
        self.p, self.inference = p, inference

    def __call__(self, x):
        return jax.named_call(dropped)(self, x)


def dropped(layer, x):
    if layer.p == 0 or layer.inference:
        return x
    return jnp.where(x > 0, x / (1 - layer.p), 0.0)


@dataclasses.dataclass(frozen=True)
class Net:
    weight: Any
    activation: Any
    drop: Any
    depth: int
    width: str = dataclasses.field(default="wide", metadata={"static": True})

    def __call__(self, x):
        for _ in range(self.depth):
            x = self.drop(self.activation(self.weight @ x))
        return x


for cls in (Drop, Net):
    fields = ("p", "inference") if cls is Drop else ("weight", "activation", "drop", "depth")
    jax.tree_util.register_pytree_node(
        cls,
        lambda n, fields=fields: (tuple(getattr(n, f) for f in fields), None),
        lambda _, c, cls=cls: cls(*c),
    )


def squares(net, x):
    return np.sum(net(x) ** 2)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("p", "inference"), [(0.0, False), (0.5, False), (0.5, True)])
def test_numbers_of_a_module_that_its_code_asks_for(backend: str, p: float, inference: bool) -> None:
    """They are known when jax traces it; in the gradient of the module they are None, as are functions and ints."""
    net = Net(M[:3, :3], jax.nn.tanh, Drop(p, inference), 3)
    x = np.array([0.3, -0.2, 0.5])

    def plain(weight, x):
        with jax.enable_x64(True):
            for _ in range(3):
                x = dropped(net.drop, jnp.tanh(weight @ x))
            return jnp.sum(x**2)

    with jax.enable_x64(True):
        wanted = jax.value_and_grad(plain, (0, 1))(net.weight, x)
    value, (bars, x_bar) = value_and_grad(compile(squares, backend=backend), (0, 1))(net, x)
    assert float(value) == pytest.approx(float(wanted[0]), rel=1e-13)
    np.testing.assert_allclose(bars.weight, wanted[1][0], rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(x_bar, wanted[1][1], rtol=1e-11, atol=1e-13)
    assert (bars.activation, bars.depth, bars.drop.p, bars.drop.inference) == (None,) * 4
    assert bars.width == "wide"


def combined(params, static):
    return jax.tree.map(lambda p, s: s if p is None else p, params, static, is_leaf=lambda n: n is None)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_module_put_together_in_the_program(backend: str) -> None:
    """A function that goes through `jax.tree.map` comes out as it was, also where it reads a captured number."""
    slope = 0.3

    def leaky(x):
        return jnp.where(x > 0, x, slope * x)

    net = Net(M[:3, :3], leaky, None, 2)
    params = Net(net.weight, None, None, None)
    static = Net(None, leaky, Drop(0.0, True), 2)
    x = np.array([0.3, -0.2, 0.5])

    def loss(params, x):
        return squares(combined(params, static), x)

    with jax.enable_x64(True):
        wanted = jax.grad(lambda w: jnp.sum(leaky(w @ leaky(w @ x)) ** 2))(net.weight)
    np.testing.assert_allclose(grad(compile(loss, backend=backend))(params, x).weight, wanted, rtol=1e-11, atol=1e-13)


OWN: dict[str, Row] = {
    "vmap": (lambda w, x: jax.vmap(lambda row: jnp.dot(w, row))(x), (M[0], M)),
    "vmap of an axis": (lambda w, x: jax.vmap(lambda k, row: k * row, in_axes=(0, 1), out_axes=1)(w, x), (X[:4], M)),
    "vmap of a module": (lambda n, x: jax.vmap(n)(x), (Linear(M, np.ones(3)), np.ones((5, 4)))),
    "grad": (lambda w, x: jax.grad(lambda v: jnp.sum(jnp.tanh(v * w)))(x), (2.0, X)),
    "grad of two": (lambda w, x: jax.grad(lambda u, v: jnp.sum(u * v * w), argnums=(0, 1))(x, x * 2), (2.0, X)),
    "value_and_grad": (lambda w, x: jax.value_and_grad(lambda v: (jnp.sum(v * w), v), has_aux=True)(x), (2.0, X)),
    "jacobians": (lambda w, x: (jax.jacfwd(lambda v: v**2 * w)(x), jax.jacrev(lambda v: v**3 * w)(x)), (2.0, X)),
    "hessian": (lambda w, x: jax.hessian(lambda v: jnp.sum(jnp.sin(v) * w))(x), (2.0, X)),
    "jvp": (lambda w, x: jax.jvp(lambda v: jnp.sin(v) * w, (x,), (x * 2,)), (2.0, X)),
    "vjp": (lambda w, x: jax.vjp(lambda v: jnp.sin(v) * w, x)[1](x * 2), (2.0, X)),
    "jit": (lambda w, x: jax.jit(lambda v: jnp.sin(v) * w)(x), (2.0, X)),
    "checkpoint": (lambda w, x: jax.grad(jax.checkpoint(lambda v: jnp.sum(jnp.sin(v) * w)))(x), (2.0, X)),
    "per example": (lambda w, x: jax.vmap(jax.grad(lambda row: jnp.sum(jnp.sin(row * w))))(x), (M[0], M)),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", OWN)
def test_transformations_of_jax_on_functions_of_the_program(name: str, backend: str) -> None:
    """Are the compiler's own, as the functions are made inside; they mean the same."""
    function, args = OWN[name]
    with jax.enable_x64(True):
        wanted = function(*args)
    got = compile(function, backend=backend)(*args)
    for g, w in zip(jax.tree.leaves(got), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-12, atol=1e-14)


DIFFERENTIATED = [
    "sin", "dot", "einsum", "mean of float32", "var", "max", "cumsum", "where", "concatenate", "pad", "norm",
    "cholesky", "gelu", "softmax", "logsumexp", "lax.conv", "lax.scan of a module's function", "lax.fori_loop",
    "lax.cond", "lax.stop_gradient", "scipy.special", "scipy.linalg", "image.resize", "take_along_axis",
    "lax.dynamic_update_slice", "categorical",
]  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_derivatives_are_those_of_jax(name: str) -> None:
    """Reverse, forward, and forward over reverse."""
    function, args = ROWS[name]
    at = 1 if name == "categorical" else 0
    x, dot = args[at], np.ones_like(args[at])

    def total(x: Any) -> Any:
        found = function(*args[:at], x, *args[at + 1 :])
        found = found[0] if isinstance(found, tuple) else found
        return jnp.sum(jnp.sin(found))

    @jax.jit  # one program: without, jax compiles each of its operations by itself
    def those_of_jax(x: Any, dot: Any) -> Any:
        return jax.grad(total)(x), jax.jvp(total, (x,), (dot,))[1], jax.jvp(jax.grad(total), (x,), (dot,))[1]

    with jax.enable_x64(True):
        bar, tangent, second = those_of_jax(jnp.asarray(x), jnp.asarray(dot))
    tolerance = {"rtol": 1e-4, "atol": 1e-5} if x.dtype == np.float32 else {"rtol": 1e-10, "atol": 1e-11}
    np.testing.assert_allclose(grad(total)(x), bar, **tolerance)
    np.testing.assert_allclose(jvp(total, (x,), (dot,))[1], tangent, **tolerance)
    np.testing.assert_allclose(jvp(grad(total), (x,), (dot,))[1], second, **tolerance)


@jax.custom_vjp
def odd(x):
    return jnp.sin(x)


odd.defvjp(lambda x: (jnp.sin(x), x), lambda x, bar: (100.0 * bar * x,))


def test_a_rule_of_the_users_for_jax_is_used() -> None:
    """`jax.custom_vjp` holds inside; its forward mode is refused as jax refuses it."""
    assert float(grad(lambda x: odd(x) * 2.0)(0.25)) == 50.0
    with pytest.raises(errors.UnsupportedError, match="jax does not take odd in forward mode"):
        jvp(lambda x: odd(x) * 2.0, (0.25,), (1.0,))


def test_taylor_polynomials() -> None:
    """They are made of the forward rule alone."""
    got, wanted = taylor(lambda x: jnp.sin(x) * x, 0.3, 4), taylor(lambda x: np.sin(x) * x, 0.3, 4)
    np.testing.assert_allclose(got, wanted, rtol=1e-13)


@pytest.mark.parametrize("backend", BACKENDS)
def test_batches(backend: str) -> None:
    """`vmap` of a function of jax is jax's own, with operands that are not mapped, and of its derivative."""
    fn, batch = compile(unrolled, backend=backend), np.stack([XS, 2 * XS])
    each = [float(fn(MODEL, START, xs)) for xs in batch]
    got = vmap(fn, in_axes=(None, None, 0))(MODEL, START, batch)
    np.testing.assert_allclose(got, each, rtol=1e-12)
    slopes = vmap(grad(fn, 2), in_axes=(None, None, 0))(MODEL, START, batch)
    np.testing.assert_allclose(slopes, [grad(fn, 2)(MODEL, START, xs) for xs in batch], rtol=1e-10, atol=1e-12)
    whole = grad(lambda model: np.sum(vmap(fn, in_axes=(None, None, 0))(model, START, batch)))(MODEL)
    parts = [grad(fn)(MODEL, START, xs) for xs in batch]
    for g, a, b in zip(leaves(whole.layers), *(leaves(p.layers) for p in parts), strict=True):
        np.testing.assert_allclose(g, a + b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_branch_masks_stays_masked(backend: str) -> None:
    """The gradient of a batch runs both branches for all elements: zero times an infinite partial is zero there.

    As in NumPy's functions, to order 2, and for an operand that all elements share.
    """

    def with_log(log: Callable[..., Any]) -> Callable[..., Any]:
        def scaled_log(w, x):
            if x > 0:
                return log(w * x)
            return 0.0 * x * w

        return scaled_log

    by_numpy, by_jax = (
        lambda w, x, f=with_log(log): np.sum(vmap(f, in_axes=(None, 0))(w, x)) for log in (np.log, jnp.log)
    )
    w, x = 2.0, np.array([-1.0, 0.0, 2.0])
    by_numpy, by_jax = compile(by_numpy, backend=backend), compile(by_jax, backend=backend)
    np.testing.assert_allclose(grad(by_jax, 0)(w, x), 0.5, rtol=1e-14)
    np.testing.assert_allclose(grad(by_jax, 1)(w, x), grad(by_numpy, 1)(w, x), rtol=1e-14)
    np.testing.assert_allclose(hessian(by_jax, 1)(w, x), hessian(by_numpy, 1)(w, x), rtol=1e-13)
    np.testing.assert_allclose(hessian(by_jax, 1)(w, x), np.diag([0.0, 0.0, -0.25]), rtol=1e-13)


@pytest.mark.parametrize("backend", BACKENDS)
def test_inside_of_transformations_of_jax(backend: str) -> None:
    """`jax.jit`, `jax.grad`, `jax.vmap` and `jax.hessian` of a compiled function that calls functions of jax."""
    fn = compile(unrolled, backend=backend)

    def ours(xs: Any) -> Any:
        return fn(MODEL, START, xs)

    def theirs(xs: Any) -> Any:
        return unrolled(MODEL, START, xs)

    with jax.enable_x64(True):
        xs, batch = jnp.asarray(XS), jnp.stack([XS, 2 * XS])
        np.testing.assert_allclose(jax.jit(ours)(xs), theirs(xs), rtol=1e-12)
        np.testing.assert_allclose(jax.jit(jax.grad(ours))(xs), jax.grad(theirs)(xs), rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(jax.vmap(jax.grad(ours))(batch), jax.vmap(jax.grad(theirs))(batch), 1e-10, 1e-12)
        if backend == "xla":
            np.testing.assert_allclose(jax.hessian(ours)(xs), jax.hessian(theirs)(xs), rtol=1e-10, atol=1e-11)


# -- functions of structures, marked functions, updates ----------------------------------------------------------------


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Params:
    w: Any
    b: Any
    name: str = dataclasses.field(default="dense", metadata={"static": True})
    width: int = dataclasses.field(default=2, metadata={"static": True})


def loss(params, x, y):
    hidden = jnp.reshape(x @ params.w + params.b, (-1, params.width))  # a static field is known, and has no derivative
    return jnp.mean((jnp.tanh(hidden) - y) ** 2)


def train(params, x, y, rate, steps):
    value = 0.0
    for _ in range(steps):
        value, bars = value_and_grad(loss)(params, x, y)
        params = jax.tree.map(lambda p, g: p - rate * g, params, bars)
    return params, value


def train_by_jax(params, x, y, rate, steps):
    value = 0.0
    for _ in range(steps):
        value, bars = jax.value_and_grad(loss)(params, x, y)
        params = jax.tree.map(lambda p, g: p - rate * g, params, bars)
    return params, value


PARAMS = Params(RNG.normal(size=(3, 2)), np.zeros(2))


def test_training_as_it_is_written_for_jax() -> None:
    """The whole loop is one program; `jax.tree.map` of a function made inside runs when it is compiled."""
    data = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 2)), 0.1, 20
    got, value = compile(train)(PARAMS, *data)
    with jax.enable_x64(True):
        wanted, last = train_by_jax(PARAMS, *data)
    assert (type(got), got.name, got.width) == (Params, "dense", 2)
    np.testing.assert_allclose(got.w, wanted.w, rtol=1e-11)
    np.testing.assert_allclose(got.b, wanted.b, rtol=1e-11)
    assert float(value) == pytest.approx(float(last), rel=1e-11)


TREES: dict[str, Callable[..., Any]] = {
    "leaves": lambda p: jax.tree.leaves(p),
    "flatten and unflatten": lambda p: jax.tree.unflatten(jax.tree.structure(p), [2 * x for x in jax.tree.leaves(p)]),
    "reduce": lambda p: jax.tree.reduce(operator.add, jax.tree.map(jnp.sum, p)),
    "is_leaf": lambda p: jax.tree.map(lambda t: t[0], {"a": (p.w, 1)}, is_leaf=lambda t: isinstance(t, tuple)),
    "tree_util": lambda p: jax.tree_util.tree_map(jnp.zeros_like, [p, (p.b, None)]),
    "paths": lambda p: jax.tree_util.tree_map_with_path(lambda path, x: x * len(path), p),
}


@pytest.mark.parametrize("name", TREES)
def test_functions_of_structures(name: str) -> None:
    """They give what they give in Python."""
    with jax.enable_x64(True):
        wanted = TREES[name](PARAMS)
    got = compile(TREES[name])(PARAMS)
    assert jax.tree.structure(got) == jax.tree.structure(wanted)
    for g, w in zip(leaves(got), leaves(wanted), strict=True):
        np.testing.assert_array_equal(g, w)


@jax_function
def not_of_the_subset(x, *, k):
    table = {n: x * n for n in set(range(k))}
    return sum(table.values()), {"x": (x, None, "text"), "rank": x.ndim}


def test_a_marked_function_is_not_read() -> None:
    """Its results may be structures; what is no array is known at compile time."""
    total, rest = compile(lambda x: not_of_the_subset(x, k=3))(X)
    np.testing.assert_allclose(total, 3 * X)
    assert rest["x"][1:] == (None, "text") and rest["rank"] == 1
    np.testing.assert_array_equal(grad(lambda x: jnp.sum(not_of_the_subset(x, k=3)[0]))(X), np.full(6, 3.0))
    assert not_of_the_subset(np.float64(2.0), k=2)[0] == 2.0


class Scaled:
    def __init__(self, scale):
        self.scale = scale

    def __call__(self, x):
        return self.scale * x

    @jax_function
    def applied(self, x):
        return self.scale @ x


jax.tree_util.register_pytree_node(Scaled, lambda n: ((n.scale,), None), lambda _, c: Scaled(*c))


def test_marked_methods_and_instances() -> None:
    """What an instance holds is data: read at each call, and differentiated."""
    net = Scaled(np.eye(2) * 2)
    np.testing.assert_array_equal(compile(lambda n, x: n.applied(x))(net, np.ones(2)), [2.0, 2.0])
    bar = grad(lambda n, x: jnp.sum(n.applied(x)))(net, np.ones(2))
    np.testing.assert_array_equal(bar.scale, np.ones((2, 2)))
    held = Scaled(3.0)
    marked = jax_function(held)
    fn = compile(lambda x: marked(x))
    assert float(fn(2.0)) == 6.0
    held.scale = 5.0
    assert float(fn(2.0)) == 10.0
    assert float(marked(2.0)) == 10.0


RATE, TABLE = 2.0, [1.0, np.ones(2)]


def helper(x):
    return x * RATE


@jax_function
def reads_globals(x):
    return helper(x) + TABLE[0] + TABLE[1]


def test_what_a_traced_function_reads_is_never_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers, arrays in lists, in functions that it calls; a captured variable."""
    fn, x = compile(lambda x: reads_globals(x)), np.ones(2)
    np.testing.assert_array_equal(fn(x), [4.0, 4.0])
    monkeypatch.setitem(globals(), "RATE", 3.0)
    np.testing.assert_array_equal(fn(x), [5.0, 5.0])
    monkeypatch.setitem(globals(), "TABLE", [0.0, np.ones(2)])
    TABLE[1][0] = 7.0
    np.testing.assert_array_equal(fn(x), [10.0, 4.0])

    scale = 2.0

    @jax_function
    def scaled(x: Any) -> Any:
        return x * scale

    captured = compile(lambda x: scaled(x))
    assert float(captured(1.0)) == 2.0
    scale = 5.0
    assert float(captured(1.0)) == 5.0


UPDATES: dict[str, Callable[..., Any]] = {
    "set": lambda x: x.at[1].set(3.0),
    "a slice": lambda x: x.at[1:3].add(2.0),
    "a step": lambda x: x.at[::2].multiply(x[:3]),
    "beyond the end": lambda x: x.at[10].set(1.0),
    "a mask": lambda x: x.at[x > 2].add(1.0),
    "repeated": lambda x: x.at[jnp.array([0, 0, 1])].add(1.0),
    "get": lambda x: x.at[-1].get(),
    "get beyond the end": lambda x: x.at[7].get(mode="fill", fill_value=-1.0),
    "an ellipsis": lambda x: x.at[..., 2].max(9.0),
    "min": lambda x: x.at[:].min(2.0),
    "divide": lambda x: x.at[2].divide(4.0),
    "power": lambda x: x.at[2:].power(2.0),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", UPDATES)
def test_updates_of_a_jax_array(name: str, backend: str) -> None:
    """`x.at[i].set(v)` does what jax does, out of bounds too."""
    x = jnp.arange(5, dtype=np.float32)
    same(compile(UPDATES[name], backend=backend)(x), UPDATES[name](x))


def recurrence(x):
    y = jnp.zeros_like(x)
    i = 1
    while i < x.shape[0]:
        y = y.at[i].set(x[i] ** 2 + 0.5 * y[i - 1])
        i += 1
    return jnp.sum(y)


def test_updates_in_a_loop() -> None:
    """With a run-time index, differentiated."""
    x = jnp.arange(1, 6, dtype=np.float32)
    np.testing.assert_allclose(compile(recurrence)(x), recurrence(x), rtol=1e-6)
    np.testing.assert_allclose(grad(recurrence)(x), jax.grad(recurrence)(x), rtol=1e-6)


def draws(key, x):
    total = 0.0
    for _ in range(3):
        key, sub = jax.random.split(key)
        total = total + jnp.sum(x * jax.random.normal(sub, (3,)))
    return total, key


def test_random_numbers_of_a_loop() -> None:
    """A key is carried as an array."""
    with jax.enable_x64(True):
        wanted = draws(KEY, X[:3])
    got = compile(draws)(KEY, X[:3])
    assert float(got[0]) == pytest.approx(float(wanted[0]), rel=1e-13)
    np.testing.assert_array_equal(got[1], wanted[1])


# -- the program ------------------------------------------------------------------------------------------------------


def test_the_text_of_a_program_names_the_function() -> None:
    """It parses back, and the same call is the same function: it is computed once."""
    text = show(lambda x: jnp.tanh(x) + jnp.tanh(x), X)
    assert text.count("jax.call") == 1 and "function='tanh_" in text
    assert print_module(parse_module(text)) == text
    printed = myialike.source(lambda x: jnp.tanh(x), X)
    assert "myialike.ops.foreign.call('tanh_" in printed.replace('"', "'")


def test_types_are_told_without_running() -> None:
    assert str(check(lambda x: jax.nn.softmax(x, axis=0), F32)) == "f32[3,4]"


def test_the_operation_knows_its_types() -> None:
    """Its rule refuses operands of other types, so the verifier does."""
    text = show(lambda x: jnp.cosh(x), X)
    name = text.partition("function='")[2].partition("'")[0]
    assert [str(t) for t in foreign.function_of(name).operands] == ["f64[6]"]
    with pytest.raises(TypeError, match=r"cosh_\d+ takes f64\[6\], not f32\[6\]"):
        OPERATIONS["jax.call"].type_rule((Array(np.dtype("f4"), (6,)),), {"function": name})


# -- errors -----------------------------------------------------------------------------------------------------------


def lambda_in_scan(x):
    return lax.scan(lambda c, y: (c + y, c), 0.0, x)[0]


def while_of_jax(x):
    return lax.while_loop(below, more, (x, 1.0))[1]


def below(carry):
    return carry[1] < 3


def more(carry):
    return carry[0], carry[1] + carry[0]


def shows(x):
    jax.debug.print("{}", x)
    return x


REFUSED: dict[str, tuple[Callable[..., Any], tuple[Any, ...], type[Exception], str]] = {
    "shapes": (lambda x: jnp.dot(x, jnp.ones(4)), (X,), errors.ShapeError, r"got \(6,\) and \(4,\)"),
    "an axis": (lambda x: jnp.sum(x, axis=3), (X,), errors.ShapeError, "axis 3 is out of bounds"),
    "a keyword": (lambda x: jnp.sum(x, foo=3), (X,), errors.TypeCheckError, "unexpected keyword argument 'foo'"),
    "a run-time shape": (lambda x: jnp.ones((x,)), (2.0,), errors.TypeCheckError, "concrete values"),
    "a lambda": (lambda_in_scan, (X,), errors.UnsupportedError, "write a plain loop"),
    "vmap with a name": (
        lambda x: jax.vmap(lambda y: y * 2, axis_name="i")(x), (M,), errors.TypeCheckError, "no keyword 'axis_name'"
    ),
    "a key of the new kind": (lambda: random.key(0), (), errors.UnsupportedError, "PRNGKey"),
    "effects": (shows, (1.0,), errors.UnsupportedError, "Python's print"),
    "reverse mode": (grad(while_of_jax), (2.0,), errors.UnsupportedError, "does not work for lax.while_loop"),
    "structures": (lambda p: jax.tree.map(abs, p, [1, 2]), (PARAMS,), errors.TypeCheckError, "structure error"),
    "an array at a mask": (lambda x: x.at[x > 0].set(x), (jnp.ones(3),), errors.UnsupportedError, "places of a mask"),
    "at of NumPy": (lambda x: x.at[0].set(1.0), (X,), errors.UnsupportedError, "x.copy"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_jax_refuses_is_refused_at_the_users_line(name: str) -> None:
    """With what jax says, or with what to write instead."""
    function, args, error, message = REFUSED[name]
    with pytest.raises(error, match=message) as caught:
        compile(function)(*args)
    assert isinstance(caught.value, errors.CompileError)
    assert caught.value.filename == __file__ and caught.value.lineno


def test_a_loop_of_jax_has_its_forward_mode() -> None:
    value, dot = jvp(while_of_jax, (0.75,), (1.0,))
    assert (float(value), float(dot)) == (3.25, 3.0)


def test_a_run_time_int_that_jax_has_to_know_is_compiled_in() -> None:
    """A shape from an argument, and from the index of a loop, which is unrolled."""
    fn = compile(lambda n: jnp.ones((n, 2)))
    assert fn(3).shape == (3, 2) and fn(2).shape == (2, 2)

    def triangle(x: float) -> Any:
        total = 0.0
        for i in range(3):
            total = total + jnp.sum(jnp.ones(i) * x)
        return total

    assert float(compile(triangle)(2.0)) == 6.0
