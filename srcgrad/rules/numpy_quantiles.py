"""NumPy's medians and quantiles: a share of the elements below, and one of those above.

The two are found by the result, which lies between them, and not by sorting once more. Kinks: ties
share evenly. By the levels there is no derivative.
"""

from srcgrad.ir import Const, Slice, Tup
from srcgrad.kinds import Array
from srcgrad.operands import kind_of, literal
from srcgrad.rules.kinds_reductions import CONTINUOUS, ELEMENTS, as_array, levels
from srcgrad.rules.macros import expand
from srcgrad.rules.numpy_reductions import ALL, DOUT, OUT, number, said
from srcgrad.rules.record import macro, vjp


def _rank(q):
    kind = levels(q)
    return kind.ndim if isinstance(kind, Array) else 0


@macro
def spread(b, c, a, axis, keepdims, q):
    """As `expand`, of what has axes of levels in front."""
    lead, kind = _rank(q), as_array(kind_of(a))
    if not lead:
        return expand(b, c, a, axis, keepdims)
    if literal(keepdims) or not kind.ndim:
        return c
    axes = {k % kind.ndim for k in _axes(axis, kind.ndim)}
    index = [Slice(None, None, None)] * lead
    index += [Const(None) if k in axes else Slice(None, None, None) for k in range(kind.ndim)]
    return b.gate("view", c, Tup(tuple(index)))


def _axes(axis, ndim):
    """Axes counted from the right, where those of levels do not matter."""
    axes = literal(axis)
    if axes is None:
        return tuple(range(-ndim, 0))
    return tuple(k % ndim - ndim for k in (axes if isinstance(axes, tuple) else (axes,)))


@macro
def from_right(b, axis, a, q):
    if not _rank(q):
        return axis
    axes = tuple(map(Const, _axes(axis, as_array(kind_of(a)).ndim)))
    return axes[0] if len(axes) == 1 else Tup(axes)


@macro
def fraction(b, q, unit, a, axis, where, method):
    """How far a quantile is from the element below it towards the one above."""
    if CONTINUOUS.get(method.value) is None:
        return Const(0.5)
    alpha, beta = CONTINUOUS[method.value]
    n, kind = number(b, a, axis, where, Const(0), ALL), levels(q)
    if isinstance(kind, Array):
        if not isinstance(kind_of(q), Array):
            q = b.gate("numpy.array", q, kind=kind)
        ones = (Const(None),) * as_array(kind_of(a)).ndim
        q = b.gate("view", q, Tup((Const(...), *ones)))
    # rounded as NumPy rounds it, which the algebra of cotangents does not touch: near a whole number
    # it would be another pair of elements
    if unit != Const(1):
        q = Const(q.value / unit.value) if isinstance(q, Const) else b.gate("numpy.divide", q, unit)
    if alpha == beta == 1:
        place = b.gate("operator.mul", q, b.gate("operator.sub", n, Const(1)))
    else:
        shift = b.gate("numpy.multiply", q, Const(1 - alpha - beta))
        shift = b.gate("numpy.add", shift, Const(alpha))
        place = b.gate("numpy.add", b.gate("numpy.multiply", q, n), shift)
        place = b.gate("numpy.subtract", place, Const(1))
    return b.gate("operator.mod", place, Const(1))


@macro
def is_element(b, method):
    return Const(method.value in ELEMENTS)


@macro
def extreme(b, name, x, axis):
    return b.gate(f"numpy.{name.value}", x, kw=said(axis=axis, keepdims=ALL))


# the elements that are next to a quantile, or are it
_UP = "lower = share(a == extreme('max', np.where(a <= m, a, -np.inf), right), right)"
_DOWN = "upper = share(a == extreme('min', np.where(a >= m, a, np.inf), right), right)"

for _nan, _mask in (("", "True"), ("nan", "unless_nan(a, True)")):
    vjp(
        f"numpy.{_nan}median",
        "a, axis=None, *, keepdims=False",
        kind="reduction",
        where=f"ok = {_mask}; right = axis; m = {OUT}; {_UP}; {_DOWN};"
        " weight = 0.5 * (lower + upper)",
        a=f"masked({DOUT} * weight, ok)",
        jvp="np.sum(masked(weight * a_dot, ok), axis=axis, keepdims=keepdims)",
    )
    for _name, _unit in (("quantile", 1), ("percentile", 100)):
        vjp(
            f"numpy.{_nan}{_name}",
            "a, q, axis=None, *, method='linear', keepdims=False",
            kind="quantiles",
            where=f"ok = {_mask}; right = from_right(axis, a, q); m = spread(out, a, axis, keepdims, q);"
            f" t = fraction(q, {_unit}, a, axis, ok, method); {_UP}; {_DOWN}; weight = share(a == m, right)"
            " if is_element(method) else (1 - t) * lower + t * upper",
            a="masked(spread(dout, a, axis, keepdims, q) * weight, ok)",
            jvp="np.sum(masked(weight * a_dot, ok), axis=right, keepdims=keepdims)",
        )
