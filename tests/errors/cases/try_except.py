import math

from srcgrad import grad


def f(x):
    y = x
    try:
        y = math.sqrt(x)
        y = math.log(y)
    except ValueError:
        y = y + 1.0
    return y


def mistake():
    grad(f)(1.5)
