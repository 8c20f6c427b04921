import numpy as np


def window_vjp(x, n, s_bar):
    """(x: f64[8], n: i64, s_bar: f64) -> f64, f64[8]"""
    s = 0.0
    for i in range(1, n):
        w = x[i - 1:i + 2]
        m = w.max()
        if m > 0.5:
            s = s + m
        else:
            s = w[1]
    x_bar = np.zeros(8)
    for i in range(n - 1, 0, -1):
        w = x[i - 1:i + 2]
        m = w.max()
        if m > 0.5:
            w_bar = np.zeros(3)
            m_bar = s_bar
        else:
            w_bar = np.zeros(3)
            w_bar[1] += s_bar
            m_bar = 0.0
            s_bar = 0.0
        v = w == m
        w_bar = w_bar + np.where(v, m_bar / np.maximum(v.astype(np.float64).sum(), 1.0), 0.0)
        x_bar[i - 1:i + 2] += w_bar
    return s, x_bar
