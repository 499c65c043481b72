import numpy as np

from srcgrad import grad


def f(a, b):
    a *= 2.0
    return np.sum(a * b)


def mistake():
    v = np.ones(3)
    grad(f)(v, v)
