"""Programs that are wrong, or that the compiler does not take, and what their errors must say.

Each is the text of a module with a function `f`, or `compiled` made of it. `at` is the text under the carets, or has
that in «»; it occurs once in the program. `says` are words that the error must contain: the user's names, types and
lines. The whole error is in `tests/golden/errors`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from myialike.errors import (
    AttributeCheckError,
    CompileError,
    NameCheckError,
    ShapeError,
    TypeCheckError,
    UnsupportedError,
)


@dataclass(frozen=True)
class Wrong:
    """A program, the arguments of its call, and what its error must be."""

    name: str
    cls: type[CompileError]
    at: str
    says: tuple[str, ...]
    args: Callable[[], tuple[Any, ...]]
    text: str


class Thing:
    """An object whose class says nothing about its data."""

    __slots__ = ("x",)


def ones(*shape: int) -> Any:
    return np.ones(shape)


def items() -> Any:
    yield from (1.0, 2.0)


def none() -> tuple[Any, ...]:
    return ()


def number() -> tuple[Any, ...]:
    return (2.0,)


def vector() -> tuple[Any, ...]:
    return (ones(3),)


def matrix() -> tuple[Any, ...]:
    return (ones(2, 3),)


PROGRAMS = [
    # -- shapes
    Wrong(
        "matmul",
        ShapeError,
        "x @ w",
        ("f64[6,5]", "f64[4,3]", "x is f64[6,5], an argument of f", "w is f64[4,3], from line 3: w = np.ones((4, 3))"),
        lambda: (ones(6, 5),),
        """
def f(x):
    w = np.ones((4, 3))
    h = x @ w
    return h.sum()
""",
    ),
    Wrong(
        "matmul_of_expressions",
        ShapeError,
        "np.tanh(x.T) @ p['w']",
        ("np.tanh(x.T) is f64[5,6]", "p['w'] is f64[5,2], where p is an argument of f"),
        lambda: (ones(6, 5), {"w": ones(5, 2)}),
        """
def f(x, p):
    return np.tanh(x.T) @ p['w']
""",
    ),
    Wrong(
        "broadcast",
        ShapeError,
        "h + b",
        ("[6,3]", "[6]", "h is f64[6,3], from line 3: h = x @ w", "b is f64[6], an argument of f"),
        lambda: (ones(6, 5), ones(5, 3), ones(6)),
        """
def f(x, w, b):
    h = x @ w
    return h + b
""",
    ),
    Wrong(
        "broadcast_in_place",
        ShapeError,
        "acc += row",
        ("acc is f64[3], from line 3", "row is f64[2,3], from the loop at line 4: for row in xs"),
        lambda: (ones(4, 2, 3),),
        """
def f(xs):
    acc = np.zeros(3)
    for row in xs:
        acc += row
    return acc
""",
    ),
    Wrong(
        "callee",
        ShapeError,
        "h @ w",
        (
            "h is f64[2,4], from line 3: h = np.tanh(x)",
            "w is f64[3,4], an argument of layer",
            "called from line 8, in net: layer(w, x)",
            "called from line 12, in f: net(p, x)",
        ),
        lambda: ([ones(3, 4), ones(3, 4)], ones(2, 3)),
        """
def layer(w, x):
    h = np.tanh(x)
    return h @ w

def net(p, x):
    for w in p:
        x = layer(w, x)
    return x

def f(p, x):
    return net(p, x).sum()
""",
    ),
    Wrong(
        "callee_of_grad",
        ShapeError,
        "a * b",
        ("a is f64[3]", "b is f64[4]", "called from line 6", "called from line 9, in f"),
        lambda: (ones(3), ones(4)),
        """
def dot(a, b):
    return np.sum(a * b)

def loss(a, b):
    return dot(a, b) ** 2

def f(a, b):
    return grad(loss)(a, b)
""",
    ),
    Wrong(
        "closure",
        ShapeError,
        "w * z",
        (
            "z is f64[4], an argument of step",
            "w is f64[3], from line 3: w = np.ones(3)",
            "called from line 6, in f: step(x)",
        ),
        lambda: (ones(4),),
        """
def f(x):
    w = np.ones(3)
    def step(z):
        return w * z
    return step(x)
""",
    ),
    Wrong(
        "global_array",
        ShapeError,
        "x + table",
        ("x is f64[3]", "table is f64[2], a global variable"),
        vector,
        """
