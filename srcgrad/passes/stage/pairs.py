"""Stage helpers that get a function of their own: large ones, and those that call themselves.

    def power(x, n):                         the helper, staged for the kinds of its arguments:
        if n == 0: return 1.0                    function power(x: float, n: int)
        return x * power(x, n - 1)
                                             where it is called:
    y = power(x, 3)                    →         y: float = call(x, 3)

What a helper that calls itself returns is found from below: at first nothing is known of the inner
call, and the paths that make it are left out. What the others return is what it returns then, and
so on until nothing changes.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from srcgrad.extents import Extent, fresh_extent, known_length
from srcgrad.ir import UNDEFINED, Const, Function, Gate, Return, Value, walk
from srcgrad.joins import join, same_up_to_names
from srcgrad.kinds import (
    FLOAT,
    UNKNOWN,
    Array,
    List,
    Record,
    Scalar,
    can_vary,
    is_number,
    is_reference,
)
from srcgrad.memory import Aliases
from srcgrad.operands import kind_of, number_kind
from srcgrad.passes.stage import scopes
from srcgrad.passes.stage.binding import (
    Closure,
    Endless,
    Known,
    Refused,
    Restart,
    Struct,
    flatten,
    unflatten,
)

STATEMENTS = 25  # a helper of more statements is called, not inlined
LEVELS = 20  # so many calls of one function inside one another are inlined
KINDS = 8  # for so many kinds of its arguments a helper may be staged
ROUNDS = 8  # until what a helper returns is known


@dataclass(eq=False)
class Callee:
    """A helper that gets a function of its own.

    `function` once staged; `kind` of its result, a record where it returns several values, and
    `layout` of the binding that the result is; both None while nothing is known of it.
    """

    name: str
    kind: object = None
    layout: object = None
    function: Function | None = None
    recursive: bool = False
    shares: bool = False  # whether an array or a list that it returns may be one it was given
    # positions of the arguments that the result depends on
    useful: set = field(default_factory=set)
    read: set = field(default_factory=set)  # those of the values that somebody reads

    @property
    def kinds(self) -> tuple:
        """Those of the values that it returns."""
        return self.kind.kinds if isinstance(self.kind, Record) else (self.kind,)

    @property
    def varying(self) -> list:
        """Which of the values that it returns carry a derivative to somebody."""
        several = isinstance(self.kind, Record)
        return [
            k
            for k, kind in enumerate(self.kinds)
            if can_vary(kind) and (k in self.read or not several)
        ]


@dataclass(frozen=True)
class _Given:
    """What a helper is given: operands, and (name, layout, number of operands) of each parameter."""

    leaves: list
    trees: list

    @property
    def kinds(self):
        return tuple(number_kind(leaf) for leaf in self.leaves)


class Pairs:
    """Methods of the stager that call helpers which are not inlined."""

    b: object
    env: dict
    memo: object
    stack: list
    layouts: list
    problems: list
    opened_objects: dict
    child: Callable
    dynamic: Callable
    holds_objects: Callable

    def comes_back(self, what, env, node) -> bool:
        """Whether a call is one of a function that is being staged, for arguments of its layout.

        With other functions, or structures of another layout, it is another call: those are
        inlined into one another.
        """
        if what.key not in self.stack:
            return False
        above = [layout for key, layout in self.layouts if key is what.key]
        if len(above) >= LEVELS:
            remedy = "write it as a loop, or with numbers and arrays"
            self.refuse_recursion(what, node, "with arguments of ever new structure", remedy)
        return not above or fixed(env) in above

    def call_pair(self, what, env, recursive, node):
        """Call a helper's own function; None where it cannot have one, and is inlined."""
        why, remedy = self.not_apart(what, env)
        if why and recursive:
            self.refuse_recursion(what, node, why, remedy)
        if why:
            return None
        given = self.given_to(what, env, node)
        if self.tentative and UNKNOWN in given.kinds:
            return Value(what.name, UNKNOWN)  # it will be known in the next turn
        callee = self.callee(what, given, recursive, node)
        if callee is False:
            if recursive:
                why = "changes its arguments, or returns other than numbers, arrays and lists of numbers"
                self.refuse_recursion(what, node, f"and {why}")
            return None
        if callee.kind is None:
            raise Endless
        callee.recursive |= recursive
        kind = _at_call(callee, given.kinds)
        out = self.b.gate("call", *given.leaves, kind=kind, form=callee, hint=what.name)
        parts = [out]
        if isinstance(kind, Record):
            parts = [
                self.b.gate("part", out, Const(k), kind=inner, hint=what.name)
                for k, inner in enumerate(kind.kinds)
            ]
        return unflatten(callee.layout, iter(parts))

    def refuse_recursion(self, what, node, why, remedy="write it as a loop"):
        raise Refused(node, f"`{what.name}` calls itself {why}", remedy)

    def not_apart(self, what, env):
        """Why a helper cannot have a function of its own, and what to do; empty where it can."""
        needed = self.needed_cells(what, env)
        if needed is None:
            return "and assigns variables of the function around it", "write it as a loop"
        everything = env | needed
        if self.holds_objects(everything) or self.opened_objects and _holds_known(everything):
            return "and is given an object", "pass it the numbers"
        return "", ""

    def needed_cells(self, what, env):
        """The cells that a function reads, itself or through others; None where one is assigned."""
        if what.writes:
            return None
        todo, found = list(what.cells), {n: self.env[n] for n in self.env if n[:2] == "%g"}
        for binding in env.values():
            for code in closures(binding):
                todo += scopes.cells_in(code.tree)
                if scopes.writes_cells(code.tree):
                    return None
        while todo:
            name = todo.pop(0)
            binding = self.env.get(name, UNDEFINED)
            if name in found or binding is UNDEFINED:
                continue
            found[name] = binding
            for code in closures(binding):
                todo += scopes.cells_in(code.tree)
                if scopes.writes_cells(code.tree):
                    return None
        return found

    def given_to(self, what, env, node):
        leaves, trees = [], []
        for name, binding in (env | self.needed_cells(what, env)).items():
            if isinstance(binding, Struct) and binding.type is list and binding.site is not None:
                binding = self.dynamic(binding, node)
            flag = isinstance(binding, Const) and isinstance(binding.value, bool)
            part, layout = ([], binding) if flag else _taken_apart(binding)
            leaves += part
            trees.append((name, layout, len(part)))
        return _Given(leaves, trees)

    # ------------------------------------------------------------ staging

    def callee(self, what, given, recursive, node):
        """The helper for arguments of these kinds, staged if it is not yet; False where it cannot be."""
        kinds = given.kinds
        key = _key(what, given.trees, kinds)
        others = [k for k in self.memo.callees if k[0] is what.origin]
        if recursive and key not in self.memo.callees and others:
            kinds = _general(kinds)
            key = _key(what, given.trees, kinds)
        if key not in self.memo.callees:
            if len(others) >= KINDS:
                remedy = "write it as a loop, or with indices"
                self.refuse_recursion(what, node, "with arguments of ever new kinds", remedy)
            self.stage_callee(what, given.trees, kinds, key, node, recursive)
        return self.memo.callees[key]

    def stage_callee(self, what, trees, kinds, key, node, recursive):
        """Stage a helper until the kind of what it returns is known."""
        callee = self.memo.callees[key] = Callee(what.name)
        for _ in range(ROUNDS):
            before, count = set(self.memo.callees), len(self.problems)
            try:
                found = self.staged(what, trees, kinds, recursive)
            except Endless:
                del self.memo.callees[key]
                if any(c and c.kind is None for c in self.memo.callees.values()):
                    raise  # the paths that end may be those of another function, which calls this
                self.refuse_recursion(what, node, "on every path", "let a path end")
            first = callee.kind is None
            if first:
                del self.problems[count:]  # of paths that were left out
            if found is None:
                self.memo.callees[key] = False
                return
            callee.function, kind, layout, shares = found
            callee.shares |= shares
            merged = kind if first else _joined(callee.kind, kind)
            if merged is None or not first and repr(layout) != repr(callee.layout):
                self.memo.callees[key] = False
                return
            settled = not first and _same(merged, callee.kind)
            callee.kind, callee.layout = merged, layout
            if settled:
                return
            for new in set(self.memo.callees) - before:
                del self.memo.callees[new]  # they were staged with less known of this one
        raise Refused(node, f"what `{what.name}` returns does not settle", "write it as a loop")

    def staged(self, what, trees, kinds, recursive):
        """A helper's function, with the kind and the layout of its result; None where it has none."""
        inner = self.child(what.function, what.source)
        params, env = _parameters(trees, kinds)
        body, inner.env = inner.activate(what.tree, env)
        inner.stack = [what.key] if recursive else [*self.stack, what.key]
        given = {n: b for n, b in env.items() if not scopes.is_cell(n)}
        inner.layouts = [(what.key, fixed(given))]
        inner.declare(what.tree)
        inner.stmts(body)
        self.failed |= inner.failed
        result = inner.env.get("%result", UNDEFINED)
        if recursive:
            self.let_grow(result)
        leaves, layout = _taken_apart(result)
        if not leaves or not _is_plain(layout):
            return None
        found = tuple(number_kind(leaf) for leaf in leaves)
        if not all(map(_is_returned, found)):
            return None if not inner.failed else (None, FLOAT, None, False)
        shares = _shares(leaves, params, inner)
        if shares is None or shares and not recursive:  # inlined, it may be changed
            return None
        inner.b.stmts.append(Return(tuple(leaves), loc=(what.source, what.tree)))
        kind = found[0] if len(found) == 1 else Record(tuple, tuple(range(len(found))), found)
        return Function(what.name, tuple(params), inner.b.block()), kind, layout, shares

    def let_grow(self, result):
        """A list that a call returns to itself may be of any length."""
        for item in (
            result.items if isinstance(result, Struct) and result.type is tuple else [result]
        ):
            if isinstance(item, Struct) and item.type is list and item.site:
                self.memo.dynamic |= item.site
                raise Restart


