"""NumPy's reductions, running sums, averages and integrals; `numpy_quantiles` has the order statistics.

Those that leave nan out are the others with a mask: what is nan has derivative 0. No product is
divided: that of the others is exact where elements are 0.

Kinks: ties of `max`, `min` and `ptp` share evenly; where `std` is 0, so is its derivative.
"""

import numpy as np

from srcgrad.ir import Const, Slice, Tup
from srcgrad.joins import same_shape
from srcgrad.kinds import Array
from srcgrad.operands import kind_of, literal
from srcgrad.rules.kinds_reductions import as_array
from srcgrad.rules.macros import flat, size, unflat
from srcgrad.rules.numpy import METHODS
from srcgrad.rules.record import OTHERWISE, linear, macro, vjp, written

ALL = Const(True)

# ------------------------------------------------------------ masks


@macro
def masked(b, c, where):
    """A cotangent, and 0 where the mask is not set: an inf or nan there stays there."""
    return c if where == ALL else b.gate("numpy.where", where, c, Const(0.0))


@macro
def unless_nan(b, a, where):
    """The mask of what is not nan, together with one that is given."""
    there = b.gate("operator.invert", b.gate("numpy.isnan", a))
    return there if where == ALL else b.gate("operator.and_", there, where)


@macro
def taken(b, hit, where):
    return hit if where == ALL else b.gate("operator.and_", hit, where)


@macro
def number(b, a, axis, where, ddof, keepdims):
    """How many elements go into one of the result, less `ddof`."""
    kind = as_array(kind_of(a))
    if where == ALL:
        n = size(b, a, axis) if kind.ndim and literal(axis) != () else Const(1)
    else:
        mask = kind_of(where)
        if not isinstance(mask, Array) or not same_shape(mask, Array("b1", kind.extents)):
            where = b.gate(
                "numpy.broadcast_to", where, b.gate("shape", a), kind=Array("b1", kind.extents)
            )
        n = b.gate("numpy.sum", where, kw=said(axis=axis, keepdims=keepdims))
    return n if ddof == Const(0) else b.fold("operator.sub", n, ddof)


def said(**kw):
    """Keyword arguments, without those that say what is so by default: of all axes, none need be kept."""
    default = {"axis": Const(None), "keepdims": Const(False), "where": ALL}
    if kw["axis"] == Const(None):
        kw.pop("keepdims")
    return tuple((k, v) for k, v in kw.items() if v != default[k])


@macro
def centred(b, a, axis, where):
    """The differences from the mean."""
    kw = said(axis=axis, keepdims=ALL, where=where)
    return b.gate("operator.sub", a, b.gate("numpy.mean", a, kw=kw))


@macro
def ties(b, hit, out, axis, keepdims, initial):
    """How many are the largest: the value to begin with may be another one."""
    n = b.gate("numpy.sum", hit, kw=said(axis=axis, keepdims=keepdims))
    if initial == Const(None):
        return n
    return b.gate("operator.add", n, b.gate("operator.eq", out, initial))


@macro
def share(b, hit, axis):
    """1, shared evenly among the hits."""
    count = b.gate("numpy.sum", hit, kw=said(axis=axis, keepdims=ALL))
    return b.gate("operator.truediv", hit, count)


# ------------------------------------------------------------ products of the others


@macro
def reverse(b, x):
    return b.gate("view", x, Slice(None, None, Const(-1)), kind=kind_of(x))


@macro
def before(b, x):
    return b.gate("support.before", x, kind=kind_of(x))


@macro
def carried(b, c, w):
    return b.gate("support.carried", c, w, kind=kind_of(c))


@macro
def others(b, a, axis, where):
    """The product of the other elements that are reduced with each: from the left times from the right."""
    kind = as_array(kind_of(a))
    axes = literal(axis)
    if not kind.ndim or axes == ():
        return Const(1.0)
    if where != ALL:
        a = b.gate("numpy.where", where, a, Const(1.0))
    if not isinstance(axes, tuple):
        x = along(b, a, axis)
        both = b.gate("operator.mul", before(b, x), reverse(b, before(b, reverse(b, x))))
        return unflat(b, along(b, both, axis), a, axis)
    *rest, last = map(Const, axes)
    here = others(b, a, last, ALL)
    if not rest:
        return here
    a = b.gate("numpy.prod", a, kw=(("axis", last), ("keepdims", ALL)))
    return b.gate("operator.mul", here, others(b, a, Tup(tuple(rest)), ALL))


