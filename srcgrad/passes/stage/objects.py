"""Stage questions about objects that the compiler holds: dicts of constants, strings, types.

    if name in TABLE:            →      nothing but the branch that is taken
        rate = TABLE[name]              rate: float = global(model.TABLE['fast'])

What a literal key finds is decided while compiling, and guarded; numbers are still read live.
"""

from __future__ import annotations

import ast
import functools
import operator
import types
from collections.abc import Callable

import numpy as np

from srcgrad.ir import UNDEFINED, Const, Value
from srcgrad.kinds import BOOL, TEXT, Array, List, Literal, Scalar, Thing
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import Closure, Known, Object, Refused, Struct

_VIEWS = (type({}.keys()), type({}.values()), type({}.items()))
_CONTAINERS = (dict, set, frozenset, list, tuple, *_VIEWS, types.MappingProxyType)
# what a number of a kind may be at run time: first what it is where it comes from the caller
_TYPES = {
    "bool": (bool, np.bool_),
    "int": (int, bool),
    "float": (float, int, bool),
    "i8": (np.int64, np.int32, int, bool),
    "f8": (np.float64, np.float32, np.int64, float, int, bool),
    "f4": (np.float32, np.int64, float, int, bool),
}
_TEXT_METHODS = {
    *("lower", "upper", "strip", "lstrip", "rstrip", "title", "capitalize", "replace", "removeprefix"),
    *("startswith", "endswith", "isdigit", "isalpha", "find", "count", "removesuffix", "casefold"),
    *("split", "rsplit", "splitlines", "partition", "rpartition", "join"),
}  # fmt: skip


BINARY_TEXT = {ast.Mod: operator.mod, ast.Add: operator.add, ast.Mult: operator.mul}


def is_text(binding) -> bool:
    """Whether a binding is a string."""
    if isinstance(binding, Const):
        return isinstance(binding.value, str)
    kind = kind_of(binding) if isinstance(binding, Value) else None
    return kind == TEXT or isinstance(kind, Literal) and isinstance(kind.value, str)


