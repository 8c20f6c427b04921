import numpy as np


def newton(x, tol):
    """(x: f64, tol: f64) -> f64"""
    y = x
    # while abs(y * y - x) > tol:
    while np.abs(y * y - x) > tol:
        y = 0.5 * (y + x / y)
    return y
