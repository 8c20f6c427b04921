"""Expressions as tables: for each kind, templates whose `{fields}` are expressions of the kind that they name.

Beside the names of scalar kinds, a field is: `same` the kind that is wanted, `small` a nonzero int, `half` a nonzero
float, `digit` 0 to 3, `bit` 0 or 1, `trips` a number of rounds, `cmp` an operator, `cond` anything that is asked for
its truth, `mask` an array of bools of the shape wanted, `like` the scalar kind of an array's elements,
`seq` lists or tuples of numbers of the shape wanted,
`number` a Python number that does not change its dtype; `vecobj` a Vec; `ints` and `floats` a list in sight; `k` a
loop variable, with `k_int`, `k_float`, `k_bool` expressions that may read it; `shape` the shape wanted.
"""

from __future__ import annotations

PLAIN: dict[str, list[str]] = {
    "int": [
        "({int} + {int})", "({int} - {int})", "({int} * {small})", "({int} // {small})", "({int} % {small})",
        "({int} % 13 * {int})", "(-{int})", "abs({int})", "min({int}, {int})", "max({int}, {int}, 1)",
        "({int} & {int})", "({int} | {int})", "({int} ^ {int})", "(~{int})", "({int} >> {digit})",
        "({int} % 9 << {digit})", "({int} % 10) ** {digit}", "divmod({int}, {small})[{bit}]", "({int} + {bool})",
        "int({bool})", "int({i8})", "sum({k_int} for {k} in range({trips}))", "sum([{int}, {int}])", "len({anylist})",
        "{array}.shape[0]", "len({array})", "{array}.ndim", "sum({ints})", "{ints}.count({int})",
        "max({ints}, default=0)", "(1 if {cond} else {int})", "len(range({int} % 5))", "operator.add({int}, {int})",
        "reduce(lambda p, q: p + q % 7, {ints}, {int})", "{'a': {int}}.get('b', {int})", "[{int}, {int}][{int} % 2]",
        "(lambda *q: q[0] + len(q))({int}, {int})", "(lambda *, a=1, **q: a + q['b'])(b={int})",
        "sum(map(lambda p: p * 2, {ints}))", "sum(p * q for p, q in zip({ints}, {ints}))", "min([{int}, {int}])",
        "max(({int}, {float}), ({int}, {float}))[0]", "twice(lambda {k}: {k_int} % 50, {int})",
        "partial(lambda p, q: p - q, {int})(q={int})", "sum([1 for p in {ints} if p > {int}])", "(lambda: {int})()",
        "len({vecobj})", "{vecobj}.size", "Color({bit} + 1).value", "Color.BLUE.weigh({int})", "len(Color)",
        "deepest(Tree({float}, (Tree({float}), Tree({float}, (Tree({float}),)))))", "len(str({digit}) * 2)",
        "sorted([{int}, {int}, {int}], key=lambda p: -p % 5)[1]",
        "sum(p * q for p, q in itertools.product({ints}, (1, 2)))",
        "[p for p in {ints} if p > {int}].count({int})", "len([p for p in {floats} if p > {float}])",
        "sum(itertools.chain({ints}, ({int},)))", "max(range({trips}), default={int})", "int(f'{{digit}}{{bit}}')",
        "[abs, operator.neg, lambda p: p // 2][{int} % 3]({int})",
        "(lambda a, *b, k=2: a + sum(b) * k)(*({int}, {int}))",
        "{'a': {int}, **{'b': {int}}}['b']", "dict(zip('ab', ({int}, {int})))['a']",
        "{(0, 0): {int}, (0, 1): {int}, (1, 0): 3}[0, {bit}]", "{(1, 'a'): {int}}.get(({bit}, 'a'), {int})",
    ],
    "float": [
        "({float} + {float})", "({float} - {float})", "({float} * {float})", "({float} / {half})", "(-{float})",
        "abs({float})", "min({float}, {float})", "max({float}, {float})", "({float} * {half})", "({float} // {half})",
        "({float} % {half})", "({float} + {int})", "({int} * {float})", "({int} / {small})", "({float} ** 2)",
        "({float} + {bool})", "divmod({float}, {half})[{bit}]", "float({int})", "float({f8})", "math.sin({float})",
        "math.tanh({float})", "math.sqrt(abs({float}))", "math.fabs({float})",
        "sum(({k_float} for {k} in range({trips})), 0.0)", "sum({floats}, 0.0)", "max({floats}, default=0.5)",
        "float({array}.sum())", "({half} if {cond} else {float})", "math.atan2({float}, {float})",
        "math.copysign({half}, {float})", "min([{float}, {float}])", "twice(lambda u: u * {half}, {float})",
        "max(*({float}, {float}), {half})", "(lambda p, *, q={half}: p - q)({float})", "pow({float}, 2)",
        "({vecobj} + {vecobj}).x", "(2 * {vecobj}).y", "(-{vecobj})[{bit}]", "{vecobj}({digit})", "sum({vecobj})",
        "({half} + {vecobj}).x", "Flat({float})({bit})", "(Vec({float}) + Flat({float}))", "max({vecobj})",
        "Vec.even({float}).y", "(Pair({float}) + ({float}, 1.0)).u", "Pair({float}, {float}).turned()[{bit}]",
        "sum([{vecobj}, {vecobj}], {vecobj}).x", "min({vecobj}, {vecobj}).y", "Color.RED.weigh({float})",
        "Tree({float}, (Tree({float}), Tree({float}))).total()",
        "scaled(Tree({float}, (Tree({float}),)), {float}).total()",
        "[math.sin, math.tanh, lambda p: p * {half}][{int} % 3]({float})", "sorted([{float}, {float}])[{bit}]",
        "sum([p for p in {floats} if p > {float}], 0.5)", "(lambda p, q: p - q)(*{vecobj})",
        "reduce(lambda p, q: p * {half} + q, {floats}, {float})", "sorted({floats}, key=lambda p: -p)[0]",
        "sum((p * q for p, q in zip({floats}, {vecobj})), 0.0)",
    ],
    "bool": [
        "({int} {cmp} {int})", "({float} {cmp} {float})", "({int} {cmp} {float})", "({int} {cmp} {int} {cmp} {int})",
        "({float} {cmp} {float} {cmp} {float})", "(not {cond})", "({bool} and {bool})", "({bool} or {bool})",
        "({bool} ^ {bool})", "({bool} & {bool})", "({bool} is {bool})", "bool({int})", "bool({float})", "bool({f8})",
        "({int} in ({int}, {int}))", "({int} not in range({digit}))", "({int} in {ints})", "bool({array}.any())",
        "any({k_bool} for {k} in range({trips}))", "all({k_bool} for {k} in range({trips}))", "math.isnan({float})",
        "isinstance({float}, float)", "(({int}, {int}) == ({int}, {int}))", "({float} in {floats})",
        "({ints} == [{int}, {int}])", "(({int}, {float}) < ({int}, {float}))",
        "({float} in {vecobj})", "({vecobj} == {vecobj})", "({vecobj} < {vecobj})", "({vecobj} != {vecobj})",
        "bool({vecobj})", "(Pair({float}, {float}) < Pair({float}, {float}))", "(Color(1 + {bit}) is Color.RED)",
        "isinstance({vecobj}, Flat)", "(str({digit}) == '1')", "('b' in {'a': {int}, 'b': {int}})",
        "(({int} % 2, {int} % 3) in {(0, 1): 2, (1, 2): 3})",
    ],
    "f8": [
        "({f8} + {f8})", "({f8} * {float})", "({float} - {f8})", "({f8} / {f8})", "({f8} + {int})", "(-{f8})",
        "abs({f8})", "({f8} % {half})", "({f8} // {half})", "({f8} ** 2)", "np.float64({float})", "np.sin({float})",
        "np.tanh({f8})", "np.sqrt(abs({f8}))", "np.maximum({f8}, {float})", "min({f8}, {f8})", "({i8} / {small})",
        "({i8} * {half})", "{f8array}.sum()", "{f8array}.max()", "{f8array}.mean()", "np.sum({f8array} * {half})",
        "np.abs({f8array}).min()", "np.dot({vec}, {vec})", "({vec} @ {vec})", "({f8} if {cond} else {f8})",
        "np.where({cond_f8}, {f8}, {f8})[()]",
    ],
    "f4": [
        "({f4} + {f4})", "({f4} * {half})", "({f4} - {int})", "(-{f4})", "np.float32({float})", "abs({f4})",
        "({f4} / {half})", "({f4} if {cond} else {f4})", "np.maximum({f4}, {f4})",
    ],
    "i8": [
        "({i8} + {i8})", "({i8} * {small})", "({i8} - {int})", "({i8} // {small})", "({i8} % {small})", "(-{i8})",
        "np.int64({int})", "({i8} & {i8})", "({i8} ^ {small})", "({i8} >> {digit})", "abs({i8})",
        "({i8} if {cond} else {i8})", "np.argmax({f8array})", "({f8array} > {float}).sum()", "np.maximum({i8}, {i8})",
    ],
}  # fmt: skip

