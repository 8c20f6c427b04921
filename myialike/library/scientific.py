"""Which functions of `numpy.linalg`, `numpy.fft`, `scipy.linalg` and `scipy.special` are written here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import scipy.linalg
import scipy.special

from myialike.library import (
    bands,
    combinatorics,
    fourier,
    least_squares,
    linalg,
    linear,
    matrix_functions,
    scipy_linalg,
    special,
    special_matrices,
)


def _rows(public: ModuleType, written: ModuleType, names: str) -> Iterator[tuple[Any, Callable[..., Any]]]:
    for name in names.split():
        yield getattr(public, name), getattr(written, name)


_SOLVING = "solve inv slogdet det cholesky qr svd svdvals eigh eigvalsh eig eigvals tensorsolve tensorinv"
_FOURIER = "fft ifft rfft irfft hfft ihfft fftn ifftn rfftn irfftn fft2 ifft2 rfft2 irfft2 fftshift ifftshift"

_FUNCTIONS_OF_MATRICES = "sqrtm logm cosm sinm tanm coshm sinhm tanhm expm_frechet"
_EQUATIONS = "solve_sylvester solve_continuous_lyapunov solve_discrete_lyapunov lstsq orthogonal_procrustes"
_DECOMPOSITIONS = "schur hessenberg eig eigh eigvalsh eigh_tridiagonal eigvalsh_tridiagonal"
_SUBSPACES = "null_space orth pinvh subspace_angles"
_BANDED = "solve_banded solveh_banded cholesky_banded cho_solve_banded solve_toeplitz matmul_toeplitz solve_circulant"
_NAMED = (
    "dft hadamard pascal invpascal invhilbert helmert leslie fiedler fiedler_companion convolution_matrix khatri_rao "
    "diagsvd bandwidth issymmetric ishermitian"
)

SCIENTIFIC: dict[Any, Callable[..., Any]] = {
    **dict(_rows(np.linalg, linear, "norm matrix_power multi_dot")),
    **dict(_rows(np.linalg, linalg, f"{_SOLVING} matrix_transpose trace diagonal")),
    **dict(_rows(np.linalg, least_squares, "pinv lstsq matrix_rank cond vector_norm matrix_norm")),
    **dict(_rows(np.fft, fourier, f"{_FOURIER} fftfreq rfftfreq")),
    **dict(
        _rows(
            scipy.linalg,
            scipy_linalg,
            "solve inv det cholesky cho_factor cho_solve solve_triangular lu_factor lu_solve lu qr svd svdvals "
            "eigvals pinv norm polar expm block_diag toeplitz circulant hankel hilbert companion",
        )
    ),
    **dict(_rows(scipy.linalg, matrix_functions, f"{_FUNCTIONS_OF_MATRICES} {_EQUATIONS} {_DECOMPOSITIONS}")),
    **dict(_rows(scipy.linalg, matrix_functions, _SUBSPACES)),
    **dict(_rows(scipy.linalg, bands, _BANDED)),
    **dict(_rows(scipy.linalg, special_matrices, _NAMED)),
    **dict(_rows(scipy.special, special, "polygamma zeta multigammaln logsumexp softmax log_softmax softplus")),
    **dict(_rows(scipy.special, combinatorics, "factorial comb perm bernoulli sph_harm_y")),
}

# Ufuncs: they are given operands in the dtypes that SciPy's loops work in.
SPECIAL_UFUNCS: dict[Any, Callable[..., Any]] = dict(
    _rows(
        scipy.special,
        special,
        "i0 i1 i0e i1e ndtr entr rel_entr kl_div log_expit erfcinv exprel exp10 boxcox boxcox1p huber "
        "pseudo_huber loggamma expn fresnel sici wofz erfi cbrt exp2 expm1 log1p cosm1",
    )
)
# Ufuncs that are one operation.
SPECIAL_OPERATIONS: dict[Any, str] = {
    getattr(scipy.special, name): {"psi": "digamma"}.get(name, name)
    for name in (
        "erf erfc erfinv ndtri log_ndtr gamma gammaln gammasgn digamma psi gammainc gammaincc betainc expit logit "
        "xlogy xlog1py expi exp1 hyp1f1 hyp2f1 jv yv iv kv ive kve j0 j1 y0 y1 k0 k1 k0e k1e poch beta betaln binom "
        "gammaincinv gammainccinv betaincinv owens_t spence dawsn erfcx"
    ).split()
}
