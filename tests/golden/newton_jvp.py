import numpy as np


def newton_jvp(x, tol, x_dot):
    """(x: f64, tol: f64, x_dot: f64) -> f64, f64"""
    y = x
    y_dot = x_dot
    # while abs(y * y - x) > tol:
    while np.abs(y * y - x) > tol:
        # y = 0.5 * (y + x / y)
        v = x / y
        v_1 = x_dot - (y_dot * v if y_dot else 0.0)
        y_dot = (y_dot + (v_1 / y if v_1 else 0.0)) * 0.5
        y = 0.5 * (y + v)
    return y, y_dot
