"""NumPy: what rearranges the elements of an array, repeats them, or adds to them.

What NumPy gives as a view is one here, too: a change of it is a change of the array. The pullback
of a rearrangement is the one that undoes it.
"""

from __future__ import annotations

import numpy as np

from srcgrad.ir import Const, Slice, Tup
from srcgrad.kinds import Array, Scalar, is_complex
from srcgrad.operands import kind_of, literal
from srcgrad.rules.kinds_shapes import (
    _BY_POSITION,
    axes_squeezed,
    one_axis,
    permutation,
    repeats_by_axis,
    widths,
)
from srcgrad.rules.macros import flat, reshape_like, unflat
from srcgrad.rules.numpy import METHODS
from srcgrad.rules.record import macro, vjp, written

ALL = Slice(None, None, None)


# ---------------------------------------------------------------- macros


@macro
def inverse(b, axes, x):
    """The permutation that undoes one."""
    order = permutation({"axes": axes}, kind_of(x).ndim)
    return Tup(tuple(Const(order.index(k)) for k in range(len(order))))


@macro
def rolled_back(b, c, a, axis, start):
    """Undo `np.rollaxis`."""
    ndim = kind_of(a).ndim
    axis, start = one_axis(literal(axis), ndim), literal(start)
    start = start + ndim if start < 0 else start
    return b.gate("numpy.moveaxis", c, Const(start - (axis < start)), Const(axis))


@macro
def opposite(b, shift):
    """The shifts that undo some."""
    if isinstance(shift, Tup):
        return Tup(tuple(opposite(b, s) for s in shift.items))
    return b.fold("operator.neg", shift)


@macro
def first_of(b, c, a, axis):
    """Undo `np.expand_dims`."""
    if isinstance(kind_of(c), Scalar):
        return c
    axes, ndim = literal(axis), kind_of(c).ndim
    gone = {k % ndim for k in (axes if isinstance(axes, tuple) else (axes,))}
    index = tuple(Const(0) if k in gone else ALL for k in range(ndim))
    if not kind_of(a).ndim:
        return b.gate("numpy.reshape", c, Tup(()), kind=Array(kind_of(c).dtype, ()), form="method")
    return b.gate("view", c, trimmed(index), kind=Array(kind_of(c).dtype, kind_of(a).extents))


@macro
def with_axes(b, c, a, axis):
    """Undo `np.squeeze`."""
    if isinstance(kind_of(c), Scalar):
        return c
    gone = axes_squeezed(kind_of(a), literal(axis))
    index = tuple(Const(None) if k in gone else ALL for k in range(kind_of(a).ndim))
    return b.gate("view", c, trimmed(index), kind=Array(kind_of(c).dtype, kind_of(a).extents))


def trimmed(index):
    """Subscripts without whole slices at the end."""
    while len(index) > 1 and index[-1] is ALL:
        index = index[:-1]
    return index[0] if len(index) == 1 else Tup(index)


@macro
def positions(b, x):
    """An array like `x` that holds the position of each element in it, counted row by row."""
    if kind_of(x).ndim == 1:
        return b.gate("numpy.arange:1", b.gate("len", x), hint="at")
    return reshape_like(b, b.gate("numpy.arange:1", b.gate("size", x), hint="at"), x)


@macro
def added_at(b, c, at, x):
    """The sums of the cotangents `c` of elements that were taken from the positions `at` of `x`."""
    if is_complex(kind_of(c)):  # which `np.bincount` does not add up
        real, imag = (added_at(b, b.gate(f"numpy.{part}", c), at, x) for part in ("real", "imag"))
        return b.gate("operator.add", real, b.gate("operator.mul", Const(1j), imag))
    c, at = flat(b, c), flat(b, at)
    row = kind_of(x).ndim == 1
    total = b.gate("numpy.bincount", at, c, b.gate("len" if row else "size", x))
    dtype = "f4" if kind_of(x).dtype == "f4" else "f8"
    # where there are no elements, it makes an array of ints
    extents = kind_of(x).extents if row else total.kind.extents
    return unflat(b, b.gate("astype", total, Const(dtype), kind=Array(dtype, extents)), x)


