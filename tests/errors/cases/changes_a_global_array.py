import numpy as np

from srcgrad import grad


buffer = np.zeros(3)


def f(x):
    buffer[0] = x
    return np.sum(buffer)


def mistake():
    grad(f)(1.5)
