"""Run a function's gradient and keep what every gate computed, and what came back to it.

>>> def area(a, b):
...     return a * b + a
>>> trace = record(area, {"a": 2.0, "b": 3.0})
>>> for stage in trace.stages:
...     print(stage, [use.gradient for use in stage.operands])
prod = 6.0, gradient 1.0: a * b [3.0, 2.0]
total = 8.0, gradient 1.0: a * b + a [1.0, 1.0]

Nothing is computed here: the numbers are those of the generated code, compiled so that it tells
them (`passes/watch.py`). What is done here is to put them together (`recorder.py`): each time a
gate runs it becomes a `Stage`, which knows the stages and inputs that its operands came from.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

from srcgrad.errors import ArgumentError
from srcgrad.guards import check_overlap
from srcgrad.pipeline import build, changed_parameters
from srcgrad.recording.account import accounted
from srcgrad.recording.recorder import Recorder
from srcgrad.recording.trace import Constant, Leaf, Stage, Trace, Use
from srcgrad.showing import unit_for
from srcgrad.writing import loaded

_UNTOLD = (
    "what flows where in `{}` cannot be told: recordings do not follow all that is done to lists and "
    "arrays yet\n  its gradient is not concerned: see `srcgrad show`"
)
__all__ = ["Constant", "Leaf", "Stage", "Trace", "Use", "record"]


def record(function: Callable[..., Any], arguments: dict[str, Any], wrt: Any = None) -> Trace:
    """Run a scalar function and its gradient, gate by gate.

    Parameters
    ----------
    function
        A Python function.
    arguments : dict
        Its arguments by name; those with defaults may be missing. As in a call of the function,
        what it changes in place is changed.
    wrt
        Parameters to differentiate by, as for `grad`.

    Returns
    -------
    Trace

    Raises
    ------
    ArgumentError
        If an argument is missing or unknown; or where what was recorded does not add up, as it
        may with what is done to lists and arrays.
    CannotDifferentiate, NonScalarOutput
        As `grad` raises them.

    Examples
    --------
    >>> def square(x):
    ...     return x * x
    >>> [use.gradient for use in record(square, {"x": 3.0}).uses()["x"]]
    [3.0, 3.0]
    """
    known = _complete(function, arguments)
    unit = unit_for(function, known, wrt, "value-and-grad")
    unit.recorder = recorder = Recorder()
    build(unit)
    assert unit.watched is not None  # as there is a recorder
    names = list(unit.kinds)
    values = [known[n] for n in names]
    check_overlap(values, [names.index(n) for n in changed_parameters(unit)], names)
    starts = {n: copy.deepcopy(known[n]) for n in unit.wrt}
    recorder.start(unit.watched, known)
    run = loaded(unit)
    try:
        value, gradients = run(*values)
        result = recorder.finish()
    except (LookupError, AttributeError) as error:
        if not _is_ours(error):
            raise
        raise ArgumentError(_UNTOLD.format(function.__name__)) from None
    trace = Trace(function.__name__, recorder.stages, result, value, gradients, unit.text)
    if not accounted(trace, starts, gradients if not unit.bare else (gradients,)):
        raise ArgumentError(_UNTOLD.format(function.__name__))
    return trace


def _is_ours(error) -> bool:
    """Whether an error comes from the recorder, and not from the function that is recorded."""
    last = error.__traceback__
    while last.tb_next is not None:
        last = last.tb_next
    return last.tb_frame.f_globals.get("__name__", "").startswith(__name__)


def _complete(function, arguments) -> dict[str, Any]:
    """The arguments by name, with the defaults of those that are missing, in the signature's order."""
    parameters = inspect.signature(function).parameters
    unknown = [n for n in arguments if n not in parameters]
    missing = [
        n for n, p in parameters.items() if p.default is p.empty and n not in arguments
    ]  # fmt: skip
    for names, what in ((unknown, "unknown"), (missing, "missing")):
        if names:
            raise ArgumentError(f"`{function.__name__}`: {what}: {', '.join(names)}")
    return {n: arguments.get(n, p.default) for n, p in parameters.items()}
