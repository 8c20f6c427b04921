"""Python's syntax to dynamic IR.

`origin` finds the text, `scopes` says which variable a name means, `control` turns jumps into the nesting of `tree`,
`liveness` says what branches and loops have to hand on. `functions`, on top of `statements`, `patterns`,
`comprehensions`, `expressions` and `emitter`, writes the graph. `refused` is the table of everything that is not taken.
"""

from myialike.frontend.functions import parse

__all__ = ["parse"]
