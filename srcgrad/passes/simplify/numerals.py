"""The numbers that algebra writes: `d + d` is `2 * d`, not `2.0 * d`."""

from __future__ import annotations

from srcgrad.ir import Const
from srcgrad.kinds import is_integral


def neat(number):
    """A number as one would write it in a product.

    >>> neat(2.0), neat(0.5)
    (2, 0.5)
    """
    return int(number) if isinstance(number, float) and number.is_integer() else number


def product(a, b):
    """The product of two numerals: neat, but for ones, and where it has many digits."""
    number = a.value * b.value
    large = isinstance(number, float) and abs(number) >= 1e6
    return Const(number if large or number == 1 else neat(number))


def like(g, number):
    """A number of a gate's kind: ints among them count and are subscripts."""
    return Const(int(number) if is_integral(g.out.kind) else float(number))
