"""NumPy's keywords, methods of ufuncs, and numbers that must fit a dtype, as programs, for `test_numpy.py`.

The names of variables are those of `numpy_table.py`.
"""

from __future__ import annotations

KEYWORDS = r"""
~ np.sum(a, axis=0, out=np.zeros(a.shape[1:], a.dtype))
  np.sum(a, where=a > 0)
  np.sum(a, axis=-1, where=a > 0, keepdims=True)
  np.sum(a, initial=3)
~ np.sum(a, initial=2.5)
  np.sum(a, dtype=bool)
  np.sum(a, axis=-1, dtype=bool, where=a > 0, initial=False)
  np.prod(a, axis=0, dtype=bool)
  np.cumsum(a, axis=-1, dtype=bool)
  np.cumprod(a, dtype=bool)
~ np.mean(a, dtype=int)
~ np.mean(a, axis=-1, dtype=np.int32, where=a > 0)
  np.mean(a, axis=0, dtype=bool)
~ np.var(a, axis=0, dtype=int)
~ np.var(a, dtype=np.int16, ddof=1)
~ np.std(a, dtype=int)
  np.matmul(A, v, casting="no")
~ np.matmul(A, v, dtype=np.float32)
~ np.matmul(A.real, v.real, dtype=int, casting="unsafe")
  np.matmul(T, A, axes=[(1, 2), (1, 0), (0, 2)])
  np.matmul(T, T, axes=[(1, 2), (2, 1)])
  np.matmul(A, A.T, keepdims=True)
  np.vecdot(A, A, axis=0)
  np.vecdot(T, A, axes=[1, 0])
  np.vecdot(T, v, keepdims=True)
  np.matvec(A, v, axes=[(0, 1), 0, 0])
  np.vecmat(v, A.T, axes=[0, (0, 1), 0])
! np.clip(v, 0, 1, where=v > 0)
! np.clip(v, 0, 1, where=[True])
  np.nanmax(a.astype(complex), axis=0)
  np.nanmin(np.where(a > 0, a, np.nan) * 1j)
  np.nanargmax(a.astype(np.complex64), axis=-1)
  x = v.astype(float) if v.dtype.kind != "c" else v.copy(); x[0] = np.inf; np.nan_to_num(x, copy=False); return x
  np.nan_to_num(np.array([complex(s, np.nan), complex(-np.inf, s)]), nan=1.5, posinf=2.0)
  np.polyfit(np.arange(4.0), np.append(u, s), 1, cov=True) if u.dtype.kind == "f" else 0
  np.polyfit(np.arange(3.0), u.real.astype(float), 1, full=True)
  np.polyfit(np.arange(3.0), u.real.astype(float), 1, cov="unscaled")
  np.polyfit(np.arange(2.0), u[:2].real.astype(float), 1, cov=True)
  np.intersect1d(n, v.real, return_indices=True)
  np.intersect1d([1, 3, 4], [4, 1, j], assume_unique=True, return_indices=True)
  np.setxor1d([1, 3, 4], [4, i, 9.5], assume_unique=True)
  np.cross(u, t[:2])
  np.cross(u[:2], t)
  np.corrcoef(np.stack([u, t, u * t]).astype(complex) + [0, 1j, s])
~ np.partition(A, (0, -1), axis=0)
~ np.partition(a, 0, axis=None)
~ np.argpartition(A, 1)[:, :2]
~ np.argpartition(v, -1)[-1]
~ np.partition(v, 9)
~ np.partition(A, i, axis=5)
~ x = v.copy(); x.partition(0); return x
~ v.argpartition(len(v) - 1)
  x = np.array([-2.0, 2.0, -0.5, 0.5]) * r; return [np.sqrt(z_) for z_ in (x + 0j, np.conj(x + 0j))]
  x = np.array([-2.0, 2.0, -0.5, 0.5]) * r; return [np.arcsin(z_) for z_ in (x + 0j, np.conj(x + 0j))]
  x = np.array([-2.0, 2.0, -0.5, 0.5]) * r; return [np.arccos(z_) for z_ in (x + 0j, np.conj(x + 0j))]
  x = np.array([-2.0, 2.0, -0.5, 0.5]) * r; return [np.arccosh(z_) for z_ in (x + 0j, np.conj(x + 0j))]
  x = np.array([-2.0, 2.0, -0.5, 0.5]) * r; return [np.arctanh(z_) for z_ in (x + 0j, np.conj(x + 0j))]
  x = np.array([-2.0, 2.0, -0.5, 0.5]) * r * 1j; return [np.arctan(z_) for z_ in (x, -np.conj(x))]
  x = np.array([-2.0, 2.0, -0.5, 0.5]) * r * 1j; return [np.arcsinh(z_) for z_ in (x, -np.conj(x))]
  (np.array([-1.5, 3.7, 2.0**32 + 5, 2.0**63, 2.0**64 - 4096, 1e300, -1e300, np.nan]) * (r > 0)).astype(np.uint64)
  (np.array([2.0**32 + 5, -3e9, 1e20]) * (r > 0)).astype(np.uint32)
  np.reciprocal(np.array([0j, 2j, -1.5 + 1j]) * r)
  np.equal(a, None)
  np.not_equal(None, v)
  np.insert(v, [0, 1], 7)
  np.insert(v, n % len(v), v[::-1])
  np.insert(A, [1, 0, 1], v[0], axis=1)
  np.insert(A, [1], 7, axis=0)
  np.insert(v, slice(0, 1), 7)
  np.insert(v, [0, 9], 7)
  np.round(a, -1)
  np.round(a * 1j, 1)
  np.trim_zeros([0, i, 0, 0])
  np.trim_zeros([0, i, 0, 0], axis=0)
  np.linalg.norm(np.zeros((0, 2)), np.inf)
  np.linalg.norm(np.zeros((2, 0)), 2)
  np.linalg.norm(np.zeros((2, 0)), -2)
  np.prod(a, initial=2, where=a > 0)
  np.max(a, initial=1)
~ np.max(a, axis=0, initial=-5, where=a > 0)
  np.max(np.zeros((0, 3)), axis=0, initial=2)
  np.min(a, axis=-1, initial=0, keepdims=True)
  np.all(a, where=a > 0)
  np.any(a, axis=0, where=[True])
  np.mean(a, where=a > 0)
  np.mean(a, axis=0, where=a > 0, keepdims=True)
  np.var(a, axis=0, where=a > 0)
  np.std(A, axis=0, ddof=1, where=A > -1)
  np.var(A, axis=0, correction=1)
  np.var(A, axis=0, mean=np.mean(A, axis=0, keepdims=True))
  a.sum(where=a > 0)
  a.max(initial=3)
  a.mean(where=a > 0)
  np.exp(x, where=True)
  np.exp(x, subok=False)
  np.add(x, 1, order="C")
  o = np.zeros((2, 3)); np.add(o, 1.5, out=o); return o
  o = np.zeros((2, 3)); r = np.add(o, 1, o); r[0] = 3; return o
  o = np.zeros(v.shape); np.multiply(v.real, 2, out=o, where=v.real > 0); return o
  o = np.zeros((2,) + v.shape); np.exp(v.real, out=o, where=[[True], [False]]); return o
  o = np.zeros(v.shape, np.float32); np.sin(v.real, out=o); return o
  o = np.zeros(v.shape, np.int32); np.add(v, 1, out=o); return o
  o = np.zeros(v.shape, np.int32); np.add(v.real, 1, out=o, casting="unsafe"); return o
  o = np.zeros((3, 2)); np.add(o.T, 1, out=o.T[:, ::-1]); return o
  o = np.zeros(4); np.add(1, 2, out=o[1:]); return o
  np.add(1.0, 2.0, out=np.zeros(()))
  np.add(1.0, 2.0, out=...)
  q_, r_ = np.divmod(x, 2, out=(None, None)); return q_, r_
  o = np.zeros(3); p = np.zeros(3); np.modf(np.array([1.5, -2.5, 3.0]), o, p); return o, p
  np.modf(x)
  np.multiply(x, y, dtype=np.float32, casting="unsafe")
  np.multiply(x, y, dtype=np.int32)
  np.add.reduce(a, axis=None)
  np.add.reduce(a, axis=(0, -1)) if a.ndim > 1 else 0
  np.subtract.reduce(a)
  np.subtract.reduce(a, axis=-1, keepdims=True)
  np.divide.reduce(a, axis=0)
~ np.power.reduce(np.abs(a))
  np.hypot.reduce(a)
  np.hypot.reduce(a, axis=None)
  np.fmax.reduce(a)
  np.fmin.reduce(a, axis=-1)
  np.arctan2.reduce(a[:2])
  np.bitwise_or.reduce(a)
  np.bitwise_and.reduce(a, axis=-1)
  np.bitwise_xor.reduce(a, axis=None)
  np.logical_xor.reduce(a, axis=0)
  np.remainder.reduce(a)
  np.logaddexp.reduce(a)
  np.logaddexp.reduce(a, axis=-1, initial=0.0)
  np.floor_divide.reduce(a)
  np.less.reduce(a)
  np.subtract.reduce(a, initial=10)
  np.fmax.reduce(a, initial=0, where=a > 0)
  np.maximum.reduce(a, initial=3, where=a > 0)
  np.maximum.accumulate(a)
  np.minimum.accumulate(a, axis=-1)
  np.subtract.accumulate(a)
  np.divide.accumulate(a, axis=-1)
  np.logical_or.accumulate(a)
  np.power.accumulate(np.abs(a))
  np.fmax.accumulate(a)
  np.add.accumulate(a, axis=-1)
~ np.add.accumulate(a, dtype=float)
  np.add.reduceat(v, [0])
  np.add.reduceat(np.arange(8), [0, 4, 1, 5, 2, 6, 3, 7])
  np.add.reduceat(A, [0, 1], axis=0)
  np.multiply.reduceat(A, [0, 0], axis=1)
  np.maximum.reduceat(np.arange(8.0), n)
  np.multiply.outer(v, A, dtype=complex)
  np.maximum.outer(v, w)
~ np.greater.outer(v, w)
  np.add.outer(x, y)
  x = np.zeros(4); np.maximum.at(x, [0, 1, 0], [1.0, 2.0, 3.0]); return x
  x = np.ones(4); np.multiply.at(x, n, 2.5); return x
  x = np.arange(4); np.negative.at(x, [0, 0, 1]); return x
  x = np.arange(6).reshape(2, 3); np.add.at(x, ([0, 0], [1, 1]), [5, 6]); return x
  x = np.arange(6).reshape(2, 3); np.multiply.at(x, [0, 0], [5, 6, 7]); return x
  np.take(a, [0, 0], out=np.zeros(2, a.dtype))
  np.clip(a, 0, 1, out=np.zeros(a.shape))
  np.round(a, out=np.zeros(a.shape, complex))
  np.round(a, 0, np.zeros(a.shape, complex))
~ o = np.zeros(a.shape, a.dtype); np.cumsum(a, a.ndim - 1, out=o); return o
  o = np.zeros((), int); np.argmax(a, out=o); return o
  np.zeros(3, order="F")
  np.sum(a, like=None)
  np.sum(a, foo=1)
  np.mean(a, 0, None, None, True)
  np.sum(a, 0, None, None, True)
  a.sum(0, None, None, True)
  np.std(a, 0, None, None, 1)
  np.heaviside(x, y, out=np.zeros((2, 3), complex))
  np.heaviside(x, y)
  np.logaddexp2(x, y)
  np.square(x, dtype=float)
  np.deg2rad(x)
  o = np.zeros(v.shape); np.maximum.accumulate(v.real, out=o); return o
  np.hypot.reduce(a.real, axis=-1, dtype=np.float32)
  np.average(v.real, weights=w.real + 9, returned=True)
  z_ = v.astype(complex); z_.imag[0] = 7; return z_
  z_ = v.astype(complex); z_.real[::2] = 0; return z_
  z_ = v.astype(complex); z_.real = w.real; return z_
  z_ = v.astype(complex); y = z_.real; z_[0] = 5; return y
  x = A.copy(); x.flat[1] = 1; return x
  x = A.copy(); x.flat[::2] = 0; return x
  x = A.copy(); x.flat = [1, 0]; return x
  x = A.copy(); y = x.flat[1:]; y[:1] = 1; return x, y
  np.lib.stride_tricks.sliding_window_view(A, 2, axis=0)
  np.lib.stride_tricks.sliding_window_view(T, (2, 1), axis=(1, 2)).sum(axis=-2)
  y = np.lib.stride_tricks.sliding_window_view(v, 1); y[0] = 0; return y
  y = np.broadcast_to(v, (2,) + v.shape); y[0] = 1; return y
  y = np.diagonal(A); y[0] = 1; return y
  y = v.view(); y[0] = 1; return v[:1] == 1
  np.cov(v.real, w.real, fweights=np.abs(n) + 1)
  np.cov(np.vstack([v.real, w.real]), aweights=np.abs(n) + 0.5, ddof=0)
  np.linalg.vecdot(A, A, axis=0)
  np.einsum(A, [0, 1], A, [2, 1], [0, 2]) if A.dtype.kind != "b" else 0
  np.cross(u[:2], t[:2]) if u.dtype.kind != "b" and t.dtype.kind != "b" else 0
"""

