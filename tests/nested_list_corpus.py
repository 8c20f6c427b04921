"""Programs about lists of lists, arrays and objects, reached at indices that only run time knows.

They join those of `tests.language_corpus`.
"""

import numpy as np

from myialike import grad
from tests.language_corpus import on, refused

TABLE = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]


# -- tables ------------------------------------------------------------------------------------------------------------


@on(([1, 2, 3, 4], [2, 1, 3, 4]), ([1, 5, 2] * 8, [5, 2, 1] * 9), ([], [1]), everywhere=True)
def longest_common(p, q):
    table = [[0] * (len(q) + 1) for _ in range(len(p) + 1)]
    for i in range(1, len(p) + 1):
        for j in range(1, len(q) + 1):
            if p[i - 1] == q[j - 1]:
                table[i][j] = table[i - 1][j - 1] + 1
            else:
                table[i][j] = max(table[i - 1][j], table[i][j - 1])
    return table[-1][-1]


@on((6, [4, 3, 2, 3], [3.0, 2.1, 4.2, 4.7]), (25, [4, 3, 2, 3, 9], [3.0, 2.5, 4.2, 4.7, 1.3]), everywhere=True)
def best_load(room, weights, values):
    best = [[0.0 for _ in range(room + 1)] for _ in range(len(weights) + 1)]
    for i in range(1, len(weights) + 1):
        for w in range(1, room + 1):
            best[i][w] = best[i - 1][w]
            if weights[i - 1] <= w:
                best[i][w] = max(best[i][w], values[i - 1] + best[i - 1][w - weights[i - 1]])
    return best[len(weights)][room], best


@on((4, 1), (2, 1), (3, 0))
def number_of_cells_before_a_choice(n, k):
    cells = [[0 for _ in range(2)] for _ in range(n + 1)]
    if k > n:
        return 0
    cells[1][0] = 1
    return cells[n][0] + cells[1][k]


