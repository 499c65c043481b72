import math

import numpy as np

from srcgrad import grad


def f(weight, v):
    a = math.sine(weight)
    b = wieght * 2.0
    return a + b + np.linalg.norm(v)


def mistake():
    grad(f)(1.5, np.ones(3))
