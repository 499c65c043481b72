"""Structures of numbers: what a gradient has in common with its argument.

A structure is a number, a float ndarray, or a list, tuple, NamedTuple, dict or dataclass of
structures. Its *leaves* are its numbers and the elements of its float arrays, from left to right.
Anything else (a string, a flag, None, an array of integers) is carried along and holds no leaf.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np


def is_number(value: object) -> bool:
    """Return whether `value` is one real number: an int, a float or a NumPy scalar, not a flag.

    Examples
    --------
    >>> is_number(2), is_number(np.float32(0.5)), is_number(True), is_number("2")
    (True, True, False, False)
    """
    return isinstance(value, int | float | np.floating | np.integer) and not isinstance(value, bool)


def is_float_array(value: object) -> bool:
    """Return whether `value` is an ndarray of real floating-point numbers.

    Examples
    --------
    >>> is_float_array(np.zeros(2)), is_float_array(np.arange(2)), is_float_array([0.0])
    (True, False, False)
    """
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def leaves(value: Any) -> list[Any]:
    """Return the leaves of a structure, from left to right.

    Parameters
    ----------
    value : structure
        Dictionaries are walked in their own order, arrays in C order.

    Returns
    -------
    list of number
        Numbers as they stand (an int stays an int), array elements as Python floats.

    Examples
    --------
    >>> leaves({"w": [1.0, 2], "name": "net", "b": np.array([3.0, 4.0])})
    [1.0, 2, 3.0, 4.0]
    """
    if is_number(value):
        return [value]
    if is_float_array(value):
        return value.ravel().tolist()
    return [leaf for _, child in children(value) for leaf in leaves(child)]


def paths(value: Any) -> list[str]:
    """Return how each leaf is reached, as one would write it after the structure's name.

    Parameters
    ----------
    value : structure

    Returns
    -------
    list of str
        As many as there are leaves, in the same order.

    Examples
    --------
    >>> paths({"w": [1.0, 2.0], "b": np.zeros((1, 2))})
    ["['w'][0]", "['w'][1]", "['b'][0, 0]", "['b'][0, 1]"]
    """
    if is_number(value):
        return [""]
    if is_float_array(value):
        return [f"[{', '.join(map(str, index))}]" for index in np.ndindex(value.shape)]
    return [step + rest for step, child in children(value) for rest in paths(child)]


def rebuild(value: Any, new: Iterable[Any]) -> Any:
    """Return a structure like `value` that holds the leaves `new`; `value` itself is left alone.

    Parameters
    ----------
    value : structure
        Gives the shape: containers are of the same types, arrays of the same shape and dtype.
    new : iterable of number
        As many as `value` has leaves.

    Returns
    -------
    structure
        Made anew, down to its arrays. NumPy scalars keep their type; for a Python number stands
        what was given, so that an int can be replaced by a float.

    Raises
    ------
    ValueError
        If there are too few or too many leaves.

    Examples
    --------
    >>> rebuild({"w": [1.0, 2], "name": "net"}, [0.5, 0.25])
    {'w': [0.5, 0.25], 'name': 'net'}
    """
    supply = iter(new)
    try:
        result = _rebuild(value, supply)
    except StopIteration:
        raise ValueError("too few leaves for this structure") from None
    if next(supply, supply) is not supply:
        raise ValueError("too many leaves for this structure")
    return result


def filled(value: Any, number: float) -> Any:
    """Return a structure like `value` whose every leaf is `number`.

    Examples
    --------
    >>> filled([1.0, (2.0, "a")], 0.0)
    [0.0, (0.0, 'a')]
    """
    return rebuild(value, [number] * len(leaves(value)))


def widened(value: Any) -> Any:
    """Return a copy of a structure in which float arrays and NumPy scalars are of double precision.

    Examples
    --------
    >>> widened([np.zeros(2, np.float32)])[0].dtype
    dtype('float64')
    """
    if is_float_array(value):
        return value.astype(np.result_type(value.dtype, np.float64))
    if isinstance(value, np.floating):
        return value.astype(np.result_type(value.dtype, np.float64))
    return _with_children(value, [widened(child) for _, child in children(value)])


def aligned(value: Any, gradient: Any) -> list[Any]:
    """Return the leaves of a gradient (or a tangent), one for each leaf of what it belongs to.

    Parameters
    ----------
    value : structure
        What the gradient belongs to.
    gradient : structure
        None, in the place of a structure or of a part of it, means that there is no gradient.

    Returns
    -------
    list of (float or None)
        As many as `value` has leaves.

    Raises
    ------
    ValueError
        If the two differ in structure; the message begins with the path to the difference.

    Examples
    --------
    >>> aligned([1.0, {"n": 3, "w": np.zeros(2)}], [0.5, {"n": None, "w": np.ones(2)}])
    [0.5, None, 1.0, 1.0]
    >>> aligned([np.zeros(2)], [np.zeros(3)])
    Traceback (most recent call last):
      ...
    ValueError: [0]: float64 array of shape (2,) with a gradient of float64 array of shape (3,)
    """
    return _aligned(value, gradient, "")


def children(value: Any) -> list[tuple[str, Any]]:
    """Return the parts of a container, each with its step in a path; none for anything else.

    Examples
    --------
    >>> children({"w": 1.0, "b": 2.0})
    [("['w']", 1.0), ("['b']", 2.0)]
    """
    if isinstance(value, dict):
        return [(f"[{key!r}]", child) for key, child in value.items()]
    if _is_namedtuple(value):
        return [(f".{name}", child) for name, child in zip(value._fields, value, strict=True)]
    if isinstance(value, list | tuple):
        return [(f"[{i}]", child) for i, child in enumerate(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return [(f".{name}", getattr(value, name)) for name in names]
    return []


def _is_namedtuple(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields")


def _with_children(value: Any, new: Sequence[Any]) -> Any:
    """Return a container like `value` with other parts; what is no container is returned as is."""
    result: Any
    if isinstance(value, dict):
        result = copy.copy(value)  # keeps the type, and a defaultdict's factory
        result.update(zip(value, new, strict=True))
        return result
    if _is_namedtuple(value):
        return type(value)._make(new)
    if isinstance(value, list | tuple):
        return type(value)(new)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        result = copy.copy(value)
        for field, child in zip(dataclasses.fields(value), new, strict=True):
            object.__setattr__(result, field.name, child)  # also where it is frozen
        return result
    return value


def _rebuild(value: Any, supply: Iterator[Any]) -> Any:
    if isinstance(value, np.floating):
        return type(value)(next(supply))
    if is_number(value):
        return next(supply)
    if is_float_array(value):
        flat = [next(supply) for _ in range(value.size)]
        return np.array(flat, value.dtype).reshape(value.shape)
    return _with_children(value, [_rebuild(child, supply) for _, child in children(value)])


def _aligned(value: Any, gradient: Any, path: str) -> list[Any]:
    if gradient is None:
        return [None] * len(leaves(value))
    if is_number(value):
        if not isinstance(gradient, float | np.floating):
            raise ValueError(_difference(value, gradient, path))
        return [float(gradient)]
    if is_float_array(value):
        if (
            not is_float_array(gradient)
            or gradient.shape != value.shape
            or gradient.dtype != value.dtype
        ):
            raise ValueError(_difference(value, gradient, path))
        return gradient.ravel().tolist()
    if not isinstance(value, list | tuple | dict) and not dataclasses.is_dataclass(value):
        return []
    parts = children(value)
    others = dict(children(gradient))
    if type(gradient) is not type(value) or others.keys() != dict(parts).keys():
        raise ValueError(_difference(value, gradient, path))
    return [leaf for step, child in parts for leaf in _aligned(child, others[step], path + step)]


def _difference(value: Any, gradient: Any, path: str) -> str:
    place = f"{path}: " if path else ""
    return f"{place}{_described(value)} with a gradient of {_described(gradient)}"


def _described(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of shape {value.shape}"
    if isinstance(value, list | tuple | dict):
        return f"{type(value).__name__} of length {len(value)}"
    return type(value).__name__