def _swapped(b, x, axis):
    kind = kind_of(x)
    if axis % kind.ndim == 0:
        return x
    if kind.ndim == 2:
        return b.gate("numpy.transpose", x)
    extents = list(kind.extents)
    extents[0], extents[axis] = extents[axis], extents[0]
    kind = Array(kind.dtype, tuple(extents))
    return b.gate("numpy.swapaxes", x, Const(0), Const(axis), kind=kind, form="method")


@macro
def along(b, x, axis):
    """x with an axis in front, or flat; it undoes itself but for that."""
    return flat(b, x, axis) if literal(axis) is None else _swapped(b, x, literal(axis))


@macro
def sum_from(b, c, axis):
    """What comes from each element on, summed along one axis."""
    place = (literal(axis) or 0) % kind_of(c).ndim
    index = (*(Slice(None, None, None),) * place, Slice(None, None, Const(-1)))
    back = index[0] if len(index) == 1 else Tup(index)
    c = b.gate("view", c, back, kind=kind_of(c))
    c = b.gate("numpy.cumsum", c, kw=said(axis=axis, keepdims=Const(False)))
    return b.gate("view", c, back, kind=kind_of(c))


@macro
def whole(b, c, out):
    return b.full(c, out)


# ------------------------------------------------------------ reductions, and those without nan

_AXIS, _KEPT, _FIRST = "a, axis=None, dtype=None, *, ", "keepdims=False, ", "initial=None, "
_THERE = "axis=axis, keepdims=keepdims, where=ok"
DOUT, OUT = "expand(dout, a, axis, keepdims)", "expand(out, a, axis, keepdims)"

for _nan, _mask in (("", "where"), ("nan", "unless_nan(a, where)")):
    _ok = f"ok = {_mask}"
    vjp(
        f"numpy.{_nan}sum",
        f"{_AXIS}{_KEPT}{_FIRST}where=True",
        kind="reduction",
        where=_ok,
        a=f"masked({DOUT}, ok)",
        initial="whole(dout, out)",
        jvp=f"np.sum(a_dot, dtype=dtype, {_THERE}) + initial_dot",
    )
    vjp(
        f"numpy.{_nan}mean",
        f"{_AXIS}{_KEPT}where=True",
        kind="reduction",
        where=_ok,
        a=f"masked({DOUT} / number(a, axis, ok, 0, True), ok)",
        jvp=f"np.mean(a_dot, dtype=dtype, {_THERE})",
    )
    vjp(
        f"numpy.{_nan}prod",
        f"{_AXIS}{_KEPT}{_FIRST}where=True",
        kind="reduction",
        where=f"{_ok}; rest = others(a, axis, ok) if initial is None else initial * others(a, axis, ok)",
        a=f"masked({DOUT} * rest, ok)",
        initial=f"whole(dout, out) * np.{_nan}prod(a, axis=axis, keepdims=keepdims, where=where)",
        jvp=f"np.sum(rest * a_dot, {_THERE})"
        f" + initial_dot * np.{_nan}prod(a, axis=axis, keepdims=keepdims, where=where)",
    )
    _spread = "u = centred(a, axis, ok)"
    _each, _one = "number(a, axis, ok, ddof, True)", "number(a, axis, ok, ddof, keepdims)"
    vjp(
        f"numpy.{_nan}var",
        f"{_AXIS}ddof=0, {_KEPT}where=True",
        kind="reduction",
        where=f"{_ok}; {_spread}",
        a=f"masked(2 * {DOUT} / {_each} * u, ok)",
        jvp=f"2 * np.sum(u * a_dot, {_THERE}) / {_one}",
    )
    vjp(
        f"numpy.{_nan}std",
        f"{_AXIS}ddof=0, {_KEPT}where=True",
        kind="reduction",
        where=f"{_ok}; {_spread}; s = {OUT}",
        a=f"masked({DOUT} / ({_each} * (s + (s == 0))) * u, ok)",
        jvp=f"np.sum(u * a_dot, {_THERE}) / ({_one} * (out + (out == 0)))",
    )
    for _name in ("max", "min") if _nan else ("max", "min", "amax", "amin"):
        vjp(
            f"numpy.{_nan}{_name}",
            "a, axis=None, *, keepdims=False, initial=None, where=True",
            kind="reduction",
            where=f"{_ok}; hit = taken(a == {OUT}, ok)",
            a=f"masked(hit * ({DOUT} / ties(hit, {OUT}, axis, True, initial)), ok)",
            initial="(out == initial) * whole(dout, out) / ties(hit, out, axis, keepdims, initial)",
            jvp="np.sum(masked(hit * a_dot, ok), axis=axis, keepdims=keepdims)"
            " / ties(hit, out, axis, keepdims, initial)"
            " + (out == initial) * initial_dot / ties(hit, out, axis, keepdims, initial)",
        )


