"""The operations of the table on a batch: what an operation on each element is as an operation on all of them.

A pointwise operation is itself; operands that are not mapped are repeated, for operands have one shape, except that
a literal stays. An operation that names axes names the next ones. Every operation that is not pointwise has a rule
here, or in `myialike.batching.indexing`: an unknown one is taken for pointwise, and the type of its result shows if
it is not.
"""

from __future__ import annotations

from collections.abc import Callable

from myialike.batching.indexing import add_to, read, write
from myialike.batching.region import Region, index_literal
from myialike.errors import CompilerBug
from myialike.ir.syntax import Atom, Lit, Prim
from myialike.ir.types import Array, static_shape
from myialike.ops.define import kind_of
from myialike.ops.foreign import function_of

Rule = Callable[[Region, Prim], tuple[Atom, ...]]


def batch_prim(region: Region, prim: Prim) -> None:
    """Append `prim` as it is on a batch; as it is for one element where none of its values is mapped."""
    if prim.op == "check":
        _check(region, prim)
        return
    plain = not any(region.is_mapped(o) for o in prim.outputs)
    outs = _copy(region, prim) if plain else RULES.get(prim.op, _pointwise)(region, prim)
    for out, atom in zip(prim.outputs, outs, strict=True):
        expected = out.type if plain else region.batch.type(out.type)
        if atom.type != expected:
            raise CompilerBug(f"batching {prim.op} gave {atom.type} where {expected} is right", prim.loc)
        region.env[out] = atom


def _copy(region: Region, prim: Prim) -> tuple[Atom, ...]:
    hints = [o.name for o in prim.outputs]
    return region.builder.prim(prim.op, [region[a] for a in prim.inputs], hints, **dict(prim.attrs))


def _apply(region: Region, prim: Prim, inputs: list[Atom], **attrs: object) -> tuple[Atom, ...]:
    """The operation itself on batched inputs, with some attributes replaced."""
    return region.builder.prim(prim.op, inputs, [o.name for o in prim.outputs], **{**dict(prim.attrs), **attrs})


def _shape(atom: Atom) -> tuple[int, ...]:
    assert isinstance(atom.type, Array)
    return atom.type.shape  # type: ignore[return-value]  # symbolic dims are only handed on


# ---------------------------------------------------------------------------------------- pointwise, structural


def _pointwise(region: Region, prim: Prim) -> tuple[Atom, ...]:
    inputs = [a if isinstance(a, Lit) else region.lift(a) for a in prim.inputs]
    return _apply(region, prim, inputs)


def _pow(region: Region, prim: Prim) -> tuple[Atom, ...]:
    """An exponent below 0, of an inactive element, is an error where it is an int."""
    base, exponent = prim.inputs
    ints = isinstance(exponent.type, Array) and kind_of(exponent.type.dtype) in "iu"
    if not ints or not region.is_mapped(exponent):
        return _pointwise(region, prim)
    return _apply(region, prim, [base if isinstance(base, Lit) else region.lift(base), region.tame(region[exponent])])


def _broadcast(region: Region, prim: Prim) -> tuple[Atom, ...]:
    (x,) = prim.inputs
    shape, own = tuple(prim.attr("shape")), _shape(x)
    atom = region[x]
    if 0 < len(own) < len(shape) or (not own and shape):
        column = (region.batch.size, *(1,) * (len(shape) - len(own)), *own)
        atom = region.builder.op("reshape", atom, shape=column)
    return _apply(region, prim, [atom], shape=(region.batch.size, *shape))


def _reshape(region: Region, prim: Prim) -> tuple[Atom, ...]:
    return _apply(region, prim, [region[prim.inputs[0]]], shape=(region.batch.size, *prim.attr("shape")))


def _transpose(region: Region, prim: Prim) -> tuple[Atom, ...]:
    return _apply(region, prim, [region[prim.inputs[0]]], perm=(0, *(p + 1 for p in prim.attr("perm"))))


def _reduce(region: Region, prim: Prim) -> tuple[Atom, ...]:
    return _apply(region, prim, [region[prim.inputs[0]]], axes=tuple(a + 1 for a in prim.attr("axes")))


def _along(region: Region, prim: Prim) -> tuple[Atom, ...]:
    """Operations along one axis, and `concatenate`."""
    return _apply(region, prim, [region.lift(a) for a in prim.inputs], axis=prim.attr("axis") + 1)


def _lifted(region: Region, prim: Prim) -> tuple[Atom, ...]:
    """Operations that take batches as they are."""
    return _apply(region, prim, [region.lift(a) for a in prim.inputs])


# ------------------------------------------------------------------------------------------------------ matmul


def _matmul(region: Region, prim: Prim) -> tuple[Atom, ...]:
    a, b = prim.inputs
    ranks = (len(_shape(a)), len(_shape(b)))
    if not region.is_mapped(b) and ranks in ((1, 1), (1, 2), (2, 2)):
        return (_rows_times(region, region[a], region[b]),)
    if not region.is_mapped(a) and ranks == (1, 1):
        return (region.builder.op("matmul", region[b], region[a]),)
    if not region.is_mapped(a) and ranks == (2, 1):
        turned = region.builder.op("transpose", region[a], perm=(1, 0))
        return (region.builder.op("matmul", region[b], turned),)
    return (_general_product(region, region.lift(a), region.lift(b), ranks),)


