"""The kinds of what rearranges, repeats and joins arrays; `kinds_parts` has the rest."""

from __future__ import annotations

from dataclasses import replace

from srcgrad.extents import (
    Extent,
    broadcast,
    constant_extent,
    fresh_extent,
    known_length,
    may_be_one,
)
from srcgrad.ir import Const, Tup
from srcgrad.kinds import F8, UNKNOWN, Array, List, element, is_integral, is_numeric
from srcgrad.operands import KindError, kind_of, literal, number_kind
from srcgrad.promotion import promote
from srcgrad.rules.record import kind_rule
from srcgrad.rules.resultkinds import TOTAL

# what never fails for arrays of these kinds
TOTAL |= {"permuted", "rearranged", "expanded", "squeezed", "diagonal", "like_given", "positions"}


# ---------------------------------------------------------------- arguments


def known(args, name):
    """The value of an argument that must be a literal."""
    try:
        return literal(args[name])
    except ValueError:
        raise KindError(f"`{name}` is to be a literal number here") from None


def one_axis(axis, ndim):
    """An axis counted from the left."""
    if not isinstance(axis, int):
        raise KindError("`axis` is to be a literal number here")
    if not -ndim <= axis < ndim:
        raise KindError(f"there is no axis {axis} in an array of {ndim} dimensions")
    return axis % ndim


def many_axes(axes, ndim):
    axes = axes if isinstance(axes, tuple) else (axes,)
    found = tuple(one_axis(a, ndim) for a in axes)
    if len(set(found)) < len(found):
        raise KindError("an axis is named twice")
    return found


def only(args, name, *values):
    """Refuse another value of an argument than these."""
    if known(args, name) not in values:
        words = " or ".join(map(repr, values))
        raise KindError(f"it is differentiated with `{name}={words}` only")


def array(args, name, least=0):
    """The kind of an argument that must be an array."""
    kind = kind_of(args[name])
    if isinstance(kind, Array) and kind.ndim >= least:
        return kind
    if isinstance(kind, Array):
        raise KindError(f"it takes arrays of {least} dimensions or more here")
    return None


def dtype_of_number(kind):
    return {"float": "f8", "int": "i8", "bool": "b1"}.get(kind.name, kind.name)


def as_array(kind):
    """The kind of a number or array, as an array."""
    return kind if isinstance(kind, Array) else Array(dtype_of_number(kind), ())


def dtype_of_all(kinds):
    """NumPy's promotion of arrays and numbers that are joined: numbers are arrays there."""
    return promote(*(Array(as_array(k).dtype, (1,)) for k in kinds)).dtype


def result(kind):
    """An array, or the number that NumPy gives in the place of an array without axes."""
    return kind if kind.extents else element(kind)


def items_of(operand):
    return operand.items if isinstance(operand, Tup) else (operand,)


# ---------------------------------------------------------------- rearranging


def permutation(args, ndim):
    axes = known(args, "axes")
    return tuple(range(ndim))[::-1] if axes is None else many_axes(axes, ndim)


@kind_rule
def permuted(rule, args, kind_of):
    x = array(args, "x")
    if x is None:
        return None
    order = permutation(args, x.ndim)
    if len(order) != x.ndim:
        raise KindError("`axes` names each axis once")
    return in_order(x, order)


def in_order(kind, axes):
    """The kind of an array whose axes are those of another in this order."""
    return replace(kind, extents=tuple(kind.extents[k] for k in axes))


@kind_rule
def swapped(rule, args, kind_of):
    a = array(args, "a", 1)
    if a is None:
        return None
    i, j = (one_axis(known(args, n), a.ndim) for n in ("axis1", "axis2"))
    extents = list(a.extents)
    extents[i], extents[j] = extents[j], extents[i]
    return replace(a, extents=tuple(extents))


def order_moved(source, destination, ndim):
    """The permutation that `np.moveaxis` is."""
    source, destination = many_axes(source, ndim), many_axes(destination, ndim)
    if len(source) != len(destination):
        raise KindError("`source` and `destination` are to name as many axes")
    order = [k for k in range(ndim) if k not in source]
    for to, of in sorted(zip(destination, source)):
        order.insert(to, of)
    return tuple(order)


