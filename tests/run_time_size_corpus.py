"""Programs with lists and arrays whose size depends on data, as people write them.

The first part is compared with CPython by `tests.test_run_time_sizes`, the second joins the corpus of
`tests.test_derivatives`.
"""

from typing import Any, NamedTuple

import numpy as np

from tests import derivative_corpus, language_corpus

PROGRAMS: list[language_corpus.Program] = []
case = derivative_corpus.case
vec, mat = language_corpus.vec, language_corpus.mat


def on(*inputs: tuple[Any, ...], everywhere: bool = False) -> Any:
    def note(fn: Any) -> Any:
        PROGRAMS.append(language_corpus.Program(fn, inputs, everywhere))
        return fn

    return note


RNG = np.random.default_rng(5)
SQUARE = RNG.normal(size=(6, 6)) + 6 * np.eye(6)
RIGHT = RNG.normal(size=6)

# -- times of steps --------------------------------------------------------------------------------------------------


@on((1.0, 2.0, 10), (1.0, 1.0, 7), (1.0, -1.0, 7), (1.0, 0.0, 3), (1.0, 2.0, 0), everywhere=True)
def path_over_times(x, end, n):
    step, path = end / n, []
    for t in np.arange(0.0, end, step):
        x += step * (t - x)
        path.append(x)
    return path, x


@on((0.5, 0.1), (0.7, 0.3), (-0.5, -0.2), (-0.5, 0.2), (0.5, 0.0), (float("nan"), 0.1), (1e300, 1e-3), everywhere=True)
def tables_over_times(end, step):
    times = np.arange(0.0, end, step)
    values = np.zeros(len(times))
    for i in range(1, len(times)):
        values[i] = values[i - 1] + (times[i] - times[i - 1]) * np.cos(times[i])
    return times, values, np.arange(end), np.arange(1, 4 * end, 2)


# -- lists that grow -------------------------------------------------------------------------------------------------


@on((100.0,), (0.5,), (3e30,), everywhere=True)
def halving(x):
    xs = []
    while x > 1.0:
        xs.append(x)
        x = x / 2
    return xs


@on((1e-3,), (2.0,), everywhere=True)
def many_steps(h):
    ts = [0.0]
    while ts[-1] < 1.0:
        ts.append(ts[-1] + h)
    return len(ts), ts[-1], sum(ts)


@on((50.5,), (-1.0,), (1000.0,), everywhere=True)
def appended_under_a_condition(x):
    xs = []
    for i in range(100):
        if x > i:
            xs.append(x * i)
    return len(xs), xs


@on((np.array([1.0, -2.0, 3.0, np.nan, 0.5, 4.0]), 4), (np.array([1.0, -2.0, 3.0, 2.5, 0.5, 4.0]), 5))
def what_leaves_out_nan(x, n):
    m = int(np.sum(x > -9)) - 9 + n
    u = x[: max(m, 2)]
    return np.nansum(u), np.nanmean(u), np.nanmax(u), np.nanprod(u), np.nanvar(u), np.nanstd(u), np.nanargmin(u)


@on((np.array([1, -2, 3, 0, 5, 4]), 4), (np.array([1.0, -2.0, 3.0, 2.5, 0.5, 4.0]), 1))
def parts_and_whole(x, n):
    m = int(np.sum(x > -9)) - 6 + n
    u = x[:m]
    some = np.sum(u, where=u > 0), np.sum(u, initial=2), np.max(u, initial=-7, where=u < 0), np.any(u > 0, where=u > 1)
    made = np.convolve(u, [1, 2]), np.convolve(u, x, "valid"), np.correlate(u, x[1:3], "same"), np.polyval(u, 2)
    more = np.meshgrid(u, x[:2]), np.select([u > 1, u > 0], [u, -u]), np.extract(u > 0, u), np.vander(u, 3)
    return some, made, more, np.array_equal(u, x[:m]), np.add.outer(u, x[:2]), np.einsum("i,i->", u > 0, u > 1)


