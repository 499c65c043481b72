"""Cotangents that come through a choice: zero where it was not taken, and to stay so.

y = np.where(x > 0, np.sqrt(x), 0.0)    →       dsqrt = np.where(x > 0, dy, 0.0)
                                                dx = np.where(x > 0, 0.5 / np.sqrt(x) * dy, 0.0)

The partial may be infinite, or nan, where the cotangent is zero, and their product would be nan.
"""

from __future__ import annotations

from srcgrad.ir import Const, Gate
from srcgrad.kinds import Array, Scalar
from srcgrad.operands import kind_of


class Masks:
    """Methods of the turn for choices between something and nothing."""

    def product(self, partial, dout):
        """A partial times a cotangent; of what a choice lets through, that of what goes into it.

        So an inf or nan in the partials of what is not taken stays there.
        """
        choice = self.choice(dout)
        if choice is not None and partial != Const(1):
            mask, *sides = choice.args
            sides = [s if s == Const(0.0) else self.b.mul(partial, s) for s in sides]
            if all(isinstance(kind_of(s), (Scalar, Array)) for s in sides):
                return self.b.gate("numpy.where", mask, *sides, hint=choice.out.hint)
        c = self.b.mul(partial, dout)
        if dout in self.masked and not isinstance(partial, Const):
            return self.unmasked(c, dout)
        return c

    def choice(self, c):
        """The gate `where(mask, a, 0)` or `where(mask, 0, a)` that a cotangent was made by here."""
        maker = next(
            (s for s in reversed(self.b.stmts) if isinstance(s, Gate) and s.out is c), None
        )
        if maker is None or maker.op != "numpy.where" or Const(0.0) not in maker.args[1:]:
            return None
        return maker

    def unmasked(self, c, dout):
        """A product with a masked cotangent: where that is zero the partial may be infinite, and does not matter."""
        if not isinstance(kind_of(c), Array) or not isinstance(kind_of(dout), Array):
            return c
        return self.b.gate("numpy.where", self.b.gate("operator.eq", dout, Const(0)), Const(0.0), c)

    def is_masked(self, c):
        """Whether a contribution was just made as a choice between something and nothing."""
        last = self.b.stmts[-1] if self.b.stmts else None
        if not isinstance(last, Gate) or last.out is not c or last.op != "numpy.where":
            return False
        return Const(0.0) in last.args[1:]
