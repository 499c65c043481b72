"""NumPy: arrays of subscripts, and tests of what is in an array: they have no derivative.

np.triu_indices(n, 1)           two arrays of ints, of one length
np.diag_indices(n)              k = np.arange(n); (k, k)
"""

from __future__ import annotations

import numpy as np

from srcgrad.extents import Extent, fresh_extent
from srcgrad.ir import Const, Tup
from srcgrad.kinds import Array, List, is_integral, is_numeric
from srcgrad.operands import KindError, number_kind
from srcgrad.rules.kinds_shapes import array, as_array, known
from srcgrad.rules.numpy import METHODS
from srcgrad.rules.record import PARTS, kind_rule, written, zero
from srcgrad.rules.resultkinds import extent_of

# ---------------------------------------------------------------- kinds


@kind_rule
def triangle_places(rule, args, kind_of):
    """As many rows as columns: both are named by what they are of."""
    n, k, m = args["n"], args["k"], args["m"]
    if not all(is_integral(number_kind(a)) for a in (n, k, *([] if m == Const(None) else [m]))):
        return None
    if not isinstance(k, Const):
        return Array("i8", (fresh_extent(),))
    columns = extent_of(n) if m == Const(None) else extent_of(m)
    which = rule.name.partition(".")[2][:4]
    return Array("i8", (Extent(f"{which} {extent_of(n)} {columns} {k.value}", may_be_one=True),))


@kind_rule
def rows_of_places(rule, args, kind_of):
    a = array(args, "a")
    return a and Array("i8", (fresh_extent(), Extent(f"ndim {a.ndim}", may_be_one=a.ndim == 1)))


@kind_rule
def member(rule, args, kind_of):
    """A test of each element."""
    a = kind_of(next(iter(args.values())))
    if not is_numeric(a):
        return None
    a = as_array(a)
    return Array("b1", a.extents if rule.name == "numpy.isin" or a.ndim < 2 else (fresh_extent(),))


@kind_rule
def grid_places(rule, args, kind_of):
    """The subscripts along each axis, one array behind the other."""
    items = args["dimensions"].items if isinstance(args["dimensions"], Tup) else None
    if items is None or not all(is_integral(kind_of(i)) for i in items):
        raise KindError("`np.indices` takes a tuple of lengths here")
    return Array("i8", (extent_of(Const(len(items))), *map(extent_of, items)))


@kind_rule
def sorted_places(rule, args, kind_of):
    """Of several keys, or of the rows of an array."""
    keys = args["keys"]
    kind = kind_of(keys.items[0]) if isinstance(keys, Tup) else kind_of(keys)
    if not isinstance(kind, Array):
        return None
    known(args, "axis")
    return Array("i8", kind.extents if isinstance(keys, Tup) else kind.extents[1:])


@kind_rule
def set_of(rule, args, kind_of):
    """Sorted elements, of which there may be as many as there are."""
    for operand in args.values():
        kinds = map(kind_of, operand.items if isinstance(operand, Tup) else (operand,))
        kinds = [k.elem if isinstance(k, List) else k for k in kinds]
        if not all(getattr(k, "dtype", None) == "i8" or is_integral(k) for k in kinds):
            raise KindError("sets are of whole numbers here: they have no derivative")
    return Array("i8", (fresh_extent(),))


# ---------------------------------------------------------------- places

for _which in ("triu", "tril"):
    _name = f"numpy.{_which}_indices"
    PARTS[_name] = tuple, {k: f"{_name}[{k}]" for k in (0, 1)}
    for _k in (0, 1):
        zero(f"{_name}[{_k}]", "n, k=0, m=None", kind="triangle_places")
zero("numpy.argwhere", "a", kind="rows_of_places")
zero("numpy.indices", "dimensions", kind="grid_places")
zero("numpy.lexsort", "keys, axis=-1", kind="sorted_places")


@written("numpy.triu_indices_from")
def triu_indices_from(arr, k=0):
    return np.triu_indices(np.shape(arr)[0], k, np.shape(arr)[1])


@written("numpy.tril_indices_from")
def tril_indices_from(arr, k=0):
    return np.tril_indices(np.shape(arr)[0], k, np.shape(arr)[1])


@written("numpy.diag_indices")
def diag_indices(n, ndim=2):
    k = np.arange(n)
    return tuple([k for _ in range(ndim)])


@written("numpy.diag_indices_from")
def diag_indices_from(arr):
    if np.ndim(arr) < 2:
        raise ValueError("input array must be at least 2-d")
    for n in np.shape(arr):
        if n != np.shape(arr)[0]:
            raise ValueError("All dimensions of input must be of equal length")
    return np.diag_indices(np.shape(arr)[0], np.ndim(arr))


@written("numpy.unravel_index")
def unravel_index(indices, shape):
    """The subscripts of elements that are counted row by row."""
    found = ()
    for n in shape[::-1]:
        found = (np.remainder(indices, n), *found)
        indices = np.floor_divide(indices, n)
    if np.any(np.not_equal(indices, 0)):
        raise ValueError("index is out of bounds for array of this size")
    return found


@written("numpy.ravel_multi_index")
def ravel_multi_index(multi_index, dims):
    out = 0
    for index, n in zip(multi_index, dims):
        if np.any(np.less(index, 0)) or np.any(np.greater_equal(index, n)):
            raise ValueError("invalid entry in coordinates array")
        out = out * n + np.asarray(index)
    return out


# ---------------------------------------------------------------- tests, and sets

zero("numpy.isin", "element, test_elements, assume_unique=False, invert=False", kind="member")
if hasattr(np, "in1d"):
    zero("numpy.in1d", "ar1, ar2, assume_unique=False, invert=False", kind="member")
for _name in ("union1d", "intersect1d", "setdiff1d", "setxor1d"):
    zero(f"numpy.{_name}", "ar1, ar2", kind="set_of")

METHODS |= {"argpartition": "numpy.argpartition"}
