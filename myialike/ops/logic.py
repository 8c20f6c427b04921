"""Predicates, comparisons, logic on bools and on the bits of integers. None has a derivative other than zero.

NumPy orders complex numbers by real, then imaginary part; so do the comparisons here.
"""

from __future__ import annotations

import numpy as np

from myialike.ops.define import pointwise, to_bool

pointwise("isnan", np.isnan, kinds="biufc", result=to_bool)
pointwise("isinf", np.isinf, kinds="biufc", result=to_bool)
pointwise("isfinite", np.isfinite, kinds="biufc", result=to_bool)
pointwise("signbit", np.signbit, kinds="f", result=to_bool)

pointwise("eq", np.equal, kinds="biufc", result=to_bool)
pointwise("ne", np.not_equal, kinds="biufc", result=to_bool)
pointwise("lt", np.less, kinds="biufc", result=to_bool)
pointwise("le", np.less_equal, kinds="biufc", result=to_bool)
pointwise("gt", np.greater, kinds="biufc", result=to_bool)
pointwise("ge", np.greater_equal, kinds="biufc", result=to_bool)

pointwise("logical_not", np.logical_not, kinds="biufc", result=to_bool)
pointwise("logical_and", np.logical_and, kinds="b")
pointwise("logical_or", np.logical_or, kinds="b")
pointwise("logical_xor", np.logical_xor, kinds="b")

pointwise("invert", np.invert, kinds="biu")
pointwise("bit_and", np.bitwise_and, kinds="iu")
pointwise("bit_or", np.bitwise_or, kinds="iu")
pointwise("bit_xor", np.bitwise_xor, kinds="iu")
pointwise("shift_left", np.left_shift, kinds="iu", domain=((-9.0, 9.0), (0.0, 5.0)))
pointwise("shift_right", np.right_shift, kinds="iu", domain=((-9.0, 9.0), (0.0, 5.0)))
