"""NumPy: elements read column by column, windows that slide over arrays, and rows of them in tuples.

What is laid out column by column (`order="F"`) is the transpose of what is laid out row by row.
"""

from __future__ import annotations

import numpy as np

from srcgrad.extents import constant_extent, fresh_extent
from srcgrad.kinds import Array, is_integral
from srcgrad.operands import KindError
from srcgrad.rules.kinds_shapes import array, items_of, known, many_axes
from srcgrad.rules.numpy import METHODS
from srcgrad.rules.numpy_shapes import rearranges
from srcgrad.rules.record import ARRAY, OTHERWISE, kind_rule, vjp, written

# ---------------------------------------------------------------- column by column

for _name in ("numpy.reshape", "numpy.ravel", "numpy.ndarray.flatten"):
    OTHERWISE[_name] = "order", {"order": "C"}


@written("numpy.reshape:order")
def reshape_in_order(x, shape, *, order="C"):
    _only_columns(order)
    if np.ndim(shape) == 0:
        return np.reshape(np.transpose(x), shape)
    return np.transpose(np.reshape(np.transpose(x), tuple(shape)[::-1]))


@written("numpy.ravel:order")
def ravel_in_order(x, order="C"):
    _only_columns(order)
    return np.ravel(np.transpose(x))


@written("numpy.ndarray.flatten:order")
def flatten_in_order(x, order="C"):
    _only_columns(order)
    return np.transpose(x).flatten()


def _only_columns(order):
    if order != "F":
        raise NotImplementedError("`order=` is 'C' or 'F' here: the others ask how the memory lies")


# ---------------------------------------------------------------- windows


@kind_rule
def windowed(rule, args, kind_of):
    """Where each window begins, and what is in it."""
    x, lengths = array(args, "x"), items_of(args["window_shape"])
    if x is None or not all(is_integral(kind_of(n)) for n in lengths):
        return None
    axis = known(args, "axis")
    axes = tuple(range(x.ndim)) if axis is None else many_axes(axis, x.ndim)
    if len(axes) != len(lengths):
        raise KindError("`window_shape` is to have a length for each axis")
    starts = [fresh_extent() if k in axes else e for k, e in enumerate(x.extents)]
    inside = [
        constant_extent(n) if type(n) is int else fresh_extent() for n in map(_length, lengths)
    ]
    return Array(x.dtype, (*starts, *inside))


def _length(operand):
    return getattr(operand, "value", None)


_WINDOWS = "lib.stride_tricks.sliding_window_view"
rearranges(_WINDOWS, "x, window_shape, axis=None", "windowed",
    f"added_at(dout, np.{_WINDOWS}(positions(x), window_shape, axis), x)", "view")  # fmt: skip

# ---------------------------------------------------------------- one after the other


@written("numpy.unstack")
def unstack(x, /, *, axis=0):
    return list(x if axis == 0 else np.moveaxis(x, axis, 0))


@written("numpy.apply_along_axis")
def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    if np.ndim(arr) == 1:
        return func1d(arr, *args, **kwargs)
    if np.ndim(arr) > 2:
        raise NotImplementedError("`np.apply_along_axis` takes arrays of one or two axes here")
    if not -2 <= axis < 2:
        raise ValueError("the axis is out of bounds")
    across = axis == 0 or axis == -2
    rows = np.transpose(arr) if across else arr
    found = np.stack([func1d(row, *args, **kwargs) for row in rows])
    return np.transpose(found) if across else found


# ---------------------------------------------------------------- of numbers

for _name, _first in (("expand_dims", "a"), ("tile", "A"), ("repeat", "a")):
    OTHERWISE[f"numpy.{_name}"] = "number", {_first: ARRAY}


@written("numpy.expand_dims:number")
def expand_number(a, axis):
    return np.full(tuple([1 for _ in axis]) if np.ndim(axis) > 0 else 1, a)


@written("numpy.tile:number")
def tile_number(A, reps):
    return np.full(reps, A)


@written("numpy.repeat:number")
def repeat_number(a, repeats, axis=None):
    return np.full(repeats, a)


# ---------------------------------------------------------------- the same elements

for _name in ("ascontiguousarray", "asfortranarray"):
    vjp(f"numpy.{_name}", "x", kind="like", x="dout", jvp="x_dot", alias="maybe view", cheap=True)
OTHERWISE["numpy.ndarray.astype"] = "copy", {"copy": True}


@written("numpy.ndarray.astype:copy")
def astype_as_it_is(a, dtype, *, copy=True):
    return np.asarray(a, dtype)


@written("numpy.astype")
def astype(x, dtype, /, *, copy=True):
    return x.astype(dtype) if copy else np.asarray(x, dtype)


@written("numpy.ndarray.view")
def view(a):
    return a[...]


METHODS |= {"view": "numpy.ndarray.view", "choose": "numpy.choose"}
