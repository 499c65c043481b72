"""Stage what NumPy's elementwise functions take beside their operands, and what arrays are asked.

np.add(x, y, out=z)             →       z[...] = np.add(x, y)
np.add(x, y, out=z, where=m)    →       z[...] = np.where(m, np.add(x, y), z)
np.clip(x, max=hi)              →       np.clip(x, None, hi)
"""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np

from srcgrad.ir import Const
from srcgrad.kinds import BOOL, INT, Array, Scalar, is_complex, is_numeric
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import Known, Refused, Struct
from srcgrad.rules import lookup

_SYNONYMS = {"numpy.clip": {"min": "a_min", "max": "a_max"}}


class Ufuncs:
    """Methods of the stager for the calls of elementwise functions."""

    expr: Callable
    runtime: Callable
    rule_gate: Callable
    gate: Callable
    store: Callable
    opaque_expression: Callable

    def call_ufunc(self, name, args, kw, node):
        """A call of a function that may be told where its results go."""
        args, kw = _by_place(name, args, kw)
        out = kw.pop("out", None)
        rule = lookup(name, len(args))
        if out is None and _takes_out(name) and rule is not None and len(args) > len(rule.params):
            *args, out = args
        if isinstance(out, Struct) and out.type is tuple and len(out.items) == 1:
            out = out.items[0]
        if out is None or _is(out, None):
            if _is(kw.get("where"), True):
                kw.pop("where")
            return self.rule_gate(name, args, kw, node)
        return self.into(self.runtime(out, node), name, args, kw, node)

    def into(self, out, name, args, kw, node):
        """Store what the function gives, where the mask says so."""
        masks = "where" in lookup(name, len(args)).names  # a reduction's says what is reduced
        mask = Const(True) if masks else kw.pop("where", Const(True))
        result = self.rule_gate(name, args, kw, node)
        kind = kind_of(out)
        if not isinstance(kind, Array):
            what = "`out=` takes an array here"
            raise Refused(node, what, "assign the result")
        if is_complex(kind_of(result)) and not is_complex(kind):
            what = f"`out=` is a real array, and `{ast.unparse(node.func)}` gives complex numbers"
            raise Refused(node, what, "pass an array made with dtype=complex")
        if kind.dtype[0] not in "fc" and _dtype(kind_of(result))[0] == "f":
            what = (
                f"`out=` is an array of whole numbers, and `{ast.unparse(node.func)}` gives floats"
            )
            raise Refused(node, what, "pass an array of floats")
        if not _is(mask, True):
            result = self.gate("numpy.where", self.runtime(mask, node), result, out, node=node)
        self.store(out, Const(...), result, node)
        return out

    # ------------------------------------------------------------ shapes

    def call_shape(self, node):
        return self.asked_of(node, "shape", Struct(tuple, (), ()))

    def call_ndim(self, node):
        return self.asked_of(node, "ndim", Const(0))

    def call_size(self, node):
        if len(node.args) == 2 and not node.keywords:  # along an axis
            shape = ast.Attribute(node.args[0], "shape", ast.Load())
            asked = ast.Subscript(shape, node.args[1], ast.Load())
            for part in (shape, asked):
                ast.copy_location(part, node)
            return self.expr(asked)
        return self.asked_of(node, "size", Const(1))

    def call_shares_memory(self, node):
        return self.opaque_expression(node, BOOL)

    call_may_share_memory = call_shares_memory

    def asked_of(self, node, name, of_number):
        """`np.shape(x)` as `x.shape`; what it is of a number is known."""
        if len(node.args) == 1 and not node.keywords:
            x = self.expr(node.args[0])
            kind = kind_of(x) if not isinstance(x, (Known, Struct)) else None
            if isinstance(kind, Array):
                asked = ast.Attribute(node.args[0], name, ast.Load())
                return self.expr(ast.copy_location(asked, node))
            if isinstance(kind, Scalar):
                return of_number
            if name == "ndim" and isinstance(x, Struct):
                return Const(_depth(x))
        return self.opaque_expression(node, INT)


def _by_place(name, args, kw):
    """The arguments, those that go by several names passed by their places."""
    if name == "numpy.reshape" and args and isinstance(getattr(args[-1], "value", None), str):
        return args[:-1], {**kw, "order": args[-1]}
    if name in ("numpy.var", "numpy.std") and "ddof" not in kw:
        return list(args), {"ddof" if k == "correction" else k: v for k, v in kw.items()}
    synonyms = _SYNONYMS.get(name, {})
    if not synonyms or not kw:
        return list(args), dict(kw)
    kw = {synonyms.get(k, k): v for k, v in kw.items()}
    args = list(args)
    names = lookup(name, len(args)).names
    last = max((names.index(k) for k in kw if k in names), default=-1)
    for parameter in names[len(args) : last + 1]:
        args.append(kw.pop(parameter, Const(None)))
    return args, kw


def _takes_out(name) -> bool:
    found = getattr(np, name.removeprefix("numpy."), None)
    return isinstance(found, np.ufunc) or name in ("numpy.clip", "numpy.round")


def _depth(binding) -> int:
    """How deep lists and tuples are nested."""
    if not isinstance(binding, Struct):
        return getattr(kind_of(binding), "ndim", 0)
    return 1 + (_depth(binding.items[0]) if binding.items else 0)


def _dtype(kind) -> str:
    return kind.dtype if isinstance(kind, Array) else kind.name if is_numeric(kind) else "?"


def _is(binding, value) -> bool:
    return isinstance(binding, Const) and binding.value is value
