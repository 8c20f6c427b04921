import numpy as np


def grad_newton(x, tol):
    """(x: f64, tol: f64) -> f64"""
    y_tape = []
    y = x
    count = 0
    # while abs(y * y - x) > tol:
    while np.abs(y * y - x) > tol:
        # y = 0.5 * (y + x / y)
        if y == 0.0:
            raise ZeroDivisionError("float division by zero")
        y_tape.append(y)
        count += 1
        y = 0.5 * (y + x / y)
    y_bar = 1.0
    x_bar = 0.0
    # while abs(y * y - x) > tol:
    for _ in range(count):
        y = y_tape.pop()
        # y = 0.5 * (y + x / y)
        v_bar = y_bar * 0.5
        v = v_bar / y
        x_bar += v
        y_bar = v_bar - v * (x / y)
    # while abs(y * y - x) > tol:
    x_bar += y_bar
    return x_bar
