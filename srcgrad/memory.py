"""References: which may be one memory, and what an operation does to it.

Shared by the passes that care about memory. Classes are found by unification (Steensgaard,
POPL 1996): coarse, linear, and sound through branches, loops, calls and containers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from srcgrad.ir import Block, For, Gate, If, Value, While, frees, walk
from srcgrad.kinds import List, is_reference
from srcgrad.operands import kind_of
from srcgrad.rules.record import TABLE

WRITES = {"setitem", "augitem", "append", "pop", "insert", "reverse", "refill", "accum"}
# operations that put other elements into a list, or change how many there are
RESHAPES = {"setitem", "append", "pop", "insert", "reverse", "refill"}
# operations that change how long a list is
RESIZES = {"append", "pop", "insert", "refill"}
# these read of an array how large it is
MEASURES = {"shape", "size", "extent", "zeros_like", "len"}
# operations that take their first argument as a reference, not for its contents
BY_REFERENCE = WRITES | {
    "view",
    "getitem",
    "gather",
    "len",
    "nonempty",
    "size",
    "extent",
    "shape",
    "opaque",
    "zeros_like",
    "shadow",
    "demand",
}
# operations that put references into a container
HOLDS = {"list", "append", "setitem", "insert", "refill"}
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

# demands that are for a value itself, not for its measures
OF_VALUES = ("kept", "stored", "defined", "number")


class Aliases:
    """The classes of references of one function, and which of them are changed.

    What a helper's own function returns is new, unless it is said to give back what it is given.

    `lengths`: of a list made inside a loop or branch, its length when that ends. `results`: of
    memory that a gate made, what the gate put there.
    """

    def __init__(self, body: Block):
        self.lengths: dict[Value, Value] = {}
        self.results: dict[Value, Value] = {}
        self.body = body
        gates = [g for g in walk(body) if isinstance(g, Gate)]
        self.written = {g.args[0] for g in gates if g.op in WRITES}
        self.written |= {g.out for g in gates if shares_elements(g)}

    # Most functions change nothing in place, and are never asked for more than that.

    @functools.cached_property
    def parent(self) -> dict[Value, Value]:
        self.parent = {}
        _unify(self.body, self)
        return self.parent

    @functools.cached_property
    def changed(self) -> set[Value]:
        return {self.find(v) for v in self.written}

    @functools.cached_property
    def levels(self) -> _Levels:
        return _Levels(self.body, self.written)

    def same(self, a, b) -> None:
        """Note of a value made later that it refers to the memory that another does."""
        self.union(a, b)
        self.levels.union(a, b)

    def find(self, v):
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
                self.__dict__.pop("changed", None)  # to be found anew

    def hold(self, owner, ref) -> None:
        """`ref` is held by a list."""
        self.union(owner, ref)

    def share(self, a, b) -> None:
        """Two lists hold the same references."""
        self.union(a, b)

    def is_fixed(self, gate) -> bool:
        """Whether what a gate gives of changing memory is the same at any time: a view, a shape."""
        if gate.op == "view" and isinstance(kind_of(gate.args[0]), List):
            return self.levels.find(gate.args[0]) not in self.levels.changed
        return gate.op in ("view", "shape", "size", "extent")

    def is_memory(self, v) -> bool:
        """Whether a value is a reference to something that is changed in place."""
        if not (self.written and isinstance(v, Value) and is_reference(v.kind)):
            return False
        return self.find(v) in self.changed and self.levels.is_changed(v)


class _Levels:
    """A finer look at lists of references: a list may change while what it holds does not.

    Everything else goes by the coarse classes, which put a list and what it holds together.
    """

    def __init__(self, body: Block, written):
        self.parent: dict[Value, Value] = {}
        self.changed: set[Value] = set()
        self.inside: dict[Value, Value] = {}  # class of lists -> one of what they hold
        _unify(body, self)
        self.changed = {self.find(v) for v in written}
        for g in walk(body):
            if shares_elements(g):
                self.changed_inside(g.out)
            elif isinstance(g, Gate) and g.op in ("augitem", "accum"):
                self.changed_inside(g.args[0])

    find = Aliases.find

    def changed_inside(self, base):
        """`rows[i] += v` changes what the list holds, too."""
        held = self.inside.get(self.find(base))
        if held is not None:
            self.changed.add(self.find(held))

    def is_changed(self, v) -> bool:
        seen: set = set()
        c: Value | None = self.find(v)
        while c is not None and c not in seen:
            if c in self.changed:
                return True
            seen.add(c)
            held = self.inside.get(c)
            c = None if held is None else self.find(held)
        return False

    def union(self, a, b) -> None:
        if all(isinstance(v, Value) and is_reference(v.kind) for v in (a, b)):
            self.join(a, b)

    def join(self, a, b):
        a, b = self.find(a), self.find(b)
        if a is b:
            return
        self.parent[b] = a
        if b in self.changed:
            self.changed.add(a)
        held = self.inside.pop(b, None)
        if held is not None:
            self.join(self.inside.setdefault(a, held), held)

    def share(self, a, b) -> None:
        """Two lists hold the same references."""
        if all(
            isinstance(v, Value) and is_reference(getattr(v.kind, "elem", None)) for v in (a, b)
        ):
            one, two = (self.inside.setdefault(self.find(v), object()) for v in (a, b))
            self.join(one, two)

    def hold(self, owner, ref) -> None:
        """`ref` is held by a list."""
        if not (isinstance(ref, Value) and is_reference(ref.kind)):
            return
        c = self.find(owner)
        self.join(self.inside.setdefault(c, ref), ref)


def is_fresh(gate) -> bool:
    """Whether a gate makes the memory that it returns a reference to."""
    if gate.op in ("view", "getitem", "stop_gradient", "own", "pop", "call"):
        return False
    return gate.op not in TABLE or TABLE[gate.op].alias == "fresh"


def shares_elements(gate) -> bool:
    """Whether a gate makes a list of the lists or arrays that another list holds."""
    if (
        not isinstance(gate, Gate)
        or gate.out is None
        or gate.op != "repeat"
        and gate.op[:5] != "list."
    ):
        return False
    return isinstance(gate.out.kind, List) and is_reference(gate.out.kind.elem)


def is_view(gate) -> bool:
    """Whether a rule says that a gate's result is a view of an argument."""
    return gate.op in TABLE and TABLE[gate.op].alias == "view"


