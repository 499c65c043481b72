"""NumPy's elementwise functions: partials that serve numbers and arrays, and both modes.

Kinks: `abs'(0) = 0`, `hypot'(0, 0) = 0`, `copysign'(0) = 0`, `sinc'(0) = 0`; ties of `maximum`,
`minimum`, `fmax`, `fmin` and `clip` share evenly. Of `fmax` and `fmin`, an operand that is nan has
derivative 0, and the other one has 1.
"""

from functools import partial

import numpy as np

from srcgrad.rules.record import OTHERWISE, PARTS, linear, scalar, vjp, written, zero

real = partial(scalar, kind="npfloat")  # whole numbers give floats
arith = partial(scalar, kind="nparith", cheap=True)  # whole numbers stay whole

# arithmetic
arith("numpy.add", "x, y", d=("1", "1"))
arith("numpy.subtract", "x, y", d=("1", "-1"))
arith("numpy.multiply", "x, y", d=("y", "x"))
real("numpy.divide", "x, y", d=("1 / y", "-x / (y * y)"), cheap=True)
arith("numpy.negative", "x", d="-1")
arith("numpy.positive", "x", d="1")
arith("numpy.square", "x", d="2 * x")
arith("numpy.reciprocal", "x", d="-out * out")
arith("numpy.mod", "x, y", d=("1", "-np.floor_divide(x, y)"))
arith("numpy.remainder", "x, y", d=("1", "-np.floor_divide(x, y)"))
arith("numpy.fmod", "x, y", d=("1", "-np.rint((x - out) / y)"))

# powers: an exponent of 0 has derivative 0 by the base, also where the base is 0
for _name, _kind in (("power", "nparith"), ("float_power", "npdouble")):
    _base = f"y * np.{_name}(x, y - (y != 0))"
    scalar(f"numpy.{_name}", "x, y", d=(_base, "out * np.log(np.where(x == 0, 1, x))"), kind=_kind)
scalar("numpy.float64", "x", d="1", kind="npfloat", cheap=True)
zero("numpy.int64", "x", kind="npint", cheap=True)
real("numpy.sqrt", "x", d="0.5 / out")
real("numpy.cbrt", "x", d="1 / (3 * out * out)")
real("numpy.hypot", "x, y", d=("x / choose(out == 0, 1, out)", "y / choose(out == 0, 1, out)"))

# exponentials and logarithms
real("numpy.exp", "x", d="out")
real("numpy.exp2", "x", d="out * math.log(2)")
real("numpy.expm1", "x", d="out + 1")
real("numpy.log", "x", d="1 / x")
real("numpy.log2", "x", d="1 / (x * math.log(2))")
real("numpy.log10", "x", d="1 / (x * math.log(10))")
real("numpy.log1p", "x", d="1 / (1 + x)")
real("numpy.logaddexp", "x, y", d=("np.exp(x - out)", "np.exp(y - out)"))
real("numpy.logaddexp2", "x, y", d=("np.exp2(x - out)", "np.exp2(y - out)"))

# trigonometric and hyperbolic functions
real("numpy.sin", "x", d="np.cos(x)")
real("numpy.cos", "x", d="-np.sin(x)")
real("numpy.tan", "x", d="1 + out * out")
real("numpy.arcsin", "x", d="1 / np.sqrt(1 - x * x)")
real("numpy.arccos", "x", d="-1 / np.sqrt(1 - x * x)")
real("numpy.arctan", "x", d="1 / (1 + x * x)")
real("numpy.arctan2", "y, x", where="u = x * x + y * y", d=("x / u", "-y / u"))
real("numpy.sinh", "x", d="np.cosh(x)")
real("numpy.cosh", "x", d="np.sinh(x)")
real("numpy.tanh", "x", d="1 - out * out")
real("numpy.arcsinh", "x", d="1 / np.sqrt(x * x + 1)")
real("numpy.arccosh", "x", d="1 / np.sqrt((x - 1) * (x + 1))")
real("numpy.arctanh", "x", d="1 / (1 - x * x)")
for _name in ("deg2rad", "radians"):
    real(f"numpy.{_name}", "x", d="0.017453292519943295", cheap=True)
for _name in ("rad2deg", "degrees"):
    real(f"numpy.{_name}", "x", d="57.29577951308232", cheap=True)
# near 0 the difference cancels, and its series does not: the remainder is below 1e-12 of it
real(
    "numpy.sinc",
    "x",
    where="u = np.square(np.pi * x)",
    d="choose(abs(x) < 0.05,"
    " -3.289868133696453 * x * (1 - u * (1 / 10 - u * (1 / 280 - u * (1 / 15120 - u / 1330560)))),"
    " (np.cos(np.pi * x) - out) / nonzero(x))",
)

