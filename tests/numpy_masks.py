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
  np.average(v[v.real > -9], weights=abs(w)[v.real > -9])
  np.sum(v, where=v > 0)
  v[v > 0]
  np.where(v > 0)
  np.stack([v[v > 0], v[v > 0]])
  np.concatenate([v[v > 0], w])
  v[v > 0] + w
  [t_ for t_ in v[v > 0]]
  np.zeros(v[v > 0].size)
  max(v[v > 0])
"""
