"""Running a module as Python: the debugger among the backends, and a second oracle for the others.

The emitted text is registered with `linecache` under a name of its own, so that tracebacks show its lines, pdb steps
through it and `inspect.getsource` finds it.

At the boundary every leaf becomes a NumPy value of its param's type, so all arithmetic inside is NumPy's: f32 stays f32
and 1 / 0 is inf, without warnings. Arguments are never written to; results share memory neither with arguments nor
with each other.
"""

from __future__ import annotations

import itertools
import linecache
import traceback
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from types import FunctionType
from typing import Any

import numpy as np

from myialike.backends.python.emit import emit_page, function_names
from myialike.errors import CapacityError
from myialike.ir.syntax import Module
from myialike.ir.types import Array, Stack, Type
from myialike.ops.effects import has_open_lists, has_prints
from myialike.source import Location, excerpt

_NUMBERS = itertools.count(1)


class Executable:
    """A typed module as a Python function.

    Args:
        module: typed IR.
        checks: whether the `check` equations raise; False leaves them out.

    Attributes:
        source: the text.
        filename: the name that it has in tracebacks.
        function: the function of the entry. It takes and gives what NumPy gives, unconverted.
    """

    def __init__(self, module: Module, checks: bool = True) -> None:
        self.module = module
        self.page = emit_page(module, checks=checks)
        self.source = self.page.text
        self.filename = f"<myialike {module.entry.name} {next(_NUMBERS)}>"
        lines = self.source.splitlines(keepends=True)
        linecache.cache[self.filename] = (len(self.source), None, lines, self.filename)
        self.function = self._define()
        self._params = [p.type for p in module.entry.params]
        self._results = [r.type for r in module.entry.results]
        self._may_run_again = any(map(has_prints, module.graphs)) and any(map(has_open_lists, module.graphs))

    def _define(self) -> FunctionType:
        namespace: dict[str, Any] = {"__name__": self.filename}
        exec(compile(self.source, self.filename, "exec"), namespace)
        function = namespace[function_names(self.module, None)[self.module.entry.name]]
        assert isinstance(function, FunctionType)
        return function

    def __call__(self, leaves: Sequence[Any]) -> tuple[Any, ...]:
        """The results for leaves given in the order of the params, as NumPy scalars and arrays.

        Raises:
            Exception: the error of the first check that fails, with a note that shows the user's line.
        """
        arguments = [_argument(x, t) for x, t in zip(leaves, self._params, strict=True)]
        with np.errstate(all="ignore"):
            try:
                value = self._run(arguments)
            except Exception as error:
                self._explain(error)
                raise
            return self._finish(value, arguments)

    def _run(self, arguments: list[Any]) -> Any:
        if not self._may_run_again:
            return self.function(*arguments)
        text = StringIO()
        try:
            with redirect_stdout(text):
                value = self.function(*arguments)
        except CapacityError:
            raise  # what was printed will be printed again
        except Exception:
            print(text.getvalue(), end="")
            raise
        print(text.getvalue(), end="")
        return value

    def _finish(self, value: Any, arguments: list[Any]) -> tuple[Any, ...]:
        values = () if not self._results else (value,) if len(self._results) == 1 else value
        results: list[Any] = []
        for result, type in zip(values, self._results, strict=True):
            results.append(_result(result, type, [*arguments, *results]))
        return tuple(results)

    def _explain(self, error: Exception) -> None:
        """Add the place in the user's source to an error that came from the text."""
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == self.filename]
        place = self.page.place_of(lines[-1]) if lines and lines[-1] is not None else None
        if place is not None:
            error.add_note(_where(place))


def _where(loc: Location) -> str:
    function = f", in {loc.function}" if loc.function else ""
    return "\n".join(filter(None, (f"  at {loc}{function}", excerpt(loc))))


def _argument(leaf: Any, type: Type) -> Any:
    if isinstance(type, Stack):
        return list(leaf)
    assert isinstance(type, Array)
    return np.asarray(leaf, dtype=type.dtype)[()]


def _result(value: Any, type: Type, others: list[Any]) -> Any:
    if isinstance(type, Stack):
        return list(value)
    assert isinstance(type, Array)
    array = np.asarray(value, dtype=type.dtype)
    if not type.shape:
        return array[()]
    is_shared = not array.flags.writeable or any(np.may_share_memory(array, x) for x in others)
    return array.copy() if is_shared else array
