"""Shadows of references that go their own ways: made where the memory is, and moved as it is.

    p = a if c else b               p = a if c else b
    rows.append(p)          →       dp = da if c else db
                                    rows.append(p)
                                    drows.append(dp)

Most memory has its shadow made where the backward pass enters the block that made the memory, and
there every reference to it is known by its name. Where that is not so, where a reference lies in a
list that changes, or is one of several from turn to turn, the forward pass makes the shadow beside
the memory: whatever happens to a reference happens to that of the shadow, too. The backward pass
finds them as it finds any value of the forward pass, and undoes on the lists of shadows what was
done to them (Moses and Churavy, NeurIPS 2020, do so with pointers).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from srcgrad.build import Builder
from srcgrad.ir import (
    UNDEFINED,
    Block,
    Const,
    For,
    Gate,
    If,
    Value,
    While,
)
from srcgrad.kinds import Array, List, Record, is_reference
from srcgrad.memory import is_fresh, shares_elements
from srcgrad.operands import cotangent_kind, kind_of
from srcgrad.passes.reverse.gifts import stays
from srcgrad.rules.record import TABLE


@dataclass
class Mirrored:
    """A block with its mirror: `shadows` by reference, `before` by store: the shadow that it replaced."""

    block: Block
    shadows: dict = field(default_factory=dict)
    before: dict = field(default_factory=dict)


class Unfollowed(Exception):
    """A reference that a mirror cannot follow, either."""


def mirror(block: Block, params, aliases, classes) -> Mirrored:
    """The block, in which each reference of the classes has its shadow beside it.

    Raises Unfollowed where an operation on a reference has no mirror image.
    """
    return _Mirror(aliases, classes).function(block, params)


class _Mirror:
    def __init__(self, aliases, classes):
        self.aliases, self.classes = aliases, classes
        self.twin: dict = {}  # reference -> that of its shadow
        self.before: dict = {}
        self.derived: set = set()  # parts that the shadow of the whole gives at any time
        self.b = Builder(adjoint=True)

    def function(self, block, params):
        for v in params:
            if self.has(v):
                self.make(v)
        first = tuple(self.b.stmts)
        body = self.block(block)
        shadows = {v: t for v, t in self.twin.items() if v not in self.derived}
        return Mirrored(Block((*first, *body.stmts), body.yields), shadows, self.before)

    def has(self, v):
        return (
            isinstance(v, Value)
            and is_reference(v.kind)
            and self.aliases.find(v) in self.classes
            and self.aliases.is_memory(v)
        )

    def make(self, v):
        self.b.loc = None
        self.twin[v] = self.zeros(v)

    def zeros(self, v):
        return self.b.gate("shadow", v, kind=cotangent_kind(v.kind), hint=f"d{v.hint}", named=True)

    # ------------------------------------------------------------ statements

    def block(self, block, *more):
        """The mirrored block; it yields the shadows of what it yields for `more`, too."""
        outer, self.b = self.b, Builder(adjoint=True)
        for k, s in enumerate(block.stmts):
            match s:
                case Gate():
                    self.gate(s, block.stmts[k + 1 :])
                case If():
                    self.branch(s)
                case For() | While():
                    self.loop(s)
                case _:
                    self.b.stmts.append(s)
        new = Block(tuple(self.b.stmts), (*block.yields, *map(self.shadow, more)))
        self.b = outer
        return new

    def shadow(self, operand):
        """The shadow of a reference; zeros for what is never changed itself."""
        if operand is UNDEFINED or operand in self.twin:
            return self.twin.get(operand, operand)
        if is_reference(kind_of(operand)):
            return self.zeros(operand)
        return Const(0.0)

    def gate(self, g, rest):
        if g.op == "setitem" and self.has(g.args[0]) and is_reference(kind_of(g.args[2])):
            base, index, value = g.args
            kind = cotangent_kind(kind_of(value))
            self.before[g] = self.b.gate("getitem", self.twin[base], index, kind=kind, hint="old")
            self.b.effect("setitem", self.twin[base], index, self.shadow(value))
        elif g.op in ("append", "insert", "reverse") and self.has(g.args[0]):
            last = [self.shadow(g.args[-1])] if g.op != "reverse" else []
            self.b.effect(g.op, self.twin[g.args[0]], *g.args[1 : 2 * (g.op == "insert")], *last)
        elif g.op == "refill" and self.has(g.args[0]) and _of_references(g.args[0].kind):
            base, index, value = g.args
            whole = index.lo is None
            form = "list.slice:whole" if whole else "list.slice:part"
            bounds = () if whole else (index.lo, index.hi)
            self.before[g] = self.b.gate(form, self.twin[base], *bounds, hint="old")
            self.b.effect("refill", self.twin[base], index, self.shadow(value), kw=g.kw)
        elif g.op == "refill" and self.has(g.args[0]):
            base, index, value = g.args
            self.b.effect("refill", self.twin[base], index, self.shadow(value), kw=g.kw)
        self.b.stmts.append(g)
        if g.op == "pop" and self.has(g.args[0]):
            out = self.same(g)
            if self.has(g.out):
                self.twin[g.out] = out
        elif self.has(g.out):
            self.twin[g.out] = self.image(g)
            if g.op != "pop" and not is_fresh(g) and stays(g.args[0], rest, self.aliases):
                self.derived.add(g.out)

    def same(self, g):
        """The same operation on the shadows."""
        args = [self.twin.get(a, a) for a in g.args]
        kind = cotangent_kind(g.out.kind)
        hint = f"d{g.out.hint}"
        return self.b.gate(g.op, *args, kw=g.kw, kind=kind, hint=hint, named=True, form=g.form)

    def image(self, g):
        """The shadow of what a gate makes or refers to."""
        if g.op in ("view", "getitem") and isinstance(kind_of(g.args[0]), Record):
            return self.zeros(g.out)
        if g.op in ("view", "getitem", "pop"):
            return self.same(g)
        if g.op == "list" and (not g.args or any(map(self.has, g.args))):
            items = [self.shadow(a) for a in g.args]
            kind = cotangent_kind(g.out.kind)
            return self.b.gate("list", *items, kind=kind, hint=f"d{g.out.hint}", named=True)
        shared = any(self.has(a) for a in g.args) and _of_references(g.out.kind)
        if shares_elements(g):
            return self.b.gate(
                "list.slice:whole" if g.op == "list.tuple" else g.op,  # shadows are changed
                *(self.shadow(a) if isinstance(kind_of(a), (List, Array)) else a for a in g.args),
                kind=cotangent_kind(g.out.kind),
                hint=f"d{g.out.hint}",
                named=True,
            )
        if g.op in TABLE and TABLE[g.op].alias == "view":
            return self.same(g)
        if not is_fresh(g) or shared:
            raise Unfollowed
        return self.zeros(g.out)

    def branch(self, s):
        places = [k for k, out in enumerate(s.outs) if self.has(out)]
        sides = [self.block(b, *(b.yields[k] for k in places)) for b in (s.then, s.orelse)]
        outs = self.twins(s.outs[k] for k in places)
        new = replace(s, then=sides[0], orelse=sides[1], outs=(*s.outs, *outs))
        self.b.stmts.append(new)

    def loop(self, s):
        places = [k for k, out in enumerate(s.outs) if self.has(out)]
        inits = [self.shadow(s.inits[k]) for k in places]
        heads = self.twins(s.carried[k] for k in places)
        changes: dict = {"test": self.block(s.test)} if isinstance(s, While) else {}
        nexts = s.body.yields[1:] if s.breaks else s.body.yields
        body = self.block(s.body, *(nexts[k] for k in places))
        outs = self.twins(s.outs[k] for k in places)
        changes |= {"inits": (*s.inits, *inits), "carried": (*s.carried, *heads)}
        changes |= {"outs": (*s.outs, *outs), "body": body}
        self.b.stmts.append(replace(s, **changes))

    def twins(self, refs):
        made = []
        for v in refs:
            self.twin[v] = Value(f"d{v.hint}", cotangent_kind(v.kind), True, True)
            made.append(self.twin[v])
        return made


def _of_references(kind):
    return isinstance(kind, List) and is_reference(kind.elem)
