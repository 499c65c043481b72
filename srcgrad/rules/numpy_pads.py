"""NumPy: padding by what is computed from the elements of an axis: means, extremes, ramps.

One axis after the other: what was put beside the first ones is padded with the next.

Kinks: those of `max`, `min` and `median`.
"""

from __future__ import annotations

import numpy as np

from srcgrad.rules.kinds_shapes import _BY_POSITION
from srcgrad.rules.numpy_joins import cut
from srcgrad.rules.record import OTHERWISE, written

OTHERWISE["numpy.pad"] = "computed", {"mode": frozenset(("constant", *_BY_POSITION))}


@written("numpy.pad:computed")
def pad_by_axis(array, pad_width, mode="constant", *, stat_length=None, end_values=0):
    for axis in range(np.ndim(array)):
        low, high = _pair(pad_width, axis)
        first, last = _pair(stat_length, axis)
        start, stop = _pair(end_values, axis)
        before = _slab(array, low, mode, first, start, axis, True)
        after = _slab(array, high, mode, last, stop, axis, False)
        array = np.concatenate([before, array, after], axis=axis)
    return array


def _pair(given, axis):
    """What is given for both ends of an axis: a number, a pair of them, or a pair for each axis."""
    if given is None or np.ndim(given) == 0:
        return given, given
    if len(given) == 1:
        return _pair(given[0], axis)
    return given[axis] if np.ndim(given[0]) > 0 else given


def _slab(array, width, mode, length, end, axis, first):
    """What comes before the first elements of an axis, or behind the last."""
    if mode == "linear_ramp":
        edge = np.take(array, 0 if first else -1, axis)
        if np.ndim(array) == 1:
            ramp = np.linspace(end, edge, width, endpoint=False)
        else:
            ramp = np.linspace(end, edge, width, endpoint=False, axis=axis)
        return ramp if first else np.flip(ramp, axis)
    if length is not None:
        array = cut(array, None, length, axis) if first else cut(array, -length, None, axis)
    return np.repeat(_statistic(array, mode, axis), width, axis)


def _statistic(array, mode, axis):
    if mode == "mean":
        return np.mean(array, axis=axis, keepdims=True)
    if mode == "maximum":
        return np.max(array, axis=axis, keepdims=True)
    if mode == "minimum":
        return np.min(array, axis=axis, keepdims=True)
    if mode == "median":
        return np.median(array, axis=axis, keepdims=True)
    raise NotImplementedError("`np.pad` is not differentiated with this `mode=`")
