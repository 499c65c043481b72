import math

from srcgrad import grad


def f(np):
    return math.exp(np)


def mistake():
    grad(f)(1.5)
