"""An array that nothing else refers to is another array once all of it is changed.

    p = np.exp(s)                       p = np.exp(s)
    p /= p.sum()               →        p_2 = p / p.sum()

So it is a value, as if it had been written so: what the backward pass needs of it needs no copy,
and its cotangents no buffer. Left as they are: arrays that the caller, a view, a container, a loop
or a branch refers to before the change, and changes that might cast, or not broadcast, what is
computed.
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.ir import (
    Block,
    Function,
    Gate,
    Value,
    blocks,
    map_operand,
    map_stmt,
    reads,
    uses,
    values_in,
    walk,
)
from srcgrad.joins import same_shape
from srcgrad.kinds import Array, is_numeric
from srcgrad.memory import MEASURES, WRITES, Aliases, is_fresh
from srcgrad.operands import index_items, is_ellipsis, is_whole, kind_of, number_kind
from srcgrad.promotion import promote
from srcgrad.rules.record import TABLE

_READS = MEASURES | {"getitem", "gather", "demand"}


def rebind(function: Function) -> Function:
    """The function, in which such arrays are values."""
    if not any(isinstance(s, Gate) and s.op in WRITES for s in walk(function.body)):
        return function
    return replace(function, body=_Rebind(function).block(function.body))


class _Rebind:
    def __init__(self, function):
        self.aliases = Aliases(function.body)
        self.uses = uses(function.body)
        self.makers: dict = {}
        self.writes: dict = {}  # class -> what changes it
        for s in walk(function.body):
            if isinstance(s, Gate) and s.out is not None:
                self.makers[s.out] = s
            if isinstance(s, Gate) and s.op in WRITES:
                self.writes.setdefault(self.aliases.find(s.args[0]), []).append(s)
        self.now: dict = {}  # an array -> the one that it is by now

    def block(self, block: Block) -> Block:
        changes = {w for s in block.stmts for w in self.changes(s, block.stmts)}
        out: list = []
        for s in block.stmts:
            if s in changes:
                out += self.changed(s)
            else:
                out.append(map_stmt(s, self.operand, self.block))
        return Block(tuple(out), tuple(map(self.operand, block.yields)))

    def operand(self, o):
        return map_operand(o, lambda v: self.now.get(v, v))

    def changed(self, s) -> list:
        """What makes the array that there is after a change; nothing, where that is made already."""
        p, _, value = s.args
        if s.op == "setitem" and self.uses[value] == 1 and _makes_array(self.makers.get(value)):
            value.hint, value.named = p.hint, p.named
            self.now[p] = value
            return []
        op = "numpy.copy" if s.op == "setitem" else dict(s.kw)["op"].value
        args = (value,) if s.op == "setitem" else (p, value)
        new = Value(p.hint, p.kind, p.named)
        gate = Gate(new, op, tuple(map(self.operand, args)), (), s.loc)
        self.now[p] = new
        return [gate]

    def changes(self, maker, stmts) -> list:
        """All that changes the array that a statement makes, if it is one that can be a value."""
        if not _makes_array(maker) or maker.out.kind.dtype[0] not in "fc":
            return []
        p = maker.out
        found = self.writes.get(self.aliases.find(p), [])
        if not all(w in stmts and w.args[0] is p and _is_of_all(w) for w in found):
            return []
        between = stmts[stmts.index(maker) + 1 : max(map(stmts.index, found), default=0)]
        return found if all(_only_reads(s, p, found) for s in between) else []


def _makes_array(maker) -> bool:
    if not isinstance(maker, Gate) or maker.op not in TABLE or not is_fresh(maker):
        return False
    return isinstance(kind_of(maker), Array) and maker.out.kind.ndim > 0


def _is_of_all(change) -> bool:
    """Whether a change is of all elements, to what the operation itself would make of them."""
    if change.op not in ("setitem", "augitem"):
        return False
    p, index, value = change.args
    kind = number_kind(value)
    if not all(is_ellipsis(i) or is_whole(i) for i in index_items(index)) or not is_numeric(kind):
        return False
    return kind == p.kind if change.op == "setitem" else same_shape(promote(p.kind, kind), p.kind)


def _only_reads(stmt, p, changes) -> bool:
    """Whether a statement takes what an array holds, and no reference to it that outlasts it."""
    for s in walk(stmt):
        if any(p in set(values_in(y)) for b in blocks(s) for y in b.yields):
            return False
        if p in set(reads(s)) and s not in changes:
            fresh = isinstance(s, Gate) and s.op in TABLE and TABLE[s.op].alias == "fresh"
            if not fresh and not (isinstance(s, Gate) and s.op in _READS):
                return False
    return True
