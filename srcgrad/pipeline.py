"""The passes in their order, from a function to the text of its gradient.

`PASSES` is the way through the house; `show` prints what any of them leaves behind.
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass, field, replace
from types import FunctionType

from srcgrad.arguments import kind_of_argument
from srcgrad.build import Builder, kind_of
from srcgrad.callees import Callees, _Calls
from srcgrad.emit.module import EMITTED, module, supporting
from srcgrad.emit.support import stop_gradient
from srcgrad.errors import ArgumentError, CannotDifferentiate, NonScalarOutput, Problem
from srcgrad.ir import For, Gate, If, While, blocks, dump, map_stmt, operands, walk, way
from srcgrad.kinds import FLOAT, Kind, List, Scalar
from srcgrad.memory import Aliases
from srcgrad.passes.activity import activity
from srcgrad.passes.alias import alias
from srcgrad.passes.capture import capture
from srcgrad.passes.demand import demand
from srcgrad.passes.fence import fence
from srcgrad.passes.forward import forward
from srcgrad.passes.fuse import fuse, size
from srcgrad.passes.idioms import idioms
from srcgrad.passes.normalise import normalise
from srcgrad.passes.own import own
from srcgrad.passes.reverse import reverse
from srcgrad.passes.save import save
from srcgrad.passes.settle import settle
from srcgrad.passes.simplify import simplify
from srcgrad.passes.stage import Staged, stage
from srcgrad.passes.store import store
from srcgrad.results import Finish, leaves_of
from srcgrad.source import Source, read

PASSES = (
    "source", "fence", "normalise", "stage", "alias", "activity", "idioms", "reverse",
    "simplify", "save", "own", "store", "fuse", "emit",
)  # fmt: skip
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
    source: Source | None = None
    staged: Staged | None = None
    callees: Callees | None = None
    text: str = ""

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

    def is_stop_gradient(self, value) -> bool:
        """Whether a function is `stop_gradient`: srcgrad's own, or the one that a text carries.

        What is called so and returns its argument can mean nothing else, wherever it was written.
        """
        if not isinstance(value, FunctionType):
            return False
        code, ours = value.__code__, stop_gradient.__code__
        return (
            code.co_name == ours.co_name and code.co_argcount == 1 and code.co_code == ours.co_code
        )


_prepared: dict = {}


def prepared(function, source: Source | None = None) -> tuple[Source, ast.FunctionDef]:
    """A function's source and its normal form, fenced."""
    key = function.__code__
    if key not in _prepared or _prepared[key][0].function is not function:
        source = source or read(function)
        fence(source)
        _prepared[key] = (source, normalise(source.tree))
    return _prepared[key]


def build(unit: Unit, until: str = "emit") -> Unit:
    """Run the passes up to one of them, and keep in `unit.stages` what each leaves.

    Raises CannotDifferentiate, or NonScalarOutput where a gradient is asked of what is no number.
    """
    for step, result in _passes(unit):
        unit.stages[step] = result
        if step == until:
            break
    return unit


def _passes(unit):
    held = _prepared.get(getattr(unit.function, "__code__", None))
    source = held[0] if held and held[0].function is unit.function else read(unit.function)
    unit.source = source
    yield "source", source.tree
    _check_signature(source)
    source, tree = prepared(unit.function, source)
    yield "fence", source.tree
    yield "normalise", tree
    unit.staged = _swept(stage(source, tree, unit.kinds, Context(unit.examples)))
    yield "stage", unit.staged.function
    function, aliases = alias(unit.staged.function)
    yield "alias", function
    unit.callees = Callees(unit.staged.callees, lambda f: _optimised(f, unit.mode)[-1][1])
    finish = Finish(unit.staged, unit.wrt, unit.bare, unit.mode)
    function = _with_entry_lengths(function, aliases, finish)
    found = activity(function, finish.targets, aliases)
    finish.used = found.useful
    yield "activity", (function, found)
    _check_result(unit, function)
    unit.callees.plan(function, found)
    function = idioms(function)
    yield "idioms", function
    if unit.mode == "jvp":
        extra, dots = finish.tangent_params()
        steps = [("reverse", forward(function, found, dots, extra, _Tangent(finish), unit.callees))]
        steps += _optimised(steps[0][1], unit.mode)
    else:
        steps = _reversed(unit, function, found, finish)
    yield from steps
    unit.text = _text(unit, steps[-1][1])
    yield "emit", unit.text


