"""NumPy: windows, weights that depend on nothing but a number, and so have no derivative."""

from __future__ import annotations

from srcgrad.kinds import Array, is_integral
from srcgrad.operands import number_kind
from srcgrad.rules.record import kind_rule, zero
from srcgrad.rules.resultkinds import extent_of

for _name in ("bartlett", "blackman", "hamming", "hanning"):
    zero(f"numpy.{_name}", "M", kind="window")


@kind_rule
def window(rule, args, kind_of):
    m = args["M"]
    return Array("f8", (extent_of(m),)) if is_integral(number_kind(m)) else None
