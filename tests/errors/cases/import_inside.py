from srcgrad import grad


def f(x):
    from math import exp

    return exp(x)


def mistake():
    grad(f)(1.5)
