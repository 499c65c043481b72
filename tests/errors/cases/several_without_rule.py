import math

from srcgrad import grad


def f(x):
    y = math.nextafter(x, 2.0)
    z = math.nextafter(x, 1.0)
    return y * z


def mistake():
    grad(f)(1.5)