@on((vec(1, 5, 2, 7),), (vec(2, 3, 1, 9),), everywhere=True)
def list_beside_numpy(x):
    xs = []
    while x[len(xs)] < 6:
        xs.append(x[len(xs)] * 2)
    top, three, some = np.max(xs), np.arange(3.0), x[: len(xs)]
    alike = xs == top, top >= xs, three < xs, some != xs
    some -= xs
    xs -= top
    return xs, three + xs, xs / three.sum(), np.array(2) * xs, some @ xs, xs @ three, alike, some**xs


@on((7.5,), (0.5,))
def collatz_like(x):
    path = [x]
    while x > 1.0 and len(path) < 50:
        if int(x) % 2 == 0:
            x = x / 2
        else:
            x = 3 * x + 1
            path.append(-x)
        path.append(x)
    return path


@on((vec(3, -1, 4, -1, 5),), (vec(-1, -2),), everywhere=True)
def filtered(v):
    return [x * 2 for x in v if x > 0]


@on((vec(3, -1, 4, -1, 5, 9, -2, 6),), everywhere=True)
def grouped(v):
    low, high = [], []
    for x in v:
        (low if x < 3 else high).append(x) if False else None
        if x < 3:
            low.append(x)
        else:
            high.append(x)
    return low, high, len(low) + len(high)


@on((30.0,), (2.0,))
def a_stack_of_work(x):
    todo, done = [x], 0.0
    while todo:
        y = todo.pop()
        if y < 4.0:
            done += y
        else:
            todo.append(y / 2)
            todo.append(y / 3)
    return done


@on((30.0,), (2.0,), everywhere=True)
def a_queue_of_work(x):
    queue, order = [x], []
    while len(queue) > 0:
        y = queue.pop(0)
        order.append(y)
        if y > 4.0:
            queue.append(y / 2)
            queue.append(y / 3)
    return order


@on((vec(3, 1, 2, 5, 4),))
def sorted_by_inserting(v):
    xs = []
    for x in v:
        k = 0
        while k < len(xs) and xs[k] < x:
            k += 1
        xs.insert(k, x)
    return xs


@on((vec(3, -1, 2, -5, 4),), (vec(-3, -1),))
def places_in_a_list(v):
    found = [k for k, x in enumerate(v) if x > 0]
    changed = v * 2
    changed[found] -= v[found] ** 2
    table = np.outer(v, v)
    return v[found], len(found), changed, table[found], table[0, found], table[:, found].sum()


@on((5.0,), (300.0,), everywhere=True)
def tuples_and_arrays(x):
    rows = []
    while x > 1.0:
        rows.append((x, np.array([x, x * x]), int(x)))
        x = x / 1.5
    total = 0.0
    for a, row, n in rows:
        total += a * row[1] + n
    return total, rows


class State(NamedTuple):
    position: float
    velocity: float


class Particle:
    def __init__(self, x, v):
        self.x = x
        self.v = v


@on((1.0,), (-1.0,))
def instances(x):
    trail = []
    p = Particle(x, 2.0)
    while p.v > 0.1:
        p = Particle(p.x + p.v, p.v * 0.7)
        trail.append(p)
    return sum([q.x for q in trail]), len(trail), [State(q.x, q.v) for q in trail]


class Recorder:
    def __init__(self):
        self.log = []

    def note(self, x):
        self.log.append(x)
        return x


@on((10.0,), everywhere=True)
def a_list_in_an_attribute(x):
    r = Recorder()
    while x > 0.5:
        x = r.note(x * 0.8)
    return r.log, max(r.log), min(r.log)


@on((10.0,))
def a_list_in_a_dict(x):
    d = {"xs": [], "n": 0}
    while x > 0.5:
        d["xs"].append(x)
        d["n"] += 1
        x *= 0.6
    return d


@on((10.0,), (0.1,))
def an_argument_of_a_callee(x):
    def fill(out, x):
        while x > 0.5:
            out.append(x)
            x *= 0.6

    xs = []
    fill(xs, x)
    fill(xs, x / 2)
    return xs


@on(([1.0, 2.0], 5.0), ([], 0.1), everywhere=True)
def an_argument_that_grows(xs, x):
    while x > 0.5:
        xs.append(x)
        x *= 0.6
    return len(xs)


