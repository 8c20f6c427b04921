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
        # n = ends[k]
        v = ends[k]
        # u[:n] = u[:n] * u[n] + x[n]
        if not -6 <= v < 6:
            raise IndexError(f"index {v} is out of bounds for axis 0 with size 6")
        v_1 = v + 6 if v < 0 else v
        v_2 = np.minimum(np.maximum(v_1, 0), 6)
        v_3 = np.arange(6)
        v_4 = v_3 < v_2
        v_5 = np.where(v_4, u * u[v_1] + x[v_1], u)
        # u[n:] += np.sum(u[:n] ** 2) * 0.1
        v_6 = v_5 + np.sum(np.where(v_4, v_5 ** 2, 0.0)) * 0.1
        # for k in range(len(ends)):
        u_tape.append(u)
        u = np.where(v_3 >= v_2, v_6, v_5)
    # return np.sum(np.sin(u))
    u_bar = np.cos(u)
    # for k in range(len(ends)):
    x_bar = np.zeros(6)
    for k in range(3, -1, -1):
        u = u_tape.pop()
        # n = ends[k]
        v_7 = ends[k]
        # u[:n] = u[:n] * u[n] + x[n]
        v_8 = v_7 + 6 if v_7 < 0 else v_7
        v_9 = u[v_8]
        v_10 = np.minimum(np.maximum(v_8, 0), 6)
        v_11 = np.arange(6)
        v_12 = v_11 < v_10
        # u[n:] += np.sum(u[:n] ** 2) * 0.1
        v_bar = np.where(v_12, np.sum(np.where(v_11 >= v_10, u_bar, 0.0)) * 0.1, 0.0)
        v_bar = u_bar + zmul(v_bar, np.where(v_12, u * v_9 + x[v_8], u) * 2.0)
        # u[:n] = u[:n] * u[n] + x[n]
        v_bar_1 = np.where(v_12, v_bar, 0.0)
        x_bar[v_8] += np.sum(v_bar_1)
        u_bar = np.where(v_12, 0.0, v_bar) + zmul(v_bar_1, v_9)
        u_bar[v_8] += np.sum(zmul(v_bar_1, u))
    # for k in range(len(ends)):
    x_bar = x_bar + u_bar
    return x_bar
