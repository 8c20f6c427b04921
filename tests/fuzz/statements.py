"""Random statements: branches, loops with jumps, changes of objects, functions inside functions.

They end by construction: `while` loops count, recursion counts down (`programs`). Only a list that grows while it is
gone through could go on for ever, and such a program is dropped when CPython does not finish it.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.changes import Changes, Lines
from tests.fuzz.kinds import (
    ARRAYS,
    BOOL,
    FLOAT,
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
from tests.fuzz.scope import Function, Parameter, Variable

ERRORS = ["ValueError", "KeyError", "RuntimeError", "ArithmeticError", "Trouble", "Lost"]


def indented(lines: Lines) -> Lines:
    return ["    " + line for line in lines]


class Statements(Changes):
    """Writes statements, as lines."""

    result: Kind = INT  # of the function being written
    most: int = 24  # statements of a program

    def body(self, depth: int, least: int = 1) -> Lines:
        """The lines of a block. What it binds is mostly out of sight after it: another path may not have bound it."""
        variables, functions = len(self.variables), len(self.functions)
        self.block += 1
        lines: Lines = []
        for _ in range(least + self.number(2)):
            if lines and self.size > self.most:
                break
            lines += self.statement(depth)
        self.block -= 1
        seldom = self.number(40) == 23  # bounds are drawn more often than they are
        kept = [v for v in self.variables[variables:] if seldom and is_immutable(v.kind) and not v.fixed]
        del self.variables[variables:], self.functions[functions:]
        self.variables += kept
        return lines

    def statement(self, depth: int) -> Lines:
        self.size += 1
        forms: list[Callable[[int], Lines]] = [
            self.assign,
            self.assign,
            self.rebind,
            self.augment,
            self.change,
            self.change,
            self.write,
        ]
        forms += [self.chosen, self.unpack, self.printed, self.checked, self.named_lambda, self.lambdas]
        if depth > 0 and self.size < self.most:
            forms += [
                self.branch,
                self.branch,
                self.for_,
                self.for_,
                self.while_,
                self.match,
                self.function,
                self.with_,
            ]
        if self.loops or self.chance(3):
            forms.append(self.jump)
        return self.pick(forms)(depth)

    # -- names

    def assign(self, depth: int) -> Lines:
        """A new variable: a value, another name for an object, or two names at once."""
        kind = self.any_kind()
        known = self.known(kind)
        home = self.block
        if known and not is_immutable(kind) and self.chance(2):
            same = self.pick(known)
            value, home = same.name, same.home
        else:
            value = self.expr(kind, 3)
        variable = self.bind("v", kind)
        variable.home = home
        if self.chance(8):
            other = self.bind("v", kind)
            other.home = home
            return [f"{other.name} = {variable.name} = {value}"]
        return [f"{variable.name} = {value}"]

    def chosen(self, depth: int) -> Lines:
        """A name for one of two views, or of two objects that have names; a condition picks which."""
        known = [v for v in reversed(self.variables) if isinstance(v.kind, Arr | ListOf | DictOf | TableOf | Obj)]
        if not known:
            return self.assign(depth)
        v = self.pick(known)
        kind, ways = self.views(v)
        if not ways or self.chance(3):
            kind, ways = v.kind, [w.name for w in self.known(v.kind)]
        one, other, condition = self.pick(ways), self.pick(ways), self.condition(2)
        name = self.bind("v", kind)
        name.home = -1
        if self.chance(2):
            return [f"{name.name} = {one} if {condition} else {other}"]
        lines = [f"if {condition}:", f"    {name.name} = {one}", "else:", f"    {name.name} = {other}"]
        return [*lines, *self.changed(name.name, kind, False)]

    def views(self, v: Variable) -> tuple[Kind, list[str]]:
        """Views of an array that have one shape, and their kind."""
        if not isinstance(v.kind, Arr) or v.kind.dtype == "b1":
            return v.kind, []
        first, *rest = v.kind.shape
        if rest:
            rows = [f"{v.name}[0]", f"{v.name}[-1]", f"{v.name}[{self.index(first)}]", f"{v.name}[::-1][0]"]
            return Arr(v.kind.dtype, tuple(rest)), rows
        if first != 3:
            return v.kind, [f"{v.name}[:]", f"{v.name}[::-1]"]
        return Arr(v.kind.dtype, (2,)), [f"{v.name}[1:]", f"{v.name}[:-1]", f"{v.name}[::2]", f"{v.name}[::-1][1:]"]

    def named_lambda(self, depth: int) -> Lines:
        """A lambda with a name; it reads variables when it is called, also such as change before that."""
        kind, result = self.pick([INT, FLOAT, ARRAYS[0]]), self.pick([FLOAT, INT, Scalar("f8"), ARRAYS[0]])
        name, u = self.fresh("g"), self.fresh("u")
        body = self.inside(u, kind, lambda: self.expr(result, 2))
        self.functions.append(Function(name, [Parameter(u, kind)], result))
        return [f"{name} = lambda {u}: {body}"]

    def lambdas(self, depth: int) -> Lines:
        """Functions made in a loop, in a list: a default is of its turn, a variable as it is at the call."""
        fs, k, u = self.fresh("v"), self.fresh("k"), self.fresh("u")
        body = self.inside(u, FLOAT, lambda: self.inside(k, INT, lambda: self.expr(FLOAT, 2)))
        turn = self.pick([f", {k}={k}", ""])
        made = f"[lambda {u}{turn}: {body} for {k} in range({self.number(2) + 1})]"
        called = f"{fs}[{self.pick(['0', '-1'])}]({self.expr(FLOAT, 1)})"
        return [f"{fs} = {made}", f"{self.bind('v', FLOAT).name} = {called}"]

    def rebind(self, depth: int) -> Lines:
        """A variable gets a new value of its kind. A list keeps its length: `self.growth` is for `change`."""
        known = [v for v in self.rebindable() if is_immutable(v.kind) or isinstance(v.kind, Arr | ListOf)]
        if not known:
            return self.assign(depth)
        variable = self.pick(known)
        if isinstance(variable.kind, ListOf):
            item, name = variable.kind.item, self.fresh("k")
            value = f"[{self.inside(name, item, lambda: self.expr(item, 2))} for {name} in {variable.name}]"
        else:
            value = self.expr(variable.kind, 3) if is_immutable(variable.kind) else self.new(variable.kind, 2)
        if variable.kind == INT and self.loops:
            value = f"({value}) % 101 - 50"  # so that repeated products stay short
        return [f"{variable.name} = {value}"]

    def augment(self, depth: int) -> Lines:
        known = [v for v in self.rebindable() if isinstance(v.kind, Arr | Scalar) and v.kind != BOOL]
        if not known:
            return self.assign(depth)
        v = self.pick(known)
        dtype = v.kind.name if isinstance(v.kind, Scalar) else v.kind.dtype  # type: ignore[union-attr]
        if dtype in ("int", "i8"):
            op, operand = (
                self.pick(["+=", "-=", "*=", "//=", "%=", "^=", "&=", ">>=", "|="]),
                self.pick(["1", "2", "3"]),
            )
            if op in ("+=", "-=", "^="):
                operand = self.expr(INT, 1) if dtype == "int" else operand
        elif dtype == "b1":
            op, operand = self.pick(["&=", "|=", "^="]), self.expr(v.kind, 1)
        else:
            op = self.pick(["+=", "-=", "*=", "/=", "%=", "//=", "**="])
            operand = "2" if op == "**=" else self.pick(["0.5", "2.0", "1.5", "3"])
            if op in ("+=", "-="):
                operand = self.expr(self.pick([v.kind, FLOAT]), 1)
        return [f"{v.name} {op} {operand}"]

    def unpack(self, depth: int) -> Lines:
        form = self.number(5)
        swap = [v for v in self.rebindable() if is_immutable(v.kind)]
        if form < 2 and len(swap) > 1:
            a = self.pick(swap)
            b = self.pick([v for v in swap if v.kind == a.kind])
            return [f"{a.name}, {b.name} = {self.expr(b.kind, 1)}, {self.expr(a.kind, 1)}"]
        if form < 4:
            kinds = [self.pick(PYTHON) for _ in range(self.number(1) + 2)]
            values = [self.expr(k, 2) for k in kinds]
            names = [self.bind("v", k).name for k in kinds]
            if form == 3 and len(names) == 3:
                return [f"{names[0]}, ({names[1]}, {names[2]}) = {values[0]}, ({values[1]}, {values[2]})"]
            return [f"{', '.join(names)} = {', '.join(values)}"]
        if form == 4:
            value = self.expr(ARRAYS[0], 2)
            names = [self.bind("v", Scalar("f8")).name for _ in range(3)]
            return [f"{', '.join(names)} = {value}"]
        values = [self.expr(INT, 1) for _ in range(3)]
        first, rest = self.bind("v", INT).name, self.bind("v", ListOf(INT)).name
        return [f"{first}, *{rest} = [{', '.join(values)}]"]

    # -- effects

    def write(self, depth: int) -> Lines:
        """A call for its effects."""
        return [self.call(self.pick(self.functions), 1)] if self.functions else self.assign(depth)

    def printed(self, depth: int) -> Lines:
        form = self.number(3)
        if form == 0:
            return [f"print({self.expr(self.any_kind(), 1)}, {self.expr(self.pick(PYTHON), 1)})"]
        if form == 1:
            return [f'print(f"{{ {self.atom(FLOAT)} :.3f}} {{ {self.atom(INT)} :>4d}}|{{ {self.atom(BOOL)} }}")']
        return [f"print('{self.fresh('at')}', {self.atom(self.any_kind())})"]

    def checked(self, depth: int) -> Lines:
        condition, value = self.expr(BOOL, 2), self.atom(self.pick([INT, FLOAT]))
        if self.often(3):
            condition = f"{condition} or {self.expr(BOOL, 1)} or {self.atom(INT)} < 9"
        return [f'assert {condition}, f"failed at {{ {value} }}"' if self.chance(2) else f"assert {condition}"]

    def jump(self, depth: int) -> Lines:
        """A way out, mostly under a condition."""
        ways = [f"return {self.returned()}", f'raise {self.pick(ERRORS)}(f"bad {{ {self.atom(INT)} }}")']
        ways.append(f'raise Trouble("bad", {self.atom(INT)})')
        if self.loops:
            ways = ["break", "continue", "break", "continue", *ways]
        way = self.pick(ways)
        if self.loops and self.chance(12):
            return [way]
        return [f"if {self.condition(2)}:", "    " + way]

    # -- structure

    def returned(self) -> str:
        """A result. Of a tuple all but the first are variables, where there are some."""
        if not isinstance(self.result, Tup):
            return self.expr(self.result, 2)
        first, *rest = self.result.items
        return f"({', '.join([self.expr(first, 2), *map(self.atom, rest)])})"

    def branch(self, depth: int) -> Lines:
        lines = [f"if {self.condition(2)}:", *indented(self.body(depth - 1))]
        if self.chance(4):
            lines += [f"elif {self.condition(2)}:", *indented(self.body(depth - 1))]
        if self.chance(2):
            lines += ["else:", *indented(self.body(depth - 1))]
        return lines

    def loop(self, head: str, targets: list[tuple[str, Kind]], depth: int, first: Lines) -> Lines:
        """A loop with its `else`; the targets are in sight inside."""
        self.loops += 1
        mark = len(self.variables)
        self.variables += [Variable(name, kind, self.level, self.block) for name, kind in targets]
        inside = self.body(depth - 1)
        del self.variables[mark:]
        self.loops -= 1
        lines = [head, *indented([*first, *inside])]
        if self.chance(6):
            lines += ["else:", *indented(self.body(depth - 1))]
        return lines

    def for_(self, depth: int) -> Lines:
        over, *kinds = self.iterable()
        targets = [(self.fresh("i"), k) for k in kinds]
        names = [name for name, _ in targets]
        text = str(over)
        head = f"for {', '.join(names)} in {text}:"
        return self.loop(head, targets, depth, [])  # type: ignore[arg-type]

    def iterable(self) -> list[str | Kind]:
        """Something to go through, and the kinds of the targets."""
        form = self.number(12)
        tables = [v for v in self.variables if isinstance(v.kind, TableOf)]
        if form == 12 and tables:
            t = self.pick(tables)
            assert isinstance(t.kind, TableOf)
            if self.chance(2):
                return [self.pick([t.name, f"sorted({t.name})", f"list({t.name})"]), INT]
            return [self.pick([f"{t.name}.items()", f"list({t.name}.items())"]), INT, t.kind.item]
        lists = [v for v in self.variables if isinstance(v.kind, ListOf)]
        arrays = [v for v in self.variables if isinstance(v.kind, Arr) and v.kind.shape]
        dicts = [v for v in self.variables if isinstance(v.kind, DictOf) and v.kind.items[0] == v.kind.items[1]]
        if form < 3:
            return [f"range({self.expr(INT, 1)} % 5)", INT]
        if form < 5:
            return [f"range({self.pick(['3', '4', '1', '5, 0, -2', '2, 5', '0, 7, 3', '0'])})", INT]
        if form == 5:
            step = self.pick(["1", "2", "-1", "-2"])
            return [f"range({self.expr(INT, 1)} % 5, {self.expr(INT, 1)} % 6, {step})", INT]
        if form in (6, 7) and arrays:
            a = self.pick(arrays)
            return self.elements(a)
        if form in (8, 9) and lists:
            xs = self.pick(lists)
            assert isinstance(xs.kind, ListOf)
            text = self.pick([f"{xs.name}", f"{xs.name}[:]", f"reversed({xs.name})"])
            return [f"enumerate({text})", INT, xs.kind.item] if self.chance(3) else [text, xs.kind.item]
        if form == 10 and lists and self.chance(2):
            xs = self.pick(lists)
            assert isinstance(xs.kind, ListOf)
            if self.chance(2):
                return [f"zip({xs.name}, {xs.name}[1:])", xs.kind.item, xs.kind.item]
            return [f"zip({xs.name}, range({self.number(4)}))", xs.kind.item, INT]
        if form == 10 and arrays:
            a = self.pick(arrays)
            assert isinstance(a.kind, Arr)
            return [f"zip({a.name}, range({self.number(4)}))", self.rows(a.kind), INT]
        if dicts:
            d = self.pick(dicts)
            assert isinstance(d.kind, DictOf)
            if self.chance(2):
                return [f"enumerate({d.name}.values())", INT, d.kind.items[0]]
            return [f"{d.name}.values()", d.kind.items[0]]
        return [f"({self.expr(FLOAT, 1)}, {self.expr(FLOAT, 1)})", FLOAT]

    def elements(self, array: Variable) -> list[str | Kind]:
        assert isinstance(array.kind, Arr)
        item = self.rows(array.kind)
        text = self.pick([array.name, array.name, f"reversed({array.name})", f"{array.name}[::-1]"])
        return [f"enumerate({text})", INT, item] if self.chance(3) else [text, item]

    def rows(self, kind: Arr) -> Kind:
        return Arr(kind.dtype, kind.shape[1:]) if len(kind.shape) > 1 else Scalar(kind.dtype)

    def while_(self, depth: int) -> Lines:
        """A loop that counts, and may end before."""
        count = self.bind("n", INT, fixed=True).name
        form = self.number(3)
        if form == 3:
            first = [f"{count} += 1", f"if {count} > {self.number(3) + 1}:", "    break"]
            return [f"{count} = 0", *self.loop("while True:", [], depth, first)]
        if form == 0:
            head = f"while {count} < {self.number(4) + 1} and {self.condition(2)}:"
        elif form == 1:
            head = f"while {count} < {self.expr(INT, 1)} % 5:"
        else:
            head = f"while ({count} := {count} + 1) < 4 and {self.condition(1)}:"
        return [f"{count} = 0", *self.loop(head, [], depth, [] if form == 2 else [f"{count} += 1"])]

    def match(self, depth: int) -> Lines:
        form = self.number(2)
        if form == 0:
            lines = [f"match {self.expr(INT, 1)} % 4:"]
            cases = [["0", "1 | 2"], ["1", "x"], ["0", "2", "_"]]
            patterns = [c if c != "x" else self.fresh("m") for c in self.pick(cases)]
        elif form == 1:
            lines = [f"match ({self.expr(INT, 1)} % 3, {self.expr(INT, 1)} % 3):"]
            patterns = self.pick(
                [["(0, 1)", "(a, 0) if a > 0", "_"], ["(0, _)", "(_, 1 | 2)"], ["(x, y) if x == y", "(1, *rest)"]]
            )
            patterns = [
                p.replace("a", "m0").replace("x", "m1").replace("y", "m2").replace("rest", "m3") for p in patterns
            ]
        else:
            lines = [f"match {self.expr(Obj('Point'), 1)}:"]
            patterns = self.pick([["Point(x=0.0)", "Point(x=1.0 | 2.0, y=m4)"], ["Point(m5, 0.5)", "_"]])
        for pattern in patterns:
            lines += indented([f"case {pattern}:", *indented(self.body(depth - 1))])
        return lines

    def with_(self, depth: int) -> Lines:
        return ["with np.errstate(all='ignore'):", *indented(self.body(depth - 1))]

    # -- functions

    def parameters(self, kinds: list[Kind]) -> tuple[list[Parameter], str]:
        """Parameters of some kinds, and their text: the later ones may have defaults or be keyword-only."""
        params = [Parameter(self.fresh("p"), k) for k in kinds]
        parts = []
        for k, p in enumerate(params):
            if k and (params[k - 1].default or self.chance(4)) and is_immutable(p.kind):
                p.default = self.atom(p.kind)
                if not params[k - 1].keyword_only and self.chance(3):
                    parts.append("*")
                p.keyword_only = "*" in parts
            elif k and params[k - 1].default:
                params = params[:k]
                break
            parts.append(f"{p.name}={p.default}" if p.default else p.name)
        return params, ", ".join(parts)

    def function(self, depth: int) -> Lines:
        """A function inside of this one, which reads its variables and may rebind some."""
        name = self.fresh("g")
        params, text = self.parameters([self.any_kind() for _ in range(self.number(2))])
        star = FLOAT if "*" not in text and self.chance(6) else None
        rest = self.fresh("p")
        if star:
            text = f"{text}, *{rest}" if text else f"*{rest}"
        outer = [v for v in self.rebindable() if self.level and is_immutable(v.kind)]
        shared = [v for v in outer if self.chance(3)][:2]
        result = self.pick([FLOAT, INT, BOOL, ARRAYS[0], Scalar("f8"), Tup((INT, FLOAT)), ListOf(FLOAT)])
        lines = [f"nonlocal {v.name}" for v in shared]
        lines += self.function_body(params, result, depth - 1, shared, rest if star else "")
        self.functions.append(Function(name, params, result, star))
        return [f"def {name}({text}):", *indented(lines)]

    def function_body(
        self, params: list[Parameter], result: Kind, depth: int, shared: list[Variable], rest: str = ""
    ) -> Lines:
        """The body of a function; `shared` are variables of the function around it that it may rebind."""
        saved = (self.level, self.block, self.loops, self.result, self.binding)
        mark, functions = len(self.variables), len(self.functions)
        self.level, self.block, self.loops, self.result, self.binding = self.level + 1, 0, 0, result, True
        self.variables += [Variable(p.name, p.kind, self.level, 0) for p in params]
        self.variables += [Variable(v.name, v.kind, self.level, -1) for v in shared]
        first = [f"{(total := self.bind('v', FLOAT)).name} = sum({rest}, 0.0)"] if rest else []
        lines = self.straight(depth)
        lines = [*first, *lines, f"return {self.returned()}"]
        del self.variables[mark:], self.functions[functions:]
        self.level, self.block, self.loops, self.result, self.binding = saved
        return lines

    def straight(self, depth: int) -> Lines:
        """Statements whose bindings stay in sight."""
        lines: Lines = []
        for _ in range(self.number(3) + 2 * depth):
            if self.size > self.most:
                break
            lines += self.statement(depth)
        return lines
