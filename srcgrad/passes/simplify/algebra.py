"""The algebra of cotangents: gates that we wrote, made what one would have written.

    d = operator.mul(1.0, dy); e = operator.add(d, d)      →      e = operator.mul(2, dy)

One method an operation; each returns what stands for the gate's value, or None to leave it.
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.ir import Const, Value
from srcgrad.joins import same_shape
from srcgrad.kinds import BOOL, Array, Scalar
from srcgrad.operands import equals, is_numeral, is_whole, kind_of, one_an_axis
from srcgrad.passes.simplify.choices import OfChoices
from srcgrad.passes.simplify.conjugates import OfComplex
from srcgrad.passes.simplify.numerals import like, neat, product
from srcgrad.promotion import promote
from srcgrad.rules.record import TABLE
from srcgrad.rules.resultkinds import BROADCASTING


class Algebra(OfChoices, OfComplex):
    """Methods of the rewriter that simplify one gate."""

    def algebra(self, g):
        """What stands for the gate's value in simpler terms; None where nothing is simpler."""
        library, _, op = g.op.rpartition(".")
        if library not in ("", "operator") and g.op not in _SIMPLIFIED:
            return None
        rule = getattr(self, f"algebra_{op.partition(':')[0]}", None)
        return rule(g, *g.args) if rule is not None else None

    def algebra_float(self, g, x):
        if g.form == "weak" and not self.is_plain(x):
            return None  # a NumPy number would decide the dtype of an array
        return x if self.floats.has(x) else None

    def algebra_broadcast_to(self, g, x, *_):
        return x if kind_of(x) == g.out.kind else None

    def algebra_transpose(self, g, x, *axes):
        inner = self.look(x, "numpy.transpose")
        plain = inner is not None and len(inner.args) == 1 and not (inner.kw or axes or g.kw)
        return inner.args[0] if plain else None

    def algebra_view(self, g, x, index):
        """An axis that a sum keeps and that goes at once: `x.sum(axis=1, keepdims=True)[:, 0]`."""
        inner = self.once(x, "operator.mul")
        if inner and is_numeral(inner.args[0]):
            part = self.algebra_view(g, inner.args[1], index)  # a number goes out of it
            return part and self.make(g, "operator.mul", inner.args[0], part)
        if inner := self.once(x, "operator.neg"):
            part = self.algebra_view(g, inner.args[0], index)
            return part and self.make(g, "operator.neg", part)
        inner = self.once(x, "numpy.sum")
        axis = _dropped(dict(inner.kw), index, x.kind.ndim) if inner else None
        return axis and self.made(g, replace(inner, kw=(("axis", axis),)))

    def algebra_getitem(self, g, x, index):
        """An element of what has been negated: `(-x)[1]`."""
        inner = self.ours(x, "operator.neg")
        if not inner or not isinstance(kind_of(x), Array):
            return None
        part = Value("item", g.out.kind, False, True)
        new = replace(g, out=part, args=(inner.args[0], index))
        result = self.gate(new)
        return self.make(g, "operator.neg", part if result is new else result)

    def algebra_where(self, g, *args):
        return self.chosen_again(g, *args) if len(args) == 3 else None

    def same_kind(self, g, o):
        """Whether `o` can stand for the gate's value: of its kind, or a number like it (a bool is none)."""
        have, want = kind_of(o), g.out.kind
        if isinstance(have, Scalar) and isinstance(want, Scalar):
            return have != BOOL or want == BOOL
        return have == want or same_shape(have, want)

    def is_plain(self, o):
        """Whether an operand is a Python float or a float32, neither of which widens a float32."""
        maker = self.makers.get(o) if isinstance(o, Value) else None
        made = maker is not None and (maker.op.startswith("math.") or maker.op == "builtins.float")
        return isinstance(o, Const) or made or o in self.params or kind_of(o) == Scalar("f4")

    def algebra_size(self, g, x, axis=None):
        """Ask a parameter for a length that it has, too: nothing is computed only to be measured."""
        if not isinstance(x, Value) or x in self.witness["params"] or not isinstance(x.kind, Array):
            return None
        extents = x.kind.extents
        if g.op == "shape" and extents in self.witness:
            return self.make(g, "shape", self.witness[extents])
        if g.op == "extent":
            extent = extents[axis.value % len(extents)]
        else:
            extent = extents[0] if g.op == "size" and len(extents) == 1 else None
        if extent in self.witness:
            param, k = self.witness[extent]
            return self.make(g, "extent", param, Const(k))
        other = self.alike(x)
        return other and self.make(g, g.op, other, *g.args[1:])

    def algebra_zeros_like(self, g, x):
        """Zeros of the shape of something else, if x is kept for nothing but its shape."""
        other = self.alike(x) if isinstance(kind_of(x), Array) else None
        return other and self.make(g, "zeros_like", other)

    def alike(self, x):
        """What x is made of that has its kind, and that the backward pass reads as it does not read x."""
        maker = None if x in self.wanted else self.makers.get(x)
        joins = maker is not None and maker.op in TABLE and TABLE[maker.op].kind in BROADCASTING
        for o in maker.args if maker is not None else ():
            if kind_of(o) == x.kind or joins and same_shape(kind_of(o), x.kind):
                found = o if o in self.wanted or o in self.params else self.alike(o)
                if found is not None:
                    return found
        return None

    algebra_shape = algebra_extent = algebra_size

    def algebra_mul(self, g, x, y):
        if isinstance(y, Const) and not isinstance(x, Const):
            number = isinstance(y.value, (int, float, complex))
            return self.make(g, "operator.mul", y, x) if number else None
        if is_numeral(x) and is_numeral(y):
            return like(g, x.value * y.value)
        found = self.times_numeral(g, x, y) if is_numeral(x) else None
        return found or self.complex_product(g, x, y) or self.taken_out(g, x, y)

    def times_numeral(self, g, number, y):
        """A number times something: next to the number in it, if there is one."""
        if number.value == 0 and isinstance(g.out.kind, Scalar):
            return like(g, 0)
        if number.value == 1 and self.same_kind(g, y):
            return y
        if number.value == -1:
            return self.make(g, "operator.neg", y)
        inner = self.look(y, "operator.mul")
        if inner and is_numeral(inner.args[0]):
            return self.make(g, "operator.mul", product(number, inner.args[0]), inner.args[1])
        found = self.chosen_times(g, number, y)
        if found is not None:
            return found
        if inner := self.look(y, "operator.neg"):
            return self.make(g, "operator.mul", Const(-number.value), inner.args[0])
        inner = self.ours(y, "operator.truediv")
        if inner and is_numeral(inner.args[0]):
            return self.make(g, "operator.truediv", product(number, inner.args[0]), inner.args[1])
        return None

    def taken_out(self, g, x, y):
        """What stands better outside of a product: `-p * d` as `-(p * d)`, `p / q * d` as `p * d / q`."""

        def times(part):
            """The product with this in place of the factor that it is a part of."""
            return self.half(g, "operator.mul", *((part, b) if a is x else (b, part)))

        for a, b in ((x, y), (y, x)):
            if inner := self.ours(a, "operator.neg"):
                return self.make(g, "operator.neg", times(inner.args[0]))
            inner = self.ours(a, "operator.truediv")
            if inner and equals(inner.args[0], 1) and not isinstance(b, Const):
                return self.make(g, "operator.truediv", b, inner.args[1])
            if inner and a is x and self.once(a, "operator.truediv"):
                return self.make(g, "operator.truediv", times(inner.args[0]), inner.args[1])
            inner = self.once(a, "operator.mul")
            if inner and is_numeral(inner.args[0]) and isinstance(b, Value):
                return self.make(g, "operator.mul", inner.args[0], times(inner.args[1]))
        return None

    def algebra_truediv(self, g, x, y):
        if equals(y, 1) and self.same_kind(g, x):
            return x
        if inner := self.ours(x, "operator.neg"):
            return self.make(g, "operator.neg", self.half(g, "operator.truediv", inner.args[0], y))
        return None

    def algebra_neg(self, g, x):
        if is_numeral(x):
            return Const(-x.value)
        inner = self.ours(x, "operator.neg")
        if inner and self.same_kind(g, inner.args[0]):
            return inner.args[0]
        inner = self.once(x, "operator.mul")
        if inner and is_numeral(inner.args[0]):
            return self.make(g, "operator.mul", Const(-inner.args[0].value), inner.args[1])
        if inner := self.ours(x, "operator.sub"):
            return self.make(g, "operator.sub", inner.args[1], inner.args[0])
        return self.flipped(g, x)

    def algebra_matmul(self, g, x, y):
        """A number goes out of the product of a matrix and a vector: `X.T @ (2 * r)`."""
        inner = self.once(y, "operator.mul")
        if not inner or not is_numeral(inner.args[0]):
            return None
        if kind_of(y).ndim != 1 or kind_of(x).ndim != 2:
            return None
        product = self.half(g, "operator.matmul", x, inner.args[1])
        return self.make(g, "operator.mul", inner.args[0], product)

    def algebra_sum(self, g, x):
        """A sum is linear: a minus or a number goes out of it."""
        if inner := self.once(x, "operator.neg"):
            return self.make(g, "operator.neg", self.summed(g, inner.args[0]))
        inner = self.once(x, "operator.mul")
        if inner and is_numeral(inner.args[0]):
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
        if is_numeral(x) and is_numeral(y):
            return like(g, x.value + y.value)
        for a, b in ((x, y), (y, x)):
            if equals(a, 0) and self.same_kind(g, b):
                return b
        if inner := self.ours(y, "operator.neg"):
            return self.make(g, "operator.sub", x, inner.args[0])
        if inner := self.ours(x, "operator.neg"):
            return self.make(g, "operator.sub", y, inner.args[0])
        (c1, t1), (c2, t2) = self.term(x), self.term(y)
        if t1 is t2 and isinstance(t1, Value) and kind_of(t1) == g.out.kind:
            return self.make(g, "operator.mul", Const(neat(c1 + c2)), t1)
        # (a + c * t) + k * t  →  a + (c + k) * t
        if inner := self.once(x, "operator.add"):
            c3, t3 = self.term(inner.args[1])
            if t3 is t2 and isinstance(t2, Value):
                t = self.half(g, "operator.mul", Const(neat(c3 + c2)), t2, kind=kind_of(y))
                return self.make(g, "operator.add", inner.args[0], t)
        if c2 < 0 and y is not t2:
            return self.make(
                g, "operator.sub", x, self.half(g, "operator.mul", Const(-c2), t2, kind=kind_of(y))
            )
        return self.factored(g, x, y, "operator.add")

    def term(self, o):
        """An operand as a number times a value."""
        inner = self.look(o, "operator.mul")
        if inner is not None and is_numeral(inner.args[0]):
            return inner.args[0].value, inner.args[1]
        if inner := self.ours(o, "operator.neg"):
            return -1, inner.args[0]
        return 1, o

    def algebra_sub(self, g, x, y):
        if is_numeral(x) and is_numeral(y):
            return like(g, x.value - y.value)
        if equals(y, 0) and self.same_kind(g, x):
            return x
        if equals(x, 0) and self.same_kind(g, y):
            return self.make(g, "operator.neg", y)
        if inner := self.ours(y, "operator.neg"):
            return self.make(g, "operator.add", x, inner.args[0])
        (c1, t1), (c2, t2) = self.term(x), self.term(y)
        if t1 is t2 and isinstance(t1, Value) and kind_of(t1) == g.out.kind and c1 != c2:
            return self.make(g, "operator.mul", Const(neat(c1 - c2)), t1)
        # (a - c * t) - k * t  →  a - (c + k) * t
        if inner := self.look(x, "operator.sub"):
            c3, t3 = self.term(inner.args[1])
            if t3 is t2 and isinstance(t2, Value):
                t = self.half(g, "operator.mul", Const(neat(c3 + c2)), t2, kind=kind_of(y))
                return self.make(g, "operator.sub", inner.args[0], t)
        return self.factored(g, x, y, "operator.sub")

    def factored(self, g, x, y, op):
        """`a * d + b * d` as `(a + b) * d`: one product less; `2 * a - 2 * b` as `2 * (a - b)`."""
        found = self.chosen(g, x, y, op)
        if found is not None:
            return found
        if inner := self.once(x, "operator.add"):
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
        return self.once(o, "operator.mul") or self.once(o, "operator.neg")

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
        if equals(left, 1):
            return rest[0]
        pair = (left, rest[0]) if at == 0 else (rest[0], left)
        return self.half(g, "operator.mul", *pair, kind=promote(*map(kind_of, pair)))

    def flipped(self, g, o):
        """An operand with the other sign, where that takes no further gate; else None."""
        if is_numeral(o):
            return Const(-o.value) if o.value < 0 else None
        inner = self.product_of(o) or self.once(o, "operator.truediv")
        if inner is None:
            return None
        if inner.op == "operator.neg":
            return inner.args[0]
        first = self.flipped(g, inner.args[0])
        return first and self.half(g, inner.op, first, inner.args[1], kind=kind_of(o))


_SIMPLIFIED = {
    "builtins.float",
    "numpy.broadcast_to",
    "numpy.sum",
    "numpy.transpose",
    "numpy.where",
}
_SIMPLIFIED |= {"numpy.conjugate:complex", "numpy.real:complex"}


def _dropped(kw, index, ndim):
    """The axis that a sum of these keywords keeps, if the subscript only takes it away."""
    axis, items = kw.get("axis"), one_an_axis(index, ndim)
    if kw.get("keepdims") != Const(True) or not isinstance(axis, Const) or len(items) != ndim:
        return None
    dropped = isinstance(axis.value, int) and all(
        i == Const(0) if k == axis.value else is_whole(i) for k, i in enumerate(items)
    )
    return axis if dropped else None