@macro
def untiled(b, c, a, reps):
    """The sum of the copies that `np.tile` made."""
    kind = kind_of(a)
    many = repeats_by_axis({"reps": reps}, kind.ndim)
    lead = len(many) - kind.ndim
    lengths = [Const(1)] * lead + [b.gate("extent", a, Const(k)) for k in range(kind.ndim)]
    shape, axes = [], []
    for k, (r, n) in enumerate(zip(many, lengths)):
        if r != Const(1) or k < lead:
            axes.append(Const(len(shape)))
            shape.append(r)
        if k >= lead:
            shape.append(n)
    if not axes:
        return c
    c = b.gate("numpy.reshape", c, Tup(tuple(shape)), form="method")
    axis = axes[0] if len(axes) == 1 else Tup(tuple(axes))
    out = Array(kind_of(c).dtype, kind.extents)
    return b.gate("numpy.sum", c, kw=(("axis", axis),), form="method", kind=out)


@macro
def unrepeated(b, c, a, repeats, axis):
    """The sum of the copies that `np.repeat` made."""
    kind, axis = kind_of(a), literal(axis)
    if not isinstance(kind_of(repeats), Scalar):
        at = b.gate("numpy.repeat", positions(b, a), repeats, Const(axis))
        return added_at(b, c, at, a)
    if axis is None:
        shape = (b.gate("size", a), repeats)
        rows = b.gate("numpy.reshape", c, Tup(shape), form="method")
        c = b.gate("numpy.sum", rows, kw=(("axis", Const(1)),), form="method")
        return unflat(b, c, a)
    axis = one_axis(axis, kind.ndim)
    shape = [b.gate("extent", a, Const(k)) for k in range(kind.ndim)]
    shape.insert(axis + 1, repeats)
    rows = b.gate("numpy.reshape", c, Tup(tuple(shape)), form="method")
    out = Array(kind_of(c).dtype, kind.extents)
    return b.gate("numpy.sum", rows, kw=(("axis", Const(axis + 1)),), form="method", kind=out)


@macro
def unpadded(b, c, a, pad_width, mode):
    """The sum of what `np.pad` took from each element."""
    kind = kind_of(a)
    if literal(mode) in _BY_POSITION:
        at = b.gate("numpy.pad", positions(b, a), pad_width, mode)
        return added_at(b, c, at, a)
    index = []
    for k, (low, high) in enumerate(widths(pad_width, kind.ndim)):
        if high == Const(0):
            index.append(ALL if low == Const(0) else Slice(low, None, None))
        elif isinstance(high, Const):
            index.append(Slice(None if low == Const(0) else low, Const(-high.value), None))
        else:  # it may be 0
            index.append(
                Slice(low, b.gate("operator.add", low, b.gate("extent", a, Const(k))), None)
            )
    return b.gate("view", c, trimmed(tuple(index)), kind=Array(kind_of(c).dtype, kind.extents))


# ---------------------------------------------------------------- rearranging


def rearranges(name, signature, kind, back, alias="fresh"):
    """A function that is linear in its first parameter, and whose pullback is the text `back`."""
    plain = signature.partition(", *")[0]  # what comes by keyword only is the same for all
    first, *rest = (p.strip().partition("=")[0] for p in plain.split(","))
    again = ", ".join([f"{first}_dot", *rest])
    vjp(f"numpy.{name}", signature, kind=kind, jvp=f"np.{name}({again})", alias=alias,
        cheap=alias != "fresh", **{first: back})  # fmt: skip


