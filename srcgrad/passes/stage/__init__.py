"""Stage a function: from its tree to gates, each of a known kind.

    dot = w[0] * x[0] + b         prod: float = operator.mul(w_0, x_0)
    return math.exp(dot)    →     dot: float = operator.add(prod, b)
                                  exp_dot: float = math.exp(dot)
                                  return exp_dot

An abstract interpreter: it runs the function on kinds instead of values, resolves every name and
callee, folds what is literal, inlines small helpers, and writes down one gate for each thing that
must happen at run time. Where it learns something that an earlier line should have known (a list
is changed further down, so its length is not fixed), it starts again with that knowledge.
"""

from __future__ import annotations

import ast
import builtins
import math
import sys
import types
from dataclasses import dataclass, field

import numpy as np

from srcgrad import rules
from srcgrad.build import Builder
from srcgrad.errors import CannotDifferentiate, Problem
from srcgrad.ir import Const, Function, Return, Value
from srcgrad.kinds import FLOAT, UNKNOWN, Array, Kind, List, Literal, Record, Scalar, Thing, join
from srcgrad.passes.stage.attempts import Attempts
from srcgrad.passes.stage.binding import Bound, Known, Refused, Restart, Struct, flatten
from srcgrad.passes.stage.calls import Calls
from srcgrad.passes.stage.comprehensions import Comprehensions
from srcgrad.passes.stage.containers import Containers
from srcgrad.passes.stage.expressions import Expressions
from srcgrad.passes.stage.gates import Gates
from srcgrad.passes.stage.iteration import Iterations
from srcgrad.passes.stage.loops import Loops
from srcgrad.passes.stage.statements import Statements
from srcgrad.passes.stage.subscripts import Subscripts
from srcgrad.passes.stage.templates import Templates
from srcgrad.source import Source

_REMEDY = "make this part a gate with @srcgrad.primitive, or move it out of the function"


@dataclass
class Memo:
    """What is learned from one staging to the next."""

    dynamic: set = field(default_factory=set)
    elements: dict = field(default_factory=dict)
    callees: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Staged:
    """A staged function and what the later stations need to know of it."""

    function: Function
    kinds: dict[str, Kind]
    leaves: dict[str, tuple]  # parameter name -> tree of leaf values
    shape: object  # how the result is put together
    callees: tuple
    externals: dict[str, tuple]
    guards: tuple


def stage(source: Source, tree: ast.FunctionDef, kinds: dict[str, Kind], context) -> Staged:
    """Stage the function for these kinds of its parameters.

    Parameters: the normalised `tree` of `source`; `context` gives `prepare(function)` (source and
    normal form of a helper), `kind_of_argument`, `is_stop_gradient` and `examples` (objects by
    parameter).
    Raises CannotDifferentiate with every problem found.
    """
    memo = Memo()
    for _ in range(200):
        try:
            return Stager(source, source.function, memo, context).run(tree, kinds)
        except Restart:
            memo.callees.clear()
    raise CannotDifferentiate(
        (Problem(source.location(tree), "the kinds in this function do not settle", ""),)
    )


