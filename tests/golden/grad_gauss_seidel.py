def grad_gauss_seidel(a):
    """(a: f64[4,4]) -> f64[4,4]"""
    a = a.copy()
    v_tape = []
    for _ in range(2):
        # for i in range(1, n - 1):
        for i in range(1, 3):
            # for j in range(1, n - 1):
            for i_1 in range(1, 3):
                # u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]) + 0.1 * u[i, j] ** 2
                v = 0.25 * (a[i - 1, i_1] + a[i + 1, i_1] + a[i, i_1 - 1] + a[i, i_1 + 1])
                v_1 = a[i, i_1]
                a[i, i_1] = v + 0.1 * v_1 ** 2
                # for j in range(1, n - 1):
                v_tape.append(v_1)
    # return np.sum(u**2)
    a_bar = a * 2.0
    # for _ in range(2):
    for _ in range(1, -1, -1):
        # for i in range(1, n - 1):
        for i in range(2, 0, -1):
            # for j in range(1, n - 1):
            for i_1 in range(2, 0, -1):
                v_2 = v_tape.pop()
                # u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]) + 0.1 * u[i, j] ** 2
                v_bar = a_bar[i, i_1]
                a_bar[i, i_1] = v_bar * 0.1 * (v_2 * 2.0)
                v_bar *= 0.25
                a_bar[i, i_1 + 1] += v_bar
                a_bar[i, i_1 - 1] += v_bar
                a_bar[i + 1, i_1] += v_bar
                a_bar[i - 1, i_1] += v_bar
    return a_bar
