"""Programs of the kinds that tools for differentiation got silently wrong at some time; more for the derivative corpus.

Each joins `tests.derivative_corpus`, where others of these kinds are (do-while, early return, zero trips, repeated
indices, products with zeros, guards): CPython is the oracle to second order, in all modes, on both backends.
"""

import math

import numpy as np

from tests.derivative_corpus import POS, VEC, case

# ---------------------------------------------------------------------------------------------------- loops and bounds


@case(VEC, np.array([0, 2, 1]), np.array([3, 0, 4]))
def dynamic_index_under_a_bound_from_data(x, starts, counts):
    total, last = 0.0, x[0]
    for k in range(len(counts)):
        for i in range(counts[k]):
            last = last * x[(starts[k] + i * i) % 6] + 0.5 * i
        total += last * x[starts[k]]
    return total


@case(0.4, 0.9, wrt=(0, 1), order=3)
def body_depends_on_the_carry(a, b):
    p, q = a, b
    for k in range(5):
        p, q = q * np.sin(p) + k * a, p * q - b * p * p
    return p * q


@case(VEC, 2.0)
def bound_moved_by_the_data(x, limit):
    k, n, s = 0, 2, 1.0
    while k < n:
        s = s * (1.0 + x[k] ** 2)
        if s < limit and n < 6:
            n += 2
        k += 1
    return s * n + k * x[0]


@case(np.arange(12.0).reshape(3, 4) * 0.3 - 1.0, 0.75)
def returns_from_the_inner_loop(a, limit):
    s = 1.0
    for i in range(3):
        for j in range(4):
            if j == i:
                continue
            s = s * np.cos(a[i, j]) + a[i, j]
            if a[i, j] > limit:
                return s * a[i, j] * j
        s = s * s
    return s


@case(0.8)
def last_iteration_breaks_before_the_update(x):
    y, k = x, 0
    while k < 10:
        y = y * x + 0.5
        k += 1
        if k == 10:
            break
        y = np.sin(y)
    return y * k


@case(VEC, 0)
def no_trip_of_an_inner_loop(x, n):
    s, u = 0.0, x.copy()
    for i in range(3):
        for j in range(n * i):
            u[j] = u[j] * s
        s += u[i] ** 3
    while s < -100.0:
        s *= x[0]
    return s


@case(1.3)
def trip_count_depends_on_what_is_differentiated(x):
    y, n = x, 0
    while y * y < 50.0 + x:
        y = y * x + 0.3 * n
        n += 1
    return y + n * x


# ---------------------------------------------------------------------------------------- what is mutated and captured


@case(VEC)
def a_counter_that_accumulates(x):
    total, seen = 0.0, []

    def add(v):
        nonlocal total
        total = total * 0.5 + v * v
        seen.append(total)
        return len(seen)

    for k in range(4):
        add(x[k] * add(x[k + 1]))
    return total + seen[2] * seen[-1]


@case(0.7, 4)
def functions_made_in_a_loop(x, n):
    fs, s = [], x
    for k in range(4):
        s = s * x + k
        fs.append(lambda v, s=s, k=k: v * s + k)
    y = x
    for f in fs:
        y = f(y)
    return y * s


@case(VEC)
def array_changed_after_it_was_captured(x):
    u = x * 1.0

    def energy(k):
        return u[k] * u[k] * x[k]

    s = 0.0
    for k in range(5):
        u[k] = np.sin(u[k + 1]) + s
        s += energy(k)
        u[k + 1] *= 0.5
        s += energy(k + 1)
    return s


def _smooth_in_place(v, k):
    if k == 0:
        return v[0]
    v[k - 1] = v[k] * v[k - 1] + 0.1 * k
    left = _smooth_in_place(v, k - 1)
    v[k] += left * left
    return v[k]


@case(VEC, 4)
def recursion_that_changes_its_array(x, n):
    v = x.copy()
    return _smooth_in_place(v, n) * np.sum(v * v)


def _scaled(target, factors):
    for k in range(1, len(target)):
        target[k] = target[k - 1] * factors[k] + factors[k - 1]
    return target[-1]


