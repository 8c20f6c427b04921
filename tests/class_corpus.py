"""Programs about what a user's own classes define: operators and who is asked first, NamedTuples, enums.

They join those of `tests.language_corpus`.
"""

import math
import operator
from enum import Enum, IntEnum
from typing import NamedTuple

import numpy as np

from tests.language_corpus import on, refused

# -- each method for itself --------------------------------------------------------------------------------------------


class Everything:
    """Methods that give what nothing else would give."""

    def __init__(self, *values):
        self.values = list(values)

    def __contains__(self, x):
        return x == 99.0

    def __iter__(self):
        return iter(self.values)

    def __len__(self):
        return 42

    def __getitem__(self, i):
        return Everything(*self.values[i]) if isinstance(i, slice) else self.values[i] * 10

    def __setitem__(self, i, x):
        self.values[i] = x + 1

    def __delitem__(self, i):
        self.values.pop(i)
        self.values.append(-1.0)

    def __reversed__(self):
        return iter([7.0, 8.0])

    def __int__(self):
        return 5

    def __float__(self):
        return 6.5

    def __bool__(self):
        return False

    def __round__(self, n=None):
        return 3.0 if n is None else n

    def __floor__(self):
        return -1

    def __ceil__(self):
        return -2

    def __trunc__(self):
        return -3

    def __divmod__(self, other):
        return "divmod", other

    def __rdivmod__(self, other):
        return "rdivmod", other

    def __invert__(self):
        return "inverted"

    def __pos__(self):
        return "positive"

    def __format__(self, form):
        return f"<{form}>"

    def __str__(self):
        return "STR"

    def __repr__(self):
        return "REPR"


@on((1.0,), everywhere=True)
def contained(x):
    c = Everything(x)
    return x in c, 99.0 in c, x not in c, operator.contains(c, 99.0)


@on((1.0,), everywhere=True)
def gone_through(x):
    c = Everything(x, 2.0)
    a, b = c
    found = [v for v in c], tuple(c), sum(c), max(c), [*c], sorted(c), any(c)
    return *found, list(enumerate(c)), a, b, list(reversed(c))


@on((1.0,), everywhere=True)
def items_of_an_instance(x):
    c = Everything(x, 2.0)
    c[0] = 5.0
    c[1] += 1
    del c[0]
    return len(c), c[0], c[-1], c[1:].values, c.values


@on((1.0,))
def converted(x):
    c = Everything(x)
    whole = round(c), round(c, 2), math.floor(c), math.ceil(c), math.trunc(c)
    return int(c), float(c), bool(c), not c, whole, math.sin(c)


@on((1.0,))
def divided_and_signed(x):
    c = Everything(x)
    return divmod(c, 2), divmod(2, c), ~c, +c


@on((1.0,))
def texts(x):
    c = Everything(x)
    print(c, f"{c:abc} {c} {c!r}", [c], "%s %r" % (c, c), "{:q} {}".format(c, c))  # noqa: PLE1300


class Counting:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n


@on((3,), (1,))
def next_of_an_iterator(n):
    c = Counting(n)
    return next(c), next(c)


@refused((3,))
def iterator_gone_through(n):
    return list(Counting(n))


# -- which operand is asked --------------------------------------------------------------------------------------------


class Base:
    def __init__(self, x):
        self.x = x

    def __add__(self, other):
        return "Base +", self.x

    def __radd__(self, other):
        return "Base r+", self.x

    def __lt__(self, other):
        return "Base <"

    def __gt__(self, other):
        return "Base >"

    def __eq__(self, other):
        return NotImplemented


class Overrides(Base):
    def __radd__(self, other):
        return "Overrides r+", self.x

    def __gt__(self, other):
        return "Overrides >"


class Inherits(Base):
    pass


class Leaves:
    """Leaves everything to the other operand."""

    def __add__(self, other):
        return NotImplemented

    def __radd__(self, other):
        return "Leaves r+"


@on((1.0,))
def order_of_asking(x):
    a, b, c = Base(x), Overrides(2.0), Inherits(3.0)
    return a + b, a + c, b + a, 1 + a, a < b, a < c, a == b, a != b, a == 3, Leaves() + a, a + Leaves(), 1 + Leaves()


@refused((1.0,))
def nobody_adds(x):
    return Leaves() + Leaves()


