"""NumPy: arrays joined to one, and one taken apart.

`np.concatenate`, `np.stack` and `np.broadcast_arrays` have a rule for each number of operands, made
when first asked for: `numpy.concatenate:3`. Lists that the function filled, whose length is known
only as it runs, have one of their own: `numpy.stack:list`.
"""

from __future__ import annotations

import ast

import numpy as np

from srcgrad.ir import Const, Slice
from srcgrad.kinds import FLOAT, Array, List, Scalar, is_complex
from srcgrad.operands import kind_of, literal
from srcgrad.rules.kinds_shapes import one_axis
from srcgrad.rules.numpy_shapes import ALL, trimmed
from srcgrad.rules.operators import MAKERS, SEQUENCES
from srcgrad.rules.record import macro, vjp, written

# ---------------------------------------------------------------- macros


@macro
def section(b, c, place, axis, *arrays):
    """What of the cotangent of joined arrays is that of one of them."""
    k, kind = literal(place), kind_of(arrays[literal(place)])
    if isinstance(kind_of(c), Scalar):
        return c
    along = one_axis(literal(axis), kind.ndim)
    low = None
    for a in arrays[:k]:
        n = b.gate("extent", a, Const(along))
        low = n if low is None else b.gate("operator.add", low, n)
    high = None
    if k < len(arrays) - 1:
        high = b.gate("extent", arrays[k], Const(along))
        high = high if low is None else b.gate("operator.add", low, high)
    index = (ALL,) * along + (Slice(low, high, None),)
    if low is high is None:
        return c
    return b.gate("view", c, trimmed(index), kind=Array(kind_of(c).dtype, kind.extents))


@macro
def layer(b, c, place, axis, x):
    """What of the cotangent of stacked arrays is that of one of them."""
    if isinstance(kind_of(c), Scalar):
        return c
    along = one_axis(literal(axis), kind_of(c).ndim)
    index = trimmed((ALL,) * along + (Const(literal(place)),))
    if not isinstance(kind_of(x), Array):
        return b.gate("getitem", c, index)
    return b.gate("view", c, index, kind=Array(kind_of(c).dtype, kind_of(x).extents))


@macro
def joined(b, name, axis, *dots):
    """The tangents, joined as the values are."""
    kw = () if axis == Const(0) else (("axis", axis),)
    return b.gate(f"{literal(name)}:{len(dots)}", *dots, kw=kw)


@macro
def joined_list(b, name, axis, dots):
    kw = () if axis == Const(0) else (("axis", axis),)
    return b.gate(f"{literal(name)}:list", dots, kw=kw)


_LAYERS = ast.parse("[row.copy() for row in dout]", mode="eval").body
_NUMBERS = ast.parse("[float(v) for v in dout]", mode="eval").body


@macro
def layers(b, c, axis, xs):
    """A list of the cotangents of what was stacked."""
    elem, along = kind_of(xs).elem, literal(axis)
    if not isinstance(elem, Array):
        if is_complex(kind_of(c)):
            return b.gate("numpy.ndarray.tolist", c, form="method")
        return b.gate("formula", c, kind=List(FLOAT), form=(_NUMBERS, ("dout",)), hint="terms")
    if along != 0:
        c = b.gate("numpy.moveaxis", c, Const(along), Const(0))
    kind = List(Array(kind_of(c).dtype, elem.extents))
    return b.gate("formula", c, kind=kind, form=(_LAYERS, ("dout",)), hint="terms")


@macro
def sections(b, c, axis, xs):
    """A list of the cotangents of what was joined."""
    elem, along = kind_of(xs).elem, literal(axis)
    along = one_axis(along, elem.ndim)
    whole, length = ":, " * along, f"shape[{along}]"
    text = (
        f"[dout[{whole}end - v.{length} : end].copy()"
        f" for v, end in zip(xs, np.cumsum([v.{length} for v in xs]))]"
    )
    kind = List(Array(kind_of(c).dtype, elem.extents))
    return b.gate(
        "formula",
        c,
        xs,
        kind=kind,
        form=(ast.parse(text, mode="eval").body, ("dout", "xs")),
        hint="terms",
    )


# ---------------------------------------------------------------- of so many arrays


def _concatenate(full, count):
    names = [f"x{k}" for k in range(count)]
    row = ", ".join(names)
    dots = ", ".join(f"{n}_dot" for n in names)
    texts = {n: f"section(dout, {k}, axis, {row})" for k, n in enumerate(names)}
    vjp(full, f"{row}, *, axis=0", kind="concatenated",
        jvp=f"joined('numpy.concatenate', axis, {dots})", **texts)  # fmt: skip


def _stack(full, count):
    names = [f"x{k}" for k in range(count)]
    dots = ", ".join(f"{n}_dot" for n in names)
    texts = {n: f"layer(dout, {k}, axis, {n})" for k, n in enumerate(names)}
    vjp(full, f"{', '.join(names)}, *, axis=0", kind="stacked",
        jvp=f"joined('numpy.stack', axis, {dots})", **texts)  # fmt: skip


def _broadcast_arrays(full, count):
    """The first of several arrays that are broadcast together."""
    names = [f"x{k}" for k in range(count)]
    texts = dict.fromkeys(names, "0.0") | {"x0": "dout"}
    vjp(full, ", ".join(names), kind="broadcast_first", jvp="x0_dot",
        alias="maybe view", cheap=True, **texts)  # fmt: skip


