"""Points at which the rules are checked: one table a module of `srcgrad/rules`, in its order.

A sample is a call as one would write it, followed by the arguments that it is checked at; the
names of its parameters are those of the differentiated arguments, and what it returns is one
result. A number or an array alone means the function under its own name, called with it.
"""

import numpy as np

X = np.array([0.3, 0.8, 1.7])
Y = np.array([1.2, 0.5, 0.9])
M = np.array([[0.3, -0.8, 1.7], [1.1, 0.4, -0.6]])
N = np.array([[0.2, 0.9], [-1.3, 0.6], [0.7, 1.5]])
SIGNED = np.array([0.3, -0.8, 1.7])

OPERATORS = {
    "operator.add": [("x + y", 0.7, -1.3), ("x + y", M, X), ("x + y", 2.0, X)],
    "operator.sub": [("x - y", 0.7, -1.3), ("x - y", X, M), ("x - y", X, 2.0)],
    "operator.mul": [("x * y", 0.7, -1.3), ("x * y", M, X), ("x * y", M[:, :1], X)],
    "operator.truediv": [("x / y", 0.7, -1.3), ("x / y", M, X), ("x / y", 2.0, X)],
    "operator.neg": [("-x", 0.7), ("-x", X)],
    "operator.pos": [("+x", -0.7), ("+x", X)],
    "operator.mod": [("x % y", 5.3, 1.7), ("x % y", -5.3, 1.7), ("x % 0.7", X)],
    "operator.floordiv": [("x // y", 5.3, 1.7), ("x // 0.7", X)],
    "operator.pow": [("x**3", -1.3), ("x**-2", -1.3), ("x**0", 1.3), ("x**3", SIGNED)],
    "operator.pow:float": [("x**y", 1.3, 2.4), ("x**2.5", 1.3), ("2.0**y", 0.6)],
    "operator.pow:array": [("x**y", X, Y), ("x**y", X, 1.7), ("x**y", 1.7, X)],
    "operator.lt": [("x < y", 1.0, 2.0)],
    "operator.le": [("x <= y", 1.0, 2.0)],
    "operator.gt": [("x > y", 1.0, 2.0)],
    "operator.ge": [("x >= y", 1.0, 2.0)],
    "operator.eq": [("x == y", 1.0, 2.0)],
    "operator.ne": [("x != y", 1.0, 2.0)],
    "operator.is_": [("x is None", 1.0)],
    "operator.is_not": [("x is not None", 1.0)],
    "operator.contains": [("x in (1, 2)", 1.5)],
    "operator.not_": [("not x", 1.5)],
    "operator.invert": [("~int(x)", 1.5)],
    "operator.and_": [("int(x) & 3", 1.5)],
    "operator.or_": [("int(x) | 2", 1.5)],
    "operator.xor": [("int(x) ^ 2", 1.5)],
    "operator.lshift": [("int(x) << 2", 1.5)],
    "operator.rshift": [("int(x) >> 1", 2.5)],
    "builtins.abs": [("abs(x)", 0.7), ("abs(x)", -0.7)],
    "builtins.abs:np": [("abs(np.sum(x))", SIGNED), ("abs(np.sum(x))", -X)],
    "builtins.float": [("float(x)", 0.7)],
    "builtins.int": [("int(x)", 2.7)],
    "builtins.bool": [("bool(x)", 2.7)],
    "builtins.round": [("round(x)", 2.7)],
    "builtins.round:2": [("round(x, 1)", 2.73)],
    "builtins.max:2": [("max(x, y)", 0.7, 0.3), ("max(x, y)", 0.3, 0.7)],
    "builtins.max:3": [("max(x, y, z)", 0.7, 0.3, 0.9)],
    "builtins.max:4": [("max(x, 0.1, y, z)", 0.7, 0.3, 0.5)],
    "builtins.min:2": [("min(x, y)", 0.7, 0.3), ("min(x, y)", 0.3, 0.7)],
    "builtins.min:3": [("min(x, y, z)", 0.7, 0.3, 0.9)],
    "builtins.sum": [("sum(xs) * sum(xs)", [0.7, 0.3]), ("sum([x, y, x * y])", 0.7, 0.3)],
    "builtins.sum:arrays": [
        ("sum([r * r for r in x])", M),
        ("sum(list(x)) * y", M, X),
    ],
    "builtins.max:list": [("max(xs) * longer(xs)", [0.7, 1.3, -0.2])],
    "builtins.min:list": [("min(xs) * longer(xs)", [0.7, 1.3, -0.2])],
    "idiom.sigmoid": [("1 / (1 + math.exp(-x))", 0.7), ("1.0 / (math.exp(-x) + 1.0)", -30.0)],
    "idiom.softplus:math": [
        ("math.log(1 + math.exp(x))", 0.7),
        ("math.log1p(math.exp(-x))", 30.0),
        ("math.log(math.exp(x * y) + 1)", 0.7, -1.3),
    ],
    "idiom.softplus:numpy": [
        ("np.log1p(np.exp(x))", SIGNED),
        ("np.log(1.0 + np.exp(-x))", M),
        ("np.log1p(np.exp(x))", 0.3),
    ],
}
MATH = {
    "math.exp": [0.7, -0.7],
    "math.expm1": [0.7, 1e-9],
    "math.log": [0.7],
    "math.log:2": [("math.log(x, y)", 0.7, 2.5)],
    "math.log2": [0.7],
    "math.log10": [0.7],
    "math.log1p": [0.7, -0.5],
    "math.sqrt": [0.7],
    "math.pow": [("math.pow(x, y)", 1.3, 2.4), ("math.pow(x, 3)", -1.3), ("math.pow(x, 0.0)", 1.3)],
    "math.sin": [0.7],
    "math.cos": [0.7],
    "math.tan": [0.7],
    "math.asin": [0.7],
    "math.acos": [0.7],
    "math.atan": [0.7],
    "math.atan2": [("math.atan2(y, x)", 0.7, -0.3), ("math.atan2(y, x)", -0.7, 0.3)],
    "math.sinh": [0.7],
    "math.cosh": [0.7],
    "math.tanh": [0.7],
    "math.asinh": [0.7],
    "math.acosh": [1.7],
    "math.atanh": [0.7],
    "math.hypot:1": [-0.7],
    "math.hypot:2": [("math.hypot(x, y)", 0.7, -0.3)],
    "math.prod:2": [("math.prod((x, y))", 0.7, -0.3), ("math.prod([x, y, z])", 0.7, 0.0, 1.1)],
    "math.dist:2": [
        ("math.dist((x,), (y,))", 0.7, -0.3),
        ("math.dist((x, y), (y, 0.2))", 0.7, -0.3),
    ],
    "math.prod:list": [("math.prod(xs) * longer(xs)", [0.7, 1.3, -0.2])],
    "math.dist:list": [("math.dist(xs, ys) * longer(xs)", [0.7, 1.3, -0.2], [0.2, 0.1, 0.5])],
    "math.sumprod:2": [("math.sumprod([x, y], [y, 0.3])", 0.7, -0.3)],
    "math.sumprod:list": [("math.sumprod(xs, ys) * longer(xs)", [0.7, 1.3], [0.2, 0.1])],
    "math.modf[0]": [("math.modf(x)[0]", 2.7), ("math.modf(x)[0] * math.modf(x)[1]", -2.7)],
    "math.modf[1]": [("math.modf(x)[1]", 2.7)],
    "math.frexp[0]": [("math.frexp(x)[0] * math.frexp(x)[1]", 2.7)],
    "math.frexp[1]": [("math.frexp(x)[1]", 2.7)],
    "math.hypot:3": [("math.hypot(x, y, z)", 0.7, -0.3, 1.1)],
    "math.fabs": [0.7, -0.7],
    "math.copysign": [("math.copysign(x, y)", 0.7, -0.3), ("math.copysign(x, y)", -0.7, 0.3)],
    "math.fmod": [("math.fmod(x, y)", 5.3, 1.7), ("math.fmod(x, y)", -5.3, 1.7)],
    "math.remainder": [("math.remainder(x, y)", 5.3, 1.6)],
    "math.degrees": [0.7],
    "math.radians": [0.7],
    "math.ldexp": [("math.ldexp(x, 3)", 0.7)],
    "math.erf": [0.7],
    "math.erfc": [0.7],
    "math.lgamma": [2.5, 0.3, 12.0],
    "math.gamma": [2.5, 0.3],
    "math.fsum": [("math.fsum(xs) * math.fsum(xs)", [0.7, 0.3, 1.1])],
    "math.cbrt": [0.7, -0.7],
    "math.exp2": [0.7],
    "math.fma": [("math.fma(x, y, z)", 0.7, 0.3, 1.1)],
    "math.floor": [2.7],
    "math.ceil": [2.7],
    "math.trunc": [2.7],
    "math.isqrt": [("math.isqrt(int(x))", 9.5)],
    "math.factorial": [("math.factorial(int(x))", 4.5)],
    "math.gcd": [("math.gcd(int(x), 6)", 9.5)],
    "math.lcm": [("math.lcm(int(x), 6)", 9.5)],
    "math.comb": [("math.comb(int(x), 2)", 9.5)],
    "math.perm": [("math.perm(int(x), 2)", 9.5)],
    "math.isnan": [2.7],
    "math.isinf": [2.7],
    "math.isfinite": [2.7],
    "math.isclose": [("math.isclose(x, y)", 2.7, 1.7)],
    "math.ulp": [2.7],
}
NUMPY = {
    "numpy.float64": [0.7, X],
    "numpy.where": [
        ("np.where(x > 0.5, x * y, y)", X, Y),
        ("np.where(x > 0, x, y)", M, 2.0),
        ("np.where(M > 0, x, y)", X, M),
    ],
    "operator.matmul": [("x @ y", M, N), ("x @ y", M, X), ("x @ y", X, N), ("x @ y", X, Y)],
    "numpy.linalg.solve": [
        ("np.linalg.solve(x, y)", M @ N, X[:2]),
        ("np.linalg.solve(x, y)", M @ N, N[:2]),
    ],
    "numpy.matmul": [("np.matmul(x, y)", M, N), ("np.matmul(x, y)", X, Y)],
    "numpy.dot": [("np.dot(x, y)", M, N), ("x.dot(y)", X, N), ("np.dot(x, y)", X, Y)],
    "numpy.ndarray.fill": [("filled(x, y)", X, 0.7)],
    "numpy.outer": [("np.outer(x, y)", X, Y), ("np.outer(x, y) * 2.0", M, Y)],
    "numpy.copyto": [("copied(x, y)", X, Y)],
}
IMPLICIT = {
    "implicit.root": [("root(x, y)", 0.7, 1.3), ("root(x, 2.0) * x", 0.7)],
    "implicit.root:array": [("roots(x, y)", X, Y)],
    "implicit.fixed_point": [("settled(x, y)", 0.7, 0.6)],
    "implicit.fixed_point:array": [("balance(x, y)", X, Y)],
}
SAMPLES = {**OPERATORS, **MATH, **NUMPY, **IMPLICIT}