@on((10.0,), everywhere=True)
def items_are_assigned(x):
    xs = []
    while x > 0.5:
        xs.append(x)
        x *= 0.6
    for i in range(len(xs)):
        xs[i] = xs[i] * 2 + i
    xs[-1] = -1.0
    return xs, xs[0], xs[-2]


@on((10.0,), (0.1,), everywhere=True)
def out_of_range(x):
    xs = []
    while x > 0.5:
        xs.append(x)
        x *= 0.6
    return xs[3]


@on((0.1,), (2.0,))
def popped_when_empty(x):
    xs = []
    while x > 0.5:
        xs.append(x)
        x *= 0.6
    xs.pop()
    xs.pop()
    return xs


@on((10.0, 1, 3), (10.0, -3, 100), (10.0, 0, -1), (10.0, 4, 2), everywhere=True)
def slices_of_a_list(x, i, j):
    xs = []
    while x > 0.5:
        xs.append(x)
        x *= 0.6
    return xs[i:j], xs[::-1], xs[1:], xs[:-1], xs[::2]


@on((10.0,))
def concatenated(x):
    xs, ys = [], [1.0, 2.0]
    while x > 0.5:
        xs.append(x)
        ys = ys + [x]
        x *= 0.6
    xs += ys
    xs.extend([7.0])
    return xs + ys, [0.0] + xs


@on((10.0,), everywhere=True)
def zipped_and_enumerated(x):
    xs, ys = [], []
    while x > 0.5:
        xs.append(x)
        ys.append(int(x))
        x *= 0.6
    total = 0.0
    for k, (a, b) in enumerate(zip(xs, ys)):
        total += k * a * b
    for a in reversed(xs):
        total = total * 0.5 + a
    return total, list(map(lambda v: v + 1, xs)), any(y > 5 for y in ys), all([y > 0 for y in ys])


@on((10.0, 3), (10.0, 10), everywhere=True)
def membership(x, wanted):
    ys = []
    while x > 0.5:
        ys.append(int(x))
        x *= 0.6
    return wanted in ys, ys.count(wanted), ys == ys[:], ys == ys[1:], sorted(ys)


@on((5.0, 3.0), (50.0, 0.5), everywhere=True)
def lists_of_lists(x, y):
    rows = []
    while x > 1.0:
        row = []
        z = y
        while z > 1.0:
            row.append(z * x)
            z = z / 2
        rows.append(row)
        x = x / 2
    return rows


@on((3.0,), everywhere=True)
def nested_loops_of_known_length(x):
    xs = []
    for i in range(40):
        for j in range(3):
            xs.append(x * i + j)
    a = np.array(xs)
    return a.reshape(40, 3).sum(axis=0), len(xs)


@on((3.0,), everywhere=True)
def recurrence_in_a_list(x):
    xs = [x, 1.0]
    for i in range(2, 200):
        xs.append(0.5 * xs[i - 1] + 0.3 * xs[i - 2])
    return np.array(xs), np.stack(xs), sum(xs)


@on((vec(1, 2, 3), 40), everywhere=True)
def arrays_stacked(v, n):
    rows = []
    for i in range(40):
        v = np.sin(v) + i
        rows.append(v)
    return np.stack(rows), np.array(rows).mean(axis=0), np.concatenate(rows), np.vstack(rows)


@on((10.0,), (2.0,), everywhere=True)
def an_array_of_run_time_size(x):
    xs = []
    while x > 0.5:
        xs.append(x)
        x *= 0.6
    a = np.array(xs)
    b = a * 2 + 1
    b[0] = -1.0
    return a, b, a.sum(), (a * b).mean(), np.max(a), np.argmax(b), len(a), a.shape, a[-1], np.sqrt(a).std()


@on((10.0,), everywhere=True)
def arrays_of_rows(x):
    rows = []
    while x > 0.5:
        rows.append(np.array([x, x * x, 1.0]))
        x *= 0.6
    a = np.array(rows)
    w = np.array([1.0, -1.0, 2.0])
    return a, a.T, a @ w, a.sum(axis=0), a.sum(axis=1), a.T @ a, a[1], a[:, 2], np.cumsum(a[:, 0])


