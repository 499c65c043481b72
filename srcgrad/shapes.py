"""Which axes of a gate's arrays must be of one length, and are not by their kinds.

An axis is a pair of an operand and a position, counted from the left.
"""

from __future__ import annotations

from collections.abc import Iterator

from srcgrad.ir import Function, Gate, Value
from srcgrad.kinds import Array
from srcgrad.operands import kind_of


def matched(arrays) -> Iterator[tuple]:
    """The axes that broadcasting matches and that are not of one symbolic extent: pairs of (array, axis)."""
    ndim = max((kind_of(a).ndim for a in arrays), default=0)
    for k in range(1, ndim + 1):
        axes = [(a, kind_of(a).ndim - k) for a in arrays if kind_of(a).ndim >= k]
        axes = [at for at in axes if extent_at(at) != 1]
        yield from ((axes[0], at) for at in axes[1:] if extent_at(at) != extent_at(axes[0]))


def contracted(product) -> Iterator[tuple]:
    """The axes that a product of vectors and matrices sums over, where they are not of one extent."""
    a, b = product.args
    if isinstance(kind_of(a), Array) and isinstance(kind_of(b), Array):
        pair = (a, kind_of(a).ndim - 1), (b, max(kind_of(b).ndim - 2, 0))
        if extent_at(pair[0]) != extent_at(pair[1]):
            yield pair


def read_on_entry(function: Function) -> Iterator[Value]:
    """What is read of structures before anything else is done: that is there wherever it is asked.

    What is read later has no value yet before that.
    """
    for s in function.body.stmts:
        if not isinstance(s, Gate) or s.op not in ("getitem", "len", "demand", "tape"):
            return
        if s.op == "getitem" and s.out is not None:
            yield s.out


def extent_at(at):
    array, axis = at
    return kind_of(array).extents[axis]
