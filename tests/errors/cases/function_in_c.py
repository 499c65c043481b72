import math

from srcgrad import grad


def mistake():
    grad(math.exp)(1.5)
