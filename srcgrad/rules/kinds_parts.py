"""The kinds of parts of arrays, of what is made of numbers, and of functions of samples."""

from __future__ import annotations

from dataclasses import replace

from srcgrad.extents import broadcast, fresh_extent
from srcgrad.ir import Const
from srcgrad.kinds import F8, I8, Array, List, Scalar, element, is_integral, is_numeric
from srcgrad.operands import KindError, number_kind
from srcgrad.promotion import floating, promote
from srcgrad.rules.kinds_shapes import (
    array,
    as_array,
    dtype_of_all,
    known,
    lengthened,
    many_axes,
    one_axis,
    only,
    rearranged,
    result,
)
from srcgrad.rules.record import kind_rule
from srcgrad.rules.resultkinds import extent_of

# ---------------------------------------------------------------- parts of arrays


@kind_rule
def taken(rule, args, kind_of):
    a, at = array(args, "a", 1), kind_of(args["indices"])
    only(args, "mode", "raise")
    if a is None:
        return None
    if isinstance(at, List) and is_integral(at.elem):
        at = Array("i8", (fresh_extent(),))
    at = as_array(at) if is_numeric(at) else at
    if not isinstance(at, Array) or at.dtype != "i8":
        return None
    axis = known(args, "axis")
    if axis is None:
        return result(Array(a.dtype, at.extents))
    axis = one_axis(axis, a.ndim)
    return result(Array(a.dtype, (*a.extents[:axis], *at.extents, *a.extents[axis + 1 :])))


@kind_rule
def taken_along(rule, args, kind_of):
    a, at = array(args, "arr", 1), array(args, "indices", 1)
    if a is None or at is None or at.dtype != "i8":
        return None
    axis = known(args, "axis")
    if axis is None:
        return Array(a.dtype, at.extents) if at.ndim == 1 else None
    axis = one_axis(axis, a.ndim)
    if at.ndim != a.ndim:
        raise KindError("`indices` is to have as many dimensions as the array")
    both = broadcast(a.extents, at.extents)
    return Array(a.dtype, (*both[:axis], at.extents[axis], *both[axis + 1 :]))


@kind_rule
def compressed(rule, args, kind_of):
    a = array(args, "a" if "a" in args else "arr")
    test = kind_of(args["condition"])
    if a is None or not isinstance(test, (Array, List)):
        return None
    return lengthened(a, known(args, "axis") if "axis" in args else None)


@kind_rule
def shortened(rule, args, kind_of):
    a = array(args, "arr")
    return a and lengthened(a, known(args, "axis"))


@kind_rule
def diagonal(rule, args, kind_of):
    """`np.diagflat`."""
    v = array(args, "v", 1)
    if v is None:
        return None
    new = fresh_extent()
    return Array(v.dtype, (new, new))


@kind_rule
def diagonals(rule, args, kind_of):
    a = array(args, "a", 2)
    if a is None:
        return None
    gone = many_axes((known(args, "axis1"), known(args, "axis2")), a.ndim)
    kept = tuple(e for k, e in enumerate(a.extents) if k not in gone)
    return Array(a.dtype, (*kept, fresh_extent()))


@kind_rule
def traced(rule, args, kind_of):
    kind = diagonals(rule, args, kind_of)
    return kind and result(Array("i8" if kind.dtype == "b1" else kind.dtype, kind.extents[:-1]))


@kind_rule
def triangle(rule, args, kind_of):
    return array(args, "m", 2)


# ---------------------------------------------------------------- new ones


def asked_dtype(args, default):
    return known(args, "dtype") or default


@kind_rule
def counted(rule, args, kind_of):
    """`np.arange`."""
    ends = [a for n, a in args.items() if n != "dtype" and a != Const(None)]
    kinds = list(map(number_kind, ends))
    if not all(isinstance(k, Scalar) for k in kinds):
        return None
    whole = all(map(is_integral, kinds))
    length = extent_of(ends[0]) if len(ends) == 1 and whole else fresh_extent()
    return Array(asked_dtype(args, "i8" if whole else "f8"), (length,))


@kind_rule
def spaced(rule, args, kind_of):
    """`np.linspace` and its like."""
    kinds = [number_kind(args[n]) for n in ("start", "stop")]
    if not all(isinstance(k, Scalar) for k in kinds) or not is_integral(number_kind(args["num"])):
        raise KindError("its ends are to be numbers here")
    return Array(asked_dtype(args, "f8"), (extent_of(args["num"]),))


@kind_rule
def made_matrix(rule, args, kind_of):
    """`np.eye`, `np.tri` and `np.identity`."""
    n = args["N"] if "N" in args else args["n"]
    m = n if args.get("M", Const(None)) == Const(None) else args["M"]
    if not all(is_integral(number_kind(o)) for o in (n, m)):
        return None
    return Array(asked_dtype(args, "f8"), (extent_of(n), extent_of(m)))


@kind_rule
def like_given(rule, args, kind_of):
    """`np.zeros_like` and its like: of a literal dtype, that of the argument by default."""
    first = kind_of(args[next(iter(args))])
    if not is_numeric(first):
        return None
    return replace(as_array(first), dtype=asked_dtype(args, as_array(first).dtype))


@kind_rule
def filled_like(rule, args, kind_of):
    return (
        like_given(rule, args, kind_of) if isinstance(kind_of(args["fill_value"]), Scalar) else None
    )


@kind_rule
def counts(rule, args, kind_of):
    x, weights = array(args, "x", 1), kind_of(args["weights"])
    if x is None or x.ndim != 1:
        return None
    least = args["minlength"]
    length = fresh_extent() if isinstance(least, Const) else extent_of(least)
    return Array("f8" if isinstance(weights, Array) else "i8", (length,))


@kind_rule
def binned(rule, args, kind_of):
    x = kind_of(args["x"])
    if not is_numeric(x) or not isinstance(kind_of(args["bins"]), (Array, List)):
        return None
    return replace(x, dtype="i8") if isinstance(x, Array) else I8


@kind_rule
def interpolated(rule, args, kind_of):
    x = kind_of(args["x"])
    arrays = [kind_of(args[n]) for n in ("xp", "fp")]
    only(args, "period", None)
    if not is_numeric(x) or not all(isinstance(k, Array) and k.ndim == 1 for k in arrays):
        return None
    return replace(x, dtype="f8") if isinstance(x, Array) else F8


@kind_rule
def powers(rule, args, kind_of):
    """`np.vander`."""
    x = array(args, "x", 1)
    if x is None or x.ndim > 1:
        return None
    count, dtype = args["N"], "i8" if x.dtype == "b1" else x.dtype.replace("f4", "f8")
    return Array(dtype, (x.extents[0], x.extents[0] if count == Const(None) else extent_of(count)))


@kind_rule
def polynomial(rule, args, kind_of):
    p, x = array(args, "p", 1), kind_of(args["x"])
    if p is None or p.ndim > 1 or not is_numeric(x):
        return None
    both = promote(Array(p.dtype, (1,)), x)
    return Array(both.dtype, x.extents) if isinstance(x, Array) else element(both)


@kind_rule
def convolved(rule, args, kind_of):
    kinds = [array(args, n, 1) for n in ("a", "v")]
    if any(k is None or k.ndim > 1 for k in kinds):
        return None
    return Array(dtype_of_all(kinds), (fresh_extent(),))


@kind_rule
def unwrapped(rule, args, kind_of):
    p = rearranged(rule, {"p": args["p"], "axis": args["axis"]}, kind_of)
    return p and floating(p)