def made_in(block: Block) -> Callable[[Value], bool]:
    """Whether a reference in a block is to memory that was made there, and is not known outside."""
    inside = Aliases(block)
    outer = {inside.find(v) for v in frees(block) if is_reference(v.kind)}
    return lambda v: inside.find(v) not in outer


def where(loc):
    """The location of a gate, as it is kept in the IR: a source and a node."""
    return loc and loc[0].location(loc[1])


def _unify(body, aliases):
    tapes: dict = {}  # tape -> a reference that is on it, or the tape that it is a copy of
    copies: dict = {}  # what is copied together -> all of it
    giving = _giving_back(body)
    for s in walk(body):
        match s:
            case Gate(op=op) if op.startswith("call") or op == "part":
                for arg in giving.get(s.out, ()):
                    aliases.union(arg, s.out)
            case Gate(op="copy") if not is_reference(kind_of(s.args[0])):
                tapes[s.out] = s.args[0]
            case Gate(op="deepcopy"):
                copies[s.out] = s.args
            case Gate(op="getitem") if s.args[0] in copies:
                original = copies[s.args[0]][s.args[1].value]
                if is_reference(original.kind):
                    aliases.union(original, s.out)
                else:
                    tapes[s.out] = original
            case Gate(op="push" | "pop_tape"):
                tape = s.args[0]
                while tape in tapes and not is_reference(tapes[tape].kind):
                    tape = tapes[tape]
                ref = s.args[1] if s.op == "push" else s.out
                if isinstance(ref, Value) and is_reference(ref.kind):
                    aliases.union(tapes.setdefault(tape, ref), ref)
            case Gate(op="view" | "getitem" | "pop") if isinstance(kind_of(s.args[0]), List):
                aliases.hold(s.args[0], s.out)
            case Gate(op="view" | "getitem" | "pop" | "stop_gradient" | "own"):
                aliases.union(s.args[0], s.out)
            case Gate(op="refill"):
                aliases.share(s.args[0], s.args[2])
            case Gate(op="repeat") if shares_elements(s):
                aliases.hold(s.out, s.args[0])
            case Gate() if shares_elements(s):
                for a in s.args:
                    aliases.share(s.out, a)
            case Gate(op=op) if op in HOLDS:
                owner = s.out if s.out is not None else s.args[0]
                if isinstance(kind_of(owner), List):
                    for ref in s.args if s.out is not None else s.args[1:]:
                        aliases.hold(owner, ref)
            case Gate(op=op) if op in TABLE and TABLE[op].alias != "fresh":
                aliases.union(s.args[0], s.out)
            case If():
                for out, a, b in zip(s.outs, s.then.yields, s.orelse.yields):
                    aliases.union(out, a)
                    aliases.union(out, b)
            case For() | While():
                nexts = s.body.yields[1:] if s.breaks else s.body.yields
                for out, head, init, after in zip(s.outs, s.carried, s.inits, nexts):
                    for v in (head, init, after):
                        aliases.union(out, v)


@dataclass(frozen=True, slots=True)
class Called:
    """A function made of a helper; `shares`: what it returns may be what it is given."""

    name: str
    shares: bool

    def __str__(self):
        return self.name


def gives_back(gate) -> bool:
    """Whether an array or a list that a helper returns may be one that it was given."""
    return isinstance(gate, Gate) and getattr(gate.form, "shares", False)


def _giving_back(body) -> dict:
    """Of what helpers return, and of its parts: what it may be."""
    found: dict = {}
    for s in walk(body):
        if gives_back(s):
            found[s.out] = [*s.args]
        elif isinstance(s, Gate) and s.op == "part" and s.args[0] in found:
            found[s.out] = found[s.args[0]]
            found[s.out].append(s.out)  # and another part may be this one
    return found
