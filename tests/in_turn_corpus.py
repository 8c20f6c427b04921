"""Programs with `filter`, `map` and generator expressions, whose items are made one by one while others consume them.

They join those of `tests.language_corpus`.
"""

import collections
from functools import reduce

from tests.language_corpus import on, refused

LISTS = (
    ([1.0, -2.0, 3.0, 0.5], 0.2),
    ([-1.0, 0.25], 0.5),
    ([], 0.5),
    ([2.5, 2.0, -3.0, 4.0, 1.0, 7.0, 2.0], 1.5),
)


# -- filter ------------------------------------------------------------------------------------------------------------


@on(*LISTS, everywhere=True)
def kept_by_a_value(xs, t):
    kept = list(filter(lambda v: v > t, xs))
    total = 0.0
    for v in filter(lambda v: v < t, xs):
        total += v
    return kept, len(kept), total, sum(filter(None, xs), 0.5)


@on(*LISTS)
def kept_and_changed(xs, t):
    twice = [v * 2 for v in filter(lambda v: v > t, xs)]
    both = list(filter(lambda v: v < 3, filter(lambda v: v > t, xs)))
    pairs = [u * v for u, v in map(lambda v: (v, v + 1), filter(lambda v: v > t, xs))]
    return twice, both, pairs, list(map(abs, filter(lambda v: v < t, xs)))


@on(*LISTS)
def kept_ones_in_order(xs, t):
    found = sorted(filter(lambda v: v > t, xs))
    return found, max(filter(lambda v: v > t, xs), default=0.0), reduce(lambda p, q: p * q, filter(None, xs), 1.0)


@on(*LISTS)
def places_that_are_kept(xs, t):
    places = list(filter(lambda k: xs[k] > t, range(len(xs))))
    return places, [xs[k] for k in places], [k for k, v in filter(lambda p: p[1] < t, enumerate(xs))]


@on(*LISTS)
def kept_ones_are_counted(xs, t):
    total = 0.0
    for k, v in enumerate(filter(lambda v: v > t, xs), 2):
        if k > 4:
            break
        total += k * v
    return total, [(k, v) for k, v in enumerate(filter(None, xs))]


@on(*LISTS)
def the_loop_sees_what_is_called(xs, t):
    seen = []

    def is_kept(v):
        seen.append(v)
        return v > t

    for v in filter(is_kept, xs):
        seen.append(-v)
        if v > 2.5:
            break
    return seen


@on(*LISTS, everywhere=True)
def what_is_called_sees_the_loop(xs, t):
    state, kept = [t], []
    for v in filter(lambda v: v > state[0], xs):
        kept.append(v)
        state[0] += 0.5
    seen = []
    for v in filter(lambda v: v not in seen, [1, 2, 1, 3, 2]):
        seen.append(v)
    return kept, seen


@on(*LISTS)
def what_is_mapped_sees_the_loop(xs, t):
    state = [t]
    for v in map(lambda v: v + state[0], xs[:3]):
        state[0] += v
    for v in map(lambda u, v: u * v + state[0], xs[:2], [1.0, 2.0]):
        state[0] -= v
    return state


@on(*LISTS)
def first_that_is_kept(xs, t):
    it = filter(None, [0, 1, 0, 2, 3])
    return next(filter(lambda v: v > t, xs), -1.0), next(it), next(it), list(it)


@on(*LISTS)
def first_that_is_kept_of_none(xs, t):
    return next(filter(lambda v: v > t, xs))


@on((30,), (2,), (5,))
def sieve_by_filter(n):
    rest, primes = list(range(2, n)), []
    while rest:
        p = rest[0]
        primes.append(p)
        rest = list(filter(lambda k: k % p, rest))
    return primes


def in_order(xs):
    if len(xs) < 2:
        return xs
    p = xs[0]
    return in_order(list(filter(lambda v: v < p, xs[1:]))) + [p] + in_order(list(filter(lambda v: v >= p, xs[1:])))


@on(*LISTS)
def sorted_by_filter(xs, t):
    return in_order([v * t for v in xs])


@refused(LISTS[0])
def iterators_have_no_length(xs, t):
    return len(map(abs, [v for v in xs if v > t]))


@refused(LISTS[0])
def zip_of_filter(xs, t):
    return list(zip(filter(lambda v: v > t, xs), xs))


# -- what extends a list -------------------------------------------------------------------------------------------


@on(*LISTS, everywhere=True)
def extended_by_generators(xs, t):
    kept = [v for v in xs if v > t]
    found = [t]
    found.extend(v * 2 for v in kept)
    found += (u + v for u in xs[:2] for v in kept if u < v)
    return found, found.extend(v for v in xs if v < 0)


@on(*LISTS)
def generators_see_the_list(xs, t):
    found = [t]
    found.extend(v * len(found) for v in xs if v > found[-1])
    found += (v + found[0] for v in xs)
    found.extend(map(lambda v: v * len(found), xs))
    found += filter(lambda v: v > found[-1], xs)
    return found


@on(*LISTS)
def extended_in_other_places(xs, t):
    d, rows = {"k": [t], "m": []}, [[t], []]
    d["k"] += (v for v in xs)
    d["m"].extend(u * v for u in xs[:3] for v in xs[:2] if u > v)
    rows[len(xs) % 2] += (v for v in xs[:2])
    rows[1].extend(v for v in rows[0])
    xs.extend(v for v in [t, t * 2] if v > 1)
    return d, rows


@on(*LISTS)
def a_deque_is_extended(xs, t):
    q = collections.deque([t], 3)
    q.extend(v for v in xs if v > t)
    q += (v for v in xs[:2])
    return list(q)


@on(*LISTS)
def nearest_of_a_generator(xs, t):
    return max((v for v in xs if v > t), key=lambda v: -abs(v - 2), default=0.0)


@on(*LISTS)
def side_by_side_with_a_list(xs, t):
    kept = [v for v in xs if v > t]
    found = [(t, t)]
    found.extend(zip(kept, xs))
    return found, [u - v for u, v in zip(kept, xs)], list(zip(xs, kept))


@refused(LISTS[0])
def key_that_notices_the_generator(xs, t):
    sign = [1.0]

    def turned(v):
        sign[0] = -sign[0]
        return v

    return max((turned(v) for v in xs), key=lambda v: sign[0] * v)


@refused(LISTS[0])
def a_tuple_is_extended(xs, t):
    found = (t,)
    found += (v for v in xs)
    return found
