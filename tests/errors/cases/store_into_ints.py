import numpy as np

from srcgrad import grad


def f(x):
    counts = np.zeros(3, dtype=int)
    counts[0] = x
    return counts[0] * x


def mistake():
    grad(f)(1.5)