@kind_rule
def moved(rule, args, kind_of):
    a = array(args, "a", 1)
    if a is None:
        return None
    order = order_moved(known(args, "source"), known(args, "destination"), a.ndim)
    return in_order(a, order)


@kind_rule
def rolled(rule, args, kind_of):
    """`np.rollaxis`."""
    a = array(args, "a", 1)
    if a is None:
        return None
    axis, start = one_axis(known(args, "axis"), a.ndim), known(args, "start")
    if not isinstance(start, int) or not -a.ndim <= start <= a.ndim:
        raise KindError(f"`start` is not an axis of an array of {a.ndim} dimensions")
    start = start + a.ndim if start < 0 else start
    order = order_moved(axis, start - (axis < start), a.ndim)
    return in_order(a, order)


@kind_rule
def rearranged(rule, args, kind_of):
    """An array like the first argument; what its axes are named by is checked."""
    x = array(args, next(iter(args)), 1)
    if x is not None and args.get("axis", Const(None)) != Const(None):
        axes = known(args, "axis")
        for axis in axes if isinstance(axes, tuple) else (axes,):
            one_axis(axis, x.ndim)
    return x


@kind_rule
def rearranged_or_flat(rule, args, kind_of):
    """As `rearranged`; without an axis, of all elements in a row."""
    x = array(args, next(iter(args)))
    if x is not None and known(args, "axis") is None:
        return Array(x.dtype, (x.extents[0] if x.ndim == 1 else fresh_extent(),))
    return rearranged(rule, args, kind_of)


@kind_rule
def expanded(rule, args, kind_of):
    a = array(args, "a")
    if a is None:
        return None
    axis = known(args, "axis")
    new = many_axes(axis, a.ndim + (len(axis) if isinstance(axis, tuple) else 1))
    extents = list(a.extents)
    for k in sorted(new):
        extents.insert(k, 1)
    return Array(a.dtype, tuple(extents))


def axes_squeezed(a, axis):
    """The axes that `np.squeeze` takes away."""
    if axis is not None:
        return many_axes(axis, a.ndim)
    if any(e != 1 and may_be_one(e) for e in a.extents):
        raise KindError("how many axes are of length 1 is not known here: name the axis")
    return tuple(k for k, e in enumerate(a.extents) if e == 1)


@kind_rule
def squeezed(rule, args, kind_of):
    a = array(args, "a")
    if a is None:
        return None
    gone = axes_squeezed(a, known(args, "axis"))
    return Array(a.dtype, tuple(e for k, e in enumerate(a.extents) if k not in gone))


@kind_rule
def broadcast_first(rule, args, kind_of):
    """The first of several arrays, of the shape of all."""
    kinds = sequence(args)
    if not all(map(is_numeric, kinds)):
        return None
    return Array(as_array(kinds[0]).dtype, broadcast(*(as_array(k).extents for k in kinds)))


# ---------------------------------------------------------------- longer ones


def repeats_by_axis(args, ndim):
    """`reps` of `np.tile`, one for each axis of the result."""
    reps = items_of(args["reps"])
    return (Const(1),) * (ndim - len(reps)) + tuple(reps)


@kind_rule
def tiled(rule, args, kind_of):
    a = array(args, "A")
    if a is None or not all(is_integral(number_kind(r)) for r in items_of(args["reps"])):
        return None
    reps = repeats_by_axis(args, a.ndim)
    extents = (1,) * (len(reps) - a.ndim) + a.extents
    return Array(
        a.dtype, tuple(e if r == Const(1) else fresh_extent() for e, r in zip(extents, reps))
    )


@kind_rule
def repeated(rule, args, kind_of):
    a, many = array(args, "a"), kind_of(args["repeats"])
    fits = is_integral(many) or isinstance(many, Array) and many.ndim == 1 and many.dtype == "i8"
    if a is None or not (fits or isinstance(many, List)):
        return None
    return lengthened(a, known(args, "axis"))


def lengthened(a, axis):
    """An array that is longer or shorter along an axis, or a row of all elements where none is named."""
    if axis is None:
        return Array(a.dtype, (fresh_extent(),))
    axis = one_axis(axis, a.ndim)
    return replace(a, extents=(*a.extents[:axis], fresh_extent(), *a.extents[axis + 1 :]))


_BY_POSITION = ("edge", "reflect", "symmetric", "wrap")