def _swept(staged):
    """What was staged, without what nothing needs: a variable that no turn of a loop reads is not carried."""
    for callee in staged.callees:
        callee.function = simplify(demand(callee.function), primal=True)
    return replace(staged, function=simplify(demand(staged.function), primal=True))


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


def _check_result(unit, function):
    result = function.body.stmts[-1]
    plain = unit.staged.shape is None and len(result.values) == 1
    if (
        unit.mode not in ("grad", "value-and-grad")
        or plain
        and isinstance(kind_of(result.values[0]), Scalar)
    ):
        return
    what = kind_of(result.values[0]) if plain else "a container" if result.values else "nothing"
    location = result.loc[0].location(result.loc[1])
    raise NonScalarOutput(
        str(
            Problem(
                location,
                f"`{unit.function.__name__}` returns {what}, and a gradient is that of a number",
                "use srcgrad.vjp for a cotangent of that structure, or srcgrad.jvp for a direction; "
                "a jacobian is a row of such",
            )
        )
    )


def _reversed(unit, function, found, finish):
    """The backward pass in the shape that is shorter: joined, or one for each branch at the end."""
    variants = []
    for split in (False, True):
        if split and not _splittable(function, unit.mode):
            continue
        tapes: dict = {}
        mode = "vjp" if unit.mode == "vjp" else "grad"
        current = reverse(
            function, found, finish.targets, finish, mode, split, _Calls(unit.callees, tapes)
        )
        if tapes:
            made = tuple(Gate(t, "tape", (), (), None, True) for t in tapes.values())
            current = replace(current, body=replace(current.body, stmts=made + current.body.stmts))
        steps = [("reverse", current), *_optimised(current, unit.mode)]
        variants.append((sum(map(_weight, walk(steps[-1][1].body))), split, steps))
    return min(variants, key=lambda v: v[:2])[2]


def _optimised(function, mode):
    """The passes after the turn, with what each leaves."""
    steps = []
    todo = [
        ("simplify", simplify),
        ("save", save),
        ("own", lambda f: simplify(settle(simplify(own(simplify(f)))))),
        ("store", store),
        ("fuse", fuse),
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
    if isinstance(stmt, Gate) and stmt.op == "turn":
        return 0
    ends = [y for b in blocks(stmt) for y in b.yields]
    return 2 + sum(size(o) for o in operands(stmt)) + sum(2 + size(y) for y in ends)


def changed_parameters(unit: Unit) -> list[str]:
    """The parameters whose memory the function changes."""
    aliases = Aliases(unit.staged.function.body)
    trees = unit.staged.leaves.items()
    return [n for n, tree in trees if any(aliases.is_memory(leaf) for leaf in leaves_of(tree))]


# ---------------------------------------------------------------- text


def _text(unit, function, comments=True) -> str:
    function = unit.callees.primal_calls(function)
    helpers = unit.callees.definitions(unit.mode)
    _check_hidden(unit, supporting([function, *(h[2] for h in helpers)]))
    function = replace(function, name=unit.name)
    signature = _signature(unit)
    if unit.mode == "jvp":
        signature.posonlyargs, signature.kwonlyargs, signature.kw_defaults, signature.defaults = (
            [],
            [],
            [],
            [],
        )
        names = [v.hint for v in function.params]
        signature.args = [ast.arg(n) for n in names]
    return module(
        function, signature, helpers, unit.staged.externals, {unit.function.__name__}, comments
    )


def _check_hidden(unit, support):
    """Refuse parameters whose names the generated text needs for something else."""
    args = unit.source.tree.args
    hidden = [
        a
        for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)
        if a.arg in EMITTED | support or a.arg in unit.staged.externals
    ]
    if hidden:
        what = "the parameter `{}` hides a name that the gradient needs"
        problems = [
            Problem(unit.source.location(a), what.format(a.arg), "rename the parameter")
            for a in hidden
        ]
        raise CannotDifferentiate(tuple(problems))


