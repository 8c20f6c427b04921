"""Programs with variables that are None on some paths and a value on others, as run time decides.

They join those of `tests.language_corpus`. What reads such a variable must be where it is known not to be None.
"""

import math

import numpy as np

from tests.language_corpus import on, refused, vec

WAVE = np.arange(50.0) % 7

# -- asked for with `is None` ------------------------------------------------------------------------------------------


@on((3.0,), (-3.0,), (0.0,), everywhere=True)
def default_for_none(x):
    y = None
    if x >= 0:
        y = x - 3
    first, second = y or 7.0, y if y is not None else 5.0
    if y is None:
        y = 1.5
    return first, second, y


def root_of(v):
    if v < 0:
        return None
    s = math.sqrt(v)
    return s if s < 10 else None


def shifted_root(v, shift=None):
    r = root_of(v)
    if r is None:
        return None
    return r + (1.0 if shift is None else shift)


@on((4.0,), (-4.0,), (400.0,), everywhere=True)
def callees_that_give_none(x):
    found = shifted_root(x)
    again = shifted_root(x + 1, found)
    total = -1.0
    for k in range(5):
        one = root_of(x - k)
        if one is not None and one > 0.5:
            total += one * k
    if found is None or again is None:
        return total
    return total + found * again


@on((3.0, vec(1, 2, 3), [1.0]), (-3.0, vec(1, 2, 3), [1.0]), everywhere=True)
def objects_or_none(x, a, xs):
    view = pair = more = call = None
    if x > 0:
        view, pair, more, call = a[1:], (x, 1), xs, lambda v: v * x
    if view is not None:
        view[0] = 9.0
    if more is not None:
        more.append(x)
    if pair:
        p, q = pair
        x = p * q + 1
    return a, xs, x, call(2.0) if call is not None else -1.0


@on((3.0,), (-3.0,))
def none_is_refused_by_the_program(x):
    r = x if x > 0 else None
    assert r is not None, f"no root of {x}"
    return r * 2


@on((3.0,), (-3.0,))
def none_is_raised_before(x):
    r = None
    if x > 0:
        r = x
    if r is None:
        raise ValueError("none")
    return (lambda v: v if r is None else v * r)(2.0)


@on((3.0,), (-3.0,))
def none_by_a_match(x):
    match x if x > 0 else None:
        case None:
            return 0.0
        case v:
            return v


# -- carried by loops --------------------------------------------------------------------------------------------------


@on((WAVE, 4.5, 3), (WAVE, 100.0, 40), (WAVE, -1.0, 40), everywhere=True)
def best_so_far(a, limit, n):
    best = None
    for k in range(n):
        if a[k] < limit and (best is None or a[k] > best[0]):
            best = a[k], k
    if best is None:
        return -1.0
    return float(best[0]) * best[1]


@on((WAVE, 4.5, 3), (WAVE, 1.0, 40), everywhere=True)
def none_again_in_some_turns(a, x, n):
    last, s = None, 0.0
    for k in range(n):
        if a[k] == 3:
            last = None
            continue
        if last is not None:
            s += a[k] * last * x
        last = a[k]
    return s


@on((WAVE, 4.5), (WAVE, 100.0), everywhere=True)
def first_of_them_in_a_while(a, x):
    place, k = None, 0
    while k < len(a):
        if a[k] > x:
            place = k
            break
        k += 1
    return a[place] * place if place is not None else a[0] - x


@on((WAVE, 4.5), (WAVE, 100.0), everywhere=True)
def first_of_them_or_an_error(a, x):
    found = None
    for k, v in enumerate(a):
        if v > x:
            found = v * k
            break
    else:
        raise ValueError(f"none above {x}")
    return found * 2


@on((WAVE, 4.5), (WAVE, 100.0), everywhere=True)
def flag_beside_it(a, x):
    r, found, k = None, False, 0
    while not found and k < len(a):
        if a[k] > x:
            r = a[k] * x
            found = True
        k += 1
    if not found:
        return a[0]
    return r + k


@on((WAVE, 4.5), (WAVE, 5.5), (WAVE, 100.0), everywhere=True)
def until_there_is_one(a, x):
    found, k = None, 0
    while found is None:
        if a[k] > x:
            found = a[k] * x
        k += 1
    return found + k


# -- in attributes, and in variables of the function around ------------------------------------------------------------


class Least:
    def __init__(self):
        self.value, self.count = None, 0

    def update(self, value):
        if self.value is None or value < self.value:
            self.value = value
        self.count += 1

    def get(self, default=-1.0):
        return default if self.value is None else self.value


@on((3.0, 40), (-3.0, 40), (3.0, 0), everywhere=True)
def attribute_that_is_none_at_first(x, n):
    least, late = Least(), Least()
    for k in range(n):
        if x * k > 2:
            least.update(x * k)
    if x > 0:
        late.update(x)
    return least.get(), least.count, late.get(0.5), late.count


@on((3.0, 40), (-3.0, 40), (3.0, 0), everywhere=True)
def attribute_set_and_set_back(x, n):
    least, s = Least(), x
    for k in range(n):
        if least.value is not None:
            s += least.value
        least.value = x * k if k % 2 else None
    return s


@on((3.0, 40), (-3.0, 40), (3.0, 0), everywhere=True)
def variable_of_the_function_around(x, n):
    least = first = None

    def note(v):
        nonlocal least, first
        if v > 2 and (least is None or v < least):
            least = v
        if v > 0:
            first = first or v

    for k in range(n):
        note(x * k)
    return 0.0 if least is None or first is None else least - first


# -- what is refused ---------------------------------------------------------------------------------------------------


@refused((3.0,), (-3.0,))
def none_or_number_returned(x):
    r = None
    if x > 0:
        r = x
    return r


@refused((3.0,), (-3.0,))
def none_that_may_be_added_to(x):
    r = None
    if x > 0:
        r = x
    return r + 1


@refused((3.0,), (-3.0,))
def none_in_a_list(x):
    r = x if x > 0 else None
    return len([r, 1.0])


@refused((3.0,), (-3.0,))
def object_with_none_returned(x):
    least = Least()
    if x > 0:
        least.update(x)
    return least


@refused((WAVE, 4.5))
def flag_that_says_something_else(a, x):
    r, found = None, False
    for v in a:
        if v > x:
            found = True
            if v > x + 1:
                r = v
    return r * 2 if found else x


@refused((3.0,), (-3.0,))
def none_in_some_places_and_unbound_in_others(x):
    if x > 0:
        r = None
    if x > 1:
        r = x
    return 1.0 if r is None else r


def _counted_down(n, y):
    r = y[0] if y[2] > 0 else None
    s = 0.0 if r is None else r * 1.0
    return s if n <= 0 else s + _counted_down(n - 1, y)


@on((np.array([2.0, 1.0, -1.0]), 2), (np.array([2.0, 1.0, 3.0]), 2), (np.array([2.0, -1.0, 3.0]), 2))
def of_a_function_by_itself(x, n):
    r = x[0] if x[1] > 0 else None
    if r is not None:
        return _counted_down(n, x) + r
    return x[0] * 0
