"""Keep of the demands those that nothing else in the finished gradient makes good.

    demand(x, i)     [index]
    turn                            →       turn
    accum(dx, i, dy)                        accum(dx, i, dy)        # raises where x[i] would

A demand is met where a statement that runs whenever the demand would makes the same check: one of
the same block or of a block around it, or the mirror image of one in the backward pass. What it
compares are lengths and subscripts as the kinds and the gates give them, so `dx[i]` stands for
`x[i]`. Parameters stand in for temporaries of their shape.
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.build import results_key
from srcgrad.deadcode import live_values
from srcgrad.ir import (
    Block,
    Const,
    For,
    Function,
    Gate,
    Slice,
    Value,
    While,
    blocks,
    is_turn,
    map_stmt,
    reads,
    walk,
)
from srcgrad.kinds import Array
from srcgrad.memory import RESIZES, Aliases
from srcgrad.operands import index_items, kind_of
from srcgrad.rules.record import TABLE
from srcgrad.rules.resultkinds import BROADCASTING
from srcgrad.shapes import contracted, extent_at, matched, read_on_entry

_OF_NONE = ("operator.is_", "operator.is_not")  # they take None as well
_OF_SQUARES = ("cholesky", "det", "eigh", "eigvalsh", "inv", "slogdet", "solve")
_DETERMINANTS = ("numpy.linalg.det", "numpy.linalg.slogdet")  # they fail for nothing else
_DEEP = 8  # how far back a subscript is compared


def settle(function: Function) -> Function:
    """The function with the demands that it needs, each in its simplest form."""
    if not any(isinstance(s, Gate) and s.op == "demand" for s in walk(function.body)):
        return function
    return replace(function, body=_Settle(function).block(function.body, ()))


class _Settle:
    def __init__(self, function):
        self.function = function
        self.aliases = Aliases(function.body)
        self.live = live_values(function, demands=False)
        self.makers: dict = {}
        self.pushed: dict = {}  # tape -> the value that is on it
        self.turns: dict = {}  # index of a loop -> the loop that it is the index of
        self.resized: set = set()
        self.shapes: dict = {}  # symbolic shape -> a parameter, or a part of one, that has it
        self.axes: dict = {}  # symbolic extent -> such a parameter, and which of its axes
        self.met: dict = {}  # check -> the places where it is made
        self.note(function)
        self.collect(function.body, ())
        for places in self.met.values():
            _join(places)

    def note(self, function):
        for s in walk(function.body):
            match s:
                case Gate(op="push"):
                    self.pushed[s.args[0]] = s.args[1]
                case Gate(op=op) if op in RESIZES:
                    self.resized.add(self.aliases.find(s.args[0]))
                case For():
                    self.turns[s.index] = s.mirror or s.key
            if isinstance(s, Gate) and s.out is not None:
                self.makers[s.out] = s
        for v in (*function.params, *read_on_entry(function)):
            if isinstance(v.kind, Array):
                self.shapes.setdefault(v.kind.extents, v)
                for k, extent in enumerate(v.kind.extents):
                    self.axes.setdefault(extent, (v, Const(k)))

    # ------------------------------------------------------------ what is checked where

    def collect(self, block, place):
        for s in block.stmts:
            if isinstance(s, Gate) and s.op != "demand" and self.happens(s):
                for check in self.checks(s):
                    self.met.setdefault(check, set()).add(place)
            if not isinstance(s, Gate) or s.op != "demand" and self.happens(s):
                for v in () if isinstance(s, (For, While)) else reads(s):
                    self.met.setdefault(("defined", v), set()).add(place)
            if is_turn(s, "pullback"):
                return  # what the pullback checks comes too late
            for side, inner in enumerate(blocks(s)):
                self.collect(inner, (*place, *_steps(s, side)))

    def happens(self, g):
        return g.out is None or g.out in self.live

    def checks(self, g):
        if g.op in ("getitem", "view", "gather", "setitem", "augitem", "accum"):
            yield self.index_check(g.args[0], g.args[1])
        rule = TABLE.get(g.op)
        if rule is not None and g.op not in _OF_NONE:
            yield from (("number", v) for v in reads(g))
        if rule is not None and rule.kind in BROADCASTING:
            arrays = [a for a in g.args if isinstance(kind_of(a), Array)]
            yield "shapes", frozenset(kind_of(a).extents for a in arrays)
            for pair in matched(arrays):
                yield "lengths", frozenset(map(extent_at, pair))
        elif rule is not None and rule.kind == "matmul":
            for pair in contracted(g):
                yield "lengths", frozenset(map(extent_at, pair))
        elif rule is not None:
            yield self.call_check(g)
            if _takes_square(g):
                yield "square", kind_of(g.args[0]).extents

    def kept_check(self, maker):
        """What a value is kept for: the check that the function which makes it makes; None where it is no such."""
        if maker is None or maker.op not in TABLE or not TABLE[maker.op].pure:
            return None
        if maker.op.startswith(_DETERMINANTS):
            return "square", kind_of(maker.args[0]).extents
        return self.call_check(maker)

    def call_check(self, g):
        """What a function checks of what it is given."""
        given = (*g.args, *(v for _, v in g.kw))
        return g.op, tuple(n for n, _ in g.kw), tuple(self.same(a, _DEEP) for a in given)

    def index_check(self, base, index):
        items = []
        for item in index_items(index):
            if isinstance(item, Slice) or isinstance(item, Const) and item.value in (None, ...):
                items.append(repr(item.value) if isinstance(item, Const) else "slice")
            else:
                items.append(self.same(item, _DEEP))
        return "index", self.measure(base), tuple(items)

    def measure(self, base):
        """What the length of a list or the shape of an array depends on."""
        kind = kind_of(base)
        if isinstance(kind, Array):
            return kind.extents
        while base in self.makers and self.aliases.find(base) not in self.resized:
            maker = self.makers[base]
            if maker.op in ("zeros_like", "snapshot", "copy", "own"):
                base = maker.args[0]
            elif maker.op == "repeat" and self.makers.get(maker.args[1], maker).op == "len":
                base = self.makers[maker.args[1]].args[0]
            else:
                break
        return base

    def same(self, operand, depth):
        """A key that two operands share where they are one value, here or in the mirrored turn."""
        if isinstance(operand, Const):
            return "const", repr(operand.value)
        if operand in self.turns:
            return "turn", self.turns[operand]
        if isinstance(operand, Gate):  # a list that is written out
            return operand.op, tuple(self.same(a, depth) for a in operand.args)
        maker = self.makers.get(operand) if isinstance(operand, Value) else None
        if maker is None or not depth:
            return operand
        if maker.op == "pop_tape":
            return self.same(self.pushed.get(maker.args[0], operand), depth - 1)
        if maker.op.startswith("operator."):
            return maker.op, tuple(self.same(a, depth - 1) for a in maker.args)
        if maker.op in ("getitem", "view") and not self.aliases.is_memory(maker.args[0]):
            base, index = maker.args
            return "part", base, tuple(self.part(i, depth - 1) for i in index_items(index))
        return operand

    def part(self, item, depth):
        """A key that two subscripts share where they are the same."""
        if not isinstance(item, Slice):
            return self.same(item, depth)
        return ("slice", *(p and self.same(p, depth) for p in (item.lo, item.hi, item.step)))

    # ------------------------------------------------------------ what is kept

    def block(self, block, place):
        stmts: list = []
        for s in block.stmts:
            if isinstance(s, Gate) and s.op == "demand":
                stmts += self.demand(s, place)
            elif isinstance(s, Gate) or not blocks(s):
                stmts.append(s)
            else:
                inside = {id(b): (*place, *_steps(s, k)) for k, b in enumerate(blocks(s))}
                stmts.append(
                    map_stmt(s, lambda o: o, lambda b, at=inside: self.block(b, at[id(b)]))
                )
        return Block(tuple(stmts), block.yields)

    def demand(self, g, place):
        match g.form:
            case "kept":
                if self.is_computed(g.args[0]):
                    return []
                wanted = self.kept_check(self.makers.get(g.args[0]))
                if wanted is None:
                    return [g]
            case "defined" | "number":
                wanted = g.form, g.args[0]
            case "index":
                wanted = self.index_check(*g.args)
            case "shapes":
                wanted = "shapes", frozenset(a.kind.extents for a in g.args)
                found = [self.shapes.get(a.kind.extents, a) for a in g.args]
                g = replace(g, args=tuple(dict.fromkeys(found)))
            case "lengths":
                x, i, y, j = g.args
                pair = extent_at((x, i.value)), extent_at((y, j.value))
                wanted = "lengths", frozenset(pair)
                one, two = self.axes.get(pair[0], (x, i)), self.axes.get(pair[1], (y, j))
                g = replace(g, args=(*one, *two))
            case _:
                return [g]
        if self.is_met(wanted, place):
            return []
        self.met.setdefault(wanted, set()).add(place)
        return [g]

    def is_computed(self, v):
        """Whether a value is made anyhow, or another of the results of the same call."""
        key = results_key(self.makers.get(v))
        same = [v] if key is None else [w for w, g in self.makers.items() if results_key(g) == key]
        return any(w in self.live for w in same)

    def is_met(self, check, place):
        places = self.met.get(check, ())
        return any(place[:k] in places for k in range(len(place) + 1))


def _takes_square(g) -> bool:
    """Whether a function of linear algebra fails for what is no square matrix."""
    library, _, name = g.op.rpartition(".")
    return library == "numpy.linalg" and name.partition("[")[0] in _OF_SQUARES


def _steps(s, side):
    """From a statement's place to that of one of its blocks; the mirror image has the same."""
    if isinstance(s, While):
        return ((s.key, "test"), (s.key, "body"))[: side + 1]
    return ((s.mirror or s.key, side),)


def _join(places):
    """What both sides of a branch check is checked around it."""
    todo = list(places)
    while todo:
        place = todo.pop()
        if not place:
            continue
        *around, (key, side) = place
        around = tuple(around)
        other = {0: 1, 1: 0}.get(side)
        if (*around, (key, other)) in places and around not in places:
            places.add(around)
            todo.append(around)
