"""Stage the methods of NumPy's elementwise functions, as what they are other spellings of.

np.add.at(x, i, v)              →       an addition to x[i] that counts each of repeated subscripts
np.multiply.outer(x, y)         →       np.multiply(x[:, None], y), for x and y of one axis
np.maximum.reduce(x)            →       np.max(x, axis=0)
"""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np

from srcgrad.indexing import is_gathered
from srcgrad.ir import Const, Slice, Tup
from srcgrad.kinds import Array, described
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import Refused

_ADDED = {"add": "operator.add", "subtract": "operator.sub"}
_SUPPORTED = (
    "`at` of np.add and np.subtract, `outer`, `accumulate` of np.add, np.multiply, np.maximum \
and np.minimum, and `reduce` of these, np.logaddexp, np.logical_and and np.logical_or"
)


class UfuncMethods:
    """Methods of the stager for `np.add.at` and the like."""

    b: object
    runtime: Callable
    expr: Callable
    index: Callable
    call_known: Callable
    element_kind: Callable
    source: object

    def ufunc_method(self, method, node):
        """The call of a method of an elementwise function; None where this is none."""
        ufunc = getattr(method, "__self__", None)
        if not isinstance(ufunc, np.ufunc):
            return None
        staged = getattr(self, f"ufunc_{method.__name__}", None)
        out = staged(ufunc, node) if staged is not None else None
        if out is None:
            what = f"`{ast.unparse(node.func)}` has no rule"
            raise Refused(node, what, f"supported: {_SUPPORTED}")
        return out

    def ufunc_at(self, ufunc, node):
        op = _ADDED.get(ufunc.__name__)
        if op is None or len(node.args) != 3 or node.keywords:
            return None
        base = self.runtime(self.expr(node.args[0]), node.args[0])
        index = self.index(node.args[1])
        value = self.runtime(self.expr(node.args[2]), node.args[2])
        if not isinstance(kind_of(base), Array):
            what = f"`{ast.unparse(node.func)}` does not change {described(kind_of(base))}"
            raise Refused(node, what, "use an array")
        self.element_kind(base, index, value, node)
        self.b.loc = (self.source, node)
        form = "at" if is_gathered(index) else None
        self.b.effect("augitem", base, index, value, kw=(("op", Const(op)),), form=form)
        return Const(None)

    def ufunc_outer(self, ufunc, node):
        """All pairs: the axes of the first come before those of the second."""
        if len(node.args) != 2 or node.keywords:
            return None
        x, y = (self.runtime(self.expr(a), a) for a in node.args)
        if isinstance(kind_of(x), Array) and isinstance(kind_of(y), Array):
            new = (Const(None),) * kind_of(y).ndim
            whole = (Slice(None, None, None),) * kind_of(x).ndim
            x = self.gate("view", x, Tup((*whole, *new)), node=node) if new else x
        return self.call_known(ufunc, [x, y], {}, node)

    def ufunc_reduce(self, ufunc, node):
        return self.along(_REDUCED.get(ufunc.__name__), ("array", "axis"), node)

    def ufunc_accumulate(self, ufunc, node):
        return self.along(_ACCUMULATED.get(ufunc.__name__), ("array", "axis"), node)

    def along(self, name, names, node):
        """A function along an axis, which is the first where none is said."""
        if name is None or len(node.args) > len(names):
            return None
        args, kw = self.arguments(node)
        given = dict(zip(names, args)) | kw
        array, axis = given.pop("array", None), given.pop("axis", Const(0))
        if array is None or given.keys() - {"keepdims", "initial", "where"}:
            return None
        return self.call_rule(f"numpy.{name}", [array], {"axis": axis, **given}, node)


_REDUCED = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}
_REDUCED |= {"logical_and": "all", "logical_or": "any", "logaddexp": "logaddexp.reduce"}
_ACCUMULATED = {"add": "cumsum", "multiply": "cumprod"}
_ACCUMULATED |= {name: f"{name}.accumulate" for name in ("maximum", "minimum")}
