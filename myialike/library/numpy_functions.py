"""The tables of NumPy's functions that are written in the subset: which module has which."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from myialike.library import (
    bits,
    counting,
    elementary,
    grids,
    lifting,
    linear,
    nans,
    padding,
    places,
    placing,
    polynomials,
    quantiles,
    sizes,
    statistics,
    windows,
)

MODULES: dict[ModuleType, str] = {
    elementary: "sinc nan_to_num isclose allclose fix isposinf isneginf iscomplex isreal interp isin real_if_close",
    statistics: "average cov corrcoef",
    nans: "nansum nanprod nancumsum nancumprod nanmean nanvar nanstd nanmax nanmin nanargmax nanargmin",
    quantiles: "quantile percentile nanquantile nanpercentile median nanmedian partition argpartition",
    linear: "cross kron convolve correlate vander",
    grids: "trapezoid gradient diff ediff1d logspace geomspace cumulative_sum cumulative_prod fliplr flipud rot90 "
    "resize",
    counting: "bincount searchsorted digitize histogram_bin_edges histogram histogram2d histogramdd lexsort "
    "sort_complex",
    placing: "copyto putmask place put put_along_axis fill_diagonal choose",
    places: "tril_indices triu_indices tril_indices_from triu_indices_from diag_indices diag_indices_from "
    "unravel_index ravel_multi_index unstack mask_indices",
    sizes: "nonzero flatnonzero argwhere extract compress unique intersect1d union1d setdiff1d setxor1d trim_zeros "
    "delete insert",
    lifting: "apply_along_axis apply_over_axes fromfunction piecewise",
    padding: "pad",
    polynomials: "polyval polyadd polysub polymul polydiv polyder polyint poly polyfit roots",
    windows: "bartlett blackman hanning hamming kaiser i0 unwrap",
    bits: "packbits unpackbits",
}
NUMPY: dict[Any, Callable[..., Any]] = {
    getattr(np, name): getattr(module, name) for module, names in MODULES.items() for name in names.split()
}
# Ufuncs: they are given operands in the dtypes that NumPy's loops work in.
UFUNCS: dict[Any, Callable[..., Any]] = {
    np.heaviside: elementary.heaviside,
    np.gcd: bits.gcd,
    np.lcm: bits.lcm,
    np.bitwise_count: bits.bitwise_count,
}
# What is subscripted: `np.mgrid[...]`.
SUBSCRIPTS: dict[int, Callable[..., Any]] = {
    id(np.mgrid): places.mgrid,
    id(np.ogrid): places.ogrid,
    id(np.r_): places.r_,
    id(np.c_): places.c_,
    id(np.s_): places.s_,
    id(np.index_exp): places.index_exp,
}
