"""The passes in their order, from a function to the text of its gradient.

`PASSES` is the way through the house; `showing.show` prints what any of them leaves behind.
"""

from __future__ import annotations

import ast
import inspect
import warnings
from dataclasses import dataclass, field, replace
from types import FunctionType

from srcgrad.arguments import kind_of_argument
from srcgrad.build import Builder
from srcgrad.callees import Callees, _Calls
from srcgrad.depth import deep
from srcgrad.emit.support import made, stop_gradient
from srcgrad.emit.text import text
from srcgrad.errors import (
    CannotDifferentiate,
    NonScalarOutput,
    Problem,
    SrcgradWarning,
)
from srcgrad.ir import For, Gate, If, While, blocks, is_turn, operands, walk, way
from srcgrad.kinds import Array, Kind, List, Literal, Scalar, can_vary, described, is_complex
from srcgrad.memory import Aliases
from srcgrad.operands import kind_of
from srcgrad.passes.activity import activity
from srcgrad.passes.alias import alias
from srcgrad.passes.capture import capture
from srcgrad.passes.defined import defined
from srcgrad.passes.demand import demand
from srcgrad.passes.equated import equated
from srcgrad.passes.fence import fence
from srcgrad.passes.forward import forward
from srcgrad.passes.fuse import fuse, size
from srcgrad.passes.halfway import halfway
from srcgrad.passes.idioms import idioms
from srcgrad.passes.normalise import normalise
from srcgrad.passes.own import own
from srcgrad.passes.rebind import rebind
from srcgrad.passes.reverse import reverse
from srcgrad.passes.save import save
from srcgrad.passes.settle import settle
from srcgrad.passes.simplify import simplify
from srcgrad.passes.stage import Staged, stage
from srcgrad.passes.stage.binding import Conflict
from srcgrad.passes.stage.scopes import returned
from srcgrad.passes.steered import steered
from srcgrad.passes.store import store
from srcgrad.passes.watch import Watched, unwatch, watch
from srcgrad.passes.whole import together, whole
from srcgrad.results import Finish, leaves_of, sources_of
from srcgrad.source import Source, read
from srcgrad.writing import loaded, module_of

PASSES = (
    "source", "fence", "normalise", "stage", "alias", "activity", "idioms", "reverse",
    "simplify", "save", "own", "store", "fuse", "emit",
)  # fmt: skip
MODES = {"grad": "grad", "value-and-grad": "value_and_grad", "vjp": "vjp", "jvp": "jvp"}


@dataclass
class Unit:
    """One compilation: what goes in, and what each pass left behind.

    `recorder`: what is to be told, as the text runs, of each gate (`passes/watch.py`); with one,
    gates are left as the user wrote them, and `watched` says which there are.
    """

    function: FunctionType
    kinds: dict[str, Kind]
    wrt: tuple[str, ...]
    bare: bool
    mode: str
    examples: dict = field(default_factory=dict)
    stages: dict[str, object] = field(default_factory=dict)
    source: Source | None = None
    staged: Staged | None = None
    callees: Callees | None = None
    recorder: object = None
    watched: Watched | None = None
    tree: ast.Module | None = None
    text: str = ""
    comments: str = "passes"
    taped: bool = True  # whether helpers' backward functions find on tapes what they need

    @property
    def name(self) -> str:
        return f"{self.function.__name__.strip('<>')}_{MODES[self.mode]}"


class Context:
    """What staging asks of the outside: helpers' sources, kinds of values, our own marks."""

    def __init__(self, examples):
        self.examples = examples
        self.kind_of_argument = kind_of_argument

    def prepare(self, function):
        return prepared(function)

    def nested(self, source, tree):
        """The normal form of a function defined inside another, fenced."""
        return nested(source, tree)

    def parameters(self, function) -> list[str]:
        return list(inspect.signature(function).parameters)

    def derivative(self, function, kinds, mode):
        """A function's derivative by its first parameter, as a function that can be staged in turn."""
        return loaded(build(Unit(function, kinds, (next(iter(kinds)),), True, mode)))

    def is_stop_gradient(self, value) -> bool:
        """Whether a function is `stop_gradient`: srcgrad's own, or the one that a text carries.

        What is called so and returns its argument can mean nothing else, wherever it was written.
        """
        return _is_copy(value, stop_gradient)

    def is_made(self, value) -> bool:
        """Whether a function is `made`, by which a text makes objects."""
        return _is_copy(value, made)