@case(VEC)
def two_names_for_what_is_written(x):
    v = x * 2.0
    return _scaled(v, v) + np.sum(v**2)


@case(VEC, POS, wrt=(0, 1))
def exchanged_buffers(x, y):
    u, v = x.copy(), y.copy()
    for _ in range(3):
        for k in range(1, 6):
            v[k] = u[k - 1] * v[k] + u[k]
        u, v = v, u
    return np.sum(u * u) + v[3] * x[2]


@case(VEC)
def a_slot_written_twice(x):
    u = np.zeros(4)
    for k in range(6):
        u[k % 4] = x[k] * u[(k + 1) % 4] + x[k]
        u[k % 4] = u[k % 4] ** 2 + 0.5
    return np.sum(u * u[::-1])


# ------------------------------------------------------------------------------------------- lists and run-time sizes


@case(VEC, np.array([True, True, False, True, False]))
def a_stack_machine(x, pushes):
    stack, k = [1.0], 0
    for push in pushes:
        if push:
            stack.append(x[k] * stack[-1])
            k += 1
        else:
            a = stack.pop()
            stack[-1] = stack[-1] * a + a
    return stack[-1] ** 2 + len(stack) * stack[0]


@case(1.7)
def grows_and_shrinks(x):
    xs, y = [x], x
    while y < 20.0:
        xs.append(y * xs[-1])
        y = y * 1.5
        if len(xs) > 3:
            y += 0.01 * xs.pop()
    return sum(xs) * y


@case(VEC, np.array([1, 3, 2, 5]))
def slices_read_and_written(x, ends):
    u = x.copy()
    for k in range(len(ends)):
        n = ends[k]
        u[:n] = u[:n] * u[n] + x[n]
        u[n:] += np.sum(u[:n] ** 2) * 0.1
    return np.sum(np.sin(u))


@case(VEC)
def prefixes_of_growing_length(x):
    s = 0.0
    for k in range(1, 6):
        s += np.dot(x[:k], x[k - 1 :: -1]) * np.sum(x[k:])
    return s


# ------------------------------------------------------------------------------------------------------------ functions


@case(0.8)
def logsumexp_of_ints(t):
    n = np.array([1, 2, 5])
    top = np.max(n)
    return np.log(np.sum(np.exp((n - top) * t))) + t * top + np.logaddexp(np.max(n), t)


@case(np.array([0.7, 0.0, 1.1, -0.4]))
def running_product_with_a_zero(x):
    return np.sum(np.cumprod(x) * np.array([1.0, 2.0, 3.0, 4.0])) + np.cumprod(x[::-1])[2] ** 2


@case(np.array([0.0, 0.6, 0.0, -0.4]))
def running_product_with_two_zeros(x):
    return np.sum(np.sin(np.cumprod(x + x)) * np.array([1.0, 2.0, 3.0, 4.0]))


@case(POS, np.array([3, 1, 3, 0, 3]), wrt=(0,))
def repeated_positions(x, where):
    s = 0.0
    for i in where:
        s = s * x[i] + x[i] ** 2
    y = x[where]
    y[1] *= s
    x2 = x.copy()
    x2[where] = y * y
    return s + np.sum(x2**2)


@case(np.array([0.5, -2.0, 1.5]))
def where_in_where(x):
    inner = np.where(x > 0, np.log(np.where(x > 0, x, 1.0)), -x)
    return np.sum(np.where(x > 1, np.sqrt(np.where(x > 1, x - 1, 1.0)) * inner, inner * inner))


@case(np.array([2.0, -0.5, 0.3]), order=3)
def branches_like_relu(x):
    s = 0.0
    for v in x:
        h = v * v * v if v > 0 else 0.1 * v * v
        s += max(h, 0.02) * np.maximum(v, -1.0)
    return s


# ------------------------------------------------------------------------------------- names, buffers, order of events


@case(np.array([1.0, 0.5, -0.3]), 1.2, wrt=(0, 1))
def one_name_for_every_layer(params, start):
    x = np.array([1.0, -0.5]) * start
    for k in range(len(params)):
        x = np.cos(x + params[k]) * x[::-1]
    return np.sum(x)


