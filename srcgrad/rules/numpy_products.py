"""NumPy's products: of vectors, matrices and stacks of them, and sums over any axes.

The pullbacks follow from d tr(C' A B) (Giles 2008, "Collected matrix derivative results for forward
and reverse mode algorithmic differentiation", 2.2): of a product, the cotangent of one factor is
that of the result times the other factors, summed over what the factor does not have.
"""

from __future__ import annotations

import string

import numpy as np

from srcgrad.extents import broadcast, fresh_extent
from srcgrad.ir import Const, Tup
from srcgrad.kinds import Array, Scalar, element, is_numeric
from srcgrad.operands import literal
from srcgrad.rules.macros import say
from srcgrad.rules.numpy_sums import (
    axes_tuple,
    dtype_of_product,
    einsum_of,
    rank_of,
    tensordot_of_left,
    tensordot_of_right,
)
from srcgrad.rules.record import kind_rule, macro, vjp, written

# ------------------------------------------------------------ matmul and dot, by the ranks of their arguments

_left = {"11": "y * dout", "12": "y @ dout", "21": "dout[:, None] * y", "22": "dout @ y.T"}
_right = {"11": "x * dout", "12": "x[:, None] * dout", "21": "x.T @ dout", "22": "x.T @ dout"}
for _name in ("operator.matmul", "numpy.matmul"):
    vjp(_name, "x, y", kind="matmul", x=_left | {"*": "stack_left(dout, x, y)"},
        y=_right | {"*": "stack_right(dout, x, y)"}, jvp="x_dot @ y + x @ y_dot")  # fmt: skip
vjp("numpy.dot", "x, y", kind="matmul", x=_left | {"*": "dot_left(dout, x, y)"},
    y=_right | {"*": "dot_right(dout, x, y)"}, jvp="dotted(x_dot, y) + dotted(x, y_dot)")  # fmt: skip


@macro
def stack_left(b, dout, x, y):
    """The left factor's cotangent in a product of stacks; a matrix shared by a stack takes one sum."""
    rank = rank_of(y)
    if rank == 1:
        return say(b, "dout[..., None] * y", dout=dout, y=y)
    if rank_of(x) <= 2 < rank:
        stack = tuple(range(rank - 2))
        mine = (*stack, rank - 2) if rank_of(x) == 1 else (*stack, rank - 1)
        axes = Tup((axes_tuple(*mine), axes_tuple(*stack, rank - 1)))
        return b.gate("numpy.tensordot", dout, y, kw=(("axes", axes),))
    return say(b, "dout @ y.mT", dout=dout, y=y)


@macro
def stack_right(b, dout, x, y):
    rank = rank_of(x)
    if rank == 1:
        return say(b, "x[:, None] * dout[..., None, :]", dout=dout, x=x)
    if rank_of(y) <= 2 < rank:
        rows = axes_tuple(*range(rank - 1))
        return b.gate("numpy.tensordot", x, dout, kw=(("axes", Tup((rows, rows))),))
    return say(b, "x.mT @ dout", dout=dout, x=x)


@macro
def dotted(b, x, y):
    """`np.dot`, in the shortest way to say it."""
    ranks = sorted((rank_of(x), rank_of(y)))
    if ranks[0] == 0:
        return b.gate("operator.mul", x, y)
    return b.gate("operator.matmul" if ranks[1] <= 2 else "numpy.dot", x, y)


@macro
def dot_left(b, dout, x, y):
    if not (rank_of(x) and rank_of(y)):
        return b.mul(y, dout)
    return tensordot_of_left(b, dout, x, y, *_dot_axes(x, y))


@macro
def dot_right(b, dout, x, y):
    if not (rank_of(x) and rank_of(y)):
        return b.mul(x, dout)
    return tensordot_of_right(b, dout, x, y, *_dot_axes(x, y))


def _dot_axes(x, y):
    return (rank_of(x) - 1,), (max(rank_of(y) - 2, 0),)


