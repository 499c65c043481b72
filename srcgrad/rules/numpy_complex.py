"""Complex numbers: which rules hold for them as they stand, and those that they have of their own.

The cotangent of z = x + 1j * y is dL/dx + 1j * dL/dy, for a loss L. A rule gives a partial p: the
tangent is `p * z_dot`, and the cotangent `conj(p) * dout`, which the compiler sees to. So p is the
derivative where there is a complex one, and that which the tables have for real numbers is right as it
stands. What is real takes the real part: the tangent of a result, and the cotangent of an operand.

Kinks: `abs'(0) = 0` and `sign'(0) = 0`.
"""

import numpy as np

from srcgrad.kinds import C16, Array, Scalar, is_complex, is_numeric
from srcgrad.kinds import (
    COMPLEX as A_COMPLEX,
)
from srcgrad.operands import KindError, literal
from srcgrad.promotion import promote, real_kind
from srcgrad.rules.record import COMPLEX, kind_rule, scalar, vjp, written
from srcgrad.rules.resultkinds import matmul, npfloat

# functions that have a complex derivative, given by their partials
_OPERATORS = "add sub mul truediv neg pos"
_HOLOMORPHIC = """
    add subtract multiply divide negative positive square reciprocal sqrt exp exp2 expm1
    log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arctanh"""
# functions that are linear by real numbers
_LINEAR = (
    "sum mean cumsum transpose reshape ravel broadcast_to full copy where array ndarray.tolist"
)
# functions of shape and movement, and sums of products, of which the other factors are conjugated
_MOVED = """
    roll flip fliplr flipud rot90 swapaxes moveaxis rollaxis expand_dims squeeze matrix_transpose
    concatenate stack vstack hstack dstack column_stack append broadcast_arrays atleast_1d atleast_2d
    split array_split hsplit vsplit diff ediff1d tile repeat pad take triu tril diag diag:vector diagonal
    diagflat trace full_like ndarray.flatten einsum tensordot kron trapezoid"""
_CONSTANT = """
    zeros_like ones_like isnan isfinite isinf iscomplex isreal iscomplexobj isrealobj isscalar
    equal not_equal isclose allclose array_equal array_equiv count_nonzero"""

COMPLEX |= {f"operator.{n}" for n in f"{_OPERATORS} eq ne".split()}
COMPLEX |= {f"numpy.{n}" for n in f"{_HOLOMORPHIC} {_LINEAR} {_CONSTANT}".split()}
COMPLEX |= {f"numpy.{n}" for n in _MOVED.split()}
COMPLEX |= {"numpy.ndarray.mT", "numpy.linalg.solve", "numpy.linalg.inv"}
COMPLEX |= {"builtins.sum", "idiom.sigmoid", "list.tuple", "list.add"}
COMPLEX |= {f"list.slice:{n}" for n in "head tail part whole reversed stepped".split()}

# ------------------------------------------------------------ result kinds


def real_number(kind):
    """The kind of the real part; None of what has none."""
    return real_kind(kind) if is_numeric(kind) else None


@kind_rule
def part(rule, args, kind_of):
    return real_number(kind_of(args["val"]))


@kind_rule
def modulus(rule, args, kind_of):
    kind = real_number(kind_of(args["x"]))
    return (
        kind
        if rule.name.startswith("builtins.")
        else npfloat(rule, {"x": args["x"]}, lambda a: kind)
    )


@kind_rule
def same_complex(rule, args, kind_of):
    kind = kind_of(next(iter(args.values())))
    return C16 if kind == A_COMPLEX else kind if is_numeric(kind) else None


@kind_rule
def angle(rule, args, kind_of):
    try:
        literal(args["deg"])
    except ValueError:
        raise KindError("`deg=` of `np.angle` has to be written out") from None
    return npfloat(rule, {"z": args["z"]}, lambda a: real_number(kind_of(a)))


@kind_rule
def of_parts(rule, args, kind_of):
    return A_COMPLEX if all(isinstance(kind_of(a), Scalar) for a in args.values()) else None


@kind_rule
def complex_power(rule, args, kind_of):
    x, y = map(kind_of, args.values())
    if not is_numeric(x) or not is_numeric(y):
        return None
    if not is_complex(x):
        raise KindError("a power of a real number by a complex one is not differentiated")
    if not isinstance(y, Scalar) and rule.name.startswith("operator."):
        raise KindError(
            "complex numbers are raised to the power of a number; np.power takes arrays"
        )
    both = promote(x, y)
    return C16 if both == A_COMPLEX and rule.name.startswith("numpy.") else both


