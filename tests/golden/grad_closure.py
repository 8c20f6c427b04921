def grad_closure(x, y):
    """(x: f64, y: f64) -> f64, f64"""
    # return z * x + y
    v = y * x + y
    v_1 = v * x + y
    v_2 = x * x + y
    x_bar = v_1 * x
    v_bar = v_2 * x
    x_bar = x_bar + x_bar + v_2 * v + v_bar * y
    y_bar = v_1 + v_2 + v_bar + v_bar * x
    return x_bar, y_bar
