"""Gates of the user's own: functions with a rule for their derivative, and `stop_gradient`."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, overload

from srcgrad import rules
from srcgrad.build import Builder
from srcgrad.errors import RuleError
from srcgrad.extents import Extent
from srcgrad.ir import If, Value
from srcgrad.kinds import F8, FLOAT, Array, Scalar, is_numeric
from srcgrad.operands import kind_of
from srcgrad.promotion import floating, promote
from srcgrad.rules import record
from srcgrad.rules.record import Rule
from srcgrad.ruletexts import Given, Texts

F = TypeVar("F", bound=Callable)
T = TypeVar("T")
_D = Given | Sequence[Given]
_V = Mapping[str, str | Callable] | Callable | None

# what a gate returns, in the user's words
KINDS = {
    "float": "gate_float",
    "elementwise": "gate_elementwise",
    "ufunc": "gate_ufunc",
    "like": "gate_like",
}


@overload
def primitive(
    function: F,
    *,
    d: _D = ...,
    where: str = ...,
    vjp: _V = ...,
    jvp: str | Callable | None = ...,
    kind: str = ...,
    signature: str | None = ...,
) -> F: ...
@overload
def primitive(
    function: None = None,
    *,
    d: _D = ...,
    where: str = ...,
    vjp: _V = ...,
    jvp: str | Callable | None = ...,
    kind: str = ...,
    signature: str | None = ...,
) -> Callable[[F], F]: ...
def primitive(
    function=None,
    *,
    d: _D = None,
    where: str = "",
    vjp: _V = None,
    jvp: str | Callable | None = None,
    kind: str = "float",
    signature: str | None = None,
):
    """Make a function a gate: one step of the circuit, which carries its own derivative.

    The compiler then calls the function as it is and takes the derivative from the rule; what the
    function does inside is its own business. Use it for what cannot be differentiated (a C
    function, a table, a root finder), or what is better differentiated by hand. The function must
    be pure: it is called as often as the gradient needs its value. It must not change its
    arguments, and an array that it returns must be new.

    A rule is written in text: expressions of the function's parameters, of `out` (its result), of
    what `where` defines, and of functions of `math` and `np`. In the place of a text may stand a
    function that returns the expression, with parameters of the same names; it may assign to
    variables before. It is read, and never called.

    Parameters
    ----------
    function
        The function, also one that is not yours: ``primitive(module.function, d="...")``. Left
        out, `primitive` is a decorator.
    d
        The partial derivatives of a function of numbers, one text for each parameter, in their
        order; a bare text where there is one parameter. None marks a parameter that cannot be
        differentiated: a gradient that would depend on it is refused. A derivative that is zero
        is "0.0". Or one function for all, which returns a tuple.
    where
        What several texts have in common: ``"u = x * x + y * y; r = math.sqrt(u)"``.
    vjp
        In place of `d`, for functions of arrays: by parameter, the cotangent of that parameter
        from `dout`, the cotangent of the result. Parameters left out cannot be differentiated. Or
        one function of `dout` that returns a tuple with a cotangent, or None, for each parameter.
    jvp
        In place of `d`, for forward mode: the tangent of the result from those of the parameters,
        `x_dot` for a parameter `x`, as a sum with one term for each. With `vjp` alone, forward mode
        refuses the gate; with `jvp` alone, reverse mode does.
    kind
        What the function returns: ``"float"``, a Python float (from numbers only, in a rule by
        `d`); ``"elementwise"``, a float from numbers and an array from arrays, which broadcast;
        ``"ufunc"``, the same, but numbers give NumPy's float64; ``"like"``, a value of the kind
        and shape of the first argument; ``"like x @ w"``, of those of an expression. A gate
        returns one number or one array: a tuple, list or dict is refused.
    signature
        The parameters, as in ``"x, y"``, of a function that does not tell them to `inspect`.

    Returns
    -------
    function
        The function itself, unchanged.

    Raises
    ------
    RuleError
        If the rule is wrong: a text that does not parse, that reads an unknown name or calls a
        function without a rule; partials that do not match the parameters; or if this very
        function has a rule already. A *new* function of the same name (a notebook's cell that is
        run again, a function made in a factory) is a gate of its own, and the rule of the one that
        it replaces is forgotten together with that one.

    Notes
    -----
    Where a gate's definition needs nothing but `math`, modules and builtins, generated text carries
    it along; else the text imports it. Text that was written to a file knows nothing of the rule:
    if it is differentiated once more, so is the definition.

    Examples
    --------
    >>> import math
    >>> from srcgrad import grad
    >>> @primitive(d="(1 - out) * out")
    ... def sigmoid(x):
    ...     return 1.0 / (1 + math.exp(-x))
    >>> def loss(x):
    ...     return 8.0 * sigmoid(x - 1.0)
    >>> grad(loss)(1.0)
    2.0

    A function of two numbers, whose partial derivatives share a part:

    >>> @primitive(where="u = x * x + y * y", d=("x / u", "y / u"))
    ... def log_radius(x, y):
    ...     return 0.5 * math.log(x * x + y * y)
    >>> grad(lambda x, y: log_radius(x, y))(3.0, 4.0)
    (0.12, 0.16)
    """
    if function is None:
        return lambda f: primitive(
            f, d=d, where=where, vjp=vjp, jvp=jvp, kind=kind, signature=signature
        )
    label, facts = declaration(function, kind, signature)
    if (d is None) == (vjp is None and jvp is None):
        raise RuleError(f"the rule of `{label}` is given by `d`, or by `vjp` and `jvp`")
    texts = _texts(d, where, vjp, jvp, [name for name, _ in facts["params"]], label)
    rule = Rule(
        flavour="vjp" if d is None else "scalar",
        d=dict(texts.d),
        jvp=texts.jvp,
        where=tuple(texts.where.items()),
        nondiff=_nondifferentiable(texts),
        **facts,
    )
    _check(rule, label)
    record.check(rule)
    return enter(rule, function)


def stop_gradient(x: T) -> T:
    """x itself, taken for a constant by whatever is differentiated.

    Parameters
    ----------
    x
        A number, an array, a list, or a tuple of these.

    Returns
    -------
    object
        x. Its derivative is zero, in all modes and in derivatives of derivatives.

    Raises
    ------
    CannotDifferentiate
        When a gradient is compiled: if x is memory that the function changes in place.

    Examples
    --------
    >>> from srcgrad import grad
    >>> def f(x):
    ...     return x * stop_gradient(x)
    >>> f(3.0), grad(f)(3.0)
    (9.0, 3.0)
    """
    return x


# ---------------------------------------------------------------- reading a rule


def declaration(function, kind: str, signature: str | None) -> tuple[str, dict[str, Any]]:
    """What messages call a function that becomes a gate, and what its rule says but for the derivative.

    Raises RuleError where it has a rule, or its parameters are not known, or `kind` is not.
    """
    label = label_of(function)
    if rules.name_of(function) is not None:
        raise RuleError(f"there is a rule for `{label}` already")
    kind, like = _kind(kind, label)
    text = _signature(function, label) if signature is None else signature
    params = record.parameters(text, label)
    facts = {"name": _unused(label), "params": params, "kind": kind, "like": like}
    return label, facts | {"positional": record.positional(text)}


def enter(rule: Rule, function):
    """Let the function have the rule, from now on."""
    record.register(rule)
    rules.claim(function, rule.name)
    return function


def label_of(function) -> str:
    """What messages call the function: its module and qualified name."""
    if not callable(function) or not hasattr(function, "__name__"):
        raise RuleError(f"a gate is a function with a name, not {function!r}")
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", function.__name__)
    return f"{module}.{name}" if module else name


def _unused(label) -> str:
    """The name of a rule; numbered where another live function has the same name."""
    label = label.replace("<lambda>", "lambda")
    module, _, name = label.rpartition(".")
    taken, k = f"user.{label}", 1
    while taken in record.TABLE:
        k += 1
        taken = f"user.{module}#{k}.{name}"
    return taken


def _signature(function, label) -> str:
    """The parameters as text, with the defaults that are literals."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        raise RuleError(f"the parameters of `{label}` are not known: say signature=") from None
    parts = []
    starred = False
    for p in parameters:
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            raise RuleError(
                f"the gate `{label}` takes `{p}`: a gate has a fixed number of parameters"
            )
        if p.kind is p.KEYWORD_ONLY and not starred:
            starred = True
            parts.append("*")
        parts.append(p.name if p.default is p.empty else f"{p.name}={_literal(p, label)}")
    return ", ".join(parts)