# What stands above the samples in a module of their own.
PRELUDE = """\
import math

import numpy as np

from srcgrad import implicit_fixed_point, implicit_root


@implicit_root(lambda z, x, y: z**3 + x * z - y)
def root(x, y):
    z = 1.0
    for _ in range(50):
        z -= (z**3 + x * z - y) / (3 * z * z + x)
    return z


@implicit_root(lambda z, x, y: z + 0.1 * z**3 + 0.2 * x * np.sum(z) - y, kind="like x")
def roots(x, y):
    z = np.zeros(len(x))
    for _ in range(200):
        z = y - 0.1 * z**3 - 0.2 * x * np.sum(z)
    return z


@implicit_fixed_point(lambda z, x, y: math.cos(x * z) * y)
def settled(x, y):
    z = 0.5
    for _ in range(200):
        z = math.cos(x * z) * y
    return z


@implicit_fixed_point(lambda z, x, y: np.tanh(0.2 * x * np.sum(z) + y), kind="like x")
def balance(x, y):
    z = np.zeros(len(x))
    for _ in range(200):
        z = np.tanh(0.2 * x * np.sum(z) + y)
    return z

M = np.array([[0.3, -0.8, 1.7], [1.1, 0.4, -0.6]])


def longer(xs):
    # its loop makes the list one of any length
    s = 0.0
    for x in xs:
        s += x
    return s


def filled(x, y):
    z = x * 2.0
    z[1:].fill(y)
    return z * x


def copied(x, y):
    z = x * 2.0
    np.copyto(z, y * x)
    return z
"""
