"""Kinds: what the compiler knows of a value before it runs.

A gradient is generated for the kinds of its arguments, and every value inside the function has
one. `float` and `complex` are Python's own, which are *weak* in NumPy's promotion; `f8`, `f4`, `c16`
and `c8` are NumPy scalars. An array's extents are symbolic: `1`, a name, or a name less what slices cut off, so that
`u[2:]`, `u[1:-1]` and `u[:-2]` of one `u` agree and nothing is summed where nothing was broadcast.

>>> n = Extent("u0")
>>> sliced(n, 2, None) == sliced(n, 1, -1) == sliced(n, None, -2)
True
>>> print(broadcast((n,), (1,)))
(Extent(name='u0', cut=0, may_be_one=False, each=False),)
"""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass

_fresh = itertools.count()


@dataclass(frozen=True)
class Extent:
    """The length `max(name - cut, 0)` of one axis; `each`: of the elements of a list, each its own."""

    name: str
    cut: int = 0
    may_be_one: bool = False
    each: bool = False

    def __str__(self):
        return f"{self.name}-{self.cut}" if self.cut else self.name


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

_RANK = {"bool": 0, "b1": 0, "int": 1, "i8": 2, "float": 3, "f4": 4, "f8": 5}
_RANK |= {"complex": 6, "c8": 7, "c16": 8}
_REAL = {"complex": "float", "c8": "f4", "c16": "f8"}  # what the parts of a complex number are
_COMPLEX = {real: name for name, real in _REAL.items()}


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
        return (kind.dtype if isinstance(kind, Array) else kind.name) in _REAL
    if isinstance(kind, List):
        return is_complex(kind.elem)
    if isinstance(kind, Maybe):
        return is_complex(kind.kind)
    return isinstance(kind, Record) and any(map(is_complex, kind.kinds))


def real_kind(kind):
    """The kind of the real part of a number or an array.

    >>> print(real_kind(C8), real_kind(Array("c16", (1,))), real_kind(INT))
    f4 f8[1] int
    """
    if isinstance(kind, Array):
        return Array(_REAL.get(kind.dtype, kind.dtype), kind.extents)
    return Scalar(_REAL.get(kind.name, kind.name))


def complex_kind(kind):
    """The kind of what a function makes complex: `floating` is its parts'."""
    kind = floating(kind)
    if isinstance(kind, Array):
        return Array(_COMPLEX.get(kind.dtype, kind.dtype), kind.extents)
    return Scalar(_COMPLEX.get(kind.name, kind.name))


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


def fresh_extent(stem: str = "n") -> Extent:
    return Extent(f"{stem}_{next(_fresh)}", may_be_one=True)


def constant_extent(n: int):
    """The extent of an axis of this length: lengths that are known agree by their names.

    >>> constant_extent(3) == constant_extent(3), constant_extent(1)
    (True, 1)
    """
    return 1 if n == 1 else Extent(str(n))


def known_length(extent) -> int | None:
    """How long an axis is, where its extent says so."""
    if extent == 1:
        return 1
    return int(extent.name) - extent.cut if extent.name.isdecimal() else None


def either(x, y):
    """The extent of an axis that is one or the other: never 1 where neither is."""
    if x == y:
        return x
    ones, each = may_be_one(x) or may_be_one(y), is_each(x) or is_each(y)
    return Extent(f"n_{next(_fresh)}", may_be_one=ones, each=each)


def sliced(extent, lo, hi, step=None):
    """The extent of `x[lo:hi:step]`; a fresh name where the bounds are not constants that cut."""
    if step == -1 and lo is None and hi is None:
        return extent
    bounds = (lo, hi, step)
    known = known_length(extent)
    if known is not None and all(b is None or type(b) is int for b in bounds) and step != 0:
        return constant_extent(len(range(known)[slice(*bounds)]))
    if step == -1 and lo is hi is None:
        return extent
    if step not in (None, 1) or hi == 0:
        return fresh_extent()
    lo = 0 if lo is None else lo
    hi = 0 if hi is None else hi
    if not (isinstance(lo, int) and isinstance(hi, int) and lo >= 0 and hi <= 0):
        return fresh_extent()
    if lo == 0 and hi == 0:
        return extent
    return Extent(extent.name, extent.cut + lo - hi, may_be_one=True)


def is_each(extent) -> bool:
    return isinstance(extent, Extent) and extent.each


def may_be_one(extent) -> bool:
    return extent == 1 or extent.may_be_one


