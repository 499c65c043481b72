"""Operands: what stands for a value in a gate, and what is known of it.

>>> from srcgrad.kinds import Array
>>> kind_of(Const(2.0)), literal(Tup((Const(0), Const(1))))
(Scalar(name='float'), (0, 1))
>>> x = Value("x", Array("f8", (1, 1)))
>>> indexed(kind_of(x), Slice(None, None, None))[1]
True
"""

from __future__ import annotations

from srcgrad.ir import Const, Gate, Slice, Tup, Value
from srcgrad.kinds import (
    BOOL,
    FLOAT,
    INT,
    THING,
    Array,
    List,
    Literal,
    Maybe,
    Record,
    Scalar,
    Shape,
    element,
    is_integral,
    sliced,
)


class KindError(Exception):
    """The operation does not take operands of these kinds."""


def kind_of(operand):
    """The kind of any operand."""
    match operand:
        case Value():
            return operand.kind
        case Const():
            value = operand.value
            if isinstance(value, bool):
                return Literal(value)
            return {int: INT, float: FLOAT}.get(type(value)) or Literal(value)
        case Gate():
            return THING if operand.out is None else operand.out.kind
        case Tup():
            return Record(
                tuple, tuple(range(len(operand.items))), tuple(map(kind_of, operand.items))
            )
    return THING


def number_kind(operand):
    """As `kind_of`, a literal flag counting as the number that it is."""
    kind = kind_of(operand)
    return BOOL if isinstance(kind, Literal) and isinstance(kind.value, bool) else kind


def indexed(kind, index):
    """The kind of `container[index]`, and whether it is a view of the container."""
    if isinstance(kind, Shape):
        return INT, False
    if isinstance(kind, Record):
        return kind.kinds[kind.keys.index(index.value)], True
    if isinstance(kind, List):
        if isinstance(index, Slice):
            return kind, False
        return kind.elem, isinstance(kind.elem, (List, Array))
    extents, items = [], list(index_items(index))
    axes = sum(1 for i in items if not (isinstance(i, Const) and i.value in (None, ...)))
    left = list(kind.extents)
    if axes > len(left):
        raise KindError(f"{axes} subscripts for {len(left)} axes")
    for item in items:
        if isinstance(item, Const) and item.value is None:
            extents.append(1)
        elif isinstance(item, Const) and item.value is ...:
            count = len(left) - sum(
                1
                for i in items[items.index(item) + 1 :]
                if not (isinstance(i, Const) and i.value is None)
            )
            extents += left[:count]
            left = left[count:]
        elif isinstance(item, Slice):
            bounds = [
                p.value if isinstance(p, Const) else ("?" if p is not None else None)
                for p in (item.lo, item.hi)
            ]
            step = (
                item.step.value
                if isinstance(item.step, Const)
                else ("?" if item.step is not None else None)
            )
            extents.append(sliced(left.pop(0), *bounds, step))  # type: ignore[call-arg]
        elif is_integral(number_kind(item)):
            left.pop(0)
        else:
            raise KindError("arrays are indexed by ints and slices so far")
    extents += left
    basic = Array(kind.dtype, tuple(extents))
    whole = not extents and not any(isinstance(i, Const) and i.value is ... for i in items)
    return (element(kind), False) if whole else (basic, True)


def literal(operand):
    """The Python value of a constant operand; raises ValueError where it is not one."""
    if isinstance(operand, Const):
        return operand.value
    if isinstance(operand, Tup):
        return tuple(map(literal, operand.items))
    raise ValueError("not a literal")


def index_items(index):
    return index.items if isinstance(index, Tup) else (index,)


def hint_of(operand) -> str:
    return operand.hint if isinstance(operand, Value) else "x"


def dtype_of(kind, like) -> str:
    if isinstance(kind, Array):
        return kind.dtype
    return {"float": like.dtype, "int": like.dtype, "bool": like.dtype}.get(kind.name, kind.name)


def cotangent_kind(kind):
    """The kind of the cotangent of a value of this kind."""
    if isinstance(kind, List):
        return List(cotangent_kind(kind.elem), kind.type)
    if isinstance(kind, (Scalar, Maybe)):
        return FLOAT
    return kind


def identity(operand):
    """What two operands have in common that are the same: a value is itself only."""
    match operand:
        case Value():
            return id(operand)
        case Const():
            return type(operand.value), repr(operand.value)
        case Tup():
            return ("tup", *map(identity, operand.items))
        case Slice():
            return "slice", identity(operand.lo), identity(operand.hi), identity(operand.step)
        case Gate() if operand.out is not None:
            return operand.op, *map(identity, operand.args), *(identity(v) for _, v in operand.kw)
    return operand if operand is None else id(operand)