@on((3,), (100,), everywhere=True)
def as_many_as_an_int(n):
    xs = []
    for i in range(n):
        xs.append(i * i)
    return xs, sum(xs)


@on((12.0,))
def a_list_aliased(x):
    xs = []
    ys = xs
    while x > 0.5:
        ys.append(x)
        x *= 0.6
    return xs, ys, xs is ys


@on((100, 2.5), (3, -1.0))
def fizzbuzz_numbers(n, x):
    found = []
    for i in range(100):
        if i % 3 == 0 and i % 5 == 0:
            continue
        if i * x > 120:
            break
        found.append(i * x)
    else:
        found.append(-1.0)
    return found


@on(([5.0, 2.0, 9.0], 3.0), ([5.0, 2.0, 9.0], 0.0), ([5.0, 2.0, 1.0], 3.0), ([5.0, 2.0, 1.0], 10.0), everywhere=True)
def unpacked(xs, t):
    a, b = [x for x in xs if x < t]
    return a - b


@on(([5.0, 2.0, 9.0], 3.0), ([5.0, 2.0, 9.0], 0.0), ([5.0, 2.0, 1.0], 3.0), ([5.0, 2.0, 1.0], 10.0), everywhere=True)
def unpacked_with_a_star(xs, t):
    found = [x for x in xs if x < t]
    a, *b, c = found
    *d, e = found
    return a - c, b, d, e


@on(([5.0, 2.0, 9.0, 1.0],), ([],), everywhere=True)
def quicksort(xs):
    if len(xs) <= 1:
        return xs
    pivot, *rest = xs
    return quicksort([x for x in rest if x < pivot]) + [pivot] + quicksort([x for x in rest if x >= pivot])


@on(([5.0, 2.0, 9.0, 1.0, 3.0],), everywhere=True)
def mergesort(xs):
    if len(xs) < 2:
        return xs
    middle = len(xs) // 2
    a, b = mergesort(xs[:middle]), mergesort(xs[middle:])
    merged, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        if a[i] <= b[j]:
            merged.append(a[i])
            i += 1
        else:
            merged.append(b[j])
            j += 1
    return merged + a[i:] + b[j:]


@on((20.0,), (0.5,), everywhere=True)
def sorted_in_place(x):
    xs = []
    while x > 1:
        xs.append((int(x) % 3, x))
        x /= 1.7
    ys = xs
    xs.sort(reverse=True)
    zs = xs[:]
    xs.sort(key=lambda p: p[1])
    return ys, zs


@on((0.7, 6), (0.7, 2), (0.7, 0))
def popped_twice_at_once(x, n):
    stack = []
    for k in range(n):
        stack.append(x * k)
        if k % 3 == 2:
            stack.append(stack.pop() * stack.pop())
    total = 1.0
    while stack:
        total += stack.pop()
    return total


@on((20.0,), (0.5,))
def far_out_of_bounds(x):
    xs = []
    while x > 1:
        xs.append(x)
        x /= 1.7
    return xs[100]


@on((20.0,))
def last_of_none(x):
    xs = []
    while x > 1:
        xs.append(x)
        x /= 1.7
    xs.clear()
    return xs[-1], xs.pop(0)


# -- slices of run-time size ---------------------------------------------------------------------------------------


@on((SQUARE, RIGHT), everywhere=True)
def forward_substitution(a, b):
    n = len(b)
    x = np.zeros(n)
    for i in range(n):
        x[i] = (b[i] - a[i, :i] @ x[:i]) / a[i, i]
    return x


@on((SQUARE, RIGHT), everywhere=True)
def back_substitution(a, b):
    n = len(b)
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - np.dot(a[i, i + 1 :], x[i + 1 :])) / a[i, i]
    return x


@on((SQUARE,), everywhere=True)
def lu(a):
    a = a.copy()
    n = a.shape[0]
    for k in range(n):
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return a


@on((SQUARE @ SQUARE.T,), everywhere=True)
def cholesky(a):
    n = len(a)
    c = np.zeros((n, n))
    for j in range(n):
        c[j, j] = np.sqrt(a[j, j] - np.sum(c[j, :j] ** 2))
        for i in range(j + 1, n):
            c[i, j] = (a[i, j] - c[i, :j] @ c[j, :j]) / c[j, j]
    return c


