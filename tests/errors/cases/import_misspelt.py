from srcgrad import grad


def f(x):
    from math import expo

    return expo(x)


def mistake():
    grad(f)(1.5)
