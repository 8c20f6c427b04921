"""The kinds of values in generated programs: exactly what `type(value)`, dtype and shape are when the program runs.

Every variable of a generated program has one kind throughout: two paths that give one variable an int and a float are
outside of what the compiler promises (README, "differ from Python").
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scalar:
    """`bool`, `int`, `float` of Python, or `f8`, `f4`, `i8`: np.float64, np.float32, np.int64."""

    name: str


@dataclass(frozen=True)
class Arr:
    """An ndarray: dtype `f8`, `f4`, `i8` or `b1`."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class ListOf:
    """A list of any length, of items of one kind."""

    item: Kind


@dataclass(frozen=True)
class Tup:
    items: tuple[Kind, ...]


@dataclass(frozen=True)
class DictOf:
    """A dict with these strings as keys, and a kind for the value of each."""

    keys: tuple[str, ...]
    items: tuple[Kind, ...]


@dataclass(frozen=True)
class Obj:
    """An instance of one of the dataclasses of `FIELDS`."""

    cls: str


Kind = Scalar | Arr | ListOf | Tup | DictOf | Obj

BOOL, INT, FLOAT = Scalar("bool"), Scalar("int"), Scalar("float")
F8, F4, I8 = Scalar("f8"), Scalar("f4"), Scalar("i8")
PYTHON = (INT, FLOAT, BOOL)
SCALARS = (INT, FLOAT, BOOL, F8, I8, F4)
NUMPY_NAMES = {"f8": "np.float64", "f4": "np.float32", "i8": "np.int64", "b1": "np.bool_"}

SHAPES = ((3,), (2,), (2, 3))
ARRAYS = tuple(Arr(dtype, shape) for dtype in ("f8", "i8", "f4") for shape in SHAPES)
FLOAT_ARRAYS = tuple(a for a in ARRAYS if a.dtype == "f8")

FIELDS: dict[str, dict[str, Kind]] = {
    "Point": {"x": FLOAT, "y": FLOAT},
    "Box": {"n": INT, "data": Arr("f8", (3,)), "at": Obj("Point")},
}
CLASSES = """\
def twice(fn, x):
    return fn(fn(x))


@dataclass
class Point:
    x: float
    y: float = 0.5

    def norm(self):
        return abs(self.x) + abs(self.y)

    def move(self, by, times=1):
        self.x += by * times
        return self


@dataclass
class Box:
    n: int
    data: np.ndarray
    at: Point

    @property
    def total(self):
        return self.data.sum() + self.n

    def __getitem__(self, i):
        return self.data[i]
"""


def is_immutable(kind: Kind) -> bool:
    return isinstance(kind, Scalar) or (isinstance(kind, Tup) and all(map(is_immutable, kind.items)))
