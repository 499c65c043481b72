from srcgrad import grad


def f(weight):
    return wieght * weight


def mistake():
    grad(f)(1.5)
