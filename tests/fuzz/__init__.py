"""Random programs of the language, whole functions with arguments, against CPython.

    python -m tests.fuzz 1000              a thousand programs from a fresh seed, which is printed
    python -m tests.fuzz 1000 --seed 7     the same programs again

`programs` writes a program: `kinds` are its types, `scope` draws choices and knows the names in sight, `grammar` has
the templates of expressions, `expressions` and `statements` choose among them, `values` gives arguments. `check` runs
one in CPython and on the engines of `engines` and compares what `outcomes` says of them; `derivatives` compares
derivatives. `campaign` checks many, and `minimise` makes a failing one small.

Avoided, by name, because they are known limits (see the README):

* a variable, an item, a result of two paths has one kind: ints that become floats are not generated;
* numbers stay small: ints of more than 64 bits raise OverflowError here ("limit" in the counts);
* an argument that one path returns or stores and another does not comes back as a copy ("copied" in the counts).
"""
