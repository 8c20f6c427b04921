import numpy as np


def newton_vjp(x, tol, y_bar):
    """(x: f64, tol: f64, y_bar: f64) -> f64, f64"""
    y_tape = []
    y = x
    count = 0
    # while abs(y * y - x) > tol:
    while np.abs(y * y - x) > tol:
        y_tape.append(y)
        count += 1
        y = 0.5 * (y + x / y)
    x_bar = 0.0
    for _ in range(count):
        y_1 = y_tape.pop()
        # y = 0.5 * (y + x / y)
        v_bar = y_bar * 0.5
        v = v_bar / y_1 if v_bar else 0.0
        x_bar += v
        y_bar = v_bar - (v * (x / y_1) if v else 0.0)
    # while abs(y * y - x) > tol:
    x_bar += y_bar
    return y, x_bar
