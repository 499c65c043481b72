from srcgrad import grad


import functools


def f(x, n):
    return x * n


def mistake():
    grad(functools.partial(f, n=2.0))(1.5)
