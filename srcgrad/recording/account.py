"""Hold a recording against itself: what the uses of a value get is what it is told, and no more.

    prod = 6.0, gradient 1.0        used by `prod + a`, which passes back 1.0: it adds up

A recording that does not add up is not shown: a picture with a wrong number is worse than none.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from srcgrad.recording.trace import Leaf, Stage, Trace
from srcgrad.trees import children


def accounted(trace: Trace, arguments: dict[str, Any], gradients: tuple) -> bool:
    """Whether gradients of numbers are the sums over their uses, and so are those of the arguments.

    Parameters: `arguments` as they were, by name, those that are differentiated by; their
    `gradients`, in the same order.
    """
    try:
        return _stages_add_up(trace) and _arguments_add_up(trace, arguments, gradients)
    except (LookupError, TypeError, ValueError, AttributeError):
        return False


def _stages_add_up(trace) -> bool:
    sums: dict[Stage, Any] = {s: np.zeros(np.shape(s.value)) for s in trace.stages}
    if isinstance(trace.result, Stage):
        sums[trace.result] = sums[trace.result] + 1.0
    for stage in trace.stages:
        for use in stage.operands:
            if use.source in sums and use.gradient is not None:
                sums[use.source] = _with(sums[use.source], stage, use)
    return all(_adds_up(stage, total) for stage, total in sums.items())


def _with(total, stage, use):
    """The sum with what a use adds; not a number where that has another layout than its source."""
    if stage.index == "[view]":
        return total + np.nan
    if stage.op == "part":
        exec(f"total{stage.index} += given", {"given": use.gradient, "total": total})  # noqa: S102
        return total
    return total + (np.sum(use.gradient) if not np.shape(total) else use.gradient)


def _adds_up(stage, total) -> bool:
    if np.isnan(total).any():
        return True
    return np.allclose(stage.cotangent, total, rtol=1e-6, atol=1e-9, equal_nan=True)


def _arguments_add_up(trace, arguments, gradients) -> bool:
    found: dict[str, Any] = {}
    if isinstance(trace.result, Leaf):
        found[trace.result.path] = 1.0
    totals = {name: _zeros(value) for name, value in arguments.items()}
    for path, given in [*found.items(), *_uses(trace)]:
        if path.partition("[")[0].partition(".")[0] in totals:
            exec(f"{path} += given", {"given": given}, totals)  # noqa: S102  (a path of the compiler's)
    return all(_alike(totals[n], g) for n, g in zip(totals, gradients))


def _uses(trace):
    for path, uses in trace.uses().items():
        yield from ((path, use.gradient) for use in uses if use.gradient is not None)


class _Fields:
    """The fields of a record, to add to."""

    def __init__(self, fields):
        self.__dict__.update(fields)


def _zeros(value):
    """Zeros of a value's structure, to add to; tuples as lists."""
    if isinstance(value, np.ndarray):
        return np.zeros(value.shape)
    if isinstance(value, dict):
        return {k: _zeros(v) for k, v in value.items()}
    steps = children(value)
    if steps and steps[0][0].startswith("."):
        return _Fields({step[1:]: _zeros(v) for step, v in steps})
    if isinstance(value, (list, tuple)):
        return [_zeros(v) for v in value]
    return 0.0 if _is_number(value) else None


def _alike(total, gradient) -> bool:
    if gradient is None:
        return True  # of what is no real number
    if isinstance(gradient, np.ndarray):
        return np.allclose(total, gradient, rtol=1e-6, atol=1e-9, equal_nan=True)
    if isinstance(total, _Fields):
        return all(_alike(getattr(total, step[1:]), g) for step, g in children(gradient))
    parts = children(gradient)
    if parts or isinstance(gradient, (list, tuple, dict)):
        pairs = zip(total.values() if isinstance(total, dict) else total, parts)
        return len(total) == len(parts) and all(_alike(t, g) for t, (_, g) in pairs)
    return _close(float(gradient), float(total))


def _is_number(value) -> bool:
    return isinstance(value, (int, float, np.floating, np.integer)) and not isinstance(value, bool)


def _close(a, b) -> bool:
    return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9) or math.isnan(a) or math.isnan(b)
