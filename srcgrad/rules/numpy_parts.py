"""NumPy: parts of arrays, and arrays in another order.

What takes elements by their positions has one pullback: `np.bincount` adds up the cotangents of
what was taken, position by position. Where it is not plain which positions those are, NumPy is
asked, with an array that holds at each place the position of that place.

Kinks: where elements tie, `sort` and `partition` have the derivative of the order that is found.
"""

from __future__ import annotations

from inspect import Parameter, signature

import numpy as np

from srcgrad.ir import Const, Tup
from srcgrad.kinds import Array, Scalar
from srcgrad.operands import cotangent_kind, hint_of, kind_of, literal
from srcgrad.rules.kinds_shapes import one_axis
from srcgrad.rules.numpy import METHODS
from srcgrad.rules.numpy_shapes import ALL, added_at, positions, rearranges
from srcgrad.rules.record import OTHERWISE, macro, vjp, written, zero

# ---------------------------------------------------------------- macros


@macro
def untaken(b, c, a, indices, axis):
    """Undo `np.take`."""
    kind = kind_of(a)
    if kind.ndim == 1 and isinstance(kind_of(indices), (Array, Scalar)):
        return added_at(b, c, b.fold("operator.mod", indices, b.gate("len", a)), a)
    if axis == Const(None):
        return added_at(b, c, b.gate("numpy.take", positions(b, a), indices), a)
    along = (ALL,) * one_axis(literal(axis), kind.ndim)
    repeated = isinstance(kind_of(indices), Array)
    index = Tup((*along, indices)) if along else indices
    return stored_at(b, c, index, a, "at" if repeated else None)


def stored_at(b, c, index, x, form=None):
    """A cotangent of `x` that is 0 but for what is at some subscripts."""
    kind = cotangent_kind(kind_of(x))
    return b.gate("scatter", b.zeros(x), c, index, kind=kind, hint="d" + hint_of(x), form=form)


@macro
def undiagonal(b, c, a, offset, axis1, axis2):
    """Undo `np.diagonal`."""
    kind = kind_of(a)
    plain = kind.ndim == 2 and (literal(axis1), literal(axis2)) == (0, 1)
    if not plain or not isinstance(offset, Const) or not isinstance(kind_of(c), Array):
        return added_at(b, c, b.gate("numpy.diagonal", positions(b, a), offset, axis1, axis2), a)
    if kind.extents[0] == kind.extents[1] and offset == Const(0):
        return b.gate("numpy.diag:vector", c, kind=Array(kind_of(c).dtype, kind.extents))
    k = b.gate("numpy.arange:1", b.gate("len", c), hint="k")
    beyond = b.gate("operator.add", k, Const(abs(offset.value))) if offset.value else k
    return stored_at(b, c, Tup((beyond, k) if offset.value < 0 else (k, beyond)), a)


@macro
def reordered(b, x, order, axis, a):
    """The elements of `x` in an order that was found along an axis of `a`."""
    if kind_of(x).ndim == 1:
        return b.gate("numpy.take", x, order, kind=kind_of(x))
    return b.gate("numpy.take_along_axis", x, order, axis, kind=kind_of(x))


@macro
def ordered(b, x, axis):
    """The order of the elements of `x` along an axis."""
    ndim = kind_of(x).ndim
    if literal(axis) is None and ndim > 1:
        x, ndim = b.gate("numpy.ravel", x, form="method"), 1
    if ndim == 1 or literal(axis) in (-1, ndim - 1):
        return b.gate("numpy.argsort", x)
    return b.gate("numpy.argsort", x, axis)


