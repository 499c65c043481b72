"""NumPy: functions of samples: differences, interpolation, convolution, polynomials, covariances.

Kinks: at a knot, `interp` has the mean of the slopes on both sides; beyond the ends they are 0.
`unwrap` adds whole periods, which are constant.
"""

from __future__ import annotations

import numpy as np

from srcgrad.ir import Const, Tup
from srcgrad.kinds import Scalar
from srcgrad.operands import kind_of, literal
from srcgrad.rules.macros import say
from srcgrad.rules.numpy_joins import cut
from srcgrad.rules.numpy_shapes import added_at
from srcgrad.rules.record import OTHERWISE, macro, scalar, vjp, written, zero

# ---------------------------------------------------------------- differences


@written("numpy.diff")
def diff(a, n=1, axis=-1, prepend=None, append=None):
    if n < 0:
        raise ValueError("order must be non-negative")
    if n > 0 and prepend is not None:
        a = np.concatenate([_edge(prepend, a, axis), a], axis=axis)
    if n > 0 and append is not None:
        a = np.concatenate([a, _edge(append, a, axis)], axis=axis)
    for _ in range(n):
        a = cut(a, 1, None, axis) - cut(a, None, -1, axis)
    return a


def _edge(value, a, axis):
    """What is put before or behind an array along an axis: a number stands for one of each row."""
    if np.ndim(value) > 0:
        return value
    if np.ndim(a) == 1:
        return np.full(1, value)
    along = axis % np.ndim(a)
    shape = tuple([1 if k == along else np.shape(a)[k] for k in range(np.ndim(a))])
    return np.full(shape, value)


@written("numpy.ediff1d")
def ediff1d(ary, to_end=None, to_begin=None):
    a = np.ravel(ary)
    parts = (a[1:] - a[:-1],)
    if to_begin is not None:
        parts = (np.ravel(np.atleast_1d(to_begin)), *parts)
    if to_end is not None:
        parts = (*parts, np.ravel(np.atleast_1d(to_end)))
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


@written("numpy.gradient")
def gradient(f, *varargs, axis=None, edge_order=1):
    if axis is None:
        axis = tuple([0 + k for k in range(np.ndim(f))])
    if np.ndim(axis) == 0:
        return _slope(f, varargs[0] if len(varargs) else 1.0, axis, edge_order)
    steps = [1.0 for _ in axis] if len(varargs) == 0 else varargs
    steps = [steps[0] for _ in axis] if len(varargs) == 1 else steps
    found = tuple([_slope(f, h, along, edge_order) for along, h in zip(axis, steps)])
    return found[0] if len(found) == 1 else found


def _slope(f, h, axis, edge_order):
    """The slope along one axis, by differences of samples at a distance h, or at the points h."""
    if np.shape(f)[axis] < edge_order + 1:
        raise ValueError("the array is too short along an axis for the differences at its ends")
    slope = np.zeros_like(f / 1.0)
    if axis == 0 or np.ndim(f) == 1:
        _fill(slope, f, h, edge_order)
    else:
        _fill(np.swapaxes(slope, 0, axis), np.swapaxes(f, 0, axis), h, edge_order)
    return slope


def _fill(slope, f, h, edge_order):
    if np.ndim(h) > 0:
        _uneven(slope, f, h[1:] - h[:-1], edge_order)
        return
    slope[1:-1] = (f[2:] - f[:-2]) / (2.0 * h)
    if edge_order == 1:
        slope[0] = (f[1] - f[0]) / h
        slope[-1] = (f[-1] - f[-2]) / h
    else:
        slope[0] = (2.0 * f[1] - 1.5 * f[0] - 0.5 * f[2]) / h
        slope[-1] = (1.5 * f[-1] - 2.0 * f[-2] + 0.5 * f[-3]) / h


def _uneven(slope, f, d, edge_order):
    """By parabolas through three points each, at the distances `d`."""
    rest = tuple([k + 1 for k in range(np.ndim(f) - 1)])
    a, b = d[:-1], d[1:]
    if len(rest):
        a, b = np.expand_dims(a, rest), np.expand_dims(b, rest)
    slope[1:-1] = (
        a / (b * (a + b)) * f[2:] + (b - a) / (a * b) * f[1:-1] - b / (a * (a + b)) * f[:-2]
    )
    if edge_order == 1:
        slope[0] = (f[1] - f[0]) / d[0]
        slope[-1] = (f[-1] - f[-2]) / d[-1]
        return
    a, b = d[0], d[1]
    slope[0] = (
        (a + b) / (a * b) * f[1] - (2.0 * a + b) / (a * (a + b)) * f[0] - a / (b * (a + b)) * f[2]
    )
    a, b = d[-2], d[-1]
    slope[-1] = (
        b / (a * (a + b)) * f[-3]
        - (a + b) / (a * b) * f[-2]
        + (2.0 * b + a) / (b * (a + b)) * f[-1]
    )


