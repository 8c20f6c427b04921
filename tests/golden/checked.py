def f(x, i):
    """(x: f64[3], i: i64) -> f64"""
    if not 0 <= i < 3:
        raise IndexError(f'index {i} is out of bounds {{for}} "size"')
    return x[i]
