"""The errors that a user meets: each says what, where, and in the user's own words; the whole texts are golden.

`UPDATE_GOLDEN=1` in the environment rewrites the golden texts.
"""

from __future__ import annotations

import builtins
import linecache
import os
import pickle
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import myialike
from myialike import check, compile, grad, show, source, vjp
from myialike.errors import (
    AttributeCheckError,
    CompileError,
    CompilerBug,
    NameCheckError,
    ShapeError,
    TypeCheckError,
    UnsupportedError,
    meant,
    render,
)
from myialike.infer import run as running
from myialike.ir.op import TABLE
from myialike.source import Location
from tests.wrong_programs import PROGRAMS, Wrong

GOLDEN = Path(__file__).parent / "golden" / "errors"
KINDS = {
    TypeCheckError: "program",
    NameCheckError: "program",
    AttributeCheckError: "program",
    ShapeError: "program",
    UnsupportedError: "limitation",
    CompilerBug: "bug",
}


def module(name: str, text: str) -> SimpleNamespace:
    """A module with source `text`, in a file that exists only for `linecache`."""
    filename = f"{name}.py"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    names = {"np": np, "grad": grad, "compile": compile, "dataclass": dataclass, "__name__": name}
    exec(builtins.compile(text, filename, "exec", dont_inherit=True), names)
    return SimpleNamespace(**names)


def error_of(wrong: Wrong) -> CompileError:
    """The error that a wrong program meets."""
    made = module(wrong.name, wrong.text)
    fn = compile(getattr(made, "compiled", made.f), backend="python")
    with pytest.raises(CompileError) as caught:
        fn(*wrong.args())
    return caught.value


def place(wrong: Wrong) -> tuple[int, int]:
    """The line and column of the text that the carets must be under."""
    at = wrong.at.replace("«", "").replace("»", "")
    assert wrong.text.count(at) == 1, "`at` occurs once"
    before = wrong.text[: wrong.text.index(at) + max(wrong.at.find("«"), 0)]
    return before.count("\n") + 1, len(before) - before.rfind("\n") - 1


def under_carets(error: CompileError) -> str:
    """The text that an error's carets are under."""
    lines = str(error).splitlines()
    k = next(k for k, line in enumerate(lines) if line.strip() and not line.strip("^ "))
    first, last = lines[k].index("^"), lines[k].rindex("^")
    return lines[k - 1][first : last + 1]


def agrees(name: str, text: str) -> None:
    """A text is the golden one."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    assert path.read_text() == text + "\n"


@pytest.mark.parametrize("wrong", PROGRAMS, ids=[w.name for w in PROGRAMS])
def test_wrong_program(wrong: Wrong) -> None:
    """A wrong program has an error of the right class and kind, at the right place, in the user's words."""
    error = error_of(wrong)
    assert type(error) is wrong.cls, error
    assert error.kind == KINDS[wrong.cls]
    assert (error.lineno, error.col_offset) == place(wrong), error
    assert (error.filename or "").endswith(f"{wrong.name}.py")
    wanted = (wrong.at.partition("«")[2].partition("»")[0] or wrong.at).splitlines()[0]
    assert under_carets(error) == wanted, error
    for words in wrong.says:
        assert words in str(error), f"{words!r} is not in\n{error}"
    agrees(wrong.name, f"{type(error).__name__} ({error.kind}): {error}")


def test_every_golden_text_belongs_to_a_program() -> None:
    """There is one program of each name, and no golden text is left over."""
    names = [w.name for w in PROGRAMS]
    assert len(names) == len(set(names))
    assert {p.stem for p in GOLDEN.glob("*.txt")} == set(names)


# -- the public functions ---------------------------------------------------------------------------------------------


def wrong_product(x: Any, w: Any) -> Any:
    h = x @ w
    return np.sum(h)


ARGS = (np.ones((2, 3)), np.ones((2, 3)))
CALLS = {
    "compile": lambda: compile(wrong_product)(*ARGS),
    "a compiled function again": lambda: compile(compile(wrong_product, backend="python"))(*ARGS),
    "grad": lambda: grad(wrong_product)(*ARGS),
    "grad of grad": lambda: grad(grad(wrong_product))(*ARGS),
    "value_and_grad": lambda: myialike.value_and_grad(wrong_product)(*ARGS),
    "vjp": lambda: vjp(wrong_product, *ARGS),
    "jvp": lambda: myialike.jvp(wrong_product, ARGS, ARGS),
    "jacfwd": lambda: myialike.jacfwd(wrong_product)(*ARGS),
    "hessian": lambda: myialike.hessian(wrong_product)(*ARGS),
    "check": lambda: check(wrong_product, *ARGS),
    "source": lambda: source(wrong_product, *ARGS),
    "show": lambda: show(wrong_product, *ARGS),
}
LINE = wrong_product.__code__.co_firstlineno + 1


