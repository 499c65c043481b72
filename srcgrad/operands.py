"""Operands: what stands for a value in a gate, and what is known of it.

>>> from srcgrad.kinds import Array
>>> kind_of(Const(2.0)), literal(Tup((Const(0), Const(1))))
(Scalar(name='float'), (0, 1))
"""

from __future__ import annotations

from srcgrad.ir import Const, Gate, Slice, Tup, Value
from srcgrad.kinds import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    THING,
    Array,
    List,
    Literal,
    Maybe,
    Record,
    Scalar,
    is_complex,
)
from srcgrad.promotion import promote, real_kind

_NUMBERS = {int: INT, float: FLOAT, complex: COMPLEX}


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
            return _NUMBERS.get(type(value)) or Literal(value)
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


def literal(operand):
    """The Python value of a constant operand; raises ValueError where it is not one."""
    if isinstance(operand, Const):
        return operand.value
    if isinstance(operand, Tup):
        return tuple(map(literal, operand.items))
    raise ValueError("not a literal")


def is_numeral(operand) -> bool:
    """Whether an operand is a real number that is written out: no flag, and not complex."""
    return isinstance(operand, Const) and type(operand.value) in (int, float)


def equals(operand, number) -> bool:
    """Whether an operand is this number, written out.

    >>> equals(Const(0.0), 0), equals(Const(False), 0)
    (True, False)
    """
    return is_numeral(operand) and operand.value == number


def surely_turns(start, stop, step) -> bool:
    """Whether a loop over the range of these operands has a first turn, whatever the arguments are.

    >>> surely_turns(Const(0), Const(3), Const(1)), surely_turns(Const(3), Const(3), Const(1))
    (True, False)
    """
    span = start, stop, step
    return all(isinstance(o, Const) for o in span) and bool(range(*(o.value for o in span)))


def index_items(index):
    return index.items if isinstance(index, Tup) else (index,)


def is_new_axis(item) -> bool:
    """Whether a subscript is `None`, which puts an axis in."""
    return isinstance(item, Const) and item.value is None


def is_ellipsis(item) -> bool:
    return isinstance(item, Const) and item.value is ...


def is_whole(item) -> bool:
    """Whether a subscript is a slice that leaves its axis as it is."""
    return isinstance(item, Slice) and item.lo is item.hi is item.step is None


def one_an_axis(index, ndim) -> list:
    """A subscript as one item for each of the axes, and new ones: what is not written is whole.

    No mask of several axes may be among them.

    >>> [is_whole(i) for i in one_an_axis(Tup((Const(...), Const(0))), 3)]
    [True, True, False]
    """
    items = list(index_items(index))
    at = next((k for k, i in enumerate(items) if is_ellipsis(i)), len(items))
    written = sum(not is_new_axis(i) and not is_ellipsis(i) for i in items)
    return [*items[:at], *[Slice(None, None, None)] * (ndim - written), *items[at + 1 :]]


def hint_of(operand) -> str:
    return operand.hint if isinstance(operand, Value) else "x"


def dtype_of(kind, like) -> str:
    if isinstance(kind, Array):
        return kind.dtype
    if kind.name == "complex":
        return promote(like, kind).dtype
    weak = real_kind(like).dtype
    return {"float": weak, "int": weak, "bool": weak}.get(kind.name, kind.name)


def cotangent_kind(kind):
    """The kind of the cotangent of a value of this kind."""
    if isinstance(kind, List):
        return List(cotangent_kind(kind.elem), kind.type)
    if isinstance(kind, (Scalar, Maybe)):
        return COMPLEX if is_complex(kind) else FLOAT
    return kind


def cotangent_of(value: Value, hint: str | None = None) -> Value:
    """A new value for the cotangent of a value: `dx` of `x`."""
    return Value(f"d{hint or value.hint}", cotangent_kind(value.kind), True, True)


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
