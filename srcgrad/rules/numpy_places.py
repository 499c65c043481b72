"""NumPy: the places of elements, as subscripts, and weights that depend on nothing but a number."""

from __future__ import annotations

import numpy as np

from srcgrad.kinds import Array, fresh_extent, is_integral
from srcgrad.operands import number_kind
from srcgrad.rules.record import PARTS, kind_rule, written, zero
from srcgrad.rules.resultkinds import extent_of

# ---------------------------------------------------------------- triangles and diagonals

for _name in ("tril", "triu"):
    for _k in (0, 1):
        zero(f"numpy.{_name}_indices[{_k}]", "n, k=0, m=None", kind="places_in_matrix")
    PARTS[f"numpy.{_name}_indices"] = tuple, {k: f"numpy.{_name}_indices[{k}]" for k in (0, 1)}


@kind_rule
def places_in_matrix(rule, args, kind_of):
    return Array("i8", (fresh_extent(),)) if is_integral(number_kind(args["n"])) else None


@written("numpy.tril_indices_from")
def tril_indices_from(arr, k=0):
    return np.tril_indices(np.shape(arr)[0], k, np.shape(arr)[1])


@written("numpy.triu_indices_from")
def triu_indices_from(arr, k=0):
    return np.triu_indices(np.shape(arr)[0], k, np.shape(arr)[1])


@written("numpy.diag_indices")
def diag_indices(n, ndim=2):
    if ndim not in (2, 3):
        raise NotImplementedError("`np.diag_indices` is known of 2 or 3 dimensions")
    k = np.arange(n)
    return (k, k) if ndim == 2 else (k, k, k)


@written("numpy.diag_indices_from")
def diag_indices_from(arr):
    if np.ndim(arr) not in (2, 3):
        raise NotImplementedError("`np.diag_indices_from` is known of 2 or 3 dimensions")
    for k in range(1, np.ndim(arr)):
        if np.shape(arr)[k] != np.shape(arr)[0]:
            raise ValueError("All dimensions of input must be of equal length")
    return np.diag_indices(np.shape(arr)[0], np.ndim(arr))


@written("numpy.unravel_index")
def unravel_index(indices, shape):
    if len(shape) not in (1, 2, 3):
        raise NotImplementedError("`np.unravel_index` is known of 1 to 3 dimensions")
    if len(shape) == 1:
        return (indices,)
    rows, last = indices // shape[-1], indices % shape[-1]
    return (rows, last) if len(shape) == 2 else (rows // shape[1], rows % shape[1], last)


# ---------------------------------------------------------------- windows

for _name in ("bartlett", "blackman", "hamming", "hanning"):
    zero(f"numpy.{_name}", "M", kind="window")


@kind_rule
def window(rule, args, kind_of):
    m = args["M"]
    return Array("f8", (extent_of(m),)) if is_integral(number_kind(m)) else None
