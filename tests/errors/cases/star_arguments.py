from srcgrad import grad


def f(*xs):
    return xs[0] * xs[1]


def mistake():
    grad(f)(1.0, 2.0)
