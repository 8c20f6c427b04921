"""Loops that become one kernel each, on a CPU.

XLA:CPU runs a program as a sequence of kernels. Between two of them its executor takes some 50 ns, and some 450 ns per
step of a loop whose body has more than eight, which it runs concurrently: far more than most steps of most loops
compute. It can also compile a whole computation to one function, and by itself does so for loops of which a step
touches less than 1 kB (jax 0.10). Here the choice is made for each loop, by asking for it: a call with the attribute
`xla_cpu_small_call` is compiled to one function, and with `inlineable` false it stays a call. Microseconds per step,
jax 0.10 on a CPU, twelve writes into 300 floats and their sum: as kernels 5, as one 0.14.

What has no code inside of a function are sorts, decompositions, Fourier transforms, products of two matrices, scatters,
and calls of the host. Of these, small products and scatters get lowerings of their own here. A loop that has another
of them, or works on arrays as a whole that are so large that the executor's share is nothing and several cores are
better than one, is left to XLA; its inner loops are then looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.experimental.xla_metadata import set_xla_metadata

from myialike.backends.xla.indexing import Spec, window_of, write_window
from myialike.backends.xla.linalg import LINALG
from myialike.backends.xla.lowerings import LOWERINGS
from myialike.ir.syntax import Atom, Block, Call, Eqn, For, Module, Prim, While, blocks_of, walk
from myialike.ir.types import Array, static_shape
from myialike.ops.hosted import HOSTED

ATTRIBUTES = {"xla_cpu_small_call": "true", "inlineable": "false"}
ELSEWHERE = frozenset(LINALG) | frozenset(HOSTED) | {"sort", "argsort", "jax.call", "print"}
EXTREMES = frozenset({"reduce_max", "reduce_min", "argmax", "argmin"})
EQUATIONS = 2**11  # in a loop: the time to compile a function grows with more than its length
LARGE = 2**18  # bytes of an array that an operation makes or reads as a whole
LONG = 2**10  # elements that are combined: from here on XLA may give them to a library
VERY_LONG = 2**14  # from here on a program had better keep the library
WITHOUT_LIBRARY = (("xla_cpu_experimental_ynn_fusion_type", ""),)
PRODUCT = 2**12  # multiplications in a product of matrices
SCATTERED = 2**10  # writes of a scatter


def one_kernel(function: Callable[..., Any], *operands: Any) -> Any:
    """`function(is_ready, *operands)`, computed by a call that XLA compiles to one function.

    A parameter of such a call that nothing needs aborts the process (jax 0.10 to 0.12), and XLA may find out that a
    loop needs less than it is given: when an operand is a constant, or it can tell how often the loop runs. So there
    is a barrier before the operands, and `is_ready` is true, unknown to XLA, and computed from all arrays of
    `operands`; what `function` gives must depend on it.
    """
    leaves, structure = jax.tree.flatten(operands)
    places = [k for k, leaf in enumerate(leaves) if isinstance(leaf, jax.Array) and leaf.size]

    def kernel(*arrays: jax.Array) -> Any:
        inside = [jnp.zeros(x.shape, x.dtype) if isinstance(x, jax.Array) and not x.size else x for x in leaves]
        for k, array in zip(places, arrays, strict=True):
            inside[k] = array
        return function(_all_read(arrays), *jax.tree.unflatten(structure, inside))

    arrays = lax.optimization_barrier(tuple(leaves[k] for k in places))  # type: ignore[no-untyped-call]
    results, shape = jax.tree.flatten(jax.jit(kernel)(*arrays))
    marked = [set_xla_metadata(r, **ATTRIBUTES) for r in results]  # type: ignore[no-untyped-call]
    return jax.tree.unflatten(shape, marked)


def _all_read(arrays: Sequence[jax.Array]) -> Any:
    """True, computed from each of `arrays`: twice the number of those that begin with 0, plus 1, is odd."""
    firsts = [lax.reshape(a, (a.size,))[0] for a in arrays]
    zeros = sum((lax.convert_element_type(x == 0, np.int32) for x in firsts), np.int32(0))
    return 2 * zeros + 1 != 0


@dataclass(frozen=True, slots=True)
class Kernels:
    """The ids of the loops that are to become one kernel, and the options that XLA compiles the program with."""

    loops: frozenset[int] = frozenset()
    options: tuple[tuple[str, str], ...] = ()


def kernels_of(module: Module) -> Kernels:
    """The outermost of the loops of a module that can become one kernel.

    XLA gives long reductions and large products to a library, of which it cannot put the code into a function. It can
    do without, but that is decided for the whole program. So loops with long reductions are kernels in programs that
    have no very long ones elsewhere.
    """
    loops = _loops(module, any_length=True)
    inside = _ids(eqn for loop in loops for eqn in _inside(loop) if _combined(eqn) > LONG)
    if not inside:
        return Kernels(_ids(loops))
    if not inside >= _ids(eqn for graph in module.graphs for eqn in walk(graph.body) if _combined(eqn) > VERY_LONG):
        return Kernels(_ids(_loops(module, any_length=False)))
    return Kernels(_ids(loops), WITHOUT_LIBRARY)


def _ids(eqns: Iterable[Eqn]) -> frozenset[int]:
    return frozenset(map(id, eqns))


def _loops(module: Module, any_length: bool) -> list[Eqn]:
    return [loop for graph in module.graphs for loop in _outermost(graph.body, any_length)]


def _combined(eqn: Eqn) -> int:
    """How many elements a reduction or a product of matrices combines: XLA gives those of many to a library."""
    match eqn:
        case Prim(op="matmul") if _is_product(eqn):
            length = _shape(eqn.inputs[0])[-1]
            return _size(eqn.outputs[0]) * length if length > 1 else 0
        case Prim(op="reduce_sum" | "reduce_max" | "reduce_min"):
            return _size(eqn.inputs[0])
        case _:
            return 0


def _outermost(block: Block, any_length: bool) -> Iterator[Eqn]:
    for eqn in block.eqns:
        if isinstance(eqn, While | For) and eqn.outputs and _fits(eqn, any_length):
            yield eqn
        else:
            for inner in blocks_of(eqn):
                yield from _outermost(inner, any_length)


def _fits(loop: Eqn, any_length: bool) -> bool:
    """Whether all that a loop does can be, and is better, part of one kernel."""
    eqns = list(_inside(loop))
    if len(eqns) > EQUATIONS or (not any_length and max(map(_combined, eqns), default=0) > LONG):
        return False
    return all(map(_is_small, eqns))


def _inside(loop: Eqn) -> Iterator[Eqn]:
    for block in blocks_of(loop):
        yield from walk(block)


def _is_small(eqn: Eqn) -> bool:
    match eqn:
        case Prim(op="matmul") if _is_product(eqn):
            return _size(eqn.outputs[0]) * _shape(eqn.inputs[0])[-1] <= PRODUCT
        case Prim(op="index_set" | "index_add"):
            return not _is_large(eqn.inputs[1]) and (not _is_scatter(eqn) or _size(eqn.inputs[1]) <= SCATTERED)
        case Prim(op="index" | "push" | "pop" | "stack_new" | "stack_len"):
            return not any(_is_large(a) for a in (*eqn.inputs[1:], *eqn.outputs))
        case Call():
            return False
        case Prim():
            return not _is_elsewhere(eqn) and not any(_is_large(a) for a in (*eqn.inputs, *eqn.outputs))
        case _:
            return True


def _is_elsewhere(eqn: Prim) -> bool:
    """Whether an operation has no code inside of a function; complex numbers are compared by sorting them."""
    return eqn.op in ELSEWHERE or (eqn.op in EXTREMES and any(_is_complex(a) for a in eqn.inputs))


def _is_complex(atom: Atom) -> bool:
    return isinstance(atom.type, Array) and atom.type.dtype.kind == "c"


def _shape(atom: Atom) -> tuple[int, ...]:
    return static_shape(atom.type) if isinstance(atom.type, Array) else (0,)


def _size(atom: Atom) -> int:
    return math.prod(_shape(atom))


def _is_large(atom: Atom) -> bool:
    return isinstance(atom.type, Array) and _size(atom) * atom.type.dtype.itemsize > LARGE


def _is_product(eqn: Prim) -> bool:
    """Whether both operands are matrices, or stacks of them."""
    return all(isinstance(a.type, Array) and a.type.ndim > 1 for a in eqn.inputs)


def _is_scatter(eqn: Prim) -> bool:
    return any(entry[0] == "arr" for entry in eqn.attr("spec"))


# -- what has no code inside of a function ---------------------------------------------------------------------------


def _wide(out: Array) -> Any:
    """The dtype that products are added up in."""
    return np.float32 if jnp.issubdtype(out.dtype, jnp.floating) and out.dtype.itemsize == 2 else out.dtype


def _matmul(out: Array, a: jax.Array, b: jax.Array) -> jax.Array:
    if min(a.ndim, b.ndim) < 2:
        return LOWERINGS["matmul"](out, a, b)
    terms = a[..., :, :, None].astype(_wide(out)) * b[..., None, :, :]
    total = jnp.any(terms, axis=-2) if out.dtype.kind == "b" else jnp.sum(terms, axis=-2)
    return total.astype(out.dtype)


def _scatter(name: str, accumulate: bool) -> Callable[..., jax.Array]:
    def written(out: Array, x: jax.Array, value: jax.Array, *operands: jax.Array, spec: Spec) -> jax.Array:
        if not any(entry[0] == "arr" for entry in spec):
            return LOWERINGS[name](out, x, value, *operands, spec=spec)
        return _write_each(x, value, operands, spec, accumulate)

    return written


def _write_each(
    x: jax.Array, value: jax.Array, operands: Sequence[jax.Array], spec: Spec, accumulate: bool
) -> jax.Array:
    """x after the writes of a scatter, in their order."""
    arrays = jnp.broadcast_arrays(*operands)
    if not arrays[0].size:
        return x
    indices = [lax.reshape(a, (a.size,)) for a in arrays]
    windows = [("i",) if entry[0] == "arr" else entry for entry in spec]
    if value.ndim:
        rank, first = arrays[0].ndim, _first_index_axis(spec)
        value = jnp.moveaxis(value, range(first, first + rank), range(rank))
        value = lax.reshape(value, (indices[0].size, *value.shape[rank:]))

    def write(k: Any, x: jax.Array) -> jax.Array:
        at = window_of(windows, [i[k] for i in indices])
        assert at is not None
        return write_window(x, at, value[k] if value.ndim else value, accumulate)

    written: jax.Array = lax.fori_loop(0, indices[0].size, write, x)
    return written


def _first_index_axis(spec: Spec) -> int:
    """Where in `x[...]` the axes of the index arrays start: NumPy's placement."""
    at = [k for k, entry in enumerate(spec) if entry[0] == "arr"]
    return at[0] if at[-1] - at[0] == len(at) - 1 else 0


IN_KERNEL: dict[str, Callable[..., jax.Array]] = {
    "matmul": _matmul,
    "index_set": _scatter("index_set", accumulate=False),
    "index_add": _scatter("index_add", accumulate=True),
}
