"""How the kind of a result follows from the kinds of the arguments: one small function a class.

Each takes the arguments by name and `kind_of` (operand -> kind) and returns a kind, or None where
the arguments are not ones that the function takes.
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.extents import broadcast, constant_extent, fresh_extent
from srcgrad.ir import Const, Tup
from srcgrad.joins import together
from srcgrad.kinds import (
    BOOL,
    C16,
    COMPLEX,
    F8,
    FLOAT,
    I8,
    INT,
    TEXT,
    UNKNOWN,
    Array,
    List,
    Scalar,
    Shape,
    element,
    is_integral,
    is_numeric,
)
from srcgrad.operands import KindError, literal
from srcgrad.promotion import floating, promote
from srcgrad.rules.record import kind_rule

# classes of functions whose arrays broadcast together, and of those that fit whatever they get
BROADCASTING = {"arith", "quotient", "compare", "npfloat", "nparith", "power", "where"}
BROADCASTING |= {
    "spline",
    "nparray",
    "npdouble",
    "npint",
    "npfirst",
    "gate_elementwise",
    "gate_ufunc",
}
TOTAL = {"flattened", "like", "reduce", "shaped", "filled", "listsum", "first"}
TOTAL |= {"part", "modulus", "same_complex", "of_parts", "angle"}
TOTAL |= {
    "reduction",
    "positions",
    "found",
    "where_nonzero",
    "reduce_to_int",
    "reduce_to_float",
    "reduce_to_bool",
    "float",
    "listfloat",
    "listadded",
    "int",
    "bool",
    "text",
    "none",
    "gate_float",
    "gate_like",
    "norm",
}


# the dtypes of arrays that are made of Python's numbers
OF_NUMBERS = {"float": "f8", "int": "i8", "bool": "b1", "complex": "c16"}


def numeric(args, kind_of):
    kinds = [kind_of(a) for a in args.values() if not (isinstance(a, Const) and a.value is None)]
    return kinds if all(map(is_numeric, kinds)) else None


@kind_rule
def float_(rule, args, kind_of):
    kinds = numeric(args, kind_of)
    return FLOAT if kinds and not any(isinstance(k, Array) and k.ndim for k in kinds) else None


@kind_rule
def int_(rule, args, kind_of):
    kinds = numeric(args, kind_of)
    return INT if kinds and not any(isinstance(k, Array) for k in kinds) else None


@kind_rule
def bool_(rule, args, kind_of):
    return BOOL


@kind_rule
def text(rule, args, kind_of):
    return TEXT


@kind_rule
def arith(rule, args, kind_of):
    kinds = numeric(args, kind_of)
    return promote(*kinds) if kinds else None


@kind_rule
def quotient(rule, args, kind_of):
    kinds = numeric(args, kind_of)
    return floating(promote(*kinds)) if kinds else None


@kind_rule
def compare(rule, args, kind_of):
    kinds = [kind_of(a) for a in args.values()]
    arrays = [k for k in kinds if isinstance(k, Array)]
    return Array("b1", broadcast(*(k.extents for k in arrays))) if arrays else BOOL


@kind_rule
def npfloat(rule, args, kind_of):
    kind = _numpy_scalar(quotient(rule, args, kind_of))
    if rule.name.startswith("scipy.") and len(args) > 1 and isinstance(kind, Array):
        return replace(kind, dtype="f8")  # SciPy takes a number beside float32 for float64
    return kind


@kind_rule
def nparith(rule, args, kind_of):
    return _numpy_scalar(arith(rule, args, kind_of))


def _numpy_scalar(kind):
    """What NumPy makes of a number of Python's."""
    return {FLOAT: F8, INT: I8, COMPLEX: C16}.get(kind, kind)


@kind_rule
def npdouble(rule, args, kind_of):
    """A float64, whatever goes in."""
    kind = arith(rule, args, kind_of)
    return replace(kind, dtype="f8") if isinstance(kind, Array) else kind and F8


@kind_rule
def npint(rule, args, kind_of):
    kind = arith(rule, args, kind_of)
    return replace(kind, dtype="i8") if isinstance(kind, Array) else kind and I8


@kind_rule
def npfirst(rule, args, kind_of):
    """A float of the first argument's precision, of the shape of all."""
    kinds = numeric(args, kind_of)
    if not kinds:
        return None
    both, kind = promote(*kinds), _numpy_scalar(floating(kinds[0]))
    dtype = kind.dtype if isinstance(kind, Array) else kind.name
    return Array(dtype, both.extents) if isinstance(both, Array) else kind


@kind_rule
def spline(rule, args, kind_of):
    """An array, also of a number."""
    x = kind_of(args["x"])
    return Array("f8", x.extents if isinstance(x, Array) else ()) if is_numeric(x) else None


@kind_rule
def bispline(rule, args, kind_of):
    """A number of numbers: arrays would span a grid."""
    kinds = kind_of(args["x"]), kind_of(args["y"])
    return F8 if all(isinstance(k, Scalar) for k in kinds) else None