table = np.ones(2)

def f(x):
    return x + table
""",
    ),
    Wrong(
        "concatenate",
        ShapeError,
        "np.concatenate([a, b])",
        ("a is f64[2,3]", "b is f64[2,4]", "axis 0"),
        lambda: (ones(2, 3), ones(2, 4)),
        """
def f(a, b):
    return np.concatenate([a, b])
""",
    ),
    Wrong(
        "stack",
        ShapeError,
        "np.stack((a, b))",
        ("a is f64[3]", "b is f64[4]"),
        lambda: (ones(3), ones(4)),
        """
def f(a, b):
    return np.stack((a, b))
""",
    ),
    Wrong(
        "reshape",
        ShapeError,
        "x.reshape(n, 4)",
        ("6 elements", "[4, 4]", "x is f64[2,3]", "n is 4"),
        matrix,
        """
def f(x):
    n = 4
    return x.reshape(n, 4)
""",
    ),
    Wrong(
        "axis",
        ShapeError,
        "np.sum(x, axis=2)",
        ("axis 2", "x is f64[2,3]"),
        matrix,
        """
def f(x):
    return np.sum(x, axis=2)
""",
    ),
    Wrong(
        "axis_of_a_method",
        ShapeError,
        "y.mean(k)",
        ("axis 1", "y is f64[3], from line 4: y = x * 2.0", "k is 1"),
        vector,
        """
def f(x):
    k = 1
    y = x * 2.0
    return y.mean(k)
""",
    ),
    Wrong(
        "too_many_indices",
        TypeCheckError,
        "x[0, 1]",
        ("too many indices", "x is f64[3]"),
        vector,
        """
def f(x):
    return x[0, 1]
""",
    ),
    Wrong(
        "float_index",
        TypeCheckError,
        "x[i]",
        ("float", "x is f64[3]", "i is float, from line 3: i = t / 2.0"),
        lambda: (ones(3), 2.0),
        """
def f(x, t):
    i = t / 2.0
    return x[i]
""",
    ),
    Wrong(
        "assigned_shape",
        ShapeError,
        "a[1:]",
        ("[3]", "[2]", "a is f64[3]"),
        lambda: (ones(3), ones(3)),
        """
def f(a, v):
    a[1:] = v
    return a
""",
    ),
    Wrong(
        "mask_shape",
        ShapeError,
        "a[m]",
        ("bool[2]", "f64[3]", "a is f64[3]"),
        lambda: (ones(3), ones(2) > 0),
        """
def f(a, m):
    a[m] = 0.0
    return a
""",
    ),
    # -- calls
    Wrong(
        "too_few_arguments",
        TypeCheckError,
        "area(w)",
        ("area()", "'h'", "area(w, h)"),
        number,
        """
def area(w, h):
    return w * h

def f(w):
    return area(w)
""",
    ),
    Wrong(
        "too_many_arguments",
        TypeCheckError,
        "area(x, 2.0, 3.0)",
        ("area()", "takes 2 positional arguments, and 3 are given", "area(w, h)"),
        number,
        """
def area(w, h):
    return w * h

def f(x):
    return area(x, 2.0, 3.0)
""",
    ),
    Wrong(
        "unknown_argument",
        TypeCheckError,
        "area(x, height=2.0)",
        ("area()", "'height'", "area(w, h=1.0)"),
        number,
        """
def area(w, h=1.0):
    return w * h

def f(x):
    return area(x, height=2.0)
""",
    ),
    Wrong(
        "entry_arguments",
        TypeCheckError,
        "def f(a, b):",
        ("f()", "'b'", "f(a, b)"),
        number,
        """
def f(a, b):
    return a + b
""",
    ),
    Wrong(
        "not_callable",
        TypeCheckError,
        "scale(3.0)",
        ("float", "not callable", "scale is float, from line 3: scale = x * 2.0"),
        number,
        """
def f(x):
    scale = x * 2.0
    return scale(3.0)
""",
    ),
    Wrong(
        "deep_chain",
        TypeCheckError,
        "x + name",
        ("'a'", "called from line 6, in b: a(x)", "called from line 9, in c: b(x)", "called from line 12, in f: c(x)"),
        number,
        """
def a(x, name="a"):
    return x + name