@macro
def untraced(b, c, a, offset, axis1, axis2):
    """Undo `np.trace`."""
    if kind_of(a).ndim > 2:
        at = b.gate("numpy.diagonal", positions(b, a), offset, axis1, axis2)
        kind = Array(kind_of(c).dtype, (*kind_of(c).extents, 1))
        c = b.gate("numpy.expand_dims", c, Const(-1), kind=kind)
        c = b.gate(
            "numpy.broadcast_to", c, b.gate("shape", at), kind=Array("f8", kind_of(at).extents)
        )
        return added_at(b, c, at, a)
    first, second = (one_axis(literal(k), 2) for k in (axis1, axis2))
    offset = b.fold("operator.neg", offset) if first > second else offset
    shape = [b.gate("extent", a, Const(k)) for k in (0, 1)]
    given = shape if offset == Const(0) else [*shape, offset]
    if offset == Const(0) and kind_of(a).extents[0] == kind_of(a).extents[1]:
        given = shape[:1]
    kind = Array("f8", kind_of(a).extents)
    return b.mul(c, b.gate("numpy.eye", *given, kind=kind))


# ---------------------------------------------------------------- by position

vjp("numpy.take", "a, indices, axis=None, *, mode='raise'", kind="taken",
    jvp="np.take(a_dot, indices, axis)", a="untaken(dout, a, indices, axis)")  # fmt: skip
OTHERWISE["numpy.take"] = "mode", {"mode": "raise"}


@written("numpy.take:mode")
def take_in_bounds(a, indices, axis=None, *, mode="raise"):
    if mode != "wrap" and mode != "clip":
        raise NotImplementedError("`np.take` has `mode=` 'raise', 'wrap' or 'clip'")
    n = np.size(a) if axis is None else np.shape(a)[axis]
    at = np.asarray(indices)
    return np.take(a, at % n if mode == "wrap" else np.clip(at, 0, n - 1), axis)


# NumPy before 2.3 has no default for it
_bare = signature(np.take_along_axis).parameters["axis"].default is Parameter.empty
vjp("numpy.take_along_axis", "arr, indices, axis" if _bare else "arr, indices, axis=-1", kind="taken_along",
    jvp="np.take_along_axis(arr_dot, indices, axis)",
    arr="added_at(dout, np.take_along_axis(positions(arr), indices, axis), arr)")  # fmt: skip
vjp("numpy.compress", "condition, a, axis=None", kind="compressed",
    jvp="np.compress(condition, a_dot, axis)",
    condition="0.0", a="added_at(dout, np.compress(condition, positions(a), axis), a)")  # fmt: skip
vjp("numpy.extract", "condition, arr", kind="compressed", jvp="np.extract(condition, arr_dot)",
    condition="0.0", arr="added_at(dout, np.extract(condition, positions(arr)), arr)")  # fmt: skip
vjp("numpy.delete", "arr, obj, axis=None", kind="shortened", jvp="np.delete(arr_dot, obj, axis)",
    arr="added_at(dout, np.delete(positions(arr), obj, axis), arr)")  # fmt: skip
vjp("numpy.bincount", "x, weights=None, minlength=0", kind="counts",
    jvp="np.bincount(x, weights_dot, minlength)", weights="np.take(dout, x)")  # fmt: skip

# ---------------------------------------------------------------- diagonals

rearranges("diagflat", "v, k=0", "diagonal", "reshape_like(np.diagonal(dout, k), v)")
vjp("numpy.diag:vector", "v, k=0", kind="diagonal", jvp="np.diagflat(v_dot, k)",
    v="np.diagonal(dout, k)")  # fmt: skip
rearranges("diagonal", "a, offset=0, axis1=0, axis2=1", "diagonals",
    "undiagonal(dout, a, offset, axis1, axis2)", "maybe view")  # fmt: skip
rearranges("trace", "a, offset=0, axis1=0, axis2=1", "traced",
    "untraced(dout, a, offset, axis1, axis2)")  # fmt: skip


@written("numpy.diag")
def diag(v, k=0):
    if np.ndim(v) == 1:
        return np.diagflat(v, k)
    if np.ndim(v) != 2:
        raise ValueError("Input must be 1- or 2-d.")
    return np.diagonal(v) if k == 0 else np.diagonal(v, k)


@written("numpy.fill_diagonal")
def fill_diagonal(a, val, wrap=False):
    if wrap and np.ndim(a) == 2:
        raise NotImplementedError("`np.fill_diagonal` is differentiated without `wrap=True`")
    k = np.arange(min(np.shape(a)[0], np.shape(a)[1]))
    if np.ndim(a) == 2:
        a[k, k] = val
    elif np.ndim(a) == 3:
        a[k, k, k] = val
    else:
        raise NotImplementedError("`np.fill_diagonal` is differentiated of 2 or 3 dimensions")


