import numpy as np

from srcgrad import grad


def f(x):
    with np.errstate(all="ignore"):
        y = x * x
    return y


def mistake():
    grad(f)(1.5)