def _is_copy(value, ours) -> bool:
    """Whether a function has the name, parameters and body of one that a text carries along."""
    if not isinstance(value, FunctionType):
        return False
    code, own = value.__code__, ours.__code__
    alike = ("co_name", "co_argcount", "co_code", "co_names")
    return all(getattr(code, part) == getattr(own, part) for part in alike)


_prepared: dict = {}


def prepared(function, source: Source | None = None) -> tuple[Source, ast.FunctionDef]:
    """A function's source and its normal form, fenced."""
    key = id(function.__code__)  # of which the function keeps hold; equal ones are of several texts
    if key not in _prepared or _prepared[key][0].function is not function:
        source = source or read(function)
        fence(source)
        _prepared[key] = (source, normalise(source.tree))
    return _prepared[key]


def nested(source: Source, tree) -> ast.FunctionDef:
    """The normal form of a nested function or lambda, fenced when it is called."""
    if isinstance(tree, ast.Lambda):
        body = [ast.copy_location(ast.Return(tree.body), tree.body)]
        name, decorators = "lambda_", []
        tree = ast.copy_location(ast.FunctionDef(name, tree.args, body, decorators), tree)
    fence(replace(source, tree=tree))
    return normalise(tree)


def build(unit: Unit, until: str = "emit") -> Unit:
    """Run the passes up to one of them, and keep in `unit.stages` what each leaves.

    Raises CannotDifferentiate, or NonScalarOutput where a gradient is asked of what is no number.
    """
    with deep():
        for step, result in _passes(unit):
            unit.stages[step] = result
            if step == until:
                break
    return unit


def _passes(unit):
    held = _prepared.get(id(getattr(unit.function, "__code__", None)))
    source = held[0] if held and held[0].function is unit.function else read(unit.function)
    unit.source = source
    yield "source", source.tree
    _check_signature(source)
    source, tree = prepared(unit.function, source)
    yield "fence", source.tree
    yield "normalise", tree
    unit.staged = _swept(stage(source, tree, unit.kinds, Context(unit.examples)))
    yield "stage", unit.staged.function
    for staged in (*unit.staged.callees, unit.staged):
        halfway(staged.function)
    function, aliases = alias(unit.staged.function)
    yield "alias", function
    optimise = lambda f: _optimised(f, unit.mode)[-1][1]  # noqa: E731
    unit.callees = Callees(unit.staged.callees, optimise, unit.taped)
    finish = Finish(unit.staged, unit.wrt, unit.bare, unit.mode)
    function = _with_entry_lengths(function, aliases, finish)
    found = activity(function, finish.targets, aliases)
    finish.used = found.useful
    yield "activity", (function, found)
    _check_inputs(unit, finish)
    _check_result(unit, function)
    unit.callees.plan(function, found)
    _warn(unit.callees.asked(_doubts, function, found))
    if unit.recorder is None:
        function = whole(idioms(function))
    else:
        function = _watched(unit, function, found)
        found = activity(function, finish.targets, aliases)
        finish.used = found.useful
    yield "idioms", function
    if unit.mode == "jvp":
        extra, dots = finish.tangent_params()
        steps = [("reverse", forward(function, found, dots, extra, _Tangent(finish), unit.callees))]
        steps += _optimised(steps[0][1], unit.mode)
    else:
        steps = _reversed(unit, function, found, finish)
    yield from steps
    unit.tree = module_of(unit, steps[-1][1])
    unit.text = text(unit.tree)
    yield "emit", unit.text


def _doubts(function, found):
    """Where the gradient may not be what is meant, though it is that of the branches taken."""
    return [*steered(function, found), *equated(function, found)]


def _warn(problems) -> None:
    """Give each problem as a warning that stands where the problem is."""
    for problem in problems:
        place = problem.location
        warnings.warn_explicit(str(problem), SrcgradWarning, place.file, place.line)


