"""Make the backward pass what one would have written: copies, zeros, ones and dead code go.

    dx = operator.mul(1.0, dy)
    d2 = operator.add(dx, dx)           →       d2 = operator.mul(2.0, dy)
    k = math.exp(x)          # never read

Algebra touches cotangents only (gates marked `adjoint`): what the user computes stays as it is
computed. A loop's carried value that never changes is not carried; a gate that was computed
before is not computed again; a gate, branch, loop or local memory that nothing needs goes.
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.build import is_part, part_key
from srcgrad.deadcode import sweep
from srcgrad.failing import may_raise
from srcgrad.floats import Floats, flows
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
    frees,
    map_operand,
    map_stmt,
    reads,
    tried,
    uses,
    walk,
    way,
)
from srcgrad.joins import same_shape
from srcgrad.kinds import Array, List
from srcgrad.memory import EFFECTS, MEASURES, Aliases
from srcgrad.operands import equals, identity, is_ellipsis, kind_of, surely_turns
from srcgrad.passes.simplify.algebra import Algebra
from srcgrad.rules.record import TABLE
from srcgrad.shapes import read_on_entry

_FRESH = {
    "list",
    "repeat",
    "zeros_like",
    "copy",
    "scatter",
    "snapshot",
    "pop",
    "call",
    "call_again",
    "call_backward",
    "listadd",
    "own",
    "formula",
}
_PURE = {
    "getitem",
    "gather",
    "part",
    "view",
    "len",
    "nonempty",
    "size",
    "extent",
    "shape",
    "global",
    "getattr",
    "stop_gradient",
    "astype",
}


def simplify(function: Function, primal: bool = False, unsaved: bool = False) -> Function:
    """Simplify until nothing changes; of a `primal` function only its copies and dead code.

    `unsaved`: the backward pass reads values of the forward pass yet, each in the mirror image of the
    branch that makes it. So these stay, also where it is known that they are taken.
    """
    for _ in range(8):
        work = _Rewrite(function, primal, unsaved)
        body = work.block(function.body, {})
        function = sweep(replace(function, body=body), keep_parts=primal)
        if not work.changed:
            break
    return function


class _Rewrite(Algebra):
    def __init__(self, function, primal, unsaved):
        self.primal, self.unsaved = primal, unsaved
        self.aliases = Aliases(function.body)
        self.makers: dict = {}
        self.mapping: dict = {}
        self.changed = False
        self.out: list = []
        self.seen: dict = {}
        self.readers = uses(function.body)  # no less than there are, whatever is rewritten
        self.witness = _witnesses(function)
        self.params = set(function.params)
        self.floats = Floats(self.params, flows(function.body), self.makers, operand=self.operand)
        self.wanted = _wanted(function.body)

    # ------------------------------------------------------------ structure

    def operand(self, o):
        return map_operand(o, lambda v: self.mapping.get(v, v)) if self.mapping else o

    def block(self, block, seen):
        outer = self.out, self.seen
        self.out, self.seen = [], dict(seen)
        for s in block.stmts:
            self.stmt(s)
        result = Block(tuple(self.out), tuple(map(self.operand, block.yields)))
        self.out, self.seen = outer
        return result

    def stmt(self, s):
        match s:
            case Gate():
                s = map_stmt(s, self.operand, None)
                result = self.gate(s)
                if result is not s and s.out is not None:
                    self.replace(s.out, result, list(reads(s)).count(result))
            case If():
                self.branch(s)
            case For() | While():
                self.loop(s)
            case Return():
                self.out.append(map_stmt(s, self.operand, None))

    def replace(self, old, new, gone=1):
        """Read one operand for another, which is read `gone` times less where the old one was made."""
        self.mapping[old] = new
        self.changed = True
        if isinstance(new, Value):
            self.readers[new] = self.readers.get(new, 0) + self.readers.get(old, 0) - gone
        maker = self.makers.get(new) if isinstance(new, Value) else None
        if maker is not None and maker.adjoint and old.named and not new.named:
            new.hint, new.named = old.hint, True

    def branch(self, s):
        if way(s) == "attempt" and _certain(s):
            count = tried(s.then)
            rest = (*s.then.stmts[:count], *s.then.stmts[count + 1 :])
            s = replace(s, test=Const(True), then=replace(s.then, stmts=rest))
        test = self.operand(s.test)
        value = test.value if isinstance(test, Const) else None
        if isinstance(test, Const) and not (self.unsaved and s.mirror is not None):
            block = s.then if value else s.orelse
            for inner in block.stmts:
                self.stmt(inner)
            for out, y in zip(s.outs, block.yields):
                self.replace(out, self.operand(y))
            return
        then, orelse = self.block(s.then, self.seen), self.block(s.orelse, self.seen)
        outs, yields = [], ([], [])
        for out, a, b in zip(s.outs, then.yields, orelse.yields):
            if a is b or _same(a, b):
                self.replace(out, a)
                continue
            outs.append(out)
            yields[0].append(a)
            yields[1].append(b)
        then, orelse = Block(then.stmts, tuple(yields[0])), Block(orelse.stmts, tuple(yields[1]))
        self.out.append(replace(s, test=test, then=then, orelse=orelse, outs=tuple(outs)))

    def loop(self, s):
        flag = 1 if s.breaks else 0
        nexts = s.body.yields[flag:]
        keep = []
        for k, (head, init, after, out) in enumerate(zip(s.carried, s.inits, nexts, s.outs)):
            if after is head or _same(after, init):
                init = self.operand(init)
                if after is head or init is not head:
                    self.replace(head, init)
                    self.replace(out, init, 0)
                    continue
            keep.append(k)
        if len(keep) < len(s.carried):
            pick = lambda xs: tuple(xs[k] for k in keep)  # noqa: E731
            body = Block(s.body.stmts, s.body.yields[:flag] + pick(nexts))
            s = replace(
                s, carried=pick(s.carried), inits=pick(s.inits), outs=pick(s.outs), body=body
            )
        if isinstance(s, For) and surely_turns(s.start, s.stop, s.step):
            # what was before is not asked for, and may be nothing
            inits = (i if h in self.readers else UNDEFINED for h, i in zip(s.carried, s.inits))
            s = replace(s, inits=tuple(inits))
        fixed = map_stmt(s, self.operand, lambda b: b)
        if isinstance(s, While):
            fixed = replace(fixed, test=self.block(s.test, self.seen))
        self.out.append(replace(fixed, body=self.block(s.body, self.seen)))

    # ------------------------------------------------------------ gates

    def gate(self, g):
        """Append the gate, or what it simplifies to; return the operand that stands for its value."""
        if g.out is None:
            self.effect(g)
            return g
        if g.op.startswith("implicit.") and not self.primal:
            return self.found(g)
        if g.adjoint and not self.aliases.is_memory(g.out):
            better = self.algebra(g)
            if better is not None:
                self.changed = True
                return better
        key = self.key(g)
        if key is not None:
            known = self.seen.get(key)
            if known is not None and known.kind == g.out.kind:
                return known
            self.seen[key] = g.out
        self.makers[g.out] = g
        self.out.append(g)
        return g

    def found(self, g):
        """A root, once its derivative is taken, is what the solver found."""
        x = g.args[0]
        self.changed = True
        if self.aliases.is_memory(g.out):
            self.gate(replace(g, op="numpy.copy", args=(x,)))
            return g.out
        if g.out.named and not x.named:
            x.hint, x.named = g.out.hint, True
        return x

    def effect(self, g):
        if g.op == "accum" and equals(g.args[2], 0):
            self.changed = True
            return
        if g.op == "accum" and self.first_contribution(g):
            self.changed = True
            return
        self.out.append(g)

    def first_contribution(self, g):
        """`d = zeros_like(x); d += c` where c is a fresh array of x's shape: `d = c`."""
        if not self.out or not isinstance(self.out[-1], Gate):
            return False
        ref, index, c = g.args
        for k in range(len(self.out) - 1, -1, -1):
            s = self.out[k]
            if isinstance(s, Gate) and s.out is ref and s.op == "zeros_like":
                maker = self.makers.get(c) if isinstance(c, Value) else None
                alike = kind_of(c) == ref.kind or same_shape(kind_of(c), ref.kind)
                whole = is_ellipsis(index) and alike
                if (
                    not whole
                    or maker is None
                    or not fresh(maker)
                    or maker not in self.out
                    or self.readers.get(c) != 1
                ):
                    return False
                if any(c in (frees(x)) for x in self.out[self.out.index(maker) + 1 :]):
                    return False
                del self.out[k]
                c.hint, c.named = ref.hint, True
                self.replace(ref, c)
                self.aliases.same(c, ref)
                self.seen = {k: v for k, v in self.seen.items() if v is not c}  # it will change
                return True
            if ref in (frees(s)):
                return False
        return False

    def key(self, g):
        """What makes two gates one; None for those that must stay apart."""
        if self.primal:
            return None
        if g.op in _FRESH or g.op in EFFECTS or g.op not in _PURE and g.op not in TABLE:
            return None
        if g.op in TABLE and not TABLE[g.op].pure:
            return None
        if not self.aliases.is_fixed(g) and any(map(self.aliases.is_memory, g.args)):
            return None  # what it reads may have changed in between
        if (
            isinstance(g.out.kind, (Array, List))
            and self.aliases.is_memory(g.out)
            and g.op != "view"
        ):
            return None
        if is_part(g.op):
            return part_key(g.op, g.args, dict(g.kw))
        return (g.op, tuple(map(identity, g.args)), tuple((k, identity(v)) for k, v in g.kw))

    def look(self, o, op):
        """The gate of this operation that made an operand, unless that or what it read has changed since."""
        maker = self.makers.get(o) if isinstance(o, Value) else None
        if maker is None or maker.op != op or self.aliases.is_memory(o):
            return None
        if any(map(self.aliases.is_memory, maker.args)):
            return None
        return maker

    def ours(self, o, op):
        """The gate of this operation that made an operand, and that we wrote."""
        maker = self.look(o, op)
        return maker if maker is not None and maker.adjoint else None

    def once(self, o, op):
        """The gate of ours that made an operand which is read nowhere else."""
        return self.ours(o, op) if self.readers.get(o, 0) < 2 else None

    def make(self, g, op, *args, kind=None):
        """A gate in place of `g`, simplified in turn."""
        new = Gate(
            Value(g.out.hint, kind or g.out.kind, g.out.named, True), op, args, (), g.loc, True
        )
        return self.simplified(new)

    def half(self, g, op, *args, kind=None):
        new = Gate(
            Value(op.rpartition(".")[2], kind or g.out.kind, False, True), op, args, (), g.loc, True
        )
        return self.simplified(new)

    def simplified(self, new):
        """What stands for a gate that is new here."""
        for v in reads(new):
            self.readers[v] = self.readers.get(v, 0) + 1
        result = self.gate(new)
        return new.out if result is new else result


