"""What only some of the paths through a function define.

if x > 0:
    y = x * x          `y` is defined on one of two paths, and so is what is `y` or something
if n > 1:              else further down
    z = y
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from srcgrad.ir import UNDEFINED, Block, For, Gate, If, Value, While, map_stmt, walk, way


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


def beside(block: Block, wanted: dict[Value, Value], copy: Callable[[Value, Value], Gate]) -> Block:
    """The block with copies beside values that only some paths define, each made where its value is.

    `wanted`: what branches and loops give, and the values that are to be copies of it;
    `copy(out, v)` is the gate that copies.
    """
    return _Beside(block, wanted, copy).block(block)


class _Beside:
    def __init__(self, block, wanted, copy):
        self.copy, self.copies = copy, dict(wanted)
        self.partial = partly_defined(block)
        sources: dict = {}
        for s in walk(block):
            if isinstance(s, If):
                sources.update(zip(s.outs, zip(s.then.yields, s.orelse.yields)))
            elif isinstance(s, (For, While)):
                sources.update(zip(s.outs, zip(s.carried)))
                sources.update(zip(s.carried, zip(s.inits, s.body.yields[bool(s.breaks) :])))
        todo = list(wanted)
        while todo:
            for y in sources.get(todo.pop(), ()):
                if y in sources and y in self.partial and y not in self.copies:
                    self.copies[y] = Value(y.hint, y.kind, True)
                    todo.append(y)

    def block(self, block):
        stmts: list = []
        for s in block.stmts:
            stmts += self.stmt(s)
        return Block(tuple(stmts), block.yields)

    def stmt(self, s):
        if isinstance(s, Gate):
            return [s]
        new = map_stmt(s, lambda o: o, self.block)
        if isinstance(new, If):
            places = [k for k, o in enumerate(s.outs) if o in self.copies]
            then = self.ending(new.then, [s.then.yields[k] for k in places])
            orelse = self.ending(new.orelse, [s.orelse.yields[k] for k in places])
            outs = (*s.outs, *(self.copies[s.outs[k]] for k in places))
            return [replace(new, then=then, orelse=orelse, outs=outs)]
        if isinstance(new, (For, While)):
            return self.loop(s, new)
        return [new]

    def loop(self, s, new):
        places = [
            k for k, o in enumerate(s.outs) if o in self.copies or s.carried[k] in self.copies
        ]
        nexts = s.body.yields[bool(s.breaks) :]
        ahead = self.ending(Block(()), [s.inits[k] for k in places])
        heads = [self.copy_of(s.carried[k]) for k in places]
        outs = [self.copy_of(s.outs[k]) for k in places]
        return [
            *ahead.stmts,
            replace(
                new,
                inits=(*s.inits, *ahead.yields),
                carried=(*s.carried, *heads),
                body=self.ending(new.body, [nexts[k] for k in places]),
                outs=(*s.outs, *outs),
            ),
        ]

    def copy_of(self, v):
        return self.copies.get(v) or Value(v.hint, v.kind, True)

    def ending(self, block, operands):
        """A block that ends in copies of some operands, too."""
        stmts, yields = list(block.stmts), list(block.yields)
        for y in operands:
            if isinstance(y, Value) and y not in self.copies:
                out = Value(y.hint, y.kind)
                stmts.append(self.copy(out, y))
                yields.append(out)
            else:
                yields.append(self.copies.get(y, y))
        return Block(tuple(stmts), tuple(yields))
