"""bfloat16, which NumPy knows from ml_dtypes: what NumPy gives, in its dtype, or an error where NumPy has one."""

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from myialike import compile, grad

X = np.array([1.5, 2.25, -3.0], ml_dtypes.bfloat16)
FUNCTIONS: list[Callable[[Any], Any]] = [
    lambda x: x + x,
    lambda x: x * 2,
    lambda x: x * 2.5,
    lambda x: x / x,
    lambda x: -x,
    lambda x: x**2,
    lambda x: x + np.float32(1),
    lambda x: x > 0,
    lambda x: x[1],
    lambda x: x.sum(),
    lambda x: x.mean(),
    lambda x: np.max(x),
    lambda x: x @ x,
    lambda x: np.where(x > 0, x, 0),
    lambda x: np.zeros_like(x),
    lambda x: np.sqrt(np.abs(x)),
    lambda x: np.sin(x),
    lambda x: np.exp(x),
    lambda x: np.floor(x),
    lambda x: np.cumsum(x),
    lambda x: np.sort(x),
    lambda x: np.maximum(x, x[0]),
    lambda x: x.astype(int),
    lambda x: x.astype(np.float32),
    lambda x: x.astype(np.float64).astype(x.dtype),
]


@pytest.mark.parametrize("backend", ["python", "xla"])
@pytest.mark.parametrize("k", range(len(FUNCTIONS)))
def test_bfloat16(k: int, backend: str) -> None:
    """Values and dtypes are NumPy's, exactly."""
    try:
        want = np.asarray(FUNCTIONS[k](X))
    except TypeError:
        with pytest.raises(TypeError):
            compile(FUNCTIONS[k], backend=backend)(X)
        return
    got = np.asarray(compile(FUNCTIONS[k], backend=backend)(X))
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got.astype(float), want.astype(float))


def test_gradient() -> None:
    """The gradient has the dtype of the argument."""
    slope = grad(lambda x: (x * x * 0.5).sum())(X)
    assert slope.dtype == X.dtype
    np.testing.assert_array_equal(slope.astype(float), X.astype(float))