# by as many whole periods as it takes
scalar("numpy.unwrap", "p, discont=None, axis=-1, *, period=6.283185307179586",
    d=("1", None, None, None), kind="unwrapped")  # fmt: skip

# ---------------------------------------------------------------- interpolation


@macro
def end(b, x, k):
    return b.gate("getitem", x, k)


@macro
def by_knots(b, c, x, xp, left, right):
    """The sums of the cotangents `c` of what was interpolated at `x`, by the knots beside it."""
    for given, test in ((left, "x < end(xp, 0)"), (right, "x > end(xp, -1)")):
        if given != Const(None):
            test = f"np.where({test}, 0.0, c)"
            c = say(b, test, x=x, xp=xp, c=c)
    n = b.gate("len", xp)
    k = say(b, "np.clip(np.searchsorted(xp, x, side='right'), 1, n - 1)", x=x, xp=xp, n=n)
    k.hint = "k"
    low = say(b, "np.take(xp, k - 1)", xp=xp, k=k)
    t = say(b, "np.clip((x - low) / (np.take(xp, k) - low), 0.0, 1.0)", x=x, xp=xp, k=k, low=low)
    t.hint = "t"
    before = added_at(b, say(b, "(1 - t) * c", t=t, c=c), say(b, "k - 1", k=k), xp)
    return b.gate("operator.add", before, added_at(b, say(b, "t * c", t=t, c=c), k, xp))


vjp("numpy.interp", "x, xp, fp, left=None, right=None, period=None", kind="interpolated",
    where="slopes = np.pad((fp[1:] - fp[:-1]) / (xp[1:] - xp[:-1]), 1);"
          "slope = 0.5 * (np.take(slopes, np.searchsorted(xp, x))"
          " + np.take(slopes, np.searchsorted(xp, x, side='right')))",
    x="slope * dout", fp="by_knots(dout, x, xp, left, right)",
    xp="-by_knots(slope * dout, x, xp, None, None)",
    left="np.sum((x < end(xp, 0)) * dout)", right="np.sum((x > end(xp, -1)) * dout)",
    jvp="slope * x_dot + slope * -np.interp(x, xp, xp_dot)"
        " + np.interp(x, xp, fp_dot, None if left is None else 0.0, None if right is None else 0.0)"
        " + (x < end(xp, 0)) * left_dot + (x > end(xp, -1)) * right_dot")  # fmt: skip
OTHERWISE["numpy.interp"] = "period", {"period": None}


@written("numpy.interp:period")
def interp_periodic(x, xp, fp, left=None, right=None, period=None):
    """One more knot at each end, of the next period."""
    if period == 0:
        raise ValueError("period must be a non-zero value")
    period = abs(period)
    xp = xp % period
    order = np.argsort(xp)
    xp, fp = xp[order], fp[order]
    xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
    return np.interp(x % period, xp, np.concatenate([fp[-1:], fp, fp[:1]]))


zero("numpy.digitize", "x, bins, right=False", kind="binned")


@written("numpy.histogram")
def histogram(a, bins=10, range=None):
    """How many fall into each bin is a jump; the bins may be made of the samples."""
    a = np.sort(np.ravel(a) if np.ndim(a) != 1 else a)
    edges = np.asarray(bins) if np.ndim(bins) > 0 else _bins(a, bins, range)
    below = np.concatenate(
        [np.searchsorted(a, edges[:-1]), np.searchsorted(a, edges[-1:], side="right")]
    )
    return below[1:] - below[:-1], edges


def _bins(a, bins, range):
    if range is None:
        return np.linspace(a[0], a[-1], bins + 1)
    return np.linspace(range[0], range[1], bins + 1)


# ---------------------------------------------------------------- convolution


@macro
def middle(b, c, a, v, mode, correlated):
    """The cotangent of all of a convolution, where only the middle was asked for."""
    if literal(mode) == "full":
        return c
    sizes = {"m": b.gate("len", a), "n": b.gate("len", v)}
    n = b.gate("builtins.min:2", sizes["m"], sizes["n"], hint="n")
    low = high = b.gate("operator.sub", n, Const(1))
    if literal(mode) == "same":
        low, high = say(b, "(n - 1) // 2", n=n), say(b, "n // 2", n=n)
        if literal(correlated):  # the shorter one comes first, and the other way round
            sizes |= {"low": low, "high": high}
            low, high = (
                say(b, t, **sizes) for t in ("high if m < n else low", "low if m < n else high")
            )
    return b.gate("numpy.pad", c, Tup((low, high)))