@pytest.mark.parametrize("name", CALLS)
def test_every_public_function_reports_the_line(name: str) -> None:
    """The error is the same whoever compiles the function, and its traceback has few frames of the compiler's."""
    with pytest.raises(ShapeError, match=r"x is f64\[2,3\], an argument of wrong_product") as caught:
        CALLS[name]()
    error = caught.value
    assert (error.filename, error.lineno, error.col_offset) == (__file__, LINE, 8)
    assert isinstance(error, TypeError)
    inside = [f for f in traceback.extract_tb(error.__traceback__) if "myialike/infer" in f.filename]
    assert not inside
    assert len(traceback.extract_tb(error.__traceback__)) <= 5
    assert "During handling" not in "".join(traceback.format_exception(error))


def test_the_whole_traceback_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """`MYIALIKE_TRACEBACK=full` keeps the frames inside the compiler."""
    monkeypatch.setenv("MYIALIKE_TRACEBACK", "full")
    with pytest.raises(ShapeError) as caught:
        check(wrong_product, *ARGS)
    assert any("infer" in f.filename for f in traceback.extract_tb(caught.value.__traceback__))


def test_a_fault_of_the_compiler_is_a_bug_at_the_users_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected exception inside the compiler becomes a `CompilerBug` with that exception as its cause."""

    def broken(*_: Any) -> Any:
        raise KeyError("oops")

    monkeypatch.setitem(running.PYTHON, "py.binary", broken)
    with pytest.raises(CompilerBug, match="please report") as caught:
        compile(wrong_product)(np.ones((2, 3)), np.ones((3, 2)))
    assert caught.value.kind == "bug"
    assert caught.value.lineno == LINE
    assert isinstance(caught.value.__cause__, KeyError)
    assert "KeyError: 'oops'" in str(caught.value)


def test_numpy_says_whose_fault_an_exception_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """What NumPy refuses as well is the program's fault, in NumPy's words, also where inference does not look."""

    def broken(*_: Any) -> Any:
        raise KeyError("oops")

    monkeypatch.setitem(running.PYTHON, "py.binary", broken)
    with pytest.raises(TypeCheckError, match="ValueError from @: matmul: Input operand 1 has a mismatch") as caught:
        check(wrong_product, *ARGS)
    assert caught.value.lineno == LINE


def test_a_broken_type_rule_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """The type rules of typed operations raise TypeError, which no program is to blame for."""

    def rule(types: Any, attrs: Any) -> Any:
        raise TypeError("sin of nothing")

    def f(x: float) -> Any:
        return np.sin(x)

    sine = TABLE["sin"]
    monkeypatch.setitem(
        TABLE, "sin", SimpleNamespace(**{**{a: getattr(sine, a) for a in sine.__slots__}, "type_rule": rule})
    )
    with pytest.raises(CompilerBug, match="sin of nothing"):
        check(f, 1.0)


def test_an_error_leaves_nothing_behind() -> None:
    """After an error the compiled function works for other arguments."""
    fn = compile(wrong_product, backend="python")
    with pytest.raises(ShapeError):
        fn(*ARGS)
    assert fn(np.ones((2, 3)), np.ones((3, 2))) == 12.0


def test_errors_of_the_program_itself_are_not_touched() -> None:
    """What the program raises when it runs is raised as it is."""

    def f(x: float) -> float:
        if x < 0.0:
            raise ValueError(f"{x} is negative")
        return x

    with pytest.raises(ValueError, match="-1.0 is negative"):
        compile(f, backend="python")(-1.0)


# -- the renderer -----------------------------------------------------------------------------------------------------


def test_the_four_parts() -> None:
    """What, where, the notes, and what to do instead."""
    text = "total = tëxt + 1\n"
    linecache.cache["parts.py"] = (len(text), None, [text], "parts.py")
    loc = Location("parts.py", 1, 8, 1, 17, "f")
    assert render("what", loc, "this", ("a note",)) == "\n".join(
        [
            "what",
            "  at parts.py:1:9, in f",
            "  1 | total = tëxt + 1",
            "              ^^^^^^^^",
            "  note: a note",
            "  instead: this",
        ]
    )


def test_an_error_without_source_has_its_place() -> None:
    """Where the source cannot be read the place alone is given."""
    assert render("what", Location("nowhere.py", 3, 0, 3, 1), "", ()) == "what\n  at nowhere.py:3:1"


def test_a_name_that_was_meant() -> None:
    """A hint names close names, best first, or is the given one."""
    assert meant("lenght", ["length", "x"]) == "did you mean 'length'?"
    assert meant("q", ["length"], "define it") == "define it"


def test_errors_can_be_pickled() -> None:
    """Errors travel between processes, as those of test runners do."""
    error = UnsupportedError("what", Location("a.py", 1, 0, 1, 1), "hint", ("note",))
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.loc, again.hint, again.notes) == (str(error), error.loc, error.hint, error.notes)
