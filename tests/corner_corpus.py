"""Programs about the corners of the language: attributes of every object, exceptions as values, powers at infinity.

They join those of `tests.language_corpus`.
"""

import cmath
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tests.language_corpus import mat, on, refused, vec

# -- attributes that every object has ----------------------------------------------------------------------------------


class Weight:
    """A weight."""

    scale = 3.0

    def __init__(self, value):
        self.value = value

    def doubled(self):
        return self.__class__(self.value * 2)

    def __repr__(self):
        return f"{self.__class__.__name__}({self.value})"

    def __eq__(self, other):
        return self.__class__ is other.__class__ and self.value == other.value

    def __hash__(self):
        return 0


class Heavy(Weight):
    scale = 10.0


class Pair(NamedTuple):
    u: float
    v: float


@dataclass
class Point:
    u: float


@on((2.0,), (-0.5,), everywhere=True)
def class_of_an_instance(x):
    made = Heavy(x).doubled()
    print(made, [Weight(x)])
    same = made == Heavy(2 * x), made == Weight(2 * x)
    return made.value * made.__class__.scale, same, isinstance(made, Heavy), made.__doc__, Point(x).__class__(3.0)


@on((2.0, [1.0], vec(1, 2)))
def classes_by_attribute(x, xs, a):
    of_numbers = x.__class__ is float, a[0].__class__ is np.float64, (x > 1).__class__.__name__, (3).__class__(x)
    of_structures = xs.__class__(a), a.__class__ is np.ndarray, (x,).__class__.__name__, Pair(x, x).__class__ is Pair
    return of_numbers, of_structures, {}.__class__ is dict, "a".__class__.__name__


@on(([3.0, 1.0, 2.0], {"a": 2.0, "b": 5.0}, vec(4, 9, 1), 2), everywhere=True)
def subscripts_as_methods(xs, d, a, n):
    order = sorted(range(3), key=xs.__getitem__)
    best = d.__getitem__("b"), max(range(3), key=a.__getitem__), list(map(xs.__getitem__, order))
    xs.__setitem__(0, 7.0)
    a.__setitem__(slice(n), -1.0)
    d.__delitem__("a")
    lengths = xs.__len__(), a.__len__(), d.__len__(), range(n).__len__(), (1, n).__getitem__(1)
    return best, lengths, xs.__contains__(7.0), d.__contains__("a"), [*xs.__reversed__()], (lambda v: v + 1).__call__(n)


@refused((2.0,))
def attributes_as_a_dict(x):
    return len(Weight(x).__dict__)


# -- exceptions as values ----------------------------------------------------------------------------------------------


@on((2.0,), (-2.0,))
def exception_with_what_the_paths_made(x):
    if x > 0:
        y = x * 2
        trouble = ValueError(f"got {y}", 1)
    else:
        y = x * 3
        trouble = ValueError(f"got {y}", 1)
    if y > -100:
        raise trouble
    return y


@on((2,), (0,))
def exception_of_the_last_turn(n):
    trouble = KeyError("none", -1)
    for k in range(n):
        trouble = KeyError("none", k)
    raise trouble


@refused((2.0,), (-2.0,))
def exceptions_of_two_classes(x):
    trouble = ValueError("a") if x > 0 else KeyError("a")
    raise trouble


@refused((2.0,), (-2.0,))
def exceptions_with_two_texts(x):
    trouble = ValueError("a") if x > 0 else ValueError("b")
    raise trouble


# -- powers at infinity ------------------------------------------------------------------------------------------------

SPECIAL = (0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, math.inf, -math.inf, math.nan)


@on(*((x, y) for x in SPECIAL for y in SPECIAL if y != 0.5 or x > 0), everywhere=True)
def power_of_special_floats(x, y):
    return x**y


@on(*((x,) for x in SPECIAL))
def power_to_special_literals(x):
    return x**-math.inf, x**math.inf, x**math.nan, x**0.0


# -- one value out of a number of items that run time knows ------------------------------------------------------------


@on((2.5,), (1.0,), everywhere=True)
def extremes_over_counted_items(x):
    n = int(x * 4)
    ys = [(k * 7.5) % 4.2 - 2 for k in range(n)]
    places = max(range(n), key=lambda k: ys[k]), min(range(n), key=ys.__getitem__), max(range(1, n)), min(range(n, 9))
    ties = max(range(n), key=lambda k: k % 3), min(range(n), key=lambda k: -(k % 3))
    lazy = max(map(abs, ys)), min(reversed(ys)), max(zip(ys, range(n))), max(enumerate(ys), key=lambda p: p[1])
    return places, ties, lazy, max((y for y in ys if y > 50), default=x), max(range(n - 20), default=-1)


@on((2.5,), (0.1,))
def greatest_of_a_range_that_may_be_empty(x):
    return max(range(int(x)))


@on((2.5,), (0.1,))
def keys_are_asked_for_once(x):
    asked = []

    def key(v):
        asked.append(v)
        print("key", v)
        return -v

    return max([k * x for k in range(int(x) + 2)], key=key), asked