class Objects:
    """Methods of the stager that ask what is known of objects."""

    b: object
    expr: Callable
    arguments: Callable
    constant_binding: Callable
    guard: Callable
    guard_same: Callable
    runtime: Callable
    path_tree: Callable
    live: dict

    # ------------------------------------------------------------ containers of constants

    def is_container(self, binding) -> bool:
        return (
            isinstance(binding, Known)
            and binding.path is not None
            and isinstance(binding.value, _CONTAINERS)
        )

    def container(self, binding):
        """The container of constants that a binding is, or was read from; else None."""
        if isinstance(binding, Value):
            binding = self.live.get(binding)
        return binding if self.is_container(binding) else None

    def known_item(self, owner, key, node):
        """`TABLE[key]` of a container that the compiler holds."""
        try:
            value = owner.value[key]
        except (LookupError, TypeError) as error:
            name = ast.unparse(node.value) if isinstance(node, ast.Subscript) else owner.path
            self.guard_absent(owner, key)
            self.impossible(node, f"there is no element {key!r} in `{name}`", "", error)
        return self.constant_binding(value, node, f"{owner.path}[{key!r}]")

    def guard_absent(self, owner, key):
        """Note that a container does not have this key."""
        if isinstance(owner.value, dict):
            return self.guard(f"{owner.path}.__contains__({key!r})", False)
        self.guard(f"{owner.path}.__len__()", len(owner.value))

    def known_member(self, left, op, owner, node):
        """`key in TABLE`: decided where the key is a literal, else asked at run time."""
        positive = isinstance(op, ast.In)
        if isinstance(left, Const) and left is not UNDEFINED:
            try:
                inside = left.value in owner.value
            except TypeError as error:
                raise Refused(node, str(error), "") from None
            self.guard(f"{owner.path}.__contains__({left.value!r})", inside)
            return Const(inside == positive)
        x = self.runtime(left, node)
        if owner.path.startswith("%") or isinstance(kind_of(x), (Array, List)):
            raise Refused(node, "`in` asks for a number or a string here", "write a loop")
        tree = ast.Compare(ast.Name("%0", ast.Load()), [op], [self.path_tree(owner, node)])
        return self.b.gate("opaque", x, kind=BOOL, form=(tree, ("%0",)), hint="test")

    def known_method(self, owner, name, args, kw, node):
        """`TABLE.get(key)`, `.keys()`, `.values()`, `.items()`; None where it is none of these."""
        table = owner.value
        if not isinstance(table, (dict, types.MappingProxyType)) or kw:
            return None
        if name == "get" and 1 <= len(args) <= 2 and isinstance(args[0], Const):
            test = self.known_member(args[0], ast.In(), owner, node)
            if test.value:
                return self.known_item(owner, args[0].value, node)
            return args[1] if len(args) > 1 else Const(None)
        if name == "keys" and not args:
            return Known(table.keys(), f"{owner.path}.keys()")
        if name in ("values", "items") and not args:
            self.guard(owner.path, repr(list(table)), "repr(list({}))")
            values = [self.known_item(owner, key, node) for key in table]
            if name == "items":
                values = [Struct(tuple, (0, 1), (Const(k), v)) for k, v in zip(table, values)]
            return Struct(tuple, tuple(range(len(values))), tuple(values))
        return None

    def known_truth(self, known) -> Const:
        if isinstance(known.value, _CONTAINERS) and known.path is not None:
            self.guard(known.path, bool(known.value), "bool({})")
        else:
            self.guard_same(known)
        return Const(bool(known.value))

    # ------------------------------------------------------------ strings

    def text_method(self, text, name, node):
        """A method of a literal string with literal arguments; None where it is not decided."""
        if name not in _TEXT_METHODS or node.keywords:
            return None
        args = [self.literal_of(self.expr(a)) for a in node.args]
        if None in args:
            return None
        try:
            found = getattr(text, name)(*(a[0] for a in args))
            if not isinstance(found, (list, tuple)):
                return Const(found)
            site = frozenset({self.site(node)}) if isinstance(found, list) else None
            return Struct(type(found), tuple(range(len(found))), tuple(map(Const, found)), site)
        except (TypeError, ValueError) as error:
            raise Refused(node, f"`{ast.unparse(node)}`: {error}", "") from None

    def text_of(self, node):
        """`str(n)` or `f"{n}"` of literal ints and strings; None for anything else."""
        parts = node.values if isinstance(node, ast.JoinedStr) else node.args
        found = ""
        for part in parts:
            formatted = isinstance(part, ast.FormattedValue)
            if formatted and (
                part.format_spec is not None or part.conversion not in (-1, ord("s"))
            ):
                return None
            literal = self.literal_of(self.quiet(part.value if formatted else part))
            if literal is None or type(literal[0]) not in (int, str):
                return None
            found += str(literal[0])
        return Const(found)

    def text_operation(self, op, left, right, node):
        """`"%g" % x`, `"a" + name`, `"-" * n`: folded where all is literal, else kept as it is.

        None where it is another operation.
        """
        texts = is_text(left), is_text(right)
        symbol = {
            "operator.mod": ast.Mod if texts[0] else None,
            "operator.add": ast.Add if all(texts) else None,
            "operator.mul": ast.Mult if any(texts) else None,
        }.get(op)
        if symbol is None:
            return None
        known = self.literal_of(left), self.literal_of(right)
        if None not in known:
            try:
                return Const(BINARY_TEXT[symbol](known[0][0], known[1][0]))
            except (TypeError, ValueError):
                return None
        names = [self.temporary("text"), self.temporary("text")]
        self.env.update(zip(names, (left, right)))
        sides = [ast.copy_location(ast.Name(n, ast.Load()), node) for n in names]
        tree = ast.copy_location(ast.BinOp(sides[0], symbol(), sides[1]), node)
        return self.opaque_expression(tree, TEXT)

    def literal_of(self, binding):
        """A literal, or a tuple of such, in a tuple of one; else None."""
        if isinstance(binding, Const) and binding is not UNDEFINED:
            return (binding.value,)
        if isinstance(binding, Struct) and binding.type is tuple:
            items = [self.literal_of(i) for i in binding.items]
            return None if None in items else (tuple(i[0] for i in items),)
        return None

    # ------------------------------------------------------------ types

    def types_of(self, binding) -> tuple:
        """The types that what a binding stands for may have; none where only the run shows it."""
        if isinstance(binding, Const) and binding is not UNDEFINED:
            return (type(binding.value),)
        if isinstance(binding, Struct):
            return (binding.type,)
        if isinstance(binding, Object):
            return (binding.type,)
        if isinstance(binding, Known) and self.type_of(binding) is not None:
            self.guard_type(binding)
            return (type(binding.value),)
        if isinstance(binding, Closure):
            return (types.FunctionType if binding.code else functools.partial,)
        if isinstance(binding, Known):
            self.guard_same(binding)
            return (type(binding.value),)
        kind = kind_of(binding) if isinstance(binding, Value) else None
        if isinstance(kind, Literal):
            return (type(kind.value),)
        if isinstance(kind, List):
            return (list if kind.type == "list" else tuple,)
        if isinstance(kind, Array):
            return (np.ndarray,)
        if isinstance(kind, Scalar):
            found = _TYPES[kind.name]
            return found[:1] if binding in self.given and kind.name != "i8" else found
        return (str,) if kind == TEXT else ()

    def call_isinstance(self, node):
        x, wanted = self.exactly(node, 2)
        wanted = wanted.items if isinstance(wanted, Struct) else (wanted,)
        found = self.types_of(x)
        if found and all(isinstance(w, Known) for w in wanted):
            answers = {issubclass(t, tuple(w.value for w in wanted)) for t in found}
            if len(answers) == 1:
                return Const(answers.pop())
        if isinstance(x, Value) and isinstance(kind_of(x), (Scalar, Thing)):
            return self.opaque_call(node, False, BOOL)
        raise Refused(node, "`isinstance` is not decided by the kinds here", "")

    def call_type(self, node):
        (x,) = self.exactly(node, 1)
        cls = self.type_of(x)
        if cls is not None:
            self.guard_type(x)
            return Known(cls, self.class_path(cls))
        found = self.types_of(x)
        if len(found) == 1:
            module = {"numpy": "np.", "builtins": ""}.get(found[0].__module__)
            return Known(found[0], None if module is None else module + found[0].__name__)
        return self.call_opaque(type, node, False)

    def exactly(self, node, count):
        """The arguments of a builtin that takes so many, by position."""
        args, kw = self.arguments(node)
        if len(args) != count or kw:
            what = f"`{ast.unparse(node.func)}` takes {count} argument(s) here"
            raise Refused(node, what, "")
        return args

    def call_callable(self, node):
        (x,) = self.exactly(node, 1)
        if isinstance(x, Known):
            self.guard_same(x)
            return Const(callable(x.value))
        return Const(isinstance(x, Closure))

    def call_hasattr(self, node):
        x, name = self.exactly(node, 2)
        if not isinstance(name, Const):
            raise Refused(node, "`hasattr` takes a constant name here", "write the name out")
        return Const(self.has_attribute(x, name.value, node))
