"""Stage calls: rules, builtins, helpers inlined, helpers with a forward/backward pair, opaque calls."""

from __future__ import annotations

import ast
import collections
import dataclasses
import functools
import logging
import types
import warnings

import numpy as np

from srcgrad import rules
from srcgrad.build import takes_complex
from srcgrad.errors import did_you_mean
from srcgrad.ir import Const, Tup, Value
from srcgrad.kinds import TEXT, UNKNOWN, Array, List, Thing, is_complex, is_reference
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import (
    Bound,
    Closure,
    Failing,
    Known,
    Method,
    Object,
    Refused,
    Struct,
)
from srcgrad.passes.stage.functional import written_out
from srcgrad.passes.stage.several import is_alone
from srcgrad.rules.operators import SEQUENCES
from srcgrad.rules.record import LIBRARIES, PARTS, TABLE

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
        if self.special(func, "__call__") and rules.name_of(getattr(func, "value", None)) is None:
            if getattr(type(getattr(func, "value", None)), "_for_compiler", None) is None:
                args, kw = self.arguments(node)
                if isinstance(func, Known) and func.path:
                    self.guard(f"{func.path}.__call__", self.special(func, "__call__").__code__)
                return self.call_method_of(self.special(func, "__call__"), func, args, kw, node)
        if isinstance(func, Known) and self.is_wrapped(func.value):
            func = self.unwrapped(func, node)
        if isinstance(func, Closure):
            return self.call_closure(func, *self.arguments(node), node)
        if not isinstance(func, Known):
            if isinstance(func, Value) and func.kind is UNKNOWN:
                raise self.unknown(func, node.func)
            what = f"`{ast.unparse(node.func)}` is not a function that the compiler knows"
            remedy = "call a function by its name"
            if isinstance(func, Const):
                told = f"{type(func.value).__name__!r} object is not callable"
                raise Failing(node, what, remedy, "TypeError", told)
            raise Refused(node, what, remedy)
        value = func.value
        special = getattr(self, f"call_{value.__name__}") if _among(value, _BUILTINS) else None
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
        owner = Known(table, func.path.rpartition(".")[0]) if func.path else None
        if owner is not None and self.is_container(owner) and not isinstance(value, type):
            found = self.known_method(owner, value.__name__, *self.arguments(node), node)
            if found is not None:
                return found
        if self.is_opaque(value):
            return self.call_opaque(
                value, node, discard
            )  # its arguments are read where it is called
        args, kw = self.arguments(node)
        if func.path is not None and isinstance(value, types.FunctionType):
            self.guard(func.path, value.__code__)
        elif func.path is not None and not func.path.endswith(f".{value.__name__}"):
            self.guard_same(func)  # `table["f"]`, or another name for a function of a library
        if isinstance(value, types.MethodType) and rules.name_of(value) is None:
            if rules.name_of(value.__func__) is not None:
                what = f"`{value.__name__}` is a gate, and a method of an object"
                raise Refused(
                    node,
                    what,
                    "make the gate a function of numbers and arrays, and call it from the method",
                )
            owner = func.path.rpartition(".")[0] if func.path else None
            args, value = [Known(value.__self__, owner or None), *args], value.__func__
        return self.call_known(value, args, kw, node, discard)

    def argument(self, arg) -> list:
        """What one argument of a call stands for: several where it is starred."""
        if not isinstance(arg, ast.Starred):
            return [self.expr(arg)]
        many = self.as_tuple(self.expr(arg.value))
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
        specialise = getattr(type(value), "_for_compiler", None)
        if specialise is not None:
            if value.mode != "jvp":
                args, kw = self.in_order(value, args, kw, node), {}
            value = specialise(value, [self.binding_kind(a, node) for a in args], kw)
        if isinstance(value, types.MethodType):
            args = [Known(value.__self__), *args]
            value = value.__func__
            if rules.name_of(value) is not None:
                raise Refused(
                    node,
                    f"`{value.__name__}` is a gate, and a method of an object",
                    "make the gate a function of numbers and arrays, and call it from the method",
                )
        if isinstance(value, types.FunctionType) and self.has_source(value):
            return self.call_function(value, args, kw, node)
        return self.call_opaque(value, node, discard)

    def in_order(self, derivative, args, kw, node):
        """The arguments of a call of a gradient by place, those that are left out as their defaults."""
        signature = derivative._signature()
        if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in signature.parameters.values()):
            return args
        return [*self.bound(signature, derivative.__name__, args, kw, node).values()]

    def derivative(self, maker, args, kw, node):
        """`grad(f)` inside of a function: made as it is compiled, of what `f` is then."""
        given = [self.literal_of(b) for b in kw.values()]
        of = args[0].value if len(args) == 1 and isinstance(args[0], Known) else None
        if not callable(of) or None in given:
            what = f"`{ast.unparse(node)}` is of a function that is made inside"
            remedy = "define that function outside, and pass it what it reads as arguments"
            raise Refused(node, what, remedy)
        self.guard_same(args[0])
        return Known(maker(of, **{k: literal[0] for k, literal in zip(kw, given)}))

    def stop_gradient(self, x, node):
        if isinstance(x, Struct) and x.type is tuple:
            items = tuple(self.stop_gradient(i, node) for i in x.items)
            return Struct(tuple, x.keys, items)
        return self.gate("stop_gradient", self.runtime(x, node), node=node)

    # ------------------------------------------------------------ rules

    def call_rule(self, name, args, kw, node):
        literal = self.literal_of(args[0]) if len(args) == 1 and not kw else None
        if name == "builtins.complex" and literal and isinstance(literal[0], str):
            raise Refused(node, "`complex` reads a string here", "write the number out")
        if name in ("builtins.int", "builtins.float") and literal and isinstance(literal[0], str):
            return self.number_in(literal[0], name, node)
        if name in ("math.prod", "math.dist", "math.sumprod"):
            return self.of_elements(name, args, kw, node)
        if name == "numpy.where" and len(args) == 1 and not kw:
            return self.places_of(args[0], node)
        if name in PARTS and not is_alone(name, args, kw):
            return self.call_several(name, args, kw, node)
        if name in ("builtins.max", "builtins.min", "builtins.sum", "math.fsum") and len(args) == 1:
            return self.over_container(name, args[0], node)
        if name == "builtins.abs" and isinstance(kind_of(self.runtime(args[0], node)), Array):
            name = "numpy.abs"
        elif name == "builtins.abs" and str(kind_of(self.runtime(args[0], node))) in ("f8", "f4"):
            return self.gate("builtins.abs:np", self.runtime(args[0], node), node=node)
        args, kw = self.of_lists(name, args, kw, node)
        if name in SEQUENCES:
            return self.call_sequence(name, args, kw, node)
        if name.startswith("numpy."):
            return self.call_ufunc(name, args, kw, node)
        return self.rule_gate(name, args, kw, node)

    def rule_gate(self, name, args, kw, node):
        """One gate, or what it is another spelling of."""
        if name == "scipy.linalg.lu_solve" and args and isinstance(args[0], Struct):
            args = [*args[0].items, *args[1:]]
        rule = rules.lookup(name, len(args) + sum(k not in _OPTIONS for k in kw))
        if f"{name}:complex" in TABLE and any(map(_has_complex, (*args, *kw.values()))):
            rule = TABLE[f"{name}:complex"]
        if rule is None:
            raise Refused(
                node, f"`{ast.unparse(node.func)}` with {len(args)} arguments has no rule", ""
            )
        rule = self.otherwise(rule, args, kw)
        if rule.flavour == "written":
            self.check_complex(rule, [*args, *kw.values()], node)
            args = self.as_many(rule, args, node) if _takes_the_rest(rule) else args
            args, kw = [self.known(a) for a in args], {k: self.known(v) for k, v in kw.items()}
            return self.call_written(rule, args, kw, node)
        args = self.arrays_for(rule, self.as_many(rule, args, node), node)
        self.check_keywords(rule, kw, node)
        for root, module in LIBRARIES.items():
            if rule.name.startswith(f"{module}."):
                self.externals[root] = ("module", module)  # so that the text imports it
        if name.startswith(("numpy.", "scipy.")):
            args = [self.as_literal(a) for a in args]
            kw = {k: self.as_literal(v) for k, v in kw.items()}
        operands = self.each(lambda a: self.rule_operand(a, node), _dtypes(self, rule, args, node))
        kw = {k: Const(self.dtype_of(v, node)) if k == "dtype" else v for k, v in kw.items()}
        said = {n: Const(v) for n, v in rule.params if n in ("axis", "dtype", "keepdims")}
        keywords = tuple((k, self.rule_operand(v, node)) for k, v in kw.items())
        keywords = tuple((k, v) for k, v in keywords if v != said.get(k))  # but for defaults
        if rule.flavour == "expands":
            return self.expand_statement(rule, operands, node)
        method = self.method_call and isinstance(node.func, ast.Attribute)
        form = "method" if method and isinstance(operands[0], Value) else None
        return self.gate(rule.name, *operands, kw=keywords, node=node, form=form)

    def as_many(self, rule, args, node):
        """As many arguments as a rule has parameters."""
        if len(args) <= min(len(rule.params), rule.positional):
            return args
        if not _takes_the_rest(rule):
            what = f"`{ast.unparse(node.func)}` is differentiated with {', '.join(rule.names)} only"
            raise Refused(node, what, "leave the others out")
        # x.reshape(2, 3): the last parameter takes the rest
        return [args[0], Struct(tuple, tuple(range(len(args) - 1)), tuple(args[1:]))]

    def check_keywords(self, rule, kw, node):
        for key in kw:
            if key not in rule.names:
                place = next((k for k in node.keywords if k.arg == key), node)
                near = did_you_mean(key, rule.names)
                what = f"`{ast.unparse(node.func)}` is not differentiated with `{key}=`{near}"
                raise Refused(place, what, f"supported: {', '.join(rule.names)}")

    def check_complex(self, rule, args, node):
        """Refuse complex arguments of a function that is written for real ones."""
        if any(map(_has_complex, args)) and not takes_complex(rule):
            what = f"`{ast.unparse(node.func)}` is not differentiated for complex numbers"
            remedy = "take the real and imaginary parts, or the absolute value, first"
            raise Refused(node, what, remedy)

    method_call = False

    def number_in(self, text, name, node):
        """`int("2")`, of a string that is known."""
        try:
            return Const({"builtins.int": int, "builtins.float": float}[name](text))
        except ValueError as error:
            raise Refused(node, str(error), "") from None

    def of_elements(self, name, args, kw, node):
        """`math.prod`, `dist` and `sumprod`: functions of the elements of containers."""
        wanted = 1 if name == "math.prod" else 2
        if len(args) != wanted or kw:
            what = f"`{ast.unparse(node.func)}` is differentiated with {wanted} argument(s) here"
            raise Refused(node, what, "leave the others out, or write a loop")
        args = [self.as_tuple(a) for a in args]
        if name == "math.prod" and isinstance(kind_of(self.runtime(args[0], node)), Array):
            return self.call_rule("numpy.prod", args, {}, node)
        fixed = all(isinstance(a, Struct) and a.type in (list, tuple) and a.items for a in args)
        if not fixed or len({len(a.items) for a in args}) != 1:
            return self.gate(f"{name}:list", *(self.runtime(a, node) for a in args), node=node)
        operands = [self.runtime(i, node) for a in args for i in a.items]
        if len(operands) == 1:
            return operands[0]
        rule = rules.lookup(name, len(operands))
        return self.gate(rule.name, *operands, node=node)

    def rule_operand(self, binding, node):
        if isinstance(binding, Struct) and binding.type is tuple:
            if binding.known is not None and not _are_ints(binding.known.value):
                return self.thing(binding.known)
            return Tup(tuple(self.rule_operand(i, node) for i in binding.items))
        if isinstance(binding, Known) and isinstance(binding.value, type):
            code = _DTYPES.get(binding.value)
            return self.runtime(binding, node) if code is None else Const(code)
        return self.runtime(binding, node)

    def expand_statement(self, rule, operands, node):
        names = dict(zip(rule.names, operands))
        statement = rule.expands
        index = Const(...)
        self.store(names[statement.targets[0].value.id], index, names[statement.value.id], node)
        return Known(None)

    def over_container(self, name, container, node):
        """sum, max, min of one argument."""
        container = self.as_tuple(container)
        if isinstance(container, Struct) and container.type is not dict:
            items = [self.runtime(i, node) for i in container.items]
            if not items and name in ("builtins.sum", "math.fsum"):
                return Const(0 if name == "builtins.sum" else 0.0)
            if not items:
                what = f"`{ast.unparse(node)}` is of nothing: the container is empty"
                raise Refused(node, what, "give it one element at least")
            if name in ("builtins.sum", "math.fsum"):
                out = items[0]
                for item in items[1:]:
                    out = self.binary("operator.add", out, item, node)
                return out
            return items[0] if len(items) == 1 else self.call_rule(name, items, {}, node)
        x = self.runtime(container, node)
        if name not in ("builtins.sum", "math.fsum"):
            sort = "array" if isinstance(kind_of(x), Array) else "list"
            return self.gate(f"{name}:{sort}", x, node=node)
        if isinstance(kind_of(x), List) and isinstance(kind_of(x).elem, Array):
            return self.call_written(rules.lookup("builtins.sum:arrays", 1), [x], {}, node)
        return self.gate(name, x, node=node)

    # ------------------------------------------------------------ opaque calls

    def has_source(self, function) -> bool:
        """Whether a function's text is for us to read: not the libraries' that have rules."""
        top = (function.__module__ or "").partition(".")[0]
        return top not in ("numpy", "scipy", "math") and top not in _STDLIB

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

    def quiet(self, node):
        """What an expression stands for, found without staging it for good."""
        outer, self.b = self.b, self.b.sub()
        env, self.env = self.env, dict(self.env)
        try:
            return self.expr(node.value if isinstance(node, ast.Starred) else node)
        except Refused:
            return None
        finally:
            self.b, self.env = outer, env

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
        _among(value, _HARMLESS)
        or isinstance(log, logging.Logger)
        or getattr(value, "__module__", "") == "logging"
    )