@on((SQUARE @ SQUARE.T,), everywhere=True)
def cholesky_by_columns(a):
    a = a.copy()
    n = a.shape[0]
    for j in range(n):
        a[j, j] = np.sqrt(a[j, j] - a[j, :j] @ a[j, :j])
        a[j + 1 :, j] = (a[j + 1 :, j] - a[j + 1 :, :j] @ a[j, :j]) / a[j, j]
    return np.tril(a)


@on((vec(0.5, 0.3, -0.2, 0.1, 0.05),), everywhere=True)
def durbin(r):
    n = len(r)
    y = np.empty_like(r)
    alpha, beta = -r[0], 1.0
    y[0] = -r[0]
    for k in range(1, n):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(r[:k][::-1], y[:k])) / beta
        y[:k] += alpha * y[:k][::-1]
        y[k] = alpha
    return y


@on((vec(0.5, 0.3, -0.2, 0.1, 0.05),), everywhere=True)
def durbin_with_negative_steps(r):
    y = np.zeros_like(r)
    alpha, beta = -r[0], 1.0
    y[0] = -r[0]
    for k in range(1, len(r)):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + r[k - 1 :: -1] @ y[:k]) / beta
        y[:k] += alpha * y[k - 1 :: -1]
        y[k] = alpha
    return y


@on((SQUARE,), everywhere=True)
def gram_schmidt(a):
    n = a.shape[1]
    q = np.zeros(a.shape)
    r = np.zeros((n, n))
    for k in range(n):
        r[:k, k] = q[:, :k].T @ a[:, k]
        v = a[:, k] - q[:, :k] @ r[:k, k]
        r[k, k] = np.linalg.norm(v)
        q[:, k] = v / r[k, k]
    return q, r


@on((SQUARE,))
def gram_schmidt_in_place(a):
    q = a.copy()
    for k in range(q.shape[1]):
        q[:, k] /= np.sqrt(np.sum(q[:, k] ** 2))
        q[:, k + 1 :] -= np.outer(q[:, k], q[:, k] @ q[:, k + 1 :])
    return q


@on((vec(3, 1, 4, 1, 5, 9, 2, 6),), everywhere=True)
def prefix_statistics(v):
    out = np.zeros((len(v), 4))
    for i in range(1, len(v) + 1):
        out[i - 1, 0] = v[:i].sum()
        out[i - 1, 1] = v[:i].mean()
        out[i - 1, 2] = v[:i].max() - v[i - 1 :].min()
        out[i - 1, 3] = np.argmax(v[:i])
    return out


@on((vec(3, 1, 4, 1, 5, 9, 2, 6), 2.5), (vec(3, 1, 4), 7.0), (vec(1, 1), -3.0), everywhere=True)
def bounds_from_floats(v, x):
    k = int(x)
    return v[:k], v[k:], v[-k:], v[k : k + 2].sum(), v[: k + 1].sum() + v[k - 1 :: -1].sum(), v[::-1][:k]


@on((vec(3, 1, 4, 1, 5, 9, 2, 6), 3.5, 6.5), (vec(3, 1, 4, 1), 1.5, 0.5))
def written_slices(v, x, y):
    lo, hi = int(x), int(y)
    v[lo:hi] = 7.0
    w = v.copy()
    w[lo:] += 1.0
    w[:lo] *= 2.0
    w[lo:hi] = v[: max(hi - lo, 0)]
    return w


@on((vec(3, 1, 4, 1, 5, 9, 2, 6), 3.5))
def a_view_sees_changes(v, x):
    k = int(x)
    part = v[:k]
    v[0] = 100.0
    part[1] = -1.0
    part += 1.0
    return part.sum(), v, part * 1.0


@on((vec(3, 1, 4, 1, 5, 9, 2, 6), 3.5), (vec(1, 2), 1.5))
def looped_over(v, x):
    total = 0.0
    for y in v[: int(x)]:
        total = total * 2 + y
    return total


