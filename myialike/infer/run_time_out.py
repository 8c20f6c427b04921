"""`out` of ufuncs where a size is known only at run time: `np.add(x, y, out=z[:n])`, `np.multiply(z, z, z)`.

The functions of arrays of run-time size work on arrays that stand for theirs (`infer.sized`, `infer.picked`), so an
`out` that they were given would not be the user's. The result is assigned instead.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from myialike.errors import UnsupportedError
from myialike.infer.machine import Machine
from myialike.infer.numpy_api.arguments import TRUE
from myialike.infer.numpy_api.binding import allow
from myialike.infer.ranges import is_absent
from myialike.infer.run_time import is_run_time
from myialike.infer.sized import FULL
from myialike.infer.values import NONE, Const, Tup, Value

Keywords = Sequence[tuple[str, Value]]


def into(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value | None:
    """`fn(x, y, out)` of a ufunc: what `out` is after it; None where there is none, or every size is known."""
    if not isinstance(fn, np.ufunc):
        return None
    values, given = [m.use(v) for v in args], {k: m.use(v) for k, v in keywords}
    out = given.pop("out", NONE)
    outs = values[fn.nin :] or (list(out.items) if isinstance(out, Tup) else [out])
    if all(map(is_absent, outs)) or not any(is_run_time(m, v) for v in [*values, *outs, *given.values()]):
        return None
    if len(outs) > 1:
        text = f"np.{fn.__name__} with out= of arrays of run-time size is not taken"
        m.fail(UnsupportedError, text, "assign the results: y[:k] = ...")
    target, mask = outs[0], given.pop("where", TRUE)
    casting = m.known(given.pop("casting", Const("same_kind")), "casting")
    result = m.call(Const(fn), values[: fn.nin], list(given.items()))
    have, want = (m.known(m.call(Const(getattr), [v, Const("dtype")], []), "a dtype") for v in (result, target))
    allow(m, have, want, f"np.{fn.__name__}", casting)
    if not (isinstance(mask, Const) and mask.value is True):
        result = m.call(Const(np.where), [mask, result, target], [])
    m.call(Const(operator.setitem), [target, FULL, result], [])
    return target
