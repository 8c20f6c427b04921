import numpy as np


def grad_relu_like(x):
    """(x: f64) -> f64"""
    # y = x if x > 0 else 0.1 * x
    v = x > 0.0
    y = x if v else 0.1 * x
    # z = y * y * x
    v_1 = y * y
    v_2 = v_1 * x
    # if z < 0:
    if v_2 < 0.0:
        # z = np.sin(z)
        v_bar = np.cos(v_2)
        x_bar = 0.0
    else:
        # elif z > 10:
        x_bar = 0.0 if v_2 > 10.0 else 1.0
        v_bar = x_bar
    # z = y * y * x
    x_bar += v_bar * v_1
    y_bar = v_bar * x * y
    y_bar += y_bar
    # y = x if x > 0 else 0.1 * x
    x_bar = x_bar + y_bar if v else x_bar + y_bar * 0.1
    return x_bar
