"""The table of local gradients; it mirrors the libraries, one module each.

`lookup` finds the rule of a Python object that the user's code calls.
"""

from __future__ import annotations

import builtins
import math as _math
import operator as _operator

import numpy as _numpy

from srcgrad.rules import math, numpy, operators, record, resultkinds  # noqa: F401  (they fill the table)
from srcgrad.rules.record import TABLE, Rule

_MODULES = {"math": _math, "numpy": _numpy, "builtins": builtins, "operator": _operator}
_names: dict[int, tuple[object, str]] = {}


def name_of(obj) -> str | None:
    """The dotted name under which the table holds a Python callable, without its arity.

    >>> import math
    >>> name_of(math.exp), name_of(print)
    ('math.exp', None)
    """
    if not _names:
        for full in list(TABLE):
            module, _, name = full.partition(":")[0].partition(".")
            target = getattr(_MODULES.get(module), name, None)
            if target is not None and module != "operator":
                _names.setdefault(id(target), (target, f"{module}.{name}"))
    held = _names.get(id(obj))
    return held[1] if held else USER.get(obj) if _hashable(obj) else None


USER: dict[object, str] = {}  # functions that the user gave a rule with @primitive


def _hashable(obj) -> bool:
    try:
        hash(obj)
    except TypeError:
        return False
    return True


def lookup(name: str, count: int) -> Rule | None:
    """The rule of a name for so many arguments.

    >>> lookup("math.log", 2).names
    ('x', 'b')
    """
    return TABLE.get(f"{name}:{count}") or operators.variadic(name, count) or TABLE.get(name)
