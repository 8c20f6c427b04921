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
class TableOf:
    """A dict with any ints as keys, and values of one kind."""

    item: Kind


@dataclass(frozen=True)
class Obj:
    """An instance of one of the dataclasses of `FIELDS`."""

    cls: str


Kind = Scalar | Arr | ListOf | Tup | DictOf | TableOf | Obj

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
    "Vec": {"x": FLOAT, "y": FLOAT},
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


class Vec:
    size = 2

    def __init__(self, x, y=1.0):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y)

    def __radd__(self, other):
        return Vec(other + self.x, other + self.y)

    def __mul__(self, k):
        if isinstance(k, Vec):
            return NotImplemented
        return Vec(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __iadd__(self, other):
        self.x += other.x
        self.y += other.y
        return self

    def __neg__(self):
        return Vec(-self.x, -self.y)

    def __eq__(self, other):
        return self.x == other.x

    def __lt__(self, other):
        return (self.x, self.y) < (other.x, other.y)

    def __contains__(self, value):
        return value == self.y

    def __iter__(self):
        return iter((self.x, self.y))

    def __len__(self):
        return self.size

    def __getitem__(self, i):
        return (self.x, self.y)[i]

    def __setitem__(self, i, value):
        if i == 0:
            self.x = value
        else:
            self.y = value

    def __call__(self, k):
        if k > 3:
            raise Trouble("too far", k)
        return self.x + k * self.y

    def __bool__(self):
        return self.x != self.y

    def __repr__(self):
        return f"Vec({self.x}, {self.y})"

    @classmethod
    def even(cls, x):
        return cls(x, x)


class Flat(Vec):
    def __init__(self, x):
        super().__init__(x, 0.0)

    def __radd__(self, other):
        return self.x

    def __call__(self, k):
        return super().__call__(k) - 1


class Pair(NamedTuple):
    u: float
    v: float = 2.0

    def __add__(self, other):
        return Pair(self.u + other[0], self.v * 2)

    def turned(self):
        return self._replace(u=self.v, v=self.u)


class Color(Enum):
    RED = 1
    BLUE = 2

    def weigh(self, x):
        return self.value * x


@dataclass
class Tree:
    value: float
    kids: tuple = ()

    def total(self):
        return self.value + sum(kid.total() for kid in self.kids)


def deepest(tree):
    return 1 + max((deepest(kid) for kid in tree.kids), default=0)


def scaled(tree, k):
    return Tree(tree.value * k, tuple([scaled(kid, k + 1) for kid in tree.kids]))
"""


def is_immutable(kind: Kind) -> bool:
    return isinstance(kind, Scalar) or (isinstance(kind, Tup) and all(map(is_immutable, kind.items)))
