"""Joins: the kind of what is of one kind on one path and of another on another.

>>> n, m = Extent("x0"), Extent("y0")
>>> from srcgrad.kinds import FLOAT, INT
>>> print(join(INT, FLOAT), join(FLOAT, Literal(None)), join(FLOAT, Array("f8", (n,))))
float float or None None

Arrays join where only their lengths differ. The new length is a new name, unless it stands for any
length already (`absorbed`), or is each element's own (`together`).

>>> wide = join(Array("f8", (n,)), Array("f8", (m,)))
>>> wide.extents[0] in (n, m)
False
"""

from __future__ import annotations

from srcgrad.extents import Extent, either, fresh_extent, is_each, may_be_one
from srcgrad.kinds import BOOL, TEXT, THING, UNKNOWN, Array, List, Literal, Maybe, Record, Scalar
from srcgrad.promotion import RANK


def join(a, b):
    """The least kind that covers both; `UNKNOWN` covers nothing yet. None where there is none."""
    if a == b or b is UNKNOWN:
        return a
    if a is UNKNOWN:
        return b
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        return a if RANK[a.name] >= RANK[b.name] else b
    if isinstance(a, Literal) and isinstance(b, Literal):
        return TEXT if isinstance(a.value, str) and isinstance(b.value, str) else THING
    if Maybe in (type(a), type(b)) or Literal(None) in (a, b):
        return _maybe(a, b)
    if isinstance(a, Literal) and isinstance(a.value, bool) and b == BOOL:
        return BOOL
    if isinstance(b, Literal):
        return join(b, a) if not isinstance(a, Literal) and isinstance(b.value, bool) else None
    if isinstance(a, Array) and isinstance(b, Array) and a.ndim == b.ndim:
        if a.dtype != b.dtype:
            return None
        return Array(a.dtype, tuple(map(either, a.extents, b.extents)))
    if isinstance(a, List) and isinstance(b, List) and a.type == b.type:
        elem = join(a.elem, b.elem)
        return None if elem is None else List(elem, a.type)
    return None


def _maybe(a, b):
    """What covers a number, or None, and another such."""
    kinds = [k.kind if isinstance(k, Maybe) else k for k in (a, b) if k != Literal(None)]
    kind = kinds[0] if len(kinds) == 1 else join(*kinds)
    return Maybe(kind) if isinstance(kind, Scalar) else None


def absorbed(a, b, ours):
    """As `join`, but what a name of `ours` stands for may be as long as anything: it stays.

    >>> n, m = Extent("x0"), Extent("y0")
    >>> wide = join(Array("f8", (n,)), Array("f8", (m,)))
    >>> absorbed(wide, Array("f8", (m,)), set(wide.extents)) == wide
    True
    """
    if isinstance(a, List) and isinstance(b, List) and a.type == b.type:
        elem = absorbed(a.elem, b.elem, ours)
        return None if elem is None else List(elem, a.type)
    both = join(a, b)
    if isinstance(a, Array) and isinstance(b, Array) and both is not None:
        kept = (
            x if x in ours and _covers(x, y) else z
            for x, y, z in zip(a.extents, b.extents, both.extents)
        )
        return Array(both.dtype, tuple(kept))
    return both


def _covers(x, y) -> bool:
    """Whether an extent that may stand for any length may stand for this one."""
    return (may_be_one(x) or not may_be_one(y)) and (is_each(x) or not is_each(y))


def together(a, b):
    """What covers two elements of one list, as `join`: lengths in which they differ are each element's own.

    >>> n, m = Extent("x0"), Extent("y0")
    >>> both = together(Array("f8", (n, n)), Array("f8", (n, m)))
    >>> both.extents[0] == n, both.extents[1].each, together(both, Array("f8", (n, n))) == both
    (True, True, True)
    >>> alone(both).extents[1].each
    False
    """
    if isinstance(a, List) and isinstance(b, List) and a.type == b.type:
        elem = together(a.elem, b.elem)
        return None if elem is None else List(elem, a.type)
    both = join(a, b)
    if isinstance(a, Array) and isinstance(b, Array) and both is not None:
        return Array(both.dtype, tuple(map(_each, a.extents, b.extents)))
    return both


def _each(x, y):
    if x == y:
        return x
    for one, other in ((x, y), (y, x)):
        if is_each(one) and _covers(one, other):
            return one
    return Extent(fresh_extent().name, may_be_one=may_be_one(x) or may_be_one(y), each=True)


def joined(kinds, join=join):
    """What covers all of some kinds, or None: `join` says what covers two, as `together` does."""
    out = UNKNOWN
    for kind in kinds:
        out = join(out, kind)
        if out is None:
            return None
    return out


def alone(kind):
    """The kind of an element that was read: its lengths are not those of the next one."""
    if not isinstance(kind, Array) or not any(map(is_each, kind.extents)):
        return kind
    own: dict = {
        e: Extent(fresh_extent().name, may_be_one=e.may_be_one)
        for e in kind.extents
        if isinstance(e, Extent) and e.each
    }
    return Array(kind.dtype, tuple(own.get(e, e) for e in kind.extents))


def same_up_to_names(a, b) -> bool:
    """Equal but for the names of fresh extents: where a fixpoint over kinds may stop."""
    if isinstance(a, Array) and isinstance(b, Array):
        pairs = zip(a.extents, b.extents)
        return (a.dtype, a.ndim) == (b.dtype, b.ndim) and all(
            x == y
            or 1 not in (x, y)
            and may_be_one(x) == may_be_one(y)
            and is_each(x) == is_each(y)
            for x, y in pairs
        )
    if isinstance(a, List) and isinstance(b, List):
        return a.type == b.type and same_up_to_names(a.elem, b.elem)
    return a == b


def renamed(ones, others) -> bool:
    """Whether kinds are the others with other names of extents, one for one: what is alike stays alike.

    >>> n, m, k = (Array("f8", (fresh_extent(),)) for _ in "nmk")
    >>> renamed([n, n], [m, m]), renamed([n, m], [m, k]), renamed([n, n], [m, k])
    (True, True, False)
    """
    if len(ones) != len(others) or not all(map(same_up_to_names, ones, others)):
        return False
    pairs = [*zip(_extents_of(ones), _extents_of(others))]
    names = {(x.name, y.name) for x, y in pairs}
    known = all(x == y for x, y in names if x.isdigit() or y.isdigit())
    one_for_one = len(names) == len({x for x, _ in names}) == len({y for _, y in names})
    return known and one_for_one and all(x.cut == y.cut for x, y in pairs)


def _extents_of(kinds):
    for kind in kinds:
        if isinstance(kind, Array):
            yield from (e for e in kind.extents if e != 1)
        elif isinstance(kind, List):
            yield from _extents_of([kind.elem])
        elif isinstance(kind, Record):
            yield from _extents_of(kind.kinds)


def same_shape(a, b) -> bool:
    """Whether arrays of these kinds, one of which broadcasts to the other, have one shape and dtype.

    Different names that are never 1 are one length wherever the operation that joined them ran.
    """
    if not (isinstance(a, Array) and isinstance(b, Array)) or (a.dtype, a.ndim) != (
        b.dtype,
        b.ndim,
    ):
        return False
    return all(x == y or not (may_be_one(x) or may_be_one(y)) for x, y in zip(a.extents, b.extents))