# ---------------------------------------------------------------- what is given and returned


def is_large(tree) -> bool:
    return sum(isinstance(n, ast.stmt) for n in ast.walk(tree)) > STATEMENTS


def closures(binding):
    """The codes of the functions made inside that a binding holds."""
    if isinstance(binding, Closure):
        if binding.code is not None:
            yield binding.code
        yield from closures(binding.held)
    elif isinstance(binding, Struct):
        for item in binding.items:
            yield from closures(item)


def fixed(binding):
    """What of a binding, or of bindings by name, is known while compiling: structure and functions."""
    if isinstance(binding, dict):
        return tuple((name, fixed(inner)) for name, inner in binding.items())
    if isinstance(binding, Struct):
        return binding.type, binding.keys, tuple(map(fixed, binding.items))
    if isinstance(binding, Closure):
        return binding.code and id(binding.code.origin), fixed(binding.held)
    if isinstance(binding, Known):
        return "known", id(binding.value)
    if isinstance(binding, Const) and not is_number(number_kind(binding)):
        return "literal", repr(binding.value)
    return None


def _taken_apart(binding):
    """The operands in a binding and its layout; literals that are no numbers are part of that."""
    if binding is UNDEFINED:
        return [], binding
    if isinstance(binding, Const) and not is_number(number_kind(binding)):
        return [], binding
    if isinstance(binding, Struct) and binding.type is tuple:
        parts = [_taken_apart(item) for item in binding.items]
        layout = flatten(Struct(tuple, binding.keys, (Const(0),) * len(parts)))[1]
        return [x for p in parts for x in p[0]], _with_parts(layout, tuple(p[1] for p in parts))
    return flatten(binding)


