"""`with np.errstate(...)`, and imports inside of functions."""

from __future__ import annotations

import importlib

import numpy as np

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.attributes import get_attribute
from myialike.infer.machine import Machine
from myialike.infer.ufuncs import raise_now
from myialike.infer.values import NONE, Const, Value
from myialike.ops.python import imported

SETTINGS = ("all", "divide", "over", "under", "invalid")
SILENT = ("ignore", "warn", None)


def errstate(m: Machine, **settings: Value) -> Value:
    """`np.errstate(...)`: values are the same with every setting that raises nothing, and compiled code never warns."""
    for name, value in settings.items():
        known = m.known(value, f"the setting {name!r} of np.errstate")
        if name not in SETTINGS or known not in SILENT:
            text = f"np.errstate with {name}={known!r} is not supported: compiled operations do not stop one by one"
            m.fail(UnsupportedError, text, "test the result: if not np.isfinite(y): raise FloatingPointError(...)")
    return Const(np.errstate())


def enter(m: Machine, context: Value) -> Value:
    if not isinstance(context, Const) or not isinstance(context.value, np.errstate):
        text = "a with statement is not supported: a context manager acts on what happens at run time inside it"
        m.fail(UnsupportedError, text, "enter the context in the caller, around the call of the compiled function")
    return NONE


def import_module(m: Machine, module: str, name: str | None) -> Value:
    """The module, or what `from module import name` gives; an import that fails does so when the program runs."""
    assert m.world is not None
    try:
        found = imported(module, name)
    except ImportError as error:
        return raise_now(m, type(error), str(error))
    except Exception as error:
        m.fail(TypeCheckError, f"the import of {module} raises {type(error).__name__}: {error}", "repair the module")
    owner = m.world.read(m, ("import", module), lambda: importlib.import_module(module))
    if name is None:
        return owner
    if not hasattr(importlib.import_module(module), name):
        return Const(found)
    return get_attribute(m, owner, name)
