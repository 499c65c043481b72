"""srcgrad: gradients of Python and NumPy functions, written as readable source.

>>> from srcgrad import grad
>>> def parabola(x):
...     return x * x
>>> grad(parabola)(3.0)
6.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from srcgrad.api import grad, jvp, value_and_grad, vjp
    from srcgrad.checks import check_grads
    from srcgrad.errors import SrcgradError, SrcgradWarning
    from srcgrad.gates import primitive, stop_gradient
    from srcgrad.implicit import implicit_fixed_point, implicit_root

_HOMES = {
    "grad": "api",
    "value_and_grad": "api",
    "vjp": "api",
    "jvp": "api",
    "check_grads": "checks",
    "SrcgradError": "errors",
    "SrcgradWarning": "errors",
    "primitive": "gates",
    "stop_gradient": "gates",
    "implicit_root": "implicit",
    "implicit_fixed_point": "implicit",
}

__all__ = [
    "SrcgradError",
    "SrcgradWarning",
    "check_grads",
    "grad",
    "implicit_fixed_point",
    "implicit_root",
    "jvp",
    "primitive",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]


def __getattr__(name: str):
    # Names are loaded when they are first asked for, so that `srcgrad --help` needs no NumPy.
    if name not in _HOMES:
        raise AttributeError(f"module 'srcgrad' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"srcgrad.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