def broadcast(*shapes):
    """NumPy's broadcasting of symbolic shapes."""
    ndim = max(map(len, shapes))
    padded = [(1,) * (ndim - len(s)) + tuple(s) for s in shapes]
    out = []
    for axis in zip(*padded):
        sure = [e for e in axis if not may_be_one(e)]
        maybe = list(dict.fromkeys(e for e in axis if e != 1))
        if sure:
            out.append(sure[0])
        elif not maybe:
            out.append(1)
        else:
            out.append(maybe[0] if len(maybe) == 1 else fresh_extent())
    return tuple(out)


def join(a, b):
    """The least kind that covers both; `UNKNOWN` covers nothing yet. None where there is none."""
    if a == b or b is UNKNOWN:
        return a
    if a is UNKNOWN:
        return b
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        return a if _RANK[a.name] >= _RANK[b.name] else b
    if isinstance(a, Literal) and isinstance(b, Literal):
        return TEXT if isinstance(a.value, str) and isinstance(b.value, str) else THING
    if Maybe in (type(a), type(b)) or Literal(None) in (a, b):
        return _maybe(a, b)
    if isinstance(a, Literal) and isinstance(a.value, bool) and b == BOOL:
        return BOOL
    if isinstance(b, Literal):
        return join(b, a) if not isinstance(a, Literal) and isinstance(b.value, bool) else None
    if isinstance(a, Array) and isinstance(b, Array) and a.ndim == b.ndim:
        dtype = a.dtype if _RANK[a.dtype] >= _RANK[b.dtype] else b.dtype
        if a.dtype != b.dtype:
            return None
        extents = tuple(map(either, a.extents, b.extents))
        return Array(dtype, extents)
    if isinstance(a, List) and isinstance(b, List) and a.type == b.type:
        elem = join(a.elem, b.elem)
        return None if elem is None else List(elem, a.type)
    return None


def _maybe(a, b):
    """What covers a number, or None, and another such."""
    kinds = [k.kind if isinstance(k, Maybe) else k for k in (a, b) if k != Literal(None)]
    kind = kinds[0] if len(kinds) == 1 else join(*kinds)
    return Maybe(kind) if isinstance(kind, Scalar) else None


def absorbed(a, b, ours):
    """As `join`, but what a name of `ours` stands for may be as long as anything: it stays.

    >>> n, m = Extent("x0"), Extent("y0")
    >>> wide = join(Array("f8", (n,)), Array("f8", (m,)))
    >>> absorbed(wide, Array("f8", (m,)), set(wide.extents)) == wide
    True
    """
    if isinstance(a, List) and isinstance(b, List) and a.type == b.type:
        elem = absorbed(a.elem, b.elem, ours)
        return None if elem is None else List(elem, a.type)
    both = join(a, b)
    if isinstance(a, Array) and isinstance(b, Array) and both is not None:
        kept = (
            x if x in ours and _covers(x, y) else z
            for x, y, z in zip(a.extents, b.extents, both.extents)
        )
        return Array(both.dtype, tuple(kept))
    return both


def _covers(x, y) -> bool:
    """Whether an extent that may stand for any length may stand for this one."""
    return (may_be_one(x) or not may_be_one(y)) and (is_each(x) or not is_each(y))


def together(a, b):
    """What covers two elements of one list, as `join`: lengths in which they differ are each element's own.

    >>> n, m = Extent("x0"), Extent("y0")
    >>> both = together(Array("f8", (n, n)), Array("f8", (n, m)))
    >>> both.extents[0] == n, both.extents[1].each, together(both, Array("f8", (n, n))) == both
    (True, True, True)
    >>> alone(both).extents[1].each
    False
    """
    if isinstance(a, List) and isinstance(b, List) and a.type == b.type:
        elem = together(a.elem, b.elem)
        return None if elem is None else List(elem, a.type)
    both = join(a, b)
    if isinstance(a, Array) and isinstance(b, Array) and both is not None:
        return Array(both.dtype, tuple(map(_each, a.extents, b.extents)))
    return both


def _each(x, y):
    if x == y:
        return x
    for one, other in ((x, y), (y, x)):
        if is_each(one) and _covers(one, other):
            return one
    return Extent(fresh_extent().name, may_be_one=may_be_one(x) or may_be_one(y), each=True)


def alone(kind):
    """The kind of an element that was read: its lengths are not those of the next one."""
    if not isinstance(kind, Array) or not any(map(is_each, kind.extents)):
        return kind
    own: dict = {
        e: Extent(fresh_extent().name, may_be_one=e.may_be_one)
        for e in kind.extents
        if isinstance(e, Extent) and e.each
    }
    return Array(kind.dtype, tuple(own.get(e, e) for e in kind.extents))


