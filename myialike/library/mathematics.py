"""Functions of the module `math` that are written in terms of others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def gcd(*integers: Any) -> Any:
    """Euclid's algorithm."""
    result = 0
    for value in integers:
        b = abs(value)
        while b:
            result, b = b, result % b
    return result


def lcm(*integers: Any) -> Any:
    result = 1
    for value in integers:
        a, b = result, abs(value)
        while b:
            a, b = b, a % b
        result = 0 if value == 0 or result == 0 else result // a * abs(value)
    return result


def prod(iterable: Any, *, start: Any = 1) -> Any:
    result = start
    for value in iterable:
        result = result * value
    return result


def isclose(a: Any, b: Any, *, rel_tol: Any = 1e-09, abs_tol: Any = 0.0) -> Any:
    if rel_tol < 0 or abs_tol < 0:
        raise ValueError("tolerances must be non-negative")
    if a == b:
        return True
    if abs(a) == float("inf") or abs(b) == float("inf"):
        return False
    return bool(abs(a - b) <= max(rel_tol * max(abs(a), abs(b)), float(abs_tol)))


def dist(p: Any, q: Any, /) -> Any:
    if len(p) != len(q):
        raise ValueError("both points must have the same number of dimensions")
    return math.hypot(*[a - b for a, b in zip(p, q, strict=True)])


def hypot(*coordinates: Any) -> Any:
    """The length of a vector, scaled by its greatest coordinate so that no square overflows."""
    sizes = [math.fabs(c) for c in coordinates]
    largest = max(sizes, default=0.0)
    for size in sizes:
        if size == math.inf:
            return math.inf
    if largest == 0.0:
        return sum(sizes, 0.0)
    total = 0.0
    for size in sizes:
        total += (size / largest) * (size / largest)
    return largest * math.sqrt(total)


def power(x: Any, y: Any, /) -> Any:
    """`math.pow`, which raises where Python's `**` gives a complex number."""
    x, y = float(x), float(y)
    result = float(np.power(x, y))
    if math.isnan(result) and not math.isnan(x) and not math.isnan(y):
        raise ValueError("math domain error")
    if math.isinf(result) and math.isfinite(x) and math.isfinite(y):
        if x == 0.0:
            raise ValueError("math domain error")
        raise OverflowError("math range error")
    return result


PARTIALS = 64  # floats that do not overlap: the whole range of exponents has room for 40


def fsum(seq: Any, /) -> Any:
    """The sum, rounded once (Shewchuk, "Adaptive precision floating-point arithmetic", 1997)."""
    partials, count = np.zeros(PARTIALS), 0
    infinite, special = 0.0, 0.0
    for given in np.array([float(v) for v in seq]):
        x, i = given, 0
        for j in range(count):
            y = partials[j]
            if abs(x) < abs(y):
                x, y = y, x
            high = x + y
            low = y - (high - x)
            if low != 0.0:
                partials[i] = low
                i += 1
            x = high
        count = i
        if not np.isfinite(x):
            if np.isfinite(given):
                raise OverflowError("intermediate overflow in fsum")
            if np.isinf(given):
                infinite += given
            special += given
            count = 0
        elif x != 0.0:
            partials[count] = x
            count += 1
    if special != 0.0:
        if np.isnan(infinite):
            raise ValueError("-inf + inf in fsum")
        return float(special)
    return float(_rounded(partials, count))


def _rounded(partials: Any, count: int) -> Any:
    """The sum of floats that do not overlap, the last the greatest, rounded once, to even where it lies between two."""
    n, low, high = count, np.float64(0.0), np.float64(0.0)
    if n > 0:
        n -= 1
        high = partials[n]
    while n > 0:
        x = high
        n -= 1
        y = partials[n]
        high = x + y
        low = y - (high - x)
        if low != 0.0:
            break
    if n > 0 and ((low < 0.0 and partials[n - 1] < 0.0) or (low > 0.0 and partials[n - 1] > 0.0)):
        y = low * 2.0
        x = high + y
        if y == x - high:
            high = x
    return high