@on((3.5,), (0.5,), everywhere=True)
def folds_over_counted_ranges(x):
    n = int(x)
    totals = sum(range(n)), sum(map(lambda k: k * x, range(n)), 0.0), any(range(n)), all(range(n))
    lists = list(range(n)), list(map(lambda k: k * x, range(n))), list(zip(range(n), range(1, n + 1)))
    return totals, lists, sorted(range(n), key=lambda k: (k % 2, -k)), list(reversed(range(n))), len(range(n))


@on((3.5, 3), (0.5, 0), everywhere=True)
def loops_over_maps_of_ranges(x, n):
    seen, s = [], x

    def double(k):
        seen.append(k)
        return 2 * k

    for v in map(double, range(int(x))):
        if v > 3:
            break
        seen.append(-v)
    for a, b in zip(map(float, range(n)), reversed(range(n))):
        s = s * 0.5 + a * b
    return seen, s


@on((vec(3, 1, 4, 1, 5), 2.5))
def queue_with_the_best_first(a, x):
    waiting, order = a.tolist(), []
    if x > 2:
        waiting.append(x)
    while waiting:
        best = max(range(len(waiting)), key=lambda k: waiting[k])
        order.append(waiting.pop(best))
    return order


SINGLE, BYTES = np.array([5, -2], np.float32), np.array([5, 2], np.uint8)


@on((SINGLE, BYTES), everywhere=True)
def extremes_keep_small_dtypes(a, b):
    return max(a[0], 0.0) * a, min(1, a[1]) * a, max(b[0], b[1]), max(b[0], 3) + b[1], max(a), min(b)


@refused((SINGLE, 0.1), (SINGLE, 1), (BYTES, 300), (BYTES, np.int64(3)), (SINGLE, np.float64(2.0)))
def extremes_of_unlike_dtypes(a, x):
    return max(a[0], x)


@refused((BYTES, 1.0))
def literal_that_does_not_fit_the_other_path(a, x):
    return a[0] if x > 0 else 300


# -- arrays without dimensions, of which operators make numbers --------------------------------------------------------


@refused((vec(1, 5), 1.0))
def array_or_number_by_a_branch(a, x):
    s = np.zeros(())
    if x > 0:
        s = s + a[0]
    return s


@refused((vec(1, 5), 1.0))
def array_that_a_turn_makes_a_number(a, x):
    s = np.array(0.0)
    while s < x:
        s = s + a[0]
    return s


@on((vec(1, 5), 1.0), (vec(1, 5), -1.0))
def array_and_number_kept_apart(a, x):
    s, total = np.zeros(()), np.zeros(())[()]
    if x > 0:
        s += a[0]
        total = total + a[1]
    while total < 20 * x:
        s[...] = s * total
        total += s
    return s, total


# -- what is refused is not reached ------------------------------------------------------------------------------------

VERBOSE = False
CALLS = 1.0


@on((2.0, 0), (2.0, 3), everywhere=True)
def statements_that_are_not_reached(x, n):
    global CALLS
    if VERBOSE:
        CALLS += 1
        with open("log") as log:
            log.write("called")
    for _ in range(n):
        if n > 5:
            try:
                x = 1 / x
            except ZeroDivisionError:
                continue
        x += CALLS
    if n > 10:
        return {x, n}
    return x


@on((2.0, True))
def functions_that_are_not_called(x, plain):
    def items():
        yield x

    def counted():
        global CALLS
        CALLS += 1
        return x

    return x if plain else sum(items()) + counted()


@on((2.0,))
def names_of_statements_that_are_not_reached(x):
    if VERBOSE:
        try:
            CALLS = 3.0
        except ValueError as math:
            pass
    return (lambda: CALLS if VERBOSE else x)()


@refused((2.0,), (-2.0,))
def statement_that_run_time_reaches(x):
    if x < 0:
        try:
            return 1 / x
        except ZeroDivisionError:
            return 0.0
    return x


@refused((2.0,))
def generator_that_would_yield_nothing(x):
    def items():
        if VERBOSE:
            yield x
        return 5

    return items()


@refused((2.0,))
def global_assigned(x):
    global CALLS
    if x > 1:
        CALLS = x
    return x


# -- complex functions on their branch cuts ----------------------------------------------------------------------------

PARTS = (0.0, -0.0, 0.5, -0.5, 2.0, -2.0)
PLANE = [complex(a, b) for a in PARTS for b in PARTS]


@on(*((z,) for z in PLANE), (1 + 0j,), (1j,), everywhere=True)
def inverse_functions_of_complex_numbers(z):
    roots = cmath.sqrt(z), cmath.asin(z), cmath.acos(z)
    return roots, cmath.asinh(z), cmath.acosh(z), cmath.atanh(z), cmath.atan(z)


