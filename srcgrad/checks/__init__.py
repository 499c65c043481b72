"""Check gradients against finite differences, and reverse mode against forward mode.

The oracle of the test suite, and a tool for whoever writes a rule of their own::

    >>> def f(x, y):                                            # doctest: +SKIP
    ...     return x * math.sin(y)
    >>> print(check_grads(f, (2.0, 0.5)))                       # doctest: +SKIP

Each leaf of each argument is moved a little, and the slope of the result, extrapolated until it
settles, is held against `vjp` and `jvp`. Where the result has several numbers, they are first
added up with random weights. `<J v, w> = <v, J^T w>`, between the two modes, needs no differences
and so is exact to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from srcgrad.checks.comparison import Comparison, Tools, name_of
from srcgrad.checks.report import Report, Row
from srcgrad.errors import ArgumentError, CheckFailed

__all__ = ["Report", "Row", "Tools", "check_grads", "compare"]


def check_grads(
    f: Callable,
    args: Sequence[Any],
    *,
    wrt: str | int | Sequence[str | int] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    modes: Sequence[str] | None = None,
    order: int = 1,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    seed: int = 0,
    raises: bool = True,
) -> Report:
    """Check the derivatives of `f` at one point, in both modes.

    Of a gate that was made with `primitive`, it is the rule that is checked: by all parameters and
    in all modes that the rule has a derivative for, and that the result is what the rule says.

    Parameters
    ----------
    f : function
        Called often, always with copies of the arguments; what it prints is dropped.
    args : sequence
        The point: numbers, float arrays, and lists, tuples, dicts, dataclasses of them.
    wrt : str, int or a sequence of them, optional
        Which parameters; every parameter without a default if not given, and of a gate, every
        one that its rule has a derivative for.
    kwargs : mapping, optional
        Keyword arguments.
    modes : sequence of str
        `"rev"` for `vjp`, `"fwd"` for `jvp`; with both, they are also held against each other.
        Both if not given; of a gate, those that its rule serves.
    order : int
        With 2, the gradient is then checked in the same way as `f` was, with 3 its gradient...
    rtol, atol : float
        What `analytic` may be off from `numeric`: `atol + rtol * abs(numeric)`, plus what the
        difference itself is uncertain by. See below.
    seed : int
        Of the random weights.
    raises : bool
        Whether a failure raises, or is only in the report.

    Returns
    -------
    Report
        One row a leaf and mode. A kink (`abs` at 0, a tie of `max`) is reported and is no failure.

    Raises
    ------
    CheckFailed
        If an analytic derivative is wrong; `.report` holds the report. It is an `AssertionError`,
        so that pytest shows it as a failed assertion.
    ArgumentError
        If `f` returns no number, or another one each time, or `args` does not fit it.
    RuleError
        If `f` is a gate, and its result is not what its rule says.

    Notes
    -----
    A number `x` is moved to either side by `h = max(1, abs(x)) / 1024`, by `h / 2` and by `h / 4`,
    and the three central differences are extrapolated to `h = 0` (Richardson), which leaves an error
    of the order of `h ** 6`. How far the last two extrapolations are apart, and what is lost to
    rounding, says what the result is uncertain by. Where that is not well below the tolerance, other
    steps are tried: smaller ones for what varies quickly or ends nearby, larger ones for what is
    rounded. The best is taken.

    So differences are good to about ten digits, in double precision, and `rtol=1e-6` is well above
    their error and well below that of any wrong formula. Make it smaller to look for subtle
    mistakes; larger where `f` is itself inexact: an iteration that stops early, a sum of terms that
    cancel. `atol` is for derivatives that are zero or nearly so: about 1e-8 of the usual size of a
    derivative. In single precision, `rtol` is at least 2000 roundings (2.4e-4), and derivatives may
    be off by 50 roundings of the largest one of the same argument.

    Examples
    --------
    >>> check_grads(f, ([1.0, 2.0], 0.5)).ok                    # doctest: +SKIP
    True
    """
    __tracebackhide__ = True  # pytest then points at the line of the test
    from srcgrad.api import (
        grad,
        jvp,
        vjp,
    )  # here, so that the oracle can be tested without the compiler
    from srcgrad.checkable import checkable

    if (found := checkable(f, args, kwargs or {})) is not None:
        wrt = found.wrt if wrt is None else wrt
        modes = found.modes if modes is None else modes
    return compare(
        f,
        args,
        kwargs or {},
        Tools(grad, vjp, jvp),
        wrt=wrt,
        modes=("rev", "fwd") if modes is None else modes,
        order=order,
        rtol=rtol,
        atol=atol,
        seed=seed,
        raises=raises,
    )


def compare(
    f: Callable,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    tools: Tools,
    *,
    wrt: str | int | Sequence[str | int] | None = None,
    modes: Sequence[str] = ("rev", "fwd"),
    order: int = 1,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    seed: int = 0,
    raises: bool = True,
) -> Report:
    """Do what `check_grads` does, with `tools` in the place of the compiler."""
    __tracebackhide__ = True  # pytest then points at the line of the test
    unknown = set(modes) - {"rev", "fwd"}
    if unknown:
        raise ArgumentError(f"unknown mode {min(unknown)!r}: it is 'rev' or 'fwd'")
    if order < 1:
        raise ArgumentError("order is 1 or more")
    rows: list[Row] = []
    name = name_of(f)
    for level in range(order):
        check = Comparison(f, args, kwargs, wrt, tools, rtol, atol, np.random.default_rng(seed))
        rows += [replace(row, mode=row.mode + " of grad" * level) for row in check.rows(modes)]
        if level == order - 1 or not all(row.ok for row in rows):
            break
        f = tools.grad(check.scalar(), wrt=wrt)
    report = Report(tuple(rows))
    if raises and not report.ok:
        failure = CheckFailed(report.summary(name))
        failure.report = report  # type: ignore[attr-defined]
        raise failure
    return report
