"""Stage functions of a sequence of arrays.

np.concatenate([a, b], axis=1)  →       numpy.concatenate:2(a, b, axis=1)
np.stack(rows)                  →       numpy.stack:list(rows)      a list of any length
np.broadcast_arrays(a, b)       →       of each of them, and the others
"""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np

from srcgrad import rules
from srcgrad.ir import Const, Value
from srcgrad.kinds import Array, List, described, is_integral, is_numeric
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import Refused, Struct
from srcgrad.rules.operators import MAKERS

# functions that take lists of numbers for arrays: the places of these
_OF_LISTS = {
    **{f"numpy.{n}": (0, 1) for n in ("append", "take", "delete", "repeat")},
    **{
        f"numpy.{n}": (0, 1)
        for n in (
            "polyval",
            "polyfit",
            "polyadd",
            "polysub",
            "convolve",
            "correlate",
            "digitize",
            "bincount",
        )
    },
    **{
        f"numpy.{n}": (0,)
        for n in ("polyder", "polyint", "diff", "ediff1d", "gradient", "vander", "cumsum", "diag")
    },
    "numpy.average": (0, 2),
    "numpy.trapezoid": (0, 1),
    "numpy.compress": (1,),
    "numpy.linspace": (0, 1),
    "numpy.logspace": (0, 1),
    "numpy.geomspace": (0, 1),
    "numpy.full": (1,),
    "numpy.full_like": (0, 1),
    "numpy.extract": (1,),
    "numpy.insert": (0, 2),
    "numpy.interp": (0, 1, 2),
    "numpy.take_along_axis": (0, 1),
}
_BY_NAME = {"to_begin", "to_end", "values", "weights", "prepend", "append", "x"}


def _is_whole(binding) -> bool:
    kind = kind_of(binding) if isinstance(binding, (Const, Value)) else None
    return isinstance(kind, Array) and kind.dtype[0] != "f" or is_integral(kind)