rearranges("reshape", "x, shape, *, order='C'", "reshaped", "reshape_like(dout, x)", "maybe view")
rearranges("ravel", "x, order='C'", "flattened", "reshape_like(dout, x)", "maybe view")
vjp("numpy.ndarray.flatten", "x, order='C'", kind="flattened", jvp="np.ravel(x_dot)",
    x="reshape_like(dout, x)")  # fmt: skip
rearranges("broadcast_to", "x, shape", "broadcasted", "dout", "maybe view")
vjp("numpy.transpose", "x, axes=None", kind="permuted", jvp="np.transpose(x_dot, axes)",
    x="np.transpose(dout) if axes is None else np.transpose(dout, inverse(axes, x))",
    alias="view", cheap=True)  # fmt: skip
rearranges("swapaxes", "a, axis1, axis2", "swapped", "np.swapaxes(dout, axis1, axis2)", "view")
rearranges("moveaxis", "a, source, destination", "moved",
           "np.moveaxis(dout, destination, source)", "view")  # fmt: skip
rearranges("rollaxis", "a, axis, start=0", "rolled", "rolled_back(dout, a, axis, start)", "view")
rearranges("expand_dims", "a, axis", "expanded", "first_of(dout, a, axis)", "view")
rearranges("squeeze", "a, axis=None", "squeezed", "with_axes(dout, a, axis)", "view")
rearranges("flip", "m, axis=None", "rearranged", "np.flip(dout, axis)", "view")
rearranges("roll", "a, shift, axis=None", "rearranged", "np.roll(dout, opposite(shift), axis)")
rearranges("triu", "m, k=0", "triangle", "np.triu(dout, k)")
rearranges("tril", "m, k=0", "triangle", "np.tril(dout, k)")

# ---------------------------------------------------------------- longer ones

rearranges("tile", "A, reps", "tiled", "untiled(dout, A, reps)")
rearranges("repeat", "a, repeats, axis=None", "repeated", "unrepeated(dout, a, repeats, axis)")
vjp("numpy.pad", "array, pad_width, mode='constant', *, constant_values=0", kind="padded",
    jvp="np.pad(array_dot, pad_width, mode)", array="unpadded(dout, array, pad_width, mode)")  # fmt: skip

METHODS |= {
    name: f"numpy.{name}" for name in ("swapaxes", "squeeze", "repeat", "take", "diagonal", "trace")
}
METHODS |= {"flatten": "numpy.ndarray.flatten"}


# ---------------------------------------------------------------- in terms of others


@written("numpy.matrix_transpose")
def matrix_transpose(x, /):
    return np.swapaxes(x, -1, -2)


@written("numpy.fliplr")
def fliplr(m):
    return m[:, ::-1]


@written("numpy.flipud")
def flipud(m):
    return m[::-1]


@written("numpy.rot90")
def rot90(m, k=1, axes=(0, 1)):
    a, b = axes
    turns = k % 4
    if turns == 0:
        return m[...]
    if turns == 2:
        return np.flip(m, (a, b))
    if turns == 1:
        return np.swapaxes(np.flip(m, b), a, b)
    return np.flip(np.swapaxes(m, a, b), b)


@written("numpy.atleast_1d")
def atleast_1d(*arys):
    if len(arys) > 1:
        return tuple([np.atleast_1d(a) for a in arys])
    a = arys[0]
    return a if np.ndim(a) > 0 else np.full(1, a)


@written("numpy.atleast_2d")
def atleast_2d(*arys):
    if len(arys) > 1:
        return tuple([np.atleast_2d(a) for a in arys])
    a = np.atleast_1d(arys[0])
    return a if np.ndim(a) > 1 else a[None]


@written("numpy.atleast_3d")
def atleast_3d(*arys):
    if len(arys) > 1:
        return tuple([np.atleast_3d(a) for a in arys])
    a = np.atleast_1d(arys[0])
    if np.ndim(a) > 2:
        return a
    return a[None, :, None] if np.ndim(a) == 1 else a[:, :, None]
