"""Decide what memory a value lives in: what is changed in place, and what is copied.

    d_2 = scatter(d, c, i)      →   accum(d, i, c)              d is ours, and dead after this
    s = snapshot(u)             →   (u itself)                  u is not changed before s is read
    push(tape, snapshot(u))     →   push(tape, copy(u))         it is
    return own(dz), own(dz)     →   return dz, copy(dz)         gradients share no memory

Up to here cotangents are values. This pass lowers them to buffers, in place only where the
buffer was made here and nobody else will look at it again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from srcgrad.indexing import indexed
from srcgrad.ir import (
    Block,
    Const,
    For,
    Function,
    Gate,
    If,
    Return,
    Value,
    While,
    blocks,
    defs,
    frees,
    inner_defs,
    map_operand,
    map_stmt,
    reads,
    values_in,
)
from srcgrad.joins import same_shape
from srcgrad.kinds import Array, List, is_reference
from srcgrad.memory import OF_VALUES, WRITES, Aliases
from srcgrad.rules.record import TABLE

_MADE = {
    "zeros_like",
    "repeat",
    "list",
    "copy",
    "listadd",
    "fill",
    "astype",
    "call_backward",
    "formula",
    "gather",
}
# reading a value in these gates leaves nobody else holding it
_READS = {
    "gather",
    "formula",
    "getitem",
    "len",
    "size",
    "extent",
    "shape",
    "zeros_like",
    "nonempty",
    "own",
    "snapshot",
    "listadd",
    "copy",
    "repeat",
}


def own(function: Function) -> Function:
    """Lower scatters, snapshots and ownership to changes in place and copies."""
    return _snapshots(_in_place(function))


# ---------------------------------------------------------------- changes in place


def _in_place(function):
    owned = _Ownership(function)

    def lowered(g, out):
        dying = g.out in owned.dying
        if g.op == "scatter":
            return _scattered(g, dying, out)
        if g.op == "operator.add" and dying:
            out.append(Gate(None, "accum", (g.args[0], Const(...), g.args[1]), (), g.loc, True))
            return g.args[0]
        if g.op == "own":
            return g.args[0] if dying else _copied(g.args[0], out, g.out)
        return None

    return _lowered(function, lowered)


def _lowered(function, lowered):
    """The function without some of its gates.

    `lowered(gate, out)` gives what stands for the gate's value, having put into `out` what computes
    that; None leaves the gate.
    """
    mapping: dict = {}

    def block(b):
        out: list = []
        for s in b.stmts:
            s = map_stmt(s, operand, block)
            new = lowered(s, out) if isinstance(s, Gate) else None
            if new is None:
                out.append(s)
            else:
                mapping[s.out] = new
        return Block(tuple(out), tuple(map(operand, b.yields)))

    def operand(o):
        return map_operand(o, lambda v: mapping.get(v, v))

    return replace(function, body=block(function.body))


def _copied(v, out, like=None):
    copy = Value((like or v).hint, v.kind, True, True)
    op = "numpy.copy" if isinstance(v.kind, Array) else "copy"
    out.append(Gate(copy, op, (v,), (), None, True, "method"))
    return copy


def _scattered(s, ours, out):
    target, value, *path = s.args
    if not ours:
        target = _copied(target, out)
    ref = target
    for index in path[:-1]:
        kind = _part_kind(ref.kind, index)
        part = Value("part", kind, False, True)
        out.append(Gate(part, "view", (ref, index), (), s.loc, True))
        ref = part
    kind = _part_kind(ref.kind, path[-1])
    if not isinstance(kind, List):
        out.append(Gate(None, "accum", (ref, path[-1], value), (), s.loc, True, s.form))
        return target
    old, new = Value("part", kind, False, True), Value("total", kind, False, True)
    out.append(Gate(old, "getitem", (ref, path[-1]), (), s.loc, True))
    out.append(Gate(new, "listadd", (old, value), (), s.loc, True))
    out.append(Gate(None, "setitem", (ref, path[-1], new), (), s.loc, True))
    return target


def _part_kind(kind, index):
    return indexed(kind, index)[0]


class _Ownership:
    """Which values are buffers of ours, and which uses are the last of them."""

    def __init__(self, function):
        self.makers: dict = {}
        self.flows: dict = {}  # value -> the values that it may be
        self.reads: Counter = Counter()  # value -> how often it is read
        self.held: set = set()  # values that something else may keep hold of
        self.dying: set = set()  # outs of scatters and owns whose operand is ours and dead after
        last: list = []  # (out, operand) of scatters and owns where the operand is dead after
        self.lost: set = set()  # values that flow on while they live, or flow on twice
        self.collect(function.body)
        self.liveness(function.body, set(), last)
        self.owned = {v for v in (*self.makers, *self.flows) if self.may_be_owned(v)}
        changed = True
        while changed:
            changed = False
            for v in list(self.owned):
                sources = self.flows.get(v, ())
                if any(
                    isinstance(x, Value) and (x not in self.owned or x in self.lost)
                    for x in sources
                ):
                    self.owned.discard(v)
                    changed = True
        self.dying = {out for out, operand in last if operand in self.owned}

    def may_be_owned(self, v):
        if v in self.held:
            return False
        maker = self.makers.get(v)
        if maker is None:
            return v in self.flows
        if maker.op == "scatter" or self.adds_to_buffer(maker):
            return True
        if maker.op == "numpy.real:complex":  # of an array that nobody else will read
            root = self.makers.get(maker.args[0])
            return root is not None and self.fresh(root) and self.reads[maker.args[0]] == 1
        if maker.op == "snapshot":
            root = self.makers.get(maker.args[0])
            return root is not None and self.fresh(root)
        return self.fresh(maker)

    def adds_to_buffer(self, s):
        """Whether a sum may be an addition in place: to what a scatter or a loop has made already."""
        if s.op != "operator.add" or not s.adjoint or not isinstance(s.out.kind, Array):
            return False
        first = s.args[0]
        if not isinstance(first, Value) or not same_shape(first.kind, s.out.kind):
            return False  # else the other is as large, or broadcasts to it
        maker = self.makers.get(first)
        return (
            first in self.flows
            or maker is not None
            and (maker.op == "scatter" or self.adds_to_buffer(maker))
        )

    def fresh(self, maker):
        return maker.op in _MADE or maker.op in TABLE and TABLE[maker.op].alias == "fresh"

    def collect(self, block):
        for s in block.stmts:
            match s:
                case Gate():
                    if s.out is not None:
                        self.makers[s.out] = s
                    self.reads.update(reads(s))
                    rule = TABLE.get(s.op)
                    harmless = (
                        s.op in _READS
                        or s.op in ("scatter", "demand")
                        or rule is not None
                        and rule.alias == "fresh"
                        or s.op in ("setitem", "augitem", "accum")
                    )
                    for k, a in enumerate(s.args):
                        if (
                            not harmless
                            or s.op == "scatter"
                            and k == 1
                            and isinstance(a, Value)
                            and isinstance(a.kind, List)
                        ):
                            self.held.update(values_in(a))
                case If():
                    for out, a, b in zip(s.outs, s.then.yields, s.orelse.yields):
                        self.flows[out] = (a, b)
                case For() | While():
                    nexts = s.body.yields[1:] if s.breaks else s.body.yields
                    for out, head, init, after in zip(s.outs, s.carried, s.inits, nexts):
                        self.flows[head] = (init, after)
                        self.flows[out] = (head,)
            for b in blocks(s):
                self.collect(b)

    def liveness(self, block, live_out, last):
        live = set(live_out)
        for y in block.yields:
            live.update(values_in(y))
        for s in reversed(block.stmts):
            match s:
                case Gate():
                    if (
                        (s.op in ("scatter", "own") or self.adds_to_buffer(s))
                        and s.args[0] not in live
                        and list(s.args).count(s.args[0]) == 1
                    ):
                        last.append((s.out, s.args[0]))
                    live.difference_update(defs(s))
                    live.update(reads(s))
                case If():
                    live.difference_update(s.outs)
                    for b in (s.then, s.orelse):
                        self.passed_on(b.yields, live)
                    after = set(live)
                    for b in (s.then, s.orelse):
                        live |= self.liveness(b, after, last)
                    live.update(reads(s))
                case For() | While():
                    live.difference_update(s.outs)
                    around = frees(s)
                    self.passed_on(
                        s.inits,
                        live | {v for b in blocks(s) for v in frees(b) if v not in inner_defs(s)},
                    )
                    inner = set(live) | {
                        v for b in blocks(s) for v in frees(b) if v not in inner_defs(s)
                    }
                    self.passed_on(s.body.yields[1 if s.breaks else 0 :], inner)
                    for b in blocks(s):
                        self.liveness(
                            b, inner | (set(s.carried) if b is not s.body else set()), last
                        )
                    live.update(around)
                case Return():
                    live.update(reads(s))
        return live

    def passed_on(self, operands, live):
        seen = set()
        for o in operands:
            if isinstance(o, Value):
                if o in live or o in seen:
                    self.lost.add(o)
                seen.add(o)


# ---------------------------------------------------------------- snapshots


def _snapshots(function):
    order = _Order(function, Aliases(function.body))

    def lowered(g, out):
        if g.op != "snapshot":
            return None
        ref = g.args[0]
        if not order.must_copy(g):
            return ref
        op = "numpy.copy" if isinstance(ref.kind, Array) else "copy"
        out.append(replace(g, op=op, form="method"))
        return g.out

    return _lowered(function, lowered)


class _Order:
    """Positions of statements in the text, and the loops around them."""

    def __init__(self, function, aliases):
        self.aliases = aliases
        self.count = 0
        self.at: dict = {}  # snapshot out -> (position, loops)
        self.uses: dict = {}  # value -> [(position, loops)]
        self.writes: dict = {}  # class -> [(position, loops)]
        self.kept: set = set()  # values that something may keep hold of
        self.number(function.body, ())

    def number(self, block, loops):
        for s in block.stmts:
            self.count += 1
            here = (self.count, loops)
            measured = isinstance(s, Gate) and s.op == "demand" and s.form not in OF_VALUES
            for v in () if measured else reads(s):
                self.uses.setdefault(v, []).append(here)
            match s:
                case Gate():
                    if s.op == "snapshot":
                        self.at[s.out] = here
                    if s.op in WRITES:
                        self.writes.setdefault(self.aliases.find(s.args[0]), []).append(here)
                    if self.keeps(s):
                        for a in s.args[1:] if s.op in WRITES else s.args:
                            self.kept.update(values_in(a))
                case For() | While():
                    self.kept.update(v for o in s.inits for v in values_in(o))
            inner = (*loops, id(s)) if isinstance(s, (For, While)) else loops
            for b in blocks(s):
                self.number(b, inner)
                self.kept.update(v for y in b.yields for v in values_in(y))

    def keeps(self, s):
        if s.op in ("push", "list", "append", "insert", "call_forward"):
            return True
        if s.op == "setitem":
            return isinstance(s.args[0].kind, List)
        if s.op == "refill":
            return is_reference(s.args[0].kind.elem)
        if s.op == "view":
            return True
        return s.op in TABLE and TABLE[s.op].alias != "fresh"

    def must_copy(self, s):
        writes = self.writes.get(self.aliases.find(s.args[0]), ())
        position, loops = self.at[s.out]
        for w, around in writes:
            if s.out in self.kept and (w > position or set(loops) & set(around)):
                return True
            for u, outer in self.uses.get(s.out, ()):
                if position < w < u or (set(outer) & set(around)) - set(loops):
                    return True
        return False
