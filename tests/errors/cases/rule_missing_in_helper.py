import math

from srcgrad import grad


def normalised(y):
    return math.nextafter(y, 1.0)


def f(x):
    return normalised(x) * x


def mistake():
    grad(f)(1.5)
