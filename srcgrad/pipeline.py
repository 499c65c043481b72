"""The passes in their order, from a function to the text of its gradient.

`PASSES` is the way through the house; `show` prints what any of them leaves behind.
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass, field, replace
from types import FunctionType

from srcgrad.arguments import kind_of_argument
from srcgrad.build import Builder, cotangent_kind, kind_of
from srcgrad.emit.lower import lower
from srcgrad.emit.text import formatted, text
from srcgrad.errors import ArgumentError, NonScalarOutput
from srcgrad.ir import Block, Const, For, Function, Gate, If, Return, Value, While, blocks, dump, frees, operands, walk
from srcgrad.kinds import (
    FLOAT,
    Array,
    Kind,
    List,
    Literal,
    Record,
    Scalar,
    Thing,
    can_vary,
    is_integral,
)
from srcgrad.passes.activity import activity
from srcgrad.passes.alias import alias
from srcgrad.passes.fence import fence
from srcgrad.passes.fuse import fuse, size
from srcgrad.passes.idioms import idioms
from srcgrad.passes.name import name
from srcgrad.passes.normalise import normalise
from srcgrad.passes.own import own
from srcgrad.passes.reverse import reverse
from srcgrad.passes.save import save
from srcgrad.passes.simplify import simplify
from srcgrad.passes.stage import Staged, stage
from srcgrad.passes.stage.binding import Struct
from srcgrad.passes.store import store
from srcgrad.source import Source, read

PASSES = (
    "source",
    "fence",
    "normalise",
    "stage",
    "alias",
    "activity",
    "idioms",
    "reverse",
    "simplify",
    "save",
    "own",
    "fuse",
    "emit",
)
MODES = {"grad": "grad", "value-and-grad": "value_and_grad", "vjp": "vjp", "jvp": "jvp"}


@dataclass
class Unit:
    """One compilation: what goes in, and what each pass left behind."""

    function: FunctionType
    kinds: dict[str, Kind]
    wrt: tuple[str, ...]
    bare: bool
    mode: str
    examples: dict = field(default_factory=dict)
    stages: dict[str, object] = field(default_factory=dict)
    staged: Staged | None = None
    text: str = ""
    name: str = ""


class Context:
    """What staging asks of the outside: helpers' sources, kinds of values, our own functions."""

    def __init__(self, examples):
        self.examples = examples
        self.kind_of_argument = kind_of_argument
        self.marks = MARKS

    def prepare(self, function):
        return prepared(function)


MARKS: dict = {}
_prepared: dict = {}


def prepared(function) -> tuple[Source, ast.FunctionDef]:
    """A function's source and its normal form, fenced."""
    key = function.__code__
    if key not in _prepared or _prepared[key][0].function is not function:
        source = read(function)
        fence(source)
        _prepared[key] = (source, normalise(source.tree))
    return _prepared[key]


def build(unit: Unit, until: str = "emit") -> Unit:
    """Run the passes up to one of them and keep what each leaves."""
    left = unit.stages
    source = read(unit.function)
    left["source"] = left["fence"] = source.tree
    if until in ("source", "fence"):
        fence(source) if until == "fence" else None
        return unit
    source, tree = prepared(unit.function)
    left["normalise"] = tree
    if until == "normalise":
        return unit
    unit.staged = staged = stage(source, tree, unit.kinds, Context(unit.examples))
    left["stage"] = function = staged.function
    if until == "stage":
        return unit
    function, aliases = alias(function)
    left["alias"] = function
    targets, trees = wanted(unit)
    found = activity(function, targets, aliases)
    left["activity"] = _marked(function, found)
    left["idioms"] = function = idioms(function)
    if until in left:
        return unit
    for one in left if until != "emit" else ():
        if one == until:
            return unit
    finish = Finish(unit, targets, trees, found)
    differentiated = differentiate(unit, function, found, targets, finish)
    for step, result in differentiated:
        left[step] = function = result
    left["emit"] = unit.text = emit(unit, function)
    return unit


