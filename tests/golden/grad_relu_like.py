import numpy as np


def grad_relu_like(x):
    """(x: f64) -> f64"""
    # y = x if x > 0 else 0.1 * x
    t = x > 0.0
    y = x if t else 0.1 * x
    # z = y * y * x
    v = y * y
    z = v * x
    # if z < 0:
    if z < 0.0:
        # z = np.sin(z)
        z_bar = np.cos(z)
        x_bar = 0.0
    else:
        # elif z > 10:
        x_bar = 0.0 if z > 10.0 else 1.0
        z_bar = x_bar
    # z = y * y * x
    x_bar += z_bar * v
    y_bar = z_bar * x * y
    y_bar += y_bar
    # y = x if x > 0 else 0.1 * x
    x_bar = x_bar + y_bar if t else x_bar + y_bar * 0.1
    return x_bar
