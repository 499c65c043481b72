"""The backward loops: each goes over the turns of its loop from the last to the first.

for i in range(n):                      for i in reversed(range(n)):
    x = f(x, w)                 →           dw += …
                                            dx = …
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.build import Builder
from srcgrad.ir import (
    UNDEFINED,
    Block,
    Const,
    For,
    If,
    Value,
    all_defs,
    frees,
    substitute,
)
from srcgrad.kinds import INT, Array, List, Scalar
from srcgrad.operands import cotangent_of, kind_of, surely_turns


class Loops:
    """Methods of the turn for loops."""

    def loop(self, s):
        nexts = s.body.yields[1:] if s.breaks else s.body.yields
        state = [k for k, h in enumerate(s.carried) if self.active(h) and not self.memory(h)]
        given = {k: self.cot.pop(s.outs[k], None) for k in state}
        for out in s.outs:
            self.cot.pop(out, None)
        sums = self.read_from_outside(s)
        outer, before = self.b, self.cot
        n = len(state)
        inits = [self.after_loop(s, k, given[k]) for k in state]
        inits += [self.initial(v, before.get(v)) for v in sums]
        heads = [cotangent_of(v) for v in (*(s.carried[k] for k in state), *sums)]
        self.masked |= {h for h, init in zip(heads, inits) if init in self.masked}
        places, shadows = self.moved_in(s)
        moving = [cotangent_of(s.carried[k], nexts[k].hint) for k in places]
        self.b, self.cot = outer.sub(), dict(zip(sums, heads[n:]))
        lasts = [nexts[k] for k in places]
        self.hand_back(lasts, moving)
        self.at_rest([s.carried[k] for k in places], s.body, list(zip(lasts, moving)))
        self.open_shadows(s.body.stmts)
        for k, c in zip(state, heads):
            like = nexts[k].kind if isinstance(nexts[k], Value) else None
            self.accumulate(nexts[k], self.b.cast(c, like) if isinstance(like, Array) else c)
        self.block(s.body.stmts)
        last = [self.at_head(s, k, nexts[k]) for k in state]
        last += [self.whole(v) if isinstance(v.kind, (Array, List)) else self.cot[v] for v in sums]
        last += [self.shadow[s.carried[k]] for k in places]
        block, self.b, self.cot = self.b.block(*last), outer, before
        heads += moving
        outs = [Value(h.hint, h.kind, True, True) for h in heads]
        self.masked |= {o for o, after in zip(outs, last) if after in self.masked}
        self.hand_back([s.inits[k] for k in places], outs[len(outs) - len(places) :])
        self.b.stmts.append(self.backwards(s, inits + shadows, heads, block, outs))
        for v, h, after, out in zip(sums, heads[n:], last[n:], outs[n:]):
            if after is not h:
                self.cot[v] = out
        turns = isinstance(s, For) and surely_turns(s.start, s.stop, s.step)
        for k, out, after in zip(state, outs, last):
            if not (turns and isinstance(after, Const) and after.value == 0):
                self.accumulate(s.inits[k], out)

    def read_from_outside(self, s):
        """What a loop reads that is defined outside: in each turn, something is added to its cotangent."""
        inside = {*all_defs(s.body), *s.carried}
        # A view counts by itself, and what it is a view of where it is read by subscripts.
        both = [r for v in frees(s.body) if self.active(v) for r in (v, self.root(v)[0])]
        outside = (v for v in dict.fromkeys(both) if v not in inside)
        return [v for v in outside if not self.memory(v) and self.active(v)]

    def backwards(self, s, inits, heads, block, outs):
        """A loop that goes over the turns of `s` from the last to the first, or takes as many as it took."""
        if isinstance(s, For) and not s.breaks:
            index, span = Value(s.index.hint, INT, s.index.named), (s.start, s.stop, s.step)
            block, form, reverse = substitute(block, {s.index: index}), "range", not s.reverse
        else:
            count = self.counts.setdefault(s.key, Value("count", INT, False, True))
            index, span = Value("k", INT), (Const(0), count, Const(1))
            form, reverse = "count", True
        state = tuple(inits), tuple(heads), block, tuple(outs)
        return For(index, *span, *state, reverse, form=form, mirror=s.key, loc=s.loc)

    def at_head(self, s, k, after):
        """The cotangent of what a loop carried into a turn."""
        head = s.carried[k]
        if not isinstance(head.kind, (Array, List)):
            return self.cot.get(head, Const(0.0))
        if head not in self.cot and s.inits[k] is UNDEFINED:
            return self.b.zeros(after)  # before the first turn there is nothing to be shaped like
        if head not in self.cot:
            self.surely_there(head, s)
        return self.whole(head)

    def surely_there(self, v, s):
        """Zeros have the shape of what may not be there: of that there is no telling at this point."""
        if v in self.unsure:
            what = f"`{v.hint}` may have no value here, and the loop may read it"
            self.refuse(s, what, f"assign `{v.hint}` before the loops that change it")

    def after_loop(self, s, k, c):
        """The cotangent of what a loop leaves: of nothing, where it had no turn to assign a variable."""
        v = s.outs[k]
        if c is not None or isinstance(v.kind, Scalar):
            return self.initial(v, c)
        if s.inits[k] is not UNDEFINED:
            self.surely_there(v, s)
            return self.initial(v, c)
        count = self.counts.setdefault(s.key, Value("count", INT, False, True))
        zeros = self.b.sub()
        block = zeros.block(zeros.zeros(v))
        out = cotangent_of(v)
        turned = self.b.gate("operator.gt", count, Const(0))
        self.b.stmts.append(If(turned, block, Block((), (UNDEFINED,)), (out,), s.loc))
        return out

    def initial(self, v, c):
        """The cotangent with which a backward loop starts."""
        if not isinstance(kind_of(v), (Array, List)):
            return Const(0.0) if c is None else c
        if c is None:
            return self.b.zeros(v)
        if isinstance(kind_of(c), Scalar) and v.kind.dtype == "f8":
            shape = self.b.gate("shape", v)  # an array of its own, as the loop may change it
            return self.b.gate("numpy.full", shape, c, kind=v.kind)
        return self.b.widened(self.b.full(c, v), v)


def counting(loop, count):
    """The loop with a count of its turns."""
    head = Value("count", INT, False, True)
    b = Builder(adjoint=True)
    after = b.gate("operator.add", head, Const(1), hint="count")
    body = Block((*loop.body.stmts, *b.stmts), (*loop.body.yields, after))
    return replace(
        loop,
        body=body,
        inits=(*loop.inits, Const(0)),
        carried=(*loop.carried, head),
        outs=(*loop.outs, count),
    )