@case(0.8, 1.3, wrt=(0, 1), order=3)
def divisors_without_a_name(a, b):
    s = 0.0
    for k in range(4):
        x = k + 1.0
        if k == 2:
            continue
        s += b / (x + a * a) - 1.0 / (x * a + s * s + b)
    return s


@case(0.8, 1.3, wrt=(0, 1))
def assigned_in_the_condition(a, b):
    r, k = 0.3, 0
    while (r := r * 0.5 + a * b) > 0 and k < 3:
        k += 1
        if k == 2:
            r = a - b
            continue
        r = r * a
    return r * r


@case(0.6)
def overwritten_after_it_was_read(angle):
    state, loss = np.ones(2), 0.0
    for k in range(3):
        state[k % 2] = math.cos(angle) * state[k % 2] + 0.1 * state[(k + 1) % 2]
        loss += state[k % 2] * angle
        for i in range(2):
            loss *= angle + i
        for i in range(2):
            loss += angle * state[i]
    return loss


@case(np.array([0.3, -0.2, 0.5]))
def buffer_reached_through_another_object(t):
    buffer = np.zeros(3)
    holder = {"values": buffer}

    def fill(u):
        again = {"values": holder["values"]}
        for k in range(3):
            again["values"][k] = u[k] ** 2 + again["values"][k - 1]
        return np.sum(buffer * buffer)

    return fill(t) + fill(t * t)


@case(0.7, np.array([1.0, 2.0]), wrt=(0, 1))
def temporaries_that_are_used_again(k, u):
    minus, force, change = np.empty(1), np.empty(1), np.empty(2)

    def step():
        minus[:] = -k
        force[:] = minus * u[0]
        change[0], change[1] = u[1], force[0]

    step()
    u = u + 0.1 * change
    step()
    return change[0] * change[1] + change[1]


@case(np.array([0.6, 1.2]), 4)
def default_that_is_remembered(x, n):
    def smoothed(v, held=[0.0]):
        held[0] = held[0] * 0.5 + v
        return held[0]

    s = 1.0
    for k in range(n):
        s *= smoothed(x[k % 2]) + 1.0
    return s


@case(0.7)
def functions_that_see_the_last_value(x):
    functions, y = [], x
    for k in range(3):
        y = y * (x + k)
        functions.append(lambda z: z * y + k)
    s = x
    for f in functions:
        s = f(s)
    return s


@case(VEC)
def shapes_of_one_memory(x):
    u = x.copy()
    rows, tail = u.reshape(2, 3), u[1:]
    for i in range(2):
        rows[i] *= u[i]
        u[2 * i : 2 * i + 2] += rows[:, i]
        tail[1:][0] = u[0] * tail[3]
    return np.sum(rows @ rows.T) * tail[0]


@case(POS[:4])
def heap_by_exchanges(x):
    heap = []
    for v in x:
        heap.append(v)
        k = len(heap) - 1
        while k > 0 and heap[k] < heap[(k - 1) // 2]:
            heap[k], heap[(k - 1) // 2] = heap[(k - 1) // 2], heap[k]
            k = (k - 1) // 2
    s = 0.0
    for k in range(len(heap)):
        s = s * 0.7 + heap[k] ** 2 * (k + 1)
    return s


@case(np.array([1.3, 2.0, 0.4]))
def sums_over_repeated_letters(x):
    a = np.outer(x, x) + np.diag(x)
    twisted = np.tensordot(a, np.stack([a, a.T * x, a * 2.0]), axes=([1, 0], [0, 2]))
    return np.einsum("ij,jj->i", a, a) @ x + np.einsum("ii", a) ** 2 + np.sum(np.einsum("ij->j", a) ** 3) + twisted @ x


@case(np.array([0.7, 0.2, 1.5]), 3)
def dict_that_remembers(x, n):
    known = {}

    def term(k):
        if k < 2:
            return x[k]
        if k not in known:
            known[k] = term(k - 1) * x[2] + term(k - 2) * x[k % 3]
        return known[k]

    return term(6) ** 2 + n * known[3]
