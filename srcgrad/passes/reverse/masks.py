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
from srcgrad.operands import equals, index_items, kind_of

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
    guessed: set  # tests that stand for a mask, and need not hold wherever it leaves out
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
        maker = self.made_here(c)
        if maker is None or maker.op != "numpy.where" or Const(0.0) not in maker.args[1:]:
            return None
        return None if maker.args[0] in self.guessed else maker

    def unmasked(self, c, dout):
        """A product with a masked cotangent, whose partial may be infinite where it does not matter.

        That is where the mask says so. Where no single mask does, it is where the cotangent is zero and
        the product is nan: a zero that is the cotangent's value has a derivative of its own.
        """
        if not isinstance(kind_of(c), Array) or not isinstance(kind_of(dout), Array):
            return c
        if (mask := self.only_at(dout)) is not None:
            return self.b.gate("numpy.where", mask, c, Const(0.0))
        if (mask := self.not_at(dout)) is not None:
            return self.b.gate("numpy.where", mask, Const(0.0), c)
        test = self.b.gate("operator.eq", dout, Const(0))
        test = self.b.gate("operator.and_", test, self.b.gate("numpy.isnan", c))
        self.guessed.add(test)
        return self.b.gate("numpy.where", test, Const(0.0), c)

    def only_at(self, c):
        """The mask where a cotangent was put among zeros, if there is one."""
        put = self.made_here(c)
        if put is None or put.op != "scatter" or len(put.args) != 3:
            return None
        zeros = self.made_here(put.args[0])
        if zeros is None or zeros.op != "zeros_like":
            return None
        return self.mask_of(put.args[2], c)

    def not_at(self, c):
        """The mask where the cotangent of an array that changes was cleared, if that was the last of it."""
        taken = self.made_here(c)
        if taken is None or taken.op != "snapshot":
            return None
        later = (s for s in reversed(self.b.stmts) if not _computes(s))
        last = next(later, None)
        if not isinstance(last, Gate) or last.op != "setitem" or not equals(last.args[2], 0):
            return None
        return self.mask_of(last.args[1], c) if last.args[0] is taken.args[0] else None

    def mask_of(self, index, c):
        """A subscript that is a mask of a whole cotangent and cannot have changed, or the test it is made by."""
        items = index_items(index)
        mask = items[0] if len(items) == 1 else None
        maker = self.makers.get(mask) if isinstance(mask, Value) else None
        if maker is not None and maker.op in _PLACES and kind_of(c).ndim == 1:
            mask = maker.args[0]
        if not isinstance(mask, Value) or self.memory(mask) or not isinstance(mask.kind, Array):
            return None
        return mask if mask.kind.dtype == "b1" and mask.kind.ndim == kind_of(c).ndim else None

    def made_here(self, c):
        """The gate that a cotangent was made by in this block."""
        gates = (s for s in reversed(self.b.stmts) if isinstance(s, Gate))
        return next((s for s in gates if s.out is c), None)

    def is_masked(self, c):
        """Whether a contribution was just made as a choice between something and nothing."""
        last = self.b.stmts[-1] if self.b.stmts else None
        if not isinstance(last, Gate) or last.out is not c or last.op != "numpy.where":
            return False
        return Const(0.0) in last.args[1:]


def _computes(stmt) -> bool:
    """Whether a statement is a gate that gives a value, and changes nothing."""
    return isinstance(stmt, Gate) and stmt.out is not None and not stmt.op.startswith("call")
