"""Extents: how long an axis is, as far as that is known before anything runs.

An extent is `1`, a name, or a name less what slices cut off, so that `u[2:]`, `u[1:-1]` and
`u[:-2]` of one `u` agree and nothing is summed where nothing was broadcast.

>>> n = Extent("u0")
>>> sliced(n, 2, None) == sliced(n, 1, -1) == sliced(n, None, -2)
True
>>> print(broadcast((n,), (1,)))
(Extent(name='u0', cut=0, may_be_one=False, each=False),)
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

_fresh = itertools.count()


@dataclass(frozen=True)
class Extent:
    """The length `max(name - cut, 0)` of one axis; `each`: of the elements of a list, each its own."""

    name: str
    cut: int = 0
    may_be_one: bool = False
    each: bool = False

    def __str__(self):
        return f"{self.name}-{self.cut}" if self.cut else self.name


def fresh_extent(stem: str = "n") -> Extent:
    return Extent(f"{stem}_{next(_fresh)}", may_be_one=True)


def up_to_names(kinds) -> str:
    """What kinds are, whatever their fresh extents are called.

    >>> a, b = fresh_extent(), fresh_extent()
    >>> up_to_names([a, a]) == up_to_names([b, b]), up_to_names([a, a]) == up_to_names([a, b])
    (True, False)
    """
    places: dict = {}
    place = lambda name: str(places.setdefault(name[0], len(places)))  # noqa: E731
    extent = lambda found: re.sub(r"[A-Za-z]\w*_\d+", place, found[0])  # noqa: E731
    return re.sub(r"(?<=Extent\(name=')[^']*", extent, repr(kinds))


def constant_extent(n: int):
    """The extent of an axis of this length: lengths that are known agree by their names.

    >>> constant_extent(3) == constant_extent(3), constant_extent(1)
    (True, 1)
    """
    return 1 if n == 1 else Extent(str(n))


def known_length(extent) -> int | None:
    """How long an axis is, where its extent says so."""
    if extent == 1:
        return 1
    return int(extent.name) - extent.cut if extent.name.isdecimal() else None


def either(x, y):
    """The extent of an axis that is one or the other: never 1 where neither is."""
    if x == y:
        return x
    ones, each = may_be_one(x) or may_be_one(y), is_each(x) or is_each(y)
    return Extent(f"n_{next(_fresh)}", may_be_one=ones, each=each)


def sliced(extent, lo, hi, step=None):
    """The extent of `x[lo:hi:step]`; a fresh name where the bounds are not constants that cut."""
    if step == -1 and lo is None and hi is None:
        return extent
    bounds = (lo, hi, step)
    known = known_length(extent)
    if known is not None and all(b is None or type(b) is int for b in bounds) and step != 0:
        return constant_extent(len(range(known)[slice(*bounds)]))
    if step not in (None, 1) or hi == 0:
        return fresh_extent()
    lo = 0 if lo is None else lo
    hi = 0 if hi is None else hi
    if not (isinstance(lo, int) and isinstance(hi, int) and lo >= 0 and hi <= 0):
        return fresh_extent()
    if lo == 0 and hi == 0:
        return extent
    return Extent(extent.name, extent.cut + lo - hi, may_be_one=True)


def is_each(extent) -> bool:
    return isinstance(extent, Extent) and extent.each


def may_be_one(extent) -> bool:
    return extent == 1 or extent.may_be_one


def broadcast(*shapes):
    """NumPy's broadcasting of symbolic shapes."""
    ndim = max(map(len, shapes))
    padded = [(1,) * (ndim - len(s)) + tuple(s) for s in shapes]
    out = []
    for axis in zip(*padded):
        sure = [e for e in axis if not may_be_one(e)]
        maybe = list(dict.fromkeys(e for e in axis if e != 1))
        if sure:
            out.append(sure[0])
        elif not maybe:
            out.append(1)
        else:
            out.append(maybe[0] if len(maybe) == 1 else fresh_extent())
    return tuple(out)
