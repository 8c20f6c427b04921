"""Random changes of arrays, lists, dicts and objects that have a name, and perhaps several."""

from __future__ import annotations

from tests.fuzz.expressions import Expressions
from tests.fuzz.kinds import BOOL, FIELDS, FLOAT, INT, Arr, DictOf, Kind, ListOf, Obj, Scalar, TableOf, is_immutable

Lines = list[str]


class Changes(Expressions):
    """Writes statements that change objects."""

    # Whether lists change their length under a condition or in a loop, beside where they were made.
    growth: bool = True

    def change(self, depth: int) -> Lines:
        """A change of an array, a list, a dict or an object that has a name, and perhaps several."""
        kinds = Arr | ListOf | DictOf | TableOf | Obj
        known = [v for v in reversed(self.variables) if isinstance(v.kind, kinds) and not v.fixed]
        if not known:
            return ["pass"]
        v = self.pick(known)
        made_here = v.home == self.block and v.level == self.level
        return self.changed(v.name, v.kind, made_here or (self.growth and self.chance(6)))

    def changed(self, name: str, kind: Kind, grow: bool) -> Lines:
        match kind:
            case Arr():
                return self.array_changed(name, kind)
            case ListOf(item):
                return self.list_changed(name, item, grow)
            case DictOf(keys, items):
                which = self.number(len(keys) - 1)
                key, of = keys[which], items[which]
                if not is_immutable(of) and self.chance(2):
                    return self.changed(f"{name}[{key!r}]", of, False)
                if of in (INT, FLOAT) and self.chance(3):
                    return [f"{name}[{key!r}] += {self.expr(of, 1)}"]
                value = self.kept(of, f"{name}[{key!r}]")
                return [self.pick([f"{name}[{key!r}] = {value}", f"{name}.update({key}={value})"])]
            case TableOf(item):
                return self.table_changed(name, item)
            case Obj(cls):
                field = self.pick(list(FIELDS[cls]))
                of = FIELDS[cls][field]
                if not is_immutable(of) and self.chance(2):
                    return self.changed(f"{name}.{field}", of, False)
                if cls == "Point" and self.chance(3):
                    return [f"{name}.move({self.expr(FLOAT, 1)})"]
                if cls == "Vec" and self.chance(2):
                    return [f"{name}[{self.number(1)}] {self.pick(['=', '+='])} {self.expr(FLOAT, 1)}"]
                if of in (INT, FLOAT) and self.chance(3):
                    return [f"{name}.{field} -= {self.expr(of, 1)}"]
                return [f"{name}.{field} = {self.new(of, 1)}"]
        return ["pass"]

    def kept(self, kind: Kind, old: str) -> str:
        """A new value for a place; that of a list has the length of the old one."""
        if isinstance(kind, ListOf):
            return f"[{self.expr(kind.item, 1)} for {self.fresh('k')} in {old}]"
        return self.new(kind, 1)

    def array_changed(self, name: str, kind: Arr) -> Lines:
        """A write to an element, a row, a slice or what a mask picks; `name` may be an expression."""
        first, *rest = kind.shape
        at = f"{name}[{', '.join(map(self.index, kind.shape))}]"
        if kind.dtype == "b1":
            return [f"{at} = {self.expr(BOOL, 1)}"]
        scalar = self.expr(Scalar(kind.dtype) if self.chance(2) else INT if kind.dtype == "i8" else FLOAT, 1)
        op, form = self.pick(["=", "+=", "-="]), self.number(8)
        if form < 4:
            return [f"{at} {op} {scalar}"]
        if form == 4:
            return [f"{name}[{self.pick([':', '...', '1:', '::2', '::-1'])}] {self.pick(['=', '+=', '*='])} {scalar}"]
        if form == 5:
            return [f"{name}[:] = {self.expr(kind, 2)}"]
        if form == 6:
            return [f"{name}[{self.expr(Arr('b1', kind.shape), 1)}] {op} {scalar}"]
        if rest and form == 7:
            return [f"{name}[:, {self.index(rest[0])}] {op} {self.expr(Arr(kind.dtype, (first,)), 1)}"]
        if rest:
            return [f"{name}[{self.index(first)}] {op} {self.expr(Arr(kind.dtype, tuple(rest)), 1)}"]
        if form == 7:  # a slice from another slice of the same array, which overlaps it
            values = [f"{name}[:-1]", f"{name}[1:]", f"{name}[::-1][1:]"]
            return [f"{name}[{self.pick(['1:', ':-1'])}] {op} {self.pick(values)}"]
        pair = f"{name}[{self.index(first)}], {name}[{self.index(first)}]"
        return [f"{pair} = {self.expr(Scalar(kind.dtype), 1)}, {self.expr(Scalar(kind.dtype), 1)}"]

    def table_changed(self, name: str, item: Kind) -> Lines:
        """Keys set, deleted, and values changed; `name` may be an expression."""
        key, value = self.key(), self.new(item, 1)
        forms = [f"{name}[{key}] = {value}", f"{name}[{key}] = {value}", f"{name}.setdefault({key}, {value})"]
        forms += [f"{name}.pop({key}, None)", f"{name}.update({{{key}: {value}}})", f"{name} |= {{{key}: {value}}}"]
        if item in (INT, FLOAT):
            forms.append(f"{name}[{key}] = {name}.get({key}, {self.atom(item)}) + 1")
            forms.append(f"if {key} in {name}: {name}[{key}] *= 2")
        if isinstance(item, ListOf):
            forms += [f"{name}.setdefault({key}, []).append({self.expr(item.item, 1)})"] * 3
        if isinstance(item, Arr):
            forms += [f"if {key} in {name}: {name}[{key}][0] = 2", f"if {key} in {name}: {name}[{key}] += 1"]
        forms.append(f"if len({name}) > 2: {name}.clear()")
        forms = forms if any(v.name == name for v in self.rebindable()) else [f for f in forms if "|=" not in f]
        return [self.pick(forms)]

    def list_changed(self, name: str, item: Kind, grow: bool) -> Lines:
        """A write to an item, or with `grow` a change of the length."""
        if isinstance(item, Arr) and self.chance(2):
            return self.array_changed(f"{name}[{self.list_index(name)}]", item)
        if isinstance(item, Obj) and self.often(4):
            return self.changed(f"{name}[{self.list_index(name)}]", item, False)
        value = self.expr(item, 2)
        at = f"{name}[{self.list_index(name)}]"
        forms = [f"{at} = {value}", f"{name}.reverse()", f"{name}[0], {name}[-1] = {name}[-1], {name}[0]"]
        if item in (INT, FLOAT):
            forms += [f"{at} += {value}", f"{at} -= {value}"]
        if grow:
            place = self.pick(["0", "1", "-1"])
            forms = [f"{name}.append({value})"] * 3 + [f"{name}.insert({place}, {value})", *forms]
            forms += [f"{name}.extend([{value}])", f"{name}.pop()", f"{name}.pop(0)", f"del {name}[-1]"]
            if any(v.name == name for v in self.rebindable()):  # it is an assignment too
                forms.append(f"{name} += [{value}]")
        return [self.pick(forms)]
