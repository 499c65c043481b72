import numpy as np

from srcgrad import grad


def f(v):
    return np.sum(np.roots(v))


def mistake():
    grad(f)(np.ones(3))