SEQUENCES |= {
    f"numpy.{n}"
    for n in (
        *("concatenate", "stack", "vstack", "hstack", "dstack", "column_stack", "block"),
        "broadcast_arrays",
    )
}
MAKERS |= {
    "numpy.concatenate": _concatenate,
    "numpy.stack": _stack,
    "numpy.broadcast_arrays": _broadcast_arrays,
}
vjp("numpy.concatenate:list", "xs, *, axis=0", kind="concatenated_list",
    jvp="joined_list('numpy.concatenate', axis, xs_dot)", xs="sections(dout, axis, xs)")  # fmt: skip
vjp("numpy.stack:list", "xs, *, axis=0", kind="stacked_list",
    jvp="joined_list('numpy.stack', axis, xs_dot)", xs="layers(dout, axis, xs)")  # fmt: skip


# ---------------------------------------------------------------- in terms of these


@written("numpy.vstack")
def vstack(tup):
    if np.ndim(tup[0]) != 1:
        return np.concatenate([np.atleast_2d(a) for a in tup])
    rows = True
    for a in tup:
        if np.ndim(a) != 1:
            rows = False
    return np.stack(tup) if rows else np.concatenate([np.atleast_2d(a) for a in tup])


@written("numpy.hstack")
def hstack(tup):
    arrays = [np.atleast_1d(a) for a in tup]
    return np.concatenate(arrays, axis=0 if np.ndim(arrays[0]) == 1 else 1)


@written("numpy.dstack")
def dstack(tup):
    return np.concatenate([np.atleast_3d(a) for a in tup], axis=2)


@written("numpy.column_stack")
def column_stack(tup):
    return np.concatenate([a[:, None] if np.ndim(a) == 1 else a for a in tup], axis=1)


@written("numpy.r_")
def r_(parts):
    return np.concatenate([np.atleast_1d(p) for p in parts])


@written("numpy.c_")
def c_(parts):
    return np.concatenate([_columns(p) for p in parts], axis=-1)


def _columns(p):
    p = np.atleast_1d(p)
    return p[:, None] if np.ndim(p) == 1 else p


@written("numpy.append")
def append(arr, values, axis=None):
    if axis is None:
        return np.concatenate([np.ravel(np.atleast_1d(arr)), np.ravel(np.atleast_1d(values))])
    return np.concatenate([arr, values], axis=axis)


def cut(x, low, high, axis):
    """`x[low:high]`, along an axis."""
    if axis == 0 or axis == -np.ndim(x):
        return x[low:high]
    if axis == -1 or axis == np.ndim(x) - 1:
        return x[..., low:high]
    if axis == 1:
        return x[:, low:high]
    if axis == -2:
        return x[..., low:high, :]
    return np.swapaxes(np.swapaxes(x, 0, axis)[low:high], 0, axis)


@written("numpy.insert")
def insert(arr, obj, values, axis=None):
    if axis is None:
        arr, axis = np.ravel(arr) if np.ndim(arr) != 1 else arr, 0
    axis = axis % np.ndim(arr)
    n = np.shape(arr)[axis]
    if np.ndim(obj) > 0:
        return _insert_each(arr, np.array(obj), values, axis)
    if not -n <= obj <= n:
        raise IndexError("index is out of bounds")
    if np.ndim(arr) == 1:
        return np.concatenate([arr[:obj], np.atleast_1d(values), arr[obj:]])
    if np.ndim(values) == np.ndim(arr):
        values = np.moveaxis(values, 0, axis)
        many = np.shape(values)[axis]
    else:
        values = np.expand_dims(values, axis) if np.ndim(values) == np.ndim(arr) - 1 else values
        many = 1
    values = np.broadcast_to(values, _with_length(arr, axis, many))
    return np.concatenate([cut(arr, None, obj, axis), values, cut(arr, obj, None, axis)], axis=axis)


def _insert_each(arr, at, values, axis):
    """At several places: all in a row, and then in the order of their places in the result."""
    n, many = np.shape(arr)[axis], len(at)
    if np.any(at < -n):
        raise IndexError("index is out of bounds")
    at = np.where(at < 0, at + n, at)
    at = at + np.argsort(np.argsort(at, kind="stable"))  # by as many as come before
    order = np.argsort(np.concatenate([np.delete(np.arange(n + many), at), at]))
    values = np.broadcast_to(values, _with_length(arr, axis, many))
    return np.take(np.concatenate([arr, values], axis=axis), order, axis=axis)


def _with_length(arr, axis, n):
    """The shape of an array, but for the length of one axis."""
    return tuple([n if k == axis else np.shape(arr)[k] for k in range(np.ndim(arr))])


@written("numpy.array_split")
def array_split(ary, indices_or_sections, axis=0):
    if np.ndim(indices_or_sections) > 0:
        return np.split(ary, indices_or_sections, axis)
    n, many = np.shape(ary)[axis], indices_or_sections
    m, more = n // many, n % many
    return [
        cut(ary, k * m + min(k, more), (k + 1) * m + min(k + 1, more), axis) for k in range(many)
    ]


@written("numpy.split")
def split(ary, indices_or_sections, axis=0):
    n, many = np.shape(ary)[axis], indices_or_sections
    if np.ndim(many) > 0:
        return [cut(ary, low, high, axis) for low, high in zip([0, *many], [*many, n])]
    if n % many != 0:
        raise ValueError("array split does not result in an equal division")
    m = n // many
    return [cut(ary, k * m, (k + 1) * m, axis) for k in range(many)]


@written("numpy.vsplit")
def vsplit(ary, indices_or_sections):
    if np.ndim(ary) < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return np.split(ary, indices_or_sections, 0)


@written("numpy.hsplit")
def hsplit(ary, indices_or_sections):
    return np.split(ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)


@written("numpy.dsplit")
def dsplit(ary, indices_or_sections):
    return np.split(ary, indices_or_sections, 2)
