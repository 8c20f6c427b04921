"""NumPy's functions that are written in the subset itself, as programs, one a line, for `test_numpy.py`.

The names of variables are those of `numpy_table.py`.
"""

from __future__ import annotations

LIBRARY = r"""
  np.quantile(v.real, 0.3) if v.dtype.kind != "b" else 0
  np.quantile(A.real, [0.1, 0.5, 0.9], axis=0) if A.dtype.kind != "b" else 0
  np.percentile(A.real, 37, axis=1, keepdims=True) if A.dtype.kind != "b" else 0
  np.percentile(T.real, [10, 50], axis=(0, 2)) if T.dtype.kind != "b" else 0
  np.quantile(v.real, 0.3, method="hazen") if v.dtype.kind != "b" else 0
  np.quantile(v.real, 0.5, method="weibull") if v.dtype.kind != "b" else 0
  np.quantile(v.real, 0.2, method="median_unbiased") if v.dtype.kind != "b" else 0
  np.quantile(v.real, 0.2, method="normal_unbiased") if v.dtype.kind != "b" else 0
  np.quantile(v.real, 0.2, method="interpolated_inverted_cdf") if v.dtype.kind != "b" else 0
  np.quantile(v.real, 0.25, method="inverted_cdf") if v.dtype.kind != "b" else 0
  np.quantile(v.real, 0.5, method="averaged_inverted_cdf") if v.dtype.kind != "b" else 0
  np.quantile(v.real, 0.4, method="closest_observation") if v.dtype.kind != "b" else 0
  np.quantile(v.real, 0.4, method="lower") if v.dtype.kind != "b" else 0
  np.quantile(v.real, 0.4, method="higher") if v.dtype.kind != "b" else 0
  np.quantile(v.real, 0.4, method="nearest") if v.dtype.kind != "b" else 0
  np.quantile(v.real, 0.4, method="midpoint") if v.dtype.kind != "b" else 0
  np.quantile(v.real, 0) if v.dtype.kind != "b" else 0
  np.quantile(v.real, 1.5) if v.dtype.kind != "b" else 0
  np.nanquantile(np.where(A.real > 0, A.real, np.nan), 0.5, axis=0)
~ np.nanpercentile(np.where(A.real > 0, A.real, np.nan), [20, 80], axis=1)
  np.nanmedian(np.where(A.real > 0, A.real, np.nan), axis=1)
  np.nanmedian(np.where(A.real > 0, A.real, np.nan))
  np.median(T, axis=(0, 1)) if T.dtype.kind != "c" else 0
~ np.median(A, axis=0, keepdims=True)
  np.nanvar(a)
  np.nanvar(np.where(A > 0, A, np.nan), axis=0, ddof=1)
  np.nanstd(np.where(A > 0, A, np.nan), axis=1)
  np.nanargmax(a) if a.dtype.kind != "c" else 0
  np.nanargmin(a, axis=0) if a.dtype.kind != "c" else 0
  np.nancumprod(a)
  np.nansum(a, axis=0, where=a > 0)
  np.bartlett(j)
  np.blackman(j)
  np.hamming(j)
  np.hanning(j)
  np.kaiser(j, 5.0)
  np.i0(x) if np.asarray(x).dtype.kind != "c" else 0
  np.unwrap(3 * v.real)
  np.unwrap(3 * A.real, axis=0)
  np.unwrap(5.0 * v.real, period=4.0)
  np.lcm(x, y)
  np.gcd.reduce(n)
  np.bitwise_count(x)
  np.packbits(a > 0)
  np.packbits(A > 0, axis=1, bitorder="little")
  np.unpackbits(np.array([3, 200], np.uint8))
  np.unpackbits(np.array([[3], [200]], np.uint8), axis=1, count=5)
  np.bincount(n, minlength=5)
  np.bincount(n, weights=v.real, minlength=5)
  np.digitize(v.real, np.arange(3))
  np.digitize(v.real, np.arange(3)[::-1], right=True)
  np.histogram(v.real, 7)
  np.histogram(v.real, bins=4, range=(-1, 2))
  np.histogram(v.real, bins=[-1, 0, 0.5, 2])
  np.histogram(v.real, 3, weights=abs(w))
  np.histogram(v.real, 3, density=True)
  np.histogram_bin_edges(v.real, 5)
  np.histogram2d(v.real, w.real, 3)
  np.histogram2d(v.real, w.real, [2, 3], range=[[-1, 1], [-2, 2]])
  np.lexsort((v.real, w.real))
  np.searchsorted(np.array([3.0, 1.0, 2.0]), v.real, sorter=[1, 2, 0])
  np.diff(v, prepend=0)
  np.diff(A, axis=0, append=A[:1])
  np.diff(a, n=0)
  np.ediff1d(v, to_end=[1], to_begin=0)
  np.gradient(A, axis=1, edge_order=2)
  np.gradient(A)
  np.gradient(np.arange(5.0) ** 2, np.array([0, 1, 3, 4, 7.0]))
  np.gradient(np.arange(5.0) ** 2, np.array([0, 1, 3, 4, 7.0]), edge_order=2)
  np.geomspace(1, 100, 4)
  np.geomspace(-1, -100, 4)
  np.geomspace(1.0, 8.0, 3, endpoint=False)
  np.geomspace(np.array([1.0, 2.0]), 8.0, 3, axis=1)
  np.logspace(np.array([0.0, 1.0]), 2, 3)
  np.linspace(v, w, 3) if v.dtype.kind != "b" and w.dtype.kind != "b" else 0
  np.linspace(v.real, 2.0, 4, axis=-1)
  np.linspace(np.float32(0), np.float32(1), 5)
  np.linspace(0, v.real, 4, endpoint=False)
  np.cumulative_sum(v, include_initial=True)
  np.cumulative_prod(A, axis=1, include_initial=True)
  np.pad(v, 2, mode="edge")
  np.pad(A, ((1, 2), (3, 1)), mode="wrap")
  np.pad(A, 2, mode="reflect")
  np.pad(A, (2, 3), mode="symmetric")
  np.pad(v, 5, "reflect")
  np.pad(v, 5, "symmetric")
  np.pad(np.arange(4.0), 3, "reflect", reflect_type="odd")
  np.pad(np.arange(4.0), 3, "symmetric", reflect_type="odd")
  np.pad(A, 1, "maximum") if A.dtype.kind != "c" else 0
  np.pad(A, 1, "mean", stat_length=2)
  np.pad(A, 1, "minimum", stat_length=((1, 1), (2, 1))) if A.dtype.kind != "c" else 0
  np.pad(A.real, 1, "median") if A.dtype.kind != "b" else 0
  np.pad(A, ((1, 2), (0, 1)), constant_values=((1, 2), (3, 4)))
  np.pad(A.real, 2, "linear_ramp", end_values=5) if A.dtype.kind != "b" else 0
  np.pad(v, {0: 1})
  np.delete(v, 0)
  np.delete(A, 0, axis=0)
  np.delete(A, [0, -1], 1) if A.shape[1] > 1 else 0
  np.delete(v, slice(0, 1))
  np.delete(v, i)
  np.insert(v, 0, 1)
  np.insert(v, 1, [1, 2])
  np.insert(A, 1, 5, axis=1)
  np.insert(A, 0, v, axis=0) if v.dtype.kind != "c" else 0
  np.insert(v, i, 7)
  np.trim_zeros(v).sum()
  np.trim_zeros(n, "f").size
  np.unique(n, return_inverse=True)[1]
  np.unique(n, return_counts=True)[1].sum()
  np.unique(n, return_index=True)[1].sum()
  np.union1d(n, n + 1).sum()
  np.intersect1d(n, n + 1).sum()
  np.setdiff1d(n, n + 1).sum()
  np.setxor1d(n, n + 1).sum()
  np.setdiff1d(v.real, w.real).size
  np.compress([True, False], A, axis=0)
  np.apply_along_axis(np.sum, 0, A)
  np.apply_along_axis(np.sort, 1, A) if A.dtype.kind != "c" else 0
  np.apply_along_axis(lambda r_: r_[0] * 2, -1, T)
  np.apply_along_axis(lambda r_: np.stack([r_, r_]), 0, A)
  np.apply_over_axes(np.sum, T, (0, 2))
  np.vectorize(abs)(v)
  np.vectorize(lambda p, q_: p + 2 * q_)(v, w)
  np.vectorize(lambda p: 1.5 * p, otypes=[float])(v.real)
  np.fromfunction(lambda p, q_: p * q_ + 1, (2, 3), dtype=int)
  np.piecewise(v, [v < 0, v >= 0], [-1, 1])
  np.piecewise(v, [v < 0], [lambda t_: 3 - t_, lambda t_: t_ * 2])
  np.piecewise(v.real, [v.real > -9], [lambda t_: t_ - t_.mean()])
  np.choose(n % 2, [v, w])
  np.choose(n, [v, w], mode="clip")
  np.take(v, n, mode="wrap")
  np.take(A, n, axis=1, mode="clip")
  x = v.copy(); np.put(x, [0, -1], [5, 6]); return x
  x = A.copy(); np.put(x, [0, 1], 7, mode="clip"); return x
  x = A.copy(); np.put_along_axis(x, np.argmax(x, axis=1, keepdims=True), 9, axis=1); return x
  x = A.copy(); np.fill_diagonal(x, 9); return x
  x = A.copy(); np.fill_diagonal(x, [1, 2], wrap=True); return x
  x = v.copy(); np.copyto(x, 2); return x
  x = v.copy(); np.copyto(x, w, where=v > 0); return x
  x = v.copy(); np.putmask(x, x > 0, [1, 2]); return x
  x = v.copy(); np.place(x, x > 0, [1, 2]); return x
  np.tril_indices(3)
  np.triu_indices(3, 1)
  np.tril_indices(2, -1, 4)
  np.tril_indices_from(A)
  A[np.triu_indices_from(A)]
  np.diag_indices(3)
  A[np.diag_indices(1)]
  np.diag_indices_from(A @ A.T)
  np.unravel_index(3, (2, 3))
  np.unravel_index(n, (2, 3))
  np.unravel_index(np.argmax(A), A.shape)
  np.ravel_multi_index((n, n), (4, 5))
  np.ravel_multi_index(([0, 1], [2, 2]), (3, 4), order="F")
  np.unstack(A)
  np.mgrid[0:3, 0:2]
  np.mgrid[0:1:5j, 0:2]
  np.mgrid[-1:1:3j]
  np.ogrid[0:3, 0:2:0.5]
  np.r_[v, 0, w]
  np.r_[1:4, 0, 4]
  np.r_[0:1:5j]
  np.c_[v, w]
  np.c_[A, A[:, 0]]
  A[np.s_[0, :]]
  A[np.index_exp[..., 0]]
  np.polyadd(v, [1, 2]) if v.dtype.kind != "b" else 0
  np.polysub([1, 2, 3], v) if v.dtype.kind != "b" else 0
  np.polymul(np.where(v == 0, 1, v), [1, 2])
  np.polyder([1, 2, 3])
  np.polyder(v, 1)
  np.polyint(v)
  np.polyint([1.0, 2], 2, k=[1, 2])
  np.poly(v.real) if v.dtype.kind != "b" else 0
  np.round(np.polyfit(np.arange(5.0), np.arange(5.0) ** 2 + 1, 2), 9) + 0.0
  np.interp(v.real, [0, 1, 2], [1, 3, 2], period=3)
  np.interp(v.real, [0, 1, 2], [1, 3, 2], left=-5, right=9)
  np.isin(v, w, invert=True)
  np.real_if_close(v) if v.dtype.kind != "c" else 0
  np.concatenate([v, w], dtype=complex)
  np.stack([v.real, w.real], dtype=np.float64, casting="unsafe")
  np.dsplit(T, 1)
  np.trace(A, dtype=complex)
  np.min_scalar_type(300)
  np.common_type(v.real, w.real)
  np.isdtype(v.dtype, "integral")
  np.iterable(v)
  np.asfortranarray(A)
  np.asarray_chkfinite(v)
  sum([i_ * j_ for i_, j_ in np.ndindex(2, 3)])
  sum([k_[0] * e_ for k_, e_ in np.ndenumerate(v)])
  t_ = 0; [t_ := t_ + e_ for e_ in A.flat]; return t_
  A.flat[0]
  v.searchsorted(w.real) if v.dtype.kind != "c" else 0
  n.choose([1, 2, 3, 4])
  x = v.copy(); x.put([0], 9); return x
  v.nonzero()[0].sum()
  np.logaddexp2(x, y)
  np.modf(x)
  np.can_cast(np.int64, np.int32, casting="same_kind")
  np.select([v > 1, v > 0], [v, w], 0)
  np.rollaxis(T, 2)
  np.average(A, axis=(0, 1))
  np.nan_to_num(v) if v.dtype.kind != "c" else 0
  np.gcd(n, n + 2)
  np.lcm(n, 4)
  np.gcd(A, 6) if A.dtype.kind in "iu" else 0
  np.reshape(A, (-1,), order="F")
  A.reshape(-1, 1, order="F")
  np.reshape(T, (T.shape[2], -1), order="F")
  np.ravel(A, order="F")
  A.flatten("F")
  x = A.copy(); y = x.reshape(-1, copy=True); y[0] = 1; return x
  x = A.copy(); y = x.ravel(order="F"); y[0] = 3; return y
  p, q_ = np.meshgrid(v, w); p[0, 0] = 9; return p, v
  np.asarray(v, copy=True)
  x = v.copy(); y = np.array(x, copy=None, ndmin=2); y[0, 0] = 1; return x
  x = v.copy(); y = np.array(x, copy=False); y[0] = 1; return x
  np.vecmat(v, A.T)
  np.sort_complex(v)
  np.mask_indices(3, np.triu)[0].sum()
  np.asarray(a, dtype=float) if a.dtype.kind != "c" else 0
  np.asanyarray(n, dtype="f8")
  np.ascontiguousarray(n, float)
  np.asfortranarray(x)
  np.asfortranarray(n, dtype=float)
  np.asarray(a, dtype=np.float32, copy=False) if a.dtype.kind != "c" else 0
  np.flip(x)
  np.fft.fftn(x) if np.asarray(x).dtype != np.float16 else 0
  np.fft.ifftn(A, axes=()) if A.dtype != np.float16 else 0
  np.fft.fftn(T, axes=(0, 2)) if T.dtype != np.float16 else 0
  np.geomspace(np.float32(1), np.float32(8), 4)
  np.geomspace(np.float32(1), np.float32(8), 4, dtype=np.float32)
  np.histogram_bin_edges(a[:0].real, 4) if a.dtype.kind != "b" else 0
  np.histogram_bin_edges(a.real, 4, weights=abs(a))
  np.isin(x, y, invert=True)
  np.isin(x, y, kind="stable")
  np.unravel_index(n.astype(np.int8), (2, 3))
  np.ravel_multi_index((n, n), (4, 5), mode="edge")
  np.linalg.tensorsolve(np.eye(1)[0] + 1, np.ones(1))
  np.linalg.matrix_power(A, 2)
  np.linalg.multi_dot([A])
  np.linalg.outer(A, v)
  np.linalg.outer(v, w)
  np.linalg.cross(u, t)
  np.linalg.cross(v, w)
  np.convolve(A, v)
  np.correlate(v, A)
  np.union1d(2, n.astype(np.int16))
  np.unique(n, sorted=True)
  np.concatenate((1, v, 2.5), axis=None)
  np.concatenate((1, 2), axis=None)
  np.compress(n > 0, v, axis=1)
  np.delete(v, 0, axis=1)
  np.insert(v, 0, 1, axis=1)
  np.argsort(v, kind="stable", stable=True)
  np.size(A, (0, 1))
  np.size(A, ())
  np.roll(A, 1, axis=())
  np.block((A, A))
  np.var(A, axis=0, dtype=complex)
  np.nanvar(A, axis=0, dtype=complex)
  np.mean(np.sum(A), axis=0)
  np.var(np.sum(A), axis=-1)
  np.unwrap(np.zeros((2, 0)))
  np.polymul(v, w) if v.dtype.kind != "b" and w.dtype.kind != "b" else 0
  np.polymul([0, 0, 1, 2], [0, 3])
  np.nanmax(np.where(A.real > 0, A.real, np.nan), axis=0, initial=-0.5)
  np.nanmin(np.where(A.real > 0, A.real, np.nan), axis=1, initial=2, where=A.real < 1)
  np.nanmax(np.where(A.real > 0, A.real, np.nan), where=A.real < 1)
  np.histogramdd(A.real.astype(float), 3)
  np.histogramdd([v.real.astype(float), w.real.astype(float), n], (2, 3, [0, 1, 2]), density=True)
  np.histogramdd((v.real.astype(float), w.real.astype(float)), 2, range=[(-1, 1), (-2, 2)], weights=abs(v))
  np.where(np.arange(5) >= 2, np.arange(5) * np.where(np.arange(5) >= 2, -2, 0).astype(float), 0)
  np.polymul([0, 0], [0, 3, 1])
  np.polydiv([1.0, 5, 6], [1, 2])
  np.polydiv([2, 0, 1, 4, 5], [1, 2, 3])
  np.polydiv([1, 2], [3, 1, 4])
  np.polydiv(v.real, np.array([2.0, 1])) if v.dtype.kind != "b" else 0
  x = v.copy(); np.place(x, x > 0, w); return x
  x = v.copy(); np.putmask(x, x > 0, w); return x
  x = n.copy(); np.put(x, n[:1] > 0, 7); return x
  np.arange(len(v) * 1.0)
  np.reshape(np.sum(v), ())
  np.reshape(v[0], (1, 1))
  np.isrealobj(a)
  np.insert(np.uint8([3, 200]), 0, i + 2)
  np.insert(np.uint8([3, 200]), 0, 300)
  x = np.uint8([3, 200]); np.putmask(x, [True, False], i + 253); return x
  x = np.uint8([3, 200]); np.place(x, [True, False], [i]); return x
  x = np.uint8([3, 200]); np.put(x, 0, i); return x
  x = np.zeros((2, 2), np.uint8); np.fill_diagonal(x, i); return x
  x = np.zeros((2, 1), np.int8); np.put_along_axis(x, np.array([[0]]), i + 125, 0); return x
  np.r_[np.uint8([3, 200]), i]
  np.c_[np.uint8([3, 200]), np.uint8([1, 2])]
  np.gcd(np.uint8([3, 200]), i)
  np.lcm(np.int8([3, 100]), i + 125)
  np.divmod(np.uint8([3, 200]), i + 253)
  np.choose([0, 1, 0], [np.uint8([3, 200, 7]), i])
  np.choose([0, 1], [np.float32(2), s])
  np.clip(np.uint8([3, 200]), -1, 300)
  np.clip(np.uint8([3, 200]), 0, i + 255)
  np.clip(np.int8([3, 100]), i - 200, j)
  np.clip(np.uint8([3, 200]), 300, 400)
  np.clip(np.uint8([3, 200]), -5, -1)
  np.clip(np.uint8([3, 200]), None, i)
  np.clip(np.uint8([3, 200]), np.int64(-1), 5)
  np.clip(np.array([3, 2], np.uint64), -1, np.uint32([1, 3]))
  np.clip(np.int8([3, 1]), 0.5, 300)
  np.fmax.reduce(A.real, axis=None, initial=0)
  np.fmin.reduce(T.real, axis=(0, 2))
  np.bincount(n.astype(np.uint64))
  np.linalg.lstsq(np.array([[2.0], [np.inf]]), np.ones(2))
  a == None
  None != A
  v[:0] == None
  np.float64(1) == None
  np.delete(u, [True, False, True])
  np.delete(T, [True, False], axis=0)
  np.delete(v, [True, False])
  np.delete(v, True)
  np.repeat(A, [2], axis=0)
  np.repeat(3, [2])
  np.repeat(3, [2, 1])
  np.indices(())
  np.correlate(1.0, v)
  x = np.zeros((2, 0)); np.put(x, [0], 1); return x
  np.median(np.array(0), keepdims=True)
  np.nanmedian(np.array(0.5), keepdims=True)
  np.maximum.accumulate(a.real, axis=-1, dtype="uint8")
  np.bitwise_or.reduce(n, dtype="uint8")
  np.bitwise_xor.accumulate(n, dtype="int8")
  np.logical_and.accumulate(n, dtype="uint32")
  a.std(correction=1)
  np.nanmean(a.astype(float), dtype="int16") if a.dtype.kind != "c" else 0
  np.diff(a, axis=3)
  np.linalg.norm(v, "fro", axis=(0, 1))
  np.apply_along_axis(np.sum, 2, A)
  np.sum(np.array([[-0.0, 1]]), axis=0)
  np.mean(np.array([-0.0]))
  x = np.zeros(2, bool); x[0] = 2j; x[1:] = [1j]; return x
  np.linalg.pinv(A[:0]) if A.dtype != np.float16 else 0
"""