def differentiate(unit, function, found, targets, finish):
    """The passes from `reverse` to `fuse`, with what each leaves."""
    mode = "vjp" if unit.mode == "vjp" else "grad"
    variants = []
    for split in (False, True):
        if split and not _splittable(function, mode):
            continue
        steps = []
        current = reverse(function, found, targets, finish, mode, split)
        steps.append(("reverse", current))
        for step, run in (("simplify", simplify), ("save", save), ("own", _owned), ("fuse", fuse)):
            current = run(current)
            steps.append((step, current))
        variants.append((sum(_weight(s) for s in walk(current.body)), split, steps))
    return min(variants, key=lambda v: v[:2])[2]


def _owned(function):
    return store(simplify(own(simplify(function))))


def changed_parameters(unit) -> list[str]:
    """The parameters whose memory the function changes."""
    from srcgrad.memory import Aliases

    aliases = Aliases(unit.stages["alias"].body)
    out = []
    for n, tree in unit.staged.leaves.items():
        if any(aliases.is_memory(leaf) for leaf in _leaves(tree)):
            out.append(n)
    return out


def _splittable(function, mode):
    """Whether each branch at the end of the function may have a backward pass of its own."""
    if mode != "grad" or len(function.body.stmts) < 2:
        return False
    last, result = function.body.stmts[-2:]
    stmts = list(walk(function.body))
    plain = not any(isinstance(s, (For, While)) for s in stmts) and len(stmts) < 60
    return (
        plain
        and isinstance(last, If)
        and bool(result.values)
        and all(v in last.outs for v in result.values)
    )


def _weight(stmt):
    """How much text a statement is, roughly: what it reads, and the assignments of its blocks' ends."""
    if isinstance(stmt, Gate) and stmt.op == "turn":
        return 0
    ends = [y for b in blocks(stmt) for y in b.yields]
    return 2 + sum(size(o) for o in operands(stmt)) + sum(2 + size(y) for y in ends)


# ---------------------------------------------------------------- what is returned


def wanted(unit):
    """The leaf values that are differentiated, and per parameter the tree that holds them."""
    targets, trees = [], []
    for n in unit.wrt:
        tree = unit.staged.leaves.get(n)
        trees.append(tree)
        targets += _leaves(tree)
    return [t for t in dict.fromkeys(targets) if can_vary(t.kind)], trees


def _leaves(tree):
    if isinstance(tree, Value):
        return [tree]
    if isinstance(tree, Struct):
        return [leaf for item in tree.items for leaf in _leaves(item)]
    return []


