# ruff: noqa: F401, I001, PLC0415  (programs, imports inside functions among them)
"""Small Python functions and arguments for them: what `tests/test_frontend.py` compares with CPython.

`@case(args, args, ...)` gives a function its argument tuples. A single value that is no tuple stands for one argument.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

CASES: list[tuple[FunctionType, tuple[tuple[Any, ...], ...]]] = []


def case(*arguments: Any) -> Callable[[Any], Any]:
    calls = tuple(a if isinstance(a, tuple) else (a,) for a in arguments) or ((),)

    def register(fn: Any) -> Any:
        CASES.append((fn, calls))
        return fn

    return register


class Box:
    """A value with attributes, for tests of assignment to them."""

    def __init__(self, value: Any = 0) -> None:
        self.value = value
        self.log: list[Any] = []

    def touch(self, key: Any) -> Box:
        self.log.append(key)
        return self

    def __repr__(self) -> str:
        return f"Box({self.value!r}, {self.log!r})"


class Verdict:
    """What comparisons of `Loud` values give; it logs each time its truth is asked for."""

    def __init__(self, answer: bool, log: list[Any]) -> None:
        self.answer, self.log = answer, log

    def __bool__(self) -> bool:
        self.log.append(self.answer)
        return self.answer

    def __repr__(self) -> str:
        return f"Verdict({self.answer})"


class Loud:
    def __init__(self, value: int, log: list[Any]) -> None:
        self.value, self.log = value, log

    def __lt__(self, other: Loud) -> Any:
        return Verdict(self.value < other.value, self.log)


SCALE = 10


# ------------------------------------------------------------------------------------------- if, return


@case(1, -1, 0)
def sign(x):
    if x > 0:
        return 1
    if x < 0:
        return -1
    return 0


@case(1, -1, 0)
def sign_elif(x):
    if x > 0:
        y = 1
    elif x < 0:
        y = -1
    else:
        y = 0
    return y


@case((1, 1), (1, 0), (0, 1), (0, 0))
def nested_return_with_rest(a, b):
    x = 0
    if a:
        if b:
            return "inner"
        x = 1
    x += 10
    return x


@case((1, 1), (1, 0), (0, 1), (0, 0))
def two_branches_may_leave(a, b):
    if a:
        if b:
            return "a and b"
        trace = ["a"]
    else:
        if b:
            return "b"
        trace = ["neither"]
    trace.append("rest")
    return trace


@case(0, 1)
def falls_off_the_end(x):
    if x:
        return x


@case(5)
def nothing(x):
    pass


@case(5)
def docstring_only(x):
    """Only this."""


@case((0, 1), (1, 2), (2, 3), (3, 4))
def many_returns(k, v):
    if k == 0:
        return v
    elif k == 1:
        v = v + 1
        return v
    v *= 2
    if k == 2:
        return v
    else:
        v = -v
    return v


@case(0, 1)
def unreachable(x):
    return x
    x = x.nonsense
    return x


@case(0, 1)
def bound_on_one_path(c):
    if c:
        x = 1
    return x


@case((0, 0), (0, 1), (1, 0), (1, 1))
def bound_on_one_path_copied(c, d):
    if c:
        x = 1
    if d:
        y = x
    return d


@case(0)
def never_bound(c):
    y = x
    x = 1
    return y


@case(0, 1)
def deleted(c):
    x = 1
    if c:
        del x
    return x


@case()
def deleted_twice():
    x = 1
    del x
    del x


@case()
def deleted_in_loop():
    x = 1
    seen = []
    for _ in range(3):
        seen.append(x)
        del x
        x = len(seen)
    return seen


@case(2, 1)
def deleted_in_first_turn(n):
    x = 1
    for k in range(n):
        y = x
        if k == 0:
            del x
    return k


@case(3, 30)
def not_swaps(x):
    if not x > 10:
        return "small"
    return "large"


@case((1, 2), (2, 1))
def raise_in_branch(a, b):
    if a > b:
        message = f"{a} > {b}"
        raise ValueError(message)
    return b - a


@case(0, 1, 2)
def raise_class(x):
    if x == 0:
        raise KeyError
    if x == 1:
        raise IndexError("one") from None
    return x


@case(0, 1)
def raise_everywhere(x):
    if x:
        y = 1
        raise ValueError
    else:
        raise KeyError
    return y


@case(0, 1)
def assertion(x):
    assert x, "x is zero"
    assert x < 5
    return x


@case(3)
def assertion_without_message(x):
    assert x > 5


# ------------------------------------------------------------------------------------------- while


@case((0,), (5,), (10,))
def collatz(n):
    steps = 0
    while n > 1:
        if n % 2 == 0:
            n //= 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps


@case((0,), (5,))
def while_else(n):
    out = []
    while n:
        out.append(n)
        n -= 1
        if n == 2:
            out.append("break")
            break
    else:
        out.append("else")
    return out, n


@case((1,), (7,))
def while_true_return(n):
    while True:
        n += 3
        if n % 5 == 0:
            return n


@case((1,), (7,))
def while_true_break(n):
    k = 0
    while 1:
        n += 3
        if n % 7 == 0:
            break
        k += 1
    return n, k


@case((10,), (0,))
def while_continue(n):
    out = []
    while n > 0:
        n -= 1
        if n % 2:
            continue
        out.append(n)
    return out


@case((20,))
def while_continue_not_movable(n):
    out = []
    while n > 0:
        n -= 1
        if n % 2:
            if n % 3:
                continue
            out.append("three")
        elif n % 5 == 0:
            break
        out.append(n)
    return out


@case((20,), (3,), (0,))
def while_walrus(n):
    out = []
    while (n := n - 1) > 2:
        if n == 7:
            continue
        if n == 4:
            break
        out.append(n)
    else:
        out.append("else")
    return out, n


@case(([1, 2, 0, 4],), ([1, 2],), ([],))
def while_and(xs):
    k = 0
    while k < len(xs) and xs[k]:
        k += 1
    return k


@case((5,))
def while_temporaries(n):
    total = 0
    while n:
        square = n * n
        half = square / 2
        total += half
        n -= 1
    return total


@case((5,), (0,))
def while_variable_after(n):
    while n:
        last = n
        n -= 1
    return last


@case((6,))
def while_not(n):
    done = False
    while not done:
        n -= 1
        done = n < 3
    return n


@case((4,))
def while_swap(n):
    a, b = 0, 1
    while n:
        a, b = b, a + b
        n -= 1
    return a


@case((3,))
def while_constant_false(n):
    while 0:
        n = n.nonsense
    else:
        n += 1
    return n


# ------------------------------------------------------------------------------------------- for


@case(([1, 2, 3],), ([],), ("abc",))
def for_list(xs):
    out = []
    for x in xs:
        out.append((x, x))
    return out


@case(([3, 4, 5], 4), ([3, 4, 5], 9), ([], 1))
def for_else(xs, wanted):
    for k, x in enumerate(xs):
        if x == wanted:
            break
    else:
        return "missing"
    return k


@case(([3, 4, 5], 4), ([3, 4, 5], 9))
def for_else_falls(xs, wanted):
    found = None
    for x in xs:
        if x == wanted:
            found = x
            break
        found = -x
    else:
        found = (found, "else")
    return found


@case(([3, -4, 5],), ([3, 4],), ([0, 1],))
def for_return_and_break(xs):
    out = []
    for x in xs:
        if x < 0:
            return ("negative", out)
        if x == 0:
            break
        out.append(x)
    else:
        out.append("else")
    out.append("after")
    return out


@case(([[1, 2], [3, -1], [5]],), ([[1], [2]],), ([],))
def return_in_nested_loops(rows):
    seen = 0
    for row in rows:
        for x in row:
            if x < 0:
                return ("found", x, seen)
            seen += 1
        seen += 100
    seen += 1000
    return seen


@case(([[1, 2], [0, 3], [-1, 4], [5, 6]],), ([[0]],))
def break_and_return_in_nested_loops(rows):
    out = []
    for row in rows:
        for x in row:
            if x == 0:
                break
            if x < 0:
                return out, x
            out.append(x)
        else:
            out.append("inner else")
            continue
        out.append("broken")
    else:
        out.append("outer else")
    return out


@case(
    (3, 4),
)
def continue_in_nested_loops(n, m):
    out = []
    for i in range(n):
        if i == 1:
            continue
        for j in range(m):
            if j == i:
                continue
            if j > i + 1:
                break
            out.append((i, j))
        out.append(i)
    return out


@case((3,))
def return_in_three_loops(n):
    count = 0
    for i in range(n):
        for j in range(n):
            while True:
                count += 1
                if count % 4 == 0:
                    break
                if count > 14:
                    return i, j, count
            count += 1
    return count


@case(([(1, (2, 3)), (4, (5, 6))],))
def for_tuple_target(pairs):
    total = 0
    for a, (b, c) in pairs:
        total += a * b - c
    return total, a, b, c


@case(([1, 2, 3],), ([],))
def for_target_after(xs):
    for x in xs:
        pass
    return x


@case(([1, 2, 3],), ([],))
def for_target_bound_before(xs):
    x = "before"
    for x in xs:
        if x == 2:
            continue
    return x


@case([[1, 2, 3]])
def for_target_reassigned(xs):
    out = []
    for x in xs:
        out.append(x)
        x = x * 100
    return out, x


@case(([0, 0, 0],))
def for_subscript_target(xs):
    for xs[1] in (4, 5, 6):
        pass
    return xs


@case()
def for_attribute_target():
    box = Box()
    for box.value in range(4):
        box.log.append(box.value)
    return box


@case((4,))
def for_over_changing_list(n):
    xs = [1]
    for x in xs:
        if len(xs) < n:
            xs.append(x + 1)
    return xs


@case(([1, "a", 2],), ([1, 2],))
def for_always_raises(xs):
    for x in xs:
        raise ValueError(x)
    return 0


@case((5,), (0,))
def for_always_returns(n):
    for x in range(n):
        return x
    return "empty"


@case(([5, 1, 4, 2, 3],))
def insertion_sort(xs):
    for i in range(1, len(xs)):
        x, j = xs[i], i
        while j > 0 and xs[j - 1] > x:
            xs[j] = xs[j - 1]
            j -= 1
        xs[j] = x
    return xs


@case((30,))
def primes(n):
    found = []
    for k in range(2, n):
        for p in found:
            if k % p == 0:
                break
        else:
            found.append(k)
    return found


@case(([1, 2, 3, 4],))
def loop_variable_two_back(xs):
    before = None
    out = []
    for x in xs:
        out.append(before)
        before = x
    return out


@case(5)
def break_in_else(n):
    out = []
    for i in range(n):
        for j in range(i):
            out.append((i, j))
        else:
            if i == 3:
                break
    return out, i


@case(1, 0)
def unbound_in_second_turn(flag):
    out = []
    for k in range(2):
        if k == 0:
            if flag:
                x = k
        out.append(x)
    return out


# ------------------------------------------------------------------------------------------- assignment


@case()
def chained():
    a = b = [1]
    a.append(2)
    return a, b, a is b


@case([(1, 2, 3, 4)], [(1, 2)], [(1,)])
def star_unpacking(xs):
    a, *b, c = xs
    return a, b, c


@case([[[1, 2], [3, 4, 5]]], [[[1], [2]]])
def nested_unpacking(xs):
    (a, b), [c, *d] = xs
    return a, b, c, d


@case(5, "ab", "abc", [[1, 2]])
def wrong_unpacking(xs):
    a, b = xs
    return a, b


@case((1, 2))
def swap(a, b):
    a, b = b, a
    return a, b


@case()
def order_of_targets():
    box = Box()
    xs = [0, 0, 0]
    i = 0
    i, xs[i], box.touch("t").value = 1, 2, 3
    return i, xs, box


@case()
def augmented_once():
    box = Box([1, 2])
    box.touch("a").value += [3]
    box.touch("b").value[len(box.touch("c").log) - 2] *= 10
    return box


@case()
def augmented_list_in_place():
    xs = [1]
    ys = xs
    ys += [2]
    zs = (1,)
    ws = zs
    ws += (2,)
    return xs, ys, zs, ws


@case(
    (7, 3),
)
def augmented_all(a, b):
    out = []
    a += b
    out.append(a)
    a -= 1
    a *= b
    out.append(a)
    a //= 2
    a %= 9
    a **= 2
    out.append(a)
    a <<= 2
    a >>= 1
    a |= 1
    a &= 7
    a ^= 2
    out.append(a)
    a /= b
    return out, a


@case()
def augmented_order():
    xs = [1, 2, 3]

    def index():
        xs.append("index")
        return 0

    def value():
        xs.append("value")
        return 10

    xs[index()] += value()
    return xs


@case()
def annotated():
    x: int = 3
    y: no_such_type  # noqa: F842
    z: list[int] = [x]
    return x, z


@case()
def annotated_unbound():
    y: int
    return y


@case([{"a": 1, "b": 2}])
def deletes_item(d):
    del d["a"], d["b"]
    return d


@case()
def slices():
    xs = list(range(10))
    xs[2:4] = [20, 30, 40]
    xs[::4] = xs[1::4]
    return xs[1:], xs[:-1], xs[::-1], xs[3:8:2]


# ------------------------------------------------------------------------------------------- expressions


@case((1, 2, 3), (3, 2, 1), (1, 1, 1))
def chained_comparison(a, b, c):
    return a < b < c, a <= b <= c, a == b == c, a < b > c, not a < b < c


@case((0,), (2,), (9,))
def chained_comparison_once(x):
    log = []

    def note(v):
        log.append(v)
        return v

    if note(1) < note(x) < note(5):
        log.append("yes")
    result = note(0) < note(x) < note(3) < note(4)
    return log, result


@case((1, 2, 3), (2, 1, 3), (1, 3, 2))
def truth_is_asked_once(a, b, c):
    log = []
    x, y, z = Loud(a, log), Loud(b, log), Loud(c, log)
    verdicts = [x < y < z, x < y or y < z]
    log.append("tests")
    if x < y < z:
        log.append("chain")
    if x < y and y < z:
        log.append("and")
    while not x < y < z:
        break
    while not not not (x < y or not y < z):
        break
    log.append("while")
    return verdicts, log, (1 if x < y < z else 2)


@case((0, 0), (0, 3), (2, 0), (2, 3))
def and_or_operands(a, b):
    return a and b, a or b, a and b or "none", (a or b) and "some", not (a and b)


@case((0, 0), (0, 3), (2, 0), (2, 3))
def short_circuit(a, b):
    log = []

    def note(v):
        log.append(v)
        return v

    if note(a) and note(b):
        log.append("and")
    if note(a) or note(b):
        log.append("or")
    if not (note(a) or not note(b)):
        log.append("mix")
    return log


@case(0, 1)
def conditional_expression(c):
    x = "yes" if c else "no"
    return x, (1 if c else 2) + (3 if not c else 4)


@case((0, 5), (3, 5))
def walrus_in_condition(a, b):
    if a and (c := b + 1):
        return c
    return c


@case((0, 5), (3, 5))
def walrus_in_or(a, b):
    c = 1
    x = a or (c := b)
    return x, c


@case([[1, 2, 3, 4]])
def walrus_in_comprehension(xs):
    total = 0
    sums = [total := total + x for x in xs if (last := x) != 3]
    return sums, total, last


@case()
def walrus_keeps_old_operand():
    x = 1
    return x + (x := 2) + x, x


@case(
    (6, 4),
)
def operators(a, b):
    return a + b, a - b, a * b, a / b, a // b, a % b, a**b, a << b, a >> b, a & b, a | b, a ^ b, -a, +a, ~a


@case((1, [1, 2]), (3, [1, 2]), (None, []))
def identity_and_membership(x, xs):
    return x in xs, x not in xs, x is None, x is not None


@case()
def constants():
    return 1, 2.5, 3j, "s", b"b", None, True, False, ..., -1, -0.0, 1e400, 10**30, -(5j)


@case((2, [1, 2], {"a": 1}))
def displays(x, xs, d):
    return (*xs, x), [x, *xs, *xs], {"k": x, **d, "a": 2, x: xs}, (), [], {}, (x,)


@case((3.14159, "text", 8))
def f_strings(x, s, w):
    return f"{x:.2f} {s!r:>10} {x!s} {{}} {s} {x:{w}.1f} {s!r:{w}}" + f"{x=}"


@case()
def f_string_order():
    xs = []
    return f"{xs} {xs.append(1)} {xs}"


@case((1, 2))
def division_by_zero(a, b):
    return a / (b - 2)


@case(5)
def global_read(x):
    return x * SCALE + len("abc")


@case(5)
def global_missing(x):
    return x + no_such_name


@case(5)
def global_statement(x):
    global SCALE
    return x * SCALE


@case(([1, 2, 3],))
def method_calls(xs):
    xs.extend([4, 5])
    xs.insert(0, xs.pop())
    return xs, xs.index(3), "a,b".split(","), xs.copy().sort()


@case()
def tuple_index():
    d = {(1, 2): "a", (1, (slice(None, 2, None))): "c"}
    return d[1, 2], d.get((1, 2))


# ------------------------------------------------------------------------------------------- comprehensions


@case([[3, 1, 2]])
def comprehension_scope(xs):
    x = "outer"
    squares = [x * x for x in xs]
    return x, squares


@case([[[1, 2], [], [3]]])
def nested_comprehension(rows):
    flat = [x for row in rows if row for x in row if x != 2]
    table = [[x + y for x in row] for y, row in enumerate(rows)]
    return flat, table


@case(4)
def dict_comprehension(n):
    return {k: v for k, v in enumerate(range(n)) if v % 2}


@case()
def order_in_dicts():
    log = []

    def note(v):
        log.append(v)
        return v

    return {note(k): note(-k) for k in (1, 2)}, {note("a"): note("b"), **note({}), note("c"): note("d")}, log


@case([[1, 2, 3]], [[]], [[0, 0]], [[1, 0, None]])
def consumed_generators(xs):
    return (
        sum(x for x in xs if x),
        tuple(x for x in xs),
        any(x for x in xs),
        all(x for x in xs),
        list(x for x in xs),
        ",".join(str(x) for x in xs),
    )


@case([[1, 0, 2]], [[5]], [[]])
def any_stops(xs):
    seen = []
    found = any(not (seen.append(x) or x) for x in xs)
    every = all(seen.append((x, y)) or x for x in xs for y in range(2) if y != 1)
    return found, every, seen


@case([[3, 1, 2]], [[]])
def max_min_sorted(xs):
    return sorted(-x for x in xs), max(x for x in xs), min(x for x in xs)


@case()
def lambdas_in_comprehension():
    return [f() for f in [lambda: i for i in range(3)]]


@case()
def lambdas_with_default_in_comprehension():
    return [f() for f in [lambda i=i: i for i in range(3)]]


@case(3)
def comprehension_reads_enclosing(n):
    k = 10
    return [k * i + n for i in range(n)], [j for i in range(n) for j in range(i)]


@case([[1, 2, 3]])
def comprehension_in_condition(xs):
    if [x for x in xs if x > 2]:
        return "some"
    return "none"


# ------------------------------------------------------------------------------------------- closures


@case((2, 3))
def closure_direct(a, b):
    c = a + b

    def inner(x):
        return x * c + a

    return inner(b)


@case()
def late_binding():
    fs = []
    for i in range(3):
        fs.append(lambda: i)
    return [f() for f in fs]


@case()
def early_binding():
    fs = []
    for i in range(3):
        fs.append(lambda i=i: i)
    return [f() for f in fs]


@case()
def sees_later_assignment():
    x = 1
    f = lambda: x
    x = 2
    return f()


@case()
def assigned_twice_before():
    x = 1
    x = x + 1
    f = lambda: x
    return f()


@case()
def made_and_rebound_in_loop():
    fs = []
    x = 0
    while x < 3:
        fs.append(lambda: x)
        x += 1
    return [f() for f in fs]


@case()
def counter():
    count = 0

    def tick(step=1):
        nonlocal count
        count += step
        return count

    tick()
    tick(5)
    return tick(), count


@case()
def nested_nonlocal():
    x = 0

    def middle():
        def inner():
            nonlocal x
            x += 1
            return x

        return inner() + inner()

    return middle(), x


@case(10)
def recursive(n):
    def fib(k):
        if k < 2:
            return k
        return fib(k - 1) + fib(k - 2)

    return fib(n)


@case(7)
def mutually_recursive(n):
    def even(k):
        return True if k == 0 else odd(k - 1)

    def odd(k):
        return False if k == 0 else even(k - 1)

    return even(n), odd(n)


@case()
def used_before_bound():
    def f():
        return x

    y = f()
    x = 1
    return y


@case()
def deleted_captured():
    x = 1
    f = lambda: x
    del x
    return f()


@case()
def parameter_rebound_and_captured():
    def f(x):
        g = lambda: x
        x += 1
        return g()

    return f(1)


@case(0, 1)
def captured_bound_on_one_path(c):
    if c:
        x = 5

    def f():
        return x

    return f()


@case()
def defaults_evaluated_once():
    def append(x, xs=[]):
        xs.append(x)
        return xs

    append(1)
    return append(2)


@case()
def all_kinds_of_parameters():
    def f(a, /, b, c=3, *rest, d, e=5, **more):
        return a, b, c, rest, d, e, more

    return f(1, 2, d=4), f(1, 2, 3, 4, 5, d=6, z=7), f(1, *[2, 3], **{"d": 4, "e": 9}, g=1), f(0, b=1, d=2)


@case()
def wrong_call():
    def f(a, b):
        return a

    return f(1)


@case()
def repeated_keyword():
    def f(**kw):
        return kw

    more = {"a": 2}
    return f(a=1, **more)


@case()
def decorated():
    log = []

    def twice(f):
        log.append("twice")
        return lambda x: f(f(x))

    def plus(n):
        log.append(n)

        def wrap(f):
            return lambda x: f(x) + n

        return wrap

    @plus(100)
    @twice
    def double(x):
        return 2 * x

    return double(3), log


@case((1, 2))
def lambda_kinds(a, b):
    f = lambda x, *ys, k=b, **zs: (x, ys, k, zs)
    return f(a, 2, 3, k=4, z=5), (lambda: None)(), sorted([3, 1, 2], key=lambda v: -v)


@case()
def returns_closures():
    def make(n):
        return (lambda: n), (lambda m: n + m)

    f, g = make(4)
    return f(), g(1)


@case()
def two_instances():
    def make():
        state = [0]
        total = 0

        def add(x):
            nonlocal total
            total += x
            state[0] += 1
            return total, state[0]

        return add

    a, b = make(), make()
    return a(1), a(2), b(10), a(3)


@case()
def closure_in_branch():
    out = []
    for k in range(4):
        if k % 2:
            f = lambda: ("odd", k)
        else:
            f = lambda: ("even", k)
        out.append(f())
    return out


@case()
def inner_shadows():
    x = 1

    def f():
        x = 2
        return [x for x in (3, 4)], x

    return f(), x


@case(3)
def early_return_before_def(n):
    if n > 5:
        return n

    def f(k):
        if k == 0:
            return n
        return f(k - 1)

    return f(n)


@case()
def loop_in_closure():
    total = 0

    def add_all(xs):
        nonlocal total
        for x in xs:
            if x is None:
                return "none"
            total += x
        return total

    return add_all([1, 2]), add_all([3, None, 4]), total


@case()
def comprehension_in_closure():
    k = 3
    return (lambda xs: [x * k for x in xs if (lambda: x)()])([0, 1, 2])


# ------------------------------------------------------------------------------------------- match


@case(0, 1, 2, -1, "a", None, True, 1.0, 2.5, 3j)
def match_literals(x):
    match x:
        case True:
            return "true"
        case 0:
            return "zero"
        case -1 | 2:
            return "minus one or two"
        case "a" | None:
            return "a or none"
        case 2.5 | 0 + 3j:
            return "odd"
    return "other"


@case(([],), ([1],), ([1, 2],), ((1, 2, 3, 4),), ("ab",), (b"ab",), (range(3),), ({1: 2},), (5,))
def match_sequences(x):
    match x:
        case []:
            return "empty"
        case [a]:
            return a
        case (a, 2):
            return ("two", a)
        case [a, *_, 4]:
            return ("four", a)
        case [a, *rest]:
            return a, rest
        case _:
            return "no sequence"


@case(([1, [2, 3]],), ([1, [2, 4]],), ([1, 2],), ([0, [2, 3]],))
def match_nested_names(x):
    match x:
        case [1, [a, 3 as b]] as whole:
            return a, b, whole
        case [a, [b, *c]]:
            return c, b, a
        case other:
            return other
    return a


@case(({"a": 1},), ({"a": 2, "b": 3},), ({},), ({"b": 1, "c": 2},), ([1],), ({1: 2},))
def match_mappings(x):
    match x:
        case {"a": 1}:
            return "a is one"
        case {"a": value, **rest}:
            return value, rest
        case {"b": b, "c": c}:
            return b + c
        case {1: one}:
            return one
        case {**everything}:
            return everything
    return "no mapping"


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x: Any, y: Any) -> None:
        self.x, self.y = x, y

    def __repr__(self) -> str:
        return f"Point({self.x}, {self.y})"


class Names:
    one, two = 1, 2
    nested = Point(5, "y")


@case((Point(0, 1),), (Point(1, 1),), (Point(2, 3),), (Point(2, "y"),), (7,), ("s",), (2.5,), (True,), [[1, 2]], None)
def match_classes(x):
    match x:
        case Point(0, y):
            return "on axis", y
        case Point(x=a, y=1):
            return "named", a
        case Point(a, int(b)):
            return a, b
        case Point(missing=m):
            return m
        case Point():
            return "point"
        case bool():
            return "bool"
        case int(n) | float(n):
            return n * 2
        case str() as text:
            return text + "!"
        case list([first, _]):
            return first


@case((Point(1, 2),))
def match_too_many(x):
    match x:
        case Point(a, b, c):
            return a


@case((Point(1, 2),))
def match_twice(x):
    match x:
        case Point(a, x=b):
            return a


@case((3, 3))
def match_no_class(x, y):
    match x:
        case y():
            return 1


@case(1, 2, 3, 5)
def match_values(x):
    match x:
        case Names.one:
            return "one"
        case Names.two | Names.nested.x:
            return "two or five"
    return "none"


@case(({1: "a", 2: "b"},), ({1: "a"},))
def match_value_keys(x):
    match x:
        case {Names.one: a, Names.two: b}:
            return a, b
        case {Names.one: a, **rest}:
            return a, rest


@case(({1: "a"},))
def match_same_key_twice(x):
    match x:
        case {Names.one: a, 1: b}:
            return a, b


@case(1, -1, 0, [1, 2], [2, 1])
def match_guards(x):
    match x:
        case [a, b] if a < b:
            return "rising", a
        case [a, b]:
            x = ("falling", a, b)
        case n if n > 0:
            return "positive"
        case n if n < 0:
            x = "negative"
        case _:
            x = "zero"
    return x


@case((1, 2), (2, 1), (3, 3))
def match_guard_binds(a, b):
    log = []
    match a, b:
        case p, q if log.append(p) or p > q:
            log.append("greater")
        case p, q if (d := q - p) and log.append(d) is None:
            log.append("less")
        case same:
            log.append(same)
    return log, p, q


@case(0, 1, 2, 3)
def match_unbound_after(x):
    match x:
        case 0:
            y = 1
        case 1 as z:
            y = z
        case 2:
            pass
    return y


@case((0,), (4,))
def match_keeps_old_names(n):
    a = "old"
    match [n, 4]:
        case [0 as a, 5] | [a, 0]:
            return a
        case [4, b]:
            a = b
    return a


@case(([0, 1, 5, 2, 9, 3, 1],), ([],), ([1, 9],))
def match_in_loop(xs):
    out = []
    for x in xs:
        match x:
            case 0:
                continue
            case 9:
                break
            case 1 | 2 as small:
                out.append(small)
            case k if k == 3:
                return out, "three"
            case k:
                out.append(-k)
        out.append("turn")
    else:
        out.append("else")
    return out


@case((1, 2), (3, 4))
def match_captured_by_closure(a, b):
    match a:
        case 1:
            f = lambda: b
        case k:
            f = lambda: k
    fs = []
    for x in (a, b):
        match x:
            case y:
                fs.append(lambda: y)
    return f(), [g() for g in fs]


@case(("move", 3), ("stop", 0), ("what", 1))
def match_subject_once(word, n):
    log = []

    def subject():
        log.append(word)
        return word, n

    match subject():
        case ("move", k):
            log.append(k)
        case ("stop", _):
            log.append("stop")
    return log


@case(([1, 2],), ((3,),))
def match_shadowed_builtins(x):
    len = isinstance = list = None
    match x:
        case [a, b]:
            return a + b, len
        case tuple() as t:
            return t, list


@case((1, 2), (2, 1), (0, 0))
def match_all_return(a, b):
    match (a, b):
        case (1, x):
            return x
        case (x, 1):
            return -x
        case _:
            return "none"


# ------------------------------------------------------------------------------------------- import, with, super


@case(4)
def imports(x):
    import math
    import os.path as path
    import xml.dom
    from collections import OrderedDict as Ordered
    from math import pi, sqrt as root

    def inner():
        from math import floor

        return floor(pi)

    return root(x), math.ceil(pi), path.join("a", "b"), xml.dom.Node.TEXT_NODE, Ordered, inner()


@case(0, 1)
def imports_that_fail(x):
    if x:
        from math import no_such_name
    import no_such_module

    return no_such_module


@case((4.0, 0.0), (-1.0, 2.0))
def with_errstate(x, y):
    with np.errstate(all="ignore") as nothing:
        z = np.float64(x) / y
    with np.errstate(divide="ignore"), np.errstate(invalid="ignore"):
        z += np.sqrt(np.float64(x))
    return repr(z), nothing


@case((0,), (1,), (2,), (3,), (5,))
def with_left_early(n):
    out = []
    for k in range(4):
        with np.errstate(divide="ignore"):
            if k == n:
                with np.errstate(invalid="ignore"):
                    out.append("inside")
                    if n == 1:
                        break
                    if n == 2:
                        continue
                    if n == 3:
                        return out
            out.append(k)
        out.append("after")
    return out, k


@case(0, 1)
def with_always_leaves(n):
    with np.errstate(all="ignore"):
        if n:
            return n
        raise ValueError(n)
    return 0


# ------------------------------------------------------------------------------------------- generator expressions


@case([[3, 1, 2]], [[]])
def for_over_generator(xs):
    out = []
    for x in (out.append(y) or y * 2 for y in xs if y != 2):
        if x == 100:
            continue
        out.append(x)
    else:
        out.append("else")
    return out


@case([[3, 1, 2]], [[]])
def for_over_generator_leaves(xs):
    seen = []
    for a, b in ((y, seen.append(y)) for y in xs):
        if a == 1:
            break
        if a == 7:
            return seen
    else:
        return "else", seen
    return a, b, seen


@case([[[1, 2], [3]]])
def for_over_nested_generator(rows):
    seen = []
    for x in (y * 2 for row in rows if row for y in row if y != 2):
        if x > 100:
            return x
        seen.append(x)
    for f in ((lambda: y) for y in seen):
        seen = [*seen, f()]
    for f in [g for g in ((lambda: y) for y in (1, 2))]:
        seen.append(f())
    return seen


@case([[3, 1, 2]])
def for_over_generator_of_generator(xs):
    log = []

    def note(x):
        log.append(x)
        return x

    for x in (note(-z) for z in (note(y) for y in xs) if note(z + 100)):
        log.append(("body", x))
    return log, [note(q) for p in [xs] for q in (note(r * 10) for r in p)], log


@case([[3, 1, 2]], [[]])
def generators_with_more_arguments(xs):
    log = []

    def note(x):
        log.append(x)
        return x

    result = (
        sum((note(x) for x in note(xs)), note(10)),
        sum((x for x in xs), start=note(5)),
        max((note(x) for x in xs), default=note("none")),
        min((x for x in xs), key=lambda v: -v, default=0),
        sorted((note(x) for x in xs), key=note, reverse=True),
        dict(((x, note(x)) for x in xs), a=note(1)),
        [*(note(x) for x in xs), note(7)],
        note(*(x for x in xs[:1]), *(x for x in xs[1:0] or ([1][len(xs[:1]):]))),
        sorted(set(x for x in xs)),
        math.prod(x for x in xs),
    )
    return result, log


@case((1, 2))
def unpacked_generators(a, b):
    log = []
    x, y = (log.append(v) or v * 2 for v in (a, b))
    p, *q = (v for v in range(b + 2))
    return x, y, p, q, log


@case([[[1, 2], [3, 4]]])
def comprehension_targets(rows):
    a = [x * y for x, (y, *z) in [(1, (2, 3)), (2, (5,))] if z or x]
    b = {k: [*v] for k, *v in rows}
    c = [(p, q) for [p, q] in rows for p in range(p)]
    d = [last := x for row in rows if (n := len(row)) for x in row]
    return a, b, c, d, last, n


@case([[1, 2, 3]])
def walrus_in_nested_comprehension(xs):
    table = [[total := x * y for x in xs if (seen := y)] for y in xs]
    any((witness := x) > 1 for x in xs)
    return table, total, seen, witness


@case((1, [2, 3], {"k": 4}))
def stars_everywhere(a, xs, kw):
    def f(*args, k=0, **rest):
        return args, k, rest

    first, *middle, last = [a, *xs, *xs]
    *init, end = xs
    return f(a, *xs, *(), **kw), f(*xs, a, **kw, z=1), (*xs, *kw), {**kw, **{"z": 2}}, first, middle, last, init, end


class _Base:
    def __init__(self, x):
        self.x = x

    def __repr__(self):
        return f"{type(self).__name__}({self.x})"

    def area(self, k=1):
        return self.x * k


class _Derived(_Base):
    def __init__(self, x):
        super().__init__(x)
        self.y = 1

    def shadows(self, super):
        return super()

    def area(self, k=1):
        return super().area(k) + super(_Derived, self).area() + self.y

    def inner(self):
        def doubled(obj):
            return super().area(2) + obj.y

        return doubled(self)


case((_Derived(3), 2), (_Derived(3),))(_Derived.area)
case(_Derived(3))(_Derived.inner)
case((_Derived(3), int))(_Derived.shadows)


def _outer(start):
    state = [start]

    @case(1, 2)
    def uses_free_variables(x):
        state.append(x)
        return state[-1] + start + sum(_y * start for _y in (1, 2))

    return uses_free_variables


_outer(5)


class _Private:
    __secret = 7

    @staticmethod
    @case(3)
    def mangled(__x):
        __y = _Private.__secret
        return __x + __y

    def __repr__(self):
        return "private"

    def method(self, x):
        return self.__secret + x

    on_instance = case((Box(), 1))(lambda self, x: (self.touch(x), x))


_instance = _Private()
case((_instance, 4))(_Private.method)
case(3)(lambda x: x + 1), case(3)(lambda x: x - 1), case((2, 3))(lambda x, y: (lambda z: z * y)(x))
