"""Write the tangents beside the values, by the same rules.

    y = math.exp(x)                 y = math.exp(x)
    z = y * w               →       y_dot = y * x_dot
    return z                        z = y * w
                                    z_dot = w * y_dot
                                    return z, z_dot

One pass in the order of the text. A value whose tangent is zero has none. Memory has a tangent
memory beside it: what happens to the one happens to the other.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from srcgrad.build import Builder, bind, is_part, part_key
from srcgrad.errors import CannotDifferentiate, Problem
from srcgrad.ir import (
    Block,
    Const,
    For,
    Function,
    Gate,
    If,
    Tup,
    Value,
    While,
    all_defs,
    clone,
    raises,
    tried,
    walk,
    way,
)
from srcgrad.kinds import Array, List, Record, is_reference
from srcgrad.memory import EFFECTS, WRITES, Called, is_fresh, made_in, shares_elements, where
from srcgrad.operands import KindError, cotangent_kind, kind_of
from srcgrad.rules.record import TABLE

_JOINED = {"listadded", "concatenated", "stacked"}
_MIRRORED = {"defined", "view", "getitem", "gather", "pop", "copy", "numpy.copy", "snapshot"}


def forward(function: Function, activity, tangents: dict, extra, finish, calls=None) -> Function:
    """The function with tangents.

    Parameters: `tangents` are those of the leaf values, `extra` the parameters that bring them,
    `finish(builder, values, tangents)` writes the return.
    """
    work = _Forward(activity, dict(tangents), calls)
    b = work.b
    for s in finish.before:
        b.stmts.append(s)
    for leaf, dot in tangents.items():
        if work.memory(leaf) and work.active(leaf):
            work.dot[leaf] = b.gate(
                "numpy.copy" if isinstance(leaf.kind, Array) else "copy",
                dot,
                hint=dot.hint,
                form="method",
            )
    leaves = [
        s.out
        for s in function.body.stmts
        if isinstance(s, Gate) and s.op == "getitem" and isinstance(kind_of(s.args[0]), Record)
    ]
    work.late = {v for v in leaves if v not in tangents}
    for v in function.params:
        if v not in tangents and work.memory(v) and work.active(v):
            work.dot[v] = work.named(b.zeros(v), v)
    *stmts, result = function.body.stmts
    work.stmts(stmts)
    dots = [work.dot_or_zero(v) for v in result.values]
    b.stmts.append(finish(b, result.values, dots))
    return replace(function, params=(*function.params, *extra), body=b.block())


class _Forward:
    def __init__(self, activity, dot, calls):
        self.activity, self.aliases, self.calls = activity, activity.aliases, calls
        self.dot = dot
        self.twin: dict = {}  # what is computed a second time -> what it is the same as
        self.late: set = set()  # parts of parameters that do not vary themselves
        self.b = Builder(adjoint=True)

    def active(self, v):
        return self.activity.is_active(self.twin.get(v, v))

    def memory(self, v):
        return self.aliases.is_memory(self.twin.get(v, v))

    def dot_or_zero(self, v):
        if isinstance(v, Value) and v in self.dot:
            return self.dot[v]
        kind = kind_of(v)
        if isinstance(kind, (Array, List)) and isinstance(v, Value):
            return self.b.zeros(v)
        return Const(0.0)

    def named(self, c, v):
        if isinstance(c, Value) and not c.named and c.ours:
            c.hint, c.named = v.hint + "_dot", True
        return c

    # ------------------------------------------------------------ statements

    def stmts(self, stmts):
        for s in stmts:
            match s:
                case Gate():
                    self.gate(s)
                case If():
                    self.branch(s)
                case For() | While():
                    self.loop(s)

    def gate(self, g):
        self.b.loc = g.loc
        if g.out in self.late and self.memory(g.out) and self.active(g.out):
            self.b.stmts.append(g)
            self.dot[g.out] = self.named(self.b.zeros(g.out), g.out)
            return
        method = getattr(self, "on_" + g.op.replace(".", "_"), None)
        if method is not None:
            return method(g)
        if is_part(g.op):
            self.b.parts[part_key(g.op, g.args, dict(g.kw))] = g.out
        self.b.stmts.append(g)
        if g.out is None or not self.active(g.out):
            return
        rule, memory = TABLE.get(g.op), self.memory(g.out)
        if shares_elements(g) and g.op != "repeat":
            dots = [self.dot_or_zero(a) if is_reference(kind_of(a)) else a for a in g.args]
            kind = cotangent_kind(g.out.kind)
            self.dot[g.out] = self.named(self.b.gate(g.op, *dots, kind=kind), g.out)
        elif memory and rule is not None and rule.alias == "view":
            self.dot[g.out] = self.again(g, self.dot[g.args[0]], kw=g.kw)
        elif memory and g.op not in _MIRRORED and g.op not in ("list", "repeat"):
            self.into_memory(g)
        elif g.op in _MIRRORED:
            self.mirrored(g)
        elif rule is not None:
            try:
                c = self.by_rule(g)
            except KindError as error:
                raise CannotDifferentiate((Problem(where(g.loc), str(error), ""),)) from None
            if c is not None:
                self.dot[g.out] = self.named(c, g.out)
        elif g.op != "stop_gradient":
            what = f"`{g.op}` has no forward mode yet"
            raise CannotDifferentiate((Problem(where(g.loc), what, "use `grad` or `vjp`"),))

    def again(self, g, first, kw=()):
        """The gate a second time, of the tangent of its first operand."""
        kind = cotangent_kind(g.out.kind)
        return self.b.gate(g.op, first, *g.args[1:], kw=kw, kind=kind, form=g.form)

    def into_memory(self, g):
        """The tangent of what will be changed: memory beside it, which is changed as well."""
        c = self.by_rule(g) if g.op in TABLE else None
        if c is not None and isinstance(g.out.kind, List):
            self.dot[g.out] = self.named(c, g.out)  # a rule makes a new list
            return
        zero = self.dot[g.out] = self.b.zeros(g.out)
        if c is not None:
            self.b.effect("accum", zero, Const(...), c)

    def mirrored(self, g):
        """The tangent of what is read of something, or copied: the same, of its tangent."""
        source = self.dot.get(g.args[0])
        if source is not None and not isinstance(kind_of(g.args[0]), Record):
            self.dot[g.out] = self.named(self.again(g, source), g.out)
        elif self.memory(g.out) and is_fresh(g):
            self.dot[g.out] = self.named(self.b.zeros(g.out), g.out)

    def by_rule(self, g):
        rule = TABLE[g.op]
        if rule.flavour == "zero":
            return None
        args = bind(rule, g.args, dict(g.kw))
        live = [
            n
            for n, a in args.items()
            if n not in rule.nondiff and isinstance(a, Value) and a in self.dot
        ]
        if not live:
            return None
        env: dict = {**args, "out": g.out}
        env |= {f"{n}_dot": self.dot[args[n]] for n in live}
        if rule.kind in _JOINED:  # no part may be left out
            env |= {f"{n}_dot": self.b.zeros(args[n]) for n in args if n not in live}
            live = list(args)
        if rule.flavour == "scalar":
            for name, text in rule.where:
                env[name] = self.b.text(text, env)
            total = None
            for n in live:
                partial = self.b.text(rule.d[n], env)
                if isinstance(partial, Const) and partial.value == 0:
                    continue
                c = self.b.mul(partial, self.dot[args[n]])
                total = c if total is None else self.b.add(total, c)
            return None if total is None else self.b.full(self.b.part_of(total, g.out.kind), g.out)
        if rule.jvp is None:
            problem = Problem(
                where(g.loc), f"the gate `{g.form}` has no `jvp`", "write it in its rule"
            )
            raise CannotDifferentiate((problem,))
        text = _without(rule.jvp, {f"{n}_dot" for n in args} - {f"{n}_dot" for n in live})
        if text is None:
            return None
        for name, where_text in rule.where:
            env[name] = self.b.text(where_text, env)
        return self.b.cast(self.b.full(self.b.text(text, env), g.out), g.out.kind)

    # structural operations

    def on_setitem(self, g):
        base, index, value = g.args
        if self.active(base):
            dot = self.dot.get(value, Const(0.0)) if isinstance(value, Value) else Const(0.0)
            if is_reference(kind_of(value)) and isinstance(kind_of(base), List):
                dot = self.dot_or_zero(value)
            self.b.effect("setitem", self.dot[base], index, dot)
        self.b.stmts.append(g)

    def on_augitem(self, g):
        base, index, value = g.args
        if self.active(base) and isinstance(value, Value) and value in self.dot:
            self.b.effect("augitem", self.dot[base], index, self.dot[value], kw=g.kw, form=g.form)
        self.b.stmts.append(g)

    def on_append(self, g):
        base, value = g.args
        self.b.stmts.append(g)
        if self.active(base):
            self.b.effect("append", self.dot[base], self.dot_or_zero(value))

    def on_insert(self, g):
        base, index, value = g.args
        self.b.stmts.append(g)
        if self.active(base):
            self.b.effect("insert", self.dot[base], index, self.dot_or_zero(value))

    def on_reverse(self, g):
        self.b.stmts.append(g)
        if self.active(g.args[0]):
            self.b.effect("reverse", self.dot[g.args[0]])

    def on_refill(self, g):
        base, index, value = g.args
        if self.active(base):
            self.b.effect("refill", self.dot[base], index, self.dot_or_zero(value), kw=g.kw)
        self.b.stmts.append(g)

    def on_pop(self, g):
        self.b.stmts.append(g)
        if self.active(g.args[0]):
            c = self.b.gate(
                "pop",
                self.dot[g.args[0]],
                *g.args[1:],
                kind=cotangent_kind(g.out.kind),
                hint=f"{g.out.hint}_dot",
            )
            if self.active(g.out):
                self.dot[g.out] = self.named(c, g.out)

    def on_list(self, g):
        self.b.stmts.append(g)
        if self.active(g.out):
            dots = [self.dot_or_zero(a) for a in g.args]
            self.dot[g.out] = self.named(
                self.b.gate("list", *dots, kind=cotangent_kind(g.out.kind)), g.out
            )

    def on_numpy_array(self, g):
        self.b.stmts.append(g)
        if self.active(g.out):
            dots = self.dots_in(g.args[0])
            single = Const("f4" if g.out.kind.dtype == "f4" else None)
            c = self.b.gate(g.op, dots, single, kind=g.out.kind)
            self.dot[g.out] = self.named(c, g.out)

    def dots_in(self, tree):
        """The tangents of operands, in the places that these have in nested tuples."""
        if isinstance(tree, Tup):
            return Tup(tuple(map(self.dots_in, tree.items)))
        return self.dot_or_zero(tree)

    def on_repeat(self, g):
        self.b.stmts.append(g)
        if self.active(g.out):
            item = self.dot_or_zero(g.args[0])
            self.dot[g.out] = self.named(
                self.b.gate("repeat", item, g.args[1], kind=cotangent_kind(g.out.kind)), g.out
            )

    def on_call(self, g):
        if not self.active(g.out):
            self.b.stmts.append(g)
            return
        self.calls.need(g.form, "tangent")
        dots = [self.dot_or_zero(g.args[k]) for k in sorted(self.calls.wanted[g.form])]
        kind = Record(tuple, (0, 1), (g.out.kind, _tangent_kind(g.out.kind)))
        both = self.b.gate(
            "call_tangent",
            *g.args,
            *dots,
            kind=kind,
            form=Called(f"{g.form.name}_tangent", g.form.shares),
            hint="both",
        )
        self.b.stmts.append(replace(g, op="part", args=(both, Const(0)), form=None))
        self.dot[g.out] = self.named(self.b.gate("part", both, Const(1), kind=kind.kinds[1]), g.out)

    def on_part(self, g):
        self.b.stmts.append(g)
        dot = self.dot.get(g.args[0])
        if dot is not None and self.active(g.out):
            kind = cotangent_kind(g.out.kind)
            self.dot[g.out] = self.named(self.b.gate("part", dot, g.args[1], kind=kind), g.out)

    # ------------------------------------------------------------ branches and loops

    def tried(self, block):
        """What is tried, as it stands; its tangents come after its `commit`, as they may raise, too.

        A branch or a loop is gone through again there, to have a tangent beside each value; where
        one fills a list or an array, all is.
        """
        stmts = block.stmts[: tried(block)]
        again = [s for s in stmts if not isinstance(s, Gate) and self.concerns(s)]
        if any(isinstance(g, Gate) and g.op in WRITES for s in again for g in walk(s)):
            again = list(stmts)
        self.only_compute(again, made_in(Block(stmts)))
        outer, self.b = self.b, self.b.sub()
        self.twice(stmts, again)
        given, made = set(map(id, stmts)), self.b.stmts
        self.b = outer
        self.b.stmts += [*block.stmts[: len(stmts) + 1], *(s for s in made if id(s) not in given)]
        self.stmts(block.stmts[len(stmts) + 1 :])

    def twice(self, stmts, again):
        """Statements with their tangents; those in `again` are gone through a second time for them."""
        second: dict = {}
        for s in stmts:
            if not any(s is a for a in again):
                self.stmts([s])
                continue
            copy, second = clone(s, second)
            self.twin |= {new: self.twin.get(v, v) for v, new in second.items()}
            self.stmts([copy])
            self.dot.update((v, self.dot[w]) for v, w in second.items() if w in self.dot)

    def only_compute(self, stmts, own):
        """Refuse what may not happen twice; `own`: whether a reference is to memory made in there."""
        changes = EFFECTS - {"commit", "raise", "demand", "defined"}
        for g in (g for s in stmts for g in walk(s) if isinstance(g, Gate) and g.op in changes):
            if g.op not in WRITES or not own(g.args[0]):
                what = "what is changed here in a branch or loop in a `try` has no forward mode yet"
                raise CannotDifferentiate((Problem(where(g.loc), what, "use `grad` or `vjp`"),))

    def concerns(self, s):
        """Whether tangents come by a branch or a loop."""
        return any(map(self.active, all_defs(s))) or any(
            isinstance(g, Gate) and g.op in WRITES and self.active(g.args[0]) for g in walk(s)
        )

    def branch(self, s):
        if not self.concerns(s):
            return self.b.stmts.append(s)
        active = [k for k, o in enumerate(s.outs) if self.active(o)]
        sides, outer, before = [], self.b, dict(self.dot)
        for block in (s.then, s.orelse):
            self.b, self.dot = outer.sub(), dict(before)
            # where a failure is one in any case, it does not matter what fails
            if way(s) == "attempt" and block is s.then and not raises(s.orelse.stmts):
                self.tried(block)
            else:
                self.stmts(block.stmts)
            dots = [
                self.dot_or_zero(block.yields[k])
                if block.yields[k] != Const(...)
                else block.yields[k]
                for k in active
            ]
            dots = [
                self.b.widened(self.b.full(d, block.yields[k]), block.yields[k])
                if isinstance(kind_of(block.yields[k]), Array)
                else d
                for d, k in zip(dots, active)
            ]
            sides.append(self.b.block(*block.yields, *dots))
        self.b, self.dot = outer, before
        outs = [
            Value(s.outs[k].hint + "_dot", cotangent_kind(s.outs[k].kind), True, True)
            for k in active
        ]
        self.b.stmts.append(
            replace(s, then=sides[0], orelse=sides[1], outs=(*s.outs, *outs), key=object())
        )
        self.dot.update(zip((s.outs[k] for k in active), outs))

    def loop(self, s):
        if not self.concerns(s):
            return self.b.stmts.append(s)
        active = [k for k, h in enumerate(s.carried) if self.active(h)]
        inits = [
            self.b.widened(self.dot_or_zero(s.inits[k]), s.carried[k])
            if s.inits[k] != Const(...)
            else s.inits[k]
            for k in active
        ]
        heads = [
            Value(s.carried[k].hint + "_dot", cotangent_kind(s.carried[k].kind), True, True)
            for k in active
        ]
        outs = [Value(h.hint, h.kind, True, True) for h in heads]
        outer, before = self.b, dict(self.dot)
        self.dot.update(zip((s.carried[k] for k in active), heads))
        changes: dict = {}
        if isinstance(s, While):
            self.b = outer.sub()
            self.stmts(s.test.stmts)
            test = self.b.block(*s.test.yields)
            changes["test"] = test
        self.b = outer.sub()
        self.stmts(s.body.stmts)
        nexts = s.body.yields[1:] if s.breaks else s.body.yields
        dots = [self.dot_or_zero(nexts[k]) for k in active]
        dots = [
            self.b.widened(self.b.full(d, nexts[k]), nexts[k])
            if isinstance(kind_of(nexts[k]), Array)
            else d
            for d, k in zip(dots, active)
        ]
        changes["body"] = self.b.block(*s.body.yields, *dots)
        self.b, self.dot = outer, before
        changes |= {
            "inits": (*s.inits, *inits),
            "carried": (*s.carried, *heads),
            "outs": (*s.outs, *outs),
            "key": object(),
        }
        self.b.stmts.append(replace(s, **changes))
        self.dot.update(zip((s.outs[k] for k in active), outs))


def _tangent_kind(kind):
    """The kind of the tangent of what a call gives."""
    if not isinstance(kind, Record):
        return cotangent_kind(kind)
    return Record(tuple, kind.keys, tuple(map(cotangent_kind, kind.kinds)))


def _without(tree, absent):
    """A tangent's text without the terms of tangents that are zero; None where nothing is left."""
    match tree:
        case ast.Name(id=name):
            return None if name in absent else tree
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            left, right = _without(left, absent), _without(right, absent)
            return (
                left
                if right is None
                else right
                if left is None
                else ast.BinOp(left, ast.Add(), right)
            )
        case ast.Call(func=func) if ast.unparse(func) == "np.where":
            sides = [_without(a, absent) for a in tree.args[1:]]
            if not any(sides):
                return None
            return ast.Call(func, [tree.args[0], *(s or ast.Constant(0.0) for s in sides)], [])
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    return None if names & absent else tree