@kind_rule
def complex_matmul(rule, args, kind_of):
    if any(isinstance(kind_of(a), Array) and kind_of(a).ndim > 2 for a in args.values()):
        raise KindError(
            "products of complex arrays of more than two dimensions are not differentiated"
        )
    return matmul(rule, args, kind_of)


# ------------------------------------------------------------ parts and polar coordinates

# a real result takes the real part of partial times tangent
scalar("numpy.real:complex", "val", d="1", kind="part", alias="view", cheap=True)
scalar("numpy.imag:complex", "val", d="-1j", kind="part", alias="view", cheap=True)
for _name in ("abs", "absolute"):
    scalar(f"numpy.{_name}:complex", "x", d="conj(np.sign(x))", kind="modulus")
scalar("numpy.angle:complex", "z, deg=False", kind="angle",
    d=("-57.29577951308232j / z if deg else -1j / z", None))  # fmt: skip
vjp("builtins.abs:complex", "x", kind="modulus", x="dout * x / out if out else 0.0",
    jvp="np.real(conj(x) * x_dot) / out if out else 0.0")  # fmt: skip
vjp("builtins.complex", "real=0.0, imag=0.0", kind="of_parts", real="np.real(dout)",
    imag="np.imag(dout)", jvp="real_dot + 1j * imag_dot", cheap=True)  # fmt: skip

vjp("numpy.conjugate:complex", "x", kind="same_complex", x="conj(dout)", jvp="conj(x_dot)",
    cheap=True)  # fmt: skip
# what goes along z does not change its sign
vjp("numpy.sign:complex", "x", kind="same_complex", where="r = np.abs(x) + (x == 0)",
    x="1j * out * (np.imag(conj(out) * dout) / r)",
    jvp="1j * out * (np.imag(conj(out) * x_dot) / r)")  # fmt: skip

# ------------------------------------------------------------ powers and products

# an exponent of 0 gives 0, and the logarithm of 0 is multiplied by 0
_by_exponent = "out * np.log(x + (x == 0))"
for _name, _power in (("operator.pow", "x ** {}"), ("numpy.power", "np.power(x, {})")):
    _by_base = "y * " + _power.format("(y - (y != 0))")
    vjp(f"{_name}:complex", "x, y", kind="complex_power", x=f"conj({_by_base}) * dout",
        y=f"conj({_by_exponent}) * dout",
        jvp=f"{_by_base} * x_dot + {_by_exponent} * y_dot")  # fmt: skip

vjp("numpy.linalg.det:complex", "a", kind="number_of_matrix",
    a="each(dout * conj(out)) * conj(np.linalg.inv(a)).mT",
    jvp="np.sum(each(out) * np.linalg.inv(a).mT * a_dot, axis=(-2, -1))")  # fmt: skip

_left = {"11": "conj(y) * dout", "12": "conj(y) @ dout", "21": "dout[:, None] * conj(y)",
         "22": "dout @ conj(y).T"}  # fmt: skip
_right = {"11": "conj(x) * dout", "12": "conj(x)[:, None] * dout", "21": "conj(x).T @ dout",
          "22": "conj(x).T @ dout"}  # fmt: skip
for _name in ("operator.matmul", "numpy.matmul", "numpy.dot"):
    vjp(f"{_name}:complex", "x, y", kind="complex_matmul", x=_left, y=_right,
        jvp="x_dot @ y + x @ y_dot")  # fmt: skip


@written("numpy.vdot:complex")
def vdot(a, b):
    return np.sum(np.conj(np.ravel(a)) * np.ravel(b))


@written("numpy.outer:complex")
def outer(a, b):
    return np.ravel(a)[:, None] * np.ravel(b)


@written("numpy.linalg.norm:complex")
def norm(x, ord=None, axis=None, keepdims=False):
    matrix = axis is None and np.ndim(x) == 2 or axis is not None and np.ndim(axis) > 0
    if matrix and (ord == 2 or ord == -2 or ord == "nuc"):
        raise NotImplementedError("the singular values of complex matrices are not differentiated")
    return np.linalg.norm(np.abs(x), ord, axis, keepdims)
