"""What a name stands for while a function is staged.

An operand (`Value`, `Const`) exists at run time. `Known` is a Python object that the compiler
holds: a module, a function, a type. `Struct` is a container whose layout is fixed, of other
bindings: reading it at a constant key costs nothing, and tuples never exist at run time.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

import numpy as np

from srcgrad.ir import UNDEFINED, Const, Value
from srcgrad.kinds import Array, described
from srcgrad.passes.stage.scopes import cells_in, plain


@dataclass(frozen=True)
class Known:
    """A compile-time object; `path` is how the user's code reaches it."""

    value: object
    path: str | None = None


@dataclass(frozen=True, eq=False)
class Struct:
    """`site` says where it was made, so that it can be made again as a list of any length.

    `known` is the tuple outside that it stands for, for what takes that as it is.
    """

    type: type
    keys: tuple
    items: tuple
    site: frozenset | None = None
    source: Value | None = None  # the parameter it was read from
    way: str | None = None  # the attributes that lead to it
    known: Known | None = None

    def __getitem__(self, key):
        return self.items[self.keys.index(key)]


@dataclass(frozen=True, eq=False)
class Map:
    """A dict of keys that are found at run time: where each value lies, and the list of values.

    A set has no values. `default` says what a `defaultdict` makes of what is missing.
    """

    slots: Value
    values: Value | None
    default: str | None = None


@dataclass(frozen=True)
class Bound:
    """A method of a run-time value, about to be called."""

    owner: object
    name: str


@dataclass(frozen=True, eq=False)
class Object:
    """An object made while the function runs; what its attributes stand for is in `env`, under `key`.

    So branches join and loops carry its attributes as they do variables, and two names for one
    object see each other's changes.
    """

    type: type
    number: int

    def key(self, attribute):
        return f"%o{self.number}.{attribute}"


@dataclass(frozen=True, eq=False)
class Method:
    """A function with the binding that is its first argument; `owner` may be an object or a class."""

    function: object
    owner: object


@dataclass(frozen=True, eq=False)
class Super:
    """`super()`: the attributes of `owner` that stand behind those of the class `after`."""

    after: type
    owner: object


@dataclass(frozen=True, eq=False)
class Code:
    """What a nested function or a lambda does: its tree, and the function that it stands in."""

    tree: ast.FunctionDef | ast.Lambda
    source: object
    function: object

    @property
    def origin(self):
        """The tree as it stands in the file, for all copies of it."""
        return getattr(self.tree, "origin", self.tree)

    @property
    def name(self) -> str:
        return plain(self.tree.name) if isinstance(self.tree, ast.FunctionDef) else "lambda_"

    def __eq__(self, other):
        return isinstance(other, Code) and self.tree is other.tree

    def __repr__(self):
        return f"<{self.name} {id(self.origin)} {cells_in(self.tree)}>"


@dataclass(frozen=True, eq=False)
class Closure:
    """A function made inside: `held` are its defaults by name.

    Where `code` is None it is a `functools.partial`: `held` are the function and its arguments.
    """

    code: Code | None
    held: Struct


class Conflict:
    """What a name stands for where the paths that lead there leave things that cannot be joined."""

    def __init__(self, what, remedy=""):
        self.what = what
        functions = "a function" in what
        self.remedy = remedy or (
            "call each function on its own path" if functions else "use two names"
        )


def unlike(a, b, path="", other="") -> Conflict:
    """What is of one kind on a path and of another on the other.

    >>> unlike(Array("f4", (1,)), Array("f8", (1,))).what
    'arrays of float32 and float64'
    """
    if isinstance(a, Array) and isinstance(b, Array) and a.ndim == b.ndim:
        what = f"arrays of {np.dtype(a.dtype).name} and {np.dtype(b.dtype).name}"
        return Conflict(what, "give both the same dtype, with `astype` or where they are made")
    return Conflict(f"{described(a)}{path} and {described(b)}{other}")


class Interrupted(Conflict):
    """A name that an exception, or a `del`, leaves in doubt."""

    def __init__(
        self,
        what="an exception may have come before or after it",
        remedy="assign it before the `try`, or as the last thing in it",
        value=None,
        key=None,
    ):
        super().__init__(what)
        self.remedy = remedy
        self.value, self.key = value, key  # what it is where that attempt succeeded


class Refused(Exception):
    """This construct is refused here; `place`: the source and node to be told of, where they are others."""

    place: tuple | None = None

    def __init__(self, node, message, remedy=""):
        super().__init__(message)
        self.node, self.message, self.remedy = node, message, remedy


