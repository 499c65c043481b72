"""The algebra of complex cotangents: conjugates and real parts go where they cost nothing.

d = numpy.conjugate(operator.mul(2, z))         →       d = operator.mul(2, numpy.conjugate(z))
d = numpy.real(operator.mul(-1j, z))            →       d = numpy.imag(z)
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.ir import Const, Value
from srcgrad.kinds import is_complex
from srcgrad.operands import is_numeral, kind_of
from srcgrad.passes.simplify.numerals import neat


class OfComplex:
    """Methods of the rewriter that simplify gates of complex numbers."""

    def algebra_conjugate(self, g, x):
        """The conjugate goes into a product with what is real, and two of them cancel."""
        inner = self.look(x, "numpy.conjugate:complex")
        if inner is not None:
            return inner.args[0]
        for op in ("operator.mul", "operator.truediv", "operator.neg"):
            inner = self.once(x, op)
            if not inner:
                continue
            args = [self.conjugate(g, a) for a in inner.args]
            if sum(is_complex(kind_of(a)) and isinstance(a, Value) for a in inner.args) < 2:
                return self.make(g, op, *args)
        return None

    def conjugate(self, g, x):
        if not is_complex(kind_of(x)):
            return x
        if isinstance(x, Const):
            return Const(x.value.conjugate())
        kind = kind_of(x)
        conjugate = replace(g, out=Value(g.out.hint, kind, False, True), args=(x,))
        return self.made(conjugate, conjugate)

    def algebra_real(self, g, x):
        """The real part of an imaginary number times something is a part of that."""
        inner = self.once(x, "operator.mul")
        if not inner:
            return None
        factor, rest = inner.args
        if not _is_imaginary(factor) or not is_complex(kind_of(rest)):
            return None
        part = self.half(g, "numpy.imag:complex", rest)
        return self.make(g, "operator.mul", Const(neat(-factor.value.imag)), part)

    def complex_product(self, g, x, y):
        """Numbers are multiplied; an absolute value by the sign is what has them."""
        if _is_complex(x):
            if isinstance(y, Const):
                return Const(x.value * y.value)
            inner = self.ours(y, "operator.mul")
            if inner and (is_numeral(inner.args[0]) or _is_complex(inner.args[0])):
                both = Const(x.value * inner.args[0].value)
                return self.make(g, "operator.mul", both, inner.args[1])
        for a, b in ((x, y), (y, x)):
            sign = self.ours(a, "numpy.sign:complex")
            for f in self.factors(b) if sign else ():
                size = self.look(f, "numpy.abs:complex")
                if size and size.args[0] is sign.args[0]:
                    whole = sign.args[0]
                    return (
                        whole
                        if f is b
                        else self.make(g, "operator.mul", self.without(g, b, f), whole)
                    )
        return None


def _is_complex(o):
    return isinstance(o, Const) and type(o.value) is complex


def _is_imaginary(o):
    return _is_complex(o) and o.value.real == 0