def _signature(unit) -> ast.arguments:
    """The parameters as the original writes them, with defaults where they are literals."""
    args = unit.source.tree.args
    new = ast.arguments([], [], None, [], [], None, [])
    new.posonlyargs = [ast.arg(a.arg) for a in args.posonlyargs]
    # all are passed by position, so those that were by keyword only come last
    new.args = [ast.arg(a.arg) for a in (*args.args, *args.kwonlyargs)]
    defaults = [*args.defaults, *args.kw_defaults]
    if len(args.kwonlyargs) and len(args.defaults) < len(args.args):
        defaults = args.kw_defaults
    for d in defaults:
        new.defaults = [*new.defaults, d] if d is not None and _is_literal(d) else []
    return new


def _is_literal(node) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


# ---------------------------------------------------------------- show


def show(function, known, wrt, mode: str = "grad", stage: str | None = None) -> str:
    """The text that `srcgrad show` prints: the gradient, or what a pass leaves behind.

    Parameters: `known`, example arguments by name; what is missing is taken for a float.
    """
    from srcgrad.emit.text import formatted

    unit = build(unit_for(function, known, wrt, mode), stage or "emit")
    result = unit.stages[stage or "emit"]
    if isinstance(result, str):
        return formatted(result)
    if isinstance(result, ast.AST):
        return ast.unparse(ast.fix_missing_locations(result)).replace("%", "_") + "\n"
    if stage == "stage":
        return formatted(staged_text(unit))
    if isinstance(result, tuple):
        return dump(result[0]) + _activity_table(result[1])
    return dump(result)


def _activity_table(found):
    def hints(values):
        return ", ".join(sorted({v.hint for v in values})) or "nothing"

    both = found.varied & found.useful
    return f"varied: {hints(found.varied)}\nuseful: {hints(found.useful)}\nactive: {hints(both)}\n"


def staged_text(unit: Unit) -> str:
    """The staged function as Python: one gate a line."""
    function = undemanded(unit.staged.function)
    return module(function, _signature(unit), [], unit.staged.externals, (), comments=False)


def undemanded(function):
    """The function without demands, as the user wrote it."""

    def block(b):
        stmts = [s for s in b.stmts if not isinstance(s, Gate) or s.op != "demand"]
        return replace(b, stmts=tuple(map_stmt(s, lambda o: o, block) for s in stmts))

    return replace(function, body=block(function.body))


def unit_for(function, known, wrt, mode) -> Unit:
    """A compilation for example arguments by name."""
    kinds = {}
    for n, p in inspect.signature(function).parameters.items():
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
    try:
        parameters = inspect.signature(function).parameters
    except (ValueError, TypeError):
        raise ArgumentError(
            f"{function!r} has no signature, so it cannot be differentiated: wrap it in a function"
        ) from None
    names = [n for n, p in parameters.items() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if wrt is None:
        chosen = tuple(n for n in names if parameters[n].default is parameters[n].empty)
        if chosen[:1] in (("self",), ("cls",)) and chosen[0] == names[0]:
            chosen = chosen[1:]
        if not chosen:
            raise ArgumentError(
                f"`{function.__name__}` has no parameter without a default: say wrt="
            )
        return chosen, len(chosen) == 1
    single = isinstance(wrt, (str, int))
    if not single and not isinstance(wrt, (tuple, list)):
        raise ArgumentError(f"wrt takes a name, a position or a tuple of them, not {wrt!r}")
    chosen = tuple(_parameter(function, names, w) for w in ((wrt,) if single else tuple(wrt)))
    if len(set(chosen)) < len(chosen):
        raise ArgumentError(f"wrt={wrt!r} names a parameter twice")
    return chosen, single


def _parameter(function, names, w) -> str:
    if isinstance(w, bool) or not isinstance(w, (str, int)):
        raise ArgumentError(f"wrt takes names or positions, not {w!r}")
    if isinstance(w, int):
        if not -len(names) <= w < len(names):
            raise ArgumentError(f"wrt={w}: `{function.__name__}` has {len(names)} parameters")
        return names[w]
    if w not in names:
        raise ArgumentError(
            f"wrt={w!r}: the parameters of `{function.__name__}` are {', '.join(names)}"
        )
    return w
