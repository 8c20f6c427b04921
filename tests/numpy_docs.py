"""`python -m tests.numpy_docs` writes docs/numpy.md: what is taken of NumPy, math and SciPy, from the tables.

A function is taken if calls of it are looked up somewhere (`handler_of`); the keywords that it does not take are those
of its own signature that the function behind it has no parameter for. What is not taken has its refusal's words.
"""

from __future__ import annotations

import ast
import cmath
import inspect
import math
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import scipy.linalg
import scipy.special

from myialike import library
from myialike.infer.dispatch import HANDLERS
from myialike.infer.missing import refusal
from myialike.infer.numpy_api import AS_FUNCTIONS, METHODS
from myialike.infer.numpy_api.binding import has_effect, parameters_of, signature_of
from myialike.infer.numpy_api.iterating import ITERATING
from myialike.infer.numpy_api.ufunc_calls import TAKEN, is_ufunc
from myialike.ir.types import SHORT_NAMES

PATH = Path(__file__).parents[1] / "docs" / "numpy.md"
ATTRIBUTES = ("T", "mT", "device", "dtype", "flat", "imag", "itemsize", "nbytes", "ndim", "real", "shape", "size")


def version(module: Any) -> str:
    return ".".join(module.__version__.split(".")[:2])


HEAD = f"""# NumPy

What compiled code takes of NumPy, math and SciPy: every public name of NumPy {version(np)} and SciPy
{version(scipy)}. Written by `python -m tests.numpy_docs` from the tables that calls are looked up in;
`tests/test_numpy_docs.py` checks that it is current.

* **taken**: calls give what NumPy gives, in value, dtype and shape, or raise what it raises. Methods of ufuncs
  (`reduce`, `accumulate`, `outer`, `reduceat`, `at`) are taken for all ufuncs that are.
* **keywords not taken** are refused by name, unless they have their default. Taken without effect: `order` where it is
  the order in memory, `subok`, `like=None`, `device="cpu"`, `check_finite=False`, `overwrite_a=True`,
  `overwrite_input=True` and their kin: what may then be overwritten is left as it is. What a function does not do for
  all values of its arguments is listed at the end.
* **derivative**: "yes" means through the typed operations that the function is made of, in every mode and order; "no"
  that its result has none, being bools, whole numbers, text or types, or made of ints alone; "refused" that the result
  is not unique.
* On XLA the host computes, with SciPy, the functions of `scipy.special` that XLA has not, or not well: Bessel functions
  other than of `i0` and `i1`, hypergeometric and inverse incomplete functions, `beta`, `poch`, `binom`, `expn`,
  `owens_t`, `fresnel`, `wofz`; of `scipy.linalg`: `schur`, `hessenberg`, `sqrtm`, `logm`, `eig`, `eigh` by its own
  driver, the pivots of `qr`, Sylvester's and Lyapunov's equations; and partitions, with NumPy, which differ between
  machines. Those of `scipy.special` have no derivative with respect to an order or a parameter,
  where that has no closed form.
* A result whose size depends on data (`x[mask]`, `np.nonzero`, `np.unique`, `np.bincount`, ...) is an array of run-time
  size: it can be returned, reduced, sorted, indexed, reshaped, joined, multiplied, and be an index itself.
  What of NumPy does not take such arrays is refused by name.
* A result whose dtype or shape depends on values (`np.linalg.eig` of a real matrix, `np.roots`, residuals of
  `np.linalg.lstsq`, `np.real_if_close`) has NumPy's: a program is compiled for each outcome that is met.

"""


@dataclass(frozen=True)
class Line:
    """What is said of one name."""

    name: str
    taken: bool
    keywords: tuple[str, ...] = ()
    derivative: str = ""
    reason: str = ""


def handler_of(obj: Any) -> tuple[Callable[..., Any], int] | None:
    """The function behind `obj`, and how many of its first parameters are not the user's; None if it is not taken."""
    for table, skip in ((library.FUNCTIONS, 0), (HANDLERS, 1)):
        try:
            if obj in table:
                return table[obj], skip
        except TypeError:
            return None
    return None


# Keywords that functions hand on to a ufunc, which their signatures do not name.
OF_UFUNCS: dict[Any, tuple[str, ...]] = {
    np.clip: ("where", "dtype", "casting", "signature"),
    np.ndarray.clip: ("where", "dtype", "casting", "signature"),
    np.einsum: ("dtype", "casting"),
}


