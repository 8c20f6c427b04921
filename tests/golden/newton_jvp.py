import numpy as np


def zmul(g, p):
    """g * p, but 0 wherever g is 0."""
    if isinstance(g, float) and isinstance(p, float):
        return g * p if g else 0.0
    return np.where(g == 0, 0, g * p)[()]


def newton_jvp(x, tol, x_dot):
    """(x: f64, tol: f64, x_dot: f64) -> f64, f64"""
    y = x
    y_dot = x_dot
    # while abs(y * y - x) > tol:
    while np.abs(y * y - x) > tol:
        # y = 0.5 * (y + x / y)
        v = x / y
        y_dot = (y_dot + zmul(x_dot - zmul(y_dot, v), 1.0 / y)) * 0.5
        y = 0.5 * (y + v)
    return y, y_dot
