import numpy as np

from srcgrad import grad


def f(v):
    return np.sum(v ** 2)


def mistake():
    grad(f)([1.0, 2.0, 3.0])