@written("numpy.ptp")
def ptp(a, axis=None, *, keepdims=False):
    most, least = np.max(a, axis=axis, keepdims=keepdims), np.min(a, axis=axis, keepdims=keepdims)
    return most - least


# ------------------------------------------------------------ running sums and products

linear(
    "numpy.cumsum",
    "a, axis=None, dtype=None",
    kind="running",
    a="unflat(sum_from(dout, axis), a, axis)",
)
# what goes through an element is a multiple of it: divided where that is far from 0 and from inf
vjp(
    "numpy.cumprod",
    "a, axis=None, dtype=None",
    kind="running",
    where="x = flat(a, axis); size = np.abs(out); safe = np.all((size > 1e-30) & (size < 1e30))",
    a="unflat(sum_from(dout * out, axis) / x if safe else along(before(along(x, axis))"
    " * reverse(carried(reverse(along(dout, axis)), along(x, axis)[:0:-1])), axis), a, axis)",
    jvp="out * np.cumsum(flat(a_dot, axis) / x, axis=axis) if safe"
    " else along(carried(before(along(x, axis)) * along(a_dot, axis), along(x, axis)[1:]), axis)",
)


@written("numpy.nancumsum")
def nancumsum(a, axis=None, dtype=None):
    return np.cumsum(np.where(np.isnan(a), 0, a), axis=axis, dtype=dtype)


@written("numpy.nancumprod")
def nancumprod(a, axis=None, dtype=None):
    return np.cumprod(np.where(np.isnan(a), 1, a), axis=axis, dtype=dtype)


@written("numpy.cumulative_sum")
def cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False):
    sums = np.cumsum(x, axis=_only_axis(x, axis), dtype=dtype)
    return np.pad(sums, _one_before(x, axis)) if include_initial else sums


@written("numpy.cumulative_prod")
def cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False):
    products = np.cumprod(x, axis=_only_axis(x, axis), dtype=dtype)
    if not include_initial:
        return products
    return np.pad(products, _one_before(x, axis), constant_values=1)


def _only_axis(x, axis):
    if axis is None and np.ndim(x) > 1:
        raise ValueError("for arrays of more than one dimension, `axis` is needed")
    return axis


def _one_before(x, axis):
    """The widths for `np.pad` of one element in front."""
    if np.ndim(x) == 1:
        return 1, 0
    along = axis % np.ndim(x)
    return tuple([(1, 0) if k == along else (0, 0) for k in range(np.ndim(x))])


@macro
def last_hit(b, a, out, axis):
    """Where along an axis each of the running extremes was met last."""
    n, place = b.gate("extent", a, axis), literal(axis) % kind_of(a).ndim
    at = b.gate("numpy.arange:1", n, hint="at")
    behind = (Const(None),) * (kind_of(a).ndim - 1 - place)
    at = b.gate("view", at, Tup((Slice(None, None, None), *behind))) if behind else at
    hit = b.gate("numpy.where", b.gate("operator.eq", a, out), at, Const(0))
    return b.gate("numpy.maximum.accumulate", hit, kw=said(axis=axis, keepdims=Const(False)))


