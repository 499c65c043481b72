"""The rule record: what the compiler knows of one function, as readable text parsed once.

    scalar("math.exp",   "x",    d="out")
    scalar("math.atan2", "y, x", where="u = x * x + y * y", d=("x / u", "-y / u"))
    vjp("numpy.sum", "x, axis=None, keepdims=False", x="expand(dout, x, axis, keepdims)", jvp="...")

The names in a rule's text are the function's parameters, `out` (its result), `dout` (the
cotangent of the result), `x_dot` (the tangent of x), and what `where` defines. A derivative that
is zero is declared with `zero`; a function that is not in the table has no rule, and an active
value that reaches it is refused.
"""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

from srcgrad.errors import RuleError

REQUIRED = object()

# what the texts of optional libraries call, by the name that generated text imports it under
LIBRARIES = {
    "special": "scipy.special",
    "interpolate": "scipy.interpolate",
    "integrate": "scipy.integrate",
    "stats": "scipy.stats",
    "linalg": "scipy.linalg",
    "fft": "scipy.fft",
}


@dataclass(frozen=True, eq=False)
class Rule:
    """One function: signature, result kind, aliasing, purity, cost and derivative.

    flavour: `scalar` (partials per argument, both modes), `vjp` (with a `jvp` text), `linear`
    (a `vjp` whose tangent is the function of the tangent), `zero` (derivative zero, declared),
    `expands` and `written` (another spelling of a statement, or of Python).
    alias: `fresh`, or `view` / `maybe view` of the first argument.
    """

    name: str
    params: tuple[tuple[str, object], ...]
    flavour: str
    kind: str
    d: dict[str, object] = field(default_factory=dict)
    jvp: ast.expr | None = None
    where: tuple[tuple[str, ast.expr], ...] = ()
    alias: str = "fresh"
    pure: bool = True
    cheap: bool = False
    nondiff: frozenset[str] = frozenset()
    expands: ast.stmt | None = None
    fused: ast.expr | None = None
    like: ast.expr | None = None  # of a gate: an expression of the kind and shape of its result
    positional: int = 99  # how many arguments may be given by position
    written: Callable | None = None  # what it is in Python
    implied: tuple[str, Callable] | None = None  # of a solver: the rule, and what its result solves

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.params)


TABLE: dict[str, Rule] = {}

# rules that hold for complex numbers, too (see docs/complex.md): those of `:complex` names are for these alone
COMPLEX: set[str] = set()

# functions of several results: a container, and the rule of each part by its key
PARTS: dict[str, tuple[type, dict[object, str]]] = {}

# of these, those that give one result where a parameter has one of some values: then the rule counts
ALONE: dict[str, tuple[str, tuple]] = {}

# functions that take several parameters of their rule as one tuple: the place of the first, and of
# the first after them
TOGETHER: dict[str, tuple[int, int]] = {}

# functions that have another rule, of this name behind a colon, where an argument is not as it says
# here: a number where that is `NUMBER`, none where it is `ARRAY`, this literal, or one of these
OTHERWISE: dict[str, tuple[str, dict[str, object]]] = {}
NUMBER, ARRAY = object(), object()


