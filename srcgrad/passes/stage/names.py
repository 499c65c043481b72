"""Stage names from outside: globals, closures, attributes, builtins, and what is imported inside.

    RATE = 3.0
                                 rate: float = global(model.RATE)
    def f(x):             →      rate_x: float = operator.mul(rate, x)
        return RATE * x          return rate_x

Numbers and arrays are read where they are when the gradient is called. What else is found, and
what was decided by it, is noted as a guard: where it has changed, the gradient is compiled anew.
"""

from __future__ import annotations

import ast
import builtins
import enum
import importlib
import importlib.util
import inspect
import math
import re
import sys
import types
from collections.abc import Callable

import numpy as np

from srcgrad.errors import did_you_mean
from srcgrad.guards import Same
from srcgrad.ir import UNDEFINED, Const
from srcgrad.kinds import Array, List, Record, Scalar, Thing
from srcgrad.passes.stage import scopes
from srcgrad.passes.stage.binding import Known, Refused, Struct, Unassigned
from srcgrad.rules.record import LIBRARIES

_CHANGES = {*dir(list), *dir(dict)} - {"get", "keys", "values", "items", "copy", "count", "index"}


class Names:
    """Methods of the stager that find what a name or an attribute means outside the function."""

    b: object
    context: object
    expr_Name: Callable
    all_lists: Callable

    def global_name(self, node):
        function = self.function
        name = node.id
        held = scopes.cell(f"g{id(function.__globals__)}", name)
        if held in self.env and name != held:
            return self.expr_Name(ast.copy_location(ast.Name(held, ast.Load()), node))
        if scopes.is_cell(name):
            raise Unassigned(node, scopes.plain(name))
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
        if name in cells:
            try:
                value = cells[name].cell_contents
            except ValueError:
                raise Refused(node, f"`{name}` has no value yet", "") from None
            root = self.root(f"cells_of_{function.__name__}", ("cells", tuple(cells.items())))
            return self.constant_binding(value, node, f"{root}.{name}")
        if name in function.__globals__:
            value = function.__globals__[name]
            return self.constant_binding(value, node, self.global_path(name, value, function))
        if hasattr(builtins, name):
            return Known(getattr(builtins, name), name)
        known = [
            n
            for n in (*map(scopes.plain, self.env), *cells, *function.__globals__)
            if n.isidentifier()
        ]
        near = did_you_mean(name, known)
        raise Refused(node, f"`{name}` is not defined{near}", "define or import it")

    def global_path(self, name, value, function):
        if value is math:
            return "math"
        if value is np:
            return "np"
        if isinstance(value, types.ModuleType):
            return self.root(name, ("module", value.__name__))
        module = function.__globals__.get("__name__", "")
        if (
            sys.modules.get(module) is not None
            and vars(sys.modules[module]) is function.__globals__
        ):
            root = self.root(module.rpartition(".")[2].strip("_"), ("module", module))
        else:
            root = self.root(f"globals_of_{function.__name__}", ("globals", function.__globals__))
        return f"{root}.{name}"

    def root(self, stem, spec):
        """The name of something from outside; two that would have one name get two."""
        stem = "".join(c if c.isalnum() or c == "_" else "" for c in stem) or "outside"
        k, name = 1, stem
        while name in ("math", "np") or not _same_root(self.root_spec(name, spec), spec):
            k += 1
            name = f"{stem}_{k}"
        self.roots[name] = spec
        return name

    def root_spec(self, name, spec):
        """What a root means, or is kept for; else `spec`."""
        kept = ("module", LIBRARIES[name]) if name in LIBRARIES else spec
        return self.roots.get(name, kept)

    def external_of(self, path):
        root = root_of(path)
        return {root: self.roots[root]} if root in self.roots else {}

    def known_attribute(self, owner, node):
        opened = self.read_opened(owner, node.attr)
        if opened is not None:
            return self.attribute(opened, node.attr, node)
        self.refuse_double(owner, node.attr, node)
        if self.memo.written and self.type_of(owner) is not None:
            found = inspect.getattr_static(type(owner.value), node.attr, None)
            if isinstance(found, property) and isinstance(found.fget, types.FunctionType):
                self.guard_type(owner)
                return self.call_method_of(found.fget, owner, [], {}, node)
        if isinstance(owner.value, (list, dict)) and node.attr in _CHANGES:
            what = "a container that belongs to a module, a closure or an object is changed here"
            raise Refused(node, what, "pass it as an argument, or work on a copy")
        try:
            value = getattr(owner.value, node.attr)
        except AttributeError:
            raise Refused(
                node,
                f"`{ast.unparse(node.value)}` has no attribute `{node.attr}`"
                + did_you_mean(node.attr, dir(owner.value)),
                "check its name",
            ) from None
        if owner.value is np and value is np.newaxis:
            return Const(None)
        if owner.path is None and isinstance(value, (int, str)):  # of the dtype of an array
            return Const(value)
        return self.constant_binding(value, node, f"{owner.path}.{node.attr}")

    def constant_binding(self, value, node, path):
        """What a global, a cell or an attribute stands for: read live, of the kind it has now."""
        if isinstance(value, bool) or value is None or isinstance(value, str):
            self.guard(path, value)
            return Const(value)
        if isinstance(value, enum.Enum):
            return self.enum_member(value, path)
        kind = self.context.kind_of_argument(value, None)
        if type(value) in (list, dict) and _holds_things(kind):
            return Known(value, path)
        if isinstance(kind, Record) and kind.type in (list, dict):
            kind = self.all_lists(kind)
        if isinstance(kind, Record) and kind.type is tuple and type(value) is tuple:
            self.guard(f"{path}.__len__()", len(value))
            items = [self.constant_binding(v, node, f"{path}[{k}]") for k, v in enumerate(value)]
            known = None if path.startswith("%") else Known(value, path)
            return Struct(tuple, tuple(range(len(items))), tuple(items), known=known)
        if isinstance(kind, (Scalar, Array, List)):
            self.guard(path, kind)
            if path.startswith("%"):
                root, _, rest = path.partition(".")
                owner, facts = self.objects[root], {"kind": kind, "hint": hint(path)}
                facts["form"] = "held" if self.is_written(root, rest) else None
                return self.foreign(self.b.gate("getattr", owner, Const(rest), **facts))
            self.externals.update(self.external_of(path))
            out = self.foreign(self.b.gate("global", Const(path), kind=kind, hint=hint(path)))
            self.live[out] = Known(value, path)
            return out
        return Known(value, path)

    def enum_member(self, value, path):
        """A member of an enumeration: which one it is decides tests, so a later call is asked."""
        known = Known(value, path)
        if isinstance(value, enum.Enum):
            self.guard_same(known)
        return known

    def foreign(self, value):
        """A reference that is not the function's own: it is read, never changed."""
        self.foreigners.add(value)
        return value

    def guard(self, path, what, question="{}"):
        """Note what was found at a path, or what a question about it was answered with."""
        root = root_of(path)
        if root in ("math", "np") or not (path.startswith("%") or root in self.roots):
            return
        text = question.format(path.removeprefix("%"))
        held = None if path.startswith("%") else (root, self.roots[root])
        self.guards[text] = (text, held, what)

    def guard_same(self, known):
        """Note that something was decided by what this object is."""
        if known.path is not None:
            self.guard(known.path, Same(known.value))

    # ------------------------------------------------------------ imports inside functions

    def stmt_Import(self, node):
        for alias in node.names:
            module = self.imported(alias.name, node)
            if alias.asname is None:
                module = sys.modules[alias.name.partition(".")[0]]
            self.bind_import(alias, self.module(module, scopes.plain(scopes.bound_by(alias))))

    def stmt_ImportFrom(self, node):
        module = self.imported("." * node.level + (node.module or ""), node)
        for alias in node.names:
            value = self.imported_name(module, alias.name, node)
            if isinstance(value, types.ModuleType):
                found = self.module(value, alias.name)
            else:
                owner = self.module(module, module.__name__.rpartition(".")[2])
                found = self.constant_binding(value, node, f"{owner.path}.{alias.name}")
            self.bind_import(alias, found)

    def imported(self, name, node):
        package = self.function.__globals__.get("__package__")
        try:
            return importlib.import_module(name, package)
        except Exception as error:
            what = f"the import inside the function fails: {error}"
            raise Refused(node, what, "install what it needs") from None

    def imported_name(self, module, name, node):
        """What a name is in a module that it is imported from."""
        if hasattr(module, name):
            return getattr(module, name)
        if hasattr(module, "__path__") and importlib.util.find_spec(f"{module.__name__}.{name}"):
            return self.imported(f"{module.__name__}.{name}", node)
        near = did_you_mean(name, dir(module))
        raise Refused(node, f"`{module.__name__}` has no `{name}`{near}", "check its name")

    def module(self, module, name):
        named = {math: "math", np: "np"}.get(module)
        return Known(module, named or self.root(name, ("module", module.__name__)))

    def bind_import(self, alias, binding):
        name = scopes.bound_by(alias)
        self.env[self.cell_of_global(name) if name in self.declared else name] = binding

    def stmt_Global(self, node):
        pass

    stmt_Nonlocal = stmt_Global

    def declare(self, tree):
        """Note which globals the imports of a function assign: their values so far are joined in."""
        self.declared = scopes.imported_globals(tree)
        for name in self.declared:
            held = self.cell_of_global(name)
            if held not in self.env:
                found = name in self.function.__globals__
                place = ast.copy_location(ast.Name(name, ast.Load()), tree)
                self.env[held] = self.global_name(place) if found else UNDEFINED

    def cell_of_global(self, name):
        return scopes.cell(f"g{id(self.function.__globals__)}", name)


def root_of(path) -> str:
    """The first name of a path."""
    return re.findall(r"%?\w*", path)[0]


def hint(path) -> str:
    """What the value at a path is called: `rate` for `model.TABLE['rate']`."""
    names = [n for n in re.findall(r"\w+", path) if n.isidentifier()]
    return names[-1]


def _holds_things(kind) -> bool:
    return isinstance(kind, Record) and any(
        isinstance(k, Thing) or _holds_things(k) for k in kind.kinds
    )


def _same_root(a, b) -> bool:
    """Whether two descriptions of something outside mean the same thing; cells by identity."""
    if a[0] != b[0]:
        return False
    if a[0] == "cells":
        return [(n, id(c)) for n, c in a[1]] == [(n, id(c)) for n, c in b[1]]
    return a[1] is b[1] or a[0] == "module" and a[1] == b[1]
