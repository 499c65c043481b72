"""Have a function tell what it computes, gate by gate, and what cotangents come back to each.

    z = operator.mul(x, y)      →       x_2, y_2 = x, y                # told what z makes of them
                                        z = operator.mul(x_2, y_2)     # told z, and dz
                                        recorder.ran(3, z, x, y)

A `watch` is a gate whose value is its operand. Its adjoint tells a recorder the cotangent that
passes through it, before it hands it on: behind a gate that is the whole cotangent of the gate's
value, before an operand it is what this one use contributes. So no rule and no other pass has to
know that it is watched. Once the backward pass is written the watches are taken out again
(`unwatch`), and what remains are calls of the recorder, effects like a `print` to all that follows.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from srcgrad.ir import (
    Block,
    Const,
    For,
    Function,
    Gate,
    If,
    Operand,
    Value,
    While,
    map_operand,
    map_stmt,
    substitute,
    values_in,
    way,
)
from srcgrad.kinds import Array, List, Maybe, Record, Scalar, is_record_class
from srcgrad.memory import WRITES
from srcgrad.operands import is_ellipsis, kind_of
from srcgrad.rules.record import TABLE

_PASSED_ON = {
    "getitem",
    "view",
    "gather",
    "snapshot",
    "list",
    "repeat",
    "copy",
    "setitem",
    "append",
    "pop",
}
_PARTS = {"getitem", "view", "gather", "snapshot", "setitem", "augitem"}


@dataclass(eq=False)
class Site:
    """One gate in the text.

    `reads` are the values that are told of it, first those among its operands, in order, with
    whether each is `active`; `index`, of a part of an array, the subscripts that lead to it
    (None where none do);
    `memory`, whether the result is changed in place later.
    """

    gate: Gate
    reads: tuple[Value, ...]
    active: tuple[bool, ...]
    index: tuple[Operand, ...] | None
    memory: bool


@dataclass(eq=False)
class Watched:
    """What is known of a watched function before it runs.

    `sites` by number: gates, and the moves (value, operand) at the ends of branches and turns;
    `paths`: how the user calls what comes from parameters and globals; `result`: what is returned.
    """

    root: str
    sites: list = field(default_factory=list)
    paths: dict[Value, str] = field(default_factory=dict)
    result: Operand | None = None


def watch(function: Function, activity, root: str) -> tuple[Function, Watched]:
    """The function with a watch on each active gate, and what the recorder has to know of it.

    Parameters: `root` is the name under which the text finds the recorder.
    """
    work = _Watch(activity, Watched(root))
    for v in function.params:
        work.found.paths[v] = v.hint
    body = work.block(function.body)
    work.found.result = function.body.stmts[-1].values[0]
    return replace(function, body=body), work.found


def unwatch(function: Function) -> Function:
    """The function, once it has its backward pass, without the watches: only what tells remains."""
    mapping: dict = {}

    def block(b):
        return Block(tuple(s for t in b.stmts for s in stmt(t)), b.yields)

    def stmt(s):
        if not isinstance(s, Gate):
            return [map_stmt(s, lambda o: o, block)]
        if s.op != "watch":
            return [s]
        if s.out is not None:
            mapping[s.out] = s.args[0]
        return []

    body = block(function.body)
    for v in mapping:  # a watch on a watched value
        while mapping[v] in mapping:
            mapping[v] = mapping[mapping[v]]
    return replace(function, body=substitute(body, mapping))


class _Watch:
    def __init__(self, activity, found):
        self.activity, self.found = activity, found
        self.makers: dict[Value, Gate] = {}
        self.calls: dict = {}  # what calls of helpers give, where that is several values

    # ------------------------------------------------------------ calls of the recorder

    def tell(self, method, number, *values, form_only=False):
        """The effect `recorder.method(number, *values)`, or its form for values yet to come."""
        names = tuple(f"%{k}" for k in range(len(values)))
        function = ast.Attribute(ast.Name(self.found.root, ast.Load()), method, ast.Load())
        numbers = number if isinstance(number, tuple) else (number,)
        args = [*map(ast.Constant, numbers), *(ast.Name(n, ast.Load()) for n in names)]
        form = (ast.Call(function, args, []), names)
        return form if form_only else Gate(None, "opaque", values, form=form)

    def watching(self, out, v, method, number):
        form = self.tell(method, number, v, form_only=True)
        return Gate(out, "watch", (v,), form=form)

    def site(self, site):
        self.found.sites.append(site)
        return len(self.found.sites) - 1

    def moved(self, targets, sources):
        """What a branch or a turn hands on, told where it happens."""
        pairs = [(v, o) for v, o in zip(targets, sources) if self.flows(v)]
        return [self.tell("moved", self.site(tuple(pairs)))] if pairs else []

    def flows(self, v):
        return not self.activity.aliases.is_memory(v) and isinstance(
            v.kind, (Scalar, Maybe, Array, List)
        )

    # ------------------------------------------------------------ statements

    def block(self, block, ends=(), flag=0):
        out: list = []
        for s in block.stmts:
            out += self.stmt(s)
        out += self.moved(ends, block.yields[flag:])
        return Block(tuple(out), block.yields)

    def stmt(self, s):
        match s:
            case Gate():
                return self.gate(s)
            case If():
                then, orelse = self.block(s.then, s.outs), self.block(s.orelse, s.outs)
                if way(s) != "attempt":
                    return [replace(s, then=then, orelse=orelse)]
                number = self.site(())
                failed = Block((self.tell("failed", number), *orelse.stmts), orelse.yields)
                return [self.tell("tries", number), replace(s, then=then, orelse=failed)]
            case For():
                body = self.block(s.body, s.carried, int(s.breaks))
                loop: For | While = replace(s, body=body)
            case While():
                test = self.block(s.test)
                body = self.block(s.body, s.carried, int(s.breaks))
                loop = replace(s, test=test, body=body)
            case _:
                return [s]
        return [*self.moved(s.carried, s.inits), loop, *self.moved(s.outs, s.carried)]

    def gate(self, g):
        self.makers[g.out] = g
        if g.op == "call" and isinstance(g.out.kind, Record) and self.activity.is_active(g.out):
            return self.call(g)
        if g.op == "part" and g.args[0] in self.calls and self.watched(g):
            return self.part(g)
        if self.named(g) or not self.watched(g):
            return [g]
        number = self.site(None)
        before, g2, site = self.with_uses(g, number)
        self.found.sites[number] = site
        after: list = []
        told = site.reads
        if g.out is None or self.activity.aliases.is_memory(g.out):
            was, now = self.memory_watches(g, number)
            return [*before, *was, g2, *now, self.ran(g, number, told)]
        if self.activity.is_active(g.out) and g.op not in ("list", "repeat", "copy", "pop"):
            raw = Value(g.out.hint, g.out.kind, g.out.named)
            g2 = replace(g2, out=raw)
            after = [self.watching(g.out, raw, "came_back", number)]
        return [*before, g2, *after, self.ran(g, number, told)]

    def call(self, g):
        """A call that gives several values: each is told as if it were a call of its own."""
        number = self.site(None)
        before, g2, site = self.with_uses(g, number)
        self.found.sites[number] = site
        self.calls[g.out] = site, iter([number])
        return [*before, g2]

    def part(self, g):
        """A part of what a call gives; the first of them is told what its operands get."""
        site, first = self.calls[g.args[0]]
        number = next(first, None)
        site = replace(site, gate=replace(site.gate, out=g.out))
        if number is None:
            number = self.site(None)
            site = replace(site, active=(False,) * len(site.active))
        self.found.sites[number] = site
        raw = Value(g.out.hint, g.out.kind, g.out.named)
        after = self.watching(g.out, raw, "came_back", number)
        return [replace(g, out=raw), after, self.ran(g, number, site.reads)]

    def ran(self, g, number, told):
        return self.tell("ran", number, *((g.out,) if g.out is not None else ()), *told)

    def named(self, g):
        """Note a part of a parameter, or what is read from outside: it has a path, not a gate."""
        paths, first = self.found.paths, g.args[0] if g.args else None
        if g.op == "global":
            paths[g.out] = first.value.partition(".")[2] or first.value
        elif g.op == "getattr":
            paths[g.out] = f"{paths.get(first, first.hint)}.{g.args[1].value}"
        elif g.op == "getitem" and isinstance(kind_of(first), Record):
            key, owner = g.args[1].value, paths.get(first, first.hint)
            attribute = is_record_class(kind_of(first).type)
            paths[g.out] = f"{owner}.{key}" if attribute else f"{owner}[{key!r}]"
        else:
            return False
        return True

    def watched(self, g):
        if g.op in WRITES:
            return self.activity.is_active(g.args[0])
        if g.out is None or not isinstance(g.out.kind, (Scalar, Maybe, Array, List)):
            return False
        if self.activity.aliases.is_memory(g.out) and self.is_reference(g):
            return False
        return self.activity.is_active(g.out)

    def is_reference(self, g):
        """Whether the gate only refers to memory that was made before."""
        rule = TABLE.get(g.op)
        return g.op in ("view", "getitem") or rule is not None and rule.alias != "fresh"

    def with_uses(self, g, number):
        """The gate with a watch on each active operand."""
        before: list = []
        reads: list = []
        skip = transparent(g)

        def use(v):
            reads.append(v)
            active = self.activity.is_active(v) and not self.activity.aliases.is_memory(v)
            if skip or not active:
                return v
            out = Value(v.hint, v.kind, False)
            before.append(self.watching(out, v, "used", (number, len(reads) - 1)))
            return out

        args = tuple(map_operand(a, use) for a in g.args)
        kw = tuple((k, map_operand(a, use)) for k, a in g.kw)
        index = self.subscripts(g)
        told = {v for a in g.args for v in values_in(a)}
        reads += [v for part in index or () for v in values_in(part) if v not in told]
        active = tuple(self.activity.is_active(v) for v in reads)
        memory = self.activity.aliases.is_memory(g.out)
        return before, replace(g, args=args, kw=kw), Site(g, tuple(reads), active, index, memory)

    def subscripts(self, g):
        """The subscripts by which a gate reads or changes a part of an array."""
        if g.op not in _PARTS or not isinstance(kind_of(g.args[0]), (Array, List)):
            return ()
        chain = [] if g.op == "snapshot" or is_ellipsis(g.args[1]) else [g.args[1]]
        if self.activity.aliases.is_memory(g.args[0]):  # else a view is a stage of its own
            for maker in self.views(g.args[0]):
                if maker.op != "view":  # a transpose has no subscript
                    return None
                chain.insert(0, maker.args[1])
        return tuple(chain)

    def views(self, ref):
        """The gates by which a reference is a view of an array, from the last to the first."""
        maker = self.makers.get(ref)
        while (
            maker is not None
            and self.is_reference(maker)
            and isinstance(kind_of(maker.args[0]), Array)
        ):
            yield maker
            maker = self.makers.get(maker.args[0])

    def memory_watches(self, g, number):
        """On memory made or changed: the cotangent of what it held before, and of what it holds now."""
        ref = g.out if g.out is not None else g.args[0]
        if transparent(g) or g.out is not None and isinstance(kind_of(ref), List):
            return (), ()
        part = isinstance(kind_of(ref), List) and len(g.args) > 1
        index = g.args[1] if part else Const(...)
        for maker in self.views(ref):
            ref = maker.args[0]

        def look(method, *number):
            form = self.tell(method, number, ref, form_only=True)
            return (Gate(None, "watch", (ref, index), loc=g.loc, form=form),)

        return () if g.out is not None else look("used", number, 0), look("came_back", number)


def transparent(gate) -> bool:
    """Whether a gate only passes on what it is given: a use of its result is a use of that."""
    owner = gate.out if gate.out is not None else gate.args[0]
    if gate.op == "setitem":
        return not isinstance(owner.kind, Array)
    return gate.op in _PASSED_ON or gate.op.startswith("list.")  # slices and sums of lists
