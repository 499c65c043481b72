import numpy as np

from srcgrad import grad


def f(v):
    return np.sum(np.tanh(v, subok=False))


def mistake():
    grad(f)(np.ones(3))
