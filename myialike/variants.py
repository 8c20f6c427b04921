"""One compiled variant of a function: when it fits, how it runs, and what becomes of its results.

The executable's leaves become the result in its structure, Python numbers as Python numbers, NumPy arrays as NumPy
arrays, jax arrays as jax arrays; objects that the function changed are changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import jax
import numpy as np

from myialike.errors import BOTH, CapacityError, UnsupportedError
from myialike.infer.describe import Description, Rebuilding
from myialike.infer.spec import Spec, has_items, has_run_time_size, leaf_types
from myialike.infer.specialise import Specialised
from myialike.ir.syntax import Module
from myialike.library.dicts import RunTimeDict
from myialike.library.stand_ins import INSIDE, fill
from myialike.opt.expand import has_functions
from myialike.outer import Traced
from myialike.pipeline import Pipeline, Runnable

# What reading a global, a captured variable, an attribute or an item raises that is there no more.
GONE = (KeyError, ValueError, AttributeError, IndexError)


def is_jax(value: Any) -> str:
    """ "jax" for a jax array, "weak" for a tracer that stands for a Python number, "" for anything else."""
    if not isinstance(value, jax.Array):
        return ""
    if isinstance(value, jax.core.Tracer) and value.shape == () and value.weak_type:
        return "weak"
    return "jax"


@dataclass(slots=True)
class Variant:
    """A function compiled for arguments of some types, and what must still hold for it to be used.

    `bounded` is the same for an outer jax computation, where tapes of unknown length are not to be had.
    """

    found: Specialised
    run: Runnable
    checks: bool
    guards: list[tuple[Callable[[], Any], Spec, Any]]
    capacities: Mapping[str, int]
    bounded: Variant | None = None

    def traced(self, in_bounds: bool = False) -> Traced:
        """The variant as a part of an outer jax computation."""
        with_rules = has_functions(self.found.module)
        module = Module((Pipeline(is_jax).prepare(self.found.module),)) if with_rules else self.run.module
        bounded = self.bounded
        alternative = None if bounded is None else lambda: bounded.traced(in_bounds=True)
        return Traced(module, self.run, is_jax, self.checks, alternative, in_bounds)

    def fits(self, description: Description) -> bool:
        """Whether it is right for these arguments; the hidden inputs' leaves are added to `description`."""
        try:
            if any((now := g()) is not seen and Description(is_jax).add(now) != s for g, s, seen in self.guards):
                return False
            if any(description.add(g()) != s for g, s in zip(self.found.hidden, self.found.hidden_specs, strict=True)):
                return False
        except GONE:
            return False
        if tuple(description.reordered) != self.found.reordered:
            return False
        leaves = description.leaves
        return all(type(leaves[k]) is type(v) and leaves[k] == v for k, v in self.found.static)


def kept(known: list[Variant], variant: Variant) -> Variant:
    """The variant, which is tried first from now on; one for several outcomes of a decision when all others fail."""
    known.insert(len(known) if BOTH in variant.capacities.values() else 0, variant)
    return variant


def finish(variant: Variant, description: Description, compiled: Callable[[Any], Any], tracing: bool) -> Any:
    """Run a variant, carry out its changes to the arguments, and rebuild its result: functions in it are `compiled`."""
    leaves, found = description.leaves, variant.found
    if found.changed:
        check_memory(found, description.objects)
    results = traced_leaves(variant, leaves) if tracing else run(variant, leaves)
    spec = found.result
    if spec[0] == "num" and not found.changed and not tracing:
        return convert(spec, results[0], description.has_jax)
    count = sum(1 for _ in leaf_types(spec)) if found.changed or found.pools else 0
    values = chain(results[count:], results[:count])
    rebuilding = Rebuilding(
        lambda s: next(values) if tracing else convert(s, next(values), description.has_jax),
        description.objects,
        compiled,
        jax.numpy.asarray if tracing else lambda array: array,
    )
    rebuilding.is_traced = tracing
    rebuilding.make_pools(found.pools)
    for number, state in found.changed:
        overwrite(description.objects[number], state, rebuilding)
    changed = dict(found.changed)
    for number, inside in description.inside.items():
        if inside in changed:
            fill(description.objects[number], description.objects[inside])
    return rebuilding.make(spec)


def run(variant: Variant, leaves: Sequence[Any]) -> Sequence[Any]:
    """The results of a run. An exception of the program's says so if it takes changes of the arguments back."""
    try:
        return variant.run(leaves)
    except Exception as error:
        if variant.found.changed and not isinstance(error, CapacityError):
            error.add_note(UNCHANGED)
        raise


UNCHANGED = "myialike: the arguments are as they were before the call, whatever was changed before this exception"


def traced_leaves(variant: Variant, leaves: Sequence[Any]) -> Sequence[Any]:
    """The results inside of an outer jax transformation, where every size must be known."""
    specs = (variant.found.result, *(s for _, s in variant.found.changed))
    if any(map(has_items, specs)):
        raise UnsupportedError(
            "which object is returned depends on run-time values, and in an outer jax transformation these have none",
            variant.found.module.entry.loc,
            "return a copy of it, or call the function outside of jax.jit",
        )
    if any(map(has_run_time_size, specs)):
        raise UnsupportedError(
            "a list or an array of run-time length is returned into an outer jax transformation",
            variant.found.module.entry.loc,
            "reduce it inside, or call the function outside of jax.jit",
        )
    return variant.traced()(leaves)


def check_memory(found: Specialised, objects: Sequence[Any]) -> None:
    """Refuse arrays that are changed and share memory in a way that types do not show.

    Raises:
        UnsupportedError: a changed array overlaps another, or a reshape of it may be a copy.
    """
    arrays = [k for k, v in enumerate(objects) if type(v) is np.ndarray]
    for number, state in found.changed:
        if state[0] != "array":
            continue
        if number in found.contiguous and not objects[number].flags.c_contiguous:
            raise UnsupportedError(
                "an array that is reshaped and changed must be in C order", None, "pass np.ascontiguousarray(x)"
            )
        for other in arrays:
            if other != number and np.shares_memory(objects[number], objects[other]):
                raise UnsupportedError(
                    "two arrays that share memory are passed, and one of them is changed", None, "pass copies: x.copy()"
                )


def convert(spec: Spec, value: Any, to_jax: bool) -> Any:
    """A leaf of a result as the kind of value that Python and NumPy give; on a device if an argument was there."""
    kind = spec[-1]
    if kind == "python":
        return value.item()
    if kind in ("jax", "weak") or to_jax:
        if is_jax(value):
            return value
        with jax.enable_x64(True):
            return jax.numpy.asarray(value)
    if spec[0] == "num":
        return np.asarray(value)[()]
    return np.array(value)


def overwrite(target: Any, state: Spec, rebuilding: Rebuilding) -> None:
    """Give a caller's object its new state."""
    if state[0] == "array":
        target[...] = np.asarray(rebuilding.leaf(state))
        return
    items = rebuilding.items(state)
    if state[0] in ("list", "grown"):
        target[:] = items
    elif state[0] == "object" and state[1] is RunTimeDict:
        target.clear()
        target.update(zip(*items[:2], strict=True))
    elif state[0] == "dict":
        new = dict(zip((k.value for k in state[1]), items, strict=True))
        target.clear()
        target.update(new)
    elif state[1] not in INSIDE:  # an object of these gets what is inside, which is an object of its own
        for name, item in zip(state[2], items, strict=True):
            object.__setattr__(target, name, item)
