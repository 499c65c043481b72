"""What generated code takes from outside, and whether it is still what it was when it was compiled."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import types

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


class Same:
    """What a guard asks for where it must find one very object."""

    def __init__(self, value):
        self.value = value


@functools.lru_cache(maxsize=1024)
def _compiled(path):
    return compile(path, "<guard>", "eval")


def holds(guard, outside, kinds, args) -> bool:
    path, root, what = guard
    names = dict(zip(kinds, args)) if root is None else dict(outside)
    try:
        value = eval(_compiled(path), names)  # noqa: S307  (a path that the compiler wrote)
    except Exception:
        return False
    if isinstance(what, Same):
        return value is what.value
    if isinstance(what, types.CodeType):
        inner = getattr(value, "__wrapped__", value)
        return getattr(value, "__code__", getattr(inner, "__code__", None)) is what
    if isinstance(what, (bool, int, str, type(None))):
        return type(value) is type(what) and value == what
    return accepts(what, value)


def check_overlap(args, changed, names):
    """Raise ArgumentError where an argument that is changed shares memory with another, or within itself.

    The gradient of neither part is defined alone then.
    """
    parts = [list(_parts(a)) for a in args]
    for k in changed:
        if _repeated(parts[k]):
            raise ArgumentError(
                f"`{names[k]}` is changed by the function, and two of its parts share memory: pass copies"
            )
        for j, other in enumerate(parts):
            if j != k and _shared(parts[k], other):
                raise ArgumentError(
                    f"`{names[k]}` is changed by the function and shares memory with `{names[j]}`: pass a copy"
                )


def _parts(value):
    """The lists, dicts and arrays in an argument, itself included."""
    record = dataclasses.is_dataclass(value) and not isinstance(value, type)
    if record or isinstance(value, (list, dict, np.ndarray)):
        yield value
    if isinstance(value, (list, tuple)):
        for item in value:
            if not isinstance(item, (float, int)):
                yield from _parts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _parts(item)
    elif record:
        for field in dataclasses.fields(value):
            yield from _parts(getattr(value, field.name, None))


def _repeated(parts) -> bool:
    arrays = [p for p in parts if isinstance(p, np.ndarray)]
    if len({id(p) for p in parts}) < len(parts):
        return True
    return any(np.shares_memory(a, b) for k, a in enumerate(arrays) for b in arrays[:k])


def _shared(some, others) -> bool:
    if not others:
        return False
    ids = {id(p) for p in some}
    if any(id(p) in ids for p in others):
        return True
    first, second = ([p for p in parts if isinstance(p, np.ndarray)] for parts in (some, others))
    return any(np.shares_memory(a, b) for a in first for b in second)
