"""Remove what nothing needs: mark from the results and the effects, then rebuild.

k = math.exp(x)      # never read      →      (gone)
log = []; log.append(x)                →      (gone: memory that nobody reads)
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.failing import may_raise
from srcgrad.ir import (
    Block,
    For,
    Function,
    Gate,
    If,
    Return,
    Value,
    While,
    blocks,
    defs,
    tried,
    values_in,
    walk,
    way,
)
from srcgrad.kinds import Array, List, Literal, Record, Scalar, is_reference
from srcgrad.memory import EFFECTS, MEASURES, OF_VALUES, RESIZES, WRITES, Aliases
from srcgrad.operands import kind_of


def sweep(function: Function, keep_parts: bool = False) -> Function:
    """The function without what nothing needs; `keep_parts` of parameters, read or not."""
    return replace(function, body=_Sweep(function, keep_parts).block(function.body))


def live_values(function: Function, roots=(), demands=True) -> set:
    """The values that the results, the effects (but for `demands`) and `roots` depend on."""
    work = _Sweep(function, demands=demands)
    work.needs(*roots)
    while work.todo:
        work.todo.pop()()
    return {v for v in work.live if isinstance(v, Value)}


class _Sweep:
    def __init__(self, function, keep_parts=False, demands=True):
        self.aliases = Aliases(function.body)
        self.live: set = set()  # statements (by identity) and values
        self.home: dict = {}  # value -> what makes it
        self.parent: dict = {}  # statement -> the statement that it stands in
        self.writes: dict = {}  # class of references -> gates that write to it
        self.todo: list = []
        self.index(function.body, None)
        for v in function.params:
            if is_reference(v.kind) or not isinstance(v.kind, (Scalar, Literal)):
                self.touch(v)
        for s in function.body.stmts:
            # the parts of parameters are what gradients are made for, read or not
            if (
                keep_parts
                and isinstance(s, Gate)
                and s.op == "getitem"
                and isinstance(kind_of(s.args[0]), Record)
            ):
                self.mark(s)
        for s in walk(function.body):
            if isinstance(s, Return) or isinstance(s, Gate) and s.op in EFFECTS - WRITES:
                if demands or isinstance(s, Return) or s.op != "demand":
                    self.mark(s)
        for s in walk(function.body):
            entered = isinstance(s, If) and way(s) == "with" and _enters(s.test)
            if entered or way(s) == "attempt" and not demands:
                self.mark(s)  # a context is entered once; which way was taken is known by taking it
        while self.todo:
            self.todo.pop()()

    def index(self, block, parent):
        for s in block.stmts:
            self.parent[id(s)] = parent
            for k, v in enumerate(defs(s)):
                self.home[v] = (s, k)
            if isinstance(s, (For, While)):
                for k, v in enumerate(s.carried):
                    self.home[v] = (s, k)
            if isinstance(s, Gate) and s.op in WRITES:
                self.writes.setdefault(self.aliases.find(s.args[0]), []).append(s)
            if (
                isinstance(s, Gate)
                and s.op == "getitem"
                and not isinstance(kind_of(s.args[0]), (Array, List))
            ):
                self.params_leaf(s)
            for b in blocks(s):
                self.index(b, s)

    def params_leaf(self, s):
        if s.out is not None and is_reference(s.out.kind):
            self.todo.append(lambda: self.touch(s.out))

    def mark(self, s):
        """A statement must happen."""
        if s is None or id(s) in self.live:
            return
        self.live.add(id(s))
        self.mark(self.parent[id(s)])
        match s:
            case Gate():
                self.needs(*s.args, *(v for _, v in s.kw))
                if s.op == "demand" and s.form not in OF_VALUES:
                    return self.measured(s)
                metadata = s.op in MEASURES and isinstance(kind_of(s.args[0]), Array)
                # a write reads what it writes, not the memory that it writes to
                read = s.args[1:] if s.op in WRITES - {"pop"} else s.args
                for a in (*read, *(v for _, v in s.kw)):
                    for v in values_in(a):
                        if is_reference(v.kind) and not metadata:
                            self.touch(v)
            case If():
                self.needs(s.test)
                if way(s) == "attempt":  # what may raise decides the way
                    for inner in s.then.stmts[: tried(s.then)]:
                        self.whole(inner)
            case For():
                self.needs(s.start, s.stop, s.step, *s.seqs)
                for seq in s.seqs:
                    self.touch(seq)
            case While():
                self.needs(*s.test.yields)
            case Return():
                self.needs(*s.values)
                for o in s.values:
                    for v in values_in(o):
                        self.touch(v)
        if isinstance(s, (For, While)) and s.breaks:
            self.needs(s.body.yields[0])

    def whole(self, s):
        """All in a statement that may raise must happen."""
        for inner in walk(s):
            if isinstance(inner, Gate) and not inner.adjoint and may_raise(inner):
                self.mark(inner)
                self.needs(*defs(inner))

    def measured(self, demand):
        """Shapes are fixed; how long a list is depends on what makes it longer or shorter."""
        base = demand.args[0]
        if isinstance(kind_of(base), List):
            for gate in self.writes.get(self.aliases.find(base), ()):
                if gate.op in RESIZES:
                    self.todo.append(lambda gate=gate: self.mark(gate))

    def touch(self, v):
        """Memory is read: what was written to it must happen."""
        if isinstance(v, Value) and is_reference(v.kind):
            for gate in self.writes.pop(self.aliases.find(v), ()):
                self.todo.append(lambda gate=gate: self.mark(gate))

    def needs(self, *operands):
        for o in operands:
            for v in values_in(o):
                if v not in self.live:
                    self.live.add(v)
                    self.todo.append(lambda v=v: self.need(v))

    def need(self, v):
        if v not in self.home:
            return
        s, k = self.home[v]
        self.mark(s)
        match s:
            case If():
                self.needs(s.then.yields[k], s.orelse.yields[k])
                if is_reference(v.kind):
                    self.touch(v)
            case For() | While():
                flag = 1 if s.breaks else 0
                self.live.add(s.carried[k])
                self.needs(s.inits[k], s.body.yields[flag + k])

    def block(self, block, keep=None):
        stmts = tuple(self.stmt(s) for s in block.stmts if id(s) in self.live)
        yields = block.yields if keep is None else tuple(block.yields[k] for k in keep)
        return Block(stmts, yields)

    def stmt(self, s):
        match s:
            case If():
                keep = [k for k, o in enumerate(s.outs) if o in self.live]
                outs = tuple(s.outs[k] for k in keep)
                return replace(
                    s, then=self.block(s.then, keep), orelse=self.block(s.orelse, keep), outs=outs
                )
            case For() | While():
                keep = [
                    k
                    for k, (o, h) in enumerate(zip(s.outs, s.carried))
                    if o in self.live or h in self.live
                ]
                flag = 1 if s.breaks else 0
                body = self.block(s.body, [*range(flag), *(k + flag for k in keep)])
                pick = lambda xs: tuple(xs[k] for k in keep)  # noqa: E731
                s = replace(
                    s, body=body, carried=pick(s.carried), inits=pick(s.inits), outs=pick(s.outs)
                )
                return replace(s, test=self.block(s.test)) if isinstance(s, While) else s
        return s


def _enters(context):
    """Whether a context does more than to say how to compute."""
    return context.form is not None and not context.form[2]