RISKY: dict[str, list[str]] = {
    "int": [
        "({int} // {int})", "({int} % {int})", "int({float})", "round({float})", "{ints}.index({int})",
        "({int} << {int})", "math.floor({float})", "min({ints})",
    ],
    "float": [
        "({float} / {float})", "({float} // {float})", "({float} % {float})", "({float} ** {int})", "({int} / {int})",
        "math.sqrt({float})", "math.exp({float})", "math.log({float})", "(abs({float}) ** {float})",
    ],
    "f8": [
        "({f8} // {f8})", "({f8} % {f8})", "({f8} ** {f8})", "np.exp({f8})", "np.log({f8})",
    ],
    "i8": [
        "({i8} // {i8})", "({i8} % {i8})", "({i8} * {i8})",
    ],
    "bool": [
        "({f8} < {f8}).item()", "({bool} is not True)",
    ],
}  # fmt: skip
"""What may raise, or give inf and NaN; taken once in a while."""

ARRAY: dict[str, list[str]] = {
    "": [
        "({same} + {same})", "({same} - {same})", "({same} * {same})", "({same} + {number})", "({number} * {same})",
        "(-{same})", "abs({same})", "np.maximum({same}, {same})", "np.where({mask}, {same}, {same})", "{same}.copy()",
        "np.zeros_like({same})", "({same} * {like})", "np.clip({same}, -2, 2)", "{same}[::-1]", "np.flip({same})",
        "np.full_like({same}, {number})", "np.roll({same}, {digit})", "np.minimum({same}, {number})",
        "sum([{same}, {same}])", "{same}[...]", "{same}.reshape({shape})", "np.array({same})",
        "np.where({same} > 1, {same}, 0)",
    ],
    "f8": [
        "np.sin({same})", "np.tanh({same})", "({same} / {half})", "({same} // {half})", "({same} % {half})",
        "({same} ** 2)", "np.zeros({shape})", "np.full({shape}, {float})", "np.cumsum({same}, axis=0)",
        "{asint}.astype(float)", "({asint} / {small})", "np.sqrt(np.abs({same}))", "({asint} + {half})",
        "np.sort({same}, axis=0)",
    ],
    "f4": [
        "np.sin({same})", "({same} / {half})", "{asint}.astype(np.float32)", "np.ones({shape}, dtype=np.float32)",
        "({same} + {float})",
    ],
    "i8": [
        "({same} // {small})", "({same} % {small})", "({same} & {same})", "np.full({shape}, {int})",
        "({same} ^ {digit})", "np.ones({shape}, dtype=int)", "({same} >> {digit})", "np.cumsum({same}, axis=0)",
        "{mask}.astype(int)",
    ],
    "b1": [
        "({f8same} > {f8same})", "({f8same} <= {float})", "({asint} == {small})", "(~{same})", "({same} & {same})",
        "np.logical_or({same}, {same})", "({asint} % 2 == 0)", "np.isnan({f8same})",
        "({f8same} < {seq})", "({seq} == {f8same})", "({asint} >= {seq})", "({seq} != {asint})",
    ],
}  # fmt: skip
"""For arrays: the templates of every dtype but bool, and those of each."""