class Stager(
    Expressions,
    Subscripts,
    Comprehensions,
    Templates,
    Statements,
    Loops,
    Attempts,
    Iterations,
    Containers,
    Calls,
    Gates,
):
    def __init__(self, source, function, memo, context):
        self.source, self.function, self.memo, self.context = source, function, memo, context
        self.b = Builder()
        self.env: dict = {}
        self.stack = [function.__code__] if isinstance(function, types.FunctionType) else []
        self.callers: list = []
        self.sites: dict = {}
        self.shapes: list = []
        self.unknowns: dict = {}
        self.foreigners: set = set()  # references that belong to modules, closures and objects
        self.objects: dict = {}  # parameters that are objects, by the root of their attributes' paths
        self.roots: dict = {}  # what the generated text takes from outside, by the name it has there
        self.comp_names: tuple = ()
        self.externals: dict = {}
        self.guards: dict = {}
        self.problems: list = []
        self.tentative = 0
        self.sure: frozenset = frozenset()  # the attempts that have succeeded where we are
        self.proofs: dict = {}  # flags -> the attempts that have succeeded where they are (true, false)
        self.trying = 0  # how many `try` bodies we are in
        self.failed = self.has_effects = False

    def child(self, function, source):
        new = Stager(source, function, self.memo, self.context)
        new.externals, new.guards, new.problems, new.sites = (
            self.externals,
            self.guards,
            self.problems,
            self.sites,
        )
        new.objects, new.foreigners = self.objects, self.foreigners
        new.shapes, new.callers, new.unknowns, new.roots = (
            self.shapes,
            self.callers,
            self.unknowns,
            self.roots,
        )
        return new

    def run(self, tree, kinds):
        params, leaves = [], {}
        kinds = {n: self.as_list(k, ("param", n)) for n, k in kinds.items()}
        for name, kind in kinds.items():
            if isinstance(kind, Literal):
                self.env[name], leaves[name] = Const(kind.value), None
                params.append(Value(name, kind, True))
                continue
            value = Value(name, kind, True)
            params.append(value)
            if isinstance(kind, Thing):
                self.env[name] = Known(self.context.examples.get(name), f"%{name}")
                self.objects[f"%{name}"], leaves[name] = value, None
                continue
            self.env[name] = self.parameter(value, kind, ("param", name), name)
            leaves[name] = self.env[name]
        self.body(tree, kinds)
        if self.problems:
            raise CannotDifferentiate(tuple(dict.fromkeys(self.problems)))
        result = self.env.get("%result", Const(None))
        if isinstance(result, Bound) or result is None:
            result = Const(None)
        try:
            values, shape = flatten(result)
        except TypeError:
            values, shape = [], None
        for v in values:
            if isinstance(v, Value) and v.kind is UNKNOWN:
                self.problem(self.unknown(v, tree))
        if self.problems:
            raise CannotDifferentiate(tuple(dict.fromkeys(self.problems)))
        self.b.stmts.append(Return(tuple(values), loc=(self.source, tree)))
        function = Function(tree.name, tuple(params), self.b.block())
        callees = tuple(c for c in self.memo.callees.values() if c)
        return Staged(
            function, kinds, leaves, shape, callees, self.externals, tuple(self.guards.values())
        )

    def body(self, tree, names):
        """Stage what the function does; a function that has a rule is a call of itself."""
        gate = rules.name_of(self.function)
        if gate is None:
            return self.stmts(tree.body)
        node = ast.copy_location(ast.Name(tree.name, ast.Load()), tree)
        try:
            self.b.loc = (self.source, node)
            args = [self.env[n] for n in names]
            self.env["%result"] = self.call_gate(gate, self.function, args, {}, node)
        except Refused as refusal:
            self.problem(refusal)

    # ------------------------------------------------------------ parameters

    def as_list(self, kind, site):
        """A record parameter that turned out to be used as a list of any length."""
        if not isinstance(kind, Record):
            return kind
        if site in self.memo.dynamic and kind.type in (list, tuple):
            elem = UNKNOWN
            for inner in kind.kinds:
                elem = join(elem, self.all_lists(inner))
                if elem is None:
                    raise CannotDifferentiate(
                        (
                            Problem(
                                None,
                                f"the elements of `{site[1]}` are of different kinds",
                                "use several parameters",
                            ),
                        )
                    )
            learned = self.memo.elements.get(site, UNKNOWN)
            elem = join(elem, learned) or elem
            return List(FLOAT if elem is UNKNOWN else elem, kind.type.__name__)
        kinds = tuple(self.as_list(k, (*site, key)) for key, k in zip(kind.keys, kind.kinds))
        return Record(kind.type, kind.keys, kinds)

    def all_lists(self, kind):
        if isinstance(kind, Record) and kind.type in (list, tuple):
            elem = UNKNOWN
            for inner in kind.kinds:
                elem = join(elem, self.all_lists(inner))
                if elem is None:
                    break
            return (
                kind
                if elem is None
                else List(FLOAT if elem is UNKNOWN else elem, kind.type.__name__)
            )
        return kind

    def parameter(self, value, kind, site, hint):
        """The binding of a parameter: a record is taken apart once, at the start."""
        if isinstance(kind, Record):
            items = []
            for key, inner in zip(kind.keys, kind.kinds):
                name = key if isinstance(key, str) and key.isidentifier() else f"{hint}_{key}"
                part = self.b.gate("getitem", value, Const(key), kind=inner, hint=name)
                items.append(self.parameter(part, inner, (*site, key), name))
            return Struct(kind.type, kind.keys, tuple(items), frozenset({site}), value)
        if isinstance(kind, Literal):
            return Const(kind.value)
        self.sites[value] = {site}
        return value

    def site(self, node):
        return (
            self.source.file,
            node.lineno,
            node.col_offset,
            getattr(node, "end_col_offset", 0),
            len(self.stack),
            id(self.source.tree),
        )

    def learn(self, sites, kind, node):
        """The lists made at these sites hold elements of this kind, too."""
        for site in sites:
            if site and site[0] == "element":
                raise Refused(
                    node,
                    "a list inside a list changes the kind of its elements",
                    "make its elements floats from the start",
                )
            old = self.memo.elements.get(site, UNKNOWN)
            merged = join(old, kind)
            if merged is None:
                raise Refused(node, f"a list holds {old} and {kind}", "use two lists")
            if merged == old:
                raise Refused(
                    node, f"a {kind} is stored in a list of another kind", "make the list of floats"
                )
            self.memo.elements[site] = merged
        raise Restart

    # ------------------------------------------------------------ names from outside

    def global_name(self, node):
        function = self.function
        name = node.id
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
        raise Refused(node, f"`{name}` is not defined", "define or import it")

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
        while name in ("math", "np") or not _same_root(self.roots.get(name, spec), spec):
            k += 1
            name = f"{stem}_{k}"
        self.roots[name] = spec
        return name

    def external_of(self, path):
        root = path.partition(".")[0].partition("[")[0]
        return {root: self.roots[root]} if root in self.roots else {}

    def known_attribute(self, owner, node):
        try:
            value = getattr(owner.value, node.attr)
        except AttributeError:
            raise Refused(
                node, f"`{ast.unparse(node.value)}` has no attribute `{node.attr}`", ""
            ) from None
        if owner.value is np and value is np.newaxis:
            return Const(None)
        return self.constant_binding(value, node, f"{owner.path}.{node.attr}")

    def constant_binding(self, value, node, path):
        """What a global, a cell or an attribute stands for: read live, of the kind it has now."""
        if isinstance(value, bool) or value is None or isinstance(value, str):
            self.guard(path, value)
            return Const(value)
        kind = self.context.kind_of_argument(value, None)
        if isinstance(kind, Record) and kind.type in (list, dict):
            kind = self.all_lists(kind)
        if isinstance(kind, Record) and kind.type is tuple and type(value) is tuple:
            items = [self.constant_binding(v, node, f"{path}[{k}]") for k, v in enumerate(value)]
            return Struct(tuple, tuple(range(len(items))), tuple(items))
        if isinstance(kind, (Scalar, Array, List)):
            self.guard(path, kind)
            if path.startswith("%"):
                root, _, rest = path.partition(".")
                return self.foreign(
                    self.b.gate(
                        "getattr",
                        self.objects[root],
                        Const(rest),
                        kind=kind,
                        hint=rest.rpartition(".")[2],
                    )
                )
            self.externals.update(self.external_of(path))
            return self.foreign(
                self.b.gate(
                    "global", Const(path), kind=kind, hint=path.rpartition(".")[2].partition("[")[0]
                )
            )
        return Known(value, path)

    def foreign(self, value):
        """A reference that is not the function's own: it is read, never changed."""
        self.foreigners.add(value)
        return value

    def guard(self, path, what):
        root = path.partition(".")[0]
        if root in ("math", "np") or not (path.startswith("%") or root in self.roots):
            return
        self.guards[path] = (path, self.roots.get(root), what)

    def prepared(self, function):
        return self.context.prepare(function)

    def binding_kind(self, binding, node):
        """The kind of a call's argument, as the compiler's own functions specialise on it."""
        from srcgrad.build import kind_of

        if isinstance(binding, Struct):
            return Record(
                binding.type, binding.keys, tuple(self.binding_kind(i, node) for i in binding.items)
            )
        return kind_of(binding) if isinstance(binding, (Value, Const)) else Thing()

    def problem(self, refusal):
        if refusal.message is None:  # it follows from a problem that is reported already
            if not self.problems:
                what = f"the kind of `{ast.unparse(refusal.node)}` is not known"
                self.problems.append(Problem(self.source.location(refusal.node), what, _REMEDY))
            return
        location = self.source.location(refusal.node) if hasattr(refusal.node, "lineno") else None
        self.problems.append(Problem(location, refusal.message, refusal.remedy or _REMEDY))


def _same_root(a, b) -> bool:
    """Whether two descriptions of something outside mean the same thing; cells by identity."""
    if a[0] != b[0]:
        return False
    if a[0] == "cells":
        return [(n, id(c)) for n, c in a[1]] == [(n, id(c)) for n, c in b[1]]
    return a[1] is b[1] or a[0] == "module" and a[1] == b[1]
