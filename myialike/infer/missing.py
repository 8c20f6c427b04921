"""Functions of NumPy, Python and SciPy that are not taken: why, and what to write instead."""

from __future__ import annotations

import builtins
import inspect

import numpy as np

from myialike.errors import CompileError, TypeCheckError, UnsupportedError, meant

_SIZE = "the size of its result is known only at run time"
_STATE = "random numbers change a state outside of the program"
_FILES = "a compiled function does not read or write files"
_READ, _WRITE = "read the file in the caller, and pass the array", "return the array, and write it in the caller"
_BITS = "compiled code does not see the bits of a number"
_MEMORY = "compiled code does not see where arrays are in memory"
_DATES, _COUNT = "dates are no numbers", "count days as ints in the caller"
_TEXT = "texts of arrays are made by print and f-strings only"
_SETTING, _CALLER = "it is a setting of the process", "call it outside of the compiled function"
_DATA = "its elements are no numbers"
_FACTORS = "its factors are not unique, and those of LAPACK's own driver are not reproduced"
_PENCIL = "decompositions of two matrices at once are not taken"
_RICCATI = "equations of Riccati are not taken"
_PARLETT = "its errors, and whether its result is real, depend on the order of eigenvalues"
_UPDATE = "it changes the factors of a decomposition"

