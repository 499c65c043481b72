"""NumPy's norms of vectors and matrices, of all orders.

Kinks: `norm'(0) = 0`; ties of the norms that are a maximum share evenly; what a singular value of 0
belongs to has no part in them.
"""

from __future__ import annotations

import numpy as np

from srcgrad.ir import Const, Tup
from srcgrad.kinds import Array
from srcgrad.operands import KindError, kind_of, literal
from srcgrad.rules.macros import say
from srcgrad.rules.record import kind_rule, macro, vjp, written
from srcgrad.rules.resultkinds import reduce_to_float

vjp("numpy.linalg.norm", "x, ord=None, axis=None, keepdims=False", kind="norm",
    x="expand(dout, x, norm_axes(x, axis), keepdims) * norm_slope(out, x, ord, axis, keepdims)",
    jvp="np.sum(norm_slope(out, x, ord, axis, keepdims) * x_dot, axis=norm_axes(x, axis), keepdims=keepdims)")  # fmt: skip


@kind_rule
def norm_(rule, args, kind_of):
    x, order, axis = kind_of(args["x"]), literal(args["ord"]), literal(args["axis"])
    if not isinstance(x, Array):
        return None
    if order is not None and axis is None and x.ndim > 2:
        raise KindError("`np.linalg.norm` of more than two axes takes `axis=` with `ord=`")
    _slope_text(order, axis, x.ndim)
    return reduce_to_float(rule, {"a": args["x"], **args}, kind_of)


@macro
def norm_axes(b, x, axis):
    return axis


@macro
def norm_slope(b, out, x, order, axis, keepdims):
    """The derivative of a norm by what it is of."""
    text = _slope_text(literal(order), literal(axis), kind_of(x).ndim)
    places = _not_last(literal(order), literal(axis), kind_of(x).ndim)
    if places:
        return _moved(b, text, x, order, places)
    names = {"out": out, "x": x, "ord": order, "axis": axis, "keepdims": keepdims}
    if "row" in text or "column" in text:
        row, column = _pair(literal(axis), kind_of(x).ndim)
        names |= {"row": Const(row), "column": Const(column)}
    return say(b, text, **names)


def _not_last(order, axis, ndim):
    """The axes of matrices whose singular values are asked for, where they are not the last ones."""
    if order not in _OF_SINGULAR or not isinstance(axis, tuple):
        return None
    places = _pair(axis, ndim)
    return None if set(places) == {ndim - 2, ndim - 1} else places


def _moved(b, text, x, order, places):
    """The slope of a norm of matrices whose axes are put last, and back again."""
    last, back = Tup((Const(-2), Const(-1))), Tup(tuple(map(Const, places)))
    x = b.gate("numpy.moveaxis", x, back, last)
    return b.gate("numpy.moveaxis", say(b, text, x=x, ord=order), last, back)


def _pair(axis, ndim):
    return tuple(a % ndim for a in (axis if axis is not None else (-2, -1)))


def _slope_text(order, axis, ndim) -> str:
    """The text for an order; of one axis it is that of vectors, of two that of matrices."""
    if order is None:
        return _EUCLIDEAN
    if isinstance(axis, int) or axis is None and ndim == 1:
        if order in (1, 2, np.inf, -np.inf, 0):
            return _OF_VECTORS[order]
        if isinstance(order, (int, float)):
            return _POWER
    elif order == "fro":
        return _EUCLIDEAN
    elif order in _OF_MATRICES:
        return _OF_MATRICES[order]
    elif order in _OF_SINGULAR:
        return _OF_SINGULAR[order]
    raise KindError(
        f"`np.linalg.norm` with `ord={order!r}` and `axis={axis!r}` is not differentiated"
    )


_EUCLIDEAN = "n = expand(out, x, axis, keepdims); x / choose(n == 0, 1, n)"
_POWER = """n = expand(out, x, axis, keepdims);
    np.sign(x) * (abs(x) / choose(n == 0, 1, n)) ** (ord - 1)"""
_EXTREME = """hit = abs(x) == expand(out, x, axis, keepdims);
    np.sign(x) * hit / np.sum(hit, axis=axis, keepdims=True)"""
_OF_VECTORS = {
    0: "0.0 * x", 1: "np.sign(x)", 2: _EUCLIDEAN, np.inf: _EXTREME, -np.inf: _EXTREME,
}  # fmt: skip
_SUMS = """sums = np.sum(abs(x), axis={0}, keepdims=True);
    hit = sums == np.{2}(sums, axis={1}, keepdims=True);
    np.sign(x) * (hit / np.sum(hit, axis={1}, keepdims=True))"""
_OF_MATRICES = {
    1: _SUMS.format("row", "column", "max"), -1: _SUMS.format("row", "column", "min"),
    np.inf: _SUMS.format("column", "row", "max"), -np.inf: _SUMS.format("column", "row", "min"),
}  # fmt: skip
_BY_VALUES = """u = np.linalg.svd(x, False)[0]; s = np.linalg.svd(x, False)[1];
    v = np.linalg.svd(x, False)[2]; hit = {0}; (u * across(hit{1})) @ v"""
_ONE = _BY_VALUES.format(
    "(s == s[..., {0}]) * (s > 0)", " / np.maximum(np.sum(hit, axis=-1, keepdims=True), 1)"
)
_OF_SINGULAR = {
    "nuc": _BY_VALUES.format("s > 0", ""), 2: _ONE.format(":1"), -2: _ONE.format("-1:"),
}  # fmt: skip


@written("numpy.linalg.vector_norm")
def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    if axis is None and np.ndim(x) > 1:
        norm = np.linalg.norm(np.ravel(x), ord)
        return np.full(tuple([1 for _ in range(np.ndim(x))]), norm) if keepdims else norm
    if (
        axis is not None and np.ndim(axis) == 1 and len(axis) > 1
    ):  # which `np.linalg.norm` takes for those of matrices
        if len(axis) == 2 and ord == 2:
            return np.linalg.norm(x, None, axis, keepdims)
        last = np.moveaxis(x, axis, tuple([-1 - k for k in range(len(axis))]))
        lengths = tuple([np.shape(last)[k] for k in range(np.ndim(x) - len(axis))])
        norm = np.linalg.norm(np.reshape(last, (*lengths, -1)), ord, -1)
        return np.expand_dims(norm, axis) if keepdims else norm
    return np.linalg.norm(x, ord, axis, keepdims)


@written("numpy.linalg.matrix_norm")
def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    return np.linalg.norm(x, ord, (-2, -1), keepdims)