@on((vec(3, 1, 4), 5.5), (vec(3, 1, 4), 2.5))
def index_of_a_part(v, x):
    return v[: int(x)][2]


@on((vec(1, 2, 3, 4), vec(1, 2, 3, 4, 5, 6), 3.5), (vec(1, 2, 3, 4), vec(1, 2, 3, 4, 5, 6), 9.5))
def parts_of_different_arrays(a, b, x):
    k = int(x)
    return a[:k] + b[:k]


@on((mat(5, 4), 2.5, 1.5), (mat(5, 4), 0.5, 3.5), everywhere=True)
def blocks(a, x, y):
    i, j = int(x), int(y)
    block = a[i:, :j]
    return block.sum(axis=0), block.sum(axis=1), block.T @ block, block.shape, np.sum(block * block), block.T


@on((vec(3, 1, 4, 1, 5), 2.5), (vec(3, 1, 4, 1, 5), 7.5))
def sorted_and_joined(v, x):
    k = int(x)
    return np.sort(v[:k]), np.concatenate([v[k:], v[:k]]), np.append(v[:k], 9.0), np.cumsum(v[:k])


@on((np.array([3, 1, 4, 1, 5]), 2.5))
def ints_of_run_time_size(v, x):
    k = int(x)
    w = v[:k]
    w = w * 2 - 1
    return w, w.sum(), w.mean(), np.any(w > 6), (w > 2).sum(), np.count_nonzero(w == 1)


@on((vec(1, 5, 2, 8, 3, 7),), everywhere=True)
def longest_increasing(v):
    n = len(v)
    best = np.ones(n)
    for i in range(1, n):
        longer = np.where(v[:i] < v[i], best[:i], 0.0)
        best[i] = 1.0 + np.max(longer)
    return best


@on((vec(1, 5, 2, 8, 3, 7), 2.5), (vec(1, 2), 3.5))
def handed_to_functions(v, x):
    def centred(u):
        return u - u.mean()

    return centred(v[: int(x)])


@on((20.0,), (0.5,))
def extremes_and_order(x):
    xs = []
    while x > 1:
        xs.append(x if len(xs) % 2 else 10 - x)
        x /= 2
    by = lambda v: abs(v - 4)
    low = min(xs, key=by, default=-1.0)
    return max(xs, default=3.0), low, sorted(xs), sorted(xs, reverse=True), sorted(xs, key=by), sum(xs, 1.0)


@on((20.0,))
def a_closure_in_a_loop(x):
    k = 0
    out = []
    while x > 1:

        def g(y, k=k):
            return y + k

        k += 1
        if x < 15:
            out.append(g(x))
        x /= 2
    return out


@on((3.7,), (100.2,), (0.5,), everywhere=True)
def new_arrays_of_run_time_size(x):
    n = int(x)
    a = np.zeros(n)
    b = np.ones((n, 2))
    for i in range(n):
        a[i] = i * x
        b[i] *= a[i]
    return a, b.sum(axis=0), np.arange(n) * 2, np.full(n, x).sum(), len(a)


@on((3.7,), (20.2,))
def a_sieve(x):
    n = int(x)
    prime = np.ones(n + 1, dtype=bool)
    prime[0] = False
    prime[1] = False
    for i in range(2, n + 1):
        if prime[i]:
            j = i * i
            while j <= n:
                prime[j] = False
                j += i
    return prime.sum(), prime


@on((0.3,))
def numpy_of_lists(x):
    xs = []
    for i in range(50):
        xs.append(np.sin(i * x))
    a = np.array(xs)
    first = np.mean(xs), np.std(xs), np.var(xs), np.median(a), np.sum(xs), np.max(xs), np.argmax(xs), np.cumsum(xs)
    second = np.sort(xs), np.dot(xs, xs), np.linalg.norm(xs), np.percentile(a, 30), np.diff(a), np.any(xs), np.prod(a)
    return first, second, np.concatenate([xs, xs]), np.where(a > 0, a, 0), np.round(xs, 2), np.abs(xs)


