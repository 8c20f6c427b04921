"""Small Python functions and arguments for them: what `tests/test_frontend.py` compares with CPython.

`@case(args, args, ...)` gives a function its argument tuples. A single value that is no tuple stands for one argument.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

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