# signs, choices and bounds
arith("numpy.abs", "x", d="np.sign(x)")
arith("numpy.absolute", "x", d="np.sign(x)")
real("numpy.fabs", "x", d="np.sign(x)", cheap=True)
real("numpy.copysign", "x, y", d=("np.sign(x) * np.copysign(1.0, y)", "0.0"), cheap=True)
real("numpy.heaviside", "x1, x2", d=("0.0", "1.0 * (x1 == 0)"), cheap=True)
_more, _less = "(x > y) + 0.5 * (x == y)", "(x < y) + 0.5 * (x == y)"
arith("numpy.maximum", "x, y", d=(_more, _less))
arith("numpy.minimum", "x, y", d=(_less, _more))
arith("numpy.fmax", "x, y", d=(f"np.isnan(y) + {_more}", f"np.isnan(x) + {_less}"))
arith("numpy.fmin", "x, y", d=(f"np.isnan(y) + {_less}", f"np.isnan(x) + {_more}"))
_above = "(1 if a_min is None else ({0} > a_min) + 0.5 * ({0} == a_min))"
_below = "(1 if a_max is None else ({0} < a_max) + 0.5 * ({0} == a_max))"
_floored = "(a if a_min is None else np.maximum(a, a_min))"
arith(
    "numpy.clip",
    "a, a_min=None, a_max=None",
    d=(
        f"{_above} * {_below}".format("a"),
        f"((a < a_min) + 0.5 * (a == a_min)) * {_below}".format("a_min"),
        f"({_floored} > a_max) + 0.5 * ({_floored} == a_max)",
    ),
)
vjp("numpy.nan_to_num", "x, copy=True, nan=0.0, posinf=None, neginf=None", kind="nparith", cheap=True,
    x="choose(np.isfinite(x), dout, 0.0)", jvp="choose(np.isfinite(x), x_dot, 0.0)")  # fmt: skip
OTHERWISE["numpy.nan_to_num"] = "in_place", {"copy": True}


@written("numpy.nan_to_num:in_place")
def nan_to_num_in_place(x, copy=True, nan=0.0, posinf=None, neginf=None):
    x[...] = np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)
    return x


scalar("numpy.ldexp", "x1, x2", d=("np.ldexp(1.0, x2)", None), kind="npfirst")

# of real numbers
linear("numpy.real", "val", kind="first", val="dout", alias="view")
zero("numpy.imag", "val", kind="first")
arith("numpy.conjugate", "x", d="1")
zero("numpy.angle", "z, deg=False", kind="npfloat")

# the parts of a pair of results
real("numpy.modf[0]", "x", d="1")
zero("numpy.modf[1]", "x", kind="npfloat")
real("numpy.frexp[0]", "x", d="out / nonzero(x)")
zero("numpy.frexp[1]", "x", kind="npint")
PARTS["numpy.modf"] = tuple, {0: "numpy.modf[0]", 1: "numpy.modf[1]"}
PARTS["numpy.frexp"] = tuple, {0: "numpy.frexp[0]", 1: "numpy.frexp[1]"}
PARTS["numpy.divmod"] = tuple, {0: "numpy.floor_divide", 1: "numpy.remainder"}

# derivative zero, declared: steps
for _name in ("sign", "floor", "ceil", "rint", "trunc", "fix"):
    zero(f"numpy.{_name}", "x", kind="nparith", cheap=True)
for _name in ("round", "around"):
    zero(f"numpy.{_name}", "a, decimals=0", kind="nparith", cheap=True)
zero("numpy.floor_divide", "x, y", kind="nparith", cheap=True)
zero("numpy.spacing", "x", kind="npfloat")
for _name in (
    "gcd",
    "lcm",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "left_shift",
    "right_shift",
):
    zero(f"numpy.{_name}", "x, y", kind="nparith", cheap=True)
zero("numpy.invert", "x", kind="nparith", cheap=True)

# tests
for _name in ("isnan", "isfinite", "isinf", "isposinf", "isneginf", "signbit", "logical_not",
              "iscomplex", "isreal"):  # fmt: skip
    zero(f"numpy.{_name}", "x", kind="compare", cheap=True)
for _name in ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal",
              "logical_and", "logical_or", "logical_xor"):  # fmt: skip
    zero(f"numpy.{_name}", "x, y", kind="compare", cheap=True)
_tolerances = "a, b, rtol=1e-05, atol=1e-08, equal_nan=False"
zero("numpy.isclose", _tolerances, kind="compare")
zero("numpy.allclose", _tolerances, kind="bool")
zero("numpy.array_equal", "a1, a2, equal_nan=False", kind="bool")
zero("numpy.array_equiv", "a1, a2", kind="bool")
for _name in ("iscomplexobj", "isrealobj", "isscalar"):
    zero(f"numpy.{_name}", "x", kind="bool")

# positions
for _name in ("argmax", "argmin", "nanargmax", "nanargmin"):
    zero(f"numpy.{_name}", "a, axis=None, *, keepdims=False", kind="reduce_to_int")
zero("numpy.count_nonzero", "a, axis=None, *, keepdims=False", kind="reduce_to_int")
for _name in ("all", "any"):
    zero(f"numpy.{_name}", "a, axis=None, *, keepdims=False", kind="reduce_to_bool")
zero("numpy.argsort", "a, axis=-1, kind=None, *, stable=None", kind="positions")
zero("numpy.searchsorted", "a, v, side='left'", kind="found")
zero("numpy.flatnonzero", "a", kind="where_nonzero")
