"""Subscripts: what they read of lists and arrays, as views or as copies.

>>> from srcgrad.ir import Value
>>> from srcgrad.extents import Extent
>>> x, i = Value("x", Array("f8", (Extent("n"), Extent("m")))), Value("i", Array("i8", (Extent("k"),)))
>>> print(*indexed(x.kind, Slice(Const(1), None, None)))
f8[n-1,m] True
>>> print(*indexed(x.kind, Tup((Slice(None, None, None), i))), how(x.kind, i))
f8[n,k] False gather
"""

from __future__ import annotations

from srcgrad.extents import broadcast, constant_extent, fresh_extent, sliced
from srcgrad.ir import Const, Gate, Slice, Tup, Value
from srcgrad.kinds import BOOL, INT, UNKNOWN, Array, List, Record, Shape, element, is_integral
from srcgrad.operands import (
    KindError,
    index_items,
    is_ellipsis,
    is_new_axis,
    kind_of,
    number_kind,
)


def indexed(kind, index):
    """The kind of `container[index]`, and whether it is a view of the container."""
    if isinstance(kind, Shape):
        return INT, False
    if isinstance(kind, Record):
        return kind.kinds[kind.keys.index(index.value)], True
    if isinstance(kind, List):
        if isinstance(index, Slice):
            return kind, False
        return kind.elem, isinstance(kind.elem, (List, Array))
    items = list(index_items(index))
    walk = _Walk(kind, items)
    extents = walk.extents()
    whole = not extents and not any(is_ellipsis(i) for i in items)
    result = element(kind) if whole else Array(kind.dtype, extents)
    return result, not whole and not walk.arrays


def how(kind, index) -> str:
    """The operation that reads at a subscript: an element, a view, or what is gathered in a copy."""
    if isinstance(kind, Array) and is_gathered(index):
        return "gather"
    return "view" if indexed(kind, index)[1] else "getitem"


def is_gathered(index) -> bool:
    """Whether arrays, masks or lists are among the subscripts."""
    return any(_is_array(i) for i in index_items(index))


def is_mask(item) -> bool:
    """Whether a subscript is an array or a list of bools."""
    kind = kind_of(item)
    if isinstance(kind, Array):
        return kind.dtype == "b1"
    while isinstance(kind, List):
        kind = kind.elem
    return kind == BOOL


def may_repeat(index, makers) -> bool:
    """Whether some element may be named twice by a subscript; `makers` are gates by their values."""
    arrays = [i for i in index_items(index) if _is_array(i)]
    shapes = [_shape(i) for i in arrays]
    if len(arrays) < 2:
        return any(not _is_injective(i, makers) for i in arrays)
    if _are_of_matrix(arrays, makers):
        return False
    common = broadcast(*shapes)
    left = {k for k, e in enumerate(reversed(common)) if e != 1}
    for item, shape in zip(arrays, shapes):
        axes = {k for k, e in enumerate(reversed(shape)) if e != 1}
        if _is_injective(item, makers) and all(shape[-1 - k] == common[-1 - k] for k in axes):
            left -= axes
    return bool(left)


def _are_of_matrix(arrays, makers) -> bool:
    """Whether these are the rows and the columns that one call of `np.tril_indices` or its like gives."""
    found = [makers.get(i) for i in arrays if isinstance(i, Value)]
    if len(found) != 2 or None in found or found[0].op == found[1].op:
        return False
    return len({(g.op[:-3], g.args, g.kw) for g in found if g.op[:-3] in _OF_MATRIX}) == 1


_OF_MATRIX = ("numpy.tril_indices", "numpy.triu_indices")


def _is_injective(item, makers) -> bool:
    """Whether a subscript surely names no element twice."""
    if is_mask(item):
        return True
    maker = item if isinstance(item, Gate) else makers.get(item)
    if maker is None:
        return False
    written = maker.args[0] if maker.op == "numpy.array" else Tup(maker.args)
    if maker.op in ("list", "numpy.array") and isinstance(written, Tup):
        found: list = [a.value if isinstance(a, Const) else None for a in written.items]
        return (
            None not in found and len(set(found)) == len(found) and len({v < 0 for v in found}) < 2
        )
    if maker.op in ("view", "numpy.reshape", "numpy.array"):
        return isinstance(maker.args[0], Value) and _is_injective(maker.args[0], makers)
    if maker.op == "numpy.arange:1":
        return True
    if maker.op == "numpy.arange":
        return all(map(_is_natural, (maker.args[0], *maker.args[2:])))
    places = maker.op in ("numpy.flatnonzero", "numpy.argsort", "numpy.nonzero")
    return places and kind_of(maker.args[0]).ndim == 1


