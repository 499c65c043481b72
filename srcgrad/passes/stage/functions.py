"""Stage functions with source: made inside or found outside, inlined or called as a pair."""

from __future__ import annotations

import ast
import functools
import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass, field

from srcgrad.build import kind_of, number_kind
from srcgrad.errors import SourceNotFound, did_you_mean
from srcgrad.ir import UNDEFINED, Const, Function, Return, Value
from srcgrad.kinds import FLOAT, Array, Scalar, is_number, is_reference
from srcgrad.memory import Aliases
from srcgrad.passes.stage import scopes
from srcgrad.passes.stage.binding import (
    Closure,
    Code,
    Ended,
    Known,
    Refused,
    Struct,
    flatten,
    unflatten,
)

PAIR_STATEMENTS = 25  # a helper of more statements is called, not inlined
_KINDS = inspect.Parameter
_BINDINGS = (Value, Const, Struct, Closure, Known)


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


@dataclass(frozen=True)
class Definition:
    """A function that is called: `key` tells it from others, `tree` is its normal form.

    Functions that one `def` made in several activations have one `origin`.
    """

    name: str
    key: object
    origin: object
    source: object
    tree: object
    function: object  # whose globals it sees
    cells: tuple = ()  # the variables that it shares with functions around it
    writes: bool = False  # whether it assigns them


class Functions:
    """Methods of the stager that define functions and call those that have source."""

    expr: Callable
    arguments: Callable
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
            raise Refused(node, f"`{name}` {error}{near}", remedy) from None
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
        recursive = what.key in self.stack
        if recursive and self.trying:
            raise Refused(
                node, f"`{what.name}` calls itself in a `try`", "call it outside the `try`"
            )
        large = sum(isinstance(n, ast.stmt) for n in ast.walk(what.tree)) > PAIR_STATEMENTS
        if recursive or large and not self.trying:
            out = self.call_pair(what, env, recursive, node)
            if out is not None:
                return out
        return self.inline(what, env, node)

    def activate(self, tree, env):
        """The statements of a function, and its variables, where it shares some with nested ones."""
        body, names = scopes.activated(tree, next(self.memo.activations))
        return body, {names.get(n, n): binding for n, binding in env.items()}

    def inline(self, what, env, node):
        saved = self.source, self.function, self.declared
        for name, binding in env.items():
            if isinstance(binding, Value) and not binding.named:
                binding.hint = name
        body, env = self.activate(what.tree, env)
        self.stack.append(what.key)
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
        finally:
            self.source, self.function, self.declared = saved
            self.stack.pop()
            self.callers.pop()
        self.env.update(cells)
        return out

    def left_behind(self, before):
        """The cells that a function leaves: its own, too, where a function made in it lives on."""
        cells = {n: b for n, b in self.env.items() if scopes.is_cell(n)}
        lasting = (self.env["%result"], *(cells[n] for n in before if n in cells))
        if any(True for binding in lasting for _ in _closures(binding)):
            return cells
        return {n: b for n, b in cells.items() if n in before or n[1] == "g"}

    # ------------------------------------------------------------ pairs

    def call_pair(self, what, env, recursive, node):
        needed = self.needed_cells(what, env)
        if needed is None:
            if recursive:
                self.refuse_recursion(what, node, "assigns variables of the function around it")
            return None
        if self.holds_objects(env | needed) or self.opened_objects and _holds_known(env | needed):
            if recursive:
                self.refuse_recursion(what, node, "is given an object", "pass it the numbers")
            return None
        leaves, trees = [], []
        for name, binding in (env | needed).items():
            if isinstance(binding, Struct) and binding.type is list and binding.site is not None:
                binding = self.dynamic(binding, node)
            part, shape = flatten(binding)
            if shape is None and isinstance(part[0], Const) and not is_number(number_kind(part[0])):
                part, shape = [], part[0]  # a literal is part of what the helper is made for
            leaves += part
            trees.append((name, shape, len(part)))
        kinds = tuple(_rounded(number_kind(leaf)) for leaf in leaves)
        cells = tuple(map(id, what.function.__closure__ or ())) if not what.cells else ()
        key = (what.origin, cells, scopes.canonical(repr(trees)), tuple(map(str, kinds)))
        callee = self.memo.callees.get(key)
        if callee is None:
            callee = self.stage_callee(what, trees, kinds, key, node, recursive)
        if callee is False:
            if recursive:
                self.refuse_recursion(
                    what, node, "changes its arguments or returns more than a number"
                )
            return None
        callee.recursive |= recursive
        return self.b.gate("call", *leaves, kind=callee.kind, form=callee, hint=what.name)

    def refuse_recursion(self, what, node, why, remedy="write it as a loop"):
        raise Refused(node, f"`{what.name}` calls itself and {why}", remedy)

    def needed_cells(self, what, env):
        """The cells that a function reads, itself or through others; None where one is assigned."""
        if what.writes:
            return None
        todo, found = list(what.cells), {n: self.env[n] for n in self.env if n[:2] == "%g"}
        for binding in env.values():
            for code in _closures(binding):
                todo += scopes.cells_in(code.tree)
                if scopes.writes_cells(code.tree):
                    return None
        while todo:
            name = todo.pop(0)
            binding = self.env.get(name, UNDEFINED)
            if name in found or binding is UNDEFINED:
                continue
            found[name] = binding
            for code in _closures(binding):
                todo += scopes.cells_in(code.tree)
                if scopes.writes_cells(code.tree):
                    return None
        return found

    def stage_callee(self, what, trees, kinds, key, node, recursive):
        if sum(k[0] is what.origin for k in self.memo.callees) >= 8:
            raise Refused(
                node,
                f"`{what.name}` calls itself with arguments of ever new kinds",
                "write it as a loop, or with indices",
            )
        callee = self.memo.callees[key] = Callee(what.name, FLOAT)
        for _ in range(3):
            inner = self.child(what.function, what.source)
            params, env, k, taken = [], {}, 0, set()
            for name, shape, count in trees:
                hint = scopes.plain(name)
                hints = [hint] if count == 1 else [f"{hint}_{i}" for i in range(count)]
                values = [
                    Value(_untaken(h, taken), kinds[k + i], True) for i, h in enumerate(hints)
                ]
                k += count
                params += values
                env[name] = unflatten(shape, iter(values))
            body, inner.env = inner.activate(what.tree, env)
            inner.stack = [*self.stack, what.key] if not recursive else [what.key]
            inner.declare(what.tree)
            inner.stmts(body)
            self.failed |= inner.failed
            result = inner.env["%result"]
            leaves, shape = ([], result) if isinstance(result, Closure) else flatten(result)
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
            inner.b.stmts.append(Return((leaves[0],), loc=(what.source, what.tree)))
            callee.function = Function(what.name, tuple(params), inner.b.block())
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


def _untaken(name, taken) -> str:
    """A parameter's name, numbered where another has it: one that is shared, and one of its own."""
    k, out = 1, name
    while out in taken:
        k += 1
        out = f"{name}_{k}"
    taken.add(out)
    return out


def _closures(binding):
    """The codes of the functions made inside that a binding holds."""
    if isinstance(binding, Closure):
        if binding.code is not None:
            yield binding.code
        yield from _closures(binding.held)
    elif isinstance(binding, Struct):
        for item in binding.items:
            yield from _closures(item)


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


def _holds_known(env) -> bool:
    """Whether parameters are among what a helper is given."""
    return any(isinstance(b, Known) and (b.path or "").startswith("%") for b in env.values())


def _rounded(kind):
    return FLOAT if kind == FLOAT else kind