vjp("numpy.convolve", "a, v, mode='full'", kind="convolved",
    a="np.correlate(middle(dout, a, v, mode, False), v)",
    v="np.correlate(middle(dout, a, v, mode, False), a)",
    jvp="np.convolve(a, v_dot, mode) + np.convolve(a_dot, v, mode)")  # fmt: skip
vjp("numpy.correlate", "a, v, mode='valid'", kind="convolved",
    a="np.convolve(middle(dout, a, v, mode, True), v, 'valid')",
    v="np.correlate(middle(dout, a, v, mode, True), a)[::-1]",
    jvp="np.correlate(a, v_dot, mode) + np.correlate(a_dot, v, mode)")  # fmt: skip

# ---------------------------------------------------------------- polynomials


@macro
def degrees(b, p):
    """The exponents that belong to coefficients, the highest first."""
    n = b.gate("operator.sub", b.gate("len", p), Const(1))
    return b.gate("numpy.arange", n, Const(0), Const(-1), hint="n")


@macro
def coefficients(b, c, p, x):
    """The cotangents of the coefficients of a polynomial at `x`."""
    n = b.gate("len", p)
    if isinstance(kind_of(x), Scalar):
        return say(b, "c * np.ravel(np.vander(np.full(1, x), n))", c=c, x=x, n=n)
    return say(b, "flat(c) @ np.vander(flat(x), n)", c=c, x=x, n=n)


vjp("numpy.polyval", "p, x", kind="polynomial",
    p="coefficients(dout, p, x)", x="np.polyval(p[:-1] * degrees(p), x) * dout",
    jvp="np.polyval(p_dot, x) + np.polyval(p[:-1] * degrees(p), x) * x_dot")  # fmt: skip


@macro
def steeper(b, x, out, increasing):
    """The derivatives of the powers of `x` in a Vandermonde matrix, without that of 1."""
    n = b.gate("extent", out, Const(1))
    if literal(increasing):
        return say(b, "np.arange(1, n) * out[:, :-1]", n=n, out=out)
    return say(b, "np.arange(n - 1, 0, -1) * out[:, 1:]", n=n, out=out)


vjp("numpy.vander", "x, N=None, increasing=False", kind="powers",
    x="np.sum(steeper(x, out, increasing)"
      " * (dout[:, 1:] if increasing else dout[:, :-1]), axis=1)",
    jvp="np.pad(steeper(x, out, increasing) * expand(x_dot, x, 0, False)[:, None],"
        " ((0, 0), (1, 0)) if increasing else ((0, 0), (0, 1)))")  # fmt: skip

# ---------------------------------------------------------------- grids


@written("numpy.meshgrid")
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    n = len(xi)
    swapped = indexing == "xy" and n > 1
    order = [1 - k if k < 2 and swapped else k for k in range(n)]
    rows = [np.ravel(np.atleast_1d(x)) if np.ndim(x) != 1 else x for x in xi]
    spread = [
        np.expand_dims(rows[k], tuple([j for j in range(n) if j != order[k]])) if n > 1 else rows[k]
        for k in range(n)
    ]
    grids = spread if sparse else np.broadcast_arrays(*spread)
    return tuple([np.copy(g) for g in grids]) if copy else tuple(grids)


# ---------------------------------------------------------------- covariances


@written("numpy.cov")
def cov(m, y=None, rowvar=True, bias=False, ddof=None):
    x = m if rowvar or np.ndim(m) == 1 else np.transpose(m)
    if y is not None:
        other = y if rowvar or np.ndim(y) == 1 else np.transpose(y)
        x = np.concatenate([np.atleast_2d(x), np.atleast_2d(other)])
    free = (0 if bias else 1) if ddof is None else ddof
    if np.ndim(x) == 1:
        d = x - np.mean(x)
        return np.array(np.dot(d, d) / (len(x) - free))
    d = x - np.mean(x, axis=1, keepdims=True)
    return d @ np.transpose(d) / (np.shape(d)[1] - free)


@written("numpy.corrcoef")
def corrcoef(x, y=None, rowvar=True):
    c = np.cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    s = np.sqrt(np.diagonal(c))
    return np.clip(c / s[:, None] / s, -1.0, 1.0)
