"""Which axes of an array its views run along.

    b[1] = b[:, 2]          the row runs along axis 1 of b, the column along axis 0

NumPy copies before it stores where what is read and written overlap, except in one dimension: there
it relies on both to run alike.
"""

from __future__ import annotations

from srcgrad.ir import Gate, Slice, Value
from srcgrad.kinds import Array
from srcgrad.memory import Aliases
from srcgrad.operands import is_new_axis, kind_of, one_an_axis


class Windows:
    """The views of one function, by the gates that make them."""

    def __init__(self, makers: dict, aliases: Aliases):
        self.makers, self.aliases = makers, aliases

    def may_cross(self, store: Gate) -> bool:
        """Whether `x[i] = v` is of one dimension, v may be of x's memory, and the two run differently."""
        base, index, value = store.args
        if not isinstance(value, Value) or not all(
            isinstance(kind_of(o), Array) for o in (base, value)
        ):
            return False
        if self.aliases.find(base) is not self.aliases.find(value) or kind_of(value).ndim != 1:
            return False
        (root, ways), (other, theirs) = self.ways(base), self.ways(value)
        return root is not other or _indexed(ways, index) != theirs

    def ways(self, v) -> tuple:
        """The array that `v` is a view of, and for each axis of `v` the one it runs along, and its step."""
        maker = self.makers.get(v)
        views = maker is not None and maker.op in ("view", "numpy.transpose")
        if maker is None or not views or not isinstance(kind_of(maker.args[0]), Array):
            return v, [(k, 1) for k in range(v.kind.ndim)]  # an element of a list has no base
        root, ways = self.ways(maker.args[0])
        if maker.op == "view":
            return root, _indexed(ways, maker.args[1])
        return root, ways[::-1]


def _indexed(ways, index) -> list:
    left = iter(ways)
    out: list = []
    for item in one_an_axis(index, len(ways)):
        if is_new_axis(item):
            out.append((None, 0))
            continue
        axis, step = next(left)
        if isinstance(item, Slice):
            factor = 1 if item.step is None else getattr(item.step, "value", None)
            out.append((axis, step * factor if factor is not None else item.step))
    return out
