"""Write the backward pass, by the rules alone.

    y = math.exp(x)                 … turn …
    z = y * w               →       dy = operator.mul(w, 1.0)
    return z                        dw = operator.mul(y, 1.0)
                                    dx = operator.mul(y, dy)

Statements are met in reverse. A value's cotangent is a value, too: contributions are added, the
first one *is* the cotangent. A branch is reversed in a branch on the same predicate, a loop in a
loop in the other direction, whose carried values are the cotangents of what the loop carried and
the sums for what it read from outside. Memory has one shadow, made where the backward pass enters
the block that made the memory, and changed in place: a store hands over the shadow's element and
clears it. Values of the forward pass are named freely, also those of another loop's turns: which
of them are still there, recomputed or taped is for `save` to decide.
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.build import Builder, is_part, part_key
from srcgrad.errors import CannotDifferentiate, Problem
from srcgrad.ir import (
    UNDEFINED,
    Block,
    Const,
    For,
    Function,
    Gate,
    If,
    Return,
    Value,
    While,
    map_stmt,
    raises,
    walk,
    way,
)
from srcgrad.joins import same_shape
from srcgrad.kinds import BOOL, Array, List, Record, Scalar
from srcgrad.memory import Called, shares_elements, where
from srcgrad.operands import KindError, cotangent_kind, cotangent_of, kind_of
from srcgrad.passes.reverse.arrays import Parts
from srcgrad.passes.reverse.gifts import given_and_lost
from srcgrad.passes.reverse.loops import Loops, counting
from srcgrad.passes.reverse.masks import Masks
from srcgrad.passes.reverse.mirror import Unfollowed, mirror
from srcgrad.passes.reverse.moves import moves
from srcgrad.passes.reverse.rules import Rules
from srcgrad.passes.reverse.shadows import Entangled, Shadows
from srcgrad.passes.reverse.structural import Structural, is_rearranged
from srcgrad.paths import partly_defined


def reverse(
    function: Function,
    activity,
    targets,
    finish,
    mode: str = "grad",
    split: bool = False,
    calls=None,
) -> Function:
    """The function with its backward pass.

    Parameters: `activity` of the function; `targets`, the leaf values whose cotangents are wanted;
    `finish(builder, value, cotangents)` writes the return; `mode` is `grad`, or `vjp`, where the
    backward pass becomes a function of the cotangent. `split` gives each branch at the end of
    the function a backward pass of its own.
    """
    mirrored: set = set()  # classes of references whose shadows the forward pass makes
    refused = None
    while True:
        try:
            write = _Program(activity, targets, finish, mode, split, calls, function, mirrored)
            *stmts, result = write.body.stmts
            body = write.called(Block(tuple(write.program([], stmts, result.values))))
            return replace(function, body=body)
        except Unfollowed:
            raise refused from None
        except Entangled as found:
            refused = found.refused
            if found.kin in mirrored:
                raise refused from None
            mirrored.add(found.kin)


class _Program:
    def __init__(self, activity, targets, finish, mode, split, calls, function, mirrored):
        self.activity, self.targets, self.finish = activity, targets, finish
        self.mode, self.split, self.calls = mode, split, calls
        self.params, self.mirrored = function.params, mirrored
        self.mirror = mirror(function.body, function.params, activity.aliases, mirrored)
        self.body = self.mirror.block
        self.forwards: dict = {}  # calls that have a backward call -> the tapes that they push on
        self.counts: dict = {}  # loops whose turns are counted -> the count
        self.ways: dict = {}  # attempts and handlers -> whether the first block was run to its end

    def called(self, block):
        """Calls that are reversed become calls of the forward functions; loops of unknown length count."""

        def inner(b):
            return Block(tuple(stmt(s) for s in b.stmts), b.yields)

        def stmt(s):
            if not isinstance(s, Gate):
                new = map_stmt(s, lambda o: o, inner)
                key = getattr(s, "key", None)
                if key in self.ways:
                    return _noting(new, self.ways[key])
                return counting(new, self.counts[key]) if key in self.counts else new
            if s.out in self.forwards and s.op == "call":
                name, tapes = self.forwards[s.out]
                return replace(
                    s,
                    op="call_forward",
                    args=(*s.args, *tapes),
                    form=Called(f"{name}_forward", s.form.shares),
                )
            return s

        return inner(block) if self.forwards or self.counts or self.ways else block

    def program(self, before, stmts, values):
        last = stmts[-1] if stmts else None
        if (
            self.split
            and isinstance(last, If)
            and not way(last)
            and values
            and all(v in last.outs for v in values)
        ):
            sides = []
            for block in (last.then, last.orelse):
                chosen = tuple(block.yields[last.outs.index(v)] for v in values)
                inner = self.program([*before, *stmts[:-1]], list(block.stmts), chosen)
                sides.append(Block(tuple(inner)))
            return [*stmts[:-1], replace(last, then=sides[0], orelse=sides[1], outs=())]
        return [*stmts, *self.backward([*before, *stmts], values)]

    def backward(self, stmts, values):
        b = Builder(adjoint=True)
        moving = moves([*stmts, Return(tuple(values))], self.params, self.activity, self.mirrored)
        work = Reverse(self, stmts, b, moving)
        seeds = [Const(1.0)] if self.mode == "grad" else self.finish.seeds(b, values)
        work.open_shadows(stmts, [*self.params, *_leaves(stmts)])
        for value, seed in zip(values, seeds):
            if isinstance(value, Value):
                work.accumulate(value, seed)
        work.block(stmts)
        b.loc = None  # what is returned is made of no gate
        returns = self.finish(b, values, [work.final(v) for v in self.targets])
        return [*self.finish.turn(values), *b.stmts, returns]


class Reverse(Loops, Shadows, Structural, Parts, Rules, Masks):
    def __init__(self, program, stmts, b, moving):
        self.b, self.activity, self.aliases = b, program.activity, program.activity.aliases
        self.calls, self.forwards = program.calls, program.forwards
        self.counts, self.ways = program.counts, program.ways
        self.cot: dict = {}
        self.masked: set = set()
        self.masked_memory: set = set()
        self.guessed: set = set()
        self.moves, self.mirrored = moving, program.mirrored
        self.shadow: dict = dict(program.mirror.shadows)
        self.before = program.mirror.before  # stores of references -> the shadow that was there
        self.makers: dict = {}
        self.call_parts: dict = {}  # what a call gave -> its parts, by their place
        self.partial: set = set()  # values that a branch leaves undefined
        self.unsure = partly_defined(Block(tuple(stmts)))  # and those that this reaches
        self.note_makers(stmts)
        self.given, self.lost = given_and_lost(Block(tuple(stmts)), self.aliases)

    def note_makers(self, stmts):
        for s in stmts:
            for inner in walk(s):
                if isinstance(inner, Gate) and inner.out is not None:
                    self.makers[inner.out] = inner
                    if inner.op == "part":
                        parts = self.call_parts.setdefault(inner.args[0], {})
                        parts[inner.args[1].value] = inner.out
                elif isinstance(inner, If) and way(inner) != "with":
                    ends = zip(inner.outs, inner.then.yields, inner.orelse.yields)
                    self.partial |= {o for o, a, b in ends if a is UNDEFINED or b is UNDEFINED}

    # ------------------------------------------------------------ cotangents

    def active(self, v):
        return self.activity.is_active(v)

    def memory(self, v):
        return self.aliases.is_memory(v)

    def accumulate(self, v, c):
        """Add a contribution to the cotangent of a value."""
        if not self.active(v) or isinstance(c, Const) and c.value == 0:
            return
        c = self.b.part_of(c, kind_of(v))
        masked = self.passing or c in self.masked
        if self.memory(v):
            if masked:
                self.masked_memory.add(self.root(v)[0])
            return self.add_to_shadow(v, c)
        if isinstance(kind_of(c), Scalar):
            c = self.b.cast(c, v.kind)  # it stands for an array
            if v.kind == Scalar("f4") and isinstance(c, Value):  # a loop may have made it a float64
                c = self.b.gate("builtins.float", c, form="weak", hint="d" + v.hint)
        old = self.cot.get(v)
        new = c if old is None else self.b.add(old, c)
        if masked or old in self.masked:
            self.masked.add(new)
        self.cot[v] = self.hinted(new, v)

    def hinted(self, c, v):
        """A contribution just computed is called after the value whose cotangent it is."""
        if isinstance(c, Value) and not c.named:
            c.hint, c.named = "d" + v.hint, True
        return c

    def root(self, v):
        """The value that `v` is a part of, and the subscripts that lead to it."""
        path = []
        maker = self.makers.get(v)
        while maker is not None and maker.op == "view" and not is_rearranged(maker):
            path.insert(0, maker.args[1])
            v = maker.args[0]
            maker = self.makers.get(v)
        return v, tuple(path)

    def scatter(self, root, path, c, form=None):
        if not self.active(root):
            return
        if isinstance(kind_of(c), Scalar) and kind_of(c).name in ("int", "bool"):
            c = Const(float(c.value)) if isinstance(c, Const) else self.b.gate("builtins.float", c)
        old = self.cot.get(root)
        if (
            old is None
            or isinstance(kind_of(root), Array)
            and kind_of(old) != cotangent_kind(kind_of(root))
            and not same_shape(kind_of(old), kind_of(root))
        ):
            zero = self.b.zeros(root)
            old = zero if old is None else self.b.add(zero, old)
        out = self.b.gate(
            "scatter",
            old,
            c,
            *path,
            kind=cotangent_kind(kind_of(root)),
            hint="d" + root.hint,
            form=form,
        )
        out.named = True
        self.cot[root] = out
        if self.passing or old in self.masked:
            self.masked.add(out)

    def whole(self, v):
        """The cotangent of a value as one of its full shape, zeros where there is none."""
        c = self.cot.get(v)
        if c is None:
            return UNDEFINED if v in self.partial else self.b.zeros(v)
        return self.b.widened(self.b.full(c, v), v)

    def final(self, v):
        if self.memory(v) and v in self.shadow:
            return self.b.gate("snapshot", self.shadow[v], hint="d" + v.hint)
        return self.cot.get(v)

    # ------------------------------------------------------------ statements

    def block(self, stmts):
        for s in stmts:
            if isinstance(s, Gate) and is_part(s.op):
                key = part_key(s.op, s.args, dict(s.kw))
                self.b.parts[key] = self.aliases.results.get(s.out, s.out)
        for s in reversed(stmts):
            match s:
                case Gate():
                    self.gate(s)
                case If():
                    self.branch(s)
                case For() | While():
                    self.loop(s)

    def gate(self, g):
        method = getattr(self, "on_" + g.op.replace(".", "_"), None)
        self.b.loc = g.loc
        if method is not None:
            return self.structurally(g, method)
        if g.out is None or not self.active(g.out) or shares_elements(g):
            return  # what shares its elements shares their shadows
        if self.memory(g.out):
            if g.out not in self.shadow:
                return
            self.cot[g.out] = dout = self.b.gate(
                "snapshot", self.shadow[g.out], hint="d" + g.out.hint
            )
            if g.out in self.masked_memory:
                self.masked.add(dout)
        dout = self.cot.pop(g.out, None)
        if dout is None:
            return
        try:
            self.by_rule(g, dout)
        except KindError as error:
            raise CannotDifferentiate((Problem(where(g.loc), str(error), ""),)) from None

    # ------------------------------------------------------------ branches and loops

    def branch(self, s):
        given = {o: self.cot.pop(o) for o in s.outs if o in self.cot}
        before, outer = dict(self.cot), self.b
        places, shadows = self.moved_in(s)
        taken = [v for v in self.moves.taken.get(s.key, ()) if self.active(v)]
        known, sides = self.shadow, []
        for block in (s.then, s.orelse):
            self.cot, self.b, self.shadow = dict(before), outer.sub(), dict(known)
            yielded = [block.yields[k] for k in places]
            self.hand_back(yielded, shadows)
            self.at_rest(taken, block, list(zip(yielded, shadows)))
            self.open_shadows(block.stmts)
            for out, y in zip(s.outs, block.yields):
                if out in given:
                    self.accumulate(y, self.into_branch(given[out], out, y))
            self.block(block.stmts)
            sides.append((self.cot, self.b, [self.shadow[v] for v in taken]))
        self.shadow = known
        one, two = sides[0][0], sides[1][0]
        changed = [v for v in {**one, **two} if one.get(v) is not two.get(v)]
        yields = [self.leaving(side, changed) for side in sides]
        self.cot = before | {v: c for v, c in one.items() if c is two.get(v)}
        self.b = outer
        outs = [cotangent_of(v) for v in (*changed, *taken)]
        self.masked |= {
            out for out, *ends in zip(outs, *yields) if any(c in self.masked for c in ends)
        }
        self.cot.update(zip(changed, outs))
        self.shadow.update(zip(taken, outs[len(changed) :]))
        if outs or any(b.stmts for _, b, _ in sides):
            then, orelse = (b.block(*ends) for (_, b, _), ends in zip(sides, yields))
            self.b.stmts.append(If(self.taken(s), then, orelse, tuple(outs), s.loc, s.key))

    def into_branch(self, c, out, y):
        """The cotangent of what a branch passes on, as that of what one of its blocks gives."""
        if not isinstance(kind_of(out), Array) or not isinstance(y, Value):
            return c
        c = self.b.full(c, out)
        return self.b.cast(c, y.kind) if isinstance(y.kind, Array) else c

    def leaving(self, side, changed):
        """The cotangents that a block of a backward branch ends with, and the shadows."""
        self.cot, self.b, shadows = side
        many = {v: isinstance(kind_of(v), (Array, List)) for v in changed}
        ends = [self.whole(v) if many[v] else self.cot.get(v, Const(0.0)) for v in changed]
        return [*ends, *shadows]

    def taken(self, s):
        """The predicate of a backward branch."""
        match way(s):
            case None:
                return s.test
            case "with":  # only what says how to compute is entered again
                return s.test if s.test.form[2] else _NOWHERE
        if way(s) == "attempt" and raises(s.orelse.stmts):
            return Const(True)
        return self.ways.setdefault(s.key, Value("ok", BOOL, False, True))


_NOWHERE = Gate(None, "with", (), form=None)  # a context that is not entered


def _noting(branch, ok):
    """The attempt with a value that says whether it succeeded."""
    then, orelse = branch.then, branch.orelse
    return replace(
        branch,
        then=Block(then.stmts, (*then.yields, Const(True))),
        orelse=Block(orelse.stmts, (*orelse.yields, Const(False))),
        outs=(*branch.outs, ok),
    )


def _leaves(stmts):
    """What is read from parameters of fixed layout at the start."""
    return [
        s.out
        for s in stmts
        if isinstance(s, Gate) and s.op == "getitem" and isinstance(kind_of(s.args[0]), Record)
    ]