def _literal(parameter, label) -> str:
    text = repr(parameter.default)
    try:
        ast.literal_eval(text)
    except (SyntaxError, ValueError):
        raise RuleError(
            f"the gate `{label}`: the default of `{parameter.name}` is not a literal"
        ) from None
    return text


def _texts(d, where, vjp, jvp, names, label) -> Texts:
    """What a rule says, whether it was given as text or as functions."""
    texts = Texts(label, names, dict(record.definitions(where, label)))
    if d is not None:
        texts.partials(d)
    elif vjp is not None:
        texts.partials(vjp, ["dout"])
    if jvp is not None:
        texts.jvp = texts.expression(jvp, [f"{n}_dot" for n in names])
    return texts


def _nondifferentiable(texts: Texts) -> frozenset[str]:
    """The parameters without a derivative; of a rule by `jvp` alone, those without a tangent."""
    if texts.d or texts.jvp is None:
        return frozenset(texts.names) - frozenset(texts.d)
    reads = {n.id for n in ast.walk(texts.jvp) if isinstance(n, ast.Name)}
    return frozenset(n for n in texts.names if f"{n}_dot" not in reads)


def _kind(kind: str, label: str) -> tuple[str, Any]:
    """The kind rule for a gate's result, and the expression whose kind it takes, if any."""
    if kind in KINDS:
        return KINDS[kind], None
    head, _, text = kind.partition(" ")
    if head == "like" and text.strip():
        return "gate_like_expression", record.expression(text, label)
    raise RuleError(
        f"the rule of `{label}`: kind={kind!r} is none of {', '.join(KINDS)}, like <expression>"
    )