def extents_in(kind) -> set:
    """The extents that a kind is made of."""
    if isinstance(kind, List):
        return extents_in(kind.elem)
    return set(kind.extents) if isinstance(kind, Array) else set()


def same_up_to_names(a, b) -> bool:
    """Equal but for the names of fresh extents: where a fixpoint over kinds may stop."""
    if isinstance(a, Array) and isinstance(b, Array):
        pairs = zip(a.extents, b.extents)
        return (a.dtype, a.ndim) == (b.dtype, b.ndim) and all(
            x == y
            or 1 not in (x, y)
            and may_be_one(x) == may_be_one(y)
            and is_each(x) == is_each(y)
            for x, y in pairs
        )
    if isinstance(a, List) and isinstance(b, List):
        return a.type == b.type and same_up_to_names(a.elem, b.elem)
    return a == b


def promote(*kinds):
    """The kind of an arithmetic result: NumPy's promotion (NEP 50), Python's own for scalars.

    >>> print(promote(COMPLEX, Array("f4", (1,))), promote(C8, F8), promote(COMPLEX, INT))
    c8[1] c16 complex
    """
    if any(map(is_complex, kinds)):
        return complex_kind(promote(*map(real_kind, kinds)))
    if all(isinstance(k, Scalar) or not k.extents for k in kinds):
        # arithmetic of arrays without axes gives NumPy scalars
        kinds = tuple(k if isinstance(k, Scalar) else element(k) for k in kinds)
    arrays = [k for k in kinds if isinstance(k, Array)]
    if not arrays:
        best = max((k.name for k in kinds), key=_RANK.__getitem__)
        strong = [k.name for k in kinds if k.name in ("i8", "f4", "f8")]
        if strong and best == "float":
            best = "f8"
        if "f4" in strong and "i8" in strong:
            best = "f8"
        return Scalar("int" if best == "bool" else best)
    weak = any(k.name == "float" for k in kinds if isinstance(k, Scalar))
    strong = [k.dtype for k in arrays]
    strong += [k.name for k in kinds if isinstance(k, Scalar) and k.name in ("i8", "f4", "f8")]
    dtype = max(strong, key=_RANK.__getitem__)
    if dtype == "f4" and "i8" in strong or weak and dtype in ("i8", "b1"):
        dtype = "f8"
    if dtype == "b1" and any(k.name == "int" for k in kinds if isinstance(k, Scalar)):
        dtype = "i8"
    return Array(dtype, broadcast(*(k.extents for k in arrays)))


def floating(kind):
    """The kind of a true quotient or an elementary function of `kind`."""
    if isinstance(kind, Scalar):
        return {"bool": FLOAT, "int": FLOAT, "i8": F8}.get(kind.name, kind)
    return kind if kind.dtype[0] in "fc" else Array("f8", kind.extents)


def gathered_dtype(names) -> str:
    """The dtype of an array that is made of elements of these: floats are as precise as Python's.

    >>> gathered_dtype(["i8", "f4"]), gathered_dtype(["b1", "i8"]), gathered_dtype([])
    ('f8', 'i8', 'f8')
    >>> gathered_dtype(["float", "complex"]), gathered_dtype(["c8", "f4"])
    ('c16', 'c8')
    """
    if any(n in _REAL for n in names):
        return _COMPLEX.get(gathered_dtype([_REAL.get(n, n) for n in names]), "c16")
    found = {{"bool": "b1", "int": "i8", "float": "f8"}.get(n, n) for n in names}
    if not found or {"i8", "f4"} <= found:
        return "f8"
    return max(found, key=_RANK.__getitem__)


def element(kind):
    """What indexing an array or a list with one int per axis gives."""
    if isinstance(kind, List):
        return kind.elem
    return {"b1": BOOL}.get(kind.dtype) or Scalar(kind.dtype)


def same_shape(a, b) -> bool:
    """Whether arrays of these kinds, one of which broadcasts to the other, have one shape and dtype.

    Different names that are never 1 are one length wherever the operation that joined them ran.
    """
    if not (isinstance(a, Array) and isinstance(b, Array)) or (a.dtype, a.ndim) != (
        b.dtype,
        b.ndim,
    ):
        return False
    return all(x == y or not (may_be_one(x) or may_be_one(y)) for x, y in zip(a.extents, b.extents))
