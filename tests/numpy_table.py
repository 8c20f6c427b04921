"""NumPy's functions as programs, one a line, for `test_numpy.py`.

The names of the variables choose the arguments: `x y z` operands that broadcast, of every kind and dtype; `a` an
array of rank 1 to 3; `v w` vectors of one length; `u t` vectors of length 3; `A` a matrix with rows as long as v, `T`
a stack of two such; `n` a vector of small ints; `s q r` Python floats, any, in (-1, 1), and positive; `i j` Python
ints, any and positive. A line with `return` is the body of a function. Where NumPy raises, so must the compiler, in
its way.

Lines that begin with `!` are refused; those that begin with `~` are refused for some dtypes.
"""

from __future__ import annotations

FUNCTIONS = r"""
  x + y
  x - y
  x * y
  x / y
  x // y
  x % y
~ x ** y
  x ** 2
  x ** 3
  x ** -1
  x ** 2.0
  2 ** x
  2.0 ** x
  x & y
  x | y
  x ^ y
  x << 2
  x >> 1
  -x
  +x
  ~x
  abs(x)
  x < y
  x <= y
  x > y
  x >= y
  x == y
  x != y
  divmod(x, y)
  x + 1
  x + 2.5
  x * 2.5
  x - True
  x + 1j
  3 - x
  3 / x
  2.5 // x
  7 % x
  x * np.float32(2.5)
  x * np.int32(3)
  x + np.array(2)
  x + np.array([1, 2, 3])[0]
  round(x)
  np.add(x, y)
  np.subtract(x, y)
  np.multiply(x, y)
  np.divide(x, y)
  np.true_divide(x, y)
  np.floor_divide(x, y)
  np.mod(x, y)
  np.remainder(x, y)
  np.fmod(x, y)
  np.divmod(x, y)
  np.power(x, y)
  np.float_power(x, y)
  np.maximum(x, y)
  np.minimum(x, y)
  np.fmax(x, y)
  np.fmin(x, y)
  np.arctan2(x, y)
  np.hypot(x, y)
  np.copysign(x, y)
  np.logaddexp(x, y)
  np.logaddexp2(x, y)
  np.negative(x)
  np.positive(x)
  np.absolute(x)
  np.abs(x)
  np.fabs(x)
  np.sign(x)
  np.exp(x)
  np.exp2(x)
  np.expm1(x)
  np.log(x)
  np.log2(x)
  np.log10(x)
  np.log1p(x)
  np.sqrt(x)
  np.cbrt(x)
  np.square(x)
  np.reciprocal(x)
  np.sin(x)
  np.cos(x)
  np.tan(x)
  np.arcsin(x)
  np.arccos(x)
  np.arctan(x)
  np.sinh(x)
  np.cosh(x)
  np.tanh(x)
  np.arcsinh(x)
  np.arccosh(x)
  np.arctanh(x)
  np.floor(x)
  np.ceil(x)
  np.rint(x)
  np.trunc(x)
  np.fix(x)
  np.conjugate(x)
  np.conj(x)
  np.real(x)
  np.imag(x)
  np.angle(x)
  np.isnan(x)
  np.isinf(x)
  np.isfinite(x)
  np.signbit(x)
  np.logical_not(x)
  np.logical_and(x, y)
  np.logical_or(x, y)
  np.logical_xor(x, y)
  np.invert(x)
  np.bitwise_not(x)
  np.bitwise_and(x, y)
  np.bitwise_or(x, y)
  np.bitwise_xor(x, y)
  np.left_shift(x, 2)
  np.right_shift(x, 2)
  np.equal(x, y)
  np.not_equal(x, y)
  np.less(x, y)
  np.less_equal(x, y)
  np.greater(x, y)
  np.greater_equal(x, y)
  np.deg2rad(x)
  np.rad2deg(x)
  np.radians(x)
  np.degrees(x)
  np.sinc(x)
  np.heaviside(x, y)
  np.nan_to_num(x)
  np.nan_to_num(x, nan=1.5)
  np.nan_to_num(x, nan=1.5, posinf=2.0, neginf=-3.0)
  np.isclose(x, y)
  np.isclose(x, y, rtol=0.1, atol=0.5)
  np.allclose(x, y)
  np.array_equal(x, y)
  np.array_equiv(x, y)
  np.round(x)
  np.around(x)
~ np.round(x, 2)
  np.round(x, -1)
  np.clip(x, -1, 1)
  np.clip(x, -0.5, 0.5)
  np.clip(x, 0, None)
  np.clip(x, None, 1)
  np.clip(x, y, 3)
  np.clip(x, min=0)
  np.clip(x, min=0, max=1)
  np.gcd(x, y)
  np.lcm(x, y)
  np.add(x, y, dtype=np.float32)
  np.multiply(x, y, dtype="float64")
  np.where(x > 0, x, y)
  np.where(x > 0, x, 0)
  np.where(x > 0, x, 0.0)
  np.where(x > 0, 1, 0)
  np.where(x > 0, 1.0, 0)
  np.where(x, y, 1)
  np.where(x > 0, 2.5, y)
  np.select([x > 1, x > 0], [x, y], 0)
  np.select([x > 1, x > 0], [x, y])
  np.sum(a)
  np.sum(a, 0)
  np.sum(a, axis=-1)
  np.sum(a, axis=0, keepdims=True)
  np.sum(a, keepdims=True)
~ np.sum(a, dtype=np.float32)
~ np.sum(a, dtype=int)
  np.sum(a, axis=())
  np.sum(x)
  a.sum()
  a.sum(0)
  a.sum(axis=-1, keepdims=True)
~ a.sum(axis=-1, dtype=float)
  np.add.reduce(a)
  np.multiply.reduce(a, axis=-1)
  np.maximum.reduce(a)
  np.minimum.reduce(a, axis=None)
  np.logical_and.reduce(a)
  np.logical_or.reduce(a, keepdims=True)
  np.add.accumulate(a)
  np.add.outer(a, v)
  np.subtract.outer(a, v)
  np.prod(a)
  np.prod(a, axis=-1)
  np.prod(a, axis=0, keepdims=True)
  a.prod(-1)
  np.max(a)
  np.max(a, axis=0)
  np.max(a, axis=-1, keepdims=True)
  np.amax(a)
  np.amin(a, axis=0)
  a.max(-1)
  np.min(a)
  np.min(a, axis=-1)
  a.min()
  np.mean(a)
  np.mean(a, axis=0)
  np.mean(a, axis=-1, keepdims=True)
~ np.mean(a, dtype=np.float64)
  a.mean(0)
~ a.mean(dtype=np.float32)
  np.mean(x)
  np.var(a)
  np.var(a, axis=0)
  np.var(a, axis=-1, ddof=1)
  np.var(a, keepdims=True)
  a.var(-1)
  np.std(a)
  np.std(a, axis=0)
  np.std(a, axis=-1, ddof=1)
  a.std(0)
  np.all(a)
  np.all(a, axis=0)
  np.any(a)
  np.any(a, axis=-1, keepdims=True)
  a.all()
  a.any(0)
  np.all(x)
  np.any(x)
  np.argmax(a)
  np.argmax(a, axis=-1)
  np.argmin(a)
  np.argmin(a, axis=0)
  np.argmax(a, axis=0, keepdims=True)
  a.argmax()
  a.argmin(-1)
  np.cumsum(a)
  np.cumsum(a, axis=0)
~ np.cumsum(a, axis=-1, dtype=np.float32)
  a.cumsum(-1)
  np.cumprod(a)
  np.cumprod(a, axis=-1)
  a.cumprod(0)
  np.ptp(a)
  np.ptp(a, axis=0)
  np.average(a)
  np.average(a, axis=0)
  np.average(v, weights=w)
  np.average(A, axis=1, weights=v)
  np.count_nonzero(a)
  np.count_nonzero(a, axis=0)
~ np.median(a)
~ np.median(a, axis=0)
  np.nansum(a)
  np.nansum(a, axis=0)
  np.nanmean(a)
  np.nanmax(a)
  np.nanmin(a, axis=0)
  np.sum([x, x])
  np.sum([1, 2.5])
  np.max([x, x])
  np.max([1, 2, 3])
  np.sum((1, 2, 3))
  np.sum(3)
  np.mean([1, 2])
  np.sum([[1, 2], [3, 4]], axis=0)
  np.reshape(a, -1)
  np.reshape(a, (-1, 1))
  np.reshape(a, a.shape)
  np.reshape(a, a.shape + (1,))
  a.reshape(-1)
  a.reshape(-1, 1)
  a.reshape((1, -1))
  a.reshape(a.shape)
  np.ravel(a)
  np.ravel(x)
  a.ravel()
  a.flatten()
  a.T
  a.mT
  np.transpose(a)
  a.transpose()
  np.transpose(T, (0, 2, 1))
  np.transpose(T, (2, 0, 1))
  T.transpose(1, 0, 2)
  T.transpose((1, 0, 2))
  T.transpose(-1, 0, 1)
  np.permute_dims(T, (2, 0, 1))
  np.matrix_transpose(A)
  np.swapaxes(T, 0, -1)
  T.swapaxes(0, 1)
  np.moveaxis(T, 0, -1)
  np.moveaxis(T, (0, 1), (1, 2))
  np.rollaxis(T, 2)
  np.rollaxis(T, 0, 3)
  np.expand_dims(a, 0)
  np.expand_dims(a, -1)
  np.expand_dims(a, (0, -1))
  np.expand_dims(x, 0)
  np.squeeze(a)
  np.squeeze(np.expand_dims(a, 0), 0)
  np.squeeze(np.expand_dims(a, -1), axis=-1)
  a.squeeze()
  np.squeeze(x)
  np.broadcast_to(x, (2, 3))
  np.broadcast_to(v, (4,) + v.shape)
  np.broadcast_arrays(x, y)
  np.atleast_1d(x)
  np.atleast_2d(x)
  np.atleast_3d(x)
  np.concatenate([a, a])
  np.concatenate((a, a), axis=-1)
  np.concatenate([a, a], axis=None)
  np.concatenate([v, w])
  np.concatenate([v, w, v], axis=0)
  np.concatenate([A, A], 1)
  np.concat([v, w])
  np.stack([a, a])
  np.stack([v, w], axis=1)
  np.stack([v, w], axis=-1)
  np.stack([x, x])
  np.hstack([v, w])
  np.hstack([A, A])
  np.vstack([v, w])
  np.vstack([A, A])
  np.dstack([A, A])
  np.dstack([v, w])
  np.column_stack([v, w])
  np.column_stack([v, A])
  np.append(v, w)
  np.append(a, x)
  np.append(A, A, axis=0)
  np.block([[A, A], [A, A]])
  np.split(v, [1])
  np.split(v, [1, 2])
  np.split(A, 2, axis=1)
  np.split(A, 1)
  np.array_split(v, 2)
  np.hsplit(A, [1])
  np.vsplit(A, [1])
  np.flip(a)
  np.flip(a, 0)
  np.flip(a, axis=-1)
  np.fliplr(A)
  np.flipud(A)
  np.rot90(A)
  np.rot90(A, 2)
  np.roll(a, 1)
  np.roll(a, -2)
  np.roll(a, 1, axis=0)
  np.roll(A, (1, 2), axis=(0, 1))
  np.repeat(a, 2)
  np.repeat(a, 3, axis=0)
  np.repeat(x, 2)
  a.repeat(2, axis=-1)
  np.repeat(v, 0)
  np.tile(a, 2)
  np.tile(a, (2, 1))
  np.tile(x, 3)
  np.pad(v, 1)
  np.pad(A, ((1, 0), (0, 2)))
  np.pad(v, (1, 2), constant_values=3)
  np.shape(a)
  np.ndim(a)
  np.size(a)
  np.size(a, 0)
  np.shape(x)
  np.ndim(x)
  np.size(x)
  a.shape
  a.ndim
  a.size
  a.dtype == np.float64
  a.itemsize
  a.nbytes
  len(a)
  a.real
  a.imag
  x.real
  np.take(a, 0)
  np.take(a, [0, 0])
  np.take(A, 1, axis=0)
  np.take(A, [0, 1], axis=1)
  a.take([0])
  np.take_along_axis(A, np.argsort(A, axis=1), axis=1)
  np.take_along_axis(A, np.argmax(A, axis=-1, keepdims=True), axis=-1)
  np.diff(a)
  np.diff(a, axis=0)
  np.diff(a, n=2)
  np.ediff1d(v)
  np.meshgrid(v, w)
  np.meshgrid(v, w, indexing="ij")
  np.meshgrid(v, w, np.arange(2))
  np.zeros(3)
  np.zeros((2, 3))
  np.zeros((2, 3), dtype=int)
  np.zeros(a.shape, a.dtype)
  np.zeros(len(v), np.float32)
  np.ones((2,), dtype=bool)
  np.ones(3)
  np.zeros_like(a)
  np.ones_like(a)
  np.zeros_like(x)
  np.ones_like(a, dtype=float)
  np.zeros_like(a, dtype=np.int32, shape=(2,))
  np.full(3, x)
  np.full((2, 2), 7)
  np.full((2, 2), 7.0)
  np.full((2, 2), 7, dtype=np.float32)
  np.full(2, True)
  np.full(2, 1j)
  np.full_like(a, 2)
  np.full_like(a, 2.5, dtype=float)
  np.empty((2, 3)).shape
  np.empty_like(a).dtype == a.dtype
  np.array(x)
  np.array([x, x])
  np.array([x, 1])
  np.array([x, 2.5])
  np.array([[x, 1], [2, x]])
  np.array(a, dtype=np.complex128)
  np.array([1, 2, 3])
  np.array([1, 2.5])
  np.array([True, False])
  np.array([[1, 2], [3, 4]], dtype=np.float32)
  np.array([])
  np.array(2.5)
  np.array((v, w))
  np.asarray(a)
  np.asarray(x)
  np.asarray([1, 2], dtype=float)
  np.ascontiguousarray(a)
  np.copy(a)
  a.copy()
  np.arange(5)
  np.arange(2, 7)
  np.arange(2, 10, 3)
  np.arange(5.0)
  np.arange(0, 1, 0.25)
  np.arange(5, dtype=np.float32)
  np.arange(5, 0, -1)
  np.arange(0.0, 1.0, 0.1)
  np.arange(0)
  np.arange(len(v))
  np.arange(1, 3, 0.3)
  np.linspace(0, 1, 5)
  np.linspace(0, 1)
  np.linspace(-2.0, 3.0, 7, endpoint=False)
  np.linspace(0, 1, 1)
  np.linspace(0, 1, 0)
  np.linspace(s, 2.0, 4)
  np.linspace(0, 10, 5, dtype=int)
  np.logspace(0, 2, 4)
  np.geomspace(1, 100, 4)
  np.eye(3)
  np.eye(3, 4, 1)
  np.eye(3, k=-1, dtype=int)
  np.identity(2)
  np.tri(3)
  np.tri(3, 4, 1)
  np.tril(A)
  np.triu(A, 1)
  np.tril(T, -1)
  np.diag(v)
  np.diag(v, 1)
  np.diag(A)
  np.diag(A, -1)
  np.diagonal(A)
  np.diagonal(A, offset=1)
  np.diagonal(T)
  np.diagonal(T, 0, 1, 2)
  A.diagonal()
  np.trace(A)
  np.trace(A, 1)
  A.trace()
  np.diagflat(v)
  np.vander(v)
  np.outer(v, w)
  np.outer(A, v)
  np.dot(v, w)
  np.dot(A, v)
  np.dot(A, A.T)
  np.dot(a, 2)
  np.dot(2.5, a)
  np.dot(T, v)
  v.dot(w)
  np.vdot(v, w)
  np.vecdot(v, w)
  np.inner(v, w)
  np.inner(A, v)
  np.inner(A, A)
  v @ w
  A @ v
  A @ A.T
  A.T @ A
  T @ v
  v @ T.T
  T @ A.T
  T @ T.swapaxes(1, 2)
  A @ T.swapaxes(1, 2)
  np.matmul(A, v)
  np.matvec(A, v)
  np.tensordot(A, A.T, 1)
  np.tensordot(A, A)
  np.tensordot(A, A, axes=([0], [0]))
  np.tensordot(T, A, axes=(2, 1))
  np.tensordot(T, A, axes=([1, 2], [0, 1]))
  np.tensordot(v, w, 0)
  np.kron(v, w)
  np.kron(A, A)
  np.cross(u, t)
  np.cross(np.stack([u, t]), t)
  np.einsum("i,i->", v, w)
  np.einsum("ij,j->i", A, v)
  np.einsum("ij,kj->ik", A, A)
  np.einsum("ij->ji", A)
  np.einsum("ij->", A)
  np.einsum("ij->j", A)
  np.einsum("ii->i", A @ A.T)
  np.einsum("ii", A @ A.T)
  np.einsum("bij,bkj->bik", T, T)
  np.einsum("bij,jk->bik", T, A.T)
  np.einsum("...j,j->...", T, v)
  np.einsum("i,j->ij", v, w)
  np.einsum("ij,ij->i", A, A)
  np.einsum("ij,jk", A, A.T)
  np.einsum("ij,jk,k->i", A, A.T, A[:, 0])
  np.linalg.norm(v)
  np.linalg.norm(A)
  np.linalg.norm(A, axis=1)
  np.linalg.norm(A, axis=-1, keepdims=True)
  np.linalg.norm(v, 1)
  np.linalg.norm(v, np.inf)
  np.linalg.norm(v, 2)
  np.linalg.norm(v, 3)
  np.linalg.norm(v, -np.inf)
  np.linalg.norm(v, 0)
  np.linalg.norm(A, "fro")
  np.linalg.norm(A, 1)
  np.linalg.norm(A, np.inf)
  np.linalg.norm(x)
  np.linalg.trace(A)
  np.linalg.outer(v, w)
  np.linalg.matrix_power(A @ A.T, 3)
  np.linalg.multi_dot([A, A.T, A])
  np.sort(a)
  np.sort(a, axis=0)
  np.sort(a, axis=None)
  np.sort(a, kind="stable")
  np.argsort(v, kind="stable")
  np.argsort(A, axis=0, kind="stable")
  np.argsort(A, axis=None, kind="stable")
  np.digitize(v, np.arange(3))
  np.cov(A)
  np.corrcoef(A)
  np.interp(s, np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 2.0]))
  np.interp(v, np.arange(3), np.array([1.0, 3.0, 2.0]))
  np.trapezoid(v)
  np.trapezoid(v, w)
  np.trapezoid(A, dx=0.5, axis=0)
  np.convolve(v, w)
  np.convolve(v, w, "same")
  np.convolve(v, w, "valid")
  np.correlate(v, w)
  np.polyval([1, 2, 3], x)
  np.polyval(v, s)
  np.gradient(v)
  np.gradient(v, 2.0)
  np.gradient(A, axis=0)
  np.unwrap(v)
~ np.logaddexp.reduce(v)
  np.iscomplexobj(a)
  np.isrealobj(a)
  np.iscomplex(x)
  np.isreal(x)
  np.isscalar(x)
  np.result_type(a, 1.0) == np.float64
  np.issubdtype(a.dtype, np.floating)
  np.issubdtype(a.dtype, np.integer)
  np.finfo(np.float64).eps
  np.iinfo(np.int32).max
  np.pi * x
  np.e + np.inf
  np.float32(s)
  np.float64(s)
  np.int64(3)
  np.bool_(s)
  np.complex64(s)
~ np.float32(x)
~ a.astype(float)
~ a.astype(np.float32)
~ a.astype("int32")
  a.astype(bool)
  a.astype(np.complex128)
~ a.astype(np.uint8)
~ x.astype(np.float32)
  a.conj()
  a.conjugate()
  a.clip(0, 1)
  a.clip(min=0)
  a.clip(0)
  a.round()
~ a.round(1)
  a.ptp()
  v[0].item()
  a.tolist()
  x.item()
  a.nonzero()
  np.flatnonzero(a)
  np.argwhere(a)
  np.nonzero(a)
  np.unique(v)
  np.isin(v, w)
  np.triu_indices(3)
  np.tril_indices(3)
  np.diag_indices(2)
  np.indices((2, 3))
  np.ix_([0, 1], [0])
  np.unravel_index(3, (2, 3))
  np.apply_along_axis(np.sum, 0, A)
  np.vectorize(abs)(v)
  np.fromfunction(lambda i, j: i + j, (2, 3))
  np.i0(x)
  np.bincount(n)
  np.bincount(n, minlength=5)
  np.bincount(n, weights=w, minlength=5)
~ np.histogram(v, 7)
  np.cumulative_sum(v)
! np.ldexp(x, 2)
! np.frexp(x)
  np.modf(x)
  np.nextafter(x, y)
! np.spacing(x)
  np.delete(v, 0)
  np.insert(v, 0, 1)
  np.resize(v, 5)
  np.trim_zeros(v)
~ np.partition(v, 0)
  np.quantile(v, 0.5)
  np.percentile(v, 30)
  np.linalg.det(A @ A.T)
  np.linalg.inv(A @ A.T + 9 * np.eye(len(A)))
  np.linalg.solve(A @ A.T + 9 * np.eye(len(A)), A[:, 0])
  np.linalg.cholesky(A @ A.T)
  np.nanprod(a)
  np.nanvar(a)
  np.nanstd(a)
  np.nancumsum(a)
  np.isposinf(x)
  np.isneginf(x)
~ np.real_if_close(x)
  np.maximum(x, 0)
  np.maximum(x, 0.0)
  np.minimum(1, x)
  np.maximum(np.maximum(x, y), 1)
  math.sqrt(r)
  math.exp(s)
  math.expm1(s)
  math.log(r)
  math.log(r, 2)
  math.log(r, 3.5)
  math.log2(r)
  math.log10(r)
  math.log1p(r)
  math.sin(s)
  math.cos(s)
  math.tan(s)
  math.asin(q)
  math.acos(q)
  math.atan(s)
  math.atan2(s, r)
  math.sinh(s)
  math.cosh(s)
  math.tanh(s)
  math.asinh(s)
  math.acosh(r + 1)
  math.atanh(q)
  math.hypot(s, r)
  math.copysign(s, q)
  math.nextafter(s, q)
  math.ulp(s)
  math.fmod(s, r)
  math.pow(r, s)
  math.fabs(s)
  math.floor(s)
  math.ceil(s)
  math.trunc(s)
  math.isnan(s)
  math.isinf(s)
  math.isfinite(s)
  math.radians(s)
  math.degrees(s)
  math.pi + s
  math.gcd(i, j)
  math.lcm(i, j)
  math.fsum([s, r])
  math.fsum(v)
  math.fsum([1e16, s, -1e16, r])
  math.prod([s, r])
  math.dist([s, r], [r, s])
  math.cbrt(s)
  math.exp2(s)
  math.erf(s)
  math.erfc(s)
  math.gamma(r)
  math.gamma(s)
  math.gamma(float(i))
  math.lgamma(r)
  math.lgamma(s)
  math.factorial(3)
  math.isclose(s, r)
  math.isqrt(j)
  math.comb(5, 2)
  math.remainder(s, r)
  math.modf(s)
  math.ldexp(s, 2)
  min(s, r)
  min(i, j)
  min([s, r])
  max(v)
  min(v)
  sum(v)
  sum(A)
  sum([s, r])
  abs(s)
  int(s)
  float(i)
  bool(s)
  round(s)
  s // r
  s % r
  s // -r
  s % -r
  i // j
  i % j
  -i // j
  -i % j
  divmod(s, r)
  divmod(i, j)
  i / j
  i ** 2
  s ** 2
  r ** s
  s ** -1
  i ** -2
  pow(r, 2)
  complex(s, r)
  abs(complex(s, r))
  i << 2
  i & j
  i | j
  i ^ j
  ~i
  np.searchsorted(np.arange(4.0), s)
  np.searchsorted(np.sort(v), w)
  np.searchsorted(np.sort(v), w, side="right")
  np.isin(A, [1, 2])
  np.linalg.norm(A, -1)
  np.linalg.norm(A, -np.inf, keepdims=True)
  np.broadcast_shapes((2, 1), (3,))
  np.linspace(0, 1, 5, retstep=True)
~ np.round(x, decimals=1)
  np.stack([A, A], axis=2)
  np.argmax(x)
  np.array(a, copy=True, ndmin=3)
  np.moveaxis(T, -1, 0)
  np.transpose(A, axes=(1, 0))
  np.sum(T, axis=(0, 2))
  np.sum(T, axis=(0, -1), keepdims=True)
  np.max(T, axis=(0, 1))
  np.mean(T, axis=(1, 2))
  np.var(T, axis=(0, 2), ddof=1)
  np.any(T, axis=(0, 2))
  np.sum(a, axis=5)
  np.sum(T, axis=(0, 0))
  np.reshape(a, (7, -1))
  np.concatenate([v, A])
  np.stack([v, A])
  np.expand_dims(v, 3)
  np.swapaxes(A, 0, 2)
  np.dot(v, np.ones(9))
  A @ A
  v @ np.ones((9, 2))
  np.einsum("ij,jk->ik", A, np.ones((9, 2)))
  np.linalg.norm(T, 2)
  x + np.ones(7)
  np.broadcast_to(v, (2, 9))
  np.squeeze(T, axis=1)
  np.split(np.arange(5), 2)
  np.zeros(-1)
  np.sum(x, where=True)
  np.sum(a, initial=1)
  np.add(x, y, out=None)
  np.exp(x, where=True)
"""

