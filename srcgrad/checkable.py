"""What of a gate there is to check, and whether its result is what its rule says."""

from __future__ import annotations

from typing import NamedTuple

from srcgrad import rules
from srcgrad.arguments import kind_of_argument
from srcgrad.errors import RuleError, SrcgradError
from srcgrad.gates import label_of
from srcgrad.ir import Value
from srcgrad.kinds import F8, FLOAT, Array, Scalar
from srcgrad.operands import kind_of
from srcgrad.rules import record


class Checkable(NamedTuple):
    """What of a gate there is to check: its differentiable parameters, and its modes."""

    wrt: tuple[str, ...]
    modes: tuple[str, ...]


def checkable(function, args, kwargs) -> Checkable | None:
    """What of a gate there is to check; None for a function that is none.

    Raises RuleError where the gate's result at a point is not what its rule says.
    """
    name = rules.name_of(function)
    if name is None or not name.startswith("user."):
        return None
    rule = record.TABLE[name]
    bound = dict(zip(rule.names, args)) | dict(kwargs)
    values = {n: bound.get(n, default) for n, default in rule.params}
    given = {n: Value(n, kind_of_argument(v, n)) for n, v in values.items()}
    wanted = record.KINDS[rule.kind](rule, given, kind_of)
    result = function(*args, **kwargs)
    try:
        found = kind_of_argument(result, "out")
    except SrcgradError:
        found = None
    if wanted is None or found is None or not _is_as(found, wanted):
        what = f"a {type(result).__name__}" if found is None else f"{found}"
        raise RuleError(
            f"the rule of `{label_of(function)}` says that it returns {wanted or 'nothing for such arguments'}, "
            f"and it returned {what}"
        )
    both = rule.flavour == "scalar" or rule.implied is not None
    modes = ("rev",) * (both or bool(rule.d)) + ("fwd",) * (both or rule.jvp is not None)
    return Checkable(tuple(n for n in rule.names if n not in rule.nondiff), modes)


def _is_as(found, wanted) -> bool:
    """Whether a result is of the kind that was declared; extents are of as many axes."""
    if isinstance(wanted, Array):
        return (
            isinstance(found, Array)
            and found.dtype == wanted.dtype
            and len(found.extents) == len(wanted.extents)
        )
    # NumPy's float64 is a Python float, too
    return isinstance(found, Scalar) and found in ((wanted, F8) if wanted == FLOAT else (wanted,))
