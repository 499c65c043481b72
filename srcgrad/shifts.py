"""Values that cancel: what is taken away for the sake of stability, and given back.

    m = np.max(z, axis=1, keepdims=True)
    e = np.exp(z - m)                               m adds -1 times itself to z - m, e has the
    p = e / np.sum(e, axis=1, keepdims=True)        factor exp(-m), and p does not depend on m

A softmax, a log-softmax or a logarithm of a sum of exponentials is what it would be without the
maximum: its derivative by that is zero, exactly, and takes no statements. It is followed through
sums (where m adds k times itself) and products (where exp(k m) is a factor).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from srcgrad.ir import Block, Const, Gate, Value, blocks, frees, reads
from srcgrad.kinds import Array
from srcgrad.operands import is_new_axis, is_whole, kind_of, literal, one_an_axis
from srcgrad.rules.record import TABLE
from srcgrad.rules.resultkinds import axes_of

_STABILISERS = (
    "numpy.max",
    "numpy.amax",
    "numpy.min",
    "numpy.amin",
    "builtins.max:",
    "builtins.min:",
)
_SIGNS = {"add": 1, "subtract": -1, "sub": -1, "mul": 1, "multiply": 1, "truediv": -1, "divide": -1}
_SUMS = ("add", "sub", "subtract")
_MEASURES = ("shape", "size", "extent", "len", "stop_gradient", "demand")


def cancelling(body: Block) -> set[Value]:
    """The maxima and minima of a function that nothing depends on in the end."""
    found: set[Value] = set()
    for k, s in enumerate(body.stmts):
        if isinstance(s, Gate) and s.out is not None and s.op.startswith(_STABILISERS):
            if _Share(s.out).is_lost(body.stmts[k + 1 :], body.yields):
                found.add(s.out)
        for inner in blocks(s):
            found |= cancelling(inner)
    return found


@dataclass(frozen=True)
class _Part:
    """How m is part of a value: `power` times in a sum, or as exp(power m) in a product.

    `axes` are those along which m varies, counted from the last, with the axis of m each is.
    """

    sort: str
    power: float
    axes: frozenset


class _Share:
    """What one value is part of."""

    def __init__(self, m: Value):
        kind = kind_of(m)
        extents = kind.extents if isinstance(kind, Array) else ()
        axes = {(k - len(extents), k) for k, extent in enumerate(extents) if extent != 1}
        self.parts = {m: _Part("sum", 1, frozenset(axes))}

    def is_lost(self, stmts, yields) -> bool:
        """Whether all that is computed from m does not depend on it."""
        for s in stmts:
            if not any(
                v in self.parts for v in (*reads(s), *(v for b in blocks(s) for v in frees(b)))
            ):
                continue
            part = self.part(s) if isinstance(s, Gate) else None
            if part is None:
                return False
            if part.power:
                self.parts[s.out] = part
        return not any(y in self.parts for y in yields)

    def part(self, g) -> _Part | None:
        """How m is part of what a gate gives; None where that cannot be told."""
        none = _Part("sum", 0, frozenset())
        if g.op in _MEASURES or g.op in TABLE and TABLE[g.op].flavour == "zero":
            return none
        library, _, op = g.op.rpartition(".")
        if library not in ("operator", "numpy", "math") and g.op != "view":
            return None
        given = [self.parts.get(a) if isinstance(a, Value) else None for a in g.args]
        if op in _SIGNS and library != "math":
            return self.combined("sum" if op in _SUMS else "product", op, given)
        first, *others = given
        if first is None or any(others):
            return None
        match op:
            case "neg" | "negative" if first.sort == "sum":
                return replace(first, power=-first.power)
            case "exp" if first.sort == "sum":
                return replace(first, sort="product")
            case "log" if first.sort == "product" and len(g.args) == 1:
                return replace(first, sort="sum")
            case "sum" | "mean" if first.sort == "product" or op == "mean":
                return self.reduced(g, first)
            case "view":
                return self.viewed(g, first)
        return None

    def combined(self, sort, op, given) -> _Part | None:
        x, y = given
        if sort == "sum" and x is not None and x.sort == "product":
            return x if x == y else None  # a sum of what has the same factor
        if any(part is not None and part.sort != sort for part in given):
            return None
        sign = _SIGNS[op]
        if x is None or y is None:
            return x or replace(y, power=sign * y.power)
        if x.axes != y.axes:
            return None
        return replace(x, power=x.power + sign * y.power)

    def reduced(self, g, part) -> _Part | None:
        """Of a sum along axes that m does not vary along."""
        kind, kw = kind_of(g.args[0]), dict(g.kw)
        if not isinstance(kind, Array) or set(kw) - {"axis", "keepdims"} or len(g.args) > 2:
            return None
        try:
            axis = literal(g.args[1] if len(g.args) > 1 else kw.get("axis", Const(None)))
            kept = literal(kw.get("keepdims", Const(False)))
        except ValueError:
            return None
        gone = {a - kind.ndim for a in axes_of(axis, kind.ndim)}
        if gone & {a for a, _ in part.axes}:
            return None
        if kept:
            return part
        moved = {(a + sum(1 for o in gone if o > a), k) for a, k in part.axes}
        return replace(part, axes=frozenset(moved))

    def viewed(self, g, part) -> _Part | None:
        """Of ints where m does not vary, whole slices and new axes."""
        base, index = g.args
        ndim, places, out = kind_of(base).ndim, {}, 0
        axes = iter(range(-ndim, 0))
        for item in one_an_axis(index, ndim):
            if is_new_axis(item):
                out += 1
            elif is_whole(item):
                places[next(axes)] = out
                out += 1
            elif isinstance(item, Const) and isinstance(item.value, int):
                next(axes)
            else:
                return None
        if any(a not in places for a, _ in part.axes):
            return None
        return replace(part, axes=frozenset((places[a] - out, k) for a, k in part.axes))