class Finish:
    """Writes what the gradient function returns."""

    def __init__(self, unit, targets, trees, found):
        self.unit, self.targets, self.trees, self.found = unit, targets, trees, found
        self.read = frees(Block(tuple(s for s in unit.staged.function.body.stmts)))
        for s in walk(unit.staged.function.body):
            for v in frees(s):
                self.read[v] = 1
        self.seed = None

    def __call__(self, b, values, cotangents):
        by_leaf = dict(zip(self.targets, cotangents))
        grads = [self.gradient(b, tree, by_leaf, n) for tree, n in zip(self.trees, self.unit.wrt)]
        if self.unit.mode == "value-and-grad":
            value = self.value(values)
            inner = (
                grads[0]
                if self.unit.bare
                else b.gate(
                    "build",
                    *grads,
                    kind=Thing("tuple"),
                    form=(tuple, tuple(range(len(grads)))),
                    hint="grads",
                )
            )
            return Return((value, inner))
        return Return(tuple(grads), shape=None if self.unit.bare else "tuple")

    def value(self, values):
        shape = self.unit.staged.shape
        if shape is None:
            return values[0]
        raise NonScalarOutput("a container is returned: use `vjp`")

    def turn(self, values):
        if self.unit.mode != "vjp":
            return Gate(None, "turn", (values[0],) if self.unit.mode == "value-and-grad" else ())
        return Gate(None, "turn", (self.seed, self.value(values)), (), None, True, "pullback")

    def seeds(self, b, values):
        value = values[0]
        hint = value.hint if isinstance(value, Value) else "value"
        kind = kind_of(value)
        self.seed = Value(
            f"d{hint}", cotangent_kind(kind) if not isinstance(kind, Scalar) else FLOAT, True, True
        )
        return [self.seed]

    def gradient(self, b, tree, by_leaf, parameter):
        if isinstance(tree, Struct):
            items = [self.gradient(b, i, by_leaf, parameter) for i in tree.items]
            out = b.gate(
                "build",
                *items,
                kind=Thing("build"),
                form=(tree.type, tree.keys),
                hint=f"d{parameter}",
            )
            out.named = tree.source is not None and tree.source.hint == parameter
            return out
        if not isinstance(tree, Value) or not can_vary(tree.kind):
            return Const(None)
        c = by_leaf.get(tree)
        if isinstance(tree.kind, Scalar):
            if c is None:
                return Const(None) if is_integral(tree.kind) and tree in self.read else Const(0.0)
            return self.as_float(b, c)
        if c is None:
            c = b.zeros(tree)
        if isinstance(tree.kind, Array) and isinstance(kind_of(c), Scalar):
            return b.gate("fill", c, tree, kind=tree.kind, hint=f"d{tree.hint}")
        c = b.cast(b.full(c, tree), tree.kind)
        out = b.gate("own", c, kind=kind_of(c), hint=f"d{tree.hint}")
        out.named = True
        if isinstance(tree.kind, List) and tree.kind.type == "tuple":
            return b.gate("tuple_of", out, kind=Thing("tuple"), hint=f"d{tree.hint}")
        return out

    def as_float(self, b, c):
        kind = kind_of(c)
        if isinstance(c, Const):
            return Const(float(c.value))
        return b.gate("builtins.float", c) if kind.name in ("int", "bool") else c


# ---------------------------------------------------------------- text


def emit(unit: Unit, function: Function, comments: bool = True) -> str:
    """The text of a module with the function, its imports and what it calls."""
    unit.name = f"{unit.function.__name__.strip('<>')}_{MODES[unit.mode]}"
    function = replace(function, name=unit.name)
    definition = written(unit, function, comments)
    return module_text([definition], unit.staged.externals)


def written(unit, function, comments=True):
    reserved = {*unit.staged.externals, function.name, unit.function.__name__, "row", "pullback"}
    captured = _captured(function)
    names = name(function, reserved, captured)
    return lower(function, names, signature_of(unit, function), comments)


def _captured(function):
    """What a pullback reads of the forward pass."""
    turn = next(
        (
            k
            for k, s in enumerate(function.body.stmts)
            if isinstance(s, Gate) and s.op == "turn" and s.form == "pullback"
        ),
        None,
    )
    if turn is None:
        return set()
    return set(frees(Block(function.body.stmts[turn + 1 :])))


def signature_of(unit, function) -> ast.arguments:
    """The parameters as the original writes them, with defaults where they are literals."""
    args = read(unit.function).tree.args
    new = ast.arguments([], [], None, [], [], None, [])
    new.posonlyargs = [ast.arg(a.arg) for a in args.posonlyargs]
    new.args = [ast.arg(a.arg) for a in args.args]
    new.kwonlyargs = [ast.arg(a.arg) for a in args.kwonlyargs]
    for d in args.defaults:
        try:
            ast.literal_eval(d)
            new.defaults.append(d)
        except ValueError:
            new.defaults = []
    for d in args.kw_defaults:
        try:
            new.kw_defaults.append(d if d is None or ast.literal_eval(d) is not ... else None)
        except ValueError:
            new.kw_defaults.append(None)
    return new


