"""How arrays are written: what they are made of, and additions at subscripts that may repeat.

numpy.array(((c, s), (0, 1)))           np.array([[c, s], [0, 1]])
accum(dx, (:, i), dy) [at]      →       np.add.at(dx, (slice(None), i), dy)
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from srcgrad.emit.expressions import call, load
from srcgrad.ir import Const, Gate, Slice, Tup, Value
from srcgrad.kinds import THING


class ArrayForms:
    """Methods of the writer for arrays."""

    expr: Callable
    dtype: Callable
    negated: Callable

    def expr_numpy_array(self, g):
        tree, *dtype = g.args
        given = [v for v in (*dtype, *(v for _, v in g.kw)) if v != Const(None)]
        words = [load("float") if v == Const("f8") else self.dtype(v, None) for v in given]
        return call("np.array", self.listed(tree), **dict(zip(("dtype",), words)))

    def listed(self, tree):
        """Operands in the places that they have in nested lists."""
        if not isinstance(tree, Tup):
            return self.expr(tree)
        return ast.List([self.listed(i) for i in tree.items], ast.Load())

    def expr_numpy_nonzero(self, g):
        x, axis = map(self.expr, g.args)
        return ast.Subscript(call("np.nonzero", x), axis, ast.Load())

    def added_at(self, g, op):
        """`np.add.at(x, idx, v)`: each of repeated subscripts counts."""
        base, index, value = g.args
        negative = self.negated(value)
        if negative is not None:
            op, value = {"add": "sub", "sub": "add"}[op], negative
        name = {"sub": "subtract"}.get(op, op)
        return ast.Expr(call(f"np.{name}.at", *map(self.expr, (base, _called(index), value))))


def _called(index):
    """A subscript as an argument: a slice in it is made by `slice`."""
    match index:
        case Tup():
            return Tup(tuple(map(_called, index.items)))
        case Slice():
            bounds = (index.lo, index.hi, index.step)
            lo, hi, step = (Const(None) if p is None else p for p in bounds)
            parts = (lo, hi) if step == Const(None) else (lo, hi, step)
            parts = (hi,) if lo == step == Const(None) else parts
            return Gate(Value("part", THING), "builtins.slice", parts)
    return index