@on((3.0,), (0.2,))
def numpy_of_lists_of_run_time_length(x):
    xs = [x]
    while x > 0.1:
        x *= 0.8
        xs.append(x)
    a = np.array(xs)
    first = np.mean(xs), np.std(xs), np.var(xs), np.sum(xs), np.max(xs), np.argmax(xs), np.cumsum(xs), np.sort(xs)
    second = np.dot(xs, xs), np.linalg.norm(xs), np.any(xs), np.prod(a), np.concatenate([xs, xs]), np.round(xs, 2)
    third = a[1:] - a[:-1], a[::-1], a.tolist(), float(a[0]), a.min(), a.copy(), a.astype(int), np.sqrt(a) + a**2
    fourth = a / a.sum(), -a, a > 0.5, sum(xs), np.outer(a, a).sum(), np.append(a, 1.0), a.dot(a), np.abs(xs)
    return first, second, third, fourth, np.diff(a), np.trapezoid(a), np.median(a), np.clip(a, 0.2, 1.0), np.flip(a)


@on((vec(1, -2, 3, -4),), (vec(-1, -2),), everywhere=True)
def masks_escape(v):
    u = v[v > 0]
    return u, u.sum(), np.nonzero(v > 0)[0], v[np.where(v > 0)], len(u), np.sort(u), [y + 1 for y in u]


@on((vec(1, -2, 3, -4, 5, 2, 7), 5.5), (vec(1, -2, 3), 9.5), everywhere=True)
def masks_of_parts(v, x):
    a = v[: int(x)]
    b = a * 2
    b[b > 3] = 0.0
    return a[a > 1].sum(), a[a > 1], b, v[v > 2] + 1, list(v[v > 2]), v[v > 1][:2], np.where(a > 1)[0], max(v[v > 0])


@on((vec(1, -2, 3, -4), vec(4, 3, -2, -1)), (vec(1, -2, 3), vec(3, -2, -1)))
def different_masks(u, v):
    return u[u > 0] + v[v > 0]


@on((vec(0.1, 0.7, 0.9), 3), (vec(0.1, 0.2), 0), everywhere=True)
def arrays_made_by_their_type(v, n):
    rows, count = np.ndarray((2, n), dtype=np.float32), 0
    rows[:] = 1.5
    for x in v:
        count += x > 0.5
    some, plain = np.ndarray(count, v.dtype), np.ndarray(shape=2)
    some[:], plain[...] = 2.0, 3.0
    return rows, some, plain, isinstance(some, np.ndarray)


# -- derivatives -----------------------------------------------------------------------------------------------------


# -- of known size on one path, or before the loop ---------------------------------------------------------------------


@on((vec(1, 5, 2, 7), 0.5), (vec(1, 5, 2, 7), 0.15), (vec(1, 5, 2, 7), 0.05), everywhere=True)
def without_what_lies_far_off(x, c):
    if c > 0.2:
        x = x[np.abs(x - x.mean()) < 2 * c * x.std()]
    elif c > 0.1:
        x = np.concatenate([x, x[x < 4]])
    return x.mean(), x.size, x * 1.0


@on((vec(1, 5, 2, 7), 0.5), (vec(1, 5, 2, 7), 0.1), everywhere=True)
def a_view_on_one_path(x, c):
    y = x[: int(c * 5)] if c > 0.2 else x
    y[0] = 100.0
    return y.sum(), x


@on((vec(1, 5, 2, 7, 3), 0.3), (vec(1, 5, 2, 7, 3), 0.001), everywhere=True)
def smaller_in_some_turns(x, c):
    best = x
    for k in range(40):
        if x.size > 2 and k * c > 1:
            x = x[x > x.min()]
        z = x[x > k * c]
        if z.size > 1:
            best = z
    return best + 1.0, x + 1.0


@on((vec(1, 2), 0.1, 1e-3), (vec(1, -2), 0.5, 1e-2), everywhere=True)
def extrapolated_by_more_and_more_steps(x, width, tolerance):
    n, error = 1, 2 * width
    row = np.empty([1, 2])
    row[0] = x
    while error > width * tolerance:
        n += 1
        before = row
        row = np.empty([n, 2])
        row[0] = x + width / n
        for m in range(1, n):
            step = (row[m - 1] - before[m - 1]) / ((n / (n - 1)) ** (2 * m) - 1)
            row[m] = row[m - 1] + step
        error = abs(step[0])
    return row[n - 1], n


