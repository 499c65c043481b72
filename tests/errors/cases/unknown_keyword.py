import numpy as np

from srcgrad import grad


def f(v):
    return np.sum(v, where=v > 0)


def mistake():
    grad(f)(np.ones(3))
