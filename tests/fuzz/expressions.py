"""Random expressions: the templates of `grammar`, and the forms that depend on what is in sight.

Everything here writes text of exactly the kind asked for. What may raise (an index out of range, a division by zero)
is mostly, not always, written so that it does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.fuzz.grammar import ARRAY, PLAIN, RISKY, SHAPED
from tests.fuzz.kinds import (
    ARRAYS,
    BOOL,
    F4,
    F8,
    FIELDS,
    FLOAT,
    I8,
    INT,
    PYTHON,
    Arr,
    DictOf,
    Kind,
    ListOf,
    Obj,
    Scalar,
    TableOf,
    Tup,
    is_immutable,
)
from tests.fuzz.scope import Function, Scope, Variable
from tests.fuzz.values import literal

FIELD = re.compile(r"\{(\w+)\}")
CHOICES = {
    "small": ["2", "3", "5", "-3", "-2", "7"],
    "half": ["2.0", "0.5", "4.0", "-2.0", "1.5"],
    "digit": ["0", "1", "2", "3"],
    "bit": ["0", "1"],
    "cmp": ["<", ">", "<=", ">=", "==", "!="],
}
NAMED = {"short": (2,), "long": (3,), "matrix": (2, 3), "tall": (3, 2)}
ZEROS = {"f8": "np.zeros({})", "f4": "np.ones({}, np.float32)", "i8": "np.full({}, 2)", "b1": "np.ones({}, dtype=bool)"}
DERIVED: dict[Kind, list[tuple[Kind, str]]] = {
    BOOL: [(FLOAT, "({} > 0.5)"), (INT, "({} < 2)"), (F8, "bool({} > 1)"), (I8, "bool({} == 0)")],
    INT: [(BOOL, "({} + 1)"), (I8, "int({})"), (FLOAT, "({} > 0) + 1")],
    FLOAT: [(INT, "({} / 2)"), (F8, "float({})"), (BOOL, "({} * 0.5)")],
    F8: [(FLOAT, "np.float64({})"), (INT, "np.float64({})"), (I8, "({} * 0.5)")],
    I8: [(INT, "np.int64({})"), (BOOL, "np.int64({})")],
    F4: [(FLOAT, "np.float32({})"), (INT, "np.float32({})")],
}
STEPS = ["[::-1]", "[:]", "[:]", "[1:]", "[:-1]", "[-2:]", "[::2]"]


class Expressions(Scope):
    """Writes expressions; `depth` bounds their nesting."""

    def expr(self, kind: Kind, depth: int = 2) -> str:
        if depth <= 0 or self.chance(5):
            return self.atom(kind)
        if self.chance(4):
            text = self.part(kind) or self.called(kind, depth - 1)
            if text:
                return text
        if is_immutable(kind) and self.chance(8):
            return self.general(kind, depth - 1)
        return self.new(kind, depth - 1)

    def atom(self, kind: Kind) -> str:
        """A variable, something made of one, or a literal."""
        known = self.known(kind)
        if known and self.often(6):
            return self.pick(known).name
        if not known and self.chance(2):
            return self.part(kind) or self.derived(kind)
        return (
            literal(self, kind) if not isinstance(kind, Arr) or self.chance(3) else ZEROS[kind.dtype].format(kind.shape)
        )

    def derived(self, kind: Kind) -> str:
        """A kind that nothing in sight has, made from one that something has."""
        for of, template in DERIVED.get(kind, ()):
            known = self.known(of)
            if known:
                return template.format(self.pick(known).name)
        return literal(self, kind)

    def new(self, kind: Kind, depth: int) -> str:
        """An expression whose objects have no other name (but arrays: they may be views)."""
        match kind:
            case Scalar(name):
                table = RISKY if name in RISKY and self.chance(15) else PLAIN
                return self.filled(self.pick(table[name]), kind, depth)
            case Arr(dtype, shape):
                forms = ARRAY[dtype] + (ARRAY[""] if dtype != "b1" else [])
                shaped = SHAPED.get(shape, []) if dtype != "b1" else []
                return self.filled(self.pick(shaped if shaped and self.chance(3) else forms), kind, depth)
            case ListOf():
                return self.pick([self.list_display, self.comprehension, self.list_from])(kind, depth)
            case Tup(items):
                return "(" + "".join(f"{self.expr(k, depth)}, " for k in items) + ")"
            case DictOf():
                return self.pick([self.dict_display, self.dict_display, self.dict_merge])(kind, depth)
            case TableOf(item):
                return self.table_made(kind, item, depth)
            case Obj():
                return self.pick([self.object_made, self.object_made, self.object_replaced])(kind, depth)

    # -- templates

    def filled(self, template: str, kind: Kind, depth: int) -> str:
        """A template with its fields written. Its loop variable, if it has one, is in sight of the fields `k_...`.

        No walrus is written in a comprehension: Python forbids one in what it goes through.
        """
        loop = self.fresh("k") if "{k}" in template else ""
        binding, self.binding = self.binding, self.binding and " for " not in template
        text = FIELD.sub(lambda found: self.field(found[1], kind, depth, loop), template)
        self.binding = binding
        return text

    def field(self, name: str, kind: Kind, depth: int, loop: str) -> str:
        if name in CHOICES:
            return self.pick(CHOICES[name])
        if name in PLAIN:
            return self.expr(Scalar(name), depth)
        if name.startswith("k_"):
            return self.inside(loop, INT, lambda: self.expr(Scalar(name[2:]), depth))
        if isinstance(kind, Arr):
            return self.array_field(name, kind, depth)
        match name:
            case "k":
                return loop
            case "trips":
                return f"{self.atom(INT)} % 4" if self.chance(3) else self.pick(["2", "1", "3", "0"])
            case "cond":
                return self.condition(depth)
            case "cond_f8":
                return f"{self.expr(F8, depth)} {self.pick(CHOICES['cmp'])} {self.expr(F8, depth)}"
            case "ints":
                return self.pick([*(v.name for v in self.known(ListOf(INT))), "[1, -2, 3]"])
            case "floats":
                return self.pick([*(v.name for v in self.known(ListOf(FLOAT))), "[0.5, -2.0]"])
            case "anylist":
                return self.pick([*(v.name for v in self.variables if isinstance(v.kind, ListOf)), "[1]"])
            case "vec":
                return self.expr(ARRAYS[0], depth)
            case "vecobj":
                return self.expr(Obj("Vec"), depth)
            case "array" | "f8array":
                return self.expr(self.pick([a for a in ARRAYS if name == "array" or a.dtype == "f8"]), depth)
        raise NotImplementedError(name)

    def array_field(self, name: str, kind: Arr, depth: int) -> str:
        match name:
            case "same":
                return self.expr(kind, depth)
            case "mask":
                return self.expr(Arr("b1", kind.shape), depth)
            case "like":
                return self.expr(Scalar(kind.dtype), depth)
            case "number":
                return self.expr(INT, 0) if kind.dtype == "i8" else self.expr(self.pick([FLOAT, INT]), depth)
            case "shape":
                return repr(kind.shape)
            case "seq":
                return self.sequences(kind.shape)
            case "asint":
                return self.expr(Arr("i8", kind.shape), depth)
            case "f8same":
                return self.expr(Arr("f8", kind.shape), depth)
            case "row":
                return f"{self.expr(Arr(kind.dtype, (2, 3)), depth)}[{self.index(2)}]"
        return self.expr(Arr(kind.dtype, NAMED[name]), depth)

    def sequences(self, shape: tuple[int, ...]) -> str:
        """A list or a tuple with the shape of an array: of numbers, or of such."""
        of, kind = self.pick(["[{}]", "({},)"]), self.pick([FLOAT, INT])
        first, *rest = shape
        return of.format(", ".join(self.sequences(tuple(rest)) if rest else self.atom(kind) for _ in range(first)))

    def condition(self, depth: int) -> str:
        """Something that is asked for its truth."""
        form = self.number(9)
        if form == 9:
            return self.expr(self.pick([INT, FLOAT, F8]), depth)
        if form == 8:
            of = self.pick([F8, I8, F4])
            return f"{self.expr(of, depth)} {self.pick(CHOICES['cmp'])} {self.expr(of, depth)}"
        lists = [v for v in self.variables if isinstance(v.kind, ListOf)] if form == 7 else []
        return self.pick(lists).name if lists else self.expr(BOOL, depth)

    # -- what every immutable kind has

    def general(self, kind: Kind, depth: int) -> str:
        forms = [self.ternary, self.ternary, self.operand, self.lambda_called]
        return self.pick([*forms, self.walrus] if self.binding else forms)(kind, depth)

    def ternary(self, kind: Kind, depth: int) -> str:
        return f"({self.expr(kind, depth)} if {self.condition(depth)} else {self.expr(kind, depth)})"

    def operand(self, kind: Kind, depth: int) -> str:
        """`and`, `or`: they give an operand."""
        return f"({self.expr(kind, depth)} {self.pick(['or', 'and'])} {self.expr(kind, depth)})"

    def lambda_called(self, kind: Kind, depth: int) -> str:
        of, name = self.pick(PYTHON), self.fresh("u")
        argument = self.expr(of, depth)
        default = f", {self.fresh('u')}={self.atom(INT)}" if self.chance(4) else ""
        return f"(lambda {name}{default}: {self.inside(name, of, lambda: self.expr(kind, depth))})({argument})"

    def walrus(self, kind: Kind, depth: int) -> str:
        known = [v for v in self.rebindable() if v.kind == kind]
        return f"({self.pick(known).name} := {self.expr(kind, depth)})" if known else self.expr(kind, depth)

    def inside(self, name: str, kind: Kind, write: Callable[[], str]) -> str:
        """What `write` gives where the variable of a lambda or a comprehension is in sight."""
        binding, self.binding = self.binding, False
        self.variables.append(Variable(name, kind, -1, self.block, fixed=True))
        text = write()
        self.variables = [v for v in self.variables if v.name != name]
        self.binding = binding
        return text

    # -- parts and calls

    def part(self, kind: Kind) -> str:
        """An item, an attribute or an element of something in sight, or nothing."""
        holders = [v for v in reversed(self.variables) if kind in self.kinds_inside(v.kind)]
        if not holders:
            return ""
        holder = self.pick(holders)
        return self.pick([write for k, write in self.parts_of(holder.name, holder.kind) if k == kind])()

    def kinds_inside(self, kind: Kind) -> list[Kind]:
        return [k for k, _ in self.parts_of("", kind)]

    def parts_of(self, name: str, kind: Kind) -> list[tuple[Kind, Callable[[], str]]]:
        match kind:
            case Tup(items):
                return [(item, lambda k=k: f"{name}[{k}]") for k, item in enumerate(items)]
            case DictOf(keys, items):
                return [(i, lambda k=k: f"{name}[{k!r}]") for k, i in zip(keys, items, strict=True)]
            case Obj("Vec"):
                return [(FLOAT, lambda: f"{name}.x"), (FLOAT, lambda: f"{name}[{self.number(1)}]")]
            case Obj("Point"):
                return [(FLOAT, lambda: f"{name}.x"), (FLOAT, lambda: f"{name}.y"), (FLOAT, lambda: f"{name}.norm()")]
            case Obj():
                own = [(k, lambda n=n: f"{name}.{n}") for n, k in FIELDS[kind.cls].items()]
                extra = [(F8, lambda: f"{name}.total"), (F8, lambda: f"{name}[{self.index(3)}]")]
                return own + extra + self.parts_of(f"{name}.at", Obj("Point"))
            case ListOf(item):
                return [(item, lambda: f"{name}[{self.list_index(name)}]")]
            case TableOf(item):
                return [(item, lambda: self.table_item(name, item)), (INT, lambda: f"len({name})"),
                        (BOOL, lambda: f"({self.key()} in {name})")]  # fmt: skip
            case Arr(dtype, (first, *rest)) if dtype != "b1":
                whole = (Scalar(dtype), lambda: f"{name}[{', '.join(map(self.index, kind.shape))}]")
                row = (Arr(dtype, tuple(rest)), lambda: f"{name}[{self.index(first)}]")
                return [whole, row] if rest else [whole]
        return []

    def key(self) -> str:
        """A key of a table: known, or of run time."""
        return self.pick([f"{self.expr(INT, 1)} % 4", f"{self.expr(INT, 1)} % 3", self.pick(["0", "1", "2"])])

    def table_item(self, name: str, item: Kind) -> str:
        key = self.key()
        if self.chance(8):
            return f"{name}[{key}]"
        return f"{name}.get({key}, {self.new(item, 1)})"

    def table_made(self, kind: Kind, item: Kind, depth: int) -> str:
        """A new table: empty, with some keys, of a loop, or of another table."""
        known = [v.name for v in self.known(kind)]
        k = self.fresh("k")
        forms = ["{}", f"{{{self.key()}: {self.expr(item, depth)}}}"]
        forms.append(f"{{0: {self.new(item, 1)}, 1: {self.new(item, 1)}}}")
        binding, self.binding = self.binding, False
        made = self.inside(k, INT, lambda: self.new(item, 1))
        self.binding = binding
        forms.append(f"{{{k} % 3: {made} for {k} in range({self.atom(INT)} % 4)}}")
        if known:
            t, u = self.pick(known), self.pick(known)
            forms += [f"{t}.copy()", f"({t} | {u})", f"{{**{t}, {self.key()}: {self.new(item, 1)}}}", f"dict({t})"]
            if is_immutable(item):
                forms.append(f"{{{k}: v for {k}, v in {t}.items() if {k} > {self.number(2)}}}")
        return self.pick(forms)

    def list_index(self, name: str) -> str:
        if self.chance(3):
            return f"{self.expr(INT, 1)} % len({name})"
        return self.atom(INT) if self.chance(15) else self.pick(["0", "-1"])

    def index(self, size: int) -> str:
        """An index into an axis: mostly in range, a constant or a run-time value."""
        if self.chance(3):
            return f"{self.expr(INT, 1)} % {size}"
        if self.chance(20):
            return self.atom(INT)
        return str(self.number(2 * size - 1) - size) if self.chance(3) else str(self.number(size - 1))

    def called(self, kind: Kind, depth: int) -> str:
        known = [f for f in reversed(self.functions) if f.result == kind]
        return self.call(self.pick(known), depth) if known else ""

    def call(self, function: Function, depth: int) -> str:
        """A call: its arguments by position, by keyword, left out, or more of them."""
        arguments = []
        by_name = False
        for position, p in enumerate(function.params):
            if p.default and self.chance(2):
                by_name = True
                continue
            value = f"{self.expr(INT, 1)} % 4" if function.fuel and position == 0 else self.expr(p.kind, depth)
            by_name = by_name or p.keyword_only or self.chance(6)
            arguments.append(f"{p.name}={value}" if by_name else value)
        if function.star is not None and not by_name:
            arguments += [self.expr(function.star, depth) for _ in range(self.number(2))]
        return f"{function.name}({', '.join(arguments)})"

    # -- structures

    def list_display(self, kind: Kind, depth: int) -> str:
        assert isinstance(kind, ListOf)
        return "[" + ", ".join(self.expr(kind.item, depth) for _ in range(self.number(2) + 1)) + "]"

    def list_from(self, kind: Kind, depth: int) -> str:
        """A new list, made of known ones."""
        known = self.known(kind)
        if not known:
            return self.list_display(kind, depth)
        xs, ys = self.pick(known).name, self.pick(known).name
        assert isinstance(kind, ListOf)
        forms = [f"list({xs})", f"{xs}{self.pick(STEPS)}", f"({xs} + {ys})", f"({xs} * 2)", f"list(reversed({xs}))",
                 f"[*{xs}, {self.atom(kind.item)}]"]  # fmt: skip
        return self.pick(forms)

    def comprehension(self, kind: Kind, depth: int) -> str:
        assert isinstance(kind, ListOf)
        item_kind, name, of = kind.item, self.fresh("k"), INT
        over = f"range({self.number(2) + 1})"
        sources = [v for v in self.variables if isinstance(v.kind, ListOf)]
        if sources and self.chance(2):
            source = self.pick(sources)
            assert isinstance(source.kind, ListOf)
            over, of = source.name, source.kind.item  # type: ignore[assignment]
        return f"[{self.inside(name, of, lambda: self.expr(item_kind, depth))} for {name} in {over}]"

    def dict_display(self, kind: Kind, depth: int) -> str:
        assert isinstance(kind, DictOf)
        items = [(k, self.expr(i, depth)) for k, i in zip(kind.keys, kind.items, strict=True)]
        if self.chance(3):
            return "dict(" + ", ".join(f"{k}={v}" for k, v in items) + ")"
        return "{" + ", ".join(f"{k!r}: {v}" for k, v in items) + "}"

    def dict_merge(self, kind: Kind, depth: int) -> str:
        assert isinstance(kind, DictOf)
        known = self.known(kind)
        if not known:
            return self.dict_display(kind, depth)
        d, which = self.pick(known).name, self.number(len(kind.keys) - 1)
        key, item = kind.keys[which], self.expr(kind.items[which], depth)
        forms = [
            f"{d}.copy()",
            f"{{**{d}, {key!r}: {item}}}",
            f"({d} | {{{key!r}: {item}}})",
            f"dict({d}, {key}={item})",
        ]
        return self.pick(forms)

    def object_made(self, kind: Kind, depth: int) -> str:
        assert isinstance(kind, Obj)
        named = self.chance(3)
        fields = [(f"{n}=" if named else "") + self.expr(k, depth) for n, k in FIELDS[kind.cls].items()]
        return f"{kind.cls}({', '.join(fields)})"

    def object_replaced(self, kind: Kind, depth: int) -> str:
        assert isinstance(kind, Obj)
        known = self.known(kind)
        if not known:
            return self.object_made(kind, depth)
        name, field = self.pick(known).name, self.pick(list(FIELDS[kind.cls]))
        if kind.cls == "Vec":
            forms = [f"({name} + {self.expr(kind, depth)})", f"({name} * {self.expr(FLOAT, 1)})", f"(-{name})"]
            return self.pick(forms)
        return f"replace({name}, {field}={self.expr(FIELDS[kind.cls][field], depth)})"

    def any_kind(self) -> Kind:
        """A kind for a new variable: mostly numbers and arrays."""
        if self.floats and self.often(3):
            return self.pick([FLOAT, F8, ARRAYS[0], ARRAYS[2], ListOf(FLOAT)])
        form = self.number(20)
        if form == 20:
            return TableOf(self.pick([FLOAT, INT, ListOf(FLOAT), ARRAYS[1]]))
        if form < 9:
            return self.pick([INT, FLOAT, INT, FLOAT, BOOL])
        if form < 11:
            return self.pick([F8, I8, F4])
        if form < 15:
            return self.pick(ARRAYS)
        if form < 17:
            return ListOf(self.pick([FLOAT, INT, ARRAYS[1], Tup((INT, FLOAT)), Obj("Point")]))
        if form == 17:
            return Tup((self.pick([INT, FLOAT]), self.pick([FLOAT, ARRAYS[0], Tup((INT, INT))])))
        if form == 18:
            return DictOf(("a", "b"), (self.pick([FLOAT, INT]), self.pick([INT, ARRAYS[0], ListOf(FLOAT)])))
        return Obj(self.pick(["Point", "Box", "Vec"]))
