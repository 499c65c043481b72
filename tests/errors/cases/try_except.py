import math

from srcgrad import grad


def f(x):
    try:
        y = math.log(x)
    except ValueError:
        y = 0.0
    return y


def mistake():
    grad(f)(1.5)