def widths(operand, ndim):
    """How much `np.pad` adds before and after each axis: pairs of operands."""
    items = items_of(operand)
    pairs = [tuple(i.items) if isinstance(i, Tup) else i for i in items]
    if not any(isinstance(p, tuple) for p in pairs):
        pairs = [(pairs[0], pairs[-1])] if len(pairs) <= 2 else []
    pairs = [p if isinstance(p, tuple) else (p, p) for p in pairs]
    pairs = [p if len(p) == 2 else (p[0], p[0]) for p in pairs]
    pairs = pairs * ndim if len(pairs) == 1 else pairs
    if len(pairs) != ndim or not all(is_integral(number_kind(w)) for p in pairs for w in p):
        raise KindError(
            "`pad_width` is to be whole numbers, a pair of them, or a pair for each axis"
        )
    return pairs


@kind_rule
def padded(rule, args, kind_of):
    a = array(args, "array", 1)
    only(args, "mode", "constant", *_BY_POSITION)
    if a is None:
        return None
    pairs = widths(args["pad_width"], a.ndim)
    extents = [e if p == (Const(0), Const(0)) else fresh_extent() for e, p in zip(a.extents, pairs)]
    return Array(a.dtype, tuple(extents))


# ---------------------------------------------------------------- sequences of arrays


def sequence(args):
    """The kinds of the operands of a function of several arrays: those before its keywords."""
    return [kind_of(a) for n, a in args.items() if n[0] == "x" and n[1:].isdecimal()]


def alike(extents):
    """The extent of axes that are of one length."""
    sure = [e for e in extents if e == 1 or not may_be_one(e)]
    return (sure or list(extents))[0]


def total(extents):
    """The extent of axes put one behind the other."""
    lengths = list(map(known_length, extents))
    if len(extents) == 1 or None not in lengths:
        return extents[0] if len(extents) == 1 else constant_extent(sum(lengths))
    ones = lengths.count(1)
    doubtful = ones == 1 or any(may_be_one(e) for e in extents if e != 1)
    return Extent(fresh_extent().name, may_be_one=doubtful and ones < 2)


@kind_rule
def concatenated(rule, args, kind_of):
    kinds = sequence(args)
    if not all(isinstance(k, Array) and k.ndim for k in kinds):
        raise KindError("it joins arrays of one dimension at least: make numbers arrays first")
    if len({k.ndim for k in kinds}) > 1:
        raise KindError("the arrays are not of as many dimensions")
    axis = one_axis(known(args, "axis"), kinds[0].ndim)
    columns = zip(*(k.extents for k in kinds))
    extents = [total(c) if k == axis else alike(c) for k, c in enumerate(columns)]
    return Array(dtype_of_all(kinds), tuple(extents))


@kind_rule
def stacked(rule, args, kind_of):
    kinds = sequence(args)
    if not all(map(is_numeric, kinds)):
        return None
    kinds = [as_array(k) for k in kinds]
    if len({k.ndim for k in kinds}) > 1:
        raise KindError("the arrays are not of as many dimensions")
    axis = one_axis(known(args, "axis"), kinds[0].ndim + 1)
    extents = [alike(c) for c in zip(*(k.extents for k in kinds))]
    return Array(
        dtype_of_all(kinds), (*extents[:axis], constant_extent(len(kinds)), *extents[axis:])
    )


def elements(args):
    """The kind of what a list holds that is joined: arrays, or numbers."""
    kind = kind_of(args["xs"])
    if not isinstance(kind, List):
        return None
    elem = F8 if kind.elem is UNKNOWN else kind.elem
    return as_array(elem) if is_numeric(elem) else None


@kind_rule
def concatenated_list(rule, args, kind_of):
    elem = elements(args)
    if elem is None or not elem.ndim:
        return None
    axis = one_axis(known(args, "axis"), elem.ndim)
    return replace(elem, extents=(*elem.extents[:axis], fresh_extent(), *elem.extents[axis + 1 :]))


@kind_rule
def stacked_list(rule, args, kind_of):
    elem = elements(args)
    if elem is None:
        return None
    axis = one_axis(known(args, "axis"), elem.ndim + 1)
    return Array(elem.dtype, (*elem.extents[:axis], fresh_extent(), *elem.extents[axis:]))
