"""Result kinds of reductions, running sums and quantiles: the axes that go, and the dtype that comes."""

from __future__ import annotations

from srcgrad.extents import fresh_extent
from srcgrad.ir import Const, Tup
from srcgrad.kinds import BOOL, Array, List, Scalar, element, is_integral, is_numeric
from srcgrad.operands import KindError, kind_of, literal, number_kind
from srcgrad.rules.record import kind_rule
from srcgrad.rules.resultkinds import OF_NUMBERS

_DTYPES = {n: n for n in ("f8", "f4", "i8", "b1")} | {"float64": "f8", "float32": "f4"}
# sums of truth values are whole numbers, and means of whole numbers are floats
_SUMS = {"sum", "prod", "nansum", "nanprod", "cumsum", "cumprod"}
_MEANS = {"mean", "var", "std", "median"}


def as_array(kind):
    """A number's kind as that of an array without axes; None of what is neither."""
    if isinstance(kind, Scalar):
        return Array(OF_NUMBERS.get(kind.name, kind.name), ())
    return kind if isinstance(kind, Array) else None


def of_array(kind):
    """What NumPy gives for an array without axes: a number."""
    return kind if kind.extents else element(kind)


def known(rule, args, name):
    """The value of an argument that has to be known when the code is generated."""
    try:
        return literal(args[name])
    except ValueError:
        short = rule.name.replace("numpy.", "np.")
        raise KindError(
            f"`{name}=` of `{short}` has to be written out: the code depends on it"
        ) from None


def gone(rule, args, ndim):
    """The axes that a reduction takes away, counted from the left."""
    axis = known(rule, args, "axis")
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    for a in axes:
        if not isinstance(a, int) or not -ndim <= a < ndim:
            raise KindError(f"axis {a} is out of bounds for an array of {ndim} dimensions")
    axes = tuple(a % ndim for a in axes)
    if len(set(axes)) < len(axes):
        raise KindError(f"`axis={axis}` names one axis twice")
    return axes


def left(rule, args, a):
    """The extents that a reduction of an array leaves."""
    axes, keepdims = gone(rule, args, a.ndim), known(rule, args, "keepdims")
    extents = ((1 if k in axes else e, k) for k, e in enumerate(a.extents))
    return tuple(e for e, k in extents if keepdims or k not in axes)


def dtype_of(rule, args, a):
    """The dtype of the result: the one that is asked for, or the one that NumPy takes."""
    short = rule.name.rpartition(".")[2]
    asked = args.get("dtype", Const(None))
    if asked != Const(None):
        asked = str(asked.value) if isinstance(asked, Const) else "?"
        if _DTYPES.get(asked, "?")[0] != "f" and (asked not in _DTYPES or a.dtype[0] == "f"):
            raise KindError(f"`np.{short}` is differentiated in float64 and float32 only")
        return _DTYPES[asked]
    if short.removeprefix("nan") in _MEANS and a.dtype[0] not in "fc":
        return "f8"
    return "i8" if short in _SUMS and a.dtype == "b1" else a.dtype


def masked_by(rule, args, a):
    """Refuse a mask, or a first value, that does not fit the array."""
    mask = number_kind(args["where"]) if "where" in args else BOOL
    if mask != BOOL and not (isinstance(mask, Array) and mask.dtype == "b1"):
        raise KindError("`where=` takes an array of truth values")
    if isinstance(mask, Array) and mask.ndim > a.ndim:
        raise KindError("`where=` has more axes than the array that it is for")
    first = args.get("initial", Const(None))
    if first != Const(None):
        if not isinstance(kind_of(first), Scalar):
            raise KindError("`initial=` takes a number")
        if a.dtype[0] != "f" and not is_integral(kind_of(first)):
            raise KindError("`initial=` is a float, and the array holds whole numbers")


@kind_rule
def reduction(rule, args, kind_of):
    a = as_array(kind_of(args["a"]))
    if a is None:
        return None
    masked_by(rule, args, a)
    return of_array(Array(dtype_of(rule, args, a), left(rule, args, a)))


@kind_rule
def running(rule, args, kind_of):
    """Of the array's shape, or flat where no axis is given."""
    a = kind_of(args["a"])
    if not isinstance(a, Array) or not a.ndim:
        return None
    axis = known(rule, args, "axis")
    if isinstance(axis, tuple):
        raise KindError(f"`np.{rule.name.rpartition('.')[2]}` goes along one axis")
    gone(rule, args, a.ndim)
    flat = axis is None and a.ndim > 1
    return Array(dtype_of(rule, args, a), (fresh_extent(),) if flat else a.extents)


@kind_rule
def averaged(rule, args, kind_of):
    a, weights = as_array(kind_of(args["a"])), kind_of(args["weights"])
    if a is None:
        return None
    single = a.dtype == "f4"
    if args["weights"] != Const(None):
        if not isinstance(weights, Array) or not weights.ndim:
            raise KindError("`weights=` takes an array")
        axis = known(rule, args, "axis")
        if weights.ndim != a.ndim and (weights.ndim > 1 or not isinstance(axis, int)):
            raise KindError("`weights=` takes an array of the same shape, or a row for one axis")
        single = single and weights.dtype == "f4"
    return of_array(Array("f4" if single else "f8", left(rule, args, a)))


CONTINUOUS = {
    "linear": (1, 1), "hazen": (0.5, 0.5), "weibull": (0, 0), "interpolated_inverted_cdf": (0, 1),
    "median_unbiased": (1 / 3, 1 / 3), "normal_unbiased": (3 / 8, 3 / 8), "midpoint": None,
}  # fmt: skip
ELEMENTS = {"lower", "higher", "nearest"}


def levels(q):
    """The kind of the levels of quantiles, as that of an array or a number; None of what is neither."""
    kind = kind_of(q)
    if isinstance(q, Tup) or isinstance(kind, List):
        extent = 1 if isinstance(q, Tup) and len(q.items) == 1 else fresh_extent()
        return Array("f8", (extent,))
    return kind if is_numeric(kind) else None


@kind_rule
def quantiles(rule, args, kind_of):
    """The axes of the levels come first."""
    a, q = as_array(kind_of(args["a"])), levels(args["q"])
    if a is None or q is None:
        return None
    method = known(rule, args, "method")
    if method not in CONTINUOUS and method not in ELEMENTS:
        names = ", ".join(sorted([*CONTINUOUS, *ELEMENTS]))
        raise KindError(f"`method={method!r}` is not differentiated: supported are {names}")
    dtype = a.dtype
    if method not in ELEMENTS:
        single = q.dtype == "f4" if isinstance(q, Array) else q.name in ("float", "int", "f4")
        dtype = "f4" if a.dtype == "f4" and single else "f8"
    lead = q.extents if isinstance(q, Array) else ()
    return of_array(Array(dtype, lead + left(rule, args, a)))