def _with_parts(layout, parts):
    return type(layout)(layout.type, layout.keys, parts)


def _is_plain(layout) -> bool:
    """Whether a result is a value, a literal, or a tuple of such."""
    if layout is None or isinstance(layout, Const):
        return True
    return getattr(layout, "type", None) is tuple and all(map(_is_plain, layout.parts))


def _is_returned(kind) -> bool:
    """Whether a helper's own function may return a value of this kind."""
    if isinstance(kind, List):
        return isinstance(kind.elem, Scalar) and kind.type == "list"
    return isinstance(kind, (Scalar, Array))


def _shares(leaves, params, stager) -> bool | None:
    """Whether what a helper returns may be a part of its arguments, or two of it be one.

    None where it changes its arguments, or returns what belongs to a module.
    """
    block = stager.b.block()
    aliases = Aliases(block)
    theirs = {aliases.find(v) for v in params if is_reference(v.kind)}
    outside = {
        aliases.find(g.out)
        for g in walk(block)
        if isinstance(g, Gate) and g.op in ("global", "getattr") and is_reference(g.out.kind)
    }
    returned = [aliases.find(v) for v in leaves if is_reference(kind_of(v))]
    if theirs & aliases.changed or outside & set(returned):
        return None
    return bool(theirs & set(returned)) or len(set(returned)) < len(returned)


