"""Programs as people write them, to be differentiated: plain Python and NumPy, real scalar results.

Each is called as `fn(*args)`; `wrt` are the arguments it is differentiated with respect to. At `args` the functions are
smooth. Nothing here imports the compiler: CPython runs all of it, and is the oracle.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np


@dataclass(frozen=True)
class Case:
    """A program, where to evaluate it, what to differentiate, and up to which order it is checked."""

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    wrt: tuple[int, ...] = (0,)
    order: int = 2
    tolerance: float = 1e-6


CASES: dict[str, Case] = {}


def case(*args: Any, wrt: tuple[int, ...] = (0,), order: int = 2, tolerance: float = 1e-6) -> Callable[[Any], Any]:
    """Put a function in the corpus."""

    def mark(fn: Any) -> Any:
        assert fn.__name__ not in CASES
        CASES[fn.__name__] = Case(fn, args, wrt, order, tolerance)
        return fn

    return mark


VEC = np.array([0.7, -0.4, 1.1, 0.3, 0.9, -0.8])
POS = np.array([0.7, 0.4, 1.1, 0.3, 0.9, 0.8])
MAT = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.7], [0.5, -0.7, 5.0]])
RHS = np.array([1.0, -2.0, 0.5])

# ---------------------------------------------------------------------------------------------------- while loops


@case(2.0, 1e-12, order=3)
def newton(x, tol):
    y = x
    while abs(y * y - x) > tol:
        y = 0.5 * (y + x / y)
    return y


@case(0.7, 30, order=3)
def while_with_break(x, limit):
    total, term, k = 0.0, 1.0, 0
    while True:
        if k >= limit:
            break
        total += term
        term = term * x / (k + 1)
        if abs(term) < 1e-3:
            break
        k += 1
    return total * term


@case(1.3)
def do_while(x):
    y, n = x, 0
    while True:
        y = np.sin(y) * x + 0.1
        n += 1
        if n >= 4 or y < 0.2:
            break
    return y * n


@case(0.6)
def breaks_before_the_update(x):
    y = x
    for i in range(10):
        z = y * y + x
        if z > 1.5:
            break
        y = z
    return y * z


@case(0.5, 1e-10)
def fixed_point(a, tol):
    x = 0.3
    while True:
        new = np.cos(a * x)
        if abs(new - x) < tol:
            break
        x = new
    return new


@case(2.5, 0.0, 4.0, wrt=(1, 2), order=2)
def bisection_steps(target, lo, hi):
    for _ in range(6):
        mid = 0.5 * (lo + hi)
        if mid * mid < target:
            lo = mid
        else:
            hi = mid
    return (hi - lo) * mid + mid * mid


@case(0.8, 1e-5, tolerance=1e-5)
def adaptive_ode(k, tol):
    t, y, h, n = 0.0, 1.0, 0.3, 0
    while t < 1.0 and n < 100:
        if t + h > 1.0:
            h = 1.0 - t
        k1 = -k * y + np.sin(t)
        k2 = -k * (y + h * k1) + np.sin(t + h)
        low, high = y + h * k1, y + h * (k1 + k2) / 2
        if abs(high - low) < 0.02:
            t, y = t + h, high
        else:
            h = h * 0.5
        n += 1
    return y


@case(0.9)
def collatz_like(x):
    n, y = 7, x
    while n != 1:
        if n % 2 == 0:
            n //= 2
            y = np.sin(y) + x
        else:
            n = 3 * n + 1
            y = y * 0.9 * x
    return y


@case(1.1, 0)
def zero_trips(x, n):
    y = x * x
    while n > 0:
        y = y * x
        n -= 1
    for _ in range(n):
        y = y + 5.0 * x
    return y * x


# ------------------------------------------------------------------------------------------------------ for loops


@case(0.6, 5, order=3)
def continued_fraction(x, n):
    y = 1.0
    for k in range(n, 0, -1):
        y = k + x / y
    return y


@case(np.array([1.0, -0.5, 0.25, 2.0]), 0.7, wrt=(0, 1), order=3)
def horner(c, x):
    y = 0.0
    for a in c[::-1]:
        y = y * x + a
    return y


@case(VEC)
def continues(x):
    total = 0.0
    for i in range(len(x)):
        if x[i] < 0:
            continue
        total += x[i] ** 3
        if i == 4:
            break
    return total


@case(VEC, 1.6)
def early_return(x, limit):
    total = 0.0
    for i in range(len(x)):
        for j in range(i):
            total = total + x[i] * x[j] ** 2
            if total > limit:
                return total * x[0]
        total += abs(x[i])
        if total > limit:
            return np.sin(total)
    return total - 1.0


@case(VEC, 4)
def index_as_value(x, n):
    total = 0.0
    for i in range(1, n):
        total += x[i] ** i * i / (i + x[0] ** 2)
    return total


@case(0.4, 6)
def triangle(x, n):
    total = 0.0
    for i in range(n):
        for j in range(i, n, 2):
            total += np.sin(x * i) * np.cos(x * j)
    return total


@case(0.7, 3)
def bound_changed_inside(x, n):
    y = 1.0
    for i in range(n):
        n = n + 2
        y = y * x + n
    return y


@case(0.75)
def bound_is_data(x):
    y = 1.0
    for i in range(int(x * 10)):
        y = y * x + i * x
    return y


@case(np.array([0.3, 0.5]), np.array([2, 0, 3]))
def nested_bounds_are_data(x, counts):
    y = x[0]
    for c in counts:
        for k in range(c):
            y = y * x[1] + np.sin(y) * k
        y = y + x[0] * c
    return y


@case(1.2)
def for_else(x):
    for k in range(3):
        if x * k > 10:
            y = x
            break
    else:
        y = x * x * x
    return y


# ------------------------------------------------------------------------------------------------------- recursion


@case(0.9, 5, order=3)
def recursive_power(x, n):
    if n == 0:
        return 1.0
    if n % 2 == 0:
        half = recursive_power(x, n // 2)
        return half * half
    return x * recursive_power(x, n - 1)


@case(0.8, 4)
def tree(x, n):
    if n <= 1:
        return np.sin(x) * n + x
    return tree(x * 0.9, n - 1) * tree(x, n - 2) + x


def _odd(x, n):
    return x if n == 0 else _even(x * x, n - 1) + np.sin(x)


def _even(x, n):
    return 0.5 * x if n == 0 else _odd(x + 0.1, n - 1) * x


@case(0.6, 5)
def mutual(x, n):
    return _even(x, n)


@case(0.3, 1.9)
def adaptive_simpson(a, b):
    def simpson(lo, hi):
        return (hi - lo) / 6 * (np.exp(-lo * lo) + 4 * np.exp(-(0.25 * (lo + hi) * (lo + hi))) + np.exp(-hi * hi))

    def go(lo, hi, depth):
        mid = 0.5 * (lo + hi)
        whole, parts = simpson(lo, hi), simpson(lo, mid) + simpson(mid, hi)
        if depth == 0 or abs(whole - parts) < 1e-3:
            return parts
        return go(lo, mid, depth - 1) + go(mid, hi, depth - 1)

    return go(a, b, 3)


# -------------------------------------------------------------------------------------- closures, functions as values


@case(0.7, 1.4, wrt=(0, 1), order=3)
def closure(x, y):
    def scale(z):
        return z * x + y

    def twice(f):
        return lambda z: f(f(z))

    return twice(scale)(y) * scale(x)


@case(0.7)
def captured_and_mutated(x):
    total = x

    def add(v):
        nonlocal total
        total = total * v + 1.0

    for k in range(3):
        add(x + k)
    x = 2.0 * x
    add(x)
    return total


@case(0.7, 5)
def higher_order(x, n):
    def repeat(f, k, v):
        for _ in range(k):
            v = f(v)
        return v

    def compose(f, g):
        return lambda v: f(g(v))

    return repeat(compose(np.sin, lambda v: v * x + 1.0), n, x)


@case(VEC)
def comprehension(x):
    squares = [v * v for v in x]
    return sum(s * k for k, s in enumerate(squares)) + max(squares)


@case(0.4)
def folds(x):
    table = {"sin": np.sin, "cos": np.cos}
    y = x
    for name in ("sin", "cos", "sin"):
        y = table[name](y) + x
    return y


# ----------------------------------------------------------------------------------------------------- arrays in loops


@case(VEC, order=3)
def recurrence(a):
    x = a.copy()
    for i in range(1, len(x)):
        x[i] = np.sin(x[i - 1]) * x[i]
    return np.sum(x * x)


@case(VEC)
def neighbours(a):
    x = a * 1.0
    n = len(x)
    for i in range(1, n - 1):
        x[i] = np.sin(x[i - 1]) * x[i] + x[i + 1]
    return x[n - 2] * np.sum(x)


@case(np.arange(16.0).reshape(4, 4) * 0.1)
def gauss_seidel(a):
    u = a.copy()
    n = u.shape[0]
    for _ in range(2):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]) + 0.1 * u[i, j] ** 2
    return np.sum(u**2)


@case(VEC)
def views(a):
    x = a.copy()
    left, right = x[:3], x[3:]
    left[:] = right * left
    right[0] = left[2]
    x[1] *= 2.0
    left += x[1]
    return np.sum(x**2)


@case(VEC)
def slices(a):
    x = np.zeros(6)
    x[::2] = a[1::2]
    x[1::2] = a[:3] ** 2
    x[2:4] += x[0]
    return np.sum(np.sin(x) * a)


@case(MAT, RHS, wrt=(0, 1))
def triangular_solve(l, b):
    n = len(b)
    x = np.zeros(n)
    for i in range(n):
        s = b[i]
        for j in range(i):
            s -= l[i, j] * x[j]
        x[i] = s / l[i, i]
    return np.sum(x * x)


@case(MAT)
def lu_determinant(a):
    u = a.copy()
    n = u.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            u[i, k] = u[i, k] / u[k, k]
            for j in range(k + 1, n):
                u[i, j] -= u[i, k] * u[k, j]
    det = 1.0
    for k in range(n):
        det *= u[k, k]
    return det


@case(MAT)
def cholesky(a):
    n = a.shape[0]
    l = np.zeros((n, n))
    for j in range(n):
        s = a[j, j]
        for k in range(j):
            s -= l[j, k] ** 2
        l[j, j] = np.sqrt(s)
        for i in range(j + 1, n):
            s = a[i, j]
            for k in range(j):
                s -= l[i, k] * l[j, k]
            l[i, j] = s / l[j, j]
    return np.sum(np.sin(l))


@case(VEC[:4], POS[:5], wrt=(0, 1))
def warping(a, b):
    n, m = len(a), len(b)
    d = np.full((n + 1, m + 1), 1e3)
    d[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = (a[i - 1] - b[j - 1]) ** 2
            d[i, j] = cost + min(d[i - 1, j], d[i, j - 1], d[i - 1, j - 1])
    return d[n, m]


@case(np.array([[0.0, 1.0], [1.2, 0.1], [-0.5, 0.4]]), np.array([[0.1, 0.0], [0.0, 0.2], [-0.1, 0.1]]), wrt=(0, 1))
def n_body(x, v):
    x, v = x.copy(), v.copy()
    for _ in range(2):
        for i in range(3):
            f = np.zeros(2)
            for j in range(3):
                if i != j:
                    d = x[j] - x[i]
                    f += d / (np.sum(d * d) + 0.1) ** 1.5
            v[i] += 0.1 * f
        x += 0.1 * v
    return np.sum(x * v)


@case(np.array([3, 0, 2, 3, 3, 1]), VEC, wrt=(1,))
def histogram(where, weights):
    h = np.zeros(4)
    for k in range(len(where)):
        h[where[k]] += weights[k] ** 2
    return np.sum(h**2)


@case(VEC)
def repeated_index(x):
    i = np.array([0, 2, 2, 5, 2])
    y = x[i] * np.arange(5.0)
    z = x.copy()
    z[i[1:3]] += 1.5
    return np.sum(y**2) + x[2] * x[2] * x[-4] + np.sum(z**3)


@case(POS, np.array([4, 4, 1]))
def gather(x, i):
    return np.sum(np.log(x[i]) * x[:3])


@case(VEC, 3)
def dynamic_index(x, k):
    y = x.copy()
    for i in range(3):
        y[(k + i * 2) % 6] = y[i] * y[k]
    return y[k] + np.sum(y**2)


@case(VEC)
def prefix_sums(x):
    s = np.zeros(7)
    for i in range(6):
        s[i + 1] = s[i] + x[i] ** 2
    return np.sum(s * np.cumsum(s)) + np.sum(np.cumprod(x))


@case(np.array([0.7, 0.0, 1.1, 2.0]))
def product_with_a_zero(x):
    p = 1.0
    for v in x:
        p = p * v
    return p + np.prod(x + 0.5) + np.prod(x) * 3.0


@case(np.array([0.7, 0.0, 1.1, 0.0]))
def product_with_two_zeros(x):
    return np.prod(x) + np.sum(np.cumprod(x) * np.arange(4.0)) + np.prod(x[:2]) * x[3]


@case(VEC, POS, wrt=(0, 1))
def appends(x, y):
    xs = []
    for k in range(3):
        xs.append(x[k] * y[k])
    xs[1] = xs[0] * xs[2]
    return xs[0] + xs[1] * xs[-1]


@case(np.array([1.0, 0.5, 2.0]))
def swaps(x):
    a, b, c = x
    for k in range(4):
        a, b, c = b * c, a + k, a * b
    return a + b * c


# ---------------------------------------------------------------------------------------------- numerics, learning


@case(
    np.array([[0.5, -0.3], [0.2, 0.9]]),
    np.array([0.1, -0.2]),
    np.array([[0.4, 1.0], [-0.7, 0.3], [1.2, -0.5]]),
    wrt=(0, 1),
)
def mlp_loss(w, b, x):
    h = np.tanh(x @ w + b)
    logits = h @ w.T
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(logp[:, 0]) + 0.1 * np.sum(w**2)


@case(VEC)
def softmax_entropy(x):
    m = np.max(x)
    e = np.exp(x - m)
    p = e / np.sum(e)
    return -np.sum(p * np.log(p)) + m


@case(np.array([[0.5, -0.3, 0.2, 0.1], [0.2, 0.9, -0.4, 0.3]]), np.array([0.4, -0.7, 0.6]))
def lstm_scan(w, xs):
    def sigmoid(z):
        return 1.0 / (1.0 + np.exp(-z))

    h, c = 0.0, 0.0
    for x in xs:
        z = w[0] * x + w[1] * h
        i, f, o, g = sigmoid(z[0]), sigmoid(z[1]), sigmoid(z[2]), np.tanh(z[3])
        c = f * c + i * g
        h = o * np.tanh(c)
    return h


@case(np.array([0.1, 0.9, 0.2, 1.1, 0.8]), np.array([0.0, 1.0]), wrt=(0, 1))
def k_means(x, centres):
    c = centres.copy()
    for _ in range(2):
        total, count = np.zeros(2), np.zeros(2)
        for v in x:
            k = 0 if abs(v - c[0]) < abs(v - c[1]) else 1
            total[k] += v
            count[k] += 1.0
        c = (total + 0.1 * c) / (count + 0.1)
    loss = 0.0
    for v in x:
        loss += min((v - c[0]) ** 2, (v - c[1]) ** 2)
    return loss


@case(MAT)
def power_iteration(a):
    v = np.ones(3)
    for _ in range(8):
        v = a @ v
        v = v / np.sqrt(v @ v)
    return v @ a @ v


@case(MAT, tolerance=1e-5)
def gram_schmidt(a):
    q = a.copy()
    for i in range(3):
        for j in range(i):
            q[:, i] -= (q[:, j] @ a[:, i]) * q[:, j]
        q[:, i] /= np.sqrt(np.sum(q[:, i] ** 2))
    return np.sum(q[:, 2] * np.arange(3.0)) + q[0, 1]


@case(MAT)
def floyd_warshall(a):
    d = np.abs(a) + 0.3
    for k in range(3):
        for i in range(3):
            for j in range(3):
                d[i, j] = min(d[i, j], d[i, k] + d[k, j])
    return np.sum(d**2)


@case(VEC, np.array([0.3, -0.2]), wrt=(0, 1))
def gradient_descent(data, start):
    w = start
    for _ in range(5):
        r = w[0] * data[:3] + w[1] - data[3:]
        g = np.stack([np.sum(r * data[:3]), np.sum(r)])
        w = w - 0.1 * g
    return np.sum(w**2)


# ------------------------------------------------------------------------------------------- guards and kinks


@case(np.array([0.5, -0.3, 2.0]))
def guarded_sqrt(x):
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0)) + np.sum(np.where(x > 0, x, 1.0) ** 2)


@case(np.array([0.5, 2.0, -1.0]))
def guarded_log(x):
    return np.sum(np.where(x > 0, x * np.log(x), 0.0)) + np.sum(x * x)


@case(np.array([-0.5, 0.7]), 1.5)
def guarded_power(x, p):
    return np.sum(np.where(x > 0, x**p, 0.0)) + np.sum(x**0) + np.sum(np.where(x != 0, np.abs(x) ** 0.5, 1.0) * x)


@case(np.array([-800.0, -0.5, 0.3, 900.0]), tolerance=1e-5)
def guarded_softplus(x):
    return np.sum(np.where(x > 0, x + np.log1p(np.exp(-x)), np.log1p(np.exp(x))) * 0.01 * x)


@case(np.array([-0.5, 0.25]))
def guarded_twice(x):
    safe = np.where(x > 0, x, 0.0)
    r = np.sqrt(safe)
    y = np.where(x > 0, r * np.log(x) / x, 0.0)
    return np.sum(np.where(x > 0, y * r + r**3, x * x))


@case(np.array([2.0, -0.5]))
def guarded_in_a_loop(x):
    total = 0.0
    for v in x:
        r = np.where(v > 0, np.sqrt(v), v)
        total += np.where(r > 0, np.log(r), r) * x[0]
    return total


@case(np.array([1.0, -2.0, 0.5]))
def kinks(x):
    hinge = np.maximum(x, 0.1) + np.minimum(x, 0.2) * x
    clipped = np.clip(x, -1.0, 0.7) * x
    return np.sum(np.abs(x) * hinge) + max(x[0], x[1]) * np.max(x) - np.min(x) ** 2 + abs(x[1]) ** 3 + np.sum(clipped)


@case(-0.6, order=3)
def relu_like(x):
    y = x if x > 0 else 0.1 * x
    z = y * y * x
    if z < 0:
        z = np.sin(z)
    elif z > 10:
        z = 10.0
    else:
        z = z + x
    return z


@case(np.array([3.0, -1.0, 2.0, 0.5]))
def order_statistics(x):
    s = np.sort(x)
    return s[0] * s[1] ** 2 + s[3] / s[2] + x[np.argmax(x)] * x[0]


@case(0.7)
def rounded(x):
    return x * np.floor(3.3 * x) + x**2 * round(x) + x * (x > 0.5)


# ------------------------------------------------------------------------------------------- structures, trivial


class Point(NamedTuple):
    x: float
    y: float


@dataclass
class Layer:
    w: Any
    b: Any
    name: str = "layer"

    def __call__(self, x):
        return np.tanh(self.w @ x + self.b)


@case({"w": MAT * 0.1, "layers": [RHS, (0.3, RHS * 2)]})
def dict_of_params(params):
    h = np.tanh(params["w"] @ params["layers"][0])
    a, b = params["layers"][1]
    return np.sum(h * b) * a


@case([Layer(MAT * 0.1, RHS), Layer(MAT * 0.2, -RHS)], RHS, wrt=(0, 1))
def layers(net, x):
    for layer in net:
        x = layer(x)
    return np.sum(x * x)


@case(Point(0.3, 1.2), order=3)
def named_tuple(p):
    q = Point(p.y * p.x, np.sin(p.x))
    for _ in range(2):
        q = Point(q.y * p.x, q.x + p.y)
    return q.x * q.y + p[0]


@case(Layer(MAT * 0.1, RHS))
def mutated_dataclass(layer):
    new = Layer(layer.w * 2.0, layer.b)
    new.b = new.b * layer.b
    new.w = new.w @ layer.w
    return np.sum(new(layer.b))


@case(1.7)
def its_argument(x):
    return x


@case(1.7)
def a_constant(x):
    return 2.5


@case(1.7, 3)
def unused(x, n):
    return n * 1.5


@case(np.float32(0.7), 6, tolerance=2e-2)
def single_precision(x, n):
    y = x
    for k in range(n):
        y = np.sin(y) * x + np.float32(0.5)
    return y


@case(np.array([0.5, -1.0, 2.0], np.float32), tolerance=2e-2)
def single_precision_array(x):
    y = x * 0.5
    for k in range(3):
        y = np.tanh(y + x[k]) * x
    return np.sum(y)


@case(0.3, 0.9, wrt=(0, 1))
def through_complex(a, b):
    z = a + 1j * b
    w = np.exp(z) * z
    return w.real * w.imag + abs(z)


@case(0.8, order=3)
def math_module(x):
    return math.sin(x) * math.exp(-x) + math.sqrt(x) * math.atan(x) + math.log(x) ** 2


@case(0.8, -0.3, 1.5, wrt=(0, 1, 2))
def same_array_twice(a, b, c):
    x = np.array([a, b, c])

    def step(u, v):
        u[0] = v[1] * u[2]
        v[1] = u[0] + v[2] * v[2]

    step(x, x)
    return np.sum(x**2)


# ------------------------------------------------------------------------------------------ at the guarded point itself


@dataclass(frozen=True)
class Guard:
    """A function of one argument at points where differences say nothing: what is promised there.

    `gradient` is that of the branch taken, and `second` the derivative of its sum.
    """

    fn: Callable[[Any], Any]
    x: Any
    gradient: Any
    second: Any


def _softplus(x):
    return np.sum(np.where(x > 30, x, np.log1p(np.exp(x))))


def _norm(x):
    s = np.sum(x * x)
    return np.where(s > 0, np.sqrt(s), 0.0)


def _loop(x):
    total = 0.0
    for v in x:
        total += np.where(v > 0, np.sqrt(v), 0.0) * np.where(v > 0, np.log(v), 1.0)
    return total


def _branch(x):
    total = 0.0
    for v in x:
        total += np.sqrt(v) if v > 0 else v
    return total


def _double_use(x):
    r = np.sqrt(x)
    return np.sum(np.where(x > 0, r * np.log(x) + r / x, x * x))


_X = np.array([0.0, 4.0])
_S = 1 / (1 + np.exp(-0.5))
GUARDS: dict[str, Guard] = {
    "sqrt": Guard(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)), _X, [0.0, 0.25], [0.0, -1 / 32]),
    "log": Guard(lambda x: np.sum(np.where(x > 0, np.log(x), 0.0)), _X, [0.0, 0.25], [0.0, -1 / 16]),
    "x log x": Guard(lambda x: np.sum(np.where(x > 0, x * np.log(x), 0.0)), _X, [0.0, np.log(4) + 1], [0.0, 0.25]),
    "division": Guard(lambda x: np.sum(np.where(x == 0, 0.0, 1.0 / x)), _X, [0.0, -1 / 16], [0.0, 1 / 32]),
    "sin x / x": Guard(lambda x: np.sum(np.where(x == 0, 1.0, np.sin(x) / x)), np.zeros(2), [0.0, 0.0], [0.0, 0.0]),
    "power": Guard(lambda x: np.sum(np.where(x > 0, x**0.5, x)), _X, [1.0, 0.25], [0.0, -1 / 32]),
    "negative power": Guard(lambda x: np.sum(np.where(x > 0, x**-1.5, x)), _X, [1.0, -1.5 / 32], [0.0, 3.75 / 128]),
    "norm at 0": Guard(_norm, np.zeros(2), [0.0, 0.0], [0.0, 0.0]),
    "arctan2": Guard(lambda x: np.sum(np.where(x == 0, 0.0, np.arctan2(x, x))), _X, [0.0, 0.0], [0.0, 0.0]),
    "arcsin": Guard(
        lambda x: np.sum(np.where(x < 1, np.arcsin(x * 0.5) * 0.0, x)), np.array([2.0, 3.0]), [1.0, 1.0], [0.0, 0.0]
    ),
    "overflow": Guard(_softplus, np.array([800.0, 0.5]), [1.0, _S], [0.0, _S * (1 - _S)]),
    "overflow of a product": Guard(
        lambda x: np.sum(np.where(x > 100, x, np.exp(x) * np.exp(x))),
        np.array([800.0, 0.5]),
        [1.0, 2 * np.e],
        [0.0, 4 * np.e],
    ),
    "double use": Guard(_double_use, np.array([0.0, 1.0]), [0.0, 0.5], [2.0, 0.75]),
    "a loop": Guard(_loop, np.array([0.0, 1.0]), [0.0, 1.0], [0.0, 0.0]),
    "a branch": Guard(_branch, _X, [1.0, 0.25], [0.0, -1 / 32]),
    "a masked element": Guard(lambda x: np.sum(np.sqrt(x)[1:]), _X, [0.0, 0.25], [0.0, -1 / 32]),
    "an overwritten element": Guard(lambda x: _overwritten(x), _X, [0.0, 0.25], [0.0, -1 / 32]),
    "a maximum": Guard(lambda x: np.sum(np.maximum(np.sqrt(x), 1.0)), _X, [0.0, 0.25], [0.0, -1 / 32]),
    "the largest": Guard(lambda x: np.max(np.sqrt(x)), _X, [0.0, 0.25], [0.0, -1 / 32]),
    "x ** 0": Guard(lambda x: np.sum(x**0 + x**0.0), _X, [0.0, 0.0], [0.0, 0.0]),
}


def _overwritten(x):
    y = np.sqrt(x)
    y[0] = 1.0
    return np.sum(y)
