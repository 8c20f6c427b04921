"""`checkpoint(f)`: a call whose derivative computes the function again instead of storing what it needs of it."""

from __future__ import annotations

from myialike.errors import TypeCheckError
from myialike.infer.isolate import apply
from myialike.infer.machine import Machine
from myialike.infer.transforms.isolating import Keywords, alone, prepared
from myialike.infer.values import Transform, Value
from myialike.ops.functions import Function, Rules, checkpoint_op

POLICIES = ("nothing", "everything")


def call_checkpoint(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """Call `checkpoint(f, policy)`: of the call, the derivative stores what the policy says."""
    policy = t.option("policy") or "nothing"
    if policy not in POLICIES:
        m.fail(TypeCheckError, f"policy={policy!r} is not one of {', '.join(map(repr, POLICIES))}")
    if policy == "everything":
        return m.call(t.fn, args, keywords)
    before = m.derivatives
    isolated = alone(m, t.fn, args, keywords, ())
    m.derivatives = before  # this is none
    body = prepared(m, isolated)
    function = Function.new(body.name, Rules(body, ()))
    hints = [getattr(r, "name", "v") for r in body.results]
    outputs = m.builder.prim(checkpoint_op(body), isolated.inputs, hints, function=function)
    return apply(m, isolated, outputs)