@case(SQUARE, RIGHT, wrt=(0, 1))
def solved_triangle(a, b):
    return np.sum(forward_substitution(a, b) ** 2)


@case(SQUARE)
def of_lu(a):
    return np.sum(np.sin(lu(a)))


@case(SQUARE @ SQUARE.T)
def of_cholesky(a):
    return np.sum(cholesky(a) ** 3)


@case(np.array([0.5, 0.3, -0.2, 0.1]))
def of_durbin(r):
    return np.sum(durbin_with_negative_steps(r) ** 2)


@case(SQUARE[:4, :3])
def of_gram_schmidt(a):
    q, r = gram_schmidt(a)
    return np.sum(q[0] * r[0]) + r[2, 2]


@case(np.array([0.7, -0.4, 1.1, 0.3]))
def of_prefixes(v):
    total = 0.0
    for i in range(1, len(v)):
        total += v[:i].mean() * v[i:].sum() - np.max(v[:i]) * np.linalg.norm(v[:i])
    return total


@case(0.9, order=3)
def of_a_growing_list(x):
    xs = [x]
    while xs[-1] < 3.0:
        xs.append(xs[-1] * 1.3 + 0.1 * x)
    total = 0.0
    for k, y in enumerate(xs):
        total += np.sin(y) / (k + 1)
    return total


@case(np.array([0.7, 0.4]))
def of_a_stacked_list(v):
    rows = []
    while v[0] < 3.0:
        v = v * np.array([1.3, 1.1]) + 0.1
        rows.append(v)
    a = np.array(rows)
    return np.sum(a[:, 0] * a[:, 1]) + a.mean()


@case(np.array([0.7, 0.4, 0.2]))
def of_a_list_of_known_length(v):
    rows = [v]
    for i in range(40):
        rows.append(np.tanh(rows[-1]) * 1.1 + 0.01 * i)
    return np.sum(np.stack(rows) ** 2)


@case(7.3)
def of_a_stack_of_work(x):
    todo, done = [x], 0.0
    while todo:
        y = todo.pop()
        if y < 1.0:
            done += y * y
        else:
            todo.append(y / 2)
            todo.append(y / 3.5)
    return done


@case(np.array([0.7, -0.4, 1.1, -0.3]))
def of_what_masks_pick(v):
    u = np.sort(v[v > 0])
    return np.sum(u * (1.0 + np.arange(len(u)))) + np.sum(np.diff(v[v < 1]) ** 2)


@case(np.array([0.7, -0.4, 1.1, -0.3, 0.2]))
def of_reductions_with_where_and_initial(v):
    n = int(np.sum(v > -9)) - 1
    u = v[:n]
    total = np.sum(u, where=u > 0, initial=2.0) * np.prod(u, where=u < 0) + np.max(u, initial=0.5) ** 2
    return total + np.mean(u, where=u > 0) + np.min(u, where=u > 0, initial=9.0) + np.nansum(u) * np.nanvar(u)


@case(np.array([0.7, -0.4, 1.1, -0.3, 0.2]))
def of_convolutions_and_polynomials(v):
    n = int(np.sum(v > -9)) - 1
    u = v[:n]
    full, same = np.convolve(u, [1.0, 2.0, 0.5]), np.convolve(v, u, "same")
    p, q = np.meshgrid(u, v[1:3])
    chosen = np.select([u > 0.5, u > 0], [u * u, u], -1.0)
    table = np.multiply.outer(u, v[:2])
    return np.sum(full**2) + np.sum(same**3) + np.polyval(u, 0.5) + np.sum(p * q) + np.sum(chosen) + np.sum(table**2)


@case(np.array([0.7, -0.4, 1.1, -0.3, 0.2]))
def of_places_in_a_list(v):
    found = [k for k, x in enumerate(v) if x > 0]
    changed = v * 2
    changed[found] *= v[found] ** 2
    return np.sum(changed**2) + np.sum(v[found][::-1] * v[found])