# By the name after the library's, or the beginning of it up to a dot.
ROWS: dict[str, tuple[str, str]] = {
    "random": (_STATE, "make them in the caller, and pass them as an argument"),
    "unique_values": ("the size and the order of its result are known only at run time", "np.unique"),
    "unique_all": (_SIZE, "np.unique(x, return_index=True, return_inverse=True, return_counts=True)"),
    "unique_counts": (_SIZE, "np.unique(x, return_counts=True)"),
    "unique_inverse": (_SIZE, "np.unique(x, return_inverse=True)"),
    "poly1d": ("it is an object around an array of coefficients", "the array itself, np.polyval, np.polymul, ..."),
    "testing": ("its messages show arrays", "assert np.allclose(a, b), or assert np.array_equal(a, b)"),
    "lib.scimath": ("the dtype of its result depends on values", "the function of complex numbers: np.sqrt(x + 0j)"),
    "lib.stride_tricks.as_strided": (_MEMORY, "np.lib.stride_tricks.sliding_window_view, or an index array"),
    "row_stack": ("it is another name of np.vstack", "np.vstack"),
    "frompyfunc": ("it gives arrays of objects", "np.vectorize"),
    "fromiter": ("", "np.array([...])"),
    "nditer": ("it shows the layout of arrays in memory", "np.ndindex, np.ndenumerate, or arithmetic on whole arrays"),
    "nested_iters": ("it shows the layout of arrays in memory", "np.ndindex"),
    "flatiter": ("it shows the layout of arrays in memory", "a.flat, or np.ravel(a)"),
    "broadcast": ("", "np.broadcast_arrays, np.broadcast_shapes"),
    "ldexp": (_BITS, "x * 2.0 ** n"),
    "frexp": (_BITS, "np.log2 and np.floor"),
    "spacing": (_BITS, "np.abs(x) * np.finfo(x.dtype).eps"),
    "view": (_BITS, "x.astype(dtype)"),
    "byteswap": (_BITS, "leave it out"),
    "getfield": (_BITS, "x.astype(dtype)"),
    "setfield": (_BITS, "x[...] = v"),
    **dict.fromkeys(("matrix", "asmatrix", "bmat"), ("a matrix class multiplies otherwise", "arrays, and @")),
    **dict.fromkeys(("shares_memory", "may_share_memory", "isfortran"), (_MEMORY, "leave it out")),
    **dict.fromkeys(("strides", "flags", "data", "ctypes", "base", "setflags", "require"), (_MEMORY, "leave it out")),
    **dict.fromkeys(("frombuffer", "fromstring", "from_dlpack", "to_device"), (_MEMORY, "np.array in the caller")),
    **dict.fromkeys(("datetime64", "timedelta64", "datetime_data", "datetime_as_string"), (_DATES, _COUNT)),
    **dict.fromkeys(("busday_count", "busday_offset", "is_busday", "busdaycalendar", "isnat"), (_DATES, _COUNT)),
    **dict.fromkeys(("array2string", "array_repr", "array_str", "base_repr", "binary_repr"), (_TEXT, "f-strings")),
    **dict.fromkeys(("format_float_positional", "format_float_scientific", "typename"), (_TEXT, "f-strings")),
    **dict.fromkeys(("set_printoptions", "get_printoptions", "printoptions"), (_SETTING, "set them in the caller")),
    **dict.fromkeys(("seterr", "geterr", "seterrcall", "geterrcall"), (_SETTING, "with np.errstate(...)")),
    **dict.fromkeys(("setbufsize", "getbufsize", "show_config", "show_runtime", "get_include"), (_SETTING, _CALLER)),
    **dict.fromkeys(("info", "test", "einsum_path"), ("it tells about code", _CALLER)),
    **dict.fromkeys(("str_", "bytes_", "object_", "void", "character", "flexible"), (_DATA, "numbers")),
    **dict.fromkeys(("recarray", "record", "rec", "char", "strings", "ma", "memmap"), (_DATA, "plain arrays")),
    **dict.fromkeys(("longdouble", "clongdouble", "float128", "complex256"), ("XLA has no such dtype", "float64")),
    **dict.fromkeys(("load", "loadtxt", "genfromtxt", "fromfile", "fromregex"), (_FILES, _READ)),
    **dict.fromkeys(("save", "savetxt", "savez", "savez_compressed", "tofile", "tobytes"), (_FILES, _WRITE)),
    **dict.fromkeys(("dump", "dumps"), (_FILES, _WRITE)),
    "linalg.rq": (_FACTORS, "scipy.linalg.qr of the adjoint of the matrix upside down"),
    **dict.fromkeys(("linalg.ldl", "linalg.cossin"), (_FACTORS, "scipy.linalg.lu, cholesky or svd")),
    **dict.fromkeys(("linalg.eig_banded", "linalg.matrix_balance"), (_FACTORS, "scipy.linalg.eigh or eig")),
    **dict.fromkeys(("linalg.qz", "linalg.ordqz"), (_PENCIL, "scipy.linalg.schur, or eigh(a, b)")),
    **dict.fromkeys(("linalg.qr_delete", "linalg.qr_insert", "linalg.qr_update"), (_UPDATE, "scipy.linalg.qr anew")),
    "linalg.solve_continuous_are": (_RICCATI, "iterations of scipy.linalg.solve_continuous_lyapunov (Kleinman's)"),
    "linalg.solve_discrete_are": (_RICCATI, "a loop of p = a.T @ p @ (a - b @ k) + q, which converges to the solution"),
    "linalg.funm": (_PARLETT, "w, v = scipy.linalg.eig(a), and v @ np.diag(f(w)) @ np.linalg.inv(v)"),
    "linalg.signm": (_PARLETT, "a @ np.linalg.inv(scipy.linalg.sqrtm(a @ a))"),
    "linalg.fractional_matrix_power": (
        "whether its result is real depends on rounding",
        "scipy.linalg.expm(t * scipy.linalg.logm(a)), or np.linalg.matrix_power for whole t",
    ),
    **dict.fromkeys(("linalg.rsf2csf", "linalg.cdf2rdf"), (_FACTORS, "scipy.linalg.schur with output='complex'")),
    "linalg.qr_multiply": ("", "q, r = scipy.linalg.qr(a), and c @ q"),
    "linalg.find_best_blas_type": ("it gives a function of LAPACK or BLAS", "the function of scipy.linalg itself"),
    "linalg.get_blas_funcs": ("it gives a function of LAPACK or BLAS", "the function of scipy.linalg itself"),
    "linalg.get_lapack_funcs": ("it gives a function of LAPACK or BLAS", "the function of scipy.linalg itself"),
    "linalg.clarkson_woodruff_transform": (_STATE, "a matrix of random numbers as an argument, and @"),
    "linalg.expm_cond": ("", "scipy.linalg.expm_frechet in the directions of interest"),
    **dict.fromkeys(("linalg.eigvals_banded",), ("", "scipy.linalg.eigvalsh of the whole matrix")),
    "sumprod": ("it needs numbers of more than 64 bits", "sum(x * y for x, y in zip(xs, ys))"),
    "longlong": ("it is a type of its own, of the values of np.int64", "np.int64"),
    "ulonglong": ("it is a type of its own, of the values of np.uint64", "np.uint64"),
    "open": (_FILES, "read the file in the caller, and pass its contents"),
    "input": ("a compiled function does not read from the terminal", "ask in the caller, and pass the answer"),
    "set": ("the order of a set's items is not defined", "a tuple, or a dict with the items as keys"),
    "frozenset": ("the order of a set's items is not defined", "a tuple, or a dict with the items as keys"),
    "iter": ("an iterator changes as it is read", "a loop over the sequence itself, or an index"),
    "next": ("an iterator changes as it is read", "a loop over the sequence itself, or an index"),
    "id": ("a compiled function has no objects in memory", "`is`"),
    "hash": ("a compiled function has no objects in memory", "the value itself"),
    "heapify": ("", "a list that is sorted, or min() of a list"),
    "warn": ("what is warned of depends on settings outside of the program", "print(...), or warn in the caller"),
    "time": ("the time is read from outside of the program", "read it in the caller, and pass it"),
}