SHAPED: dict[tuple[int, ...], list[str]] = {
    (3,): [
        "{row}", "{long}[[0, 2, 1]]", "{long}[np.array([2, -1, 0])]", "{matrix}[0, :]", "{matrix}.max(axis=0)",
        "np.concatenate([{short}, {short}[:1]])", "{matrix}.sum(axis=0)", "{matrix}[{int} % 2]",
        "np.append({short}, {like})", "np.array([{like}, {like}, {like}])", "np.stack([{like}, {like}, {like}])",
    ],
    (2,): [
        "{long}[1:]", "{long}[[2, 0]]", "{matrix}[[0, 1], [1, {digit} % 3]]", "{long}[{digit} % 2:][:2]", "{long}[:2]",
        "{long}[::2]", "{long}[:-1]", "{matrix}[:, {digit} % 3]", "{matrix}.sum(axis=1)", "{matrix}[:, -1]",
        "{long}[-2:]", "np.diff({long})", "np.array([{like}, {like}])",
    ],
    (2, 3): [
        "{tall}.T", "np.stack([{long}, {long}])", "({matrix} + {long})", "({matrix} * {short}[:, None])",
        "np.outer({short}, {long})", "np.array([{long}, {long}])", "{matrix}[::-1]", "{matrix}[:, ::-1]",
        "np.vstack(({long}, {long}))",
    ],
    (3, 2): [
        "{matrix}.T", "np.stack([{short}, {short}, {short}])", "{matrix}.reshape(3, 2)",
    ],
}  # fmt: skip
"""For numeric arrays of a shape. `short`, `long`, `matrix`, `tall` are arrays of the same dtype; their shapes are (2,),
(3,), (2, 3) and (3, 2)."""
