import numpy as np


def zmul(g, p):
    """g * p, but 0 wherever g is 0. Where p is infinite or NaN there, so that the product is NaN, it is mended."""
    product = g * p
    square = np.vdot(product, product)
    if square == square:
        return product
    return np.where(g == 0, 0, product)[()]


def grad_slices_read_and_written(x, ends):
    """(x: f64[6], ends: i64[4]) -> f64[6]"""
    u_tape = []
    u = x
    # for k in range(len(ends)):
    for k in range(4):
        n = ends[k]
        # u[:n] = u[:n] * u[n] + x[n]
        v = n + 6 if n < 0 else n
        if not -6 <= n < 6:
            raise IndexError(f"index {n} is out of bounds for axis 0 with size 6")
        v_1 = u.copy()
        v_1[:n] = u[:n] * u[v] + x[v]
        # u[n:] += np.sum(u[:n] ** 2) * 0.1
        v_1[n:] += (v_1[:n] ** 2).sum() * 0.1
        u_tape.append(u)
        u = v_1
    # return np.sum(np.sin(u))
    u_bar = np.cos(u)
    # for k in range(len(ends)):
    x_bar = np.zeros(6)
    for k in range(3, -1, -1):
        u = u_tape.pop()
        n = ends[k]
        # u[:n] = u[:n] * u[n] + x[n]
        v_2 = n + 6 if n < 0 else n
        v_3 = u[v_2]
        v_4 = u[:n]
        # u[n:] += np.sum(u[:n] ** 2) * 0.1
        u_bar[:n] += zmul(u_bar[n:].sum() * 0.1, (v_4 * v_3 + x[v_2]) * 2.0)
        # u[:n] = u[:n] * u[n] + x[n]
        u_bar_1 = np.where(np.arange(6) < np.minimum(np.maximum(v_2, 0), 6), 0.0, u_bar)
        v_5 = u_bar[:n]
        x_bar[v_2] += v_5.sum()
        v_bar = zmul(v_5, v_4)
        u_bar_1[:n] += zmul(v_5, v_3)
        u_bar_1[v_2] += v_bar.sum()
        u_bar = u_bar_1
    # for k in range(len(ends)):
    x_bar = x_bar + u_bar
    return x_bar