class Scaled:
    def __init__(self, x):
        self.x = x

    def __mul__(self, k):
        return Scaled(self.x * k)

    def __rmul__(self, k):
        return Scaled(k * self.x)

    def __rtruediv__(self, k):
        return Scaled(k / self.x)


class First(Scaled):
    __array_ufunc__ = None


@on((np.float64(3.0), 2.0), (np.int64(3), 2.0), (np.float32(3), 2.0), everywhere=True)
def numpy_scalar_and_instance(a, x):
    return (a * Scaled(x)).x, (a / Scaled(x)).x, (Scaled(x) * a).x, (a * First(x)).x


@on((np.ones(2), 2.0), everywhere=True)
def array_and_instance(a, x):
    return (Scaled(x) * a).x, (a * First(x)).x


@refused((np.ones(2), 2.0))
def array_before_instance(a, x):
    return a * Scaled(x)


@on((1.0,), (math.nan,))
def identity_in_containers(x):
    s, xs = Scaled(x), [x, 2.0]
    numbers = [x] == [x], x in xs, xs.index(x), xs.count(x), (x, 1) <= (x, 2)
    return s in [Scaled(x), s], [s].index(s), [s] == [s], numbers


# -- NamedTuples -------------------------------------------------------------------------------------------------------


class Vector(NamedTuple):
    x: float
    y: float

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __lt__(self, other):
        return self.x < other.x

    def __eq__(self, other):
        return abs(self.x - other.x) < 10

    def __bool__(self):
        return False

    def __contains__(self, v):
        return v == self.x

    def __abs__(self):
        return math.hypot(self.x, self.y)

    def __call__(self, t):
        return self.x + t * self.y

    def __str__(self):
        return "Vector!"


@on((1.0, 2.0), everywhere=True)
def named_tuple_operators(x, y):
    v, w = Vector(x, y), Vector(y, x)
    return v + w, v * 3, 2 * v, -v, abs(v), v(3.0), y in v, x in v, 1 if v else 2, sum([v, w], Vector(0.0, 0.0))


@on((1.0, 2.0))
def named_tuple_comparisons(x, y):
    v, w = Vector(x, y), Vector(y, x)
    print(v, f"{v} {v!r}", [v])
    return v < w, v == w, v != w, v > w, sorted([w, v]), max(v, w)


@on((np.ones(2), 3.0))
def array_and_named_tuple(a, x):
    return a * Vector(x, 2.0), np.float64(2.0) * Vector(x, 1.0)


class Longer(NamedTuple):
    x: float

    def __len__(self):
        return 77


@refused((1.0,))
def named_tuple_of_another_length(x):
    return len(Longer(x))


# -- enums -------------------------------------------------------------------------------------------------------------


class Text(str, Enum):  # noqa: UP042  (Python 3.11's StrEnum is another thing)
    SHORT = "x"
    LONG = "yy"


class Number(IntEnum):
    THREE = 3
    FOUR = 4


@on((2.0,))
def text_members(x):
    t = Text.SHORT
    return t.name, Text.LONG.value, Text("yy") is Text.LONG, t == "x", Text.LONG.upper(), len(Text.LONG), t + "z", x


@on((2.0, 2), everywhere=True)
def number_members(x, n):
    three = Number.THREE
    known = [1, 2, 3, 4][three], range(three)[-1], -three, three.name
    return three + n, three * x, three < n, x**three, max(three, n), known


# -- parts of no supported type ---------------------------------------------------------------------------------------


class Labelled:
    def __init__(self, x, labels):
        self.x, self.labels = x, labels

    def doubled(self):
        return self.x * 2


@on((Labelled(2.0, {"a", "b"}), 4), (Labelled(2.0, {"c"}), 0), everywhere=True)
def a_part_that_is_never_used(p, n):
    total = 0.0
    for k in range(n):
        total += p.doubled() * k
        p.x += 1.0
    return total, p, p.labels is None


@on((Labelled(2.0, {1}), 3))
def given_to_a_function_that_calls_itself(p, n):
    def power(q, k):
        return q.x if k == 0 else q.x * power(q, k - 1)

    return power(p, n), {"p": p}


@on(({"x": 2.0, "labels": {1, 2}}, (1.5, {3})))
def in_a_dict_and_in_a_tuple(d, t):
    d["x"] += t[0]
    return d


@refused((Labelled(2.0, {1, 2}),), (Labelled(2.0, {1}),))
def a_part_that_is_used(p):
    return p.x if 1 in p.labels else 0.0
