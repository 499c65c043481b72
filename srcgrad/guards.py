"""What generated code takes from outside, and whether it is still what it was when it was compiled."""

from __future__ import annotations

import importlib

import numpy as np

from srcgrad.arguments import accepts
from srcgrad.errors import ArgumentError


def namespace(externals) -> dict:
    """What the generated text finds under the names that it takes from outside."""
    out: dict = {"np": np, "math": importlib.import_module("math")}
    for root, (sort, what) in externals.items():
        if sort == "module":
            out[root] = importlib.import_module(what)
        elif sort == "globals":
            out[root] = _Live(what)
        elif sort == "object":
            out[root] = what
        elif sort == "cells":
            out[root] = _Cells(dict(what))
    return out


class _Live:
    """The globals of a function that belongs to no module, read live as attributes."""

    def __init__(self, names):
        self.__dict__ = names


class _Cells:
    """The closure of a function, read live as attributes."""

    def __init__(self, cells):
        object.__setattr__(self, "_cells", cells)

    def __getattr__(self, name):
        return self._cells[name].cell_contents


def holds(guard, outside, kinds, args) -> bool:
    path, root, what = guard
    try:
        if root is None:
            first, *rest = path[1:].split(".")
            value = args[list(kinds).index(first)]
            for part in rest:
                value = getattr(value, part)
        else:
            value = eval(path, dict(outside))  # noqa: S307  (a path that the compiler wrote)
    except Exception:
        return False
    if isinstance(what, (bool, str, type(None))):
        return type(value) is type(what) and value == what
    return accepts(what, value)


def check_overlap(args, changed, names):
    """Arguments that are one memory, one of which is changed: the gradient of neither is defined alone."""
    for k in changed:
        for j, other in enumerate(args):
            if j != k and _overlap(args[k], other):
                raise ArgumentError(
                    f"`{names[k]}` is changed by the function and shares memory with `{names[j]}`: pass a copy"
                )


def _overlap(a, b):
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return np.shares_memory(a, b)
    mutable = [x for x in _parts(a)]
    return any(
        x is y or isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and np.shares_memory(x, y)
        for x in mutable
        for y in _parts(b)
    )


def _parts(value):
    if isinstance(value, (list, np.ndarray)):
        yield value
    if isinstance(value, (list, tuple)):
        for item in value:
            if not isinstance(item, (float, int)):
                yield from _parts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _parts(item)
