"""References that move: buffers that a loop swaps, or makes anew in each turn.

    for _ in range(n):                  backwards:
        new = u.copy()                  for … in reversed(range(n)):
        new[1:-1] += …                      dnew = du          (the shadow moves back)
        u = new                             …
                                            du = dnew's predecessor

A loop or branch *moves* a reference when, from there on, the memory is reached through what the
statement leaves behind and no longer through the old name. While every memory has one such owner
at a time, its shadow can take the same way backwards: it is handed from the name after the move
to the name before it. Where two names may mean one memory that rule is broken, and nothing here
is found.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from srcgrad.ir import Block, For, Gate, If, Return, Value, While, operands, values_in
from srcgrad.kinds import List, is_reference
from srcgrad.memory import HOLDS, RESIZES, is_fresh


@dataclass
class Moves:
    """What moves: `taken` by the key of each moving statement, `moved` all of it together."""

    taken: dict = field(default_factory=dict)  # key of an If -> references from outside it
    carried: dict = field(default_factory=dict)  # key of a loop -> positions that it carries
    moved: set = field(default_factory=set)


def moves(stmts, params, activity, mirrored=()) -> Moves:
    """The moves of the classes of memory that loops carry references to, where they are sound.

    Those that are `mirrored` have their shadows from the forward pass.
    """
    found, aliases = Moves(), activity.aliases
    for c in dict.fromkeys(_carried(stmts, aliases, activity.is_active)):
        if c in mirrored:
            continue
        walk = _Class(c, aliases)
        owned = {v: True for v in params if walk.has(v)}
        try:
            walk.block(Block(tuple(stmts)), owned)
        except _Shared:
            continue
        for mine, theirs in ((found.taken, walk.found.taken), (found.carried, walk.found.carried)):
            for key, places in theirs.items():
                mine[key] = (*mine.get(key, ()), *places)
        found.moved |= walk.found.moved
    return found


def _carried(stmts, aliases, is_active):
    for s in stmts:
        if isinstance(s, (For, While)):
            for out in s.outs:
                if aliases.is_memory(out) and is_active(out):
                    yield aliases.find(out)
            yield from _carried(s.body.stmts, aliases, is_active)
        elif isinstance(s, If):
            yield from _carried((*s.then.stmts, *s.orelse.stmts), aliases, is_active)


class _Shared(Exception):
    """Memory of the class may have two owners."""


class _Class:
    """One walk over the function for one class of references: `owned` are the names that are good."""

    def __init__(self, c, aliases):
        self.c, self.aliases, self.found = c, aliases, Moves()
        self.base: dict = {}  # view -> what it is a view of
        self.made: set = set()

    def has(self, v):
        return isinstance(v, Value) and is_reference(v.kind) and self.aliases.find(v) is self.c

    def owner(self, v, owned):
        while v in self.base:
            v = self.base[v]
        if v not in owned:
            raise _Shared
        return v

    def block(self, block, owned):
        """Check a block; `owned` becomes what it is at its end."""
        for s in block.stmts:
            match s:
                case Gate() | Return():
                    self.plain(s, owned)
                case If():
                    self.reads(s, owned)
                    self.branch(s, owned)
                case For() | While():
                    self.loop(s, owned)

    def reads(self, s, owned):
        for operand in operands(s):
            for v in values_in(operand):
                if self.has(v):
                    self.owner(v, owned)

    def plain(self, s, owned):
        self.reads(s, owned)
        if isinstance(s, Return):
            return
        if s.op in RESIZES and self.has(s.args[0]) and s.args[0] not in self.made:
            raise _Shared  # a list of another length than when it was moved here
        holder = s.out if s.out is not None else s.args and s.args[0]
        if s.op in HOLDS and isinstance(getattr(holder, "kind", None), List):
            held = s.args if s.op == "list" else s.args[1:]
            if any(map(self.has, held)):
                raise _Shared
        if s.out is None or not self.has(s.out):
            return
        if is_fresh(s):
            owned[s.out] = True
            self.made.add(s.out)
        elif s.op in ("pop", "call"):
            raise _Shared
        else:
            self.base[s.out] = s.args[0]

    def hand_over(self, refs, owned):
        """What is yielded: names that own different memories."""
        for v in refs:
            if owned.pop(v, None) is None:
                raise _Shared

    def branch(self, s, owned):
        places = self.places(s)
        taken: set = set()
        for side in (s.then, s.orelse):
            inner = dict(owned)
            self.block(side, inner)
            ends = [side.yields[k] for k in places]
            self.hand_over(ends, inner)
            self.found.moved |= set(ends)
            taken |= {v for v in owned if v not in inner}
        self.found.moved |= taken
        if taken or places:
            self.found.taken[s.key] = tuple(v for v in owned if v in taken)
        for v in taken:
            del owned[v]
        owned.update({s.outs[k]: True for k in places})

    def loop(self, s, owned):
        self.header(s, owned)
        places = self.places(s)
        inits = [s.inits[k] for k in places]
        self.hand_over(inits, owned)
        turn = owned | {s.carried[k]: True for k in places}
        if isinstance(s, While):
            self.block(s.test, turn)
        self.block(s.body, turn)
        nexts = s.body.yields[1:] if s.breaks else s.body.yields
        ends = [nexts[k] for k in places]
        self.hand_over(ends, turn)
        if any(v not in turn for v in owned):
            raise _Shared  # the next turn finds it moved already
        self.found.moved |= {*inits, *ends}
        if places:
            self.found.carried[s.key] = tuple(places)
        owned.update({s.outs[k]: True for k in places})

    def header(self, s, owned):
        if isinstance(s, For):
            for operand in (s.start, s.stop, s.step, *s.seqs):
                for v in values_in(operand):
                    if self.has(v):
                        self.owner(v, owned)

    def places(self, s):
        return [k for k, out in enumerate(s.outs) if self.has(out)]