def b(x):
    return a(x)

def c(x):
    return b(x)

def f(x):
    return c(x)
""",
    ),
    Wrong(
        "numpy_arguments",
        TypeCheckError,
        "np.sin(x, x, x, x)",
        ("np.sin", "1 argument", "4"),
        vector,
        """
def f(x):
    return np.sin(x, x, x, x)
""",
    ),
    Wrong(
        "list_method_arguments",
        TypeCheckError,
        "xs.append()",
        ("append", "1 argument"),
        number,
        """
def f(x):
    xs = [x]
    xs.append()
    return xs[0]
""",
    ),
    # -- names
    Wrong(
        "undefined_name",
        NameCheckError,
        "sqrt",
        ("name 'sqrt' is not defined",),
        number,
        """
def f(x):
    return sqrt(x)
""",
    ),
    Wrong(
        "misspelt_name",
        NameCheckError,
        "lenght",
        ("name 'lenght' is not defined", "length"),
        number,
        """
def f(x):
    length = x * 2.0
    return lenght
""",
    ),
    Wrong(
        "zero_trip_loop",
        TypeCheckError,
        "x + «last»",
        ("variable 'last'", "not bound", "last is assigned at line 4: last = i"),
        number,
        """
def f(x):
    for i in range(0):
        last = i
    return x + last
""",
    ),
    Wrong(
        "deleted",
        TypeCheckError,
        "return «y»",
        ("variable 'y'", "not bound"),
        number,
        """
def f(x):
    y = x
    del y
    return y
""",
    ),
    # -- loops and branches
    Wrong(
        "carry_shape",
        UnsupportedError,
        "np.concatenate((x, x))",
        ("variable 'x'", "f64[2]", "f64[4]", "x starts from line 3: x = a * 2.0"),
        lambda: (ones(2),),
        """
def f(a):
    x = a * 2.0
    while np.sum(x) < 100:
        x = np.concatenate((x, x))
    return x
""",
    ),
    Wrong(
        "carry_type",
        UnsupportedError,
        "total + x",
        ("variable 'total'", "int", "f64[3]"),
        lambda: (ones(3),),
        """
def f(x):
    total = 0
    for i in range(int(x[0])):
        total = total + x
    return total
""",
    ),
    Wrong(
        "carry_none",
        UnsupportedError,
        "x * k",
        ("variable 'best'", "None", "float"),
        number,
        """
def f(x):
    best = None
    k = 0.0
    while k < x:
        best = x * k
        k += 1.0
    return best
""",
    ),
    Wrong(
        "carry_structure",
        UnsupportedError,
        "(pair, x)",
        ("variable 'pair'", "(float, float)", "pair starts from line 3: pair = (x, x)"),
        number,
        """
def f(x):
    pair = (x, x)
    while x < 100.0:
        pair = (pair, x)
        x = x * 2.0
    return x
""",
    ),
    Wrong(
        "branch_shape",
        UnsupportedError,
        "if x.sum() > 0:",
        ("'y'", "f64[3]", "f64[2]", "line 4: y = x * 2.0", "line 6: y = x[:2]"),
        vector,
        """
def f(x):
    if x.sum() > 0:
        y = x * 2.0
    else:
        y = x[:2]
    return y.sum()
""",
    ),
    Wrong(
        "branch_type",
        UnsupportedError,
        "if x > 0:",
        ("'y'", "float", "None", "line 3: y = None", "line 5: y = x"),
        number,
        """
def f(x):
    y = None
    if x > 0:
        y = x + 1.0
    return y
""",
    ),
    Wrong(
        "branch_result",
        UnsupportedError,
        "if x.sum() > 0:",
        ("the result", "f64[3]", "f64", "line 4: return x", "line 5: return x.sum()"),
        vector,
        """
def f(x):
    if x.sum() > 0:
        return x
    return x.sum()
""",
    ),
    Wrong(
        "conditional_expression",
        UnsupportedError,
        "x if x[0] > 0 else (x, x)",
        ("f64[3]", "(f64[3], f64[3])"),
        vector,
        """
def f(x):
    y = x if x[0] > 0 else (x, x)
    return 1.0
""",
    ),
    Wrong(
        "truth_of_an_array",
        TypeCheckError,
        "x > 0",
        ("ambiguous", "bool[3]", ".any()"),
        vector,
        """