def is_pure(value) -> bool:
    """Whether a function is known to leave its arguments as they are."""
    if _among(value, _PURE):
        return True
    name, module = getattr(value, "__name__", ""), getattr(value, "__module__", None) or ""
    return (
        module.partition(".")[0] in ("numpy", "math")
        and name not in _CHANGING
        and "random" not in module
    )


def _among(value, functions) -> bool:
    return any(value is f for f in functions)


_DTYPES: dict[type, str] = {float: "f8", int: "i8", bool: "b1", np.float64: "f8", np.float32: "f4"}
_DTYPES |= {complex: "c16", np.complex128: "c16", np.complex64: "c8"}


def _dtypes(stager, rule, args, node) -> list:
    """The arguments of a call by position, a dtype among them by its code."""
    named = [n == "dtype" for n in rule.names] + [False] * len(args)
    return [Const(stager.dtype_of(a, node)) if d else a for a, d in zip(args, named)]


def _has_complex(binding) -> bool:
    if isinstance(binding, Struct):
        return any(map(_has_complex, binding.items))
    return isinstance(binding, (Value, Const)) and is_complex(kind_of(binding))


def _takes_the_rest(rule) -> bool:
    """Whether the last argument of a method may be written as several."""
    return rule.name.partition(":")[0] in ("numpy.reshape", "numpy.transpose")


def _are_ints(values) -> bool:
    return all(isinstance(v, int) for v in values)


_BUILTINS = (
    *(len, sum, list, tuple, isinstance, callable, hasattr, type, functools.partial),
    functools.reduce,
    *(map, filter, zip, enumerate, reversed, range),
    *(sorted, min, max, any, all, dict, set, frozenset, collections.defaultdict),
    *(super, setattr, getattr, object.__setattr__),
    *(np.shape, np.ndim, np.size, np.shares_memory, np.may_share_memory),
    *(np.array, np.asarray, np.asanyarray, np.ix_, np.nonzero),
)
_OPTIONS = {"optimize"}  # keywords that do not count among the operands
_REGISTERING = {("srcgrad.gates", "primitive")}
_REGISTERING |= {("srcgrad.implicit", n) for n in ("implicit_root", "implicit_fixed_point")}
_CACHED = functools.lru_cache(len)
_STDLIB = set(__import__("sys").stdlib_module_names)
