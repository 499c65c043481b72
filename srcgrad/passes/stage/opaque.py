"""Stage calls of functions that nothing is known of: they stay as they stand.

print(x)                        →       opaque `print(x)`
y = lookup(table, x)            →       y: unknown = opaque `lookup(table, x)`

What such a function gives has no derivative, and whether that matters only activity can tell. What
may change its arguments is refused.
"""

from __future__ import annotations

import ast
import logging
import sys
import types
import warnings

import numpy as np

from srcgrad import rules
from srcgrad.ir import Value
from srcgrad.kinds import TEXT, UNKNOWN, Thing, is_reference
from srcgrad.passes.stage.binding import Closure, Object, Refused, Struct

_HARMLESS = {
    print,
    repr,
    str,
    format,
    isinstance,
    issubclass,
    type,
    id,
    hash,
    callable,
    warnings.warn,
    input,
}
_PURE = {
    sorted,
    list,
    tuple,
    set,
    frozenset,
    dict,
    map,
    filter,
    zip,
    enumerate,
    any,
    all,
    sum,
    min,
    max,
    round,
    divmod,
    float,
    int,
}
_CHANGING = {
    "put",
    "place",
    "putmask",
    "copyto",
    "fill_diagonal",
    "put_along_axis",
    "shuffle",
    "at",
    "setitem",
    "save",
    "savetxt",
}
_STDLIB = set(sys.stdlib_module_names)


class Opaque:
    """Methods of the stager for functions that have neither a rule nor a text to read."""

    def has_source(self, function) -> bool:
        """Whether a function's text is for us to read: not the libraries' that have rules."""
        top = (function.__module__ or "").partition(".")[0]
        return top not in ("numpy", "scipy", "math") and top not in _STDLIB

    def is_opaque(self, value) -> bool:
        """Whether a function is neither ours, nor in the table, nor one that has source to read."""
        if (
            rules.name_of(value) is not None
            or getattr(type(value), "_for_compiler", None) is not None
        ):
            return False
        plain = getattr(value, "__func__", value)
        if isinstance(plain, types.FunctionType):
            return not self.has_source(plain) and not self.is_ours(plain)
        return isinstance(value, (types.BuiltinFunctionType, type, np.ufunc)) or not isinstance(
            value, types.MethodType
        )

    def is_ours(self, function) -> bool:
        return (function.__module__ or "").partition(".")[0] == "srcgrad"

    def call_opaque(self, value, node, discard):
        if not is_harmless(value):
            self.refuse_change(value, node)
            if not discard:
                # its result may matter: only activity can tell whether it must be refused
                return self.opaque_call(node, discard, UNKNOWN)
        return self.opaque_call(node, discard, TEXT if value in (repr, str, format) else Thing())

    def refuse_change(self, value, node):
        """A function that we know nothing of may change the lists and arrays that it is given."""
        if value in (eval, exec, delattr):
            name = value.__name__
            raise Refused(
                node, f"no rule is known for `{name}`, which may do anything", "write the code out"
            )
        if is_pure(value):
            return
        for arg in (*node.args, *(k.value for k in node.keywords)):
            binding = self.quiet(arg)
            if isinstance(binding, Closure):
                name = ast.unparse(node.func)
                what = f"no rule is known for `{name}`, which takes a function{rules.nearest(name)}"
                raise Refused(node, what, f"{rules.remedy(name)}, or write it out")
            changeable = isinstance(binding, Object)
            changeable |= isinstance(binding, Struct) and binding.type is not tuple
            if changeable or isinstance(binding, Value) and is_reference(binding.kind):
                name = ast.unparse(node.func)
                what = f"no rule is known for `{name}`, which may change `{ast.unparse(arg)}`{rules.nearest(name)}"
                raise Refused(node, what, "give it one with @srcgrad.primitive, or pass a copy")

    def opaque_call(self, node, discard, kind=None):
        template, names, operands = self.template(node)
        self.b.loc = (self.source, node)
        facts = {"kind": kind or Thing(), "form": (template, tuple(names)), "hint": "thing"}
        out = self.b.gate("opaque", *operands, **facts)
        if kind is UNKNOWN:
            self.unknowns[out] = node
        return out


def is_harmless(value) -> bool:
    """Whether a function only shows or asks about what it is given."""
    log = getattr(value, "__self__", None)
    return (
        is_among(value, _HARMLESS)
        or isinstance(log, logging.Logger)
        or getattr(value, "__module__", "") == "logging"
    )


def is_pure(value) -> bool:
    """Whether a function is known to leave its arguments as they are."""
    if is_among(value, _PURE):
        return True
    name, module = getattr(value, "__name__", ""), getattr(value, "__module__", None) or ""
    return (
        module.partition(".")[0] in ("numpy", "math")
        and name not in _CHANGING
        and "random" not in module
    )


def is_among(value, functions) -> bool:
    """Whether a value is one of these functions: it may be an object that cannot be hashed."""
    return any(value is f for f in functions)
