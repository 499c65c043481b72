"""Points at which the rules of `srcgrad/rules/numpy_elementwise.py` are checked, as in `samples`."""

import numpy as np

X = np.array([0.3, 0.8, 1.7])
Y = np.array([1.2, 0.5, 0.9])
M = np.array([[0.3, -0.8, 1.7], [1.1, 0.4, -0.6]])
P = np.abs(M)
SIGNED = np.array([0.3, -0.8, 1.7])
WHOLE = np.array([3, 1, 2])

SAMPLES = {
    "numpy.add": [("np.add(x, y)", M, X), ("np.add(x, y)", 0.7, -0.3)],
    "numpy.subtract": [("np.subtract(x, y)", M, X), ("np.subtract(x, y)", 0.7, -0.3)],
    "numpy.multiply": [("np.multiply(x, y)", M, X), ("np.multiply(x, y)", 0.7, -0.3)],
    "numpy.divide": [
        ("np.divide(x, y)", M, X),
        ("np.divide(1.0, y)", X),
        ("np.true_divide(x, y)", 0.7, -0.3),
    ],
    "numpy.negative": [0.7, X],
    "numpy.positive": [0.7, X],
    "numpy.square": [0.7, M],
    "numpy.reciprocal": [-0.7, M],
    "numpy.mod": [("np.mod(x, y)", 5.3, 1.7), ("np.mod(x, y)", M, X), ("np.mod(x, y)", -5.3, 1.7)],
    "numpy.remainder": [("np.remainder(x, 0.7)", M), ("np.remainder(x, y)", 5.3, -1.7)],
    "numpy.fmod": [("np.fmod(x, y)", 5.3, 1.7), ("np.fmod(x, y)", 7 * M, X)],
    "numpy.power": [
        ("np.power(x, y)", 1.3, 2.4),
        ("np.power(x, 3)", SIGNED),
        ("np.power(x, y)", P, X),
        ("np.power(x, 0)", SIGNED),
        ("np.power(x, 2) * x", -0.7),
        ("np.power(2.0, y)", M),
        ("np.pow(x, WHOLE)", M),
    ],
    "numpy.float_power": [("np.float_power(x, y)", 1.3, 2.4), ("np.float_power(x, 2)", SIGNED)],
    "numpy.sqrt": [0.7, X],
    "numpy.cbrt": [-0.7, M],
    "numpy.hypot": [("np.hypot(x, y)", 0.7, -0.3), ("np.hypot(x, y)", M, X)],
    "numpy.exp": [0.7, M],
    "numpy.exp2": [0.7, M],
    "numpy.expm1": [0.7, 1e-9, X],
    "numpy.log": [0.7, X],
    "numpy.log2": [0.7, X],
    "numpy.log10": [0.7, X],
    "numpy.log1p": [0.7, -0.5, X],
    "numpy.logaddexp": [
        ("np.logaddexp(x, y)", 0.7, -0.3),
        ("np.logaddexp(x, y)", M, X),
        ("np.logaddexp(x, y)", 1000.0, 999.5),
        ("np.logaddexp(x, y)", -1000.0, -999.5),
    ],
    "numpy.logaddexp2": [("np.logaddexp2(x, y)", 0.7, -0.3), ("np.logaddexp2(x, y)", M, X)],
    "numpy.sin": [0.7, X, M],
    "numpy.cos": [0.7, X],
    "numpy.tan": [0.7, X - 0.5],
    "numpy.arcsin": [0.7, M / 2, ("np.asin(x)", -0.4)],
    "numpy.arccos": [0.7, M / 2, ("np.acos(x)", -0.4)],
    "numpy.arctan": [0.7, X, ("np.atan(x)", -0.4)],
    "numpy.arctan2": [("np.arctan2(y, x)", -0.7, 0.3), ("np.atan2(y, x)", M, X)],
    "numpy.sinh": [0.7, X],
    "numpy.cosh": [0.7, X],
    "numpy.tanh": [0.7, X],
    "numpy.arcsinh": [0.7, M, ("np.asinh(x)", -0.4)],
    "numpy.arccosh": [1.7, X + 1, ("np.acosh(x)", 2.4)],
    "numpy.arctanh": [0.7, M / 2, ("np.atanh(x)", -0.4)],
    "numpy.deg2rad": [0.7, X],
    "numpy.radians": [0.7, X],
    "numpy.rad2deg": [0.7, X],
    "numpy.degrees": [0.7, X],
    "numpy.sinc": [0.7, -1.3, 0.0, 1e-8, np.array([[0.0, 1e-5, 0.049], [0.051, 0.3, -2.5]])],
    "numpy.abs": [-0.7, SIGNED],
    "numpy.absolute": [-0.7, SIGNED],
    "numpy.fabs": [-0.7, SIGNED],
    "numpy.copysign": [("np.copysign(x, y)", 0.7, -0.3), ("np.copysign(x, y)", M, SIGNED)],
    "numpy.heaviside": [("np.heaviside(x, y)", 0.7, 0.3), ("np.heaviside(0.0, x)", X)],
    "numpy.maximum": [("np.maximum(x, y)", M, X), ("np.maximum(x, 0.5)", X)],
    "numpy.minimum": [("np.minimum(x, y)", M, X), ("np.minimum(0.5, y)", X)],
    "numpy.fmax": [("np.fmax(x, y)", M, Y), ("np.fmax(x, y)", 0.7, 0.3), ("np.fmax(x, HOLES)", X)],
    "numpy.fmin": [("np.fmin(x, y)", M, Y), ("np.fmin(x, y)", 0.7, 0.3), ("np.fmin(x, HOLES)", X)],
    "numpy.clip": [
        ("np.clip(x, 0.5, 1.5)", M),
        ("np.clip(x, y, z)", M, X / 2, 0.9),
        ("np.clip(x, None, y)", M, 0.5),
        ("np.clip(x, y, None)", 0.7, 0.9),
        ("np.clip(x, a_min=None, a_max=y)", X, 0.5),
        ("np.clip(x, max=y, min=0.1)", M, 0.5),
        ("x.clip(0.5) * x.clip(max=1.0)", M),
    ],
    "numpy.nan_to_num": [M, 0.7, ("np.nan_to_num(x + HOLES, nan=2.0) * x", X)],
    "numpy.ldexp": [("np.ldexp(x, 3)", 0.7), ("np.ldexp(x, WHOLE)", X)],
    "numpy.real": [M, 0.7, ("x.real * x", M)],
    "numpy.imag": [M, 0.7],
    "numpy.conjugate": [("np.conj(x)", M), ("x.conj() * x.conjugate()", X)],
    "numpy.angle": [0.7, M, ("np.angle(x, deg=True)", X)],
    "numpy.modf[0]": [("np.modf(x)[0]", -2.7), ("part(x, y)", 3 * M, X)],
    "numpy.modf[1]": [("np.modf(x)[1]", 2.7)],
    "numpy.frexp[0]": [("np.frexp(x)[0] * np.frexp(x)[1]", 2.7), ("np.frexp(x)[0]", M)],
    "numpy.frexp[1]": [("np.frexp(x)[1]", 2.7)],
    "numpy.floor_divide": [
        ("np.floor_divide(x, y)", 5.3, 1.7),
        ("np.divmod(x, 0.71)[0]", X),
        ("np.divmod(x, y)[0]", M, Y),
    ],
    "numpy.spacing": [("np.spacing(x)", 0.7)],
    "numpy.gcd": [("np.gcd(int(x), 6)", 9.5)],
    "numpy.lcm": [("np.lcm(int(x), 6)", 9.5)],
    "numpy.bitwise_and": [("np.bitwise_and(x > 0, x < 1)", M)],
    "numpy.bitwise_or": [("np.bitwise_or(x > 0, x < 1)", M)],
    "numpy.bitwise_xor": [("np.bitwise_xor(x > 0, x < 1)", M)],
    "numpy.left_shift": [("np.left_shift(int(x), 2)", 2.5)],
    "numpy.right_shift": [("np.right_shift(int(x), 1)", 2.5)],
    "numpy.invert": [("np.invert(x > 0)", M)],
    "numpy.round": [("np.round(x, 1)", X + 0.02), ("np.round(x)", 0.7), ("x.round(1)", X + 0.02)],
    "numpy.around": [("np.around(x, decimals=1)", X + 0.02)],
    **{f"numpy.{name}": [0.7, M] for name in ("sign", "floor", "ceil", "rint", "trunc", "fix")},
    **{
        f"numpy.{name}": [M, 0.7]
        for name in (
            *("isnan", "isfinite", "isinf", "isposinf", "isneginf", "signbit", "logical_not"),
            *("iscomplex", "isreal", "iscomplexobj", "isrealobj"),
        )
    },
    "numpy.isscalar": [0.7],
    **{
        f"numpy.{name}": [(f"np.{name}(x, y)", M, Y), (f"np.{name}(x, y)", 0.7, 0.3)]
        for name in (
            *("greater", "greater_equal", "less", "less_equal", "equal", "not_equal"),
            *("logical_and", "logical_or", "logical_xor", "isclose", "allclose"),
        )
    },
    "numpy.array_equal": [("np.array_equal(x, y)", X, Y)],
    "numpy.array_equiv": [("np.array_equiv(x, y)", M, Y)],
    "numpy.argmax": [X, ("x.argmax()", M), ("np.argmax(x, axis=1)", M)],
    "numpy.argmin": [X, ("np.argmin(x, axis=0, keepdims=True)", M)],
    "numpy.count_nonzero": [("np.count_nonzero(x > 0)", M), ("np.count_nonzero(x > 0, axis=0)", M)],
    "numpy.all": [("np.all(x > 0.1)", X), ("np.all(x > 0.1, axis=1)", M)],
    "numpy.any": [("np.any(x > 0.1)", X), ("(x > 0.1).any(axis=0)", M)],
    "numpy.argsort": [X, ("np.argsort(x, axis=0)", M), ("x.argsort()", X)],
    "numpy.searchsorted": [
        ("np.searchsorted(x, 0.5)", X),
        ("x.searchsorted(y, side='right')", X, Y),
    ],
    "numpy.flatnonzero": [("np.flatnonzero(x > 0)", M)],
}

# What stands above the samples in a module of their own.
PRELUDE = """

WHOLE = np.array([3, 1, 2])
HOLES = np.array([1.0, np.nan, np.inf])


def part(x, y):
    fraction, whole = np.modf(x)
    quotient, rest = np.divmod(x, y)
    return fraction * whole + rest * quotient
"""