@kind_rule
def nparray(rule, args, kind_of):
    """An array, also of numbers."""
    kind = arith(rule, args, kind_of)
    return kind and Array("f8", kind.extents if isinstance(kind, Array) else ())


@kind_rule
def power(rule, args, kind_of):
    kind = arith(rule, args, kind_of)
    if kind == INT:
        exponent = list(args.values())[1]
        sure = isinstance(exponent, Const) and exponent.value >= 0
        return INT if sure else FLOAT
    return kind


@kind_rule
def first(rule, args, kind_of):
    return kind_of(next(iter(args.values())))


def axes_of(axis, ndim):
    """The axes that a literal names, counted from the left; all where it is None."""
    if axis is None:
        return tuple(range(ndim))
    return tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))


@kind_rule
def reduce(rule, args, kind_of):
    x = kind_of(args["x"])
    if isinstance(x, Scalar):
        x = Array(OF_NUMBERS.get(x.name, x.name), ())
    if not isinstance(x, Array):
        return None
    dtype = x.dtype
    name = rule.name if rule is not None else ""
    if name == "numpy.mean" and dtype[0] not in "fc":
        dtype = "f8"
    elif name == "numpy.sum" and dtype == "b1":
        dtype = "i8"
    axis, keepdims = literal(args["axis"]), literal(args["keepdims"])
    try:
        gone = axes_of(axis, x.ndim)
    except ZeroDivisionError:
        return None
    if axis is not None and any(
        not -x.ndim <= a < x.ndim for a in (axis if isinstance(axis, tuple) else (axis,))
    ):
        return None
    extents = tuple(
        1 if k in gone else e for k, e in enumerate(x.extents) if keepdims or k not in gone
    )
    return Array(dtype, extents) if extents else element(Array(dtype, ()))


def _reduced(name, args, kind_of):
    """As `reduce`, to whole numbers or truth values."""
    kind = reduce(None, {**args, "x": args["a"]}, kind_of)
    return (
        replace(kind, dtype=name) if isinstance(kind, Array) else kind and element(Array(name, ()))
    )


@kind_rule
def reduce_to_float(rule, args, kind_of):
    a = kind_of(args["a"])
    dtype = (a if isinstance(a, Array) else Array("f8", ())).dtype
    return _reduced(dtype if dtype[0] == "f" else "f8", args, kind_of)


@kind_rule
def reduce_to_int(rule, args, kind_of):
    return _reduced("i8", args, kind_of)


@kind_rule
def reduce_to_bool(rule, args, kind_of):
    return _reduced("b1", args, kind_of)


@kind_rule
def positions(rule, args, kind_of):
    a = kind_of(args["a"])
    if isinstance(a, Array) and literal(args["axis"]) is None:
        return Array("i8", (a.extents[0] if a.ndim == 1 else fresh_extent(),))
    return replace(a, dtype="i8") if isinstance(a, Array) else None


@kind_rule
def found(rule, args, kind_of):
    v = kind_of(args["v"])
    if not isinstance(kind_of(args["a"]), Array) or not is_numeric(v):
        return None
    return replace(v, dtype="i8") if isinstance(v, Array) else I8


@kind_rule
def where_nonzero(rule, args, kind_of):
    return Array("i8", (fresh_extent(),)) if isinstance(kind_of(args["a"]), Array) else None


@kind_rule
def matmul(rule, args, kind_of):
    a, b = (kind_of(v) for v in args.values())
    if not (isinstance(a, Array) and isinstance(b, Array)) or not (a.ndim and b.ndim):
        return (
            promote(a, b) if rule.name == "numpy.dot" and is_numeric(a) and is_numeric(b) else None
        )
    dtype = promote(Array(a.dtype, (1,)), Array(b.dtype, (1,))).dtype
    rows, columns = a.extents[-2:-1], b.extents[-1:] if b.ndim > 1 else ()
    if rule.name == "numpy.dot":
        extents = a.extents[:-1] + b.extents[:-2] + columns
    else:
        extents = broadcast(a.extents[:-2], b.extents[:-2]) + rows + columns
    return Array(dtype, extents) if extents else Scalar(dtype)


@kind_rule
def solved(rule, args, kind_of):
    """Vectors only where there is no stack: then it is a question of how `b` is read."""
    a, b = (kind_of(v) for v in args.values())
    if not (isinstance(a, Array) and isinstance(b, Array)) or a.ndim < 2 or b.ndim < 1:
        return None
    if b.ndim == 1 and a.ndim > 2:
        return None
    dtype = promote(Array(a.dtype, (1,)), Array(b.dtype, (1,))).dtype
    stack = broadcast(a.extents[:-2], b.extents[:-2])
    return floating(Array(dtype, stack + b.extents[-2:]))