# ---------------------------------------------------------------- checking a rule


def _check(rule: Rule, label: str) -> None:
    """Whether the compiler can make gates of the texts; raises RuleError."""
    given = [*rule.names, *(n for n, _ in rule.where)]
    for name in given:
        if name in ("out", "dout", "math", "np") or given.count(name) > 1:
            raise RuleError(f"the rule of `{label}`: `{name}` means something else already")
    for name in rule.d:
        if name not in rule.names:
            raise RuleError(f"the rule of `{label}`: there is no parameter `{name}`")
    if rule.nondiff == {*rule.names}:
        raise RuleError(f"the rule of `{label}` has no derivative by any parameter")
    known = {*rule.names, "out"}
    for name, text in rule.where:
        _check_text(text, known, label)
        known.add(name)
    dots = {f"{n}_dot" for n in rule.names if n not in rule.nondiff}
    for partial in rule.d.values():
        _check_text(partial, known | ({"dout"} if rule.flavour == "vjp" else set()), label)
    if rule.jvp is not None:
        _check_text(rule.jvp, known | dots, label)
    if rule.like is not None:
        _check_text(rule.like, {*rule.names}, label)
    if rule.flavour == "scalar":
        samples = [FLOAT] if rule.kind == "gate_float" else [FLOAT, Array("f8", (Extent("n"),))]
        for sample in samples:
            _try(rule, sample, label)


_POSSIBLE = (
    ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp,
    ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.Call,
)  # fmt: skip


