"""Solvers as gates: the derivative of what they find, by the theorem of implicit functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TypeVar, overload

from srcgrad.errors import RuleError, did_you_mean
from srcgrad.gates import declaration, enter
from srcgrad.rules.record import Rule

F = TypeVar("F", bound=Callable)


@overload
def implicit_root(
    residual: Callable, solver: F, *, kind: str = ..., signature: str | None = ...
) -> F: ...
@overload
def implicit_root(
    residual: Callable, solver: None = None, *, kind: str = ..., signature: str | None = ...
) -> Callable[[F], F]: ...
def implicit_root(residual, solver=None, *, kind="float", signature=None):
    """Make a function that finds a root a gate, whose derivative is that of the root.

    Where ``residual(x, p) == 0`` holds for all p, the root moves by
    ``dx/dp = -(dr/dx)^-1 dr/dp``, however it was found: by bisection, by Newton's method, by a
    library. The solver is called as it is and need not be differentiable; nothing of its
    iterations is kept. What is differentiated is the residual, at the root: it is read, and its
    derivatives stand in the generated text.

    Parameters
    ----------
    residual
        What the solver makes zero: a Python function, or a lambda, of the root and of parameters
        of the solver, *by their names*. Its value is a float, or, for a vector, an array of the
        same length. It must be pure.
    solver
        The function that finds the root: a float, or an array with one axis. Left out,
        `implicit_root` is a decorator. A parameter that the residual does not take has no
        derivative, and is refused where it varies. A first guess on which the root does not
        depend may be taken and left unused.
    kind
        What the solver returns, as for `primitive`: "float", or "like x0" for an array of the
        kind and shape of the parameter `x0`.
    signature
        The parameters, as in ``"a, b"``, of a solver that does not tell them to `inspect`.

    Returns
    -------
    function
        The solver itself, unchanged.

    Raises
    ------
    RuleError
        If the residual is no function with source, if it takes what the solver does not, or if
        the solver has a rule already.
    ZeroDivisionError, numpy.linalg.LinAlgError
        When the gradient is called: at a multiple root, whose derivative is infinite.

    Examples
    --------
    Kepler's equation, solved by bisection:

    >>> import math
    >>> from srcgrad import grad
    >>> @implicit_root(lambda E, M, e: E - e * math.sin(E) - M)
    ... def eccentric_anomaly(M, e):
    ...     lo, hi = M - 1.0, M + 1.0
    ...     for _ in range(60):
    ...         E = 0.5 * (lo + hi)
    ...         lo, hi = (E, hi) if E - e * math.sin(E) < M else (lo, E)
    ...     return E
    >>> dE = grad(eccentric_anomaly)
    >>> [round(d, 9) for d in dE(math.pi / 2 - 0.5, 0.5)]     # 1 / (1 - e cos E), sin E / (1 - e cos E)
    [1.0, 1.0]
    """
    return _solving("implicit.root", residual, solver, kind, signature)


@overload
def implicit_fixed_point(
    function: Callable, solver: F, *, kind: str = ..., signature: str | None = ...
) -> F: ...
@overload
def implicit_fixed_point(
    function: Callable, solver: None = None, *, kind: str = ..., signature: str | None = ...
) -> Callable[[F], F]: ...
def implicit_fixed_point(function, solver=None, *, kind="float", signature=None):
    """Make a function that finds a fixed point a gate, whose derivative is that of the fixed point.

    Where ``x == function(x, p)`` holds for all p, ``dx/dp = (1 - df/dx)^-1 df/dp``. All else is
    as with `implicit_root`, whose residual is ``x - function(x, p)``.

    Parameters
    ----------
    function
        What the solver's result is a fixed point of: a function of it, and of parameters of the
        solver by their names.
    solver, kind, signature
        As for `implicit_root`.

    Returns
    -------
    function
        The solver itself, unchanged.

    Raises
    ------
    RuleError
        As with `implicit_root`.

    Examples
    --------
    >>> import math
    >>> from srcgrad import grad
    >>> @implicit_fixed_point(lambda x, a: math.cos(a * x))
    ... def iterated(a, x0=0.5):
    ...     x = x0
    ...     for _ in range(500):
    ...         x = math.cos(a * x)
    ...     return x
    >>> x = iterated(1.0)
    >>> round(grad(iterated, wrt="a")(1.0) + x * math.sin(x) / (1 + math.sin(x)), 12)
    0.0
    """
    return _solving("implicit.fixed_point", function, solver, kind, signature)


def _solving(op, solved, solver, kind, signature):
    if solver is None:
        return lambda f: _solving(op, solved, f, kind, signature)
    label, facts = declaration(solver, kind, signature)
    given = [name for name, _ in facts["params"]]
    taken = _parameters(solved, label)
    for name in taken[1:]:
        if name not in given:
            message = f"`{label}` has no parameter `{name}`, which `{solved.__name__}` takes"
            raise RuleError(message + did_you_mean(name, given))
    rule = Rule(
        flavour="zero",
        nondiff=frozenset(given) - frozenset(taken[1:]),
        implied=(op, solved),
        **facts,
    )
    return enter(rule, solver)


def _parameters(solved, label) -> list[str]:
    """The names of what a residual takes: the root first."""
    if not inspect.isfunction(solved):
        raise RuleError(f"what `{label}` solves is a Python function, not {solved!r}")
    parameters = inspect.signature(solved).parameters.values()
    odd = [p for p in parameters if p.kind is not p.POSITIONAL_OR_KEYWORD]
    if odd or not parameters:
        what = f"takes `{odd[0]}`" if odd else "takes nothing"
        raise RuleError(f"what `{label}` solves takes the root, and parameters by name: it {what}")
    return [p.name for p in parameters]