def f(x):
    if x > 0:
        return x
    return -x
""",
    ),
    # -- syntax
    Wrong(
        "try",
        UnsupportedError,
        "try:",
        ("try", "if"),
        number,
        """
def f(x):
    try:
        return 1.0 / x
    except ZeroDivisionError:
        return 0.0
""",
    ),
    Wrong(
        "yield",
        UnsupportedError,
        "yield x * k",
        ("generator", "list"),
        number,
        """
def f(x):
    for k in range(3):
        yield x * k
""",
    ),
    Wrong(
        "async",
        UnsupportedError,
        "async def f(x):",
        ("async function", "f"),
        number,
        """
async def f(x):
    return x
""",
    ),
    Wrong(
        "class",
        UnsupportedError,
        "class Point:",
        ("a class inside a function", "module"),
        number,
        """
def f(x):
    class Point:
        pass
    return x
""",
    ),
    Wrong(
        "global",
        UnsupportedError,
        "global count",
        ("global variable (count)", "return the new value"),
        number,
        """
count = 0

def f(x):
    global count
    count += 1
    return x
""",
    ),
    Wrong(
        "set",
        UnsupportedError,
        "{x, 2.0}",
        ("a set display", "tuple"),
        number,
        """
def f(x):
    return len({x, 2.0})
""",
    ),
    Wrong(
        "try_in_a_callee",
        UnsupportedError,
        "try:",
        ("try", "called from line 9, in f: safe(x)"),
        number,
        """
def safe(x):
    try:
        return 1.0 / x
    except ZeroDivisionError:
        return 0.0

def f(x):
    return safe(x)
""",
    ),
    # -- NumPy and attributes
    Wrong(
        "numpy_function",
        UnsupportedError,
        "np.isfortran(x)",
        ("numpy.isfortran",),
        vector,
        """
def f(x):
    return np.isfortran(x)
""",
    ),
    Wrong(
        "numpy_misspelt",
        AttributeCheckError,
        "np.tahn",
        ("numpy", "'tahn'", "tanh"),
        vector,
        """
def f(x):
    return np.tahn(x)
""",
    ),
    Wrong(
        "array_method",
        UnsupportedError,
        "x.byteswap()",
        ("method 'byteswap'", "x is f64[3]"),
        vector,
        """
def f(x):
    x.byteswap()
    return x
""",
    ),
    Wrong(
        "attribute",
        AttributeCheckError,
        "x.shap",
        ("f64[3]", "'shap'", "shape", "x is f64[3]"),
        vector,
        """
def f(x):
    return x.shap[0]
""",
    ),
    Wrong(
        "field",
        AttributeCheckError,
        "p.wieght",
        ("Params", "'wieght'", "weight"),
        none,
        """
@dataclass
class Params:
    weight: float

def g(p):
    return p.wieght

def f():
    return g(Params(2.0))
""",
    ),
    Wrong(
        "iterate_a_number",
        TypeCheckError,
        "for item in total:",
        ("float", "total is float, from line 3: total = x * 2.0"),
        number,
        """
def f(x):
    total = x * 2.0
    for item in total:
        x = x + item
    return x
""",
    ),
    Wrong(
        "unpack_too_few",
        TypeCheckError,
        "a, b",
        ("3 values", "2 targets", "x is f64[3]"),
        vector,
        """
def f(x):
    a, b = x
    return a
""",
    ),
    Wrong(
        "unpack_a_number",
        TypeCheckError,
        "a, b",
        ("float", "x is float"),
        number,
        """
def f(x):
    a, b = x
    return a
""",
    ),
    Wrong(
        "operands",
        TypeCheckError,
        'x + "1"',
        ("+", "float", "'1'", "x is float"),
        number,
        """
def f(x):
    return x + "1"
""",
    ),
    Wrong(
        "identity_of_numbers",
        UnsupportedError,
        "x is y",
        ("`is`", "x is float", "=="),
        lambda: (1.0, 2.0),
        """
def f(x, y):
    return 1.0 if x is y else 2.0
""",
    ),
    # -- derivatives
    Wrong(
        "grad_of_int",
        TypeCheckError,
        "grad(power, argnums=1)(x, n)",
        ("'n'", "argnums"),
        lambda: (2.0, 3),
        """
def power(x, n):
    return x ** 2.0 * n