def untaken(obj: Any, handler: Callable[..., Any], skip: int) -> tuple[str, ...]:
    """The keywords of `obj` that its function here has no parameter for."""
    signature, taken = signature_of(obj), parameters_of(handler, skip)
    if signature is None:
        return ()
    kinds = [p.kind for p in taken.values()]
    names = []
    for k, (name, p) in enumerate(signature.parameters.items()):
        positional = p.default is p.empty or p.kind is p.POSITIONAL_ONLY or p.kind is p.VAR_POSITIONAL
        if p.kind is p.VAR_KEYWORD:
            names += [n for n in OF_UFUNCS.get(obj, ()) if n not in taken]
        if positional and (k < len(kinds) or inspect.Parameter.VAR_POSITIONAL in kinds):
            continue
        if name in taken or p.kind is p.VAR_KEYWORD or name == "out" or inspect.Parameter.VAR_KEYWORD in kinds:
            continue
        if has_effect(obj, name):
            names.append(name)
    return tuple(names)


def line_of(name: str, obj: Any, where: str) -> Line | None:
    """The line of a public name; None for what is no part of the library: modules, versions, types of arguments."""
    found = handler_of(obj)
    if found is not None:
        return Line(name, True, untaken(obj, *found), derivative(obj, where))
    if is_ufunc(obj):
        names = [n for n in (signature_of(obj) or inspect.Signature()).parameters if n not in TAKEN]
        return Line(name, True, tuple(n for n in names if not n.startswith("x")), derivative(obj, where))
    if id(obj) in library.SUBSCRIPTS:
        return Line(name, True, (), "no")
    if isinstance(obj, type):
        return type_line(name, obj)
    if isinstance(obj, (int, float, complex)) or obj is None:
        return Line(name, True, (), "no")
    if isinstance(obj, types.ModuleType) or not callable(obj):
        return None
    return Line(name, False, reason=reason(f"{where}.{name}"))


def type_line(name: str, obj: type) -> Line | None:
    if issubclass(obj, (Exception, Warning)):
        return None
    if issubclass(obj, np.generic):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                taken = np.dtype(obj) in SHORT_NAMES and obj is np.dtype(np.dtype(obj).name).type
            except TypeError:
                taken = False
        abstract = obj in (np.generic, np.number, np.integer, np.signedinteger, np.unsignedinteger, np.inexact)
        if taken or abstract or obj in (np.floating, np.complexfloating):
            return Line(name, True, (), "yes" if issubclass(obj, np.inexact) else "no")
    if obj in (np.dtype, np.ndarray, np.finfo, np.iinfo, np.errstate, np.ufunc, *ITERATING):
        return Line(name, True, (), "yes" if obj is np.vectorize else "no")
    return Line(name, False, reason=reason(f"numpy.{name}"))


def reason(name: str) -> str:
    """Why a name is not taken, and what to write instead."""
    message, instead = refusal(name)
    why = message.partition(" is not supported")[2].removeprefix(": ").strip()
    general = instead.startswith("write it with functions")
    parts = [p for p in ("" if why in ("yet", "") else why, "" if general else f"instead: {instead}") if p]
    return "; ".join(parts) or "not yet"


# -- derivatives ------------------------------------------------------------------------------------------------------

# Results that are no floats, by what the function is.
INTEGRAL = frozenset(
    """
    argmax argmin argsort searchsorted digitize count_nonzero nonzero flatnonzero argwhere lexsort bincount shape
    ndim size isnan isinf isfinite signbit isposinf isneginf iscomplex isreal isclose allclose array_equal
    array_equiv isin all any logical_and logical_or logical_xor logical_not equal not_equal less less_equal greater
    greater_equal invert bitwise_not bitwise_and bitwise_or bitwise_xor left_shift right_shift bitwise_left_shift
    bitwise_right_shift bitwise_invert bitwise_count gcd lcm packbits unpackbits iterable isscalar iscomplexobj
    isrealobj result_type promote_types can_cast issubdtype isdtype common_type min_scalar_type mintypecode finfo
    iinfo dtype tri tril_indices triu_indices indices tril_indices_from triu_indices_from diag_indices
    diag_indices_from unravel_index ravel_multi_index mask_indices ix_ ndindex broadcast_shapes eye identity zeros
    ones empty zeros_like ones_like empty_like arange nanargmax nanargmin errstate bartlett blackman hamming hanning
    histogram_bin_edges isqrt factorial comb perm floor ceil trunc matrix_rank fftfreq rfftfreq itemsize nbytes
    device strides fill tolist ndarray bandwidth issymmetric ishermitian hadamard hilbert invhilbert pascal
    invpascal helmert dft argpartition
    """.split()
)
NOT_UNIQUE = frozenset(["schur", "hessenberg"])  # factors, whose derivative is refused


