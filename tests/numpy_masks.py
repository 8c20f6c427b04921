"""Boolean masks, and functions whose result has a size of run time, as programs, one a line, for `test_numpy.py`.

The names of variables are those of `numpy_table.py`.
"""

from __future__ import annotations

MASKS = r"""
  a[a > 0].sum()
  a[a > 0].mean()
  a[a != 0].prod()
  np.sum(a[a > 0])
  np.mean(v[v < 1])
  np.std(v[v < 1], ddof=1)
  v[v > 0].var()
  v.real[v.real > 0].max()
  v.real[v.real > 0].min()
  np.max(a.real[a.real < 1])
  a[a > 0].any()
  np.all(a[a > 0] > 0)
  len(v[v > 0])
  a[a > 0].size
  v[v > 0].shape
  v[v > 0].shape[0] + 1
  A[A[:, 0] > 0].sum()
  A[A[:, 0] > 0].sum(axis=0)
  A[A[:, 0] > 0].mean(axis=0)
  A[A[:, 0] > 0].max(axis=0) if A.dtype.kind != "c" else 0
  (A[A[:, 0] > 0].sum(axis=1)).sum()
  A[A[:, 0] > 0, 0].sum()
  A[0, v > 0].sum()
  A[:, 0][A[:, 0] > 0].sum()
  T[T > 0].sum()
  (v[v > 0] * 2 + 1).sum()
  (v[v > 0] * w[v > 0]).sum()
  np.sqrt(a.real[a.real > 0]).sum()
  np.exp(-v[v > 0]).mean()
  v[v > 0] @ w[v > 0]
  np.dot(v[v > 0], w[v > 0])
  (v[v > 0] ** 2).sum()
  (v[v > 0] > 1).sum()
  np.count_nonzero(v[v < 1])
  np.cumsum(v[v > 0]).sum()
  np.median(v.real[v.real > 0])
  np.sort(v.real[v.real > -1]).sum()
  np.sort(v.real[v.real > -1])[0]
  v[v > 0][0]
  v[v > 0][-1]
  v[v > 0][1:].sum()
  v[v > 0][:-1].sum()
  v[v > 0][::2].sum()
  v[v > 0][::-1][0]
  y = v[v > -1]; return y[y < 1].sum()
  y = v[v > -1]; return y[y < 1].size
  np.where(v > 0)[0].sum()
  len(np.where(v > 0)[0])
  np.where(v > 0)[0][0]
  np.nonzero(v)[0].max()
  np.flatnonzero(v > 0).size
  np.argwhere(A > 0).sum()
  np.argwhere(A > 0).sum(axis=0)
  w[np.where(v > 0)[0]].sum()
  w[np.where(v > 0)].sum()
  A[np.where(A > 0)].sum()
  A[np.nonzero(A)].sum()
  i_, j_ = np.where(A > 0); return (i_ * 2 + j_).sum()
  x = w.copy(); x[np.where(v > 0)[0]] = 5; return x
  x = w.copy(); x[np.where(v > 0)[0]] += 5; return x
  x = w.copy(); x[np.where(v > 0)] = 5; return x
  np.argmax(v.real[v.real > -1])
  np.extract(v > 0, v).sum()
  np.compress(v > 0, v).sum()
  np.unique(v.real).size
  np.unique(n).sum()
  len(np.unique(n))
  np.unique(n[n > 1]).size
  x = v.copy(); x[v > 0] = v[v > 0]; return x
~ x = v.copy(); x[v > 0] = 2 * w.astype(v.dtype)[v > 0]; return x
  x = v.copy(); x[x > 0] += 1; return x
  x = v.copy(); x[x > 0] *= 2; return x
  x = v.copy(); x[x > 0] -= x[x > 0]; return x
  x = A.copy(); x[x < 0] = 0; return x
~ x = A.copy(); x[x[:, 0] > 0] = v.astype(A.dtype); return x
  x = A.copy(); x[x[:, 0] > 0] += 1; return x
  x = A.copy(); x[x[:, 0] > 0, 0] = 7; return x
  x = A.copy(); x[0, v > 0] = 7; return x
  x = A.copy(); x[x > 0] = [1, 2, 3]; return x
  y = v[v > 0]; z = y; y += 1; return z.sum()
  y = v[v > 0]; z = y[1:]; y += 1; return z.sum()
  y = v[v > 0]; y[y > 1] = 0; return y.sum()
  y = v[v > 0]; y[0] = 9; return y.sum()
  s_ = 0.0; m_ = v > 0; return s_ + v[m_].sum() + w[m_].sum()
  -v[v > 0].sum()
  abs(v[v < 0]).sum()
  (1 - v[v > 0]).sum()
  np.maximum(v[v > -1], 0).sum()
  np.where(v[v > -1] > 0, 1, 2).sum()
  np.clip(v[v > -1], 0, 1).sum()
  v[v > 0].astype(complex).sum()
  v[v > 0].dtype == v.dtype
~ np.linalg.norm(v[v > 0])
  np.add.reduce(v[v > 0])
  np.average(v[v.real > -9], weights=abs(w)[v.real > -9]) + 0.0
  np.sum(v, where=v > 0)
  v[v > 0]
  np.where(v > 0)
  np.stack([v[v > 0], v[v > 0]])
  np.concatenate([v[v > 0], w])
  v[v > 0] + w
  [t_ for t_ in v[v > 0]]
  np.zeros(v[v > 0].size)
  max(v[v > 0])
  y = v[v.real > 0].copy(); y[0:2] += 1; return y
  y = v[v.real > 0]; z = y[:2]; z += 1; return y
  y = v[v.real > 0]; y[1:] = 0; return y
  y = v[v.real > 0]; y.fill(1); return y
  y = v.real[v.real > 0]; z = y[1:]; y.sort(); return y, z
  y = A[A[:, 0] > 0]; y[:, -1] = 1; return y
  y = A[A[:, 0] > 0]; z = y[:, 0]; z += 1; return y
  A[A[:, 0] > 0][:, 0]
  A[A[:, 0] > 0][:, ::-1].T
  A[A[:, 0] > 0].ravel()
  A[A[:, 0] > 0] @ A.T
  A[A[:, 0] > 0].T @ A[A[:, 0] > 0] if A.dtype.kind != "b" else 0
  A[A[:, 0] > 0].cumsum(axis=0)
  A[A[:, 0] > 0].std(axis=0)
  A[:, A[0] > 0]
  A[:, A[0] > 0].sum(axis=1)
  A[1:, A[0] > 0]
  T[:, T[0] > 0]
  T[0, :, T[0, 0] > 0]
  T[:, 0, T[0, 0] > 0]
  x = A.copy(); x[:, A[0] > 0] = 0; return x
  x = A.copy(); x[:, A[0] > 0] += 1; return x
  x = T.copy(); x[:, T[0] > 0] = 0; return x
  A[[k % 2 == 0 for k in range(A.shape[0])]]
  A[:, [True] * A.shape[1]]
  A[np.ix_(A[:, 0] > 0, A[0] > 0)]
  A[np.ix_([0, 1], A[0] > 0)]
  v[v > 0].reshape(-1, 1)
  v[v > 0].reshape(1, -1)
  v[v > 0][:, None] * v[v > 0]
  np.outer(v[v > 0], w)
  np.outer(v[v > 0], w[w > 0])
~ np.argsort(v[v > -1])
~ v[np.argsort(v)][np.argsort(v) < 2]
  np.flip(v[v > 0])
  np.roll(v[v > 0], 1)
  np.roll(v, n.max())
  np.roll(A, -n.max())
  np.roll(A, n.max(), axis=-1)
  np.roll(A, (n.max(), 1), axis=(0, 1))
  np.roll(A, np.array([n.max(), 7]), axis=1)
  np.roll(A[A[:, 0] > 0], (1, n.max()), axis=(0, 1))
  np.bincount(np.abs(n) % 4, weights=v.real, minlength=4) @ np.eye(4)
  np.array(range(n.max() + 1))
  np.mean(range(1, n.max() + 2)), np.sum(range(10500))
  A[:, range(n.max() % 2 + 1)]
  np.tile(v[v > 0], 2)
  np.repeat(v[v > 0], 2)
  np.repeat(v, np.abs(n))
  np.repeat(A, [1] + [2] * (A.shape[0] - 1), axis=0)
  np.stack(np.nonzero(A > 0), axis=1)
  np.column_stack([v[v > 0], w[v > 0]])
  np.concatenate([A[A[:, 0] > 0], A], axis=0)
  np.concatenate([[0], np.cumsum(v.real[v.real > 0])])
  np.c_[v[v > 0], w[v > 0]]
  np.r_[0.0, v[v > 0], 1.0]
  np.append(v[v > 0], 1)
  [(i_, j_) for i_, j_ in zip(*np.where(A > 0))]
  u_, i_ = np.unique(n, return_inverse=True); return u_[i_]
  np.unique(n, return_counts=True)
  np.bincount(n)
  np.bincount(n, weights=v.real, minlength=2)
  np.zeros(n.max() + 1)[n]
  x = np.zeros(n.max() + 1, int); np.add.at(x, n, 1); return x
  x = np.zeros(n.max() + 1); x[n] = 1; return x
  k_ = np.argmax(v.real); return v[: k_ + 1][[0, -1]]
  k_ = np.argmax(v.real); return w[np.arange(k_)]
  k_ = np.argmax(v.real); return A[:, np.arange(k_ + 1)]
  k_ = np.argmax(v.real); x = w.copy(); x[np.arange(k_)] = 0; return x
  k_ = np.argmax(v.real); x = w.copy(); x[np.arange(k_)] = np.arange(k_); return x
  k_ = np.argmax(v.real); return np.arange(k_, 8), np.arange(k_, -3, -2)
  k_ = np.argmax(v.real); return np.split(v, [k_])
  k_ = np.argmax(v.real); return A[:, : k_ + 1].reshape(-1)
  k_ = np.argmax(v.real); return T[:, :, : k_ + 1].transpose(2, 0, 1)
~ k_ = np.argmax(v.real); return np.sort(A[:, : k_ + 1], axis=1)
  k_ = np.argmax(v.real); return np.cumsum(A[:, : k_ + 1])
  k_ = np.argmax(v.real); B = A * 1.0; return np.einsum("ij,kj->ik", B[:, : k_ + 1], B[:, : k_ + 1])
  k_ = np.argmax(v.real); return T[:, :, : k_ + 1] @ w[: k_ + 1]
  k_ = np.argmax(v.real); return np.diag(v[: k_ + 1]), np.trace(A[:, : k_ + 1])
  np.diff(v.real[v.real > 0])
  np.percentile(v.real[v.real > -9], 30) if v.dtype.kind != "b" else 0
  np.median(A.real[A.real[:, 0] > -9], axis=0) if A.dtype.kind != "b" else 0
  np.searchsorted(np.sort(v.real[v.real > 0]), 0.5)
  np.cov(v.real[v.real > -9])
  np.isin(n, np.unique(n)[:2])
  x = v.copy(); x[v > 0] = np.arange(np.sum(v > 0)); return x
  x = v.real.copy(); x[x > 0] = np.sort(x[x > 0])[::-1]; return x
~ x = v.copy(); x[np.where(v > 0)[0]] = w.astype(v.dtype)[v > 0]; return x
  x = A.copy(); x[np.where(A[:, 0] > 0)[0], :1] = 5; return x
  i_ = np.where(v.real > 0)[0]; return i_[:-1] - i_[1:]
  v.compress(v > 0)
  A.compress([True, False], axis=0)
  np.compress(A[0] > 0, A, axis=1)
  np.unique(np.round(A.real), axis=0) if A.dtype.kind != "b" else 0
  np.unique(A.real > 0, axis=1, return_index=True, return_inverse=True, return_counts=True)
  np.linspace(0, 1, n.max() + 1)
  np.eye(n.max())
  np.roots(n)
  np.roots([0, 1.0, s, q, 0])
  np.real_if_close(v + 1e-20j)
  np.real_if_close(v.astype(complex) * 1j)
  k_ = np.argmax(v.real) + 1; y = A[:, :k_].copy(); return y[y > 0]
  k_ = np.argmax(v.real) + 1; y = A[:k_].copy(); y[y[:, 0] > 0] = 0; return y
  k_ = np.argmax(v.real) + 1; x = v.copy(); x[:k_][x[:k_] > 0] *= 2; return x
  k_ = np.argmax(v.real) + 1; return A[:k_][A[:k_, 0] > 0]
  np.unique(n[n > 0], return_counts=True)
  np.unique(n[n > 0], return_inverse=True, return_index=True)
~ k_ = np.argmax(v.real) + 1; return np.tensordot(A[:, :k_], A[:, :k_], axes=([1], [1]))
  k_ = np.argmax(v.real) + 1; return np.ptp(v.real[:k_].astype(float))
  k_ = np.argmax(v.real) + 1; return v[:k_:2], v[1:k_:2], A[:, :k_:2].sum(axis=0)
  k_ = np.argmax(v.real) + 1; x = v.copy(); x[:k_:2] = 0; x[1:k_:2] += 1; return x
  x = v[v > 0].real; return np.polyval(x, x)
  np.polyval(v[v > 0], 2.0)
  np.polyval([1, 2, 3], v[v > 0])
  x = np.unique(v.real); return np.interp(0.3, x, x * 2)
  x = np.unique(v.real); return np.interp(x + 0.1, x, x * 2)
  x = np.unique(v.real); return np.digitize(0.2, x), np.digitize(x, x)
  x = v[v.real > 0]; return np.isin(x, x + 1), np.isin(1, x)
  np.compress([True], v[v.real > 0]) if v.dtype.kind != "b" else 0
  np.compress([False] * 9, v[v.real > 0])
~ v[v.real > 0].copy().mean(dtype=int)
~ np.unique(v.real).mean(dtype=int)
"""
