"""NumPy: functions that change the array that they are given, as the stores that they are."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.numpy import METHODS
from srcgrad.rules.record import OTHERWISE, written


@written("numpy.put")
def put(a, ind, v):
    """What there is to store is begun again where it ends, and what is over is left."""
    at = np.arange(np.size(a))[np.asarray(ind)]
    if np.ndim(v) > 0:
        v = np.ravel(v)[np.reshape(np.arange(np.size(at)) % np.size(v), np.shape(at))]
    if np.ndim(a) == 1:
        a[at] = v
    else:
        a[np.unravel_index(at, np.shape(a))] = v


@written("numpy.put_along_axis")
def put_along_axis(arr, indices, values, axis):
    if np.ndim(arr) == 1:
        arr[indices] = values
        return
    places = ()
    for k in range(np.ndim(arr)):
        if k == axis % np.ndim(arr):
            places = (*places, indices)
        else:
            rest = tuple([m + 1 for m in range(np.ndim(arr) - 1 - k)])
            at = np.arange(np.shape(arr)[k])
            places = (*places, np.expand_dims(at, rest) if len(rest) else at)
    arr[places] = values


@written("numpy.place")
def place(arr, mask, vals):
    """What there is to store is begun again where it ends."""
    vals = np.ravel(vals)
    arr[mask] = vals[np.arange(np.count_nonzero(mask)) % len(vals)]


@written("numpy.putmask")
def putmask(a, mask, values):
    if np.ndim(values) > 0 and np.shape(values) != np.shape(a):
        raise ValueError("`np.putmask` takes a number here, or as many as the array has")
    a[...] = np.where(mask, values, a)


OTHERWISE["numpy.copyto"] = "where", {"where": True}


@written("numpy.copyto:where")
def copyto_where(dst, src, *, where=True):
    dst[...] = np.where(where, src, dst)


@written("numpy.ndarray.partition")
def partition(a, kth, axis=-1):
    a[...] = np.partition(a, kth, axis)


METHODS |= {"put": "numpy.put", "partition": "numpy.ndarray.partition"}