def derivative(obj: Any, where: str) -> str:
    name = getattr(obj, "__name__", "")
    if name in NOT_UNIQUE:
        return "refused"
    numpy_floor = where == "numpy" and name in ("floor", "ceil", "trunc")
    return "no" if name in INTEGRAL and not numpy_floor else "yes"


# -- the page ---------------------------------------------------------------------------------------------------------


def public(module: Any) -> Iterator[tuple[str, Any]]:
    """The public names of a module."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = getattr(module, "__all__", None) or [n for n in dir(module) if not n.startswith("_")]
        for name in sorted({n for n in names if not n.startswith("_")}):
            if hasattr(module, name):
                yield name, getattr(module, name)


def array_lines() -> Iterator[Line]:
    for name in sorted(n for n in dir(np.ndarray) if not n.startswith("_")):
        if name in ATTRIBUTES:
            yield Line(name, True, (), "no" if name in INTEGRAL or name in ("shape", "ndim", "size") else "yes")
        elif name in AS_FUNCTIONS:
            found = handler_of(getattr(np, name))
            assert found is not None, name
            yield Line(name, True, untaken(getattr(np, name), *found), "no" if name in INTEGRAL else "yes")
        elif name in METHODS:
            keywords = untaken(getattr(np.ndarray, name), METHODS[name], 1)
            yield Line(name, True, keywords, "no" if name in INTEGRAL else "yes")
        elif name == "tolist":
            yield Line(name, True, (), "yes")
        else:
            yield Line(name, False, reason=reason(f"numpy.{name}"))


def sections() -> dict[str, list[Line]]:
    """The lines of each section."""
    modules: Sequence[tuple[str, Any]] = (
        ("numpy", np),
        ("numpy.linalg", np.linalg),
        ("numpy.fft", np.fft),
        ("math", math),
        ("cmath", cmath),
        ("scipy.special", scipy.special),
        ("scipy.linalg", scipy.linalg),
    )
    found = {w: [x for n, o in public(m) if (x := line_of(n, o, w)) is not None] for w, m in modules}
    return {"numpy": found.pop("numpy"), "ndarray": list(array_lines()), **found}


def rows(title: str, lines: Sequence[Line]) -> Iterator[str]:
    yes, no = [x for x in lines if x.taken], [x for x in lines if not x.taken]
    yield f"## {title}: {len(yes)} of {len(lines)} names\n"
    yield "| taken | keywords not taken | derivative |\n|---|---|---|"
    yield from (f"| `{x.name}` | {', '.join(f'`{k}`' for k in x.keywords)} | {x.derivative} |" for x in yes)
    if no:
        yield "\n| not taken | why |\n|---|---|"
        yield from (f"| `{x.name}` | {x.reason.replace('|', chr(92) + '|')} |" for x in no)
    yield ""


# -- what is refused within functions that are taken ------------------------------------------------------------------

LIMITS = """## Not taken of functions that are

By what the error says; `...` stands for a name or a value of the call.

"""


def limits() -> list[str]:
    """What the library refuses, and the functions of `numpy_api`."""
    root = Path(library.__file__).parents[1]
    files = [*(root / "library").glob("*.py"), *(root / "infer" / "numpy_api").glob("*.py")]
    found = {text for file in sorted(files) for text in refused(ast.parse(file.read_text()))}
    return sorted(text for text in found if text and not text.startswith("..."))


def refused(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="refuse"), args=[what]):
                yield words(what)
            case ast.Call(func=ast.Attribute(attr="fail"), args=[ast.Name(id="UnsupportedError"), what, *_]):
                yield words(what).removesuffix(" is not taken").removesuffix(" is not supported yet")


def words(text: ast.expr) -> str:
    """The text of a string in the source, without what is filled in; nothing for other expressions."""
    match text:
        case ast.Constant(value=str(found)):
            said = found
        case ast.JoinedStr(values=parts):
            said = "".join(p.value if isinstance(p, ast.Constant) else "..." for p in parts)
        case _:
            return ""
    return said.rstrip(",").removesuffix(", it").removesuffix("; it").strip()


def page() -> str:
    parts = "\n".join(line for title, lines in sections().items() for line in rows(title, lines))
    return HEAD + parts + "\n" + LIMITS + "".join(f"* {text}\n" for text in limits())


if __name__ == "__main__":
    PATH.write_text(page())
    print({title: (sum(x.taken for x in lines), len(lines)) for title, lines in sections().items()})
