"""Cotangents that a `where` or a mask lets through: its zeros stay zero, whatever they are multiplied by.

dy = np.where(m, dz, 0)                     dy = np.zeros_like(y); dy[m] = dz
dx = np.where(m, dz * (0.5 / y), 0)         dx = np.where(dy == 0, 0, dy * (0.5 / y))
"""

from __future__ import annotations

from collections.abc import Callable

from srcgrad.build import Builder
from srcgrad.indexing import is_mask
from srcgrad.ir import Const, Gate, Value
from srcgrad.kinds import Array, Scalar
from srcgrad.operands import index_items, kind_of

# what gives the places where a test holds, and functions that pick by a test
_PLACES = ("numpy.nonzero", "numpy.flatnonzero")
PICKED = ("numpy.compress", "numpy.extract")


class Masks:
    """Methods of the reverse pass that know which cotangents hold such zeros."""

    b: Builder
    cot: dict
    makers: dict
    memory: Callable
    root: Callable
    masked: set  # these cotangents
    masked_memory: set  # arrays that change, and whose cotangents are such
    passing = False  # whether what is passed on just now is

    def structurally(self, g, method):
        """What shares, moves or picks elements: what a mask leaves out of them gets zeros."""
        picks = g.op in ("gather", "setitem") and self.is_picked(g.args[1])
        base = self.root(g.args[0])[0] if picks and self.memory(g.args[0]) else None
        picks &= g.op == "gather"  # what is stored at a mask is all that was there
        self.passing = picks or self.cot.get(g.out) in self.masked
        if base is not None:
            self.masked_memory.add(base)
        try:
            method(g)
        finally:
            self.passing = False

    def is_picked(self, index):
        """Whether subscripts are the places where a test holds."""
        makers = (self.makers.get(i) for i in index_items(index) if isinstance(i, Value))
        tested = any(m is not None and m.op in _PLACES for m in makers)
        return tested or any(map(is_mask, index_items(index)))

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
