"""Every differentiable function of `math` that is in all versions of Python, at points inside their domains."""

import math

ARGS = (0.6, 0.3)
MODES = ("grad", "jvp")
ORDER = 2


def math_functions(x, y):
    a = math.exp(x) + math.expm1(x) + math.log(x) + math.log(x, 2 + y) + math.log2(x) + math.log10(x)
    b = math.log1p(x) + math.sqrt(x) + math.pow(x, y)
    c = math.sin(x) + math.cos(x) + math.tan(x) + math.asin(x) + math.acos(x) + math.atan(x)
    d = math.atan2(x, y) + math.sinh(x) + math.cosh(x) + math.tanh(x) + math.asinh(x)
    e = math.acosh(1 + x) + math.atanh(x) + math.hypot(x) + math.hypot(x, y) + math.hypot(x, y, a)
    f = math.fabs(x) + math.copysign(x, -y) + math.fmod(x, y) + math.remainder(x, 2 * y + 0.1)
    g = math.degrees(x) + math.radians(x) + math.ldexp(x, 3) + math.erf(x) + math.erfc(y)
    return a * b + c * d + e * f + g + math.fsum([x, y, x * y])
