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
import itertools
import types
from dataclasses import dataclass, field

from srcgrad import rules
from srcgrad.build import Builder
from srcgrad.errors import CannotDifferentiate, Problem
from srcgrad.ir import Const, Function, Return, Value
from srcgrad.joins import together
from srcgrad.kinds import (
    FLOAT,
    UNKNOWN,
    Kind,
    List,
    Literal,
    Record,
    Thing,
    described,
    is_record_class,
)
from srcgrad.passes.stage.arrays import Arrays
from srcgrad.passes.stage.attempts import Attempts
from srcgrad.passes.stage.binding import (
    Object,
    Refused,
    Restart,
    Struct,
    flatten,
    unreturned,
)
from srcgrad.passes.stage.branches import Branches
from srcgrad.passes.stage.calls import Calls
from srcgrad.passes.stage.classes import Classes
from srcgrad.passes.stage.comprehensions import Comprehensions
from srcgrad.passes.stage.conditions import Conditions
from srcgrad.passes.stage.containers import Containers
from srcgrad.passes.stage.dicts import Dicts
from srcgrad.passes.stage.expressions import Expressions
from srcgrad.passes.stage.fixed import Fixed
from srcgrad.passes.stage.functional import Functional
from srcgrad.passes.stage.functions import Functions
from srcgrad.passes.stage.gates import Gates
from srcgrad.passes.stage.heap import Heap
from srcgrad.passes.stage.implicit import Implicit
from srcgrad.passes.stage.iteration import Iterations
from srcgrad.passes.stage.library import Library
from srcgrad.passes.stage.lists import Lists
from srcgrad.passes.stage.loops import Loops
from srcgrad.passes.stage.maps import Maps
from srcgrad.passes.stage.names import Names
from srcgrad.passes.stage.objects import Objects
from srcgrad.passes.stage.opaque import Opaque
from srcgrad.passes.stage.orders import Orders
from srcgrad.passes.stage.outside import Outside
from srcgrad.passes.stage.pairs import Pairs, fixed
from srcgrad.passes.stage.placed import Placed
from srcgrad.passes.stage.scopes import plain, returned
from srcgrad.passes.stage.sequences import Sequences
from srcgrad.passes.stage.several import Several
from srcgrad.passes.stage.statements import Statements
from srcgrad.passes.stage.subscripts import Subscripts
from srcgrad.passes.stage.templates import Templates
from srcgrad.passes.stage.ufunc_methods import UfuncMethods
from srcgrad.passes.stage.ufuncs import Ufuncs
from srcgrad.passes.stage.unrolled import Unrolled, is_rule
from srcgrad.source import Source

_REMEDY = "make this part a gate with @srcgrad.primitive, or move it out of the function"


