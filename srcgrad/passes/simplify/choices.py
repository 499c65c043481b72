"""The algebra of choices: what is done to both sides of a `where` goes into it, or into one of them.

d = numpy.where(m, a, 0.0); e = numpy.where(m, 0.0, b)
f = operator.sub(d, e)                  →       f = numpy.where(m, a, operator.neg(b))
"""

from __future__ import annotations

from srcgrad.operands import equals, kind_of


class OfChoices:
    """Methods of the rewriter that simplify gates of choices."""

    def chosen_again(self, g, mask, x, y):
        """`where(m, where(m, a, b), c)` as `where(m, a, c)`."""
        for k, side in ((1, x), (2, y)):
            inner = self.ours(side, "numpy.where")
            if inner and inner.args[0] is mask:
                sides = (inner.args[k], y) if k == 1 else (x, inner.args[k])
                return self.make(g, "numpy.where", mask, *sides)
        return None

    def chosen(self, g, x, y, op):
        """`where(m, a, 0) - where(m, 0, b)` as `where(m, a, -b)`."""
        one, two = (self.once(o, "numpy.where") for o in (x, y))
        if not (one and two) or one.args[0] is not two.args[0]:
            return None
        (m, a, b), (_, c, d) = one.args, two.args
        minus = lambda o: o if op == "operator.add" else self.half(g, "operator.neg", o)  # noqa: E731
        if equals(b, 0) and equals(c, 0):
            return self.make(g, "numpy.where", m, a, minus(d))
        if equals(a, 0) and equals(d, 0):
            return self.make(g, "numpy.where", m, minus(c), b)
        return None

    def chosen_times(self, g, number, x):
        """`2 * where(m, a, 0)` as `where(m, 2 * a, 0)`."""
        inner = self.once(x, "numpy.where")
        if not inner or not any(equals(s, 0) for s in inner.args[1:]):
            return None
        mask, *sides = inner.args
        sides = [
            s if equals(s, 0) else self.half(g, "operator.mul", number, s, kind=kind_of(s))
            for s in sides
        ]
        return self.make(g, "numpy.where", mask, *sides)
