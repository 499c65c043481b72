"""The table of local gradients; it mirrors the libraries, one module each.

`lookup` finds the rule of a Python object that the user's code calls.
"""

from __future__ import annotations

import builtins
import difflib
import importlib
import math as _math
import sys
import types
import weakref
from collections.abc import Callable

import numpy as _numpy

from srcgrad.rules import (  # noqa: F401  (they fill the table)
    implicit,
    kinds_parts,
    kinds_shapes,
    macros,
    math,
    numpy,
    numpy_arrays,
    numpy_complex,
    numpy_elementwise,
    numpy_fft,
    numpy_grids,
    numpy_indices,
    numpy_joins,
    numpy_linalg,
    numpy_made,
    numpy_norms,
    numpy_orders,
    numpy_pads,
    numpy_parts,
    numpy_polynomials,
    numpy_products,
    numpy_quantiles,
    numpy_reductions,
    numpy_shapes,
    numpy_stores,
    numpy_sums,
    numpy_windows,
    operators,
    record,
    resultkinds,
)
from srcgrad.rules.record import LIBRARIES, PARTS, TABLE, Rule

# by identity; a method by that of its object, and by its name
_names: dict[object, tuple[object, str]] = {}
_met: set[str] = set()  # the optional libraries that have been imported by somebody


def name_of(obj) -> str | None:
    """The dotted name under which the table holds a Python callable, without its arity.

    >>> import math
    >>> name_of(math.exp), name_of(print)
    ('math.exp', None)
    """
    if not _names:
        _learn({"math": _math, "numpy": _numpy, "builtins": builtins})
        _names[id(divmod)] = (divmod, "builtins.divmod")
    for module in LIBRARIES.values():
        if module in sys.modules and module not in _met:
            _met.add(module)
            with_libraries()
            _learn({module: sys.modules[module]})
    whose = getattr(obj, "__self__", None) if isinstance(obj, types.MethodType) else None
    held = _names.get(id(obj) if whose is None else (id(whose), obj.__name__))
    if held:
        return held[1]
    claimed = USER.get(id(obj))
    return claimed[1] if claimed is not None and claimed[0]() is obj else None


def _learn(modules) -> None:
    """Note by identity what of these modules the table holds."""
    for full in [*TABLE, *PARTS, *operators.SEQUENCES]:
        name = full.partition(":")[0].partition("[")[0]
        root = next((m for m in modules if name.startswith(f"{m}.")), None)
        target = modules.get(root)
        for part in name.removeprefix(f"{root}.").split("."):  # `numpy.linalg.solve`
            target = getattr(target, part, None)
        if isinstance(target, types.MethodType):
            target = target.__self__
            _names.setdefault((id(target), part), (target, name))
        elif target is not None:
            _names.setdefault(id(target), (target, name))


def with_libraries() -> None:
    """Fill in the tables of the libraries that srcgrad itself does not need."""
    importlib.import_module("srcgrad.rules.scipy")
    importlib.import_module("srcgrad.rules.scipy_linalg")
    importlib.import_module("srcgrad.rules.scipy_fft")


# functions that the user gave a rule with @primitive: by identity, and held weakly
USER: dict[int, tuple[Callable[[], object], str]] = {}


def claim(obj, name: str) -> None:
    """Let `obj` be a function with the rule `name`, for as long as it lives."""

    def forget(_, user=USER, table=TABLE):  # as Python ends, they may have no names any more
        user.pop(key, None)
        table.pop(name, None)

    key = id(obj)
    try:
        USER[key] = (weakref.ref(obj, forget), name)
    except TypeError:  # a NumPy ufunc, for one
        USER[key] = (lambda: obj, name)


def lookup(name: str, count: int) -> Rule | None:
    """The rule of a name for so many arguments.

    >>> lookup("math.log", 2).names
    ('x', 'b')
    """
    return TABLE.get(f"{name}:{count}") or operators.variadic(name, count) or TABLE.get(name)


def nearest(name: str) -> str:
    """A hint at the supported function of the same module whose name is most like this one, or nothing.

    >>> nearest("math.sine"), nearest("os.getsize")
    (' (the nearest that is supported: `math.sin`)', '')
    """
    module, _, last = name.rpartition(".")
    known = {n.partition(":")[0].replace("builtins.", "", 1) for n in record.snapshot()}
    for short, full in (("np", "numpy"), *LIBRARIES.items()):
        known = {n.replace(f"{full}.", f"{short}.", 1) for n in known}
        module = short if module == full else module
    alike = [k.rpartition(".")[2] for k in sorted(known) if k.rpartition(".")[0] == module]
    near = difflib.get_close_matches(last, alike, 1, 0.8)
    full = f"{module}.{near[0]}" if near and module else "".join(near)
    return f" (the nearest that is supported: `{full}`)" if near else ""


# of scipy.optimize: what they return is a root of the function that they are given
_SOLVERS = set("brentq brenth ridder toms748 newton root_scalar root fsolve fixed_point".split())


def remedy(name: str) -> str:
    """What can be done about a function that has no rule.

    >>> remedy("random.random"), remedy("math.modf")
    ('draw it outside and pass it in', 'give it one with @srcgrad.primitive')
    """
    if name.startswith(("random.", "np.random.", "numpy.random.")):
        return "draw it outside and pass it in"
    if name.rpartition(".")[2] in _SOLVERS:
        return "make a function that calls it, and give that @srcgrad.implicit_root"
    return "give it one with @srcgrad.primitive"
