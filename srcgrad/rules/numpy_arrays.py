"""NumPy: how arrays are made of numbers and lists, turned into these again, and of another dtype.

The cotangent of what `np.array` is given is that of the array, element by element: `passes/reverse`
takes it apart.
"""

from srcgrad.extents import constant_extent, fresh_extent, known_length, may_be_one
from srcgrad.ir import Const, Tup
from srcgrad.kinds import BOOL, COMPLEX, FLOAT, INT, Array, List, Scalar, element
from srcgrad.operands import kind_of, literal
from srcgrad.promotion import gathered_dtype
from srcgrad.rules.macros import unflat
from srcgrad.rules.numpy import METHODS
from srcgrad.rules.record import kind_rule, linear, macro, vjp, zero

METHODS |= {n: f"numpy.ndarray.{n}" for n in ("tolist", "astype", "item")}


@kind_rule
def gathered(rule, args, kind_of):
    """An array of what is nested in tuples, or in a list."""
    found = _shape(args["object"], kind_of)
    if found is None:
        return None
    names, extents = found
    return Array(literal(args["dtype"]) or gathered_dtype(names), extents)


def _shape(operand, kind_of):
    """The dtypes of all numbers in an operand, and the extents of the array that they fill."""
    if not isinstance(operand, Tup):
        return _shape_of_kind(kind_of(operand))
    parts = [_shape(item, kind_of) for item in operand.items]
    if any(p is None for p in parts) or len({len(extents) for _, extents in parts}) > 1:
        return None
    names = [n for found, _ in parts for n in found]
    rows = [extents for _, extents in parts] or [()]
    return names, (constant_extent(len(parts)), *map(_surest, zip(*rows)))


def _shape_of_kind(kind):
    if isinstance(kind, Scalar):
        return [kind.name], ()
    if isinstance(kind, Array):
        return [kind.dtype], kind.extents
    if isinstance(kind, List) and isinstance(kind.elem, (Scalar, List)):
        inner = _shape_of_kind(kind.elem)
        return inner and (inner[0], (fresh_extent(), *inner[1]))
    return None


def _surest(extents):
    """Rows are of one length: that of the one that most is known of."""
    return min(extents, key=lambda e: (known_length(e) is None, may_be_one(e)))


@kind_rule
def nested(rule, args, kind_of):
    """The lists that an array is taken apart into, or a number."""
    a = kind_of(args["a"])
    if not isinstance(a, Array):
        return None
    kind = element(Array(a.dtype, ()))
    kind = {"i8": INT, "f8": FLOAT, "f4": FLOAT, "c16": COMPLEX, "c8": COMPLEX}.get(kind.name, kind)
    for _ in range(a.ndim):
        kind = List(kind)
    return kind


@kind_rule
def greatest(rule, args, kind_of):
    x = kind_of(args["x"])
    return element(x) if isinstance(x, Array) and x.ndim == 1 else None


@kind_rule
def sole(rule, args, kind_of):
    a = kind_of(args["a"])
    return {"b1": BOOL, "i8": INT}.get(a.dtype, FLOAT) if isinstance(a, Array) else None


@kind_rule
def retyped(rule, args, kind_of):
    a = kind_of(args["a"])
    if isinstance(a, Scalar):
        return element(Array(literal(args["dtype"]), ()))
    return Array(literal(args["dtype"]), a.extents) if isinstance(a, Array) else None


@macro
def array_like(b, items, x):
    """The array of x's shape that nested lists of numbers fill."""
    like = kind_of(x)
    if isinstance(kind_of(items), Scalar):
        return items
    kw = () if like.dtype == "f8" else (("dtype", Const(like.dtype)),)
    out = b.gate("numpy.array", items, kw=kw, kind=Array(like.dtype, like.extents))
    return unflat(b, out, x)


@macro
def retype(b, c, x):
    """A cotangent in the precision of x."""
    c = b.part_of(c, kind_of(x))
    dtype = getattr(kind_of(x), "dtype", None)
    if not isinstance(kind_of(c), Array) or kind_of(c).dtype == dtype:
        return c
    return b.gate("astype", c, Const(dtype), kind=Array(dtype, kind_of(c).extents))


linear("numpy.array", "object, dtype=None", kind="gathered", object="dout")
vjp("numpy.ndarray.tolist", "a", kind="nested", jvp="np.ndarray.tolist(a_dot)",
    a="array_like(dout, a)")  # fmt: skip
vjp("numpy.ndarray.astype", "a, dtype", kind="retyped", jvp="np.ndarray.astype(a_dot, dtype)",
    a="retype(dout, a)")  # fmt: skip

# of an array that has one element; another one they do not take
vjp("numpy.ndarray.item", "a", kind="sole", a="dout", jvp="np.ndarray.item(a_dot)")

# of an array of one axis: ties share evenly
for _name in ("max", "min"):
    vjp(f"builtins.{_name}:array", "x", kind="greatest", where="hit = x == out",
        x="hit * (dout / np.sum(hit))", jvp="np.sum(hit * x_dot) / np.sum(hit)")  # fmt: skip

# derivative zero, declared
zero("numpy.nonzero", "a, axis", kind="places")


@kind_rule
def places(rule, args, kind_of):
    return Array("i8", (fresh_extent(),))