INDEXING = r"""
  a[0]
  a[-1]
  a[i]
  a[-j]
  A[0]
  A[0, 0]
  A[i, 0]
  A[-1, -1]
  A[:, 0]
  A[i]
  A[..., 0]
  A[0, ...]
  T[..., None]
  T[None]
  T[:, None, 0]
  v[None, :]
  v[:, None]
  A[::-1]
  A[::-1, ::2]
  v[::-2]
  v[-2:]
  v[:-1]
  v[1:]
  v[10:]
  v[-10:2]
  v[3:1]
  v[2::-1]
  v[:0:-1]
  A[1:, :-1]
  T[0, 1:, ::-1]
  T[:, :, -1]
  v[[0, 0]]
  v[[-1]]
  v[np.array([0, -1, 0])]
  v[np.array([[0], [0]])]
  v[n]
  A[[0, 1], [0, 0]]
  A[[0, 1]]
  A[:, [0]]
  A[[0], :]
  A[[[0], [1]], [0, 0]]
  A[np.arange(2), 0]
  A[0, [0, 0]]
  T[0, :, [0, 0]]
  T[:, 0, [0, 0]]
  T[[0, 1], :, [0, 0]]
  T[[0, 1], [0, 1]]
  T[:, [0, 1], [0, 0]]
  T[None, [0, 1], :, 0]
  T[[0, 1], None, [0, 0]]
  T[..., [0]]
  v[[]]
! v[True]
  v[()]
  A[()]
  x[()]
  x[...]
  x[None]
  v[np.int64(0)]
  v[np.array(0)]
  v[1.0]
  v["a"]
  A[0, 0, 0]
  v[0, 0]
  v[v > 0]
  v[5]
  v[[5]]
  A[1, 7]
  A[:, 7]
  v[np.array([0, 9])]
  v[i, ...]
  x = v.copy(); x[0] = 2; return x
  x = v.copy(); x[i] = 2.5; return x
  x = v.copy(); x[-1] += 1; return x
  x = v.copy(); x[:] = 0; return x
  x = v.copy(); x[...] = 1; return x
  x = v.copy(); x[1:] = 7; return x
  x = v.copy(); x[::2] = 7; return x
  x = v.copy(); x[::-1] = v; return x
~ x = A.copy(); x[0] = v; return x
  x = A.copy(); x[:, 0] = 1; return x
  x = A.copy(); x[0, 0] = 1; return x
  x = A.copy(); x[:, None, 0] = 1; return x
~ x = A.copy(); x[i] = v; return x
  x = A.copy(); x[i, 0] = 3; return x
  x = A.copy(); x[[0, 1], [0, 0]] = 5; return x
~ x = A.copy(); x[[0, 1]] = v; return x
  x = A.copy(); x[:, [0]] = 2; return x
  x = A.copy(); x[x > 0] = 0; return x
~ x = A.copy(); x[x < 0] *= 2; return x
  x = A.copy(); x[A[:, 0] > 0] = 0; return x
  x = v.copy(); x[v > 0] = v[v > 0]; return x
  x = v.copy(); x[[0, 0]] = [1, 2]; return x
  x = v.copy(); x[[0, 0]] += 1; return x
  x = v.copy(); x[0:5] = [1, 2, 3, 4]; return x
  x = v.copy(); x[0] = w; return x
  x = v.copy(); x[9] = 1; return x
  x = A.copy(); x[0] = x[1]; return x
  x = A.copy(); y = x[0]; y[0] = 9; return x, y
  x = A.copy(); y = x.T; y[0] = 3; return x
  x = A.copy(); y = x.reshape(-1); y[0] = 3; return x
  x = A.copy(); y = x.ravel(); y[-1] = 3; return x
  x = A.copy(); y = x[1:]; y += 1; return x
  x = A.copy(); y = x.flatten(); y[0] = 3; return x, y
  x = A.copy(); y = x[:, ::-1]; y[:, 0] = 3; return x
  x = A.copy(); y = x[0][None]; y[0, 0] = 3; return x
  x = A.copy(); y = np.flip(x); y[0, 0] = 3; return x
  x = A.copy(); y = np.squeeze(x[None]); y[0] = 3; return x
  x = A.copy(); y = x[[0]]; y[0, 0] = 3; return x, y
  x = A.copy(); y = np.split(x, 1); y[0][0, 0] = 3; return x
  x = A.copy(); y = np.einsum("ij->ji", x); y[0, 0] = 3; return x
  x = A.copy(); x += v; return x
  x = A.copy(); x -= 1; return x
  x = A.copy(); x *= 2.5; return x
  x = A.copy(); x /= 2; return x
  x = A.copy(); x **= 2; return x
  x = A.copy(); x //= 2; return x
  x = A.copy(); x @= np.eye(2); return x
  x = v.copy(); x += A; return x
  x = v.copy(); x.fill(3); return x
  x = v.copy(); x.sort(); return x
  x = A.copy(); x.sort(axis=0); return x
~ x = v.copy(); np.add.at(x, [0, 0], 1); return x
~ x = v.copy(); np.add.at(x, n % len(v), 2); return x
~ x = A.copy(); np.subtract.at(x, (0, 0), 1); return x
~ x = A.copy(); np.add.at(x, [0, 0], v); return x
  x = v.copy(); x.real = 3; return x
  a[0] = 1; return a
  A[i, 0] = 5; return A
  A += 1; return None
  v[0:2] = 3; return v
"""

