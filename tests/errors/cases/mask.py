import numpy as np

from srcgrad import grad


def f(v):
    return np.sum(v[v > 0.5])


def mistake():
    grad(f)(np.ones(3))
