"""One program through CPython and the engines."""

from __future__ import annotations

import contextlib
import linecache
import re
import signal
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from myialike.errors import CompileError, CompilerBug, UnsupportedError
from tests.fuzz.engines import ENGINES, RTOL, SINGLE
from tests.fuzz.outcomes import Outcome, difference, leaves, outcome
from tests.fuzz.programs import Program

ORACLE_SECONDS, ENGINE_SECONDS = 1.0, 30.0
LIMITS = ("an int of more than 64 bits", "sorted() of a NaN")
UNBOUND = "is not bound when it is read here"  # on a path that is perhaps not taken


class Hang(BaseException):
    """A time limit is over; no `except Exception` of the compiler may take it for a fault of the program."""


class Failure(AssertionError):
    """An engine did not do what CPython does."""

    def __init__(self, program: Program, engine: str, what: str, expected: Outcome) -> None:
        super().__init__(f"[{engine}] {what}\n\n{program}\n")
        self.program, self.engine, self.what = program, engine, what
        self.raised = None if expected.error is None else expected.error[0]

    @property
    def signature(self) -> str:
        """What failures of one cause have in common: the first line, without names and numbers."""
        return re.sub(r"\d+|'[^']*'|\"[^\"]*\"", "#", f"[{self.engine}] {self.what}".split("\n", 1)[0])


@dataclass
class Verdict:
    """What became of a program: "same", "refused", "long" (CPython does not finish), "limit" (one of `LIMITS`),
    "copied" (one array twice in CPython is two here); `reason` says why it was refused, `raised` what CPython raised.
    """

    kind: str
    reason: str = ""
    raised: str = ""


@contextlib.contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Raise `Hang` after some seconds of this process's work; what runs inside of C is stopped when it comes back."""

    def stop(*_: Any) -> None:
        raise Hang(f"no result after {seconds:g} s of work")

    previous = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


class Loaded:
    """A program as functions: its text is registered, so that the frontend finds it."""

    def __init__(self, program: Program) -> None:
        self.filename = f"<fuzz {abs(hash(program))}>"
        text = program.text
        linecache.cache[self.filename] = (len(text), None, text.splitlines(keepends=True), self.filename)
        self.namespace: dict[str, Any] = {"__name__": "__fuzz__"}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(text, self.filename, "exec", dont_inherit=True)
            exec(code, self.namespace)
            self._arguments = compile(f"({', '.join(program.arguments)},)", "<arguments>", "eval")
        self.entry = self.namespace["f"]

    def define(self, text: str, name: str, more: dict[str, Any]) -> Any:
        """A further function of the program's module."""
        filename = f"{self.filename} {name}"
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        namespace = {**self.namespace, **more}
        exec(compile(text, filename, "exec", dont_inherit=True), namespace)
        return namespace[name]

    def arguments(self) -> tuple[Any, ...]:
        with np.errstate(all="ignore"):
            return tuple(eval(self._arguments, self.namespace))

    def forget(self) -> None:
        for name in [name for name in linecache.cache if name.startswith(self.filename)]:
            del linecache.cache[name]


def check(program: Program, engines: Sequence[str]) -> Verdict:
    """Run a program everywhere.

    Raises:
        Failure: an engine differs from CPython, fails, or does not finish.
    """
    loaded = Loaded(program)
    try:
        with limit(ORACLE_SECONDS):
            expected = outcome(loaded.entry, loaded.arguments())
    except Hang:
        return Verdict("long")
    raised = "" if expected.error is None else expected.error[0].__name__
    try:
        for name in engines:
            verdict = compared(program, loaded, name, expected)
            if verdict is not None:
                return Verdict(verdict.kind, verdict.reason, raised)
    finally:
        loaded.forget()
    return Verdict("same", "", raised)


def tolerance(program: Program, name: str) -> float:
    return SINGLE if name == "xla" and "float32" in str(program) else RTOL[name]


def compared(program: Program, loaded: Loaded, name: str, expected: Outcome) -> Verdict | None:
    """None where an engine does what CPython does."""
    args = loaded.arguments()
    before = leaves(args, {})
    try:
        with limit(ENGINE_SECONDS), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = outcome(ENGINES[name](loaded.entry), args)
    except Hang as error:
        raise Failure(program, name, f"hangs: {error}", expected) from None
    except UnsupportedError as error:
        return Verdict("refused", error.message)
    except CompilerBug as error:
        raise Failure(program, name, f"a fault of the compiler: {error}", expected) from error
    except CompileError as error:
        wrong = (TypeError, IndexError, ValueError, NameError)
        if UNBOUND in error.message or (expected.error is not None and issubclass(expected.error[0], wrong)):
            return Verdict("refused", f"wrong program: {error.message}")
        raise Failure(program, name, f"says that the program is wrong: {error}", expected) from error
    if found.error is not None and any(text in found.error[1] for text in LIMITS):
        return Verdict("limit")
    where = difference(expected, found, before, tolerance(program, name))
    if where == "identity":
        return Verdict("copied")
    if where:
        raise Failure(program, name, f"{where} differs\nexpected {expected}\nfound    {found}", expected)
    return None