def expression(text: str, name: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise RuleError(f"the rule of `{name}` has a syntax error: {text!r}: {error.msg}") from None


def parameters(signature: str, name: str) -> tuple[tuple[str, object], ...]:
    """The parameters that a signature text names: (name, default), REQUIRED where none."""
    try:
        arguments = _arguments(signature)
    except SyntaxError as error:
        raise RuleError(f"the signature of `{name}` is wrong: {signature!r}: {error.msg}") from None
    plain = [a.arg for a in arguments.args]
    defaults = [REQUIRED] * (len(plain) - len(arguments.defaults))
    defaults += [ast.literal_eval(d) for d in arguments.defaults]
    only = [a.arg for a in arguments.kwonlyargs]
    defaults += [REQUIRED if d is None else ast.literal_eval(d) for d in arguments.kw_defaults]
    return tuple(zip(plain + only, defaults))


def positional(signature: str) -> int:
    """How many parameters come before a `*`."""
    return len(_arguments(signature).args)


@functools.lru_cache
def _arguments(signature: str) -> ast.arguments:
    return ast.parse(f"def f({signature}): pass").body[0].args  # type: ignore[attr-defined]


def definitions(text: str, name: str) -> tuple[tuple[str, ast.expr], ...]:
    """`u = x * x; v = u + 1` as pairs of a name and an expression."""
    out = []
    for part in filter(None, map(str.strip, text.split(";"))):
        target, eq, value = part.partition("=")
        if not eq or not target.strip().isidentifier():
            raise RuleError(f"the rule of `{name}`: `where` takes `u = expression`, not {part!r}")
        out.append((target.strip(), expression(value, name)))
    return tuple(out)


def register(rule: Rule) -> Rule:
    """Put a rule into the table; raises RuleError where there is one already."""
    if rule.name in TABLE:
        raise RuleError(f"there is a rule for `{rule.name}` already")
    TABLE[rule.name] = rule
    return rule


def snapshot() -> dict[str, Rule]:
    """The table as it is now, to be gone through.

    Meanwhile it may change: rules of so many arguments are made when a thread asks for them, and a
    gate's goes with the gate, which may be whenever Python collects garbage. A copy is one step.
    """
    return TABLE.copy()


def check(rule: Rule) -> None:
    """Raise RuleError where a rule's texts read what it does not define.

    Not part of `register`: our own tables are checked by the tests, not at each import.
    """
    allowed = {*rule.names, *(f"{n}_dot" for n in rule.names), *(n for n, _ in rule.where)}
    allowed |= {"out", "dout", "np", "math", *CALLED, *FORMS, *MACROS, *LIBRARIES}
    texts = [d for d in rule.d.values() if isinstance(d, ast.expr)]
    texts += [c for d in rule.d.values() if isinstance(d, dict) for c in d.values()]
    for text in texts + [e for _, e in rule.where]:
        nodes = [n for n in ast.walk(text) if isinstance(n, ast.Name)]
        bound = {n.id for n in nodes if isinstance(n.ctx, ast.Store)}  # by a comprehension
        for node in nodes:
            if node.id not in allowed | bound:
                raise RuleError(
                    f"the rule of `{rule.name}` reads `{node.id}`, which it does not define"
                )
    unknown = set(rule.d) - set(rule.names)
    if unknown:
        raise RuleError(f"the rule of `{rule.name}` has no parameter {', '.join(sorted(unknown))}")


# what `Builder.text` reads itself
FORMS = {"formula", "choose", "len"}
MACROS: dict[str, Callable] = {}
# builtins that a text may call
CALLED = set("abs round min max float int sum zip enumerate dict range".split())


def scalar(name, signature, d, where="", kind="float", **facts) -> Rule:
    """A rule by scalar partials: one text per parameter, in their order. Serves both modes.

    >>> scalar("mine.cube", "x", d="3 * x * x").flavour
    'scalar'
    """
    params = parameters(signature, name)
    texts = (d,) if isinstance(d, str) else tuple(d)
    if len(texts) != len(params):
        raise RuleError(
            f"the rule of `{name}` gives {len(texts)} partials for {len(params)} parameters"
        )
    partials = {p: expression(t, name) for (p, _), t in zip(params, texts) if t is not None}
    nondiff = frozenset(p for (p, _), t in zip(params, texts) if t is None)
    return register(
        Rule(
            name,
            params,
            "scalar",
            kind,
            partials,
            where=definitions(where, name),
            nondiff=nondiff,
            positional=positional(signature),
            **facts,
        )
    )


def vjp(name, signature, kind, jvp, where="", nondiff=(), **texts) -> Rule:
    """A rule by pullback texts, one a parameter; a dict of texts chooses by the ranks of the arguments.

    The remaining parameters are not differentiated; they are named in `nondiff` or have defaults.
    """
    params = parameters(signature, name)
    facts = {k: texts.pop(k) for k in ("alias", "pure", "cheap") if k in texts}
    d = {
        p: {k: expression(t, name) for k, t in text.items()}
        if isinstance(text, dict)
        else expression(text, name)
        for p, text in texts.items()
    }
    left = frozenset(p for p, _ in params if p not in d)
    return register(
        Rule(
            name,
            params,
            "vjp",
            kind,
            d,
            expression(jvp, name),
            definitions(where, name),
            nondiff=left,
            positional=positional(signature),
            **facts,
        )
    )


def linear(name, signature, kind, **texts) -> Rule:
    """A rule for a function that is linear in its first parameter: its tangent is itself."""
    params = parameters(signature, name)
    first = params[0][0]
    path = name.replace("numpy.", "np.", 1).removeprefix("scipy.")
    rest = "".join(f", {p}={p}" for p, _ in params[1:])
    return vjp(name, signature, kind, f"{path}({first}_dot{rest})", **texts)


def zero(name, signature, kind, **facts) -> Rule:
    """A function whose derivative is zero wherever it has one: a declaration, not an omission."""
    params = parameters(signature, name)
    return register(
        Rule(
            name,
            params,
            "zero",
            kind,
            nondiff=frozenset(p for p, _ in params),
            positional=positional(signature),
            **facts,
        )
    )


def expands(name, signature, text) -> Rule:
    """A function that is nothing but another spelling of a statement, such as `x[...] = value`."""
    params = parameters(signature, name)
    return register(Rule(name, params, "expands", "none", expands=ast.parse(text).body[0]))


KINDS: dict[str, Callable] = {}


def kind_rule(function):
    """Register a function (rule, arguments by name, kind-of-operand) -> result kind under its name."""
    return _named(function, KINDS)


def macro(function):
    """Register a function (builder, operands) -> operand that the texts of rules may call."""
    return _named(function, MACROS)


def _named(function, table):
    name = function.__name__.strip("_")
    if name in table:
        raise RuleError(f"there is a `{name}` already: two tables would share one by mistake")
    table[name] = function
    return function


def written(name, **facts):
    """A function that is written in Python in terms of others: it is inlined like a helper.

    >>> @written("mine.double")
    ... def double(x):
    ...     return x + x
    >>> TABLE["mine.double"].flavour
    'written'
    """

    def enter(function):
        given = inspect.signature(function).parameters.values()
        params = tuple((p.name, REQUIRED if p.default is p.empty else p.default) for p in given)
        places = sum(p.kind is not p.KEYWORD_ONLY for p in given)
        places = 99 if any(p.kind is p.VAR_POSITIONAL for p in given) else places
        register(
            Rule(name, params, "written", "none", written=function, positional=places, **facts)
        )
        return function

    return enter