@on((4, 1), (7, 2), (12, 0), everywhere=True)
def three_indices(n, k):
    cells = [[[0 for _ in range(4)] for _ in range(n // 3 + 2)] for _ in range(n + 1)]
    cells[1][0][0] = 1
    cells[1][0][3] = 25
    for i in range(2, n + 1):
        for j in range(n // 3 + 2):
            if j == 0:
                cells[i][j][0] = cells[i - 1][j][0] + cells[i - 1][j][3]
            elif j + 1 == i:
                cells[i][j][k] = i
    return sum(cells[n][0]), cells[2]


@on((1.5, 2.5), (0.5, 0.6), (1.0, 1.0))
def places_from_floats(x, y):
    cells = [[0.0] * 3 for _ in range(3)]
    i, j = int(x), int(y)
    cells[i][j] = x
    cells[j][i] += 2 * y
    return cells, cells[i][j]


@on((12,), (3,))
def triangle_of_numbers(n):
    rows = [[1] * (i + 1) for i in range(n)]
    for i in range(2, n):
        for j in range(1, i):
            rows[i][j] = rows[i - 1][j - 1] + rows[i - 1][j]
    return rows


@on((4,), (1,))
def table_of_results(n):
    known = [[-1] * 8 for _ in range(8)]

    def paths(i, j):
        if i == 0 or j == 0:
            return 1
        if known[i][j] == -1:
            known[i][j] = paths(i - 1, j) + paths(i, j - 1)
        return known[i][j]

    return paths(n, n), known[n][n - 1]


@on((TABLE, 1, 2), (TABLE, -1, 0), ([[1, 2], [3, 4]], 1, 1), (TABLE, 1, 3))
def argument_read(table, i, j):
    return table[i][j] + table[j][i]


@on((TABLE, 1, 2, 0.5), (TABLE, -1, 0, 0.5), (TABLE, 1, 3, 0.5), everywhere=True)
def argument_written(table, i, j, x):
    table[i][j] += x
    table[0][0] = table[i][j] * 2
    return table[j][0]


@on((TABLE, 1), (TABLE, 5))
def argument_with_a_longer_item(table, i):
    table[i].append(1.5)
    table[0][0] = -1.0
    return len(table[i])


@on((TABLE, [1.0, 2.0, 4.0]), ([[0.0, 2.0], [3.0, 1.0]], [1.0, 1.0]), everywhere=True)
def elimination_with_exchange(a, b):
    n = len(a)
    rows = [row[:] + [b[i]] for i, row in enumerate(a)]
    rows[0][0] += 0.5
    for i in range(n):
        p = i
        for k in range(i + 1, n):
            if abs(rows[k][i]) > abs(rows[p][i]):
                p = k
        rows[i], rows[p] = rows[p], rows[i]
        for k in range(i + 1, n):
            f = rows[k][i] / rows[i][i]
            for j in range(i, n + 1):
                rows[k][j] -= f * rows[i][j]
    x = [0.0] * n
    for i in range(n - 1, -1, -1):
        x[i] = (rows[i][n] - sum(rows[i][j] * x[j] for j in range(i + 1, n))) / rows[i][i]
    return x


@on(([0.25] * 12, 3), ([0.5, -0.25, 1.0] * 4, 0))
def rows_exchanged_and_written(xs, k):
    rows = [[x, x * 2] for x in xs]
    for i in range(len(xs)):
        j = (i * 5 + k) % len(xs)
        rows[i], rows[j] = rows[j], rows[i]
        rows[i][0] += i
    return rows


# -- which object an item is ------------------------------------------------------------------------------------------


@on((50, 1.5), (3, 2.0))
def item_read_twice(n, x):
    rows = []
    for i in range(n):
        rows.append([x * i, x])
    p, q = rows[n - 1], rows[n - 1]
    p[0] = 9.0
    return q[0], rows[n - 1][0], sum(q)


@on((2,), (0,))
def item_and_its_list(n):
    rows = [[0] * 5 for _ in range(4)]
    r = rows[n]
    rows[n][1] = 3
    r[2] = 4
    return r[1], rows


@on((2,), (0,))
def item_replaced(n):
    rows = [[0] * 5 for _ in range(4)]
    r = rows[n]
    rows[n] = [9] * 5
    rows[n][1] = 3
    return r[1], rows


@on((2,), (1,))
def copies_of_items(n):
    rows = [[0] * 5 for _ in range(4)]
    whole, part = [row[:] for row in rows], rows[n][:]
    rows[n][2] = 1
    whole[n][1] = 2
    part[0] = 7
    return rows, whole, part


@on((14,), (3,))
def each_from_the_one_before(n):
    rows = [[i] * 5 for i in range(n)]
    before = rows[0]
    for i in range(1, n):
        now = rows[i]
        for j in range(5):
            now[j] = before[j] + i
        before = now
    return rows


@on((3,), (14,))
def items_written_in_a_loop_over_them(n):
    rows, total = [[i] * 3 for i in range(n)], 0
    for row in rows:
        for j, v in enumerate(row):
            row[j] = v + 1
            total += row[j]
    return rows, total


@on((2, 1.5), (0, 0.5), everywhere=True)
def list_of_arrays(n, x):
    parts = [np.zeros(3) for _ in range(4)]
    parts[n][1] = x
    parts[n - 1] += x
    return parts, parts[n].sum()


@on((2, 0.5), (3, 1.0))
def items_as_places_for_several(n, x):
    points = [[0.0, 1.0] for _ in range(4)]
    p = points[n]
    p[0], p[1] = p[1] + x, p[0]
    return points, np.array(points).sum()


@on((30, 1.5), (3, 2.0))
def items_that_become_floats(n, x):
    rows = [[0] * 3 for _ in range(4)]
    for i in range(n):
        rows[i % 4][i % 3] = i + 0.5
    return rows[1][1] + x


# -- items of different lengths ---------------------------------------------------------------------------------------


@on(([[1, 2], [3], [3, 4], [], [0]], 0), ([[1], [0]], 1))
def reachable_nodes(after, start):
    seen, order, waiting = [False] * len(after), [], [start]
    while waiting:
        node = waiting.pop()
        if seen[node]:
            continue
        seen[node] = True
        order.append(node)
        for other in after[node]:
            if not seen[other]:
                waiting.append(other)
    return order


@on(([0.1, 0.7, 0.3, 0.9, 0.5, 0.52, 0.6, 0.2, 0.25, 0.77, 0.35, 0.4, 0.81], 4), ([0.5], 3), everywhere=True)
def sorted_into_groups(xs, k):
    groups = [[0.0] for _ in range(4)]
    for i in range(len(xs)):
        groups[int(xs[i] * k) % 4].append(xs[i])
    found = []
    for group in groups:
        for v in group[1:]:
            found.append(v)
    return found


@on((40, 1.5))
def a_group_that_outgrows_its_room(n, x):
    groups = [[x], [x], [x]]
    for i in range(n):
        groups[(i * i) % 3].append(x * i)
    return sum(groups[0]), [len(g) for g in groups]


@on((1,), (2,))
def methods_of_items(n):
    rows = [[3, 1, 2], [9, 8, 7], [4, 6, 5]]
    rows[n].sort()
    rows[n].insert(1, 0)
    rows[n - 1].reverse()
    rows[n - 1].pop()
    rows[n - 2].extend([1, 2])
    return rows, rows[n - 1][-1]


@on((12,), (2,))
def a_stack_of_lists(n):
    waiting, total = [[0, 1]], 0
    while len(waiting) < n:
        top = waiting[-1]
        top[0] += 1
        total += top[0]
        waiting.append([total, top[1] + 1])
    return waiting


# -- which object it is, told by an int of the caller's ----------------------------------------------------------------


def two_of_one(n):
    z = np.zeros(n)
    return [z, z]


@on((2,), (0,), (3,))
def one_row_in_all_places(n):
    rows = [[0] * 5] * 4
    rows[n][n] = 3
    return rows[n - 1][n], rows


@on((2,), (0,))
def row_put_in_a_second_place(n):
    rows = [[i] * 5 for i in range(4)]
    rows[n] = rows[n - 1]
    rows[n][0] = 100
    return rows[n - 1][0], rows


@on((2,), (-1,))
def item_made_longer_under_another_name(n):
    rows = [[3, 1, 2], [9, 8, 7], [4, 4, 4]]
    p, q = rows[n], rows[n]
    p.append(5)
    return len(q), rows


@on((2,), (0,))
def items_that_may_be_one(n):
    rows = [[0] * 5 for _ in range(4)]
    return rows[n] is rows[n - 1], rows[n] is rows[n]


@on((two_of_one(3), 1), ([np.zeros(2), np.zeros(2)], 0), ([np.zeros(2), np.zeros(2)], -1))
def row_of_several_written(xs, k):
    xs[k][0] = 9.0
    return xs[0][0] + xs[1][0]


@on(([np.zeros(2), np.ones(2)], 0, 3.0), ([np.zeros(2), np.ones(2)], 1, 3.0))
def row_put_in_twice(xs, k, y):
    xs[k] = xs[0]
    xs[0][0] = y
    xs.append(xs[k])
    xs[-1][1] = y + 1.0
    return xs[k], len(xs)


@on(([np.zeros(2), np.ones(2)], 0), ([np.zeros(2), np.ones(2)], 1))
def row_written_before_and_after_a_swap(xs, k):
    row = xs[k]
    row[0] = 4.0
    xs[0], xs[1] = xs[1], xs[0]
    row[1] = 8.0
    return xs[0][1], row is xs[0], row is xs[1]


@on(({"all": [np.zeros(2), np.ones(2)], "one": np.ones(2)}, 1), ({"all": two_of_one(2), "one": np.ones(2)}, 0))
def row_in_a_dict(d, k):
    rows = d["all"]
    rows[k][0] = 3.0
    d["one"][0] = 2.0
    return rows[0][0], rows[1][0]


# -- refused ---------------------------------------------------------------------------------------------------------


@refused((2.5,))
def one_row_in_all_places(x):
    n = int(x)
    rows = [[0] * 5] * 4
    rows[n][n] = 3
    return rows[n - 1][n]


@refused((2.5,))
def row_put_in_a_second_place(x):
    n = int(x)
    rows = [[i] * 5 for i in range(4)]
    rows[n] = rows[n - 1]
    rows[n][0] = 100
    return rows[n - 1][0]


@refused((50, 1.5))
def appended_and_written_elsewhere(n, x):
    row, rows = [x, x], []
    for i in range(n):
        rows.append([x * i, x])
    rows.append(row)
    rows[n][0] = 9.0
    return row[0]


@on((50, 50.5), (50, 3.5))
def read_in_two_ways(n, x):
    row, rows = [x, x], []
    for i in range(n):
        rows.append([x * i, x])
    rows.append(row)
    p, q = rows[n], rows[int(x)]
    p.append(9.0)
    return len(q)


@on((2.5,), (0.5,), everywhere=True)
def item_made_longer_under_another_name(x):
    n = int(x)
    rows = [[3, 1, 2], [9, 8, 7], [4, 4, 4]]
    p, q = rows[n], rows[n]
    p.append(5)
    return len(q)


@refused((2.5,))
def items_that_may_be_one(x):
    n = int(x)
    rows = [[0] * 5 for _ in range(4)]
    return rows[n] is rows[n - 1]


@refused((1.2,))
def one_object_in_several_items_and_no_longer_where_it_was(x):
    n = int(x)
    b, c = [{"m": x} for _ in range(3)], [{"p": {"m": 0.5}, "w": x} for _ in range(3)]
    for j in range(40):
        c[-1 - j % 3]["p"] = b[n % 3]
    b[n % 3] = {"m": 2 * x}
    c[(n + n) % 3]["p"]["m"] += 2
    return [q["p"]["m"] for q in c]


@on((1.2,), (2.5,))
def part_put_in_and_read_under_its_name(x):
    n = int(x)
    c, p = [{"p": {"m": 0.5 * i}, "w": x} for i in range(3)], {"m": x}
    c[n]["p"] = p
    return p["m"], [q["p"]["m"] for q in c]


# -- one object many times -------------------------------------------------------------------------------------------


def many_times_one(c):
    row, rows = np.array([c, 1.0]), []
    for k in range(40):
        if k > c:
            rows.append(row)
    return rows


@refused((0.2,), (0.5,))
def one_row_many_times_on_one_path(c):
    rows = []
    if c > 0.3:
        for k in range(40):
            rows.append(np.array([c, k * 1.0]))
    else:
        rows = many_times_one(c)
    rows[0][0] += 10.0
    return rows[1][0]


@refused((0.2,))
def one_row_many_times_differentiated(c):
    def scaled(rows, d):
        rows[0][0] *= d
        return rows[1][0]

    return grad(scaled, argnums=1)(many_times_one(c), c)


@refused((0.2,))
def one_row_many_times_from_recursion(c):
    def deeper(n):
        return many_times_one(c) if n == 0 else deeper(n - 1)

    rows = deeper(3)
    rows[0][0] += 1.0
    return rows[1][0]


@refused((0.2,))
def one_of_two_from_recursion(c):
    def deeper(n, c):
        if n == 0:
            a, b = np.array([c, 1.0]), np.array([c, 2.0])
            return a, (a if c > 0.45 else b)
        return deeper(n - 1, c + 0.1)

    a, b = deeper(3, c)
    a[0] += 1.0
    return b[0]


@on((np.array([1.0, 3.0]), [1.0, 3.0]), (np.array([1.0]), []), (np.array([-1.0]), []), (np.array([2.0]), [2.0, 2.0]))
def lists_of_run_time_length_compared(xs, ys):
    kept = [x for x in xs if x > 0]
    return kept == ys, kept != ys, ys == kept, kept == [*kept], kept == [1.0, 3.0], kept == []
