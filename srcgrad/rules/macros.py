"""Macros: what the text of a rule may call that is worked out as the rule is read.

    expand(dout, x, axis, keepdims)         →       dout[:, None]
    size(x, axis)                           →       x.shape[1]

Each takes the builder and operands, and gives the operand that stands in the place of the call:
gates that it adds, or a constant.
"""

from __future__ import annotations

import ast
import functools

from srcgrad.ir import Const, Slice, Tup
from srcgrad.kinds import F8, FLOAT, INT, THING, Array, List, Scalar
from srcgrad.operands import hint_of, kind_of, literal
from srcgrad.rules.record import macro

NONE = Const(None)


@functools.lru_cache
def _parsed(text):
    return ast.parse(text, mode="eval").body


def say(b, text, **names):
    """What the last of some expressions computes: for macros that are best said as text.

    Those before it are given names, as in the `where` of a rule: `u = x * x; x / u`.
    """
    *first, last = text.split(";")
    for part in first:
        name, _, value = part.partition(" = ")
        names[name.strip()] = b.text(_parsed(value.strip()), names)
    return b.text(_parsed(last.strip()), names)


@macro
def expand(b, c, x, axis, keepdims):
    """Undo a reduction: put the axes back that it took away."""
    kind, target = kind_of(c), kind_of(x)
    if isinstance(target, List):
        return b.gate(
            "repeat",
            c,
            b.gate("len", x),
            kind=List(kind, target.type),
            hint="d" + hint_of(x),
        )
    if isinstance(kind, Scalar) or literal(keepdims) or literal(axis) is None:
        return c
    axes = literal(axis)
    gone = {a % target.ndim for a in (axes if isinstance(axes, tuple) else (axes,))}
    if gone == set(range(len(gone))):
        return c  # broadcasting puts leading axes back
    index = tuple(Const(None) if k in gone else Slice(None, None, None) for k in range(target.ndim))
    return b.gate("view", c, Tup(index))


@macro
def size(b, x, axis):
    axes = literal(axis)
    if axes is None:
        return b.gate("size", x)
    parts = [b.gate("extent", x, Const(a)) for a in (axes if isinstance(axes, tuple) else (axes,))]
    out = parts[0]
    for part in parts[1:]:
        out = b.gate("operator.mul", out, part)
    return out


@macro
def flat(b, x, axis=NONE):
    """All elements in a row, where no axis is named."""
    if isinstance(kind_of(x), Scalar):
        return b.gate("numpy.full", Const(1), x)
    if literal(axis) is not None or kind_of(x).ndim == 1:
        return x
    return b.gate("numpy.ravel", x, form="method")


@macro
def unflat(b, c, x, axis=NONE):
    """Undo `flat`."""
    if isinstance(kind_of(x), Scalar) or literal(axis) is not None or kind_of(x).ndim == 1:
        return c
    return reshape_like(b, c, x)


@macro
def reshape_like(b, c, x):
    if isinstance(kind_of(c), Scalar):
        return c
    kind = Array(kind_of(c).dtype, kind_of(x).extents)
    return b.gate("numpy.reshape", c, b.gate("shape", x), kind=kind, form="method")


@macro
def conj(b, x):
    return b.conj(x)


@macro
def nonzero(b, x):
    """x, and in arrays 1 where it is 0: for the branch of a `choose` that is not taken there."""
    if not isinstance(kind_of(x), Array):
        return x
    return b.gate("numpy.where", b.gate("operator.eq", x, Const(0)), Const(1), x)


@macro
def within(b, x, tck, axis):
    """Whether x is within the knots of a spline of two numbers, along one of them."""

    def part(k, kind):
        if isinstance(tck, Tup):
            return tck.items[k]
        return b.gate("getitem", tck, Const(k), kind=kind)

    knots, degree = part(axis.value, THING), part(axis.value + 3, INT)
    low = b.gate("getitem", knots, degree, kind=F8)
    last = b.fold("operator.sub", Const(-1), degree)
    high = b.gate("getitem", knots, last, kind=F8)
    below = b.gate("operator.le", low, x)
    return b.gate("operator.mul", below, b.gate("operator.le", x, high))


@macro
def digamma(b, x):
    return b.gate("support.digamma", x, kind=FLOAT)
