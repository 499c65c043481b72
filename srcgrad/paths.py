"""What only some of the paths through a function define.

if x > 0:
    y = x * x          `y` is defined on one of two paths, and so is what is `y` or something
if n > 1:              else further down
    z = y
"""

from __future__ import annotations

from srcgrad.ir import UNDEFINED, Block, For, If, Value, While, walk, way


def partly_defined(block: Block) -> set[Value]:
    """The values of a block that some path leaves undefined.

    Examples
    --------
    >>> from srcgrad.ir import Const
    >>> from srcgrad.kinds import FLOAT
    >>> y, z = Value("y", FLOAT), Value("z", FLOAT)
    >>> one = If(Value("t", FLOAT), Block((), (Const(1.0),)), Block((), (UNDEFINED,)), (y,))
    >>> two = If(Value("t", FLOAT), Block((), (y,)), Block((), (Const(2.0),)), (z,))
    >>> sorted(v.hint for v in partly_defined(Block((one, two))))
    ['y', 'z']
    """
    found: set = set()
    size = -1
    while size != len(found):
        size = len(found)
        for s in walk(block):
            if isinstance(s, If) and way(s) != "with":
                for out, *ends in zip(s.outs, s.then.yields, s.orelse.yields):
                    _note(found, ends, out)
            elif isinstance(s, (For, While)):
                for out, head, init in zip(s.outs, s.carried, s.inits):
                    _note(found, [init], head, out)
    return found


def _note(found, sources, *values):
    if any(o is UNDEFINED or o in found for o in sources):
        found.update(values)
