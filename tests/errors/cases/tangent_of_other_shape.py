import numpy as np

from srcgrad import jvp


def f(v):
    return np.sum(v * v)


def mistake():
    jvp(f)((np.ones(3),), (np.ones(2),))
