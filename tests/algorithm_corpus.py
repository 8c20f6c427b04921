"""Programs as people write them in books of algorithms: searches, tables, sorts, number theory, simulations.

They join those of `tests.language_corpus`.
"""

import numpy as np

from tests.language_corpus import on, refused

# -- keys of dicts ----------------------------------------------------------------------------------------------------


@on(([[0, 0], [0, 1], [2, 1], [1, 1]],), ([[5, 5]],), everywhere=True)
def cells_beside_earlier_ones(cells):
    number, beside = {}, 0
    for cell in map(tuple, cells):
        number[cell] = len(number)
        for di, dj in (0, 1), (0, -1), (1, 0), (-1, 0):
            if (cell[0] + di, cell[1] + dj) in number:
                beside += 1
    return beside, list(number)


@on((0, 1), (1, 0))
def pairs_of_run_time_among_keys(i, j):
    d = {(0, 0): 5, (1, 1): 7, "a": 1, 2: 3}
    return (i, j - 1) in d, (i, i) in d, (j, "a") in d, i + 2 in d, d.get((j, j), 3)


# -- conditions that do something -------------------------------------------------------------------------------------


@on(([1, 2, 3, 4, 5],), ([5, 4],), ([],), ([9, 9],), everywhere=True)
def items_taken_by_the_condition(xs):
    count = 0
    while xs.pop() > 2:
        count += 1
    return count, xs


@on(([1, 2, 3, 4, 5] * 10, 7), ([1, 2, 3], 2))
def items_taken_under_and(xs, k):
    count = 0
    while len(xs) > 3 and xs.pop() + count % k != 3:
        count += 1
    return count, xs


@on((10, 3.0), (0, 1.0), everywhere=True)
def calls_counted_by_the_condition(n, x):
    calls, i = [0], 0

    def more(v):
        calls[0] += 1
        return v < x * n

    while more(i):
        i += 2
        if i > 20:
            break
    else:
        i = -i
    return i, calls


class Source:
    def __init__(self, k):
        self.k = k
        self.seen = []

    def advance(self):
        self.k = self.k * 3 % 17
        self.seen.append(self.k)
        return self.k


@on((5,), (1,), (16,))
def numbers_drawn_until_one(k):
    source, total = Source(k), 0
    while source.advance() != 1:
        total += source.k
    return total, source.seen, source.k


# -- powers of ints ---------------------------------------------------------------------------------------------------


@on((3.2,), (-1.7,), (0.0,), everywhere=True)
def powers_of_ints_from_floats(x):
    n = int(x)
    return 2**n, (-3) ** n


@on((13,), (40,), everywhere=True)
def powers_of_two_summed(n):
    total = 0
    for k in range(n):
        total += 2**k - 3 ** (k % 4)
    return total


@on((10.0,), (100.0,))
def signs_as_powers(x):
    k, total = 0, 0.0
    while k < x:
        total += (-1) ** k / (2 * k + 1)
        k += 1
    return 4 * total


# -- which row of a table a path has chosen --------------------------------------------------------------------------


@on((2, 1.0), (3, 2.0), everywhere=True)
def row_of_an_array_chosen(n, x):
    a = np.zeros((4, 2))
    if x > 1:
        r = a[n]
        a[n, 1] = 9.0
    else:
        r = a[n - 1]
    r[0] = 7.0
    a[3, 0] += 5.0
    return a, r.sum()


@on((2, 1.0), (3, 2.0))
def known_rows_chosen(n, x):
    a = np.zeros((3, 3, 3))
    b = a[1:]
    r = b[0] if x > 1 else b[1]
    r[0] = 7.0
    q = r[1] if n > 2 else r[2]
    q += n
    return a


@on((2, 1.0), (3, 2.0), (0, 1.0))
def row_bound_on_one_path(n, x):
    a = np.zeros((4, 2))
    if n > 0:
        r = a[n]
    r[0] = 7.0
    return a, r.sum()


@on((2, 1.0), (3, 2.0), (-1, 1.0))
def row_that_the_other_path_has_not(n, x):
    a = np.zeros((4, 2))
    if n < 0:
        raise ValueError("negative")
    r = a[n]
    if x > 1:
        p = a[0]
    else:
        p = r
    p[1] = x
    r += 1
    return a


@on((2.0, 1.0), (3.0, 2.0))
def part_of_run_time_size_chosen(n, x):
    a = np.zeros(9)
    k = int(n)
    r = a[:k] if x > 1 else a[: k + 1]
    r += 1
    return a, r.sum()


@on((2, 1.0), (3, 2.0), everywhere=True)
def list_in_a_list_chosen(n, x):
    t = [[x, 2.0] for _ in range(4)]
    if x > 1:
        r = t[n]
    else:
        r = t[n - 1]
    r[0] = 7.0
    return t, sum(r)


@on((2, 1.0), (3, 2.0))
def list_in_a_list_chosen_and_made_longer(n, x):
    t = [[x, 2.0] for _ in range(4)]
    if x > 1:
        r = t[n]
    else:
        r = t[n - 1]
    r.append(7.0)
    r[0] = 5.0
    return t, sum(r)


@on((2.0, 1.0), (3.0, 2.0))
def row_from_a_function_of_two_returns(n, x):
    a = np.arange(9.0).reshape(3, 3)

    def pick():
        if x > 1:
            return a[0]
        return a[1]

    pick()[:] = n
    return a


@on((2, 1.0), (3, 2.0))
def rows_chosen_on_paths_that_both_reach_in(n, x):
    t = [[x, 2.0] for _ in range(4)]
    if x > 1:
        r, q = t[n], t[0]
    else:
        t[n - 1][0] = 4.0
        r, q = t[2], t[1]
    q[1] = 1.0
    r[0] = 7.0
    return t


@refused((2, 1.0))
def array_or_row_of_another(n, x):
    a, b = np.zeros((4, 2)), np.ones((4, 2))
    r = a[0] if x > 1 else b[1]
    r[0] = 7.0
    return a


@refused((2, 1.0))
def array_or_a_new_one(n, x):
    a, b = np.zeros(2), np.ones(2)
    if x > 1:
        r = a if n > 2 else b
    else:
        r = np.full(2, 3.0)
    r[0] = 7.0
    return a, b