for _name in ("maximum", "minimum"):
    vjp(
        f"numpy.{_name}.accumulate",
        "a, axis=0",
        kind="running",
        where="at = last_hit(a, out, axis)",
        a="added_at(dout, np.take_along_axis(positions(a), at, axis), a)",
        jvp="np.take_along_axis(a_dot, at, axis)",
    )


@written("numpy.logaddexp.reduce")
def logaddexp_reduce(array, axis=0, *, keepdims=False):
    """As a log-sum-exp: what it takes away first does not change it."""
    top = np.max(array, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0.0)
    total = np.log(np.sum(np.exp(array - top), axis=axis, keepdims=True)) + top
    return total if keepdims else np.sum(total, axis=axis)


# ------------------------------------------------------------ averages and integrals


@macro
def aligned(b, w, a, axis):
    """Weights as they meet the array: one row of them goes along the axis."""
    kind, target = kind_of(w), kind_of(a)
    if not isinstance(kind, Array) or kind.ndim == target.ndim:
        return w
    place = literal(axis) % target.ndim
    behind = (Const(None),) * (target.ndim - 1 - place)  # broadcasting puts those before it there
    return b.gate("view", w, Tup((Slice(None, None, None), *behind))) if behind else w


@macro
def gathered(b, c, w, a, axis):
    """Undo `aligned`."""
    if kind_of(w).ndim == kind_of(a).ndim:
        return c
    place = literal(axis) % kind_of(a).ndim
    axes = tuple(Const(k) for k in range(kind_of(a).ndim) if k != place)
    return b.gate("numpy.sum", c, kw=(("axis", axes[0] if len(axes) == 1 else Tup(axes)),))


@macro
def total(b, w, a, axis, keepdims):
    if not isinstance(kind_of(w), Array):
        return Const(None)
    if kind_of(w).ndim < kind_of(a).ndim:
        return b.gate("numpy.sum", w)
    return b.gate("numpy.sum", w, kw=said(axis=axis, keepdims=keepdims))


vjp(
    "numpy.average",
    "a, axis=None, weights=None, *, keepdims=False",
    kind="averaged",
    where=f"w = aligned(weights, a, axis); s = expand(total(weights, a, axis, True), a, axis, True);"
    f" n = number(a, axis, True, 0, True); u = a - {OUT}",
    a=f"{DOUT} / n if weights is None else {DOUT} / s * w",
    weights=f"gathered({DOUT} * u / s, weights, a, axis)",
    jvp="(np.mean(a_dot, axis=axis, keepdims=keepdims) if weights is None else"
    " np.sum(w * a_dot, axis=axis, keepdims=keepdims) / total(weights, a, axis, keepdims))"
    " + np.sum(u * aligned(weights_dot, a, axis), axis=axis, keepdims=keepdims)"
    " / total(weights, a, axis, keepdims)",
)


OTHERWISE["numpy.average"] = "returned", {"returned": False}


@written("numpy.average:returned")
def average_with_weight(a, axis=None, weights=None, returned=False, *, keepdims=False):
    mean = np.average(a, axis=axis, weights=weights, keepdims=keepdims)
    if weights is None:
        total = np.size(a) / np.size(mean)
    elif np.ndim(weights) == np.ndim(a):
        total = np.sum(weights, axis=axis, keepdims=keepdims)
    else:
        total = np.sum(weights)
    if np.ndim(total) < np.ndim(mean):
        total = np.full(np.shape(mean), total)
    return mean, total


@written("numpy.trapezoid")
def trapezoid(y, x=None, dx=1.0, axis=-1):
    if axis != -1 and axis != y.ndim - 1:
        y = y.T if y.ndim == 2 else np.moveaxis(y, axis, -1)
        if x is not None and x.ndim > 1:
            x = x.T if x.ndim == 2 else np.moveaxis(x, axis, -1)
    steps = dx if x is None else x[..., 1:] - x[..., :-1]
    return np.sum(steps * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)


if hasattr(np, "trapz"):
    written("numpy.trapz")(trapezoid)

METHODS |= {n: f"numpy.{n}" for n in "sum prod mean std var max min cumsum cumprod".split()}