@written("numpy.inner")
def inner(a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    if np.ndim(a) == 1:
        return b @ a
    return a @ b if np.ndim(b) == 1 else np.tensordot(a, b, axes=(-1, -1))


@written("numpy.vdot")
def vdot(a, b):
    if np.ndim(a) == 0 and np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.ravel(a) @ np.ravel(b)


@written("numpy.vecdot")
def vecdot(x1, x2, *, axis=-1):
    if np.ndim(x1) == 1 and np.ndim(x2) == 1:
        return x1 @ x2
    return np.sum(x1 * x2, axis=axis)


@written("numpy.matvec")
def matvec(x1, x2):
    return x1 @ x2 if np.ndim(x2) == 1 else (x1 @ x2[..., None])[..., 0]


@written("numpy.vecmat")
def vecmat(x1, x2):
    return x1 @ x2 if np.ndim(x1) == 1 else (x1[..., None, :] @ x2)[..., 0, :]


@written("numpy.linalg.multi_dot")
def multi_dot(arrays):
    """From the left; from the right where that is a vector, which keeps all of it one."""
    arrays = tuple(arrays)
    if len(arrays) == 2:
        return arrays[0] @ arrays[1]
    if np.ndim(arrays[-1]) == 1:
        return arrays[0] @ np.linalg.multi_dot(arrays[1:])
    return np.linalg.multi_dot(arrays[:-1]) @ arrays[-1]


@written("numpy.linalg.matrix_power")
def matrix_power(a, n):
    """By squaring, as NumPy does it; a small power is written out."""
    if n < 0:
        a = np.linalg.inv(a)
        n = -n
    if n == 0:
        return np.tril(np.triu(np.ones_like(a)))
    if n == 1:
        return a
    if n == 2:
        return a @ a
    if n == 3:
        return a @ a @ a
    while n % 2 == 0:
        a = a @ a
        n = n // 2
    out = a
    n = n // 2
    while n > 0:
        a = a @ a
        if n % 2 == 1:
            out = out @ a
        n = n // 2
    return out


# ------------------------------------------------------------ outer products

vjp("numpy.outer", "a, b", kind="outer",
    a="unflat(dout @ flat(b), a)", b="unflat(flat(a) @ dout, b)",
    jvp="np.outer(a_dot, b) + np.outer(a, b_dot)")  # fmt: skip


@kind_rule
def outer_(rule, args, kind_of):
    a, b = kinds = [kind_of(v) for v in args.values()]
    if not all(map(is_numeric, kinds)):
        return None
    sizes = [_length(k) for k in kinds]
    return Array(dtype_of_product(a, b), tuple(sizes))


def _length(kind):
    """The extent of an array that is made flat."""
    if isinstance(kind, Scalar) or kind.ndim == 0:
        return 1
    return kind.extents[0] if kind.ndim == 1 else fresh_extent()


vjp("numpy.kron", "a, b", kind="kron", a="kron_left(dout, a, b)", b="kron_right(dout, a, b)",
    jvp="np.kron(a_dot, b) + np.kron(a, b_dot)")  # fmt: skip


@kind_rule
def kron_(rule, args, kind_of):
    a, b = kinds = [kind_of(v) for v in args.values()]
    if not all(map(is_numeric, kinds)):
        return None
    ranks = [k.ndim if isinstance(k, Array) else 0 for k in kinds]
    if not max(ranks):
        return element(Array(dtype_of_product(a, b), ()))
    if 0 in ranks:
        return Array(dtype_of_product(a, b), kinds[ranks.index(max(ranks))].extents)
    return Array(dtype_of_product(a, b), tuple(_products(a, b)))


def _products(a, b):
    """The lengths of a Kronecker product."""
    ndim = max(a.ndim, b.ndim)
    pairs = zip((1,) * (ndim - a.ndim) + a.extents, (1,) * (ndim - b.ndim) + b.extents)
    for one, two in pairs:
        yield two if one == 1 else one if two == 1 else fresh_extent()


@macro
def kron_left(b, dout, x, y):
    return _kron(b, dout, x, b.conj(y), 0)


@macro
def kron_right(b, dout, x, y):
    return _kron(b, dout, b.conj(x), y, 1)


def _kron(b, dout, x, y, which):
    """Take the blocks apart, and sum them by the entries of the other factor."""
    other = (y, x)[which]
    if not (rank_of(x) and rank_of(y)):
        return b.mul(other, dout)
    ndim = max(rank_of(x), rank_of(y))
    letters = string.ascii_lowercase
    ours, theirs = letters[: rank_of(x)], letters[rank_of(x) : rank_of(x) + rank_of(y)]
    shape, mixed = [], ""
    for k in range(-ndim, 0):
        for operand, names in ((x, ours), (y, theirs)):
            if k >= -rank_of(operand):
                shape.append(b.gate("extent", operand, Const(k + rank_of(operand))))
                mixed += names[k]
    blocks = b.gate("numpy.reshape", dout, Tup(tuple(shape)), form="method")
    wanted, given = (ours, theirs)[:: 1 if which == 0 else -1]
    return einsum_of(b, [(mixed, blocks), (given, other)], wanted)


# ------------------------------------------------------------ cross products

# of vectors of three elements: for others, `np.linalg.cross` raises
vjp("numpy.linalg.cross", "x1, x2, *, axis=-1", kind="cross", x1="np.linalg.cross(x2, dout, axis=axis)",
    x2="np.linalg.cross(dout, x1, axis=axis)",
    jvp="np.linalg.cross(x1_dot, x2, axis=axis) + np.linalg.cross(x1, x2_dot, axis=axis)")  # fmt: skip


@kind_rule
def cross_(rule, args, kind_of):
    a, b, axis = kind_of(args["x1"]), kind_of(args["x2"]), literal(args["axis"])
    if not (isinstance(a, Array) and isinstance(b, Array)):
        return None
    if axis >= 0 and a.ndim != b.ndim or not -min(a.ndim, b.ndim) <= axis < min(a.ndim, b.ndim):
        return None
    return Array(dtype_of_product(a, b), broadcast(a.extents, b.extents))


@written("numpy.cross")
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axis is not None:
        axisa, axisb, axisc = axis, axis, axis
    if axisa == axisb and axisb == axisc:
        return np.linalg.cross(a, b, axis=axisa)
    found = np.linalg.cross(np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1))
    return np.moveaxis(found, -1, axisc)


# ------------------------------------------------------------ the same in np.linalg


@written("numpy.linalg.matmul")
def linalg_matmul(x1, x2):
    return x1 @ x2


@written("numpy.linalg.outer")
def linalg_outer(x1, x2):
    return np.outer(x1, x2)


@written("numpy.linalg.tensordot")
def linalg_tensordot(x1, x2, *, axes=2):
    return np.tensordot(x1, x2, axes=axes)


@written("numpy.linalg.matrix_transpose")
def linalg_matrix_transpose(x, /):
    return np.swapaxes(x, -1, -2)


@written("numpy.linalg.diagonal")
def linalg_diagonal(x, /, *, offset=0):
    return np.diagonal(x, offset, -2, -1)


@written("numpy.linalg.trace")
def linalg_trace(x, /, *, offset=0):
    return np.trace(x, offset, -2, -1)


@written("numpy.linalg.vecdot")
def linalg_vecdot(x1, x2, *, axis=-1):
    return np.vecdot(x1, x2, axis=axis)  # type: ignore[call-overload]
