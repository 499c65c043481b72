"""Promotion: the kind of what arithmetic makes of numbers and arrays of several kinds.

It is NumPy's (NEP 50), in which Python's own numbers are weak, and Python's own among them.

>>> from srcgrad.kinds import BOOL, INT
>>> print(promote(FLOAT, Array("f4", (1,))), promote(F8, Array("f4", (1,))), promote(INT, BOOL))
f4[1] f8[1] int
"""

from __future__ import annotations

from srcgrad.extents import broadcast
from srcgrad.kinds import F8, FLOAT, Array, Scalar, element, is_complex

RANK = {"bool": 0, "b1": 0, "int": 1, "i8": 2, "float": 3, "f4": 4, "f8": 5}
RANK |= {
    "complex": 6,
    "c8": 7,
    "c16": 8,
}  # of two kinds of number, the one of higher rank holds both
_REAL = {"complex": "float", "c8": "f4", "c16": "f8"}  # what the parts of a complex number are
_COMPLEX = {real: name for name, real in _REAL.items()}


def real_kind(kind):
    """The kind of the real part of a number or an array.

    >>> from srcgrad.kinds import C8, INT
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


def promote(*kinds):
    """The kind of an arithmetic result: NumPy's promotion (NEP 50), Python's own for scalars.

    >>> from srcgrad.kinds import C8, COMPLEX, INT
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
        best = max((k.name for k in kinds), key=RANK.__getitem__)
        strong = [k.name for k in kinds if k.name in ("i8", "f4", "f8")]
        if strong and best == "float":
            best = "f8"
        if "f4" in strong and "i8" in strong:
            best = "f8"
        return Scalar("int" if best == "bool" else best)
    weak = any(k.name == "float" for k in kinds if isinstance(k, Scalar))
    strong = [k.dtype for k in arrays]
    strong += [k.name for k in kinds if isinstance(k, Scalar) and k.name in ("i8", "f4", "f8")]
    dtype = max(strong, key=RANK.__getitem__)
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
    return max(found, key=RANK.__getitem__)
