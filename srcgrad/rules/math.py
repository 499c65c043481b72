"""The functions of Python's `math`, with the derivatives of its documentation's functions.

`erf`: Abramowitz and Stegun 7.1.19. `hypot'(0, 0) = 0` by convention; where a derivative is
infinite the division raises ZeroDivisionError.
"""

from srcgrad.rules.record import PARTS, linear, scalar, vjp, zero

scalar("math.exp", "x", d="out")
scalar("math.expm1", "x", d="out + 1")
scalar("math.log", "x", d="1 / x")
scalar("math.log:2", "x, b", d=("1 / (x * math.log(b))", "-out / (b * math.log(b))"))
scalar("math.log2", "x", d="1 / (x * math.log(2))")
scalar("math.log10", "x", d="1 / (x * math.log(10))")
scalar("math.log1p", "x", d="1 / (1 + x)")
scalar("math.sqrt", "x", d="0.5 / out")
scalar(
    "math.pow",
    "x, y",
    d=(
        "y * math.pow(x, y - 1) if y != 0 else 0.0",
        "out * math.log(x) if x > 0 else 0.0 if x == 0 else math.nan",
    ),
)
scalar("math.sin", "x", d="math.cos(x)")
scalar("math.cos", "x", d="-math.sin(x)")
scalar("math.tan", "x", d="1 + out * out")
scalar("math.asin", "x", d="1 / math.sqrt(1 - x * x)")
scalar("math.acos", "x", d="-1 / math.sqrt(1 - x * x)")
scalar("math.atan", "x", d="1 / (1 + x * x)")
scalar("math.atan2", "y, x", where="u = x * x + y * y", d=("x / u", "-y / u"))
scalar("math.sinh", "x", d="math.cosh(x)")
scalar("math.cosh", "x", d="math.sinh(x)")
scalar("math.tanh", "x", d="1 - out * out")
scalar("math.asinh", "x", d="1 / math.sqrt(x * x + 1)")
scalar("math.acosh", "x", d="1 / math.sqrt(x * x - 1)")
scalar("math.atanh", "x", d="1 / (1 - x * x)")
scalar("math.hypot:1", "x", d="math.copysign(1.0, x) if x != 0 else 0.0")
scalar("math.hypot:2", "x, y", d=("x / out if out else 0.0", "y / out if out else 0.0"))
scalar("math.fabs", "x", d="math.copysign(1.0, x) if x != 0 else 0.0")
scalar(
    "math.copysign",
    "x, y",
    d=("math.copysign(1.0, x) * math.copysign(1.0, y) if x != 0 else 0.0", "0.0"),
)
scalar("math.fmod", "x, y", d=("1", "-math.trunc(x / y)"))
scalar("math.remainder", "x, y", d=("1", "-round((x - out) / y)"))
scalar("math.degrees", "x", d="57.29577951308232")
scalar("math.radians", "x", d="0.017453292519943295")
scalar("math.ldexp", "x, i", d=("math.ldexp(1.0, i)", None))
scalar("math.erf", "x", d="1.1283791670955126 * math.exp(-x * x)")
scalar("math.erfc", "x", d="-1.1283791670955126 * math.exp(-x * x)")
scalar("math.lgamma", "x", d="digamma(x)")
scalar("math.gamma", "x", d="out * digamma(x)")

# the parts of a pair of results
scalar("math.modf[0]", "x", d="1")
zero("math.modf[1]", "x", kind="float")
scalar("math.frexp[0]", "x", d="out / x if x else 0.0")
zero("math.frexp[1]", "x", kind="int")
PARTS["math.modf"] = tuple, {0: "math.modf[0]", 1: "math.modf[1]"}
PARTS["math.frexp"] = tuple, {0: "math.frexp[0]", 1: "math.frexp[1]"}
PARTS["builtins.divmod"] = tuple, {0: "operator.floordiv", 1: "operator.mod"}

# of the elements of containers: of known length (here of two, any other by `variadic`), and of lists
scalar("math.prod:2", "x, y", d=("y", "x"), kind="arith")
scalar("math.dist:2", "x, y", d=("(x - y) / out if out else 0.0", "(y - x) / out if out else 0.0"))
scalar("math.sumprod:2", "x, y", d=("y", "x"), kind="arith")
_OTHERS = "math.prod(x[:k]) * math.prod(x[k + 1:])"  # exact where the product is 0, or too small
vjp("math.prod:list", "x", kind="listsum",
    x=f"[dout * (out / v if abs(out) > 1e-290 else {_OTHERS}) for k, v in enumerate(x)]",
    jvp=f"sum(x_dot[k] * (out / v if abs(out) > 1e-290 else {_OTHERS}) for k, v in enumerate(x))")  # fmt: skip
vjp("math.dist:list", "x, y", kind="listfloat",
    x="[dout * (a - b) / out if out else 0.0 for a, b in zip(x, y)]",
    y="[dout * (b - a) / out if out else 0.0 for a, b in zip(x, y)]",
    jvp="sum((a - b) * d / out if out else 0.0 for a, b, d in zip(x, y, x_dot))"
        " + sum((b - a) * d / out if out else 0.0 for a, b, d in zip(x, y, y_dot))")  # fmt: skip
vjp("math.sumprod:list", "x, y", kind="listsum", x="[dout * b for b in y]", y="[dout * a for a in x]",
    jvp="sum(d * b for d, b in zip(x_dot, y)) + sum(a * d for a, d in zip(x, y_dot))")  # fmt: skip
linear("math.fsum", "x", kind="listsum", x="expand(dout, x, None, False)")
scalar("math.cbrt", "x", d="1 / (3 * out * out)")  # these three are in Python since 3.11,
scalar("math.exp2", "x", d="out * math.log(2)")
scalar("math.fma", "x, y, z", d=("y", "x", "1"))  # and since 3.13

for _name in ("floor", "ceil", "trunc", "isqrt", "factorial"):
    zero(f"math.{_name}", "x", kind="int", cheap=True)
for _name in ("gcd", "lcm", "comb", "perm"):
    zero(f"math.{_name}", "x, y", kind="int", cheap=True)
for _name in ("isnan", "isinf", "isfinite"):
    zero(f"math.{_name}", "x", kind="bool", cheap=True)
zero("math.isclose", "a, b, rel_tol=1e-09, abs_tol=0.0", kind="bool", cheap=True)
zero("math.ulp", "x", kind="float", cheap=True)
