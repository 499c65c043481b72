"""From arguments to kinds, and back to the question whether a specialisation serves them.

>>> print(kind_of_argument([2, -3.0], "w"))
list(0:int,1:float)
"""

from __future__ import annotations

import functools
import types

import numpy as np

from srcgrad.extents import Extent
from srcgrad.kinds import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    Array,
    Kind,
    List,
    Literal,
    Record,
    Scalar,
    Thing,
    field_names,
    is_record_class,
)

_DTYPES = {"f8": "f8", "f4": "f4", "i8": "i8", "b1": "b1", "i4": "i8", "c16": "c16", "c8": "c8"}


def kind_of_argument(value, name: str | None) -> Kind:
    """The kind of one argument (of a global where `name` is None)."""
    kind = type(value)
    if kind is float:
        return FLOAT
    if kind is complex:
        return COMPLEX
    if kind is bool or value is None or kind is str:
        return Literal(value)
    if kind is int:
        return INT
    if kind is np.ndarray:
        code = value.dtype.kind + str(value.dtype.itemsize)
        if code not in _DTYPES:
            return Thing(f"array of {value.dtype}")
        stem = name or "g"
        extents = tuple(1 if n == 1 else Extent(f"{stem}.{k}") for k, n in enumerate(value.shape))
        return Array(_DTYPES[code], extents)
    if isinstance(value, np.generic):
        code = value.dtype.kind + str(value.dtype.itemsize)
        return {
            "f8": Scalar("f8"),
            "f4": Scalar("f4"),
            "c16": Scalar("c16"),
            "c8": Scalar("c8"),
            "i8": Scalar("i8"),
            "i4": Scalar("i8"),
            "b1": BOOL,
        }.get(code, Thing(str(value.dtype)))
    if kind in (list, tuple):
        kinds = tuple(kind_of_argument(v, f"{name}.{k}") for k, v in enumerate(value))
        return Record(kind, tuple(range(len(value))), kinds)
    if kind is dict and all(isinstance(k, (str, int)) for k in value):
        kinds = tuple(kind_of_argument(v, f"{name}.{k}") for k, v in value.items())
        return Record(dict, tuple(value), kinds)
    if name is not None and is_record_class(kind):
        names = field_names(kind)
        if all(hasattr(value, n) for n in names) and not _holds_itself(value):
            kinds = tuple(kind_of_argument(getattr(value, n), f"{name}.{n}") for n in names)
            return Record(kind, names, kinds)
    if callable(value) and not hasattr(value, "__dict__") or kind in _FUNCTIONS:
        return Thing(f"function {getattr(value, '__qualname__', value)} at {id(value)}")
    return Thing(kind.__name__)


def accepts(kind: Kind, value, inside: bool = False) -> bool:
    """Whether code specialised to `kind` serves this argument."""
    if isinstance(kind, List):
        if type(value).__name__ != kind.type:
            return False
        return all(accepts(kind.elem, v, True) for v in value)
    if isinstance(kind, Record):
        if type(value) is not kind.type:
            return False
        if is_record_class(kind.type):
            parts = [getattr(value, n, _MISSING) for n in kind.keys]
            return not _holds_itself(value) and all(map(accepts, kind.kinds, parts))
        if len(value) != len(kind.keys):
            return False
        items = value.values() if kind.type is dict else value
        if kind.type is dict and tuple(value) != kind.keys:
            return False
        return all(accepts(k, v) for k, v in zip(kind.kinds, items))
    if isinstance(kind, Array):
        if type(value) is not np.ndarray or value.ndim != kind.ndim:
            return False
        code = value.dtype.kind + str(value.dtype.itemsize)
        if _DTYPES.get(code) != kind.dtype:
            return False
        return all(
            (e == 1) == (n == 1) or (e != 1 and e.may_be_one)
            for e, n in zip(kind.extents, value.shape)
        )
    if kind == FLOAT:
        return type(value) is float or type(value) is int and inside
    if isinstance(kind, Literal):
        return type(value) is type(kind.value) and value == kind.value
    if isinstance(kind, Thing):
        return kind_of_argument(value, "") == kind
    return kind_of_argument(value, "") == kind


def _holds_itself(value, above=()) -> bool:
    """Whether a structure is part of itself, so that it has no end."""
    if isinstance(value, (list, tuple, dict)):
        parts = value.values() if isinstance(value, dict) else value
    elif is_record_class(type(value)):
        parts = [getattr(value, n, None) for n in field_names(type(value))]
    else:
        return False
    return id(value) in above or any(_holds_itself(p, (*above, id(value))) for p in parts)


_MISSING = object()
_FUNCTIONS = {
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    functools.partial,
    type,
    np.ufunc,
}