@on((np.array(PLANE),), everywhere=True)
def inverse_functions_of_complex_arrays(z):
    return np.sqrt(z), np.arcsin(z), np.arccos(z), np.arctan(z), np.arcsinh(z), np.arccosh(z), np.arctanh(z)


@on((3, 2, 10, 3), (5, 10, 2, -3), (4, 0, 10, 4), (4, 10, 0, 4), (2, 0, 10, -1), (3, 1, 2, 0))
def in_ranges_of_run_time(k, a, b, c):
    more = 2.0 in range(k), a in range(100000), True in range(c)
    return k in range(a, b), k in range(a, b, c), k not in range(b), more


@on((3.0, 5), (2.5, 5), (math.nan, 5), (1e300, 5), (-math.inf, 2), (-0.0, 3))
def floats_in_ranges(x, n):
    total = 0
    for k in range(n):
        if k in range(n - 3, n):
            total += k
        if x in range(k, n, 2):
            total += 100
    return total, x in range(4), x not in range(-(10**6), 10**6)


@on((mat(2, 3),))
def a_matrix_written_in_part_by_its_transpose(m):
    """How an array lies in memory is decided when it is made: what is written does not change whether it reshapes."""
    m.T[1:] += 1.0
    flat = m.reshape(-1)
    flat[1] = 0.0
    z = np.zeros((3, 2))
    z += m.T
    z.ravel()[2] -= 5.0
    for k in range(2):
        z[:, k] *= m.T[:, k]
        z.reshape(-1)[k] += 1.0
    return np.sum(m * m) + np.sum(z * z) + flat[0], m, z


@refused((mat(2, 3),))
def a_transposed_array_is_written_whole(m):
    """It lies in memory as before, so its reshape is a copy."""
    z = m.T * 2
    z[:] = np.ones((3, 2))
    z.reshape(-1)[1] = 5.0
    return z


@on(([1.0, 5.0, 3.0], 2.0), ([1.0, 5.0, 3.0], 9.0), ([1.0, 0.0, 3.0], 0.5))
def the_first_item_that_is_found(xs, t):
    """No item after it is made: no division by zero, no call."""
    made = []

    def note(v):
        made.append(v)
        return v / xs[1]

    place = next((k for k, v in enumerate(xs) if v > t), -1)
    best = next((note(v) * t for v in xs if v > t), None)
    return place, 0.0 if best is None else best, len(made), next((w for v in xs for w in (v, -v) if w < 0), t)


@on((17,), (91,), (1,))
def factors_by_next(n):
    found = []
    while n > 1:
        found.append(next(d for d in range(2, n + 1) if n % d == 0))
        n //= found[-1]
    return found, next(d for d in range(n) if d > 3)


@on((2.0,))
def the_first_of_known_structure(x):
    layers = [("a", x), ("b", (x, 3.0)), ("c", 1)]
    name, found = next(p for p in layers if p[0] == "b")
    return name == "b", found, next((p for p in layers if p[0] == "z"), None) is None


# -- iterators show what their list has when they are asked ------------------------------------------------------------


@on(([1.0, 2.0, 3.0], 2))
def list_changed_under_its_iterator(xs, n):
    it = iter(xs)
    a = next(it)
    xs[1] = 9.0
    b = next(it)
    xs.append(7.0)
    return a, b, [v * n for v in it], next(it, -1.0)


@on((np.array([1.0, 2.0, 3.0]),))
def array_changed_under_its_iterator(a):
    it = iter(a)
    first = next(it)
    a[1:] = 9.0
    total = 0.0
    for v in it:
        total += v
        a[2] = 5.0
    return first, total


@on(({"a": 1.0, "b": 2.0}, [1.0, 2.0, 3.0]))
def views_and_zips_changed_under_their_iterators(d, xs):
    values, pairs = iter(d.values()), zip(xs, range(10))
    one, two = next(values), next(pairs)
    d["b"], xs[1] = 9.0, 8.0
    return one, two, next(values), next(pairs), list(pairs), next(values, None)


@on(([1.0, 2.0, 3.0],))
def map_calls_when_it_is_asked(xs):
    it = map(lambda v: v * xs[-1], xs)
    a = next(it)
    xs[2] = 10.0
    b = next(it)
    back = reversed(xs)
    c = next(back)
    xs[1] = 7.0
    return a, b, c, next(back), list(it), list(back)


@on((np.array([3, 1, 2]),))
def iterators_of_lists_of_run_time_length(ids):
    xs = [float(v) for v in ids if v > 1]
    it = iter(xs)
    a = next(it)
    xs[1] = 8.0
    xs.append(4.0)
    total = 0.0
    for v in it:
        total = total * 2 + v
    return a, total, next(iter(xs))


@on((np.array([0, 1]),))
def iterator_of_nothing(ids):
    xs = [float(v) for v in ids if v > 1]
    return next(iter(xs))


@refused(([1.0, 2.0, 3.0],))
def made_longer_under_an_iterator_from_its_end(xs):
    it = reversed(xs)
    a = next(it)
    xs.append(4.0)
    return a, next(it)
