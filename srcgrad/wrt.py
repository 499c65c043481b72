"""What to differentiate by: `wrt` as the user gives it, as names of parameters."""

from __future__ import annotations

import inspect

from srcgrad.errors import (
    ArgumentError,
    did_you_mean,
)


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
        if not names and parameters:
            star = str(next(iter(parameters.values())))
            raise ArgumentError(
                f"`{function.__name__}` takes `{star}`: name the parameters to differentiate by"
            )
        if not chosen:
            raise ArgumentError(
                f"`{function.__name__}` has no parameter without a default: say which, as in wrt=0"
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
            raise ArgumentError(
                f"wrt={w}: `{function.__name__}` has {len(names)} parameters, counted from 0"
            )
        return names[w]
    if w not in names:
        parts = tuple(part.strip() for part in w.split(","))
        near = did_you_mean(w, names)
        if len(parts) > 1 and set(parts) <= set(names):
            near = f"; did you mean {parts}?"
        has = ", ".join(f"`{n}`" for n in names) or "none"
        raise ArgumentError(
            f"wrt={w!r} is no parameter of `{function.__name__}`, which has {has}{near}"
        )
    return w