def _check_text(tree, known, label) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and not isinstance(node, _POSSIBLE):
            raise RuleError(
                f"the rule of `{label}`: `{ast.unparse(node)}` is not possible: a rule is made of "
                "arithmetic, calls, subscripts and `… if … else …`"
            )
        match node:
            case ast.Name(id=name) if name not in {
                *known,
                *record.FORMS,
                *record.MACROS,
                *record.CALLED,
            } | {
                "math",
                "np",
            }:
                names = ", ".join(f"`{n}`" for n in sorted(known))
                message = f"the rule of `{label}` reads `{name}`, which is none of {names}"
                raise RuleError(message)
            case ast.Call():
                path = ast.unparse(node.func)
                full = path.replace("np.", "numpy.", 1) if "." in path else f"builtins.{path}"
                count = len(node.args) + len(node.keywords)
                if (
                    path not in {*record.FORMS, *record.MACROS}
                    and rules.lookup(full, count) is None
                ):
                    raise RuleError(
                        f"the rule of `{label}` calls `{path}`, which itself has no rule"
                    )
            case ast.Compare(ops=[_, _, *_]) | ast.BoolOp():
                raise RuleError(
                    f"the rule of `{label}`: `{ast.unparse(node)}` is written with `… if … else …`"
                )


def _try(rule, sample, label) -> None:
    """Make gates of the texts for arguments of one kind, and throw them away."""
    env = {n: Value(n, sample) for n in (*rule.names, "out")}
    texts: list[tuple[str, Any]] = [*rule.where, *rule.d.items()]
    for name, text in texts:
        reads = {n.id for n in ast.walk(text) if isinstance(n, ast.Name)}
        if reads & rule.nondiff:
            continue  # of a kind of its own
        builder = Builder(adjoint=True)
        try:
            env[name if name not in rule.d else f"d/d{name}"] = builder.text(text, env)
        except Exception as error:
            raise RuleError(
                f"the rule of `{label}`: `{ast.unparse(text)}` is not possible: {error}"
            ) from None
        if any(isinstance(s, If) and isinstance(kind_of(s.test), Array) for s in builder.stmts):
            raise RuleError(
                f"the rule of `{label}`: `{ast.unparse(text)}` of arrays is written with np.where"
            )


# ---------------------------------------------------------------- the kinds of results


def _differentiable(rule, args, kind_of):
    """The kinds of the arguments that have a derivative, or None where one has no numbers.

    A solver takes what it likes: the derivative is that of what it solves.
    """
    if rule.implied is not None:
        return [k for k in map(kind_of, args.values()) if is_numeric(k)]
    kinds = [kind_of(a) for n, a in args.items() if n not in rule.nondiff]
    return kinds if kinds and all(map(is_numeric, kinds)) else None


@record.kind_rule
def gate_float(rule, args, kind_of):
    kinds = _differentiable(rule, args, kind_of)
    if kinds is None or rule.flavour == "scalar" and not all(isinstance(k, Scalar) for k in kinds):
        return None
    return FLOAT


@record.kind_rule
def gate_elementwise(rule, args, kind_of):
    if _differentiable(rule, args, kind_of) is None:
        return None
    kinds = [kind_of(a) for a in args.values()]
    return floating(promote(*filter(is_numeric, kinds)))


@record.kind_rule
def gate_ufunc(rule, args, kind_of):
    kind = gate_elementwise(rule, args, kind_of)
    return F8 if kind == FLOAT else kind


@record.kind_rule
def gate_like(rule, args, kind_of):
    if _differentiable(rule, args, kind_of) is None:
        return None
    first = kind_of(next(iter(args.values())))
    return floating(first) if is_numeric(first) else None


@record.kind_rule
def gate_like_expression(rule, args, kind_of):
    if _differentiable(rule, args, kind_of) is None:
        return None
    env = {n: Value(n, kind_of(a)) for n, a in args.items()}
    try:
        kind = kind_of(Builder(adjoint=True).text(rule.like, env))
    except Exception:  # the expression is not possible for these kinds
        return None
    return floating(kind) if is_numeric(kind) else None


__all__ = ["primitive", "stop_gradient"]
