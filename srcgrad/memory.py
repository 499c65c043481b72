"""References: which may be one memory, and what an operation does to it.

Shared by the passes that care about memory. Classes are found by unification (Steensgaard,
POPL 1996): coarse, linear, and sound through branches, loops, calls and containers.
"""

from __future__ import annotations

from collections.abc import Callable

from srcgrad.build import kind_of
from srcgrad.ir import Block, For, Gate, If, Value, While, frees, walk
from srcgrad.kinds import List, is_reference
from srcgrad.rules.record import TABLE

WRITES = {"setitem", "augitem", "append", "pop", "accum"}
# operations that take their first argument as a reference, not for its contents
BY_REFERENCE = WRITES | {
    "view",
    "getitem",
    "len",
    "nonempty",
    "size",
    "extent",
    "shape",
    "opaque",
    "zeros_like",
    "demand",
}
# operations that put references into a container
HOLDS = {"list", "append", "setitem"}
# operations that must happen, and happen once
EFFECTS = WRITES | {
    "opaque",
    "raise",
    "setattr",
    "assert",
    "commit",
    "truncate",
    "turn",
    "call",
    "call_forward",
    "call_backward",
    "call_tangent",
    "push",
    "pop_tape",
    "demand",
    "defined",
}


class Aliases:
    """The classes of references of one function, and which of them are changed.

    `lengths`: of a list made inside a loop or branch, its length when that ends. `results`: of
    memory that a gate made, what the gate put there.
    """

    def __init__(self, body: Block):
        self.parent: dict[Value, Value] = {}
        self.lengths: dict[Value, Value] = {}
        self.results: dict[Value, Value] = {}
        _unify(body, self)
        written = {g.args[0] for g in walk(body) if isinstance(g, Gate) and g.op in WRITES}
        self.changed = {self.find(v) for v in written}

    def find(self, v: Value) -> Value:
        while self.parent.get(v, v) is not v:
            v = self.parent[v]
        return v

    def union(self, a, b) -> None:
        if (
            isinstance(a, Value)
            and isinstance(b, Value)
            and is_reference(a.kind)
            and is_reference(b.kind)
        ):
            a, b = self.find(a), self.find(b)
            if a is not b:
                self.parent[b] = a

    def is_memory(self, v) -> bool:
        """Whether a value is a reference to something that is changed in place."""
        return isinstance(v, Value) and is_reference(v.kind) and self.find(v) in self.changed


def made_in(block: Block) -> Callable[[Value], bool]:
    """Whether a reference in a block is to memory that was made there, and is not known outside."""
    inside = Aliases(block)
    outer = {inside.find(v) for v in frees(block) if is_reference(v.kind)}
    return lambda v: inside.find(v) not in outer


def where(loc):
    """The location of a gate, as it is kept in the IR: a source and a node."""
    return loc and loc[0].location(loc[1])


def _unify(body, aliases):
    for s in walk(body):
        match s:
            case Gate(op="view" | "getitem" | "pop" | "stop_gradient" | "own"):
                aliases.union(s.args[0], s.out)
            case Gate(op=op) if op in HOLDS:
                owner = s.out if s.out is not None else s.args[0]
                if isinstance(kind_of(owner), List):
                    for ref in s.args:
                        aliases.union(owner, ref)
            case Gate(op=op) if op in TABLE and TABLE[op].alias != "fresh":
                aliases.union(s.args[0], s.out)
            case Gate(op="call" | "call_forward" | "call_tangent"):
                for arg in s.args:
                    aliases.union(arg, s.out)
            case If():
                for out, a, b in zip(s.outs, s.then.yields, s.orelse.yields):
                    aliases.union(out, a)
                    aliases.union(out, b)
            case For() | While():
                nexts = s.body.yields[1:] if s.breaks else s.body.yields
                for out, head, init, after in zip(s.outs, s.carried, s.inits, nexts):
                    for v in (head, init, after):
                        aliases.union(out, v)