def _watched(unit, function, found):
    """The function that tells the unit's recorder what it does."""
    _check_calls(function, found.aliases)
    root = "recorder"
    while root in unit.staged.externals or root in unit.kinds:
        root += "_"
    unit.staged.externals[root] = ("object", unit.recorder)
    function, unit.watched = watch(function, found, root)
    return function


def _check_calls(function, aliases):
    """Refuse to record what helpers do beyond reading what they are given and returning a number."""
    for s in walk(function.body):
        if isinstance(s, Gate) and s.op == "call":
            source, node = s.loc
            given = len(getattr(node, "args", ())) + len(getattr(node, "keywords", ()))
            plain = isinstance(s.out.kind, Scalar) and not any(map(aliases.is_memory, s.args))
            if not plain or len(s.args) != given:
                what = f"`{s.form.name}` has a function of its own, and does more there than to return "
                what += "a number: what flows through it cannot be told"
                problem = Problem(source.location(node), what, "its gradient is not concerned")
                raise CannotDifferentiate((problem,))


def _swept(staged):
    """What was staged, without what nothing needs: a variable that no turn of a loop reads is not carried."""
    for callee in staged.callees:
        callee.function = simplify(demand(rebind(callee.function)), primal=True)
    return replace(staged, function=simplify(demand(rebind(staged.function)), primal=True))


def _with_entry_lengths(function, aliases, finish):
    """Note how long a list is that the function makes longer or shorter: its gradient is as long."""
    b = Builder()
    for leaf in finish.targets:
        if (
            isinstance(leaf.kind, List)
            and isinstance(leaf.kind.elem, Scalar)
            and aliases.is_memory(leaf)
        ):
            finish.entry[leaf] = b.gate("len", leaf, hint="n")
    stmts = [s for s in function.body.stmts if isinstance(s, Gate) and s.out in finish.targets]
    k = max((function.body.stmts.index(s) + 1 for s in stmts), default=0)
    body = replace(
        function.body, stmts=(*function.body.stmts[:k], *b.stmts, *function.body.stmts[k:])
    )
    return replace(function, body=body)


def _check_signature(source):
    args = source.tree.args
    many = [a for a in (args.vararg, args.kwarg) if a is not None]
    if many:
        what = "a parameter that takes any number of arguments cannot be differentiated by"
        remedy = "name the parameters, or wrap the function in one that does"
        raise CannotDifferentiate(tuple(Problem(source.location(a), what, remedy) for a in many))


class _Tangent:
    def __init__(self, finish):
        self.finish, self.before = finish, finish.before

    def __call__(self, b, values, dots):
        return self.finish.with_tangent(b, values, dots)


def _check_inputs(unit, finish):
    """Refuse complex parameters that are differentiated by."""
    for name, tree in zip(finish.wrt, finish.trees):
        if any(is_complex(leaf.kind) for leaf in leaves_of(tree)):
            args = [n for n in ast.walk(unit.source.tree.args) if isinstance(n, ast.arg)]
            place = next((a for a in args if a.arg == name), unit.source.tree)
            what = f"`{name}` is complex here, and gradients are by real numbers"
            remedy = "pass its real and imaginary parts, or leave it out of wrt"
            raise CannotDifferentiate(Problem(unit.source.location(place), what, remedy))


def _check_result(unit, function):
    result = function.body.stmts[-1]
    if any(is_complex(kind_of(v)) for v in result.values):
        ends = returned(unit.source.tree)
        place = unit.source.location(ends[-1] if ends else unit.source.tree)
        what = f"`{unit.function.__name__}` returns complex numbers, and only real ones are differentiated"
        raise CannotDifferentiate(Problem(place, what, "return a real part, or an absolute value"))
    plain = unit.staged.shape is None and len(result.values) == 1
    if unit.mode in ("vjp", "jvp") and isinstance(unit.staged.shape, Conflict):
        what = f"`{unit.function.__name__}` returns different things on its paths"
        where = unit.source.location(unit.source.tree)
        raise CannotDifferentiate(
            Problem(where, f"{what}: {unit.staged.shape.what}", "make them alike")
        )
    if (
        unit.mode not in ("grad", "value-and-grad")
        or plain
        and _is_number(kind_of(result.values[0]))
    ):
        return
    raise NonScalarOutput(_not_a_number(unit, result, plain))