def refusal(name: str) -> tuple[str, str]:
    """The message and the hint for a function that is not taken; `name` is its full name."""
    name = ".".join(part for part in name.split(".") if not part.startswith("_")) or name.lstrip("_")
    short = name.split(".", 1)[1] if "." in name else name
    why, instead = ROWS.get(short) or ROWS.get(short.split(".")[0]) or ROWS.get(name.split(".")[0]) or ("", "")
    because = f": {why}" if why else " yet"
    return f"the function {name} is not supported{because}", instead or "write it with functions that are (see README)"


INSTANCES = {  # by the name of the class or of its module
    "collections.ChainMap": "a dict: {**d, **e}",
    "builtins.set": "a tuple, or a dict with the items as keys",
    "builtins.frozenset": "a tuple, or a dict with the items as keys",
    "numpy.nditer": "for index in np.ndindex(a.shape), np.ndenumerate(a), or a.flat",
    "types.SimpleNamespace": "a dataclass or a dict",
    "contextlib": "enter the context in the caller, around the call of the compiled function",
    "decimal": "a float",
    "fractions": "a float",
}


def instance_refusal(cls: type) -> tuple[str, str]:
    """The message and the hint for a class of which compiled code makes no instances."""
    name = f"{cls.__module__}.{cls.__qualname__}"
    hint = INSTANCES.get(name) or INSTANCES.get(cls.__module__.split(".")[0], "")
    builtin = next((c for c in cls.__mro__[:-1] if c.__module__ == "builtins"), None)
    if builtin not in (None, cls) and not hint:
        assert builtin is not None
        text = f"{cls.__name__} is a subclass of {builtin.__name__}: no instances are made here"
        return text, "a class that holds one"
    own = inspect.getattr_static(cls, "__new__") is not inspect.getattr_static(object, "__new__")
    if own and cls.__module__ != "builtins" and not hint:
        return f"{cls.__name__} has its own __new__: no instances are made here", "make it in the caller, and pass it"
    return f"instances of {name} cannot be made here", hint or "make it in the caller, and pass it"


TUPLE_METHODS = ("__iter__", "__len__", "__getitem__", "__hash__", "__new__", "__init__", "__getattribute__")


def tuple_refusal(cls: type) -> tuple[str, str] | None:
    """The message and the hint for a NamedTuple class that changes what a tuple is; None for any other class."""
    for base in cls.__mro__[: cls.__mro__.index(tuple)]:
        for name in TUPLE_METHODS:
            code = getattr(inspect.unwrap(vars(base).get(name)), "__code__", None)  # type: ignore[arg-type]
            if code is not None and not code.co_filename.startswith("<"):
                text = f"{cls.__name__} has its own {name}, which is not taken of a tuple"
                return text, "a dataclass, or a method of another name"
    return None


def misfit(name: str, error: TypeError) -> tuple[type[CompileError], str, str]:
    """The error for arguments that a function of the compiler's tables does not take: `error` is what `inspect` says.

    Where the function itself would take them, that is a limitation; where it would not, the program is wrong.
    """
    text, parameters = str(error), parameters_of(name)
    if text.startswith("missing a required argument: "):
        return TypeCheckError, f"{name} is called without its argument {text.rpartition(' ')[2]}", ""
    if "unexpected keyword argument" in text:
        keyword = text.rpartition(" ")[2].strip("'")
        if keyword in parameters:
            return UnsupportedError, f"{name} with the argument {keyword!r} is not supported yet", "leave it out"
        return TypeCheckError, f"{name} has no argument {keyword!r}", meant(keyword, parameters)
    return UnsupportedError, f"{name} does not take these arguments here: {text}", "its plain form"


def parameters_of(name: str) -> tuple[str, ...]:
    """The names of the parameters of a function or method of NumPy or Python, as far as they are known."""
    short = name.removeprefix("np.").removeprefix("method ").strip("'")
    for owner in (np, np.ndarray, builtins) if not name.startswith("method") else (np.ndarray, np):
        try:
            return tuple(inspect.signature(getattr(owner, short)).parameters)
        except (AttributeError, TypeError, ValueError):
            continue
    return ("axis", "dtype", "out", "where", "keepdims", "initial", "order", "ddof")
