"""Stage calls: find out what is called, and leave it to the part of the stager that stages that.

f(x)                            →       the text of `f`, inlined, or a call of its forward function
math.exp(x)                     →       a gate, by its rule
len(xs)                         →       what the stager itself makes of it
lookup(table)                   →       opaque: nothing is known of it
"""

from __future__ import annotations

import ast
import collections
import dataclasses
import functools
import types

import numpy as np

from srcgrad import rules
from srcgrad.ir import Const, Value
from srcgrad.joins import renamed
from srcgrad.kinds import UNKNOWN
from srcgrad.passes.stage.binding import (
    Bound,
    Closure,
    Failing,
    Known,
    Method,
    Refused,
    Struct,
)
from srcgrad.passes.stage.functional import written_out
from srcgrad.passes.stage.opaque import is_among


class Calls:
    """Methods of the stager that resolve what is called."""

    def expr_Call(self, node):
        return self.call(node)

    def call(self, node, discard=False):
        func = self.expr(node.func)
        if isinstance(func, Bound):
            return self.call_method(func, node, discard)
        if isinstance(func, Method):
            args, kw = self.arguments(node)
            return self.method_of(func, args, kw, node, discard)
        method = self.call_method_behind(func)
        if method is not None:
            args, kw = self.arguments(node)
            if isinstance(func, Known) and func.path:
                self.guard(f"{func.path}.__call__", method.__code__)
            return self.call_method_of(method, func, args, kw, node)
        if isinstance(func, Known) and self.is_wrapped(func.value):
            func = self.unwrapped(func, node)
        if isinstance(func, Closure):
            return self.call_closure(func, *self.arguments(node), node)
        if not isinstance(func, Known):
            raise self.not_a_function(func, node)
        return self.call_value(func, node, discard)

    def call_method_behind(self, func):
        """The `__call__` of an object of a class whose text is read; None where that is not what is called."""
        value = getattr(func, "value", None)
        method = self.special(func, "__call__")
        if (
            method is None
            or rules.name_of(value) is not None
            or hasattr(type(value), "_for_compiler")
        ):
            return None
        return method

    def not_a_function(self, func, node):
        """The refusal of a call of what is no function, or not known to be one."""
        if isinstance(func, Value) and func.kind is UNKNOWN:
            return self.unknown(func, node.func)
        what = f"`{ast.unparse(node.func)}` is not a function that the compiler knows"
        remedy = "call a function by its name"
        if isinstance(func, Const):
            told = f"{type(func.value).__name__!r} object is not callable"
            return Failing(node, what, remedy, "TypeError", told)
        return Refused(node, what, remedy)

    def is_wrapped(self, value) -> bool:
        """Whether this holds a function that computes the same: a `partial`, or a cache."""
        if isinstance(value, functools.partial):
            return True
        inner = getattr(value, "__wrapped__", None)
        return (
            isinstance(value, type(_CACHED))
            and isinstance(inner, types.FunctionType)
            and self.has_source(inner)
        )

    def call_value(self, func, node, discard):
        """A call of an object of Python's that is known: the stager's own, or one with a rule, or a text."""
        value = func.value
        special = getattr(self, f"call_{value.__name__}") if is_among(value, _BUILTINS) else None
        if special is not None or written_out(value):
            if func.path is not None and not func.path.endswith(value.__name__):
                self.guard_same(func)
            return special(node) if special else self.call_operator(value, node)
        found = self.ufunc_method(value, node)
        if found is not None:
            return found
        if self.is_own_class(value):
            args, kw = self.arguments(node)
            return self.make(value, args, kw, node)
        if value is dataclasses.replace:
            (owner, *_), kw = self.arguments(node)
            return self.call_replace(owner, kw, node)
        table = getattr(value, "__self__", None)
        owner = Known(table, func.path.rpartition(".")[0]) if func.path else Known(table)
        if self.is_container(owner) and not isinstance(value, type):
            found = self.known_method(owner, value.__name__, *self.arguments(node), node)
            if found is not None:
                return found
        if value is str and len(node.args) == 1 and not node.keywords:
            known = self.text_of(node)
            if known is not None:
                return known
        if self.is_opaque(value):  # its arguments are read where it is called
            return self.call_opaque(value, node, discard)
        args, kw = self.arguments(node)
        if func.path is not None and isinstance(value, types.FunctionType):
            self.guard(func.path, value.__code__)
        elif func.path is not None and not func.path.endswith(f".{value.__name__}"):
            self.guard_same(func)  # `table["f"]`, or another name for a function of a library
        if isinstance(value, types.MethodType) and rules.name_of(value) is None:
            value, args = self.unbound(value, [Known(table, owner.path or None), *args], node)
        return self.call_known(value, args, kw, node, discard)

    def unbound(self, method, args, node):
        """The function that a method is, with the arguments that it gets, the object among them."""
        if rules.name_of(method.__func__) is not None:
            what = f"`{method.__name__}` is a gate, and a method of an object"
            remedy = "make the gate a function of numbers and arrays, and call it from the method"
            raise Refused(node, what, remedy)
        return method.__func__, args

    def argument(self, arg) -> list:
        """What one argument of a call stands for: several where it is starred."""
        if not isinstance(arg, ast.Starred):
            return [self.expr(arg)]
        many = self.as_tuple(self.expr(arg.value))
        self.know_elements([many])
        if not isinstance(many, Struct) or many.type is dict:
            what = "`*` takes a tuple or list of known length here"
            raise Refused(arg, what, "write the arguments out")
        return list(many.items)

    def arguments(self, node):
        args, kw = sum(self.each(self.argument, node.args), []), {}
        for keyword in node.keywords:
            given = {keyword.arg: self.expr(keyword.value)}
            if keyword.arg is None:
                given = self.spread(given[None], node)
            for twice in given.keys() & kw.keys():
                what = f"`{ast.unparse(node.func)}` gets `{twice}` twice"
                raise Refused(node, what, "leave one out")
            kw.update(given)
        return args, kw

    def call_known(self, value, args, kw, node, discard=False):
        name = rules.name_of(value)
        if name is not None and name.startswith("user."):
            return self.call_gate(name, value, args, kw, node)
        if name is not None:
            return self.call_rule(name, args, kw, node)
        if self.is_own_class(value):
            return self.make(value, args, kw, node)
        if self.context.is_made(value):
            return self.call_made(args[0], kw)
        if getattr(value, "_makes_derivatives", False):
            return self.derivative(value, args, kw, node)
        if (getattr(value, "__module__", ""), getattr(value, "__name__", "")) in _REGISTERING:
            what = f"`{value.__name__}` makes a gate, and gates are made before they are called"
            raise Refused(node, what, "make it outside of the function")
        if self.context.is_stop_gradient(value):
            return self.stop_gradient(*args, *kw.values(), node=node)
        while (
            getattr(type(value), "_for_compiler", None)
            and getattr(value.primal, "__code__", None) in self.stack
        ):
            value = value.primal  # a recursive call of a decorated function means the function
        if getattr(type(value), "_for_compiler", None) is not None:
            if value.mode != "jvp":
                args, kw = self.in_order(value, args, kw, node), {}
            kinds, of = [self.binding_kind(a, node) for a in args], value
            value = self.specialised(
                (of, *kw), kinds, lambda: type(of)._for_compiler(of, kinds, kw)
            )
        if isinstance(value, types.MethodType):
            value, args = self.unbound(value, [Known(value.__self__), *args], node)
        if isinstance(value, types.FunctionType) and self.has_source(value):
            return self.call_function(value, args, kw, node)
        return self.call_opaque(value, node, discard)

    def in_order(self, derivative, args, kw, node):
        """The arguments of a call of a gradient by place, those that are left out as their defaults."""
        signature = derivative._signature()
        if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in signature.parameters.values()):
            return args
        return [*self.bound(signature, derivative.__name__, args, kw, node).values()]

    def specialised(self, derivative, kinds, make):
        """The text of a derivative for arguments of these kinds, as a function that can be staged.

        It is one function however often staging starts again: what was learned is about its text.
        """
        for of, given, made in self.memo.specialised:
            if of == derivative and renamed(given, kinds):
                return made
        made = make()
        self.memo.specialised.append((derivative, kinds, made))
        return made

    def derivative(self, maker, args, kw, node):
        """`grad(f)` inside of a function: made as it is compiled, of what `f` is then."""
        given = [self.literal_of(b) for b in kw.values()]
        of = args[0].value if len(args) == 1 and isinstance(args[0], Known) else None
        if not callable(of) or None in given:
            what = f"`{ast.unparse(node)}` is of a function that is made inside"
            remedy = "define that function outside, and pass it what it reads as arguments"
            raise Refused(node, what, remedy)
        self.guard_same(args[0])
        options = {k: literal[0] for k, literal in zip(kw, given)}
        key = (maker, id(of), repr(options))
        if key not in self.memo.derivatives:
            self.memo.derivatives[key] = maker(of, **options), of
        return Known(self.memo.derivatives[key][0])

    def stop_gradient(self, x, node):
        if isinstance(x, Struct) and x.type is tuple:
            items = tuple(self.stop_gradient(i, node) for i in x.items)
            return Struct(tuple, x.keys, items)
        return self.gate("stop_gradient", self.runtime(x, node), node=node)


_BUILTINS = (
    *(len, sum, list, tuple, isinstance, callable, hasattr, type, functools.partial),
    functools.reduce,
    *(map, filter, zip, enumerate, reversed, range, slice),
    *(sorted, min, max, any, all, dict, set, frozenset, collections.defaultdict),
    *(super, setattr, getattr, object.__setattr__),
    *(np.shape, np.ndim, np.size, np.shares_memory, np.may_share_memory),
    *(np.array, np.asarray, np.asanyarray, np.ix_, np.nonzero, np.finfo, np.iinfo),
)
_REGISTERING = {("srcgrad.gates", "primitive")}
_REGISTERING |= {("srcgrad.implicit", n) for n in ("implicit_root", "implicit_fixed_point")}
_CACHED = functools.lru_cache(len)
