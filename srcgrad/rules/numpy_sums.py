"""NumPy's sums of products over any axes: `tensordot` and `einsum`.

Of a sum of products, the cotangent of one operand is the sum of the product of the others with that
of the result, over what the operand does not have.
"""

from __future__ import annotations

import string

from srcgrad.extents import broadcast
from srcgrad.ir import Const, Slice, Tup
from srcgrad.kinds import Array, Scalar, element, is_numeric
from srcgrad.operands import KindError, kind_of, literal
from srcgrad.promotion import promote
from srcgrad.rules.record import kind_rule, macro, vjp

_WHOLE = Slice(None, None, None)


def rank_of(operand) -> int:
    kind = kind_of(operand)
    return kind.ndim if isinstance(kind, Array) else 0


def axes_tuple(*numbers):
    return Tup(tuple(map(Const, numbers)))


# ------------------------------------------------------------ sums over any axes

vjp("numpy.tensordot", "a, b, axes=2", kind="tensordot", a="tensordot_left(dout, a, b, axes)",
    b="tensordot_right(dout, a, b, axes)",
    jvp="np.tensordot(a_dot, b, axes=axes) + np.tensordot(a, b_dot, axes=axes)")  # fmt: skip


def _summed_axes(axes, x, y):
    """The axes of both that are summed over, counted from the left."""
    if isinstance(axes, int):
        return tuple(range(x - axes, x)), tuple(range(axes))
    ours, theirs = ((a,) if isinstance(a, int) else tuple(a) for a in axes)
    return tuple(a % x for a in ours), tuple(a % y for a in theirs)


@kind_rule
def tensordot_(rule, args, kind_of):
    a, b = kind_of(args["a"]), kind_of(args["b"])
    if not (isinstance(a, Array) and isinstance(b, Array)):
        return None
    try:
        ours, theirs = _summed_axes(literal(args["axes"]), a.ndim, b.ndim)
    except (TypeError, ZeroDivisionError):
        return None
    if len(ours) != len(theirs) or max((*ours, -1)) >= a.ndim or max((*theirs, -1)) >= b.ndim:
        return None
    left = tuple(e for k, e in enumerate(a.extents) if k not in ours)
    right = tuple(e for k, e in enumerate(b.extents) if k not in theirs)
    return Array(dtype_of_product(a, b), left + right)


@macro
def tensordot_left(b, dout, x, y, axes):
    y = b.conj(y)
    return tensordot_of_left(b, dout, x, y, *_summed_axes(literal(axes), rank_of(x), rank_of(y)))


@macro
def tensordot_right(b, dout, x, y, axes):
    x = b.conj(x)
    return tensordot_of_right(b, dout, x, y, *_summed_axes(literal(axes), rank_of(x), rank_of(y)))


def tensordot_of_left(b, dout, x, y, ours, theirs):
    free = [k for k in range(rank_of(x)) if k not in ours]
    others = [k for k in range(rank_of(y)) if k not in theirs]
    at = [len(free) + k for k in range(len(others))]
    order = free + [ours[theirs.index(k)] for k in range(rank_of(y)) if k in theirs]
    return _in_order(b, _tensordot(b, dout, y, at, others), order)


def tensordot_of_right(b, dout, x, y, ours, theirs):
    free = [k for k in range(rank_of(y)) if k not in theirs]
    others = [k for k in range(rank_of(x)) if k not in ours]
    order = [theirs[ours.index(k)] for k in range(rank_of(x)) if k in ours] + free
    return _in_order(b, _tensordot(b, x, dout, others, range(len(others))), order)


def _tensordot(b, x, y, ours, theirs):
    """The sum over some axes, in the shortest way to say it."""
    ours, theirs = tuple(ours), tuple(theirs)
    if not (rank_of(x) and rank_of(y)):
        return b.mul(x, y)
    if not ours:
        return b.gate("numpy.tensordot", x, y, kw=(("axes", Const(0)),))
    if ours == (rank_of(x) - 1,) and rank_of(x) <= 2 and theirs == (0,) and rank_of(y) <= 2:
        return b.gate("operator.matmul", x, y)
    plain = theirs == tuple(range(len(ours))) and ours == tuple(
        range(rank_of(x) - len(ours), rank_of(x))
    )
    axes = Const(len(ours)) if plain else Tup((axes_tuple(*ours), axes_tuple(*theirs)))
    return b.gate("numpy.tensordot", x, y, kw=(("axes", axes),))


def _in_order(b, c, order):
    """Put axes into their places: the first one to `order[0]`, and so on."""
    if order == sorted(order):
        return c
    if len(order) == 2:
        return b.gate("numpy.transpose", c)
    letters = string.ascii_lowercase
    now = "".join(letters[k] for k in order)
    return einsum_of(b, [(now, c)], letters[: len(order)])


# ------------------------------------------------------------ einsum

_OPERANDS = "abcdefgh"
for _count in range(1, len(_OPERANDS) + 1):
    _names = _OPERANDS[:_count]
    vjp(
        f"numpy.einsum:{_count + 1}",
        f"subscripts, {', '.join(_names)}, *, optimize=False",
        kind="einsum",
        alias="maybe view" if _count == 1 else "fresh",
        jvp=" + ".join(
            f"np.einsum(subscripts, {', '.join(_names.replace(n, '#'))})".replace("#", f"{n}_dot")
            for n in _names
        ),
        **{
            n: f"einsum_back(dout, subscripts, {k}, {', '.join(_names)})"
            for k, n in enumerate(_names)
        },
    )