class Sequences:
    """Methods of the stager for functions of several arrays."""

    runtime: Callable
    contents: Callable
    rule_operand: Callable
    rule_gate: Callable
    call_known: Callable
    gate: Callable
    tree_of: Callable
    made_of: Callable

    def call_sequence(self, name, args, kw, node):
        if name == "numpy.broadcast_arrays":
            return self.broadcast_arrays(args, kw, node)
        if name == "numpy.block":
            return self.block(args, kw, node)
        if name not in MAKERS:
            return self.rule_gate(name, [self.as_arrays(a, node) for a in args], kw, node)
        given = dict(zip(("arrays", "axis"), args)) | kw
        arrays = given.pop("arrays", None)
        if arrays is None or len(args) > 2 or given.keys() - {"axis"}:
            what = f"`{ast.unparse(node.func)}` is differentiated with arrays and `axis` only"
            raise Refused(node, what, "leave the others out")
        return self.join(name, arrays, given.get("axis", Const(0)), node)

    def of_lists(self, name, args, kw, node):
        """The arguments of a function, those made arrays that are lists in the places of arrays."""
        places = _OF_LISTS.get(name, ())
        args = [self.as_array(a, node) if k in places else a for k, a in enumerate(args)]
        kw = {k: self.as_array(a, node) if k in _BY_NAME and places else a for k, a in kw.items()}
        if name == "numpy.insert":
            values = kw.get("values", args[2] if len(args) > 2 else Const(0))
            if args and _is_whole(args[0]) and not _is_whole(values):
                what = "what is inserted into an array of whole numbers is rounded"
                raise Refused(node, what, "make it an array of floats first")
        if name == "numpy.pad" and args and _is_whole(args[0]):
            mode = kw.get("mode", args[2] if len(args) > 2 else Const("constant"))
            if mode in (Const("mean"), Const("median"), Const("linear_ramp")):
                what = "what is put beside whole numbers is rounded"
                raise Refused(node, what, "make it an array of floats first")
        return args, kw

    def join(self, name, arrays, axis, node):
        """One array of several."""
        kw = () if axis == Const(0) else (("axis", self.rule_operand(axis, node)),)
        arrays = self.as_arrays(arrays, node)
        if isinstance(arrays, Struct):
            operands = list(arrays.items)
            if axis == Const(None):
                kw = ()
                operands = [self.call_known(np.ravel, [a], {}, node) for a in operands]
            if not operands:
                what = f"`{ast.unparse(node)}` is of nothing"
                raise Refused(node, what, "give it one array at least")
            rule = rules.lookup(name, len(operands))
            return self.gate(rule.name, *operands, kw=kw, node=node)
        rows = self.runtime(arrays, node)
        whole = isinstance(kind_of(rows), Array) and axis == Const(0)
        if whole and (name == "numpy.stack" or kind_of(rows).ndim > 1):
            return self.joined_rows(name, rows, node)
        if not isinstance(kind_of(rows), List):
            what = f"`{ast.unparse(node.func)}` of {described(kind_of(rows))}"
            raise Refused(node, f"{what} cannot be differentiated yet", "pass a list of arrays")
        return self.gate(f"{name}:list", rows, kw=kw, node=node)

    def joined_rows(self, name, rows, node):
        """What the rows of an array make that are put together again: it itself, or one axis less."""
        if name == "numpy.stack":
            return self.gate("numpy.copy", rows, node=node)
        return self.quoted("vs.reshape((-1, *vs.shape[2:])).copy()", node, vs=rows)

    def as_arrays(self, sequence, node):
        """What is joined, lists and tuples of numbers among it as arrays."""
        sequence = self.contents(sequence, node)
        if not isinstance(sequence, Struct) or sequence.type not in (list, tuple):
            return sequence
        items = [self.as_array(i, node) for i in sequence.items]
        return Struct(tuple, tuple(range(len(items))), tuple(items))

    def as_array(self, item, node):
        """An array, or a number; what is a list or tuple, as an array."""
        item = self.contents(item, node)
        many = isinstance(item, Struct) and item.type in (list, tuple)
        if many or isinstance(item, Value) and isinstance(item.kind, List):
            return self.made_of(item, None, node)
        return item

    def broadcast_arrays(self, args, kw, node):
        operands = [self.runtime(a, node) for a in args]
        if kw or not operands or not all(is_numeric(kind_of(a)) for a in operands):
            what = f"`{ast.unparse(node)}` cannot be differentiated"
            raise Refused(node, what, "pass arrays and numbers only")
        rule = rules.lookup("numpy.broadcast_arrays", len(operands))
        items = []
        for k, x in enumerate(operands):
            others = operands[:k] + operands[k + 1 :]
            items.append(self.gate(rule.name, x, *others, node=node))
        return Struct(tuple, tuple(range(len(items))), tuple(items))

    # ------------------------------------------------------------ blocks

    def block(self, args, kw, node):
        """`np.block`: what the inner lists hold is joined along the last axis, and these along the one before."""
        depth = _depth(args[0]) if len(args) == 1 and not kw else 0
        if depth not in (1, 2):
            what = f"`{ast.unparse(node)}` cannot be differentiated yet"
            raise Refused(node, what, "pass a list, or a list of lists")
        return self.block_at(args[0], depth, node)

    def block_at(self, arrays, depth, node):
        """Blocks of so many dimensions at least, side by side, or the rows of such one below the other."""
        least = np.atleast_1d if depth == 1 else np.atleast_2d
        items = self.contents(arrays, node).items
        if _depth(arrays) == 2:
            rows = [self.block_at(i, depth, node) for i in items]
            return self.join("numpy.concatenate", _row(rows), Const(-2), node)
        items = [self.call_known(least, [i], {}, node) for i in items]
        return self.join("numpy.concatenate", _row(items), Const(-1), node)


def _row(items):
    return Struct(tuple, tuple(range(len(items))), tuple(items))


def _depth(arrays) -> int:
    """How deep lists are nested; 0 where that is not known, or not the same everywhere."""
    if not isinstance(arrays, Struct) or arrays.type is not list or not arrays.items:
        return 0
    inner = {_depth(i) for i in arrays.items}
    return 1 + inner.pop() if len(inner) == 1 else 0
