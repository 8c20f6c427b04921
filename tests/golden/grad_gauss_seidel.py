def grad_gauss_seidel(a):
    """(a: f64[4,4]) -> f64[4,4]"""
    v_tape = []
    u = a.copy()
    for _ in range(2):
        # for i in range(1, n - 1):
        for i in range(1, 3):
            # for j in range(1, n - 1):
            for j in range(1, 3):
                # u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]) + 0.1 * u[i, j] ** 2
                v = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
                v_1 = u[i, j]
                u[i, j] = v + 0.1 * v_1 ** 2
                v_tape.append(v_1)
    # return np.sum(u**2)
    u_bar = u * 2.0
    # for _ in range(2):
    for _ in range(1, -1, -1):
        # for i in range(1, n - 1):
        for i in range(2, 0, -1):
            # for j in range(1, n - 1):
            for j in range(2, 0, -1):
                v_2 = v_tape.pop()
                # u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]) + 0.1 * u[i, j] ** 2
                v_bar = u_bar[i, j]
                u_bar[i, j] = v_bar * 0.1 * (v_2 * 2.0)
                v_bar *= 0.25
                u_bar[i, j + 1] += v_bar
                u_bar[i, j - 1] += v_bar
                u_bar[i + 1, j] += v_bar
                u_bar[i - 1, j] += v_bar
    return u_bar
