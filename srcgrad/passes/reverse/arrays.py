"""The adjoints of making arrays of parts.

v = np.array([a, b])      →      da = dv[0]; db = dv[1]
v = x[idx]                →      np.add.at(dx, idx, dv)
"""

from __future__ import annotations

from collections.abc import Callable

from srcgrad.build import Builder
from srcgrad.extents import fresh_extent, may_be_one
from srcgrad.indexing import may_repeat
from srcgrad.ir import Const, Tup, Value, values_in
from srcgrad.kinds import Array, List, Scalar
from srcgrad.operands import cotangent_kind, kind_of


class Parts:
    """Methods of the turn, one an operation."""

    b: Builder
    active: Callable
    memory: Callable
    accumulate: Callable
    shadow: dict
    cot: dict
    makers: dict
    root: Callable
    scatter: Callable
    shadow_of: Callable

    def cotangent_of(self, g):
        """The cotangent of what a gate made, at this moment; None where there is none."""
        if not self.memory(g.out):
            return self.cot.pop(g.out, None)
        if g.out not in self.shadow:
            return None
        return self.b.gate("snapshot", self.shadow[g.out], hint="d" + g.out.hint)

    def on_numpy_array(self, g):
        c = self.cotangent_of(g) if self.active(g.out) else None
        if c is not None:
            nested = isinstance(g.args[0], Tup) and any(_is_list(v) for v in values_in(g.args[0]))
            c = self.b.full(c, g.out) if isinstance(kind_of(c), Array) or nested else c
            self.hand_out(g.args[0], c, (), g.out)

    def on_gather(self, g):
        """What was read at arrays of subscripts, some of them perhaps more than once."""
        c = self.cotangent_of(g) if self.active(g.out) else None
        if c is None:
            return
        base, index = g.args
        form = "at" if may_repeat(index, self.makers) else None
        if self.memory(base):
            return self.b.effect("accum", self.shadow_of(base), index, c, form=form)
        root, path = self.root(base)
        self.scatter(root, (*path, index), c, form)

    def written_last(self, ref, index, c):
        """A cotangent at the places of a store, zero where a later element was stored over it.

        Each element is asked for by number: a store to the same places leaves those that are last.
        """
        if not may_repeat(index, self.makers) or not isinstance(kind_of(c), Array):
            return c
        b, kind = self.b, kind_of(c)
        numbers = b.gate("numpy.arange:1", b.gate("size", c), kind=_ints(fresh_extent()), hint="at")
        if kind.ndim > 1:
            shape = b.gate("shape", c)
            numbers = b.gate("numpy.reshape", numbers, shape, form="method", hint="at")
        last = b.gate(
            "numpy.zeros", b.gate("shape", ref), Const("i8"), kind=_ints(*ref.kind.extents)
        )
        b.rename(last, "last")
        b.effect("setitem", last, index, numbers)
        stays = b.gate("operator.eq", b.gate("gather", last, index), numbers)
        return b.gate("numpy.where", stays, c, Const(0.0))

    def as_stored(self, c, value):
        """A cotangent just read where a value was stored, with what is known of the value's lengths."""
        have, want = kind_of(c), kind_of(value)
        alike = isinstance(have, Array) and isinstance(want, Array) and have.ndim == want.ndim
        if alike and isinstance(c, Value) and c.ours:
            pairs = zip(have.extents, want.extents)
            c.kind = Array(have.dtype, tuple(h if may_be_one(w) else w for h, w in pairs))
        return c

    def hand_out(self, tree, c, place, whole):
        """To each operand of what an array was made of the part of the cotangent that is its own."""
        if isinstance(tree, Tup):
            for k, item in enumerate(tree.items):
                self.hand_out(item, c, (*place, Const(k)), whole)
            return
        if not self.active(tree):
            return
        if isinstance(kind_of(c), Array) and (place or isinstance(tree.kind, Scalar)):
            index = place[0] if len(place) == 1 else Tup(place)
            op = "getitem" if len(place) == kind_of(c).ndim else "view"
            c = self.b.gate(op, c, index)
        if isinstance(tree.kind, List):
            c = self.as_list(c, tree, whole if not place else None)
        elif isinstance(tree.kind, Array):
            c = self.b.cast(c, tree.kind)
        self.accumulate(tree, c)

    def as_list(self, c, tree, whole):
        """The cotangent of a list, which may be nested, from that of the array that was made of it."""
        kind = cotangent_kind(tree.kind)
        if isinstance(kind_of(c), Scalar) and isinstance(kind.elem, Scalar):
            return self.b.gate("repeat", c, self.b.gate("len", tree), kind=kind)
        c = self.b.full(c, whole) if whole is not None else c
        return self.b.gate("numpy.ndarray.tolist", c, kind=kind, form="method")


def _ints(*extents):
    return Array("i8", extents)


def _is_list(v) -> bool:
    return isinstance(v.kind, List)
