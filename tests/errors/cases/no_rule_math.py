import math

from srcgrad import grad


def f(x):
    return math.nextafter(x, 2.0) * x


def mistake():
    grad(f)(1.5)
