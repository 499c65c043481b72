"""Stage functions with source: made inside or found outside, inlined or called as a pair."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import types
from collections.abc import Callable

from srcgrad.errors import SourceNotFound, did_you_mean
from srcgrad.ir import Const, Value
from srcgrad.passes.stage import scopes
from srcgrad.passes.stage.binding import (
    Closure,
    Code,
    Ended,
    Known,
    Refused,
    Struct,
)
from srcgrad.passes.stage.definitions import Definition
from srcgrad.passes.stage.pairs import closures, fixed, is_large

_KINDS = inspect.Parameter
_BINDINGS = (Value, Const, Struct, Closure, Known)


class Functions:
    """Methods of the stager that define functions and call those that have source."""

    expr: Callable
    arguments: Callable
    method_call: bool
    function: types.FunctionType
    env: dict

    # ------------------------------------------------------------ functions made inside

    def expr_Lambda(self, node):
        return self.closure(node)

    def stmt_FunctionDef(self, node):
        binding = self.closure(node)
        for decorator in node.decorator_list[::-1]:
            if not self.is_bookkeeping(decorator):
                binding = self.call_binding(self.expr(decorator), [binding], {}, decorator)
        self.env[node.name] = binding

    def is_bookkeeping(self, decorator) -> bool:
        """Whether a decorator leaves what the function computes as it is."""
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        found = self.quiet(called)
        value = found.value if isinstance(found, Known) else None
        module = getattr(value, "__module__", None)
        return module == "functools" and value.__name__ in ("wraps", "lru_cache", "cache")

    def closure(self, node):
        args = node.args
        positional = [a.arg for a in (*args.posonlyargs, *args.args)]
        pairs = [*zip(positional[len(positional) - len(args.defaults) :], args.defaults)]
        pairs += [(a.arg, d) for a, d in zip(args.kwonlyargs, args.kw_defaults) if d is not None]
        held = Struct(dict, tuple(n for n, _ in pairs), tuple(self.expr(d) for _, d in pairs))
        return Closure(Code(node, self.source, self.function), held)

    def call_closure(self, closure, args, kw, node):
        if closure.code is None:
            return self.call_held(closure.held, args, kw, node)
        code = closure.code
        tree = self.context.nested(code.source, code.tree)
        signature = _signature(code.tree.args, closure.held)
        env = self.bound(signature, code.name, args, kw, node)
        cells = tuple(scopes.cells_in(code.tree))
        writes = scopes.writes_cells(code.tree)
        what = Definition(
            code.name, code.tree, code.origin, code.source, tree, code.function, cells, writes
        )
        return self.call_definition(what, env, node)

    def call_held(self, held, args, kw, node):
        given = [b for k, b in zip(held.keys, held.items) if isinstance(k, int)]
        named = {k: b for k, b in zip(held.keys, held.items) if isinstance(k, str)}
        return self.call_binding(given[0], [*given[1:], *args], {**named, **kw}, node)

    def call_partial(self, node):
        """`functools.partial(f, …)` makes a function; what `held` has by number is passed by place."""
        args, kw = self.arguments(node)
        if not args:
            raise Refused(node, "`partial` needs a function", "")
        return Closure(None, Struct(dict, (*range(len(args)), *kw), (*args, *kw.values())))

    def unwrapped(self, func, node):
        """The function in a `partial` object or a cache, with the arguments that it holds."""
        value, path = func.value, func.path or self.root("partial", ("object", func.value))
        if not isinstance(value, functools.partial):
            return Known(value.__wrapped__, f"{path}.__wrapped__")
        self.guard_same(Known(value, path))
        paths = {"func": value.func}
        paths |= {f"args[{k}]": a for k, a in enumerate(value.args)}
        paths |= {f"keywords[{k!r}]": a for k, a in value.keywords.items()}
        items = [self.constant_binding(v, node, f"{path}.{p}") for p, v in paths.items()]
        keys = (*range(1 + len(value.args)), *value.keywords)
        return Closure(None, Struct(dict, keys, tuple(items)))

    def call_binding(self, func, args, kw, node):
        """Call what a binding stands for with arguments that are staged already."""
        if isinstance(func, Closure):
            return self.call_closure(func, args, kw, node)
        if isinstance(func, Known):
            name = getattr(func.value, "__name__", "function")
        else:
            name = "function"
        number = next(self.memo.activations)
        bindings = {scopes.cell(number, name if name.isidentifier() else "function"): func}
        bindings |= {scopes.cell(number, f"_{k}"): b for k, b in enumerate(args)}
        bindings |= {scopes.cell(number, f"_{k}"): b for k, b in kw.items()}
        held, *names = (ast.Name(n, ast.Load()) for n in bindings)
        keywords = [ast.keyword(k, n) for k, n in zip(kw, names[len(args) :])]
        call = ast.Call(held, names[: len(args)], keywords)
        for part in ast.walk(call):
            if not isinstance(part, ast.expr_context):
                ast.copy_location(part, node)
        self.env.update(bindings)
        try:
            return self.call(call)
        finally:
            for n in bindings:
                self.env.pop(n, None)

    # ------------------------------------------------------------ functions found outside

    def call_function(self, function, args, kw, node):
        """Inline a helper, or call it as a pair where it is large or recursive."""
        try:
            source, tree = self.prepared(function)
        except SourceNotFound as error:
            raise Refused(
                node,
                f"`{function.__name__}` has no source: {error}",
                "give it a rule with @srcgrad.primitive",
            ) from None
        env = self.parameters_of(function, args, kw, node)
        code = function.__code__
        what = Definition(function.__name__, code, code, source, tree, function)
        return self.call_definition(what, env, node)

    def call_written(self, rule, args, kw, node):
        """Inline what a rule is in Python: as if it stood where it is called."""
        function = rule.written
        env = self.parameters_of(function, args, kw, node)
        tree = copy.deepcopy(self.prepared(function)[1])
        for part in ast.walk(tree):
            if hasattr(part, "lineno"):
                ast.copy_location(part, node)
        code = function.__code__
        what = Definition(function.__name__, code, code, self.source, tree, function)
        outer, self.method_call = self.method_call, False
        try:
            return self.inline(what, env, node)
        finally:
            self.method_call = outer

    def parameters_of(self, function, args, kw, node):
        """The bindings of the parameters of a function that has source."""
        signature = inspect.signature(function, follow_wrapped=False)
        return self.bound(signature, function.__name__, args, kw, node)

    # ------------------------------------------------------------ both

    def bound(self, signature, name, args, kw, node):
        """The bindings of a function's parameters."""
        try:
            bound = signature.bind(*args, **kw)
        except TypeError as error:
            word = str(error).rpartition("argument ")[2].strip("'")
            near = did_you_mean(word, signature.parameters) if "unexpected" in str(error) else ""
            remedy = f"it is called as {name}{written(signature)}"
            got = "" if str(error).startswith(("missing", "got")) else "got "
            raise Refused(node, f"`{name}` {got}{error}{near}", remedy) from None
        env = {}
        for name, parameter in signature.parameters.items():
            if parameter.kind is parameter.VAR_POSITIONAL:
                items = bound.arguments.get(name, ())
                env[name] = Struct(tuple, tuple(range(len(items))), tuple(items))
            elif parameter.kind is parameter.VAR_KEYWORD:
                items = bound.arguments.get(name, {})
                env[name] = Struct(dict, tuple(items), tuple(items.values()))
            elif name in bound.arguments:
                env[name] = bound.arguments[name]
            else:
                env[name] = self.default_of(parameter.default)
        return env

    @staticmethod
    def default_of(value):
        return _default(value)

    def call_definition(self, what, env, node):
        recursive = self.comes_back(what, env, node)
        if recursive and self.trying:
            raise Refused(
                node, f"`{what.name}` calls itself in a `try`", "call it outside the `try`"
            )
        if recursive or is_large(what.tree) and not self.trying:
            out = self.call_pair(what, env, recursive, node)
            if out is not None:
                return out
        return self.inline(what, env, node)

    def activate(self, tree, env):
        """The statements of a function, and its variables, where it shares some with nested ones."""
        body, names = scopes.activated(tree, next(self.memo.activations))
        return body, {names.get(n, n): binding for n, binding in env.items()}

    def inline(self, what, env, node):
        saved, layout = (self.source, self.function, self.declared), fixed(env)
        for name, binding in env.items():
            if isinstance(binding, Value) and not binding.named:
                binding.hint = name
        body, env = self.activate(what.tree, env)
        self.stack.append(what.key)
        self.layouts.append((what.key, layout))
        cells = {n: b for n, b in self.env.items() if scopes.is_cell(n)}
        self.source, self.function = what.source, what.function
        self.callers.append((saved[0], node))
        try:
            with self.frame(cells | env):
                self.declare(what.tree)
                self.stmts(body)
                if "%result" not in self.env:  # it raises on every path
                    raise Ended
                out, cells = self.env["%result"], self.left_behind(cells)
        except Refused as refusal:
            refusal.place = refusal.place or self.culprit(refusal.node)
            raise
        finally:
            self.source, self.function, self.declared = saved
            self.stack.pop()
            self.layouts.pop()
            self.callers.pop()
        self.env.update(cells)
        return out

    def left_behind(self, before):
        """The cells that a function leaves: its own, too, where a function made in it lives on."""
        cells = {n: b for n, b in self.env.items() if scopes.is_cell(n)}
        lasting = (self.env["%result"], *(cells[n] for n in before if n in cells))
        if any(True for binding in lasting for _ in closures(binding)):
            return cells
        return {n: b for n, b in cells.items() if n in before or n[1] == "g"}


