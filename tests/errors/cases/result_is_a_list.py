from srcgrad import grad


def f(x):
    return [x, x * x]


def mistake():
    grad(f)(1.5)