def ulp(x: Any) -> Any:
    x = abs(float(x))
    above = math.nextafter(x, math.inf)
    return x - math.nextafter(x, 0.0) if math.isinf(above) and not math.isinf(x) else x if math.isinf(x) else above - x


def fmod(x: Any, y: Any, /) -> Any:
    x, y = float(x), float(y)
    if (math.isinf(x) and not math.isnan(y)) or (y == 0.0 and not math.isnan(x)):
        raise ValueError("math domain error")
    return float(np.fmod(x, y))


def rect(r: Any, phi: Any, /) -> Any:
    return complex(r * math.cos(phi), r * math.sin(phi))


def remainder(x: Any, y: Any, /) -> Any:
    """IEEE 754's remainder: of the multiples of y, the nearest to x is taken away, halfway the even one."""
    x, y = float(x), float(y)
    if math.isnan(x) or math.isnan(y):
        return x + y
    if math.isinf(x) or y == 0.0:
        raise ValueError("math domain error")
    if math.isinf(y):
        return x
    size, divisor = abs(x), abs(y)
    rest = math.fmod(size, divisor)
    missing = divisor - rest
    if rest < missing:
        result = rest
    elif rest > missing:
        result = -missing
    else:
        result = rest - 2.0 * math.fmod(0.5 * (size - rest), divisor)
    return math.copysign(1.0, x) * result


def modf(x: Any, /) -> Any:
    x = float(x)
    if math.isinf(x):
        fraction = math.copysign(0.0, x)
        whole = x
    else:
        fraction = math.copysign(math.fmod(x, 1.0), x)
        whole = math.copysign(x - fraction, x)
    return fraction, whole


def frexp(x: Any, /) -> Any:
    """The mantissa and the exponent: dividing by two is exact."""
    mantissa = float(x)
    exponent = 0
    if mantissa == 0.0 or not math.isfinite(mantissa):
        return mantissa, exponent
    while abs(mantissa) >= 1.0:
        mantissa = mantissa / 2.0
        exponent += 1
    while 0.0 < abs(mantissa) < 0.5:  # not where the machine takes a subnormal number for zero
        mantissa = mantissa * 2.0
        exponent -= 1
    return mantissa, exponent


def ldexp(x: Any, i: Any, /) -> Any:
    """`x * 2**i`, rounded once: where the result is subnormal, the last factors are multiplied first."""
    result = float(x)
    factor = 1.0
    if result == 0.0 or not math.isfinite(result):
        return result
    while i > 0 and math.isfinite(result):
        result = result * 2.0
        i -= 1
    while i < 0 and abs(result) >= 2.0**-960:
        result = result * 0.5
        i += 1
    while i < 0 and factor > 2.0**-200:
        factor = factor * 0.5
        i += 1
    result = result * factor
    if math.isinf(result):
        raise OverflowError("math range error")
    return result


def modular_power(base: Any, exponent: Any, modulus: Any) -> Any:
    """`pow(base, exponent, modulus)` by repeated squaring; of a negative exponent, that of the inverse."""
    if modulus == 0:
        raise ValueError("pow() 3rd argument cannot be 0")
    size = abs(modulus)
    factor = base % size
    if exponent < 0:
        factor = modular_inverse(factor, size)
        exponent = -exponent
    result = 1 % size
    while exponent > 0:
        if exponent % 2 == 1:
            result = result * factor % size
        factor = factor * factor % size
        exponent = exponent // 2
    if modulus < 0 and result > 0:
        result += modulus
    return result


def modular_inverse(value: Any, modulus: Any) -> Any:
    """Euclid's extended algorithm."""
    a, b = value, modulus
    x, y = 1, 0
    while b:
        quotient = a // b
        a, b = b, a - quotient * b
        x, y = y, x - quotient * y
    if a != 1:
        raise ValueError("base is not invertible for the given modulus")
    return x % modulus


def bit_length(value: Any) -> Any:
    size = abs(value)
    count = 0
    while size > 0:
        size = size // 2
        count += 1
    return count


def bit_count(value: Any) -> Any:
    size = abs(value)
    count = 0
    while size > 0:
        count += size % 2
        size = size // 2
    return count
