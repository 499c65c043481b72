"""The backward loops: each goes over the turns of its loop from the last to the first.

for i in range(n):                      for i in reversed(range(n)):
    x = f(x, w)                 →           dw += …
                                            dx = …
"""

from __future__ import annotations

# their pullbacks take a number that stands for an array of it
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
from srcgrad.operands import cotangent_kind, kind_of


class Loops:
    """Methods of the turn for loops."""

    def loop(self, s):
        body = s.body
        nexts = body.yields[1:] if s.breaks else body.yields
        state = [k for k, h in enumerate(s.carried) if self.active(h) and not self.memory(h)]
        given = {k: self.cot.pop(s.outs[k], None) for k in state}
        for out in s.outs:
            self.cot.pop(out, None)
        inside = set(all_defs(body))
        read = [*frees(body)]
        # A view counts by itself, and what it is a view of where it is read by subscripts.
        both = [r for v in read if self.active(v) for r in (v, self.root(v)[0])]
        sums = [r for r in dict.fromkeys(both) if r not in inside]
        sums = [v for v in sums if v not in s.carried and not self.memory(v) and self.active(v)]
        outer, before = self.b, self.cot
        inits = [self.after_loop(s, k, given[k]) for k in state]
        inits += [self.initial(v, before.get(v)) for v in sums]
        heads = [
            Value("d" + s.carried[k].hint, cotangent_kind(s.carried[k].kind), True, True)
            for k in state
        ]
        heads += [Value("d" + v.hint, cotangent_kind(v.kind), True, True) for v in sums]
        self.masked |= {h for h, init in zip(heads, inits) if init in self.masked}
        places, shadows = self.moved_in(s)
        moving = [
            Value("d" + nexts[k].hint, cotangent_kind(s.carried[k].kind), True, True)
            for k in places
        ]
        self.b = outer.sub()
        self.cot = dict(zip(sums, heads[len(state) :]))
        self.hand_back([nexts[k] for k in places], moving)
        self.at_rest([s.carried[k] for k in places], body, moving)
        self.open_shadows(body.stmts)
        for k, h in zip(state, heads):
            c, y = h, nexts[k]
            self.accumulate(
                y,
                self.b.cast(c, kind_of(y))
                if isinstance(y, Value) and isinstance(y.kind, Array)
                else c,
            )
        self.block(body.stmts)
        last = [self.at_head(s, k, nexts[k]) for k in state]
        last += [
            self.whole(v) if isinstance(h.kind, (Array, List)) else self.cot[v]
            for v, h in zip(sums, heads[len(state) :])
        ]
        last += [self.shadow[s.carried[k]] for k in places]
        inits, heads = inits + shadows, heads + moving
        block, self.b, self.cot = self.b.block(*last), outer, before
        outs = [Value(h.hint, h.kind, True, True) for h in heads]
        self.masked |= {o for o, after in zip(outs, last) if after in self.masked}
        self.hand_back([s.inits[k] for k in places], outs[len(outs) - len(places) :])
        if isinstance(s, For) and not s.breaks:
            index, span = Value(s.index.hint, INT, s.index.named), (s.start, s.stop, s.step)
            block, form = substitute(block, {s.index: index}), "range"
        else:
            count = self.counts.setdefault(s.key, Value("count", INT, False, True))
            index, span, form = Value("k", INT), (Const(0), count, Const(1)), "count"
        turned = form == "count" or not s.reverse
        loop = For(
            index,
            *span,
            tuple(inits),
            tuple(heads),
            block,
            tuple(outs),
            turned,
            form=form,
            mirror=s.key,
            loc=s.loc,
        )
        self.b.stmts.append(loop)
        for v, h, last_, out in zip(
            sums, heads[len(state) :], last[len(state) :], outs[len(state) :]
        ):
            if last_ is not h:
                self.cot[v] = out
        for k, out, after in zip(state, outs, last):
            if not (_turns(s) and isinstance(after, Const) and after.value == 0):
                self.accumulate(s.inits[k], out)

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
        out = Value("d" + v.hint, cotangent_kind(v.kind), True, True)
        turned = self.b.gate("operator.gt", count, Const(0))
        self.b.stmts.append(If(turned, block, Block((), (UNDEFINED,)), (out,), s.loc))
        return out

    def initial(self, v, c):
        """The cotangent with which a backward loop starts."""
        if isinstance(kind_of(v), (Array, List)):
            return self.b.zeros(v) if c is None else self.b.widened(self.b.full(c, v), v)
        return Const(0.0) if c is None else c


def _turns(loop) -> bool:
    """Whether a loop surely has a first turn."""
    if not isinstance(loop, For) or loop.form not in (None, "range"):
        return False
    span = loop.start, loop.stop, loop.step
    return all(isinstance(o, Const) for o in span) and len(range(*(o.value for o in span))) > 0


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