@kind_rule
def transposed_matrices(rule, args, kind_of):
    x = kind_of(args["x"])
    if not isinstance(x, Array) or x.ndim < 2:
        return None
    return Array(x.dtype, (*x.extents[:-2], x.extents[-1], x.extents[-2]))


@kind_rule
def identity(rule, args, kind_of):
    rows, columns = args["N"], args["M"]
    columns = rows if columns == Const(None) else columns
    if not (is_integral(kind_of(rows)) and is_integral(kind_of(columns))):
        return None
    return Array(literal(args["dtype"]) or "f8", (extent_of(rows), extent_of(columns)))


@kind_rule
def flattened(rule, args, kind_of):
    in_order(args)
    x = kind_of(args["x"])
    if not isinstance(x, Array):
        return None
    return Array(x.dtype, (x.extents[0] if x.ndim == 1 else fresh_extent(),))


def extent_of(operand):
    """The extent that a length operand stands for."""
    if isinstance(operand, Const):
        return constant_extent(operand.value) if operand.value >= 0 else fresh_extent()
    if not hasattr(operand, "extent"):
        return fresh_extent()
    operand.extent = operand.extent or fresh_extent()  # two arrays of one length share it
    return operand.extent


def in_order(args):
    if args["order"] != Const("C"):
        raise KindError("it is differentiated row by row only, which is `order='C'`")


@kind_rule
def reshaped(rule, args, kind_of):
    in_order(args)
    x = kind_of(args["x"])
    if not isinstance(x, Array):
        return None
    shape = args["shape"]
    if isinstance(kind_of(shape), Shape):
        return Array(x.dtype, kind_of(shape).extents)
    items = shape.items if isinstance(shape, Tup) else (shape,)
    if not all(is_integral(kind_of(i)) for i in items):
        return None
    return Array(x.dtype, tuple(map(extent_of, items)))


@kind_rule
def shaped(rule, args, kind_of):
    """zeros, ones, empty: of a literal dtype, float by default."""
    shape = args["shape"]
    if isinstance(kind_of(shape), Shape):
        return Array(literal(args["dtype"]) or "f8", kind_of(shape).extents)
    items = shape.items if isinstance(shape, Tup) else (shape,)
    if not all(is_integral(kind_of(i)) for i in items):
        return None
    return Array(literal(args["dtype"]) or "f8", tuple(map(extent_of, items)))


@kind_rule
def filled(rule, args, kind_of):
    value = kind_of(args["fill_value"])
    if isinstance(value, Array) and not value.ndim:
        value = element(value)
    if not isinstance(value, Scalar):
        return None
    dtype = literal(args["dtype"]) or OF_NUMBERS.get(value.name, value.name)
    shape = shaped(rule, {"shape": args["shape"], "dtype": args["dtype"]}, kind_of)
    return shape and Array(dtype, shape.extents)


@kind_rule
def like(rule, args, kind_of):
    x = kind_of(args["x"])
    return x if isinstance(x, Array) else None


@kind_rule
def broadcasted(rule, args, kind_of):
    x, shape = kind_of(args["x"]), args["shape"]
    if not is_numeric(x):
        return None
    dtype = x.dtype if isinstance(x, Array) else OF_NUMBERS.get(str(x), str(x))
    if isinstance(kind_of(shape), Shape):
        return Array(dtype, kind_of(shape).extents)
    items = shape.items if isinstance(shape, Tup) else (shape,)
    if not all(is_integral(kind_of(i)) for i in items):
        return None
    return Array(dtype, tuple(map(extent_of, items)))


@kind_rule
def where(rule, args, kind_of):
    c, x, y = (kind_of(v) for v in args.values())
    if not all(map(is_numeric, (c, x, y))):
        return None
    both = promote(x, y)
    dtype = both.dtype if isinstance(both, Array) else OF_NUMBERS.get(both.name, both.name)
    return Array(dtype, broadcast(*(k.extents if isinstance(k, Array) else () for k in (c, x, y))))


@kind_rule
def listsum(rule, args, kind_of):
    x = kind_of(args["x"])
    if isinstance(x, List) and isinstance(x.elem, Scalar):
        return INT if x.elem == BOOL else x.elem
    if isinstance(x, List) and x.elem is UNKNOWN:
        return FLOAT
    if isinstance(x, Array) and x.ndim:
        rows = Array("i8" if x.dtype == "b1" else x.dtype, x.extents[1:])
        return rows if rows.extents else element(rows)
    return None


@kind_rule
def listfloat(rule, args, kind_of):
    return FLOAT if all(isinstance(kind_of(a), List) for a in args.values()) else None


@kind_rule
def listadded(rule, args, kind_of):
    x, y = (kind_of(a) for a in args.values())
    if not (isinstance(x, List) and isinstance(y, List)) or x.type != y.type:
        return None
    elem = together(x.elem, y.elem)
    return None if elem is None else List(elem, x.type)
