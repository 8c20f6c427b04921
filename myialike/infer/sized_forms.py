"""Arrays of known size as arrays of run-time size, where another path, or another turn of a loop, has one.

    if c > 0:
        x = x[x > c]        room for all of x, and how many there are
    return x.sum()          on the other path as well: then all of them

A room that has to be larger is a new array, which may be the old one: a write to one makes the other unknown.
"""

from __future__ import annotations

from collections.abc import Sequence

from myialike.infer.heap import ArrayState, Heap, SizedState, State, ViewState
from myialike.infer.items import with_room
from myialike.infer.machine import Machine, array_type
from myialike.infer.values import Const, Ref
from myialike.ir.types import Array, static_shape

Shape = tuple[int, ...]


def is_array(state: State) -> bool:
    """Whether a state is that of an array, of known or of run-time size."""
    return isinstance(state, (ArrayState, ViewState, SizedState))


def axes_of(*states: State) -> tuple[int, ...]:
    """The axes along which one of several arrays has a run-time size; none where one is a window."""
    sized = [s for s in states if isinstance(s, SizedState)]
    if any(s.is_window for s in sized):
        return ()
    return tuple(sorted({axis for s in sized for axis in s.axes}))


def room_of(m: Machine, heap: Heap, id: int) -> Array:
    """The type of what an array of run-time size has room in; of another, of itself."""
    with m.inside(m.builder.child(), heap.copy()):
        state = m.heap.states[id]
        return array_type(m.array(state.base if isinstance(state, SizedState) else id))


def common_room(axes: Sequence[int], a: Array, b: Array) -> Shape | None:
    """The shape of a room for both of two arrays; None where they differ along other axes, or in their dtypes."""
    p, q = static_shape(a), static_shape(b)
    if not axes or a.dtype != b.dtype or len(p) != len(q):
        return None
    if any(m != n for k, (m, n) in enumerate(zip(p, q, strict=True)) if k not in axes):
        return None
    return tuple(map(max, p, q))


def in_room(m: Machine, id: int, axes: tuple[int, ...], shape: Shape) -> SizedState:
    """The state of an array as one of run-time size along `axes`, in a room of this shape."""
    state = m.state(id)
    base = state.base if isinstance(state, SizedState) else id
    own = static_shape(array_type(m.array(base)))
    if isinstance(state, SizedState):
        known = dict(zip(state.axes, zip(state.items[1::2], state.items[2::2], strict=True), strict=True))
    else:
        known = {}
    ends = [v for axis in axes for v in known.get(axis, (Const(0), Const(own[axis])))]
    room = Ref(base)
    if own != shape:
        atom = m.array(base)
        for axis, size in enumerate(shape):
            atom = with_room(m, atom, size, axis)
        room = m.new_array(atom, m.kind(base))
        for other in m.heap.candidates(m.heap.root(base)):
            m.heap.pair(room.id, other)
    return SizedState((room, *ends), axes)
