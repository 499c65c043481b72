import math

from srcgrad import grad


def f(x):
    return math.sine(x)


def mistake():
    grad(f)(1.5)