def _is_number(kind) -> bool:
    """Whether a result is one: an array of no dimensions is, too."""
    return isinstance(kind, Scalar) or isinstance(kind, Array) and not kind.ndim


def _not_a_number(unit, result, plain) -> Problem:
    """Why a function has no gradient: what it returns instead of a number, and where."""
    name = unit.function.__name__
    ends = returned(unit.source.tree)
    location = unit.source.location(ends[-1] if ends else unit.source.tree)
    if not ends:
        what = f"`{name}` returns nothing, and a gradient is that of a number"
        return Problem(location, what, "return the number")
    if not result.values or plain and kind_of(result.values[0]) == Literal(None):
        what = f"`{name}` does not return a number on every path"
        return Problem(
            unit.source.location(unit.source.tree),
            what,
            "end each path with a `return` of a number",
        )
    tree = unit.staged.shape
    kind = kind_of(result.values[0])
    what = described(kind) if plain else f"a {tree.type.__name__}"
    what = f"`{name}` returns {what}, and a gradient is that of a number"
    if plain and not can_vary(kind):
        return Problem(location, what, "return the number that is meant")
    return Problem(
        location,
        what,
        "use srcgrad.vjp for a cotangent of that structure, or srcgrad.jvp for a direction; "
        "a jacobian is a row of such",
    )


def _reversed(unit, function, found, finish):
    """The backward pass in the shape that is shorter: joined, or one for each branch at the end."""
    variants = []
    for split in (False, True):
        if split and (unit.watched is not None or not _splittable(function, unit.mode)):
            continue
        tapes: dict = {}
        mode = "vjp" if unit.mode == "vjp" else "grad"
        current = reverse(
            function, found, finish.targets, finish, mode, split, _Calls(unit.callees, tapes)
        )
        if tapes:
            made = tuple(Gate(t, "tape", (), (), None, True) for t in tapes.values())
            current = replace(current, body=replace(current.body, stmts=made + current.body.stmts))
        if unit.watched is not None:
            current = unwatch(current)
        steps = [("reverse", current), *_optimised(current, unit.mode)]
        variants.append((sum(map(_weight, walk(steps[-1][1].body))), split, steps))
    return min(variants, key=lambda v: v[:2])[2]


def _optimised(function, mode):
    """The passes after the turn, with what each leaves."""
    steps = []
    todo = [
        ("simplify", lambda f: simplify(f, unsaved=mode != "jvp")),
        ("save", lambda f: defined(save(f))),
        ("own", lambda f: simplify(settle(simplify(own(simplify(f)))))),
        ("store", store),
        ("fuse", lambda f: fuse(together(f))),
    ]
    for step, run in todo:
        function = run(function)
        if step == "own" and mode == "vjp":
            function = capture(function)
        steps.append((step, function))
    return steps


def _splittable(function, mode):
    """Whether each branch at the end of the function may have a backward pass of its own."""
    if mode not in ("grad", "value-and-grad") or len(function.body.stmts) < 2:
        return False
    last, result = function.body.stmts[-2:]
    stmts = list(walk(function.body))
    plain = len(stmts) < 60 and not any(
        isinstance(s, (For, While)) or isinstance(s, Gate) and s.op == "call" for s in stmts
    )
    return (
        plain
        and isinstance(last, If)
        and not way(last)
        and bool(result.values)
        and all(v in last.outs for v in result.values)
    )


def _weight(stmt):
    """How much text a statement is, roughly: what it reads, and the assignments at its blocks' ends."""
    if is_turn(stmt):
        return 0
    ends = [y for b in blocks(stmt) for y in b.yields]
    return 2 + sum(size(o) for o in operands(stmt)) + sum(2 + size(y) for y in ends)


def changed_parameters(unit: Unit) -> list[str]:
    """The parameters whose memory the function changes."""
    aliases = Aliases(unit.staged.function.body)
    trees = unit.staged.leaves.items()
    stmts = walk(unit.staged.function.body)
    assigned = {s.args[0] for s in stmts if isinstance(s, Gate) and s.op == "setattr"}
    return [
        n
        for n, tree in trees
        if any(map(aliases.is_memory, leaves_of(tree))) or assigned & set(sources_of(tree))
    ]