# Python numbers written into arrays of ints, wraparound, promotion.
SCALARS = r"""
  x = np.zeros(2, np.uint8); x[0] = 300; return x
  x = np.zeros(2, np.uint8); x[0] = i; return x
  x = np.zeros(2, np.uint8); x[:] = [i, 300]; return x
  x = np.zeros(2, np.int8); x[0] = 2.7; return x
  x = np.zeros(2, np.int32); x[0] = float("nan"); return x
  x = np.zeros(2, np.int64); x[0] = float("inf"); return x
  x = np.zeros(2, np.int64); x[0] = 1e30; return x
  x = np.zeros(2, np.int32); x[0] = 1e12; return x
  x = np.zeros(2, np.int64); x[0] = s; return x
  np.array([300, 1], dtype=np.uint8)
  np.array(300, dtype=np.uint8)
  np.array(i, dtype=np.uint8)
  np.full(2, 300, dtype=np.int8)
  np.full(2, i, dtype=np.uint8)
  np.full_like(np.zeros(2, np.int8), 200)
  np.int8(300)
  np.uint8(i)
  np.uint8(-1)
  np.int8(s)
  np.int8(np.int64(300))
  np.float32(1e300)
  np.uint64(i)
  x = np.zeros(2, np.uint8); x.fill(300); return x
  x = np.zeros(2, np.uint8); x[x == 0] = -1; return x
  np.array([i, j], dtype=np.uint16)
  np.asarray(i, np.uint8)
  np.asarray([1.5, i], np.uint8)
  np.linspace(np.int8(0), np.int8(3), 3)
  np.where(np.array([True]), np.uint8(3), 300)
  np.clip(np.zeros(2, np.uint8), 0, 300)
  np.zeros(2, np.int8) + 200
  np.uint8(200) + np.uint8(100)
  np.int32(7) // np.int32(0)
  np.array([-128], np.int8) // np.int8(-1)
  -np.uint8(3)
  np.abs(np.int8(-128))
  np.power(np.int8(2), np.int8(7))
  np.zeros(3, np.float16) + 1e6
  np.array([1, 2], np.int16) / np.int16(0)
  np.bool_(True) + np.bool_(True)
  np.true_divide(np.bool_(True), 2)
  np.float32(0.1) + 0.2
  np.float32(3) * np.float64(2)
  np.complex64(1) * 2.5
  np.result_type(np.int8, np.uint8, np.float16)
  np.promote_types("i4", "u4")
  np.array([True, False]).sum(dtype=np.int8)
  np.left_shift(np.int8(1), 10)
  np.right_shift(np.int8(-1), 10)
  np.uint8(5) - 6
  np.arange(3, dtype=np.uint8) - 5
  np.int64(2) ** 62 * 4
  n.astype(np.int8) * 100
  np.floor_divide(v, 0) if v.dtype.kind in "iu" else 0
  np.remainder(v, 0) if v.dtype.kind in "iu" else 0
  np.iinfo(np.uint8).max
  np.finfo(np.float32).tiny
  np.finfo(v.dtype).eps if v.dtype.kind in "fc" else 0
  np.sign(x)
  np.float16(x) if np.asarray(x).dtype.kind != "c" else 0
  np.int8(-1) < np.uint64(2)
  np.array([-1, 3, 2]) >= np.array([2, 2, 2], np.uint64)
  np.array([2, 1], np.uint64) - np.uint64(2) == np.array([0, -1])
  np.array([2, 1], np.uint64) - np.uint64(2) > np.array([0, -1])
  n.astype(np.uint64) != n - 2
  np.less_equal.outer(n.astype(np.uint64), n - 2)
"""
