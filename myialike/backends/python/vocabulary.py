"""How each operation is written in NumPy, as far as that is a matter of names; and the sets of operations that matter.

A new pointwise operation is one entry in one of the tables here. What needs more than a name is in `expressions`.
"""

from __future__ import annotations

import ast

INFIX: dict[str, ast.operator] = {
    "add": ast.Add(),
    "sub": ast.Sub(),
    "mul": ast.Mult(),
    "div": ast.Div(),
    "floordiv": ast.FloorDiv(),
    "mod": ast.Mod(),
    "pow": ast.Pow(),
    "bit_and": ast.BitAnd(),
    "bit_or": ast.BitOr(),
    "bit_xor": ast.BitXor(),
    "logical_and": ast.BitAnd(),
    "logical_or": ast.BitOr(),
    "logical_xor": ast.BitXor(),
    "shift_left": ast.LShift(),
    "shift_right": ast.RShift(),
    "matmul": ast.MatMult(),
}
COMPARE: dict[str, ast.cmpop] = {
    "eq": ast.Eq(),
    "ne": ast.NotEq(),
    "lt": ast.Lt(),
    "le": ast.LtE(),
    "gt": ast.Gt(),
    "ge": ast.GtE(),
}
PREFIX: dict[str, ast.unaryop] = {"neg": ast.USub(), "invert": ast.Invert()}

# Functions of NumPy that take the operands and nothing else. The IR has NumPy's names.
FUNCTIONS: dict[str, str] = {
    name: name
    for name in (
        "abs sign exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan arcsin arccos arctan sinh cosh tanh "
        "arcsinh arccosh arctanh floor ceil rint trunc conj isnan isinf isfinite signbit logical_not real imag angle "
        "fmod maximum minimum fmax fmin arctan2 hypot copysign nextafter logaddexp"
    ).split()
}
REDUCTIONS: dict[str, str] = {
    "reduce_sum": "sum",
    "reduce_prod": "prod",
    "reduce_max": "max",
    "reduce_min": "min",
    "reduce_and": "all",
    "reduce_or": "any",
}
ACCUMULATIONS: dict[str, str] = {
    "cumsum": "cumsum",
    "cumprod": "cumprod",
    "cummax": "maximum.accumulate",
    "cummin": "minimum.accumulate",
}
# Functions of SciPy likewise, and functions that become part of the text (`emit.HELPERS`), with the modules they need.
SPECIAL: dict[str, str] = {
    name: f"scipy.special.{name}"
    for name in (
        "erf erfc erfinv ndtri log_ndtr gamma gammaln gammasgn digamma zeta gammainc gammaincc betainc expit logit "
        "xlogy xlog1py expi exp1 hyp1f1 hyp2f1 jv yv iv kv ive kve poch beta betaln binom gammaincinv gammainccinv "
        "betaincinv expn owens_t j0 j1 y0 y1 k0 k1 k0e k1e spence dawsn erfcx"
    ).split()
}
WRITTEN_OUT: dict[str, tuple[str, ...]] = {
    **dict.fromkeys("cholesky solve qr qr_complete svd svd_complete pinv eigh eig slogdet".split(), ()),
    **dict.fromkeys("det cofactors cofactor_slopes".split(), ()),
    **dict.fromkeys(("solve_triangular", "lu"), ("scipy.linalg",)),
    **dict.fromkeys("sylvester sqrtm logm schur hessenberg eigh_evr eig_scipy qr_pivots".split(), ("scipy.linalg",)),
    **dict.fromkeys(("bessel_i", "bessel_ie"), ("scipy.special",)),
    **dict.fromkeys(("partition", "argpartition"), ()),
    **dict.fromkeys("fresnel_s fresnel_c sine_integral cosine_integral wofz".split(), ("scipy.special",)),
    **dict.fromkeys(("sinc", "exprel"), ("math",)),
}
TRANSFORMS: dict[str, str] = {"fft": "backward", "ifft": "forward", "rfft": "backward", "irfft": "backward"}

# Operations that broadcast their operands against each other when they are printed.
BROADCASTING = INFIX.keys() | COMPARE.keys() | PREFIX.keys() | FUNCTIONS.keys() | SPECIAL.keys()
BROADCASTING = (BROADCASTING | {"select", "zmul", "complex"}) - {"matmul"}

LOGIC = frozenset({"logical_and", "logical_or", "logical_xor", "logical_not"})
WRITES = frozenset({"index_set", "index_add"})
UPDATES = WRITES | {"push", "pop"}  # the first result is the first input, changed
STACKING = frozenset({"push", "pop"})  # values move between a stack and variables
VIEWS = frozenset({"index", "reshape", "transpose", "broadcast", "real", "imag", "stop_gradient"})
STATEMENTS = UPDATES | {"stack_new", "check", "print"}  # never part of an expression
OPERANDS = {"i": 1, "dyn": 1, "arr": 1, "range": 2}  # of the entries of an index spec; the last one is of `slices`
