"""Numbers and arrays to try a function with."""

from __future__ import annotations

import ast
import collections.abc
import dataclasses
import random
import types
import typing
from collections.abc import Iterable
from typing import Any

from srcgrad.errors import ArgumentError

DTYPES = {"f64": "float64", "f32": "float32", "i64": "int64", "i32": "int32", "bool": "bool"}


class Sample:
    """Numbers to try a function with: random, the same in each run, and never zero."""

    def __init__(self) -> None:
        self._random = random.Random(0)

    def literal(self, node: ast.expr) -> Any:
        """Evaluate a literal in which arrays may stand as placeholders."""
        match node:
            case ast.Subscript(ast.Name(dtype)) if dtype in DTYPES:
                try:
                    shape = ast.literal_eval(node.slice)
                    return self.array(dtype, shape if isinstance(shape, tuple) else (shape,))
                except (TypeError, ValueError):
                    text = ast.unparse(node)
                    raise ArgumentError(f"--at: `{text}` is no shape; say `f64[3, 4]`") from None
            case ast.List(items):
                return [self.literal(item) for item in items]
            case ast.Tuple(items):
                return tuple(self.literal(item) for item in items)
            case ast.Dict(keys, items) if None not in keys:
                names = [ast.literal_eval(key) for key in keys if key]
                return dict(zip(names, map(self.literal, items), strict=True))
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError):
            known = ", ".join(f"`{dtype}[3, 4]`" for dtype in ("f64", "f32", "i64"))
            text = ast.unparse(node)
            raise ArgumentError(f"--at: `{text}` is neither a literal nor one of {known}") from None

    def number(self) -> float:
        """Return a float between 0.5 and 1.5, of two decimals: most functions are defined there."""
        return round(self._random.uniform(0.5, 1.5), 2)

    def array(self, dtype: str, shape: tuple[int, ...]) -> Any:
        """Return an array whose numbers are of either sign (floats) or positive (ints)."""
        import numpy as np

        generator = np.random.default_rng(self._random.getrandbits(32))
        if dtype == "bool":
            return generator.integers(0, 2, shape).astype(bool)
        if dtype.startswith("i"):
            return generator.integers(1, 10, shape).astype(DTYPES[dtype])
        sign = generator.choice([-1.0, 1.0], shape)
        return np.asarray(sign * generator.uniform(0.25, 1.75, shape), DTYPES[dtype])

    def of(self, annotation: Any, length: int = 0) -> Any:
        """Return a value of a type; LookupError where the type does not say enough."""
        origin, parameters = typing.get_origin(annotation), typing.get_args(annotation)
        if hasattr(origin or annotation, "__value__"):  # a `type` statement of Python 3.12
            value = (origin or annotation).__value__
            return self.of(value[parameters] if parameters else value, length)
        if origin is typing.Annotated:
            return self.of(parameters[0], length)
        if origin is typing.Literal:
            return parameters[0]
        if origin in (typing.Union, types.UnionType):
            return self.of(next(t for t in parameters if t is not type(None)), length)
        kind = origin or annotation
        if kind in (float, int, bool, str, complex):
            made = {int: 3, bool: True, str: "a", complex: 1j}
            return made[kind] if kind in made else self.number()
        if kind in (tuple,) and parameters and parameters[-1] is not Ellipsis:
            return tuple(self.of(t) for t in parameters)
        if kind in (list, tuple, collections.abc.Sequence, collections.abc.Iterable):
            element = parameters[0] if parameters else float
            return (tuple if kind is tuple else list)(self.of(element) for _ in range(length or 3))
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            return self._record(
                kind, [field.name for field in dataclasses.fields(kind) if field.init]
            )
        if isinstance(kind, type) and hasattr(kind, "_fields"):
            return self._record(kind, kind._fields)
        if getattr(kind, "__module__", "").startswith("numpy"):
            return self._numpy(kind, parameters)
        raise LookupError(annotation)

    def _record(self, kind: Any, names: Iterable[str]) -> Any:
        """Return a dataclass or NamedTuple; the names are those of its fields."""
        hints = typing.get_type_hints(kind)
        return kind(**{name: self.of(hints[name]) for name in names})

    def _numpy(self, kind: Any, parameters: tuple[Any, ...]) -> Any:
        """Return an array (one-dimensional where its type gives no rank), or a NumPy scalar."""
        import numpy as np

        if isinstance(kind, type) and issubclass(kind, np.floating):
            return kind(self.number())
        if kind is not np.ndarray:
            raise LookupError(kind)
        shape, dtype = (*parameters, Any, Any)[:2]
        axes = typing.get_args(shape)
        rank = len(axes) if axes and Ellipsis not in axes else 1
        scalar = (*typing.get_args(dtype), None)[0]
        name = np.dtype(scalar).name if isinstance(scalar, type) else "float64"
        short = next((s for s, long in DTYPES.items() if long == name), "f64")
        return self.array(short, tuple(range(4, 4 + rank)))