@kind_rule
def einsum_(rule, args, kind_of):
    operands = [args[n] for n in _OPERANDS if n in args]
    kinds = list(map(kind_of, operands))
    if not all(map(is_numeric, kinds)):
        raise KindError("`np.einsum` takes subscripts, which are a literal string, and arrays here")
    inputs, output = _subscripts(args["subscripts"], operands)
    extents: dict = {}
    for names, kind in zip(inputs, kinds):
        for name, extent in zip(names, getattr(kind, "extents", ())):
            extents[name] = broadcast((extents.get(name, 1),), (extent,))[0]
    out = Array(dtype_of_product(*kinds), tuple(extents[n] for n in output))
    return out if output else element(out)


def _subscripts(subscripts, operands):
    """The letters of each operand and of the result, those that `...` stands for, too."""
    text = subscripts.value if isinstance(subscripts, Const) else None
    if not isinstance(text, str):
        raise KindError("`np.einsum` is differentiated with subscripts that are a literal string")
    text = text.replace(" ", "")
    given, arrow, output = text.partition("->")
    inputs, ranks = given.split(","), [rank_of(o) for o in operands]
    if len(inputs) != len(operands):
        raise KindError(f"`{text}` has subscripts for {len(inputs)} operands, not {len(operands)}")
    free = [c for c in string.ascii_uppercase + string.ascii_lowercase if c not in text]
    widths = [r - len(i.replace("...", "")) for i, r in zip(inputs, ranks)]
    if any(w < 0 or w > 0 and "..." not in i for i, w in zip(inputs, widths)):
        raise KindError(f"`{text}` does not fit the ranks of the operands: {ranks}")
    dots = "".join(free[: max(widths, default=0)])
    if not arrow:
        letters = given.replace("...", "").replace(",", "")
        output = ("..." if dots else "") + "".join(
            sorted(c for c in set(letters) if letters.count(c) == 1)
        )
    inputs = [i.replace("...", dots[len(dots) - w :]) for i, w in zip(inputs, widths)]
    return inputs, output.replace("...", dots)


@macro
def einsum_back(b, dout, subscripts, k, *operands):
    """The cotangent of one operand: the result's and the others summed over what it does not have.

    An index that it has twice is a diagonal, and one that nothing else has is repeated.
    """
    operand = operands[k.value]
    inputs, output = _subscripts(subscripts, operands)
    terms = [(output, dout)] if output else []
    others = list(map(b.conj, operands))
    terms += [(i, o) for j, (i, o) in enumerate(zip(inputs, others)) if j != k.value and i]
    numbers = [o for j, (i, o) in enumerate(zip(inputs, others)) if j != k.value and not i]
    numbers += [] if output else [dout]
    wanted = ""
    for name in inputs[k.value]:
        if name in wanted:
            taken = "".join([*inputs, output, wanted])
            other = next(c for c in string.ascii_letters if c not in taken)
            first = Const(inputs[k.value].index(name))
            terms.append((name + other, _eye(b, b.gate("extent", operand, first), operand)))
            name = other
        wanted += name
    kept = "".join(n for n in wanted if any(n in names for names, _ in terms))
    c = einsum_of(b, terms, kept) if terms else None
    for number in numbers:
        c = number if c is None else b.mul(number, c)
    return _spread(b, c, wanted, kept)


def _spread(b, c, wanted, kept):
    """Axes of length 1 in the place of those that a cotangent does not depend on."""
    if not kept or wanted.endswith(kept):
        return c
    index = tuple(_WHOLE if n in kept else Const(None) for n in wanted)
    return b.gate("view", c, Tup(index))


def _fits(names, output) -> bool:
    """Whether an operand broadcasts to the result as it is, or with axes of length 1 put in."""
    left = iter(output)
    return all(n in left for n in names)


def einsum_of(b, terms, output):
    """A sum of products, in the shortest way to say it."""
    if all(_fits(names, output) for names, _ in terms) and len(terms) <= 2:
        out, *more = [_spread(b, operand, output, names) for names, operand in terms]
        for operand in more:
            out = b.gate("operator.mul", out, operand)
        return out
    if len(terms) == 1 and len(output) == 2 and terms[0][0] == output[::-1]:
        return b.gate("numpy.transpose", terms[0][1])
    text = ",".join(names for names, _ in terms) + f"->{output}"
    return b.gate(f"numpy.einsum:{len(terms) + 1}", Const(text), *(o for _, o in terms))


def _eye(b, n, like):
    """The identity, of the precision of an array."""
    single = kind_of(like).dtype == "f4"
    return b.gate("numpy.eye", n, kw=(("dtype", Const("f4")),) if single else ())


def dtype_of_product(*kinds) -> str:
    """The dtype of a product of arrays and numbers."""
    if all(isinstance(k, Scalar) for k in kinds):
        kind = promote(*kinds).name
        return {"float": "f8", "int": "i8"}.get(kind, kind)
    return promote(*(Array(k.dtype, (1,)) if isinstance(k, Array) else k for k in kinds)).dtype