def _signature(args, held):
    """The signature of a nested function, with bindings for defaults."""
    defaults = dict(zip(held.keys, held.items))
    groups = [
        (_KINDS.POSITIONAL_ONLY, args.posonlyargs),
        (_KINDS.POSITIONAL_OR_KEYWORD, args.args),
        (_KINDS.VAR_POSITIONAL, [args.vararg] if args.vararg else []),
        (_KINDS.KEYWORD_ONLY, args.kwonlyargs),
        (_KINDS.VAR_KEYWORD, [args.kwarg] if args.kwarg else []),
    ]
    return inspect.Signature(
        [
            inspect.Parameter(a.arg, kind, default=defaults.get(a.arg, inspect.Parameter.empty))
            for kind, group in groups
            for a in group
        ]
    )


def written(signature) -> str:
    """A signature as in a message: without the defaults of nested functions, which are bindings."""
    plain = [
        p.replace(default="...") if isinstance(p.default, _BINDINGS) else p
        for p in signature.parameters.values()
    ]
    return str(signature.replace(parameters=plain)).replace("'...'", "...")


def _default(value):
    """What a parameter's default stands for."""
    if isinstance(value, _BINDINGS):
        return value  # of a nested function
    if value is None or isinstance(value, (bool, int, float, str)):
        return Const(value)
    if type(value) is tuple:
        return Struct(tuple, tuple(range(len(value))), tuple(map(_default, value)))
    if type(value) is dict and all(isinstance(k, (str, int)) for k in value):
        return Struct(dict, tuple(value), tuple(map(_default, value.values())))
    return Known(value)
