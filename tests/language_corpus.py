# ruff: noqa: F401, I001, PLC0415  (programs, imports inside functions among them)
"""Small programs in the language, each with arguments to run it on: the oracle is CPython.

`@on(args, args, ...)` makes a function a program of the corpus. `everywhere=True`: it also runs on the xla backend.
"""

import cmath
import copy
import functools
import itertools
import math
import operator
from collections.abc import Callable
from abc import ABC, abstractmethod
from dataclasses import InitVar, asdict, astuple, dataclass, field, replace
from enum import Enum, IntEnum
from functools import partial, reduce
from typing import Any, NamedTuple

import numpy as np


@dataclass(frozen=True)
class Program:
    fn: Callable[..., Any]
    inputs: tuple[tuple[Any, ...], ...]
    everywhere: bool

    @property
    def name(self) -> str:
        return self.fn.__name__


PROGRAMS: list[Program] = []


def on(*inputs: tuple[Any, ...], everywhere: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def note(fn: Callable[..., Any]) -> Callable[..., Any]:
        PROGRAMS.append(Program(fn, inputs, everywhere))
        return fn

    return note


def vec(*xs: float) -> np.ndarray:
    return np.array(xs, dtype=float)


def mat(rows: int, columns: int) -> np.ndarray:
    return np.arange(rows * columns, dtype=float).reshape(rows, columns) + 1


# -- variables that some paths bind -----------------------------------------------------------------------------------


@on((3.0,), (-3.0,), everywhere=True)
def bound_on_one_path(x):
    if x > 0:
        y = x * 2
    return y


@on((3.0,), (30.0,), (300.0,), everywhere=True)
def walrus_under_and(x):
    if (y := x - 5) > 0 and (z := y * 2) < 100:
        return y, z
    return y, 0.0


@on((3.0,), (30.0,))
def walrus_under_or(x):
    if not (y := x - 5) > 0 or (z := y * 2) < 30:
        return y
    return z


@on(([3.0, 1.0, 2.0],), ([-1.0],), ([],), everywhere=True)
def bound_where_found(xs):
    found = False
    for x in xs:
        if x > 1.5:
            best = x
            found = True
    if found:
        return best
    return 0.0


@on((1.0,), (-1.0,), (0.0,))
def bound_by_some_of_three(x):
    if x > 0.0:
        step, way = 1.0, [x]
    elif x < 0.0:
        step, way = -1.0, [-x]
    way.append(step)
    return step * x, way


@on((1, 2.0), (0, 2.0), (3, 2.0))
def bound_in_a_turn(n, x):
    for k in range(n):
        if k == 1:
            y = x
        elif k == 2:
            x = y + k
    return x


@on((2.0,), (-2.0,))
def read_by_an_inner_function(x):
    def inner():
        return y

    if x > 0:
        y = x
    return inner()


@on(([1.0, 3.0, 2.0],), ([1.0],), ([],), everywhere=True)
def bound_in_the_turn_before(xs):
    total = 0.0
    for k, x in enumerate(xs):
        if k > 0:
            total += abs(x - previous)
        previous = x
    return total


@on((3,), (0,), (5,))
def best_of_a_loop(n):
    first = True
    while n > 0:
        if first:
            best, first = n * 1.5, False
        elif n % 2:
            best = max(best, n / 2)
        n -= 1
    return best


@on((3,), (0,))
def never_bound_in_a_loop(n):
    for k in range(n):
        x = y
        y = x + k
    return n


@on((3.0,), (1.2,), (0.5,), (500.0,), everywhere=True)
def unbound_beside_a_list_that_grows(x):
    xs, k = [], 0
    while x > 1:
        if k > 4:
            xs.append(y)
        if k > 3:
            y = x
        k += 1
        x /= 1.5
    return y, xs


@on((3,), (1,), (0,))
def bound_in_a_loop_read_by_an_inner_function(n):
    def inner():
        return v + 1

    for k in range(n):
        if k:
            v = k * 1.5
    return inner()


@on((4, 2.5), (1, 2.5))
def array_bound_in_a_loop(n, x):
    def total():
        return a.sum()

    for k in range(n):
        if k == 2:
            a = np.array([x, k])
    return total()


@on((1, 0.5), (0, 0.5))
def unbound_in_a_comprehension(n, x):
    if n:
        y = x
    return [k * y for k in range(3) if y > 0]


@on((1, 0.5), (0, 0.5))
def unbound_in_what_a_comprehension_goes_through(n, x):
    if n:
        y = x
    return [k for k in (y, y)]


@on((1, 0.5), (0, 0.5))
def unbound_in_a_generator_expression(n, x):
    if n:
        y = x
    return sum(k * y for k in range(3))


@on((1, 0.5), (0, 0.5))
def unbound_in_a_lambda_of_the_other_branch(n, x):
    if n:
        y = x
    else:
        y = (lambda k: k + y)(x)
    return y


@on((1, 0.5), (0, 0.5), (-1, 0.5))
def unbound_in_its_own_function_though_captured(n, x):
    def bump():
        nonlocal y
        y += 1

    if n:
        y = x
    if n < 0:
        bump()
    return y


@on((20, 1.0), (3000, 1.0))
def tail_calls_count_to_the_limit(n, x):
    def grown(k, y):
        return y if k == 0 else grown(k - 1, y * 1.001)

    return grown(n, x)


@on((1, 1.0), (-1, 1.0))
def tail_call_that_never_ends(n, x):
    def down(k, y):
        return y if k == 0 else down(k - 1, y)

    return down(n, x)


@on((5, 40, 1.0), (3, 20, 2.0))
def tail_calls_one_after_the_other(n, m, x):
    def walk(k, y):
        if k > 0:
            return walk(k - 1, y * 1.001)
        return y

    def outer(k, y):
        if k % 3 == 1:
            return outer(k - 1, walk(m, y))
        if k > 0:
            return outer(k - 1, walk(m, y)) + 1.0
        return walk(m, walk(m, y))

    return outer(n, x)


@on((30, 1.5), (0, 1.5), (50, 1.5))
def tail_calls_and_others_in_turn(n, x):
    def even(k, y):
        if k == 0:
            return y
        if k % 4 == 0:
            return odd(k - 1, y) + even(k // 2, y)
        return odd(k - 1, y * 0.999)

    def odd(k, y):
        if k <= 0:
            return 0.5 * y
        return even(k - 1, y)

    return even(n, x)


@on((2.0, [1.0]), (-1.0, []))
def condition_that_does_something_and_is_false(x, xs):
    def stop():
        print("asked", x)
        xs.append(x)

    while stop():
        x += 1.0
    while xs[0] > 0 and print("no"):
        x += 1.0
    else:
        x *= 2.0
    return x, xs


@on((2.0, 0), (-1.0, 3))
def condition_that_raises_and_is_never_true(x, n):
    def stop():
        if n == 3:
            raise ValueError(f"three {x}")
        return False

    while stop():
        x += 1.0
    return x


@on((np.float32(3.0), 4), (np.float32(3.0), 1))
def condition_that_prints_before_a_turn_that_changes_a_type(a, n):
    x, k = 1.0, 0

    def go():
        print("asked", k)
        return True

    while go():
        x = x * a
        k += 1
        if k >= n:
            break
    return x


@on((np.float32(3.0),))
def condition_that_prints_around_two_turns(a):
    x, k = 1.0, 0
    while print("asked", k) is None and k < 2:
        x = x * a
        k += 1
    return x


ODD = [np.nan, -np.inf, np.inf, -2.0, 2.0, 0.25, -1.5, 3.0, -1.0]


@on(*((x, y) for x in ODD for y in ODD if x >= 0 or not -np.inf < x < 0 or y != y or y % 1 == 0 or abs(y) == np.inf))
def power_of_floats_that_are_not_finite(x, y):
    power = float(x) ** float(y)
    return power != power, power > 0, abs(power) == math.inf, power == 0, power == float(x)


@on(([np.array([1.0, 2.0])], [np.array([3.0, 4.0])], 2, 0), ([np.array([1.0, 2.0])], [np.array([3.0, 4.0])], 2, 1))
def list_written_to_and_made_anew_in_a_loop(a, b, c, d):
    n = 0
    while a:
        n += 1
        if n > 2:
            break
        if d:
            c += 1
        else:
            b[0] = a[n % 1]
            b = [b[0]]
    return b, c


@on((2.0,), (-2.0,))
def unbound_again(x):
    y = x
    if x < 0:
        del y
    return y


@on(({"a": 1.0, "b": {"c": 2.0, "d": [3.0, (4.0, 5)]}}, 2.0), everywhere=True)
def own_tree_map(tree, k):
    def mapped(f, t):
        if isinstance(t, dict):
            return {key: mapped(f, v) for key, v in t.items()}
        if isinstance(t, (list, tuple)):
            return type(t)(mapped(f, v) for v in t)
        return f(t)

    return mapped(lambda v: v * k, tree)


@on((12,), (-305,))
def text_of_an_int(n):
    text = f"{n:06d}"
    print("%x %o %#X %-5d|" % (n, n, n, n))
    digits = [int(c) for c in str(abs(n))]
    return len(str(n)), str(n)[::-1], digits, int(text), text == "000012", "3" in text, text.count("0")


@on((5,), (1,), (0,))
def rows_of_different_lengths(n):
    rows, row = [], [1]
    for _ in range(n):
        rows.append(row)
        row = [1] + [a + b for a, b in zip(row, row[1:])] + [1]
    return rows


@on(([(0, 1), (1, 2), (0, 2)], 3))
def lists_of_neighbours(edges, n):
    after = [[] for _ in range(n)]
    for a, b in edges:
        after[a].append(b)
    return after, [len(row) for row in after]


@on((4, 2), (5, 0))
def table_of_lists(n, k):
    table = [[0] * (k + 1) for _ in range(n + 1)]
    for i in range(n + 1):
        for j in range(min(i, k) + 1):
            table[i][j] = 1 if j in (0, i) else table[i - 1][j - 1] + table[i - 1][j]
    return table[n][k]


# -- loops over ranges -------------------------------------------------------------------------------------------------


@on((5,), (0,), (-3,), everywhere=True)
def sum_of_range(n):
    s = 0
    for i in range(n):
        s += i
    return s


@on((1, 10, 3), (10, 1, -4), (3, 3, 1), (0, -5, -1), (5, 0, 2), everywhere=True)
def range_of_three(a, b, step):
    s = 0
    last = -100
    for i in range(a, b, step):
        s = s * 10 + i
        last = i
    return s, last


@on((1, 5, 0))
def range_step_zero(a, b, step):
    s = 0
    for i in range(a, b, step):
        s += i
    return s


@on((5,), (1,), everywhere=True)
def range_down(n):
    s = 0.0
    for i in range(n, 0, -1):
        s = s / 2 + i
    return s


@on((3,), (0,), everywhere=True)
def loop_variable_after(n):
    for i in range(n):
        pass
    return i


@on((3, 4), (0, 2), (2, 0), everywhere=True)
def nested_ranges(n, k):
    s = 0
    for i in range(n):
        for j in range(i, k):
            s += i * j
    return s


@on((4,), (0,))
def loop_variable_reassigned(n):
    s = 0
    for i in range(n):
        i = i * 2
        s += i
    return s


@on((7,), everywhere=True)
def range_bound_changed_inside(n):
    s = 0
    for i in range(n):
        n = n - 1
        s += n
    return s, n


@on((10, 3), (10, 20), (0, 1), everywhere=True)
def for_else(n, k):
    for i in range(n):
        if i == k:
            r = i
            break
    else:
        r = -1
    return r


@on((10, 3), (2, 20))
def while_else(n, k):
    i = 0
    while i < n:
        if i == k:
            break
        i += 1
    else:
        i = -i
    return i


@on((6,), (0,), (1,), everywhere=True)
def continue_in_for(n):
    s = 0
    for i in range(n):
        if i % 2 == 0:
            continue
        s += i
    return s


@on((5, 6), (0, 3), (9, 2), everywhere=True)
def nested_break_continue(n, k):
    found = 0
    for i in range(n):
        for j in range(n):
            if j == i:
                continue
            if i + j == k:
                found += 1
                break
            found += 10
        else:
            found += 100
            continue
        if found > 300:
            break
    return found


@on((5, 6), (1, 3), (9, 30), everywhere=True)
def return_in_nested_loops(n, k):
    for i in range(n):
        for j in range(i):
            if i * j == k:
                return i, j
    return -1, -1


@on((27,), (1,), everywhere=True)
def collatz(n):
    steps = 0
    while True:
        if n == 1:
            return steps
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1


@on((2.0, 1e-12), (9.0, 1e-3), everywhere=True)
def newton(x, tol):
    y = x
    while abs(y * y - x) > tol:
        y = 0.5 * (y + x / y)
    return y


@on((48, 18), (7, 0), (-12, 18), everywhere=True)
def gcd_loop(a, b):
    while b:
        a, b = b, a % b
    return a


@on((3.0,), (-1.0,))
def while_with_and(x):
    n = 0
    while x > 0 and n < 10:
        x = x - 0.5
        n += 1
    return x, n


@on((10,), (0,))
def int_becomes_float_in_loop(n):
    s = 0.0
    for i in range(n):
        s = s + i / 2
    return s


@on((5,), everywhere=True)
def bool_carry(n):
    flip = False
    for i in range(n):
        flip = not flip
    return flip


@on((3,), (0,))
def walrus_in_while(n):
    total = 0
    while (n := n - 1) >= 0:
        total += n
    return total, n


@on((12,), (13,))
def sieve_like(n):
    k = 2
    while k * k <= n:
        if n % k == 0:
            return False
        k += 1
    return True


# -- loops over arrays and sequences ----------------------------------------------------------------------------------


@on((vec(1, 2, 3),), (vec(),), everywhere=True)
def sum_of_array(xs):
    s = 0.0
    for x in xs:
        s += x
    return s


@on((mat(3, 2),))
def rows_of_matrix(a):
    total = 0.0
    for row in a:
        total = total + row[0] * row[1]
    return total


@on((mat(3, 2),), everywhere=True)
def rows_written(a):
    for row in a:
        row[0] = row[1] * 2
        row += 1
    return a


@on((vec(1, 2, 3), vec(4, 5, 6)), (vec(1), vec(4, 5, 6)), everywhere=True)
def zip_arrays(a, b):
    s = 0.0
    for x, y in zip(a, b):
        s += x * y
    return s


@on((vec(1, 5, 2),), (vec(3.0),), everywhere=True)
def enumerate_array(a):
    best, where = -np.inf, -1
    for k, x in enumerate(a):
        if x > best:
            best, where = x, k
    return where


@on((vec(1, 5, 2),))
def enumerate_from_one(a):
    s = 0.0
    for k, x in enumerate(a, 1):
        s += k * x
    return s


@on((vec(1, 2, 3),), everywhere=True)
def reversed_array(a):
    s = 0.0
    for x in reversed(a):
        s = s / 2 + x
    return s


@on((4,), (0,))
def reversed_range(n):
    s = 0
    for i in reversed(range(n)):
        s = s * 10 + i
    return s


@on((vec(1, 2, 3), 2.0))
def enumerate_zip(a, c):
    s = 0.0
    for i, (x, y) in enumerate(zip(a, a[::-1])):
        s += i * x * y * c
    return s


@on(((1, 2.5, 3),), ((),))
def loop_over_tuple(t):
    s = 0
    for x in t:
        s += x
    return s


@on(([1, 2, 3],), ([],))
def loop_over_list(xs):
    s = 0
    for x in xs:
        s = s * 2 + x
    return s


@on(((1.0, vec(1, 2), "x"),))
def heterogeneous_tuple(t):
    total = 0.0
    for x in t:
        if isinstance(x, str):
            total += 100
        elif isinstance(x, float):
            total += x
        else:
            total += x.sum()
    return total


@on((["a", "b"], 2.0))
def enumerate_static_list(names, x):
    out = {}
    for k, name in enumerate(names):
        out[name] = x * k
    return out


@on(((1.0, 2.0), (3.0, 4.0)))
def zip_static(a, b):
    s = 0.0
    for x, y in zip(a, b):
        s += x * y
    return s


@on(((1.0, 2.0, 3.0), vec(3, 4, 5)))
def zip_tuple_and_array(a, b):
    s = 0.0
    for x, y in zip(a, b):
        s += x * y
    return s


@on(({"a": 1.0, "b": 2.0},))
def loop_over_dict(d):
    s = 0.0
    for k in d:
        s += d[k]
    for k, v in d.items():
        s += v * len(k)
    for v in d.values():
        s *= v
    return s


@on(((vec(1, 2), vec(3, 4), vec(5, 6)), 2.0))
def tuple_indexed_by_loop_variable(t, x):
    s = x
    for i in range(len(t)):
        s = s + t[i].sum() * i
    return s


@on(([vec(1, 2), vec(3, 4, 5)],))
def layers_of_different_shapes(ws):
    total = 0.0
    for k in range(len(ws)):
        total = total * 2 + np.sum(ws[k])
    return total


@on((2.0,))
def product_and_chain(x):
    s = 0.0
    for i, j in itertools.product((1, 2), (3, 4)):
        s += i * j * x
    for k in itertools.chain((1, 2), (5,)):
        s -= k
    return s


@on((3,), (0,))
def bound_only_in_loop(n):
    for i in range(n):
        y = i * 2.0
    return y


@on((3,), (1,))
def bound_only_in_branch_of_loop(n):
    for i in range(n):
        if i == 1:
            y = i
    return y


@on(
    (3, 2),
)
def list_in_loop_static(n, k):
    out = []
    for i in (1, 2, 3):
        out.append(i * k)
    return out


@on((3,), (0,))
def range_of_len(n):
    a = np.zeros(n)
    for i in range(len(a)):
        a[i] = i * i
    return a


# -- functions and recursion -------------------------------------------------------------------------------------------


def fact(n):
    return 1 if n <= 1 else n * fact(n - 1)


@on((5,), (0,), everywhere=True)
def recursion_linear(n):
    return fact(n)


@on((2.0,))
def recursion_with_constant(x):
    return x * fact(5)


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


@on((10,), (1,), everywhere=True)
def recursion_tree(n):
    return fib(n)


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


@on((4,), (7,), everywhere=True)
def recursion_mutual(n):
    return is_even(n)


@on((3, 2.0), (0, 1.5))
def recursion_closure(n, x):
    def power(k):
        if k == 0:
            return 1.0
        return x * power(k - 1)

    return power(n)


@on((((1.0, 2.0), (3.0, (4.0, 5.0))),), ((1.0, 2.0),))
def recursion_over_tuples(tree):
    def total(t):
        if isinstance(t, tuple):
            s = 0.0
            for child in t:
                s += total(child)
            return s
        return t

    return total(tree)


def gcd(a, b):
    return a if b == 0 else gcd(b, a % b)


@on((48, 18), (17, 5))
def recursion_tail(a, b):
    return gcd(a, b)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


@on(
    (2, 3),
)
def recursion_nested(m, n):
    return ackermann(m, n)


def adaptive(f, a, b, tol):
    m = (a + b) / 2
    coarse = (b - a) * f(m)
    fine = (b - a) / 2 * (f((a + m) / 2) + f((m + b) / 2))
    if abs(coarse - fine) < tol:
        return fine
    return adaptive(f, a, m, tol / 2) + adaptive(f, m, b, tol / 2)


@on((0.0, 1.0, 1e-4), (0.0, 3.0, 1e-3))
def adaptive_quadrature(a, b, tol):
    return adaptive(lambda x: x * x * x, a, b, tol)


def nested_pair(depth, x):
    return x if depth == 0 else (nested_pair(depth - 1, x), x)


@on((3, 1.5), (0, 2.0))
def recursion_makes_structure(depth, x):
    return nested_pair(depth, x)


@on((1.5,))
def recursion_makes_structure_by_constant(x):
    return nested_pair(2, x)


def flatten(t):
    if not isinstance(t, tuple):
        return (t,)
    out = ()
    for child in t:
        out = out + flatten(child)
    return out


@on((((1.0, 2), (3.0, (4, 5.0))),))
def recursion_flatten(t):
    return flatten(t)


def hanoi(n, a, b, moves):
    if n == 0:
        return moves
    moves = hanoi(n - 1, a, 3 - a - b, moves)
    return hanoi(n - 1, 3 - a - b, b, moves + 1)


@on((4,), (0,))
def recursion_hanoi(n):
    return hanoi(n, 0, 2, 0)


def power_sum(a, k):
    if k == 0:
        return np.ones(len(a))
    return a * power_sum(a, k - 1)


@on((vec(1, 2, 3), 3), (vec(1, 2, 3), 0), everywhere=True)
def recursion_with_arrays(a, k):
    return power_sum(a, k)


def fill(a, k):
    if k == len(a):
        return 0
    a[k] = k
    return fill(a, k + 1) + 1


@on((vec(9, 9, 9),))
def recursion_that_writes(a):
    return fill(a, 0)


@on((10,))
def y_combinator(n):
    fact = (lambda f: (lambda x: x(x))(lambda x: f(lambda v: x(x)(v))))(
        lambda me: lambda k: 1 if k == 0 else k * me(k - 1)
    )
    return fact(n)


@on((3.0,))
def early_returns(x):
    if x > 2:
        return x * 2
    if x > 1:
        return x * 3
    return x


@on((3.0,), (0.5,), (-1.0,), everywhere=True)
def early_returns_three(x):
    if x > 1:
        return x * 2
    elif x > 0:
        y = x + 1
    else:
        return -x
    y = y * y
    return y


@on((1.0,))
def returns_none(x):
    y = x + 1


@on((2.0,), (-2.0,))
def none_or_none(x):
    if x > 0:
        return
    x = x + 1


@on((1.0, 2.0))
def defaults(x, y):
    def f(a, b=3, *, c=y):
        return a + 10 * b + 100 * c

    return f(x), f(x, y), f(x, c=1), f(b=x, a=y)


@on((1.0, 2.0))
def star_args(x, y):
    def f(*args, **kwargs):
        return len(args), args[0], kwargs["k"], tuple(kwargs)

    return f(x, y, k=3.0), f(*(x, y, 5), **{"k": y, "z": 1})


@on((1.0,))
def starred_unpacking(x):
    a, *b, c = (x, 2, 3, 4)
    (d, e), f = (a, b), c
    return a, b, c, d, e, f


@on((2.0,))
def keyword_only_and_positional_only(x):
    def f(a, /, b, *, c):
        return a - b * c

    return f(x, 2, c=3) + f(x, b=1, c=2)


@on((3.0,))
def lambda_defaults(x):
    f = lambda a, b=2: a * b
    return f(x), f(x, 5), (lambda: x)()


@on((3,))
def late_binding(n):
    fs = [lambda: i for i in range(3)]
    gs = [lambda i=i: i for i in range(3)]
    return [f() for f in fs], [g() for g in gs], n


@on((3,), everywhere=True)
def counter(n):
    count = 0

    def bump(k):
        nonlocal count
        count += k
        return count

    for i in range(n):
        bump(i)
    return count + bump(10)


@on((2.0,))
def two_counters(x):
    def make():
        total = 0.0

        def add(v):
            nonlocal total
            total += v
            return total

        return add

    a, b = make(), make()
    a(x)
    a(x)
    return a(0), b(x)


@on((2.0,))
def closure_sees_later_value(x):
    y = 1

    def f():
        return y * x

    first = f()
    y = 10
    return first, f()


@on((3.0, True), (3.0, False), everywhere=True)
def function_chosen_by_flag(x, flag):
    f = np.sin if flag else np.cos
    return f(x)


@on((3.0, 1), (3.0, 5))
def closures_chosen_by_number(x, n):
    if n > 2:
        k = 2.0
    else:
        k = 5.0
    f = lambda v: v * k
    return f(x)


@on((2.0,))
def functions_in_data(x):
    table = {"double": lambda v: v * 2, "square": lambda v: v * v}
    chain = (table["double"], table["square"], math.sin)
    for f in chain:
        x = f(x)
    return x


def compose(*fs):
    return lambda x: reduce(lambda a, f: f(a), fs, x)


@on((2.0,))
def composed(x):
    return compose(np.sin, lambda v: v + 1, np.exp)(x)


@on((2.0,))
def partials(x):
    f = partial(pow, x)
    g = functools.partial(lambda a, b, c=0: a - b + c, b=1.0)
    return f(3), g(x), g(x, c=5.0), partial(operator.mul, 3)(x)


def twice(f):
    @functools.wraps(f)
    def inner(*args):
        return f(f(*args))

    return inner


@twice
def add_one(x):
    return x + 1


@on((2.0,))
def decorated(x):
    @twice
    def triple(v):
        return v * 3

    return add_one(x), triple(x)


@on((2.0, 3), (vec(1, 2), 2))
def polymorphic(x, n):
    def double(v):
        return v + v

    return double(x), double(n), double((1, 2)), double("ab"), double([x])


@on((1.0,), (3.0,))
def argument_default_array(x):
    def f(v, acc=[]):
        acc.append(v)
        return acc

    f(x)
    return f(2.0), len(f(1))


@on((2.0,))
def argument_with_same_name_as_global(x):
    fact = x * 2
    return fact


# -- expressions -------------------------------------------------------------------------------------------------------


@on((7, 2), (-7, 2), (7, -2), (-7, -2), (0, 5), (1, 0), everywhere=True)
def int_division(a, b):
    return a // b, a % b, a / b, divmod(a, b)


@on((7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (-0.0, 2.0), (1.0, 0.0))
def float_division(a, b):
    return a // b, a % b, a / b, divmod(a, b)


@on(
    (1.0, 0.0),
)
def float_modulo_zero(a, b):
    return a % b


@on(
    (1, 0),
)
def int_modulo_zero(a, b):
    return a % b


@on(
    (1.0, 0.0),
)
def float_floordiv_zero(a, b):
    return a // b


@on((2, 3), (2, 0), (-2, 3), (2, -1), (0, 0), everywhere=True)
def int_power(a, b):
    return a**b


@on(
    (0, -1),
)
def int_power_zero(a, b):
    return a**b


@on((2.0, 3), (4.0, 0.5), (0.0, 0.0), (-2.0, 3.0), (2.0, -1))
def float_power(a, b):
    return a**b


@on((5,), (-5,), everywhere=True)
def int_squares(a):
    return a**2, -(a**2), (-a) ** 3, a**0, a**1, 2.0**a


@on((6, 3), (-6, 3), (12, 1))
def bits(a, b):
    return a & b, a | b, a ^ b, a << b, a >> b, ~a


@on((True, False), (True, True), (False, False))
def bool_arithmetic(a, b):
    return a + b, a * b, a - b, a & b, a | b, a ^ b, not a, -a, ~a, a < b, a == b, +a


@on((1, 2, True), (0, 0, False))
def and_or_values(a, b, c):
    return a and b, a or b, b or a, c and a, not (a and b)


@on((0.0, 3.0), (2.0, 3.0))
def and_or_same_types(a, b):
    return a and b, a or b, (a or 5.0) + (b and 2.0)


@on(([], [1.0]), ([2.0], []), ((), (1,)))
def and_or_structures(a, b):
    return a or b, a and b, len(a or b)


@on((1, 2, 3), (3, 2, 1), (2, 2, 2))
def chained_comparison(a, b, c):
    return a < b < c, a <= b == c, a == b != c, 0 < a < 3


@on((5,), (-5,), everywhere=True)
def conditional_expression(x):
    return (x if x > 0 else -x) + (1 if x > 2 else 2 if x > 0 else 3)


@on((2, (1, 2, 3)), (5, (1, 2, 3)), (2.0, (1, 2, 3)))
def membership(x, t):
    return x in t, x not in t, x in [4, 5], x in {2: 1}


@on((2,), (7,))
def membership_known(x):
    return "a" in {"a": x}, "b" in ("a", "c"), "b" in "abc", x in (1, 2, 3)


@on((None, 1.0), (2.0, 1.0))
def is_none(x, y):
    if x is None:
        return y
    return x + y if y is not None else x


@on((3,), (3.7,), (-3.7,), (True,), everywhere=True)
def conversions(x):
    return int(x), float(x), bool(x), abs(x), complex(x)


@on((2.5,), (3.5,), (-2.5,), (2.4,))
def rounding(x):
    return round(x), math.floor(x), math.ceil(x), math.trunc(x), int(x)


@on((float("nan"),), (float("inf"),))
def int_of_nan(x):
    return int(x)


@on((3.0, 1.0, 2.0), (1.0, 1.0, 1.0))
def min_max(a, b, c):
    return min(a, b, c), max(a, b, c), min((a, b)), max([b, c]), sum((a, b, c)), sum([a, b], 10)


@on((3, 1.5), (1, 1.5))
def max_of_mixed(a, b):
    return max(b, a * 1.0), min(a, 2), max(a, 2)


@on((1.0, 2.0))
def all_any(a, b):
    return all((a > 0, b > 0)), any([a > 5, b > 5]), all(()), any(())


@on((2.0,))
def comprehensions(x):
    squares = [x * i for i in range(4)]
    table = {k: v for k, v in zip(("a", "b"), squares)}
    pairs = [(i, j) for i in range(3) for j in range(i) if i != 2]
    return squares, table, pairs, sum(s * 2 for s in squares), tuple(s + 1 for s in squares if True)


@on((vec(1, 2, 3),))
def comprehension_over_array(a):
    return [x * 2 for x in a], sum([x for x in a])


@on((2.0, 3.0))
def chained_assignment(x, y):
    a = b = x * y
    a += 1
    c, d = d2, c2 = (a, b)
    return a, b, c, d, d2, c2


@on((1.0,))
def annotated(x):
    y: float = x * 2
    z: int
    z = 3
    return y * z


@on((2.0,))
def deleted_name(x):
    y = x
    del y
    y = x + 1
    return y


@on((2,), (3,))
def match_like_chain(n):
    names = {1: "one", 2: "two"}
    if n == 2:
        return len(names[2])
    return len(names[1]) * 10


@on((2,))
def match_statement(n):
    match ("move", 3):
        case ("move", k):
            return n * k


@on((2.0, 3.0))
def swaps(a, b):
    a, b = b, a
    x = [a, b]
    x[0], x[1] = x[1], x[0]
    return a, b, x


@on((-3.0,), (1.0,), (-2.0,), (0.0,))
def int_powers_of_either_sign(x):
    i, t, u = int(x), 0, 0
    while i < 4:
        t += 2**i
        u += 3**-i
        i += 1
    return t, u


@on((1.5, 3), (1.5, 0))
def int_powers_from_an_int_argument(x, n):
    i, t = -n, 0.0
    while i < n:
        t += 2**i * x
        i += 1
    return t


@on(([7, 5, 1], 7), ([7, 5, 1], 2), ([], 1), ([7, 5, 1], 0))
def items_deleted_until_there_are_none(xs, n):
    for i in range(n):
        del xs[1]
    return xs


@on(([7, 5, 1], 7), ([7, 5, 1], 3), ([], 1), ([7, 5, 1], 0))
def items_popped_until_there_are_none(xs, n):
    for i in range(n):
        xs.pop(0)
    return xs


@on(([7, 5, 1], 3), ([7, 5, 1], 4), ([4], 1))
def items_popped_at_places(xs, n):
    for i in range(n):
        xs.append(xs.pop(-2))
    return xs


@on((2.0,), (-1.0,), everywhere=True)
def numpy_float_of_a_choice_between_literals(x):
    v = 1.0
    if x > 1.0:
        v = 0.0
    w = 0.0 if x > 0 else 2.0
    with np.errstate(all="ignore"):
        return np.float64(v) / np.float64(v), np.float64(w) // np.float64(w), np.float32(x) / np.float32(w)


@on((np.float32(1.5), 2), (np.float64(3.0), 2.5), (np.int64(3), 2), (np.bool_(True), 1))
def numpy_scalars(x, n):
    return x + n, x * 2, x / 2, -x if not isinstance(x, np.bool_) else x, x > n, float(x), int(x)


@on((np.array([1, 2, 3]), 2.5), (np.array([1.0, 2.0], dtype=np.float32), 2.5), (np.array([True, False]), 2))
def dtype_promotion(a, c):
    return a * c, a + 1, a / 2, a * np.float64(2), a == 1


# -- data --------------------------------------------------------------------------------------------------------------


class Point(NamedTuple):
    x: float
    y: float = 2.0

    def norm(self):
        return math.sqrt(self.x**2 + self.y**2)

    @property
    def swapped(self):
        return Point(self.y, self.x)


@on((Point(3.0, 4.0),), (Point(1, 2),))
def named_tuples(p):
    q = Point(p.x + 1)
    a, b = q
    return p.norm(), q, a + b, p.swapped, q._replace(y=p[0]), p == q, p[1], isinstance(p, tuple)


@dataclass
class Account:
    balance: float
    history: list = field(default_factory=list)
    rate: float = 0.1

    def deposit(self, amount):
        self.balance += amount
        self.history.append(amount)
        return self

    @property
    def interest(self):
        return self.balance * self.rate

    @staticmethod
    def fee(n):
        return n * 0.5

    @classmethod
    def empty(cls):
        return cls(0.0)


@on((Account(10.0), 5.0), (Account(1.0, [3.0], 0.5), 2.0), everywhere=True)
def dataclass_mutated(account, x):
    account.deposit(x).deposit(1.0)
    return account.interest, len(account.history), account.fee(x)


@on((Account(10.0), 5.0))
def dataclass_returned(account, x):
    other = Account(x).deposit(2.0)
    account.rate = other.balance
    return account, other, Account.empty().deposit(x)


@dataclass(frozen=True)
class Vector:
    x: float
    y: float

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __neg__(self):
        return self * -1

    def __getitem__(self, k):
        return (self.x, self.y)[k]

    def __len__(self):
        return 2

    def __iter__(self):
        return iter((self.x, self.y))

    def __call__(self, v):
        return self.x + v

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y

    def __lt__(self, other):
        return self.x < other.x

    def __contains__(self, v):
        return v == self.x or v == self.y


@on((Vector(1.0, 2.0), Vector(3.0, 4.0), 2.0), everywhere=True)
def dunders(a, b, k):
    c = a + b * k
    return c, k * a, -a, a[0] + a[1], len(a), a(k), a @ b, a == a, a == b


@on((Vector(1.0, 2.0), 2.0), (Vector(3.0, 2.0), 7.0))
def dunders_of_containers(a, k):
    x, y = a
    total = 0.0
    for v in a:
        total += v * k
    return x, y, total, k in a, a < Vector(2.0, 2.0), replace(a, y=k)


@on((5,), (0,), everywhere=True)
def dataclass_as_loop_carry(n):
    v = Vector(1.0, 0.0)
    for i in range(n):
        v = v + Vector(0.5, float(i)) * 2.0
    return v


@on((4,), (0,), everywhere=True)
def mutable_dataclass_in_loop(n):
    account = Account(1.0)
    account.history = None
    for i in range(n):
        account.balance += account.interest
    return account.balance


class Shape:
    def __init__(self, scale):
        self.scale = scale

    def area(self):
        raise NotImplementedError

    def scaled(self):
        return self.area() * self.scale


class Square(Shape):
    def __init__(self, side, scale=2.0):
        super().__init__(scale)
        self.side = side

    def area(self):
        return self.side * self.side


@on((3.0,), (2,))
def inheritance(x):
    s = Square(x)
    s.extra = x + 1
    return s.scaled(), s.extra, isinstance(s, Shape), type(s) is Square


class Counted(Square):
    made = 3

    def __init__(self, side):
        super().__init__(side, scale=1.0)
        self.calls = 0

    def area(self):
        self.calls += 1
        return super().area() + self.calls

    @classmethod
    def unit(cls):
        return cls(1.0)

    @functools.cached_property
    def costly(self):
        self.calls += 10
        return self.side + self.made


@on((3.0,), everywhere=True)
def super_methods(x):
    c = Counted(x)
    a = c.scaled() + c.area()
    return a, c.calls, c.costly + c.costly, c.calls, Counted.unit().scaled(), Counted.made


class Color(Enum):
    RED = 1
    BLUE = 2


@on((Color.RED, 1.0), (Color.BLUE, 1.0))
def enums(c, x):
    return x if c is Color.RED else -x if c == Color.BLUE else 0.0


@on(({"w": vec(1, 2), "b": (1.0, [2.0])}, 0.5), everywhere=True)
def nested_data(params, lr):
    new = {"w": params["w"] - lr, "b": (params["b"][0] * lr, [v + 1 for v in params["b"][1]])}
    params["b"][1].append(lr)
    params["w"][0] = 9.0
    params["new"] = lr
    return new


@on(([1.0, 2.0, 3.0],), ([5, 6, 7],))
def list_methods(xs):
    xs.append(xs[0])
    ys = xs
    ys.extend([9, 8])
    zs = xs[1:3]
    zs[0] = 100
    xs.insert(1, 7)
    last = xs.pop()
    first = xs.pop(0)
    xs[0] = -1
    xs += [4]
    xs.reverse()
    del xs[1]
    return ys, zs, last, first, xs[-1], len(xs), xs is ys, [0] * 3 + xs[::2]


@on(({"a": 1.0},), ({"a": 1, "b": 2},))
def dict_methods(d):
    d["c"] = 3
    d.update(z=9, a=d["a"] + 1)
    e = dict(d)
    got = d.get("b", -1), d.get("q"), d.pop("c"), "a" in d, len(d)
    d.setdefault("s", 5.0)
    del d["z"]
    return got, e, list(d), list(d.values()), d | {"m": 1}


@on(((1.0, 2), 3))
def tuples(t, n):
    u = t + (n,)
    return u, u[-1], u[1:], u * 2, len(u), t == (1.0, 2), u.index(3), u.count(2), (n,) < (4,)


@on((1,), (2,))
def key_error(n):
    d = {1: "a"}
    return len(d[n])


@on(([1, 2],), ([],))
def index_error_of_list(xs):
    return xs[1]


@on((3,), (0,), everywhere=True)
def tuple_carry(n):
    pair = (0.0, (1, 2.0))
    for i in range(n):
        pair = (pair[0] + pair[1][1], (i, pair[1][1] * 2))
    return pair


@on((3,), (0,))
def list_carry(n):
    xs = [0.0, 1.0]
    for i in range(n):
        xs[0], xs[1] = xs[1], xs[0] + xs[1]
    return xs


@on((3,), (0,))
def dict_carry(n):
    d = {"a": 1.0, "b": 0}
    for i in range(n):
        d["a"] *= 2
        d["b"] += i
    return d


@on((3,), (1,))
def list_rebuilt_in_loop(n):
    xs = [1.0, 2.0]
    for i in range(n):
        xs = [x * 2 for x in xs]
    return xs


@on((True,), (False,))
def aliased_lists(flag):
    a = [1, 2]
    b = a if flag else [3, 4]
    b.append(5)
    return a, b


@on((2,), (-2,), everywhere=True)
def list_changed_in_branch(x):
    xs = [x, 1]
    if x > 0:
        xs[1] = 5
    else:
        xs[0] = 7
    return xs


# -- arrays: views and mutation ----------------------------------------------------------------------------------------


@on((vec(1, 2, 3),), everywhere=True)
def argument_written(a):
    a[0] = 10.0
    return a


@on((vec(1, 2, 3),))
def argument_written_returns_nothing(a):
    a[1:] = 0


@on((vec(1, 2, 3),))
def argument_rebound(a):
    a = a + 1
    a[0] = 100
    return a


@on((vec(1, 2, 3),), everywhere=True)
def view_of_slice(a):
    b = a[1:]
    b[0] = 30.0
    b += 1
    return a, b.sum()


@on((mat(2, 3),), everywhere=True)
def view_of_row_and_column(a):
    r = a[1]
    c = a[:, 0]
    r[0] = 100.0
    c *= 2
    return r[0], a.sum()


@on((mat(2, 3),))
def view_of_transpose(a):
    t = a.T
    t[0, 1] = -1.0
    t[2] += 5
    return a[1, 0], t


@on((mat(2, 3),))
def view_of_reshape(a):
    b = a.reshape(3, 2)
    c = a.reshape(-1)
    d = a.ravel()
    b[0, 0] = 50.0
    c[1] = 60.0
    d[2] = 70.0
    return a.copy()


@on((mat(3, 4),))
def reshape_of_transpose_copies(x):
    a = x.copy()
    b = a.T.reshape(-1)
    b[0] = 100.0
    return a[0, 0], b


@on((mat(3, 4),))
def view_of_view(a):
    b = a[1:, ::2]
    c = b[0]
    c[1] = 99.0
    d = b.T[1]
    d[0] += 1
    return a.copy(), b.copy()


@on((vec(1, 2, 3, 4),))
def view_with_negative_step(a):
    b = a[::-1]
    b[0] = 7
    return a.copy(), b.copy()


@on((vec(1, 2, 3),))
def two_names(a):
    b = a
    b += 1
    c = a.copy()
    c[0] = 0
    a = a * 2
    return a, b, c


@on((vec(1, 2, 3, 4, 5),))
def overlapping_assignment(a):
    a[1:] = a[:-1]
    a[::2] += a[0]
    return a


@on((vec(1, 2), vec(3, 4), 3), (vec(1, 2), vec(3, 4), 0), everywhere=True)
def swap_of_arrays_in_loop(a, b, n):
    for i in range(n):
        a, b = b, a + b
    return a + 0, b + 0


@on((vec(1, 2), vec(3, 4), 3), (vec(1, 2), vec(3, 4), 2))
def swap_of_names_in_loop(a, b, n):
    for i in range(n):
        a, b = b, a
    return a + 0, b + 0


@on((vec(1, 2, 3), 4), everywhere=True)
def double_buffer(a, n):
    new = np.zeros(len(a))
    old = a.copy()
    for t in range(n):
        for i in range(len(a)):
            new[i] = old[i - 1] + old[i]
        old, new = new, old
    return old + 0


@on((mat(3, 3), 2), everywhere=True)
def gauss_seidel(a, sweeps):
    for s in range(sweeps):
        for i in range(1, 2):
            for j in range(1, 2):
                a[i, j] = (a[i - 1, j] + a[i + 1, j] + a[i, j - 1] + a[i, j + 1]) / 4
    return a


@on((vec(3, 1, 2),), (vec(5, 4, 3, 2, 1),), everywhere=True)
def insertion_sort(a):
    for i in range(1, len(a)):
        x = a[i]
        j = i - 1
        while j >= 0 and a[j] > x:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = x
    return a


@on((vec(3, 1, 2),), (vec(5, 4, 3, 2, 1),))
def bubble_sort(a):
    n = len(a)
    while True:
        swapped = False
        for i in range(n - 1):
            if a[i] > a[i + 1]:
                a[i], a[i + 1] = a[i + 1], a[i]
                swapped = True
        if not swapped:
            break
    return a


@on((mat(3, 3),))
def swap_rows(a):
    a[0], a[1] = a[1].copy(), a[0].copy()
    a[[0, 2]] = a[[2, 0]]
    return a


@on((mat(2, 2),))
def swap_rows_the_wrong_way(a):
    a[0], a[1] = a[1], a[0]
    return a


@on((vec(1, 2, 3), 1), (vec(1, 2, 3), -1), (vec(1, 2, 3), 5), (vec(1, 2, 3), -4), everywhere=True)
def index_of_array(a, i):
    return a[i]


@on((vec(1, 2, 3), 1), (vec(1, 2, 3), 3), everywhere=True)
def index_assigned(a, i):
    a[i] = 5
    return a


@on((mat(2, 3), 1, 2), (mat(2, 3), 2, 0), (mat(2, 3), 0, -4))
def index_of_matrix(a, i, j):
    return a[i, j], a[i], a[:, j]


@on(
    (vec(1, 2, 3), 5),
)
def index_error_in_loop(x, n):
    s = 0.0
    a = x.copy()
    for i in range(n):
        a[0] = i
        s += a[i]
    return s


@on((np.array([1, 2, 3]),))
def int_array_inplace(a):
    a += 2
    a *= 3
    a[0] = 7.9
    return a, a // 2, a % 4, a**2


@on((vec(1, 2),))
def array_in_list(a):
    xs = [a, a]
    xs[0][0] = 9.0
    xs.append(xs[1] * 2)
    return a[0], xs[2], xs[0] is xs[1]


@on(
    (vec(1, 2, 3), vec(4, 5, 6)),
)
def callee_writes(a, b):
    def update(x, k):
        x[k] = b[k]
        x = x * 2
        return x[k]

    return update(a, 0), update(a[1:], 1), a


@on((3,), (1,), everywhere=True)
def shape_from_int(n):
    a = np.zeros((n, 2))
    for i in range(n):
        a[i] = i
    return a


@on((6, 2), (6, 3))
def shape_arithmetic(n, k):
    return np.arange(n).reshape(n // k, k), np.ones(n + k)


@on((vec(1, 2, 3, 4), 2), (vec(1, 2, 3, 4), 0))
def slice_by_int(a, n):
    return a[:n], a[n:], a[n : n + 1]


@on((vec(1, -2, 3),))
def masks(a):
    a[a < 0] = 0
    b = np.where(a > 1, a, -1.0)
    return a, b, (a > 0).sum()


@on((vec(1, 2), True), (vec(1, 2), False))
def array_chosen_by_branch(a, flag):
    b = np.zeros(2)
    c = a if flag else b
    return c * 2


@on((vec(1, 2), 1.0), (vec(1, 2), -1.0), everywhere=True)
def array_written_in_branch(a, x):
    if x > 0:
        a[0] = x
    else:
        a = a * 2
    return a + 0


@on((vec(1, 2, 3),), everywhere=True)
def array_written_in_while(a):
    n = 0
    while a.sum() > 1.0:
        a /= 2
        n += 1
    return n


@on((mat(3, 3),))
def matrix_loops(a):
    n, m = a.shape
    out = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            for k in range(m):
                out[i, j] += a[i, k] * a[j, k]
    return out - a @ a.T


@on((vec(1, 2, 3), 2), everywhere=True)
def row_of_loop_variable(a, n):
    m = np.zeros((n, 3))
    for i in range(n):
        r = m[i]
        r[:] = a * i
        r[0] -= 1
    return m


@on((vec(1, 2, 3),))
def augmented_creates_new_for_scalars(a):
    x = a[0]
    x += 5
    y = a.sum()
    y *= 2
    return a, x, y


@on((vec(1, 2, 3), 0), (vec(1, 2, 3), 2))
def view_by_run_time_index(a, i):
    m = np.zeros((3, 3))
    m[i] = a
    r = m[i]
    r[i] = 100.0
    m[0, 0] += 1
    return m, r + 0


# -- aliased arguments -------------------------------------------------------------------------------------------------

SHARED = vec(1, 2, 3)
SHARED_LIST = [1.0]


@on((SHARED, SHARED), (vec(1, 2, 3), vec(1, 2, 3)), everywhere=True)
def argument_twice(a, b):
    a[0] = 10.0
    return b[0], a is b


@on((SHARED_LIST, SHARED_LIST), ([1.0], [1.0]))
def list_twice(a, b):
    a.append(2.0)
    return len(b), a is b


@on(
    ((SHARED, SHARED), [SHARED]),
)
def array_inside_structures(pair, xs):
    pair[0][1] = -5.0
    return pair[1][1], xs[0][1]


@on((vec(1, 2), vec(3, 4), True), (vec(1, 2), vec(3, 4), False))
def returned_argument(a, b, flag):
    a += 1
    return (a, b, a)


# -- errors ------------------------------------------------------------------------------------------------------------


@on((1.0,), (-1.0,), everywhere=True)
def raises_value_error(x):
    if x < 0:
        raise ValueError("negative")
    return math.sqrt(x)


@on((3, 1.5), (12, 1.5), everywhere=True)
def raises_with_f_string(n, x):
    if n > 10:
        raise ValueError(f"n is {n}, x is {x:.2f} and {x!r}, not {'ten'}")
    return n * x


@on((3,), (7,), everywhere=True)
def raises_in_loop(n):
    total = 0
    for i in range(n):
        if total > 10:
            raise RuntimeError(f"total {total} at {i}")
        total += i
    return total


@on((3.0,), (-3.0,))
def asserts(x):
    assert x > 0, "must be positive"
    return x


@on((3.0,), (-3.0,))
def asserts_plain(x):
    assert x > 0
    return x


@on((3.0,), (-3.0,))
def asserts_with_number(x):
    assert x > 0, x
    return x


class Trouble(Exception):
    pass


@on((3,), (0,))
def raises_own_class(n):
    if n == 0:
        raise Trouble("zero")
    if n == 1:
        raise Trouble
    return n


@on((3,), (1,), (2,))
def raises_in_callee(n):
    def check(k):
        if k == 1:
            raise KeyError("one")
        if k == 2:
            raise IndexError
        return k

    return check(n) * 2


@on((2.0,), (0.0,), everywhere=True)
def zero_division(x):
    return 1 / x


@on((4, 2), (4, 0))
def zero_division_ints_in_loop(n, k):
    total = 0
    for i in range(n):
        total += i // k
    return total


@on((2.0,), (-2.0,))
def math_domain(x):
    return math.sqrt(x), math.log(abs(x))


@on((vec(1, 2),), (vec(-1, 2),))
def error_after_mutation(x):
    a = x * 2
    a[1] = 100.0
    if a[0] < 0:
        raise ValueError("negative")
    return a


@on((3,), (5,))
def error_not_reached(n):
    a = vec_of_three()
    return a[n] if n < 3 else a[0]


def vec_of_three():
    return np.array([1.0, 2.0, 3.0])


@on((1.0,), (-1.0,))
def raise_in_every_branch(x):
    if x > 0:
        raise ValueError("positive")
    else:
        raise TypeError("not positive")


@on((3,), (20,))
def while_true_with_error(n):
    k = 0
    while True:
        k += 3
        if k == n:
            return k
        if k > 15:
            raise StopIteration("too far")


# -- numerical programs ------------------------------------------------------------------------------------------------


@on((0.1, 3.8, 20), everywhere=True)
def logistic_map(x, r, n):
    for _ in range(n):
        x = r * x * (1 - x)
    return x


@on((1.0, 0.1, 1.0), (2.0, 0.25, 1.0))
def adaptive_steps(y, h, end):
    t = 0.0
    rejected = 0
    while t < end:
        if t + h > end:
            h = end - t
        k1 = -y
        k2 = -(y + h * k1)
        if abs(k2 - k1) * h > 0.02:
            h = h / 2
            rejected += 1
            continue
        y = y + h * (k1 + k2) / 2
        t = t + h
        h = h * 1.2
    return y, rejected


@on((mat(3, 3) + 5 * np.eye(3), vec(1, 2, 3)), everywhere=True)
def gaussian_elimination(a, b):
    n = len(b)
    a = a.copy()
    x = b.copy()
    for k in range(n):
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            for j in range(k, n):
                a[i, j] -= f * a[k, j]
            x[i] -= f * x[k]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= a[i, j] * x[j]
        x[i] /= a[i, i]
    return x


@on((vec(1, 4, 2, 8), 4.0), (vec(1, 4, 2, 8), 5.0))
def linear_search(a, x):
    for i, v in enumerate(a):
        if v == x:
            return i
    return None if False else -1


@on((vec(1, 2, 4, 8), 4.0), (vec(1, 2, 4, 8), 5.0), everywhere=True)
def binary_search(a, x):
    low, high = 0, len(a)
    while low < high:
        mid = (low + high) // 2
        if a[mid] < x:
            low = mid + 1
        else:
            high = mid
    return low


@on((5, 3), (4, 0))
def binomial_table(n, k):
    c = np.zeros((n + 1, n + 1), dtype=int)
    for i in range(n + 1):
        c[i, 0] = 1
        for j in range(1, i + 1):
            c[i, j] = c[i - 1, j - 1] + c[i - 1, j]
    return c[n, k]


@on((vec(0.5, -0.5), 3), everywhere=True)
def small_network(x, n):
    params = [(np.ones((2, 2)) * 0.5, np.zeros(2)), (np.ones((1, 2)), np.ones(1))]
    for _ in range(n):
        h = x
        for w, b in params:
            h = np.tanh(w @ h + b)
        x = x + h[0]
    return x


# -- iterators ---------------------------------------------------------------------------------------------------------


@on((1.0, 2.0, 3.0))
def iterators_are_used_up(a, b, c):
    z = zip((a, b, c), (1, 2, 3))
    first = next(z)
    rest = list(z)
    again = list(z)
    it = iter([a, b])
    return first, rest, again, next(it), next(it), next(it, -1)


@on((1.0,))
def next_of_nothing(a):
    it = iter((a,))
    next(it)
    return next(it)


@on((2.0,))
def maps_and_filters(x):
    doubled = map(lambda v: v * 2, (x, 3, 4))
    kept = filter(lambda v: v is not None, [x, None, 5])
    return list(doubled), tuple(doubled), sum(kept), [f(x) for f in (abs, lambda v: -v)]


@on(([1.0, 2.0],))
def zip_of_list_is_lazy(xs):
    z = zip(xs, (10, 20, 30))
    xs.append(3.0)
    return list(z)


@on((vec(1, 2, 3), (4.0, 5.0, 6.0)))
def enumerate_and_zip_of_mixed(a, t):
    out = 0.0
    for i, (x, y) in enumerate(zip(a, t), start=1):
        out += i * x * y
    for x, k in zip(reversed(a), range(2, -1, -1)):
        out -= x * k
    return out


@on((2.0,))
def permutations_and_friends(x):
    s = x
    for a, b in itertools.combinations((1, 2, 3), 2):
        s += a * b
    for p in itertools.permutations((1, 2)):
        s = s * p[0] - p[1]
    for a, b in itertools.pairwise((1, 4, 9)):
        s += b - a
    return s


# -- aliasing of lists and objects -------------------------------------------------------------------------------------


@on((2, 1.0), (5, 1.0))
def list_chosen_then_read(n, x):
    a = [x, 2.0]
    b = a if n > 3 else [x, 4.0]
    return b[0] + b[1]


@on((3,), (0,))
def inner_lists_shared(n):
    row = [0, 0]
    grid = [row, row]
    for i in range(n):
        grid[0][1] += i
    return grid, grid[0] is grid[1]


@on((3,), (1,))
def objects_shared_in_loop(n):
    a = Account(1.0, None)
    pair = (a, a)
    for i in range(n):
        pair[0].balance += 1
    return pair[1].balance, pair[0] is pair[1]


@on((3,), (0,))
def linked_objects(n):
    first, second = Account(1.0), Account(2.0)
    first.history.append(second)
    for _ in range(n):
        first.history[0].balance *= 2
    return second.balance


@on((4,))
def list_of_arrays_changed_in_loop(n):
    xs = [np.zeros(2), np.ones(2)]
    for i in range(n):
        xs[0][0] += i
        xs[1] = xs[1] * 2
    return xs


@on((vec(1, 2), 3), (vec(1, 2), 0))
def dict_of_arrays_in_loop(a, n):
    d = {"a": a, "b": a * 2}
    for i in range(n):
        d["a"][0] += i
        d["b"] = d["b"] + d["a"]
    return d["b"] + 0, d["a"] is a


@on((2.0,), (-2.0,))
def callee_changes_list_in_branch(x):
    xs = [1.0]

    def push(v):
        xs.append(v)

    if x > 0:
        push(x)
    else:
        push(0.0)
    return xs


@on((3, 2.0), (1, 2.0))
def cell_changed_in_branch_of_loop(n, x):
    state = {"count": 0}
    total = 0.0

    def visit(v):
        nonlocal total
        if v > 1:
            state["count"] += 1
            total += v

    for i in range(n):
        visit(i * x)
    return state, total


# -- control flow, less tidy -------------------------------------------------------------------------------------------


@on((5, 3), (5, 9), (0, 0), everywhere=True)
def for_else_return(n, k):
    for i in range(n):
        if i == k:
            return True, i
    else:
        i = -1
    return False, i


@on((3,), (8,))
def while_else_with_return(n):
    while n > 0:
        n -= 2
        if n == 5:
            continue
        if n == 4:
            return n
    else:
        n = n * 10
    return n


@on((4, 4), (1, 7), (0, 3))
def break_out_of_two(n, k):
    done = False
    steps = 0
    for i in range(n):
        for j in range(k):
            steps += 1
            if i * j == 6:
                done = True
                break
        if done:
            break
    else:
        steps = -steps
    return steps, done


@on((10,), (3,), everywhere=True)
def while_true_nested(n):
    i = 0
    total = 0
    while True:
        i += 1
        j = 0
        while True:
            j += 1
            if j > i:
                break
            if (i + j) % 3 == 0:
                continue
            total += j
        if i >= n:
            return total


@on((1.0,), (5.0,), (20.0,))
def elif_chain_in_loop(x):
    label = 0
    for k in range(4):
        if x < 2:
            label += 1
            x = x * 3
        elif x < 10:
            label += 10
            x = x + 4
        else:
            label += 100
            x = x / 7
    return label, x


@on((3, True), (3, False))
def conditional_update_of_several(n, flag):
    a, b, c = 1, 2.0, (3, 4.0)
    for i in range(n):
        if flag and i > 0:
            a, c = a + 1, (c[0] + i, c[1] * b)
        elif not flag:
            b = b / 2
    return a, b, c


@on((3,), (0,))
def loop_over_local_tuple_of_functions(n):
    x = np.float64(1.0)
    for i in range(n):
        for f in (np.sin, np.cos, lambda v: v * i):
            x = f(x) + 1
    return x


@on((5,), (2,))
def last_assignment_wins(n):
    for i in range(n):
        if i > 2:
            late = i
        early = i
    return early


@on((5,), (2,))
def unbound_after_conditional_loop(n):
    for i in range(n):
        if i > 2:
            late = i
    return late


@on((True,), (False,))
def result_of_different_ints(flag):
    return 1 if flag else 2


@on((4,), (5,), everywhere=True)
def many_returns(n):
    if n % 2 == 0:
        for i in range(n):
            if i * i >= n:
                return i
        return -1
    k = 0
    while k < n:
        k += 3
        if k == n:
            return 0
    return k


@on((3, 5), (5, 3))
def min_by_ternary_in_loop(a, b):
    best = a if a < b else b
    for i in (7, 2, 9):
        best = i if i < best else best
    return best


@on((6,), (1,), everywhere=True)
def fibonacci_pairs(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


@on((10**6,), everywhere=True)
def many_turns(n):
    k = 0
    while k * k < n:
        k += 1
    return k


@on((12345,), (0,), (-7,))
def digits(n):
    if n < 0:
        n = -n
    total = 0
    while n:
        total, n = total + n % 10, n // 10
    return total


# -- recursion, less tidy ----------------------------------------------------------------------------------------------


def depth_sum(t):
    if isinstance(t, (tuple, list)):
        return 1 + sum(depth_sum(v) for v in t)
    return 0


@on(((1, (2, [3.0]), ()),))
def recursion_in_generator(t):
    return depth_sum(t)


def walk(n, path=()):
    if n == 0:
        return path
    return walk(n - 1, path + (n,))


@on((3,), (0,))
def recursion_grows_structure(n):
    return walk(n)


def count_down(n, seen):
    seen[0] += n
    if n > 0:
        count_down(n - 1, seen)


@on((4, [0]), (0, [1]))
def recursion_returns_none(n, seen):
    count_down(n, seen)
    return seen[0]


def bisect(f, a, b, n):
    if n == 0:
        return (a + b) / 2
    m = (a + b) / 2
    if f(m) > 0:
        return bisect(f, a, m, n - 1)
    return bisect(f, m, b, n - 1)


@on((2.0, 30), (10.0, 5), everywhere=True)
def recursion_bisection(c, n):
    return bisect(lambda x: x * x - c, 0.0, 10.0, n)


def collatz_length(n, steps=0):
    return steps if n == 1 else collatz_length(n // 2 if n % 2 == 0 else 3 * n + 1, steps + 1)


@on((6,), (1,))
def recursion_with_default(n):
    return collatz_length(n)


@dataclass
class Node:
    value: float
    children: tuple

    def total(self):
        return self.value + sum(c.total() for c in self.children)


@on((Node(1.0, (Node(2.0, ()), Node(3.0, (Node(4.0, ()),)))),))
def recursion_over_objects(tree):
    return tree.total()


def sum_matrix(a):
    if len(a) == 0:
        return 0.0
    return a[0] + sum_matrix(a[1:])


@on((vec(1, 2, 3),))
def recursion_over_slices(a):
    return sum_matrix(a)


# -- classes, less tidy ------------------------------------------------------------------------------------------------


class Matrix:
    rows = 2

    def __init__(self, data):
        self.data = data
        self._count = 0

    def __getitem__(self, key):
        self._count += 1
        return self.data[key]

    def __setitem__(self, key, value):
        self.data[key] = value

    @property
    def count(self):
        return self._count

    @count.setter
    def count(self, n):
        self._count = n

    def __iadd__(self, other):
        self.data += other
        return self

    def __radd__(self, other):
        return other - self.data[0]

    def __eq__(self, other):
        return self.data[0] == other.data[0]

    def __bool__(self):
        return self._count > 1

    def __abs__(self):
        return abs(self.data[0])

    def __gt__(self, other):
        return self.data[0] > other


@on((vec(1, 2, 3),), everywhere=True)
def class_with_everything(a):
    m = Matrix(a)
    m[0] = m[1] + m[2]
    m += 1
    n = m
    m.count = m.count + 5
    return n.count, 10 + m, m == n, m != Matrix(a * 2), bool(m), abs(m), 3.0 < m, m.rows


@on((2.0,))
def class_attribute_of_instance(x):
    m = Matrix([x])
    m.rows = 7
    return m.rows, Matrix.rows, isinstance(m, Matrix), hasattr(m, "nothing"), getattr(m, "rows")


@dataclass(order=True)
class Version:
    major: int
    minor: int = 0
    tags: tuple = ()

    def __post_init__(self):
        self.minor = self.minor + 1


@on((1, 2), (2, 1))
def dataclass_generated_methods(a, b):
    x, y = Version(a), Version(b, 3)
    return x < y, x == Version(a), x != y, max(x.minor, y.minor), Version(1, 2) >= Version(a, 2), replace(x, major=9)


@on((1.0,))
def frozen_is_frozen(x):
    v = Vector(x, 2.0)
    return (replace(v, x=5.0), v)


class Base:
    def __init__(self, x):
        self.x = x

    def step(self, k):
        return self.x * k

    def run(self, n):
        total = 0.0
        for i in range(n):
            total += self.step(i)
        return total


class Derived(Base):
    def step(self, k):
        self.x += 1.0
        return Base.step(self, k) + 1


@on((2.0, 3), (2.0, 0), everywhere=True)
def overridden_method_in_loop(x, n):
    d = Derived(x)
    return d.run(n), Base(x).run(n), d.x


@on((Derived(1.5), 3))
def instance_as_argument(d, n):
    return d.run(n), d.x


def pick(d, *keys, default=None):
    out = []
    for k in keys:
        out.append(d.get(k, default))
    return out


@on(({"a": 1.0, "b": 2.0}, 3.0))
def dict_and_star(d, x):
    merged = {**d, "c": x, **{"a": 0.5}}
    return pick(merged, "a", "c", "z", default=x), merged, {k: v * 2 for k, v in merged.items() if k != "b"}


@on((3.0, 4.0))
def tuple_unpack_nested_targets(x, y):
    data = {"p": [0, 0]}
    (a, (b, data["p"][1])), *rest = (x, (y, x * y)), 1, 2
    return a, b, data, rest


@on((1.0,))
def evaluation_order(x):
    log = []

    def note(k, v):
        log.append(k)
        return v

    r = note(1, x) + note(2, x) * note(3, x)
    d = {note(4, "k"): note(5, x)}
    d[note(6, "z")] = note(7, x)
    t = note(8, 0) or note(9, 2) and note(10, 3)
    u = note(11, 1) < note(12, 0) < note(13, 5)
    return log, r, d, t, u


@on((1.5,), (-1.5,))
def short_circuit(x):
    calls = [0]

    def f():
        calls[0] += 1
        return True

    r = x > 0 and f()
    s = x > 0 or f()
    return r, s, calls[0]


@on(("abc", 2.0), ("x", 2.0))
def strings(name, x):
    if name.startswith("a"):
        x = x * len(name)
    return x, name + "!", name.upper(), f"{name}-{len(name)}", "b" in name, name[0], [c for c in name]


@on((3,), (-3,))
def bool_of_things(n):
    return bool([]), bool([n]), bool(()), bool(""), bool(None), bool(n), bool(0.0), not n, bool({}), bool(range(n))


@on((vec(1, 2, 3),))
def functions_as_arguments(a):
    def apply(f, *args, **kwargs):
        return f(*args, **kwargs)

    return apply(np.sum, a), apply(lambda x, k=1: x * k, a, k=2), apply(apply, np.dot, a, a), apply(max, 1, 2)


@on((2.0,))
def default_evaluated_once(x):
    k = 1.0

    def f(v, k=k * x):
        return v * k

    k = 100.0
    return f(3.0), k


@on((np.array([[1, 2], [3, 4]]), 1), (np.array([[1, 2], [3, 4]]), 0))
def int_matrix_indexing(a, i):
    b = a[i]
    b[0] = b[1] * 2
    return a, a[:, i], a[i, i] // 2, int(a[0, 0]) % 3


@on((vec(4, 5, 6), np.array([2, 0, 1])))
def gather_and_scatter(a, idx):
    b = a[idx]
    b[0] = 100.0
    c = np.zeros(3)
    c[idx] = a
    return a, b, c


@on((vec(1, 2, 3, 4, 5, 6),))
def window_sums(a):
    out = np.zeros(4)
    for i in range(4):
        out[i] = a[i : i + 3].sum()
        a[i : i + 2] += 1
    return out


@on((mat(3, 4), 1), (mat(3, 4), -1))
def negative_axes(a, k):
    return a[k], a[-1, k], a[::-1, 1:-1], a[..., k], a[:, None, k].shape


@on((vec(1, 2, 3),))
def copy_and_views_in_function(a):
    def centre(v):
        v -= v.mean()
        return v

    b = centre(a.copy())
    c = centre(a)
    return b, c is a, a.sum()


@on((vec(1, 2, 3), 3), (vec(1, 2, 3), 0))
def view_held_through_loop(a, n):
    head = a[:2]
    for i in range(n):
        a += 1
        head[0] *= 2
    return head + 0, a.sum()


@on((vec(1, 2, 3), 3))
def view_rebound_in_loop(a, n):
    for i in range(n):
        part = a[i:]
        part *= 2
    return a


@on((mat(2, 3), 2))
def row_view_rebound_in_loop(a, n):
    row = a[0]
    for i in range(n):
        row = a[i]
        row[0] = 5.0
    return a


@on((vec(1, 2), vec(3, 4), 2.0), (vec(1, 2), vec(3, 4), -2.0))
def write_through_chosen_view(a, b, x):
    if x > 0:
        a[0] = x
        y = a[0] + b[0]
    else:
        b[0] = x
        y = a[0] - b[0]
    return y


@on((2.5, 1.5))
def python_and_numpy_numbers(x, y):
    a = np.float64(x)
    return a + y, x + y, np.sqrt(x), math.sqrt(x), abs(a), -a, a // 1, a > y, float(a), np.maximum(x, y), max(a, y)


@on((7,), (-7,))
def int_functions(n):
    return (
        abs(n),
        divmod(n, 3),
        pow(n, 2),
        n.bit_length() if False else 0,
        math.floor(n / 2),
        n % 5,
        int(n / 2),
        round(n),
    )


@on((3.0, -0.0), (float("nan"), 1.0), (float("inf"), 2.0))
def special_floats(x, y):
    return x == x, x > y, min(x, y), max(x, y), abs(y), x is None, math.isnan(x), not x


@on((3 + 4j,), (1.5,))
def complex_numbers(z):
    return z * 2, abs(z), z.real, z.imag, z + 1j, z.conjugate(), z == 3 + 4j, z**2


@on((1, 2.0))
def lists_of_lists(a, b):
    grid = [[0] * 3 for _ in range(2)]
    grid[1][2] = a
    grid[0].append(b)
    flat = [v for row in grid for v in row]
    shared = [[0]] * 2
    shared[0][0] = b
    return grid, flat, shared, [row[:] for row in grid]


@on((2,), (3,))
def list_repeat_by_argument(n):
    return [0.5] * n, (1, 2) * n, list(range(n)), [i * i for i in range(n)]


@on((4,), (0,))
def appending_in_loop(n):
    out = []
    for i in range(n):
        out.append(i * 0.5)
    return out


@on((4,), (1,))
def appending_in_while(n):
    out = [n]
    while n > 1:
        n = n // 2
        out.append(n)
    return out


@on((3,), (0,))
def np_array_of_list(n):
    rows = [np.full(2, float(i)) for i in range(n + 1)]
    return np.array(rows), np.stack(rows).sum(), np.array([1, n, 2.5])


GLOBAL_N = 3
GLOBAL_TABLE = {"a": 1.5, "b": [2.0, 3.0]}
GLOBAL_ARRAY = vec(1, 2, 3)


@on((2.0,))
def globals_read(x):
    return np.zeros(GLOBAL_N), GLOBAL_TABLE["b"][1] * x, GLOBAL_ARRAY[1] + x, GLOBAL_N * x


@on(())
def no_arguments():
    return 1 + 1, "x"


@on((None,), (1.0,))
def optional_argument(x=None):
    if x is None:
        x = 5.0
    return x * 2


@on((vec(1, 2), vec(3, 4), 2), (vec(1, 2), vec(3, 4), 1))
def swap_loop_then_separate_names(x, y, n):
    a, b = x * 1, y * 1
    first, second = a, b
    for i in range(n):
        a, b = b, a
    total = a[0] - b[0]
    first[0] = 50.0
    return total, first[0] + second[0]


# -- various -----------------------------------------------------------------------------------------------------------


@on((3,), (0,))
def lists_built_in_unrolled_loops(n):
    xs = []
    for i in range(3):
        ys = []
        for j in range(i):
            ys.append(i * j + n)
        xs.append(ys)
    return xs


@on((3,), (0,))
def dict_filled_by_known_keys(n):
    d = {}
    for k in ("a", "b"):
        d[k] = n
        d[k] += 1
    return d


@on((5,))
def else_break_continue(n):
    x = 0
    for i in range(n):
        if i == 1:
            continue
        if i == 3:
            break
        x += i
    else:
        x = -1
    return x, i


@on((vec(1, 2, 3),))
def sum_from_int_zero(a):
    s = 0
    for x in a:
        s += x
    return s


@on((vec(),))
def sum_of_nothing(a):
    s = 0.0
    for x in a:
        s += x
    return s


@on((3,), (-3,))
def none_or_number_by_int(x):
    y = None
    if x > 0:
        y = 2.0 * x
    return y


@on((True,), (False,))
def defs_in_branches(f):
    if f:

        def g(x):
            return x + 1
    else:

        def g(x):
            return x * 10

    return g(3)


@on((3.0,), (0.5,))
def lambdas_chosen_by_float(x):
    g = (lambda v: v + 1) if x > 1 else (lambda v: v * 10)
    return g(x)


@on((3,))
def closures_appended_with_default(n):
    fs = []
    for i in range(3):
        fs.append(lambda x, i=i: x + i)
    return [f(n) for f in fs]


@on((3,))
def closures_appended_late_bound(n):
    fs = []
    for i in range(3):

        def f(x):
            return x + i

        fs.append(f)
    return [f(n) for f in fs]


@on((2.0,))
def shallow_copy_of_list(x):
    a = [1, [x, 3]]
    b = a[:]
    b[1][0] = 10.0
    b[0] = 5
    return a, b


@on(([3, 1, 2],))
def list_sorted_in_place(xs):
    xs.sort()
    return xs


@on((vec(3, 1, 2),))
def array_sorted_in_place(a):
    b = np.sort(a)
    a.sort()
    return a, b


@on((2, 3))
def augmented_ints(a, b):
    a ^= b
    a <<= 2
    a |= 1
    a &= 0xFF
    a >>= 1
    a **= 2
    a //= 3
    a %= 7
    a -= 1
    a *= 5
    return a


@on((2.5,))
def augmented_floats(x):
    x += 1
    x -= 2
    x *= 3
    x /= 4
    x **= 2
    x //= 0.1
    x %= 0.3
    return x


@on((10, 3), (10, 0))
def name_ending_in_underscore(a, b):
    try_ = a if b else 0
    return divmod(a, b) if b != 0 else (0, try_)


@on((1, 2))
def star_only(*args):
    return args, len(args), sum(args)


@on(({"x": 1.0},))
def keywords_are_a_new_dict(d):
    def f(**kw):
        return kw

    r = f(**d, y=2)
    r["x"] = 5
    return d, r


@on((3.0,))
def mutable_default_grows(x):
    def f(a, b=[]):
        b.append(a)
        return len(b)

    return f(x), f(x), f(x, [1, 2]), f(x)


@on((vec(1, 2, 3),))
def ellipsis_and_slices_assigned(a):
    a[...] = 5
    a[1:2] = [7]
    a[-1] = a[0] + a[1]
    return a


@on((mat(3, 3),))
def rows_columns_assigned(a):
    a[1] = a[0]
    a[:, 2] = [1, 2, 3]
    a[0, :2] *= 10
    a[::2, 1] = 0
    b = a.T.copy()
    b[0] = 9
    return a, b


@on((mat(2, 2),))
def unpacked_rows_are_views(a):
    b, c = a
    b[0] = 100
    c += b
    return a


@on((mat(2, 2),))
def enumerated_rows_are_views(a):
    for r in a:
        r *= 2
    for i, r in enumerate(a):
        r[i] = 0
    return a


@on((vec(1, 2, 3), vec(4, 5, 6)))
def arrays_exchanged(a, b):
    a, b = b, a
    a[0] = 9
    return a - b


@on((vec(1, 2, 3),))
def rebinding_is_no_write(a):
    b = a
    a = a + 1
    b[0] = 50
    return a, b


@on((vec(1, 2, 3),))
def whole_slices_are_views(a):
    b = a[:]
    c = a.view() if False else a[0:]
    b[0] = 50
    c[1] = 60
    return a


@on((5,))
def iterator_exhausted_by_loop(n):
    total = 0
    it = iter(range(n))
    for i in it:
        total += i
    for i in it:
        total += 1000
    return total


@on((3,), (4,))
def string_repeated(n):
    s = ""
    for c in ("a", "b"):
        s += c * n
    return len(s)


@on((7,), (8,))
def string_chosen_by_int(n):
    kind = "odd" if n % 2 else "even"
    return kind


@on((2.0, 3))
def power_by_squaring(x, n):
    r = 1.0
    while n:
        if n & 1:
            r *= x
        x *= x
        n >>= 1
    return r


@on((100,), (2,))
def prime_sieve(n):
    sieve = np.ones(n + 1, dtype=bool)
    sieve[:2] = False
    i = 2
    while i * i <= n:
        if sieve[i]:
            for j in range(i * i, n + 1, i):
                sieve[j] = False
        i += 1
    return sieve.sum()


@on((vec(1, 2, 3), 2.5), (vec(1, 2, 3), -1.0))
def position_by_break(a, x):
    lo = 0
    for v in a:
        if v > x:
            break
        lo += 1
    return lo


@on((3, 3))
def paths_in_grid(n, m):
    g = np.zeros((n, m), dtype=int)
    g[0, :] = 1
    g[:, 0] = 1
    for i in range(1, n):
        for j in range(1, m):
            g[i, j] = g[i - 1, j] + g[i, j - 1]
    return g[-1, -1], g


@on((np.int64(5),), (np.float32(2.5),))
def numpy_scalar_arithmetic(x):
    y = x * 2
    y += 1
    z = x if x > 1 else -x
    return y, z, [x, y], (x > 1) and (x < 100), not x


@on((1e308,))
def float_overflow(x):
    return x * 10, -x * 10, x * 10 - x * 10


@on((2**62,))
def large_ints(n):
    return n - 1, -n, n // 3, n % 7, n > 1


@on((5, 2), (5, -2))
def signs_of_division(a, b):
    return a % b, -a % b, a // b, -a // b, a / b, (a * 1.0) // b, (-a * 1.0) % b


@on((0.1,), (1e-20,), (-2.5,))
def rounding_down(x):
    return round(x * 10), int(x * 10), x // 1, x % 1, divmod(x, 0.3)


@on((3,))
def two_closures_share_cell(n):
    def outer():
        k = 0

        def inc():
            nonlocal k
            k += n
            return k

        def get():
            return k

        return inc, get

    inc, get = outer()
    inc()
    inc()
    return get(), inc(), get()


@on((4,))
def fibonacci_closure(n):
    memo = {}

    def f(k):
        if k < 2:
            return k
        return f(k - 1) + f(k - 2)

    return f(n)


@on((3, 2.0))
def recursion_with_nonlocal(n, x):
    def f(k):
        nonlocal x
        x += 1
        if k == 0:
            return 0
        return f(k - 1) + 1

    r = f(n)
    return r, x


@on((3.0,))
def dataclass_aliases(x):
    class_ = Account(x)
    class_.history.append(x)
    b = class_
    b.balance = 5.0
    c = replace(class_, balance=9.0)
    c.history.append(1.0)
    return class_, b is class_, c


@on((Account(1.0), Account(2.0)))
def objects_exchanged(a, b):
    a, b = b, a
    a.balance += 10
    return a


@on(([Account(1.0), Account(2.0)],))
def objects_in_list_changed(xs):
    for x in xs:
        x.deposit(3.0)
    return sum(x.balance for x in xs)


@on(([vec(1, 2), vec(3, 4)],))
def arrays_in_list_changed(xs):
    for x in xs:
        x += 1
    xs[0], xs[1] = xs[1], xs[0]
    return xs[0]


@on(({"a": vec(1, 2)},))
def arrays_in_dict_changed(d):
    for k in d:
        d[k] = d[k] * 2
    for k, v in d.items():
        v += 1
    return d


@on((2,))
def nested_comprehensions(n):
    return [[i * j for j in range(3)] for i in range(n)], {i: i * n for i in range(3)}, [x for x in range(5) if x % 2]


@on((3.5,))
def string_formatting(x):
    return f"{1 + 1}", f"{'a':>3}", "ab", "x={}".format(1), "%d" % 3


@on((3,), (-1,))
def raise_by_type_and_value(n):
    if not isinstance(n, int):
        raise TypeError("int wanted")
    if n < 0:
        raise ValueError("negative: %d" % 5)
    return n


@on((3,), (-1,))
def raise_with_str_of_number(n):
    if n < 0:
        raise ValueError("negative: " + str(n))
    return n


@on((2.0,))
def chained_assignment_aliases(x):
    a = b = []
    a.append(x)
    return b, a is b


@on((2,))
def list_slices_assigned(n):
    x = [1, 2, 3, 4, 5]
    x[1:3] = [n]
    del x[0]
    x[-1:] = []
    return x, x[::-1], 4 in x, x.index(4), x.count(n), x * 2, x + [n]


@on((2.0, 1), (2.0, 0))
def tuple_indexed_by_argument(x, k):
    t = (x, x * 2, x * 3)
    return t[k], t[-k], t[k:], [1, 2, 3][k]


@on((vec(1, 2, 3), [0, 2]))
def array_indexed_by_list(a, idx):
    return a[idx], a[np.array(idx)]


@on((vec(1, 2, 3),))
def array_attributes(a):
    return a.shape, a.ndim, a.size, a.dtype == np.float64, len(a), a.shape[0]


@on((5.0,), (0.5,))
def while_break_else_float(x):
    while x > 1:
        x /= 2
        if x < 2:
            break
    else:
        x = 100.0
    return x


@on((5,), (1,))
def triple_carry(n):
    x = y = z = 0
    for i in range(n):
        x, y, z = y + 1, z, x + i
    return x, y, z


@on((4,))
def tuple_by_recursion(n):
    def gen(k):
        if k == 0:
            return ()
        return (k,) + gen(k - 1)

    return gen(3), n


@on((4,))
def builtins_on_ranges(n):
    return (
        max(range(n)),
        min([n, 3]),
        sum(range(n)),
        list(reversed([1, 2, n])),
        sorted((n, 1, 9)),
        any(i == n for i in range(3)),
        all(i < n for i in range(3)),
    )


@on((vec(4, 2, 9),))
def builtins_on_arrays(a):
    return max(a), min(a), sum(a), np.max(a), float(a[0]), int(a[1]), list(a), tuple(a), a.tolist()


@on((2.0,), (3.0,))
def loops_in_while_true(x):
    k = 0
    while True:
        k += 1
        if x > 100:
            return k
        elif x > 50:
            x *= 3
            continue
        for j in range(k):
            x += j
            if x > 40:
                break
        else:
            x += 1
            continue
        x += 2


@on((3,))
def comprehension_has_own_variable(n):
    i = 10
    for i in range(n):
        pass
    j = [i for i in range(2)]
    return i, j


@on((0,))
def loop_variable_kept_when_empty(n):
    i = 10
    for i in range(n):
        pass
    return i


@on((3,))
def closure_over_loop_variable(n):
    x = 5

    def f():
        return x

    x = 6
    a = f()
    for x in range(n):
        pass
    return a, f()


@on((3,))
def list_appended_by_recursion(n):
    acc = []

    def visit(k):
        acc.append(k)
        if k > 0:
            visit(k - 1)

    visit(3)
    return acc, n


@on((1.0, 2.0), (2.0, 1.0))
def exchanged_in_branch(a, b):
    if a > b:
        a, b = b, a
    return a, b


@on((vec(1, 2), vec(0, 0)))
def out_argument(a, out):
    np.add(a, 1, out=out) if False else None
    out[:] = a + 1
    return None


@on((3,))
def namedtuple_replaced_in_loop(n):
    p = Point(1.0, 2.0)
    for i in range(n):
        p = p._replace(x=p.x + i)
    return p


@on((3,))
def namedtuple_as_carry(n):
    p = Point(1.0)
    x, y = p
    for i in range(n):
        p = Point(p.y, p.x + 1)
    return p, p.x, tuple(p), x


@on((1,), (0,))
def scalar_read_is_no_view(n):
    a = np.zeros(3)
    a[n] = 1
    v = a[n]
    v += 5
    return a, v


@on(("add", 2.0), ("mul", 2.0))
def table_of_lambdas_by_string(op, x):
    table = {"add": lambda a: a + 1, "mul": lambda a: a * 3}
    return table[op](x)


@on((None,), ((1.0, 2.0),))
def optional_tuple(t):
    return 0.0 if t is None else t[0] + t[1]


@on(
    (2.0, "k"),
)
def setdefault_chain(x, k):
    d = {}
    d[k] = x
    d.setdefault("z", []).append(x)
    return d


@on((5,), (6,))
def shapes_by_int(n):
    if n == 5:
        r = np.zeros(2)
    else:
        r = np.zeros(3)
    return r


@on((True,), (False,))
def structures_by_flag(flag):
    return (1, "a") if flag else [1.0]


@on((5.0,), (1.0,))
def alias_broken_in_branch(x):
    a = np.zeros(3)
    b = a
    if x > 2:
        b = a.copy()
    b = b + 1
    b[0] = x
    return a, b


@on((vec(1, 2, 3, 4), 2))
def recursion_returns_its_argument(a, n):
    def f(v, k):
        if k == 0:
            return v
        return f(v, k - 1)

    r = f(a, n)
    r[0] = 100.0
    return a, r is a


@on((2,))
def recursion_appends_new_lists(n):
    xs = []

    def f(k):
        y = [k]
        if k > 0:
            f(k - 1)
        xs.append(y)
        return y

    y = f(2)
    y.append(5)
    return xs, n


@on((vec(1, 2), 3))
def recursion_changes_object(a, n):
    box = Account(0.0)

    def f(k):
        box.balance += a[0]
        a[1] += 1
        if k > 0:
            f(k - 1)

    f(n)
    return box.balance, a


@on((3,))
def recursion_changes_list(n):
    box = [0, (1.0, 2)]

    def f(k):
        box[0] += 1
        box[1] = (box[1][0] * 2, box[1][1] + k)
        return 0 if k == 0 else f(k - 1) + box[0]

    return f(n), box


@on((3,))
def mutual_closures(n):
    def even(k):
        return True if k == 0 else odd(k - 1)

    def odd(k):
        return False if k == 0 else even(k - 1)

    return even(n), odd(n)


@on((5,), (0,))
def recursion_with_keywords(n):
    def f(k, acc=1, *, scale=2):
        if k <= 0:
            return acc
        return f(k - 1, acc * k, scale=scale)

    return f(n), f(n, 2.0)


@on((4,))
def recursion_in_for(n):
    def f(k):
        total = 0
        for i in range(k):
            total += f(i) + 1
        return total

    return f(n)


@on((4,))
def recursion_in_while(n):
    def f(k):
        while k > 0:
            k -= 1
            if f(k - 1) > 2:
                return 10
        return k + 1

    return f(n)


@on((10, 3), (0, 3))
def binomial_by_recursion(n, k):
    def f(n, k):
        if k == 0 or k == n:
            return 1
        if k > n or n < 0:
            return 0
        return f(n - 1, k - 1) + f(n - 1, k)

    return f(n, k)


@on((12,))
def raise_in_recursion(n):
    if n < 0:
        raise ValueError("neg")

    def f(k):
        if k > 20:
            raise RuntimeError(f"too big {k}")
        return k if k < 1 else f(k - 2)

    return f(n)


@on((vec(5, 3, 8, 1),))
def quicksort_in_place(a):
    def quick(lo, hi):
        if lo >= hi:
            return
        p = a[hi]
        i = lo
        for j in range(lo, hi):
            if a[j] < p:
                a[i], a[j] = a[j], a[i]
                i += 1
        a[i], a[hi] = a[hi], a[i]
        quick(lo, i - 1)
        quick(i + 1, hi)

    quick(0, len(a) - 1)
    return a


@on((vec(5, 3, 8, 1),))
def merge_sort_of_slices(a):
    def msort(v):
        if len(v) <= 1:
            return v
        m = len(v) // 2
        l, r = msort(v[:m]), msort(v[m:])
        out = np.zeros(len(v))
        i = j = 0
        for k in range(len(v)):
            if j >= len(r) or (i < len(l) and l[i] <= r[j]):
                out[k] = l[i]
                i += 1
            else:
                out[k] = r[j]
                j += 1
        return out

    return msort(a)


@on((vec(1, -2, 3),))
def maximum_subarray(a):
    n = len(a)
    best = a[0]
    cur = a[0]
    for x in a[1:]:
        cur = max(x, cur + x)
        best = max(best, cur)
    return best


@on((vec(1, 2, 3), vec(2, 3, 4)))
def polynomial_product(p, q):
    r = np.zeros(len(p) + len(q) - 1)
    for i, x in enumerate(p):
        for j, y in enumerate(q):
            r[i + j] += x * y
    return r


@on(("kitten", "sitting"))
def edit_distance(s, t):
    d = np.zeros((len(s) + 1, len(t) + 1), dtype=int)
    for i in range(len(s) + 1):
        d[i, 0] = i
    for j in range(len(t) + 1):
        d[0, j] = j
    for i in range(1, len(s) + 1):
        for j in range(1, len(t) + 1):
            d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + (s[i - 1] != t[j - 1]))
    return d[-1, -1]


@on(
    (mat(4, 4), 2),
)
def view_by_run_time_row(a, k):
    b = a[k]
    a[k, 0] = 50
    c = b[1:3]
    a[:, 1] = 7
    return b + 0, c + 0, a[k, k]


@on(
    (mat(4, 4), 1),
)
def view_keeps_its_index(a, k):
    i = k
    row = a[i]
    i += 1
    row[i] = 100.0
    return a, row is a[k], i


@on((5,))
def alias_before_loop_only(n):
    x = np.arange(n, dtype=float)
    y = x
    for i in range(2):
        y = y + x
        x[i] = -1
    return x, y


@on((5,))
def alias_inside_loop(n):
    x = np.arange(n, dtype=float)
    y = x
    for i in range(3):
        if i == 1:
            y = x
        y = y * 1.5
    y[0] = 3
    return x, y


@on((5.0,))
def array_assigned_under_condition(t):
    x = np.arange(3, dtype=float)
    y = x
    while t > 1:
        t = t / 2
        if t < 2:
            y = x * t
    return x + y


@on((5,))
def history_rows(n):
    hist = np.zeros((n, 2))
    s = np.array([1.0, 0.0])
    for i in range(n):
        hist[i] = s
        s[0], s[1] = s[1], s[0] + 1
    return hist


@on((5,))
def same_array_appended(n):
    hist = []
    s = np.array([1.0, 0.0])
    for i in range(3):
        hist.append(s)
        s += 1
    return hist[0], hist[2], hist[0] is hist[1], n


@on((3.0,))
def objects_in_objects(x):
    class_list = [Account(x), Account(x * 2)]
    a, b = class_list
    a.history.append(b)
    b.history.append(x)
    return a.history[0].history, class_list[1].balance


@on((2,))
def list_matrix(n):
    m = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            m[i][j] = i * 10 + j
    return m


@on((2,), (3,))
def dict_by_loop_index(n):
    d = {}
    for i in range(n):
        d[i] = i * i
    return d, d[n - 1]


@on((2.0,))
def tuple_of_one_list(x):
    x = [x]
    y = (x, x)
    y[0].append(1.0)
    z = y + (x,)
    z[2][0] = 7.0
    return y, z


@on(((1.0, [2.0]),))
def list_inside_tuple_argument(t):
    a, b = t
    b[0] += a
    t[1].append(5)
    return t


@on((vec(1, 2, 3),))
def view_replaces_argument(a):
    a = a[1:]
    a[0] = 9
    return a + 0


@on((vec(1, 2, 3),))
def views_in_list(a):
    b = [a, a[1:]]
    b[1][0] = 9
    b[0] = b[0] * 2
    return b[0], a


@on((vec(1, 2, 3), 2))
def views_in_loop(a, n):
    views = (a[:1], a[1:])
    for i in range(n):
        for v in views:
            v += i + 1
    return a


@on((mat(2, 3),))
def shape_functions_that_view(a):
    f = a.flatten()
    f[0] = 100
    s = a.sum(axis=0)
    s[0] = 1
    b = np.asarray(a)
    b[0, 1] = 5
    c = np.array(a)
    c[0, 2] = 6
    e = a.squeeze()
    e[1, 1] = 7
    x = a[None]
    x[0, 1, 2] = 8
    return a


@on((vec(1, 2, 3),))
def elementwise_results_are_new(a):
    b = np.where(a > 1, a, 0)
    b[0] = 5
    c = a.real
    c[2] = 10
    d = a.clip(0, 2)
    return a, b, d


# -- match, with, imports, generator expressions -----------------------------------------------------------------------


@dataclass
class Move:
    dx: float
    dy: float = 0.0


@dataclass
class Turn:
    angle: float


class Mode(Enum):
    SUM = "sum"
    PRODUCT = "product"


@on((Move(1.0), 2.0), (Move(1.0, 3.0), 2.0), (Turn(0.5), 2.0), ("stop", 1.0), (None, 1.0), (3, 1.0), everywhere=True)
def match_on_structure(order, x):
    match order:
        case Move(dx, 0.0):
            return x + dx
        case Move(dx=a, dy=b) if a > 2.0:
            return x * a
        case Move(a, b):
            return x - a * b
        case Turn(angle=t):
            y = math.sin(t) * x
        case "stop" | None:
            return 0.0
        case int(n) | float(n):
            y = n * x
    return y + 1.0


@on((0, 2.0), (1, 2.0), (2, 2.0), (3, 2.0), (4, 2.0), (-5, 2.0), everywhere=True)
def match_on_run_time_numbers(n, x):
    match n:
        case 0:
            y = x
        case 1 | 2:
            y = x * x
        case k if k > 3:
            y = x + k
        case k:
            y = x - k
    return y


@on(((1.0, 2.0),), ([1.0, 2.0, 3.0, 4.0],), ((5.0,),), ([],), ({"a": 1.0, "b": 2.0},), ({"b": 3.0},), ({},))
def match_on_shape(data):
    match data:
        case []:
            return 0.0
        case [a]:
            return a
        case (a, b):
            return a * b
        case [a, *middle, b]:
            return a + b + sum(middle)
        case {"a": a, **rest}:
            return a + len(rest)
        case {"b": b}:
            return -b
        case _:
            return 100.0


@on((vec(1, 2, 3), Mode.SUM), (vec(1, 2, 3), Mode.PRODUCT), everywhere=True)
def match_on_members(x, mode):
    match mode, x.ndim:
        case Mode.SUM, 1:
            return x.sum()
        case Mode.PRODUCT, _:
            return x.prod()


@on((vec(1, 0, -2),), (vec(4, 9),), everywhere=True)
def match_in_a_loop(xs):
    total, zeros = 0.0, 0
    for k in range(len(xs)):
        match k % 3:
            case 0:
                total += xs[k]
            case 1 if xs[k] == 0.0:
                zeros += 1
            case 2:
                break
            case other:
                total -= other * xs[k]
    return total, zeros


@on((vec(1, 0, -2), 0.0), (vec(4, 9), 2.0), everywhere=True)
def quiet_division(x, y):
    with np.errstate(divide="ignore", invalid="ignore") as nothing:
        z = x / y
        if y == 0.0:
            return z
    with np.errstate(all="ignore"):
        for k in range(3):
            with np.errstate(over="ignore"):
                if z[0] > k:
                    continue
                z = z * 2
    return z if nothing is None else x


@on((0.5,), (2.0,), everywhere=True)
def imports_inside(x):
    import math as m
    import numpy.linalg
    from math import pi, sin as sine

    def area(r):
        from operator import mul

        return mul(pi, r)

    return sine(x) + m.floor(x) + area(x) + numpy.linalg.norm(np.array([x, x]))


@on((1.0,), (-1.0,))
def import_that_fails(x):
    if x > 0:
        from math import no_such_name
    return x


@on((vec(3, 1, 2),), everywhere=True)
def generators_consumed(x):
    total = 0.0
    for y in (v * v for v in x if v != 1.0):
        total += y
    a, b = (v + 1 for v in (total, x[0]))
    return total, a, b, max(v for v in (1, 2, 3)), sum((v for v in x), 10.0), [*(2 * v for v in (1, 2))]


# -- found by random programs -----------------------------------------------------------------------------------------


@on((1.5, 3), (0.5, 2), everywhere=True)
def is_between_bools(x, n):
    big, odd = x > 1, n % 2 == 1
    count = 0
    while (count < n) is True:
        count += 1
    return big is True, big is odd, odd is not False, np.float64(x) is True, (n is not True), count


@on((1e200, 2.0), (2.0, 2000.0), (3.0, 2.0), (float("inf"), 2.0), (1e200, 0.5))
def float_power_out_of_range(x, y):
    return x**y


@on((1e200,), (-1e200,), (1e100,), (float("-inf"),), everywhere=True)
def float_square_out_of_range(x):
    return x**2


def looks_up(n, x):
    if n <= 0:
        return x
    k = [1, -2, 3].index((x > 0) + 1 - (x > 0))
    return looks_up(n - 1, x) + k


@on((2.0,))
def recursion_that_needs_a_constant(x):
    return looks_up(2, 0.5) + looks_up(1, 3.0) + x


@on(([2.0, 3.0, 4.0], 1.0), everywhere=True)
def list_written_while_looped_over(xs, b):
    total = 0.0
    for x in xs:
        xs[1] = b
        total += x
    for x in xs:
        if len(xs) < 5:
            xs.append(b)
        total = total * 2 + x
    return total, xs


@on(({"a": 1.0, "b": 5.0}, 1.0))
def dict_written_while_looped_over(d, b):
    total = 0.0
    for v in d.values():
        d["b"] = b
        total += v
    return total


# -- what is refused ---------------------------------------------------------------------------------------------------

REFUSED: list[Program] = []


# -- folds, sorting ----------------------------------------------------------------------------------------------------


@on(([3.0, -4.0, 2.0], 1.5), ([1.0], 0.0), everywhere=True)
def extrema_with_keys(xs, x):
    best = max(xs, key=abs), min(xs, key=lambda v: (v - x) ** 2), max(enumerate(xs), key=lambda p: p[1])
    return best, max((), default=x), min([], default=None), max([(x, 1), (xs[0], 2)]), max(x, -x, key=lambda v: -v)


@on(([],))
def extremum_of_nothing(xs):
    return max(xs)


@on(([3.0, -4.0, 2.0, -4.0, 0.0],), ([1.0],), ([],), everywhere=True)
def sorted_numbers(xs):
    return sorted(xs), sorted(xs, reverse=True), sorted(xs, key=abs), sorted(xs, key=abs, reverse=True)


@on(([3, 1, 3, 2], [1.0, 2.0, 3.0, 4.0]), everywhere=True)
def sorted_pairs_are_stable(ns, xs):
    pairs = list(zip(ns, xs))
    by_first = sorted(pairs, key=lambda p: p[0]), sorted(pairs, key=lambda p: p[0], reverse=True)
    return by_first, sorted(pairs), sorted(pairs, key=lambda p: (p[0], -p[1])), sorted(pairs, reverse=True)


@on((2.0, 1.0), (1.0, 2.0), everywhere=True)
def sorted_by_comparison(x, y):
    descending = functools.cmp_to_key(lambda a, b: b - a)
    vectors = sorted([Version(x, 1.0), Version(y, 2.0)])
    return sorted([x, y, 1.5], key=descending), [v.major for v in vectors]


@on(([2.0, -3.0, 1.0],), everywhere=True)
def list_sorted_by_key(xs):
    ys = xs
    ys.sort(key=abs)
    xs.append(0.5)
    ys.sort(reverse=True)
    return ys


@on(([3.0, 1.0, 2.0, 1.0], 1.0), ([1.0], 1.0), ([2.0], 1.0), everywhere=True)
def list_item_removed(xs, x):
    xs.remove(x)
    return xs, xs.count(x)


@on(([3.0, 1.0, 2.0, 1.0], 1.0), ([2.0], 1.0))
def list_index_from(xs, x):
    return xs.index(x, 2), xs.index(x, -1), (x, 2.0).index(2.0)


@on(([[1.0], [2.0, 3.0]], 5.0))
def sums_with_start(ls, x):
    return sum(ls, []), sum([x, x], x), sum([(x,), (1,)], ()), sum(range(4), 10)


# -- numbers -----------------------------------------------------------------------------------------------------------


@on((2.675,), (-0.125,), (0.5,), (1e20,), (1.005e-3,), (float("inf"),), (float("nan"),), (123456.785,), everywhere=True)
def round_to_digits(x):
    return round(x, 0), round(x, 1), round(x, 2), round(x, 3), round(x, 5), round(x * 3, 10)


@on((1250,), (1350,), (-1250,), (7,), everywhere=True)
def round_ints(n):
    return round(n, -2), round(n, 1), round(n, -5), round(n)


@on((3, 20, 7), (-3, 5, 7), (3, -1, 7), (5, 3, -7), (2, -1, 4), (2, 3, 0), everywhere=True)
def modular_powers(n, k, m):
    return pow(n, k, m), pow(n, 2)


@on((1.5, 2 + 3j), everywhere=True)
def complex_from_parts(x, z):
    return complex(x, 2.0), complex(z, x), complex(x, z), complex(imag=x), complex(x)


@on((7,), (-8,), (0,), everywhere=True)
def int_methods(n):
    return n.bit_length(), n.bit_count(), n.numerator, n.denominator, n.conjugate(), int("12", 8)


@on((-2.75, 0.5), (2.5, 1.0), (5.0, 3.0), (0.0, -2.0), (1e-300, 7.0), everywhere=True)
def parts_of_floats(x, y):
    return math.modf(x), math.frexp(x), math.ldexp(x, 3), math.remainder(x, y), math.fmod(x, y), math.hypot(x, y, 1.0)


@on((1000.0,), (1.0,), everywhere=True)
def math_overflow(x):
    return math.exp(x)


@on((float("inf"),), (1.0,))
def math_of_infinity(x):
    return math.sin(x)


@on((-2.0, 0.5), (0.0, -1.0), (2.0, 3.0), (10.0, 400.0))
def math_power(x, y):
    return math.pow(x, y)


@on((1 + 2j,), (-1 + 0j,), everywhere=True)
def cmath_functions(z):
    parts = cmath.polar(z), cmath.phase(z), cmath.rect(2.0, 0.5)
    inverse = cmath.asin(z), cmath.acos(z), cmath.atan(z), cmath.asinh(z), cmath.acosh(z), cmath.atanh(z)
    near = cmath.isclose(z, z)
    return cmath.sqrt(z), cmath.exp(z), cmath.log(z), cmath.log(z, 2), cmath.cosh(z), near, parts, inverse


# -- iterators and functions of the standard library -------------------------------------------------------------------


@on((2.0,), everywhere=True)
def zip_of_one_iterator(x):
    it = iter([x, 1.0, 2.0, 3.0, 4.0])
    pairs = list(zip(it, it))
    return pairs, list(zip(*[iter([x, 1.0, 2.0, 3.0])] * 2))


@on(([1.0, 2.0, 3.0], 0.5), everywhere=True)
def itertools_on_lists(xs, x):
    sums = list(itertools.accumulate(xs)), list(itertools.accumulate(xs, max, initial=x))
    cycled = list(itertools.islice(itertools.cycle(xs), 5)), list(zip(xs, itertools.repeat(x)))
    longest = list(itertools.zip_longest(xs, [x], fillvalue=0.0)), list(itertools.starmap(pow, [(x, 2)]))
    groups = [(key, list(g)) for key, g in itertools.groupby([(1, x), (1, 2.0), (2, x)], key=lambda p: p[0])]
    return sums, cycled, longest, groups, list(zip(itertools.count(2, 3), xs)), list(itertools.compress(xs, [1, 0, 1]))


@on(([1.0, 2.0, 3.0],), everywhere=True)
def lazy_iterators_see_changes(xs):
    kept = filter(None, [1, 0, 2])
    chained = itertools.chain(xs, [0.0])
    views = {"a": 1.0}
    names, items = views.keys(), views.items()
    xs.append(9.0)
    views["b"] = 2.0
    return list(kept), list(chained), list(names), list(items), len(names), "b" in names


@on(([1.0, 2.0, 3.0, 4.0],), everywhere=True)
def islice_leaves_the_rest(xs):
    it = iter(xs)
    first = list(itertools.islice(it, 2))
    return first, next(it), list(it), next(it, None)


@on(([3.0, 1.0], 2.0), everywhere=True)
def operator_functions(xs, x):
    get, two = operator.itemgetter(1), operator.itemgetter(0, 1)
    operator.setitem(xs, 0, x)
    same = operator.iadd(xs, [x]) is xs
    found = operator.attrgetter("real")(x), operator.methodcaller("index", 1.0)(xs)
    return get(xs), two(xs), found, same, operator.pos(x)


@functools.singledispatch
def described(value):
    return "other", value


@described.register
def _(value: int):
    return "int", value + 1


@functools.lru_cache
def cached_double(x):
    return x * 2


@on((3, 1.5), everywhere=True)
def functools_wrappers(n, x):
    @functools.lru_cache(maxsize=None)
    def fib(m):
        return m if m < 2 else fib(m - 1) + fib(m - 2)

    part = partial(max, x)
    return described(n), described(x), cached_double(x), fib(n), part(2.0), part.args, part.func(1, n)


@on(([1.0, 2.0], {"a": 1.0}), everywhere=True)
def copies(xs, d):
    both = [xs, xs]
    deep, shallow = copy.deepcopy(both), copy.copy(both)
    deep[0].append(5.0)
    shallow[0].append(6.0)
    other = copy.copy(d)
    other["b"] = 2.0
    return deep, deep[0] is deep[1], shallow[0] is xs, other, d


# -- containers change in place ----------------------------------------------------------------------------------------


@on(([1.0, 2.0], {"a": 1.0}, vec(1, 2)), everywhere=True)
def containers_updated_in_place(xs, d, a):
    ys, e = xs, d
    ys *= 2
    ys += (3.0,)
    e |= {"b": 2.0}
    sums = ys
    sums += np.ones(5)
    return xs, d, sums


@on(({"a": 1.0, "b": 2.0},), everywhere=True)
def dict_taken_apart(d):
    last = d.popitem()
    fresh = dict.fromkeys(["p", "q"], last[1])
    return last, fresh, d, list(reversed(fresh)), bool(d.keys()), [*d.items()]


@on((5,), (3,), everywhere=True)
def range_items(n):
    r = range(n)
    return r[1], r[-1], range(10)[2:8:2][1], r.start, r.stop, r.step, range(3) == range(n), 2 in r, list(r)[::-1]


@on(("abc",))
def string_parts(name):
    return name[::-1], name[1:], name.split("b"), name.partition("b"), "-".join([name, "x"]), ord(name[0]), len(name)


@on((1.5, 3))
def strings_printed(x, n):
    print("%.2f|%5d|%-6s|%s" % (x, n, "a", x), ",".join(str(i * x) for i in range(3)), "{:>8}".format(x))
    return n


# -- classes -----------------------------------------------------------------------------------------------------------


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Figure(ABC):
    @abstractmethod
    def area(self): ...

    def twice(self):
        return 2 * self.area()


class Disc(Figure):
    def __init__(self, r):
        self.r = r

    def area(self):
        return self.r**2

    def __getattr__(self, name):
        return self.r * len(name)


@dataclass
class Started:
    u: float
    scale: InitVar[float] = 2.0
    total: float = 0.0

    def __post_init__(self, scale):
        self.total = self.u * scale


@on((1.5, 2), everywhere=True)
def classes_of_all_kinds(x, n):
    disc, started = Disc(x), Started(x)
    colors = [c.value * x for c in Color], len(Color), Color(1).name
    return disc.twice(), disc.nothing, started, asdict(started), astuple(Started(x, 3.0)), colors, Level.HIGH + n


@on((1.5,), everywhere=True)
def named_tuple_made(x):
    p = Point._make([x, 2.0])
    return p, p._replace(y=x), isinstance(p, tuple | int)


@on((1.5,))
def named_tuple_replaced_wrongly(x):
    return Point(x, 2.0)._replace(nope=1.0)


# -- exceptions --------------------------------------------------------------------------------------------------------


class CodedTrouble(ValueError):
    def __init__(self, text, code, extra=None):
        super().__init__(text)
        self.code = code

    def __str__(self):
        return f"{self.args[0]} [{self.code}]"


@on((3, 1.5), (5, 0.5), (1, 1.0), everywhere=True)
def exceptions_with_arguments(n, x):
    for i in range(n):
        if i == 2 and x > 1:
            raise ValueError("at", i, x, (n, "text"))
        if i == 4:
            raise CodedTrouble(f"at {i}", i)
    return x


@on((3,))
def key_error_of_int(n):
    raise KeyError(n)


@on((2.0, 3), everywhere=True)
def assertion_with_tuple(x, n):
    assert x > 100, ("too small", x, n)
    return x


@on((vec(1, 2, 3), 1), (vec(1, 2, 3), 4), (vec(-1, 2, 3), 4), (vec(-1, np.nan, 3), 2), everywhere=True)
def exceptions_about_arrays(x, n):
    table = np.outer(x, x) * (1 + 2j)
    for k in range(n):
        table[k % 3] += k
        assert not np.isnan(x[1]), (x, x[1], [x[:2].sum()][0])
        if k == 3 and x[0] > 0:
            raise ValueError(f"at {k}: {x}, {x[0]!r}, {x[1]:.3f} of\n{table!r}")
        if k == 3:
            raise CodedTrouble("table", k)
    if x[0] > 0:
        raise KeyError("empty", x[:0], x > 1, x.astype(np.uint64), np.float32(x[2]), {"x": x}["x"].T)
    return table


@on((vec(1, 2, 3), 2), (vec(-1, 2, 3), 2), everywhere=True)
def exceptions_about_arrays_in_recursion(x, n):
    if n == 0:
        if x[0] > 0:
            raise ValueError("deep", x)
        return x
    return exceptions_about_arrays_in_recursion(x * 2, n - 1)


@on((0.5,), (-0.5,), everywhere=True)
def appended_to_in_a_branch_after_a_loop_of_known_length(c):
    xs = []
    for i in range(40):
        xs.append(i * c)
    if c > 0:
        xs.append(c)
    for j in range(40):
        if c > 0.1 * j:
            xs.append(c)
    return sum(xs), len(xs)


@on((0.5,), (900.0,), everywhere=True)
def longer_than_a_loop_of_known_length_made_it(c):
    xs = []
    for i in range(40):
        xs.append(i * c)
    while c < 1000.0:
        xs.append(c)
        c *= 1.05
    return np.array(xs).sum(), len(xs)


@on((0.5,), (2.0,), (0.01,), everywhere=True)
def lists_extended_by_what_only_run_time_knows(c):
    ys = [k * c for k in range(40)]
    some = [y for y in ys if y > 3]
    first, second, third = [], [1.0, 2.0], []
    first += some
    first += [y for y in ys if y < 1]
    if c > 0.2:
        second.extend(some)
    for t in range(3):
        third += [y for y in ys if y > t]
    return first, second, third, [0.0, *some, 1.0, *some]


@on((vec(1, 2, 3),), (vec(0.5, 0.25, 4),), everywhere=True)
def a_vector_that_changes_while_it_is_gone_through(a):
    for x, y, name in zip(a, reversed(a), ("p", "q", "r")):
        if name == "p":
            part = a[::2]
        part[1] = np.sqrt(x) + y
        a[1] += len(name)
    for k, x in enumerate(a):
        if k == 0:
            first = a[:2]
        first[1] += x
    return first, part


@on((0.5,), (0.2,), (0.05,), everywhere=True)
def a_list_that_is_new_on_each_path(c):
    ys = [k * c for k in range(40)]
    if c > 0.3:
        xs = [1.0, 2.0]
    elif c > 0.1:
        xs = []
    else:
        xs = [y for y in ys if y > 1]
    zs = xs[:] if xs else []
    xs.append(c)
    return xs, zs


@on((0.5, 3), (2.0, 1))
def a_list_extended_by_a_range_of_run_time(c, n):
    i, xs = 0, [n]
    while i * c < 3:
        i += 1
    xs.extend(range(i))
    xs += range(n)
    xs += reversed(range(i))
    return xs


# -- functions that are returned, views that are returned --------------------------------------------------------------


@on((vec(1, 2, 3), mat(2, 3)), everywhere=True)
def views_returned(a, b):
    a[0] = 7.0
    return a[1:], a[::-1], b.T, b[0], b.reshape(-1)[2:], a, (a[1:], b[:, 1])


def call_twice(f, x):
    return f(f(x))


@on((2.0,), everywhere=True)
def method_descriptors(x):
    xs = [x]
    list.append(xs, 1.0)
    append = xs.append
    append(x)
    return xs, str.upper("a"), dict.get({"a": x}, "a"), call_twice(x.__class__, 3)


@on((3,), (250,), (499,), (1000,), everywhere=True)
def long_elif_chain(n):
    total = 0.5
    if n == 0:
        total = 1.0
    elif n == 1:
        total = total * 1.0 + 1
    elif n == 2:
        total = total * 2.0 + 2
    elif n == 3:
        total = total * 3.0 + 3
    elif n == 4:
        total = total * 4.0 + 4
    elif n == 5:
        total = total * 5.0 + 5
    elif n == 6:
        total = total * 6.0 + 6
    elif n == 7:
        total = total * 0.0 + 7
    elif n == 8:
        total = total * 1.0 + 8
    elif n == 9:
        total = total * 2.0 + 9
    elif n == 10:
        total = total * 3.0 + 10
    elif n == 11:
        total = total * 4.0 + 11
    elif n == 12:
        total = total * 5.0 + 12
    elif n == 13:
        total = total * 6.0 + 13
    elif n == 14:
        total = total * 0.0 + 14
    elif n == 15:
        total = total * 1.0 + 15
    elif n == 16:
        total = total * 2.0 + 16
    elif n == 17:
        total = total * 3.0 + 17
    elif n == 18:
        total = total * 4.0 + 18
    elif n == 19:
        total = total * 5.0 + 19
    elif n == 20:
        total = total * 6.0 + 20
    elif n == 21:
        total = total * 0.0 + 21
    elif n == 22:
        total = total * 1.0 + 22
    elif n == 23:
        total = total * 2.0 + 23
    elif n == 24:
        total = total * 3.0 + 24
    elif n == 25:
        total = total * 4.0 + 25
    elif n == 26:
        total = total * 5.0 + 26
    elif n == 27:
        total = total * 6.0 + 27
    elif n == 28:
        total = total * 0.0 + 28
    elif n == 29:
        total = total * 1.0 + 29
    elif n == 30:
        total = total * 2.0 + 30
    elif n == 31:
        total = total * 3.0 + 31
    elif n == 32:
        total = total * 4.0 + 32
    elif n == 33:
        total = total * 5.0 + 33
    elif n == 34:
        total = total * 6.0 + 34
    elif n == 35:
        total = total * 0.0 + 35
    elif n == 36:
        total = total * 1.0 + 36
    elif n == 37:
        total = total * 2.0 + 37
    elif n == 38:
        total = total * 3.0 + 38
    elif n == 39:
        total = total * 4.0 + 39
    elif n == 40:
        total = total * 5.0 + 40
    elif n == 41:
        total = total * 6.0 + 41
    elif n == 42:
        total = total * 0.0 + 42
    elif n == 43:
        total = total * 1.0 + 43
    elif n == 44:
        total = total * 2.0 + 44
    elif n == 45:
        total = total * 3.0 + 45
    elif n == 46:
        total = total * 4.0 + 46
    elif n == 47:
        total = total * 5.0 + 47
    elif n == 48:
        total = total * 6.0 + 48
    elif n == 49:
        total = total * 0.0 + 49
    elif n == 50:
        total = total * 1.0 + 50
    elif n == 51:
        total = total * 2.0 + 51
    elif n == 52:
        total = total * 3.0 + 52
    elif n == 53:
        total = total * 4.0 + 53
    elif n == 54:
        total = total * 5.0 + 54
    elif n == 55:
        total = total * 6.0 + 55
    elif n == 56:
        total = total * 0.0 + 56
    elif n == 57:
        total = total * 1.0 + 57
    elif n == 58:
        total = total * 2.0 + 58
    elif n == 59:
        total = total * 3.0 + 59
    return total


def refused(*inputs: tuple[Any, ...]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def note(fn: Callable[..., Any]) -> Callable[..., Any]:
        REFUSED.append(Program(fn, inputs, False))
        return fn

    return note


@refused((1.0,))
def with_another_context(x):
    with open("file") as file:
        return x


@refused((1.0,))
def with_errors_raised(x):
    with np.errstate(divide="raise"):
        return 1.0 / np.float64(x)


@refused((5,))
def infinite_recursion(n):
    def f(k):
        return f(k + 1) + 1

    return f(n)


@refused((3.0,))
def shape_from_float(x):
    return np.tri(int(x))


@refused((1.0,), (-1.0,))
def string_or_number(x):
    return "yes" if x > 0 else 1.0


@refused((1.0,), (-1.0,))
def string_chosen_in_loop(x):
    for i in range(3):
        if i > x:
            return "found"
    return "none"


@on((1.0,), (-1.0,))
def list_chosen_then_written(x):
    a, b = [x, 2.0], [x, 4.0]
    c = a if x > 0 else b
    c[0] = 5.0
    return a[0] + b[0]


@on((vec(1, 2), vec(3, 4), 1.0), (vec(1, 2), vec(3, 4), -1.0), everywhere=True)
def array_chosen_then_written(a, b, x):
    c = a if x > 0 else b
    c[0] = 5.0
    return a[0] + b[0]


@on((vec(1, 2), vec(3, 4), 3))
def swapped_then_written(a, b, n):
    first, second = a * 1, b * 1
    x, y = first, second
    for i in range(n):
        x, y = y, x
    x[0] = 100.0
    return first[0] + second[0]


@refused((vec(1, 2), vec(3, 4)))
def masks_that_pick(a, b):
    return np.fft.fft(a[b > 3])


@refused((3.0,))
def optional_in_while(x):
    last = None
    while x > 1:
        last = x
        x = x / 2
    return last


@on((3.0,), (0.5,))
def growing_list_of_unknown_length(x):
    out = []
    while x > 1:
        out.append(x)
        x = x / 2
    return len(out)


@refused((3.0,))
def undefined_name(x):
    return x + undefined_thing


@refused((3.0,))
def wrong_attribute(x):
    return np.cosine(x)


@refused((3.0,))
def sets(x):
    return {x, 1.0}


@refused((3.0,))
def try_statement(x):
    try:
        return 1 / x
    except ZeroDivisionError:
        return 0.0


@refused((3.0,), (vec(1, 2),))
def yields(x):
    yield x


@refused((3.0,))
def writes_global(x):
    global GLOBAL_N
    GLOBAL_N = 5
    return x


@refused((3.0, "a"))
def adds_string(x, s):
    return x + s


@refused((3.0,))
def too_few_arguments(x):
    return early_returns_three()


@refused((vec(1, 2, 3), 1.0))
def index_by_float(a, x):
    return a[x]


@refused(([1.0, 2.0], 1.0))
def list_index_by_float(xs, x):
    return xs[x]


@refused((3.0,))
def calls_number(x):
    return x(1)


@refused((3.0,))
def iterates_number(x):
    for v in x:
        pass
    return x


@refused((vec(1, 2),))
def truth_of_array(a):
    if a > 0:
        return 1
    return 0


@refused((2.0,))
def unlike_values_on_some_paths(x):
    if x > 0:
        y = x
    elif x < -1:
        y = [x]
    return y


class Taker:
    def __init__(self, items):
        self.items = list(items)


@refused((2.0,))
def generator_for_an_instance(x):
    return type(Taker([x]))(v for v in [x])


@refused((2.0,))
def text_of_a_float_decides(x):
    return f"{x:.1f}" == "2.0"


@refused((3.0,))
def frozen_written(x):
    v = Vector(x, 1.0)
    v.x = 2.0
    return v


@refused((vec(1, 2, 3, 4),))
def wrong_shapes(a):
    return a.reshape(2, 2) @ a


@refused((vec(1, 2, 3, 4),))
def wrong_unpacking(a):
    x, y = a
    return x + y


# -- what NumPy makes of a sequence beside its own --------------------------------------------------------------------


@on((vec(1, 5, 2),), (vec(1, 2, 2),), (np.array([1, 2, 2]),), everywhere=True)
def array_equals_list(a):
    return a == [1.0, 2.0, 2.0], (1, 5, 2) != a, a[0] == [1.0, a[1]], a == range(3), [[1.0], [2.0]] == a, a[1] == ()


@on((vec(1, 5, 2),))
def array_equals_what_is_no_number(a):
    return a == None, a != None, None == a, a == "a", a[0] == None, a[0] != "a", a == {}, a == len, a[:0] == None  # noqa: E711


@refused((vec(1, 5, 2),))
def list_times_a_float_of_numpy(a):
    return [1.0, 2.0] * a[0]


@on((vec(1, 5, 2), 2))
def sequences_times_ints(a, n):
    return [a[0]] * np.int64(2), (a[1],) * np.uint8(3), n * [1], [a[2]] * (n > 1)


@refused((vec(1, 5, 2),))
def array_in_a_list_of_lists(a):
    return a in [[1.0, 5.0, 2.0]]


# -- what is refused is on a path that the ints of a call do not take -------------------------------------------------


class Layer:
    def __init__(self, width):
        self.width, self.ready, self.weights = width, False, None

    def prepare(self, x):
        self.weights, self.ready = np.random.rand(len(x), self.width), True

    def __call__(self, x):
        if not self.ready:
            self.prepare(x)
        return x @ self.weights


def ready_layer():
    layer = Layer(2)
    layer.weights, layer.ready = mat(3, 2), True
    return layer


@on((ready_layer(), vec(1, 5, 2)), everywhere=True)
def what_is_made_when_first_called(layer, x):
    return layer(x) + 1.0


@on((vec(1, 5, 2), 0), (vec(1, 5, 2), 2), everywhere=True)
def one_of_the_ways(x, way):
    if way == 1:
        return np.random.permutation(x)
    for k in range(3):
        if k == way:
            x = x * k
        elif way > 2:
            x = x.no_such_thing
    return x


@refused((vec(1, 5, 2), 1))
def the_way_that_is_refused(x, way):
    return np.random.permutation(x) if way == 1 else x