DERIVATIVES = r"""
x + 2 * y
x * y - x
x / y
x ** y
x ** 3
x ** -2
2.0 ** x
x // y + x % y
np.fmod(x, y)
-x
abs(x - 1)
np.maximum(x, y)
np.minimum(x, y)
np.fmax(x, y)
np.arctan2(x, y)
np.hypot(x, y)
np.copysign(x, y)
np.logaddexp(x, y)
np.exp(x)
np.exp2(x)
np.expm1(x)
np.log(x)
np.log2(x)
np.log10(x)
np.log1p(x)
np.sqrt(x)
np.cbrt(x)
np.square(x)
np.reciprocal(x)
np.sin(x)
np.cos(x)
np.tan(x)
np.arcsin(x / 4)
np.arccos(x / 4)
np.arctan(x)
np.sinh(x)
np.cosh(x)
np.tanh(x)
np.arcsinh(x)
np.arccosh(x + 1)
np.arctanh(x / 4)
np.deg2rad(x)
np.rad2deg(x)
np.sinc(x)
np.heaviside(x, y) * x
np.nan_to_num(x)
np.clip(x, 1, 2)
np.where(x > 1, x * y, y)
np.select([x > 2, x > 1], [x * x, y], x * y)
np.sum(x, axis=0)
np.sum(x, axis=-1, keepdims=True)
np.prod(x, axis=1)
np.max(x, axis=0)
np.min(x)
np.mean(x, axis=1)
np.var(x, axis=0, ddof=1)
np.std(x)
np.ptp(x, axis=1)
np.cumsum(x, axis=1)
np.cumprod(x, axis=0)
np.average(x, axis=0, weights=y[:, 0])
np.median(x, axis=1)
np.nansum(x)
np.nanmean(x, axis=0)
np.nanmax(x, axis=0)
np.logaddexp.reduce(x, axis=1)
np.reshape(x, (3, 2))
x.T
np.transpose(x)[::-1]
np.swapaxes(x, 0, 1)
np.expand_dims(x, 1)
np.squeeze(x[None])
np.broadcast_to(x[0], (4, 3))
np.concatenate([x, y], axis=1)
np.stack([x, y], axis=1)
np.hstack([x, y])
np.vstack([x, y])
np.column_stack([x[0], y[1]])
np.append(x, y)
np.block([[x, y], [y, x]])
np.split(x, 3, axis=1)[1]
np.flip(x)
np.rot90(x)
np.roll(x, 1)
np.repeat(x, 2, axis=0)
np.tile(x, (2, 1))
np.pad(x, 1)
np.take(x, [0, 2, 0], axis=1)
np.take_along_axis(x, np.argsort(x, axis=1), axis=1)
np.sort(x, axis=1)
np.diff(x, axis=1)
np.gradient(x, axis=1)
np.trapezoid(x, axis=0)
np.meshgrid(x[0], y[1])[0]
np.full((2, 2), x[0, 0])
np.array([x[0, 0], 2.0, y[1, 1]])
np.array([[x[0], y[0]], [y[1], x[1]]])
np.linspace(x[0, 0], y[0, 0], 4)
np.tril(x)
np.triu(x, 1)
np.diag(x[0])
np.diagonal(x)
np.trace(x)
np.outer(x[0], y[0])
np.dot(x, y.T)
x @ y[0]
x[0] @ y[0]
x.T @ y
np.vdot(x, y)
np.inner(x, y)
np.tensordot(x, y, axes=([0], [0]))
np.kron(x, y)
np.cross(x, y)
np.einsum("ij,kj->ik", x, y)
np.einsum("ij,ij,j->i", x, y, x[0])
np.linalg.norm(x)
np.linalg.norm(x, axis=1)
np.linalg.norm(x[0], 3)
np.linalg.norm(x[0], np.inf)
np.linalg.matrix_power(x @ y.T, 3)
np.linalg.multi_dot([x, y.T, x])
np.convolve(x[0], y[1])
np.correlate(x[0], y[1], "full")
np.polyval(x[0], y)
np.interp(x, np.array([0.0, 1.0, 2.5, 4.0]), np.array([1.0, 3.0, 2.0, 5.0]))
np.interp(1.3, np.array([0.0, 1.0, 2.5]), y[0])
np.cov(x)
np.corrcoef(x)
np.vander(x[0])
x[0]
x[:, 1]
x[::-1, ::2]
x[[0, 0, 1], [1, 1, 2]]
x[:, [2, 0]]
z = x.copy(); z[0] = y[1]; return z * z
z = x.copy(); z[:, 1] *= y[:, 0]; return z
z = x.copy(); z[x > 1] = 0; return z
z = x.copy(); np.add.at(z, [0, 0], y[1]); return z
z = x * y; w = z.T; w[0] = 2 * w[1]; return z
x[x > 1].sum() * y
np.sqrt(x[x > 1]).mean() + np.max(y[x > 1])
(x[x > 1] * y[x > 1]).sum() + np.median(x[x > 1])
np.cumsum(x[x > 1])[::2].sum()
x[np.where(y > 1)].prod()
z = x.copy(); z[y > 1] *= 2; z[y > 2] = y[y > 2]; return z
np.sum(x, axis=0, where=y > 1, initial=2)
np.mean(x, axis=1, where=y > 0.5)
np.var(x, axis=0, where=y > -1)
np.max(x, axis=1, where=y > 0.5, initial=0)
z = y.copy(); np.multiply(x, y, out=z, where=x > 1); return z
np.divide.reduce(x, axis=0)
np.hypot.reduce(x, axis=1)
np.multiply.reduceat(x, [0, 2, 1], axis=1)
np.maximum.accumulate(x, axis=1)
z = x.copy(); np.multiply.at(z, [0, 0], y); return z
np.quantile(x, 0.3, axis=1)
np.nanmedian(x, axis=0)
np.gradient(x, axis=1, edge_order=2)
np.pad(x, 1, mode="reflect")
np.unwrap(3 * x, axis=1)
np.kaiser(5, x[0, 0])
np.apply_along_axis(lambda r: r * r[0], 1, x)
np.vectorize(lambda p, q: p * q + p)(x, y)
np.piecewise(x, [x < 1], [lambda t: t * t, lambda t: t - t.mean()])
np.geomspace(x[0], y[0], 3)
np.polyfit(np.arange(3.0), x[0], 1)
np.logaddexp2(x, y)
np.choose([[0, 1, 0], [1, 0, 1]], [x, y])
np.unique(x).sum() * y
"""

# Finite gradients at x = 0, where the branch not taken, or the function's own rule, has none.
GUARDED = """
np.where(x > 0, np.sqrt(x), 0.0)
np.where(x > 0, np.log(x), 0.0)
np.where(x != 0, 1.0 / x, 0.0)
np.where(x > 0, x ** 0.5, 0.0)
np.where(x > 0, x ** -1.5, x)
np.where(x != 0, np.sin(x) / x, 1.0)
np.where(x != 0, np.arctan2(x, x), x)
np.where(x > 0, np.arccosh(x), 0.0)
np.where(x > 0, np.log1p(-1 / x), 0.0)
np.linalg.norm(x)
np.linalg.norm(x[None], axis=0)
np.hypot(x, x)
np.abs(x)
np.sinc(x)
x ** 2
x ** 2.0
x ** 1.0
np.maximum(x, 0.0)
"""