def _parameters(trees, kinds):
    """The parameters of a helper, and the bindings that they are parts of."""
    params, env, taken = [], {}, set()
    rest = iter(kinds)
    for name, layout, count in trees:
        hint = scopes.plain(name)
        hints = [hint] if count == 1 else [f"{hint}_{i}" for i in range(count)]
        values = [Value(_untaken(h, taken), next(rest), True) for h in hints]
        params += values
        env[name] = unflatten(layout, iter(values))
    return params, env


def _untaken(name, taken) -> str:
    """A parameter's name, numbered where another has it: one that is shared, and one of its own."""
    k, out = 1, name
    while out in taken:
        k += 1
        out = f"{name}_{k}"
    taken.add(out)
    return out


def _holds_known(env) -> bool:
    """Whether parameters are among what a helper is given."""
    return any(isinstance(b, Known) and (b.path or "").startswith("%") for b in env.values())


# ---------------------------------------------------------------- kinds


def _key(what, trees, kinds):
    """What tells one staging of a helper from another."""
    cells = tuple(map(id, what.function.__closure__ or ())) if not what.cells else ()
    return what.origin, cells, scopes.canonical(repr(trees)), kinds


def _general(kinds):
    """The kinds of arrays without what is known of their lengths, but for which are the same."""
    names: dict = {}

    def extent(e):
        return e if e == 1 else names.setdefault(e, Extent(f"n{len(names)}", may_be_one=True))

    return tuple(
        Array(k.dtype, tuple(map(extent, k.extents))) if isinstance(k, Array) else k for k in kinds
    )


def _at_call(callee, kinds):
    """The kind of a call's result: lengths are those of its arguments, or else known here only."""
    if callee.function is None:
        return callee.kind
    theirs: dict = {}
    for param, kind in zip(callee.function.params, kinds):
        if isinstance(kind, Array):
            theirs.update(zip(param.kind.extents, kind.extents))
    names = {e.name for e, here in theirs.items() if e != 1 and e == here}

    def extent(e):
        if known_length(e) is not None or e.name in names:
            return e
        new = Extent(fresh_extent().name, may_be_one=e.may_be_one, each=e.each)
        return theirs.setdefault(e, new)

    def here(kind):
        return (
            Array(kind.dtype, tuple(map(extent, kind.extents))) if isinstance(kind, Array) else kind
        )

    if isinstance(callee.kind, Record):
        return Record(tuple, callee.kind.keys, tuple(map(here, callee.kind.kinds)))
    return here(callee.kind)


def _joined(a, b):
    """The kind of a result that is of one kind or the other; None where there is none."""
    if not isinstance(a, Record) or not isinstance(b, Record) or a.keys != b.keys:
        return None if isinstance(a, Record) or isinstance(b, Record) else join(a, b)
    kinds = tuple(map(join, a.kinds, b.kinds))
    return None if None in kinds else Record(tuple, a.keys, kinds)


def _same(a, b) -> bool:
    if isinstance(a, Record) and isinstance(b, Record):
        return all(map(same_up_to_names, a.kinds, b.kinds))
    return same_up_to_names(a, b)