def _is_natural(o) -> bool:
    return isinstance(o, Const) and type(o.value) is int and o.value >= 0


class _Walk:
    """One way along the subscripts of an array, with the axes that each takes and gives."""

    def __init__(self, kind, items):
        self.kind, self.items = kind, items
        self.arrays = [i for i in items if _is_array(i)]
        self.left = list(kind.extents)
        self.taken = sum(map(_axes, items))
        if self.taken > len(self.left):
            raise KindError(f"{self.taken} subscripts for {len(self.left)} axes")

    def extents(self):
        """The extents of the result: what arrays give stands together, first where they are apart."""
        out: list = []
        shapes, places = [], []
        for k, item in enumerate(self.items):
            if self.arrays and (_is_array(item) or _is_int(item)):
                shapes.append(_shape(item))
                places.append((k, len(out)))
                del self.left[: _axes(item)]
            else:
                out += self.given(item)
        out += self.left
        if not self.arrays:
            return tuple(out)
        together = places[-1][0] - places[0][0] == len(places) - 1
        at = places[0][1] if together else 0
        return (*out[:at], *broadcast(*shapes), *out[at:])

    def given(self, item) -> list:
        """The extents that a subscript leaves, where no array is among them."""
        if is_new_axis(item):
            return [1]
        if is_ellipsis(item):
            count = len(self.kind.extents) - self.taken
            whole, self.left = self.left[:count], self.left[count:]
            return whole
        if isinstance(item, Slice):
            return [sliced(self.left.pop(0), *map(_bound, (item.lo, item.hi, item.step)))]
        if _is_int(item):
            del self.left[0]
            return []
        raise KindError("arrays are indexed by ints, slices, and arrays and lists of ints or bools")


def _bound(operand):
    """A bound of a slice, as `sliced` takes it."""
    return operand.value if isinstance(operand, Const) else None if operand is None else "?"


def _is_int(item) -> bool:
    kind = number_kind(item)
    return is_integral(kind) and kind != BOOL


def _is_array(item) -> bool:
    kind = kind_of(item)
    if isinstance(kind, Array):
        return kind.dtype in ("i8", "b1")
    return isinstance(kind, List) and (
        kind.elem is UNKNOWN or is_integral(kind.elem) or _is_array_of(kind.elem)
    )


def _is_array_of(kind) -> bool:
    return isinstance(kind, List) and (is_integral(kind.elem) or _is_array_of(kind.elem))


def _axes(item) -> int:
    """How many axes a subscript takes."""
    if is_new_axis(item) or is_ellipsis(item):
        return 0
    return len(_kind_shape(kind_of(item))) if is_mask(item) and _is_array(item) else 1


def _shape(item):
    """The shape of what a subscript is as an array of ints: of a mask, how many it chooses."""
    if _is_int(item):
        return ()
    if not is_mask(item):
        return _list_shape(item) if isinstance(item, Gate) else _kind_shape(kind_of(item))
    if not isinstance(item, Value):
        return (fresh_extent(),)
    # what one mask chooses is of one length
    item.extent = item.extent or fresh_extent()  # type: ignore[assignment]
    return (item.extent,)


def _list_shape(item):
    """The shape of lists that are written out."""
    if isinstance(item, Const):
        return ()
    return (constant_extent(len(item.args)), *_list_shape(item.args[0]))


def _kind_shape(kind):
    """The extents of an array, or of the array that nested lists are as subscripts."""
    if isinstance(kind, Array):
        return kind.extents
    shape: tuple = ()
    while isinstance(kind, List):
        shape, kind = (*shape, fresh_extent()), kind.elem
    return shape
