"""Refuse memory that is read after a `try` which may have changed some of it and then failed.

    try:
        for x in xs:
            logs.append(math.log(x))        # as far as it comes
    except ValueError:
        return 0.0                          # `return sum(logs)` is refused
    return sum(logs)

The backward pass of an attempt that failed has nothing to reverse. So whatever the attempt has
changed before it failed must be of no consequence: nothing that may be run after the failure names
it. What is changed last is not changed at all when it fails.
"""

from __future__ import annotations

from srcgrad.errors import CannotDifferentiate, Problem
from srcgrad.failing import early
from srcgrad.ir import (
    Block,
    Const,
    For,
    Function,
    Gate,
    If,
    While,
    all_defs,
    blocks,
    reads,
    tried,
    walk,
    way,
)
from srcgrad.kinds import is_reference
from srcgrad.memory import RESIZES, WRITES, Aliases, made_in, where

_LENGTHS = {"len", "nonempty", "shape", "size", "extent", "zeros_like"}


def halfway(function: Function) -> None:
    """Raise CannotDifferentiate where an attempt leaves memory in doubt that is read later."""
    if any(way(s) == "attempt" for s in walk(function.body)):
        _Halfway(function).block(function.body.stmts, ())


class _Halfway:
    def __init__(self, function):
        self.aliases = Aliases(function.body)
        self.members: dict = {}  # class -> the values in it
        self.resized: set = set()  # classes of lists that are made longer or shorter
        self.proved: dict = {}  # flag -> the attempt that has succeeded where it is true
        for v in (*function.params, *all_defs(function.body)):
            self.members.setdefault(self.aliases.find(v), set()).add(v)
        for s in walk(function.body):
            if way(s) == "attempt":
                for out, yes, no in zip(s.outs, s.then.yields, s.orelse.yields):
                    if _is(yes, True) and _is(no, False):
                        self.proved[out] = s

    def block(self, stmts, later):
        """`later`: what may be run after these: statements, each with the loop around it, if any."""
        for k, s in enumerate(stmts):
            after = (*stmts[k + 1 :], *later)
            match s:
                case If() if way(s) == "attempt":
                    count = tried(s.then)
                    self.block(
                        s.then.stmts[:count], (*s.then.stmts[count:], *s.orelse.stmts, *after)
                    )
                    self.block(s.then.stmts[count:], after)
                    self.block(s.orelse.stmts, after)
                    self.attempt(s, (*s.orelse.stmts, *after))
                case For() | While():
                    for b in blocks(s):
                        self.block(b.stmts, (s, *after))
                case If():
                    for b in blocks(s):
                        self.block(b.stmts, after)

    def attempt(self, s, later):
        block = Block(s.then.stmts[: tried(s.then)])
        own = made_in(block)  # which is not known outside if it fails
        writes = [g for g in early(block.stmts, WRITES) if not own(g.args[0])]
        self.resized = {self.aliases.find(g.args[0]) for g in writes if g.op in RESIZES}
        for gate in writes:
            cls = self.aliases.find(gate.args[0])
            if self.read(cls, s, later):
                what = "a list or array is changed in `try` before something that may fail"
                remedy = "change it last, or after the `try`"
                raise CannotDifferentiate((Problem(where(gate.loc), what, remedy),))

    def read(self, cls, attempt, later):
        """Whether any of these statements names memory of a class, other than where the attempt succeeded."""
        for s in later:
            if _around(s, attempt) and self.members[cls] <= _of_a_turn(s):
                return False  # it is made anew in each turn, and not known outside
            if self.names(cls, attempt, s):
                return True
        return False

    def names(self, cls, attempt, s):
        if isinstance(s, If) and not way(s):
            sides = (s.orelse,) if self.proved.get(s.test) is attempt else blocks(s)
            return any(self.names(cls, attempt, inner) for b in sides for inner in b.stmts)
        measures = isinstance(s, Gate) and s.op in _LENGTHS and cls not in self.resized
        if not measures and any(
            is_reference(v.kind) and self.aliases.find(v) is cls for v in reads(s)
        ):
            return True
        return any(self.names(cls, attempt, inner) for b in blocks(s) for inner in b.stmts)


def _around(s, attempt):
    """Whether a statement is a loop around an attempt."""
    return isinstance(s, (For, While)) and any(inner is attempt for inner in walk(s))


def _of_a_turn(loop):
    """The values that each turn of a loop makes for itself."""
    return {v for b in blocks(loop) for v in all_defs(b)}


def _is(operand, value):
    return isinstance(operand, Const) and operand.value is value