def module_text(definitions, externals) -> str:
    used = {n.id for d in definitions for n in ast.walk(d) if isinstance(n, ast.Name)}
    imports: list = []
    if "math" in used:
        imports.append(ast.Import([ast.alias("math")]))
    if "np" in used:
        imports.append(ast.Import([ast.alias("numpy", "np")]))
    for root, spec in externals.items():
        if spec[0] == "module" and root in used:
            imports.append(ast.Import([ast.alias(spec[1], root if root != spec[1] else None)]))
    module = ast.Module([*imports, *definitions], [])
    return text(ast.fix_missing_locations(module))


def _marked(function, found):
    """The function with its active values named in capitals: what `--pass activity` prints."""
    return function, found


# ---------------------------------------------------------------- show


def show(function, known, wrt, mode: str = "grad", stage: str | None = None) -> str:
    """The text that `srcgrad show` prints: the gradient, or what a pass leaves behind.

    Parameters: `known`, example arguments by name (what is missing is guessed from its use).
    """
    unit = unit_for(function, known, wrt, mode)
    build(unit, stage or "emit")
    if stage is None or stage == "emit":
        return formatted(unit.text)
    result = unit.stages[stage]
    if isinstance(result, ast.AST):
        return _unparsed(result)
    if stage == "stage":
        return formatted(staged_text(unit))
    if isinstance(result, tuple):
        return dump(result[0]) + _activity_table(result[1])
    return dump(result)


def _unparsed(tree):
    return ast.unparse(ast.fix_missing_locations(tree)).replace("%", "_") + "\n"


def _activity_table(found):
    def hints(values):
        return ", ".join(dict.fromkeys(v.hint for v in values)) or "(none)"

    return f"varied: {hints(found.varied)}\nuseful: {hints(found.useful)}\n"


def staged_text(unit):
    """The staged function as Python: one gate a line."""
    return module_text([written(unit, unit.staged.function)], unit.staged.externals)


def unit_for(function, known, wrt, mode) -> Unit:
    parameters = inspect.signature(function).parameters
    kinds = {}
    for n, p in parameters.items():
        if n in known:
            kinds[n] = kind_of_argument(known[n], n)
        elif p.default is not p.empty:
            kinds[n] = kind_of_argument(p.default, n)
        else:
            kinds[n] = FLOAT
    names, bare = resolve_wrt(function, wrt)
    return Unit(function, kinds, names, bare, mode, dict(known))


def resolve_wrt(function, wrt) -> tuple[tuple[str, ...], bool]:
    """Parameter names to differentiate by, and whether the gradient is returned bare.

    Raises ArgumentError for a name or position that the function does not have.
    """
    parameters = inspect.signature(function).parameters
    names = [n for n, p in parameters.items() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if wrt is None:
        chosen = tuple(n for n in names if parameters[n].default is parameters[n].empty)
        if names and names[0] in ("self", "cls") and chosen[:1] == (names[0],):
            chosen = chosen[1:]
        if not chosen:
            raise ArgumentError(
                f"`{function.__name__}` has no parameter without a default: say wrt="
            )
        return chosen, len(chosen) == 1
    single = isinstance(wrt, (str, int))
    out = []
    for w in (wrt,) if single else tuple(wrt):
        if isinstance(w, bool) or not isinstance(w, (str, int)):
            raise ArgumentError(f"wrt takes names or positions, not {w!r}")
        if isinstance(w, int):
            if not -len(names) <= w < len(names):
                raise ArgumentError(f"wrt={w}: `{function.__name__}` has {len(names)} parameters")
            out.append(names[w])
        elif w not in names:
            raise ArgumentError(
                f"wrt={w!r}: the parameters of `{function.__name__}` are {', '.join(names)}"
            )
        else:
            out.append(w)
    if len(set(out)) < len(out):
        raise ArgumentError(f"wrt={wrt!r} names a parameter twice")
    return tuple(out), single


__all__ = ["MODES", "PASSES", "Literal", "Record", "Unit", "build", "show", "unit_for"]
