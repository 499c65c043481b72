"""The structure of tangents and cotangents: that of the values that they belong to.

>>> layout = of({"w": [1.0, 2], "b": 0.5})
>>> check({"w": [0.0, 1.0], "b": 1}, layout, "the tangent of `params`")
>>> check({"w": [0.0], "b": 1}, layout, "the tangent of `params`")
Traceback (most recent call last):
    ...
srcgrad.errors.ArgumentError: the tangent of `params`: ['w'] takes a list of 2, and is a list of 1
"""

from __future__ import annotations

import copy
import dataclasses

import numpy as np

from srcgrad.errors import ArgumentError

_NUMBERS = (int, float, np.integer, np.floating)


def of(value):
    """What a value's structure is, kept apart from the value: it may change later."""
    if isinstance(value, np.ndarray):
        return np.ndarray, (value.shape, value.dtype)
    names = _fields(value)
    if names is not None:
        return type(value), {n: of(getattr(value, n)) for n in names}
    if isinstance(value, dict):
        return dict, {k: of(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value), [of(v) for v in value]
    return (float, None) if _is_number(value) else (None, None)


def check(given, layout, what: str) -> None:
    """Raise ArgumentError where a tangent or cotangent does not have the layout that `of` gave.

    What has no number in it takes anything: nothing is read there.
    """
    problem = _problem(given, layout, "")
    if problem:
        raise ArgumentError(f"{what}: {problem}")


def fitted(given, layout):
    """A cotangent that `check` lets pass, of the precision of the value that it belongs to.

    NumPy makes float32 times float64 a float64, and takes a Python number as it comes.

    >>> fitted((np.float64(2.0), np.ones(2)), of((np.float32(1.0), np.zeros(2, np.float32))))
    (2.0, array([1., 1.], dtype=float32))
    """
    kind, inside = layout
    if kind is float:
        return given if isinstance(given, int) else float(given)
    if kind is np.ndarray:
        dtype = inside[1] if inside[1].kind == "f" else np.float64
        return np.asarray(given, dtype)
    if kind is dict:
        return {k: fitted(given[k], part) for k, part in inside.items()}
    if isinstance(inside, dict):
        parts = {n: fitted(getattr(given, n), part) for n, part in inside.items()}
        put = getattr(given, "_replace", None)  # a NamedTuple's
        return put(**parts) if put is not None else _replaced(given, parts)
    return given if kind is None else kind(map(fitted, given, inside))


def _replaced(given, parts):
    out = copy.copy(given)
    for name, part in parts.items():
        object.__setattr__(out, name, part)  # it may be frozen
    return out


def _problem(given, layout, path):
    kind, inside = layout
    if kind is None:
        return None
    if kind is float:
        plain = _is_number(given) or isinstance(given, np.ndarray) and given.shape == ()
        return None if plain else f"{path} takes a number, and is {_named(given)}".lstrip()
    if kind is np.ndarray:
        shape, _ = inside
        fits = isinstance(given, np.ndarray) and given.shape == shape and given.dtype.kind in "fiu"
        fits = fits or shape == () and _is_number(given)
        wanted = f"an array of shape {shape}"
        return None if fits else f"{path} takes {wanted}, and is {_named(given)}".lstrip()
    if kind is not dict and isinstance(inside, dict):
        return _fields_problem(given, layout, path)
    if type(given) is not kind or len(given) != len(inside):
        wanted = f"a {kind.__name__} of {len(inside)}"
        return f"{path} takes {wanted}, and is {_named(given)}".lstrip()
    if kind is dict:
        if set(given) != set(inside):
            keys = ", ".join(map(repr, inside))
            return f"{path} takes the keys {keys}, and has {', '.join(map(repr, given))}".lstrip()
        items = [(given[k], part, k) for k, part in inside.items()]
    else:
        items = [(g, part, k) for k, (g, part) in enumerate(zip(given, inside))]
    problems = (_problem(g, part, f"{path}[{k!r}]") for g, part, k in items)
    return next(filter(None, problems), None)


def _fields_problem(given, layout, path):
    kind, inside = layout
    if type(given) is not kind:
        return f"{path} takes a {kind.__name__}, and is {_named(given)}".lstrip()
    problems = (_problem(getattr(given, n, None), p, f"{path}.{n}") for n, p in inside.items())
    return next(filter(None, problems), None)


def _fields(value):
    """The names of the fields of a dataclass or NamedTuple; None of anything else."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return value._fields
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return tuple(f.name for f in dataclasses.fields(value) if hasattr(value, f.name))
    return None


def _is_number(value):
    return isinstance(value, _NUMBERS) and not isinstance(value, bool)


def _named(value):
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if isinstance(value, (list, tuple, dict)):
        return f"a {type(value).__name__} of {len(value)}"
    return "None" if value is None else f"of type {type(value).__name__}"
