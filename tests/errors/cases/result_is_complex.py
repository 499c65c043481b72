from srcgrad import grad


def f(x):
    return x * 1j


def mistake():
    grad(f)(1.5)