def _certain(attempt):
    """Whether an attempt cannot fail, or only raises again when it does."""
    again = attempt.orelse.stmts
    only = len(again) == 1 and isinstance(again[0], Gate) and again[0].op == "raise"
    only = only and again[0].form[0].exc is None
    return only or not any(map(may_raise, attempt.then.stmts[: tried(attempt.then)]))


def _wanted(body) -> set:
    """What our own gates read of values, more than how large they are."""
    gates = (s for s in walk(body) if isinstance(s, Gate) and s.adjoint and s.op not in MEASURES)
    return {v for g in gates for v in reads(g)}


def _witnesses(function):
    """Parameters by the extents that they have: whole shapes, and single axes."""
    out: dict = {"params": set()}
    for v in (*function.params, *read_on_entry(function)):
        if isinstance(v.kind, Array):
            out["params"].add(v)
            out.setdefault(v.kind.extents, v)
            for k, extent in enumerate(v.kind.extents):
                if extent != 1:
                    out.setdefault(extent, (v, k))
    return out


def fresh(gate) -> bool:
    """Whether the gate's value is new memory that nobody else holds."""
    if gate.op in TABLE:
        return TABLE[gate.op].alias == "fresh"
    return gate.op in ("zeros_like", "repeat", "list", "copy", "listadd", "gather")


def _same(a, b):
    return (
        isinstance(a, Const)
        and isinstance(b, Const)
        and type(a.value) is type(b.value)
        and repr(a.value) == repr(b.value)
    )
