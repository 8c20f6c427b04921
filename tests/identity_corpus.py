"""Programs whose results share objects with each other and with the arguments: which is which is as in Python.

They join those of `tests.language_corpus`; the comparison of outcomes numbers objects.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from tests.language_corpus import mat, on, refused, vec


@dataclass
class Cell:
    level: float
    past: list = field(default_factory=list)


# -- items of lists ---------------------------------------------------------------------------------------------------


@on(([[1.0], [2.0]], 1), ([[1.0], [2.0]], 0), ([[1.0], [2.0]], -1), everywhere=True)
def item_of_an_argument(table, i):
    row = table[i]
    row[0] = 5.0
    return row, table


@on((4, 2.0), (1, 2.0), everywhere=True)
def item_of_a_new_list(n, x):
    rows = []
    for i in range(n):
        rows.append([x * i])
    return rows[n - 1], rows, rows[0], rows[-1]


@on((4, 2.0), (4, -2.0), everywhere=True)
def best_of_objects(n, x):
    cells = [Cell(x * i, [x]) for i in range(n)]
    best = cells[0]
    for cell in cells:
        if cell.level > best.level:
            best = cell
    best.level = 100.0
    return {"past": best.past, "all": cells, "best": best}


@on(([Cell(1.0), Cell(3.0), Cell(2.0)],), ([Cell(1.0)],))
def greatest_of_the_arguments(cells):
    return max(cells, key=lambda c: c.level)


@on(([vec(1, 2), vec(3, 4)], 1), ([vec(1, 2), vec(3, 4)], 0))
def array_in_a_list_changed(xs, i):
    x = xs[i]
    x += 1
    return x


@on(([[1.0], [2.0], [3.0]], 1), ([[1.0], [2.0], [3.0]], 0), everywhere=True)
def item_after_the_list_has_changed(rows, i):
    rows.insert(0, [4.0])
    return rows[i], rows.pop(i + 1)


@on((3,), (5,))
def item_by_recursion(n):
    def find(cells, k):
        return cells[k] if cells[k].level > n - 2.5 else find(cells, k + 1)

    cells = [Cell(1.0 * i) for i in range(n)]
    return cells, find(cells, 0).level, cells[1].past


@on((3, 2.0))
def item_of_an_item(n, x):
    grid = [[Cell(x * i * j) for j in range(n)] for i in range(n)]
    for row in grid:
        row[0].level += 1
    return grid, grid[n - 2], grid[n - 1][n - 2], grid[n - 2][n - 1].past


# -- slices of lists --------------------------------------------------------------------------------------------------


@on((5, 2.0), (2, 2.0), (1, 2.0), everywhere=True)
def neighbours_changed(n, x):
    cells = [Cell(x * i) for i in range(n)]
    for a, b in zip(cells, cells[1:]):
        flow = 0.25 * (b.level - a.level)
        a.level += flow
        b.level -= flow
        b.past.append(flow)
    return cells


@on((4, 2.0))
def slices_of_one_list_changed(n, x):
    cells = [Cell(x * i) for i in range(n)]
    tail, turned = cells[1:], cells[::-1]
    tail[0].level = 9.0
    turned[0].level += tail[0].level
    for c in list(cells):
        c.level *= 2
    for i in range(n):
        for c in cells[i:]:
            c.past.append(x + i)
    return cells, tail, turned, tail[1:][0]


@on(([vec(1, 2), vec(3, 4), vec(5, 6)], 1), ([vec(1, 2), vec(3, 4), vec(5, 6)], 0))
def slice_of_arrays_returned(xs, i):
    for x in xs[i:]:
        x *= 2
    return xs[i:], xs[-1]


@on((5, 2.0), (1, 2.0))
def sorted_objects_changed(n, x):
    cells = [Cell(x * (i * 7 % 5)) for i in range(n)]
    in_order = sorted(cells, key=lambda c: c.level)
    in_order[0].level += 100.0
    in_order[-1].past.append(x)
    cells[0].level *= 2
    return cells, in_order, sorted(in_order, key=lambda c: -c.level)


@on(([Cell(3.0), Cell(1.0), Cell(2.0)],))
def arguments_sorted(cells):
    return sorted(cells, key=lambda c: c.level, reverse=True)


@on((5, 2.0))
def slice_made_longer(n, x):
    cells = [Cell(x * i) for i in range(n)]
    part = cells[1:]
    part.append(Cell(7.0))
    part[0].level = 8.0
    return part


@on((5, 2.0), everywhere=True)
def slice_with_an_item_replaced(n, x):
    cells = [Cell(x * i) for i in range(n)]
    part = cells[1:]
    part[0] = Cell(99.0)
    part[0].level += 1
    return cells, part


@refused((vec(1, 2), vec(3, 4), 1.0))
def a_view_by_a_condition_and_a_write_to_what_it_shows(a, b, x):
    y = a[:] if x > 0 else a
    a += 1
    return y.sum()


@refused((vec(1, 2), vec(3, 4), 1.0))
def raveled_by_a_condition_and_a_write_to_what_it_shows(a, b, x):
    y = np.ravel(a) if x > 0 else np.ravel(b)
    a[0] = 50
    return y.sum()


@refused((vec(1, 2), vec(3, 4), 1.0))
def a_view_of_itself_in_a_loop_and_a_write_to_the_first(a, b, x):
    y = a
    for _ in range(40):
        y = y[::1]
    a += x
    return y


# -- whether two are one ----------------------------------------------------------------------------------------------


@on((4, 2.0), (1, 2.0), everywhere=True)
def each_with_each_other(n, x):
    cells = [Cell(x * i) for i in range(n)]
    for a in cells:
        for b in cells:
            if a is not b:
                a.level += 0.1 * b.level
    return cells, cells[n - 1] is cells[-1], cells[0] is cells[n - 1]


@on((2.0, 4), (-2.0, 4), (2.0, 0), everywhere=True)
def first_one_again(x, n):
    first, hits = [x], 0
    now = first if x > 0 else [1.0]
    for i in range(n):
        if now is first:
            hits += 1
        now = [x + i] if i % 2 == 1 else first
    return hits, now is first, now is not first


@on((vec(1, 2), vec(3, 4), 2.0), (vec(1, 2), vec(3, 4), -2.0))
def argument_asked_for(a, b, x):
    c = a if x > 0 else b
    return (c is a, c is b, c) if c is a else (c is b, c is a, a)


@on((2.0, 3), (-2.0, 3), (2.0, 0))
def asked_by_a_function_that_calls_itself(x, n):
    a, b = [1.0], [2.0]
    c = a if x > 0 else b

    def count(u, v, k):
        return (1.0 if u is v else 0.5) + (count(u, v, k - 1) if k > 0 else 0.0)

    def chosen(k):
        now = a if x * k > 1.0 else b
        return (10.0 if now is a else 20.0) + (chosen(k - 1) if k > 0 else 0.0)

    return count(c, a, 2), chosen(n)


# -- objects that paths choose ----------------------------------------------------------------------------------------


@on((2.0,), (-2.0,), everywhere=True)
def one_of_two_new_ones(x):
    a, b = [1.0], [2.0]
    c = a if x > 0 else b
    return a, c, b, c


@on((vec(1, 2), vec(3, 4), 2.0), (vec(1, 2), vec(3, 4), -2.0), everywhere=True)
def one_of_two_arguments(a, b, x):
    return a if x > 0 else b


@on((vec(1, 2), 2.0), (vec(1, 2), -2.0))
def an_argument_or_a_new_array(a, x):
    if x > 0:
        return a
    return a * x


@on(([1.0], [2.0], 2.0), ([1.0], [2.0], -1.0))
def one_of_two_in_structures(a, b, x):
    c, d = (a, b) if x > 0 else (b, a)
    return {"c": c, "both": [c, d]}, (d,)


@on(({"a": [1.0], "b": [3.0], "c": [2.0]},), ({"a": [1.0]},))
def best_of_a_dict(d):
    best = None
    for v in d.values():
        if best is None or v[0] > best[0]:
            best = v
    return best


@on((vec(1, 3, 2), 2.0), (vec(1, -3, 2), -2.0))
def chosen_in_turns(xs, y):
    low, high = [y], [y + 1]
    last = low
    for x in xs:
        if x > y:
            last = high
        elif x < -2:
            last = low
    return low, last, high


@on((4, 2.0), (1, 2.0))
def new_in_each_turn(n, x):
    before, now = [x], [x + 1]
    for i in range(n):
        if x * i < 5:
            before, now = now, [x * i]
    return before, now, before


@on((vec(1, 2), vec(3, 4), 2.0, 1.0), (vec(1, 2), vec(3, 4), 2.0, -1.0), (vec(1, 2), vec(3, 4), -2.0, -1.0))
def chosen_twice(a, b, x, y):
    c = a if x > 0 else b
    d = c if y > 0 else b
    return c, d, a * 1.0


@on((vec(1, 2), vec(3, 4), 3.0), (vec(1, 2), vec(3, 4), 0.5))
def exchanged_arguments(a, b, tol):
    step = 0
    while a[0] < tol and step < 3:
        a, b = b, a
        step += 1
    return a, b


@on((Cell(1.0), Cell(2.0), 1), (Cell(1.0), Cell(2.0), 0), (Cell(1.0), Cell(2.0), 3))
def links_of_objects(p, q, n):
    ends = p
    for i in range(n):
        ends = q if i == 1 else p
    return ends, ends.past


# -- views that loops carry -------------------------------------------------------------------------------------------


@on((mat(3, 4), 3), (mat(3, 4), 0), (mat(3, 4), 1), everywhere=True)
def last_row_written(a, n):
    row = a[0]
    for i in range(n):
        row = a[i]
        row += 1
    row[0] = 100.0
    return a, row


@on((mat(3, 4), 20.0), (mat(3, 4), 100.0), (mat(3, 4), 1.0))
def row_found_by_a_while_loop(a, limit):
    k, row = 0, a[0, 1:]
    while row.sum() < limit and k < 2:
        k += 1
        row = a[k, 1:]
    row[:] = 0
    return a, row


@on((mat(3, 4), 3), (mat(3, 4), 2), everywhere=True)
def two_rows_carried(a, n):
    before, now = a[0], a[1]
    for i in range(n):
        before, now = now, a[i]
        before[0] += now[1]
    return before, now, a


@on((mat(3, 4), 3), (mat(3, 4), 1))
def row_in_structures(a, n):
    box = {"row": a[0], "cell": Cell(0.0, [a[1]])}
    for i in range(n):
        box["row"] = a[i]
        box["cell"].past[0] = a[n - 1 - i]
    box["row"][1] = 5.0
    box["cell"].past[0][2] = 6.0
    return box, a


@on((3, 2.0), (5, 1.0))
def array_in_a_list_chosen_by_turns(n, x):
    rows = [np.ones(3) * i for i in range(n)]
    best = rows[0]
    for row in rows:
        if row.sum() > x:
            best = row
    best[0] = 50.0
    return rows, best


@refused((3, 2.0))
def array_chosen_from_a_list_that_changes(n, x):
    rows = [np.ones(3) * i for i in range(n)]
    best = rows[0]
    for row in rows:
        if row.sum() > x:
            best = row
    rows[0] = np.zeros(3)
    return best.sum()


# -- views ------------------------------------------------------------------------------------------------------------


def seen_through(fn, args):
    """What a change of each array that a call leaves does to all the others: how the arrays share memory."""
    arrays = [v for v in (*args, *fn(*args)) if isinstance(v, np.ndarray)]
    return [[bool(np.shares_memory(a, b)) for b in arrays] for a in arrays]


def rows_and_columns(a, i):
    return a[i], a[i, 1:], a[:, i], a.T[i], a[i : i + 2]


def views_of_a_new_array(a, i):
    b = a * 2
    return b, b[i], b.T, b[1:3]


def views_of_a_lost_array(a, i):
    b = a * 2
    return b[:2], b[1:], b[i]


def parts_of_run_time_size(a, i):
    b = a + 1
    return a[:i], b[i:], b, b[:i]


def rows_chosen(a, i):
    row = a[0] if a[i, 0] > 3 else a[1]
    row[0] = 7.0
    return (row,)


def rows_of_iteration(a, i):
    x, *rest = a
    return x, rest[1], *list(a.T)


def squeezed(a, i):
    return np.squeeze(a), np.squeeze(a[i]), np.squeeze(a[None])


VIEWS = [
    rows_and_columns,
    views_of_a_new_array,
    views_of_a_lost_array,
    parts_of_run_time_size,
    rows_chosen,
    rows_of_iteration,
    squeezed,
]
TABLE = mat(3, 4)


# -- arrays of the caller that paths choose, written ------------------------------------------------------------------


@on((vec(0.5, 0.2), vec(3, 4), 2.0), (vec(0.5, 0.2), vec(3, 4), -2.0), everywhere=True)
def particles_moved_and_wrapped(place, speed, end):
    for _ in range(math.ceil(end / 0.5)):
        place += speed * 0.1
        place = np.mod(place, 1.0)
    return place


@on((vec(0.5, 0.2, 1.0), 0.1), (vec(0.0, 0.01, 0.0), 0.1))
def decay_until_small(u, tolerance):
    while np.max(np.abs(u)) > tolerance:
        old = u.copy()
        u[1:] -= 0.1 * (old[1:] - old[:-1])
        u[0] = 0.0
        u = u * 0.9
    return u


@on(*[(vec(1, 2), vec(3, 4), n) for n in range(6)], everywhere=True)
def two_states_exchanged(a, b, n):
    now, then = a, b
    for i in range(n):
        now, then = then, now
        now += i
        if i == 2:
            now = now * 2
        then[0] -= i
    return now, then, a, b


@on(*[(vec(1, 2), vec(3, 4), xs) for xs in ([-1.0, -2.0, 3.0, -1.0], [-1.0, -6.0, -1.0], [], [1.0, -6.0, 1.0])])
def chosen_in_a_loop_and_written_by_a_view(a, b, xs):
    p = a
    for x in xs:
        if x > 0:
            p = b
        elif x < -5:
            p = np.zeros(2)
        p[0] += x
        rest = p[1:]
        rest *= 1.5
    return a, b, p


@on((vec(1, 2), vec(3, 4), 1.0), (vec(1, 2), vec(3, 4), -1.0), everywhere=True)
def written_by_both_names(a, b, x):
    p = a if x > 0 else b
    a[0] = 7.0
    total = p.sum()
    b *= 2
    p[1] = total
    return p is a, p.sum(), a, b


@on((vec(1, 2), 10.0), (vec(1, 2), 1.0))
def grown_by_a_function(a, limit):
    def grown(u):
        while np.sum(u) < limit:
            u += 1
            u = u * 1.5
        return u

    return grown(a), a


@on((vec(1, 2), vec(3, 4), 1.0), (vec(1, 2), vec(3, 4), -1.0))
def new_under_two_names(a, b, x):
    if x > 0:
        p = np.ones(2)
        q = p
    else:
        p, q = a, b
    p += x
    return q, p, a, b


@on((vec(1, 2), vec(3, 4), vec(5, 6), 1.0, -1.0))
def chosen_of_what_was_chosen(a, b, c, x, y):
    p = a if x > 0 else b
    q = p if y > 0 else c
    q += 1
    p -= 3
    return a, b, c


def _chosen(a, b, x):
    p = a if x > 0 else b
    p += 1
    return a.sum(), b.sum()


@on((vec(1, 2), 1.0), (vec(1, 2), -1.0))
def one_array_given_twice(a, x):
    return _chosen(a, a, x)


@on((np.array([1.0, 2.0, 3.0]), 2))
def read_only_in_a_function_that_calls_itself(a, n):
    def g(k, x):
        x[np.array([True, True, False])] -= k
        y, z = np.broadcast_to(x, (2, 3)), np.broadcast_to(x[0], (3,))
        return y.sum() + z.sum() if k <= 0 else g(k - 1, x * 2)

    total = g(n, np.zeros(3))
    b = a * 2
    c = b * 2
    d = c + 1
    b += 1
    c += 1
    d += 1
    return b, c, d, total
