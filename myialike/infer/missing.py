"""Functions of NumPy, Python and SciPy that are not taken: why, and what to write instead."""

from __future__ import annotations

import builtins
import inspect

import numpy as np

from myialike.errors import CompileError, TypeCheckError, UnsupportedError, meant

_SIZE = "the size of its result is known only at run time"
_STATE = "random numbers change a state outside of the program"
_FILES = "a compiled function does not read or write files"

# By the name after the library's, or the beginning of it up to a dot.
ROWS: dict[str, tuple[str, str]] = {
    "nonzero": (_SIZE, "a mask: np.where(x != 0, value, 0)"),
    "flatnonzero": (_SIZE, "a mask: np.where(x != 0, value, 0)"),
    "argwhere": (_SIZE, "a mask: np.where(x != 0, value, 0)"),
    "unique": (_SIZE, "np.sort, and compare neighbours"),
    "extract": (_SIZE, "np.where(condition, x, 0)"),
    "compress": (_SIZE, "np.where(condition, x, 0)"),
    "intersect1d": (_SIZE, "compare with x[:, None] == y"),
    "setdiff1d": (_SIZE, "compare with x[:, None] == y"),
    "union1d": (_SIZE, "compute it in the caller"),
    "bincount": (_SIZE, "a loop that adds to an array of known size"),
    "random": (_STATE, "make them in the caller, and pass them as an argument"),
    "append": ("", "np.concatenate((x, [value]))"),
    "insert": ("", "np.concatenate of the parts"),
    "delete": ("", "np.concatenate of the parts"),
    "vectorize": ("", "a loop, or arithmetic on whole arrays"),
    "frompyfunc": ("", "a loop, or arithmetic on whole arrays"),
    "apply_along_axis": ("", "a loop over the axis"),
    "apply_over_axes": ("", "a loop over the axes"),
    "fromiter": ("", "np.array([...])"),
    "fromfunction": ("", "arithmetic on np.arange(...)[:, None] and np.arange(...)"),
    "piecewise": ("", "np.where"),
    "select": ("", "np.where inside np.where"),
    "choose": ("", "np.where, or an index into np.stack(...)"),
    "polyfit": ("", "the normal equations, with np.linalg.solve"),
    "polyval": ("", "a loop: y = y * x + c"),
    "cov": ("", "xc = x - x.mean(axis=1, keepdims=True); xc @ xc.T / (n - 1)"),
    "median": ("", "np.sort(x)[n // 2]"),
    "load": (_FILES, "read the file in the caller, and pass the array"),
    "save": (_FILES, "return the array, and write it in the caller"),
    "loadtxt": (_FILES, "read the file in the caller, and pass the array"),
    "savetxt": (_FILES, "return the array, and write it in the caller"),
    "open": (_FILES, "read the file in the caller, and pass its contents"),
    "input": ("a compiled function does not read from the terminal", "ask in the caller, and pass the answer"),
    "set": ("the order of a set's items is not defined", "a tuple, or a dict with the items as keys"),
    "frozenset": ("the order of a set's items is not defined", "a tuple, or a dict with the items as keys"),
    "iter": ("an iterator changes as it is read", "a loop over the sequence itself, or an index"),
    "next": ("an iterator changes as it is read", "a loop over the sequence itself, or an index"),
    "id": ("a compiled function has no objects in memory", "`is`"),
    "hash": ("a compiled function has no objects in memory", "the value itself"),
    "time": ("the time is read from outside of the program", "read it in the caller, and pass it"),
}


def refusal(name: str) -> tuple[str, str]:
    """The message and the hint for a function that is not taken; `name` is its full name."""
    short = name.split(".", 1)[1] if "." in name else name
    why, instead = ROWS.get(short) or ROWS.get(short.split(".")[0]) or ROWS.get(name.split(".")[0]) or ("", "")
    because = f": {why}" if why else " yet"
    return f"the function {name} is not supported{because}", instead or "write it with functions that are (see README)"


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