# ---------------------------------------------------------------- in order

vjp("numpy.sort", "a, axis=-1, kind=None, *, stable=None", kind="rearranged_or_flat",
    where="order = ordered(a, axis)",
    jvp="reordered(flat(a_dot, axis), order, axis, a)",
    a="reshape_like(reordered(dout, ordered(order, axis), axis, a), a)"
      " if axis is None else reordered(dout, ordered(order, axis), axis, a)")  # fmt: skip
_back = "reordered(reordered(dout, ordered(out, axis), axis, a), ordered(ordered(a, axis), axis), axis, a)"
vjp("numpy.partition", "a, kth, axis=-1", kind="rearranged_or_flat",
    jvp="reordered(reordered(flat(a_dot, axis), ordered(a, axis), axis, a),"
        " ordered(ordered(out, axis), axis), axis, a)",
    a=f"reshape_like({_back}, a) if axis is None else {_back}")  # fmt: skip
zero("numpy.argpartition", "a, kth, axis=-1", kind="positions")


@written("numpy.ndarray.sort")
def sort(a, axis=-1, kind=None):
    a[...] = np.sort(a, axis)


@written("numpy.ndarray.compress")
def compress(a, condition, axis=None):
    return np.compress(condition, a, axis)


METHODS |= {"sort": "numpy.ndarray.sort", "compress": "numpy.ndarray.compress"}


@written("numpy.unique")
def unique(ar, return_index=False, return_inverse=False, return_counts=False):
    x = np.ravel(ar) if np.ndim(ar) != 1 else ar
    if not (return_index or return_inverse or return_counts):
        x = np.sort(x)
        return np.concatenate([x[:1], x[1:][_is_new(x)]])
    order = np.argsort(x, kind="stable")
    x = x[order]
    first = np.flatnonzero(np.concatenate([np.ones_like(x[:1], dtype=bool), _is_new(x)]))
    found = (x[first],)
    if return_index:
        found = (*found, order[first])
    if return_inverse:
        if np.ndim(ar) != 1:
            raise NotImplementedError("`return_inverse=` is for arrays of one axis here")
        found = (*found, np.searchsorted(x[first], ar))
    if return_counts:
        found = (*found, np.diff(np.append(first, len(x))))
    return found


def _is_new(x):
    """Whether each element but the first is another one than that before it; nan is one only."""
    return (x[1:] != x[:-1]) & ~np.isnan(x[:-1])


# ---------------------------------------------------------------- choices


@written("numpy.piecewise")
def piecewise(x, condlist, funclist, *args, **kw):
    if np.ndim(x) == 0:
        raise NotImplementedError("`np.piecewise` of a number is a branch: write `if`")
    condlist = (condlist,) if np.ndim(condlist) == np.ndim(x) else tuple(condlist)
    funclist = tuple(funclist)
    out = np.zeros_like(x)
    if len(funclist) == len(condlist) + 1:
        some = condlist[0]
        for test in condlist[1:]:
            some = some | test
        condlist = (*condlist, ~some)
    if len(funclist) != len(condlist):
        raise ValueError("as many functions as conditions are needed, or one more")
    for test, func in zip(condlist, funclist):
        out[test] = func(x[test], *args, **kw) if callable(func) else func
    return out


@written("numpy.choose")
def choose(a, choices):
    out, n = choices[0], 0
    for choice in choices:
        out = np.where(np.equal(a, n), choice, out)
        n = n + 1
    if np.any(np.less(a, 0)) or np.any(np.greater_equal(a, n)):
        raise ValueError("invalid entry in choice array")
    return out


@written("numpy.select")
def select(condlist, choicelist, default=0):
    condlist, choicelist = tuple(condlist), tuple(choicelist)
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    out = default
    for test, choice in zip(reversed(condlist), reversed(choicelist)):
        out = np.where(test, choice, out)
    return out
