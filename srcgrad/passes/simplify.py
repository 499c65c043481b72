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

from srcgrad.build import kind_of
from srcgrad.ir import (
    Block,
    Const,
    For,
    Function,
    Gate,
    If,
    Return,
    Slice,
    Tup,
    Value,
    While,
    blocks,
    frees,
    map_operand,
    map_stmt,
    reads,
    values_in,
    walk,
)
from srcgrad.kinds import BOOL, F8, FLOAT, Array, List, Record, Scalar, same_shape
from srcgrad.deadcode import sweep
from srcgrad.memory import EFFECTS, Aliases
from srcgrad.rules.record import TABLE

_FRESH = {
    "list",
    "repeat",
    "zeros_like",
    "copy",
    "scatter",
    "snapshot",
    "pop",
    "call",
    "call_backward",
    "listadd",
    "own",
}
_PURE = {
    "getitem",
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


def simplify(function: Function, primal: bool = False) -> Function:
    """Simplify until nothing changes; of a `primal` function only its copies and dead code."""
    for _ in range(8):
        work = _Rewrite(function, primal)
        body = work.block(function.body, {})
        function = sweep(replace(function, body=body))
        if not work.changed:
            break
    return function


class _Rewrite:
    def __init__(self, function, primal):
        self.primal = primal
        self.aliases = Aliases(function.body)
        self.makers: dict = {}
        self.mapping: dict = {}
        self.changed = False
        self.out: list = []
        self.seen: dict = {}
        self.uses = frees(function.body)
        for s in walk(function.body):
            for v in reads(s):
                self.uses[v] = self.uses.get(v, 0) + 1
            for b in blocks(s):
                for y in b.yields:
                    for v in values_in(y):
                        self.uses[v] = self.uses.get(v, 0) + 1
        self.witness = _witnesses(function)
        self.params = set(function.params)
        self.flows = _flows(function.body)

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
                    self.replace(s.out, result)
            case If():
                self.branch(s)
            case For() | While():
                self.loop(s)
            case Return():
                self.out.append(map_stmt(s, self.operand, None))

    def replace(self, old, new):
        self.mapping[old] = new
        self.changed = True
        maker = self.makers.get(new) if isinstance(new, Value) else None
        if maker is not None and maker.adjoint and old.named and not new.named:
            new.hint, new.named = old.hint, True

    def branch(self, s):
        test = self.operand(s.test)
        value = test.value if isinstance(test, Const) else None
        if isinstance(test, Const):
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
                    self.replace(out, init)
                    continue
            keep.append(k)
        if len(keep) < len(s.carried):
            pick = lambda xs: tuple(xs[k] for k in keep)  # noqa: E731
            body = Block(s.body.stmts, s.body.yields[:flag] + pick(nexts))
            s = replace(
                s, carried=pick(s.carried), inits=pick(s.inits), outs=pick(s.outs), body=body
            )
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

    def effect(self, g):
        if g.op == "accum" and _is(g.args[2], 0):
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
                whole = isinstance(index, Const) and index.value is ... and kind_of(c) == ref.kind
                if not whole or maker is None or not fresh(maker) or maker not in self.out:
                    return False
                if any(c in (frees(x)) for x in self.out[self.out.index(maker) + 1 :]):
                    return False
                del self.out[k]
                c.hint, c.named = ref.hint, True
                self.mapping[ref] = c
                self.aliases.union(c, ref)
                self.aliases.changed.add(self.aliases.find(c))
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
        if g.op not in ("view", "shape", "size", "extent") and any(
            map(self.aliases.is_memory, g.args)
        ):
            return None  # what it reads may have changed in between
        if (
            isinstance(g.out.kind, (Array, List))
            and self.aliases.is_memory(g.out)
            and g.op != "view"
        ):
            return None
        return (g.op, tuple(map(_id, g.args)), tuple((k, _id(v)) for k, v in g.kw))

    def look(self, o, op):
        """The gate of this operation that made an operand, unless it has been changed since."""
        maker = self.makers.get(o) if isinstance(o, Value) else None
        if maker is None or maker.op != op or self.aliases.is_memory(o):
            return None
        return maker

    def make(self, g, op, *args, kind=None):
        """A gate in place of `g`, simplified in turn."""
        new = Gate(
            Value(g.out.hint, kind or g.out.kind, g.out.named, True), op, args, (), g.loc, True
        )
        result = self.gate(new)
        return new.out if result is new else result

    def half(self, g, op, *args, kind=None):
        new = Gate(
            Value(op.rpartition(".")[2], kind or g.out.kind, False, True), op, args, (), g.loc, True
        )
        result = self.gate(new)
        return new.out if result is new else result

    def algebra(self, g):
        library, _, op = g.op.partition(".")
        known = library == "operator" or g.op == "numpy.sum"
        rule = getattr(self, "algebra_" + op, None) if known else None
        if g.op == "builtins.float":
            return g.args[0] if self.is_float(g.args[0], set()) else None
        if g.op == "numpy.broadcast_to" and kind_of(g.args[0]) == g.out.kind:
            return g.args[0]
        if g.op in ("shape", "size", "extent"):
            return self.measure(g)
        return rule(g, *g.args) if rule is not None else None

    def same_kind(self, g, o):
        """Whether `o` can stand for the gate's value: of its kind, or a number like it (a bool is none)."""
        have, want = kind_of(o), g.out.kind
        if isinstance(have, Scalar) and isinstance(want, Scalar):
            return have != BOOL or want == BOOL
        return have == want or same_shape(have, want)

    def is_float(self, o, assumed):
        """Whether an operand is a float at run time, whatever its kind leaves open (ints among floats)."""
        if isinstance(o, Const):
            return isinstance(o.value, float)
        if not isinstance(o, Value) or o in assumed or o.kind == F8:
            return isinstance(o, Value)
        if o in self.params:
            return o.kind == FLOAT
        assumed = assumed | {o}
        if o in self.flows:
            return all(self.is_float(x, assumed) for x in self.flows[o])
        g = self.makers.get(o)
        if g is None:
            return False
        if g.op.startswith("math.") or g.op in ("operator.truediv", "idiom.sigmoid", "builtins.float"):
            return o.kind == FLOAT
        if g.op in ("operator.add", "operator.sub", "operator.mul", "operator.neg", "call_backward", "pop_tape"):
            return any(self.is_float(a, assumed) for a in g.args)
        if g.op in ("global", "getattr"):
            return o.kind == FLOAT
        return g.op == "getitem" and isinstance(kind_of(g.args[0]), Record) and o.kind == FLOAT

    def measure(self, g):
        """Ask a parameter for a length that it has, too: nothing is computed only to be measured."""
        x = g.args[0]
        if not isinstance(x, Value) or x in self.witness["params"] or not isinstance(x.kind, Array):
            return None
        extents = x.kind.extents
        if g.op == "shape" and extents in self.witness:
            return self.make(g, "shape", self.witness[extents])
        axis = (
            0
            if g.op == "size" and len(extents) == 1
            else g.args[1].value % len(extents)
            if g.op == "extent"
            else None
        )
        if axis is not None and extents[axis] in self.witness:
            param, k = self.witness[extents[axis]]
            return self.make(g, "extent", param, Const(k))
        return None

    def algebra_mul(self, g, x, y):
        if isinstance(y, Const) and not isinstance(x, Const):
            x, y = y, x
            if not isinstance(x.value, (int, float)):
                return None
            return self.make(g, "operator.mul", x, y)
        if _number(x) and _number(y):
            return Const(float(x.value * y.value))
        if _number(x):
            if x.value == 0 and isinstance(g.out.kind, Scalar):
                return Const(0.0)
            if x.value == 1 and self.same_kind(g, y):
                return y
            if x.value == -1:
                return self.make(g, "operator.neg", y)
            inner = self.look(y, "operator.mul")
            if inner is not None and _number(inner.args[0]):
                return self.make(g, "operator.mul", _product(x, inner.args[0]), inner.args[1])
            inner = self.look(y, "operator.neg")
            if inner is not None:
                return self.make(g, "operator.mul", Const(-x.value), inner.args[0])
            inner = self.look(y, "operator.truediv")
            if inner is not None and inner.adjoint and _number(inner.args[0]):
                return self.make(g, "operator.truediv", _product(x, inner.args[0]), inner.args[1])
        for a, b in ((x, y), (y, x)):
            inner = self.look(a, "operator.neg")
            if inner is not None and inner.adjoint:
                return self.make(
                    g,
                    "operator.neg",
                    self.half(
                        g, "operator.mul", *((inner.args[0], b) if a is x else (b, inner.args[0]))
                    ),
                )
            inner = self.look(a, "operator.truediv")
            if (
                inner is not None
                and inner.adjoint
                and _is(inner.args[0], 1)
                and not isinstance(b, Const)
            ):
                return self.make(g, "operator.truediv", b, inner.args[1])
            if inner is not None and inner.adjoint and a is x and self.uses.get(a, 0) < 2:
                # (p / q) * d  →  p * d / q
                return self.make(
                    g,
                    "operator.truediv",
                    self.half(g, "operator.mul", inner.args[0], b),
                    inner.args[1],
                )
            inner = self.look(a, "operator.mul")
            if (
                inner is not None
                and inner.adjoint
                and _number(inner.args[0])
                and isinstance(b, Value)
                and self.uses.get(a, 0) < 2
            ):
                return self.make(
                    g,
                    "operator.mul",
                    inner.args[0],
                    self.half(
                        g, "operator.mul", *((inner.args[1], b) if a is x else (b, inner.args[1]))
                    ),
                )
        return None

    def algebra_truediv(self, g, x, y):
        if _is(y, 1) and self.same_kind(g, x):
            return x
        inner = self.look(x, "operator.neg")
        if inner is not None and inner.adjoint:
            return self.make(g, "operator.neg", self.half(g, "operator.truediv", inner.args[0], y))
        return None

    def algebra_neg(self, g, x):
        if _number(x):
            return Const(-x.value)
        inner = self.look(x, "operator.neg")
        if inner is not None and inner.adjoint and self.same_kind(g, inner.args[0]):
            return inner.args[0]
        inner = self.look(x, "operator.mul")
        if inner is not None and inner.adjoint and _number(inner.args[0]):
            return self.make(g, "operator.mul", Const(-inner.args[0].value), inner.args[1])
        inner = self.look(x, "operator.sub")
        if inner is not None and inner.adjoint:
            return self.make(g, "operator.sub", inner.args[1], inner.args[0])
        return None

    def algebra_sum(self, g, x):
        """A sum is linear: a minus or a number goes out of it."""
        inner = self.look(x, "operator.neg")
        if inner is not None and inner.adjoint and self.uses.get(x, 0) < 2:
            return self.make(g, "operator.neg", self.summed(g, inner.args[0]))
        inner = self.look(x, "operator.mul")
        if inner is not None and inner.adjoint and _number(inner.args[0]) and self.uses.get(x, 0) < 2:
            return self.make(g, "operator.mul", inner.args[0], self.summed(g, inner.args[1]))
        return None

    def summed(self, g, x):
        new = replace(g, out=Value(g.out.hint, g.out.kind, False, True), args=(x,))
        result = self.gate(new)
        return new.out if result is new else result

    def algebra_add(self, g, x, y):
        if _number(x) and _number(y):
            return Const(float(x.value + y.value))
        for a, b in ((x, y), (y, x)):
            if _is(a, 0) and self.same_kind(g, b):
                return b
        inner = self.look(y, "operator.neg")
        if inner is not None and inner.adjoint:
            return self.make(g, "operator.sub", x, inner.args[0])
        inner = self.look(x, "operator.neg")
        if inner is not None and inner.adjoint:
            return self.make(g, "operator.sub", y, inner.args[0])
        (c1, t1), (c2, t2) = self.term(x), self.term(y)
        if t1 is t2 and isinstance(t1, Value) and kind_of(t1) == g.out.kind:
            return self.make(g, "operator.mul", Const(_neat(c1 + c2)), t1)
        # (a + c * t) + k * t  →  a + (c + k) * t
        inner = self.look(x, "operator.add")
        if inner is not None and inner.adjoint and self.uses.get(x, 0) < 2:
            c3, t3 = self.term(inner.args[1])
            if t3 is t2 and isinstance(t2, Value):
                t = self.half(g, "operator.mul", Const(_neat(c3 + c2)), t2, kind=kind_of(y))
                return self.make(g, "operator.add", inner.args[0], t)
        if c2 < 0 and y is not t2:
            return self.make(
                g, "operator.sub", x, self.half(g, "operator.mul", Const(-c2), t2, kind=kind_of(y))
            )
        return None

    def term(self, o):
        """An operand as a number times a value."""
        inner = self.look(o, "operator.mul")
        if inner is not None and _number(inner.args[0]):
            return inner.args[0].value, inner.args[1]
        return 1, o

    def algebra_sub(self, g, x, y):
        if _number(x) and _number(y):
            return Const(float(x.value - y.value))
        if _is(y, 0) and self.same_kind(g, x):
            return x
        if _is(x, 0) and self.same_kind(g, y):
            return self.make(g, "operator.neg", y)
        inner = self.look(y, "operator.neg")
        if inner is not None and inner.adjoint:
            return self.make(g, "operator.add", x, inner.args[0])
        (c1, t1), (c2, t2) = self.term(x), self.term(y)
        if t1 is t2 and isinstance(t1, Value) and kind_of(t1) == g.out.kind and c1 != c2:
            return self.make(g, "operator.mul", Const(_neat(c1 - c2)), t1)
        # (a - c * t) - k * t  →  a - (c + k) * t
        inner = self.look(x, "operator.sub")
        if inner is not None:
            c3, t3 = self.term(inner.args[1])
            if t3 is t2 and isinstance(t2, Value):
                t = self.half(g, "operator.mul", Const(_neat(c3 + c2)), t2, kind=kind_of(y))
                return self.make(g, "operator.sub", inner.args[0], t)
        return None


def _flows(body):
    """Of what branches and loops pass on: the values that it may be."""
    out: dict = {}
    for s in walk(body):
        match s:
            case If():
                for o, a, b in zip(s.outs, s.then.yields, s.orelse.yields):
                    out[o] = (a, b)
            case For() | While():
                nexts = s.body.yields[1:] if s.breaks else s.body.yields
                for o, h, init, after in zip(s.outs, s.carried, s.inits, nexts):
                    out[h], out[o] = (init, after), (h,)
    return out


def _witnesses(function):
    """Parameters by the extents that they have: whole shapes, and single axes."""
    out: dict = {"params": set()}
    leaves = [g.out for g in function.body.stmts if isinstance(g, Gate) and g.op == "getitem"]
    for v in (*function.params, *leaves):
        if isinstance(v.kind, Array):
            out["params"].add(v)
            out.setdefault(v.kind.extents, v)
            for k, extent in enumerate(v.kind.extents):
                if extent != 1:
                    out.setdefault(extent, (v, k))
    return out


def _neat(c):
    return int(c) if float(c).is_integer() else c


def fresh(gate) -> bool:
    """Whether the gate's value is new memory that nobody else holds."""
    if gate.op in TABLE:
        return TABLE[gate.op].alias == "fresh"
    return gate.op in ("zeros_like", "repeat", "list", "copy", "listadd")


def _number(o):
    return isinstance(o, Const) and type(o.value) in (int, float)


def _is(o, number):
    return _number(o) and o.value == number


def _product(a, b):
    c = a.value * b.value
    return Const(
        int(c)
        if isinstance(c, float) and c.is_integer() and abs(c) < 1e6 and c not in (1.0,)
        else c
    )


def _same(a, b):
    return (
        isinstance(a, Const)
        and isinstance(b, Const)
        and type(a.value) is type(b.value)
        and repr(a.value) == repr(b.value)
    )


def _id(o):
    match o:
        case Value():
            return id(o)
        case Const():
            return (type(o.value), repr(o.value))
        case Tup():
            return ("tup", *map(_id, o.items))
        case Slice():
            return ("slice", _id(o.lo), _id(o.hi), _id(o.step))
    return o if o is None else id(o)
