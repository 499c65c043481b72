"""Kinds: what the compiler knows of a value before it runs.

A gradient is generated for the kinds of its arguments, and every value inside the function has
one. `float` and `complex` are Python's own, which are *weak* in NumPy's promotion; `f8`, `f4`, `c16`
and `c8` are NumPy scalars. An array's extents are symbolic, see `extents`.

>>> n = Extent("u0")
>>> print(Array("f8", (n, 1)), List(FLOAT), Record(dict, ("a", "b"), (INT, Maybe(F8))))
f8[u0,1] list[float] dict('a':int,'b':f8 or None)
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from srcgrad.extents import Extent


@dataclass(frozen=True)
class Scalar:
    """A number: bool, int, float, complex (Python's own), or a NumPy scalar (i8, f8, f4, c16, c8)."""

    name: str

    def __str__(self):
        return self.name


@dataclass(frozen=True)
class Array:
    """A `numpy.ndarray` of a dtype (`f8`, `f4`, `c16`, `c8`, `i8`, `b1`) and symbolic extents."""

    dtype: str
    extents: tuple[Extent | int, ...]

    @property
    def ndim(self) -> int:
        return len(self.extents)

    def __str__(self):
        return f"{self.dtype}[{','.join(map(str, self.extents))}]"


@dataclass(frozen=True)
class List:
    """A Python list (or a tuple, where `type` says so) of any length, its elements of one kind."""

    elem: Kind
    type: str = "list"

    def __str__(self):
        return f"{self.type}[{self.elem}]"


@dataclass(frozen=True)
class Record:
    """A container whose layout is part of the kind: one kind per constant key."""

    type: type
    keys: tuple
    kinds: tuple[Kind, ...]

    def __str__(self):
        inside = ",".join(f"{k!r}:{v}" for k, v in zip(self.keys, self.kinds))
        return f"{self.type.__name__}({inside})"


@dataclass(frozen=True)
class Shape:
    """The shape tuple of an array, as symbolic extents."""

    extents: tuple[Extent | int, ...]

    def __str__(self):
        return f"shape[{','.join(map(str, self.extents))}]"


@dataclass(frozen=True)
class Literal:
    """A string, flag or None: only its value matters, and only in tests."""

    value: object

    def __str__(self):
        return f"literal({self.value!r})"


@dataclass(frozen=True)
class Thing:
    """Anything else: it can be passed on, not differentiated."""

    name: str = "object"

    def __str__(self):
        return self.name


@dataclass(frozen=True)
class Maybe:
    """A number, or None: what a variable is that one path assigns a number and another None."""

    kind: Scalar

    def __str__(self):
        return f"{self.kind} or None"


NUMBER = (Scalar, Maybe)  # what an element of a flat list is
Kind = Scalar | Maybe | Array | List | Record | Shape | Literal | Thing

BOOL, INT, FLOAT = Scalar("bool"), Scalar("int"), Scalar("float")
I8, F8, F4 = Scalar("i8"), Scalar("f8"), Scalar("f4")
COMPLEX, C16, C8 = Scalar("complex"), Scalar("c16"), Scalar("c8")
TEXT, THING, UNKNOWN = Thing("text"), Thing(), Thing("unknown")

_NUMPY = {"i8": "NumPy int", "f8": "NumPy float", "f4": "NumPy float32"}
_NUMPY |= {"c16": "NumPy complex number", "c8": "NumPy complex64"}


def described(kind) -> str:
    """A kind in the user's words.

    >>> described(Array("f8", (1, 1))), described(Literal(None)), described(FLOAT)
    ('an array of 2 dimensions', 'None', 'a float')
    """
    if isinstance(kind, Array):
        of = "a complex array" if is_complex(kind) else "an array"
        return f"{of} of {kind.ndim} dimension{'s' * (kind.ndim != 1)}"
    if isinstance(kind, Literal):
        return "None" if kind.value is None else described(Thing(type(kind.value).__name__))
    if isinstance(kind, List):
        return f"a {kind.type}"
    if isinstance(kind, Record):
        return f"a {kind.type.__name__}"
    if isinstance(kind, Shape):
        return "a shape"
    if isinstance(kind, Maybe):
        return f"{described(kind.kind)} or None"
    if isinstance(kind, Scalar):
        kind = _NUMPY.get(kind.name, kind)
    words = {
        "text": "string",
        "complex": "complex number",
        "str": "string",
        "unknown": "something without a rule",
    }
    return _with_article(words.get(str(kind), str(kind)))


def _with_article(word: str) -> str:
    if word.startswith("something"):
        return word
    return ("an " if word[0] in "aeiou" else "a ") + word


def is_number(kind) -> bool:
    return isinstance(kind, Scalar)


def is_integral(kind) -> bool:
    return isinstance(kind, Scalar) and kind.name in ("bool", "int", "i8")


def is_numeric(kind) -> bool:
    return isinstance(kind, (Scalar, Array))


def is_complex(kind) -> bool:
    """Whether a value of this kind is a complex number, or holds some.

    >>> is_complex(C16), is_complex(List(COMPLEX)), is_complex(Array("f8", (1,)))
    (True, True, False)
    """
    if isinstance(kind, (Scalar, Array)):
        return (kind.dtype if isinstance(kind, Array) else kind.name) in ("complex", "c8", "c16")
    if isinstance(kind, List):
        return is_complex(kind.elem)
    if isinstance(kind, Maybe):
        return is_complex(kind.kind)
    return isinstance(kind, Record) and any(map(is_complex, kind.kinds))


def can_vary(kind) -> bool:
    """Whether a value of this kind can carry a derivative."""
    if isinstance(kind, Scalar):
        return kind.name != "bool"
    if isinstance(kind, Maybe):
        return can_vary(kind.kind)
    if isinstance(kind, Array):
        return kind.dtype[0] in "fc"
    if isinstance(kind, List):
        return kind.elem is UNKNOWN or can_vary(kind.elem)
    return isinstance(kind, Record) and any(map(can_vary, kind.kinds))


def is_namedtuple(cls) -> bool:
    """Whether a class is a tuple whose elements have names."""
    return isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "_fields")


def is_record_class(cls) -> bool:
    """Whether a class holds structures under the names of fields: a dataclass or a NamedTuple."""
    return dataclasses.is_dataclass(cls) and cls.__new__ is object.__new__ or is_namedtuple(cls)


def field_names(cls) -> tuple:
    """The fields of a dataclass or NamedTuple, in their order."""
    return cls._fields if is_namedtuple(cls) else tuple(f.name for f in dataclasses.fields(cls))


def is_reference(kind) -> bool:
    """Whether a value of this kind can be changed in place."""
    return isinstance(kind, (Array, List))


def extents_in(kind) -> set:
    """The extents that a kind is made of."""
    if isinstance(kind, List):
        return extents_in(kind.elem)
    return set(kind.extents) if isinstance(kind, Array) else set()


def element(kind):
    """What indexing an array or a list with one int per axis gives."""
    if isinstance(kind, List):
        return kind.elem
    return {"b1": BOOL}.get(kind.dtype) or Scalar(kind.dtype)
