"""Every function of installed packages put through the frontend: a program or a located refusal, nothing else.

    python -m tests.sweep                        the standard library, numpy, scipy, scikit-learn and jax
    python -m tests.sweep numpy statistics       these packages and modules

The last line of each package counts its functions. What is neither a program nor a refusal, or takes longer than
`SECONDS`, is printed, and the exit status is 1.
"""

from __future__ import annotations

import collections
import contextlib
import importlib
import io
import pkgutil
import re
import sys
import time
import types
import warnings
from collections.abc import Iterator

import myialike.ops  # noqa: F401  # fills the table of operations that the verifier asks
from myialike.errors import UnsupportedError
from myialike.frontend import parse
from myialike.ir.syntax import Module
from myialike.ir.verify import verify
from tests.fuzz.check import Hang, limit

PACKAGES = ("std", "numpy", "scipy", "sklearn", "jax")
SECONDS = 20.0
LEFT_OUT = re.compile(
    r"(^|\.)(_?tests?|testing|conftest|idlelib|lib2to3|turtledemo|antigravity|this|__main__|setup)(\.|$)"
)


def functions_of(module: types.ModuleType) -> Iterator[types.FunctionType]:
    """The Python functions of a module, and the methods of its classes."""
    for value in list(vars(module).values()):
        members = vars(value).values() if isinstance(value, type) and value.__module__ == module.__name__ else (value,)
        for member in members:
            if isinstance(member, staticmethod | classmethod):
                member = member.__func__
            function = member.fget if isinstance(member, property) else member
            if isinstance(function, types.FunctionType):
                yield function


def modules_of(package: str) -> Iterator[types.ModuleType]:
    """The modules of a package that can be imported here; "std" is the standard library."""
    names = sorted(sys.stdlib_module_names) if package == "std" else [package]
    for name in names:
        if not LEFT_OUT.search(name) and (module := imported(name)) is not None:
            yield module
            for found in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{name}.", onerror=lambda _: None):
                if not LEFT_OUT.search(found.name) and (inner := imported(found.name)) is not None:
                    yield inner


def imported(name: str) -> types.ModuleType | None:
    """A module, None where it is not for this machine."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except (Exception, SystemExit):
            return None


def fate(function: types.FunctionType) -> str:
    """What becomes of a function: "parsed", "refused", or what is wrong."""
    start = time.process_time()
    try:
        with limit(SECONDS):
            verify(Module((parse(function),)), "parse")
            found = "parsed"
    except UnsupportedError as error:
        found = "refused" if error.loc is not None and error.hint else f"refused without a place or a hint: {error}"
    except Hang:
        return "hangs"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return found if time.process_time() - start < SECONDS / 4 else f"{found}, but slowly"


def sweep(package: str) -> collections.Counter[str]:
    """How many functions of a package have which fate; what is wrong is printed."""
    counts: collections.Counter[str] = collections.Counter()
    seen: set[types.CodeType] = set()
    for module in modules_of(package):
        for function in functions_of(module):
            if function.__code__ in seen:
                continue
            seen.add(function.__code__)
            found = fate(function)
            counts[found if found in ("parsed", "refused") else "wrong"] += 1
            if found not in ("parsed", "refused"):
                print(f"{function.__module__}.{function.__qualname__}: {found}", flush=True)
    return counts


def main(packages: list[str]) -> int:
    wrong = 0
    for package in packages or PACKAGES:
        start, counts = time.perf_counter(), sweep(package)
        wrong += counts["wrong"]
        told = ", ".join(f"{counts[fate]} {fate}" for fate in ("parsed", "refused", "wrong"))
        print(f"{package}: {counts.total()} functions in {time.perf_counter() - start:.0f} s: {told}", flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