class Failing(Refused):
    """What raises whenever it is run: in a branch, the gradient raises there as well."""

    def __init__(self, node, message, remedy, error, told):
        super().__init__(node, message, remedy)
        self.error, self.told = error, told


class Unassigned(Failing):
    """A variable is read that no path here assigns."""

    def __init__(self, node, name):
        what = f"`{name}` is read here but not assigned on any path"
        told = f"`{name}` is read before it is assigned"
        super().__init__(node, what, "assign it first", "UnboundLocalError", told)


class Ended(Exception):
    """What is staged surely raises here, so nothing follows on this path."""


class Restart(Exception):
    """Something learned makes it necessary to stage the function again from the start."""


class Apart(Exception):
    """A variable is a number before a loop and an array in it: its first turn is staged apart."""

    def __init__(self, name):
        self.name = name


class Endless(Exception):
    """A path makes a recursive call of which nothing is known yet, and is left out this time."""


@dataclass(frozen=True)
class ClosureLayout:
    """How the leaves of a nested function's defaults are put together."""

    code: Code | None
    held: object


@dataclass(frozen=True, eq=False)
class Layout:
    """How the leaves of a struct are put together; `site` and `source` are those of the struct."""

    type: type
    keys: tuple
    parts: tuple
    site: frozenset | None = None
    source: Value | None = None


def flatten(binding):
    """The run-time operands in a binding, and a layout that puts others back in their place."""
    if isinstance(binding, (Value, Const)):
        return [binding], None
    if isinstance(binding, Struct):
        parts = [flatten(i) for i in binding.items]
        leaves = [leaf for p in parts for leaf in p[0]]
        layout = Layout(
            binding.type, binding.keys, tuple(p[1] for p in parts), binding.site, binding.source
        )
        return leaves, layout
    if isinstance(binding, Map):
        parts = [p for p in (binding.slots, binding.values) if p is not None]
        return parts, Layout(Map, (len(parts), binding.default), (None,) * len(parts))
    if isinstance(binding, Closure):
        leaves, layout = flatten(binding.held)
        return leaves, ClosureLayout(binding.code, layout)
    return [], binding


def unflatten(layout, leaves):
    """The inverse of `flatten`; takes an iterator of operands."""
    if layout is None:
        return next(leaves)
    if isinstance(layout, Layout):
        items = tuple(unflatten(p, leaves) for p in layout.parts)
        if layout.type is Map:
            return Map(items[0], items[1] if len(items) > 1 else None, layout.keys[1])
        return Struct(layout.type, layout.keys, items, layout.site, layout.source)
    if isinstance(layout, ClosureLayout):
        return Closure(layout.code, unflatten(layout.held, leaves))
    return layout


def common(a, b):
    """The layout of what is one or the other, made at the sites of both; raises ValueError where they differ."""
    if isinstance(a, Layout) and isinstance(b, Layout):
        if a.type is not b.type or a.keys != b.keys:
            raise ValueError
        site = (a.site or frozenset()) | (b.site or frozenset()) if a.site or b.site else None
        parts = tuple(map(common, a.parts, b.parts))
        return Layout(a.type, a.keys, parts, site, a.source if a.source is b.source else None)
    if isinstance(a, ClosureLayout) and isinstance(b, ClosureLayout) and a.code == b.code:
        return ClosureLayout(a.code, common(a.held, b.held))
    if a is b or not isinstance(a, Layout) and not isinstance(b, Layout) and a == b:
        return a
    raise ValueError


def unreturned(layout) -> str:
    """What a result of this layout holds that exists only while compiling; empty where there is none."""
    if layout is None or isinstance(layout, Conflict):
        return ""
    if isinstance(layout, Known) and layout.value is None:
        return ""
    if isinstance(layout, Layout):
        return next(filter(None, map(unreturned, layout.parts)), "")
    if isinstance(layout, Known) and not callable(layout.value):
        return f"an object ({type(layout.value).__name__})"
    return "a method" if isinstance(layout, Bound) else "a function"


__all__ = [
    "UNDEFINED",
    "Bound",
    "Method",
    "Object",
    "Super",
    "Ended",
    "Known",
    "Closure",
    "Conflict",
    "Endless",
    "Interrupted",
    "Refused",
    "Restart",
    "Failing",
    "Unassigned",
    "Struct",
    "flatten",
    "common",
    "unflatten",
]