def f(x, n):
    return grad(power, argnums=1)(x, n)
""",
    ),
    Wrong(
        "grad_of_vector",
        TypeCheckError,
        "grad(double)(x)",
        ("f64[3]", "double", "scalar", "jacrev"),
        vector,
        """
def double(x):
    return 2.0 * x

def f(x):
    return grad(double)(x)
""",
    ),
    Wrong(
        "grad_of_none",
        TypeCheckError,
        "grad(forgetful)(x)",
        ("forgetful", "None"),
        number,
        """
def forgetful(x):
    y = x * x

def f(x):
    return grad(forgetful)(x)
""",
    ),
    Wrong(
        "grad_of_text",
        TypeCheckError,
        "grad(name)(x)",
        ("name", "'x'"),
        number,
        """
def name(x):
    return "x"

def f(x):
    return grad(name)(x)
""",
    ),
    Wrong(
        "grad_of_tuple",
        TypeCheckError,
        "grad(pair)(x)",
        ("pair", "(float, float)", "has_aux"),
        number,
        """
def pair(x):
    return x * x, x

def f(x):
    return grad(pair)(x)
""",
    ),
    Wrong(
        "grad_argnums",
        TypeCheckError,
        "grad(square, argnums=1)(x)",
        ("argnums", "square", "1"),
        number,
        """
def square(x):
    return x * x

def f(x):
    return grad(square, argnums=1)(x)
""",
    ),
    Wrong(
        "grad_outside",
        TypeCheckError,
        "def f(n):",
        ("'n'", "int"),
        lambda: (3,),
        """
def f(n):
    return n * 2.0

compiled = grad(f)
""",
    ),
    # -- mutation
    Wrong(
        "write_to_jax_array",
        UnsupportedError,
        "x[0]",
        ("jax.Array", "in place", "x is f32[3]", "np.array"),
        lambda: (jnp.ones(3, "float32"),),
        """
def f(x):
    x[0] = 1.0
    return x
""",
    ),
    Wrong(
        "aliasing",
        UnsupportedError,
        "a.sum",
        ("a", "line 8", "copy"),
        lambda: (ones(3), ones(2), 1.0),
        """
def f(a, b, t):
    a = a * 2.0
    if t > 0:
        c = a[:2]
    else:
        c = b
    c[0] = 5.0
    return a.sum()
""",
    ),
    Wrong(
        "text_of_an_attribute",
        UnsupportedError,
        "if x > limit:",
        ("attribute 'note' of Report is", "let an int stand"),
        lambda: (1.0, 0.5),
        """
class Report:
    def __init__(self):
        self.note = None

def f(x, limit):
    report = Report()
    if x < 0:
        report.note = f"{x} is negative"
    if x > limit:
        report.note = f"{x} is above {limit}"
    return report.note is None
""",
    ),
    Wrong(
        "frozen",
        TypeCheckError,
        "«p.x» = 2.0",
        ("'x'", "P", "frozen", "replace"),
        none,
        """
@dataclass(frozen=True)
class P:
    x: float

def f():
    p = P(1.0)
    p.x = 2.0
    return p.x
""",
    ),
    # -- sizes that depend on data
    Wrong(
        "mask_read",
        UnsupportedError,
        "np.fft.fft(x[x > 0])",
        ("np.fft.fft of an array whose size is known only at run time", "x[x > 0] is f64[?]"),
        vector,
        """
def f(x):
    return np.fft.fft(x[x > 0])
""",
    ),
    Wrong(
        "nonzero",
        UnsupportedError,
        "np.fft.fft(u)",
        ("known only at run time", "u is i64[?], from line 3: u = np.nonzero(x)[0][1:]"),
        vector,
        """
def f(x):
    u = np.nonzero(x)[0][1:]
    return np.fft.fft(u)
""",
    ),
    Wrong(
        "slice_size",
        UnsupportedError,
        "np.fft.fft(x[:k])",
        ("np.fft.fft of an array whose size is known only at run time", "x[:k] is f64[?]"),
        vector,
        """
def f(x):
    k = int(x[0])
    return np.fft.fft(x[:k])
""",
    ),
    Wrong(
        "shape_of_data",
        UnsupportedError,
        "np.tri(n)",
        ("known at compile time", "n is int, from line 3: n = int(x.sum())"),
        vector,
        """
