import math

from srcgrad import grad


def f(x):
    y = math.frexp(x)[0]
    z = math.modf(x)[0]
    return y * z


def mistake():
    grad(f)(1.5)