def _rows_times(region: Region, a: Atom, b: Atom) -> Atom:
    """The product where only the left operand is mapped: the rows of all elements are those of one matrix."""
    builder, rows = region.builder, _shape(a)[:-1]
    if len(rows) == 1:
        return builder.op("matmul", a, b)
    if not all(isinstance(d, int) for d in rows):
        return _general_product(region, a, region.repeat(b), (2, 2))
    flat = builder.op("reshape", a, shape=(rows[0] * rows[1], _shape(a)[-1]))
    return builder.op("reshape", builder.op("matmul", flat, b), shape=(*rows, _shape(b)[-1]))


def _general_product(region: Region, a: Atom, b: Atom, ranks: tuple[int, int]) -> Atom:
    """Both operands batched: a vector is a row on the left and a column on the right."""
    builder, rows, columns = region.builder, _shape(a)[1:-1], _shape(b)[-1:]
    if ranks[0] == 1:
        a = builder.op("reshape", a, shape=(region.batch.size, 1, *_shape(a)[1:]))
    if ranks[1] == 1:
        columns = ()
        b = builder.op("reshape", b, shape=(*_shape(b), 1))
    product = builder.op("matmul", a, b)
    shape = (region.batch.size, *rows, *columns)
    return product if 1 not in ranks else builder.op("reshape", product, shape=shape)


# ------------------------------------------------------------------------------------------- stacks, and checks


def _stack_new(region: Region, prim: Prim) -> tuple[Atom, ...]:
    return _apply(region, prim, [], shape=(region.batch.size, *prim.attr("shape")))


def _push(region: Region, prim: Prim) -> tuple[Atom, ...]:
    stack, value = prim.inputs
    return _apply(region, prim, [region[stack], region.lift(value)])


def _pop(region: Region, prim: Prim) -> tuple[Atom, ...]:
    return _apply(region, prim, [region[prim.inputs[0]]])


def _check(region: Region, prim: Prim) -> None:
    """A check fails if it fails for an active element, with the payload of the first such."""
    ok, *payload = prim.inputs
    if not any(region.is_mapped(a) for a in prim.inputs):
        _copy(region, prim)
    elif region.batch.size:
        passed = _passed(region, region.lift(ok))
        number = region.builder.op("cast", passed, dtype="i64") if payload else passed
        first = region.builder.op("argmin", number, axis=0) if payload else index_literal(0)
        values = [_of_element(region, a, first) for a in payload]
        everywhere = region.builder.op("reduce_and", passed, hint="ok", axes=(0,))
        _apply(region, prim, [everywhere, *values])


def _passed(region: Region, ok: Atom) -> Atom:
    if region.active is None:
        return ok
    idle = region.builder.op("logical_not", region.active, hint="idle")
    return region.builder.op("logical_or", ok, idle, hint="ok")


def _of_element(region: Region, atom: Atom, element: Atom) -> Atom:
    """The value that one element has of `atom`."""
    if not region.is_mapped(atom):
        return region[atom]
    assert isinstance(atom.type, Array)
    spec = (("i",), *(("slice", 0, n, 1) for n in static_shape(atom.type)))
    return region.builder.op("index", region[atom], element, hint=str(atom), spec=spec)


def _foreign(region: Region, prim: Prim) -> tuple[Atom, ...]:
    """The function that jax makes of it for a batch."""
    which = tuple(region.is_mapped(a) for a in prim.inputs)
    function = function_of(prim.attr("function")).derived("mapped", which, region.batch.size)
    return _apply(region, prim, [region[a] for a in prim.inputs], function=function.name)


RULES: dict[str, Rule] = {
    "pow": _pow,
    "broadcast": _broadcast,
    "reshape": _reshape,
    "transpose": _transpose,
    **dict.fromkeys("reduce_sum reduce_prod reduce_max reduce_min reduce_and reduce_or".split(), _reduce),
    **dict.fromkeys("argmax argmin cumsum cumprod cummax cummin sort argsort concatenate".split(), _along),
    **dict.fromkeys(("partition", "argpartition"), _along),
    **dict.fromkeys("fft ifft rfft irfft".split(), _along),
    **dict.fromkeys("cholesky solve solve_triangular lu slogdet qr qr_complete".split(), _lifted),
    **dict.fromkeys("det cofactors cofactor_slopes".split(), _lifted),
    **dict.fromkeys("svd svd_complete pinv eigh eig".split(), _lifted),
    **dict.fromkeys("sylvester sqrtm logm eigh_evr eig_scipy schur hessenberg qr_pivots".split(), _lifted),
    "matmul": _matmul,
    "index": read,
    "index_set": write,
    "index_add": add_to,
    "stack_new": _stack_new,
    "push": _push,
    "pop": _pop,
    "jax.call": _foreign,
}