@dataclass
class Memo:
    """What is learned from one staging to the next."""

    dynamic: set = field(default_factory=set)
    inside: dict = field(default_factory=dict)  # where a list is made -> where what it holds is
    mapped: set = field(default_factory=set)  # where dicts are made whose keys are not known
    mutable: set = field(
        default_factory=set
    )  # where dicts, and such lists as below, are made that change
    growing: set = field(default_factory=set)  # loops that change how long their list is
    written_out: set = field(default_factory=set)  # loops over ranges whose turns are written out
    elements: dict = field(default_factory=dict)
    callees: dict = field(default_factory=dict)
    derivatives: dict = field(default_factory=dict)  # those that are made inside of functions
    specialised: list = field(default_factory=list)  # derivatives, kinds of arguments, texts
    masks_change: bool = False  # whether an array of bools is changed in place anywhere
    written: set = field(default_factory=set)  # attributes of parameters: path, name, class
    placed: set = field(
        default_factory=set
    )  # where lists are made whose elements are known one by one
    fixed: set = field(default_factory=set)  # ints among the arguments that the code depends on
    activations: itertools.count = field(default_factory=itertools.count)


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
    classes: dict  # how the text comes by the classes that the result is made of


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
    Conditions,
    Subscripts,
    Arrays,
    Comprehensions,
    Templates,
    Several,
    Ufuncs,
    UfuncMethods,
    Sequences,
    Statements,
    Branches,
    Loops,
    Attempts,
    Iterations,
    Lists,
    Dicts,
    Maps,
    Orders,
    Unrolled,
    Containers,
    Calls,
    Library,
    Opaque,
    Functions,
    Functional,
    Pairs,
    Fixed,
    Placed,
    Names,
    Objects,
    Gates,
    Classes,
    Heap,
    Outside,
    Implicit,
):
    def __init__(self, source, function, memo, context):
        self.source, self.function, self.memo, self.context = source, function, memo, context
        self.b = Builder()
        self.env: dict = {}
        self.stack = [function.__code__] if isinstance(function, types.FunctionType) else []
        self.layouts: list = []  # of what the functions on the stack were given
        self.callers: list = []
        self.widths: set = set()  # extents that a loop gave to what it carries
        self.may_part = False  # whether a loop's first turn may be staged apart
        self.frames: list = []  # the variables of the functions that called this one
        self.numbers = itertools.count(1)  # of the objects that are made
        self.origins: dict = {}  # objects that are the caller's: their value, and the way to them
        self.opened_objects: dict = {}  # parameters whose attributes are changed
        self.classes: dict = {}  # the paths of classes that the result is made of
        self.turning: set = set()  # those that loops carry
        self.shared: set = set()  # objects that may be another one, too
        self.sites: dict = {}
        self.shapes: list = []
        self.unknowns: dict = {}
        self.partial: set = set()  # values that some paths leave undefined
        self.live: dict = {}  # the object behind what is read from a global
        self.given: set = set()  # arguments as the caller passed them
        self.foreigners: set = set()  # references that belong to modules, closures and objects
        self.objects: dict = {}  # parameters that are objects, by the root of their attributes' paths
        self.roots: dict = {}  # what the generated text takes from outside, by the name it has there
        self.comp_names: tuple = ()
        self.naturals: set = set()  # ints that are surely not negative
        self.floats: set = set()  # numbers that are surely floats, though ints are numbers, too
        self.object_sites: dict = {}  # number of a dict or list that changes -> where it is made
        self.theirs: set = set()  # slots of the caller's dicts
        self.declared: frozenset = frozenset()  # globals that imports in the function assign
        self.externals: dict = {}
        self.guards: dict = {}
        self.problems: list = []
        self.tentative = 0
        self.countable: list = []  # loops that we are in, whose turns can be written out
        self.may_end = False  # whether this is a side of a branch
        self.sure: frozenset = frozenset()  # what is proved where we are
        self.proofs: dict = {}  # what a test proves where it is true, and where it is false
        self.trying = 0  # how many `try` bodies we are in
        self.thrown: dict = {}  # the `raise` that a gate stands for -> what it raises
        self.tried_nodes: dict = {}  # what is known of the statements in them
        self.failed = self.has_effects = False

    def child(self, function, source):
        new = Stager(source, function, self.memo, self.context)
        new.externals, new.guards, new.problems, new.sites = (
            self.externals,
            self.guards,
            self.problems,
            self.sites,
        )
        new.given, new.live, new.naturals = self.given, self.live, self.naturals
        new.floats, new.countable = self.floats, self.countable
        new.object_sites, new.theirs = self.object_sites, self.theirs
        new.objects, new.foreigners = self.objects, self.foreigners
        new.origins, new.opened_objects = self.origins, self.opened_objects
        new.numbers, new.shared, new.turning = self.numbers, self.shared, self.turning
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
        kinds = {n: self.as_fixed(k, ("param", n)) for n, k in kinds.items()}
        for name, kind in kinds.items():
            if isinstance(kind, Literal):
                self.env[name], leaves[name] = Const(kind.value), None
                params.append(Value(name, kind, True))
                continue
            value = Value(name, kind, True)
            params.append(value)
            if isinstance(kind, Thing):
                self.env[name] = self.enum_member(self.context.examples.get(name), f"%{name}")
                self.objects[f"%{name}"], leaves[name] = value, None
                self.open_parameter(value, self.context.examples.get(name), f"%{name}", tree)
                continue
            example = self.context.examples.get(name)
            leaves[name] = self.parameter(value, kind, ("param", name), name, example, f"%{name}")
            self.objects[f"%{name}"] = value
            try:
                self.env[name] = self.as_objects(leaves[name])
            except Refused as refusal:
                self.problem(refusal)
                raise CannotDifferentiate(tuple(self.problems)) from None
        self.layouts = [(key, fixed(self.env)) for key in self.stack]
        self.body(tree, kinds)
        if self.problems:
            raise CannotDifferentiate(tuple(dict.fromkeys(self.problems)))
        self.check_assigned(tree)
        result = self.returned(self.env.get("%result", Const(None)), tree)
        values, shape = flatten(result)
        if what := unreturned(shape):
            self.problem(self.no_result(what, tree))
        for v in values:
            if isinstance(v, Value) and v.kind is UNKNOWN:
                self.problem(self.unknown(v, tree))
        if self.problems:
            raise CannotDifferentiate(tuple(dict.fromkeys(self.problems)))
        self.see_growing()
        self.b.loc = (self.source, tree)
        values = tuple(map(self.some, values))
        self.b.stmts.append(Return(values, loc=(self.source, tree)))
        function = Function(tree.name, tuple(params), self.b.block())
        callees = tuple(c for c in self.memo.callees.values() if c)
        return Staged(
            function,
            kinds,
            leaves,
            shape,
            callees,
            self.externals,
            tuple(self.guards.values()),
            self.classes,
        )

    def no_result(self, what, tree):
        """A result that is of no use to who asked for a derivative."""
        place = [tree, *returned(self.source.tree)][-1]
        return Refused(place, f"`{tree.name}` returns {what}", "return numbers and arrays")

    def body(self, tree, names):
        """Stage what the function does; a function that has a rule is a call of itself."""
        gate = rules.name_of(self.function)
        if gate is None:
            body, self.env = self.activate(tree, self.env)
            self.declare(tree)
            return self.stmts(body)
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
                elem = together(elem, self.all_lists(inner))
                if elem is None:
                    kinds = " and ".join(dict.fromkeys(map(described, kind.kinds)))
                    what = f"`{site[1]}` is looped over or indexed by a variable, and holds {kinds}"
                    remedy = "make its elements alike, or use several parameters"
                    raise CannotDifferentiate(Problem(self.parameter_place(site[1]), what, remedy))
            learned = self.memo.elements.get(site, UNKNOWN)
            elem = together(elem, learned) or elem
            return List(FLOAT if elem is UNKNOWN else elem, kind.type.__name__)
        kinds = tuple(self.as_list(k, (*site, key)) for key, k in zip(kind.keys, kind.kinds))
        return Record(kind.type, kind.keys, kinds)

    def parameter_place(self, name):
        """Where a parameter stands in the function's definition."""
        args = [n for n in ast.walk(self.source.tree.args) if isinstance(n, ast.arg)]
        return next((self.source.location(a) for a in args if a.arg == name), None)

    def all_lists(self, kind):
        if isinstance(kind, Record) and kind.type in (list, tuple):
            elem = UNKNOWN
            for inner in kind.kinds:
                elem = together(elem, self.all_lists(inner))
                if elem is None:
                    break
            return (
                kind
                if elem is None
                else List(FLOAT if elem is UNKNOWN else elem, kind.type.__name__)
            )
        return kind

    def parameter(self, value, kind, site, hint, example=None, way=None):
        """The binding of a parameter: a record is taken apart once, at the start."""
        if isinstance(kind, Record):
            items = []
            for key, inner in zip(kind.keys, kind.kinds):
                name = key if isinstance(key, str) and key.isidentifier() else f"{hint}_{key}"
                part, path = None, None
                if is_record_class(kind.type):
                    part, path = getattr(example, key, None), way and f"{way}.{key}"
                    if isinstance(inner, Thing):
                        items.append(self.enum_member(part, path))
                        continue
                form = "held" if path and self.is_written(way, key) else None
                if kind.type is dict and site in self.memo.mutable:
                    form = "held"  # what is stored there later is not what is read here
                read = self.b.gate("getitem", value, Const(key), kind=inner, hint=name, form=form)
                items.append(self.parameter(read, inner, (*site, key), name, part, path))
            return Struct(kind.type, kind.keys, tuple(items), frozenset({site}), value, way)
        if isinstance(kind, Literal):
            return Const(kind.value)
        self.sites[value] = {site}
        self.given.add(value)
        self.floats |= {value} if kind == FLOAT else set()
        return value

    def site(self, node):
        return (
            self.source.file,
            node.lineno,
            node.col_offset,
            getattr(node, "end_col_offset", 0),
            len(self.stack),
            id(self.source.tree),
            getattr(node, "quoted", ""),
        )

    def learn(self, sites, kind, node):
        """The lists made at these sites hold elements of this kind, too."""
        for site in sites:
            if site and site[0] == "element":
                inner = self.memo.inside.get(site[1])
                if inner:
                    self.learn(inner, kind, node)
                raise Refused(
                    node,
                    "a list inside a list changes the kind of its elements",
                    "make its elements floats from the start",
                )
            old = self.memo.elements.get(site, UNKNOWN)
            merged = together(old, kind)
            if merged is None:
                raise Refused(
                    node, f"a list holds {described(old)} and {described(kind)}", "use two lists"
                )
            if merged == old:
                raise Refused(
                    node,
                    f"{described(kind)} is stored in a list of another kind",
                    "make the list of floats",
                )
            self.memo.elements[site] = merged
        raise Restart

    def prepared(self, function):
        return self.context.prepare(function)

    def binding_kind(self, binding, node):
        """The kind of a call's argument, as the compiler's own functions specialise on it."""
        from srcgrad.operands import kind_of

        if isinstance(binding, Object):
            parts = self.attributes(binding)
            kinds = tuple(self.binding_kind(b, node) for b in parts.values())
            return Record(binding.type, tuple(parts), kinds)
        if isinstance(binding, Struct):
            return Record(
                binding.type, binding.keys, tuple(self.binding_kind(i, node) for i in binding.items)
            )
        return kind_of(binding) if isinstance(binding, (Value, Const)) else Thing()

    def problem(self, refusal):
        source, node = refusal.place or self.culprit(refusal.node)
        if refusal.message is None:  # it follows from a problem that is reported already
            if not self.problems:
                what = f"the kind of `{ast.unparse(node)}` is not known"
                self.problems.append(Problem(source.location(node), what, _REMEDY))
            return
        location = source.location(node) if hasattr(node, "lineno") else None
        self.problems.append(Problem(location, plain(refusal.message), refusal.remedy or _REMEDY))

    def culprit(self, node):
        """Where a problem is: in the user's code, not in a rule that is written in Python."""
        place = self.source, node
        for caller in reversed(self.callers):
            if not is_rule(place[0].function):
                break
            place = caller
        return place
