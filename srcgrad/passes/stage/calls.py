"""Stage calls: rules, builtins, helpers inlined, helpers with a forward/backward pair, opaque calls."""

from __future__ import annotations

import ast
import builtins
import inspect
import logging
import types
import warnings
from dataclasses import dataclass, field

import numpy as np

from srcgrad import rules
from srcgrad.build import kind_of, number_kind
from srcgrad.errors import SourceNotFound
from srcgrad.ir import Const, Function, Return, Value
from srcgrad.kinds import FLOAT, TEXT, UNKNOWN, Array, Scalar, Thing, is_number, is_reference
from srcgrad.memory import Aliases
from srcgrad.passes.stage.binding import Bound, Known, Lambda, Refused, Struct, flatten, unflatten
from srcgrad.rules.math import PARTS

PAIR_STATEMENTS = 25  # a helper of more statements is called, not inlined
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


@dataclass(eq=False)
class Callee:
    """A helper that gets a function of its own: `function` once staged, `kind` of its result."""

    name: str
    kind: object
    function: Function | None = None
    recursive: bool = False
    useful: set = field(
        default_factory=set
    )  # positions of the arguments that the result depends on


class Calls:
    """Methods of the stager that resolve what is called."""

    def expr_Call(self, node):
        return self.call(node)

    def call(self, node, discard=False):
        func = self.expr(node.func)
        if isinstance(func, Bound):
            return self.call_method(func, node, discard)
        if isinstance(func, Lambda):
            return self.call_lambda(func, [self.expr(a) for a in node.args], node)
        if not isinstance(func, Known):
            raise Refused(
                node,
                f"`{ast.unparse(node.func)}` is not a function that the compiler knows",
                "call a function by its name",
            )
        value = func.value
        special = getattr(self, f"call_{value.__name__}", None) if value in _BUILTINS else None
        if special is not None:
            return special(node)
        if self.is_opaque(value):
            return self.call_opaque(
                value, node, discard
            )  # its arguments are read where it is called
        args, kw = self.arguments(node)
        if func.path is not None and isinstance(value, types.FunctionType):
            self.guard(func.path, value.__code__)
        if isinstance(value, types.MethodType):
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
        many = self.expr(arg.value)
        if not isinstance(many, Struct) or many.type is dict:
            what = "`*` takes a tuple or list of known length here"
            raise Refused(arg, what, "write the arguments out")
        return list(many.items)

    def arguments(self, node):
        args, kw = sum(self.each(self.argument, node.args), []), {}
        for keyword in node.keywords:
            if keyword.arg is None:
                many = self.expr(keyword.value)
                if not isinstance(many, Struct) or many.type is not dict:
                    raise Refused(
                        node, "`**` takes a dict with constant keys here", "write the arguments out"
                    )
                kw.update(zip(many.keys, many.items))
            else:
                kw[keyword.arg] = self.expr(keyword.value)
        return args, kw

    def call_known(self, value, args, kw, node, discard=False):
        name = rules.name_of(value)
        if name is not None and name.startswith("user."):
            return self.call_gate(name, value, args, kw, node)
        if name is not None:
            return self.call_rule(name, args, kw, node)
        if self.context.is_stop_gradient(value):
            return self.stop_gradient(*args, *kw.values(), node=node)
        while (
            getattr(type(value), "_for_compiler", None)
            and getattr(value.primal, "__code__", None) in self.stack
        ):
            value = value.primal  # a recursive call of a decorated function means the function
        specialise = getattr(type(value), "_for_compiler", None)
        if specialise is not None:
            value, extra = specialise(value, [self.binding_kind(a, node) for a in args], kw)
            args = [*args, *extra]
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

    def stop_gradient(self, x, node):
        if isinstance(x, Struct) and x.type is tuple:
            items = tuple(self.stop_gradient(i, node) for i in x.items)
            return Struct(tuple, x.keys, items)
        return self.gate("stop_gradient", self.runtime(x, node), node=node)

    # ------------------------------------------------------------ rules

    def call_rule(self, name, args, kw, node):
        if name in ("math.prod", "math.dist", "math.sumprod"):
            return self.of_elements(name, args, kw, node)
        if name in PARTS:
            operands = [self.runtime(a, node) for a in args]
            parts = tuple(self.gate(part, *operands, node=node) for part in PARTS[name])
            return Struct(tuple, tuple(range(len(parts))), parts)
        if name in ("builtins.max", "builtins.min", "builtins.sum", "math.fsum") and len(args) == 1:
            return self.over_container(name, args[0], node)
        if name == "builtins.abs" and isinstance(kind_of(self.runtime(args[0], node)), Array):
            name = "numpy.abs"
        elif name == "builtins.abs" and str(kind_of(self.runtime(args[0], node))) in ("f8", "f4"):
            return self.gate("builtins.abs:np", self.runtime(args[0], node), node=node)
        rule = rules.lookup(name, len(args) + len(kw))
        if rule is None:
            raise Refused(
                node, f"`{ast.unparse(node.func)}` with {len(args)} arguments has no rule", ""
            )
        if len(args) > min(len(rule.params), rule.positional):
            # numpy.sum(x, axis, …) and x.reshape(2, 3): the last parameter takes the rest
            if not name.endswith("reshape"):
                raise Refused(
                    node,
                    f"`{ast.unparse(node.func)}` is differentiated with {', '.join(rule.names)} only",
                    "leave the others out",
                )
            args = [args[0], Struct(tuple, tuple(range(len(args) - 1)), tuple(args[1:]))]
        for key in kw:
            if key not in rule.names:
                raise Refused(
                    node,
                    f"`{ast.unparse(node.func)}` is not differentiated with `{key}=`",
                    f"supported: {', '.join(rule.names)}",
                )
        operands = self.each(lambda a: self.rule_operand(a, node), args)
        keywords = tuple((k, self.rule_operand(v, node)) for k, v in kw.items())
        if rule.flavour == "expands":
            return self.expand_statement(rule, operands, node)
        form = (
            "method"
            if isinstance(node.func, ast.Attribute)
            and isinstance(operands[0], Value)
            and self.method_call
            else None
        )
        return self.gate(rule.name, *operands, kw=keywords, node=node, form=form)

    method_call = False

    def of_elements(self, name, args, kw, node):
        """`math.prod`, `dist` and `sumprod`: functions of the elements of containers."""
        wanted = 1 if name == "math.prod" else 2
        if len(args) != wanted or kw:
            what = f"`{ast.unparse(node.func)}` is differentiated with {wanted} argument(s) here"
            raise Refused(node, what, "leave the others out, or write a loop")
        fixed = all(isinstance(a, Struct) and a.type in (list, tuple) and a.items for a in args)
        if not fixed or len({len(a.items) for a in args}) != 1:
            return self.gate(f"{name}:list", *(self.runtime(a, node) for a in args), node=node)
        operands = [self.runtime(i, node) for a in args for i in a.items]
        if len(operands) == 1:
            return operands[0]
        rule = rules.lookup(name, len(operands))
        return self.gate(rule.name, *operands, node=node)

    def rule_operand(self, binding, node):
        from srcgrad.ir import Tup

        if isinstance(binding, Struct) and binding.type is tuple:
            return Tup(tuple(self.rule_operand(i, node) for i in binding.items))
        if isinstance(binding, Known) and binding.value in (float, int, bool):
            return Const({float: "f8", int: "i8", bool: "b1"}[binding.value])
        if isinstance(binding, Known) and rules._numpy.float32 is binding.value:
            return Const("f4")
        if isinstance(binding, Known) and rules._numpy.float64 is binding.value:
            return Const("f8")
        return self.runtime(binding, node)

    def expand_statement(self, rule, operands, node):
        names = dict(zip(rule.names, operands))
        statement = rule.expands
        index = Const(...)
        self.store(names[statement.targets[0].value.id], index, names[statement.value.id], node)
        return Known(None)

    def over_container(self, name, container, node):
        """sum, max, min of one argument."""
        if isinstance(container, Struct) and container.type is not dict:
            items = [self.runtime(i, node) for i in container.items]
            if not items:
                raise Refused(node, "an empty container", "")
            if name in ("builtins.sum", "math.fsum"):
                out = items[0]
                for item in items[1:]:
                    out = self.binary("operator.add", out, item, node)
                return out
            return items[0] if len(items) == 1 else self.call_rule(name, items, {}, node)
        x = self.runtime(container, node)
        if name not in ("builtins.sum", "math.fsum"):
            return self.gate(f"{name}:list", x, node=node)
        if isinstance(kind_of(x), Array) and kind_of(x).ndim > 1:
            raise Refused(node, "`sum` of a matrix adds its rows", "use numpy.sum with an axis")
        if isinstance(kind_of(x), Array):
            return self.gate("numpy.sum", x, node=node)
        return self.gate(name, x, node=node)

    # ------------------------------------------------------------ functions

    def has_source(self, function):
        module = function.__module__ or ""
        top = module.partition(".")[0]
        if top in ("numpy", "scipy", "math") or top in _STDLIB:
            return False
        return True

    def call_lambda(self, lam, args, node):
        names = [a.arg for a in lam.tree.args.args]
        if len(names) != len(args):
            raise Refused(node, f"the lambda takes {len(names)} arguments", "call it with as many")
        # where it was defined, it sees what the names stand for now
        seen = self.env if lam.function is self.function else lam.env
        outer, self.env = self.env, {**seen, **dict(zip(names, args))}
        try:
            return self.expr(lam.tree.body)
        finally:
            self.env = outer

    def call_function(self, function, args, kw, node):
        """Inline a helper, or call it as a pair where it is large or recursive."""
        code = function.__code__
        try:
            source, tree = self.prepared(function)
        except SourceNotFound as error:
            raise Refused(
                node,
                f"`{function.__name__}` has no source: {error}",
                "give it a rule with @srcgrad.primitive",
            ) from None
        env = self.parameters_of(function, args, kw, node)
        recursive = code in self.stack
        if recursive and self.trying:
            what = f"`{function.__name__}` calls itself in a `try`"
            raise Refused(node, what, "call it outside the `try`")
        large = sum(isinstance(n, ast.stmt) for n in ast.walk(tree)) > PAIR_STATEMENTS
        if recursive or large and not self.trying:
            out = self.call_pair(function, source, tree, env, recursive, node)
            if out is not None:
                return out
        return self.inline(function, source, tree, env, node)

    def parameters_of(self, function, args, kw, node):
        signature = inspect.signature(function, follow_wrapped=False)
        try:
            bound = signature.bind(*args, **kw)
        except TypeError as error:
            raise Refused(node, f"`{function.__name__}`: {error}", "") from None
        env = {}
        for name, parameter in signature.parameters.items():
            if parameter.kind is parameter.VAR_POSITIONAL:
                items = bound.arguments.get(name, ())
                env[name] = Struct(tuple, tuple(range(len(items))), tuple(items))
            elif parameter.kind is parameter.VAR_KEYWORD:
                items = bound.arguments.get(name, {})
                env[name] = Struct(dict, tuple(items), tuple(items.values()))
            elif name in bound.arguments:
                binding = bound.arguments[name]
                if isinstance(binding, Lambda) and binding.function is self.function:
                    binding = Lambda(binding.tree, dict(self.env), binding.function)
                env[name] = binding
            else:
                env[name] = _default(parameter.default)
        return env

    def inline(self, function, source, tree, env, node):
        saved = self.env, self.source, self.function
        for name, binding in env.items():
            if isinstance(binding, Value) and not binding.named:
                binding.hint = name
        self.stack.append(function.__code__)
        self.env, self.source, self.function = env, source, function
        self.callers.append((saved[1], node))
        try:
            self.stmts(tree.body)
            out = self.env["%result"]
        finally:
            self.env, self.source, self.function = saved
            self.stack.pop()
            self.callers.pop()
        return out

    def call_pair(self, function, source, tree, env, recursive, node):
        leaves, trees = [], []
        for name, binding in env.items():
            if isinstance(binding, Struct) and binding.type is list and binding.site is not None:
                binding = self.dynamic(binding, node)
            part, shape = flatten(binding)
            if shape is None and isinstance(part[0], Const) and not is_number(number_kind(part[0])):
                part, shape = [], part[0]  # a literal is part of what the helper is made for
            leaves += part
            trees.append((name, shape, len(part)))
        kinds = tuple(_rounded(number_kind(leaf)) for leaf in leaves)
        cells = tuple(map(id, function.__closure__ or ()))
        key = (function.__code__, cells, tuple(map(repr, trees)), tuple(map(str, kinds)))
        callee = self.memo.callees.get(key)
        if callee is None:
            callee = self.stage_callee(function, source, tree, trees, kinds, key, node, recursive)
        if callee is False:
            if recursive:
                raise Refused(
                    node,
                    f"`{function.__name__}` calls itself and changes its arguments or returns more than a number",
                    "write it as a loop",
                )
            return None
        callee.recursive |= recursive
        return self.b.gate("call", *leaves, kind=callee.kind, form=callee, hint=function.__name__)

    def stage_callee(self, function, source, tree, trees, kinds, key, node, recursive):
        if sum(k[0] is function.__code__ for k in self.memo.callees) >= 8:
            raise Refused(
                node,
                f"`{function.__name__}` calls itself with arguments of ever new kinds",
                "write it as a loop, or with indices",
            )
        callee = self.memo.callees[key] = Callee(function.__name__, FLOAT)
        for _ in range(3):
            inner = self.child(function, source)
            params, env, k = [], {}, 0
            for name, shape, count in trees:
                values = [
                    Value(name if count == 1 else f"{name}_{i}", kinds[k + i], True)
                    for i in range(count)
                ]
                k += count
                params += values
                env[name] = unflatten(shape, iter(values))
            inner.env = env
            inner.stack = [*self.stack, function.__code__] if not recursive else [function.__code__]
            inner.stmts(tree.body)
            self.failed |= inner.failed
            leaves, shape = flatten(inner.env["%result"])
            plain = (
                shape is None
                and len(leaves) == 1
                and isinstance(number_kind(leaves[0]), (Scalar, Array))
            )
            aliases = Aliases(inner.b.block())
            theirs = {aliases.find(v) for v in params if is_reference(v.kind)}
            written = bool(theirs & aliases.changed)
            if plain and is_reference(kind_of(leaves[0])):
                written |= (
                    aliases.find(leaves[0]) in theirs
                )  # the result is an argument, or a part of one
            if not plain or written:
                self.memo.callees[key] = False
                return False
            inner.b.stmts.append(Return((leaves[0],), loc=(source, tree)))
            callee.function = Function(function.__name__, tuple(params), inner.b.block())
            kind = number_kind(leaves[0])
            kind = (
                Scalar("float")
                if isinstance(kind, Scalar) and kind.name in ("int", "float")
                else kind
            )
            if kind == callee.kind:
                break
            callee.kind = kind
        return callee

    # ------------------------------------------------------------ opaque calls

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
        if value in (eval, exec):
            name = value.__name__
            raise Refused(
                node, f"no rule is known for `{name}`, which may do anything", "write the code out"
            )
        if is_pure(value):
            return
        for arg in (*node.args, *(k.value for k in node.keywords)):
            binding = self.quiet(arg)
            changeable = isinstance(binding, Struct) and binding.type is not tuple
            if changeable or isinstance(binding, Value) and is_reference(binding.kind):
                name = ast.unparse(node.func)
                what = f"no rule is known for `{name}`, which may change `{ast.unparse(arg)}`{rules.nearest(name)}"
                raise Refused(node, what, "give it one with @srcgrad.primitive, or pass a copy")

    def quiet(self, node):
        """What an expression stands for, found without staging it for good."""
        outer, self.b = self.b, self.b.sub()
        try:
            return self.expr(node.value if isinstance(node, ast.Starred) else node)
        except Refused:
            return None
        finally:
            self.b = outer

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


def _default(value):
    """What a parameter's default stands for."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return Const(value)
    if type(value) is tuple:
        return Struct(tuple, tuple(range(len(value))), tuple(map(_default, value)))
    return Known(value)


def _is(operand, number):
    return isinstance(operand, Const) and operand.value == number


def _rounded(kind):
    return FLOAT if kind == FLOAT else kind


def _gates(stmts):
    from srcgrad.ir import Gate, walk

    for s in stmts:
        for inner in walk(s):
            if isinstance(inner, Gate):
                yield inner


_BUILTINS = {builtins.len, builtins.sum, builtins.list, builtins.tuple, builtins.isinstance}
_STDLIB = set(__import__("sys").stdlib_module_names)
