"""Programs about parts of lists at bounds that only run time knows: assigned, deleted, repeated, with a step.

They join those of `tests.language_corpus`.
"""

from tests.language_corpus import on

ROW = [3, 1, 2, 5, 4] * 6


@on((ROW, [7, 8, 9, 1, 2] * 6, 2), ([1, 2, 3], [4, 5, 6], 1), everywhere=True)
def tails_exchanged(a, b, k):
    for i in range(len(a)):
        j = (i * k) % len(a)
        a[j:], b[j:] = b[j:], a[j:]
    return a, b


@on((ROW, 4.3), ([1, 2], 1.0), ([1, 2], -1.0), everywhere=True)
def part_replaced_by_a_longer_one(a, x):
    k = int(x)
    a[k : k + 2] = [9, 8, 7]
    a[:k] = []
    return a, len(a)


@on((ROW, 4.3), ([1, 2], 1.0), ([1, 2], -1.0))
def part_deleted(a, x):
    k = int(x)
    del a[k : k + 2]
    return a, len(a)


@on((ROW, 4.3), ([1, 2], 1.0))
def turned(a, x):
    k = int(x)
    a[:] = a[k:] + a[:k]
    return a


@on((50.0,), (100.0,), (2.0,))
def sieve_by_slices(x):
    n, i = int(x), 2
    flags = [True] * (n + 1)
    while i * i <= n:
        if flags[i]:
            flags[i * i :: i] = [False] * len(flags[i * i :: i])
        i += 1
    primes = []
    for k in range(2, n + 1):
        if flags[k]:
            primes.append(k)
    return primes, sum(flags)


@on((5.0,), (3.0,), (-3.0,), everywhere=True)
def repeated_as_often_as_run_time_says(x):
    n = int(x)
    a, b = [0.5] * n, [1, 2] * n
    return a, b, len(a + [1.0] * n)


@on((ROW, 4.3, 2.5), ([1, 2], 1.0, 1.0), ([1, 2], 1.0, 0.0), ([1, 2, 3], -1.0, -1.0), everywhere=True)
def steps_of_run_time(a, x, y):
    k, s = int(x), int(y)
    return a[k::s], a[:k:s], a[::s], a[-k:k:s]


@on((ROW, 4.3, 2.5), ([1, 2], 1.0, 1.0), ([1, 2, 3], -1.0, -1.0), ([1, 2, 3, 4], 0.0, 2.0))
def items_set_with_a_step_of_run_time(a, x, y):
    k, s = int(x), int(y)
    a[k::s] = [7, 8]
    return a


@on((ROW,), ([1, 2],), ([4],))
def next_in_order(a):
    i = len(a) - 1
    while i > 0 and a[i - 1] >= a[i]:
        i -= 1
    if i <= 0:
        return a
    j = len(a) - 1
    while a[j] <= a[i - 1]:
        j -= 1
    a[i - 1], a[j] = a[j], a[i - 1]
    a[i:] = a[len(a) - 1 : i - 1 : -1]
    return a
