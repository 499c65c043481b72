"""The algebra of cotangents: gates that we wrote, made what one would have written.

    d = operator.mul(1.0, dy); e = operator.add(d, d)      →      e = operator.mul(2, dy)

One method an operation; each returns what stands for the gate's value, or None to leave it.
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.ir import UNDEFINED, Const, Value
from srcgrad.kinds import (
    BOOL,
    F8,
    FLOAT,
    Array,
    List,
    Record,
    Scalar,
    is_integral,
    promote,
    same_shape,
)
from srcgrad.operands import is_whole, kind_of, one_an_axis
from srcgrad.passes.simplify.conjugates import OfComplex


class Algebra(OfComplex):
    """Methods of the rewriter that simplify one gate."""

    def algebra(self, g):
        library, _, op = g.op.partition(".")
        known = library == "operator" or g.op in _SIMPLIFIED
        rule = getattr(self, f"algebra_{op.partition(':')[0]}", None) if known else None
        if g.op == "builtins.float":
            if g.form == "weak" and not self.is_plain(g.args[0]):
                return None  # a NumPy number would decide the dtype of an array
            return g.args[0] if self.is_float(g.args[0], set()) else None
        if g.op == "numpy.broadcast_to" and kind_of(g.args[0]) == g.out.kind:
            return g.args[0]
        if g.op in ("shape", "size", "extent"):
            return self.measure(g)
        if g.op == "view" and g.adjoint:
            return self.dropped(g, *g.args)
        if g.op == "getitem" and g.adjoint:
            return self.picked(g, *g.args)
        if g.op == "numpy.where" and g.adjoint and len(g.args) == 3:
            return self.chosen_again(g, *g.args)
        if g.op == "numpy.transpose" and len(g.args) == 1 and not g.kw:
            inner = self.look(g.args[0], "numpy.transpose")
            if inner is not None and len(inner.args) == 1 and not inner.kw:
                return inner.args[0]
        return rule(g, *g.args) if rule is not None else None

    def dropped(self, g, x, index):
        """An axis that a sum keeps and that goes at once: `x.sum(axis=1, keepdims=True)[:, 0]`."""
        if self.uses.get(x, 0) > 1:
            return None
        inner = self.look(x, "operator.mul")
        if inner is not None and inner.adjoint and _number(inner.args[0]):
            part = self.dropped(g, inner.args[1], index)  # a number goes out of it
            return part and self.make(g, "operator.mul", inner.args[0], part)
        inner = self.look(x, "operator.neg")
        if inner is not None and inner.adjoint:
            part = self.dropped(g, inner.args[0], index)
            return part and self.make(g, "operator.neg", part)
        inner = self.look(x, "numpy.sum")
        if inner is None or not inner.adjoint:
            return None
        kw = dict(inner.kw)
        axis, items = kw.get("axis"), one_an_axis(index, x.kind.ndim)
        if (
            kw.get("keepdims") != Const(True)
            or not isinstance(axis, Const)
            or not isinstance(axis.value, int)
            or len(items) != x.kind.ndim
            or not all(
                i == Const(0) if k == axis.value else is_whole(i) for k, i in enumerate(items)
            )
        ):
            return None
        return self.made(g, replace(inner, kw=(("axis", axis),)))

    def picked(self, g, x, index):
        """An element of what has been negated: `(-x)[1]`."""
        inner = self.look(x, "operator.neg")
        if inner is None or not inner.adjoint or not isinstance(kind_of(x), Array):
            return None
        part = Value("item", g.out.kind, False, True)
        new = replace(g, out=part, args=(inner.args[0], index))
        result = self.gate(new)
        return self.make(g, "operator.neg", part if result is new else result)

    def chosen_again(self, g, mask, x, y):
        """`where(m, where(m, a, b), c)` as `where(m, a, c)`."""
        for k, side in ((1, x), (2, y)):
            inner = self.look(side, "numpy.where")
            if inner is not None and inner.adjoint and inner.args[0] is mask:
                sides = (inner.args[k], y) if k == 1 else (x, inner.args[k])
                return self.make(g, "numpy.where", mask, *sides)
        return None

    def chosen(self, g, x, y, op):
        """`where(m, a, 0) - where(m, 0, b)` as `where(m, a, -b)`."""
        one, two = (self.look(o, "numpy.where") for o in (x, y))
        if not (one and two and one.adjoint and two.adjoint) or one.args[0] is not two.args[0]:
            return None
        if self.uses.get(x, 0) > 1 or self.uses.get(y, 0) > 1:
            return None
        (m, a, b), (_, c, d) = one.args, two.args
        minus = lambda o: o if op == "operator.add" else self.half(g, "operator.neg", o)  # noqa: E731
        if is_number(b, 0) and is_number(c, 0):
            return self.make(g, "numpy.where", m, a, minus(d))
        if is_number(a, 0) and is_number(d, 0):
            return self.make(g, "numpy.where", m, minus(c), b)
        return None

    def same_kind(self, g, o):
        """Whether `o` can stand for the gate's value: of its kind, or a number like it (a bool is none)."""
        have, want = kind_of(o), g.out.kind
        if isinstance(have, Scalar) and isinstance(want, Scalar):
            return have != BOOL or want == BOOL
        return have == want or same_shape(have, want)

    def is_float(self, o, assumed):
        """Whether an operand is a float at run time, whatever its kind leaves open (ints among floats)."""
        o = self.operand(o)
        if isinstance(o, Const):
            return isinstance(o.value, float) or o is UNDEFINED
        if not isinstance(o, Value) or o in assumed:
            return isinstance(o, Value)
        assumed = assumed | {o}
        if o in self.flows:
            return all(self.is_float(x, assumed) for x in self.flows[o])
        if o in self.params:
            return o.kind in (FLOAT, F8)
        g = self.makers.get(o)
        if g is None:
            return False
        if g.op == "part":
            g = self.makers.get(g.args[0], g)
        if g.op == "call_backward":  # it is linear in the cotangents that it is given
            return o.kind == FLOAT and self.are_floats(g.args[0], assumed)
        if g.op in _LINEAR:
            return any(self.is_float(a, assumed) for a in g.args if not _neutral(a))
        if g.op == "getitem" and isinstance(kind_of(g.args[0]), List):
            return False  # an int may stand among floats, NumPy's too
        item = g.op == "getitem" and isinstance(kind_of(g.args[0]), Record)
        sure = item or g.op.startswith("math.") or g.op in _FLOATS
        return o.kind == F8 or sure and o.kind == FLOAT

    def is_plain(self, o):
        """Whether an operand is a Python float or a float32, neither of which widens a float32."""
        maker = self.makers.get(o) if isinstance(o, Value) else None
        made = maker is not None and (maker.op.startswith("math.") or maker.op == "builtins.float")
        return isinstance(o, Const) or made or o in self.params or kind_of(o) == Scalar("f4")

    def are_floats(self, seed, assumed):
        """Whether a cotangent, or each of a tuple of cotangents, is a float or an array."""
        g = self.makers.get(seed) if isinstance(seed, Value) else None
        seeds = g.args if g is not None and g.op == "build" else (seed,)
        return all(not isinstance(kind_of(s), Scalar) or self.is_float(s, assumed) for s in seeds)

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
            if not isinstance(x.value, (int, float, complex)):
                return None
            return self.make(g, "operator.mul", x, y)
        if _number(x) and _number(y):
            return Const(_like(g, x.value * y.value))
        if _number(x):
            if x.value == 0 and isinstance(g.out.kind, Scalar):
                return Const(_like(g, 0))
            if x.value == 1 and self.same_kind(g, y):
                return y
            if x.value == -1:
                return self.make(g, "operator.neg", y)
            inner = self.look(y, "operator.mul")
            if inner is not None and _number(inner.args[0]):
                return self.make(g, "operator.mul", _product(x, inner.args[0]), inner.args[1])
            inner = self.look(y, "numpy.where")
            if inner is not None and inner.adjoint and self.uses.get(y, 0) < 2:
                mask, *sides = inner.args
                if any(is_number(s, 0) for s in sides):
                    sides = [
                        s
                        if is_number(s, 0)
                        else self.half(g, "operator.mul", x, s, kind=kind_of(s))
                        for s in sides
                    ]
                    return self.make(g, "numpy.where", mask, *sides)
            inner = self.look(y, "operator.neg")
            if inner is not None:
                return self.make(g, "operator.mul", Const(-x.value), inner.args[0])
            inner = self.look(y, "operator.truediv")
            if inner is not None and inner.adjoint and _number(inner.args[0]):
                return self.make(g, "operator.truediv", _product(x, inner.args[0]), inner.args[1])
        found = self.complex_product(g, x, y)
        if found is not None:
            return found
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
                and is_number(inner.args[0], 1)
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
        if is_number(y, 1) and self.same_kind(g, x):
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
        return self.flipped(g, x)

    def algebra_matmul(self, g, x, y):
        """A number goes out of the product of a matrix and a vector: `X.T @ (2 * r)`."""
        inner = self.look(y, "operator.mul")
        if inner is None or not inner.adjoint or not _number(inner.args[0]):
            return None
        if self.uses.get(y, 0) > 1 or kind_of(y).ndim != 1 or kind_of(x).ndim != 2:
            return None
        product = self.half(g, "operator.matmul", x, inner.args[1])
        return self.make(g, "operator.mul", inner.args[0], product)

    def algebra_sum(self, g, x):
        """A sum is linear: a minus or a number goes out of it."""
        inner = self.look(x, "operator.neg")
        if inner is not None and inner.adjoint and self.uses.get(x, 0) < 2:
            return self.make(g, "operator.neg", self.summed(g, inner.args[0]))
        inner = self.look(x, "operator.mul")
        if (
            inner is not None
            and inner.adjoint
            and _number(inner.args[0])
            and self.uses.get(x, 0) < 2
        ):
            return self.make(g, "operator.mul", inner.args[0], self.summed(g, inner.args[1]))
        return None

    def summed(self, g, x):
        return self.made(g, replace(g, args=(x,)))

    def made(self, g, new):
        """What stands for `g` when the gate `new` computes it, which is simplified in turn."""
        new = replace(new, out=Value(g.out.hint, g.out.kind, g.out.named, True))
        result = self.gate(new)
        return new.out if result is new else result

    def algebra_add(self, g, x, y):
        if _number(x) and _number(y):
            return Const(_like(g, x.value + y.value))
        for a, b in ((x, y), (y, x)):
            if is_number(a, 0) and self.same_kind(g, b):
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
        return self.factored(g, x, y, "operator.add")

    def term(self, o):
        """An operand as a number times a value."""
        inner = self.look(o, "operator.mul")
        if inner is not None and _number(inner.args[0]):
            return inner.args[0].value, inner.args[1]
        inner = self.look(o, "operator.neg")
        if inner is not None and inner.adjoint:
            return -1, inner.args[0]
        return 1, o

    def algebra_sub(self, g, x, y):
        if _number(x) and _number(y):
            return Const(_like(g, x.value - y.value))
        if is_number(y, 0) and self.same_kind(g, x):
            return x
        if is_number(x, 0) and self.same_kind(g, y):
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
        return self.factored(g, x, y, "operator.sub")

    def factored(self, g, x, y, op):
        """`a * d + b * d` as `(a + b) * d`: one product less; `2 * a - 2 * b` as `2 * (a - b)`."""
        found = self.chosen(g, x, y, op)
        if found is not None:
            return found
        inner = self.look(x, "operator.add")
        if inner is not None and inner.adjoint and self.uses.get(x, 0) < 2:
            found = self.chosen(g, inner.args[1], y, op)
            if found is not None:
                return self.make(g, "operator.add", inner.args[0], found)
        (c1, t1), (c2, t2) = self.term(x), self.term(y)
        if abs(c1) == abs(c2) != 1:
            if c1 != c2:
                op = "operator.sub" if op == "operator.add" else "operator.add"
            if c1 < 0 and op == "operator.sub":
                c1, t1, t2 = -c1, t2, t1
            both = self.half(g, op, t1, t2, kind=promote(kind_of(t1), kind_of(t2)))
            return self.make(g, "operator.mul", Const(c1), both)
        theirs = self.factors(y)
        shared = next((f for f in self.factors(x) if any(f is o for o in theirs)), None)
        if shared is None or shared is x or shared is y:
            return None
        left, right = self.without(g, x, shared), self.without(g, y, shared)
        both = self.half(g, op, left, right, kind=promote(kind_of(left), kind_of(right)))
        return self.make(g, "operator.mul", both, shared)

    def product_of(self, o):
        """The gate of a product, or of a minus, that is ours and read once."""
        inner = self.look(o, "operator.mul") or self.look(o, "operator.neg")
        return inner if inner and inner.adjoint and self.uses.get(o, 0) < 2 else None

    def factors(self, o):
        """The factors of an operand, without numbers."""
        inner = self.product_of(o)
        if inner is None:
            return [o] if isinstance(o, Value) else []
        return [f for a in inner.args for f in self.factors(a)]

    def without(self, g, o, factor):
        """A product without one of its factors."""
        inner = self.product_of(o)
        at = next(k for k, a in enumerate(inner.args) if any(f is factor for f in self.factors(a)))
        part, rest = inner.args[at], [a for k, a in enumerate(inner.args) if k != at]
        left = Const(1) if part is factor else self.without(g, part, factor)
        if inner.op == "operator.neg":
            return self.half(g, "operator.neg", left, kind=kind_of(left))
        if is_number(left, 1):
            return rest[0]
        pair = (left, rest[0]) if at == 0 else (rest[0], left)
        return self.half(g, "operator.mul", *pair, kind=promote(*map(kind_of, pair)))

    def flipped(self, g, o):
        """An operand with the other sign, where that takes no further gate; else None."""
        if _number(o):
            return Const(-o.value) if o.value < 0 else None
        inner = self.product_of(o)
        if inner is None:
            inner = self.look(o, "operator.truediv")
            if inner is None or not inner.adjoint or self.uses.get(o, 0) > 1:
                return None
        if inner.op == "operator.neg":
            return inner.args[0]
        first = self.flipped(g, inner.args[0])
        return first and self.half(g, inner.op, first, inner.args[1], kind=kind_of(o))


_LINEAR = {"operator.add", "operator.sub", "operator.mul", "operator.neg", "pop_tape"}
_FLOATS = {
    "builtins.float",
    "getattr",
    "global",
    "idiom.sigmoid",
    "idiom.softplus:math",
    "numpy.imag:complex",
    "numpy.real:complex",
    "operator.truediv",
}
_SIMPLIFIED = {"numpy.sum", "numpy.conjugate:complex", "numpy.real:complex"}


def _neat(c):
    return int(c) if float(c).is_integer() else c


def _neutral(o) -> bool:
    """Whether an operand is a number that may be left out of a sum or a product later."""
    return _number(o) and o.value in (0, 1, -1)


def _like(g, number):
    """A number of the gate's kind: ints among them count and are subscripts."""
    return int(number) if is_integral(g.out.kind) else float(number)


def _number(o):
    return isinstance(o, Const) and type(o.value) in (int, float)


def is_number(o, number) -> bool:
    """Whether an operand is the literal number."""
    return _number(o) and o.value == number


def _product(a, b):
    c = a.value * b.value
    return Const(
        int(c)
        if isinstance(c, float) and c.is_integer() and abs(c) < 1e6 and c not in (1.0,)
        else c
    )
