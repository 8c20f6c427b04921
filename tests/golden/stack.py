import numpy as np


def f(x, n):
    """(x: f64[3], n: i64) -> f64[3], i64, f64[3]"""
    s = []
    y = x.copy()
    for _ in range(n):
        s.append(y.copy())
        y[0] += 1.0
    s_1 = s.copy()
    for _ in range(-1, n):
        v = (s_1.pop() if s_1 else np.zeros(3)).copy()
        v[1] += 0.5
        y = y - v
    m = len(s)
    u = s.pop() if s else np.zeros(3)
    return y, m, u