def f(x):
    n = int(x.sum())
    return np.tri(n)
""",
    ),
    Wrong(
        "int_power",
        UnsupportedError,
        "2 ** k",
        ("exponent", "k is int"),
        vector,
        """
def f(x):
    total = 0.0
    for k in range(-2, int(x[0])):
        total += 2 ** k
    return total
""",
    ),
    Wrong(
        "int_too_large",
        UnsupportedError,
        "2 ** 80",
        ("64 bits",),
        number,
        """
def f(x):
    return x * (2 ** 80)
""",
    ),
    # -- arguments and results
    Wrong(
        "int_argument",
        UnsupportedError,
        "def f(n):",
        ("'n'", "64 bits"),
        lambda: (2**70,),
        """
def f(n):
    return n + 1
""",
    ),
    Wrong(
        "object_array",
        UnsupportedError,
        "def f(x):",
        ("'x'", "object"),
        lambda: (np.array([1, "a"], dtype=object),),
        """
def f(x):
    return x[0]
""",
    ),
    Wrong(
        "text_array",
        UnsupportedError,
        "def f(names):",
        ("'names'", "<U1"),
        lambda: (np.array(["a"]),),
        """
def f(names):
    return names[0]
""",
    ),
    Wrong(
        "set_argument",
        UnsupportedError,
        "def f(x, allowed):",
        ("'allowed'", "set", "frozenset"),
        lambda: (1.0, {1.0}),
        """
def f(x, allowed):
    return x in allowed
""",
    ),
    Wrong(
        "generator_argument",
        UnsupportedError,
        "def f(xs):",
        ("'xs'", "generator", "list"),
        lambda: (items(),),
        """
def f(xs):
    return sum(xs)
""",
    ),
    Wrong(
        "object_argument",
        TypeCheckError,
        "thing + 1.0",
        ("Thing", "thing is Thing, an argument of f"),
        lambda: (Thing(),),
        """
def f(thing):
    return thing + 1.0
""",
    ),
    Wrong(
        "global_set",
        UnsupportedError,
        "in «ALLOWED»",
        ("ALLOWED", "set", "frozenset"),
        number,
        """
ALLOWED = {1.0, 2.0}

def f(x):
    return x in ALLOWED
""",
    ),
    Wrong(
        "text_dtype",
        UnsupportedError,
        "np.zeros(3, dtype=str)",
        ("<U",),
        number,
        """
def f(x):
    return np.zeros(3, dtype=str)
""",
    ),
    Wrong(
        "result_iterator",
        UnsupportedError,
        "def f(x):",
        ("f() returns", "iterator"),
        number,
        """
def f(x):
    return iter([x, x])
""",
    ),
    Wrong(
        "result_in_a_tuple",
        UnsupportedError,
        "def f(x):",
        ("returns a string with run-time values in it",),
        number,
        """
def f(x):
    return x, f"{x}"
""",
    ),
    # -- exceptions and recursion
    Wrong(
        "local_exception",
        UnsupportedError,
        'raise NoRoot("none")',
        ("NoRoot", "module"),
        number,
        """
def make():
    class NoRoot(Exception):
        pass
    return NoRoot

NoRoot = make()

def f(x):
    if x < 0:
        raise NoRoot("none")
    return x ** 0.5
""",
    ),
    Wrong(
        "raise_a_number",
        TypeCheckError,
        "raise x",
        ("x is float", "exception"),
        number,
        """
def f(x):
    raise x
""",
    ),
    Wrong(
        "no_base_case",
        UnsupportedError,
        "def forever(x):",
        ("forever()", "base case", "called from line 6, in f"),
        number,
        """
def forever(x):
    return forever(x + 1.0)

def f(x):
    return forever(x)
""",
    ),
    Wrong(
        "recursion_of_new_types",
        UnsupportedError,
        "grow((x, 1.0))",
        ("grow()", "new types"),
        number,
        """
def grow(x):
    return grow((x, 1.0))

def f(x):
    return grow(x)
""",
    ),
    Wrong(
        "array_without_dimensions",
        UnsupportedError,
        "if x > 0:",
        ("'s' is f64", "f64[]", "np.float64(0.0)"),
        vector,
        """
def f(a):
    s, x = np.zeros(()), a[1]
    if x > 0:
        s = s + x
    return s
""",
    ),
]
