"""How it is written that something raises where the function itself would, though nobody needs its value.

demand(x, i) [index]                    x[i]
demand(x, 0, y, 0) [lengths]            if x.shape != y.shape:
                                            raise ValueError("shapes do not fit: x + y")
"""

from __future__ import annotations

import ast

from srcgrad.emit.syntax import call, constant
from srcgrad.ir import Gate
from srcgrad.operands import is_ellipsis, kind_of


class Demands:
    """Methods of the writer for demands."""

    def write_demand(self, g):
        """What raises where the function itself would, though its value is not needed."""
        match g.form:
            case "lengths":
                return [self.unequal(g)]
            case "shapes":
                shapes = [ast.Attribute(self.expr(a), "shape", ast.Load()) for a in g.args]
                return [ast.Expr(call("np.broadcast_shapes", *shapes))]
            case "index":
                base, index = g.args
                return [ast.Expr(self.element(base, index, ast.Load()))]
            case "unpack":
                base, _, *elements = g.args
                return [ast.Assign([self.targets(elements)], self.expr(base))]
            case "number":
                return [self.missing(g.args[0])]
            case "apart":
                return [self.crossing(*g.args)]
        named = g.form == "defined"
        return [ast.Expr(self.expr(a)) for a in g.args if named or isinstance(a, Gate)]

    def missing(self, v):
        """`if x is None: raise TypeError(…)`."""
        test = ast.Compare(self.expr(v), [ast.Is()], [constant(None)])
        name = (v.out if isinstance(v, Gate) else v).hint
        error = call("TypeError", ast.Constant(f"`{name}` is None here, not a number"))
        return ast.If(test, [ast.Raise(error)], [])

    def crossing(self, base, index, value):
        """`if np.shares_memory(x, y) and x.strides != y.strides: raise ValueError(…)`."""
        whole = is_ellipsis(index)
        sides = [self.expr(base) if whole else self.element(base, index, ast.Load())]
        sides.append(self.expr(value))
        strides = [ast.Attribute(s, "strides", ast.Load()) for s in sides]
        differ = ast.Compare(strides[0], [ast.NotEq()], [strides[1]])
        test = ast.BoolOp(ast.And(), [differ, call("np.shares_memory", *sides)])
        what = "an array is stored where it crosses itself: store a copy, with .copy()"
        return ast.If(test, [ast.Raise(call("ValueError", ast.Constant(what)))], [])

    def unequal(self, g):
        """`if x.shape != y.shape: raise ValueError(…)`."""
        x, i, y, j = g.args
        sides = [ast.Attribute(self.expr(v), "shape", ast.Load()) for v in (x, y)]
        if kind_of(x).ndim > 1 or kind_of(y).ndim > 1:
            sides = [ast.Subscript(s, constant(k.value), ast.Load()) for s, k in zip(sides, (i, j))]
        node = g.loc and g.loc[1]
        what = ast.unparse(node) if isinstance(node, (ast.BinOp, ast.Call)) else ""
        what = f"shapes that do not fit: {what}" if 0 < len(what) < 50 else "shapes do not fit"
        error = call("ValueError", ast.Constant(what))
        test = ast.Compare(sides[0], [ast.NotEq()], [sides[1]])
        return ast.If(test, [ast.Raise(error)], [])
