def sweep_vjp(a, n, a_bar):
    """(a: f64[6,6], n: i64, a_bar: f64[6,6]) -> f64[6,6], f64[6,6]"""
    a = a.copy()
    a_bar = a_bar.copy()
    for i in range(1, 5):
        for j in range(1, 5):
            a[i, j] = (a[i - 1, j] + a[i + 1, j] + a[i, j - 1] + a[i, j + 1]) * 0.25
    for i in range(4, 0, -1):
        for j in range(4, 0, -1):
            v_bar = a_bar[i, j]
            a_bar[i, j] = 0.0
            v_bar *= 0.25
            a_bar[i, j + 1] += v_bar
            a_bar[i, j - 1] += v_bar
            a_bar[i + 1, j] += v_bar
            a_bar[i - 1, j] += v_bar
    return a, a_bar
