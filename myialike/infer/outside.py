"""What a program reads from outside of itself: globals, captured variables, defaults, attributes of modules.

Numbers and arrays are *hidden inputs*: read again at each call, as leaves after the arguments. Everything else
(functions, modules, strings, the structure of data) is a *guard*: read again at each call and compared; a difference
means that the function is inferred anew. So nothing is ever stale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from myialike.errors import CompileError
from myialike.infer.describe import Description, describe
from myialike.infer.freeze import Thawing
from myialike.infer.machine import Machine
from myialike.infer.spec import Spec, leaf_types
from myialike.infer.values import Value

Getter = Callable[[], Any]
Key = tuple[Any, ...]


@dataclass(slots=True)
class Outside:
    """The hidden inputs and guards found so far, and the values of the hidden ones in the present attempt.

    An attempt is `incomplete` when it has found a hidden input that it did not begin with: what it gives, or raises, is
    of no use. It goes on all the same, with variables that nothing defines, to find as many of the others as it can.
    """

    is_jax: Callable[[Any], str]
    hidden: dict[Key, Getter] = field(default_factory=dict)
    guards: dict[Key, tuple[Getter, Spec]] = field(default_factory=dict)
    present: dict[Key, Value] = field(default_factory=dict)
    incomplete: bool = False

    def read(self, m: Machine, key: Key, getter: Getter) -> Value:
        """The abstract value of what `getter` reads; `key` says what that is."""
        if key in self.present:
            return self.present[key]
        found = getter()
        try:
            (spec,), description = describe([found], self.is_jax)
        except CompileError as error:
            name = key[2] if len(key) > 2 and isinstance(key[2], str) else ""
            text = f"the value of {name} cannot be read: {error.message}" if name else error.message
            raise m.error(type(error), text, error.hint) from None
        if description.leaves or description.objects:
            self.hidden[key] = getter
            self.incomplete = True
        else:
            self.guards[key] = getter, spec
        self.present[key] = Thawing(m, (m.builder.var("hidden", t) for t in leaf_types(spec))).make(spec)
        return self.present[key]

    def values(self) -> Sequence[Value]:
        """The values of the hidden inputs, in order."""
        return [self.present[key] for key in self.hidden]

    def position(self, key: Key) -> int | None:
        """The place of a hidden input among `values`; None where `key` is none."""
        return list(self.hidden).index(key) if key in self.hidden else None

    def describe_into(self, description: Description) -> tuple[Spec, ...]:
        """Describe the hidden inputs as they are now, after the arguments."""
        return tuple(description.add(getter()) for getter in self.hidden.values())

    def begin(self, values: Iterator[Value]) -> None:
        """Start an attempt with these values of the hidden inputs."""
        self.present = {key: value for key, value in zip(self.hidden, values, strict=True)}
        self.guards, self.incomplete = {}, False

    @contextmanager
    def showing(self, values: Sequence[Value]) -> Iterator[None]:
        """For a while, the hidden inputs have these values (those of a graph of its own)."""
        before = self.present
        self.present = {**before, **dict(zip(self.hidden, values, strict=True))}
        try:
            yield
        finally:
            self.present = {**self.present, **before}
